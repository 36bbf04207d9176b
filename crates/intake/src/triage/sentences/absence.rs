//! Somebody is away: the sentences that say so, and what may stand before them.

use super::phrases::*;
use super::{MOST, OPENING, answers, start_of};
use crate::triage::mail::{Mail, harmless};
use crate::triage::{gapped, header, incident, wording};

/// Octets of a text whose first sentence is looked at for single words.
const SHORT: usize = 1_000;

/// Somebody is away, says so at once in the present, says until when or who stands in, and answers something: people report
/// on holiday, too, and nobody's first letter may be lost.
pub(in crate::triage) fn out_of_office(mail: &Mail<'_>) -> Option<String> {
    let machine = mail.null_path() || mail.has("Precedence") || header::automatic(mail).is_some();
    let answers = machine || answers(mail) || wording::absence_ends_subject(mail);
    if !answers || mail.own.len() > MOST || mail.forwarded() {
        return None;
    }
    let opening = start_of(&mail.own, OPENING);
    let absent = absent_now(mail)?;
    let leads = || {
        opening
            .split_once(absent)
            .is_some_and(|(before, _)| only_thanks(before))
    };
    let returns = RETURNS.iter().any(|phrase| mail.own.contains(phrase));
    // A date, in whatever language.
    let returns = returns || mail.own.contains(|c: char| c.is_numeric());
    let found = returns && !incident::reports(mail) && (machine || leads());
    found.then(|| harmless(&format!("text: {absent}")))
}

/// The first words, in the order of our list, that say that somebody is away now, near the beginning.
pub(in crate::triage) fn absent_now(mail: &Mail<'_>) -> Option<&'static str> {
    let opening = start_of(&mail.own, OPENING);
    ABSENT_NOW
        .iter()
        .copied()
        .find(|phrase| opening.contains(phrase))
        .or_else(|| gapped::absence(opening))
        .or_else(|| {
            let first = sentences(&mail.own).find(|sentence| tells_something(sentence))?;
            let short = mail.own.len() <= SHORT;
            ABSENCE_NOUNS
                .iter()
                .copied()
                .find(|noun| short && first.contains(noun))
        })
}

/// The sentences without their salutations. The full stop in `ab 16. 11.` ends none.
pub(in crate::triage) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut from = 0_usize;
        loop {
            let Some(at) = rest.get(from..)?.find(['.', '!', '?', '。', '！', '…']) else {
                return Some(std::mem::take(&mut rest)).filter(|sentence| !sentence.is_empty());
            };
            let (sentence, after) = rest.split_at(from.saturating_add(at));
            let mark = after.chars().next().map_or(1, char::len_utf8);
            if sentence.ends_with(|c: char| c.is_ascii_digit()) && mark == 1 {
                from = sentence.len().saturating_add(mark);
                continue;
            }
            rest = after.get(mark..).unwrap_or_default();
            return Some(sentence);
        }
    })
    .map(without_greeting)
}

/// Neither a salutation nor thanks and no more: `Thank you, we closed the port` tells something.
fn tells_something(sentence: &str) -> bool {
    const CLAUSE: usize = 12;
    // Five in Latin; a Chinese sentence of six tells all.
    const LETTERS: usize = 6;
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    let goes_on = || {
        let clause = sentence.split_once([',', '，', '、', ':', ';']);
        clause.is_some_and(|(_, clause)| letters(clause) >= CLAUSE)
    };
    let empty = thanks(sentence) || wording::says_in(sentence, COMES);
    letters(sentence) >= LETTERS && (!empty || goes_on())
}

/// Whether the sentences before the one that ends here do no more than greet, thank, or say that the text is automatic. Who has
/// something else to tell first, and will be away then, is a person.
fn only_thanks(before: &str) -> bool {
    // The words themselves stand in the last one.
    let whole = format!("{before}x");
    let mut before: Vec<&str> = sentences(&whole).collect();
    before.pop();
    before
        .into_iter()
        .all(|sentence| !tells_something(sentence))
}

/// Whether somebody thanks there.
pub(in crate::triage) fn thanks(sentence: &str) -> bool {
    wording::says_in(sentence, THANKS)
}

/// What follows a salutation and its comma; nothing where the sentence is a salutation.
fn without_greeting(sentence: &str) -> &str {
    const NAMES: usize = 40;
    let sentence = sentence.trim();
    if !GREETINGS
        .iter()
        .any(|greeting| sentence.starts_with(greeting))
    {
        return sentence;
    }
    match sentence.split_once([',', '，', '、', ':', ';']) {
        Some((_, rest)) => rest,
        None if sentence.chars().count() <= NAMES => "",
        None => sentence,
    }
}
