//! Analysts: who can read filed mail when the gateway can't, and sealing it to others than before.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, bail};
use clap::Subcommand;
use intake::openpgp;
use jiff::Timestamp;
use uuid::Uuid;
use vault::{Epoch, EpochKeyName, VaultError, WrappedKey};

use super::Known;
use crate::analyst::OwnKey;
use crate::audit::DEPLOYMENT;
use crate::cli::Finding;
use crate::cli::desk::Desk;
use crate::config::{ReadableBy, Settings};
use crate::{epochs, keyfiles, sealing};

/// What to do with sealed keys.
#[derive(Subcommand)]
pub(in crate::cli) enum Action {
    /// Seal the key of every filed message to the certificates that are in storage.analysts_dir now, with your own key
    #[command(
        after_help = "After a certificate was added, renewed or taken away. It may be stopped and run again.\n\
        Who was taken away keeps what he has read or copied before; new messages and new copies of the database are closed to him."
    )]
    Rewrap,
}

/// Keys that are read at once.
const BATCH: i64 = 200;

pub(super) fn generate(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    if settings.storage.readable_by != ReadableBy::Analysts {
        bail!("only for storage.readable_by = \"analysts\": set that first");
    }
    keyfiles::generate_index_ratchet(&settings.storage)?;
    let (current, first) = keyfiles::index_ratchet(&settings.storage);
    writeln!(out, "made {} and {}", current.display(), first.display())?;
    writeln!(
        out,
        "The gateway moves the first of them on with each month and can't go back. The second one is sealed to the analysts: \
        keep a copy, they search with it."
    )?;
    Ok(())
}

/// The analysts' certificates, for lists; none when the gateway may read what was filed.
pub(super) fn known(settings: &Settings) -> anyhow::Result<Vec<Known>> {
    if settings.storage.readable_by != ReadableBy::Analysts {
        return Ok(Vec::new());
    }
    let analysts = keyfiles::analysts(&settings.storage)?;
    let files = analysts.files.into_iter();
    let described = files.filter_map(|(_, bytes, _)| {
        let info = openpgp::describe(&bytes, Timestamp::now())?;
        Some(Known {
            place: "analyst",
            bytes,
            info,
            authenticated: true,
            bindings: Vec::new(),
        })
    });
    Ok(described.collect())
}

pub(super) async fn run(
    action: &Action,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match action {
        Action::Rewrap => rewrap(settings, out).await,
    }
}

/// What became of the keys.
#[derive(Default)]
struct Done {
    /// The newest key of each month: a deep reseal may have made one.
    newest: BTreeMap<Epoch, EpochKeyName>,
    sealed: usize,
    before: usize,
    erased: usize,
    closed: usize,
}

async fn rewrap(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let Some(own) = &desk.own else {
        bail!("this takes an analyst's own key: run it with --analyst");
    };
    let analysts = keyfiles::analysts(&settings.storage)?;
    if let Some(file) = analysts.unusable().next() {
        bail!("{file} can't be encrypted to now: put a current certificate there or take it away");
    }
    let count = analysts.files.len();
    desk.note(DEPLOYMENT, "rewrapped", format!("analysts={count}"))
        .await?;
    epochs::follow(&desk.store, &desk.ring, &desk.team).await?;
    let mut done = Done {
        newest: desk
            .ring
            .epoch_keys()?
            .into_iter()
            .map(|(name, _)| (name.epoch, name))
            .collect(),
        ..Done::default()
    };
    let mut after = Uuid::nil();
    loop {
        let keys = desk.store.sealed_keys(after, BATCH).await?;
        let Some((last, _)) = keys.last() else {
            break;
        };
        after = *last;
        for (case, wrapped) in &keys {
            one(&desk, own, &analysts, (*case, wrapped), &mut done).await?;
        }
    }
    index(settings, own, &analysts)?;
    writeln!(
        out,
        "{} keys sealed to {count} certificates, {} were before, {} are of erased months",
        done.sealed, done.before, done.erased
    )?;
    if done.closed > 0 {
        let text = format!("{} keys could not be opened with yours", done.closed);
        bail!(Finding(text));
    }
    Ok(())
}

async fn one(
    desk: &Desk,
    own: &OwnKey,
    analysts: &keyfiles::Analysts,
    (case, wrapped): (Uuid, &WrappedKey),
    done: &mut Done,
) -> anyhow::Result<()> {
    let name = wrapped.epoch_key()?;
    let is_newest = done.newest.get(&name.epoch) == Some(&name);
    let message = wrapped.message().unwrap_or_default();
    if is_newest && analysts.recipients.are_those_of(message) {
        done.before += 1;
        return Ok(());
    }
    let Ok(inner) = own.open(wrapped) else {
        done.closed += 1;
        return Ok(());
    };
    // What gpg gave is put in place of a good key only if it is that key.
    let inner = match desk
        .ring
        .rewrap(&inner, &sealing::case_aad(&desk.team, case))
    {
        Ok(inner) => inner,
        Err(VaultError::ErasedEpoch(_)) => {
            done.erased += 1;
            return Ok(());
        }
        Err(error) => return Err(error).with_context(|| format!("case {case}")),
    };
    let message = analysts.recipients.encrypt(inner.as_bytes())?;
    let new = inner.to_analysts(&message);
    if desk.store.replace_key(case, (wrapped, &new)).await? {
        done.sealed += 1;
    }
    Ok(())
}

/// The first index key is sealed to the same analysts.
fn index(settings: &Settings, own: &OwnKey, analysts: &keyfiles::Analysts) -> anyhow::Result<()> {
    let (_, first) = keyfiles::index_ratchet(&settings.storage);
    let place = || format!("{}", first.display());
    let message = std::fs::read(&first).with_context(place)?;
    if analysts.recipients.are_those_of(&message) {
        return Ok(());
    }
    let ratchet = own.index_ratchet(&message).with_context(place)?;
    let sealed = analysts.recipients.encrypt(ratchet.to_text().as_bytes())?;
    vault::files::replace(&first, &sealed).with_context(place)
}
