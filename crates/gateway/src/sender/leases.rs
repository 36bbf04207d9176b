//! The claims of this process: renewed while it lives, so that a dead one's mail comes back within a minute.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::store::Store;

/// How long a claim lasts unless it is renewed.
pub(super) const LEASE: Duration = Duration::from_secs(45);
/// No delivery begins this close to the end of its lease.
const MARGIN: Duration = Duration::from_secs(5);

/// Mails in hand: the attempt that holds each, and until when.
#[derive(Default)]
pub(super) struct Leases {
    all: Mutex<HashMap<Uuid, (i32, Instant)>>,
}

impl Leases {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, (i32, Instant)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mail was claimed by a statement sent at `asked`.
    pub(super) fn add(&self, mail: Uuid, attempt: i32, asked: Instant) {
        self.all().insert(mail, (attempt, asked + LEASE));
    }

    /// It is settled.
    pub(super) fn remove(&self, mail: Uuid) {
        self.all().remove(&mail);
    }

    /// Which are in hand, those whose claim has lapsed included.
    pub(super) fn ids(&self) -> Vec<Uuid> {
        self.all().keys().copied().collect()
    }

    /// How many are in hand.
    pub(super) fn count(&self) -> usize {
        self.all().len()
    }

    /// Whether a delivery may begin: no other sender can have claimed it.
    pub(super) fn are_ours(&self, mail: Uuid) -> bool {
        let now = Instant::now();
        self.all()
            .get(&mail)
            .is_some_and(|(_, until)| *until > now + MARGIN)
    }

    /// Renews all, for ever. What another sender took meanwhile, or what can't be renewed, runs out.
    pub(super) async fn renew(&self, store: &Store) {
        loop {
            tokio::time::sleep(LEASE / 4).await;
            let asked = Instant::now();
            let (ids, attempts): (Vec<Uuid>, Vec<i32>) = self
                .all()
                .iter()
                .map(|(id, (attempt, _))| (*id, *attempt))
                .unzip();
            if ids.is_empty() {
                continue;
            }
            match store.hold_mail(&ids, &attempts, LEASE).await {
                Ok(held) => {
                    let mut all = self.all();
                    for id in held {
                        if let Some((_, until)) = all.get_mut(&id) {
                            *until = asked + LEASE;
                        }
                    }
                }
                Err(fault) => tracing::warn!(%fault, "claims on mail could not be renewed"),
            }
        }
    }
}
