//! Small secret files: never half written, never readable by others, and overwritten before they go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::kdf;

/// How names of files end that are being written.
const DRAFT: &str = ".draft";

/// Writes a file that must not exist yet: whole or not at all, and on disk when this returns. Of several processes that try,
/// one succeeds. In a folder of somebody else's (when root runs this) the file gets the folder's owner.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`], and what the file system says.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = folder_of(path);
    let draft = draft(folder, bytes, mode, &fs::metadata(folder)?)?;
    // A link fails where a rename would replace what another process has written meanwhile.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked?;
    sync(folder)
}

/// Replaces a file: at any moment there is the old one or the new one, whole. Mode and owner stay.
///
/// # Errors
/// What the file system says; the old file is there then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let known = fs::metadata(path)?;
    let draft = draft(folder, bytes, known.permissions().mode() & 0o7777, &known)?;
    if let Err(error) = fs::rename(&draft, path) {
        fs::remove_file(&draft)?;
        return Err(error);
    }
    sync(folder)
}

/// Overwrites a file with zeros and removes it. File systems that copy on write, snapshots and backups keep what they have.
///
/// # Errors
/// What the file system says; a file that is not there is none.
pub fn destroy(path: &Path) -> io::Result<()> {
    let length = match fs::metadata(path) {
        Ok(known) => usize::try_from(known.len()).unwrap_or(0),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(&vec![0; length])?;
    file.sync_all()?;
    fs::remove_file(path)?;
    sync(folder_of(path))
}

/// Destroys drafts that a killed process left in a folder. No other process may be writing there.
///
/// # Errors
/// What the file system says.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(DRAFT) {
            destroy(&path)?;
        }
    }
    Ok(())
}

/// Whether others than the owner may read or write a file.
///
/// # Errors
/// What the file system says.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

fn draft(folder: &Path, bytes: &[u8], mode: u32, like: &fs::Metadata) -> io::Result<PathBuf> {
    let number: [u8; 8] = kdf::random().map_err(io::Error::other)?;
    let path = folder.join(format!(".{:016x}{DRAFT}", u64::from_be_bytes(number)));
    let written = write(&path, bytes, mode, like);
    if written.is_err() {
        let _ = fs::remove_file(&path);
    }
    written.map(|()| path)
}

fn write(path: &Path, bytes: &[u8], mode: u32, like: &fs::Metadata) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    let own = file.metadata()?;
    if own.uid() == 0 && (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        chown(path, Some(like.uid()), Some(like.gid()))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
