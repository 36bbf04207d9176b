//! Letters of analysts: an entry on the ticket, a mail for each recipient, and answers that are awaited.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;
use vault::WrappedKey;

use super::audit::BindLine;
use super::inbox::interval;
use super::{AuditLine, NewEntry, NewMail, Store, StoreFault};

/// A letter to queue.
pub struct NewLetter<'a> {
    /// The ticket, and its key as it was read.
    pub ticket: (Uuid, &'a WrappedKey),
    /// Its state as it was read, and from now on.
    pub states: (&'a str, &'a str),
    /// The letter is what a clock of the ticket ran for: it ends, or runs until then from now on. `None`: it runs on.
    pub clock: Option<Option<Timestamp>>,
    /// When, to the hour.
    pub changed_hour: Timestamp,
    /// What is filed. `received_hour` is when it was written.
    pub entry: NewEntry<'a>,
    /// The entry's own case, when analysts alone may open it: then the mail is emptied once it was sent.
    pub own_case: Option<(Uuid, &'a WrappedKey)>,
    /// Digests of the recipients, who are parties from now on.
    pub parties: &'a [Vec<u8>],
    /// One for each recipient; `due_at` doesn't count.
    pub mail: &'a [NewMail<'a>],
    /// How long it can be taken back.
    pub hold: Duration,
    /// From whom an answer is expected: the mail, and the digest of the party.
    pub awaited: &'a [(Uuid, Vec<u8>)],
    /// Until when, in full hours.
    pub until: Option<Timestamp>,
    /// The line that names all of this.
    pub audit: AuditLine<'a>,
}

/// A letter to take back.
pub struct TakeBack<'a> {
    /// The ticket.
    pub ticket: Uuid,
    /// The letter's entry.
    pub letter: Uuid,
    /// The ticket's state that the letter set, and what it was before; the same when it changed nothing.
    pub states: (&'a str, &'a str),
    /// The clock that ran before; `None`: that is left as it is.
    pub clock: Option<Option<Timestamp>>,
    /// The line that says so.
    pub audit: AuditLine<'a>,
}

/// An answer that is, or was, awaited.
#[derive(Clone, Debug)]
pub struct AwaitedRow {
    /// The mail that expects it.
    pub mail: Uuid,
    /// The ticket that it was written on: the one asked for, or one that was merged into it.
    pub ticket: Uuid,
    /// That ticket's number.
    pub serial: i64,
    /// The letter's entry.
    pub letter: Uuid,
    /// Digest of the party.
    pub party: Vec<u8>,
    /// Until when, RFC 3339, UTC.
    pub until: String,
    /// The status with which our mail was refused; empty when it was not.
    pub failed: String,
    /// `answered`, `withdrawn`, `taken-back`, or empty.
    pub ended: String,
    /// It is awaited still, and the time is over.
    pub overdue: bool,
}

impl Store {
    /// Queues a letter, in one statement with its entry, what it means for the ticket, and the line of the audit trail.
    /// [`StoreFault::Conflict`], and nothing is written, when the ticket is in another state by now, was sealed anew or erased, or
    /// somebody else added a line.
    pub async fn send_letter(&self, letter: &NewLetter<'_>) -> Result<(), StoreFault> {
        let (audit, entry) = (&letter.audit, &letter.entry);
        let mail = letter.mail.iter();
        let ids: Vec<Uuid> = mail.clone().map(|mail| mail.id).collect();
        let addressed: Vec<&[u8]> = mail.clone().map(|mail| mail.addressed).collect();
        let messages: Vec<&[u8]> = mail.map(|mail| mail.message.as_bytes()).collect();
        let (awaited, awaited_of): (Vec<Uuid>, Vec<Vec<u8>>) =
            letter.awaited.iter().cloned().unzip();
        let changed: i64 = sqlx::query_scalar(SEND)
            .bind(letter.ticket.0)
            .bind(letter.ticket.1.as_bytes())
            .bind(letter.states.0)
            .bind(letter.states.1)
            .bind(letter.clock.is_some())
            .bind(letter.clock.flatten().map(|due| due.to_string()))
            .bind(letter.changed_hour.to_string())
            .bind(letter.own_case.map(|(id, _)| id))
            .bind(letter.own_case.map(|(_, wrapped)| wrapped.as_bytes()))
            .bind(entry.id)
            .bind(entry.kind)
            .bind(entry.was_encrypted)
            .bind(entry.received_hour.to_string())
            .bind(entry.size_bucket)
            .bind(entry.raw.as_bytes())
            .bind(entry.summary.as_bytes())
            .bind(entry.reading.as_bytes())
            .bind(letter.parties)
            .bind(ids)
            .bind(messages)
            .bind(addressed)
            .bind(interval(letter.hold))
            .bind(awaited)
            .bind(awaited_of)
            .bind(letter.until.map(|until| until.to_string()))
            .line(audit)
            .fetch_one(&self.pool)
            .await?;
        match changed {
            0 => Err(StoreFault::Conflict),
            _ => Ok(()),
        }
    }

    /// Takes a letter back of which nothing has been tried yet; `false`, and nothing is written, when a sender has begun with one
    /// of its mails, or it was taken back before.
    pub async fn take_back(&self, back: &TakeBack<'_>) -> Result<bool, StoreFault> {
        let audit = &back.audit;
        let taken: bool = sqlx::query_scalar(TAKE_BACK)
            .bind(back.ticket)
            .bind(back.letter)
            .bind(back.states.0)
            .bind(back.states.1)
            .bind(back.clock.is_some())
            .bind(back.clock.flatten().map(|due| due.to_string()))
            .line(audit)
            .fetch_one(&self.pool)
            .await?;
        Ok(taken)
    }

