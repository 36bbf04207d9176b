//! Figures of a team's tickets: what stands in clear of all, and of the newest what their summaries say.

use std::collections::BTreeMap;

use crate::audit::DEPLOYMENT;
use crate::cli::desk::Desk;
use crate::store::{Figures as InClear, QueueOrder, QueuePage, Wanted};

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
    /// So many of them are sealed to analysts: their kinds and senders are not among these.
    pub(crate) closed: usize,
}

/// Counts; days are those of this zone. That somebody looked is in the trail.
pub(crate) async fn of(desk: &Desk, zone: &str) -> anyhow::Result<Figures> {
    let all = desk.store.figures(&desk.team, zone).await?;
    let newest = QueuePage {
        order: QueueOrder::Newest,
        wanted: Wanted::All(Vec::new()),
        after: None,
        limit: NEWEST,
    };
    let rows = desk.store.queue_page(&desk.team, &newest).await?;
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
        closed: rows.len() - summaries.len(),
    })
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
