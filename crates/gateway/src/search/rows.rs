//! Which rows of the index a message has, and how often a value was seen this month.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::RandomState};
use std::hash::BuildHasher;

use uuid::Uuid;
use vault::{Family, IndexKey, Indexer, VaultError, blind};

use super::partition;
use super::place::{self, Path};
use super::value::Value;
use crate::store::{NewIndex, NewSpread, Partition};

/// Values whose rows are counted, each for its spread; beyond, those that came once are forgotten.
const MOST_COUNTED: usize = 200_000;

/// How often this process has seen which value in a month.
#[derive(Debug, Default)]
pub(super) struct Seen {
    month: String,
    rows: HashMap<u64, u32>,
    hasher: RandomState,
}

impl Seen {
    /// Counts a row of a value; returns over how many salts it is drawn.
    pub(super) fn count(&mut self, month: &str, family: Family, path: &Path) -> u16 {
        if self.month != month {
            self.rows.clear();
            month.clone_into(&mut self.month);
        }
        if self.rows.len() >= MOST_COUNTED {
            self.rows.retain(|_, rows| *rows > 1);
            if self.rows.len() >= MOST_COUNTED {
                self.rows.clear();
            }
        }
        let value = self.hasher.hash_one((family, path));
        let rows = self.rows.entry(value).or_default();
        *rows = rows.saturating_add(1);
        blind::salts(*rows)
    }
}

/// Where a message is found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Its rows of the index.
    pub index: Vec<NewIndex>,
    /// Values of these that are spread: what says so is written with every row, since whatever said so before may have been undone.
    pub spread: Vec<NewSpread>,
}

/// The paths of these values, each once.
pub fn paths(values: &[Value]) -> BTreeSet<(Family, Path)> {
    values.iter().flat_map(place::of_value).collect()
}

/// The rows of the index for these values of a message, under each of these keys. Values whose family has no partition are left out.
/// `salts` says over how many a value of a spread family is drawn.
///
/// # Errors
/// [`VaultError::Randomness`], [`VaultError::Sealing`].
pub fn of_message(
    (keys, team): (&[IndexKey], &str),
    partitions: &[Partition],
    entry: Uuid,
    values: &[Value],
    mut salts: impl FnMut(Family, &Path) -> u16,
) -> Result<Rows, VaultError> {
    let mut indexers: BTreeMap<Family, Vec<Indexer>> = BTreeMap::new();
    let mut rows = Rows::default();
    for (family, path) in paths(values) {
        let mut partitions = partitions.iter();
        let Some(partition) = partitions.find(|partition| partition.family == family) else {
            continue;
        };
        let indexers = indexers
            .entry(family)
            .or_insert_with(|| partition::indexers(keys, team, family, &partition.month));
        let salts = if family.is_spread() {
            salts(family, &path)
        } else {
            1
        };
        let salt = drawn(salts)?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        for indexer in indexers {
            let path = indexer.hash(&path);
            rows.index.push(NewIndex {
                family,
                version: partition.version,
                cell: indexer.cells(partition.bits, path, salt).low,
                mark: indexer.mark(path, salt, entry.as_bytes())?,
            });
            if salts > 1 {
                let mark = indexer.spread_mark(path, salts)?;
                rows.spread.push(NewSpread { family, mark });
            }
        }
    }
    // Who writes the same ones at the same moment waits in the same order.
    rows.spread.sort_unstable();
    Ok(rows)
}

/// One of so many salts. A power of four divides 65 536: none is likelier than another.
fn drawn(salts: u16) -> Result<u16, VaultError> {
    if salts <= 1 {
        return Ok(0);
    }
    let mut octets = [0; 2];
    getrandom::fill(&mut octets).map_err(|_| VaultError::Randomness)?;
    Ok(u16::from_be_bytes(octets) % salts)
}
