//! Keep, claim, lease, give back.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use pillarbox::store::{Committed, Orphans};
use uuid::Uuid;

use crate::fixture::{Fixture, LEASE, inbox, message, store};

#[tokio::test]
async fn kept_message_is_claimed_once_and_again_when_the_lease_ends() {
    let fixture = Fixture::migrated().await;
    let id = fixture.keep("one").await;
    let claimed = fixture.store.claim(10, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id, claimed[0].attempt), (id, 1));
    assert_eq!(claimed[0].content.as_bytes(), b"one");
    assert!(fixture.store.claim(10, LEASE).await.unwrap().is_empty());
    fixture
        .run("UPDATE inbox SET due_at = now() - interval '1 second'")
        .await;
    let again = fixture.store.claim(10, LEASE).await.unwrap();
    assert_eq!((again[0].id, again[0].attempt), (id, 2));
}

#[tokio::test]
async fn same_id_is_kept_once() {
    let fixture = Fixture::migrated().await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        fixture.store.keep(message(id, 3, 0, "c")).await.unwrap();
    }
    assert_eq!(fixture.store.inbox_depth().await.unwrap().0, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_hold_the_same_message() {
    let fixture = Fixture::migrated().await;
    for number in 0..200 {
        fixture.keep(&number.to_string()).await;
    }
    let workers = [store(&fixture.cluster.url()), store(&fixture.cluster.url())].map(|store| {
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = store.claim(4, LEASE).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|claimed| claimed.id));
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    // Skipped because locked just then, and free again now.
    all.extend(
        fixture
            .store
            .claim(200, LEASE)
            .await
            .unwrap()
            .into_iter()
            .map(|claimed| claimed.id),
    );
    assert_eq!(all.len(), 200);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 200);
}

/// A row that another transaction holds is passed over, not waited for.
#[tokio::test]
async fn claim_skips_locked_rows() {
    let fixture = Fixture::migrated().await;
    let locked = fixture.keep("locked").await;
    let free = fixture.keep("free").await;
    let mut other = fixture.connection().await;
    sqlx::raw_sql("BEGIN").execute(&mut other).await.unwrap();
    sqlx::query("SELECT 1 FROM inbox WHERE id = $1 FOR UPDATE")
        .bind(locked)
        .execute(&mut other)
        .await
        .unwrap();
    let claimed = fixture.store.claim(10, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].id, free);
}

#[tokio::test]
async fn claim_takes_sixteen_mebibytes_at_most_but_always_one() {
    let fixture = Fixture::migrated().await;
    let sizes = [20_u64 << 20, 9 << 20, 6 << 20, 2 << 20];
    for size in sizes {
        fixture
            .store
            .keep(message(Uuid::now_v7(), size, 0, "c"))
            .await
            .unwrap();
    }
    let mut turns = Vec::new();
    for _ in 0..4 {
        turns.push(fixture.store.claim(10, LEASE).await.unwrap().len());
    }
    assert_eq!(turns, [1, 2, 1, 0]);
}

#[tokio::test]
async fn failed_attempt_counts_and_our_own_fault_does_not() {
    let fixture = Fixture::migrated().await;
    let (id, attempt) = fixture.held().await;
    fixture
        .store
        .give_back(id, attempt, "crashed", Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(
        fixture
            .number("SELECT count(*) FROM inbox WHERE failure = 'crashed'")
            .await,
        1
    );
    let second = fixture.store.claim(1, LEASE).await.unwrap().remove(0);
    assert_eq!(second.attempt, 2);
    fixture
        .store
        .unclaim(id, second.attempt, Duration::ZERO)
        .await
        .unwrap();
    let third = fixture.store.claim(1, LEASE).await.unwrap().remove(0);
    assert_eq!(third.attempt, 2);
    // Whoever lost the lease changes nothing.
    fixture
        .store
        .give_back(id, 1, "late", Duration::ZERO)
        .await
        .unwrap();
    fixture.store.unclaim(id, 1, Duration::ZERO).await.unwrap();
    assert!(fixture.store.claim(1, LEASE).await.unwrap().is_empty());
}

#[tokio::test]
async fn unreadable_message_rests_until_it_is_retried() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let (id, attempt) = fixture.held().await;
    store.park(id, attempt + 1, "malformed").await.unwrap();
    assert_eq!(store.unreadable_count().await.unwrap(), 0, "not ours");
    store.park(id, attempt, "malformed").await.unwrap();
    assert_eq!(store.inbox_depth().await.unwrap(), (0, 0.0));
    assert_eq!(store.unreadable_count().await.unwrap(), 1);
    let listed = store.unreadable(10).await.unwrap();
    assert_eq!(listed, [(id, "malformed".to_owned())]);
    let other = fixture.keep("other").await;
    assert_eq!(store.retry(Some(other)).await.unwrap(), 0);
    assert_eq!(store.retry(Some(id)).await.unwrap(), 1);
    assert_eq!(store.retry(None).await.unwrap(), 0);
    let claimed = store.claim(2, LEASE).await.unwrap();
    let attempts: Vec<i16> = claimed.iter().map(|claimed| claimed.attempt).collect();
    assert_eq!(attempts, [1, 1]);
}

#[tokio::test]
async fn pause_and_depth() {
    let fixture = Fixture::migrated().await;
    assert_eq!(fixture.store.inbox_depth().await.unwrap(), (0, 0.0));
    let (id, attempt) = fixture.held().await;
    fixture
        .store
        .give_back(id, attempt, "crashed", Duration::from_secs(60))
        .await
        .unwrap();
    assert!(fixture.store.claim(1, LEASE).await.unwrap().is_empty());
    assert_eq!(fixture.store.inbox_depth().await.unwrap(), (1, 0.0));
    fixture
        .run("UPDATE inbox SET due_at = now() - interval '5 seconds'")
        .await;
    let (depth, oldest) = fixture.store.inbox_depth().await.unwrap();
    assert_eq!(depth, 1);
    assert!((5.0..30.0).contains(&oldest), "{oldest}");
}

