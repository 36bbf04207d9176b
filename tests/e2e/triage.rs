//! What must never be answered, and what must: vacation replies, bounces, receipts, lists, complaints, our own mail.

use serde_json::Value;

use crate::automatic::{automatic, complaint};
use crate::mail::{TEAM, crlf, field, id_of, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

fn submit(installation: &Installation, reverse_path: &str, message: &str) {
    let reply = send(installation.ports.smtp, reverse_path, TEAM, message);
    assert!(
        reply.starts_with("250"),
        "suppression is not refusal: {reply}"
    );
}

fn kinds(list: &[Value]) -> Vec<&str> {
    list.iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn automatic_mail_is_kept_with_its_rule_and_never_answered() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let mails = automatic();
    for (_, reverse_path, message, _) in &mails {
        submit(&installation, reverse_path, message);
    }
    installation.settle();
    assert_eq!(installation.tickets().len(), 0);
    assert_eq!(
        installation.outbox().len(),
        0,
        "nothing automatic is answered"
    );
    let kept = installation.quarantine();
    assert_eq!(kept.len(), mails.len(), "{:?}", kinds(&kept));
    for (name, _, message, kind) in &mails {
        let subject = field(message, "Subject").unwrap();
        let entry = kept
            .iter()
            .find(|entry| entry["subject"] == subject.as_str());
        let entry = entry.unwrap_or_else(|| panic!("{name} is not kept"));
        assert_eq!(entry["kind"], *kind, "{name}: {entry}");
        let rule = entry["rule"]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {entry}"));
        let id = entry["id"].as_str().unwrap();
        let shown = installation.run(&["quarantine", "show", id]);
        assert!(shown.contains(rule), "{name}: {shown}");
        let evidence = entry["evidence"].as_str();
        assert!(
            evidence.is_some_and(|evidence| !evidence.is_empty()),
            "{name}: {entry}"
        );
        let json = installation.json(&["quarantine", "show", id, "--json"]);
        assert_eq!(json[0]["rule"], rule);
        let raw = installation.run(&["quarantine", "show", id, "--raw"]);
        assert_eq!(crlf(&raw), *message, "{name}: kept as it came");
    }
}

#[test]
fn complaint_by_a_machine_becomes_a_ticket_without_an_answer() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    submit(&installation, "feedback@provider.example", &complaint());
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0]["first"]["kind"], "feedback_report");
    assert!(
        tickets[0]["first"]["gist"]
            .as_str()
            .unwrap()
            .contains("203.0.113.99"),
        "{tickets:?}"
    );
    assert_eq!(installation.outbox().len(), 0);
}

#[test]
fn our_own_acknowledgement_that_comes_back_ends_the_loop() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    submit(
        &installation,
        NOC,
        &mail(NOC, "Scan", "loop.1@partner.example", "", ATTACK),
    );
    installation.settle();
    let sent = installation.outbox();
    assert_eq!(sent.len(), 1);
    // As a forwarder returns it: with a reverse-path again, and with its own fields on top.
    submit(
        &installation,
        NOC,
        &format!(
            "Received: from a.example by b.example; Tue, 5 Mar 2024 09:00:00 +0100\r\n{}",
            sent[0]
        ),
    );
    // As a gateway that drops unknown fields returns it.
    let bare: String = sent[0]
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("X-") && !line.starts_with("Auto-Submitted"))
        .collect();
    submit(&installation, NOC, &bare.replace("Date: ", "Date:  "));
    installation.settle();
    assert_eq!(
        installation.outbox().len(),
        1,
        "no answer to our own answer"
    );
    assert_eq!(installation.tickets().len(), 1);
    let kept = installation.quarantine();
    assert!(
        kinds(&kept).iter().all(|kind| *kind == "own_loop"),
        "{kept:?}"
    );
    assert!(!kept.is_empty());
    assert!(!id_of(&sent[0]).is_empty());
}

#[test]
fn a_person_whose_mail_says_auto_submitted_no_is_answered() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Scan",
            "no.1@partner.example",
            "Auto-Submitted: no\n",
            ATTACK,
        ),
    );
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Probe",
            "no.2@partner.example",
            "Auto-Submitted: auto-generated\n",
            ATTACK,
        ),
    );
    installation.settle();
    assert_eq!(
        installation.tickets().len(),
        2,
        "a report by a machine is a report"
    );
    let sent = installation.outbox();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        field(&sent[0], "In-Reply-To").unwrap(),
        "<no.1@partner.example>"
    );
}
