//! The marking of a ticket: the strictest of its messages, letters of ours included (C9).

use std::collections::HashMap;

use extract::Tlp;
use uuid::Uuid;

use crate::cli::desk::Desk;
use crate::retention::label;
use crate::store::{EntryRow, QueueRow, StoreFault};

/// Messages of a ticket in a list that are looked into: the newest, beside its first.
const NEWEST: i64 = 100;

/// Of messages; what is sealed to analysts says nothing to who offers no key.
pub(crate) fn strictest<'e>(
    desk: &Desk,
    entries: impl IntoIterator<Item = &'e EntryRow>,
) -> Option<Tlp> {
    let labels = entries.into_iter();
    let labels = labels.filter_map(|entry| label(&desk.summary(entry).tlp));
    labels.max()
}

/// Of each ticket of a list that has one.
///
/// # Errors
/// Those of the store.
pub(crate) async fn of_queue(
    desk: &Desk,
    rows: &[QueueRow],
) -> Result<HashMap<Uuid, Tlp>, StoreFault> {
    let first = |row: &QueueRow| Some((row.id, strictest(desk, [&row.first])?));
    let mut marked: HashMap<Uuid, Tlp> = rows.iter().filter_map(first).collect();
    let several = rows.iter().filter(|row| row.messages > 1);
    let several: Vec<Uuid> = several.map(|row| row.id).collect();
    if several.is_empty() {
        return Ok(marked);
    }
    for (ticket, entry) in desk.store.newest_entries(&several, NEWEST).await? {
        if let Some(tlp) = strictest(desk, [&entry]) {
            let known = marked.entry(ticket).or_insert(tlp);
            *known = tlp.max(*known);
        }
    }
    Ok(marked)
}
