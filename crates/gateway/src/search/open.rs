//! Opens candidates on all cores, away from the threads on which others wait.

use std::num::NonZero;
use std::sync::Arc;

use vault::{KeyRing, VaultError};

use super::partition;
use super::value::Value;
use crate::analyst::OwnKey;
use crate::store::Candidate;

/// Candidates that are not worth a second thread.
const FEW: usize = 64;

/// What opens candidates.
#[derive(Clone)]
pub(super) struct Opener {
    pub(super) ring: Arc<KeyRing>,
    pub(super) team: Arc<str>,
    pub(super) own: Option<Arc<OwnKey>>,
}

/// A candidate with its values, or why these can't be read.
pub type Opened = (Candidate, Result<Vec<Value>, VaultError>);

impl Opener {
    fn open_one(&self, candidate: &Candidate) -> Result<Vec<Value>, VaultError> {
        let Some(own) = &self.own else {
            return partition::open(&self.ring, &self.team, candidate, &candidate.wrapped);
        };
        let wrapped = own.open(&candidate.wrapped);
        let wrapped = wrapped.map_err(|_| VaultError::SealedToAnalysts)?;
        partition::open(&self.ring, &self.team, candidate, &wrapped)
    }

    /// Opens all, in the same order.
    pub(super) async fn open(&self, mut candidates: Vec<Candidate>) -> Vec<Opened> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = candidates.len().div_ceil(cores).max(FEW);
        let mut hands = Vec::new();
        while !candidates.is_empty() {
            let rest = candidates.split_off(candidates.len().min(share));
            let part = std::mem::replace(&mut candidates, rest);
            let opener = self.clone();
            hands.push(tokio::task::spawn_blocking(move || {
                let open = |candidate: Candidate| {
                    let values = opener.open_one(&candidate);
                    (candidate, values)
                };
                part.into_iter().map(open).collect::<Vec<_>>()
            }));
        }
        let mut opened = Vec::new();
        for hand in hands {
            // It can't panic, and nobody cancels it.
            opened.extend(hand.await.unwrap_or_default());
        }
        opened
    }
}
