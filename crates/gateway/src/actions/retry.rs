//! What could not be decrypted when it came is opened with the team's keys of now: a report for a key that the team did not have then.
//!
//! The message as it came is read again as of the time of receipt, so that verdicts, extraction and index are those that filing would
//! have made. It stays where it was filed, and nobody is answered: the reporter was told how to reach the team when it came. Each
//! message is written for itself, so that one that stays closed keeps no other from being opened, and what was opened stays so.

mod write;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use intake::pipeline::Policy;
use uuid::Uuid;
use vault::{KeyRing, VaultError};

use super::thread::{LETTER, opened};
use super::{Acting, ActionFault, Refusal, TRIES};
use crate::config::Settings;
use crate::contacts::Register;
use crate::contacts::known::Known;
use crate::correspondents::{Book, BookFault};
use crate::protection::stays_closed;
use crate::reader::ReaderFault;
use crate::sealing::{self, Understood};
use crate::search::Partitions;
use crate::settings;
use crate::store::{EntryRow, Store, StoreFault, TicketRow};
use crate::ticket::{self, History};
use crate::worker::again::{self, Again};

/// Messages that are asked for at a time.
const BATCH: i64 = 500;

/// What messages are opened with: the team's keys, the certificates and the register as they are when it is made.
pub struct Opener {
    book: Book,
    policy: Arc<Policy>,
    /// For extraction from one message.
    wall: Duration,
    partitions: Partitions,
}

/// What came of a ticket's messages, by their numbers on it from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Those that opened.
    pub opened: Vec<usize>,
    /// Those that stay closed, each with the reason, a word of [`intake::openpgp::OpenPgp::error`].
    pub closed: Vec<(usize, String)>,
    /// So many are sealed to analysts, and nobody has offered a key.
    pub sealed: usize,
}

impl Retried {
    /// Nothing on the ticket waits to be opened.
    pub fn is_nothing(&self) -> bool {
        self.opened.is_empty() && self.closed.is_empty() && self.sealed == 0
    }

    /// Why a message stays closed, for people.
    pub fn why(word: &str) -> &'static str {
        match word {
            "no_key" => "none of the team's keys fits",
            "damaged" => "it is damaged, or was changed on its way",
            "unsupported" => "it needs an algorithm that is not supported",
            _ => "it can't be decrypted",
        }
    }
}

impl Opener {
    /// With readers of its own.
    ///
    /// # Errors
    /// [`StoreFault`] when the register can't be read, and what is wrong with the configuration.
    pub(crate) async fn new(
        settings: &Settings,
        store: Store,
        ring: Arc<KeyRing>,
    ) -> anyhow::Result<Opener> {
        // Whether it is mail of ours was decided when it came.
        let policy = settings::policy(settings, String::new()).map_err(anyhow::Error::msg)?;
        let register = Register {
            store: store.clone(),
            ring: Arc::clone(&ring),
            team: settings.team.name.clone(),
        };
        let seen = Known::new(register, Arc::new(policy)).seen().await?;
        Ok(Opener {
            book: Book::with(settings, store, ring),
            policy: seen.policy,
            wall: settings.worker.wall.0,
            partitions: Partitions::default(),
        })
    }
}

/// Opens what it can of a ticket, closed tickets included.
///
/// # Errors
/// [`ActionFault::Refused`] when the ticket was erased with its month, or the team's keys can't be used.
pub async fn retry(
    acting: &Acting<'_>,
    opener: &Opener,
    ticket: Uuid,
) -> Result<Retried, ActionFault> {
    let row = acting.ticket(ticket).await?;
    key_of(acting, ticket, &row.wrapped)?;
    let mut retried = Retried::default();
    let mut waiting = Vec::new();
    for (number, entry) in (1..).zip(&acting.store.entries(ticket).await?) {
        match waits(acting, entry)? {
            Waits::No => {}
            Waits::Sealed => retried.sealed += 1,
            Waits::Yes => waiting.push((number, entry.id)),
        }
    }
    let mut said = Said::default();
    for (number, id) in waiting {
        match one(acting, opener, ticket, ((number, id), &mut said)).await? {
            Some(Again::Opened(_)) => retried.opened.push(number),
            Some(Again::Closed(why)) => retried.closed.push((number, why)),
            // Somebody else was faster.
            None => {}
        }
    }
    if !retried.closed.is_empty() {
        let numbers: Vec<String> = retried
            .closed
            .iter()
            .map(|(number, _)| number.to_string())
            .collect();
        tried(acting, ticket, &numbers.join(",")).await?;
    }
    Ok(retried)
}

/// Tickets of the team with messages that wait to be opened, the oldest message's first.
///
/// # Errors
/// Those of the store; what can't be opened at all is left out, and `pillarbox verify` names it.
pub async fn waiting(acting: &Acting<'_>) -> Result<Vec<Uuid>, ActionFault> {
    let (mut after, mut seen, mut waiting) = (Uuid::nil(), BTreeSet::new(), Vec::new());
    loop {
        let batch = acting
            .store
            .encrypted_entries(acting.team, after, BATCH)
            .await?;
        let Some((last, _)) = batch.last() else {
            return Ok(waiting);
        };
        after = *last;
        for (_, ticket) in batch {
            if seen.insert(ticket) {
                let entries = acting.store.entries(ticket).await?;
                let mut entries = entries.iter();
                if entries.any(|entry| !matches!(waits(acting, entry), Ok(Waits::No) | Err(_))) {
                    waiting.push(ticket);
                }
            }
        }
    }
}

