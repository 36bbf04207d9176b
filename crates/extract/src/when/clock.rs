//! The clock beside a date: behind it, before it, alone or as a pair.

use std::sync::LazyLock;

use crate::pattern::{Groups, Pattern};
use crate::text::{before, cut, window};
use crate::when::zone::{self, Zone};
use jiff::civil::Time as Clock;

/// What stands beside a date.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) clock: Option<Clock>,
    pub(crate) until: Option<Clock>,
    pub(crate) zone: Option<Zone>,
    /// Seconds were written.
    pub(crate) seconds: bool,
    /// The half of the day was written.
    pub(crate) halved: bool,
}

/// Words that tell the half of the day of a clock of twelve hours.
const HALF: &str = r"(?:in\sthe\s|du\s|de\sl['’]|de\sla\s|por\sla\s)?(?:morning|afternoon|evening|matin|apr[èe]s[\s-]midi|soir|ma[ñn]ana|madrugada|tarde|noche|nachmittags|abends|morgens|vormittags)";

/// Hours and minutes in the writing of four languages. Every group's name ends in the number of its place.
fn clock(place: u8) -> String {
    format!(
        r"(?:(?:(?P<h{place}>[0-9][0-9]?)(?:
            :(?P<m{place}>[0-9][0-9])(?::(?P<s{place}>[0-9][0-9])(?:[.:][0-9]{{1,9}})?)?(?:\s?(?P<ap{place}>[ap]\.?\s?m\b\.?))?(?:\s?(?:uhr|hrs?|h|horas)\b)?
          | \s?(?P<bp{place}>[ap]\.?\s?m\b\.?)
          | [.](?P<n{place}>[0-9][0-9])\s?(?:uhr\b|h\b|(?P<cp{place}>[ap]\.?m\b\.?))
          | \s?(?:uhr|horas|o['’]clock)\b
          | \s?h(?:eures?\b|rs?\b|\b)?(?:\s?(?P<o{place}>[0-9][0-9])(?:\s?(?:minutes?|min|mn|m)\s?(?:et\s)?(?P<u{place}>[0-9][0-9])\s?(?:secondes?|sec|s)?\b
              |(?:\b|\s?(?:minutes?|min|mn|m)\b)(?:\s?(?:et\s)?(?P<t{place}>[0-9][0-9])\s?(?:secondes?|sec|s)\b)?))?
        )|(?:(?P<w{place}>noon|midday|midi|mittags?|mediod[íi]a)|(?P<x{place}>midnight|minuit|mitternacht|medianoche))\b)(?:,?\s(?P<q{place}>{HALF})\b)?)"
    )
}

const PAIR: &str =
    r"\s?(?:(?:and|et|to|à|a|until|till|bis|und|y|hasta|au|jusqu['’]à)\s|[-–—]\s?)(?:las\s)?";

/// An hour alone, the first of a pair: `between 14 and 15:30`.
const HOUR: &str = r"(?P<h5>[0-2]?[0-9])";

static AFTER: LazyLock<Pattern> = LazyLock::new(|| {
    let (one, two) = (clock(1), clock(2));
    Pattern::new(&format!(
        r"(?ix)^(?:\s?\(\p{{L}}{{2,10}}\.?\))?(?:t|[\x22']?\stime=[\x22']?|[\s,;:@_.|()–-]{{0,4}}(?:(?:at|à|a|um|around|about|approximately|approx\.?|roughly|circa|ca\.?|zirka|gegen|etwa|ungefähr|rund|ab|seit|vers|environ|partir\sde|kl\.?|las|les|la|the|between|from|entre|en|de|desde|sobre|hacia|von|zwischen|o|starting|heure|time|zeit|hora
            |(?:just|shortly)\s(?:after|before)|kurz\s(?:nach|vor)|(?:peu|juste)\s(?:apr[èe]s|avant)|poco\s(?:antes|despu[ée]s)|alrededor|aux\s(?:environs|alentours))\s?:?\s|dès\s|since\s){{0,3}})
        (?:(?P<c6>[0-2][0-9][0-5][0-9][0-5][0-9])(?:[.,][0-9]{{1,9}})?(?:\b|z)|(?P<c4>[0-2][0-9][0-5][0-9])(?:(?P<cz>z)\b|\s?(?P<ch>hrs?|hours|uhr)\b|\s(?:utc|gmt)\b)|{one}(?:{PAIR}{two})?|{HOUR}{PAIR}{})",
        clock(3)
    ))
});

