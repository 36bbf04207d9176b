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
    /// We know that it is not read yet; a zone must not be wrong all the same.
    #[serde(default)]
    missed: bool,
}

/// `examples/score` counts the same mails.
#[test]
fn mails_of_incident_teams_tell_their_times() {
    let lines = include_str!("extract/times.jsonl").lines();
    let mails: Vec<Mail> = lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!(mails.len(), 192);
    for mut mail in mails {
        let context = Context {
            date: Some(mail.date),
            language: mail.known,
            ..Context::default()
        };
        let part = TextPart::body(&mail.text);
        let mut got = written(&extract(&[part], &context));
        got.sort();
        mail.times.sort();
        if mail.missed {
            assert_ne!(got, mail.times, "read by now: {}", mail.text);
            got.retain(|time| time.ends_with("stated") && !mail.times.contains(time));
            assert!(got.is_empty(), "{got:?} {}", mail.text);
        } else {
            assert_eq!(got, mail.times, "{}", mail.text);
        }
    }
}

#[test]
fn zones_stated_for_a_mail_and_hours_told_in_words_count() {
    let lines = include_str!("extract/clocks.jsonl").lines();
    let mails = lines.filter_map(|line| serde_json::from_str::<Mail>(line).ok());
    let mut count = 0;
    let mut wrong = Vec::new();
    for mut mail in mails {
        let context = Context {
            date: Some(mail.date),
            language: mail.known,
            ..Context::default()
        };
        let mut got = written(&extract(&[TextPart::body(&mail.text)], &context));
        got.sort();
        mail.times.sort();
        count += 1;
        if got != mail.times {
            wrong.push(format!(
                "{got:?} instead of {:?} in {}",
                mail.times, mail.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
}

/// Language, text, and each of its moments: read in a mail of 2026-03-03, ten o'clock in Paris. The last four have none.
const PROBES: &[(&str, &str, &[&str])] = &[
    (
        "en",
        "Failed logins from 192.0.2.10 at 2026-03-02T14:23:05Z",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "Attack from 192.0.2.10 seen 2026-03-02 14:23:05 UTC",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "192.0.2.10 connected at 2026-03-02T15:23:05+01:00",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "Date: Mon, 02 Mar 2026 14:23:05 +0000, attacker 192.0.2.10",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "[Mon Mar 02 15:23:05.123456 2026] [error] [client 192.0.2.10:40112] script not found",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        r#"192.0.2.10 - - [02/Mar/2026:15:23:05 +0100] "POST /wp-login.php HTTP/1.1" 200 4523"#,
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "Mar  2 15:23:05 gw sshd[811]: Failed password for root from 192.0.2.10 port 40112 ssh2",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "1772461385 192.0.2.10 TCP_DENIED/403",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        r#"{"ts": 1772461385123, "src": "192.0.2.10"}"#,
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "type=USER_LOGIN msg=audit(1772461385.123:4711): pid=811 uid=0 addr=192.0.2.10 res=failed",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "260302 15:23:05   42 Connect Access denied for user 'root'@'192.0.2.10'",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "20260302T142305Z deny 192.0.2.10",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "The scan ran between 14:00 and 15:00 UTC on 2 March 2026 from 192.0.2.10.",
        &["2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z"],
    ),
    (
        "en",
        "192.0.2.10 attacked us on March 2nd, 2026 at 2:23:05 PM UTC.",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "We were hit yesterday at 3:23 pm by 192.0.2.10.",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "en",
        "Seen on 2 March 2026, 14:23 GMT, source 192.0.2.10",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "en",
        "Last Monday at 09:15 UTC 192.0.2.10 started to scan.",
        &["2026-03-02T09:15:00Z"],
    ),
    (
        "en",
        "March 2, 2026 9:23:05 AM EST: login from 192.0.2.10",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "en",
        "Sun, 1 Mar 2026 23:59:59 -0800: 192.0.2.10 blocked",
        &["2026-03-02T07:59:59Z"],
    ),
    (
        "fr",
        "L'attaque de 192.0.2.10 a eu lieu le 2 mars 2026 à 14 h 23 min 05 s UTC.",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "fr",
        "L'hôte 192.0.2.10 a été actif du 01/03/2026 22:00 au 02/03/2026 06:30 (UTC).",
        &["2026-03-01T22:00:00Z", "2026-03-02T06:30:00Z"],
    ),
    (
        "fr",
        "01/03/2026 14:23:05 : connexion refusée depuis 192.0.2.10",
        &["2026-03-01T13:23:05Z"],
    ),
    (
        "fr",
        "Hier à 15h23, tentative d'intrusion depuis 192.0.2.10.",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "fr",
        "Le lundi 2 mars vers 15h23 (heure de Paris), 192.0.2.10 nous a scannés.",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "fr",
        "Avant-hier à 8h05 UTC, 192.0.2.10 a envoyé du pourriel.",
        &["2026-03-01T08:05:00Z"],
    ),
    (
        "fr",
        "Ce matin à 6h42, l'adresse 192.0.2.10 a attaqué notre serveur.",
        &["2026-03-03T05:42:00Z"],
    ),
    (
        "de",
        "Am 01.03.2026 um 15:23:05 Uhr griff 192.0.2.10 unseren Server an.",
        &["2026-03-01T14:23:05Z"],
    ),
    (
        "de",
        "Angriff von 192.0.2.10 am 2. März 2026 gegen 14:23:05 Uhr UTC.",
        &["2026-03-02T14:23:05Z"],
    ),
    (
        "de",
        "Gestern um 15:23 Uhr hat 192.0.2.10 unser Netz gescannt.",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "de",
        "2. März 2026, 15:23 MEZ: Portscan von 192.0.2.10",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "de",
        "Zwischen 14:00 und 15:00 Uhr UTC am 02.03.2026 kamen Anfragen von 192.0.2.10.",
        &["2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z"],
    ),
    (
        "es",
        "El 2 de marzo de 2026 a las 15:23 la IP 192.0.2.10 atacó nuestro servidor.",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "es",
        "Ayer a las 14:23 UTC detectamos un escaneo desde 192.0.2.10.",
        &["2026-03-02T14:23:00Z"],
    ),
    (
        "es",
        "01/03/2026 15:23:05 (hora peninsular): acceso denegado a 192.0.2.10",
        &["2026-03-01T14:23:05Z"],
    ),
    (
        "en",
        "The host 192.0.2.10 runs OpenSSL version 10.2.2026.",
        &[],
    ),
    ("en", "192.0.2.10 is open to CVE-2026-0302.", &[]),
    (
        "en",
        "The source address is 192.0.2.10, the target 198.51.100.7.",
        &[],
    ),
    (
        "en",
        "The certificate of 192.0.2.10 has the serial number 2026030214230501.",
        &[],
    ),
];

#[test]
fn dates_of_reports_and_logs_are_exact_to_the_second() {
    for (language, text, moments) in PROBES {
        let context = Context {
            date: Some("2026-03-03T10:00:00+01:00".into()),
            language: Some((*language).into()),
            ..Context::default()
        };
        let part = TextPart::body(text);
        let got = extract(&[part], &context).incident.times;
        assert!(got.iter().all(|time| time.ambiguous.is_none()), "{text}");
        let got: Result<Vec<String>, String> = got
            .iter()
            .map(|time| time.value.parse::<jiff::Timestamp>())
            .map(|moment| {
                moment
                    .map(|at| at.to_string())
                    .map_err(|error| error.to_string())
            })
            .collect();
        let moments: Vec<String> = moments.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(got, Ok(moments), "{text}");
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
        let part = TextPart::body(text);
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

/// The times of a plain text in a mail of this date.
fn told(date: &str, text: &str) -> Vec<String> {
    let context = Context {
        date: Some(date.into()),
        ..Context::default()
    };
    let part = TextPart::body(text);
    written(&extract(&[part], &context))
}

#[test]
fn shared_abbreviation_is_certain_where_the_sender_s_clock_has_it() {
    let text = "On 4 August 2025 at 15:10 BST our web server was attacked.";
    let sure = told("2025-08-04T16:44:09+01:00", text);
    let open = told("2025-08-04T16:44:09+02:00", text);
    let value = "2025-08-04T15:10:00+01:00";
    let expected = |basis: &str| vec![format!("{value} {basis}")];
    assert_eq!((sure, open), (expected("stated"), expected("assumed")));
}

#[test]
fn zone_is_read_from_what_stands_around_the_times() {
    let date = "2026-02-11T09:00:00+01:00";
    for (text, times) in [
        (
            "They logged in on 7 February 2026 at 02:26 (hora de Guayaquil, UTC-5) from 192.0.2.9.",
            &["2026-02-07T02:26:00-05:00 stated"][..],
        ),
        (
            "Attacks seen (our server runs on UTC):\nFeb 10 05:48:12 gate sshd[204]: Failed password for root from 192.0.2.9 port 51234 ssh2",
            &["2026-02-10T05:48:12+00:00 stated"],
        ),
        (
            "Registro del correo (hora UTC-3):\nFeb 10 22:03:41 correo sshd[204]: Failed password for root from 192.0.2.9 port 51234 ssh2",
            &["2026-02-10T22:03:41-03:00 stated"],
        ),
        (
            "Der Server läuft auf UTC.\nFeb 10 05:48:12 gate sshd[204]: Failed password for root from 192.0.2.9 port 51234 ssh2",
            &["2026-02-10T05:48:12+00:00 stated"],
        ),
        (
            "Le 10 février 2026, début à 1h47, fin vers 5h30, heure de Montréal.",
            &[
                "2026-02-10T01:47:00-05:00 stated",
                "2026-02-10T05:30:00-05:00 stated",
            ],
        ),
        (
            "On 10 February 2026 at 05:48 the attack (200 requests, UTC-5000) began.",
            &["2026-02-10T05:48:00+01:00 assumed"],
        ),
    ] {
        assert_eq!(told(date, text), times, "{text}");
    }
}

#[test]
fn day_that_lies_ahead_is_no_time_of_an_incident() {
    let text = "192.0.2.9 attacked us on 10 February 2026 at 05:48 UTC. Let us talk about it on 20 February 2026 at 14:00 UTC.";
    let seen = vec!["2026-02-10T05:48:00+00:00 stated".to_owned()];
    assert_eq!(told("2026-02-11T09:00:00+01:00", text), seen);
    // A sender whose clock stands in 1970 says nothing of that.
    assert_eq!(told("1970-01-01T00:00:00+00:00", text).len(), 2);
}

#[test]
fn clock_without_a_date_is_of_the_mail_s_day_or_the_day_before() {
    let date = "2026-04-26T21:17:55+02:00";
    for (text, times) in [
        (
            "Notre site (203.0.113.71) subit depuis 20 h 02 (CEST) une attaque.",
            &["2026-04-26T20:02:00+02:00 stated"][..],
        ),
        (
            "mein Server 203.0.113.71 wird seit 23:50 angegriffen",
            &["2026-04-25T23:50:00+02:00 assumed"],
        ),
        (
            "Nuestro servidor lleva caído desde las 19:35 de hoy por culpa de 192.0.2.9.",
            &["2026-04-26T19:35:00+02:00 assumed"],
        ),
        // What lies ahead is an appointment.
        ("Can we talk about 192.0.2.9 at 22:30?", &[]),
        (
            "Offene Dienste (Stand 25.04.2026, 04:00 UTC): 192.0.2.9",
            &["2026-04-25T04:00:00+00:00 stated"],
        ),
        (
            "Timeline (UTC)\n\n2026-04-25 00:52:19   session opened from 192.0.2.9",
            &["2026-04-25T00:52:19+00:00 stated"],
        ),
        (
            "We are under attack since 20:40 CEST tonight (26 April) by 192.0.2.9.",
            &["2026-04-26T20:40:00+02:00 stated"],
        ),
    ] {
        assert_eq!(told(date, text), times, "{text}");
    }
}
