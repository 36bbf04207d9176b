//! Times.

use std::path::Path;

use extract::{Context, Extraction, TextKind};
use serde_json::Value;

use crate::{Count, cases, read, str_at};

/// Absolute dates with a clock from the assistants' corpora.
pub fn dates(root: &Path, show: &str) {
    for language in ["en", "fr", "de", "es"] {
        let mut count = Count::default();
        for case in cases(root, "recognizers-text") {
            if str_at(&case, "/lang") != Some(language) {
                continue;
            }
            let input = str_at(&case, "/input").unwrap_or_default();
            let reference = str_at(&case, "/ctx/ref_now").map(|now| format!("{now}Z"));
            let results = case
                .pointer("/truth/results")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let [result] = results.as_slice() else {
                continue;
            };
            let timex = str_at(result, "/Resolution/values/0/timex").unwrap_or_default();
            let written = str_at(result, "/Text").unwrap_or_default();
            let absolute = timex.len() >= 13
                && timex.starts_with("20")
                && timex.contains('T')
                && written.chars().filter(char::is_ascii_digit).count() >= 6;
            if !absolute {
                continue;
            }
            let expected =
                str_at(result, "/Resolution/values/0/value").map(|value| value.replace(' ', "T"));
            let got = read(
                TextKind::Plain,
                input,
                &Context {
                    date: reference,
                    language: Some(language.into()),
                    ..Context::default()
                },
            );
            let time = first_time(&got);
            if expected.is_some()
                && !count.add(expected.as_deref(), time.as_deref())
                && show == "dates"
            {
                println!("  {expected:?} {time:?} {input}");
            }
        }
        count.print(&format!("recognizers-text absolute date-times, {language}"));
    }
    dateparser(root, show);
}

fn dateparser(root: &Path, show: &str) {
    let pattern =
        regex::Regex::new(r"datetime\((\d+), (\d+), (\d+), (\d+), (\d+)(?:, (\d+))?").ok();
    let mut count = Count::default();
    for case in cases(root, "dateparser") {
        let input = str_at(&case, "/input").unwrap_or_default();
        let truth = case
            .pointer("/truth")
            .map(ToString::to_string)
            .unwrap_or_default();
        let Some(found) = pattern
            .as_ref()
            .and_then(|pattern| pattern.captures(&truth))
        else {
            continue;
        };
        let digits = input.chars().filter(char::is_ascii_digit).count();
        let language = str_at(&case, "/lang").unwrap_or_default();
        if digits < 8 || !["en", "fr", "de", "es"].contains(&language) {
            continue;
        }
        let number = |index: usize| {
            found
                .get(index)
                .and_then(|number| number.as_str().parse::<u32>().ok())
                .unwrap_or(0)
        };
        let expected = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            number(1),
            number(2),
            number(3),
            number(4),
            number(5),
            number(6)
        );
        let got = read(
            TextKind::Plain,
            input,
            &Context {
                date: Some("2014-09-01T10:30:00Z".into()),
                language: Some(language.into()),
                ..Context::default()
            },
        );
        let time = first_time(&got);
        if !count.add(Some(&expected), time.as_deref()) && show == "dateparser" {
            println!("  {expected} {time:?} {input}");
        }
    }
    count.print("dateparser absolute date-times, en fr de es");
}

/// The first time that was found, to the second and without its zone.
fn first_time(got: &Extraction) -> Option<String> {
    let time = got.incident.times.first()?;
    time.value.get(..19).map(str::to_owned)
}
