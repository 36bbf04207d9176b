//! Searchable values, their index, and its partitions.

use pillarbox::sealing;
use pillarbox::search::place::Path;
use pillarbox::search::rebuild::{self, RebuildFault, Rebuilt};
use pillarbox::search::{
    Answer, Condition, Kind, Months, Page, Partitions, Search, Value, partition, rows,
};
use pillarbox::store::{Committed, Partition, Question, StoreFault, Window};
use pillarbox::verify::Verifier;
use uuid::Uuid;
use vault::blind::MOST_SALTS;
use vault::{Bits, Cells, Family, KeyRing, Ratchet};

use crate::fixture::{Fixture, MONTH, Outcome, TEAM};

fn partition_of(family: Family, month: &str, version: i32) -> Partition {
    Partition {
        family,
        month: month.into(),
        version,
        bits: Bits::plan(Family::Address, 512),
    }
}

#[tokio::test]
async fn rows_are_found_by_cell_and_values_by_message_and_both_go_with_it() {
    let fixture = Fixture::migrated().await;
    let (store, outcome) = (&fixture.store, fixture.outcome("a"));
    fixture.file(&outcome).await;
    let partition = partition_of(Family::Address, MONTH, 1);
    let question = |low, high| Question {
        partition: &partition,
        cells: Cells { low, high },
    };
    let found = async |low, high, window| {
        let questions = [question(low, high), question(99, 99)];
        store.marks(&questions, window).await.unwrap()
    };
    let sharing = found(10, 12, Window::default()).await;
    assert_eq!(sharing.len(), 1);
    assert_eq!(sharing[0].entries, outcome.entry.as_bytes());
    assert_eq!(sharing[0].marks, [9; 16]);
    assert_eq!(
        (sharing[0].family, sharing[0].month.as_str()),
        (Family::Address, MONTH)
    );
    assert!(found(13, 99, Window::default()).await.is_empty());
    let not_newer = Window {
        after: Some(outcome.entry),
        before: None,
    };
    let not_older = Window {
        before: Some(outcome.entry),
        after: None,
    };
    assert!(found(12, 12, not_newer).await.is_empty());
    assert!(found(12, 12, not_older).await.is_empty());
    // Where there is no partition, or another version of it, the question is wrong.
    for wrong in [
        partition_of(Family::Name, MONTH, 1),
        partition_of(Family::Address, "2026-10-01", 1),
        partition_of(Family::Address, MONTH, 2),
    ] {
        let wrong = Question {
            partition: &wrong,
            cells: Cells { low: 13, high: 99 },
        };
        let refused = store.marks(&[wrong], Window::default()).await;
        assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    }
    let values = store.values(&[outcome.entry, Uuid::nil()]).await.unwrap();
    assert_eq!(values.len(), 1);
    assert_eq!(
        (values[0].case, values[0].entry),
        (outcome.case, outcome.entry)
    );
    assert!(values[0].value == outcome.observable && values[0].wrapped == outcome.wrapped);
    let rows = store.index_rows(None, None).await.unwrap();
    assert_eq!(rows, [(Family::Address, MONTH.to_owned(), 1)]);
    assert!(
        store
            .index_rows(None, Some(MONTH))
            .await
            .unwrap()
            .is_empty()
    );
    fixture.run("DELETE FROM observable").await;
    assert!(store.index_rows(None, None).await.unwrap().is_empty());
    assert!(store.values(&[outcome.entry]).await.unwrap().is_empty());
}

