//! The register of organisations: each sealed under a key of its own, and written with the line of the audit trail that says what.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::audit::BindLine;
use super::{AuditLine, Store, StoreFault};

/// An organisation as it is stored.
#[derive(Clone)]
pub struct StoredOrganisation {
    /// Its id, which is also its case.
    pub id: Uuid,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// Keyed digest of its name.
    pub digest: Vec<u8>,
    /// Counts its changes.
    pub version: i32,
    /// The organisation, sealed.
    pub sealed: Sealed,
}

/// What is known of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// Keyed digest of the address.
    pub address: Vec<u8>,
    /// Since when mail to it is refused for good, RFC 3339, UTC, and with which status.
    pub refused: Option<(String, String)>,
    /// In which language it is answered.
    pub language: Option<String>,
}

/// The line of the audit trail, for the end of a statement whose rows `written` are there when it was done: $1 to $7.
macro_rules! trailing {
    () => {
        " audited AS (
            INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
            SELECT id, $1, $2::timestamptz, $3, $4, $5, $6 FROM written
         ), headed AS (
            INSERT INTO audit_head (case_id, number, mac, seal) SELECT id, $1, $6, $7 FROM written
            ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
         )
         SELECT count(*) FROM written"
    };
}

impl Store {
    /// All organisations, in no order that means anything.
    pub async fn organisations(&self) -> Result<Vec<StoredOrganisation>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, wrapped, digest, version, sealed FROM organisation JOIN case_key USING (id) ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredOrganisation {
                    id: row.try_get(0)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(1)?),
                    digest: row.try_get(2)?,
                    version: row.try_get(3)?,
                    sealed: Sealed::from_bytes(row.try_get(4)?),
                })
            })
            .collect()
    }

    /// Something that is another once an organisation was added, changed or removed.
    pub async fn organisations_stamp(&self) -> Result<String, StoreFault> {
        let stamp =
            "SELECT coalesce(sum(hashtextextended(id::text, version)), 0)::text FROM organisation";
        Ok(sqlx::query_scalar(stamp).fetch_one(&self.pool).await?)
    }

    /// What is known of these contacts, by keyed digests of their addresses; nothing of those of which nothing is.
    pub async fn contacts(&self, digests: &[Vec<u8>]) -> Result<Vec<ContactRow>, StoreFault> {
        let rows = sqlx::query(
            "SELECT wanted.address, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), status, language
             FROM unnest($1::bytea[]) AS wanted (address) LEFT JOIN undeliverable USING (address) LEFT JOIN contact_language USING (address)
             WHERE status IS NOT NULL OR language IS NOT NULL",
        )
        .bind(digests)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let refused: (Option<String>, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
                Ok(ContactRow {
                    address: row.try_get(0)?,
                    refused: refused.0.zip(refused.1),
                    language: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Adds an organisation. [`StoreFault::Conflict`] when another is called the same.
    pub async fn add_organisation(
        &self,
        new: &StoredOrganisation,
        line: &AuditLine<'_>,
    ) -> Result<(), StoreFault> {
        let statement = concat!(
            "WITH new_case AS (
                INSERT INTO case_key (id, wrapped) VALUES ($8, $9) RETURNING id
             ), written AS (
                INSERT INTO organisation (id, digest, sealed) SELECT id, $10, $11 FROM new_case RETURNING id
             ),",
            trailing!()
        );
        let added = sqlx::query_scalar(statement)
            .line(line)
            .bind(new.id)
            .bind(new.wrapped.as_bytes())
            .bind(&new.digest)
            .bind(new.sealed.as_bytes());
        one(added.fetch_one(&self.pool).await?)
    }

    /// Writes an organisation anew. [`StoreFault::Conflict`], and nothing written, when another is called the same, or it was changed,
    /// removed or sealed anew since it was read.
    pub async fn change_organisation(
        &self,
        changed: &StoredOrganisation,
        line: &AuditLine<'_>,
    ) -> Result<(), StoreFault> {
        let statement = concat!(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $8 AND wrapped = $9 FOR SHARE
             ), written AS (
                UPDATE organisation SET digest = $10, sealed = $11, version = version + 1
                FROM key WHERE organisation.id = key.id AND version = $12 RETURNING organisation.id
             ),",
            trailing!()
        );
        let changed = sqlx::query_scalar(statement)
            .line(line)
            .bind(changed.id)
            .bind(changed.wrapped.as_bytes())
            .bind(&changed.digest)
            .bind(changed.sealed.as_bytes())
            .bind(changed.version);
        one(changed.fetch_one(&self.pool).await?)
    }

    /// Removes an organisation and its key; its chain stays. [`StoreFault::Conflict`] when it was changed or removed since it was read.
    pub async fn remove_organisation(
        &self,
        id: Uuid,
        version: i32,
        line: &AuditLine<'_>,
    ) -> Result<(), StoreFault> {
        let statement = concat!(
            "WITH written AS (
                DELETE FROM organisation WHERE id = $8 AND version = $9 RETURNING id
             ), gone AS (
                DELETE FROM case_key USING written WHERE case_key.id = written.id
             ),",
            trailing!()
        );
        let removed = sqlx::query_scalar(statement)
            .line(line)
            .bind(id)
            .bind(version);
        one(removed.fetch_one(&self.pool).await?)
    }
}

fn one(written: i64) -> Result<(), StoreFault> {
    match written {
        0 => Err(StoreFault::Conflict),
        _ => Ok(()),
    }
}
