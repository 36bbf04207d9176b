//! Tickets as mail names them, and merges.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;
use vault::WrappedKey;

use super::overdue_sql::{due_column, due_first, is_awaited, is_overdue};
use super::tags::{Retag, bind_tags};
use super::{AuditLine, Store, StoreFault};

/// A ticket.
pub struct TicketRow {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub serial: i64,
    /// Its state.
    pub state: String,
    /// `""`, `undecryptable` or `unread`.
    pub needs_human: String,
    /// Until when an answer is meant to be given, RFC 3339, UTC.
    pub answer_due: Option<String>,
    /// That time, or the earliest one for an answer to mail of ours, whichever ends sooner.
    pub due: Option<String>,
    /// That time, or one for an answer to mail of ours, is over.
    pub overdue: bool,
    /// The analyst who has it; empty when nobody has.
    pub owner: String,
    /// Since when, RFC 3339, UTC; empty when nobody has.
    pub owner_since: String,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// The number of the ticket that its first message names; 0 for none, and for one that an analyst refused.
    pub claims: i64,
    /// The number of the ticket that its first message names, if an analyst refused that; else 0.
    pub refused: i64,
    /// While it is merged: the state that it had before; empty where that is not known.
    pub unmerged: String,
    /// How it stands to that one; empty for none.
    pub link: String,
    /// The number of the ticket that it was merged into; 0 for none.
    pub merged_into: i64,
    /// The numbers of those that were merged into it.
    pub merged_here: Vec<i64>,
}

/// A ticket that a message names: the ticket itself, or the one that it was merged into.
pub struct NamedTicket {
    /// The id of the ticket that is named.
    pub named_id: Uuid,
    /// Its number.
    pub named: i64,
    /// The ticket where mail goes.
    pub id: Uuid,
    /// Its number.
    pub serial: i64,
    /// It is resolved or rejected.
    pub closed: bool,
    /// It waits for somebody else.
    pub waiting: bool,
    /// Nothing happened on it for longer than was asked.
    pub quiet: bool,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// Digests of its parties and of those of tickets merged into it, each with the ticket that it is keyed with.
    pub parties: Vec<(Uuid, Vec<u8>)>,
}

/// A ticket that is merged, or stands for itself again.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Which.
    pub id: Uuid,
    /// The number of the ticket that it is merged into now; 0 for none.
    pub from: i64,
    /// That from now on.
    pub into: i64,
    /// Its state from now on.
    pub state: &'static str,
}

impl Store {
    /// The tickets with these numbers or ids.
    pub async fn tickets(
        &self,
        team: &str,
        serials: &[i64],
        ids: &[Uuid],
    ) -> Result<Vec<TicketRow>, StoreFault> {
        let rows = sqlx::query(
            concat!("SELECT ticket.id, serial, state, wrapped, CASE WHEN claim_refused THEN 0 ELSE claims END, link, merged_into,
                (SELECT coalesce(array_agg(m.serial ORDER BY m.serial), '{}') FROM ticket m
                 WHERE m.team = ticket.team AND m.merged_into <> 0 AND m.merged_into = ticket.serial),
                to_char(answer_due AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ", is_overdue!("ticket"), ",
                owner, coalesce(to_char(owner_since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''), needs_human,
                CASE WHEN claim_refused THEN claims ELSE 0 END,
                coalesce((SELECT b.state FROM ticket_before b WHERE b.ticket = ticket.id AND b.merged AND merged_into <> 0), ''), ", due_column!("ticket"), "
             FROM ticket JOIN case_key ON case_key.id = ticket.id
             WHERE team = $1 AND (serial = ANY ($2) OR ticket.id = ANY ($3)) ORDER BY serial"),
        )
        .bind(team)
        .bind(serials)
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(TicketRow {
                    id: row.try_get(0)?,
                    serial: row.try_get(1)?,
                    state: row.try_get(2)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(3)?),
                    claims: row.try_get(4)?,
                    link: row.try_get(5)?,
                    merged_into: row.try_get(6)?,
                    merged_here: row.try_get(7)?,
                    answer_due: row.try_get(8)?,
                    due: row.try_get("due_first")?,
                    overdue: row.try_get(9)?,
                    owner: row.try_get(10)?,
                    owner_since: row.try_get(11)?,
                    needs_human: row.try_get(12)?,
                    refused: row.try_get(13)?,
                    unmerged: row.try_get(14)?,
                })
            })
            .collect()
    }

