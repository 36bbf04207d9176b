//! Works the inbox: claim ► open ► authenticate (DNS) and read (child process) ► examine ► facts ► decide ► seal and commit.
//!
//! Each attempt was counted and committed before it began, so whatever a message does to us, the third failure stores it
//! unread, as a ticket that needs a human. A row that can't be opened has as many attempts, and then waits for a human. Faults
//! of our own (database, keys) give the attempt back.

pub(crate) mod alike;
mod audit;
mod authentication;
mod better;
pub(crate) mod certificates;
mod claim;
pub mod dkim;
mod duty;
mod facts;
mod letter;
mod notice;
mod observables;
mod overdue;
mod place;
mod quoted;
pub(crate) mod record;
mod replays;
mod slot;
mod tls_report;
pub(crate) mod token;
mod wipe;

use std::sync::Arc;
use std::time::Duration;

use intake::answer::Letterhead;
use intake::authentication::AuthResults;
use intake::envelope::Envelope;
use intake::openpgp::{Layer, Recipients};
use intake::pipeline::{self, Policy};
use intake::reading::Reading;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, Semaphore, watch};
use uuid::Uuid;
use vault::{KeyRing, VaultError};
use zeroize::Zeroizing;

use authentication::Hand;
pub(crate) use authentication::Room;
pub(crate) use duty::Bell;
pub(crate) use facts::{foreign_digest, party_digest};
pub(crate) use letter::loop_token;
pub(crate) use notice::addressed;
pub(crate) use record::size_bucket;
use wipe::{wipe_stack, wiping};

use crate::authenticate::Authenticator;
use crate::config::{Acknowledge, Worker as Settings};
use crate::contacts::known::Known;
use crate::correspondents::{Book, BookFault};
use crate::epochs::EpochFault;
use crate::reader::{Done, Job, ReaderFault, Readers, Signer};
use crate::search::Partitions;
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
    /// Correspondents' certificates.
    pub(crate) book: Book,
    /// Checks senders; `None` when only our MTA does.
    pub authenticator: Option<Authenticator>,
    /// For messages that wait for name servers, so that they don't keep others from being read.
    pub(crate) waiting: Room,
    /// What the configuration says about mail.
    pub policy: Arc<Policy>,
    /// The register of organisations, and with it what is said about mail.
    pub contacts: Known,
    /// What stands on acknowledgements; changes with the team's key.
    pub letterhead: watch::Receiver<Letterhead>,
    /// Sign what leaves.
    pub signers: dkim::Signers,
    /// To whom keys of filed messages are sealed; `None` when the gateway may read what was filed. Changes with their folder.
    pub analysts: Option<watch::Receiver<Recipients>>,
    /// The team's name.
    pub team: String,
    /// How long a closed ticket may have been quiet to be opened again by mail.
    pub reopen: Duration,
    /// Attempts and limits.
    pub settings: Settings,
    /// When acknowledgements leave, and in which language.
    pub acknowledge: Acknowledge,
    /// Time at work until a report is meant to be answered; zero when none is set.
    pub answer_within: SignedDuration,
    /// Wakes those on duty.
    pub(crate) bell: Bell,
    /// Woken when something arrived.
    pub wake: Arc<Notify>,
    /// Wakes the sender.
    pub outbox_wake: Arc<Notify>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Told how each message came.
    pub observer: Observer,
    /// How fine the index of this month is.
    pub(crate) partitions: Partitions,
    /// Our own domains, lower case: reports of others (RFC 8460) count for these alone.
    pub own_domains: Vec<String>,
}

