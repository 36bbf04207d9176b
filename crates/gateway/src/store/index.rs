//! A month's index made finer or coarser: all its rows get other cells in one transaction, so that whoever looks sees it as it was or
//! as it will be. Nobody files with this month meanwhile; mail that comes waits in the inbox.

use sqlx::{ConnectOptions, PgConnection};
use uuid::Uuid;
use vault::{Bits, Family, Mark};

use super::{Store, StoreFault};

/// A month in hand. What was not brought to its end has not happened.
pub struct IndexWork {
    connection: PgConnection,
    month: String,
}

/// A row of the index: message, family and mark.
pub type IndexRow = (Uuid, Family, Mark);

impl Store {
    /// Takes a month (its first day, `YYYY-MM-DD`) in hand, as soon as those are done who file with it now; who comes after them waits,
    /// and decides again.
    pub async fn index_work(&self, month: &str) -> Result<IndexWork, StoreFault> {
        let mut connection = self.pool.options().connect().await?;
        // Row by row: the planner would rather read all of the table for each batch.
        sqlx::raw_sql(
            "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off",
        )
        .execute(&mut connection)
        .await?;
        sqlx::query("UPDATE index_partition SET version = version + 1 WHERE month = $1::date")
            .bind(month)
            .execute(&mut connection)
            .await?;
        Ok(IndexWork {
            connection,
            month: month.to_owned(),
        })
    }
}

impl IndexWork {
    /// How many rows each family of the month has.
    pub async fn count(&mut self) -> Result<Vec<(Family, u64)>, StoreFault> {
        let rows: Vec<(i16, i64)> = sqlx::query_as(
            "SELECT family, count(*) FROM observable_index WHERE month = $1::date GROUP BY family",
        )
        .bind(&self.month)
        .fetch_all(&mut self.connection)
        .await?;
        let known = rows
            .into_iter()
            .filter_map(|(family, rows)| Family::from_number(family).zip(u64::try_from(rows).ok()));
        Ok(known.collect())
    }

    /// The rows of the month's next `most` messages after this one, and the last of these; `None` when there are no more.
    pub async fn rows(
        &mut self,
        after: Uuid,
        most: i64,
    ) -> Result<Option<(Uuid, Vec<IndexRow>)>, StoreFault> {
        // OFFSET 0 and no month in the inner part: whatever the planner thinks it knows of the rows (behind a restore, nothing),
        // it can only look up each message's own, and not read the month again for each.
        let rows: Vec<(Uuid, Option<i16>, Option<Uuid>)> = sqlx::query_as(
            "SELECT o.entry, family, mark
             FROM (SELECT entry FROM observable WHERE month = $1::date AND entry > $2 ORDER BY entry LIMIT $3) o
             LEFT JOIN LATERAL (SELECT family, mark FROM observable_index i WHERE i.entry = o.entry OFFSET 0) i ON true
             ORDER BY o.entry",
        )
        .bind(&self.month)
        .bind(after)
        .bind(most)
        .fetch_all(&mut self.connection)
        .await?;
        let Some((last, _, _)) = rows.last().copied() else {
            return Ok(None);
        };
        let known = rows.into_iter().filter_map(|(entry, family, mark)| {
            let family = Family::from_number(family?)?;
            Some((entry, family, mark?.into_bytes()))
        });
        Ok(Some((last, known.collect())))
    }

    /// Gives rows other cells: message, mark and cell.
    pub async fn set(&mut self, rows: &[(Uuid, Mark, i32)]) -> Result<(), StoreFault> {
        let entries: Vec<Uuid> = rows.iter().map(|(entry, _, _)| *entry).collect();
        let marks: Vec<Uuid> = rows
            .iter()
            .map(|(_, mark, _)| Uuid::from_bytes(*mark))
            .collect();
        let cells: Vec<i32> = rows.iter().map(|(_, _, cell)| *cell).collect();
        sqlx::query(
            "UPDATE observable_index i SET cell = n.cell FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS n (entry, mark, cell)
             WHERE i.entry = n.entry AND i.mark = n.mark AND i.cell <> n.cell",
        )
        .bind(entries)
        .bind(marks)
        .bind(cells)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// All rows are as these bits say: from now on they are searched so.
    pub async fn end(mut self, bits: &[(Family, Bits)]) -> Result<(), StoreFault> {
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
        .bind(&self.month)
        .execute(&mut self.connection)
        .await?;
        sqlx::raw_sql("COMMIT")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
