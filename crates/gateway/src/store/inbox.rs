//! The inbox: where a message rests between `250` and the record.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;
use vault::Sealed;

use super::{Store, StoreFault};
use crate::listener::SealedMessage;

/// A message that this worker holds until the lease ends.
pub struct Claimed {
    /// The spool id that the peer was told.
    pub id: Uuid,
    /// This attempt, counted from 1; committed before the attempt begins.
    pub attempt: i16,
    /// Sealed [`intake::envelope::Envelope`].
    pub envelope: Sealed,
    /// Sealed raw content: all of it, or what follows the pieces.
    pub content: Sealed,
    /// How many pieces come before it, see [`Store::pieces`].
    pub pieces: i32,
}

pub(super) fn interval(duration: Duration) -> PgInterval {
    let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    PgInterval {
        months: 0,
        days: 0,
        microseconds,
    }
}

impl Store {
    /// Keeps a sealed message; when this returns `Ok` it is durable and `250` may be said. Messages that come at the same
    /// moment share a commit. Whether the pieces are still there can't be asked: a listener may only insert.
    pub async fn keep(&self, message: SealedMessage) -> Result<(), StoreFault> {
        self.together.keep(&self.pool, message).await
    }

    /// Claims up to `most` due messages, 16 MiB together at most (but always one), for `lease`.
    pub async fn claim(&self, most: i64, lease: Duration) -> Result<Vec<Claimed>, StoreFault> {
        let rows = sqlx::query(
            "WITH due AS (
                SELECT id, size FROM inbox WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
             ), mine AS (
                SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id) AS total, size FROM due) sums
                WHERE total <= 16777216 OR total = size
             )
             UPDATE inbox SET attempts = attempts + 1, due_at = now() + $2
             FROM mine WHERE inbox.id = mine.id
             RETURNING inbox.id, attempts, envelope, content, pieces",
        )
        .bind(most)
        .bind(interval(lease))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Claimed {
                    id: row.try_get(0)?,
                    attempt: row.try_get(1)?,
                    envelope: Sealed::from_bytes(row.try_get(2)?),
                    content: Sealed::from_bytes(row.try_get(3)?),
                    pieces: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Holds a message for longer.
    pub async fn hold(&self, id: Uuid, attempt: i16, lease: Duration) -> Result<(), StoreFault> {
        sqlx::query("UPDATE inbox SET due_at = now() + $3 WHERE id = $1 AND attempts = $2")
            .bind(id)
            .bind(attempt)
            .bind(interval(lease))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives a message back after a failed attempt; `failure` is a word of ours, never text of the message.
    pub async fn give_back(
        &self,
        id: Uuid,
        attempt: i16,
        failure: &str,
        pause: Duration,
    ) -> Result<(), StoreFault> {
        sqlx::query(
            "UPDATE inbox SET failure = $3, due_at = now() + $4 WHERE id = $1 AND attempts = $2",
        )
        .bind(id)
        .bind(attempt)
        .bind(failure)
        .bind(interval(pause))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives a message back as if it had not been claimed: our fault (database, keys), not the message's.
    pub async fn unclaim(&self, id: Uuid, attempt: i16, pause: Duration) -> Result<(), StoreFault> {
        sqlx::query("UPDATE inbox SET attempts = attempts - 1, due_at = now() + $3 WHERE id = $1 AND attempts = $2")
            .bind(id)
            .bind(attempt)
            .bind(interval(pause))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Keeps a message that can't be opened until [`Store::retry`]; `reason` is a word of ours. Such rows are due never,
    /// which is how they are known.
    pub async fn park(&self, id: Uuid, attempt: i16, reason: &str) -> Result<(), StoreFault> {
        sqlx::query(
            "UPDATE inbox SET failure = 'unreadable ' || $3, due_at = 'infinity' WHERE id = $1 AND attempts = $2",
        )
        .bind(id)
        .bind(attempt)
        .bind(reason)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Messages that can't be opened, and why, the newest last; `limit` of the newest. Of the one team that there is: see [`crate::config::Team`].
    pub async fn unreadable(&self, limit: i64) -> Result<Vec<(Uuid, String)>, StoreFault> {
        let mut rows = sqlx::query_as(
            "SELECT id, replace(failure, 'unreadable ', '') FROM inbox WHERE due_at = 'infinity' ORDER BY id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.reverse();
        Ok(rows)
    }

    /// How many messages can't be opened.
    pub async fn unreadable_count(&self) -> Result<i64, StoreFault> {
        let question = "SELECT count(*) FROM inbox WHERE due_at = 'infinity'";
        Ok(sqlx::query_scalar(question).fetch_one(&self.pool).await?)
    }

    /// Whether this message could not be opened, or any (`None`).
    pub async fn has_unreadable(&self, id: Option<Uuid>) -> Result<bool, StoreFault> {
        let question = "SELECT EXISTS (SELECT id FROM inbox WHERE due_at = 'infinity' AND ($1 IS NULL OR id = $1))";
        let there = sqlx::query_scalar(question).bind(id);
        Ok(there.fetch_one(&self.pool).await?)
    }

    /// Makes a message that could not be opened due again, or all of them (`None`); returns how many.
    pub async fn retry(&self, id: Option<Uuid>) -> Result<u64, StoreFault> {
        let made_due = sqlx::query(
            "UPDATE inbox SET attempts = 0, failure = '', due_at = now() WHERE due_at = 'infinity' AND ($1 IS NULL OR id = $1)",
        )
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(made_due.rows_affected())
    }

    /// Waiting messages (not those that can't be opened), and the age in seconds of the oldest one that is due.
    pub async fn inbox_depth(&self) -> Result<(i64, f64), StoreFault> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE due_at < 'infinity'), coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())), 0)::float8 FROM inbox",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}
