//! Time zones: beside a time, or stated once for a whole text.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::ZoneBasis;
use crate::pattern::{Groups, Pattern};
use crate::text::{cut, window};
pub(crate) use crate::when::place::abbreviated;
use crate::when::place::of_place;

/// Offsets of America's clocks, in minutes.
const AMERICA: std::ops::RangeInclusive<i32> = -600..=-240;

/// A zone as the text gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Zone {
    /// An offset, or an abbreviation that means one.
    Fixed(Offset),
    /// A zone with its own daylight saving.
    Named(TimeZone),
    /// An abbreviation that several zones share, in minutes, the usual one first: certain only where the sender's clock has
    /// one of them, or an American one for America's names.
    Shared(&'static [i32]),
    /// "Local time", and nothing tells where.
    Local,
}

impl Zone {
    /// So many minutes east of Greenwich.
    pub(crate) fn minutes(minutes: i32) -> Option<Self> {
        Offset::from_seconds(minutes * 60).ok().map(Self::Fixed)
    }

    /// Whether people of this zone put the month first; `None` where the zone does not tell.
    pub(crate) fn month_first(&self) -> Option<bool> {
        let minutes = match self {
            Self::Fixed(offset) => offset.seconds() / 60,
            Self::Shared(offsets) => *offsets.first()?,
            Self::Named(zone) if zone.iana_name()?.starts_with("Europe/") => 60,
            Self::Named(_) | Self::Local => return None,
        };
        match minutes {
            minutes if AMERICA.contains(&minutes) => Some(true),
            1.. => Some(false),
            _ => None,
        }
    }

    /// RFC 3339 to the second, and whether the text is sure of the zone. The sender's offset chooses among those of a shared
    /// abbreviation; where it is none of them, the usual one is assumed, but stated for `EST`, `MST` and `PST` from America.
    pub(crate) fn value(
        &self,
        local: DateTime,
        sender: Option<Offset>,
    ) -> Option<(String, ZoneBasis)> {
        let (offset, basis) = match self {
            Self::Local => return None,
            Self::Fixed(offset) => (*offset, ZoneBasis::Stated),
            Self::Shared(offsets) => {
                let own = sender.map(|sender| sender.seconds() / 60);
                let chosen = own.filter(|own| offsets.contains(own));
                let minutes = chosen.or_else(|| offsets.first().copied())?;
                let offset = Offset::from_seconds(minutes * 60).ok()?;
                // Who writes from America means America's.
                let usual = matches!(offsets.first(), Some(-480 | -420 | -300));
                let near = usual && own.is_some_and(|own| AMERICA.contains(&own));
                let basis = if chosen.is_some() || near {
                    ZoneBasis::Stated
                } else {
                    ZoneBasis::Assumed
                };
                (offset, basis)
            }
            Self::Named(zone) => {
                let zoned = zone.to_ambiguous_zoned(local);
                // An hour that the clock skips or repeats does not tell its offset.
                let basis = if zoned.is_ambiguous() {
                    ZoneBasis::Assumed
                } else {
                    ZoneBasis::Stated
                };
                (zoned.compatible().ok()?.offset(), basis)
            }
        };
        let seconds = offset.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        let (date, time) = (local.date(), local.time());
        // As long as every value is.
        let mut value = String::with_capacity(25);
        let year = date.year().unsigned_abs();
        for place in [1000, 100, 10, 1] {
            value.push(char::from(b'0' + u8::try_from(year / place % 10).ok()?));
        }
        for (mark, number) in [
            ('-', date.month()),
            ('-', date.day()),
            ('T', time.hour()),
            (':', time.minute()),
            (':', time.second()),
            (sign, i8::try_from(minutes / 60).ok()?),
            (':', i8::try_from(minutes % 60).ok()?),
        ] {
            let number = number.unsigned_abs();
            value.push(mark);
            value.push(char::from(b'0' + number / 10));
            value.push(char::from(b'0' + number % 10));
        }
        Some((value, basis))
    }
}

