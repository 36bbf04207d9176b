//! Certificates of correspondents: sealed, found by keyed digests; whose they are, and what was done with them.

use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Store, StoreFault};

/// A stored certificate.
#[derive(Clone)]
pub struct StoredCertificate {
    /// Its id, which is also its case.
    pub id: Uuid,
    /// Its key, wrapped.
    pub wrapped: WrappedKey,
    /// Counts its changes.
    pub version: i32,
    /// The certificate, sealed.
    pub sealed: Sealed,
}

/// That a certificate is somebody's, or is said to be.
#[derive(Clone)]
pub struct StoredBinding {
    /// Its id, a keyed digest of certificate and address.
    pub id: Uuid,
    /// Keyed digest of the address.
    pub address: Vec<u8>,
    /// The certificate.
    pub certificate: Uuid,
    /// `pinned`, `authenticated`, `conflict`, `superseded` or `rejected`.
    pub state: String,
    /// What it rests on.
    pub proof: String,
    /// Address, who decided, when; sealed.
    pub sealed: Sealed,
    /// Keyed code over all of these, what is sealed included.
    pub mac: Vec<u8>,
}

/// Who speaks for an address until another one does.
#[derive(Clone)]
pub struct Superseded {
    /// The certificate.
    pub certificate: Uuid,
    /// The code of its binding as it was read.
    pub mac: Vec<u8>,
    /// What it becomes: `superseded` when an analyst decides, `conflict` when a weak pin gives way.
    pub state: &'static str,
    /// Its code in that state.
    pub superseded: Vec<u8>,
}

/// Something that was done with a certificate.
pub struct StoredEvent {
    /// Its id, a time-ordered one.
    pub id: Uuid,
    /// The certificate.
    pub certificate: Uuid,
    /// What was done, a word of ours.
    pub action: String,
    /// The rest, sealed.
    pub detail: Sealed,
}

/// Events, column by column.
struct Events<'a> {
    ids: Vec<Uuid>,
    certificates: Vec<Uuid>,
    actions: Vec<&'a str>,
    details: Vec<&'a [u8]>,
}

impl Events<'_> {
    fn of(events: &[StoredEvent]) -> Events<'_> {
        Events {
            ids: events.iter().map(|event| event.id).collect(),
            certificates: events.iter().map(|event| event.certificate).collect(),
            actions: events.iter().map(|event| event.action.as_str()).collect(),
            details: events.iter().map(|event| event.detail.as_bytes()).collect(),
        }
    }
}

fn certificate(row: &PgRow) -> Result<StoredCertificate, sqlx::Error> {
    Ok(StoredCertificate {
        id: row.try_get(0)?,
        wrapped: WrappedKey::from_bytes(row.try_get(1)?),
        version: row.try_get(2)?,
        sealed: Sealed::from_bytes(row.try_get(3)?),
    })
}

fn binding(row: &PgRow) -> Result<StoredBinding, sqlx::Error> {
    Ok(StoredBinding {
        id: row.try_get(0)?,
        address: row.try_get(1)?,
        certificate: row.try_get(2)?,
        state: row.try_get(3)?,
        proof: row.try_get(4)?,
        sealed: Sealed::from_bytes(row.try_get(5)?),
        mac: row.try_get(6)?,
    })
}

