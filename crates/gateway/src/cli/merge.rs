//! `ticket merge`: a line in the trail of every ticket that it touches.

use anyhow::bail;
use jiff::Timestamp;

use super::Finding;
use super::desk::Desk;
use crate::audit::{self, Event, Link};
use crate::store::{StoreFault, TicketRow};
use crate::worker::hour;

/// The gateway may write to the same chain at the same moment, so often.
const TRIES: usize = 20;

/// Merges a ticket, and what was merged into it, into another; what was done, in words.
pub(super) async fn merge(desk: &Desk, reference: &str, into: &str) -> anyhow::Result<String> {
    for _ in 0..TRIES {
        let (ticket, heir) = (one(desk, reference).await?, one(desk, into).await?);
        if ticket.id == heir.id {
            bail!(Finding("a ticket can't be merged into itself".into()));
        }
        for (one, role) in [(&ticket, "was merged"), (&heir, "was merged itself")] {
            if one.merged_into > 0 {
                let (own, other) = (desk.reference(one.serial), desk.reference(one.merged_into));
                bail!(Finding(format!("{own} {role} into {other}")));
            }
        }
        let mut merged = desk
            .store
            .tickets(&desk.team, &ticket.merged_here, &[])
            .await?;
        let words = format!(
            "{} is merged into {}",
            desk.reference(ticket.serial),
            desk.reference(heir.serial)
        );
        merged.push(ticket);
        let mut lines = Vec::new();
        for one in &merged {
            let detail = format!("into={} state=resolved", heir.serial);
            lines.push((one.id, next(desk, one, "merged", detail).await?));
        }
        let from: Vec<String> = merged.iter().map(|one| one.serial.to_string()).collect();
        let detail = format!("from={}", from.join(","));
        lines.push((heir.id, next(desk, &heir, "took-over", detail).await?));
        let ids: Vec<uuid::Uuid> = merged.iter().map(|one| one.id).collect();
        let bound: Vec<_> = lines.iter().map(|(id, link)| (*id, link.line())).collect();
        let now = hour(Timestamp::now());
        match desk.store.merge(&ids, heir.serial, now, &bound).await {
            Err(StoreFault::Conflict) => continue,
            other => other?,
        }
        return Ok(words);
    }
    Err(StoreFault::Conflict.into())
}

async fn one(desk: &Desk, reference: &str) -> anyhow::Result<TicketRow> {
    let serial = desk.serial(reference)?;
    let found = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    match found.into_iter().next() {
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
    Ok(audit::next(
        &desk.ring,
        ticket.id,
        last,
        &audit::actor(),
        event,
    ))
}
