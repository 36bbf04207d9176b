//! Erasing tickets and months, by hand and by age, seen from outside; and what backups are worth afterwards.

use std::fs;
use std::process::Command;

use jiff::Timestamp;
use pillarbox::audit::{self, Event};
use pillarbox::epochs;
use pillarbox::listener::SealedMessage;
use pillarbox::sealing::{self, Summary};
use pillarbox::store::{Committed, NewEntry, NewTicket, Record};
use uuid::Uuid;
use vault::Sealed;

use crate::hierarchy::{
    NAME, NOC, cases, deliver, open_all, report, ring, runtime, store, store_at,
};
use crate::mail::TEAM;
use crate::support::{Installation, send};

/// Files a message as if it had come long ago; as a ticket when it has a number. Its case.
pub fn file(installation: &Installation, serial: Option<i64>, day: &str, tlp: &str) -> Uuid {
    let received: Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
    let at = |second: i64| {
        let second = u64::try_from(received.as_second() + second).unwrap();
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, second, 0))
    };
    let (case, entry) = (at(0), at(1));
    let (epoch, ring) = (sealing::epoch_of(case), ring(installation));
    // A connection lives as long as the runtime that made it.
    let begun = store(installation);
    runtime()
        .block_on(epochs::ready(&begun, &ring, NAME, epoch))
        .unwrap();
    let store = store(installation);
    let key = ring.new_case_key(epoch).unwrap();
    let wrapped = ring.wrap(&key, &sealing::case_aad(NAME, case)).unwrap();
    let aad = |column| sealing::entry_aad(NAME, column, case, entry);
    let summary = Summary {
        tlp: tlp.into(),
        subject: format!("old {day} {tlp}"),
        ..Summary::default()
    };
    let summary = sealing::seal(&key, &aad("summary"), &summary).unwrap();
    let [raw, reading] = ["raw", "reading"].map(|column| key.seal(&aad(column), b"old").unwrap());
    let rest = || Sealed::from_bytes(b"x".to_vec());
    runtime().block_on(async {
        let message = SealedMessage {
            id: entry,
            size: 1,
            pieces: 0,
            envelope: rest(),
            content: rest(),
        };
        store.keep(message).await.unwrap();
        let claimed = store
            .claim(1, std::time::Duration::from_secs(60))
            .await
            .unwrap();
        let record = Record {
            inbox: (entry, claimed[0].attempt),
            digest: entry.as_bytes(),
            unproved: None,
            case: (case, Some(&wrapped)),
            joined: None,
            own_case: None,
            ticket: serial.map(|serial| NewTicket {
                team: NAME,
                serial,
                needs_human: "",
                claims: 0,
                link: "",
            }),
            on_ticket: serial.map(|_| case),
            reopens: false,
            entry: NewEntry {
                id: entry,
                kind: if serial.is_some() {
                    "report"
                } else {
                    "out_of_office"
                },
                rule: "",
                answer: "by-rule",
                signature: "none",
                was_encrypted: false,
                received_hour: received,
                size_bucket: 1,
                raw: &raw,
                summary: &summary,
                reading: &reading,
            },
            parties: &[],
            answers: &[],
            foreign: &[],
            observables: None,
            answer_due: None,
            mail: &[],
            answered: None,
            repeats: None,
            said: None,
            layers: &[],
            signers: &[],
        };
        let event = Event {
            action: "opened",
            detail: String::new(),
        };
        let line = audit::next(&ring, case, None, audit::GATEWAY, event);
        let committed = store.commit(&record, &line.line()).await.unwrap();
        assert_eq!(committed, Committed::Filed);
    });
    case
}

/// Closes a ticket, as if it had been done long ago.
fn close(installation: &Installation, serial: i64, day: &str) {
    installation.run(&["ticket", "close", &serial.to_string()]);
    installation.sql(&format!(
        "UPDATE ticket SET changed_hour = '{day} 12:00+00' WHERE serial = {serial}"
    ));
}

