//! What sessions cost the listener: memory of idle ones, patience with slow ones, memory of large messages.
//!
//! `cargo bench -p pillarbox --bench sessions -- [idle] [drip] [stream]`, all when none is named. The real daemon with
//! `--role listener`, a private Postgres, trusted peers on loopback. `stream` writes 5 GiB into the database, and reads them
//! again to compare every octet.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "sessions/bulk.rs"]
mod bulk;
#[path = "sessions/idle.rs"]
mod idle;

use std::time::{Duration, Instant};

use pillarbox::config::Database;
use pillarbox::store::Store;
use support::{Daemon, Installation};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const LIMITS: &str = "[limits]\nconnections = 2500\n";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    if wanted("idle") {
        idle::measure(1_000).await;
    }
    if wanted("drip") {
        drip(500, 20, Duration::from_secs(20)).await;
    }
    if wanted("stream") {
        stream(200, 25 << 20).await;
    }
}

/// A listener of its own, since peaks of memory don't go away.
fn listener() -> (Installation, Daemon) {
    let installation = Installation::new(LIMITS);
    let mut daemon = installation.start(&["--role", "listener"], &[], "daemon.log");
    installation.wait_for_port(&mut daemon, installation.ports.smtps);
    (installation, daemon)
}

/// Slow peers send an octet of content every 200 ms; others send small messages as fast as they are taken.
async fn drip(slow: usize, normal: usize, time: Duration) {
    let (installation, daemon) = listener();
    let smtp = installation.ports.smtp;
    let mut drips = JoinSet::new();
    for _ in 0..slow {
        drips.spawn(async move {
            let mut stream = TcpStream::connect(("127.0.0.1", smtp)).await.unwrap();
            let start = "EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<csirt@team.example>\r\nDATA\r\n";
            stream.write_all(start.as_bytes()).await.unwrap();
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }
    while installation.metric("pillarbox_sessions_open{listener=\"smtp\"}") < slow as f64 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let deadline = Instant::now() + time;
    let mut normals = JoinSet::new();
    for peer in 0..normal {
        normals.spawn(async move {
            let mut waits = Vec::new();
            while Instant::now() < deadline {
                let began = Instant::now();
                let number = peer * 1_000_000 + waits.len();
                let reply = bulk::deliver(smtp, number, 2_000).await.unwrap();
                assert!(reply.starts_with("250"), "{reply}");
                waits.push(began.elapsed());
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = normals.join_all().await.into_iter().flatten().collect();
    waits.sort();
    let percentile = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    println!(
        "{slow} dripping, {normal} normal, {time:?}: {} messages; connect to 250: p50 {:?}, p99 {:?}, longest {:?}; peak {} MiB",
        waits.len(),
        percentile(50),
        percentile(99),
        percentile(100),
        bulk::status(daemon.pid(), "VmHWM") / 1024,
    );
    drips.abort_all();
    assert!(percentile(99) < Duration::from_secs(2));
}

/// Large messages, all at the same time.
async fn stream(count: usize, size: usize) {
    let (installation, daemon) = listener();
    let began = Instant::now();
    let replies = bulk::deliver_all(installation.ports.smtp, count, size).await;
    let took = began.elapsed();
    let taken = replies
        .iter()
        .filter(|reply| reply.starts_with("250 2.0.0"))
        .count();
    let peak = bulk::status(daemon.pid(), "VmHWM");
    println!(
        "{count} at once, {} MiB each: {taken} answered 250 in {:.0} s ({:.0} MiB/s, CPU of the daemon {:.0} s); peak {} MiB, now {} MiB",
        size >> 20,
        took.as_secs_f64(),
        (count * (size >> 20)) as f64 / took.as_secs_f64(),
        bulk::cpu_seconds(daemon.pid()),
        peak / 1024,
        bulk::status(daemon.pid(), "VmRSS") / 1024,
    );
    for other in replies.iter().filter(|reply| !reply.starts_with("250")) {
        println!("  {other}");
    }
    let settings = pillarbox::config::load(&installation.configuration()).unwrap();
    let ring = pillarbox::keyfiles::ring(&settings.storage).unwrap();
    let store = Store::new(&Database {
        url: installation.cluster.url(),
        ..Database::default()
    })
    .unwrap();
    let same = bulk::compare(&store, &ring, size).await;
    println!("  {same} stored, every octet as sent");
    assert!(taken == count && same == count && peak < 512 * 1024);
}
