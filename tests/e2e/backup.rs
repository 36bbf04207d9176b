//! Backup and restore with the real binary, as the README says them: nothing is lost, nothing leaves twice, no number is
//! given twice (T74), whatever is wrong is refused, and neither needs memory for what it copies.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::mail::{TEAM, field, mail};
use crate::support::{Daemon, Installation, free_port, send, wait_for};

const NOC: &str = "noc@partner.example";
const PATIENCE: Duration = Duration::from_secs(60);

fn report(installation: &Installation, number: usize) {
    let message = mail(
        NOC,
        &format!("Scan {number}"),
        &format!("b.{number}@partner.example"),
        "",
        "Our server 198.51.100.7 is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.",
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &message);
    assert!(reply.starts_with("250"), "{reply}");
}

/// Some of the roles, and whether they have come up.
fn start(installation: &Installation, roles: &[&str], log: &'static str) -> Daemon {
    let arguments: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
    let port = match roles.contains(&"listener") {
        true => installation.ports.smtp,
        false => free_port(),
    };
    let mut environment = Vec::new();
    if !roles.contains(&"listener") {
        environment.push(("PILLARBOX__ADMIN__ADDRESS", format!("127.0.0.1:{port}")));
    }
    let mut daemon = installation.start(&arguments, &environment, log);
    installation.wait_for_port(&mut daemon, port);
    daemon
}

/// From here on every command means another database of the same cluster.
fn move_to(installation: &Installation, database: &str) {
    installation.sql(&format!("CREATE DATABASE {database}"));
    let url = installation.cluster.url();
    let url = format!("{}/{database}", url.strip_suffix("/pillarbox").unwrap());
    let text = format!("[database]\nurl = \"{url}\"\n");
    fs::write(installation.path("conf.d/elsewhere.toml"), text).unwrap();
}

fn references(installation: &Installation) -> BTreeSet<String> {
    let tickets = installation.tickets();
    let reference = |ticket: &serde_json::Value| ticket["reference"].as_str().unwrap().to_owned();
    tickets.iter().map(reference).collect()
}

/// To which message of theirs each of our answers belongs.
fn answered(installation: &Installation) -> Vec<String> {
    let mut all: Vec<String> = installation
        .outbox()
        .iter()
        .map(|answer| field(answer, "In-Reply-To").unwrap())
        .collect();
    all.sort();
    all
}

