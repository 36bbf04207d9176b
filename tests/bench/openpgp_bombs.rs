//! Bombs and floods at full size (threats.md S-08, S-09), sent to the real daemon under the limits that we ship.
//!
//! `cargo bench -p pillarbox --bench openpgp_bombs -- [NAME]…`, all when none is named; a release build, for a development build
//! runs into the limits. Behind each go ten small mails. Printed are the size of the mail, the time until its 250 and from there
//! until it is a ticket, what the readers used (processor time, and the peak of one's memory), how long the slowest small mail
//! waited for its answer, and what became of the bomb. It ends with an error when a bomb used more than the limits, is no
//! ticket, cost a reader its life, lost an octet, or was not answered as every mail is that can't be opened.
//!
//! 22 November 2026, two cores, load average 5 to 7; of the rows marked with a star, 12. Trust processor time and memory, not the
//! clock.
//!
//! | bomb | octets | cpu | memory | small, slowest | became |
//! | --- | --- | --- | --- | --- | --- |
//! | zeros, 1 GiB | 1 460 743 | 50 ms | 87 MiB | 102 ms | expands |
//! | zeros, 4 GiB | 5 841 031 | 140 ms | 106 MiB | 163 ms | expands |
//! | zeros, 16 GiB | 23 362 186 | 330 ms | 176 MiB | 113 ms | expands |
//! | the same, not encrypted; inline; quoted | 24 million | 260, 360, 210 ms | 175, 180, 63 MiB | 255, 137, 211 ms | expands, expands, errant |
//! | 4 GiB deflated twice; 64 times deflated; a quine | 15 524; 1 965; 879 | 10 ms | 18 MiB | 80 ms | expands |
//! | 10 million markers; 5 million one-pass signatures | 227 586; 284 676 | 10 ms | 19 MiB | 83 ms | too_many_packets |
//! | an unknown packet of 1 GiB | 1 460 736 | 20 ms | 24 MiB | 86 ms | unsupported |
//! | 63 MiB of text, which is read | 9 183 428 | 670 ms | 246 MiB | 103 ms | opened |
//! | 65 MiB of text | 9 474 942 | 350 ms | 121 MiB | 264 ms | expands |
//! | 20 and 40 MiB with one bit off; 40 MiB cut short | 2.9, 5.8, 5.8 million | 170, 320, 50 ms | 161 MiB | 118 ms | damaged |
//! | 10 000 hidden recipients; 16 of them; Argon2 with 2 TiB | 1 320 525; 2 628; 708 | 20, 0, 10 ms | 41 MiB | 82 ms | too_many_packets, no_key, unsupported |
//! | 5 million chunks of one octet; 16 MiB of noise | 13.8, 23.1 million | 210, 240 ms | 111 MiB | 475 ms | malformed, no_key |
//! | 10 000 signatures | 302 908 | 0 ms | 41 MiB | 102 ms | read; too_many_packets |
//! | 14 files of 1 GiB; 7 of 20 MiB * | 20.4 million | 1.2, 1.3 s | 134, 188 MiB | 511, 467 ms | expands |
//! | 200 000 beginnings; 100 000 cleartext signatures; 150 000 certifications * | 6.2, 5.7, 20.6 million | 90, 40, 610 ms | 126 MiB | 386 ms | read |
//!
//! Without a bomb the slowest small mail waited 152 to 257 ms, at load 12 518 ms.

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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sequoia_openpgp::Cert;
use sequoia_openpgp::parse::Parse;
use serde_json::Value;
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
        "{:<26} {:>10} {:>9} {:>9} {:>8} {:>9} {:>11}  became",
        "bomb", "octets", "250", "filed", "cpu", "memory", "small, max"
    );
    let small_alone = small_mails(&installation, "alone");
    println!(
        "{:<26} {:>10} {:>9} {:>9} {:>8} {:>9} {small_alone:>11.0?}",
        "none", "", "", "", "", ""
    );
    let mut bad = 0;
    for (name, rest) in kinds::all(&team) {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            bad += u32::from(!one(&installation, &daemon, name, &rest));
        }
    }
    println!(
        "peak of the daemon's own memory: {} MiB",
        peak(daemon.pid()) >> 20
    );
    assert!(daemon.terminate());
    assert_eq!(bad, 0, "see above");
}

