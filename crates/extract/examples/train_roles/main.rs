//! Makes the weights that tell source from destination: `cargo run --release -p extract --example train_roles` reads the passages
//! in `tests/extract/training` and the reports that the rules were made with, prints what cross-validation says of several margins,
//! by language, and writes `crates/extract/src/learned/roles.weights`; with `write` it only writes. With `mirror FILE …` it prints what the whole engine tells
//! of passages or reports; with `show FILE …`, where it errs too.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "a tool for people"
)]

mod lessons;
mod marked;
mod mirror;
mod numbers;
mod tally;
mod train;

use std::collections::BTreeMap;
use std::path::Path;

use extract::learned::{CLASSES, MARGINS, Margins, SCALE, answers, scores};
use lessons::lessons;
use tally::{Parties, Tally};
use train::{Passage, train};

const FOLDS: usize = 4;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    if mode == "mirror" || mode == "show" {
        for file in arguments {
            mirror::mirror(&file, &std::fs::read_to_string(&file)?, mode == "show");
        }
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if mode == "numbers" {
        return numbers::numbers(root);
    }
    let all = lessons(root)?;
    if mode != "write" {
        validate(&all);
    }
    let whole: Vec<&Passage> = all.iter().map(|one| &one.2).collect();
    let weights = train(&whole);
    println!("{} octets", weights.len());
    std::fs::write(root.join("src/learned/roles.weights"), weights)
}

/// A passage with its file and the scores of its addresses.
type Scored<'a> = (&'static str, &'a Passage, Vec<[i32; CLASSES]>);

/// Prints, by file, what is told at several margins of passages that were left out of training.
fn validate(all: &[(&'static str, usize, Passage)]) {
    let mut scored: Vec<Scored<'_>> = Vec::new();
    for fold in 0..FOLDS {
        let own = |block: usize| block % FOLDS == fold;
        let rest = all.iter().filter(|one| !own(one.1)).map(|one| &one.2);
        let weights = train(&rest.collect::<Vec<_>>());
        let own = all.iter().filter(|one| own(one.1));
        scored.extend(own.map(|(name, _, one)| (*name, one, scores(&one.mentions, &weights))));
    }
    let margins = [0, 12, 24, 36, 48, 60, 72].map(|swap| Margins { swap, ..MARGINS });
    for margins in margins.into_iter().chain([MARGINS]) {
        println!("margin {:.2}", f64::from(margins.swap) / f64::from(SCALE));
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        for (name, passage, scores) in &scored {
            let (told, truth) = parties(passage, scores, margins);
            tallies.entry(name).or_default().add(&told, &truth);
        }
        for (name, tally) in tallies {
            println!("  {name}: {tally}");
        }
    }
}

/// What is told of a passage, and the truth.
fn parties(
    passage: &Passage,
    scores: &[[i32; CLASSES]],
    margins: Margins,
) -> ([std::collections::BTreeSet<String>; 2], Parties) {
    let (mut told, mut truth): (Parties, Parties) = Default::default();
    let answers = answers(&passage.mentions, scores, margins);
    for (at, (mention, answer)) in passage.mentions.iter().zip(answers).enumerate() {
        let value = mention.group.to_string();
        truth[passage.truth[at]].insert(value.clone());
        let class = match mention.open {
            true => answer.map(|(class, _)| class),
            false => mention.ruled,
        };
        if let Some(class) = class {
            told[class].insert(value.clone());
        }
    }
    let [from, to, _] = told;
    ([from, to], truth)
}
