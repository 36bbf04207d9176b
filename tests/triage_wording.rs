//! Words without fields: what autoresponders of many languages say, what people say, and what is left of automatic mail when
//! any one field is taken away. The mails are ours.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "triage/cases.rs"]
mod cases;
#[path = "triage/reading.rs"]
mod reading;
#[path = "triage/samples.rs"]
mod samples;

use cases::{STATUS, assert_person, assert_rule, from_path, multipart, triage};
use intake::envelope::ReversePath;
use intake::triage::DispositionKind::{self, *};
use samples::{ABSENT, MACHINES};

#[test]
fn absence_in_the_text_alone() {
    for text in ABSENT {
        assert_rule(
            &triage("Subject: Thank you [CSIRT#000123]", text),
            OutOfOffice,
            "out-of-office-text",
        );
        let quoting = format!(
            "{text}\n\nOn 05/03/2024 01:11, CSIRT <csirt@demo.example> wrote:\n> We see scans of 192.0.2.1 and 198.51.100.7\n"
        );
        assert_rule(
            &triage("Subject: Re: Scan", &quoting),
            OutOfOffice,
            "out-of-office-text",
        );
    }
}

/// Subjects and texts of people that an eager rule would take for automatic.
const PEOPLE: &[(&str, &str)] = &[
    (
        "Scan",
        "I was on vacation and saw this only today: somebody logged in to my account. Please contact me.",
    ),
    (
        "Scan",
        "I am on vacation until Monday, but our sensors saw scans from 192.0.2.1 at 10:00 UTC.",
    ),
    (
        "Scan",
        "I am out of the office until Monday; the phish is at hxxp://evil.example/login",
    ),
    (
        "Stolen laptop",
        "My colleague was out of the office when his laptop was stolen. Please contact him.",
    ),
    (
        "Fwd: Automatic reply: Invoice",
        "This autoresponder answers spam. Please stop it.\n\n---------- Forwarded message ---------\nFrom: Bob <bob@site.example>\nDate: Tue, 5 Mar 2024\nSubject: Automatic reply: Invoice\nTo: Ann <ann@site.example>\n\nI am out of the office until Monday. Please contact Ann.",
    ),
    (
        "An autoresponder of yours",
        "It answers every spam with:\n\n> I am out of the office until Monday. Please contact Ann.\n\nCould you look at it?",
    ),
    (
        "Re: Scan",
        "Yes, please.\n\nOn 05/03/2024 01:11, Ann <ann@site.example> wrote:\n> I am out of the office until Monday. Please contact Bob.\n",
    ),
    (
        "Phish",
        "We got this:\n\nDo not reply to this e-mail. Your mailbox is full, click here.",
    ),
    (
        "Backscatter",
        "> Hi. This is the qmail-send program at site.example.\n> --- Below this line is a copy of the message.\n\nWe never sent that.",
    ),
    (
        "Stolen phone",
        "I am on vacation until Monday and my phone with all keys was stolen. Please contact my colleague.",
    ),
    (
        "Mail to you: user unknown",
        "My mail to your abuse desk could not be delivered. Is it down?",
    ),
    (
        "[Fwd: Undelivered Mail Returned to Sender]",
        "Somebody uses our name. It could not be delivered.",
    ),
    (
        "[abuse] WG: Mail delivery failed",
        "Somebody uses our name. It could not be delivered.",
    ),
    ("Question", "Is an automated reply of yours signed?"),
    (
        "Mail delivery failed to your security address",
        "Hello, your mail server bounces our mail: 550 5.1.1 User unknown. Can you repair it?",
    ),
    (
        "Your request has been received",
        "This phish says: your ticket has been created. It points to hxxps://desk.evil.example/login",
    ),
    ("Read: the terms of your webmail", "They allow spam."),
    (
        "Fwd: Returned mail: see transcript",
        "We get thousands of these since Monday, and we did not send any of it.\n\nBegin forwarded message:\n\n> From: MAILER-DAEMON@site.example\n>\n> Your message could not be delivered",
    ),
];

#[test]
fn people_speak_of_absence_too() {
    for (subject, text) in PEOPLE {
        assert_person(&triage(
            &format!("Subject: {subject}\nX-Mailer: Mail"),
            text,
        ));
    }
    // What suppresses answers classifies nothing.
    let suppressing = triage(
        "Subject: On leave portal phished\nX-Auto-Response-Suppress: All",
        "Somebody used it.",
    );
    assert_rule(&suppressing, Report, "hold-response-suppress");
}

