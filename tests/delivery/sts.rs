//! MTA-STS: a policy over HTTPS that the mail exchangers must keep (RFC 8461).

use pillarbox::config::Outbox;
use pillarbox::sender::attempt::{AttemptOutcome, PolicyKind, TlsFailure};

use crate::authority::{Authority, Identity, self_signed};
use crate::dns::{TestDns, Zone};
use crate::rig::{Rig, at, by_mx, port};
use crate::sink::{Manners, Sink};
use crate::web::Web;

const ENFORCE: &str = "version: STSv1\r\nmode: enforce\r\nmx: mx.p.example\r\nmx: *.many.example\r\nmax_age: 86400\r\n";

/// A zone with a policy at 127.0.0.50 and mail at 127.0.0.`last`.
fn zone(last: u8, mx: &str) -> String {
    format!(
        "@ MX 10 {mx}\nmx A 127.0.0.{last}\n_mta-sts TXT \"v=STSv1; id=1;\"\nmta-sts A 127.0.0.50\n"
    )
}

fn tls(identity: &Identity) -> Manners {
    Manners {
        tls: Some(identity.tls.clone()),
        ..Manners::default()
    }
}

struct Scene {
    authority: Authority,
    port: u16,
    web_port: u16,
    dns: TestDns,
}

impl Scene {
    fn new(zone: &str) -> Scene {
        Scene {
            authority: Authority::new(),
            port: port(),
            web_port: port(),
            dns: TestDns::start(&[
                ("p.example", Zone::Unsigned, zone),
                (
                    "many.example",
                    Zone::Unsigned,
                    "a A 127.0.0.59\na.b A 127.0.0.59",
                ),
            ]),
        }
    }

    async fn web(&self, policy: &str) -> Web {
        let identity = self.authority.good("mta-sts.p.example");
        Web::start(at(50, self.web_port), identity.tls, policy).await
    }

    async fn rig(&self) -> Rig {
        let settings = Outbox {
            mta_sts_port: self.web_port,
            ..by_mx(self.port, &self.authority)
        };
        Rig::start(settings, Some(&self.dns)).await
    }
}

#[tokio::test]
async fn an_enforced_policy_lets_good_certificates_through_and_is_fetched_once() {
    let scene = Scene::new(&zone(51, "mx"));
    let web = scene.web(ENFORCE).await;
    let sink = Sink::start(
        at(51, scene.port),
        tls(&scene.authority.good("mx.p.example")),
    )
    .await;
    let mut rig = scene.rig().await;
    for number in 0..3 {
        assert_eq!(
            rig.try_once(&format!("n{number}@p.example")).await,
            "sent 250"
        );
    }
    assert_eq!(web.requests(), 1);
    assert_eq!(
        web.asked.lock().unwrap()[0],
        "GET /.well-known/mta-sts.txt HTTP/1.1"
    );
    assert!(sink.taken().iter().all(|mail| mail.over_tls));
    let told = rig.told();
    assert_eq!(told[0].policy, PolicyKind::Sts);
    assert!(told[0].policy_detail.contains(&"mode: enforce".to_owned()));
    assert!(told[0].tls.as_ref().unwrap().verified);
    rig.stop().await;
}

#[tokio::test]
async fn an_enforced_policy_stops_mail_to_other_hosts_bad_certificates_and_clear_text() {
    for (mx, manners, status) in [
        ("mx.q.example.", None, "queued tls: validation-failure"),
        (
            "mx",
            Some(self_signed("mx.p.example")),
            "queued tls: certificate-not-trusted",
        ),
    ] {
        let scene = Scene::new(&zone(52, mx));
        let _web = scene.web(ENFORCE).await;
        let identity = manners.unwrap_or_else(|| scene.authority.good("mx.q.example"));
        let sink = Sink::start(at(52, scene.port), tls(&identity)).await;
        let mut rig = scene.rig().await;
        let outcome = rig.try_once("noc@p.example").await;
        // A host outside the policy isn't even looked up when its zone isn't there.
        assert!(
            outcome == status || mx != "mx" && outcome.starts_with("queued"),
            "{outcome}"
        );
        assert!(sink.taken().is_empty());
        rig.stop().await;
    }
    let scene = Scene::new(&zone(53, "mx"));
    let _web = scene.web(ENFORCE).await;
    let stripped = Manners {
        stripped: true,
        ..tls(&scene.authority.good("mx.p.example"))
    };
    let sink = Sink::start(at(53, scene.port), stripped).await;
    let mut rig = scene.rig().await;
    assert_eq!(
        rig.try_once("noc@p.example").await,
        "queued tls: starttls-not-supported"
    );
    assert!(!sink.clear().contains("MAIL FROM"));
    rig.stop().await;
}

