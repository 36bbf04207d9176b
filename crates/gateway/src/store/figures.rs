//! What charts show of tickets: what stands in clear.

use sqlx::Row;

use super::{Store, StoreFault};

/// Figures of a team's tickets.
#[derive(Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many came on each of the last thirty days, `YYYY-MM-DD`, those without any too; the oldest first.
    pub days: Vec<(String, i64)>,
    /// How many of those that are not closed came within the last four hours, day, three days, week, month, and before.
    pub ages: Vec<i64>,
    /// What triage took the messages of the last thirty days for, the most frequent first.
    pub kinds: Vec<(String, i64)>,
}

impl Store {
    /// Figures of a team's tickets; days are those of this zone.
    pub async fn figures(&self, team: &str, zone: &str) -> Result<Figures, StoreFault> {
        let row = sqlx::query(
            "WITH day AS (
                SELECT generate_series((now() AT TIME ZONE $2)::date - 29, (now() AT TIME ZONE $2)::date, '1 day')::date AS day
             ), came AS (
                SELECT (created_hour AT TIME ZONE $2)::date AS day, count(*) AS count FROM ticket
                WHERE team = $1 AND created_hour > now() - interval '31 days' GROUP BY 1
             ), open AS (
                SELECT width_bucket(extract(epoch FROM now() - created_hour)::float8,
                    ARRAY[14400, 86400, 259200, 604800, 2592000]::float8[]) AS age, count(*) AS count FROM ticket
                WHERE team = $1 AND state IN ('new', 'open', 'waiting') GROUP BY 1
             ), taken AS (
                SELECT kind, count(*) AS count FROM entry WHERE received_hour > now() - interval '30 days' GROUP BY 1
             )
             SELECT (SELECT array_agg(to_char(day, 'YYYY-MM-DD') ORDER BY day) FROM day),
                (SELECT array_agg(coalesce(count, 0) ORDER BY day) FROM day LEFT JOIN came USING (day)),
                (SELECT array_agg(coalesce(count, 0) ORDER BY age) FROM generate_series(0, 5) AS all_ages (age) LEFT JOIN open USING (age)),
                (SELECT coalesce(array_agg(kind ORDER BY count DESC, kind), '{}') FROM taken),
                (SELECT coalesce(array_agg(count ORDER BY count DESC, kind), '{}') FROM taken)",
        )
        .bind(team)
        .bind(zone)
        .fetch_one(&self.pool)
        .await?;
        let (days, came): (Vec<String>, Vec<i64>) = (row.try_get(0)?, row.try_get(1)?);
        let (kinds, counts): (Vec<String>, Vec<i64>) = (row.try_get(3)?, row.try_get(4)?);
        Ok(Figures {
            days: days.into_iter().zip(came).collect(),
            ages: row.try_get(2)?,
            kinds: kinds.into_iter().zip(counts).collect(),
        })
    }
}
