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

/// What the list says, what the server shows, and how an attempt ends.
type Case = (Peer, Manners, Result<(), TlsFailure>);

fn cases(authority: &Authority) -> Vec<Case> {
    let own = self_signed("mx.self.example");
    let good = |domain: &str| tls(&authority.good(&format!("mx.{domain}")));
    let verify = |domain: &str| peer(domain, PeerTls::Verify);
    let pinned = |domain: &str| Peer {
        key_sha256: vec![own.key_sha256.clone()],
        ..verify(domain)
    };
    let stripped = Manners {
        stripped: true,
        ..good("strip.example")
    };
    let old = authority.expired("mx.old.example");
    vec![
        (verify("good.example"), good("good.example"), Ok(())),
        (
            verify("self.example"),
            tls(&own),
            Err(TlsFailure::CertificateNotTrusted),
        ),
        (
            verify("name.example"),
            good("other.example"),
            Err(TlsFailure::CertificateHostMismatch),
        ),
        (
            verify("old.example"),
            tls(&old),
            Err(TlsFailure::CertificateExpired),
        ),
        (peer("any.example", PeerTls::Encrypt), tls(&own), Ok(())),
        (
            peer("strip.example", PeerTls::Encrypt),
            stripped,
            Err(TlsFailure::StarttlsNotSupported),
        ),
        (pinned("pin.example"), tls(&own), Ok(())),
        (
            pinned("wrongpin.example"),
            good("wrongpin.example"),
            Err(TlsFailure::ValidationFailure),
        ),
        (
            peer("nodane.example", PeerTls::Dane),
            good("nodane.example"),
            Err(TlsFailure::DaneRequired),
        ),
    ]
}

#[tokio::test]
async fn a_listed_peer_gets_mail_as_the_list_says_or_not_at_all() {
    let authority = Authority::new();
    let port = port();
    let cases = cases(&authority);
    let records: Vec<String> = (101..)
        .zip(&cases)
        .map(|(last, _): (u8, _)| format!("@ MX 10 mx\nmx A 127.0.0.{last}"))
        .collect();
    let zones: Vec<(&str, Zone, &str)> = cases
        .iter()
        .zip(&records)
        .map(|((peer, ..), records)| (peer.domain.as_str(), Zone::Unsigned, records.as_str()))
        .collect();
    let dns = TestDns::start(&zones);
    let settings = Outbox {
        peer: cases.iter().map(|(peer, ..)| peer.clone()).collect(),
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    for (last, (peer, manners, expected)) in (101..).zip(&cases) {
        let domain = &peer.domain;
        let sink = Sink::start(at(last, port), manners.clone()).await;
        let tried = rig.try_once(&format!("noc@{domain}")).await;
        assert_eq!(tried == "sent 250", expected.is_ok(), "{domain}: {tried}");
        assert_eq!(
            sink.taken().len(),
            usize::from(expected.is_ok()),
            "{domain}"
        );
        assert!(!sink.clear().contains("MAIL FROM"), "{}", sink.clear());
        let told = rig.told();
        assert_eq!(told.len(), 1, "{domain}: {told:?}");
        assert_eq!(told[0].policy, PolicyKind::Peer, "{domain}");
        let expected = match expected {
            Ok(()) => AttemptOutcome::Delivered,
            Err(failure) => AttemptOutcome::TlsFailure(*failure),
        };
        assert_eq!(told[0].outcome, expected, "{domain}");
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
        allowed_networks: Vec::new(),
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    assert_eq!(rig.try_once("noc@FIXED.example").await, "sent 250");
    assert!(sink.taken()[0].over_tls);
    rig.stop().await;
}
