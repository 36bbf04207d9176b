//! ID tokens: whether one is signed by a key of the provider's, and was made for this sign-in (OpenID Connect Core 1.0 section 3.1.3.7).
//! Pure: keys, time and what is expected are the caller's.
//!
//! The library checks signatures, with the algorithm that the key is for; what a token says is checked here, where the time is an
//! argument. `none` is no algorithm of the library's, and keys that sign with a shared secret are none of ours.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};
use thiserror::Error;

/// What is taken, and nothing else.
pub(super) const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("ES256", Algorithm::ES256),
    ("EdDSA", Algorithm::EdDSA),
];
/// Octets of a token: some hundred groups.
const LONGEST: usize = 64 << 10;
/// Seconds since a token was made; it was asked for a moment ago. Entra says five minutes too many.
const OLDEST: i64 = 600;
/// Octets of a subject (OpenID Connect Core 1.0 section 2).
const LONGEST_SUBJECT: usize = 255;

/// What a token says.
pub(super) type Claims = Map<String, Value>;

/// What a token must say.
#[derive(Clone, Copy)]
pub(super) struct Expected<'e> {
    /// The provider.
    pub(super) issuer: &'e str,
    /// We.
    pub(super) client_id: &'e str,
    /// Of this sign-in.
    pub(super) nonce: &'e str,
    /// Seconds since 1970.
    pub(super) now: i64,
    /// Seconds that clocks may be apart.
    pub(super) skew: i64,
}

/// Why a token is none. Permanent, but for keys that are not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum TokenFault {
    #[error("malformed")]
    Malformed,
    #[error("algorithm")]
    Algorithm,
    /// None of the keys is the one that the token names.
    #[error("key")]
    Key,
    #[error("signature")]
    Signature,
    #[error("issuer")]
    Issuer,
    #[error("audience")]
    Audience,
    #[error("expired")]
    Expired,
    /// Made in the future, or long ago.
    #[error("time")]
    Time,
    #[error("nonce")]
    Nonce,
    #[error("subject")]
    Subject,
}

/// What a token says, once it is known to be the provider's, for us, now, for this sign-in.
pub(super) fn verify(
    token: &str,
    keys: &[Jwk],
    expected: &Expected<'_>,
) -> Result<Claims, TokenFault> {
    if token.len() > LONGEST {
        return Err(TokenFault::Malformed);
    }
    // `none` and names that the library doesn't know are faults of the header.
    let header = decode_header(token).map_err(|_| TokenFault::Algorithm)?;
    if !ALGORITHMS.iter().any(|(_, known)| *known == header.alg) {
        return Err(TokenFault::Algorithm);
    }
    if header.crit.is_some() {
        return Err(TokenFault::Malformed);
    }
    let claims = signed(token, &header, keys)?;
    check(&claims, expected)?;
    Ok(claims)
}

/// Whose a token is: `sub`, which is never given to another (OpenID Connect Core 1.0 section 2).
pub(super) fn subject(claims: &Claims) -> Option<&str> {
    let subject = claims.get("sub")?.as_str()?;
    let fits = (1..=LONGEST_SUBJECT).contains(&subject.len());
    (fits && !subject.chars().any(char::is_control)).then_some(subject)
}

/// By the key that the token names, or, when it names none, by any that fits.
fn signed(token: &str, header: &Header, keys: &[Jwk]) -> Result<Claims, TokenFault> {
    let kid = header.kid.as_ref();
    let fitting = keys.iter().filter(|key| {
        let named = kid.is_none() || key.common.key_id.as_ref() == kid;
        named && fits(key, header.alg)
    });
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let mut fault = TokenFault::Key;
    for key in fitting {
        let Ok(key) = DecodingKey::from_jwk(key) else {
            continue;
        };
        match decode(token, &key, &validation) {
            Ok(decoded) => return Ok(decoded.claims),
            Err(_) => fault = TokenFault::Signature,
        }
    }
    Err(fault)
}

/// Whether a key verifies this algorithm, and is for signatures (RFC 7517 section 4).
pub(super) fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let common = &key.common;
    let encrypts = matches!(common.public_key_use, Some(PublicKeyUse::Encryption));
    let other = common.key_algorithm.as_ref();
    let other = other.is_some_and(|said| *said != KeyAlgorithm::from(algorithm));
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => {
            key.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => {
            key.curve == EllipticCurve::Ed25519
        }
        (_, _) => false,
    };
    kind && !encrypts && !other
}

/// Section 3.1.3.7, but for the signature.
fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), TokenFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss") != Some(expected.issuer) {
        return Err(TokenFault::Issuer);
    }
    if !is_for_us(claims, expected.client_id) {
        return Err(TokenFault::Audience);
    }
    let Expected { now, skew, .. } = *expected;
    let exp = time("exp").ok_or(TokenFault::Expired)?;
    if exp.saturating_add(skew) <= now {
        return Err(TokenFault::Expired);
    }
    let iat = time("iat").ok_or(TokenFault::Time)?;
    let oldest = now.saturating_sub(skew).saturating_sub(OLDEST);
    let newest = now.saturating_add(skew);
    if iat > newest || iat < oldest {
        return Err(TokenFault::Time);
    }
    if claims.contains_key("nbf") && time("nbf").is_none_or(|from| from > newest) {
        return Err(TokenFault::Time);
    }
    // A digest of the cookie's token: whoever can measure its comparison has no use for it.
    if text("nonce") != Some(expected.nonce) {
        return Err(TokenFault::Nonce);
    }
    match subject(claims) {
        Some(_) => Ok(()),
        None => Err(TokenFault::Subject),
    }
}

/// For us, and made for us: with several audiences `azp` says for whom, and when it is there, it is we.
fn is_for_us(claims: &Claims, client_id: &str) -> bool {
    let (named, several) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client_id, false),
        Some(Value::Array(all)) => (all.iter().any(|one| one == client_id), all.len() > 1),
        Some(_) | None => (false, false),
    };
    let made_for_us = match claims.get("azp") {
        Some(azp) => azp == client_id,
        None => !several,
    };
    named && made_for_us
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
