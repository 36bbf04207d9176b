//! Numbered keys: one is the primary one, the others open only, and a destroyed one keeps its number.

use crate::VaultError;
use crate::kdf::Key;

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

/// Adds a key and makes it the primary one.
pub(crate) fn add(entries: &mut Vec<Entry>, key: Key) -> Result<u32, VaultError> {
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

pub(crate) fn destroy(entries: &mut [Entry], kid: u32) -> Result<(), VaultError> {
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

pub(crate) fn primary(entries: &[Entry]) -> Result<(u32, &Key), VaultError> {
    entries
        .iter()
        .filter(|entry| entry.status == KeyStatus::Primary)
        .find_map(|entry| entry.key.as_ref().map(|key| (entry.kid, key)))
        .ok_or(VaultError::UnknownKey(0))
}

pub(crate) fn find(entries: &[Entry], kid: u32) -> Result<&Key, VaultError> {
    let entry = entries
        .iter()
        .find(|entry| entry.kid == kid)
        .ok_or(VaultError::UnknownKey(kid))?;
    entry.key.as_ref().ok_or(VaultError::DestroyedKey(kid))
}

pub(crate) fn live(entries: &[Entry]) -> impl Iterator<Item = (u32, &Key)> {
    entries
        .iter()
        .filter_map(|entry| entry.key.as_ref().map(|key| (entry.kid, key)))
}

pub(crate) fn states(entries: &[Entry]) -> Vec<(u32, KeyStatus)> {
    entries
        .iter()
        .map(|entry| (entry.kid, entry.status))
        .collect()
}
