//! A letter is taken back while none of its copies has been tried.

use jiff::Timestamp;
use uuid::Uuid;

use crate::actions::refusal::LetterRefusal;
use crate::actions::{Acting, ActionFault, TRIES};
use crate::store::{AuditRow, StoreFault, TakeBack};

/// Takes a letter of a ticket back; without an id the last that was not taken back before. The ticket is as it was before, unless
/// another letter is still to leave. The letter's entry stays, and says so. Letters of others only `anybodys`.
///
/// # Errors
/// [`ActionFault::Refused`] when there is none, it is somebody else's, or it has begun to leave.
pub async fn take_back(
    acting: &Acting<'_>,
    ticket: Uuid,
    (letter, anybodys): (Option<Uuid>, bool),
) -> Result<Uuid, ActionFault> {
    for _ in 0..TRIES {
        let row = acting.ticket(ticket).await?;
        let rows = acting.store.audit_rows(&[ticket]).await?;
        let all = Sent::all(&rows);
        let mut own = all.iter().filter(|sent| anybodys || sent.by == acting.by);
        let sent = match letter {
            Some(letter) => own.find(|sent| sent.letter == letter),
            None => own.rfind(|sent| sent.back.is_none()),
        };
        let Some(sent) = sent else {
            return Err(LetterRefusal::None.into());
        };
        let (state, clock) = before(&all, sent, &row.state);
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
                return Err(LetterRefusal::Left.into());
            }
            Err(StoreFault::Conflict) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Err(StoreFault::Conflict.into())
}

/// Who wrote each letter of a ticket, by its trail.
pub fn authors(rows: &[AuditRow]) -> Vec<(Uuid, &str)> {
    let all = Sent::all(rows);
    all.iter().map(|sent| (sent.letter, sent.by)).collect()
}

/// The letter that a line names.
pub(super) fn letter(detail: &str) -> Option<Uuid> {
    word(detail, "entry=")?.parse().ok()
}

/// Whether a line says that this letter was taken back.
pub(super) fn takes_back(row: &AuditRow, letter: Uuid) -> bool {
    let named = || word(&row.detail, "letter=")?.parse().ok();
    row.action == "unsent" && named() == Some(letter)
}

fn word<'a>(detail: &'a str, name: &str) -> Option<&'a str> {
    let mut words = detail.split(' ');
    words.find_map(|word| word.strip_prefix(name))
}

/// What the trail says of a letter.
struct Sent<'a> {
    letter: Uuid,
    by: &'a str,
    /// The line's number, and that of the line that takes it back.
    number: i32,
    back: Option<i32>,
    state: &'a str,
    was: &'a str,
    /// The clock that ran before; `None` when the letter left it alone.
    clock: Option<Option<Timestamp>>,
}

impl<'a> Sent<'a> {
    /// All of a ticket, the oldest first.
    fn all(rows: &'a [AuditRow]) -> Vec<Sent<'a>> {
        let sent = rows.iter().filter(|row| row.action == "sent");
        sent.filter_map(|row| Sent::read(row, rows)).collect()
    }

    fn read(row: &'a AuditRow, rows: &[AuditRow]) -> Option<Sent<'a>> {
        let detail = row.detail.as_str();
        let letter = letter(detail)?;
        let back = rows.iter().find(|row| takes_back(row, letter));
        Some(Sent {
            letter,
            by: &row.actor,
            number: row.number,
            back: back.map(|row| row.number),
            state: word(detail, "state=")?,
            was: word(detail, "was=")?,
            clock: word(detail, "clock=").map(|clock| clock.parse().ok()),
        })
    }
}

/// The state and the clock that a ticket has without a letter: those that it had before it, and before the letters that it was written
/// after and that were taken back since. As they are when a later letter is still to leave, or when somebody changed the state since.
fn before<'a>(
    all: &[Sent<'a>],
    sent: &Sent<'a>,
    state: &'a str,
) -> (&'a str, Option<Option<Timestamp>>) {
    let mut later = all.iter().filter(|one| one.number > sent.number);
    if sent.state != state || later.any(|one| one.back.is_none()) {
        return (state, None);
    }
    let (mut was, mut clock) = (sent.was, sent.clock);
    let earlier = all.iter().rev().filter(|one| one.number < sent.number);
    for one in earlier {
        // Taken back while this one was still to leave: what it had changed was left to this one to undo.
        if one.back.is_none_or(|back| back < sent.number) || one.state != was {
            break;
        }
        was = one.was;
        clock = one.clock.or(clock);
    }
    (was, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter at this line, taken back at that one.
    fn sent(
        number: i32,
        back: Option<i32>,
        (was, state): (&'static str, &'static str),
    ) -> Sent<'static> {
        Sent {
            letter: Uuid::from_u128(u128::from(number.unsigned_abs())),
            by: "alice",
            number,
            back,
            state,
            was,
            clock: Some(Timestamp::from_second(i64::from(number)).ok()),
        }
    }

    fn clock(second: i64) -> Option<Option<Timestamp>> {
        Some(Timestamp::from_second(second).ok())
    }

    #[test]
    fn a_ticket_is_as_it_was_before_all_letters_that_were_taken_back() {
        let first = ("new", "open");
        let second = ("open", "open");
        // The last of two, the first still to leave.
        let all = [sent(1, None, first), sent(2, None, second)];
        assert_eq!(before(&all, &all[1], "open"), ("open", clock(2)));
        // The first of two: the second still leaves.
        assert_eq!(before(&all, &all[0], "open"), ("open", None));
        // Then the second: nothing left, and it is as before the first.
        let all = [sent(1, Some(3), first), sent(2, None, second)];
        assert_eq!(before(&all, &all[1], "open"), ("new", clock(1)));
        // Somebody changed the state meanwhile.
        assert_eq!(before(&all, &all[1], "waiting"), ("waiting", None));
        // One that was taken back before this was written has been undone.
        let all = [sent(1, Some(2), first), sent(3, None, first)];
        assert_eq!(before(&all, &all[1], "open"), ("new", clock(3)));
    }
}