/// A second database from a dump of the first.
fn restored(installation: &Installation, dump: &str) -> pillarbox::store::Store {
    installation.sql("CREATE DATABASE restored");
    let url = installation.cluster.url();
    let (address, query) = url.split_once('?').unwrap_or((&url, ""));
    let (server, _) = address.rsplit_once('/').unwrap();
    let url = format!("{server}/restored?{query}");
    let output = Command::new("psql")
        .args([&url, "-q", "-v", "ON_ERROR_STOP=1", "-f", dump])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    store_at(&url)
}

fn dump(installation: &Installation) -> String {
    let path = installation.path("dump.sql").display().to_string();
    let status = Command::new("pg_dump")
        .args([&installation.cluster.url(), "--no-owner", "-f", &path])
        .status()
        .unwrap();
    assert!(status.success());
    path
}

/// Everything in any row of any table that holds one of these octet strings, as `pg_dump` shows it.
fn left_of(installation: &Installation, case: Uuid) -> Vec<String> {
    let text = fs::read_to_string(dump(installation)).unwrap();
    let id = case.to_string();
    let mut table = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("COPY public.") {
            table = rest.split(' ').next().unwrap().to_owned();
        } else if line.contains(&id) && table != "audit_anchor" {
            found.push(table.clone());
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn an_erased_ticket_leaves_its_number_a_trail_and_nothing_else() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    deliver(&installation, 0..2);
    installation.settle();
    let first = cases(&installation)
        .into_iter()
        .find(|case| left_of(&installation, *case).contains(&"ticket".to_owned()))
        .unwrap();
    let serial = installation.sql(&format!("SELECT serial FROM ticket WHERE id = '{first}'"));
    let serial = serial.trim();
    let before = left_of(&installation, first);
    for table in [
        "audit",
        "case_key",
        "entry",
        "observable",
        "outbox",
        "party",
        "ticket",
    ] {
        assert!(before.contains(&table.to_owned()), "{before:?}");
    }
    let dry = installation.run(&[
        "ticket",
        "erase",
        serial,
        "--reason",
        "request",
        "--dry-run",
    ]);
    assert!(dry.contains("1 messages"), "{dry}");
    let unasked = installation.output(&["ticket", "erase", serial, "--reason", "request"]);
    assert!(!unasked.status.success());
    let wordy = installation.output(&[
        "ticket",
        "erase",
        serial,
        "--reason",
        "Mr Smith asked",
        "--yes",
    ]);
    assert_eq!(wordy.status.code(), Some(2), "a reason is a word");
    assert_eq!(installation.tickets().len(), 2);

    let said = installation.run(&["ticket", "erase", serial, "--reason", "request", "--yes"]);
    assert!(said.contains("erased"), "{said}");
    assert_eq!(
        left_of(&installation, first),
        ["audit", "audit_head", "shred_log"]
    );
    assert_eq!(installation.tickets().len(), 1);
    let gone = installation.output(&["ticket", "show", serial]);
    let errors = String::from_utf8_lossy(&gone.stderr);
    assert!(
        gone.status.code() == Some(1) && errors.contains("was erased at"),
        "{errors}"
    );
    let log = installation.json(&["retention", "log", "--json"]);
    assert_eq!(
        (&log[0]["what"], &log[0]["reason"]),
        (&"ticket".into(), &"request".into())
    );
    assert!(log[0]["ticket"].as_str().unwrap().ends_with(serial));

    // The same report again is a new ticket with a new number, not a copy of what is gone.
    let number = usize::from(!installation.run(&["ticket", "list"]).contains("Scan 1"));
    let reply = send(installation.ports.smtp, NOC, TEAM, &report(number));
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 2);
    assert!(
        !tickets
            .iter()
            .any(|ticket| ticket["reference"].as_str().unwrap().ends_with(serial))
    );
    assert!(daemon.terminate());
    // What was erased on purpose is no finding.
    installation.run(&["verify"]);
}

