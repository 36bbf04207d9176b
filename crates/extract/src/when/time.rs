//! Times: a date found by its form, the clock and the zone by what stands beside it.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time as Clock};
use regex::Regex;

use crate::pattern::{Groups, Pattern};
use crate::text::{before, cut, fold, regex, window};
use crate::version::versioned;
use crate::when::clock::{self, Reading};
use crate::when::dates;
use crate::when::zone::{self, Zone};

/// A time in the clean text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stamp {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) date: Date,
    /// `None` for a bare date.
    pub(crate) clock: Option<Clock>,
    /// The end of a span of time that shares the date: `between 14:00 and 15:00`.
    pub(crate) until: Option<Clock>,
    pub(crate) zone: Option<Zone>,
}

/// What helps to read a date: its surroundings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calendar {
    /// The mail's date and time, in its own zone.
    pub(crate) reference: Option<DateTime>,
    /// The month stands before the day (`Some(true)`), or behind it; `None` when nothing tells.
    pub(crate) month_first: Option<bool>,
}

/// Octets that the longest date can have.
const DATE_LIMIT: usize = 128;

/// Every time of the text, in order; `places` are those where a date may begin.
pub(crate) fn find(text: &str, places: &[usize], calendar: &Calendar) -> Vec<Stamp> {
    let month_first = calendar.month_first.or_else(|| decided(text));
    let calendar = Calendar {
        month_first,
        ..calendar.clone()
    };
    let mut stamps: Vec<Stamp> = Vec::new();
    let mut at = 0;
    for start in places.iter().copied() {
        if start < at {
            continue;
        }

        let Some(found) = dates::at(text, start, DATE_LIMIT) else {
            continue;
        };
        let floor = stamps.last().map_or(0, |stamp| stamp.end);
        let (_, end) = found.whole();
        let found = worthwhile(text, start, end)
            .then(|| stamp(text, &found, floor, &calendar))
            .flatten();
        // What looked like a date and is none may hide one: `13:00 February 28`.
        if let Some(stamp) = found {
            at = stamp.end.max(end);
            // The zone behind a span of time counts for its beginning too.
            if let Some(begin) = stamps.last_mut()
                && begin.zone.is_none()
                && begin.clock.is_some()
                && stamp.zone.is_some()
                && spanned(cut(text, begin.end, stamp.start))
            {
                begin.zone.clone_from(&stamp.zone);
            }
            stamps.push(stamp);
        }
    }
    stamps
}

/// Whether the words between two times make them the ends of one span.
fn spanned(between: &str) -> bool {
    let mut words = between.split_whitespace();
    let joins = [
        "to", "until", "till", "-", "–", "—", "and", "au", "jusqu'au", "à", "et", "bis", "und",
        "a", "al", "hasta", "y", "/",
    ];
    let fill = ["the", "le", "el", "zum", "dem"];
    between.len() <= 24
        && words.next().is_some_and(|word| joins.contains(&word))
        && words.all(|word| fill.contains(&word))
}

/// A cheap look: a day without a year is a date only beside a clock.
fn worthwhile(text: &str, start: usize, end: usize) -> bool {
    let digits = cut(text, start, end)
        .bytes()
        .filter(u8::is_ascii_digit)
        .count();
    digits >= 4
        || clock::promising(window(text, end, 32))
        || clock::promising(before(text, start, 32))
}

/// What the unmistakable dates of a text say about the others.
fn decided(text: &str) -> Option<bool> {
    static PAIR: LazyLock<Pattern> =
        LazyLock::new(|| Pattern::new(r"\b(?P<one>\d\d?)/(?P<other>\d\d?)/\d\d(?:\d\d)?\b"));
    let mut floor = 0;
    let pairs = memchr::memchr_iter(b'/', text.as_bytes()).filter_map(|slash| {
        let lead = text.as_bytes().get(floor..slash)?.iter().rev().take(2);
        let digits = lead.take_while(|b| b.is_ascii_digit()).count();
        let found = (digits > 0).then(|| PAIR.groups(text, slash - digits, 10))??;
        floor = found.whole().1;
        Some(found)
    });
    pairs.take(200).find_map(|found| {
        let first: u8 = found.name("one")?.parse().ok()?;
        let second: u8 = found.name("other")?.parse().ok()?;
        match (first > 12, second > 12) {
            (true, false) => Some(false),
            (false, true) => Some(true),
            _ => None,
        }
    })
}

