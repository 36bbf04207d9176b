//! The keys of epochs: one small file each, wrapped by a root, in a folder that is *not* in the database. Destroying such a
//! file shreds all cases of its month at once, in every copy of the database there is.
//!
//! ```text
//! standing.1.epoch     pillarbox-epoch 1 standing.1 root 2 <hex of nonce and wrapped key>
//! 2026-11.1.epoch
//! 2026-12.1.offer      made, and not named by the database yet: it wraps nothing
//! 2026-10.erased       no key is ever made or taken for this month again
//! ```
//!
//! A month's key is made in three steps, so that machines that don't share a folder never use two for one month: it is offered
//! here, the database names the first that it hears of ([`EpochKeyName`] and a commitment), and only that one becomes the file.
//! A folder that belongs to no database, in memory, makes keys as they are needed. The standing one is made together with the
//! ring: a folder without it is the wrong folder, and nothing is made there.

mod offers;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::VaultError;
use crate::entries::{self, Entry};
use crate::epoch::{Epoch, EpochKeyName};
use crate::folder::{Folder, Hold};
use crate::kdf::{self, Key, derive};
use crate::ringfile::{push_hex, unhex};
use crate::stream;

const HEADER: &str = "pillarbox-epoch 1";
const ERASED: &str = ".erased";

/// Tells an epoch's key from any other without giving it away: what the database knows of it.
pub type KeyCommitment = [u8; 16];

/// The key of an epoch, opened.
#[derive(Clone)]
pub(crate) struct EpochKey {
    pub(crate) name: EpochKeyName,
    pub(crate) key: Key,
    /// Tells it from another key of the same name, as another machine's folder may hold. Not secret.
    pub(crate) id: u32,
}

impl EpochKey {
    fn new(name: EpochKeyName, key: Key) -> Self {
        let id = u32::from_be_bytes(kdf::head(derive(&key, "epoch-key-id", &[]).as_ref()));
        Self { name, key, id }
    }

    pub(crate) fn commitment(&self) -> KeyCommitment {
        let context = self.name.octets();
        kdf::head(derive(&self.key, "epoch-key-commitment", &[&context]).as_ref())
    }
}

/// The folder, and the keys in it that were opened so far.
pub(crate) struct Epochs {
    folder: Folder,
    opened: Mutex<BTreeMap<EpochKeyName, EpochKey>>,
    /// The newest key of each epoch that the database names.
    named: Mutex<BTreeMap<Epoch, (EpochKeyName, KeyCommitment)>>,
}

impl Epochs {
    pub(crate) fn new(folder: Folder) -> Self {
        Self {
            folder,
            opened: Mutex::default(),
            named: Mutex::default(),
        }
    }

    /// Keeps other processes from making keys, and from changing the ring, as long as the value lives.
    pub(crate) fn hold(&self) -> Result<Hold, VaultError> {
        self.folder.hold()
    }

    /// Makes a key of an epoch for a folder that belongs to no database, unless it is there already.
    pub(crate) fn make(
        &self,
        _hold: &Hold,
        roots: &[Entry],
        name: EpochKeyName,
    ) -> Result<(), VaultError> {
        if !self.folder.is_memory() {
            return Err(VaultError::NotBegun(name));
        }
        self.write_new(roots, name).map(drop)
    }

    /// Makes the standing key of a new installation.
    pub(crate) fn begin(&self, roots: &[Entry]) -> Result<(), VaultError> {
        let name = first(Epoch::STANDING);
        if self.write_new(roots, name)? {
            Ok(())
        } else {
            Err(VaultError::EpochFile(name, "there is one already"))
        }
    }

    pub(crate) fn open(&self, roots: &[Entry], name: EpochKeyName) -> Result<EpochKey, VaultError> {
        if let Some(known) = self.opened().get(&name) {
            return Ok(known.clone());
        }
        let text = self.text(name)?;
        let opened = EpochKey::new(name, unwrap(roots, name, &text)?);
        self.opened().insert(name, opened.clone());
        Ok(opened)
    }

