//! Replays, flags, and later verdicts.

use pillarbox::store::{Digests, Flag, NewLayer, NewSigner, StoreFault, StoredVerdict};
use uuid::Uuid;
use vault::Sealed;

use crate::fixture::{Fixture, Outcome};

const REPLAYED: &str = "ciphertext-replayed";

fn layer(digest: &str, sender: &str) -> NewLayer {
    NewLayer {
        digest: digest.as_bytes().to_vec(),
        sender: sender.as_bytes().to_vec(),
        flag: REPLAYED,
        own: false,
    }
}

/// An outcome with ciphertexts, filed as ticket number `serial`.
async fn filed(fixture: &Fixture, serial: i64, layers: Vec<NewLayer>) -> Outcome {
    let outcome = Outcome {
        serial,
        layers,
        ..fixture.outcome(&format!("n{serial}"))
    };
    fixture.file(&outcome).await;
    outcome
}

#[tokio::test]
async fn ciphertext_on_another_ticket_is_flagged_and_points_at_the_first() {
    let fixture = Fixture::migrated().await;
    let first = filed(&fixture, 1, vec![layer("c1", "a"), layer("c2", "a")]).await;
    assert!(fixture.store.flags(first.case).await.unwrap().is_empty());
    let second = filed(&fixture, 2, vec![layer("c2", "a"), layer("c3", "a")]).await;
    let third = filed(&fixture, 3, vec![layer("c3", "b")]).await;
    let flag = |entry: &Outcome, serial, other: &Outcome, other_serial| Flag {
        entry: entry.entry,
        flag: REPLAYED.into(),
        other: other.entry,
        serial: Some(serial),
        other_serial: Some(other_serial),
    };
    let second_of_first = flag(&second, 2, &first, 1);
    let third_of_second = flag(&third, 3, &second, 2);
    let flags = async |outcome: &Outcome| fixture.store.flags(outcome.case).await.unwrap();
    assert_eq!(flags(&first).await, std::slice::from_ref(&second_of_first));
    assert_eq!(
        flags(&second).await,
        [second_of_first, third_of_second.clone()]
    );
    assert_eq!(flags(&third).await, [third_of_second]);
}

/// Who sent a signature, and whether he is proved, as the caller's digest says; in the signer's own name or in another's.
fn used(fixture: &Fixture, serial: i64, sender: &str, own: bool) -> Outcome {
    Outcome {
        serial,
        layers: vec![NewLayer {
            own,
            ..layer("signature", sender)
        }],
        ..fixture.outcome(&format!("n{serial}"))
    }
}

/// Whether a signature is used up for mail of this sender.
async fn seen(fixture: &Fixture, sender: &str, proved: bool) -> bool {
    let digests = Digests {
        signatures: &[b"signature".to_vec()],
        signed_by: &[sender.as_bytes().to_vec()],
        proved,
        ..Digests::default()
    };
    fixture
        .store
        .facts(&digests, false)
        .await
        .unwrap()
        .signature_seen
}

#[tokio::test]
async fn a_signature_that_a_stranger_sent_first_is_not_used_up_by_that() {
    let fixture = Fixture::migrated().await;
    assert!(!seen(&fixture, "noc proved", true).await);
    // In his own name, proved or not.
    fixture.file(&used(&fixture, 1, "stranger", false)).await;
    fixture
        .file(&used(&fixture, 2, "stranger proved", false))
        .await;
    assert!(!seen(&fixture, "noc", false).await);
    assert!(!seen(&fixture, "noc proved", true).await);
    assert!(seen(&fixture, "stranger proved", true).await);
    // In the signer's, unproved: all that can be known of unproved mail.
    fixture.file(&used(&fixture, 3, "noc", true)).await;
    assert!(seen(&fixture, "noc", false).await);
    assert!(!seen(&fixture, "noc proved", true).await);
    fixture.file(&used(&fixture, 4, "noc proved", true)).await;
    assert!(seen(&fixture, "noc proved", true).await);
}

#[tokio::test]
async fn what_was_suppressed_uses_a_signature_up_as_well() {
    let fixture = Fixture::migrated().await;
    let suppressed = used(&fixture, 1, "noc proved", true);
    let inbox = fixture.held().await;
    suppressed
        .commit(&fixture.store, inbox, None, None, 1)
        .await
        .unwrap();
    assert!(seen(&fixture, "noc proved", true).await);
    assert!(seen(&fixture, "noc", false).await);
}

