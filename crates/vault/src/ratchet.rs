//! Keys of the blind indexes that only go forward: the gateway keeps the key of the current month, from which that of the next is
//! derived and none of those before (`threats.md` B4). Who holds the first key, sealed away when all began, holds all of them.
//!
//! ```text
//! pillarbox-index-ratchet 1 2026-11 <hex of the month's key>
//! ```

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::VaultError;
use crate::epoch::Epoch;
use crate::files;
use crate::kdf::{self, Key, derive};
use crate::ringfile::{push_hex, unhex};

const HEADER: &str = "pillarbox-index-ratchet 1";

/// The key of one month's indexes, and through it of all later ones. `Debug` shows the month.
#[derive(Clone)]
pub struct Ratchet {
    month: Epoch,
    key: Key,
}

impl Ratchet {
    /// A new one that begins with this month.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate(month: Epoch) -> Result<Self, VaultError> {
        let key = kdf::random_key()?;
        Ok(Self { month, key })
    }

    /// Its month.
    pub fn month(&self) -> Epoch {
        self.month
    }

    /// The key of this month; `None` when that is before this one's.
    pub fn at(&self, month: Epoch) -> Option<Self> {
        if month < self.month {
            return None;
        }
        let mut turned = self.clone();
        while turned.month < month {
            turned = Self {
                month: Epoch::from_number(turned.month.number().saturating_add(1)),
                key: derive(&turned.key, "index-ratchet", &[]),
            };
        }
        Some(turned)
    }

    /// As it is written to a file: secret.
    pub fn to_text(&self) -> Zeroizing<String> {
        // Room for all of it: a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(HEADER.len() + 96));
        text.push_str(HEADER);
        text.push(' ');
        text.push_str(&self.month.to_string());
        text.push(' ');
        push_hex(&mut text, self.key.as_ref());
        text.push('\n');
        text
    }

    /// Reads what [`Ratchet::to_text`] wrote.
    ///
    /// # Errors
    /// [`VaultError::RatchetText`].
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let rest = text.strip_prefix(HEADER).ok_or(VaultError::RatchetText)?;
        let mut words = rest.split_ascii_whitespace();
        let (Some(month), Some(hex), None) = (words.next(), words.next(), words.next()) else {
            return Err(VaultError::RatchetText);
        };
        let month: Epoch = month.parse().map_err(|_| VaultError::RatchetText)?;
        let key = Zeroizing::new(unhex(hex).ok_or(VaultError::RatchetText)?);
        let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| VaultError::RatchetText)?;
        match month.month() {
            Some(_) => Ok(Self {
                month,
                key: Zeroizing::new(key),
            }),
            None => Err(VaultError::RatchetText),
        }
    }
}

impl std::fmt::Debug for Ratchet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ratchet({}, …)", self.month)
    }
}

/// A key under which rows of one month's indexes are found. Made by [`crate::KeyRing::index_keys`].
pub struct IndexKey(pub(crate) Key);

/// Which keys of months a ring has.
#[derive(Default)]
pub(crate) struct Months(Mutex<Source>);

#[derive(Clone, Default)]
enum Source {
    /// All of them: they are derived from the ring.
    #[default]
    Ring,
    /// The current month's, from a file; it alone is written under.
    Current(PathBuf, Ratchet),
    /// Those since the first; the months before are the ring's.
    Since(Ratchet),
}

impl Clone for Months {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.source().clone()))
    }
}

impl Months {
    /// Takes the current month's key from a file.
    pub(crate) fn keep_in(&self, file: &Path) -> Result<(), VaultError> {
        let current = read(file)?;
        *self.source() = Source::Current(file.to_owned(), current);
        Ok(())
    }

    /// Has all keys since the first.
    pub(crate) fn open_with(&self, first: Ratchet) {
        *self.source() = Source::Since(first);
    }

    /// See [`crate::KeyRing::turn_index`].
    pub(crate) fn turn(&self, month: Epoch) -> Result<Epoch, VaultError> {
        let mut source = self.source();
        let Source::Current(file, current) = &mut *source else {
            return Ok(month);
        };
        if current.month < month {
            // Another process may have been there before.
            let stored = read(file)?;
            let next = stored.at(month.max(stored.month)).unwrap_or(stored.clone());
            if next.month > stored.month {
                files::replace_wiped(file, next.to_text().as_bytes())
                    .map_err(|error| VaultError::RatchetFile(error.kind()))?;
            }
            *current = next;
            // What a kill left at the last change of month is an old key, too (B4).
            let folder = file
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            files::sweep(folder.unwrap_or(Path::new(".")))
                .map_err(|error| VaultError::RatchetFile(error.kind()))?;
        }
        Ok(current.month)
    }

    pub(crate) fn keys(&self, ring: &Key, month: Epoch) -> Vec<IndexKey> {
        let of = |ratchet: &Ratchet| ratchet.at(month).map(|at| IndexKey(at.key));
        match &*self.source() {
            Source::Ring => vec![IndexKey(ring.clone())],
            Source::Current(_, current) if current.month == month => {
                of(current).into_iter().collect()
            }
            Source::Current(..) => Vec::new(),
            Source::Since(first) => {
                let before = (month <= first.month).then(|| IndexKey(ring.clone()));
                before.into_iter().chain(of(first)).collect()
            }
        }
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> Result<Ratchet, VaultError> {
    let text = std::fs::read_to_string(file);
    let text = Zeroizing::new(text.map_err(|error| VaultError::RatchetFile(error.kind()))?);
    Ratchet::from_text(&text)
}
