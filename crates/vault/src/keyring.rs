//! The keys of one installation. Roots wrap case keys, inbox keys open what the listener sealed, the index root feeds
//! blind indexes and the token root everything else that is keyed.
//!
//! Rotation adds a root and makes it the primary one: nothing that is stored changes, only case keys are wrapped anew
//! ([`KeyRing::rewrap`]). After a *compromise* that is not enough: who has the old root and old rows keeps the case keys.

use zeroize::Zeroizing;

use crate::VaultError;
use crate::case::{CaseKey, WrappedKey};
use crate::inbox::{self, InboxPublicKey};
use crate::kdf::{self, Key};
use crate::seal::{Aad, Sealed};

/// What a key may still be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// Seals and opens. Exactly one of its kind.
    Primary,
    /// Opens only.
    DecryptOnly,
    /// Its bytes are gone; its number is never used again.
    Destroyed,
}

/// One numbered key. `key` is `None` when and only when it is destroyed.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) kid: u32,
    pub(crate) status: KeyStatus,
    pub(crate) key: Option<Key>,
}

/// The keys of one installation. `Debug` shows how many there are, and nothing else.
#[derive(Clone)]
pub struct KeyRing {
    pub(crate) roots: Vec<Entry>,
    pub(crate) inboxes: Vec<Entry>,
    pub(crate) index: Key,
    pub(crate) token: Key,
    pub(crate) opened: inbox::Opened,
}

