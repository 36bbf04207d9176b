//! What a search asks the database for.

use uuid::Uuid;
use vault::{Cells, Family};

use super::observables::{Candidate, Partition, candidate};
use super::{Store, StoreFault};

/// A run of cells to look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// Which values, and how fine their index was when the cells were chosen.
    pub partition: &'a Partition,
    /// Where they are.
    pub cells: Cells,
}

/// The rows in the asked cells of a family and month, in the same order: sixteen octets of each message's id, and its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Which values.
    pub family: Family,
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// Ids of messages.
    pub entries: Vec<u8>,
    /// Marks.
    pub marks: Vec<u8>,
}

/// The same as it comes, and whether the index is as fine as it was.
type Row = (i16, String, bool, Option<Vec<u8>>, Option<Vec<u8>>);

/// Which messages are wanted: those between.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    /// Older than this one.
    pub before: Option<Uuid>,
    /// Newer than this one.
    pub after: Option<Uuid>,
}

impl Store {
    /// Rows in any of these cells, by family and month. [`StoreFault::Conflict`] when the index of a month is not as fine any more as it
    /// was when the cells were chosen.
    pub async fn marks(
        &self,
        questions: &[Question<'_>],
        window: Window,
    ) -> Result<Vec<Sharing>, StoreFault> {
        let each = questions.iter().map(|one| one.partition);
        let families: Vec<i16> = each.clone().map(|one| one.family.number()).collect();
        let months: Vec<&str> = each.clone().map(|one| one.month.as_str()).collect();
        let versions: Vec<i32> = each.map(|one| one.version).collect();
        let low: Vec<i32> = questions.iter().map(|one| one.cells.low).collect();
        let high: Vec<i32> = questions.iter().map(|one| one.cells.high).collect();
        let rows: Vec<Row> = sqlx::query_as(
            // One value for all rows: a row of its own for each would cost more than all the rest. Run by run: the planner would rather
            // read all of a table than some thousands of its rows, also where that is slower.
            "SELECT w.family, w.month::text, bool_and(p.version IS NOT DISTINCT FROM w.version), string_agg(i.entries, ''), string_agg(i.marks, '')
             FROM unnest($1::smallint[], $2::date[], $3::integer[], $4::integer[], $5::integer[]) AS w (family, month, version, low, high)
             LEFT JOIN index_partition p ON p.family = w.family AND p.month = w.month
             CROSS JOIN LATERAL (
                SELECT string_agg(uuid_send(entry), '') AS entries, string_agg(uuid_send(mark), '') AS marks FROM observable_index
                WHERE family = w.family AND month = w.month AND cell BETWEEN w.low AND w.high
                    AND entry < coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                    AND entry > coalesce($7, '00000000-0000-0000-0000-000000000000')
             ) i
             GROUP BY w.family, w.month",
        )
        .bind(families)
        .bind(months)
        .bind(versions)
        .bind(low)
        .bind(high)
        .bind(window.before)
        .bind(window.after)
        .fetch_all(&self.pool)
        .await?;
        let mut sharing = Vec::with_capacity(rows.len());
        for (family, month, is_as_it_was, entries, marks) in rows {
            if !is_as_it_was {
                return Err(StoreFault::Conflict);
            }
            if let (Some(family), Some((entries, marks))) =
                (Family::from_number(family), entries.zip(marks))
            {
                sharing.push(Sharing {
                    family,
                    month,
                    entries,
                    marks,
                });
            }
        }
        Ok(sharing)
    }

    /// Spread marks of these families in the months from `from` to `to`, first days, both included and both open when `None`: all of a
    /// family and month one after the other.
    pub async fn spread(
        &self,
        families: &[Family],
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Vec<(Family, String, Vec<u8>)>, StoreFault> {
        let families: Vec<i16> = families.iter().map(|family| family.number()).collect();
        let rows: Vec<(i16, String, Vec<u8>)> = sqlx::query_as(
            "SELECT family, month::text, string_agg(uuid_send(mark), '') FROM index_spread
             WHERE family = ANY ($1) AND ($2::date IS NULL OR month >= $2::date) AND ($3::date IS NULL OR month <= $3::date)
             GROUP BY family, month",
        )
        .bind(families)
        .bind(from)
        .bind(to)
        .fetch_all(&self.pool)
        .await?;
        let known = rows.into_iter().filter_map(|(family, month, marks)| {
            Family::from_number(family).map(|family| (family, month, marks))
        });
        Ok(known.collect())
    }

    /// The sealed values of these messages, in no order; those that are gone are left out.
    pub async fn values(&self, entries: &[Uuid]) -> Result<Vec<Candidate>, StoreFault> {
        let rows = sqlx::query(
            // Row by row, as above.
            "SELECT wanted.entry, o.case_id, k.wrapped, o.value FROM unnest($1::uuid[]) AS wanted (entry)
             CROSS JOIN LATERAL (SELECT case_id, value FROM observable WHERE entry = wanted.entry OFFSET 0) o
             CROSS JOIN LATERAL (SELECT wrapped FROM case_key WHERE id = o.case_id OFFSET 0) k",
        )
        .bind(entries)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(candidate).collect::<Result<_, _>>()?)
    }

    /// Forgets the spread of months of which nothing is left. This month and the last are left alone: they are still written to.
    pub async fn forget_spread(&self) -> Result<(), StoreFault> {
        sqlx::query(
            "DELETE FROM index_spread WHERE month IN (
                SELECT month FROM (SELECT DISTINCT month FROM index_spread WHERE month < now() - interval '2 months') old
                WHERE NOT EXISTS (SELECT FROM observable WHERE observable.month = old.month)
             )",
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
