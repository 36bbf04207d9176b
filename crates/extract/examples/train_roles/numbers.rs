//! What teaches which four numbers are no address: those that bear no mark in the mails.

use std::path::Path;

use extract::learned::{SCALE, numbers as clues, score};

use crate::lessons::MAILS;
use crate::marked::{Marked, mails};
use crate::train::{Row, descend, file};

const PASSES: usize = 10;
const KEPT: usize = 6_000;
const FOLDS: usize = 4;
/// Addresses for each number that is none; the rest teach nothing new.
const ADDRESSES: usize = 8;

/// Prints what cross-validation says, and writes the weights.
pub fn numbers(root: &Path) -> std::io::Result<()> {
    let mut rows = Vec::new();
    for name in MAILS {
        let text = std::fs::read_to_string(root.join("../../tests/extract").join(name))?;
        for (_, mail) in mails(&text) {
            // In a log, what bears no mark may be an address that was typed in.
            let logs = name.ends_with("logs.txt");
            rows.extend(of(&mail).into_iter().filter(|row| !logs || row.class == 0));
        }
    }
    let others = rows.iter().filter(|row| row.class == 1).count();
    let each = (rows.len() - others) / (others * ADDRESSES).max(1);
    let mut at = 0;
    rows.retain(|row| {
        at += 1;
        row.class == 1 || at % each.max(1) == 0
    });
    validate(&rows);
    let weights = file(descend(&rows, PASSES, KEPT));
    println!(
        "{} numbers that are no address, {} octets",
        others,
        weights.len()
    );
    std::fs::write(root.join("src/learned/numbers.weights"), weights)
}

/// Four numbers each: class 0 those that are marked, class 1 the others.
fn of(mail: &Marked) -> Vec<Row> {
    let text = &mail.text;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + length;
        let rest = &text[start..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let number = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        at = start + number.len().max(1);
        let octets: Vec<_> = number.split('.').map(str::parse::<u8>).collect();
        if octets.len() != 4 || octets.iter().any(Result::is_err) {
            continue;
        }
        let end = start + number.len();
        let known = |octet: u8| number.split('.').all(|other| other == octet.to_string());
        if number.starts_with("127.")
            || number.starts_with("0.")
            || [1, 8, 9].into_iter().any(known)
        {
            continue;
        }
        let own = |place: usize| (start..end).contains(&place);
        let marked = mail
            .marks
            .iter()
            .any(|mark| own(mark.at) || mark.value == number);
        found.push(Row {
            clues: clues(text, start, end),
            class: usize::from(!marked),
            known: [0; 3],
        });
    }
    found
}

/// Prints the shares that are called no address at several thresholds, of passages that were left out.
fn validate(rows: &[Row]) {
    let mut told = [Vec::new(), Vec::new()];
    for fold in 0..FOLDS {
        let own = |at: usize| at / 20 % FOLDS == fold;
        let rest = (0..).zip(rows).filter(|(at, _)| !own(*at));
        let rest: Vec<Row> = rest.map(|(_, row)| row.clone()).collect();
        let weights = file(descend(&rest, PASSES, KEPT));
        for (_, row) in (0..).zip(rows).filter(|(at, _)| own(*at)) {
            let [address, number, _] = score(&row.clues, &weights);
            told[row.class].push((number - address) * 100 / SCALE);
        }
    }
    for least in [-300, -200, -150, -100, -50, 0, 50, 100, 150, 200, 250, 300] {
        let share = |class: usize| {
            let over = told[class].iter().filter(|odds| **odds >= least).count();
            100.0 * over as f64 / told[class].len().max(1) as f64
        };
        println!(
            "{least:5}: of addresses {:5.2} %, of the others {:5.1} %",
            share(0),
            share(1)
        );
    }
}
