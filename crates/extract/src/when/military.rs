//! Clocks of four figures without a mark: `1530 UTC on 1 March`, `1530 hrs`, and the whole group `011530ZMAR26`.

use std::sync::LazyLock;

use jiff::civil::{Date, Time as Clock};

use crate::pattern::Pattern;
use crate::text::{before, cut, window};
use crate::when::clock::Reading;
use crate::when::time::{Stamp, month, sensible};
use crate::when::zone;

static LEADING: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?:^|[\s(])(?P<h>[0-2][0-9])(?P<m>[0-5][0-9])(?:(?P<z>Z)|\s?(?i:hrs?|hours|h|uhr)|\s(?P<zone>UTC|GMT|[A-Z]{3,4}))(?i:,|\son|\sam|\sof|\sle|\sel)?\s$",
    )
});

/// Such a clock before a date that starts at `at`; where it starts.
pub(crate) fn leading(text: &str, floor: usize, at: usize) -> Option<(Reading, usize)> {
    let lead = before(text, at, 24.min(at - floor.min(at)));
    let figures = lead.as_bytes().windows(4);
    if !figures
        .into_iter()
        .any(|run| run.iter().all(u8::is_ascii_digit))
    {
        return None;
    }
    let found = LEADING.ending(lead)?;
    let clock = Clock::new(
        found.name("h")?.parse().ok()?,
        found.name("m")?.parse().ok()?,
        0,
        0,
    );
    let zone = match (found.name("z"), found.name("zone")) {
        (Some(_), _) => zone::abbreviated("UTC"),
        (None, Some(name)) => Some(zone::abbreviated(name)?),
        (None, None) => None,
    };
    let (start, _) = found.place("h")?;
    let reading = Reading {
        clock: Some(clock.ok()?),
        zone,
        ..Reading::default()
    };
    Some((reading, at - lead.len() + start))
}

/// A date-time group: day, hour and minute, the letter of the zone, month and year of two figures or four.
pub(crate) fn group(text: &str, start: usize) -> Option<Stamp> {
    let rest = window(text, start, 18);
    let bytes = rest.as_bytes();
    let [_, _, _, _, _, _, b'Z', tail @ ..] = bytes else {
        return None;
    };
    let blank = usize::from(tail.first() == Some(&b' '));
    let number = |from: usize| cut(rest, from, from + 2).parse::<i8>().ok();
    let name = cut(rest, 7 + blank, 10 + blank);
    let known = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    known
        .iter()
        .any(|month| name.eq_ignore_ascii_case(month))
        .then_some(())?;
    let gap = usize::from(bytes.get(10 + blank) == Some(&b' '));
    let from = 10 + blank + gap;
    let figures = cut(rest, from, rest.len());
    let length = figures.bytes().take_while(u8::is_ascii_digit).count();
    if cut(figures, length, figures.len()).starts_with(char::is_alphanumeric) {
        return None;
    }
    let year: i16 = cut(figures, 0, length).parse().ok()?;
    let year = match length {
        2 => 2000 + year,
        4 => year,
        _ => return None,
    };
    let date = sensible(Date::new(year, month(name)?, number(0)?).ok()?)?;
    let clock = Clock::new(number(2)?, number(4)?, 0, 0).ok()?;
    Some(Stamp {
        start,
        end: start + from + length,
        date,
        other: None,
        clock: Some(clock),
        until: None,
        zone: zone::abbreviated("UTC"),
        lent: None,
        relative: false,
    })
}
