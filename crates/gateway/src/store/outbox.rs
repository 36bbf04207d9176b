//! Finished mail that waits to leave.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::inbox::interval;
use super::{Store, StoreFault};

/// A mail that this sender holds until the lease ends.
pub struct DueMail {
    /// Its id.
    pub id: Uuid,
    /// The case whose key sealed it.
    pub case: Uuid,
    /// That key, wrapped.
    pub wrapped: WrappedKey,
    /// The number of this attempt, from 1: it says which claim is meant when something is written down.
    pub attempt: i32,
    /// Seconds since it was queued.
    pub age: f64,
    /// Sealed recipient and message.
    pub message: Sealed,
}

/// Longest wait for one statement, the server's own limit included: a connection that died silently never answers.
const LONGEST: Duration = Duration::from_secs(40);

async fn limited<T>(
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreFault> {
    match tokio::time::timeout(LONGEST, statement).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(StoreFault::Unavailable("a statement took too long".into())),
    }
}

/// A mail, sealed.
pub struct SealedMail {
    /// Its case.
    pub case: Uuid,
    /// The case's key, wrapped.
    pub wrapped: WrappedKey,
    /// Recipient and message; empty when it was emptied.
    pub message: Sealed,
}

impl DueMail {
    /// What names this claim to the store.
    pub fn claim(&self) -> (Uuid, i32) {
        (self.id, self.attempt)
    }
}

