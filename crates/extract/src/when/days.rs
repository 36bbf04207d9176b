//! Days as prose writes them, without a year or a month of their own: `between 12 and 14 March`, `du 9 au 11 mars`, `March 12-14, 2026`, `in der Nacht vom 13. auf den 14. März`.

use std::sync::LazyLock;

use jiff::civil::{Date, Time as Clock};
use regex::Regex;

use crate::pattern::Groups;
use crate::text::{before, regex, window};
use crate::when::time::Stamp;

/// Adds a date, and the other day that stands beside it without a month of its own.
pub(crate) fn share(text: &str, stamps: &mut Vec<Stamp>, mut stamp: Stamp) {
    // Nearly every date has a clock, and stands alone: a cheap look.
    let figures = before(text, stamp.start, 12)
        .bytes()
        .any(|b| b.is_ascii_digit());
    if !figures && stamp.clock.is_some() {
        stamps.push(stamp);
        return;
    }
    let lead = before(text, stamp.start, 48);
    let lead = lead.rsplit('\n').next().unwrap_or_default();
    let day = |day: i8| Date::new(stamp.date.year(), stamp.date.month(), day).ok();
    let first = figures.then(|| first(lead)).flatten();
    let first = first.and_then(|(one, night)| Some((day(one)?, night)));
    let first = first.filter(|(first, _)| *first < stamp.date && stamp.other.is_none());
    let midnight = || {
        let words = ["midnight", "minuit", "mitternacht", "medianoche"];
        let lead = lead.to_lowercase();
        words.iter().any(|word| lead.contains(word))
    };
    match (first, stamp.clock) {
        (Some((_, true)), None) if midnight() => stamp.clock = Some(Clock::midnight()),
        // The evening of such a night is the first day's.
        (Some((first, true)), Some(clock)) if clock.hour() >= 12 => stamp.date = first,
        (Some((first, _)), None) => {
            let floor = stamps.last().map_or(0, |stamp| stamp.end);
            let written = lead.trim_end_matches(|c: char| !c.is_ascii_digit());
            let digits = written.bytes().rev().take_while(u8::is_ascii_digit).count();
            let end = stamp.start - lead.len() + written.len();
            if end - digits >= floor {
                stamps.push(Stamp {
                    start: end - digits,
                    end,
                    date: first,
                    ..stamp.clone()
                });
            }
        }
        (_, _) => {}
    }
    let second = second(text, &mut stamp);
    stamps.push(stamp);
    stamps.extend(second);
}

/// The day that is joined to the date behind these words, and whether a night lies between them.
fn first(lead: &str) -> Option<(i8, bool)> {
    const JOINS: [&str; 12] = [
        "and", "to", "until", "till", "through", "et", "au", "bis", "und", "y", "al", "auf",
    ];
    const OPENS: [&str; 19] = [
        "les", "am", "on", "días", "dias", "the", "between", "from", "of", "entre", "du", "vom",
        "von", "zwischen", "del", "de", "desde", "since", "depuis",
    ];
    const FILL: [&str; 6] = ["the", "le", "el", "dem", "den", "zum"];
    let figure = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | 'º'));
        (digits.len() <= 2).then(|| digits.parse::<i8>().ok())?
    };
    if let Some(lead) = lead.trim_end().strip_suffix(['-', '–', '—']) {
        let word = lead.trim_end().rsplit([' ', '(']).next()?;
        return figure(word).map(|day| (day, false));
    }
    let mut words = lead
        .rsplit([' ', '('])
        .filter(|word| !word.is_empty() && !FILL.contains(word));
    words.next().filter(|word| JOINS.contains(word))?;
    let day = words.next().and_then(figure)?;
    let open = words.next()?.to_lowercase();
    OPENS.contains(&open.as_str()).then_some(())?;
    let night = words.next().is_some_and(|word| {
        ["night", "nuit", "nacht", "noche"].contains(&word.to_lowercase().as_str())
    });
    Some((day, night))
}

/// Whether a date behind these words is the end of a span such as `12-14 March`.
pub(crate) fn hyphen(lead: &str) -> bool {
    let word = lead
        .strip_suffix('-')
        .and_then(|lead| lead.rsplit([' ', '(', '\n']).next());
    word.is_some_and(|word| matches!(word.len(), 1 | 2) && word.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a date begins with a name: of its month, mostly.
fn named(text: &str, stamp: &Stamp) -> bool {
    window(text, stamp.start, 1).starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The second day behind a month's name and a first: `March 12 to 14, 2026`.
fn second(text: &str, stamp: &mut Stamp) -> Option<Stamp> {
    static SECOND: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?: (?:and|to|until|through) (?:the )?| ?[-–—] ?)([0-3]?[0-9])(?:st|nd|rd|th)?(?:,? (20[0-9][0-9]))?(?:$|[ ,;)\n]|\.(?:\s|$))",
        )
    });
    let rest = window(text, stamp.end, 24);
    if stamp.clock.is_some() || !named(text, stamp) || !rest.starts_with([' ', '-', '–', '—']) {
        return None;
    }
    let found = SECOND.captures(rest)?;
    let day = found.get(1)?;
    let date = |year, day| Date::new(year, stamp.date.month(), day).ok();
    let year = match found.get(2) {
        Some(year) => year.as_str().parse().ok()?,
        None => stamp.date.year(),
    };
    let last = date(year, day.as_str().parse().ok()?)?;
    let first = date(year, stamp.date.day())?;
    (first < last).then_some(())?;
    stamp.date = first;
    Some(Stamp {
        start: stamp.end + day.start(),
        end: stamp.end + day.end(),
        date: last,
        ..stamp.clone()
    })
}

/// Whether a word of prose stands between a day and its clock: `03/11 à 14h30`.
pub(crate) fn in_prose(text: &str, at: usize) -> bool {
    let rest = window(text, at, 12)
        .trim_start_matches(['.', ',', ' '])
        .to_lowercase();
    [
        "at ",
        "à ",
        "um ",
        "gegen ",
        "vers ",
        "a las ",
        "entre ",
        "de ",
        "von ",
        "zwischen ",
        "between ",
        "from ",
    ]
    .iter()
    .any(|word| rest.starts_with(word))
}

/// Whether the word before two figures makes them a day and a month: `am 12.3.`, `le 12/03`.
pub(crate) fn led(text: &str, at: usize, found: &Groups<'_>) -> bool {
    let words: &[&str] = if found.name("b7").is_some() {
        &["am", "vom", "dem", "den", "zum", "bis", "seit", "ab", "und"]
    } else if found.name("m7").is_some() && window(text, at + 2, 1) == "/" {
        &["le", "du", "au", "el", "del", "al", "día", "dia"]
    } else {
        return false;
    };
    let lead = before(text, at, 8);
    let word = lead
        .strip_suffix(' ')
        .and_then(|lead| lead.rsplit([' ', '\n', '(']).next());
    word.is_some_and(|word| words.contains(&word.to_lowercase().as_str()))
}
