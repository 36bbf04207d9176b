//! The audit trail: each line carries a keyed code over itself and the one before.

use intake::pipeline::Filing;
use jiff::Timestamp;
use uuid::Uuid;

use super::place::Place;
use super::{Fault, Worker};
use crate::store::AuditLine;

impl Worker {
    /// The line that this outcome adds to its case.
    pub(super) async fn audit(&self, place: &Place<'_>) -> Result<Audit, Fault> {
        let last = if place.wrapped.is_some() {
            None
        } else {
            self.store.last_audit(place.case).await?
        };
        let (number, previous) = last.unwrap_or((0, Vec::new()));
        let previous: [u8; 32] = previous.try_into().unwrap_or([0; 32]);
        let action = match place.decided.outcome.filing {
            Filing::Open { .. } => "opened",
            Filing::Join { .. } => "joined",
            Filing::Suppress => "suppressed",
        };
        let level = match place.decided.outcome.filing {
            Filing::Join { level, .. } => format!(" level={}", level.number()),
            Filing::Open { .. } | Filing::Suppress => String::new(),
        };
        let detail = format!(
            "entry={} kind={}{level}",
            place.decided.mail.id,
            place.decided.outcome.disposition.kind.as_str()
        );
        let mut audit = Audit {
            number: number.saturating_add(1),
            at: whole_second(Timestamp::now()),
            action,
            detail,
            mac: [0; 32],
        };
        audit.mac = self
            .ring
            .chain_mac(&previous, audit.row(place.case).as_bytes());
        Ok(audit)
    }
}

/// A line of the trail.
pub(super) struct Audit {
    number: i32,
    at: Timestamp,
    action: &'static str,
    detail: String,
    mac: [u8; 32],
}

impl Audit {
    fn row(&self, case: Uuid) -> String {
        audit_row(
            case,
            self.number,
            self.at,
            "gateway",
            self.action,
            &self.detail,
        )
    }

    pub(super) fn line(&self) -> AuditLine<'_> {
        AuditLine {
            number: self.number,
            at: self.at,
            action: self.action,
            detail: &self.detail,
            mac: &self.mac,
        }
    }
}

/// What a link of the audit chain covers, in one unambiguous line.
pub(crate) fn audit_row(
    case: Uuid,
    number: i32,
    at: Timestamp,
    actor: &str,
    action: &str,
    detail: &str,
) -> String {
    format!(
        "{case}\n{number}\n{}\n{actor}\n{action}\n{detail}",
        at.as_second()
    )
}

fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
