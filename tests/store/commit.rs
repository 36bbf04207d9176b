//! One outcome, one transaction: all of it or nothing.

use pillarbox::store::{Committed, NewTicket, StoreFault};
use uuid::Uuid;

use crate::fixture::{Fixture, LEASE, TEAM};

#[tokio::test]
async fn outcome_is_written_whole_and_the_inbox_row_goes() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    assert_eq!(fixture.number("SELECT count(*) FROM inbox").await, 0);
    let rows = fixture
        .number(
            "SELECT (SELECT count(*) FROM case_key) + (SELECT count(*) FROM ticket) + (SELECT count(*) FROM entry)
                + (SELECT count(*) FROM seen) + (SELECT count(*) FROM party) + (SELECT count(*) FROM foreign_reference)
                + (SELECT count(*) FROM observable) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM acknowledged)
                + (SELECT count(*) FROM audit)",
        )
        .await;
    assert_eq!(rows, 10);
    assert_eq!(
        fixture.store.last_audit(outcome.case).await.unwrap(),
        Some((1, vec![7; 32]))
    );
    assert_eq!(
        fixture.store.last_audit(Uuid::now_v7()).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn same_content_is_a_duplicate_and_then_a_copy() {
    let fixture = Fixture::migrated().await;
    let first = fixture.outcome("a");
    fixture.file(&first).await;
    let mut second = fixture.outcome("a");
    second.serial = 2;
    let inbox = fixture.held().await;
    assert_eq!(
        second.open(&fixture.store, inbox).await.unwrap(),
        Committed::Duplicate
    );
    assert_eq!(fixture.number("SELECT count(*) FROM ticket").await, 1);
    assert_eq!(fixture.number("SELECT count(*) FROM outbox").await, 1);
    assert_eq!(fixture.number("SELECT count(*) FROM inbox").await, 1);
    let counted = fixture.store.count_copy(inbox, b"a").await.unwrap();
    assert_eq!(counted, Some(first.entry));
    assert_eq!(fixture.number("SELECT count(*) FROM inbox").await, 0);
    // A second time, or by somebody who lost the lease: not counted.
    assert_eq!(fixture.store.count_copy(inbox, b"a").await.unwrap(), None);
    assert_eq!(fixture.number("SELECT copies::bigint FROM entry").await, 2);
}

#[tokio::test]
async fn lost_lease_writes_nothing() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    let inbox = fixture.held().await;
    fixture.run("UPDATE inbox SET due_at = now()").await;
    let other = fixture.store.claim(1, LEASE).await.unwrap().remove(0);
    assert_eq!(
        outcome.open(&fixture.store, inbox).await.unwrap(),
        Committed::LeaseLost
    );
    assert_eq!(fixture.store.count_copy(inbox, b"a").await.unwrap(), None);
    assert_eq!(fixture.number("SELECT count(*) FROM case_key").await, 0);
    assert_eq!(fixture.number("SELECT count(*) FROM seen").await, 0);
    assert_eq!(
        outcome
            .open(&fixture.store, (other.id, other.attempt))
            .await
            .unwrap(),
        Committed::Filed
    );
    // And once more after it was filed.
    assert_eq!(
        outcome
            .open(&fixture.store, (other.id, other.attempt))
            .await
            .unwrap(),
        Committed::LeaseLost
    );
}

#[tokio::test]
async fn number_or_audit_line_that_somebody_else_took_is_a_conflict() {
    let fixture = Fixture::migrated().await;
    let first = fixture.outcome("a");
    fixture.file(&first).await;
    let second = fixture.outcome("b");
    let inbox = fixture.held().await;
    let conflict = second.open(&fixture.store, inbox).await;
    assert!(
        matches!(conflict, Err(StoreFault::Conflict)),
        "{conflict:?}"
    );
    let joins = second
        .commit(&fixture.store, inbox, None, Some(first.case), 1)
        .await;
    assert!(matches!(joins, Err(StoreFault::Conflict)), "{joins:?}");
    assert_eq!(fixture.number("SELECT count(*) FROM entry").await, 1);
    assert_eq!(fixture.number("SELECT count(*) FROM inbox").await, 1);
    let joins = second
        .commit(&fixture.store, inbox, None, Some(first.case), 2)
        .await;
    assert_eq!(joins.unwrap(), Committed::Filed);
}

