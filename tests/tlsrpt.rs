//! SMTP TLS reports (RFC 8460) and the relay's word about the hop before it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed step is a failed test"
)]

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use intake::hop;
use intake::message::{self, HeaderField};
use intake::tlsrpt::{self, Destination, Fault, Letter, Report};
use proptest::prelude::*;

/// The example of RFC 8460 appendix B.
const EXAMPLE: &str = include_str!("tlsrpt/rfc8460_appendix_b.json");

fn packed(json: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json).unwrap();
    encoder.finish().unwrap()
}

/// A report as mail; `octets` is the attachment.
fn mailed(kind: &str, octets: &[u8]) -> Vec<u8> {
    let text = base64(octets);
    format!(
        "From: reports@company-x.example\r\nTLS-Report-Domain: company-y.example\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=\"tlsrpt\"; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nA report.\r\n\
         --b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// RFC 4648 section 4, for the tests' own mail.
fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (number, chunk) in octets.chunks(3).enumerate() {
        if number > 0 && number % 19 == 0 {
            out.push_str("\r\n");
        }
        let mut group = [0; 4];
        for (place, octet) in chunk.iter().enumerate() {
            *group.get_mut(place + 1).unwrap() = *octet;
        }
        let group = u32::from_be_bytes(group);
        for place in 0..4 {
            let digit = usize::try_from(group >> (18 - 6 * place) & 63).unwrap();
            let pad = place > chunk.len();
            out.push(if pad {
                '='
            } else {
                char::from(*DIGITS.get(digit).unwrap())
            });
        }
    }
    out
}

#[test]
fn the_example_of_the_rfc_is_read_packed_and_not() {
    let packed = packed(EXAMPLE.as_bytes());
    for report in [
        tlsrpt::parse(EXAMPLE.as_bytes()),
        tlsrpt::parse(&packed),
        tlsrpt::read(&mailed("application/tlsrpt+gzip", &packed)),
        tlsrpt::read(&mailed("application/tlsrpt+json", EXAMPLE.as_bytes())),
        // Mislabelled: seen in the wild both ways.
        tlsrpt::read(&mailed("application/tlsrpt+gzip", EXAMPLE.as_bytes())),
    ] {
        let report = report.unwrap();
        assert_eq!(report.organization_name, "Company-X");
        assert_eq!(
            report.date_range.start_datetime.to_string(),
            "2016-04-01T00:00:00Z"
        );
        let [policy] = report.policies.as_slice() else {
            panic!("{report:?}")
        };
        assert_eq!(policy.policy.policy_domain, "company-y.example");
        assert_eq!(tlsrpt::policy_word(&policy.policy.policy_type), "sts");
        assert_eq!(policy.summary.total_successful_session_count, 5326);
        assert_eq!(policy.summary.total_failure_session_count, 303);
        let details: Vec<(&str, u64)> = policy
            .failure_details
            .iter()
            .map(|failure| {
                (
                    tlsrpt::failure_word(&failure.result_type),
                    failure.failed_session_count,
                )
            })
            .collect();
        assert_eq!(
            details,
            [
                ("certificate-expired", 100),
                ("starttls-not-supported", 200),
                ("validation-failure", 3)
            ]
        );
    }
}

#[test]
fn what_is_written_is_read_again_and_has_the_members_of_section_4() {
    let report = tlsrpt::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(tlsrpt::parse(&report.to_gzip()).unwrap(), report);
    let value: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    for pointer in [
        "/organization-name",
        "/date-range/start-datetime",
        "/date-range/end-datetime",
        "/contact-info",
        "/report-id",
        "/policies/0/policy/policy-type",
        "/policies/0/policy/policy-domain",
        "/policies/0/summary/total-successful-session-count",
        "/policies/0/summary/total-failure-session-count",
        "/policies/0/failure-details/0/result-type",
        "/policies/0/failure-details/0/failed-session-count",
    ] {
        assert!(value.pointer(pointer).is_some(), "{pointer}: {value}");
    }
}

#[test]
fn a_bomb_costs_no_more_than_the_limit() {
    let padding = vec![b' '; tlsrpt::MAX_JSON + 1];
    let bomb = packed(&padding);
    assert!(bomb.len() < 64 << 10, "it is one: {}", bomb.len());
    assert_eq!(tlsrpt::parse(&bomb), Err(Fault::TooLarge));
    assert_eq!(tlsrpt::parse(&padding), Err(Fault::TooLarge));
    assert_eq!(
        tlsrpt::parse(&vec![b' '; tlsrpt::MAX_PACKED + 1]),
        Err(Fault::TooLarge)
    );
    // Under the limit on octets, over the ratio.
    assert_eq!(
        tlsrpt::parse(&packed(&vec![b' '; 4 << 20])),
        Err(Fault::TooLarge)
    );
    let mut cut = packed(EXAMPLE.as_bytes());
    cut.truncate(cut.len() / 2);
    assert_eq!(tlsrpt::parse(&cut), Err(Fault::BadCompression));
}

/// A report with these policies, as JSON.
fn with_policies(policies: &str) -> String {
    format!(
        "{{\"date-range\":{{\"start-datetime\":\"2026-11-21T00:00:00Z\",\"end-datetime\":\"2026-11-21T23:59:59Z\"}},\
         \"x\":{{\"y\":[1,2,{{}}]}},\"policies\":{policies}}}"
    )
}

#[test]
fn hostile_json_is_cut_saturated_or_refused() {
    let counts = [
        ("18446744073709551615", u64::MAX),
        ("99999999999999999999999999", u64::MAX),
        ("1e300", u64::MAX),
        ("-5", 0),
        ("12.9", 12),
        ("\"7\"", 7),
        ("\"seven\"", 0),
        ("null", 0),
    ];
    for (written, expected) in counts {
        let json = with_policies(&format!(
            "[{{\"policy\":{{\"policy-type\":\"<b>\"}},\"summary\":{{\"total-failure-session-count\":{written}}}}}]"
        ));
        let report =
            tlsrpt::parse(json.as_bytes()).unwrap_or_else(|fault| panic!("{json}: {fault}"));
        let policy = report.policies.first().unwrap();
        assert_eq!(
            policy.summary.total_failure_session_count, expected,
            "{written}"
        );
        assert_eq!(tlsrpt::policy_word(&policy.policy.policy_type), "other");
    }
    let many = vec!["{\"policy\":{},\"summary\":{}}"; tlsrpt::MAX_POLICIES + 500].join(",");
    let report = tlsrpt::parse(with_policies(&format!("[{many}]")).as_bytes()).unwrap();
    assert_eq!(report.policies.len(), tlsrpt::MAX_POLICIES);
    assert!(
        tlsrpt::parse(with_policies("null").as_bytes())
            .unwrap()
            .policies
            .is_empty()
    );
    let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
    for bad in [
        "",
        "{}",
        "[]",
        "null",
        &with_policies("[1]"),
        &with_policies("{}"),
        &with_policies(&deep),
        &EXAMPLE.replace("2016-04-01T00:00:00Z", "yesterday"),
    ] {
        assert_eq!(tlsrpt::parse(bad.as_bytes()), Err(Fault::BadJson));
    }
    // Deep where nobody looks.
    let _ = tlsrpt::parse(format!("{{\"x\":{deep}}}").as_bytes());
}

#[test]
fn only_a_part_of_that_type_outside_forwarded_mail_is_a_report() {
    let none = mailed("application/octet-stream", &packed(EXAMPLE.as_bytes()));
    assert_eq!(tlsrpt::read(&none), Err(Fault::NoReport));
    let inner = String::from_utf8(mailed("application/tlsrpt+json", EXAMPLE.as_bytes())).unwrap();
    let forwarded = format!("From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n{inner}");
    assert_eq!(tlsrpt::read(forwarded.as_bytes()), Err(Fault::NoReport));
    assert_eq!(tlsrpt::read(b""), Err(Fault::NoReport));
}

#[test]
fn a_mailed_report_opens_and_is_marked_as_the_rfc_says() {
    let report = tlsrpt::parse(EXAMPLE.as_bytes()).unwrap();
    let letter = Letter {
        report: &report,
        domain: "company-y.example",
        submitter: "team.example",
        from: "csirt@team.example",
        to: "tls@company-y.example",
        message_id: "tlsrpt.1@team.example",
        loop_token: "loop",
        now: "2026-11-22T01:00:00Z".parse().unwrap(),
    };
    let raw = tlsrpt::compose(&letter).unwrap();
    let message = message::parse(&raw);
    let field = |name: &str| {
        let field = message::header(&message.root().headers, name);
        field
            .unwrap_or_else(|| panic!("{name} is missing"))
            .raw
            .clone()
    };
    assert_eq!(message.root().content_type, "multipart/report");
    assert_eq!(message.root().params.get("report-type").unwrap(), "tlsrpt");
    assert_eq!(field("TLS-Report-Domain"), "company-y.example");
    assert_eq!(field("TLS-Report-Submitter"), "team.example");
    assert_eq!(field("TLS-Required"), "No");
    assert_eq!(field("Auto-Submitted"), "auto-generated");
    assert!(
        field("Subject")
            .starts_with("Report Domain: company-y.example Submitter: team.example Report-ID: <")
    );
    let part = message
        .parts
        .iter()
        .find(|part| part.content_type == "application/tlsrpt+gzip")
        .unwrap();
    assert_eq!(
        part.filename.as_deref(),
        Some("team.example!company-y.example!1459468800!1459555199!001.json.gz")
    );
    let message::Content::Bytes(octets) = &part.content else {
        panic!("the attachment is not binary")
    };
    let mut json = String::new();
    GzDecoder::new(octets.as_slice())
        .read_to_string(&mut json)
        .unwrap();
    assert_eq!(json, report.to_json());
    assert_eq!(tlsrpt::read(&raw).unwrap(), report);
    let hostile = Letter {
        to: "a@b.example>\r\nBcc: c@d.example",
        ..letter
    };
    assert!(tlsrpt::compose(&hostile).is_err());
}

#[test]
fn a_record_names_its_destinations_or_nothing() {
    let ask = |records: &[&str]| {
        tlsrpt::destinations(
            &records
                .iter()
                .map(|record| (*record).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let mail = Destination::Mail("tls@peer.example".into());
    let post = Destination::Post("https://peer.example/v1/tlsrpt".into());
    assert_eq!(
        ask(&["v=TLSRPTv1; rua=mailto:tls@peer.example"]),
        Some(vec![mail.clone()])
    );
    assert_eq!(
        ask(&[
            "something else",
            "v=TLSRPTv1;rua=https://peer.example/v1/tlsrpt,mailto:tls@peer.example?subject=x;"
        ]),
        Some(vec![post, mail])
    );
    for none in [
        &[][..],
        &["v=TLSRPTv1"],
        &["v=TLSRPTv1; rua="],
        &["v=TLSRPTv10; rua=mailto:a@b.example"],
        &["rua=mailto:a@b.example"],
        &["v=TLSRPTv1; rua=http://peer.example/"],
        &["v=TLSRPTv1; rua=mailto:nobody"],
        &["v=TLSRPTv1; rua=mailto:a%0d%0a@b.example"],
        &[
            "v=TLSRPTv1; rua=mailto:a@b.example",
            "v=TLSRPTv1; rua=mailto:c@d.example",
        ],
    ] {
        assert_eq!(ask(none), None, "{none:?}");
    }
}

fn received(value: &str) -> Vec<HeaderField> {
    message::parse(
        format!("Received: {value}\r\nReceived: from x by y with ESMTPS id 1; now\r\n\r\n")
            .as_bytes(),
    )
    .root()
    .headers
    .clone()
}

/// TLS of a hop, as expected.
fn tls(version: &str, suite: &str) -> Option<Option<hop::Tls>> {
    Some(Some(hop::Tls {
        version: version.into(),
        suite: suite.into(),
    }))
}

/// Values of `Received`, and what they say.
#[rustfmt::skip]
fn hops() -> [(&'static str, Option<Option<hop::Tls>>); 14] {
    [
        (
            "from mail.peer.example (mail.peer.example [192.0.2.1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n\t(No client certificate requested)\r\n\tby mx.team.example (Postfix) with ESMTPS id 4ABC\r\n\tfor <csirt@team.example>; Sun, 22 Nov 2026 07:00:00 +0000 (UTC)",
            tls("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        ),
        (
            "from mail.peer.example (mail.peer.example [192.0.2.1]) by mx.team.example (Postfix) with ESMTPS id 4ABC; now",
            tls("unknown", "unknown"),
        ),
        (
            "from mail.peer.example ([192.0.2.1]:4711) by mx.team.example with esmtps  (TLS1.2) tls TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <a@b.example>) id 1; now",
            tls("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ),
        (
            "from mail.peer.example (mail.peer.example [192.0.2.1]) by mx.team.example (OpenSMTPD) with ESMTPS id ab (TLSv1.3:TLS_CHACHA20_POLY1305_SHA256:256:NO); now",
            tls("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
        ),
        (
            "from mail.peer.example (mail.peer.example [192.0.2.1]) by mx.team.example (Postfix) with ESMTP id 4ABC; now",
            Some(None),
        ),
        (
            "from mail.peer.example (x [192.0.2.1]) by mx.team.example with UTF8SMTP id 4ABC; now",
            Some(None),
        ),
        // A content filter on this machine handed it back: nothing is known.
        (
            "from localhost (localhost [127.0.0.1]) by mx.team.example (Postfix) with ESMTP id 4ABC; now",
            None,
        ),
        (
            "from localhost (localhost [IPv6:::1]) by mx.team.example (Postfix) with ESMTP id 4ABC; now",
            None,
        ),
        (
            "by mx.team.example (Postfix, from userid 0) id 4ABC; now",
            None,
        ),
        (
            "from mail.peer.example by mx.team.example via carrier-pigeon; now",
            None,
        ),
        // A peer's own name can't speak for the relay.
        (
            "from with (ESMTPS [192.0.2.1]) by mx.team.example (Postfix) with ESMTP id 4ABC; now",
            Some(None),
        ),
        (
            "from by with ESMTPS (x [192.0.2.1]) by mx.team.example (Postfix) with ESMTP id 4ABC; now",
            None,
        ),
        ("from x (unclosed by mx.team.example with ESMTPS; now", None),
        ("", None),
    ]
}

/// More of them: nor can a peer name our counters, by its greeting, its reverse name, or its sender's address.
#[rustfmt::skip]
fn crafted_hops() -> [(&'static str, Option<Option<hop::Tls>>); 6] {
    [
        (
            "from TLSv1.3 (with.cipher.evil-name [192.0.2.1]) by mx.team.example (Postfix) with ESMTPS id 4ABC; now",
            tls("unknown", "unknown"),
        ),
        (
            "from TLSv1.3 (evil-name [192.0.2.1]) (using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)) by mx.team.example (Postfix) with ESMTPS id 4ABC; now",
            tls("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
        ),
        (
            "from x (x [192.0.2.1]) (using TLSv1.9 with cipher EVIL-NAME (256/256 bits)) by mx.team.example (Postfix) with ESMTPS id 4ABC; now",
            tls("other", "other"),
        ),
        (
            "from version=TLSv1.3 (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 [192.0.2.1]) by mx.team.example (Postfix) with ESMTPS id 4ABC; now",
            tls("unknown", "unknown"),
        ),
        (
            "from TLS1.3 (TLS1.3 [192.0.2.1]) by mx.team.example with esmtps (TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.92) (envelope-from <\"x) (TLS1.3:EVIL\"@b.example>) id 1; now",
            tls("TLSv1.2", "ECDHE_RSA_AES_256_GCM_SHA384"),
        ),
        (
            "from mail.peer.example (mail.peer.example [192.0.2.1]) by mx.team.example (8.17/8.17) with ESMTPS id ab (version=TLSv1.3 cipher=TLS_AES_128_GCM_SHA256 bits=128 verify=NO) for <a@b.example>; now",
            tls("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
        ),
    ]
}

#[test]
fn the_relay_says_whether_the_hop_before_had_tls() {
    for (value, expected) in hops().into_iter().chain(crafted_hops()) {
        assert_eq!(hop::topmost(&received(value)), expected, "{value}");
    }
    assert_eq!(hop::topmost(&[]), None);
    assert_eq!(
        Some(Some(hop::negotiated("TLSv1_3 TLS13_AES_256_GCM_SHA384"))),
        tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    );
    assert_eq!(hop::negotiated("<b> x y").version, "other");
}

proptest! {
    #[test]
    fn parsing_returns_for_every_input(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = tlsrpt::parse(&octets);
        let _ = tlsrpt::read(&octets);
        let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        gzip.extend(&octets);
        let _ = tlsrpt::parse(&gzip);
    }

    #[test]
    fn damage_to_a_report_never_panics(at in 0_usize..1_000, with in any::<u8>()) {
        let mut octets = EXAMPLE.as_bytes().to_vec();
        let at = at % octets.len();
        *octets.get_mut(at).unwrap() = with;
        if let Ok(report) = tlsrpt::parse(&octets) {
            // Whatever was read can be written, and is the same.
            prop_assert_eq!(tlsrpt::parse(report.to_json().as_bytes()).unwrap(), report);
        }
    }

    #[test]
    fn any_counts_survive_writing(good in any::<u64>(), bad in any::<u64>(), organization in ".{0,40}") {
        let mut report: Report = tlsrpt::parse(EXAMPLE.as_bytes()).unwrap();
        report.organization_name = organization;
        let policy = report.policies.first_mut().unwrap();
        policy.summary.total_successful_session_count = good;
        policy.summary.total_failure_session_count = bad;
        prop_assert_eq!(tlsrpt::parse(&report.to_gzip()).unwrap(), report);
    }

    #[test]
    fn any_received_field_is_read_without_harm(value in "[ -~]{0,200}") {
        let _ = hop::topmost(&received(&value));
        let _ = hop::negotiated(&value);
    }
}
