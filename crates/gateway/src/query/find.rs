//! Finds the tickets that answer a query.
//!
//! Values, senders and tags are asked of the blind index first: that gives tickets. What stands in clear is asked of the database with
//! them. What only summaries tell (labels, kinds, organisations, words) is looked up in those that the database gives, a page at a time and not
//! without end.

use std::collections::HashMap;

use extract::Tlp;
use jiff::Timestamp;
use uuid::Uuid;

use super::term::condition;
use super::{Is, Query, Term};
use crate::actions::refusal::{AskRefusal, Refusal};
use crate::actions::tag;
use crate::cli::desk::Desk;
use crate::cli::search::{entries, months_back, note};
use crate::cli::seen;
use crate::concern;
use crate::marking::{self, Marked};
use crate::sealing::Summary;
use crate::search::Condition;
use crate::store::{QueueOrder, QueuePage, QueuePlace, QueueRow, StoreFault, Test, Wanted};

/// Months in which values are looked for.
pub(crate) const MONTHS: u32 = 12;
/// Messages with a value, the newest, whose tickets are found.
const MOST_FOUND: u16 = 2_000;
/// Values and senders of a query: for each the index is asked.
pub(crate) const MOST_VALUES: usize = 8;
/// Tickets that are read at a time where summaries are looked into, and at most for one page.
const AT_A_TIME: usize = 250;
const MOST_LOOKED: usize = 2_000;

/// Which part of the answer is wanted.
pub(crate) struct Wish<'a> {
    pub query: &'a Query,
    pub order: QueueOrder,
    pub after: Option<QueuePlace>,
    /// Tickets of a page.
    pub most: usize,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Listed {
    pub rows: Vec<QueueRow>,
    /// Behind this place there may be more.
    pub more: Option<QueuePlace>,
    /// The page is not full, since enough was looked into.
    pub is_cut: bool,
    /// Tickets that may answer: what would tell is sealed to analysts, or can't be opened.
    pub closed: usize,
    /// What the index could not tell.
    pub index: Unseen,
}

impl Listed {
    /// Why tickets that answer may be missing, a word each: `looked` (others were not looked into), `common` (of the messages with a
    /// value only the newest were looked at), `sealed` (to analysts). Empty when none is.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let index = &self.index;
        let is_sealed = self.closed > 0 || index.unreadable > 0 || index.months.is_some();
        let reasons = [
            (self.is_cut, "looked"),
            (!index.common.is_empty(), "common"),
            (is_sealed, "sealed"),
        ];
        let told = reasons.into_iter().filter(|(is_so, _)| *is_so);
        told.map(|(_, word)| word).collect()
    }
}

/// What the index could not tell.
#[derive(Default)]
pub(crate) struct Unseen {
    /// The first and the last of the months that there is no key to, `YYYY-MM-DD`.
    pub months: Option<(String, String)>,
    /// Messages that could not be opened.
    pub unreadable: usize,
    /// Values that so many messages have that only the newest of these were looked at.
    pub common: Vec<String>,
}

/// The order of a page: what is wanted may be closed, and then has no clock.
pub(crate) fn order(query: &Query, wanted: QueueOrder) -> QueueOrder {
    let is_open = |part: &Query| match part {
        Query::Term(Term::Is(is)) => *is == Is::Open,
        Query::Term(Term::Status(state)) => {
            let states = state.stored();
            !states.iter().any(|state| crate::ticket::is_closed(state))
        }
        Query::Term(_) | Query::Not(_) | Query::All(_) | Query::Any(_) => false,
    };
    match wanted {
        QueueOrder::Urgent if !query.parts().iter().any(is_open) => QueueOrder::Newest,
        QueueOrder::Urgent | QueueOrder::Newest | QueueOrder::Oldest => wanted,
    }
}

