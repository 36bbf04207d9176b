//! Relays that name clients (XCLIENT) and messages (XFORWARD), and content by BDAT, on real sockets.

use intake::smtp::{LineEnds, Recipients};
use pillarbox::listener::{BudgetLimits, ListenerSettings};

use crate::house::*;

const ENVELOPE: &str = "MAIL FROM:<noc@c.example>\r\nRCPT TO:<abuse@csirt.example>\r\n";

fn believes_loopback(settings: &mut ListenerSettings) {
    settings.xclient = vec!["127.0.0.0/8".parse().unwrap()];
    settings.xforward = settings.xclient.clone();
}

#[tokio::test]
async fn xclient_names_who_is_really_connected() {
    let house = House::tcp(|settings| {
        believes_loopback(settings);
        settings.trusted = vec!["192.0.2.0/24".parse().unwrap()];
        settings.policy.line_ends = LineEnds::Reject;
    })
    .await;
    let mut client = house.connect().await;
    client.send("EHLO proxy.example\r\n").await;
    assert!(client.expect("250 ").await.contains("XCLIENT NAME ADDR"));
    client
        .send("XCLIENT ADDR=192.0.2.7 NAME=c.example LOGIN=alice\r\n")
        .await;
    client.expect("220 mx.example").await;
    // The client that is named is trusted here, unlike the proxy: its bare line feeds are kept.
    client.send(START).await;
    client.expect("354 ").await;
    client.send("a\nb\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    let (envelope, content) = house.only();
    assert_eq!(content, b"a\nb\r\n");
    assert_eq!(envelope.client, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(envelope.client_name.as_deref(), Some("c.example"));
    assert_eq!(envelope.relay, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(envelope.account.as_deref(), Some("alice"));
    assert!(envelope.trusted_relay);
}

#[tokio::test]
async fn the_client_of_xclient_is_counted_and_its_proxy_no_longer() {
    let limits = BudgetLimits {
        per_address: 1,
        ..BudgetLimits::default()
    };
    let tcp =
        |_: &std::path::Path| pillarbox::listener::Address::Tcp("127.0.0.1:0".parse().unwrap());
    let house = House::start(tcp, limits, believes_loopback).await;
    let mut first = house.connect().await;
    first.send("XCLIENT ADDR=192.0.2.7\r\n").await;
    first.expect("220 ").await;
    let mut second = house.connect().await;
    second.send("XCLIENT ADDR=192.0.2.7\r\n").await;
    second.expect("421 4.7.0").await;
    second.closed().await;
    let mut third = house.connect().await;
    third.send("XCLIENT ADDR=IPV6:2001:db8::7\r\n").await;
    third.expect("220 ").await;
    // Nobody without an address is taken for a peer on a Unix socket.
    let mut fourth = house.connect().await;
    fourth.send("XCLIENT ADDR=[UNAVAILABLE]\r\n").await;
    fourth.expect("220 ").await;
    fourth.message("250 2.0.0").await;
    let (envelope, _) = house.only();
    assert_eq!((envelope.client, envelope.trusted_relay), (None, false));
    assert_eq!(envelope.relay, Some("127.0.0.1".parse().unwrap()));
}

#[tokio::test]
async fn a_client_that_is_named_names_nobody_unless_it_may() {
    let house = House::tcp(|settings| {
        believes_loopback(settings);
        settings.trusted = vec!["198.51.100.1/32".parse().unwrap()];
        settings.xclient.push("198.51.100.0/24".parse().unwrap());
    })
    .await;
    // A proxy hands the connection over, as nginx does: what comes now is said by a stranger.
    for named in ["ADDR=192.0.2.7", "ADDR=[UNAVAILABLE]"] {
        let mut client = house.connect().await;
        client.send(&format!("XCLIENT {named}\r\n")).await;
        client.expect("220 mx.example").await;
        client.send("EHLO c.example\r\n").await;
        let extensions = client.expect("250 ").await;
        assert!(!extensions.contains("XCLIENT") && !extensions.contains("XFORWARD"));
        for evil in [
            "XCLIENT ADDR=198.51.100.1 LOGIN=alice",
            "XFORWARD ADDR=198.51.100.1",
        ] {
            client.send(&format!("{evil}\r\n")).await;
            client.expect("550 5.7.0").await;
        }
        client.message("250 2.0.0").await;
        let (envelope, _) = house.only();
        assert_eq!((envelope.account, envelope.trusted_relay), (None, false));
        assert_ne!(envelope.client, Some("198.51.100.1".parse().unwrap()));
        house.stored.lock().unwrap().clear();
    }
    // A proxy behind the proxy.
    let mut client = house.connect().await;
    for named in ["198.51.100.9", "192.0.2.9"] {
        client.send(&format!("XCLIENT ADDR={named}\r\n")).await;
        client.expect("220 mx.example").await;
    }
    client.message("250 2.0.0").await;
    let envelope = house.only().0;
    assert_eq!(envelope.client, Some("192.0.2.9".parse().unwrap()));
}

#[tokio::test]
async fn starttls_forgets_whom_xclient_named_and_gives_no_right_back() {
    let limits = BudgetLimits {
        per_address: 1,
        ..BudgetLimits::default()
    };
    let tcp =
        |_: &std::path::Path| pillarbox::listener::Address::Tcp("127.0.0.1:0".parse().unwrap());
    let house = House::start(tcp, limits, |settings| {
        believes_loopback(settings);
        settings.trusted = settings.xclient.clone();
        settings.trusted.push("192.0.2.0/24".parse().unwrap());
    })
    .await;
    let mut client = house.connect().await;
    client
        .send("EHLO c.example\r\nXCLIENT ADDR=192.0.2.7 NAME=c.example LOGIN=alice\r\n")
        .await;
    client.expect("220 mx.example").await;
    client.send("EHLO c.example\r\nSTARTTLS\r\n").await;
    client.expect("220 2.0.0").await;
    let mut client = over_tls(&house, client.0).await;
    client.send("EHLO c.example\r\n").await;
    let extensions = client.expect("250 ").await;
    assert!(!extensions.contains("XCLIENT") && !extensions.contains("XFORWARD"));
    client.message("250 2.0.0").await;
    let (envelope, _) = house.only();
    assert_eq!(envelope.client, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(
        (envelope.client_name, envelope.relay, envelope.account),
        (None, None, None)
    );
    assert!(envelope.tls.is_some() && !envelope.trusted_relay);
    // It is counted by its own address now: for a second one there is no room.
    let mut second = house.connect().await;
    second.send("XCLIENT ADDR=198.51.100.7\r\n").await;
    second.expect("220 mx.example").await;
    second.send("STARTTLS\r\n").await;
    second.expect("220 2.0.0").await;
    second.closed().await;
}

#[tokio::test]
async fn strangers_name_nobody() {
    let house = House::tcp(|settings| {
        settings.xclient = vec!["192.0.2.0/24".parse().unwrap()];
        settings.xforward = settings.xclient.clone();
    })
    .await;
    let mut client = house.connect().await;
    client.send("EHLO c.example\r\n").await;
    let extensions = client.expect("250 ").await;
    assert!(
        !extensions.contains("XCLIENT") && !extensions.contains("XFORWARD"),
        "{extensions}"
    );
    client.send("XCLIENT ADDR=192.0.2.7\r\n").await;
    client.expect("550 5.7.0").await;
    client.send("XFORWARD ADDR=192.0.2.7\r\n").await;
    client.expect("550 5.7.0").await;
    client.message("250 2.0.0").await;
    let (envelope, _) = house.only();
    assert_eq!(envelope.client, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(envelope.relay, None);
}

#[tokio::test]
async fn xforward_is_kept_with_one_message_and_its_id_logged() {
    let house = House::tcp(|settings| {
        believes_loopback(settings);
        settings.name = "forwarded".to_owned();
    })
    .await;
    let mut client = house.connect().await;
    client.send("EHLO relay.example\r\nXFORWARD NAME=c.example ADDR=IPV6:2001:db8::7 HELO=helo.example IDENT=4bVx2k3zzz\r\n").await;
    client.expect("250 2.0.0 Noted").await;
    client
        .send(&format!("{ENVELOPE}BDAT 3 LAST\r\na\r\n"))
        .await;
    client.expect("250 2.0.0 Stored").await;
    let (envelope, _) = house.only();
    assert_eq!(envelope.client, Some("2001:db8::7".parse().unwrap()));
    assert_eq!(envelope.client_name.as_deref(), Some("c.example"));
    assert_eq!(envelope.relay, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(envelope.helo, "helo.example");
    assert_eq!(envelope.upstream_id.as_deref(), Some("4bVx2k3zzz"));
    house.stored.lock().unwrap().clear();
    client
        .send(&format!("{ENVELOPE}BDAT 3 LAST\r\na\r\n"))
        .await;
    client.expect("250 2.0.0 Stored").await;
    let (envelope, _) = house.only();
    assert_eq!((envelope.upstream_id, envelope.relay), (None, None));
    let text = String::from_utf8(log().0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("listener=\"forwarded\""))
        .collect();
    assert!(lines[0].contains("upstream=\"4bVx2k3zzz\""), "{lines:?}");
    assert!(lines[1].contains("upstream=\"-\""), "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| !line.contains("c.example") && !line.contains("2001:db8")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn bdat_in_many_chunks_arrives_whole_and_a_reset_leaves_nothing() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client
        .send(&format!("EHLO c.example\r\n{ENVELOPE}BDAT 9\r\nforgotten"))
        .await;
    client.expect("250 2.0.0 9 octets").await;
    client.send(&format!("RSET\r\n{ENVELOPE}")).await;
    client.expect("250 2.1.5").await;
    let text: String = (0..20_000).map(|line| format!("line {line}\r\n")).collect();
    for chunk in text.as_bytes().chunks(7_001) {
        client.send(&format!("BDAT {}\r\n", chunk.len())).await;
        client.send(std::str::from_utf8(chunk).unwrap()).await;
        client
            .expect(&format!("250 2.0.0 {} octets", chunk.len()))
            .await;
    }
    client.send("BDAT 0 LAST\r\n").await;
    client.expect("250 2.0.0 Stored as ").await;
    assert!(house.only().1 == text.as_bytes());
    assert_eq!(house.budget.octets_in_flight(), 0);
}

#[tokio::test]
async fn a_bare_line_feed_is_normalized_where_told() {
    let house = House::tcp(|settings| settings.policy.line_ends = LineEnds::Normalize).await;
    let mut client = house.connect().await;
    client.send(START).await;
    client.expect("354 ").await;
    client.send("a\nb\n.\r\nc\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    let (envelope, content) = house.only();
    assert_eq!(content, b"a\r\nb\r\n.\r\nc\r\n");
    assert!(envelope.bare_line_ends);
}

#[test]
fn the_roles_of_rfc_2142_are_ours_by_default() {
    let roles = pillarbox::config::built_in().intake.roles;
    let ours = Recipients::new([], roles.iter().map(String::as_str), ["a.example"]);
    for role in [
        "abuse",
        "noc",
        "security",
        "postmaster",
        "hostmaster",
        "usenet",
        "news",
        "webmaster",
        "www",
        "uucp",
        "ftp",
        "cert",
        "csirt",
        "soc",
    ] {
        assert!(ours.accepts(&format!("{role}@a.example")), "{role}");
        assert!(ours.accepts(&format!("{role}+detail@A.EXAMPLE")), "{role}");
    }
    for business in ["info", "sales", "support", "marketing"] {
        assert!(
            !ours.accepts(&format!("{business}@a.example")),
            "{business}"
        );
    }
    assert_eq!(ours.postmaster().as_deref(), Some("postmaster@a.example"));
}
