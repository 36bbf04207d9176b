//! Works the inbox: claim ► open ► authenticate (DNS) and read (child process) ► examine ► facts ► decide ► seal and commit.
//!
//! Each attempt was counted and committed before it began, so whatever a message does to us, the third failure stores it
//! unread, as a ticket that needs a human. Faults of our own (database, keys) give the attempt back.

mod audit;
mod authentication;
pub(crate) mod certificates;
pub mod dkim;
mod facts;
mod letter;
pub(crate) mod observables;
mod place;
pub(crate) mod record;
mod tls_report;

use std::sync::Arc;
use std::time::Duration;

use intake::answer::Letterhead;
use intake::authentication::AuthResults;
use intake::envelope::Envelope;
use intake::openpgp::Layer;
use intake::pipeline::{self, Policy};
use intake::reading::Reading;
use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;
use vault::{KeyRing, Sealed, VaultError};
use zeroize::Zeroizing;

pub(crate) use audit::audit_row;
pub(crate) use authentication::room;
use authentication::{Hand, WAITING};
pub(crate) use letter::loop_token;

use crate::authenticate::Authenticator;
use crate::config::{Acknowledge, Worker as Settings};
use crate::listener;
use crate::reader::{Done, Job, ReaderFault, Readers};
use crate::store::{Claimed, Store, StoreFault};
use crate::telemetry::Metrics;
use crate::transport::indicators::Observer;

/// Works the inbox.
pub struct Worker {
    /// The database.
    pub store: Store,
    /// Opens the inbox, seals the record.
    pub ring: Arc<KeyRing>,
    /// The child processes that read.
    pub readers: Arc<Readers>,
    /// Checks senders; `None` when only our MTA does.
    pub authenticator: Option<Authenticator>,
    /// Messages that may wait for name servers without keeping others from being read.
    pub waiting: Arc<Semaphore>,
    /// What the configuration says about mail.
    pub policy: Arc<Policy>,
    /// What stands on acknowledgements; changes with the team's key.
    pub letterhead: watch::Receiver<Letterhead>,
    /// Sign what leaves.
    pub signers: dkim::Signers,
    /// The team's name.
    pub team: String,
    /// Attempts and limits.
    pub settings: Settings,
    /// When acknowledgements leave.
    pub acknowledge: Acknowledge,
    /// Woken when something arrived.
    pub wake: Arc<Notify>,
    /// Wakes the sender.
    pub outbox_wake: Arc<Notify>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Told how each message came.
    pub observer: Observer,
    /// Our own domains, lower case: reports of others (RFC 8460) count for these alone.
    pub own_domains: Vec<String>,
}

/// A message in the worker's hands.
struct Mail {
    id: Uuid,
    attempt: i16,
    envelope: Envelope,
    raw: Zeroizing<Vec<u8>>,
}

