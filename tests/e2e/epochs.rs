//! Keys of months on several machines, and what a kill leaves behind of them (threats.md B3, T73).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use uuid::Uuid;

use crate::hierarchy::{NOC, deliver, open_all, ring, store};
use crate::mail::{TEAM, mail};
use crate::retention::file;
use crate::support::{Daemon, Installation, free_port, send, wait_for};

/// Another machine on the same database: its own folder of months, as it was when the ring was copied there.
struct Machine {
    folder: PathBuf,
    log: &'static str,
}

impl Machine {
    fn new(installation: &Installation, name: &'static str, log: &'static str) -> Machine {
        let folder = installation.path(name);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let standing = "standing.1.epoch";
        let from = installation.path("keys/epochs").join(standing);
        fs::copy(from, folder.join(standing)).unwrap();
        Machine { folder, log }
    }

    fn environment(&self) -> (&'static str, String) {
        (
            "PILLARBOX__STORAGE__EPOCH_DIR",
            self.folder.display().to_string(),
        )
    }

    fn worker(&self, installation: &Installation) -> Daemon {
        let (name, folder) = self.environment();
        let port = free_port();
        let environment = [
            (name, folder),
            ("PILLARBOX__ADMIN__ADDRESS", format!("127.0.0.1:{port}")),
        ];
        let mut daemon = installation.start(&["--role", "worker"], &environment, self.log);
        installation.wait_for_port(&mut daemon, port);
        daemon
    }

    fn output(&self, installation: &Installation, arguments: &[&str]) -> Output {
        let mut command = installation.command(arguments);
        command.envs([self.environment()]).output().unwrap()
    }

    fn log(&self, installation: &Installation) -> String {
        fs::read_to_string(installation.path(self.log)).unwrap_or_default()
    }

    fn files(&self) -> Vec<String> {
        files(&self.folder)
    }
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "audit.anchor")
        .collect();
    names.sort();
    names
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

#[test]
fn two_machines_without_a_shared_folder_never_make_two_keys_for_one_month() {
    let installation = Installation::new("");
    let [first, second] = [
        Machine::new(&installation, "first", "first.log"),
        Machine::new(&installation, "second", "second.log"),
    ];
    let listener = installation.start(&["--role", "listener"], &[], "daemon.log");
    let waiting = || {
        installation
            .sql("SELECT count(*) FROM inbox")
            .trim()
            .to_owned()
    };
    let (one, two) = (first.worker(&installation), second.worker(&installation));
    wait_for("the listener", Duration::from_secs(30), || {
        std::net::TcpStream::connect(("127.0.0.1", installation.ports.smtp)).is_ok()
    });
    // The first makes the month's key while the second looks away.
    two.signal("STOP");
    deliver(&installation, 0..1);
    wait_for("the first worker", Duration::from_secs(60), || {
        waiting() == "0"
    });
    one.signal("STOP");
    two.signal("CONT");
    deliver(&installation, 1..2);
    wait_for(
        "the second to say what it lacks",
        Duration::from_secs(60),
        || second.log(&installation).contains("is missing: copy") || waiting() == "0",
    );
    let month = first.files()[0].clone();
    assert!(month.ends_with(".1.epoch"), "{month}");
    assert_eq!(second.files(), ["standing.1.epoch"]);
    assert_eq!(waiting(), "1", "it waits");
    let said = second.log(&installation);
    assert!(
        said.contains(&month) && said.contains("from the machine that has it"),
        "{said}"
    );
    for arguments in [&["doctor"][..], &["keys", "check"]] {
        let output = second.output(&installation, arguments);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&month), "{arguments:?}: {said}");
    }

    // The file is all that it needs.
    let copied = second.folder.join(&month);
    fs::copy(first.folder.join(&month), &copied).unwrap();
    wait_for("the second worker", Duration::from_secs(120), || {
        installation.sql("UPDATE inbox SET due_at = now()");
        waiting() == "0"
    });
    for arguments in [&["keys", "check"][..], &["verify"]] {
        let output = second.output(&installation, arguments);
        assert!(output.status.success(), "{}", text(&output));
    }
    let rows = installation.sql("SELECT count(*) FROM epoch_key WHERE epoch > 0");
    assert_eq!(rows.trim(), "1");
    drop((one, two, listener));
}

