//! Secrets that systemd hands over: `LoadCredential=` and `LoadCredentialEncrypted=` put them into a folder that only the
//! service reads, and that a copied configuration does not have (C8).

use std::path::{Path, PathBuf};

use super::Settings;

/// systemd.exec(5)
const FOLDER: &str = "CREDENTIALS_DIRECTORY";
const PREFIX: &str = "credential:";

/// Puts the file's place where a `credential:NAME` stands. Outside the service there are no credentials: then the name stays,
/// and [`needed`] says so where the secret is wanted.
pub(super) fn find(settings: &mut Settings) -> Result<(), String> {
    let openpgp = &mut settings.openpgp;
    place(&mut openpgp.secret_dir, "openpgp.secret_dir")?;
    if let Some(file) = &mut openpgp.passphrase_file {
        place(file, "openpgp.passphrase_file")?;
    }
    if let Some(file) = &mut settings.console.oidc.client_secret_file {
        place(file, "console.oidc.client_secret_file")?;
    }
    place(&mut settings.storage.ring_file, "storage.ring_file")
}

/// Refuses a credential that is not there; `key` is its name in the configuration.
pub(crate) fn needed(path: &Path, key: &str) -> anyhow::Result<()> {
    if name(path).is_some() {
        anyhow::bail!(
            "{key}: there are no credentials here ({FOLDER} is not set): run it in a systemd service with LoadCredential="
        );
    }
    Ok(())
}

/// Whether systemd made the file: its rights are systemd's, and show a group where there is an access list.
pub(crate) fn is_credential(path: &Path) -> bool {
    folder().is_some_and(|folder| path.starts_with(folder))
}

fn place(path: &mut PathBuf, key: &str) -> Result<(), String> {
    let Some(name) = name(path) else {
        return Ok(());
    };
    if name.contains('/') || name == ".." {
        return Err(format!("{key}: {name:?} is not the name of a credential"));
    }
    if let Some(folder) = folder() {
        *path = folder.join(name);
    }
    Ok(())
}

fn name(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(PREFIX)
}

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}
