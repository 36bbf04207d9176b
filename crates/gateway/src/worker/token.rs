//! Tokens in our Message-IDs, by which answers come back to their ticket.
//!
//! A ticket is acknowledged once, so that its token is the same for all time. Of letters there are many, each recipient's with an id
//! of its own: their tokens begin with a word that is never used again, and the rest is a code over that.

use intake::thread::{OwnMessageId, Purpose};
use uuid::Uuid;
use vault::KeyRing;

/// Characters of the word.
const WORD: usize = 32;

/// A fresh token for one recipient of a letter.
pub(crate) fn of_letter(ring: &KeyRing, ticket: Uuid) -> String {
    let word = Uuid::now_v7().simple().to_string();
    let code = ring.reply_token(ticket.into_bytes(), &word, Purpose::Letter.as_str());
    word + &code
}

/// Whether an id has a token that was made for this ticket.
pub(super) fn is_good(ring: &KeyRing, ticket: Uuid, own: &OwnMessageId) -> bool {
    let (word, code) = match own.purpose {
        Purpose::Letter => own.token.split_at_checked(WORD).unwrap_or_default(),
        Purpose::Acknowledgement | Purpose::Notice | Purpose::Key => ("", own.token.as_str()),
    };
    ring.verify_reply_token(code, ticket.into_bytes(), word, own.purpose.as_str())
}
