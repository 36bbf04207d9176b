//! Accounts on real sockets: AUTH with an independent side of the SASL library, and by hand.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use intake::smtp;
use pillarbox::accounts::{Accounts, Book};
use pillarbox::listener::{Address, BudgetLimits, ListenerSettings};
use rsasl::prelude::{Mechname, SASLClient, SASLConfig, State};
use secrecy::SecretString;
use tokio::net::TcpStream;

use crate::house::*;

// Test only.
const PASSWORD: &str = "correct horse ba\u{ad}ttery";

fn accounts() -> (tempfile::TempDir, Arc<Accounts>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounts");
    let mut book = Book::empty().unwrap();
    book.set("alice", &SecretString::from(PASSWORD)).unwrap();
    book.write(&file).unwrap();
    let accounts = Arc::new(Accounts::load(&file).unwrap());
    (folder, accounts)
}

fn asks(accounts: &Arc<Accounts>) -> impl FnOnce(&mut ListenerSettings) {
    let accounts = accounts.clone();
    move |settings| {
        settings.name = "accounts".to_owned();
        settings.policy.accounts = smtp::Accounts::Required;
        settings.accounts = Some(accounts);
    }
}

async fn secured(house: &House) -> Client<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut client = house.connect().await;
    client.send("EHLO c.example\r\n").await;
    assert!(!client.expect("250 ").await.contains("AUTH"));
    client.send("AUTH PLAIN AAAA\r\n").await;
    client.expect("538 5.7.11").await;
    client.send("STARTTLS\r\n").await;
    client.expect("220 2.0.0").await;
    let mut client = over_tls(house, client.0).await;
    client.send("EHLO c.example\r\n").await;
    assert!(
        client
            .expect("250 ")
            .await
            .contains("AUTH SCRAM-SHA-256 PLAIN")
    );
    client
}

/// The last answer; everything that the server challenged with is in the second value.
async fn scram(
    client: &mut Client<tokio_rustls::client::TlsStream<TcpStream>>,
    name: &str,
    password: &str,
) -> (String, Vec<String>) {
    let config = SASLConfig::with_credentials(None, name.to_owned(), password.to_owned()).unwrap();
    let mut sasl = SASLClient::new(config)
        .start_suggested(&[Mechname::parse(b"SCRAM-SHA-256").unwrap()])
        .unwrap();
    let mut said = Vec::new();
    sasl.step(None, &mut said).unwrap();
    client
        .send(&format!(
            "AUTH SCRAM-SHA-256 {}\r\n",
            STANDARD.encode(&said)
        ))
        .await;
    let mut challenges = Vec::new();
    loop {
        let answer = client.expect("").await;
        let Some(challenge) = answer.trim_end().strip_prefix("334 ") else {
            return (answer, challenges);
        };
        let challenge = STANDARD.decode(challenge).unwrap();
        challenges.push(String::from_utf8(challenge.clone()).unwrap());
        said.clear();
        let state = sasl.step(Some(&challenge), &mut said).unwrap();
        // The client checks that the server knows the verifier, too.
        assert!(said.is_empty() == matches!(state, State::Finished(_)));
        client
            .send(&format!("{}\r\n", STANDARD.encode(&said)))
            .await;
    }
}

fn plain(name: &str, password: &str) -> String {
    let text = STANDARD.encode(format!("\0{name}\0{password}"));
    format!("AUTH PLAIN {text}\r\n")
}

#[tokio::test]
async fn scram_proves_both_sides_and_the_account_goes_with_the_message() {
    let (_folder, accounts) = accounts();
    let house = House::tcp(asks(&accounts)).await;
    let mut client = secured(&house).await;
    client.send("MAIL FROM:<noc@c.example>\r\n").await;
    client.expect("530 5.7.0").await;
    // RFC 4013: the soft hyphen of the password is nothing.
    let (answer, challenges) = scram(&mut client, "alice", "correct horse battery").await;
    assert!(answer.starts_with("235 2.7.0"), "{answer}");
    assert!(challenges[0].contains(",i=100000") && challenges[1].starts_with("v="));
    client.message("250 2.0.0").await;
    assert_eq!(house.only().0.account.as_deref(), Some("alice"));
}

