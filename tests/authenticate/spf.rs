//! SPF: every result, and when it is not checked at all.

use intake::authentication::{AuthResult, Scope};
use intake::envelope::Envelope;

use super::{World, envelope, message};

pub(super) const RECORDS: &str = "hard TXT \"v=spf1 ip4:192.0.2.10 -all\"
soft TXT \"v=spf1 ip4:192.0.2.10 ~all\"
neutral TXT \"v=spf1 ?all\"
wrong TXT \"v=spf1 include:%{z} -all\"
two TXT \"v=spf1 -all\"
two TXT \"v=spf1 +all\"
text TXT \"something else\"
missing TXT \"v=spf1 include:nothing.spf.example -all\"
loop TXT \"v=spf1 include:loop.spf.example -all\"
many TXT \"v=spf1 a:a1.spf.example a:a2.spf.example a:a3.spf.example a:a4.spf.example a:a5.spf.example a:a6.spf.example a:a7.spf.example a:a8.spf.example a:a9.spf.example a:a10.spf.example a:a11.spf.example ip4:192.0.2.10 -all\"
host TXT \"v=spf1 a:ten.spf.example mx:hard.spf.example -all\"
ten A 192.0.2.10
below TXT \"v=spf1 include:hard.spf.example ?all\"
elsewhere TXT \"v=spf1 include:x.failing.example -all\"
";

#[tokio::test]
async fn the_record_decides() {
    let world = World::new();
    for (name, client, expected) in [
        ("hard", "192.0.2.10", AuthResult::Pass),
        ("hard", "203.0.113.9", AuthResult::Fail),
        ("soft", "203.0.113.9", AuthResult::SoftFail),
        ("neutral", "203.0.113.9", AuthResult::Neutral),
        ("below", "192.0.2.10", AuthResult::Pass),
        ("below", "203.0.113.9", AuthResult::Neutral),
        ("host", "192.0.2.10", AuthResult::Pass),
        ("host", "2001:db8::1", AuthResult::Fail),
        ("wrong", "192.0.2.10", AuthResult::PermError),
        ("two", "192.0.2.10", AuthResult::PermError),
        ("missing", "192.0.2.10", AuthResult::PermError),
        ("many", "192.0.2.10", AuthResult::PermError),
        ("loop", "192.0.2.10", AuthResult::PermError),
        ("text", "192.0.2.10", AuthResult::None),
        ("nowhere", "192.0.2.10", AuthResult::None),
        ("elsewhere", "192.0.2.10", AuthResult::TempError),
    ] {
        let sender = format!("a@{name}.spf.example");
        let results = world
            .check(&envelope(client, &sender), &message("a@bare.example"))
            .await;
        assert_eq!(results.spf.result, expected, "{name} {client}");
        assert_eq!(results.spf.domain, format!("{name}.spf.example"));
        assert!(!results.proves("a@bare.example"), "not aligned: {name}");
    }
}

#[tokio::test]
async fn the_null_path_is_checked_by_helo() {
    let world = World::new();
    let bounce = Envelope {
        helo: "hard.spf.example".into(),
        ..envelope("192.0.2.10", "")
    };
    let results = world.check(&bounce, &message("a@bare.example")).await;
    assert_eq!(results.spf.result, AuthResult::Pass);
    assert_eq!(results.spf.scope, Scope::Helo);
    assert_eq!(results.spf.domain, "hard.spf.example");
}

#[tokio::test]
async fn without_the_client_nothing_is_said() {
    let world = World::new();
    let sent = envelope("192.0.2.10", "a@hard.spf.example");
    for unknown in [
        Envelope {
            client: None,
            ..sent.clone()
        },
        Envelope {
            client: Some("127.0.0.1".parse().unwrap()),
            ..sent.clone()
        },
        // A relay of ours that did not name its client.
        Envelope {
            trusted_relay: true,
            ..sent.clone()
        },
    ] {
        let results = world.check(&unknown, &message("a@bare.example")).await;
        assert_eq!(results.spf.result, AuthResult::None);
        assert_eq!(results.spf.domain, "");
    }
    let named = Envelope {
        trusted_relay: true,
        relay: Some("198.51.100.25".parse().unwrap()),
        ..sent
    };
    let results = world.check(&named, &message("a@bare.example")).await;
    assert_eq!(results.spf.result, AuthResult::Pass);
}
