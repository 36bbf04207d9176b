//! The keys of one installation. Roots wrap the keys of epochs, those wrap case keys, inbox keys open what the listener sealed,
//! the index root feeds blind indexes and the token root everything else that is keyed.
//!
//! Rotation adds a root, makes it the primary one and wraps the few epoch keys anew ([`KeyRing::rewrap_epochs`]): nothing in
//! the database changes. After a *compromise* that is not enough: who has the old root and old files keeps the epoch keys, and
//! with old rows the case keys. Then all objects are sealed anew under new keys of all three kinds ([`KeyRing::next_epoch_key`]).

mod epochs;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zeroize::Zeroizing;

use crate::VaultError;
use crate::case::{CaseKey, WrappedKey};
use crate::entries::{self, Entry, KeyStatus};
use crate::epoch::{Epoch, EpochKeyName};
use crate::epochs::{EpochKey, Epochs, first};
use crate::folder::{Folder, Hold};
use crate::inbox::{self, InboxPublicKey};
use crate::kdf::{self, Key};
use crate::ratchet::{IndexKey, Months, Ratchet};
use crate::seal::{Aad, Sealed};

/// The keys of one installation. `Debug` shows how many there are, and nothing else.
pub struct KeyRing {
    /// Those that rotate, also in a running process ([`KeyRing::take_over`]).
    numbered: RwLock<Numbered>,
    pub(crate) index: Key,
    pub(crate) token: Key,
    opened: inbox::Opened,
    epochs: Arc<Epochs>,
    pub(crate) months: Months,
    /// Where the ring was read, to be read again.
    file: Option<PathBuf>,
}

/// The keys that are told apart by numbers.
#[derive(Clone)]
pub(crate) struct Numbered {
    pub(crate) roots: Vec<Entry>,
    pub(crate) inboxes: Vec<Entry>,
}

impl Clone for KeyRing {
    /// Keys of epochs are shared with the clone; roots that are added later are not.
    fn clone(&self) -> Self {
        Self {
            numbered: RwLock::new(self.numbered().clone()),
            index: self.index.clone(),
            token: self.token.clone(),
            opened: self.opened.clone(),
            epochs: Arc::clone(&self.epochs),
            months: self.months.clone(),
            file: self.file.clone(),
        }
    }
}

