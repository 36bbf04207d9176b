//! What the whole engine tells of passages or reports that it may not have seen.

use std::collections::BTreeSet;

use extract::{Context, Endpoint, IndicatorKind, Role, TextPart, extract};

use crate::marked::{Marked, Report, mails, marked, reports};
use crate::tally::{Parties, Tally};

/// Prints the score of a file; with `show`, the passages in which something is wrong.
pub fn mirror(name: &str, file: &str, show: bool) {
    let mut tally = Tally::default();
    let whole = mails(file);
    let all: Vec<(String, Parties)> = match file.starts_with("@@ ") {
        true => reports(file).into_iter().map(of_report).collect(),
        false if whole.is_empty() => marked(file).into_iter().map(of_marked).collect(),
        false => whole.into_iter().map(|one| of_marked(one.1)).collect(),
    };
    for (text, truth) in all {
        let told = told(&text);
        let (exact, swaps) = tally.add(&told, &truth);
        if show && !exact {
            let mark = if swaps > 0 { "SWAP " } else { "" };
            println!("{mark}told {told:?}, truth {truth:?}:\n{text}\n");
        }
    }
    println!("{name}: {tally}");
}

/// Addresses and, in mails, named hosts.
fn of_marked(one: Marked) -> (String, Parties) {
    let class = |class: usize| {
        let own = one.marks.iter().filter(|one| one.class == class);
        own.map(|one| plain(&one.value)).collect()
    };
    let parties = [class(0), class(1), class(2)];
    (one.text, parties)
}

/// A name as it is compared: not defanged.
fn plain(name: &str) -> String {
    name.replace("[.]", ".").to_lowercase()
}

fn of_report(one: Report) -> (String, Parties) {
    (one.text, [one.sources, one.destinations, BTreeSet::new()])
}

fn told(text: &str) -> [BTreeSet<String>; 2] {
    let part = TextPart::body(text);
    let found = extract(&[part], &Context::default());
    let hosts = |list: &[Endpoint], role: Role| {
        let names = found.indicators.iter().filter(|one| one.role == role);
        let names =
            names.filter(|one| matches!(one.kind, IndicatorKind::Domain | IndicatorKind::Url));
        let names = names.map(|one| extract::url_host(&one.value));
        let addresses = list.iter().filter_map(|one| one.ip.clone());
        addresses.chain(names).collect()
    };
    [
        hosts(&found.incident.sources, Role::Source),
        hosts(&found.incident.destinations, Role::Destination),
    ]
}