/// What changes names of files, and what makes it last: each system call under the names that machines have for it.
const FILES: [&str; 4] = [
    "rename,renameat,renameat2",
    "link,linkat",
    "unlink,unlinkat",
    "fsync",
];

/// Every point at which a command can be killed: tries the first, second … call of each sort until one is not reached.
fn every_step(calls: &[&str], mut one: impl FnMut(usize, &str, usize) -> bool) -> usize {
    let mut round = 0;
    for calls in calls {
        for step in 1.. {
            round += 1;
            if !one(round, calls, step) {
                break;
            }
        }
    }
    round
}

fn month_of(round: usize) -> String {
    format!("{}-{:02}", 2020 + round / 12, round % 12 + 1)
}

/// What is in the folder of months and should not be any more; taken away, so that it is told once.
fn left(epochs: &Path) -> Vec<String> {
    let mut left = files(epochs);
    left.retain(|name| !name.ends_with(".erased") && name != "standing.1.epoch");
    for name in &left {
        fs::remove_file(epochs.join(name)).unwrap();
    }
    left
}

/// Runs a command that is killed when one of its threads makes such a system call for the `step`-th time; whether it was.
fn killed(installation: &Installation, arguments: &[&str], calls: &str, step: usize) -> bool {
    let plain = installation.command(arguments);
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null"])
        .arg(format!("--trace={calls}"))
        .arg(format!("--inject={calls}:signal=SIGKILL:when={step}"))
        .arg(plain.get_program())
        .args(plain.get_args())
        .output()
        .unwrap();
    let was_killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
    assert!(was_killed || output.status.success(), "{}", text(&output));
    was_killed
}

/// B3: wherever an erasure of a month is killed, the gateway starts, and the second run leaves nothing of the key.
#[test]
fn an_erasure_killed_at_any_step_stops_no_start_and_is_finished_by_the_next() {
    let installation = Installation::new("");
    let epochs = installation.path("keys/epochs");
    let mut faults = Vec::new();
    let rounds = every_step(&FILES, |round, calls, step| {
        let month = month_of(round);
        let serial = i64::try_from(round).unwrap();
        file(&installation, Some(serial), &format!("{month}-05"), "");
        let erase = ["retention", "erase-month", &month, "--open-too", "--yes"];
        let was_killed = killed(&installation, &erase, calls, step);
        // What the daemon does at its start.
        let listed = installation.output(&["keys", "list"]);
        if !listed.status.success() {
            faults.push(format!("{calls} {step}: {}", text(&listed)));
            fs::remove_file(epochs.join(format!("{month}.1.epoch"))).unwrap();
        }
        let again = installation.output(&erase);
        if !again.status.success() {
            faults.push(format!("{calls} {step}, again: {}", text(&again)));
        }
        let left = left(&epochs);
        if !left.is_empty() {
            faults.push(format!("{calls} {step}: {left:?} left"));
        }
        was_killed
    });
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(rounds > 10, "tried at {rounds} points only");
    assert_eq!(
        installation.sql("SELECT count(*) FROM case_key").trim(),
        "0"
    );
    let open = installation.sql("SELECT count(*) FROM shred_log WHERE ended_at IS NULL");
    assert_eq!(open.trim(), "0");
    installation.run(&["verify"]);
}

/// A key that a reseal has replaced is destroyed: a kill in the middle of it leaves no file that can't be read.
#[test]
fn a_reseal_killed_at_any_step_stops_no_start() {
    let installation = Installation::new("");
    let reseal = ["keys", "reseal", "--deep", "--month", "standing"];
    let mut faults = Vec::new();
    every_step(&FILES, |_, calls, step| {
        // From a clean state: what an earlier kill left is ended first.
        installation.run(&reseal);
        let was_killed = killed(&installation, &reseal, calls, step);
        let listed = installation.output(&["keys", "list"]);
        if !listed.status.success() {
            faults.push(format!("{calls} {step}: {}", text(&listed)));
        }
        faults.is_empty() && was_killed
    });
    assert!(faults.is_empty(), "{faults:#?}");
    // The first ends what was begun, the second replaces what was made meanwhile.
    for _ in 0..2 {
        installation.run(&reseal);
    }
    let _daemon = installation.serve();
    let left = files(&installation.path("keys/epochs"));
    assert_eq!(left.len(), 1, "{left:?}");
    deliver(&installation, 0..1);
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
}

