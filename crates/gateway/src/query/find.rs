//! Finds the tickets that answer a query.
//!
//! Values, senders and tags are asked of the blind index first: that gives tickets. What stands in clear is asked of the database with
//! them. What only summaries tell (labels, kinds, organisations, words) is looked up in those that the database gives, a page at a time and not
//! without end: see `sealed`.

use jiff::Timestamp;
use uuid::Uuid;

use super::sealed::met;
use super::term::condition;
use super::{Is, Query, Term};
use crate::actions::refusal::{AskRefusal, Refusal};
use crate::actions::tag;
use crate::cli::desk::Desk;
use crate::cli::search::{entries, months_back, note};
use crate::search::Condition;
use crate::store::{OPEN, QueueOrder, QueuePage, QueuePlace, QueueRow, Test, Wanted};

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
        let met = match looks {
            true => met(desk, wish.query, &rows).await?,
            false => vec![Some(true); rows.len()],
        };
        for (row, met) in rows.into_iter().zip(met) {
            let place = place(&row);
            match met {
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
    let open = || OPEN.to_vec();
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;
    use crate::query::parse;

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
