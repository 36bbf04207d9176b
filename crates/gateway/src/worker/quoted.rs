//! An old quotation does not repeat its indicators on the ticket that it joins (T8).

use std::collections::BTreeSet;

use extract::Indicator;
use intake::message::SegmentKind;
use intake::pipeline::{Filing, Outcome};
use intake::reading::Reading;
use intake::texts;
use uuid::Uuid;

use super::facts::Known;
use super::{Fault, Worker};
use crate::sealing::{self, Understood};

impl Worker {
    /// Leaves out what stands in a quotation only and is on the ticket already. What is quoted and new stays, and so does all
    /// that is passed on: a wrong guess about who wrote a line must not lose an indicator.
    pub(super) async fn drop_repeated(
        &self,
        reading: &Reading,
        outcome: &mut Outcome,
        known: &Known,
    ) -> Result<(), Fault> {
        let Filing::Join { ticket, .. } = outcome.filing else {
            return Ok(());
        };
        let quoted = quoted(reading);
        let indicators = &outcome.extraction.indicators;
        let row = known.rows.iter().find(|row| row.id.into_bytes() == ticket);
        let Some(row) = row.filter(|_| indicators.iter().any(|found| is_in(&quoted, found))) else {
            return Ok(());
        };
        let key = sealing::case_key(&self.ring, &self.team, row.id, &row.wrapped)?;
        let mut earlier: BTreeSet<String> = BTreeSet::new();
        for entry in self.store.entries(Uuid::from_bytes(ticket)).await? {
            let aad = sealing::entry_aad(&self.team, "reading", entry.case, entry.id);
            // An entry that can't be opened repeats nothing that anybody could see.
            let understood: Option<Understood> = sealing::open(&key, &aad, &entry.reading).ok();
            let found = understood.into_iter().flat_map(|u| u.extraction.indicators);
            earlier.extend(found.map(|indicator| indicator.value));
        }
        outcome
            .extraction
            .indicators
            .retain(|found| !(is_in(&quoted, found) && earlier.contains(&found.value)));
        Ok(())
    }
}

/// Quoted ranges, by part.
fn quoted(reading: &Reading) -> Vec<(String, usize, usize)> {
    let mut ranges = Vec::new();
    for (part, segments) in texts::segments(reading) {
        let quoted = segments
            .iter()
            .filter(|segment| segment.kind == SegmentKind::Quoted);
        ranges.extend(quoted.map(|segment| (part.to_owned(), segment.start, segment.end)));
    }
    ranges
}

fn is_in(ranges: &[(String, usize, usize)], found: &Indicator) -> bool {
    ranges.iter().any(|(part, start, end)| {
        *part == found.span.part && *start <= found.span.start && found.span.end <= *end
    })
}
