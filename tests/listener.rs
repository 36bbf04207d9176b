//! The listener on real loopback sockets, with a store in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "listener/accounts.rs"]
mod accounts;
#[path = "listener/house.rs"]
mod house;
#[path = "listener/naming.rs"]
mod naming;
#[path = "listener/peers.rs"]
mod peers;
#[path = "listener/streaming.rs"]
mod streaming;
#[path = "listener/tls.rs"]
mod tls;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use intake::envelope::ReversePath;
use intake::smtp::{Protocol, TlsPolicy};
use pillarbox::listener::{Address, Bound, BudgetLimits, Encryption, ListenerSettings, StoreError};
use pillarbox::tls::TlsError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use house::*;

#[tokio::test]
async fn a_message_is_sealed_and_stored_before_250() {
    let house = House::tcp(|_| {}).await;
    house.gate.forget_permits(1000);
    let mut client = house.connect().await;
    client.send(&format!("{START}{MESSAGE}")).await;
    let mut early = [0; 1];
    let waited = timeout(Duration::from_millis(100), client.0.read(&mut early)).await;
    assert!(waited.is_err(), "answered before it was stored");
    house.gate.add_permits(1);
    let answer = client.expect("250 2.0.0 Stored as ").await;
    let (envelope, content) = house.only();
    assert!(
        answer.contains(&house.stored.lock().unwrap()[0].id.to_string()),
        "the answer carries the spool id"
    );
    assert_eq!(content, b"Subject: scan\r\n\r\n.canary\r\n");
    assert!(envelope.reverse_path == ReversePath::Mailbox("noc@c.example".to_owned()));
    assert_eq!(envelope.forward_paths, ["abuse@csirt.example"]);
    assert_eq!(
        (envelope.helo.as_str(), envelope.listener.as_str()),
        ("c.example", "test")
    );
    assert_eq!(
        (envelope.client, envelope.tls),
        (Some("127.0.0.1".parse().unwrap()), None)
    );
    assert!(!envelope.trusted_relay);
    client.send("QUIT\r\n").await;
    client.expect("221 ").await;
    client.closed().await;
}

#[tokio::test]
async fn a_large_message_arrives_whole() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client.send(START).await;
    client.expect("354 ").await;
    let text = "0123456789abcdef\r\n".repeat(20_000);
    client.send(&text).await;
    client.send(".\r\n").await;
    client.expect("250 2.0.0").await;
    assert!(house.only().1 == text.as_bytes());
    assert_eq!(house.budget.octets_in_flight(), 0);
}

#[tokio::test]
async fn the_peer_keeps_what_we_could_not_store() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    for (fate, answer) in [
        (Fate::Fail(StoreError::Unavailable), "451 4.3.0"),
        (Fate::Fail(StoreError::Full), "452 4.3.1"),
        (Fate::Panic, "451 4.3.0"),
        (Fate::Keep, "250 2.0.0"),
    ] {
        *house.fate.lock().unwrap() = fate;
        client.message(answer).await;
    }
    assert_eq!(house.count(), 1);
}

#[tokio::test]
async fn storing_goes_on_when_the_peer_leaves() {
    let house = House::tcp(|_| {}).await;
    house.gate.forget_permits(1000);
    let mut client = house.connect().await;
    client.send(&format!("{START}{MESSAGE}")).await;
    drop(client);
    house.gate.add_permits(1);
    until(|| house.count() == 1).await;
}

#[tokio::test]
async fn a_message_without_its_end_is_not_stored() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client.send(START).await;
    client.expect("354 ").await;
    client.send(&"line\r\n".repeat(20_000)).await;
    until(|| house.budget.octets_in_flight() > 0).await;
    drop(client);
    until(|| house.budget.octets_in_flight() == 0 && house.budget.open_connections() == 0).await;
    assert_eq!(house.count(), 0);
}