/// Where a date begins and ends, and whether what looked like its year is an hour.
fn extent(text: &str, found: &Groups<'_>) -> (usize, usize, bool) {
    let (first, last) = found.whole();
    // Snort's `03/05-02:11:09`: the pattern has looked at the clock.
    if found.name("m0").is_some() {
        return (first, first + 5, false);
    }
    // `5 March, 02:11`: the two figures are an hour.
    let hour = found.name("y4").is_some_and(|year| year.len() == 2)
        && cut(text, last, last + 1).starts_with([':', 'h']);
    let day = found.place("n4").filter(|_| hour);
    (first, day.map_or(last, |(_, end)| end), hour)
}

fn stamp(text: &str, found: &Groups<'_>, floor: usize, calendar: &Calendar) -> Option<Stamp> {
    let (first, last, hour) = extent(text, found);
    if first < floor || !bounded(text, first, last, found) {
        return None;
    }
    let right = clock::after(text, last);
    let needs_clock = found.name("y2").is_some()
        || found.name("m7").is_some()
        || found.name("y8").is_some()
        || found.name("y9").is_some()
        || found.name("y3").is_some_and(|year| year.len() == 2)
        || hour
        || year_of(found).is_none();
    let mut end = last;
    let mut start = first;
    let mut year = year_of(found).filter(|_| !hour);
    let mut reading = Reading::default();
    if let Some((read, after)) = right {
        (reading, end) = (read, after);
        if let Some((late, after)) = late_year(text, end).filter(|_| year.is_none()) {
            (year, end) = (Some(late), after);
        }
    } else if let Some((read, from)) = clock::leading(text, floor, start) {
        (reading, start) = (read, from);
    } else if needs_clock {
        return None;
    }
    // Two-figure month and day without a year are a date only with a full clock.
    if (found.name("m7").is_some() || found.name("y9").is_some()) && !reading.seconds {
        return None;
    }
    if reading.seconds {
        end += decimals(text, end);
    }
    if reading.zone.is_none()
        && reading.clock.is_some()
        && let Some((zone, length)) = zone::beside(window(text, end, 56))
    {
        (reading.zone, end) = (Some(zone), end + length);
        if let Some((late, after)) = late_year(text, end).filter(|_| year.is_none()) {
            (year, end) = (Some(late), after);
        }
    }
    // `[PDT Apr 16 21:05:29]`
    if reading.zone.is_none() && reading.clock.is_some() {
        let word = before(text, start, 6)
            .rsplit(['[', '(', '\n'])
            .next()
            .unwrap_or_default();
        reading.zone = word
            .strip_suffix(' ')
            .filter(|word| word.len() >= 3)
            .and_then(zone::abbreviated);
    }
    let date = date(found, year, calendar)?;
    Some(Stamp {
        start,
        end,
        date,
        clock: reading.clock,
        until: reading.until,
        zone: reading.zone,
    })
}

/// The length of a fraction behind a comma; the next cell of a table is none.
fn decimals(text: &str, at: usize) -> usize {
    static FRACTION: LazyLock<Regex> = LazyLock::new(|| regex(r"^,\d{3}(?:$|[\s+Z\]])"));
    if FRACTION.is_match(window(text, at, 5)) {
        4
    } else {
        0
    }
}

/// Whether the digits stand alone: no part of a longer number, version, path or address.
fn bounded(text: &str, start: usize, end: usize, found: &Groups<'_>) -> bool {
    let lead = before(text, start, 32);
    let tail = window(text, end, 3);
    let glued = lead
        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '/' | '_' | '+'))
        || lead.ends_with(':')
            && before(lead, lead.len() - 1, 1)
                .chars()
                .all(|c| c.is_ascii_digit());
    let mut next = tail.chars();
    let first = next.next();
    let second = next.next();
    let longer = match first {
        Some('.' | '-' | '/') => {
            second.is_some_and(|c| c.is_ascii_digit())
                && !(first == Some('-') && (found.name("y2").is_some() || clock_behind(text, end)))
        }
        Some(c) if c.is_ascii_digit() => found.name("y2").is_none(),
        Some(c) => c.is_alphabetic() && c != 'T' && c != 't',
        None => false,
    };
    let numeric =
        found.name("n4").is_none() && found.name("n5").is_none() && found.name("n8").is_none();
    !(glued || longer || numeric && versioned(lead))
}

/// `2014:07:02-00:17:45`: a clock to the second, glued to its date.
fn clock_behind(text: &str, end: usize) -> bool {
    matches!(window(text, end, 9).as_bytes(), [b'-', a, b, b':', c, d, b':', e, f]
        if [a, b, c, d, e, f].iter().all(|b| b.is_ascii_digit()))
}

fn late_year(text: &str, at: usize) -> Option<(i16, usize)> {
    static YEAR: LazyLock<Regex> = LazyLock::new(|| regex(r"^,?\s((?:19|20)\d\d)\b"));
    let found = YEAR.captures(window(text, at, 8))?;
    Some((
        found.get(1)?.as_str().parse().ok()?,
        at + found.get(0)?.end(),
    ))
}

