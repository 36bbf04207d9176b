//! Many tickets in an installation, as if reports had come for sixty days.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pillarbox::config::Database;
use pillarbox::sealing;
use pillarbox::search::{Partitions, Value, partition, place, rows};
use pillarbox::store::{Partition, Store};
use pillarbox::{epochs, keyfiles};
use sqlx::Connection;
use uuid::{NoContext, Uuid};
use vault::{Bits, CaseKey, Family, KeyRing};

use crate::columns::{Entries, Tickets, await_answers};
use crate::filled::{Chance, Ready, insert, values};
use crate::support::Installation;

/// The only one of the installation.
pub const TEAM: &str = "CSIRT";
const DAYS: i64 = 60;
const BATCH: usize = 2_000;

/// What was made.
pub struct Made {
    pub tickets: usize,
    pub messages: usize,
    pub observables: usize,
    /// Numbers of a ticket with 3 messages and of one with 500.
    pub small: i64,
    pub large: i64,
}

/// What was sealed of the report that came, opened.
struct Template {
    serial: i64,
    raw: Vec<u8>,
    reading: Vec<u8>,
}

/// A ticket that is being made.
struct Case {
    id: Uuid,
    key: CaseKey,
    at: Timestamp,
}

struct Filling<'a> {
    ring: &'a KeyRing,
    template: Template,
    partitions: BTreeMap<String, Vec<Partition>>,
    counted: Partitions,
    chance: Chance,
    now: Timestamp,
    tickets: Tickets,
    entries: Entries,
    ready: Vec<Ready>,
    keys: Vec<(Uuid, Vec<u8>)>,
    made: Made,
}

/// Fills, then indexes each month anew: the first report alone said how fine the index of this month is.
pub async fn fill(installation: &Installation, tickets: usize) -> Made {
    let settings = pillarbox::config::load(&installation.configuration()).unwrap();
    let ring = keyfiles::ring(&settings.storage).unwrap();
    let store = store(installation);
    let mut connection = sqlx::PgConnection::connect(&installation.cluster.url())
        .await
        .unwrap();
    let now = Timestamp::now();
    let mut filling = Filling {
        ring: &ring,
        template: template(&store, &ring).await,
        partitions: partitions(&store, &ring, tickets, now).await,
        counted: Partitions::default(),
        chance: Chance(1),
        now,
        tickets: Tickets::default(),
        entries: Entries::default(),
        ready: Vec::new(),
        keys: Vec::new(),
        made: Made {
            tickets,
            messages: 0,
            observables: 0,
            small: 0,
            large: 0,
        },
    };
    for number in 0..tickets {
        filling.ticket(number);
        if filling.ready.len() >= BATCH || number + 1 == tickets {
            insert(&mut connection, &mut filling.keys, &mut filling.ready).await;
            std::mem::take(&mut filling.tickets)
                .write(&mut connection)
                .await;
            std::mem::take(&mut filling.entries)
                .write(&mut connection)
                .await;
        }
    }
    await_answers(&mut connection).await;
    for month in filling.partitions.keys() {
        installation.run(&["index", "rebuild", &month[..7]]);
    }
    sqlx::raw_sql("VACUUM ANALYZE")
        .execute(&mut connection)
        .await
        .unwrap();
    filling.made
}

pub fn store(installation: &Installation) -> Store {
    let url = installation.cluster.url();
    Store::new(&Database {
        url,
        ..Database::default()
    })
    .unwrap()
}

impl Filling<'_> {
    fn ticket(&mut self, number: usize) {
        let at = moment(self.now, number, self.made.tickets);
        let id = id(at);
        let key = self.ring.new_case_key(sealing::epoch_of(id)).unwrap();
        let wrapped = self.ring.wrap(&key, &sealing::case_aad(TEAM, id)).unwrap();
        self.keys.push((id, wrapped.as_bytes().to_vec()));
        let case = Case { id, key, at };
        let serial = 1_001 + i64::try_from(number).unwrap();
        let serial = serial + i64::from(serial >= self.template.serial);
        // Half of all have one message, the mean is two.
        let messages = match number {
            _ if number == self.made.tickets / 2 => {
                self.made.small = serial;
                3
            }
            _ if number == self.made.tickets / 2 + 1 => {
                self.made.large = serial;
                500
            }
            _ => 1 + self.chance.rank(5),
        };
        let mut encrypted = false;
        for number in 0..messages {
            let later = i64::try_from(number).unwrap();
            let is_encrypted = self.chance.below(3) == 0;
            encrypted |= is_encrypted;
            let at = (case.at + SignedDuration::from_mins(31 * later)).min(self.now);
            self.message(&case, at, is_encrypted);
        }
        let chance = &mut self.chance;
        // One in ten is not closed.
        let state = ["new", "open", "waiting"][chance.below(3)];
        let is_open = chance.below(10) == 0;
        let due = self.now + SignedDuration::from_hours(chance.below(96) as i64 - 24);
        self.tickets.push(
            (case.id, serial, case.at),
            if is_open { state } else { "resolved" },
            ["", "alice (console)", "bob", "kim"][chance.below(4)],
            (is_open && state == "new").then_some(due),
            encrypted,
        );
    }

    fn message(&mut self, case: &Case, at: Timestamp, encrypted: bool) {
        let entry = id(at + SignedDuration::from_millis(1));
        let values = values::message(&mut self.chance);
        self.index(case, entry, &values, month(at));
        let summary = crate::columns::summary(&values, at, &mut self.chance);
        let aad = |column| sealing::entry_aad(TEAM, column, case.id, entry);
        let sealed = |column, octets: &[u8]| case.key.seal(&aad(column), octets).unwrap();
        let summary = sealing::seal(&case.key, &aad("summary"), &summary).unwrap();
        self.made.messages += 1;
        self.made.observables += values.len();
        let signature = match self.chance.below(100) {
            0 => "bad",
            1..30 => "good",
            _ => "none",
        };
        self.entries.push(
            (entry, case.id, at),
            (signature, encrypted),
            [
                sealed("raw", &self.template.raw).into_bytes(),
                summary.into_bytes(),
                sealed("reading", &self.template.reading).into_bytes(),
            ],
        );
    }

    fn index(&mut self, case: &Case, entry: Uuid, values: &[Value], month: String) {
        let all = partition::keys(self.ring, &month);
        let salts = |family, path: &_| self.counted.salts(&month, family, path);
        let partitions = &self.partitions[&month];
        let rows = rows::of_message((&all, TEAM), partitions, entry, values, salts).unwrap();
        let aad = sealing::observable_aad(TEAM, case.id, entry);
        let sealed = sealing::seal(&case.key, &aad, &values).unwrap();
        self.ready.push(Ready {
            case: case.id,
            entry,
            sealed: sealed.into_bytes(),
            rows,
            month,
        });
    }
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
            let bits = Bits::plan(*family, rows * tickets as u64 / 1_000);
            store.add_partition(*family, &month, bits).await.unwrap();
        }
        let all = store.partitions(Some(&month), Some(&month)).await.unwrap();
        partitions.insert(month, all);
    }
    partitions
}
