//! What makes a message say the same as another, and what follows from that.

use intake::openpgp::Keys;
use intake::pipeline::{
    Answer, Earlier, Facts, Filing, LinkKind, Outcome, Standing, Withheld, may_repeat, read,
};
use intake::thread::Level;
use intake::triage::DispositionKind;

use crate::{
    AUTHENTICATED, ReversePath, TicketFact, envelope, examine, opens, outcome_with, policy,
};
use crate::{relayed, ticket};

const WORDS: &str = "Dear colleagues,\r\n\r\nour mail server 198.51.100.7 is attacked from 192.0.2.1 since noon.\r\n";

fn mail(subject: &str, head: &str, body: &str) -> String {
    format!(
        "From: NOC <noc@partner.example>\r\nSubject: {subject}\r\nMessage-ID: <1@partner.example>\r\n{head}\r\n{body}"
    )
}

fn says(message: &str) -> Option<[u8; 32]> {
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    read(message.as_bytes(), &Keys::new(), &[], now).says
}

/// A text with other parts beside it.
fn mixed(body: &str, parts: &[(&str, &str)]) -> String {
    let mut text = format!("--b\r\nContent-Type: text/plain\r\n\r\n{body}\r\n");
    for (head, content) in parts {
        text.push_str(&format!("--b\r\n{head}\r\n\r\n{content}\r\n"));
    }
    mail(
        "Scan",
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n",
        &format!("{text}--b--\r\n"),
    )
}

const ZIP: &str =
    "Content-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment; filename=a.zip";
const LOG: &str =
    "Content-Type: text/plain; name=a.log\r\nContent-Disposition: attachment; filename=a.log";
const SPAM: &str = "Content-Type: message/rfc822\r\nContent-Disposition: attachment";

#[test]
fn how_a_report_is_broken_into_lines_and_titled_does_not_matter() {
    let first = says(&mail("Scan of ours", "", WORDS));
    assert!(first.is_some());
    let one_line = WORDS.replace("\r\n", "  \u{a0} ") + "\r\n";
    for message in [
        mail(
            "Scan of ours",
            "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n",
            WORDS,
        ),
        mail(
            "Scan of ours",
            "Content-Type: text/plain; charset=utf-8\r\n",
            &one_line,
        ),
        mail("Fwd: RE:  Scan\r\n of ours", "", WORDS),
        mail("WG: scan of ours", "", WORDS),
    ] {
        assert_eq!(says(&message), first, "{message}");
    }
}

#[test]
fn other_words_and_another_subject_are_another_report() {
    let first = says(&mail("Scan", "", WORDS));
    for message in [
        mail("Scan", "", &WORDS.replace("192.0.2.1", "192.0.2.2")),
        mail("Scan of 192.0.2.2", "", WORDS),
        mail("Scan: 192.0.2.2", "", WORDS),
        mail("Scan", "", &format!("{WORDS}Please hurry.\r\n")),
        // Some sign first and paste their log below.
        mail(
            "Scan",
            "",
            &format!("{WORDS}\r\n-- \r\nJane Doe, NOC\r\nfrom 192.0.2.8\r\n"),
        ),
        mixed(WORDS, &[(ZIP, "PK")]),
    ] {
        assert_ne!(says(&message), first, "{message}");
    }
}

/// A log behind `>`, and a mail that is passed on, are what the covering words are about.
#[test]
fn what_is_quoted_counts() {
    let with = |head: &str, log: &str| says(&mail("Scan", head, &format!("{WORDS}\r\n{log}")));
    assert_ne!(
        with("", "> from 192.0.2.8\r\n"),
        with("", "> from 192.0.2.9\r\n")
    );
    let answers = "In-Reply-To: <0@partner.example>\r\n";
    let quoted = |text: &str| {
        with(
            answers,
            &format!("On Mon, 2 Nov 2026 at 10:00, Jane <jane@x.example> wrote:\r\n> {text}\r\n"),
        )
    };
    assert_eq!(quoted("Any news?"), quoted("Any news?"));
    assert_ne!(quoted("Any news?"), quoted("192.0.2.9 scans us."));
    let passed_on = |text: &str| {
        with(
            "",
            &format!(
                "---------- Forwarded message ---------\r\nFrom: X <x@bad.example>\r\nDate: Mon, 2 Nov 2026\r\nSubject: Hi\r\nTo: Y <y@partner.example>\r\n\r\n{text}\r\n"
            ),
        )
    };
    assert_ne!(
        passed_on("Click http://a.example"),
        passed_on("Click http://b.example")
    );
}

