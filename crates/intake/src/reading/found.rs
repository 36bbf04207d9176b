//! Layers as they are reported (interfaces.md, the `openpgp` object).

use std::ops::Range;

use super::entity::Entity;
use super::{Mailbox, ReadPart};
use crate::openpgp::{
    Closed, Covers, EncryptedLayer, Errant, Form, Judged, Layer, OpenPgp, Opened, Reason,
    SignedLayer, Verdict,
};

/// What was found of OpenPGP, from the outside in.
pub(super) enum Found {
    Encrypted(EncryptedLayer),
    Signed {
        judged: Judged,
        form: Form,
        covers: Covers,
        /// The signature is on this message, not on one that it forwards.
        own: bool,
        over: Over,
    },
}

/// What a signature is over.
pub(super) enum Over {
    /// Octets of the entity that is being peeled.
    Octets(Range<usize>),
    /// Parts as they are shown.
    Parts(Vec<String>),
}

impl Over {
    /// Turns octets to the parts of their entity that are shown, ids with a prefix.
    pub(super) fn settle(&mut self, entity: &Entity<'_>, shown: &[ReadPart], prefix: &str) {
        let Over::Octets(range) = self else { return };
        let covered = entity
            .message
            .parts
            .iter()
            .filter(|part| range.start <= part.whole.start && part.whole.end <= range.end)
            .map(|part| format!("{prefix}{}", part.id));
        // The pieces of a text are numbered after it.
        let pieces = |id: String| {
            let piece = format!("{id}+");
            let ids = shown.iter().map(|part| &part.id);
            ids.filter(|shown| **shown == id || shown.starts_with(&piece))
                .cloned()
                .collect::<Vec<_>>()
        };
        *self = Over::Parts(covered.flat_map(pieces).collect());
    }
}

impl Found {
    pub(super) fn into_layer(self, sender: Option<&str>) -> Layer {
        match self {
            Found::Encrypted(layer) => Layer::Encrypted(layer),
            Found::Signed {
                judged,
                form,
                covers,
                own,
                over,
            } => {
                let from_matches = own && is_by(&judged, &judged.addresses, sender);
                let claims_from = own && !from_matches && is_by(&judged, &judged.claimed, sender);
                let authenticated = judged.verdict == Verdict::Good && judged.reason.is_none();
                let is_of_from = from_matches || claims_from;
                Layer::Signed(SignedLayer {
                    other_address: own && authenticated && sender.is_some() && !is_of_from,
                    parts: match over {
                        Over::Parts(parts) => parts,
                        Over::Octets(_) => Vec::new(),
                    },
                    form,
                    verdict: verdict(judged.verdict, from_matches),
                    covers,
                    from_matches,
                    claims_from,
                    made: judged.made.at,
                    signer: judged.signer,
                    key: judged.made.key,
                    digest: judged.made.digest,
                    error: judged.reason.map(|reason| reason.word()),
                })
            }
        }
    }
}

/// The one sender: exactly one From address, and the same inside the protection when it stands there, too (T21).
pub(super) fn sender<'m>(outer: &'m [Mailbox], inner: Option<&[Mailbox]>) -> Option<&'m str> {
    let [outer] = outer else { return None };
    let same = match inner {
        None => true,
        Some([inner]) => inner.address.eq_ignore_ascii_case(&outer.address),
        Some(_) => false,
    };
    same.then_some(outer.address.as_str())
}

/// Somebody authenticated a certificate for an address, never for all mail that it signs: another's mail is not good by it,
/// nor is one that is forwarded (T21).
fn verdict(judged: Verdict, from_matches: bool) -> Verdict {
    if judged == Verdict::Good && !from_matches {
        Verdict::GoodUnknownKey
    } else {
        judged
    }
}

fn is_by(judged: &Judged, addresses: &[String], sender: Option<&str>) -> bool {
    let genuine = match judged.verdict {
        Verdict::Good | Verdict::GoodUnknownKey | Verdict::ExpiredKey | Verdict::RevokedKey => true,
        Verdict::MissingKey | Verdict::Bad | Verdict::Malformed => false,
    };
    let named = |sender: &str| {
        addresses
            .iter()
            .any(|address| address.eq_ignore_ascii_case(sender))
    };
    genuine && judged.reason.is_none() && sender.is_some_and(named)
}

/// A container that is not even tried: as many as the limit allows were opened.
pub(super) fn not_tried(form: Form) -> EncryptedLayer {
    EncryptedLayer {
        form,
        key: None,
        integrity: None,
        error: Some(Reason::TooManyPackets.word()),
        ciphertext: None,
    }
}

/// `None` for a message that turns out to be signed only.
pub(super) fn encrypted_layer(
    result: &Result<Opened, Closed>,
    form: Form,
) -> Option<EncryptedLayer> {
    match result {
        Ok(opened) => opened.container.as_ref().map(|container| EncryptedLayer {
            form,
            key: Some(container.key.clone()),
            integrity: Some(container.sealed.integrity.to_owned()),
            error: None,
            ciphertext: container.sealed.ciphertext,
        }),
        Err(closed) => Some(EncryptedLayer {
            form,
            key: None,
            integrity: closed.sealed.map(|sealed| sealed.integrity.to_owned()),
            error: Some(closed.reason.word()),
            ciphertext: closed.sealed.and_then(|sealed| sealed.ciphertext),
        }),
    }
}

/// `withheld`: there is next to nothing to read but what is errant.
pub(super) fn summary(layers: Vec<Layer>, errant: Vec<Errant>, withheld: bool) -> OpenPgp {
    let mut openpgp = OpenPgp {
        encrypted: withheld,
        ..OpenPgp::default()
    };
    let mut closed = withheld;
    for layer in &layers {
        let error = match layer {
            Layer::Encrypted(layer) => {
                openpgp.encrypted = true;
                closed |= layer.key.is_none();
                layer.error.as_ref()
            }
            Layer::Signed(layer) => {
                openpgp.signed = true;
                layer.error.as_ref()
            }
        };
        if openpgp.error.is_none() {
            openpgp.error = error.cloned();
        }
    }
    if withheld && openpgp.error.is_none() {
        openpgp.error = Some(Reason::Errant.word());
    }
    openpgp.decrypted = openpgp.encrypted && !closed;
    openpgp.layers = layers;
    openpgp.errant = errant;
    openpgp
}

/// Issuers of the signatures that could not be checked, each once.
pub(super) fn missing_signers(found: &[Found]) -> Vec<String> {
    let mut missing = Vec::new();
    for one in found {
        if let Found::Signed { judged, .. } = one
            && judged.verdict == Verdict::MissingKey
            && let Some(signer) = &judged.signer
            && !missing.contains(signer)
        {
            missing.push(signer.clone());
        }
    }
    missing
}
