//! `ticket merge` and `ticket unmerge`: a line in the trail of every ticket that they touch.
//!
//! Messages never move: each is sealed under the key of the ticket on which it was filed. So a ticket that stands for itself
//! again has the messages that it had, and what came for it meanwhile stays where analysts have read it.

mod seen;

use anyhow::bail;
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use self::seen::Named;
use self::seen::{as_seen, plain};
use super::desk::Desk;
use crate::actions::refusal::{PlaceRefusal, Refusal};
use crate::actions::unite::{self, United};
use crate::audit::{self, Event, Link};
use crate::store::{AuditRow, Move, Retag, StoreFault, TicketRow};
use crate::ticket::state_of;
use crate::worker::hour;

/// The gateway may write to the same chain at the same moment, so often.
const TRIES: usize = 20;

/// What is to be written at once.
struct Plan {
    moves: Vec<Move>,
    lines: Vec<(Uuid, Link)>,
    /// What stands on tickets from now on.
    tags: Vec<Retag>,
    /// The number of the ticket that must be there, not merged itself.
    heir: Option<i64>,
    /// What is done.
    done: Done,
}

/// What was done.
pub(crate) struct Done {
    /// In words.
    pub(crate) words: String,
    /// After a merge: so many words stay where they are, for there is no room.
    pub(crate) no_room: usize,
    /// So many, for they would be readable without the keys of analysts.
    pub(crate) sealed: usize,
    /// The words of so many tickets, for they can't be opened.
    pub(crate) closed: usize,
}

impl Done {
    fn of(words: String) -> Done {
        Done {
            words,
            no_room: 0,
            sealed: 0,
            closed: 0,
        }
    }
}

/// Merges a ticket, and what was merged into it, into another. [`PlaceRefusal::Changed`] when one of both is
/// not as it was seen.
pub(crate) async fn merge<'a>(
    desk: &Desk,
    ticket: impl Into<Named<'a>>,
    into: impl Into<Named<'a>>,
) -> anyhow::Result<Done> {
    let (ticket, into) = (ticket.into(), into.into());
    for _ in 0..TRIES {
        let plan = plan_merge(desk, ticket.reference, into.reference).await?;
        as_seen(desk, &[ticket, into]).await?;
        if let Some(done) = write(desk, plan).await? {
            return Ok(done);
        }
    }
    Err(StoreFault::Conflict.into())
}

/// Undoes a merge: the ticket, and those that were merged into it before and so went along, are as they were, with state and clock.
/// [`PlaceRefusal::Changed`] when it is not as it was seen.
pub(crate) async fn unmerge<'a>(desk: &Desk, ticket: impl Into<Named<'a>>) -> anyhow::Result<Done> {
    let ticket = ticket.into();
    for _ in 0..TRIES {
        let plan = plan_unmerge(desk, ticket.reference).await?;
        as_seen(desk, &[ticket]).await?;
        if let Some(done) = write(desk, plan).await? {
            return Ok(done);
        }
    }
    Err(StoreFault::Conflict.into())
}

