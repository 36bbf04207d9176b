//! What becomes of a message, as a function of what it is and what is known.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "pipeline/repeats.rs"]
mod repeats;

use intake::authentication::{AuthResult, says_dmarc_pass};
use intake::envelope::{Envelope, ReversePath};
use intake::openpgp::Keys;
use intake::pipeline::{
    Answer, AnswerPolicy, Answered, Facts, Filing, Link, LinkKind, Outcome, Policy, Reach,
    Standing, TicketFact, Withheld, decide, examine, read, relayed,
};
use intake::thread::{Level, ReferenceFinder};
use intake::triage::{DispositionKind, TriagePolicy};

const MOST: Answered = Answered {
    address_hour: 3,
    address_day: 10,
    domain_day: 30,
    hour: 60,
};
const AUTHENTICATED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\r\n";
const REPORT: &str = "From: NOC <noc@partner.example>\r\nSubject: Scan\r\nMessage-ID: <1@partner.example>\r\n\r\nSource: 192.0.2.1\r\n";

fn policy() -> Policy {
    Policy {
        triage: TriagePolicy {
            own_addresses: ["csirt@team.example".to_owned()].into(),
            ..TriagePolicy::default()
        },
        references: ReferenceFinder::new(&["CSIRT".into()], Vec::new()),
        id_domains: vec!["team.example".into()],
        context: extract::Context::default(),
        authserv_ids: vec!["mx.team.example".into()],
        loop_token: "ourtoken".into(),
        answers: AnswerPolicy {
            enabled: true,
            unauthenticated: false,
            follow_ups: false,
            own_addresses: vec!["csirt@team.example".into()],
            most: MOST,
        },
    }
}

fn envelope(reverse_path: ReversePath) -> Envelope {
    Envelope {
        reverse_path,
        forward_paths: vec!["csirt@team.example".into()],
        helo: "mx.partner.example".into(),
        listener: "lmtp".into(),
        trusted_relay: true,
        received_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        ..Envelope::default()
    }
}

fn outcome_with(
    message: &str,
    facts: &Facts,
    change: impl FnOnce(&mut Policy, &mut Envelope),
) -> Outcome {
    let (mut policy, mut envelope) = (
        policy(),
        envelope(ReversePath::Mailbox("noc@partner.example".into())),
    );
    change(&mut policy, &mut envelope);
    let reading = read(message.as_bytes(), &Keys::new(), &[], envelope.received_at);
    let results = relayed(&envelope, &reading, &policy).unwrap_or_default();
    let examination = examine(&envelope, &reading, results, &policy);
    decide(&envelope, &reading, &examination, facts, &policy)
}

fn outcome(message: &str, facts: &Facts) -> Outcome {
    outcome_with(message, facts, |_, _| {})
}

fn withheld(outcome: &Outcome) -> Option<Withheld> {
    match outcome.answer {
        Answer::Withheld(reason) => Some(reason),
        Answer::Send { .. } => None,
    }
}

fn opens(kind: LinkKind) -> Filing {
    let serial = 123;
    Filing::Open {
        link: Some(Link { serial, kind }),
    }
}

fn ticket(change: impl FnOnce(&mut TicketFact)) -> Facts {
    let mut fact = TicketFact {
        id: [7; 16],
        serial: 123,
        named: 123,
        standing: Standing::Open,
        sender_is_party: false,
        signer_is_party: false,
        token: false,
        notice_about_ours: false,
        foreign: false,
        thread: false,
    };
    change(&mut fact);
    Facts {
        tickets: vec![fact],
        ..Facts::default()
    }
}

#[test]
fn authenticated_report_opens_a_ticket_and_is_answered() {
    let outcome = outcome(&format!("{AUTHENTICATED}{REPORT}"), &Facts::default());
    assert_eq!(outcome.filing, Filing::Open { link: None });
    assert!(
        matches!(outcome.answer, Answer::Send { ref recipient, .. } if recipient == "noc@partner.example")
    );
}

