//! Who may sign in to the console, who is signed in, and who tried in vain.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use vault::{PasswordHash, Sealed, WrappedKey};

use super::{Identity, Store, StoreFault};

/// An account of an analyst.
pub struct ConsoleAccount {
    /// Its id, and that of its key.
    pub id: Uuid,
    /// How it is called: what stands in the audit trail.
    pub name: String,
    /// `reader`, `analyst`, `lead` or `admin`.
    pub role: String,
    /// Hashed.
    pub password: PasswordHash,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// The sealed secret of its codes.
    pub totp: Sealed,
    /// It can't sign in.
    pub disabled: bool,
    /// Who it is at a provider, who then lets it in; `None` for one that signs in with password and code.
    pub identity: Option<Identity>,
}

/// An account as lists show it.
pub struct ListedAccount {
    /// How it is called.
    pub name: String,
    /// Its role.
    pub role: String,
    /// It can't sign in.
    pub disabled: bool,
    /// How many sessions it has.
    pub sessions: i64,
    /// When the last of them was used, RFC 3339, UTC; `None` without a session.
    pub seen_at: Option<String>,
    /// A provider lets it in.
    pub vouched: bool,
}

/// A new secret of codes, under a new key.
pub struct NewTotp<'a> {
    /// The key, wrapped.
    pub wrapped: &'a WrappedKey,
    /// The sealed secret.
    pub sealed: &'a Sealed,
}

/// Somebody who is signed in.
pub struct SignedIn {
    /// The account.
    pub account: Uuid,
    /// How it is called.
    pub name: String,
    /// Its role, now.
    pub role: String,
    /// The language that was chosen; empty for none.
    pub language: String,
    /// Whether single letters are keys for him.
    pub keys: bool,
    /// Seconds until the session ends if nothing is done.
    pub left: i64,
}

/// How long a session lasts.
#[derive(Clone, Copy, Debug)]
pub struct SessionLife {
    /// Without being used.
    pub idle: Duration,
    /// In all.
    pub most: Duration,
}

