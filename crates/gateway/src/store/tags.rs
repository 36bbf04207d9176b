//! Words of tickets: what stands is the last of a ticket's events about them, and each word has a mark by which it is found.

use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{Postgres, Row};
use uuid::Uuid;
use vault::{Mark, Sealed, WrappedKey};

use super::audit::BindLine;
use super::ticket::written;
use super::{AuditLine, Store, StoreFault, StoredTicketEvent};

/// Words are put on a ticket, or taken away.
pub struct Retag {
    /// Which ticket.
    pub ticket: Uuid,
    /// Its key as it was read: the event is sealed under it.
    pub key: WrappedKey,
    /// What changed, and what stands since.
    pub event: StoredTicketEvent,
    /// First day of the month in which it was opened, `YYYY-MM-DD`.
    pub month: String,
    /// Marks of the words that come.
    pub come: Vec<Mark>,
    /// Marks of those that go.
    pub gone: Vec<Mark>,
}

/// What stands on a ticket.
pub struct TagEvent {
    /// Which ticket.
    pub ticket: Uuid,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// The id of the event.
    pub id: Uuid,
    /// The event, sealed.
    pub detail: Sealed,
}

/// The marks of a month.
pub struct TagMarks {
    /// Its first day, `YYYY-MM-DD`.
    pub month: String,
    /// For each word of each ticket sixteen octets of the ticket's id and sixteen of the mark.
    pub rows: Vec<u8>,
}

fn ids(marks: &[Mark]) -> Vec<Uuid> {
    marks.iter().map(|mark| Uuid::from_bytes(*mark)).collect()
}

/// Gives a statement what changes on several tickets as its next ten parameters: ticket, key, id, action and detail of each event;
/// ticket, month and mark of what comes; ticket and mark of what goes.
pub(super) fn bind_tags<'q, O>(
    statement: QueryScalar<'q, Postgres, O, PgArguments>,
    tags: &[Retag],
) -> QueryScalar<'q, Postgres, O, PgArguments> {
    let each = |of: fn(&Retag) -> &[Mark]| {
        let pairs = tags.iter().flat_map(move |one| {
            let marks = of(one).iter();
            marks.map(move |mark| (one.ticket, one.month.clone(), Uuid::from_bytes(*mark)))
        });
        pairs.collect::<Vec<_>>()
    };
    let (come, gone) = (each(|one| &one.come), each(|one| &one.gone));
    let one = || tags.iter();
    statement
        .bind(one().map(|one| one.ticket).collect::<Vec<Uuid>>())
        .bind(
            one()
                .map(|one| one.key.as_bytes().to_vec())
                .collect::<Vec<Vec<u8>>>(),
        )
        .bind(one().map(|one| one.event.id).collect::<Vec<Uuid>>())
        .bind(
            one()
                .map(|one| one.event.action.clone())
                .collect::<Vec<String>>(),
        )
        .bind(
            one()
                .map(|one| one.event.detail.as_bytes().to_vec())
                .collect::<Vec<Vec<u8>>>(),
        )
        .bind(
            come.iter()
                .map(|(ticket, ..)| *ticket)
                .collect::<Vec<Uuid>>(),
        )
        .bind(
            come.iter()
                .map(|(_, month, _)| month.clone())
                .collect::<Vec<String>>(),
        )
        .bind(come.iter().map(|(.., mark)| *mark).collect::<Vec<Uuid>>())
        .bind(
            gone.iter()
                .map(|(ticket, ..)| *ticket)
                .collect::<Vec<Uuid>>(),
        )
        .bind(gone.iter().map(|(.., mark)| *mark).collect::<Vec<Uuid>>())
}

impl Store {
    /// Changes the words of a ticket, in one statement with the event, the line of the audit trail that names it, and the marks.
    /// [`StoreFault::Conflict`], and nothing is written, when the ticket was sealed anew or erased, or somebody else added a line.
    pub async fn retag(&self, change: &Retag, audit: &AuditLine<'_>) -> Result<(), StoreFault> {
        let changed = sqlx::query_scalar(
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
             ), gone AS (
                DELETE FROM ticket_tag USING key WHERE ticket = key.id AND mark = ANY ($13::uuid[])
             ), come AS (
                INSERT INTO ticket_tag (ticket, month, mark) SELECT id, $14::date, unnest($15::uuid[]) FROM key
                ON CONFLICT DO NOTHING
             )
             SELECT count(*) FROM key",
        )
        .bind(change.ticket)
        .bind(change.key.as_bytes())
        .bind(change.event.id)
        .bind(&change.event.action)
        .bind(change.event.detail.as_bytes())
        .line(audit)
        .bind(ids(&change.gone))
        .bind(&change.month)
        .bind(ids(&change.come));
        written(changed.fetch_one(&self.pool).await?)
    }

    /// What stands on these tickets, of those on which anything ever stood: the last event of each.
    pub async fn tag_events(&self, tickets: &[Uuid]) -> Result<Vec<TagEvent>, StoreFault> {
        let rows = sqlx::query(
            "SELECT t.id, wrapped, e.id, detail FROM unnest($1::uuid[]) AS t (id) JOIN case_key USING (id)
             CROSS JOIN LATERAL (
                SELECT id, detail FROM ticket_event WHERE ticket = t.id AND action IN ('tagged', 'untagged') ORDER BY id DESC LIMIT 1
             ) e",
        )
        .bind(tickets)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TagEvent {
                    ticket: row.try_get(0)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(1)?),
                    id: row.try_get(2)?,
                    detail: Sealed::from_bytes(row.try_get(3)?),
                })
            })
            .collect()
    }

    /// The marks of all tickets, by month. Of 200 000 it took 130 ms on a machine with six times the work that it had processors for.
    pub async fn tag_marks(&self) -> Result<Vec<TagMarks>, StoreFault> {
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT month::text, string_agg(uuid_send(ticket) || uuid_send(mark), ''::bytea)
             FROM ticket_tag GROUP BY month ORDER BY month",
        )
        .fetch_all(&self.pool)
        .await?;
        let marks = rows
            .into_iter()
            .map(|(month, rows)| TagMarks { month, rows });
        Ok(marks.collect())
    }

    /// Whether a message of a ticket, or of one that is merged into it, is sealed to analysts.
    pub async fn has_sealed_message(&self, ticket: Uuid) -> Result<bool, StoreFault> {
        let keys: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT wrapped FROM entry JOIN case_key ON case_key.id = case_id WHERE case_id <> ticket AND ticket IN (
                SELECT $1 UNION ALL
                SELECT m.id FROM ticket t JOIN ticket m ON m.team = t.team AND m.merged_into <> 0 AND m.merged_into = t.serial WHERE t.id = $1)",
        )
        .bind(ticket)
        .fetch_all(&self.pool)
        .await?;
        let mut keys = keys.into_iter().map(WrappedKey::from_bytes);
        Ok(keys.any(|key| key.message().is_some()))
    }

    /// The marks of one ticket, each with its month.
    pub async fn marks_of(&self, ticket: Uuid) -> Result<Vec<(String, Mark)>, StoreFault> {
        let rows: Vec<(String, Uuid)> =
            sqlx::query_as("SELECT month::text, mark FROM ticket_tag WHERE ticket = $1")
                .bind(ticket)
                .fetch_all(&self.pool)
                .await?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(month, mark)| (month, mark.into_bytes()))
            .collect())
    }
}
