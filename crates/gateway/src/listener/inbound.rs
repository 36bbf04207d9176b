//! One message while it is being read: sealed piece by piece, and stored so when it is large; the octets that are in
//! memory count against the budget (T37).

use std::time::Duration;

use intake::envelope::Envelope;
use intake::smtp::Refusal;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use uuid::Uuid;
use vault::{Aad, InboxPublicKey, SealWriter, Sealed, VaultError};

use super::budget::Budget;
use crate::sealing;

/// What the listener has stored.
#[derive(Debug)]
pub enum Parcel {
    /// A piece of a message that is still coming in.
    Piece(SealedPiece),
    /// A complete message: once this is stored, `250` is said.
    Message(SealedMessage),
    /// The pieces of this message will never become one: they may be deleted.
    Abandoned(Uuid),
}

/// A piece of a large message's sealed content.
#[derive(Debug)]
pub struct SealedPiece {
    /// The id of the message.
    pub message: Uuid,
    /// Its place, from 0.
    pub number: i32,
    /// Some chunks of the sealed content.
    pub content: Sealed,
}

/// A message as the inbox stores it.
#[derive(Debug)]
pub struct SealedMessage {
    /// Version 7: the spool id, which answers and the log carry.
    pub id: Uuid,
    /// The [`Envelope`], as [`envelope_bytes`] writes it.
    pub envelope: Sealed,
    /// The content as it came, dots unstuffed: all of it, or what follows the pieces.
    pub content: Sealed,
    /// How many pieces of the content were stored before.
    pub pieces: i32,
    /// Octets of the content before sealing.
    pub size: u64,
}

/// Why a message could not be stored. Both are temporary: the peer keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, or did not say that it committed.
    #[error("storage is not available")]
    Unavailable,
    /// There is no room.
    #[error("storage is full")]
    Full,
}

/// The place that a sealed inbox value is bound to; `column` is `envelope` or `content`.
pub fn inbox_aad(id: Uuid, column: &str) -> Vec<u8> {
    Aad {
        team: "",
        table: "inbox",
        column,
        case: [0; 16],
        row: id.into_bytes(),
    }
    .encode()
}

/// Reads an envelope of the inbox.
///
/// # Errors
/// [`VaultError::Newer`] when a newer version wrote it, and [`VaultError::Malformed`].
pub fn read_envelope(bytes: &[u8]) -> Result<Envelope, VaultError> {
    sealing::decode(bytes)
}

/// No message is ended that began to be stored longer ago than this: pieces without a message are deleted after an hour.
pub const OLDEST: Duration = Duration::from_secs(45 * 60);

/// How long a peer waits for room in memory before it is told to try again.
const ROOM_PATIENCE: Duration = Duration::from_secs(3);

/// The content of one message, sealed so far.
pub(super) struct Inbound {
    id: Uuid,
    writer: SealWriter,
    /// Pieces that were stored, and when the first one was begun.
    pieces: i32,
    begun: Option<Instant>,
    /// Octets of the budget that are held, and of these the ones not used yet.
    held: Option<OwnedSemaphorePermit>,
    unused: usize,
}

impl Inbound {
    /// Octets are taken from the budget in blocks.
    const BLOCK: u32 = 64 * 1024;
    /// So many sealed octets are stored before the end is seen. Almost every message is shorter and needs one statement.
    const PIECE: usize = 7 * 64 * 1024;

    pub(super) fn new(key: &InboxPublicKey) -> Result<Self, Refusal> {
        let id = Uuid::now_v7();
        let writer = key
            .writer(&inbox_aad(id, "content"))
            .map_err(|_| Refusal::Unavailable)?;
        Ok(Self {
            id,
            writer,
            pieces: 0,
            begun: None,
            held: None,
            unused: 0,
        })
    }

    /// Seals octets. When enough is sealed, or when the budget is used up, what is sealed is stored first, and the peer
    /// waits for it: a slow database fills no memory.
    pub(super) async fn push<S, F>(
        &mut self,
        bytes: &[u8],
        budget: &Budget,
        store: &S,
    ) -> Result<(), Refusal>
    where
        S: Fn(Parcel) -> F + Sync,
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        if self.writer.ready() >= Self::PIECE {
            self.store_piece(store).await?;
        }
        if !self.make_room(bytes.len(), budget) {
            // The header alone frees nothing: who has sealed no chunk yet would only make a row.
            if self.writer.has_chunk() {
                self.store_piece(store).await?;
            }
            if !self.make_room(bytes.len(), budget) {
                // Others are about to store what they hold.
                let waiting = tokio::time::timeout(ROOM_PATIENCE, budget.octets_soon(Self::BLOCK));
                self.hold(waiting.await.ok().flatten().ok_or(Refusal::Full)?);
            }
        }
        self.unused = self.unused.saturating_sub(bytes.len());
        self.writer.push(bytes).map_err(|_| Refusal::Unavailable)
    }

    /// Takes what is missing from the budget; whether there was enough.
    fn make_room(&mut self, octets: usize, budget: &Budget) -> bool {
        while self.unused < octets {
            let Some(more) = budget.octets(Self::BLOCK) else {
                return false;
            };
            self.hold(more);
        }
        true
    }

    fn hold(&mut self, more: OwnedSemaphorePermit) {
        self.unused = self.unused.saturating_add(more.num_permits());
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
    }

    async fn store_piece<S, F>(&mut self, store: &S) -> Result<(), Refusal>
    where
        S: Fn(Parcel) -> F + Sync,
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        if begun.elapsed() > OLDEST {
            return Err(Refusal::Unavailable);
        }
        let piece = SealedPiece {
            message: self.id,
            number: self.pieces,
            content: self.writer.take(),
        };
        // Counted before it is known to be stored: a failed message has these pieces to drop.
        self.pieces = self.pieces.saturating_add(1);
        store(Parcel::Piece(piece))
            .await
            .map_err(|error| match error {
                StoreError::Full => Refusal::Full,
                StoreError::Unavailable => Refusal::Unavailable,
            })?;
        let pending = self.writer.pending();
        if let Some(held) = &mut self.held {
            let spare = held.num_permits().saturating_sub(pending);
            let block = usize::try_from(Self::BLOCK).unwrap_or(usize::MAX);
            let kept = spare % block;
            drop(held.split(spare - kept));
            self.unused = kept;
        }
        Ok(())
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// Octets so far.
    pub(super) fn size(&self) -> u64 {
        self.writer.len()
    }

    /// The pieces to delete when the message is dropped; `None` when there are none.
    pub(super) fn left_over(&self) -> Option<Uuid> {
        (self.pieces > 0).then_some(self.id)
    }

    /// Seals the envelope and what is left of the content. The permit goes with the message until it is stored.
    pub(super) fn finish(
        self,
        envelope: &Envelope,
        key: &InboxPublicKey,
    ) -> Result<(SealedMessage, Option<OwnedSemaphorePermit>), VaultError> {
        if self.begun.is_some_and(|begun| begun.elapsed() > OLDEST) {
            return Err(VaultError::Sealing);
        }
        let plain = sealing::encode(envelope)?;
        let envelope = key.seal(&inbox_aad(self.id, "envelope"), &plain)?;
        let size = self.writer.len();
        let content = self.writer.finish()?;
        Ok((
            SealedMessage {
                id: self.id,
                envelope,
                content,
                pieces: self.pieces,
                size,
            },
            self.held,
        ))
    }
}
