//! Passages with marks for addresses, and reports with their answers.
//!
//! A passage is a line: `¶` ends a line of it, `<S>`, `<D>`, `<N>` stand for addresses, `<S~>` for private ones, `<S1>` for the same
//! one each time, and `<S name>` for a host that is named. `[a|b]` makes two passages of one: all choices of a line go on together.
//! A whole mail begins with its type and a tab. A report begins with `@@ name`; `@src` and `@dst` name its parties.

use std::collections::BTreeSet;

const BLOCKS: usize = 3;

/// A passage with its addresses, each with its class, in the order in which they stand.
pub struct Marked {
    /// What `##` parts is a section: the same one says the same in each language. Its passages in three blocks.
    pub block: usize,
    pub text: String,
    pub marks: Vec<Mark>,
}

/// An address or a name with its class: it did it, it was hit, neither.
pub struct Mark {
    /// How it is written in the passage.
    mark: String,
    /// Its first octet in the text.
    pub at: usize,
    pub class: usize,
    pub value: String,
}

/// The mails of a file, each with its type.
pub fn mails(file: &str) -> Vec<(&str, Marked)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let split = lines.filter_map(|line| line.split_once('\t'));
    let each = split.enumerate();
    each.map(|(at, (kind, text))| (kind, fill(text, at / NEIGHBOURS)))
        .collect()
}

/// Mails side by side are alike.
const NEIGHBOURS: usize = 5;

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
    let mut marks: Vec<Mark> = Vec::new();
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
        let (role, name) = match mark.split_once(' ') {
            Some((role, name)) => (role, Some(name)),
            None => (mark, None),
        };
        let own = role.trim_end_matches('~');
        let numbered =
            own.len() < 2 || own.len() == 2 && own.ends_with(|c: char| c.is_ascii_digit());
        let class = match own.get(..1).filter(|_| numbered) {
            Some("S") => 0,
            Some("D") => 1,
            Some("N") => 2,
            // A quoted log has such brackets, too.
            _ => {
                text.push('<');
                rest = &rest[1..];
                continue;
            }
        };
        // The same machine again.
        let known = marks.iter().find(|one| own.len() > 1 && one.mark == role);
        let number = marks.len() + 1;
        let value = match (name, known) {
            (Some(name), _) => name.to_owned(),
            (None, Some(known)) => known.value.clone(),
            (None, None) if role.ends_with('~') => format!("10.20.3.{number}"),
            (None, None) => format!("198.51.100.{number}"),
        };
        marks.push(Mark {
            mark: role.to_owned(),
            at: text.len(),
            class,
            value: value.clone(),
        });
        text += &value;
        rest = behind;
    }
    text += rest;
    Marked { block, text, marks }
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