#[test]
fn our_relay_may_say_it_in_several_ways() {
    for (said, proved) in [
        ("dmarc=pass header.from=partner.example", true),
        ("DMARC = Pass (p=NONE) header.from=Partner.Example", true),
        ("dmarc/1=pass header.from=partner.example", true),
        // No record published, and the very domain passed.
        (
            "dmarc=none header.from=partner.example; dkim=pass header.d=partner.example",
            true,
        ),
        (
            "dkim=fail header.d=partner.example; dkim=pass header.i=@partner.example header.s=a",
            true,
        ),
        ("spf=pass smtp.mailfrom=bounce@partner.example", true),
        (
            "spf=pass smtp.mailfrom=partner.example; spf=fail smtp.helo=mx.partner.example",
            true,
        ),
        ("dkim=pass header.d=mail.partner.example", false),
        ("dkim=pass header.d=partner.example.evil.example", false),
        (
            "dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example",
            false,
        ),
        (
            "dkim=pass header.d=evil.example header.d=partner.example",
            false,
        ),
        (
            "spf=pass smtp.mailfrom=a@evil.example; spf=pass smtp.mailfrom=a@partner.example",
            false,
        ),
        (
            "spf=pass smtp.mailfrom=\"x smtp.mailfrom=partner.example\"@evil.example",
            false,
        ),
        (
            "spf=softfail smtp.mailfrom=partner.example; dkim=policy header.d=partner.example",
            false,
        ),
        (
            "dmarc=temperror header.from=partner.example; dkim=pass header.d=partner.example",
            false,
        ),
        (
            "dmarc=fail header.from=partner.example; dkim=pass header.d=partner.example",
            false,
        ),
        ("dmarc=pass", false),
        ("none", false),
        ("arc=pass", false),
    ] {
        let field = format!("Authentication-Results: mx.team.example 1; {said}\r\n");
        let outcome = outcome(&format!("{field}{REPORT}"), &Facts::default());
        let answered = matches!(outcome.answer, Answer::Send { .. });
        assert_eq!(answered, proved, "{said}");
    }
}

#[test]
fn what_another_filter_of_our_relay_says_of_the_connection_is_added() {
    let dmarc =
        "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\r\n";
    let spf = "Authentication-Results: mx.team.example; spf=pass smtp.mailfrom=b@partner.example; dmarc=fail\r\n";
    let hop = "Received: from a by b with ESMTP; now\r\n";
    let other = spf.replace("mx.team", "mx.other");
    for (header, added) in [
        (format!("{dmarc}{spf}"), true),
        (format!("{dmarc}{hop}{spf}"), true),
        (format!("{hop}{dmarc}X-A: 1\r\n{other}{spf}"), true),
        (format!("{hop}{dmarc}{hop}{spf}"), false),
        (format!("{dmarc}{other}"), false),
        (
            format!("{dmarc}{}{spf}", spf.replace("=pass", "=fail")),
            false,
        ),
    ] {
        let sent = envelope(ReversePath::Null);
        let message = format!("{header}{REPORT}");
        let reading = read(message.as_bytes(), &Keys::new(), &[], sent.received_at);
        let results = relayed(&sent, &reading, &policy()).unwrap();
        assert_eq!(results.spf.result == AuthResult::Pass, added, "{header}");
        assert!(results.proves("noc@partner.example"), "{header}");
    }
    // It proves nobody where the topmost does not.
    let none = format!("{}{spf}{REPORT}", dmarc.replace("pass", "none"));
    let outcome = outcome(&none, &Facts::default());
    assert_eq!(withheld(&outcome), Some(Withheld::Unauthenticated));
}

#[test]
fn two_from_addresses_are_never_proved() {
    let field =
        "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\r\n";
    for from in [
        "From: a@partner.example, b@partner.example\r\n",
        "From: a@partner.example\r\nFrom: a@partner.example\r\n",
        "From: a@partner.example\r\nFrom: b@other.example\r\n",
    ] {
        let message = format!("{field}{from}Subject: Scan\r\n\r\nText\r\n");
        let reading = read(
            message.as_bytes(),
            &Keys::new(),
            &[],
            envelope(ReversePath::Null).received_at,
        );
        let sent = envelope(ReversePath::Mailbox("a@partner.example".into()));
        let results = relayed(&sent, &reading, &policy()).unwrap();
        let examination = examine(&sent, &reading, results, &policy());
        assert!(!examination.authenticated, "{from}");
    }
}

