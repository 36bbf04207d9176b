//! What the whole engine tells of passages or reports that it may not have seen.

use std::collections::BTreeSet;

use extract::{Context, Endpoint, TextPart, extract};

use crate::marked::{Marked, Report, marked, reports};
use crate::tally::{Parties, Tally};

/// Prints the score of a file; with `show`, the passages in which something is wrong.
pub fn mirror(name: &str, file: &str, show: bool) {
    let mut tally = Tally::default();
    let all: Vec<(String, Parties)> = match file.starts_with("@@ ") {
        true => reports(file).into_iter().map(of_report).collect(),
        false => marked(file).into_iter().map(of_marked).collect(),
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

fn of_marked(one: Marked) -> (String, Parties) {
    let class = |class: usize| {
        let own = one.addresses.iter().filter(|one| one.1 == class);
        own.map(|one| one.0.clone()).collect()
    };
    let parties = [class(0), class(1), class(2)];
    (one.text, parties)
}

fn of_report(one: Report) -> (String, Parties) {
    (one.text, [one.sources, one.destinations, BTreeSet::new()])
}

fn told(text: &str) -> [BTreeSet<String>; 2] {
    let part = TextPart::body(text);
    let incident = extract(&[part], &Context::default()).incident;
    let hosts = |list: &[Endpoint]| list.iter().filter_map(|one| one.ip.clone()).collect();
    [hosts(&incident.sources), hosts(&incident.destinations)]
}
