//! Bounces, automatic answers, challenges and lists as products write them. The mails are ours; the fields are theirs.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "triage/cases.rs"]
mod cases;
#[path = "triage/reading.rs"]
mod reading;

use cases::{STATUS, assert_person, assert_rule, from_path, multipart, triage};
use intake::envelope::ReversePath;
use intake::triage::DispositionKind::{self, *};

/// Fields and words as the product writes them, and what they are.
const PRODUCTS: &[(&str, &str, DispositionKind, &str)] = &[
    (
        "Auto-Submitted: auto-replied\nSubject: Re: x",
        "We got your mail.",
        AutoReply,
        "rfc3834-auto-replied",
    ),
    (
        "Auto-Submitted: auto-replied (vacation)\nSubject: Re: x",
        "Bye",
        OutOfOffice,
        "out-of-office-header",
    ),
    (
        "Auto-Submitted: auto-replied; owner-email=a@b\nSubject: Re: x",
        "I am out of the office until Monday.",
        OutOfOffice,
        "out-of-office-header",
    ),
    (
        "Auto-Submitted: auto-replied (zimbra; vacation-notification)\nPrecedence: bulk\nSubject: Re: x",
        "x",
        OutOfOffice,
        "out-of-office-header",
    ),
    (
        "X-Autoreply: yes\nPrecedence: bulk\nSubject: Re: x",
        "I am out of the office until Monday.",
        OutOfOffice,
        "out-of-office-header",
    ),
    (
        "X-Apple-Action: VACATION\nSubject: Auto reply: x",
        "zzz",
        OutOfOffice,
        "out-of-office-header",
    ),
    (
        "X-Autorespond: Re: x\nSubject: x",
        "Thanks for the mail",
        AutoReply,
        "auto-reply-header",
    ),
    (
        "X-FreeScout-Mail-Type: auto.reply\nSubject: Re: x",
        "x",
        AutoReply,
        "auto-reply-header",
    ),
    (
        "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\nSubject: x",
        "x",
        AutoReply,
        "auto-reply-header",
    ),
    (
        "Precedence: auto_reply\nSubject: x",
        "x",
        AutoReply,
        "precedence-auto-reply",
    ),
    (
        "RT-Ticket: rt.site.example #12\nX-RT-Loop-Prevention: site\nSubject: [site #12] AutoReply: Scan",
        "x",
        AutoReply,
        "auto-reply-subject",
    ),
    (
        "X-Powered-By: Zammad\nAuto-Submitted: auto-generated\nX-Loop: yes\nIn-Reply-To: <x@demo.example>\nSubject: [Ticket#1] Thanks",
        "We have received your message. Thank you for contacting us",
        AutoReply,
        "ticket-acknowledgement",
    ),
    (
        "X-ServiceNow-Generated: true\nSubject: INC0012345: request received",
        "Your request has been opened",
        AutoReply,
        "ticket-acknowledgement",
    ),
    (
        "X-List-Administrivia: yes\nPrecedence: list\nSubject: x",
        "x",
        AutoReply,
        "list-administration",
    ),
    (
        "Subject: Automatic reply: Scan\nX-MS-Has-Attach:",
        "Back soon",
        OutOfOffice,
        "out-of-office-subject",
    ),
    (
        "Subject: Automatic reply: Scan",
        "We are closed",
        AutoReply,
        "auto-reply-subject",
    ),
    (
        "Subject: AUTO: Ann Example is out of the office (returning 4 December)",
        "x",
        OutOfOffice,
        "out-of-office-subject",
    ),
];

/// Subjects of people who are away.
const ABSENCES: &[&str] = &[
    "Out of Office: Scan",
    "Abwesenheitsnotiz: Scan",
    "Absence du bureau : Scan",
    "Fuera de la oficina: Scan",
    "Fuori ufficio: Scan",
    "Fora do escritório: Scan",
    "Afwezig: Scan",
    "Frånvaro: Scan",
    "Ikke til stede: Scan",
    "Poissa toimistosta: Scan",
    "Poza biurem: Scan",
    "Mimo kancelář: Scan",
    "Mimo kancelárie: Scan",
    "Házon kívül: Scan",
    "În afara biroului: Scan",
    "Ofis dışında: Scan",
    "Εκτός γραφείου: Scan",
    "Вне офиса: Scan",
    "Поза офісом: Scan",
    "Извън офиса: Scan",
    "不在通知: Scan",
    "부재중: Scan",
];

