//! DANE: what signed TLSA records say is what the server must show (RFC 7672).

use pillarbox::sender::attempt::{AttemptOutcome, PolicyKind, TlsFailure};

use crate::authority::{Authority, hex, self_signed, sha256};
use crate::dns::{TestDns, Zone};
use crate::rig::{Rig, at, by_mx, port};
use crate::sink::{Manners, Sink};

fn tls(identity: &crate::authority::Identity) -> Manners {
    Manners {
        tls: Some(identity.tls.clone()),
        ..Manners::default()
    }
}

fn zone(last: u8, port: u16, tlsa: &str) -> String {
    let records: String = tlsa
        .lines()
        .map(|record| format!("_{port}._tcp.mx TLSA {record}\n"))
        .collect();
    format!("@ MX 10 mx\nmx A 127.0.0.{last}\n{records}")
}

#[tokio::test]
async fn a_certificate_that_the_records_name_is_enough_and_any_other_is_refused() {
    let authority = Authority::new();
    let port = port();
    // Neither of these is signed by anybody, nor for the right name: the record counts.
    let (own, other) = (
        self_signed("whatever.example"),
        self_signed("mx.bad.example"),
    );
    let whole = authority.expired("mx.whole.example");
    let anchored = authority.good("mx.anchor.example");
    let misnamed = authority.good("mx.elsewhere.example");
    let anchor = sha256(&authority.certificate);
    let zones = [
        (
            "own.example",
            zone(21, port, &format!("3 1 1 {}", own.key_sha256)),
        ),
        (
            "bad.example",
            zone(22, port, &format!("3 1 1 {}", own.key_sha256)),
        ),
        (
            "whole.example",
            zone(
                23,
                port,
                &format!("1 0 0 00\n3 0 2 {}", whole.certificate_sha512),
            ),
        ),
        ("anchor.example", zone(24, port, &format!("2 0 1 {anchor}"))),
        (
            "misnamed.example",
            zone(25, port, &format!("2 0 0 {}", hex(&authority.certificate))),
        ),
        (
            "unusable.example",
            zone(
                26,
                port,
                "0 0 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
            ),
        ),
        (
            "stripped.example",
            zone(27, port, &format!("3 1 1 {}", own.key_sha256)),
        ),
    ];
    let zones: Vec<(&str, Zone, &str)> = zones
        .iter()
        .map(|(name, records)| (*name, Zone::Signed, records.as_str()))
        .collect();
    let dns = TestDns::start(&zones);
    let mut sinks = Vec::new();
    for (last, identity) in [
        (21, &own),
        (22, &other),
        (23, &whole),
        (24, &anchored),
        (25, &misnamed),
        (26, &other),
    ] {
        sinks.push(Sink::start(at(last, port), tls(identity)).await);
    }
    let stripping = Manners {
        stripped: true,
        ..tls(&own)
    };
    let stripped = Sink::start(at(27, port), stripping).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    let invalid = "queued tls: tlsa-invalid";
    let cases = [
        ("own.example", "sent 250", 0),
        ("bad.example", invalid, 1),
        ("whole.example", "sent 250", 2),
        ("anchor.example", "sent 250", 3),
        ("misnamed.example", invalid, 4),
        // TLS is certain then, and nothing else.
        ("unusable.example", "sent 250", 5),
    ];
    for (domain, outcome, sink) in cases {
        assert_eq!(
            rig.try_once(&format!("noc@{domain}")).await,
            outcome,
            "{domain}"
        );
        let taken = sinks[sink].taken();
        assert_eq!(taken.len(), usize::from(outcome == "sent 250"), "{domain}");
        assert!(taken.iter().all(|mail| mail.over_tls), "{domain}");
        assert!(!sinks[sink].clear().contains("MAIL FROM"), "{domain}");
        let told = rig.told();
        assert_eq!(told.len(), 1, "{domain}: {told:?}");
        assert_eq!(told[0].policy, PolicyKind::Dane, "{domain}");
        assert!(!told[0].policy_detail.is_empty(), "{domain}");
        assert_eq!(
            told[0].outcome == AttemptOutcome::TlsFailure(TlsFailure::TlsaInvalid),
            outcome == invalid,
            "{domain}"
        );
    }
    assert_eq!(
        rig.try_once("noc@stripped.example").await,
        "queued tls: starttls-not-supported"
    );
    assert!(
        !stripped.clear().contains("MAIL FROM"),
        "{}",
        stripped.clear()
    );
    rig.stop().await;
}

#[tokio::test]
async fn records_that_dnssec_does_not_prove_are_ignored_and_forged_ones_stop_the_mail() {
    let authority = Authority::new();
    let port = port();
    let wrong = "3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let records = zone(28, port, wrong);
    let signed = format!("@ MX 10 mx.outside.example.\n_{port}._tcp.mx TLSA {wrong}");
    let dns = TestDns::start(&[
        ("plain.example", Zone::Unsigned, &records),
        ("forged.example", Zone::Broken, &records),
        ("signed.example", Zone::Signed, &signed),
        ("outside.example", Zone::Unsigned, &records),
        ("none.example", Zone::Signed, "@ MX 10 mx\nmx A 127.0.0.28"),
    ]);
    let sink = Sink::start(at(28, port), tls(&self_signed("x.example"))).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    // No proof of the exchanger, no proof of its address, and a proof that there are no records: no DANE.
    for domain in ["plain.example", "signed.example", "none.example"] {
        assert_eq!(
            rig.try_once(&format!("noc@{domain}")).await,
            "sent 250",
            "{domain}"
        );
        assert_eq!(rig.told()[0].policy, PolicyKind::None, "{domain}");
    }
    assert_eq!(
        rig.try_once("noc@forged.example").await,
        "queued tls: dnssec-invalid"
    );
    let failed = AttemptOutcome::TlsFailure(TlsFailure::DnssecInvalid);
    assert_eq!(rig.told()[0].outcome, failed);
    assert_eq!(sink.taken().len(), 3);
    rig.stop().await;
}

#[tokio::test]
async fn a_tlsa_lookup_that_fails_is_no_answer() {
    let authority = Authority::new();
    let port = port();
    let dns = TestDns::start(&[("shy.example", Zone::Signed, "@ MX 10 mx\nmx A 127.0.0.29")]);
    dns.trouble("_tcp.mx.shy.example", crate::dns::Trouble::Servfail);
    let sink = Sink::start(at(29, port), tls(&authority.good("mx.shy.example"))).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    let case = rig.post("noc@shy.example").await;
    let state = rig.settled(case).await;
    assert_eq!(
        (state.state.as_str(), state.status.as_str()),
        ("queued", "tls: tlsa-invalid")
    );
    assert!(sink.taken().is_empty());
    rig.stop().await;
}
