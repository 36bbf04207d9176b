//! Detached and cleartext signatures (RFC 3156 section 5, RFC 9580 section 7).

use std::borrow::Cow;
use std::io::Read;

use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{DetachedVerifierBuilder, VerifierBuilder};
use sequoia_openpgp::{Packet, PacketPile};
use zeroize::Zeroizing;

use super::judge::{Judge, Judged};
use super::packets::{MAX_SIGNATURES, signatures_only};
use super::reason::Reason;
use super::{At, Certificates, Verdict, armor, guarded};

/// Judges a detached signature (RFC 3156 section 5) over `data`; never empty.
///
/// The line ends are those that the sender had, CRLF; a relay may have changed them. What was signed with other line ends
/// is tried as it stands.
pub(crate) fn detached(
    signature: &[u8],
    data: &[u8],
    certificates: &Certificates,
    now: jiff::Timestamp,
) -> Vec<Judged> {
    let binary = match armor::dearmored(signature) {
        Some(binary) => binary,
        None => return vec![Judged::malformed(None)],
    };
    if let Err(reason) = signatures_only(&binary) {
        let reason = (reason != Reason::Malformed).then_some(reason);
        return vec![Judged::malformed(reason)];
    }
    let canonical = with_crlf(data);
    let judged = detached_over(&binary, &canonical, certificates, now);
    let changed = matches!(canonical, Cow::Owned(_));
    if changed && judged.iter().any(|one| one.verdict == Verdict::Bad) {
        let as_is = detached_over(&binary, data, certificates, now);
        if as_is.iter().any(Judged::checks) {
            return as_is;
        }
    }
    judged
}

/// Judges a signature over an attached file; never empty. A text file's line ends may have been changed on the way, and a
/// last one lost: each form is tried, for the signature proves which one was signed.
pub(crate) fn detached_file(
    signature: &[u8],
    data: &[u8],
    certificates: &Certificates,
    now: jiff::Timestamp,
) -> Vec<Judged> {
    let judged = detached(signature, data, certificates, now);
    let bad = judged.iter().any(|one| one.verdict == Verdict::Bad);
    if !bad || std::str::from_utf8(data).is_err() {
        return judged;
    }
    let mut with_lf: Vec<u8> = data.to_vec();
    with_lf.retain(|octet| *octet != b'\r');
    let mut ended = with_lf.clone();
    ended.push(b'\n');
    let ended_crlf = with_crlf(&ended).into_owned();
    let Some(binary) = armor::dearmored(signature) else {
        return judged;
    };
    [with_lf, ended, ended_crlf]
        .iter()
        .map(|data| detached_over(&binary, data, certificates, now))
        .find(|judged| judged.iter().any(Judged::checks))
        .unwrap_or(judged)
}

fn detached_over(
    binary: &[u8],
    data: &[u8],
    certificates: &Certificates,
    now: jiff::Timestamp,
) -> Vec<Judged> {
    let at = At::new(now);
    let judge = Judge::new(certificates, &at);
    let verified = guarded(|| {
        DetachedVerifierBuilder::from_bytes(binary)
            .and_then(|builder| builder.with_policy(&at.policy, at.with_skew(), judge))
            .and_then(|mut verifier| {
                verifier.verify_bytes(data)?;
                Ok(verifier.into_helper().judged)
            })
    });
    match verified {
        Some(Ok(judged)) if !judged.is_empty() => judged,
        Some(Ok(_) | Err(_)) | None => refused(binary, certificates),
    }
}

/// Signatures that can't be judged. Those of version 3 (RFC 9580 section 5.2.2) are well-formed, and the policy takes none of
/// them: they name their signer and prove nothing (T13).
fn refused(binary: &[u8], certificates: &Certificates) -> Vec<Judged> {
    let packets = guarded(|| PacketPile::from_bytes(binary).ok()).flatten();
    let outdated: Vec<Judged> = packets
        .into_iter()
        .flat_map(PacketPile::into_children)
        .filter_map(|packet| {
            let Packet::Signature(signature) = packet else {
                return None;
            };
            (signature.version() == 3).then(|| Judged::outdated(&signature, certificates))
        })
        .take(MAX_SIGNATURES)
        .collect();
    if outdated.is_empty() {
        return vec![Judged::malformed(None)];
    }
    outdated
}

/// What a cleartext signature that can't be judged is.
pub(crate) fn cleartext_refused(block: &[u8], certificates: &Certificates) -> Vec<Judged> {
    match armor::dearmored(block) {
        Some(binary) if signatures_only(&binary).is_ok() => refused(&binary, certificates),
        Some(_) | None => vec![Judged::malformed(None)],
    }
}

/// Judges a cleartext signature (RFC 9580 section 7) and returns the text as the verifier gives it: nothing else of the
/// block may be shown (T23).
pub(crate) fn cleartext(
    block: &[u8],
    certificates: &Certificates,
    now: jiff::Timestamp,
) -> Option<(Vec<Judged>, Zeroizing<Vec<u8>>)> {
    guarded(|| cleartext_judged(block, certificates, now)).flatten()
}

fn cleartext_judged(
    block: &[u8],
    certificates: &Certificates,
    now: jiff::Timestamp,
) -> Option<(Vec<Judged>, Zeroizing<Vec<u8>>)> {
    let at = At::new(now);
    let judge = Judge::new(certificates, &at);
    let mut verifier = VerifierBuilder::from_bytes(block)
        .ok()?
        .buffer_size(block.len().saturating_add(1024))
        .with_policy(&at.policy, at.with_skew(), judge)
        .ok()?;
    if !verifier.message_processed() || verifier.processing_csf_message() != Some(true) {
        return None;
    }
    let mut text = Zeroizing::new(Vec::new());
    verifier.read_to_end(&mut text).ok()?;
    let judged = verifier.into_helper().judged;
    (!judged.is_empty() && judged.len() <= MAX_SIGNATURES).then_some((judged, text))
}

/// CRLF line ends, borrowed when they are there already.
fn with_crlf(data: &[u8]) -> Cow<'_, [u8]> {
    let bare = |(at, octet): (usize, &u8)| {
        *octet == b'\n' && (at == 0 || data.get(at.saturating_sub(1)) != Some(&b'\r'))
    };
    if !data.iter().enumerate().any(bare) {
        return Cow::Borrowed(data);
    }
    let mut canonical = Vec::with_capacity(data.len().saturating_add(data.len() / 32));
    let mut last = 0;
    for &octet in data {
        if octet == b'\n' && last != b'\r' {
            canonical.push(b'\r');
        }
        canonical.push(octet);
        last = octet;
    }
    Cow::Owned(canonical)
}
