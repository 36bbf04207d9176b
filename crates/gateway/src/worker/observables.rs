//! Searchable values of a message: sealed as one list, with the cells of the index in which each is found.

use super::place::Place;
use super::{Fault, Worker};
use crate::sealing;
use crate::search::{partition, value};
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
        if values.is_empty() {
            return Ok(None);
        }
        let received = decided.mail.envelope.received_at;
        let month = partition::first_day(received.to_zoned(jiff::tz::TimeZone::UTC).date());
        self.partitions.spread(&month, &mut values)?;
        let families = partition::families(&values);
        let partitions = self.partitions.of(&self.store, &month, &families).await?;
        let aad = sealing::observable_aad(&self.team, place.case, decided.mail.id);
        Ok(Some(NewObservables {
            index: partition::index(&self.ring, &self.team, &month, &partitions, &values),
            value: sealing::seal(&place.key, &aad, &values)?,
            month,
        }))
    }
}
