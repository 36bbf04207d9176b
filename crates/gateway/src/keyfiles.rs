//! Key files: read with care, written so that only their owner reads them.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use intake::openpgp::{self, Recipients};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;
use vault::{Epoch, InboxPublicKey, KeyRing, Ratchet};
use zeroize::Zeroizing;

use crate::config::{OpenPgp, Storage, is_credential, needed};

/// Reads the ring, and refuses a file that others may read.
pub fn ring(settings: &Storage) -> anyhow::Result<KeyRing> {
    let path = &settings.ring_file;
    needed(path, "storage.ring_file")?;
    let text = Zeroizing::new(fs::read_to_string(path).with_context(|| {
        format!(
            "storage.ring_file {}: can't be read; `pillarbox keys generate storage` makes one",
            path.display()
        )
    })?);
    private(path, "storage.ring_file")?;
    let mut ring = KeyRing::from_text(&text)
        .with_context(|| format!("storage.ring_file {}", path.display()))?;
    let folder = epoch_dir(settings);
    ring.keep_epochs_in(&folder);
    ring.kept_in(path);
    ring.check()
        .with_context(|| format!("{} with {}", path.display(), folder.display()))?;
    Ok(ring)
}

/// Changes the ring: no other process changes it or makes keys meanwhile, and at any moment the file is the old ring or the new
/// one. The old one stays beside it, as `….previous`, until the new one was read and checked.
pub fn change_ring<T>(
    settings: &Storage,
    change: impl FnOnce(&mut KeyRing) -> anyhow::Result<T>,
) -> anyhow::Result<(KeyRing, T)> {
    let path = &settings.ring_file;
    let mut changed = ring(settings)?;
    let _hold = changed.hold()?;
    changed.refresh()?;
    for folder in [path.parent(), Some(epoch_dir(settings).as_path())] {
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        vault::files::sweep(folder).with_context(|| format!("{}", folder.display()))?;
    }
    let previous = previous(settings);
    vault::files::destroy(&previous).with_context(|| format!("{}", previous.display()))?;
    let old = changed.to_text();
    let done = change(&mut changed)?;
    let writing = || format!("{} can't be written", path.display());
    vault::files::create(&previous, old.expose_secret().as_bytes(), 0o400).with_context(writing)?;
    vault::files::replace_wiped(path, changed.to_text().expose_secret().as_bytes())
        .with_context(writing)?;
    let read_back = ring(settings)?;
    vault::files::destroy(&previous).with_context(|| format!("{}", previous.display()))?;
    Ok((read_back, done))
}

/// The ring before a change that is under way, or that was broken off.
fn previous(settings: &Storage) -> PathBuf {
    let mut name = settings.ring_file.clone().into_os_string();
    name.push(".previous");
    name.into()
}

/// Makes the inbox's public key file that of the ring, also when it is lost or damaged; says whether it was another.
pub fn publish_inbox_key(settings: &Storage, ring: &KeyRing) -> anyhow::Result<bool> {
    let public = ring.inbox_public_key()?;
    if inbox_key(settings).is_ok_and(|known| known == public) {
        return Ok(false);
    }
    let path = &settings.inbox_key_file;
    let text = format!("{public}\n");
    let written = match path.try_exists() {
        Ok(false) => vault::files::create(path, text.as_bytes(), 0o444),
        Ok(true) => vault::files::replace(path, text.as_bytes()),
        Err(error) => Err(error),
    };
    written.with_context(|| format!("{} can't be written", path.display()))?;
    Ok(true)
}

/// The folder with the keys of epochs.
pub fn epoch_dir(settings: &Storage) -> PathBuf {
    let beside = || settings.ring_file.with_file_name("epochs");
    settings.epoch_dir.clone().unwrap_or_else(beside)
}

/// The analysts' certificates, as found in their folder.
pub struct Analysts {
    /// Name of the file, the certificate, and whether it can be encrypted to now.
    pub files: Vec<(String, Vec<u8>, bool)>,
    /// Those that can be encrypted to.
    pub recipients: Recipients,
}

/// Reads the analysts' certificates; fails when none of them can be encrypted to.
pub fn analysts(settings: &Storage) -> anyhow::Result<Analysts> {
    let folder = &settings.analysts_dir;
    let now = Timestamp::now();
    let listed = fs::read_dir(folder)
        .with_context(|| format!("storage.analysts_dir {}", folder.display()))?;
    let mut files = Vec::new();
    for file in listed {
        let path = file?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !ending.is_some_and(|ending| ["asc", "pgp", "gpg"].contains(&ending)) {
            continue;
        }
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let octets = fs::read(&path).with_context(|| format!("{}", path.display()))?;
        let fits = openpgp::usable_for_encryption(&octets, now);
        files.push((name, octets, fits));
    }
    files.sort();
    let usable = files.iter().filter(|(_, _, fits)| *fits);
    let usable: Vec<Vec<u8>> = usable.map(|(_, octets, _)| octets.clone()).collect();
    let recipients = Recipients::new(&usable, now).with_context(|| {
        format!(
            "storage.analysts_dir {}: no certificate (*.asc, *.pgp, *.gpg) that can be encrypted to now",
            folder.display()
        )
    })?;
    Ok(Analysts { files, recipients })
}

