//! Times: a date found by its form, the clock and the zone by what stands beside it.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, ISOWeekDate, Time as Clock, Weekday};
use regex::Regex;

use crate::pattern::{Groups, Pattern};
use crate::scan::Places;
use crate::text::{before, cut, fold, regex, window};
use crate::version::versioned;
use crate::when::clock::{self, Reading};
use crate::when::dates;
use crate::when::zone::{self, Zone};
use crate::when::{days, epoch, loose, military, order, relative};

/// A time in the clean text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stamp {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) date: Date,
    /// The other reading, where nothing tells the day from the month.
    pub(crate) other: Option<Date>,
    /// `None` for a bare date.
    pub(crate) clock: Option<Clock>,
    /// The end of a span of time that shares the date: `between 14:00 and 15:00`.
    pub(crate) until: Option<Clock>,
    pub(crate) zone: Option<Zone>,
    /// The zone of a time that tells of the same minutes: counts only where nothing else gives one.
    pub(crate) lent: Option<Zone>,
    /// A day told from the mail's date: `yesterday`.
    pub(crate) relative: bool,
}

/// What helps to read a date: its surroundings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calendar {
    /// The mail's date and time, in its own zone.
    pub(crate) reference: Option<DateTime>,
    /// The month stands before the day (`Some(true)`), or behind it; `None` when nothing tells.
    pub(crate) month_first: Option<bool>,
    /// The habit of the place that the mail comes from: decides where nothing else does.
    pub(crate) leaning: Option<bool>,
}

impl Calendar {
    /// Whether a day lies ahead of the mail, as one of a meeting does. A clock that is years behind says nothing of that.
    pub(crate) fn is_to_come(&self, date: Date) -> bool {
        self.reference.is_some_and(|reference| {
            let ahead = date
                .since(reference.date())
                .map_or(0, |span| span.get_days());
            (2..=730).contains(&ahead)
        })
    }
}

/// Octets that the longest date can have.
const DATE_LIMIT: usize = 128;

/// Every time of the text, in order; `places` are those where a date or a clock may begin.
pub(crate) fn find(text: &str, places: &Places, calendar: &Calendar) -> Vec<Stamp> {
    let calendar = Calendar {
        month_first: order::month_first(text, calendar),
        ..calendar.clone()
    };
    let mut stamps: Vec<Stamp> = Vec::new();
    let mut at = 0;
    for start in places.dates.iter().copied() {
        if start < at {
            continue;
        }
        let floor = stamps.last().map_or(0, |stamp| stamp.end);
        let Some((stamp, end)) = absolute(text, start, floor, &calendar)
            .or_else(|| relative::stamp(text, start, floor, &calendar))
        else {
            continue;
        };
        at = end;
        // The zone behind a span of time counts for its beginning too.
        if let Some(begin) = stamps.last_mut()
            && begin.zone.is_none()
            && begin.clock.is_some()
            && stamp.zone.is_some()
            && spanned(cut(text, begin.end, stamp.start))
        {
            begin.zone.clone_from(&stamp.zone);
        }
        days::share(text, &mut stamps, stamp);
    }
    let mut stamps = match stamps.is_empty() {
        true => loose::undated(text, &places.clocks, &calendar),
        false => loose::attach(text, &places.clocks, stamps),
    };
    order::share_zones(text, &mut stamps);
    order::told_twice(&mut stamps);
    order::agree(&mut stamps);
    stamps
}

/// A date by its form, with where the next may begin. What looked like a date and is none may hide one: `13:00 February 28`.
fn absolute(text: &str, start: usize, floor: usize, calendar: &Calendar) -> Option<(Stamp, usize)> {
    if let Some(stamp) = epoch::since_1970(text, start, calendar) {
        let end = stamp.end;
        return Some((stamp, end));
    }
    if let Some(stamp) = military::group(text, start) {
        let end = stamp.end;
        return Some((stamp, end));
    }
    let found = dates::at(text, start, DATE_LIMIT)?;
    let (_, end) = found.whole();
    let worth = worthwhile(text, start, end) || days::led(text, start, &found);
    let stamp = worth.then(|| stamp(text, &found, floor, calendar))??;
    let end = stamp.end.max(end);
    Some((stamp, end))
}

/// Reads the zone behind a clock, or the one in brackets before it.
pub(crate) fn zoned(text: &str, start: &mut usize, end: &mut usize, reading: &mut Reading) {
    if reading.zone.is_some() {
        return;
    }
    // Behind a day alone, a zone in brackets only: `on 12 March (UTC)`.
    if reading.clock.is_none() && !window(text, *end, 2).starts_with(" (") {
        return;
    }
    if let Some((zone, length)) = zone::beside(window(text, *end, 64)) {
        reading.zone = Some(zone);
        *end += length;
        return;
    }
    // `[PDT Apr 16 21:05:29]`
    let word = before(text, *start, 6)
        .rsplit(['[', '(', '\n'])
        .next()
        .unwrap_or_default();
    reading.zone = word
        .strip_suffix(' ')
        .filter(|word| word.len() >= 3)
        .and_then(zone::abbreviated);
}

