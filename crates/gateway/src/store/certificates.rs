//! Certificates of correspondents: sealed, found by keyed digests.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Store, StoreFault};

/// A stored certificate.
pub struct StoredCertificate {
    /// Its id, which is also its case.
    pub id: Uuid,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// Whether somebody here vouched for it.
    pub authenticated: bool,
    /// The certificate, sealed.
    pub sealed: Sealed,
}

impl Store {
    /// Certificates with any of these handles, or all when `handles` is `None`.
    pub async fn certificates(
        &self,
        handles: Option<&[Vec<u8>]>,
    ) -> Result<Vec<StoredCertificate>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, wrapped, authenticated, sealed FROM certificate JOIN case_key USING (id)
             WHERE $1::bytea[] IS NULL OR id IN (SELECT certificate FROM certificate_handle WHERE digest = ANY ($1)) ORDER BY id",
        )
        .bind(handles)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(StoredCertificate {
                    id: row.try_get(0)?,
                    wrapped: WrappedKey::from_bytes(row.try_get(1)?),
                    authenticated: row.try_get(2)?,
                    sealed: Sealed::from_bytes(row.try_get(3)?),
                })
            })
            .collect()
    }

    /// Adds a certificate with its handles.
    pub async fn add_certificate(
        &self,
        new: &StoredCertificate,
        handles: &[Vec<u8>],
    ) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH new_case AS (
                INSERT INTO case_key (id, wrapped) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET wrapped = excluded.wrapped
             ), new_certificate AS (
                INSERT INTO certificate (id, authenticated, sealed) VALUES ($1, $3, $4)
                ON CONFLICT (id) DO UPDATE SET authenticated = certificate.authenticated OR excluded.authenticated, sealed = excluded.sealed
             )
             INSERT INTO certificate_handle (digest, certificate) SELECT unnest($5::bytea[]), $1 ON CONFLICT DO NOTHING",
        )
        .bind(new.id)
        .bind(new.wrapped.as_bytes())
        .bind(new.authenticated)
        .bind(new.sealed.as_bytes())
        .bind(handles)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
