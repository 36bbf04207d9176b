//! Walks the packets of a message without opening any, so that floods and forbidden packets are refused before a key is
//! touched (T05, T09; framing of RFC 9580 section 4.2).

use openssl::sha::Sha256;

use super::reason::Reason;

/// Public-key encrypted session keys; each may cost a private-key operation, hidden recipients (RFC 9580 section 5.1) one
/// for every key that we have.
pub(super) const MAX_PKESK: usize = 16;
/// Signatures over one message.
pub(super) const MAX_SIGNATURES: usize = 32;
/// Packets of all kinds.
pub(super) const MAX_PACKETS: usize = 128;

/// Packet type ids (RFC 9580 section 5).
pub(super) mod tag {
    pub(crate) const PKESK: u8 = 1;
    pub(crate) const SIGNATURE: u8 = 2;
    pub(crate) const SKESK: u8 = 3;
    pub(crate) const ONE_PASS: u8 = 4;
    pub(crate) const COMPRESSED: u8 = 8;
    pub(crate) const SED: u8 = 9;
    pub(crate) const MARKER: u8 = 10;
    pub(crate) const LITERAL: u8 = 11;
    pub(crate) const SEIPD: u8 = 18;
    /// LibrePGP's OCB packet, which RFC 9580 reserves.
    pub(crate) const OCB: u8 = 20;
    pub(crate) const PADDING: u8 = 21;
}

/// What a message is, by its outermost packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    /// Session keys and an encrypted container.
    Encrypted(Sealed),
    /// A signed, compressed or literal message that is not encrypted.
    Opaque,
}

/// An encrypted container as it is seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// `mdc` (SEIPDv1) or `aead` (SEIPDv2).
    pub(crate) integrity: &'static str,
    /// See [`EncryptedLayer::ciphertext`](super::EncryptedLayer::ciphertext).
    pub(crate) ciphertext: Option<[u8; 32]>,
}

/// What the octets hold, or why we won't touch them.
pub(super) fn outline(binary: &[u8]) -> Result<Outline, Reason> {
    let mut session_keys = 0_usize;
    for (count, packet) in Packets::of(binary).enumerate() {
        let packet = packet?;
        if count >= MAX_PACKETS {
            return Err(Reason::TooManyPackets);
        }
        match packet.tag {
            tag::PKESK => session_keys = session_keys.saturating_add(1),
            tag::MARKER | tag::PADDING => {}
            // We have no passphrase, and Argon2 is a bomb (T09). SED has no integrity code (T05).
            tag::SKESK | tag::SED | tag::OCB => return Err(Reason::Unsupported),
            tag::SEIPD => {
                let integrity = match packet.body.first() {
                    Some(1) => "mdc",
                    Some(2) => "aead",
                    Some(_) => return Err(Reason::Unsupported),
                    None => return Err(Reason::Damaged),
                };
                return Ok(Outline::Encrypted(Sealed {
                    integrity,
                    ciphertext: packet.digest(),
                }));
            }
            tag::SIGNATURE | tag::ONE_PASS | tag::COMPRESSED | tag::LITERAL
                if session_keys == 0 =>
            {
                return Ok(Outline::Opaque);
            }
            _ => return Err(Reason::Malformed),
        }
        if session_keys > MAX_PKESK {
            return Err(Reason::TooManyPackets);
        }
    }
    Err(Reason::Malformed)
}

/// The packet type and version octet of the first packet: what a file is looked at for.
pub(super) fn first(binary: &[u8]) -> Option<(u8, Option<u8>)> {
    let packet = Packets::of(binary).next()?.ok()?;
    Some((packet.tag, packet.body.first().copied()))
}

/// Whether the octets are signatures and nothing else, few enough to check.
pub(super) fn signatures_only(binary: &[u8]) -> Result<(), Reason> {
    let mut signatures = 0_usize;
    for packet in Packets::of(binary) {
        match packet?.tag {
            tag::SIGNATURE => signatures = signatures.saturating_add(1),
            tag::MARKER => {}
            _ => return Err(Reason::Malformed),
        }
        if signatures > MAX_SIGNATURES {
            return Err(Reason::TooManyPackets);
        }
    }
    if signatures == 0 {
        return Err(Reason::Malformed);
    }
    Ok(())
}

