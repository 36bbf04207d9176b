//! What becomes of a correspondent's certificate when it comes in, again, or changed: cut down, merged, looked at.
//!
//! Only what the certificate's own key signed is merged: new subkeys, another expiry, revocations. That is genuine whoever
//! brings it. A revocation is never lost by a merge, nor by cutting down.

use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::packet::{Signature, key::PublicParts, key::UnspecifiedRole};
use sequoia_openpgp::types::{ReasonForRevocation, RevocationStatus};
use sequoia_openpgp::{Cert, Packet};
use serde::{Deserialize, Serialize};

use super::certs::{in_force, kept, parse, parse_all};
use super::describe::{CertInfo, described};
use super::keys::addresses;
use super::{At, Keys, Verdict, guarded, judge};

/// Certificates that are taken of one file.
const MAX_CERTIFICATES: usize = 8;

/// A certificate that came in, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Vetted {
    /// Binary, at most 64 KiB: what was held and what came, merged.
    pub certificate: Vec<u8>,
    /// What it says of itself.
    pub info: CertInfo,
    /// Addresses of its valid user IDs: claims.
    pub addresses: Vec<String>,
    /// Those of them that the team, or one whom it trusts with that, has certified.
    pub certified: Vec<Certified>,
    /// It is not the same as what was held.
    pub news: bool,
    /// A key of it was revoked, or expires at another time: signatures must be looked at again.
    pub standing_changed: bool,
}

/// An address that somebody certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certified {
    /// The address.
    pub address: String,
    /// Fingerprint of the certificate that certified it.
    pub by: String,
    /// Whether that is the team's own.
    pub by_team: bool,
}

/// Takes the certificates of a file, armoured or binary, at most eight; the one that is `held` already is merged with that.
pub fn vet(keys: &Keys, octets: &[u8], held: Option<&[u8]>, now: jiff::Timestamp) -> Vec<Vetted> {
    let at = At::new(now);
    let held = held.and_then(parse);
    let vetted = guarded(|| {
        parse_all(octets, MAX_CERTIFICATES, &keys.certifier_ids())
            .into_iter()
            .filter_map(|cert| one(keys, cert, held.as_ref(), &at))
            .collect()
    });
    vetted.unwrap_or_default()
}

fn one(keys: &Keys, cert: Cert, held: Option<&Cert>, at: &At) -> Option<Vetted> {
    let held = held.filter(|held| held.fingerprint() == cert.fingerprint());
    // Also with itself: merging writes what signatures leave unsaid of their issuers, which is no news the next time.
    let known = held.unwrap_or(&cert).clone();
    let merged = known.merge_public(cert).ok()?;
    let certificate = kept(&merged, &keys.certifier_ids())?;
    // Only what is kept counts.
    let merged = parse(&certificate)?;
    Some(Vetted {
        info: described(&merged, at)?,
        addresses: addresses(&merged, at),
        certified: certified(keys, &merged, at),
        news: held.is_none_or(|held| !same(held, &merged)),
        standing_changed: held.is_some_and(|held| standing(held, at) != standing(&merged, at)),
        certificate,
    })
}

/// Whether both say the same. What stands outside the hashed part of a signature is nobody's word, and the library adds to it
/// whom it found to be the issuer: sometimes, since it remembers what it checked.
fn same(one: &Cert, other: &Cert) -> bool {
    let packets = |cert: &Cert| cert.clone().into_packets().collect::<Vec<Packet>>();
    let (one, other) = (packets(one), packets(other));
    one.len() == other.len()
        && one.iter().zip(&other).all(|pair| match pair {
            (Packet::Signature(one), Packet::Signature(other)) => one.normalized_eq(other),
            (one, other) => one == other,
        })
}

fn certified(keys: &Keys, cert: &Cert, at: &At) -> Vec<Certified> {
    let mut found = Vec::new();
    for certifier in keys
        .certifiers()
        .filter(|certifier| in_force(certifier, at))
    {
        // A certificate does not vouch for itself.
        if certifier.fingerprint() == cert.fingerprint() {
            continue;
        }
        let by_team = keys
            .team()
            .iter()
            .any(|held| held.cert.fingerprint() == certifier.fingerprint());
        let certifying = certifier
            .keys()
            .with_policy(&at.policy, at.now)
            .supported()
            .alive()
            .revoked(false)
            .for_certification();
        for key in certifying {
            for user_id in cert
                .userids()
                .with_policy(&at.policy, at.now)
                .revoked(false)
            {
                let address = user_id.userid().email().ok().flatten();
                if let Some(address) = address
                    && is_certified(user_id.amalgamation(), key.key(), at)
                {
                    found.push(Certified {
                        address: address.to_owned(),
                        by: certifier.fingerprint().to_hex(),
                        by_team,
                    });
                }
            }
        }
    }
    found
}

