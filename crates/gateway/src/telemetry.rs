//! Logs and metrics. Neither ever holds an address, a Subject or any other text of a report: ids and words of ours only.

use intake::authentication::{AuthResult, AuthResults, Source};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use tracing_subscriber::EnvFilter;

use crate::audit::outside::AuditGauges;
use crate::config::{Log, LogFormat};
use crate::listener::Budget;
use crate::transport::metrics::TransportMetrics;

/// Libraries whose messages name senders' domains: never heard, whatever the level.
const SPILLING: [&str; 4] = [
    "hickory_net",
    "hickory_proto",
    "hickory_resolver",
    "mail_auth",
];

/// Starts logging to standard error. Called once.
pub fn start_logging(settings: &Log) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(&settings.level)?;
    for library in SPILLING {
        filter = filter.add_directive(format!("{library}=off").parse()?);
    }
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

/// A label that names a listener of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Listener {
    listener: String,
}

/// A label with a reason of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: String,
}

/// A label that names a certificate of ours by its first name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Certificate {
    certificate: String,
}

/// A label that names a team key by its fingerprint; empty when there is none that may sign.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TeamKey {
    key: String,
}

fn team_key_expires(registry: &mut Registry) -> Family<TeamKey, Gauge> {
    let family = Family::<TeamKey, Gauge>::default();
    let help = "Seconds until the team key that signs expires; absent when it never does";
    registry.register("team_key_expires_seconds", help, family.clone());
    family
}

/// What the listeners count.
#[derive(Debug, Default)]
struct Edge {
    sessions: Family<Listener, Gauge>,
    turned_away: Family<Reason, Counter>,
    handshakes_failed: Counter,
    authentications: Family<Outcome, Counter>,
    certificate_expires: Family<Certificate, Gauge>,
    octets_in_flight: Gauge,
    /// Whose octets these are.
    budget: OnceLock<Arc<Budget>>,
}

impl Edge {
    fn register(&self, registry: &mut Registry) {
        let help = "Sessions that are open, by listener";
        registry.register("sessions_open", help, self.sessions.clone());
        let help = "Connections that were refused, by reason";
        registry.register("connections_turned_away", help, self.turned_away.clone());
        let help = "Authentications of accounts, by outcome";
        registry.register("authentications", help, self.authentications.clone());
        let help = "TLS handshakes that failed or took too long";
        registry.register(
            "tls_handshakes_failed",
            help,
            self.handshakes_failed.clone(),
        );
        let help = "Seconds until our certificate expires";
        let expires = self.certificate_expires.clone();
        registry.register("tls_certificate_expires_seconds", help, expires);
        let help = "Octets of content in memory: received and not stored yet";
        registry.register("octets_in_flight", help, self.octets_in_flight.clone());
    }
}

/// A session that is counted as open until it is dropped.
pub struct OpenSession(Gauge);

impl Drop for OpenSession {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The counters of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    edge: Edge,
    stored_seconds: Histogram,
    received: Family<Outcome, Counter>,
    filed: Family<Outcome, Counter>,
    suppressed: Family<Outcome, Counter>,
    answers: Family<Outcome, Counter>,
    sent: Family<Outcome, Counter>,
    reader_faults: Family<Outcome, Counter>,
    key_conflicts: Family<Outcome, Counter>,
    template_faults: Counter,
    authentication: Family<Outcome, Counter>,
    path_seconds: Histogram,
    team_key_expires: Family<TeamKey, Gauge>,
    /// How peers protect their mail.
    pub transport: TransportMetrics,
    /// How the audit trail stands to its mark outside the database.
    pub audit: AuditGauges,
    /// Messages that wait in the inbox.
    pub inbox_depth: Gauge,
    /// Age of the oldest message that waits.
    pub inbox_oldest_seconds: Gauge<f64, AtomicU64>,
    /// Messages of the inbox that can't be opened.
    pub inbox_unreadable: Gauge,
    /// Tickets that nobody answered in time.
    pub tickets_overdue: Gauge,
    /// Mails that wait to leave.
    pub outbox_depth: Gauge,
    /// Mails that a restore held back.
    pub outbox_held: Gauge,
    /// Age of the oldest mail that waits to leave.
    pub outbox_oldest_seconds: Gauge<f64, AtomicU64>,
}

/// Durations from the shortest that matters, in seconds, in steps of two.
fn durations(registry: &mut Registry, name: &str, help: &str, shortest: f64) -> Histogram {
    let histogram = Histogram::new(exponential_buckets(shortest, 2.0, 14));
    registry.register(name, help, histogram.clone());
    histogram
}

fn path_seconds(registry: &mut Registry) -> Histogram {
    let help = "From 250 to the committed record";
    durations(registry, "path_seconds", help, 0.002)
}

