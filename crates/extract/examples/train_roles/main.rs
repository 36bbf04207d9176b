//! Makes the weights that tell source from destination: `cargo run -p extract --example train_roles` reads the passages in
//! `tests/extract/training/roles`, prints what cross-validation says of several margins, and writes
//! `crates/extract/src/learned/roles.weights`. With `wrong` it prints what was answered wrongly; with `rules`, where the rules err.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::panic,
    reason = "a tool for people"
)]

mod train;

use std::path::Path;

use extract::learned::{CLASSES, MARGINS, Margins, SCALE, Sample, answer, overrule, score};
use train::{Passage, passages, train};

/// Neighbours are alike, and so is what another language has at their place: they are left out together.
const BLOCKS: usize = 3;
const FOLDS: usize = 10;
const NAMES: [&str; 4] = ["source", "destination", "neither", "open"];

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for language in ["en", "fr", "de", "es"] {
        let path = root.join(format!("../../tests/extract/training/roles/{language}.txt"));
        let read = passages(&std::fs::read_to_string(path)?);
        for (number, section) in read.into_iter().enumerate() {
            let length = section.len().max(1);
            let fold = |at: usize| (number * BLOCKS + at * BLOCKS / length) % FOLDS;
            for (at, variants) in section.into_iter().enumerate() {
                all.extend(variants.into_iter().map(|one| (fold(at), one)));
            }
        }
    }
    let mode = std::env::args().nth(1).unwrap_or_default();
    if mode == "rules" {
        rules(&all);
    }
    if mode != "write" {
        validate(&all, mode == "wrong");
    }
    let whole: Vec<&Passage> = all.iter().map(|(_, one)| one).collect();
    let weights = train(&whole);
    println!("{} octets", weights.len());
    std::fs::write(root.join("src/learned/roles.weights"), weights)
}

/// Where the rules give an answer that isn't meant.
fn rules(all: &[(usize, Passage)]) {
    let mut tally = [[0; CLASSES + 1]; CLASSES];
    for (_, passage) in all {
        for (sample, truth) in &passage.samples {
            tally[*truth][sample.ruled.map_or(CLASSES, |ruled| ruled.class)] += 1;
            if let Some(ruled) = sample
                .ruled
                .map(|ruled| ruled.class)
                .filter(|ruled| ruled != truth)
            {
                let at = &passage.text[sample.start..];
                println!(
                    "{} as {}: {:?} … {:?}",
                    NAMES[*truth],
                    NAMES[ruled],
                    passage.text,
                    at.get(..16)
                );
            }
        }
    }
    for (truth, row) in tally.iter().enumerate() {
        println!("{}: {:?}", NAMES[truth], row);
    }
}

/// Prints, for addresses that the rules leave open, what is answered at several margins.
fn validate(all: &[(usize, Passage)], wrong: bool) {
    let (mut scored, mut weak) = (Vec::new(), Vec::new());
    for fold in 0..FOLDS {
        let rest: Vec<&Passage> = all
            .iter()
            .filter(|one| one.0 != fold)
            .map(|one| &one.1)
            .collect();
        let weights = train(&rest);
        for (_, passage) in all.iter().filter(|one| one.0 == fold) {
            for (sample, truth) in &passage.samples {
                let one = (passage, sample, *truth, score(&sample.clues, &weights));
                match sample.ruled {
                    None => scored.push(one),
                    Some(ruled) if ruled.weak => weak.push((one, ruled.class)),
                    Some(_) => {}
                }
            }
        }
    }
    println!("{} passages, {} addresses open", all.len(), scored.len());
    let margins = [0, 8, 16, 24, 36, 48, 60, 72, 96, 120];
    let tried = margins.iter().map(|swap| Margins {
        swap: *swap,
        party: *swap * 2 / 3,
        neither: *swap,
        ..MARGINS
    });
    for margins in tried.chain([MARGINS]) {
        let mut tally = [[0; CLASSES + 1]; CLASSES];
        for (_, _, truth, score) in &scored {
            tally[*truth][answer(*score, margins).unwrap_or(CLASSES)] += 1;
        }
        let swaps = tally[0][1] + tally[1][0];
        let right: i32 = (0..2).map(|class| tally[class][class]).sum();
        let parties: i32 = tally[..2].iter().flatten().sum();
        println!(
            "margin {:.1}: {right} of {parties} parties right, {swaps} swapped, {} strangers, {} lost as neither, {} neither found; {tally:?}",
            f64::from(margins.swap) / f64::from(SCALE),
            tally[2][0] + tally[2][1],
            tally[0][2] + tally[1][2],
            tally[2][2],
        );
    }
    overruled(&weak);
    for (passage, sample, truth, score) in scored.iter().filter(|_| wrong) {
        if let Some(told) = answer(*score, MARGINS).filter(|told| told != truth) {
            let at = passage.text[sample.start..].get(..16);
            println!(
                "{} as {}: {:?} … {at:?} {score:?}",
                NAMES[*truth], NAMES[told], passage.text
            );
        }
    }
}

/// An address with its passage, class and score.
type Scored<'a> = (&'a Passage, &'a Sample, usize, [i32; CLASSES]);

/// Prints what becomes of weak rules at several margins; each is given with the class that it told.
fn overruled(weak: &[(Scored<'_>, usize)]) {
    for over in [24, 36, 48, 60, 72, 96, 120] {
        let told = |one: &(Scored<'_>, usize)| {
            let class = overrule(one.0.3, one.1, over)?;
            Some((
                class == one.0.2,
                one.1 == one.0.2,
                class != 1 - one.0.2.min(1) || one.0.2 > 1,
            ))
        };
        let told: Vec<_> = weak.iter().filter_map(told).collect();
        let count = |is: fn(&(bool, bool, bool)) -> bool| told.iter().filter(|one| is(one)).count();
        println!(
            "overruled at {over}: {} of {} weak rules, {} rightly, {} were right, {} now swapped",
            told.len(),
            weak.len(),
            count(|one| one.0),
            count(|one| one.1),
            count(|one| !one.2),
        );
    }
}
