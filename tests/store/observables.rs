//! Searchable values, their index, and its partitions.

use pillarbox::sealing;
use pillarbox::search::{
    Condition, Kind, Months, Page, Partitions, Search, Value, partition, rebuild,
};
use pillarbox::store::{Committed, NewIndex, Partition, Question, StoreFault, Window};
use uuid::Uuid;
use vault::{Bits, Cells, Family};

use crate::fixture::{Fixture, MONTH, Outcome, TEAM};

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
    let rows = rebuild::rebuild(store, &fixture.ring, TEAM, MONTH, |_| ())
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

/// Files a message with these values, filed in `MONTH`.
async fn filed(fixture: &Fixture, serial: i64, address: &str) -> Outcome {
    let mut values = vec![Value::new(Kind::Address, address)];
    Partitions::default().spread(MONTH, &mut values).unwrap();
    let mut outcome = fixture.outcome(address);
    let aad = sealing::observable_aad(TEAM, outcome.case, outcome.entry);
    outcome.observable = sealing::seal(&outcome.key, &aad, &values).unwrap();
    outcome.serial = serial;
    fixture.file(&outcome).await;
    outcome
}

async fn finds(fixture: &Fixture, address: &str) -> usize {
    let search = Search {
        store: &fixture.store,
        ring: &fixture.ring,
        team: TEAM,
        own: None,
    };
    let condition = Condition::parse(address).unwrap();
    let answer = search
        .run(&[condition], &Months::default(), Page::default())
        .await
        .unwrap();
    answer.found.len()
}

/// Broken off after some messages, with others filed meanwhile, before and after in order; searched all the time.
#[tokio::test]
async fn an_index_that_was_broken_off_is_gone_on_with() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    // What the fixture writes is no row for these values: all of the index is made here.
    let late = fixture.outcome("late");
    let first = filed(&fixture, 1, "192.0.2.1").await;
    let second = filed(&fixture, 2, "192.0.2.2").await;
    rebuild::rebuild(store, &fixture.ring, TEAM, MONTH, |_| ())
        .await
        .unwrap();
    assert_eq!(
        (
            finds(&fixture, "192.0.2.1").await,
            finds(&fixture, "192.0.2.2").await
        ),
        (1, 1)
    );
    let before = store.partitions(None, None).await.unwrap();
    // A finer one, and the first message has its rows.
    let bits = [(Family::Address, Bits::plan(Family::Address, 1 << 20))];
    let probe = rebuild::probe(&fixture.ring, TEAM, MONTH);
    let mut work = store.index_work(MONTH).await.unwrap().unwrap();
    work.begin(&bits, &probe).await.unwrap();
    let busy = rebuild::rebuild(store, &fixture.ring, TEAM, MONTH, |_| ()).await;
    assert!(matches!(busy, Err(rebuild::RebuildFault::Busy)), "{busy:?}");
    let one = work.values(Uuid::nil(), false, 1).await.unwrap();
    assert_eq!(one[0].entry, first.entry);
    let values = partition::open(&fixture.ring, TEAM, &one[0], &one[0].wrapped).unwrap();
    let finer = [Partition {
        family: Family::Address,
        month: MONTH.into(),
        version: 0,
        bits: bits[0].1,
    }];
    let rows = partition::index(&fixture.ring, TEAM, MONTH, &finer, &values);
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| (first.entry, row.family, row.cell))
        .collect();
    rows.push((first.entry, Family::Address, 77));
    work.add(&[first.entry], &rows).await.unwrap();
    assert_eq!(work.last_added().await.unwrap(), first.entry);
    let missing = work.values(Uuid::nil(), true, 10).await.unwrap();
    assert_eq!((missing.len(), missing[0].entry), (1, second.entry));
    drop(work);
    assert_eq!(store.months_in_work().await.unwrap(), [MONTH]);
    assert_eq!(finds(&fixture, "192.0.2.1").await, 1, "as before");
    // One comes that was received before all others: its id is lower.
    let mut values = vec![Value::new(Kind::Address, "192.0.2.3")];
    Partitions::default().spread(MONTH, &mut values).unwrap();
    let mut late = late;
    let aad = sealing::observable_aad(TEAM, late.case, late.entry);
    late.observable = sealing::seal(&late.key, &aad, &values).unwrap();
    late.serial = 3;
    fixture.run("UPDATE index_partition SET version = 1").await;
    fixture.file(&late).await;
    assert!(late.entry < first.entry);

    let mut told = Vec::new();
    let rows = rebuild::rebuild(store, &fixture.ring, TEAM, MONTH, |done| told.push(done))
        .await
        .unwrap();
    assert_eq!(told, [1, 3], "the first was not read again to be added");
    assert_eq!(rows, 3, "all that were too many are gone");
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(finds(&fixture, address).await, 1, "{address}");
    }
    let after = store.partitions(None, None).await.unwrap();
    assert_ne!(before[0].bits, after[0].bits);
    assert_eq!(after[0].bits, bits[0].1);
    for table in [
        "SELECT count(*) FROM index_added",
        "SELECT count(*) FROM index_rebuild",
    ] {
        assert_eq!(fixture.number(table).await, 0);
    }
}

/// Whoever was about to add to the month when the new index was taken into use decides again, and nothing is missing.
#[tokio::test]
async fn nobody_adds_to_a_month_while_its_index_is_changed() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    filed(&fixture, 1, "192.0.2.1").await;
    let joining = fixture.outcome("other");
    let inbox = fixture.held().await;
    let bits = [(Family::Address, Bits::plan(Family::Address, 1 << 20))];
    let mut work = store.index_work(MONTH).await.unwrap().unwrap();
    work.begin(&bits, &[]).await.unwrap();
    work.close().await.unwrap();
    let mut filing = std::pin::pin!(joining.open(store, inbox));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), &mut filing).await;
    assert!(waited.is_err(), "it did not wait");
    work.take_into_use(&bits).await.unwrap();
    let late = filing.await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
    assert_eq!(fixture.number("SELECT count(*) FROM entry").await, 1);
}

#[tokio::test]
async fn the_values_of_a_ticket_are_those_of_its_newest_messages() {
    let fixture = Fixture::migrated().await;
    let first = fixture.outcome("first");
    fixture.file(&first).await;
    let mut entries = vec![first.entry];
    for number in 2..=4 {
        let inbox = fixture.held().await;
        let mut reply = fixture.outcome(&format!("reply {number}"));
        reply.case = first.case;
        let ticket = Some(first.case);
        let joined = reply.commit(&fixture.store, inbox, None, ticket, number);
        assert_eq!(joined.await.unwrap(), Committed::Filed);
        entries.push(reply.entry);
    }
    let of = async |ticket, most| {
        let values = fixture.store.values_of(ticket, most).await.unwrap();
        let mut found: Vec<_> = values.into_iter().map(|value| value.entry).collect();
        found.sort();
        found
    };
    assert_eq!(of(first.case, 2).await, entries[2..]);
    assert_eq!(of(first.case, 9).await, entries);
    assert!(of(first.entry, 9).await.is_empty());
}
