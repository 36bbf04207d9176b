//! What Postgres did for a report: its own counters (pg_stat_database, pg_stat_wal, and pg_stat_statements if wanted).

use std::future::Future;

use sqlx::{Connection, PgConnection, Row};

use crate::support::Installation;

/// Transactions, and octets and flushes of the log, up to now.
pub struct Counters([f64; 3]);

impl Counters {
    /// Backends report once a second.
    pub fn now(installation: &Installation) -> Counters {
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        with(installation, async |connection| {
            let row = sqlx::query(
                "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())::float8,
                    wal_bytes::float8, wal_sync::float8 FROM pg_stat_wal",
            );
            let row = row.fetch_one(connection).await.unwrap();
            Counters([0, 1, 2].map(|column| row.get(column)))
        })
    }

    /// For each of so many reports.
    pub fn since(&self, before: &Counters, reports: f64) -> String {
        let each = |column: usize| (self.0[column] - before.0[column]) / reports;
        format!(
            "{:.1} transactions, {:.1} kB of log in {:.2} flushes",
            each(0),
            each(1) / 1e3,
            each(2)
        )
    }
}

/// Has Postgres count each statement; before the daemon starts.
pub fn count(installation: &mut Installation) {
    run(
        installation,
        &["ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"],
    );
    installation.cluster.stop().unwrap();
    installation.cluster.start().unwrap();
    run(
        installation,
        &[
            "CREATE EXTENSION pg_stat_statements",
            "ALTER SYSTEM SET pg_stat_statements.track_planning = on",
            "SELECT pg_reload_conf()",
        ],
    );
}

/// Starts counting anew.
pub fn reset(installation: &Installation) {
    run(installation, &["SELECT pg_stat_statements_reset()"]);
}

/// Prints the statements, the most expensive first. Times are by the clock, waits for other processes included.
pub fn print(installation: &Installation, reports: f64) {
    let rows = with(installation, async |connection| {
        sqlx::query(
            "SELECT calls::float8, total_plan_time, total_exec_time, left(regexp_replace(query, '\\s+', ' ', 'g'), 90)
             FROM pg_stat_statements ORDER BY total_plan_time + total_exec_time DESC LIMIT 12",
        )
        .fetch_all(connection)
        .await
        .unwrap()
    });
    println!("\ncalls  plan ms  run ms  a report");
    for row in rows {
        let each = |column: usize| row.get::<f64, _>(column) / reports;
        let text: String = row.get(3);
        println!("{:5.2} {:8.3} {:7.3}  {text}", each(0), each(1), each(2));
    }
}

fn run(installation: &Installation, statements: &[&'static str]) {
    with(installation, async |connection| {
        for statement in statements {
            sqlx::raw_sql(*statement)
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    });
}

fn with<T>(installation: &Installation, work: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
    block_on(async {
        let url = installation.cluster.url();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        work(&mut connection).await
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}
