//! What mail is and whether it may be answered, by structure and header fields. The mails are ours.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "triage/cases.rs"]
mod cases;
#[path = "triage/reading.rs"]
mod reading;

use std::collections::BTreeSet;

use cases::{STATUS, assert_person, assert_rule, from_path, multipart, policy, triage};
use intake::envelope::ReversePath;
use intake::triage::DispositionKind::*;
use intake::triage::{Decides, TriagePolicy, classify, rules};
use reading::{envelope, reading_of};

#[test]
fn people_are_answered() {
    for (head, body) in [
        ("Subject: Scan from your network", "Hello, we see scans."),
        ("Subject: Scan\nAuto-Submitted: no", "Hello"),
        ("Subject: Scan\nAuto-Submitted: no (a comment)", "Hello"),
        (
            "Subject: Re: [CSIRT#000123] Undeliverable: Scan\nIn-Reply-To: <a@b>",
            "What is this?",
        ),
        (
            "Subject: I was on vacation when it happened",
            "I was out of the office, and somebody logged in.",
        ),
        (
            "Subject: Out of office replies are abused by spammers",
            "See the logs.",
        ),
        (
            "Subject: Your message to our users",
            "It could not be delivered, because it was a phish.",
        ),
        (
            "Subject: Fwd: Undelivered Mail Returned to Sender",
            "We get thousands of these. They could not be delivered.",
        ),
        (
            "Subject: Automatic reply function of your web shop sends spam",
            "Please stop it.",
        ),
        (
            "Subject: Failure of our key: the public key server is down",
            "Hello",
        ),
        ("Subject: x\nX-Auto-Response-Suppress: DR, RN, NRN", "Hello"),
        ("Subject: x\nPrecedence: normal", "Hello"),
        ("", "No subject at all"),
    ] {
        assert_person(&triage(head, body));
    }
}

#[test]
fn attached_automatic_mail_is_a_report() {
    let inner = format!(
        "From: MAILER-DAEMON@x.example\nSubject: failure notice\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\n\nfailed\n--c\nContent-Type: message/delivery-status\n\n{STATUS}\n--c--"
    );
    let (head, body) = multipart(
        "multipart/mixed",
        &[
            ("text/plain", "Somebody sends in our name; see the bounce."),
            ("message/rfc822", &inner),
        ],
    );
    assert_person(&triage(&format!("Subject: Backscatter\n{head}"), &body));
    let arf = "Subject: FW: complaint\nContent-Type: multipart/report; report-type=feedback-report; boundary=c\n\n--c\n\nx\n--c\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--c--";
    let (head, body) = multipart(
        "multipart/mixed",
        &[("text/plain", "See attached."), ("message/rfc822", arf)],
    );
    assert_person(&triage(&format!("Subject: complaint\n{head}"), &body));
}

#[test]
fn standard_notifications_by_structure() {
    let (head, body) = multipart(
        "multipart/report; report-type=delivery-status",
        &[("text/plain", "x"), ("message/delivery-status", STATUS)],
    );
    assert_rule(&triage(&head, &body), DeliveryStatus, "dsn");
    let (head, body) = multipart(
        "multipart/report",
        &[("text/plain", "x"), ("message/delivery-status", STATUS)],
    );
    assert_rule(&triage(&head, &body), DeliveryStatus, "dsn");
    let (head, body) = multipart(
        "multipart/mixed",
        &[("text/plain", "x"), ("message/delivery-status", STATUS)],
    );
    assert_rule(
        &triage(&format!("From: postmaster@site.example\n{head}"), &body),
        DeliveryStatus,
        "dsn-part",
    );
    assert_person(&triage(&format!("Subject: a status we got\n{head}"), &body));
    assert_rule(
        &triage("Content-Type: message/delivery-status", STATUS),
        DeliveryStatus,
        "dsn",
    );
    let mdn = "Final-Recipient: rfc822; a@b.example\nDisposition: manual-action/MDN-sent-manually; displayed";
    let (head, body) = multipart(
        "multipart/report; report-type=disposition-notification",
        &[
            ("text/plain", "x"),
            ("message/disposition-notification", mdn),
        ],
    );
    assert_rule(
        &triage(&format!("Subject: Read: x\n{head}"), &body),
        DispositionNotification,
        "mdn",
    );
}

