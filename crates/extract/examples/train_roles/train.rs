//! Multinomial logistic regression over clues, in plain additions, multiplications, divisions and square roots, so that every
//! machine comes to the same weights.

use std::collections::BTreeMap;

use extract::learned::{CLASSES, ENTRY, SCALE, Sample, samples};

/// Passes over the passages.
const PASSES: usize = 12;
/// First step, and how strongly weights are drawn to nought.
const STEP: f64 = 0.25;
const DRAW: f64 = 2e-3;
/// Clues that are kept: those with the greatest weights.
const KEPT: usize = 20_000;
/// How much an address counts that the rules decide already.
const RULED: f64 = 0.6;

/// A passage with the class of each of its addresses.
#[derive(Clone)]
pub struct Passage {
    /// As it was read; printed where an answer is wrong.
    pub text: String,
    pub samples: Vec<(Sample, usize)>,
}

/// The passages of a file in sections, which `##` parts: the same section says the same in each language. One a line, `¶` ends a line of it, `<S>`, `<D>`, `<N>` stand for addresses, `<S~>` for private ones.
/// `[a|b]` makes two passages of one: all choices of a line go on together.
pub fn passages(file: &str) -> Vec<Vec<Vec<Passage>>> {
    let mut sections = vec![Vec::new()];
    for line in file.lines().map(str::trim) {
        match line {
            "##" => sections.push(Vec::new()),
            _ if line.is_empty() || line.starts_with('#') => {}
            _ => sections
                .last_mut()
                .into_iter()
                .for_each(|section| section.push(variants(line))),
        }
    }
    sections
}

fn variants(line: &str) -> Vec<Passage> {
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
        variants.push(passage(&(text + rest)));
    }
    variants
}

fn passage(line: &str) -> Passage {
    let mut text = String::new();
    let mut classes = Vec::new();
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
        let number = classes.len() + 1;
        classes.push(match mark.trim_end_matches('~') {
            "S" => 0,
            "D" => 1,
            "N" => 2,
            other => panic!("what is <{other}> in {line}?"),
        });
        text += &match mark.ends_with('~') {
            true => format!("10.20.3.{number}"),
            false => format!("198.51.100.{number}"),
        };
        rest = behind;
    }
    text += rest;
    let found = samples(&text);
    assert_eq!(found.len(), classes.len(), "addresses of {line}");
    Passage {
        text,
        samples: found.into_iter().zip(classes).collect(),
    }
}

/// The weights that the passages give: see `extract::learned`.
pub fn train(passages: &[&Passage]) -> Vec<u8> {
    let samples: Vec<&(Sample, usize)> = passages.iter().flat_map(|one| &one.samples).collect();
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for (sample, _) in &samples {
        for clue in &sample.clues {
            *seen.entry(*clue).or_default() += 1;
        }
    }
    let places: BTreeMap<u32, usize> = seen
        .keys()
        .enumerate()
        .map(|(at, key)| (*key, at))
        .collect();
    let inner: Vec<(Vec<usize>, usize, f64)> = samples
        .iter()
        .map(|(sample, class)| {
            let clues = sample
                .clues
                .iter()
                .filter_map(|clue| places.get(clue).copied());
            let ruled = if sample.ruled.is_some_and(|ruled| !ruled.weak) {
                RULED
            } else {
                1.0
            };
            (clues.collect(), *class, ruled)
        })
        .collect();
    let weights = descend(&inner, places.len());
    let round = |weight: f64| (weight * f64::from(SCALE)).round().clamp(-127.0, 127.0) as i8;
    let each = places
        .into_iter()
        .map(|(key, at)| (key, weights[at].map(round)));
    let mut each: Vec<(u32, [i8; CLASSES])> = each.collect();
    let size = |weights: &[i8; CLASSES]| weights.iter().map(|weight| weight.unsigned_abs()).max();
    each.sort_by_key(|(key, weights)| (std::cmp::Reverse(size(weights)), *key));
    each.truncate(KEPT);
    each.retain(|(_, weights)| *weights != [0; CLASSES]);
    each.sort_by_key(|(key, _)| *key);
    let mut file = Vec::with_capacity(each.len() * ENTRY);
    for (key, rounded) in each {
        file.extend(key.to_le_bytes());
        file.extend(rounded.map(|weight| weight.to_le_bytes()[0]));
    }
    file
}

/// Stochastic descent with steps that shrink by what each weight has moved (`AdaGrad`).
fn descend(samples: &[(Vec<usize>, usize, f64)], clues: usize) -> Vec<[f64; CLASSES]> {
    let mut weights = vec![[0.0; CLASSES]; clues];
    let mut moved = vec![[1e-2; CLASSES]; clues];
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut state = 1_u64;
    for _ in 0..PASSES {
        shuffle(&mut order, &mut state);
        for at in &order {
            let (features, truth, worth) = &samples[*at];
            let chances = chances(&weights, features);
            for feature in features {
                for class in 0..CLASSES {
                    let wrong = chances[class] - f64::from(u8::from(class == *truth));
                    let slope = wrong * worth + DRAW * weights[*feature][class];
                    moved[*feature][class] += slope * slope;
                    weights[*feature][class] -= STEP * slope / moved[*feature][class].sqrt() * 0.2;
                }
            }
        }
    }
    weights
}

fn chances(weights: &[[f64; CLASSES]], features: &[usize]) -> [f64; CLASSES] {
    let mut sums = [0.0; CLASSES];
    for feature in features {
        for (sum, weight) in sums.iter_mut().zip(weights[*feature]) {
            *sum += weight;
        }
    }
    let top = sums.iter().copied().fold(f64::MIN, f64::max);
    let powers = sums.map(|sum| power(sum - top));
    let all: f64 = powers.iter().sum();
    powers.map(|one| one / all)
}

/// e to a power of at most nought, near enough, by multiplication alone.
fn power(of: f64) -> f64 {
    let mut value = 1.0 + of.max(-30.0) / 1024.0;
    for _ in 0..10 {
        value *= value;
    }
    value
}

/// Fisher and Yates' shuffle with Knuth's linear congruential generator.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for last in (1..order.len()).rev() {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = (*state >> 33) as usize % (last + 1);
        order.swap(last, other);
    }
}
