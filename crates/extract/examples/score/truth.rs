//! What the corpora of dates say, in one form.
//!
//! They were made for assistants. Kept are dates that are absolute or past, with a clock (dates alone apart) and digits or a
//! word such as "yesterday"; holidays, durations and numbers must give nothing; all else is none of a report's business.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::str_at;

/// The readings of a value that count as right: `YYYY-MM-DDTHH:MM:SS`, or `YYYY-MM-DD`.
pub type Slot = Vec<String>;

/// A text with the times that it tells.
pub struct Case {
    pub source: &'static str,
    pub language: String,
    pub input: String,
    /// The reference, RFC 3339.
    pub reference: String,
    pub truth: Truth,
}

/// What a text holds.
pub enum Truth {
    /// Times with a clock; start and end of a span are two.
    Times(Vec<Slot>),
    /// Dates alone.
    Days(Vec<Slot>),
    /// A duration, a number, a holiday.
    Nothing,
    /// What is not judged.
    Skip,
}

static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|\b\d{1,2}/\d{1,2}\b|\b(?:19|20)\d\d|\d.*\b(?:jan|ene|f[eé]v|feb|mar|m[äa]r|apr|avr|abr|ma[iy]|ju[ni]|juil|jul|ago|aug|ao[uû]|sep|oct|okt|nov|d[eé][cz]|dic)
          |\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\s\d
          |\b(?:yesterday|today|hier|aujourd|gestern|heute|ayer|hoy|tonight|anoche|vorgestern|anteayer|last\snight|this\s(?:morning|afternoon|evening))",
    )
    .ok()
});
static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)next|following|prochain|suivant|nächste|kommende|pr[oó]xim|siguiente|que viene|christmas|xmas|week|semaine|woche|semana|quarter|trimest|weekend|\bq\d|since|depuis|seit|desde|\buntil|jusqu|after|après|nach|before|avant|vor |antes|después|upcoming|every|each|\d/\dh|\d/\d h|\bin \d|ago\b|hace ",
    )
    .ok()
});

/// A part of a day without a clock is not judged.
static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\d\s?[:h.]\s?\d\d|\d\s?(?:am|pm|a\.m|p\.m|h\b|hrs|uhr|heures?|horas?|o'clock)|(?:\bat|@|à|\bum|las?|from|between|entre|de|von|tonight|midi|noon)\s\d",
    )
    .ok()
});

fn holds(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|known| known.is_match(text))
}

/// Whether a report could be written like this: dated, and no later than its own day unless a year is given.
fn kept(written: &str, value: &str, reference: &str) -> bool {
    let year = written.contains(value.get(..4).unwrap_or("????"));
    let reference = if reference.is_empty() {
        "0000-00-00"
    } else {
        reference
    };
    holds(&DATED, written)
        && !holds(&OTHER, written)
        && (year || value.get(..10) <= reference.get(..10))
}

/// One truth of several values, each with its readings.
fn truth(written: &str, reference: &str, slots: Vec<Slot>) -> Truth {
    let all = slots.iter().flatten();
    if slots.iter().any(Vec::is_empty) || all.clone().any(|value| !kept(written, value, reference))
    {
        Truth::Skip
    } else if all.clone().all(|value| value.len() == 10) {
        Truth::Days(slots)
    } else if all.clone().all(|value| value.len() == 19) && holds(&CLOCK, written) {
        Truth::Times(slots)
    } else {
        Truth::Skip
    }
}

