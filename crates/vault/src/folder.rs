//! The folder of epochs: on disk, or in memory for tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::VaultError;
use crate::epoch::EpochKeyName;
use crate::files;

/// See [`crate::KeyRing::hold`].
#[must_use]
pub struct Hold(#[expect(dead_code, reason = "the lock goes when it is closed")] Option<File>);

/// Where the files are.
pub(crate) enum Folder {
    /// A ring that was only read: it can't wrap.
    Nowhere,
    /// Gone with the ring.
    Memory(Mutex<BTreeMap<String, String>>),
    /// On disk.
    Path(PathBuf),
}

impl Folder {
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => Ok(lock(held).get(name).cloned()),
            Folder::Path(folder) => read(&folder.join(name), name),
        }
    }

    /// Says whether it was made: `false` when it is there already.
    pub(crate) fn create(&self, name: &str, text: &str) -> Result<bool, VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => {
                let mut held = lock(held);
                let is_new = !held.contains_key(name);
                held.entry(name.to_owned())
                    .or_insert_with(|| text.to_owned());
                Ok(is_new)
            }
            Folder::Path(folder) => {
                match files::create(&folder.join(name), text.as_bytes(), 0o400) {
                    Ok(()) => Ok(true),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
                    Err(error) => Err(VaultError::EpochFolder(error.kind())),
                }
            }
        }
    }

    pub(crate) fn replace(&self, name: &str, text: &str) -> Result<(), VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => {
                lock(held).insert(name.to_owned(), text.to_owned());
                Ok(())
            }
            Folder::Path(folder) => {
                files::replace_wiped(&folder.join(name), text.as_bytes()).map_err(fault)
            }
        }
    }

    pub(crate) fn destroy(&self, name: &str) -> Result<(), VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => {
                lock(held).remove(name);
                Ok(())
            }
            Folder::Path(folder) => files::destroy(&folder.join(name)).map_err(fault),
        }
    }

    /// Gives a file another name, which no other has.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => {
                let mut held = lock(held);
                if let Some(text) = held.remove(from) {
                    held.insert(to.to_owned(), text);
                }
                Ok(())
            }
            Folder::Path(folder) => {
                std::fs::rename(folder.join(from), folder.join(to)).map_err(fault)?;
                File::open(folder)
                    .and_then(|folder| folder.sync_all())
                    .map_err(fault)
            }
        }
    }

    /// Destroys what killed processes left.
    pub(crate) fn sweep(&self) -> Result<(), VaultError> {
        match self {
            Folder::Nowhere | Folder::Memory(_) => Ok(()),
            Folder::Path(folder) => files::sweep(folder).map_err(fault),
        }
    }

    /// Whether the folder ends with the process that made it.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Folder::Memory(_))
    }

    pub(crate) fn has(&self, name: &str) -> Result<bool, VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => Ok(lock(held).contains_key(name)),
            Folder::Path(folder) => folder.join(name).try_exists().map_err(fault),
        }
    }

    pub(crate) fn hold(&self) -> Result<Hold, VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(_) => Ok(Hold(None)),
            Folder::Path(folder) => {
                let held = File::open(folder).map_err(fault)?;
                held.lock().map_err(fault)?;
                Ok(Hold(Some(held)))
            }
        }
    }

    pub(crate) fn names(&self) -> Result<Vec<String>, VaultError> {
        match self {
            Folder::Nowhere => Err(VaultError::NoEpochs),
            Folder::Memory(held) => Ok(lock(held).keys().cloned().collect()),
            Folder::Path(folder) => std::fs::read_dir(folder)
                .map_err(fault)?
                .map(|file| {
                    let name = file.map_err(fault)?.file_name();
                    Ok(name.to_string_lossy().into_owned())
                })
                .collect(),
        }
    }
}

fn read(path: &Path, name: &str) -> Result<Option<String>, VaultError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    match (EpochKeyName::of_file(name), files::is_open_to_others(path)) {
        (Some(name), Ok(true)) => Err(VaultError::EpochFile(
            name,
            "it may be read by others: chmod go= it",
        )),
        (Some(_) | None, Ok(_)) => Ok(Some(text)),
        (Some(_) | None, Err(error)) => Err(fault(error)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn fault(error: std::io::Error) -> VaultError {
    VaultError::EpochFolder(error.kind())
}

fn lock(held: &Mutex<BTreeMap<String, String>>) -> MutexGuard<'_, BTreeMap<String, String>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
