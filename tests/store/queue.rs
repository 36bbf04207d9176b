//! What the command line lists.

use pillarbox::store::QueueFilter;

use crate::fixture::{Fixture, TEAM};

fn filter(state: Option<&str>, needs_human: bool, limit: i64) -> QueueFilter {
    QueueFilter {
        state: state.map(str::to_owned),
        needs_human,
        overdue: false,
        owner: None,
        ids: None,
        limit,
    }
}

#[tokio::test]
async fn queue_is_filtered_and_the_newest_come_last() {
    let fixture = Fixture::migrated().await;
    let mut cases = Vec::new();
    for serial in 1..=3 {
        let mut outcome = fixture.outcome(&serial.to_string());
        outcome.serial = serial;
        fixture.file(&outcome).await;
        cases.push(outcome.case);
    }
    fixture
        .run("UPDATE ticket SET state = 'open', needs_human = 'unread' WHERE serial = 2")
        .await;
    fixture.run("UPDATE entry SET copies = 3").await;
    let serials = async |filter: QueueFilter| -> Vec<i64> {
        let rows = fixture.store.queue(TEAM, &filter).await.unwrap();
        rows.iter().map(|row| row.serial).collect()
    };
    assert_eq!(serials(filter(None, false, 10)).await, [1, 2, 3]);
    assert_eq!(serials(filter(None, false, 2)).await, [2, 3]);
    assert_eq!(serials(filter(Some("open"), false, 10)).await, [2]);
    assert_eq!(serials(filter(None, true, 10)).await, [2]);
    assert_eq!(serials(filter(Some("new"), true, 10)).await, [0_i64; 0]);
    let named = QueueFilter {
        ids: Some(vec![cases[2], cases[0]]),
        ..filter(None, false, 10)
    };
    assert_eq!(serials(named).await, [1, 3]);
    fixture
        .run("UPDATE ticket SET owner = 'ann' WHERE serial = 3")
        .await;
    let of = |owner: &str| QueueFilter {
        owner: Some(owner.to_owned()),
        ..filter(None, false, 10)
    };
    assert_eq!(serials(of("ann")).await, [3]);
    assert_eq!(serials(of("")).await, [1, 2]);
    let other = fixture.store.queue("Other", &filter(None, false, 10)).await;
    assert!(other.unwrap().is_empty());
    let rows = fixture.store.queue(TEAM, &filter(None, true, 1)).await;
    let row = rows.unwrap().remove(0);
    assert_eq!(row.id, cases[1]);
    assert_eq!((row.messages, row.copies), (1, 2));
    assert!(
        row.first.received_hour.ends_with('Z'),
        "{}",
        row.first.received_hour
    );
}

#[tokio::test]
async fn raw_is_found() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let raw = fixture.store.raw(outcome.entry).await.unwrap();
    assert_eq!(raw, Some(outcome.raw.clone()));
    assert_eq!(fixture.store.raw(outcome.case).await.unwrap(), None);
    let one = fixture.store.suppressed(Some(outcome.entry), 1).await;
    assert!(one.unwrap().is_empty(), "it is on a ticket");
}
