//! By our own MTA: TLS that is checked, and a login that never goes in clear.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use pillarbox::config::{Outbox, OutboxTls};

use crate::authority::{Authority, self_signed};
use crate::rig::{Rig, at, port};
use crate::sink::{Manners, Sink};

fn settings(authority: &Authority, port: u16, tls: OutboxTls) -> Outbox {
    Outbox {
        smarthost: format!("127.0.0.41:{port}"),
        tls,
        helo: "out.team.example".into(),
        ca_file: Some(authority.file()),
        ..Outbox::default()
    }
}

/// The outcome of one attempt, and whether anything was said about mail in clear.
async fn try_with(manners: Manners, tls: OutboxTls, authority: &Authority) -> (String, bool) {
    let port = port();
    let sink = Sink::start(at(41, port), manners).await;
    let mut rig = Rig::start(settings(authority, port, tls), None).await;
    let outcome = rig.try_once("noc@partner.example").await;
    rig.stop().await;
    (outcome, sink.clear().contains("MAIL FROM"))
}

#[tokio::test]
async fn starttls_at_the_smarthost_is_required_and_its_certificate_checked() {
    let authority = Authority::new();
    let with = |identity: crate::authority::Identity| Manners {
        tls: Some(identity.tls),
        ..Manners::default()
    };
    let stripped = Manners {
        stripped: true,
        ..with(authority.good("127.0.0.41"))
    };
    let cases = [
        (with(authority.good("127.0.0.41")), "sent 250"),
        (
            with(authority.good("mx.example")),
            "queued tls: certificate-host-mismatch",
        ),
        (
            with(authority.expired("127.0.0.41")),
            "queued tls: certificate-expired",
        ),
        (
            with(self_signed("127.0.0.41")),
            "queued tls: certificate-not-trusted",
        ),
        (stripped, "queued tls: starttls-not-supported"),
    ];
    for (manners, expected) in cases {
        let (outcome, in_clear) = try_with(manners, OutboxTls::Starttls, &authority).await;
        assert_eq!(outcome, expected);
        assert!(!in_clear, "{expected}");
    }
}

#[tokio::test]
async fn tls_from_the_first_octet_is_checked_as_well() {
    let authority = Authority::new();
    for (identity, expected) in [
        (authority.good("127.0.0.41"), "sent 250"),
        (
            self_signed("127.0.0.41"),
            "queued tls: certificate-not-trusted",
        ),
    ] {
        let manners = Manners {
            tls: Some(identity.tls),
            implicit: true,
            ..Manners::default()
        };
        let (outcome, _) = try_with(manners, OutboxTls::Implicit, &authority).await;
        assert_eq!(outcome, expected);
    }
}

#[tokio::test]
async fn user_and_password_are_said_over_tls_and_a_refusal_is_the_smarthosts_not_the_mails() {
    let authority = Authority::new();
    let password = authority.folder().join("password");
    fs::write(&password, "two words\n").unwrap();
    let mode = |mode| fs::set_permissions(&password, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let settings_with = |port| Outbox {
        user: "gateway".into(),
        password_file: Some(password.clone()),
        ..settings(&authority, port, OutboxTls::Starttls)
    };
    let refused = Rig::refused(settings_with(1));
    assert!(refused.contains("may be read by others"), "{refused}");
    mode(0o600);
    for (login, expected) in [
        ("gateway:two words", "sent 250"),
        ("gateway:another", "queued 535 5.7.8"),
    ] {
        let port = port();
        let manners = Manners {
            tls: Some(authority.good("127.0.0.41").tls),
            login: Some(login),
            ..Manners::default()
        };
        let sink = Sink::start(at(41, port), manners).await;
        let mut rig = Rig::start(settings_with(port), None).await;
        assert_eq!(rig.try_once("noc@partner.example").await, expected);
        assert!(!sink.clear().contains("AUTH"), "{}", sink.clear());
        assert_eq!(
            sink.taken().iter().filter(|mail| mail.logged_in).count(),
            sink.taken().len()
        );
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_smarthost_that_is_out_of_order_loses_no_mail() {
    let authority = Authority::new();
    let port = port();
    let sink = Sink::start(at(41, port), Manners::default()).await;
    for (command, reply) in [
        ("EHLO", "554 5.3.2 gone"),
        ("MAIL", "550 5.7.1 not you"),
        ("DATA", "451 4.3.0 later"),
        (".", "452 4.3.1 full"),
    ] {
        sink.will_say(command, reply);
    }
    let mut rig = Rig::start(settings(&authority, port, OutboxTls::None), None).await;
    let case = rig.post("noc@partner.example").await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let last = seen.last().cloned().unwrap_or_default();
        let state = rig.until(case, |state| state.status != last).await;
        assert_eq!(state.state, "queued");
        seen.push(state.status);
        // The smarthost rests after a failure as a whole: the test doesn't wait for it, a new sender knows nothing of it.
        rig = rig.again(settings(&authority, port, OutboxTls::None)).await;
        rig.pass_time().await;
    }
    assert_eq!(seen, ["554 5.3.2", "550 5.7.1", "451 4.3.0", "452 4.3.1"]);
    rig.until(case, |state| state.state == "sent").await;
    assert_eq!(sink.taken().len(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_connection_is_used_for_many_mails_and_replaced_when_it_was_closed() {
    let authority = Authority::new();
    let port = port();
    let manners = Manners {
        mails: Some(4),
        ..Manners::default()
    };
    let sink = Sink::start(at(41, port), manners).await;
    let settings = Outbox {
        destination_connections: 1,
        ..settings(&authority, port, OutboxTls::None)
    };
    let mut rig = Rig::start(settings, None).await;
    let mut cases = Vec::new();
    for number in 0..12 {
        cases.push(rig.post(&format!("n{number}@partner.example")).await);
    }
    for case in cases {
        let state = rig.until(case, |state| state.state == "sent").await;
        assert_eq!(state.attempts, 1, "a closed connection costs no attempt");
    }
    assert!(
        (3..=12).contains(&sink.connections()),
        "{}",
        sink.connections()
    );
    let sessions = rig
        .told()
        .iter()
        .filter(|attempt| attempt.new_session)
        .count();
    assert_eq!(sessions, sink.connections());
    rig.stop().await;
}
