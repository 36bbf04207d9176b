//! What becomes of mail for tickets that were closed or merged, of messages that come twice, and of those that come changed.

use serde_json::Value;

use crate::mail::{TEAM, field, id_of, mail};
use crate::support::{Conversation, Installation, free_port, send};

const NOC: &str = "noc@partner.example";
const OTHER: &str = "cert@provider.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

fn submit(installation: &Installation, from: &str, message: &str) {
    let reply = send(installation.ports.smtp, from, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// Opens a ticket; its reference, and the line that answers its acknowledgement.
fn opened(installation: &Installation, from: &str, id: &str) -> (String, String) {
    submit(installation, from, &mail(from, "Scan", id, "", ATTACK));
    let reference = installation.tickets().last().unwrap()["reference"].clone();
    let answer = installation.outbox().pop().unwrap();
    let line = format!("In-Reply-To: <{}>\n", id_of(&answer));
    (reference.as_str().unwrap().to_owned(), line)
}

fn shown(installation: &Installation, reference: &str) -> Value {
    installation
        .json(&["ticket", "show", reference, "--json"])
        .remove(0)
}

fn kinds(ticket: &Value) -> Vec<String> {
    let entries = ticket["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn closed_ticket_is_opened_again_for_a_while_and_then_followed() {
    let installation = Installation::new("[triage]\nreopen = \"7 d\"\n");
    let _daemon = installation.serve();
    let (reference, answers) = opened(&installation, NOC, "c.1@partner.example");
    installation.run(&["ticket", "close", &reference]);
    assert_eq!(shown(&installation, &reference)["state"], "resolved");
    // That nobody is there opens nothing again, and is on the ticket: whoever is entitled to it is not kept out of it.
    let away = "I am out of the office until Monday. In urgent cases please call the desk.";
    let vacation = format!("{answers}Auto-Submitted: auto-replied\n");
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Out of office: Scan",
            "c.2@partner.example",
            &vacation,
            away,
        ),
    );
    let ticket = shown(&installation, &reference);
    assert_eq!(ticket["state"], "resolved");
    assert_eq!(kinds(&ticket), ["report", "out_of_office"]);
    assert!(installation.quarantine().is_empty());
    // A stranger with the number opens nothing again either.
    let subject = format!("Re: [{reference}] Scan");
    submit(
        &installation,
        OTHER,
        &mail(OTHER, &subject, "c.3@provider.example", "", "And here."),
    );
    assert_eq!(shown(&installation, &reference)["state"], "resolved");
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Re: Scan",
            "c.4@partner.example",
            &answers,
            "It goes on.",
        ),
    );
    let ticket = shown(&installation, &reference);
    assert_eq!(ticket["state"], "open");
    assert_eq!(kinds(&ticket), ["report", "out_of_office", "reply"]);
    assert_eq!(ticket["entries"][2]["proof_level"], 3);
    let text = installation.run(&["ticket", "show", &reference]);
    assert!(
        text.contains("by the token of our mail; it was closed"),
        "{text}"
    );
    assert_eq!(
        installation.outbox().len(),
        2,
        "the stranger's and the first"
    );
    // A week later it is another ticket, which says what it follows, and is acknowledged as such.
    installation.run(&[
        "ticket",
        "close",
        &reference,
        "--rejected",
        "--reason",
        "not ours",
    ]);
    installation.sql("UPDATE ticket SET changed_hour = changed_hour - interval '8 days'");
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Re: Scan",
            "c.5@partner.example",
            &answers,
            "Here it is again.",
        ),
    );
    assert_eq!(shown(&installation, &reference)["state"], "rejected");
    let tickets = installation.tickets();
    let follows = tickets.last().unwrap();
    assert_eq!(
        (&follows["link"], &follows["claims"]),
        (&"follows".into(), &reference.as_str().into())
    );
    assert_eq!(installation.outbox().len(), 3);
    let own = follows["reference"].as_str().unwrap();
    let text = installation.run(&["ticket", "show", own]);
    assert!(text.contains(&format!("follows {reference}")), "{text}");
    installation.run(&["verify"]);
}

