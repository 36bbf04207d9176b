//! What is answered, in which words and language, how often, and who else is told.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::{ToSpan, Zoned};
use serde_json::Value;

use crate::mail::{TEAM, field, id_of, mail, text_of};
use crate::support::{Conversation, Installation, send, wait_for};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

fn submit_to(installation: &Installation, recipient: &str, message: &str) -> String {
    let before = installation.outbox().len();
    let reply = send(installation.ports.smtp, NOC, recipient, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let mut sent = installation.outbox();
    assert_eq!(sent.len(), before + 1);
    sent.retain(|letter| letter.contains(&id_of(message)));
    sent.remove(0)
}

/// A letter's text without its line breaks: where a sentence is broken is no matter.
fn said(letter: &str) -> String {
    text_of(letter)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn submit(installation: &Installation, message: &str) -> String {
    submit_to(installation, TEAM, message)
}

/// Hours at which nobody works now: the day after tomorrow and the one after it are far enough in every zone.
pub fn closed() -> String {
    let later = Zoned::now().checked_add(2.days()).unwrap();
    let (first, last) = (
        later.strftime("%a"),
        (&later + 1.day()).strftime("%a").to_string(),
    );
    format!(
        "[team]\nhours = \"{first}-{last} 09:00-17:00\"\nemergency_phone = \"+33 1 99 00 00 00\"\n"
    )
}

fn refusal(installation: &Installation) -> String {
    let output = installation.output(&["config", "check"]);
    assert_eq!(output.status.code(), Some(78));
    String::from_utf8(output.stderr).unwrap()
}

fn with_templates(folder: &Path, more: &str) -> Installation {
    let folder = folder.display();
    Installation::new(&format!(
        "[acknowledge]\ntemplates_dir = \"{folder}\"\n{more}"
    ))
}

#[test]
fn operator_s_text_is_checked_sent_and_never_costs_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_templates(folder.path(), "");
    let path = folder.path().join("acknowledgement.en.txt");
    let texts = folder.path().display().to_string();
    installation.run(&["config", "templates", &texts]);
    installation.run(&["config", "check"]);
    // Never over what somebody wrote.
    assert!(
        !installation
            .output(&["config", "templates", &texts])
            .status
            .success()
    );
    fs::write(
        &path,
        "Hello\n{% if unreadable %}\n{{ nobody }}\n{% endif %}\n",
    )
    .unwrap();
    let said = refusal(&installation);
    assert!(said.contains("acknowledgement.en.txt, line 3: "), "{said}");
    fs::write(folder.path().join("acknowledgment.de.txt"), "Hallo").unwrap();
    assert!(refusal(&installation).contains("acknowledgment.de.txt: no answer has"));
    fs::remove_file(folder.path().join("acknowledgment.de.txt")).unwrap();

    fs::write(&path, "Ahoy from {{ team }}.\n").unwrap();
    let daemon = installation.serve();
    let report = mail(NOC, "Scan", "own@partner.example", "", ATTACK);
    let sent = submit(&installation, &report);
    assert!(
        text_of(&sent).contains("\r\nAhoy from Test CSIRT.\r\n"),
        "{sent}"
    );
    assert_eq!(
        installation
            .metric("pillarbox_template_faults_total")
            .to_string(),
        "0"
    );

    // Broken while the daemon runs: said, and the built-in text serves.
    fs::write(&path, "Ahoy {{ nobody }}\n").unwrap();
    daemon.signal("HUP");
    wait_for("the texts to be read anew", Duration::from_secs(30), || {
        installation
            .log()
            .contains("acknowledgement.en.txt, line 1")
    });
    let report = mail(
        NOC,
        "Scan",
        "broken@partner.example",
        "",
        &format!("{ATTACK} Again."),
    );
    let sent = submit(&installation, &report);
    assert!(
        text_of(&sent).contains("We have received your report"),
        "{sent}"
    );
    assert_eq!(
        installation
            .metric("pillarbox_template_faults_total")
            .to_string(),
        "1"
    );

    // And so does it when the folder is gone.
    fs::remove_dir_all(folder.path()).unwrap();
    drop(daemon);
    let _daemon = installation.serve();
    let report = mail(
        NOC,
        "Scan",
        "gone@partner.example",
        "",
        &format!("{ATTACK} Still."),
    );
    let sent = submit(&installation, &report);
    assert!(
        text_of(&sent).contains("We have received your report"),
        "{sent}"
    );
}

#[test]
fn language_is_the_contact_s_then_the_address_s_then_the_header_s() {
    let installation = Installation::new(
        "[team]\nlanguages = [\"en\", \"fr\", \"de\", \"es\"]\n[intake]\nrecipients = [\"meldung@team.example\"]\n\
         [acknowledge]\naddress_languages = { meldung = \"de\" }\n",
    );
    let _daemon = installation.serve();
    let text = |recipient: &str, id: &str, more: &str| {
        let body = format!("{ATTACK} {id}");
        let report = mail(NOC, "Scan", id, more, &body);
        text_of(&submit_to(&installation, recipient, &report))
    };
    let meldung = "Meldung+1@team.example";
    let spanish = "Content-Language: es-ES\n";
    assert!(text(TEAM, "1@partner.example", "").contains("Thank you."));
    assert!(text(TEAM, "2@partner.example", spanish).contains("Gracias por su"));
    assert!(text(meldung, "3@partner.example", spanish).contains("Vielen Dank"));
    installation.run(&["contact", "language", NOC, "fr"]);
    assert!(
        installation
            .run(&["contact", "show", NOC])
            .contains("answered in fr")
    );
    assert!(text(meldung, "4@partner.example", spanish).contains("Nous avons bien re"));
    installation.run(&["contact", "language", NOC, "auto"]);
    assert!(text(TEAM, "5@partner.example", "").contains("Thank you."));
    let refused = installation.output(&["contact", "language", NOC, "it"]);
    assert!(!refused.status.success());
}

#[test]
fn what_names_a_ticket_without_proof_gets_the_same_words_whether_it_is_there_or_not() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    submit(
        &installation,
        &mail(NOC, "Scan", "first@partner.example", "", ATTACK),
    );
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = "stranger@elsewhere.example";
    let mut texts = Vec::new();
    for (number, named) in [reference.as_str(), "CSIRT#999999"].into_iter().enumerate() {
        let subject = format!("Re: [{named}] Scan");
        let id = format!("s.{number}@elsewhere.example");
        let sent = submit(
            &installation,
            &mail(stranger, &subject, &id, "", &format!("{ATTACK} {number}")),
        );
        let own = field(&sent, "Subject").unwrap()[1..13].to_owned();
        assert_ne!(own, named);
        texts.push(said(&sent).replace(&own, "(own)"));
    }
    assert!(
        texts[0].contains("although it names another one"),
        "{}",
        texts[0]
    );
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn follow_up_is_acknowledged_where_the_team_wants_it() {
    let installation = Installation::new("[acknowledge]\nfollow_ups = true\n");
    let _daemon = installation.serve();
    let first = submit(
        &installation,
        &mail(NOC, "Scan", "first@partner.example", "", ATTACK),
    );
    let answers = format!("In-Reply-To: <{}>\n", id_of(&first));
    let more = mail(
        NOC,
        "Re: Scan",
        "second@partner.example",
        &answers,
        "Hello,\n\nit goes on, from 192.0.2.11, too.",
    );
    let second = submit(&installation, &more);
    assert_eq!(installation.tickets().len(), 1);
    assert!(
        said(&second).contains("added your message to the ticket above"),
        "{second}"
    );
    // Our own answer that comes back is still never answered.
    let reply = send(installation.ports.smtp, NOC, TEAM, &second);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    assert_eq!(installation.outbox().len(), 2);
}

#[test]
fn report_that_should_not_have_come_in_clear_is_answered_with_less() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let body = format!("TLP:RED\n\n{ATTACK}");
    let report = mail(
        NOC,
        "[CERT-X #77] Ministry attacked (TLP:RED)",
        "red@partner.example",
        "",
        &body,
    );
    let sent = submit(&installation, &report);
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let subject = field(&sent, "Subject").unwrap();
    let neutral = format!("[{reference}] [CERT-X #77] Report received");
    assert!(subject.starts_with(&neutral), "{subject}");
    let told = format!("{subject}\n{}", said(&sent));
    for secret in ["RED", "Ministry"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    let report = mail(
        NOC,
        "Scan",
        "green@partner.example",
        "",
        &format!("TLP:GREEN\n\n{ATTACK}"),
    );
    let text = text_of(&submit(&installation, &report));
    assert!(text.lines().nth(1) == Some("TLP:GREEN"), "{text}");
}

#[test]
fn out_of_hours_the_next_moment_is_told_the_clock_runs_and_those_on_duty_hear_of_it() {
    let extra = format!(
        "{}[duty]\naddresses = [\"duty@team.example\"]\nper_hour = 1\n",
        closed()
    );
    let installation = Installation::new(&extra);
    let _daemon = installation.serve();
    let report = mail(
        NOC,
        "Ministry attacked",
        "night@partner.example",
        "",
        ATTACK,
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &report);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let sent = installation.outbox();
    assert_eq!(sent.len(), 2);
    let to = |address: &str| {
        let mut letters = sent.iter();
        letters
            .find(|letter| field(letter, "To").unwrap() == address)
            .unwrap()
    };
    let text = said(to(NOC));
    assert!(
        text.contains("off duty at the moment and will be back on"),
        "{text}"
    );
    assert!(text.contains("+33 1 99 00 00 00"), "{text}");
    assert!(text.contains("We aim to answer by"), "{text}");
    let notice = to("duty@team.example");
    assert_eq!(field(notice, "Auto-Submitted").unwrap(), "auto-generated");
    assert!(
        field(notice, "Content-Type")
            .unwrap()
            .starts_with("multipart/signed")
    );
    for secret in ["Ministry", "192.0.2.10", "198.51.100.7", "partner.example"] {
        assert!(!notice.contains(secret), "{secret}: {notice}");
    }
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(notice.contains(&format!("[{reference}]")));
    let shown: Value = installation
        .json(&["ticket", "show", &reference, "--json"])
        .remove(0);
    let due = shown["answer_due"].as_str().unwrap();
    assert!(due.ends_with(":00:00Z"), "{due}");
    assert_eq!(shown["overdue"], false);
    let purposes: Vec<&str> = shown["sent"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["purpose"].as_str().unwrap())
        .collect();
    assert!(
        purposes.contains(&"answer") && purposes.contains(&"notice"),
        "{shown}"
    );
    installation.sql("UPDATE ticket SET answer_due = now() - interval '1 hour'");
    assert!(
        installation
            .run(&["ticket", "show", &reference])
            .contains("OVERDUE")
    );
    // Once an hour is enough.
    let report = mail(
        NOC,
        "Another",
        "night.2@partner.example",
        "",
        &format!("{ATTACK} Again."),
    );
    submit(&installation, &report);
}

#[test]
fn rates_hold_when_all_come_at_once() {
    let installation = Installation::new("[acknowledge]\nper_address_hour = 3\n");
    let _daemon = installation.serve();
    let port = installation.ports.smtp;
    let senders: Vec<_> = (0..12)
        .map(|number| {
            std::thread::spawn(move || {
                let id = format!("at-once.{number}@partner.example");
                let report = mail(NOC, "Scan", &id, "", &format!("{ATTACK} {number}"));
                let mut conversation = Conversation::connect(port).unwrap();
                conversation.say("EHLO partner.example").unwrap();
                conversation.send(NOC, TEAM, &report).unwrap()
            })
        })
        .collect();
    for sender in senders {
        assert!(sender.join().unwrap().starts_with("250"));
    }
    installation.settle();
    assert_eq!(installation.tickets().len(), 12);
    assert_eq!(installation.outbox().len(), 3);
}