#[test]
fn an_erased_month_opens_nowhere_and_other_months_do() {
    let installation = Installation::new("");
    let january = file(&installation, Some(900_001), "2025-01-10", "");
    let suppressed = file(&installation, None, "2025-01-11", "");
    let march = file(&installation, Some(900_002), "2025-03-10", "");
    let dump = dump(&installation);
    let all = [january, suppressed, march];
    assert_eq!(
        open_all(&store(&installation), &ring(&installation), &all).0,
        9
    );

    let month = ["retention", "erase-month", "2025-01"];
    let dry = installation.run(&[&month[..], &["--dry-run"]].concat());
    assert!(
        dry.contains("2 cases, 1 of them open tickets; 1 keys"),
        "{dry}"
    );
    assert!(
        !installation
            .output(&[&month[..], &["--yes"]].concat())
            .status
            .success(),
        "one is open"
    );
    close(&installation, 900_001, "2025-01-12");
    assert!(
        !installation.output(&month).status.success(),
        "without a terminal --yes is wanted"
    );
    let said = installation.run(&[&month[..], &["--yes", "--reason", "law"]].concat());
    assert!(said.contains("erased 2025-01: 2 cases"), "{said}");
    assert_eq!(cases(&installation), [march]);
    assert!(!installation.path("keys/epochs/2025-01.1.epoch").exists());
    for wrong in [
        "2099-01",
        "standing",
        "January",
        &Timestamp::now().to_string()[..7],
    ] {
        let refused = installation.output(&["retention", "erase-month", wrong, "--yes"]);
        assert!(!refused.status.success(), "{wrong}");
    }
    // Again is no harm.
    installation.run(&[&month[..], &["--yes"]].concat());

    // The backup from before: its January is noise, also with the ring of today; its March opens.
    let backup = restored(&installation, &dump);
    let (opened, failed) = open_all(&backup, &ring(&installation), &all);
    assert_eq!(opened, 3);
    assert!(failed.unwrap().contains("this month is erased"));
    let log = installation.run(&["retention", "log"]);
    assert!(
        log.contains("month") && log.contains("CSIRT#900001") && log.contains("law"),
        "{log}"
    );
    // Whoever restores that backup is told, and can go on.
    installation.sql("SELECT 1");
    let mut daemon = installation.start(
        &[],
        &[("PILLARBOX__DATABASE__URL", restored_url(&installation))],
        "daemon.log",
    );
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    assert!(
        installation
            .log()
            .contains("this month is erased, and rows of it are still there")
    );
    assert!(daemon.terminate());
}

fn restored_url(installation: &Installation) -> String {
    let url = installation.cluster.url();
    let (address, query) = url.split_once('?').unwrap_or((&url, ""));
    let (server, _) = address.rsplit_once('/').unwrap();
    format!("{server}/restored?{query}")
}

#[test]
fn a_ticket_is_closed_shown_and_reopened() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    deliver(&installation, 0..1);
    installation.settle();
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let unreasoned = installation.output(&["ticket", "close", &reference, "--rejected"]);
    assert_eq!(unreasoned.status.code(), Some(2), "rejected needs a reason");
    let said = installation.run(&[
        "ticket",
        "close",
        &reference,
        "--reason",
        "the host was cleaned",
    ]);
    assert_eq!(said, format!("{reference} is resolved\n"));
    let twice = installation.output(&["ticket", "close", &reference]);
    assert_eq!(twice.status.code(), Some(1));
    assert_eq!(installation.tickets()[0]["state"], "resolved");
    let listed = installation.run(&["ticket", "list", "--state", "resolved"]);
    assert!(listed.contains(&reference), "{listed}");
    let shown = installation.run(&["ticket", "show", &reference]);
    assert!(
        shown.contains("(resolved)")
            && shown.contains("closed, resolved since, by")
            && shown.contains("the host was cleaned"),
        "{shown}"
    );
    installation.run(&["ticket", "reopen", &reference]);
    let shown = &installation.json(&["ticket", "show", &reference, "--json"])[0];
    assert_eq!(shown["state"], "open");
    let history = &shown["history"];
    assert_eq!(
        (&history[0]["action"], &history[0]["reason"]),
        (&"closed".into(), &"the host was cleaned".into())
    );
    assert_eq!(
        (&history[1]["action"], &history[1]["reason"]),
        (&"reopened".into(), &serde_json::Value::Null)
    );
    // Sealed with the ticket, also after everything was sealed anew; and the trail knows the state.
    let dumped = fs::read_to_string(dump(&installation)).unwrap();
    assert!(!dumped.contains("the host was cleaned"));
    installation.run(&["keys", "reseal", "--deep", "--all"]);
    let shown = installation.run(&["ticket", "show", &reference]);
    assert!(shown.contains("the host was cleaned"), "{shown}");
    installation.run(&["verify"]);
    assert!(daemon.terminate());
    let verify = || {
        let output = installation.output(&["verify", &reference]);
        String::from_utf8(output.stdout).unwrap()
    };
    installation.sql("UPDATE ticket SET state = 'rejected'");
    assert_eq!(verify(), format!("{reference}  ticket state: altered\n"));
    installation
        .sql("UPDATE ticket SET state = 'open'; DELETE FROM ticket_event WHERE action = 'closed'");
    assert!(
        verify().contains("ticket_event") && verify().contains("missing"),
        "{}",
        verify()
    );
}

