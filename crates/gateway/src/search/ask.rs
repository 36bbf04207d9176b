//! Which cells of the index are asked for, and which of the rows there are hits.

use std::cmp::Reverse;
use std::collections::HashMap;

use uuid::Uuid;
use vault::{Cells, Family, Hashed, Indexer, KeyRing, Paths};

use super::condition::Condition;
use super::find::SearchFault;
use super::partition;
use super::place::{self, Path};
use crate::store::{Partition, Question};

/// Whose index, and the keys to it.
pub(super) struct Keys<'a> {
    pub(super) ring: &'a KeyRing,
    pub(super) team: &'a str,
}

/// What is asked of one family and month.
pub(super) struct Part {
    pub(super) partition: Partition,
    /// Once for each key that there is to the month; empty when there is none.
    under: Vec<Under>,
    /// Runs of cells to look into, neighbours together.
    cells: Vec<Cells>,
}

/// The same, under one key.
struct Under {
    indexer: Indexer,
    asked: Vec<Hashed>,
    /// The same paths, to tell what stands under one of them.
    paths: Paths,
    /// Over how many salts these are spread.
    salts: u16,
}

/// Of these conditions the one with the fewest cells to look into, the newest month first. The others are checked on what was
/// opened, since all values of a message are sealed together.
pub(super) fn cheapest(
    conditions: &[Condition],
    partitions: &[Partition],
    keys: &Keys<'_>,
) -> Result<Vec<Part>, SearchFault> {
    let mut best: Option<(i64, Vec<Part>)> = None;
    for condition in conditions {
        let paths = place::of_condition(condition).ok_or(SearchFault::TooWide)?;
        if paths.is_empty() {
            continue;
        }
        let concerned = partitions
            .iter()
            .filter(|partition| paths.iter().any(|(family, _)| *family == partition.family));
        let mut parts: Vec<Part> = concerned
            .map(|partition| Part::new(partition, &paths, keys))
            .collect();
        let cost = parts.iter().map(|part| length(&part.cells)).sum();
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            parts.sort_by_key(|part| Reverse(part.partition.month.clone()));
            best = Some((cost, parts));
        }
    }
    best.map(|(_, parts)| parts).ok_or(SearchFault::PortAlone)
}

impl Part {
    pub(super) fn new(partition: &Partition, paths: &[(Family, Path)], keys: &Keys<'_>) -> Part {
        let all = partition::keys(keys.ring, &partition.month);
        let under = |indexer: Indexer| {
            let paths = paths.iter();
            let asked: Vec<Hashed> = paths
                .filter(|(family, _)| *family == partition.family)
                .map(|(_, path)| indexer.hash(&path.iter().map(String::as_str).collect::<Vec<_>>()))
                .collect();
            Under {
                paths: asked.iter().copied().collect(),
                indexer,
                asked,
                salts: 1,
            }
        };
        let (family, month) = (partition.family, &partition.month);
        let indexers = partition::indexers(&all, keys.team, family, month).into_iter();
        let mut part = Part {
            partition: partition.clone(),
            under: indexers.map(under).collect(),
            cells: Vec::new(),
        };
        part.cells = part.runs();
        part
    }

    /// Whether it is about these values.
    pub(super) fn is_of(&self, family: Family, month: &str) -> bool {
        self.partition.family == family && self.partition.month == month
    }

    /// Whether there is a key to its month.
    pub(super) fn is_open(&self) -> bool {
        !self.under.is_empty()
    }

    /// Reads the spread marks of its family and month. Of what is spread further than `most`, only so much is looked at.
    pub(super) fn spread(&mut self, marks: &[u8], most: u16) {
        for under in &mut self.under {
            for mark in under.indexer.read(marks) {
                if mark.is_spread() && under.paths.hold(mark) {
                    under.salts = under.salts.max(mark.salt().min(most));
                }
            }
        }
        self.cells = self.runs();
    }

    fn runs(&self) -> Vec<Cells> {
        let mut cells: Vec<Cells> = Vec::new();
        for under in &self.under {
            for path in &under.asked {
                let bits = self.partition.bits;
                cells.extend((0..under.salts).map(|salt| under.indexer.cells(bits, *path, salt)));
            }
        }
        cells.sort_unstable();
        let mut merged: Vec<Cells> = Vec::with_capacity(cells.len());
        for cells in cells {
            match merged.last_mut() {
                Some(last) if cells.low <= last.high.saturating_add(1) => {
                    last.high = last.high.max(cells.high);
                }
                Some(_) | None => merged.push(cells),
            }
        }
        merged
    }

