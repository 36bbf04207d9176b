//! What is known beside a ticket when it is shown: whose problem it is, and which other tickets have its values. Both are looked up
//! then, so that they are of today and nothing of them is stored. Lists have the words of the team, too.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::io::Write;

use extract::{Belonging, Tlp};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::Desk;
use super::search::{note_hourly, since};
use crate::actions::tag;
use crate::search::before::MANY;
use crate::search::{self, Before, Months, Subject};
use crate::store::{Candidate, Newest, QueueRow};
use crate::{concern, marking, screen};

/// Months that are looked back.
const MONTHS: u32 = 12;
/// Values of a ticket that are looked up, its newest messages first.
const MOST_VALUES: usize = 200;
/// Messages of a ticket whose values are.
const MOST_MESSAGES: i64 = 50;
/// Values of all tickets of a list, and of each.
const MOST_LISTED: usize = 2_000;
const MOST_LISTED_EACH: usize = 20;
/// Lines that are shown.
const MOST_LINES: usize = 20;

/// What a list says of a ticket.
#[derive(Default)]
pub(crate) struct Known {
    pub concerns: Vec<Belonging>,
    /// Values of its first message that can be searched for.
    pub(crate) values: usize,
    /// When mail came last, and when a letter was written last.
    pub(crate) last: (Option<Timestamp>, Option<Timestamp>),
    /// Other tickets that share a value with it; `None` when it was not looked up.
    pub seen: Option<usize>,
    /// The values that it shares.
    pub shared: Vec<String>,
    /// Words of the team, sorted.
    pub(crate) tags: Vec<String>,
    /// The strictest marking of its messages; empty for none.
    pub(crate) tlp: &'static str,
}

impl Known {
    /// `3`, `50+`; empty for none.
    pub(crate) fn seen_word(&self) -> String {
        match self.seen {
            None | Some(0) => String::new(),
            Some(MANY..) => format!("{MANY}+"),
            Some(few) => few.to_string(),
        }
    }
}

/// Of each ticket of a list, by its first message.
pub(crate) async fn of_queue(desk: &Desk, rows: &[QueueRow]) -> anyhow::Result<Vec<Known>> {
    let open = rows.iter().filter(|row| !desk.is_closed(&row.first));
    let entries: Vec<Uuid> = open.map(|row| row.first.id).collect();
    let values = opened(desk, desk.store.values(&entries).await?).await;
    let mut left = MOST_LISTED;
    let (mut known, mut subjects) = (Vec::new(), Vec::new());
    // The newest are looked up first, should there be too many.
    for (place, row) in rows.iter().enumerate().rev() {
        let Some(values) = values.get(&row.first.id) else {
            known.push(Known::default());
            continue;
        };
        known.push(Known {
            concerns: concern::of_values(&desk.constituency, values),
            values: values.iter().filter(|value| is_reported(value)).count(),
            ..Known::default()
        });
        let mut values = strange(desk, values.clone());
        values.truncate(MOST_LISTED_EACH.min(left));
        left -= values.len();
        if left > 0 {
            let ticket = row.id;
            subjects.push((place, Subject { ticket, values }));
        }
    }
    known.reverse();
    let tickets: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut tags = tag::of_tickets(&desk.acting(""), &tickets).await?;
    let marked = marking::of_queue(desk, rows).await?;
    // A ticket of one message has nothing newer.
    let several = rows.iter().filter(|row| row.messages > 1);
    let several: Vec<Uuid> = several.map(|row| row.id).collect();
    let newest = desk.store.newest_messages(&several).await?;
    let newest: HashMap<Uuid, Newest> = newest.into_iter().map(|one| (one.ticket, one)).collect();
    for (row, known) in rows.iter().zip(&mut known) {
        known.tags = tags.remove(&row.id).unwrap_or_default();
        let tlp = marked.get(&row.id).and_then(|marked| marked.known());
        known.tlp = tlp.map_or("", Tlp::as_str);
        let newest = newest.get(&row.id);
        let at = |id: Option<Uuid>| id.and_then(came);
        known.last = (
            at(newest.and_then(|one| one.came)),
            at(newest.and_then(|one| one.written)),
        );
    }
    let (places, subjects): (Vec<usize>, Vec<Subject>) = subjects.into_iter().unzip();
    let looked = look(desk, &subjects).await?.unwrap_or_default();
    for (place, before) in places.iter().zip(looked) {
        let tickets: BTreeSet<Uuid> = before
            .iter()
            .flat_map(|one| one.tickets.iter().copied())
            .collect();
        if let Some(known) = known.get_mut(*place) {
            known.seen = Some(tickets.len());
            known.shared = before.into_iter().map(|one| one.value).collect();
        }
    }
    Ok(known)
}

/// Whose problem each of these tickets is, by the values of its first message; a ticket without values, or whose values can't be opened,
/// is left out.
pub(crate) async fn concerns(
    desk: &Desk,
    rows: &[&QueueRow],
) -> anyhow::Result<HashMap<Uuid, Vec<Belonging>>> {
    let open = rows.iter().filter(|row| !desk.is_closed(&row.first));
    let entries: Vec<Uuid> = open.map(|row| row.first.id).collect();
    let values = opened(desk, desk.store.values(&entries).await?).await;
    let each = rows.iter().filter_map(|row| {
        let values = values.get(&row.first.id)?;
        Some((row.id, concern::of_values(&desk.constituency, values)))
    });
    Ok(each.collect())
}

