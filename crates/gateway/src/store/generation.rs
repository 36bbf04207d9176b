//! Which generation of its key the cases of an epoch must have. A reseal raises it, and everybody who writes keeps to it: the
//! trigger `case_key_generation` refuses a key that is wrapped by an older one ([`StoreFault::Conflict`]: wrap it again).

use sqlx::{ConnectOptions, Connection, PgConnection};
use vault::EpochKeyName;

use super::{Store, StoreFault};

/// How long one who was there before is waited for.
const PATIENCE: &str = "5s";
/// The state of a lock that did not come free in time (PostgreSQL manual, appendix A).
const NOT_IN_TIME: &str = "55P03";

/// The one reseal of an installation that may be at work; another can begin once this is dropped.
pub struct Reseal {
    connection: PgConnection,
}

/// An epoch whose cases are not all sealed anew yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its number, see [`vault::Epoch::number`].
    pub epoch: i32,
    /// The generation that they get.
    pub generation: i32,
    /// Whether everything was to be sealed anew, after a rotation of the ring.
    pub everything: bool,
    /// When it began, RFC 3339, UTC.
    pub began: String,
}

/// Somebody who is in the way: processes of the database (`pg_stat_activity.pid`).
pub type Pids = Vec<i32>;

impl Store {
    /// Keeps others from resealing as long as the value lives; who does already, when somebody does.
    pub async fn reseal(&self) -> Result<Result<Reseal, Pids>, StoreFault> {
        let mut connection = self.pool.options().connect().await?;
        set_patience(&mut connection).await?;
        // One whose process has just ended is gone in a moment.
        let taken = sqlx::query("SELECT pg_advisory_lock(hashtext('pillarbox reseal'), 0)")
            .execute(&mut connection)
            .await;
        if in_time(taken)? {
            return Ok(Ok(Reseal { connection }));
        }
        let pids = holders(&mut connection, "pillarbox reseal", &[0]).await?;
        Ok(Err(pids))
    }
}

impl Reseal {
    /// What was begun and not ended, by whomever.
    pub async fn unfinished(&mut self) -> Result<Vec<Unfinished>, StoreFault> {
        let rows: Vec<(i32, i32, bool, String)> = sqlx::query_as(
            "SELECT epoch, generation, everything, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             FROM reseal WHERE ended_at IS NULL ORDER BY epoch",
        )
        .fetch_all(&mut self.connection)
        .await?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(epoch, generation, everything, began)| Unfinished {
                epoch,
                generation,
                everything,
                began,
            })
            .collect())
    }

    /// From now on nothing is written under an older generation than these; all of them, or none when somebody has written
    /// under an older one and has not committed in time: then these are told, and may be waited for once more. What an earlier
    /// run left of these epochs is taken over.
    pub async fn raise(
        &mut self,
        names: &[EpochKeyName],
        everything: bool,
    ) -> Result<Result<(), Pids>, StoreFault> {
        let epochs: Vec<i32> = names
            .iter()
            .map(|name| name.epoch.number().into())
            .collect();
        let generations: Vec<i32> = names.iter().map(|name| name.generation.into()).collect();
        let mut transaction = self.connection.begin().await?;
        let taken = sqlx::query(
            "SELECT pg_advisory_xact_lock(hashtext('pillarbox generation'), epoch) FROM unnest($1::integer[]) AS e (epoch)",
        )
        .bind(&epochs)
        .execute(&mut *transaction)
        .await;
        if !in_time(taken)? {
            transaction.rollback().await?;
            return Ok(Err(holders(
                &mut self.connection,
                "pillarbox generation",
                &epochs,
            )
            .await?));
        }
        sqlx::query(
            "INSERT INTO reseal AS r (epoch, generation, everything)
             SELECT epoch, generation, $3 FROM unnest($1::integer[], $2::integer[]) AS n (epoch, generation)
             ON CONFLICT (epoch) DO UPDATE SET generation = excluded.generation, everything = excluded.everything,
                started_at = now(), ended_at = NULL",
        )
        .bind(&epochs)
        .bind(&generations)
        .bind(everything)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// All cases of an epoch have their new generation.
    pub async fn end(&mut self, epoch: i32) -> Result<(), StoreFault> {
        sqlx::query("UPDATE reseal SET ended_at = now() WHERE epoch = $1")
            .bind(epoch)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

async fn set_patience(connection: &mut PgConnection) -> Result<(), StoreFault> {
    sqlx::query("SELECT set_config('lock_timeout', $1, false)")
        .bind(PATIENCE)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether a lock came free in time.
fn in_time<T>(taken: Result<T, sqlx::Error>) -> Result<bool, StoreFault> {
    match taken {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NOT_IN_TIME) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Who holds any of these locks, in whatever way.
async fn holders(
    connection: &mut PgConnection,
    name: &str,
    numbers: &[i32],
) -> Result<Pids, StoreFault> {
    let pids = sqlx::query_scalar(
        "SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = hashtext($1)::oid AND objid::bigint = ANY ($2::bigint[]) ORDER BY pid",
    )
    .bind(name)
    .bind(
        numbers
            .iter()
            .map(|number| i64::from(*number))
            .collect::<Vec<_>>(),
    )
    .fetch_all(connection)
    .await?;
    Ok(pids)
}