#[tokio::test]
async fn spread_marks_are_written_once_and_read_by_family_and_month() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    for (serial, name) in (1..).zip(["a", "b"]) {
        let mut outcome = fixture.outcome(name);
        outcome.serial = serial;
        fixture.file(&outcome).await;
    }
    let of = async |families: &[Family], from, to| store.spread(families, from, to).await.unwrap();
    let all = of(&[Family::Sender, Family::Hash], None, None).await;
    assert_eq!(all, [(Family::Sender, MONTH.to_owned(), vec![8; 16])]);
    assert_eq!(of(&[Family::Sender], Some(MONTH), Some(MONTH)).await, all);
    assert!(of(&[Family::Hash], None, None).await.is_empty());
    assert!(
        of(&[Family::Sender], Some("2026-12-01"), None)
            .await
            .is_empty()
    );
    assert!(
        of(&[Family::Sender], None, Some("2026-10-01"))
            .await
            .is_empty()
    );
    let verified = store.all_spread().await.unwrap();
    assert_eq!(
        verified,
        [(Family::Sender.number(), MONTH.to_owned(), [8; 16])]
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
             INSERT INTO observable_index SELECT entry, 0, month, 5, gen_random_uuid() FROM observable",
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

/// Files a message with these values, as the worker does.
pub async fn filed(fixture: &Fixture, serial: i64, values: &[Value]) -> Outcome {
    filed_with(fixture, serial, values, |_, _| 1).await
}

/// The same, each drawn from so many salts.
async fn filed_with(
    fixture: &Fixture,
    serial: i64,
    values: &[Value],
    salts: impl FnMut(Family, &Path) -> u16,
) -> Outcome {
    let (store, known) = (&fixture.store, Partitions::default());
    let families = partition::families(values);
    let partitions = known.of(store, MONTH, &families).await.unwrap();
    let mut outcome = fixture.outcome(&serial.to_string());
    let keys = partition::keys(&fixture.ring, MONTH);
    let rows = rows::of_message((&keys, TEAM), &partitions, outcome.entry, values, salts);
    outcome.rows = rows.unwrap();
    let aad = sealing::observable_aad(TEAM, outcome.case, outcome.entry);
    outcome.observable = sealing::seal(&outcome.key, &aad, &values).unwrap();
    outcome.serial = serial;
    fixture.file(&outcome).await;
    outcome
}

async fn answer(fixture: &Fixture, asked: &str) -> Answer {
    let search = Search {
        store: &fixture.store,
        ring: &fixture.ring,
        team: TEAM,
        own: None,
    };
    let condition = Condition::parse(asked).unwrap();
    search
        .run(&[condition], &Months::default(), Page::default())
        .await
        .unwrap()
}

async fn finds(fixture: &Fixture, asked: &str) -> usize {
    let answer = answer(fixture, asked).await;
    assert_eq!(answer.unreadable, 0);
    answer.found.len()
}

async fn anew(fixture: &Fixture) -> Rebuilt {
    let done = rebuild::rebuild(&fixture.store, &fixture.ring, TEAM, MONTH, |_| ());
    done.await.unwrap()
}

const ASKED: [&str; 5] = [
    "192.0.2.7",
    "192.0.2.0/28",
    "sender:partner.example",
    "noc@partner.example",
    "192.0.0.0/14",
];

/// The rows that a month indexed anew has are those that it would have, had it been so fine from the beginning. No value is opened:
/// the key of the case is gone.
#[tokio::test]
async fn a_month_is_indexed_anew_from_marks_alone() {
    let fixture = Fixture::migrated().await;
    let values = [
        Value::new(Kind::Address, "192.0.2.7"),
        Value::new(Kind::Address, "192.0.3.7"),
        Value::new(Kind::Sender, "noc@partner.example"),
    ];
    for serial in 1..=70 {
        filed(&fixture, serial, &values[..]).await;
    }
    let before = fixture.store.partitions(None, None).await.unwrap();
    let spoil = "UPDATE case_key SET wrapped = set_byte(wrapped, 60, get_byte(wrapped, 60) # 1)";
    fixture.run(spoil).await;
    assert_eq!(answer(&fixture, "192.0.2.7").await.unreadable, 70);
    let all = Rebuilt {
        rows: 210,
        unreadable: 0,
    };
    assert_eq!(anew(&fixture).await, all);
    fixture.run(spoil).await;
    let after = fixture.store.partitions(None, None).await.unwrap();
    let bits = |partitions: &[Partition], family| {
        let mut partitions = partitions.iter();
        partitions.find(|one| one.family == family).unwrap().bits
    };
    assert_eq!(bits(&before, Family::Address).sum(), 6);
    assert_eq!(
        bits(&after, Family::Address),
        Bits::plan(Family::Address, 140)
    );
    assert_eq!(bits(&after, Family::Sender), Bits::plan(Family::Sender, 70));
    assert!(after.iter().all(|one| one.version == 2));
    for asked in ASKED {
        assert_eq!(finds(&fixture, asked).await, 70, "{asked}");
    }
    let partitions = fixture.store.partitions(None, None).await.unwrap();
    let partitions: Vec<_> = partitions
        .into_iter()
        .filter(|one| one.family == Family::Address)
        .collect();
    let keys = partition::keys(&fixture.ring, MONTH);
    let direct = rows::of_message((&keys, TEAM), &partitions, Uuid::nil(), &values, |_, _| 1);
    let mut direct: Vec<i32> = direct.unwrap().index.iter().map(|row| row.cell).collect();
    direct.sort_unstable();
    direct.dedup();
    let mut connection = fixture.connection().await;
    let stored: Vec<i32> = sqlx::query_scalar(
        "SELECT DISTINCT cell FROM observable_index WHERE family = 0 ORDER BY cell",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(stored, direct);
}

/// The gateway has the key of the current month alone; who holds the first one indexes any month anew.
#[tokio::test]
async fn a_month_that_the_gateway_has_no_key_to_is_indexed_anew_by_an_analyst() {
    let mut fixture = Fixture::migrated().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index.ratchet");
    let first = Ratchet::generate("2026-11".parse().unwrap()).unwrap();
    std::fs::write(&file, first.to_text().as_bytes()).unwrap();
    let mut permissions = std::fs::metadata(&file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    std::fs::set_permissions(&file, permissions).unwrap();
    fixture.ring.keep_index_ratchet_in(&file).unwrap();
    for serial in 1..=70 {
        filed(&fixture, serial, &[Value::new(Kind::Address, "192.0.2.7")]).await;
    }
    fixture.ring.turn_index("2026-12".parse().unwrap()).unwrap();
    let refused = rebuild::rebuild(&fixture.store, &fixture.ring, TEAM, MONTH, |_| ()).await;
    assert!(matches!(refused, Err(RebuildFault::NoKey)), "{refused:?}");
    assert!(answer(&fixture, "192.0.2.7").await.closed.is_some());
    let analyst = KeyRing::clone(&fixture.ring);
    analyst.open_index_with(first);
    fixture.ring = analyst.into();
    let done = Rebuilt {
        rows: 70,
        unreadable: 0,
    };
    assert_eq!(anew(&fixture).await, done);
    let bits = fixture.store.partitions(None, None).await.unwrap()[0].bits;
    assert_eq!(bits, Bits::plan(Family::Address, 70));
    assert_eq!(finds(&fixture, "192.0.2.7").await, 70);
}

/// Without what says how far a value is spread, its rows would not be asked for.
#[tokio::test]
async fn a_missing_line_about_spread_is_told() {
    let fixture = Fixture::migrated().await;
    let values = [Value::new(Kind::Sender, "noc@partner.example")];
    let outcome = filed_with(&fixture, 1, &values, |_, _| MOST_SALTS).await;
    let told = async || {
        let verifier = Verifier {
            store: &fixture.store,
            ring: &fixture.ring,
            team: TEAM,
            own: None,
        };
        let findings = verifier.case(outcome.case).await.unwrap().findings;
        let mut tables: Vec<&str> = findings.iter().map(|finding| finding.table).collect();
        tables.retain(|table| table.contains("index"));
        tables
    };
    assert!(told().await.is_empty());
    assert_eq!(finds(&fixture, "sender:partner.example").await, 1);
    fixture.run("DELETE FROM index_spread").await;
    assert_eq!(told().await, ["index_spread"]);
    assert_eq!(finds(&fixture, "sender:partner.example").await, 0);
}

/// A mark that was put beside another message is no hit, and a month is indexed anew in spite of it.
#[tokio::test]
async fn a_moved_mark_is_no_hit() {
    let fixture = Fixture::migrated().await;
    let first = filed(&fixture, 1, &[Value::new(Kind::Address, "192.0.2.1")]).await;
    let second = filed(&fixture, 2, &[Value::new(Kind::Address, "192.0.2.2")]).await;
    assert_eq!(
        (
            finds(&fixture, "192.0.2.1").await,
            finds(&fixture, "192.0.2.2").await
        ),
        (1, 1)
    );
    let mut connection = fixture.connection().await;
    let moved = "UPDATE observable_index a SET mark = b.mark, cell = b.cell FROM observable_index b WHERE a.entry = $1 AND b.entry = $2";
    sqlx::query(moved)
        .bind(second.entry)
        .bind(first.entry)
        .execute(&mut connection)
        .await
        .unwrap();
    let answer = answer(&fixture, "192.0.2.1").await;
    assert_eq!((answer.found.len(), answer.opened), (1, 1));
    assert_eq!(finds(&fixture, "192.0.2.2").await, 0);
    let left = Rebuilt {
        rows: 2,
        unreadable: 1,
    };
    assert_eq!(anew(&fixture).await, left);
    assert_eq!(finds(&fixture, "192.0.2.1").await, 1);
}

/// Broken off, it has not happened; searched while it is under way, and at the moment when it ends, everything is found.
#[tokio::test]
async fn whoever_searches_meanwhile_finds_what_there_is() {
    let fixture = Fixture::migrated().await;
    let values = [
        Value::new(Kind::Address, "192.0.2.7"),
        Value::new(Kind::Sender, "noc@partner.example"),
    ];
    let first = filed(&fixture, 1, &values).await;
    for serial in 2..=40 {
        filed(&fixture, serial, &values).await;
    }
    let before = fixture.store.partitions(None, None).await.unwrap();
    let mut work = fixture.store.index_work(MONTH).await.unwrap();
    let rows = work.rows(Uuid::nil(), 1).await.unwrap().unwrap();
    assert_eq!((rows.0, rows.1.len()), (first.entry, 2));
    let (entry, _, mark) = rows.1[0];
    work.set(&[(entry, mark, 77)]).await.unwrap();
    for asked in ASKED {
        assert_eq!(finds(&fixture, asked).await, 40, "{asked}");
    }
    drop(work);
    let under_way = async {
        for number in 0..12 {
            let bits = [
                (Family::Address, Bits([number % 5, 1, number % 3])),
                (Family::Sender, Bits([number % 4, number % 2, 0])),
            ];
            let mut work = fixture.store.index_work(MONTH).await.unwrap();
            let (_, rows) = work.rows(Uuid::nil(), 1_000).await.unwrap().unwrap();
            let keys = partition::keys(&fixture.ring, MONTH);
            let cells = rows.into_iter().map(|(entry, family, mark)| {
                let indexer = partition::indexers(&keys, TEAM, family, MONTH).remove(0);
                let bits = bits.iter().find(|(of, _)| *of == family).unwrap().1;
                let marked = indexer.read(&mark)[0];
                (
                    entry,
                    mark,
                    indexer.cells(bits, marked.hashed(), marked.salt()).low,
                )
            });
            work.set(&cells.collect::<Vec<_>>()).await.unwrap();
            work.end(&bits).await.unwrap();
        }
    };
    let searched = async {
        for number in 0..40 {
            let asked = ASKED[number % ASKED.len()];
            assert_eq!(finds(&fixture, asked).await, 40, "{asked}");
        }
    };
    tokio::join!(under_way, searched);
    let after = fixture.store.partitions(None, None).await.unwrap();
    assert!(
        after.iter().all(|one| one.version == 13),
        "{after:?} {before:?}"
    );
}

/// Whoever was about to add to the month when the new index was taken into use decides again, and nothing is missing.
#[tokio::test]
async fn nobody_adds_to_a_month_while_its_index_is_changed() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    filed(&fixture, 1, &[Value::new(Kind::Address, "192.0.2.1")]).await;
    let joining = fixture.outcome("other");
    let inbox = fixture.held().await;
    let bits = [(Family::Address, Bits::plan(Family::Address, 1 << 20))];
    let work = store.index_work(MONTH).await.unwrap();
    let mut filing = std::pin::pin!(joining.open(store, inbox));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), &mut filing).await;
    assert!(waited.is_err(), "it did not wait");
    work.end(&bits).await.unwrap();
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
