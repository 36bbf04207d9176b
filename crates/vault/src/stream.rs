//! The content of a sealed object: padded, cut into chunks of 64 KiB, each sealed with AES-256-GCM-SIV under a nonce
//! that carries the chunk's number and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway
//! and Vizár), so that chunks can't be left out, swapped or cut off.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use crate::VaultError;
use crate::kdf::Key;

/// Octets of padded plaintext in a chunk; only the last may be shorter.
pub(crate) const CHUNK: usize = 64 * 1024;
/// Octets that sealing adds to a chunk. No other tag length is ever accepted.
pub(crate) const TAG: usize = 16;
/// Short values (an address, a Subject) are padded to this many octets at least.
const FLOOR: u64 = 64;
/// The octet that ends the content; zeros follow up to the padded length (ISO/IEC 7816-4).
const END: u8 = 0x80;

/// Seals one object's content as it comes.
pub(crate) struct StreamSealer {
    key: LessSafeKey,
    nonce: [u8; 12],
    context: Vec<u8>,
    counter: u32,
    total: u64,
    /// Plaintext of the chunk that is not full yet. Never grows, so no copy is left behind in freed memory.
    chunk: Zeroizing<Vec<u8>>,
    out: Vec<u8>,
}

impl StreamSealer {
    /// `out` holds the header, to which the chunks are appended; `context` is authenticated with every chunk; `room` is
    /// how much of a chunk will be used at most, see [`room_for`].
    pub(crate) fn new(
        key: &Key,
        nonce: [u8; 12],
        context: Vec<u8>,
        out: Vec<u8>,
        room: usize,
    ) -> Result<Self, VaultError> {
        Ok(Self {
            key: aead_key(key).ok_or(VaultError::Sealing)?,
            nonce,
            context,
            counter: 0,
            total: 0,
            chunk: Zeroizing::new(Vec::with_capacity(room)),
            out,
        })
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), VaultError> {
        while !bytes.is_empty() {
            // A full chunk waits until something follows: only then is it known not to be the last.
            if self.chunk.len() == CHUNK {
                self.seal_chunk(Place::Inner)?;
            }
            let (taken, rest) = bytes.split_at(bytes.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(taken);
            self.total = self
                .total
                .saturating_add(u64::try_from(taken.len()).unwrap_or(u64::MAX));
            bytes = rest;
        }
        Ok(())
    }

    /// Pads, seals the last chunk and returns everything that was not taken.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, VaultError> {
        let target = padded(self.total);
        self.push(&[END])?;
        let zeros = [0; 4096];
        while self.total < target {
            let missing = usize::try_from(target - self.total).unwrap_or(usize::MAX);
            let (now, _) = zeros.split_at(missing.min(zeros.len()));
            self.push(now)?;
        }
        self.seal_chunk(Place::Last)?;
        Ok(self.out)
    }

    /// How many octets were given so far.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Octets that are sealed and were not taken.
    pub(crate) fn ready(&self) -> usize {
        self.out.len()
    }

    /// Octets that are not sealed yet.
    pub(crate) fn pending(&self) -> usize {
        self.chunk.len()
    }

    /// Takes what is sealed.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn seal_chunk(&mut self, place: Place) -> Result<(), VaultError> {
        let nonce = chunk_nonce(self.nonce, self.counter, place);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(&self.context), &mut self.chunk)
            .map_err(|_| VaultError::Sealing)?;
        self.out.extend_from_slice(&self.chunk);
        self.out.extend_from_slice(tag.as_ref());
        self.chunk.clear();
        self.counter = self.counter.checked_add(1).ok_or(VaultError::Sealing)?;
        Ok(())
    }
}

