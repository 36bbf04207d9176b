//! Asks the index, opens what comes, keeps what is true.
//!
//! The condition with the fewest cells is asked for; the others are checked on what was opened, since all values of a message
//! are sealed together. Candidates come with the newest first and are opened until a page of answers is full, so that a value
//! that stands in every report costs no more than a rare one. A rare one costs what shares its cells.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use vault::KeyRing;

use super::answers::answers;
use super::ask::{self, Asked, Keys};
use super::condition::Condition;
use super::open::{Opened, Opener};
use super::partition::{self, Months};
use super::place::{self, MOST_NETWORKS};
use super::value::Value;
use crate::analyst::OwnKey;
use crate::store::{Question, Store, StoreFault, Window};

/// Messages of a page unless said otherwise.
pub const PAGE: usize = 100;
/// How much is done for one page.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Candidates that are asked for first.
    pub first: usize,
    /// Candidates that are asked for at a time after that.
    pub next: usize,
    /// Once so many were opened, the rest is left to the next page.
    pub opened: usize,
}

impl Effort {
    /// A second or two, at most.
    pub const ORDINARY: Effort = Effort {
        first: 1_024,
        next: 8_192,
        opened: 100_000,
    };
    /// With an analyst's own key, where opening each takes some hundredths of a second.
    pub const GNUPG: Effort = Effort {
        first: 32,
        next: 128,
        opened: 1_000,
    };
}

/// What a search needs.
pub struct Search<'a> {
    /// The database.
    pub store: &'a Store,
    /// Opens what it holds.
    pub ring: &'a Arc<KeyRing>,
    /// The team's name.
    pub team: &'a str,
    /// The analyst's own key, when it may be used.
    pub own: Option<&'a Arc<OwnKey>>,
}

/// Which part of the answer is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// So many messages at most.
    pub most: usize,
    /// Only messages older than this one.
    pub before: Option<Uuid>,
    /// How much is done for it.
    pub effort: Effort,
}

impl Default for Page {
    fn default() -> Self {
        Page {
            most: PAGE,
            before: None,
            effort: Effort::ORDINARY,
        }
    }
}

/// A message that answers all conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The message; later ones are greater.
    pub entry: Uuid,
    /// Its case: a ticket, or a suppressed message.
    pub case: Uuid,
    /// The values that answer a condition.
    pub values: Vec<Value>,
}

/// What came of a search.
#[derive(Debug, Default)]
pub struct Answer {
    /// Messages, the newest first.
    pub found: Vec<Found>,
    /// There may be more before this message: give it as [`Page::before`]. `None` when this is all.
    pub more: Option<Uuid>,
    /// Messages that share a cell and could not be opened.
    pub unreadable: usize,
    /// How many were opened.
    pub opened: usize,
    /// Months whose index there is no key to: the first and the last of them, `YYYY-MM-DD`. Without an analyst's own key these
    /// are all but the current one.
    pub closed: Option<(String, String)>,
}

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub enum SearchFault {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A port, and nothing else.
    #[error(
        "a port alone is not searched for: nearly every report has one; name an address, a network or a domain, too"
    )]
    PortAlone,
    /// A network that holds more than the index can be asked for.
    #[error(
        "networks wider than an IPv4 /8 or an IPv6 /24 are not searched for ({MOST_NETWORKS} networks of 65 536 addresses at most)"
    )]
    TooWide,
}

impl Search<'_> {
    /// Finds the newest messages that answer all conditions.
    ///
    /// # Errors
    /// [`SearchFault`].
    pub async fn run(
        &self,
        conditions: &[Condition],
        months: &Months,
        page: Page,
    ) -> Result<Answer, SearchFault> {
        let (from, to) = (months.from.as_deref(), months.to.as_deref());
        let mut partitions = self.store.partitions(from, to).await?;
        let keys = Keys {
            ring: self.ring,
            team: self.team,
        };
        let asked = Asked::cheapest(conditions, &partitions, &keys)?;
        let mut gathered = Gathered::new(conditions, asked.condition, page);
        partitions.retain(|partition| asked.concerns(partition.family));
        let closed = keys.missing(&partitions);
        let (mut salts, mut so_far) = (Some(ask::FIRST), Vec::new());
        while let Some(range) = salts {
            partitions.retain(|partition| gathered.wants(&partition.month));
            let questions = asked.questions(&partitions, &keys, Range::clone(&range));
            if questions.is_empty() {
                break;
            }
            let hit = self.look(&questions, &mut gathered).await?;
            so_far.extend(questions);
            so_far = ask::merged(so_far);
            // A value with many rows is spread further: a month has more as long as it has any.
            partitions.retain(|partition| {
                let month = &partition.month;
                let goes_on = hit.contains(month) || !gathered.has_all(month);
                partition.family.is_spread() && goes_on && !ask::is_whole(&so_far, partition)
            });
            salts = ask::next(&range);
        }
        Ok(gathered.answer(closed))
    }

    /// Opens candidates, the newest first, until the rest can't be on the page. Returns the months in which the condition is met.
    async fn look(
        &self,
        questions: &[Question],
        gathered: &mut Gathered<'_>,
    ) -> Result<BTreeSet<String>, SearchFault> {
        let opener = Opener {
            ring: Arc::clone(self.ring),
            team: self.team.into(),
            own: self.own.map(Arc::clone),
        };
        let effort = gathered.page.effort;
        let mut chunk = effort.first;
        let mut hit = BTreeSet::new();
        for questions in ask::at_a_time(questions) {
            let mut before = gathered.page.before;
            if !questions.iter().any(|one| gathered.wants(&one.month)) {
                return Ok(hit);
            }
            loop {
                let window = Window {
                    before,
                    after: gathered.low,
                    most: chunk,
                };
                let mut candidates = self.store.candidates(questions, window).await?;
                let last = candidates.last().map(|candidate| candidate.entry);
                let is_all = candidates.len() < chunk;
                candidates.retain(|candidate| {
                    !gathered.knows(candidate.entry, &candidate.month, &mut hit)
                });
                gathered.take(opener.open(candidates).await, &mut hit);
                if is_all {
                    break;
                }
                if gathered.low >= last {
                    return Ok(hit);
                }
                if gathered.opened >= effort.opened {
                    gathered.cut(last);
                    return Ok(hit);
                }
                before = last;
                chunk = gathered.next_chunk();
            }
        }
        Ok(hit)
    }
}

