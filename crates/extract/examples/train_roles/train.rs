//! Multinomial logistic regression over clues, in plain additions, multiplications, divisions and square roots, so that every
//! machine comes to the same weights.

use std::collections::BTreeMap;

use extract::learned::{CLASSES, ENTRY, Mention, SCALE, score, second};

/// Passes over the passages; the weights are the mean of those behind the second half of them.
const PASSES: usize = 12;
const SECOND_PASSES: usize = 6;
/// First step, and how strongly weights are drawn to nought.
const STEP: f64 = 0.05;
const DRAW: f64 = 2e-3;
/// Descents, each in another order.
const DESCENTS: u64 = 5;
/// The share of clues that each step leaves out, in thousandths: no clue may lean on another.
const LEFT_OUT: u64 = 300;
/// A clue that fewer addresses have says nothing.
const LEAST: usize = 2;
/// Clues that are kept: those with the greatest weights.
const KEPT: usize = 300_000;
const SECOND_KEPT: usize = 8_000;
/// The second look learns from what the first thinks of passages that it was not taught; neighbours are alike.
const PARTS: usize = 4;
const BLOCK: usize = 5;

/// The class of what teaches nothing.
pub const UNTAUGHT: usize = CLASSES;

/// A passage with the class of each of its addresses.
pub struct Passage {
    /// Its addresses, in order.
    pub mentions: Vec<Mention>,
    pub truth: Vec<usize>,
}

/// An address: its clues, its class, and what is thought of it already.
#[derive(Clone)]
pub struct Row {
    pub clues: Vec<u32>,
    pub class: usize,
    pub known: [i32; CLASSES],
}

pub type Weights = Vec<(u32, [i8; CLASSES])>;

/// The weights that the passages give: see `extract::learned`.
pub fn train(passages: &[&Passage]) -> Vec<u8> {
    let mut weights = descend(&first(passages), PASSES, KEPT);
    let mut rows = Vec::new();
    for part in 0..PARTS {
        let own = |at: usize| at / BLOCK % PARTS == part;
        let each = || passages.iter().enumerate();
        let rest: Vec<&Passage> = each()
            .filter(|(at, _)| !own(*at))
            .map(|(_, one)| *one)
            .collect();
        let taught = file(descend(&first(&rest), PASSES, KEPT));
        for (_, passage) in each().filter(|(at, _)| own(*at)) {
            let known: Vec<_> = passage
                .mentions
                .iter()
                .map(|one| score(&one.clues, &taught))
                .collect();
            let clues = second(&passage.mentions, &known);
            let all = clues
                .into_iter()
                .zip(&passage.truth)
                .zip(known)
                .zip(&passage.mentions);
            let open = all.filter(|(((_, class), _), mention)| mention.open && **class != UNTAUGHT);
            rows.extend(open.map(|(((clues, class), known), _)| Row {
                clues,
                class: *class,
                known,
            }));
        }
    }
    weights.extend(descend(&rows, SECOND_PASSES, SECOND_KEPT));
    file(weights)
}

fn first(passages: &[&Passage]) -> Vec<Row> {
    let each = passages
        .iter()
        .flat_map(|one| one.mentions.iter().zip(&one.truth));
    let open = each.filter(|(mention, class)| mention.open && **class != UNTAUGHT);
    let row = |(mention, class): (&Mention, &usize)| Row {
        clues: mention.clues.clone(),
        class: *class,
        known: [0; CLASSES],
    };
    open.map(row).collect()
}

/// By rising key.
pub fn file(mut weights: Weights) -> Vec<u8> {
    weights.sort_by_key(|(key, _)| *key);
    let mut file = Vec::with_capacity(weights.len() * ENTRY);
    for (key, rounded) in weights {
        file.extend(key.to_le_bytes());
        file.extend(rounded.map(|weight| weight.to_le_bytes()[0]));
    }
    file
}