/// Whether the words between two times make them the ends of one span.
pub(crate) fn spanned(between: &str) -> bool {
    let mut words = between.split_whitespace();
    let joins = [
        "to", "until", "till", "-", "–", "—", "and", "au", "jusqu'au", "à", "et", "bis", "und",
        "a", "al", "hasta", "y", "/", "through", "thru", "then", "puis", "dann", "luego",
    ];
    let fill = [
        "the", "le", "el", "zum", "dem", "am", "on", "au", "at", "las", "a", "um", "à",
    ];
    between.len() <= 24
        && words.next().is_some_and(|word| joins.contains(&word))
        && words.all(|word| fill.contains(&word))
}

/// A cheap look: a day without a year is a date only beside a clock, or with its month's whole name.
fn worthwhile(text: &str, start: usize, end: usize) -> bool {
    let written = cut(text, start, end);
    let count = |test: fn(&u8) -> bool| written.bytes().filter(test).count();
    count(u8::is_ascii_digit) >= 4
        || count(|b| b.is_ascii_alphabetic() || *b >= 0x80) >= 4
        || clock::promising(window(text, end, 32))
        || clock::promising(before(text, start, 32))
}

/// Where a date begins and ends, and whether what looked like its year is an hour.
fn extent(text: &str, found: &Groups<'_>) -> (usize, usize, bool) {
    let (first, last) = found.whole();
    // Snort's `03/05-02:11:09`: the pattern has looked at the clock.
    if found.name("m0").is_some() {
        return (first, first + 5, false);
    }
    // The `T` behind a week's or a year's day belongs to the clock.
    if (found.name("yk").is_some() || found.name("yo").is_some())
        && cut(text, first, last).ends_with(['T', 't'])
    {
        return (first, last - 1, false);
    }
    // `5 March, 02:11`: the two figures are an hour.
    let hour = found.name("y4").is_some_and(|year| year.len() == 2)
        && (cut(text, last, last + 1).starts_with([':', 'h'])
            || matches!(window(text, last, 4).as_bytes(), [b'.', a, b, b' ']
                if a.is_ascii_digit() && b.is_ascii_digit()));
    let day = found.place("n4").filter(|_| hour);
    (first, day.map_or(last, |(_, end)| end), hour)
}

fn stamp(text: &str, found: &Groups<'_>, floor: usize, calendar: &Calendar) -> Option<Stamp> {
    let (first, last, hour) = extent(text, found);
    if first < floor || !bounded(text, first, last, found) {
        return None;
    }
    let right = clock::after(text, last).or_else(|| clock::hour(text, last));
    let led = days::led(text, first, found);
    let small = found.name("m7").is_some() || found.name("a7").is_some();
    let needs_clock =
        bare(found) || small && !led || hour || year_of(found).is_none() && !named(found) && !led;
    let (mut start, mut end) = (first, last);
    let mut year = year_of(found).filter(|_| !hour);
    let mut reading = Reading::default();
    if let Some((read, after)) = right {
        (reading, end) = (read, after);
        if let Some((late, after)) = late_year(text, end).filter(|_| year.is_none()) {
            (year, end) = (Some(late), after);
        }
    } else if let Some((read, from)) =
        clock::leading(text, floor, start).or_else(|| military::leading(text, floor, start))
    {
        (reading, start) = (read, from);
    } else if needs_clock {
        return None;
    }
    // Two-figure month and day without a year are a date only with a full clock, or in prose before one.
    let apart = small && (led || days::in_prose(text, last));
    if (small && !apart || found.name("y9").is_some())
        && (!reading.seconds || found.name("a7").is_some())
    {
        return None;
    }
    if reading.seconds {
        end += decimals(text, end);
    }
    zoned(text, &mut start, &mut end, &mut reading);
    if let Some((late, after)) = late_year(text, end).filter(|_| year.is_none()) {
        (year, end) = (Some(late), after);
    }
    let calendar = &*order::by_shape(cut(text, first, end), calendar);
    let (date, other) = date(found, year, apart && (led || !reading.seconds), calendar)?;
    let told = year.is_some() || reading.seconds;
    let date = (!told && awaited(text, floor, first))
        .then(|| to_come(date, calendar))
        .flatten()
        .unwrap_or(date);
    let mut stamp = Stamp {
        start,
        end,
        date,
        other,
        clock: reading.clock,
        until: reading.until,
        zone: reading.zone,
        lent: None,
        relative: false,
    };
    if other.is_some() {
        order::settle(&mut stamp, cut(text, first, end), calendar);
    }
    Some(stamp)
}

/// Whether a date is written so that figures of another kind are, too, where no clock is beside it.
fn bare(found: &Groups<'_>) -> bool {
    ["y2", "y8", "y9"]
        .iter()
        .any(|name| found.name(name).is_some())
        || found.name("y3").is_some_and(|year| year.len() == 2)
}

/// Whether a month is named so that a day beside it is a date without more: `3 November`, `5 mai`, `March 3rd`.
fn named(found: &Groups<'_>) -> bool {
    let long = |name: &str| name.chars().count() >= 4;
    let short = |name: &str| ["mai", "may"].contains(&name.to_lowercase().as_str());
    let capital = |name: &str| name.starts_with(char::is_uppercase);
    found
        .name("n4")
        .is_some_and(|name| long(name) || short(name))
        || found
            .name("n5")
            .is_some_and(|name| long(name) && capital(name))
}