#[tokio::test]
async fn an_account_is_counted_but_for_how_often_it_connects() {
    let (_folder, accounts) = accounts();
    let limits = BudgetLimits {
        per_address: 2,
        connects_per_address: 2,
        messages_per_address: 4,
        ..BudgetLimits::default()
    };
    let tcp = |_: &std::path::Path| Address::Tcp("127.0.0.1:0".parse().unwrap());
    let house = House::start(tcp, limits, asks(&accounts)).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut client = secured(&house).await;
        client.send(&plain("alice", PASSWORD)).await;
        client.expect("235 2.7.0").await;
        open.push(client);
    }
    let mut third = Client(TcpStream::connect(house.address.unwrap()).await.unwrap());
    third.expect("421 4.7.0").await;
    let client = &mut open[0];
    for _ in 0..2 {
        client.message("250 2.0.0").await;
    }
    client.send("MAIL FROM:<noc@c.example>\r\n").await;
    client.expect("450 4.7.1").await;
}

#[tokio::test]
async fn guesses_are_bounded_and_counted() {
    let (_folder, accounts) = accounts();
    let limits = BudgetLimits {
        messages_per_address: 4,
        ..BudgetLimits::default()
    };
    let tcp = |_: &std::path::Path| Address::Tcp("127.0.0.1:0".parse().unwrap());
    let house = House::start(tcp, limits, |settings| {
        asks(&accounts)(settings);
        settings.deadlines.password = Duration::from_millis(50);
    })
    .await;
    // All places are taken.
    let mut places = Vec::new();
    while let Some(place) = accounts.place(Duration::from_millis(50)).await {
        places.push(place);
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(places.len(), (cores / 2).max(1));
    let mut client = secured(&house).await;
    client.send(&plain("alice", PASSWORD)).await;
    client.expect("454 4.7.0").await;
    drop(places);
    // Two at once, then so many a minute, in however many sessions.
    for _ in 0..2 {
        let mut client = secured(&house).await;
        client.send(&plain("alice", "wrong password")).await;
        client.expect("535 5.7.8").await;
    }
    client.send(&plain("alice", PASSWORD)).await;
    client.expect("454 4.7.0").await;
}

#[tokio::test]
async fn a_broken_file_is_read_and_told_once() {
    let (folder, accounts) = accounts();
    let file = folder.path().join("accounts");
    let house = House::tcp(asks(&accounts)).await;
    std::fs::write(&file, "alice:plain text\n").unwrap();
    let told = || {
        let text = String::from_utf8(log().0.lock().unwrap().clone()).unwrap();
        let file = file.display().to_string();
        text.lines().filter(|line| line.contains(&file)).count()
    };
    for _ in 0..3 {
        let mut client = secured(&house).await;
        client.send(&plain("alice", PASSWORD)).await;
        client.expect("235 2.7.0").await;
    }
    assert_eq!(told(), 1);
    std::fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        let mut client = secured(&house).await;
        client.send(&plain("alice", PASSWORD)).await;
        client.expect("235 2.7.0").await;
    }
    assert_eq!(told(), 2);
}

#[tokio::test]
async fn plain_is_checked_against_the_same_verifier() {
    let (_folder, accounts) = accounts();
    let house = House::tcp(asks(&accounts)).await;
    let mut client = secured(&house).await;
    for wrong in [
        plain("alice", "correct horse batter"),
        plain("bob", PASSWORD),
    ] {
        client.send(&wrong).await;
        client.expect("535 5.7.8").await;
    }
    client.send(&plain("alice", PASSWORD)).await;
    client.expect("235 2.7.0").await;
    client.message("250 2.0.0").await;
    assert_eq!(house.only().0.account.as_deref(), Some("alice"));
}

