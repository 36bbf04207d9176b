//! Listener, worker and outbox as three processes that share nothing but Postgres.

use std::time::Duration;

use serde_json::Value;

use crate::mail::{TEAM, mail};
use crate::support::{Daemon, Installation, free_port, http_get, send, wait_for};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// The lines of a log as objects; every line of a JSON log is one.
fn lines(installation: &Installation, log: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(installation.path(log)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect()
}

fn one<'a>(lines: &'a [Value], message: &str, key: &str, value: &str) -> &'a Value {
    let found: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == message && line[key] == value)
        .collect();
    assert_eq!(found.len(), 1, "{message} {key}={value}: {lines:?}");
    found[0]
}

/// A login for each part, which is a member of that part's role and nothing else.
pub fn make_logins(installation: &Installation) {
    installation.sql(include_str!("../../deploy/postgres/logins.sql"));
}

pub fn login(installation: &Installation, role: &str) -> (&'static str, String) {
    let url = installation.cluster.url();
    let url = url.replace("//pillarbox@", &format!("//pillarbox-{role}@"));
    ("PILLARBOX__DATABASE__URL", url)
}

/// A listener that can neither open what it seals nor read what it stores.
fn start_listener(installation: &Installation, admin: u16) -> Daemon {
    let nowhere = |key| (key, "/nonexistent/secret".to_owned());
    let environment = [
        ("PILLARBOX__ADMIN__ADDRESS", format!("127.0.0.1:{admin}")),
        nowhere("PILLARBOX__STORAGE__RING_FILE"),
        nowhere("PILLARBOX__OPENPGP__SECRET_DIR"),
        login(installation, "listener"),
    ];
    let mut listener = installation.start(&["--role", "listener"], &environment, "listener.log");
    installation.wait_for_port(&mut listener, installation.ports.lmtp);
    listener
}

fn start_role(installation: &Installation, role: &str, admin: u16, log: &'static str) -> Daemon {
    let environment = [
        ("PILLARBOX__ADMIN__ADDRESS", format!("127.0.0.1:{admin}")),
        login(installation, role),
    ];
    let mut daemon = installation.start(&["--role", role], &environment, log);
    installation.wait_for_port(&mut daemon, admin);
    daemon
}

/// What Postgres refused to anybody: nothing but what a listener asks for in vain, and knows how to do without.
fn assert_nobody_lacks_a_right(installation: &Installation) {
    let log = std::fs::read_to_string(installation.path("postgres/postgres.log")).unwrap();
    for line in log.lines().filter(|line| line.contains("ERROR")) {
        let in_vain = ["inbox_piece"];
        let known = in_vain
            .iter()
            .any(|table| line.ends_with(&format!("permission denied for table {table}")));
        assert!(known, "{line}");
    }
    for log in ["worker.log", "outbox.log"] {
        let text = std::fs::read_to_string(installation.path(log)).unwrap();
        for word in ["42501", "\"WARN\"", "\"ERROR\""] {
            assert!(!text.contains(word), "{log}: {text}");
        }
    }
}

/// From 250 to the acknowledgement by ids alone.
fn assert_logs_join(installation: &Installation, spool: &str, reference: &str) {
    let heard = lines(installation, "listener.log");
    let worked = lines(installation, "worker.log");
    assert_eq!(one(&heard, "message", "spool", spool)["reply"], 250);
    assert_eq!(one(&worked, "filed", "spool", spool)["ticket"], reference);
    let sent = || lines(installation, "outbox.log");
    wait_for("the line of the sender", Duration::from_secs(10), || {
        sent().iter().any(|line| line["message"] == "sent")
    });
    one(&sent(), "sent", "ticket", reference);
    for log in ["listener.log", "worker.log", "outbox.log"] {
        let text = std::fs::read_to_string(installation.path(log)).unwrap();
        for word in [
            "@",
            "partner.example",
            "Scan of our",
            "192.0.2.10",
            "198.51.100.7",
        ] {
            assert!(!text.contains(word), "{word} in {log}: {text}");
        }
    }
}

