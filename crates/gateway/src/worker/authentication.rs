//! Reads a message and checks its sender at the same time; name servers may be slow without keeping other mail.

use std::sync::Arc;

use intake::authentication::AuthResults;
use intake::pipeline;
use intake::reading::Reading;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Fault, Mail, Worker};

/// Most messages that wait for name servers only; each is in memory as a whole.
pub(super) const WAITING: u32 = 48;

/// Room for so many to wait in.
pub(crate) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(usize::try_from(WAITING).unwrap_or(1)))
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
    async fn free_while<T>(&mut self, room: &Arc<Semaphore>, wait: impl Future<Output = T>) -> T {
        let Ok(_place) = room.try_acquire() else {
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
        let check = authenticator.check(&mail.envelope, &mail.raw);
        tokio::pin!(check);
        if authenticator.after_relay(&mail.envelope) {
            let reading = self.read(mail).await?;
            let said = pipeline::relayed(&mail.envelope, &reading, &self.policy);
            let results = match said {
                Some(said) => said,
                None => hand.free_while(&self.waiting, check).await,
            };
            return Ok((reading, self.counted(results)));
        }
        let read = self.read(mail);
        tokio::pin!(read);
        tokio::select! {
            reading = &mut read => {
                let reading = reading?;
                let results = hand.free_while(&self.waiting, check).await;
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
