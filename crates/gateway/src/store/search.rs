//! What a search asks the database for.

use uuid::Uuid;
use vault::{Cells, Family};

use super::observables::{Candidate, candidate};
use super::{Store, StoreFault};

/// A run of cells to look into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// Which values.
    pub family: Family,
    /// Where they are.
    pub cells: Cells,
}

/// Which of the messages that were found are wanted: the newest of those between.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Older than this one.
    pub before: Option<Uuid>,
    /// Newer than this one.
    pub after: Option<Uuid>,
    /// So many at most.
    pub most: usize,
}

impl Store {
    /// Messages with a value in any of these cells, each once, the newest first; false hits included.
    pub async fn candidates(
        &self,
        questions: &[Question],
        window: Window,
    ) -> Result<Vec<Candidate>, StoreFault> {
        let each = questions.iter();
        let families: Vec<i16> = each.clone().map(|one| one.family.number()).collect();
        let months: Vec<&str> = each.clone().map(|one| one.month.as_str()).collect();
        let low: Vec<i32> = each.clone().map(|one| one.cells.low).collect();
        let high: Vec<i32> = each.map(|one| one.cells.high).collect();
        let rows = sqlx::query(
            // Row by row: the planner would rather read all of a table than some thousands of its rows, also where that is slower.
            "SELECT found.entry, o.case_id, k.wrapped, o.value, o.month::text
             FROM (
                SELECT DISTINCT i.entry FROM unnest($1::smallint[], $2::date[], $3::integer[], $4::integer[]) AS w (family, month, low, high)
                JOIN observable_index i ON i.family = w.family AND i.month = w.month AND i.cell BETWEEN w.low AND w.high
                WHERE i.entry < coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND i.entry > coalesce($6, '00000000-0000-0000-0000-000000000000')
                ORDER BY i.entry DESC LIMIT $7
             ) found
             CROSS JOIN LATERAL (SELECT case_id, value, month FROM observable WHERE entry = found.entry OFFSET 0) o
             CROSS JOIN LATERAL (SELECT wrapped FROM case_key WHERE id = o.case_id OFFSET 0) k
             ORDER BY found.entry DESC",
        )
        .bind(families)
        .bind(months)
        .bind(low)
        .bind(high)
        .bind(window.before)
        .bind(window.after)
        .bind(i64::try_from(window.most).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(candidate).collect::<Result<_, _>>()?)
    }
}
