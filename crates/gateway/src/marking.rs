//! The marking of a ticket: the strictest of its reports, which letters of ours raise and never lower (C9).

use std::collections::HashMap;

use extract::Tlp;
use uuid::Uuid;

use crate::actions::thread::LETTER;
use crate::cli::desk::Desk;
use crate::retention::label;
use crate::store::{EntryRow, QueueRow, StoreFault};

/// Messages of a ticket in a list that are looked into: the newest, beside its first.
const NEWEST: i64 = 100;
/// What a ticket without a marking counts as wherever something leaves.
const UNMARKED: Tlp = Tlp::Amber;

/// What messages of a ticket say of its marking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The strictest of what was reported; `None` for none.
    reports: Option<Tlp>,
    /// The strictest of our letters; `None` for none.
    letters: Option<Tlp>,
    /// A message is sealed to analysts, or can't be opened.
    is_hidden: bool,
}

impl Marked {
    fn add(&mut self, desk: &Desk, entry: &EntryRow) {
        let Some(summary) = desk.legible(entry) else {
            self.is_hidden = true;
            return;
        };
        let strictest = match entry.kind == LETTER {
            true => &mut self.letters,
            false => &mut self.reports,
        };
        *strictest = label(&summary.tlp).max(*strictest);
    }

    /// As strict as this at least. Where no report has a marking, a letter makes one only when it is stricter than what that counts as.
    pub(crate) fn at_least(self) -> Option<Tlp> {
        let raised = self.letters.filter(|tlp| *tlp > UNMARKED);
        match self.reports {
            Some(_) => self.reports.max(self.letters),
            None => raised,
        }
    }

    /// Whether what could not be looked into can't change it.
    pub(crate) fn is_known(self) -> bool {
        !self.is_hidden || self.at_least() == Some(Tlp::Red)
    }

    /// The marking, to be shown; `None` for none, and where it is not known.
    pub(crate) fn known(self) -> Option<Tlp> {
        self.at_least().filter(|_| self.is_known())
    }
}

/// By messages of one ticket.
pub(crate) fn of<'e>(desk: &Desk, entries: impl IntoIterator<Item = &'e EntryRow>) -> Marked {
    let mut marked = Marked::default();
    for entry in entries {
        marked.add(desk, entry);
    }
    marked
}

/// Of each ticket of a list.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_queue(
    desk: &Desk,
    rows: &[QueueRow],
) -> Result<HashMap<Uuid, Marked>, StoreFault> {
    let first = rows.iter().map(|row| (row.id, of(desk, [&row.first])));
    let mut marked: HashMap<Uuid, Marked> = first.collect();
    let several = rows.iter().filter(|row| row.messages > 1);
    let several: Vec<Uuid> = several.map(|row| row.id).collect();
    if several.is_empty() {
        return Ok(marked);
    }
    for (ticket, entry) in desk.store.newest_entries(&several, NEWEST).await? {
        marked.entry(ticket).or_default().add(desk, &entry);
    }
    Ok(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_raises_a_marking_and_never_lowers_it() {
        let marked = |reports, letters| {
            let marked = Marked {
                reports,
                letters,
                is_hidden: false,
            };
            marked.known()
        };
        let (green, strict) = (Some(Tlp::Green), Some(Tlp::AmberStrict));
        // Without a marking it counts as AMBER.
        assert_eq!(marked(None, None), None);
        assert_eq!(marked(None, green), None);
        assert_eq!(marked(None, Some(Tlp::Amber)), None);
        assert_eq!(marked(None, strict), strict);
        assert_eq!(marked(Some(Tlp::Clear), green), green);
        assert_eq!(marked(strict, green), strict);
    }

    #[test]
    fn what_is_hidden_leaves_a_marking_unknown_unless_it_is_red_anyway() {
        let marked = |reports| Marked {
            reports,
            letters: None,
            is_hidden: true,
        };
        assert!(!marked(None).is_known());
        assert_eq!(marked(Some(Tlp::AmberStrict)).known(), None);
        let least = marked(Some(Tlp::AmberStrict)).at_least();
        assert_eq!(least, Some(Tlp::AmberStrict), "for what leaves");
        assert_eq!(marked(Some(Tlp::Red)).known(), Some(Tlp::Red));
    }
}
