//! Storage that analysts alone can read: mail is taken, joined and answered as ever, and nothing on the gateway opens it again.

use std::fs;
use std::process::Output;

use pillarbox::{config, keyfiles, sealing};
use serde_json::Value;
use uuid::Uuid;
use vault::{CaseKey, Sealed, VaultError, WrappedKey};

use crate::gnupg::{Gnupg, encrypted_entity};
use crate::mail::{TEAM, crlf, field, id_of, mail};
use crate::search::marker;
use crate::support::{Daemon, Installation, send};

const NOC: &str = "noc@partner.example";

/// A gateway in analyst-only mode, and an analyst whose certificate it has.
pub struct Sealing {
    pub installation: Installation,
    pub alice: Gnupg,
}

impl Sealing {
    fn new() -> Sealing {
        Sealing::with("")
    }

    /// With more configuration.
    pub fn with(extra: &str) -> Sealing {
        let installation = Installation::new("");
        let folder = installation.path("analysts");
        let text = format!(
            "[storage]\nreadable_by = \"analysts\"\nanalysts_dir = \"{}\"\n{extra}",
            folder.display()
        );
        fs::write(installation.path("conf.d/test.toml"), text).unwrap();
        fs::create_dir(folder).unwrap();
        let alice = Gnupg::new();
        alice.make_key("Alice <alice@team.example>");
        let sealing = Sealing {
            installation,
            alice,
        };
        sealing.refuses("no certificate");
        sealing.admit("alice", &sealing.alice);
        sealing
            .installation
            .run(&["keys", "generate", "index-ratchet"]);
        sealing
    }

    fn refuses(&self, why: &str) {
        let checked = self.installation.output(&["config", "check"]);
        let said = String::from_utf8_lossy(&checked.stderr);
        assert_eq!(checked.status.code(), Some(78), "{said}");
        assert!(said.contains(why), "{said}");
    }

    fn certificate(&self, name: &str) -> std::path::PathBuf {
        self.installation.path(&format!("analysts/{name}.asc"))
    }

    fn admit(&self, name: &str, gnupg: &Gnupg) {
        let certificate = gnupg.export(&format!("{name}@team.example"));
        fs::write(self.certificate(name), certificate).unwrap();
    }

    fn serve(&self) -> Daemon {
        self.installation.serve()
    }

    fn submit(&self, message: &str) {
        let reply = send(self.installation.ports.smtp, NOC, TEAM, message);
        assert!(reply.starts_with("250"), "{reply}");
        self.installation.settle();
    }

    /// A command with an analyst's own key.
    fn output(&self, gnupg: &Gnupg, arguments: &[&str]) -> Output {
        let mut command = self.installation.command(arguments);
        command.env("PILLARBOX__ANALYST__GNUPG_HOME", gnupg.home());
        command.arg("--analyst").output().unwrap()
    }

