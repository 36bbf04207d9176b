//! Ciphertext that came before, in another ticket or from another sender, is flagged, and so is a signature (T03, T26). It joins
//! nothing by that, and its answer is that of any other message (T06).
//!
//! A signature that was used proves nothing about the next message that brings it. What uses it up is decided by who is proved to
//! have sent it: mail of a proved sender (DMARC) by earlier mail of the same proved sender alone, so that nobody else can spoil it by
//! sending it first; unproved mail by any earlier mail in the signer's own name, for that is all that can be known of it. Suppressed
//! mail counts as any other.

use intake::openpgp::Layer;
use intake::pipeline::Examination;
use intake::reading::Reading;
use vault::{KeyRing, Purpose};

use crate::store::NewLayer;

/// Layers of one message that are kept; a message has at most so many.
const MOST: usize = 48;
const SIGNATURE: &str = "signature-replayed";
const CIPHERTEXT: &str = "ciphertext-replayed";

/// Keyed digests of the ciphertexts and signatures of a message, each once, with its sender: the one From address, and
/// whether that is proved.
pub(crate) fn layers(
    ring: &KeyRing,
    reading: Option<&Reading>,
    examination: &Examination,
) -> Vec<NewLayer> {
    let sender = examination.sender.as_deref().unwrap_or("").to_lowercase();
    let proved: &[u8] = if examination.authenticated {
        b"proved"
    } else {
        b""
    };
    let found = reading.iter().flat_map(|reading| &reading.openpgp.layers);
    let found = found.filter_map(|layer| match layer {
        Layer::Encrypted(layer) => Some((CIPHERTEXT, layer.ciphertext?, false)),
        Layer::Signed(layer) => Some((
            SIGNATURE,
            layer.digest?,
            layer.from_matches || layer.claims_from,
        )),
    });
    // Ciphertext at a place where it is not opened is no less captured (T01).
    let errant = reading.iter().flat_map(|reading| &reading.openpgp.errant);
    let errant = errant.filter_map(|part| Some((CIPHERTEXT, part.ciphertext?, false)));
    let mut layers: Vec<NewLayer> = Vec::new();
    for (flag, digest, own) in found.chain(errant) {
        let keyed = |parts: &[&[u8]]| ring.digest(Purpose::Ciphertext, parts).to_vec();
        let layer = NewLayer {
            digest: keyed(&[flag.as_bytes(), &digest]),
            sender: keyed(&[b"sender", &digest, sender.as_bytes(), proved]),
            flag,
            own,
        };
        if layers.len() < MOST && !layers.iter().any(|known| known.digest == layer.digest) {
            layers.push(layer);
        }
    }
    layers
}

/// Those of the signatures, and their senders'.
pub(crate) fn signature_digests(layers: &[NewLayer]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    layers
        .iter()
        .filter(|layer| layer.flag == SIGNATURE)
        .map(|layer| (layer.digest.clone(), layer.sender.clone()))
        .unzip()
}
