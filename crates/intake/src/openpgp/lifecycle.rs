//! Changes to the team's own secret keys: certified by the key before, made to last longer, revoked.

use std::time::SystemTime;

use sequoia_openpgp::crypto::{KeyPair, Password, S2K, Signer};
use sequoia_openpgp::packet::Signature;
use sequoia_openpgp::packet::key::{SecretKeyMaterial, SecretParts, UnspecifiedRole};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{RevocationStatus, SignatureType};
use sequoia_openpgp::{Cert, Packet, PacketPile, packet};
use zeroize::Zeroizing;

use super::At;
use super::certs::text;
use super::keys::KeyError;

/// How many of a key's secret parts can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlocked {
    /// Those that the passphrase opens, or that have none.
    pub usable: usize,
    /// All that are there; a mark that one is kept elsewhere is none.
    pub all: usize,
}

/// Tries the passphrase on every secret part.
pub fn unlock(key: &[u8], passphrase: Option<&[u8]>) -> Result<Unlocked, KeyError> {
    let cert = secret(key)?;
    let here = cert.keys().secret().map(|secret| secret.key());
    let here: Vec<_> = here.filter(|key| !is_elsewhere(key)).collect();
    if here.is_empty() {
        return Err(KeyError::Elsewhere);
    }
    let usable = here
        .iter()
        .filter(|key| pair((**key).clone(), passphrase).is_some())
        .count();
    Ok(Unlocked {
        usable,
        all: here.len(),
    })
}

/// The next key with certifications of its user IDs by the present one, armoured, secret: who trusts the old one can follow. When
/// the present one is locked with the passphrase, so is the next.
pub fn certify_next(
    present: &[u8],
    passphrase: Option<&[u8]>,
    next: &[u8],
    now: jiff::Timestamp,
) -> Result<Zeroizing<String>, KeyError> {
    let (present, next) = (secret(present)?, secret(next)?);
    let mut certifier = primary(&present, passphrase)?;
    // A certification that is older than what it certifies counts for nothing.
    let at = At::new(now)
        .now
        .max(next.primary_key().key().creation_time());
    let mut packets: Vec<Packet> = Vec::new();
    for user_id in next.userids() {
        let user_id = user_id.userid();
        let kind = SignatureType::PositiveCertification;
        let certification = user_id.certify(&mut certifier, &next, kind, None, Some(at));
        packets.push(user_id.clone().into());
        packets.push(certification.map_err(|_| KeyError::NotMade)?.into());
    }
    let locked = present
        .keys()
        .secret()
        .any(|secret| !secret.key().has_unencrypted_secret());
    if locked {
        let passphrase = passphrase.ok_or(KeyError::Locked)?;
        packets.extend(lock(&next, &Password::from(passphrase)).map_err(|_| KeyError::NotMade)?);
    }
    let next = next
        .insert_packets(packets)
        .map_err(|_| KeyError::NotMade)?;
    let open = next
        .0
        .keys()
        .secret()
        .any(|secret| secret.key().has_unencrypted_secret());
    if locked && open {
        return Err(KeyError::NotMade);
    }
    armored(Ok(next))
}

/// The secret parts, locked.
fn lock(cert: &Cert, passphrase: &Password) -> sequoia_openpgp::Result<Vec<Packet>> {
    let primary = cert.primary_key().key().clone().parts_into_secret()?;
    let mut packets = vec![primary.encrypt_secret(passphrase)?.into()];
    for subkey in cert.keys().subkeys().secret() {
        packets.push(subkey.key().clone().encrypt_secret(passphrase)?.into());
    }
    Ok(packets)
}

/// The key with a later end of validity, armoured, secret. Subkeys with an end of their own get the same one.
pub fn extend(
    key: &[u8],
    passphrase: Option<&[u8]>,
    until: jiff::Timestamp,
    now: jiff::Timestamp,
) -> Result<Zeroizing<String>, KeyError> {
    let cert = secret(key)?;
    let at = At::new(now);
    let until = Some(SystemTime::from(until));
    let mut signer = primary(&cert, passphrase)?;
    let mut bindings = |cert: &Cert| -> Result<Vec<Signature>, KeyError> {
        let not_made = |_| KeyError::NotMade;
        let valid = cert.with_policy(&at.policy, at.now).map_err(not_made)?;
        let whole = valid.primary_key();
        let mut made = whole
            .set_expiration_time(&mut signer, until)
            .map_err(not_made)?;
        let end = whole.key_expiration_time();
        // A retired subkey stays retired, and one whose secret is elsewhere is not promised to anybody.
        for subkey in valid.keys().subkeys().revoked(false) {
            let Some(ends) = subkey.key_expiration_time() else {
                continue;
            };
            let lives = subkey.alive().is_ok() || end.is_some_and(|end| ends >= end);
            let own = cert
                .keys()
                .secret()
                .find(|secret| secret.key().fingerprint() == subkey.key().fingerprint());
            let own = own.and_then(|own| pair(own.key().clone(), passphrase));
            let Some(mut own) = own.filter(|_| lives) else {
                continue;
            };
            let own: Option<&mut dyn Signer> = match subkey.for_signing() {
                true => Some(&mut own),
                false => None,
            };
            let longer = subkey.set_expiration_time(&mut signer, own, until);
            made.extend(longer.map_err(not_made)?);
        }
        Ok(made)
    };
    let made = bindings(&cert)?;
    armored(cert.insert_packets(made))
}

