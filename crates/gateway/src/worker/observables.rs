//! Searchable values of a message: sealed as one list, with the cells of the index in which each is found.

use vault::Epoch;

use super::place::Place;
use super::{Fault, Worker};
use crate::sealing;
use crate::search::{partition, rows, value};
use crate::store::NewObservables;

impl Worker {
    /// What can be searched for later; `None` when the message has nothing.
    pub(super) async fn observables(
        &self,
        place: &Place<'_>,
    ) -> Result<Option<NewObservables>, Fault> {
        let decided = place.decided;
        let references = &decided.examination.references.foreign;
        let mut values = value::of_message(
            decided.examination.sender.as_deref(),
            references.iter().map(|known| known.raw.as_str()),
            &decided.outcome.extraction,
        );
        if let Some(reading) = decided.reading {
            values.extend(value::of_files(&reading.parts, &reading.octets));
            values.sort();
            values.dedup();
        }
        if values.is_empty() {
            return Ok(None);
        }
        let received = decided.mail.envelope.received_at;
        let day = received.to_zoned(jiff::tz::TimeZone::UTC).date();
        let epoch = Epoch::of_month(day.year(), day.month()).unwrap_or(Epoch::STANDING);
        // What was received just before a month began may be indexed with it: the old month's key is gone then.
        let month = partition::first_day_of(self.ring.turn_index(epoch)?);
        let families = partition::families(&values);
        let partitions = self.partitions.of(&self.store, &month, &families).await?;
        let (case, key) = place.entry_case();
        let aad = sealing::observable_aad(&self.team, case, decided.mail.id);
        let keys = partition::keys(&self.ring, &month);
        let entry = decided.mail.id;
        let salts = |family, path: &_| self.partitions.salts(&month, family, path);
        let rows = rows::of_message((&keys, &self.team), &partitions, entry, &values, salts)?;
        Ok(Some(NewObservables {
            index: rows.index,
            spread: rows.spread,
            value: sealing::seal(key, &aad, &values)?,
            month,
        }))
    }
}
