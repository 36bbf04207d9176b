//! A month's index made anew, beside the one in use: rows are added a batch at a time, the new one is taken into use in one step,
//! and then the old rows go, again a batch at a time. Rows that are too many cost a search time, and nothing else. What was broken off
//! is gone on with.

use sqlx::{ConnectOptions, PgConnection};
use uuid::Uuid;
use vault::{Bits, Family};

use super::observables::{Candidate, candidate};
use super::{Store, StoreFault};

/// Rows deleted by one statement.
const BATCH: i64 = 20_000;

/// A month in hand; nobody else makes its index anew until this is dropped.
pub struct IndexWork {
    connection: PgConnection,
    month: String,
}

/// What was broken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenOff {
    /// How fine the new index is.
    pub bits: Vec<(Family, Bits)>,
    /// Whether it is in use, and only old rows are left to go.
    pub in_use: bool,
    /// What the keys made of something known.
    pub probe: Vec<i32>,
}

/// Message, family and cell.
pub type IndexRow = (Uuid, Family, i32);

impl Store {
    /// Takes a month (its first day, `YYYY-MM-DD`) in hand; `None` when somebody else has it.
    pub async fn index_work(&self, month: &str) -> Result<Option<IndexWork>, StoreFault> {
        let mut connection = self.pool.options().connect().await?;
        let taken: bool = sqlx::query_scalar(
            "SELECT pg_try_advisory_lock(hashtext('pillarbox index'), $1::date - '2000-01-01'::date)",
        )
        .bind(month)
        .fetch_one(&mut connection)
        .await?;
        Ok(taken.then(|| IndexWork {
            connection,
            month: month.to_owned(),
        }))
    }

    /// Months whose index is being made anew: it has rows that are too many.
    pub async fn months_in_work(&self) -> Result<Vec<String>, StoreFault> {
        let months = "SELECT DISTINCT month::text FROM index_rebuild ORDER BY 1";
        Ok(sqlx::query_scalar(months).fetch_all(&self.pool).await?)
    }
}

impl IndexWork {
    /// What was broken off, if anything was.
    pub async fn broken_off(&mut self) -> Result<Option<BrokenOff>, StoreFault> {
        let rows: Vec<(i16, i32, bool, Vec<i32>)> = sqlx::query_as(
            "SELECT family, bits, in_use, probe FROM index_rebuild WHERE month = $1::date ORDER BY family",
        )
        .bind(&self.month)
        .fetch_all(&mut self.connection)
        .await?;
        let Some((_, _, in_use, probe)) = rows.first().cloned() else {
            return Ok(None);
        };
        let bits = rows.into_iter().filter_map(|(family, bits, _, _)| {
            Family::from_number(family).zip(Bits::from_number(bits))
        });
        Ok(Some(BrokenOff {
            bits: bits.collect(),
            in_use,
            probe,
        }))
    }