#[tokio::test]
async fn three_failures_end_the_session_and_the_log_names_nobody() {
    let (_folder, accounts) = accounts();
    let house = House::tcp(asks(&accounts)).await;
    let mut client = secured(&house).await;
    client.send(&plain("alice", "wrong password")).await;
    client.expect("535 5.7.8").await;
    // To be somebody else is not allowed.
    let other = STANDARD.encode(format!("root\0alice\0{PASSWORD}"));
    client.send(&format!("AUTH PLAIN {other}\r\n")).await;
    client.expect("535 5.7.8").await;
    let (answer, _) = scram_fails(&mut client, "alice").await;
    assert!(answer.starts_with("421 4.7.0"), "{answer}");
    client.closed().await;
    let text = String::from_utf8(log().0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("authentication failed"));
    assert!(
        !text.contains("alice") && !text.contains("correct"),
        "{text}"
    );
}

/// What a client that guesses sees.
async fn scram_fails(
    client: &mut Client<tokio_rustls::client::TlsStream<TcpStream>>,
    name: &str,
) -> (String, String) {
    let first = STANDARD.encode(format!("n,,n={name},r=nonce"));
    client
        .send(&format!("AUTH SCRAM-SHA-256 {first}\r\n"))
        .await;
    let answer = client.expect("334 ").await;
    let challenge = STANDARD
        .decode(answer.trim_end().strip_prefix("334 ").unwrap())
        .unwrap();
    let challenge = String::from_utf8(challenge).unwrap();
    let nonce = challenge.split(',').next().unwrap();
    let proof = STANDARD.encode([7; 32]);
    let last = STANDARD.encode(format!("c=biws,{nonce},p={proof}"));
    client.send(&format!("{last}\r\n")).await;
    (client.expect("").await, challenge)
}

#[tokio::test]
async fn nobody_looks_like_somebody_with_a_wrong_password() {
    let (folder, accounts) = accounts();
    let salt = |challenge: &str| challenge.split(',').nth(1).unwrap().to_owned();
    let mut salts = Vec::new();
    for accounts in [
        &accounts,
        &Arc::new(Accounts::load(&folder.path().join("accounts")).unwrap()),
    ] {
        let house = House::tcp(asks(accounts)).await;
        for name in ["alice", "nobody", "nobody2"] {
            let mut client = secured(&house).await;
            let (answer, challenge) = scram_fails(&mut client, name).await;
            assert!(answer.starts_with("535 5.7.8"), "{answer}");
            assert!(challenge.ends_with(",i=100000"), "{challenge}");
            salts.push(salt(&challenge));
        }
    }
    // The same for the same name, now and after a restart; another for another.
    assert_eq!(salts[..3], salts[3..]);
    assert!(salts[0] != salts[1] && salts[1] != salts[2]);
    assert_eq!(salts[0].len(), salts[1].len());
}

#[tokio::test]
async fn the_file_is_read_again_when_it_changes() {
    let (folder, accounts) = accounts();
    let file = folder.path().join("accounts");
    let house = House::tcp(asks(&accounts)).await;
    let mut book = Book::read(&file).unwrap();
    book.set("bob", &SecretString::from("another password"))
        .unwrap();
    assert!(book.remove("alice"));
    book.write(&file).unwrap();
    let mut client = secured(&house).await;
    client.send(&plain("alice", PASSWORD)).await;
    client.expect("535 5.7.8").await;
    client.send(&plain("bob", "another password")).await;
    client.expect("235 2.7.0").await;
    // A broken file changes nothing.
    std::fs::write(&file, "bob:plain text\n").unwrap();
    assert!(accounts.reload().is_err());
    let mut client = secured(&house).await;
    client.send(&plain("bob", "another password")).await;
    client.expect("235 2.7.0").await;
}
