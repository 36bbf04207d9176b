//! An analyst's desk in the terminal: who has a ticket, notes, and letters that GnuPG opens at the other end.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::gnupg::{Gnupg, armored_message, encrypted_entity, split_signed};
use crate::mail::{TEAM, crlf, field, id_of, mail, text_of};
use crate::support::{Installation, send, wait_for};

const NOC: &str = "noc@partner.example";
const ISP: &str = "abuse@isp.example";
const DUTY: &str = "duty@team.example";
const WORDS: &str = "Which ports were open on 198.51.100.7?";

/// A command of an analyst.
pub fn as_analyst(installation: &Installation, name: &str, arguments: &[&str]) -> Command {
    let mut command = installation.command(arguments);
    command.env("PILLARBOX_ACTOR", name);
    command
}

/// A ticket is given to somebody who has no account, by himself.
pub fn takes(installation: &Installation, serial: &str, name: &str) {
    let given = output(installation, name, &["ticket", "assign", serial, name]);
    assert!(given.status.success(), "{given:?}");
}

pub fn output(installation: &Installation, name: &str, arguments: &[&str]) -> Output {
    as_analyst(installation, name, arguments).output().unwrap()
}

pub fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn submit(installation: &Installation, from: &str, message: &str) {
    let reply = send(installation.ports.smtp, from, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// Opens a ticket by a report in clear; its reference.
fn opened(installation: &Installation, more: &str) -> String {
    let text = format!("Our host 198.51.100.7 is attacked from 192.0.2.10. {more}");
    let report = mail(NOC, "[CERT-X #77] Scan", "d.1@partner.example", "", &text);
    submit(installation, NOC, &report);
    reference(installation)
}

fn reference(installation: &Installation) -> String {
    let tickets = installation.tickets();
    tickets.last().unwrap()["reference"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub fn shown(installation: &Installation, reference: &str) -> Value {
    let show = ["ticket", "show", reference, "--json", "--text"];
    installation.json(&show).remove(0)
}

/// Writes a letter with these words; what the command says.
fn write(installation: &Installation, reference: &str, more: &[&str]) -> Output {
    let file = installation.path("words.txt");
    std::fs::write(&file, WORDS).unwrap();
    let file = file.display().to_string();
    let letter = ["ticket", "reply", reference, "--yes", "--text", &file];
    output(installation, "kim", &[&letter[..], more].concat())
}

fn written(installation: &Installation, reference: &str, more: &[&str]) {
    let output = write(installation, reference, more);
    assert!(output.status.success(), "{}", said(&output));
}

/// Lets what is held leave; what left of late.
pub fn left(installation: &Installation, before: usize, count: usize) -> Vec<String> {
    installation
        .sql("UPDATE outbox SET due_at = now() WHERE purpose = 'letter' AND state = 'queued'");
    wait_for("letters to leave", Duration::from_secs(60), || {
        installation.outbox().len() >= before + count
    });
    installation.outbox().split_off(before)
}

/// A report that GnuPG signed and encrypted.
pub fn encrypted_report(installation: &Installation) -> (Gnupg, String) {
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Partner NOC <{NOC}>"));
    gnupg.import(&installation.run(&["keys", "export"]));
    let entity = crlf(&format!(
        "Content-Type: multipart/mixed; boundary=\"=_m\"; protected-headers=\"v1\"\nSubject: Ministry breached\n\n\
         --=_m\nContent-Type: text/plain; charset=utf-8\n\nOur host 198.51.100.7 is attacked from 192.0.2.10.\n\
         --=_m\nContent-Type: application/pgp-keys; name=\"key.asc\"\nContent-Disposition: attachment; filename=\"key.asc\"\n\n{}\n--=_m--\n",
        gnupg.export(NOC)
    ));
    let (head, body) = encrypted_entity(&gnupg.sign_and_encrypt(NOC, TEAM, &entity));
    submit(
        installation,
        NOC,
        &mail(NOC, "...", "e.1@partner.example", &head, &body),
    );
    (gnupg, reference(installation))
}

#[test]
fn a_ticket_is_claimed_by_one_of_many_and_nobody_takes_it_unnoticed() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let reference = opened(&installation, "");
    let claim = ["ticket", "claim", reference.as_str()];
    let names = ["ann", "bob", "cem", "dov", "eve"];
    let spawn = |name: &&str| {
        let mut command = as_analyst(&installation, name, &claim);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let all: Vec<_> = names.iter().map(spawn).collect();
    let ended = all
        .into_iter()
        .map(|child| child.wait_with_output().unwrap());
    let ended: Vec<Output> = ended.collect();
    let winners: Vec<&str> = names
        .iter()
        .zip(&ended)
        .filter(|(_, one)| one.status.success())
        .map(|(name, _)| *name)
        .collect();
    let [winner] = winners.as_slice() else {
        panic!("{winners:?}");
    };
    for loser in ended.iter().filter(|one| !one.status.success()) {
        assert_eq!(loser.status.code(), Some(1));
        assert!(
            said(loser).contains(&format!("{winner} has it since 20")),
            "{}",
            said(loser)
        );
    }
    let list = |whose: &[&str]| {
        let listed = output(
            &installation,
            winner,
            &[&["ticket", "list", "--json"], whose].concat(),
        );
        said(&listed).lines().count()
    };
    assert_eq!(
        [
            list(&["--mine"]),
            list(&["--unclaimed"]),
            list(&["--owner", "zoe"])
        ],
        [1, 0, 0]
    );
    assert_eq!(installation.tickets()[0]["owner"], *winner);
    assert!(
        installation
            .run(&["ticket", "list"])
            .contains(&format!("new ({winner})"))
    );

    let steal = output(&installation, "zoe", &[&claim[..], &["--steal"]].concat());
    assert!(
        said(&steal).contains(&format!("it was {winner}'s")),
        "{}",
        said(&steal)
    );
    let release = output(&installation, winner, &["ticket", "release", &reference]);
    assert_eq!(release.status.code(), Some(1), "{}", said(&release));
    let assign = ["ticket", "assign", &reference, "Kim Lee"];
    let assigned = output(&installation, "zoe", &assign);
    assert!(assigned.status.success(), "{}", said(&assigned));
    let text = installation.run(&["ticket", "show", &reference]);
    assert!(text.contains("Owner       Kim Lee, since 20"), "{text}");
    installation.run(&["verify"]);
    assert!(
        output(&installation, "Kim Lee", &["ticket", "release", &reference])
            .status
            .success()
    );
    assert_eq!(list(&["--unclaimed"]), 1);
    installation.run(&["verify"]);
    installation.sql("UPDATE ticket SET owner = 'mallory'");
    let verify = installation.output(&["verify"]);
    assert_eq!(verify.status.code(), Some(1));
    assert!(said(&verify).contains("owner"), "{}", said(&verify));
}

#[test]
fn a_note_is_kept_sealed_and_leaves_to_nobody() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let reference = opened(&installation, "");
    let note = [
        "ticket",
        "note",
        &reference,
        "--text",
        "zebra-7741 called\nback at noon",
    ];
    installation.run(&note);
    let text = installation.run(&["ticket", "show", &reference]);
    assert!(
        text.contains("| zebra-7741 called\n    | back at noon"),
        "{text}"
    );
    let dump = installation.sql("SELECT string_agg(t::text, ' ') FROM ticket_event t");
    assert!(!dump.contains("zebra"), "{dump}");
    assert_eq!(installation.outbox().len(), 1, "the acknowledgement");
    assert_eq!(
        installation
            .output(&["ticket", "note", &reference, "--text", " "])
            .status
            .code(),
        Some(1)
    );
    installation.run(&["verify"]);
}

#[test]
fn a_letter_is_opened_by_gnupg_and_the_answer_to_it_stops_the_clock() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, reference) = encrypted_report(&installation);
    written(&installation, &reference, &["--expect-answer", "3d"]);
    let held = "SELECT due_at > now() + interval '5 seconds' FROM outbox WHERE purpose = 'letter'";
    assert_eq!(installation.sql(held).trim(), "t");
    let waiting = shown(&installation, &reference);
    assert_eq!(waiting["state"], "waiting");
    assert_eq!(waiting["awaited"][0]["from"], NOC);
    let letter = left(&installation, 1, 1).remove(0);
    // Outside the tag alone; inside the words, signed by the team.
    assert_eq!(field(&letter, "Subject").unwrap(), format!("[{reference}]"));
    assert_eq!(
        field(&letter, "In-Reply-To").unwrap(),
        "<e.1@partner.example>"
    );
    assert_eq!(field(&letter, "Auto-Submitted"), None);
    let (inside, status) = gnupg.decrypt(&armored_message(&letter));
    assert!(status.contains("GOODSIG"), "{status}");
    assert_eq!(
        field(&inside, "Subject").unwrap(),
        format!("[{reference}] Re: Ministry breached")
    );
    let text = text_of(&inside);
    assert!(
        text.starts_with(&format!("[{reference}]\r\n")) && text.contains(WORDS),
        "{text}"
    );

    let kept = shown(&installation, &reference);
    let entry = &kept["entries"][1];
    assert_eq!(entry["kind"], "letter");
    assert_eq!(
        (&entry["answered_to"], &entry["gist"]),
        (&NOC.into(), &"letter by kim".into())
    );
    assert!(entry.to_string().contains(WORDS), "{entry}");

    // He answers in clear, from any program: the token is what counts.
    let answers = format!("In-Reply-To: <{}>\n", id_of(&letter));
    let answer = mail(
        NOC,
        "Re: your question",
        "e.2@partner.example",
        &answers,
        "22 and 80.",
    );
    submit(&installation, NOC, &answer);
    let open = shown(&installation, &reference);
    assert_eq!(open["entries"].as_array().unwrap().len(), 3, "{open}");
    assert_eq!(open["entries"][2]["proof_level"], 3, "{open}");
    assert_eq!(
        (&open["state"], &open["awaited"][0]["ended"]),
        (&"open".into(), &"answered".into())
    );
    installation.run(&["verify"]);
}

#[test]
fn nothing_leaves_in_clear_of_what_came_encrypted_unless_the_analyst_says_so() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (_gnupg, reference) = encrypted_report(&installation);
    let refused = write(&installation, &reference, &["--to", ISP]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("it came encrypted") && said(&refused).contains(ISP),
        "{}",
        said(&refused)
    );
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM outbox WHERE purpose = 'letter'")
            .trim(),
        "0"
    );

    written(
        &installation,
        &reference,
        &[
            "--to",
            ISP,
            "--allow-clear",
            "--expect-answer",
            "2099-12-31",
        ],
    );
    let letter = left(&installation, 1, 1).remove(0);
    assert_eq!(field(&letter, "To").unwrap(), ISP);
    assert_eq!(
        field(&letter, "Subject").unwrap(),
        format!("[{reference}]"),
        "not what stood inside"
    );
    assert!(
        !letter.contains("Ministry") && !letter.contains("e.1@partner.example"),
        "{letter}"
    );
    let team = Gnupg::new();
    team.import(&installation.run(&["keys", "export"]));
    let (signed, signature) = split_signed(&letter);
    assert!(team.verify(&signed, &signature).contains("GOODSIG"));
    let audited = "SELECT actor FROM audit WHERE action = 'sent' AND detail LIKE '%form=signed%'";
    assert_eq!(installation.sql(audited).trim(), "kim");

    // A third party is on the ticket from then on: by the token his answer joins, and nobody else is waited for.
    let answers = format!("In-Reply-To: <{}>\n", id_of(&letter));
    submit(
        &installation,
        ISP,
        &mail(ISP, "Re: ?", "i.1@isp.example", &answers, "We cleaned it."),
    );
    let open = shown(&installation, &reference);
    assert_eq!(open["awaited"][0]["ended"], "answered", "{open}");
    assert_eq!(installation.tickets().len(), 1);
    installation.run(&["verify"]);
}

