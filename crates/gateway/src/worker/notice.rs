//! Notices about our own mail: a contact that mail can't reach is marked (L4).

use intake::pipeline::{Examination, Filing, Outcome};
use intake::reading::Reading;
use intake::thread::OwnMessageId;
use intake::triage::{self, DispositionKind};
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use super::facts::Known;
use super::{Fault, Worker};

impl Worker {
    /// Mail of ours that a delivery status notice is about: it names both the mail's id and the address that we sent it to.
    /// Whoever has a token of ours can write a notice, but not make us have sent that mail to somebody else.
    pub(super) async fn noticed(
        &self,
        reading: &Reading,
        examination: &Examination,
    ) -> Result<Vec<(Uuid, Vec<u8>)>, Fault> {
        if examination.disposition.kind != DispositionKind::DeliveryStatus
            || examination.answers_to.is_empty()
        {
            return Ok(Vec::new());
        }
        let named = triage::named_addresses(reading);
        let digests = examination.answers_to.iter().flat_map(|own| {
            let one = |address: &String| addressed(&self.ring, own, address);
            named.iter().map(one).collect::<Vec<_>>()
        });
        let digests: Vec<Vec<u8>> = digests.collect();
        Ok(self.store.addressed(&digests).await?)
    }

    /// A notice that joins a ticket marks the addresses to which the mail that it is about was sent, and no others.
    pub(super) async fn mark_failing(
        &self,
        reading: &Reading,
        outcome: &Outcome,
        examination: &Examination,
        known: &Known,
    ) -> Result<(), Fault> {
        let Filing::Join { ticket, .. } = outcome.filing else {
            return Ok(());
        };
        if outcome.disposition.kind != DispositionKind::DeliveryStatus {
            return Ok(());
        }
        let ticket = Uuid::from_bytes(ticket);
        for failure in triage::failures(reading) {
            let was_sent = examination.answers_to.iter().any(|own| {
                let digest = addressed(&self.ring, own, &failure.recipient);
                // Of the ticket itself, or of one that was merged into it.
                let mut named = known.rows.iter().filter(|row| row.id == ticket);
                named.any(|row| known.addressed.contains(&(row.named_id, digest.clone())))
            });
            if was_sent {
                let address = [b"address".as_slice(), failure.recipient.as_bytes()];
                let contact = self.ring.digest(Purpose::Rate, &address);
                self.store
                    .mark_undeliverable(&contact, &failure.status)
                    .await?;
                for own in &examination.answers_to {
                    let mail = addressed(&self.ring, own, &failure.recipient);
                    self.store.fail_awaited(&mail, &failure.status).await?;
                }
                tracing::info!(status = failure.status, "a contact can't be reached");
            }
        }
        Ok(())
    }
}

/// Keyed digest of a mail of ours with an address that it was sent to.
pub(crate) fn addressed(ring: &KeyRing, own: &OwnMessageId, address: &str) -> Vec<u8> {
    let serial = own.serial.to_be_bytes();
    let parts: [&[u8]; 5] = [
        b"addressed",
        &serial,
        own.purpose.as_str().as_bytes(),
        own.token.as_bytes(),
        &address.to_lowercase().into_bytes(),
    ];
    ring.digest(Purpose::OwnMessageId, &parts).to_vec()
}
