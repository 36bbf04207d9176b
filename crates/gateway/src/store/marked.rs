//! Markings of tickets that analysts set: what stands is the last of a ticket's events about it.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::audit::BindLine;
use super::ticket::written;
use super::{EventLine, Store, StoreFault};

/// The last event about a ticket's marking.
pub struct MarkEvent {
    /// Of which ticket that was asked for.
    pub heir: Uuid,
    /// On which it was said: the same, or one that is merged into it.
    pub ticket: Uuid,
    /// The key of that one, wrapped.
    pub wrapped: WrappedKey,
    /// The id of the event.
    pub id: Uuid,
    /// The event, sealed.
    pub detail: Sealed,
}

impl Store {
    /// What was said of the marking of these tickets, and of those that are merged into them: the last event of each.
    pub async fn mark_events(&self, tickets: &[Uuid]) -> Result<Vec<MarkEvent>, StoreFault> {
        let rows = sqlx::query(
            "WITH asked AS (
                SELECT a.id AS heir, a.id AS ticket FROM unnest($1::uuid[]) AS a (id)
                UNION
                SELECT t.id, m.id FROM ticket t JOIN ticket m ON m.team = t.team AND m.merged_into = t.serial AND m.merged_into <> 0
                WHERE t.id = ANY ($1)
             )
             SELECT heir, asked.ticket, wrapped, e.id, detail FROM asked JOIN case_key ON case_key.id = asked.ticket
             CROSS JOIN LATERAL (
                SELECT id, detail FROM ticket_event WHERE ticket = asked.ticket AND action = 'marked' ORDER BY id DESC LIMIT 1
             ) e",
        )
        .bind(tickets)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(MarkEvent {
                    heir: row.try_get(0)?,
                    ticket: row.try_get(1)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(2)?),
                    id: row.try_get(3)?,
                    detail: Sealed::from_bytes(row.try_get(4)?),
                })
            })
            .collect()
    }

    /// Writes that a ticket is marked; with `can_be_undone` it is the change that can be taken back. [`StoreFault::Conflict`], and nothing
    /// is written, when the ticket was sealed anew or erased, or somebody else added a line.
    pub async fn mark(&self, event: &EventLine<'_>, can_be_undone: bool) -> Result<(), StoreFault> {
        let changed = sqlx::query_scalar(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $1 AND wrapped = $2 FOR SHARE
             ), was AS (
                SELECT t.* FROM ticket t JOIN key ON key.id = t.id FOR UPDATE OF t
             ), told AS (
                INSERT INTO ticket_event (id, ticket, action, detail) SELECT $3, id, $4, $5 FROM was
             ), changed AS (
                -- The time of a closed one says how long it is kept.
                UPDATE ticket t SET changed_hour = greatest(t.changed_hour, date_trunc('hour', $7::timestamptz, 'UTC'))
                FROM was WHERE t.id = was.id AND t.state NOT IN ('resolved', 'rejected')
             ), kept AS (
                INSERT INTO ticket_before (ticket, number, event, state, answer_due, tell_at, told, owner, owner_since)
                SELECT was.id, $6, $3, state, answer_due, tell_at, told, owner, owner_since FROM was WHERE $13
                ON CONFLICT (ticket) DO UPDATE SET number = excluded.number, event = excluded.event, state = excluded.state,
                    answer_due = excluded.answer_due, tell_at = excluded.tell_at, told = excluded.told, owner = excluded.owner,
                    owner_since = excluded.owner_since, merged = false
             ), gone AS (
                DELETE FROM ticket_before USING was WHERE ticket = was.id AND NOT $13
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
                SELECT id, $6, $7::timestamptz, $8, $9, $10, $11 FROM was
             ), headed AS (
                INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $6, $11, $12 FROM was
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             )
             SELECT count(*) FROM was",
        )
        .bind(event.ticket)
        .bind(event.key.as_bytes())
        .bind(event.event.id)
        .bind(&event.event.action)
        .bind(event.event.detail.as_bytes())
        .line(&event.audit)
        .bind(can_be_undone);
        written(changed.fetch_one(&self.pool).await?)
    }
}