/// Why an attempt ended without a record.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// The message did this to a reader: counts as an attempt.
    #[error("{0}")]
    Message(&'static str),
    /// Ours: the attempt is given back.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// Ours: a key is missing, or a row was tampered with.
    #[error("{0}")]
    Vault(#[from] VaultError),
}

/// How long a message is this worker's unless it says so again: what a message waits after a crash.
const LEASE: Duration = Duration::from_secs(30);
/// How long a free hand waits for another before it claims for itself alone.
const GATHER: Duration = Duration::from_millis(5);
/// A pause after a fault of ours.
const OUR_PAUSE: Duration = Duration::from_secs(2);
/// Pause after a failed attempt, times the attempt.
const MESSAGE_PAUSE: Duration = Duration::from_millis(500);

impl Worker {
    /// Runs until `stop` becomes true; messages in hand are finished.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let hands = Arc::new(Semaphore::new(self.readers.count() * 2));
        let most = u32::try_from(self.readers.count() * 2).unwrap_or(1);
        while !*stop.borrow() {
            let free = hands.available_permits().max(1);
            let claimed = match self
                .store
                .claim(i64::try_from(free).unwrap_or(1), LEASE)
                .await
            {
                Ok(claimed) => claimed,
                Err(fault) => {
                    tracing::warn!(%fault, "the inbox can't be read; trying again");
                    pause(&mut stop, OUR_PAUSE).await;
                    continue;
                }
            };
            let idle = claimed.is_empty();
            for message in claimed {
                let Ok(permit) = Arc::clone(&hands).acquire_owned().await else {
                    return;
                };
                let worker = Arc::clone(&self);
                tokio::spawn(async move { worker.attempt(message, permit).await });
            }
            if idle {
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                    _ = stop.changed() => {}
                }
            } else if hands.available_permits() < self.readers.count() {
                // Claim for several hands at once when they come free together, else for the first.
                let several = hands.acquire_many(most / 2);
                if tokio::time::timeout(GATHER, several).await.is_err() {
                    drop(hands.acquire().await);
                }
            }
        }
        // First those that wait for name servers: they need a hand to finish.
        let _none_waits = self.waiting.acquire_many(WAITING).await;
        let _ = hands.acquire_many(most).await;
    }

    async fn attempt(&self, claimed: Claimed, hand: OwnedSemaphorePermit) {
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
                self.store
                    .give_back(
                        id,
                        attempt,
                        reason,
                        MESSAGE_PAUSE * u32::from(attempt.unsigned_abs()),
                    )
                    .await
            }
            Fault::Store(_) | Fault::Vault(_) => {
                tracing::error!(spool = %id, attempt, %fault, "kept in the inbox; trying again");
                self.unclaim(id, attempt).await
            }
        };
        if given_back.is_err() {
            // The lease ends by itself.
            tracing::warn!(spool = %id, "could not be given back; it returns when its lease ends");
        }
    }

    /// Takes the attempt back, since it was not the message's fault; asks until the database answers or the lease is over.
    async fn unclaim(&self, id: Uuid, attempt: i16) -> Result<(), StoreFault> {
        let deadline = tokio::time::Instant::now() + LEASE;
        loop {
            match self.store.unclaim(id, attempt, OUR_PAUSE).await {
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

    async fn process(&self, claimed: Claimed, hand: &mut Hand) -> Result<(), Fault> {
        let mail = self.open(claimed).await?;
        let last = i32::from(mail.attempt) >= i32::from(self.settings.attempts);
        // A worker that was killed in its last attempt left a count beyond the limit: don't read again.
        if i32::from(mail.attempt) > i32::from(self.settings.attempts) {
            return self.file_unread(&mail).await;
        }
        match self.understand(&mail, hand).await {
            Ok((reading, results)) => match self.file(&mail, &reading, &results).await {
                Err(Fault::Message(_)) if last => self.file_unread(&mail).await,
                other => other,
            },
            Err(Fault::Message(reason)) if last => {
                tracing::warn!(spool = %mail.id, attempt = mail.attempt, reason, "reading failed for the last time");
                self.metrics.reader_fault(reason);
                self.file_unread(&mail).await
            }
            Err(fault) => Err(fault),
        }
    }

    async fn open(&self, claimed: Claimed) -> Result<Mail, Fault> {
        let envelope = self.ring.open_inbox(
            &listener::inbox_aad(claimed.id, "envelope"),
            &claimed.envelope,
        )?;
        let content = if claimed.pieces == 0 {
            claimed.content
        } else {
            let all = self.store.pieces(claimed.id, claimed.pieces).await?;
            let missing = || StoreFault::Refused("pieces of a message are missing".into());
            let mut all = all.ok_or_else(missing)?;
            all.extend_from_slice(claimed.content.as_bytes());
            Sealed::from_bytes(all)
        };
        let raw = self
            .ring
            .open_inbox(&listener::inbox_aad(claimed.id, "content"), &content)?;
        let envelope = listener::read_envelope(&envelope)?;
        Ok(Mail {
            id: claimed.id,
            attempt: claimed.attempt,
            envelope,
            raw,
        })
    }

    /// Reads; a second time when a signature names a certificate that we hold: what we know of it (authentication,
    /// revocation) counts, even if a copy came along.
    async fn read(&self, mail: &Mail) -> Result<Reading, Fault> {
        let reading = self.read_with(mail, Vec::new()).await?;
        let layers = reading.openpgp.layers.iter();
        let mut signers: Vec<String> = layers
            .filter_map(Layer::signer)
            .map(str::to_owned)
            .collect();
        signers.extend(reading.missing_signers.iter().cloned());
        if signers.is_empty() {
            return Ok(reading);
        }
        let known = self.certificates_of(&signers).await?;
        if known.is_empty() {
            return Ok(reading);
        }
        self.read_with(mail, known).await
    }

    async fn read_with(
        &self,
        mail: &Mail,
        correspondents: Vec<(Vec<u8>, bool)>,
    ) -> Result<Reading, Fault> {
        let raw = mail.raw.to_vec();
        let job = Job::Read {
            raw,
            correspondents,
            now: mail.envelope.received_at,
        };
        match self.readers.run(&job).await {
            Ok(Done::Read(reading)) => Ok(*reading),
            Ok(_) => Err(Fault::Message("wrong-answer")),
            Err(ReaderFault::NotStarted) => {
                Err(StoreFault::Unavailable("no reader process could be started".into()).into())
            }
            Err(fault) => Err(Fault::Message(word(fault))),
        }
    }

    /// Decides and commits; again when another worker wrote to the same ticket first.
    async fn file(
        &self,
        mail: &Mail,
        reading: &Reading,
        results: &AuthResults,
    ) -> Result<(), Fault> {
        let examination = pipeline::examine(&mail.envelope, reading, results.clone(), &self.policy);
        for _ in 0..8 {
            let known = self.facts(mail, &examination).await?;
            if known.seen {
                return self.count_copy(mail, &known).await;
            }
            let outcome = self.decide(mail, reading, &examination, &known).await?;
            let decided = record::Decided {
                mail,
                reading: Some(reading),
                examination: &examination,
                known: &known,
                outcome: &outcome,
            };
            match self.commit(&decided).await {
                Err(Fault::Store(StoreFault::Conflict)) => continue,
                Err(fault) => return Err(fault),
                Ok(()) => {
                    self.remember_signers(reading, &examination, &self.team)
                        .await;
                    self.tls_report(mail, &examination).await;
                    return Ok(());
                }
            }
        }
        Err(StoreFault::Conflict.into())
    }

    /// Extraction reads hostile text: a panic there is the message's fault, not the daemon's end.
    async fn decide(
        &self,
        mail: &Mail,
        reading: &Reading,
        examination: &pipeline::Examination,
        known: &facts::Known,
    ) -> Result<pipeline::Outcome, Fault> {
        let (envelope, reading, examination) =
            (mail.envelope.clone(), reading.clone(), examination.clone());
        let (facts, policy) = (known.facts.clone(), Arc::clone(&self.policy));
        let decided = tokio::task::spawn_blocking(move || {
            pipeline::decide(&envelope, &reading, &examination, &facts, &policy)
        });
        tokio::time::timeout(self.settings.wall.0, decided)
            .await
            .map_err(|_| Fault::Message("too-slow"))?
            .map_err(|_| Fault::Message("panicked"))
    }

    /// The message beat the reader: it is stored as it came, and a human looks.
    async fn file_unread(&self, mail: &Mail) -> Result<(), Fault> {
        let (examination, outcome) = record::unread();
        for _ in 0..8 {
            let known = self.facts(mail, &examination).await?;
            if known.seen {
                return self.count_copy(mail, &known).await;
            }
            let decided = record::Decided {
                mail,
                reading: None,
                examination: &examination,
                known: &known,
                outcome: &outcome,
            };
            match self.commit(&decided).await {
                Err(Fault::Store(StoreFault::Conflict)) => continue,
                other => return other,
            }
        }
        Err(StoreFault::Conflict.into())
    }

    async fn count_copy(&self, mail: &Mail, known: &facts::Known) -> Result<(), Fault> {
        let entry = self
            .store
            .count_copy((mail.id, mail.attempt), &known.content)
            .await?;
        if let Some(entry) = entry {
            self.metrics.filed("copy");
            tracing::info!(spool = %mail.id, first = %entry, "the same message again: counted on the first");
        }
        Ok(())
    }
}

fn word(fault: ReaderFault) -> &'static str {
    match fault {
        ReaderFault::Died => "crashed",
        ReaderFault::TooSlow => "too-slow",
        ReaderFault::NotStarted => "no-reader",
        ReaderFault::Panicked => "panicked",
    }
}

async fn pause(stop: &mut watch::Receiver<bool>, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = stop.changed() => {}
    }
}

/// To the hour: what may be known of a time in clear (`threats.md` B5).
fn hour(time: Timestamp) -> Timestamp {
    let seconds = time.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(3600)).unwrap_or(time)
}
