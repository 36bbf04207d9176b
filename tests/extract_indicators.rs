//! Names, numbers and addresses worth looking for elsewhere, in every form that people write them, and what only looks like them.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "extract/reading.rs"]
mod reading;

use std::collections::BTreeSet;

use extract::TextKind;

use crate::reading::read;

/// What is found, as `kind=value`.
fn found(text: &str) -> BTreeSet<String> {
    let read = read(TextKind::Plain, text);
    let kind = |one: &extract::Indicator| serde_json::to_value(one.kind).unwrap();
    let marks = read.indicators.iter();
    let marks = marks.map(|one| format!("{}={}", kind(one).as_str().unwrap(), one.value));
    let marking = read.tlp.map(|tlp| format!("tlp={}", tlp.as_str()));
    marks.chain(marking).collect()
}

/// Each line is a text, a bar, and all that is to be found in it.
#[test]
fn every_writing_of_an_indicator_is_read_and_nothing_else() {
    let probes = include_str!("extract/indicators.txt").lines();
    let wrong = probes.filter_map(|line| {
        let (text, expected) = line.rsplit_once('|').unwrap();
        let expected = expected.split(' ').filter(|one| *one != "-");
        let expected: BTreeSet<String> = expected.map(str::to_owned).collect();
        let found = found(text);
        (found != expected)
            .then(|| format!("{text}\n   found    {found:?}\n   instead of {expected:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_name_that_no_server_could_answer_is_none() {
    let letters = "a".repeat(59);
    // With its accent the label has 61 octets, as an A-label more than the 63 that DNS allows.
    let none = found(&format!("seen {letters}é.example.com"));
    assert_eq!(none, BTreeSet::new());
    let name = format!("{letters}e.example.com");
    assert_eq!(
        found(&format!("seen {name}")),
        BTreeSet::from([format!("domain={name}")])
    );
}