    pub fn run(&self, gnupg: &Gnupg, arguments: &[&str]) -> String {
        let output = self.output(gnupg, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, gnupg: &Gnupg, arguments: &[&str]) -> Vec<Value> {
        let lines = self.run(gnupg, arguments);
        let lines = lines.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Subjects of the first messages of all tickets, as this analyst sees them.
    fn subjects(&self, gnupg: &Gnupg) -> Vec<String> {
        let tickets = self.json(gnupg, &["ticket", "list", "--json"]);
        let subject = |ticket: &Value| ticket["first"]["subject"].as_str().unwrap().to_owned();
        tickets.iter().map(subject).collect()
    }
}

fn octets(hex: &str) -> Vec<u8> {
    let pairs = hex.trim().as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Names of rows, and a column.
fn rows(installation: &Installation, statement: &str) -> Vec<(String, Vec<u8>)> {
    let found = installation.sql(statement);
    let lines = found.lines().map(|line| line.rsplit_once('|').unwrap());
    lines
        .map(|(name, hex)| (name.to_owned(), octets(hex)))
        .collect()
}

fn encrypted(gnupg: &Gnupg, subject: &str, text: &str) -> String {
    let entity = crlf(&format!(
        "Content-Type: text/plain; charset=utf-8; protected-headers=\"v1\"\nSubject: {subject}\n\n{text}\n"
    ));
    let (head, body) = encrypted_entity(&gnupg.sign_and_encrypt(NOC, TEAM, &entity));
    mail(NOC, "...", "sealed@partner.example", &head, &body)
}

/// A report, a copy of it, a reply to its acknowledgement, an encrypted report, and an absence note; the markers in them.
fn submit_all(sealing: &Sealing) -> Vec<String> {
    let markers: Vec<String> = (0..5).map(|_| marker()).collect();
    let [subject, text, reply, inside, away] = markers.as_slice() else {
        unreachable!()
    };
    let report = format!("Hello,\n\nour server is attacked from 192.0.2.10, see {text}.\n");
    sealing.submit(&mail(NOC, subject, "first@partner.example", "", &report));
    let copy = mail(NOC, subject, "first@partner.example", "", &report);
    sealing.submit(&format!("X-Way: another\r\n{copy}"));
    let acknowledgement = sealing.installation.outbox().remove(0);
    let answer = format!("In-Reply-To: <{}>\n", id_of(&acknowledgement));
    let text = format!("It goes on from 192.0.2.11: {reply}.\n");
    let title = format!("Re: {}", field(&acknowledgement, "Subject").unwrap());
    sealing.submit(&mail(NOC, &title, "second@partner.example", &answer, &text));
    let sensor = Gnupg::new();
    sensor.make_key(&format!("Sensor <{NOC}>"));
    sensor.import(&sealing.installation.run(&["keys", "export"]));
    sealing.submit(&encrypted(&sensor, inside, "Attacked from 192.0.2.12."));
    let automatic = "Auto-Submitted: auto-replied\n";
    sealing.submit(&mail(NOC, away, "away@partner.example", automatic, "Away."));
    markers
}

#[test]
fn analysts_read_what_the_gateway_can_not() {
    let sealing = Sealing::new();
    let daemon = sealing.serve();
    let markers = submit_all(&sealing);
    let installation = &sealing.installation;
    assert_eq!(installation.outbox().len(), 2, "two reports, two answers");

    // Without a key: what queue work needs, and nothing of what anybody wrote.
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 2, "{tickets:?}");
    assert_eq!(
        (&tickets[0]["messages"], &tickets[0]["copies"]),
        (&2.into(), &1.into())
    );
    let reference = tickets[0]["reference"].as_str().unwrap();
    let shown = installation.run(&["ticket", "show", reference, "--text"]);
    assert!(shown.contains("(sealed to analysts"), "{shown}");
    let listed = installation.run(&["ticket", "list"]) + &installation.run(&["quarantine", "list"]);
    assert_eq!(
        listed.matches("(sealed to analysts)").count(),
        3,
        "{listed}"
    );
    assert_eq!(listed.matches(" octets").count(), 3, "{listed}");
    assert_eq!(listed.matches("yes, signed").count(), 2, "{listed}");
    for marker in &markers {
        assert!(!(shown.clone() + &listed).contains(marker));
    }
    assert!(
        !installation
            .output(&["ticket", "search", "192.0.2.10"])
            .status
            .success()
    );
    assert!(
        !installation
            .output(&["ticket", "show", reference, "--raw", "1"])
            .status
            .success()
    );
    nothing_opens(installation);
    let verified = installation.json(&["verify", "--json"]);
    assert_eq!(
        verified[0]["findings"],
        serde_json::json!([]),
        "{verified:?}"
    );
    assert_eq!(
        (&verified[0]["messages"], &verified[0]["sealed_to_analysts"]),
        (&4.into(), &4.into())
    );

    // With one: everything.
    let subjects = sealing.subjects(&sealing.alice);
    assert_eq!(subjects, [markers[0].as_str(), markers[3].as_str()]);
    let shown = sealing.run(&sealing.alice, &["ticket", "show", reference, "--text"]);
    assert!(
        shown.contains(&markers[1]) && shown.contains(&markers[2]),
        "{shown}"
    );
    let raw = sealing.run(&sealing.alice, &["ticket", "show", reference, "--raw", "2"]);
    assert!(
        raw.contains(&markers[2]) && raw.contains("In-Reply-To"),
        "{raw}"
    );
    let quarantine = sealing.run(&sealing.alice, &["quarantine", "list"]);
    assert!(quarantine.contains(&markers[4]), "{quarantine}");
    // The month is indexed anew with a key to its index, whether or not anybody can open a message.
    let status = installation.json(&["index", "status", "--json"]);
    let month = status[0]["month"].as_str().unwrap();
    let rows = installation.run(&["index", "rebuild", month]);
    assert_eq!(
        rows,
        sealing.run(&sealing.alice, &["index", "rebuild", month])
    );
    assert!(
        rows.trim().ends_with(" rows") && !rows.starts_with("0 "),
        "{rows}"
    );
    let closed = installation.output(&["index", "rebuild", "2024-02"]);
    let said = String::from_utf8_lossy(&closed.stderr).into_owned();
    assert!(
        !closed.status.success() && said.contains("no key to this month's index"),
        "{said}"
    );
    for (address, ticket) in [("192.0.2.11", 0), ("192.0.2.0/24", 0), ("192.0.2.12", 1)] {
        let found = sealing.json(&sealing.alice, &["ticket", "search", address, "--json"]);
        let on = found
            .iter()
            .filter(|found| found["ticket"] == tickets[ticket]["reference"]);
        assert!(on.count() > 0, "{address}: {found:?}");
    }
    drop(daemon);

    // And says so when something is not as it was.
    let verify = |statement: &str| {
        installation.sql(statement);
        sealing.output(&sealing.alice, &["verify"])
    };
    let good = verify("SELECT 1");
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stdout)
    );
    let swap = "UPDATE entry SET raw = (SELECT raw FROM entry e ORDER BY id DESC LIMIT 1) WHERE id = (SELECT id FROM entry ORDER BY id LIMIT 1)";
    let broken = verify(swap);
    let said = String::from_utf8_lossy(&broken.stdout).into_owned();
    assert!(said.contains("entry message 1 raw: swapped"), "{said}");
    let silent = installation.output(&["verify"]);
    assert!(silent.status.success(), "not seen without a key");
    let gone = verify(
        "UPDATE case_key SET wrapped = set_byte(wrapped, 60, 1) WHERE id = (SELECT case_id FROM entry ORDER BY id LIMIT 1 OFFSET 1)",
    );
    let said = String::from_utf8_lossy(&gone.stdout).into_owned();
    assert!(said.contains("case_key of message 2: altered"), "{said}");

