//! The team's own OpenPGP keys, which are files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use intake::openpgp::{self, Profile};
use jiff::Timestamp;

use super::read;
use crate::config::Settings;
use crate::keyfiles;
use crate::reader::Secrets;

/// Algorithms of a team key.
#[derive(Clone, Copy, ValueEnum)]
pub(in crate::cli) enum Algorithm {
    /// Ed25519 and X25519, read by GnuPG 2.2 and everything newer
    Curve25519,
    /// RSA with 4096 bits
    Rsa4096,
}

pub(super) fn generate(
    settings: &Settings,
    algorithm: Algorithm,
    days: u64,
    user_id: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let key = openpgp::generate_team_key(
        &self::user_id(settings, user_id),
        algorithm.profile(),
        Some(in_days(days)),
        Timestamp::now(),
    )?;
    let path = store(settings, &key.fingerprint, &key.secret, &key.revocation)?;
    let revocation = path.with_extension("rev");
    writeln!(out, "made {}", path.display())?;
    writeln!(out, "fingerprint {}", key.fingerprint)?;
    writeln!(
        out,
        "A revocation certificate is in {}: move it off this machine.",
        revocation.display()
    )?;
    writeln!(
        out,
        "Send SIGHUP to a running daemon; `pillarbox keys export` prints the public part."
    )?;
    Ok(())
}

/// What stands in the key: `Display name <address>` of the configuration when not given.
pub(super) fn user_id(settings: &Settings, given: Option<&str>) -> String {
    let team = &settings.team;
    given.map_or_else(
        || format!("{} <{}>", team.display_name, team.address),
        str::to_owned,
    )
}

pub(super) fn in_days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(86_400))
}

/// Writes a new key and its revocation into the folder, and says where the key is.
pub(super) fn store(
    settings: &Settings,
    fingerprint: &str,
    secret: &str,
    revocation: &str,
) -> anyhow::Result<PathBuf> {
    let folder = &settings.openpgp.secret_dir;
    let path = folder.join(format!("{fingerprint}.asc"));
    keyfiles::write_new(&path, secret.as_bytes(), 0o600)?;
    keyfiles::write_new(&path.with_extension("rev"), revocation.as_bytes(), 0o600)?;
    Ok(path)
}

impl Algorithm {
    pub(super) fn profile(self) -> Profile {
        match self {
            Algorithm::Curve25519 => Profile::Curve25519,
            Algorithm::Rsa4096 => Profile::Rsa4096,
        }
    }
}

pub(super) fn import(settings: &Settings, file: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let bytes = read(file)?;
    let passphrase = keyfiles::passphrase(&settings.openpgp)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_slice());
    let secrets = Secrets {
        passphrase,
        gnupg_home: settings.openpgp.gnupg_home.as_deref(),
    };
    let fingerprint = secrets.take(&mut openpgp::Keys::new(), &bytes, &Arc::default())?;
    let ending = if bytes.starts_with(b"-----") {
        "asc"
    } else {
        "pgp"
    };
    let path = settings
        .openpgp
        .secret_dir
        .join(format!("{fingerprint}.{ending}"));
    if path.exists() {
        anyhow::bail!(
            "{} is there already. To take this key anew, as it was extended where its primary part is kept, move that file away \
             first",
            path.display()
        );
    }
    keyfiles::write_new(&path, &bytes, 0o600)?;
    writeln!(out, "took {fingerprint} into {}", path.display())?;
    Ok(())
}
