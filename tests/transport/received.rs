//! Reports (RFC 8460) that others mail to us are read into the same tables, never answered, and never a ticket.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use pillarbox::transport::day_of;

use crate::support::{Installation, send, wait_for};
use crate::{Hop, TEAM, relayed, shown};

const REPORTER: &str = "reporter.example";

fn json(id: &str, domain: &str, good: u64) -> String {
    let day = day_of(Timestamp::now());
    format!(
        "{{\"organization-name\":\"Reporter\",\"date-range\":{{\"start-datetime\":\"{day}T00:00:00Z\",\"end-datetime\":\"{day}T23:59:59Z\"}},\
         \"contact-info\":\"x@{REPORTER}\",\"report-id\":\"{id}\",\"policies\":[{{\"policy\":{{\"policy-type\":\"sts\",\"policy-string\":[\"version: STSv1\"],\
         \"policy-domain\":\"{domain}\"}},\"summary\":{{\"total-successful-session-count\":{good},\"total-failure-session-count\":3}},\
         \"failure-details\":[{{\"result-type\":\"certificate-expired\",\"failed-session-count\":2}},{{\"result-type\":\"made-up\",\"failed-session-count\":1}}]}}]}}"
    )
}

/// A mail with a packed report, as the front MTA hands it over.
fn mailed(number: usize, proved: bool, json: &str) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json.as_bytes()).unwrap();
    let packed: String = encoder
        .finish()
        .unwrap()
        .chunks(30)
        .map(|line| {
            let hex: String = line.iter().map(|octet| format!("={octet:02X}")).collect();
            format!("{hex}=\n")
        })
        .collect();
    let more = format!(
        "TLS-Report-Domain: team.example\nTLS-Report-Submitter: {REPORTER}\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=\"=_b\"\n\n--=_b\nContent-Type: text/plain\n\nA report.\n\n\
         --=_b\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: quoted-printable\n\n{packed}\n--=_b--\n"
    );
    relayed(REPORTER, Hop::Tls, proved, number, &more)
}

#[test]
fn mailed_reports_are_counted_once_and_only_with_proof() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let mails = [
        mailed(1, true, &json("one", "Team.Example", 40)),
        mailed(2, true, &json("one", "team.example", 40)),
        mailed(3, true, &json("two", "team.example", 2)),
        mailed(4, false, &json("three", "team.example", 1_000)),
        mailed(5, true, &json("four", "elsewhere.example", 1_000)),
        mailed(
            6,
            true,
            &json("five", "team.example", 1_000).replace("sion-count", ""),
        ),
        mailed(
            7,
            true,
            &json("six", "team.example", 1_000).replace("T00:00:00Z", "yesterday"),
        ),
        mailed(8, true, &" ".repeat(5 << 20)),
    ];
    for mail in &mails {
        let reply = send(installation.ports.smtp, "noc@reporter.example", TEAM, mail);
        assert!(reply.starts_with("250"), "{reply}");
        installation.settle();
    }
    let total = |outcome: &str| {
        installation.metric(&format!(
            "pillarbox_tls_reports_total{{outcome=\"{outcome}\"}}"
        ))
    };
    wait_for("all reports to be read", Duration::from_secs(30), || {
        installation.metric("pillarbox_tls_reports_total") >= 8.0
    });
    for (outcome, expected) in [
        ("counted", 3.0),
        ("again", 1.0),
        ("unauthenticated", 1.0),
        ("not-ours", 1.0),
        ("bad-json", 1.0),
        ("too-large", 1.0),
    ] {
        assert_eq!(total(outcome), expected, "{outcome}");
    }
    assert!(installation.tickets().is_empty());
    assert!(installation.outbox().is_empty(), "nobody answers a report");
    let kept = installation.quarantine();
    assert_eq!(kept.len(), 8);
    for entry in &kept {
        assert_eq!(
            (entry["kind"].as_str(), entry["rule"].as_str()),
            (Some("auto_reply"), Some("rfc8460-tls-report"))
        );
    }
    assert_counted(&installation);
}

/// Three of the eight reports, and no name in the log.
fn assert_counted(installation: &Installation) {
    let shown = shown(installation, REPORTER).unwrap();
    let reported = &shown["directions"]["reported"];
    // The sixth names no count of sessions: only its details count.
    assert_eq!(
        (reported["sessions"].as_i64(), reported["tls"].as_i64()),
        (Some(40 + 2 + 6), Some(42))
    );
    assert_eq!(reported["failures"]["certificate-expired"], 4);
    assert_eq!(reported["failures"]["other"], 2);
    assert_eq!(reported["session_results"]["sts"], 42);
    let log = installation.log();
    assert!(!log.contains(REPORTER) && !log.contains("elsewhere.example"));
}
