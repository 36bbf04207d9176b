//! Case keys: every object of a case has a content key of its own, wrapped under the case's key, so erasing the one
//! case key erases the case.

use zeroize::Zeroizing;

use crate::VaultError;
use crate::epoch::{Epoch, EpochKeyName};
use crate::epochs::EpochKey;
use crate::kdf::{self, Key, derive};
use crate::seal::{Aad, Header, Kind, Parts, Sealed, start};
use crate::stream;

/// The key of one case, in memory only. Made and unwrapped by [`crate::KeyRing`].
#[derive(Clone)]
pub struct CaseKey {
    key: Key,
    /// Tells case keys apart, so that opening with a wrong one fails early and by name. Not secret.
    id: u32,
    epoch: Epoch,
}

impl CaseKey {
    pub(crate) fn from_key(key: Key, epoch: Epoch) -> Self {
        let id = u32::from_be_bytes(kdf::head(derive(&key, "case-key-id", &[]).as_ref()));
        Self { key, id, epoch }
    }

    /// The epoch whose key wraps this one; objects name it, too.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Seals one value for its place. The length that shows is a Padmé bucket, at least 64 octets.
    ///
    /// # Errors
    /// [`VaultError::Randomness`] (temporary) and [`VaultError::Sealing`].
    pub fn seal(&self, aad: &Aad<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let header = Header::new(Kind::Case, self.id, self.epoch.number())?;
        let aad = aad.encode();
        let dek = kdf::random_key()?;
        let nonce: [u8; 12] = kdf::random()?;
        let mut wrapped = nonce.to_vec();
        wrapped.extend(stream::wrap(
            &self.wrapping_key(),
            nonce,
            &wrap_context(&header, &aad),
            dek.as_ref(),
        )?);
        let mut content = start(&header, &dek, &wrapped, &aad, stream::room_for(plaintext))?;
        content.push(plaintext)?;
        content.finish().map(Sealed::from_bytes)
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// [`VaultError::Malformed`], [`VaultError::UnknownKey`] when it belongs to another case's key, and
    /// [`VaultError::NotAuthentic`].
    pub fn open(&self, aad: &Aad<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let parts = Parts::of(sealed, Kind::Case)?;
        if parts.header.key_id != self.id {
            return Err(VaultError::UnknownKey(parts.header.key_id));
        }
        let aad = aad.encode();
        let (nonce, wrapped) = parts
            .wrapped
            .split_first_chunk()
            .ok_or(VaultError::Malformed)?;
        let dek = stream::unwrap(
            &self.wrapping_key(),
            *nonce,
            &wrap_context(&parts.header, &aad),
            wrapped,
        )?;
        parts.open(&dek, &aad)
    }

    fn wrapping_key(&self) -> Key {
        derive(&self.key, "wrap-content-key", &[])
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseKey(…)")
    }
}

fn wrap_context(header: &Header, aad: &[u8]) -> Vec<u8> {
    let mut out = header.encode();
    out.extend_from_slice(aad);
    out
}

/// A case key wrapped by the key of an epoch: what the database stores. `Debug` shows its length only.
///
/// ```text
/// version 2 | epoch 2 | generation 2 | epoch key's id 4 | nonce 12 | wrapped key 48
/// version 3 | epoch 2 | generation 2 | epoch key's id 4 | OpenPGP message whose content is a version 2
/// ```
///
/// A version 3 needs two keys: an analyst's, and that of the epoch, so that erasing a month erases it here, too. What the analyst's
/// key gives is bound to its case and its installation by the version 2 inside.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
    const VERSION: u8 = 2;
    const TO_ANALYSTS: u8 = 3;
    const PREFIX: usize = 9;

    /// The bytes to store: 69, or more when analysts alone can open it. The epoch's number is in octets 1 and 2, the generation in 3 and 4.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes what was stored. Any bytes are taken; unwrapping tells whether they are good.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The epoch's key that wraps this one; not authenticated until it is unwrapped. That key may be destroyed once no row
    /// names it.
    ///
    /// # Errors
    /// [`VaultError::Malformed`].
    pub fn epoch_key(&self) -> Result<EpochKeyName, VaultError> {
        match self.0.split_first() {
            Some((&(Self::VERSION | Self::TO_ANALYSTS), rest)) => rest
                .split_first_chunk()
                .map(|(name, _)| EpochKeyName::from_octets(*name))
                .ok_or(VaultError::Malformed),
            Some(_) | None => Err(VaultError::Malformed),
        }
    }

