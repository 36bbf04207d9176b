//! Who the peer is: behind a proxy, trusted or not, too many, too often, too much; and everything given back.

use std::time::Duration;

use intake::smtp::Protocol;
use pillarbox::listener::{Address, BudgetLimits, Encryption, ListenerSettings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::house::*;

const PROXIED: &str = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 25\r\n";

fn behind_proxy(settings: &mut ListenerSettings) {
    settings.proxies = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn limited(
    change: impl FnOnce(&mut BudgetLimits),
    settings: impl FnOnce(&mut ListenerSettings),
) -> House {
    let mut limits = BudgetLimits::default();
    change(&mut limits);
    let tcp = |_: &std::path::Path| Address::Tcp("127.0.0.1:0".parse().unwrap());
    House::start(tcp, limits, settings).await
}

async fn raw(house: &House) -> Client<TcpStream> {
    Client(TcpStream::connect(house.address.unwrap()).await.unwrap())
}

#[tokio::test]
async fn a_proxy_names_the_client() {
    let house = House::tcp(behind_proxy).await;
    // However the header is cut into packets, and with the first command in the same one.
    for cut in [0, 1, 6, 12, 20, PROXIED.len() - 1] {
        let mut client = raw(&house).await;
        let (start, rest) = PROXIED.split_at(cut);
        client.send(start).await;
        client.send(rest).await;
        client.expect("220 ").await;
        client.message("250 2.0.0").await;
        let (envelope, _) = house.only();
        assert_eq!(envelope.client, Some("192.0.2.7".parse().unwrap()));
        assert_eq!(envelope.relay, Some("127.0.0.1".parse().unwrap()));
        assert!(!envelope.trusted_relay);
        house.stored.lock().unwrap().clear();
    }
    let mut client = raw(&house).await;
    client.send(&format!("PROXY UNKNOWN\r\n{START}")).await;
    client.expect("354 ").await;
    client.send(MESSAGE).await;
    client.expect("250 2.0.0").await;
    let (envelope, _) = house.only();
    assert_eq!(envelope.client, Some("127.0.0.1".parse().unwrap()));
    assert_eq!(envelope.relay, None);
}

#[tokio::test]
async fn the_header_comes_before_tls() {
    let house = House::tcp(|settings| {
        behind_proxy(settings);
        settings.encryption = Encryption::Implicit;
    })
    .await;
    let mut stream = TcpStream::connect(house.address.unwrap()).await.unwrap();
    let source = [192, 0, 2, 9, 198, 51, 100, 1, 0, 1, 0, 25];
    let header = [
        &b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f"[..],
        &source,
        b"\x04\0\0",
    ]
    .concat();
    stream.write_all(&header).await.unwrap();
    let mut client = over_tls(&house, stream).await;
    client.expect("220 ").await;
    client.message("250 2.0.0").await;
    let (envelope, _) = house.only();
    assert_eq!(envelope.client, Some("192.0.2.9".parse().unwrap()));
}

#[tokio::test]
async fn a_proxy_without_a_header_is_cut_off() {
    let house = House::tcp(|settings| {
        behind_proxy(settings);
        settings.deadlines.proxy = Duration::from_millis(50);
    })
    .await;
    for wrong in ["", "PROXY TCP4 192.0.2.7", "EHLO c.example\r\n"] {
        let mut client = raw(&house).await;
        client.send(wrong).await;
        client.closed().await;
    }
    until(|| house.budget.open_connections() == 0).await;
}

#[tokio::test]
async fn nobody_else_may_say_who_he_is() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client.send(PROXIED).await;
    client.expect("500 5.5").await;
    client.message("250 2.0.0").await;
    let (envelope, _) = house.only();
    assert_eq!(envelope.client, Some("127.0.0.1".parse().unwrap()));
}

#[tokio::test]
async fn the_named_client_counts_and_not_the_proxy() {
    let house = limited(
        |limits| limits.per_address = 1,
        |settings| {
            behind_proxy(settings);
            settings.trusted = vec!["203.0.113.0/24".parse().unwrap()];
        },
    )
    .await;
    let mut held = Vec::new();
    for (client, answer) in [
        ("192.0.2.7", "220 "),
        ("192.0.2.8", "220 "),
        (
            "192.0.2.7",
            "421 4.7.0 mx.example Too many connections from your address",
        ),
        ("203.0.113.1", "220 "),
        ("203.0.113.1", "220 "),
    ] {
        let mut peer = raw(&house).await;
        peer.send(&format!("PROXY TCP4 {client} 198.51.100.1 1 25\r\n"))
            .await;
        peer.expect(answer).await;
        held.push(peer);
    }
    let mut trusted = held.pop().unwrap();
    trusted.message("250 2.0.0").await;
    assert!(house.only().0.trusted_relay);
    drop((held, trusted));
    until(|| house.budget.open_connections() == 0).await;
}

#[tokio::test]
async fn each_limit_says_which_it_is() {
    let house = limited(|limits| limits.per_network = 1, |_| {}).await;
    let _first = house.connect().await;
    let answer = raw(&house).await.expect("421 4.7.0").await;
    assert!(answer.contains("connections from your network"), "{answer}");

    let house = limited(|limits| limits.connects_per_address = 4, |_| {}).await;
    for _ in 0..2 {
        house.connect().await;
    }
    let answer = raw(&house).await.expect("421 4.7.0").await;
    assert!(answer.contains("address connects too often"), "{answer}");

    let house = limited(|limits| limits.connections = 0, |_| {}).await;
    let answer = raw(&house).await.expect("421 4.7.0").await;
    assert!(answer.contains("Too many connections, try"), "{answer}");
    let metrics = house.metrics.render();
    let counted = "connections_turned_away_total{reason=\"crowded\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn messages_have_a_rate() {
    let house = limited(|limits| limits.messages_per_address = 4, |_| {}).await;
    let mut client = house.connect().await;
    client.message("250 2.0.0").await;
    // A refused message counts, too.
    client.send(&format!("{START}bare\n\r\n.\r\n")).await;
    client.expect("550 5.6.11").await;
    client.send("MAIL FROM:<>\r\n").await;
    client.expect("450 4.7.1").await;
    drop(client);
    let mut again = house.connect().await;
    again.send("EHLO c.example\r\nMAIL FROM:<>\r\n").await;
    again.expect("450 4.7.1").await;
}

#[tokio::test]
async fn a_session_has_a_size() {
    let house = House::tcp(|settings| settings.session_octets = 10_000).await;
    let mut client = house.connect().await;
    client.message("250 2.0.0").await;
    client.send(START).await;
    client.expect("354 ").await;
    client.send(&"0123456789abcdef\r\n".repeat(1_000)).await;
    client.send(".\r\n").await;
    // The message is heard to its end, and taken.
    let answers = client.expect("421 4.7.0").await;
    assert!(answers.starts_with("250 2.0.0"), "{answers}");
    client.closed().await;
    assert_eq!(house.count(), 2);
}

#[tokio::test]
async fn some_networks_must_use_tls() {
    let house = House::tcp(|settings| {
        behind_proxy(settings);
        settings.require_tls_from = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await;
    for (client, answer) in [("192.0.2.7", "530 5.7.0"), ("198.51.100.7", "250 2.1.0")] {
        let mut peer = raw(&house).await;
        peer.send(&format!("PROXY TCP4 {client} 198.51.100.1 1 25\r\n"))
            .await;
        peer.send("EHLO c.example\r\nMAIL FROM:<>\r\n").await;
        peer.expect(answer).await;
        peer.send("STARTTLS\r\n").await;
        if answer.starts_with("530") {
            peer.expect("220 2.0.0").await;
            let mut peer = over_tls(&house, peer.0).await;
            peer.message("250 2.0.0").await;
        }
    }
}

/// What a client says before it is killed, in every state that there is.
const STATES: [&str; 10] = [
    "",
    "EH",
    "EHLO c.example\r\n",
    "EHLO c.example\r\nMAIL FROM:<>\r\n",
    "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<abuse@csirt.example>\r\n",
    START,
    "EHLO c.example\r\nSTARTTLS\r\n",
    "EHLO c.example\r\nSTARTTLS\r\n\x16\x03\x01",
    "EHLO c.example\r\nQUIT\r\n",
    "FOO\r\n",
];

#[tokio::test]
async fn clients_killed_in_every_state_give_everything_back() {
    let house = limited(
        |limits| {
            limits.per_address = 1000;
            limits.per_network = 1000;
            limits.connects_per_address = 0;
            limits.connects_per_network = 0;
            limits.messages_per_address = 0;
        },
        |_| {},
    )
    .await;
    for round in 0..8 {
        let mut clients = Vec::new();
        for said in STATES {
            let mut client = raw(&house).await;
            if round > 1 {
                client.expect("220 ").await;
            }
            client.send(said).await;
            if said == START {
                let content = "0123456789abcdef\r\n".repeat(10_000 * round);
                let _ = client.0.write_all(content.as_bytes()).await;
                if round % 2 == 0 {
                    let _ = client.0.write_all(b".\r\n").await;
                }
            }
            if round % 3 == 0 {
                // Reset instead of closed.
                client.0.set_zero_linger().unwrap();
            }
            clients.push(client);
        }
    }
    until(|| house.budget.open_connections() == 0).await;
    assert_eq!(house.budget.octets_in_flight(), 0);
    assert_eq!(
        house.budget.remembered(),
        0,
        "no rates, so nobody is remembered"
    );
    let orphans = |house: &House| {
        let stored = house.stored.lock().unwrap();
        let whole = |id| stored.iter().any(|message| message.id == id);
        let pieces = house.pieces.lock().unwrap();
        pieces.iter().filter(|piece| !whole(piece.message)).count()
    };
    until(|| orphans(&house) == 0).await;
    let open = house.metrics.render();
    assert!(
        open.contains("sessions_open{listener=\"test\"} 0"),
        "{open}"
    );
}

#[tokio::test]
async fn lmtp_sessions_are_not_cut_by_size() {
    let house = House::tcp(|settings| {
        settings.session_octets = 10;
        settings.policy.protocol = Protocol::Lmtp;
    })
    .await;
    let mut client = house.connect().await;
    client.send("LHLO c.example\r\nNOOP\r\nNOOP\r\n").await;
    client.expect("250 2.0.0 Nothing").await;
}