/// The greatest of the weights that descent comes to, rounded.
pub fn descend(rows: &[Row], passes: usize, kept: usize) -> Weights {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for clue in rows.iter().flat_map(|row| &row.clues) {
        *seen.entry(*clue).or_default() += 1;
    }
    seen.retain(|_, count| *count >= LEAST);
    for (at, place) in seen.values_mut().enumerate() {
        *place = at;
    }
    let inner: Vec<Inner> = rows.iter().map(|row| inner(row, &seen)).collect();
    let weights = mean(&inner, seen.len(), passes);
    let round = |weight: f64| (weight * f64::from(SCALE)).round().clamp(-127.0, 127.0) as i8;
    let each = seen
        .into_iter()
        .map(|(key, at)| (key, weights[at].map(round)));
    let mut each: Weights = each.collect();
    let size = |weights: &[i8; CLASSES]| weights.iter().map(|weight| weight.unsigned_abs()).max();
    each.sort_by_key(|(key, weights)| (std::cmp::Reverse(size(weights)), *key));
    each.truncate(kept);
    each.retain(|(_, weights)| *weights != [0; CLASSES]);
    each
}

/// A row with the places of its clues among all.
struct Inner {
    places: Vec<usize>,
    class: usize,
    known: [f64; CLASSES],
}

fn inner(row: &Row, places: &BTreeMap<u32, usize>) -> Inner {
    Inner {
        places: row
            .clues
            .iter()
            .filter_map(|clue| places.get(clue).copied())
            .collect(),
        class: row.class,
        known: row.known.map(|sum| f64::from(sum) / f64::from(SCALE)),
    }
}

/// The mean of several descents: what one comes to leans on the order in which it saw the rows.
fn mean(rows: &[Inner], clues: usize, passes: usize) -> Vec<[f64; CLASSES]> {
    let mut sums = vec![[0.0; CLASSES]; clues];
    for order in 1..=DESCENTS {
        let weights = steps(rows, clues, passes, order);
        for (sum, weight) in sums.iter_mut().flatten().zip(weights.iter().flatten()) {
            *sum += weight / DESCENTS as f64;
        }
    }
    sums
}

/// Stochastic descent with steps that shrink by what each weight has moved (`AdaGrad`), a share of the clues left out each time.
fn steps(rows: &[Inner], clues: usize, passes: usize, order: u64) -> Vec<[f64; CLASSES]> {
    let mut weights = vec![[0.0; CLASSES]; clues];
    let mut moved = vec![[1e-2; CLASSES]; clues];
    let mut sums = vec![[0.0; CLASSES]; clues];
    let mut state = order;
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut places = Vec::new();
    let scale = 1000.0 / (1000 - LEFT_OUT) as f64;
    for pass in 0..passes {
        shuffle(&mut order, &mut state);
        for row in order.iter().map(|at| &rows[*at]) {
            places.clear();
            let kept = row
                .places
                .iter()
                .filter(|_| next(&mut state) % 1000 >= LEFT_OUT);
            places.extend(kept.copied());
            let chances = chances(&weights, &places, row.known, scale);
            for place in &places {
                for class in 0..CLASSES {
                    let wrong = chances[class] - f64::from(u8::from(class == row.class));
                    let slope = wrong + DRAW * weights[*place][class];
                    moved[*place][class] += slope * slope;
                    weights[*place][class] -= STEP * slope / moved[*place][class].sqrt();
                }
            }
        }
        if pass * 2 + 1 >= passes {
            for (sum, weight) in sums.iter_mut().flatten().zip(weights.iter().flatten()) {
                *sum += weight;
            }
        }
    }
    let taken = passes.div_ceil(2) as f64;
    for sum in sums.iter_mut().flatten() {
        *sum /= taken;
    }
    sums
}

fn chances(
    weights: &[[f64; CLASSES]],
    places: &[usize],
    known: [f64; CLASSES],
    scale: f64,
) -> [f64; CLASSES] {
    let mut sums = [0.0; CLASSES];
    for place in places {
        for (sum, weight) in sums.iter_mut().zip(weights[*place]) {
            *sum += weight;
        }
    }
    let mut class = 0..;
    let sums = sums.map(|sum| sum * scale + known[class.next().unwrap_or_default()]);
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

/// Fisher and Yates' shuffle.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for last in (1..order.len()).rev() {
        let other = next(state) as usize % (last + 1);
        order.swap(last, other);
    }
}

/// Knuth's linear congruential generator.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}