    /// All keys that are there, in order; without those of erased months, which somebody may have put back.
    pub(crate) fn names(&self) -> Result<Vec<EpochKeyName>, VaultError> {
        let erased = self.erased()?;
        let mut names = self.all_names()?;
        names.retain(|name| !erased.contains(&name.epoch));
        Ok(names)
    }

    fn all_names(&self) -> Result<Vec<EpochKeyName>, VaultError> {
        let names = self.folder.names()?;
        let mut found: Vec<EpochKeyName> = names
            .iter()
            .filter_map(|name| EpochKeyName::of_file(name))
            .collect();
        found.sort();
        Ok(found)
    }

    /// The root under which a key is wrapped.
    pub(crate) fn root_of(&self, name: EpochKeyName) -> Result<u32, VaultError> {
        parse(name, &self.text(name)?).map(|(kid, _)| kid)
    }

    /// Wraps a key anew under the primary root, when it is not; says whether it was not.
    pub(crate) fn rewrap(&self, roots: &[Entry], name: EpochKeyName) -> Result<bool, VaultError> {
        let text = self.text(name)?;
        self.rewrap_file(roots, name, (&name.file_name(), &text))
    }

    fn rewrap_file(
        &self,
        roots: &[Entry],
        name: EpochKeyName,
        (file, text): (&str, &str),
    ) -> Result<bool, VaultError> {
        let (primary, root) = entries::primary(roots)?;
        if parse(name, text)?.0 == primary {
            return Ok(false);
        }
        let key = unwrap(roots, name, text)?;
        self.folder
            .replace(file, &wrap(root, primary, name, &key)?)?;
        Ok(true)
    }

    /// Destroys one key.
    pub(crate) fn destroy(&self, name: EpochKeyName) -> Result<(), VaultError> {
        self.opened().remove(&name);
        self.folder.destroy(&name.file_name())
    }

    /// Destroys all keys of a month, for good: none is made for it again, and an old file that comes back is not taken.
    pub(crate) fn erase(&self, epoch: Epoch) -> Result<Vec<EpochKeyName>, VaultError> {
        if epoch == Epoch::STANDING {
            return Err(VaultError::ErasedEpoch(epoch));
        }
        let _hold = self.hold()?;
        // First of all: whoever makes a key of the month must not do so between the two steps.
        self.folder.create(&erased_file(epoch), "")?;
        let mut names = self.all_names()?;
        names.retain(|name| name.epoch == epoch);
        for name in &names {
            self.destroy(*name)?;
        }
        self.drop_offers(epoch)?;
        // A rotation that was killed may have left the month's key in a draft.
        self.folder.sweep()?;
        Ok(names)
    }

    /// Months that were erased.
    pub(crate) fn erased(&self) -> Result<Vec<Epoch>, VaultError> {
        let names = self.folder.names()?;
        let mut found: Vec<Epoch> = names
            .iter()
            .filter_map(|name| name.strip_suffix(ERASED)?.parse().ok())
            .collect();
        found.sort();
        Ok(found)
    }

    pub(crate) fn is_erased(&self, epoch: Epoch) -> Result<bool, VaultError> {
        self.folder.has(&erased_file(epoch))
    }

    /// Wipes keys from memory whose files are gone: another process erased their month.
    pub(crate) fn forget_gone(&self) {
        let known: Vec<EpochKeyName> = self.opened().keys().copied().collect();
        for name in known {
            if self.folder.has(&name.file_name()) == Ok(false) {
                self.opened().remove(&name);
            }
        }
    }

