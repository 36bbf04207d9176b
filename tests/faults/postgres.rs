//! SIGKILL of Postgres under load, the daemon untouched.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::account::{settle_up, sums};
use crate::chance::Chance;
use crate::ledger::Load;
use crate::support::{Conversation, Installation, send, wait_for};
use crate::time;

const KILLS: u64 = 20;

/// Kills the postmaster and then every process that it started, as a power cut would.
fn kill_cluster(installation: &mut Installation) {
    let postmaster = installation.cluster.pid().unwrap();
    let children = children(postmaster);
    installation.cluster.kill().unwrap();
    for child in &children {
        let _ = kill_process(*child, Signal::KILL);
    }
    wait_for(
        "Postgres' processes to end",
        Duration::from_secs(10),
        || {
            children.iter().all(|child| {
                !std::path::Path::new(&format!("/proc/{}", child.as_raw_nonzero())).exists()
            })
        },
    );
}

fn children(parent: u32) -> Vec<Pid> {
    let folders = std::fs::read_dir("/proc").unwrap();
    folders
        .filter_map(|folder| {
            let pid: i32 = folder.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (_, fields) = stat.rsplit_once(") ")?;
            let its_parent: u32 = fields.split(' ').nth(1)?.parse().ok()?;
            (its_parent == parent).then(|| Pid::from_raw(pid))?
        })
        .collect()
}

#[test]
fn postgres_killed_twenty_times_loses_nothing_and_the_daemon_recovers() {
    let mut installation = Installation::new("[worker]\nattempts = 100\n");
    let daemon = installation.serve();
    let mut chance = Chance::new();
    let began = Instant::now();
    let load = Load::start(
        installation.ports.smtp,
        &installation.path("ledger"),
        4,
        Duration::from_millis(15),
    );
    for _ in 0..KILLS {
        chance.wait(50, 500);
        kill_cluster(&mut installation);
        chance.wait(0, 500);
        installation.cluster.start().unwrap();
    }
    std::thread::sleep(Duration::from_secs(2));
    let ledger = load.stop();
    let loaded = began.elapsed();
    // What was in hand when Postgres died is leased for minutes.
    std::thread::sleep(Duration::from_secs(2));
    time::passes(&installation);
    installation.settle();
    let found = settle_up(&installation, &ledger, KILLS);
    println!(
        "{KILLS} kills: {}; {} tickets, {} acknowledgements left twice; {loaded:?} of load, {:?} in all",
        sums(&ledger),
        found.tickets,
        found.doubled,
        began.elapsed()
    );
    assert!(found.tickets > KILLS, "too little load to tell");
    assert!(daemon.terminate(), "the same process all the while");
}

const REPORT: &str = "From: noc@partner.example\nTo: csirt@team.example\nSubject: Scan\n\n192.0.2.10 scans 198.51.100.7.\n";

#[test]
fn postgres_away_is_451_within_five_seconds_and_over_by_itself() {
    let mut installation = Installation::new("");
    let daemon = installation.serve();
    let smtp = installation.ports.smtp;
    let mut open = Conversation::connect(smtp).unwrap();
    open.say("EHLO client.example").unwrap();
    kill_cluster(&mut installation);
    let began = Instant::now();
    let reply = open
        .send("noc@partner.example", "csirt@team.example", REPORT)
        .unwrap();
    assert!(reply.starts_with("451 4."), "{reply}");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(send(smtp, "noc@partner.example", "csirt@team.example", REPORT).starts_with("451 4."));
    installation.cluster.start().unwrap();
    let began = Instant::now();
    wait_for("250", Duration::from_secs(10), || {
        let reply = open.send("noc@partner.example", "csirt@team.example", REPORT);
        reply.unwrap().starts_with("250 ")
    });
    println!("250 again {:?} after Postgres was back", began.elapsed());
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
    assert!(daemon.terminate());
}

#[test]
fn daemon_starts_without_postgres_and_takes_mail_once_it_is_there() {
    let mut installation = Installation::new("");
    installation.cluster.stop().unwrap();
    let daemon = installation.serve();
    let smtp = installation.ports.smtp;
    let reply = send(smtp, "noc@partner.example", "csirt@team.example", REPORT);
    assert!(reply.starts_with("451 4."), "{reply}");
    installation.cluster.start().unwrap();
    wait_for("250", Duration::from_secs(10), || {
        send(smtp, "noc@partner.example", "csirt@team.example", REPORT).starts_with("250 ")
    });
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
    assert!(daemon.terminate());
}

#[test]
fn read_only_postgres_is_451_and_over_by_itself() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let smtp = installation.ports.smtp;
    let try_it = || send(smtp, "noc@partner.example", "csirt@team.example", REPORT);
    time::run(
        &installation,
        &[
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ],
    );
    wait_for("451", Duration::from_secs(10), || {
        try_it().starts_with("451 4.")
    });
    time::run(
        &installation,
        &[
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        ],
    );
    wait_for("250", Duration::from_secs(10), || {
        try_it().starts_with("250 ")
    });
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
    assert!(daemon.terminate());
}