/// A message in the worker's hands.
struct Mail {
    id: Uuid,
    attempt: i16,
    envelope: Envelope,
    /// Shared with the check of its sender.
    raw: Arc<Zeroizing<Vec<u8>>>,
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
    /// The row can't be opened, whatever message it holds: counts as an attempt.
    #[error("{0}")]
    Row(&'static str),
    /// Ours: a key is missing.
    #[error("{0}")]
    Vault(#[from] VaultError),
}

impl From<EpochFault> for Fault {
    fn from(fault: EpochFault) -> Fault {
        match fault {
            EpochFault::Store(fault) => fault.into(),
            EpochFault::Vault(fault) => fault.into(),
        }
    }
}

impl From<BookFault> for Fault {
    fn from(fault: BookFault) -> Fault {
        match fault {
            BookFault::Store(fault) => fault.into(),
            BookFault::Vault(fault) => fault.into(),
            BookFault::Reader(ReaderFault::NotStarted) => {
                StoreFault::Unavailable("no reader process could be started".into()).into()
            }
            BookFault::Reader(fault) => Fault::Message(word(fault)),
        }
    }
}

/// How long a message is this worker's unless it says so again: what a message waits after a crash.
const LEASE: Duration = Duration::from_secs(30);
/// How long a free hand waits for another before it claims for itself alone.
const GATHER: Duration = Duration::from_millis(5);
/// A pause after a fault of ours.
const OUR_PAUSE: Duration = Duration::from_secs(2);

impl Worker {
    /// Runs until `stop` becomes true; messages in hand are finished.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let hands = Arc::new(Semaphore::new(self.readers.count() * 2));
        let most = u32::try_from(self.readers.count() * 2).unwrap_or(1);
        while !*stop.borrow() {
            // Another machine made this month's key, and it isn't here yet: that one files what comes, or it waits.
            let month = crate::erasure::current_month(Timestamp::now());
            if self.ring.lacking(month).is_some() {
                pause(&mut stop, OUR_PAUSE).await;
                continue;
            }
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
                tokio::spawn(async move { wiping(worker.attempt(message, permit)).await });
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
        self.waiting.empty().await;
        let _ = hands.acquire_many(most).await;
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
        let sender = match reading.from.as_slice() {
            [one] => Some(one.address.as_str()),
            _ => None,
        };
        let known = self.certificates_of(&signers, sender).await?;
        if known.is_empty() {
            return Ok(reading);
        }
        self.read_with(mail, known).await
    }

    async fn read_with(&self, mail: &Mail, correspondents: Vec<Signer>) -> Result<Reading, Fault> {
        let raw = mail.raw.to_vec();
        let job = Job::Read {
            raw,
            correspondents,
            now: mail.envelope.received_at,
        };
        match self.readers.run(&job).await {
            Ok(Done::Read(reading, octets)) => Ok(Reading { octets, ..*reading }),
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
            let known = self.facts(mail, Some(reading), &examination).await?;
            let mut outcome = self.decide(mail, reading, &examination, &known).await?;
            better::settle(&mut outcome, &known);
            if !known.is_copy(&outcome.filing) {
                self.drop_repeated(reading, &mut outcome, &known).await?;
            }
            let decided = record::Decided {
                mail,
                reading: Some(reading),
                examination: &examination,
                known: &known,
                outcome: &outcome,
            };
            if known.is_copy(&outcome.filing) {
                return self.count_copy(&decided).await;
            }
            match self.commit(&decided).await {
                Err(Fault::Store(StoreFault::Conflict)) => self.partitions.forget(),
                Err(fault) => return Err(fault),
                Ok(()) => {
                    if outcome.filing != pipeline::Filing::Suppress {
                        self.mark_better(mail.id, &known).await;
                    }
                    // What is filed stays filed, whatever becomes of the mark.
                    if let Err(fault) = self
                        .mark_failing(reading, &outcome, &examination, &known)
                        .await
                    {
                        tracing::warn!(%fault, "a failing contact is not marked");
                    }
                    self.remember(mail.id, reading, &examination, &known).await;
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
        let (facts, policy) = (known.facts.clone(), self.contacts.seen().await?.policy);
        let decided = tokio::task::spawn_blocking(move || {
            let outcome = pipeline::decide(&envelope, &reading, &examination, &facts, &policy);
            wipe_stack();
            outcome
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
            let known = self.facts(mail, None, &examination).await?;
            let decided = record::Decided {
                mail,
                reading: None,
                examination: &examination,
                known: &known,
                outcome: &outcome,
            };
            if known.is_copy(&outcome.filing) {
                return self.count_copy(&decided).await;
            }
            match self.commit(&decided).await {
                Err(Fault::Store(StoreFault::Conflict)) => self.partitions.forget(),
                other => return other,
            }
        }
        Err(StoreFault::Conflict.into())
    }

    async fn count_copy(&self, decided: &record::Decided<'_>) -> Result<(), Fault> {
        let mail = decided.mail;
        let content = decided.known.content.of(&decided.outcome.filing);
        let entry = self
            .store
            .count_copy((mail.id, mail.attempt), content)
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
pub(crate) fn hour(time: Timestamp) -> Timestamp {
    let seconds = time.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(3600)).unwrap_or(time)
}
