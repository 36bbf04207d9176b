//! Lists and pages say of a ticket that an answer is waited for, or late, where that is so of one that was merged into it.

use pillarbox::store::{ChangedFilter, QueueFilter, QueueOrder, QueuePage, Test, Wanted};

use crate::fixture::{Fixture, TEAM};

/// Numbers of the tickets that each list calls late: the queue, asked for all and for these; a page, the same; tickets by number; the
/// list for programs; and how many there are.
async fn late(fixture: &Fixture) -> (Vec<Vec<i64>>, i64) {
    let store = &fixture.store;
    let filter = |overdue| QueueFilter {
        overdue,
        limit: 9,
        ..QueueFilter::default()
    };
    let all = store.queue(TEAM, &filter(false)).await.unwrap();
    let only = store.queue(TEAM, &filter(true)).await.unwrap();
    let every = page(fixture, Wanted::All(Vec::new())).await;
    let page = page(fixture, Wanted::Test(Test::Overdue)).await;
    let by_number = store.tickets(TEAM, &[1, 2, 3], &[]).await.unwrap();
    let changed = ChangedFilter {
        overdue: true,
        limit: 9,
        state: None,
        owner: None,
        needs_human: false,
        since: None,
        after: None,
    };
    let changed = store.changed_tickets(TEAM, &changed).await.unwrap();
    let changed = changed.iter().filter_map(|place| {
        let mut all = all.iter();
        all.find(|row| row.id == place.id).map(|row| row.serial)
    });
    let late = |rows: &[pillarbox::store::QueueRow]| -> Vec<i64> {
        let late = rows.iter().filter(|row| row.overdue);
        late.map(|row| row.serial).collect()
    };
    let named = by_number.iter().filter(|row| row.overdue);
    let lists = vec![
        late(&all),
        late(&only),
        late(&every),
        late(&page),
        named.map(|row| row.serial).collect(),
        changed.collect(),
    ];
    (lists, store.overdue_count().await.unwrap())
}

async fn page(fixture: &Fixture, wanted: Wanted) -> Vec<pillarbox::store::QueueRow> {
    let page = QueuePage {
        order: QueueOrder::Oldest,
        wanted,
        after: None,
        limit: 9,
    };
    fixture.store.queue_page(TEAM, &page).await.unwrap()
}

async fn awaited(fixture: &Fixture) -> (Vec<i64>, Vec<i64>) {
    let only = page(fixture, Wanted::Test(Test::Awaited)).await;
    let every = page(fixture, Wanted::All(Vec::new())).await;
    let every = every.iter().filter(|row| row.awaited);
    (
        only.iter().map(|row| row.serial).collect(),
        every.map(|row| row.serial).collect(),
    )
}

#[tokio::test]
async fn a_ticket_is_late_where_one_that_was_merged_into_it_is() {
    let fixture = Fixture::migrated().await;
    for serial in 1..=3 {
        let mut outcome = fixture.outcome(&serial.to_string());
        outcome.serial = serial;
        fixture.file(&outcome).await;
    }
    fixture
        .run("UPDATE ticket SET state = 'open', answer_due = NULL")
        .await;
    assert_eq!(awaited(&fixture).await, (vec![], vec![]));
    assert_eq!(late(&fixture).await, (vec![Vec::new(); 6], 0));

    fixture
        .run(
            "INSERT INTO awaited (mail, ticket, letter, party, until)
             SELECT gen_random_uuid(), id, gen_random_uuid(), 'x', now() + interval '1 hour' FROM ticket WHERE serial = 1",
        )
        .await;
    assert_eq!(awaited(&fixture).await, (vec![1], vec![1]));
    assert_eq!(late(&fixture).await.1, 0);

    fixture
        .run("UPDATE awaited SET until = now() - interval '1 hour'")
        .await;
    assert_eq!(late(&fixture).await, (vec![vec![1]; 6], 1));

    fixture
        .run("UPDATE ticket SET state = 'resolved', merged_into = 2 WHERE serial = 1")
        .await;
    assert_eq!(awaited(&fixture).await, (vec![1, 2], vec![1, 2]));
    assert_eq!(late(&fixture).await, (vec![vec![2]; 6], 1));
    let told = fixture
        .number("SELECT count(*) FROM ticket WHERE is_overdue(id, state, answer_due)")
        .await;
    assert_eq!(told, 1);

    fixture.run("UPDATE awaited SET ended = 'answered'").await;
    assert_eq!(awaited(&fixture).await, (vec![], vec![]));
    assert_eq!(late(&fixture).await, (vec![Vec::new(); 6], 0));
}
