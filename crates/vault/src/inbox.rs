//! Sealing to the inbox's public key with HPKE (RFC 9180, base mode, X25519-HKDF-SHA256, export only): the process that
//! listens to the network holds no key that opens what it stored.
//!
//! An encapsulation costs two multiplications on the curve, half of what taking a small message costs. So one serves all
//! that is sealed within [`WINDOW`]: its exported secret gives every object a content key of its own. Who steals the
//! listener's memory can open what it took in that time; it had all of it in the clear anyway. A secret that has served its
//! time is wiped by whoever calls [`InboxPublicKey::forget_old`] every so often, and on the other side
//! [`crate::KeyRing::forget_old`]: without it the last one would stay until the next message.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hpke::aead::ExportOnlyAead;
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
/// What the exported secret is for (RFC 9180 section 5.3).
const EXPORT: &[u8] = b"window";
/// How long one encapsulation serves.
const WINDOW: Duration = Duration::from_secs(10);
/// How long an opened one is remembered after it was used last.
const OPENED: Duration = Duration::from_secs(60);
/// Encapsulated keys that were opened last, for objects that share them.
const REMEMBERED: usize = 8;

/// The key that the listener seals with. Not secret; whoever can change it can make us seal to himself.
///
/// Clones share it, also when it is changed ([`InboxPublicKey::take_over`]).
#[derive(Clone)]
pub struct InboxPublicKey(Arc<Mutex<Current>>);

/// The key in use.
struct Current {
    kid: u32,
    key: PublicKey,
    /// The encapsulation in use.
    window: Option<Window>,
}

impl PartialEq for InboxPublicKey {
    fn eq(&self, other: &Self) -> bool {
        let identity = |key: &Self| (key.kid(), key.to_bytes());
        identity(self) == identity(other)
    }
}

impl Eq for InboxPublicKey {}

/// One encapsulation and the secret that came of it.
#[derive(Clone)]
struct Window {
    encapped: [u8; 32],
    secret: Key,
    began: Instant,
}

impl InboxPublicKey {
    pub(crate) fn from_bytes(kid: u32, bytes: &[u8]) -> Option<Self> {
        PublicKey::from_bytes(bytes)
            .ok()
            .map(|key| Self::new(kid, key))
    }

    fn new(kid: u32, key: PublicKey) -> Self {
        Self(Arc::new(Mutex::new(Current {
            kid,
            key,
            window: None,
        })))
    }

    /// The id that sealed objects name.
    pub fn kid(&self) -> u32 {
        self.current().kid
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.current().key.to_bytes().to_vec()
    }

    /// Takes a newer key into use, here and in all clones; what is being sealed is finished with the old one. Says whether it
    /// was another key.
    pub fn take_over(&self, newer: &Self) -> bool {
        if self == newer {
            return false;
        }
        let (kid, key) = {
            let newer = newer.current();
            (newer.kid, newer.key.clone())
        };
        *self.current() = Current {
            kid,
            key,
            window: None,
        };
        true
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (kid, window) = self.window()?;
        let header = Header::new(Kind::Inbox, kid, NO_EPOCH)?;
        let dek = content_secret(&window.secret, &header, aad);
        start(&header, &dek, &window.encapped, aad, room).map(SealWriter)
    }

    /// Wipes the secret of an encapsulation that has served its time. To be called every few seconds.
    pub fn forget_old(&self) {
        self.forget_older(WINDOW);
    }

    fn forget_older(&self, age: Duration) {
        let window = &mut self.current().window;
        window.take_if(|window| window.began.elapsed() >= age);
    }

    /// The encapsulation in use, or a new one when that has served its time.
    fn window(&self) -> Result<(u32, Window), VaultError> {
        let mut current = self.current();
        let window = current.window.as_ref();
        if let Some(window) = window.filter(|window| window.began.elapsed() < WINDOW) {
            return Ok((current.kid, window.clone()));
        }
        let (encapped, context) =
            hpke::setup_sender::<ExportOnlyAead, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &current.key,
                INFO,
            )
            .map_err(|_| VaultError::Sealing)?;
        let mut secret = Key::default();
        context
            .export(EXPORT, secret.as_mut())
            .map_err(|_| VaultError::Sealing)?;
        let window = Window {
            encapped: kdf::head(&encapped.to_bytes()),
            secret,
            began: Instant::now(),
        };
        current.window = Some(window.clone());
        Ok((current.kid, window))
    }
}

