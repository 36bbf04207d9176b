//! How what the webhook has not been told yet ends, or waits longer. It lies in three tables, each with the keys and the text of its
//! own kind: what is claimed of them differs, what becomes of it doesn't.

use std::time::Duration;

use uuid::Uuid;

use super::inbox::interval;
use super::{Store, StoreFault};

/// Where a notice waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// With the alerts about transport.
    Alerts,
    /// With the lists of overdue tickets.
    Overdue,
    /// With what happened on tickets.
    Tickets,
}

/// A statement about the table of a kind.
macro_rules! about {
    ($waiting:expr, $before:literal, $after:literal) => {
        match $waiting {
            Waiting::Alerts => concat!($before, " transport_notice ", $after),
            Waiting::Overdue => concat!($before, " overdue_notice ", $after),
            Waiting::Tickets => concat!($before, " ticket_notice ", $after),
        }
    };
}

impl Store {
    /// The webhook was told, or it is given up.
    pub async fn notice_done(&self, waiting: Waiting, id: Uuid) -> Result<(), StoreFault> {
        let statement = about!(waiting, "DELETE FROM", "WHERE id = $1");
        sqlx::query(statement).bind(id).execute(&self.pool).await?;
        Ok(())
    }

    /// Puts it off, and with it what happened later on the same ticket, or to the same alert.
    pub async fn notice_put_off(
        &self,
        waiting: Waiting,
        id: Uuid,
        pause: Duration,
    ) -> Result<(), StoreFault> {
        let statement = about!(waiting, "UPDATE", "SET due_at = now() + $2 WHERE id = $1");
        sqlx::query(statement)
            .bind(id)
            .bind(interval(pause))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives up all that waited longer than `lifetime`, tried or not; how many that were.
    pub async fn give_up_notices(
        &self,
        waiting: Waiting,
        lifetime: Duration,
    ) -> Result<u64, StoreFault> {
        let statement = about!(waiting, "DELETE FROM", "WHERE created_at < now() - $1");
        let done = sqlx::query(statement)
            .bind(interval(lifetime))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