/// What Exchange and others write before the Subject that they answer.
const AUTOMATICS: &[&str] = &[
    "Automatische Antwort: x",
    "Réponse automatique : x",
    "Respuesta automática: x",
    "Risposta automatica: x",
    "Resposta automática: x",
    "Automatisch antwoord: x",
    "Autosvar: x",
    "Automaattinen vastaus: x",
    "Odpowiedź automatyczna: x",
    "Automatická odpověď: x",
    "Automatikus válasz: x",
    "Răspuns automat: x",
    "Otomatik yanıt: x",
    "Αυτόματη απάντηση: x",
    "Автоматический ответ: x",
    "自動応答: x",
    "自动答复: x",
    "자동 회신: x",
];

#[test]
fn bounces_in_free_text() {
    assert_rule(
        &triage("From: MAILER-DAEMON@mx.site.example\nSubject: hello", "x"),
        DeliveryStatus,
        "bounce-daemon",
    );
    assert_rule(
        &triage("From: Mail Delivery System <>\nSubject: hello", "x"),
        DeliveryStatus,
        "bounce-daemon",
    );
    assert_rule(
        &triage("X-Failed-Recipients: a@b.example\nSubject: x", "x"),
        DeliveryStatus,
        "dsn-failed-recipients",
    );
    assert_rule(
        &triage(
            "From: postmaster@site.example\nSubject: Unzustellbar: Ihre Anfrage",
            "x",
        ),
        DeliveryStatus,
        "bounce-postmaster-wording",
    );
    assert_rule(
        &triage(
            "Subject: Undeliverable: Scan",
            "Your message could not be delivered to x@site.example",
        ),
        DeliveryStatus,
        "bounce-wording",
    );
    let null = from_path(
        ReversePath::Null,
        "From: mx@site.example\nSubject: problem\n\nDelivery to the following recipient failed permanently\n",
    );
    assert_rule(&null, DeliveryStatus, "bounce-sender-wording");
    assert_person(&triage(
        "Subject: Undeliverable: what is that?",
        "Can you explain?",
    ));
}

#[test]
fn automatic_answers_of_products() {
    for &(head, body, kind, rule) in PRODUCTS {
        assert_rule(&triage(head, body), kind, rule);
    }
    let answer = from_path(
        ReversePath::Null,
        "From: a@site.example\nSubject: Re: Scan\nIn-Reply-To: <x@demo.example>\n\nGot it\n",
    );
    assert_rule(&answer, AutoReply, "null-path-answer");
}

#[test]
fn absence_in_many_languages() {
    for subject in ABSENCES {
        assert_rule(
            &triage(&format!("Subject: {subject}"), "x"),
            OutOfOffice,
            "out-of-office-subject",
        );
        assert_rule(
            &triage(&format!("Subject: {}", subject.replace(": Scan", "")), "x"),
            OutOfOffice,
            "out-of-office-subject",
        );
    }
    for subject in AUTOMATICS {
        assert_rule(
            &triage(&format!("Subject: {subject}"), "x"),
            AutoReply,
            "auto-reply-subject",
        );
        assert_eq!(
            triage(
                &format!(
                    "Subject: {subject}\nX-MS-Exchange-Transport-CrossTenantHeadersStamped: x"
                ),
                "x"
            )
            .kind,
            OutOfOffice,
            "Exchange writes it for absence"
        );
    }
}

#[test]
fn letters_through_ticket_systems_are_reports() {
    for (head, body, rule) in [
        (
            "RT-Ticket: rt.site.example #12\nIn-Reply-To: <x@demo.example>\nSubject: Re: [CSIRT#000123] Scan",
            "Thank you for contacting us. We blocked the host.",
            "hold-ticket-system",
        ),
        (
            "Auto-Submitted: auto-generated\nSubject: Abuse from 192.0.2.1",
            "A complaint has been received. A ticket has been created. Out of office scanners.",
            "hold-auto-submitted",
        ),
        (
            "From: noreply@site.example\nSubject: Spam from 192.0.2.1",
            "RCPT TO:<x@trap.example> 550 user unknown; the remote server made 7 delivery attempts, none could not be delivered.",
            "hold-sender",
        ),
    ] {
        assert_rule(&triage(head, body), Report, rule);
    }
}

