//! What an analyst must see on an entry: replays, key conflicts, later verdicts on its signatures.

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::audit::BindLine;
use super::{AuditLine, Store, StoreFault};
use crate::sealing;

/// A keyed digest of a ciphertext or a signature, as a message brings it.
pub struct NewLayer {
    /// The digest.
    pub digest: Vec<u8>,
    /// Its sender, keyed with the digest.
    pub sender: Vec<u8>,
    /// `ciphertext-replayed`, `signature-replayed` or `same-message-id`: what is flagged when it came before. Empty: nothing is.
    pub flag: &'static str,
    /// A signature that checks, in its sender's own name.
    pub own: bool,
}

/// A signer of an entry.
pub struct NewSigner {
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// Truncated keyed index of the certificate's fingerprint.
    pub index: i32,
}

/// Something that an analyst must see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The entry that it is about.
    pub entry: Uuid,
    /// `ciphertext-replayed`, `signature-replayed`, `same-message-id`, `key-conflict`, `proved-copy` or `repeated`.
    pub flag: String,
    /// The entry that came first, or the certificate.
    pub other: Uuid,
    /// The number of the ticket that the entry is on; `None` for suppressed mail.
    pub serial: Option<i64>,
    /// The number of the ticket that the other entry is on.
    pub other_serial: Option<i64>,
}

/// A sealed verdict, and what it was sealed with.
pub struct StoredVerdict {
    /// Its entry.
    pub entry: Uuid,
    /// From 1, in the order in which they were given.
    pub number: i32,
    /// Sealed under the case's key.
    pub detail: Sealed,
}

/// An entry that may have been signed with a certificate.
pub struct SignedEntry {
    /// Its id.
    pub id: Uuid,
    /// Its case.
    pub case: Uuid,
    /// The case's key, wrapped.
    pub wrapped: WrappedKey,
    /// Its reading, sealed.
    pub reading: Sealed,
}

fn signed_entry(row: &PgRow) -> Result<SignedEntry, sqlx::Error> {
    Ok(SignedEntry {
        id: row.try_get(0)?,
        case: row.try_get(1)?,
        wrapped: WrappedKey::from_bytes(row.try_get(2)?),
        reading: Sealed::from_bytes(row.try_get(3)?),
    })
}

impl Store {
    /// The flags of a case's entries, and those of others that point at them.
    pub async fn flags(&self, case: Uuid) -> Result<Vec<Flag>, StoreFault> {
        let rows = sqlx::query(
            "SELECT f.entry, f.flag, f.other, t.serial, ot.serial FROM entry_flag f
             JOIN entry e ON e.id = f.entry LEFT JOIN ticket t ON t.id = e.ticket
             LEFT JOIN entry o ON o.id = f.other LEFT JOIN ticket ot ON ot.id = o.ticket
             WHERE e.case_id = $1 OR e.ticket = $1 OR f.other IN (SELECT id FROM entry WHERE case_id = $1 OR ticket = $1) ORDER BY f.entry, f.flag, f.other",
        )
        .bind(case)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Flag {
                    entry: row.try_get(0)?,
                    flag: row.try_get(1)?,
                    other: row.try_get(2)?,
                    serial: row.try_get(3)?,
                    other_serial: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// Flags an entry, once.
    pub async fn flag(&self, entry: Uuid, flag: &str, other: Uuid) -> Result<(), StoreFault> {
        sqlx::query(
            "INSERT INTO entry_flag (entry, flag, other) SELECT id, $2, $3 FROM entry WHERE id = $1 ON CONFLICT DO NOTHING",
        )
        .bind(entry)
        .bind(flag)
        .bind(other)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Months in which something was signed, `YYYY-MM-DD`.
    pub async fn signed_months(&self) -> Result<Vec<String>, StoreFault> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT to_char(month, 'YYYY-MM-DD') FROM signer ORDER BY 1",
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Up to `most` entries after `after` with one of these signers, false hits included.
    pub async fn signed_entries(
        &self,
        months: &[String],
        indexes: &[i32],
        after: Uuid,
        most: i64,
    ) -> Result<Vec<SignedEntry>, StoreFault> {
        let rows = sqlx::query(
            "SELECT e.id, e.case_id, wrapped, e.reading
             FROM unnest($1::date[], $2::integer[]) AS wanted (month, index) JOIN signer USING (month, index)
             JOIN entry e ON e.id = signer.entry JOIN case_key ON case_key.id = e.case_id
             WHERE e.id > $3 ORDER BY e.id LIMIT $4",
        )
        .bind(months)
        .bind(indexes)
        .bind(after)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(signed_entry(row)?)).collect()
    }

    /// An entry as it is now; `None` when it is gone.
    pub async fn signed_entry(&self, id: Uuid) -> Result<Option<SignedEntry>, StoreFault> {
        let row = sqlx::query(
            "SELECT e.id, e.case_id, wrapped, e.reading FROM entry e JOIN case_key ON case_key.id = e.case_id WHERE e.id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.as_ref().map(signed_entry).transpose()?)
    }

    /// The later verdicts on these entries, the oldest first.
    pub async fn verdicts(&self, entries: &[Uuid]) -> Result<Vec<StoredVerdict>, StoreFault> {
        let rows = sqlx::query(
            "SELECT entry, number, detail FROM verdict WHERE entry = ANY ($1) ORDER BY entry, number",
        )
        .bind(entries)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StoredVerdict {
                    entry: row.try_get(0)?,
                    number: row.try_get(1)?,
                    detail: Sealed::from_bytes(row.try_get(2)?),
                })
            })
            .collect()
    }

    /// Adds a verdict, sealed under this key of its case, with a line in its chain that names it. [`StoreFault::Conflict`],
    /// and nothing written, when that is its key no longer, as the case was sealed anew or erased, or when the verdict's or the line's
    /// number is taken: read the entry again.
    pub async fn add_verdict(
        &self,
        new: &StoredVerdict,
        key: &WrappedKey,
        case: Uuid,
        line: &AuditLine<'_>,
    ) -> Result<(), StoreFault> {
        let added = sqlx::query(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $6 AND wrapped = $5 FOR SHARE
             ), added AS (
                INSERT INTO verdict (id, entry, number, detail) SELECT $1, e.id, $3, $4 FROM key JOIN entry e ON e.case_id = key.id
                WHERE e.id = $2 RETURNING id
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
                SELECT $6, $7, $8::timestamptz, $9, $10, $11, $12 FROM added
             ), headed AS (
                INSERT INTO audit_head (case_id, number, mac, seal) SELECT $6, $7, $12, $13 FROM added
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             )
             SELECT id FROM added",
        )
        .bind(sealing::verdict_id(new.entry, new.number))
        .bind(new.entry)
        .bind(new.number)
        .bind(new.detail.as_bytes())
        .bind(key.as_bytes())
        .bind(case)
        .line(line)
        .fetch_optional(&self.pool)
        .await?;
        added.map(drop).ok_or(StoreFault::Conflict)
    }
}
