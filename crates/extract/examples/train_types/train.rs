//! Multinomial logistic regression over hashed words. Only sums, products, quotients and roots, which are the same on
//! every machine; the order of the examples is shuffled by a fixed generator.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a tool that reads our own examples"
)]

use crate::features::{ROWS, TYPES, rows, share};
use crate::marked;

/// The examples of each language, in phrases: a type, a tab, and a sentence.
const PHRASES: [&str; 4] = [
    include_str!("../../../../tests/extract/training/types/en.txt"),
    include_str!("../../../../tests/extract/training/types/fr.txt"),
    include_str!("../../../../tests/extract/training/types/de.txt"),
    include_str!("../../../../tests/extract/training/types/es.txt"),
];

/// The examples of each language, in whole reports: `@@`, a type, and the text from the next line on.
const REPORTS: [&str; 4] = [
    include_str!("../../../../tests/extract/training/types/reports/en.txt"),
    include_str!("../../../../tests/extract/training/types/reports/fr.txt"),
    include_str!("../../../../tests/extract/training/types/reports/de.txt"),
    include_str!("../../../../tests/extract/training/types/reports/es.txt"),
];

/// Whole mails: a type, a tab, and the text, with marks for addresses and `¶` for ends of lines.
const MAILS: [&str; 4] = [
    include_str!("../../../../tests/extract/training/mails/en.txt"),
    include_str!("../../../../tests/extract/training/mails/fr.txt"),
    include_str!("../../../../tests/extract/training/mails/de.txt"),
    include_str!("../../../../tests/extract/training/mails/es.txt"),
];

/// How often an epoch shows a whole report, for each time that it shows a phrase.
const TIMES: usize = 6;
const EPOCHS: usize = 12;
const RATE: f64 = 0.1;
const DECAY: f64 = 0.01;
const WIDTH: usize = TYPES.len();

/// A type as a column, and the rows of a text.
pub type Example = (usize, Vec<usize>);

/// A text as an example.
///
/// # Panics
///
/// On a type that the table has no column for.
pub fn example(kind: &str, text: &str) -> Example {
    let column = TYPES.iter().position(|one| *one == kind);
    let column = column.unwrap_or_else(|| panic!("no such type: {kind}"));
    (column, rows(&plain(text)))
}

/// All phrases.
///
/// # Panics
///
/// On a line that is none.
pub fn phrases() -> Vec<Example> {
    let lines = PHRASES.iter().flat_map(|file| file.lines());
    let split = |line: &'static str| line.split_once('\t').unwrap_or_else(|| panic!("{line}"));
    let examples = lines.map(split).map(|(kind, text)| example(kind, text));
    examples.collect()
}

/// All whole reports, with the language's number and the type and text of each.
///
/// # Panics
///
/// On a report without text.
pub fn reports() -> Vec<(usize, Example)> {
    let languages = REPORTS.iter().enumerate();
    let cases = languages.flat_map(|(language, file)| {
        let cases = file.split("@@ ").skip(1);
        cases.map(move |case| (language, case))
    });
    let read = |(language, case): (usize, &'static str)| {
        let case = case.split_once('\n');
        let (kind, text) = case.unwrap_or_else(|| panic!("a report without text"));
        (language, example(kind, text))
    };
    cases.map(read).collect()
}

/// All mails.
///
/// # Panics
///
/// On a line that is none.
pub fn mails() -> Vec<Example> {
    let files = MAILS.iter().flat_map(|file| marked::mails(file));
    let each = files.map(|(kind, mail)| example(kind, &mail.text));
    each.collect()
}

/// What the table is learned from: phrases once, reports several times.
pub fn examples() -> Vec<Example> {
    let reports: Vec<Example> = reports().into_iter().map(|report| report.1).collect();
    let reports: Vec<Example> = reports.into_iter().chain(mails()).collect();
    let mut examples = phrases();
    for _ in 0..TIMES {
        examples.extend(reports.iter().cloned());
    }
    examples
}

/// Small letters without accents, as reading has them.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'à' | 'â' | 'ä' | 'á' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ô' | 'ö' | 'ó' => 'o',
        'û' | 'ü' | 'ù' | 'ú' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        '’' => '\'',
        other => other,
    };
    text.chars()
        .flat_map(char::to_lowercase)
        .map(letter)
        .collect()
}

/// The table's file.
pub fn table(examples: &[Example]) -> Vec<u8> {
    let (weights, biases) = learn(examples);
    let half = |weight: &f64| ((weight * 10.0).round().clamp(-8.0, 7.0) + 8.0) as u8;
    let pairs = weights
        .chunks(2)
        .map(|pair| half(&pair[0]) | half(&pair[1]) << 4);
    let biases = biases
        .iter()
        .map(|bias| ((bias * 10.0).round().clamp(-128.0, 127.0) + 128.0) as u8);
    pairs.chain(biases).collect()
}

/// Stochastic gradient descent with a rate for each weight (`AdaGrad`).
fn learn(examples: &[Example]) -> (Vec<f64>, [f64; WIDTH]) {
    let size = ROWS * WIDTH;
    let (mut weights, mut squares) = (vec![0.0; size], vec![0.1_f64; size]);
    let mut biases = [0.0; WIDTH];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut chance = 7_u64;
    for _ in 0..EPOCHS {
        for last in (1..order.len()).rev() {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (chance >> 33) as usize % (last + 1));
        }
        for (column, rows) in order.iter().map(|index| &examples[*index]) {
            let part = part(rows);
            let mut wrong = shares(&weights, &biases, rows);
            wrong[*column] -= 1.0;
            for (bias, wrong) in biases.iter_mut().zip(wrong) {
                *bias -= 0.01 * wrong;
            }
            for row in rows {
                let place = row * WIDTH..(row + 1) * WIDTH;
                let (own, sums) = (&mut weights[place.clone()], &mut squares[place]);
                for ((weight, sum), wrong) in own.iter_mut().zip(sums).zip(wrong) {
                    let slope = wrong * part + DECAY * *weight;
                    *sum += slope * slope;
                    *weight -= RATE * slope / sum.sqrt();
                }
            }
        }
    }
    (weights, biases)
}

/// What each row of a text counts.
fn part(rows: &[usize]) -> f64 {
    f64::from(share(rows.len())) / 1024.0
}

/// How likely each type is.
fn shares(weights: &[f64], biases: &[f64; WIDTH], rows: &[usize]) -> [f64; WIDTH] {
    let (mut scores, part) = (*biases, part(rows));
    for row in rows {
        for (score, weight) in scores.iter_mut().zip(&weights[row * WIDTH..]) {
            *score += weight * part;
        }
    }
    let most = scores.iter().copied().fold(f64::MIN, f64::max);
    let powers = scores.map(|score| power(score - most));
    let all: f64 = powers.iter().sum();
    powers.map(|power| power / all)
}

/// e to the power of a negative number, by products alone.
fn power(exponent: f64) -> f64 {
    let mut value = (1.0 + exponent.max(-500.0) / 1024.0).max(0.0);
    for _ in 0..10 {
        value *= value;
    }
    value
}
