//! Letters, mail that was kept without a ticket, keys in conflict, exports, and two analysts at once.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::hands::{ENTER, Hands, TAB};
use super::post::{AWAY, MINISTRY, NEW_KEY, Partner};
use super::reports::REPORTS;
use crate::desk::left;
use crate::gnupg::{armored_message, split_signed};
use crate::mail::{field, text_of};
use crate::support::{Installation, wait_for};

const SHIFT: char = '\u{e008}';

/// What stands behind each certificate for the correspondent's address, as the database has it.
fn standings(installation: &Installation) -> String {
    let states =
        installation.sql("SELECT state || ' ' || proof FROM certificate_binding ORDER BY 1");
    states.trim().replace('\n', ", ")
}

/// In groups of four, as people compare it.
fn grouped(fingerprint: &str) -> String {
    let digits: Vec<char> = fingerprint.chars().collect();
    let groups = digits.chunks(4).map(|four| four.iter().collect());
    groups.collect::<Vec<String>>().join(" ")
}

/// What is written leaves in 15 seconds, is taken back, written again with a stricter marking, and leaves signed.
pub fn letter_in_clear_is_taken_back_and_sent(
    alice: &Hands,
    installation: &Installation,
    partner: &Partner,
) {
    let (from, subject, _) = REPORTS[28];
    let before = installation.outbox().len();
    let serial = alice.stand(subject);
    alice.goes("r");
    alice.writes_at("text");
    alice.reads("no usable certificate: in clear, signed");
    alice.press(&format!("Yes, we know it.{ENTER}r e u"));
    alice.sends();
    alice.is_at(&format!("/t/{serial}"));
    alice.reads("The letter leaves in");
    alice.goes("z");
    alice.reads("The letter is taken back");
    alice.goes("r");
    alice.writes_at("text");
    alice.press(super::hands::TAB);
    alice.writes_at("tlp");
    alice.press("TLP:G");
    assert_eq!(
        alice.ask("return document.getElementById('tlp').value"),
        "GREEN"
    );
    alice.chromium.chord(SHIFT, TAB);
    alice.writes_at("text");
    alice.press("Yes, we know it. Which files did it ask for?");
    alice.sends();
    alice.reads("The letter leaves in");
    let letter = left(installation, before, 1).remove(0);
    assert!(field(&letter, "To").unwrap().contains(from), "{letter}");
    let subject = field(&letter, "Subject").unwrap();
    assert!(subject.contains(&format!("CSIRT#{serial}")), "{subject}");
    let (signed, signature) = split_signed(&letter);
    let status = partner.known.verify(&signed, &signature);
    assert!(status.contains("GOODSIG"), "{status}");
    let text = text_of(&letter);
    for words in ["TLP:GREEN", "Which files did it ask for?"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    alice.goes("u");
}

/// The answer to a report that came encrypted leaves encrypted, to the key that is known; GnuPG reads and verifies it.
pub fn letter_is_encrypted(alice: &Hands, installation: &Installation, partner: &Partner) {
    let before = installation.outbox().len();
    alice.stand(MINISTRY);
    alice.goes("r");
    alice.writes_at("text");
    alice.reads("will be encrypted");
    alice.reads(&grouped(&partner.known_print));
    alice.press("Which ports were open?");
    alice.sends();
    alice.reads("The letter leaves in");
    let letter = left(installation, before, 1).remove(0);
    assert!(
        !letter.contains("Which ports") && !letter.contains(MINISTRY),
        "{letter}"
    );
    let (inside, status) = partner.known.decrypt(&armored_message(&letter));
    assert!(status.contains("GOODSIG"), "{status}");
    assert!(
        text_of(&inside).contains("Which ports were open?"),
        "{inside}"
    );
    alice.goes("u");
}

pub fn suppressed_mail_becomes_a_ticket(alice: &Hands, installation: &Installation) {
    let tickets = installation.tickets().len();
    alice.goes("gx");
    alice.is_at("/quarantine");
    alice.reads(AWAY);
    alice.press("j");
    alice.goes("o");
    alice.reads("is still attacked from 192.0.2.44");
    alice.goes("u");
    alice.is_at("/quarantine");
    alice.press("j");
    alice.goes("p");
    alice.reads("The mail is a ticket now.");
    alice.reads("is still attacked from 192.0.2.44");
    assert_eq!(installation.tickets().len(), tickets + 1);
    assert_eq!(installation.quarantine().len(), 0);
    alice.goes("u");
    alice.is_at("/q/CSIRT");
}

/// From the ticket to both certificates; no reason, no change; then the next letter is encrypted to the new one.
pub fn key_conflict_is_decided(alice: &Hands, installation: &Installation, partner: &Partner) {
    assert_eq!(standings(installation), "conflict signature, pinned sender");
    let serial = alice.stand(NEW_KEY);
    alice.goes("o");
    alice.reads("a certificate that is not the one known for its sender");
    alice.goes("gc");
    alice.is_at("/certificates");
    alice.reads(&grouped(&partner.known_print));
    alice.reads(&grouped(&partner.later_print));
    alice.press("j");
    alice.tab_to("button[value=take]");
    alice.goes(ENTER);
    alice.reads("Please say how the fingerprint was compared");
    assert_eq!(standings(installation), "conflict signature, pinned sender");
    alice.tab_to("input[name=why]");
    alice.press("read aloud by J. Doe, +352 12 34 56");
    alice.tab_to("button[value=take]");
    alice.goes(ENTER);
    alice.reads("The new certificate is used from now on.");
    alice.reads("No certificate is in conflict with another.");
    assert_eq!(
        standings(installation),
        "authenticated analyst, superseded sender"
    );
    let shown = installation.run(&["keys", "show", &partner.later_print]);
    for words in ["alice (console)", "read aloud by J. Doe"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    alice.goes("u");
    alice.stand(NEW_KEY);
    let before = installation.outbox().len();
    alice.goes("r");
    alice.reads(&grouped(&partner.later_print));
    alice.press("Thank you, taken.");
    alice.sends();
    alice.is_at(&format!("/t/{serial}"));
    let letter = left(installation, before, 1).remove(0);
    let (inside, status) = partner.later.decrypt(&armored_message(&letter));
    assert!(status.contains("GOODSIG"), "{status}");
    assert!(text_of(&inside).contains("Thank you, taken."), "{inside}");
    alice.goes("u");
}

/// What a query finds, as files that other programs read.
pub fn exports_are_read(alice: &Hands, installation: &Installation) {
    let folder = installation.path("downloads");
    std::fs::create_dir(&folder).unwrap();
    let place = json!({"behavior": "allow", "downloadPath": folder.display().to_string()});
    alice
        .chromium
        .emulate("Browser.setDownloadBehavior", &place);
    alice.asks("from:@theatre.example or from:@transit.example");
    assert_eq!(alice.lines(), 3);
    let saved = |format: &str| -> String {
        alice.press("E");
        alice.writes_at("format");
        alice.press(format);
        alice.tab_to("#export");
        alice.press(ENTER);
        let file = || {
            let mut files = std::fs::read_dir(&folder)
                .unwrap()
                .map(|file| file.unwrap().path());
            files.find(|file| {
                file.extension()
                    .is_some_and(|end| end != "crdownload" && end != "tmp")
            })
        };
        wait_for(format, Duration::from_secs(30), || file().is_some());
        let file = file().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        alice.tab_to("#q");
        alice.press(super::hands::ESCAPE);
        text
    };
    let read = read_by_others(installation, &saved("MISP"), &saved("Intel"));
    let events = read["misp"].as_array().unwrap();
    assert_eq!(events.len(), 3);
    let values: Vec<&str> = events
        .iter()
        .flat_map(|event| event["values"].as_array().unwrap())
        .filter_map(Value::as_str)
        .collect();
    for value in ["198.51.100.90", "198.51.100.91", "192.0.2.15"] {
        assert!(values.contains(&value), "{value}: {read}");
    }
    let mut sources = 0;
    for event in read["intelmq"].as_array().unwrap() {
        assert!(event["time.observation"].is_string(), "{event}");
        sources += usize::from(event["source.ip"].is_string());
    }
    assert!(sources >= 1, "no IntelMQ event has a source");
    let told = installation.sql("SELECT count(DISTINCT case_id) FROM audit WHERE action = 'exported' AND actor = 'alice (console)'");
    assert_eq!(told.trim(), "3");
    alice.goes("gq");
}

/// What PyMISP and IntelMQ's own library read in two exports.
fn read_by_others(installation: &Installation, misp: &str, intelmq: &str) -> Value {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = top.join("target/exchange/bin/python");
    assert!(python.is_file(), "no PyMISP: run deploy/unpack-exchange");
    let files = [("misp.json", misp), ("intelmq.jsonl", intelmq)].map(|(name, text)| {
        let file = installation.path(name);
        std::fs::write(&file, text).unwrap();
        file
    });
    let mut reading = Command::new(python);
    reading.arg(top.join("tests/exchange/read.py")).args(files);
    let output = reading.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Two analysts on one ticket: of two who claim one gets it, notes of both are kept, and neither closes what the other changed.
pub fn two_on_one_ticket(alice: &Hands, installation: &Installation, port: u16) {
    let carol = Hands::sign_in(installation, port, "carol", "lead");
    alice.asks("is:open");
    carol.asks("is:open");
    let subject = REPORTS[29].1;
    let serial = alice.stand(subject);
    assert_eq!(carol.stand(subject), serial);
    alice.goes("o");
    carol.goes("o");
    alice.goes("c");
    alice.reads("The ticket is yours.");
    carol.goes("c");
    carol.reads("alice (console) has it since 20");
    for (who, note) in [
        (alice, "Called, nobody there."),
        (&carol, "I call at noon."),
    ] {
        who.press("n");
        who.writes_at("note");
        who.press(note);
    }
    alice.sends();
    carol.sends();
    // Alice's page is older than Carol's note.
    alice.press("e");
    alice.writes_at("reason");
    alice.goes(&format!("all is well{ENTER}"));
    alice.reads("The state is changed.");
    carol.press("!");
    carol.writes_at("reason");
    carol.goes(&format!("not ours{ENTER}"));
    carol.reads("Somebody else has changed it meanwhile: it is resolved.");
    for who in [alice, &carol] {
        who.reads("Called, nobody there.");
        who.reads("I call at noon.");
        who.reads("all is well");
    }
    let stands = installation.sql(&format!(
        "SELECT state || ' ' || owner FROM ticket WHERE serial = {serial}"
    ));
    assert_eq!(stands.trim(), "resolved alice (console)");
}
