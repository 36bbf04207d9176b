//! What a certificate says of itself.

use std::time::SystemTime;

use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::crypto::mpi::PublicKey;
use sequoia_openpgp::packet::key::{KeyParts, KeyRole};
use sequoia_openpgp::packet::{Key, UserID};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::types::RevocationStatus;

use super::At;
use super::certs::{encryption_keys, in_force};

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CertInfo {
    /// Upper-case hex.
    pub fingerprint: String,
    /// Fingerprints and key ids of the primary key and of valid signing subkeys, upper-case hex: what a signature may name
    /// as issuer. Subkeys that only encrypt are left out: anybody can adopt another's (RFC 9580 section 5.2.1.8).
    pub handles: Vec<String>,
    /// As written, the primary one first; may be empty.
    pub user_ids: Vec<String>,
    /// Creation of the primary key.
    pub created: jiff::Timestamp,
    /// `None` when it never expires, or when it can't be read at that time.
    pub expires: Option<jiff::Timestamp>,
    /// When it stops signing, or being encrypted to, whichever is first; `None`: never, or it does neither now.
    pub usable_until: Option<jiff::Timestamp>,
    /// At that time.
    pub revoked: bool,
    /// Of the primary key and each subkey, e.g. `EdDSA Ed25519`, `RSA 4096`.
    pub algorithms: Vec<String>,
    /// Secret key material is in it.
    pub has_secret: bool,
    /// Has a key that others may encrypt to now.
    pub can_encrypt: bool,
    /// Has a key that signs validly now.
    pub can_sign: bool,
}

/// What a certificate, armoured or binary, says of itself; `None` when it is not exactly one.
pub fn describe(cert: &[u8], now: jiff::Timestamp) -> Option<CertInfo> {
    described(&Cert::from_bytes(cert).ok()?, &At::new(now))
}

pub(super) fn described(cert: &Cert, at: &At) -> Option<CertInfo> {
    let valid = cert.with_policy(&at.policy, at.now).ok();
    let expires = valid
        .as_ref()
        .and_then(|valid| valid.primary_key().key_expiration_time());
    Some(CertInfo {
        fingerprint: cert.fingerprint().to_hex(),
        handles: handles(cert, at),
        user_ids: user_ids(cert, valid.as_ref()),
        created: timestamp(cert.primary_key().key().creation_time())?,
        expires: expires.and_then(timestamp),
        usable_until: valid.as_ref().and_then(usable_until),
        revoked: matches!(
            cert.revocation_status(&at.policy, at.now),
            RevocationStatus::Revoked(_)
        ),
        algorithms: cert.keys().map(|key| algorithm(key.key())).collect(),
        has_secret: cert.is_tsk(),
        can_encrypt: !encryption_keys(cert, at).is_empty(),
        can_sign: cert
            .keys()
            .with_policy(&at.policy, at.now)
            .supported()
            .alive()
            .revoked(false)
            .for_signing()
            .next()
            .is_some_and(|_| in_force(cert, at)),
    })
}

/// The certificate's own end, and those of the last signing and the last encryption subkey.
fn usable_until(valid: &ValidCert<'_>) -> Option<jiff::Timestamp> {
    let keys = || valid.keys().supported().alive().revoked(false);
    let signing: Vec<_> = keys().for_signing().collect();
    let mut encrypting: Vec<_> = keys().for_transport_encryption().collect();
    if encrypting.is_empty() {
        encrypting.extend(keys().for_storage_encryption());
    }
    let whole = valid.primary_key().key_expiration_time();
    [signing, encrypting]
        .iter()
        .filter_map(|keys| {
            let ends = keys.iter().map(|key| key.key_expiration_time());
            let ends: Option<Vec<SystemTime>> = ends.collect();
            ends?.into_iter().max()
        })
        .chain(whole)
        .min()
        .and_then(timestamp)
}

fn user_ids(cert: &Cert, valid: Option<&ValidCert<'_>>) -> Vec<String> {
    let primary = valid.and_then(|valid| valid.primary_userid().ok());
    let primary = primary.as_ref().map(|user_id| user_id.userid());
    let written = |user_id: &UserID| String::from_utf8_lossy(user_id.value()).into_owned();
    let rest = cert.userids().map(|user_id| user_id.userid());
    primary
        .into_iter()
        .chain(rest.filter(|user_id| Some(*user_id) != primary))
        .map(written)
        .collect()
}

fn algorithm<P, R>(key: &Key<P, R>) -> String
where
    P: KeyParts,
    R: KeyRole,
{
    let named = key.pk_algo().to_string();
    if let PublicKey::RSA { n, .. } = key.mpis() {
        format!("RSA {}", n.bits())
    } else if let PublicKey::EdDSA { curve, .. }
    | PublicKey::ECDSA { curve, .. }
    | PublicKey::ECDH { curve, .. } = key.mpis()
    {
        format!(
            "{} {curve}",
            named.split_whitespace().next().unwrap_or_default()
        )
    } else {
        named
    }
}

fn timestamp(time: SystemTime) -> Option<jiff::Timestamp> {
    jiff::Timestamp::try_from(time).ok()
}
fn handles(cert: &Cert, at: &At) -> Vec<String> {
    let primary = cert.primary_key();
    let signing = cert
        .keys()
        .subkeys()
        .with_policy(&at.policy, at.now)
        .for_signing();
    let signing =
        signing.flat_map(|key| [key.key().fingerprint().to_hex(), key.key().keyid().to_hex()]);
    [
        primary.key().fingerprint().to_hex(),
        primary.key().keyid().to_hex(),
    ]
    .into_iter()
    .chain(signing)
    .collect()
}