impl KeyRing {
    /// A new ring with one root and one inbox key, both number 1.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate() -> Result<Self, VaultError> {
        let first = |key| Entry {
            kid: 1,
            status: KeyStatus::Primary,
            key: Some(key),
        };
        Ok(Self {
            roots: vec![first(kdf::random_key()?)],
            inboxes: vec![first(inbox::generate_secret()?)],
            index: kdf::random_key()?,
            token: kdf::random_key()?,
            opened: inbox::Opened::default(),
        })
    }

    /// Rotation: adds a root, makes it the primary one, and returns its number.
    ///
    /// # Errors
    /// [`VaultError::Randomness`], [`VaultError::RingFull`].
    pub fn add_root(&mut self) -> Result<u32, VaultError> {
        add(&mut self.roots, kdf::random_key()?)
    }

    /// Rotation of the inbox key. The listener must be given the new [`KeyRing::inbox_public_key`].
    ///
    /// # Errors
    /// As [`KeyRing::add_root`].
    pub fn add_inbox_key(&mut self) -> Result<u32, VaultError> {
        add(&mut self.inboxes, inbox::generate_secret()?)
    }

    /// Wipes a root. The caller has made sure that no stored key names it ([`WrappedKey::root_id`]).
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`], [`VaultError::PrimaryKey`].
    pub fn destroy_root(&mut self, kid: u32) -> Result<(), VaultError> {
        destroy(&mut self.roots, kid)
    }

    /// Wipes an inbox key. The caller has made sure that no inbox row names it ([`Sealed::key_id`]).
    ///
    /// # Errors
    /// As [`KeyRing::destroy_root`].
    pub fn destroy_inbox_key(&mut self, kid: u32) -> Result<(), VaultError> {
        destroy(&mut self.inboxes, kid)
    }

    /// The roots and what each may be used for, in the order in which they were made.
    pub fn roots(&self) -> impl Iterator<Item = (u32, KeyStatus)> {
        self.roots.iter().map(|entry| (entry.kid, entry.status))
    }

    /// The inbox keys, as [`KeyRing::roots`].
    pub fn inbox_keys(&self) -> impl Iterator<Item = (u32, KeyStatus)> {
        self.inboxes.iter().map(|entry| (entry.kid, entry.status))
    }

    /// What the listener needs in order to seal.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] when the ring has no primary inbox key; no ring that was read or made is like that.
    pub fn inbox_public_key(&self) -> Result<InboxPublicKey, VaultError> {
        let (kid, key) = primary(&self.inboxes)?;
        inbox::public_half(kid, key).ok_or(VaultError::UnknownKey(kid))
    }

    /// Opens what the listener sealed.
    ///
    /// # Errors
    /// [`VaultError::Malformed`], [`VaultError::UnknownKey`], [`VaultError::DestroyedKey`], [`VaultError::NotAuthentic`].
    pub fn open_inbox(
        &self,
        aad: &[u8],
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        inbox::open(
            find(&self.inboxes, sealed.key_id()?)?,
            &self.opened,
            aad,
            sealed,
        )
    }

    /// Wipes secrets that [`KeyRing::open_inbox`] keeps for messages that came together, once none was used for a minute.
    /// To be called every few seconds.
    pub fn forget_old(&self) {
        self.opened.forget_old();
    }

    /// A new key for a new case.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn new_case_key(&self) -> Result<CaseKey, VaultError> {
        kdf::random_key().map(CaseKey::from_key)
    }

    /// Wraps a case key under the primary root. `aad` binds it to its case.
    ///
    /// # Errors
    /// [`VaultError::Randomness`], [`VaultError::Sealing`].
    pub fn wrap(&self, case: &CaseKey, aad: &Aad<'_>) -> Result<WrappedKey, VaultError> {
        let (kid, root) = primary(&self.roots)?;
        WrappedKey::wrap(root, kid, case, &aad.encode())
    }

    /// Unwraps a case key.
    ///
    /// # Errors
    /// As [`KeyRing::open_inbox`].
    pub fn unwrap(&self, wrapped: &WrappedKey, aad: &Aad<'_>) -> Result<CaseKey, VaultError> {
        wrapped.unwrap(find(&self.roots, wrapped.root_id()?)?, &aad.encode())
    }

    /// Wraps a stored case key anew under the primary root; the case's objects stay as they are.
    ///
    /// # Errors
    /// As [`KeyRing::unwrap`] and [`KeyRing::wrap`].
    pub fn rewrap(&self, wrapped: &WrappedKey, aad: &Aad<'_>) -> Result<WrappedKey, VaultError> {
        self.wrap(&self.unwrap(wrapped, aad)?, aad)
    }

    /// Seals and opens a canary under every key that is not destroyed.
    ///
    /// # Errors
    /// The first failure.
    pub fn check(&self) -> Result<(), VaultError> {
        const CANARY: &[u8] = b"canary";
        let aad = Aad {
            team: "",
            table: "check",
            column: "canary",
            case: [0; 16],
            row: [0; 16],
        }
        .encode();
        for (kid, root) in live(&self.roots) {
            let case = self.new_case_key()?;
            let opened = WrappedKey::wrap(root, kid, &case, &aad)?.unwrap(root, &aad)?;
            same(case.key().as_ref(), opened.key().as_ref())?;
        }
        for (kid, secret) in live(&self.inboxes) {
            let sealed = inbox::public_half(kid, secret)
                .ok_or(VaultError::UnknownKey(kid))?
                .seal(&aad, CANARY)?;
            same(CANARY, &self.open_inbox(&aad, &sealed)?)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "KeyRing({} roots, {} inbox keys)",
            self.roots.len(),
            self.inboxes.len()
        )
    }
}

fn add(entries: &mut Vec<Entry>, key: Key) -> Result<u32, VaultError> {
    let last = entries.iter().map(|entry| entry.kid).max().unwrap_or(0);
    let kid = last.checked_add(1).ok_or(VaultError::RingFull)?;
    for entry in entries
        .iter_mut()
        .filter(|entry| entry.status == KeyStatus::Primary)
    {
        entry.status = KeyStatus::DecryptOnly;
    }
    entries.push(Entry {
        kid,
        status: KeyStatus::Primary,
        key: Some(key),
    });
    Ok(kid)
}

fn destroy(entries: &mut [Entry], kid: u32) -> Result<(), VaultError> {
    let entry = entries
        .iter_mut()
        .find(|entry| entry.kid == kid)
        .ok_or(VaultError::UnknownKey(kid))?;
    if entry.status == KeyStatus::Primary {
        return Err(VaultError::PrimaryKey(kid));
    }
    entry.status = KeyStatus::Destroyed;
    entry.key = None;
    Ok(())
}

fn primary(entries: &[Entry]) -> Result<(u32, &Key), VaultError> {
    entries
        .iter()
        .filter(|entry| entry.status == KeyStatus::Primary)
        .find_map(|entry| entry.key.as_ref().map(|key| (entry.kid, key)))
        .ok_or(VaultError::UnknownKey(0))
}

fn find(entries: &[Entry], kid: u32) -> Result<&Key, VaultError> {
    let entry = entries
        .iter()
        .find(|entry| entry.kid == kid)
        .ok_or(VaultError::UnknownKey(kid))?;
    entry.key.as_ref().ok_or(VaultError::DestroyedKey(kid))
}

fn live(entries: &[Entry]) -> impl Iterator<Item = (u32, &Key)> {
    entries
        .iter()
        .filter_map(|entry| entry.key.as_ref().map(|key| (entry.kid, key)))
}

fn same(left: &[u8], right: &[u8]) -> Result<(), VaultError> {
    if left == right {
        Ok(())
    } else {
        Err(VaultError::NotAuthentic)
    }
}
