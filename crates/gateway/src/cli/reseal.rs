//! `keys reseal --deep`: after a compromise, new keys for everything that is stored.
//!
//! Whoever has old rows, the old ring and the old folder of months has the keys of what those rows hold. Here every month
//! gets a new key, every case a new key under it, and every value is sealed anew under the case's new one: with what was
//! stolen, nothing opens that is in the database afterwards. One transaction a case; what was done stays done.
//!
//! First of all the database is told the new generation of each month ([`Reseal::raise`]): a worker that wrapped a key before
//! is refused when it comes to write it, so that one walk over the cases finds all of them.

use std::io::Write;

use anyhow::{Context, anyhow, bail};
use clap::{ArgGroup, Args};
use uuid::Uuid;
use vault::{CaseKey, Epoch, EpochKeyName, KeyRing};

use super::Finding;
use super::desk::Desk;
use crate::config::Settings;
use crate::epochs;
use crate::sealing;
use crate::store::{Reseal, SealedPlace, Store, StoreFault, Unfinished};

/// Cases taken from the list at one time.
const BATCH: i64 = 500;
/// How often writers are waited for, who had an old key in hand: five seconds each time.
const PATIENCE: usize = 12;

/// What to seal anew.
#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).args(["ticket", "month", "all"])))]
pub(in crate::cli) struct Options {
    /// The values themselves, and not only their keys
    #[arg(long, required = true)]
    deep: bool,
    /// One ticket
    ticket: Option<String>,
    /// The cases of one month, as 2026-11; `standing` for certificates and peers
    #[arg(long)]
    month: Option<Epoch>,
    /// Everything, after a rotation of the ring
    #[arg(long)]
    all: bool,
    /// Begin again with new keys, also where an earlier run was broken off
    #[arg(long, conflicts_with = "ticket")]
    anew: bool,
}

pub(in crate::cli) async fn run(
    options: &Options,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    if let Some(reference) = &options.ticket {
        return ticket(&Desk::new(settings)?, reference, out).await;
    }
    let store = Store::new(&settings.database)?;
    let mut reseal = match store.reseal().await? {
        Ok(reseal) => reseal,
        Err(pids) => {
            return Err(anyhow!(StoreFault::Conflict).context(format!(
                "another reseal is at work ({}): let it end, or end it",
                processes(&pids)
            )));
        }
    };
    let mut left = unfinished(&mut reseal, options).await?;
    let desk;
    if let Some(first) = left.first() {
        writeln!(
            out,
            "going on with what was begun at {}: {} left; --anew begins again, with new keys",
            first.began,
            left.len()
        )?;
        desk = Desk::new(settings)?;
    } else {
        if options.all {
            // The keys of months are no safer than the root that wraps them.
            super::keys::rotate_storage(settings, out)?;
        }
        desk = Desk::new(settings)?;
        begin(&desk, &mut reseal, options, out).await?;
        left = reseal.unfinished().await?;
        left.retain(|one| options.all || is_of(one, options.month));
    }
    let mut failed = 0;
    for one in &left {
        failed += whole(&desk, &mut reseal, one, out).await?;
    }
    if failed > 0 {
        bail!(
            "{failed} cases can't be opened and stay as they are, and so do the old keys of their months"
        );
    }
    writeln!(
        out,
        "Backups of the database from before need the old folder of months. Make a new backup first, copy the folder off this \
         machine again, and then destroy the old copies of both."
    )?;
    Ok(())
}

fn is_of(one: &Unfinished, month: Option<Epoch>) -> bool {
    month.is_some_and(|month| i32::from(month.number()) == one.epoch)
}

/// What an earlier run left that this one goes on with. What was begun for one month only is no part of a run for everything:
/// the ring was not rotated for it.
async fn unfinished(reseal: &mut Reseal, options: &Options) -> anyhow::Result<Vec<Unfinished>> {
    let mut left = reseal.unfinished().await?;
    let goes_on = match options.all {
        true => left.iter().any(|one| one.everything),
        false => left.iter().any(|one| is_of(one, options.month)),
    };
    if !goes_on || options.anew {
        return Ok(Vec::new());
    }
    left.retain(|one| options.all || is_of(one, options.month));
    Ok(left)
}

