//! Every text in every language, in one file that a person reads.

use std::fmt::Write;
use std::path::Path;

use extract::Tlp;
use intake::answer::{
    Contact, LANGUAGES, Notice, Number, Occasion, Overdue, OverdueTicket, Request,
};
use intake::answer::{compose, compose_notice, compose_overdue};
use mail_parser::MessageParser;

use crate::{SUNDAY, TUESDAY, letterhead, request};

/// A case, and what makes it.
type Case = (&'static str, fn(&mut Request));

const CASES: [Case; 13] = [
    ("a report", |_| {}),
    (
        "a report that could not be opened; we have no key",
        |request| {
            request.occasion = Occasion::Unreadable;
            request.came_encrypted = true;
            request.subject = Some("...".into());
        },
    ),
    ("an encrypted report; we have no key", |request| {
        request.came_encrypted = true;
        request.subject = Some("...".into());
    }),
    ("an encrypted report; the answer is encrypted", |request| {
        request.came_encrypted = true;
        request.encrypted = true;
    }),
    ("a report marked TLP:GREEN", |request| {
        request.marking = Some(Tlp::Green);
    }),
    (
        "a report marked TLP:RED in clear; we have no key",
        |request| {
            request.marking = Some(Tlp::Red);
        },
    ),
    (
        "a report marked TLP:AMBER+STRICT in clear; the answer is encrypted",
        |request| {
            request.marking = Some(Tlp::AmberStrict);
            request.encrypted = true;
        },
    ),
    ("a report that names a ticket without proof", |request| {
        request.occasion = Occasion::UnknownTag;
    }),
    ("more about a ticket", |request| {
        request.occasion = Occasion::FollowUp;
        request.due = None;
    }),
    ("more about a ticket that was closed", |request| {
        request.occasion = Occasion::Reopened;
    }),
    ("a report that came before", |request| {
        request.occasion = Occasion::Repeated;
        request.since = Some(FIRST.parse().unwrap());
        request.due = None;
    }),
    (
        "a report that came before, on a ticket that was closed",
        |request| {
            request.occasion = Occasion::Repeated;
            request.since = Some(FIRST.parse().unwrap());
        },
    ),
    ("a request for our key", |request| {
        request.occasion = Occasion::KeyRequest;
        request.reference = String::new();
        request.due = None;
    }),
];

/// When that came: a Sunday in UTC, and a Monday where the team is.
const FIRST: &str = "2026-11-15T23:30:00Z";

/// One case of the sheet: Subject and text.
fn answer(language: Option<&str>, make: fn(&mut Request), now: &str) -> (String, String) {
    let mut request = request(language, Occasion::Received, now);
    let eight_hours = jiff::SignedDuration::from_hours(8);
    request.due = letterhead().calendar.due(request.now, eight_hours);
    make(&mut request);
    let draft = compose(&letterhead(), &request).unwrap();
    read(&draft.unsigned().unwrap())
}

/// Whom to call, as an encrypted notice names them; the name and the numbers are an operator's, and hostile.
fn contacts() -> Vec<Contact> {
    let number = |number: &str, out_of_hours, person: &str| Number {
        number: number.into(),
        out_of_hours,
        person: person.into(),
    };
    let own = [
        number("+352 99 00 00", true, ""),
        number("+352 12 34 56", false, ""),
    ];
    let people = [number("+352 7\r\nBcc: x", false, "Jane \u{202e}Doe")];
    let contact = |name: &str, numbers: &[Number]| Contact {
        name: name.into(),
        numbers: numbers.to_vec(),
    };
    vec![
        contact("Example Bank", &own),
        contact("A \u{1b}[31mschool", &people),
    ]
}

fn notice(language: &str, unreadable: bool, contacts: Vec<Contact>) -> (String, String) {
    let mut letterhead = letterhead();
    letterhead.languages = vec![language.into()];
    let received = SUNDAY.parse().unwrap();
    let notice = Notice {
        recipient: "duty@example.org".into(),
        reference: "CSIRT#000123".into(),
        received,
        unreadable,
        due: letterhead
            .calendar
            .due(received, jiff::SignedDuration::from_hours(8)),
        contacts,
        message_id: "ntc.1@example.org".into(),
        loop_token: "looptoken".into(),
        now: received,
    };
    let draft = compose_notice(&letterhead, &notice).unwrap();
    read(&draft.unsigned().unwrap())
}

fn overdue(language: &str, count: u64, contacts: &[Contact]) -> (String, String) {
    let mut letterhead = letterhead();
    letterhead.languages = vec![language.into()];
    let ticket = |number: u64| OverdueTicket {
        reference: format!("CSIRT#{:06}", 122 + number),
        state: ["new", "waiting", "open"][usize::try_from(number % 3).unwrap()].into(),
        due: SUNDAY.parse().unwrap(),
        contacts: contacts.to_vec(),
    };
    let overdue = Overdue {
        recipient: "duty@example.org".into(),
        tickets: (1..=count).map(ticket).collect(),
        message_id: "ntc.1@example.org".into(),
        loop_token: "looptoken".into(),
        now: SUNDAY.parse().unwrap(),
    };
    let draft = compose_overdue(&letterhead, &overdue).unwrap();
    read(&draft.unsigned().unwrap())
}

fn read(message: &[u8]) -> (String, String) {
    let message = MessageParser::default().parse(message).unwrap();
    let text = message.body_text(0).unwrap().replace("\r\n", "\n");
    (message.subject().unwrap().to_owned(), text)
}

fn all() -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for language in LANGUAGES.map(Some).into_iter().chain([None]) {
        let name = language.unwrap_or("not known");
        for (case, make) in CASES {
            for (when, now) in [("at work", TUESDAY), ("on a Sunday", SUNDAY)] {
                let (subject, text) = answer(language, make, now);
                all.push((format!("{name} · {case} · {when}"), subject, text));
            }
        }
        if let Some(language) = language {
            for (case, unreadable) in [("a notice", false), ("a notice, could not be opened", true)]
            {
                let (subject, text) = notice(language, unreadable, Vec::new());
                all.push((format!("{name} · {case}"), subject, text));
            }
            for (case, count) in [("a notice, one overdue", 1), ("a notice, many overdue", 23)] {
                let (subject, text) = overdue(language, count, &[]);
                all.push((format!("{name} · {case}"), subject, text));
            }
            let encrypted = [
                ("a notice, encrypted", notice(language, false, contacts())),
                (
                    "a notice, two overdue, encrypted",
                    overdue(language, 2, &contacts()),
                ),
            ];
            for (case, (subject, text)) in encrypted {
                all.push((format!("{name} · {case}"), subject, text));
            }
        }
    }
    all
}

