//! Connections are few, and a broken one is not used again.

use std::time::Duration;

use sqlx::Connection;
use tokio::time::timeout;

use crate::fixture::Fixture;

#[tokio::test]
async fn statement_that_was_given_up_leaves_no_answer_for_the_next() {
    let fixture = Fixture::migrated().await;
    fixture.keep("one").await;
    let mut owner = fixture.connection().await;
    let mut lock = owner.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE inbox")
        .execute(&mut *lock)
        .await
        .unwrap();
    // More than there are connections: none of them may come back with a statement half done.
    for _ in 0..20 {
        let given_up = timeout(Duration::from_millis(30), fixture.store.inbox_depth()).await;
        assert!(given_up.is_err(), "the lock holds it");
    }
    lock.rollback().await.unwrap();
    for _ in 0..20 {
        assert!(fixture.store.ping().await.is_ok());
        assert_eq!(fixture.store.inbox_depth().await.unwrap().0, 1);
    }
}

#[tokio::test]
async fn many_statements_at_once_share_the_connections_that_were_configured() {
    let fixture = Fixture::migrated().await;
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.inbox_depth().await.unwrap().0 })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap(), 0);
    }
    let open = fixture
        .number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pillarbox'")
        .await;
    assert!((1..=8).contains(&open), "{open} connections");
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    let fixture = Fixture::migrated().await;
    fixture.keep("one").await;
    fixture
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pillarbox'")
        .await;
    // A connection that was used a moment ago is not tested first: its statement fails, and the peer tries again.
    let mut depth = fixture.store.inbox_depth().await;
    for _ in 0..8 {
        if depth.is_ok() {
            break;
        }
        depth = fixture.store.inbox_depth().await;
    }
    assert_eq!(depth.unwrap().0, 1);
}