#[tokio::test]
async fn content_said_in_clear_is_in_no_message_over_tls() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client
        .send("EHLO c.example\r\nMAIL FROM:<evil@c.example>\r\nRCPT TO:<abuse@csirt.example>\r\nBDAT 14\r\nX-Injected: y\nSTARTTLS\r\n")
        .await;
    client.expect("503 5.5.1").await;
    client.send("RSET\r\nSTARTTLS\r\n").await;
    client.expect("220 2.0.0").await;
    let mut client = over_tls(&house, client.0).await;
    client.message("250 2.0.0").await;
    assert_eq!(house.only().1, b"Subject: scan\r\n\r\n.canary\r\n");
}

#[tokio::test]
async fn starttls_drops_what_was_injected() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client
        .send("EHLO c.example\r\nMAIL FROM:<evil@c.example>\r\nRCPT TO:<abuse@csirt.example>\r\n")
        .await;
    client.expect("250 2.1.5").await;
    client
        .send("STARTTLS\r\nMAIL FROM:<evil@c.example>\r\nRCPT TO:<abuse@csirt.example>\r\nDATA\r\n")
        .await;
    assert_eq!(client.expect("220 2.0.0").await.lines().count(), 1);
    let mut client = over_tls(&house, client.0).await;
    client.send("DATA\r\n").await;
    client.expect("503 5.5.1").await;
    let answer = client.message("250 2.0.0").await;
    assert_eq!(answer.lines().count(), 1);
    let (envelope, _) = house.only();
    assert!(envelope.reverse_path == ReversePath::Mailbox("noc@c.example".to_owned()));
    assert_eq!(envelope.tls.unwrap(), "TLSv1_3 TLS13_AES_256_GCM_SHA384");
}

#[tokio::test]
async fn tls_from_the_first_octet() {
    let house = House::tcp(|settings| settings.encryption = Encryption::Implicit).await;
    let stream = TcpStream::connect(house.address.unwrap()).await.unwrap();
    let mut client = over_tls(&house, stream).await;
    client.expect("220 mx.example").await;
    client.send("EHLO c.example\r\n").await;
    assert!(!client.expect("250 ").await.contains("STARTTLS"));
    client.message("250 2.0.0").await;
    assert!(house.only().0.tls.is_some());
}

#[tokio::test]
async fn no_certificate_no_starttls() {
    let house = House::tcp(|settings| settings.tls = None).await;
    let mut client = house.connect().await;
    client.send("EHLO c.example\r\n").await;
    assert!(!client.expect("250 ").await.contains("STARTTLS"));
}

#[tokio::test]
async fn lmtp_on_a_unix_socket() {
    let socket = |directory: &std::path::Path| Address::Unix {
        path: directory.join("lmtp"),
        mode: 0o620,
        group: None,
    };
    let house = House::start(socket, BudgetLimits::default(), |settings| {
        settings.policy.protocol = Protocol::Lmtp;
        settings.policy.tls = TlsPolicy::Required;
    })
    .await;
    let path = house.directory.path().join("lmtp");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o620
    );
    let again = Bound::bind(&socket(house.directory.path()))
        .await
        .unwrap_err();
    assert_eq!(again.kind(), std::io::ErrorKind::AddrInUse);

    let mut client = Client(UnixStream::connect(&path).await.unwrap());
    client.expect("220 mx.example LMTP").await;
    client.send("LHLO c.example\r\nMAIL FROM:<>\r\n").await;
    client.send("RCPT TO:<abuse@csirt.example>\r\nRCPT TO:<no@csirt.example>\r\nRCPT TO:<team@csirt.example>\r\n").await;
    client.send("DATA\r\n").await;
    client.expect("354 ").await;
    // A relay's bare line feed is kept as it is.
    client.send("a\nb\r\n.\r\nNOOP\r\n").await;
    let answers = client.expect("250 2.0.0 Nothing").await;
    assert_eq!(
        answers
            .lines()
            .filter(|line| line.starts_with("250 2.0.0 Stored as "))
            .count(),
        2
    );
    let (envelope, content) = house.only();
    assert_eq!(
        (
            envelope.forward_paths.len(),
            envelope.client,
            envelope.trusted_relay
        ),
        (2, None, true)
    );
    assert!(envelope.reverse_path == ReversePath::Null);
    assert_eq!(content, b"a\nb\r\n");

    house.down.send_replace(true);
    client.expect("421 4.3.2").await;
    house.running.unwrap().await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_a_file_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let (stale, file) = (
        directory.path().join("stale"),
        directory.path().join("file"),
    );
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    std::fs::write(&file, "precious").unwrap();
    assert!(
        Bound::bind(&Address::Unix {
            path: stale,
            mode: 0o600,
            group: None
        })
        .await
        .is_ok()
    );
    assert!(
        Bound::bind(&Address::Unix {
            path: file.clone(),
            mode: 0o600,
            group: None
        })
        .await
        .is_err()
    );
    assert_eq!(std::fs::read(file).unwrap(), b"precious");
}

