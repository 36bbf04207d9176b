//! Every SQL statement, each beside the row type it reads. Nothing unsealed gets in: the functions take [`vault::Sealed`].

mod alerts;
mod analysts;
mod audit;
mod backup;
mod certificates;
mod claimed;
mod commit;
mod connections;
mod console;
mod contacts;
mod correct;
mod epochs;
mod facts;
mod figures;
mod flags;
mod generation;
mod held;
mod identity;
mod inbox;
mod index;
mod letters;
mod marked;
mod named;
mod notices;
mod observables;
mod outbox;
mod overdue;
mod overdue_sql;
mod pieces;
mod programs;
mod promote;
mod queue;
mod relist;
mod repeats;
mod reseal;
mod retry;
pub mod roles;
mod search;
mod searches;
mod server;
mod shred;
mod split;
mod tags;
mod ticket;
mod ticket_notices;
mod together;
mod trail;
mod transport;
mod undo;
mod urgent;
mod verify;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::Semaphore;

use self::connections::Connections;
use crate::config::Database;

pub use alerts::{AlertRow, Breach, Closed, Habit, Notice};
pub use audit::{AuditLine, AuditRow, Head};
pub use backup::{BackedUp, Restored};
pub use certificates::{
    BindingChange, Holder, StoredBinding, StoredCertificate, StoredEvent, Told,
};
pub use commit::{Committed, NewAnswer, NewEntry, NewMail, NewTicket, Record};
pub use console::{AccountChange, ConsoleAccount, ListedAccount, NewTotp, SessionLife, SignedIn};
pub use contacts::{ContactRow, StoredOrganisation};
pub use correct::Rewritten;
pub use facts::{Answered, Digests, FactRow};
pub use figures::Figures;
pub use flags::{Flag, NewLayer, NewSigner, SignedEntry, StoredVerdict};
pub use generation::{Pids, Reseal, Unfinished};
pub use held::HeldMail;
pub use identity::{Identity, Vouched};
pub use inbox::Claimed;
pub use index::{IndexRow, IndexWork};
pub use letters::{AwaitedRow, NewLetter, TakeBack};
pub use marked::MarkEvent;
pub use named::{Move, NamedTicket, TicketRow};
pub use notices::Waiting;
pub use observables::{Candidate, NewIndex, NewObservables, NewSpread, Partition};
pub use outbox::{DueMail, SealedMail};
pub use overdue::{LateTicket, OverdueNotice, Telling};
pub use pieces::Orphans;
pub use programs::{Asked, ChangedFilter, ChangedPlace, ListedToken, NewToken, TokenRow};
pub use queue::{EntryRow, MailState, Newest, QueueFilter, QueueRow};
pub use reseal::{CaseWork, SealedColumn, SealedPlace};
pub use retry::OpenedAgain;
pub use search::{Question, Sharing, Window};
pub use searches::StoredSearch;
pub use server::ServerFacts;
pub use shred::{Aged, CaseSize, Shred, Shredded};
pub use split::Split;
pub use tags::{Retag, TagEvent, TagMarks};
pub use ticket::{EventLine, LinkWork, StoredTicketEvent, TicketChange};
pub use ticket_notices::TicketNotice;
pub use trail::{TrailFilter, TrailPlace, TrailRow};
pub use transport::{Count, ReportMail, ReportState, StoredPeer};
pub use undo::{Before, TakenBack};
pub use verify::{CaseRows, EntryColumns, IndexColumns, TicketColumns};
pub use wanted::{Counts, OPEN, QueueOrder, QueuePage, QueuePlace, Test, Wanted};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long any statement may take. A little more than the server's own limit below, which only a server that still lives keeps.
const DEADLINE: Duration = Duration::from_secs(35);

/// The database.
#[derive(Clone)]
pub struct Store {
    pool: Connections,
    patience: Duration,
    /// Who may write a piece of a large message.
    piece_turns: Arc<Semaphore>,
    together: Arc<together::Together>,
}