#[test]
fn reports_by_machines() {
    let arf = [
        ("text/plain", "x"),
        ("message/feedback-report", "Feedback-Type: abuse"),
        ("message/rfc822", "Subject: spam\n\nx"),
    ];
    let (head, body) = multipart("multipart/report; report-type=feedback-report", &arf);
    assert_rule(
        &triage(&format!("Auto-Submitted: auto-generated\n{head}"), &body),
        FeedbackReport,
        "arf",
    );
    let (head, body) = multipart("multipart/mixed", &arf);
    assert_rule(&triage(&head, &body), FeedbackReport, "arf");
    let (head, body) = multipart(
        "multipart/report; report-type=tlsrpt",
        &[("text/plain", "x"), ("application/tlsrpt+gzip", "x")],
    );
    assert_rule(&triage(&head, &body), AutoReply, "rfc8460-tls-report");
    let alone = triage("Content-Type: application/tlsrpt+json", "{}");
    assert_rule(&alone, AutoReply, "rfc8460-tls-report");
    assert_person(&triage(
        "TLS-Report-Domain: team.example",
        "Is this field yours?",
    ));
    let (head, body) = multipart(
        "multipart/mixed",
        &[
            ("text/plain", "x"),
            ("application/json", "{\"xarf_version\": \"4.0.0\"}"),
        ],
    );
    assert_rule(&triage(&head, &body), FeedbackReport, "xarf-json");
    assert_rule(
        &triage("X-XARF: PLAIN\nSubject: abuse report", "x"),
        FeedbackReport,
        "xarf-header",
    );
    assert_rule(
        &triage(
            "Subject: Report Domain: x.example Submitter: y.example Report-ID: 1\nContent-Type: application/zip",
            "x",
        ),
        FeedbackReport,
        "dmarc-report",
    );
}

#[test]
fn answers_that_are_held() {
    for (head, rule) in [
        (
            "Auto-Submitted: auto-generated\nSubject: Abuse from 192.0.2.1",
            "hold-auto-submitted",
        ),
        ("Precedence: bulk\nSubject: Abuse", "hold-precedence"),
        (
            "X-Auto-Response-Suppress: OOF, AutoReply\nSubject: Abuse",
            "hold-response-suppress",
        ),
        (
            "X-Auto-Response-Suppress: All\nSubject: Abuse",
            "hold-response-suppress",
        ),
        ("X-Loop: yes\nSubject: Abuse", "hold-loop-field"),
        ("From: no-reply@site.example\nSubject: Abuse", "hold-sender"),
        (
            "From: owner-talk@site.example\nSubject: Abuse",
            "hold-sender",
        ),
        (
            "From: csirt+x@demo.example\nSubject: Abuse",
            "hold-own-address",
        ),
        (
            "X-Zendesk-From-Account-Id: 12\nSubject: [site #12] Scan",
            "hold-ticket-system",
        ),
        (
            "X-Spam-Flag: YES\nPrecedence: junk\nSubject: Abuse",
            "hold-precedence",
        ),
    ] {
        assert_rule(&triage(head, "Please look at 192.0.2.1"), Report, rule);
    }
    assert_rule(
        &from_path(
            ReversePath::Null,
            "From: a@site.example\nSubject: Abuse\n\nx\n",
        ),
        Report,
        "hold-null-path",
    );
    assert_rule(
        &from_path(
            ReversePath::Mailbox("talk-bounces@site.example".into()),
            "From: a@site.example\nSubject: Abuse\n\nx\n",
        ),
        Report,
        "hold-sender",
    );
    assert_person(&triage("X-Spam-Flag: YES\nSubject: a spam sample", "x"));
    assert_person(&from_path(
        ReversePath::Unknown,
        "From: a@site.example\nSubject: Abuse\n\nx\n",
    ));
}

