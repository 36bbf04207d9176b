//! Certificates: made, described, checked for use, cut down.

use std::time::{Duration, SystemTime};

use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::packet::UserID;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::{Serialize, SerializeInto};
use sequoia_openpgp::types::{Features, KeyFlags, RevocationStatus};
use sequoia_openpgp::{Cert, Packet, Profile as Rfc};

use super::keys::KeyError;
use super::{At, guarded};

/// Octets that are parsed as one certificate: those that were flooded with certifications have megabytes.
const MAX_INPUT: usize = 512 * 1024;
/// Octets of one certificate that is kept.
const MAX_KEPT: usize = 64 * 1024;
/// Autocrypt level 1: the header stays under 10 KiB.
const MAX_KEYDATA: usize = 10 * 1024 - 256;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertInfo {
    /// Upper-case hex.
    pub fingerprint: String,
    /// As written, the primary one first; may be empty.
    pub user_ids: Vec<String>,
    /// Creation of the primary key.
    pub created: jiff::Timestamp,
    /// `None` when it never expires, or when it can't be read at that time.
    pub expires: Option<jiff::Timestamp>,
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

/// Algorithms of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Ed25519 and Cv25519 in version 4 packets, which GnuPG 2.2 reads.
    Curve25519,
    /// RSA with 4096 bits in version 4 packets.
    Rsa4096,
}

/// A new key. The secret part is not locked with a passphrase: whoever stores it seals it.
#[derive(Clone, PartialEq, Eq)]
pub struct GeneratedKey {
    /// Upper-case hex.
    pub fingerprint: String,
    /// Armoured secret key.
    pub secret: String,
    /// Armoured certificate.
    pub public: String,
    /// Armoured revocation certificate, to be kept apart.
    pub revocation: String,
}

/// Makes a team key: a primary key that certifies, a subkey that signs, a subkey that decrypts.
///
/// `validity` `None` makes a key that never expires. The user ID is written as `Name <address>`.
pub fn generate_team_key(
    user_id: &str,
    profile: Profile,
    validity: Option<Duration>,
    now: jiff::Timestamp,
) -> Result<GeneratedKey, KeyError> {
    let suite = match profile {
        Profile::Curve25519 => CipherSuite::Cv25519,
        Profile::Rsa4096 => CipherSuite::RSA4k,
    };
    // A key that says it reads SEIPDv2 gets mail that GnuPG 2.2 can't open.
    let made = CertBuilder::new()
        .set_profile(Rfc::RFC4880)
        .and_then(|builder| builder.set_features(Features::empty().set_seipdv1()))
        .and_then(|builder| {
            builder
                .set_cipher_suite(suite)
                .set_creation_time(At::new(now).now)
                .set_validity_period(validity)
                .add_userid(user_id)
                .add_signing_subkey()
                .add_subkey(
                    KeyFlags::empty()
                        .set_transport_encryption()
                        .set_storage_encryption(),
                    None,
                    None,
                )
                .generate()
        });
    let (cert, revocation) = made.map_err(|_| KeyError::NotMade)?;
    let revoked = armored_packet(&revocation.into()).ok_or(KeyError::NotMade)?;
    Ok(GeneratedKey {
        fingerprint: cert.fingerprint().to_hex(),
        secret: text(cert.as_tsk().armored().to_vec().ok()).ok_or(KeyError::NotMade)?,
        public: text(cert.armored().to_vec().ok()).ok_or(KeyError::NotMade)?,
        revocation: revoked,
    })
}

/// What a certificate, armoured or binary, says of itself; `None` when it is not exactly one.
pub fn describe(cert: &[u8], now: jiff::Timestamp) -> Option<CertInfo> {
    let cert = Cert::from_bytes(cert).ok()?;
    let at = At::new(now);
    let valid = cert.with_policy(&at.policy, at.now).ok();
    let expires = valid
        .as_ref()
        .and_then(|valid| valid.primary_key().key_expiration_time());
    Some(CertInfo {
        fingerprint: cert.fingerprint().to_hex(),
        user_ids: user_ids(&cert, valid.as_ref()),
        created: timestamp(cert.primary_key().key().creation_time())?,
        expires: expires.and_then(timestamp),
        revoked: matches!(
            cert.revocation_status(&at.policy, at.now),
            RevocationStatus::Revoked(_)
        ),
        algorithms: cert.keys().map(|key| algorithm(key.key())).collect(),
        has_secret: cert.is_tsk(),
        can_encrypt: !encryption_keys(&cert, &at).is_empty(),
        can_sign: cert
            .keys()
            .with_policy(&at.policy, at.now)
            .supported()
            .alive()
            .revoked(false)
            .for_signing()
            .next()
            .is_some_and(|_| in_force(&cert, &at)),
    })
}

/// Whether mail may be encrypted to the certificate at that time.
pub fn usable_for_encryption(cert: &[u8], now: jiff::Timestamp) -> bool {
    parse(cert).is_some_and(|cert| !encryption_keys(&cert, &At::new(now)).is_empty())
}

/// The armoured certificate without secrets and without other people's certifications; `None` when there is none.
pub fn export_public(key: &[u8]) -> Option<String> {
    let cert = Cert::from_bytes(key).ok()?;
    text(minimised(&cert).armored().to_vec().ok())
}

/// The binary certificate without secrets and without other people's certifications, at most 64 KiB; `None` when it is
/// none or too large.
pub fn minimise(cert: &[u8]) -> Option<Vec<u8>> {
    kept(&parse(cert)?)
}

