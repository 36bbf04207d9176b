//! How fine the index of a month is: chosen from the volume of the months before, and known to those who write.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use vault::{Bits, Epoch, Family, IndexKey, Indexer, KeyRing, VaultError, WrappedKey};

use super::place::{self, Path};
use super::rows::Seen;
use super::value::Value;
use crate::sealing;
use crate::store::{Candidate, Partition, Store, StoreFault};

/// Rows of a family that a month is taken to get when there was none before: cells of six bits.
const FIRST_ROWS: u64 = 512;
/// Months before that are looked at.
const LOOK_BACK: i32 = 3;

/// The first day of a month, as the store takes it.
pub fn first_day(day: Date) -> String {
    day.first_of_month().to_string()
}

/// Year and month of a first day.
pub fn year_month(month: &str) -> Option<(i16, u8)> {
    let day: Date = month.parse().ok()?;
    Some((day.year(), u8::try_from(day.month()).ok()?))
}

/// The same month, as keys are named.
pub fn epoch_of((year, month): (i16, u8)) -> Epoch {
    let month = i8::try_from(month).unwrap_or(0);
    Epoch::of_month(year, month).unwrap_or(Epoch::STANDING)
}

/// The first day of a month; empty for the standing epoch, which is none.
pub fn first_day_of(epoch: Epoch) -> String {
    let first = |(year, month)| format!("{year}-{month:02}-01");
    epoch.month().map(first).unwrap_or_default()
}

/// Months to look into: first days, both included, open when `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Months {
    /// The first.
    pub from: Option<String>,
    /// The last.
    pub to: Option<String>,
}

/// What a process knows of the partitions that it writes to, and how often it has seen which value this month.
#[derive(Debug, Default)]
pub struct Partitions {
    known: Mutex<HashMap<(Family, String), Partition>>,
    seen: Mutex<Seen>,
}

impl Partitions {
    /// Forgets what the partitions are like: somebody has indexed a month anew.
    pub fn forget(&self) {
        lock(&self.known).clear();
    }

    /// Counts a row of a value; returns over how many salts it is drawn.
    pub fn salts(&self, month: &str, family: Family, path: &Path) -> u16 {
        lock(&self.seen).count(month, family, path)
    }

    /// The partitions of a month for these families, made when they are not there yet.
    pub async fn of(
        &self,
        store: &Store,
        month: &str,
        families: &BTreeSet<Family>,
    ) -> Result<Vec<Partition>, StoreFault> {
        let known = |family: &Family| lock(&self.known).get(&(*family, month.to_owned())).cloned();
        let found: Vec<Partition> = families.iter().filter_map(known).collect();
        if found.len() == families.len() {
            return Ok(found);
        }
        let mut stored = store.partitions(Some(month), Some(month)).await?;
        let missing = families
            .iter()
            .filter(|family| !stored.iter().any(|partition| partition.family == **family));
        let missing: Vec<Family> = missing.copied().collect();
        if !missing.is_empty() {
            let volume = volume(store, month).await?;
            for family in missing {
                let rows = volume.get(&family).copied().unwrap_or(FIRST_ROWS);
                store
                    .add_partition(family, month, Bits::plan(family, rows))
                    .await?;
            }
            stored = store.partitions(Some(month), Some(month)).await?;
        }
        let mut known = lock(&self.known);
        // Old months are not written to again.
        known.retain(|(_, known_month), _| known_month == month);
        for partition in &stored {
            known.insert((partition.family, month.to_owned()), partition.clone());
        }
        stored.retain(|partition| families.contains(&partition.family));
        Ok(stored)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rows a month and family, on average over the last months that have any.
async fn volume(store: &Store, month: &str) -> Result<BTreeMap<Family, u64>, StoreFault> {
    let mut from = month.parse::<Date>().unwrap_or(Date::ZERO);
    for _ in 0..LOOK_BACK {
        from = from.yesterday().unwrap_or(from).first_of_month();
    }
    let rows = store
        .index_rows(Some(&from.to_string()), Some(month))
        .await?;
    let mut months: BTreeMap<Family, Vec<u64>> = BTreeMap::new();
    for (family, _, count) in rows {
        let counts = months.entry(family).or_default();
        counts.push(u64::try_from(count).unwrap_or(0));
    }
    let average = |counts: Vec<u64>| {
        let number = u64::try_from(counts.len()).unwrap_or(1).max(1);
        counts.iter().sum::<u64>() / number
    };
    Ok(months
        .into_iter()
        .map(|(family, counts)| (family, average(counts)))
        .collect())
}

/// The families in which these values are found.
pub fn families(values: &[Value]) -> BTreeSet<Family> {
    let places = values.iter().flat_map(place::of_value);
    places.map(|(family, _)| family).collect()
}

/// The keys that there are for a month's index.
pub fn keys(ring: &KeyRing, month: &str) -> Vec<IndexKey> {
    let month = year_month(month).map(epoch_of);
    month
        .map(|month| ring.index_keys(month))
        .unwrap_or_default()
}

/// What computes cells and marks of a family and month, under each of these keys; none when the month can't be read.
pub fn indexers(keys: &[IndexKey], team: &str, family: Family, month: &str) -> Vec<Indexer> {
    let Some(month) = year_month(month) else {
        return Vec::new();
    };
    let of = |key: &IndexKey| key.indexer(family, team, month);
    keys.iter().map(of).collect()
}

/// Opens the searchable values of a message.
///
/// # Errors
/// As [`vault::CaseKey::open`].
pub fn open(
    ring: &KeyRing,
    team: &str,
    candidate: &Candidate,
    wrapped: &WrappedKey,
) -> Result<Vec<Value>, VaultError> {
    let key = sealing::case_key(ring, team, candidate.case, wrapped)?;
    let aad = sealing::observable_aad(team, candidate.case, candidate.entry);
    sealing::open(&key, &aad, &candidate.value)
}
