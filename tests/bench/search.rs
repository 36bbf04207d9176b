//! Search over stored observables: how long it takes, and how that grows.
//!
//! `cargo bench -p pillarbox --bench search -- [OBSERVABLES…]`, 10000, 100000 and 1000000 when not given. For each a private
//! Postgres is filled with messages of a year, each with a sender, addresses and other values, sealed and indexed by the code
//! that the worker uses; only the insertion is in bulk. Then values are asked for that are there, and some that are not: index,
//! database, opening and filtering are in the time, over all twelve months.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "search/filled.rs"]
mod filled;

use std::time::Instant;

use filled::{Chance, Filled, values};
use pillarbox::search::{Condition, Months, Search};

/// Questions of each kind.
const QUESTIONS: usize = 200;

#[tokio::main]
async fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = match sizes.is_empty() {
        true => vec![10_000, 100_000, 1_000_000],
        false => sizes,
    };
    for size in sizes {
        let began = Instant::now();
        let filled = Filled::with(size).await;
        println!(
            "\n{} observables in {} messages, {} rows in the index ({:.0} s to make, {:.1} µs of CPU each to seal and index)",
            filled.observables,
            filled.messages,
            filled.rows,
            began.elapsed().as_secs_f64(),
            filled.sealing.as_secs_f64() * 1e6 / filled.observables as f64,
        );
        println!(
            "{:<28}{:>9}{:>9}{:>10}{:>10}",
            "asked", "p50 ms", "p95 ms", "opened", "found"
        );
        for (name, kind) in KINDS {
            measure(&filled, name, kind).await;
        }
    }
}

/// What is asked: a name, and the condition for a number.
type Kind = fn(&mut Chance) -> String;

const KINDS: [(&str, Kind); 13] = [
    ("address, attacker", |chance| values::attacker(chance)),
    ("address, constituency", |chance| values::target(chance)),
    ("address, absent", |chance| {
        format!("100.{}", values::tail(chance, 3))
    }),
    ("network /28", |chance| {
        format!("{}/28", values::attacker(chance))
    }),
    ("network /24", |chance| {
        format!("{}/24", values::attacker(chance))
    }),
    ("network /20", |chance| {
        format!("{}/20", values::attacker(chance))
    }),
    ("network /16", |chance| {
        format!("{}/16", values::attacker(chance))
    }),
    ("network /48 (IPv6)", |chance| {
        format!("{}/48", values::attacker6(chance))
    }),
    ("domain and below", |chance| values::domain(chance)),
    ("hash", |chance| values::hash(chance)),
    ("CVE", |chance| values::cve(chance)),
    ("sender", |chance| {
        format!("sender:{}", values::sender(chance))
    }),
    ("address and port", |chance| {
        format!("{} port:22", values::attacker(chance))
    }),
];

async fn measure(filled: &Filled, name: &str, kind: Kind) {
    let search = Search {
        store: &filled.store,
        ring: &filled.ring,
        team: filled::TEAM,
        own: None,
    };
    let mut chance = Chance(4711);
    let (mut times, mut opened, mut found) = (Vec::new(), 0, 0);
    for number in 0..QUESTIONS + 10 {
        let asked = kind(&mut chance);
        let conditions: Vec<Condition> = asked
            .split(' ')
            .map(|word| Condition::parse(word).unwrap())
            .collect();
        let began = Instant::now();
        let answer = search.run(&conditions, &Months::default()).await.unwrap();
        // The first fill caches.
        if number >= 10 {
            times.push(began.elapsed().as_secs_f64() * 1e3);
            opened += answer.opened;
            found += answer.found.len();
        }
        assert_eq!(answer.unreadable, 0);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{name:<28}{:>9.1}{:>9.1}{:>10}{:>10.1}",
        times[QUESTIONS / 2],
        times[QUESTIONS * 95 / 100],
        opened / QUESTIONS,
        found as f64 / QUESTIONS as f64,
    );
}
