//! Reads JSON lines `{"kind": "plain", "text": …}` and writes what is found in each: `cargo run -p extract --example probe < cases`.
#![expect(clippy::print_stdout, reason = "a tool for people")]

use std::io::BufRead;

use extract::{Context, TextKind, TextPart, extract};
use serde_json::Value;

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(case) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let word = |key: &str| case.get(key).and_then(Value::as_str);
        let context = Context {
            date: Some(
                word("date")
                    .unwrap_or("2024-03-06T09:00:00+01:00")
                    .to_owned(),
            ),
            language: word("lang").map(str::to_owned),
            ..Context::default()
        };
        let kind = match word("kind").unwrap_or("plain") {
            "subject" => TextKind::Subject,
            "csv" => TextKind::Csv,
            "json" => TextKind::Json,
            "xml" => TextKind::Xml,
            "yaml" => TextKind::Yaml,
            "feedback" => TextKind::FeedbackReport,
            "header" => TextKind::MessageHeader,
            _ => TextKind::Plain,
        };
        let part = TextPart {
            id: "1",
            kind,
            text: word("text").unwrap_or_default(),
            attachment: false,
            forwarded: false,
        };
        println!(
            "{}",
            serde_json::to_string(&extract(&[part], &context)).unwrap_or_default()
        );
    }
}
