//! What the command line reads: tickets, their entries, suppressed mail.

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::overdue_sql::{due_column, due_first, is_awaited, is_overdue};
use super::{Store, StoreFault};

/// Which tickets to list.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// Only this state.
    pub state: Option<String>,
    /// Only tickets that need a human.
    pub needs_human: bool,
    /// Only those whose time for an answer is over.
    pub overdue: bool,
    /// Only those that this analyst has; empty: those that nobody has.
    pub owner: Option<String>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// At most so many, the newest.
    pub limit: i64,
}

/// A ticket with its first entry.
pub struct QueueRow {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub serial: i64,
    /// Its state.
    pub state: String,
    /// `""`, `undecryptable` or `unread`.
    pub needs_human: String,
    /// The number of the ticket that its first message names; 0 for none.
    pub claims: i64,
    /// How it stands to that one; empty for none.
    pub link: String,
    /// Until when an answer is meant to be given, RFC 3339, UTC.
    pub answer_due: Option<String>,
    /// That time, or the earliest one for an answer to mail of ours, whichever ends sooner.
    pub due: Option<String>,
    /// That time, or one for an answer to mail of ours, is over.
    pub overdue: bool,
    /// The analyst who has it; empty when nobody has.
    pub owner: String,
    /// An answer to mail of ours is waited for; on pages only.
    pub awaited: bool,
    /// What the tests of a page came to, where not all of what is wanted is told by the database; otherwise empty.
    pub tests: Vec<bool>,
    /// How many messages it has.
    pub messages: i64,
    /// Deliveries beyond the first of the same message.
    pub copies: i64,
    /// The first entry.
    pub first: EntryRow,
}

/// What became of a mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailState {
    /// `answer` to a message, `notice` to those on duty, or `letter` of an analyst.
    pub purpose: String,
    /// `queued`, `held` (after a restore), `sent` or `failed`.
    pub state: String,
    /// Reply code and enhanced status, or a word of ours; empty before the first attempt.
    pub status: String,
    /// Attempts so far.
    pub attempts: i32,
    /// When it was sent or given up, RFC 3339, UTC.
    pub ended: Option<String>,
    /// The entry that holds the letter; `None` for an answer or a notice.
    pub letter: Option<Uuid>,
}

/// A filed message.
pub struct EntryRow {
    /// Its id.
    pub id: Uuid,
    /// Its case.
    pub case: Uuid,
    /// The case's key, wrapped.
    pub wrapped: WrappedKey,
    /// `disposition.kind`.
    pub kind: String,
    /// The rule that classified it; may be empty.
    pub rule: String,
    /// What became of the acknowledgement.
    pub answer: String,
    /// Worst signature verdict, or `none`.
    pub signature: String,
    /// Whether it arrived encrypted.
    pub was_encrypted: bool,
    /// How often it was delivered.
    pub copies: i32,
    /// When, to the hour, RFC 3339.
    pub received_hour: String,
    /// Sealed summary.
    pub summary: Sealed,
    /// Sealed reading; empty in lists.
    pub reading: Sealed,
    /// log2 of its size.
    pub size_bucket: i16,
}

/// The newest messages of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// The ticket.
    pub ticket: Uuid,
    /// Id of the newest that came, which tells when.
    pub came: Option<Uuid>,
    /// Id of the newest that was written here.
    pub written: Option<Uuid>,
}

impl Store {
    /// When mail of these tickets came last, and when a letter was written last.
    pub async fn newest_messages(&self, tickets: &[Uuid]) -> Result<Vec<Newest>, StoreFault> {
        let rows = sqlx::query(
            "SELECT wanted.ticket,
                (SELECT id FROM entry WHERE entry.ticket = wanted.ticket AND kind <> 'letter' ORDER BY id DESC LIMIT 1),
                (SELECT id FROM entry WHERE entry.ticket = wanted.ticket AND kind = 'letter' ORDER BY id DESC LIMIT 1)
             FROM unnest($1::uuid[]) AS wanted (ticket)",
        )
        .bind(tickets)
        .fetch_all(&self.pool)
        .await?;
        let newest = |row: &PgRow| {
            Ok(Newest {
                ticket: row.try_get(0)?,
                came: row.try_get(1)?,
                written: row.try_get(2)?,
            })
        };
        rows.iter().map(newest).collect()
    }
}