/// What other tickets have of a ticket's values.
pub(crate) struct Seen {
    /// `None` when it could not be looked up.
    pub(crate) before: Option<Vec<Before>>,
    pub(crate) serials: HashMap<Uuid, i64>,
}

impl Seen {
    pub(crate) async fn of(desk: &Desk, ticket: Uuid) -> anyhow::Result<Seen> {
        let candidates = desk.store.values_of(ticket, MOST_MESSAGES).await?;
        let mut values: Vec<search::Value> = Vec::new();
        let mut messages: Vec<_> = opened(desk, candidates).await.into_iter().collect();
        messages.sort_by_key(|(message, _)| Reverse(*message));
        for value in messages.into_iter().flat_map(|(_, values)| values) {
            if values.len() < MOST_VALUES && !values.contains(&value) {
                values.push(value);
            }
        }
        let values = strange(desk, values);
        let before = look(desk, &[Subject { ticket, values }]).await?;
        let before: Option<Vec<Before>> = before.map(|each| each.into_iter().flatten().collect());
        let newest = before
            .iter()
            .flatten()
            .filter_map(|one| one.tickets.first());
        let newest: Vec<Uuid> = newest.copied().collect();
        let tickets = desk.store.tickets(&desk.team, &[], &newest).await?;
        let serials = tickets.into_iter().map(|row| (row.id, row.serial));
        Ok(Seen {
            before,
            serials: serials.collect(),
        })
    }

    fn last(&self, desk: &Desk, one: &Before) -> Option<String> {
        let serial = self.serials.get(one.tickets.first()?)?;
        Some(desk.reference(*serial))
    }

    pub(super) fn json(&self, desk: &Desk) -> Value {
        let Some(before) = &self.before else {
            return Value::Null;
        };
        let each = before.iter().map(|one| {
            let at = came(one.last).map(|at| at.to_string());
            json!({"kind": one.kind, "value": one.value, "tickets": one.tickets.len(), "or_more": one.tickets.len() >= MANY,
                "last": self.last(desk, one), "last_at": at})
        });
        each.collect()
    }

    /// `Seen before  192.0.2.10 in 3 other tickets, last CSIRT#000012, 2 days ago`.
    pub(super) fn write(&self, desk: &Desk, out: &mut impl Write) -> std::io::Result<()> {
        let now = Timestamp::now();
        let before = self.before.as_deref().unwrap_or_default();
        for one in before.iter().take(MOST_LINES) {
            let count = match one.tickets.len() {
                1 => "1 other ticket".to_owned(),
                MANY.. => format!("{MANY}+ other tickets"),
                more => format!("{more} other tickets"),
            };
            let last = self.last(desk, one).unwrap_or_default();
            let ago = came(one.last).map_or_else(String::new, |at| ago(at, now));
            let value = screen::one_line(&one.value, 100);
            writeln!(out, "  Seen before {value} in {count}, last {last}{ago}")?;
        }
        let more = before.len().saturating_sub(MOST_LINES);
        if more > 0 {
            writeln!(out, "  Seen before {more} more values (--json shows all)")?;
        }
        Ok(())
    }
}

/// When a message came, by its id.
fn came(entry: Uuid) -> Option<Timestamp> {
    let (seconds, _) = entry.get_timestamp()?.to_unix();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    let hours = (now.as_second() - at.as_second()) / 3600;
    match hours {
        ..=0 => ", within the hour".into(),
        1 => ", 1 hour ago".into(),
        2..48 => format!(", {hours} hours ago"),
        _ => format!(", {} days ago", hours / 24),
    }
}

/// What can be opened, by message.
async fn opened(desk: &Desk, candidates: Vec<Candidate>) -> HashMap<Uuid, Vec<search::Value>> {
    let opened = desk.search().open(candidates).await;
    let known = opened
        .into_iter()
        .filter_map(|(candidate, values)| Some((candidate.entry, values.ok()?)));
    known.collect()
}

/// Who sent it, and under which reference, is nothing that a report is about.
fn is_reported(value: &search::Value) -> bool {
    !matches!(value.kind, search::Kind::Sender | search::Kind::Reference)
}

/// Without the constituency's own: these are in every other report.
fn strange(desk: &Desk, mut values: Vec<search::Value>) -> Vec<search::Value> {
    values.retain(|value| concern::of_own_value(&desk.constituency, value).is_none());
    values
}

/// Looks up, and writes down that somebody did. `None` when the index can't be opened here, with a line that says why: a ticket is
/// shown all the same, to an analyst for whom the index was not sealed, too.
async fn look(desk: &Desk, subjects: &[Subject]) -> anyhow::Result<Option<Vec<Vec<Before>>>> {
    let values: Vec<&search::Value> = subjects.iter().flat_map(|one| &one.values).collect();
    if values.is_empty() {
        return Ok(Some(vec![Vec::new(); subjects.len()]));
    }
    if let Err(error) = desk.open_index() {
        let why = screen::one_line(&format!("{error:#}"), 300);
        writeln!(
            std::io::stderr(),
            "not looked up, what was seen before: {why}"
        )?;
        return Ok(None);
    }
    let months = Months {
        from: Some(since(MONTHS)),
        to: None,
    };
    let before = desk.search().before(subjects, &months).await?;
    let found = before.iter().map(Vec::len).sum();
    let values = values.into_iter().map(|value| format!("{value:?}"));
    note_hourly(desk, "seen-before", values, found).await?;
    Ok(Some(before))
}