#[test]
fn mail_for_a_merged_ticket_goes_to_the_other_and_proof_still_decides() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (first, _) = opened(&installation, NOC, "m.1@partner.example");
    let body = format!("{ATTACK} We see it, too.");
    submit(
        &installation,
        OTHER,
        &mail(OTHER, "Scan", "m.2@provider.example", "", &body),
    );
    let tickets = installation.tickets();
    let second = tickets[1]["reference"].as_str().unwrap();
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[1]));
    let said = installation.run(&["ticket", "merge", second, &first]);
    assert_eq!(said.trim(), format!("{second} is merged into {first}"));
    let again = installation.output(&["ticket", "merge", second, &first]);
    assert_eq!(again.status.code(), Some(1));
    // By what he answers, and by either number when his domain is proved.
    submit(
        &installation,
        OTHER,
        &mail(OTHER, "Re: Scan", "m.3@provider.example", &answers, "More."),
    );
    let passed =
        "Authentication-Results: mx.team.example; dmarc=pass header.from=provider.example\n";
    for (number, reference) in (4..).zip([second, first.as_str()]) {
        let subject = format!("Re: [{reference}] Scan");
        let id = format!("m.{number}@provider.example");
        let text = format!("More, {number}.");
        submit(
            &installation,
            OTHER,
            &mail(OTHER, &subject, &id, passed, &text),
        );
    }
    let heir = shown(&installation, &first);
    assert_eq!(kinds(&heir), ["report", "reply", "reply", "reply"]);
    assert_eq!(heir["merged_here"][0], second);
    let merged = shown(&installation, second);
    assert_eq!(
        (&merged["state"], &merged["merged_into"]),
        (&"resolved".into(), &first.as_str().into())
    );
    assert_eq!(kinds(&merged), ["report"]);
    // The number of either lets no stranger in; two numbers are judged by proof, not by place; one that there is not is told.
    let passed = passed.replace("provider.example", "partner.example");
    submit(
        &installation,
        NOC,
        &mail(
            NOC,
            "Another",
            "m.6@partner.example",
            "",
            "Something else at 192.0.2.99.",
        ),
    );
    let third = installation.tickets()[2]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = "somebody@elsewhere.example";
    for (number, subject, fields, from) in [
        (7, format!("Re: [{second}] Scan"), "", stranger),
        (
            8,
            format!("[{third}] [{second}] Scan"),
            passed
                .replace("partner.example", "provider.example")
                .as_str(),
            OTHER,
        ),
        (
            9,
            "Re: [CSIRT#999999] Scan".to_owned(),
            passed.as_str(),
            NOC,
        ),
    ] {
        let id = format!("m.{number}@elsewhere.example");
        let text = format!("This is number {number}.");
        submit(
            &installation,
            from,
            &mail(from, &subject, &id, fields, &text),
        );
    }
    let heir = shown(&installation, &first);
    assert_eq!(kinds(&heir), ["report", "reply", "reply", "reply", "reply"]);
    assert_eq!(kinds(&shown(&installation, &third)), ["report"]);
    let tickets = installation.tickets();
    let link = |at: usize| (tickets[at]["link"].clone(), tickets[at]["claims"].clone());
    assert_eq!(link(3), ("claims".into(), second.into()));
    assert_eq!(link(4), ("unknown".into(), "CSIRT#999999".into()));
    let own = tickets[4]["reference"].as_str().unwrap();
    let text = installation.run(&["ticket", "show", own]);
    assert!(
        text.contains("names CSIRT#999999, which there is not"),
        "{text}"
    );
    // Nobody turns a ticket's mail to another one unseen.
    installation.run(&["verify"]);
    installation.sql("UPDATE ticket SET merged_into = 0 WHERE merged_into <> 0");
    let verified = installation.output(&["verify"]);
    assert_eq!(verified.status.code(), Some(1));
}

#[test]
fn same_message_under_another_footer_is_filed_and_linked() {
    let installation = Installation::new("[triage]\nown_lists = [\"reports.team.example\"]\n");
    let _daemon = installation.serve();
    submit(
        &installation,
        NOC,
        &mail(NOC, "Scan", "n.1@partner.example", "", ATTACK),
    );
    let footer =
        format!("{ATTACK}\n\n_______________\nreports mailing list, https://lists.team.example");
    let listed = mail(
        NOC,
        "Scan",
        "n.1@partner.example",
        "List-Id: <reports.team.example>\n",
        &footer,
    );
    submit(&installation, "reports-bounces@team.example", &listed);
    let tickets = installation.tickets();
    assert_eq!(
        tickets.len(),
        2,
        "a made-up Message-ID must not hide a report"
    );
    let reference = |at: usize| tickets[at]["reference"].as_str().unwrap();
    let second = shown(&installation, reference(1));
    let flag = &second["entries"][0]["flags"][0];
    assert_eq!(
        (&flag["flag"], &flag["ticket"]),
        (&"same-message-id".into(), &reference(0).into())
    );
    let text = installation.run(&["ticket", "show", reference(1)]);
    assert!(
        text.contains("the same Message-ID with other content came before"),
        "{text}"
    );
    let first = shown(&installation, reference(0));
    assert_eq!(first["entries"][0]["came_again"][0]["ticket"], reference(1));
    let text = installation.run(&["ticket", "show", reference(0)]);
    assert!(
        text.contains("came again") && text.contains(reference(1)),
        "{text}"
    );
}