#[test]
fn closed_tickets_go_by_age_and_label_and_open_ones_never() {
    let installation = Installation::new(
        "[retention]\ndefault = \"10 years\"\nred = \"6 months\"\namber = \"1 year\"\nsuppressed = \"30 days\"\n",
    );
    let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let days_ago = |days: i32| {
        now.checked_sub(jiff::Span::new().days(days))
            .unwrap()
            .strftime("%Y-%m-%d")
            .to_string()
    };
    let filed = [
        (Some(1), 250, "RED", true),
        (Some(2), 250, "RED", false),
        (Some(3), 250, "AMBER", true),
        (Some(4), 400, "AMBER+STRICT", true),
        (Some(5), 400, "", true),
        (None, 40, "", true),
        (None, 20, "", true),
        (Some(6), 800, "AMBER", true),
    ];
    for (serial, days, tlp, is_closed) in filed {
        file(&installation, serial, &days_ago(days), tlp);
        if let Some(serial) = serial.filter(|_| is_closed) {
            close(&installation, serial, &days_ago(days));
        }
    }
    // What changed lately is young, however old the ticket is.
    let lately = days_ago(10);
    installation.sql(&format!(
        "UPDATE ticket SET changed_hour = '{lately} 12:00+00' WHERE serial = 6"
    ));
    let plan = installation.json(&["retention", "plan", "--json"]);
    let classes: Vec<&str> = plan
        .iter()
        .map(|due| due["class"].as_str().unwrap())
        .collect();
    assert_eq!(classes, ["TLP:AMBER+STRICT", "TLP:RED", "suppressed"]);
    assert_eq!(plan[0]["kept_for"], "1 year");
    let shown = installation.run(&["retention", "run", "--dry-run"]);
    assert!(
        shown.contains("TLP:RED") && shown.contains("6 months"),
        "{shown}"
    );
    assert_eq!(cases(&installation).len(), 8);
    assert!(
        !installation.output(&["retention", "run"]).status.success(),
        "not without --yes"
    );

    let said = installation.run(&["retention", "run", "--yes"]);
    assert!(said.contains("erased: 3"), "{said}");
    assert_eq!(cases(&installation).len(), 5);
    let left: Vec<i64> = installation
        .sql("SELECT serial FROM ticket ORDER BY serial")
        .lines()
        .map(|serial| serial.parse().unwrap())
        .collect();
    assert_eq!(left, [2, 3, 5, 6]);
    // Of a month of which nothing is left the key goes, too; not of one that still has something.
    let month = |days| days_ago(days)[..7].to_owned();
    let is_erased = |days| {
        installation
            .path(&format!("keys/epochs/{}.erased", month(days)))
            .exists()
    };
    assert!(!is_erased(250), "two tickets of it are left");
    assert!(!is_erased(400), "one ticket of it is left");
    installation.run(&["ticket", "reopen", "5"]);
    assert!(installation.run(&["retention", "plan"]).contains("nothing"));
    installation.run(&["ticket", "close", "5", "--rejected", "--reason", "not ours"]);
    installation.sql("UPDATE ticket SET changed_hour = '2001-01-01 00:00+00' WHERE serial = 5");
    let said = installation.run(&["retention", "run", "--yes"]);
    assert!(is_erased(400), "{said}");
    let again = installation.run(&["retention", "run", "--yes"]);
    assert!(again.contains("erased: 0"), "{again}");
    assert!(
        installation
            .run(&["retention", "plan"])
            .contains("nothing was kept long enough")
    );
}