/// Offset, abbreviation, IANA name or a place's time. Anchored at its start.
static BESIDE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?x)^\s{0,2}(?:[(\[]\s?|/\s|,\s)?(?:(?i:uhr|hrs?|h|in|time)\s)?[(\[]?(?:
            (?i:utc|gmt|tu)\s?(?P<usign>[+\-−])\s?(?P<uh>\d{1,2})(?:[:h.]?(?P<um>\d{2}))?h?(?:\b|$)
          | (?P<sign>[+\-−])(?P<h>\d{1,2})(?::?(?P<m>\d{2}))?(?:\b|$)
          | (?P<z>Z)(?:[^A-Za-z0-9]|$)
          | (?P<iana>(?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic|Indian|Antarctica|Etc)/[A-Za-z_+\-0-9]{2,20}(?:/[A-Za-z_]{2,20})?)
          | (?P<abbr>[A-Z]{3,4}/[A-Z]{3,4}|[A-Z]{3,4}|ET|PT|TU|[Uu]tc|[Gg]mt|cest|cet|mesz|mez|eest|eet|msk|pst|pdt|est|edt)\b(?P<more>[+-]\d{1,2}\b)?
          | (?i:(?:the\s|en\s|à\sl['’]|nach\s|l['’])?(?:
                (?P<local>local\stime|local(?:es)?\b|heures?\slocales?|ortszeit|lokalzeit|hora\slocal|localtime)
              | (?P<c3>temps\suniversel|universal\stime|zulu|heures?\sutc|hora\sutc|hora\suniversal)
              | (?:heures?|hora)\s(?:normale\s|est[áa]ndar\s|(?P<su3>d['’][ée]t[ée]\s|de\sverano\s))?(?:d['’]|del?\s)?(?P<ce>europe\scentrale|europa\scentral|central\seurope[ao]|centroeurope[ao])
              | heures?\s(?:d['’](?:(?P<su1>[ée]t[ée])|hiver)\s)?(?:du\s|de\s(?:la\s|l['’])?|d['’])?(?P<c1>\p{L}+(?:[\s-]kong|\syork)?)
              | (?P<c2>[a-z]+(?:\s[a-z]+)??)[\s-](?:(?:standard|(?P<su2>daylight(?:\ssavings?)?|summer)|winter)\s)?time\s?(?:zone)?\b
              | hora\s(?:(?P<su4>de\sverano)\s)?(?:del?\s)?(?P<c4>\p{L}+(?:\saires|\syork)?)
              | (?P<c5>\p{L}{4,}er?)\s(?:orts|sommer|winter|normal)?zeit
            ))
        )",
    )
});

/// The zone at the start of `text`, and where its writing ends.
pub(crate) fn beside(text: &str) -> Option<(Zone, usize)> {
    let rest = window(text, 0, 64);
    let found = BESIDE
        .groups(rest, 0, rest.len())
        .and_then(|found| Some((zone(&found)?, found)));
    let Some((zone, found)) = found else {
        return explained(rest);
    };
    let (_, end) = found.place("z").unwrap_or(found.whole());
    // `local time (UTC+2)`, `heure locale, Paris`
    if zone == Zone::Local {
        let rest = cut(rest, end, rest.len());
        let nearer = beside(rest).filter(|(nearer, _)| *nearer != Zone::Local);
        if let Some((nearer, length)) = nearer.or_else(|| located(rest)) {
            return Some((nearer, end + length));
        }
    }
    Some((zone, end))
}

/// An offset that stands behind some words in brackets: `(hora de Guayaquil, UTC-5)`.
fn explained(rest: &str) -> Option<(Zone, usize)> {
    let inner = rest
        .strip_prefix(' ')
        .unwrap_or(rest)
        .strip_prefix(['(', '['])?;
    let words =
        inner.find(|c: char| c.is_ascii_digit() || matches!(c, '(' | ')' | '[' | ']' | '\n'))?;
    let sign = cut(inner, 0, words)
        .strip_suffix(['+', '-', '−'])?
        .trim_end();
    let name = sign.get(sign.len().checked_sub(3)?..)?;
    let lead = sign.len() - 3;
    let named = ["utc", "gmt"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name));
    let apart = cut(inner, 0, lead).ends_with([' ', ',', '=']);
    let (zone, length) = (named && apart).then(|| beside(cut(inner, lead, inner.len())))??;
    Some((zone, rest.len() - inner.len() + lead + length))
}

/// The place whose local time it is.
fn located(rest: &str) -> Option<(Zone, usize)> {
    static PLACE: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r"^[,/–-]?\s?[(]?(?:(?i:in|of|at|de|en|à|von|for)\s)?(?P<place>(?P<one>\p{Lu}\p{L}+)(?:\s\p{Lu}\p{L}+)?)",
        )
    });
    let found = PLACE.groups(rest, 0, rest.len())?;
    let named = |group| Some((of_place(found.name(group)?)?, found.place(group)?.1));
    named("place").or_else(|| named("one"))
}

