//! Finished mail that waits to leave.

use std::time::Duration;

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::inbox::interval;
use super::{Store, StoreFault};

/// A mail that this sender holds until the lease ends.
pub struct DueMail {
    /// Its id.
    pub id: Uuid,
    /// The case whose key sealed it.
    pub case: Uuid,
    /// That key, wrapped.
    pub wrapped: WrappedKey,
    /// Attempts before this one.
    pub attempts: i32,
    /// Seconds since it was queued.
    pub age: f64,
    /// Sealed recipient and message.
    pub message: Sealed,
}

impl Store {
    /// Claims up to `most` mails that are due, for `lease`.
    pub async fn due_mail(&self, most: i64, lease: Duration) -> Result<Vec<DueMail>, StoreFault> {
        let rows = sqlx::query(
            "WITH due AS (
                SELECT id FROM outbox WHERE state = 'queued' AND due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
             )
             UPDATE outbox SET due_at = now() + $2, attempts = outbox.attempts + 1
             FROM due JOIN outbox o ON o.id = due.id JOIN case_key ON case_key.id = o.case_id
             WHERE outbox.id = due.id
             RETURNING outbox.id, outbox.case_id, wrapped, outbox.attempts - 1,
                extract(epoch FROM now() - outbox.created_at)::float8, outbox.message",
        )
        .bind(most)
        .bind(interval(lease))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(DueMail {
                    id: row.try_get(0)?,
                    case: row.try_get(1)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(2)?),
                    attempts: row.try_get(3)?,
                    age: row.try_get(4)?,
                    message: Sealed::from_bytes(row.try_get(5)?),
                })
            })
            .collect()
    }

    /// Marks mails sent: from here on they never leave again.
    pub async fn sent(&self, ids: &[Uuid]) -> Result<(), StoreFault> {
        sqlx::query("UPDATE outbox SET state = 'sent', status = '250' WHERE id = ANY ($1) AND state = 'queued'")
            .bind(ids)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Puts a mail off after a temporary failure; `status` is a reply code or a word of ours.
    pub async fn put_off(&self, id: Uuid, status: &str, pause: Duration) -> Result<(), StoreFault> {
        sqlx::query(
            "UPDATE outbox SET due_at = now() + $3, status = $2 WHERE id = $1 AND state = 'queued'",
        )
        .bind(id)
        .bind(status)
        .bind(interval(pause))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives a mail up.
    pub async fn failed(&self, id: Uuid, status: &str) -> Result<(), StoreFault> {
        sqlx::query(
            "UPDATE outbox SET state = 'failed', status = $2 WHERE id = $1 AND state = 'queued'",
        )
        .bind(id)
        .bind(status)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Queued mails, and the age in seconds of the oldest.
    pub async fn outbox_depth(&self) -> Result<(i64, f64), StoreFault> {
        let row = sqlx::query(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox WHERE state = 'queued'",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Forgets answers older than a day: the rates look no further back.
    pub async fn forget_answers(&self) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM acknowledged WHERE at < now() - interval '1 day'")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