fn entry(row: &PgRow, at: usize) -> Result<EntryRow, sqlx::Error> {
    Ok(EntryRow {
        id: row.try_get(at)?,
        case: row.try_get(at + 1)?,
        wrapped: WrappedKey::from_bytes(row.try_get(at + 2)?),
        kind: row.try_get(at + 3)?,
        rule: row.try_get(at + 4)?,
        answer: row.try_get(at + 5)?,
        signature: row.try_get(at + 6)?,
        was_encrypted: row.try_get(at + 7)?,
        copies: row.try_get(at + 8)?,
        received_hour: row.try_get(at + 9)?,
        summary: Sealed::from_bytes(row.try_get(at + 10)?),
        reading: Sealed::from_bytes(row.try_get(at + 11)?),
        size_bucket: row.try_get(at + 12)?,
    })
}

pub(super) fn ticket(row: &PgRow) -> Result<QueueRow, sqlx::Error> {
    Ok(QueueRow {
        id: row.try_get(0)?,
        serial: row.try_get(1)?,
        state: row.try_get(2)?,
        needs_human: row.try_get(3)?,
        claims: row.try_get(4)?,
        link: row.try_get(20)?,
        answer_due: row.try_get(21)?,
        due: row.try_get("due_first")?,
        overdue: row.try_get(22)?,
        owner: row.try_get(23)?,
        awaited: false,
        tests: Vec::new(),
        messages: row.try_get(5)?,
        copies: row.try_get(6)?,
        first: entry(row, 7)?,
    })
}

