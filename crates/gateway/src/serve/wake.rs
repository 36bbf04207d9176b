//! Waking workers of other processes, and the small regular work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use vault::{Epoch, KeyRing};

use crate::audit::outside::Keeper;
use crate::epochs::{self, EpochFault};
use crate::store::{Orphans, Store, StoreFault};
use crate::{audit, erasure};

/// How often the audit trail is marked outside the database.
const OUTSIDE: Duration = Duration::from_secs(5);
/// How many of these turns are between two anchors in the database.
const A_MINUTE: u32 = 12;
/// How often the keys of months are looked at: a reseal waits longer before it destroys a key.
const EPOCHS: Duration = Duration::from_secs(5);
/// How long that may take: a database that is away must not keep the daemon from ending.
const ANCHORING: Duration = Duration::from_secs(3);

/// Tells the workers of other processes, once for all that arrived within 50 ms: each `NOTIFY` takes a global lock.
pub(super) async fn tell(store: Store, arrived: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = arrived.notified() => {}
            _ = stop.changed() => return,
        }
        if let Err(fault) = store.notify().await {
            tracing::debug!(%fault, "workers were not woken; they look by themselves");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Hears what other processes tell; without it a worker still looks twice a second.
pub(super) async fn hear(store: Store, wake: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Ok(mut listener) = store.listen().await {
            loop {
                tokio::select! {
                    heard = listener.recv() => if heard.is_err() { break } else { wake.notify_one() },
                    _ = stop.changed() => return,
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Wipes secrets that have served their time, and looks at key files, every ten seconds.
pub(super) async fn wipe(forget_old: impl Fn(), mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(10)) => forget_old(),
            _ = stop.changed() => return,
        }
    }
}

/// Deletes what the rates no longer need and what broken-off transfers left, every ten minutes.
pub(super) async fn forget(store: Store, mut stop: watch::Receiver<bool>) {
    let mut orphans = Orphans::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(600)) => {}
            _ = stop.changed() => return,
        }
        if let Err(fault) = store.forget_answers().await {
            tracing::debug!(%fault, "old answers were not forgotten");
        }
        match store.forget_pieces(&mut orphans, Instant::now()).await {
            Ok(0) => {}
            Ok(pieces) => tracing::info!(pieces, "deleted what was left of broken-off messages"),
            Err(fault) => tracing::debug!(%fault, "left-over pieces were not deleted"),
        }
    }
}

/// Says every minute in the deployment's audit chain how long the others are, and every few seconds outside the database how long
/// that one is; both once more at the end.
pub(super) async fn anchor(
    store: Store,
    ring: Arc<KeyRing>,
    mut outside: Keeper,
    mut stop: watch::Receiver<bool>,
) {
    let mut turns = 0_u32;
    loop {
        let stopped = tokio::select! {
            () = tokio::time::sleep(OUTSIDE) => false,
            _ = stop.changed() => true,
        };
        turns = turns.wrapping_add(1);
        if stopped || turns.is_multiple_of(A_MINUTE) {
            minute(&store, &ring).await;
        }
        let _ = tokio::time::timeout(ANCHORING, outside.turn(&store)).await;
        if stopped || turns.is_multiple_of(A_MINUTE) {
            let _ = tokio::time::timeout(ANCHORING, outside.say(&store)).await;
        }
        if stopped {
            return;
        }
    }
}

async fn minute(store: &Store, ring: &KeyRing) {
    let anchored = tokio::time::timeout(ANCHORING, audit::anchor(store, ring)).await;
    match anchored.unwrap_or_else(|_| Err(StoreFault::Unavailable("too slow".into()))) {
        Err(fault) => tracing::warn!(%fault, "the audit trail has no new anchor; trying again"),
        Ok(0) => {}
        Ok(chains) => tracing::debug!(chains, "anchored"),
    }
}

/// Follows which keys of months the database names: other machines make keys, too. Says what this one lacks, once.
pub(super) async fn follow_epochs(
    store: Store,
    ring: Arc<KeyRing>,
    team: String,
    mut stop: watch::Receiver<bool>,
) {
    let (mut told, mut turns) = (Vec::new(), 0_u32);
    loop {
        // All files are read to compare: now and then, and at once when it matters.
        let compares = turns.is_multiple_of(A_MINUTE) || lacks_now(&ring);
        let turn = async {
            epochs::follow(&store, &ring, &team).await?;
            let standing = epochs::ready(&store, &ring, &team, Epoch::STANDING).await;
            if compares {
                told = epochs_lacking(&store, &ring, &team, std::mem::take(&mut told)).await;
            }
            standing
        };
        match tokio::time::timeout(ANCHORING, turn).await {
            // What the folder lacks was said already.
            Ok(Ok(()) | Err(EpochFault::Vault(_))) => {}
            Ok(Err(EpochFault::Store(fault))) => {
                tracing::debug!(%fault, "which keys of months count is not known anew");
            }
            Err(_) => tracing::debug!("which keys of months count is not known anew: too slow"),
        }
        turns = turns.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(EPOCHS) => {}
            _ = stop.changed() => return,
        }
    }
}

fn lacks_now(ring: &KeyRing) -> bool {
    let month = erasure::current_month(Timestamp::now());
    ring.lacking(month).is_some()
}

async fn epochs_lacking(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    told: Vec<String>,
) -> Vec<String> {
    let Ok(found) = epochs::compare(store, ring, team).await else {
        return told;
    };
    let findings = found.findings();
    for finding in findings.iter().filter(|finding| !told.contains(finding)) {
        tracing::error!("{finding}");
    }
    findings
}