    /// The letters of a ticket that can still be taken back, the oldest first, and for how many seconds each.
    pub async fn held_letters(&self, ticket: Uuid) -> Result<Vec<(Uuid, f64)>, StoreFault> {
        let rows = sqlx::query(
            "SELECT letter, extract(epoch FROM min(due_at) - now())::float8 FROM outbox WHERE case_id = $1 AND letter IS NOT NULL
             GROUP BY letter HAVING bool_and(state = 'queued' AND attempts = 0) AND min(due_at) > now() ORDER BY letter",
        )
        .bind(ticket)
        .fetch_all(&self.pool)
        .await?;
        let held = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        held.collect()
    }

    /// Which answers letters of a ticket, and of those merged into it, expect, or expected, in the order of the letters.
    pub async fn awaited(&self, ticket: Uuid) -> Result<Vec<AwaitedRow>, StoreFault> {
        let rows = sqlx::query(
            "SELECT letter, party, to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), failed, ended,
                ended = '' AND until <= now(), mail, awaited.ticket, serial
             FROM awaited JOIN merged() USING (ticket) JOIN ticket ON ticket.id = awaited.ticket WHERE heir = $1 ORDER BY letter, mail",
        )
        .bind(ticket)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AwaitedRow {
                    letter: row.try_get(0)?,
                    party: row.try_get(1)?,
                    until: row.try_get(2)?,
                    failed: row.try_get(3)?,
                    ended: row.try_get(4)?,
                    overdue: row.try_get(5)?,
                    mail: row.try_get(6)?,
                    ticket: row.try_get(7)?,
                    serial: row.try_get(8)?,
                })
            })
            .collect()
    }

    /// A notice says that mail of ours (the digest of its id and recipient) was not delivered: no answer to it can come, so that the
    /// time for one is over.
    pub async fn fail_awaited(&self, addressed: &[u8], status: &str) -> Result<(), StoreFault> {
        sqlx::query(
            "UPDATE awaited SET failed = $2, until = least(until, date_trunc('hour', now())) FROM outbox
             WHERE outbox.addressed = $1 AND awaited.mail = outbox.id AND ended = ''",
        )
        .bind(addressed)
        .bind(status)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

const SEND: &str = "
WITH key AS (
    SELECT id FROM case_key WHERE id = $1 AND wrapped = $2 FOR SHARE
), changed AS (
    UPDATE ticket SET state = $4, changed_hour = $7::timestamptz,
        answer_due = CASE WHEN $5 THEN $6::timestamptz ELSE answer_due END, tell_at = CASE WHEN $5 THEN $6::timestamptz ELSE tell_at END,
        told = CASE WHEN $5 THEN 0 ELSE told END
    FROM key WHERE ticket.id = key.id AND state = $3 RETURNING ticket.id
), own_case AS (
    INSERT INTO case_key (id, wrapped) SELECT $8::uuid, $9::bytea FROM changed WHERE $8::uuid IS NOT NULL
), filed AS (
    INSERT INTO entry (id, case_id, ticket, kind, was_encrypted, received_hour, size_bucket, raw, summary, reading)
    SELECT $10, coalesce($8::uuid, $1), $1, $11, $12, $13::timestamptz, $14, $15, $16, $17 FROM changed
), parties AS (
    INSERT INTO party (ticket, digest) SELECT $1, unnest($18::bytea[]) FROM changed ON CONFLICT DO NOTHING
), mail AS (
    INSERT INTO outbox (id, case_id, due_at, message, purpose, once, addressed, letter)
    SELECT m.id, $1, now() + $22, m.message, 'letter', $8::uuid IS NOT NULL, m.addressed, $10
    FROM changed, unnest($19::uuid[], $20::bytea[], $21::bytea[]) AS m (id, message, addressed)
), awaiting AS (
    INSERT INTO awaited (mail, ticket, letter, party, until) SELECT a.mail, $1, $10, a.party, $25::timestamptz
    FROM changed, unnest($23::uuid[], $24::bytea[]) AS a (mail, party)
), audited AS (
    INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
    SELECT id, $26, $27::timestamptz, $28, $29, $30, $31 FROM changed
), headed AS (
    INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $26, $31, $32 FROM changed
    ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
)
SELECT count(*) FROM changed";

const TAKE_BACK: &str = "
WITH mine AS (
    SELECT id, state = 'queued' AND attempts = 0 AS untried FROM outbox WHERE letter = $2 AND case_id = $1 FOR UPDATE
), ready AS (
    SELECT coalesce(bool_and(untried), false) AS well FROM mine
), back AS (
    UPDATE outbox SET state = 'failed', status = 'taken-back', ended_at = now() FROM mine, ready WHERE outbox.id = mine.id AND ready.well
), awaiting AS (
    UPDATE awaited SET ended = 'taken-back' FROM ready WHERE letter = $2 AND ready.well AND ended = ''
), changed AS (
    UPDATE ticket SET state = $4, answer_due = CASE WHEN $5 THEN $6::timestamptz ELSE answer_due END,
        tell_at = CASE WHEN NOT $5 THEN tell_at WHEN $6::timestamptz > now() THEN $6::timestamptz END
    FROM ready WHERE id = $1 AND state = $3 AND ready.well
), audited AS (
    INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
    SELECT $1, $7, $8::timestamptz, $9, $10, $11, $12 FROM ready WHERE well
), headed AS (
    INSERT INTO audit_head (case_id, number, mac, seal) SELECT $1, $7, $12, $13 FROM ready WHERE well
    ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
)
SELECT well FROM ready";
