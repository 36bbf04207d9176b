//! Reports that say what was reported before.

use uuid::Uuid;

use super::{Store, StoreFault};

impl Store {
    /// Of the newest message on a ticket that says this, not older than `since`: the first one that says it on the ticket where its mail
    /// goes now, and that ticket's id. `None` when nobody said it.
    pub async fn said_before(
        &self,
        digests: &[Vec<u8>],
        since: Uuid,
    ) -> Result<Option<(Uuid, Uuid)>, StoreFault> {
        let found = sqlx::query_as(
            "WITH said AS (
                SELECT e.id, coalesce(heir.id, t.id) AS heir FROM replay r JOIN entry e ON e.id = r.entry JOIN ticket t ON t.id = e.ticket
                LEFT JOIN ticket heir ON heir.team = t.team AND heir.serial = t.merged_into AND t.merged_into <> 0
                WHERE r.digest = ANY ($1)
             ), last AS (
                SELECT heir FROM said WHERE id >= $2 ORDER BY id DESC LIMIT 1
             )
             SELECT id, heir FROM said JOIN last USING (heir) ORDER BY id LIMIT 1",
        )
        .bind(digests)
        .bind(since)
        .fetch_optional(&self.pool);
        Ok(found.await?)
    }
}
