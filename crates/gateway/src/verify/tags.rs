//! Whether the marks by which a ticket's words are found are those of the words that stand on it.

use std::collections::BTreeSet;

use uuid::Uuid;
use vault::{CaseKey, Family, Mark};

use super::rows::Findings;
use super::{Broken, Verifier};
use crate::sealing;
use crate::search::partition;
use crate::store::{CaseRows, StoreFault};
use crate::ticket::History;

const TABLE: &str = "ticket_tag";

impl Verifier<'_> {
    /// Compares the marks with what the last event says. Where there is no key to the index of the month, nothing can be said.
    pub(super) async fn tags(
        &self,
        case: Uuid,
        key: &CaseKey,
        stored: &CaseRows,
        findings: &mut Findings<'_>,
    ) -> Result<(), StoreFault> {
        if stored.ticket.is_none() {
            return Ok(());
        }
        let month = partition::first_day_of(sealing::epoch_of(case));
        let marks = self.store.marks_of(case).await?;
        if marks.iter().any(|(of, _)| *of != month) {
            findings.tell(TABLE, "month", Broken::Altered);
        }
        let there: BTreeSet<Mark> = marks.into_iter().map(|(_, mark)| mark).collect();
        let events = stored.ticket_events.iter();
        let events = events.filter(|event| matches!(&*event.action, "tagged" | "untagged"));
        let words = match events.max_by_key(|event| event.id) {
            None => Vec::new(),
            Some(event) => {
                let aad = sealing::ticket_event_aad(self.team, case, event.id);
                // One that can't be opened is told of elsewhere.
                let Ok(history) = sealing::open::<History>(key, &aad, &event.detail) else {
                    return Ok(());
                };
                history.tags.map(|tags| tags.words()).unwrap_or_default()
            }
        };
        let keys = partition::keys(self.ring, &month);
        let indexers = partition::indexers(&keys, self.team, Family::Tag, &month);
        let under = indexers.iter().map(|indexer| {
            let mark = |word: &String| {
                let hash = indexer.hash(&[word]);
                indexer.mark(hash, 0, case.as_bytes()).ok()
            };
            words.iter().filter_map(mark).collect::<BTreeSet<Mark>>()
        });
        let under: Vec<BTreeSet<Mark>> = under.collect();
        if under.is_empty() {
            return Ok(());
        }
        let known: BTreeSet<&Mark> = under.iter().flatten().collect();
        if there.iter().any(|mark| !known.contains(mark)) {
            findings.tell(TABLE, "mark", Broken::Added);
        }
        // In the month in which the ring's key was given up for the analysts' there are two.
        if !under.iter().any(|wanted| wanted.is_subset(&there)) {
            findings.tell(TABLE, "mark", Broken::Missing);
        }
        Ok(())
    }
}
