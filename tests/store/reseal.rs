//! Sealing anew beside those who read and write at the same moment: nothing of theirs is lost, and nothing is sealed under a
//! key that goes.

use std::time::Duration;

use pillarbox::sealing;
use pillarbox::store::{StoreFault, StoredVerdict};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;
use vault::{Epoch, Sealed, WrappedKey};

use crate::fixture::{Fixture, LEASE, Outcome, TEAM};

/// The same key wrapped anew, as after a reseal.
fn rewrapped(fixture: &Fixture, outcome: &Outcome) -> WrappedKey {
    let aad = sealing::case_aad(TEAM, outcome.case);
    fixture.ring.rewrap(&outcome.wrapped, &aad).unwrap()
}

#[tokio::test]
async fn a_verdict_that_meets_a_reseal_is_a_conflict_and_not_lost() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let other = rewrapped(&fixture, &outcome);
    let work = fixture
        .store
        .take_case(outcome.case)
        .await
        .unwrap()
        .unwrap();
    let verdict = StoredVerdict {
        entry: outcome.entry,
        number: 1,
        detail: Sealed::from_bytes(b"verdict".to_vec()),
    };
    let link = fixture.link(outcome.case).await;
    let (store, case, line) = (&fixture.store, outcome.case, link.line());
    let mut adding = std::pin::pin!(store.add_verdict(&verdict, &outcome.wrapped, case, &line));
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut adding).await;
    assert!(waited.is_err(), "it did not wait");
    work.finish(&other).await.unwrap();
    let late = adding.await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
    let added = store.add_verdict(&verdict, &other, case, &line).await;
    added.unwrap();
    assert_eq!(fixture.number("SELECT count(*) FROM verdict").await, 1);
}

/// Mail of two cases is claimed by one statement; between the first row and the second, the second one's case is sealed anew.
#[tokio::test]
async fn mail_that_is_claimed_while_its_case_is_sealed_anew_opens() {
    let fixture = Fixture::migrated().await;
    let mut outcomes = [fixture.outcome("a"), fixture.outcome("b")];
    outcomes[1].serial = 2;
    for outcome in &outcomes {
        fixture.file(outcome).await;
    }
    let second = &outcomes[1];
    // The statement stops at the first row that it writes, and goes row by row.
    fixture
        .run(
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$;
             CREATE TRIGGER stop BEFORE UPDATE OF due_at ON outbox FOR EACH ROW EXECUTE FUNCTION stop();
             ALTER DATABASE pillarbox SET enable_hashjoin = off;
             ALTER DATABASE pillarbox SET enable_mergejoin = off;
             ALTER DATABASE pillarbox SET enable_material = off;
             UPDATE outbox SET due_at = created_at",
        )
        .await;
    let mut other = fixture.connection().await;
    let mut holding = other.begin().await.unwrap();
    sqlx::raw_sql("SELECT pg_advisory_xact_lock(42)")
        .execute(&mut *holding)
        .await
        .unwrap();
    let mut claiming = std::pin::pin!(fixture.store.due_mail(10, LEASE, &[]));
    let waited = tokio::time::timeout(Duration::from_millis(500), &mut claiming).await;
    assert!(waited.is_err(), "it did not stop");

    // As `keys reseal --deep` does it.
    let mut work = fixture.store.take_case(second.case).await.unwrap().unwrap();
    let new = fixture.ring.new_case_key(second.key.epoch()).unwrap();
    for place in work.places().await.unwrap() {
        let aad = sealing::place_aad(TEAM, second.case, &place);
        let opened = second.key.open(&aad, &work.read(&place).await.unwrap());
        let anew = new.seal(&aad, &opened.unwrap()).unwrap();
        work.write(&place, &anew).await.unwrap();
    }
    let aad = sealing::case_aad(TEAM, second.case);
    let wrapped = fixture.ring.wrap(&new, &aad).unwrap();
    work.finish(&wrapped).await.unwrap();
    holding.commit().await.unwrap();

    let due = claiming.await.unwrap();
    assert_eq!(due.len(), 2);
    for mail in &due {
        let key = sealing::case_key(&fixture.ring, TEAM, mail.case, &mail.wrapped).unwrap();
        let aad = pillarbox::sender::Letter::aad(TEAM, mail.case, mail.id);
        let opened = key.open(&aad, &mail.message).map(|letter| letter.to_vec());
        assert_eq!(
            opened.as_deref(),
            Ok(&b"acknowledgement"[..]),
            "{}",
            mail.id
        );
    }
    let again = fixture.store.due_mail(10, LEASE, &[]).await.unwrap();
    assert!(again.is_empty(), "claimed once");
}

/// A case of an epoch, wrapped by its newest key.
fn wrapped(fixture: &Fixture, epoch: Epoch) -> (Uuid, WrappedKey) {
    let case = Uuid::now_v7();
    let key = fixture.ring.new_case_key(epoch).unwrap();
    let aad = sealing::case_aad(TEAM, case);
    (case, fixture.ring.wrap(&key, &aad).unwrap())
}

