//! Overdue tickets are told once, and once more, by whoever comes first.

use jiff::{SignedDuration, Timestamp};
use pillarbox::store::{LateTicket, Move, Telling, Waiting};
use pillarbox::ticket::{self, Step};
use uuid::Uuid;

use crate::fixture::{Fixture, LEASE, Outcome, TEAM};
use crate::letters::Sheet;

/// A ticket whose answer was due an hour ago.
async fn late(fixture: &Fixture) -> Outcome {
    let mut outcome = fixture.outcome("a");
    outcome.due = Some(Timestamp::now() - SignedDuration::from_hours(1));
    fixture.file(&outcome).await;
    outcome
}

async fn to_tell(fixture: &Fixture) -> Vec<LateTicket> {
    fixture.store.late_tickets(TEAM, 10).await.unwrap()
}

/// With one letter, and the webhook; told again an hour ago when `again`.
async fn tell(fixture: &Fixture, tickets: &[LateTicket], again: Option<Timestamp>) -> bool {
    let letters = fixture.outcome("letters");
    let sealed = [(letters.mail, letters.letter)];
    let telling = Telling {
        tickets,
        again,
        case: Some((letters.case, &letters.wrapped)),
        letters: &sealed,
        hook: Some(Uuid::now_v7()),
    };
    fixture.store.tell_overdue(&telling).await.unwrap()
}

const LETTERS: &str = "SELECT count(*) FROM outbox WHERE purpose = 'notice' AND state = 'queued'";
const HOOKS: &str = "SELECT count(*) FROM overdue_notice";

#[tokio::test]
async fn overdue_ticket_is_told_by_one_of_many_twice_and_never_more() {
    let fixture = Fixture::migrated().await;
    let ticket = late(&fixture).await;
    assert_eq!(fixture.store.overdue_count().await.unwrap(), 1);
    let found = to_tell(&fixture).await;
    let [one] = found.as_slice() else {
        panic!("{}", found.len())
    };
    assert_eq!((one.id, one.told), (ticket.case, 0));
    // A second time is due at once here.
    let again = Some(Timestamp::now() - SignedDuration::from_mins(1));
    let all = (0..6).map(|_| tell(&fixture, &found, again));
    let told = futures_util::future::join_all(all).await;
    assert_eq!(told.iter().filter(|told| **told).count(), 1);
    let found = to_tell(&fixture).await;
    assert_eq!(found[0].told, 1);
    assert!(tell(&fixture, &found, again).await);
    assert!(to_tell(&fixture).await.is_empty());
    assert_eq!(fixture.number(LETTERS).await, 2);
    assert_eq!(fixture.number(HOOKS).await, 2);
    // It is overdue all the same.
    assert_eq!(fixture.store.overdue_count().await.unwrap(), 1);
}

#[tokio::test]
async fn without_a_second_time_it_is_told_once() {
    let fixture = Fixture::migrated().await;
    late(&fixture).await;
    assert!(tell(&fixture, &to_tell(&fixture).await, None).await);
    assert!(to_tell(&fixture).await.is_empty());
}

#[tokio::test]
async fn what_an_analyst_does_stops_the_clock_and_a_time_that_he_gives_sets_it() {
    let fixture = Fixture::migrated().await;
    let case = late(&fixture).await.case;
    let (store, ring) = (&fixture.store, &fixture.ring);
    let change = async |step| {
        let by = ("ann", "");
        ticket::change(store, ring, TEAM, case, step, by)
            .await
            .unwrap();
    };
    let found = to_tell(&fixture).await;
    // Between the look and the letter he takes it in hand.
    change(Step::Take).await;
    assert!(!tell(&fixture, &found, None).await);
    assert_eq!(fixture.number(LETTERS).await, 0);
    assert_eq!(fixture.number(HOOKS).await, 0);
    assert!(to_tell(&fixture).await.is_empty());
    assert_eq!(store.overdue_count().await.unwrap(), 0);
    // It waits for somebody who doesn't answer.
    change(Step::Wait(Some(
        Timestamp::now() - SignedDuration::from_hours(1),
    )))
    .await;
    assert_eq!(to_tell(&fixture).await[0].state, "waiting");
    change(Step::Wait(None)).await;
    assert!(to_tell(&fixture).await.is_empty());
    change(Step::Wait(Some(
        Timestamp::now() - SignedDuration::from_hours(1),
    )))
    .await;
    change(Step::Resolve).await;
    assert!(to_tell(&fixture).await.is_empty());
    change(Step::Reopen).await;
    assert!(to_tell(&fixture).await.is_empty());
    assert_eq!(store.overdue_count().await.unwrap(), 0);
    // A message that opens it again sets the clock anew.
    change(Step::Resolve).await;
    let known = store.tickets(TEAM, &[], &[case]).await.unwrap();
    let mut joins = fixture.outcome("b");
    (joins.reopens, joins.due) = (true, Some(Timestamp::now() - SignedDuration::from_hours(1)));
    let number = store.last_audit(case).await.unwrap().unwrap().0 + 1;
    let inbox = fixture.held().await;
    joins
        .join(store, inbox, case, &known[0].wrapped, number)
        .await
        .unwrap();
    assert_eq!(to_tell(&fixture).await[0].told, 0);
}