/// Why the database did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreFault {
    /// Not reachable, starting up, shutting down, read-only or out of connections: try again later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A statement took longer than it may (57014): try again later, or with less.
    #[error("a statement took too long (57014)")]
    Slow,
    /// No room left on its disk: try again later.
    #[error("the database has no room left")]
    Full,
    /// Somebody else wrote the same row first: decide again.
    #[error("another process wrote first")]
    Conflict,
    /// The user has no right to do this.
    #[error("the database user has no right to do this (42501)")]
    Denied,
    /// A statement that must work did not: a defect or a damaged schema.
    #[error("the database refused a statement: {0}")]
    Refused(String),
    /// The schema is not the one that this program knows.
    #[error("{0}")]
    Schema(String),
}

impl From<sqlx::Error> for StoreFault {
    /// Postgres' messages may show values, so only the SQLSTATE and our own words are kept.
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error::{Database, Io, PoolTimedOut, Protocol, Tls};
        if let Database(database) = &error {
            return by_state(database.code().as_deref().unwrap_or(""));
        }
        let reasons = [
            (
                matches!(error, PoolTimedOut),
                "no connection became free in time",
            ),
            (
                matches!(&error, Io(io) if io.kind() == std::io::ErrorKind::TimedOut),
                "it does not answer",
            ),
            (matches!(error, Io(_)), "no connection to the server"),
            (matches!(error, Tls(_)), "TLS failed"),
            (matches!(error, Protocol(_)), "a protocol error"),
        ];
        let reason = reasons.into_iter().find(|(is, _)| *is);
        StoreFault::Unavailable(
            reason
                .map_or("the driver gave up", |(_, reason)| reason)
                .into(),
        )
    }
}

/// SQLSTATE classes (PostgreSQL manual, appendix A): 08, 53, 57, 25006 and 40 pass by themselves.
fn by_state(code: &str) -> StoreFault {
    match code {
        "53100" => StoreFault::Full,
        "23505" | "23P01" | "40001" | "40P01" => StoreFault::Conflict,
        "42501" => StoreFault::Denied,
        "25006" => StoreFault::Unavailable("it is read-only (25006)".into()),
        "57014" => StoreFault::Slow,
        code if ["08", "53", "57", "28", "3D"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            StoreFault::Unavailable(format!("SQLSTATE {code}"))
        }
        code => StoreFault::Refused(format!("SQLSTATE {code}")),
    }
}

fn migration_fault(error: sqlx::migrate::MigrateError) -> StoreFault {
    if let sqlx::migrate::MigrateError::Execute(error) = error {
        return error.into();
    }
    StoreFault::Schema(error.to_string())
}

impl Store {
    /// Prepares the pool; connects when the first statement is run, so that a missing database is a temporary failure.
    pub fn new(settings: &Database) -> Result<Store, StoreFault> {
        Self::with_deadline(settings, DEADLINE)
    }