/// Certified, and that not taken back.
fn is_certified(
    user_id: &UserIDAmalgamation<'_>,
    key: &sequoia_openpgp::packet::Key<PublicParts, UnspecifiedRole>,
    at: &At,
) -> bool {
    let made = |signature: &Signature| signature.signature_creation_time();
    let certification = user_id
        .active_certifications_by_key(&at.policy, at.now, key)
        .map(made)
        .max()
        .flatten();
    let revocation = user_id
        .valid_third_party_revocations_by_key(&at.policy, at.now, key)
        .map(made)
        .max()
        .flatten();
    certification.is_some_and(|certified| revocation.is_none_or(|revoked| revoked < certified))
}

/// What the verdict on an old signature depends on: of each key whether it is revoked, and when it expires.
fn standing(cert: &Cert, at: &At) -> Vec<(String, Option<Revocation>, Option<jiff::Timestamp>)> {
    cert.keys()
        .map(|key| {
            let fingerprint = key.key().fingerprint().to_hex();
            let expires = key
                .clone()
                .with_policy(&at.policy, at.now)
                .ok()
                .and_then(|key| key.key_expiration_time())
                .and_then(|time| jiff::Timestamp::try_from(time).ok());
            (
                fingerprint.clone(),
                revoked(cert, &fingerprint, at),
                expires,
            )
        })
        .collect()
}

/// That somebody took a key back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// When, by the revocation's own word.
    pub since: jiff::Timestamp,
    /// One of `compromised`, `superseded`, `retired`, `unspecified`, `other`: what its owner wrote beside it is not kept.
    pub reason: String,
}

/// Whether a key is revoked, or its certificate is.
fn revoked(cert: &Cert, key: &str, at: &At) -> Option<Revocation> {
    let subkey = cert
        .keys()
        .subkeys()
        .find(|held| held.key().fingerprint().to_hex() == key);
    revocation(&cert.revocation_status(&at.policy, at.now))
        .or_else(|| revocation(&subkey?.revocation_status(&at.policy, at.now)))
}

fn revocation(status: &RevocationStatus<'_>) -> Option<Revocation> {
    let RevocationStatus::Revoked(signatures) = status else {
        return None;
    };
    let first = signatures
        .iter()
        .min_by_key(|signature| signature.signature_creation_time())?;
    let reason = match first.reason_for_revocation().map(|(code, _)| code) {
        Some(ReasonForRevocation::KeyCompromised) => "compromised",
        Some(ReasonForRevocation::KeySuperseded) => "superseded",
        Some(ReasonForRevocation::KeyRetired) => "retired",
        Some(ReasonForRevocation::Unspecified) | None => "unspecified",
        Some(_) => "other",
    };
    Some(Revocation {
        since: jiff::Timestamp::try_from(first.signature_creation_time()?).ok()?,
        reason: reason.to_owned(),
    })
}

/// What is to be said of an old signature with what is known of its certificate now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// [`Verdict::ExpiredKey`] or [`Verdict::RevokedKey`] when that was so, as we know now, at the time of reference; `None`
    /// when the key was in force.
    pub lapsed: Option<Verdict>,
    /// The certificate or the key is revoked now.
    pub revocation: Option<Revocation>,
}

/// Looks at a key again as of the time at which a signature was judged (T12); `None` when the certificate has no such key.
pub fn review(
    certificate: &[u8],
    key: &str,
    reference: jiff::Timestamp,
    now: jiff::Timestamp,
) -> Option<Review> {
    let cert = parse(certificate)?;
    let (then, at) = (At::new(reference), At::new(now));
    let key = cert
        .keys()
        .find(|held| held.key().fingerprint().to_hex() == key)?;
    let revocation = revoked(&cert, &key.key().fingerprint().to_hex(), &at);
    // Refreshed certificates lose their old bindings: then the present ones count.
    let lapsed = match key.clone().with_policy(&then.policy, then.now) {
        Ok(key) => judge::lapsed(&key),
        Err(_) => match key.with_policy(&at.policy, at.now) {
            Ok(key) => judge::lapsed(&key),
            Err(_) => Some(Verdict::ExpiredKey),
        },
    };
    Some(Review { lapsed, revocation })
}
