//! Large messages are stored while they come in, and memory stays bounded.

use pillarbox::listener::{Address, BudgetLimits, StoreError};
use tokio::net::TcpStream;

use crate::house::*;

/// 1.4 MiB, each line different, so that nothing can be swapped unseen.
fn large() -> String {
    (0..45_000).map(|line| format!("{line:030}\r\n")).collect()
}

async fn begin(house: &House) -> Client<TcpStream> {
    let mut client = house.connect().await;
    client.send(START).await;
    client.expect("354 ").await;
    client
}

async fn frugal() -> House {
    let limits = BudgetLimits {
        octets_in_flight: 768 * 1024,
        ..BudgetLimits::default()
    };
    let tcp = |_: &std::path::Path| Address::Tcp("127.0.0.1:0".parse().unwrap());
    House::start(tcp, limits, |_| {}).await
}

#[tokio::test]
async fn a_message_beyond_the_budget_goes_to_the_store_in_pieces() {
    let house = frugal().await;
    let mut client = begin(&house).await;
    client.send(&large()).await;
    client.send(".\r\n").await;
    client.expect("250 2.0.0").await;
    assert!(house.stored.lock().unwrap()[0].pieces > 2);
    assert!(house.only().1 == large().as_bytes());
    assert_eq!(house.budget.octets_in_flight(), 0);
    // A small one beside it is one parcel.
    client.message("250 2.0.0").await;
    assert_eq!(house.stored.lock().unwrap()[1].pieces, 0);
}

#[tokio::test]
async fn a_message_without_a_sealed_chunk_makes_no_piece_however_little_room_there_is() {
    let limits = BudgetLimits {
        octets_in_flight: 64 * 1024,
        ..BudgetLimits::default()
    };
    let tcp = |_: &std::path::Path| Address::Tcp("127.0.0.1:0".parse().unwrap());
    let house = House::start(tcp, limits, |_| {}).await;
    let (mut first, mut second) = (begin(&house).await, begin(&house).await);
    first.send("Subject: first\r\n").await;
    until(|| house.budget.octets_in_flight() > 0).await;
    second.send("Subject: second\r\n\r\n.\r\n").await;
    second.expect("452 4.3.1").await;
    assert_eq!(house.gate.available_permits(), 1000, "nothing was stored");
    first.send("\r\n.\r\n").await;
    first.expect("250 2.0.0").await;
}

#[tokio::test]
async fn a_small_budget_is_shared_by_storing_early() {
    let house = frugal().await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(begin(&house).await);
    }
    let text = large();
    let mut answers = tokio::task::JoinSet::new();
    for mut client in clients {
        let text = text.clone();
        answers.spawn(async move {
            client.send(&text).await;
            client.send(".\r\n").await;
            client.expect("250 2.0.0").await;
        });
    }
    while let Some(answered) = answers.join_next().await {
        answered.unwrap();
    }
    assert_eq!((house.count(), house.budget.octets_in_flight()), (4, 0));
}

#[tokio::test]
async fn a_store_that_is_slow_slows_the_peer_down() {
    let house = House::tcp(|_| {}).await;
    house.gate.forget_permits(1000);
    let mut client = begin(&house).await;
    let text = large();
    let sending = tokio::spawn(async move {
        client.send(&text).await;
        client.send(".\r\n").await;
        client.expect("250 2.0.0").await;
    });
    until(|| house.budget.octets_in_flight() >= 448 * 1024).await;
    // The rest waits in the socket, whatever time passes.
    for _ in 0..20 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        assert!(house.budget.octets_in_flight() <= 640 * 1024);
    }
    house.gate.add_permits(1000);
    sending.await.unwrap();
    assert!(house.only().1 == large().as_bytes());
}

#[tokio::test]
async fn pieces_of_a_broken_off_message_are_dropped() {
    let house = House::tcp(|_| {}).await;
    let mut client = begin(&house).await;
    client.send(&large()).await;
    until(|| !house.pieces.lock().unwrap().is_empty()).await;
    drop(client);
    until(|| house.budget.open_connections() == 0).await;
    until(|| house.pieces.lock().unwrap().is_empty()).await;
    assert_eq!((house.count(), house.budget.octets_in_flight()), (0, 0));
}

#[tokio::test]
async fn pieces_of_a_refused_message_are_dropped() {
    let house = House::tcp(|_| {}).await;
    let mut client = begin(&house).await;
    client.send(&large()).await;
    until(|| !house.pieces.lock().unwrap().is_empty()).await;
    client.send("a bare\nline feed\r\n.\r\n").await;
    client.expect("550 5.6.11").await;
    until(|| house.pieces.lock().unwrap().is_empty()).await;
    assert_eq!(house.budget.octets_in_flight(), 0);
}

#[tokio::test]
async fn a_piece_that_is_not_stored_refuses_the_message_for_now() {
    let house = House::tcp(|_| {}).await;
    let mut client = house.connect().await;
    for (error, answer) in [
        (StoreError::Full, "452 4.3.1"),
        (StoreError::Unavailable, "451 4.3.0"),
    ] {
        client.send(START).await;
        client.expect("354 ").await;
        client.send(&large()).await;
        until(|| !house.pieces.lock().unwrap().is_empty()).await;
        *house.fate.lock().unwrap() = Fate::Fail(error);
        client.send(&large()).await;
        client.send(".\r\n").await;
        client.expect(answer).await;
        *house.fate.lock().unwrap() = Fate::Keep;
        until(|| house.pieces.lock().unwrap().is_empty()).await;
    }
    assert_eq!((house.count(), house.budget.octets_in_flight()), (0, 0));
    client.message("250 2.0.0").await;
}
