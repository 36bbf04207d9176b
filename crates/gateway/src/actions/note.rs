//! A note on a ticket: an analyst's words, sealed under the ticket's key, never sent.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Acting, ActionFault, TRIES};
use crate::sealing;
use crate::store::{StoreFault, StoredTicketEvent};
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
        let refused = format!("a note has 1 to {MOST} octets");
        return Err(ActionFault::Refused(refused));
    }
    for _ in 0..TRIES {
        let now = Timestamp::now();
        let row = acting.ticket(ticket).await?;
        let key = sealing::case_key(acting.ring, acting.team, ticket, &row.wrapped)?;
        let note = History {
            state: row.state,
            by: acting.by.to_owned(),
            at: Timestamp::from_second(now.as_second())
                .unwrap_or(now)
                .to_string(),
            reason: text.to_owned(),
        };
        let id = Uuid::now_v7();
        let aad = sealing::ticket_event_aad(acting.team, ticket, id);
        let event = StoredTicketEvent {
            id,
            action: "noted".to_owned(),
            detail: sealing::seal(&key, &aad, &note)?,
        };
        let line = acting.line(ticket, "noted", format!("event={id}")).await?;
        let (store, line) = (acting.store, line.line());
        match store
            .add_ticket_event(ticket, &row.wrapped, &event, &line)
            .await
        {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(StoreFault::Conflict.into())
}
