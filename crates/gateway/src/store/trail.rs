//! The audit trail across all chains, in the order of time.

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{AuditRow, Store, StoreFault};

/// Where a line stands: seconds since 1970, chain, number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailPlace {
    /// Seconds since 1970.
    pub at: i64,
    /// The chain.
    pub case: Uuid,
    /// The number in its chain.
    pub number: i32,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct TrailFilter {
    /// Those of the ticket of this number, which may have been erased.
    pub ticket: Option<i64>,
    /// Those of one of these; everybody's when empty.
    pub by: Vec<String>,
    /// Not before this second since 1970.
    pub since: Option<i64>,
    /// Before this second.
    pub until: Option<i64>,
    /// Those that follow this one, in the order that is asked for.
    pub after: Option<TrailPlace>,
    /// The newest first; else the oldest.
    pub newest: bool,
    /// At most so many.
    pub most: i64,
}

/// A line, and what tells whether it is the one that was written.
#[derive(Clone, Debug)]
pub struct TrailRow {
    /// The line.
    pub row: AuditRow,
    /// The number of its ticket, if the chain is that of one, erased ones included.
    pub serial: Option<i64>,
    /// The code of the line before; `None` for the first line, and when it is gone.
    pub before: Option<Vec<u8>>,
}

/// The lines that stand after a place in an order. Another team's tickets are nobody's business here.
macro_rules! trail {
    ($than:literal, $order:literal) => {
        concat!(
            "SELECT a.case_id, a.number, extract(epoch FROM a.at)::bigint, a.actor, a.action, a.detail, a.mac,
                coalesce((SELECT serial FROM ticket WHERE id = a.case_id),
                    (SELECT serial FROM shred_log WHERE case_id = a.case_id AND serial IS NOT NULL LIMIT 1)),
                (SELECT mac FROM audit p WHERE p.case_id = a.case_id AND p.number = a.number - 1)
             FROM (
                SELECT * FROM audit a WHERE NOT EXISTS (SELECT FROM ticket x WHERE x.id = a.case_id AND x.team <> $1)
    AND NOT EXISTS (SELECT FROM shred_log x WHERE x.case_id = a.case_id AND x.team <> $1)
    AND ($2::bigint IS NULL OR a.case_id IN (SELECT id FROM ticket WHERE team = $1 AND serial = $2
        UNION SELECT case_id FROM shred_log WHERE team = $1 AND serial = $2 AND case_id IS NOT NULL))
    AND (cardinality($3::text[]) = 0 OR a.actor = ANY ($3))
    AND ($4::bigint IS NULL OR a.at >= to_timestamp($4)) AND ($5::bigint IS NULL OR a.at < to_timestamp($5))
                    AND ($6::bigint IS NULL OR (a.at, a.case_id, a.number) ", $than, " (to_timestamp($6), $7, $8))
                ORDER BY a.at ", $order, ", a.case_id ", $order, ", a.number ", $order, " LIMIT $9
             ) a ORDER BY a.at ", $order, ", a.case_id ", $order, ", a.number ", $order
        )
    };
}

impl Store {
    /// Lines of all chains, in the order of time.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub async fn trail(
        &self,
        team: &str,
        filter: &TrailFilter,
    ) -> Result<Vec<TrailRow>, StoreFault> {
        let statement = match filter.newest {
            true => trail!("<", "DESC"),
            false => trail!(">", "ASC"),
        };
        let after = filter.after;
        let rows = sqlx::query(statement)
            .bind(team)
            .bind(filter.ticket)
            .bind(&filter.by)
            .bind(filter.since)
            .bind(filter.until)
            .bind(after.map(|after| after.at))
            .bind(after.map(|after| after.case))
            .bind(after.map(|after| after.number))
            .bind(filter.most)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().map(line).collect::<Result<_, _>>()?)
    }
}

fn line(row: &PgRow) -> Result<TrailRow, sqlx::Error> {
    Ok(TrailRow {
        row: AuditRow {
            case: row.try_get(0)?,
            number: row.try_get(1)?,
            at: row.try_get(2)?,
            actor: row.try_get(3)?,
            action: row.try_get(4)?,
            detail: row.try_get(5)?,
            mac: row.try_get(6)?,
        },
        serial: row.try_get(7)?,
        before: row.try_get(8)?,
    })
}
