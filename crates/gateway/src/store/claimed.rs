//! That a ticket belongs to the one that its first message names is refused, or stands again.

use super::audit::BindLine;
use super::{EventLine, Store, StoreFault};

impl Store {
    /// Refuses it, or takes that back. [`StoreFault::Conflict`], and nothing is written, when it is so already, the ticket was merged,
    /// sealed anew or erased, or somebody else added a line.
    pub async fn refuse_claim(
        &self,
        event: &EventLine<'_>,
        is_refused: bool,
    ) -> Result<(), StoreFault> {
        let changed: i64 = sqlx::query_scalar(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $1 AND wrapped = $2 FOR SHARE
             ), changed AS (
                -- The time of a closed one says how long it is kept.
                UPDATE ticket t SET claim_refused = $13, changed_hour = CASE WHEN state IN ('resolved', 'rejected') THEN changed_hour
                    ELSE greatest(changed_hour, date_trunc('hour', $7::timestamptz, 'UTC')) END
                FROM key WHERE t.id = key.id AND claim_refused <> $13 AND claims <> 0 AND merged_into = 0 RETURNING t.id
             ), told AS (
                INSERT INTO ticket_event (id, ticket, action, detail) SELECT $3, id, $4, $5 FROM changed
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
                SELECT id, $6, $7::timestamptz, $8, $9, $10, $11 FROM changed
             ), headed AS (
                INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $6, $11, $12 FROM changed
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             )
             SELECT count(*) FROM changed",
        )
        .bind(event.ticket)
        .bind(event.key.as_bytes())
        .bind(event.event.id)
        .bind(&event.event.action)
        .bind(event.event.detail.as_bytes())
        .line(&event.audit)
        .bind(is_refused)
        .fetch_one(&self.pool)
        .await?;
        super::ticket::written(changed)
    }
}