/// Where the key of the current month's indexes is, among the keys of months; and the first one, sealed to analysts: beside the ring.
pub fn index_ratchet(settings: &Storage) -> (PathBuf, PathBuf) {
    // It is replaced each month: only the folder of months may be written by the daemon.
    let current = epoch_dir(settings).join("index.ratchet");
    (
        current,
        settings.ring_file.with_file_name("index.first.gpg"),
    )
}

/// Makes both; never overwrites anything.
pub fn generate_index_ratchet(settings: &Storage) -> anyhow::Result<()> {
    let analysts = analysts(settings)?;
    let (current, first) = index_ratchet(settings);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let month = Epoch::of_month(today.year(), today.month()).context("the clock is wrong")?;
    let ratchet = Ratchet::generate(month).context("no randomness available")?;
    let text = ratchet.to_text();
    write_new(
        &first,
        &analysts.recipients.encrypt(text.as_bytes())?,
        0o444,
    )?;
    write_new(&current, text.as_bytes(), 0o600)
}

/// Lets the ring write the blind indexes under the current month's key.
pub fn use_index_ratchet(settings: &Storage, ring: &KeyRing) -> anyhow::Result<()> {
    let (current, _) = index_ratchet(settings);
    ring.keep_index_ratchet_in(&current)
        .with_context(|| format!("{}", current.display()))?;
    private(&current, "index.ratchet")
}

impl Analysts {
    /// Files whose certificates can't be encrypted to now: expired, revoked, without an encryption key, or no certificates.
    pub fn unusable(&self) -> impl Iterator<Item = &str> {
        let unusable = self.files.iter().filter(|(_, _, fits)| !fits);
        unusable.map(|(name, _, _)| name.as_str())
    }
}

/// Reads the public key with which the listener seals.
pub fn inbox_key(settings: &Storage) -> anyhow::Result<InboxPublicKey> {
    let path = &settings.inbox_key_file;
    let text = fs::read_to_string(path).with_context(|| {
        format!(
            "storage.inbox_key_file {}: can't be read; where the ring is, `pillarbox keys rewrap` writes it (in a new installation \
            `pillarbox keys generate storage`)",
            path.display()
        )
    })?;
    text.parse().with_context(|| {
        format!(
            "storage.inbox_key_file {}: where the ring is, `pillarbox keys rewrap` writes it again",
            path.display()
        )
    })
}

/// Makes both storage files and the folder of epochs; never overwrites anything.
pub fn generate_storage(settings: &Storage) -> anyhow::Result<()> {
    let mut ring = KeyRing::generate().context("no randomness available")?;
    let public = ring.inbox_public_key()?;
    write_new(
        &settings.ring_file,
        ring.to_text().expose_secret().as_bytes(),
        0o400,
    )?;
    let folder = epoch_dir(settings);
    private_folder(&folder)?;
    ring.begin_epochs_in(&folder)
        .with_context(|| format!("{}", folder.display()))?;
    write_new(
        &settings.inbox_key_file,
        format!("{public}\n").as_bytes(),
        0o444,
    )
}

/// The team's secret key files, sorted by name; an absent folder is an empty one.
pub fn team_files(settings: &OpenPgp) -> anyhow::Result<Vec<PathBuf>> {
    needed(&settings.secret_dir, "openpgp.secret_dir")?;
    if !settings.secret_dir.exists() {
        return Ok(Vec::new());
    }
    let files = crate::reader::secret_files(std::slice::from_ref(&settings.secret_dir))?;
    for file in &files {
        private(file, "openpgp.secret_dir")?;
    }
    Ok(files)
}

/// Writes a file that must not exist yet.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    vault::files::create(path, bytes, mode).with_context(|| {
        format!(
            "{} can't be made (an existing key is never overwritten)",
            path.display()
        )
    })
}

/// Makes a folder that only its owner may enter, when there is none.
fn private_folder(folder: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("{}", folder.display()))?;
    private(folder, "storage.epoch_dir")
}

/// The passphrase of the team keys without its line break; `None` when they have none.
pub fn passphrase(settings: &OpenPgp) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(path) = &settings.passphrase_file else {
        return Ok(None);
    };
    needed(path, "openpgp.passphrase_file")?;
    let place = || format!("openpgp.passphrase_file {}", path.display());
    let mut text = Zeroizing::new(fs::read(path).with_context(place)?);
    while text
        .last()
        .is_some_and(|octet| matches!(octet, b'\r' | b'\n'))
    {
        text.pop();
    }
    Ok(Some(text))
}

/// Refuses a file that others may read; `key` is its name in the configuration.
pub(crate) fn private(path: &Path, key: &str) -> anyhow::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 && !is_credential(path) {
        bail!(
            "{key}: {} may be read by others (mode {:o}): chmod go= it",
            path.display(),
            mode & 0o777
        );
    }
    Ok(())
}
