//! Searching: pages, values that come often, and what is left for later.

use pillarbox::sealing;
use pillarbox::search::{
    Condition, Effort, Kind, Months, Page, Partitions, Search, Value, partition,
};
use sqlx::PgConnection;
use uuid::{NoContext, Timestamp, Uuid};
use vault::{Bits, CaseKey};

use crate::fixture::{Fixture, TEAM};

/// Messages on one ticket, written as the worker would.
struct Desk {
    fixture: Fixture,
    connection: PgConnection,
    partitions: Partitions,
    case: Uuid,
    key: CaseKey,
}

impl Desk {
    async fn new() -> Desk {
        let fixture = Fixture::migrated().await;
        let mut connection = fixture.connection().await;
        let case = at("2026-09", 0);
        let key = fixture.ring.new_case_key(sealing::epoch_of(case)).unwrap();
        let aad = sealing::case_aad(TEAM, case);
        let wrapped = fixture.ring.wrap(&key, &aad).unwrap();
        sqlx::query("INSERT INTO case_key (id, wrapped) VALUES ($1, $2)")
            .bind(case)
            .bind(wrapped.as_bytes())
            .execute(&mut connection)
            .await
            .unwrap();
        Desk {
            fixture,
            connection,
            partitions: Partitions::default(),
            case,
            key,
        }
    }

    /// A message of a month; `minute` is counted from its begin.
    async fn file(&mut self, month: &str, minute: u64, mut values: Vec<Value>) -> Uuid {
        let (entry, day) = (at(month, minute), format!("{month}-01"));
        let (store, ring) = (&self.fixture.store, &self.fixture.ring);
        self.partitions.spread(&day, &mut values).unwrap();
        let families = partition::families(&values);
        let partitions = self.partitions.of(store, &day, &families).await.unwrap();
        let index = partition::index(ring, TEAM, &day, &partitions, &values);
        let aad = sealing::observable_aad(TEAM, self.case, entry);
        let sealed = sealing::seal(&self.key, &aad, &values).unwrap();
        sqlx::query(
            "INSERT INTO observable (entry, case_id, month, value) VALUES ($1, $2, $3::date, $4)",
        )
        .bind(entry)
        .bind(self.case)
        .bind(&day)
        .bind(sealed.as_bytes())
        .execute(&mut self.connection)
        .await
        .unwrap();
        for row in index {
            sqlx::query("INSERT INTO observable_index (entry, family, month, cell) VALUES ($1, $2, $3::date, $4)")
                .bind(entry)
                .bind(row.family.number())
                .bind(&day)
                .bind(row.cell)
                .execute(&mut self.connection)
                .await
                .unwrap();
        }
        entry
    }

    async fn page(&self, asked: &str, page: Page) -> (Vec<Uuid>, Option<Uuid>) {
        let search = Search {
            store: &self.fixture.store,
            ring: &self.fixture.ring,
            team: TEAM,
            own: None,
        };
        let condition = Condition::parse(asked).unwrap();
        let answer = search.run(&[condition], &Months::default(), page).await;
        let answer = answer.unwrap();
        assert_eq!(answer.unreadable, 0);
        let found = answer.found.iter().map(|found| found.entry).collect();
        (found, answer.more)
    }

    /// Page after page, to the end; no page is larger than was said.
    async fn pages(&self, asked: &str, mut page: Page) -> Vec<Uuid> {
        let mut all = Vec::new();
        loop {
            let (found, more) = self.page(asked, page).await;
            assert!(found.len() <= page.most);
            all.extend(found);
            let Some(before) = more else { return all };
            page.before = Some(before);
        }
    }
}

/// An id of a message that came then.
fn at(month: &str, minute: u64) -> Uuid {
    let day: jiff::civil::Date = format!("{month}-01").parse().unwrap();
    let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    let second = u64::try_from(midnight.timestamp().as_second()).unwrap();
    Uuid::new_v7(Timestamp::from_unix(NoContext, second + minute * 60, 0))
}

fn of(most: usize) -> Page {
    Page {
        most,
        ..Page::default()
    }
}

fn from(address: &str) -> Vec<Value> {
    vec![Value::new(Kind::Sender, address)]
}