#[tokio::test]
async fn what_is_awaited_is_told_of_the_ticket_into_which_its_own_was_merged() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let (merged, mut heir) = (fixture.outcome("merged"), fixture.outcome("heir"));
    heir.serial = 2;
    fixture.file(&merged).await;
    fixture.file(&heir).await;
    fixture
        .run("UPDATE ticket SET state = 'open', answer_due = NULL, tell_at = NULL")
        .await;
    let late = Timestamp::now() - SignedDuration::from_hours(1);
    let written = (late, fixture.link(merged.case).await);
    let place = (merged.case, &merged.wrapped);
    Sheet::new(&fixture, b"isp")
        .send_by(store, place, ("open", "waiting"), written)
        .await
        .unwrap();
    // The ticket's own clock is another one.
    fixture
        .run("UPDATE ticket SET answer_due = NULL, tell_at = NULL")
        .await;
    let put = async |(from, into), state| {
        let one = Move {
            id: merged.case,
            from,
            into,
            state,
        };
        let line = fixture.link(merged.case).await;
        let lines = [(merged.case, line.line())];
        let to = Some(into).filter(|into| *into > 0);
        let now = Timestamp::now();
        store
            .merge((TEAM, to), &[one], now, (&lines, &[]))
            .await
            .unwrap();
    };
    let whose = async || {
        let found = to_tell(&fixture).await;
        found.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(whose().await, [merged.case]);
    put((0, 2), "resolved").await;
    assert_eq!(whose().await, [heir.case]);
    put((2, 0), "open").await;
    assert_eq!(whose().await, [merged.case]);
    put((0, 2), "resolved").await;
    assert_eq!(store.overdue_count().await.unwrap(), 1);

    // Told once, and once more.
    let again = Some(Timestamp::now() - SignedDuration::from_mins(1));
    for told in 0..2 {
        let found = to_tell(&fixture).await;
        let due: Timestamp = found[0].due.parse().unwrap();
        assert_eq!(
            (found[0].id, found[0].told, due.as_second()),
            (heir.case, told, late.as_second())
        );
        assert!(tell(&fixture, &found, again).await);
    }
    assert!(whose().await.is_empty());

    let here = store.awaited(heir.case).await.unwrap();
    assert_eq!((here.len(), here[0].ticket), (1, merged.case));
    ticket::change(
        store,
        &fixture.ring,
        TEAM,
        heir.case,
        Step::Resolve,
        ("ann", ""),
    )
    .await
    .unwrap();
    let own = store.awaited(merged.case).await.unwrap();
    assert_eq!(own[0].ended, "withdrawn");
}

#[tokio::test]
async fn what_the_webhook_is_to_hear_is_held_put_off_and_done() {
    let fixture = Fixture::migrated().await;
    late(&fixture).await;
    tell(&fixture, &to_tell(&fixture).await, None).await;
    let store = &fixture.store;
    let held = store.due_overdue_notices(10, LEASE).await.unwrap();
    assert_eq!(
        (held[0].serials.as_slice(), held[0].attempts),
        (&[1][..], 0)
    );
    assert!(
        store
            .due_overdue_notices(10, LEASE)
            .await
            .unwrap()
            .is_empty()
    );
    let id = held[0].id;
    let none = std::time::Duration::ZERO;
    store
        .notice_put_off(Waiting::Overdue, id, none)
        .await
        .unwrap();
    let held = store.due_overdue_notices(10, LEASE).await.unwrap();
    assert_eq!((held[0].id, held[0].attempts), (id, 1));
    store.notice_done(Waiting::Overdue, id).await.unwrap();
    assert_eq!(fixture.number(HOOKS).await, 0);
    // What waited too long is given up, and nothing else.
    fixture
        .run("INSERT INTO overdue_notice (id, serials, created_at) SELECT gen_random_uuid(), '{1}', now() - age FROM unnest('{4 days, 2 days}'::interval[]) AS age")
        .await;
    let lifetime = std::time::Duration::from_hours(72);
    let given_up = store.give_up_notices(Waiting::Overdue, lifetime).await;
    assert_eq!(given_up.unwrap(), 1);
    assert_eq!(fixture.number(HOOKS).await, 1);
}
