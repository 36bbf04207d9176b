//! The time of a log line, with the zone that another field of the line gives it.

use std::sync::LazyLock;

use regex::Regex;

use crate::Time;
use crate::layout::Line;
use crate::reader::Reading;
use crate::text::{before, regex, window};
use crate::when::time::Stamp;
use crate::when::zone;

/// How far apart two times of one line stand that tell the same moment, in seconds.
const SAME: i64 = 5;

/// `tz="+0100"`, `timezone="CET"`, `utc_offset=-5`.
static ZONE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)\b(?:tz|time_?zone|tzone|event_?tz|zone_?offset|(?:utc|gmt)_?offset|tz_?offset)["']?\s?[=:]\s?["']?([A-Za-z0-9+:/_-]{1,24})"#,
    )
});

/// The first time of a line. Where it has no zone, that of the same clock elsewhere in the line counts, or a field of its own.
pub(super) fn time(reading: &Reading<'_>, line: &Line) -> Option<Time> {
    let stamps = || {
        reading
            .stamps_in(line.start, line.end)
            .map(|(_, stamp)| stamp)
    };
    let bare = stamps()
        .find(|stamp| stamp.clock.is_some())
        .filter(|stamp| stamp.zone.is_none());
    let zoned = bare.and_then(|bare| {
        let other = stamps()
            .filter(|stamp| stamp.zone.is_some())
            .find(|stamp| together(bare, stamp));
        match other {
            Some(other) => reading.times(other).into_iter().next(),
            None => {
                let own = keyed(reading.page.text(), bare.start);
                let zone = own.or_else(|| written(reading.page.line(line)))?;
                let stamp = Stamp {
                    zone: Some(zone),
                    ..bare.clone()
                };
                reading.times(&stamp).into_iter().next()
            }
        }
    });
    zoned.or_else(|| reading.first_time(line))
}

fn together(one: &Stamp, other: &Stamp) -> bool {
    let clocks = one.clock.zip(other.clock);
    let seconds = clocks.map(|(a, b)| {
        let of = |clock: jiff::civil::Time| {
            i64::from(clock.hour()) * 3600
                + i64::from(clock.minute()) * 60
                + i64::from(clock.second())
        };
        (of(a) - of(b)).abs()
    });
    one.date == other.date && seconds.is_some_and(|seconds| seconds <= SAME)
}

fn written(text: &str) -> Option<zone::Zone> {
    let small = |needle: &[u8]| memchr::memmem::find(text.as_bytes(), needle).is_some();
    if !small(b"tz") && !small(b"zone") && !small(b"ffset") && !small(b"TZ") {
        return None;
    }
    let value = ZONE.captures(text)?.get(1)?.as_str();
    let found = zone::beside(value).or_else(|| {
        // `-5`, `+1`: hours alone.
        let signed = value.starts_with(['+', '-']);
        let plain = value
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .is_empty()
            && value.len() <= 2;
        (signed || plain).then(|| zone::beside(window(&format!("UTC+{value}"), 0, 12)))?
    });
    found
        .map(|(zone, _)| zone)
        .filter(|zone| *zone != zone::Zone::Local)
}

/// UTC, where the key before a time says so: `UtcTime: `, `event_time_utc=`.
pub(crate) fn keyed(text: &str, at: usize) -> Option<zone::Zone> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)(?:\b(?:utc|gmt)[ _]?(?:time|date|datetime|timestamp|ts)|(?:time|date|stamp|ts|seen|at|when|zeit|heure|hora)[ _]?\(?(?:utc|gmt)\)?)["']?\s?[=:]\s?["']?$"#,
        )
    });
    let lead = before(text, at, 24);
    lead.trim_end_matches([' ', '"', '\''])
        .ends_with([':', '='])
        .then_some(())?;
    KEY.is_match(lead).then(|| zone::abbreviated("UTC"))?
}