#[test]
fn a_sealer_says_what_it_saw() {
    for (value, pass) in [
        (
            "i=1; mx.list.example; dmarc=pass header.from=partner.example",
            true,
        ),
        (
            "i=2; mx.list.example 1; spf=fail; dmarc=pass (p=none) header.from=partner.example",
            true,
        ),
        (
            "i=1; mx.list.example; dmarc=fail header.from=partner.example",
            false,
        ),
        (
            "i=1; mx.list.example; dmarc=pass header.from=other.example",
            false,
        ),
        ("i=1; mx.list.example; dmarc=pass", false),
        ("i=1; dmarc=pass header.from=partner.example", false),
        ("mx.list.example", false),
        ("", false),
    ] {
        assert_eq!(says_dmarc_pass(value, "partner.example"), pass, "{value}");
    }
}

#[test]
fn forged_sender_gets_a_ticket_and_no_answer() {
    for header in [
        "",
        "Authentication-Results: mx.stranger.example; dmarc=pass header.from=partner.example\r\n",
        "Authentication-Results: mx.team.example; dmarc=fail header.from=partner.example\r\n",
        "Authentication-Results: mx.team.example; dmarc=pass header.from=other.example\r\n",
        "Authentication-Results: mx.team.example; spf=pass smtp.mailfrom=\"a; dmarc=pass header.from=partner.example x\"@evil.example; dmarc=fail header.from=partner.example\r\n",
        "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example; dmarc=fail header.from=partner.example\r\n",
        "Authentication-Results: mx.team.example; spf=pass (dmarc=pass header.from=partner.example)\r\n",
        "Authentication-Results: mx.team.example; dmarc=none\r\nAuthentication-Results: mx.team.example; dmarc=pass header.from=partner.example\r\n",
    ] {
        let outcome = outcome(&format!("{header}{REPORT}"), &Facts::default());
        assert_eq!(outcome.filing, Filing::Open { link: None }, "{header}");
        assert_eq!(
            withheld(&outcome),
            Some(Withheld::Unauthenticated),
            "{header}"
        );
    }
}

#[test]
fn only_a_field_that_a_relay_would_know_for_its_own_is_taken_for_it() {
    let id = "mx.team.example; dmarc=pass header.from=partner.example\r\n";
    for (field, ours) in [
        (format!("Authentication-Results: {id}"), true),
        (format!("authentication-results\t :\r\n \t{id}"), true),
        (format!("Authentication-Results: \u{a0}{id}"), false),
        (format!("Authentication-Results:\u{2003}{id}"), false),
        (format!("Authentication-Results: \u{feff}{id}"), false),
        (format!("Authentication-Results: \u{85}{id}"), false),
        (format!("Authentication-Results: \u{b}{id}"), false),
        (format!("Authentication-Results: \u{c}{id}"), false),
        (format!("Authentication-Results: \r{id}"), false),
        (format!("Authentication-Results: \0{id}"), false),
        (
            format!("Authentication-Results: {}", id.replace(';', "\u{a0};")),
            false,
        ),
        (
            format!("Authentication-Results: {}", id.replace(';', " \0;")),
            false,
        ),
        (format!("Authentication-Results\u{c}: {id}"), false),
        (format!("Authentication-Results\r: {id}"), false),
        (format!("Authentication-Results\u{a0}: {id}"), false),
        (format!("Authentication-Results\r\n : {id}"), false),
        (format!("Authentication-\r\n Results: {id}"), false),
    ] {
        let outcome = outcome(&format!("{field}{REPORT}"), &Facts::default());
        let answered = matches!(outcome.answer, Answer::Send { .. });
        assert_eq!(answered, ours, "{field:?}");
    }
    // The same in Latin-1.
    let octets = format!("Authentication-Results: ~{id}{REPORT}").into_bytes();
    let octets: Vec<u8> = octets
        .iter()
        .map(|&octet| if octet == b'~' { 0xa0 } else { octet })
        .collect();
    let sent = envelope(ReversePath::Mailbox("noc@partner.example".into()));
    let reading = read(&octets, &Keys::new(), &[], sent.received_at);
    assert_eq!(relayed(&sent, &reading, &policy()), None);
}