#[tokio::test]
async fn message_on_a_ticket_marks_it_changed_and_leaves_its_state_to_the_analyst() {
    let fixture = Fixture::migrated().await;
    let first = fixture.outcome("a");
    fixture.file(&first).await;
    fixture
        .run("UPDATE ticket SET state = 'waiting', changed_hour = 'epoch'")
        .await;
    let inbox = fixture.held().await;
    let second = fixture.outcome("b");
    second
        .commit(&fixture.store, inbox, None, Some(first.case), 2)
        .await
        .unwrap();
    assert_eq!(
        fixture
            .number(
                "SELECT count(*) FROM ticket WHERE state = 'waiting' AND changed_hour > 'epoch'"
            )
            .await,
        1
    );
    assert_eq!(fixture.store.entries(first.case).await.unwrap().len(), 2);
}

#[tokio::test]
async fn suppressed_mail_has_a_case_and_no_ticket() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    let inbox = fixture.held().await;
    let committed = outcome.commit(&fixture.store, inbox, None, None, 1).await;
    assert_eq!(committed.unwrap(), Committed::Filed);
    assert_eq!(fixture.number("SELECT count(*) FROM ticket").await, 0);
    assert_eq!(fixture.number("SELECT count(*) FROM party").await, 0);
    let suppressed = fixture.store.suppressed(None, 10).await.unwrap();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0].case, outcome.case);
}

/// Two workers with the same content at the same moment: one ticket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn race_of_two_copies_files_one() {
    let fixture = Fixture::migrated().await;
    for round in 0..30 {
        let digest = format!("r{round}");
        let mut outcomes = Vec::new();
        for lane in 0..2 {
            let mut outcome = fixture.outcome(&digest);
            outcome.serial = 1 + round * 2 + lane;
            outcomes.push((outcome, fixture.held().await));
        }
        let tasks = outcomes.into_iter().map(|(outcome, inbox)| {
            let store = fixture.store.clone();
            tokio::spawn(async move { (outcome.open(&store, inbox).await, inbox) })
        });
        let mut filed = 0;
        for task in tasks.collect::<Vec<_>>() {
            let (committed, inbox) = task.await.unwrap();
            match committed.unwrap() {
                Committed::Filed => filed += 1,
                Committed::Duplicate => {
                    let counted = fixture.store.count_copy(inbox, digest.as_bytes()).await;
                    assert!(counted.unwrap().is_some());
                }
                Committed::LeaseLost => panic!("nobody else claims"),
            }
        }
        assert_eq!(filed, 1, "{round}");
    }
    assert_eq!(fixture.number("SELECT count(*) FROM ticket").await, 30);
    assert_eq!(
        fixture
            .number("SELECT sum(copies)::bigint FROM entry")
            .await,
        60
    );
}

#[tokio::test]
async fn words_that_are_not_ours_are_refused() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    let inbox = fixture.held().await;
    let ticket = NewTicket {
        team: TEAM,
        serial: 1,
        needs_human: "sometimes",
        claims: 0,
        link: "",
    };
    let refused = outcome
        .commit(&fixture.store, inbox, Some(ticket), Some(outcome.case), 1)
        .await;
    let Err(fault @ StoreFault::Refused(_)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        fault.to_string(),
        "the database refused a statement: SQLSTATE 23514",
        "the message of Postgres shows the row, ours doesn't"
    );
    assert_eq!(fixture.number("SELECT count(*) FROM inbox").await, 1);
}
