//! Which cells of the index are asked for.

use std::ops::Range;

use vault::{Family, IndexKey, Indexer, KeyRing, blind};

use super::condition::Condition;
use super::find::SearchFault;
use super::partition;
use super::place::{self, Path};
use crate::store::{Partition, Question};

/// The condition that the index is asked for, and where its answers are. The others are checked on what was opened.
pub(super) struct Asked<'a> {
    pub(super) condition: &'a Condition,
    paths: Vec<(Family, Path)>,
}

impl<'a> Asked<'a> {
    /// Of these conditions the one with the fewest cells to look into.
    pub(super) fn cheapest(
        conditions: &'a [Condition],
        partitions: &[Partition],
        keys: &Keys<'_>,
    ) -> Result<Asked<'a>, SearchFault> {
        let mut best: Option<(i64, Asked<'a>)> = None;
        for condition in conditions {
            let paths = place::of_condition(condition).ok_or(SearchFault::TooWide)?;
            if paths.is_empty() {
                continue;
            }
            let asked = Asked { condition, paths };
            // One alone costs nothing to choose.
            let cost = match conditions.len() {
                1 => 0,
                _ => cost(&asked.questions(partitions, keys, FIRST)),
            };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, asked));
            }
        }
        best.map(|(_, asked)| asked).ok_or(SearchFault::PortAlone)
    }

    /// Whether its answers may be there.
    pub(super) fn concerns(&self, family: Family) -> bool {
        self.paths.iter().any(|(asked, _)| *asked == family)
    }

    /// Each run of cells once, neighbours together, the newest month first. Further salts concern spread families only.
    pub(super) fn questions(
        &self,
        partitions: &[Partition],
        keys: &Keys<'_>,
        salts: Range<u16>,
    ) -> Vec<Question> {
        let mut questions = Vec::new();
        for partition in partitions {
            let salts = match (partition.family.is_spread(), salts.start) {
                (true, _) => salts.clone(),
                (false, 0) => FIRST,
                (false, _) => continue,
            };
            let paths = self.paths.iter();
            let mut paths = paths
                .filter(|(family, _)| *family == partition.family)
                .peekable();
            if paths.peek().is_none() {
                continue;
            }
            let indexers = keys.indexers(partition);
            for (_, path) in paths {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let each = salts.clone().flat_map(|salt| {
                    let cells = |indexer: &Indexer| indexer.cells(partition.bits, &path, salt);
                    indexers.iter().map(cells).collect::<Vec<_>>()
                });
                questions.extend(each.map(|cells| Question {
                    month: partition.month.clone(),
                    family: partition.family,
                    cells,
                }));
            }
        }
        merged(questions)
    }
}

/// Salts that are asked for first.
pub(super) const FIRST: Range<u16> = 0..blind::FIRST_SALTS;

/// Those after these; `None` when there are none.
pub(super) fn next(salts: &Range<u16>) -> Option<Range<u16>> {
    (salts.end < blind::MOST_SALTS).then(|| salts.end..salts.end.saturating_mul(4))
}

/// Whose index, and the keys to it.
pub(super) struct Keys<'a> {
    pub(super) ring: &'a KeyRing,
    pub(super) team: &'a str,
}

impl Keys<'_> {
    /// The first and the last month without a key; partitions come with the oldest first.
    pub(super) fn missing(&self, partitions: &[Partition]) -> Option<(String, String)> {
        let mut closed = partitions
            .iter()
            .filter(|partition| partition::keys(self.ring, &partition.month).is_empty());
        let first = closed.next()?;
        let last = closed.next_back().unwrap_or(first);
        Some((first.month.clone(), last.month.clone()))
    }

    fn indexers(&self, partition: &Partition) -> Vec<Indexer> {
        let Some(year_month) = partition::year_month(&partition.month) else {
            return Vec::new();
        };
        let keys = self.ring.index_keys(partition::epoch_of(year_month));
        let of = |key: &IndexKey| key.indexer(partition.family, self.team, year_month);
        keys.iter().map(of).collect()
    }
}

/// Cells that are looked into at a time, with eight to sixteen rows each; a month is never divided.
const MOST_CELLS: i64 = 2_048;

/// What is asked for at a time, the newest months first: all of them at once, but where a large part of the index is asked for.
/// There the first month alone may fill a page.
pub(super) fn at_a_time(questions: &[Question]) -> Vec<&[Question]> {
    let mut all: Vec<&[Question]> = Vec::new();
    let (mut rest, mut length, mut cells) = (questions, 0, 0);
    for month in questions.chunk_by(|a, b| a.month == b.month) {
        let more = cost(month);
        if length > 0 && cells + more > MOST_CELLS {
            let (first, last) = rest.split_at(length);
            all.push(first);
            (rest, length, cells) = (last, 0, 0);
        }
        length += month.len();
        cells += more;
    }
    all.push(rest);
    all
}

/// How many cells are looked into.
fn cost(questions: &[Question]) -> i64 {
    let cells = questions.iter().map(|question| question.cells);
    cells
        .map(|cells| i64::from(cells.high) - i64::from(cells.low) + 1)
        .sum()
}

/// Whether these, merged, are about all cells of a partition: further salts fall into the same ones.
pub(super) fn is_whole(merged: &[Question], partition: &Partition) -> bool {
    let last = 1_i64.checked_shl(partition.bits.sum()).unwrap_or(i64::MAX) - 1;
    merged.iter().any(|one| {
        let whole = one.cells.low == 0 && i64::from(one.cells.high) == last;
        whole && one.month == partition.month && one.family == partition.family
    })
}

/// Neighbours together, the newest month first.
pub(super) fn merged(mut questions: Vec<Question>) -> Vec<Question> {
    questions.sort_unstable_by(|a, b| {
        let newest_first = b.month.cmp(&a.month);
        newest_first.then_with(|| (a.family, a.cells).cmp(&(b.family, b.cells)))
    });
    let mut merged: Vec<Question> = Vec::with_capacity(questions.len());
    for question in questions {
        match merged.last_mut() {
            Some(last)
                if last.month == question.month
                    && last.family == question.family
                    && question.cells.low <= last.cells.high.saturating_add(1) =>
            {
                last.cells.high = last.cells.high.max(question.cells.high);
            }
            Some(_) | None => merged.push(question),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use vault::Cells;

    use super::*;

    #[test]
    fn months_are_asked_for_together_unless_they_are_much() {
        let question = |month: &str, low, high| Question {
            month: month.into(),
            family: Family::Address,
            cells: Cells { low, high },
        };
        let asked = merged(vec![
            question("2026-09-01", 5, 5),
            question("2026-10-01", 7, 9),
            question("2026-11-01", 0, 3_000),
            question("2026-10-01", 10, 10),
            question("2026-08-01", 0, 2_046),
        ]);
        let lengths: Vec<usize> = at_a_time(&asked).iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [1, 2, 1]);
        assert_eq!(
            asked.first().map(|one| one.month.as_str()),
            Some("2026-11-01")
        );
        assert_eq!(asked.get(1), Some(&question("2026-10-01", 7, 10)));
        let partition = |month: &str| Partition {
            family: Family::Address,
            month: month.into(),
            version: 1,
            bits: vault::Bits([1, 1, 0]),
        };
        let all = merged(vec![
            question("2026-10-01", 2, 3),
            question("2026-11-01", 0, 2),
            question("2026-10-01", 0, 1),
        ]);
        assert!(is_whole(&all, &partition("2026-10-01")));
        assert!(!is_whole(&all, &partition("2026-11-01")));
        assert!(at_a_time(&[]).iter().all(|part| part.is_empty()));
    }
}
