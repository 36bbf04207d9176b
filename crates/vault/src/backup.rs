//! A copy of the database, sealed as it is written and opened as it is read.
//!
//! ```text
//! magic "PBXBACKUP" | version 1 | salt 32 | commitment 16 | chunks of 64 KiB, the last one shorter or as long
//! ```
//!
//! The key is derived from the ring's token root, which lasts as long as the ring, and from a salt of the file's own, so that no
//! two files share a key and no chunk of one fits into another. Chunks are those of the STREAM construction that `stream.rs`
//! describes: none can be changed, left out, put elsewhere or cut off. The commitment tells another ring's file from a damaged one.

use aws_lc_rs::aead::{Aad, LessSafeKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::kdf::{self, Key, derive, mac};
use crate::keyring::KeyRing;
use crate::stream::{CHUNK, Place, TAG, aead_key, chunk_nonce};

const MAGIC: [u8; 9] = *b"PBXBACKUP";
const VERSION: u8 = 1;
const COMMITMENT: usize = 16;
/// Every file has a key of its own, so the nonce need only count chunks.
const NONCE: [u8; 12] = [0; 12];

/// Octets before the first chunk.
pub const HEADER: usize = 9 + 1 + 32 + COMMITMENT;
/// Octets of a sealed chunk; only the last may be shorter.
pub const SEALED_CHUNK: usize = CHUNK + TAG;

/// Seals a backup. What is pushed comes out of [`BackupSealer::take`] whenever a chunk is full.
pub struct BackupSealer {
    key: LessSafeKey,
    counter: u32,
    chunk: Zeroizing<Vec<u8>>,
    out: Vec<u8>,
}

/// Opens a backup, chunk by chunk in order.
pub struct BackupOpener {
    key: LessSafeKey,
    counter: u32,
}

impl KeyRing {
    /// Starts a backup; the header is the first that comes out of it.
    ///
    /// # Errors
    /// [`VaultError::Randomness`] (temporary) and [`VaultError::Sealing`].
    pub fn backup_sealer(&self) -> Result<BackupSealer, VaultError> {
        let salt: [u8; 32] = kdf::random()?;
        let secret = self.backup_secret(&salt);
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.extend_from_slice(&salt);
        let commitment = commitment(&secret, &out);
        out.extend_from_slice(&commitment);
        Ok(BackupSealer {
            key: content_key(&secret).ok_or(VaultError::Sealing)?,
            counter: 0,
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK)),
            out,
        })
    }

    /// Starts to open a backup whose header was read.
    ///
    /// # Errors
    /// [`VaultError::Malformed`] when it is no backup, [`VaultError::Newer`], and [`VaultError::NotAuthentic`] when another ring
    /// made it or the header was changed.
    pub fn backup_opener(&self, header: &[u8; HEADER]) -> Result<BackupOpener, VaultError> {
        let (front, commitment_there) = header.split_at(HEADER - COMMITMENT);
        let rest = front
            .strip_prefix(MAGIC.as_slice())
            .ok_or(VaultError::Malformed)?;
        let (version, salt) = rest.split_first().ok_or(VaultError::Malformed)?;
        if *version != VERSION {
            return Err(VaultError::Newer(*version));
        }
        let secret = self.backup_secret(&kdf::head(salt));
        verify_slices_are_equal(&commitment(&secret, front), commitment_there)
            .map_err(|_| VaultError::NotAuthentic)?;
        Ok(BackupOpener {
            key: content_key(&secret).ok_or(VaultError::NotAuthentic)?,
            counter: 0,
        })
    }

    fn backup_secret(&self, salt: &[u8; 32]) -> Key {
        derive(&self.token, "backup", &[salt])
    }
}

impl BackupSealer {
    /// Adds to the content.
    ///
    /// # Errors
    /// [`VaultError::Sealing`], also beyond 256 TiB.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), VaultError> {
        while !bytes.is_empty() {
            // A full chunk waits until something follows: only then is it known not to be the last.
            if self.chunk.len() == CHUNK {
                self.seal_chunk(Place::Inner)?;
            }
            let (taken, rest) = bytes.split_at(bytes.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(taken);
            bytes = rest;
        }
        Ok(())
    }

    /// What is ready to be written.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Seals the last chunk; everything that was not taken.
    ///
    /// # Errors
    /// As [`BackupSealer::push`].
    pub fn finish(mut self) -> Result<Vec<u8>, VaultError> {
        self.seal_chunk(Place::Last)?;
        Ok(self.out)
    }

    fn seal_chunk(&mut self, place: Place) -> Result<(), VaultError> {
        let nonce = chunk_nonce(NONCE, self.counter, place);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut self.chunk)
            .map_err(|_| VaultError::Sealing)?;
        self.out.extend_from_slice(&self.chunk);
        self.out.extend_from_slice(tag.as_ref());
        self.chunk.clear();
        self.counter = self.counter.checked_add(1).ok_or(VaultError::Sealing)?;
        Ok(())
    }
}

impl BackupOpener {
    /// Opens the next chunk; `is_last` when nothing follows it in the file.
    ///
    /// # Errors
    /// [`VaultError::NotAuthentic`]: changed, moved, or the file was cut or goes on where it should end.
    pub fn open_chunk(
        &mut self,
        mut sealed: Vec<u8>,
        is_last: bool,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let place = if is_last { Place::Last } else { Place::Inner };
        let nonce = chunk_nonce(NONCE, self.counter, place);
        let length = self
            .key
            .open_in_place(nonce, Aad::empty(), &mut sealed)
            .map_err(|_| VaultError::NotAuthentic)?
            .len();
        sealed.truncate(length);
        self.counter = self.counter.checked_add(1).ok_or(VaultError::Malformed)?;
        Ok(Zeroizing::new(sealed))
    }
}

impl std::fmt::Debug for BackupSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupSealer({} chunks)", self.counter)
    }
}

impl std::fmt::Debug for BackupOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BackupOpener({} chunks)", self.counter)
    }
}

fn content_key(secret: &Key) -> Option<LessSafeKey> {
    aead_key(&derive(secret, "content", &[]))
}

fn commitment(secret: &Key, front: &[u8]) -> [u8; COMMITMENT] {
    kdf::head(&mac(&derive(secret, "commitment", &[]), &[front]))
}
