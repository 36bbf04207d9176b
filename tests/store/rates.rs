//! The rates of answers among several workers (T51), and what is stored about answers.

use pillarbox::store::{Answered, Committed, Digests, StoreFault};
use sqlx::Connection;

use crate::fixture::{Fixture, TEAM, store};

/// No more than so many to one address in an hour.
fn most(address_hour: i64) -> Answered {
    Answered {
        address_hour,
        address_day: 100,
        domain_day: 100,
        hour: 100,
    }
}

#[tokio::test]
async fn two_workers_don_t_both_take_what_is_left() {
    let fixture = Fixture::migrated().await;
    // One worker is about to commit the last answer that is left.
    let mut other = fixture.connection().await;
    let mut writing = other.begin().await.unwrap();
    let room: bool =
        sqlx::query_scalar("SELECT answer_room('address', 'domain', 1, 100, 100, 100)")
            .fetch_one(&mut *writing)
            .await
            .unwrap();
    assert!(room);
    sqlx::query("INSERT INTO acknowledged (address, domain) VALUES ('address', 'domain')")
        .execute(&mut *writing)
        .await
        .unwrap();
    // The next one began before that was committed: it waits, and sees it.
    let inbox = fixture.held().await;
    let mut outcome = fixture.outcome("a");
    outcome.most = most(1);
    let own = store(&fixture.cluster.url());
    let committing = tokio::spawn(async move { outcome.open(&own, inbox).await });
    while fixture
        .number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        .await
        == 0
    {
        tokio::task::yield_now().await;
    }
    writing.commit().await.unwrap();
    let refused = committing.await.unwrap();
    assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    for table in [
        "SELECT count(*) FROM ticket",
        "SELECT count(*) FROM outbox",
        "SELECT count(*) FROM seen",
        "SELECT count(*) FROM inbox WHERE false",
    ] {
        assert_eq!(
            fixture.number(table).await,
            0,
            "nothing is written: {table}"
        );
    }
    assert_eq!(fixture.number("SELECT count(*) FROM acknowledged").await, 1);
}

#[tokio::test]
async fn of_many_at_once_as_many_are_answered_as_may_be() {
    let fixture = Fixture::migrated().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let inbox = fixture.held().await;
        let mut outcome = fixture.outcome(&format!("report {number}"));
        outcome.serial = number + 1;
        outcome.most = most(3);
        let own = store(&fixture.cluster.url());
        tasks.spawn(async move { outcome.open(&own, inbox).await });
    }
    let mut filed = 0;
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            Ok(Committed::Filed) => filed += 1,
            other => assert!(matches!(other, Err(StoreFault::Conflict)), "{other:?}"),
        }
    }
    assert_eq!(filed, 3);
    assert_eq!(fixture.number("SELECT count(*) FROM outbox").await, 3);
    assert_eq!(fixture.number("SELECT count(*) FROM acknowledged").await, 3);
}

#[tokio::test]
async fn each_of_the_four_rates_holds() {
    let fixture = Fixture::migrated().await;
    fixture
        .run(
            "INSERT INTO acknowledged (at, address, domain) VALUES
                (now(), 'address', 'domain'), (now() - interval '2 hours', 'address', 'domain'),
                (now() - interval '3 hours', 'other', 'domain'), (now(), 'stranger', 'elsewhere')",
        )
        .await;
    let mut connection = fixture.connection().await;
    let mut room = async |address_hour: i64, address_day: i64, domain_day: i64, hour: i64| {
        let asked = sqlx::query_scalar::<_, bool>(
            "SELECT answer_room('address', 'domain', $1, $2, $3, $4)",
        );
        let asked = asked.bind(address_hour).bind(address_day).bind(domain_day);
        asked.bind(hour).fetch_one(&mut connection).await.unwrap()
    };
    assert!(room(2, 3, 4, 3).await);
    assert!(!room(1, 3, 4, 3).await);
    assert!(!room(2, 2, 4, 3).await);
    assert!(!room(2, 3, 3, 3).await);
    assert!(!room(2, 3, 4, 2).await);
}

#[tokio::test]
async fn language_of_a_contact_is_kept_changed_and_forgotten() {
    let fixture = Fixture::migrated().await;
    let contact = [7; 16];
    let digests = Digests {
        content: b"a",
        address: &contact,
        domain: b"domain",
        foreign: &[],
        signatures: &[],
        ..Digests::default()
    };
    for language in [Some("fr"), Some("de"), None, None] {
        let stored = fixture.store.set_language(&contact, language);
        stored.await.unwrap();
        let expected = language.map(str::to_owned);
        assert_eq!(fixture.store.language(&contact).await.unwrap(), expected);
        let facts = fixture.store.facts(&digests, false).await.unwrap();
        assert_eq!(facts.language, expected);
    }
}

#[tokio::test]
async fn time_for_an_answer_stands_on_the_ticket() {
    let fixture = Fixture::migrated().await;
    let mut outcome = fixture.outcome("a");
    outcome.due = Some("2026-11-23T14:00:00Z".parse().unwrap());
    fixture.file(&outcome).await;
    let tickets = fixture.store.tickets(TEAM, &[1], &[]).await.unwrap();
    assert_eq!(
        tickets[0].answer_due.as_deref(),
        Some("2026-11-23T14:00:00Z")
    );
    let mail = fixture.store.mail_states(outcome.case).await.unwrap();
    assert_eq!(mail[0].purpose, "answer");
}