fn year_of(found: &Groups<'_>) -> Option<i16> {
    let year = ["y1", "y2", "y3", "y4", "y5", "y6", "y8", "y9"]
        .iter()
        .find_map(|name| found.name(name))?;
    let number: i16 = year.parse().ok()?;
    Some(match year.len() {
        2 if number < 70 => 2000 + number,
        2 => 1900 + number,
        _ => number,
    })
}

fn date(found: &Groups<'_>, year: Option<i16>, calendar: &Calendar) -> Option<Date> {
    let number = |names: &[&str]| -> Option<i8> {
        names.iter().find_map(|name| found.name(name))?.parse().ok()
    };
    if let (Some(first), Some(second)) = (number(&["a3"]), number(&["b3"])) {
        let slash = found.name("s3").is_some_and(|mark| mark == "/");
        return numeric(first, second, year?, slash, calendar);
    }
    let month = match ["n4", "n5", "n6", "n8"]
        .iter()
        .find_map(|name| found.name(name))
    {
        Some(name) => month(name)?,
        None => number(&["m0", "m1", "m2", "m7", "m9"])?,
    };
    let day = number(&["d0", "d1", "d2", "d4", "d5", "d6", "d7", "d8", "d9"])?;
    match year {
        Some(year) => sensible(Date::new(year, month, day).ok()?),
        None => latest(month, day, calendar),
    }
}

/// A year that an incident can have.
fn sensible(date: Date) -> Option<Date> {
    (1990..=2100).contains(&date.year()).then_some(date)
}

/// Without a year: the latest such day that is not after the mail.
fn latest(month: i8, day: i8, calendar: &Calendar) -> Option<Date> {
    let reference = calendar.reference?.date();
    let tomorrow = reference.tomorrow().unwrap_or(reference);
    (0..=8).find_map(|back| {
        Date::new(reference.year() - back, month, day)
            .ok()
            .filter(|date| *date <= tomorrow)
    })
}

/// Day and month of `05/03/2024`: impossible values, then the text's own habit, then the mail's date, then day first.
fn numeric(first: i8, second: i8, year: i16, slash: bool, calendar: &Calendar) -> Option<Date> {
    let day_first = Date::new(year, second, first).ok().and_then(sensible);
    let month_first = Date::new(year, first, second).ok().and_then(sensible);
    let (Some(one), Some(other)) = (day_first, month_first) else {
        return day_first.or(month_first);
    };
    if !slash {
        return Some(one);
    }
    if let Some(month_first) = calendar.month_first {
        return Some(if month_first { other } else { one });
    }
    let Some(reference) = calendar.reference.map(DateTime::date) else {
        return Some(one);
    };
    let age = |date: Date| {
        reference
            .since(date)
            .ok()
            .map(|span| span.get_days())
            .filter(|days| *days >= -1)
    };
    match (age(one), age(other)) {
        (Some(one_days), Some(other_days)) if other_days < 31 && one_days >= 31 => Some(other),
        (None, Some(_)) => Some(other),
        _ => Some(one),
    }
}

fn month(name: &str) -> Option<i8> {
    let name = fold(name);
    let three = cut(&name, 0, name.len().min(3));
    Some(match three {
        "jan" | "ene" => 1,
        "feb" | "fev" => 2,
        "mar" | "mae" | "mrz" | "maz" => 3,
        "apr" | "avr" | "abr" => 4,
        "may" | "mai" => 5,
        "jun" => 6,
        "jui" if name.starts_with("juin") => 6,
        "jul" | "jui" => 7,
        "aug" | "aou" | "ago" => 8,
        "sep" => 9,
        "oct" | "okt" => 10,
        "nov" => 11,
        "dec" | "dez" | "dic" => 12,
        _ => return None,
    })
}

/// Seconds or milliseconds since 1970, as machines write them. Read only where a field promises a time.
pub(crate) fn epoch(text: &str) -> Option<DateTime> {
    // TAI64N, as multilog writes it: seconds since 1970 and ten, above 2^62.
    if let Some(label) = text.strip_prefix("@4").filter(|label| label.len() == 23) {
        let seconds = i64::from_str_radix(cut(label, 0, 15), 16).ok()?;
        let moment = jiff::Timestamp::from_second(seconds.checked_sub(10)?).ok()?;
        return Some(moment.to_zoned(jiff::tz::TimeZone::UTC).datetime());
    }
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let seconds = match whole.len() {
        9 | 10 => number,
        13 => number / 1000,
        16 => number / 1_000_000,
        _ => return None,
    };
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}
