//! Indexes a month anew, with the bits that its rows ask for: new cells come from the marks, and no value is opened. Whoever has the
//! month's index key can do it, also where messages are sealed to analysts.

use std::collections::BTreeMap;

use uuid::Uuid;
use vault::{Bits, Family, Indexer, KeyRing, Mark};

use super::partition;
use crate::store::{IndexRow, Store, StoreFault};

/// Messages of one statement.
const BATCH: i64 = 2_000;

/// Why a month could not be indexed anew. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum RebuildFault {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Its index key is gone, or an analyst's.
    #[error("there is no key to this month's index here: an analyst has it (--analyst)")]
    NoKey,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Rows of the month's index.
    pub rows: u64,
    /// Rows of these whose mark can't be read, so that they are where they were: `pillarbox verify` names their messages.
    pub unreadable: u64,
}

/// How fine a family of the month will be, and what computes its cells, under each key.
type Fineness = BTreeMap<Family, (Bits, Vec<Indexer>)>;

/// Indexes a month (its first day) anew; `tell` hears of rows that are done, over and over.
///
/// # Errors
/// [`RebuildFault`].
pub async fn rebuild(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    month: &str,
    mut tell: impl FnMut(u64),
) -> Result<Rebuilt, RebuildFault> {
    let keys = partition::keys(ring, month);
    if keys.is_empty() {
        return Err(RebuildFault::NoKey);
    }
    let mut work = store.index_work(month).await?;
    let planned = work.count().await?.into_iter();
    let planned: Vec<(Family, Bits)> = planned
        .map(|(family, rows)| (family, Bits::plan(family, rows)))
        .collect();
    let fineness = |(family, bits): &(Family, Bits)| {
        let indexers = partition::indexers(&keys, team, *family, month);
        (*family, (*bits, indexers))
    };
    let fineness: Fineness = planned.iter().map(fineness).collect();
    let (mut rebuilt, mut after) = (Rebuilt::default(), Uuid::nil());
    while let Some((last, rows)) = work.rows(after, BATCH).await? {
        after = last;
        let cells = cells(&fineness, &rows);
        rebuilt.rows += count(rows.len());
        rebuilt.unreadable += count(rows.len() - cells.len());
        work.set(&cells).await?;
        tell(rebuilt.rows);
    }
    work.end(&planned).await?;
    Ok(rebuilt)
}

/// The new cells of these rows; those whose mark is not theirs are left out.
fn cells(fineness: &Fineness, rows: &[IndexRow]) -> Vec<(Uuid, Mark, i32)> {
    let mut cells = Vec::with_capacity(rows.len());
    for (family, (bits, indexers)) in fineness {
        let rows = rows.iter().filter(|(_, of, _)| of == family);
        let marks: Vec<u8> = rows.clone().flat_map(|(_, _, mark)| *mark).collect();
        for indexer in indexers {
            for ((entry, _, mark), marked) in rows.clone().zip(indexer.read(&marks)) {
                if marked.is_of(entry.as_bytes()) {
                    let new = indexer.cells(*bits, marked.hashed(), marked.salt());
                    cells.push((*entry, *mark, new.low));
                }
            }
        }
    }
    cells
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
