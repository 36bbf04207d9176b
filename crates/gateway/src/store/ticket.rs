//! Tickets change their state.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::{PgArguments, PgConnection, Postgres};
use sqlx::query::QueryScalar;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::audit::BindLine;
use super::{AuditLine, Store, StoreFault};

/// A change of a ticket's state.
pub struct TicketChange<'a> {
    /// Which ticket.
    pub ticket: Uuid,
    /// Its state as it was read.
    pub from: &'a str,
    /// Its state from now on.
    pub state: &'a str,
    /// When, to the hour.
    pub changed_hour: Timestamp,
    /// Until when somebody is to answer from now on, in full hours; `None`: no clock runs.
    pub answer_due: Option<Timestamp>,
    /// The ticket's key as it was read: the event is sealed under it.
    pub key: &'a WrappedKey,
    /// What was done.
    pub event: &'a StoredTicketEvent,
    /// The line of the audit trail that names state and event.
    pub audit: AuditLine<'a>,
}

/// Something that was done with a ticket.
pub struct StoredTicketEvent {
    /// Its id, a time-ordered one.
    pub id: Uuid,
    /// `closed`, `reopened`, `changed`, `noted`, `linked`, `unlinked`, `retried`, `corrected`, `undone`, ….
    pub action: String,
    /// By whom, when and why, sealed.
    pub detail: Sealed,
}

/// Something that was done with a ticket, with its line of the audit trail.
pub struct EventLine<'a> {
    /// Which ticket.
    pub ticket: Uuid,
    /// Its key as it was read: the event is sealed under it.
    pub key: &'a WrappedKey,
    /// What was done.
    pub event: &'a StoredTicketEvent,
    /// The line that names the event.
    pub audit: AuditLine<'a>,
}

/// A change of links between tickets that has begun. Dropped, it is undone.
pub struct LinkWork {
    connection: PgConnection,
}