/// Whether it stayed within the limits, and became a ticket with a reason, with its octets, and with the usual answer.
fn one(installation: &Installation, daemon: &Daemon, name: &str, rest: &str) -> bool {
    let known = references(&installation.tickets());
    let failures = failures(installation);
    let message = packets::mail(name, rest);
    let watch = Watch::begin(daemon.pid());
    let began = Instant::now();
    let reply = post::post(installation, &message);
    assert!(reply.starts_with("250 "), "{name}: {reply}");
    let accepted = began.elapsed();
    let small = small_mails(installation, name);
    let mut tickets = Vec::new();
    wait_for(name, Duration::from_secs(180), || {
        tickets = installation.tickets();
        tickets.len() == known.len() + SMALL + 1
    });
    let filed = began.elapsed() - accepted;
    let (cpu, memory) = watch.end();
    let failures = self::failures(installation) - failures;
    tickets.retain(|ticket| !known.contains(&ticket["reference"]));
    // A message that nobody could read has no Subject.
    let is_it = |ticket: &&Value| {
        let subject = ticket["first"]["subject"].as_str().unwrap_or_default();
        !subject.contains("-small-")
    };
    let ticket = tickets.iter().find(is_it).unwrap();
    let human = ticket["needs_human"].as_str();
    let kept = post::raw(installation, ticket) == message;
    let answered = answered(installation, name, human == Some("undecryptable"));
    println!(
        "{name:<26} {:>10} {accepted:>9.1?} {filed:>9.1?} {cpu:>8.2?} {:>5} MiB {small:>11.0?}  {}, {}{}{}{}",
        message.len(),
        memory >> 20,
        human.unwrap_or("read"),
        reason(installation, ticket),
        if failures == 0 {
            ""
        } else {
            ", AND COST A READER ITS LIFE"
        },
        if kept {
            ""
        } else {
            ", AND ITS OCTETS ARE OTHERS"
        },
        if answered {
            ""
        } else {
            ", AND ITS ANSWER IS ANOTHER"
        },
    );
    failures == 0 && cpu <= CPU && memory <= MEMORY && kept && answered
}

/// What an analyst is told of it.
fn reason(installation: &Installation, ticket: &Value) -> String {
    let reference = ticket["reference"].as_str().unwrap();
    let shown = installation.json(&["ticket", "show", reference, "--json"]);
    let entry = &shown[0]["entries"][0];
    let text = installation.run(&["ticket", "show", reference]);
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| line.starts_with("OpenPGP"));
    match (line, entry["openpgp"]["error"].as_str()) {
        (Some(line), _) => line
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" "),
        (None, Some(word)) => word.to_owned(),
        (None, None) => "no OpenPGP".to_owned(),
    }
}

/// Attempts that a reader did not survive, or not in time.
fn failures(installation: &Installation) -> usize {
    installation.log().matches("reading failed").count()
}

fn references(tickets: &[Value]) -> Vec<Value> {
    let of = |ticket: &Value| ticket["reference"].clone();
    tickets.iter().map(of).collect()
}

/// Whether its sender got the answer that everybody gets whose message can't be opened, or whose message was read.
fn answered(installation: &Installation, name: &str, closed: bool) -> bool {
    installation.settle();
    let to = format!("To: {name}@partner.example");
    let answers = installation.outbox();
    let mut own = answers.iter().filter(|answer| answer.contains(&to));
    let text = match closed {
        true => "We could not open it yet",
        false => "We have received your report",
    };
    own.next().is_some_and(|answer| answer.contains(text)) && own.next().is_none()
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

/// What the readers of a daemon use. One that read a large message is replaced, so it is looked at while it lives.
struct Watch {
    daemon: u32,
    before: Duration,
    done: Arc<AtomicBool>,
    peak: JoinHandle<u64>,
}

impl Watch {
    fn begin(daemon: u32) -> Watch {
        for reader in children(daemon) {
            // Peaks of memory begin anew (proc(5)).
            let _ = fs::write(format!("/proc/{reader}/clear_refs"), "5");
        }
        let done = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&done);
        let watch = move || {
            let mut highest = 0;
            while !end.load(Ordering::Relaxed) {
                let readers = children(daemon).into_iter().filter(|pid| is_reader(*pid));
                let peaks = readers.map(peak);
                highest = peaks.max().unwrap_or(0).max(highest);
                std::thread::park_timeout(Duration::from_millis(5));
            }
            highest
        };
        Watch {
            daemon,
            before: used(daemon),
            done,
            peak: std::thread::spawn(watch),
        }
    }

    /// Processor time of them all, and the highest peak of one's memory.
    fn end(self) -> (Duration, u64) {
        self.done.store(true, Ordering::Relaxed);
        let peak = self.peak.join().unwrap();
        (used(self.daemon).saturating_sub(self.before), peak)
    }
}

fn children(daemon: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{daemon}/task")).unwrap();
    tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|pids| {
            let pids = pids.split_whitespace();
            pids.filter_map(|pid| pid.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

/// Between fork and exec a child has the daemon's memory.
fn is_reader(pid: u32) -> bool {
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    command.split('\0').nth(1) == Some("reader")
}

/// Processor time of a daemon's readers: of those that ended, and of those that live.
fn used(daemon: u32) -> Duration {
    let living: Duration = children(daemon).into_iter().map(|pid| ticks(pid, 11)).sum();
    living + ticks(daemon, 13)
}

/// Two fields of proc(5), user and system: a process' own time, or that of its children that ended.
fn ticks(pid: u32, from: usize) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, fields)) = stat.rsplit_once(") ") else {
        return Duration::ZERO;
    };
    let ticks = fields.split(' ').skip(from).take(2);
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
