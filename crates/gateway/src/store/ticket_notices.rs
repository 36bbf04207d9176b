//! What the webhook is to be told of tickets. Triggers (migration 0043) write it down, in the transaction that makes the change.

use std::time::Duration;

use sqlx::Row;
use uuid::Uuid;

use super::inbox::interval;
use super::{Store, StoreFault};

/// Something that happened on a ticket, held until the lease ends.
pub struct TicketNotice {
    /// Its id.
    pub id: Uuid,
    /// The ticket's number.
    pub serial: i64,
    /// `ticket_new`, `ticket_message` or `ticket_changed`.
    pub event: String,
    /// Of `state`, `owner`, `merged` and `marking`; empty but for `ticket_changed`.
    pub changed: Vec<String>,
    /// The state that the ticket had then.
    pub state: String,
    /// Attempts before this one.
    pub attempts: i32,
    /// Seconds since it happened.
    pub age: f64,
    /// When it happened, RFC 3339, UTC.
    pub at: String,
}

impl Store {
    /// From now on these events are written down, and no others; what waits of others goes.
    pub async fn want_ticket_notices(&self, team: &str, events: &[&str]) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH wanted AS (
                INSERT INTO ticket_hook (team, events) SELECT $1, $2 WHERE $2 <> '{}'
                ON CONFLICT (team) DO UPDATE SET events = excluded.events
             ), unwanted AS (
                DELETE FROM ticket_hook WHERE team = $1 AND $2 = '{}'
             )
             DELETE FROM ticket_notice WHERE team = $1 AND event <> ALL ($2)",
        )
        .bind(team)
        .bind(events)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Claims what the webhook is to be told of tickets, for `lease`: of each ticket only what happened first.
    pub async fn due_ticket_notices(
        &self,
        team: &str,
        most: i64,
        lease: Duration,
    ) -> Result<Vec<TicketNotice>, StoreFault> {
        let rows = sqlx::query(
            "WITH due AS (
                SELECT id FROM ticket_notice n WHERE team = $1 AND due_at <= now()
                    AND NOT EXISTS (SELECT FROM ticket_notice e WHERE e.ticket = n.ticket AND (e.number, e.id) < (n.number, n.id))
                ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
             )
             UPDATE ticket_notice n SET due_at = now() + $3, attempts = n.attempts + 1 FROM due WHERE n.id = due.id
             RETURNING n.id, n.serial, n.event, n.changed, n.state, n.attempts - 1,
                extract(epoch FROM now() - n.created_at)::float8,
                to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        )
        .bind(team)
        .bind(most)
        .bind(interval(lease))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TicketNotice {
                    id: row.try_get(0)?,
                    serial: row.try_get(1)?,
                    event: row.try_get(2)?,
                    changed: row.try_get(3)?,
                    state: row.try_get(4)?,
                    attempts: row.try_get(5)?,
                    age: row.try_get(6)?,
                    at: row.try_get(7)?,
                })
            })
            .collect()
    }
}
