//! Accounts that a provider vouches for, sign-ins that came back from it, and how fast strangers may try.

use std::time::Duration;

use sqlx::Row;
use uuid::Uuid;

use super::{Store, StoreFault};

/// Who somebody is at a provider (OpenID Connect Core 1.0 section 2): never his name or mail address, which others may get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `iss`
    pub issuer: String,
    /// `sub`, 255 octets at most.
    pub subject: String,
}

/// The account of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Its id.
    pub id: Uuid,
    /// How it is called here.
    pub name: String,
    /// `reader`, `analyst`, `lead` or `admin`.
    pub role: String,
    /// It can't sign in.
    pub disabled: bool,
}

impl Store {
    /// The account of this identity.
    pub async fn vouched(
        &self,
        team: &str,
        identity: &Identity,
    ) -> Result<Option<Vouched>, StoreFault> {
        let row = sqlx::query(
            "SELECT id, name, role, disabled FROM console_account WHERE team = $1 AND issuer = $2 AND subject = $3",
        )
        .bind(team)
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .fetch_optional(&self.pool)
        .await?;
        let vouched = row.map(|row| -> Result<_, sqlx::Error> {
            Ok(Vouched {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                role: row.try_get(2)?,
                disabled: row.try_get(3)?,
            })
        });
        Ok(vouched.transpose()?)
    }

    /// Gives the account of an identity the role that its groups have; its sessions have it, too.
    pub async fn change_vouched_role(&self, id: Uuid, role: &str) -> Result<(), StoreFault> {
        sqlx::query("UPDATE console_account SET role = $2 WHERE id = $1 AND issuer IS NOT NULL")
            .bind(id)
            .bind(role)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives an account to an identity: it has no password any more, and its sessions end. [`StoreFault::Conflict`] when the identity has
    /// another one.
    pub async fn bind_account(
        &self,
        id: Uuid,
        identity: &Identity,
        nobody: &vault::PasswordHash,
    ) -> Result<u64, StoreFault> {
        let ended = sqlx::query(
            "WITH changed AS (
                UPDATE console_account SET issuer = $2, subject = $3, password = $4 WHERE id = $1
             )
             DELETE FROM console_session WHERE account = $1",
        )
        .bind(id)
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(nobody.as_text())
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected())
    }

    /// Whether an account belongs to a provider's identity.
    pub async fn is_vouched(&self, id: Uuid) -> Result<bool, StoreFault> {
        let question =
            "SELECT EXISTS (SELECT FROM console_account WHERE id = $1 AND issuer IS NOT NULL)";
        let vouched = sqlx::query_scalar(question).bind(id);
        Ok(vouched.fetch_one(&self.pool).await?)
    }

    /// Ends all sessions of an account; how many there were.
    pub async fn end_sessions(&self, id: Uuid) -> Result<u64, StoreFault> {
        let ended = sqlx::query("DELETE FROM console_session WHERE account = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(ended.rows_affected())
    }

    /// Uses a sign-in that came back up; `false` when it was used before. Forgets those of the day before.
    pub async fn use_flow(&self, digest: &[u8]) -> Result<bool, StoreFault> {
        let used = sqlx::query(
            "WITH old AS (
                DELETE FROM console_flow WHERE used_at < now() - interval '1 day' AND digest <> $1
             )
             INSERT INTO console_flow (digest) VALUES ($1) ON CONFLICT DO NOTHING",
        )
        .bind(digest)
        .execute(&self.pool)
        .await?;
        Ok(used.rows_affected() > 0)
    }

    /// Counts an attempt of all strangers together: one each `pace`, and a `burst` of them at once when few came before; `false` for
    /// one that is too many. Unlike [`Store::attempt`] it lets one through each `pace`, however many try.
    pub async fn paced(
        &self,
        digest: &[u8],
        pace: Duration,
        burst: u32,
    ) -> Result<bool, StoreFault> {
        let counted = sqlx::query(
            "INSERT INTO console_attempt AS a (digest, attempts, until, last_at)
             VALUES ($1, 1, now() + make_interval(secs => $2), now())
             ON CONFLICT (digest) DO UPDATE SET last_at = now(),
                until = greatest(a.until, now()) + make_interval(secs => $2)
             WHERE greatest(a.until, now()) + make_interval(secs => $2) <= now() + make_interval(secs => $2 * $3)",
        )
        .bind(digest)
        .bind(pace.as_secs_f64())
        .bind(f64::from(burst))
        .execute(&self.pool)
        .await?;
        Ok(counted.rows_affected() > 0)
    }

    /// Whether somebody signed in from this network within 90 days.
    pub async fn knows_network(&self, digest: &[u8]) -> Result<bool, StoreFault> {
        let question = "SELECT EXISTS (SELECT FROM console_known WHERE digest = $1 AND seen_at > now() - interval '90 days')";
        let known = sqlx::query_scalar(question).bind(digest);
        Ok(known.fetch_one(&self.pool).await?)
    }

    /// Somebody signed in from this network. Forgets old ones.
    pub async fn know_network(&self, digest: &[u8]) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH old AS (
                DELETE FROM console_known WHERE seen_at < now() - interval '90 days' AND digest <> $1
             )
             INSERT INTO console_known (digest) VALUES ($1) ON CONFLICT (digest) DO UPDATE SET seen_at = now()",
        )
        .bind(digest)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
