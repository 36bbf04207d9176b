//! Erasing: a case's key and all its rows go in one statement, which leaves a line in the shred log.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{AuditLine, Store, StoreFault};

/// A case to erase.
pub struct Shred<'a> {
    /// Which.
    pub case: Uuid,
    /// The line's id in the shred log.
    pub id: Uuid,
    /// The team's name.
    pub team: &'a str,
    /// Who did it: a user name of this machine, or `retention`.
    pub actor: &'a str,
    /// Why, one word.
    pub reason: &'a str,
    /// The last line of its audit trail, which stays.
    pub audit: AuditLine<'a>,
    /// Only if it is a ticket that is closed, or a suppressed message, and last changed then; whatever it is when `None`.
    pub unchanged_since: Option<Timestamp>,
}

/// What there is of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSize {
    /// Its id.
    pub case: Uuid,
    /// The ticket's number; `None` for suppressed mail.
    pub serial: Option<i64>,
    /// Messages.
    pub entries: i64,
    /// Messages with searchable values.
    pub observables: i64,
    /// Mails of ours, sent and waiting.
    pub mails: i64,
}

/// A line of the shred log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shredded {
    /// `ticket`, `suppressed`, `mail` (of ours, on no ticket) or `month`.
    pub what: String,
    /// The case; `None` for a month.
    pub case: Option<Uuid>,
    /// The ticket's number.
    pub serial: Option<i64>,
    /// The month's number, see [`vault::Epoch::number`].
    pub epoch: i32,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it began, RFC 3339, UTC.
    pub at: String,
    /// Whether a month's rows are all gone; cases are gone at once.
    pub is_ended: bool,
}

const SHRED: &str = "
WITH found AS (
    SELECT id FROM case_key c WHERE id = $1 AND NOT EXISTS (SELECT FROM entry WHERE case_id = c.id AND ticket <> c.id) FOR UPDATE
), closed AS (
    SELECT t.id FROM ticket t JOIN found ON found.id = t.id
    WHERE state IN ('resolved', 'rejected') AND extract(epoch FROM changed_hour)::bigint = $12 FOR UPDATE OF t
), suppressed AS (
    SELECT e.id FROM entry e JOIN found ON found.id = e.case_id 
    WHERE ticket IS NULL AND extract(epoch FROM received_hour)::bigint = $12 FOR UPDATE OF e
), held AS (
    SELECT id FROM found WHERE $12::bigint IS NULL OR EXISTS (SELECT FROM closed) OR EXISTS (SELECT FROM suppressed)
), entries AS (
    DELETE FROM entry USING held WHERE case_id = held.id OR ticket = held.id RETURNING entry.id, case_id
), seen_gone AS (
    DELETE FROM seen USING entries WHERE seen.entry = entries.id
), observables AS (
    DELETE FROM observable WHERE case_id IN (SELECT id FROM held UNION SELECT case_id FROM entries)
), parties AS (
    DELETE FROM party USING held WHERE ticket = held.id
), foreigners AS (
    DELETE FROM foreign_reference USING held WHERE ticket = held.id
), mails AS (
    DELETE FROM outbox USING held WHERE case_id = held.id
), alerts AS (
    UPDATE transport_alert SET case_id = NULL, entry = NULL FROM held WHERE case_id = held.id
), tickets AS (
    DELETE FROM ticket USING held WHERE ticket.id = held.id RETURNING ticket.id, serial
), gone AS (
    DELETE FROM case_key USING held WHERE case_key.id = held.id RETURNING case_key.id, epoch
), own_gone AS (
    DELETE FROM case_key USING entries, held WHERE case_key.id = entries.case_id AND case_key.id <> held.id
), audited AS (
    INSERT INTO audit (case_id, number, at, actor, action, detail, mac) SELECT id, $6, $7::timestamptz, $4, $8, $9, $10 FROM gone
), headed AS (
    INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $6, $10, $11 FROM gone
    ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
)
INSERT INTO shred_log (id, what, team, case_id, serial, epoch, actor, reason, ended_at)
SELECT $2, CASE WHEN tickets.id IS NOT NULL THEN 'ticket' WHEN EXISTS (SELECT FROM entries) THEN 'suppressed' ELSE 'mail' END, $3, gone.id, serial, epoch, $4, $5, now()
FROM gone LEFT JOIN tickets ON tickets.id = gone.id";

impl Store {
    /// Erases a case; `false` when it is gone already, has changed since it was looked at, or is that of one message on a ticket
    /// (sealed to analysts): those go with their ticket. A message that joins it at the same moment makes it a conflict.
    pub async fn shred(&self, shred: &Shred<'_>) -> Result<bool, StoreFault> {
        let audit = &shred.audit;
        let done = sqlx::query(SHRED)
            .bind(shred.case)
            .bind(shred.id)
            .bind(shred.team)
            .bind(shred.actor)
            .bind(shred.reason)
            .bind(audit.number)
            .bind(audit.at.to_string())
            .bind(audit.action)
            .bind(audit.detail)
            .bind(audit.mac)
            .bind(audit.seal)
            .bind(shred.unchanged_since.map(Timestamp::as_second))
            .execute(&self.pool)
            .await
            .map_err(joined)?;
        Ok(done.rows_affected() > 0)
    }