impl Store {
    /// Tickets, the newest last.
    pub async fn queue(
        &self,
        team: &str,
        filter: &QueueFilter,
    ) -> Result<Vec<QueueRow>, StoreFault> {
        let rows = sqlx::query(
            concat!("SELECT t.id, t.serial, t.state, t.needs_human, CASE WHEN t.claim_refused THEN 0 ELSE t.claims END, m.messages, m.copies, e.id, e.case_id, wrapped, kind, rule,
                answer, signature, e.was_encrypted, e.copies, to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                summary, ''::bytea, size_bucket, t.link, to_char(t.answer_due AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                ", is_overdue!("t"), ", t.owner, ", due_column!("t"), "
             FROM (
                SELECT * FROM ticket WHERE team = $1 AND ($2::text IS NULL OR state = $2) AND (NOT $3 OR needs_human <> '')
                    AND (NOT $5 OR ", is_overdue!("ticket"), ")
                    AND ($6::text[] IS NULL OR owner = ANY ($6))
                    AND ($7::uuid[] IS NULL OR id = ANY ($7))
                ORDER BY changed_hour DESC, id DESC LIMIT $4
             ) t
             JOIN LATERAL (SELECT * FROM entry WHERE ticket = t.id ORDER BY id LIMIT 1) e ON true
             JOIN case_key ON case_key.id = e.case_id
             JOIN LATERAL (SELECT count(*) AS messages, sum(copies - 1) AS copies FROM entry WHERE ticket = t.id) m ON true
             ORDER BY t.id"),
        )
        .bind(team)
        .bind(&filter.state)
        .bind(filter.needs_human)
        .bind(filter.limit)
        .bind(filter.overdue)
        .bind(filter.owner.as_deref().map(crate::audit::spellings))
        .bind(&filter.ids)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(ticket).collect::<Result<_, _>>()?)
    }

    /// The entries of a ticket in order, with their readings; empty when there is no such ticket.
    pub async fn entries(&self, ticket: Uuid) -> Result<Vec<EntryRow>, StoreFault> {
        let rows = sqlx::query(
            "SELECT e.id, e.case_id, wrapped, kind, rule, answer, signature, was_encrypted, copies,
                to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), summary, reading, size_bucket
             FROM entry e JOIN case_key ON case_key.id = e.case_id WHERE ticket = $1 ORDER BY e.id",
        )
        .bind(ticket)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(entry(row, 0)?)).collect()
    }

    /// The entries of a ticket in order, with the readings of these alone: those of a large ticket are megabytes.
    pub async fn entries_with(
        &self,
        ticket: Uuid,
        readings: &[Uuid],
    ) -> Result<Vec<EntryRow>, StoreFault> {
        let rows = sqlx::query(
            "SELECT e.id, e.case_id, wrapped, kind, rule, answer, signature, was_encrypted, copies,
                to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), summary,
                CASE WHEN e.id = ANY ($2) THEN reading ELSE ''::bytea END, size_bucket
             FROM entry e JOIN case_key ON case_key.id = e.case_id WHERE ticket = $1 ORDER BY e.id",
        )
        .bind(ticket)
        .bind(readings)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(entry(row, 0)?)).collect()
    }

    /// The newest entries of each of these tickets, so many at most, without their readings; with the ticket of each.
    pub async fn newest_entries(
        &self,
        tickets: &[Uuid],
        most: i64,
    ) -> Result<Vec<(Uuid, EntryRow)>, StoreFault> {
        let rows = sqlx::query(
            "SELECT e.id, e.case_id, wrapped, kind, rule, answer, signature, was_encrypted, copies,
                to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), summary, ''::bytea, size_bucket, e.ticket
             FROM unnest($1::uuid[]) AS t (id)
             JOIN LATERAL (SELECT * FROM entry WHERE ticket = t.id ORDER BY id DESC LIMIT $2) e ON true
             JOIN case_key ON case_key.id = e.case_id",
        )
        .bind(tickets)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(13)?, entry(row, 0)?)))
            .collect()
    }

    /// One entry of a ticket; `None` when it is not there.
    pub async fn entry_of(&self, ticket: Uuid, id: Uuid) -> Result<Option<EntryRow>, StoreFault> {
        let row = sqlx::query(
            "SELECT e.id, e.case_id, wrapped, kind, rule, answer, signature, was_encrypted, copies,
                to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), summary, reading, size_bucket
             FROM entry e JOIN case_key ON case_key.id = e.case_id WHERE ticket = $1 AND e.id = $2",
        )
        .bind(ticket)
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| entry(&row, 0)).transpose()?)
    }

    /// The ids of a ticket's entries, in order.
    pub async fn entry_ids(&self, ticket: Uuid) -> Result<Vec<Uuid>, StoreFault> {
        let ids = sqlx::query_scalar("SELECT id FROM entry WHERE ticket = $1 ORDER BY id");
        Ok(ids.bind(ticket).fetch_all(&self.pool).await?)
    }

    /// Suppressed mail, the newest last; one entry only when `id` is given. It has no column of a team, and needs none: see
    /// [`crate::config::Team`].
    pub async fn suppressed(
        &self,
        id: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<EntryRow>, StoreFault> {
        self.suppressed_before(id, None, limit).await
    }

    /// The same, only what came before this one.
    pub async fn suppressed_before(
        &self,
        id: Option<Uuid>,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<EntryRow>, StoreFault> {
        let rows = sqlx::query(
            "SELECT * FROM (
                SELECT e.id, e.case_id, wrapped, kind, rule, answer, signature, was_encrypted, copies,
                    to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), summary, reading, size_bucket
                FROM entry e JOIN case_key ON case_key.id = e.case_id
                WHERE ticket IS NULL AND ($1::uuid IS NULL OR e.id = $1) AND ($3::uuid IS NULL OR e.id < $3)
                ORDER BY e.id DESC LIMIT $2
             ) newest ORDER BY id",
        )
        .bind(id)
        .bind(limit)
        .bind(before)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(entry(row, 0)?)).collect()
    }

    /// How much suppressed mail there is, counted up to `most`.
    pub async fn suppressed_count(&self, most: i64) -> Result<i64, StoreFault> {
        let question =
            "SELECT count(*) FROM (SELECT FROM entry WHERE ticket IS NULL LIMIT $1) counted";
        let count = sqlx::query_scalar(question).bind(most);
        Ok(count.fetch_one(&self.pool).await?)
    }

    /// The sealed raw bytes of an entry.
    pub async fn raw(&self, entry: Uuid) -> Result<Option<Sealed>, StoreFault> {
        let raw: Option<Vec<u8>> = sqlx::query_scalar("SELECT raw FROM entry WHERE id = $1")
            .bind(entry)
            .fetch_optional(&self.pool)
            .await?;
        Ok(raw.map(Sealed::from_bytes))
    }

    /// The state of every mail for a case, in the order queued.
    pub async fn mail_states(&self, case: Uuid) -> Result<Vec<MailState>, StoreFault> {
        let rows = sqlx::query(
            "SELECT state, status, attempts, to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), purpose, letter
             FROM outbox WHERE case_id = $1 ORDER BY created_at",
        )
        .bind(case)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(MailState {
                    state: row.try_get(0)?,
                    status: row.try_get(1)?,
                    attempts: row.try_get(2)?,
                    ended: row.try_get(3)?,
                    purpose: row.try_get(4)?,
                    letter: row.try_get(5)?,
                })
            })
            .collect()
    }
}
