//! Certificates: parsed, checked for use, cut down.

use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::cert::raw::{RawCert, RawCertParser};
use sequoia_openpgp::packet::{Signature, Tag, key::PublicParts};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::RevocationStatus;
use sequoia_openpgp::{Cert, KeyID, Packet};

use super::{At, guarded};

/// Octets that are looked through for certificates: those that were flooded with certifications have megabytes (D4).
const MAX_FLOODED: usize = 64 * 1024 * 1024;
/// Octets that are parsed as one certificate, what strangers added left out.
const MAX_INPUT: usize = 512 * 1024;
/// Octets of one certificate that is kept.
const MAX_KEPT: usize = 64 * 1024;
/// Certifications by the team and those it trusts, of one user ID.
const MAX_CERTIFICATIONS: usize = 16;
/// Autocrypt level 1: the header stays under 10 KiB.
const MAX_KEYDATA: usize = 10 * 1024 - 256;

/// Whether mail may be encrypted to the certificate at that time.
pub fn usable_for_encryption(cert: &[u8], now: jiff::Timestamp) -> bool {
    parse(cert).is_some_and(|cert| !encryption_keys(&cert, &At::new(now)).is_empty())
}

/// The armoured certificate without secrets and without other people's certifications; `None` when there is none.
pub fn export_public(key: &[u8]) -> Option<String> {
    let cert = Cert::from_bytes(key).ok()?;
    text(minimised(&cert, &[]).armored().to_vec().ok())
}

/// A certificate as it is, armoured; `None` when it is none.
pub fn armored(certificate: &[u8]) -> Option<String> {
    text(parse(certificate)?.armored().to_vec().ok())
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
    let small = minimised(&cert, &[])
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

/// The certificates in a file, armoured or binary, secrets left out; what can't be parsed is left out, too. Of signatures
/// only those are looked at that name the certificate's own key or one of `certifiers` as issuer.
pub(crate) fn parse_all(octets: &[u8], most: usize, certifiers: &[KeyID]) -> Vec<Cert> {
    if octets.len() > MAX_FLOODED {
        return Vec::new();
    }
    guarded(|| {
        RawCertParser::from_bytes(octets)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .take(most)
            .filter_map(|raw| without_strangers(&raw, certifiers))
            .collect()
    })
    .unwrap_or_default()
}

/// Every signature names its issuer, by a fingerprint that holds the key id or by the id itself (RFC 9580 section 5.2.3.12),
/// so what strangers added can be left out unparsed: 150,000 certifications are a matter of a second.
fn without_strangers(raw: &RawCert<'_>, certifiers: &[KeyID]) -> Option<Cert> {
    let own = raw.keyid();
    let issuers: Vec<&[u8]> = std::iter::once(&own)
        .chain(certifiers)
        .map(KeyID::as_bytes)
        .collect();
    let mut kept = Vec::new();
    for packet in raw.packets() {
        let named = |issuer: &&[u8]| packet.body().windows(issuer.len()).any(|at| at == *issuer);
        if packet.tag() == Tag::Signature && !issuers.iter().any(named) {
            continue;
        }
        kept.extend_from_slice(packet.as_bytes());
        if kept.len() > MAX_INPUT {
            return None;
        }
    }
    parse(&kept)
}

/// The binary form of a certificate, cut down, at most 64 KiB; of what was signed often only the newest when it would be
/// larger.
pub(crate) fn kept(cert: &Cert, certifiers: &[KeyID]) -> Option<Vec<u8>> {
    let fits = |binary: &Vec<u8>| binary.len() <= MAX_KEPT;
    to_binary(&minimised(cert, certifiers))
        .filter(fits)
        .or_else(|| to_binary(&cut_down(cert, certifiers, 1)).filter(fits))
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
/// Certifications that name one of `certifiers` stay. What the certificate's own key did not sign is not part of it.
pub(super) fn minimised(cert: &Cert, certifiers: &[KeyID]) -> Cert {
    cut_down(cert, certifiers, usize::MAX)
}

/// Of each component's own signatures the `newest`; revocations stay all.
fn cut_down(cert: &Cert, certifiers: &[KeyID], newest: usize) -> Cert {
    let mut packets: Vec<Packet> = Vec::new();
    for key in cert.keys() {
        let own: Vec<Packet> = signatures(key.self_revocations(), key.self_signatures(), newest);
        let public = key.key().clone();
        if key.primary() {
            packets.push(Packet::PublicKey(public.role_into_primary()));
        } else if own.is_empty() {
            continue;
        } else {
            packets.push(Packet::PublicSubkey(public.role_into_subordinate()));
        }
        packets.extend(own);
        if key.primary() {
            for user_id in cert.userids() {
                let own = signatures(
                    user_id.self_revocations(),
                    user_id.self_signatures(),
                    newest,
                );
                if own.is_empty() {
                    continue;
                }
                packets.push(user_id.userid().clone().into());
                packets.extend(own);
                let theirs = user_id.certifications().chain(user_id.other_revocations());
                let theirs = theirs.filter(|signature| is_by(signature, certifiers));
                packets.extend(
                    theirs
                        .take(MAX_CERTIFICATIONS)
                        .cloned()
                        .map(Packet::Signature),
                );
            }
        }
    }
    Cert::from_packets(packets.into_iter())
        .unwrap_or_else(|_| cert.clone().strip_secret_key_material())
}

/// Sequoia gives a component's own signatures with the newest first, and those only that check.
fn signatures<'a>(
    revocations: impl Iterator<Item = &'a Signature>,
    own: impl Iterator<Item = &'a Signature>,
    newest: usize,
) -> Vec<Packet> {
    revocations
        .chain(own.take(newest))
        .cloned()
        .map(Packet::Signature)
        .collect()
}

fn is_by(signature: &Signature, certifiers: &[KeyID]) -> bool {
    signature
        .get_issuers()
        .iter()
        .any(|issuer| certifiers.contains(&KeyID::from(issuer)))
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