    /// As [`Store::new`]; no statement takes longer than `deadline`, whatever the server does.
    pub fn with_deadline(settings: &Database, deadline: Duration) -> Result<Store, StoreFault> {
        // The parser takes any scheme.
        let is_postgres = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| settings.url.starts_with(scheme));
        let mut options: PgConnectOptions = settings
            .url
            .parse()
            .ok()
            .filter(|_| is_postgres)
            .ok_or_else(|| StoreFault::Schema("database.url is not a postgres:// URL".into()))?;
        if let Some(path) = &settings.password_file {
            let password = std::fs::read_to_string(path).map_err(|error| {
                StoreFault::Schema(format!(
                    "database.password_file {}: {error}",
                    path.display()
                ))
            })?;
            options = options.password(password.trim_end());
        }
        let options = options.application_name("pillarbox").options([
            ("client_min_messages", "warning"),
            ("synchronous_commit", "on"),
            ("statement_timeout", "30s"),
            // Temporary tables never stand in for ours, whatever the user's own settings say.
            ("search_path", "public,pg_temp"),
            ("log_parameter_max_length_on_error", "0"),
        ]);
        let connections = settings.connections.max(2);
        let pool = Connections::new(options, connections, settings.timeout.0, deadline)?;
        Ok(Store {
            pool,
            patience: settings.timeout.0,
            piece_turns: Arc::new(Semaphore::new(
                usize::try_from(connections / 2).unwrap_or(1),
            )),
            together: Arc::default(),
        })
    }

    /// How long a peer may be kept waiting for the database: a connection and a statement together.
    pub fn patience(&self) -> Duration {
        self.patience + Duration::from_secs(1)
    }

    /// Applies all migrations that are missing, and puts [`roles`] and their rights in place as far as this user may; returns
    /// how many migrations there are in all.
    pub async fn migrate(&self) -> Result<usize, StoreFault> {
        let mut connection = self.connect().await?;
        MIGRATIONS
            .run(&mut connection)
            .await
            .map_err(migration_fault)?;
        roles::settle(&mut connection).await?;
        Ok(MIGRATIONS.iter().count())
    }

    /// The statements of one migration; empty when it is not known.
    pub fn migration_text(version: i64) -> &'static str {
        let mut known = MIGRATIONS.iter();
        known
            .find(|migration| migration.version == version)
            .map_or("", |migration| migration.sql.as_str())
    }

    /// A connection of its own, for what is more than one statement.
    async fn connect(&self) -> Result<sqlx::PgConnection, StoreFault> {
        Ok(self.pool.options().connect().await?)
    }

    /// Known migrations as (version, description, applied), and how many applied ones are unknown to this program.
    pub async fn migration_status(&self) -> Result<(Vec<(i64, String, bool)>, usize), StoreFault> {
        // Asked first: a listener is asked for its health every few seconds, and each refusal stands in Postgres' log.
        let may_look: Option<bool> = sqlx::query_scalar(
            "SELECT has_table_privilege(to_regclass('_sqlx_migrations'), 'SELECT')",
        )
        .fetch_one(&self.pool)
        .await?;
        let applied: Vec<i64> = match may_look {
            None => Vec::new(),
            Some(false) => return Err(StoreFault::Denied),
            Some(true) => {
                sqlx::query_scalar(
                    "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version",
                )
                .fetch_all(&self.pool)
                .await?
            }
        };
        let known = |version: &i64| {
            MIGRATIONS
                .iter()
                .any(|migration| migration.version == *version)
        };
        let unknown = applied.iter().filter(|version| !known(version)).count();
        let list = MIGRATIONS
            .iter()
            .map(|migration| {
                (
                    migration.version,
                    migration.description.to_string(),
                    applied.contains(&migration.version),
                )
            })
            .collect();
        Ok((list, unknown))
    }

    /// Refuses a schema that this program does not know. A user that may not look, as the listener's, goes by what the
    /// others find.
    pub async fn check_schema(&self) -> Result<(), StoreFault> {
        let (list, unknown) = match self.migration_status().await {
            Err(StoreFault::Denied) => return Ok(()),
            status => status?,
        };
        let missing = list.iter().filter(|(_, _, applied)| !applied).count();
        match (missing, unknown) {
            (0, 0) => Ok(()),
            (0, _) => Err(StoreFault::Schema(
                "the database was migrated by a newer pillarbox: run that one".into(),
            )),
            _ => Err(StoreFault::Schema(format!(
                "{missing} migrations are missing: run `pillarbox migrate up`"
            ))),
        }
    }

    /// Whether a statement can be run now.
    pub async fn ping(&self) -> Result<(), StoreFault> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Wakes the workers of all processes; called once for many messages, since each `NOTIFY` takes a global lock.
    pub async fn notify(&self) -> Result<(), StoreFault> {
        sqlx::query("SELECT pg_notify('pillarbox_inbox', '')")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A connection that hears [`Store::notify`].
    pub async fn listen(&self) -> Result<sqlx::postgres::PgListener, StoreFault> {
        // A connection of its own, made anew by the listener when it is lost.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(self.pool.options().clone());
        let mut listener = sqlx::postgres::PgListener::connect_with(&pool).await?;
        listener.listen("pillarbox_inbox").await?;
        Ok(listener)
    }

    /// Closes all connections that are not in use.
    pub fn close(&self) {
        self.pool.close();
    }
}