    /// Begins, and forgets what was broken off.
    pub async fn begin(
        &mut self,
        bits: &[(Family, Bits)],
        probe: &[i32],
    ) -> Result<(), StoreFault> {
        self.end().await?;
        loop {
            let gone = sqlx::query(
                "DELETE FROM index_added WHERE entry IN (SELECT entry FROM index_added WHERE month = $1::date LIMIT $2)",
            )
            .bind(&self.month)
            .bind(BATCH)
            .execute(&mut self.connection)
            .await?;
            if gone.rows_affected() == 0 {
                break;
            }
        }
        let (families, numbers) = columns(bits);
        sqlx::query(
            "INSERT INTO index_rebuild (month, family, bits, probe)
             SELECT $1::date, family, bits, $4 FROM unnest($2::smallint[], $3::integer[]) AS n (family, bits)",
        )
        .bind(&self.month)
        .bind(families)
        .bind(numbers)
        .bind(probe)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// The last message in order that has its new rows; nil when none has.
    pub async fn last_added(&mut self) -> Result<Uuid, StoreFault> {
        let last: Option<Uuid> = sqlx::query_scalar(
            "SELECT entry FROM index_added WHERE month = $1::date ORDER BY entry DESC LIMIT 1",
        )
        .bind(&self.month)
        .fetch_optional(&mut self.connection)
        .await?;
        Ok(last.unwrap_or_default())
    }

    /// The values of the month's messages after this one, in order; with `missing`, of those that have no new rows yet.
    pub async fn values(
        &mut self,
        after: Uuid,
        missing: bool,
        most: i64,
    ) -> Result<Vec<Candidate>, StoreFault> {
        let rows = sqlx::query(
            "SELECT o.entry, o.case_id, wrapped, o.value, o.month::text FROM observable o JOIN case_key ON case_key.id = o.case_id
             WHERE month = $1::date AND o.entry > $2
                AND (NOT $3 OR NOT EXISTS (SELECT FROM index_added a WHERE a.entry = o.entry))
             ORDER BY o.entry LIMIT $4",
        )
        .bind(&self.month)
        .bind(after)
        .bind(missing)
        .bind(most)
        .fetch_all(&mut self.connection)
        .await?;
        Ok(rows.iter().map(candidate).collect::<Result<_, _>>()?)
    }

    /// Values of messages that have rows of both, in order.
    pub async fn added(&mut self, most: i64) -> Result<Vec<Candidate>, StoreFault> {
        let rows = sqlx::query(
            "SELECT o.entry, o.case_id, wrapped, o.value, o.month::text
             FROM (SELECT entry FROM index_added WHERE month = $1::date ORDER BY entry LIMIT $2) a
             JOIN observable o ON o.entry = a.entry JOIN case_key ON case_key.id = o.case_id ORDER BY o.entry",
        )
        .bind(&self.month)
        .bind(most)
        .fetch_all(&mut self.connection)
        .await?;
        Ok(rows.iter().map(candidate).collect::<Result<_, _>>()?)
    }

    /// Adds the new rows of these messages; those that are gone are left out. [`StoreFault::Conflict`] when one is erased at the same
    /// moment.
    pub async fn add(&mut self, entries: &[Uuid], rows: &[IndexRow]) -> Result<(), StoreFault> {
        let (of, families, cells) = row_columns(rows);
        let added = sqlx::query(
            "WITH there AS (
                SELECT entry FROM observable WHERE entry = ANY ($2)
             ), marked AS (
                INSERT INTO index_added (entry, month) SELECT entry, $1::date FROM there ON CONFLICT DO NOTHING
             )
             INSERT INTO observable_index (entry, family, month, cell)
             SELECT n.entry, family, $1::date, cell
             FROM unnest($3::uuid[], $4::smallint[], $5::integer[]) AS n (entry, family, cell) JOIN there ON there.entry = n.entry
             ON CONFLICT DO NOTHING",
        )
        .bind(&self.month)
        .bind(entries)
        .bind(of)
        .bind(families)
        .bind(cells)
        .execute(&mut self.connection)
        .await;
        added.map(drop).map_err(|error| {
            let refused = error.as_database_error();
            match refused.is_some_and(|refused| refused.is_foreign_key_violation()) {
                true => StoreFault::Conflict,
                false => error.into(),
            }
        })
    }

    /// From here to [`IndexWork::take_into_use`] nobody adds to the month, and who read its partitions decides again.
    pub async fn close(&mut self) -> Result<(), StoreFault> {
        sqlx::raw_sql("BEGIN; LOCK TABLE index_partition IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut self.connection)
            .await?;
        sqlx::query("UPDATE index_partition SET version = version + 1 WHERE month = $1::date")
            .bind(&self.month)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Every message has its new rows: now these are searched.
    pub async fn take_into_use(&mut self, bits: &[(Family, Bits)]) -> Result<(), StoreFault> {
        let (families, numbers) = columns(bits);
        sqlx::query(
            "INSERT INTO index_partition AS p (family, month, bits) SELECT family, $3::date, bits
             FROM unnest($1::smallint[], $2::integer[]) AS n (family, bits)
             ON CONFLICT (family, month) DO UPDATE SET bits = excluded.bits",
        )
        .bind(families)
        .bind(numbers)
        .bind(&self.month)
        .execute(&mut self.connection)
        .await?;
        sqlx::query("UPDATE index_rebuild SET in_use = true WHERE month = $1::date")
            .bind(&self.month)
            .execute(&mut self.connection)
            .await?;
        sqlx::raw_sql("COMMIT")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Removes all rows of these messages but those that are wanted.
    pub async fn remove_old(
        &mut self,
        entries: &[Uuid],
        wanted: &[IndexRow],
    ) -> Result<(), StoreFault> {
        let (of, families, cells) = row_columns(wanted);
        sqlx::query(
            "WITH wanted AS MATERIALIZED (
                SELECT * FROM unnest($2::uuid[], $3::smallint[], $4::integer[]) AS w (entry, family, cell)
             ), old AS (
                DELETE FROM observable_index i WHERE i.entry = ANY ($1) AND NOT EXISTS (
                    SELECT FROM wanted w WHERE w.entry = i.entry AND w.family = i.family AND w.cell = i.cell)
             )
             DELETE FROM index_added WHERE entry = ANY ($1)",
        )
        .bind(entries)
        .bind(of)
        .bind(families)
        .bind(cells)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// No old row is left.
    pub async fn end(&mut self) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM index_rebuild WHERE month = $1::date")
            .bind(&self.month)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

fn columns(bits: &[(Family, Bits)]) -> (Vec<i16>, Vec<i32>) {
    let bits = bits.iter();
    bits.map(|(family, bits)| (family.number(), bits.number()))
        .unzip()
}

fn row_columns(rows: &[IndexRow]) -> (Vec<Uuid>, Vec<i16>, Vec<i32>) {
    let (mut entries, mut families, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, family, cell) in rows {
        entries.push(*entry);
        families.push(family.number());
        cells.push(*cell);
    }
    (entries, families, cells)
}
