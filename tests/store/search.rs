//! Searching: pages, values that come often, and what is left for later.

use pillarbox::sealing;
use pillarbox::search::{
    Condition, Effort, Kind, Months, Page, Partitions, Search, Value, partition, rebuild, rows,
};
use sqlx::PgConnection;
use uuid::{NoContext, Timestamp, Uuid};
use vault::CaseKey;

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
    async fn file(&mut self, month: &str, minute: u64, values: Vec<Value>) -> Uuid {
        let (entry, day) = (at(month, minute), format!("{month}-01"));
        let (store, ring) = (&self.fixture.store, &self.fixture.ring);
        let families = partition::families(&values);
        let partitions = self.partitions.of(store, &day, &families).await.unwrap();
        let keys = partition::keys(ring, &day);
        let salts = |family, path: &_| self.partitions.salts(&day, family, path);
        let rows = rows::of_message((&keys, TEAM), &partitions, entry, &values, salts).unwrap();
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
        for row in rows.index {
            sqlx::query("INSERT INTO observable_index (entry, family, month, cell, mark) VALUES ($1, $2, $3::date, $4, $5)")
                .bind(entry)
                .bind(row.family.number())
                .bind(&day)
                .bind(row.cell)
                .bind(Uuid::from_bytes(row.mark))
                .execute(&mut self.connection)
                .await
                .unwrap();
        }
        for row in rows.spread {
            sqlx::query("INSERT INTO index_spread (family, month, mark) VALUES ($1, $2::date, $3) ON CONFLICT DO NOTHING")
                .bind(row.family.number())
                .bind(&day)
                .bind(Uuid::from_bytes(row.mark))
                .execute(&mut self.connection)
                .await
                .unwrap();
        }
        entry
    }

    async fn page(&self, asked: &str, page: Page) -> (Vec<Uuid>, Option<Uuid>) {
        self.page_of(asked, &Months::default(), page).await
    }

    async fn page_of(&self, asked: &str, months: &Months, page: Page) -> (Vec<Uuid>, Option<Uuid>) {
        let search = Search {
            store: &self.fixture.store,
            ring: &self.fixture.ring,
            team: TEAM,
            own: None,
        };
        let condition = Condition::parse(asked).unwrap();
        let answer = search.run(&[condition], months, page).await;
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
    for (from, to, span) in [
        (Some("2026-11-01"), None, 0..9),
        (None, Some("2026-09-01"), 18..27),
        (Some("2026-10-01"), Some("2026-10-01"), 9..18),
        (Some("2026-12-01"), None, 0..0),
    ] {
        let months = Months {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let (found, more) = desk.page_of("192.0.2.0/24", &months, of(27)).await;
        assert_eq!((found.as_slice(), more), (&wanted[span], None));
    }
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

/// Where many messages stand under what is asked for and do not answer it, only so many are opened for a page; where it goes on is
/// said even if nothing was found.
#[tokio::test]
async fn what_would_take_too_long_goes_on_with_the_next_page() {
    let mut desk = Desk::new().await;
    let address = |number: u64| vec![Value::new(Kind::Address, &format!("192.0.2.{number}"))];
    let oldest = desk.file("2026-10", 0, address(200)).await;
    for minute in 1..60 {
        desk.file("2026-10", minute, address(minute)).await;
        desk.file("2026-11", minute, address(60 + minute)).await;
    }
    let page = Page {
        effort: Effort {
            at_a_time: 8,
            opened: 20,
        },
        ..of(5)
    };
    let (found, more) = desk.page("192.0.2.192/28", page).await;
    assert!(found.is_empty() && more.is_some());
    assert_eq!(desk.pages("192.0.2.192/28", page).await, [oldest]);
    assert_eq!(desk.pages("192.0.2.0/24", page).await.len(), 119);
    assert_eq!(
        desk.page("192.0.2.192/28", of(5)).await,
        (vec![oldest], None)
    );
    // What is asked for as it stands is opened alone.
    assert_eq!(desk.page("192.0.2.200", page).await, (vec![oldest], None));
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn value(&mut self) -> Value {
        let (number, rank) = (self.below(6), self.below(4));
        match self.below(8) {
            0 => Value::new(Kind::Address, &format!("192.0.{rank}.{number}")),
            1 => Value::new(Kind::Address, &format!("2001:db8:{rank}::{number}")),
            2 => Value::new(Kind::Network, &format!("192.0.{rank}.0/2{number}")),
            3 => Value::new(Kind::Domain, &format!("h{number}.d{rank}.example")),
            4 => Value::new(Kind::Url, &format!("http://www.d{rank}.example/{number}")),
            5 => Value::new(Kind::Cve, &format!("CVE-2026-100{number}")),
            6 => Value::new(Kind::Mail, &format!("abuse{number}@d{rank}.example")),
            _ => Value::new(Kind::Reference, &format!("cert#{number}")),
        }
    }
}

/// Several writers, part of the months erased, months indexed anew: what is found is what a look at every value finds.
#[tokio::test]
async fn search_finds_what_looking_at_everything_finds() {
    const ASKED: [&str; 17] = [
        "192.0.1.3",
        "192.0.2.0/24",
        "192.0.0.0/22",
        "192.0.1.0/30",
        "2001:db8:1::2",
        "2001:db8:2::/48",
        "2001:db8::/32",
        "h1.d2.example",
        "d2.example",
        "http://www.d1.example/3",
        "CVE-2026-1003",
        "abuse2@d1.example",
        "ref:cert#4",
        "sender:loud@d0.example",
        "sender:d0.example",
        "d0.example",
        "10.0.0.1",
    ];
    let (mut desk, mut chance) = (Desk::new().await, Chance(17));
    let mut writers = [
        Partitions::default(),
        Partitions::default(),
        Partitions::default(),
    ];
    let mut all: Vec<(Uuid, Vec<Value>)> = Vec::new();
    for number in 0..600 {
        let writer = usize::try_from(chance.below(3)).unwrap();
        std::mem::swap(&mut desk.partitions, &mut writers[writer]);
        let sender = match chance.below(4) {
            0 => format!("quiet{}@d0.example", chance.below(9)),
            _ => "loud@d0.example".to_owned(),
        };
        let mut values = from(&sender);
        values.extend((0..chance.below(4)).map(|_| chance.value()));
        let month = ["2026-09", "2026-10", "2026-11"][usize::try_from(number / 200).unwrap()];
        let entry = desk.file(month, number, values.clone()).await;
        std::mem::swap(&mut desk.partitions, &mut writers[writer]);
        all.push((entry, values));
    }
    assert_finds(&desk, &all, &ASKED).await;
    // Of October all rows but those with the rarest salts go: what hangs together by salts is torn.
    let torn = "DELETE FROM observable WHERE month = '2026-10-01' AND entry NOT IN (
        SELECT entry FROM observable WHERE month = '2026-10-01' ORDER BY entry DESC LIMIT 40)";
    desk.fixture.run(torn).await;
    let left: Vec<Uuid> = sqlx::query_scalar("SELECT entry FROM observable")
        .fetch_all(&mut desk.connection)
        .await
        .unwrap();
    all.retain(|(entry, _)| left.contains(entry));
    assert_eq!(all.len(), 440);
    assert_finds(&desk, &all, &ASKED).await;
    for month in ["2026-09-01", "2026-10-01", "2026-11-01"] {
        let (store, ring) = (&desk.fixture.store, &desk.fixture.ring);
        let done = rebuild::rebuild(store, ring, TEAM, month, |_| ())
            .await
            .unwrap();
        assert_eq!(done.unreadable, 0);
    }
    assert_finds(&desk, &all, &ASKED).await;
}

async fn assert_finds(desk: &Desk, all: &[(Uuid, Vec<Value>)], asked: &[&str]) {
    for asked in asked {
        let condition = Condition::parse(asked).unwrap();
        let is_answer = |(_, values): &&(Uuid, Vec<Value>)| {
            values.iter().any(|value| condition.is_met_by(value))
        };
        let mut wanted: Vec<Uuid> = all
            .iter()
            .filter(is_answer)
            .map(|(entry, _)| *entry)
            .collect();
        wanted.sort();
        wanted.reverse();
        assert_eq!(desk.pages(asked, of(1_000)).await, wanted, "{asked}");
        assert_eq!(desk.pages(asked, of(37)).await, wanted, "{asked}");
    }
}
