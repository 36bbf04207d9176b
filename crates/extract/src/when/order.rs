//! Which number of `05/03/2024` is the day: by what cannot be, by the other dates of the text, by its language, by its zone.

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time as Clock};

use crate::pattern::Pattern;
use crate::text::{cut, window};
use crate::when::time::{Calendar, Stamp, sensible};
use crate::when::zone::Zone;

/// What the text says of the order of day and month: its unmistakable dates, then its language.
pub(crate) fn month_first(text: &str, calendar: &Calendar) -> Option<bool> {
    let slashes = pairs(text, b'/');
    let known = slashes.or_else(|| pairs(text, b'-')).or_else(|| said(text));
    known
        .or(calendar.month_first)
        .or_else(|| (!english(text)).then_some(false))
}

/// The order that a text gives for its dates in letters: `(MM/DD/YY)`, `dd/mm/yyyy`.
fn said(text: &str) -> Option<bool> {
    let text = window(text, 0, 16_384);
    let has = |list: &[&str]| {
        list.iter()
            .any(|order| memchr::memmem::find(text.as_bytes(), order.as_bytes()).is_some())
    };
    let month = has(&["MM/DD", "mm/dd", "M/D/Y", "m/d/y"]);
    let day = has(&[
        "DD/MM", "dd/mm", "JJ/MM", "jj/mm", "TT/MM", "D/M/Y", "d/m/y",
    ]);
    (month != day).then_some(month)
}

/// What the dates say that can be read in one way only; nothing when they disagree.
fn pairs(text: &str, mark: u8) -> Option<bool> {
    static PAIR: LazyLock<Pattern> =
        LazyLock::new(|| Pattern::new(r"\b(?P<one>\d\d?)[/-](?P<other>\d\d?)[/-]\d\d(?:\d\d)?\b"));
    let mut floor = 0;
    let pairs = memchr::memchr_iter(mark, text.as_bytes()).filter_map(|at| {
        // Two such marks, one or two figures apart: a cheap look.
        let again = |index| text.as_bytes().get(index) == Some(&mark);
        if !again(at + 2) && !again(at + 3) {
            return None;
        }
        let lead = text.as_bytes().get(floor..at)?.iter().rev().take(3);
        let digits = lead.take_while(|b| b.is_ascii_digit()).count();
        let found = (1..=2)
            .contains(&digits)
            .then(|| PAIR.groups(text, at - digits, 10))??;
        floor = found.whole().1;
        Some(found)
    });
    let (mut day, mut month) = (false, false);
    for found in pairs.take(200) {
        let first: u8 = found.name("one")?.parse().ok()?;
        let second: u8 = found.name("other")?.parse().ok()?;
        day |= first > 12 && second <= 12;
        month |= second > 12 && first <= 12;
    }
    (day != month).then_some(month)
}

/// Whether the small words at a text's beginning leave it open that it is English: no other language has more of them.
pub(crate) fn english(text: &str) -> bool {
    const ENGLISH: [&str; 12] = [
        "the", "of", "and", "was", "is", "from", "at", "we", "your", "our", "to", "this",
    ];
    const OTHER: [&str; 34] = [
        "le", "la", "les", "des", "du", "est", "une", "nous", "vous", "notre", "votre", "et",
        "der", "die", "das", "und", "ist", "von", "wurde", "nicht", "eine", "wir", "um", "el",
        "los", "las", "del", "desde", "una", "por", "en", "es", "se", "au",
    ];
    let (mut english, mut other) = (0_usize, 0_usize);
    for word in window(text, 0, 2048).split(|c: char| !c.is_alphanumeric()) {
        let mut small = [0; 5];
        let Some(small) = small.get_mut(..word.len()) else {
            continue;
        };
        small.copy_from_slice(word.as_bytes());
        small.make_ascii_lowercase();
        let word = std::str::from_utf8(small).unwrap_or_default();
        english += usize::from(ENGLISH.contains(&word));
        other += usize::from(OTHER.contains(&word));
    }
    other < 2 || other <= english
}

/// A numeric date: the reading to take, and the other one where it stays open.
pub(crate) fn numeric(
    first: i8,
    second: i8,
    year: i16,
    dotted: bool,
    calendar: &Calendar,
) -> Option<(Date, Option<Date>)> {
    let day_first = Date::new(year, second, first).ok().and_then(sensible);
    let month_first = Date::new(year, first, second).ok().and_then(sensible);
    let (Some(one), Some(other)) = (day_first, month_first) else {
        return day_first.or(month_first).map(|date| (date, None));
    };
    if dotted || one == other {
        return Some((one, None));
    }
    if let Some(month_first) = calendar.month_first {
        return Some((if month_first { other } else { one }, None));
    }
    let age = |date: Date| -> Option<i32> {
        let days = calendar.reference.map(DateTime::date)?.since(date).ok()?;
        Some(days.get_days())
    };
    Some(match (age(one), age(other)) {
        // No incident is reported before it happens.
        (Some(one_days), Some(other_days)) if one_days < -1 && other_days >= -1 => (other, None),
        (Some(one_days), Some(other_days)) if other_days < -1 && one_days >= -1 => (one, None),
        (Some(one_days), Some(other_days)) if other_days < 31 && one_days >= 31 => {
            (other, Some(one))
        }
        _ => (one, Some(other)),
    })
}