#[tokio::test]
async fn connections_are_counted_and_given_back() {
    let limits = BudgetLimits {
        per_address: 2,
        ..BudgetLimits::default()
    };
    let house = House::start(
        |_| Address::Tcp("127.0.0.1:0".parse().unwrap()),
        limits,
        |_| {},
    )
    .await;
    let (first, _second) = (house.connect().await, house.connect().await);
    let mut third = Client(TcpStream::connect(house.address.unwrap()).await.unwrap());
    third.expect("421 4.7.0").await;
    third.closed().await;
    drop(first);
    until(|| house.budget.open_connections() == 1).await;
    house.connect().await;
}

#[tokio::test]
async fn a_trusted_network_is_not_counted() {
    let limits = BudgetLimits {
        per_address: 1,
        ..BudgetLimits::default()
    };
    let trust =
        |settings: &mut ListenerSettings| settings.trusted = vec!["127.0.0.0/8".parse().unwrap()];
    let house = House::start(
        |_| Address::Tcp("127.0.0.1:0".parse().unwrap()),
        limits,
        trust,
    )
    .await;
    let _first = house.connect().await;
    house.connect().await.message("250 2.0.0").await;
    assert!(house.only().0.trusted_relay);
}

#[tokio::test]
async fn a_relay_may_hand_over_many_errors() {
    for trusted in [false, true] {
        let house = House::tcp(|settings| {
            if trusted {
                settings.trusted = vec!["127.0.0.0/8".parse().unwrap()];
            }
        })
        .await;
        let mut client = house.connect().await;
        client
            .send("EHLO c.example\r\nMAIL FROM:<noc@c.example>\r\n")
            .await;
        client.expect("250 2.1.0").await;
        client
            .send(&"RCPT TO:<nobody@csirt.example>\r\n".repeat(25))
            .await;
        client.send("NOOP\r\n").await;
        let last = if trusted { "250 2.0.0" } else { "421 4.7.0" };
        client.expect(last).await;
    }
}

#[tokio::test]
async fn octets_in_flight_are_limited() {
    let limited = |octets_in_flight| async move {
        let limits = BudgetLimits {
            octets_in_flight,
            ..BudgetLimits::default()
        };
        let tcp = |_: &std::path::Path| Address::Tcp("127.0.0.1:0".parse().unwrap());
        House::start(tcp, limits, |_| {}).await
    };
    // Too little even for one chunk, which can't be stored before it is full.
    let tiny = limited(64 * 1024).await;
    let mut client = tiny.connect().await;
    client.send(START).await;
    client.expect("354 ").await;
    client.send(&"0123456789abcdef\r\n".repeat(20_000)).await;
    client.send(".\r\n").await;
    client.expect("452 4.3.1").await;
    client.message("250 2.0.0").await;

    // Another peer has taken nearly all of it: MAIL finds no room.
    let house = limited(256 * 1024).await;
    let mut client = house.connect().await;
    let mut hog = house.connect().await;
    hog.send(START).await;
    hog.expect("354 ").await;
    hog.send(&"0123456789abcdef\r\n".repeat(14_000)).await;
    until(|| house.budget.octets_in_flight() == 256 * 1024).await;
    client.send("EHLO c.example\r\nMAIL FROM:<>\r\n").await;
    client.expect("452 4.3.1").await;
    hog.send(".\r\n").await;
    hog.expect("250 2.0.0").await;
    client.send("MAIL FROM:<>\r\n").await;
    client.expect("250 2.1.0").await;
}

