//! Certificates of correspondents: looked up for a signature or an answer, kept when they made a good signature.

use intake::openpgp::CertInfo;
use intake::pipeline::Examination;
use intake::reading::Reading;
use jiff::Timestamp;
use uuid::Uuid;
use vault::{Epoch, KeyRing, Purpose};

use super::{Fault, Worker};
use crate::audit;
use crate::reader::{Done, Job};
use crate::sealing;
use crate::store::StoredCertificate;

/// Keyed digest of a fingerprint, key id or address.
pub(crate) fn handle(ring: &KeyRing, name: &str) -> Vec<u8> {
    ring.digest(Purpose::Certificate, &[name.to_lowercase().as_bytes()])
        .to_vec()
}

/// The names under which a certificate that somebody imported is found: those of its keys, and its addresses.
pub(crate) fn handles(ring: &KeyRing, info: &CertInfo) -> Vec<Vec<u8>> {
    let addresses = info
        .user_ids
        .iter()
        .filter_map(|user_id| address_of(user_id));
    addresses
        .map(|name| handle(ring, &name))
        .chain(key_handles(ring, info))
        .collect()
}

/// Fingerprints and key ids alone. A certificate that merely came along gets no more: anybody can write any address into
/// one, and answers to that address must not be encrypted to it (T11).
fn key_handles(ring: &KeyRing, info: &CertInfo) -> Vec<Vec<u8>> {
    info.handles.iter().map(|name| handle(ring, name)).collect()
}

/// `Name <address>` or a bare address.
fn address_of(user_id: &str) -> Option<String> {
    let address = user_id
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(user_id, |(address, _)| address);
    address.contains('@').then(|| address.trim().to_lowercase())
}

/// One certificate, one row: the id comes from the fingerprint.
pub(crate) fn certificate_id(ring: &KeyRing, fingerprint: &str) -> Uuid {
    Uuid::from_bytes(ring.digest(Purpose::Certificate, &[b"id", fingerprint.as_bytes()]))
}

impl Worker {
    /// The certificates known under these names, each with whether somebody here vouched for it.
    pub(super) async fn certificates_of(
        &self,
        names: &[String],
    ) -> Result<Vec<(Vec<u8>, bool)>, Fault> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let handles: Vec<Vec<u8>> = names.iter().map(|name| handle(&self.ring, name)).collect();
        let mut found = Vec::new();
        for stored in self.store.certificates(Some(&handles)).await? {
            let opened = sealing::case_key(&self.ring, &self.team, stored.id, &stored.wrapped)
                .and_then(|key| {
                    key.open(
                        &sealing::certificate_aad(&self.team, stored.id),
                        &stored.sealed,
                    )
                });
            match opened {
                Ok(bytes) => found.push((bytes.to_vec(), stored.authenticated)),
                // One damaged row must not hold up every mail of its owner.
                Err(error) => tracing::error!(certificate = %stored.id, %error, "can't be opened"),
            }
        }
        Ok(found)
    }

    /// Keeps the certificates that signed this message, unauthenticated, so that the next one can be checked (T11: a
    /// certificate is found by its fingerprint, so another one never takes its place).
    pub(super) async fn remember_signers(
        &self,
        reading: &Reading,
        examination: &Examination,
        team: &str,
    ) {
        if examination.signers.is_empty() || reading.certificates.is_empty() {
            return;
        }
        for certificate in &reading.certificates {
            let Some(info) = self.describe(certificate.clone()).await else {
                continue;
            };
            if !examination.signers.contains(&info.fingerprint) {
                continue;
            }
            if let Err(fault) = self.remember(certificate, &info, team).await {
                tracing::warn!(%fault, "a signer's certificate could not be kept");
            }
        }
    }

    async fn remember(&self, certificate: &[u8], info: &CertInfo, team: &str) -> Result<(), Fault> {
        let id = certificate_id(&self.ring, &info.fingerprint);
        let known = self
            .store
            .certificates(Some(&[handle(&self.ring, &info.fingerprint)]))
            .await?;
        if known.iter().any(|stored| stored.id == id) {
            return Ok(());
        }
        let stored = seal_certificate(&self.ring, team, id, certificate, false)?;
        self.store
            .add_certificate(&stored, &key_handles(&self.ring, info))
            .await?;
        let kept = audit::certificate_kept();
        audit::append(&self.store, &self.ring, id, audit::GATEWAY, kept).await?;
        Ok(())
    }

    pub(super) async fn describe(&self, certificate: Vec<u8>) -> Option<CertInfo> {
        match self
            .readers
            .run(&Job::Describe {
                certificate,
                now: Timestamp::now(),
            })
            .await
        {
            Ok(Done::Described(info)) => info,
            Ok(_) | Err(_) => None,
        }
    }
}

/// Seals a certificate under a key of its own.
pub(crate) fn seal_certificate(
    ring: &KeyRing,
    team: &str,
    id: Uuid,
    certificate: &[u8],
    authenticated: bool,
) -> Result<StoredCertificate, vault::VaultError> {
    let key = ring.new_case_key(Epoch::STANDING)?;
    let wrapped = ring.wrap(&key, &sealing::case_aad(team, id))?;
    let sealed = key.seal(&sealing::certificate_aad(team, id), certificate)?;
    Ok(StoredCertificate {
        id,
        wrapped,
        authenticated,
        sealed,
    })
}
