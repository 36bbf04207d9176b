//! Closing and reopening: one statement with its event and its line, and nothing when somebody else was first.

use pillarbox::sealing;
use pillarbox::ticket::{self, Step, TicketFault};
use uuid::Uuid;

use crate::fixture::{Fixture, Outcome, TEAM};

async fn change(
    fixture: &Fixture,
    case: Uuid,
    step: Step,
    reason: &str,
) -> Result<(), TicketFault> {
    ticket::change(
        &fixture.store,
        &fixture.ring,
        TEAM,
        case,
        step,
        ("kim", reason),
    )
    .await
}

async fn state(fixture: &Fixture, case: Uuid) -> String {
    let rows = fixture.store.tickets(TEAM, &[], &[case]).await.unwrap();
    rows[0].state.clone()
}

async fn opened(fixture: &Fixture) -> Outcome {
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    outcome
}

#[tokio::test]
async fn a_ticket_is_closed_and_reopened_and_says_by_whom_and_why() {
    let fixture = Fixture::migrated().await;
    let case = opened(&fixture).await.case;
    change(&fixture, case, Step::Resolve, "cleaned")
        .await
        .unwrap();
    assert_eq!(state(&fixture, case).await, "resolved");
    let again = change(&fixture, case, Step::Reject, "").await;
    assert!(
        matches!(&again, Err(TicketFault::Already(state)) if state == "resolved"),
        "{again:?}"
    );
    change(&fixture, case, Step::Reopen, "").await.unwrap();
    let again = change(&fixture, case, Step::Reopen, "").await;
    assert!(
        matches!(&again, Err(TicketFault::Already(state)) if state == "open"),
        "{again:?}"
    );
    change(&fixture, case, Step::Reject, "not ours")
        .await
        .unwrap();
    assert_eq!(state(&fixture, case).await, "rejected");
    let gone = change(&fixture, Uuid::now_v7(), Step::Resolve, "").await;
    assert!(matches!(gone, Err(TicketFault::Gone)), "{gone:?}");

    let rows = fixture.store.tickets(TEAM, &[], &[case]).await.unwrap();
    let (store, ring) = (&fixture.store, &fixture.ring);
    let history = ticket::history(store, ring, TEAM, case, &rows[0].wrapped)
        .await
        .unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|(action, one)| {
            (
                action.as_str(),
                one.state.as_str(),
                one.reason.as_str(),
                one.by.as_str(),
            )
        })
        .collect();
    let wanted = [
        ("closed", "resolved", "cleaned", "kim"),
        ("reopened", "open", "", "kim"),
        ("closed", "rejected", "not ours", "kim"),
    ];
    assert_eq!(told, wanted);
    let lines = store.audit_rows(&[case]).await.unwrap();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["opened", "closed", "reopened", "closed"]);
    assert!(
        lines[1].detail.starts_with("state=resolved event="),
        "{}",
        lines[1].detail
    );
    assert!(
        !lines.iter().any(|line| line.detail.contains("cleaned")),
        "sealed"
    );
    // The change of state counts as one, for retention.
    let late = "SELECT count(*) FROM ticket WHERE changed_hour = date_trunc('hour', now())";
    assert_eq!(fixture.number(late).await, 1);
}

#[tokio::test]
async fn many_that_close_a_ticket_close_it_once() {
    let fixture = Fixture::migrated().await;
    let case = opened(&fixture).await.case;
    let all = (0..6).map(|_| change(&fixture, case, Step::Resolve, "x"));
    let done = futures_util::future::join_all(all).await;
    assert_eq!(
        done.iter().filter(|done| done.is_ok()).count(),
        1,
        "{done:?}"
    );
    assert_eq!(fixture.number("SELECT count(*) FROM ticket_event").await, 1);
    let lines = fixture.store.audit_rows(&[case]).await.unwrap();
    assert_eq!(lines.len(), 2);
}

/// The event is sealed under the key that was read: a case that was sealed anew meanwhile is read again.
#[tokio::test]
async fn closing_while_the_case_is_sealed_anew_waits_and_is_not_lost() {
    let fixture = Fixture::migrated().await;
    let outcome = opened(&fixture).await;
    let aad = sealing::case_aad(TEAM, outcome.case);
    let new = fixture.ring.new_case_key(outcome.key.epoch()).unwrap();
    let wrapped = fixture.ring.wrap(&new, &aad).unwrap();
    let work = fixture
        .store
        .take_case(outcome.case)
        .await
        .unwrap()
        .unwrap();
    let mut closing = std::pin::pin!(change(&fixture, outcome.case, Step::Resolve, "why"));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), &mut closing).await;
    assert!(waited.is_err(), "it did not wait");
    work.finish(&wrapped).await.unwrap();
    closing.await.unwrap();
    let (store, ring) = (&fixture.store, &fixture.ring);
    let history = ticket::history(store, ring, TEAM, outcome.case, &wrapped)
        .await
        .unwrap();
    assert_eq!(history[0].1.reason, "why");
}

#[tokio::test]
async fn links_are_changed_by_one_at_a_time() {
    let fixture = Fixture::migrated().await;
    let first = fixture.store.hold_links().await.unwrap();
    let store = fixture.store.clone();
    let second = tokio::spawn(async move { store.hold_links().await.map(drop) });
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    while fixture.number(waiting).await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!second.is_finished());
    first.write(&[]).await.unwrap();
    second.await.unwrap().unwrap();
}
