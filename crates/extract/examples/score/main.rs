//! Scores the crate against open corpora: `cargo run --release -p extract --example score -- [DIR] [--show SOURCE]`.
//!
//! DIR holds `extract/<source>/cases.jsonl`; without one, `../shared/corpora` beside the repository. The example
//! `speed` measures how fast it reads.
#![expect(
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "a report for people"
)]

mod forms;
mod indicators;
mod logs;
mod times;
mod truth;

use std::path::{Path, PathBuf};

use extract::{Context, Extraction, TextKind, TextPart, extract};
use serde_json::Value;

/// True and false positives and misses of one field.
#[derive(Default)]
struct Count {
    hit: usize,
    wrong: usize,
    missed: usize,
}

impl Count {
    fn add(&mut self, expected: Option<&str>, got: Option<&str>) -> bool {
        match (expected, got) {
            (Some(a), Some(b)) if a == b => self.hit += 1,
            (Some(_), Some(_)) => {
                self.wrong += 1;
                self.missed += 1;
            }
            (Some(_), None) => self.missed += 1,
            (None, Some(_)) => self.wrong += 1,
            (None, None) => return true,
        }
        expected == got
    }

    fn print(&self, name: &str) {
        let share = |part: usize, whole: usize| {
            100.0 * f64::from(u32::try_from(part).unwrap_or(0))
                / f64::from(u32::try_from(whole.max(1)).unwrap_or(1))
        };
        println!(
            "{name:<46} P {:5.1}  R {:5.1}  F1 {:5.1}  ({} right, {} wrong, {} missed)",
            share(self.hit, self.hit + self.wrong),
            share(self.hit, self.hit + self.missed),
            share(2 * self.hit, 2 * self.hit + self.wrong + self.missed),
            self.hit,
            self.wrong,
            self.missed
        );
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut root = PathBuf::from("../shared/corpora");
    let mut show = String::new();
    while let Some(argument) = arguments.next() {
        if argument == "--show" {
            show = arguments.next().unwrap_or_default();
        } else {
            root = PathBuf::from(argument);
        }
    }
    let root = if root.join("extract").is_dir() {
        root.join("extract")
    } else {
        root
    };
    logs::fail2ban(&root, &show);
    logs::logstash(&root, &show);
    for source in ["xarf-spec", "xarf-python-tests"] {
        forms::xarf(&root, source, &show);
    }
    forms::iodef(&root);
    forms::arf(&root, &show);
    times::dates(&root, &show);
    indicators::urls(&root, &show);
}

fn cases(root: &Path, source: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root.join(source).join("cases.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn read(kind: TextKind, text: &str, context: &Context) -> Extraction {
    extract(
        &[TextPart {
            id: "1",
            kind,
            text,
            attachment: false,
            forwarded: false,
        }],
        context,
    )
}

fn str_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path)?.as_str()
}