#[test]
fn authentication_results_of_a_peer_that_is_not_trusted_prove_nothing() {
    let outcome = outcome_with(
        &format!("{AUTHENTICATED}{REPORT}"),
        &Facts::default(),
        |_, envelope| {
            envelope.trusted_relay = false;
        },
    );
    assert_eq!(withheld(&outcome), Some(Withheld::Unauthenticated));
}

#[test]
fn rates_hold_the_answer_and_never_the_ticket() {
    let cases = [
        (
            Answered {
                address_hour: 3,
                ..Answered::default()
            },
            Withheld::AddressRate,
        ),
        (
            Answered {
                address_day: 10,
                ..Answered::default()
            },
            Withheld::AddressRate,
        ),
        (
            Answered {
                domain_day: 30,
                ..Answered::default()
            },
            Withheld::DomainRate,
        ),
        (
            Answered {
                hour: 60,
                ..Answered::default()
            },
            Withheld::GatewayRate,
        ),
    ];
    for (answered, reason) in cases {
        let outcome = outcome(
            &format!("{AUTHENTICATED}{REPORT}"),
            &Facts {
                answered,
                ..Facts::default()
            },
        );
        assert_eq!(outcome.filing, Filing::Open { link: None });
        assert_eq!(withheld(&outcome), Some(reason));
    }
}

#[test]
fn an_address_that_refused_our_mail_is_left_alone_until_a_proved_sender_writes_a_day_later() {
    let proved = format!("{AUTHENTICATED}{REPORT}");
    for (reach, message, sent) in [
        (Reach::Fine, &proved, true),
        (Reach::FailedLately, &proved, false),
        (Reach::FailedBefore, &proved, true),
    ] {
        let facts = Facts {
            reach,
            ..Facts::default()
        };
        let outcome = outcome(message, &facts);
        let reason = (!sent).then_some(Withheld::Undeliverable);
        assert_eq!(withheld(&outcome), reason, "{reach:?}");
    }
}

#[test]
fn null_path_two_authors_and_ourselves_are_not_answered() {
    let message = format!("{AUTHENTICATED}{REPORT}");
    let null = outcome_with(&message, &Facts::default(), |_, envelope| {
        envelope.reverse_path = ReversePath::Null
    });
    assert!(withheld(&null).is_some());
    let two = outcome(
        &message.replace("From: NOC", "From: other@partner.example\r\nFrom: NOC"),
        &Facts::default(),
    );
    assert_eq!(withheld(&two), Some(Withheld::NoAddress));
    let own = outcome_with(
        &message.replace("noc@partner.example", "csirt@team.example"),
        &Facts::default(),
        |policy, _| {
            policy.answers.unauthenticated = true;
        },
    );
    assert!(withheld(&own).is_some());
    let off = outcome_with(&message, &Facts::default(), |policy, _| {
        policy.answers.enabled = false
    });
    assert_eq!(withheld(&off), Some(Withheld::Disabled));
}

#[test]
fn our_own_mail_come_back_is_a_loop() {
    let outcome = outcome(
        &format!("X-Pillarbox-Loop: ourtoken\r\n{AUTHENTICATED}{REPORT}"),
        &Facts::default(),
    );
    assert_eq!(outcome.disposition.kind, DispositionKind::OwnLoop);
    assert_eq!(outcome.filing, Filing::Suppress);
}

#[test]
fn a_number_alone_opens_nothing() {
    let tagged = REPORT.replace("Scan", "Re: [CSIRT#000123] Scan");
    let stranger = outcome(&tagged, &ticket(|_| {}));
    assert_eq!(stranger.filing, opens(LinkKind::Claims));
    let forged_party = outcome(&tagged, &ticket(|fact| fact.sender_is_party = true));
    assert_eq!(forged_party.filing, opens(LinkKind::Proposed));
    let unknown = outcome(&tagged, &Facts::default());
    assert_eq!(
        unknown.filing,
        opens(LinkKind::Unknown),
        "an unknown number opens a ticket that says so"
    );
}

