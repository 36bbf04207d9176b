//! The marking of a ticket: the strictest of its reports and of what analysts said, which letters of ours raise and never lower (C9).

use std::collections::HashMap;

use extract::Tlp;
use uuid::Uuid;
use vault::{KeyRing, VaultError};

use crate::actions::Acting;
use crate::actions::thread::LETTER;
use crate::cli::desk::Desk;
use crate::retention::label;
use crate::sealing::{self, Summary};
use crate::store::{EntryRow, MarkEvent, QueueRow, StoreFault};
use crate::ticket::History;

/// Messages of a ticket in a list that are looked into: the newest, beside its first.
const NEWEST: i64 = 100;
/// What a ticket without a marking counts as wherever something leaves.
pub(crate) const UNMARKED: Tlp = Tlp::Amber;

/// What messages of a ticket say of its marking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The strictest of what was reported; `None` for none.
    reports: Option<Tlp>,
    /// The strictest of our letters; `None` for none.
    letters: Option<Tlp>,
    /// What analysts said without a letter; `None` for nothing.
    said: Option<Tlp>,
    /// A message is sealed to analysts, or can't be opened.
    is_hidden: bool,
}

impl Marked {
    fn add(&mut self, acting: &Acting<'_>, entry: &EntryRow) {
        match legible(acting, entry) {
            Some(summary) => self.count(entry.kind == LETTER, label(&summary.tlp)),
            None => self.is_hidden = true,
        }
    }

    /// Counts a message that is marked like this: a letter of ours, or a report.
    pub(crate) fn count(&mut self, is_letter: bool, tlp: Option<Tlp>) {
        let strictest = match is_letter {
            true => &mut self.letters,
            false => &mut self.reports,
        };
        *strictest = tlp.max(*strictest);
    }

    fn say(&mut self, acting: &Acting<'_>, event: &MarkEvent) {
        match said_in(acting.ring, acting.team, event) {
            Ok(tlp) => self.said = self.said.max(tlp),
            Err(_) => self.is_hidden = true,
        }
    }

    /// What analysts said without a letter.
    pub(crate) fn said(self) -> Option<Tlp> {
        self.said
    }

    /// What its messages say.
    pub(crate) fn by_mail(self) -> Option<Tlp> {
        Marked { said: None, ..self }.at_least()
    }

    /// With what analysts said.
    pub(crate) fn and_said(self, said: Option<Tlp>) -> Marked {
        Marked {
            said: self.said.max(said),
            ..self
        }
    }

    /// As strict as this at least. Where neither a report nor an analyst marks it, a letter makes one only when it is stricter than what that counts as.
    pub(crate) fn at_least(self) -> Option<Tlp> {
        let raised = self.letters.filter(|tlp| *tlp > UNMARKED);
        match self.reports.max(self.said) {
            Some(marked) => Some(marked).max(self.letters),
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

/// What a list shows of a message; `None` when it is sealed to analysts and nobody has offered a key, and when it can't be opened.
fn legible(acting: &Acting<'_>, entry: &EntryRow) -> Option<Summary> {
    if acting.own.is_none() && entry.wrapped.message().is_some() {
        return None;
    }
    let key = acting.key(entry).ok()?;
    let aad = sealing::entry_aad(acting.team, "summary", entry.case, entry.id);
    sealing::open(&key, &aad, &entry.summary).ok()
}

/// What an event says of a marking.
///
/// # Errors
/// It can't be opened.
pub(crate) fn said_in(
    ring: &KeyRing,
    team: &str,
    event: &MarkEvent,
) -> Result<Option<Tlp>, VaultError> {
    let key = sealing::case_key(ring, team, event.ticket, &event.wrapped)?;
    let aad = sealing::ticket_event_aad(team, event.ticket, event.id);
    let history: History = sealing::open(&key, &aad, &event.detail)?;
    Ok(history.marking.and_then(|said| label(&said.tlp)))
}

/// By messages of one ticket, and by what analysts said of it and of what is merged into it.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_ticket<'e>(
    acting: &Acting<'_>,
    ticket: Uuid,
    entries: impl IntoIterator<Item = &'e EntryRow>,
) -> Result<Marked, StoreFault> {
    let mut marked = Marked::default();
    for entry in entries {
        marked.add(acting, entry);
    }
    for event in &acting.store.mark_events(&[ticket]).await? {
        marked.say(acting, event);
    }
    Ok(marked)
}

/// Of each ticket of a list.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_queue(
    desk: &Desk,
    rows: &[QueueRow],
) -> Result<HashMap<Uuid, Marked>, StoreFault> {
    let mut marked = of_firsts(desk, rows).await?;
    add_newer(desk, rows.iter(), &mut marked).await?;
    Ok(marked)
}

/// Of each ticket of a list by its first message and by what analysts said: it is marked as strictly as this at least.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_firsts(
    desk: &Desk,
    rows: &[QueueRow],
) -> Result<HashMap<Uuid, Marked>, StoreFault> {
    let acting = &desk.acting("");
    let mut marked: HashMap<Uuid, Marked> = HashMap::new();
    for row in rows {
        marked.entry(row.id).or_default().add(acting, &row.first);
    }
    let all: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    for event in &desk.store.mark_events(&all).await? {
        marked.entry(event.heir).or_default().say(acting, event);
    }
    Ok(marked)
}

/// Adds what the messages after the first say.
///
/// # Errors
/// Those of the store.
pub(crate) async fn add_newer(
    desk: &Desk,
    rows: impl Iterator<Item = &QueueRow>,
    marked: &mut HashMap<Uuid, Marked>,
) -> Result<(), StoreFault> {
    let several = rows.filter(|row| row.messages > 1);
    let several: Vec<Uuid> = several.map(|row| row.id).collect();
    if several.is_empty() {
        return Ok(());
    }
    let acting = &desk.acting("");
    for (ticket, entry) in desk.store.newest_entries(&several, NEWEST).await? {
        marked.entry(ticket).or_default().add(acting, &entry);
    }
    Ok(())
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
                said: None,
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
    fn what_an_analyst_says_raises_what_messages_say_and_never_lowers_it() {
        let marked = |reports, said| {
            let mut marked = Marked::default();
            marked.count(false, reports);
            marked.and_said(said)
        };
        let (amber, red) = (Some(Tlp::Amber), Some(Tlp::Red));
        assert_eq!(marked(amber, red).known(), red);
        assert_eq!(marked(red, amber).known(), red);
        assert_eq!(marked(None, amber).known(), amber);
        assert_eq!(marked(amber, red).by_mail(), amber);
    }

    #[test]
    fn what_is_hidden_leaves_a_marking_unknown_unless_it_is_red_anyway() {
        let marked = |reports| Marked {
            reports,
            letters: None,
            said: None,
            is_hidden: true,
        };
        assert!(!marked(None).is_known());
        assert_eq!(marked(Some(Tlp::AmberStrict)).known(), None);
        let least = marked(Some(Tlp::AmberStrict)).at_least();
        assert_eq!(least, Some(Tlp::AmberStrict), "for what leaves");
        assert_eq!(marked(Some(Tlp::Red)).known(), Some(Tlp::Red));
    }
}