async fn insert(
    connection: &mut PgConnection,
    (case, wrapped): &(Uuid, WrappedKey),
) -> Result<(), StoreFault> {
    sqlx::query("INSERT INTO case_key (id, wrapped) VALUES ($1, $2)")
        .bind(case)
        .bind(wrapped.as_bytes())
        .execute(connection)
        .await?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_written_under_a_generation_that_goes() {
    let fixture = Fixture::migrated().await;
    let epoch: Epoch = "2025-01".parse().unwrap();
    let mut connection = fixture.connection().await;
    let before = wrapped(&fixture, epoch);
    let late = wrapped(&fixture, epoch);
    insert(&mut connection, &before).await.unwrap();
    let name = fixture.ring.renew_epoch(epoch).unwrap();
    let number = i32::from(epoch.number());
    let mut reseal = fixture.store.reseal().await.unwrap().unwrap();
    reseal.raise(&[name], false).await.unwrap().unwrap();
    let refused = insert(&mut connection, &late).await;
    assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    insert(&mut connection, &wrapped(&fixture, epoch))
        .await
        .unwrap();
    let other: Epoch = "2025-02".parse().unwrap();
    insert(&mut connection, &wrapped(&fixture, other))
        .await
        .unwrap();
    // Nor is one that is there put back.
    let back = sqlx::query("UPDATE case_key SET wrapped = wrapped WHERE id = $1")
        .bind(before.0)
        .execute(&mut connection)
        .await;
    assert!(matches!(
        back.map_err(StoreFault::from),
        Err(StoreFault::Conflict)
    ));
    let old = fixture
        .store
        .cases_of(number, Some(2), Uuid::nil(), 10)
        .await;
    assert_eq!(old.unwrap(), [before.0], "one walk finds all");
    // The key is gone after the end: who is so late is refused still.
    reseal.end(number).await.unwrap();
    assert_eq!(reseal.unfinished().await.unwrap(), []);
    let refused = insert(&mut connection, &late).await;
    assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
}

/// A worker that has written under the old key and not committed is waited for; the walk over the cases then finds its case.
#[tokio::test]
async fn writers_that_are_not_done_are_waited_for_and_named() {
    let fixture = Fixture::migrated().await;
    let epoch: Epoch = "2025-01".parse().unwrap();
    let mut slow = fixture.connection().await;
    let mut writing = slow.begin().await.unwrap();
    let case = wrapped(&fixture, epoch);
    insert(&mut writing, &case).await.unwrap();
    let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut *writing)
        .await
        .unwrap();
    let name = fixture.ring.renew_epoch(epoch).unwrap();
    let mut reseal = fixture.store.reseal().await.unwrap().unwrap();
    assert_eq!(reseal.raise(&[name], true).await.unwrap(), Err(vec![own]));
    assert_eq!(reseal.unfinished().await.unwrap(), [], "nothing was begun");
    {
        let names = [name];
        let mut raising = std::pin::pin!(reseal.raise(&names, true));
        let waited = tokio::time::timeout(Duration::from_millis(300), &mut raising).await;
        assert!(waited.is_err(), "it did not wait");
        writing.commit().await.unwrap();
        assert_eq!(raising.await.unwrap(), Ok(()));
    }
    let number = i32::from(epoch.number());
    let old = fixture
        .store
        .cases_of(number, Some(2), Uuid::nil(), 10)
        .await;
    assert_eq!(old.unwrap(), [case.0]);
    let left = reseal.unfinished().await.unwrap();
    assert_eq!(
        (left[0].epoch, left[0].generation, left[0].everything),
        (number, 2, true)
    );
}

#[tokio::test]
async fn one_reseal_is_at_work_and_another_takes_over_what_it_left() {
    let fixture = Fixture::migrated().await;
    let epoch: Epoch = "2025-01".parse().unwrap();
    let mut first = fixture.store.reseal().await.unwrap().unwrap();
    let name = fixture.ring.renew_epoch(epoch).unwrap();
    first.raise(&[name], false).await.unwrap().unwrap();
    let busy = fixture.store.reseal().await.unwrap();
    assert!(busy.is_err_and(|pids| pids.len() == 1), "both are at work");
    drop(first);
    let mut second = fixture.store.reseal().await.unwrap().unwrap();
    let left = second.unfinished().await.unwrap();
    assert_eq!((left[0].generation, left[0].everything), (1, false));
    let name = fixture.ring.renew_epoch(epoch).unwrap();
    second.raise(&[name], true).await.unwrap().unwrap();
    let left = second.unfinished().await.unwrap();
    assert_eq!(
        (left.len(), left[0].generation, left[0].everything),
        (1, 2, true)
    );
}
