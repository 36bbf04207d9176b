//! The resolver against a DNS server of the test's own: what is secure, what is not, and what is no answer.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

#[path = "support/dns.rs"]
mod server;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use pillarbox::config;
use pillarbox::dns::{DnsFault, Mx, Resolver, Security};
use server::{TestDns, Trouble, Zone};

const RECORDS: &str = "@ TXT \"hello \" \"world\"
@ MX 20 b
@ MX 10 a
a A 192.0.2.1
a AAAA 2001:db8::1
b A 192.0.2.2
_25._tcp.a TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
alias CNAME a
single CNAME b
outside CNAME a.plain.example.
null MX 0 .
_25._tcp.evil TLSA 3 1 1 ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
";

fn zones() -> TestDns {
    TestDns::start(&[
        ("signed.example", Zone::Signed, RECORDS),
        ("hashed.example", Zone::SignedNsec3, RECORDS),
        ("plain.example", Zone::Unsigned, RECORDS),
        ("broken.example", Zone::Broken, RECORDS),
        ("stripped.example", Zone::Stripped, RECORDS),
        ("failing.example", Zone::Servfail, RECORDS),
        ("silent.example", Zone::Silent, RECORDS),
    ])
}

fn settings(dns: &TestDns) -> config::Dns {
    config::Dns {
        servers: vec![dns.address],
        trust_anchor_file: Some(dns.trust_anchor()),
        ..config::Dns::default()
    }
}

fn resolver(dns: &TestDns) -> Resolver {
    Resolver::new(&settings(dns)).unwrap()
}

#[tokio::test]
async fn signed_records_are_secure() {
    let dns = zones();
    let resolver = resolver(&dns);
    let zone = "signed.example";
    let mx = resolver.mx(zone).await.unwrap();
    let hosts: Vec<_> = mx.records.iter().map(|mx| mx.host.clone()).collect();
    assert_eq!(hosts, [format!("a.{zone}"), format!("b.{zone}")]);
    assert_eq!(mx.security, Security::Secure);
    let host = resolver.addresses(&format!("a.{zone}")).await.unwrap();
    let addresses: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    assert_eq!(host.records, addresses);
    assert_eq!(host.security, Security::Secure);
    let tlsa = resolver.tlsa(&format!("_25._tcp.a.{zone}")).await.unwrap();
    assert_eq!(tlsa.security, Security::Secure);
    assert_eq!(tlsa.records[0].data.len(), 32);
    assert_eq!(
        (
            tlsa.records[0].usage,
            tlsa.records[0].selector,
            tlsa.records[0].matching
        ),
        (3, 1, 1)
    );
    let txt = resolver.txt(zone).await.unwrap();
    assert_eq!(txt.records, ["hello world"]);
    assert_eq!(txt.security, Security::Secure);
}

#[tokio::test]
async fn names_are_taken_with_and_without_the_final_dot_and_in_any_case() {
    let dns = zones();
    let resolver = resolver(&dns);
    for name in ["signed.example.", "SIGNED.Example"] {
        assert_eq!(resolver.txt(name).await.unwrap().records, ["hello world"]);
    }
}

#[tokio::test]
async fn unsigned_records_are_insecure_and_unchecked_without_validation() {
    let dns = zones();
    let txt = resolver(&dns).txt("plain.example").await.unwrap();
    assert_eq!(txt.records, ["hello world"]);
    assert_eq!(txt.security, Security::Insecure);
    let off = config::Dns {
        dnssec: false,
        ..settings(&dns)
    };
    let resolver = Resolver::new(&off).unwrap();
    for zone in ["signed.example", "plain.example", "broken.example"] {
        let txt = resolver.txt(zone).await.unwrap();
        assert_eq!(txt.records, ["hello world"]);
        assert_eq!(txt.security, Security::Unchecked);
        let none = resolver.mx(&format!("a.{zone}")).await.unwrap();
        assert_eq!(none.records, []);
        assert_eq!(none.security, Security::Unchecked);
    }
}

#[tokio::test]
async fn altered_and_missing_signatures_are_bogus() {
    let dns = zones();
    let resolver = resolver(&dns);
    for zone in ["broken.example", "stripped.example"] {
        assert_eq!(resolver.txt(zone).await, Err(DnsFault::Bogus), "{zone}");
        let mx = resolver.mx(zone).await;
        assert_eq!(mx, Err(DnsFault::Bogus), "{zone}");
        let denied = resolver.tlsa(&format!("_25._tcp.b.{zone}")).await;
        assert_eq!(denied, Err(DnsFault::Bogus), "{zone}");
    }
}

