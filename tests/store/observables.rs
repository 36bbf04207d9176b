//! Searchable values, their index, and its partitions.

use pillarbox::sealing;
use pillarbox::search::{Condition, Kind, Months, Page, Partitions, Search, Value, partition};
use pillarbox::store::{Committed, NewIndex, Question, StoreFault, Window};
use vault::{Bits, Cells, Family};

use crate::fixture::{Fixture, MONTH, TEAM};

const ALL: Window = Window {
    before: None,
    after: None,
    most: 100,
};

fn question(family: Family, month: &str, low: i32, high: i32) -> Question {
    Question {
        month: month.into(),
        family,
        cells: Cells { low, high },
    }
}

#[tokio::test]
async fn values_are_found_by_cell_and_go_with_their_message() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    fixture.file(&outcome).await;
    let found =
        async |questions: &[Question]| fixture.store.candidates(questions, ALL).await.unwrap();
    let hits = found(&[
        question(Family::Address, MONTH, 10, 12),
        question(Family::Address, MONTH, 12, 12),
    ])
    .await;
    assert_eq!(hits.len(), 1, "each message once");
    assert_eq!((hits[0].case, hits[0].entry), (outcome.case, outcome.entry));
    assert!(hits[0].value == outcome.observable && hits[0].wrapped == outcome.wrapped);
    for nothing in [
        question(Family::Name, MONTH, 12, 12),
        question(Family::Address, "2026-10-01", 12, 12),
        question(Family::Address, MONTH, 13, 99),
    ] {
        assert!(found(&[nothing]).await.is_empty());
    }
    let rows = fixture.store.index_rows(None, None).await.unwrap();
    assert_eq!(rows, [(Family::Address, MONTH.to_owned(), 1)]);
    assert!(
        fixture
            .store
            .index_rows(None, Some(MONTH))
            .await
            .unwrap()
            .is_empty()
    );
    fixture.run("DELETE FROM observable").await;
    assert!(
        fixture
            .store
            .index_rows(None, None)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn partitions_follow_the_volume_of_the_months_before() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let families = [Family::Address, Family::Hash].into();
    let of = async |month: &str| {
        Partitions::default()
            .of(store, month, &families)
            .await
            .unwrap()
    };
    let first = of("2026-09-01").await;
    assert_eq!(first.len(), 2);
    assert!(
        first
            .iter()
            .all(|one| one.bits.sum() == 6 && one.version == 1)
    );
    fixture
        .run(
            "INSERT INTO case_key (id, wrapped) VALUES ('00000000-0000-0000-0000-000000000001', decode(repeat('00', 80), 'hex'));
             INSERT INTO observable SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', '2026-09-01', ''
             FROM generate_series(1, 2048);
             INSERT INTO observable_index SELECT entry, 0, month, 5 FROM observable",
        )
        .await;
    let next = of("2026-10-01").await;
    let bits = |family| next.iter().find(|one| one.family == family).unwrap().bits;
    assert_eq!(bits(Family::Address), Bits::plan(Family::Address, 2048));
    assert_eq!(bits(Family::Address).sum(), 8);
    assert_eq!(bits(Family::Hash).sum(), 6, "no volume yet");
    assert_eq!(of("2026-10-01").await, next, "chosen once");
    let months: Vec<String> = store
        .partitions(Some("2026-10-01"), None)
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.month)
        .collect();
    assert_eq!(months, ["2026-10-01", "2026-10-01"]);
    assert_eq!(
        store
            .partitions(None, Some("2026-09-01"))
            .await
            .unwrap()
            .len(),
        2
    );
}

/// A message that was planned for an index that has been made anew is planned again.
#[tokio::test]
async fn rows_for_an_old_version_of_the_index_are_refused_and_nothing_is_lost() {
    let fixture = Fixture::migrated().await;
    let (outcome, inbox) = (fixture.outcome("a"), fixture.held().await);
    fixture
        .store
        .add_partition(Family::Address, MONTH, Bits::plan(Family::Address, 512))
        .await
        .unwrap();
    fixture.run("UPDATE index_partition SET version = 2").await;
    let refused = outcome.open(&fixture.store, inbox).await;
    assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    assert_eq!(fixture.number("SELECT count(*) FROM entry").await, 0);
    assert_eq!(fixture.number("SELECT count(*) FROM seen").await, 0);
    fixture.run("UPDATE index_partition SET version = 1").await;
    let filed = outcome.open(&fixture.store, inbox).await.unwrap();
    assert_eq!(filed, Committed::Filed);
}

#[tokio::test]
async fn a_month_is_indexed_anew_and_found_as_before() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let mut values = vec![
        Value::new(Kind::Address, "192.0.2.7"),
        Value::new(Kind::Sender, "noc@partner.example"),
    ];
    let partitions = Partitions::default();
    partitions.spread(MONTH, &mut values).unwrap();
    assert_eq!(values[1].salts.len(), 1);
    let mut outcome = fixture.outcome("values");
    let aad = sealing::observable_aad(TEAM, outcome.case, outcome.entry);
    outcome.observable = sealing::seal(&outcome.key, &aad, &values).unwrap();
    fixture.file(&outcome).await;
    let rows = partition::rebuild(store, &fixture.ring, TEAM, MONTH)
        .await
        .unwrap();
    assert_eq!(rows, 2);
    let now = store.partitions(None, None).await.unwrap();
    assert!(
        now.iter()
            .any(|one| one.version == 2 && one.family == Family::Address)
    );
    let planned = Partitions::default()
        .of(store, MONTH, &partition::families(&values))
        .await;
    let wanted = partition::index(&fixture.ring, TEAM, MONTH, &planned.unwrap(), &values);
    assert_eq!(wanted.len(), 2);
    let search = Search {
        store,
        ring: &fixture.ring,
        team: TEAM,
        own: None,
    };
    for asked in [
        "192.0.2.7",
        "192.0.2.0/28",
        "sender:partner.example",
        "noc@partner.example",
    ] {
        let condition = Condition::parse(asked).unwrap();
        let answer = search
            .run(&[condition], &Months::default(), Page::default())
            .await
            .unwrap();
        assert_eq!(answer.found.len(), 1, "{asked}");
        assert_eq!(answer.unreadable, 0);
    }
    let stale = NewIndex {
        version: 1,
        ..wanted[0]
    };
    assert_ne!(stale, wanted[0]);
}