static LEADING: LazyLock<Pattern> = LazyLock::new(|| {
    let (one, two) = (clock(1), clock(2));
    Pattern::new(&format!(
        r"(?ix)\b(?:(?:{one}|{HOUR}){PAIR})?{two}(?P<zone>\s?[(]?(?:[a-z]{{2,4}}(?:/[a-z]{{3,4}})?|z|(?:utc|gmt)?\s?[+\-−][0-9][0-9]?:?(?:[0-9][0-9])?|heure\s(?:locale|(?:de\s|d')\p{{L}}+)|hora\s(?:local|de\s\p{{L}}+)|[a-z]+(?:\s[a-z]+)?\stime|ortszeit|\p{{L}}+er\szeit|[a-z]+/[a-z_]+)[)]?)?
        \s{{0,2}},?\s?(?:(?:on|le|du|am|el|of|dated|del|de|den|the|vom|-|@)\s?){{0,2}}$"
    ))
});

/// Whether a text can hold a clock at all: a cheap look before the patterns.
pub(crate) fn promising(text: &str) -> bool {
    let half = |pair: &[u8]| {
        matches!(
            pair,
            [b'a' | b'p' | b'A' | b'P', b'm' | b'M' | b'.'] | b"no" | b"mi" | b"di" | b"Mi"
        )
    };
    let bytes = text.as_bytes();
    text.contains([':', 'h', 'H'])
        || bytes.windows(2).any(half)
        || bytes
            .windows(6)
            .any(|run| run.iter().all(u8::is_ascii_digit))
        || text.contains('Z')
        || bytes.windows(6).any(|run| {
            matches!(run, [a, b, c, d, b' ', b'U' | b'G'] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()))
        })
}

/// The clock behind a date that ends at `at`; where it ends.
pub(crate) fn after(text: &str, at: usize) -> Option<(Reading, usize)> {
    let rest = window(text, at, 90);
    if let Some(clock) = plain(rest) {
        let (hour, minute, second) = clock;
        let reading = Reading {
            clock: Some(Clock::new(hour, minute, second, 0).ok()?),
            seconds: true,
            ..Reading::default()
        };
        return Some((reading, at + 9));
    }
    if !promising(rest) {
        return None;
    }
    let found = AFTER.groups(rest, 0, rest.len())?;
    let (_, length) = found.whole();
    let mut end = at + length;
    if found.name("c6").is_some() || found.name("c4").is_some() {
        return compact(&found, rest, at);
    }
    let named = found.name("w1").is_some() || found.name("x1").is_some();
    if let Some(exact) = named.then(|| figures(text, end)).flatten() {
        return Some(exact);
    }
    let (clock, mut until) = pair(&found, 1, if found.name("h5").is_some() { 3 } else { 2 })?;
    // `02:11-0500` and `02:11 -05:00` are offsets, not spans.
    if let Some((second, ends)) = found.place("h2").filter(|_| until.is_some()) {
        let gap = cut(rest, 0, second).trim_end();
        if gap.ends_with('-')
            && !gap.ends_with(" -")
            && ends - second == 2
            && cut(rest, second, second + 3).ends_with(':')
            && found.name("s2").is_none()
        {
            // Behind a fraction of a second, too.
            (until, end) = (None, at + gap.len() - 1);
        }
    }
    Some((
        Reading {
            clock: Some(clock),
            until,
            zone: None,
            seconds: found.name("s1").is_some(),
            halved: [1, 2, 3].iter().any(|place| half(&found, *place).is_some()),
        },
        end,
    ))
}