/// One packet.
struct Packet<'a> {
    tag: u8,
    /// Of a body in several chunks the first.
    body: &'a [u8],
    /// Those after it, with their lengths; empty when there are none.
    chunks: &'a [u8],
}

impl Packet<'_> {
    /// SHA-256 of the body, however it was cut into chunks. `None` when a chunk has no length.
    fn digest(&self) -> Option<[u8; 32]> {
        let mut hash = Sha256::new();
        hash.update(self.body);
        let mut rest = self.chunks;
        while !rest.is_empty() {
            let (chunk, after) = next_chunk(rest)?;
            hash.update(chunk);
            rest = after;
        }
        Some(hash.finish())
    }
}

/// Walks the packets at the top level.
struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Packets<'a> {
    fn of(binary: &'a [u8]) -> Packets<'a> {
        Packets { rest: binary }
    }

    fn step(&mut self) -> Result<Packet<'a>, Reason> {
        let (&head, rest) = self.rest.split_first().ok_or(Reason::Malformed)?;
        if head & 0x80 == 0 {
            return Err(Reason::Malformed);
        }
        let new_format = head & 0x40 != 0;
        let tag = if new_format {
            head & 0x3f
        } else {
            (head >> 2) & 0x0f
        };
        let (length, rest) = if new_format {
            new_length(rest)
        } else {
            old_length(head & 3, rest)
        }
        .ok_or(Reason::Damaged)?;
        let nothing = [].as_slice();
        let (body, chunks, rest) = match length {
            Length::Known(length) => {
                let (body, rest) = rest.split_at_checked(length).ok_or(Reason::Damaged)?;
                (body, nothing, rest)
            }
            Length::ToTheEnd => (rest, nothing, nothing),
            Length::Chunk(length) => {
                let (first, rest) = rest.split_at_checked(length).ok_or(Reason::Damaged)?;
                let (chunks, rest) = split_chunks(rest).ok_or(Reason::Damaged)?;
                (first, chunks, rest)
            }
        };
        self.rest = rest;
        Ok(Packet { tag, body, chunks })
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.rest = &[];
        }
        Some(step)
    }
}

enum Length {
    Known(usize),
    Chunk(usize),
    ToTheEnd,
}

/// RFC 9580 section 4.2.1.
fn new_length(octets: &[u8]) -> Option<(Length, &[u8])> {
    let (&first, rest) = octets.split_first()?;
    let first = usize::from(first);
    match first {
        0..=191 => Some((Length::Known(first), rest)),
        192..=223 => {
            let (&second, rest) = rest.split_first()?;
            Some((
                Length::Known(((first - 192) << 8) + usize::from(second) + 192),
                rest,
            ))
        }
        255 => number(4, rest),
        _ => Some((Length::Chunk(1 << (first & 0x1f)), rest)),
    }
}

/// RFC 9580 section 4.2.2.
fn old_length(kind: u8, octets: &[u8]) -> Option<(Length, &[u8])> {
    match kind {
        0 => number(1, octets),
        1 => number(2, octets),
        2 => number(4, octets),
        _ => Some((Length::ToTheEnd, octets)),
    }
}

fn number(width: usize, octets: &[u8]) -> Option<(Length, &[u8])> {
    let (digits, rest) = octets.split_at_checked(width)?;
    let length = digits
        .iter()
        .fold(0_usize, |sum, &digit| (sum << 8) | usize::from(digit));
    Some((Length::Known(length), rest))
}

/// The chunks that continue a body, and what follows the last of them.
fn split_chunks(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = octets;
    loop {
        let last = matches!(new_length(rest)?.0, Length::Known(_));
        rest = next_chunk(rest)?.1;
        if last {
            return octets.split_at_checked(octets.len().checked_sub(rest.len())?);
        }
    }
}

fn next_chunk(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = new_length(octets)?;
    match length {
        Length::Known(length) | Length::Chunk(length) => rest.split_at_checked(length),
        Length::ToTheEnd => None,
    }
}
