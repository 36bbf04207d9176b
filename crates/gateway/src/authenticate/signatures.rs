//! Which signatures are looked at: a few, of the kinds we accept, those of the From domain first.

use intake::authentication::{Arc, AuthResult, AuthResults, Dkim};
use mail_auth::AuthenticatedMessage;
use mail_auth::common::crypto::Algorithm;
use mail_auth::common::headers::Header;
use mail_auth::dkim::Signature;

use super::records::Records;

/// Signatures and ARC sets that are verified; each costs a key look-up and a hash of the header.
const MOST: usize = 5;
/// A longer signature field names so many header fields that looking for them would take a while.
const LONGEST: usize = 8 << 10;

/// The message with the signatures that are looked at, and why others are not.
pub(super) struct Chosen<'x> {
    pub message: AuthenticatedMessage<'x>,
    refused: Vec<Dkim>,
    arc_refused: bool,
}

impl<'x> Chosen<'x> {
    pub(super) fn of(message: &AuthenticatedMessage<'x>, from: &str) -> Chosen<'x> {
        let mut message = message.clone();
        let mut refused = Vec::new();
        let mut signatures = std::mem::take(&mut message.dkim_headers);
        signatures.retain(|signature| match objection(signature) {
            None => true,
            Some((result, reason)) => {
                refused.push(told(&signature.header, result, reason));
                false
            }
        });
        signatures.sort_by_key(|signature| !aligned(&signature.header.d, from));
        for signature in signatures.iter().skip(MOST) {
            let reason = "not looked at: too many signatures";
            refused.push(told(&signature.header, AuthResult::Policy, reason));
        }
        signatures.truncate(MOST);
        for signature in &mut signatures {
            // Reports and third-party signatures would mean more look-ups (RFC 6651, RFC 6541).
            signature.header.r = false;
            signature.header.atps = None;
        }
        message.dkim_headers = signatures;
        let long = message.ams_headers.iter().map(|field| field.value.len());
        let long = long.chain(message.as_headers.iter().map(|field| field.value.len()));
        let arc_refused =
            message.as_headers.len() > MOST || long.max().is_some_and(|longest| longest > LONGEST);
        if arc_refused {
            message.as_headers.clear();
            message.ams_headers.clear();
            message.aar_headers.clear();
            message.has_arc_errors = false;
        }
        refused.truncate(MOST);
        Chosen {
            message,
            refused,
            arc_refused,
        }
    }

    /// Their keys.
    pub(super) fn want(&self, records: &mut Records<'_>) {
        for signature in &self.message.dkim_headers {
            records.key(&signature.header.s, &signature.header.d);
        }
        if let Some(newest) = self.message.ams_headers.last() {
            records.key(&newest.header.s, &newest.header.d);
        }
        for seal in &self.message.as_headers {
            records.key(&seal.header.s, &seal.header.d);
        }
    }

    /// Adds those that were not looked at.
    pub(super) fn tell_refused(&self, results: &mut AuthResults) {
        results.dkim.extend(self.refused.iter().cloned());
        if self.arc_refused {
            results.arc = Arc {
                result: AuthResult::Policy,
                ..Arc::default()
            };
        }
    }
}

fn objection(signature: &Header<'_, Signature>) -> Option<(AuthResult, &'static str)> {
    let covers_from = |name: &String| name.eq_ignore_ascii_case("from");
    if signature.value.len() > LONGEST {
        Some((AuthResult::Policy, "the signature field is too long"))
    } else if !signature.header.h.iter().any(covers_from) {
        // RFC 6376 section 5.4.
        Some((AuthResult::PermError, "From is not signed"))
    } else if signature.header.a == Algorithm::RsaSha1 {
        // RFC 8301 section 3.1.
        Some((AuthResult::Policy, "rsa-sha1 is not accepted"))
    } else {
        None
    }
}

fn told(signature: &Signature, result: AuthResult, reason: &str) -> Dkim {
    Dkim {
        result,
        domain: signature.d.to_lowercase(),
        selector: signature.s.clone(),
        algorithm: algorithm(signature.a).into(),
        reason: reason.into(),
    }
}

/// `a=`
pub(super) fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RsaSha1 => "rsa-sha1",
        Algorithm::RsaSha256 => "rsa-sha256",
        Algorithm::Ed25519Sha256 => "ed25519-sha256",
    }
}

/// Whether it may be aligned, to put it first.
fn aligned(signer: &str, from: &str) -> bool {
    let (signer, from) = (signer.to_lowercase(), from.to_lowercase());
    let below = |one: &str, other: &str| {
        one.strip_suffix(other)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    below(&signer, &from) || below(&from, &signer)
}
