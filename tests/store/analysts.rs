//! Messages that analysts alone can open, as the database keeps them: a case each, letters that are emptied, keys sealed anew.

use pillarbox::erasure::{self, By};
use pillarbox::sealing;
use pillarbox::store::{Committed, QueueFilter};
use uuid::Uuid;
use vault::WrappedKey;

use crate::fixture::{Fixture, LEASE, Outcome, TEAM};

/// An outcome whose message is sealed to analysts.
fn closed(fixture: &Fixture, digest: &str) -> Outcome {
    let mut outcome = fixture.outcome(digest);
    outcome.own = Some(outcome.wrapped.to_analysts(b"an OpenPGP message"));
    outcome
}

/// A ticket with two messages that have cases of their own.
async fn ticket(fixture: &Fixture) -> (Outcome, Outcome) {
    let (first, second) = (closed(fixture, "a"), closed(fixture, "b"));
    fixture.file(&first).await;
    let inbox = fixture.held().await;
    let joined = second.join(&fixture.store, inbox, first.case, &first.wrapped, 2);
    assert_eq!(joined.await.unwrap(), Committed::Filed);
    (first, second)
}

#[tokio::test]
async fn a_message_has_a_case_of_its_own_and_its_ticket_another() {
    let fixture = Fixture::migrated().await;
    let (first, second) = ticket(&fixture).await;
    let entries = fixture.store.entries(first.case).await.unwrap();
    let cases: Vec<Uuid> = entries.iter().map(|entry| entry.case).collect();
    assert_eq!(cases, [first.entry, second.entry]);
    for entry in &entries {
        assert!(entry.wrapped.message().is_some());
    }
    let filter = QueueFilter {
        limit: 10,
        ..QueueFilter::default()
    };
    let queue = fixture.store.queue(TEAM, &filter).await.unwrap();
    assert_eq!((queue.len(), queue[0].messages), (1, 2));
    assert_eq!(queue[0].first.case, first.entry);
    assert!(queue[0].first.wrapped.message().is_some());
    let known = fixture.store.tickets(TEAM, &[1], &[]).await.unwrap();
    assert!(known[0].wrapped.message().is_none(), "for letters");
    let on = fixture
        .store
        .tickets_of(&[second.entry, Uuid::nil()])
        .await
        .unwrap();
    assert_eq!(on, [(second.entry, first.case)]);
    let cases = fixture.store.cases(Uuid::nil(), 10).await.unwrap();
    assert!(!cases.contains(&first.entry), "looked at with its ticket");
    let rows = fixture.store.case_rows(first.case).await.unwrap();
    assert_eq!((rows.entries.len(), rows.observables.len()), (2, 2));
}

#[tokio::test]
async fn a_letter_is_emptied_when_it_was_sent_or_given_up() {
    let fixture = Fixture::migrated().await;
    let (first, second) = ticket(&fixture).await;
    let mut open = fixture.outcome("c");
    open.serial = 2;
    fixture.file(&open).await;
    let due = fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    assert!(due.iter().all(|mail| !mail.message.as_bytes().is_empty()));
    let store = &fixture.store;
    store.sent(first.mail, &[7; 16]).await.unwrap();
    store.failed((second.mail, 1), "550", None).await.unwrap();
    store.sent(open.mail, &[7; 16]).await.unwrap();
    let left = "SELECT count(*) FROM outbox WHERE message <> ''";
    assert_eq!(fixture.number(left).await, 1, "what the gateway may read");
    let rows = store.case_rows(first.case).await.unwrap();
    assert!(rows.mail.iter().all(|(_, message)| message.is_none()));
    fixture
        .run("UPDATE outbox SET state = 'queued' WHERE once")
        .await;
    let rows = store.case_rows(first.case).await.unwrap();
    assert!(
        rows.mail.iter().all(|(_, message)| message.is_some()),
        "that one is damaged"
    );
}

#[tokio::test]
async fn keys_are_sealed_anew_one_by_one_and_never_over_another() {
    let fixture = Fixture::migrated().await;
    let (first, second) = ticket(&fixture).await;
    let store = &fixture.store;
    let keys = store.sealed_keys(Uuid::nil(), 10).await.unwrap();
    let mut cases = vec![first.entry, second.entry];
    cases.sort();
    let found: Vec<Uuid> = keys.iter().map(|(case, _)| *case).collect();
    assert_eq!(found, cases, "and not the ticket's own");
    let rest = store.sealed_keys(cases[0], 10).await.unwrap();
    assert_eq!(rest.len(), 1);
    let (case, old) = &keys[0];
    let new = first.wrapped.to_analysts(b"another message");
    assert!(store.replace_key(*case, (old, &new)).await.unwrap());
    assert!(!store.replace_key(*case, (old, &new)).await.unwrap());
    let keys = store.sealed_keys(Uuid::nil(), 1).await.unwrap();
    assert_eq!(keys[0].1.message(), Some(&b"another message"[..]));
}

#[tokio::test]
async fn a_message_is_erased_with_its_ticket_and_not_alone() {
    let fixture = Fixture::migrated().await;
    let (first, _) = ticket(&fixture).await;
    let by = By {
        team: TEAM,
        actor: "tester",
        reason: "request",
    };
    let erase = async |case: Uuid| {
        erasure::erase_case(&fixture.store, &fixture.ring, case, by)
            .await
            .unwrap()
    };
    assert!(!erase(first.entry).await);
    let sizes = fixture.store.case_sizes(&[first.case]).await.unwrap();
    assert_eq!((sizes[0].entries, sizes[0].observables), (2, 2));
    fixture
        .run("UPDATE ticket SET state = 'resolved', changed_hour = now() - interval '9 years'")
        .await;
    let now = jiff::Timestamp::now();
    let aged = fixture
        .store
        .aged(TEAM, now, Uuid::nil(), 10)
        .await
        .unwrap();
    assert!(aged[0].has_closed, "nobody knows its label");
    assert!(erase(first.case).await);
    let left = "SELECT (SELECT count(*) FROM case_key) + (SELECT count(*) FROM entry) + (SELECT count(*) FROM observable)
        + (SELECT count(*) FROM outbox)";
    assert_eq!(fixture.number(left).await, 0);
}

#[test]
fn a_key_sealed_to_analysts_names_its_month_where_the_database_looks() {
    let ring = vault::KeyRing::generate().unwrap();
    let case = Uuid::now_v7();
    let key = ring.new_case_key(sealing::epoch_of(case)).unwrap();
    let wrapped = ring.wrap(&key, &sealing::case_aad(TEAM, case)).unwrap();
    let sealed = wrapped.to_analysts(b"message");
    let stored = WrappedKey::from_bytes(sealed.as_bytes().to_vec());
    assert_eq!(stored.as_bytes()[1..9], wrapped.as_bytes()[1..9]);
    assert_eq!(stored.as_bytes()[0], 3, "which `sealed_keys` asks for");
}
