//! The form of a sealed object.
//!
//! ```text
//! magic "PBX" | version 1 | kind 1 | key id 4 | epoch 2 | nonce 12 | commitment 16 | wrapped content key | chunks
//! ```
//!
//! Everything before the chunks is authenticated with each chunk, together with the place where the object belongs. The
//! commitment ties the object to one content key: AES-GCM-SIV alone would let somebody who knows two keys make one
//! ciphertext that opens under both.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::kdf::{self, Key, derive, length, mac};
use crate::stream::{self, StreamSealer};

pub use crate::stream::padme;

const MAGIC: [u8; 3] = *b"PBX";
const VERSION: u8 = 1;
const AAD_VERSION: u8 = 1;

/// A sealed object: ciphertext, safe to store anywhere. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes what was stored. Any bytes are taken; opening tells whether they are good.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The id of the key that the object names; not authenticated until it is opened.
    ///
    /// # Errors
    /// [`VaultError::Malformed`].
    pub fn key_id(&self) -> Result<u32, VaultError> {
        Header::split(&self.0).map(|(header, _)| header.key_id)
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// The place where a sealed value belongs. A value moved to another place doesn't open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aad<'a> {
    /// The team's name; empty where rows belong to no team yet, as in the inbox.
    pub team: &'a str,
    /// Table.
    pub table: &'a str,
    /// Column.
    pub column: &'a str,
    /// The case's UUID; zeros where there is none.
    pub case: [u8; 16],
    /// The row's UUID.
    pub row: [u8; 16],
}

impl Aad<'_> {
    /// The one encoding: version, the three names with their lengths, the two ids.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![AAD_VERSION];
        for name in [self.team, self.table, self.column] {
            out.extend_from_slice(&length(name.as_bytes()));
            out.extend_from_slice(name.as_bytes());
        }
        out.extend_from_slice(&self.case);
        out.extend_from_slice(&self.row);
        out
    }
}

/// What a content key is wrapped under; part of the header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The inbox's public key: an encapsulated key (RFC 9180); the content key is derived from its secret.
    Inbox,
    /// A case key: a nonce and a sealed content key.
    Case,
}

impl Kind {
    fn octet(self) -> u8 {
        match self {
            Kind::Inbox => 1,
            Kind::Case => 2,
        }
    }

    fn from_octet(octet: u8) -> Option<Self> {
        [Kind::Inbox, Kind::Case]
            .into_iter()
            .find(|kind| kind.octet() == octet)
    }

    /// Octets of the wrapped content key.
    pub(crate) fn wrapped_len(self) -> usize {
        match self {
            Kind::Inbox => 32,
            Kind::Case => 12 + 32 + stream::TAG,
        }
    }
}

/// The header before the commitment.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) key_id: u32,
    pub(crate) epoch: u16,
    pub(crate) nonce: [u8; 12],
}

impl Header {
    /// Octets of the encoded header.
    const LEN: usize = 23;
    const COMMITMENT: usize = 16;

    /// A header with a fresh nonce.
    pub(crate) fn new(kind: Kind, key_id: u32, epoch: u16) -> Result<Self, VaultError> {
        Ok(Self {
            kind,
            key_id,
            epoch,
            nonce: kdf::random()?,
        })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::LEN);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.kind.octet()]);
        out.extend_from_slice(&self.key_id.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.nonce);
        out
    }

    /// Takes the header off the front; the commitment comes next.
    pub(crate) fn split(bytes: &[u8]) -> Result<(Self, &[u8]), VaultError> {
        let (start, rest) = bytes
            .split_first_chunk::<{ Self::LEN }>()
            .ok_or(VaultError::Malformed)?;
        let [
            m0,
            m1,
            m2,
            version,
            kind,
            k0,
            k1,
            k2,
            k3,
            e0,
            e1,
            nonce @ ..,
        ] = *start;
        if [m0, m1, m2] != MAGIC || version != VERSION {
            return Err(VaultError::Malformed);
        }
        let kind = Kind::from_octet(kind).ok_or(VaultError::Malformed)?;
        let key_id = u32::from_be_bytes([k0, k1, k2, k3]);
        let epoch = u16::from_be_bytes([e0, e1]);
        Ok((
            Self {
                kind,
                key_id,
                epoch,
                nonce,
            },
            rest,
        ))
    }
}

/// A sealed object taken apart, before any of it is believed.
pub(crate) struct Parts<'a> {
    pub(crate) header: Header,
    commitment: &'a [u8],
    pub(crate) wrapped: &'a [u8],
    chunks: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn of(sealed: &'a Sealed, kind: Kind) -> Result<Self, VaultError> {
        let (header, rest) = Header::split(&sealed.0)?;
        if header.kind != kind {
            return Err(VaultError::Malformed);
        }
        let (commitment, rest) = rest
            .split_at_checked(Header::COMMITMENT)
            .ok_or(VaultError::Malformed)?;
        let (wrapped, chunks) = rest
            .split_at_checked(kind.wrapped_len())
            .ok_or(VaultError::Malformed)?;
        Ok(Self {
            header,
            commitment,
            wrapped,
            chunks,
        })
    }

    /// Opens the content once its key is known.
    pub(crate) fn open(&self, dek: &Key, aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let header = self.header.encode();
        verify_slices_are_equal(&commitment(dek, &header, self.wrapped), self.commitment)
            .map_err(|_| VaultError::NotAuthentic)?;
        let context = content_context(&header, self.wrapped, aad);
        stream::open(&content_key(dek), self.header.nonce, &context, self.chunks)
    }
}

/// Starts the content of an object whose content key is wrapped already; `room` as in [`StreamSealer::new`].
pub(crate) fn start(
    header: &Header,
    dek: &Key,
    wrapped: &[u8],
    aad: &[u8],
    room: usize,
) -> Result<StreamSealer, VaultError> {
    let encoded = header.encode();
    let context = content_context(&encoded, wrapped, aad);
    let mut out = encoded;
    let commitment = commitment(dek, &out, wrapped);
    out.extend_from_slice(&commitment);
    out.extend_from_slice(wrapped);
    StreamSealer::new(&content_key(dek), header.nonce, context, out, room)
}

fn content_key(dek: &Key) -> Key {
    derive(dek, "content", &[])
}

fn commitment(dek: &Key, header: &[u8], wrapped: &[u8]) -> [u8; Header::COMMITMENT] {
    kdf::head(&mac(&derive(dek, "commitment", &[]), &[header, wrapped]))
}

/// Header and wrapped key have fixed lengths, so the concatenation can be read in one way only.
fn content_context(header: &[u8], wrapped: &[u8], aad: &[u8]) -> Vec<u8> {
    [header, wrapped, aad].concat()
}