#[tokio::test]
async fn another_root_is_not_trusted() {
    let (dns, other) = (zones(), zones());
    let wrong = config::Dns {
        trust_anchor_file: Some(other.trust_anchor()),
        ..settings(&dns)
    };
    let resolver = Resolver::new(&wrong).unwrap();
    for zone in ["signed.example", "plain.example"] {
        assert_eq!(resolver.txt(zone).await, Err(DnsFault::Bogus), "{zone}");
    }
}

#[tokio::test]
async fn denials_are_proven() {
    let dns = zones();
    let resolver = resolver(&dns);
    for (zone, security) in [
        ("signed.example", Security::Secure),
        ("hashed.example", Security::Secure),
        ("plain.example", Security::Insecure),
    ] {
        // No such name, and no such type at a name that exists.
        let nowhere = resolver.tlsa(&format!("_25._tcp.b.{zone}")).await.unwrap();
        assert_eq!(nowhere.records, [], "{zone}");
        assert_eq!(nowhere.security, security, "{zone}");
        let host = resolver.mx(&format!("a.{zone}")).await.unwrap();
        assert_eq!(host.records, [], "{zone}");
        assert_eq!(host.security, security, "{zone}");
        if zone == "hashed.example" {
            // The test's server adds an NSEC3 record to positive answers, which hickory's validator refuses.
            continue;
        }
        // Only A exists: the proven absence of AAAA keeps the answer secure.
        let host = resolver.addresses(&format!("b.{zone}")).await.unwrap();
        assert_eq!(host.records, ["192.0.2.2".parse::<IpAddr>().unwrap()]);
        assert_eq!(host.security, security, "{zone}");
    }
}

#[tokio::test]
async fn a_forged_denial_is_bogus_whatever_stands_beside_it() {
    let dns = zones();
    // A zone that is really unsigned proves nothing about another; nor does the root, or nothing at all.
    for evidence in ["plain.example", "signed.example", ""] {
        let resolver = resolver(&dns);
        let name = "_25._tcp.a.signed.example";
        dns.trouble(name, Trouble::Deny(evidence));
        let denied = resolver.tlsa(name).await;
        assert_eq!(denied, Err(DnsFault::Bogus), "{evidence:?}");
        dns.heal(name);
        let real = resolver.tlsa(name).await.unwrap();
        assert_eq!(real.records.len(), 1);
    }
    // In an unsigned zone a denial without evidence is believed.
    let name = "b.plain.example";
    dns.trouble(name, Trouble::Deny(""));
    let denied = resolver(&dns).txt(name).await.unwrap();
    assert_eq!(denied.records, Vec::<String>::new());
    assert_eq!(denied.security, Security::Insecure);
}

#[tokio::test]
async fn signed_records_of_another_name_are_not_taken() {
    let dns = zones();
    let resolver = resolver(&dns);
    let name = "_25._tcp.a.signed.example";
    dns.trouble(name, Trouble::Smuggle("_25._tcp.evil.signed.example"));
    let tlsa = resolver.tlsa(name).await.unwrap();
    assert_eq!(tlsa.records.len(), 1);
    assert_eq!(tlsa.records[0].data[0], 0);
    assert_eq!(tlsa.security, Security::Secure);
    // Nor are unsigned ones, and they don't make the answer look insecure.
    let name = "_25._tcp.evil.signed.example";
    dns.trouble(name, Trouble::Smuggle("_25._tcp.a.plain.example"));
    let tlsa = resolver.tlsa(name).await.unwrap();
    assert_eq!(tlsa.records.len(), 1);
    assert_eq!(tlsa.security, Security::Secure);
}

#[tokio::test]
async fn one_family_may_fail_where_nothing_is_enforced() {
    let dns = zones();
    let resolver = resolver(&dns);
    for zone in ["plain.example", "signed.example"] {
        dns.trouble_with(&format!("a.{zone}"), "AAAA", Trouble::Servfail);
    }
    let plain = resolver.addresses("a.plain.example").await.unwrap();
    assert_eq!(plain.records, ["192.0.2.1".parse::<IpAddr>().unwrap()]);
    let signed = resolver.addresses("a.signed.example").await;
    assert_eq!(signed, Err(DnsFault::Temporary));
}

