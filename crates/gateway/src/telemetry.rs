//! Logs and metrics. Neither ever holds an address, a Subject or any other text of a report: ids and words of ours only.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::transport::metrics::TransportMetrics;

/// Starts logging to standard error. Called once.
pub fn start_logging(settings: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.level)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_target(false)
            .try_init(),
    }
    .map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}

/// A label with one value out of a short list of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: String,
}

/// The counters of this process.
pub struct Metrics {
    registry: Registry,
    received: Family<Outcome, Counter>,
    filed: Family<Outcome, Counter>,
    suppressed: Family<Outcome, Counter>,
    answers: Family<Outcome, Counter>,
    sent: Family<Outcome, Counter>,
    reader_faults: Family<Outcome, Counter>,
    path_seconds: Histogram,
    /// How peers protect their mail.
    pub transport: TransportMetrics,
    /// Messages that wait in the inbox.
    pub inbox_depth: Gauge,
    /// Age of the oldest message that waits.
    pub inbox_oldest_seconds: Gauge<f64, AtomicU64>,
    /// Mails that wait to leave.
    pub outbox_depth: Gauge,
    /// Age of the oldest mail that waits to leave.
    pub outbox_oldest_seconds: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("pillarbox");
        let transport = TransportMetrics::register(&mut registry);
        let path_seconds = Histogram::new(exponential_buckets(0.002, 2.0, 14));
        let help = "From 250 to the committed record";
        registry.register("path_seconds", help, path_seconds.clone());
        let mut family = |name: &str, help: &str| {
            let family = Family::<Outcome, Counter>::default();
            registry.register(name, help, family.clone());
            family
        };
        let received = family("mail_received", "Messages at the end of DATA, by answer");
        let filed = family("mail_filed", "Messages filed, by kind");
        let suppressed = family("mail_suppressed", "Messages without a ticket, by rule");
        let answers = family(
            "acknowledgements",
            "Acknowledgements, by what became of them",
        );
        let sent = family("mail_sent", "Deliveries to the smarthost, by outcome");
        let reader_faults = family("reader_faults", "Failed readings, by reason");
        let mut age = |name: &str, help: &str| {
            let gauge = Gauge::<f64, AtomicU64>::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let inbox_oldest_seconds = age("inbox_oldest_seconds", "Age of the oldest due message");
        let outbox_oldest_seconds = age("outbox_oldest_seconds", "Age of the oldest mail to send");
        let mut depth = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let inbox_depth = depth("inbox_depth", "Messages that wait in the inbox");
        let outbox_depth = depth("outbox_depth", "Mails that wait to leave");
        Metrics {
            registry,
            received,
            filed,
            suppressed,
            answers,
            sent,
            reader_faults,
            path_seconds,
            transport,
            inbox_depth,
            inbox_oldest_seconds,
            outbox_depth,
            outbox_oldest_seconds,
        }
    }
}

fn count(family: &Family<Outcome, Counter>, outcome: &str) {
    family
        .get_or_create(&Outcome {
            outcome: outcome.to_owned(),
        })
        .inc();
}

impl Metrics {
    /// A message reached the end of DATA and was answered so.
    pub fn received(&self, outcome: &str) {
        count(&self.received, outcome);
    }

    /// A message was filed as this kind.
    pub fn filed(&self, kind: &str) {
        count(&self.filed, kind);
    }

    /// A message was kept without a ticket by this rule.
    pub fn suppressed(&self, rule: &str) {
        count(&self.suppressed, rule);
    }

    /// An acknowledgement was queued, or withheld for this reason.
    pub fn answer(&self, reason: &str) {
        count(&self.answers, reason);
    }

    /// A delivery ended so.
    pub fn sent(&self, outcome: &str) {
        count(&self.sent, outcome);
    }

    /// A reader failed so.
    pub fn reader_fault(&self, reason: &str) {
        count(&self.reader_faults, reason);
    }

    /// A message went from `250` to its record in this time.
    pub fn path(&self, seconds: f64) {
        self.path_seconds.observe(seconds);
    }

    /// The text that `/metrics` serves.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
