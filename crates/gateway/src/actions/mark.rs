//! The marking of a ticket, said by an analyst without a letter: stricter than its messages say, never less strict than they say. Less strict
//! than was said before is for a lead, with a reason (C9).

use extract::Tlp;
use uuid::Uuid;
use vault::CaseKey;

use super::refusal::MarkRefusal;
use super::{Acting, ActionFault, Deed, TRIES};
use crate::audit::{self, Event};
use crate::marking::{self, Marked};
use crate::sealing;
use crate::store::{StoreFault, StoredTicketEvent, TicketRow};
use crate::ticket::{History, Marking};

/// As the history and the trail have it.
pub(crate) const ACTION: &str = "marked";

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The marking from then on.
    pub tlp: Tlp,
    /// Why; may be empty where it is raised.
    pub reason: &'a str,
    /// Who asks may also lower what was said.
    pub may_lower: bool,
}

/// Marks a ticket, also a closed one. What it was marked before; `None` for not at all.
///
/// # Errors
/// [`MarkRefusal`], in [`ActionFault::Refused`], when nothing would change, or it would be lowered by who may not, without a reason, or below
/// what its messages say.
pub async fn mark(
    acting: &Acting<'_>,
    ticket: Uuid,
    wish: Wish<'_>,
) -> Result<Option<Tlp>, ActionFault> {
    for _ in 0..TRIES {
        // The trail first: whoever says something after this was read takes the next line's number, and this is tried again.
        let last = acting.store.last_audit(ticket).await?;
        let row = acting.ticket(ticket).await?;
        let entries = acting.store.entries(ticket).await?;
        let marked = marking::of_ticket(acting, ticket, &entries).await?;
        may(marked, wish)?;
        let said = Marking {
            tlp: wish.tlp.as_str().to_owned(),
            was: marked.said().map_or("", Tlp::as_str).to_owned(),
        };
        let deed = deed(acting, &row, (said, wish.reason), last)?;
        match acting.store.mark(&deed.event(), true).await {
            Err(StoreFault::Conflict) => {}
            done => {
                done?;
                return Ok(marked.at_least());
            }
        }
    }
    Err(StoreFault::Conflict.into())
}

/// What was said before stands again: of the last event, by who said it.
pub(super) async fn back(
    acting: &Acting<'_>,
    row: &TicketRow,
    last: Option<(i32, Vec<u8>)>,
) -> Result<(), ActionFault> {
    let key = sealing::case_key(acting.ring, acting.team, row.id, &row.wrapped)?;
    let events = acting.store.mark_events(&[row.id]).await?;
    let own = events.iter().find(|event| event.ticket == row.id);
    let own = own.ok_or(StoreFault::Conflict)?;
    let aad = sealing::ticket_event_aad(acting.team, row.id, own.id);
    let history: History = sealing::open(&key, &aad, &own.detail)?;
    let before = history.marking.unwrap_or_default();
    let said = Marking {
        tlp: before.was,
        was: before.tlp,
    };
    let deed = deed(acting, row, (said, ""), last)?;
    Ok(acting.store.mark(&deed.event(), false).await?)
}

fn may(marked: Marked, wish: Wish<'_>) -> Result<(), MarkRefusal> {
    let (now, by_mail) = (marked.at_least(), marked.by_mail());
    if now == Some(wish.tlp) {
        return Err(MarkRefusal::So(wish.tlp.as_str()));
    }
    if Some(wish.tlp) < by_mail {
        return Err(MarkRefusal::Mail(by_mail.map_or("", Tlp::as_str)));
    }
    if wish.tlp >= now.unwrap_or(marking::UNMARKED) {
        return Ok(());
    }
    match (wish.may_lower, wish.reason.trim().is_empty()) {
        (false, _) => Err(MarkRefusal::Lead),
        (true, true) => Err(MarkRefusal::Reason),
        (true, false) => Ok(()),
    }
}

fn deed(
    acting: &Acting<'_>,
    row: &TicketRow,
    (said, reason): (Marking, &str),
    last: Option<(i32, Vec<u8>)>,
) -> Result<Deed, ActionFault> {
    let key = sealing::case_key(acting.ring, acting.team, row.id, &row.wrapped)?;
    let history = History {
        reason: reason.trim().to_owned(),
        marking: Some(said),
        ..History::now(&row.state, acting.by)
    };
    let event = history.sealed(&key, (acting.team, row.id), ACTION)?;
    let line = Event {
        action: ACTION,
        detail: format!("event={}", event.id),
    };
    Ok(Deed {
        line: audit::next(acting.ring, row.id, last, acting.by, line),
        event,
        ticket: row.id,
        key: row.wrapped.clone(),
    })
}

/// What analysts said of a ticket's marking, for one that is split off it: it is no less marked; `None` when nothing is said.
pub(super) async fn moved(
    acting: &Acting<'_>,
    ticket: Uuid,
    (new, key): (Uuid, &CaseKey),
) -> Result<Option<StoredTicketEvent>, ActionFault> {
    let mut said = None;
    for event in &acting.store.mark_events(&[ticket]).await? {
        said = said.max(marking::said_in(acting.ring, acting.team, event)?);
    }
    let Some(said) = said else {
        return Ok(None);
    };
    let history = History {
        marking: Some(Marking {
            tlp: said.as_str().to_owned(),
            was: String::new(),
        }),
        ..History::now("new", acting.by)
    };
    let event = history.sealed(key, (acting.team, new), ACTION)?;
    Ok(Some(event))
}
