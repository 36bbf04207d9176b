//! A bounded pool of connections, on which statements run as on sqlx' own.
//!
//! sqlx' pool asks the server for a sign of life, and starts a task, each time that a connection is given back: a second
//! round trip for every statement, and for a message most of what Postgres does. Here a connection is tested when it has
//! rested, and thrown away when a statement did not run to its end on it. Every statement has a deadline of ours: a server that
//! vanished, or a network that forgot the connection, answers nothing and closes nothing.

use std::time::{Duration, Instant};

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use sqlx::postgres::{
    PgConnectOptions, PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo,
};
use sqlx::{
    ConnectOptions, Connection, Describe, Either, Error, Execute, Executor, Postgres, SqlStr,
};

use super::StoreFault;

/// A connection that was not used for so long is tested before it is used.
const RESTED: Duration = Duration::from_secs(1);
/// Then it is replaced: what a server process keeps for its client grows.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The pool; clones share it.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool<Server>,
    deadline: Duration,
}

impl Connections {
    /// Connects when the first statement is run. `most` connections at one time; `patience` is how long a statement waits
    /// for one of them, for a new one to be made, and for a rested one to prove that it lives. A statement that takes longer
    /// than `deadline` fails, and its connection is closed.
    ///
    /// # Errors
    /// None that a valid runtime allows.
    pub(super) fn new(
        options: PgConnectOptions,
        most: u32,
        patience: Duration,
        deadline: Duration,
    ) -> Result<Self, StoreFault> {
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(2);
        Pool::builder(Server(options))
            .max_size(most)
            .runtime(deadpool::Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(patience),
                create: Some(patience),
                recycle: Some(patience),
            })
            .build()
            .map(|pool| Self { pool, deadline })
            .map_err(|error| StoreFault::Schema(error.to_string()))
    }

    /// How connections are made.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.pool.manager().0
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    async fn lease(&self) -> Result<Lease, Error> {
        let object = self.pool.get().await.map_err(|fault| match fault {
            PoolError::Backend(error) => error,
            PoolError::Closed => Error::PoolClosed,
            PoolError::Timeout(_)
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Error::PoolTimedOut,
        })?;
        Ok(Lease(Some(object)))
    }

    /// The end of a statement, or of our patience: then the lease that is dropped closes the connection.
    async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::time::timeout(self.deadline, statement)
            .await
            .unwrap_or_else(|_| Err(Error::Io(std::io::ErrorKind::TimedOut.into())))
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connections({:?})", self.pool.status())
    }
}

/// Makes connections and decides whether one may be used again.
struct Server(PgConnectOptions);

impl Manager for Server {
    type Type = PgConnection;
    type Error = Error;

    async fn create(&self) -> Result<PgConnection, Error> {
        self.0.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut PgConnection,
        metrics: &Metrics,
    ) -> RecycleResult<Error> {
        if metrics.age() > LIFETIME {
            return Err(RecycleError::message("old"));
        }
        let used = metrics.recycled.unwrap_or(metrics.created);
        if Instant::now().duration_since(used) > RESTED {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// A connection in use. Unless a statement ran to its end, it is closed when this is dropped: nobody knows what the server
/// would say next.
struct Lease(Option<Object<Server>>);

impl Lease {
    /// Gives the connection back when it is still in order: a refusal by the server leaves it so.
    fn settle<T>(mut self, result: Result<T, Error>) -> Result<T, Error> {
        if matches!(result, Ok(_) | Err(Error::Database(_))) {
            drop(self.0.take());
        }
        result
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

impl<'p> Executor<'p> for &'p Connections {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        // All rows at once, so that whoever stops reading leaves nothing half read.
        stream::once(async move {
            let mut lease = self.lease().await?;
            let connection = lease.0.as_mut().ok_or(Error::WorkerCrashed)?;
            let rows = (&mut **connection).fetch_many(query);
            let rows: Result<Vec<_>, Error> = self.in_time(rows.try_collect()).await;
            lease
                .settle(rows)
                .map(|rows| stream::iter(rows.into_iter().map(Ok)))
        })
        .try_flatten()
        .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        async move {
            let mut lease = self.lease().await?;
            let connection = lease.0.as_mut().ok_or(Error::WorkerCrashed)?;
            let row = (&mut **connection).fetch_optional(query);
            let row = self.in_time(row).await;
            lease.settle(row)
        }
        .boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        async move {
            let mut lease = self.lease().await?;
            let connection = lease.0.as_mut().ok_or(Error::WorkerCrashed)?;
            let statement = (&mut **connection).prepare_with(sql, parameters);
            let statement = self.in_time(statement).await;
            lease.settle(statement)
        }
        .boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        async move {
            let mut lease = self.lease().await?;
            let connection = lease.0.as_mut().ok_or(Error::WorkerCrashed)?;
            let description = (&mut **connection).describe(sql);
            let description = self.in_time(description).await;
            lease.settle(description)
        }
        .boxed()
    }
}