#[test]
fn what_a_confidential_ticket_was_merged_into_is_answered_as_carefully() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (_gnupg, close) = encrypted_report(&installation);
    let plain = opened(&installation, "");
    assert_ne!(plain, close);
    installation.run(&["ticket", "merge", &close, &plain]);
    let refused = write(&installation, &plain, &["--to", ISP]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("it came encrypted"),
        "{}",
        said(&refused)
    );
    installation.run(&["ticket", "unmerge", &close]);
    written(&installation, &plain, &["--to", ISP]);
}

#[test]
fn a_marking_is_put_on_letters_and_obeyed() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let red = opened(&installation, "TLP:RED");
    let nobody = write(&installation, &red, &["--allow-clear"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(said(&nobody).contains("--to"), "{}", said(&nobody));
    let clear = write(&installation, &red, &["--to", NOC]);
    assert!(said(&clear).contains("TLP:RED"), "{}", said(&clear));
    written(&installation, &red, &["--to", NOC, "--allow-clear"]);
    let letter = left(&installation, 1, 1).remove(0);
    assert!(text_of(&letter).contains("TLP:RED\r\n"), "{letter}");
    let subject = field(&letter, "Subject").unwrap();
    assert_eq!(subject, format!("[{red}] Re: [CERT-X #77] Scan"));
}

#[test]
fn a_letter_is_taken_back_and_nothing_of_it_leaves() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let reference = opened(&installation, "");
    // A daemon that isn't running doesn't matter.
    assert!(daemon.terminate());
    let before = shown(&installation, &reference);
    written(
        &installation,
        &reference,
        &["--cc", ISP, "--expect-answer", "2099-12-31"],
    );
    let undo = ["ticket", "reply", reference.as_str(), "--undo"];
    assert!(output(&installation, "kim", &undo).status.success());
    let after = shown(&installation, &reference);
    assert_eq!(
        (&after["state"], &after["answer_due"]),
        (&before["state"], &before["answer_due"])
    );
    assert_eq!(after["awaited"][0]["ended"], "taken-back");
    let again = output(&installation, "kim", &undo);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    installation
        .sql("UPDATE outbox SET due_at = now() - interval '1 minute' WHERE purpose = 'letter'");
    let _daemon = installation.serve();
    // Another letter leaves, so that this one would have.
    written(&installation, &reference, &[]);
    let letters = left(&installation, 1, 1);
    assert!(!letters[0].contains(ISP), "{}", letters[0]);
    installation.settle();
    assert_eq!(installation.outbox().len(), 2);
    assert_eq!(
        shown(&installation, &reference)["state"],
        "open",
        "the reporter has our answer"
    );
    // What has left stays so.
    assert_eq!(output(&installation, "kim", &undo).status.code(), Some(1));
    installation.run(&["verify"]);
}