#[test]
fn proof_joins_and_says_of_which_kind() {
    let tagged = REPORT.replace("Scan", "Re: [CSIRT#000123] Scan");
    let cases = [
        (
            tagged.clone(),
            ticket(|fact| (fact.sender_is_party, fact.token) = (true, true)),
            Some(Level::Token),
        ),
        (tagged.clone(), ticket(|fact| fact.token = true), None),
        (
            format!("{AUTHENTICATED}{tagged}"),
            ticket(|fact| fact.sender_is_party = true),
            Some(Level::Authenticated),
        ),
        (format!("{AUTHENTICATED}{tagged}"), ticket(|_| {}), None),
        // A signature does not cover the outer Subject: replayed signed text joins nothing (T26).
        (
            tagged.clone(),
            ticket(|fact| fact.signer_is_party = true),
            None,
        ),
        (
            tagged,
            ticket(|fact| (fact.signer_is_party, fact.token) = (true, true)),
            Some(Level::Signature),
        ),
        (
            format!("{AUTHENTICATED}{REPORT}"),
            ticket(|fact| fact.foreign = true),
            Some(Level::Authenticated),
        ),
        (REPORT.to_owned(), ticket(|fact| fact.foreign = true), None),
    ];
    for (number, (message, facts, expected)) in cases.into_iter().enumerate() {
        let outcome = outcome(&message, &facts);
        match expected {
            Some(level) => {
                assert_eq!(
                    outcome.filing,
                    Filing::Join {
                        ticket: [7; 16],
                        serial: 123,
                        level,
                        reopens: false,
                    },
                    "case {number}"
                );
                assert_eq!(outcome.disposition.kind, DispositionKind::Reply);
                assert_eq!(withheld(&outcome), Some(Withheld::Joined));
            }
            None => assert!(
                matches!(outcome.filing, Filing::Open { link: Some(link) } if link.serial == 123),
                "case {number}"
            ),
        }
    }
}

#[test]
fn entitlement_chooses_between_two_tags_not_position() {
    let message = format!(
        "{AUTHENTICATED}{}",
        REPORT.replace("Scan", "[CSIRT#000999] [CSIRT#000123] Scan")
    );
    let mut facts = ticket(|fact| fact.sender_is_party = true);
    facts.tickets.insert(
        0,
        TicketFact {
            id: [9; 16],
            serial: 999,
            named: 999,
            ..ticket(|_| {}).tickets.remove(0)
        },
    );
    let outcome = outcome(&message, &facts);
    assert!(
        matches!(outcome.filing, Filing::Join { serial: 123, .. }),
        "{:?}",
        outcome.filing
    );
}

#[test]
fn decided_twice_is_decided_alike() {
    let message = format!("{AUTHENTICATED}{REPORT}");
    let once = format!("{:?}", outcome(&message, &Facts::default()));
    assert_eq!(once, format!("{:?}", outcome(&message, &Facts::default())));
}

/// From, Subject and text of mail that people wrote.
fn written(from: &str, subject: &str, text: &str) -> String {
    format!(
        "From: {from}\r\nSubject: {subject}\r\nMessage-ID: <w@partner.example>\r\n\r\n{text}\r\n"
    )
}