fn failure(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What was before, when the backup was made, and what had been given out when the disaster came.
struct Disaster {
    installation: Installation,
    file: String,
    before: BTreeSet<String>,
    given: BTreeSet<String>,
}

/// Four tickets are answered, one mail is queued and two messages wait when the backup is made. Then all is answered, and
/// five more come. Then the database is gone.
fn disaster() -> Disaster {
    let installation = Installation::new("");
    let daemon = installation.serve();
    (0..4).for_each(|number| report(&installation, number));
    installation.settle();
    assert!(daemon.terminate());
    let daemon = start(&installation, &["listener", "worker"], "second.log");
    report(&installation, 4);
    wait_for("the fifth ticket", PATIENCE, || {
        installation.tickets().len() == 5
    });
    assert!(daemon.terminate());
    let daemon = start(&installation, &["listener"], "third.log");
    (5..7).for_each(|number| report(&installation, number));
    let file = installation.path("pillarbox.pbx").display().to_string();
    let said = installation.run(&["backup", &file]);
    for word in ["Keep elsewhere", "storage.ring", "epochs", "openpgp"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(daemon.terminate());
    let before = references(&installation);
    let daemon = installation.serve();
    (7..12).for_each(|number| report(&installation, number));
    installation.settle();
    assert!(daemon.terminate());
    let given = references(&installation);
    let counts = (before.len(), given.len(), installation.outbox().len());
    assert_eq!(counts, (5, 12, 12));
    move_to(&installation, "elsewhere");
    Disaster {
        installation,
        file,
        before,
        given,
    }
}

#[test]
fn restored_installation_answers_nobody_twice_and_gives_no_number_twice() {
    let Disaster {
        installation,
        file,
        before,
        given,
    } = disaster();
    let restored = &installation.json(&["restore", &file, "--json"])[0];
    assert_eq!(
        (&restored["held"], &restored["inbox"]),
        (&1.into(), &2.into())
    );
    assert_eq!(restored["skipped_numbers"], 1_000);
    assert_eq!(references(&installation), before);
    installation.run(&["verify"]);
    let daemon = installation.serve();
    installation.settle();
    wait_for("the two that waited", PATIENCE, || {
        installation.tickets().len() == 7
    });

    // Who writes again is counted, who is new is answered, and nobody gets a number that somebody else has.
    report(&installation, 0);
    report(&installation, 20);
    installation.settle();
    let now = references(&installation);
    let fresh: BTreeSet<&String> = now.difference(&before).collect();
    assert_eq!((now.len(), fresh.len()), (8, 3));
    assert!(
        fresh.iter().all(|reference| !given.contains(*reference)),
        "{fresh:?}"
    );
    let answers = answered(&installation);
    let once: BTreeSet<&String> = answers.iter().collect();
    assert_eq!(
        (answers.len(), once.len()),
        (13, 13),
        "one answer each: {answers:?}"
    );
    an_analyst_decides(&installation);
    assert!(daemon.terminate());
    assert_eq!(installation.outbox().len(), 14);
    installation.run(&["verify"]);
}

/// One of the held mails has left already, one has not, the third is nobody's business any more.
fn an_analyst_decides(installation: &Installation) {
    let held = installation.json(&["outbox", "list", "--json"]);
    assert_eq!(held.len(), 3, "{held:?}");
    assert!(held.iter().all(|mail| mail["recipient"] == NOC));
    let reference = held[0]["ticket"].as_str().unwrap();
    let table = installation.run(&["outbox", "list"]);
    assert!(table.contains(NOC) && table.contains(reference));
    assert!(
        installation
            .run(&["ticket", "show", reference])
            .contains("Acknowledgement: held")
    );
    // 1 queued when the backup was made, and two answers.
    assert!((installation.metric("pillarbox_outbox_held") - 3.0).abs() < 0.1);
    let id = |number: usize| held[number]["id"].as_str().unwrap();
    installation.run(&["outbox", "drop", id(0)]);
    assert!(failure(&installation.output(&["outbox", "drop", id(0)])).contains("no held mail"));
    assert_eq!(
        installation.run(&["outbox", "release", id(1)]),
        "1 will leave\n"
    );
    wait_for("the released answer", PATIENCE, || {
        installation.outbox().len() == 14
    });
    assert_eq!(
        installation.run(&["outbox", "drop", "--all"]),
        "1 given up\n"
    );
    assert_eq!(installation.run(&["outbox", "list"]), "no mail is held\n");
}

/// Three tickets and their backup, made while the daemon ran.
fn backed_up() -> (Installation, String) {
    let installation = Installation::new("");
    let daemon = installation.serve();
    (0..3).for_each(|number| report(&installation, number));
    installation.settle();
    let path = installation.path("pillarbox.pbx");
    let file = path.display().to_string();
    let made = &installation.json(&["backup", &file, "--json"])[0];
    assert!(daemon.terminate());
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(made["octets"], metadata.len());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let verified = &installation.json(&["backup", "verify", &file, "--json"])[0];
    assert_eq!(verified["tables"], made["tables"]);
    let tables = verified["tables"].as_array().unwrap();
    for (name, rows) in [("ticket", 3), ("inbox", 0), ("entry", 3), ("outbox", 3)] {
        let table = tables.iter().find(|table| table["name"] == name).unwrap();
        assert_eq!(table["rows"], rows, "{name}");
    }
    (installation, file)
}

#[test]
fn a_backup_is_checked_and_never_mixed_with_what_is_there() {
    let (installation, file) = backed_up();
    let said = installation.run(&["backup", "verify", &file]);
    assert!(said.contains("whole and unchanged"), "{said}");
    assert!(failure(&installation.output(&["backup", &file])).contains("never overwrites"));
    let names = fs::read_dir(installation.folder.path()).unwrap();
    let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(
        !names.any(|name| name.starts_with('.')),
        "nothing is left over"
    );
    let text = failure(&installation.output(&["restore", &file]));
    assert!(
        text.contains("not empty") && text.contains("createdb"),
        "{text}"
    );

    // Through pipes, into a database that was never migrated; and once only.
    move_to(&installation, "elsewhere");
    let piped = installation
        .command(&["restore", "-"])
        .stdin(File::open(&file).unwrap())
        .output()
        .unwrap();
    assert!(piped.status.success(), "{piped:?}");
    assert_eq!(installation.tickets().len(), 3);
    // Half a backup is none, whoever closed the pipe.
    let mut command = installation.command(&["backup", "-"]);
    let mut cut = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(cut.stdout.take());
    assert!(failure(&cut.wait_with_output().unwrap()).contains("before the backup was whole"));
    let again = installation.output(&["backup", "-"]);
    assert!(again.status.success(), "{again:?}");
    let copy = installation.path("copy.pbx");
    fs::write(&copy, again.stdout).unwrap();
    installation.run(&["backup", "verify", copy.to_str().unwrap()]);
    assert!(failure(&installation.output(&["restore", &file])).contains("not empty"));
}

#[test]
fn a_wrong_backup_is_refused_and_nothing_is_written() {
    let (installation, file) = backed_up();
    move_to(&installation, "elsewhere");
    let whole = fs::read(&file).unwrap();
    let bad = installation.path("bad.pbx");
    let bad_file = bad.display().to_string();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x40;
    for (wrong, word) in [
        (whole[..whole.len() - 1].to_vec(), "damaged"),
        (whole[..whole.len() / 2].to_vec(), "damaged"),
        (flipped, "damaged"),
        (b"something else".repeat(100), "not a backup"),
        (Vec::new(), "not a backup"),
    ] {
        fs::write(&bad, wrong).unwrap();
        for command in [
            &["restore", &bad_file][..],
            &["backup", "verify", &bad_file],
        ] {
            let text = failure(&installation.output(command));
            assert!(text.contains(word), "{command:?}: {text}");
        }
        let output = installation.output(&["ticket", "list", "--json"]);
        assert!(output.stdout.is_empty(), "{output:?}");
    }
    // Another installation's ring, and its name.
    let keys = installation.path("keys");
    let aside = installation.path("aside");
    fs::rename(&keys, &aside).unwrap();
    installation.run(&["keys", "generate", "storage"]);
    assert!(failure(&installation.output(&["restore", &file])).contains("another ring"));
    fs::remove_dir_all(&keys).unwrap();
    fs::rename(&aside, &keys).unwrap();
    let mut renamed = installation.command(&["restore", &file]);
    let renamed = renamed.env("PILLARBOX__TEAM__NAME", "Other").output();
    assert!(failure(&renamed.unwrap()).contains("team CSIRT"));
    installation.run(&["restore", &file]);
    assert_eq!(installation.tickets().len(), 3);
}

/// Ten thousand entries and a message of 24 MiB.
const MUCH: &str = "
    INSERT INTO case_key SELECT gen_random_uuid(), '\\x00000000000000' FROM generate_series(1, 10000);
    INSERT INTO ticket SELECT id, 'CSIRT', row_number() OVER (), 'new', '', false, 0, now(), now() FROM case_key;
    INSERT INTO entry (id, case_id, ticket, kind, was_encrypted, received_hour, size_bucket, raw, summary, reading)
        SELECT gen_random_uuid(), id, id, 'report', false, now(), 12, decode(repeat(md5(id::text), 512), 'hex'), '', '' FROM ticket;
    INSERT INTO observable SELECT id, case_id, '2026-11-01', decode(repeat(md5(id::text), 80), 'hex') FROM entry;
    INSERT INTO observable_index SELECT id, 0, '2026-11-01', n, gen_random_uuid() FROM entry, generate_series(1, 10) n;
    INSERT INTO inbox (id, size, envelope, content) SELECT gen_random_uuid(), 1, '', decode(repeat(md5('1'), 3 << 19), 'hex')";

/// Runs it to its end, and looks how much memory it held at most, in KiB.
fn watched(mut child: Child) -> u64 {
    let mut peak = 0;
    let status = format!("/proc/{}/status", child.id());
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success());
            return peak;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

#[test]
fn backup_and_restore_hold_little_in_memory() {
    let installation = Installation::new("");
    installation.sql(MUCH);
    let file = installation.path("much.pbx").display().to_string();
    let spawn = |arguments: &[&str]| -> Child {
        let mut command: Command = installation.command(arguments);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let backup = watched(spawn(&["backup", &file]));
    let octets = fs::metadata(&file).unwrap().len();
    assert!(octets > 100 << 20, "{octets}");
    let verify = watched(spawn(&["backup", "verify", &file]));
    move_to(&installation, "elsewhere");
    let restore = watched(spawn(&["restore", &file]));
    // The largest row counts for the backup, which gets it whole from Postgres; nothing else does.
    let limit = 24 * 3 + 64;
    for peak in [backup, verify, restore] {
        assert!(0 < peak && peak >> 10 < limit, "{} MiB", peak >> 10);
    }
    assert!(
        verify >> 10 < 64 && restore >> 10 < 64,
        "{verify} {restore}"
    );
    let count =
        "SELECT (SELECT count(*) FROM entry) || ' ' || (SELECT count(*) FROM observable_index)";
    let url = fs::read_to_string(installation.path("conf.d/elsewhere.toml")).unwrap();
    let url = url.split('"').nth(1).unwrap();
    let output = Command::new("psql")
        .arg(url)
        .args(["-qAtc", count])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "10000 100000"
    );
}