#[test]
fn sender_that_lost_our_250_sends_again_and_is_counted() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let message = mail(NOC, "Scan", "l.1@partner.example", "", ATTACK);
    let mut lost = Conversation::connect(installation.ports.smtp).unwrap();
    for line in [
        "EHLO client.example",
        "MAIL FROM:<noc@partner.example>",
        "RCPT TO:<csirt@team.example>",
        "DATA",
    ] {
        lost.say(line).unwrap();
    }
    lost.write(&format!("{message}.\r\n")).unwrap();
    // The other end is gone when the answer comes.
    drop(lost);
    crate::support::wait_for("the first copy", std::time::Duration::from_secs(60), || {
        installation.tickets().len() == 1
    });
    submit(&installation, NOC, &message);
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1);
    assert_eq!(
        (&tickets[0]["messages"], &tickets[0]["copies"]),
        (&1.into(), &1.into())
    );
    assert_eq!(installation.outbox().len(), 1);
}

#[test]
fn two_workers_that_get_the_same_messages_at_once_file_each_once() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let admin = [(
        "PILLARBOX__ADMIN__ADDRESS",
        format!("127.0.0.1:{}", free_port()),
    )];
    let _second = installation.start(&["--role", "worker"], &admin, "second.log");
    const MESSAGES: usize = 12;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut conversation = Conversation::connect(installation.ports.smtp).unwrap();
                conversation.say("EHLO client.example").unwrap();
                for number in 0..MESSAGES {
                    let id = format!("w.{number}@partner.example");
                    let body = format!("{ATTACK} Number {number}.");
                    let message = mail(NOC, "Scan", &id, "", &body);
                    let reply = conversation.send(NOC, TEAM, &message).unwrap();
                    assert!(reply.starts_with("250"), "{reply}");
                }
            });
        }
    });
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), MESSAGES);
    assert!(
        tickets.iter().all(|ticket| ticket["copies"] == 2),
        "{tickets:?}"
    );
    let sent = installation.outbox();
    assert_eq!(sent.len(), MESSAGES);
    let subjects: std::collections::BTreeSet<_> =
        sent.iter().map(|one| field(one, "Subject")).collect();
    assert_eq!(subjects.len(), MESSAGES, "one answer a ticket");
    installation.run(&["verify"]);
}

#[test]
fn merge_is_undone_with_what_went_along_and_mail_goes_to_its_own_ticket_again() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (carried, _) = opened(&installation, OTHER, "u.1@provider.example");
    let report = mail(NOC, "Scan", "u.2@partner.example", "", "At 192.0.2.20.");
    submit(&installation, NOC, &report);
    let heirs = mail(OTHER, "Probe", "u.3@provider.example", "", "At 192.0.2.30.");
    submit(&installation, OTHER, &heirs);
    let tickets = installation.tickets();
    let reference = |at: usize| tickets[at]["reference"].as_str().unwrap().to_owned();
    let (ticket, heir) = (reference(1), reference(2));
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[1]));
    let answer = |number: usize| {
        let id = format!("u.{number}@partner.example");
        let text = format!("More, {number}.");
        submit(
            &installation,
            NOC,
            &mail(NOC, "Re: Scan", &id, &answers, &text),
        );
    };
    installation.run(&["ticket", "merge", &carried, &ticket]);
    installation.run(&["ticket", "merge", &ticket, &heir]);
    answer(4);
    assert_eq!(kinds(&shown(&installation, &heir)), ["report", "reply"]);

    let said = installation.run(&["ticket", "unmerge", &ticket]);
    assert!(said.contains("stays on"), "{said}");
    answer(5);
    let own = shown(&installation, &ticket);
    assert_eq!(
        (&own["state"], &own["merged_into"]),
        (&"new".into(), &Value::Null)
    );
    assert_eq!(kinds(&own), ["report", "reply"]);
    assert_eq!(own["merged_here"], Value::from(vec![carried.clone()]));
    let other = shown(&installation, &heir);
    assert_eq!(kinds(&other), ["report", "reply"], "what came meanwhile");
    assert_eq!(other["merged_here"], Value::Array(Vec::new()));
    // What it took along is its own to give back, once; and a merge can be made again.
    installation.run(&["ticket", "unmerge", &carried]);
    let again = installation.output(&["ticket", "unmerge", &carried]);
    assert_eq!(again.status.code(), Some(1));
    installation.run(&["ticket", "merge", &ticket, &heir]);
    assert_eq!(shown(&installation, &carried)["merged_into"], Value::Null);
    let trail = installation
        .sql("SELECT action FROM audit WHERE action IN ('unmerged', 'gave-back') ORDER BY 1");
    assert_eq!(trail.split_whitespace().count(), 5, "{trail}");
    installation.run(&["verify"]);
}
