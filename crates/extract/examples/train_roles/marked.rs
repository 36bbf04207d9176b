//! Passages with marks for addresses, and reports with their answers.
//!
//! A passage is a line: `¶` ends a line of it, `<S>`, `<D>`, `<N>` stand for addresses, `<S~>` for private ones. `[a|b]` makes
//! two passages of one: all choices of a line go on together. A report begins with `@@ name`; `@src` and `@dst` name its parties.

use std::collections::BTreeSet;

const BLOCKS: usize = 3;

/// A passage with its addresses, each with its class, in the order in which they stand.
pub struct Marked {
    /// What `##` parts is a section: the same one says the same in each language. Its passages in three blocks.
    pub block: usize,
    pub text: String,
    pub addresses: Vec<(String, usize)>,
}

/// The texts of a file.
pub fn marked(file: &str) -> Vec<Marked> {
    let mut all = Vec::new();
    for (number, section) in file.split("\n##").enumerate() {
        let lines = section.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let lines: Vec<&str> = lines.collect();
        for (at, line) in lines.iter().enumerate() {
            let block = number * BLOCKS + at * BLOCKS / lines.len();
            all.extend(variants(line).iter().map(|line| fill(line, block)));
        }
    }
    all
}

fn variants(line: &str) -> Vec<String> {
    let choices = line
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'));
    let most = choices.map(|(choice, _)| choice.split('|').count()).max();
    let mut variants = Vec::new();
    for variant in 0..most.unwrap_or(1) {
        let mut text = String::new();
        let mut rest = line;
        while let Some((before, (choice, behind))) = rest
            .split_once('[')
            .and_then(|(before, rest)| Some((before, rest.split_once(']')?)))
        {
            let count = choice.split('|').count();
            text += before;
            text += choice.split('|').nth(variant % count).unwrap_or_default();
            rest = behind;
        }
        variants.push(text + rest);
    }
    variants
}

/// The text of a line, with an address for each mark.
fn fill(line: &str, block: usize) -> Marked {
    let mut text = String::new();
    let mut addresses = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['<', '¶']) {
        text += &rest[..at];
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix('¶') {
            text.push('\n');
            rest = behind;
            continue;
        }
        let (mark, behind) = rest[1..].split_once('>').unwrap_or((rest, ""));
        let number = addresses.len() + 1;
        let class = match mark.trim_end_matches('~') {
            "S" => 0,
            "D" => 1,
            "N" => 2,
            other => panic!("what is <{other}> in {line}?"),
        };
        let address = match mark.ends_with('~') {
            true => format!("10.20.3.{number}"),
            false => format!("198.51.100.{number}"),
        };
        text += &address;
        addresses.push((address, class));
        rest = behind;
    }
    text += rest;
    Marked {
        block,
        text,
        addresses,
    }
}

/// A report with its parties.
#[derive(Default)]
pub struct Report {
    pub text: String,
    pub sources: BTreeSet<String>,
    pub destinations: BTreeSet<String>,
}

/// The reports of a file.
pub fn reports(file: &str) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    for line in file.lines() {
        if line.starts_with("@@ ") {
            reports.push(Report::default());
            continue;
        }
        let Some(report) = reports.last_mut() else {
            continue;
        };
        match line.strip_prefix('@').and_then(|line| line.split_once(' ')) {
            Some(("src", party)) => drop(report.sources.insert(host(party))),
            Some(("dst", party)) => drop(report.destinations.insert(host(party))),
            Some(_) => {}
            None => report.text = format!("{}{line}\n", report.text),
        }
    }
    reports
}

/// `198.51.100.7:22/tcp`, `[2001:db8::1]:22`: without port and protocol.
fn host(party: &str) -> String {
    let party = party.trim_end_matches("/tcp").trim_end_matches("/udp");
    let host = match party.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None if party.matches(':').count() == 1 => party.split(':').next(),
        None => Some(party),
    };
    host.unwrap_or_default().to_owned()
}