/// Both ways to say where a span ends: its last minute, or the one behind it.
fn ends(value: &str) -> Slot {
    let Ok(end) = value.parse::<jiff::civil::DateTime>() else {
        return vec![];
    };
    [0, 1, 60, 3600]
        .into_iter()
        .filter_map(|back| end.checked_sub(jiff::Span::new().seconds(back)).ok())
        .map(|end| end.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        .collect()
}

pub fn recognizers(case: &Value) -> Option<Case> {
    let language = str_at(case, "/lang")?;
    if str_at(case, "/kind")? != "datetime" || str_at(case, "/ctx/model")?.starts_with("TimeZone") {
        return None;
    }
    // Without a reference only what has a year can be known.
    let now = str_at(case, "/ctx/ref_now").unwrap_or_default();
    let results = case.pointer("/truth/results")?.as_array()?;
    let mut truths = results.iter().map(|result| {
        let kind = str_at(result, "/TypeName").unwrap_or_default();
        let written = str_at(result, "/Text").unwrap_or_default();
        let values = result.pointer("/Resolution/values")?.as_array()?;
        let first = |field: &str| -> Slot {
            let all = values.iter().filter_map(|value| str_at(value, field));
            let mut past: Vec<String> = all
                .map(|value| value.replace(' ', "T"))
                .filter(|value| kept(written, value, now))
                .collect();
            past.sort();
            // Without a year, the latest; without a half of the day, both.
            let latest = past
                .last()
                .and_then(|value| value.get(..10))
                .map(str::to_owned);
            past.retain(|value| value.get(..10) == latest.as_deref());
            past
        };
        Some(match kind.rsplit('.').next()? {
            "date" | "datetime" => truth(written, now, vec![first("/value")]),
            "datetimerange" => truth(written, now, vec![first("/start"), first("/end")]),
            "duration" | "set" | "number" => Truth::Nothing,
            _ => Truth::Skip,
        })
    });
    let mut whole = truths.next().unwrap_or(Some(Truth::Nothing))?;
    for next in truths {
        whole = match (whole, next?) {
            (Truth::Times(mut one), Truth::Times(two)) => {
                one.extend(two);
                Truth::Times(one)
            }
            (Truth::Times(one), Truth::Nothing) => Truth::Times(one),
            (Truth::Days(one), Truth::Nothing) => Truth::Days(one),
            (Truth::Nothing, Truth::Nothing) => Truth::Nothing,
            _ => Truth::Skip,
        };
    }
    Some(Case {
        source: "recognizers-text",
        language: language.get(..2)?.to_owned(),
        input: str_at(case, "/input")?.to_owned(),
        reference: Some(now)
            .filter(|now| !now.is_empty())
            .map_or_else(String::new, |now| format!("{now}Z")),
        truth: whole,
    })
}

/// `(2013, 2, 12, 15, 30, 0)` or `[2013, 2, 12, 15]`, with the grain of its last figure.
fn figures(written: &str, day: bool) -> Option<String> {
    let parts: Vec<u32> = written
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect::<Option<_>>()?;
    let at = |index: usize| parts.get(index).copied().unwrap_or(0);
    let date = format!("{:04}-{:02}-{:02}", at(0), at(1), at(2));
    match parts.len() {
        0..=2 => None,
        3 => Some(date),
        _ if day => Some(date),
        _ => Some(format!("{date}T{:02}:{:02}:{:02}", at(3), at(4), at(5))),
    }
}

fn expression(case: &Value, source: &'static str, zone: &str, written: &str) -> Option<Case> {
    let input = str_at(case, "/input")?;
    let language = str_at(case, "/lang")?;
    let reference = str_at(case, "/ctx/ref_now")?;
    let pattern = Regex::new(r"[(\[](\d{4}(?:, ?\d+){1,5})[)\]]").ok()?;
    let day = [
        " Day",
        " Week",
        " Month",
        " Quarter",
        " Year",
        "Grain::Month",
    ]
    .iter()
    .any(|grain| written.contains(grain));
    let values: Vec<String> = pattern
        .captures_iter(written)
        .map(|found| figures(found.get(1).map_or("", |group| group.as_str()), day))
        .collect::<Option<_>>()
        .unwrap_or_default();
    let coarse = [" Week", " Month", " Quarter", " Year", "Grain::"]
        .iter()
        .any(|grain| written.contains(grain));
    let nothing = written.is_empty() || written.contains("Holiday") || written.contains("duration");
    let truth = match values.as_slice() {
        _ if nothing => Truth::Nothing,
        _ if coarse || written.contains("Open") || written.contains("direction") => Truth::Skip,
        [one] => truth(input, reference, vec![vec![one.clone()]]),
        [one, two] if one.len() == 19 && two.len() == 19 => {
            truth(input, reference, vec![vec![one.clone()], ends(two)])
        }
        _ => Truth::Skip,
    };
    Some(Case {
        source,
        language: language.get(..2)?.to_owned(),
        input: input.to_owned(),
        reference: format!("{reference}{zone}"),
        truth,
    })
}

pub fn duckling(case: &Value) -> Option<Case> {
    let written = str_at(case, "/truth/duckling").unwrap_or_default();
    expression(case, "duckling", "", written)
}

pub fn rustling(case: &Value) -> Option<Case> {
    expression(
        case,
        "rustling-ontology",
        "Z",
        str_at(case, "/truth/check")?,
    )
}

/// Its tests of plain parsing; those of settings tell nothing of a text.
pub fn dateparser(case: &Value) -> Option<Case> {
    let test = str_at(case, "/ref")?.rsplit(' ').next()?;
    let reference = match test {
        "test_dates_parsing" => "2012-11-13T00:00:00",
        "test_dates_parsing_with_normalization" => "2014-09-01T10:30:00",
        "test_dates_not_parsed" => "2014-09-01T10:30:00",
        _ => return None,
    };
    let input = str_at(case, "/input")?;
    let language = Some(str_at(case, "/lang")?)
        .filter(|language| ["en", "fr", "de", "es"].contains(language))?;
    let written = case.pointer("/truth/args")?.get(0)?.as_str()?;
    let pattern = Regex::new(r"datetime\((\d{4}(?:, ?\d+){2,5})\)").ok()?;
    let figures = pattern
        .captures(written)
        .and_then(|found| figures(found.get(1)?.as_str(), false));
    let truth = figures.map_or(Truth::Skip, |value| {
        // A clock of midnight was not written.
        let value = value
            .strip_suffix("T00:00:00")
            .map_or(value.clone(), str::to_owned);
        truth(input, reference, vec![vec![value]])
    });
    Some(Case {
        source: "dateparser",
        language: language.to_owned(),
        input: input.to_owned(),
        reference: format!("{reference}Z"),
        truth,
    })
}

/// A zone's name and its offset in minutes.
pub fn zone(case: &Value) -> Option<(String, i32)> {
    if !str_at(case, "/ctx/model")?.starts_with("TimeZone") {
        return None;
    }
    let result = case.pointer("/truth/results/0")?;
    let name = str_at(result, "/Text")?;
    let resolution = result.pointer("/Value/TimeZoneResolution")?;
    let minutes = ["UtcOffsetMins", "utcOffsetMins"]
        .iter()
        .find_map(|key| resolution.get(key))?;
    let minutes = minutes
        .as_i64()
        .or_else(|| minutes.as_str()?.parse().ok())
        .filter(|minutes| *minutes > -10_000)?;
    Some((name.to_owned(), i32::try_from(minutes).ok()?))
}
