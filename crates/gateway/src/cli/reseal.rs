//! `keys reseal --deep`: after a compromise, new keys for everything that is stored.
//!
//! Whoever has old rows, the old ring and the old folder of months has the keys of what those rows hold. Here every month
//! gets a new key, every case a new key under it, and every value is sealed anew under the case's new one: with what was
//! stolen, nothing opens that is in the database afterwards. One transaction a case; what was done stays done.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use uuid::Uuid;
use vault::{CaseKey, Epoch, EpochKeyName, KeyRing};

use super::Finding;
use super::desk::Desk;
use crate::config::Settings;
use crate::sealing;
use crate::store::{SealedPlace, Store};

/// Cases taken from the list at one time.
const BATCH: i64 = 500;

/// What to seal anew.
#[derive(Args)]
pub(in crate::cli) struct Options {
    /// The values themselves, and not only their keys
    #[arg(long, required = true)]
    deep: bool,
    /// One ticket
    #[arg(required_unless_present_any = ["month", "all"])]
    ticket: Option<String>,
    /// The cases of one month, as 2026-11; `standing` for certificates and peers
    #[arg(long, conflicts_with_all = ["ticket", "all"])]
    month: Option<Epoch>,
    /// Everything, after a rotation of the ring
    #[arg(long, conflicts_with = "ticket")]
    all: bool,
    /// Seconds to wait for workers that had an old key in hand, before it is destroyed
    #[arg(long, hide = true, default_value_t = 60)]
    grace: u64,
}

pub(in crate::cli) async fn run(
    options: &Options,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let store = Store::new(&settings.database)?;
    if options.all && !store.is_resealing().await? {
        // The keys of months are no safer than the root that wraps them.
        super::keys::rotate_storage(settings, out)?;
    }
    let desk = Desk::new(settings)?;
    if let Some(reference) = &options.ticket {
        return ticket(&desk, reference, out).await;
    }
    let epochs = match options.month {
        Some(month) => vec![month],
        None => epochs(&desk).await?,
    };
    for epoch in epochs {
        whole(&desk, epoch, Duration::from_secs(options.grace), out).await?;
    }
    writeln!(
        out,
        "Backups of the database from before need the old folder of months. Make a new backup first, copy the folder off this \
         machine again, and then destroy the old copies of both."
    )?;
    Ok(())
}

/// Epochs of which there are rows.
async fn epochs(desk: &Desk) -> anyhow::Result<Vec<Epoch>> {
    let named = desk.store.epochs_named().await?.into_iter();
    let mut epochs: Vec<Epoch> = named.map(|(epoch, _)| from_number(epoch)).collect();
    epochs.dedup();
    Ok(epochs)
}

async fn ticket(desk: &Desk, reference: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let serial = desk.serial(reference)?;
    let rows = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let Some(ticket) = rows.first() else {
        return Err(super::erase::missing(desk, serial).await?.into());
    };
    let epoch = ticket.wrapped.epoch_key()?.epoch;
    desk.ring.renew_epoch(epoch)?;
    let count = case(desk, ticket.id)
        .await?
        .ok_or_else(|| Finding("it is gone".into()))?;
    writeln!(
        out,
        "{}: {count} values sealed anew",
        desk.reference(serial)
    )?;
    Ok(())
}

/// Seals all cases of an epoch anew, and destroys the keys that wrapped them.
async fn whole(
    desk: &Desk,
    epoch: Epoch,
    grace: Duration,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let number = i32::from(epoch.number());
    let generation = match desk.store.resealing(number, None).await? {
        Some(generation) => generation,
        None => {
            let name = desk.ring.renew_epoch(epoch)?;
            let begin = Some(i32::from(name.generation));
            let begun = desk.store.resealing(number, begin).await?;
            begun.context("a reseal was begun and ended by somebody else")?
        }
    };
    let renewed = Instant::now();
    let (mut cases, mut values) = (0_u64, 0);
    loop {
        let failed = pass(
            desk,
            number,
            generation,
            &mut (&mut cases, &mut values),
            out,
        )
        .await?;
        if failed > 0 {
            bail!(
                "{failed} cases of {epoch} can't be opened and stay as they are, and so do the old keys"
            );
        }
        // A worker may have wrapped a key before there was a new one, and commit it now.
        let left = grace.saturating_sub(renewed.elapsed());
        let is_settled = left.is_zero();
        tokio::time::sleep(left).await;
        if is_settled {
            break;
        }
    }
    destroy_older(&desk.ring, epoch, generation)?;
    desk.store.resealed(number).await?;
    writeln!(out, "{epoch}: {cases} cases, {values} values sealed anew")?;
    Ok(())
}

/// Seals what is left of an epoch anew; returns how many cases could not be opened.
async fn pass(
    desk: &Desk,
    epoch: i32,
    generation: i32,
    done: &mut (&mut u64, &mut u64),
    out: &mut impl Write,
) -> anyhow::Result<u64> {
    let total = desk.store.count_cases_of(epoch).await?;
    let (mut after, mut failed) = (Uuid::nil(), 0);
    loop {
        let list = desk
            .store
            .cases_of(epoch, Some(generation), after, BATCH)
            .await?;
        let Some(&last) = list.last() else {
            return Ok(failed);
        };
        for id in list {
            match case(desk, id).await {
                Ok(values) => {
                    *done.0 += 1;
                    *done.1 += values.unwrap_or(0);
                }
                Err(error) => {
                    failed += 1;
                    writeln!(out, "case {id}: {error:#}")?;
                }
            }
        }
        writeln!(out, "{}: {} of {total}", from_number(epoch), done.0)?;
        after = last;
    }
}

/// Seals one case anew, under a new key; returns how many values, `None` when it is gone.
async fn case(desk: &Desk, id: Uuid) -> anyhow::Result<Option<u64>> {
    let Some(mut work) = desk.store.take_case(id).await? else {
        return Ok(None);
    };
    if work.wrapped.message().is_some() {
        bail!(
            "sealed to analysts: `pillarbox keys analysts rewrap --analyst` puts it under the new key, then go on here"
        );
    }
    let old = sealing::case_key(&desk.ring, &desk.team, id, &work.wrapped)?;
    let new = desk.ring.new_case_key(old.epoch())?;
    let mut count = 0;
    for place in work.places().await? {
        let sealed = work.read(&place).await?;
        let anew = sealed_anew((&old, &new), &desk.team, id, &place, &sealed)
            .with_context(|| format!("{} of {}", place.column.name(), place.row))?;
        work.write(&place, &anew).await?;
        count += 1;
    }
    let wrapped = desk.ring.wrap(&new, &sealing::case_aad(&desk.team, id))?;
    work.finish(&wrapped).await?;
    Ok(Some(count))
}

fn sealed_anew(
    (old, new): (&CaseKey, &CaseKey),
    team: &str,
    case: Uuid,
    place: &SealedPlace,
    sealed: &vault::Sealed,
) -> Result<vault::Sealed, vault::VaultError> {
    let aad = sealing::place_aad(team, case, place);
    new.seal(&aad, &old.open(&aad, sealed)?)
}

fn destroy_older(ring: &KeyRing, epoch: Epoch, generation: i32) -> Result<(), vault::VaultError> {
    let is_older =
        |name: &EpochKeyName| name.epoch == epoch && i32::from(name.generation) < generation;
    for (name, _) in ring.epoch_keys()? {
        if is_older(&name) {
            ring.destroy_epoch_key(name)?;
        }
    }
    Ok(())
}

fn from_number(epoch: i32) -> Epoch {
    Epoch::from_number(u16::try_from(epoch).unwrap_or(0))
}
