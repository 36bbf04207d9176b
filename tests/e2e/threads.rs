//! Which mail joins a ticket, which opens one of its own, and which is only counted.

use serde_json::Value;

use crate::mail::{TEAM, crlf, field, id_of, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";
const STRANGER: &str = "stranger@elsewhere.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";
const MORE: &str =
    "Hello,\n\nthe attack goes on, please hurry. We see a second address, 192.0.2.11.";

/// A gateway with one ticket, and the acknowledgement that its reporter got.
struct Opened {
    installation: Installation,
    _daemon: crate::support::Daemon,
    reference: String,
    acknowledgement: String,
}

fn opened(subject: &str, more: &str) -> Opened {
    let installation = Installation::new("");
    let daemon = installation.serve();
    submit(
        &installation,
        NOC,
        &mail(NOC, subject, "first@partner.example", more, ATTACK),
    );
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let acknowledgement = installation.outbox().remove(0);
    Opened {
        installation,
        _daemon: daemon,
        reference,
        acknowledgement,
    }
}

fn submit(installation: &Installation, reverse_path: &str, message: &str) {
    let reply = send(installation.ports.smtp, reverse_path, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

fn passed(authserv_id: &str, domain: &str) -> String {
    format!("Authentication-Results: {authserv_id}; dmarc=pass header.from={domain}\n")
}

impl Opened {
    fn submit(&self, reverse_path: &str, message: &str) {
        submit(&self.installation, reverse_path, message);
    }

    /// The kinds of the messages of the first ticket.
    fn kinds(&self) -> Vec<String> {
        let shown = self
            .installation
            .json(&["ticket", "show", &self.reference, "--json"]);
        let entries = shown[0]["entries"].as_array().unwrap().clone();
        entries
            .iter()
            .map(|entry| entry["kind"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The other tickets.
    fn others(&self) -> Vec<Value> {
        let mut tickets = self.installation.tickets();
        tickets.retain(|ticket| ticket["reference"] != self.reference.as_str());
        tickets
    }
}

#[test]
fn reply_to_our_acknowledgement_joins_its_ticket_and_is_not_answered_again() {
    let opened = opened("Scan", "");
    let answers = format!("In-Reply-To: <{}>\n", id_of(&opened.acknowledgement));
    // Not even a tag: clients may cut the Subject.
    opened.submit(
        NOC,
        &mail(NOC, "Re:", "second@partner.example", &answers, MORE),
    );
    assert_eq!(opened.kinds(), ["report", "reply"]);
    assert!(opened.others().is_empty());
    assert_eq!(opened.installation.outbox().len(), 1);
}

#[test]
fn forwarded_acknowledgement_does_not_let_a_stranger_into_the_ticket() {
    let opened = opened("Scan", "");
    let answers = format!("References: <{}>\n", id_of(&opened.acknowledgement));
    let subject = format!("Re: {}", field(&opened.acknowledgement, "Subject").unwrap());
    opened.submit(
        STRANGER,
        &mail(STRANGER, &subject, "s.1@elsewhere.example", &answers, MORE),
    );
    assert_eq!(opened.kinds(), ["report"]);
    let others = opened.others();
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["claims"], opened.reference.as_str());
}

#[test]
fn tag_alone_from_a_stranger_opens_a_ticket_that_says_what_it_claims() {
    let opened = opened("Scan", "");
    let subject = format!("Re: [{}] Re: Scan", opened.reference);
    opened.submit(
        STRANGER,
        &mail(STRANGER, &subject, "s.2@elsewhere.example", "", MORE),
    );
    assert_eq!(opened.kinds(), ["report"]);
    let others = opened.others();
    assert_eq!(others.len(), 1);
    assert_eq!(others[0]["claims"], opened.reference.as_str(), "{others:?}");
    let acknowledgements = opened.installation.outbox();
    assert_eq!(
        acknowledgements.len(),
        2,
        "the stranger hears of his own ticket"
    );
    let own = others[0]["reference"].as_str().unwrap();
    assert!(
        field(&acknowledgements[1], "Subject")
            .unwrap()
            .starts_with(&format!("[{own}]"))
    );
}

#[test]
fn tag_from_a_party_joins_only_when_our_own_mta_says_that_dmarc_passed() {
    let opened = opened("Scan", "");
    let subject = format!("Re: [{}] Re: Scan", opened.reference);
    let cases = [
        ("nothing", String::new(), 1),
        (
            "another host's word",
            passed("mx.elsewhere.example", "partner.example"),
            2,
        ),
        (
            "another domain passed",
            passed("mx.team.example", "elsewhere.example"),
            3,
        ),
        (
            "our MTA's field stands above the sender's",
            format!(
                "Authentication-Results: mx.team.example; dmarc=fail header.from=partner.example\n{}",
                passed("mx.team.example", "partner.example")
            ),
            4,
        ),
    ];
    for (name, fields, others) in cases {
        let id = format!("{others}@partner.example");
        opened.submit(NOC, &mail(NOC, &subject, &id, &fields, MORE));
        assert_eq!(opened.kinds(), ["report"], "{name}");
        assert_eq!(opened.others().len(), others, "{name}");
    }
    let fields = passed("mx.team.example", "partner.example");
    opened.submit(
        NOC,
        &mail(NOC, &subject, "5@partner.example", &fields, MORE),
    );
    assert_eq!(opened.kinds(), ["report", "reply"]);
    assert_eq!(opened.others().len(), 4);
}

#[test]
fn reporters_own_reference_is_kept_in_our_subject_and_brings_his_next_mail_home() {
    let verdict = passed("mx.team.example", "partner.example");
    let opened = opened("[CERT-X #77123] Phishing", &verdict);
    let subject = field(&opened.acknowledgement, "Subject").unwrap();
    assert_eq!(
        subject,
        format!("[{}] Re: [CERT-X #77123] Phishing", opened.reference)
    );
    let tickets = opened.installation.tickets();
    let known = &tickets[0]["first"]["foreign_references"];
    assert!(known.to_string().contains("77123"), "{known}");
    // The reporter's system writes again, without our tag and without an answer's fields.
    opened.submit(
        NOC,
        &mail(
            NOC,
            "[CERT-X #77123] Phishing: more",
            "x.2@partner.example",
            &verdict,
            MORE,
        ),
    );
    assert_eq!(opened.kinds(), ["report", "reply"]);
    // Somebody else who knows the number stays outside, even when he is who he says.
    let other = passed("mx.team.example", "elsewhere.example");
    opened.submit(
        STRANGER,
        &mail(
            STRANGER,
            "[CERT-X #77123] Phishing",
            "x.3@elsewhere.example",
            &other,
            MORE,
        ),
    );
    assert_eq!(opened.kinds(), ["report", "reply"]);
    assert_eq!(opened.others().len(), 1);
}

#[test]
fn same_mail_by_several_ways_is_one_message_with_copies_and_one_answer() {
    let opened = opened("Scan", "");
    let same = mail(NOC, "Scan", "first@partner.example", "", ATTACK);
    opened.submit(NOC, &same);
    let trace = "Received: from a.example by b.example; Tue, 5 Mar 2024 09:00:02 +0100\r\n\
                 Delivered-To: csirt@team.example\r\nX-Spam-Score: 0.1\r\nDKIM-Signature: v=1; d=a.example\r\n";
    opened.submit("forwarder@lists.example", &format!("{trace}{same}"));
    let tickets = opened.installation.tickets();
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0]["messages"], 1, "{tickets:?}");
    assert_eq!(tickets[0]["copies"], 2, "{tickets:?}");
    assert_eq!(opened.installation.outbox().len(), 1);
    // One word more, and it is another message.
    opened.submit(
        NOC,
        &mail(
            NOC,
            "Scan",
            "first@partner.example",
            "",
            &format!("{ATTACK} Again."),
        ),
    );
    assert_eq!(opened.installation.tickets().len(), 2);
}

#[test]
fn bounce_of_our_acknowledgement_is_put_to_its_ticket() {
    let opened = opened("Scan", "");
    let bounce = |id: &str, returned: &str| {
        crlf(&format!(
            "From: MAILER-DAEMON@mx.partner.example\nTo: {TEAM}\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <{id}>\n\
             Date: Tue, 05 Mar 2024 09:10:00 +0100\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_d\"\n\n\
             --=_d\nContent-Type: text/plain\n\nnoc: mailbox is full\n\n\
             --=_d\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.partner.example\n\n\
             Final-Recipient: rfc822; {NOC}\nAction: failed\nStatus: 5.2.2\n\n\
             --=_d\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{returned}>\nSubject: An answer\n\n--=_d--\n"
        ))
    };
    let id = id_of(&opened.acknowledgement);
    opened.submit("", &bounce("d.1@mx.partner.example", &id));
    assert_eq!(opened.kinds(), ["report", "delivery_status"]);
    let contact = || opened.installation.run(&["contact", "show", NOC]);
    assert!(contact().contains("5.2.2"), "{}", contact());
    opened.installation.run(&["contact", "clear", NOC]);
    let qmail = |returned: &str| {
        crlf(&format!(
            "From: MAILER-DAEMON@mx.partner.example\nTo: {TEAM}\nSubject: failure notice\nMessage-ID: <q.1@mx.partner.example>\n\
             Date: Tue, 05 Mar 2024 09:11:00 +0100\n\nHi. This is the qmail-send program at mx.partner.example.\n\
             I'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n\
             <{NOC}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n\
             Return-Path: <{TEAM}>\nMessage-ID: <{returned}>\nSubject: An answer\n"
        ))
    };
    opened.submit("", &qmail(&id));
    assert_eq!(
        opened.kinds(),
        ["report", "delivery_status", "delivery_status"]
    );
    assert!(contact().contains("5.1.1"), "{}", contact());
    opened.installation.run(&["contact", "clear", NOC]);
    // A made-up id with the right number is no proof.
    let (head, tail) = id
        .rsplit_once('.')
        .map(|_| id.split_at(id.find('@').unwrap()))
        .unwrap();
    let forged = format!("{}aaaa{tail}", &head[..head.len() - 4]);
    opened.submit("", &bounce("d.2@mx.partner.example", &forged));
    assert_eq!(opened.kinds().len(), 3);
    assert!(opened.others().is_empty());
    assert_eq!(opened.installation.quarantine().len(), 1);
    assert!(!contact().contains("5.2.2"), "it marks nobody");
    assert_eq!(opened.installation.outbox().len(), 1);
}
