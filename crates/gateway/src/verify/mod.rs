//! Walks the audit trail and everything that is sealed, and names what is not as it was written (T72).
//!
//! | module | what it does |
//! | --- | --- |
//! | [`chain`] | the lines of one chain, its head, and the anchors |
//! | [`rows`] | the rows that a chain names, and whether each opens in its place |
//! | [`awaited`] | the answers that letters expect |
//! | [`tags`] | the marks by which the words of tickets are found |
//! | [`sealed`] | what else is sealed of a case, and whose certificates are |
//!
//! Covered are: every sealed column; the columns in clear of entries and tickets that never change; parties, foreign references,
//! searchable values, the index, mail of ours, and the answers that it expects; tickets' states, words and what was done with them; certificates, whose they are and what was
//! done with them; the register of organisations; later verdicts; the audit trail itself. Not covered are counters and states that
//! change by themselves: copies, a ticket's hour, how far the delivery of a mail has come.

mod awaited;
mod chain;
mod rows;
mod sealed;
mod tags;

use std::collections::BTreeSet;
use std::fmt;

use uuid::Uuid;
use vault::{KeyRing, Mark};

use crate::analyst::OwnKey;
use crate::audit::DEPLOYMENT;
use crate::store::{EntryColumns, Store, StoreFault};

pub(crate) use rows::columns;

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// It was there, and is not any more.
    Missing,
    /// It is not as it was written.
    Altered,
    /// It belongs elsewhere.
    Swapped,
    /// A part of it, or what followed it, is gone.
    Truncated,
    /// Nothing says how it came to be there.
    Added,
}

impl Broken {
    /// Its name in output.
    pub fn word(self) -> &'static str {
        match self {
            Broken::Missing => "missing",
            Broken::Altered => "altered",
            Broken::Swapped => "swapped",
            Broken::Truncated => "truncated",
            Broken::Added => "added",
        }
    }
}

/// A broken row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its case.
    pub case: Uuid,
    /// The ticket's number, if the case is one.
    pub serial: Option<i64>,
    /// The table.
    pub table: &'static str,
    /// Which row or column of it: `message 2 raw`, `line 7`.
    pub row: String,
    /// What is wrong with it.
    pub broken: Broken,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.row, self.broken.word())
    }
}

/// What was looked at.
#[derive(Debug, Default)]
pub struct Report {
    /// What is wrong, in order of case and place.
    pub findings: Vec<Finding>,
    /// Cases that were looked at.
    pub cases: usize,
    /// Lines of the audit trail.
    pub lines: usize,
    /// Messages.
    pub messages: usize,
    /// Messages of those that are sealed to analysts and were not opened.
    pub closed: usize,
}

/// What a check needs.
pub struct Verifier<'a> {
    /// The database.
    pub store: &'a Store,
    /// Opens what it holds.
    pub ring: &'a KeyRing,
    /// The team's name.
    pub team: &'a str,
    /// The analyst's own key, when it may be used.
    pub own: Option<&'a OwnKey>,
}

/// Cases that are asked for at a time.
const BATCH: i64 = 500;
/// How often a case is looked at again that changes while it is looked at.
const AGAIN: usize = 8;

impl Verifier<'_> {
    /// Looks at everything.
    ///
    /// # Errors
    /// [`StoreFault`]: nothing is known then.
    pub async fn all(&self) -> Result<Report, StoreFault> {
        let mut report = Report::default();
        let spread = self.spread().await?;
        self.anchors(&mut report).await?;
        let mut after = DEPLOYMENT;
        loop {
            let cases = self.store.cases(after, BATCH).await?;
            let Some(last) = cases.last() else {
                return Ok(report);
            };
            after = *last;
            for case in cases {
                self.one(case, &spread, &mut report).await?;
            }
        }
    }

    /// Looks at one case and its chain. Anchors are not looked at.
    ///
    /// # Errors
    /// As [`Verifier::all`].
    pub async fn case(&self, case: Uuid) -> Result<Report, StoreFault> {
        let mut report = Report::default();
        let spread = self.spread().await?;
        self.one(case, &spread, &mut report).await?;
        Ok(report)
    }

    async fn one(
        &self,
        case: Uuid,
        spread: &Spread,
        report: &mut Report,
    ) -> Result<(), StoreFault> {
        // Rows first: what is filed meanwhile adds lines, not rows, that this does not know.
        let mut stored = self.store.case_rows(case).await?;
        let mut chain = self.chain(case).await?;
        report.cases += 1;
        report.lines += chain.lines;
        report.messages += stored.entries.len();
        let closed = stored.entries.iter().filter(|entry| self.is_closed(entry));
        report.closed += closed.count();
        let serial = stored.ticket.as_ref().map(|ticket| ticket.serial);
        let mut found = chain.findings.clone();
        self.rows(case, &stored, &chain, spread, &mut found).await?;
        // What was filed, closed or sealed anew between two questions is no finding: it must be found twice in rows and lines that
        // are the same.
        for _ in 0..AGAIN {
            if found.is_empty() {
                break;
            }
            let before = (chain.lines, stored.wrapped.clone());
            let spread = self.spread().await?;
            stored = self.store.case_rows(case).await?;
            chain = self.chain(case).await?;
            found = chain.findings.clone();
            self.rows(case, &stored, &chain, &spread, &mut found)
                .await?;
            let now = self.store.case_rows(case).await?.wrapped;
            if before == (chain.lines, now) {
                break;
            }
        }
        report.findings.extend(
            found
                .into_iter()
                .map(|finding| Finding { serial, ..finding }),
        );
        Ok(())
    }

    /// Whether an entry is sealed to analysts, and nobody has offered a key: then its columns in clear are all that is checked.
    fn is_closed(&self, entry: &EntryColumns) -> bool {
        let wrapped = entry.wrapped.as_ref();
        self.own.is_none() && wrapped.is_some_and(|wrapped| wrapped.message().is_some())
    }

    async fn spread(&self) -> Result<Spread, StoreFault> {
        Ok(self.store.all_spread().await?.into_iter().collect())
    }
}

/// Which values are spread over several cells of the index: number of the family, month, mark.
type Spread = BTreeSet<(i16, String, Mark)>;
