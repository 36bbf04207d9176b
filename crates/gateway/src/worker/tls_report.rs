//! A filed message that is an RFC 8460 report: its counts go to the indicators.

use intake::pipeline::Examination;
use intake::tlsrpt;
use jiff::Timestamp;

use super::{Mail, Worker};
use crate::reader::{Done, Job};
use crate::transport::received;

/// The rule of triage that knows such reports.
const RULE: &str = "rfc8460-tls-report";

impl Worker {
    /// The message is filed already: whatever goes wrong here costs counts, and is told.
    pub(super) async fn tls_report(&self, mail: &Mail, examination: &Examination) {
        if examination.disposition.rule.as_deref() != Some(RULE) {
            return;
        }
        let outcome = self.count_report(mail, examination).await;
        let outcome = outcome.unwrap_or_else(|reason| reason);
        self.metrics.transport.report(&outcome);
        tracing::info!(spool = %mail.id, outcome, "a TLS report came in");
    }

    async fn count_report(&self, mail: &Mail, examination: &Examination) -> Result<String, String> {
        let raw = mail.raw.to_vec();
        let json = match self.readers.run(&Job::TlsReport { raw }).await {
            Ok(Done::TlsReport(report)) => report.map_err(|fault| fault.to_string())?,
            Ok(_) => return Err("wrong-answer".into()),
            Err(fault) => return Err(fault.to_string()),
        };
        let report = tlsrpt::parse(json.as_bytes()).map_err(|fault| fault.to_string())?;
        let received = received::receive(
            &self.store,
            &self.ring,
            &self.team,
            &report,
            examination.proved_domain(),
            &self.own_domains,
            Timestamp::now(),
        );
        match received.await {
            Ok(reception) => Ok(reception.word().to_owned()),
            Err(fault) => {
                tracing::warn!(spool = %mail.id, %fault, "a TLS report was not counted");
                Err("not-stored".into())
            }
        }
    }
}
