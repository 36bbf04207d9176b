//! A database that was filled in bulk, with what the worker would have written.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pillarbox::config::Database;
use pillarbox::postgres::Cluster;
use pillarbox::sealing;
use pillarbox::search::{Value, partition, place};
use pillarbox::store::{Partition, Store};
use sqlx::Connection;
use uuid::Uuid;
use vault::{Bits, Family, KeyRing, blind};

#[path = "values.rs"]
pub mod values;

pub const TEAM: &str = "CSIRT";
const MONTHS: usize = 12;
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
    pub ring: KeyRing,
    pub observables: usize,
    pub messages: usize,
    pub rows: usize,
    pub sealing: Duration,
    _cluster: Cluster,
    _folder: tempfile::TempDir,
}

/// A message that is ready to be written.
struct Ready {
    case: Uuid,
    entry: Uuid,
    month: String,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
    index: Vec<(i16, i32)>,
}

impl Filled {
    pub async fn with(observables: usize) -> Filled {
        let folder = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
        let cluster = Cluster::create(&folder.path().join("postgres")).unwrap();
        let store = Store::new(&Database {
            url: cluster.url(),
            ..Database::default()
        })
        .unwrap();
        store.migrate().await.unwrap();
        let ring = KeyRing::generate().unwrap();
        let messages = messages(observables);
        let partitions = partitions(&messages);
        for partition in &partitions {
            store
                .add_partition(partition.family, &partition.month, partition.bits)
                .await
                .unwrap();
        }
        let mut filled = Filled {
            store,
            ring,
            observables: messages.iter().map(|(_, values)| values.len()).sum(),
            messages: messages.len(),
            rows: 0,
            sealing: Duration::ZERO,
            _cluster: cluster,
            _folder: folder,
        };
        filled.write(messages, &partitions).await;
        filled
    }

    async fn write(&mut self, messages: Vec<(String, Vec<Value>)>, partitions: &[Partition]) {
        let mut connection = sqlx::PgConnection::connect(&self._cluster.url())
            .await
            .unwrap();
        let mut seen: BTreeMap<(String, Family, Vec<String>), u32> = BTreeMap::new();
        let mut chance = Chance(99);
        let mut waiting = Vec::new();
        let count = messages.len();
        for (number, (month, mut values)) in messages.into_iter().enumerate() {
            for value in &mut values {
                value.salts = place::of_value(value)
                    .into_iter()
                    .map(|(family, path)| {
                        if !family.is_spread() {
                            return 0;
                        }
                        let rows = seen.entry((month.clone(), family, path)).or_default();
                        *rows += 1;
                        u16::try_from(chance.below(usize::from(blind::salts(*rows)))).unwrap()
                    })
                    .collect();
            }
            let began = Instant::now();
            let ready = self.ready(month, &values, partitions);
            self.sealing += began.elapsed();
            self.rows += ready.index.len();
            waiting.push(ready);
            if waiting.len() == BATCH || number + 1 == count {
                insert(&mut connection, std::mem::take(&mut waiting)).await;
            }
        }
        sqlx::raw_sql("VACUUM ANALYZE")
            .execute(&mut connection)
            .await
            .unwrap();
    }

    fn ready(&self, month: String, values: &[Value], partitions: &[Partition]) -> Ready {
        let (case, entry) = (Uuid::now_v7(), Uuid::now_v7());
        let key = self.ring.new_case_key(sealing::epoch_of(case)).unwrap();
        let wrapped = self
            .ring
            .wrap(&key, &sealing::case_aad(TEAM, case))
            .unwrap();
        let aad = sealing::observable_aad(TEAM, case, entry);
        let of_month: Vec<Partition> = partitions
            .iter()
            .filter(|partition| partition.month == month)
            .cloned()
            .collect();
        let index = partition::index(&self.ring, TEAM, &month, &of_month, values);
        Ready {
            case,
            entry,
            wrapped: wrapped.as_bytes().to_vec(),
            sealed: sealing::seal(&key, &aad, &values).unwrap().into_bytes(),
            index: index
                .iter()
                .map(|row| (row.family.number(), row.cell))
                .collect(),
            month,
        }
    }
}

/// Messages of about five values each, all months alike.
fn messages(observables: usize) -> Vec<(String, Vec<Value>)> {
    let mut chance = Chance(1);
    let (mut messages, mut made) = (Vec::new(), 0);
    while made < observables {
        let month = messages.len() % MONTHS + 1;
        let values = values::message(&mut chance);
        made += values.len();
        messages.push((format!("2026-{month:02}-01"), values));
    }
    messages
}

/// As planned from a month before that was like this one.
fn partitions(messages: &[(String, Vec<Value>)]) -> Vec<Partition> {
    let mut rows: BTreeMap<(Family, &str), u64> = BTreeMap::new();
    for (month, values) in messages {
        for (family, _) in values.iter().flat_map(place::of_value) {
            *rows.entry((family, month)).or_default() += 1;
        }
    }
    rows.into_iter()
        .map(|((family, month), rows)| Partition {
            family,
            month: month.to_owned(),
            version: 1,
            bits: Bits::plan(family, rows),
        })
        .collect()
}

async fn insert(connection: &mut sqlx::PgConnection, ready: Vec<Ready>) {
    let (mut entries, mut families, mut months, mut cells) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for message in &ready {
        for (family, cell) in &message.index {
            entries.push(message.entry);
            families.push(*family);
            months.push(message.month.clone());
            cells.push(*cell);
        }
    }
    let cases: Vec<Uuid> = ready.iter().map(|message| message.case).collect();
    let of: Vec<Uuid> = ready.iter().map(|message| message.entry).collect();
    let of_month: Vec<String> = ready.iter().map(|message| message.month.clone()).collect();
    let (wrapped, sealed): (Vec<Vec<u8>>, Vec<Vec<u8>>) = ready
        .into_iter()
        .map(|message| (message.wrapped, message.sealed))
        .unzip();
    sqlx::query("INSERT INTO case_key (id, wrapped) SELECT * FROM unnest($1::uuid[], $2::bytea[])")
        .bind(&cases)
        .bind(wrapped)
        .execute(&mut *connection)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO observable (entry, case_id, month, value)
         SELECT entry, case_id, month::date, value FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS n (entry, case_id, month, value)",
    )
    .bind(of)
    .bind(&cases)
    .bind(of_month)
    .bind(sealed)
    .execute(&mut *connection)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO observable_index (entry, family, month, cell)
         SELECT entry, family, month::date, cell FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::integer[]) AS n (entry, family, month, cell)",
    )
    .bind(entries)
    .bind(families)
    .bind(months)
    .bind(cells)
    .execute(connection)
    .await
    .unwrap();
}
