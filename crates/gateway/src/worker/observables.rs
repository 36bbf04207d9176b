//! Searchable values of a message: sealed as one list, with the cells of the index in which each is found.

use extract::Extraction;
use intake::pipeline::Examination;
use intake::reading::Reading;
use jiff::Timestamp;
use uuid::Uuid;
use vault::{CaseKey, Epoch, IndexKey, KeyRing};

use super::place::Place;
use super::{Fault, Worker};
use crate::epochs::EpochFault;
use crate::sealing;
use crate::search::{Partitions, files, partition, rows, value};
use crate::store::{NewObservables, Store};

impl Worker {
    /// What can be searched for later; `None` when the message has nothing.
    pub(super) async fn observables(
        &self,
        place: &Place<'_>,
    ) -> Result<Option<NewObservables>, Fault> {
        let (decided, (case, key)) = (place.decided, place.entry_case());
        let found = Found {
            entry: decided.mail.id,
            received: decided.mail.envelope.received_at,
            examination: decided.examination,
            extraction: &decided.outcome.extraction,
            reading: decided.reading,
        };
        let index = (&self.store, &*self.ring, self.team.as_str());
        Ok(sealed(index, &self.partitions, (case, key), &found).await?)
    }
}

/// What a message is found by.
pub(crate) struct Found<'a> {
    pub entry: Uuid,
    pub received: Timestamp,
    pub examination: &'a Examination,
    pub extraction: &'a Extraction,
    /// Its parts, with what is known of their octets.
    pub reading: Option<&'a Reading>,
}

/// The values of a message, sealed for its case, and where each is found; `None` when it has none.
pub(crate) async fn sealed(
    (store, ring, team): (&Store, &KeyRing, &str),
    partitions: &Partitions,
    (case, key): (Uuid, &CaseKey),
    found: &Found<'_>,
) -> Result<Option<NewObservables>, EpochFault> {
    let references = found.examination.references.foreign.iter();
    let mut values = value::of_message(
        found.examination.sender.as_deref(),
        references.map(|known| known.raw.as_str()),
        found.extraction,
    );
    if let Some(reading) = found.reading {
        values.extend(files::of_files(&reading.parts, &reading.octets));
        values.sort();
        values.dedup();
    }
    if values.is_empty() {
        return Ok(None);
    }
    let day = found.received.to_zoned(jiff::tz::TimeZone::UTC).date();
    let epoch = Epoch::of_month(day.year(), day.month()).unwrap_or(Epoch::STANDING);
    // What was received just before a month began may be indexed with it: the old month's key is gone then.
    let month = partition::first_day_of(ring.turn_index(epoch)?);
    let families = partition::families(&values);
    let known = partitions.of(store, &month, &families).await?;
    // In the month in which the ring's key was given up an analyst has that too: nothing new is written under it.
    let newest = partition::keys(ring, &month).pop();
    let keys: Vec<IndexKey> = newest.into_iter().collect();
    let salts = |family, path: &_| partitions.salts(&month, family, path);
    let rows = rows::of_message((&keys, team), &known, found.entry, &values, salts)?;
    let aad = sealing::observable_aad(team, case, found.entry);
    Ok(Some(NewObservables {
        index: rows.index,
        spread: rows.spread,
        value: sealing::seal(key, &aad, &values)?,
        month,
    }))
}
