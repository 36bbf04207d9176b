//! Columns of what is filled in, for statements that insert many rows.

use jiff::Timestamp;
use pillarbox::sealing::Summary;
use pillarbox::search::{Kind, Value};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::filled::Chance;

/// Of tickets.
#[derive(Default)]
pub struct Tickets {
    ids: Vec<Uuid>,
    serials: Vec<i64>,
    came: Vec<String>,
    states: Vec<&'static str>,
    owners: Vec<&'static str>,
    due: Vec<Option<String>>,
    encrypted: Vec<bool>,
}

/// Of messages.
#[derive(Default)]
pub struct Entries {
    ids: Vec<Uuid>,
    cases: Vec<Uuid>,
    came: Vec<String>,
    signatures: Vec<&'static str>,
    encrypted: Vec<bool>,
    raw: Vec<Vec<u8>>,
    summaries: Vec<Vec<u8>>,
    readings: Vec<Vec<u8>>,
}

impl Tickets {
    pub fn push(
        &mut self,
        (id, serial, came): (Uuid, i64, Timestamp),
        state: &'static str,
        owner: &'static str,
        due: Option<Timestamp>,
        encrypted: bool,
    ) {
        self.ids.push(id);
        self.serials.push(serial);
        self.came.push(came.to_string());
        self.states.push(state);
        self.owners.push(owner);
        self.due.push(due.map(|due| due.to_string()));
        self.encrypted.push(encrypted);
    }

    pub async fn write(self, connection: &mut PgConnection) {
        sqlx::query(
            "INSERT INTO ticket (id, team, serial, state, was_encrypted, created_hour, changed_hour, answer_due, owner)
             SELECT id, 'CSIRT', serial, state, encrypted, date_trunc('hour', came), date_trunc('hour', came), due, owner
             FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::text[])
                AS n (id, serial, state, encrypted, came, due, owner)",
        )
        .bind(self.ids)
        .bind(self.serials)
        .bind(self.states)
        .bind(self.encrypted)
        .bind(self.came)
        .bind(self.due)
        .bind(self.owners)
        .execute(connection)
        .await
        .unwrap();
    }
}

impl Entries {
    /// The octets are those of message, summary and reading, sealed.
    pub fn push(
        &mut self,
        (id, case, came): (Uuid, Uuid, Timestamp),
        (signature, encrypted): (&'static str, bool),
        [raw, summary, reading]: [Vec<u8>; 3],
    ) {
        self.ids.push(id);
        self.cases.push(case);
        self.came.push(came.to_string());
        self.signatures.push(signature);
        self.encrypted.push(encrypted);
        self.raw.push(raw);
        self.summaries.push(summary);
        self.readings.push(reading);
    }

    pub async fn write(self, connection: &mut PgConnection) {
        sqlx::query(
            "INSERT INTO entry (id, case_id, ticket, kind, signature, was_encrypted, received_hour, size_bucket, raw, summary, reading)
             SELECT id, case_id, case_id, 'report', signature, encrypted, date_trunc('hour', came), 10, raw, summary, reading
             FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[], $6::bytea[], $7::bytea[], $8::bytea[])
                AS n (id, case_id, signature, encrypted, came, raw, summary, reading)",
        )
        .bind(self.ids)
        .bind(self.cases)
        .bind(self.signatures)
        .bind(self.encrypted)
        .bind(self.came)
        .bind(self.raw)
        .bind(self.summaries)
        .bind(self.readings)
        .execute(connection)
        .await
        .unwrap();
    }
}

/// Every ticket that waits, waits for an answer to a letter: one in six of these is late.
pub async fn await_answers(connection: &mut PgConnection) {
    sqlx::query(
        "INSERT INTO awaited (mail, ticket, letter, party, until)
         SELECT gen_random_uuid(), id, gen_random_uuid(), uuid_send(gen_random_uuid()), now() + interval '1 day' * (random() * 6 - 1)
         FROM ticket WHERE state = 'waiting'",
    )
    .execute(connection)
    .await
    .unwrap();
}

/// What lists say of a message with these values.
pub fn summary(values: &[Value], at: Timestamp, chance: &mut Chance) -> Summary {
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
