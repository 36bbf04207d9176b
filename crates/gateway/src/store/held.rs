//! Mail that came out of a backup, and waits until somebody says whether it has left already.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Store, StoreFault};

/// A mail that doesn't leave by itself.
pub struct HeldMail {
    /// Its id.
    pub id: Uuid,
    /// The case whose key sealed it.
    pub case: Uuid,
    /// That key, wrapped.
    pub wrapped: WrappedKey,
    /// When it was queued, RFC 3339, UTC.
    pub created_at: String,
    /// Sealed recipient and message.
    pub message: Sealed,
}

impl Store {
    /// Held mail, the newest last; `limit` of the newest.
    pub async fn held_mail(&self, limit: i64) -> Result<Vec<HeldMail>, StoreFault> {
        let rows = sqlx::query(
            "SELECT * FROM (
                SELECT o.id, case_id, wrapped, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), message
                FROM outbox o JOIN case_key ON case_key.id = case_id WHERE state = 'held' ORDER BY o.id DESC LIMIT $1
             ) newest ORDER BY id",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(HeldMail {
                    id: row.try_get(0)?,
                    case: row.try_get(1)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(2)?),
                    created_at: row.try_get(3)?,
                    message: Sealed::from_bytes(row.try_get(4)?),
                })
            })
            .collect()
    }

    /// How many mails are held.
    pub async fn held_count(&self) -> Result<i64, StoreFault> {
        let question = "SELECT count(*) FROM outbox WHERE state = 'held'";
        Ok(sqlx::query_scalar(question).fetch_one(&self.pool).await?)
    }

    /// Lets held mail leave, one or all (`None`), with all its time before it; returns how many.
    pub async fn release_held(&self, id: Option<Uuid>) -> Result<u64, StoreFault> {
        let released = sqlx::query(
            "UPDATE outbox SET state = 'queued', created_at = now(), due_at = now() WHERE state = 'held' AND ($1::uuid IS NULL OR id = $1)",
        )
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(released.rows_affected())
    }

    /// Gives held mail up, one or all (`None`); returns how many.
    pub async fn drop_held(&self, id: Option<Uuid>) -> Result<u64, StoreFault> {
        let dropped = sqlx::query(
            "UPDATE outbox SET state = 'failed', status = 'dropped after a restore', ended_at = now()
             WHERE state = 'held' AND ($1::uuid IS NULL OR id = $1)",
        )
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(dropped.rows_affected())
    }
}