    /// How much there is of these cases; those that are gone are left out.
    pub async fn case_sizes(&self, cases: &[Uuid]) -> Result<Vec<CaseSize>, StoreFault> {
        let rows = sqlx::query(
            "SELECT c.id, t.serial, (SELECT count(*) FROM entry WHERE case_id = c.id OR ticket = c.id),
                (SELECT count(*) FROM observable WHERE case_id = c.id OR entry IN (SELECT id FROM entry WHERE ticket = c.id)),
                (SELECT count(*) FROM outbox WHERE case_id = c.id)
             FROM case_key c LEFT JOIN ticket t ON t.id = c.id WHERE c.id = ANY ($1) ORDER BY c.id",
        )
        .bind(cases)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(CaseSize {
                    case: row.try_get(0)?,
                    serial: row.try_get(1)?,
                    entries: row.try_get(2)?,
                    observables: row.try_get(3)?,
                    mails: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Cases of an epoch, at most `limit`, in order, those after `after`; below this generation only, when one is given.
    pub async fn cases_of(
        &self,
        epoch: i32,
        below: Option<i32>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreFault> {
        let cases = sqlx::query_scalar(
            "SELECT id FROM case_key WHERE epoch = $1 AND ($2::integer IS NULL OR generation < $2) AND id > $3 ORDER BY id LIMIT $4",
        )
        .bind(epoch)
        .bind(below)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(cases)
    }

    /// How many cases an epoch has.
    pub async fn count_cases_of(&self, epoch: i32) -> Result<i64, StoreFault> {
        let counted =
            sqlx::query_scalar("SELECT count(*) FROM case_key WHERE epoch = $1").bind(epoch);
        Ok(counted.fetch_one(&self.pool).await?)
    }

    /// Cases of an epoch, and how many of them are open tickets.
    pub async fn month_size(&self, team: &str, epoch: i32) -> Result<(i64, i64), StoreFault> {
        let counted = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE t.state NOT IN ('resolved', 'rejected'))
             FROM case_key c LEFT JOIN ticket t ON t.id = c.id AND t.team = $1 WHERE epoch = $2",
        );
        let counted = counted.bind(team).bind(epoch);
        Ok(counted.fetch_one(&self.pool).await?)
    }

    /// Whether cases of this epoch were here, and none is left that counts: mail of ours that belongs to no ticket, as reports
    /// about TLS, doesn't count once it was sent or given up a month ago.
    pub async fn is_emptied(&self, epoch: i32) -> Result<bool, StoreFault> {
        let asked = sqlx::query_scalar(
            "SELECT (EXISTS (SELECT FROM shred_log WHERE epoch = $1 AND what <> 'month') OR EXISTS (SELECT FROM case_key WHERE epoch = $1))
                AND NOT EXISTS (SELECT FROM case_key c WHERE epoch = $1 AND NOT (
                    EXISTS (SELECT FROM outbox o WHERE o.case_id = c.id)
                    AND NOT EXISTS (SELECT FROM outbox o WHERE o.case_id = c.id
                        AND (o.state IN ('queued', 'held') OR coalesce(o.ended_at, o.created_at) > now() - interval '30 days'))
                    AND NOT EXISTS (SELECT FROM ticket t WHERE t.id = c.id)
                    AND NOT EXISTS (SELECT FROM entry e WHERE e.case_id = c.id OR e.ticket = c.id)))",
        );
        Ok(asked.bind(epoch).fetch_one(&self.pool).await?)
    }

    /// Epochs and generations that rows name, in order: a walk along the index, however many rows there are.
    pub async fn epochs_named(&self) -> Result<Vec<(i32, i32)>, StoreFault> {
        let named = sqlx::query_as(
            "WITH RECURSIVE walk AS (
                (SELECT epoch, generation FROM case_key ORDER BY epoch, generation LIMIT 1)
                UNION ALL
                SELECT next.epoch, next.generation FROM walk, LATERAL (
                    SELECT epoch, generation FROM case_key WHERE (epoch, generation) > (walk.epoch, walk.generation)
                    ORDER BY epoch, generation LIMIT 1
                ) next
             )
             SELECT epoch, generation FROM walk",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(named)
    }

    /// Writes down that a month is erased, before it is. Again after an interruption: the first line counts.
    pub async fn begin_shred_month(
        &self,
        id: Uuid,
        team: &str,
        epoch: i32,
        by: (&str, &str),
    ) -> Result<(), StoreFault> {
        sqlx::query(
            "INSERT INTO shred_log (id, what, team, epoch, actor, reason) SELECT $1, 'month', $2, $3, $4, $5
             WHERE NOT EXISTS (SELECT FROM shred_log WHERE what = 'month' AND epoch = $3 AND ended_at IS NULL)",
        )
        .bind(id)
        .bind(team)
        .bind(epoch)
        .bind(by.0)
        .bind(by.1)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes down that a month's rows are gone.
    pub async fn end_shred_month(&self, epoch: i32) -> Result<(), StoreFault> {
        sqlx::query("UPDATE shred_log SET ended_at = now() WHERE what = 'month' AND epoch = $1 AND ended_at IS NULL")
            .bind(epoch)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The shred log, the newest last: all of it, or the lines of one ticket.
    pub async fn shred_log(
        &self,
        team: &str,
        serial: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Shredded>, StoreFault> {
        let rows = sqlx::query(
            "SELECT * FROM (
                SELECT what, case_id, serial, epoch, actor, reason, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                    ended_at IS NOT NULL, id FROM shred_log
                WHERE team = $1 AND ($2::bigint IS NULL OR serial = $2) ORDER BY id DESC LIMIT $3
             ) newest ORDER BY id",
        )
        .bind(team)
        .bind(serial)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(shredded(row)?)).collect()
    }

    /// Months that the shred log says are erased.
    pub async fn shredded_months(&self) -> Result<Vec<i32>, StoreFault> {
        let months = "SELECT DISTINCT epoch FROM shred_log WHERE what = 'month' ORDER BY epoch";
        Ok(sqlx::query_scalar(months).fetch_all(&self.pool).await?)
    }
}

fn shredded(row: &PgRow) -> Result<Shredded, sqlx::Error> {
    Ok(Shredded {
        what: row.try_get(0)?,
        case: row.try_get(1)?,
        serial: row.try_get(2)?,
        epoch: row.try_get(3)?,
        actor: row.try_get(4)?,
        reason: row.try_get(5)?,
        at: row.try_get(6)?,
        is_ended: row.try_get(7)?,
    })
}

/// A row that came meanwhile still names the case.
fn joined(error: sqlx::Error) -> StoreFault {
    let refused = error.as_database_error();
    if refused.is_some_and(|refused| refused.is_foreign_key_violation()) {
        return StoreFault::Conflict;
    }
    error.into()
}

/// A ticket that is closed, or a suppressed message: what retention looks at.
pub struct Aged {
    /// Its case.
    pub case: Uuid,
    /// The case's key, wrapped.
    pub wrapped: vault::WrappedKey,
    /// The ticket's number; `None` for suppressed mail.
    pub serial: Option<i64>,
    /// When it changed last, to the hour.
    pub changed: Timestamp,
    /// Sealed summaries of its entries, with their ids and kinds.
    pub summaries: Vec<(Uuid, String, vault::Sealed)>,
    /// Whether there are entries that analysts alone can open.
    pub has_closed: bool,
}

impl Store {
    /// Closed tickets and suppressed messages that did not change since `before`, in order of their ids, at most `limit` after
    /// `after`. Open tickets are never among them.
    pub async fn aged(
        &self,
        team: &str,
        before: Timestamp,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Aged>, StoreFault> {
        let rows = sqlx::query(
            "SELECT c.id, c.wrapped, old.serial, extract(epoch FROM old.changed)::bigint,
                (SELECT array_agg(e.id ORDER BY e.id) FROM entry e WHERE e.case_id = c.id),
                (SELECT array_agg(e.summary ORDER BY e.id) FROM entry e WHERE e.case_id = c.id),
                EXISTS (SELECT FROM entry e WHERE e.ticket = c.id AND e.case_id <> c.id),
                (SELECT array_agg(e.kind ORDER BY e.id) FROM entry e WHERE e.case_id = c.id)
             FROM (
                (SELECT id, serial, changed_hour AS changed FROM ticket
                 WHERE team = $1 AND state IN ('resolved', 'rejected') AND changed_hour < $2::timestamptz AND id > $3 ORDER BY id LIMIT $4)
                UNION ALL
                (SELECT case_id, NULL, received_hour FROM entry
                 WHERE ticket IS NULL AND received_hour < $2::timestamptz AND case_id > $3 ORDER BY case_id LIMIT $4)
             ) old JOIN case_key c ON c.id = old.id ORDER BY c.id LIMIT $4",
        )
        .bind(team)
        .bind(before.to_string())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(aged).collect()
    }
}

fn aged(row: &PgRow) -> Result<Aged, StoreFault> {
    let ids: Option<Vec<Uuid>> = row.try_get(4)?;
    let sealed: Option<Vec<Vec<u8>>> = row.try_get(5)?;
    let kinds: Option<Vec<String>> = row.try_get(7)?;
    let sealed = sealed
        .unwrap_or_default()
        .into_iter()
        .map(vault::Sealed::from_bytes);
    Ok(Aged {
        case: row.try_get(0)?,
        wrapped: vault::WrappedKey::from_bytes(row.try_get(1)?),
        serial: row.try_get(2)?,
        changed: Timestamp::from_second(row.try_get(3)?).unwrap_or(Timestamp::MAX),
        summaries: ids
            .unwrap_or_default()
            .into_iter()
            .zip(kinds.unwrap_or_default())
            .zip(sealed)
            .map(|((id, kind), sealed)| (id, kind, sealed))
            .collect(),
        has_closed: row.try_get(6)?,
    })
}
