//! The pieces of large messages, which are kept while the message comes in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;
use vault::Sealed;

use super::{Store, StoreFault};

/// How long pieces wait for the rest of their message. No listener ends a message that is older than
/// [`crate::listener::OLDEST`], which must be well below: who has been told `250` must find all pieces there, and a listener
/// can't look whether they are. Both are measured by clocks that nobody sets: a database whose date jumps loses nothing.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// How long a piece waits for its turn: the sending MTA waits three minutes for a block to be taken.
const PIECE_PATIENCE: Duration = Duration::from_secs(60);

/// Messages that have pieces and nothing else, and when this process saw that first.
#[derive(Debug, Default)]
pub struct Orphans(HashMap<Uuid, Instant>);

impl Orphans {
    /// How many are remembered; more come in later rounds, the oldest first.
    const MOST: i64 = 10_000;

    /// Remembers what was seen, forgets all others; returns what has been seen for an hour.
    fn see(&mut self, seen: &[Uuid], now: Instant) -> Vec<Uuid> {
        let known = std::mem::take(&mut self.0);
        let first = |id: &Uuid| (*id, known.get(id).copied().unwrap_or(now));
        self.0 = seen.iter().map(first).collect();
        let old = self
            .0
            .iter()
            .filter(|(_, first)| now.saturating_duration_since(**first) >= FORGOTTEN);
        old.map(|(id, _)| *id).collect()
    }
}

impl Store {
    /// Keeps a piece of a message that is still coming in; pieces are numbered from 0. At most half of the connections
    /// do this at a time: who has more to send waits, and small messages don't.
    pub async fn keep_piece(
        &self,
        message: Uuid,
        number: i32,
        content: &Sealed,
    ) -> Result<(), StoreFault> {
        let turn = tokio::time::timeout(PIECE_PATIENCE, self.piece_turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(StoreFault::Unavailable("it is too slow".into()));
        };
        sqlx::query("INSERT INTO inbox_piece (message, number, content) VALUES ($1, $2, $3)")
            .bind(message)
            .bind(number)
            .bind(content.as_bytes())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The pieces of a message together, in order; `None` when some are missing.
    pub async fn pieces(&self, message: Uuid, count: i32) -> Result<Option<Vec<u8>>, StoreFault> {
        let pieces: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT content FROM inbox_piece WHERE message = $1 AND number < $2 ORDER BY number",
        )
        .bind(message)
        .bind(count)
        .fetch_all(&self.pool)
        .await?;
        let all = i32::try_from(pieces.len()) == Ok(count);
        Ok(all.then(|| pieces.concat()))
    }

    /// Deletes the pieces of a message that will never be whole. A listener that may only insert is denied this, and
    /// leaves it to [`Store::forget_pieces`].
    pub async fn drop_pieces(&self, message: Uuid) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM inbox_piece WHERE message = $1")
            .bind(message)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes pieces that no message has come for as long as the caller has watched, an hour at least; returns how many.
    /// `orphans` is the caller's memory from one call to the next.
    pub async fn forget_pieces(
        &self,
        orphans: &mut Orphans,
        now: Instant,
    ) -> Result<u64, StoreFault> {
        let seen: Vec<Uuid> = sqlx::query_scalar(
            "SELECT DISTINCT message FROM inbox_piece p
             WHERE NOT EXISTS (SELECT FROM inbox WHERE inbox.id = p.message) ORDER BY message LIMIT $1",
        )
        .bind(Orphans::MOST)
        .fetch_all(&self.pool)
        .await?;
        let old = orphans.see(&seen, now);
        if old.is_empty() {
            return Ok(0);
        }
        let gone = sqlx::query(
            "DELETE FROM inbox_piece p WHERE message = ANY($1)
             AND NOT EXISTS (SELECT FROM inbox WHERE inbox.id = p.message)",
        )
        .bind(old)
        .execute(&self.pool)
        .await?;
        Ok(gone.rows_affected())
    }
}
