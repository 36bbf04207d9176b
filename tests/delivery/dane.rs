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

/// A domain, its TLSA records, what its server shows, and how an attempt ends.
type Case = (&'static str, String, Manners, &'static str);

const INVALID: &str = "queued tls: tlsa-invalid";

fn cases(authority: &Authority) -> Vec<Case> {
    let own = self_signed("whatever.example");
    let whole = authority.expired("mx.whole.example");
    let named = format!("3 1 1 {}", own.key_sha256);
    let whole_record = format!("1 0 0 00\n3 0 2 {}", whole.certificate_sha512);
    let anchor = format!("2 0 1 {}", sha256(&authority.certificate));
    let anchor_itself = format!("2 0 0 {}", hex(&authority.certificate));
    let useless = "0 0 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let other = || tls(&self_signed("mx.bad.example"));
    let stripped = Manners {
        stripped: true,
        ..tls(&own)
    };
    let missing = "queued tls: starttls-not-supported";
    vec![
        // Signed by nobody, out of time, for another name: the record counts, not those.
        ("own.example", named.clone(), tls(&own), "sent 250"),
        ("whole.example", whole_record, tls(&whole), "sent 250"),
        ("bad.example", named.clone(), other(), INVALID),
        // Below a trust anchor the name counts.
        (
            "anchor.example",
            anchor,
            tls(&authority.good("mx.anchor.example")),
            "sent 250",
        ),
        (
            "misnamed.example",
            anchor_itself,
            tls(&authority.good("mx.elsewhere.example")),
            INVALID,
        ),
        // TLS is certain then, and nothing else.
        ("unusable.example", useless.into(), other(), "sent 250"),
        ("stripped.example", named, stripped, missing),
    ]
}

#[tokio::test]
async fn a_certificate_that_the_records_name_is_enough_and_any_other_is_refused() {
    let authority = Authority::new();
    let port = port();
    let cases = cases(&authority);
    let zones: Vec<String> = (21..)
        .zip(&cases)
        .map(|(last, case)| zone(last, port, &case.1))
        .collect();
    let zones: Vec<(&str, Zone, &str)> = cases
        .iter()
        .zip(&zones)
        .map(|(case, records)| (case.0, Zone::Signed, records.as_str()))
        .collect();
    let dns = TestDns::start(&zones);
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    for (last, (domain, _, manners, outcome)) in (21..).zip(&cases) {
        let sink = Sink::start(at(last, port), manners.clone()).await;
        let tried = rig.try_once(&format!("noc@{domain}")).await;
        assert_eq!(&tried, outcome, "{domain}");
        let taken = sink.taken();
        assert_eq!(taken.len(), usize::from(tried == "sent 250"), "{domain}");
        assert!(taken.iter().all(|mail| mail.over_tls), "{domain}");
        assert!(!sink.clear().contains("MAIL FROM"), "{domain}");
        let told = rig.told();
        assert_eq!(told.len(), 1, "{domain}: {told:?}");
        assert_eq!(told[0].policy, PolicyKind::Dane, "{domain}");
        assert!(!told[0].policy_detail.is_empty(), "{domain}");
        let invalid = AttemptOutcome::TlsFailure(TlsFailure::TlsaInvalid);
        assert_eq!(told[0].outcome == invalid, tried == INVALID, "{domain}");
    }
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
async fn a_report_about_tls_arrives_where_tls_fails_and_opens_the_way_for_nothing_else() {
    let authority = Authority::new();
    let port = port();
    let wrong = "3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let dns = TestDns::start(&[("bad.example", Zone::Signed, &zone(30, port, wrong))]);
    let sink = Sink::start(at(30, port), tls(&self_signed("mx.bad.example"))).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    let report = rig.post_as("tls@bad.example", "tlsrpt-2026-11-21".into());
    let report = report.await;
    rig.until(report, |state| state.state == "sent").await;
    // The next mail comes while the report's connection would still be kept.
    assert_eq!(rig.try_once("noc@bad.example").await, INVALID);
    assert_eq!(sink.taken().len(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn an_exchanger_that_is_an_alias_is_held_to_the_records_of_what_it_stands_for_then_to_its_own()
 {
    let authority = Authority::new();
    let port = port();
    let own = self_signed("whatever.example");
    let right = format!("3 1 1 {}", own.key_sha256);
    let wrong = "3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let hosts = "@ MX 10 mx\nmx CNAME real\nreal A 127.0.0.31\n";
    let both = format!("{hosts}_{port}._tcp.real TLSA {right}\n_{port}._tcp.mx TLSA {wrong}\n");
    let alias = format!("{hosts}_{port}._tcp.mx TLSA {right}\n");
    let bad = format!("{hosts}_{port}._tcp.real TLSA {wrong}\n");
    let dns = TestDns::start(&[
        ("both.example", Zone::Signed, &both),
        ("alias.example", Zone::Signed, &alias),
        ("bad.example", Zone::Signed, &bad),
    ]);
    let sink = Sink::start(at(31, port), tls(&own)).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    for (domain, outcome) in [
        ("both.example", "sent 250"),
        ("alias.example", "sent 250"),
        ("bad.example", INVALID),
    ] {
        let tried = rig.try_once(&format!("noc@{domain}")).await;
        assert_eq!(tried, outcome, "{domain}");
        assert_eq!(rig.told()[0].policy, PolicyKind::Dane, "{domain}");
    }
    let names = sink.log.lock().unwrap().names.clone();
    assert_eq!(names[..2], ["real.both.example", "mx.alias.example"]);
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
