//! Writes down what became of a mail: sent, refused, given up, or waiting for its next attempt.

use std::time::Duration;

use uuid::Uuid;

use super::destinations::Held;
use super::outcome::Ended;
use super::{Sender, contact_digest};
use crate::store::{DueMail, StoreFault};

/// First pause after a temporary failure; doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(15);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);

impl Sender {
    /// Back to the table, as if it had not been claimed.
    pub(super) async fn put_back(&self, held: &Held, pause: Duration, status: &str) {
        let put_back = self.store.postpone(held.mail.claim(), status, pause).await;
        self.settled(held.mail.id, put_back);
    }

    /// Its destination rests: it waits without an attempt of its own, unless it waited too long already.
    pub(super) async fn rests(&self, held: &Held, rest: Duration, status: &str) {
        if self.is_expired(&held.mail) {
            let ended = Ended::Later(status.to_owned());
            return self.record(held, ended, rest).await;
        }
        let rest = longer(rest, jitter(held.mail.id));
        self.put_back(held, rest, status).await;
    }

    fn is_expired(&self, mail: &DueMail) -> bool {
        mail.age > self.settings.lifetime.0.as_secs_f64()
    }

    /// Nothing more is to be done about it here. When that could not be written, it comes back as its lease ends.
    pub(super) fn settled(&self, mail: Uuid, written: Result<(), StoreFault>) {
        self.leases.remove(mail);
        if let Err(fault) = written {
            tracing::warn!(%mail, %fault, "what became of a mail could not be written; it comes back when its claim ends");
        }
    }

    /// Writes down what became of an attempt; a mail that was not sent waits `rest` at least.
    pub(super) async fn record(&self, held: &Held, ended: Ended, rest: Duration) {
        let (mail, letter) = (&held.mail, &held.letter);
        let ticket = letter.reference.as_str();
        match ended {
            Ended::Taken => {
                if let Some(copies) = &self.copies {
                    copies.write(letter);
                }
                self.sent(held).await;
                self.leases.remove(mail.id);
                self.metrics.sent("taken");
                tracing::info!(mail = %mail.id, ticket, attempts = mail.attempt, "sent");
            }
            Ended::Refused { status, contact } => {
                let contact = contact.then(|| contact_digest(&self.ring, &letter.recipient));
                let failed = self
                    .store
                    .failed(mail.claim(), &status, contact.as_ref())
                    .await;
                self.settled(mail.id, failed);
                self.metrics.sent("refused");
                tracing::warn!(mail = %mail.id, ticket, status, "refused for good; the ticket says so");
            }
            Ended::Later(status) | Ended::Away(status) if self.is_expired(mail) => {
                let status = format!("expired: {status}");
                let failed = self.store.failed(mail.claim(), &status, None).await;
                self.settled(mail.id, failed);
                self.metrics.sent("expired");
                tracing::warn!(mail = %mail.id, ticket, status, "given up after outbox.lifetime; the ticket says so");
            }
            Ended::Later(status) | Ended::Away(status) => {
                let pause = pause(mail.attempt - 1, mail.id).max(rest);
                let put_off = self.store.put_off(mail.claim(), &status, pause).await;
                self.settled(mail.id, put_off);
                self.metrics.sent("put_off");
                tracing::warn!(mail = %mail.id, ticket, status, pause_seconds = pause.as_secs(), "not sent; trying again");
            }
        }
    }

    /// The peer has it: this must be written down before anything else, however long the database is away.
    async fn sent(&self, held: &Held) {
        let id = held.mail.id;
        let contact = contact_digest(&self.ring, &held.letter.recipient);
        while let Err(fault) = self.store.sent(id, &contact).await {
            tracing::warn!(mail = %id, %fault, "sent, but not yet marked so; trying again");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// Doubles with each attempt, and differs by up to a quarter from mail to mail so that a backlog doesn't return at once.
fn pause(attempts: i32, id: Uuid) -> Duration {
    let times = u32::try_from(attempts).unwrap_or(0);
    longer(doubled(FIRST_PAUSE, times, LONGEST_PAUSE), jitter(id))
}

/// `first`, doubled so many times, `longest` at most.
pub(super) fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.min(12)).min(longest)
}

/// Longer by up to a quarter; `jitter` as [`jitter`] gives it.
pub(super) fn longer(time: Duration, jitter: u32) -> Duration {
    time + time / 1024 * jitter
}

/// Between 0 and 255: random, since it comes from a random id.
pub(super) fn jitter(id: Uuid) -> u32 {
    u32::from(id.as_bytes().last().copied().unwrap_or(0))
}
