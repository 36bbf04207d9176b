//! Days told from the mail's date: yesterday, ce matin, letzte Nacht, el lunes.

use std::sync::LazyLock;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time as Clock, Weekday};
use regex::Regex;

use crate::pattern::{Groups, Pattern};
use crate::text::{before, regex, window};
use crate::when::clock::{self, Reading};
use crate::when::report::bound;
use crate::when::time::{Calendar, Stamp, zoned};

/// Octets that the longest such expression can have.
const LIMIT: usize = 64;

/// A day that is told by its distance, and the half of it.
struct Told {
    end: usize,
    days: i64,
    /// `last night`: the evening before the mail, or the hours after midnight.
    night: bool,
    /// `cette nuit`, `heute Nacht`: the latest such hour.
    running: bool,
    afternoon: bool,
    /// Counts without a clock, too.
    alone: bool,
    /// `last Tuesday`: not today.
    last: bool,
    weekday: Option<Weekday>,
}

const PART: &str = r"(?:,?\s(?:in\sthe\s|por\sla\s|en\sla\s|de\sla\s|au\s|am\s|dans\sla\s)?(?:(?P<am>morning|matin(?:[ée]e)?|fr[üu]h|morgen|vormittag|ma[ñn]ana|madrugada)|(?P<pm>afternoon|evening|night|apr[èe]s[\s-]midi|soir(?:[ée]e)?|nachmittag|abend|nacht|tarde|noche))\b)?";

static DAYS: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(&format!(
        r"(?ix)(?:
            (?:(?P<ago>two|three|four|five|six|[2-7])\sdays\sago|il\sy\sa\s(?P<il>deux|trois|quatre|cinq|six|[2-7])\sjours
              |vor\s(?P<vor>zwei|drei|vier|fünf|sechs|[2-7])\stagen|hace\s(?P<hace>dos|tres|cuatro|cinco|seis|[2-7])\sd[íi]as)\b
          | (?P<n>last\s(?:night|evening)|nuit\sderni[èe]re|(?:letzte|vergangene|gestern)\snacht|anoche)\b
          | (?P<r>cette\snuit|heute?\snacht|esta\smadrugada)\b
          | (?P<d2>day\sbefore\syesterday|avant[\s-]hier|vorgestern|anteayer|antier|antes\sde\sayer)\b{PART}
          | (?P<p>this\s(?:afternoon|evening)|tonight|ce\ssoir|cet(?:te)?\sapr[èe]s[\s-]midi|esta\s(?:tarde|noche))\b
          | (?P<d0>today|this\smorning|aujourd['’ʼ]hui|ce\smatin|heute?|hoy|esta\sma[ñn]ana)\b{}
          | (?P<d1>yesterday|(?P<h>hier)|gestern|ayer)\b{}
        )",
        PART.replace("<am>", "<am0>").replace("<pm>", "<pm0>"),
        PART.replace("<am>", "<am1>").replace("<pm>", "<pm1>"),
    ))
});

static WEEKDAYS: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(&format!(
        r"(?ix)(?:(?P<w0>monday|lundi|montag|lunes)|(?P<w1>tuesday|mardi|dienstag|martes)|(?P<w2>wednesday|mercredi|mittwoch|mi[ée]rcoles)
          |(?P<w3>thursday|jeudi|donnerstag|jueves)|(?P<w4>friday|vendredi|freitag|viernes)|(?P<w5>saturday|samedi|samstag|sonnabend|s[áa]bado)|(?P<w6>sunday|dimanche|sonntag|domingo))
          \b(?P<last>\s(?:dernier|pasado|last))?{PART}"
    ))
});

static LATER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:next|every|each|by|before|until|n[äa]chste[nrm]?|kommende[nrm]?|jede[nrmns]?|immer\sam|tous|todos|pr[óo]ximo|cada|chaque|avant|d'ici)(?:\s(?:the|les?|la|los|el))?|\blos)\s$",
    )
});
static PAST: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\b(?:last|past|letzte[nrm]?|vergangene[nrm]?|pasado)\s$"));