#[test]
fn three_processes_work_together_and_the_listener_holds_no_secret() {
    let installation = Installation::new("");
    make_logins(&installation);
    let ports = [(); 3].map(|()| free_port());
    let listener = start_listener(&installation, ports[0]);
    let report = mail(
        "Noc <noc@partner.example>",
        "Scan of our network",
        "r.1@partner.example",
        "",
        ATTACK,
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &report);
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let spool = reply.rsplit(' ').next().unwrap();

    // Nobody reads it yet; the listener itself can't.
    assert_eq!(installation.sql("SELECT count(*) FROM inbox").trim(), "1");
    let worker = start_role(&installation, "worker", ports[1], "worker.log");
    wait_for("the ticket", Duration::from_secs(30), || {
        installation.tickets().len() == 1
    });
    assert_eq!(installation.outbox().len(), 0, "nobody sends yet");
    let outbox = start_role(&installation, "outbox", ports[2], "outbox.log");
    wait_for("the acknowledgement", Duration::from_secs(30), || {
        installation.outbox().len() == 1
    });
    for port in ports {
        assert_eq!(http_get(port, "/health/ready").unwrap(), "ready\n");
    }
    let tickets = installation.tickets();
    assert_logs_join(
        &installation,
        spool,
        tickets[0]["reference"].as_str().unwrap(),
    );

    // The worker hears at once of what another process took.
    let second = mail(NOC, "Second", "r.2@partner.example", "", ATTACK);
    assert!(send(installation.ports.smtp, NOC, TEAM, &second).starts_with("250"));
    wait_for("the second", Duration::from_secs(10), || {
        installation.outbox().len() == 2
    });
    more_kinds_of_mail(&installation, &report);
    for daemon in [listener, worker, outbox] {
        assert!(daemon.terminate(), "SIGTERM ends every role in order");
    }
    assert_nobody_lacks_a_right(&installation);
    commands_of_analysts(&installation, tickets[0]["reference"].as_str().unwrap());
}

/// A copy, mail that is kept without a ticket, and one that comes in pieces.
fn more_kinds_of_mail(installation: &Installation, report: &str) {
    let away = mail(
        NOC,
        "Away",
        "r.3@partner.example",
        "Auto-Submitted: auto-replied\n",
        "Away.",
    );
    let line = "192.0.2.10 attacks 198.51.100.7 since 2024-03-05 02:11:09 UTC.\n";
    let large = mail(NOC, "Log", "r.4@partner.example", "", &line.repeat(50_000));
    for message in [report, &away, &large] {
        assert!(send(installation.ports.smtp, NOC, TEAM, message).starts_with("250"));
    }
    wait_for("the rest", Duration::from_secs(60), || {
        installation.sql("SELECT count(*) FROM inbox").trim() == "0"
    });
    assert_eq!(installation.tickets().len(), 3);
    assert_eq!(installation.quarantine().len(), 1);
    assert_eq!(
        installation.sql("SELECT count(*) FROM inbox_piece").trim(),
        "0"
    );
    wait_for("all answers", Duration::from_secs(30), || {
        installation.outbox().len() == 3
    });
}

/// As the console's user.
fn commands_of_analysts(installation: &Installation, reference: &str) {
    for arguments in [
        &["ticket", "list"][..],
        &["ticket", "show", reference, "--text"],
        &["ticket", "search", "192.0.2.10"],
        &["quarantine", "list"],
        &["quarantine", "retry", "--all"],
        &["transport", "list", "--all"],
        &["contact", "show", NOC],
        &["outbox", "list"],
        &["outbox", "release", "--all"],
        &["keys", "list"],
        &["migrate", "status"],
    ] {
        let output = installation
            .command(arguments)
            .envs([login(installation, "console")])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
    }
}

#[test]
fn two_workers_file_each_message_once() {
    let installation = Installation::new("");
    let mut all = installation.serve();
    let admin = (
        "PILLARBOX__ADMIN__ADDRESS",
        format!("127.0.0.1:{}", free_port()),
    );
    let _second = installation.start(
        &["--role", "worker", "--role", "outbox"],
        &[admin],
        "second.log",
    );
    installation.wait_for_port(&mut all, installation.ports.smtp);
    for number in 0..30 {
        let message = mail(
            NOC,
            &format!("Scan {number}"),
            &format!("w.{number}@partner.example"),
            "",
            ATTACK,
        );
        assert!(send(installation.ports.smtp, NOC, TEAM, &message).starts_with("250"));
    }
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 30);
    assert!(
        tickets
            .iter()
            .all(|ticket| ticket["copies"] == 0 && ticket["messages"] == 1)
    );
    assert_eq!(installation.sql("SELECT count(*) FROM outbox").trim(), "30");
}
