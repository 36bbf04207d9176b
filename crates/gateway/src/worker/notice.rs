//! Notices about our own mail: a contact that mail can't reach is marked (L4).

use intake::pipeline::{Filing, Outcome};
use intake::reading::Reading;
use intake::thread::Level;
use intake::triage::{self, DispositionKind};
use vault::Purpose;

use super::facts::{Known, is_party};
use super::{Fault, Worker};

impl Worker {
    /// A notice that joins a ticket without any other proof carries the token of mail of ours; it counts for parties of that ticket alone, because
    /// whoever got that mail could write such a notice about anybody.
    pub(super) async fn mark_failing(
        &self,
        reading: &Reading,
        outcome: &Outcome,
        known: &Known,
    ) -> Result<(), Fault> {
        let Filing::Join {
            ticket,
            level: Level::Hint,
            ..
        } = outcome.filing
        else {
            return Ok(());
        };
        if outcome.disposition.kind != DispositionKind::DeliveryStatus {
            return Ok(());
        }
        let row = known.rows.iter().find(|row| row.id.into_bytes() == ticket);
        let Some(row) = row else {
            return Ok(());
        };
        for failure in triage::failures(reading) {
            if is_party(&self.ring, row, &failure.recipient) {
                let address = [b"address".as_slice(), failure.recipient.as_bytes()];
                let contact = self.ring.digest(Purpose::Rate, &address);
                self.store
                    .mark_undeliverable(&contact, &failure.status)
                    .await?;
                tracing::info!(status = failure.status, "a contact can't be reached");
            }
        }
        Ok(())
    }
}