#[test]
fn who_is_silent_or_can_not_be_reached_is_overdue() {
    let installation = Installation::new(&format!("[duty]\naddresses = [\"{DUTY}\"]\n"));
    let _daemon = installation.serve();
    let reference = opened(&installation, "");
    let before = installation.outbox().len();
    written(
        &installation,
        &reference,
        &["--to", NOC, "--to", ISP, "--expect-answer", "2099-12-31"],
    );
    let letters = left(&installation, before, 2);
    let overdue = || {
        installation
            .json(&["ticket", "list", "--overdue", "--json"])
            .len()
    };
    assert_eq!(overdue(), 0);
    // The one answers, and the other's mail server says that it could not be delivered.
    let to_isp = letters
        .iter()
        .find(|one| field(one, "To").unwrap().contains(ISP))
        .unwrap();
    let ids: Vec<String> = letters.iter().map(|one| id_of(one)).collect();
    assert_ne!(ids[0], ids[1], "{to_isp}");
    let answers = |id: &str| format!("In-Reply-To: <{id}>\n");
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Re: Scan",
            "o.2@partner.example",
            &answers(&ids[0]),
            "22.",
        ),
    );
    let ended = |of: &str| {
        let shown = shown(&installation, &reference);
        let awaited = shown["awaited"].as_array().unwrap();
        awaited
            .iter()
            .find(|one| one["from"] == of)
            .unwrap()
            .clone()
    };
    assert_eq!(ended(NOC)["ended"], "answered");
    assert_eq!((&ended(ISP)["ended"], overdue()), (&Value::Null, 0));
    let notice = |id: &str| {
        crlf(&format!(
            "From: MAILER-DAEMON@mx.isp.example\nTo: {TEAM}\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <n.{id}>\n\
             In-Reply-To: <{id}>\nDate: Tue, 05 Mar 2024 09:10:00 +0100\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_d\"\n\n\
             --=_d\nContent-Type: text/plain\n\nno such user\n\n\
             --=_d\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.isp.example\n\n\
             Final-Recipient: rfc822; {ISP}\nAction: failed\nStatus: 5.1.1\n\n--=_d--\n"
        ))
    };
    for id in &ids {
        let reply = send(installation.ports.smtp, "", TEAM, &notice(id));
        assert!(reply.starts_with("250"), "{reply}");
    }
    installation.settle();
    let refused = ended(ISP);
    assert_eq!(
        (&refused["failed"], &refused["overdue"]),
        (&"5.1.1".into(), &true.into())
    );
    assert_eq!(overdue(), 1);
    assert!(
        installation
            .run(&["ticket", "list"])
            .contains("open OVERDUE")
    );
    assert_eq!(installation.metric("pillarbox_tickets_overdue"), 1.0);
    wait_for("a letter to those on duty", Duration::from_secs(60), || {
        let overdue = |one: &String| field(one, "Subject").unwrap().contains("overdue");
        installation.outbox().iter().any(overdue)
    });
    // Who takes it in hand ends it.
    installation.run(&["ticket", "status", &reference, "open"]);
    assert_eq!((&ended(ISP)["ended"], overdue()), (&"withdrawn".into(), 0));
    installation.run(&["verify"]);
}