#[test]
fn every_text_is_as_it_was_read_and_approved() {
    let mut sheet = String::new();
    for (case, subject, text) in all() {
        let _ = writeln!(sheet, "════ {case}\nSubject: {subject}\n\n{text}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/snapshots/answers.txt");
    if std::env::var_os("REWRITE_ANSWERS").is_some() {
        std::fs::write(&path, &sheet).unwrap();
    }
    assert!(
        sheet == std::fs::read_to_string(&path).unwrap(),
        "REWRITE_ANSWERS=1, and read the difference"
    );
}

#[test]
fn texts_are_short_and_narrow_enough_to_be_read() {
    for (case, _, text) in all() {
        let languages = text.split("\n----------\n");
        for one in languages {
            assert!(one.lines().count() <= 42, "{case}: {}", one.lines().count());
        }
        for line in text.lines() {
            assert!(line.chars().count() <= 76, "{case}: {line}");
        }
        assert!(!text.contains("\n\n\n"), "{case}: empty lines in a row");
    }
}

#[test]
fn nothing_of_the_report_is_quoted_and_the_tag_comes_first() {
    for (case, subject, text) in all() {
        assert!(
            !text.contains("Scan from") && !text.contains("CERT-X"),
            "{case}"
        );
        if !case.contains("our key") {
            assert!(text.starts_with("[CSIRT#000123]"), "{case}");
            assert!(subject.starts_with("[CSIRT#000123] "), "{case}");
        }
        if !case.contains("notice") && !case.contains("our key") && !case.contains("could not") {
            assert!(subject.contains("[CERT-X #77]"), "{case}: {subject}");
        }
    }
}

#[test]
fn out_of_hours_the_next_working_moment_and_the_emergency_number_are_told() {
    for (case, _, text) in all() {
        let acknowledges = !case.contains("our key") && !case.contains("notice");
        let told = text.contains("+33 1 99 00 00 00");
        assert_eq!(told, acknowledges && case.contains("Sunday"), "{case}");
    }
}

/// T58: the length of what is encrypted tells neither language nor occasion, and what is read is the same.
#[test]
fn what_is_encrypted_is_padded_to_blocks() {
    for language in LANGUAGES.map(Some).into_iter().chain([None]) {
        for (case, make) in CASES {
            let mut request = request(language, Occasion::Received, SUNDAY);
            make(&mut request);
            for tail in 0..5 {
                request.subject = Some(format!("Report{}", "!".repeat(tail * 19)));
                let draft = compose(&letterhead(), &request).unwrap();
                let entity = draft.secret_entity().unwrap();
                assert_eq!(entity.len() % 4096, 0, "{case}");
                let inside = String::from_utf8(entity.clone()).unwrap();
                let padding = inside.split_once("X-Padding: ").unwrap().1;
                let mut lines = padding.split("\r\n");
                let mut lines = lines.by_ref().take_while(|line| !line.contains(':'));
                assert!(lines.all(|line| line.len() <= 80), "{case}: {padding}");
                let (subject, text) = read(&draft.unsigned().unwrap());
                let (inner_subject, inner_text) = read(&entity);
                assert_eq!(inner_subject, subject, "{case}");
                assert_eq!(inner_text.trim_end(), text.trim_end(), "{case}");
            }
        }
    }
}
