//! Tickets whose time for an answer is over, and who is told of them.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::inbox::interval;
use super::overdue_sql::{is_awaited, is_overdue};
use super::{Store, StoreFault};

/// A ticket of which those on duty are to hear.
pub struct LateTicket {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub serial: i64,
    /// `new`, `open` or `waiting`.
    pub state: String,
    /// How often it was told.
    pub told: i16,
    /// Until when an answer was meant to be given, RFC 3339, UTC.
    pub due: String,
}

/// What is told, and to whom.
pub struct Telling<'a> {
    /// The tickets.
    pub tickets: &'a [LateTicket],
    /// When those that were told for the first time are told again; `None`: never.
    pub again: Option<Timestamp>,
    /// The case of the letters, and its key; `None` without letters.
    pub case: Option<(Uuid, &'a WrappedKey)>,
    /// Their ids, each with recipient and message, sealed.
    pub letters: &'a [(Uuid, Sealed)],
    /// What the webhook knows this by; `None` when there is none.
    pub hook: Option<Uuid>,
}

/// Overdue tickets to tell the webhook, held until the lease ends.
pub struct OverdueNotice {
    /// Its id.
    pub id: Uuid,
    /// Numbers of the tickets.
    pub serials: Vec<i64>,
    /// Attempts before this one.
    pub attempts: i32,
    /// Seconds since it was written.
    pub age: f64,
    /// Since when they are told, RFC 3339, UTC.
    pub told_at: String,
}

impl Store {
    /// Overdue tickets that are to be told now, the longest overdue first.
    pub async fn late_tickets(&self, team: &str, most: i64) -> Result<Vec<LateTicket>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, serial, state, told, to_char(least(answer_due, awaited) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             FROM (
                SELECT *, (SELECT min(until) FROM awaited JOIN merged() USING (ticket) WHERE heir = t.id AND ended = '') AS awaited FROM ticket t
                WHERE team = $1 AND state IN ('new', 'open', 'waiting')
                    AND (coalesce(tell_at <= now(), false) AND is_overdue(id, state, answer_due) OR id IN
                    (SELECT heir FROM awaited JOIN merged() USING (ticket) WHERE ended = '' AND NOT awaited.told AND until <= now()))
             ) t ORDER BY least(answer_due, awaited), id LIMIT $2",
        )
        .bind(team)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(LateTicket {
                    id: row.try_get(0)?,
                    serial: row.try_get(1)?,
                    state: row.try_get(2)?,
                    told: row.try_get(3)?,
                    due: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Writes down that these are told, together with what tells it; `false`, and nothing is written, when one of them was told
    /// by somebody else meanwhile, or an analyst acted.
    pub async fn tell_overdue(&self, telling: &Telling<'_>) -> Result<bool, StoreFault> {
        let tickets = telling.tickets.iter();
        let ids: Vec<Uuid> = tickets.clone().map(|ticket| ticket.id).collect();
        let told: Vec<i16> = tickets.clone().map(|ticket| ticket.told).collect();
        let states: Vec<&str> = tickets
            .clone()
            .map(|ticket| ticket.state.as_str())
            .collect();
        let serials: Vec<i64> = tickets.map(|ticket| ticket.serial).collect();
        let letters = telling.letters.iter();
        let letter_ids: Vec<Uuid> = letters.clone().map(|(id, _)| *id).collect();
        let messages: Vec<&[u8]> = letters.map(|(_, message)| message.as_bytes()).collect();
        Ok(sqlx::query_scalar(TELL)
            .bind(ids)
            .bind(told)
            .bind(states)
            .bind(telling.again.map(|again| again.to_string()))
            .bind(telling.case.map(|(id, _)| id))
            .bind(telling.case.map(|(_, wrapped)| wrapped.as_bytes()))
            .bind(letter_ids)
            .bind(messages)
            .bind(telling.hook)
            .bind(serials)
            .fetch_one(&self.pool)
            .await?)
    }

    /// How many tickets are overdue: what `is_overdue` says, asked of all at once.
    pub async fn overdue_count(&self) -> Result<i64, StoreFault> {
        Ok(sqlx::query_scalar(concat!(
            "SELECT count(*) FROM ticket WHERE ",
            is_overdue!("ticket")
        ))
        .fetch_one(&self.pool)
        .await?)
    }

    /// Claims what the webhook is to be told of overdue tickets, for `lease`.
    pub async fn due_overdue_notices(
        &self,
        most: i64,
        lease: Duration,
    ) -> Result<Vec<OverdueNotice>, StoreFault> {
        let rows = sqlx::query(
            "WITH due AS (
                SELECT id FROM overdue_notice WHERE due_at <= now() ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
             )
             UPDATE overdue_notice n SET due_at = now() + $2, attempts = n.attempts + 1 FROM due WHERE n.id = due.id
             RETURNING n.id, n.serials, n.attempts - 1, extract(epoch FROM now() - n.created_at)::float8,
                to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        )
        .bind(most)
        .bind(interval(lease))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OverdueNotice {
                    id: row.try_get(0)?,
                    serials: row.try_get(1)?,
                    attempts: row.try_get(2)?,
                    age: row.try_get(3)?,
                    told_at: row.try_get(4)?,
                })
            })
            .collect()
    }
}

/// Who comes second waits for the rows, finds them told, and writes nothing.
const TELL: &str = "
WITH late AS (
    SELECT t.id FROM ticket t JOIN unnest($1::uuid[], $2::smallint[], $3::text[]) AS l (id, told, state)
    ON l.id = t.id AND l.told = t.told AND l.state = t.state
    WHERE t.tell_at <= now() OR EXISTS
        (SELECT FROM awaited a JOIN merged() USING (ticket) WHERE heir = t.id AND a.ended = '' AND NOT a.told AND a.until <= now())
    ORDER BY t.id FOR UPDATE OF t
), ready AS (
    SELECT count(*) = cardinality($1) AS well FROM late
), told AS (
    UPDATE ticket SET told = ticket.told + 1, tell_at = CASE WHEN ticket.tell_at > now() THEN ticket.tell_at WHEN ticket.told = 0 THEN $4::timestamptz END
    FROM late, ready WHERE ticket.id = late.id AND ready.well
), told_of AS (
    UPDATE awaited SET told = true FROM late JOIN merged() ON heir = late.id, ready
    WHERE awaited.ticket = merged.ticket AND ready.well AND ended = '' AND until <= now()
), new_case AS (
    INSERT INTO case_key (id, wrapped) SELECT $5, $6 FROM ready WHERE well AND $5::uuid IS NOT NULL
), letters AS (
    INSERT INTO outbox (id, case_id, due_at, message, purpose) SELECT l.id, $5, now(), l.message, 'notice'
    FROM ready, unnest($7::uuid[], $8::bytea[]) AS l (id, message) WHERE well
), hooked AS (
    INSERT INTO overdue_notice (id, serials) SELECT $9, $10 FROM ready WHERE well AND $9::uuid IS NOT NULL
)
SELECT well FROM ready";