#[tokio::test]
async fn slow_peers_are_told_and_closed() {
    let quick = Duration::from_millis(50);
    let house = House::tcp(|settings| {
        settings.deadlines.first_command = quick;
        settings.deadlines.data = quick;
    })
    .await;
    let mut silent = house.connect().await;
    silent.expect("421 4.4.2").await;
    silent.closed().await;
    let mut halting = house.connect().await;
    halting.send(START).await;
    halting.expect("354 ").await;
    halting.send("Subject: ").await;
    halting.expect("421 4.4.2").await;
    assert_eq!(house.count(), 0);
}

/// Sends without end, whatever is answered; returns the last answer.
async fn flood(house: &House, start: &str, line: &'static str) -> String {
    let mut client = house.connect().await;
    client.send(start).await;
    client.expect("").await;
    let (mut reading, mut writing) = client.0.into_split();
    let sending = tokio::spawn(async move {
        let lines = line.repeat(4096);
        while writing.write_all(lines.as_bytes()).await.is_ok() {}
    });
    let mut answer = Vec::new();
    let told = timeout(Duration::from_secs(20), async {
        let mut octets = [0; 512];
        while let Ok(count @ 1..) = reading.read(&mut octets).await {
            answer.extend_from_slice(&octets[..count]);
        }
    });
    let told = told.await;
    sending.abort();
    let answer = String::from_utf8(answer).unwrap();
    assert!(told.is_ok(), "still heard after {start:?}: {answer:?}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sends_without_end() {
    // Always too slow, and never silent.
    let house = House::tcp(|settings| {
        settings.deadlines.data = Duration::from_millis(50);
        settings.deadlines.data_rate = u32::MAX;
        settings.policy.limits.message_size = 1 << 40;
    })
    .await;
    // Much is stored in that time.
    house.gate.add_permits(1_000_000);
    let answer = flood(&house, START, "0123456789abcdef\r\n").await;
    assert!(answer.contains("421 4.4.2"), "{answer}");
    // Refused long ago.
    let house = House::tcp(|settings| settings.policy.limits.message_size = 100_000).await;
    let answer = flood(&house, START, "0123456789abcdef\r\n").await;
    assert!(answer.contains("421 4.7.0"), "{answer}");
    // The octets of a session are bounded within content, too: this chunk is refused.
    let house = House::tcp(|settings| {
        settings.session_octets = 100_000;
        settings.policy.limits.message_size = 1_000_000;
    })
    .await;
    let answer = flood(
        &house,
        "EHLO c.example\r\nBDAT 3900000\r\n",
        "BDAT 3900000\r\n",
    )
    .await;
    assert!(answer.contains("421 4.7.0"), "{answer}");
}

#[tokio::test]
async fn a_message_that_keeps_its_rate_outlives_the_session() {
    let house = House::tcp(|settings| {
        settings.deadlines.session = Duration::from_millis(300);
    })
    .await;
    let mut client = house.connect().await;
    client.send(START).await;
    client.expect("354 ").await;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.send("line\r\n").await;
    }
    client.send(".\r\n").await;
    let answer = client.expect("421 4.4.2").await;
    assert!(answer.starts_with("250 2.0.0"), "{answer}");
    assert_eq!(house.count(), 1);
}

#[tokio::test]
async fn going_down_lets_a_transfer_finish() {
    let mut house = House::tcp(|_| {}).await;
    let (mut idle, mut busy) = (house.connect().await, house.connect().await);
    busy.send(START).await;
    busy.expect("354 ").await;
    house.down.send_replace(true);
    idle.expect("421 4.3.2").await;
    idle.closed().await;
    busy.send(MESSAGE).await;
    busy.expect("421 4.3.2").await;
    assert_eq!(house.count(), 1);
    house.running.take().unwrap().await.unwrap();
    assert!(TcpStream::connect(house.address.unwrap()).await.is_err());
}

#[tokio::test]
async fn going_down_does_not_wait_for_ever() {
    let mut house =
        House::tcp(|settings| settings.deadlines.drain = Duration::from_millis(50)).await;
    let mut busy = house.connect().await;
    busy.send(START).await;
    busy.expect("354 ").await;
    house.down.send_replace(true);
    timeout(Duration::from_secs(5), house.running.take().unwrap())
        .await
        .unwrap()
        .unwrap();
    busy.closed().await;
}

