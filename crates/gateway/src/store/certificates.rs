//! Certificates of correspondents: sealed, found by keyed digests; whose they are, and what was done with them.

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{Row, SqlSafeStr};
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{AuditLine, Store, StoreFault};

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

/// Who speaks for an address besides the certificate that is being bound, as it was read.
#[derive(Clone)]
pub struct Holder {
    /// The certificate.
    pub certificate: Uuid,
    /// The code of its binding.
    pub mac: Vec<u8>,
    /// The state that it gets, with its code in that state: `superseded` when an analyst decides, `conflict` when a weak pin gives way.
    /// `None` when it goes on speaking.
    pub becomes: Option<(&'static str, Vec<u8>)>,
}

/// A binding that is made or changed.
pub struct BindingChange<'a> {
    /// As it will be.
    pub binding: &'a StoredBinding,
    /// The code of its row as it was read; `None` when there was none.
    pub was: Option<&'a [u8]>,
    /// Who else speaks for the address.
    pub holder: Option<&'a Holder>,
    /// The certificate's key as it was read: the note is sealed under it.
    pub key: &'a WrappedKey,
    /// What is told of it, and of the holder.
    pub told: &'a [Told<'a>],
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

/// Something that was done with a certificate, and the line of its chain that names it.
pub struct Told<'a> {
    /// What.
    pub event: &'a StoredEvent,
    /// The line.
    pub line: AuditLine<'a>,
}

/// What is told, for the end of a statement whose rows `written` are there when it was done: $1 to $11.
macro_rules! telling {
    () => {
        " told AS (
            INSERT INTO certificate_event (id, certificate, action, detail) SELECT e.id, e.certificate, e.action, e.detail
            FROM written, unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS e (id, certificate, action, detail)
         ), lines AS (
            SELECT l.* FROM written, unnest($2::uuid[], $5::integer[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::bytea[],
                $11::bytea[]) AS l (case_id, number, at, actor, action, detail, mac, seal)
         ), audited AS (
            INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
            SELECT case_id, number, at, actor, action, detail, mac FROM lines
         ), headed AS (
            INSERT INTO audit_head (case_id, number, mac, seal) SELECT case_id, number, mac, seal FROM lines
            ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
         )
         SELECT id FROM written"
    };
}

