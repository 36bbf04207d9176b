//! Which host mail goes to, and what happens to it there: answers, pauses, and destinations that don't get in each
//! other's way.

use std::time::{Duration, Instant};

use pillarbox::config::{Outbox, Span};
use pillarbox::sender::attempt::AttemptOutcome;

use crate::authority::Authority;
use crate::dns::{TestDns, Zone};
use crate::rig::{Rig, at, by_mx, port};
use crate::sink::{Manners, Sink};

fn unsigned<'a>(zones: &[(&'a str, &'a str)]) -> TestDns {
    let zones: Vec<(&str, Zone, &str)> = zones
        .iter()
        .map(|(name, records)| (*name, Zone::Unsigned, *records))
        .collect();
    TestDns::start(&zones)
}

#[tokio::test]
async fn hosts_are_tried_by_preference_and_never_ourselves() {
    let authority = Authority::new();
    let dns = unsigned(&[
        // The first is down, the second has no address, the third takes it.
        (
            "down.example",
            "@ MX 10 a\n@ MX 20 b\n@ MX 30 c\na A 127.0.0.60\nc A 127.0.0.61",
        ),
        // The first greets with 554, its second address takes it.
        (
            "busy.example",
            "@ MX 10 a\n@ MX 20 b\na A 127.0.0.62\nb A 127.0.0.61",
        ),
        ("implicit.example", "@ A 127.0.0.61"),
        ("null.example", "@ MX 0 ."),
        ("nowhere.example", "@ TXT nothing"),
        (
            "ours.example",
            "@ MX 10 out.team.example.\n@ MX 20 b\nb A 127.0.0.61",
        ),
        (
            "below.example",
            "@ MX 5 b\n@ MX 10 out.team.example.\nb A 127.0.0.61",
        ),
        ("mirror.example", "@ MX 10 a\na A 127.0.0.63"),
    ]);
    let port = port();
    let sink = Sink::start(at(61, port), Manners::default()).await;
    let greets = |greeting| Manners {
        greeting,
        ..Manners::default()
    };
    let _busy = Sink::start(at(62, port), greets("554 5.3.2 not now")).await;
    let _mirror = Sink::start(at(63, port), greets("220 out.team.example ESMTP")).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    for (recipient, outcome) in [
        ("noc@down.example", "sent 250"),
        ("noc@busy.example", "sent 250"),
        ("noc@implicit.example", "sent 250"),
        ("noc@null.example", "failed 5.1.10"),
        ("noc@nowhere.example", "failed 5.4.4"),
        ("noc@ours.example", "failed 5.4.6"),
        ("noc@below.example", "sent 250"),
        ("noc@mirror.example", "queued loops-back"),
        ("noc@[127.0.0.61]", "sent 250"),
    ] {
        assert_eq!(rig.try_once(recipient).await, outcome, "{recipient}");
    }
    let to: Vec<String> = sink.taken().into_iter().map(|mail| mail.to).collect();
    assert_eq!(
        to,
        [
            "noc@down.example",
            "noc@busy.example",
            "noc@implicit.example",
            "noc@below.example",
            "noc@[127.0.0.61]"
        ]
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_strangers_mx_that_points_at_this_machine_or_inside_is_not_called() {
    let authority = Authority::new();
    let dns = unsigned(&[
        ("sly.example", "@ MX 10 a\na A 127.0.0.64"),
        ("mapped.example", "@ MX 10 a\na AAAA ::ffff:0.0.0.0"),
        ("inside.example", "@ MX 10 a\na A 192.168.0.1"),
        ("cloud.example", "@ MX 10 a\na A 169.254.169.254"),
    ]);
    let port = port();
    let sink = Sink::start(at(64, port), Manners::default()).await;
    let settings = Outbox {
        allowed_networks: vec!["10.0.0.0/8".parse().unwrap()],
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    for domain in [
        "sly.example",
        "mapped.example",
        "inside.example",
        "cloud.example",
        "[127.0.0.64]",
        "[172.16.0.1]",
        "[IPv6:::ffff:127.0.0.64]",
    ] {
        let tried = rig.try_once(&format!("noc@{domain}")).await;
        assert_eq!(tried, "failed 5.4.6", "{domain}");
    }
    assert_eq!(sink.connections(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn only_what_is_said_about_the_recipient_is_final() {
    let authority = Authority::new();
    let dns = unsigned(&[("one.example", "@ MX 10 a\na A 127.0.0.65")]);
    let port = port();
    let sink = Sink::start(at(65, port), Manners::default()).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    for (command, reply, outcome) in [
        (
            "RCPT",
            "550 5.1.1 nobody here: secret text",
            "failed 550 5.1.1",
        ),
        ("RCPT", "551 gone", "failed 551"),
        ("RCPT", "450 4.2.0 greylisted", "queued 450 4.2.0"),
        (".", "554 5.7.1 spam", "failed 554 5.7.1"),
        (".", "451 4.7.0 later", "queued 451 4.7.0"),
    ] {
        sink.will_say(command, reply);
        assert_eq!(rig.try_once("noc@one.example").await, outcome);
    }
    assert!(sink.taken().is_empty());
    assert_eq!(sink.connections(), 1, "a refusal is no reason to hang up");
    let told = rig.told();
    let permanent =
        |one: &&pillarbox::sender::attempt::Attempt| one.outcome == AttemptOutcome::Permanent;
    assert_eq!(told.iter().filter(permanent).count(), 3);
    // The two that were put off arrive at the next attempt.
    rig.pass_time().await;
    let arrived = || sink.taken().len() == 2;
    rig.wait_for("both mails", arrived).await;
    // 421 is about the server, even as an answer to RCPT: on a connection that was kept it costs a second try, on a fresh
    // one the server rests, and other mail there waits without an attempt.
    sink.will_say("RCPT", "421 4.3.2 shutting down");
    sink.will_say("RCPT", "421 4.3.2 shutting down");
    let case = rig.post("first@one.example").await;
    assert_eq!(rig.settled(case).await.status, "421 4.3.2");
    let case = rig.post("second@one.example").await;
    let state = rig.settled(case).await;
    assert_eq!((state.status.as_str(), state.attempts), ("421 4.3.2", 0));
    rig.stop().await;
}

#[tokio::test]
async fn a_refused_recipient_marks_the_contact_and_a_refused_mail_does_not() {
    let authority = Authority::new();
    let dns = unsigned(&[("one.example", "@ MX 10 a\na A 127.0.0.66")]);
    let port = port();
    let sink = Sink::start(at(66, port), Manners::default()).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    sink.will_say("RCPT", "550 5.1.1 nobody");
    assert_eq!(rig.try_once("gone@one.example").await, "failed 550 5.1.1");
    // No relaying for us, a block list, our own address, a full mailbox, or nothing more precise: the contact may be fine.
    for (reply, outcome) in [
        ("554 5.7.1 not for you", "failed 554 5.7.1"),
        ("550 5.1.7 who are you", "failed 550 5.1.7"),
        ("550 5.1.8 who are you", "failed 550 5.1.8"),
        ("552 5.2.2 full", "failed 552 5.2.2"),
        ("552 5.2.3 too long", "failed 552 5.2.3"),
        ("550 no", "failed 550"),
        ("551 gone", "failed 551"),
    ] {
        sink.will_say("RCPT", reply);
        assert_eq!(rig.try_once("here@one.example").await, outcome);
    }
    sink.will_say(".", "554 5.6.0 odd");
    assert_eq!(rig.try_once("here@one.example").await, "failed 554 5.6.0");
    let marked = "SELECT count(*) FROM undeliverable";
    assert_eq!(rig.fixture.number(marked).await, 1);
    sink.will_say("RCPT", "550 5.2.1 disabled");
    assert_eq!(rig.try_once("was@one.example").await, "failed 550 5.2.1");
    assert_eq!(rig.fixture.number(marked).await, 2);
    rig.stop().await;
}

#[tokio::test]
async fn a_black_hole_holds_up_nobody_else() {
    let authority = Authority::new();
    let names: Vec<String> = (0..50).map(|number| format!("d{number}.example")).collect();
    let zones: Vec<(&str, &str)> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let records = if number == 0 {
                "@ MX 10 a\na A 127.0.0.67"
            } else {
                "@ MX 10 a\na A 127.0.0.68"
            };
            (name.as_str(), records)
        })
        .collect();
    let dns = unsigned(&zones);
    let port = port();
    let hole = Manners {
        silent: true,
        ..Manners::default()
    };
    let hole = Sink::start(at(67, port), hole).await;
    let sink = Sink::start(at(68, port), Manners::default()).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    // The black hole's mail is first in the queue, and more of it than connections for it.
    let mut stuck = Vec::new();
    for number in 0..20 {
        stuck.push(rig.post(&format!("n{number}@d0.example")).await);
    }
    for name in &names[1..] {
        rig.post(&format!("noc@{name}")).await;
    }
    rig.wait_for("the other 49", || sink.taken().len() == 49)
        .await;
    assert_eq!(
        hole.connections(),
        1,
        "an unproved destination gets one connection"
    );
    for case in stuck {
        assert_eq!(rig.state(case).await.state, "queued");
    }
    rig.abandon();
}

#[tokio::test]
async fn black_holes_together_leave_half_of_the_connections_to_proved_destinations() {
    let authority = Authority::new();
    let hole = "@ MX 10 a\na A 127.0.0.74";
    let dns = unsigned(&[
        ("one.example", hole),
        ("two.example", hole),
        ("three.example", hole),
        ("good.example", "@ MX 10 a\na A 127.0.0.75"),
    ]);
    let port = port();
    let silent = Manners {
        silent: true,
        ..Manners::default()
    };
    let hole = Sink::start(at(74, port), silent).await;
    let sink = Sink::start(at(75, port), Manners::default()).await;
    let settings = Outbox {
        connections: 2,
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    assert_eq!(rig.try_once("noc@good.example").await, "sent 250");
    // Its courier must not be there still when the holes come.
    rig.wait_for("the goodbye", || sink.log.lock().unwrap().at_once == 0)
        .await;
    for domain in ["one", "two", "three"] {
        rig.post(&format!("noc@{domain}.example")).await;
    }
    rig.wait_for("a hole", || hole.connections() > 0).await;
    assert_eq!(rig.try_once("noc@good.example").await, "sent 250");
    assert_eq!(hole.connections(), 1);
    rig.abandon();
}

#[tokio::test]
async fn a_destination_that_is_down_costs_its_mail_one_attempt_in_all() {
    let authority = Authority::new();
    let dns = unsigned(&[("down.example", "@ MX 10 a\na A 127.0.0.69")]);
    let port = port();
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    let mut cases = Vec::new();
    for number in 0..10 {
        cases.push(rig.post(&format!("n{number}@down.example")).await);
    }
    let mut attempts = 0;
    for case in &cases {
        let state = rig.settled(*case).await;
        assert_eq!(state.status, "no-connection");
        attempts += state.attempts;
    }
    assert_eq!(attempts, 1);
    rig.stop().await;
}

#[tokio::test]
async fn connections_of_a_destination_are_limited() {
    let authority = Authority::new();
    let dns = unsigned(&[("one.example", "@ MX 10 a\na A 127.0.0.70")]);
    let port = port();
    let sink = Sink::start(at(70, port), Manners::default()).await;
    let settings = Outbox {
        destination_connections: 3,
        connection_mails: 5,
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    for number in 0..30 {
        rig.post(&format!("n{number}@one.example")).await;
    }
    rig.wait_for("all 30", || sink.taken().len() == 30).await;
    {
        let log = sink.log.lock().unwrap();
        assert!(log.most_at_once <= 3, "{}", log.most_at_once);
        assert!(log.connections >= 6, "{}", log.connections);
    }
    rig.stop().await;
}

#[tokio::test]
async fn mail_leaves_no_faster_than_the_rate_of_its_destination_and_not_after_a_stop() {
    let authority = Authority::new();
    let dns = unsigned(&[("one.example", "@ MX 10 a\na A 127.0.0.76")]);
    let port = port();
    let sink = Sink::start(at(76, port), Manners::default()).await;
    let with_rate = |rate| Outbox {
        destination_rate: rate,
        ..by_mx(port, &authority)
    };
    let mut rig = Rig::start(with_rate(300), Some(&dns)).await;
    // No measure of speed: with a rate it can't be sooner, however slow the machine is.
    let started = Instant::now();
    for number in 0..8 {
        rig.post(&format!("n{number}@one.example")).await;
    }
    rig.wait_for("all 8", || sink.taken().len() == 8).await;
    assert!(started.elapsed() >= Duration::from_millis(7 * 200));
    rig.stop().await;
    // The second waits for its turn when the sender is told to stop: it does not leave any more.
    let mut rig = Rig::start(with_rate(6), Some(&dns)).await;
    assert_eq!(rig.try_once("first@one.example").await, "sent 250");
    let second = rig.post("second@one.example").await;
    rig.until(second, |state| state.attempts == 1).await;
    let rig = rig.stopped().await;
    let state = rig.state(second).await;
    assert_eq!((state.state.as_str(), state.attempts), ("queued", 0));
    assert_eq!(sink.taken().len(), 9);
}

#[tokio::test]
async fn mail_is_given_up_after_its_lifetime_and_says_why() {
    let authority = Authority::new();
    let dns = unsigned(&[("down.example", "@ MX 10 a\na A 127.0.0.71")]);
    let settings = Outbox {
        lifetime: Span(Duration::from_secs(3600)),
        ..by_mx(port(), &authority)
    };
    let mut rig = Rig::start(settings, Some(&dns)).await;
    let case = rig.post("noc@down.example").await;
    assert_eq!(rig.settled(case).await.state, "queued");
    let long_ago = "UPDATE outbox SET created_at = now() - interval '2 hours'";
    rig.fixture.run(long_ago).await;
    rig.pass_time().await;
    let state = rig.until(case, |state| state.state == "failed").await;
    assert_eq!(state.status, "expired: no-connection");
    assert!(state.ended.is_some());
    let marked = "SELECT count(*) FROM undeliverable";
    assert_eq!(
        rig.fixture.number(marked).await,
        0,
        "silence says nothing about the contact"
    );
    rig.stop().await;
}

#[tokio::test]
async fn mail_of_a_sender_that_died_leaves_within_a_minute_by_another() {
    let authority = Authority::new();
    let dns = unsigned(&[("one.example", "@ MX 10 a\na A 127.0.0.72")]);
    let port = port();
    let hole = Manners {
        silent: true,
        ..Manners::default()
    };
    let hole = Sink::start(at(72, port), hole).await;
    let mut rig = Rig::mortal(by_mx(port, &authority), &dns).await;
    let case = rig.post("noc@one.example").await;
    rig.wait_for("the connection", || hole.connections() == 1)
        .await;
    let rig = rig.killed(by_mx(port, &authority), &dns);
    hole.close().await;
    let sink = Sink::start(at(72, port), Manners::default()).await;
    // Nobody renews the claim: it ends within a minute, and not before.
    let soon =
        "SELECT count(*) FROM outbox WHERE due_at < now() + interval '60 s' AND due_at > now()";
    assert_eq!(rig.fixture.number(soon).await, 1);
    rig.pass_time().await;
    let state = rig.until(case, |state| state.state == "sent").await;
    assert_eq!((state.attempts, sink.taken().len()), (2, 1));
    rig.stop().await;
}

#[tokio::test]
async fn mail_that_its_peer_has_is_not_sent_again_when_the_database_was_away_too_long() {
    let authority = Authority::new();
    let dns = unsigned(&[("one.example", "@ MX 10 a\na A 127.0.0.73")]);
    let port = port();
    let sink = Sink::start(at(73, port), Manners::default()).await;
    let mut rig = Rig::start(by_mx(port, &authority), Some(&dns)).await;
    rig.fixture
        .run(
            "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away'; END $$;
             CREATE TRIGGER away BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 'sent')
             EXECUTE FUNCTION away()",
        )
        .await;
    let first = rig.post("first@one.example").await;
    rig.wait_for("the first", || sink.taken().len() == 1).await;
    // It can't be marked sent, and its lease is over. Whatever is due is handed out now, the oldest first.
    rig.fixture
        .run("UPDATE outbox SET due_at = now() - interval '1 hour'")
        .await;
    let second = rig.post("second@one.example").await;
    rig.wait_for("the second", || {
        let taken = sink.taken();
        taken.iter().any(|mail| mail.to == "second@one.example")
    })
    .await;
    rig.fixture.run("DROP TRIGGER away ON outbox").await;
    for case in [first, second] {
        rig.until(case, |state| state.state == "sent").await;
    }
    assert_eq!(sink.taken().len(), 2);
    rig.stop().await;
}