/// `021109`, `0211Z`, `0211 hrs`, and `0211 UTC`, whose zone is read as any other.
fn compact(found: &Groups<'_>, rest: &str, at: usize) -> Option<(Reading, usize)> {
    let figures = found.name("c6").or_else(|| found.name("c4"))?;
    let (_, length) = found.whole();
    let number = |from: usize| cut(figures, from, from + 2).parse().ok();
    let clock = Clock::new(number(0)?, number(2)?, number(4).unwrap_or(0), 0).ok()?;
    let utc = cut(rest, 0, length).ends_with(['z', 'Z']);
    let zoned = !utc && found.name("ch").is_none();
    let end = found.place("c4").filter(|_| zoned);
    let reading = Reading {
        clock: Some(clock),
        zone: if utc { zone::abbreviated("UTC") } else { None },
        seconds: true,
        ..Reading::default()
    };
    Some((reading, at + end.map_or(length, |(_, end)| end)))
}

/// `Mittag um 12:30 Uhr`, `midnight (00:04 UTC)`: the figures count.
fn figures(text: &str, at: usize) -> Option<(Reading, usize)> {
    const WORDS: [&str; 6] = [" um ", " gegen ", " at ", " à ", " a las ", " ("];
    let rest = window(text, at, 12);
    let behind = WORDS.iter().find_map(|word| rest.strip_prefix(word))?;
    // A name again would lead here again, as deep as a text is long.
    let digit = behind.starts_with(|c: char| c.is_ascii_digit());
    digit.then(|| after(text, at)).flatten()
}

/// Hours in words, one to twelve; more than one word of each language has the same beginning.
const HOURS: &str = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|une|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|la\suna|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)";

fn worded(word: &str) -> Option<i8> {
    const LISTS: [[&str; 12]; 4] = [
        [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve",
        ],
        [
            "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
            "elf", "zwölf",
        ],
        [
            "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
            "douze",
        ],
        [
            "la una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez",
            "once", "doce",
        ],
    ];
    let small = word.to_lowercase();
    let at = LISTS
        .iter()
        .find_map(|list| list.iter().position(|one| *one == small))?;
    i8::try_from(at + 1).ok()
}

/// An hour alone before a day: `about 3 this morning`, `at three yesterday afternoon`; where it starts.
pub(crate) fn led_hour(text: &str, floor: usize, at: usize) -> Option<(Reading, usize)> {
    static LED: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(&format!(
            r"(?i)\b(?:at|about|around|since|by|roughly|circa|gegen|um|vers|(?:shortly|just)\s(?:after|before)|(?:sobre|hacia|a)\slas?)\s(?:about\s|around\s|roughly\s)?(?:(?P<h>[0-2]?[0-9])|(?P<w>{HOURS}))\s(?:(?:in|of)\s)?$"
        ))
    });
    let lead = before(text, at, 40.min(at - floor.min(at)));
    let found = lead.ends_with(' ').then(|| LED.ending(lead)).flatten()?;
    let hour = match found.name("h") {
        Some(figure) => figure.parse().ok()?,
        None => worded(found.name("w")?)?,
    };
    let (start, _) = found.place("h").or_else(|| found.place("w"))?;
    let reading = Reading {
        clock: Some(Clock::new(hour, 0, 0, 0).ok()?),
        ..Reading::default()
    };
    Some((reading, at - lead.len() + start))
}

