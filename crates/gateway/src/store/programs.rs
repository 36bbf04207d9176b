//! Programs that work for analysts: their tokens, what they asked for, and the tickets in the order in which they changed.

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;

use super::overdue_sql::{is_awaited, is_overdue};
use super::{Store, StoreFault};

/// A token that is made.
pub struct NewToken<'a> {
    /// Its id.
    pub id: Uuid,
    /// How it is called; given once.
    pub name: &'a str,
    /// `read`, `act`, `export`; one at least.
    pub scopes: &'a [&'static str],
    /// Its hash.
    pub digest: &'a [u8],
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token that somebody came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: Uuid,
    /// How it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// It has expired or was revoked.
    pub is_over: bool,
}

/// A token as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedToken {
    /// How it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends, RFC 3339, UTC.
    pub expires_at: String,
    /// When it was used last, to the minute, RFC 3339, UTC; `None` for never.
    pub used_at: Option<String>,
    /// It was taken back.
    pub revoked: bool,
    /// Its time is over.
    pub expired: bool,
}

/// What is known of a change that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nobody asked for it under this key: it is written down as in hand now.
    New,
    /// The same was asked for before: the answer, or `None` when there is none yet.
    Before(Option<String>),
    /// Something else was asked for under this key.
    Other,
}

/// Which tickets, in the order in which something happened on them.
#[derive(Clone, Debug, Default)]
pub struct ChangedFilter {
    /// Only this state.
    pub state: Option<String>,
    /// Only those that this analyst has; empty: those that nobody has.
    pub owner: Option<String>,
    /// Only those whose time for an answer is over.
    pub overdue: bool,
    /// Only those that need a human.
    pub needs_human: bool,
    /// Only those on which something happened in this hour or later.
    pub since: Option<Timestamp>,
    /// Only what comes after this one.
    pub after: Option<ChangedPlace>,
    /// At most so many.
    pub limit: i64,
}

/// The place of a ticket in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedPlace {
    /// The hour in which something happened on it last, seconds since 1970.
    pub hour: i64,
    /// The ticket.
    pub id: Uuid,
}

