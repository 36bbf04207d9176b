//! One word of the language: what it asks for, or what is wrong with it.

use super::fault::{KEYS, Problem};
use super::term::{Age, Is, Signed, State, Term, Tlp, Unit, condition};
use crate::search::Condition;
use crate::tags::normalised;

/// A word without quotation marks.
pub(super) fn bare(word: &str) -> Result<Term, Problem> {
    if let Some(rest) = prefixed(word, "age") {
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        if rest.starts_with(['<', '>']) || word.len() > rest.len() + 3 {
            return age(rest);
        }
    }
    if let Some((key, value)) = word.split_once(':')
        && known(key).is_some()
    {
        return keyed(key, value);
    }
    if let Some(number) = number(word) {
        return Ok(Term::Number(number));
    }
    match Condition::parse(word) {
        Ok(Condition::Port(_)) => Err(Problem::Port),
        Ok(Condition::Reference(_)) if !has_key(word, "ref") && !has_key(word, "reference") => {
            words(word)
        }
        Ok(_) => Ok(Term::Value(word.to_owned())),
        Err(why) => match word.split_once(':') {
            Some((key, _)) if is_name(key) => {
                Err(Problem::Key(key.to_owned(), near(key, KEYS.into_iter())))
            }
            Some(_) | None => Err(Problem::Value(why)),
        },
    }
}

fn words(word: &str) -> Result<Term, Problem> {
    match word.split_once(':') {
        Some((key, _)) if is_name(key) && !word.contains("://") => {
            Err(Problem::Key(key.to_owned(), near(key, KEYS.into_iter())))
        }
        Some(_) | None => Ok(Term::Words(word.to_lowercase())),
    }
}

/// The rest of a word that begins with this, in whatever case.
fn prefixed<'a>(word: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = word.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn has_key(word: &str, key: &str) -> bool {
    prefixed(word, key).is_some_and(|rest| rest.starts_with(':'))
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphabetic() || c == '-')
}

/// A key by any of its names.
fn known(key: &str) -> Option<&'static str> {
    let key = key.to_lowercase();
    let key = match key.as_str() {
        "state" => "status",
        "kind" => "type",
        "sender" => "from",
        "ticket" => "tag",
        "organisation" | "organization" => "org",
        "signature" => "sig",
        "encrypted" => "enc",
        other => other,
    };
    KEYS.into_iter().find(|known| *known == key)
}

pub(super) fn keyed(key: &str, value: &str) -> Result<Term, Problem> {
    let value = value.trim();
    let Some(known) = known(key) else {
        return Err(Problem::Key(key.to_owned(), near(key, KEYS.into_iter())));
    };
    if value.is_empty() {
        return Err(Problem::NoValue(known.to_owned()));
    }
    match known {
        "is" => choice(known, value, &Is::ALL).map(Term::Is),
        "status" => choice(known, value, &State::ALL).map(Term::Status),
        "sig" => choice(known, value, &Signed::ALL).map(Term::Signature),
        "enc" => choice(known, value, &[(true, "yes"), (false, "no")]).map(Term::Encrypted),
        "tlp" => choice(known, value, &Tlp::ALL).map(Term::Tlp),
        "type" => kind(value),
        "owner" => Ok(Term::Owner(value.to_lowercase())),
        "tag" if key.eq_ignore_ascii_case("ticket") => number(value)
            .map(Term::Number)
            .ok_or_else(|| Problem::Ticket(value.to_owned())),
        "tag" => match number(value) {
            Some(number) => Ok(Term::Number(number)),
            None => normalised(value).map(Term::Tag).map_err(Problem::Tag),
        },
        "org" => Ok(Term::Organisation(value.to_lowercase())),
        "concerns" => Ok(Term::Concerns(value.to_lowercase())),
        "text" => Ok(Term::Words(value.to_lowercase())),
        "from" => looked_for(Term::From(value.to_owned())),
        _ => looked_for(Term::Value(value.to_owned())),
    }
}

fn choice<T: Copy>(
    key: &'static str,
    value: &str,
    all: &[(T, &'static str)],
) -> Result<T, Problem> {
    let mut each = all.iter();
    let found = each.find(|(_, word)| word.eq_ignore_ascii_case(value));
    found.map(|(one, _)| *one).ok_or_else(|| {
        let words: Vec<&'static str> = all.iter().map(|(_, word)| *word).collect();
        let close = near(value, words.iter().copied());
        Problem::Choice(key, words, close)
    })
}

/// A kind of incident, or a class of them, by a part of its name.
fn kind(value: &str) -> Result<Term, Problem> {
    let value = value.to_lowercase();
    let mut all = extract::RSIT.iter();
    match all.any(|one| one.kind.contains(&value) || one.classification.contains(&value)) {
        true => Ok(Term::Type(value)),
        false => Err(Problem::Type(near(
            &value,
            extract::RSIT.iter().map(|one| one.kind),
        ))),
    }
}

/// What the index must be able to look for.
fn looked_for(term: Term) -> Result<Term, Problem> {
    match condition(&term) {
        Some(Ok(Condition::Port(_))) => Err(Problem::Port),
        Some(Err(why)) => Err(Problem::Value(why)),
        Some(Ok(_)) | None => Ok(term),
    }
}

/// `123`, `CSIRT#000123`, `[CSIRT#000123]`.
fn number(word: &str) -> Option<i64> {
    let digits = word.rsplit_once('#').map_or(word, |(_, digits)| digits);
    let digits = digits.strip_suffix(']').unwrap_or(digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

/// `>4h`, `<2d`.
fn age(text: &str) -> Result<Term, Problem> {
    let older = text.starts_with('>');
    let text = text.strip_prefix(['<', '>']).ok_or(Problem::Age)?;
    let unit = text.chars().next_back().ok_or(Problem::Age)?;
    let count = text.strip_suffix(unit).unwrap_or(text);
    let count = count.parse().map_err(|_| Problem::Age)?;
    let unit = unit.to_ascii_lowercase();
    let mut units = Unit::ALL.iter();
    let unit = units.find(|(_, letter, _)| *letter == unit);
    let (unit, ..) = unit.ok_or(Problem::Age)?;
    Ok(Term::Age(Age {
        older,
        count,
        unit: *unit,
    }))
}

/// The word that was meant, perhaps.
fn near(word: &str, all: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let word = word.to_lowercase();
    let far = all.map(|one| (strsim::normalized_damerau_levenshtein(&word, one), one));
    let best = far.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(alike, _)| *alike >= 0.5).map(|(_, one)| one)
}