#[tokio::test]
async fn long_answers_come_by_tcp() {
    let strings = vec![format!("\"{}\"", "x".repeat(250)); 40].join(" ");
    let records = format!("long TXT {strings}\n");
    let dns = TestDns::start(&[("signed.example", Zone::Signed, &records)]);
    let txt = resolver(&dns).txt("long.signed.example").await.unwrap();
    assert_eq!(txt.records[0].len(), 10_000);
    assert_eq!(txt.security, Security::Secure);
}

#[tokio::test]
async fn an_answer_is_as_secure_as_its_weakest_alias() {
    let dns = zones();
    let resolver = resolver(&dns);
    let inside = resolver.addresses("alias.signed.example").await.unwrap();
    assert_eq!(inside.records.len(), 2);
    assert_eq!(inside.security, Security::Secure);
    let outside = resolver.addresses("outside.signed.example").await.unwrap();
    assert_eq!(outside.records.len(), 2);
    assert_eq!(outside.security, Security::Insecure);
    // Only A exists behind it.
    for _ in 0..2 {
        let single = resolver.host("Single.signed.example").await.unwrap();
        assert_eq!(single.addresses.records.len(), 1);
        assert_eq!(single.addresses.security, Security::Secure);
        assert_eq!(single.alias_of.as_deref(), Some("b.signed.example"));
    }
    let direct = resolver.host("B.signed.example.").await.unwrap();
    assert_eq!(direct.alias_of, None);
    let single = resolver.host("single.plain.example").await.unwrap();
    assert_eq!(single.addresses.security, Security::Insecure);
    // From the cache it is the same.
    let again = resolver.addresses("outside.signed.example").await.unwrap();
    assert_eq!(again.security, Security::Insecure);
    // Denied behind an alias: never called secure.
    let denied = resolver.mx("alias.signed.example").await.unwrap();
    assert_eq!(denied.records, []);
    assert_eq!(denied.security, Security::Insecure);
}

#[tokio::test]
async fn a_null_mx_has_an_empty_host() {
    let dns = zones();
    let null = resolver(&dns).mx("null.signed.example").await.unwrap();
    let expected = Mx {
        preference: 0,
        host: String::new(),
    };
    assert_eq!(null.records, [expected]);
}

#[tokio::test]
async fn failing_and_silent_servers_are_temporary_and_within_the_time() {
    let dns = zones();
    let quick = config::Dns {
        timeout: config::Span(Duration::from_millis(600)),
        ..settings(&dns)
    };
    let resolver = Resolver::new(&quick).unwrap();
    assert_eq!(
        resolver.txt("failing.example").await,
        Err(DnsFault::Temporary)
    );
    let started = Instant::now();
    assert_eq!(
        resolver.txt("silent.example").await,
        Err(DnsFault::Temporary)
    );
    // Not a measure of speed: the default would be five seconds, and without a limit there is no end.
    assert!(started.elapsed() < Duration::from_secs(4));
    dns.trouble("a.signed.example", Trouble::Refused);
    assert_eq!(
        resolver.addresses("a.signed.example").await,
        Err(DnsFault::Temporary)
    );
    // Trouble is not remembered.
    dns.heal("a.signed.example");
    let healed = resolver.addresses("a.signed.example").await.unwrap();
    assert_eq!(healed.records.len(), 2);
}

#[tokio::test]
async fn answers_and_denials_are_asked_once() {
    let dns = zones();
    let resolver = resolver(&dns);
    for _ in 0..3 {
        resolver.clone().txt("signed.example").await.unwrap();
        resolver.txt("plain.example").await.unwrap();
        resolver.mx("a.signed.example").await.unwrap();
        resolver.mx("a.plain.example").await.unwrap();
    }
    assert_eq!(dns.asked("signed.example", "TXT"), 1);
    assert_eq!(dns.asked("plain.example", "TXT"), 1);
    assert_eq!(dns.asked("a.signed.example", "MX"), 1);
    assert_eq!(dns.asked("a.plain.example", "MX"), 1);
}

#[tokio::test]
async fn what_is_no_name_has_no_records() {
    let dns = zones();
    let resolver = resolver(&dns);
    let label = "a".repeat(64);
    let long = "abcdefgh.".repeat(32);
    for name in [
        "a..b",
        &label,
        &long,
        "\u{0}\u{ffff}",
        "x.invalid",
        "y.onion",
    ] {
        let none = resolver.txt(name).await.unwrap();
        assert_eq!(none.records, Vec::<String>::new(), "{name:?}");
        assert_ne!(none.security, Security::Secure, "{name:?}");
    }
    assert_eq!(dns.asked_at_all(), 0);
}
