//! How often strangers' domains are taken for look-alikes: `cargo run -p extract --example alike -- FOLDER…` reads all files below,
//! compares every domain in them with two hundred made names of a constituency, and prints what looked alike.
#![expect(clippy::print_stdout, reason = "a tool for people")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use extract::{Constituency, Context, IndicatorKind, Relation, TextPart, extract};

const WORDS: &[&str] = &[
    "stadtwerke",
    "sparkasse",
    "uni",
    "klinikum",
    "volksbank",
    "hochschule",
    "mairie",
    "banque",
    "hopital",
    "lycee",
    "academie",
    "council",
    "hospital",
    "college",
    "airport",
    "ayuntamiento",
    "puerto",
    "energie",
    "telecom",
    "verlag",
];
const PLACES: &[(&str, &str)] = &[
    ("lindau", "de"),
    ("kassel", "de"),
    ("aarau", "ch"),
    ("graz", "at"),
    ("amiens", "fr"),
    ("troyes", "fr"),
    ("leeds", "co.uk"),
    ("cadiz", "es"),
    ("boston", "org"),
    ("nord", "eu"),
];

fn main() {
    let plain = PLACES.iter().flat_map(|(place, suffix)| {
        WORDS
            .iter()
            .enumerate()
            .map(move |(index, word)| match index % 3 {
                0 => format!("{word}-{place}.{suffix}"),
                1 => format!("{word}{place}.{suffix}"),
                _ => format!("{word}.{place}.{suffix}"),
            })
    });
    let domains: BTreeSet<String> = plain.collect();
    let began = Instant::now();
    let constituency = Constituency::new([], domains.iter().map(String::as_str));
    println!(
        "{} domains, indexed in {:?}",
        domains.len(),
        began.elapsed()
    );
    let mut names = BTreeSet::new();
    let mut open: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    while let Some(path) = open.pop() {
        let entries = std::fs::read_dir(&path).into_iter().flatten();
        open.extend(entries.flatten().map(|entry| entry.path()));
        let text = std::fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let part = TextPart::body(&text);
        let found = extract(&[part], &Context::default()).indicators;
        names.extend(
            found
                .into_iter()
                .filter(|one| one.kind == IndicatorKind::Domain)
                .map(|one| one.value),
        );
    }
    report("made", &constituency, &names);
    // The same with names that people really use: every fifteenth of those found stands for one of the constituency.
    let real = names.iter().step_by(15).map(String::as_str);
    let real = Constituency::new([], real);
    report("real", &real, &names);
}

fn report(what: &str, constituency: &Constituency, names: &BTreeSet<String>) {
    let began = Instant::now();
    let alike = names
        .iter()
        .filter_map(|name| Some((name, constituency.of_name(name)?)));
    let alike: Vec<_> = alike
        .filter(|(_, of)| of.relation == Relation::LookAlike)
        .collect();
    let spent = began.elapsed();
    for (name, of) in &alike {
        println!("  {name} is {of}");
    }
    println!(
        "{what}: {} of {} names look alike, in {spent:?}",
        alike.len(),
        names.len()
    );
}
