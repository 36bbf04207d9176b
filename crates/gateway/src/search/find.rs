//! Asks the index, opens what comes, keeps what is true.
//!
//! The condition with the fewest cells is asked for; the others are checked on what was opened, since all values of a message
//! are sealed together.

use std::num::NonZero;

use uuid::Uuid;
use vault::{KeyRing, VaultError, blind};

use super::condition::Condition;
use super::partition::{self, Months};
use super::place::{self, MOST_NETWORKS};
use super::value::Value;
use crate::store::{Candidate, Partition, Question, Store, StoreFault};

/// What a search needs.
pub struct Search<'a> {
    /// The database.
    pub store: &'a Store,
    /// Opens what it holds.
    pub ring: &'a KeyRing,
    /// The team's name.
    pub team: &'a str,
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
    /// Messages in the order in which they came.
    pub found: Vec<Found>,
    /// Messages that share a cell and could not be opened.
    pub unreadable: usize,
    /// How many were opened.
    pub opened: usize,
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
    /// Finds the messages that answer all conditions.
    ///
    /// # Errors
    /// [`SearchFault`].
    pub async fn run(
        &self,
        conditions: &[Condition],
        months: &Months,
    ) -> Result<Answer, SearchFault> {
        let partitions = self
            .store
            .partitions(months.from.as_deref(), months.to.as_deref())
            .await?;
        let mut asked = None;
        for condition in conditions {
            let paths = place::of_condition(condition).ok_or(SearchFault::TooWide)?;
            if paths.is_empty() {
                continue;
            }
            let cost = cost(&self.questions(&partitions, &paths, 0..blind::FIRST_SALTS));
            if asked.as_ref().is_none_or(|(least, _, _)| cost < *least) {
                asked = Some((cost, condition, paths));
            }
        }
        let Some((_, condition, paths)) = asked else {
            return Err(SearchFault::PortAlone);
        };
        let spread = paths.iter().any(|(family, _)| family.is_spread());
        let mut answer = Answer::default();
        let mut salts = 0..blind::FIRST_SALTS;
        loop {
            let questions = self.questions(&partitions, &paths, salts.clone());
            let candidates = self.store.candidates(&questions).await?;
            answer.opened += candidates.len();
            let mut hits = 0;
            for (candidate, opened) in candidates.iter().zip(self.open(&candidates)) {
                let Ok(values) = opened else {
                    answer.unreadable += 1;
                    continue;
                };
                hits += usize::from(values.iter().any(|value| condition.is_met_by(value)));
                let known = answer
                    .found
                    .iter()
                    .any(|found| found.entry == candidate.entry);
                let values = answers(conditions, values);
                if !values.is_empty() && !known {
                    answer.found.push(Found {
                        entry: candidate.entry,
                        case: candidate.case,
                        values,
                    });
                }
            }
            // A value with many rows is spread further: there is more as long as there is any.
            if !spread || hits == 0 || salts.end >= blind::MOST_SALTS {
                break;
            }
            salts = salts.end..salts.end * 4;
        }
        answer.found.sort_by_key(|found| found.entry);
        Ok(answer)
    }

    /// Each run of cells once, neighbours together. Further salts concern spread families only.
    fn questions(
        &self,
        partitions: &[Partition],
        paths: &[(vault::Family, place::Path)],
        salts: std::ops::Range<u16>,
    ) -> Vec<Question> {
        let mut questions = Vec::new();
        for partition in partitions {
            let Some(year_month) = partition::year_month(&partition.month) else {
                continue;
            };
            let indexer = self.ring.indexer(partition.family, self.team, year_month);
            for (family, path) in paths
                .iter()
                .filter(|(family, _)| *family == partition.family)
            {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let salts = match (family.is_spread(), salts.start) {
                    (true, _) => salts.clone(),
                    (false, 0) => 0..1,
                    (false, _) => 0..0,
                };
                for salt in salts {
                    let cells = indexer.cells(partition.bits, &path, salt);
                    questions.push(Question {
                        month: partition.month.clone(),
                        family: *family,
                        cells,
                    });
                }
            }
        }
        merged(questions)
    }

    /// Opens candidates on all cores.
    fn open(&self, candidates: &[Candidate]) -> Vec<Result<Vec<Value>, VaultError>> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = candidates.len().div_ceil(cores).max(64);
        let open = |part: &[Candidate]| -> Vec<_> {
            part.iter()
                .map(|candidate| partition::open(self.ring, self.team, candidate))
                .collect()
        };
        if candidates.len() <= share {
            return open(candidates);
        }
        std::thread::scope(|scope| {
            let hands: Vec<_> = candidates
                .chunks(share)
                .map(|part| (part.len(), scope.spawn(|| open(part))))
                .collect();
            let join = |(length, hand): (usize, std::thread::ScopedJoinHandle<'_, Vec<_>>)| {
                hand.join()
                    .unwrap_or_else(|_| vec![Err(VaultError::Malformed); length])
            };
            hands.into_iter().flat_map(join).collect()
        })
    }
}

/// How many cells are looked into.
fn cost(questions: &[Question]) -> i64 {
    let cells = questions.iter().map(|question| question.cells);
    cells
        .map(|cells| i64::from(cells.high) - i64::from(cells.low) + 1)
        .sum()
}

fn merged(mut questions: Vec<Question>) -> Vec<Question> {
    questions.sort_unstable();
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

/// The values that answer a condition, when every condition is answered: a port by one of the addresses that were asked for.
fn answers(conditions: &[Condition], values: Vec<Value>) -> Vec<Value> {
    let ports: Vec<&Condition> = conditions
        .iter()
        .filter(|condition| matches!(condition, Condition::Port(_)))
        .collect();
    let with_ports = |value: &Value| ports.iter().all(|port| port.is_met_by(value));
    let mut answers = Vec::new();
    let mut port_is_met = ports.is_empty();
    for condition in conditions {
        if matches!(condition, Condition::Port(_)) {
            continue;
        }
        let is_network = matches!(condition, Condition::Network(_));
        let met = values
            .iter()
            .filter(|value| condition.is_met_by(value) && (!is_network || with_ports(value)));
        let before = answers.len();
        answers.extend(met.cloned());
        if answers.len() == before {
            return Vec::new();
        }
        port_is_met |= is_network;
    }
    if !port_is_met {
        let met: Vec<Value> = values
            .into_iter()
            .filter(|value| with_ports(value))
            .collect();
        if met.is_empty() {
            return Vec::new();
        }
        answers.extend(met);
    }
    answers.sort();
    answers.dedup();
    answers
}