/// The day that is told at a place of the text.
fn read(text: &str, at: usize) -> Option<Told> {
    let lead = before(text, at, 24);
    if lead.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '@' | '.' | '_')) {
        return None;
    }
    if let Some(found) = DAYS.groups(text, at, LIMIT) {
        return day(text, at, &found);
    }
    let found = WEEKDAYS.groups(text, at, LIMIT)?;
    let weekday = ["w0", "w1", "w2", "w3", "w4", "w5", "w6"]
        .iter()
        .position(|name| found.name(name).is_some())
        .and_then(|index| Weekday::from_monday_zero_offset(i8::try_from(index).ok()?).ok())?;
    let end = found.whole().1;
    let later = window(text, end, 16).to_lowercase();
    let later = [" prochain", " próxim", " que viene", " next"]
        .iter()
        .any(|word| later.starts_with(word));
    let last = found.name("last").is_some() || PAST.is_match(lead);
    (!later && !LATER.is_match(lead)).then(|| Told {
        end,
        days: 0,
        night: false,
        running: false,
        afternoon: found.name("pm").is_some(),
        alone: last || bound(text, at),
        last,
        weekday: Some(weekday),
    })
}

/// Two to seven, in figures or in words.
fn count(number: &str) -> Option<i64> {
    let number = number.to_lowercase();
    Some(match number.as_str() {
        "two" | "deux" | "zwei" | "dos" => 2,
        "three" | "trois" | "drei" | "tres" => 3,
        "four" | "quatre" | "vier" | "cuatro" => 4,
        "five" | "cinq" | "fünf" | "cinco" => 5,
        "six" | "sechs" | "seis" => 6,
        figure => figure.parse().ok()?,
    })
}

fn day(text: &str, at: usize, found: &Groups<'_>) -> Option<Told> {
    let has = |name: &str| found.name(name).is_some();
    let end = found.whole().1;
    let part = has("pm") || has("pm0") || has("pm1");
    if window(text, end, 1).starts_with(['-', '_', '@']) {
        return None;
    }
    // The German `hier` means here.
    let here = has("h") && !part && !has("am1");
    (before(text, at, 4) != "USA ").then_some(Told {
        end,
        days: match ["ago", "il", "vor", "hace"]
            .iter()
            .find_map(|name| found.name(name))
        {
            Some(number) => count(number)?,
            None if has("d2") => 2,
            None => i64::from(has("d1") || has("n")),
        },
        night: has("n"),
        running: has("r"),
        afternoon: part || has("p"),
        alone: !here,
        last: false,
        weekday: None,
    })
}

/// Such a day with the clock beside it, and where the next date may begin.
pub(crate) fn stamp(
    text: &str,
    start: usize,
    floor: usize,
    calendar: &Calendar,
) -> Option<(Stamp, usize)> {
    let told = read(text, start)?;
    let reference = calendar.reference?;
    let (mut start, mut end) = (start, told.end);
    let mut reading = Reading::default();
    let behind = clock::after(text, end).or_else(|| clock::hour(text, end));
    if let Some((read, after)) = behind {
        (reading, end) = (read, after);
    } else if let Some((read, from)) =
        clock::leading(text, floor, start).or_else(|| clock::led_hour(text, floor, start))
    {
        (reading, start) = (read, from);
    } else if !told.alone {
        return None;
    }
    if start < floor {
        return None;
    }
    zoned(text, &mut start, &mut end, &mut reading);
    let halved = reading.halved;
    // `02:40 tonight`, in a mail of three o'clock: the hour that has passed.
    let passed = |clock: Clock| clock <= reference.time();
    let half = |clock: Clock| {
        let later = told.clock(clock);
        let kept = halved || told.days == 0 && passed(clock) && !passed(later);
        if kept { clock } else { later }
    };
    let clock = reading.clock.map(half);
    let stamp = Stamp {
        start,
        end,
        date: told.date(clock, reference)?,
        other: None,
        clock,
        until: reading.until.map(half),
        zone: reading.zone,
        lent: None,
        relative: true,
    };
    Some((stamp, end))
}

impl Told {
    /// The half of the day that the words give to a clock of twelve hours.
    fn clock(&self, clock: Clock) -> Clock {
        let evening = self.afternoon && (1..12).contains(&clock.hour());
        let late = (self.night || self.running) && (7..12).contains(&clock.hour());
        if evening || late {
            clock.wrapping_add(Span::new().hours(12))
        } else {
            clock
        }
    }

    /// The date, seen from the mail's.
    fn date(&self, clock: Option<Clock>, reference: DateTime) -> Option<Date> {
        let today = reference.date();
        if let Some(weekday) = self.weekday {
            let same = today.weekday() == weekday && !self.last;
            let over = clock.is_some_and(|clock| clock <= reference.time());
            if same && over {
                return Some(today);
            }
            return today.nth_weekday(-1, weekday).ok();
        }
        let back = match clock {
            Some(clock) if self.night => i64::from(clock.hour() >= 12),
            Some(clock) if self.running => i64::from(clock > reference.time()),
            _ => self.days,
        };
        today.checked_sub(Span::new().days(back)).ok()
    }
}
