//! The child process: limits first, then keys, then one job after the other until the pipe closes.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use intake::openpgp::{self, Bound, Correspondent, Keys};
use intake::reading;
use intake::tlsrpt;
use jiff::Timestamp;
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use zeroize::Zeroizing;

use super::agent::Secrets;
use super::{Done, Job, frame};

/// Runs until standard input ends.
pub fn run(
    secrets: &[PathBuf],
    passphrase_file: Option<&Path>,
    gnupg_home: Option<&Path>,
    certifiers: &[PathBuf],
    cpu: u64,
    memory: u64,
) -> anyhow::Result<()> {
    confine(memory)?;
    let away = Arc::default();
    let mut keys = load_keys(secrets, passphrase_file, gnupg_home, &away)?;
    add_certifiers(&mut keys, certifiers)?;
    // Not the standard library's handles: their buffers would remember the last message (T75).
    let mut input = fs::File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = fs::File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    output.write_all(&[1])?;
    output.flush()?;
    let mut prefix = [0; 4];
    while input.read_exact(&mut prefix).is_ok() {
        let length = frame::length(prefix).context("a frame is too large")?;
        let mut bytes = Zeroizing::new(vec![0; length]);
        input.read_exact(&mut bytes)?;
        let job: Job = postcard::from_bytes(&bytes).context("a frame is damaged")?;
        drop(bytes);
        allow_cpu(cpu)?;
        let mut done =
            catch_unwind(AssertUnwindSafe(|| work(&keys, job))).unwrap_or(Done::Panicked);
        // What was read without the key says nothing of the message.
        if away.load(Ordering::Relaxed) {
            done = Done::KeysAway;
        }
        let frame = frame::encode(&done).context("an answer is too large")?;
        output.write_all(&frame)?;
        output.flush()?;
    }
    Ok(())
}

/// No core, and no ptrace by others: for every process that holds keys (T75).
pub fn hide_memory() -> anyhow::Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::process::setrlimit(Resource::Core, no_more_than(0))?;
    Ok(())
}

/// Bounded memory, shown to nobody, and gone when the parent goes.
fn confine(memory: u64) -> anyhow::Result<()> {
    hide_memory()?;
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    rustix::process::setrlimit(Resource::Data, no_more_than(memory))?;
    Ok(())
}

fn no_more_than(value: u64) -> Rlimit {
    Rlimit {
        current: Some(value),
        maximum: Some(value),
    }
}

/// The kernel ends the process when it has used `seconds` more.
fn allow_cpu(seconds: u64) -> anyhow::Result<()> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let until = u64::try_from(used.tv_sec)?
        .saturating_add(seconds)
        .saturating_add(1);
    rustix::process::setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(until),
            maximum: None,
        },
    )?;
    Ok(())
}

/// Reads every key file; a key that can't be used is an error, since mail for it would go unread.
fn load_keys(
    secrets: &[PathBuf],
    passphrase_file: Option<&Path>,
    gnupg_home: Option<&Path>,
    away: &Arc<AtomicBool>,
) -> anyhow::Result<Keys> {
    let passphrase = match passphrase_file {
        Some(path) => Some(Zeroizing::new(
            fs::read_to_string(path)
                .with_context(|| format!("openpgp.passphrase_file {}", path.display()))?,
        )),
        None => None,
    };
    let passphrase = passphrase
        .as_ref()
        .map(|text| text.trim_end_matches(['\r', '\n']).as_bytes());
    let from = Secrets {
        passphrase,
        gnupg_home,
    };
    let mut keys = Keys::new();
    for (path, bytes) in newest_first(secret_files(secrets)?)? {
        from.take(&mut keys, &bytes, away)
            .with_context(|| format!("secret key {}", path.display()))?;
    }
    Ok(keys)
}

