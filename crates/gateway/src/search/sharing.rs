//! Which messages have these values. The newest month is asked first, and older ones only about values of which too few messages are
//! known yet: what stands in every report is not read through a whole year.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use vault::Family;

use super::ask::{self, Keys, Part};
use super::find::{Search, SearchFault, around};
use super::partition::Months;
use super::place::Path;
use crate::store::{Partition, Window};

/// Cells of a value and month that are looked into, where it is spread over more.
const MOST_SALTS: u16 = 64;

/// Messages by value, the newest first.
pub(super) type Shared = HashMap<(Family, Path), Vec<Uuid>>;

impl Search<'_> {
    /// The newest messages that have these values, so many of each at most.
    pub(super) async fn sharing(
        &self,
        paths: &[(Family, Path)],
        months: &Months,
        most: usize,
    ) -> Result<Shared, SearchFault> {
        let mut found = Shared::new();
        let mut left = paths.to_vec();
        if left.is_empty() {
            return Ok(found);
        }
        let (from, to) = (months.from.as_deref(), months.to.as_deref());
        let partitions = self.store.partitions(from, to).await?;
        let mut rounds = rounds(partitions).into_iter().peekable();
        while let Some(round) = rounds.next() {
            self.ask_round(&round, &left, &mut found).await?;
            for entries in found.values_mut() {
                entries.sort_unstable_by_key(|entry| Reverse(*entry));
                entries.dedup();
                entries.truncate(most);
            }
            let Some(next) = rounds.peek().and_then(|round| round.first()) else {
                break;
            };
            left.retain(|path| {
                let known = found.get(path).filter(|entries| entries.len() >= most);
                known.is_none_or(|entries| !is_all(entries, &next.month))
            });
            if left.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Adds what these partitions know.
    async fn ask_round(
        &self,
        round: &[Partition],
        paths: &[(Family, Path)],
        found: &mut Shared,
    ) -> Result<(), SearchFault> {
        let keys = Keys {
            ring: self.ring,
            team: self.team,
        };
        let mut by_family: BTreeMap<Family, Vec<&Path>> = BTreeMap::new();
        for (family, path) in paths {
            by_family.entry(*family).or_default().push(path);
        }
        let concerned = round
            .iter()
            .filter(|one| by_family.contains_key(&one.family));
        let mut parts: Vec<Part> = concerned.map(|one| Part::new(one, paths, &keys)).collect();
        let months = Months {
            from: round.last().map(|oldest| oldest.month.clone()),
            to: round.first().map(|newest| newest.month.clone()),
        };
        self.read_spread(&mut parts, &months, MOST_SALTS).await?;
        let questions: Vec<_> = parts.iter().flat_map(Part::questions).collect();
        for questions in ask::statements(&questions) {
            // In two halves at once: the database is waited for, and reads each with a core of its own.
            let (first, second) = questions.split_at(questions.len() / 2);
            let (first, second) = tokio::try_join!(
                self.store.marks(first, Window::default()),
                self.store.marks(second, Window::default())
            )?;
            for shared in first.into_iter().chain(second) {
                let mut hits = Vec::new();
                let mut of_these = parts.iter();
                if let Some(part) = of_these.find(|one| one.is_of(shared.family, &shared.month)) {
                    part.hits_by_path(&shared.entries, &shared.marks, &mut hits);
                }
                let paths = by_family.get(&shared.family);
                for (at, entry) in hits {
                    if let Some(path) = paths.and_then(|paths| paths.get(at)) {
                        let key = (shared.family, (*path).clone());
                        found.entry(key).or_default().push(entry);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Partitions that are asked together, whole months: the newest month alone, then four months, sixteen and so on.
fn rounds(mut partitions: Vec<Partition>) -> Vec<Vec<Partition>> {
    partitions.sort_by(|one, other| other.month.cmp(&one.month));
    let months = partitions.chunk_by(|one, other| one.month == other.month);
    let mut months: Vec<&[Partition]> = months.collect();
    let (mut rounds, mut most) = (Vec::new(), 1);
    while !months.is_empty() {
        let rest = months.split_off(most.min(months.len()));
        rounds.push(months.concat());
        (months, most) = (rest, most.saturating_mul(4));
    }
    rounds
}

/// Whether no message that is newer than the last of these can be indexed with this month, or one before it.
fn is_all(entries: &[Uuid], month: &str) -> bool {
    let last = entries.last();
    last.is_some_and(|last| around(*last).0.as_str() > month)
}

#[cfg(test)]
mod tests {
    use uuid::{NoContext, Timestamp};
    use vault::Bits;

    use super::*;

    fn partition(family: Family, month: &str) -> Partition {
        Partition {
            family,
            month: month.into(),
            version: 1,
            bits: Bits([6, 0, 0]),
        }
    }

    #[test]
    fn the_newest_month_is_asked_alone_and_then_more_at_a_time() {
        let months: Vec<String> = (1..=12)
            .map(|month| format!("2026-{month:02}-01"))
            .collect();
        let partitions = months
            .iter()
            .flat_map(|month| [Family::Name, Family::Hash].map(|family| partition(family, month)));
        let rounds = rounds(partitions.collect());
        let spans = rounds.iter().map(|round| {
            let month = |one: Option<&Partition>| one.map(|one| one.month.clone());
            (round.len(), month(round.first()), month(round.last()))
        });
        let of = |newest: &str, oldest: &str| (Some(newest.into()), Some(oldest.into()));
        let wanted = [
            (2, of("2026-12-01", "2026-12-01")),
            (8, of("2026-11-01", "2026-08-01")),
            (14, of("2026-07-01", "2026-01-01")),
        ];
        assert!(spans.eq(wanted.map(|(count, (newest, oldest))| (count, newest, oldest))));
        assert!(super::rounds(Vec::new()).is_empty());
    }

    #[test]
    fn a_message_of_the_first_day_may_stand_with_the_month_before() {
        let at = |second| Uuid::new_v7(Timestamp::from_unix(NoContext, second, 0));
        // 2026-11-20, 2026-11-01 12:00 UTC.
        let (late, first) = (at(1_795_132_800), at(1_793_534_400));
        assert!(is_all(&[late], "2026-10-01"));
        assert!(!is_all(&[late, first], "2026-10-01"));
        assert!(is_all(&[late, first], "2026-09-01"));
        assert!(!is_all(&[], "2026-10-01"));
    }
}