    let reason = ["--reason", "request", "--yes"];
    installation.run(&[&["ticket", "erase", reference][..], &reason].concat());
    let left = installation.sql("SELECT count(*) FROM case_key WHERE get_byte(wrapped, 0) = 3");
    assert_eq!(
        left.trim(),
        "2",
        "the other ticket's message and the suppressed one"
    );
    let verified = installation.json(&["verify", "--json"]);
    assert_eq!(
        verified[0]["findings"],
        serde_json::json!([]),
        "{verified:?}"
    );
}

/// With the ring, the keys of months and the whole database: no sealed column of any message opens.
fn nothing_opens(installation: &Installation) {
    let settings = config::load(&installation.configuration()).unwrap();
    let ring = keyfiles::ring(&settings.storage).unwrap();
    let keys = rows(
        installation,
        "SELECT id, encode(wrapped, 'hex') FROM case_key",
    );
    let (mut opened, mut closed): (Vec<(Uuid, CaseKey)>, usize) = (Vec::new(), 0);
    for (id, wrapped) in keys {
        let (id, wrapped): (Uuid, _) = (id.parse().unwrap(), WrappedKey::from_bytes(wrapped));
        match sealing::case_key(&ring, "CSIRT", id, &wrapped) {
            Ok(key) => opened.push((id, key)),
            Err(error) => {
                assert_eq!(error, VaultError::SealedToAnalysts);
                closed += 1;
            }
        }
    }
    assert_eq!(closed, 4, "a key for each message");
    assert!(opened.len() >= 2, "the tickets' own keys, for letters");
    for column in ["raw", "summary", "reading"] {
        let statement = format!("SELECT id || '|' || case_id, encode({column}, 'hex') FROM entry");
        assert_eq!(tried(installation, &statement, column, &opened), 4);
    }
    let values = "SELECT entry || '|' || case_id, encode(value, 'hex') FROM observable";
    assert_eq!(tried(installation, values, "value", &opened), 4);
    let kept = "SELECT (SELECT count(*) FROM outbox WHERE message <> ''), (SELECT count(*) FROM inbox), count(*) FROM outbox";
    assert_eq!(
        installation.sql(kept).trim(),
        "0|0|2",
        "letters are emptied, the inbox is"
    );
    // Nor are there others than those above that seal anything of a message.
    let sealed = installation.sql(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'",
    );
    let is_known = |column: &&str| {
        let name = column.rsplit_once('.').map(|(_, name)| name);
        KNOWN.contains(column) || name.is_some_and(|name| KEYED.contains(&name))
    };
    let mut more: Vec<&str> = sealed.lines().collect();
    more.retain(|column| !is_known(column));
    assert!(
        more.is_empty(),
        "say of these what the gateway can read in them: {more:?}"
    );
}

