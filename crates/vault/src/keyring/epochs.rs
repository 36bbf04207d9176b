//! Keys of epochs: begun, named, renewed, wrapped anew and destroyed.

use super::KeyRing;
use crate::VaultError;
use crate::epoch::{Epoch, EpochKeyName};
use crate::epochs::{self, KeyCommitment};

impl KeyRing {
    /// Takes over which keys of epochs the database names; those that are not the newest of their epoch may be among them.
    /// Nothing is wrapped under another key of these epochs from then on.
    pub fn follow_epochs(&self, named: &[(EpochKeyName, KeyCommitment)]) {
        self.epochs.follow(named);
    }

    /// Whether [`KeyRing::follow_epochs`] has heard of a key of this epoch.
    pub fn is_named(&self, epoch: Epoch) -> bool {
        self.epochs.named(epoch).is_some()
    }

    /// The newest key of this epoch that the database names, when it is not in the folder; `None` also when the folder can't be
    /// read.
    pub fn lacking(&self, epoch: Epoch) -> Option<EpochKeyName> {
        let here = self.epochs.newest(epoch).ok()?;
        let (named, _) = self.epochs.named(epoch)?;
        (here < Some(named)).then_some(named)
    }

    /// Keys that are offered and were not taken yet.
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn offered_epochs(&self) -> Result<Vec<EpochKeyName>, VaultError> {
        let offers = self.epochs.offers()?.into_iter();
        Ok(offers.map(|(name, _)| name).collect())
    }

    /// The newest key of an epoch in the folder; `None` when there is none.
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn newest_epoch_key(&self, epoch: Epoch) -> Result<Option<EpochKeyName>, VaultError> {
        self.epochs.newest(epoch)
    }

    /// What the database is to know of a key.
    ///
    /// # Errors
    /// [`VaultError::MissingEpoch`], and those of the epochs' folder.
    pub fn commitment(&self, name: EpochKeyName) -> Result<KeyCommitment, VaultError> {
        Ok(self.epoch_key(name)?.commitment())
    }

    /// Offers a key of this name to the database: the one that is there, or one that wraps nothing before it is taken.
    ///
    /// # Errors
    /// [`VaultError::ErasedEpoch`], [`VaultError::Randomness`], and those of the epochs' folder.
    pub fn offer_epoch(&self, name: EpochKeyName) -> Result<KeyCommitment, VaultError> {
        let hold = self.epochs.hold()?;
        self.refresh()?;
        self.epochs.offer(&hold, &self.numbered().roots, name)
    }

    /// Takes the key into use that the database named, when it is the one that was offered here; destroys the offer when it is
    /// not.
    ///
    /// # Errors
    /// [`VaultError::MissingEpoch`] when another machine has it, [`VaultError::OtherEpochKey`] when there is another file of its
    /// name, [`VaultError::ErasedEpoch`], and those of the epochs' folder.
    pub fn take_epoch(&self, name: EpochKeyName, wanted: KeyCommitment) -> Result<(), VaultError> {
        let hold = self.epochs.hold()?;
        self.epochs
            .take(&hold, &self.numbered().roots, name, wanted)
    }

    /// Destroys what killed processes left in the folder, and waits for those that are writing there.
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn sweep(&self) -> Result<(), VaultError> {
        let hold = self.epochs.hold()?;
        self.epochs.sweep(&hold)
    }

    /// The keys of epochs that are there, with the root that wraps each, in order.
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn epoch_keys(&self) -> Result<Vec<(EpochKeyName, u32)>, VaultError> {
        let names = self.epochs.names()?.into_iter();
        names
            .map(|name| Ok((name, self.epochs.root_of(name)?)))
            .collect()
    }

    /// Months that were erased with [`KeyRing::erase_epoch`].
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn erased_epochs(&self) -> Result<Vec<Epoch>, VaultError> {
        self.epochs.erased()
    }

    /// Whether a month was erased with [`KeyRing::erase_epoch`].
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn is_erased(&self, epoch: Epoch) -> Result<bool, VaultError> {
        self.epochs.is_erased(epoch)
    }

    /// Wraps what is offered ([`KeyRing::offer_epoch`]) anew under the primary root.
    ///
    /// # Errors
    /// As [`KeyRing::rewrap_epoch`].
    pub fn rewrap_offers(&self) -> Result<(), VaultError> {
        self.epochs.rewrap_offers(&self.numbered().roots)
    }

    /// Wraps the key of one epoch anew under the primary root; `false` when it is already.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`], [`VaultError::DestroyedKey`], and those of the epochs' folder.
    pub fn rewrap_epoch(&self, name: EpochKeyName) -> Result<bool, VaultError> {
        self.epochs.rewrap(&self.numbered().roots, name)
    }

    /// The name of the key that would be made next for an epoch.
    ///
    /// # Errors
    /// [`VaultError::RingFull`], and those of the epochs' folder.
    pub fn next_epoch_key(&self, epoch: Epoch) -> Result<EpochKeyName, VaultError> {
        match self.epochs.newest(epoch)? {
            Some(newest) => newest.next().ok_or(VaultError::RingFull),
            None => Ok(epochs::first(epoch)),
        }
    }

    /// Destroys one key of an epoch. The caller has made sure that no stored key names it ([`WrappedKey::epoch_key`]).
    ///
    /// # Errors
    /// Those of the epochs' folder.
    pub fn destroy_epoch_key(&self, name: EpochKeyName) -> Result<(), VaultError> {
        let _hold = self.epochs.hold()?;
        self.epochs.destroy(name)
    }

    /// Destroys all keys of a month for good: whatever they wrapped can't be opened any more, in any copy of the database.
    /// Returns those that were there. It may be called again after a fault, or for a month that has no key.
    ///
    /// # Errors
    /// [`VaultError::ErasedEpoch`] for the standing epoch, and those of the epochs' folder.
    pub fn erase_epoch(&self, epoch: Epoch) -> Result<Vec<EpochKeyName>, VaultError> {
        self.epochs.erase(epoch)
    }
}
