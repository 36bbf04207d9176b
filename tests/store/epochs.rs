//! Which key of a month counts, for all machines; and months of which nothing is left but mail of ours.

use pillarbox::epochs::{self, EpochFault};
use pillarbox::erasure::By;
use pillarbox::retention::{self, Plan};
use pillarbox::sealing;
use pillarbox::sender::Letter;
use pillarbox::store::{ReportMail, ReportState};
use uuid::Uuid;
use vault::{Epoch, EpochKeyName, KeyRing, VaultError};

use crate::fixture::{Fixture, TEAM};

const BY: By<'static> = By {
    team: TEAM,
    actor: "tester",
    reason: "age",
};

/// A machine with the same ring and a folder of months of its own.
fn machine(ring: &KeyRing) -> (KeyRing, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let text = ring.to_text();
    let mut ring = KeyRing::from_text(secrecy::ExposeSecret::expose_secret(&text)).unwrap();
    ring.begin_epochs_in(folder.path()).unwrap();
    (ring, folder)
}

#[tokio::test]
async fn of_two_machines_that_begin_a_month_at_once_one_makes_its_key() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    for round in 1..=12 {
        let epoch = Epoch::of_month(2026, round).unwrap();
        let machines = [machine(&fixture.ring), machine(&fixture.ring)];
        let [one, two] = [&machines[0].0, &machines[1].0];
        let (first, second) = tokio::join!(
            epochs::ready(store, one, TEAM, epoch),
            epochs::ready(store, two, TEAM, epoch)
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let name = EpochKeyName {
            epoch,
            generation: 1,
        };
        let (winner, loser, said) = match first {
            Ok(()) => (one, two, second),
            Err(_) => (two, one, first),
        };
        let Err(EpochFault::Vault(said)) = said else {
            panic!("{said:?}");
        };
        assert_eq!(said, VaultError::MissingEpoch(name));
        let case = Uuid::now_v7();
        let key = winner.new_case_key(epoch).unwrap();
        let aad = sealing::case_aad(TEAM, case);
        winner.wrap(&key, &aad).unwrap();
        assert_eq!(
            loser.wrap(&key, &aad).unwrap_err(),
            VaultError::MissingEpoch(name)
        );
        let found = epochs::compare(store, loser, TEAM).await.unwrap();
        assert!(found.missing.contains(&name));
        let found = epochs::compare(store, winner, TEAM).await.unwrap();
        assert!(!found.missing.contains(&name) && found.other.is_empty());
        // Again, and a further key of it: the winner's as well.
        epochs::ready(store, winner, TEAM, epoch).await.unwrap();
        let renewed = epochs::renew(store, winner, TEAM, epoch).await.unwrap();
        assert_eq!(renewed.generation, 2);
        assert!(epochs::renew(store, loser, TEAM, epoch).await.is_err());
    }
    assert_eq!(fixture.number("SELECT count(*) FROM epoch_key").await, 24);
    let (other, _folder) = machine(&fixture.ring);
    let january = Epoch::of_month(2026, 1).unwrap();
    epochs::ready(store, &other, "Other", january)
        .await
        .unwrap();
}

/// A kill after the database has named the key, and before it is taken into use: what was offered is the key.
#[tokio::test]
async fn a_key_that_was_named_before_a_kill_is_taken_after_it() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let epoch = Epoch::of_month(2026, 3).unwrap();
    let (ring, folder) = machine(&fixture.ring);
    for generation in 1..=2 {
        let name = EpochKeyName { epoch, generation };
        let offer = ring.offer_epoch(name).unwrap();
        let numbers = (i32::from(epoch.number()), i32::from(generation));
        store.name_epoch(TEAM, numbers, &offer).await.unwrap();
        let mut restarted = ring.clone();
        restarted.keep_epochs_in(folder.path());
        if generation == 1 {
            epochs::ready(store, &restarted, TEAM, epoch).await.unwrap();
        } else {
            let next = epochs::renew(store, &restarted, TEAM, epoch).await.unwrap();
            assert_eq!(next.generation, 3);
        }
        assert_eq!(restarted.commitment(name), Ok(offer));
        assert_eq!(restarted.offered_epochs(), Ok(vec![]));
    }
}

#[tokio::test]
async fn a_month_erased_elsewhere_is_told_where_its_key_still_is() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let epoch: Epoch = "2024-05".parse().unwrap();
    let number = i32::from(epoch.number());
    let (one, folder) = machine(&fixture.ring);
    epochs::ready(store, &one, TEAM, epoch).await.unwrap();
    let begun = store.begin_shred_month(Uuid::now_v7(), TEAM, number, ("tester", "age"));
    begun.await.unwrap();
    let found = epochs::compare(store, &one, TEAM).await.unwrap();
    assert_eq!(
        (found.half_erased, found.erased_elsewhere),
        (vec![epoch], vec![])
    );
    store.end_shred_month(number).await.unwrap();
    let found = epochs::compare(store, &one, TEAM).await.unwrap();
    assert!(found.findings()[0].contains("still here"), "{found:?}");
    assert_eq!(
        (found.half_erased, found.erased_elsewhere),
        (vec![], vec![epoch])
    );
    one.erase_epoch(epoch).unwrap();
    let found = epochs::compare(store, &one, TEAM).await.unwrap();
    assert!(found.findings().is_empty(), "{found:?}");
    drop(folder);
}

/// A report about TLS to a peer, as if it had been made in this month.
async fn report(fixture: &Fixture, epoch: Epoch, day: &'static str) -> Uuid {
    let store = &fixture.store;
    let peer = pillarbox::transport::seal_peer(&fixture.ring, TEAM, "partner.example").unwrap();
    store.add_counts(&[&peer], &[]).await.unwrap();
    store.claim_report(day, peer.id).await.unwrap();
    let id = Uuid::now_v7();
    let key = fixture.ring.new_case_key(epoch).unwrap();
    let wrapped = fixture
        .ring
        .wrap(&key, &sealing::case_aad(TEAM, id))
        .unwrap();
    let message = key.seal(&Letter::aad(TEAM, id, id), b"x").unwrap();
    let mail = ReportMail {
        id,
        wrapped: &wrapped,
        message: &message,
    };
    let done = store.report_done(day, peer.id, ReportState::Sent, Some(&mail));
    done.await.unwrap();
    id
}

#[tokio::test]
async fn reports_about_tls_keep_no_month_alive() {
    let fixture = Fixture::migrated().await;
    let epoch: Epoch = "2024-05".parse().unwrap();
    report(&fixture, epoch, "2024-05-03").await;
    let run = async || {
        let plan = Plan::default();
        retention::run(&fixture.store, &fixture.ring, &plan, BY)
            .await
            .unwrap()
    };
    assert_eq!(run().await.months, [], "it waits to leave");
    fixture
        .run("UPDATE outbox SET state = 'sent', ended_at = now() - interval '3 days'")
        .await;
    assert_eq!(run().await.months, [], "it has just left");
    fixture
        .run("UPDATE outbox SET ended_at = now() - interval '31 days'")
        .await;
    assert_eq!(run().await.months, [epoch]);
    assert!(fixture.ring.is_erased(epoch).unwrap());
    assert_eq!(fixture.number("SELECT count(*) FROM outbox").await, 0);
    let log = fixture.store.shred_log(TEAM, None, 10).await.unwrap();
    let what: Vec<&str> = log.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(what, ["month", "mail"]);
    assert!(log.iter().all(|line| line.is_ended));
    assert_eq!(run().await.months, [], "once");
}
