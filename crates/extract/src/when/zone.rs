//! Time zones: beside a time, or stated once for a whole text.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::ZoneBasis;
use crate::pattern::{Groups, Pattern, Tiered};
use crate::text::{cut, fold, window};

/// A zone as the text gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Zone {
    /// An offset, or an abbreviation that means one.
    Fixed(Offset),
    /// A zone with its own daylight saving.
    Named(TimeZone),
    /// An abbreviation that several zones share: the usual one, never certain.
    Shared(Offset),
}

impl Zone {
    /// RFC 3339 to the second, and whether the text is sure of the zone.
    pub(crate) fn value(&self, local: DateTime) -> Option<(String, ZoneBasis)> {
        let (offset, basis) = match self {
            Self::Fixed(offset) => (*offset, ZoneBasis::Stated),
            Self::Shared(offset) => (*offset, ZoneBasis::Assumed),
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
        let mut value = format!("{:04}", date.year());
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
        r"(?x)^\s{0,2}[(\[]?(?:
            (?i:utc|gmt)?\s?(?P<sign>[+\-−])(?P<h>\d{1,2})(?::?(?P<m>\d{2}))?(?:\b|$)
          | (?P<z>Z)(?:[^A-Za-z0-9]|$)
          | (?P<iana>(?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic|Indian|Antarctica|Etc)/[A-Za-z_+\-0-9]{2,20}(?:/[A-Za-z_]{2,20})?)
          | (?P<abbr>[A-Z]{3,4}|[Uu]tc|[Gg]mt)\b
          | (?i:(?:,?\s?en\s|,?\s?in\s|,?\s?à\sl')?(?:
                heures?\s(?:de\s|d')(?P<c1>[a-zé]+)
              | (?:(?P<c2>[a-z]+)|new\syork)\stime\b
              | (?P<c3>temps\suniversel|universal\stime|zulu)
              | heures?\sutc
              | hora\sde\s(?P<c4>[a-zé]+)
              | (?P<c5>[a-z]+er)\szeit
              | (?:uhr\s)?(?P<c6>mitteleuropäische[rn]?\s(?:sommer)?zeit)
            ))
        )",
    )
});

/// The zone at the start of `text`, and where its writing ends.
pub(crate) fn beside(text: &str) -> Option<(Zone, usize)> {
    let rest = window(text, 0, 56);
    let found = BESIDE.groups(rest, 0, rest.len())?;
    let zone = zone(&found)?;
    let (_, end) = found.place("z").unwrap_or(found.whole());
    Some((zone, end))
}

fn zone(found: &Groups<'_>) -> Option<Zone> {
    let name = |name| found.name(name);
    if let Some(sign) = name("sign") {
        let hours: i32 = name("h")?.parse().ok()?;
        let minutes: i32 = name("m").unwrap_or("0").parse().ok()?;
        // `+100` is not written; `+0100` reads as one hour by the greedy groups.
        let seconds = hours * 3600 + minutes * 60;
        let seconds = if sign == "+" { seconds } else { -seconds };
        return (hours <= 14 && minutes < 60)
            .then(|| Offset::from_seconds(seconds).ok().map(Zone::Fixed))?;
    }
    if let Some(iana) = name("iana") {
        return TimeZone::get(iana).ok().map(Zone::Named);
    }
    if let Some(abbreviation) = name("abbr") {
        return abbreviated(abbreviation);
    }
    if name("c3").is_some() || name("z").is_some() {
        return Some(Zone::Fixed(Offset::UTC));
    }
    if name("c6").is_some() {
        return TimeZone::get("Europe/Berlin").ok().map(Zone::Named);
    }
    match ["c1", "c2", "c4", "c5"]
        .iter()
        .find_map(|group| name(group))
    {
        Some(place) => of_place(place),
        None if found.written().to_lowercase().contains("utc") => Some(Zone::Fixed(Offset::UTC)),
        None => TimeZone::get("America/New_York").ok().map(Zone::Named),
    }
}

/// The zone that an abbreviation stands for.
pub(crate) fn abbreviated(name: &str) -> Option<Zone> {
    let name = name.to_ascii_uppercase();
    let (minutes, shared) = match name.as_str() {
        "UTC" | "GMT" | "UCT" | "WET" | "ZULU" | "TUC" => (0, false),
        "CET" | "MEZ" | "WEST" | "HNEC" => (60, false),
        "CEST" | "MESZ" | "HAEC" | "EET" | "SAST" | "OEZ" => (120, false),
        "EEST" | "MSK" | "TRT" | "OESZ" => (180, false),
        "JST" | "KST" => (540, false),
        "HKT" | "SGT" | "AWST" => (480, false),
        "PKT" => (300, false),
        "WIB" => (420, false),
        "AEST" => (600, false),
        "AEDT" => (660, false),
        "ACST" => (570, false),
        "NZST" => (720, false),
        "NZDT" => (780, false),
        "EST" => (-300, false),
        "EDT" => (-240, false),
        "CDT" => (-300, false),
        "MST" => (-420, false),
        "MDT" => (-360, false),
        "PST" => (-480, false),
        "PDT" => (-420, false),
        "BRT" | "ART" => (-180, false),
        "AKST" => (-540, false),
        "AKDT" => (-480, false),
        "HST" => (-600, false),
        "NST" => (-210, false),
        "BST" => (60, true),
        "IST" => (330, true),
        "CST" => (-360, true),
        _ => return None,
    };
    let offset = Offset::from_seconds(minutes * 60).ok()?;
    Some(if shared {
        Zone::Shared(offset)
    } else {
        Zone::Fixed(offset)
    })
}