impl Store {
    /// Certificates with any of these handles, or all when `handles` is `None`.
    pub async fn certificates(
        &self,
        handles: Option<&[Vec<u8>]>,
    ) -> Result<Vec<StoredCertificate>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, wrapped, version, sealed FROM certificate JOIN case_key USING (id)
             WHERE $1::bytea[] IS NULL OR id IN (SELECT certificate FROM certificate_handle WHERE digest = ANY ($1)) ORDER BY id",
        )
        .bind(handles)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(certificate(row)?)).collect()
    }

    /// Certificates by id.
    pub async fn certificates_by_id(
        &self,
        ids: &[Uuid],
    ) -> Result<Vec<StoredCertificate>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, wrapped, version, sealed FROM certificate JOIN case_key USING (id) WHERE id = ANY ($1) ORDER BY id",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(certificate(row)?)).collect()
    }

    /// Certificates whose verdicts are to be looked at again.
    pub async fn certificates_to_review(&self) -> Result<Vec<Uuid>, StoreFault> {
        Ok(
            sqlx::query_scalar("SELECT id FROM certificate WHERE review_due ORDER BY id")
                .fetch_all(&self.pool)
                .await?,
        )
    }

    /// All that is bound to these certificates, and all that is bound to these addresses; everything when both are `None`.
    pub async fn bindings(
        &self,
        certificates: Option<&[Uuid]>,
        addresses: Option<&[Vec<u8>]>,
    ) -> Result<Vec<StoredBinding>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, address, certificate, state, proof, sealed, mac FROM certificate_binding
             WHERE certificate = ANY ($1) OR address = ANY ($2) OR ($1::uuid[] IS NULL AND $2::bytea[] IS NULL)
             ORDER BY certificate, address",
        )
        .bind(certificates)
        .bind(addresses)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(binding(row)?)).collect()
    }

    /// Adds a certificate with its handles; one that is there already stays as it is. Whether it is new.
    pub async fn add_certificate(
        &self,
        new: &StoredCertificate,
        handles: &[Vec<u8>],
        event: &StoredEvent,
    ) -> Result<bool, StoreFault> {
        let added = sqlx::query(
            "WITH new_case AS (
                INSERT INTO case_key (id, wrapped) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id
             ), new_certificate AS (
                INSERT INTO certificate (id, sealed) SELECT id, $3 FROM new_case RETURNING id
             ), told AS (
                INSERT INTO certificate_event (id, certificate, action, detail) SELECT $5, id, $6, $7 FROM new_certificate
             ), named AS (
                INSERT INTO certificate_handle (digest, certificate)
                SELECT digest, id FROM new_certificate, unnest($4::bytea[]) AS h (digest) ON CONFLICT DO NOTHING
             )
             SELECT id FROM new_certificate",
        )
        .bind(new.id)
        .bind(new.wrapped.as_bytes())
        .bind(new.sealed.as_bytes())
        .bind(handles)
        .bind(event.id)
        .bind(&event.action)
        .bind(event.detail.as_bytes())
        .fetch_optional(&self.pool)
        .await?;
        Ok(added.is_some())
    }

    /// Writes a certificate that was merged with news, and its handles. [`StoreFault::Conflict`] when somebody else was first.
    pub async fn change_certificate(
        &self,
        changed: &StoredCertificate,
        handles: &[Vec<u8>],
        review: bool,
        event: &StoredEvent,
    ) -> Result<(), StoreFault> {
        let written = sqlx::query(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $1 AND wrapped = $9 FOR SHARE
             ), changed AS (
                UPDATE certificate SET sealed = $3, version = version + 1, review_due = review_due OR $5
                FROM key WHERE certificate.id = key.id AND version = $2 RETURNING certificate.id
             ), told AS (
                INSERT INTO certificate_event (id, certificate, action, detail) SELECT $6, id, $7, $8 FROM changed
             ), named AS (
                INSERT INTO certificate_handle (digest, certificate)
                SELECT digest, id FROM changed, unnest($4::bytea[]) AS h (digest) ON CONFLICT DO NOTHING
             )
             SELECT id FROM changed",
        )
        .bind(changed.id)
        .bind(changed.version)
        .bind(changed.sealed.as_bytes())
        .bind(handles)
        .bind(review)
        .bind(event.id)
        .bind(&event.action)
        .bind(event.detail.as_bytes())
        .bind(changed.wrapped.as_bytes())
        .fetch_optional(&self.pool)
        .await?;
        written.map(|_| ()).ok_or(StoreFault::Conflict)
    }

    /// The verdicts on what this version of the certificate signed were looked at.
    pub async fn reviewed(&self, certificate: Uuid, version: i32) -> Result<(), StoreFault> {
        sqlx::query("UPDATE certificate SET review_due = false WHERE id = $1 AND version = $2")
            .bind(certificate)
            .bind(version)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Binds a certificate to an address. When another one speaks for the address already, it becomes a conflict, with the code
    /// `as_conflict`; unless that one is `displaced`, as it was read. When the two are bound already in any way, or `key` is the
    /// certificate's no longer, nothing changes. The state, if it is new; `events` are of this certificate and of the displaced one.
    ///
    /// [`StoreFault::Conflict`] when two came at the same moment: try again.
    pub async fn bind_certificate(
        &self,
        new: &StoredBinding,
        as_conflict: &[u8],
        key: &WrappedKey,
        displaced: Option<&Superseded>,
        events: &[StoredEvent],
    ) -> Result<Option<String>, StoreFault> {
        let events = Events::of(events);
        let state = sqlx::query_scalar(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $2 AND wrapped = $10 FOR SHARE
             ), displaced AS (
                UPDATE certificate_binding b SET state = $15, mac = $16 FROM key
                WHERE b.address = $1 AND b.certificate = $13 AND b.mac = $14
                    AND NOT EXISTS (SELECT FROM certificate_binding mine WHERE mine.address = $1 AND mine.certificate = $2)
                RETURNING b.certificate
             ), bound AS (
                INSERT INTO certificate_binding (id, address, certificate, state, proof, sealed, mac)
                SELECT $9, $1, id, CASE WHEN taken THEN 'conflict' ELSE $3 END, $4, $5, CASE WHEN taken THEN $12 ELSE $11 END
                FROM key, (SELECT EXISTS (
                    SELECT FROM certificate_binding WHERE address = $1 AND state IN ('pinned', 'authenticated') AND certificate <> $2
                        AND certificate NOT IN (SELECT certificate FROM displaced)
                ) AS taken) others
                ON CONFLICT (address, certificate) DO NOTHING RETURNING certificate, state
             ), told AS (
                INSERT INTO certificate_event (id, certificate, action, detail)
                SELECT e.id, e.certificate, CASE bound.state WHEN 'conflict' THEN 'conflict' ELSE e.action END, e.detail
                FROM bound, unnest($6::uuid[], $7::uuid[], $8::text[], $17::bytea[]) AS e (id, certificate, action, detail)
                WHERE e.certificate IN (SELECT certificate FROM displaced) OR e.certificate = bound.certificate
             )
             SELECT state FROM bound",
        )
        .bind(&new.address)
        .bind(new.certificate)
        .bind(&new.state)
        .bind(&new.proof)
        .bind(new.sealed.as_bytes())
        .bind(events.ids)
        .bind(events.certificates)
        .bind(events.actions)
        .bind(new.id)
        .bind(key.as_bytes())
        .bind(&new.mac)
        .bind(as_conflict)
        .bind(displaced.map(|other| other.certificate))
        .bind(displaced.map(|other| &other.mac))
        .bind(displaced.map(|other| other.state))
        .bind(displaced.map(|other| &other.superseded))
        .bind(events.details)
        .fetch_optional(&self.pool)
        .await?;
        Ok(state)
    }

    /// Changes a binding that is in one of the states `from`. When it is to speak for its address, the one that did so far no longer
    /// does. Whether there was one to change, and `key` is the certificate's still. [`StoreFault::Conflict`] when another
    /// one speaks for the address by now, or not as it was read.
    pub async fn decide_binding(
        &self,
        changed: &StoredBinding,
        superseded: Option<&Superseded>,
        from: &[&str],
        key: &WrappedKey,
        events: &[StoredEvent],
    ) -> Result<bool, StoreFault> {
        let events = Events::of(events);
        let decided = sqlx::query(
            "WITH mine AS (
                SELECT certificate FROM certificate_binding JOIN case_key key ON key.id = certificate AND key.wrapped = $10
                WHERE address = $1 AND certificate = $2 AND state = ANY ($6) FOR UPDATE
             ), changed AS (
                UPDATE certificate_binding b SET
                    state = CASE WHEN b.certificate = $2 THEN $3 ELSE $15 END,
                    proof = CASE WHEN b.certificate = $2 THEN $4 ELSE b.proof END,
                    sealed = CASE WHEN b.certificate = $2 THEN $5 ELSE b.sealed END,
                    mac = CASE WHEN b.certificate = $2 THEN $11 ELSE $14 END
                FROM mine WHERE b.address = $1 AND (b.certificate = $2
                    OR ($3 IN ('pinned', 'authenticated') AND b.state IN ('pinned', 'authenticated') AND b.certificate = $12 AND b.mac = $13))
                RETURNING b.certificate
             )
             INSERT INTO certificate_event (id, certificate, action, detail) SELECT e.id, e.certificate, e.action, e.detail
             FROM unnest($7::uuid[], $8::uuid[], $9::text[], $16::bytea[]) AS e (id, certificate, action, detail)
             JOIN changed USING (certificate) RETURNING id",
        )
        .bind(&changed.address)
        .bind(changed.certificate)
        .bind(&changed.state)
        .bind(&changed.proof)
        .bind(changed.sealed.as_bytes())
        .bind(from)
        .bind(events.ids)
        .bind(events.certificates)
        .bind(events.actions)
        .bind(key.as_bytes())
        .bind(&changed.mac)
        .bind(superseded.map(|other| other.certificate))
        .bind(superseded.map(|other| &other.mac))
        .bind(superseded.map(|other| &other.superseded))
        .bind(superseded.map(|other| other.state))
        .bind(events.details)
        .fetch_all(&self.pool)
        .await?;
        Ok(!decided.is_empty())
    }

    /// What was done with a certificate, the oldest first.
    pub async fn certificate_events(
        &self,
        certificate: Uuid,
    ) -> Result<Vec<StoredEvent>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, certificate, action, detail FROM certificate_event WHERE certificate = $1 ORDER BY id",
        )
        .bind(certificate)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredEvent {
                    id: row.try_get(0)?,
                    certificate: row.try_get(1)?,
                    action: row.try_get(2)?,
                    detail: Sealed::from_bytes(row.try_get(3)?),
                })
            })
            .collect()
    }
}
