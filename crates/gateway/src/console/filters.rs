//! Views of the queue, and what a query can be narrowed by: each a link, so that every view has an address.

use super::accounts::url;
use super::words::Words;
use crate::query::{Is, Query, Signed, State, Term, Tlp, parse};

/// What needs doing now.
pub(super) const NOW: &str = "is:open (is:mine or is:unclaimed)";

/// A view, as a link with how many tickets it has.
pub(super) struct Tab {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) is_here: bool,
    /// Empty when they are not counted.
    pub(super) count: String,
    pub(super) query: Query,
}

/// What the query can be narrowed by, of one kind.
pub(super) struct Facet {
    pub(super) name: &'static str,
    pub(super) choices: Vec<Choice>,
}

/// A term that is put into the query, or taken out of it.
pub(super) struct Choice {
    pub(super) text: &'static str,
    pub(super) href: String,
    pub(super) is_on: bool,
}

/// The views that everybody has.
pub(super) fn built_in(w: &Words) -> [(&'static str, &'static str); 6] {
    [
        (w.view_now, NOW),
        (w.view_mine, "is:open is:mine"),
        (w.view_unclaimed, "is:open is:unclaimed"),
        (w.overdue, "is:open is:overdue"),
        (w.not_closed, "is:open"),
        (w.closed, "is:closed"),
    ]
}

/// The first of them as links: name and address.
pub(super) fn views(w: &Words, team: &str) -> Vec<(&'static str, String)> {
    let base = format!("/q/{}", url(team));
    let link = |(name, query): &(&'static str, &str)| (*name, format!("{base}?q={}", url(query)));
    built_in(w).iter().take(3).map(link).collect()
}

/// A view as a link.
pub(super) fn tab(name: &str, query: &str, (base, here): (&str, Option<&Query>)) -> Option<Tab> {
    let read = parse(query).ok()?;
    Some(Tab {
        name: name.to_owned(),
        href: format!("{base}?q={}", url(query)),
        is_here: here == Some(&read),
        count: String::new(),
        query: read,
    })
}

/// What this query can be narrowed by; of each kind one at a time.
pub(super) fn facets(query: &Query, base: &str, w: &Words) -> Vec<Facet> {
    let facet = |(name, terms): (&'static str, Vec<(Term, &'static str)>)| {
        let all: Vec<Query> = terms
            .iter()
            .map(|(term, _)| Query::Term(term.clone()))
            .collect();
        let choices = terms.into_iter().zip(&all).map(|((_, text), one)| {
            let is_on = query.parts().contains(one);
            let kept = query.parts().iter().filter(|part| !all.contains(part));
            let added = (!is_on).then(|| one.clone());
            let narrowed = Query::all(kept.cloned().chain(added));
            Choice {
                text,
                href: format!("{base}?q={}", url(&narrowed.to_string())),
                is_on,
            }
        });
        Facet {
            name,
            choices: choices.collect(),
        }
    };
    terms(w).into_iter().map(facet).collect()
}

/// What it can be narrowed by, of each kind.
fn terms(w: &Words) -> [(&'static str, Vec<(Term, &'static str)>); 6] {
    let is = |is, text| (Term::Is(is), text);
    let status = |state, word| (Term::Status(state), w.state(word));
    let signed = |signed, text| (Term::Signature(signed), text);
    let labels = Tlp::ALL.map(|(tlp, word)| (Term::Tlp(tlp), w.tlp(tlp, word)));
    let states = vec![
        is(Is::Open, w.not_closed),
        status(State::New, "new"),
        status(State::Open, "open"),
        status(State::Waiting, "waiting"),
        is(Is::Closed, w.closed),
    ];
    let signatures = vec![
        signed(Signed::Good, w.signed_verified),
        signed(Signed::Unknown, w.signed_not_verified),
        signed(Signed::Other, w.signed_other),
        signed(Signed::Partly, w.partly_signed),
        signed(Signed::Missing, w.signed_no_key),
        signed(Signed::Bad, w.wrong_signature),
        signed(Signed::None, w.unsigned),
    ];
    let marks = vec![
        is(Is::Overdue, w.overdue),
        is(Is::Awaited, w.mark_awaited),
        is(Is::Human, w.needs_human),
    ];
    let hands = vec![
        is(Is::Mine, w.view_mine),
        is(Is::Unclaimed, w.view_unclaimed),
    ];
    let protection = vec![
        (Term::Encrypted(true), w.encrypted),
        (Term::Encrypted(false), w.plain),
    ];
    [
        (w.state, states),
        (w.owner, hands),
        ("TLP", labels.to_vec()),
        (w.protection, protection),
        (w.signature_of, signatures),
        (w.mark, marks),
    ]
}