/// A rotation that was killed while it wrapped a month's key leaves no copy of it that outlives the erasure of the month.
#[test]
fn no_draft_of_a_months_key_outlives_its_erasure() {
    let installation = Installation::new("");
    let epochs = installation.path("keys/epochs");
    let (mut faults, mut drafts) = (Vec::new(), 0);
    every_step(&FILES[..3], |round, calls, step| {
        let month = month_of(round);
        let serial = i64::try_from(round).unwrap();
        file(&installation, Some(serial), &format!("{month}-05"), "");
        let rotate = ["keys", "rotate", "storage"];
        let was_killed = killed(&installation, &rotate, calls, step);
        let is_draft = |name: &String| name.ends_with(".draft");
        drafts += usize::from(files(&epochs).iter().any(is_draft));
        let (opened, failed) = open_all(
            &store(&installation),
            &ring(&installation),
            &crate::hierarchy::cases(&installation),
        );
        if let Some(failed) = failed {
            faults.push(format!("{calls} {step}: after {opened}, {failed}"));
        }
        let erase = ["retention", "erase-month", &month, "--open-too", "--yes"];
        installation.run(&erase);
        let left = left(&epochs);
        if !left.is_empty() {
            faults.push(format!("{calls} {step}: {left:?} left"));
        }
        was_killed
    });
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(drafts > 0, "no kill left a draft");
}

/// `ticket erase` is one statement: killed whenever, the ticket is there whole or gone whole.
#[test]
fn a_ticket_whose_erasure_is_killed_is_whole_or_gone() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    deliver(&installation, 0..8);
    installation.settle();
    assert!(daemon.terminate());
    let mut kills = 0;
    for (step, ticket) in (1..).zip(installation.tickets()) {
        let reference = ticket["reference"].as_str().unwrap().to_owned();
        let erase = ["ticket", "erase", &reference, "--reason", "test", "--yes"];
        // At one of its words to the database, or to us.
        let calls = "sendto,sendmsg,write,writev";
        let was_killed = killed(&installation, &erase, calls, step);
        kills += usize::from(was_killed);
        let rows = installation.sql(
            "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM case_key WHERE epoch > 0), (SELECT count(*) FROM entry)",
        );
        let counts: Vec<&str> = rows.trim().split('|').collect();
        assert!(counts.iter().all(|count| count == &counts[0]), "{rows}");
        let there = installation.output(&["ticket", "show", &reference]);
        if !there.status.success() {
            assert!(text(&there).contains("was erased at"), "{}", text(&there));
        }
        assert!(was_killed || !there.status.success());
        installation.run(&["verify"]);
    }
    assert!(kills > 2, "{kills} were killed in time");
}

/// The month's key is gone and its rows are still there: an answer to one of its tickets is filed, not kept for ever.
#[test]
fn mail_to_a_ticket_of_a_half_erased_month_becomes_a_ticket_that_says_so() {
    let installation = Installation::new("");
    let ticket = file(&installation, Some(17), "2025-03-05", "");
    let ring = ring(&installation);
    let token = ring.reply_token(ticket.into_bytes(), "", "ack");
    let epochs = installation.path("keys/epochs");
    fs::remove_file(epochs.join("2025-03.1.epoch")).unwrap();
    fs::write(epochs.join("2025-03.erased"), "").unwrap();
    let _daemon = installation.serve();
    let answer = mail(
        NOC,
        "Re: [CSIRT#000017] it goes on",
        "again@partner.example",
        &format!("In-Reply-To: <ack.000017.{token}@team.example>\n"),
        "198.51.100.7 is attacked from 192.0.2.10 again, at 2026-03-05 02:11:09 UTC.",
    );
    let digest = ring.digest(vault::Purpose::Party, &[ticket.as_bytes(), NOC.as_bytes()]);
    let hex: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    installation.sql(&format!(
        "INSERT INTO party (ticket, digest) VALUES ('{ticket}', '\\x{hex}')"
    ));
    let reply = send(installation.ports.smtp, NOC, TEAM, &answer);
    assert!(reply.starts_with("250"), "{reply}");
    wait_for("the answer to be filed", Duration::from_secs(40), || {
        installation.sql("SELECT count(*) FROM inbox").trim() == "0"
    });
    let claims = installation
        .sql("SELECT claims FROM ticket WHERE id <> (SELECT id FROM ticket WHERE serial = 17)");
    assert_eq!(claims.trim(), "17");
    // The daemon says at its start that rows are left, and the erasure can be ended.
    assert!(
        installation.log().contains("2025-03"),
        "{}",
        installation.log()
    );
    installation.run(&["retention", "erase-month", "2025-03", "--open-too", "--yes"]);
    installation.run(&["verify"]);
}