#[test]
fn messages_are_split_off_with_all_that_they_report_and_nobody_hears_of_it() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let old = opened(&installation, "");
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0]));
    let more = |id: &str, text: &str| {
        let message = mail(NOC, "Re: Scan", id, &answers, text);
        submit(&installation, NOC, &message);
    };
    more(
        "s.2@partner.example",
        "By the way: 203.0.113.66 sends us spam.",
    );
    more("s.3@partner.example", "It goes on from 192.0.2.44.");
    let split = |numbers: &str| {
        output(
            &installation,
            "kim",
            &["ticket", "split", &old, "--message", numbers],
        )
    };
    for wrong in ["1,2,3", "4", "0"] {
        assert_ne!(split(wrong).status.code(), Some(0), "{wrong}");
    }
    let done = split("2");
    assert!(done.status.success(), "{}", said(&done));
    let tickets = installation.tickets();
    let new = tickets
        .iter()
        .find(|one| one["reference"] != old.as_str())
        .unwrap();
    let new = new["reference"].as_str().unwrap().to_owned();
    assert!(said(&done).starts_with(&new), "{}", said(&done));
    let entries = |of: &str| {
        shown(&installation, of)["entries"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!((entries(&old).len(), entries(&new).len()), (2, 1));
    assert!(entries(&new)[0].to_string().contains("203.0.113.66"));
    assert!(
        installation
            .run(&["ticket", "show", &old])
            .contains(&format!("1 messages were split off to {new}"))
    );
    assert!(
        installation
            .run(&["ticket", "show", &new])
            .contains(&format!("split off {old}"))
    );
    let found = installation.run(&["ticket", "search", "203.0.113.66"]);
    assert!(found.contains(&new) && !found.contains(&old), "{found}");
    installation.run(&["verify"]);
    assert_eq!(installation.outbox().len(), 1, "nobody was answered");

    // Mail for the old ticket goes there, and one for the new one needs proof like any other.
    more("s.4@partner.example", "And from 192.0.2.45.");
    assert_eq!((entries(&old).len(), entries(&new).len()), (3, 1));
    let claim = mail(
        "mallory@else.example",
        &format!("[{new}] hello"),
        "m.1@else.example",
        "",
        "Let me in: 192.0.2.99.",
    );
    submit(&installation, "mallory@else.example", &claim);
    assert_eq!(entries(&new).len(), 1);

    // Each has its own key: erasing one leaves the other.
    let dump =
        installation.sql("SELECT count(DISTINCT case_id) FROM entry WHERE ticket IS NOT NULL");
    assert_eq!(dump.trim(), "3");
    installation.run(&["ticket", "merge", &new, &old]);
    installation.run(&["ticket", "unmerge", &new]);
    installation.run(&["ticket", "erase", &old, "--reason", "request", "--yes"]);
    assert!(entries(&new)[0].to_string().contains("203.0.113.66"));
    assert!(
        installation
            .run(&["ticket", "search", "203.0.113.66"])
            .contains(&new)
    );
    drop(daemon);
    installation.run(&["verify"]);
}