fn add_certifiers(keys: &mut Keys, paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        let place = || format!("openpgp.certifiers {}", path.display());
        if keys.add_certifiers(&fs::read(path).with_context(place)?) == 0 {
            bail!("{}: there is no certificate in it", place());
        }
    }
    Ok(())
}

/// The first key that can sign signs, so the newest comes first.
fn newest_first(paths: Vec<PathBuf>) -> anyhow::Result<Vec<(PathBuf, Zeroizing<Vec<u8>>)>> {
    let mut keys = Vec::new();
    for path in paths {
        let bytes = Zeroizing::new(
            fs::read(&path).with_context(|| format!("secret key {}", path.display()))?,
        );
        let created = openpgp::describe(&bytes, Timestamp::now()).map(|info| info.created);
        keys.push((created, path, bytes));
    }
    keys.sort_by_key(|(created, _, _)| std::cmp::Reverse(*created));
    Ok(keys
        .into_iter()
        .map(|(_, path, bytes)| (path, bytes))
        .collect())
}

/// Files as given; of folders, the `*.asc` and `*.pgp` in them, sorted by name.
pub(crate) fn secret_files(secrets: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in secrets {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut found: Vec<PathBuf> = fs::read_dir(path)
            .with_context(|| format!("openpgp.secret_dir {}", path.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "asc" || extension == "pgp")
            })
            .collect();
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

fn work(keys: &Keys, job: Job) -> Done {
    match job {
        Job::Read {
            raw,
            correspondents,
            now,
        } => {
            let raw = Zeroizing::new(raw);
            let correspondents: Vec<Correspondent<'_>> = correspondents
                .iter()
                .map(|signer| Correspondent {
                    cert: &signer.certificate,
                    authenticated: signer.authenticated,
                    bound: match &signer.addresses {
                        Some(addresses) => Bound::Addresses(addresses),
                        None => Bound::UserIds,
                    },
                })
                .collect();
            let mut reading = reading::read(&raw, keys, &correspondents, now);
            let octets = std::mem::take(&mut reading.octets);
            Done::Read(Box::new(reading), octets)
        }
        Job::Part { raw, part, now } => {
            Done::Part(reading::part(&Zeroizing::new(raw), keys, now, &part))
        }
        Job::Sign { entity, now } => {
            let signature = openpgp::sign_detached(keys, &entity, now).ok();
            Done::Signed(
                signature.map(|signature| (signature.armored, signature.micalg.to_owned())),
            )
        }
        Job::Encrypt {
            entity,
            recipients,
            hidden,
            now,
        } => Done::Encrypted(encrypt(keys, &entity, &recipients, hidden, now)),
        Job::TeamCard { now } => Done::TeamCard(openpgp::team_card(keys, now).map(Box::new)),
        Job::TlsReport { raw } => {
            let report = tlsrpt::read(&Zeroizing::new(raw));
            Done::TlsReport(report.map(|report| report.to_json()))
        }
        Job::Vet { octets, held, now } => {
            Done::Vetted(openpgp::vet(keys, &octets, held.as_deref(), now))
        }
        Job::Review {
            certificate,
            key,
            reference,
            now,
        } => Done::Reviewed(openpgp::review(&certificate, &key, reference, now)),
        Job::Certify {
            certificate,
            address,
            now,
        } => Done::Certified(openpgp::certify(keys, &certificate, &address, now)),
    }
}

fn encrypt(
    keys: &Keys,
    entity: &[u8],
    recipients: &[Vec<u8>],
    hidden: bool,
    now: Timestamp,
) -> Option<String> {
    let usable: Vec<&[u8]> = recipients
        .iter()
        .map(Vec::as_slice)
        .filter(|certificate| openpgp::usable_for_encryption(certificate, now))
        .collect();
    if usable.is_empty() {
        return None;
    }
    if hidden {
        openpgp::encrypt_hidden(keys, entity, &usable, now).ok()
    } else {
        openpgp::encrypt(keys, entity, &usable, true, now).ok()
    }
}
