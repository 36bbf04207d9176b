//! Lets the leases of whoever died end: minutes in life, a statement here.

use sqlx::Connection;

use crate::support::Installation;

/// Ends every lease on inbox and outbox. Nobody may be working, except where the lost lease is the point.
pub fn passes(installation: &Installation) {
    run(
        installation,
        &[
            "UPDATE outbox SET due_at = now() WHERE state = 'queued'",
            "UPDATE inbox SET due_at = now()",
        ],
    );
}

/// Runs statements as the owner of the database.
pub fn run(installation: &Installation, statements: &[&'static str]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(&installation.cluster.url())
            .await
            .unwrap();
        for statement in statements {
            sqlx::raw_sql(*statement)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
    });
}
