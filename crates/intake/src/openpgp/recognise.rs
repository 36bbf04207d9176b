//! Tells OpenPGP in files and texts from what only looks like it, without opening anything.

use super::armor::{dearmored, lines_of_block};
use super::packets::{self, Outline, tag};

/// What octets hold, by the type and version of their first packet: the version tells a message from a file that begins
/// alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// An encrypted message.
    Encrypted,
    /// A message that is signed, and perhaps compressed, but not encrypted.
    Opaque,
    /// Detached signatures.
    Signatures,
}

/// What a file holds, armoured or binary; `None` when it is no OpenPGP message, or has other text above it (T01).
pub(crate) fn holds(octets: &[u8]) -> Option<Holds> {
    if !is_bare(octets) {
        return None;
    }
    let binary = dearmored(octets)?;
    if packets::signatures_only(&binary).is_ok() {
        return Some(Holds::Signatures);
    }
    match packets::first(&binary)? {
        (tag::PKESK, Some(2 | 3 | 6)) => Some(Holds::Encrypted),
        (tag::SKESK, Some(4..=6)) => Some(Holds::Encrypted),
        (tag::SEIPD, Some(1 | 2)) => Some(Holds::Encrypted),
        (tag::OCB, Some(1)) => Some(Holds::Encrypted),
        (tag::ONE_PASS, Some(3 | 6)) => Some(Holds::Opaque),
        (tag::SIGNATURE, Some(3..=6)) => Some(Holds::Opaque),
        (tag::COMPRESSED, Some(0..=3)) => Some(Holds::Opaque),
        _ => None,
    }
}

/// Whether an encrypted message stands anywhere in the octets, whole or broken, quoted or not; and which ciphertext it is,
/// where its packets can be made out.
pub(crate) fn recognised(octets: &[u8]) -> Option<Option<[u8; 32]>> {
    if octets.first().is_some_and(|octet| octet & 0x80 != 0) {
        return (holds(octets)? == Holds::Encrypted).then(|| ciphertext(octets));
    }
    let block = lines_of_block(octets)?;
    match holds(&block) {
        Some(Holds::Encrypted) => Some(ciphertext(&block)),
        Some(Holds::Opaque | Holds::Signatures) => None,
        // Cut off or mutilated: named all the same, when there is more of it than its first line.
        None => looks_armoured(&block).then_some(None),
    }
}

/// Binary, or armour from the start; a cleartext message is text.
fn is_bare(octets: &[u8]) -> bool {
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
    let armour = octets.trim_ascii_start();
    octets.first().is_some_and(|octet| octet & 0x80 != 0)
        || (armour.starts_with(b"-----BEGIN PGP ")
            && !armour.starts_with(b"-----BEGIN PGP SIGNED MESSAGE"))
}

fn ciphertext(octets: &[u8]) -> Option<[u8; 32]> {
    match packets::outline(&dearmored(octets)?) {
        Ok(Outline::Encrypted(sealed)) => sealed.ciphertext,
        Ok(Outline::Opaque) | Err(_) => None,
    }
}

/// A line of base64 as armour has it; prose that mentions armour has none.
fn looks_armoured(block: &[u8]) -> bool {
    const SHORTEST: usize = 32;
    block.split(|octet| *octet == b'\n').any(|line| {
        let line = line.trim_ascii();
        line.len() >= SHORTEST
            && line
                .iter()
                .all(|octet| octet.is_ascii_alphanumeric() || b"+/=".contains(octet))
    })
}