#[test]
fn who_reports_about_bounces_opens_a_ticket() {
    let ann = "ann@partner.example";
    for (from, subject, text, kind) in [
        (
            ann,
            "Delivery failure notices flood our users",
            "Hello,\r\nour users get notices that mail could not be delivered, for mail they never sent. It comes from 192.0.2.44.",
            DispositionKind::Report,
        ),
        (
            "postmaster@partner.example",
            "Spam run through your host 192.0.2.45",
            "Hello,\r\nour queue holds 4000 messages from it that could not be delivered: user unknown. Please stop it.",
            DispositionKind::Report,
        ),
        // Words alone: it may be a bounce, and nobody is answered, but it is in the queue.
        (
            ann,
            "Undelivered mail returned to sender",
            "Hello,\r\nyour message of yesterday could not be delivered to our helpdesk. Please send it to me.",
            DispositionKind::DeliveryStatus,
        ),
        (
            "postmaster@partner.example",
            "Delivery failure notices for mail that we never sent",
            "Hello,\r\nbackscatter from your host 192.0.2.45 reaches us.",
            DispositionKind::DeliveryStatus,
        ),
    ] {
        let outcome = outcome(&written(from, subject, text), &Facts::default());
        assert_eq!(outcome.disposition.kind, kind, "{subject}");
        assert_eq!(outcome.filing, Filing::Open { link: None }, "{subject}");
        let answerable = kind == DispositionKind::Report && from == ann;
        assert_eq!(outcome.disposition.acknowledge, answerable, "{subject}");
    }
    // With a sign that a machine sent it, it is kept without a ticket, as before.
    for (from, path) in [
        ("MAILER-DAEMON@mx.partner.example", ReversePath::Unknown),
        ("postmaster@partner.example", ReversePath::Null),
    ] {
        let text = "Your message could not be delivered to x@partner.example: user unknown.";
        let bounce = written(from, "Undelivered mail returned to sender", text);
        let outcome = outcome_with(&bounce, &Facts::default(), |_, envelope| {
            envelope.reverse_path = path;
        });
        assert_eq!(outcome.filing, Filing::Suppress, "{from}");
    }
}

#[test]
fn an_entitled_answer_joins_its_ticket_though_it_looks_automatic() {
    let tagged = "Re: [CSIRT#000123] Laptop";
    for (subject, fields, kind) in [
        (
            "Out of office: [CSIRT#000123] Scan",
            "",
            DispositionKind::OutOfOffice,
        ),
        (
            tagged,
            "Auto-Submitted: auto-replied\r\n",
            DispositionKind::AutoReply,
        ),
        (
            tagged,
            "List-Id: <x.partner.example>\r\n",
            DispositionKind::List,
        ),
    ] {
        let message = written("noc@partner.example", subject, "It was stolen yesterday.");
        let authenticated = format!("{AUTHENTICATED}{fields}{message}");
        let party = ticket(|fact| fact.sender_is_party = true);
        let joins = outcome(&authenticated, &party);
        assert_eq!(joins.disposition.kind, kind);
        assert!(
            matches!(
                joins.filing,
                Filing::Join {
                    serial: 123,
                    level: Level::Authenticated,
                    ..
                }
            ),
            "{subject}"
        );
        assert_eq!(withheld(&joins), Some(Withheld::ByRule), "{subject}");
        // Without proof it is what it looks like, and claims nothing.
        let bare = outcome(&format!("{fields}{message}"), &party);
        assert_eq!(bare.filing, Filing::Suppress, "{subject}");
        // A closed ticket is not opened again to hear that nobody is there.
        let closed = ticket(|fact| {
            (fact.sender_is_party, fact.standing) = (true, Standing::ClosedLately);
        });
        let reopens = kind == DispositionKind::List;
        let joins = outcome(&authenticated, &closed);
        assert!(
            matches!(joins.filing, Filing::Join { reopens: again, .. } if again == reopens),
            "{subject}"
        );
        let before = ticket(|fact| {
            (fact.sender_is_party, fact.standing) = (true, Standing::ClosedBefore);
        });
        let joins = outcome(&authenticated, &before);
        assert!(
            matches!(joins.filing, Filing::Join { reopens: false, .. }),
            "{subject}"
        );
    }
    let own = written("noc@partner.example", tagged, "x");
    let looped = format!("X-Pillarbox-Loop: ourtoken\r\n{AUTHENTICATED}{own}");
    let party = ticket(|fact| (fact.sender_is_party, fact.token) = (true, true));
    assert_eq!(outcome(&looped, &party).filing, Filing::Suppress);
}