/// Snort's and Suricata's `03/05/2024-02:11:09.123456` and NetScaler's `03/05/2024:01:11:09` have the month first, whatever the
/// language around them.
pub(crate) fn by_shape<'a>(written: &str, calendar: &'a Calendar) -> Cow<'a, Calendar> {
    let shape = b"00/00/0000-00:00:00".iter().zip(written.bytes());
    let fits = written.len() >= 19
        && shape.into_iter().all(|(expected, b)| match expected {
            b'0' => b.is_ascii_digit(),
            b'-' => matches!(b, b'-' | b':'),
            mark => b == *mark,
        });
    if !fits || calendar.month_first == Some(true) {
        return Cow::Borrowed(calendar);
    }
    Cow::Owned(Calendar {
        month_first: Some(true),
        ..calendar.clone()
    })
}

/// Settles what a date's own zone or writing tells: America puts the month first, Europe the day.
pub(crate) fn settle(stamp: &mut Stamp, written: &str, calendar: &Calendar) {
    let Some(other) = stamp.other else { return };
    let half = written.trim_end().to_ascii_lowercase();
    let half = ["am", "pm", "a.m.", "p.m."]
        .iter()
        .any(|mark| half.contains(mark));
    // `3/5/2026 3:04:05 PM`: who has halves of the day and no leading zeros before a day puts the month first.
    let mut figures = written.split(['/', '-']);
    let bare = figures.next().is_some_and(|one| one.trim().len() == 1)
        && figures.next().is_some_and(|two| two.len() == 1);
    let zone = stamp.zone.as_ref().and_then(Zone::month_first);
    let habit = zone.or((half && bare).then_some(true)).or(calendar.leaning);
    let Some(month_first) = habit else { return };
    let (early, late) = (stamp.date.min(other), stamp.date.max(other));
    // Of the two readings, the one whose month is the first figure.
    let first: Option<i8> = written
        .trim_start()
        .split(['/', '-'])
        .next()
        .and_then(|figure| figure.parse().ok());
    let monthly = if first == Some(early.month()) {
        early
    } else {
        late
    };
    let daily = if monthly == early { late } else { early };
    stamp.date = if month_first { monthly } else { daily };
    stamp.other = None;
}

/// Dates that leave nothing open settle others that can be the same day.
pub(crate) fn agree(stamps: &mut [Stamp]) {
    let open = stamps.iter().any(|stamp| stamp.other.is_some());
    if !open {
        return;
    }
    let known: std::collections::HashSet<Date> = stamps
        .iter()
        .filter(|stamp| stamp.other.is_none())
        .map(|stamp| stamp.date)
        .collect();
    for stamp in stamps {
        let Some(other) = stamp.other else { continue };
        match (known.contains(&stamp.date), known.contains(&other)) {
            (true, false) => stamp.other = None,
            (false, true) => (stamp.date, stamp.other) = (other, None),
            (true, true) | (false, false) => {}
        }
    }
}

/// Zones of as many times are looked at.
const ZONED: usize = 64;
/// How far apart two clocks may be that tell of the same, in seconds.
const SAME: u64 = 300;

/// A zone in words may be lent to the lines of a log that tell of the same minutes of the same day as the time beside it, or as
/// the end of its span.
pub(crate) fn told_twice(stamps: &mut [Stamp]) {
    let seconds = |clock: Clock| {
        i64::from(clock.hour()) * 3600 + i64::from(clock.minute()) * 60 + i64::from(clock.second())
    };
    let zoned: Vec<(Date, i64, i64, Zone)> = stamps
        .iter()
        .filter_map(|stamp| {
            let zone = stamp.zone.clone().filter(|zone| *zone != Zone::Local)?;
            let from = seconds(stamp.clock?);
            Some((stamp.date, from, stamp.until.map_or(from, seconds), zone))
        })
        .take(ZONED)
        .collect();
    if zoned.is_empty() {
        return;
    }
    for stamp in stamps.iter_mut().filter(|stamp| stamp.zone.is_none()) {
        let Some(clock) = stamp.clock.map(seconds) else {
            continue;
        };
        let same = |(date, from, until, _): &&(Date, i64, i64, Zone)| {
            *date == stamp.date && [from, until].iter().any(|one| one.abs_diff(clock) <= SAME)
        };
        stamp.lent = zoned.iter().find(same).map(|(_, _, _, zone)| zone.clone());
    }
}

/// How far apart two times of one sentence may stand to share a zone, in octets.
const SENTENCE: usize = 64;

/// A zone at the end of a sentence counts for the times before it: `it began at 1:47, and stopped at 5:30, Paris time`.
pub(crate) fn share_zones(text: &str, stamps: &mut [Stamp]) {
    for index in (1..stamps.len()).rev() {
        let Some((earlier, [later, ..])) = stamps.split_at_mut_checked(index) else {
            continue;
        };
        let Some(begin) = earlier.last_mut() else {
            continue;
        };
        let between = cut(text, begin.end, later.start);
        let together = begin.zone.is_none()
            && begin.clock.is_some()
            && later.clock.is_some()
            && later.zone.is_some()
            // Seconds since 1970 say nothing of the clock on the wall.
            && cut(text, later.start, later.end).contains(|c: char| !c.is_ascii_digit() && c != '.')
            && (1..=SENTENCE).contains(&between.len())
            && !between.contains(['\n', ';', '|', '\t', '!', '?'])
            && !between.contains(". ");
        if together {
            begin.zone.clone_from(&later.zone);
        }
    }
}
