//! One key a month, however many machines there are: the database names the first that is offered, and whoever hasn't got that
//! file makes none of its own, but says what to copy. Mail waits in the inbox meanwhile.

use vault::{Epoch, EpochKeyName, KeyCommitment, KeyRing, VaultError};

use crate::store::{Store, StoreFault};

/// Why no key of an epoch can be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EpochFault {
    /// The database could not be asked.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// The key is elsewhere, or is erased.
    #[error("{0}")]
    Vault(#[from] VaultError),
}

/// Sees to it that there is a key for new cases of an epoch. What is known of the database's list is trusted until the next
/// [`follow`].
///
/// # Errors
/// [`EpochFault`].
pub async fn ready(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    epoch: Epoch,
) -> Result<(), EpochFault> {
    if ring.is_named(epoch) && ring.lacking(epoch).is_none() {
        return Ok(());
    }
    follow(store, ring, team).await?;
    if let Some(named) = ring.lacking(epoch) {
        return Err(VaultError::MissingEpoch(named).into());
    }
    if ring.is_named(epoch) {
        return Ok(());
    }
    let first = EpochKeyName {
        epoch,
        generation: 1,
    };
    let name = ring.newest_epoch_key(epoch)?.unwrap_or(first);
    begin(store, ring, team, name).await
}

/// Makes a further key of an epoch, for what is sealed from now on.
///
/// # Errors
/// [`EpochFault`].
pub async fn renew(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    epoch: Epoch,
) -> Result<EpochKeyName, EpochFault> {
    follow(store, ring, team).await?;
    // Another machine may have begun: then its key has to be here first.
    if let Some(named) = ring.lacking(epoch) {
        return Err(VaultError::MissingEpoch(named).into());
    }
    let name = ring.next_epoch_key(epoch)?;
    begin(store, ring, team, name).await?;
    Ok(name)
}

/// Offers a key, asks which one counts, and takes that one or none. May be broken off at any point and begun again.
async fn begin(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    name: EpochKeyName,
) -> Result<(), EpochFault> {
    let offer = ring.offer_epoch(name)?;
    let numbers = (i32::from(name.epoch.number()), i32::from(name.generation));
    let counts = store.name_epoch(team, numbers, &offer).await?;
    let counts = KeyCommitment::try_from(counts).map_err(|_| VaultError::Malformed)?;
    let taken = ring.take_epoch(name, counts);
    follow(store, ring, team).await?;
    Ok(taken?)
}

/// Tells the ring which keys the database names, and takes those into use that were offered here by a process that was killed
/// then. To be called every few seconds: other machines make keys, too.
///
/// # Errors
/// [`StoreFault`].
pub async fn follow(store: &Store, ring: &KeyRing, team: &str) -> Result<(), StoreFault> {
    let named = named(store, team).await?;
    ring.follow_epochs(&named);
    // A folder that can't be read says so to whoever needs a key.
    for offer in ring.offered_epochs().unwrap_or_default() {
        if let Some((_, counts)) = named.iter().find(|(name, _)| *name == offer)
            && let Err(error) = ring.take_epoch(offer, *counts)
        {
            tracing::debug!(%error, "an offered key is not taken");
        }
    }
    Ok(())
}

async fn named(
    store: &Store,
    team: &str,
) -> Result<Vec<(EpochKeyName, KeyCommitment)>, StoreFault> {
    let rows = store.named_epochs(team).await?.into_iter();
    let read = |(epoch, generation, commitment): (i32, i32, Vec<u8>)| {
        let name = EpochKeyName {
            epoch: Epoch::from_number(u16::try_from(epoch).ok()?),
            generation: u16::try_from(generation).ok()?,
        };
        Some((name, KeyCommitment::try_from(commitment).ok()?))
    };
    Ok(rows.filter_map(read).collect())
}

/// How the folder of months differs from what the database names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Keys that are named, and not here.
    pub missing: Vec<EpochKeyName>,
    /// Files that are another key of the same name.
    pub other: Vec<EpochKeyName>,
    /// Months that were erased, whose keys are here.
    pub erased_elsewhere: Vec<Epoch>,
    /// Months whose erasure was begun and not ended.
    pub half_erased: Vec<Epoch>,
    /// How many keys are here as they are named.
    pub right: usize,
}

/// Compares the folder of months with what the database names.
///
/// # Errors
/// [`EpochFault`].
pub async fn compare(store: &Store, ring: &KeyRing, team: &str) -> Result<Difference, EpochFault> {
    let of = |numbers: Vec<i32>| -> Vec<Epoch> {
        let numbers = numbers
            .into_iter()
            .filter_map(|number| u16::try_from(number).ok());
        numbers.map(Epoch::from_number).collect()
    };
    let shredded = of(store.shredded_months().await?);
    let half_erased = of(store.half_shredded_months().await?);
    let gone = ring.erased_epochs()?;
    let held: Vec<EpochKeyName> = ring
        .epoch_keys()?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut found = Difference::default();
    for (name, commitment) in named(store, team).await? {
        if gone.contains(&name.epoch) || shredded.contains(&name.epoch) {
            continue;
        }
        if !held.contains(&name) {
            found.missing.push(name);
        } else if ring.commitment(name)? == commitment {
            found.right += 1;
        } else {
            found.other.push(name);
        }
    }
    let here = |epoch: &&Epoch| held.iter().any(|name| name.epoch == **epoch);
    let elsewhere = shredded.iter().filter(|epoch| !half_erased.contains(epoch));
    found.erased_elsewhere = elsewhere.filter(here).copied().collect();
    found.half_erased = half_erased;
    Ok(found)
}

impl Difference {
    /// What is wrong, and what to do about it, a sentence or two each; empty when all is well.
    pub fn findings(&self) -> Vec<String> {
        let missing = self
            .missing
            .iter()
            .map(|name| VaultError::MissingEpoch(*name).to_string());
        let other = self
            .other
            .iter()
            .map(|name| VaultError::OtherEpochKey(*name).to_string());
        let elsewhere = self.erased_elsewhere.iter().map(|month| {
            format!("{month} was erased on another machine, and its key is still here: `pillarbox retention erase-month {month}` destroys it")
        });
        let half = self.half_erased.iter().map(|month| {
            format!("the erasure of {month} was begun and not ended: `pillarbox retention erase-month {month}` ends it")
        });
        missing.chain(other).chain(elsewhere).chain(half).collect()
    }
}
