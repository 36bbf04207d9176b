//! The line that an outcome adds to its case's chain: it names every row that the outcome writes, so that none can go missing.

use intake::pipeline::Filing;

use super::place::Place;
use super::{Fault, Worker};
use crate::audit::{self, Event, Link, hex};
use crate::store::Record;

impl Worker {
    /// The line that this outcome adds to its case. `record` is complete but for it.
    pub(super) async fn audit(
        &self,
        place: &Place<'_>,
        record: &Record<'_>,
    ) -> Result<Link, Fault> {
        let last = if place.wrapped.is_some() {
            None
        } else {
            self.store.last_audit(place.case).await?
        };
        let event = Event {
            action: match place.decided.outcome.filing {
                Filing::Open { .. } => "opened",
                Filing::Join { .. } => "joined",
                Filing::Suppress => "suppressed",
            },
            detail: self.rows(place, record),
        };
        Ok(audit::next(
            &self.ring,
            place.case,
            last,
            audit::GATEWAY,
            event,
        ))
    }

    fn rows(&self, place: &Place<'_>, record: &Record<'_>) -> String {
        let entry = &record.entry;
        let row = audit::entry_digest(&self.ring, place.entry_case().0, record.on_ticket, entry);
        let mut detail = format!("entry={} kind={} row={row}", entry.id, entry.kind);
        if let Filing::Join { level, .. } = place.decided.outcome.filing {
            detail.push_str(&format!(" level={}", level.number()));
        }
        match place.decided.outcome.filing {
            Filing::Join { reopens: true, .. } => detail.push_str(" state=open"),
            Filing::Join { .. } if place.reopens => detail.push_str(" state=open was=waiting"),
            Filing::Join { .. } | Filing::Open { .. } | Filing::Suppress => {}
        }
        for party in record.answers {
            detail.push_str(&format!(" answered={}", hex(party)));
        }
        if let Some(ticket) = &record.ticket {
            let digest = audit::ticket_digest(&self.ring, place.case, ticket);
            detail.push_str(&format!(" ticket={digest}"));
        }
        if record.observables.is_some() {
            detail.push_str(" observables=1");
        }
        for mail in record.mail {
            detail.push_str(&format!(" mail={}", mail.id));
        }
        if record.on_ticket.is_some() {
            for party in record.parties {
                detail.push_str(&format!(" party={}", hex(party)));
            }
            for reference in record.foreign {
                detail.push_str(&format!(" foreign={}", hex(reference)));
            }
        }
        detail
    }
}
