//! Listener, worker and outbox as three processes that share nothing but Postgres.

use serde_json::Value;

use crate::mail::{TEAM, mail};
use crate::support::{Installation, http_get, send, wait_for};
use std::time::Duration;

use pillarbox::postgres::free_port;

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

#[test]
fn three_processes_work_together_and_the_listener_holds_no_secret() {
    let installation = Installation::new("");
    installation.sql(
        "CREATE ROLE pb_listener LOGIN; GRANT INSERT ON inbox TO pb_listener; GRANT SELECT ON _sqlx_migrations TO pb_listener",
    );
    let [listener_admin, worker_admin, outbox_admin] = [(); 3].map(|()| free_port().unwrap());
    let admin = |port: u16| ("PILLARBOX__ADMIN__ADDRESS", format!("127.0.0.1:{port}"));
    let nowhere = |key| (key, "/nonexistent/secret".to_owned());
    let insert_only = installation
        .cluster
        .url()
        .replace("postgres://pillarbox@", "postgres://pb_listener@");
    let mut listener = installation.start(
        &["--role", "listener"],
        &[
            admin(listener_admin),
            nowhere("PILLARBOX__STORAGE__RING_FILE"),
            nowhere("PILLARBOX__OPENPGP__SECRET_DIR"),
            ("PILLARBOX__DATABASE__URL", insert_only),
        ],
        "listener.log",
    );
    installation.wait_for_port(&mut listener, installation.ports.lmtp);
    let report = mail(
        "Noc <noc@partner.example>",
        "Scan of our network",
        "r.1@partner.example",
        "",
        ATTACK,
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &report);
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    let spool = reply.rsplit(' ').next().unwrap().to_owned();

    // Nobody reads it yet; the listener itself can't.
    assert_eq!(installation.sql("SELECT count(*) FROM inbox").trim(), "1");
    let mut worker =
        installation.start(&["--role", "worker"], &[admin(worker_admin)], "worker.log");
    installation.wait_for_port(&mut worker, worker_admin);
    wait_for("the ticket", Duration::from_secs(30), || {
        installation.tickets().len() == 1
    });
    assert_eq!(installation.outbox().len(), 0, "nobody sends yet");
    let mut outbox =
        installation.start(&["--role", "outbox"], &[admin(outbox_admin)], "outbox.log");
    installation.wait_for_port(&mut outbox, outbox_admin);
    wait_for("the acknowledgement", Duration::from_secs(30), || {
        installation.outbox().len() == 1
    });
    for port in [listener_admin, worker_admin, outbox_admin] {
        assert_eq!(http_get(port, "/health/ready").unwrap(), "ready\n");
    }

    // From 250 to the acknowledgement by ids alone.
    let tickets = installation.tickets();
    let reference = tickets[0]["reference"].as_str().unwrap();
    let (heard, worked) = (
        lines(&installation, "listener.log"),
        lines(&installation, "worker.log"),
    );
    assert_eq!(one(&heard, "message", "spool", &spool)["reply"], 250);
    assert_eq!(one(&worked, "filed", "spool", &spool)["ticket"], reference);
    wait_for("the line of the sender", Duration::from_secs(10), || {
        lines(&installation, "outbox.log")
            .iter()
            .any(|line| line["message"] == "sent")
    });
    let sent = lines(&installation, "outbox.log");
    one(&sent, "sent", "ticket", reference);
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

    // The worker hears at once of what another process took.
    let second = mail(NOC, "Second", "r.2@partner.example", "", ATTACK);
    assert!(send(installation.ports.smtp, NOC, TEAM, &second).starts_with("250"));
    wait_for("the second", Duration::from_secs(10), || {
        installation.outbox().len() == 2
    });
    for daemon in [listener, worker, outbox] {
        assert!(daemon.terminate(), "SIGTERM ends every role in order");
    }
}

#[test]
fn two_workers_file_each_message_once() {
    let installation = Installation::new("");
    let mut all = installation.serve();
    let admin = (
        "PILLARBOX__ADMIN__ADDRESS",
        format!("127.0.0.1:{}", free_port().unwrap()),
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
