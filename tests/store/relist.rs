//! Migration 0032: what was corrected before is listed anew, once; and names that differ in case alone are one.

use std::time::Duration;

use pillarbox::store::StoreFault;
use uuid::Uuid;
use vault::Sealed;

use crate::console::account;
use crate::fixture::{Fixture, TEAM};

const MIGRATION: &str = include_str!("../../migrations/0032_relist.sql");
/// As before that migration.
const BEFORE: &str = "DROP TABLE relist; ALTER TABLE console_account DROP COLUMN twin";

/// An account, made by somebody else's program.
const ALICE: &str =
    "WITH key AS (INSERT INTO case_key (id, wrapped) VALUES (gen_random_uuid(), decode(repeat('00', 80), 'hex')) RETURNING id)
     INSERT INTO console_account (id, team, name, role, password, totp) SELECT id, 'CSIRT', 'Alice', 'reader', '', '' FROM key";

#[tokio::test]
async fn tickets_with_corrections_are_listed_anew_once() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let (one, two) = (fixture.outcome("a"), fixture.outcome("b"));
    for (serial, mut outcome) in [(1, one), (2, two)] {
        outcome.serial = serial;
        fixture.file(&outcome).await;
    }
    fixture
        .run(
            "INSERT INTO ticket_event (id, ticket, action, detail)
             SELECT gen_random_uuid(), id, action, '' FROM ticket, unnest(ARRAY['corrected', 'corrected', 'noted']) AS a (action) WHERE serial = 1",
        )
        .await;
    fixture.run(BEFORE).await;
    fixture.run(MIGRATION).await;
    let named = store.to_relist(TEAM, Uuid::nil(), 10).await.unwrap();
    assert_eq!(
        named,
        fixture.ids("SELECT id FROM ticket WHERE serial = 1").await
    );
    assert!(
        store
            .to_relist(TEAM, named[0], 10)
            .await
            .unwrap()
            .is_empty()
    );
    let other = store.to_relist("Another", Uuid::nil(), 10).await.unwrap();
    assert!(other.is_empty(), "of another name of the team");
    // What is shown by now is not written over.
    let entry = fixture
        .ids("SELECT id FROM entry WHERE ticket = (SELECT id FROM ticket WHERE serial = 1)")
        .await[0];
    fixture.run("UPDATE entry SET summary = 'old'").await;
    let sealed = |text: &str| Sealed::from_bytes(text.into());
    let (old, new) = (sealed("old"), sealed("new"));
    assert!(!store.relist(entry, (&new, &old)).await.unwrap());
    assert!(store.relist(entry, (&old, &new)).await.unwrap());
    let written = "SELECT count(*) FROM entry WHERE summary = 'new'";
    assert_eq!(fixture.number(written).await, 1);
    store.relisted(named[0]).await.unwrap();
    assert!(
        store
            .to_relist(TEAM, Uuid::nil(), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn of_two_names_that_are_made_in_the_same_instant_one_stands() {
    let fixture = Fixture::migrated().await;
    let mut other = fixture.connection().await;
    sqlx::raw_sql("BEGIN").execute(&mut other).await.unwrap();
    sqlx::raw_sql(ALICE).execute(&mut other).await.unwrap();
    let (store, account) = (fixture.store.clone(), account(&fixture, "alice"));
    let adding = tokio::spawn(async move { store.add_console_account(TEAM, &account).await });
    // It waits for the other, which nobody but the index sees.
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    tokio::time::timeout(Duration::from_secs(20), async {
        while fixture.number(waits).await == 0 && !adding.is_finished() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    let added = adding.await.unwrap();
    assert!(matches!(added, Err(StoreFault::Conflict)), "{added:?}");
    let names = "SELECT count(*) FROM console_account";
    assert_eq!(fixture.number(names).await, 1);
    let keys = "SELECT count(*) FROM case_key";
    assert_eq!(fixture.number(keys).await, 1, "no key is left behind");
}

#[tokio::test]
async fn two_names_that_stand_already_go_on_and_no_third_comes() {
    let fixture = Fixture::migrated().await;
    fixture.run(BEFORE).await;
    fixture.run(ALICE).await;
    fixture
        .run(
            "WITH key AS (INSERT INTO case_key (id, wrapped) VALUES (gen_random_uuid(), decode(repeat('00', 80), 'hex')) RETURNING id)
             INSERT INTO console_account (id, team, name, role, password, totp) SELECT id, 'CSIRT', 'alice', 'reader', '', '' FROM key",
        )
        .await;
    fixture.run(MIGRATION).await;
    let twins = "SELECT count(*) FROM console_account WHERE twin";
    assert_eq!(fixture.number(twins).await, 1);
    let third = account(&fixture, "ALICE");
    let third = fixture.store.add_console_account(TEAM, &third).await;
    assert!(matches!(third, Err(StoreFault::Conflict)), "{third:?}");
}
