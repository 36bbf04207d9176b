//! Tickets that are merged share their words; one that stands for itself again has those that it had.

use uuid::Uuid;

use super::tag::{retag, stand};
use super::{Acting, ActionFault};
use crate::store::{Retag, TicketRow};
use crate::tags::Tagged;

/// What stands on the ticket into which these are merged, and how many words there was no room for; `None` when nothing changes.
pub(crate) async fn united(
    acting: &Acting<'_>,
    heir: &TicketRow,
    merged: &[TicketRow],
) -> Result<Option<(Retag, usize)>, ActionFault> {
    let mut with = Vec::new();
    for one in merged {
        let (_, tagged) = stand(acting, one).await?;
        with.push((one.serial, tagged.own()));
    }
    let (last, before) = stand(acting, heir).await?;
    let after = before.united(&with);
    let words = after.words();
    let left = with.iter().flat_map(|(_, words)| words);
    let left = left.filter(|word| !words.contains(word)).count();
    let retag = written(acting, heir, (last, &before), &after)?;
    Ok(retag.map(|retag| (retag, left)))
}

/// What stands on a ticket once only these of the tickets that were merged into it are; `None` when nothing changes.
pub(crate) async fn parted(
    acting: &Acting<'_>,
    row: &TicketRow,
    stays: impl Fn(i64) -> bool,
) -> Result<Option<Retag>, ActionFault> {
    let (last, before) = stand(acting, row).await?;
    written(acting, row, (last, &before), &before.parted(stays))
}

/// Without a key to the index of its month a ticket keeps what it has: that is no reason not to merge.
fn written(
    acting: &Acting<'_>,
    row: &TicketRow,
    (last, before): (Uuid, &Tagged),
    after: &Tagged,
) -> Result<Option<Retag>, ActionFault> {
    if before.stand == after.stand {
        return Ok(None);
    }
    match retag(acting, row, (last, after)) {
        Err(ActionFault::Refused(_)) => Ok(None),
        retag => retag.map(Some),
    }
}