#[test]
fn our_own_mail_come_back() {
    assert_rule(
        &triage("From: csirt@demo.example\nX-Pillarbox-Loop: 1", "x"),
        OwnLoop,
        "own-loop-sender",
    );
    assert_rule(
        &triage(
            "From: CSIRT@demo.example\nMessage-ID: <ack.000123.t@Demo.example>",
            "x",
        ),
        OwnLoop,
        "own-loop-sender",
    );
    assert_rule(
        &triage("X-Pillarbox-Loop: forged\nSubject: x", "x"),
        Report,
        "hold-loop-field",
    );
    let policy = TriagePolicy {
        own_loop_token: true,
        ..policy()
    };
    let found = classify(
        &envelope(ReversePath::Unknown),
        &reading_of(b"From: a@b.example\nX-Pillarbox-Loop: 1\n\nx"),
        &policy,
    );
    assert_rule(&found, OwnLoop, "own-loop-token");
}

#[test]
fn requests_for_the_key() {
    for subject in ["send key", "SendKey", "Envoyer clé", "PGP key"] {
        let found = triage(&format!("Subject: {subject}"), "");
        assert_rule(&found, KeyRequest, "key-subject");
        assert!(found.acknowledge);
    }
    assert!(!triage("Subject: send key\nAuto-Submitted: auto-generated", "").acknowledge);
    let mut to_key = envelope(ReversePath::Unknown);
    to_key.forward_paths = vec!["csirt+key@demo.example".to_owned()];
    let found = classify(
        &to_key,
        &reading_of(b"From: a@b.example\n\nhello"),
        &policy(),
    );
    assert_rule(&found, KeyRequest, "key-recipient");
}

#[test]
fn only_a_trusted_relay_can_call_it_spam() {
    let raw = b"From: a@b.example\nX-Spam-Flag: YES\n\nx";
    let mut relayed = envelope(ReversePath::Unknown);
    relayed.trusted_relay = true;
    assert_rule(
        &classify(&relayed, &reading_of(raw), &policy()),
        Report,
        "hold-spam-flag",
    );
    let obeying = TriagePolicy {
        obey_spam_flag: true,
        ..policy()
    };
    assert_rule(
        &classify(&relayed, &reading_of(raw), &obeying),
        SpamSuspect,
        "spam-flag",
    );
}

#[test]
fn a_rule_can_be_switched_off() {
    let policy = TriagePolicy {
        disabled_rules: BTreeSet::from(["list-id".to_owned()]),
        ..policy()
    };
    let found = classify(
        &envelope(ReversePath::Unknown),
        &reading_of(b"From: a@b.example\nList-Id: <x.y>\n\nx"),
        &policy,
    );
    assert_rule(&found, Report, "hold-list-fields");
}

#[test]
fn decrypted_words_decide_nothing() {
    let mut reading = reading_of(b"From: a@b.example\nSubject: ...\nIn-Reply-To: <x@y>\n\nYour message could not be delivered. Out of office.");
    reading
        .parts
        .iter_mut()
        .for_each(|part| part.encrypted = true);
    reading.subject = Some("Automatic reply: Undeliverable: send key".to_owned());
    assert_person(&classify(
        &envelope(ReversePath::Unknown),
        &reading,
        &policy(),
    ));
}

#[test]
fn evidence_is_short_and_harmless() {
    let found = triage(
        &format!("Auto-Submitted: auto-replied\u{202E} {}", "x".repeat(500)),
        "",
    );
    let evidence = found.evidence.unwrap();
    assert!(evidence.starts_with("Auto-Submitted: auto-replied") && evidence.chars().count() <= 80);
    assert!(!evidence.contains('\u{202E}'));
}

#[test]
fn the_table_is_in_order() {
    let names: BTreeSet<&str> = rules().iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), rules().len(), "names are unique");
    for rule in rules() {
        assert_eq!(
            rule.decides == Decides::Hold,
            rule.name.starts_with("hold-")
        );
        assert!(!rule.reads.is_empty() && !rule.source.is_empty());
    }
    for kind in [
        Report,
        Reply,
        AutoReply,
        OutOfOffice,
        DeliveryStatus,
        DispositionNotification,
        FeedbackReport,
        List,
        Challenge,
        OwnLoop,
        KeyRequest,
        SpamSuspect,
    ] {
        assert_eq!(
            serde_json::to_string(&kind).unwrap(),
            format!("\"{}\"", kind.as_str())
        );
    }
}
