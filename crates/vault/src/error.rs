//! Why something could not be sealed or opened. Nothing here names a key or a value.

use thiserror::Error;

use crate::epoch::{Epoch, EpochKeyName};

/// Why something could not be sealed or opened. All but [`VaultError::Randomness`] are permanent: trying again with the
/// same ring, the same folder of epochs and the same bytes ends the same way.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// The bytes are not a sealed object of a version and kind that we know.
    #[error("not a sealed object of a known form")]
    Malformed,
    /// An analyst's key has to open it first.
    #[error("sealed to analysts: the gateway can't read it")]
    SealedToAnalysts,
    /// The text of an index ratchet can't be read.
    #[error("not the key of a month's index, version 1")]
    RatchetText,
    /// The file with the current month's index key can't be read or written.
    #[error(
        "the file with this month's index key can't be read or written ({0}): `pillarbox keys generate index-ratchet` makes it"
    )]
    RatchetFile(std::io::ErrorKind),
    /// What was opened says that a later version of the software wrote it.
    #[error("written by a newer pillarbox (form {0})")]
    Newer(u8),
    /// The object names a key that the ring doesn't hold.
    #[error("sealed under key {0}, which the ring does not hold")]
    UnknownKey(u32),
    /// The object names a key that was destroyed on purpose.
    #[error("sealed under key {0}, which was destroyed")]
    DestroyedKey(u32),
    /// The bytes were changed, cut, or belong to another place or key.
    #[error("does not authenticate: changed, or moved from another place")]
    NotAuthentic,
    /// Sealing failed inside the cryptographic library, or the object is larger than 256 TiB.
    #[error("the cryptographic library failed to seal")]
    Sealing,
    /// The system has no randomness to give. Temporary.
    #[error("no randomness available")]
    Randomness,
    /// The text of a ring or of a public key can't be read.
    #[error("key ring, line {line}: {problem}")]
    RingText {
        /// Counted from 1; 0 when the fault is in the ring as a whole.
        line: usize,
        /// What is wrong, without the line's content.
        problem: &'static str,
    },
    /// The primary key can't be destroyed: a new one must be added first.
    #[error("key {0} is the primary key")]
    PrimaryKey(u32),
    /// The key still wraps the key of an epoch.
    #[error("key {0} still wraps the key of {1}: `pillarbox keys rewrap` first")]
    KeyInUse(u32, EpochKeyName),
    /// The key of an epoch is not in the folder.
    #[error(
        "the key of {0} is missing: copy {0}.epoch into storage.epoch_dir from the machine that has it (or from the backup of keys), or \
        let all machines share one folder; no other key is made in its place"
    )]
    MissingEpoch(EpochKeyName),
    /// The month has no key yet, and the database was not asked who makes it.
    #[error("there is no key of {0} yet")]
    NotBegun(EpochKeyName),
    /// The folder has another key of this name: two machines made one each, or the folder is another installation's.
    #[error(
        "{0}.epoch in storage.epoch_dir is another key of this name than the database's: copy the file from the machine that wrote \
        there; all machines need the same files"
    )]
    OtherEpochKey(EpochKeyName),
    /// The month was erased: its keys are gone, on purpose and for good.
    #[error("the key of {0} was destroyed: this month is erased")]
    ErasedEpoch(Epoch),
    /// The file with an epoch's key can't be used.
    #[error("storage.epoch_dir, {0}.epoch: {1}")]
    EpochFile(EpochKeyName, &'static str),
    /// The folder of epochs, or a file in it, can't be read or written.
    #[error(
        "storage.epoch_dir can't be read or written ({0}): `pillarbox keys generate storage` makes it"
    )]
    EpochFolder(std::io::ErrorKind),
    /// The ring was not told where keys of epochs are.
    #[error("the ring has no folder of epochs")]
    NoEpochs,
    /// The ring's file can't be read again.
    #[error("storage.ring_file can't be read again ({0})")]
    RingFile(std::io::ErrorKind),
    /// The ring that was read anew has another index or token root.
    #[error("this is the ring of another installation")]
    OtherRing,
    /// No further key can be added: the numbers are used up.
    #[error("the ring holds too many keys")]
    RingFull,
}
