//! Without a policy: TLS when it works, clear text when it doesn't, and a note of both.

use pillarbox::sender::attempt::{AttemptOutcome, PolicyKind, TlsFailure};

use crate::authority::{Authority, Identity, self_signed};
use crate::dns::{TestDns, Zone};
use crate::rig::{Rig, at, by_mx, port};
use crate::sink::{Manners, Sink};

fn zones() -> TestDns {
    TestDns::start(&[
        (
            "self.example",
            Zone::Unsigned,
            "@ MX 10 mx\nmx A 127.0.0.11",
        ),
        (
            "good.example",
            Zone::Unsigned,
            "@ MX 10 mx\nmx A 127.0.0.12",
        ),
        (
            "clear.example",
            Zone::Unsigned,
            "@ MX 10 mx\nmx A 127.0.0.13",
        ),
        (
            "garbage.example",
            Zone::Unsigned,
            "@ MX 10 mx\nmx A 127.0.0.14",
        ),
    ])
}

fn tls(identity: Identity) -> Manners {
    Manners {
        tls: Some(identity.tls),
        ..Manners::default()
    }
}

#[tokio::test]
async fn mail_goes_over_tls_whoever_answers_and_in_clear_where_there_is_none() {
    let authority = Authority::new();
    let dns = zones();
    let port = port();
    let own = Sink::start(at(11, port), tls(self_signed("other.example"))).await;
    let good = Sink::start(at(12, port), tls(authority.good("mx.good.example"))).await;
    let clear = Sink::start(at(13, port), Manners::default()).await;
    let broken = Manners {
        garbage: true,
        ..tls(self_signed("mx.garbage.example"))
    };
    let garbage = Sink::start(at(14, port), broken).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;

    assert_eq!(rig.try_once("noc@self.example").await, "sent 250");
    let taken = own.taken();
    assert!(taken[0].over_tls);
    assert_eq!(taken[0].from, "<>", "an automatic answer has no sender");
    assert_eq!(taken[0].to, "noc@self.example");
    assert!(taken[0].content.ends_with("Thank you.\r\n.\r\nBye\r\n"));
    assert_eq!(own.log.lock().unwrap().names, ["mx.self.example"]);
    let told = rig.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].policy, PolicyKind::None);
    let shown = told[0].tls.as_ref().unwrap();
    assert_eq!((shown.version.as_str(), shown.verified), ("TLSv1.3", false));
    assert!(shown.suite.starts_with("TLS_"), "{shown:?}");

    assert_eq!(rig.try_once("noc@good.example").await, "sent 250");
    assert!(good.taken()[0].over_tls);
    assert!(rig.told()[0].tls.as_ref().unwrap().verified);

    assert_eq!(rig.try_once("noc@clear.example").await, "sent 250");
    assert!(!clear.taken()[0].over_tls);
    assert_eq!(rig.told()[0].tls, None);

    assert_eq!(rig.try_once("noc@garbage.example").await, "sent 250");
    assert!(!garbage.taken()[0].over_tls);
    let told = rig.told();
    let failed = AttemptOutcome::TlsFailure(TlsFailure::ValidationFailure);
    assert_eq!(told[0].outcome, failed, "{told:?}");
    assert_eq!(told[1].outcome, AttemptOutcome::Delivered);
    rig.stop().await;
}
