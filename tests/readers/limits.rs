//! Whatever limit a message runs into, the third time it is filed unread, and the mail behind it flows.

use std::time::Duration;

use rustix::process::Signal;

use crate::post::{post, post_small, raw, readers, signal, unread};
use crate::support::{Installation, wait_for};

/// A message of so many MiB.
fn large(mebibytes: usize) -> Vec<u8> {
    let mut message =
        b"From: big@partner.example\r\nTo: csirt@team.example\r\nSubject: Big\r\n\r\n".to_vec();
    let line =
        b".192.0.2.10 scans 198.51.100.7 and this line is repeated until it is too much.\r\n";
    while message.len() < mebibytes << 20 {
        message.extend_from_slice(line);
    }
    message
}

/// Sends mail before, behind and after the message; the message must end unread with its octets, the others as usual.
fn goes_unread(installation: &Installation, message: &[u8], reason: &str) {
    let daemon = installation.serve();
    let pid = daemon.pid();
    post_small(installation, "before");
    let reply = post(installation, message);
    assert!(reply.starts_with("250 "), "{reply}");
    post_small(installation, "behind");
    wait_for("the mail behind it", Duration::from_secs(30), || {
        let tickets = installation.tickets();
        tickets
            .iter()
            .any(|ticket| ticket["first"]["subject"] == "behind")
    });
    installation.settle();
    let ticket = unread(installation);
    assert!(raw(installation, &ticket) == message, "the octets differ");
    let reference = ticket["reference"].as_str().unwrap();
    let shown = installation.run(&["ticket", "show", reference]);
    assert!(shown.contains("ran out of memory or time"), "{shown}");
    let log = installation.log();
    let failures = log
        .lines()
        .filter(|line| line.contains("reading failed") && line.contains(&format!("\"{reason}\"")));
    // On a busy machine a small message may be slow once, too.
    assert!(failures.count() >= 3, "{log}");
    post_small(installation, "after");
    installation.settle();
    assert_eq!(installation.tickets().len(), 4);
    assert_eq!(daemon.pid(), pid);
    assert!(daemon.terminate(), "the same daemon to the end");
}

#[test]
fn reader_out_of_memory() {
    let installation = Installation::new("[worker]\nmemory = \"32 MiB\"\n");
    goes_unread(&installation, &large(20), "crashed");
}

#[test]
fn reader_out_of_wall_time() {
    // So large that the pipe alone takes longer; a small message takes a few milliseconds.
    let installation = Installation::new(
        "[intake]\nmax_size = \"100 MiB\"\n[worker]\nwall = \"100 ms\"\nmemory = \"2 GiB\"\n",
    );
    goes_unread(&installation, &large(90), "too-slow");
}

#[test]
fn reader_stopped_or_killed_from_outside_costs_one_attempt() {
    let installation = Installation::new("[worker]\nreaders = 1\nwall = \"2 s\"\n");
    let daemon = installation.serve();
    for (name, by) in [("stopped", Signal::STOP), ("killed", Signal::KILL)] {
        let idle = readers(&daemon);
        assert_eq!(idle.len(), 1);
        signal(idle[0], by);
        post_small(&installation, name);
        installation.settle();
        assert!(!readers(&daemon).contains(&idle[0]), "{name} and replaced");
    }
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 2);
    assert!(tickets.iter().all(|ticket| ticket["needs_human"].is_null()));
    assert!(daemon.terminate());
}