/// What is known so far.
struct Gathered<'a> {
    conditions: &'a [Condition],
    asked: &'a Condition,
    page: Page,
    /// Messages that were opened, and whether a value that is spread meets the condition that was asked for.
    seen: HashMap<Uuid, bool>,
    /// One more than a page, at most.
    found: BTreeMap<Uuid, Found>,
    /// Nothing older is on this page.
    low: Option<Uuid>,
    /// What is older was not looked at, since that would take too long.
    cut: Option<Uuid>,
    unreadable: usize,
    opened: usize,
}

impl<'a> Gathered<'a> {
    fn new(conditions: &'a [Condition], asked: &'a Condition, page: Page) -> Self {
        Gathered {
            conditions,
            asked,
            page,
            seen: HashMap::new(),
            found: BTreeMap::new(),
            low: None,
            cut: None,
            unreadable: 0,
            opened: 0,
        }
    }

    /// Whether a candidate was opened before; if so, what it says about its month.
    fn knows(&self, entry: Uuid, month: &str, hit: &mut BTreeSet<String>) -> bool {
        let known = self.seen.get(&entry);
        if known == Some(&true) {
            hit.insert(month.to_owned());
        }
        known.is_some()
    }

    fn take(&mut self, opened: Vec<Opened>, hit: &mut BTreeSet<String>) {
        self.opened += opened.len();
        for (candidate, values) in opened {
            let Ok(values) = values else {
                self.unreadable += 1;
                self.seen.insert(candidate.entry, false);
                continue;
            };
            // One that is not spread says nothing about further salts.
            let meets = values
                .iter()
                .any(|value| place::is_spread(value) && self.asked.is_met_by(value));
            self.seen.insert(candidate.entry, meets);
            if meets {
                hit.insert(candidate.month);
            }
            let values = answers(self.conditions, values);
            if !values.is_empty() && Some(candidate.entry) > self.low {
                let (entry, case) = (candidate.entry, candidate.case);
                self.found.insert(
                    entry,
                    Found {
                        entry,
                        case,
                        values,
                    },
                );
            }
        }
        while self.found.len() > self.page.most.saturating_add(1) {
            self.found.pop_first();
        }
        if self.found.len() > self.page.most {
            self.low = self.found.keys().next().copied();
        }
    }

    /// How many candidates are asked for next: as many as will fill the page when they are like those before.
    fn next_chunk(&self) -> usize {
        let effort = self.page.effort;
        let missing = self
            .page
            .most
            .saturating_add(1)
            .saturating_sub(self.found.len());
        let like_before = self.opened.saturating_mul(missing) / self.found.len().max(1);
        // A quarter more, so that one is enough most times.
        let wanted = like_before.saturating_add(like_before / 4);
        wanted.clamp(effort.first.min(effort.next), effort.next)
    }

    /// Leaves what is older than this message to the next page.
    fn cut(&mut self, last: Option<Uuid>) {
        self.cut = last;
        self.low = last;
        self.found.retain(|entry, _| Some(*entry) >= last);
    }

    /// Whether messages of the page may be indexed with this month.
    fn wants(&self, month: &str) -> bool {
        let old = self.low.is_some_and(|low| month < around(low).0.as_str());
        let new = |before| month > around(before).1.as_str();
        !old && !self.page.before.is_some_and(new)
    }

    /// Whether all candidates of a month were looked at.
    fn has_all(&self, month: &str) -> bool {
        let below = self.low.is_none_or(|low| month > around(low).1.as_str());
        let above = |before| month < around(before).0.as_str();
        below && self.page.before.is_none_or(above)
    }

    fn answer(mut self, closed: Option<(String, String)>) -> Answer {
        let mut more = self.cut;
        if self.found.len() > self.page.most {
            self.found.pop_first();
            more = self.found.keys().next().copied();
        }
        Answer {
            found: self.found.into_values().rev().collect(),
            more,
            unreadable: self.unreadable,
            opened: self.opened,
            closed,
        }
    }
}

/// First days of the months with which a message may be indexed: those of the day before it came and of the day after. An id
/// that doesn't tell may be in any.
fn around(entry: Uuid) -> (String, String) {
    const DAY: i64 = 86_400;
    let second = entry
        .get_timestamp()
        .and_then(|time| i64::try_from(time.to_unix().0).ok());
    let month = |second: i64| {
        let day = Timestamp::from_second(second).ok()?;
        Some(partition::first_day(TimeZone::UTC.to_datetime(day).date()))
    };
    second
        .and_then(|second| Some((month(second - DAY)?, month(second + DAY)?)))
        .unwrap_or_else(|| (String::new(), "9999-12-01".into()))
}
