//! Indexes a month anew, with the bits that its rows ask for, while mail is filed and searched: see [`IndexWork`].

use std::collections::BTreeMap;

use uuid::Uuid;
use vault::{Bits, Family, KeyRing, VaultError};

use super::partition::{index, open};
use super::place;
use super::value::{Kind, Value};
use crate::store::{Candidate, IndexRow, IndexWork, Partition, Store, StoreFault};

/// Messages of one statement.
const BATCH: i64 = 1_000;

/// Why a month could not be indexed anew.
#[derive(Debug, thiserror::Error)]
pub enum RebuildFault {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A message's values can't be opened: `pillarbox verify` says more.
    #[error("the searchable values of message {0} can't be opened: {1}")]
    Value(Uuid, VaultError),
    /// Another process makes it.
    #[error("the month is being indexed anew by another process")]
    Busy,
}

/// What is done with a month.
struct Rebuild<'a> {
    ring: &'a KeyRing,
    team: &'a str,
    month: &'a str,
    work: IndexWork,
}

/// Indexes a month anew, or goes on with it where it was broken off; `tell` hears of messages that are done, over and over. Returns
/// how many rows the month's index has.
///
/// # Errors
/// [`RebuildFault`]; what was done stays done.
pub async fn rebuild(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    month: &str,
    mut tell: impl FnMut(u64),
) -> Result<i64, RebuildFault> {
    let work = store.index_work(month).await?.ok_or(RebuildFault::Busy)?;
    let mut rebuild = Rebuild {
        ring,
        team,
        month,
        work,
    };
    let probe = probe(ring, team, month);
    let broken_off = rebuild.work.broken_off().await?;
    let (bits, in_use) = match broken_off.filter(|left| left.probe == probe) {
        Some(left) => (left.bits, left.in_use),
        None => {
            let bits = rebuild.count().await?;
            rebuild.work.begin(&bits, &probe).await?;
            (bits, false)
        }
    };
    if !in_use {
        rebuild.add(&bits, &mut tell).await?;
        rebuild.work.close().await?;
        rebuild.add_missing(store, &bits).await?;
        rebuild.work.take_into_use(&bits).await?;
    }
    rebuild.remove_old(store, &mut tell).await?;
    rebuild.work.end().await?;
    let rows = store.index_rows(Some(month), None).await?;
    let of_month = rows.into_iter().filter(|(_, of, _)| of == month);
    Ok(of_month.map(|(_, _, rows)| rows).sum())
}

impl Rebuild<'_> {
    fn open(&self, candidate: &Candidate) -> Result<Vec<Value>, RebuildFault> {
        open(self.ring, self.team, candidate, &candidate.wrapped)
            .map_err(|error| RebuildFault::Value(candidate.entry, error))
    }

    /// The bits that the month's values ask for.
    async fn count(&mut self) -> Result<Vec<(Family, Bits)>, RebuildFault> {
        let mut rows: BTreeMap<Family, u64> = BTreeMap::new();
        let mut after = Uuid::nil();
        loop {
            let batch = self.work.values(after, false, BATCH).await?;
            let Some(last) = batch.last() else {
                break;
            };
            after = last.entry;
            for candidate in &batch {
                for (family, _) in self.open(candidate)?.iter().flat_map(place::of_value) {
                    *rows.entry(family).or_default() += 1;
                }
            }
        }
        let bits = rows.into_iter();
        Ok(bits
            .map(|(family, rows)| (family, Bits::plan(family, rows)))
            .collect())
    }

    fn rows(
        &self,
        batch: &[Candidate],
        partitions: &[Partition],
    ) -> Result<(Vec<Uuid>, Vec<IndexRow>), RebuildFault> {
        let mut rows = Vec::new();
        for candidate in batch {
            let values = self.open(candidate)?;
            let own = index(self.ring, self.team, self.month, partitions, &values).into_iter();
            rows.extend(own.map(|row| (candidate.entry, row.family, row.cell)));
        }
        Ok((batch.iter().map(|one| one.entry).collect(), rows))
    }

    /// Adds the new rows beside the old ones, from where it was broken off.
    async fn add(
        &mut self,
        bits: &[(Family, Bits)],
        tell: &mut impl FnMut(u64),
    ) -> Result<(), RebuildFault> {
        let partitions = partitions(self.month, bits);
        let (mut after, mut done) = (self.work.last_added().await?, 0);
        loop {
            let batch = self.work.values(after, false, BATCH).await?;
            let Some(last) = batch.last() else {
                return Ok(());
            };
            after = last.entry;
            let (entries, rows) = self.rows(&batch, &partitions)?;
            match self.work.add(&entries, &rows).await {
                // One of them was erased: once more without it.
                Err(StoreFault::Conflict) => self.work.add(&entries, &rows).await?,
                added => added?,
            }
            done += count(&entries);
            tell(done);
        }
    }

    /// Those that were filed meanwhile, perhaps with a family that was not there before.
    async fn add_missing(
        &mut self,
        store: &Store,
        bits: &[(Family, Bits)],
    ) -> Result<(), RebuildFault> {
        let mut partitions = partitions(self.month, bits);
        let stored = store.partitions(Some(self.month), Some(self.month)).await?;
        let is_new = |one: &Partition| !bits.iter().any(|(family, _)| *family == one.family);
        partitions.extend(stored.into_iter().filter(is_new));
        let mut after = Uuid::nil();
        loop {
            let batch = self.work.values(after, true, BATCH).await?;
            let Some(last) = batch.last() else {
                return Ok(());
            };
            after = last.entry;
            let (entries, rows) = self.rows(&batch, &partitions)?;
            self.work.add(&entries, &rows).await?;
        }
    }

    async fn remove_old(
        &mut self,
        store: &Store,
        tell: &mut impl FnMut(u64),
    ) -> Result<(), RebuildFault> {
        let partitions = store.partitions(Some(self.month), Some(self.month)).await?;
        let mut done = 0;
        loop {
            let batch = self.work.added(BATCH).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let (entries, rows) = self.rows(&batch, &partitions)?;
            self.work.remove_old(&entries, &rows).await?;
            done += count(&entries);
            tell(done);
        }
    }
}

/// Something known, indexed: other keys make something else of it.
pub fn probe(ring: &KeyRing, team: &str, month: &str) -> Vec<i32> {
    let value = [Value::new(Kind::Address, "192.0.2.1")];
    let finest = [(Family::Address, Bits::plan(Family::Address, u64::MAX))];
    let rows = index(ring, team, month, &partitions(month, &finest), &value);
    rows.into_iter().map(|row| row.cell).collect()
}

fn partitions(month: &str, bits: &[(Family, Bits)]) -> Vec<Partition> {
    let bits = bits.iter();
    bits.map(|(family, bits)| Partition {
        family: *family,
        month: month.to_owned(),
        version: 0,
        bits: *bits,
    })
    .collect()
}

fn count(entries: &[Uuid]) -> u64 {
    u64::try_from(entries.len()).unwrap_or(u64::MAX)
}
