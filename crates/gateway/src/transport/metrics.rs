//! Counters of versions, suites, failures, alerts and reports: words of ours and of RFC 8460, never a peer.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Direction;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Seen {
    direction: String,
    name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alert {
    kind: String,
    event: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: String,
}

/// The counters of this process.
#[derive(Debug, Default)]
pub struct TransportMetrics {
    seen: Family<Seen, Counter>,
    uncounted: Counter,
    alerts: Family<Alert, Counter>,
    webhook: Family<Outcome, Counter>,
    reports: Family<Outcome, Counter>,
}

impl TransportMetrics {
    /// New counters, on the page.
    pub fn register(registry: &mut Registry) -> TransportMetrics {
        let new = TransportMetrics::default();
        let help = "Messages by TLS, version, suite and failure";
        registry.register("transport", help, new.seen.clone());
        let help = "Observations that went uncounted";
        registry.register("transport_uncounted", help, new.uncounted.clone());
        let help = "Alerts about peers that lost their protection, by kind";
        registry.register("transport_alerts", help, new.alerts.clone());
        let help = "Alerts posted, by outcome";
        registry.register("transport_webhook", help, new.webhook.clone());
        let help = "RFC 8460 reports, by what became of them";
        registry.register("tls_reports", help, new.reports.clone());
        new
    }

    /// One message or attempt showed this.
    pub fn seen(&self, direction: Direction, counts: &[(String, u64)]) {
        for (name, count) in counts {
            let label = Seen {
                direction: direction.word().to_owned(),
                name: name.clone(),
            };
            self.seen.get_or_create(&label).inc_by(*count);
        }
    }

    /// An observation went uncounted.
    pub fn uncounted(&self) {
        self.uncounted.inc();
    }

    /// An alert of this kind was `raised` or `closed`.
    pub fn alert(&self, kind: &str, event: &str) {
        let label = Alert {
            kind: kind.to_owned(),
            event: event.to_owned(),
        };
        self.alerts.get_or_create(&label).inc();
    }

    /// The webhook was told, or not.
    pub fn webhook(&self, outcome: &str) {
        count(&self.webhook, outcome);
    }

    /// A report (RFC 8460) came or went so.
    pub fn report(&self, outcome: &str) {
        count(&self.reports, outcome);
    }
}

fn count(family: &Family<Outcome, Counter>, outcome: &str) {
    let outcome = outcome.to_owned();
    family.get_or_create(&Outcome { outcome }).inc();
}
