//! Links between tickets: parent and child, duplicates, related.
//!
//! A link is an event of both tickets, each sealed under its own ticket's key: which tickets belong together is readable neither in
//! the rows nor in the audit trail, and goes with the key. What one ticket's events say, the oldest first, is how it stands ([`of`]).
//! A ticket that was merged keeps its links, and so does one whose other side was erased.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::refusal::LinkRefusal;
use super::{Acting, ActionFault, Deed, TRIES};
use crate::store::{EventLine, StoreFault, TicketRow};
use crate::ticket::{self, History, LinkKind};

/// A link as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// How this ticket stands to the other.
    pub kind: LinkKind,
    /// The other's number.
    pub other: i64,
    /// Who linked them.
    pub by: String,
    /// When, RFC 3339, to the second.
    pub at: String,
}

/// Links a ticket to another, also closed ones: `kind` says how the first stands to the second.
///
/// # Errors
/// [`ActionFault::Refused`] when they are linked so already, when it is the ticket itself, when one was merged away, and when a ticket
/// would be its own ancestor.
pub async fn add(
    acting: &Acting<'_>,
    ticket: Uuid,
    kind: LinkKind,
    other: Uuid,
) -> Result<(), ActionFault> {
    if ticket == other {
        return Err(LinkRefusal::Itself.into());
    }
    for _ in 0..TRIES {
        let work = acting.store.hold_links().await?;
        let (own, there) = (acting.ticket(ticket).await?, acting.ticket(other).await?);
        fits(acting, &own, kind, &there).await?;
        let sides = [
            side(acting, &own, "linked", vec![(kind, there.serial)]).await?,
            side(
                acting,
                &there,
                "linked",
                vec![(kind.from_there(), own.serial)],
            )
            .await?,
        ];
        match work.write(&sides.each_ref().map(Deed::event)).await {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(StoreFault::Conflict.into())
}

/// Takes all links between a ticket and the one of this number away, which may have been erased; how the first stood to it.
///
/// # Errors
/// [`ActionFault::Refused`] when there are none.
pub async fn remove(
    acting: &Acting<'_>,
    ticket: Uuid,
    other: i64,
) -> Result<Vec<LinkKind>, ActionFault> {
    for _ in 0..TRIES {
        let work = acting.store.hold_links().await?;
        let own = acting.ticket(ticket).await?;
        let links = stand(acting, &own).await?.into_iter();
        let links = links.filter(|link| link.other == other);
        let kinds: Vec<LinkKind> = links.map(|link| link.kind).collect();
        if kinds.is_empty() {
            return Err(LinkRefusal::None(reference(acting, other)).into());
        }
        let here = kinds.iter().map(|kind| (*kind, other));
        let mut sides = vec![side(acting, &own, "unlinked", here.collect()).await?];
        let there = acting.store.tickets(acting.team, &[other], &[]).await?;
        for there in &there {
            let kinds = kinds.iter().map(|kind| (kind.from_there(), own.serial));
            sides.push(side(acting, there, "unlinked", kinds.collect()).await?);
        }
        let lines: Vec<EventLine<'_>> = sides.iter().map(Deed::event).collect();
        match work.write(&lines).await {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done.map(|()| kinds)?),
        }
    }
    Err(StoreFault::Conflict.into())
}

/// A ticket's links, by what was done with it, the oldest first.
pub fn of(history: &[(String, History)]) -> Vec<Linked> {
    let mut links: Vec<Linked> = Vec::new();
    for (action, one) in history {
        for (kind, other) in &one.links {
            links.retain(|link| (link.kind, link.other) != (*kind, *other));
            if action == "linked" {
                links.push(Linked {
                    kind: *kind,
                    other: *other,
                    by: one.by.clone(),
                    at: one.at.clone(),
                });
            }
        }
    }
    links
}

fn reference(acting: &Acting<'_>, serial: i64) -> String {
    format!("{}#{serial:06}", acting.team)
}

async fn stand(acting: &Acting<'_>, row: &TicketRow) -> Result<Vec<Linked>, ActionFault> {
    let history = ticket::history(acting.store, acting.ring, acting.team, row.id, &row.wrapped);
    Ok(of(&history.await?))
}

/// Whether two tickets may be linked so.
async fn fits(
    acting: &Acting<'_>,
    own: &TicketRow,
    kind: LinkKind,
    there: &TicketRow,
) -> Result<(), ActionFault> {
    let to = reference(acting, there.serial);
    if own.merged_into > 0 {
        let heir = reference(acting, own.merged_into);
        return Err(LinkRefusal::Heir(heir).into());
    }
    if there.merged_into > 0 {
        let heir = reference(acting, there.merged_into);
        return Err(LinkRefusal::OtherHeir { other: to, heir }.into());
    }
    let links = stand(acting, own).await?;
    let between = || links.iter().filter(|link| link.other == there.serial);
    if between().any(|link| link.kind == kind) {
        return Err(LinkRefusal::So { kind, to }.into());
    }
    if between().any(|link| link.kind == kind.from_there()) {
        let kind = kind.from_there();
        return Err(LinkRefusal::Else { kind, to }.into());
    }
    let (above, below) = match kind {
        LinkKind::Parent => (own, there),
        LinkKind::Child => (there, own),
        LinkKind::Related | LinkKind::Duplicate | LinkKind::Duplicated => return Ok(()),
    };
    if ancestors(acting, above).await?.contains(&below.serial) {
        let (above, below) = (
            reference(acting, above.serial),
            reference(acting, below.serial),
        );
        return Err(LinkRefusal::Circle { above, below }.into());
    }
    Ok(())
}

/// The numbers of a ticket's parents, of theirs, and so on.
async fn ancestors(acting: &Acting<'_>, of: &TicketRow) -> Result<BTreeSet<i64>, ActionFault> {
    let mut known = BTreeSet::new();
    let mut next = parents(acting, of).await?;
    while !next.is_empty() {
        let rows = acting.store.tickets(acting.team, &next, &[]).await?;
        known.extend(next);
        next = Vec::new();
        for row in &rows {
            next.extend(parents(acting, row).await?);
        }
        next.retain(|serial| !known.contains(serial));
    }
    Ok(known)
}

async fn parents(acting: &Acting<'_>, row: &TicketRow) -> Result<Vec<i64>, ActionFault> {
    let links = stand(acting, row).await?.into_iter();
    let parents = links.filter(|link| link.kind == LinkKind::Child);
    Ok(parents.map(|link| link.other).collect())
}

/// What is written on one of two tickets.
async fn side(
    acting: &Acting<'_>,
    row: &TicketRow,
    action: &'static str,
    links: Vec<(LinkKind, i64)>,
) -> Result<Deed, ActionFault> {
    let linked = |history: &mut History| history.links = links;
    acting.deed(row, action, linked).await
}
