//! An old quotation does not repeat its indicators on the ticket that it joins (T8).

use std::collections::BTreeSet;

use extract::Indicator;
use intake::message::SegmentKind;
use intake::pipeline::{Filing, Outcome};
use intake::reading::Reading;
use intake::texts;

use super::facts::Known;
use super::{Fault, Worker};
use crate::search::{Kind, partition, value};

/// Earlier messages of a ticket, the newest, whose values are looked at. A repetition of what only an older one said stays: that
/// costs a line, and reading every message of a ticket with thousands would cost each of the next ones more.
const MOST_EARLIER: i64 = 50;

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
        let mut earlier: BTreeSet<(Kind, String)> = BTreeSet::new();
        for one in self.store.values_of(row.id, MOST_EARLIER).await? {
            // An entry that can't be opened repeats nothing that anybody could see.
            let opened = partition::open(&self.ring, &self.team, &one, &one.wrapped);
            let values = opened.unwrap_or_default().into_iter();
            earlier.extend(values.map(|value| (value.kind, value.text)));
        }
        outcome.extraction.indicators.retain(|found| {
            let value = value::of_indicator(found);
            !(is_in(&quoted, found) && earlier.contains(&(value.kind, value.text)))
        });
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
        **part == *found.span.part && *start <= found.span.start && found.span.end <= *end
    })
}