    /// The highest generation that is there; `None` when the epoch has no key yet.
    pub(crate) fn newest(&self, epoch: Epoch) -> Result<Option<EpochKeyName>, VaultError> {
        let highest = EpochKeyName {
            epoch,
            generation: u16::MAX,
        };
        let opened = self
            .opened()
            .range(first(epoch)..=highest)
            .next_back()
            .map(|(name, _)| *name);
        if let Some(name) = opened
            && let Some(next) = name.next()
            && self.folder.has(&name.file_name())?
            && !self.folder.has(&next.file_name())?
        {
            return Ok(Some(name));
        }
        let mut names = self.names()?;
        names.retain(|name| name.epoch == epoch);
        Ok(names.pop())
    }

    fn standing(&self) -> Result<EpochKeyName, VaultError> {
        let newest = self.newest(Epoch::STANDING)?;
        newest.ok_or(VaultError::MissingEpoch(first(Epoch::STANDING)))
    }

    fn write_new(&self, roots: &[Entry], name: EpochKeyName) -> Result<bool, VaultError> {
        let (kid, root) = entries::primary(roots)?;
        let text = wrap(root, kid, name, &kdf::random_key()?)?;
        self.folder.create(&name.file_name(), &text)
    }

    fn text(&self, name: EpochKeyName) -> Result<String, VaultError> {
        if self.is_erased(name.epoch)? {
            return Err(VaultError::ErasedEpoch(name.epoch));
        }
        let text = self.folder.read(&name.file_name())?;
        text.ok_or(VaultError::MissingEpoch(name))
    }

    fn opened(&self) -> MutexGuard<'_, BTreeMap<EpochKeyName, EpochKey>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn first(epoch: Epoch) -> EpochKeyName {
    EpochKeyName {
        epoch,
        generation: 1,
    }
}

fn erased_file(epoch: Epoch) -> String {
    format!("{epoch}{ERASED}")
}

fn wrap(root: &Key, kid: u32, name: EpochKeyName, key: &Key) -> Result<String, VaultError> {
    let nonce: [u8; 12] = kdf::random()?;
    let wrapped = stream::wrap(
        &derive(root, "wrap-epoch-key", &[]),
        nonce,
        &context(name, kid),
        key.as_ref(),
    )?;
    let mut text = format!("{HEADER} {name} root {kid} ");
    push_hex(&mut text, &nonce);
    push_hex(&mut text, &wrapped);
    text.push('\n');
    Ok(text)
}

fn unwrap(roots: &[Entry], name: EpochKeyName, text: &str) -> Result<Key, VaultError> {
    let (kid, sealed) = parse(name, text)?;
    let (nonce, wrapped) = sealed
        .split_first_chunk()
        .ok_or(VaultError::EpochFile(name, "the key is cut off"))?;
    let root = derive(entries::find(roots, kid)?, "wrap-epoch-key", &[]);
    stream::unwrap(&root, *nonce, &context(name, kid), wrapped).map_err(|_| {
        VaultError::EpochFile(
            name,
            "it does not authenticate: damaged, or of another installation",
        )
    })
}

/// The root's number and what it wraps.
fn parse(name: EpochKeyName, text: &str) -> Result<(u32, Vec<u8>), VaultError> {
    let fault = |problem| VaultError::EpochFile(name, problem);
    let rest = text
        .strip_prefix(HEADER)
        .ok_or(fault("not the key of an epoch, version 1"))?;
    let mut words = rest.split_ascii_whitespace();
    let (Some(own), Some("root"), Some(kid), Some(hex), None) = (
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) else {
        return Err(fault("a name, a root and a key are wanted"));
    };
    if own != name.to_string() {
        return Err(fault("it is the key of another epoch"));
    }
    let kid = kid
        .parse()
        .map_err(|_| fault("the root's number can't be read"))?;
    let sealed = unhex(hex).ok_or(fault("the key is not hexadecimal digits"))?;
    Ok((kid, sealed))
}

fn context(name: EpochKeyName, kid: u32) -> Vec<u8> {
    [
        b"pillarbox/v1/epoch".as_slice(),
        &name.octets(),
        &kid.to_be_bytes(),
    ]
    .concat()
}
