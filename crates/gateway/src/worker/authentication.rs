//! Reads a message and checks its sender at the same time; name servers may be slow without keeping other mail.

use std::sync::Arc;

use intake::authentication::AuthResults;
use intake::pipeline;
use intake::reading::Reading;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::{Fault, Mail, Worker};

/// Where messages wait that are read and lack nothing but answers of name servers. They stay in memory, so the room is counted in
/// octets; each has its check on a thread, so a small one takes as much as [`LEAST`].
#[derive(Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// Octets of all that wait, in units.
const SPACE: u32 = 128 << 10;
/// Octets in a unit.
const UNIT: usize = 1 << 10;
/// Units that every message takes: so not more than 48 wait.
const LEAST: u32 = SPACE / 48;

impl Room {
    /// Empty.
    pub(crate) fn new() -> Room {
        Room(Arc::new(Semaphore::new(
            usize::try_from(SPACE).unwrap_or(Semaphore::MAX_PERMITS),
        )))
    }

    /// A place for a message of so many octets; `None` while there is none. One always has a place, however large.
    fn place(&self, octets: usize) -> Option<SemaphorePermit<'_>> {
        let units = u32::try_from(octets.div_ceil(UNIT)).unwrap_or(SPACE);
        self.0.try_acquire_many(units.clamp(LEAST, SPACE)).ok()
    }

    /// Until nobody waits.
    pub(super) async fn empty(&self) {
        let _all = self.0.acquire_many(SPACE).await;
    }
}

/// The permit under which a message is worked: given back while there is nothing to do but wait.
pub(super) struct Hand {
    permit: Option<OwnedSemaphorePermit>,
    hands: Arc<Semaphore>,
}

impl Hand {
    pub(super) fn new(permit: OwnedSemaphorePermit) -> Hand {
        Hand {
            hands: Arc::clone(permit.semaphore()),
            permit: Some(permit),
        }
    }

    /// Waits with the hand free for other mail, while there is room to wait in; else with the hand in use, so that no
    /// more is claimed.
    async fn free_while<T>(
        &mut self,
        room: &Room,
        octets: usize,
        wait: impl Future<Output = T>,
    ) -> T {
        let Some(_place) = room.place(octets) else {
            return wait.await;
        };
        self.permit = None;
        let done = wait.await;
        // Closed is never: then the work goes on without a permit.
        self.permit = Arc::clone(&self.hands).acquire_owned().await.ok();
        done
    }
}

impl Worker {
    /// What the message says, and who proves to have sent it.
    pub(super) async fn understand(
        &self,
        mail: &Mail,
        hand: &mut Hand,
    ) -> Result<(Reading, AuthResults), Fault> {
        let Some(authenticator) = &self.authenticator else {
            let reading = self.read(mail).await?;
            let said = pipeline::relayed(&mail.envelope, &reading, &self.policy);
            return Ok((reading, self.counted(said.unwrap_or_default())));
        };
        let check = authenticator.check(&mail.envelope, Arc::clone(&mail.raw));
        tokio::pin!(check);
        if authenticator.after_relay(&mail.envelope) {
            let reading = self.read(mail).await?;
            let said = pipeline::relayed(&mail.envelope, &reading, &self.policy);
            let results = match said {
                Some(said) => said,
                None => {
                    let octets = in_memory(mail, &reading);
                    hand.free_while(&self.waiting, octets, check).await
                }
            };
            return Ok((reading, self.counted(results)));
        }
        let read = self.read(mail);
        tokio::pin!(read);
        tokio::select! {
            reading = &mut read => {
                let reading = reading?;
                let octets = in_memory(mail, &reading);
                let results = hand.free_while(&self.waiting, octets, check).await;
                Ok((reading, self.counted(results)))
            }
            results = &mut check => Ok((read.await?, self.counted(results))),
        }
    }

    fn counted(&self, results: AuthResults) -> AuthResults {
        self.metrics.authenticated(&results);
        results
    }
}

/// What a message that was read takes, about.
fn in_memory(mail: &Mail, reading: &Reading) -> usize {
    let parts = reading.parts.iter();
    let texts = parts.filter_map(|part| part.text.as_ref().map(String::len));
    texts.fold(mail.raw.len(), usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many messages of so many octets find a place.
    fn fit(room: &Room, octets: usize) -> usize {
        std::iter::from_fn(|| room.place(octets))
            .take(1000)
            .collect::<Vec<_>>()
            .len()
    }

    #[tokio::test]
    async fn what_waits_is_bounded_by_its_size_and_one_always_may() {
        let room = Room::new();
        assert_eq!(fit(&room, 25 << 20), 5);
        assert_eq!(fit(&room, 0), 48);
        assert_eq!(fit(&room, usize::MAX), 1);
        let large = room.place(100 << 20);
        assert!(
            large.is_some() && room.place(40 << 20).is_none() && room.place(20 << 20).is_some()
        );
        drop(large);
        room.empty().await;
    }
}
