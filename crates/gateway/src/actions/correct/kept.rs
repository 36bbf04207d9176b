//! What is kept of a correction: lists and search show what follows from it.

use extract::Extraction;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use vault::{Family, Sealed};

use super::CorrectFault;
use crate::actions::{Acting, ActionFault};
use crate::audit::{self, Event};
use crate::gist;
use crate::sealing::{self, Summary, Understood};
use crate::search::partition::{self, Partitions};
use crate::search::{Kind, Value, files, rows, value};
use crate::store::{EntryRow, EventLine, NewObservables, Rewritten, StoredTicketEvent, TicketRow};
use crate::worker::record::kinds;

/// What lists show of the message from now on; `None` when that stays as it is.
pub(super) fn summary(
    acting: &Acting<'_>,
    entry: &EntryRow,
    before: Summary,
    view: &Extraction,
) -> Result<Option<Sealed>, CorrectFault> {
    let (kinds, gist) = (kinds(view), gist::line(view));
    if kinds == before.kinds && gist == before.gist {
        return Ok(None);
    }
    let after = Summary {
        kinds,
        gist,
        ..before
    };
    let key = acting.key(entry).map_err(ActionFault::OwnKey)?;
    let aad = sealing::entry_aad(acting.team, "summary", entry.case, entry.id);
    Ok(Some(sealing::seal(&key, &aad, &after)?))
}

/// What the message can be searched by from now on.
pub(super) async fn searchable(
    acting: &Acting<'_>,
    entry: &EntryRow,
    understood: &Understood,
    view: &Extraction,
) -> Result<NewObservables, CorrectFault> {
    let key = acting.key(entry).map_err(ActionFault::OwnKey)?;
    let aad = sealing::observable_aad(acting.team, entry.case, entry.id);
    let stored = acting.store.observable(entry.id).await?;
    let (month, before) = match stored {
        Some((month, sealed)) => (month, sealing::open::<Vec<Value>>(&key, &aad, &sealed)?),
        None => (month_of(entry), Vec::new()),
    };
    // Who sent it, and others' references, are no matter of what was read.
    let mut values = value::of_message(None, std::iter::empty(), view);
    let kept = |one: &Value| matches!(one.kind, Kind::Sender | Kind::Reference);
    values.extend(before.into_iter().filter(kept));
    if let Some(reading) = &understood.reading {
        values.extend(files::of_files(&reading.parts, &understood.octets));
    }
    values.sort();
    values.dedup();
    let keys = partition::keys(acting.ring, &month);
    if keys.is_empty() {
        return Err(CorrectFault::NoKey);
    }
    let known = Partitions::default();
    let families = partition::families(&values);
    let partitions = known.of(acting.store, &month, &families).await?;
    let salts = |family: Family, path: &_| known.salts(&month, family, path);
    let rows = rows::of_message((&keys, acting.team), &partitions, entry.id, &values, salts)?;
    Ok(NewObservables {
        index: rows.index,
        spread: rows.spread,
        value: sealing::seal(&key, &aad, &values)?,
        month,
    })
}

/// The month in which a message without searchable values came.
fn month_of(entry: &EntryRow) -> String {
    let at: Timestamp = entry.received_hour.parse().unwrap_or_default();
    partition::first_day(at.to_zoned(TimeZone::UTC).date())
}

pub(super) async fn write(
    acting: &Acting<'_>,
    (row, entry): (&TicketRow, &EntryRow),
    last: Option<(i32, Vec<u8>)>,
    (event, values, summary): (&StoredTicketEvent, &NewObservables, Option<&Sealed>),
) -> Result<(), CorrectFault> {
    let line = Event {
        action: "corrected",
        detail: format!("event={} values={}", event.id, entry.id),
    };
    let link = audit::next(acting.ring, row.id, last, acting.by, line);
    let event = EventLine {
        ticket: row.id,
        key: &row.wrapped,
        event,
        audit: link.line(),
    };
    let rewritten = Rewritten {
        entry: entry.id,
        values,
        summary: summary.map(|after| (&entry.summary, after)),
    };
    Ok(acting.store.correct(&event, &rewritten).await?)
}
