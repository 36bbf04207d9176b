//! Messages leave a ticket for a new one: sealed anew under its key, in one transaction with all that belongs to them.

use jiff::Timestamp;
use uuid::Uuid;
use vault::WrappedKey;

use super::audit::BindLine;
use super::reseal::CaseWork;
use super::{AuditLine, NewTicket, StoreFault, StoredTicketEvent};

/// What a split writes beside the messages themselves.
pub struct Split<'a> {
    /// The messages.
    pub entries: &'a [Uuid],
    /// The new ticket: its id, its key, and its columns.
    pub ticket: (Uuid, &'a WrappedKey, NewTicket<'a>),
    /// When, to the hour.
    pub hour: Timestamp,
    /// Digests of its parties.
    pub parties: &'a [Vec<u8>],
    /// Digests of the foreign references that it has.
    pub foreign: &'a [Vec<u8>],
    /// Those of them that the old ticket no longer has.
    pub parted: &'a [Vec<u8>],
    /// What was said of their values, sealed under the new key.
    pub events: &'a [StoredTicketEvent],
    /// The lines of the old ticket's chain, and of the new one's.
    pub lines: [(Uuid, AuditLine<'a>); 2],
}

impl CaseWork {
    /// Moves messages of this ticket, whose sealed values were written anew, to a new one, and commits. [`StoreFault::Conflict`], and
    /// nothing is written, when one of them isn't here, no other message would stay, or a line's number is taken.
    pub async fn split(mut self, split: &Split<'_>) -> Result<(), StoreFault> {
        let (id, wrapped, ticket) = &split.ticket;
        let moved: i64 = sqlx::query_scalar(SPLIT)
            .bind(self.case)
            .bind(split.entries)
            .bind(*id)
            .bind(wrapped.as_bytes())
            .bind(ticket.team)
            .bind(ticket.serial)
            .bind(ticket.needs_human)
            .bind(ticket.claims)
            .bind(ticket.link)
            .bind(split.hour.to_string())
            .bind(split.parties)
            .bind(split.foreign)
            .bind(split.parted)
            .fetch_one(&mut self.connection)
            .await?;
        if usize::try_from(moved) != Ok(split.entries.len()) {
            return Err(StoreFault::Conflict);
        }
        for event in split.events {
            sqlx::query(
                "INSERT INTO ticket_event (id, ticket, action, detail) VALUES ($1, $2, $3, $4)",
            )
            .bind(event.id)
            .bind(id)
            .bind(&event.action)
            .bind(event.detail.as_bytes())
            .execute(&mut self.connection)
            .await?;
        }
        for (case, line) in &split.lines {
            sqlx::query(
                "WITH line AS (
                    INSERT INTO audit (case_id, number, at, actor, action, detail, mac) VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7)
                 )
                 INSERT INTO audit_head (case_id, number, mac, seal) VALUES ($1, $2, $7, $8)
                 ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal",
            )
            .bind(case)
            .line(line)
            .execute(&mut self.connection)
            .await?;
        }
        self.commit().await
    }
}

const SPLIT: &str = "
WITH mine AS (
    SELECT id, was_encrypted FROM entry WHERE ticket = $1 AND id = ANY ($2) FOR UPDATE
), ready AS (
    SELECT (SELECT count(*) FROM mine) = cardinality($2)
        AND EXISTS (SELECT FROM entry WHERE ticket = $1 AND id <> ALL ($2)) AS well
), new_case AS (
    INSERT INTO case_key (id, wrapped) SELECT $3, $4 FROM ready WHERE well
), opened AS (
    INSERT INTO ticket (id, team, serial, needs_human, claims, link, was_encrypted, created_hour, changed_hour, answer_due, tell_at)
    SELECT $3, $5, $6, $7, $8, $9, (SELECT bool_or(was_encrypted) FROM mine), $10::timestamptz, $10::timestamptz, answer_due, tell_at
    FROM ticket, ready WHERE ticket.id = $1 AND well
), observables AS (
    UPDATE observable SET case_id = $3 FROM ready WHERE well AND entry = ANY ($2) AND case_id = $1
), signers AS (
    UPDATE signer SET case_id = $3 FROM ready WHERE well AND entry = ANY ($2) AND case_id = $1
), layers AS (
    UPDATE replay SET case_id = $3 FROM ready WHERE well AND entry = ANY ($2) AND case_id = $1
), parties AS (
    INSERT INTO party (ticket, digest) SELECT $3, unnest($11::bytea[]) FROM ready WHERE well ON CONFLICT DO NOTHING
), foreigners AS (
    INSERT INTO foreign_reference (digest, ticket) SELECT unnest($12::bytea[]), $3 FROM ready WHERE well ON CONFLICT DO NOTHING
), parted AS (
    DELETE FROM foreign_reference USING ready WHERE well AND ticket = $1 AND digest = ANY ($13::bytea[])
), moved AS (
    UPDATE entry SET ticket = $3, case_id = CASE WHEN case_id = $1 THEN $3 ELSE case_id END FROM mine, ready
    WHERE entry.id = mine.id AND ready.well RETURNING entry.id
)
SELECT count(*) FROM moved";