/// The length of a fraction behind a comma; the next cell of a table is none.
fn decimals(text: &str, at: usize) -> usize {
    static FRACTION: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^,(?:\d{3}(?:$|[\s+Z\]])|\d{1,9}(?:[Zz]|[+-]\d\d(?:[^-]|$)))"));
    let rest = window(text, at, 14);
    if FRACTION.is_match(rest) {
        1 + rest.bytes().skip(1).take_while(u8::is_ascii_digit).count()
    } else {
        0
    }
}

/// Whether the digits stand alone: no part of a longer number, version, path or address.
fn bounded(text: &str, start: usize, end: usize, found: &Groups<'_>) -> bool {
    let lead = before(text, start, 32);
    let tail = window(text, end, 3);
    let spanned = found.name("n4").is_some() && days::hyphen(lead);
    let glued = !spanned
        && lead
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
    let year = ["y1", "y2", "y3", "y4", "y5", "y6", "y8", "y9", "yk", "yo"]
        .iter()
        .find_map(|name| found.name(name))?;
    let number: i16 = year.parse().ok()?;
    Some(match year.len() {
        2 if number < 70 => 2000 + number,
        2 => 1900 + number,
        _ => number,
    })
}

/// The date, and its other reading where it stays open.
fn date(
    found: &Groups<'_>,
    year: Option<i16>,
    prose: bool,
    calendar: &Calendar,
) -> Option<(Date, Option<Date>)> {
    let number = |names: &[&str]| -> Option<i8> {
        names.iter().find_map(|name| found.name(name))?.parse().ok()
    };
    if let (Some(first), Some(second)) = (number(&["a3"]), number(&["b3"])) {
        let dotted = found.name("s3").is_some_and(|mark| mark == ".");
        return order::numeric(first, second, year?, dotted, calendar);
    }
    let pair = (number(&["a7", "m7"]), number(&["b7", "e7", "d7"]));
    if let ((Some(first), Some(second)), true) = (pair, prose) {
        let reference = calendar.reference?.date();
        let dotted = found.name("b7").is_some();
        return (0..=1).find_map(|back| {
            let read = order::numeric(first, second, reference.year() - back, dotted, calendar)?;
            (read.0 <= reference.tomorrow().ok()?).then_some(read)
        });
    }
    if let Some(day) = found.name("o1").and_then(|day| day.parse::<i16>().ok()) {
        let first = Date::new(year?, 1, 1).ok()?;
        let date = first.checked_add(jiff::Span::new().days(day - 1)).ok()?;
        return (date.year() == first.year() && day > 0).then_some((date, None));
    }
    if let (Some(week), Some(day)) = (number(&["k1"]), number(&["e1"])) {
        let weekday = Weekday::from_monday_one_offset(day).ok()?;
        return ISOWeekDate::new(year?, week, weekday)
            .ok()
            .map(|date| (date.date(), None));
    }
    let month = match ["n4", "n5", "n6", "n8"]
        .iter()
        .find_map(|name| found.name(name))
    {
        Some(name) => month(name)?,
        None => number(&["m0", "m1", "m2", "m7", "m9"])?,
    };
    let day = number(&["d0", "d1", "d2", "d4", "d5", "d6", "d7", "d8", "d9"])?;
    let date = match year {
        Some(year) => sensible(Date::new(year, month, day).ok()?),
        None => latest(month, day, calendar),
    };
    date.map(|date| (date, None))
}

/// A year that an incident can have.
pub(crate) fn sensible(date: Date) -> Option<Date> {
    (1990..=2100).contains(&date.year()).then_some(date)
}

/// Of an awaited day that would lie half a year back or more, the one that lies ahead.
fn to_come(date: Date, calendar: &Calendar) -> Option<Date> {
    let reference = calendar.reference?.date();
    let next = Date::new(date.year() + 1, date.month(), date.day()).ok()?;
    let days = |from: Date, to: Date| to.since(from).map_or(0, |span| span.get_days());
    let (back, ahead) = (days(date, reference), days(reference, next));
    (back >= 180 && ahead >= 2 && ahead < back).then_some(next)
}

/// Whether the words before a day say that something lasts or waits until then: `until 21 November`, and no span began before it.
fn awaited(text: &str, floor: usize, start: usize) -> bool {
    static UNTIL: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r"(?i)\b(?:(?:until|till|by|no\slater\sthan)(?:\sthe)?|bis(?:\s(?:zum|spätestens|am))?|spätestens(?:\s(?:am|zum))?|(?:jusqu|d)['’](?:ici\s)?(?:au|le)|hasta(?:\sel)?)\s(?:\p{L}{4,10},?\s)?$",
        )
    });
    let began = floor > 0 && spanned(cut(text, floor, start));
    !began && UNTIL.ends(before(text, start, 40))
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

pub(crate) fn month(name: &str) -> Option<i8> {
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