async fn plan_merge(desk: &Desk, reference: &str, into: &str) -> anyhow::Result<Plan> {
    let (ticket, heir) = (one(desk, reference).await?, one(desk, into).await?);
    if ticket.id == heir.id {
        bail!(Refusal::from(PlaceRefusal::MergeItself));
    }
    let place = |one: &TicketRow| (desk.reference(one.serial), desk.reference(one.merged_into));
    if ticket.merged_into > 0 {
        let (own, heir) = place(&ticket);
        bail!(Refusal::from(PlaceRefusal::MergedAlready { own, heir }));
    }
    if heir.merged_into > 0 {
        let (own, heir) = place(&heir);
        bail!(Refusal::from(PlaceRefusal::HeirMerged { own, heir }));
    }
    let words = format!(
        "{} is merged into {}",
        desk.reference(ticket.serial),
        desk.reference(heir.serial)
    );
    let mut merged = tickets(desk, &ticket.merged_here).await?;
    merged.push(ticket);
    let mut plan = Plan {
        moves: Vec::new(),
        lines: Vec::new(),
        tags: Vec::new(),
        heir: Some(heir.serial),
        done: Done::of(words),
    };
    for one in &merged {
        plan.moves.push(Move {
            id: one.id,
            from: one.merged_into,
            into: heir.serial,
            state: "resolved",
        });
        let detail = format!("into={} state=resolved", heir.serial);
        let line = next(desk, one, "merged", detail).await?;
        plan.lines.push((one.id, line));
    }
    // After the lines: whoever tags one of them meanwhile takes a line's number, and this is planned anew.
    let last = desk.store.last_audit(heir.id).await?;
    let mut detail = format!("from={}", numbers(&merged));
    let acting = desk.acting(&desk.actor);
    let united = unite::united(&acting, &heir, &merged).await;
    let united = united.map_err(plain)?;
    plan.done.words.push_str(&stay(&united));
    (plan.done.no_room, plan.done.sealed) = (united.no_room, united.sealed);
    plan.done.closed = united.closed;
    if let Some(retag) = united.retag {
        detail.push_str(&format!(" event={}", retag.event.id));
        plan.tags.push(retag);
    }
    let event = Event {
        action: "took-over",
        detail,
    };
    let line = audit::next(&desk.ring, heir.id, last, &desk.actor, event);
    plan.lines.push((heir.id, line));
    Ok(plan)
}

/// Which words stay where they are, and why.
fn stay(united: &United) -> String {
    let closed = match united.closed {
        0 => "",
        _ => "; tags that can't be opened stay where they are: `pillarbox verify` says why",
    };
    let left = match (united.sealed, united.no_room) {
        (0, 0) => String::new(),
        (0, left) => format!("; there was no room for {left} of its tags"),
        (left, _) => format!(
            "; {left} of its tags stay where they are: a message of the other is sealed to analysts, and its tags would not be"
        ),
    };
    left + closed
}

async fn plan_unmerge(desk: &Desk, reference: &str) -> anyhow::Result<Plan> {
    let ticket = one(desk, reference).await?;
    let own = desk.reference(ticket.serial);
    if ticket.merged_into == 0 {
        bail!(Refusal::from(PlaceRefusal::NotMerged(own)));
    }
    let other = desk.reference(ticket.merged_into);
    let before = state_of(&ticket.unmerged);
    let mut plan = Plan {
        moves: Vec::new(),
        lines: Vec::new(),
        tags: Vec::new(),
        heir: None,
        done: Done::of(format!(
            "{own} is {before} as before, and no longer merged into {other}; what came for it meanwhile stays on {other}"
        )),
    };
    // A ticket whose heir was erased can be taken back, too.
    let heir = tickets(desk, &[ticket.merged_into]).await?.pop();
    let mut back = Vec::new();
    if let Some(heir) = &heir {
        for one in tickets(desk, &heir.merged_here).await? {
            if one.id != ticket.id && went_along(desk, &one, &ticket).await? {
                back.push(one);
            }
        }
    }
    back.push(ticket);
    let serial = back.last().map_or(0, |ticket| ticket.serial);
    for one in &back {
        let (into, state) = match one.serial == serial {
            true => (0, before),
            false => (serial, "resolved"),
        };
        plan.moves.push(Move {
            id: one.id,
            from: one.merged_into,
            into,
            state,
        });
        let detail = format!("into={into} state={state}");
        let stays = |other| into > 0 || is_back(&back, other);
        parted(desk, &mut plan, one, ("unmerged", detail), stays).await?;
    }
    if let Some(heir) = &heir {
        let detail = format!("from={}", numbers(&back));
        let stays = |other| !is_back(&back, other);
        parted(desk, &mut plan, heir, ("gave-back", detail), stays).await?;
    }
    Ok(plan)
}

