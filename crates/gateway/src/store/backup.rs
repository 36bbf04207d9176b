//! A copy of everything in one snapshot, and an empty database filled from one in one transaction.
//!
//! What may have happened after the snapshot must not happen again: mail that was waiting is held, the answers to messages
//! that were waiting will be, reports of days that may have been reported are not made, and numbers go on well behind the
//! last one that was known (T74).

use std::collections::BTreeMap;
use std::io::{Read, Write};

use futures_util::TryStreamExt;
use sqlx::{Connection, PgConnection};

use super::{MIGRATIONS, Store, StoreFault};
use crate::backup::{BackupFault, FORM, Head, Reader, Record, Table, Writer};

/// Numbers that are left out at least.
const LEAST_STEP: i64 = 1_000;

/// What was copied.
pub struct BackedUp<W> {
    /// What it is of.
    pub head: Head,
    /// Rows of each table, in the order of the head.
    pub rows: Vec<u64>,
    /// Octets of the file.
    pub octets: u64,
    /// Where it was written.
    pub out: W,
}

/// What was filled in.
pub struct Restored {
    /// Rows of each table, in the order of the head.
    pub rows: Vec<u64>,
    /// Mails that wait for [`Store::release_held`].
    pub held: u64,
    /// Messages that will be worked again.
    pub inbox: u64,
    /// How many ticket numbers are left out.
    pub skipped: i64,
}

impl From<sqlx::Error> for BackupFault {
    fn from(error: sqlx::Error) -> Self {
        BackupFault::Store(error.into())
    }
}