/// Columns that are tried above, and what the gateway may read: certificates of correspondents and whose they are, names of peers,
/// the register of organisations, why a ticket was closed, queries that are kept; a keyed digest of what a program asked for.
/// Later verdicts are never written on a message that is sealed to analysts.
const KNOWN: [&str; 19] = [
    "api_request.asked",
    "case_key.wrapped",
    "certificate.sealed",
    "certificate_binding.sealed",
    "certificate_event.detail",
    "console_account.totp",
    "console_search.sealed",
    "entry.raw",
    "entry.reading",
    "entry.summary",
    "inbox.content",
    "inbox.envelope",
    "inbox_piece.content",
    "observable.value",
    "organisation.sealed",
    "outbox.message",
    "ticket_event.detail",
    "transport_peer.sealed",
    "verdict.detail",
];

/// Keyed digests and codes, from which nothing is read.
const KEYED: [&str; 10] = [
    "address",
    "addressed",
    "checksum",
    "commitment",
    "digest",
    "domain",
    "mac",
    "party",
    "seal",
    "sender",
];

/// Tries every key that the ring opens, at the place of each case, on every row; how many rows there were.
fn tried(
    installation: &Installation,
    statement: &str,
    column: &str,
    keys: &[(Uuid, CaseKey)],
) -> usize {
    let found = rows(installation, statement);
    for (name, value) in &found {
        let (entry, case) = name.split_once('|').unwrap();
        let (entry, own): (Uuid, Uuid) = (entry.parse().unwrap(), case.parse().unwrap());
        let sealed = Sealed::from_bytes(value.clone());
        for (id, key) in keys {
            for case in [*id, own] {
                let aad = match column {
                    "value" => sealing::observable_aad("CSIRT", case, entry),
                    column => sealing::entry_aad("CSIRT", column, case, entry),
                };
                assert!(key.open(&aad, &sealed).is_err(), "{column} of {entry}");
            }
        }
    }
    found.len()
}

