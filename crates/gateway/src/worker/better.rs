//! A message that came before without proof of its sender, and comes again with it: what is proved wins (T7, T57).
//!
//! A copy is counted on the first and not filed again. One with better proof is filed beside the first: what the proof entitles it
//! to (a ticket that it may join, an answer) it gets, and both are shown with what authenticated each.

use intake::pipeline::{Answer, Filing, Outcome, Withheld};
use intake::thread::Level;
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use super::facts::Known;
use super::record::was_answered;
use super::{Fault, Worker};

/// The flag of a proved copy; `other` is the first.
const FLAG: &str = "proved-copy";

/// The message as it came first, without proof.
pub(super) struct First {
    /// Its entry.
    pub entry: Uuid,
    /// Its ticket; `None` when it has none.
    pub ticket: Option<Uuid>,
    /// It was acknowledged.
    pub answered: bool,
}

/// Under which digests a message is known: what a copy of it is counted by, and for one whose sender is proved that of an
/// unproved copy, too.
pub(super) fn digests(
    ring: &KeyRing,
    content: [u8; 16],
    proved: bool,
) -> ([u8; 16], Option<[u8; 16]>) {
    if !proved {
        return (content, None);
    }
    let proved = ring.digest(Purpose::Dedupe, &[b"proved", &content]);
    (proved, Some(content))
}

/// The proved copy goes where its proof lets it; else to the ticket of the first. It is answered when the first was not.
pub(super) fn settle(outcome: &mut Outcome, known: &Known) {
    let Some(first) = known
        .first
        .as_ref()
        .filter(|_| outcome.filing != Filing::Suppress)
    else {
        return;
    };
    let row = first
        .ticket
        .and_then(|id| known.rows.iter().find(|row| row.named_id == id));
    if let (Filing::Open { .. }, Some(row)) = (&outcome.filing, row) {
        outcome.filing = Filing::Join {
            ticket: row.id.into_bytes(),
            serial: u64::try_from(row.serial).unwrap_or(0),
            level: Level::Authenticated,
            reopens: row.closed && !row.quiet,
        };
    }
    if first.answered && matches!(outcome.answer, Answer::Send { .. }) {
        outcome.answer = Answer::Withheld(Withheld::Joined);
    }
}

impl Worker {
    /// The first, when there is one, and its ticket among the rows.
    pub(super) async fn add_first(
        &self,
        known: &mut Known,
        entry: Option<Uuid>,
    ) -> Result<(), Fault> {
        let Some(entry) = entry else {
            return Ok(());
        };
        let Some((ticket, answer)) = self.store.filed_as(entry).await? else {
            return Ok(());
        };
        let ids: Vec<Uuid> = ticket.into_iter().collect();
        let missing = ids
            .iter()
            .any(|id| known.rows.iter().all(|row| row.named_id != *id));
        if missing {
            let rows = self.named(&[], &ids).await?;
            known.rows.extend(rows);
        }
        // Nothing can be added to a ticket of an erased month.
        let open = |id: &Uuid| {
            known
                .rows
                .iter()
                .any(|row| row.named_id == *id && !self.is_erased(row))
        };
        let ticket = ticket.filter(open);
        known.first = Some(First {
            entry,
            ticket,
            answered: was_answered(&answer),
        });
        Ok(())
    }

    /// Says on the copy which message it is. It is filed, whatever becomes of that.
    pub(super) async fn mark_better(&self, entry: Uuid, known: &Known) {
        let Some(first) = &known.first else {
            return;
        };
        if let Err(fault) = self.store.flag(entry, FLAG, first.entry).await {
            tracing::warn!(spool = %entry, %fault, "a proved copy is not marked");
        }
        tracing::info!(spool = %entry, first = %first.entry, "the same message again, with proof of its sender: filed beside the first");
    }
}