/// Finds a page of tickets.
///
/// # Errors
/// [`Refusal`] when the index can't be asked this; those of the store.
pub(crate) async fn find(desk: &Desk, wish: &Wish<'_>) -> anyhow::Result<Listed> {
    let asked = wish.query.terms().into_iter().filter_map(condition);
    if asked.count() > MOST_VALUES {
        return Err(Refusal::from(AskRefusal::Values).into());
    }
    let mut listed = Listed::default();
    let mut found = Vec::new();
    for term in wish.query.terms() {
        if let Some(Ok(condition)) = condition(term) {
            found.push(tickets(desk, condition, &mut listed.index).await?);
        }
        if let Term::Tag(word) = term {
            let tagged = tagged(desk, word).await?;
            if tagged.closed.is_some() {
                listed.index.months = tagged.closed;
            }
            found.push(tagged.tickets);
        }
    }
    let mut found = found.into_iter();
    let wanted = wanted(wish.query, &desk.actor, &mut found);
    let looks = wish.query.terms().into_iter().any(is_sealed);
    let step = match looks {
        true => AT_A_TIME,
        false => wish.most.saturating_add(1),
    };
    let mut page = QueuePage {
        order: wish.order,
        wanted,
        after: wish.after.clone(),
        limit: i64::try_from(step)?,
    };
    for _ in 0..MOST_LOOKED.div_ceil(step) {
        let rows = desk.store.queue_page(&desk.team, &page).await?;
        let is_last = rows.len() < step;
        let marked = marked(desk, wish.query, &rows).await?;
        let concerned = concerned(desk, wish.query, &rows).await?;
        for row in rows {
            let place = place(&row);
            let told = (marked.get(&row.id), concerned.get(&row.id));
            match answers(desk, wish.query, (&row, told), looks) {
                Some(true) if listed.rows.len() == wish.most => {
                    listed.more = page.after;
                    return Ok(listed);
                }
                Some(true) => listed.rows.push(row),
                Some(false) => {}
                None => listed.closed += 1,
            }
            page.after = Some(place);
        }
        if is_last {
            return Ok(listed);
        }
    }
    listed.more = page.after;
    listed.is_cut = true;
    Ok(listed)
}

