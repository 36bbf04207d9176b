//! What a ticket's first message says of another ticket is refused by an analyst, or stands again. Accepting it is a merge. The number
//! that the message names stays stored: lists and pages leave out what was refused, and who refused it can bring it back.

use uuid::Uuid;

use super::refusal::ClaimRefusal;
use super::{Acting, ActionFault, TRIES};
use crate::store::{StoreFault, TicketRow};

/// It does not belong there. Returns the number of the other ticket.
///
/// # Errors
/// [`ClaimRefusal`], in [`ActionFault::Refused`].
pub async fn refuse(acting: &Acting<'_>, ticket: Uuid) -> Result<i64, ActionFault> {
    set(acting, ticket, true).await
}

/// It may belong there after all. Returns the number of the other ticket.
///
/// # Errors
/// As [`refuse`].
pub async fn reconsider(acting: &Acting<'_>, ticket: Uuid) -> Result<i64, ActionFault> {
    set(acting, ticket, false).await
}

/// Whether there is something to refuse: what an analyst split off claims nothing.
pub(crate) fn is_claim(row: &TicketRow) -> bool {
    row.claims > 0 && row.merged_into == 0 && row.link != "split"
}

async fn set(acting: &Acting<'_>, ticket: Uuid, is_refused: bool) -> Result<i64, ActionFault> {
    for _ in 0..TRIES {
        let row = acting.ticket(ticket).await?;
        let reference = |serial: i64| format!("{}#{serial:06}", acting.team);
        match is_refused {
            _ if row.merged_into > 0 => {
                return Err(ClaimRefusal::Merged(reference(row.merged_into)).into());
            }
            true if row.refused > 0 => {
                return Err(ClaimRefusal::Refused(reference(row.refused)).into());
            }
            true if !is_claim(&row) => return Err(ClaimRefusal::None.into()),
            false if row.refused == 0 && is_claim(&row) => {
                return Err(ClaimRefusal::Open(reference(row.claims)).into());
            }
            false if row.refused == 0 => return Err(ClaimRefusal::None.into()),
            _ => {}
        }
        let other = row.claims.max(row.refused);
        let action = match is_refused {
            true => "claim-refused",
            false => "claim-open",
        };
        let deed = acting.deed(&row, action, |history| history.reason = reference(other));
        let deed = deed.await?;
        let done = acting.store.refuse_claim(&deed.event(), is_refused).await;
        match done {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done.map(|()| other)?),
        }
    }
    Err(StoreFault::Conflict.into())
}