#[test]
fn a_key_request_that_holds_a_report_is_a_report() {
    let ann = "ann@partner.example";
    for (text, report) in [
        (
            "Hello, please send me your public key. Thank you!\r\n\r\nAnn\r\n-- \r\nAnn, https://www.partner.example",
            false,
        ),
        ("", false),
        (
            "Please send me your key. Our web server is scanned from 192.0.2.46 since this morning.",
            true,
        ),
        (
            "Your key, please. And one of our users fell for a phishing mail yesterday, can you call?",
            true,
        ),
    ] {
        let message = written(ann, "PGP key", text);
        let outcome = outcome_with(&message, &Facts::default(), |policy, _| {
            policy.answers.unauthenticated = true;
        });
        let expected = if report {
            DispositionKind::Report
        } else {
            DispositionKind::KeyRequest
        };
        assert_eq!(outcome.disposition.kind, expected, "{text}");
        assert_eq!(
            matches!(outcome.filing, Filing::Open { .. }),
            report,
            "{text}"
        );
        assert!(matches!(outcome.answer, Answer::Send { .. }), "{text}");
    }
    // By its address, too; and what can't be looked into may be anything.
    let report = written(ann, "Scan", "Our web server is scanned from 192.0.2.46.");
    let encrypted = "From: ann@partner.example\r\nSubject: PGP key\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e\r\n\r\n\
        --e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
        --e\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--e--\r\n";
    for message in [report.as_str(), encrypted] {
        let outcome = outcome_with(message, &Facts::default(), |_, envelope| {
            envelope.forward_paths = vec!["csirt+key@team.example".into()];
        });
        assert_eq!(outcome.filing, Filing::Open { link: None }, "{message}");
    }
}

#[test]
fn merged_tickets_and_what_our_mail_names() {
    let tagged = format!(
        "{AUTHENTICATED}{}",
        REPORT.replace("Scan", "[CSIRT#000123] Scan")
    );
    let merged = ticket(|fact| {
        (fact.sender_is_party, fact.serial, fact.id) = (true, 500, [8; 16]);
    });
    let joins = outcome(&tagged, &merged).filing;
    assert!(
        matches!(joins, Filing::Join { ticket, serial: 500, .. } if ticket == [8; 16]),
        "{joins:?}"
    );
    // The sender is told by no number of the other ticket, and the analyst sees the one that was named.
    let stranger = ticket(|fact| fact.serial = 500);
    assert_eq!(outcome(&tagged, &stranger).filing, opens(LinkKind::Claims));
    let erased = format!("In-Reply-To: <ack.000123.abcdefghij234567@team.example>\r\n{REPORT}");
    assert_eq!(
        outcome(&erased, &Facts::default()).filing,
        opens(LinkKind::Unknown)
    );
}

/// What is found of indicators, in the order of the message.
fn indicators(message: &str) -> Vec<String> {
    let outcome = outcome(message, &Facts::default());
    let indicators = outcome.extraction.indicators.into_iter();
    indicators.map(|indicator| indicator.value).collect()
}

#[test]
fn html_is_read_unless_a_plain_text_says_the_same() {
    let mail = |kind: &str, plain: &str| {
        format!(
            "From: NOC <noc@partner.example>\r\nSubject: Scan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n\
             <p>Scan from 192.0.2.77</p><script>192.0.2.88</script>\r\n--b--\r\n"
        )
    };
    let found = |kind, plain| indicators(&mail(kind, plain));
    assert_eq!(found("alternative", "Scan from 192.0.2.1"), ["192.0.2.1"]);
    assert_eq!(
        found("mixed", "Scan from 192.0.2.1"),
        ["192.0.2.1", "192.0.2.77"]
    );
    assert_eq!(
        found("alternative", "This mail is HTML, sorry."),
        ["192.0.2.77"]
    );
}

#[test]
fn a_notice_joins_when_it_is_about_mail_that_we_sent() {
    let notice = "From: MAILER-DAEMON@mx.partner.example\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=d\r\n\r\n--d\r\nContent-Type: text/plain\r\n\r\nno\r\n--d\r\n\
        Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; noc@partner.example\r\n\
        Action: failed\r\nStatus: 5.1.1\r\n\r\n--d--\r\n";
    let filing = |facts| outcome(notice, &facts).filing;
    // Whoever was given the token can write the rest.
    assert_eq!(filing(ticket(|fact| fact.token = true)), Filing::Suppress);
    let about_ours = ticket(|fact| (fact.token, fact.notice_about_ours) = (true, true));
    assert!(matches!(
        filing(about_ours),
        Filing::Join { serial: 123, .. }
    ));
}
