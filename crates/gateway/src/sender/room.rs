//! How many connections are open at once (`outbox.connections`). Destinations that have not taken mail yet share half of them:
//! whoever answers slowly, or never, holds up strangers at most.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for connections.
pub(super) struct Rooms {
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

/// Room for one connection, until it is dropped.
pub(super) struct Room {
    _any: OwnedSemaphorePermit,
    stranger: Option<OwnedSemaphorePermit>,
}

impl Rooms {
    pub(super) fn new(connections: usize) -> Rooms {
        Rooms {
            all: Arc::new(Semaphore::new(connections)),
            strangers: Arc::new(Semaphore::new((connections / 2).max(1))),
        }
    }

    /// Waits for room; strangers wait for room among strangers first. Never `None`: the semaphores are not closed.
    pub(super) async fn take(&self, stranger: bool) -> Option<Room> {
        let stranger = if stranger {
            Some(Arc::clone(&self.strangers).acquire_owned().await.ok()?)
        } else {
            None
        };
        let any = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Room {
            _any: any,
            stranger,
        })
    }
}

impl Room {
    /// The destination is a stranger no more.
    pub(super) fn proved(&mut self) {
        self.stranger = None;
    }
}