    /// What the database is asked for. No run is longer than what is asked for at a time.
    pub(super) fn questions(&self) -> impl Iterator<Item = Question<'_>> {
        let runs = self.cells.iter().flat_map(|run| {
            let step = usize::try_from(MOST_CELLS).unwrap_or(1);
            let cut = move |low: i32| Cells {
                low,
                high: run.high.min(low.saturating_add(MOST_CELLS - 1)),
            };
            (run.low..=run.high).step_by(step).map(cut)
        });
        runs.map(|cells| Question {
            partition: &self.partition,
            cells,
        })
    }

    /// Messages that have a value under an asked path: of rows that share a cell with it, by their marks.
    pub(super) fn hits(&self, entries: &[u8], marks: &[u8], hits: &mut Vec<Uuid>) {
        let (entries, _) = entries.as_chunks::<16>();
        for under in &self.under {
            let marks = under.indexer.read(marks);
            let both = entries.iter().zip(marks);
            let is_hit = both.filter(|(entry, mark)| under.paths.hold(*mark) && mark.is_of(entry));
            hits.extend(is_hit.map(|(entry, _)| Uuid::from_bytes(*entry)));
        }
    }

    /// The same where whole values were asked for, each with the place of its path among those of its family that were.
    pub(super) fn hits_by_path(&self, entries: &[u8], marks: &[u8], hits: &mut Vec<(usize, Uuid)>) {
        let (entries, _) = entries.as_chunks::<16>();
        for under in &self.under {
            let places = under.asked.iter().zip(0_usize..);
            let places: HashMap<Hashed, usize> = places.map(|(path, at)| (*path, at)).collect();
            let marks = under.indexer.read(marks);
            let both = entries.iter().zip(marks);
            let is_hit = both.filter(|(entry, mark)| mark.is_of(entry));
            hits.extend(is_hit.filter_map(|(entry, mark)| {
                let place = places.get(&mark.hashed())?;
                Some((*place, Uuid::from_bytes(*entry)))
            }));
        }
    }
}

/// Cells that are looked into at a time, with eight to sixteen rows each.
const MOST_CELLS: i32 = 4_096;

/// How many cells these runs have.
fn length(runs: &[Cells]) -> i64 {
    let of = |run: &Cells| i64::from(run.high) - i64::from(run.low) + 1;
    runs.iter().map(of).sum()
}

/// Parts that are looked at together, whole months: the newest month alone, since what comes often fills a page from it, then four
/// months, sixteen and so on, fewer where a large part of the index is asked for.
pub(super) fn rounds(mut parts: &[Part]) -> Vec<&[Part]> {
    let (mut rounds, mut most) = (Vec::new(), 1);
    while !parts.is_empty() {
        let (mut count, mut cells) = (0, 0);
        let months = parts.chunk_by(|a, b| a.partition.month == b.partition.month);
        for month in months.take(most) {
            cells += month.iter().map(|part| length(&part.cells)).sum::<i64>();
            if count > 0 && cells > i64::from(MOST_CELLS) {
                break;
            }
            count += month.len();
        }
        let (first, rest) = parts.split_at(count);
        rounds.push(first);
        (parts, most) = (rest, most.saturating_mul(4));
    }
    rounds
}

/// What is asked for in one statement: some thousands of cells, so that an answer is some megabytes at most.
pub(super) fn statements<'q, 'p>(mut questions: &'q [Question<'p>]) -> Vec<&'q [Question<'p>]> {
    let mut statements = Vec::new();
    while !questions.is_empty() {
        let mut cells = 0;
        let fits = questions.iter().take_while(|question| {
            cells += length(&[question.cells]);
            cells <= i64::from(MOST_CELLS)
        });
        let (first, rest) = questions.split_at(fits.count().max(1));
        statements.push(first);
        questions = rest;
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(month: &str, runs: &[(i32, i32)]) -> Part {
        let cells = runs.iter().map(|(low, high)| Cells {
            low: *low,
            high: *high,
        });
        Part {
            partition: Partition {
                family: Family::Address,
                month: month.into(),
                version: 1,
                bits: vault::Bits([14, 0, 0]),
            },
            under: Vec::new(),
            cells: cells.collect(),
        }
    }

    #[test]
    fn months_are_asked_for_together_unless_they_are_much() {
        let months: Vec<String> = (1..=12)
            .rev()
            .map(|month| format!("2026-{month:02}-01"))
            .collect();
        let count = |runs: &[(i32, i32)]| {
            let parts: Vec<Part> = months.iter().map(|month| part(month, runs)).collect();
            let rounds = rounds(&parts);
            rounds.iter().map(|round| round.len()).collect::<Vec<_>>()
        };
        assert_eq!(count(&[(7, 7), (9, 10)]), [1, 4, 7]);
        assert_eq!(count(&[(0, 1_499)]), [1, 2, 2, 2, 2, 2, 1]);
        assert_eq!(count(&[(0, 9_999)]), [1; 12]);
        assert!(rounds(&[]).is_empty());
    }

    #[test]
    fn no_statement_asks_for_more_than_is_bounded() {
        let parts = [part("2026-11-01", &[(3, 3), (5, 9_999), (11_000, 11_000)])];
        let questions: Vec<Question<'_>> = parts.iter().flat_map(Part::questions).collect();
        let asked: Vec<Vec<(i32, i32)>> = statements(&questions)
            .into_iter()
            .map(|some| {
                let cells = some.iter().map(|one| (one.cells.low, one.cells.high));
                cells.collect()
            })
            .collect();
        let wanted = [
            vec![(3, 3)],
            vec![(5, 4_100)],
            vec![(4_101, 8_196)],
            vec![(8_197, 9_999), (11_000, 11_000)],
        ];
        assert_eq!(asked, wanted);
    }
}