/// An hour alone behind a day: `tonight at 8.`, `hoy a las 8 de la tarde`
pub(crate) fn hour(text: &str, at: usize) -> Option<(Reading, usize)> {
    const LEADS: [&str; 14] = [
        "at", "@", "um", "gegen", "à", "vers", "a", "just", "shortly", "kurz", "peu", "poco",
        "sobre", "hacia",
    ];
    static HOUR: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(&format!(
            r"(?ix)^,?\s(?:at|@|um|gegen|à|vers|(?:just|shortly)\s(?:after|before)|peu\s(?:apr[èe]s|avant)
            |(?P<sure>kurz\s(?:nach|vor)|(?:poco\s(?:antes|despu[ée]s)\sde|sobre|hacia|a)\slas?))\s(?:about\s|around\s)?(?:(?P<v1>{HOURS})(?:\s(?:uhr|heures?|horas|o['’]clock)\b|\sen\spunto\b|,?\s(?P<q2>{HALF})\b|\s(?:hat|haben|wurden?|war|waren|ist|sind|kam|we|our|the|nous|notre)\b
              |$|[,;)\n]|[.](?:\s|$)|\s[0-9]|(?P<open>\s(?-i:[^\p{{Lu}}])))
            |(?P<h1>[0-2]?[0-9])(?:[.](?P<m1>[0-5][0-9]))?
            (?:\s(?P<q1>{HALF})\b|(?:\sen\spunto)?(?:$|[,;)\n]|[.](?:\s|$)|\s[(]?(?-i:[A-Z]{{3,4}})\b|\s[(]?(?:hora|heure)\b)))"
        ))
    });
    let rest = window(text, at, 48);
    let near = cut(rest, 0, rest.floor_char_boundary(28));
    let mut words = near.trim_start_matches([',', ' ']).split(' ');
    let led = words
        .next()
        .is_some_and(|first| LEADS.iter().any(|lead| lead.eq_ignore_ascii_case(first)));
    if !near.starts_with([' ', ',']) || !led {
        return None;
    }
    let found = HOUR.groups(rest, 0, rest.len())?;
    if let Some((_, ends)) = found.place("v1") {
        // `at one of our sites` counts sites; an article or `kurz nach` tells an hour whatever follows.
        if found.name("open").is_some() && found.name("sure").is_none() {
            return None;
        }
        let mut hour = worded(found.name("v1")?)?;
        let late = half(&found, 2);
        if let Some(half) = late {
            hour = hour % 12 + if afternoon(half) { 12 } else { 0 };
        }
        let clock = Clock::new(hour, 0, 0, 0).ok()?;
        let ends = found.place("q2").map_or(ends, |(_, end)| end);
        return Some((
            Reading {
                clock: Some(clock),
                halved: late.is_some(),
                ..Reading::default()
            },
            at + ends,
        ));
    }
    let end = ["q1", "m1", "h1"]
        .iter()
        .find_map(|name| found.place(name))
        .map_or(at, |(_, end)| at + end);
    let reading = Reading {
        clock: Some(read(&found, 1)?),
        halved: half(&found, 1).is_some(),
        ..Reading::default()
    };
    Some((reading, end))
}

/// ` 14:23:05`, as nearly all logs have it; only where nothing behind it may belong to [`AFTER`]'s longer writings.
fn plain(rest: &str) -> Option<(i8, i8, i8)> {
    let &[mark, a, b, gap, c, d, same, e, f, ref tail @ ..] = rest.as_bytes() else {
        return None;
    };
    // `2024-03-05_02-11-09`, as files are named.
    let named = mark == b'_' && matches!(gap, b'-' | b'.') && !tail.starts_with(b"-");
    if gap != same || gap != b':' && !named {
        return None;
    }
    let next = |at: usize| tail.get(at).copied();
    let ends = match next(0) {
        Some(b' ') => next(1).is_none_or(|b| {
            matches!(
                b,
                b'[' | b'(' | b'+' | b'"' | b'<' | b'=' | b'|' | b'0'..=b'9'
            ) || b.is_ascii_alphabetic() && !b"APUTEBYHaputebyh".contains(&b)
        }),
        Some(b) => matches!(b, b'Z' | b'+' | b',' | b';' | b']' | b')' | b'"' | b'|'),
        None => true,
    };
    let number = |tens: u8, ones: u8| {
        let digit = |b: u8| b.is_ascii_digit().then(|| i8::try_from(b - b'0').ok())?;
        Some(digit(tens)? * 10 + digit(ones)?)
    };
    (named || ends && matches!(mark, b' ' | b'T' | b':'))
        .then(|| Some((number(a, b)?, number(c, d)?, number(e, f)?)))?
}