#[tokio::test]
async fn a_certificate_is_read_again() {
    let house = House::tcp(|settings| settings.encryption = Encryption::Implicit).await;
    let old = std::fs::read(files(house.directory.path()).certificate).unwrap();
    certificate(house.directory.path());
    let new_key = std::fs::read(files(house.directory.path()).key).unwrap();
    // Half of a new pair is refused, and the old pair stays.
    std::fs::write(files(house.directory.path()).certificate, &old).unwrap();
    assert!(matches!(house.tls.reload(), Err(TlsError::Unusable(_))));
    std::fs::remove_file(files(house.directory.path()).key).unwrap();
    assert!(matches!(house.tls.reload(), Err(TlsError::Read { .. })));
    std::fs::write(files(house.directory.path()).key, "nothing").unwrap();
    assert!(matches!(house.tls.reload(), Err(TlsError::Key(_))));
    std::fs::write(files(house.directory.path()).certificate, &new_key).unwrap();
    assert!(matches!(house.tls.reload(), Err(TlsError::Certificate(_))));
    std::fs::write(files(house.directory.path()).certificate, &old).unwrap();
    over_tls(
        &house,
        TcpStream::connect(house.address.unwrap()).await.unwrap(),
    )
    .await
    .expect("220 ")
    .await;

    certificate(house.directory.path());
    house.tls.reload().unwrap();
    over_tls(
        &house,
        TcpStream::connect(house.address.unwrap()).await.unwrap(),
    )
    .await
    .expect("220 ")
    .await;
}

#[tokio::test]
async fn the_log_has_one_line_a_message_and_no_content() {
    let house = House::tcp(|settings| settings.name = "logged".to_owned()).await;
    let mut client = house.connect().await;
    client.message("250 2.0.0").await;
    client.send(&format!("{START}bare canary\n\r\n.\r\n")).await;
    client.expect("550 5.6.11").await;
    let text = String::from_utf8(log().0.lock().unwrap().clone()).unwrap();
    let id = house.stored.lock().unwrap()[0].id;
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("listener=\"logged\""))
        .collect();
    assert_eq!(lines.len(), 2, "{text}");
    for part in [
        &format!("spool=\"{id}\""),
        "size=26",
        "tls=\"none\"",
        "rcpt_count=1",
        "reply=250",
    ] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert!(lines[1].contains("reply=550"), "{}", lines[1]);
    for secret in ["canary", "c.example", "abuse", "scan"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn an_independent_client_is_served() {
    use lettre::Transport as _;
    use lettre::message::Mailbox;
    let house = House::tcp(|_| {}).await;
    let port = house.address.unwrap().port();
    let mail = lettre::Message::builder()
        .from("NOC <noc@c.example>".parse::<Mailbox>().unwrap())
        .to("abuse+case@csirt.example".parse::<Mailbox>().unwrap())
        .subject("Scan")
        .body(".\r\n.dots at the start\r\n".to_owned())
        .unwrap();
    let expected = mail.formatted();
    let sent = tokio::task::spawn_blocking(move || {
        let transport = lettre::SmtpTransport::builder_dangerous("127.0.0.1")
            .port(port)
            .build();
        (
            transport.send(&mail).unwrap(),
            transport.send(&mail).unwrap(),
        )
    });
    let (first, second) = sent.await.unwrap();
    assert!(first.is_positive() && second.is_positive());
    assert_eq!(house.count(), 2);
    house.stored.lock().unwrap().pop();
    let content = String::from_utf8(house.only().1).unwrap();
    assert_eq!(
        content.trim_end(),
        String::from_utf8(expected).unwrap().trim_end()
    );
}

#[tokio::test]
async fn the_last_answer_arrives_although_more_was_sent() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    client.send(&"FOO\r\n".repeat(20_000)).await;
    client.expect("421 4.7.0 mx.example Too many errors").await;
    client.closed().await;
}