#[test]
fn an_analyst_who_comes_later_reads_after_another_sealed_it_to_him_and_one_who_left_no_more() {
    let sealing = Sealing::new();
    let daemon = sealing.serve();
    let bob = Gnupg::new();
    bob.make_key("Bob <bob@team.example>");
    sealing.submit(&mail(
        NOC,
        "First",
        "1@partner.example",
        "",
        "Attacked from 192.0.2.10.",
    ));
    let show = ["ticket", "list", "--json"];
    let closed = |gnupg: &Gnupg| sealing.run(gnupg, &show).contains("can't be opened");
    assert!(closed(&bob));

    // From now on, and what there was once Alice has sealed it to him.
    sealing.admit("bob", &bob);
    daemon.signal("HUP");
    crate::support::wait_for(
        "the new certificate",
        std::time::Duration::from_secs(30),
        || {
            sealing
                .installation
                .log()
                .contains("analysts' certificates read anew")
        },
    );
    sealing.submit(&mail(
        NOC,
        "Second",
        "2@partner.example",
        "",
        "Attacked from 192.0.2.11.",
    ));
    assert_eq!(sealing.subjects(&bob)[1], "Second");
    assert!(closed(&bob), "the first one");
    let refused = sealing.installation.output(&["keys", "analysts", "rewrap"]);
    assert!(!refused.status.success(), "not without a key");
    let half = sealing.output(&bob, &["keys", "analysts", "rewrap"]);
    assert_eq!(half.status.code(), Some(1), "nor with one that can't open");
    let done = sealing.run(&sealing.alice, &["keys", "analysts", "rewrap"]);
    assert!(
        done.starts_with("1 keys sealed to 2 certificates, 1 were before"),
        "{done}"
    );
    let again = sealing.run(&sealing.alice, &["keys", "analysts", "rewrap"]);
    assert!(
        again.starts_with("0 keys sealed to 2 certificates, 2 were before"),
        "{again}"
    );
    for analyst in [&bob, &sealing.alice] {
        assert_eq!(sealing.subjects(analyst), ["First", "Second"]);
        let found = sealing.json(analyst, &["ticket", "search", "192.0.2.10", "--json"]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    fs::remove_file(sealing.certificate("alice")).unwrap();
    sealing.run(&bob, &["keys", "analysts", "rewrap"]);
    assert_eq!(sealing.subjects(&bob), ["First", "Second"]);
    assert!(closed(&sealing.alice));
    let listed = sealing.json(&bob, &["keys", "list", "--json"]);
    let analysts = listed
        .iter()
        .filter(|key| key["place"] == "analyst" && key["trust"] == "can read");
    let names: Vec<&Value> = analysts.map(|key| &key["user_ids"][0]).collect();
    assert_eq!(names, ["Bob <bob@team.example>"]);

    fs::write(sealing.certificate("carol"), "no certificate").unwrap();
    sealing.refuses("carol.asc");
}

/// The references of all tickets.
fn references(sealing: &Sealing) -> Vec<String> {
    let tickets = sealing.installation.tickets();
    let reference = |ticket: &Value| ticket["reference"].as_str().unwrap().to_owned();
    tickets.iter().map(reference).collect()
}

#[test]
fn an_analyst_writes_links_and_splits_what_only_he_can_read() {
    let sealing = Sealing::new();
    let daemon = sealing.serve();
    let installation = &sealing.installation;
    let proved =
        "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";
    let write = |subject: &str, id: &str, more: &str, text: &str| {
        let more = format!("{proved}{more}");
        sealing.submit(&mail(NOC, subject, id, &more, text));
    };
    let refers = |message: &str| format!("In-Reply-To: <{}>\n", id_of(message));
    write(
        "[CERT-X #77] Scan",
        "a.1@partner.example",
        "",
        "Attacked from 192.0.2.10.",
    );
    let answers = refers(&installation.outbox()[0]);
    write(
        "[CERT-X #88] Spam",
        "b.1@partner.example",
        &answers,
        "Spam from 203.0.113.66.",
    );
    let [old] = references(&sealing).try_into().unwrap();
    let shown = |reference: &str| {
        let show = ["ticket", "show", reference, "--text", "--json"];
        sealing.json(&sealing.alice, &show).remove(0)
    };

    // Who may not read it can't write on it: to whom, and how carefully, stands in it.
    let words = marker();
    let file = installation.path("words.txt");
    fs::write(&file, &words).unwrap();
    let file = file.display().to_string();
    let letter = [
        "ticket",
        "reply",
        &old,
        "--yes",
        "--expect-answer",
        "3d",
        "--text",
        &file,
    ];
    let split = ["ticket", "split", &old, "--message", "2"];
    for refused in [&letter[..], &split] {
        let refused = installation.output(refused);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("sealed to analysts"), "{said}");
    }
    sealing.run(&sealing.alice, &letter);
    let undo = ["ticket", "reply", &old, "--undo"];
    installation.run(&undo);
    assert_eq!(shown(&old)["awaited"][0]["ended"], "taken-back");
    sealing.run(&sealing.alice, &letter);
    installation.sql("UPDATE outbox SET due_at = now() WHERE purpose = 'letter'");
    crate::support::wait_for("the letter", std::time::Duration::from_secs(60), || {
        installation.outbox().len() == 2
    });
    let letter = installation.outbox().remove(1);
    assert!(letter.contains(&words), "{letter}");
    let kept = installation.run(&["ticket", "show", &old, "--text"]);
    assert!(
        !kept.contains(&words) && kept.contains("Answer of (sealed)"),
        "{kept}"
    );
    assert!(shown(&old).to_string().contains(&words));
    // An answer to it joins, and is what the ticket waited for.
    write(
        "Re: Scan",
        "a.2@partner.example",
        &refers(&letter),
        "From 192.0.2.11, too.",
    );
    let now = shown(&old);
    assert_eq!(
        (&now["awaited"][1]["ended"], &now["awaited"][1]["from"]),
        (&"answered".into(), &NOC.into())
    );
    let emptied = "SELECT count(*) FROM outbox WHERE message <> '' AND status <> 'taken-back'";
    assert_eq!(installation.sql(emptied).trim(), "0");

    sealing.run(&sealing.alice, &split);
    let [_, new] = references(&sealing).try_into().unwrap();
    assert!(shown(&new).to_string().contains("203.0.113.66"));
    assert!(!shown(&old).to_string().contains("203.0.113.66"));
    let found = sealing.run(&sealing.alice, &["ticket", "search", "203.0.113.66"]);
    assert!(found.contains(&new) && !found.contains(&old), "{found}");
    write(
        "[CERT-X #88] Still",
        "b.2@partner.example",
        "",
        "Spam from 203.0.113.67.",
    );
    assert_eq!(shown(&new)["entries"].as_array().unwrap().len(), 2);
    installation.run(&["ticket", "link", &old, "related", &new]);
    assert_eq!(shown(&new)["links"][0]["ticket"], *old);
    let sealed = "SELECT count(*) FROM entry JOIN case_key ON case_key.id = case_id WHERE get_byte(wrapped, 0) <> 3";
    assert_eq!(installation.sql(sealed).trim(), "0");
    installation.run(&["verify"]);
    sealing.run(&sealing.alice, &["verify"]);
    installation.run(&["ticket", "erase", &old, "--reason", "request", "--yes"]);
    assert!(shown(&new).to_string().contains("203.0.113.66"));
    drop(daemon);
    sealing.run(&sealing.alice, &["verify"]);
}
