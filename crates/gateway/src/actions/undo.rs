//! The last change of a ticket's state, owner or marking is taken back by who made it: all is as before, the clock and the answers that were
//! awaited too. It can't be once somebody else acted on the ticket, or mail came for it.

use jiff::Timestamp;
use uuid::Uuid;

use super::refusal::UndoRefusal;
use super::{Acting, ActionFault, TRIES, mark};
use crate::sealing;
use crate::store::{Before, StoreFault, TakenBack, TicketRow};
use crate::ticket::{History, state_of};
use crate::worker::hour;

/// What a change of hands is called in the trail, and one of state.
const HANDS: [&str; 3] = ["claimed", "assigned", "released"];
const MARKED: [&str; 1] = [mark::ACTION];
const STEPS: [&str; 3] = ["closed", "reopened", "changed"];
/// As the history and the trail have it.
const ACTION: &str = "undone";

/// How it stands since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Its state.
    pub state: &'static str,
    /// Who has it; empty for nobody.
    pub owner: String,
    /// It was its marking that was taken back.
    pub is_marking: bool,
}

/// What would be taken back: `closed`, `assigned`, …; `None` where nothing can be, by this analyst.
///
/// # Errors
/// Those of the store.
pub async fn last(acting: &Acting<'_>, ticket: Uuid) -> Result<Option<String>, StoreFault> {
    let before = acting.store.before(ticket).await?;
    let mine = before.filter(|before| refusal(before, acting.by).is_none());
    Ok(mine.map(|before| before.action))
}

/// Takes it back.
///
/// # Errors
/// [`UndoRefusal`], in [`ActionFault::Refused`], says why it can't be.
pub async fn undo(acting: &Acting<'_>, ticket: Uuid) -> Result<Undone, ActionFault> {
    for _ in 0..TRIES {
        // First: whoever acts on it meanwhile takes the line's number, and this is tried again.
        let last = acting.store.last_audit(ticket).await?;
        let row = acting.ticket(ticket).await?;
        let before = acting.store.before(ticket).await?;
        let before = before.ok_or(UndoRefusal::Nothing)?;
        if let Some(refusal) = refusal(&before, acting.by) {
            return Err(refusal.into());
        }
        let done = match before.event {
            Some(_) if before.action == mark::ACTION => {
                let back = mark::back(acting, &row, last).await;
                back.map(|()| Undone {
                    state: state_of(&row.state),
                    owner: row.owner.clone(),
                    is_marking: true,
                })
            }
            Some(event) => stepped(acting, &row, (&before, event), last).await,
            None => handed(acting, &row, &before, last).await,
        };
        match done {
            Err(ActionFault::Store(StoreFault::Conflict)) => {}
            done => return done,
        }
    }
    Err(StoreFault::Conflict.into())
}

fn refusal(before: &Before, by: &str) -> Option<UndoRefusal> {
    let is = |actions: &[&str]| actions.contains(&before.action.as_str());
    if before.action == "merged" {
        return Some(UndoRefusal::Merged);
    }
    if !is(&HANDS) && !is(&STEPS) && !is(&MARKED) {
        return Some(UndoRefusal::Nothing);
    }
    match (before.by == by, before.since.as_str()) {
        (_, since) if !since.is_empty() => Some(UndoRefusal::Since(since.to_owned())),
        (false, _) => Some(UndoRefusal::Other(before.by.clone())),
        (true, _) => None,
    }
}

/// The last line of a trail: its number and its code.
type Last = Option<(i32, Vec<u8>)>;

async fn stepped(
    acting: &Acting<'_>,
    row: &TicketRow,
    (before, event): (&Before, Uuid),
    last: Last,
) -> Result<Undone, ActionFault> {
    let state = state_of(&before.state);
    let key = sealing::case_key(acting.ring, acting.team, row.id, &row.wrapped)?;
    let history = History::now(state, acting.by);
    let told = history.sealed(&key, (acting.team, row.id), ACTION)?;
    let detail = format!("state={state} event={} undoes={event}", told.id);
    let line = acting.line_after(row.id, ACTION, detail, last);
    let back = TakenBack {
        ticket: row.id,
        of: (before.number, event),
        from: &row.state,
        changed_hour: hour(Timestamp::now()),
        key: &row.wrapped,
        event: &told,
        audit: line.line(),
    };
    acting.store.undo_step(&back).await?;
    Ok(Undone {
        state,
        owner: row.owner.clone(),
        is_marking: false,
    })
}

async fn handed(
    acting: &Acting<'_>,
    row: &TicketRow,
    before: &Before,
    last: Last,
) -> Result<Undone, ActionFault> {
    let action = match before.owner.as_str() {
        "" => "released",
        owner if owner == acting.by => "claimed",
        _ => "assigned",
    };
    let detail = format!("owner={}", before.owner);
    let line = acting.line_after(row.id, action, detail, last);
    let hands = (
        row.owner.as_str(),
        before.owner.as_str(),
        before.owner_since.as_str(),
    );
    acting.store.hand_back(row.id, hands, &line.line()).await?;
    Ok(Undone {
        state: state_of(&row.state),
        owner: before.owner.clone(),
        is_marking: false,
    })
}
