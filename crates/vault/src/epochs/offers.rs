//! How a key comes into use that a database has to name first: it is offered, named, and taken.

use std::sync::PoisonError;

use super::{EpochKey, Epochs, KeyCommitment, parse, unwrap, wrap};
use crate::VaultError;
use crate::entries::{self, Entry};
use crate::epoch::{Epoch, EpochKeyName};
use crate::folder::Hold;
use crate::kdf;

const OFFER: &str = ".offer";

impl Epochs {
    /// Offers a key of this name: the one that is there, one that was offered before, or a new one.
    pub(crate) fn offer(
        &self,
        _hold: &Hold,
        roots: &[Entry],
        name: EpochKeyName,
    ) -> Result<KeyCommitment, VaultError> {
        // Proves that this is the right folder, and the right ring.
        self.open(roots, self.standing()?)?;
        if self.is_erased(name.epoch)? {
            return Err(VaultError::ErasedEpoch(name.epoch));
        }
        if self.folder.has(&name.file_name())? {
            return Ok(self.open(roots, name)?.commitment());
        }
        if let Some(offered) = self.offered(roots, name)? {
            return Ok(offered);
        }
        let (kid, root) = entries::primary(roots)?;
        let key = kdf::random_key()?;
        let text = wrap(root, kid, name, &key)?;
        self.folder.create(&offer_file(name), &text)?;
        Ok(EpochKey::new(name, key).commitment())
    }

    /// Takes the offered key into use when it is the one that the database names; destroys it when it is not.
    pub(crate) fn take(
        &self,
        _hold: &Hold,
        roots: &[Entry],
        name: EpochKeyName,
        wanted: KeyCommitment,
    ) -> Result<(), VaultError> {
        if self.is_erased(name.epoch)? {
            return Err(VaultError::ErasedEpoch(name.epoch));
        }
        let is_there = self.folder.has(&name.file_name())?;
        if !is_there && self.offered(roots, name)? == Some(wanted) {
            return self.folder.rename(&offer_file(name), &name.file_name());
        }
        self.folder.destroy(&offer_file(name))?;
        if !is_there {
            return Err(VaultError::MissingEpoch(name));
        }
        if self.open(roots, name)?.commitment() != wanted {
            return Err(VaultError::OtherEpochKey(name));
        }
        Ok(())
    }

    fn offered(
        &self,
        roots: &[Entry],
        name: EpochKeyName,
    ) -> Result<Option<KeyCommitment>, VaultError> {
        let Some(text) = self.folder.read(&offer_file(name))? else {
            return Ok(None);
        };
        let key = unwrap(roots, name, &text)?;
        Ok(Some(EpochKey::new(name, key).commitment()))
    }

    /// Takes over which keys the database names: the newest of each epoch.
    pub(crate) fn follow(&self, named: &[(EpochKeyName, KeyCommitment)]) {
        let mut known = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
        for (name, commitment) in named {
            let newest = known.entry(name.epoch).or_insert((*name, *commitment));
            if newest.0 < *name {
                *newest = (*name, *commitment);
            }
        }
    }

    /// The newest key of an epoch that the database names, as far as [`Epochs::follow`] has heard.
    pub(crate) fn named(&self, epoch: Epoch) -> Option<(EpochKeyName, KeyCommitment)> {
        let known = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&epoch).copied()
    }

    /// Destroys what killed processes left.
    pub(crate) fn sweep(&self, _hold: &Hold) -> Result<(), VaultError> {
        self.folder.sweep()
    }

    /// Keys that are offered, with the root under which each is wrapped.
    pub(crate) fn offers(&self) -> Result<Vec<(EpochKeyName, u32)>, VaultError> {
        let files = self.folder.names()?;
        let mut offers = Vec::new();
        for name in files.iter().filter_map(|file| offer_of(file)) {
            if let Some(text) = self.folder.read(&offer_file(name))? {
                offers.push((name, parse(name, &text)?.0));
            }
        }
        Ok(offers)
    }

    /// The same for what is offered.
    pub(crate) fn rewrap_offers(&self, roots: &[Entry]) -> Result<(), VaultError> {
        for (name, _) in self.offers()? {
            let file = offer_file(name);
            if let Some(text) = self.folder.read(&file)? {
                self.rewrap_file(roots, name, (&file, &text))?;
            }
        }
        Ok(())
    }

    /// Destroys what was offered for an epoch.
    pub(super) fn drop_offers(&self, epoch: Epoch) -> Result<(), VaultError> {
        for file in self.folder.names()? {
            if offer_of(&file).is_some_and(|name| name.epoch == epoch) {
                self.folder.destroy(&file)?;
            }
        }
        Ok(())
    }
}

fn offer_file(name: EpochKeyName) -> String {
    format!("{name}{OFFER}")
}

fn offer_of(file: &str) -> Option<EpochKeyName> {
    let name = file.strip_suffix(OFFER)?;
    EpochKeyName::of_file(&format!("{name}.epoch"))
}
