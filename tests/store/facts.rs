//! What `decide` is told.

use pillarbox::store::{Digests, NewLayer};

use crate::fixture::{Fixture, TEAM};

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

fn digests<'a>(content: &'a str, address: &'a str, foreign: &'a [Vec<u8>]) -> Digests<'a> {
    Digests {
        content: content.as_bytes(),
        address: address.as_bytes(),
        domain: b"domain",
        foreign,
        suppressed: b"kept without",
        ..Digests::default()
    }
}

#[tokio::test]
async fn nothing_is_known_of_the_first_message() {
    let fixture = Fixture::migrated().await;
    let facts = fixture
        .store
        .facts(&digests("a", "address", &[b"foreign".to_vec()]), false)
        .await
        .unwrap();
    assert_eq!((facts.seen, facts.number), (None, None));
    assert!(facts.foreign.is_empty());
    assert_eq!(facts.answered.hour, 0);
    let tickets = fixture.store.tickets(TEAM, &[1], &[]).await.unwrap();
    assert!(tickets.is_empty());
}

#[tokio::test]
async fn content_foreign_references_and_tickets_are_found() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let foreign = [b"other".to_vec(), b"foreign".to_vec()];
    let facts = fixture
        .store
        .facts(&digests("a", "address", &foreign), true)
        .await
        .unwrap();
    assert_eq!(facts.seen, Some(outcome.entry));
    assert_eq!(facts.foreign, [outcome.case]);
    let next = fixture.store.next_number().await.unwrap();
    assert_eq!(facts.number, Some(next - 1), "numbers are not given twice");
    for (serials, ids) in [(&[1_i64][..], &[][..]), (&[], &[outcome.case])] {
        let tickets = fixture.store.tickets(TEAM, serials, ids).await.unwrap();
        assert_eq!(tickets.len(), 1);
        assert_eq!(tickets[0].id, outcome.case);
        assert_eq!(tickets[0].state, "new");
        let named = fixture.store.named_tickets(TEAM, serials, ids, DAY);
        let named = named.await.unwrap();
        assert_eq!(named[0].parties, [(outcome.case, b"party".to_vec())]);
    }
    let other_team = fixture.store.tickets("Other", &[1], &[outcome.case]).await;
    assert!(other_team.unwrap().is_empty());
}

#[tokio::test]
async fn answers_are_counted_by_address_domain_and_hour_and_forgotten_after_a_day() {
    let fixture = Fixture::migrated().await;
    fixture
        .run(
            "INSERT INTO acknowledged (at, address, domain) VALUES
                (now(), 'address', 'domain'), (now() - interval '59 minutes', 'other', 'domain'),
                (now() - interval '61 minutes', 'address', 'domain'), (now() - interval '23 hours', 'address', 'elsewhere'),
                (now() - interval '25 hours', 'address', 'domain')",
        )
        .await;
    for _ in 0..2 {
        let digests = digests("a", "address", &[]);
        let facts = fixture.store.facts(&digests, false).await;
        let answered = facts.unwrap().answered;
        assert_eq!(answered.address_hour, 1);
        assert_eq!(answered.address_day, 3);
        assert_eq!(answered.domain_day, 3);
        assert_eq!(answered.hour, 2);
        fixture.store.forget_answers().await.unwrap();
    }
    assert_eq!(fixture.number("SELECT count(*) FROM acknowledged").await, 4);
}

#[tokio::test]
async fn a_copy_without_proof_is_counted_on_the_proved_one_and_a_proved_one_knows_the_first() {
    let fixture = Fixture::migrated().await;
    let facts = async |content: &'static [u8], unproved: Option<&'static [u8]>| {
        let digests = Digests {
            content,
            unproved,
            ..Digests::default()
        };
        let facts = fixture.store.facts(&digests, false).await.unwrap();
        (facts.seen, facts.unproved)
    };
    let first = fixture.outcome("plain");
    fixture.file(&first).await;
    assert_eq!(
        facts(b"proved", Some(b"plain")).await,
        (None, Some(first.entry))
    );
    let filed = fixture.store.filed_as(first.entry).await.unwrap();
    assert_eq!(filed, Some((Some(first.case), "signed".to_owned())));
    assert_eq!(fixture.store.filed_as(first.case).await.unwrap(), None);
    let mut better = fixture.outcome("proved");
    (better.serial, better.unproved) = (2, Some(b"plain".to_vec()));
    fixture.file(&better).await;
    assert_eq!(facts(b"plain", None).await, (Some(first.entry), None));
    assert_eq!(
        facts(b"proved", Some(b"plain")).await,
        (Some(better.entry), Some(first.entry))
    );
    // Proved from the first: every copy is counted on it.
    let mut proved = fixture.outcome("proved 2");
    (proved.serial, proved.unproved) = (3, Some(b"plain 2".to_vec()));
    fixture.file(&proved).await;
    assert_eq!(facts(b"plain 2", None).await, (Some(proved.entry), None));
}

#[tokio::test]
async fn a_ticket_is_found_by_the_messages_on_it() {
    let fixture = Fixture::migrated().await;
    let mut outcome = fixture.outcome("a");
    outcome.layers = vec![NewLayer {
        digest: b"id".to_vec(),
        sender: b"entry".to_vec(),
        flag: "same-message-id",
        own: false,
    }];
    fixture.file(&outcome).await;
    let digests = [b"other".to_vec(), b"id".to_vec()];
    let found = fixture.store.tickets_with(&digests).await.unwrap();
    assert_eq!(found, [outcome.case]);
    let found = fixture.store.tickets_with(&digests[..1]).await.unwrap();
    assert!(found.is_empty());
}