/// The `keydata` of an Autocrypt header (Autocrypt level 1, section 2.1): base64 of one user ID and the encryption and
/// signing keys that are valid now; `None` when it can't be made small enough.
pub fn autocrypt_keydata(cert: &[u8], now: jiff::Timestamp) -> Option<String> {
    let cert = Cert::from_bytes(cert).ok()?;
    let at = At::new(now);
    let valid = cert.with_policy(&at.policy, at.now).ok()?;
    let usable: Vec<_> = cert
        .keys()
        .subkeys()
        .with_policy(&at.policy, at.now)
        .supported()
        .alive()
        .revoked(false)
        .map(|key| key.key().fingerprint())
        .collect();
    let primary_user_id = valid.primary_userid().ok()?.userid().clone();
    let small = minimised(&cert)
        .retain_subkeys(|key| usable.contains(&key.key().fingerprint()))
        .retain_userids(|user_id| *user_id.userid() == primary_user_id)
        .retain_user_attributes(|_| false);
    let encoded = base64(&to_binary(&small)?);
    (encoded.len() <= MAX_KEYDATA).then_some(encoded)
}

/// A certificate, armoured or binary, of bearable size, secrets left out.
pub(super) fn parse(octets: &[u8]) -> Option<Cert> {
    if octets.len() > MAX_INPUT {
        return None;
    }
    Cert::from_bytes(octets)
        .ok()
        .map(Cert::strip_secret_key_material)
}

/// The certificates in an attachment, secrets left out; what can't be parsed is left out, too.
pub(crate) fn parse_all(octets: &[u8], most: usize) -> Vec<Cert> {
    if octets.len() > MAX_INPUT {
        return Vec::new();
    }
    guarded(|| {
        CertParser::from_bytes(octets)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .map(Cert::strip_secret_key_material)
            .take(most)
            .collect()
    })
    .unwrap_or_default()
}

/// The binary form of a certificate that came along, cut down, at most 64 KiB.
pub(crate) fn kept(cert: &Cert) -> Option<Vec<u8>> {
    to_binary(&minimised(cert)).filter(|binary| binary.len() <= MAX_KEPT)
}

/// The keys of a certificate in force that mail may be encrypted to.
pub(super) fn encryption_keys<'a>(
    cert: &'a Cert,
    at: &'a At,
) -> Vec<ValidErasedKeyAmalgamation<'a, sequoia_openpgp::packet::key::PublicParts>> {
    if !in_force(cert, at) {
        return Vec::new();
    }
    let usable = || {
        cert.keys()
            .with_policy(&at.policy, at.now)
            .supported()
            .alive()
            .revoked(false)
    };
    let transport: Vec<_> = usable().for_transport_encryption().collect();
    if transport.is_empty() {
        usable().for_storage_encryption().collect()
    } else {
        transport
    }
}

/// Neither expired nor revoked as a whole: Sequoia's filters look at each key only.
fn in_force(cert: &Cert, at: &At) -> bool {
    cert.with_policy(&at.policy, at.now).is_ok_and(|valid| {
        valid.alive().is_ok() && !matches!(valid.revocation_status(), RevocationStatus::Revoked(_))
    })
}

/// Without secrets and without what other people certified or revoked: certificates are flooded with that (threats.md D4).
pub(super) fn minimised(cert: &Cert) -> Cert {
    let mut packets: Vec<Packet> = Vec::new();
    for key in cert.keys() {
        let public = key.key().clone();
        packets.push(if key.primary() {
            Packet::PublicKey(public.role_into_primary())
        } else {
            Packet::PublicSubkey(public.role_into_subordinate())
        });
        packets.extend(key.self_revocations().cloned().map(Packet::Signature));
        packets.extend(key.self_signatures().cloned().map(Packet::Signature));
        if key.primary() {
            for user_id in cert.userids() {
                packets.push(user_id.userid().clone().into());
                packets.extend(user_id.self_revocations().cloned().map(Packet::Signature));
                packets.extend(user_id.self_signatures().cloned().map(Packet::Signature));
            }
        }
    }
    Cert::from_packets(packets.into_iter())
        .unwrap_or_else(|_| cert.clone().strip_secret_key_material())
}

pub(super) fn to_binary(cert: &Cert) -> Option<Vec<u8>> {
    cert.to_vec().ok()
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

fn algorithm<P, R>(key: &sequoia_openpgp::packet::Key<P, R>) -> String
where
    P: sequoia_openpgp::packet::key::KeyParts,
    R: sequoia_openpgp::packet::key::KeyRole,
{
    use sequoia_openpgp::crypto::mpi::PublicKey;
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

fn armored_packet(packet: &Packet) -> Option<String> {
    use sequoia_openpgp::armor::{Kind, Writer};
    let mut writer = Writer::new(Vec::new(), Kind::PublicKey).ok()?;
    packet.serialize(&mut writer).ok()?;
    text(writer.finalize().ok())
}

fn text(octets: Option<Vec<u8>>) -> Option<String> {
    octets.and_then(|octets| String::from_utf8(octets).ok())
}

/// RFC 4648 section 4, in one line.
fn base64(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| {
        let index = usize::try_from(bits & 63).unwrap_or(0);
        char::from(ALPHABET.get(index).copied().unwrap_or(b'A'))
    };
    let mut encoded = String::with_capacity(octets.len().div_ceil(3) * 4);
    for chunk in octets.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        encoded.push(letter(bits >> 18));
        encoded.push(letter(bits >> 12));
        encoded.push(if chunk.len() > 1 {
            letter(bits >> 6)
        } else {
            '='
        });
        encoded.push(if chunk.len() > 2 { letter(bits) } else { '=' });
    }
    encoded
}
