//! Tokens of programs, what they ask for, and tickets in the order in which they changed.

use jiff::{SignedDuration, Timestamp};
use pillarbox::store::{Asked, ChangedFilter, ChangedPlace, NewToken, StoreFault};
use uuid::Uuid;

use crate::fixture::{Fixture, TEAM};

async fn added(fixture: &Fixture, name: &str, digest: &[u8]) -> Result<Uuid, StoreFault> {
    let token = NewToken {
        id: Uuid::now_v7(),
        name,
        scopes: &["read", "act", "register"],
        digest,
        expires_at: Timestamp::now() + SignedDuration::from_hours(1),
    };
    fixture.store.add_api_token(TEAM, &token).await?;
    Ok(token.id)
}

#[tokio::test]
async fn token_is_good_for_its_team_until_it_expires_or_is_revoked() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let id = added(&fixture, "soar", &[1; 32]).await.unwrap();
    let again = added(&fixture, "soar", &[2; 32]).await;
    assert!(matches!(again, Err(StoreFault::Conflict)), "{again:?}");
    assert_eq!(store.api_tokens(TEAM).await.unwrap()[0].used_at, None);
    let found = store.api_token(TEAM, &[1; 32]).await.unwrap().unwrap();
    assert_eq!((found.id, found.is_over), (id, false));
    assert_eq!(found.scopes, ["read", "act", "register"]);
    assert!(store.api_tokens(TEAM).await.unwrap()[0].used_at.is_some());
    for (team, digest) in [("OTHER", [1; 32]), (TEAM, [2; 32])] {
        assert_eq!(store.api_token(team, &digest).await.unwrap(), None);
    }
    assert!(store.api_tokens("OTHER").await.unwrap().is_empty());

    let is_over = async || {
        let found = store.api_token(TEAM, &[1; 32]).await.unwrap().unwrap();
        found.is_over
    };
    fixture.run("UPDATE api_token SET expires_at = now()").await;
    assert!(is_over().await);
    assert!(store.api_tokens(TEAM).await.unwrap()[0].expired);
    fixture
        .run("UPDATE api_token SET expires_at = now() + interval '1 hour'")
        .await;
    assert!(!is_over().await);
    assert_eq!(store.revoke_api_token("OTHER", "soar").await.unwrap(), None);
    assert_eq!(
        store.revoke_api_token(TEAM, "soar").await.unwrap(),
        Some(id)
    );
    assert_eq!(store.revoke_api_token(TEAM, "soar").await.unwrap(), None);
    assert!(is_over().await);
    assert!(store.api_tokens(TEAM).await.unwrap()[0].revoked);
}

#[tokio::test]
async fn what_was_asked_before_is_answered_as_before_for_a_day() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let one = added(&fixture, "one", &[1; 32]).await.unwrap();
    let two = added(&fixture, "two", &[2; 32]).await.unwrap();
    let begin =
        async |token, asked: &[u8]| store.begin_request(token, b"key", asked).await.unwrap();
    assert_eq!(begin(one, b"close").await, Asked::New);
    assert_eq!(begin(one, b"close").await, Asked::Before(None));
    assert_eq!(begin(one, b"open").await, Asked::Other);
    assert_eq!(begin(two, b"open").await, Asked::New);
    store.answer_request(one, b"key", "{}").await.unwrap();
    assert_eq!(begin(one, b"close").await, Asked::Before(Some("{}".into())));
    assert_eq!(begin(two, b"open").await, Asked::Before(None));
    store.forget_request(two, b"key").await.unwrap();
    assert_eq!(begin(two, b"other").await, Asked::New);
    fixture
        .run("UPDATE api_request SET began_at = now() - interval '25 hours'")
        .await;
    let other = store.begin_request(two, b"another", b"x").await.unwrap();
    assert_eq!(other, Asked::New);
    assert_eq!(begin(one, b"open").await, Asked::New);
}

#[tokio::test]
async fn pages_of_any_length_give_every_ticket_once_in_the_order_of_its_changes() {
    let fixture = Fixture::migrated().await;
    for serial in 1..=9 {
        let mut outcome = fixture.outcome(&serial.to_string());
        outcome.serial = serial;
        fixture.file(&outcome).await;
    }
    // Three hours, so that many share one; and the order of the hours is not that of the tickets.
    fixture
        .run("UPDATE ticket SET changed_hour = '2026-03-01T10:00:00Z'::timestamptz + (serial * 7 % 3) * interval '1 hour'")
        .await;
    let ask = async |filter: ChangedFilter| {
        let found = fixture.store.changed_tickets(TEAM, &filter).await;
        found.unwrap()
    };
    let limit = 100;
    let all = ask(ChangedFilter {
        limit,
        ..ChangedFilter::default()
    })
    .await;
    assert_eq!(all.len(), 9);
    assert!(all.is_sorted_by_key(|place| (place.hour, place.id)));
    for limit in 1..=10 {
        let (mut pages, mut after): (Vec<ChangedPlace>, _) = (Vec::new(), None);
        loop {
            let page = ask(ChangedFilter {
                after,
                limit,
                ..ChangedFilter::default()
            })
            .await;
            let Some(last) = page.last() else { break };
            after = Some(*last);
            pages.extend(page);
        }
        assert_eq!(pages, all, "{limit}");
    }
    for (since, count) in [
        ("2026-03-01T10:59:59Z", 9),
        ("2026-03-01T11:30:00Z", 6),
        ("2026-03-01T12:00:00Z", 3),
        ("2026-03-01T13:00:00Z", 0),
        ("-009999-01-02T01:59:59Z", 9),
        ("9999-12-30T22:00:00Z", 0),
    ] {
        let since = Some(since.parse().unwrap());
        let found = ask(ChangedFilter {
            since,
            limit,
            ..ChangedFilter::default()
        });
        assert_eq!(found.await.len(), count, "{since:?}");
    }
    fixture
        .run("UPDATE ticket SET state = 'open', owner = 'kim', answer_due = now(), needs_human = 'unread' WHERE serial = 2")
        .await;
    for filter in [
        ChangedFilter {
            state: Some("open".into()),
            ..ChangedFilter::default()
        },
        ChangedFilter {
            owner: Some("kim".into()),
            ..ChangedFilter::default()
        },
        ChangedFilter {
            overdue: true,
            ..ChangedFilter::default()
        },
        ChangedFilter {
            needs_human: true,
            ..ChangedFilter::default()
        },
    ] {
        let found = ask(ChangedFilter { limit, ..filter }).await;
        assert_eq!(found.len(), 1);
    }
    let nobodys = ask(ChangedFilter {
        owner: Some(String::new()),
        limit,
        ..ChangedFilter::default()
    });
    assert_eq!(nobodys.await.len(), 8);
    let filter = ChangedFilter {
        limit,
        ..ChangedFilter::default()
    };
    let elsewhere = fixture.store.changed_tickets("OTHER", &filter).await;
    assert!(elsewhere.unwrap().is_empty());
}
