//! What peers do by habit, alerts when a habit is broken, and what the webhook has not been told yet.

use std::time::Duration;

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::inbox::interval;
use super::{Store, StoreFault, StoredPeer};

/// What a peer showed in a row of messages that were all well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// Who.
    pub peer: Uuid,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// Messages with TLS.
    pub tls: i64,
    /// Messages with a certificate that verified.
    pub verified: i64,
}

/// What to write when a habit is broken.
pub struct Breach<'a> {
    /// The alert's id, if one is raised.
    pub id: Uuid,
    /// Who.
    pub peer: Uuid,
    /// `inbound` or `outbound`.
    pub direction: &'a str,
    /// `tls_lost` or `certificate_lost`.
    pub kind: &'a str,
    /// Messages in a row that make a habit.
    pub established: i64,
    /// Case and entry of the message that showed it; no entry for mail of ours.
    pub shown_by: Option<(Uuid, Option<Uuid>)>,
    /// Whether a webhook is to be told.
    pub tell: bool,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// Its id.
    pub id: Uuid,
    /// Who.
    pub peer: Uuid,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// `tls_lost` or `certificate_lost`.
    pub kind: String,
    /// How many messages in a row had been well before.
    pub before: i64,
    /// RFC 3339.
    pub raised_at: String,
    /// RFC 3339; `None` while it is open.
    pub closed_at: Option<String>,
    /// The ticket or suppressed message that showed it.
    pub case: Option<Uuid>,
    /// The entry that showed it.
    pub entry: Option<Uuid>,
}

/// An alert that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Its id.
    pub id: Uuid,
    /// Who.
    pub peer: Uuid,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// `tls_lost` or `certificate_lost`.
    pub kind: String,
    /// The ticket or suppressed message that showed it.
    pub case: Option<Uuid>,
}

/// Something to tell the webhook, held until the lease ends.
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// `raised` or `closed`.
    pub event: String,
    /// Attempts before this one.
    pub attempts: i32,
    /// Seconds since it was written.
    pub age: f64,
    /// The alert.
    pub alert: AlertRow,
    /// The peer's sealed name.
    pub peer: StoredPeer,
}

const ALERT: &str = "a.id, a.peer, a.direction, a.kind, a.before,
    to_char(a.raised_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
    to_char(a.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), a.case_id, a.entry";

fn alert(row: &sqlx::postgres::PgRow) -> Result<AlertRow, sqlx::Error> {
    Ok(AlertRow {
        id: row.try_get(0)?,
        peer: row.try_get(1)?,
        direction: row.try_get(2)?,
        kind: row.try_get(3)?,
        before: row.try_get(4)?,
        raised_at: row.try_get(5)?,
        closed_at: row.try_get(6)?,
        case: row.try_get(7)?,
        entry: row.try_get(8)?,
    })
}

impl Store {
    /// Messages that were well: habits grow, and alerts about what is well again are closed; these are returned.
    pub async fn confirm_habits(
        &self,
        habits: &[Habit],
        tell: bool,
    ) -> Result<Vec<Closed>, StoreFault> {
        let peers: Vec<Uuid> = habits.iter().map(|habit| habit.peer).collect();
        let directions: Vec<&str> = habits
            .iter()
            .map(|habit| habit.direction.as_str())
            .collect();
        let tls: Vec<i64> = habits.iter().map(|habit| habit.tls).collect();
        let verified: Vec<i64> = habits.iter().map(|habit| habit.verified).collect();
        let rows = sqlx::query(CONFIRM)
            .bind(peers)
            .bind(directions)
            .bind(tls)
            .bind(verified)
            .bind(tell)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Closed {
                    id: row.try_get(0)?,
                    peer: row.try_get(1)?,
                    direction: row.try_get(2)?,
                    kind: row.try_get(3)?,
                    case: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// A message that was not well: its habit begins anew, and an alert is raised when there was one and none is open.
    /// Returns how many messages in a row had been well before.
    pub async fn break_habit(&self, breach: &Breach<'_>) -> Result<Option<i64>, StoreFault> {
        let before = sqlx::query_scalar(BREAK)
            .bind(breach.id)
            .bind(breach.peer)
            .bind(breach.direction)
            .bind(breach.kind)
            .bind(breach.established)
            .bind(breach.shown_by.map(|(case, _)| case))
            .bind(breach.shown_by.and_then(|(_, entry)| entry))
            .bind(breach.tell)
            .fetch_optional(&self.pool)
            .await?;
        Ok(before)
    }

    /// Alerts with their peers' sealed names, the newest last: open ones, or all; of one peer or one case when given.
    pub async fn alerts(
        &self,
        all: bool,
        peer: Option<Uuid>,
        case: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(AlertRow, StoredPeer)>, StoreFault> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT * FROM (
                SELECT {ALERT}, wrapped, sealed FROM transport_alert a JOIN transport_peer p ON p.id = a.peer
                JOIN case_key ON case_key.id = p.id
                WHERE ($1 OR closed_at IS NULL) AND ($2::uuid IS NULL OR a.peer = $2) AND ($3::uuid IS NULL OR a.case_id = $3)
                ORDER BY a.id DESC LIMIT $4
             ) newest ORDER BY id"
        )))
        .bind(all)
        .bind(peer)
        .bind(case)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let alert = alert(row)?;
                let peer = StoredPeer {
                    id: alert.peer,
                    wrapped: WrappedKey::from_bytes(row.try_get(9)?),
                    sealed: Sealed::from_bytes(row.try_get(10)?),
                };
                Ok((alert, peer))
            })
            .collect()
    }

    /// Claims notices that are due, for `lease`: of each alert only what happened first.
    pub async fn due_notices(&self, most: i64, lease: Duration) -> Result<Vec<Notice>, StoreFault> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "WITH due AS (
                SELECT id FROM transport_notice n WHERE due_at <= now() AND NOT EXISTS
                    (SELECT FROM transport_notice e WHERE e.alert = n.alert AND (e.created_at, e.id) < (n.created_at, n.id))
                ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED
             ), held AS (
                UPDATE transport_notice n SET due_at = now() + $2, attempts = n.attempts + 1 FROM due WHERE n.id = due.id
                RETURNING n.id, n.alert, n.event, n.attempts, n.created_at
             )
             SELECT {ALERT}, wrapped, sealed, held.id, held.event, held.attempts - 1,
                extract(epoch FROM now() - held.created_at)::float8
             FROM held JOIN transport_alert a ON a.id = held.alert JOIN transport_peer p ON p.id = a.peer
             JOIN case_key ON case_key.id = p.id ORDER BY held.id"
        )))
        .bind(most)
        .bind(interval(lease))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let alert = alert(row)?;
                Ok(Notice {
                    id: row.try_get(11)?,
                    event: row.try_get(12)?,
                    attempts: row.try_get(13)?,
                    age: row.try_get(14)?,
                    peer: StoredPeer {
                        id: alert.peer,
                        wrapped: WrappedKey::from_bytes(row.try_get(9)?),
                        sealed: Sealed::from_bytes(row.try_get(10)?),
                    },
                    alert,
                })
            })
            .collect()
    }
}

