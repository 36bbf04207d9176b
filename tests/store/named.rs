//! Tickets as mail names them: closed ones, merged ones, and whose parties count.

use std::time::Duration;

use jiff::Timestamp;
use pillarbox::store::{AuditLine, Move, NamedTicket, StoreFault};
use uuid::Uuid;

use crate::fixture::{Fixture, Outcome, TEAM};

const DAY: Duration = Duration::from_hours(24);

/// A ticket with this number.
async fn ticket(fixture: &Fixture, serial: i64) -> Outcome {
    let mut outcome = fixture.outcome(&format!("ticket {serial}"));
    outcome.serial = serial;
    fixture.file(&outcome).await;
    outcome
}

async fn named(fixture: &Fixture, serial: i64) -> NamedTicket {
    let found = fixture
        .store
        .named_tickets(TEAM, &[serial], &[], DAY)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

pub fn line(number: i32, action: &'static str) -> AuditLine<'static> {
    AuditLine {
        number,
        at: Timestamp::now(),
        actor: "ann",
        action,
        detail: "",
        mac: &[1; 32],
        seal: &[2; 32],
    }
}

#[tokio::test]
async fn closed_ticket_is_quiet_after_its_time_and_open_again_when_mail_says_so() {
    let fixture = Fixture::migrated().await;
    let first = ticket(&fixture, 1).await;
    fixture.run("UPDATE ticket SET state = 'resolved'").await;
    let found = named(&fixture, 1).await;
    assert_eq!((found.closed, found.quiet), (true, false));
    fixture
        .run("UPDATE ticket SET changed_hour = now() - interval '25 hours'")
        .await;
    let found = named(&fixture, 1).await;
    assert_eq!((found.closed, found.quiet), (true, true));
    // A message that may not open it leaves it closed.
    for (digest, reopens, state) in [("b", false, "resolved"), ("c", true, "open")] {
        let inbox = fixture.held().await;
        let mut joins = fixture.outcome(digest);
        joins.reopens = reopens;
        let number = if reopens { 3 } else { 2 };
        joins
            .join(&fixture.store, inbox, first.case, &first.wrapped, number)
            .await
            .unwrap();
        let found = fixture.store.tickets(TEAM, &[1], &[]).await.unwrap();
        assert_eq!(found[0].state, state);
    }
    // So does one for which it waited.
    fixture.run("UPDATE ticket SET state = 'waiting'").await;
    let inbox = fixture.held().await;
    let mut joins = fixture.outcome("d");
    joins.reopens = true;
    joins
        .join(&fixture.store, inbox, first.case, &first.wrapped, 4)
        .await
        .unwrap();
    let found = fixture.store.tickets(TEAM, &[1], &[]).await.unwrap();
    assert_eq!(found[0].state, "open");
}

#[tokio::test]
async fn merged_tickets_lead_to_their_heir_and_bring_their_parties() {
    let fixture = Fixture::migrated().await;
    let (one, two, three) = (
        ticket(&fixture, 1).await,
        ticket(&fixture, 2).await,
        ticket(&fixture, 3).await,
    );
    let merge = async |merged: &[Uuid], into: (Uuid, i64), number: i32| {
        let mut lines: Vec<(Uuid, AuditLine<'_>)> = merged
            .iter()
            .map(|id| (*id, line(number, "merged")))
            .collect();
        lines.push((into.0, line(number, "took-over")));
        let rows = fixture.store.tickets(TEAM, &[], merged).await.unwrap();
        let moves = rows.iter().map(|row| Move {
            id: row.id,
            from: row.merged_into,
            into: into.1,
            state: "resolved",
        });
        let moves: Vec<Move> = moves.collect();
        let heir = (TEAM, Some(into.1));
        let now = Timestamp::now();
        fixture.store.merge(heir, &moves, now, (&lines, &[])).await
    };
    merge(&[one.case], (two.case, 2), 2).await.unwrap();
    let found = named(&fixture, 1).await;
    assert_eq!(
        (found.named_id, found.id, found.serial),
        (one.case, two.case, 2)
    );
    let mut parties: Vec<Uuid> = found.parties.iter().map(|(of, _)| *of).collect();
    parties.sort();
    assert_eq!(parties, [one.case, two.case]);
    assert_eq!(
        named(&fixture, 2).await.parties.len(),
        2,
        "named directly, too"
    );
    let shown = fixture.store.tickets(TEAM, &[1, 2], &[]).await.unwrap();
    assert_eq!(
        (shown[0].merged_into, shown[0].state.as_str()),
        (2, "resolved")
    );
    assert_eq!(shown[1].merged_here, [1]);
    // Nothing leads to what was merged itself, or nowhere, or to itself; no line is written then.
    for (merged, into) in [
        (three.case, (one.case, 1)),
        (three.case, (three.case, 3)),
        (three.case, (two.case, 99)),
    ] {
        let refused = merge(&[merged], into, 7).await;
        assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    }
    let lines = "SELECT count(*) FROM audit WHERE number = 7";
    assert_eq!(fixture.number(lines).await, 0);
    // With what was merged into it, into the third.
    merge(&[one.case, two.case], (three.case, 3), 3)
        .await
        .unwrap();
    for serial in [1, 2, 3] {
        assert_eq!(named(&fixture, serial).await.serial, 3);
    }
    assert_eq!(named(&fixture, 3).await.parties.len(), 3);
    // When the heir is erased, each stands for itself again.
    fixture
        .run("DELETE FROM party WHERE ticket = (SELECT id FROM ticket WHERE serial = 3);
              DELETE FROM foreign_reference WHERE ticket = (SELECT id FROM ticket WHERE serial = 3);
              UPDATE entry SET ticket = NULL WHERE ticket = (SELECT id FROM ticket WHERE serial = 3);
              DELETE FROM ticket WHERE serial = 3")
        .await;
    assert_eq!(named(&fixture, 1).await.serial, 1);
}

#[tokio::test]
async fn merge_is_taken_back_only_as_it_was_and_with_its_lines() {
    let fixture = Fixture::migrated().await;
    let (one, two) = (ticket(&fixture, 1).await, ticket(&fixture, 2).await);
    let put = async |from: i64, into: i64, state: &'static str, number: i32| {
        let id = one.case;
        let moves = [Move {
            id,
            from,
            into,
            state,
        }];
        let lines = [(id, line(number, "moved"))];
        let heir = (TEAM, (into > 0).then_some(into));
        let now = Timestamp::now();
        fixture.store.merge(heir, &moves, now, (&lines, &[])).await
    };
    put(0, 2, "resolved", 2).await.unwrap();
    assert_eq!(named(&fixture, 1).await.id, two.case);
    // Somebody believes that it was merged elsewhere, or not at all.
    for from in [0, 7] {
        let refused = put(from, 0, "open", 3).await;
        assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    }
    // Or the line's number is taken.
    let taken = put(2, 0, "open", 2).await;
    assert!(matches!(taken, Err(StoreFault::Conflict)), "{taken:?}");
    put(2, 0, "open", 3).await.unwrap();
    let found = named(&fixture, 1).await;
    assert_eq!((found.id, found.closed), (one.case, false));
    assert_eq!(found.parties.len(), 1, "and no longer the other's");
}