#[tokio::test]
async fn workers_of_other_processes_hear_of_mail() {
    let fixture = Fixture::migrated().await;
    let mut ear = fixture.store.listen().await.unwrap();
    store(&fixture.cluster.url()).notify().await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(5), ear.recv()).await;
    assert_eq!(heard.unwrap().unwrap().channel(), "pillarbox_inbox");
}

#[tokio::test]
async fn pieces_come_back_in_order_and_go_with_their_message() {
    let fixture = Fixture::migrated().await;
    let id = Uuid::now_v7();
    for (number, text) in [(1, "two "), (0, "one ")] {
        let piece = inbox(text);
        fixture.store.keep_piece(id, number, &piece).await.unwrap();
    }
    fixture
        .store
        .keep(message(id, 9, 2, "three"))
        .await
        .unwrap();
    let claimed = fixture.store.claim(1, LEASE).await.unwrap().remove(0);
    assert_eq!(
        (claimed.pieces, claimed.content.as_bytes()),
        (2, &b"three"[..])
    );
    let pieces = fixture.store.pieces(id, 2).await.unwrap();
    assert_eq!(pieces.unwrap(), b"one two ");
    assert_eq!(fixture.store.pieces(id, 3).await.unwrap(), None);
    let outcome = fixture.outcome("digest");
    let committed = outcome.open(&fixture.store, (id, 1)).await.unwrap();
    assert_eq!(committed, Committed::Filed);
    let left = "SELECT (SELECT count(*) FROM inbox_piece) + (SELECT count(*) FROM inbox)";
    assert_eq!(fixture.number(left).await, 0);

    // A copy of it takes its pieces along, too.
    let copy = Uuid::now_v7();
    fixture
        .store
        .keep_piece(copy, 0, &inbox("p"))
        .await
        .unwrap();
    fixture.store.keep(message(copy, 9, 1, "c")).await.unwrap();
    let claimed = fixture.store.claim(1, LEASE).await.unwrap().remove(0);
    let counted = fixture
        .store
        .count_copy((copy, claimed.attempt), b"digest")
        .await
        .unwrap();
    assert_eq!(counted, Some(outcome.entry));
    assert_eq!(fixture.number(left).await, 0);
}

#[tokio::test]
async fn pieces_without_a_message_are_forgotten_after_an_hour() {
    let fixture = Fixture::migrated().await;
    let (waiting, coming, gone, dropped) = (
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
    );
    for id in [waiting, coming, gone, dropped] {
        fixture.store.keep_piece(id, 0, &inbox("p")).await.unwrap();
    }
    fixture
        .store
        .keep(message(waiting, 9, 1, "c"))
        .await
        .unwrap();
    fixture.store.drop_pieces(dropped).await.unwrap();
    let left = "SELECT count(*) FROM inbox_piece";
    assert_eq!(fixture.number(left).await, 3);
    let (mut orphans, start) = (Orphans::default(), Instant::now());
    let minute = Duration::from_secs(60);
    let mut forget = async |minutes| {
        let now = start + minute * minutes;
        fixture
            .store
            .forget_pieces(&mut orphans, now)
            .await
            .unwrap()
    };
    assert_eq!(forget(0).await, 0);
    // The database's date jumps: that makes nothing old.
    fixture
        .run("UPDATE inbox_piece SET at = now() - interval '1 day'")
        .await;
    let late = Uuid::now_v7();
    fixture
        .store
        .keep_piece(late, 0, &inbox("p"))
        .await
        .unwrap();
    assert_eq!(forget(44).await, 0);
    fixture
        .store
        .keep(message(coming, 9, 1, "c"))
        .await
        .unwrap();
    assert_eq!(forget(59).await, 0);
    assert_eq!(forget(60).await, 1, "what is gone, and only that");
    for id in [waiting, coming, late] {
        assert_eq!(fixture.store.pieces(id, 1).await.unwrap().unwrap(), b"p");
    }
    assert_eq!(forget(104).await, 1);
    assert_eq!(fixture.store.pieces(late, 1).await.unwrap(), None);
}

/// Sixty peers at once: each is answered after its own message is there, and fewer commits than messages were made.
#[tokio::test(flavor = "multi_thread")]
async fn messages_that_come_together_share_a_commit_and_none_is_missing() {
    let fixture = Fixture::migrated().await;
    let peers: Vec<_> = (0..60)
        .map(|number: u64| {
            let store = fixture.store.clone();
            // Large ones among them go by themselves.
            let content = "x".repeat(if number.is_multiple_of(7) {
                2_000_000
            } else {
                2_000
            });
            tokio::spawn(async move {
                let id = Uuid::now_v7();
                store.keep(message(id, number, 0, &content)).await.unwrap();
                id
            })
        })
        .collect();
    let mut told = BTreeSet::new();
    for peer in peers {
        told.insert(peer.await.unwrap());
    }
    let commits = fixture
        .number("SELECT count(DISTINCT xmin::text) FROM inbox")
        .await;
    assert!(commits < 60, "{commits}");
    let there = fixture.store.claim(100, LEASE).await.unwrap();
    assert!(there.iter().all(|claimed| told.contains(&claimed.id)));
    assert_eq!(fixture.number("SELECT count(*) FROM inbox").await, 60);
    assert_eq!(
        fixture.number("SELECT sum(size)::int8 FROM inbox").await,
        (0..60).sum::<i64>()
    );
}
