//! Between what retention planned and what it erases, a case may have changed: then it stays.

use std::time::Duration;

use jiff::Timestamp;
use pillarbox::config::Retention;
use pillarbox::erasure::By;
use pillarbox::retention::{self, Plan};
use pillarbox::sealing::{self, Summary};
use pillarbox::store::{AuditLine, Committed, NewTicket};
use sqlx::Connection;

use crate::fixture::{Fixture, Outcome, TEAM};

const BY: By<'static> = By {
    team: TEAM,
    actor: "retention",
    reason: "age",
};

/// As the fixture makes it, with a summary that can be read.
fn outcome(fixture: &Fixture, serial: i64) -> Outcome {
    let mut outcome = fixture.outcome(&format!("n{serial}"));
    let aad = sealing::entry_aad(TEAM, "summary", outcome.case, outcome.entry);
    outcome.summary = sealing::seal(&outcome.key, &aad, &Summary::default()).unwrap();
    outcome.serial = serial;
    outcome
}

/// Three closed tickets and a suppressed message, all of them old.
async fn old(fixture: &Fixture) -> Vec<Outcome> {
    let mut all = Vec::new();
    for serial in 1..=3 {
        let outcome = outcome(fixture, serial);
        fixture.file(&outcome).await;
        all.push(outcome);
    }
    let suppressed = outcome(fixture, 0);
    let inbox = fixture.held().await;
    let filed = suppressed
        .commit(&fixture.store, inbox, None, None, 1)
        .await;
    assert_eq!(filed.unwrap(), Committed::Filed);
    all.push(suppressed);
    fixture
        .run(
            "UPDATE ticket SET state = 'resolved', changed_hour = '2020-01-01 12:00+00';
             UPDATE entry SET received_hour = '2020-01-01 12:00+00'",
        )
        .await;
    all
}

async fn plan(fixture: &Fixture) -> Plan {
    let ages = serde_json::json!({"default": "1 year", "suppressed": "1 year"});
    let retention: Retention = serde_json::from_value(ages).unwrap();
    let now = Timestamp::now();
    let plan = retention::plan(&fixture.store, &fixture.ring, TEAM, &retention, now).await;
    plan.unwrap()
}

async fn left(fixture: &Fixture) -> i64 {
    fixture.number("SELECT count(*) FROM case_key").await
}

#[tokio::test]
async fn what_was_reopened_written_to_or_promoted_since_the_plan_is_not_erased() {
    let fixture = Fixture::migrated().await;
    let all = old(&fixture).await;
    let planned = plan(&fixture).await;
    assert_eq!((planned.due.len(), planned.unreadable), (4, 0));
    fixture
        .run("UPDATE ticket SET state = 'open' WHERE serial = 1")
        .await;
    let joining = outcome(&fixture, 9);
    let inbox = fixture.held().await;
    let joined = joining.join(&fixture.store, inbox, all[1].case, &all[1].wrapped, 2);
    assert_eq!(joined.await.unwrap(), Committed::Filed);
    let ticket = NewTicket {
        team: TEAM,
        serial: 4,
        needs_human: "",
        claims: 0,
    };
    let line = AuditLine {
        number: 2,
        at: Timestamp::now(),
        actor: "ann",
        action: "promoted",
        detail: "",
        mac: &[1; 32],
        seal: &[2; 32],
    };
    let now = Timestamp::now();
    let promoted = fixture
        .store
        .promote(all[3].entry, &ticket, now, &[], &line);
    assert!(promoted.await.unwrap());

    let erased = retention::run(&fixture.store, &fixture.ring, &planned, BY).await;
    let erased = erased.unwrap();
    assert_eq!((erased.cases, left(&fixture).await), (1, 3));
    let open = fixture
        .number("SELECT count(*) FROM ticket WHERE serial <> 3")
        .await;
    assert_eq!(open, 3);
    assert_eq!(erased.skipped.len(), 3, "and it is said");
    assert!(erased.skipped.contains(&all[0].case));
}

/// Whoever reopens a ticket and is not done yet is waited for.
#[tokio::test]
async fn a_ticket_that_is_being_reopened_is_not_erased() {
    let fixture = Fixture::migrated().await;
    old(&fixture).await;
    let planned = plan(&fixture).await;
    let mut other = fixture.connection().await;
    let mut reopening = other.begin().await.unwrap();
    sqlx::raw_sql("UPDATE ticket SET state = 'open' WHERE serial = 1")
        .execute(&mut *reopening)
        .await
        .unwrap();
    let mut run = std::pin::pin!(retention::run(&fixture.store, &fixture.ring, &planned, BY));
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut run).await;
    assert!(waited.is_err(), "it did not wait");
    reopening.commit().await.unwrap();
    assert_eq!(run.await.unwrap().cases, 3);
    let reopened = "SELECT count(*) FROM ticket WHERE serial = 1 AND state = 'open'";
    assert_eq!(fixture.number(reopened).await, 1);
}
