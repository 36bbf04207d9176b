//! A database that was filled in bulk, with what the worker would have written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use pillarbox::config::Database;
use pillarbox::postgres::Cluster;
use pillarbox::sealing;
use pillarbox::search::rebuild::{self, Rebuilt};
use pillarbox::search::rows::{self, Rows};
use pillarbox::search::{Partitions, Value, partition, place};
use pillarbox::store::{Partition, Store};
use sqlx::Connection;
use uuid::{NoContext, Timestamp, Uuid};
use vault::{Bits, CaseKey, Family, KeyRing, WrappedKey};

#[path = "values.rs"]
pub mod values;

pub const TEAM: &str = "CSIRT";
/// First day of the last month that is filled.
pub const NEWEST: &str = "2026-12-01";
const FIRST: Date = date(2025, 1, 1);
const DAYS: usize = 730;
/// Observables of a ticket.
const A_TICKET: usize = 100;
/// Messages of one statement.
const BATCH: usize = 2_000;

/// Numbers that look random and are the same in every run.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ bits >> 31) >> 1).unwrap() % limit
    }

    /// Small numbers far more often than large ones.
    pub fn rank(&mut self, limit: usize) -> usize {
        let exponent = self.below(1_000) as f64 / 1_000.0;
        ((limit as f64).powf(exponent) as usize).min(limit) - 1
    }
}

/// A database that was filled in bulk.
pub struct Filled {
    pub store: Store,
    pub ring: Arc<KeyRing>,
    pub observables: usize,
    pub messages: usize,
    pub tickets: usize,
    pub rows: usize,
    pub megabytes: i64,
    /// Of these the index.
    pub index_megabytes: i64,
    /// Rows that say how far values are spread.
    pub spread: i64,
    pub sealing: Duration,
    cluster: Cluster,
    _folder: tempfile::TempDir,
}

/// A message as it was read.
struct Message {
    day: Date,
    month: String,
    values: Vec<Value>,
}

/// A ticket whose messages are being made.
struct Ticket {
    id: Uuid,
    key: CaseKey,
    wrapped: WrappedKey,
    observables: usize,
}

/// A message that is ready to be written.
pub struct Ready {
    pub case: Uuid,
    pub entry: Uuid,
    pub month: String,
    pub sealed: Vec<u8>,
    pub rows: Rows,
}

impl Filled {
    pub async fn with(observables: usize) -> Filled {
        let folder = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
        let cluster = Cluster::create(&folder.path().join("postgres")).unwrap();
        let store = connect(&cluster);
        store.migrate().await.unwrap();
        let ring = Arc::new(KeyRing::generate().unwrap());
        let messages = messages(observables);
        let partitions = partitions(&messages);
        for partition in partitions.values().flatten() {
            store
                .add_partition(partition.family, &partition.month, partition.bits)
                .await
                .unwrap();
        }
        let mut filled = Filled {
            store,
            ring,
            observables: messages.iter().map(|message| message.values.len()).sum(),
            messages: messages.len(),
            tickets: 0,
            rows: 0,
            megabytes: 0,
            index_megabytes: 0,
            spread: 0,
            sealing: Duration::ZERO,
            cluster,
            _folder: folder,
        };
        filled.write(messages, &partitions).await;
        filled
    }

    /// A connection that nobody has used.
    pub fn connect(&self) -> Store {
        connect(&self.cluster)
    }

    pub fn postmaster(&self) -> u32 {
        self.cluster.pid().unwrap()
    }

