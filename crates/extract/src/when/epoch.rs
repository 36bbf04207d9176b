//! Seconds since 1970.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use regex::Regex;

use crate::text::{before, cut, regex, window};
use crate::when::time::{Calendar, Stamp};
use crate::when::zone;

/// Seconds since 1970 behind a word that says so, or first in a line of about the mail's time.
pub(crate) fn since_1970(text: &str, start: usize, calendar: &Calendar) -> Option<Stamp> {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:epoch|(?:first|last)_?(?:packet|seen)|unix(?:\s?time)?|timestamp|horodatage|zeitstempel|time|ts|stamp|audit)[\x22'\s:=(]{1,6}$|\b(?:at|when|date|clock|seen|first|last|start|begin|end)[\x22']?\s?[:=]\s?[\x22']?$",
        )
    });
    let rest = window(text, start, 24);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !matches!(digits, 10 | 13 | 16) || !rest.starts_with('1') {
        return None;
    }
    let tail = cut(rest, digits, rest.len());
    if tail.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) {
        return None;
    }
    let moment = epoch(cut(rest, 0, digits))?;
    let lead = before(text, start, 24);
    let first = lead.is_empty()
        || lead.ends_with('\n')
        || lead.ends_with("\n[")
        || lead == "["
        || lead.ends_with(">1 ")
        || lead.ends_with("> ") && lead.trim_start().starts_with('<');
    let recent = calendar.reference.is_some_and(|reference| {
        let days = reference
            .date()
            .since(moment.date())
            .map(|span| span.get_days());
        days.is_ok_and(|days| (-1..1200).contains(&days))
    });
    let fraction = tail.strip_prefix('.').map_or(0, |tail| {
        1 + tail.bytes().take_while(u8::is_ascii_digit).count()
    });
    (LEAD.is_match(lead) || first && recent).then(|| Stamp {
        start,
        end: start + digits + if fraction > 1 { fraction } else { 0 },
        date: moment.date(),
        other: None,
        clock: Some(moment.time()),
        until: None,
        zone: zone::abbreviated("UTC"),
        lent: None,
        relative: false,
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