/// Whether a message waits to be opened.
enum Waits {
    No,
    Yes,
    /// It came encrypted and is sealed to analysts: nobody knows without their key.
    Sealed,
}

fn waits(acting: &Acting<'_>, entry: &EntryRow) -> Result<Waits, ActionFault> {
    if !entry.was_encrypted || entry.kind == LETTER {
        return Ok(Waits::No);
    }
    if acting.own.is_none() && entry.wrapped.message().is_some() {
        return Ok(Waits::Sealed);
    }
    let (_, understood) = opened(acting, entry).map_err(ActionFault::OwnKey)?;
    Ok(match is_closed(&understood) {
        true => Waits::Yes,
        false => Waits::No,
    })
}

/// A message that nothing could read at all is another matter.
fn is_closed(understood: &Understood) -> bool {
    understood.reading.as_ref().is_some_and(stays_closed)
}

/// What analysts said of the values of a ticket's messages: read once for all of them, and again when somebody said more.
#[derive(Default)]
struct Said {
    history: Vec<(String, History)>,
    /// The number of the ticket's last line in the trail when that was read.
    last: Option<i32>,
}

impl Said {
    /// As it stands with this line.
    async fn until(
        &mut self,
        acting: &Acting<'_>,
        row: &TicketRow,
        last: Option<i32>,
    ) -> Result<&[(String, History)], ActionFault> {
        if self.last != last || last.is_none() {
            let (store, ring, team) = (acting.store, acting.ring, acting.team);
            let said = ticket::history_of("corrected", store, ring, team, (row.id, &row.wrapped));
            (self.history, self.last) = (said.await?, last);
        }
        Ok(&self.history)
    }
}

/// One message, by its number on the ticket and its id, until it is written or stays closed; `None` when it is open already, or gone.
async fn one(
    acting: &Acting<'_>,
    opener: &Opener,
    ticket: Uuid,
    ((number, id), said): ((usize, Uuid), &mut Said),
) -> Result<Option<Again>, ActionFault> {
    for _ in 0..TRIES {
        let Some(entry) = &acting.store.entry_of(ticket, id).await? else {
            return Ok(None);
        };
        let (summary, understood) = opened(acting, entry).map_err(ActionFault::OwnKey)?;
        if !is_closed(&understood) {
            return Ok(None);
        }
        let again = read(acting, opener, entry, &understood).await?;
        let Again::Opened(read) = &again else {
            return Ok(Some(again));
        };
        let message = write::Message {
            ticket,
            number,
            entry,
            summary,
            understood,
            read,
        };
        match write::write(acting, opener, (message, &mut *said)).await {
            Err(ActionFault::Store(StoreFault::Conflict)) => opener.partitions.forget(),
            Err(fault) => return Err(fault),
            Ok(()) => {
                // It stays opened, whatever becomes of what it brought along.
                let (read, book) = (&**read, &opener.book);
                let seen = read.signature_seen;
                book.remember(id, &read.reading, &read.examination, seen)
                    .await;
                return Ok(Some(again));
            }
        }
    }
    Err(StoreFault::Conflict.into())
}

async fn read(
    acting: &Acting<'_>,
    opener: &Opener,
    entry: &EntryRow,
    understood: &Understood,
) -> Result<Again, ActionFault> {
    let sealed = acting.store.raw(entry.id).await?.ok_or(ActionFault::Gone)?;
    let key = acting.key(entry).map_err(ActionFault::OwnKey)?;
    let aad = sealing::entry_aad(acting.team, "raw", entry.case, entry.id);
    let raw = key.open(&aad, &sealed)?;
    let (envelope, results) = (&understood.envelope, &understood.authentication);
    let known = (entry.id, envelope, results);
    let read = again::again(&opener.book, (&opener.policy, opener.wall), &raw, known);
    match read.await {
        Ok(again) => Ok(again),
        Err(BookFault::Store(fault)) => Err(fault.into()),
        Err(BookFault::Vault(fault)) => Err(fault.into()),
        Err(BookFault::Reader(ReaderFault::NotStarted)) => Err(Refusal::Keys.into()),
        // It beat the reader, and stays as it is.
        Err(BookFault::Reader(fault)) => Ok(Again::Closed(fault.to_string())),
    }
}

/// The key of a ticket; one whose month was erased says so.
fn key_of(
    acting: &Acting<'_>,
    ticket: Uuid,
    wrapped: &vault::WrappedKey,
) -> Result<vault::CaseKey, ActionFault> {
    match sealing::case_key(acting.ring, acting.team, ticket, wrapped) {
        Err(VaultError::ErasedEpoch(_)) => Err(Refusal::ErasedMonth.into()),
        key => Ok(key?),
    }
}

/// Says in the trail who tried in vain, and with which messages.
async fn tried(acting: &Acting<'_>, ticket: Uuid, numbers: &str) -> Result<(), ActionFault> {
    for _ in 0..TRIES {
        let detail = format!("closed={numbers}");
        let line = acting.line(ticket, "retried", detail).await?;
        match acting.store.add_audit(ticket, &line.line()).await {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(StoreFault::Conflict.into())
}