fn zone(found: &Groups<'_>) -> Option<Zone> {
    let name = |name: &str| found.name(name);
    if let Some(sign) = name("sign").or_else(|| name("usign")) {
        let number = |digits: Option<&str>| -> Option<i32> { digits.unwrap_or("0").parse().ok() };
        let hours = number(name("h").or_else(|| name("uh")))?;
        let minutes = number(name("m").or_else(|| name("um")))?;
        // `+100` is not written; `+0100` reads as one hour by the greedy groups.
        let east = hours * 60 + minutes;
        let valid = hours <= 14 && minutes < 60;
        return valid.then(|| Zone::minutes(if sign == "+" { east } else { -east }))?;
    }
    if let Some(iana) = name("iana") {
        return TimeZone::get(iana).ok().map(Zone::Named);
    }
    if let Some(abbreviation) = name("abbr") {
        let known = abbreviated(abbreviation).filter(|_| !counted(found));
        // `CET+1`
        return match (known, name("more").map(str::parse::<i32>)) {
            (Some(Zone::Fixed(offset)), Some(Ok(hours))) => {
                Zone::minutes(offset.seconds() / 60 + hours * 60)
            }
            (_, Some(_)) => None,
            (known, None) => known,
        };
    }
    if name("c3").is_some() || name("z").is_some() {
        return Some(Zone::Fixed(Offset::UTC));
    }
    if name("local").is_some() {
        return Some(Zone::Local);
    }
    let place = ["c1", "c2", "c4", "c5"]
        .iter()
        .find_map(|group| name(group));
    let zone = of_place(match name("ce") {
        Some(_) => "central european",
        None => place?,
    })?;
    let summer = ["su1", "su2", "su3", "su4"]
        .iter()
        .any(|group| name(group).is_some());
    Some(if summer { summer_time(&zone)? } else { zone })
}

/// Whether hours stand behind the zone's name without a sign: `utc 4h30` may mean anything.
fn counted(found: &Groups<'_>) -> bool {
    let rest = window(found.text(), found.whole().1, 8);
    let figures = rest.strip_prefix(' ').unwrap_or_default();
    let unit = figures.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < figures.len()
        && ["h", " heur", " hour", " hora", " stun"]
            .iter()
            .any(|hours| unit.starts_with(hours))
}

/// The offset that a place has in summer, for a text that says so.
fn summer_time(zone: &Zone) -> Option<Zone> {
    let Zone::Named(place) = zone else {
        return Some(zone.clone());
    };
    let offset = |month| {
        let noon = Date::new(2026, month, 1).ok()?.at(12, 0, 0, 0);
        Some(place.to_ambiguous_zoned(noon).compatible().ok()?.offset())
    };
    Some(Zone::Fixed(offset(1)?.max(offset(7)?)))
}
