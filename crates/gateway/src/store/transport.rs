//! Transport indicators: peers under sealed names, counts by day, and reports (RFC 8460) made and received.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Store, StoreFault};

/// A peer's sealed name.
pub struct StoredPeer {
    /// Keyed digest of the name, which is also its case.
    pub id: Uuid,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// The name, sealed.
    pub sealed: Sealed,
}

/// One counter of one day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// Whose.
    pub peer: Uuid,
    /// `inbound`, `outbound` or `reported`.
    pub direction: String,
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    /// A word of ours.
    pub name: String,
    /// How many; never negative.
    pub count: i64,
}

/// What became of a day's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// The domain asks for none.
    Unwanted,
    /// It is in the outbox, or was posted.
    Sent,
    /// Nobody took it.
    Failed,
}

impl ReportState {
    fn word(self) -> &'static str {
        match self {
            ReportState::Unwanted => "unwanted",
            ReportState::Sent => "sent",
            ReportState::Failed => "failed",
        }
    }
}

/// A report as mail, for the outbox.
pub struct ReportMail<'a> {
    /// The mail's id, which is also its case.
    pub id: Uuid,
    /// Its key, wrapped.
    pub wrapped: &'a WrappedKey,
    /// Sealed recipient and finished message.
    pub message: &'a Sealed,
}

impl Store {
    /// Adds to counters, new peers included; in one order everywhere, so that processes don't wait for each other.
    pub async fn add_counts(
        &self,
        peers: &[&StoredPeer],
        counts: &[Count],
    ) -> Result<(), StoreFault> {
        let (ids, wrapped, sealed) = peer_columns(peers);
        let columns = Columns::new(counts);
        sqlx::query(ADD_COUNTS)
            .bind(ids)
            .bind(wrapped)
            .bind(sealed)
            .bind(columns.peers)
            .bind(columns.directions)
            .bind(columns.days)
            .bind(columns.names)
            .bind(columns.numbers)
            .bind(None::<&[u8]>)
            .bind(None::<&str>)
            .fetch_one(&self.pool)
            .await?;
        Ok(())
    }

    /// As [`Store::add_counts`], unless a report with this digest was counted before; whether it was new.
    pub async fn add_received(
        &self,
        digest: &[u8],
        peer: &StoredPeer,
        counts: &[Count],
    ) -> Result<bool, StoreFault> {
        let (ids, wrapped, sealed) = peer_columns(&[peer]);
        let columns = Columns::new(counts);
        let day = counts.first().map_or("1970-01-01", |count| &count.day);
        let fresh: bool = sqlx::query_scalar(ADD_COUNTS)
            .bind(ids)
            .bind(wrapped)
            .bind(sealed)
            .bind(columns.peers)
            .bind(columns.directions)
            .bind(columns.days)
            .bind(columns.names)
            .bind(columns.numbers)
            .bind(Some(digest))
            .bind(Some(day))
            .fetch_one(&self.pool)
            .await?;
        Ok(fresh)
    }

