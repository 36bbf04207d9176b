//! Small secret files: never half written, never readable by others, and overwritten before they go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::kdf;

/// How names of files end that are being written.
const DRAFT: &str = ".draft";

/// A new file under a name of its own, locked as long as it has it: [`sweep`] leaves it alone.
struct Draft {
    path: PathBuf,
    _lock: File,
}

/// Writes a file that must not exist yet: whole or not at all, and on disk when this returns. Of several processes that try,
/// one succeeds. In a folder of somebody else's (when root runs this) the file gets the folder's owner.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`], and what the file system says.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = folder_of(path);
    let draft = draft(folder, bytes, mode, &fs::metadata(folder)?)?;
    // A link fails where a rename would replace what another process has written meanwhile.
    let linked = fs::hard_link(&draft.path, path);
    fs::remove_file(&draft.path)?;
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
    if let Err(error) = fs::rename(&draft.path, path) {
        fs::remove_file(&draft.path)?;
        return Err(error);
    }
    sync(folder)
}

/// As [`replace`]; what was in the file is overwritten with zeros once the new one is there, by [`sweep`] after a kill.
///
/// # Errors
/// As [`replace`].
pub fn replace_wiped(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The old one gets a second name, by which it is found again.
    let old = draft_name(folder_of(path))?;
    fs::hard_link(path, &old)?;
    let replaced = replace(path, bytes);
    if replaced.is_ok() {
        overwrite(&old)?;
    }
    remove(&old)?;
    replaced?;
    sync(folder_of(path))
}

/// Overwrites a file with zeros and removes it. It leaves its name first: a kill leaves a draft, and no file that can't be read.
/// File systems that copy on write, snapshots and backups keep what they have.
///
/// # Errors
/// What the file system says; a file that is not there is none.
pub fn destroy(path: &Path) -> io::Result<()> {
    let draft = draft_name(folder_of(path))?;
    match fs::rename(path, &draft) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        renamed => renamed?,
    }
    // The name is gone for good before the first octet is.
    sync(folder_of(path))?;
    overwrite(&draft)?;
    remove(&draft)?;
    sync(folder_of(path))
}

/// Destroys what a killed process left in a folder. Drafts that are being written are left alone: their writers hold a lock.
///
/// # Errors
/// What the file system says.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(DRAFT) && !is_held(&path)? {
            wipe(&path)?;
        }
    }
    sync(folder)
}

fn is_held(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Ok(file) => Ok(file.try_lock().is_err()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Overwrites a draft and removes it. One that has another name, too, is in use under that: a kill came between the two steps
/// that make or replace a file.
fn wipe(draft: &Path) -> io::Result<()> {
    match fs::metadata(draft) {
        Ok(known) if known.nlink() == 1 => overwrite(draft)?,
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    remove(draft)
}

fn overwrite(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.write_all(&vec![0; length])?;
    file.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Whether others than the owner may read or write a file.
///
/// # Errors
/// What the file system says.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

fn draft_name(folder: &Path) -> io::Result<PathBuf> {
    let number: [u8; 8] = kdf::random().map_err(io::Error::other)?;
    Ok(folder.join(format!(".{:016x}{DRAFT}", u64::from_be_bytes(number))))
}

fn draft(folder: &Path, bytes: &[u8], mode: u32, like: &fs::Metadata) -> io::Result<Draft> {
    let path = draft_name(folder)?;
    match write(&path, bytes, mode, like) {
        Ok(lock) => Ok(Draft { path, _lock: lock }),
        Err(error) => {
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

fn write(path: &Path, bytes: &[u8], mode: u32, like: &fs::Metadata) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    // Before anything is in it: one that is swept in this moment is empty, and the link or rename fails.
    file.lock()?;
    let own = file.metadata()?;
    if own.uid() == 0 && (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        chown(path, Some(like.uid()), Some(like.gid()))?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file)
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