impl Store {
    /// Writes all tables, as they are at one moment. Holds one row at a time in memory.
    pub async fn back_up<W: Write>(
        &self,
        out: W,
        ring: &vault::KeyRing,
        team: &str,
    ) -> Result<BackedUp<W>, BackupFault> {
        self.check_schema().await?;
        let mut connection = self.connect().await?;
        sqlx::raw_sql(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0;
             SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .execute(&mut connection)
        .await?;
        let head = Head {
            form: FORM,
            made_at: sqlx::query_scalar(
                "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
            )
            .fetch_one(&mut connection)
            .await?,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            team: team.to_owned(),
            schema: schema(),
            tables: tables(&mut connection).await?,
            sequences: sequences(&mut connection).await?,
        };
        let mut writer = Writer::new(out, ring, &head)?;
        let mut rows = Vec::new();
        for (number, table) in (0..).zip(&head.tables) {
            writer.table(number)?;
            let statement = format!(
                "COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)",
                columns(table),
                quoted(&table.name)
            );
            let mut copied = connection.copy_out_raw(&statement).await?;
            while let Some(octets) = copied.try_next().await? {
                writer.rows(&octets)?;
            }
            drop(copied);
            rows.push(writer.end_table()?);
        }
        sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
        connection.close().await?;
        let (out, octets) = writer.finish()?;
        Ok(BackedUp {
            head,
            rows,
            octets,
            out,
        })
    }

    /// Fills an empty database, or none of it. Applies the migrations first where they are missing. `skip` ticket numbers are
    /// left out, or more when more are to be expected since the backup was made.
    pub async fn restore<R: Read>(
        &self,
        reader: &mut Reader<R>,
        skip: i64,
    ) -> Result<Restored, BackupFault> {
        let head = reader.head.clone();
        fits(&head)?;
        let mut connection = self.connect().await?;
        let there = tables(&mut connection).await?;
        nothing_in(&mut connection, &there).await?;
        self.migrate().await?;
        sqlx::raw_sql(
            "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL pillarbox.restoring = 'on'",
        )
        .execute(&mut connection)
        .await?;
        let there = tables(&mut connection).await?;
        if sorted(&there) != sorted(&head.tables) {
            return Err(BackupFault::Schema(
                "the tables of this database are not those of the backup, though their migrations are the same".into(),
            ));
        }
        // Whoever takes mail into this database waits until we are done.
        let names: Vec<String> = there.iter().map(|table| quoted(&table.name)).collect();
        let lock = format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
        run(&mut connection, lock).await?;
        nothing_in(&mut connection, &there).await?;
        let mut rows = Vec::new();
        loop {
            match reader.read()? {
                Record::Table(number) => {
                    let table = head.tables.get(number).ok_or(ORDER)?;
                    rows.push(fill(&mut connection, table, reader).await?);
                }
                Record::End => break,
                Record::Rows(_) | Record::TableEnd(_) => return Err(ORDER),
            }
        }
        let mut restored = once_only(&mut connection).await?;
        restored.rows = rows;
        restored.skipped = numbers(&mut connection, &head, skip).await?;
        sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
        connection.close().await?;
        Ok(restored)
    }
}

const ORDER: BackupFault = BackupFault::Damaged("its parts are not in order");

/// Takes one table in; the count that the backup gives and the one that Postgres gives must be the same.
async fn fill<R: Read>(
    connection: &mut PgConnection,
    table: &Table,
    reader: &mut Reader<R>,
) -> Result<u64, BackupFault> {
    let statement = format!(
        "COPY {} ({}) FROM STDIN (FORMAT binary)",
        quoted(&table.name),
        columns(table)
    );
    let mut copy = connection.copy_in_raw(&statement).await?;
    let count = loop {
        match reader.read()? {
            Record::Rows(octets) => {
                copy.send(octets).await?;
            }
            Record::TableEnd(count) => break count,
            Record::Table(_) | Record::End => return Err(ORDER),
        }
    };
    if copy.finish().await? != count {
        return Err(BackupFault::Damaged(
            "Postgres took another number of rows than were written",
        ));
    }
    Ok(count)
}

/// What may have happened already doesn't happen again.
async fn once_only(connection: &mut PgConnection) -> Result<Restored, BackupFault> {
    let held = sqlx::query("UPDATE outbox SET state = 'held' WHERE state = 'queued'")
        .execute(&mut *connection)
        .await?
        .rows_affected();
    // Nobody holds a message any more. What could not be opened stays so until somebody says otherwise.
    let inbox = sqlx::query(
        "UPDATE inbox SET restored = true, attempts = CASE due_at WHEN 'infinity' THEN attempts ELSE 0 END,
            due_at = CASE due_at WHEN 'infinity' THEN due_at ELSE now() END",
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    sqlx::raw_sql(
        "UPDATE transport_report SET state = 'failed' WHERE state = 'claimed';
         INSERT INTO transport_report (day, peer, state)
         SELECT DISTINCT day, peer, 'unwanted' FROM transport_count WHERE direction = 'outbound' ON CONFLICT DO NOTHING",
    )
    .execute(&mut *connection)
    .await?;
    Ok(Restored {
        rows: Vec::new(),
        held,
        inbox,
        skipped: 0,
    })
}

/// Sequences go on behind the last number that may have been given: the mails of the last week tell how many tickets there
/// may have been since the backup, and four times as many numbers are left out. Returns how many.
async fn numbers(
    connection: &mut PgConnection,
    head: &Head,
    skip: i64,
) -> Result<i64, BackupFault> {
    let expected: i64 = sqlx::query_scalar(
        "SELECT ceil(4 * count(*) / 7.0 * (1 + greatest(0, extract(epoch FROM now() - $1::timestamptz) / 86400)))::bigint
         FROM entry WHERE received_hour > $1::timestamptz - interval '7 days'",
    )
    .bind(&head.made_at)
    .fetch_one(&mut *connection)
    .await?;
    let step = expected.max(skip).max(LEAST_STEP);
    for (name, last) in &head.sequences {
        let next = last
            .checked_add(step)
            .ok_or_else(|| BackupFault::Schema("the numbers are used up".into()))?;
        sqlx::query("SELECT setval($1::regclass, $2)")
            .bind(quoted(name))
            .bind(next)
            .execute(&mut *connection)
            .await?;
    }
    Ok(step)
}

/// The migrations that this program knows.
fn schema() -> Vec<(i64, String)> {
    let known = MIGRATIONS.iter();
    known
        .map(|migration| {
            let octets = migration.checksum.iter();
            let checksum = octets.map(|octet| format!("{octet:02x}")).collect();
            (migration.version, checksum)
        })
        .collect()
}

/// Refuses a backup of another schema than this program's.
fn fits(head: &Head) -> Result<(), BackupFault> {
    let ours = schema();
    if head.schema == ours {
        return Ok(());
    }
    let last = |schema: &[(i64, String)]| schema.last().map_or(0, |(version, _)| *version);
    let (theirs, own) = (last(&head.schema), last(&ours));
    Err(BackupFault::Schema(match theirs.cmp(&own) {
        std::cmp::Ordering::Less | std::cmp::Ordering::Equal => format!(
            "this backup has schema {theirs} of pillarbox {}, this program schema {own}: restore it with that version, then run `pillarbox migrate up` with this one",
            head.program
        ),
        std::cmp::Ordering::Greater => format!(
            "this backup was made by a newer pillarbox ({}, schema {theirs}; this one has {own}): restore it with that one",
            head.program
        ),
    }))
}

/// Tables of the installation with their columns, those that others refer to before these others.
async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, BackupFault> {
    let found: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT relname::text, array_agg(attname::text ORDER BY attnum) FROM pg_class
         JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname <> '_sqlx_migrations' GROUP BY relname ORDER BY relname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let references: Vec<(String, String)> = sqlx::query_as(
        "SELECT f.relname::text, t.relname::text FROM pg_constraint
         JOIN pg_class f ON f.oid = conrelid JOIN pg_class t ON t.oid = confrelid
         WHERE contype = 'f' AND conrelid <> confrelid AND f.relnamespace = 'public'::regnamespace AND NOT f.relispartition",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut open: BTreeMap<String, Vec<String>> = found.into_iter().collect();
    let mut placed: Vec<Table> = Vec::new();
    while !open.is_empty() {
        let waits = |name: &String| {
            let mut targets = references.iter().filter(|(from, _)| from == name);
            targets.any(|(_, to)| open.contains_key(to))
        };
        let ready = open.keys().find(|name| !waits(name)).cloned();
        let name = ready.ok_or_else(|| StoreFault::Refused("tables refer to each other".into()))?;
        let columns = open.remove(&name).unwrap_or_default();
        placed.push(Table { name, columns });
    }
    Ok(placed)
}

async fn sequences(connection: &mut PgConnection) -> Result<Vec<(String, i64)>, BackupFault> {
    Ok(sqlx::query_as(
        "SELECT sequencename::text, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1",
    )
    .fetch_all(connection)
    .await?)
}

async fn nothing_in(connection: &mut PgConnection, tables: &[Table]) -> Result<(), BackupFault> {
    for table in tables {
        let question = format!("SELECT EXISTS (SELECT FROM {})", quoted(&table.name));
        let has_rows: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(question))
            .fetch_one(&mut *connection)
            .await?;
        if has_rows {
            return Err(BackupFault::NotEmpty(table.name.clone()));
        }
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), BackupFault> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}

fn sorted(tables: &[Table]) -> BTreeMap<&str, &[String]> {
    let by_name = tables.iter();
    by_name
        .map(|table| (table.name.as_str(), table.columns.as_slice()))
        .collect()
}

fn columns(table: &Table) -> String {
    let names: Vec<String> = table
        .columns
        .iter()
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
        .collect();
    names.join(", ")
}

/// A name as SQL, whatever stands in it.
fn quoted(name: &str) -> String {
    format!("public.\"{}\"", name.replace('"', "\"\""))
}
