//! The team's own OpenPGP keys, which are files.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use intake::openpgp::{self, Profile};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::read;
use crate::config::Settings;
use crate::keyfiles;

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
    let team = &settings.team;
    let default = format!("{} <{}>", team.display_name, team.address);
    let profile = match algorithm {
        Algorithm::Curve25519 => Profile::Curve25519,
        Algorithm::Rsa4096 => Profile::Rsa4096,
    };
    let validity = Duration::from_secs(days.saturating_mul(86_400));
    let key = openpgp::generate_team_key(
        user_id.unwrap_or(&default),
        profile,
        Some(validity),
        Timestamp::now(),
    )?;
    let folder = &settings.openpgp.secret_dir;
    let path = folder.join(format!("{}.asc", key.fingerprint));
    keyfiles::write_new(&path, key.secret.as_bytes(), 0o600)?;
    let revocation = folder.join(format!("{}.rev", key.fingerprint));
    keyfiles::write_new(&revocation, key.revocation.as_bytes(), 0o600)?;
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

pub(super) fn import(settings: &Settings, file: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let bytes = read(file)?;
    let passphrase = match &settings.openpgp.passphrase_file {
        Some(path) => Some(Zeroizing::new(
            fs::read_to_string(path).with_context(|| format!("{}", path.display()))?,
        )),
        None => None,
    };
    let passphrase = passphrase
        .as_ref()
        .map(|text| text.trim_end_matches(['\r', '\n']).as_bytes());
    let fingerprint = openpgp::Keys::new().add_team_secret(&bytes, passphrase)?;
    let ending = if bytes.starts_with(b"-----") {
        "asc"
    } else {
        "pgp"
    };
    let path = settings
        .openpgp
        .secret_dir
        .join(format!("{fingerprint}.{ending}"));
    keyfiles::write_new(&path, &bytes, 0o600)?;
    writeln!(out, "took {fingerprint} into {}", path.display())?;
    Ok(())
}
