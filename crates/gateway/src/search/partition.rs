//! How fine the index of a month is: chosen from the volume of the months before, and known to those who write.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::RandomState};
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use vault::{Bits, Epoch, Family, IndexKey, Indexer, KeyRing, VaultError, WrappedKey, blind};

use super::place::{self, Path};
use super::value::Value;
use crate::sealing;
use crate::store::{Candidate, NewIndex, Partition, Store, StoreFault};

/// Rows of a family that a month is taken to get when there was none before: cells of six bits.
const FIRST_ROWS: u64 = 512;
/// Months before that are looked at.
const LOOK_BACK: i32 = 3;
/// Values whose rows are counted, each for its spread; beyond, those that came once are forgotten.
const MOST_COUNTED: usize = 200_000;

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

#[derive(Debug, Default)]
struct Seen {
    month: String,
    rows: HashMap<u64, u32>,
    hasher: RandomState,
}

impl Partitions {
    /// Forgets what the partitions are like: somebody has indexed a month anew.
    pub fn forget(&self) {
        lock(&self.known).clear();
    }

    /// Over how many salts the next row of a value is drawn.
    fn salts(&self, month: &str, family: Family, path: &Path) -> u16 {
        let mut seen = lock(&self.seen);
        if seen.month != month {
            seen.rows.clear();
            month.clone_into(&mut seen.month);
        }
        if seen.rows.len() >= MOST_COUNTED {
            seen.rows.retain(|_, rows| *rows > 1);
            if seen.rows.len() >= MOST_COUNTED {
                seen.rows.clear();
            }
        }
        let value = seen.hasher.hash_one((family, path));
        let rows = seen.rows.entry(value).or_default();
        *rows = rows.saturating_add(1);
        blind::salts(*rows)
    }

    /// Chooses what each value is spread by.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn spread(&self, month: &str, values: &mut [Value]) -> Result<(), VaultError> {
        for value in values {
            let mut salts = Vec::new();
            for (family, path) in place::of_value(value) {
                if !family.is_spread() {
                    salts.push(0);
                    continue;
                }
                let mut octets = [0; 2];
                getrandom::fill(&mut octets).map_err(|_| VaultError::Randomness)?;
                // A power of four divides 65 536: no salt is likelier than another.
                salts.push(u16::from_be_bytes(octets) % self.salts(month, family, &path));
            }
            value.salts = salts;
        }
        Ok(())
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

/// The rows of the index for these values, each once. Values whose family has no partition are left out.
pub fn index(
    ring: &KeyRing,
    team: &str,
    month: &str,
    partitions: &[Partition],
    values: &[Value],
) -> Vec<NewIndex> {
    index_under(&keys(ring, month), team, month, partitions, values)
}

/// As [`index`], under these keys.
pub fn index_under(
    keys: &[IndexKey],
    team: &str,
    month: &str,
    partitions: &[Partition],
    values: &[Value],
) -> Vec<NewIndex> {
    let Some(year_month) = year_month(month) else {
        return Vec::new();
    };
    let mut indexers: BTreeMap<Family, Vec<Indexer>> = BTreeMap::new();
    let mut rows = Vec::new();
    for value in values {
        for (number, (family, path)) in place::of_value(value).into_iter().enumerate() {
            let salt = value.salts.get(number).copied().unwrap_or(0);
            let mut partitions = partitions.iter();
            let Some(partition) = partitions.find(|partition| partition.family == family) else {
                continue;
            };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let indexers = indexers.entry(family).or_insert_with(|| {
                let of = |key: &IndexKey| key.indexer(family, team, year_month);
                keys.iter().map(of).collect()
            });
            for indexer in indexers {
                let cells = indexer.cells(partition.bits, &path, salt);
                rows.push(NewIndex {
                    family,
                    version: partition.version,
                    cell: cells.low,
                });
            }
        }
    }
    rows.sort_unstable();
    rows.dedup();
    rows
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
