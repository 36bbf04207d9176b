//! Sealing to the inbox's public key with HPKE (RFC 9180, base mode, X25519-HKDF-SHA256, AES-256-GCM): the process that
//! listens to the network holds no key that opens what it stored.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::{Zeroize, Zeroizing};

use crate::VaultError;
use crate::kdf::{self, Key};
use crate::seal::{Header, Kind, Parts, Sealed, start};
use crate::stream::{self, StreamSealer};

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

const INFO: &[u8] = b"pillarbox/v1/inbox";
const NO_EPOCH: u16 = 0;

/// The key that the listener seals with. Not secret; whoever can change it can make us seal to himself.
#[derive(Clone, PartialEq, Eq)]
pub struct InboxPublicKey {
    kid: u32,
    key: PublicKey,
}

impl InboxPublicKey {
    pub(crate) fn from_bytes(kid: u32, bytes: &[u8]) -> Option<Self> {
        PublicKey::from_bytes(bytes)
            .ok()
            .map(|key| Self { kid, key })
    }

    /// The id that sealed objects name.
    pub fn kid(&self) -> u32 {
        self.kid
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// Seals a whole value; the length that shows is a Padmé bucket. `aad` says where it belongs, see
    /// [`crate::Aad::encode`].
    ///
    /// # Errors
    /// [`VaultError::Randomness`] (temporary) and [`VaultError::Sealing`].
    pub fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let mut writer = self.writer_with_room(aad, stream::room_for(plaintext))?;
        writer.push(plaintext)?;
        writer.finish()
    }

    /// Starts sealing a value that comes in pieces.
    ///
    /// # Errors
    /// As [`InboxPublicKey::seal`].
    pub fn writer(&self, aad: &[u8]) -> Result<SealWriter, VaultError> {
        self.writer_with_room(aad, stream::CHUNK)
    }

    fn writer_with_room(&self, aad: &[u8], room: usize) -> Result<SealWriter, VaultError> {
        let header = Header::new(Kind::Inbox, self.kid, NO_EPOCH)?;
        let dek = kdf::random_key()?;
        let (encapped, mut context) =
            hpke::setup_sender::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &self.key,
                INFO,
            )
            .map_err(|_| VaultError::Sealing)?;
        let mut wrapped = encapped.to_bytes().to_vec();
        let dek_aad = [header.encode().as_slice(), aad].concat();
        wrapped.extend(
            context
                .seal(dek.as_ref(), &dek_aad)
                .map_err(|_| VaultError::Sealing)?,
        );
        start(&header, &dek, &wrapped, aad, room).map(SealWriter)
    }
}

impl std::fmt::Debug for InboxPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InboxPublicKey({})", self.kid)
    }
}

/// Seals to the inbox while the plaintext is still coming: at most 64 KiB of it are held, and wiped.
pub struct SealWriter(StreamSealer);

impl SealWriter {
    /// Adds a piece of any length.
    ///
    /// # Errors
    /// [`VaultError::Sealing`]; the writer is of no more use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), VaultError> {
        self.0.push(bytes)
    }

    /// Octets of plaintext so far.
    pub fn len(&self) -> u64 {
        self.0.total()
    }

    /// Whether nothing was pushed yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Octets that are sealed and can be taken; whole chunks only.
    pub fn ready(&self) -> usize {
        self.0.ready()
    }

    /// Octets that wait until their chunk is full.
    pub fn pending(&self) -> usize {
        self.0.pending()
    }

    /// Takes what is sealed so far, so that it needs no memory any longer. The value is everything that was taken, in
    /// order, and then what [`SealWriter::finish`] returns; with anything left out, swapped or cut off it doesn't open.
    pub fn take(&mut self) -> Sealed {
        Sealed::from_bytes(self.0.take())
    }

    /// Pads and ends the value: all of it, or what follows the pieces that were taken.
    ///
    /// # Errors
    /// [`VaultError::Sealing`].
    pub fn finish(self) -> Result<Sealed, VaultError> {
        self.0.finish().map(Sealed::from_bytes)
    }
}

impl std::fmt::Debug for SealWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealWriter({} bytes)", self.len())
    }
}

/// A new secret key.
pub(crate) fn generate_secret() -> Result<Key, VaultError> {
    let (secret, _) = X25519HkdfSha256::derive_keypair(kdf::random_key()?.as_ref());
    let mut bytes = secret.to_bytes();
    let key = Zeroizing::new(kdf::head(&bytes));
    bytes.as_mut_slice().zeroize();
    Ok(key)
}

/// The public half; `None` when the bytes are not a secret key.
pub(crate) fn public_half(kid: u32, secret: &Key) -> Option<InboxPublicKey> {
    let secret = PrivateKey::from_bytes(secret.as_ref()).ok()?;
    Some(InboxPublicKey {
        kid,
        key: X25519HkdfSha256::sk_to_pk(&secret),
    })
}

/// Opens what [`InboxPublicKey`] sealed.
pub(crate) fn open(
    secret: &Key,
    aad: &[u8],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let parts = Parts::of(sealed, Kind::Inbox)?;
    let (encapped, wrapped) = parts
        .wrapped
        .split_at_checked(32)
        .ok_or(VaultError::Malformed)?;
    let secret = PrivateKey::from_bytes(secret.as_ref()).map_err(|_| VaultError::NotAuthentic)?;
    let encapped = EncappedKey::from_bytes(encapped).map_err(|_| VaultError::NotAuthentic)?;
    let mut context = hpke::setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapped,
        INFO,
    )
    .map_err(|_| VaultError::NotAuthentic)?;
    let dek_aad = [parts.header.encode().as_slice(), aad].concat();
    let opened = Zeroizing::new(
        context
            .open(wrapped, &dek_aad)
            .map_err(|_| VaultError::NotAuthentic)?,
    );
    if opened.len() != 32 {
        return Err(VaultError::Malformed);
    }
    parts.open(&Zeroizing::new(kdf::head(&opened)), aad)
}