#[tokio::test]
async fn a_host_that_the_policy_does_not_list_gets_nothing() {
    let records = zone(54, "other") + "other A 127.0.0.54\n";
    let scene = Scene::new(&records);
    let _web = scene.web(ENFORCE).await;
    let sink = Sink::start(
        at(54, scene.port),
        tls(&scene.authority.good("other.p.example")),
    )
    .await;
    let mut rig = scene.rig().await;
    assert_eq!(
        rig.try_once("noc@p.example").await,
        "queued tls: validation-failure"
    );
    assert_eq!(sink.connections(), 0);
    let told = rig.told();
    assert_eq!(told[0].failure_reason, "sts-mx-mismatch", "{told:?}");
    rig.stop().await;
}

#[tokio::test]
async fn a_policy_in_testing_is_reported_as_what_failed_once_a_session_and_stops_nothing() {
    let scene = Scene::new(&zone(55, "mx"));
    let _web = scene.web(&ENFORCE.replace("enforce", "testing")).await;
    let mut rig = scene.rig().await;
    let garbage = Manners {
        garbage: true,
        ..tls(&self_signed("mx.p.example"))
    };
    for (manners, failure) in [
        (
            tls(&self_signed("mx.p.example")),
            Some(TlsFailure::CertificateNotTrusted),
        ),
        (
            tls(&scene.authority.expired("mx.p.example")),
            Some(TlsFailure::CertificateExpired),
        ),
        (
            tls(&scene.authority.good("mx.q.example")),
            Some(TlsFailure::CertificateHostMismatch),
        ),
        (garbage, Some(TlsFailure::ValidationFailure)),
        (Manners::default(), Some(TlsFailure::StarttlsNotSupported)),
        (tls(&scene.authority.good("mx.p.example")), None),
    ] {
        let sink = Sink::start(at(55, scene.port), manners).await;
        assert_eq!(rig.try_once("noc@p.example").await, "sent 250");
        assert_eq!(sink.taken().len(), 1);
        sink.close().await;
        let told = rig.told();
        let policies: Vec<_> = told.iter().map(|one| one.policy).collect();
        let sessions: Vec<_> = told
            .iter()
            .filter(|one| one.new_session)
            .map(|one| one.outcome)
            .collect();
        let outcome = failure.map_or(AttemptOutcome::Delivered, AttemptOutcome::TlsFailure);
        assert_eq!(sessions, [outcome], "{told:?}");
        assert_eq!(told.last().unwrap().outcome, AttemptOutcome::Delivered);
        assert!(policies.iter().all(|policy| *policy == PolicyKind::Sts));
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_policy_that_cannot_be_had_is_told_and_mail_goes_as_without_one() {
    let cases: [(&'static str, String, TlsFailure); 5] = [
        (
            "404 Not Found",
            ENFORCE.into(),
            TlsFailure::StsPolicyFetchError,
        ),
        // A redirect is not followed.
        ("302 Found", ENFORCE.into(), TlsFailure::StsPolicyFetchError),
        (
            "200 OK",
            "version: STSv2\nmode: enforce\n".into(),
            TlsFailure::StsPolicyInvalid,
        ),
        (
            "200 OK",
            "version: STSv1\nmode: enforce\nmax_age: 60\n".into(),
            TlsFailure::StsPolicyInvalid,
        ),
        (
            "200 OK",
            ENFORCE.to_owned() + &"x: y\n".repeat(20_000),
            TlsFailure::StsPolicyInvalid,
        ),
    ];
    for (status, body, failure) in cases {
        let scene = Scene::new(&zone(56, "mx"));
        let web = scene.web("").await;
        web.serve(status, &body);
        let _sink = Sink::start(at(56, scene.port), Manners::default()).await;
        let mut rig = scene.rig().await;
        assert_eq!(rig.try_once("noc@p.example").await, "sent 250", "{status}");
        let told = rig.told();
        assert_eq!(
            told[0].outcome,
            AttemptOutcome::TlsFailure(failure),
            "{told:?}"
        );
        assert_eq!(told[1].policy, PolicyKind::None);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_policy_host_with_a_bad_certificate_is_not_believed() {
    let scene = Scene::new(&zone(57, "mx"));
    let identity = self_signed("mta-sts.p.example");
    let web = Web::start(at(50, scene.web_port), identity.tls, ENFORCE).await;
    let _sink = Sink::start(at(57, scene.port), Manners::default()).await;
    let mut rig = scene.rig().await;
    assert_eq!(rig.try_once("noc@p.example").await, "sent 250");
    let failed = AttemptOutcome::TlsFailure(TlsFailure::StsWebpkiInvalid);
    assert_eq!(rig.told()[0].outcome, failed);
    assert_eq!(web.requests(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_policy_that_was_seen_holds_although_nobody_serves_it_any_more() {
    let scene = Scene::new(&zone(58, "mx"));
    let web = scene.web(ENFORCE).await;
    let good = Sink::start(
        at(58, scene.port),
        tls(&scene.authority.good("mx.p.example")),
    )
    .await;
    let mut rig = scene.rig().await;
    assert_eq!(rig.try_once("noc@p.example").await, "sent 250");
    // An attacker takes away the record, the policy and the encryption.
    scene
        .dns
        .trouble("_mta-sts.p.example", crate::dns::Trouble::Refused);
    web.serve("404 Not Found", "");
    good.close().await;
    let clear = Sink::start(at(58, scene.port), Manners::default()).await;
    assert_eq!(
        rig.try_once("noc@p.example").await,
        "queued tls: starttls-not-supported"
    );
    assert!(!clear.clear().contains("MAIL FROM"));
    rig.stop().await;
}

#[tokio::test]
async fn a_star_in_a_policy_stands_for_one_label() {
    for (host, outcome) in [
        ("a.many.example", "sent 250"),
        ("a.b.many.example", "queued tls: validation-failure"),
    ] {
        let scene = Scene::new(&zone(59, &format!("{host}.")));
        let _web = scene.web(ENFORCE).await;
        let identity = scene.authority.good(host);
        let sink = Sink::start(at(59, scene.port), tls(&identity)).await;
        let mut rig = scene.rig().await;
        assert_eq!(rig.try_once("noc@p.example").await, outcome);
        assert_eq!(sink.taken().len(), usize::from(outcome == "sent 250"));
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_policy_host_inside_our_network_is_not_asked() {
    let scene = Scene::new(&zone(77, "mx"));
    let web = scene.web(ENFORCE).await;
    let _sink = Sink::start(at(77, scene.port), Manners::default()).await;
    let settings = Outbox {
        mta_sts_port: scene.web_port,
        allowed_networks: vec!["127.0.0.77/32".parse().unwrap()],
        ..by_mx(scene.port, &scene.authority)
    };
    let mut rig = Rig::start(settings, Some(&scene.dns)).await;
    assert_eq!(rig.try_once("noc@p.example").await, "sent 250");
    let failed = AttemptOutcome::TlsFailure(TlsFailure::StsPolicyFetchError);
    assert_eq!(rig.told()[0].outcome, failed);
    assert_eq!(web.requests(), 0);
    rig.stop().await;
}
