//! What is keyed and neither sealed nor a blind index ([`crate::blind`]): digests, reply tokens, the audit chain.
//!
//! A digest is for values that occur once (a message, a Message-ID), where there is no frequency to analyse, and has 128 bits.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::kdf::{self, derive, length, mac};
use crate::keyring::KeyRing;

/// What a digest is for: digests of one value for two purposes have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Content and envelope of a message, to know the same message again.
    Dedupe,
    /// A Message-ID.
    MessageId,
    /// A party of a ticket: parts are the ticket and the address.
    Party,
    /// A correspondent whose acknowledgements are counted.
    Rate,
    /// A name for an address in the log.
    LogPseudonym,
    /// An OpenPGP ciphertext, to know a replayed one.
    Ciphertext,
    /// The Message-ID of a mail that we send: parts are the ticket and the purpose.
    OwnMessageId,
    /// A session or API token.
    AccessToken,
    /// Another team's reference with its sender.
    ForeignReference,
    /// A name of a certificate: fingerprint, key id, address.
    Certificate,
    /// A peer of the transport indicators: a domain or a network.
    TransportPeer,
    /// An RFC 8460 report that somebody sent: reporter and report id.
    TransportReport,
    /// The columns of a row that are in clear: parts are the table and the columns.
    Row,
    /// What was searched for, in the audit trail.
    Searched,
    /// A change that a program asks for, and the key under which it does.
    Request,
}

impl Purpose {
    /// Goes into the key: never change one.
    fn label(self) -> &'static str {
        match self {
            Purpose::Dedupe => "dedupe",
            Purpose::MessageId => "message-id",
            Purpose::Party => "party",
            Purpose::Rate => "rate",
            Purpose::LogPseudonym => "log-pseudonym",
            Purpose::Ciphertext => "ciphertext",
            Purpose::OwnMessageId => "own-message-id",
            Purpose::AccessToken => "access-token",
            Purpose::ForeignReference => "foreign-reference",
            Purpose::Certificate => "certificate",
            Purpose::TransportPeer => "transport-peer",
            Purpose::TransportReport => "transport-report",
            Purpose::Row => "row",
            Purpose::Searched => "searched",
            Purpose::Request => "request",
        }
    }
}

impl KeyRing {
    /// A keyed digest of a list of parts; lists that differ in where a part ends have different digests.
    pub fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 16] {
        let mut digester = self.digester(purpose);
        for part in parts {
            digester.part(part);
        }
        digester.finish()
    }

    /// As [`KeyRing::digest`], for parts that are large or come in pieces.
    pub fn digester(&self, purpose: Purpose) -> Digester {
        let key = derive(&self.token, "digest", &[purpose.label().as_bytes()]);
        let context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()));
        Digester { context, length: 0 }
    }

    /// The token that goes into a reply address: 80 bits, sixteen characters `a`–`z`, `2`–`7`. Everything that is acted
    /// on is in it. `contact` is the address, normalised; upper and lower case are different.
    pub fn reply_token(&self, ticket: [u8; 16], contact: &str, purpose: &str) -> String {
        let key = derive(&self.token, "reply-token", &[]);
        let contact = contact.as_bytes();
        let hash = mac(
            &key,
            &[&ticket, &length(contact), contact, purpose.as_bytes()],
        );
        base32(&kdf::head::<10>(&hash))
    }

    /// Whether a token is the one for this ticket, contact and purpose, in constant time. Case doesn't matter: mail
    /// systems change it.
    pub fn verify_reply_token(
        &self,
        token: &str,
        ticket: [u8; 16],
        contact: &str,
        purpose: &str,
    ) -> bool {
        let expected = self.reply_token(ticket, contact, purpose);
        verify_slices_are_equal(expected.as_bytes(), token.to_ascii_lowercase().as_bytes()).is_ok()
    }

    /// The next link of an audit chain: binds a row to all before it. The first row's `previous` is zeros.
    pub fn chain_mac(&self, previous: &[u8; 32], row: &[u8]) -> [u8; 32] {
        mac(&derive(&self.token, "audit-chain", &[]), &[previous, row])
    }

    /// Says how long an audit chain is: over its name, the number of its last link and that link.
    pub fn head_mac(&self, chain: [u8; 16], number: i32, last: &[u8; 32]) -> [u8; 32] {
        let key = derive(&self.token, "audit-head", &[]);
        mac(&key, &[&chain, &number.to_be_bytes(), last])
    }
}

/// Computes a keyed digest piece by piece. Each part is followed by its length: read from the end, the parts can be
/// told apart in one way only.
pub struct Digester {
    context: hmac::Context,
    length: u64,
}

impl Digester {
    /// Adds a piece of the part that is being read.
    pub fn update(&mut self, piece: &[u8]) {
        self.context.update(piece);
        self.length = self
            .length
            .saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }

    /// Ends the part.
    pub fn end_part(&mut self) {
        self.context.update(&self.length.to_be_bytes());
        self.length = 0;
    }

    /// Adds a whole part.
    pub fn part(&mut self, part: &[u8]) {
        self.update(part);
        self.end_part();
    }

    /// The digest. Pieces after the last [`Digester::end_part`] count as a part.
    pub fn finish(mut self) -> [u8; 16] {
        if self.length > 0 {
            self.end_part();
        }
        kdf::head(self.context.sign().as_ref())
    }
}

impl std::fmt::Debug for Digester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digester(…)")
    }
}

/// RFC 4648 section 6 in lower case, without padding: five octets give eight characters, and what is no whole five is left out.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (groups, _) = bytes.as_chunks::<5>();
    for [a, b, c, d, e] in groups {
        let group = u64::from_be_bytes([0, 0, 0, *a, *b, *c, *d, *e]);
        for place in (0..8).rev() {
            let digit = u8::try_from(group >> (5 * place) & 31).unwrap_or(0);
            out.push(char::from(if digit < 26 {
                b'a' + digit
            } else {
                b'2' + (digit - 26)
            }));
        }
    }
    out
}