/// The content key of one object: the header holds a random nonce, and `aad` its own place.
fn content_secret(window: &Key, header: &Header, aad: &[u8]) -> Key {
    kdf::derive(window, "inbox object", &[&header.encode(), aad])
}

impl std::fmt::Debug for InboxPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InboxPublicKey({})", self.kid())
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

    /// Whether content is sealed that can be taken: a header alone is not.
    pub fn has_chunk(&self) -> bool {
        self.0.ready() > stream::CHUNK
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
    Some(InboxPublicKey::new(
        kid,
        X25519HkdfSha256::sk_to_pk(&secret),
    ))
}

/// Encapsulated keys, their secrets, and when each was used last.
type Secrets = VecDeque<([u8; 32], Key, Instant)>;

/// Secrets of encapsulated keys that were opened last: messages that came together share one.
#[derive(Clone, Default)]
pub(crate) struct Opened(Arc<Mutex<Secrets>>);

impl Opened {
    fn secret(&self, secret: &Key, encapped: &[u8]) -> Result<Key, VaultError> {
        let encapped: [u8; 32] = encapped.try_into().map_err(|_| VaultError::Malformed)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, window, used)) = known.iter_mut().find(|(known, ..)| *known == encapped) {
            *used = Instant::now();
            return Ok(window.clone());
        }
        let window = decapsulate(secret, &encapped)?;
        known.truncate(REMEMBERED - 1);
        known.push_front((encapped, window.clone(), Instant::now()));
        Ok(window)
    }

    /// Wipes what was not used for a minute.
    pub(crate) fn forget_old(&self) {
        self.forget_older(OPENED);
    }

    fn forget_older(&self, age: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(.., used)| used.elapsed() < age);
    }
}

fn decapsulate(secret: &Key, encapped: &[u8]) -> Result<Key, VaultError> {
    let secret = PrivateKey::from_bytes(secret.as_ref()).map_err(|_| VaultError::NotAuthentic)?;
    let encapped = EncappedKey::from_bytes(encapped).map_err(|_| VaultError::NotAuthentic)?;
    let context = hpke::setup_receiver::<ExportOnlyAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapped,
        INFO,
    )
    .map_err(|_| VaultError::NotAuthentic)?;
    let mut window = Key::default();
    context
        .export(EXPORT, window.as_mut())
        .map_err(|_| VaultError::NotAuthentic)?;
    Ok(window)
}

/// Opens what [`InboxPublicKey`] sealed.
pub(crate) fn open(
    secret: &Key,
    opened: &Opened,
    aad: &[u8],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let parts = Parts::of(sealed, Kind::Inbox)?;
    let window = opened.secret(secret, parts.wrapped)?;
    parts.open(&content_secret(&window, &parts.header, aad), aad)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_windows_are_wiped_by_time_and_made_anew() {
        let secret = generate_secret().unwrap();
        let public = public_half(1, &secret).unwrap();
        let clone = public.clone();
        let opened = Opened::default();
        let first = clone.seal(b"here", b"one").unwrap();
        open(&secret, &opened, b"here", &first).unwrap();
        let held = || public.current().window.is_some();
        let remembered = || opened.0.lock().unwrap().len();
        public.forget_old();
        opened.forget_old();
        assert_eq!((held(), remembered()), (true, 1), "young ones stay");
        public.forget_older(Duration::ZERO);
        opened.forget_older(Duration::ZERO);
        assert_eq!((held(), remembered()), (false, 0));
        let second = clone.seal(b"here", b"two").unwrap();
        for (sealed, text) in [(&first, "one"), (&second, "two")] {
            let plain = open(&secret, &opened, b"here", sealed).unwrap();
            assert_eq!(plain.as_slice(), text.as_bytes());
        }
        assert_eq!(remembered(), 2);
    }
}
