//! One message while it is being read: sealed piece by piece, its octets counted against the budget.

use intake::envelope::Envelope;
use intake::smtp::Refusal;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;
use vault::{Aad, InboxPublicKey, SealWriter, Sealed, VaultError};
use zeroize::Zeroizing;

use super::budget::Budget;

/// A message as the inbox stores it.
#[derive(Debug)]
pub struct SealedMessage {
    /// Version 7: the spool id, which answers and the log carry.
    pub id: Uuid,
    /// The [`Envelope`], as [`envelope_bytes`] writes it.
    pub envelope: Sealed,
    /// The content as it came, dots unstuffed.
    pub content: Sealed,
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

/// The first octet of an encoded envelope: a row outlives an upgrade of the daemon.
const ENVELOPE_VERSION: u8 = 1;

/// An envelope as it is sealed: a version, then postcard.
fn envelope_bytes(envelope: &Envelope) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let mut bytes = Zeroizing::new(vec![ENVELOPE_VERSION]);
    let encoded = postcard::to_stdvec(envelope)
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Sealing)?;
    bytes.extend_from_slice(&encoded);
    Ok(bytes)
}

/// Reads an envelope of the inbox.
///
/// # Errors
/// [`VaultError::Malformed`] when a newer version wrote it.
pub fn read_envelope(bytes: &[u8]) -> Result<Envelope, VaultError> {
    let (version, encoded) = bytes.split_first().ok_or(VaultError::Malformed)?;
    if *version != ENVELOPE_VERSION {
        return Err(VaultError::Malformed);
    }
    postcard::from_bytes(encoded).map_err(|_| VaultError::Malformed)
}

/// The content of one message, sealed so far.
pub(super) struct Inbound {
    id: Uuid,
    writer: SealWriter,
    /// Octets of the budget that are held, and of these the ones not used yet.
    held: Option<OwnedSemaphorePermit>,
    unused: usize,
}

impl Inbound {
    /// Octets are taken from the budget in blocks.
    const BLOCK: u32 = 64 * 1024;

    pub(super) fn new(key: &InboxPublicKey) -> Result<Self, Refusal> {
        let id = Uuid::now_v7();
        let writer = key
            .writer(&inbox_aad(id, "content"))
            .map_err(|_| Refusal::Unavailable)?;
        Ok(Self {
            id,
            writer,
            held: None,
            unused: 0,
        })
    }

    pub(super) fn push(&mut self, bytes: &[u8], budget: &Budget) -> Result<(), Refusal> {
        while self.unused < bytes.len() {
            let more = budget.octets(Self::BLOCK).ok_or(Refusal::Full)?;
            self.unused = self.unused.saturating_add(more.num_permits());
            match &mut self.held {
                Some(held) => held.merge(more),
                None => self.held = Some(more),
            }
        }
        self.unused -= bytes.len();
        self.writer.push(bytes).map_err(|_| Refusal::Unavailable)
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// Seals the envelope and what is left of the content. The permit goes with the message until it is stored.
    pub(super) fn finish(
        self,
        envelope: &Envelope,
        key: &InboxPublicKey,
    ) -> Result<(SealedMessage, Option<OwnedSemaphorePermit>), VaultError> {
        let plain = envelope_bytes(envelope)?;
        let envelope = key.seal(&inbox_aad(self.id, "envelope"), &plain)?;
        let size = self.writer.len();
        let content = self.writer.finish()?;
        Ok((
            SealedMessage {
                id: self.id,
                envelope,
                content,
                size,
            },
            self.held,
        ))
    }
}