#[test]
fn a_lost_public_inbox_key_is_written_again_from_the_ring() {
    let installation = Installation::new("");
    let path = installation.path("keys/inbox.pub");
    let public = fs::read_to_string(&path).unwrap();
    for lost in [true, false] {
        fs::remove_file(&path).unwrap();
        if !lost {
            fs::write(&path, "damaged\n").unwrap();
        }
        let doctor = text(&installation.output(&["doctor"]));
        assert!(doctor.contains("keys rewrap"), "{doctor}");
        let said = installation.run(&["keys", "rewrap"]);
        assert!(said.contains("inbox.pub"), "{said}");
        assert_eq!(fs::read_to_string(&path).unwrap(), public);
    }
    let _daemon = installation.serve();
    deliver(&installation, 0..1);
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
}

/// Whoever owns the database cuts the deployment's own chain back to an older head, which was good once.
#[test]
fn a_chain_cut_back_by_the_owner_of_the_database_is_named() {
    let installation = Installation::new("");
    let anchor = installation.path("keys/epochs/audit.anchor");
    let daemon = installation.serve();
    deliver(&installation, 0..1);
    installation.settle();
    let nobody = Uuid::nil();
    installation.run(&["ticket", "search", "192.0.2.10"]);
    installation.sql(&format!(
        "CREATE TABLE kept AS SELECT * FROM audit_head WHERE case_id = '{nobody}'"
    ));
    installation.output(&["ticket", "search", "192.0.2.11"]);
    installation.output(&["ticket", "search", "192.0.2.12"]);
    installation.run(&["verify"]);
    // At the end the daemon writes down how long it is.
    assert!(daemon.terminate());
    installation.run(&["verify"]);
    let cut = format!(
        "DELETE FROM audit_anchor WHERE line > (SELECT number FROM kept);
         DELETE FROM audit WHERE case_id = '{nobody}' AND number > (SELECT number FROM kept);
         UPDATE audit_head a SET number = k.number, mac = k.mac, seal = k.seal, anchored = k.anchored FROM kept k WHERE a.case_id = k.case_id;
         UPDATE audit_head SET anchored = 0; DROP TABLE kept"
    );
    installation.sql(&cut);
    let output = installation.output(&["verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("truncated"), "{}", text(&output));
    // Going on doesn't cover it: the chain grows again, and the line that the file names is another one.
    let kept = fs::read_to_string(&anchor).unwrap();
    let daemon = installation.serve();
    for _ in 0..4 {
        installation.output(&["ticket", "search", "192.0.2.13"]);
    }
    wait_for("the daemon to say so", Duration::from_secs(30), || {
        installation.log().contains("was cut back")
    });
    assert!((installation.metric("pillarbox_audit_cut_back") - 1.0).abs() < 0.1);
    assert!(daemon.terminate());
    assert_eq!(fs::read_to_string(&anchor).unwrap(), kept);
    let output = installation.output(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    // Whoever knows why, as after a restore, says so.
    let said = installation.run(&["verify", "--accept-anchor"]);
    assert!(said.contains("audit.anchor"), "{said}");
    installation.run(&["verify"]);
}

#[test]
fn a_damaged_anchor_is_told_and_stops_nothing() {
    let installation = Installation::new("");
    let anchor = installation.path("keys/epochs/audit.anchor");
    let daemon = installation.serve();
    installation.output(&["ticket", "search", "192.0.2.10"]);
    assert!(daemon.terminate());
    let text_of = fs::read_to_string(&anchor).unwrap();
    let flipped = if text_of.ends_with("0\n") {
        "1\n"
    } else {
        "0\n"
    };
    fs::write(
        &anchor,
        format!("{}{flipped}", &text_of[..text_of.len() - 2]),
    )
    .unwrap();
    let output = installation.output(&["verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("altered"), "{}", text(&output));
    let _daemon = installation.serve();
    deliver(&installation, 0..1);
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
}
