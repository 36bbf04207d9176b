//! Something is said of a message's values: the event, its line of the audit trail, and the values by which the message is found, in one
//! transaction.

use sqlx::postgres::PgConnection;
use uuid::Uuid;
use vault::Sealed;

use super::observables::NewObservables;
use super::ticket::{add_event, written};
use super::{EventLine, Store, StoreFault};

/// The searchable values of a message, written anew.
pub struct Rewritten<'a> {
    /// The message, whose case is the ticket's.
    pub entry: Uuid,
    /// Its values from now on, in the month in which they are indexed already, if they are.
    pub values: &'a NewObservables,
    /// What lists show of it, as it was read and as it is from now on; `None` leaves it.
    pub summary: Option<(&'a Sealed, &'a Sealed)>,
}

impl Store {
    /// The searchable values of a message, with the first day of the month in which they are indexed; `None` when it has none.
    pub async fn observable(&self, entry: Uuid) -> Result<Option<(String, Sealed)>, StoreFault> {
        let row: Option<(String, Vec<u8>)> =
            sqlx::query_as("SELECT month::text, value FROM observable WHERE entry = $1")
                .bind(entry)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(month, value)| (month, Sealed::from_bytes(value))))
    }

    /// Adds what was said to a ticket's history, and writes the message's values anew. [`StoreFault::Conflict`], and nothing is written,
    /// when the ticket was sealed anew or erased, somebody else added a line, the message left the ticket, or its month was indexed anew.
    pub async fn correct(
        &self,
        event: &EventLine<'_>,
        rewritten: &Rewritten<'_>,
    ) -> Result<(), StoreFault> {
        let mut connection = self.connect().await?;
        sqlx::raw_sql("BEGIN").execute(&mut connection).await?;
        written(add_event(event).fetch_one(&mut connection).await?)?;
        let is_here = replace(&mut connection, event.ticket, rewritten).await?;
        written(is_here)?;
        if let Some((before, after)) = rewritten.summary {
            let listed = sqlx::query(
                "UPDATE entry SET summary = $4 WHERE id = $1 AND ticket = $2 AND case_id = $2 AND summary = $3",
            );
            let listed = listed.bind(rewritten.entry).bind(event.ticket);
            let listed = listed.bind(before.as_bytes()).bind(after.as_bytes());
            if listed.execute(&mut connection).await?.rows_affected() != 1 {
                return Err(StoreFault::Conflict);
            }
        }
        sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
        Ok(())
    }
}

/// Returns how many messages were written: one, or none.
async fn replace(
    connection: &mut PgConnection,
    ticket: Uuid,
    rewritten: &Rewritten<'_>,
) -> Result<i64, StoreFault> {
    let values = rewritten.values;
    let families: Vec<i16> = values.index.iter().map(|row| row.family.number()).collect();
    let versions: Vec<i32> = values.index.iter().map(|row| row.version).collect();
    let cells: Vec<i32> = values.index.iter().map(|row| row.cell).collect();
    let marks = values.index.iter().map(|row| Uuid::from_bytes(row.mark));
    let marks: Vec<Uuid> = marks.collect();
    let spread = values.spread.iter();
    let (spread_families, spread): (Vec<i16>, Vec<Uuid>) = spread
        .map(|row| (row.family.number(), Uuid::from_bytes(row.mark)))
        .unzip();
    sqlx::query("DELETE FROM observable_index WHERE entry = $1")
        .bind(rewritten.entry)
        .execute(&mut *connection)
        .await?;
    let count = sqlx::query_scalar(REPLACE)
        .bind(rewritten.entry)
        .bind(ticket)
        .bind(values.month.as_str())
        .bind(values.value.as_bytes())
        .bind(families)
        .bind(versions)
        .bind(cells)
        .bind(marks)
        .bind(spread_families)
        .bind(spread)
        .fetch_one(&mut *connection)
        .await?;
    Ok(count)
}

const REPLACE: &str = "
WITH partitions AS (
    SELECT p.family FROM index_partition p JOIN (SELECT DISTINCT * FROM unnest($5::smallint[], $6::integer[]) AS w (family, version)) w
    ON w.family = p.family AND w.version = p.version WHERE p.month = $3::date FOR SHARE OF p
), mine AS (
    SELECT id FROM entry WHERE id = $1 AND ticket = $2 AND case_id = $2
        AND (SELECT count(*) FROM partitions) = (SELECT count(DISTINCT family) FROM unnest($5::smallint[]) AS w (family))
), kept AS (
    INSERT INTO observable AS known (case_id, entry, month, value) SELECT $2, id, $3::date, $4 FROM mine
    ON CONFLICT (entry) DO UPDATE SET value = excluded.value WHERE known.month = excluded.month RETURNING entry
), index_rows AS (
    INSERT INTO observable_index (entry, family, month, cell, mark)
    SELECT entry, family, $3::date, cell, mark FROM kept, unnest($5::smallint[], $7::integer[], $8::uuid[]) AS i (family, cell, mark)
), spread AS (
    INSERT INTO index_spread (family, month, mark)
    SELECT family, $3::date, mark FROM kept, unnest($9::smallint[], $10::uuid[]) AS s (family, mark) ON CONFLICT DO NOTHING
)
SELECT count(*) FROM kept";
