//! Many tickets in an installation, as if reports had come for sixty days.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pillarbox::config::Database;
use pillarbox::sealing::{self, Summary};
use pillarbox::search::{Kind, Partitions, partition, place, rows};
use pillarbox::store::{Partition, Store};
use pillarbox::{epochs, keyfiles};
use sqlx::Connection;
use uuid::{NoContext, Uuid};
use vault::{Bits, Family, KeyRing};

use crate::filled::{Chance, Ready, insert, values};
use crate::support::Installation;

const TEAM: &str = "CSIRT";
const DAYS: i64 = 60;
const BATCH: usize = 2_000;

/// Columns of tickets and their messages.
#[derive(Default)]
struct Columns {
    cases: Vec<Uuid>,
    entries: Vec<Uuid>,
    serials: Vec<i64>,
    states: Vec<&'static str>,
    owners: Vec<&'static str>,
    came: Vec<String>,
    due: Vec<Option<String>>,
    signatures: Vec<&'static str>,
    encrypted: Vec<bool>,
    raw: Vec<Vec<u8>>,
    summaries: Vec<Vec<u8>>,
    readings: Vec<Vec<u8>>,
}

/// What was sealed of the report that came, opened.
struct Template {
    serial: i64,
    raw: Vec<u8>,
    reading: Vec<u8>,
}

