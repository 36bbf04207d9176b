//! Figures of a team's tickets: what stands in clear of all, and of the newest what their summaries say.

mod constituents;

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::DEPLOYMENT;
use crate::cli::desk::Desk;
use crate::store::{
    Figures as InClear, OPEN, QueueOrder, QueuePage, QueueRow, StoreFault, Test, Wanted,
};

pub(crate) use constituents::Constituent;

/// Tickets whose summaries are opened for kinds and senders.
pub(crate) const NEWEST: i64 = 500;
/// Kinds and domains, the most frequent.
const MOST: usize = 12;

/// Figures.
pub(crate) struct Figures {
    /// Of all tickets.
    pub(crate) all: InClear,
    /// Kinds of incident of the newest tickets, the most frequent first.
    pub(crate) types: Vec<(String, i64)>,
    /// Domains of their senders, the most frequent first.
    pub(crate) domains: Vec<(String, i64)>,
    /// Of each constituent, by the newest tickets that are not closed and the newest of all, the most open first.
    pub(crate) constituents: Vec<Constituent>,
    /// So many of them are sealed to analysts: their kinds and senders are not among these.
    pub(crate) closed: usize,
}

/// Counts; days are those of this zone, and whose a value is the desk knows. That somebody looked is in the trail.
pub(crate) async fn of(desk: &Desk, zone: &str) -> anyhow::Result<Figures> {
    let all = desk.store.figures(&desk.team, zone).await?;
    let rows = newest(desk, Wanted::All(Vec::new())).await?;
    let open = Test::State(OPEN.to_vec());
    let unclosed = newest(desk, Wanted::Test(open)).await?;
    let known: BTreeSet<_> = rows.iter().map(|row| row.id).collect();
    let more = unclosed.iter().filter(|row| !known.contains(&row.id));
    let both: Vec<&QueueRow> = rows.iter().chain(more).collect();
    let constituents = constituents::of(desk, &both).await?;
    let detail = format!("what=charts count={}", rows.len());
    desk.note(DEPLOYMENT, "listed", detail).await?;
    let open = rows.iter().filter(|row| !desk.is_closed(&row.first));
    let summaries: Vec<_> = open.map(|row| desk.summary(&row.first)).collect();
    let types = summaries.iter().flat_map(|summary| summary.kinds.clone());
    let domains = summaries.iter().filter_map(|summary| {
        let (_, domain) = summary.from.rsplit_once('@')?;
        Some(domain.to_owned())
    });
    Ok(Figures {
        all,
        types: counted(types),
        domains: counted(domains),
        constituents,
        closed: rows.len() - summaries.len(),
    })
}

async fn newest(desk: &Desk, wanted: Wanted) -> Result<Vec<QueueRow>, StoreFault> {
    let page = QueuePage {
        order: QueueOrder::Newest,
        wanted,
        after: None,
        limit: NEWEST,
    };
    desk.store.queue_page(&desk.team, &page).await
}

/// How often each comes, the most frequent first.
fn counted(all: impl Iterator<Item = String>) -> Vec<(String, i64)> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(MOST);
    counts
}
