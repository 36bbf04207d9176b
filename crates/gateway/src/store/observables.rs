//! Searchable values: sealed lists, their index, and how fine the index of each month is.

use sqlx::postgres::PgRow;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use uuid::Uuid;
use vault::{Bits, Family, Sealed, WrappedKey};

use super::{Store, StoreFault};

/// The searchable values of one message.
pub struct NewObservables {
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// The values, sealed.
    pub value: Sealed,
    /// Where each is found.
    pub index: Vec<NewIndex>,
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

/// The sealed values of a message, of which one shares a cell with what was asked for.
pub struct Candidate {
    /// The message.
    pub entry: Uuid,
    /// Its case.
    pub case: Uuid,
    /// The case's key, wrapped.
    pub wrapped: WrappedKey,
    /// The values.
    pub value: Sealed,
    /// First day of the month with which they are indexed, `YYYY-MM-DD`.
    pub month: String,
}

pub(super) fn candidate(row: &PgRow) -> Result<Candidate, sqlx::Error> {
    Ok(Candidate {
        entry: row.try_get(0)?,
        case: row.try_get(1)?,
        wrapped: WrappedKey::from_bytes(row.try_get(2)?),
        value: Sealed::from_bytes(row.try_get(3)?),
        month: row.try_get(4)?,
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

/// What is indexed anew: a month with its values, to be given back as rows of the index.
pub type Rebuild<'a, E> = &'a mut (dyn FnMut(Vec<Candidate>) -> Result<Rebuilt, E> + Send);

/// A month's new index: the bits of each family, and message, family and cell of each row.
pub type Rebuilt = (Vec<(Family, Bits)>, Vec<(Uuid, Family, i32)>);

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

    /// Indexes a month anew: `rebuild` is given all its values and returns the new index. Nobody adds to the month meanwhile, and
    /// who read the old partitions decides again.
    pub async fn rebuild_index<E: From<StoreFault>>(
        &self,
        month: &str,
        rebuild: Rebuild<'_, E>,
    ) -> Result<usize, E> {
        let fault = |error: sqlx::Error| E::from(StoreFault::from(error));
        let mut connection = self.pool.options().connect().await.map_err(fault)?;
        let mut transaction = connection.begin().await.map_err(fault)?;
        sqlx::query("UPDATE index_partition SET version = version + 1 WHERE month = $1::date")
            .bind(month)
            .execute(&mut *transaction)
            .await
            .map_err(fault)?;
        let rows = sqlx::query(
            "SELECT o.entry, o.case_id, wrapped, o.value, o.month::text FROM observable o JOIN case_key ON case_key.id = o.case_id
             WHERE month = $1::date",
        )
        .bind(month)
        .fetch_all(&mut *transaction)
        .await
        .map_err(fault)?;
        let values = rows.iter().map(candidate).collect::<Result<_, _>>();
        let (bits, index) = rebuild(values.map_err(fault)?)?;
        let count = index.len();
        replace(&mut transaction, month, &bits, index)
            .await
            .map_err(fault)?;
        transaction.commit().await.map_err(fault)?;
        Ok(count)
    }
}

async fn replace(
    connection: &mut PgConnection,
    month: &str,
    bits: &[(Family, Bits)],
    index: Vec<(Uuid, Family, i32)>,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM observable_index WHERE month = $1::date")
        .bind(month)
        .execute(&mut *connection)
        .await?;
    let (mut entries, mut families, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, family, cell) in index {
        entries.push(entry);
        families.push(family.number());
        cells.push(cell);
    }
    sqlx::query(
        "INSERT INTO observable_index (entry, family, month, cell)
         SELECT entry, family, $4::date, cell FROM unnest($1::uuid[], $2::smallint[], $3::integer[]) AS n (entry, family, cell)
         ON CONFLICT DO NOTHING",
    )
    .bind(entries)
    .bind(families)
    .bind(cells)
    .bind(month)
    .execute(&mut *connection)
    .await?;
    let (families, numbers): (Vec<i16>, Vec<i32>) = bits
        .iter()
        .map(|(family, bits)| (family.number(), bits.number()))
        .unzip();
    sqlx::query(
        "INSERT INTO index_partition AS p (family, month, bits) SELECT family, $3::date, bits
         FROM unnest($1::smallint[], $2::integer[]) AS n (family, bits)
         ON CONFLICT (family, month) DO UPDATE SET bits = excluded.bits",
    )
    .bind(families)
    .bind(numbers)
    .bind(month)
    .execute(connection)
    .await?;
    Ok(())
}
