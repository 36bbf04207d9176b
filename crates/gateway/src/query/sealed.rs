//! Whether tickets answer, where only their sealed summaries tell: markings, kinds, organisations, words.

use std::collections::HashMap;

use extract::Tlp;
use uuid::Uuid;

use super::{Query, Term};
use crate::cli::desk::Desk;
use crate::cli::seen;
use crate::concern;
use crate::marking::{self, Marked};
use crate::sealing::Summary;
use crate::store::{QueueRow, StoreFault};

/// Whether each ticket answers, in the order of the rows; `None` when only messages could tell that are sealed to analysts or can't be
/// opened. How a ticket is marked is looked for beyond its first message only while that could change the answer.
pub(super) async fn met(
    desk: &Desk,
    query: &Query,
    rows: &[QueueRow],
) -> anyhow::Result<Vec<Option<bool>>> {
    let mut concerns = concerned(desk, query, rows).await?;
    let is_open = |row: &&QueueRow| !desk.is_closed(&row.first);
    let mut opened: Vec<Option<Opened>> = rows
        .iter()
        .map(|row| {
            let row = Some(row).filter(is_open)?;
            Some(Opened::of(desk, row, concerns.remove(&row.id)))
        })
        .collect();
    let mut terms = query.terms().into_iter();
    if terms.any(|term| matches!(term, Term::Tlp(_))) {
        mark(desk, query, rows, &mut opened).await?;
    }
    let both = rows.iter().zip(&opened);
    Ok(both
        .map(|(row, opened)| is_met_by(query, row, opened.as_ref()))
        .collect())
}

/// Says of each ticket how it is marked.
async fn mark(
    desk: &Desk,
    query: &Query,
    rows: &[QueueRow],
    opened: &mut [Option<Opened>],
) -> Result<(), StoreFault> {
    let mut marked = marking::of_firsts(desk, rows).await?;
    let mut unsure: Vec<(&QueueRow, &mut Opened)> = Vec::new();
    for (row, opened) in rows.iter().zip(opened) {
        let Some(opened) = opened else { continue };
        opened.mark(marked.get(&row.id), row.messages <= 1);
        if row.messages > 1 && is_met_by(query, row, Some(opened)).is_none() {
            unsure.push((row, opened));
        }
    }
    let newer = unsure.iter().map(|(row, _)| *row);
    marking::add_newer(desk, newer, &mut marked).await?;
    for (row, opened) in unsure {
        opened.mark(marked.get(&row.id), true);
    }
    Ok(())
}

/// Whose problem each ticket is, if that is asked for; lower case.
async fn concerned(
    desk: &Desk,
    query: &Query,
    rows: &[QueueRow],
) -> anyhow::Result<HashMap<Uuid, Vec<String>>> {
    let mut terms = query.terms().into_iter();
    if !terms.any(|term| matches!(term, Term::Concerns(_))) {
        return Ok(HashMap::new());
    }
    let rows: Vec<&QueueRow> = rows.iter().collect();
    let concerns = seen::concerns(desk, &rows).await?.into_iter();
    Ok(concerns
        .map(|(ticket, of)| (ticket, concern::texts(&desk.directory, &of)))
        .collect())
}

/// Whether a ticket answers; `None` when only messages could tell that are sealed to analysts or can't be opened.
fn is_met_by(query: &Query, row: &QueueRow, opened: Option<&Opened>) -> Option<bool> {
    is_met(query, &mut row.tests.iter().copied(), opened)
}

/// What only its first message tells of a ticket; its marking is the strictest of its messages.
#[derive(Default)]
struct Opened {
    summary: Summary,
    /// The names of the organisations that its sender belongs to, lower case.
    organisations: Vec<String>,
    /// Whose problem it is, lower case.
    concerns: Vec<String>,
    /// It is marked as strictly as this at least; `None` for not at all.
    tlp: Option<Tlp>,
    /// A message that was not looked into, or can't be, may be marked more strictly.
    may_be_stricter: bool,
}

impl Opened {
    fn of(desk: &Desk, row: &QueueRow, concerns: Option<Vec<String>>) -> Opened {
        let summary = desk.summary(&row.first);
        let owners = desk.directory.of_address(&summary.from).into_iter();
        Opened {
            organisations: owners
                .map(|owner| owner.organisation.name.to_lowercase())
                .collect(),
            concerns: concerns.unwrap_or_default(),
            summary,
            tlp: None,
            may_be_stricter: true,
        }
    }

    /// Says how it is marked, by all of its messages or by some.
    fn mark(&mut self, marked: Option<&Marked>, by_all: bool) {
        let marked = marked.copied().unwrap_or_default();
        self.tlp = marked.at_least();
        self.may_be_stricter = !(by_all && marked.is_known());
    }

