//! Words of tickets: of many people at once all are heard, and the database says nothing of which words there are.

use std::collections::BTreeSet;

use pillarbox::actions::refusal::TagRefusal;
use pillarbox::actions::{ActionFault, Refusal, tag};
use uuid::Uuid;

use crate::fixture::{Fixture, Outcome, TEAM, acting};

async fn opened(fixture: &Fixture, digest: &str, serial: i64) -> Outcome {
    let mut outcome = fixture.outcome(digest);
    outcome.serial = serial;
    fixture.file(&outcome).await;
    outcome
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Puts the first on a ticket and takes the others off.
async fn change(
    fixture: &Fixture,
    case: Uuid,
    add: &str,
    remove: &str,
) -> Result<Vec<String>, ActionFault> {
    let (add, remove) = (words(add), words(remove));
    let changed = tag::change(&acting(fixture, "kim"), case, (&add, &remove)).await;
    changed.map(|changed| changed.stand)
}

async fn found(fixture: &Fixture, word: &str) -> Vec<Uuid> {
    let place = (&fixture.store, &*fixture.ring, TEAM);
    let found = tag::find(place, word).await.unwrap();
    assert_eq!(found.closed, None);
    found.tickets
}

#[tokio::test]
async fn words_are_put_on_found_and_taken_off() {
    let fixture = Fixture::migrated().await;
    let (one, two) = (
        opened(&fixture, "a", 1).await,
        opened(&fixture, "b", 2).await,
    );
    assert_eq!(
        change(&fixture, one.case, "wave bank", "").await.unwrap(),
        words("bank wave")
    );
    change(&fixture, two.case, "wave", "").await.unwrap();
    let mut both = [one.case, two.case];
    both.sort();
    assert_eq!(found(&fixture, "wave").await, both);
    assert_eq!(found(&fixture, "bank").await, [one.case]);
    assert!(found(&fixture, "wav").await.is_empty());
    assert_eq!(
        change(&fixture, one.case, "isp bank", "wave")
            .await
            .unwrap(),
        words("bank isp")
    );
    assert_eq!(found(&fixture, "wave").await, [two.case]);
    for (add, remove, wanted) in [
        ("bank", "", TagRefusal::There("bank".into())),
        ("", "wave", TagRefusal::NotThere("wave".into())),
    ] {
        let refused = change(&fixture, one.case, add, remove).await;
        assert!(
            matches!(&refused, Err(ActionFault::Refused(Refusal::Tag(why))) if *why == wanted),
            "{refused:?}"
        );
    }
    let gone = change(&fixture, Uuid::now_v7(), "x", "").await;
    assert!(matches!(gone, Err(ActionFault::Gone)), "{gone:?}");
    // Equal words of two tickets have nothing in common, and no word is anywhere in clear.
    assert_eq!(
        fixture
            .number("SELECT count(DISTINCT mark) FROM ticket_tag")
            .await,
        3
    );
    let rows = "SELECT count(*) FROM (SELECT t::text AS t FROM ticket_event t UNION ALL SELECT detail FROM audit) r
        WHERE strpos(t, 'bank') > 0 OR strpos(t, 'wave') > 0 OR strpos(t, encode('wave', 'hex')) > 0";
    assert_eq!(fixture.number(rows).await, 0);
    // A mark that was put beside another ticket finds nothing.
    fixture
        .run("UPDATE ticket_tag SET ticket = (SELECT min(id::text)::uuid FROM ticket)")
        .await;
    assert!(found(&fixture, "wave").await.len() < 2);
}

/// No lost update: each of many at once says what comes, and all of it stands.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_all_are_heard() {
    let fixture = Fixture::migrated().await;
    let case = opened(&fixture, "a", 1).await.case;
    change(&fixture, case, "old", "").await.unwrap();
    let each = (0..10).map(|number| {
        let (add, remove) = (format!("w{number}"), if number == 3 { "old" } else { "" });
        let fixture = &fixture;
        async move { change(fixture, case, &add, remove).await }
    });
    let done = futures_util::future::join_all(each).await;
    for one in &done {
        assert!(one.is_ok(), "{one:?}");
    }
    let events = fixture.store.tag_events(&[case]).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(fixture.store.marks_of(case).await.unwrap().len(), 10);
    // Two who take off and put on the same: one is told that it is so already.
    let stand = change(&fixture, case, "last", "").await.unwrap();
    let wanted: BTreeSet<String> = (0..10).map(|number| format!("w{number}")).collect();
    let stand: BTreeSet<String> = stand.into_iter().filter(|word| word != "last").collect();
    assert_eq!(stand, wanted);
    // As many as fit.
    let many: Vec<String> = (0..9).map(|number| format!("m{number}")).collect();
    change(&fixture, case, &many.join(" "), "").await.unwrap();
    let full = change(&fixture, case, "more", "").await;
    assert!(
        matches!(
            &full,
            Err(ActionFault::Refused(Refusal::Tag(TagRefusal::Many)))
        ),
        "{full:?}"
    );
}