/// The clock before a date that starts at `at`, not reaching before `floor`; where it starts.
pub(crate) fn leading(text: &str, floor: usize, at: usize) -> Option<(Reading, usize)> {
    let from = text.ceil_char_boundary(floor.max(at.saturating_sub(70)));
    let lead = cut(text, from, at);
    if !promising(lead) {
        return None;
    }
    let lead_line = lead.rfind('\n').map_or(0, |newline| newline + 1);
    let found = LEADING.ending(cut(lead, lead_line, lead.len()))?;
    let (first, last) = match pair(&found, 1, 2) {
        Some((first, last)) => (Some(first), last?),
        None => (None, read(&found, 2)?),
    };
    let zone = found
        .name("zone")
        .and_then(|zone| zone::beside(zone).map(|(zone, _)| zone));
    let start = from + lead_line + found.whole().0;
    let reading = Reading {
        clock: Some(first.unwrap_or(last)),
        until: first.map(|_| last),
        zone,
        seconds: found.name("s2").is_some(),
        halved: [1, 2].iter().any(|place| half(&found, *place).is_some()),
    };
    Some((reading, start))
}

/// Both clocks of a pair; the first one may be an hour alone, and shares the half of the day of the second.
fn pair(found: &Groups<'_>, one: u8, two: u8) -> Option<(Clock, Option<Clock>)> {
    let until = read(found, two);
    let hour = found
        .name("h5")
        .and_then(|hour| Clock::new(hour.parse().ok()?, 0, 0, 0).ok());
    let clock = read(found, one).or_else(|| hour.filter(|_| until.is_some()))?;
    let own = half(found, one).is_some();
    let late = half(found, two).is_some_and(afternoon);
    let shared = !own && late && (1..12).contains(&clock.hour());
    let moved = clock.wrapping_add(jiff::Span::new().hours(12));
    Some(if shared && until.is_some_and(|until| moved < until) {
        (moved, until)
    } else {
        (clock, until)
    })
}

/// The group of a place.
fn group<'t>(found: &Groups<'t>, name: &str, place: u8) -> Option<&'t str> {
    let mut numbered = [0; 4];
    let length = name.len();
    numbered.get_mut(..length)?.copy_from_slice(name.as_bytes());
    *numbered.get_mut(length)? = b'0' + place;
    let name = std::str::from_utf8(numbered.get(..=length)?).ok()?;
    found.name(name)
}

/// What tells the half of the day of a clock.
fn half<'t>(found: &Groups<'t>, place: u8) -> Option<&'t str> {
    ["ap", "bp", "cp", "q"]
        .iter()
        .find_map(|name| group(found, name, place))
}

fn afternoon(half: &str) -> bool {
    let half = half.to_lowercase();
    half.starts_with('p') && !half.starts_with("por")
        || [
            "afternoon",
            "evening",
            "midi",
            "soir",
            "tarde",
            "noche",
            "nachmittag",
            "abend",
        ]
        .iter()
        .any(|word| half.contains(word))
}

fn read(found: &Groups<'_>, place: u8) -> Option<Clock> {
    let number = |names: &[&str]| -> Option<i8> {
        names
            .iter()
            .find_map(|name| group(found, name, place))
            .map_or(Some(0), |digits| digits.parse().ok())
    };
    if group(found, "w", place).is_some() {
        return Clock::new(12, 0, 0, 0).ok();
    }
    if group(found, "x", place).is_some() {
        return Some(Clock::midnight());
    }
    let mut hour: i8 = group(found, "h", place)?.parse().ok()?;
    let words = group(found, "q", place).is_some();
    // `14:30 pm` and `00:30 am` are written, too.
    if let Some(half) = half(found, place).filter(|half| hour <= 12 || !words && !afternoon(half)) {
        (hour <= 12).then_some(())?;
        hour = hour % 12 + if afternoon(half) { 12 } else { 0 };
    }
    let (minute, second) = (number(&["m", "n", "o"])?, number(&["s", "t", "u"])?);
    Clock::new(hour, minute, second, 0).ok()
}
