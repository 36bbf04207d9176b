//! Storage keys: the ring, the keys of months, and the inbox key.

use std::io::Write;

use anyhow::bail;
use clap::Subcommand;
use serde_json::json;
use vault::{KeyRing, KeyStatus};

use crate::cli::Finding;
use crate::cli::confirm::{Consent, confirm};
use crate::config::Settings;
use crate::epochs::{self, EpochFault};
use crate::keyfiles;
use crate::store::Store;

/// Which key to destroy.
#[derive(Subcommand)]
pub(in crate::cli) enum Destroy {
    /// A root of the ring
    Storage {
        /// Its number, as `keys list` shows it
        kid: u32,
        #[command(flatten)]
        consent: Consent,
    },
    /// An inbox key
    Inbox {
        /// Its number
        kid: u32,
        #[command(flatten)]
        consent: Consent,
    },
}

pub(super) fn generate(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    keyfiles::generate_storage(&settings.storage)?;
    writeln!(
        out,
        "made {}, {} and {}",
        settings.storage.ring_file.display(),
        keyfiles::epoch_dir(&settings.storage).display(),
        settings.storage.inbox_key_file.display()
    )?;
    writeln!(
        out,
        "Keep a copy of the ring off this machine, and one of the folder that follows it every month: without both every \
        ticket is lost. Keep neither with backups of the database."
    )?;
    Ok(())
}

pub(super) fn list(ring: &KeyRing, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let roots = ring.roots().map(|(kid, status)| ("storage", kid, status));
    let inboxes = ring
        .inbox_keys()
        .map(|(kid, status)| ("inbox", kid, status));
    for (place, kid, status) in roots.chain(inboxes) {
        let status = word(status);
        if as_json {
            let line = json!({"place": place, "kid": kid, "status": status});
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{place} key {kid}: {status}")?;
        }
    }
    for (name, root) in ring.epoch_keys()? {
        if as_json {
            let (epoch, generation) = (name.epoch.to_string(), name.generation);
            let line =
                json!({"place": "epoch", "epoch": epoch, "generation": generation, "root": root});
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "key of {name}: under storage key {root}")?;
        }
    }
    Ok(())
}

fn word(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Primary => "primary",
        KeyStatus::DecryptOnly => "decryptonly",
        KeyStatus::Destroyed => "destroyed",
    }
}

pub(super) fn rotate(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let (_, kid) = keyfiles::change_ring(&settings.storage, |ring| Ok(ring.add_root()?))?;
    writeln!(out, "storage key {kid} is the primary one")?;
    rewrap(settings, out)?;
    writeln!(
        out,
        "Copy the ring off this machine again. Running daemons need not be told. Nothing in the database changed: whoever has \
        the old ring and the old folder still has the keys of its months (`pillarbox keys reseal`). When no copy is needed \
        any more: `pillarbox keys destroy storage NUMBER`."
    )?;
    Ok(())
}

pub(super) fn rewrap(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let ring = keyfiles::ring(&settings.storage)?;
    // What an earlier one left that was killed.
    ring.sweep()?;
    let _hold = ring.hold()?;
    ring.refresh()?;
    let mut count = 0;
    for (name, _) in ring.epoch_keys()? {
        count += u32::from(ring.rewrap_epoch(name)?);
    }
    ring.rewrap_offers()?;
    ring.check()?;
    writeln!(out, "wrapped anew: {count}")?;
    if keyfiles::publish_inbox_key(&settings.storage, &ring)? {
        writeln!(
            out,
            "wrote {} again, from the ring: copy it to listeners on other machines",
            settings.storage.inbox_key_file.display()
        )?;
    }
    Ok(())
}

pub(super) fn rotate_inbox(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let (ring, kid) = keyfiles::change_ring(&settings.storage, |ring| Ok(ring.add_inbox_key()?))?;
    keyfiles::publish_inbox_key(&settings.storage, &ring)?;
    writeln!(
        out,
        "inbox key {kid} is the primary one; it is in {}",
        settings.storage.inbox_key_file.display()
    )?;
    writeln!(
        out,
        "Copy that file to listeners on other machines. Running ones follow within ten seconds, or on SIGHUP; the old key \
        goes on opening what waits."
    )?;
    Ok(())
}

pub(super) async fn destroy(
    settings: &Settings,
    which: &Destroy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let kid = match which {
        Destroy::Storage { kid, consent } => {
            let question = format!(
                "Storage key {kid} will be gone, and with it what copies of the old folder of months could open. Go on?"
            );
            confirm(consent, &question)?;
            keyfiles::change_ring(&settings.storage, |ring| Ok(ring.destroy_root(*kid)?))?;
            kid
        }
        Destroy::Inbox { kid, consent } => {
            let store = Store::new(&settings.database)?;
            check_unused(&store, *kid).await?;
            let question = format!(
                "A listener that still seals with inbox key {kid} would lose what it takes, and a message may take 45 minutes to \
                 come in. Have all had the new file for an hour?"
            );
            confirm(consent, &question)?;
            // Something may have come while the question stood.
            check_unused(&store, *kid).await?;
            keyfiles::change_ring(&settings.storage, |ring| Ok(ring.destroy_inbox_key(*kid)?))?;
            kid
        }
    };
    writeln!(
        out,
        "key {kid} is destroyed; destroy copies of the old ring, too"
    )?;
    Ok(())
}

/// Whether the folder of months has the keys that the database names. On a machine without a ring, which only takes mail, and
/// without a database nothing is said against it.
pub(super) async fn check(
    settings: &Settings,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Ok(ring) = keyfiles::ring(&settings.storage) else {
        return Ok(());
    };
    let Ok(store) = Store::new(&settings.database) else {
        return Ok(());
    };
    let found = match epochs::compare(&store, &ring, &settings.team.name).await {
        Ok(found) => found,
        Err(EpochFault::Store(fault)) => {
            if !as_json {
                writeln!(out, "keys of months: not compared ({fault})")?;
            }
            return Ok(());
        }
        Err(EpochFault::Vault(fault)) => return Err(fault.into()),
    };
    let findings = found.findings();
    if !findings.is_empty() {
        return Err(Finding(findings.join("\n")).into());
    }
    if !as_json {
        let right = found.right;
        writeln!(out, "keys of months: {right}, as the database names them")?;
    }
    Ok(())
}

async fn check_unused(store: &Store, kid: u32) -> anyhow::Result<()> {
    let waiting = store.waiting_under(kid).await?;
    if waiting > 0 {
        bail!(
            "{waiting} messages wait in the inbox under key {kid}: let the worker file them first"
        );
    }
    Ok(())
}
