//! When it happened, as people and machines write it in reports: our own mails with their times, zones and what stays open.

#[path = "extract/reading.rs"]
mod reading;

use extract::{Context, Extraction, TextKind, TextPart, ZoneBasis, extract};

use crate::reading::read;

/// `VALUE stated`, and the other reading of a date that stays open.
fn written(got: &Extraction) -> Vec<String> {
    let mut list = Vec::new();
    for time in &got.incident.times {
        let basis = match time.zone {
            ZoneBasis::Stated => "stated",
            ZoneBasis::Assumed => "assumed",
        };
        let mut one = format!("{} {basis}", time.value);
        if let Some(other) = &time.ambiguous {
            one = format!("{one} / {other}");
        }
        list.push(one);
    }
    list
}

/// A mail with its times.
#[derive(serde::Deserialize)]
struct Mail {
    date: String,
    known: Option<String>,
    text: String,
    times: Vec<String>,
}

/// `examples/score` counts the same mails.
#[test]
fn mails_of_incident_teams_tell_their_times() {
    let lines = include_str!("extract/times.jsonl").lines();
    let mails: Vec<Mail> = lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!(mails.len(), 72);
    for mut mail in mails {
        let context = Context {
            date: Some(mail.date),
            language: mail.known,
            ..Context::default()
        };
        let part = TextPart {
            id: "1",
            kind: TextKind::Plain,
            text: &mail.text,
            attachment: false,
            forwarded: false,
        };
        let mut got = written(&extract(&[part], &context));
        got.sort();
        mail.times.sort();
        assert_eq!(got, mail.times, "{}", mail.text);
    }
}

/// Read in a mail of 2024-03-06T09:00:00+01:00.
const FORMS: &[(&str, &str)] = &[
    ("2024-03-05T02:11:09Z", "2024-03-05T02:11:09+00:00 stated"),
    ("2024-03-05T02:11:09,5Z", "2024-03-05T02:11:09+00:00 stated"),
    ("20240305T021109Z", "2024-03-05T02:11:09+00:00 stated"),
    ("2024-W10-2T02:11:09Z", "2024-03-05T02:11:09+00:00 stated"),
    ("2024W102T021109Z", "2024-03-05T02:11:09+00:00 stated"),
    ("2024-065T02:11:09Z", "2024-03-05T02:11:09+00:00 stated"),
    (
        "Tue, 05 Mar 2024 02:11:09 +0100 (CET)",
        "2024-03-05T02:11:09+01:00 stated",
    ),
    (
        "Tue Mar  5 02:11:09 UTC 2024",
        "2024-03-05T02:11:09+00:00 stated",
    ),
    (
        "[05/Mar/2024:02:11:09 +0100]",
        "2024-03-05T02:11:09+01:00 stated",
    ),
    (
        "03/05/2024 2:11:09 AM PDT",
        "2024-03-05T02:11:09-07:00 stated",
    ),
    ("timestamp 1709604669", "2024-03-05T02:11:09+00:00 stated"),
    ("epoch 1709604669123", "2024-03-05T02:11:09+00:00 stated"),
    ("le 5 mars vers 2h11", "2024-03-05T02:11:00+01:00 assumed"),
    ("le 05/03 à 02h11 UTC", "2024-03-05T02:11:00+00:00 stated"),
    (
        "am 5. März gegen 2.11 Uhr",
        "2024-03-05T02:11:00+01:00 assumed",
    ),
    (
        "am 05.03. um 02:11 Uhr UTC",
        "2024-03-05T02:11:00+00:00 stated",
    ),
    (
        "el 5 de marzo a las 2:11 de la tarde",
        "2024-03-05T14:11:00+01:00 assumed",
    ),
    (
        "2024-03-05 02:11 (Tokyo time)",
        "2024-03-05T02:11:00+09:00 stated",
    ),
    (
        "2024-03-05 02:11 CET/CEST",
        "2024-03-05T02:11:00+01:00 stated",
    ),
    (
        "2024-03-05 02:11 UTC +05:30",
        "2024-03-05T02:11:00+05:30 stated",
    ),
    ("2024-03-05 02:11 CST", "2024-03-05T02:11:00-06:00 assumed"),
    (
        "2024-03-05 02:11 local time (UTC+3)",
        "2024-03-05T02:11:00+03:00 stated",
    ),
    (
        "2024-03-05 02:11 local time",
        "2024-03-05T02:11:00+01:00 assumed",
    ),
];

#[test]
fn each_form_of_a_time_is_read() {
    for (text, expected) in FORMS {
        let got = read(
            TextKind::Plain,
            &format!("Attack from 192.0.2.10: {text}\n"),
        );
        assert_eq!(written(&got), [*expected], "{text}");
    }
}

#[test]
fn numbers_and_deadlines_are_no_times_of_an_incident() {
    for text in [
        "The scan took 02:10:33 hours from 192.0.2.10.",
        "We keep logs of the last 14 days, and you have until 2024-03-20 to answer.",
        "Reported on 5 March 2024 at 10:00 by 192.0.2.10.",
        "Call 1709604669 about 192.0.2.10.",
        "Every Monday at 14:30 we scan 192.0.2.10.",
        "MAC 10:20:30:40:50:60, interface 0/1, from 10:20:30:40:50:61",
    ] {
        let got = read(TextKind::Plain, text);
        assert_eq!(written(&got), [""; 0], "{text}");
    }
}

#[test]
fn one_date_of_a_text_tells_the_order_of_all() {
    let context = Context {
        date: Some("2024-08-06T09:00:00+00:00".into()),
        ..Context::default()
    };
    let times = |text: &str| {
        let part = TextPart {
            id: "1",
            kind: TextKind::Plain,
            text,
            attachment: false,
            forwarded: false,
        };
        written(&extract(&[part], &context))
    };
    let open = times("The host was seen on 05/03/2024 10:00 UTC.");
    assert_eq!(
        open,
        ["2024-03-05T10:00:00+00:00 stated / 2024-05-03T10:00:00+00:00"]
    );
    let day = times("The host was seen on 05/03/2024 10:00 UTC and on 25/03/2024 10:00 UTC.");
    assert_eq!(
        day,
        [
            "2024-03-05T10:00:00+00:00 stated",
            "2024-03-25T10:00:00+00:00 stated"
        ]
    );
    let month = times("The host was seen on 05/03/2024 10:00 UTC and on 03/25/2024 10:00 UTC.");
    assert_eq!(
        month,
        [
            "2024-05-03T10:00:00+00:00 stated",
            "2024-03-25T10:00:00+00:00 stated"
        ]
    );
    // No incident is reported before it happens.
    assert_eq!(
        times("The host was seen on 05/12/2024 10:00 UTC."),
        ["2024-05-12T10:00:00+00:00 stated"]
    );
    assert_eq!(
        times("La machine a été vue le 05/03/2024 à 10:00 UTC par la sonde."),
        ["2024-03-05T10:00:00+00:00 stated"]
    );
}