/// When the newest of the key's own signatures was made, in whole seconds; before that moment other programs pass over it.
pub fn newest_signature(key: &[u8]) -> Option<jiff::Timestamp> {
    let cert = secret(key).ok()?;
    let primary = cert.primary_key();
    let primary = primary.self_signatures();
    let users = cert.userids().flat_map(|user| user.self_signatures());
    let subkeys = cert
        .keys()
        .subkeys()
        .flat_map(|subkey| subkey.self_signatures());
    let all = primary.chain(users).chain(subkeys);
    let made = all
        .filter_map(|made| made.signature_creation_time())
        .max()?;
    jiff::Timestamp::try_from(made).ok()
}

/// The key with its revocation, armoured, secret; `None` when the revocation is not for this key, or it was revoked before.
pub fn revoke(
    key: &[u8],
    revocation: &[u8],
    now: jiff::Timestamp,
) -> Result<Option<Zeroizing<String>>, KeyError> {
    let cert = secret(key)?;
    let at = At::new(now);
    let is_revoked = |cert: &Cert| {
        let status = cert.revocation_status(&at.policy, at.with_skew());
        matches!(status, RevocationStatus::Revoked(_))
    };
    if is_revoked(&cert) {
        return Ok(None);
    }
    // GnuPG puts a colon before the armour, so that nobody imports the file by accident.
    let skipped = revocation
        .windows(5)
        .position(|window| window == b"-----")
        .and_then(|start| revocation.get(start..))
        .unwrap_or(revocation);
    let packets = PacketPile::from_bytes(skipped).map_err(|_| KeyError::NotACertificate)?;
    let revocations: Vec<Packet> = packets
        .into_children()
        .filter(|packet| matches!(packet, Packet::Signature(signature) if signature.typ() == SignatureType::KeyRevocation))
        .collect();
    let (cert, _) = cert
        .insert_packets(revocations)
        .map_err(|_| KeyError::NotMade)?;
    if is_revoked(&cert) {
        armored(Ok((cert, true))).map(Some)
    } else {
        Ok(None)
    }
}

fn secret(key: &[u8]) -> Result<Cert, KeyError> {
    let cert = Cert::from_bytes(key).map_err(|_| KeyError::NotACertificate)?;
    if cert.is_tsk() {
        Ok(cert)
    } else {
        Err(KeyError::NoSecret)
    }
}

fn primary(cert: &Cert, passphrase: Option<&[u8]>) -> Result<KeyPair, KeyError> {
    let key = cert.primary_key().key().clone();
    let key = key.parts_into_secret().map_err(|_| KeyError::NoSecret)?;
    let key = key.role_into_unspecified();
    if is_elsewhere(&key) {
        return Err(KeyError::Elsewhere);
    }
    pair(key, passphrase).ok_or(KeyError::Locked)
}

/// GnuPG sets a mark where a secret part is kept offline or on a card.
fn is_elsewhere(key: &packet::Key<SecretParts, UnspecifiedRole>) -> bool {
    const GNUPGS_MARK: u8 = 101;
    match key.secret() {
        SecretKeyMaterial::Encrypted(locked) => {
            matches!(locked.s2k(), S2K::Private { tag, .. } if *tag == GNUPGS_MARK)
        }
        SecretKeyMaterial::Unencrypted(_) => false,
    }
}

/// The unlocked pair; `None` when the passphrase does not open it.
pub(super) fn pair(
    key: packet::Key<SecretParts, UnspecifiedRole>,
    passphrase: Option<&[u8]>,
) -> Option<KeyPair> {
    let key = match passphrase {
        Some(passphrase) if !key.has_unencrypted_secret() => {
            key.decrypt_secret(&Password::from(passphrase)).ok()?
        }
        Some(_) | None => key,
    };
    key.into_keypair().ok()
}

fn armored(cert: sequoia_openpgp::Result<(Cert, bool)>) -> Result<Zeroizing<String>, KeyError> {
    let (cert, _) = cert.map_err(|_| KeyError::NotMade)?;
    text(cert.as_tsk().armored().to_vec().ok())
        .map(Zeroizing::new)
        .ok_or(KeyError::NotMade)
}
