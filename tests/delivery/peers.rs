//! Destinations that the configuration lists: what it asks for, or no mail.

use pillarbox::config::{Outbox, Peer, PeerTls};
use pillarbox::sender::attempt::{AttemptOutcome, PolicyKind, TlsFailure};

use crate::authority::{Authority, Identity, self_signed};
use crate::dns::{TestDns, Zone};
use crate::rig::{Rig, at, by_mx, peer, port};
use crate::sink::{Manners, Sink};

fn tls(identity: &Identity) -> Manners {
    Manners {
        tls: Some(identity.tls.clone()),
        ..Manners::default()
    }
}

#[tokio::test]
async fn a_listed_peer_gets_mail_as_the_list_says_or_not_at_all() {
    let authority = Authority::new();
    let port = port();
    let zone = |last: u8| format!("@ MX 10 mx\nmx A 127.0.0.{last}");
    let zones: Vec<(&str, Zone, String)> = vec![
        ("self.example", Zone::Unsigned, zone(31)),
        ("name.example", Zone::Unsigned, zone(32)),
        ("old.example", Zone::Unsigned, zone(33)),
        ("good.example", Zone::Unsigned, zone(34)),
        ("any.example", Zone::Unsigned, zone(31)),
        ("strip.example", Zone::Unsigned, zone(35)),
        ("pin.example", Zone::Unsigned, zone(31)),
        ("wrongpin.example", Zone::Unsigned, zone(34)),
        ("nodane.example", Zone::Unsigned, zone(34)),
    ];
    let zones: Vec<(&str, Zone, &str)> = zones
        .iter()
        .map(|(name, kind, records)| (*name, *kind, records.as_str()))
        .collect();
    let dns = TestDns::start(&zones);
    let own = self_signed("mx.self.example");
    let sinks = [
        Sink::start(at(31, port), tls(&own)).await,
        Sink::start(at(32, port), tls(&authority.good("mx.other.example"))).await,
        Sink::start(at(33, port), tls(&authority.expired("mx.old.example"))).await,
        Sink::start(at(34, port), tls(&authority.good("mx.good.example"))).await,
        Sink::start(
            at(35, port),
            Manners {
                stripped: true,
                ..tls(&authority.good("mx.strip.example"))
            },
        )
        .await,
    ];
    let pinned = |domain: &str, pin: &str| Peer {
        key_sha256: vec![pin.to_owned()],
        ..peer(domain, PeerTls::Verify)
    };
    let settings = Outbox {
        peer: vec![
            peer("self.example", PeerTls::Verify),
            peer("name.example", PeerTls::Verify),
            peer("old.example", PeerTls::Verify),
            peer("good.example", PeerTls::Verify),
            peer("any.example", PeerTls::Encrypt),
            peer("strip.example", PeerTls::Encrypt),
            pinned("pin.example", &own.key_sha256),
            pinned("wrongpin.example", &own.key_sha256),
            peer("nodane.example", PeerTls::Dane),
        ],
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    let cases = [
        (
            "self.example",
            "queued tls: certificate-not-trusted",
            Some(TlsFailure::CertificateNotTrusted),
        ),
        (
            "name.example",
            "queued tls: certificate-host-mismatch",
            Some(TlsFailure::CertificateHostMismatch),
        ),
        (
            "old.example",
            "queued tls: certificate-expired",
            Some(TlsFailure::CertificateExpired),
        ),
        ("good.example", "sent 250", None),
        ("any.example", "sent 250", None),
        (
            "strip.example",
            "queued tls: starttls-not-supported",
            Some(TlsFailure::StarttlsNotSupported),
        ),
        ("pin.example", "sent 250", None),
        (
            "wrongpin.example",
            "queued tls: pinned-key",
            Some(TlsFailure::ValidationFailure),
        ),
        (
            "nodane.example",
            "queued tls: dane-required",
            Some(TlsFailure::DaneRequired),
        ),
    ];
    for (domain, outcome, failure) in cases {
        assert_eq!(
            rig.try_once(&format!("noc@{domain}")).await,
            outcome,
            "{domain}"
        );
        let told = rig.told();
        assert_eq!(told.len(), 1, "{domain}: {told:?}");
        assert_eq!(told[0].policy, PolicyKind::Peer, "{domain}");
        let expected = failure.map_or(AttemptOutcome::Delivered, AttemptOutcome::TlsFailure);
        assert_eq!(told[0].outcome, expected, "{domain}");
    }
    for sink in &sinks {
        assert!(!sink.clear().contains("MAIL FROM"), "{}", sink.clear());
        assert!(sink.taken().iter().all(|mail| mail.over_tls));
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_fixed_route_needs_no_mx() {
    let authority = Authority::new();
    let dns = TestDns::start(&[("fixed.example", Zone::Unsigned, "@ MX 0 .")]);
    let port = port();
    let sink = Sink::start(at(36, port), tls(&authority.good("127.0.0.36"))).await;
    let settings = Outbox {
        peer: vec![Peer {
            host: format!("127.0.0.36:{port}"),
            ..peer("fixed.example", PeerTls::Verify)
        }],
        mx_loopback: false,
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    assert_eq!(rig.try_once("noc@FIXED.example").await, "sent 250");
    assert!(sink.taken()[0].over_tls);
    rig.stop().await;
}
