//! Whether the search index is as fine as its volume asks for: 2 ≤ C ≤ √R (`threats.md` B6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use vault::{Family, Share};

use super::Line;
use crate::search::partition;
use crate::store::{Store, StoreFault};

/// Months with fewer rows of a family are not judged: five bits are not worth rebuilding.
const FEWEST: u32 = 64;

/// How a month's index of a family is.
pub struct Fineness {
    /// First day of the month.
    pub month: String,
    /// What is searched together.
    pub family: Family,
    /// Rows.
    pub rows: u32,
    /// Bits of a cell.
    pub bits: u32,
    /// What these make.
    pub share: Share,
    /// The month is not over: what has few rows a cell today will have more.
    pub is_filling: bool,
}

impl Fineness {
    /// A word when it is out of bounds.
    pub fn verdict(&self) -> &'static str {
        if self.rows < FEWEST {
            "too few rows to judge"
        } else if self.is_filling && self.share.tells_too_much() {
            "filling"
        } else if self.share.tells_too_much() {
            "too fine: tells equal values apart"
        } else if self.share.is_too_slow() {
            "too coarse: slow to search"
        } else {
            "within bounds"
        }
    }

    /// Whether it should be made anew.
    pub fn is_out_of_bounds(&self) -> bool {
        let tells = self.share.tells_too_much() && !self.is_filling;
        self.rows >= FEWEST && (tells || self.share.is_too_slow())
    }
}

/// Every partition with its live number of rows, the oldest first.
pub async fn fineness(store: &Store) -> Result<Vec<Fineness>, StoreFault> {
    let rows = store.index_rows(None, None).await?;
    let partitions = store.partitions(None, None).await?;
    let bits: BTreeMap<(&str, Family), u32> = partitions
        .iter()
        .map(|partition| {
            let key = (partition.month.as_str(), partition.family);
            (key, partition.bits.sum())
        })
        .collect();
    let of = |month: &str, family: Family| bits.get(&(month, family)).copied().unwrap_or(0);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let this_month = partition::first_day(today);
    let list = rows.into_iter().map(|(family, month, rows)| {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let bits = of(&month, family);
        Fineness {
            share: Share::of(rows, bits),
            is_filling: month >= this_month,
            month,
            family,
            rows,
            bits,
        }
    });
    Ok(list.collect())
}

pub(super) async fn check(store: &Store) -> Vec<Line> {
    let list = match fineness(store).await {
        Ok(list) => list,
        Err(fault) => {
            return vec![Line::warn(
                "search index",
                fault.to_string(),
                "see what the server logs",
            )];
        }
    };
    let wrong: Vec<Line> = list
        .iter()
        .filter(|one| one.is_out_of_bounds())
        .map(|one| {
            let month = one.month.get(..7).unwrap_or(&one.month);
            let seen = format!("{month} {}: {}", one.family.label(), one.verdict());
            Line::warn(
                "search index",
                seen,
                format!("run `pillarbox index rebuild {month}`"),
            )
        })
        .collect();
    if wrong.is_empty() {
        return vec![Line::ok(
            "search index",
            format!("{} partitions within bounds", list.len()),
        )];
    }
    wrong
}
