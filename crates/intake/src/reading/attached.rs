//! OpenPGP certificates that come along with a message (Autocrypt level 1; RFC 3156 section 7). Never trusted by that.

use mail_parser::decoders::base64::base64_decode;
use sequoia_openpgp::{Cert, KeyID};
use serde::{Deserialize, Serialize};

use super::Mailbox;
use crate::message::{self, Content, Message, Part};
use crate::openpgp::parse_all;

/// Certificates that are taken of one message.
pub(super) const MAX_CERTIFICATES: usize = 8;

/// An OpenPGP certificate that came along.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Binary, without secrets and without other people's certifications, but for those that may be the team's.
    pub certificate: Vec<u8>,
    /// Where it stood.
    pub place: Place,
}

/// Where a certificate stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In the Autocrypt header, which names the From address.
    Autocrypt,
    /// In an attached file.
    Attachment,
}

/// The certificates in a message, in the order in which they stand, Autocrypt first. `Autocrypt-Gossip` is about other
/// people, and left alone.
pub(super) fn certificates(
    message: &Message,
    from: &[Mailbox],
    certifiers: &[KeyID],
) -> Vec<(Cert, Place)> {
    let attached = message
        .parts
        .iter()
        .filter(|part| part.enclosing_messages == 0)
        .filter_map(key_octets)
        .take(MAX_CERTIFICATES)
        .flat_map(|octets| parse_all(octets, MAX_CERTIFICATES, certifiers))
        .map(|cert| (cert, Place::Attachment));
    let header = autocrypt(message, from, certifiers).map(|cert| (cert, Place::Autocrypt));
    header
        .into_iter()
        .chain(attached)
        .take(MAX_CERTIFICATES)
        .collect()
}

/// The one Autocrypt header whose address is the one From; several cancel each other (Autocrypt level 1, section 2.3).
fn autocrypt(message: &Message, from: &[Mailbox], certifiers: &[KeyID]) -> Option<Cert> {
    let [from] = from else { return None };
    let root = message.root();
    // Reports are not from whom they seem to be (section 2.3).
    if root.content_type == "multipart/report" {
        return None;
    }
    let mut usable = message::headers_named(&root.headers, "Autocrypt")
        .filter_map(|field| keydata(&field.raw, &from.address));
    let only = usable.next()?;
    if usable.next().is_some() {
        return None;
    }
    parse_all(&only, 1, certifiers).into_iter().next()
}

/// The key in a header with that address; a header with an unknown critical attribute is none.
fn keydata(value: &str, address: &str) -> Option<Vec<u8>> {
    let mut of_sender = false;
    let mut key = None;
    for attribute in value.split(';') {
        let (name, value) = attribute.split_once('=')?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "addr" => of_sender = value.eq_ignore_ascii_case(address),
            "prefer-encrypt" => {}
            "keydata" => {
                let letters: Vec<u8> = value.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
                key = base64_decode(&letters);
            }
            _ if name.starts_with('_') => {}
            _ => return None,
        }
    }
    key.filter(|_| of_sender)
}

fn key_octets(part: &Part) -> Option<&[u8]> {
    let octets = match &part.content {
        Content::Text(text) => text.as_bytes(),
        Content::Bytes(octets) => octets.as_slice(),
        Content::Container => return None,
    };
    let armoured = octets
        .trim_ascii_start()
        .starts_with(b"-----BEGIN PGP PUBLIC KEY BLOCK-----");
    (part.content_type == "application/pgp-keys" || (part.attachment && armoured)).then_some(octets)
}
