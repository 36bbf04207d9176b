//! Delivers the outbox to the smarthost: retried with growing pauses, never again once marked sent.

pub mod attempt;
mod smarthost;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, watch};
use uuid::Uuid;
use vault::{Aad, KeyRing};

use self::attempt::Attempt;
use self::smarthost::{Delivery, LONGEST_DELIVERY, Smarthost};
use crate::config::Outbox;
use crate::store::{DueMail, Store, StoreFault};
use crate::telemetry::Metrics;

/// Mail that a sender claims at once.
const BATCH: i64 = 16;
/// How long a claim lasts. No delivery begins that could outlast it.
const LEASE: Duration = Duration::from_secs(600);
/// First pause after a temporary failure; doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);

/// A finished mail as it is sealed in the outbox. The reverse-path is always null (RFC 3834 section 3.3).
#[derive(Serialize, Deserialize)]
pub struct Letter {
    /// To whom.
    pub recipient: String,
    /// The ticket reference, for the log and the copies.
    pub reference: String,
    /// The whole message, CRLF line endings.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

impl Letter {
    /// Where a sealed letter belongs.
    pub fn aad(team: &str, case: Uuid, id: Uuid) -> Aad<'_> {
        Aad {
            team,
            table: "outbox",
            column: "message",
            case: case.into_bytes(),
            row: id.into_bytes(),
        }
    }
}

/// Delivers what is due.
pub struct Sender {
    /// The database.
    pub store: Store,
    /// Opens letters.
    pub ring: Arc<KeyRing>,
    /// The team's name, part of what a sealed letter is bound to.
    pub team: String,
    /// Where to.
    pub settings: Outbox,
    /// Woken when a worker has queued something.
    pub wake: Arc<Notify>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Who keeps the indicators; `None` when nobody does.
    pub observer: Option<mpsc::Sender<Attempt>>,
}

impl Sender {
    /// Tells the indicators. They never hold up mail: when they can't keep up, an attempt goes uncounted.
    #[expect(dead_code, reason = "called once routes by MX tell what they saw")]
    fn observe(&self, attempt: Attempt) {
        if let Some(observer) = &self.observer {
            let _ = observer.try_send(attempt);
        }
    }

    /// Runs until `stop` becomes true; a delivery under way is finished.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut copies = self.settings.copy_dir.clone().map(Copies::new);
        let mut smarthost = Smarthost::new(self.settings.clone());
        while !*stop.borrow() {
            let busy = match self.turn(&mut smarthost, copies.as_mut(), &stop).await {
                Ok(count) => count > 0,
                Err(fault) => {
                    tracing::warn!(%fault, "the outbox can't be read; trying again");
                    false
                }
            };
            if !busy {
                smarthost.rest().await;
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                    _ = stop.changed() => {}
                }
            }
        }
        smarthost.rest().await;
    }

    async fn turn(
        &self,
        smarthost: &mut Smarthost,
        mut copies: Option<&mut Copies>,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, StoreFault> {
        let due = self.store.due_mail(BATCH, LEASE).await?;
        let began = Instant::now();
        for mail in &due {
            if *stop.borrow() || began.elapsed() > LEASE.saturating_sub(LONGEST_DELIVERY) {
                // Begun now, it might end after its lease, and another sender would send it again.
                self.store
                    .put_off(mail.id, "put-back", Duration::ZERO)
                    .await?;
                continue;
            }
            let letter = match self.open(mail) {
                Ok(letter) => letter,
                Err(error) => {
                    tracing::error!(mail = %mail.id, %error, "a letter can't be opened: is its key in the ring?");
                    self.store
                        .put_off(mail.id, "cannot-open", LONGEST_PAUSE)
                        .await?;
                    continue;
                }
            };
            let delivery = smarthost.deliver(&letter).await;
            self.record(mail, &letter, delivery, copies.as_deref_mut())
                .await?;
        }
        Ok(due.len())
    }

    fn open(&self, mail: &DueMail) -> Result<Letter, vault::VaultError> {
        let key = self.ring.unwrap(
            &mail.wrapped,
            &crate::sealing::case_aad(&self.team, mail.case),
        )?;
        let bytes = key.open(&Letter::aad(&self.team, mail.case, mail.id), &mail.message)?;
        postcard::from_bytes(&bytes).map_err(|_| vault::VaultError::Malformed)
    }

    /// The smarthost has it: this must be written down before anything else, however long the database is away.
    async fn sent(&self, id: Uuid) {
        while let Err(fault) = self.store.sent(&[id]).await {
            tracing::warn!(mail = %id, %fault, "sent, but not yet marked so; trying again");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn record(
        &self,
        mail: &DueMail,
        letter: &Letter,
        delivery: Delivery,
        copies: Option<&mut Copies>,
    ) -> Result<(), StoreFault> {
        let ticket = letter.reference.as_str();
        match delivery {
            Delivery::Taken => {
                if let Some(copies) = copies {
                    copies.write(letter);
                }
                self.sent(mail.id).await;
                self.metrics.sent("taken");
                tracing::info!(mail = %mail.id, ticket, attempts = mail.attempts + 1, "sent");
            }
            Delivery::Permanent(status) => {
                self.store.failed(mail.id, &status).await?;
                self.metrics.sent("refused");
                tracing::warn!(mail = %mail.id, ticket, status, "the smarthost refused it for good; the ticket says so");
            }
            Delivery::Temporary(status) if mail.age > self.settings.lifetime.0.as_secs_f64() => {
                self.store.failed(mail.id, &status).await?;
                self.metrics.sent("expired");
                tracing::warn!(mail = %mail.id, ticket, status, "given up after outbox.lifetime; the ticket says so");
            }
            Delivery::Temporary(status) => {
                let pause = pause(mail.attempts, mail.id);
                self.store.put_off(mail.id, &status, pause).await?;
                self.metrics.sent("put_off");
                tracing::warn!(mail = %mail.id, ticket, status, pause_seconds = pause.as_secs(), "not sent; trying again");
            }
        }
        Ok(())
    }
}

/// Doubles with each attempt, and differs by up to a quarter from mail to mail so that a backlog doesn't return at once.
fn pause(attempts: i32, id: Uuid) -> Duration {
    let doubled = FIRST_PAUSE
        .saturating_mul(1 << attempts.clamp(0, 12))
        .min(LONGEST_PAUSE);
    let jitter = u32::from(id.as_bytes().last().copied().unwrap_or(0));
    doubled + doubled / 1024 * jitter
}

/// Copies of what left, one file a message, numbered in the order sent.
struct Copies {
    folder: PathBuf,
    next: usize,
}

impl Copies {
    fn new(folder: PathBuf) -> Self {
        let next = std::fs::read_dir(&folder).map_or(0, Iterator::count) + 1;
        Copies { folder, next }
    }

    /// A copy that can't be written is told, not retried: the mail itself has left.
    fn write(&mut self, letter: &Letter) {
        let name = letter
            .reference
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let path = self.folder.join(format!("{:06}-{name}.eml", self.next));
        self.next += 1;
        let part = path.with_extension("part");
        let written = write_then_rename(&part, &path, &letter.message);
        if let Err(error) = written {
            tracing::warn!(%error, "outbox.copy_dir: a copy could not be written");
        }
    }
}

/// Whoever watches the folder never sees half a message.
fn write_then_rename(part: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(part, bytes)?;
    std::fs::rename(part, path)
}
