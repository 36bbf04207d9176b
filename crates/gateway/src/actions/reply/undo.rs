//! A letter is taken back while none of its copies has been tried.

use jiff::Timestamp;
use uuid::Uuid;

use super::refused;
use crate::actions::{Acting, ActionFault, TRIES};
use crate::store::{AuditRow, StoreFault, TakeBack};

/// Takes the last letter of a ticket back; the ticket is as it was before. The letter's entry stays, and says so.
///
/// # Errors
/// [`ActionFault::Refused`] when there is none, or it has begun to leave.
pub async fn take_back(acting: &Acting<'_>, ticket: Uuid) -> Result<Uuid, ActionFault> {
    for _ in 0..TRIES {
        let row = acting.ticket(ticket).await?;
        let rows = acting.store.audit_rows(&[ticket]).await?;
        let sent = rows.iter().rev().find(|row| row.action == "sent");
        let Some(sent) = sent.and_then(Sent::read) else {
            return Err(refused("no letter was written on it"));
        };
        // Whoever changed the ticket since meant it as it is.
        let (state, clock) = match sent.state == row.state {
            true => (sent.was, sent.clock),
            false => (row.state.as_str(), None),
        };
        let detail = format!("letter={} state={state}", sent.letter);
        let line = acting.line(ticket, "unsent", detail).await?;
        let back = TakeBack {
            ticket,
            letter: sent.letter,
            states: (&row.state, state),
            clock,
            audit: line.line(),
        };
        match acting.store.take_back(&back).await {
            Ok(true) => return Ok(sent.letter),
            Ok(false) => {
                return Err(refused(
                    "the last letter has left, or begun to, or was taken back before",
                ));
            }
            Err(StoreFault::Conflict) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Err(StoreFault::Conflict.into())
}

/// What the trail says of a letter.
struct Sent<'a> {
    letter: Uuid,
    state: &'a str,
    was: &'a str,
    /// The clock that ran before; `None` when the letter left it alone.
    clock: Option<Option<Timestamp>>,
}

impl Sent<'_> {
    fn read(row: &AuditRow) -> Option<Sent<'_>> {
        let word = |name: &str| {
            let mut words = row.detail.split(' ');
            words.find_map(|word| word.strip_prefix(name))
        };
        Some(Sent {
            letter: word("entry=")?.parse().ok()?,
            state: word("state=")?,
            was: word("was=")?,
            clock: word("clock=").map(|clock| clock.parse().ok()),
        })
    }
}
