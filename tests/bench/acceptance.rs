//! How fast mail is durably taken, side by side with Postfix, both driven by Postfix's own load generator `smtp-source`.
//!
//! `cargo bench -p pillarbox --bench acceptance -- [MESSAGES] [ROUNDS]`, 2000 and 3 when not given: the messages of one
//! measurement of 2 kB at several sessions (a quarter of it at one session, and of 50 kB). The two take turns; printed are
//! medians. Pillarbox runs as `--role listener` on a private Postgres with its defaults (`fsync` on); Postfix keeps its queue in the same
//! file system and hands mail to its discard transport. CPU is that of the server alone: the daemon and every process of Postgres; every process of Postfix.
//! `pgbench` writes the same row into the same table, each in a transaction of its own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::panic,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "acceptance/peer.rs"]
mod peer;
#[path = "acceptance/pgbench.rs"]
mod pgbench;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use peer::{Gateway, Postfix};

/// One kind of load.
#[derive(Clone, Copy)]
struct Load {
    octets: usize,
    sessions: usize,
    /// Messages follow each other on one connection.
    reuse: bool,
    messages: usize,
}

/// One measurement.
#[derive(Clone, Copy, Default)]
struct Figures {
    per_second: f64,
    cpu_ms: f64,
    flushes: f64,
}

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse::<usize>().ok());
    let messages = numbers.next().unwrap_or(2_000);
    let rounds = numbers.next().unwrap_or(3);
    let gateway = Gateway::start();
    let postfix = Postfix::start();
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("load average before: {}", load.trim_end());
    println!(
        "{:>6} {:>8} {:>5}  {:>22}  {:>22}  {:>5} {:>8}  {:>8} {:>8}",
        "octets",
        "sessions",
        "conn",
        "Pillarbox /s, CPU ms",
        "Postfix /s, CPU ms",
        "ratio",
        "flushes",
        "pgbench",
        "of it"
    );
    for octets in [2_000, 50_000] {
        for sessions in [1, 10, 50] {
            for reuse in [true, false] {
                let few = sessions == 1 || octets > 10_000;
                let load = Load {
                    octets,
                    sessions,
                    reuse,
                    messages: if few { messages / 4 } else { messages },
                };
                compare(&gateway, &postfix, load, rounds);
            }
        }
    }
}

fn compare(gateway: &Gateway, postfix: &Postfix, load: Load, rounds: usize) {
    let (mut ours, mut theirs, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(gateway.measure(load));
        theirs.push(postfix.measure(load));
        bare.push(pgbench::commits_per_second(&gateway.installation, load));
    }
    let (ours, theirs) = (median(&ours), median(&theirs));
    bare.sort_by(f64::total_cmp);
    let bare = bare[bare.len() / 2];
    println!(
        "{:6} {:8} {:>5}  {:12.0} {:9.3}  {:12.0} {:9.3}  {:5.2} {:8.2}  {:8.0} {:8.2}",
        load.octets,
        load.sessions,
        if load.reuse { "kept" } else { "new" },
        ours.per_second,
        ours.cpu_ms,
        theirs.per_second,
        theirs.cpu_ms,
        ours.per_second / theirs.per_second,
        ours.flushes,
        bare,
        ours.per_second / bare
    );
}

/// Each figure's median.
fn median(figures: &[Figures]) -> Figures {
    let of = |value: fn(&Figures) -> f64| {
        let mut values: Vec<f64> = figures.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Figures {
        per_second: of(|figures| figures.per_second),
        cpu_ms: of(|figures| figures.cpu_ms),
        flushes: of(|figures| figures.flushes),
    }
}

/// Sends the load and waits until all of it was answered `250`.
fn smtp_source(port: u16, load: Load) -> Duration {
    let mut command = Command::new("smtp-source");
    command
        .args(["-s", &load.sessions.to_string()])
        .args(["-m", &load.messages.to_string()])
        .args(["-l", &load.octets.to_string()])
        .args(["-f", "noc@partner.example", "-t", "abuse@team.example"]);
    if load.reuse {
        command.arg("-d");
    }
    command.arg(format!("127.0.0.1:{port}"));
    let began = Instant::now();
    let output = command.output().unwrap();
    let took = began.elapsed();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    took
}