/// A statement that ends with `telling!()`, with what is told.
fn telling<'q>(statement: impl SqlSafeStr, told: &[Told<'_>]) -> Query<'q, Postgres, PgArguments> {
    let (events, lines) = (
        || told.iter().map(|told| told.event),
        || told.iter().map(|told| &told.line),
    );
    let octets = |octets: &[u8]| octets.to_vec();
    sqlx::query(statement)
        .bind(events().map(|one| one.id).collect::<Vec<_>>())
        .bind(events().map(|one| one.certificate).collect::<Vec<_>>())
        .bind(events().map(|one| one.action.clone()).collect::<Vec<_>>())
        .bind(
            events()
                .map(|one| octets(one.detail.as_bytes()))
                .collect::<Vec<_>>(),
        )
        .bind(lines().map(|one| one.number).collect::<Vec<_>>())
        .bind(lines().map(|one| one.at.to_string()).collect::<Vec<_>>())
        .bind(lines().map(|one| one.actor.to_owned()).collect::<Vec<_>>())
        .bind(lines().map(|one| one.action.to_owned()).collect::<Vec<_>>())
        .bind(lines().map(|one| one.detail.to_owned()).collect::<Vec<_>>())
        .bind(lines().map(|one| octets(one.mac)).collect::<Vec<_>>())
        .bind(lines().map(|one| octets(one.seal)).collect::<Vec<_>>())
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

    /// Certificates that are in conflict with another one over an address, in no order that means anything; `most` at the most.
    pub async fn in_conflict(&self, most: i64) -> Result<Vec<Uuid>, StoreFault> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT certificate FROM certificate_binding WHERE state = 'conflict' ORDER BY certificate LIMIT $1",
        )
        .bind(most)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Adds a certificate with its handles; one that is there already stays as it is. Whether it is new.
    pub async fn add_certificate(
        &self,
        new: &StoredCertificate,
        handles: &[Vec<u8>],
        told: &Told<'_>,
    ) -> Result<bool, StoreFault> {
        let added = telling(
            concat!(
                "WITH new_case AS (
                    INSERT INTO case_key (id, wrapped) VALUES ($12, $13) ON CONFLICT (id) DO NOTHING RETURNING id
                 ), written AS (
                    INSERT INTO certificate (id, sealed) SELECT id, $14 FROM new_case RETURNING id
                 ), named AS (
                    INSERT INTO certificate_handle (digest, certificate)
                    SELECT digest, id FROM written, unnest($15::bytea[]) AS h (digest) ON CONFLICT DO NOTHING
                 ),",
                telling!()
            ),
            std::slice::from_ref(told),
        )
        .bind(new.id)
        .bind(new.wrapped.as_bytes())
        .bind(new.sealed.as_bytes())
        .bind(handles)
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
        told: &Told<'_>,
    ) -> Result<(), StoreFault> {
        let written = telling(
            concat!(
                "WITH key AS (
                    SELECT id FROM case_key WHERE id = $12 AND wrapped = $17 FOR SHARE
                 ), written AS (
                    UPDATE certificate SET sealed = $14, version = version + 1, review_due = review_due OR $16
                    FROM key WHERE certificate.id = key.id AND version = $13 RETURNING certificate.id
                 ), named AS (
                    INSERT INTO certificate_handle (digest, certificate)
                    SELECT digest, id FROM written, unnest($15::bytea[]) AS h (digest) ON CONFLICT DO NOTHING
                 ),",
                telling!()
            ),
            std::slice::from_ref(told),
        )
        .bind(changed.id)
        .bind(changed.version)
        .bind(changed.sealed.as_bytes())
        .bind(handles)
        .bind(review)
        .bind(changed.wrapped.as_bytes())
        .fetch_optional(&self.pool)
        .await?;
        written.map(drop).ok_or(StoreFault::Conflict)
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

    /// Binds a certificate to an address, or changes how it stands to it; whoever else speaks for the address goes on or ceases, as
    /// `change` says. [`StoreFault::Conflict`], and nothing written, when the binding, who speaks, or the certificate's key is not as
    /// it was read, or two came at the same moment: look again.
    pub async fn write_binding(&self, change: &BindingChange<'_>) -> Result<(), StoreFault> {
        let (new, holder) = (change.binding, change.holder);
        let becomes = holder.and_then(|holder| holder.becomes.as_ref());
        // The new one first: that two don't speak at a time is looked at when the statement ends.
        let written = telling(
            concat!(
                "WITH key AS (
                    SELECT id FROM case_key WHERE id = $14 AND wrapped = $19 FOR SHARE
                 ), mine AS (
                    SELECT mac FROM certificate_binding WHERE address = $13 AND certificate = $14 FOR UPDATE
                 ), as_read AS (
                    SELECT id FROM key WHERE (SELECT mac FROM mine) IS NOT DISTINCT FROM $20 AND $22 IS NOT DISTINCT FROM (
                        SELECT mac FROM certificate_binding
                        WHERE address = $13 AND certificate <> $14 AND state IN ('pinned', 'authenticated'))
                 ), written AS (
                    INSERT INTO certificate_binding (id, address, certificate, state, proof, sealed, mac)
                    SELECT $12, $13, id, $15, $16, $17, $18 FROM as_read
                    ON CONFLICT (address, certificate) DO UPDATE
                        SET state = excluded.state, proof = excluded.proof, sealed = excluded.sealed, mac = excluded.mac
                        WHERE certificate_binding.mac = $20
                    RETURNING id
                 ), displaced AS (
                    UPDATE certificate_binding b SET state = $23, mac = $24 FROM written
                    WHERE b.address = $13 AND b.certificate = $21 AND b.mac = $22 AND $23::text IS NOT NULL
                 ),",
                telling!()
            ),
            change.told,
        )
        .bind(new.id)
        .bind(&new.address)
        .bind(new.certificate)
        .bind(&new.state)
        .bind(&new.proof)
        .bind(new.sealed.as_bytes())
        .bind(&new.mac)
        .bind(change.key.as_bytes())
        .bind(change.was)
        .bind(holder.map(|holder| holder.certificate))
        .bind(holder.map(|holder| &holder.mac))
        .bind(becomes.map(|(state, _)| *state))
        .bind(becomes.map(|(_, mac)| mac))
        .fetch_optional(&self.pool)
        .await?;
        written.map(drop).ok_or(StoreFault::Conflict)
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
