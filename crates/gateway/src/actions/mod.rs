//! What analysts do with tickets: whoever shows tickets to them, in the terminal or elsewhere, calls these and prints what came of it.
//! Each takes who acts, which ticket, and the facts; each writes a line of the audit trail in the statement that changes the rows.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`owner`] | claim, assign, release |
//! | [`note`] | a note on a ticket |
//! | [`correct`] | what is said of values that were read from messages |
//! | [`link`] | parent, child, duplicate, related: links between two tickets, and taking them away |
//! | [`tag`] | words by which the team sorts its tickets |
//! | `mark` | a ticket is marked (TLP) without a letter |
//! | [`undo`] | the last change of state, owner or marking is taken back |
//! | [`claimed`] | that a ticket belongs to the one that it names is refused |
//! | `unite` | the words of tickets that are merged, or stand for themselves again |
//! | [`split`] | messages leave a ticket for a new one |
//! | [`retry`] | what could not be decrypted is opened with the team's keys of now |
//! | [`thread`] | what a ticket's messages say about whom to answer, and how carefully |
//! | [`reply`] | a letter to the reporter or to others: made ready, sent, taken back |
//! | [`post`], [`canned`] | what letters are written with |
//! | `certificate` | which of two certificates speaks for an address |
//! | `contact` | organisations of the register, and what is known of them |
//! | `searches` | searches that analysts keep, for themselves or for the team |
//! | [`refusal`] | why something was not done |
//!
//! Closing and reopening are in [`crate::ticket`].

pub mod canned;
pub(crate) mod certificate;
pub mod claimed;
pub(crate) mod contact;
pub mod correct;
pub mod link;
pub(crate) mod mark;
pub mod note;
pub mod owner;
pub mod post;
pub mod refusal;
pub mod reply;
pub mod retry;
pub(crate) mod searches;
pub mod split;
pub mod tag;
pub mod thread;
pub mod undo;
pub(crate) mod unite;

pub use self::refusal::Refusal;

use uuid::Uuid;
use vault::{CaseKey, KeyRing, VaultError, WrappedKey};

use crate::analyst::OwnKey;
use crate::audit::{self, Event, Link};
use crate::epochs::EpochFault;
use crate::sealing;
use crate::store::{EntryRow, EventLine, Store, StoreFault, StoredTicketEvent, TicketRow};
use crate::ticket::{History, TicketFault};

/// How often a change is tried again that somebody else was faster with.
const TRIES: usize = 16;

/// Who acts, and where.
pub struct Acting<'a> {
    /// The database.
    pub store: &'a Store,
    /// Opens and seals.
    pub ring: &'a KeyRing,
    /// The team's name.
    pub team: &'a str,
    /// The analyst's name, as the audit trail has it.
    pub by: &'a str,
    /// His own key, for what is sealed to analysts; `None` when he offers none.
    pub own: Option<&'a OwnKey>,
}

/// Why something was not done. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ActionFault {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A key is missing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no such ticket.
    #[error("it is gone")]
    Gone,
    /// It is resolved or rejected.
    #[error("it is {0}: reopen it first")]
    Closed(String),
    /// Another analyst has it: who, and since when.
    #[error("{0} has it since {1}")]
    Taken(String, String),
    /// Nobody has it.
    #[error("nobody has it")]
    Free,
    /// What was asked for can't be done: why, for the analyst.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What is sealed to analysts could not be opened with his key.
    #[error("{0:#}")]
    OwnKey(anyhow::Error),
}

impl From<TicketFault> for ActionFault {
    fn from(fault: TicketFault) -> ActionFault {
        match fault {
            TicketFault::Store(fault) => fault.into(),
            TicketFault::Vault(fault) => fault.into(),
            TicketFault::Gone => ActionFault::Gone,
            TicketFault::Already(state) => Refusal::Already(state).into(),
        }
    }
}

impl From<EpochFault> for ActionFault {
    fn from(fault: EpochFault) -> ActionFault {
        match fault {
            EpochFault::Store(fault) => fault.into(),
            EpochFault::Vault(fault) => fault.into(),
        }
    }
}

impl Acting<'_> {
    /// A ticket that is not closed, as it is now.
    async fn open_ticket(&self, ticket: Uuid) -> Result<TicketRow, ActionFault> {
        let row = self.ticket(ticket).await?;
        match crate::ticket::is_closed(&row.state) {
            true => Err(ActionFault::Closed(row.state)),
            false => Ok(row),
        }
    }

    async fn ticket(&self, ticket: Uuid) -> Result<TicketRow, ActionFault> {
        let mut rows = self.store.tickets(self.team, &[], &[ticket]).await?;
        rows.pop().ok_or(ActionFault::Gone)
    }

    /// The next line of a ticket's trail.
    async fn line(
        &self,
        ticket: Uuid,
        action: &'static str,
        detail: String,
    ) -> Result<Link, StoreFault> {
        let last = self.store.last_audit(ticket).await?;
        Ok(self.line_after(ticket, action, detail, last))
    }

    /// The line after this one, that was read before all else.
    fn line_after(
        &self,
        ticket: Uuid,
        action: &'static str,
        detail: String,
        last: Option<(i32, Vec<u8>)>,
    ) -> Link {
        let event = Event { action, detail };
        audit::next(self.ring, ticket, last, self.by, event)
    }

    /// Something that is done with a ticket and leaves it as it is otherwise.
    async fn deed(
        &self,
        row: &TicketRow,
        action: &'static str,
        change: impl FnOnce(&mut History),
    ) -> Result<Deed, ActionFault> {
        let key = sealing::case_key(self.ring, self.team, row.id, &row.wrapped)?;
        let mut history = History::now(&row.state, self.by);
        change(&mut history);
        let event = history.sealed(&key, (self.team, row.id), action)?;
        let line = self.line(row.id, action, format!("event={}", event.id));
        Ok(Deed {
            line: line.await?,
            event,
            ticket: row.id,
            key: row.wrapped.clone(),
        })
    }

    /// The key of an entry's case.
    pub(crate) fn key(&self, entry: &EntryRow) -> anyhow::Result<CaseKey> {
        let wrapped = match self.own {
            Some(own) => own.open(&entry.wrapped)?,
            None => entry.wrapped.clone(),
        };
        Ok(sealing::case_key(
            self.ring, self.team, entry.case, &wrapped,
        )?)
    }
}

/// Something that is done with a ticket, ready to be written.
struct Deed {
    ticket: Uuid,
    key: WrappedKey,
    event: StoredTicketEvent,
    line: Link,
}

impl Deed {
    /// As the store takes it.
    fn event(&self) -> EventLine<'_> {
        EventLine {
            ticket: self.ticket,
            key: &self.key,
            event: &self.event,
            audit: self.line.line(),
        }
    }
}
