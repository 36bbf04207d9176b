//! The last change of a ticket's state or owner is taken back.

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;
use vault::WrappedKey;

use super::audit::BindLine;
use super::{AuditLine, Store, StoreFault, StoredTicketEvent};

/// How a ticket stood before its last change, and what that was.
#[derive(Clone, Debug)]
pub struct Before {
    /// The line of its trail that changed it.
    pub number: i32,
    /// What that line says was done: `closed`, `assigned`, ….
    pub action: String,
    /// Who did it.
    pub by: String,
    /// What was written into the history with it; `None` for a change of hands, and for a merge.
    pub event: Option<Uuid>,
    /// Its state.
    pub state: String,
    /// The analyst who had it; empty for nobody.
    pub owner: String,
    /// Since when, RFC 3339, UTC; empty when nobody had it.
    pub owner_since: String,
    /// Who acted on it since, so that it is not what it was made; empty when nobody did.
    pub since: String,
}

/// A change of state that is taken back.
pub struct TakenBack<'a> {
    /// Which ticket.
    pub ticket: Uuid,
    /// The line of the change, and the event that came with it.
    pub of: (i32, Uuid),
    /// The ticket's state as it was read.
    pub from: &'a str,
    /// When, to the hour.
    pub changed_hour: Timestamp,
    /// The ticket's key as it was read: the event is sealed under it.
    pub key: &'a WrappedKey,
    /// What was done.
    pub event: &'a StoredTicketEvent,
    /// The line of the audit trail that names state and event.
    pub audit: AuditLine<'a>,
}

/// What may be done with a ticket, or come for it, so that the change before can be taken back still.
const HARMLESS: [&str; 16] = [
    "read",
    "listed",
    "searched",
    "exported",
    "noted",
    "linked",
    "unlinked",
    "tagged",
    "untagged",
    "corrected",
    "overdue",
    "verdict",
    "alerted",
    "resealed",
    "claim-refused",
    "claim-open",
];

impl Store {
    /// How a ticket stood before its last change; `None` when that is not known.
    pub async fn before(&self, ticket: Uuid) -> Result<Option<Before>, StoreFault> {
        let row = sqlx::query(
            "SELECT b.number, l.action, l.actor, b.event, b.state, b.owner,
                coalesce(to_char(b.owner_since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''),
                coalesce((SELECT CASE s.actor WHEN '' THEN s.action ELSE s.actor END FROM audit s
                    WHERE s.case_id = b.ticket AND s.number > b.number AND s.action <> ALL ($2) ORDER BY s.number LIMIT 1), '')
             FROM ticket_before b JOIN audit l ON l.case_id = b.ticket AND l.number = b.number WHERE b.ticket = $1",
        )
        .bind(ticket)
        .bind(HARMLESS)
        .fetch_optional(&self.pool)
        .await?;
        let before = row.map(|row| -> Result<Before, sqlx::Error> {
            Ok(Before {
                number: row.try_get(0)?,
                action: row.try_get(1)?,
                by: row.try_get(2)?,
                event: row.try_get(3)?,
                state: row.try_get(4)?,
                owner: row.try_get(5)?,
                owner_since: row.try_get(6)?,
                since: row.try_get(7)?,
            })
        });
        Ok(before.transpose()?)
    }

    /// Takes a change of state back: state, clock and notices are as before, and the answers that it withdrew are awaited.
    /// [`StoreFault::Conflict`], and nothing is written, when it is not as it was read, or somebody else added a line.
    pub async fn undo_step(&self, back: &TakenBack<'_>) -> Result<(), StoreFault> {
        let changed: i64 = sqlx::query_scalar(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $1 AND wrapped = $2 FOR SHARE
             ), was AS (
                SELECT b.* FROM ticket_before b JOIN ticket t ON t.id = b.ticket JOIN key ON key.id = t.id
                WHERE b.number = $3 AND t.state = $5 FOR UPDATE OF t, b
             ), changed AS (
                UPDATE ticket SET state = was.state, answer_due = was.answer_due, tell_at = was.tell_at, told = was.told,
                    changed_hour = $16::timestamptz FROM was WHERE ticket.id = was.ticket RETURNING ticket.id
             ), gone AS (
                DELETE FROM ticket_before USING changed WHERE ticket = changed.id
             ), awaits AS (
                UPDATE awaited SET ended = '', withdrawn_by = NULL FROM changed WHERE withdrawn_by = $4 AND ended = 'withdrawn'
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
        .bind(back.ticket)
        .bind(back.key.as_bytes())
        .bind(back.of.0)
        .bind(back.of.1)
        .bind(back.from)
        .bind(back.event.id)
        .bind(&back.event.action)
        .bind(back.event.detail.as_bytes())
        .line(&back.audit)
        .bind(back.changed_hour.to_string())
        .fetch_one(&self.pool)
        .await?;
        super::ticket::written(changed)
    }

    /// Gives a ticket back to whom it was taken from, or nobody, who has it since then again. As [`Store::hand_over`].
    pub async fn hand_back(
        &self,
        ticket: Uuid,
        (from, to, since): (&str, &str, &str),
        audit: &AuditLine<'_>,
    ) -> Result<(), StoreFault> {
        let changed: i64 = sqlx::query_scalar(
            "WITH changed AS (
                UPDATE ticket SET owner = $3, owner_since = nullif($11, '')::timestamptz,
                    changed_hour = greatest(changed_hour, date_trunc('hour', $5::timestamptz, 'UTC'))
                WHERE id = $1 AND owner = $2 AND state NOT IN ('resolved', 'rejected') RETURNING id
             ), gone AS (
                DELETE FROM ticket_before USING changed WHERE ticket = changed.id
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
        .bind(since)
        .fetch_one(&self.pool)
        .await?;
        super::ticket::written(changed)
    }
}
