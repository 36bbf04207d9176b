//! Copies of what left (`outbox.copy_dir`), one file a message, numbered in the order sent.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::Letter;

/// The folder, and the next number.
pub(super) struct Copies {
    folder: PathBuf,
    next: Mutex<usize>,
}

impl Copies {
    pub(super) fn new(folder: PathBuf) -> Self {
        let next = Mutex::new(std::fs::read_dir(&folder).map_or(0, Iterator::count) + 1);
        Copies { folder, next }
    }

    /// A copy that can't be written is told, not retried: the mail itself has left.
    pub(super) fn write(&self, letter: &Letter) {
        let name = letter
            .reference
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let number = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next += 1;
            *next - 1
        };
        let path = self.folder.join(format!("{number:06}-{name}.eml"));
        let part = path.with_extension("part");
        if let Err(error) = write_then_rename(&part, &path, &letter.message) {
            tracing::warn!(%error, "outbox.copy_dir: a copy could not be written");
        }
    }
}

/// Whoever watches the folder never sees half a message.
fn write_then_rename(part: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(part, bytes)?;
    std::fs::rename(part, path)
}
