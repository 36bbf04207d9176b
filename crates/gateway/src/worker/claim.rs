//! One message from the inbox: opened, held while it is worked, and given back when that failed.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;
use vault::{Sealed, VaultError};

use super::authentication::Hand;
use super::{Fault, LEASE, Mail, OUR_PAUSE, Worker};
use crate::listener;
use crate::store::{Claimed, StoreFault};

/// Pause after a failed attempt, times the attempt.
const MESSAGE_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause for a message whose key is missing.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl Worker {
    pub(super) async fn attempt(&self, claimed: Claimed, hand: OwnedSemaphorePermit) {
        let (id, attempt) = (claimed.id, claimed.attempt);
        let mut hand = Hand::new(hand);
        let work = self.process(claimed, &mut hand);
        let Err(fault) = self.hold_while(work, id, attempt).await else {
            return;
        };
        let given_back = match &fault {
            Fault::Message(reason) => {
                tracing::warn!(spool = %id, attempt, reason, "reading failed");
                self.metrics.reader_fault(reason);
                self.give_back(id, attempt, reason).await
            }
            Fault::Row(reason) if i32::from(attempt) >= i32::from(self.settings.attempts) => {
                tracing::error!(spool = %id, reason, "can't be opened: kept in the inbox for a human; see `pillarbox quarantine list`");
                self.store.park(id, attempt, reason).await
            }
            Fault::Row(reason) => {
                tracing::warn!(spool = %id, attempt, reason, "can't be opened");
                self.give_back(id, attempt, reason).await
            }
            Fault::Store(_) => {
                tracing::error!(spool = %id, attempt, %fault, "kept in the inbox; trying again");
                self.unclaim(id, attempt, OUR_PAUSE).await
            }
            Fault::Vault(_) => {
                let pause = growing(id, Timestamp::now());
                tracing::error!(spool = %id, attempt, %fault, pause = pause.as_secs(), "kept in the inbox; trying again");
                self.unclaim(id, attempt, pause).await
            }
        };
        if given_back.is_err() {
            // The lease ends by itself.
            tracing::warn!(spool = %id, "could not be given back; it returns when its lease ends");
        }
    }

    async fn give_back(&self, id: Uuid, attempt: i16, reason: &str) -> Result<(), StoreFault> {
        let pause = MESSAGE_PAUSE * u32::from(attempt.unsigned_abs());
        self.store.give_back(id, attempt, reason, pause).await
    }

    /// Takes the attempt back, since it was not the message's fault; asks until the database answers or the lease is over.
    async fn unclaim(&self, id: Uuid, attempt: i16, pause: Duration) -> Result<(), StoreFault> {
        let deadline = tokio::time::Instant::now() + LEASE;
        loop {
            match self.store.unclaim(id, attempt, pause).await {
                Err(fault) if tokio::time::Instant::now() >= deadline => return Err(fault),
                Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Renews the lease while the work goes on, so that only a dead worker's messages come back, and soon.
    async fn hold_while<T>(&self, work: impl Future<Output = T>, id: Uuid, attempt: i16) -> T {
        tokio::pin!(work);
        // A hung attempt is not held for ever: then the lease ends and the next attempt counts.
        let longest = self.settings.wall.0 * 5 + LEASE;
        let begun = tokio::time::Instant::now();
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(LEASE / 3), if begun.elapsed() < longest => {
                    // When this fails the lease may end early: then the commit finds it lost and writes nothing.
                    let _ = self.store.hold(id, attempt, LEASE).await;
                }
            }
        }
    }

    pub(super) async fn open(&self, claimed: Claimed) -> Result<Mail, Fault> {
        let aad = |column| listener::inbox_aad(claimed.id, column);
        let envelope = self.ring.open_inbox(&aad("envelope"), &claimed.envelope);
        let envelope = envelope.map_err(unopened)?;
        let content = if claimed.pieces == 0 {
            claimed.content
        } else {
            let pieces = self.store.pieces(claimed.id, claimed.pieces).await?;
            let mut all = pieces.ok_or(Fault::Row("pieces-missing"))?;
            all.extend_from_slice(claimed.content.as_bytes());
            Sealed::from_bytes(all)
        };
        let raw = self.ring.open_inbox(&aad("content"), &content);
        Ok(Mail {
            id: claimed.id,
            attempt: claimed.attempt,
            envelope: listener::read_envelope(&envelope).map_err(unopened)?,
            raw: Arc::new(raw.map_err(unopened)?),
        })
    }
}

/// A missing key, or the newer program, may come back; all else is the row's fault, and stays.
fn unopened(error: VaultError) -> Fault {
    match error {
        VaultError::NotAuthentic => Fault::Row("not-authentic"),
        VaultError::Malformed => Fault::Row("malformed"),
        VaultError::Newer(_)
        | VaultError::UnknownKey(_)
        | VaultError::DestroyedKey(_)
        | VaultError::SealedToAnalysts
        | VaultError::RatchetText
        | VaultError::RatchetFile(_)
        | VaultError::Sealing
        | VaultError::Randomness
        | VaultError::RingText { .. }
        | VaultError::PrimaryKey(_)
        | VaultError::KeyInUse(..)
        | VaultError::NotBegun(_)
        | VaultError::MissingEpoch(_)
        | VaultError::OtherEpochKey(_)
        | VaultError::ErasedEpoch(_)
        | VaultError::EpochFile(..)
        | VaultError::EpochFolder(_)
        | VaultError::NoEpochs
        | VaultError::RingFile(_)
        | VaultError::OtherRing
        | VaultError::RingFull => Fault::Vault(error),
    }
}

/// A quarter of the time that a message has waited, which its id (UUIDv7) tells.
fn growing(id: Uuid, now: Timestamp) -> Duration {
    let began = id.get_timestamp().map_or(0, |time| time.to_unix().0);
    let now = u64::try_from(now.as_second()).unwrap_or(0);
    let waited = Duration::from_secs(now.saturating_sub(began));
    (waited / 4).clamp(OUR_PAUSE, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_is_looked_for_less_and_less_often() {
        let id = Uuid::now_v7();
        let after = |seconds: i64| {
            let now = Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
            growing(id, now).as_secs()
        };
        assert_eq!(after(-3600), 2);
        assert_eq!(after(0), 2);
        assert!((14..=16).contains(&after(60)));
        assert_eq!(after(3600), 300);
    }

    #[test]
    fn only_a_missing_key_may_come_back() {
        let kept = |error| matches!(unopened(error), Fault::Vault(_));
        assert!(kept(VaultError::UnknownKey(2)) && kept(VaultError::DestroyedKey(2)));
        assert!(!kept(VaultError::NotAuthentic) && !kept(VaultError::Malformed));
    }
}