    /// Where mail goes that names tickets by these numbers or ids; `quiet` says after which time a ticket counts as quiet. A
    /// ticket whose heir was erased stands for itself again.
    pub async fn named_tickets(
        &self,
        team: &str,
        serials: &[i64],
        ids: &[Uuid],
        quiet: Duration,
    ) -> Result<Vec<NamedTicket>, StoreFault> {
        let rows = sqlx::query(
            "SELECT n.id, n.serial, t.id, t.serial, t.state IN ('resolved', 'rejected'),
                t.changed_hour < now() - make_interval(secs => $4), k.wrapped, p.tickets, p.digests, t.state = 'waiting'
             FROM ticket n
             LEFT JOIN ticket heir ON heir.team = n.team AND heir.serial = n.merged_into AND n.merged_into <> 0
             JOIN ticket t ON t.id = coalesce(heir.id, n.id)
             JOIN case_key k ON k.id = t.id
             CROSS JOIN LATERAL (
                SELECT coalesce(array_agg(party.ticket), '{}') AS tickets, coalesce(array_agg(party.digest), '{}') AS digests
                FROM party JOIN merged() USING (ticket) WHERE heir = t.id
             ) p
             WHERE n.team = $1 AND (n.serial = ANY ($2) OR n.id = ANY ($3)) ORDER BY n.serial",
        )
        .bind(team)
        .bind(serials)
        .bind(ids)
        .bind(quiet.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let (tickets, digests): (Vec<Uuid>, Vec<Vec<u8>>) =
                    (row.try_get(7)?, row.try_get(8)?);
                Ok(NamedTicket {
                    named_id: row.try_get(0)?,
                    named: row.try_get(1)?,
                    id: row.try_get(2)?,
                    serial: row.try_get(3)?,
                    closed: row.try_get(4)?,
                    waiting: row.try_get(9)?,
                    quiet: row.try_get(5)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(6)?),
                    parties: tickets.into_iter().zip(digests).collect(),
                })
            })
            .collect()
    }

    /// Merges tickets into another one, or takes merges back; the lines are those of their chains and of the other ticket's, and name
    /// what stands on tickets from now on.
    /// [`StoreFault::Conflict`], and nothing is written, when one is no longer merged as it was, the one with the number `heir`
    /// is gone or merged itself, one was sealed anew, or a line's number is taken.
    pub async fn merge(
        &self,
        (team, heir): (&str, Option<i64>),
        moves: &[Move],
        hour: Timestamp,
        (lines, tags): (&[(Uuid, AuditLine<'_>)], &[Retag]),
    ) -> Result<(), StoreFault> {
        let (one, cases) = (moves.iter(), lines.iter());
        let cases: Vec<Uuid> = cases.map(|(case, _)| *case).collect();
        let lines = lines.iter().map(|(_, line)| line);
        let numbers: Vec<i32> = lines.clone().map(|line| line.number).collect();
        let times: Vec<String> = lines.clone().map(|line| line.at.to_string()).collect();
        let actors: Vec<&str> = lines.clone().map(|line| line.actor).collect();
        let actions: Vec<&str> = lines.clone().map(|line| line.action).collect();
        let details: Vec<&str> = lines.clone().map(|line| line.detail).collect();
        let macs: Vec<&[u8]> = lines.clone().map(|line| line.mac).collect();
        let seals: Vec<&[u8]> = lines.map(|line| line.seal).collect();
        let well = sqlx::query_scalar(MERGE)
            .bind(one.clone().map(|one| one.id).collect::<Vec<Uuid>>())
            .bind(one.clone().map(|one| one.from).collect::<Vec<i64>>())
            .bind(one.clone().map(|one| one.into).collect::<Vec<i64>>())
            .bind(one.map(|one| one.state).collect::<Vec<&str>>())
            .bind(team)
            .bind(heir)
            .bind(hour.to_string())
            .bind(cases)
            .bind(numbers)
            .bind(times)
            .bind(actors)
            .bind(actions)
            .bind(details)
            .bind(macs)
            .bind(seals);
        let well: bool = bind_tags(well, tags).fetch_one(&self.pool).await?;
        if well {
            Ok(())
        } else {
            Err(StoreFault::Conflict)
        }
    }
}

const MERGE: &str = "
WITH keys AS (
    SELECT k.id FROM case_key k JOIN unnest($16::uuid[], $17::bytea[]) AS w (id, wrapped) ON k.id = w.id AND k.wrapped = w.wrapped
    ORDER BY k.id FOR SHARE OF k
), moves AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[]) AS m (id, before, after, state)
), mine AS (
    SELECT t.id, before, after, moves.state AS now, t.state, answer_due, tell_at, told, owner, owner_since FROM ticket t JOIN moves ON moves.id = t.id AND moves.before = t.merged_into
    WHERE team = $5 ORDER BY t.id FOR UPDATE OF t
), heir AS (
    SELECT id FROM ticket WHERE team = $5 AND serial = $6 AND merged_into = 0 AND id <> ALL ($1) FOR UPDATE
), ready AS (
    SELECT ($6::bigint IS NULL OR EXISTS (SELECT FROM heir)) AND (SELECT count(*) FROM mine) = cardinality($1)
        AND (SELECT count(*) FROM keys) = cardinality($16) AS well
), told AS (
    INSERT INTO ticket_event (id, ticket, action, detail)
    SELECT e.id, ticket, action, detail FROM ready, unnest($16::uuid[], $18::uuid[], $19::text[], $20::bytea[])
        AS e (ticket, id, action, detail) WHERE well
), gone AS (
    DELETE FROM ticket_tag t USING ready, unnest($24::uuid[], $25::uuid[]) AS g (ticket, mark)
    WHERE well AND t.ticket = g.ticket AND t.mark = g.mark
), come AS (
    INSERT INTO ticket_tag (ticket, month, mark)
    SELECT ticket, month::date, mark FROM ready, unnest($21::uuid[], $22::text[], $23::uuid[]) AS c (ticket, month, mark) WHERE well
    ON CONFLICT DO NOTHING
), moved AS (
    UPDATE ticket SET merged_into = mine.after, state = mine.now, changed_hour = $7::timestamptz,
        answer_due = CASE WHEN mine.after = 0 THEN was.answer_due ELSE mine.answer_due END,
        tell_at = CASE WHEN mine.after = 0 THEN was.tell_at END,
        told = CASE WHEN mine.after = 0 THEN coalesce(was.told, mine.told) ELSE mine.told END
    FROM ready, mine LEFT JOIN ticket_before was ON was.ticket = mine.id AND was.merged WHERE ticket.id = mine.id AND ready.well
), lines AS (
    SELECT l.* FROM ready,
        unnest($8::uuid[], $9::integer[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::bytea[], $15::bytea[])
        AS l (case_id, number, at, actor, action, detail, mac, seal) WHERE ready.well
), kept AS (
    -- What goes along with another was merged before: how it stood then is kept.
    INSERT INTO ticket_before (ticket, number, state, answer_due, tell_at, told, owner, owner_since, merged)
    SELECT mine.id, number, state, answer_due, tell_at, told, owner, owner_since, true
    FROM mine JOIN lines ON lines.case_id = mine.id WHERE before = 0 AND after <> 0
    ON CONFLICT (ticket) DO UPDATE SET number = excluded.number, event = NULL, state = excluded.state,
        answer_due = excluded.answer_due, tell_at = excluded.tell_at, told = excluded.told, owner = excluded.owner,
        owner_since = excluded.owner_since, merged = true
), parted AS (
    DELETE FROM ticket_before USING mine, ready WHERE ready.well AND ticket = mine.id AND after = 0
), audited AS (
    INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
    SELECT case_id, number, at, actor, action, detail, mac FROM lines
), headed AS (
    INSERT INTO audit_head (case_id, number, mac, seal) SELECT case_id, number, mac, seal FROM lines
    ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
)
SELECT well FROM ready";