#[tokio::test]
async fn pages_show_the_newest_first_and_each_message_once() {
    let mut desk = Desk::new().await;
    let mut wanted = Vec::new();
    for month in ["2026-09", "2026-10", "2026-11"] {
        for minute in 0..9 {
            let value = Value::new(Kind::Address, &format!("192.0.2.{minute}"));
            wanted.push(desk.file(month, minute, vec![value]).await);
        }
    }
    wanted.reverse();
    let (all, more) = desk.page("192.0.2.0/24", of(27)).await;
    assert_eq!((&all, more), (&wanted, None));
    let (first, more) = desk.page("192.0.2.0/24", of(10)).await;
    assert_eq!((first.as_slice(), more), (&wanted[..10], Some(wanted[9])));
    assert_eq!(desk.pages("192.0.2.0/24", of(10)).await, wanted);
    assert_eq!(desk.pages("192.0.2.0/24", of(1)).await, wanted);
    assert_eq!(desk.pages("192.0.2.3", of(1)).await.len(), 3);
    // What comes while somebody reads moves nothing on the pages after.
    let value = Value::new(Kind::Address, "192.0.2.77");
    desk.file("2026-11", 100, vec![value]).await;
    let next = Page {
        before: more,
        ..of(10)
    };
    assert_eq!(desk.page("192.0.2.0/24", next).await.0, wanted[10..20]);
}

/// Values that come often are spread over many cells: all of them are found, and so are those of seldom ones beside.
#[tokio::test]
async fn who_writes_most_is_found_with_every_message() {
    let mut desk = Desk::new().await;
    let mut loud = Vec::new();
    for minute in 0..300 {
        loud.push(
            desk.file("2026-10", minute, from("loud@cert.example"))
                .await,
        );
        let quiet = format!("one{}@cert.example", minute % 20);
        if minute % 3 == 0 {
            desk.file("2026-10", minute, from(&quiet)).await;
        }
    }
    loud.push(desk.file("2026-11", 0, from("loud@cert.example")).await);
    loud.reverse();
    let find = async |asked: &str, most| desk.pages(asked, of(most)).await;
    assert_eq!(find("sender:loud@cert.example", 1_000).await, loud);
    assert_eq!(find("sender:loud@cert.example", 70).await, loud);
    assert_eq!(find("loud@cert.example", 299).await, loud);
    assert_eq!(find("sender:one0@cert.example", 100).await.len(), 5);
    assert_eq!(find("sender:cert.example", 1_000).await.len(), 401);
    assert_eq!(find("sender:cert.example", 64).await.len(), 401);
    assert_eq!(find("cert.example", 64).await.len(), 401);
    assert!(find("sender:nobody@cert.example", 100).await.is_empty());
    // Another process counts anew, and spreads less.
    desk.partitions = Partitions::default();
    for minute in 400..420 {
        let entry = desk
            .file("2026-11", minute, from("loud@cert.example"))
            .await;
        loud.insert(0, entry);
    }
    let (found, more) = desk.page("sender:loud@cert.example", of(1_000)).await;
    assert_eq!((found, more), (loud, None));
}

/// Where many messages share a cell, only so many are opened for a page; where it goes on is said even if nothing was found.
#[tokio::test]
async fn what_would_take_too_long_goes_on_with_the_next_page() {
    let mut desk = Desk::new().await;
    for family in vault::Family::ALL {
        for month in ["2026-10-01", "2026-11-01"] {
            let store = &desk.fixture.store;
            let one_cell = Bits([0; 3]);
            store.add_partition(family, month, one_cell).await.unwrap();
        }
    }
    let address = |number: u64| vec![Value::new(Kind::Address, &format!("192.0.2.{number}"))];
    let oldest = desk.file("2026-10", 0, address(200)).await;
    for minute in 1..60 {
        desk.file("2026-10", minute, address(minute)).await;
        desk.file("2026-11", minute, from(&format!("a{minute}@b.example")))
            .await;
    }
    let other = desk.file("2026-11", 99, from("a0@b.example")).await;
    let page = Page {
        effort: Effort {
            first: 8,
            next: 8,
            opened: 20,
        },
        ..of(5)
    };
    let (found, more) = desk.page("192.0.2.200", page).await;
    assert!(found.is_empty() && more.is_some());
    assert_eq!(desk.pages("192.0.2.200", page).await, [oldest]);
    assert_eq!(desk.pages("sender:a0@b.example", page).await, [other]);
    let third = desk.pages("sender:a3@b.example", page).await;
    assert_eq!(third.len(), 1);
    assert_eq!(desk.pages("sender:b.example", page).await.len(), 60);
    assert_eq!(desk.page("192.0.2.200", of(5)).await, (vec![oldest], None));
}
