//! Search over stored observables: how long it takes, and how that grows.
//!
//! `cargo bench -p pillarbox --bench search -- [OBSERVABLES…]`, 10000, 100000 and 1000000 when not given. For each a private
//! Postgres is filled with messages of two years on a ticket for each hundred observables, each message with a sender, addresses
//! and other values, sealed and indexed by the code that the worker uses; only the insertion is in bulk. Then values are asked
//! for: index, database, opening and filtering are in the time. First over all 24 months, then over the newest one, both on
//! connections that are in use, then over all months on a connection that is made for each question. The CPU time is that of
//! this process and of Postgres: other load on the machine doesn't change it much. At the end the newest month is indexed anew.
//!
//! `EXPLAIN=20` before it writes the plans of statements that take 20 ms or more to standard error.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "search/asked.rs"]
mod asked;
#[path = "load/cpu.rs"]
mod cpu;
#[path = "search/filled.rs"]
mod filled;

use std::time::Instant;

use asked::{KINDS, Kind};
use cpu::Usage;
use filled::{Chance, Filled, NEWEST};
use pillarbox::search::{Condition, Months, Page, Search};
use pillarbox::store::Store;

/// Questions of each kind on connections in use, unless `QUESTIONS` says otherwise; a fifth of them each on a connection of its own.
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
    let explained = std::env::var("EXPLAIN").ok();
    for size in sizes {
        let began = Instant::now();
        let mut filled = Filled::with(size).await;
        heading(&filled, began);
        if let Some(least) = &explained {
            filled.explain(least).await;
        }
        let newest = Months {
            from: Some(NEWEST.into()),
            to: None,
        };
        let questions = std::env::var("QUESTIONS").map_or(QUESTIONS, |text| text.parse().unwrap());
        let spans = [
            ("24 months", Months::default(), questions, false),
            ("1 month", newest, questions, false),
            (
                "24 months, a new connection for each",
                Months::default(),
                questions.div_ceil(5),
                true,
            ),
        ];
        for (title, months, questions, is_fresh) in spans {
            println!(
                "\n{title:<32}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}{:>8}{:>6}",
                "p50 ms", "p95 ms", "p99 ms", "CPU ms", "opened", "p95", "found", "more"
            );
            for kind in &KINDS {
                measure(&filled, kind, &months, questions, is_fresh).await;
            }
        }
        for (title, tickets, values) in [
            ("Seen before: 1 ticket, 50 values", 1, 50),
            ("a list of 100 tickets", 100, 20),
        ] {
            seen_before(&filled, title, tickets, values, questions).await;
        }
        let began = Instant::now();
        let month = filled.rebuild().await;
        println!(
            "\nNewest month indexed anew: {} rows in {:.2} s",
            month.rows,
            began.elapsed().as_secs_f64()
        );
        if explained.is_some() {
            eprintln!("{}", filled.log());
        }
    }
}

fn heading(filled: &Filled, began: Instant) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!(
        "\n{} observables in {} messages on {} tickets, {} rows in the index ({} of spread), {} MB, of these the index {}",
        filled.observables,
        filled.messages,
        filled.tickets,
        filled.rows,
        filled.spread,
        filled.megabytes,
        filled.index_megabytes
    );
    println!(
        "{:.0} s to make; {:.1} µs to seal and index each; load average {}",
        began.elapsed().as_secs_f64(),
        filled.sealing.as_secs_f64() * 1e6 / filled.observables as f64,
        load.trim_end()
    );
}

/// Where the values of so many tickets were seen in the last twelve months, the constituency's own addresses left out as when a ticket is shown.
async fn seen_before(
    filled: &Filled,
    title: &str,
    tickets: usize,
    values: usize,
    questions: usize,
) {
    let mut chance = Chance(4711);
    let months = Months {
        from: Some("2026-01-01".into()),
        to: None,
    };
    let search = Search {
        store: &filled.store,
        ring: &filled.ring,
        team: filled::TEAM,
        own: None,
    };
    let (mut times, mut found, mut asked) = (Vec::new(), 0, 0);
    for _ in 0..questions.div_ceil(tickets) + 1 {
        let mut subjects = Vec::new();
        for _ in 0..tickets {
            let mut drawn = Vec::new();
            while drawn.len() < values {
                let message = filled::values::message(&mut chance).into_iter();
                drawn.extend(message.filter(|one| {
                    one.kind != pillarbox::search::Kind::Sender && !one.text.starts_with("10.200.")
                }));
                if tickets > 1 {
                    break;
                }
            }
            drawn.truncate(values);
            asked += drawn.len();
            let ticket = uuid::Uuid::nil();
            subjects.push(pillarbox::search::Subject {
                ticket,
                values: drawn,
            });
        }
        let began = Instant::now();
        let before = search.before(&subjects, &months).await.unwrap();
        times.push(began.elapsed().as_secs_f64() * 1e3);
        found += before.iter().map(Vec::len).sum::<usize>();
    }
    // The first fills caches.
    times.remove(0);
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!(
        "\n{title}: p50 {:.1} ms, p95 {:.1} ms, {found} of {asked} values were seen",
        at(50),
        at(95)
    );
}

async fn measure(filled: &Filled, kind: &Kind, months: &Months, questions: usize, is_fresh: bool) {
    let mut chance = Chance(4711);
    let (mut times, mut opened, mut found, mut more) = (Vec::new(), Vec::new(), 0, 0);
    let usage = || Usage::now(std::process::id(), filled.postmaster());
    // The first fill caches.
    let warm_up = if is_fresh { 0 } else { 10 };
    let mut before = usage();
    for number in 0..questions + warm_up {
        if number == warm_up {
            before = usage();
        }
        let conditions = conditions(&(kind.ask)(&mut chance));
        let new;
        let began = Instant::now();
        let store: &Store = if is_fresh {
            new = filled.connect();
            &new
        } else {
            &filled.store
        };
        let search = Search {
            store,
            ring: &filled.ring,
            team: filled::TEAM,
            own: None,
        };
        let answer = search
            .run(&conditions, months, Page::default())
            .await
            .unwrap();
        if number >= warm_up {
            times.push(began.elapsed().as_secs_f64() * 1e3);
            opened.push(answer.opened);
            found += answer.found.len();
            more += usize::from(answer.more.is_some());
        }
        assert_eq!(answer.unreadable, 0);
    }
    let used: f64 = usage()
        .since(&before)
        .iter()
        .map(|(_, seconds)| seconds)
        .sum();
    times.sort_by(f64::total_cmp);
    opened.sort_unstable();
    let percentile = |percent: usize| times[(questions - 1) * percent / 100];
    println!(
        "{:<32}{:>9.1}{:>9.1}{:>9.1}{:>9.1}{:>9}{:>8}{:>8.1}{:>5}%",
        kind.name,
        percentile(50),
        percentile(95),
        percentile(99),
        used * 1e3 / questions as f64,
        opened.iter().sum::<usize>() / questions,
        opened[(questions - 1) * 95 / 100],
        found as f64 / questions as f64,
        more * 100 / questions,
    );
}

fn conditions(asked: &str) -> Vec<Condition> {
    let words = asked.split(' ');
    words.map(|word| Condition::parse(word).unwrap()).collect()
}
