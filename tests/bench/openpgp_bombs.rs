//! Bombs and floods at full size (threats.md S-08, S-09), sent to the real daemon under the limits that we ship.
//!
//! `cargo bench -p pillarbox --bench openpgp_bombs -- [NAME]`, all when none is named. Behind each go ten small mails. Printed
//! are the size of the mail, the time until it is a ticket, what a reader used (processor time, and the peak of its memory),
//! how long the slowest small mail waited for its answer, and what became of the bomb. It ends with an error when a bomb used
//! more than the limits, is no ticket, or cost a reader its life.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "openpgp/kinds.rs"]
mod kinds;
#[path = "openpgp/packets.rs"]
mod packets;
#[path = "../readers/post.rs"]
#[expect(dead_code, reason = "a part of it is for the tests of readers")]
mod post;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::time::{Duration, Instant};

use sequoia_openpgp::Cert;
use sequoia_openpgp::parse::Parse;
use support::{Daemon, Installation, wait_for};

const SMALL: usize = 10;
/// As config/pillarbox.toml has it.
const MEMORY: u64 = 384 << 20;
const CPU: Duration = Duration::from_secs(10);

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let installation = Installation::new("");
    let team = installation.run(&["keys", "export"]);
    let team = Cert::from_bytes(team.as_bytes()).unwrap();
    let daemon = installation.serve();
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("load average before: {}", load.trim_end());
    println!(
        "{:<26} {:>10} {:>9} {:>8} {:>9} {:>11}  became",
        "bomb", "octets", "filed", "cpu", "memory", "small, max"
    );
    let small_alone = small_mails(&installation, "alone");
    println!(
        "{:<26} {:>10} {:>9} {:>8} {:>9} {small_alone:>11.0?}",
        "none", "", "", "", ""
    );
    let mut bad = 0;
    for (name, rest) in kinds::all(&team) {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            bad += u32::from(!one(&installation, &daemon, name, &rest));
        }
    }
    assert!(daemon.terminate());
    assert_eq!(bad, 0, "see above");
}

/// Whether it stayed within the limits and became a ticket.
fn one(installation: &Installation, daemon: &Daemon, name: &str, rest: &str) -> bool {
    let readers = post::readers(daemon);
    for reader in &readers {
        // Peaks of memory begin anew (proc(5)).
        fs::write(format!("/proc/{reader}/clear_refs"), "5").unwrap();
    }
    let before: Duration = readers.iter().map(|reader| used(*reader)).sum();
    let message = packets::mail(name, rest);
    let began = Instant::now();
    let reply = post::post(installation, &message);
    assert!(reply.starts_with("250 "), "{name}: {reply}");
    let small = small_mails(installation, name);
    let mut ticket = None;
    wait_for(name, Duration::from_secs(180), || {
        let tickets = installation.tickets();
        ticket = tickets
            .into_iter()
            .find(|ticket| ticket["first"]["subject"] == name);
        ticket.is_some()
    });
    let filed = began.elapsed();
    let same = post::readers(daemon) == readers;
    let after: Duration = readers.iter().map(|reader| used(*reader)).sum();
    let (cpu, memory) = (
        after.saturating_sub(before),
        readers.iter().map(|reader| peak(*reader)).max(),
    );
    let memory = memory.unwrap_or(0);
    let ticket = ticket.unwrap();
    let reference = ticket["reference"].as_str().unwrap();
    let shown = installation.json(&["ticket", "show", reference, "--json"]);
    let error = &shown[0]["entries"][0]["openpgp"]["error"];
    let good = same && cpu <= CPU && memory <= MEMORY;
    println!(
        "{name:<26} {:>10} {filed:>9.1?} {cpu:>8.2?} {:>5} MiB {small:>11.0?}  {} {}{}",
        message.len(),
        memory >> 20,
        ticket["needs_human"].as_str().unwrap_or("read"),
        error.as_str().unwrap_or("-"),
        if same { "" } else { ", AND A READER DIED" },
    );
    good
}

/// Sends them one after the other; the longest time between a 250 and the answer.
fn small_mails(installation: &Installation, name: &str) -> Duration {
    let sent: Vec<(String, Instant)> = (0..SMALL)
        .map(|n| {
            let sender = format!("{name}-small-{n}");
            post::post_small(installation, &sender);
            (sender, Instant::now())
        })
        .collect();
    let mut waits: Vec<Option<Duration>> = vec![None; sent.len()];
    let mut seen = std::collections::BTreeSet::new();
    wait_for("the answers", Duration::from_secs(180), || {
        for entry in fs::read_dir(installation.path("outbox")).unwrap() {
            let path = entry.unwrap().path();
            if !seen.insert(path.clone()) {
                continue;
            }
            let answer = fs::read_to_string(&path).unwrap_or_default();
            let of = sent
                .iter()
                .position(|(sender, _)| answer.contains(&format!("{sender}@")));
            if let Some(at) = of {
                waits[at].get_or_insert_with(|| sent[at].1.elapsed());
            }
        }
        waits.iter().all(Option::is_some)
    });
    waits.into_iter().flatten().max().unwrap()
}

/// Processor time of a process (proc(5)): user and system.
fn used(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(") ") else {
        return Duration::ZERO;
    };
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The peak of its memory in octets.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}
