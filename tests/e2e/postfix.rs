//! Behind a real Postfix: it takes the mail, hands it over by LMTP, and delivers our acknowledgements.

use std::time::{Duration, Instant};

use crate::mail::{TEAM, field, mail, text_of};
use crate::mta::Postfix;
use crate::support::{Conversation, Installation, free_port, send, wait_for};

const PATIENCE: Duration = Duration::from_secs(30);
const ENGLISH: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.\n\
                       Please have a look at it.\n\nKind regards";
const FRENCH: &str = "Bonjour,\n\nnotre serveur 198.51.100.7 est attaqué depuis hier soir par l'adresse 192.0.2.10.\n\
                      Merci de bien vouloir regarder ce qui se passe.\n\nCordialement";

/// A gateway whose smarthost is a Postfix that delivers to it.
fn behind_postfix(next: impl Fn(&Installation) -> String, extra: &str) -> (Installation, Postfix) {
    let port = free_port();
    let installation = Installation::new(&format!(
        "{extra}\n[outbox]\nsmarthost = \"127.0.0.1:{port}\"\n"
    ));
    let postfix = Postfix::start(port, &next(&installation));
    (installation, postfix)
}

fn over_tcp(installation: &Installation) -> String {
    format!("inet:[127.0.0.1]:{}", installation.ports.lmtp)
}

/// The one mail in a mailbox, once it is there.
fn delivered(postfix: &Postfix, user: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    while postfix.mailbox(user).is_empty() {
        assert!(Instant::now() < deadline, "no mail: {}", postfix.log());
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let mails = postfix.mailbox(user);
    assert_eq!(mails.len(), 1);
    mails[0].replace('\n', "\r\n")
}

/// What RFC 3834 and our own promises want of every acknowledgement.
fn assert_is_acknowledgement(message: &str, reference: &str, answers: &str) {
    let value = |name: &str| field(message, name).unwrap_or_else(|| panic!("no {name}: {message}"));
    assert_eq!(value("Return-Path"), "<>");
    assert_eq!(value("Auto-Submitted"), "auto-replied");
    assert_eq!(value("From"), format!("\"Test CSIRT\" <{TEAM}>"));
    assert_eq!(value("In-Reply-To"), format!("<{answers}>"));
    assert_eq!(value("References"), format!("<{answers}>"));
    assert!(
        value("Subject").starts_with(&format!("[{reference}] ")),
        "{message}"
    );
    assert!(value("Message-ID").ends_with("@team.example>"), "{message}");
    assert!(
        value("Content-Type").starts_with("multipart/signed"),
        "{message}"
    );
    let text = text_of(message);
    assert!(text.starts_with(&format!("[{reference}]\r\n")), "{text}");
    assert!(!text.contains("192.0.2.10"), "quotes the report: {text}");
}

#[test]
fn report_through_postfix_is_acknowledged_to_the_reporters_mailbox() {
    let (installation, postfix) = behind_postfix(over_tcp, "");
    let _daemon = installation.serve();
    let report = mail(
        "Noc <noc@partner.example>",
        "Scan",
        "en.1@partner.example",
        "",
        ENGLISH,
    );
    let reply = send(postfix.port, "noc@partner.example", TEAM, &report);
    assert!(reply.starts_with("250"), "{reply}");
    let message = delivered(&postfix, "noc");
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1);
    let reference = tickets[0]["reference"].as_str().unwrap();
    assert_is_acknowledgement(&message, reference, "en.1@partner.example");
    assert_eq!(
        field(&message, "Subject").unwrap(),
        format!("[{reference}] Re: Scan")
    );
    assert_eq!(field(&message, "To").unwrap(), "noc@partner.example");
    let text = text_of(&message);
    assert!(text.contains("We have received your report"), "{text}");
    assert!(!text.contains("Merci"), "one language is enough: {text}");
    assert!(
        postfix.log().contains("postfix/pillarbox"),
        "{}",
        postfix.log()
    );
}

