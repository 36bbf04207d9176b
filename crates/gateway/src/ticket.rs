//! The life of a ticket: taken in hand, waiting for somebody else, closed as resolved or rejected, and reopened. Who, when and why is sealed under the ticket's key; the
//! state is in clear, for lists and for retention, and a line of the audit trail says which it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::{CaseKey, KeyRing, VaultError, WrappedKey};

use crate::audit::{self, Event};
use crate::corrections::Corrected;
use crate::sealing;
use crate::store::{Store, StoreFault, StoredTicketEvent, TicketChange};
use crate::tags::Tagged;
use crate::worker::hour;

/// How often a change is tried again that somebody else was faster with.
const TRIES: usize = 16;

/// What is done with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody has it in hand: no clock runs any more.
    Take,
    /// Somebody else is to answer, until then if a time is given.
    Wait(Option<Timestamp>),
    /// It was dealt with.
    Resolve,
    /// It is none of our business, or no incident.
    Reject,
    /// There is more to do.
    Reopen,
}

impl Step {
    /// The state of the ticket afterwards.
    pub fn state(self) -> &'static str {
        match self {
            Step::Take | Step::Reopen => "open",
            Step::Wait(_) => "waiting",
            Step::Resolve => "resolved",
            Step::Reject => "rejected",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Step::Take | Step::Wait(_) => "changed",
            Step::Resolve | Step::Reject => "closed",
            Step::Reopen => "reopened",
        }
    }

    /// Closed tickets are reopened, and others closed, taken in hand or left to wait.
    fn fits(self, state: &str) -> bool {
        match self {
            // Waiting again until another time, or taken again where a reply set the clock, is a change, too.
            Step::Take | Step::Wait(_) => !is_closed(state),
            Step::Resolve | Step::Reject => !is_closed(state),
            Step::Reopen => is_closed(state),
        }
    }
}

/// A stored state by its word; `open` for what is none.
pub(crate) fn state_of(word: &str) -> &'static str {
    let mut all = ["new", "waiting", "resolved", "rejected"].into_iter();
    all.find(|known| *known == word).unwrap_or("open")
}

/// Whether a ticket in this state is closed: retention erases it when it was kept long enough.
pub fn is_closed(state: &str) -> bool {
    matches!(state, "resolved" | "rejected")
}

/// By whom, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The state from then on.
    pub state: String,
    /// Who did it: a user name of this machine.
    pub by: String,
    /// When, RFC 3339, to the second.
    pub at: String,
    /// Why, in the analyst's words; may be empty.
    pub reason: String,
    /// Which links were made or taken away, each with the other ticket's number; empty for all else.
    pub links: Vec<(LinkKind, i64)>,
    /// What was said of a value that was read; `None` for all else, and for what was done before there was this.
    #[serde(deserialize_with = "sealing::or_nothing")]
    pub correction: Option<Corrected>,
    /// Which words stand on it since then; `None` for all else, and for what was done before there were any.
    #[serde(deserialize_with = "sealing::or_nothing")]
    pub tags: Option<Tagged>,
    /// How an analyst marked it; `None` for all else, and for what was done before that could be.
    #[serde(deserialize_with = "sealing::or_nothing")]
    pub marking: Option<Marking>,
}

/// A marking that an analyst set: labels of FIRST TLP 2.0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marking {
    /// Since then; empty when nothing is said any more beside what its messages say.
    pub tlp: String,
    /// What was said before; empty for nothing.
    pub was: String,
}

impl History {
    /// Something that somebody did just now.
    pub(crate) fn now(state: &str, by: &str) -> History {
        let now = Timestamp::now();
        History {
            state: state.to_owned(),
            by: by.to_owned(),
            at: Timestamp::from_second(now.as_second())
                .unwrap_or(now)
                .to_string(),
            reason: String::new(),
            links: Vec::new(),
            correction: None,
            tags: None,
            marking: None,
        }
    }

    /// As it is stored, under the ticket's key.
    pub(crate) fn sealed(
        &self,
        key: &CaseKey,
        (team, ticket): (&str, Uuid),
        action: &str,
    ) -> Result<StoredTicketEvent, VaultError> {
        self.sealed_as(Uuid::now_v7(), key, (team, ticket), action)
    }

    /// The same, under this id.
    pub(crate) fn sealed_as(
        &self,
        id: Uuid,
        key: &CaseKey,
        (team, ticket): (&str, Uuid),
        action: &str,
    ) -> Result<StoredTicketEvent, VaultError> {
        let aad = sealing::ticket_event_aad(team, ticket, id);
        Ok(StoredTicketEvent {
            id,
            action: action.to_owned(),
            detail: sealing::seal(key, &aad, self)?,
        })
    }
}

