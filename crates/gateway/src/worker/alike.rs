//! A message with the Message-ID of another and other content is filed by itself and linked: a list may have put a footer under
//! it, and somebody may have made the id up to hide the real one (T57).

use intake::reading::Reading;
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use crate::store::NewLayer;

/// The word of the link.
pub(crate) const SAME_ID: &str = "same-message-id";
/// Ids that a message refers to, of those that count.
const MOST: usize = 20;

/// The Message-ID, as a digest that is flagged when it comes again; `None` without one.
pub(super) fn same_id(ring: &KeyRing, reading: Option<&Reading>, entry: Uuid) -> Option<NewLayer> {
    let id = reading?.message_id.as_deref()?.trim();
    (!id.is_empty()).then(|| NewLayer {
        digest: digest(ring, id),
        // Whoever sends it, and wherever it goes.
        sender: keyed(ring, &[b"entry", entry.as_bytes()]),
        flag: SAME_ID,
        own: false,
    })
}

/// Digests of the messages that this one refers to, as [`same_id`] kept them.
pub(super) fn referred_to(ring: &KeyRing, reading: &Reading) -> Vec<Vec<u8>> {
    let ids = reading.in_reply_to.iter().chain(&reading.references);
    ids.map(|id| digest(ring, id.trim())).take(MOST).collect()
}

fn digest(ring: &KeyRing, id: &str) -> Vec<u8> {
    keyed(ring, &[SAME_ID.as_bytes(), id.as_bytes()])
}

fn keyed(ring: &KeyRing, parts: &[&[u8]]) -> Vec<u8> {
    ring.digest(Purpose::Ciphertext, parts).to_vec()
}
