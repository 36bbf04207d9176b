//! Mail that waits: claimed, put off, failed, sent and never again.

use std::time::Duration;

use pillarbox::store::{Digests, DueMail};

use crate::fixture::{Fixture, LEASE, Outcome, store};

/// State, status, attempts, and whether it ended.
async fn state(fixture: &Fixture, outcome: &Outcome) -> (&'static str, &'static str, i32, bool) {
    let states = fixture.store.mail_states(outcome.case).await.unwrap();
    let [state] = states.as_slice() else {
        panic!("{states:?}");
    };
    let known = |text: &str| {
        let mut words = ["queued", "sent", "failed", "250", "451", "550", "resting"].into_iter();
        words.find(|word| *word == text).unwrap()
    };
    let ended = state.ended.is_some();
    (
        known(&state.state),
        known(&state.status),
        state.attempts,
        ended,
    )
}

#[tokio::test]
async fn mail_is_due_once_a_lease_and_never_again_when_sent() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let due = fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].id, due[0].case), (outcome.mail, outcome.case));
    assert_eq!(due[0].attempt, 1);
    assert!(due[0].age < 60.0);
    assert!(
        fixture
            .store
            .due_mail(10, LEASE, &[])
            .await
            .unwrap()
            .is_empty()
    );
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert_eq!(
        fixture.store.due_mail(10, LEASE, &[]).await.unwrap()[0].attempt,
        2
    );
    fixture.store.sent(outcome.mail, &[7; 16]).await.unwrap();
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert!(
        fixture
            .store
            .due_mail(10, LEASE, &[])
            .await
            .unwrap()
            .is_empty()
    );
    // A slower sender that put it off, or gave it up, comes too late.
    fixture
        .store
        .put_off((outcome.mail, 2), "451", Duration::ZERO)
        .await
        .unwrap();
    fixture
        .store
        .failed((outcome.mail, 2), "550", None)
        .await
        .unwrap();
    assert_eq!(state(&fixture, &outcome).await, ("sent", "250", 2, true));
    assert_eq!(fixture.store.outbox_depth().await.unwrap(), (0, 0.0));
}

