//! Asks the index, opens what comes, keeps what is true.
//!
//! The condition with the fewest cells is asked for. Rows that share a cell with it are told apart by their marks
//! ([`vault::indexer`]), and what is a hit is opened, the newest first, until a page of answers is full: the other conditions are
//! checked then, and all that a path doesn't say (ports, hosts of URLs, networks between the levels of the index). So a value that
//! stands in every report costs no more than a rare one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use vault::{KeyRing, blind};

use super::answers::answers;
use super::ask::{self, Keys, Part};
use super::condition::Condition;
use super::open::{Opened, Opener};
use super::partition::{self, Months};
use super::place::MOST_NETWORKS;
use super::value::Value;
use crate::analyst::OwnKey;
use crate::store::{Candidate, Store, StoreFault, Window};

/// Messages of a page unless said otherwise.
pub const PAGE: usize = 100;
/// Hits that are opened at a time, at least.
const FEW: usize = 32;
/// How much is done for one page.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Messages that are opened at a time.
    pub at_a_time: usize,
    /// Once so many were opened, the rest is left to the next page.
    pub opened: usize,
}

impl Effort {
    /// A second or two, at most.
    pub const ORDINARY: Effort = Effort {
        at_a_time: 8_192,
        opened: 100_000,
    };
    /// With an analyst's own key, where opening each takes some hundredths of a second.
    pub const GNUPG: Effort = Effort {
        at_a_time: 128,
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
    /// Messages that may be answers and could not be opened.
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
        loop {
            match self.once(conditions, months, page).await {
                // A month was indexed anew meanwhile: its values are in other cells now.
                Err(SearchFault::Store(StoreFault::Conflict)) => {}
                done => return done,
            }
        }
    }

    async fn once(
        &self,
        conditions: &[Condition],
        months: &Months,
        page: Page,
    ) -> Result<Answer, SearchFault> {
        let (from, to) = (months.from.as_deref(), months.to.as_deref());
        let partitions = self.store.partitions(from, to).await?;
        let keys = Keys {
            ring: self.ring,
            team: self.team,
        };
        let mut parts = ask::cheapest(conditions, &partitions, &keys)?;
        let mut closed = parts.iter().filter(|part| !part.is_open());
        // The newest come first.
        let last = closed.next().map(|part| part.partition.month.clone());
        let first = closed.next_back().map(|part| part.partition.month.clone());
        let closed = last.map(|last| (first.unwrap_or_else(|| last.clone()), last));
        self.read_spread(&mut parts, months, blind::MOST_SALTS)
            .await?;
        let mut gathered = Gathered::new(conditions, page);
        for round in ask::rounds(&parts) {
            if round
                .iter()
                .any(|part| gathered.wants(&part.partition.month))
            {
                self.look(round, &mut gathered).await?;
            }
        }
        Ok(gathered.answer(closed))
    }

    /// Over how many salts what is asked for is spread, in each month.
    pub(super) async fn read_spread(
        &self,
        parts: &mut [Part],
        months: &Months,
        most: u16,
    ) -> Result<(), StoreFault> {
        let families = parts.iter().map(|part| part.partition.family);
        let mut families: Vec<_> = families.filter(|family| family.is_spread()).collect();
        families.dedup();
        if families.is_empty() {
            return Ok(());
        }
        let (from, to) = (months.from.as_deref(), months.to.as_deref());
        for (family, month, marks) in self.store.spread(&families, from, to).await? {
            let mut parts = parts.iter_mut();
            if let Some(part) = parts.find(|part| part.is_of(family, &month)) {
                part.spread(&marks, most);
            }
        }
        Ok(())
    }

    /// Opens searchable values, each with its message, or says why that can't be.
    pub async fn open(&self, candidates: Vec<Candidate>) -> Vec<Opened> {
        self.opener().open(candidates).await
    }

    fn opener(&self) -> Opener {
        Opener {
            ring: Arc::clone(self.ring),
            team: self.team.into(),
            own: self.own.map(Arc::clone),
        }
    }

    /// Opens the hits, the newest first, until the rest can't be on the page.
    async fn look(&self, parts: &[Part], gathered: &mut Gathered<'_>) -> Result<(), SearchFault> {
        let window = gathered.window();
        let mut hits = Vec::new();
        let questions: Vec<_> = parts.iter().flat_map(Part::questions).collect();
        for questions in ask::statements(&questions) {
            for shared in self.store.marks(questions, window).await? {
                let mut parts = parts.iter();
                if let Some(part) = parts.find(|part| part.is_of(shared.family, &shared.month)) {
                    part.hits(&shared.entries, &shared.marks, &mut hits);
                }
            }
        }
        hits.sort_unstable();
        hits.dedup();
        let opener = self.opener();
        while hits.last().copied() > gathered.low {
            let most = gathered.next_chunk();
            let newest = hits.split_off(hits.len().saturating_sub(most));
            let oldest = newest.first().copied();
            let candidates = self.store.values(&newest).await?;
            gathered.take(opener.open(candidates).await);
            if gathered.opened >= gathered.page.effort.opened && !hits.is_empty() {
                gathered.cut(oldest);
            }
        }
        Ok(())
    }
}

/// What is known so far.
struct Gathered<'a> {
    conditions: &'a [Condition],
    page: Page,
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
    fn new(conditions: &'a [Condition], page: Page) -> Self {
        Gathered {
            conditions,
            page,
            found: BTreeMap::new(),
            low: None,
            cut: None,
            unreadable: 0,
            opened: 0,
        }
    }

    /// Between which messages those of the page are.
    fn window(&self) -> Window {
        Window {
            before: self.page.before,
            after: self.low,
        }
    }

    fn take(&mut self, opened: Vec<Opened>) {
        self.opened += opened.len();
        for (candidate, values) in opened {
            let Ok(values) = values else {
                self.unreadable += 1;
                continue;
            };
            let values = answers(self.conditions, values);
            let (entry, case) = (candidate.entry, candidate.case);
            if !values.is_empty() && Some(entry) > self.low {
                let found = Found {
                    entry,
                    case,
                    values,
                };
                self.found.insert(entry, found);
            }
        }
        while self.found.len() > self.page.most.saturating_add(1) {
            self.found.pop_first();
        }
        if self.found.len() > self.page.most {
            self.low = self.found.keys().next().copied();
        }
    }

    /// How many hits are opened next: as many as will fill the page when they are like those before, and a quarter more, so that
    /// one time is enough most times.
    fn next_chunk(&self) -> usize {
        let most = self.page.most.saturating_add(1);
        let missing = most.saturating_sub(self.found.len());
        let wanted = match self.opened {
            0 => missing,
            opened => opened.saturating_mul(missing) / self.found.len().max(1) / 4 * 5,
        };
        let wanted = wanted.max(most.min(FEW));
        wanted.min(self.page.effort.at_a_time).max(1)
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
pub(super) fn around(entry: Uuid) -> (String, String) {
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
