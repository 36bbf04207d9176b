//! Suppressed mail becomes a ticket.

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;

use super::audit::BindLine;
use super::{AuditLine, NewTicket, Store, StoreFault};

impl Store {
    /// Opens a ticket on a suppressed message's own case; `false`, and nothing written, when there is no such message, or it
    /// is on a ticket already.
    pub async fn promote(
        &self,
        entry: Uuid,
        ticket: &NewTicket<'_>,
        changed_hour: Timestamp,
        parties: &[Vec<u8>],
        audit: &AuditLine<'_>,
    ) -> Result<bool, StoreFault> {
        let row = sqlx::query(
            "WITH mine AS (
                SELECT id, case_id, was_encrypted, received_hour FROM entry WHERE id = $1 AND ticket IS NULL FOR UPDATE
             ), opened AS (
                INSERT INTO ticket (id, team, serial, needs_human, claims, link, was_encrypted, created_hour, changed_hour)
                SELECT case_id, $2, $3, $4, $5, $15, was_encrypted, received_hour, $6::timestamptz FROM mine
             ), moved AS (
                UPDATE entry SET ticket = mine.case_id FROM mine WHERE entry.id = mine.id
             ), parties AS (
                INSERT INTO party (ticket, digest) SELECT case_id, unnest($7::bytea[]) FROM mine ON CONFLICT DO NOTHING
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
                SELECT case_id, $8, $9::timestamptz, $10, $11, $12, $13 FROM mine
             ), headed AS (
                INSERT INTO audit_head (case_id, number, mac, seal) SELECT case_id, $8, $13, $14 FROM mine
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             )
             SELECT count(*) FROM mine",
        )
        .bind(entry)
        .bind(ticket.team)
        .bind(ticket.serial)
        .bind(ticket.needs_human)
        .bind(ticket.claims)
        .bind(changed_hour.to_string())
        .bind(parties)
        .line(audit)
        .bind(ticket.link)
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get::<i64, _>(0)? == 1)
    }
}
