//! Seals and opens what is stored, and computes blind indexes. The only crate that names a cipher.
//!
//! # Code map
//!
//! | module | what it does |
//! | --- | --- |
//! | [`keyring`] | the keys of one installation: made, rotated, destroyed, and used to wrap case keys |
//! | `entries` | numbered keys of a ring and what each may still be used for |
//! | [`epoch`], `epochs`, `folder` | months, the key of each, and the folder where those are |
//! | [`files`] | small secret files, written whole and overwritten before they go |
//! | [`ringfile`] | the key ring and the inbox's public key as text |
//! | [`inbox`] | sealing to a public key, piece by piece: the listener can seal and can't open |
//! | [`case`] | sealing one object under the key of its case |
//! | [`blind`] | blind indexes: how many bits a cell has, and what hides who writes most |
//! | [`indexer`] | cells and sealed marks of values: what a row of an index has |
//! | [`index`] | keyed digests, reply tokens, the audit chain |
//! | `ratchet` | keys of blind indexes that only go forward, month by month |
//! | [`serial`] | ticket numbers that don't show how many tickets there are |
//! | [`backup`] | a copy of the database, sealed chunk by chunk |
//! | [`scram`] | verifiers of passwords, for mail programs |
//! | [`password`], [`totp`], [`access`] | how analysts sign in: argon2id, codes of the moment, tokens of sessions |
//! | [`webhook`] | signatures on what is posted to others |
//! | [`seal`] | the form of a sealed object: header, chunks, padding |
//!
//! # Invariants
//!
//! * No key, plaintext or ciphertext appears in a `Debug`, a `Display` or an error.
//! * Every octet of a sealed object is authenticated, and so is the place it belongs to ([`Aad`]).
//! * A content key is used for one object only, so a restored snapshot can't make a nonce repeat.

pub mod access;
pub mod backup;
pub mod blind;
pub mod case;
mod entries;
pub mod epoch;
mod epochs;
mod error;
pub mod files;
mod folder;
pub mod inbox;
pub mod index;
pub mod indexer;
mod kdf;
pub mod keyring;
pub mod password;
mod ratchet;
pub mod ringfile;
pub mod scram;
pub mod seal;
pub mod serial;
mod stream;
pub mod totp;
pub mod webhook;

pub use access::AccessToken;
pub use backup::{BackupOpener, BackupSealer};
pub use blind::{Bits, Cells, Family, Share};
pub use case::{CaseKey, WrappedKey};
pub use entries::KeyStatus;
pub use epoch::{Epoch, EpochKeyName};
pub use epochs::KeyCommitment;
pub use error::VaultError;
pub use folder::Hold;
pub use inbox::{InboxPublicKey, SealWriter};
pub use index::{Digester, Purpose};
pub use indexer::{Hashed, Indexer, Mark, Marked, Paths};
pub use kdf::sha256;
pub use keyring::KeyRing;
pub use password::PasswordHash;
pub use ratchet::{IndexKey, Ratchet};
pub use scram::ScramVerifier;
pub use seal::{Aad, Sealed};
pub use totp::TotpSecret;
pub use webhook::WebhookSecret;