#[tokio::test]
async fn on_its_own_ticket_ciphertext_is_flagged_when_the_sender_is_another() {
    for (sender, flagged) in [("a", 0), ("b", 1)] {
        let fixture = Fixture::migrated().await;
        let first = filed(&fixture, 1, vec![layer("c1", "a")]).await;
        let mut joins = fixture.outcome("again");
        joins.layers = vec![layer("c1", sender)];
        let inbox = fixture.held().await;
        let store = &fixture.store;
        joins
            .commit(store, inbox, None, Some(first.case), 2)
            .await
            .unwrap();
        assert_eq!(store.flags(first.case).await.unwrap().len(), flagged);
    }
}

#[tokio::test]
async fn an_entry_is_flagged_once_and_what_is_no_entry_is_not() {
    let fixture = Fixture::migrated().await;
    let outcome = filed(&fixture, 1, Vec::new()).await;
    let certificate = Uuid::now_v7();
    for entry in [outcome.entry, outcome.entry, Uuid::now_v7()] {
        fixture
            .store
            .flag(entry, "key-conflict", certificate)
            .await
            .unwrap();
    }
    let flags = fixture.store.flags(outcome.case).await.unwrap();
    assert_eq!(flags.len(), 1);
    assert_eq!((flags[0].other, flags[0].other_serial), (certificate, None));
}

#[tokio::test]
async fn later_verdicts_are_added_and_never_changed() {
    let fixture = Fixture::migrated().await;
    let outcome = filed(&fixture, 1, Vec::new()).await;
    let verdict = |number: i32| StoredVerdict {
        entry: outcome.entry,
        number,
        detail: Sealed::from_bytes(number.to_string().into_bytes()),
    };
    let add = async |number: i32| {
        let (link, case) = (fixture.link(outcome.case).await, outcome.case);
        let (verdict, key) = (verdict(number), &outcome.wrapped);
        let line = link.line();
        fixture.store.add_verdict(&verdict, key, case, &line).await
    };
    let before = lines(&fixture, outcome.case).await;
    for number in [1, 2] {
        add(number).await.unwrap();
    }
    let again = add(2).await;
    assert!(matches!(again, Err(StoreFault::Conflict)));
    let stored = fixture.store.verdicts(&[outcome.entry]).await.unwrap();
    let numbers: Vec<i32> = stored.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(lines(&fixture, outcome.case).await, before + 2);
}

/// How many lines the chain of a case has.
async fn lines(fixture: &Fixture, case: Uuid) -> usize {
    fixture.store.audit_rows(&[case]).await.unwrap().len()
}

#[tokio::test]
async fn what_somebody_signed_is_found_month_by_month() {
    let fixture = Fixture::migrated().await;
    let signer = |month: &str, index| NewSigner {
        month: month.into(),
        index,
    };
    let mut entries = Vec::new();
    for (number, month, index) in [
        (1, "2026-10-01", 7),
        (2, "2026-11-01", 9),
        (3, "2026-11-01", 7),
    ] {
        let mut outcome = fixture.outcome(&format!("s{number}"));
        outcome.serial = number;
        outcome.signers = vec![signer(month, index), signer(month, index)];
        fixture.file(&outcome).await;
        entries.push(outcome.entry);
    }
    let months = fixture.store.signed_months().await.unwrap();
    assert_eq!(months, ["2026-10-01", "2026-11-01"]);
    let found = async |indexes: &[i32], after: Uuid, most: i64| {
        let found = fixture
            .store
            .signed_entries(&months, indexes, after, most)
            .await;
        let found = found.unwrap().into_iter().map(|entry| entry.id);
        found.collect::<Vec<_>>()
    };
    assert_eq!(found(&[7, 9], Uuid::nil(), 10).await, entries[..2]);
    assert_eq!(found(&[7, 9], entries[0], 10).await, entries[1..2]);
    assert_eq!(found(&[7, 7], Uuid::nil(), 1).await, entries[..1]);
    assert!(found(&[8, 8], Uuid::nil(), 10).await.is_empty());
}