impl KeyRing {
    /// A new ring with one root and one inbox key, both number 1. Keys of epochs live as long as it does, unless
    /// [`KeyRing::begin_epochs_in`] gives them a folder.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate() -> Result<Self, VaultError> {
        let first = |key| Entry {
            kid: 1,
            status: KeyStatus::Primary,
            key: Some(key),
        };
        let numbered = Numbered {
            roots: vec![first(kdf::random_key()?)],
            inboxes: vec![first(inbox::generate_secret()?)],
        };
        let mut ring = Self::of(numbered, kdf::random_key()?, kdf::random_key()?);
        ring.epochs = Arc::new(Epochs::new(Folder::Memory(Mutex::default())));
        ring.epochs.begin(&ring.numbered().roots)?;
        Ok(ring)
    }

    /// A ring without a folder for epochs.
    pub(crate) fn of(numbered: Numbered, index: Key, token: Key) -> Self {
        Self {
            numbered: RwLock::new(numbered),
            index,
            token,
            opened: inbox::Opened::default(),
            epochs: Arc::new(Epochs::new(Folder::Nowhere)),
            months: Months::default(),
            file: None,
        }
    }

    /// Takes the keys of epochs from this folder, and makes those of new months there.
    pub fn keep_epochs_in(&mut self, folder: &Path) {
        self.epochs = Arc::new(Epochs::new(Folder::Path(folder.to_owned())));
    }

    /// The same for a new installation: makes the standing key, without which nothing else is made in the folder.
    ///
    /// # Errors
    /// [`VaultError::EpochFolder`], [`VaultError::Randomness`].
    pub fn begin_epochs_in(&mut self, folder: &Path) -> Result<(), VaultError> {
        self.keep_epochs_in(folder);
        self.epochs.begin(&self.numbered().roots)
    }

    /// The file that this ring was read from: it is read again when a key is not known, and before a month's key is made, so
    /// that a running process follows a rotation.
    pub fn kept_in(&mut self, file: &Path) {
        self.file = Some(file.to_owned());
    }

    /// Reads the ring's file again.
    ///
    /// # Errors
    /// [`VaultError::RingFile`], [`VaultError::RingText`], [`VaultError::OtherRing`].
    pub fn refresh(&self) -> Result<(), VaultError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let text = std::fs::read_to_string(file)
            .map(Zeroizing::new)
            .map_err(|error| VaultError::RingFile(error.kind()))?;
        self.take_over(&Self::from_text(&text)?)
    }

    /// Keeps other processes from changing ring and epochs as long as the value lives.
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn hold(&self) -> Result<Hold, VaultError> {
        self.epochs.hold()
    }

    /// Takes over the roots and inbox keys of a ring that was read anew, in a process that uses this one.
    ///
    /// # Errors
    /// [`VaultError::OtherRing`] when it is not the same installation's.
    pub fn take_over(&self, newer: &Self) -> Result<(), VaultError> {
        if self.index != newer.index || self.token != newer.token {
            return Err(VaultError::OtherRing);
        }
        let numbered = newer.numbered().clone();
        *self.write() = numbered;
        Ok(())
    }

    /// Rotation: adds a root, makes it the primary one, and returns its number.
    ///
    /// # Errors
    /// [`VaultError::Randomness`], [`VaultError::RingFull`].
    pub fn add_root(&mut self) -> Result<u32, VaultError> {
        entries::add(&mut self.write().roots, kdf::random_key()?)
    }

    /// Rotation of the inbox key. The listener must be given the new [`KeyRing::inbox_public_key`].
    ///
    /// # Errors
    /// As [`KeyRing::add_root`].
    pub fn add_inbox_key(&mut self) -> Result<u32, VaultError> {
        entries::add(&mut self.write().inboxes, inbox::generate_secret()?)
    }

    /// Wipes a root that wraps no epoch's key any more.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`], [`VaultError::PrimaryKey`], [`VaultError::KeyInUse`] and those of the folder.
    pub fn destroy_root(&mut self, kid: u32) -> Result<(), VaultError> {
        let mut left = self.numbered().roots.clone();
        entries::destroy(&mut left, kid)?;
        for name in self.epochs.names()? {
            if self.epochs.root_of(name)? == kid {
                return Err(VaultError::KeyInUse(kid, name));
            }
        }
        let mut offers = self.epochs.offers()?.into_iter();
        if let Some((name, _)) = offers.find(|(_, root)| *root == kid) {
            return Err(VaultError::KeyInUse(kid, name));
        }
        self.write().roots = left;
        Ok(())
    }

    /// Wipes an inbox key. The caller has made sure that no inbox row names it ([`Sealed::key_id`]).
    ///
    /// # Errors
    /// As [`KeyRing::destroy_root`].
    pub fn destroy_inbox_key(&mut self, kid: u32) -> Result<(), VaultError> {
        entries::destroy(&mut self.write().inboxes, kid)
    }

    /// From now on the blind indexes are written under the key in this file, which goes forward with the months, and the ring's
    /// own is for none.
    ///
    /// # Errors
    /// [`VaultError::RatchetFile`], [`VaultError::RatchetText`].
    pub fn keep_index_ratchet_in(&self, file: &Path) -> Result<(), VaultError> {
        self.months.keep_in(file)
    }

    /// Finds what was written under keys that followed this first one, besides what was written under the ring's before.
    pub fn open_index_with(&self, first: Ratchet) {
        self.months.open_with(first);
    }

    /// Goes forward to this month, and returns the month under whose key is written now: the one asked for, or a later one when
    /// that key is gone already. To be called with every change of month, lest the old key stays.
    ///
    /// # Errors
    /// As [`KeyRing::keep_index_ratchet_in`].
    pub fn turn_index(&self, month: Epoch) -> Result<Epoch, VaultError> {
        self.months.turn(month)
    }

    /// The keys that there are for a month's blind indexes: none when they are gone or to come, two in the month in which the
    /// ring's was given up.
    pub fn index_keys(&self, month: Epoch) -> Vec<IndexKey> {
        self.months.keys(&self.index, month)
    }

    /// The roots and what each may be used for, in the order in which they were made.
    pub fn roots(&self) -> impl Iterator<Item = (u32, KeyStatus)> + use<> {
        entries::states(&self.numbered().roots).into_iter()
    }

    /// The inbox keys, as [`KeyRing::roots`].
    pub fn inbox_keys(&self) -> impl Iterator<Item = (u32, KeyStatus)> + use<> {
        entries::states(&self.numbered().inboxes).into_iter()
    }

    /// What the listener needs in order to seal.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] when the ring has no primary inbox key; no ring that was read or made is like that.
    pub fn inbox_public_key(&self) -> Result<InboxPublicKey, VaultError> {
        let numbered = self.numbered();
        let (kid, key) = entries::primary(&numbered.inboxes)?;
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
        let kid = sealed.key_id()?;
        let secret = self.known(|ring| entries::find(&ring.numbered().inboxes, kid).cloned())?;
        inbox::open(&secret, &self.opened, aad, sealed)
    }

    /// Asks again after reading the ring's file when a key is not known: it may have been rotated meanwhile.
    fn known<T>(&self, ask: impl Fn(&Self) -> Result<T, VaultError>) -> Result<T, VaultError> {
        match ask(self) {
            Err(VaultError::UnknownKey(_)) if self.file.is_some() => {
                self.refresh()?;
                ask(self)
            }
            answer => answer,
        }
    }

    fn epoch_key(&self, name: EpochKeyName) -> Result<EpochKey, VaultError> {
        self.known(|ring| ring.epochs.open(&ring.numbered().roots, name))
    }

    /// Makes a key under the newest root, whoever else may be rotating.
    fn make(&self, name: EpochKeyName) -> Result<EpochKey, VaultError> {
        let hold = self.epochs.hold()?;
        self.refresh()?;
        self.epochs.make(&hold, &self.numbered().roots, name)?;
        // What is there now counts: another process may have been first.
        self.epoch_key(name)
    }

    /// Wipes secrets that [`KeyRing::open_inbox`] keeps for messages that came together, once none was used for a minute,
    /// and keys of months that another process erased. To be called every few seconds.
    pub fn forget_old(&self) {
        self.opened.forget_old();
        self.epochs.forget_gone();
    }

    /// A new key for a new case, which will be wrapped by the key of this epoch.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn new_case_key(&self, epoch: Epoch) -> Result<CaseKey, VaultError> {
        kdf::random_key().map(|key| CaseKey::from_key(key, epoch))
    }

    /// Wraps a case key under its epoch's newest key. `aad` binds it to its case.
    ///
    /// In memory the key is made now when it is the first case of its month; a month of a database is begun with
    /// [`KeyRing::offer_epoch`] and [`KeyRing::take_epoch`].
    ///
    /// # Errors
    /// [`VaultError::Randomness`], [`VaultError::Sealing`], [`VaultError::ErasedEpoch`], [`VaultError::NotBegun`],
    /// [`VaultError::MissingEpoch`] and [`VaultError::OtherEpochKey`] when the database names another key
    /// ([`KeyRing::follow_epochs`]), and those of the epochs' folder.
    pub fn wrap(&self, case: &CaseKey, aad: &Aad<'_>) -> Result<WrappedKey, VaultError> {
        if self.epochs.is_erased(case.epoch())? {
            return Err(VaultError::ErasedEpoch(case.epoch()));
        }
        let newest = self.epochs.newest(case.epoch())?;
        let named = self.epochs.named(case.epoch());
        let epoch = match (newest, named) {
            (Some(name), Some((wanted, _))) if name < wanted => {
                return Err(VaultError::MissingEpoch(wanted));
            }
            (None, Some((wanted, _))) => return Err(VaultError::MissingEpoch(wanted)),
            (Some(name), _) => self.epoch_key(name)?,
            (None, None) => self.make(first(case.epoch()))?,
        };
        if named.is_some_and(|(wanted, id)| wanted == epoch.name && id != epoch.commitment()) {
            return Err(VaultError::OtherEpochKey(epoch.name));
        }
        WrappedKey::wrap(&epoch, case, aad)
    }

    /// Unwraps a case key.
    ///
    /// # Errors
    /// [`VaultError::Malformed`], [`VaultError::NotAuthentic`], [`VaultError::OtherEpochKey`], [`VaultError::MissingEpoch`],
    /// [`VaultError::ErasedEpoch`], and those of the epochs' folder.
    pub fn unwrap(&self, wrapped: &WrappedKey, aad: &Aad<'_>) -> Result<CaseKey, VaultError> {
        let name = wrapped.epoch_key()?;
        wrapped.unwrap(&self.epoch_key(name)?, aad)
    }

    /// Wraps a stored case key anew under its epoch's newest key; the case's objects stay as they are.
    ///
    /// # Errors
    /// As [`KeyRing::unwrap`] and [`KeyRing::wrap`].
    pub fn rewrap(&self, wrapped: &WrappedKey, aad: &Aad<'_>) -> Result<WrappedKey, VaultError> {
        self.wrap(&self.unwrap(wrapped, aad)?, aad)
    }

    /// Seals and opens a canary under every inbox key and every epoch's key that is there.
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
        };
        for name in self.epochs.names()? {
            let epoch = self.epoch_key(name)?;
            let case = self.new_case_key(name.epoch)?;
            let opened = WrappedKey::wrap(&epoch, &case, &aad)?.unwrap(&epoch, &aad)?;
            same(case.key().as_ref(), opened.key().as_ref())?;
        }
        let numbered = self.numbered().clone();
        let aad = aad.encode();
        for (kid, secret) in entries::live(&numbered.inboxes) {
            let sealed = inbox::public_half(kid, secret)
                .ok_or(VaultError::UnknownKey(kid))?
                .seal(&aad, CANARY)?;
            same(CANARY, &self.open_inbox(&aad, &sealed)?)?;
        }
        Ok(())
    }

    pub(crate) fn numbered(&self) -> RwLockReadGuard<'_, Numbered> {
        self.numbered.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Numbered> {
        self.numbered
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbered = self.numbered();
        write!(
            f,
            "KeyRing({} roots, {} inbox keys)",
            numbered.roots.len(),
            numbered.inboxes.len()
        )
    }
}

fn same(left: &[u8], right: &[u8]) -> Result<(), VaultError> {
    if left == right {
        Ok(())
    } else {
        Err(VaultError::NotAuthentic)
    }
}