/// What is changed of an account. Each ends all its sessions.
pub enum AccountChange<'a> {
    /// Another password.
    Password(&'a PasswordHash),
    /// Another role.
    Role(&'a str),
    /// It can't, or can again, sign in.
    Disabled(bool),
    /// Nothing but that.
    SignOut,
}

impl Store {
    /// Adds an account; [`StoreFault::Conflict`] when there is one of this identity, or of this name however it is capitalised: nobody who
    /// reads a trail tells `Alice` from `alice`.
    pub async fn add_console_account(
        &self,
        team: &str,
        account: &ConsoleAccount,
    ) -> Result<(), StoreFault> {
        let added = sqlx::query(
            "WITH key AS (
                INSERT INTO case_key (id, wrapped) SELECT $1, $2
                WHERE NOT EXISTS (SELECT FROM console_account WHERE team = $3 AND lower(name) = lower($4)) RETURNING id
             )
             INSERT INTO console_account (id, team, name, role, password, totp, issuer, subject)
             SELECT id, $3, $4, $5, $6, $7, $8, $9 FROM key",
        )
        .bind(account.id)
        .bind(account.wrapped.as_bytes())
        .bind(team)
        .bind(&account.name)
        .bind(&account.role)
        .bind(account.password.as_text())
        .bind(account.totp.as_bytes())
        .bind(account.identity.as_ref().map(|identity| &identity.issuer))
        .bind(account.identity.as_ref().map(|identity| &identity.subject))
        .execute(&self.pool)
        .await?;
        match added.rows_affected() {
            0 => Err(StoreFault::Conflict),
            _ => Ok(()),
        }
    }

    /// Whether an account has this name, however it is capitalised.
    pub async fn has_console_name(&self, team: &str, name: &str) -> Result<bool, StoreFault> {
        let question = "SELECT EXISTS (SELECT FROM console_account WHERE team = $1 AND lower(name) = lower($2))";
        let named = sqlx::query_scalar(question).bind(team).bind(name);
        Ok(named.fetch_one(&self.pool).await?)
    }

    /// The account of this name.
    pub async fn console_account(
        &self,
        team: &str,
        name: &str,
    ) -> Result<Option<ConsoleAccount>, StoreFault> {
        let row = sqlx::query(
            "SELECT id, name, role, password, wrapped, totp, disabled, issuer, subject FROM console_account JOIN case_key USING (id)
             WHERE team = $1 AND name = $2",
        )
        .bind(team)
        .bind(name)
        .fetch_optional(&self.pool)
        .await?;
        let account = |row: PgRow| -> Result<_, sqlx::Error> {
            let (issuer, subject) = (
                row.try_get::<Option<_>, _>(7)?,
                row.try_get::<Option<_>, _>(8)?,
            );
            let identity = issuer.zip(subject);
            Ok(ConsoleAccount {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                role: row.try_get(2)?,
                password: PasswordHash::from_text(row.try_get(3)?),
                wrapped: WrappedKey::from_bytes(row.try_get(4)?),
                totp: Sealed::from_bytes(row.try_get(5)?),
                disabled: row.try_get(6)?,
                identity: identity.map(|(issuer, subject)| Identity { issuer, subject }),
            })
        };
        Ok(row.map(account).transpose()?)
    }

    /// All accounts, by name.
    pub async fn console_accounts(&self, team: &str) -> Result<Vec<ListedAccount>, StoreFault> {
        let rows = sqlx::query(
            "SELECT name, role, disabled, s.count, to_char(s.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                issuer IS NOT NULL
             FROM console_account a
             CROSS JOIN LATERAL (SELECT count(*), max(seen_at) AS seen_at FROM console_session WHERE account = a.id) s
             WHERE team = $1 ORDER BY name",
        )
        .bind(team)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ListedAccount {
                    name: row.try_get(0)?,
                    role: row.try_get(1)?,
                    disabled: row.try_get(2)?,
                    sessions: row.try_get(3)?,
                    seen_at: row.try_get(4)?,
                    vouched: row.try_get(5)?,
                })
            })
            .collect()
    }

    /// Changes an account and ends its sessions; how many there were.
    pub async fn change_console_account(
        &self,
        id: Uuid,
        change: &AccountChange<'_>,
    ) -> Result<u64, StoreFault> {
        let (password, role, disabled) = match change {
            AccountChange::Password(password) => (Some(password.as_text()), None, None),
            AccountChange::Role(role) => (None, Some(*role), None),
            AccountChange::Disabled(disabled) => (None, None, Some(*disabled)),
            AccountChange::SignOut => (None, None, None),
        };
        let ended = sqlx::query(
            "WITH changed AS (
                UPDATE console_account SET password = coalesce($2, password), role = coalesce($3, role),
                    disabled = coalesce($4, disabled) WHERE id = $1
             )
             DELETE FROM console_session WHERE account = $1",
        )
        .bind(id)
        .bind(password)
        .bind(role)
        .bind(disabled)
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected())
    }

    /// Gives an account another secret of codes and ends its sessions.
    pub async fn change_totp(&self, id: Uuid, new: &NewTotp<'_>) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH key AS (
                UPDATE case_key SET wrapped = $2 WHERE id = $1 RETURNING id
             ), changed AS (
                UPDATE console_account a SET totp = $3, totp_used = 0 FROM key WHERE a.id = key.id
             )
             DELETE FROM console_session WHERE account = $1",
        )
        .bind(id)
        .bind(new.wrapped.as_bytes())
        .bind(new.sealed.as_bytes())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Uses a code up; `false` when it, or a later one, was used before.
    pub async fn use_totp(&self, id: Uuid, step: i64) -> Result<bool, StoreFault> {
        let used = sqlx::query(
            "UPDATE console_account SET totp_used = $2 WHERE id = $1 AND totp_used < $2",
        )
        .bind(id)
        .bind(step)
        .execute(&self.pool)
        .await?;
        Ok(used.rows_affected() > 0)
    }

    /// The language that somebody wants; empty for what his browser asks for.
    pub async fn choose_language(&self, id: Uuid, language: &str) -> Result<(), StoreFault> {
        sqlx::query("UPDATE console_account SET language = $2 WHERE id = $1")
            .bind(id)
            .bind(language)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether single letters are keys for somebody.
    pub async fn choose_keys(&self, id: Uuid, keys: bool) -> Result<(), StoreFault> {
        sqlx::query("UPDATE console_account SET keys = $2 WHERE id = $1")
            .bind(id)
            .bind(keys)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Begins a session, and forgets those that are over.
    pub async fn begin_session(
        &self,
        digest: &[u8],
        account: Uuid,
        life: SessionLife,
    ) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH over AS (
                DELETE FROM console_session WHERE seen_at < now() - make_interval(secs => $3)
                    OR begun_at < now() - make_interval(secs => $4)
             )
             INSERT INTO console_session (digest, account) VALUES ($1, $2)",
        )
        .bind(digest)
        .bind(account)
        .bind(life.idle.as_secs_f64())
        .bind(life.most.as_secs_f64())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whose session this is, and, if it is `used`, that it is used now; `None` when it is over, or the account was disabled.
    pub async fn session(
        &self,
        team: &str,
        digest: &[u8],
        life: SessionLife,
        used: bool,
    ) -> Result<Option<SignedIn>, StoreFault> {
        let row = sqlx::query(
            "WITH alive AS (
                SELECT a.id, name, role, language, keys, s.digest, seen_at, begun_at FROM console_session s JOIN console_account a ON a.id = account
                WHERE s.digest = $2 AND team = $1 AND NOT disabled AND seen_at > now() - make_interval(secs => $3)
                    AND begun_at > now() - make_interval(secs => $4)
             ), used AS (
                UPDATE console_session s SET seen_at = now() FROM alive
                WHERE $5 AND s.digest = alive.digest AND alive.seen_at < now() - interval '1 minute'
             )
             SELECT id, name, role, language, ceil(extract(epoch FROM least(begun_at + make_interval(secs => $4), make_interval(secs => $3)
                + CASE WHEN $5 AND seen_at < now() - interval '1 minute' THEN now() ELSE seen_at END) - now()))::bigint, keys FROM alive",
        )
        .bind(team)
        .bind(digest)
        .bind(life.idle.as_secs_f64())
        .bind(life.most.as_secs_f64())
        .bind(used)
        .fetch_optional(&self.pool)
        .await?;
        let signed_in = |row: PgRow| -> Result<_, sqlx::Error> {
            Ok(SignedIn {
                account: row.try_get(0)?,
                name: row.try_get(1)?,
                role: row.try_get(2)?,
                language: row.try_get(3)?,
                left: row.try_get(4)?,
                keys: row.try_get(5)?,
            })
        };
        Ok(row.map(signed_in).transpose()?)
    }

    /// Ends a session.
    pub async fn end_session(&self, digest: &[u8]) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM console_session WHERE digest = $1")
            .bind(digest)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Counts an attempt before it is made, so that many at once are counted too; `false` when it has to wait. From so many within
    /// an hour on each doubles the wait, from a minute to fifteen. Forgets old ones.
    pub async fn attempt(&self, digest: &[u8], free: i32) -> Result<bool, StoreFault> {
        let counted = sqlx::query(
            "WITH old AS (
                DELETE FROM console_attempt WHERE last_at < now() - interval '1 hour' AND digest <> $1
             )
             INSERT INTO console_attempt AS a (digest, attempts, until, last_at) VALUES ($1, 1, now(), now())
             ON CONFLICT (digest) DO UPDATE SET last_at = now(),
                attempts = CASE WHEN a.last_at < now() - interval '1 hour' THEN 1 ELSE a.attempts + 1 END,
                until = CASE WHEN a.attempts + 1 < $2 OR a.last_at < now() - interval '1 hour' THEN now()
                    ELSE now() + least(interval '15 minutes', interval '1 minute' * power(2, least(a.attempts + 1 - $2, 8))) END
             WHERE a.until <= now()",
        )
        .bind(digest)
        .bind(free)
        .execute(&self.pool)
        .await?;
        Ok(counted.rows_affected() > 0)
    }

    /// Whether an attempt would have to wait; it is not counted.
    pub async fn waits(&self, digest: &[u8]) -> Result<bool, StoreFault> {
        let question =
            "SELECT EXISTS (SELECT FROM console_attempt WHERE digest = $1 AND until > now())";
        let waits = sqlx::query_scalar(question).bind(digest);
        Ok(waits.fetch_one(&self.pool).await?)
    }

    /// Forgets the attempts of these.
    pub async fn forget_attempts(&self, digests: &[Vec<u8>]) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM console_attempt WHERE digest = ANY ($1)")
            .bind(digests)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
