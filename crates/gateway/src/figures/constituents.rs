//! Figures of each constituent (P4): how many tickets that are its problem are open, overdue, how old, and how many came of late.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use extract::Belonging;
use jiff::Timestamp;
use uuid::Uuid;

use crate::cli::desk::Desk;
use crate::cli::seen;
use crate::store::QueueRow;
use crate::ticket::is_closed;

/// Constituents that are shown, those with the most open tickets.
const MOST: usize = 100;
/// Ends of the ages, in seconds, as [`crate::store::Figures`] has them; what is older than the last comes after it.
const AGES: [i64; 5] = [14_400, 86_400, 259_200, 604_800, 2_592_000];
/// A month, in seconds.
const MONTH: i64 = 30 * 86_400;

/// Figures of one organisation of the register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Constituent {
    /// What it is called.
    pub(crate) name: String,
    /// Its tickets that are not closed.
    pub(crate) open: i64,
    /// Those of them for which a time for an answer is over.
    pub(crate) overdue: i64,
    /// Those of them that came within four hours, a day, three days, a week, thirty days, and before.
    pub(crate) ages: [i64; 6],
    /// Its tickets of the last thirty days, closed ones, too.
    pub(crate) month: i64,
}

/// Of these tickets, each once: it counts for the organisations whose networks and domains its first message names or a name looks like,
/// else for its sender's; for none when it is nobody's. What is sealed to analysts counts for none. The most open first.
pub(super) async fn of(desk: &Desk, rows: &[&QueueRow]) -> anyhow::Result<Vec<Constituent>> {
    let concerns = seen::concerns(desk, rows).await?;
    let now = Timestamp::now().as_second();
    let mut all: BTreeMap<String, Constituent> = BTreeMap::new();
    for row in rows {
        for name in organisations(desk, row, &concerns) {
            let one = all.entry(name).or_default();
            count(one, row, now);
        }
    }
    let mut all: Vec<Constituent> = all
        .into_iter()
        .map(|(name, one)| Constituent { name, ..one })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.open, one.overdue, one.month)));
    all.truncate(MOST);
    Ok(all)
}

fn organisations(
    desk: &Desk,
    row: &QueueRow,
    concerns: &HashMap<Uuid, Vec<Belonging>>,
) -> BTreeSet<String> {
    let directory = &desk.directory;
    let named = concerns.get(&row.id).into_iter().flatten();
    let named = named.flat_map(|one| directory.having(&one.of));
    let named: BTreeSet<String> = named.map(|one| one.name.clone()).collect();
    if !named.is_empty() || desk.is_closed(&row.first) {
        return named;
    }
    let owners = directory.of_address(&desk.summary(&row.first).from);
    let first = owners.first();
    first
        .map(|owner| owner.organisation.name.clone())
        .into_iter()
        .collect()
}

fn count(one: &mut Constituent, row: &QueueRow, now: i64) {
    let age = came(row.id).map_or(i64::MAX, |at| now.saturating_sub(at));
    one.month += i64::from(age < MONTH);
    if is_closed(&row.state) {
        return;
    }
    one.open += 1;
    one.overdue += i64::from(row.overdue);
    let place = AGES.iter().filter(|end| age >= **end).count();
    if let Some(bucket) = one.ages.get_mut(place) {
        *bucket += 1;
    }
}

/// When a ticket was opened, by its id.
fn came(ticket: Uuid) -> Option<i64> {
    let (seconds, _) = ticket.get_timestamp()?.to_unix();
    i64::try_from(seconds).ok()
}
