//! What entitles a message to a ticket: the ladder of threats.md A8, as a function of facts.

use serde::{Deserialize, Serialize};

/// What is known about one message and one ticket that it refers to. Facts: each was checked by whoever states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Our tag, an id of a mail that we sent, or a foreign reference that is known on the ticket.
    pub tag_present: bool,
    /// A reply token that we issued for this ticket, not expired, compared in constant time.
    pub reply_token_valid: bool,
    /// The one From address is the contact that the token was issued to.
    pub from_is_token_contact: bool,
    /// The one From address is a contact of the ticket.
    pub from_is_party: bool,
    /// The From domain passed DMARC-aligned authentication.
    pub authenticated: bool,
    /// A good signature over the whole message, by a certificate that is pinned to a contact of the ticket.
    pub signature_by_known_certificate: bool,
}

/// The rungs, from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// 0: a tag, which anybody can write.
    Tag,
    /// 1: a token that was passed on, or a tag with a contact's From that nothing confirms.
    Hint,
    /// 2: a tag, and the From of a contact, authenticated.
    Authenticated,
    /// 3: a token, from the contact that it was issued to.
    Token,
    /// 4: a signature by a certificate known on the ticket.
    Signature,
}

impl Level {
    /// The number in threats.md A8.
    pub fn number(self) -> u8 {
        match self {
            Level::Tag => 0,
            Level::Hint => 1,
            Level::Authenticated => 2,
            Level::Token => 3,
            Level::Signature => 4,
        }
    }
}

/// What the message may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entitlement {
    /// It becomes an entry of the ticket, which is open again when it was closed lately: what joins must be seen.
    Join {
        /// Why.
        level: Level,
    },
    /// A ticket of its own, with a link that an analyst confirms.
    Propose {
        /// Why.
        level: Level,
    },
    /// A ticket of its own that says "claims to belong to"; nothing about the other is revealed (T54).
    Claim,
}

/// Level to effect.
pub fn entitlement(proof: &Proof) -> Entitlement {
    match level(proof) {
        Level::Tag => Entitlement::Claim,
        level @ Level::Hint => Entitlement::Propose { level },
        level @ (Level::Authenticated | Level::Token | Level::Signature) => {
            Entitlement::Join { level }
        }
    }
}

/// Facts to level. Without a reference of any kind there is no claim, and a signature alone opens nothing: level 0.
pub fn level(proof: &Proof) -> Level {
    let refers = proof.tag_present || proof.reply_token_valid;
    if refers && proof.signature_by_known_certificate {
        Level::Signature
    } else if proof.reply_token_valid && proof.from_is_token_contact {
        Level::Token
    } else if refers && proof.from_is_party && proof.authenticated {
        Level::Authenticated
    } else if proof.reply_token_valid || (proof.tag_present && proof.from_is_party) {
        Level::Hint
    } else {
        Level::Tag
    }
}