impl Store {
    /// Claims up to `most` mails that are due, for `lease`; never one of those `in_hand`, whose own claims may have lapsed
    /// while the database was away.
    pub async fn due_mail(
        &self,
        most: i64,
        lease: Duration,
        in_hand: &[Uuid],
    ) -> Result<Vec<DueMail>, StoreFault> {
        let claimed = sqlx::query_as(
            "WITH due AS (
                SELECT id FROM outbox WHERE state = 'queued' AND due_at <= now() AND id <> ALL($3)
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
             )
             UPDATE outbox SET due_at = now() + $2, attempts = attempts + 1 FROM due WHERE outbox.id = due.id
             RETURNING outbox.id, attempts, extract(epoch FROM now() - created_at)::float8",
        )
        .bind(most)
        .bind(interval(lease))
        .bind(in_hand)
        .fetch_all(&self.pool);
        let claimed: Vec<(Uuid, i32, f64)> = limited(claimed).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        // Read by a statement of its own: a row that changed since a statement began is written as it is by then, but other
        // tables are read as they were, and a message would come with the key from before its case was sealed anew.
        let ids: Vec<Uuid> = claimed.iter().map(|(id, _, _)| *id).collect();
        let mut sealed = self.sealed_mail(&ids).await?;
        // Erased meanwhile: nothing is left to send.
        let due = claimed.into_iter().filter_map(|(id, attempt, age)| {
            let mail = sealed.remove(&id)?;
            Some(DueMail {
                id,
                case: mail.case,
                wrapped: mail.wrapped,
                attempt,
                age,
                message: mail.message,
            })
        });
        Ok(due.collect())
    }

    /// Mails with their keys, both as they are at one moment.
    pub async fn sealed_mail(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, SealedMail>, StoreFault> {
        let rows = sqlx::query(
            "SELECT o.id, o.case_id, wrapped, message FROM outbox o JOIN case_key ON case_key.id = o.case_id WHERE o.id = ANY ($1)",
        )
        .bind(ids)
        .fetch_all(&self.pool);
        let rows = limited(rows).await?;
        let mails = rows.iter().map(|row| {
            let mail = SealedMail {
                case: row.try_get(1)?,
                wrapped: WrappedKey::from_bytes(row.try_get(2)?),
                message: Sealed::from_bytes(row.try_get(3)?),
            };
            Ok((row.try_get(0)?, mail))
        });
        mails.collect()
    }

    /// Holds mails for longer, each as this attempt; those that are still ours.
    pub async fn hold_mail(
        &self,
        ids: &[Uuid],
        attempts: &[i32],
        lease: Duration,
    ) -> Result<Vec<Uuid>, StoreFault> {
        let held = sqlx::query_scalar(
            "UPDATE outbox SET due_at = now() + $3 FROM unnest($1::uuid[], $2::integer[]) AS mine (id, attempt)
             WHERE outbox.id = mine.id AND attempts = mine.attempt AND state = 'queued' RETURNING outbox.id",
        )
        .bind(ids)
        .bind(attempts)
        .bind(interval(lease))
        .fetch_all(&self.pool);
        limited(held).await
    }

    /// Marks a mail sent: from here on it never leaves again, and its contact (a keyed digest) can be reached.
    pub async fn sent(&self, id: Uuid, contact: &[u8; 16]) -> Result<(), StoreFault> {
        let sent = sqlx::query(
            "WITH sent AS (
                UPDATE outbox SET state = 'sent', status = '250', ended_at = now() WHERE id = $1 AND state = 'queued' RETURNING id
             )
             DELETE FROM undeliverable USING sent WHERE address = $2",
        )
        .bind(id)
        .bind(contact.as_slice())
        .execute(&self.pool);
        limited(sent).await.map(|_| ())
    }

    /// Puts a mail off after a temporary failure; `status` is a reply code or a word of ours. Like all that is written
    /// about an attempt but its success, it counts only while no other attempt has begun.
    pub async fn put_off(
        &self,
        (id, attempt): (Uuid, i32),
        status: &str,
        pause: Duration,
    ) -> Result<(), StoreFault> {
        let put_off = sqlx::query(
            "UPDATE outbox SET due_at = now() + $3, status = $2 WHERE id = $1 AND attempts = $4 AND state = 'queued'",
        )
        .bind(id)
        .bind(status)
        .bind(interval(pause))
        .bind(attempt)
        .execute(&self.pool);
        limited(put_off).await.map(|_| ())
    }

    /// Puts a mail off that was not tried: the attempt doesn't count.
    pub async fn postpone(
        &self,
        (id, attempt): (Uuid, i32),
        status: &str,
        pause: Duration,
    ) -> Result<(), StoreFault> {
        let postponed = sqlx::query(
            "UPDATE outbox SET due_at = now() + $3, status = $2, attempts = attempts - 1
             WHERE id = $1 AND attempts = $4 AND attempts > 0 AND state = 'queued'",
        )
        .bind(id)
        .bind(status)
        .bind(interval(pause))
        .bind(attempt)
        .execute(&self.pool);
        limited(postponed).await.map(|_| ())
    }

    /// Gives a mail up: no answer to it can come, so that the time for one is over. `contact` is the keyed digest of an address that mail can't reach.
    pub async fn failed(
        &self,
        (id, attempt): (Uuid, i32),
        status: &str,
        contact: Option<&[u8; 16]>,
    ) -> Result<(), StoreFault> {
        let failed = sqlx::query(
            "WITH failed AS (
                UPDATE outbox SET state = 'failed', status = $2, ended_at = now()
                WHERE id = $1 AND attempts = $4 AND state = 'queued' RETURNING id
             ), unanswered AS (
                UPDATE awaited SET failed = $2, until = least(until, date_trunc('hour', now())) FROM failed
                WHERE mail = failed.id AND ended = ''
             )
             INSERT INTO undeliverable (address, status) SELECT $3, $2 FROM failed WHERE $3::bytea IS NOT NULL
             ON CONFLICT (address) DO UPDATE SET status = excluded.status, since = now()",
        )
        .bind(id)
        .bind(status)
        .bind(contact.map(<[u8; 16]>::as_slice))
        .bind(attempt)
        .execute(&self.pool);
        limited(failed).await.map(|_| ())
    }

    /// Since when mail can't reach a contact (RFC 3339, UTC), and the status that said so; `None` when it can.
    pub async fn undeliverable(
        &self,
        contact: &[u8; 16],
    ) -> Result<Option<(String, String)>, StoreFault> {
        let found = sqlx::query_as(
            "SELECT to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), status FROM undeliverable WHERE address = $1",
        )
        .bind(contact.as_slice())
        .fetch_optional(&self.pool);
        limited(found).await
    }

    /// Notes that mail can't reach a contact, as a notice about our mail says; `status` is a code, nothing of the notice's words.
    pub async fn mark_undeliverable(
        &self,
        contact: &[u8; 16],
        status: &str,
    ) -> Result<(), StoreFault> {
        let marked = sqlx::query(
            "INSERT INTO undeliverable (address, status) VALUES ($1, $2)
             ON CONFLICT (address) DO UPDATE SET status = excluded.status, since = now()",
        )
        .bind(contact.as_slice())
        .bind(status)
        .execute(&self.pool);
        limited(marked).await.map(|_| ())
    }

    /// Lets a contact be written to again; whether there was something to forget.
    pub async fn reachable(&self, contact: &[u8; 16]) -> Result<bool, StoreFault> {
        let forgotten = sqlx::query("DELETE FROM undeliverable WHERE address = $1")
            .bind(contact.as_slice())
            .execute(&self.pool);
        Ok(limited(forgotten).await?.rows_affected() > 0)
    }

    /// In which language a contact (a keyed digest) is to be answered; `None`: as his mail says.
    pub async fn language(&self, contact: &[u8; 16]) -> Result<Option<String>, StoreFault> {
        let found = sqlx::query_scalar("SELECT language FROM contact_language WHERE address = $1")
            .bind(contact.as_slice())
            .fetch_optional(&self.pool);
        limited(found).await
    }

    /// Says in which language a contact is to be answered; `None`: as his mail says.
    pub async fn set_language(
        &self,
        contact: &[u8; 16],
        language: Option<&str>,
    ) -> Result<(), StoreFault> {
        let set = sqlx::query(
            "WITH gone AS (DELETE FROM contact_language WHERE address = $1 AND $2::text IS NULL)
             INSERT INTO contact_language (address, language) SELECT $1, $2 WHERE $2::text IS NOT NULL
             ON CONFLICT (address) DO UPDATE SET language = excluded.language",
        )
        .bind(contact.as_slice())
        .bind(language)
        .execute(&self.pool);
        limited(set).await.map(|_| ())
    }

    /// Queued mails, and the age in seconds of the oldest.
    pub async fn outbox_depth(&self) -> Result<(i64, f64), StoreFault> {
        let row = sqlx::query(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox WHERE state = 'queued'",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Forgets answers older than a day: the rates look no further back.
    pub async fn forget_answers(&self) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM acknowledged WHERE at < now() - interval '1 day'")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
