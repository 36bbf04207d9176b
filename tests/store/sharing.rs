//! Which other tickets have the same values, however many these are and whenever they came.

use pillarbox::search::before::MANY;
use pillarbox::search::{Before, Kind, Months, Search, Subject, Value, partition, rows};
use sqlx::Connection;
use uuid::Uuid;
use vault::{Bits, Family};

use crate::fixture::{Fixture, TEAM};
use crate::observables::filed;

const OLDER: &str = "2026-09-01";

/// What others have of these values.
async fn before(fixture: &Fixture, values: &[Value]) -> Vec<Before> {
    let search = Search {
        store: &fixture.store,
        ring: &fixture.ring,
        team: TEAM,
        own: None,
    };
    let subject = Subject {
        ticket: Uuid::nil(),
        values: values.to_vec(),
    };
    let found = search.before(&[subject], &Months::default()).await;
    found.unwrap().remove(0)
}

/// Indexes a message with an older month instead of its own.
async fn age(fixture: &Fixture, entry: Uuid, values: &[Value]) {
    for family in [Family::Address, Family::Hash] {
        let bits = Bits::plan(family, 512);
        let store = &fixture.store;
        store.add_partition(family, OLDER, bits).await.unwrap();
    }
    let partitions = fixture.store.partitions(Some(OLDER), Some(OLDER)).await;
    let keys = partition::keys(&fixture.ring, OLDER);
    let rows = rows::of_message((&keys, TEAM), &partitions.unwrap(), entry, values, |_, _| 1);
    let url = fixture.cluster.url();
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("DELETE FROM observable_index WHERE entry = $1")
        .bind(entry)
        .execute(&mut connection)
        .await
        .unwrap();
    for row in rows.unwrap().index {
        sqlx::query("INSERT INTO observable_index (entry, family, month, cell, mark) VALUES ($1, $2, $3::date, $4, $5)")
            .bind(entry)
            .bind(row.family.number())
            .bind(OLDER)
            .bind(row.cell)
            .bind(Uuid::from_bytes(row.mark))
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn older_months_are_asked_for_what_the_newest_does_not_tell() {
    let fixture = Fixture::migrated().await;
    let address = Value::new(Kind::Address, "192.0.2.7");
    let hash = Value::new(Kind::Hash, &"ab".repeat(32));
    let both = [address.clone(), hash.clone()];
    let old = filed(&fixture, 1, &both).await;
    age(&fixture, old.entry, &both).await;
    let new = filed(&fixture, 2, std::slice::from_ref(&address)).await;
    let found = before(&fixture, &both).await;
    let found: Vec<_> = found
        .into_iter()
        .map(|one| (one.kind, one.tickets, one.last))
        .collect();
    let wanted = [
        (Kind::Address, vec![new.case, old.case], new.entry),
        (Kind::Hash, vec![old.case], old.entry),
    ];
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_value_of_many_tickets_names_the_newest_and_one_ticket_with_many_messages_hides_no_other()
{
    let fixture = Fixture::migrated().await;
    let values = [Value::new(Kind::Address, "192.0.2.7")];
    let mut cases = Vec::new();
    for serial in 1..=75 {
        cases.insert(0, filed(&fixture, serial, &values).await.case);
    }
    let found = before(&fixture, &values).await;
    assert_eq!(found[0].tickets, cases[..MANY]);

    // The newest seventy messages are on one ticket.
    fixture
        .run(
            "UPDATE entry SET ticket = (SELECT id FROM ticket ORDER BY id DESC LIMIT 1)
             WHERE id IN (SELECT id FROM entry ORDER BY id DESC LIMIT 70)",
        )
        .await;
    let found = before(&fixture, &values).await;
    let wanted: Vec<Uuid> = cases[..1].iter().chain(&cases[70..]).copied().collect();
    assert_eq!(found[0].tickets, wanted);
}