/// How each ticket is marked, if that is asked for: messages after the first may be marked more strictly.
async fn marked(
    desk: &Desk,
    query: &Query,
    rows: &[QueueRow],
) -> Result<HashMap<Uuid, Marked>, StoreFault> {
    let mut terms = query.terms().into_iter();
    match terms.any(|term| matches!(term, Term::Tlp(_))) {
        true => marking::of_queue(desk, rows).await,
        false => Ok(HashMap::new()),
    }
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

/// The place of a ticket in the queue.
pub(crate) fn place(row: &QueueRow) -> QueuePlace {
    QueuePlace {
        due: row.due.clone(),
        id: row.id,
    }
}

/// What the database can tell of a query that asks for no value; `None` for one that does, or that summaries are needed for.
pub(crate) fn countable(query: &Query, actor: &str) -> Option<Wanted> {
    let mut terms = query.terms().into_iter();
    let is_told = |term: &Term| {
        condition(term).is_none() && !is_sealed(term) && !matches!(term, Term::Tag(_))
    };
    terms
        .all(is_told)
        .then(|| wanted(query, actor, &mut std::iter::empty()))
}

/// Whether summaries tell it.
fn is_sealed(term: &Term) -> bool {
    matches!(
        term,
        Term::Tlp(_) | Term::Type(_) | Term::Organisation(_) | Term::Concerns(_) | Term::Words(_)
    )
}

/// The tickets on which a word of the team stands; the trail says that somebody looked.
pub(crate) async fn tagged(desk: &Desk, word: &str) -> anyhow::Result<tag::Found> {
    desk.open_index()?;
    let place = (&desk.store, &*desk.ring, desk.team.as_str());
    let found = tag::find(place, word).await?;
    note(
        desk,
        "tag",
        std::iter::once(word.to_owned()),
        found.tickets.len(),
    )
    .await?;
    Ok(found)
}

/// The tickets of messages that have a value.
async fn tickets(
    desk: &Desk,
    condition: Condition,
    unseen: &mut Unseen,
) -> anyhow::Result<Vec<Uuid>> {
    let called = condition.describe();
    let answer = entries(desk, &[condition], &months_back(MONTHS), (MOST_FOUND, None)).await?;
    unseen.unreadable += answer.unreadable;
    if answer.closed.is_some() {
        unseen.months = answer.closed;
    }
    if answer.more.is_some() {
        unseen.common.push(called);
    }
    let entries: Vec<Uuid> = answer.found.iter().map(|found| found.entry).collect();
    let on = desk.store.tickets_of(&entries).await?;
    let mut tickets: Vec<Uuid> = on.into_iter().map(|(_, ticket)| ticket).collect();
    tickets.sort_unstable();
    tickets.dedup();
    Ok(tickets)
}

/// What the database is asked for; the tickets with each value are given in the order of the terms.
fn wanted(query: &Query, actor: &str, found: &mut impl Iterator<Item = Vec<Uuid>>) -> Wanted {
    match query {
        Query::Term(term) => test(term, actor, found),
        Query::Not(inner) => Wanted::Not(Box::new(wanted(inner, actor, found))),
        Query::All(inner) => {
            Wanted::All(inner.iter().map(|one| wanted(one, actor, found)).collect())
        }
        Query::Any(inner) => {
            Wanted::Any(inner.iter().map(|one| wanted(one, actor, found)).collect())
        }
    }
}

fn test(term: &Term, actor: &str, found: &mut impl Iterator<Item = Vec<Uuid>>) -> Wanted {
    let closed = || vec!["resolved", "rejected"];
    let open = || vec!["new", "open", "waiting"];
    let test = match term {
        Term::Is(Is::Open) => Test::State(open()),
        Term::Is(Is::Closed) => Test::State(closed()),
        Term::Is(Is::Mine) => Test::Owner(actor.to_owned()),
        Term::Is(Is::Unclaimed) => Test::Owner(String::new()),
        Term::Is(Is::Overdue) => Test::Overdue,
        Term::Is(Is::Awaited) => Test::Awaited,
        Term::Is(Is::Human) => Test::Human,
        Term::Status(state) => Test::State(state.stored()),
        Term::Signature(signed) => Test::Signature(signed.stored()),
        Term::Encrypted(true) => Test::Encrypted,
        Term::Encrypted(false) => return Wanted::Not(Box::new(Wanted::Test(Test::Encrypted))),
        Term::Age(age) => {
            let since = Timestamp::now().as_millisecond() - age.seconds().saturating_mul(1_000);
            let before = Wanted::Test(Test::Before(first_of(since)));
            return match age.older {
                true => before,
                false => Wanted::Not(Box::new(before)),
            };
        }
        Term::Owner(name) => Test::OwnerPart(name.clone()),
        Term::Number(number) => Test::Number(*number),
        Term::From(_) | Term::Value(_) | Term::Tag(_) => {
            Test::Among(found.next().unwrap_or_default())
        }
        Term::Tlp(_)
        | Term::Type(_)
        | Term::Organisation(_)
        | Term::Concerns(_)
        | Term::Words(_) => Test::Sealed,
    };
    Wanted::Test(test)
}

/// Less than the ids of all that came in this millisecond or later (RFC 9562 section 5.7).
fn first_of(millisecond: i64) -> Uuid {
    let since = u128::try_from(millisecond).unwrap_or(0);
    Uuid::from_u128(since << 80)
}

/// How a ticket is marked, and whose problem it is; `None` where that is not asked for or not known.
type Told<'a> = (Option<&'a Marked>, Option<&'a Vec<String>>);

/// Whether a ticket answers; `None` when only messages could tell that are sealed to analysts or can't be opened.
fn answers(
    desk: &Desk,
    query: &Query,
    (row, told): (&QueueRow, Told<'_>),
    looks: bool,
) -> Option<bool> {
    if !looks {
        return Some(true);
    }
    let sealed = (!desk.is_closed(&row.first)).then(|| Opened::of(desk, row, told));
    is_met(query, &mut row.tests.iter().copied(), sealed.as_ref())
}

/// What only its first message tells of a ticket; its marking is the strictest of its messages.
#[derive(Default)]
struct Opened {
    summary: Summary,
    /// The names of the organisations that its sender belongs to, lower case.
    organisations: Vec<String>,
    /// Whose problem it is, lower case.
    concerns: Vec<String>,
    /// A message that can't be looked into may be marked more strictly.
    is_hidden: bool,
}

impl Opened {
    fn of(desk: &Desk, row: &QueueRow, (marked, concerns): Told<'_>) -> Opened {
        let mut summary = desk.summary(&row.first);
        if let Some(marked) = marked {
            let tlp = marked.known().map_or("", Tlp::as_str);
            tlp.clone_into(&mut summary.tlp);
        }
        let owners = desk.directory.of_address(&summary.from).into_iter();
        Opened {
            organisations: owners
                .map(|owner| owner.organisation.name.to_lowercase())
                .collect(),
            concerns: concerns.cloned().unwrap_or_default(),
            is_hidden: marked.is_some_and(|marked| !marked.is_known()),
            summary,
        }
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
            Term::Tlp(tlp) => sealed
                .filter(|sealed| !sealed.is_hidden)
                .map(|sealed| tlp.is(&sealed.summary.tlp)),
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
            tlp: "AMBER+STRICT".into(),
            subject: "A Scan of ours".into(),
            kinds: vec!["phishing".into()],
            ..Summary::default()
        };
        let mut opened = Opened {
            summary,
            organisations: vec!["bank of examples".into()],
            concerns: vec!["school".into(), "like school.example (digits)".into()],
            is_hidden: false,
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
        opened.is_hidden = true;
        for (query, met) in [
            ("tlp:amber+strict", None),
            ("-tlp:red", None),
            ("scan", Some(true)),
        ] {
            let read = parse(query).unwrap();
            let is_met = is_met(&read, &mut std::iter::empty(), Some(&opened));
            assert_eq!(is_met, met, "{query}");
        }
    }

    #[test]
    fn closed_tickets_are_never_the_most_urgent() {
        for (query, wanted) in [
            ("is:open is:mine", QueueOrder::Urgent),
            ("status:waiting", QueueOrder::Urgent),
            ("", QueueOrder::Newest),
            ("is:open or is:mine", QueueOrder::Newest),
            ("status:closed", QueueOrder::Newest),
        ] {
            let read = parse(query).unwrap();
            assert_eq!(order(&read, QueueOrder::Urgent), wanted, "{query}");
        }
    }
}
