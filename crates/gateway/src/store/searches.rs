//! Searches that analysts keep, each sealed under a key of its own.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Store, StoreFault};

/// A search that is kept.
pub struct StoredSearch {
    /// Its id, and that of its key.
    pub id: Uuid,
    /// Whose it is; `None` for the team's.
    pub account: Option<Uuid>,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// Name and query, sealed.
    pub sealed: Sealed,
}

impl Store {
    /// An analyst's searches and the team's, the oldest first; without an analyst the team's alone.
    pub async fn searches(
        &self,
        team: &str,
        account: Option<Uuid>,
    ) -> Result<Vec<StoredSearch>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, account, wrapped, sealed FROM console_search JOIN case_key USING (id)
             WHERE team = $1 AND (account IS NULL OR account = $2) ORDER BY account IS NULL DESC, id",
        )
        .bind(team)
        .bind(account)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredSearch {
                    id: row.try_get(0)?,
                    account: row.try_get(1)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(2)?),
                    sealed: Sealed::from_bytes(row.try_get(3)?),
                })
            })
            .collect()
    }

    /// Keeps a search.
    pub async fn add_search(&self, team: &str, search: &StoredSearch) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH key AS (INSERT INTO case_key (id, wrapped) VALUES ($1, $2) RETURNING id)
             INSERT INTO console_search (id, team, account, sealed) SELECT id, $3, $4, $5 FROM key",
        )
        .bind(search.id)
        .bind(search.wrapped.as_bytes())
        .bind(team)
        .bind(search.account)
        .bind(search.sealed.as_bytes())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Removes one of an analyst's searches or of the team's, with its key; `false` when there is none. Without an analyst only the team's.
    pub async fn remove_search(
        &self,
        team: &str,
        account: Option<Uuid>,
        id: Uuid,
    ) -> Result<bool, StoreFault> {
        let removed = sqlx::query(
            "WITH gone AS (
                DELETE FROM console_search WHERE id = $3 AND team = $1 AND (account IS NULL OR account = $2) RETURNING id
             )
             DELETE FROM case_key USING gone WHERE case_key.id = gone.id",
        )
        .bind(team)
        .bind(account)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected() > 0)
    }
}
