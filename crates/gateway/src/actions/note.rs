//! A note on a ticket: an analyst's words, sealed under the ticket's key, never sent.

use uuid::Uuid;

use super::{Acting, ActionFault, Refusal, TRIES};
use crate::store::StoreFault;
use crate::ticket::History;

/// Octets of a note.
pub const MOST: usize = 64 << 10;

/// Writes a note, also on a closed ticket.
///
/// # Errors
/// [`ActionFault`]; [`ActionFault::Refused`] for one without words or with too many.
pub async fn add(acting: &Acting<'_>, ticket: Uuid, text: &str) -> Result<(), ActionFault> {
    let text = text.trim_end();
    if text.is_empty() || text.len() > MOST {
        return Err(Refusal::NoteLength.into());
    }
    for _ in 0..TRIES {
        let row = acting.ticket(ticket).await?;
        let note = |history: &mut History| text.clone_into(&mut history.reason);
        let deed = acting.deed(&row, "noted", note).await?;
        match acting.store.add_ticket_event(&deed.event()).await {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(StoreFault::Conflict.into())
}