#[test]
fn automatic_mail_without_fields() {
    assert_rule(
        &triage(
            "Subject: Re: Scan\nIn-Reply-To: <x@demo.example>",
            "Thank you for contacting us. This is an automated response; a colleague will answer.",
        ),
        AutoReply,
        "auto-reply-text",
    );
    assert_rule(
        &triage(
            "Subject: [#12] Scan",
            "##- Please type your reply above this line -##\n\nHello",
        ),
        Report,
        "hold-first-line",
    );
    assert_rule(
        &triage(
            "Subject: Ticket",
            "Bitte antworten Sie nicht auf diese E-Mail.\n\nHallo",
        ),
        Report,
        "hold-first-line",
    );
    assert_rule(
        &triage(
            "Subject: Fwd: failure notice",
            "\n\nBegin forwarded message:\n\n> From: MAILER-DAEMON@site.example\n>\n> Your message could not be delivered\n",
        ),
        Report,
        "hold-forwarded-bounce",
    );
    assert_rule(
        &triage(
            "Subject: Gelesen: Scan",
            "Ihre Nachricht an Ann wurde am 5.3. gelesen.",
        ),
        DispositionNotification,
        "receipt-wording",
    );
    assert_rule(
        &triage(
            "Subject: RE: your report: non remis (delivery failed)",
            "Your message could not be delivered to\nx@site.example",
        ),
        DeliveryStatus,
        "bounce-subject-end",
    );
    assert_rule(
        &triage(
            "Subject: hello",
            "Hi. This is the qmail-send program at site.example.\n<x@site.example>: no mailbox\n\n--- Below this line is a copy of the message.\n\nSubject: Scan",
        ),
        DeliveryStatus,
        "bounce-returned-original",
    );
}

#[test]
fn receipts_in_other_forms() {
    let mdn = "Final-Recipient: rfc822; a@site.example\nDisposition: manual-action/MDN-sent-manually; displayed";
    let parts = [
        ("text/plain", "x"),
        ("message/disposition-notification", mdn),
        ("message/delivery-status", STATUS),
    ];
    let (head, body) = multipart("multipart/mixed", &parts);
    let read = format!("Subject: Lu : Scan\n{head}");
    assert_rule(&triage(&read, &body), DispositionNotification, "mdn-part");
    assert_person(&triage(&format!("Subject: odd parts\n{head}"), &body));
    let alone = triage("Content-Type: message/disposition-notification", mdn);
    assert_rule(&alone, DispositionNotification, "mdn-part");
}

#[test]
fn notices_of_amazon_ses() {
    let notice = |kind: &str, member: &str| {
        format!(
            "{{\"notificationType\":\"{kind}\",\"{member}\":{{\"x\":1}},\"mail\":{{\"messageId\":\"1\"}}}}"
        )
    };
    let escaped = |text: &str| {
        format!(
            "{{\"Type\":\"Notification\",\"Message\":\"{}\"}}",
            text.replace('"', "\\\"")
        )
    };
    for (kind, member, expected, rule) in [
        ("Bounce", "bounce", DeliveryStatus, "ses-notice"),
        ("Delivery", "delivery", DeliveryStatus, "ses-notice"),
        ("Complaint", "complaint", FeedbackReport, "ses-complaint"),
    ] {
        let plain = notice(kind, member);
        assert_rule(
            &triage("Subject: AWS Notification Message", &plain),
            expected,
            rule,
        );
        assert_rule(
            &triage("Subject: AWS Notification Message", &escaped(&plain)),
            expected,
            rule,
        );
    }
    assert_person(&triage(
        "Subject: API",
        "Your API leaks: {\"notificationType\":\"Bounce\",\"mail\":{}}",
    ));
}

/// Whatever one field a relay drops, no automatic mail is answered; the kinds may become coarser.
#[test]
fn any_one_field_may_be_missing() {
    for sample in MACHINES {
        let (head, body) = sample.split_once("\n\n").unwrap();
        let lines: Vec<&str> = head.lines().collect();
        assert!(
            !from_path(ReversePath::Unknown, sample).acknowledge,
            "{sample}"
        );
        for missing in 0..lines.len() {
            let left: Vec<&str> = lines
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != missing)
                .map(|(_, line)| *line)
                .collect();
            let raw = format!("{}\n\n{body}", left.join("\n"));
            let found = from_path(ReversePath::Unknown, &raw);
            assert!(
                !found.acknowledge,
                "without {:?}: {found:?}\n{raw}",
                lines.get(missing)
            );
        }
    }
}

/// A Subject of ours, as it comes back.
const OURS: &str = "Re: [CSIRT#000123] Scan from 192.0.2.44";

