//! Why something could not be sealed or opened. Nothing here names a key or a value.

use thiserror::Error;

/// Why something could not be sealed or opened. All but [`VaultError::Randomness`] are permanent: trying again with the
/// same ring and the same bytes ends the same way.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// The bytes are not a sealed object of a version and kind that we know.
    #[error("not a sealed object of a known form")]
    Malformed,
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
    /// No further key can be added: the numbers are used up.
    #[error("the ring holds too many keys")]
    RingFull,
}