#[test]
fn challenges() {
    let asked = triage(
        "Subject: Please confirm your message\nAuto-Submitted: auto-replied",
        "Reply to this confirmation",
    );
    assert_rule(&asked, Challenge, "challenge-wording");
    assert_rule(
        &triage("X-TMDA-Confirm: 1\nSubject: x", "x"),
        Challenge,
        "challenge-header",
    );
    assert_person(&triage(
        "Subject: Please confirm your message of Monday",
        "Did you write to us?",
    ));
}

#[test]
fn lists() {
    assert_rule(
        &triage("List-Id: <talk.site.example>\nSubject: x", "x"),
        List,
        "list-id",
    );
    assert_rule(
        &triage(
            "Mailing-List: contact talk-help@site.example; run by ezmlm\nSubject: x",
            "x",
        ),
        List,
        "list-id",
    );
    assert_rule(
        &triage(
            "List-Unsubscribe: <mailto:x@y.example>\nPrecedence: bulk\nSubject: x",
            "x",
        ),
        List,
        "list-precedence",
    );
    assert_rule(
        &triage(
            "List-Unsubscribe: <mailto:x@y.example>\nSubject: Abuse report",
            "x",
        ),
        Report,
        "hold-list-fields",
    );
    assert_rule(
        &triage("List-Id: Reports <reports.demo.example>\nSubject: x", "x"),
        Report,
        "hold-list-fields",
    );
    let (head, body) = multipart(
        "multipart/report; report-type=delivery-status",
        &[("text/plain", "x"), ("message/delivery-status", STATUS)],
    );
    assert_rule(
        &triage(&format!("List-Id: <talk.site.example>\n{head}"), &body),
        DeliveryStatus,
        "dsn",
    );
}

#[test]
fn what_a_notice_says_of_its_recipients() {
    let failed = |fields: &str| {
        let (head, body) = multipart(
            "multipart/report; report-type=delivery-status",
            &[
                ("text/plain", "x"),
                (
                    "message/delivery-status",
                    &format!("Reporting-MTA: dns; mx.site.example\n\n{fields}"),
                ),
            ],
        );
        let reading =
            reading::reading_of(format!("From: mx@site.example\n{head}\n\n{body}\n").as_bytes());
        let found = intake::triage::failures(&reading).into_iter();
        found
            .map(|one| format!("{} {}", one.recipient, one.status))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        failed("Final-Recipient: rfc822; X@Site.example\nAction: failed\nStatus: 5.1.1 (unknown)"),
        ["x@site.example 5.1.1"]
    );
    assert_eq!(
        failed(
            "Original-Recipient: utf-8; a@b.example\nFinal-Recipient: rfc822;c@d.example\nAction: failed\nStatus: 5.0.0\n\nFinal-Recipient: rfc822; e@f.example\nStatus: 5.2.2"
        ),
        ["a@b.example 5.0.0", "e@f.example 5.2.2"]
    );
    assert!(
        failed("Final-Recipient: rfc822; x@site.example\nAction: delayed\nStatus: 4.4.1")
            .is_empty()
    );
    assert!(
        failed("Final-Recipient: rfc822; x@site.example\nAction: relayed\nStatus: 2.0.0")
            .is_empty()
    );
    assert!(
        failed("Final-Recipient: rfc822; x@site.example\nAction: failed\nStatus: 5.evil words")
            .is_empty()
    );
}

#[test]
fn a_notice_in_free_text_says_for_good_by_its_code() {
    let failed = |text: &str| {
        let message = format!("From: mx@site.example\nContent-Type: text/plain\n\n{text}\n");
        let reading = reading::reading_of(message.as_bytes());
        let found = intake::triage::failures(&reading).into_iter();
        found
            .map(|one| format!("{} {}", one.recipient, one.status))
            .collect::<Vec<_>>()
    };
    let qmail = "Hi. This is the qmail-send program at mx.site.example.\n\n<X@site.example>:\nSorry, no mailbox here by that name. (#5.1.1)";
    assert_eq!(failed(qmail), ["x@site.example 5.1.1"]);
    let exim = "  x@site.example\n    SMTP error from remote mail server after RCPT TO:<x@site.example>:\n    host mx.site.example [192.0.2.5]: 550 unknown user";
    assert_eq!(failed(exim), ["x@site.example 5.0.0"]);
    let later = [
        "Warning: message to x@site.example delayed 24 hours. You need not send it again (#4.4.1).",
        "x@site.example from 5.6.7.8 has 550 messages, version 5.1: see RFC 5.1.1.1",
        "x@site.example is away until 5.1.",
    ];
    for later in later {
        assert_eq!(failed(later), [""; 0], "{later}");
    }
}
