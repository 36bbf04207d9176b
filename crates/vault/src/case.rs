//! Case keys: every object of a case has a content key of its own, wrapped under the case's key, so erasing the one
//! case key erases the case.

use zeroize::Zeroizing;

use crate::VaultError;
use crate::kdf::{self, Key, derive};
use crate::seal::{Aad, Header, Kind, Parts, Sealed, start};
use crate::stream;

/// The key of one case, in memory only. Made and unwrapped by [`crate::KeyRing`].
#[derive(Clone)]
pub struct CaseKey {
    key: Key,
    /// Tells case keys apart, so that opening with a wrong one fails early and by name. Not secret.
    id: u32,
}

impl CaseKey {
    pub(crate) fn from_key(key: Key) -> Self {
        let id = u32::from_be_bytes(kdf::head(derive(&key, "case-key-id", &[]).as_ref()));
        Self { key, id }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Seals one value for its place. The length that shows is a Padmé bucket, at least 64 octets.
    ///
    /// # Errors
    /// [`VaultError::Randomness`] (temporary) and [`VaultError::Sealing`].
    pub fn seal(&self, aad: &Aad<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let header = Header::new(Kind::Case, self.id, NO_EPOCH)?;
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

/// The epoch field of the header is reserved for keys per team and month; until they exist it is zero.
const NO_EPOCH: u16 = 0;

fn wrap_context(header: &Header, aad: &[u8]) -> Vec<u8> {
    let mut out = header.encode();
    out.extend_from_slice(aad);
    out
}

/// A case key wrapped under a root of the ring: what the database stores. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
    const VERSION: u8 = 1;

    /// The bytes to store: 65.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes what was stored. Any bytes are taken; unwrapping tells whether they are good.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The root under which the key is wrapped. A root may be destroyed once no row names it.
    ///
    /// # Errors
    /// [`VaultError::Malformed`].
    pub fn root_id(&self) -> Result<u32, VaultError> {
        self.split().map(|(kid, _, _)| kid)
    }

    pub(crate) fn wrap(
        root: &Key,
        kid: u32,
        case: &CaseKey,
        aad: &[u8],
    ) -> Result<Self, VaultError> {
        let nonce: [u8; 12] = kdf::random()?;
        let mut out = prefix(kid).to_vec();
        let context = [&out, aad].concat();
        out.extend_from_slice(&nonce);
        out.extend(stream::wrap(
            &derive(root, "wrap-case-key", &[]),
            nonce,
            &context,
            case.key().as_ref(),
        )?);
        Ok(Self(out))
    }

    pub(crate) fn unwrap(&self, root: &Key, aad: &[u8]) -> Result<CaseKey, VaultError> {
        let (kid, nonce, wrapped) = self.split()?;
        let context = [&prefix(kid), aad].concat();
        stream::unwrap(
            &derive(root, "wrap-case-key", &[]),
            nonce,
            &context,
            wrapped,
        )
        .map(CaseKey::from_key)
    }

    fn split(&self) -> Result<(u32, [u8; 12], &[u8]), VaultError> {
        let (version, rest) = self.0.split_first().ok_or(VaultError::Malformed)?;
        let (kid, rest) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
        let (nonce, wrapped) = rest.split_first_chunk().ok_or(VaultError::Malformed)?;
        if *version != Self::VERSION || wrapped.len() != 32 + stream::TAG {
            return Err(VaultError::Malformed);
        }
        Ok((u32::from_be_bytes(*kid), *nonce, wrapped))
    }
}

impl std::fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.0.len())
    }
}

fn prefix(kid: u32) -> [u8; 5] {
    let [a, b, c, d] = kid.to_be_bytes();
    [WrappedKey::VERSION, a, b, c, d]
}