    /// From now on plans of statements that take so many milliseconds are in the log.
    pub async fn explain(&mut self, least: &str) {
        let mut connection = sqlx::PgConnection::connect(&self.cluster.url())
            .await
            .unwrap();
        // Its settings are known where it is loaded.
        sqlx::raw_sql("LOAD 'auto_explain'")
            .execute(&mut connection)
            .await
            .unwrap();
        for setting in [
            "session_preload_libraries = 'auto_explain'".to_owned(),
            format!(
                "auto_explain.log_min_duration = {}",
                least.parse::<u32>().unwrap()
            ),
            "auto_explain.log_analyze = on".to_owned(),
            "auto_explain.log_buffers = on".to_owned(),
        ] {
            let statement = format!("ALTER SYSTEM SET {setting}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        sqlx::raw_sql("SELECT pg_reload_conf()")
            .execute(&mut connection)
            .await
            .unwrap();
        self.store = self.connect();
    }

    /// Indexes the newest month anew.
    pub async fn rebuild(&self) -> Rebuilt {
        rebuild::rebuild(&self.store, &self.ring, TEAM, NEWEST, |_| ())
            .await
            .unwrap()
    }

    /// What Postgres has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self._folder.path().join("postgres/postgres.log")).unwrap()
    }

    async fn write(
        &mut self,
        messages: Vec<Message>,
        partitions: &BTreeMap<String, Vec<Partition>>,
    ) {
        let mut connection = sqlx::PgConnection::connect(&self.cluster.url())
            .await
            .unwrap();
        let counted = Partitions::default();
        let (mut waiting, mut cases) = (Vec::new(), Vec::new());
        let mut ticket: Option<Ticket> = None;
        let count = messages.len();
        for (number, message) in messages.into_iter().enumerate() {
            let began = Instant::now();
            let on = ticket
                .take()
                .filter(|ticket| ticket.observables < A_TICKET)
                .unwrap_or_else(|| {
                    let ticket = self.ticket(&message, number);
                    cases.push((ticket.id, ticket.wrapped.as_bytes().to_vec()));
                    ticket
                });
            let partitions = &partitions[&message.month];
            waiting.push(self.ready(&message, &on, number, partitions, &counted));
            self.sealing += began.elapsed();
            self.rows += waiting
                .last()
                .map_or(0, |ready: &Ready| ready.rows.index.len());
            let observables = on.observables + message.values.len();
            ticket = Some(Ticket { observables, ..on });
            if waiting.len() == BATCH || number + 1 == count {
                self.tickets += cases.len();
                insert(&mut connection, &mut cases, &mut waiting).await;
            }
        }
        sqlx::raw_sql("VACUUM ANALYZE")
            .execute(&mut connection)
            .await
            .unwrap();
        let sizes = sqlx::query_as(
            "SELECT pg_database_size(current_database()) / 1000000, pg_total_relation_size('observable_index') / 1000000,
                (SELECT count(*) FROM index_spread)",
        );
        let sizes: (i64, i64, i64) = sizes.fetch_one(&mut connection).await.unwrap();
        (self.megabytes, self.index_megabytes, self.spread) = sizes;
    }

    fn ticket(&self, message: &Message, number: usize) -> Ticket {
        let id = id(message.day, number);
        let key = self.ring.new_case_key(sealing::epoch_of(id)).unwrap();
        let wrapped = self.ring.wrap(&key, &sealing::case_aad(TEAM, id)).unwrap();
        Ticket {
            id,
            key,
            wrapped,
            observables: 0,
        }
    }

    fn ready(
        &self,
        message: &Message,
        on: &Ticket,
        number: usize,
        partitions: &[Partition],
        counted: &Partitions,
    ) -> Ready {
        let entry = id(message.day, number);
        let aad = sealing::observable_aad(TEAM, on.id, entry);
        let values = &message.values;
        let keys = partition::keys(&self.ring, &message.month);
        let salts = |family, path: &_| counted.salts(&message.month, family, path);
        let rows = rows::of_message((&keys, TEAM), partitions, entry, values, salts).unwrap();
        Ready {
            case: on.id,
            entry,
            sealed: sealing::seal(&on.key, &aad, values).unwrap().into_bytes(),
            rows,
            month: message.month.clone(),
        }
    }
}

fn connect(cluster: &Cluster) -> Store {
    let url = cluster.url();
    Store::new(&Database {
        url,
        ..Database::default()
    })
    .unwrap()
}

/// As if it had come on that day; later ones are greater.
fn id(day: Date, number: usize) -> Uuid {
    let midnight = day.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
    let second = u64::try_from(midnight).unwrap() + (number % 86_400) as u64;
    Uuid::new_v7(Timestamp::from_unix(NoContext, second, 0))
}

/// Messages of about five values each, all days alike.
fn messages(observables: usize) -> Vec<Message> {
    let mut chance = Chance(1);
    let (mut values, mut made) = (Vec::new(), 0);
    while made < observables {
        let message = values::message(&mut chance);
        made += message.len();
        values.push(message);
    }
    let count = values.len();
    let of_day = |(number, values): (usize, Vec<Value>)| {
        let days = i64::try_from(number * DAYS / count).unwrap();
        let day = FIRST.checked_add(jiff::Span::new().days(days)).unwrap();
        let month = partition::first_day(day);
        Message { day, month, values }
    };
    values.into_iter().enumerate().map(of_day).collect()
}

/// As planned from a month before that was like this one.
fn partitions(messages: &[Message]) -> BTreeMap<String, Vec<Partition>> {
    let mut rows: BTreeMap<(&str, Family), u64> = BTreeMap::new();
    for message in messages {
        for (family, _) in message.values.iter().flat_map(place::of_value) {
            *rows.entry((&message.month, family)).or_default() += 1;
        }
    }
    let mut partitions: BTreeMap<String, Vec<Partition>> = BTreeMap::new();
    for ((month, family), rows) in rows {
        partitions
            .entry(month.to_owned())
            .or_default()
            .push(Partition {
                family,
                month: month.to_owned(),
                version: 1,
                bits: Bits::plan(family, rows),
            });
    }
    partitions
}

pub async fn insert(
    connection: &mut sqlx::PgConnection,
    cases: &mut Vec<(Uuid, Vec<u8>)>,
    ready: &mut Vec<Ready>,
) {
    let ready = std::mem::take(ready);
    let of: Vec<Uuid> = ready.iter().map(|message| message.entry).collect();
    let on: Vec<Uuid> = ready.iter().map(|message| message.case).collect();
    let of_month: Vec<String> = ready.iter().map(|message| message.month.clone()).collect();
    let sealed: Vec<&[u8]> = ready
        .iter()
        .map(|message| message.sealed.as_slice())
        .collect();
    let (new, wrapped): (Vec<Uuid>, Vec<Vec<u8>>) = std::mem::take(cases).into_iter().unzip();
    sqlx::query("INSERT INTO case_key (id, wrapped) SELECT * FROM unnest($1::uuid[], $2::bytea[])")
        .bind(new)
        .bind(wrapped)
        .execute(&mut *connection)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO observable (entry, case_id, month, value)
         SELECT entry, case_id, month::date, value FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS n (entry, case_id, month, value)",
    )
    .bind(of)
    .bind(on)
    .bind(of_month)
    .bind(sealed)
    .execute(&mut *connection)
    .await
    .unwrap();
    index(connection, &ready).await;
}