#[test]
fn french_report_through_the_unix_socket_is_acknowledged_in_french() {
    let unix =
        |installation: &Installation| format!("unix:{}", installation.path("lmtp.sock").display());
    let (installation, postfix) = behind_postfix(unix, "");
    let _daemon = installation.serve();
    let more = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
    let report = mail(
        "soc@partner.example",
        "Attaque",
        "fr.1@partner.example",
        more,
        FRENCH,
    );
    let reply = send(
        postfix.port,
        "soc@partner.example",
        "abuse+web@team.example",
        &report,
    );
    assert!(reply.starts_with("250"), "{reply}");
    let message = delivered(&postfix, "soc");
    let tickets = installation.tickets();
    let reference = tickets[0]["reference"].as_str().unwrap();
    assert_is_acknowledgement(&message, reference, "fr.1@partner.example");
    let text = text_of(&message);
    assert!(
        text.contains("Nous avons bien reçu votre signalement"),
        "{text}"
    );
    assert!(
        !text.contains("Thank you"),
        "one language is enough: {text}"
    );
}

#[test]
fn address_that_is_not_ours_is_refused_by_postfix_and_never_bounced() {
    let (installation, postfix) = behind_postfix(over_tcp, "");
    let _daemon = installation.serve();
    let mut conversation = Conversation::connect(postfix.port).unwrap();
    conversation.say("EHLO client.example").unwrap();
    conversation.say("MAIL FROM:<noc@partner.example>").unwrap();
    let reply = conversation
        .say("RCPT TO:<accounting@team.example>")
        .unwrap();
    assert!(reply.starts_with("550 5.1.1"), "{reply}");
    let reply = conversation
        .say("RCPT TO:<security+dns@team.example>")
        .unwrap();
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(
        installation.tickets().len(),
        0,
        "an address probe is no report"
    );
}

#[test]
fn mail_waits_in_postfix_while_the_database_is_away() {
    let (mut installation, postfix) = behind_postfix(over_tcp, "");
    let _daemon = installation.serve();
    // Postfix learns that the address is good while the database is there.
    let first = mail(
        "noc@partner.example",
        "First",
        "wait.1@partner.example",
        "",
        ENGLISH,
    );
    assert!(send(postfix.port, "noc@partner.example", TEAM, &first).starts_with("250"));
    delivered(&postfix, "noc");
    installation.cluster.stop().unwrap();
    let second = mail(
        "noc@partner.example",
        "Second",
        "wait.2@partner.example",
        "",
        ENGLISH,
    );
    assert!(send(postfix.port, "noc@partner.example", TEAM, &second).starts_with("250"));
    wait_for("Postfix to be told 451", PATIENCE, || {
        postfix.log().contains("status=deferred") && postfix.waiting() == 1
    });
    installation.cluster.start().unwrap();
    wait_for("the mail that waited", PATIENCE, || {
        postfix.flush();
        postfix.mailbox("noc").len() == 2
    });
    assert_eq!(installation.tickets().len(), 2);
    wait_for("an empty queue", PATIENCE, || postfix.waiting() == 0);
}

#[test]
fn authentication_results_that_a_sender_wrote_prove_nothing() {
    let strict = "[acknowledge]\nunauthenticated = false\n";
    let (installation, postfix) = behind_postfix(over_tcp, strict);
    let _daemon = installation.serve();
    let verdict = "dmarc=pass header.from=partner.example\n";
    let forged = [
        format!("Authentication-Results: mx.team.example; {verdict}"),
        format!("authentication-results:mx.TEAM.example; {verdict}"),
        format!("Authentication-Results:\n mx.team.example;\n\t{verdict}"),
        format!("Authentication-Results : mx.team.example; {verdict}"),
        format!("Authentication-Results:\t mx.team.example 1; {verdict}"),
    ];
    for (number, fields) in forged.iter().enumerate() {
        let id = format!("forged.{number}@partner.example");
        let report = mail("noc@partner.example", "Scan", &id, fields, ENGLISH);
        let reply = send(postfix.port, "noc@partner.example", TEAM, &report);
        assert!(reply.starts_with("250"), "{reply}");
    }
    wait_for("the tickets", PATIENCE, || {
        installation.tickets().len() == forged.len()
    });
    for ticket in installation.tickets() {
        assert_eq!(ticket["first"]["answer"], "unauthenticated", "{ticket}");
    }
    assert_eq!(installation.outbox().len(), 0);
}
