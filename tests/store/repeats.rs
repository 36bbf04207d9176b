//! Reports that say the same.

use pillarbox::store::{Committed, NewLayer, StoreFault};
use uuid::Uuid;

use crate::fixture::{Fixture, Outcome};

fn says(digest: &str, entry: Uuid) -> NewLayer {
    NewLayer {
        digest: digest.as_bytes().to_vec(),
        sender: entry.as_bytes().to_vec(),
        flag: "",
        own: false,
    }
}

fn saying(fixture: &Fixture, content: &str, serial: i64) -> Outcome {
    let mut outcome = fixture.outcome(content);
    outcome.serial = serial;
    outcome.layers = vec![says("said", outcome.entry)];
    outcome
}

fn said() -> Vec<Vec<u8>> {
    vec![b"said".to_vec()]
}

/// Found on the ticket where the newest is, the first of those there; nothing that is older than was asked.
#[tokio::test]
async fn the_first_is_found_on_the_ticket_of_the_newest() {
    let fixture = Fixture::migrated().await;
    let before = |digests: Vec<Vec<u8>>, since: Uuid| {
        let store = fixture.store.clone();
        async move { store.said_before(&digests, since).await.unwrap() }
    };
    assert_eq!(before(said(), Uuid::nil()).await, None);
    let first = saying(&fixture, "a", 1);
    fixture.file(&first).await;
    let second = saying(&fixture, "b", 2);
    fixture.file(&second).await;
    let newest = Some((second.entry, second.case));
    assert_eq!(before(said(), Uuid::nil()).await, newest);
    assert_eq!(before(said(), second.entry).await, newest);
    let later = Uuid::from_u128(second.entry.as_u128() + 1);
    assert_eq!(before(said(), later).await, None);
    assert_eq!(before(vec![b"other".to_vec()], Uuid::nil()).await, None);
    // Merged away, it leads to the other; erased, to nothing.
    fixture
        .number("WITH m AS (UPDATE ticket SET merged_into = 1 WHERE serial = 2 RETURNING 1) SELECT count(*) FROM m")
        .await;
    let merged = Some((first.entry, first.case));
    assert_eq!(before(said(), Uuid::nil()).await, merged);
    fixture
        .number("WITH d AS (DELETE FROM replay RETURNING 1) SELECT count(*) FROM d")
        .await;
    assert_eq!(before(said(), Uuid::nil()).await, None);
}

/// A form that was sent twice at once: the second is decided anew.
#[tokio::test]
async fn of_two_that_open_tickets_at_once_the_second_is_a_conflict() {
    let fixture = Fixture::migrated().await;
    let mut first = saying(&fixture, "a", 1);
    first.said = Some((said(), 0));
    fixture.file(&first).await;
    let mut second = saying(&fixture, "b", 2);
    second.said = Some((said(), 0));
    let inbox = fixture.held().await;
    let refused = second.open(&fixture.store, inbox).await;
    assert!(matches!(refused, Err(StoreFault::Conflict)));
    assert_eq!(fixture.number("SELECT count(*) FROM ticket").await, 1);
    // Now that it is known, it may open one, and says of which it is.
    (second.said, second.repeats) = (Some((said(), 1)), Some(first.entry));
    let filed = second.open(&fixture.store, inbox).await.unwrap();
    assert_eq!(filed, Committed::Filed);
    let flags = fixture.store.flags(second.case).await.unwrap();
    assert_eq!(flags.len(), 1);
    assert_eq!(
        (flags[0].flag.as_str(), flags[0].entry, flags[0].other),
        ("repeated", second.entry, first.entry)
    );
}