async fn index(connection: &mut sqlx::PgConnection, ready: &[Ready]) {
    let mut rows = Vec::new();
    let mut spread = Vec::new();
    for message in ready {
        let (entry, month) = (message.entry, &message.month);
        rows.extend(
            message
                .rows
                .index
                .iter()
                .map(|row| (entry, month.clone(), row)),
        );
        spread.extend(message.rows.spread.iter().map(|row| (month.clone(), row)));
    }
    let entries: Vec<Uuid> = rows.iter().map(|(entry, _, _)| *entry).collect();
    let months: Vec<&str> = rows.iter().map(|(_, month, _)| month.as_str()).collect();
    let families: Vec<i16> = rows.iter().map(|(_, _, row)| row.family.number()).collect();
    let cells: Vec<i32> = rows.iter().map(|(_, _, row)| row.cell).collect();
    let marks: Vec<Uuid> = rows
        .iter()
        .map(|(_, _, row)| Uuid::from_bytes(row.mark))
        .collect();
    let spread_months: Vec<&str> = spread.iter().map(|(month, _)| month.as_str()).collect();
    let spread_families: Vec<i16> = spread.iter().map(|(_, row)| row.family.number()).collect();
    let spread_marks: Vec<Uuid> = spread
        .iter()
        .map(|(_, row)| Uuid::from_bytes(row.mark))
        .collect();
    sqlx::query(
        "INSERT INTO observable_index (entry, family, month, cell, mark)
         SELECT entry, family, month::date, cell, mark
         FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::integer[], $5::uuid[]) AS n (entry, family, month, cell, mark)",
    )
    .bind(entries)
    .bind(families)
    .bind(months)
    .bind(cells)
    .bind(marks)
    .execute(&mut *connection)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO index_spread (family, month, mark)
         SELECT family, month::date, mark FROM unnest($1::smallint[], $2::text[], $3::uuid[]) AS n (family, month, mark)
         ON CONFLICT DO NOTHING",
    )
    .bind(spread_families)
    .bind(spread_months)
    .bind(spread_marks)
    .execute(connection)
    .await
    .unwrap();
}
