//! Searchable values: sealed lists, their index, and how fine the index of each month is.

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use vault::{Bits, Family, Mark, Sealed, WrappedKey};

use super::{Store, StoreFault};

/// The searchable values of one message.
pub struct NewObservables {
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// The values, sealed.
    pub value: Sealed,
    /// Where each is found.
    pub index: Vec<NewIndex>,
    /// Which of them are spread; may be there already.
    pub spread: Vec<NewSpread>,
}

/// A row of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewIndex {
    /// What is searched together.
    pub family: Family,
    /// The version of the partition that the cell was computed for.
    pub version: i32,
    /// Truncated keyed hash.
    pub cell: i32,
    /// The whole of it, sealed.
    pub mark: Mark,
}

/// That a value is spread over so many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewSpread {
    /// What is searched together.
    pub family: Family,
    /// Which value, and over how many: sealed.
    pub mark: Mark,
}

/// How fine the index of a family and month is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Which values.
    pub family: Family,
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// Changes when the month is indexed anew.
    pub version: i32,
    /// Bits of a cell.
    pub bits: Bits,
}

/// The sealed values of a message.
pub struct Candidate {
    /// The message.
    pub entry: Uuid,
    /// Its case.
    pub case: Uuid,
    /// The case's key, wrapped.
    pub wrapped: WrappedKey,
    /// The values.
    pub value: Sealed,
}

pub(super) fn candidate(row: &PgRow) -> Result<Candidate, sqlx::Error> {
    Ok(Candidate {
        entry: row.try_get(0)?,
        case: row.try_get(1)?,
        wrapped: WrappedKey::from_bytes(row.try_get(2)?),
        value: Sealed::from_bytes(row.try_get(3)?),
    })
}

fn partition(row: &PgRow) -> Result<Option<Partition>, sqlx::Error> {
    let (family, bits): (i16, i32) = (row.try_get(0)?, row.try_get(3)?);
    let (month, version) = (row.try_get(1)?, row.try_get(2)?);
    let known = Family::from_number(family).zip(Bits::from_number(bits));
    Ok(known.map(|(family, bits)| Partition {
        family,
        month,
        version,
        bits,
    }))
}

impl Store {
    /// Partitions of the months from `from` to `to`, first days, both included and both open when `None`; the oldest first.
    pub async fn partitions(
        &self,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Vec<Partition>, StoreFault> {
        let rows = sqlx::query(
            "SELECT family, month::text, version, bits FROM index_partition
             WHERE ($1::date IS NULL OR month >= $1::date) AND ($2::date IS NULL OR month <= $2::date) ORDER BY month, family",
        )
        .bind(from)
        .bind(to)
        .fetch_all(&self.pool)
        .await?;
        let partitions = rows.iter().map(partition);
        Ok(partitions
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    /// Rows of the index a month and family, the oldest first.
    pub async fn index_rows(
        &self,
        from: Option<&str>,
        before: Option<&str>,
    ) -> Result<Vec<(Family, String, i64)>, StoreFault> {
        let rows: Vec<(i16, String, i64)> = sqlx::query_as(
            "SELECT family, month::text, count(*) FROM observable_index
             WHERE ($1::date IS NULL OR month >= $1::date) AND ($2::date IS NULL OR month < $2::date)
             GROUP BY family, month ORDER BY month, family",
        )
        .bind(from)
        .bind(before)
        .fetch_all(&self.pool)
        .await?;
        let known = rows.into_iter().filter_map(|(family, month, rows)| {
            Family::from_number(family).map(|family| (family, month, rows))
        });
        Ok(known.collect())
    }

    /// Adds a partition unless another process did.
    pub async fn add_partition(
        &self,
        family: Family,
        month: &str,
        bits: Bits,
    ) -> Result<(), StoreFault> {
        sqlx::query("INSERT INTO index_partition (family, month, bits) VALUES ($1, $2::date, $3) ON CONFLICT DO NOTHING")
            .bind(family.number())
            .bind(month)
            .bind(bits.number())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The sealed values of a ticket's messages that have any, of the newest `most` messages.
    pub async fn values_of(&self, ticket: Uuid, most: i64) -> Result<Vec<Candidate>, StoreFault> {
        let rows = sqlx::query(
            "SELECT o.entry, o.case_id, wrapped, o.value
             FROM (SELECT id FROM entry WHERE ticket = $1 ORDER BY id DESC LIMIT $2) newest
             JOIN observable o ON o.entry = newest.id JOIN case_key ON case_key.id = o.case_id",
        )
        .bind(ticket)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(candidate).collect::<Result<_, _>>()?)
    }
}