/// Opens what [`StreamSealer`] made. On failure nothing of the plaintext is returned, and what was opened is wiped.
pub(crate) fn open(
    key: &Key,
    nonce: [u8; 12],
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let key = aead_key(key).ok_or(VaultError::NotAuthentic)?;
    let mut out = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let mut chunks = sealed.chunks(CHUNK + TAG).peekable();
    let mut counter: u32 = 0;
    while let Some(chunk) = chunks.next() {
        let place = if chunks.peek().is_some() {
            Place::Inner
        } else {
            Place::Last
        };
        let mut buffer = Zeroizing::new(chunk.to_vec());
        let plain = key
            .open_in_place(
                chunk_nonce(nonce, counter, place),
                Aad::from(context),
                &mut buffer,
            )
            .map_err(|_| VaultError::NotAuthentic)?;
        out.extend_from_slice(plain);
        counter = counter.checked_add(1).ok_or(VaultError::Malformed)?;
    }
    unpad(&mut out)?;
    Ok(out)
}

/// Seals one key or other short value under another, without padding.
pub(crate) fn wrap(
    key: &Key,
    nonce: [u8; 12],
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let key = aead_key(key).ok_or(VaultError::Sealing)?;
    let mut buffer = Zeroizing::new(plain.to_vec());
    let tag = key
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            &mut buffer,
        )
        .map_err(|_| VaultError::Sealing)?;
    let mut out = buffer.to_vec();
    out.extend_from_slice(tag.as_ref());
    Ok(out)
}

/// Opens what [`wrap`] made of 32 octets.
pub(crate) fn unwrap(
    key: &Key,
    nonce: [u8; 12],
    context: &[u8],
    sealed: &[u8],
) -> Result<Key, VaultError> {
    let key = aead_key(key).ok_or(VaultError::NotAuthentic)?;
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let plain = key
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            &mut buffer,
        )
        .map_err(|_| VaultError::NotAuthentic)?;
    let mut out: Key = Zeroizing::new([0; 32]);
    if plain.len() != out.len() {
        return Err(VaultError::Malformed);
    }
    out.copy_from_slice(plain);
    plain.zeroize();
    Ok(out)
}

/// Octets of plaintext that are held at one time while sealing a value of this length. Wiping more than that is most of
/// the cost of a short value.
pub(crate) fn room_for(plaintext: &[u8]) -> usize {
    let length = u64::try_from(plaintext.len()).unwrap_or(u64::MAX);
    usize::try_from(padded(length))
        .unwrap_or(usize::MAX)
        .min(CHUNK)
}

/// The padded length of content of this length, its end octet included.
fn padded(length: u64) -> u64 {
    padme(length.saturating_add(1)).max(FLOOR)
}

/// The length that `length` is padded to: at most 12 % more, and only O(log log n) bits of the length show (Padmé, from
/// "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", section 4).
pub fn padme(length: u64) -> u64 {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let kept = exponent.ilog2().saturating_add(1).min(exponent);
    let mask = (1_u64 << (exponent - kept)) - 1;
    length.checked_add(mask).map_or(u64::MAX, |sum| sum & !mask)
}

#[derive(Clone, Copy)]
pub(crate) enum Place {
    Inner,
    Last,
}

/// The last five octets of the nonce are mixed with the chunk's number and place, so all nonces of an object differ.
pub(crate) fn chunk_nonce(mut nonce: [u8; 12], counter: u32, place: Place) -> Nonce {
    let [a, b, c, d] = counter.to_be_bytes();
    let last = match place {
        Place::Inner => 0,
        Place::Last => 1,
    };
    for (octet, with) in nonce.iter_mut().rev().zip([last, d, c, b, a]) {
        *octet ^= with;
    }
    Nonce::assume_unique_for_key(nonce)
}

fn unpad(plain: &mut Vec<u8>) -> Result<(), VaultError> {
    let end = plain
        .iter()
        .rposition(|octet| *octet != 0)
        .ok_or(VaultError::Malformed)?;
    if plain.get(end) != Some(&END) {
        return Err(VaultError::Malformed);
    }
    plain.truncate(end);
    Ok(())
}

pub(crate) fn aead_key(key: &Key) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM_SIV, key.as_ref())
        .ok()
        .map(LessSafeKey::new)
}