/// Subjects and texts of automatic mail that says so in no field.
const UNMARKED: &[(&str, &str, DispositionKind, &str)] = &[
    (
        "Ann Example is out of the office",
        "I will be out of the office starting 16.11. and will not return until 30.11.\n\nThis is an answer to \"Scan from 192.0.2.44\".",
        OutOfOffice,
        "out-of-office-subject",
    ),
    ("[자동응답] Scan", "x", AutoReply, "auto-reply-subject"),
    (
        "[site #12] AutoReply: Scan",
        "x",
        AutoReply,
        "auto-reply-subject",
    ),
    (
        "Sjálfvirkt svar: Scan",
        "Ég er í fríi til 30. nóvember.",
        OutOfOffice,
        "out-of-office-subject",
    ),
    (
        "New address",
        "This is an automatic reply. Please write to ann@other.example.",
        AutoReply,
        "automatic-answer-text",
    ),
    (
        OURS,
        "Your ticket has been created with id 12.\nTitle: Scan from 192.0.2.44",
        AutoReply,
        "acknowledgement-wording",
    ),
    (
        "VIRUS (Eicar) in mail FROM YOU",
        "A virus was found. Delivery of the email was stopped!",
        AutoReply,
        "virus-notice",
    ),
    (
        OURS,
        "I apologize for this automatic reply. To control spam, I now allow incoming messages only from senders I have approved beforehand.",
        Challenge,
        "challenge-text",
    ),
    (
        "Return Receipt",
        "Your document: Scan\nwas received by: Ann Example",
        DispositionNotification,
        "receipt-wording",
    ),
];

#[test]
fn what_is_sent_without_a_mark_of_automation() {
    for (head, body, kind, rule) in UNMARKED {
        assert_rule(&triage(&format!("Subject: {head}"), body), *kind, rule);
    }
}

#[test]
fn calendars_programs_and_newsletters() {
    let (head, body) = multipart(
        "multipart/alternative",
        &[
            ("text/plain", "When: Friday"),
            (
                "text/calendar; method=REPLY",
                "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR",
            ),
        ],
    );
    assert_rule(
        &triage(&format!("Subject: Accepted: Call\n{head}"), &body),
        AutoReply,
        "calendar-reply",
    );
    for sender in [
        "nagios@site.example",
        "Fail2Ban <root@site.example>",
        "root@site.example (Cron Daemon)",
        "autoreports@site.example",
        "quarantine@site.example",
    ] {
        let found = triage(&format!("From: {sender}\nSubject: Notice"), "192.0.2.1");
        assert_rule(&found, Report, "hold-sender");
    }
    assert_rule(
        &from_path(
            ReversePath::Mailbox("bounces+12@em.site.example".into()),
            "From: Shop <hello@site.example>\nSubject: Webinar\nList-Unsubscribe: <https://site.example>\n\nJoin us!\n",
        ),
        List,
        "newsletter",
    );
}

#[test]
fn people_who_look_like_machines() {
    let report = "From: Ann <ann@site.example>\nSubject: Scan\n\nPlease call.\n";
    for path in [
        "bounces+SRS=ab=XY@relay.example",
        "SRS0=ab=XY=site.example=noreply@relay.example",
    ] {
        assert_person(&from_path(ReversePath::Mailbox(path.into()), report));
    }
    let tag = "Subject: Re: [CSIRT#000123] Scan";
    for (head, body) in [
        (
            "Feedback-ID: i1a2b3c4d:Fastmail\nSubject: Phish",
            "Please take it down.",
        ),
        (
            "Subject: Return receipt malware",
            "It says that your message was read.",
        ),
        (
            "Subject: Delivery failed - parcel phishing",
            "Customers get \"delivery failed\" mails with hxxp://evil.example",
        ),
        (
            "Subject: Spoofed mail",
            "They say \"This is an automatically generated message, please do not reply\".",
        ),
        (
            tag,
            "Host is offline. I will be on vacation until 30 November, please contact Bob.",
        ),
        (
            tag,
            "Guten Tag,\n\nder Server ist abgeschaltet. Ab Montag bin ich im Urlaub, bitte wenden Sie sich an Bob.",
        ),
        (
            tag,
            "您好，该主机已下线。我将于下周出差，如有问题请联系我的同事。",
        ),
        // Colleagues' ticket systems, which mark what they send by themselves.
        (
            "RT-Ticket: site #12\nRT-Originator: ann@site.example\nSubject: [site #12] Scan",
            "Your host scans us.",
        ),
        (
            "X-Mailer: OTRS Mail Service (8.0)\nX-Powered-By: OTRS\nSubject: [Ticket#12] Scan",
            "Your host scans us.",
        ),
    ] {
        assert_person(&triage(head, body));
    }
}