const CONFIRM: &str = "
WITH seen AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) AS s (peer, direction, tls, verified)
), habits AS (
    INSERT INTO transport_habit AS h (peer, direction, tls_row, verified_row, tls_hour, verified_hour)
    SELECT peer, direction, tls, verified, CASE WHEN tls > 0 THEN date_trunc('hour', now()) END,
        CASE WHEN verified > 0 THEN date_trunc('hour', now()) END
    FROM seen ORDER BY peer, direction
    ON CONFLICT (peer, direction) DO UPDATE SET tls_row = h.tls_row + excluded.tls_row,
        verified_row = h.verified_row + excluded.verified_row, tls_hour = coalesce(excluded.tls_hour, h.tls_hour),
        verified_hour = coalesce(excluded.verified_hour, h.verified_hour)
), closed AS (
    UPDATE transport_alert a SET closed_at = now() FROM seen s
    WHERE a.closed_at IS NULL AND a.peer = s.peer AND a.direction = s.direction
        AND (CASE a.kind WHEN 'tls_lost' THEN s.tls ELSE s.verified END) > 0
    RETURNING a.id, a.peer, a.direction, a.kind, a.case_id
), noticed AS (
    INSERT INTO transport_notice (id, alert, event) SELECT gen_random_uuid(), id, 'closed' FROM closed WHERE $5
)
SELECT id, peer, direction, kind, case_id FROM closed ORDER BY id";

const BREAK: &str = "
WITH habit AS (
    SELECT CASE $4 WHEN 'tls_lost' THEN tls_row ELSE verified_row END AS before
    FROM transport_habit WHERE peer = $2 AND direction = $3 FOR UPDATE
), begun_anew AS (
    UPDATE transport_habit SET tls_row = CASE $4 WHEN 'tls_lost' THEN 0 ELSE tls_row END,
        verified_row = CASE $4 WHEN 'tls_lost' THEN verified_row ELSE 0 END
    FROM habit WHERE peer = $2 AND direction = $3
), raised AS (
    INSERT INTO transport_alert (id, peer, direction, kind, before, case_id, entry)
    SELECT $1, $2, $3, $4, before, $6, $7 FROM habit WHERE before >= $5
    ON CONFLICT (peer, direction, kind) WHERE closed_at IS NULL DO NOTHING RETURNING id, before
), noticed AS (
    INSERT INTO transport_notice (id, alert, event) SELECT gen_random_uuid(), id, 'raised' FROM raised WHERE $8
)
SELECT before FROM raised";
