//! Mail that waits: claimed, put off, failed, sent and never again.

use std::time::Duration;

use crate::fixture::{Fixture, LEASE, store};

#[tokio::test]
async fn mail_is_due_once_a_lease_and_never_again_when_sent() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let due = fixture.store.due_mail(10, LEASE).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].id, due[0].case), (outcome.mail, outcome.case));
    assert_eq!(due[0].attempts, 0);
    assert!(due[0].age < 60.0);
    assert!(fixture.store.due_mail(10, LEASE).await.unwrap().is_empty());
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert_eq!(
        fixture.store.due_mail(10, LEASE).await.unwrap()[0].attempts,
        1
    );
    fixture.store.sent(&[outcome.mail]).await.unwrap();
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert!(fixture.store.due_mail(10, LEASE).await.unwrap().is_empty());
    // A slower sender that put it off, or gave it up, comes too late.
    fixture
        .store
        .put_off(outcome.mail, "451", Duration::ZERO)
        .await
        .unwrap();
    fixture.store.failed(outcome.mail, "550").await.unwrap();
    assert_eq!(
        fixture.store.mail_states(outcome.case).await.unwrap(),
        [("sent".to_owned(), "250".to_owned(), 2)]
    );
    assert_eq!(fixture.store.outbox_depth().await.unwrap(), (0, 0.0));
}

#[tokio::test]
async fn mail_that_is_put_off_returns_after_its_pause() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    fixture.store.due_mail(10, LEASE).await.unwrap();
    fixture
        .store
        .put_off(outcome.mail, "451", Duration::from_secs(60))
        .await
        .unwrap();
    assert!(fixture.store.due_mail(10, LEASE).await.unwrap().is_empty());
    assert_eq!(fixture.store.outbox_depth().await.unwrap().0, 1);
    fixture
        .store
        .put_off(outcome.mail, "451", Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(fixture.store.due_mail(10, LEASE).await.unwrap().len(), 1);
    fixture.store.failed(outcome.mail, "550").await.unwrap();
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert!(fixture.store.due_mail(10, LEASE).await.unwrap().is_empty());
    assert_eq!(
        fixture.store.mail_states(outcome.case).await.unwrap(),
        [("failed".to_owned(), "550".to_owned(), 2)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_senders_never_hold_the_same_mail() {
    let fixture = Fixture::migrated().await;
    for number in 0..60 {
        let mut outcome = fixture.outcome(&format!("n{number}"));
        outcome.serial = number;
        fixture.file(&outcome).await;
    }
    let senders = [store(&fixture.cluster.url()), store(&fixture.cluster.url())].map(|store| {
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..40 {
                let due = store.due_mail(3, LEASE).await.unwrap();
                mine.extend(due.into_iter().map(|mail| mail.id));
            }
            mine
        })
    });
    let mut all = Vec::new();
    for sender in senders {
        all.extend(sender.await.unwrap());
    }
    assert_eq!(all.len(), 60);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
}
