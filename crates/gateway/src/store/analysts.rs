//! What analyst-only storage needs besides: which ticket a message belongs to, and keys that are sealed to analysts.

use uuid::Uuid;
use vault::WrappedKey;

use super::{Store, StoreFault};

impl Store {
    /// Message and ticket of those messages that are on one.
    pub async fn tickets_of(&self, entries: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, StoreFault> {
        let tickets = sqlx::query_as(
            "SELECT id, ticket FROM entry WHERE id = ANY ($1) AND ticket IS NOT NULL",
        )
        .bind(entries)
        .fetch_all(&self.pool)
        .await?;
        Ok(tickets)
    }

    /// Keys that are sealed to analysts, with their cases, in the order of the cases after this one.
    pub async fn sealed_keys(
        &self,
        after: Uuid,
        most: i64,
    ) -> Result<Vec<(Uuid, WrappedKey)>, StoreFault> {
        let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(
            "SELECT id, wrapped FROM case_key WHERE id > $1 AND get_byte(wrapped, 0) = 3 ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        let keys = rows.into_iter();
        Ok(keys
            .map(|(id, wrapped)| (id, WrappedKey::from_bytes(wrapped)))
            .collect())
    }

    /// Puts a key sealed to other analysts in place of this one; `false` when it is not there any more.
    pub async fn replace_key(
        &self,
        case: Uuid,
        (old, new): (&WrappedKey, &WrappedKey),
    ) -> Result<bool, StoreFault> {
        let done = sqlx::query("UPDATE case_key SET wrapped = $3 WHERE id = $1 AND wrapped = $2")
            .bind(case)
            .bind(old.as_bytes())
            .bind(new.as_bytes())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}
