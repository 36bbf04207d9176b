//! What a report costs: many senders, the real daemon, a private Postgres, signed acknowledgements to a sink.
//!
//! `cargo bench -p pillarbox --bench load -- [REPORTS] [CONNECTIONS]`, 5000 and 10 when not given. Counted is the CPU time
//! of the daemon, its readers and every process of Postgres, from the first octet to the last acknowledgement taken by the
//! sink; senders and sink are not. `PERF=1` before it records where the daemon's time goes to `/tmp/pillarbox-load.perf`, `STATEMENTS=1` prints what
//! each statement took.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "load/cpu.rs"]
mod cpu;
#[path = "load/report.rs"]
mod report;
#[path = "load/senders.rs"]
mod senders;
#[path = "load/sink.rs"]
mod sink;
#[path = "load/statements.rs"]
mod statements;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cpu::Usage;
use sink::Sink;
use statements::Counters;
use support::{Daemon, Installation, wait_for};

/// The first reports fill caches and are not counted.
const WARM_UP: usize = 200;

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let reports = numbers.next().unwrap_or(5_000);
    let connections = numbers.next().unwrap_or(10);
    let sink = Sink::start();
    let mut installation = installation(sink.port);
    let by_statement = std::env::var_os("STATEMENTS").is_some();
    if by_statement {
        statements::count(&mut installation);
    }
    let daemon = installation.serve();
    let smtp = installation.ports.smtp;
    senders::send(smtp, 0..WARM_UP, connections);
    settle(&sink, WARM_UP, &installation);

    if by_statement {
        statements::reset(&installation);
    }
    let counted = Counters::now(&installation);
    let perf = perf(&daemon);
    let before = Usage::now(daemon.pid(), installation.cluster.pid().unwrap());
    let began = Instant::now();
    let mut waits = senders::send(smtp, WARM_UP..WARM_UP + reports, connections);
    let taken = began.elapsed();
    settle(&sink, WARM_UP + reports, &installation);
    let whole = began.elapsed();
    let after = Usage::now(daemon.pid(), installation.cluster.pid().unwrap());
    let counted = Counters::now(&installation).since(&counted, reports as f64);
    if let Some(mut perf) = perf {
        daemon_ends(daemon);
        perf.wait().unwrap();
    }
    waits.sort();
    let percentile = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    let per_second = |time: Duration| reports as f64 / time.as_secs_f64();
    heading(reports, connections);
    println!(
        "taken        {:8.1} /s   end of data to 250: p50 {:.1} ms, p99 {:.1} ms",
        per_second(taken),
        percentile(50).as_secs_f64() * 1e3,
        percentile(99).as_secs_f64() * 1e3
    );
    println!("acknowledged {:8.1} /s", per_second(whole));
    println!("\nCPU                      ms a report");
    let mut sum = 0.0;
    for (name, seconds) in after.since(&before) {
        let each = seconds * 1e3 / reports as f64;
        sum += each;
        if each >= 0.001 {
            println!("{name:24} {each:8.3}");
        }
    }
    println!("{:24} {sum:8.3}   = {:.5} s", "all", sum / 1e3);
    println!("Postgres, a report: {counted}");
    if by_statement {
        statements::print(&installation, reports as f64);
    }
}

fn heading(reports: usize, connections: usize) {
    let octets = report::text(0).len();
    println!("{reports} reports of {octets} octets over {connections} connections");
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("load average {}", load.trim_end());
}

/// Every sender is answered, and by SMTP.
fn installation(sink: u16) -> Installation {
    let installation = Installation::new(&format!(
        "[outbox]\nsmarthost = \"127.0.0.1:{sink}\"\n[worker]\nattempts = 3\n"
    ));
    let path = installation.configuration();
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("copy_dir"));
    fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    installation
}

fn settle(sink: &Sink, mails: usize, installation: &Installation) {
    wait_for("all acknowledgements", Duration::from_secs(900), || {
        std::thread::sleep(Duration::from_millis(25));
        sink.taken() >= mails
    });
    // The last one is marked, and counters of processes are up to date.
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(sink.taken(), mails, "each once");
    let log = installation.log();
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

fn perf(daemon: &Daemon) -> Option<Child> {
    std::env::var_os("PERF")?;
    Some(
        Command::new("perf")
            .args([
                "record",
                "-q",
                "-F",
                "299",
                "-g",
                "-o",
                "/tmp/pillarbox-load.perf",
            ])
            .args(["-p", &daemon.pid().to_string()])
            .stdin(Stdio::null())
            .spawn()
            .unwrap(),
    )
}

/// perf ends with the process that it watches.
fn daemon_ends(daemon: Daemon) {
    assert!(daemon.terminate());
}