    /// Whether it is marked as asked; `None` when it may be.
    fn is_marked(&self, asked: super::Tlp) -> Option<bool> {
        let is = |tlp: Option<Tlp>| asked.is(tlp.map_or("", Tlp::as_str));
        if !self.may_be_stricter {
            return Some(is(self.tlp));
        }
        let stricter = Tlp::ALL.into_iter().filter(|tlp| Some(*tlp) > self.tlp);
        let first = is(self.tlp);
        let mut each = stricter.map(|tlp| is(Some(tlp)));
        each.all(|is| is == first).then_some(first)
    }
}

/// All terms are gone through, since each of those that the database told takes its turn.
fn is_met(
    query: &Query,
    told: &mut impl Iterator<Item = bool>,
    sealed: Option<&Opened>,
) -> Option<bool> {
    match query {
        Query::Term(term) => match term {
            Term::Tlp(tlp) => sealed.and_then(|sealed| sealed.is_marked(*tlp)),
            Term::Type(kind) => sealed.map(|sealed| is_kind(&sealed.summary, kind)),
            Term::Words(words) => sealed.map(|sealed| has(&sealed.summary, words)),
            Term::Organisation(name) => sealed.map(|sealed| {
                let mut names = sealed.organisations.iter();
                names.any(|known| known.contains(name.as_str()))
            }),
            Term::Concerns(name) => sealed.map(|sealed| {
                let mut texts = sealed.concerns.iter();
                texts.any(|known| known.contains(name.as_str()))
            }),
            Term::Encrypted(false) => told.next().map(|told| !told),
            Term::Age(age) if !age.older => told.next().map(|told| !told),
            Term::Is(_)
            | Term::Status(_)
            | Term::Signature(_)
            | Term::Encrypted(_)
            | Term::Age(_)
            | Term::Owner(_)
            | Term::Number(_)
            | Term::Tag(_)
            | Term::From(_)
            | Term::Value(_) => told.next(),
        },
        Query::Not(inner) => is_met(inner, told, sealed).map(|met| !met),
        Query::All(inner) => {
            let met = inner.iter().map(|one| is_met(one, told, sealed));
            either(&met.collect::<Vec<_>>(), false)
        }
        Query::Any(inner) => {
            let met = inner.iter().map(|one| is_met(one, told, sealed));
            either(&met.collect::<Vec<_>>(), true)
        }
    }
}

/// One that is so decides; otherwise what is not known is not known.
fn either(met: &[Option<bool>], decides: bool) -> Option<bool> {
    match (met.contains(&Some(decides)), met.contains(&None)) {
        (true, _) => Some(decides),
        (false, true) => None,
        (false, false) => Some(!decides),
    }
}

fn is_kind(summary: &Summary, asked: &str) -> bool {
    let mut kinds = summary.kinds.iter();
    kinds.any(|kind| {
        let class = extract::rsit(kind).map_or("", |known| known.classification);
        kind.contains(asked) || class.contains(asked)
    })
}

fn has(summary: &Summary, words: &str) -> bool {
    let mut places = [&summary.subject, &summary.from, &summary.gist].into_iter();
    places.any(|place| place.to_lowercase().contains(words))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;
    use crate::query::parse;

    #[test]
    fn what_is_sealed_is_weighed_with_what_the_database_told() {
        let summary = Summary {
            subject: "A Scan of ours".into(),
            kinds: vec!["phishing".into()],
            ..Summary::default()
        };
        let mut opened = Opened {
            summary,
            organisations: vec!["bank of examples".into()],
            concerns: vec!["school".into(), "like school.example (digits)".into()],
            tlp: Some(Tlp::AmberStrict),
            may_be_stricter: false,
        };
        for (query, told, met, sealed) in [
            ("tag:wave org:bank", vec![true], Some(true), None),
            ("tag:wave org:bank", vec![false], Some(false), Some(false)),
            ("-org:isp", vec![], Some(true), None),
            ("concerns:school", vec![], Some(true), None),
            ("concerns:like -concerns:bank", vec![], Some(true), None),
            ("tlp:amber", vec![], Some(true), None),
            ("is:mine or tlp:red", vec![true], Some(true), Some(true)),
            ("is:mine or tlp:red", vec![false], Some(false), None),
            ("is:mine -tlp:red", vec![false], Some(false), Some(false)),
            ("enc:no kind:fraud scan", vec![false], Some(true), None),
            ("-(is:mine \"of ours\")", vec![true], Some(false), None),
            ("age<2d scanned", vec![false], Some(false), None),
        ] {
            let read = parse(query).unwrap();
            let met_by = |sealed| is_met(&read, &mut told.clone().into_iter(), sealed);
            assert_eq!(met_by(Some(&opened)), met, "{query}");
            assert_eq!(met_by(None), sealed, "{query}");
        }
        // What can't be looked into may be marked more strictly; the rest is told by the first message.
        opened.may_be_stricter = true;
        for (query, met) in [
            ("tlp:amber+strict", None),
            ("-tlp:red", None),
            ("tlp:green", Some(false)),
            ("-tlp:none", Some(true)),
            ("scan", Some(true)),
        ] {
            let read = parse(query).unwrap();
            let is_met = is_met(&read, &mut std::iter::empty(), Some(&opened));
            assert_eq!(is_met, met, "{query}");
        }
    }
}