impl Store {
    /// Adds a token; [`StoreFault::Conflict`] when there is, or was, one of this name.
    pub async fn add_api_token(&self, team: &str, token: &NewToken<'_>) -> Result<(), StoreFault> {
        sqlx::query(
            "INSERT INTO api_token (id, team, name, scopes, digest, expires_at) VALUES ($1, $2, $3, $4, $5, $6::timestamptz)",
        )
        .bind(token.id)
        .bind(team)
        .bind(token.name)
        .bind(token.scopes)
        .bind(token.digest)
        .bind(token.expires_at.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The token with this hash, and that it is used now.
    pub async fn api_token(
        &self,
        team: &str,
        digest: &[u8],
    ) -> Result<Option<TokenRow>, StoreFault> {
        let row = sqlx::query(
            "WITH found AS (
                SELECT id, name, scopes, revoked OR expires_at <= now() AS is_over, used_at FROM api_token
                WHERE team = $1 AND digest = $2
             ), used AS (
                UPDATE api_token t SET used_at = now() FROM found
                WHERE t.id = found.id AND NOT is_over AND (found.used_at IS NULL OR found.used_at < now() - interval '1 minute')
             )
             SELECT id, name, scopes, is_over FROM found",
        )
        .bind(team)
        .bind(digest)
        .fetch_optional(&self.pool)
        .await?;
        let token = |row: sqlx::postgres::PgRow| -> Result<_, sqlx::Error> {
            Ok(TokenRow {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                scopes: row.try_get(2)?,
                is_over: row.try_get(3)?,
            })
        };
        Ok(row.map(token).transpose()?)
    }

    /// All tokens, by name.
    pub async fn api_tokens(&self, team: &str) -> Result<Vec<ListedToken>, StoreFault> {
        let rows = sqlx::query(
            "SELECT name, scopes, to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                to_char(used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), revoked, expires_at <= now()
             FROM api_token WHERE team = $1 ORDER BY name",
        )
        .bind(team)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ListedToken {
                    name: row.try_get(0)?,
                    scopes: row.try_get(1)?,
                    expires_at: row.try_get(2)?,
                    used_at: row.try_get(3)?,
                    revoked: row.try_get(4)?,
                    expired: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// Takes a token back; its id, or `None` when there is none of this name that was not taken back before.
    pub async fn revoke_api_token(
        &self,
        team: &str,
        name: &str,
    ) -> Result<Option<Uuid>, StoreFault> {
        let revoked = sqlx::query_scalar(
            "UPDATE api_token SET revoked = true WHERE team = $1 AND name = $2 AND NOT revoked RETURNING id",
        )
        .bind(team)
        .bind(name)
        .fetch_optional(&self.pool)
        .await?;
        Ok(revoked)
    }

    /// Writes down that a change is asked for, before it is made: of many that ask at once one hears [`Asked::New`]. Forgets what was
    /// asked for more than a day ago.
    pub async fn begin_request(
        &self,
        token: Uuid,
        digest: &[u8],
        asked: &[u8],
    ) -> Result<Asked, StoreFault> {
        let begun = sqlx::query(
            "WITH old AS (
                DELETE FROM api_request WHERE began_at < now() - interval '1 day' AND NOT (token = $1 AND digest = $2)
             )
             INSERT INTO api_request (token, digest, asked) VALUES ($1, $2, $3) ON CONFLICT (token, digest) DO NOTHING",
        )
        .bind(token)
        .bind(digest)
        .bind(asked)
        .execute(&self.pool)
        .await?;
        if begun.rows_affected() > 0 {
            return Ok(Asked::New);
        }
        let before: Option<(bool, Option<String>)> = sqlx::query_as(
            "SELECT asked = $3, answer FROM api_request WHERE token = $1 AND digest = $2",
        )
        .bind(token)
        .bind(digest)
        .bind(asked)
        .fetch_optional(&self.pool)
        .await?;
        match before {
            Some((true, answer)) => Ok(Asked::Before(answer)),
            Some((false, _)) => Ok(Asked::Other),
            // It was refused, and so forgotten, in between.
            None => Err(StoreFault::Conflict),
        }
    }

    /// The answer to what was asked for.
    pub async fn answer_request(
        &self,
        token: Uuid,
        digest: &[u8],
        answer: &str,
    ) -> Result<(), StoreFault> {
        sqlx::query("UPDATE api_request SET answer = $3 WHERE token = $1 AND digest = $2")
            .bind(token)
            .bind(digest)
            .bind(answer)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets what was asked for: it was refused, and nothing has changed.
    pub async fn forget_request(&self, token: Uuid, digest: &[u8]) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM api_request WHERE token = $1 AND digest = $2")
            .bind(token)
            .bind(digest)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A page of tickets in the order in which something happened on them, along the index `ticket_changed`.
    pub async fn changed_tickets(
        &self,
        team: &str,
        filter: &ChangedFilter,
    ) -> Result<Vec<ChangedPlace>, StoreFault> {
        let rows = sqlx::query(concat!(
            "SELECT extract(epoch FROM changed_hour)::bigint, id FROM ticket
             WHERE team = $1 AND changed_hour >= date_trunc('hour', to_timestamp($2), 'UTC')
                AND ($3::uuid IS NULL OR (changed_hour, id) > (to_timestamp($4), $3))
                AND ($5::text IS NULL OR state = $5) AND ($6::text[] IS NULL OR owner = ANY ($6))
                AND (NOT $7 OR ",
            is_overdue!("ticket"),
            ")
                AND (NOT $8 OR needs_human <> '')
             ORDER BY changed_hour, id LIMIT $9"
        ))
        .bind(team)
        .bind(seconds(filter.since.map_or(0, Timestamp::as_second)))
        .bind(filter.after.map(|place| place.id))
        .bind(seconds(filter.after.map_or(0, |place| place.hour)))
        .bind(&filter.state)
        .bind(filter.owner.as_deref().map(crate::audit::spellings))
        .bind(filter.overdue)
        .bind(filter.needs_human)
        .bind(filter.limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ChangedPlace {
                    hour: row.try_get(0)?,
                    id: row.try_get(1)?,
                })
            })
            .collect()
    }
}

/// As `to_timestamp` takes them: within what Postgres' times hold.
fn seconds(seconds: i64) -> f64 {
    let most = 4_000_000_000;
    u32::try_from(seconds.clamp(0, most)).map_or(0.0, f64::from)
}
