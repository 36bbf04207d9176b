//! A message with the Message-ID of another and other content is filed by itself and linked: a list may have put a footer under
//! it, and somebody may have made the id up to hide the real one (T57).

use intake::reading::Reading;
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use crate::store::NewLayer;

/// The word of the link.
pub(crate) const SAME_ID: &str = "same-message-id";

/// The Message-ID, as a digest that is flagged when it comes again; `None` without one.
pub(super) fn same_id(ring: &KeyRing, reading: Option<&Reading>, entry: Uuid) -> Option<NewLayer> {
    let id = reading?.message_id.as_deref()?.trim();
    let keyed = |parts: &[&[u8]]| ring.digest(Purpose::Ciphertext, parts).to_vec();
    (!id.is_empty()).then(|| NewLayer {
        digest: keyed(&[SAME_ID.as_bytes(), id.as_bytes()]),
        // Whoever sends it, and wherever it goes.
        sender: keyed(&[b"entry", entry.as_bytes()]),
        flag: SAME_ID,
        own: false,
    })
}