fn stored_seconds(registry: &mut Registry) -> Histogram {
    let help = "From the end of the data to 250";
    durations(registry, "stored_seconds", help, 0.001)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("pillarbox");
        let path_seconds = path_seconds(&mut registry);
        let stored_seconds = stored_seconds(&mut registry);
        let edge = Edge::default();
        edge.register(&mut registry);
        let team_key_expires = team_key_expires(&mut registry);
        let mut family = |name: &str, help: &str| {
            let family = Family::<Outcome, Counter>::default();
            registry.register(name, help, family.clone());
            family
        };
        let received = family("mail_received", "Messages at the end of DATA, by answer");
        let filed = family("mail_filed", "Messages filed, by kind");
        let suppressed = family("mail_suppressed", "Messages without a ticket, by rule");
        let answers = family("acknowledgements", "Acknowledgements, by outcome");
        let sent = family("mail_sent", "Attempts to send a mail, by outcome");
        let reader_faults = family("reader_faults", "Failed readings, by reason");
        let key_conflicts = family("key_conflicts", "Mails with another key than the known one");
        let authentication = family("authentication", "SPF, DKIM, DMARC, ARC: method=result");
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
        let inbox_unreadable = depth("inbox_unreadable", "Messages that can't be opened");
        let outbox_depth = depth("outbox_depth", "Mails that wait to leave");
        let outbox_held = depth("outbox_held", "Mails that a restore held back");
        Metrics {
            audit: AuditGauges::register(&mut registry),
            template_faults: template_faults(&mut registry),
            tickets_overdue: tickets_overdue(&mut registry),
            transport: TransportMetrics::register(&mut registry),
            registry,
            edge,
            stored_seconds,
            received,
            filed,
            suppressed,
            answers,
            sent,
            reader_faults,
            key_conflicts,
            authentication,
            path_seconds,
            team_key_expires,
            inbox_depth,
            inbox_oldest_seconds,
            inbox_unreadable,
            outbox_depth,
            outbox_held,
            outbox_oldest_seconds,
        }
    }
}

fn tickets_overdue(registry: &mut Registry) -> Gauge {
    let overdue = Gauge::default();
    let help = "Tickets that nobody answered in time";
    registry.register("tickets_overdue", help, overdue.clone());
    overdue
}

fn template_faults(registry: &mut Registry) -> Counter {
    let faults = Counter::default();
    let help = "Texts of answers for which the built-in one served";
    registry.register("template_faults", help, faults.clone());
    faults
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

    /// Texts of the operator's could not be used, and built-in ones served.
    pub fn template_fault(&self, texts: usize) {
        self.template_faults
            .inc_by(u64::try_from(texts).unwrap_or(u64::MAX));
    }

    /// A message came with a certificate for an address that has another.
    pub fn key_conflict(&self) {
        count(&self.key_conflicts, "kept");
    }

    /// A delivery ended so.
    pub fn sent(&self, outcome: &str) {
        count(&self.sent, outcome);
    }

    /// A reader failed so.
    pub fn reader_fault(&self, reason: &str) {
        count(&self.reader_faults, reason);
    }

    /// A message's sender was checked, by us or by our MTA.
    pub fn authenticated(&self, results: &AuthResults) {
        if results.source == Source::None {
            return;
        }
        let mut said = vec![
            ("spf", results.spf.result.word()),
            ("dmarc", results.dmarc.result.word()),
            ("arc", results.arc.result.word()),
        ];
        if results.dkim.is_empty() {
            said.push(("dkim", AuthResult::None.word()));
        }
        said.extend(results.dkim.iter().map(|one| ("dkim", one.result.word())));
        if results.source == Source::Own {
            said.push(("dnssec", results.dnssec.word()));
        }
        for (method, result) in said {
            count(&self.authentication, &format!("{method}={result}"));
        }
    }

    /// A message went from `250` to its record in this time.
    pub fn path(&self, seconds: f64) {
        self.path_seconds.observe(seconds);
    }

    /// A session begins at this listener.
    pub fn session(&self, listener: &str) -> OpenSession {
        let label = Listener {
            listener: listener.to_owned(),
        };
        let gauge = self.edge.sessions.get_or_create(&label).clone();
        gauge.inc();
        OpenSession(gauge)
    }

    /// A connection was refused for this reason.
    pub fn turned_away(&self, reason: &str) {
        let label = Reason {
            reason: reason.to_owned(),
        };
        self.edge.turned_away.get_or_create(&label).inc();
    }

    /// Somebody logged in, or could not.
    pub fn authentication(&self, outcome: &str) {
        count(&self.edge.authentications, outcome);
    }

    /// A TLS handshake came to nothing.
    pub fn handshake_failed(&self) {
        self.edge.handshakes_failed.inc();
    }

    /// A certificate of ours, by its first name, is good for so long.
    pub fn certificate_expires(&self, certificate: &str, seconds: i64) {
        let label = Certificate {
            certificate: certificate.to_owned(),
        };
        let gauge = self.edge.certificate_expires.get_or_create(&label);
        gauge.set(seconds);
    }

    /// The team key that signs lasts so long; `None`: for ever.
    pub fn team_key_expires(&self, key: &str, seconds: Option<i64>) {
        self.team_key_expires.clear();
        if let Some(seconds) = seconds {
            let key = key.to_owned();
            let gauge = self
                .team_key_expires
                .get_or_create(&TeamKey { key })
                .clone();
            gauge.set(seconds);
        }
    }

    /// A message was stored in this time, and answered `250`.
    pub fn stored(&self, seconds: f64) {
        self.stored_seconds.observe(seconds);
    }

    /// Shows what is used of this budget from now on.
    pub fn watch(&self, budget: Arc<Budget>) {
        // There is one budget a process; a second start of the roles in one process keeps the first.
        let _ = self.edge.budget.set(budget);
    }

    /// The text that `/metrics` serves.
    pub fn render(&self) -> String {
        if let Some(budget) = self.edge.budget.get() {
            let octets = i64::try_from(budget.octets_in_flight()).unwrap_or(i64::MAX);
            self.edge.octets_in_flight.set(octets);
        }
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