impl Store {
    /// Changes a ticket's state, in one statement with the event and the line of the audit trail. [`StoreFault::Conflict`], and
    /// nothing written, when it is in another state by now, was sealed anew or erased, or somebody else added a line: read it again.
    pub async fn change_ticket(&self, change: &TicketChange<'_>) -> Result<(), StoreFault> {
        let audit = &change.audit;
        let changed: i64 = sqlx::query_scalar(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $1 AND wrapped = $2 FOR SHARE
             ), was AS (
                SELECT t.* FROM ticket t JOIN key ON key.id = t.id WHERE state = $5 FOR UPDATE OF t
             ), changed AS (
                UPDATE ticket SET state = $3, changed_hour = $4::timestamptz,
                    answer_due = CASE WHEN $3 IN ('resolved', 'rejected') THEN was.answer_due ELSE $16::timestamptz END,
                    tell_at = $16::timestamptz, told = 0 FROM was WHERE ticket.id = was.id RETURNING ticket.id
             ), kept AS (
                INSERT INTO ticket_before (ticket, number, event, state, answer_due, tell_at, told, owner, owner_since)
                SELECT was.id, $9, $6, state, answer_due, tell_at, told, owner, owner_since FROM was
                ON CONFLICT (ticket) DO UPDATE SET number = excluded.number, event = excluded.event, state = excluded.state,
                    answer_due = excluded.answer_due, tell_at = excluded.tell_at, told = excluded.told, owner = excluded.owner,
                    owner_since = excluded.owner_since, merged = false
             ), withdrawn AS (
                UPDATE awaited SET ended = 'withdrawn', withdrawn_by = $6 FROM changed JOIN merged() ON heir = changed.id
                WHERE awaited.ticket = merged.ticket AND ended = ''
             ), told AS (
                INSERT INTO ticket_event (id, ticket, action, detail) SELECT $6, id, $7, $8 FROM changed
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
                SELECT id, $9, $10::timestamptz, $11, $12, $13, $14 FROM changed
             ), headed AS (
                INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $9, $14, $15 FROM changed
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             )
             SELECT count(*) FROM changed",
        )
        .bind(change.ticket)
        .bind(change.key.as_bytes())
        .bind(change.state)
        .bind(change.changed_hour.to_string())
        .bind(change.from)
        .bind(change.event.id)
        .bind(&change.event.action)
        .bind(change.event.detail.as_bytes())
        .line(audit)
        .bind(change.answer_due.map(|due| due.to_string()))
        .fetch_one(&self.pool)
        .await?;
        match changed {
            0 => Err(StoreFault::Conflict),
            _ => Ok(()),
        }
    }

    /// Gives a ticket from one analyst, or nobody, to another, or nobody: empty names. [`StoreFault::Conflict`], and nothing is
    /// written, when somebody else has it by now, it is closed, or somebody else added a line.
    pub async fn hand_over(
        &self,
        ticket: Uuid,
        (from, to): (&str, &str),
        audit: &AuditLine<'_>,
    ) -> Result<(), StoreFault> {
        let changed: i64 = sqlx::query_scalar(
            "WITH was AS (
                SELECT * FROM ticket WHERE id = $1 AND owner = $2 AND state NOT IN ('resolved', 'rejected') FOR UPDATE
             ), changed AS (
                UPDATE ticket SET owner = $3, owner_since = CASE WHEN $3 <> '' THEN $5::timestamptz END,
                    changed_hour = greatest(was.changed_hour, date_trunc('hour', $5::timestamptz, 'UTC'))
                FROM was WHERE ticket.id = was.id RETURNING ticket.id
             ), kept AS (
                INSERT INTO ticket_before (ticket, number, state, answer_due, tell_at, told, owner, owner_since)
                SELECT id, $4, state, answer_due, tell_at, told, owner, owner_since FROM was
                ON CONFLICT (ticket) DO UPDATE SET number = excluded.number, event = NULL, state = excluded.state,
                    answer_due = excluded.answer_due, tell_at = excluded.tell_at, told = excluded.told, owner = excluded.owner,
                    owner_since = excluded.owner_since, merged = false
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
                SELECT id, $4, $5::timestamptz, $6, $7, $8, $9 FROM changed
             ), headed AS (
                INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $4, $9, $10 FROM changed
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             )
             SELECT count(*) FROM changed",
        )
        .bind(ticket)
        .bind(from)
        .bind(to)
        .line(audit)
        .fetch_one(&self.pool)
        .await?;
        match changed {
            0 => Err(StoreFault::Conflict),
            _ => Ok(()),
        }
    }

    /// Adds something that was done with a ticket and leaves it as it is otherwise. [`StoreFault::Conflict`], and nothing is
    /// written, when the ticket was sealed anew or erased, or somebody else added a line.
    pub async fn add_ticket_event(&self, event: &EventLine<'_>) -> Result<(), StoreFault> {
        written(add_event(event).fetch_one(&self.pool).await?)
    }

    /// Waits until nobody else changes links between tickets, and keeps them from it. Until it is written everything is read through
    /// the pool, and there is one such work at a time: so no two links that are each fine make a circle together.
    pub async fn hold_links(&self) -> Result<LinkWork, StoreFault> {
        let mut connection = self.connect().await?;
        sqlx::raw_sql("BEGIN").execute(&mut connection).await?;
        sqlx::query("SELECT pg_advisory_xact_lock(hashtext('pillarbox links'))")
            .execute(&mut connection)
            .await?;
        Ok(LinkWork { connection })
    }

    /// What was done with a ticket, the oldest first.
    pub async fn ticket_events(&self, ticket: Uuid) -> Result<Vec<StoredTicketEvent>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, action, detail FROM ticket_event WHERE ticket = $1 ORDER BY id",
        )
        .bind(ticket)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredTicketEvent {
                    id: row.try_get(0)?,
                    action: row.try_get(1)?,
                    detail: Sealed::from_bytes(row.try_get(2)?),
                })
            })
            .collect()
    }
}

impl LinkWork {
    /// Writes the events of a change, and commits. [`StoreFault::Conflict`], and nothing is written, as for
    /// [`Store::add_ticket_event`].
    pub async fn write(mut self, events: &[EventLine<'_>]) -> Result<(), StoreFault> {
        for event in events {
            written(add_event(event).fetch_one(&mut self.connection).await?)?;
        }
        sqlx::raw_sql("COMMIT")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

pub(super) fn written(tickets: i64) -> Result<(), StoreFault> {
    match tickets {
        0 => Err(StoreFault::Conflict),
        _ => Ok(()),
    }
}

pub(super) fn add_event<'q>(
    event: &'q EventLine<'q>,
) -> QueryScalar<'q, Postgres, i64, PgArguments> {
    sqlx::query_scalar(
        "WITH key AS (
            SELECT id FROM case_key WHERE id = $1 AND wrapped = $2 FOR SHARE
         ), told AS (
            INSERT INTO ticket_event (id, ticket, action, detail) SELECT $3, id, $4, $5 FROM key
         ), changed AS (
            -- The time of a closed one says how long it is kept.
            UPDATE ticket t SET changed_hour = greatest(changed_hour, date_trunc('hour', $7::timestamptz, 'UTC'))
            FROM key WHERE t.id = key.id AND state NOT IN ('resolved', 'rejected')
         ), audited AS (
            INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
            SELECT id, $6, $7::timestamptz, $8, $9, $10, $11 FROM key
         ), headed AS (
            INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $6, $11, $12 FROM key
            ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
         )
         SELECT count(*) FROM key",
    )
    .bind(event.ticket)
    .bind(event.key.as_bytes())
    .bind(event.event.id)
    .bind(&event.event.action)
    .bind(event.event.detail.as_bytes())
    .line(&event.audit)
}
