//! The console with many tickets: how long pages take at the server, how large they are, and how that grows.
//!
//! `cargo bench -p pillarbox --bench queue -- [TICKETS…]`, 10000 and 100000 when not given. For each a private installation is made:
//! one report comes over SMTP, and what was sealed of it is sealed again for each message, with a summary, values and index rows of its
//! own; values repeat between tickets as they do in `search`. Tickets have one to five messages, two on average, and ten observables;
//! one has 500 messages. One in ten is not closed, a third of these waits for an answer to a letter. The constituency is configured: four
//! networks and a register of 256 organisations. Then one analyst at the console, and a program with a token, ask for pages over a
//! connection that stays open, and four at once over four connections: the time is from the request to the last octet, TLS and loopback
//! included. `load average` says what else ran; `×` is the p50 beside that of the first size.
//!
//! `REQUESTS=20` before it asks for each page so often (100 otherwise). `EXPLAIN=20` writes plans of statements that take 20 ms or more
//! to standard error.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    clippy::panic,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "../e2e/browser.rs"]
#[expect(dead_code, reason = "the end-to-end tests use the rest")]
mod browser;
#[path = "queue/columns.rs"]
mod columns;
#[path = "queue/fill.rs"]
mod fill;
#[path = "search/filled.rs"]
#[expect(dead_code, reason = "the bench of the search uses the rest")]
mod filled;
#[path = "queue/measure.rs"]
mod measure;
#[path = "queue/pages.rs"]
mod pages;
#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

use browser::Login;
use fill::Made;
use measure::{Asker, Took};
use sqlx::Connection;
use support::{Installation, free_port, send};

/// Requests of each page, unless `REQUESTS` says otherwise.
const REQUESTS: usize = 100;
/// Who ask at once.
const AT_ONCE: usize = 4;

/// The p50 of each page with the first size.
type First = HashMap<&'static str, f64>;

fn main() {
    let sizes = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let mut sizes: Vec<usize> = sizes.collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000];
    }
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut first = First::new();
    for size in sizes {
        run(&runtime, size, &mut first);
    }
}

fn run(runtime: &tokio::runtime::Runtime, size: usize, first: &mut First) {
    let port = free_port();
    let installation = Installation::new(&format!(
        "[console]\naddress = \"127.0.0.1:{port}\"\n[constituency]\nnetworks = [\"10.200.0.0/14\"]\n"
    ));
    register(&installation);
    if let Ok(least) = std::env::var("EXPLAIN") {
        runtime.block_on(explain(&installation, &least));
    }
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let report = "From: noc@partner.example\r\nTo: csirt@team.example\r\nSubject: Scan\r\nMessage-ID: <1@partner.example>\r\n\r\n\
        Hello,\r\n\r\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.\r\n";
    let reply = send(
        installation.ports.smtp,
        "noc@partner.example",
        "csirt@team.example",
        report,
    );
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let began = Instant::now();
    let made = runtime.block_on(fill::fill(&installation, size));
    println!(
        "\n{} tickets, {} messages, {} observables made in {:.0} s; load average {}",
        made.tickets,
        made.messages,
        made.observables,
        began.elapsed().as_secs_f64(),
        load()
    );
    let login = Login::new(&installation, "alice", "analyst");
    runtime.block_on(measure(&installation, (port, &login), &made, first));
    if std::env::var("EXPLAIN").is_ok() {
        let log = installation.path("postgres/postgres.log");
        eprintln!("{}", std::fs::read_to_string(log).unwrap());
    }
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    load.trim_end().to_owned()
}

/// The organisations of the constituency, each with a network and a domain.
fn register(installation: &Installation) {
    let mut text = String::new();
    for number in 0..256 {
        writeln!(
            text,
            "[[organisation]]\nname = \"Organisation {number}\"\naddress = \"security@org{number}.example\"\n\
            telephone = \"+352 20 00 {number:03}\"\nnetworks = [\"10.200.{number}.0/24\"]\ndomains = [\"org{number}.example\"]"
        )
        .unwrap();
    }
    let file = installation.path("register.toml");
    std::fs::write(&file, text).unwrap();
    installation.run(&["contact", "import", file.to_str().unwrap(), "--apply"]);
}

/// From now on plans of statements that take so many milliseconds are in the log.
async fn explain(installation: &Installation, least: &str) {
    let mut connection = sqlx::PgConnection::connect(&installation.cluster.url())
        .await
        .unwrap();
    // Its settings are known where it is loaded.
    for statement in [
        "LOAD 'auto_explain'".to_owned(),
        "ALTER SYSTEM SET session_preload_libraries = 'auto_explain'".to_owned(),
        format!(
            "ALTER SYSTEM SET auto_explain.log_min_duration = {}",
            least.parse::<u32>().unwrap()
        ),
        "ALTER SYSTEM SET auto_explain.log_analyze = on".to_owned(),
        "SELECT pg_reload_conf()".to_owned(),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

async fn measure(
    installation: &Installation,
    (port, login): (u16, &Login),
    made: &Made,
    first: &mut First,
) {
    let requests = std::env::var("REQUESTS").map_or(REQUESTS, |text| text.parse().unwrap());
    let asker = Asker::new(installation, port, login).await;
    println!(
        "{:<36}{:>9}{:>9}{:>9}{:>7}{:>9}{:>7}",
        "page", "p50 ms", "p95 ms", "p99 ms", "×", "kB", "lines"
    );
    for page in pages::pages(made) {
        tell(page.name, &asker.ask(&page, 0, requests).await, first);
    }
    let began = Instant::now();
    let mut hands = Vec::new();
    for number in 0..AT_ONCE {
        let (asker, page) = (asker.other(), pages::work(made));
        let work = async move { asker.ask(&page, number * 1_000, requests).await };
        hands.push(tokio::spawn(work));
    }
    let mut all = Took::default();
    for hand in hands {
        let took = hand.await.unwrap();
        all.times.extend(took.times);
        all.octets = all.octets.max(took.octets);
        all.lines = all.lines.max(took.lines);
    }
    all.times.sort_by(f64::total_cmp);
    tell("work, four analysts at once", &all, first);
    let second = all.times.len() as f64 / began.elapsed().as_secs_f64();
    println!("{:<36}{second:>9.0} a second", "");
    let seen = measure::seen_before(installation, requests.min(made.tickets / 50)).await;
    tell("seen before, of a page's tickets", &seen, first);
    println!("load average {}", load());
}

fn tell(name: &'static str, took: &Took, first: &mut First) {
    let before = *first.entry(name).or_insert_with(|| took.at(50));
    println!(
        "{name:<36}{:>9.1}{:>9.1}{:>9.1}{:>7.1}{:>9.1}{:>7}",
        took.at(50),
        took.at(95),
        took.at(99),
        took.at(50) / before,
        took.octets as f64 / 1e3,
        took.lines
    );
}