#[tokio::test]
async fn mail_that_is_put_off_returns_after_its_pause() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    fixture
        .store
        .put_off((outcome.mail, 1), "451", Duration::from_secs(60))
        .await
        .unwrap();
    assert!(
        fixture
            .store
            .due_mail(10, LEASE, &[])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(fixture.store.outbox_depth().await.unwrap().0, 1);
    fixture
        .store
        .put_off((outcome.mail, 1), "451", Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(
        fixture.store.due_mail(10, LEASE, &[]).await.unwrap().len(),
        1
    );
    assert_eq!(state(&fixture, &outcome).await, ("queued", "451", 2, false));
    fixture
        .store
        .failed((outcome.mail, 2), "550", None)
        .await
        .unwrap();
    fixture.run("UPDATE outbox SET due_at = now()").await;
    assert!(
        fixture
            .store
            .due_mail(10, LEASE, &[])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(state(&fixture, &outcome).await, ("failed", "550", 2, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_senders_never_hold_the_same_mail() {
    let fixture = Fixture::migrated().await;
    for number in 0..60 {
        let mut outcome = fixture.outcome(&format!("n{number}"));
        outcome.serial = number;
        fixture.file(&outcome).await;
    }
    // First with a lease that lasts, then with one that lapses at once: then a mail is claimed again and again, each time as
    // another attempt.
    for (lease, turns) in [(LEASE, 40), (Duration::ZERO, 100)] {
        let senders = [store(&fixture.cluster.url()), store(&fixture.cluster.url())].map(|store| {
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..turns {
                    let due = store.due_mail(3, lease, &[]).await.unwrap();
                    mine.extend(due.iter().map(DueMail::claim));
                }
                mine
            })
        });
        let mut all = Vec::new();
        for sender in senders {
            all.extend(sender.await.unwrap());
        }
        let claims = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), claims, "two senders hold one claim");
        if lease == LEASE {
            all.dedup_by_key(|claim| claim.0);
            assert_eq!((claims, all.len()), (60, 60));
            fixture.run("UPDATE outbox SET due_at = now()").await;
        } else {
            assert!(claims > 60, "{claims}");
        }
    }
}

#[tokio::test]
async fn who_comes_too_late_takes_nothing_from_the_next_sender() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let store = &fixture.store;
    let first = store.due_mail(10, Duration::ZERO, &[]).await.unwrap();
    let second = store.due_mail(10, LEASE, &[]).await.unwrap();
    let (late, current) = (first[0].claim(), second[0].claim());
    assert_eq!((late.0, late.1, current.1), (current.0, 1, 2));
    store.put_off(late, "451", Duration::ZERO).await.unwrap();
    store.postpone(late, "451", Duration::ZERO).await.unwrap();
    store.failed(late, "550", Some(&[7; 16])).await.unwrap();
    assert!(store.due_mail(10, LEASE, &[]).await.unwrap().is_empty());
    assert_eq!(store.undeliverable(&[7; 16]).await.unwrap(), None);
    let untouched =
        "SELECT count(*) FROM outbox WHERE state = 'queued' AND status = '' AND attempts = 2";
    assert_eq!(fixture.number(untouched).await, 1);
    store
        .put_off(current, "resting", Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(
        state(&fixture, &outcome).await,
        ("queued", "resting", 2, false)
    );
    // What is in hand is not claimed once more, although its lease is over.
    let again = store.due_mail(10, LEASE, &[outcome.mail]).await.unwrap();
    assert!(again.is_empty());
    assert_eq!(store.due_mail(10, LEASE, &[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_claim_is_held_as_long_as_it_is_ours() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let due = fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    let attempt = due[0].attempt;
    let hour = Duration::from_secs(3600);
    let (mails, attempts) = ([outcome.mail], [attempt]);
    let held = fixture.store.hold_mail(&mails, &attempts, hour).await;
    assert_eq!(held.unwrap(), mails);
    let far =
        "SELECT count(*) FROM outbox WHERE due_at > now() + interval '50 min' AND attempts = 1";
    assert_eq!(fixture.number(far).await, 1);
    // Another sender has it: the first one's claim is gone.
    fixture.run("UPDATE outbox SET due_at = now()").await;
    fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    let held = fixture.store.hold_mail(&mails, &attempts, hour).await;
    assert!(held.unwrap().is_empty());
}

#[tokio::test]
async fn mail_whose_destination_rests_keeps_its_attempts() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    for _ in 0..5 {
        assert_eq!(
            fixture.store.due_mail(10, LEASE, &[]).await.unwrap().len(),
            1
        );
        fixture
            .store
            .postpone((outcome.mail, 1), "resting", Duration::ZERO)
            .await
            .unwrap();
    }
    assert_eq!(
        state(&fixture, &outcome).await,
        ("queued", "resting", 0, false)
    );
}

#[tokio::test]
async fn a_contact_that_mail_cannot_reach_is_known_until_it_is_cleared() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let contact = [7; 16];
    assert_eq!(fixture.store.undeliverable(&contact).await.unwrap(), None);
    for status in ["550 5.1.1", "550 5.7.1"] {
        fixture
            .store
            .failed((outcome.mail, 0), status, Some(&contact))
            .await
            .unwrap();
    }
    let (since, status) = fixture
        .store
        .undeliverable(&contact)
        .await
        .unwrap()
        .unwrap();
    assert!(since.ends_with('Z'), "{since}");
    assert_eq!(status, "550 5.1.1", "a mail fails once");
    let lately = undeliverable(&fixture, &contact).await;
    assert_eq!(lately, Some(false));
    let noted = fixture.store.mark_undeliverable(&contact, "5.2.2").await;
    noted.unwrap();
    let status = fixture.store.undeliverable(&contact).await.unwrap();
    assert_eq!(status.unwrap().1, "5.2.2", "what a notice says counts, too");
    fixture
        .run("UPDATE undeliverable SET since = since - interval '25 hours'")
        .await;
    assert_eq!(undeliverable(&fixture, &contact).await, Some(true));
    assert!(fixture.store.reachable(&contact).await.unwrap());
    assert_eq!(undeliverable(&fixture, &contact).await, None);
    assert!(!fixture.store.reachable(&contact).await.unwrap());
    assert_eq!(fixture.store.undeliverable(&contact).await.unwrap(), None);
}

/// What the worker is told of a contact.
async fn undeliverable(fixture: &Fixture, contact: &[u8; 16]) -> Option<bool> {
    let digests = Digests {
        content: b"content",
        suppressed: b"kept without",
        address: contact,
        domain: b"domain",
        ..Digests::default()
    };
    let facts = fixture.store.facts(&digests, false).await.unwrap();
    facts.undeliverable
}

#[tokio::test]
async fn a_contact_that_takes_mail_again_is_marked_no_more() {
    let fixture = Fixture::migrated().await;
    let (first, mut second) = (fixture.outcome("a"), fixture.outcome("b"));
    second.serial = 2;
    fixture.file(&first).await;
    fixture.file(&second).await;
    let contact = [7; 16];
    fixture
        .store
        .failed((first.mail, 0), "550", Some(&contact))
        .await
        .unwrap();
    fixture.store.sent(second.mail, &[8; 16]).await.unwrap();
    assert_eq!(undeliverable(&fixture, &contact).await, Some(false));
    // Marked sent twice: the second time it is nobody's success.
    fixture.store.sent(second.mail, &contact).await.unwrap();
    assert_eq!(undeliverable(&fixture, &contact).await, Some(false));
    let mut third = fixture.outcome("c");
    third.serial = 3;
    fixture.file(&third).await;
    fixture.store.sent(third.mail, &contact).await.unwrap();
    assert_eq!(undeliverable(&fixture, &contact).await, None);
}

#[tokio::test]
async fn a_mail_of_ours_is_known_by_its_id_with_its_recipient() {
    let fixture = Fixture::migrated().await;
    let (mut first, mut second) = (fixture.outcome("a"), fixture.outcome("b"));
    first.addressed = b"id and noc".to_vec();
    second.serial = 2;
    fixture.file(&first).await;
    fixture.file(&second).await;
    let asked = [
        b"".to_vec(),
        b"id and noc".to_vec(),
        b"id and desk".to_vec(),
    ];
    let found = fixture.store.addressed(&asked).await.unwrap();
    assert_eq!(found, [(first.case, b"id and noc".to_vec())]);
    // Sent or given up, it was sent by us.
    fixture.store.sent(first.mail, &[8; 16]).await.unwrap();
    assert_eq!(fixture.store.addressed(&asked).await.unwrap(), found);
    assert!(fixture.store.addressed(&[]).await.unwrap().is_empty());
}
