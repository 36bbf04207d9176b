//! Certificates: parsed, checked for use, cut down.

use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::packet::key::PublicParts;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::RevocationStatus;
use sequoia_openpgp::{Cert, Packet};

use super::{At, guarded};

/// Octets that are parsed as one certificate: those that were flooded with certifications have megabytes.
const MAX_INPUT: usize = 512 * 1024;
/// Octets of one certificate that is kept.
const MAX_KEPT: usize = 64 * 1024;
/// Autocrypt level 1: the header stays under 10 KiB.
const MAX_KEYDATA: usize = 10 * 1024 - 256;

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
) -> Vec<ValidErasedKeyAmalgamation<'a, PublicParts>> {
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
pub(super) fn in_force(cert: &Cert, at: &At) -> bool {
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

pub(super) fn text(octets: Option<Vec<u8>>) -> Option<String> {
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
