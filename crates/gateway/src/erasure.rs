//! Erasing on purpose: one case, or a month with all copies of its cases; and the check that nothing else is missing.

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use vault::{Epoch, KeyRing};

use crate::audit::{self, Event};
use crate::store::{Shred, Store, StoreFault};

/// Cases that are erased between two looks at the list.
const BATCH: i64 = 500;

/// Who erases, and why.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The team's name.
    pub team: &'a str,
    /// A user name of this machine, or `retention`.
    pub actor: &'a str,
    /// One word.
    pub reason: &'a str,
}

/// Erases a case: its key and its rows. What stays is a line in the shred log, and the audit trail, which ends with this.
/// `false` when it is gone already.
///
/// # Errors
/// Those of the store.
pub async fn erase_case(
    store: &Store,
    ring: &KeyRing,
    case: Uuid,
    by: By<'_>,
) -> Result<bool, StoreFault> {
    erase_unchanged(store, ring, case, by, None).await
}

/// The same; with a time only if the case is closed, or suppressed mail, and last changed then.
///
/// # Errors
/// Those of the store.
pub async fn erase_unchanged(
    store: &Store,
    ring: &KeyRing,
    case: Uuid,
    by: By<'_>,
    unchanged_since: Option<Timestamp>,
) -> Result<bool, StoreFault> {
    for _ in 0..16 {
        let event = Event {
            action: "erased",
            detail: format!("reason={}", by.reason),
        };
        let link = audit::next(ring, case, store.last_audit(case).await?, by.actor, event);
        let shred = Shred {
            case,
            id: Uuid::now_v7(),
            team: by.team,
            actor: by.actor,
            reason: by.reason,
            audit: link.line(),
            unchanged_since,
        };
        match store.shred(&shred).await {
            // A message joined it, or somebody read it meanwhile.
            Err(StoreFault::Conflict) => {}
            done => return done,
        }
    }
    Err(StoreFault::Conflict)
}

/// This month, UTC: its key is in use.
pub fn current_month(now: Timestamp) -> Epoch {
    let day = TimeZone::UTC.to_datetime(now).date();
    Epoch::of_month(day.year(), day.month()).unwrap_or(Epoch::STANDING)
}

/// Erases a month: first its keys, so that all copies of its cases are gone everywhere, then the rows here. Returns how many
/// cases there were. May be called again after an interruption.
///
/// # Errors
/// Those of the store and of the epochs' folder.
pub async fn erase_month(
    store: &Store,
    ring: &KeyRing,
    epoch: Epoch,
    by: By<'_>,
) -> anyhow::Result<u64> {
    if epoch == Epoch::STANDING || epoch >= current_month(Timestamp::now()) {
        bail!("{epoch} is not over: only past months can be erased");
    }
    let number = i32::from(epoch.number());
    store
        .begin_shred_month(Uuid::now_v7(), by.team, number, (by.actor, by.reason))
        .await?;
    ring.erase_epoch(epoch)
        .with_context(|| format!("the keys of {epoch} can't be destroyed"))?;
    let mut erased = 0;
    let mut after = Uuid::nil();
    loop {
        let cases = store.cases_of(number, None, after, BATCH).await?;
        let Some(&last) = cases.last() else {
            break;
        };
        for case in cases {
            erased += u64::from(erase_case(store, ring, case, by).await?);
        }
        after = last;
    }
    store.end_shred_month(number).await?;
    store.forget_spread().await?;
    Ok(erased)
}

/// Sees to it that the folder has every key that a row names. Keys of erased months are missing on purpose: those months are
/// returned when rows of theirs are still there, and so are those whose erasure did not come to its end.
///
/// # Errors
/// The names of keys that are missing; those of the store and of the folder.
pub async fn check_epochs(store: &Store, ring: &KeyRing) -> anyhow::Result<Vec<Epoch>> {
    let held = ring.epoch_keys()?;
    let erased = ring.erased_epochs()?;
    let shredded = store.shredded_months().await?;
    let (mut lost, mut left) = (Vec::new(), Vec::new());
    for (number, generation) in store.epochs_named().await? {
        let epoch = Epoch::from_number(u16::try_from(number).unwrap_or(u16::MAX));
        let is_held = held
            .iter()
            .any(|(name, _)| name.epoch == epoch && i32::from(name.generation) == generation);
        if is_held {
            continue;
        }
        if erased.contains(&epoch) || shredded.contains(&number) {
            left.push(epoch);
        } else {
            lost.push(format!("{epoch}.{generation}.epoch"));
        }
    }
    let half = store.half_shredded_months().await?.into_iter();
    left.extend(half.map(|number| Epoch::from_number(u16::try_from(number).unwrap_or(0))));
    left.sort();
    left.dedup();
    if lost.is_empty() {
        return Ok(left);
    }
    bail!(
        "keys are missing in storage.epoch_dir that the database names: {}. Put them there, from the machine that has them or the \
        backup of keys, or let all machines share one folder; without them these tickets are lost. A month that was erased on purpose is in the shred log, and is not missed",
        lost.join(", ")
    )
}
