//! What lists show of messages is written anew, of tickets that migration 0032 named.

use uuid::Uuid;
use vault::Sealed;

use super::{Store, StoreFault};

impl Store {
    /// Tickets of the team of which lists are to show something else, by id, after this one.
    pub async fn to_relist(
        &self,
        team: &str,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Uuid>, StoreFault> {
        let tickets = sqlx::query_scalar(
            "SELECT r.ticket FROM relist r JOIN ticket t ON t.id = r.ticket AND t.team = $1
             WHERE r.ticket > $2 ORDER BY r.ticket LIMIT $3",
        );
        Ok(tickets
            .bind(team)
            .bind(after)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Lists show something else of a message, if they show what was read; `false` when that is another by now.
    pub async fn relist(
        &self,
        entry: Uuid,
        (before, after): (&Sealed, &Sealed),
    ) -> Result<bool, StoreFault> {
        let listed = sqlx::query("UPDATE entry SET summary = $3 WHERE id = $1 AND summary = $2")
            .bind(entry)
            .bind(before.as_bytes())
            .bind(after.as_bytes())
            .execute(&self.pool)
            .await?;
        Ok(listed.rows_affected() == 1)
    }

    /// Nothing is left to be done with this ticket.
    pub async fn relisted(&self, ticket: Uuid) -> Result<(), StoreFault> {
        let done = sqlx::query("DELETE FROM relist WHERE ticket = $1").bind(ticket);
        done.execute(&self.pool).await?;
        Ok(())
    }
}
