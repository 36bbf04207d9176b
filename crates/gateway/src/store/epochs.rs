//! Which key of each epoch counts: the first that was offered.

use super::{Store, StoreFault};

impl Store {
    /// Names a key of an epoch, unless another machine was first; returns the commitment that counts.
    pub async fn name_epoch(
        &self,
        team: &str,
        (epoch, generation): (i32, i32),
        commitment: &[u8],
    ) -> Result<Vec<u8>, StoreFault> {
        sqlx::query(
            "INSERT INTO epoch_key (team, epoch, generation, commitment) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(team)
        .bind(epoch)
        .bind(generation)
        .bind(commitment)
        .execute(&self.pool)
        .await?;
        // A statement of its own: it sees what another machine committed while the first one waited.
        let counts = sqlx::query_scalar(
            "SELECT commitment FROM epoch_key WHERE team = $1 AND epoch = $2 AND generation = $3",
        );
        let counts = counts.bind(team).bind(epoch).bind(generation);
        Ok(counts.fetch_one(&self.pool).await?)
    }

    /// All keys that are named: epoch, generation, commitment, in order.
    pub async fn named_epochs(&self, team: &str) -> Result<Vec<(i32, i32, Vec<u8>)>, StoreFault> {
        let named = sqlx::query_as(
            "SELECT epoch, generation, commitment FROM epoch_key WHERE team = $1 ORDER BY epoch, generation",
        );
        Ok(named.bind(team).fetch_all(&self.pool).await?)
    }

    /// Forgets keys of an epoch that a reseal has replaced: those below this generation.
    pub async fn forget_epochs(
        &self,
        team: &str,
        epoch: i32,
        below: i32,
    ) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM epoch_key WHERE team = $1 AND epoch = $2 AND generation < $3")
            .bind(team)
            .bind(epoch)
            .bind(below)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Months whose erasure was begun and not ended, in order.
    pub async fn half_shredded_months(&self) -> Result<Vec<i32>, StoreFault> {
        let months = "SELECT DISTINCT epoch FROM shred_log WHERE what = 'month' AND ended_at IS NULL ORDER BY epoch";
        Ok(sqlx::query_scalar(months).fetch_all(&self.pool).await?)
    }
}
