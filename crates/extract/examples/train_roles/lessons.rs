//! What the model is taught: passages of `tests/extract/training`, and the reports that the rules were made with.

use std::collections::BTreeSet;
use std::path::Path;

use extract::lesson::lesson;

use crate::marked::{Marked, Report, mails, marked, reports};
use crate::train::{Passage, UNTAUGHT};

/// Files below `tests/extract`.
const LESSONS: [&str; 8] = [
    "training/roles/en.txt",
    "training/roles/fr.txt",
    "training/roles/de.txt",
    "training/roles/es.txt",
    "training/reports/en.txt",
    "training/reports/fr.txt",
    "training/reports/de.txt",
    "training/reports/es.txt",
];
pub const MAILS: [&str; 6] = [
    "training/mails/en.txt",
    "training/mails/fr.txt",
    "training/mails/de.txt",
    "training/mails/es.txt",
    "training/mails/hard.txt",
    "training/mails/logs.txt",
];
const REPORTS: [&str; 3] = [
    "reports/developed.txt",
    "reports/spoken.txt",
    "reports/told.txt",
];

/// Reports side by side are alike.
const NEIGHBOURS: usize = 5;

/// All that is taught, in order; each with its file and its block.
pub fn lessons(root: &Path) -> std::io::Result<Vec<(&'static str, usize, Passage)>> {
    let read = |name: &str| std::fs::read_to_string(root.join("../../tests/extract").join(name));
    let mut all = Vec::new();
    for name in LESSONS {
        let file = marked(&read(name)?);
        all.extend(file.iter().map(|one| (name, one.block, of_marked(one))));
    }
    for name in MAILS {
        let file = read(name)?;
        let each = mails(&file).into_iter();
        all.extend(each.map(|(_, one)| (name, one.block, of_mail(&one))));
    }
    for name in REPORTS {
        let file = reports(&read(name)?);
        let each = file.iter().enumerate();
        all.extend(each.map(|(at, one)| (name, at / NEIGHBOURS, of_report(one))));
    }
    Ok(all)
}

/// A passage whose marks were filled; names without one teach nothing. What the engine takes for no address teaches nothing either.
fn of_marked(one: &Marked) -> Passage {
    marked_as(one, UNTAUGHT)
}

/// A mail, in which every name that bears no mark is no party.
fn of_mail(one: &Marked) -> Passage {
    marked_as(one, 2)
}

fn marked_as(one: &Marked, unmarked: usize) -> Passage {
    let found = lesson(&one.text);
    let class = |(from, to): &(usize, usize)| {
        let mut marks = one.marks.iter();
        let mark = marks.find(|mark| (*from..*to).contains(&mark.at));
        mark.map_or(unmarked, |mark| mark.class)
    };
    Passage {
        truth: found.places.iter().map(class).collect(),
        mentions: found.mentions,
    }
}

/// A report: whoever is no party is neither.
fn of_report(one: &Report) -> Passage {
    let found = lesson(&one.text);
    let within = |set: &BTreeSet<String>, value: &str| set.contains(value);
    let class = |(value, named): (&String, &bool)| match within(&one.sources, value) {
        true => 0,
        false if within(&one.destinations, value) => 1,
        false if *named => UNTAUGHT,
        false => 2,
    };
    Passage {
        truth: found.values.iter().zip(&found.named).map(class).collect(),
        mentions: found.mentions,
    }
}