fn of_place(place: &str) -> Option<Zone> {
    let place = fold(place);
    let name = match place.as_str() {
        "paris" | "pariser" | "francaise" => "Europe/Paris",
        "bruxelles" | "brussels" | "bruselas" => "Europe/Brussels",
        "geneve" | "zurich" | "berne" | "suisse" | "swiss" | "zuricher" => "Europe/Zurich",
        "luxembourg" => "Europe/Luxembourg",
        "berlin" | "berliner" | "german" => "Europe/Berlin",
        "vienna" | "vienne" | "wien" | "wiener" => "Europe/Vienna",
        "madrid" => "Europe/Madrid",
        "london" | "londres" | "uk" => "Europe/London",
        "rome" | "roma" => "Europe/Rome",
        "amsterdam" => "Europe/Amsterdam",
        "montreal" | "toronto" => "America/Toronto",
        "quebec" => "America/Montreal",
        "dakar" => "Africa/Dakar",
        "abidjan" => "Africa/Abidjan",
        "tunis" => "Africa/Tunis",
        "alger" => "Africa/Algiers",
        "casablanca" => "Africa/Casablanca",
        "tokyo" => "Asia/Tokyo",
        "moscow" | "moscou" => "Europe/Moscow",
        "eastern" => "America/New_York",
        "pacific" => "America/Los_Angeles",
        "mexico" => "America/Mexico_City",
        "bogota" => "America/Bogota",
        "utc" | "gmt" => "UTC",
        _ => return None,
    };
    TimeZone::get(name).ok().map(Zone::Named)
}

/// A sentence or label that gives the zone of every time in the text. The zone stands behind it.
static STATEMENT: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r"(?ix)(?:
            \b(?:all\s|the\s|our\s|log\s)?(?:times?(?:\s?stamps?)?|dates?|hours|log(?:s|\slines|\sentries|\sexcerpts?)?|dates?\sand\stimes?)\b(?:\s(?:in\sthe\slogs?|below|above|shown|listed|given|mentioned|provided))?\s?(?:zone)?\s?(?:(?:are|is)\s)?(?:all\s)?(?:given\s|expressed\s|shown\s|reported\s|stated\s|displayed\s|recorded\s|listed\s)?(?:in\s|as\s|use\s|using\s|:\s?|=\s?)?(?:the\s)?
          | \b(?:time\s?zone|tz|zona\shoraria|huso\shorario|fuseau(?:\shoraire)?|zeitzone)\b\s?(?:(?:of|de|des|der)\s[a-zé\s]{1,30}?)?\s?(?:used\s)?(?:is|est|ist|es)?\s?[:=]?\s?
          | \b(?:toutes\s)?(?:les\s)?(?:heures|dates|horodatages|journaux|logs)(?:\set\sheures)?\b\s?(?:(?:ci-dessous|indiqu[ée]e?s|mentionn[ée]e?s|donn[ée]e?s|fournie?s|affich[ée]e?s)\s)?(?:(?:sont|est)\s)?(?:toutes\s)?(?:(?:exprim|indiqu|donn|affich)[ée]e?s\s)?(?:en\s|au\s|à\sl'|:\s?)
          | \b(?:alle\s)?(?:zeiten|zeitangaben|zeitstempel|uhrzeiten|angaben)\b\s?(?:sind\s)?(?:in\s|=\s?|:\s?)?
          | \b(?:todas\s)?(?:las\s)?(?:horas|fechas)\b\s?(?:(?:est[áa]n|son)\s)?(?:en\s|:\s?)
          | \b(?:times?|timestamps?|dates?|heures?|zeit|datum|hora|fecha|horodatage)\s?[(\[]
          | ^\s?[(\[]?(?:in\s|en\s)?
        )$",
    )
});

/// Every place that may be a zone's name; the words before it decide.
static ANY: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?x)\b(?:(?:UTC|GMT|utc|gmt)(?:\s?[+\-−]\d{1,2}(?::?\d{2})?)?|CEST|CET|MEZ|MESZ|EST|EDT|PST|PDT|CDT|MSK|JST|BST|IST|CST
          |(?:Europe|America|Asia|Africa|Australia|Pacific)/[A-Za-z_]{3,20}
          |(?i:heure\s(?:de\s|d')[a-zé]+|temps\suniversel|universal\stime|hora\sde\s[a-z]+|(?:paris|berlin|london|madrid|eastern|pacific)\stime))|(?:^|[\s(:=])[+\-]\d{2}:?\d{2}\b",
    )
});

/// The zone that the text states for all its times; `None` when it states none, or two that differ.
pub(crate) fn statement(text: &str, places: &[usize]) -> Option<Zone> {
    let mut stated: Option<Zone> = None;
    let mut floor = 0;
    for at in places.iter().copied() {
        let Some(end) = (at >= floor).then(|| ANY.end(text, at, 128)).flatten() else {
            continue;
        };
        floor = end;
        let found = cut(text, at, end);
        let lead = found.len()
            - found
                .trim_start_matches([' ', '(', ':', '=', '\n', '\t'])
                .len();
        let start = at + lead;
        let line = crate::text::before(text, start, 90);
        let line = line
            .rsplit(['\n', '.', ';', '!'])
            .next()
            .unwrap_or_default();
        let own_line = line.trim().len() < 4;
        let bare = own_line
            && !window(text, end, 24)
                .trim_start_matches([')', ']', '.'])
                .starts_with(['\n', '\r']);
        if line.contains(|c: char| c.is_ascii_digit()) || bare || !STATEMENT.is_match(line) {
            continue;
        }
        let Some((zone, _)) = beside(window(text, start, 56)) else {
            continue;
        };
        match &stated {
            Some(known) if *known != zone => return None,
            _ => stated = Some(zone),
        }
    }
    stated
}
