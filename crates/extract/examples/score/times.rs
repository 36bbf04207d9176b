//! Times.

use std::collections::BTreeMap;
use std::path::Path;

use extract::{Context, Extraction, TextKind, Time, ZoneBasis};

use crate::truth::{self, Case, Slot, Truth};
use crate::{Count, cases, read, str_at};

/// Our own mails in prose, with their times and zones.
const PROSE: &str = include_str!("../../../../tests/extract/times.jsonl");

/// Reads one line of a corpus.
type Reader = fn(&serde_json::Value) -> Option<Case>;

/// What is worse than a blank.
#[derive(Default)]
struct Harm {
    swapped: usize,
    invented: usize,
    nothing: usize,
    open: usize,
}

/// Dates and clocks of the assistants' corpora, zones, and our own prose.
pub fn dates(root: &Path, show: &str) {
    let sources: [(&str, Reader); 4] = [
        ("recognizers-text", truth::recognizers),
        ("duckling", truth::duckling),
        ("rustling-ontology", truth::rustling),
        ("dateparser", truth::dateparser),
    ];
    for (source, reader) in sources {
        let all: Vec<Case> = cases(root, source).iter().filter_map(reader).collect();
        score(&all, source, show);
    }
    zones(root, show);
    prose(show);
}

fn score(all: &[Case], source: &str, show: &str) {
    let mut counts: BTreeMap<String, (Count, Count)> = BTreeMap::new();
    let mut harm = Harm::default();
    for case in all {
        // A report names somebody.
        let got = read(
            TextKind::Plain,
            &format!("{}\n\nSource: 192.0.2.1\n", case.input),
            &Context {
                date: Some(case.reference.clone()),
                language: Some(case.language.clone()),
                ..Context::default()
            },
        );
        let (clocks, days) = counts.entry(case.language.clone()).or_default();
        let right = match &case.truth {
            Truth::Times(slots) => judge(clocks, slots, &got.incident.times, &mut harm),
            Truth::Days(slots) => judge(days, slots, &got.incident.times, &mut harm),
            Truth::Nothing => {
                harm.nothing += 1;
                let clean = got.incident.times.is_empty();
                harm.invented += usize::from(!clean);
                clean
            }
            Truth::Skip => true,
        };
        if !right && show == case.source {
            let expected = match &case.truth {
                Truth::Times(slots) | Truth::Days(slots) => slots.clone(),
                Truth::Nothing | Truth::Skip => Vec::new(),
            };
            let got: Vec<&str> = got
                .incident
                .times
                .iter()
                .map(|time| time.value.as_str())
                .collect();
            println!("  {} {expected:?} {got:?} {}", case.language, case.input);
        }
    }
    for (language, (clocks, days)) in counts {
        clocks.print(&format!("{source} {language}, date and clock"));
        days.print(&format!("{source} {language}, date alone"));
    }
    println!(
        "{source} harm: {} with day and month swapped unmarked ({} left open); {} of {} durations, numbers, holidays taken as a time",
        harm.swapped, harm.open, harm.invented, harm.nothing
    );
}

/// Counts the values of one text; what is marked ambiguous is a miss and no claim.
fn judge(count: &mut Count, slots: &[Slot], times: &[Time], harm: &mut Harm) -> bool {
    let mut left: Vec<&Slot> = slots.iter().collect();
    let mut right = true;
    for time in times {
        if time.ambiguous.is_some() {
            harm.open += 1;
            continue;
        }
        let value = time.value.get(..19).unwrap_or(&time.value);
        let same = |one: &String| value.starts_with(one.as_str());
        if let Some(at) = left.iter().position(|slot| slot.iter().any(same)) {
            left.remove(at);
            count.hit += 1;
        } else {
            count.wrong += 1;
            right = false;
            harm.swapped += usize::from(slots.iter().flatten().any(|one| swapped(one, value)));
        }
    }
    count.missed += left.len();
    right && left.is_empty()
}

fn swapped(one: &str, other: &str) -> bool {
    let day = |value: &str| {
        Some((
            value.get(..4)?.to_owned(),
            value.get(5..7)?.to_owned(),
            value.get(8..10)?.to_owned(),
        ))
    };
    match (day(one), day(other)) {
        (Some(a), Some(b)) => a.0 == b.0 && a.1 == b.2 && a.2 == b.1 && a.1 != a.2,
        _ => false,
    }
}

/// A zone's name behind a clock: its offset, and whether a wrong one is claimed as stated.
fn zones(root: &Path, show: &str) {
    let mut count = Count::default();
    let mut harm = 0;
    for (name, minutes) in cases(root, "recognizers-text")
        .iter()
        .filter_map(truth::zone)
    {
        let text = format!("Seen on 5 January 2018 at 10:00:00 {name}, from 192.0.2.1.");
        let got = read(TextKind::Plain, &text, &Context::default());
        let zoned = |time: &Time| time.value.get(19..).map(str::to_owned);
        let time = got.incident.times.first();
        let sign = if minutes < 0 { '-' } else { '+' };
        let hours = minutes.abs() / 60;
        let expected = format!("{sign}{hours:02}:{:02}", minutes.abs() % 60);
        let offset = time.and_then(zoned);
        let stated = time.is_some_and(|time| time.zone == ZoneBasis::Stated);
        let claim = if stated {
            offset.as_deref()
        } else {
            offset.as_deref().filter(|got| *got == expected)
        };
        harm += usize::from(stated && offset.as_deref() != Some(&expected));
        if !count.add(Some(&expected), claim) && show == "zones" {
            println!("  {expected} {offset:?} stated {stated} {name}");
        }
    }
    count.print("recognizers-text zones behind a clock");
    println!("zones harm: {harm} wrong and claimed as stated");
}

/// Value, zone and what the zone is known by, of our own prose.
fn prose(show: &str) {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut harm = 0;
    for line in PROSE.lines() {
        let Ok(case) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let field = |name: &str| str_at(&case, name).unwrap_or_default();
        let context = Context {
            date: Some(field("/date").to_owned()),
            language: str_at(&case, "/known").map(str::to_owned),
            ..Context::default()
        };
        let got = written(&read(TextKind::Plain, field("/text"), &context));
        let expected: Vec<&str> = case
            .pointer("/times")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect();
        let count = counts
            .entry(format!(
                "our prose, {} half, {}",
                field("/half"),
                field("/lang")
            ))
            .or_default();
        let hits = got
            .iter()
            .filter(|one| expected.contains(&one.as_str()))
            .count();
        count.hit += hits;
        count.wrong += got.len() - hits;
        count.missed += expected.len() - hits;
        harm += got
            .iter()
            .filter(|one| one.ends_with("stated") && !expected.contains(&one.as_str()))
            .count();
        if (hits < got.len() || hits < expected.len()) && show == field("/half") {
            println!("  {expected:?}\n  {got:?}\n  {}\n", field("/text"));
        }
    }
    for (name, count) in counts {
        count.print(&name);
    }
    println!("our prose harm: {harm} wrong and claimed as stated");
}

/// `VALUE stated`, and the other reading where there is one.
fn written(got: &Extraction) -> Vec<String> {
    let one = |time: &Time| {
        let basis = match time.zone {
            ZoneBasis::Stated => "stated",
            ZoneBasis::Assumed => "assumed",
        };
        let other = time.ambiguous.as_ref().map(|other| format!(" / {other}"));
        format!("{} {basis}{}", time.value, other.unwrap_or_default())
    };
    got.incident.times.iter().map(one).collect()
}