    /// Peers whose id begins with these hexadecimal digits; at most two, since one is wanted.
    pub async fn transport_peers(&self, prefix: &str) -> Result<Vec<StoredPeer>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, wrapped, sealed FROM transport_peer JOIN case_key USING (id)
             WHERE starts_with(replace(id::text, '-', ''), $1) ORDER BY id LIMIT 2",
        )
        .bind(prefix)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok(peer(&row)?)).collect()
    }

    /// A peer's counts since `day`, that day included, summed over days, in order of direction and name.
    pub async fn counts_since(
        &self,
        peer: Uuid,
        day: &str,
    ) -> Result<Vec<(String, String, i64)>, StoreFault> {
        let rows = sqlx::query_as(
            "SELECT direction, name, least(sum(count), 9223372036854775807)::bigint FROM transport_count
             WHERE peer = $1 AND day >= $2::date GROUP BY direction, name ORDER BY direction, name",
        )
        .bind(peer)
        .bind(day)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Peers that we had sessions with on this day; with `unreported`, those alone whose report nobody has claimed, or
    /// whose claim is older than an hour and came to nothing.
    pub async fn delivered_to(
        &self,
        day: &str,
        unreported: bool,
    ) -> Result<Vec<StoredPeer>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, wrapped, sealed FROM transport_peer JOIN case_key USING (id)
             WHERE id IN (SELECT peer FROM transport_count WHERE day = $1::date AND direction = 'outbound' AND starts_with(name, 'session:'))
               AND (NOT $2 OR NOT EXISTS (SELECT FROM transport_report r WHERE r.day = $1::date AND r.peer = transport_peer.id
                    AND (state <> 'claimed' OR claimed_at > now() - interval '1 hour')))
             ORDER BY id",
        )
        .bind(day)
        .bind(unreported)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok(peer(&row)?)).collect()
    }

    /// What happened with one peer on one day, outbound: name and count.
    pub async fn day_counts(
        &self,
        peer: Uuid,
        day: &str,
    ) -> Result<Vec<(String, i64)>, StoreFault> {
        let rows = sqlx::query_as(
            "SELECT name, count FROM transport_count WHERE peer = $1 AND day = $2::date AND direction = 'outbound' ORDER BY name",
        )
        .bind(peer)
        .bind(day)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Claims the report of a day and peer for an hour; `None` when another process has it or it is done, else how often
    /// it was claimed, this time included.
    pub async fn claim_report(&self, day: &str, peer: Uuid) -> Result<Option<i32>, StoreFault> {
        let attempts = sqlx::query_scalar(
            "INSERT INTO transport_report AS r (day, peer, state) VALUES ($1::date, $2, 'claimed')
             ON CONFLICT (day, peer) DO UPDATE SET claimed_at = now(), attempts = r.attempts + 1
                WHERE r.state = 'claimed' AND r.claimed_at <= now() - interval '1 hour'
             RETURNING attempts",
        )
        .bind(day)
        .bind(peer)
        .fetch_optional(&self.pool)
        .await?;
        Ok(attempts)
    }

    /// Writes down what became of a report; with `mail`, puts it into the outbox in the same statement.
    pub async fn report_done(
        &self,
        day: &str,
        peer: Uuid,
        state: ReportState,
        mail: Option<&ReportMail<'_>>,
    ) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH done AS (
                UPDATE transport_report SET state = $3 WHERE day = $1::date AND peer = $2 AND state = 'claimed' RETURNING peer
             ), new_case AS (
                INSERT INTO case_key (id, wrapped) SELECT $4, $5 FROM done WHERE $4::uuid IS NOT NULL
             )
             INSERT INTO outbox (id, case_id, due_at, message) SELECT $4, $4, now(), $6 FROM done WHERE $4::uuid IS NOT NULL",
        )
        .bind(day)
        .bind(peer)
        .bind(state.word())
        .bind(mail.map(|mail| mail.id))
        .bind(mail.map(|mail| mail.wrapped.as_bytes()))
        .bind(mail.map(|mail| mail.message.as_bytes()))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets what is older than `day`: counts, reports, habits that nobody kept up, and then peers of whom nothing is
    /// known any more. Alerts are facts, and stay.
    pub async fn forget_transport(&self, day: &str) -> Result<(), StoreFault> {
        for statement in [
            "DELETE FROM transport_count WHERE day < $1::date",
            "DELETE FROM transport_report WHERE day < $1::date",
            "DELETE FROM transport_received WHERE day < $1::date",
            "DELETE FROM transport_habit WHERE greatest(tls_hour, verified_hour) < $1::date",
            "WITH gone AS (
                DELETE FROM transport_peer p WHERE NOT EXISTS (SELECT FROM transport_count WHERE peer = p.id)
                AND NOT EXISTS (SELECT FROM transport_habit WHERE peer = p.id) AND NOT EXISTS (SELECT FROM transport_alert WHERE peer = p.id)
                AND NOT EXISTS (SELECT FROM transport_report WHERE peer = p.id) AND $1::date IS NOT NULL RETURNING id
             )
             DELETE FROM case_key USING gone WHERE case_key.id = gone.id",
        ] {
            sqlx::query(statement).bind(day).execute(&self.pool).await?;
        }
        Ok(())
    }
}

/// A peer that two processes see first at once is written by one of them, key and name together. With a digest, nothing is
/// written when that was there before. Returns whether anything was.
const ADD_COUNTS: &str = "
WITH fresh AS (
    INSERT INTO transport_received (digest, day) SELECT $9, $10::date WHERE $9::bytea IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING digest
), may AS (
    SELECT FROM fresh UNION ALL SELECT WHERE $9::bytea IS NULL
), new_case AS (
    INSERT INTO case_key (id, wrapped) SELECT id, wrapped FROM unnest($1::uuid[], $2::bytea[]) AS p (id, wrapped), may ORDER BY id
    ON CONFLICT DO NOTHING RETURNING id
), new_peer AS (
    INSERT INTO transport_peer (id, sealed) SELECT p.id, p.sealed FROM unnest($1::uuid[], $3::bytea[]) AS p (id, sealed)
    JOIN new_case ON new_case.id = p.id ORDER BY p.id
), counted AS (
    INSERT INTO transport_count AS c (peer, direction, day, name, count)
    SELECT n.* FROM unnest($4::uuid[], $5::text[], $6::date[], $7::text[], $8::bigint[]) AS n (peer, direction, day, name, count), may
    ORDER BY peer, direction, day, name
    ON CONFLICT (peer, direction, day, name) DO UPDATE
    SET count = least(c.count::numeric + excluded.count, 9223372036854775807)::bigint
)
SELECT EXISTS (SELECT FROM may)";

/// Counts as one array a column.
struct Columns<'a> {
    peers: Vec<Uuid>,
    directions: Vec<&'a str>,
    days: Vec<&'a str>,
    names: Vec<&'a str>,
    numbers: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn new(counts: &'a [Count]) -> Columns<'a> {
        Columns {
            peers: counts.iter().map(|count| count.peer).collect(),
            directions: counts.iter().map(|count| &*count.direction).collect(),
            days: counts.iter().map(|count| &*count.day).collect(),
            names: counts.iter().map(|count| &*count.name).collect(),
            numbers: counts.iter().map(|count| count.count).collect(),
        }
    }
}

fn peer_columns<'a>(peers: &[&'a StoredPeer]) -> (Vec<Uuid>, Vec<&'a [u8]>, Vec<&'a [u8]>) {
    let ids = peers.iter().map(|peer| peer.id).collect();
    let wrapped = peers.iter().map(|peer| peer.wrapped.as_bytes()).collect();
    let sealed = peers.iter().map(|peer| peer.sealed.as_bytes()).collect();
    (ids, wrapped, sealed)
}

fn peer(row: &sqlx::postgres::PgRow) -> Result<StoredPeer, sqlx::Error> {
    Ok(StoredPeer {
        id: row.try_get(0)?,
        wrapped: WrappedKey::from_bytes(row.try_get(1)?),
        sealed: Sealed::from_bytes(row.try_get(2)?),
    })
}
