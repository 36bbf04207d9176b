//! What the server says of itself.

use sqlx::Row;

use super::{Store, StoreFault};

/// What the server says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFacts {
    /// `server_version_num`: 150018 for 15.18.
    pub version: i32,
    /// `on` or `off`.
    pub fsync: String,
    /// `on` or `off`.
    pub full_page_writes: String,
    /// As it is for us.
    pub synchronous_commit: String,
    /// Seconds since 1970, by its clock.
    pub now: f64,
}

impl Store {
    /// Asks the server about itself.
    pub async fn server_facts(&self) -> Result<ServerFacts, StoreFault> {
        let row = sqlx::query(
            "SELECT current_setting('server_version_num')::integer, current_setting('fsync'), current_setting('full_page_writes'),
                current_setting('synchronous_commit'), extract(epoch FROM clock_timestamp())::float8",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(ServerFacts {
            version: row.try_get(0)?,
            fsync: row.try_get(1)?,
            full_page_writes: row.try_get(2)?,
            synchronous_commit: row.try_get(3)?,
            now: row.try_get(4)?,
        })
    }

    /// Whether there are tickets of this team, and the name of another one that has some.
    pub async fn teams(&self, team: &str) -> Result<(bool, Option<String>), StoreFault> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT FROM ticket WHERE team = $1),
                (SELECT nullif(min(team), $1) FROM ticket), (SELECT nullif(max(team), $1) FROM ticket)",
        )
        .bind(team)
        .fetch_one(&self.pool)
        .await?;
        let (first, last): (Option<String>, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
        Ok((row.try_get(0)?, first.or(last)))
    }
}