fn is_back(back: &[TicketRow], serial: i64) -> bool {
    back.iter().any(|one| one.serial == serial)
}

/// The line of a ticket that stands apart again. Of the tags that came with other tickets, only those stay that came with these.
async fn parted(
    desk: &Desk,
    plan: &mut Plan,
    row: &TicketRow,
    (action, mut detail): (&'static str, String),
    stays: impl Fn(i64) -> bool,
) -> anyhow::Result<()> {
    // First: whoever tags it meanwhile takes the line's number, and this is planned anew.
    let last = desk.store.last_audit(row.id).await?;
    let parted = unite::parted(&desk.acting(&desk.actor), row, stays).await;
    if let Some(retag) = parted.map_err(plain)? {
        detail.push_str(&format!(" event={}", retag.event.id));
        plan.tags.push(retag);
    }
    let event = Event { action, detail };
    let line = audit::next(&desk.ring, row.id, last, &desk.actor, event);
    plan.lines.push((row.id, line));
    Ok(())
}

/// What was done; `None` when somebody else wrote first.
async fn write(desk: &Desk, plan: Plan) -> anyhow::Result<Option<Done>> {
    let lines = plan.lines.iter();
    let lines: Vec<_> = lines.map(|(id, link)| (*id, link.line())).collect();
    let (now, team) = (hour(Timestamp::now()), desk.team.as_str());
    let written = desk
        .store
        .merge((team, plan.heir), &plan.moves, now, (&lines, &plan.tags));
    match written.await {
        Err(StoreFault::Conflict) => Ok(None),
        other => {
            other?;
            Ok(Some(plan.done))
        }
    }
}

/// Whether a ticket had been merged into this one when this one was merged on: its trail says so.
async fn went_along(desk: &Desk, one: &TicketRow, with: &TicketRow) -> anyhow::Result<bool> {
    let rows = desk.store.audit_rows(&[one.id]).await?;
    let path = path(&rows);
    let mut last = path.iter().rev();
    Ok(last.next() == Some(&with.merged_into) && last.next() == Some(&with.serial))
}

/// The numbers of the tickets into which one was merged, one after the other, as its trail tells.
fn path(rows: &[AuditRow]) -> Vec<i64> {
    let mut path: Vec<i64> = Vec::new();
    for row in rows {
        let mut words = row.detail.split(' ');
        let into = words.find_map(|word| word.strip_prefix("into=")?.parse().ok());
        match (row.action.as_str(), into) {
            ("merged", Some(into)) => path.push(into),
            ("unmerged", Some(into)) => {
                let kept = path.iter().rposition(|number| *number == into);
                path.truncate(kept.map_or(0, |at| at.saturating_add(1)));
            }
            (_, _) => {}
        }
    }
    path
}

fn numbers(tickets: &[TicketRow]) -> String {
    let numbers: Vec<String> = tickets.iter().map(|one| one.serial.to_string()).collect();
    numbers.join(",")
}

async fn tickets(desk: &Desk, serials: &[i64]) -> Result<Vec<TicketRow>, StoreFault> {
    desk.store.tickets(&desk.team, serials, &[]).await
}

async fn one(desk: &Desk, reference: &str) -> anyhow::Result<TicketRow> {
    let serial = desk.serial(reference)?;
    match tickets(desk, &[serial]).await?.pop() {
        Some(ticket) => Ok(ticket),
        None => Err(super::erase::missing(desk, serial).await?.into()),
    }
}

async fn next(
    desk: &Desk,
    ticket: &TicketRow,
    action: &'static str,
    detail: String,
) -> anyhow::Result<Link> {
    let event = Event { action, detail };
    let last = desk.store.last_audit(ticket.id).await?;
    Ok(audit::next(&desk.ring, ticket.id, last, &desk.actor, event))
}