/// Fills.
pub async fn fill(installation: &Installation, tickets: usize) {
    let settings = pillarbox::config::load(&installation.configuration()).unwrap();
    let ring = keyfiles::ring(&settings.storage).unwrap();
    let store = Store::new(&Database {
        url: installation.cluster.url(),
        ..Database::default()
    })
    .unwrap();
    let template = template(&store, &ring).await;
    let mut connection = sqlx::PgConnection::connect(&installation.cluster.url())
        .await
        .unwrap();
    let mut chance = Chance(1);
    let now = Timestamp::now();
    let partitions = partitions(&store, &ring, tickets, now).await;
    let counted = Partitions::default();
    let (mut columns, mut ready, mut keys) = (Columns::default(), Vec::new(), Vec::new());
    for number in 0..tickets {
        let at = moment(now, number, tickets);
        let (case, entry) = (id(at), id(at + SignedDuration::from_millis(1)));
        let key = ring.new_case_key(sealing::epoch_of(case)).unwrap();
        let wrapped = ring.wrap(&key, &sealing::case_aad(TEAM, case)).unwrap();
        keys.push((case, wrapped.as_bytes().to_vec()));
        let values = values::message(&mut chance);
        let month = month(at);
        let all = partition::keys(&ring, &month);
        let salts = |family, path: &_| counted.salts(&month, family, path);
        ready.push(Ready {
            case,
            entry,
            sealed: sealing::seal(&key, &sealing::observable_aad(TEAM, case, entry), &values)
                .unwrap()
                .into_bytes(),
            rows: rows::of_message((&all, TEAM), &partitions[&month], entry, &values, salts)
                .unwrap(),
            month,
        });
        let summary = summary(&values, at, &mut chance);
        let aad = |column| sealing::entry_aad(TEAM, column, case, entry);
        columns.cases.push(case);
        columns.entries.push(entry);
        let serial = 1_001 + i64::try_from(number).unwrap();
        let taken = i64::from(serial >= template.serial);
        columns.serials.push(serial + taken);
        // One in ten is not closed.
        let state = ["new", "open", "waiting"][chance.below(3)];
        let is_open = chance.below(10) == 0;
        columns
            .states
            .push(if is_open { state } else { "resolved" });
        columns
            .owners
            .push(["", "alice (console)", "bob", "kim"][chance.below(4)]);
        columns.came.push(at.to_string());
        let due = now + SignedDuration::from_hours(i64::try_from(chance.below(96)).unwrap() - 24);
        columns
            .due
            .push((is_open && state == "new").then(|| due.to_string()));
        columns.signatures.push(match chance.below(100) {
            0 => "bad",
            1..30 => "good",
            _ => "none",
        });
        columns.encrypted.push(chance.below(3) == 0);
        columns
            .raw
            .push(key.seal(&aad("raw"), &template.raw).unwrap().into_bytes());
        columns.readings.push(
            key.seal(&aad("reading"), &template.reading)
                .unwrap()
                .into_bytes(),
        );
        columns.summaries.push(
            sealing::seal(&key, &aad("summary"), &summary)
                .unwrap()
                .into_bytes(),
        );
        if ready.len() == BATCH || number + 1 == tickets {
            insert(&mut connection, &mut keys, &mut ready).await;
            write(&mut connection, std::mem::take(&mut columns)).await;
        }
    }
    sqlx::raw_sql("VACUUM ANALYZE")
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn template(store: &Store, ring: &KeyRing) -> Template {
    let filter = pillarbox::store::QueueFilter {
        limit: 1,
        ..Default::default()
    };
    let ticket = store.queue(TEAM, &filter).await.unwrap().remove(0);
    let entry = store.entries(ticket.id).await.unwrap().remove(0);
    let key = sealing::case_key(ring, TEAM, entry.case, &entry.wrapped).unwrap();
    let aad = |column| sealing::entry_aad(TEAM, column, entry.case, entry.id);
    let raw = store.raw(entry.id).await.unwrap().unwrap();
    Template {
        serial: ticket.serial,
        raw: key.open(&aad("raw"), &raw).unwrap().to_vec(),
        reading: key.open(&aad("reading"), &entry.reading).unwrap().to_vec(),
    }
}

/// All as far apart.
fn moment(now: Timestamp, number: usize, of: usize) -> Timestamp {
    let span = DAYS * 86_400_000;
    let back = span * i64::try_from(of - number).unwrap() / i64::try_from(of).unwrap();
    now - SignedDuration::from_millis(back)
}

fn id(at: Timestamp) -> Uuid {
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    let at = uuid::Timestamp::from_unix(
        NoContext,
        u64::try_from(seconds).unwrap(),
        u32::try_from(nanos).unwrap(),
    );
    Uuid::new_v7(at)
}

fn month(at: Timestamp) -> String {
    partition::first_day(TimeZone::UTC.to_datetime(at).date())
}

/// As planned from a month before that was like these; and the keys of these months.
async fn partitions(
    store: &Store,
    ring: &KeyRing,
    tickets: usize,
    now: Timestamp,
) -> BTreeMap<String, Vec<Partition>> {
    let mut rows: BTreeMap<Family, u64> = BTreeMap::new();
    let mut chance = Chance(2);
    for _ in 0..1_000 {
        for (family, _) in values::message(&mut chance)
            .iter()
            .flat_map(place::of_value)
        {
            *rows.entry(family).or_default() += 1;
        }
    }
    let mut partitions: BTreeMap<String, Vec<Partition>> = BTreeMap::new();
    for number in 0..=DAYS {
        let at = now - SignedDuration::from_hours(24 * number);
        epochs::ready(store, ring, TEAM, sealing::epoch_of(id(at)))
            .await
            .unwrap();
        let month = month(at);
        if partitions.contains_key(&month) {
            continue;
        }
        for (family, rows) in &rows {
            let bits = Bits::plan(*family, rows * tickets as u64 / 2_000);
            store.add_partition(*family, &month, bits).await.unwrap();
        }
        let all = store.partitions(Some(&month), Some(&month)).await.unwrap();
        partitions.insert(month, all);
    }
    partitions
}

fn summary(values: &[pillarbox::search::Value], at: Timestamp, chance: &mut Chance) -> Summary {
    let of = |kind: Kind| values.iter().find(|value| value.kind == kind);
    let text = |kind| of(kind).map_or_else(String::new, |value| value.text.clone());
    let kind = ["brute-force", "scanner", "phishing", "infected-system"][chance.rank(4)];
    Summary {
        from: text(Kind::Sender),
        subject: format!("Report about {} from your network", text(Kind::Address)),
        tlp: ["AMBER", "GREEN", "", "RED"][chance.rank(4)].into(),
        received_at: at.to_string(),
        gist: format!(
            "{} → 198.51.100.7:22/tcp, {kind}, {at}",
            text(Kind::Address)
        ),
        kinds: vec![kind.into()],
        ..Summary::default()
    }
}

async fn write(connection: &mut sqlx::PgConnection, columns: Columns) {
    sqlx::query(
        "INSERT INTO ticket (id, team, serial, state, was_encrypted, created_hour, changed_hour, answer_due, owner)
         SELECT id, 'CSIRT', serial, state, encrypted, date_trunc('hour', came), date_trunc('hour', came), due, owner
         FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::text[])
            AS n (id, serial, state, encrypted, came, due, owner)",
    )
    .bind(&columns.cases)
    .bind(columns.serials)
    .bind(columns.states)
    .bind(&columns.encrypted)
    .bind(&columns.came)
    .bind(columns.due)
    .bind(columns.owners)
    .execute(&mut *connection)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO entry (id, case_id, ticket, kind, signature, was_encrypted, received_hour, size_bucket, raw, summary, reading)
         SELECT id, case_id, case_id, 'report', signature, encrypted, date_trunc('hour', came), 10, raw, summary, reading
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[], $6::bytea[], $7::bytea[], $8::bytea[])
            AS n (id, case_id, signature, encrypted, came, raw, summary, reading)",
    )
    .bind(columns.entries)
    .bind(columns.cases)
    .bind(columns.signatures)
    .bind(columns.encrypted)
    .bind(columns.came)
    .bind(columns.raw)
    .bind(columns.summaries)
    .bind(columns.readings)
    .execute(connection)
    .await
    .unwrap();
}