#[test]
fn attachments_count_by_their_content() {
    let short = "See attached.";
    assert_eq!(
        says(&mail("Scan", "", short)),
        None,
        "next to nothing is said"
    );
    let one = says(&mixed(short, &[(ZIP, "PK-1")]));
    assert!(one.is_some(), "an attachment says something");
    let renamed = ZIP.replace("a.zip", "b.zip");
    assert_eq!(says(&mixed(short, &[(&renamed, "PK-1")])), one);
    assert_ne!(says(&mixed(short, &[(ZIP, "PK-2")])), one);
    assert_ne!(says(&mixed(short, &[(ZIP, "PK-1"), (ZIP, "PK-1")])), one);
    let log = |text: &str| says(&mixed(short, &[(LOG, text)]));
    assert_eq!(log("a b\r\nc"), log("a b \r\n c"));
    assert_ne!(log("a b\r\nc"), log("a b\r\nd"));
    // A key that comes along is none.
    let key = (
        "Content-Type: application/pgp-keys; name=k.asc\r\nContent-Disposition: attachment",
        "x",
    );
    assert_eq!(says(&mixed(WORDS, &[key])), says(&mixed(WORDS, &[])));
    // The header of an enclosed message is the evidence: the same words came from elsewhere.
    let spam = |from: &str| {
        let enclosed =
            format!("Received: from {from}\r\nSubject: Cheap\r\n\r\nBuy our very cheap things.");
        says(&mixed(WORDS, &[(SPAM, &enclosed)]))
    };
    assert_eq!(spam("192.0.2.1"), spam("192.0.2.1"));
    assert!(spam("192.0.2.1").is_some());
    assert_ne!(spam("192.0.2.1"), spam("192.0.2.2"));
}

#[test]
fn what_was_not_read_to_its_end_is_like_nothing_else() {
    let long = "many words of a log, over and over\r\n".repeat(100_000);
    assert_eq!(says(&mixed(WORDS, &[(LOG, &long)])), None);
    let deep = "--x\r\nContent-Type: message/rfc822\r\n\r\n".repeat(2_000);
    let head = "Content-Type: multipart/mixed; boundary=x\r\n";
    assert_eq!(says(&mail("Scan", head, &deep)), None);
}

fn earlier(proved: bool, change: impl FnOnce(&mut TicketFact)) -> Facts {
    let mut facts = ticket(|fact| {
        fact.sender_is_party = true;
        change(fact);
    });
    let ticket = facts.tickets.remove(0);
    facts.earlier = Some(Earlier { ticket, proved });
    facts
}

fn decided(facts: &Facts) -> Outcome {
    let message = mail("Scan", AUTHENTICATED, WORDS);
    outcome_with(&message, facts, |_, _| {})
}

#[test]
fn a_proved_repetition_joins_and_is_answered_although_nothing_else_that_joins_is() {
    for (standing, reopens) in [(Standing::Open, false), (Standing::ClosedLately, true)] {
        let outcome = decided(&earlier(true, |fact| fact.standing = standing));
        let joins = Filing::Join {
            ticket: [7; 16],
            serial: 123,
            level: Level::Authenticated,
            reopens,
        };
        assert_eq!(outcome.filing, joins);
        assert!(outcome.repeated);
        assert_eq!(outcome.disposition.kind, DispositionKind::Report);
        let occasion = intake::answer::Occasion::Repeated;
        let recipient = "noc@partner.example".into();
        assert_eq!(
            outcome.answer,
            Answer::Send {
                recipient,
                occasion
            }
        );
    }
}

#[test]
fn every_other_opens_a_ticket_that_says_of_which_it_may_be() {
    let cases = [
        (earlier(false, |_| {}), LinkKind::Proposed),
        (
            earlier(true, |fact| fact.sender_is_party = false),
            LinkKind::Proposed,
        ),
        (
            earlier(true, |fact| fact.standing = Standing::ClosedBefore),
            LinkKind::Follows,
        ),
    ];
    for (facts, kind) in cases {
        let outcome = decided(&facts);
        assert_eq!((outcome.filing, outcome.repeated), (opens(kind), false));
        let occasion = intake::answer::Occasion::Received;
        let recipient = "noc@partner.example".into();
        assert_eq!(
            outcome.answer,
            Answer::Send {
                recipient,
                occasion
            }
        );
    }
}

#[test]
fn rates_and_switches_hold_for_repetitions_too() {
    let mut facts = earlier(true, |_| {});
    facts.answered.address_hour = 3;
    let outcome = decided(&facts);
    assert!(outcome.repeated);
    assert_eq!(outcome.answer, Answer::Withheld(Withheld::AddressRate));
}

#[test]
fn machines_repeat_nothing() {
    let asked = |head: &str, reverse_path: ReversePath| {
        let envelope = envelope(reverse_path);
        let message = mail("Scan", &format!("{AUTHENTICATED}{head}"), WORDS);
        let reading = read(message.as_bytes(), &Keys::new(), &[], envelope.received_at);
        let results = relayed(&envelope, &reading, &policy()).unwrap_or_default();
        let examination = examine(&envelope, &reading, results, &policy());
        may_repeat(&envelope, &reading, &examination)
    };
    let person = || ReversePath::Mailbox("noc@partner.example".into());
    assert!(asked("", person()));
    assert!(!asked("", ReversePath::Null));
    for head in [
        "Auto-Submitted: auto-generated\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <a.b>\r\n",
    ] {
        assert!(!asked(head, person()), "{head}");
    }
}
