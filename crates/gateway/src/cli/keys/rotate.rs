//! Changes to the team's keys: `keys rotate team`, `keys extend`, `keys revoke`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use intake::openpgp::{self, CertInfo};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::read;
use super::team::{Algorithm, in_days, user_id};
use crate::cli::Finding;
use crate::config::Settings;
use crate::keyfiles;

/// A team key's file.
struct KeyFile {
    path: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
    info: CertInfo,
}

/// What the next key is like.
pub(super) struct Next {
    pub algorithm: Algorithm,
    pub days: u64,
    /// Days until it begins to sign.
    pub begins: u64,
}

/// Makes the next key, certified by the present one. The old key goes on decrypting; the new one signs from its first day.
pub(super) fn team(settings: &Settings, next: &Next, out: &mut impl Write) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let files = team_files(settings, now)?;
    let present = files
        .iter()
        .find(|file| file.info.can_sign)
        .or(files.first())
        .context(
            "there is no team key to follow: `pillarbox keys generate team` makes the first",
        )?;
    // The newest that may sign signs, so the next one is younger whatever the clock says.
    let begins = (now + SignedDuration::from_secs(seconds(next.begins)))
        .max(present.info.created + SignedDuration::from_secs(1));
    let user_id = user_id(settings, None);
    let made = openpgp::generate_team_key(
        &user_id,
        next.algorithm.profile(),
        Some(in_days(next.days)),
        begins,
    )?;
    let passphrase = keyfiles::passphrase(&settings.openpgp)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_slice());
    let secret = openpgp::certify_next(&present.bytes, passphrase, made.secret.as_bytes(), now)
        .context(
            "the present key can't certify the next one; if it is locked, openpgp.passphrase_file must hold its passphrase, \
             with which the next one is locked, too",
        )?;
    let path = super::team::store(settings, &made.fingerprint, &secret, &made.revocation)?;
    writeln!(out, "made {}", path.display())?;
    writeln!(
        out,
        "fingerprint {}, certified by {}",
        made.fingerprint, present.info.fingerprint
    )?;
    let day = begins.strftime("%Y-%m-%d");
    let publish = if next.begins > 0 {
        format!(
            "Give the new key to your partners now: `pillarbox keys export {}`. From {day} on publish it: `pillarbox publish DIR` \
             writes the old one until then.",
            made.fingerprint
        )
    } else {
        "Publish the new key: `pillarbox publish DIR`, key servers, your website, your RFC 2350 page, your partners."
            .to_owned()
    };
    writeln!(
        out,
        "\nWhat to do now:\n\
         1. Send SIGHUP to a running daemon: it reads mail for both keys, and signs with the new one from {day}.\n\
         2. {publish}\n\
         3. Move {}.rev off this machine.\n\
         4. Keep the old key as long as mail for it may come, at least a year: it goes on decrypting.",
        made.fingerprint
    )?;
    Ok(())
}

/// Moves the end of a key's validity; the file is replaced at one stroke.
pub(super) fn extend(
    settings: &Settings,
    name: Option<&str>,
    days: u64,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let files = team_files(settings, now)?;
    let file = match name {
        Some(name) => files.iter().find(|file| file.is_called(name)),
        None => files
            .iter()
            .find(|file| file.info.can_sign)
            .or(files.first()),
    };
    let file = file.ok_or_else(|| Finding("no such team key".into()))?;
    if file.info.revoked {
        bail!("{} is revoked: it can't be extended", file.info.fingerprint);
    }
    let until = now + SignedDuration::from_secs(seconds(days));
    let passphrase = keyfiles::passphrase(&settings.openpgp)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_slice());
    let secret = extended(file, passphrase, until)?;
    replace(&file.path, &secret)?;
    writeln!(
        out,
        "{} is valid until {}: send SIGHUP to a running daemon, and publish the key again (`pillarbox publish DIR`)",
        file.info.fingerprint,
        until.strftime("%Y-%m-%d")
    )?;
    Ok(())
}

/// OpenPGP counts in seconds: a binding made in the second of the one before may not count, or count here and not for GnuPG, so it is
/// made again in the next.
fn extended(
    file: &KeyFile,
    passphrase: Option<&[u8]>,
    until: Timestamp,
) -> anyhow::Result<Zeroizing<String>> {
    let before = openpgp::newest_signature(&file.bytes);
    for _ in 0..3 {
        let now = Timestamp::now();
        let secret = openpgp::extend(&file.bytes, passphrase, until, now)?;
        let soon = now + SignedDuration::from_secs(2);
        let info = openpgp::describe(secret.as_bytes(), soon);
        let end = info.and_then(|info| info.usable_until);
        let is_newer = openpgp::newest_signature(secret.as_bytes()) > before;
        if is_newer && end.is_some_and(|end| (end.as_second() - until.as_second()).abs() < 60) {
            wait_until_it_counts(&secret);
            return Ok(secret);
        }
        std::thread::park_timeout(Duration::from_secs(1));
    }
    bail!("the new end does not count: is the clock behind the key's?")
}

/// A signature that replaces one of the same second is dated a second later, and GnuPG drops it when the key is imported before that.
fn wait_until_it_counts(secret: &str) {
    let made = openpgp::newest_signature(secret.as_bytes());
    let limit = Timestamp::now() + SignedDuration::from_secs(5);
    while made.is_some_and(|made| Timestamp::now() < made.min(limit)) {
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Takes a revocation certificate into the key it is for.
pub(super) fn revoke(
    settings: &Settings,
    revocation: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let revocation = read(revocation)?;
    for file in team_files(settings, now)? {
        if let Some(secret) = openpgp::revoke(&file.bytes, &revocation, now)? {
            replace(&file.path, &secret)?;
            writeln!(
                out,
                "{} is revoked: it still decrypts, and signs no more. Send SIGHUP to a running daemon, and publish the revoked key: \
                 `pillarbox keys export {0}`",
                file.info.fingerprint
            )?;
            return Ok(());
        }
    }
    Err(Finding("it revokes none of the team keys".into()).into())
}

/// Every team key, the newest first.
fn team_files(settings: &Settings, now: Timestamp) -> anyhow::Result<Vec<KeyFile>> {
    let mut files = Vec::new();
    for path in keyfiles::team_files(&settings.openpgp)? {
        let bytes = Zeroizing::new(fs::read(&path)?);
        let info = openpgp::describe(&bytes, now)
            .with_context(|| format!("{} is not an OpenPGP key", path.display()))?;
        files.push(KeyFile { path, bytes, info });
    }
    files.sort_by_key(|file| std::cmp::Reverse(file.info.created));
    Ok(files)
}

impl KeyFile {
    fn is_called(&self, name: &str) -> bool {
        self.info
            .fingerprint
            .eq_ignore_ascii_case(&name.replace(' ', ""))
    }
}

fn seconds(days: u64) -> i64 {
    i64::try_from(days.saturating_mul(86_400)).unwrap_or(i64::MAX)
}

fn replace(path: &Path, secret: &str) -> anyhow::Result<()> {
    vault::files::replace(path, secret.as_bytes())
        .with_context(|| format!("{} can't be replaced", path.display()))
}
