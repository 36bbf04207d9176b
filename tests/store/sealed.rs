//! A sealed value opens in its own place and in no other: whoever writes to the database can't move things (T72).

use pillarbox::sealing;
use pillarbox::sender::Letter;
use vault::{Aad, Sealed};

use crate::fixture::{Fixture, TEAM};

#[tokio::test]
async fn swapped_columns_rows_and_cases_do_not_open() {
    let fixture = Fixture::migrated().await;
    let outcomes = [fixture.outcome("a"), fixture.outcome("b")];
    let mut places: Vec<(usize, Aad<'_>, Sealed)> = Vec::new();
    for (number, outcome) in outcomes.iter().enumerate() {
        let (case, entry) = (outcome.case, outcome.entry);
        let columns = [
            ("raw", &outcome.raw),
            ("summary", &outcome.summary),
            ("reading", &outcome.reading),
        ];
        for (column, sealed) in columns {
            let aad = sealing::entry_aad(TEAM, column, case, entry);
            places.push((number, aad, sealed.clone()));
        }
        let aad = sealing::observable_aad(TEAM, case, entry);
        places.push((number, aad, outcome.observable.clone()));
        let aad = Letter::aad(TEAM, case, outcome.mail);
        places.push((number, aad, outcome.letter.clone()));
    }
    let mut refused = 0;
    for (here, (case, aad, own)) in places.iter().enumerate() {
        assert!(outcomes[*case].key.open(aad, own).is_ok());
        for (there, (_, _, other)) in places.iter().enumerate() {
            if here != there {
                assert!(
                    outcomes[*case].key.open(aad, other).is_err(),
                    "{there} at {here}"
                );
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 90);
    let another_team = sealing::entry_aad("Other", "raw", outcomes[0].case, outcomes[0].entry);
    assert!(
        outcomes[0]
            .key
            .open(&another_team, &outcomes[0].raw)
            .is_err()
    );
}

#[tokio::test]
async fn rows_swapped_in_the_database_do_not_open() {
    let fixture = Fixture::migrated().await;
    for serial in 1..=2 {
        let mut outcome = fixture.outcome(&serial.to_string());
        outcome.serial = serial;
        fixture.file(&outcome).await;
    }
    let open = async || {
        let mut opened = 0;
        let filter = pillarbox::store::QueueFilter {
            limit: 10,
            ..Default::default()
        };
        for row in fixture.store.queue(TEAM, &filter).await.unwrap() {
            let first = &row.first;
            let Ok(key) = sealing::case_key(&fixture.ring, TEAM, first.case, &first.wrapped) else {
                continue;
            };
            let raw = fixture.store.raw(first.id).await.unwrap().unwrap();
            for (column, sealed) in [("summary", &first.summary), ("raw", &raw)] {
                let aad = sealing::entry_aad(TEAM, column, first.case, first.id);
                opened += usize::from(key.open(&aad, sealed).is_ok());
            }
        }
        opened
    };
    assert_eq!(open().await, 4);
    let swaps = [
        "UPDATE entry a SET raw = b.raw FROM entry b WHERE a.id <> b.id",
        "UPDATE entry a SET summary = b.summary FROM entry b WHERE a.id <> b.id",
    ];
    for (swap, left) in swaps.into_iter().zip([2, 0]) {
        fixture.run(swap).await;
        assert_eq!(open().await, left, "{swap}");
    }
    for swap in swaps {
        fixture.run(swap).await;
    }
    assert_eq!(open().await, 4, "and back");
    fixture
        .run("UPDATE case_key a SET wrapped = b.wrapped FROM case_key b WHERE a.id <> b.id")
        .await;
    assert_eq!(open().await, 0, "another case's key doesn't unwrap");
}