    /// Puts `message` in this one's place, to which its bytes were encrypted: only who opens that can unwrap it.
    pub fn to_analysts(&self, message: &[u8]) -> Self {
        let mut out = self.0.clone();
        out.truncate(Self::PREFIX);
        if let Some(version) = out.first_mut() {
            *version = Self::TO_ANALYSTS;
        }
        out.extend_from_slice(message);
        Self(out)
    }

    /// The OpenPGP message that has to be opened first; `None` when the ring alone unwraps this one.
    pub fn message(&self) -> Option<&[u8]> {
        match self.0.split_at_checked(Self::PREFIX) {
            Some(([Self::TO_ANALYSTS, ..], message)) => Some(message),
            Some(_) | None => None,
        }
    }

    /// What was in [`WrappedKey::message`]. Nothing about it is believed here: unwrapping tells whether it is the right one.
    ///
    /// # Errors
    /// [`VaultError::Malformed`] when it names another key than this one.
    pub fn opened(&self, content: &[u8]) -> Result<Self, VaultError> {
        let inner = Self(content.to_vec());
        inner.split()?;
        let name = |key: &Self| key.0.get(1..Self::PREFIX).map(<[u8]>::to_vec);
        if self.message().is_none() || name(self) != name(&inner) {
            return Err(VaultError::Malformed);
        }
        Ok(inner)
    }

    pub(crate) fn wrap(
        epoch: &EpochKey,
        case: &CaseKey,
        aad: &Aad<'_>,
    ) -> Result<Self, VaultError> {
        let nonce: [u8; 12] = kdf::random()?;
        let mut out = prefix(epoch.name, epoch.id).to_vec();
        let context = [out.as_slice(), &aad.encode()].concat();
        out.extend_from_slice(&nonce);
        out.extend(stream::wrap(
            &wrapping_key(epoch, aad),
            nonce,
            &context,
            case.key().as_ref(),
        )?);
        Ok(Self(out))
    }

    pub(crate) fn unwrap(&self, epoch: &EpochKey, aad: &Aad<'_>) -> Result<CaseKey, VaultError> {
        let split = self.split()?;
        if split.id != epoch.id {
            return Err(VaultError::OtherEpochKey(split.name));
        }
        let context = [prefix(split.name, split.id).as_slice(), &aad.encode()].concat();
        stream::unwrap(
            &wrapping_key(epoch, aad),
            split.nonce,
            &context,
            split.wrapped,
        )
        .map(|key| CaseKey::from_key(key, split.name.epoch))
    }

    fn split(&self) -> Result<Split<'_>, VaultError> {
        if self.message().is_some() {
            return Err(VaultError::SealedToAnalysts);
        }
        let (version, rest) = self.0.split_first().ok_or(VaultError::Malformed)?;
        let (name, rest) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
        let (id, rest) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
        let (nonce, wrapped) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
        if *version != Self::VERSION || wrapped.len() != 32 + stream::TAG {
            return Err(VaultError::Malformed);
        }
        Ok(Split {
            name: EpochKeyName::from_octets(*name),
            id: u32::from_be_bytes(*id),
            nonce: *nonce,
            wrapped,
        })
    }
}

/// A wrapped key taken apart, before any of it is believed.
struct Split<'a> {
    name: EpochKeyName,
    id: u32,
    nonce: [u8; 12],
    wrapped: &'a [u8],
}

impl std::fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.0.len())
    }
}

/// Each team has a key of its own in an epoch.
fn wrapping_key(epoch: &EpochKey, aad: &Aad<'_>) -> Key {
    derive(&epoch.key, "wrap-case-key", &[aad.team.as_bytes()])
}

fn prefix(name: EpochKeyName, id: u32) -> [u8; 9] {
    let [a, b, c, d] = name.octets();
    let [e, f, g, h] = id.to_be_bytes();
    [WrappedKey::VERSION, a, b, c, d, e, f, g, h]
}