/// Makes the new keys, and has everybody write under them.
async fn begin(
    desk: &Desk,
    reseal: &mut Reseal,
    options: &Options,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let months = match options.month {
        Some(month) => vec![month],
        None => months(desk).await?,
    };
    let mut names = Vec::new();
    for epoch in months {
        names.push(epochs::renew(&desk.store, &desk.ring, &desk.team, epoch).await?);
    }
    let mut waited_for = Vec::new();
    for _ in 0..PATIENCE {
        match reseal.raise(&names, options.all).await? {
            Ok(()) => return Ok(()),
            Err(pids) if pids != waited_for => {
                let who = processes(&pids);
                writeln!(
                    out,
                    "waiting for what was written under the old keys, and is not committed: {who}"
                )?;
                waited_for = pids;
            }
            Err(_) => {}
        }
    }
    Err(anyhow!(StoreFault::Conflict).context(format!(
        "nothing was sealed anew: {} wrote under the old keys a minute ago and did not commit; see pg_stat_activity, end it, and \
         start again",
        processes(&waited_for)
    )))
}

fn processes(pids: &[i32]) -> String {
    let pids: Vec<String> = pids.iter().map(i32::to_string).collect();
    match pids.as_slice() {
        [] => "a process of the database that is gone by now".into(),
        pids => format!("process {} of the database", pids.join(", ")),
    }
}

/// Epochs of which there are rows; not those that were erased.
async fn months(desk: &Desk) -> anyhow::Result<Vec<Epoch>> {
    let named = desk.store.epochs_named().await?.into_iter();
    let mut epochs: Vec<Epoch> = named.map(|(epoch, _)| from_number(epoch)).collect();
    epochs.dedup();
    let erased = desk.ring.erased_epochs()?;
    epochs.retain(|epoch| !erased.contains(epoch));
    Ok(epochs)
}

async fn ticket(desk: &Desk, reference: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let serial = desk.serial(reference)?;
    let rows = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let Some(ticket) = rows.first() else {
        return Err(super::erase::missing(desk, serial).await?.into());
    };
    let epoch = ticket.wrapped.epoch_key()?.epoch;
    epochs::renew(&desk.store, &desk.ring, &desk.team, epoch).await?;
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

/// Seals all cases of an epoch anew, and destroys the keys that wrapped them; returns how many cases could not be opened. Then
/// the old keys stay.
async fn whole(
    desk: &Desk,
    reseal: &mut Reseal,
    one: &Unfinished,
    out: &mut impl Write,
) -> anyhow::Result<u64> {
    let epoch = from_number(one.epoch);
    let total = desk.store.count_cases_of(one.epoch).await?;
    let (mut after, mut failed) = (Uuid::nil(), 0);
    let (mut cases, mut values) = (0_u64, 0);
    loop {
        let below = Some(one.generation);
        let list = desk.store.cases_of(one.epoch, below, after, BATCH).await?;
        let Some(&last) = list.last() else {
            break;
        };
        for id in list {
            match case(desk, id).await {
                Ok(count) => {
                    cases += 1;
                    values += count.unwrap_or(0);
                }
                Err(error) => {
                    failed += 1;
                    writeln!(out, "case {id}: {error:#}")?;
                }
            }
        }
        writeln!(out, "{epoch}: {cases} of {total}")?;
        after = last;
    }
    if failed == 0 {
        desk.store
            .forget_epochs(&desk.team, one.epoch, one.generation)
            .await?;
        destroy_older(&desk.ring, epoch, one.generation)?;
        reseal.end(one.epoch).await?;
        writeln!(out, "{epoch}: {cases} cases, {values} values sealed anew")?;
    }
    Ok(failed)
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