/// How a ticket stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkKind {
    /// The other is a part of it.
    Parent,
    /// It is a part of the other.
    Child,
    /// Both have to do with each other.
    Related,
    /// It says the same as the other, which is the one that counts.
    Duplicate,
    /// The other says the same, and this one counts.
    Duplicated,
}

impl LinkKind {
    /// How the other stands to this one.
    pub fn from_there(self) -> LinkKind {
        match self {
            LinkKind::Parent => LinkKind::Child,
            LinkKind::Child => LinkKind::Parent,
            LinkKind::Related => LinkKind::Related,
            LinkKind::Duplicate => LinkKind::Duplicated,
            LinkKind::Duplicated => LinkKind::Duplicate,
        }
    }

    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            LinkKind::Parent => "parent",
            LinkKind::Child => "child",
            LinkKind::Related => "related",
            LinkKind::Duplicate => "duplicate",
            LinkKind::Duplicated => "duplicated",
        }
    }

    /// For people, before the other's reference.
    pub fn words(self) -> &'static str {
        match self {
            LinkKind::Parent => "parent of",
            LinkKind::Child => "child of",
            LinkKind::Related => "related to",
            LinkKind::Duplicate => "duplicate of",
            LinkKind::Duplicated => "duplicated by",
        }
    }
}

/// Why a ticket's state can't be changed.
#[derive(Debug, thiserror::Error)]
pub enum TicketFault {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// The ticket's key is missing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no such ticket.
    #[error("it is gone")]
    Gone,
    /// It is closed already, or open; its state.
    #[error("it is {0} already")]
    Already(String),
}

/// Closes or reopens a ticket.
///
/// # Errors
/// [`TicketFault`]; then nothing has changed.
pub async fn change(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    ticket: Uuid,
    step: Step,
    why: (&str, &str),
) -> Result<(), TicketFault> {
    change_from(store, ring, team, ticket, (None, step), why).await
}

/// The same, only if the ticket is in the state that the asker saw; whatever it is in when that is `None`.
///
/// # Errors
/// As [`change`].
pub async fn change_from(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    ticket: Uuid,
    (from, step): (Option<&str>, Step),
    (by, reason): (&str, &str),
) -> Result<(), TicketFault> {
    for _ in 0..TRIES {
        let now = Timestamp::now();
        let rows = store.tickets(team, &[], &[ticket]).await?;
        let row = rows.first().ok_or(TicketFault::Gone)?;
        if !step.fits(&row.state) || from.is_some_and(|from| from != row.state) {
            return Err(TicketFault::Already(row.state.clone()));
        }
        let key = sealing::case_key(ring, team, ticket, &row.wrapped)?;
        let history = History {
            reason: reason.to_owned(),
            ..History::now(step.state(), by)
        };
        let event = history.sealed(&key, (team, ticket), step.action())?;
        let line = Event {
            action: step.action(),
            detail: format!("state={} event={}", step.state(), event.id),
        };
        let link = audit::next(ring, ticket, store.last_audit(ticket).await?, by, line);
        let change = TicketChange {
            ticket,
            from: &row.state,
            state: step.state(),
            changed_hour: hour(now),
            answer_due: match step {
                Step::Wait(until) => until,
                Step::Take | Step::Resolve | Step::Reject | Step::Reopen => None,
            },
            key: &row.wrapped,
            event: &event,
            audit: link.line(),
        };
        match store.change_ticket(&change).await {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(StoreFault::Conflict.into())
}

/// What was done with a ticket, the oldest first.
///
/// # Errors
/// Those of the store, and of opening.
pub async fn history(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    ticket: Uuid,
    wrapped: &WrappedKey,
) -> Result<Vec<(String, History)>, TicketFault> {
    let events = store.ticket_events(ticket).await?;
    opened((ring, team), (ticket, wrapped), events)
}

/// The events of one kind: all of them are not opened for a few.
///
/// # Errors
/// As [`history`].
pub(crate) async fn history_of(
    action: &str,
    store: &Store,
    ring: &KeyRing,
    team: &str,
    (ticket, wrapped): (Uuid, &WrappedKey),
) -> Result<Vec<(String, History)>, TicketFault> {
    let mut events = store.ticket_events(ticket).await?;
    events.retain(|event| event.action == action);
    opened((ring, team), (ticket, wrapped), events)
}

fn opened(
    (ring, team): (&KeyRing, &str),
    (ticket, wrapped): (Uuid, &WrappedKey),
    events: Vec<StoredTicketEvent>,
) -> Result<Vec<(String, History)>, TicketFault> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let key = sealing::case_key(ring, team, ticket, wrapped)?;
    let opened = events.into_iter().map(|event| {
        let aad = sealing::ticket_event_aad(team, ticket, event.id);
        Ok((event.action, sealing::open(&key, &aad, &event.detail)?))
    });
    opened.collect()
}
