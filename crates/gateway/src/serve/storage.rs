//! Storage keys in a running daemon: checked at the start, followed when they are rotated, and wiped when they have served.

use std::sync::Arc;

use vault::{InboxPublicKey, KeyRing};

use super::{Parts, Running, one_team, wake};
use crate::audit::outside::{Keeper, Outside};
use crate::config::{Settings, Storage};
use crate::store::{Store, StoreFault};
use crate::{erasure, keyfiles, retention};

/// The key with which the listeners seal, and where it is read.
#[derive(Clone)]
pub(super) struct InboxKey {
    settings: Storage,
    key: InboxPublicKey,
}

impl InboxKey {
    /// Follows a rotation.
    pub(super) fn reload(&self) {
        match keyfiles::inbox_key(&self.settings) {
            Ok(newer) => {
                if self.key.take_over(&newer) {
                    tracing::info!(key = newer.kid(), "sealing with another inbox key");
                }
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the old inbox key stays in use"
            ),
        }
    }
}

/// The key with which the listeners seal, followed when its file changes.
pub(super) fn inbox_key(
    settings: &Settings,
    parts: &Parts,
    running: &mut Running,
) -> anyhow::Result<InboxPublicKey> {
    let key = keyfiles::inbox_key(&settings.storage)?;
    let sealing = InboxKey {
        settings: settings.storage.clone(),
        key: key.clone(),
    };
    running.inbox_key = Some(sealing.clone());
    let following = move || {
        sealing.reload();
        sealing.key.forget_old();
    };
    let wiping = wake::wipe(following, parts.stopping.clone());
    running.tasks.spawn(wiping);
    Ok(key)
}

/// The ring; what of it rests in memory is wiped in time.
pub(super) async fn ring(
    settings: &Settings,
    is_database_there: bool,
    parts: &Parts,
    running: &mut Running,
) -> anyhow::Result<Arc<KeyRing>> {
    let ring = Arc::new(keyfiles::ring(&settings.storage)?);
    // What a kill left: keys that were being destroyed or wrapped anew.
    if let Err(error) = ring.sweep() {
        tracing::warn!(%error, "what a kill may have left in storage.epoch_dir can't be removed");
    }
    if is_database_there {
        check_epochs(&parts.store, &ring).await?;
    }
    running.ring = Some(Arc::clone(&ring));
    let opening = Arc::clone(&ring);
    let wiping = wake::wipe(move || opening.forget_old(), parts.stopping.clone());
    running.tasks.spawn(wiping);
    running.tasks.spawn(wake::follow_epochs(
        parts.store.clone(),
        Arc::clone(&ring),
        settings.team.name.clone(),
        parts.stopping.clone(),
    ));
    Ok(ring)
}

/// Anchors the audit trail, in the database and outside it.
pub(super) fn watch(
    settings: &Settings,
    parts: &Parts,
    ring: &Arc<KeyRing>,
    running: &mut Running,
) {
    let outside = Outside::new(&settings.storage, Arc::clone(ring), &settings.team.name);
    running.tasks.spawn(wake::anchor(
        parts.store.clone(),
        Arc::clone(ring),
        Keeper::new(outside, parts.metrics.audit.clone()),
        parts.stopping.clone(),
    ));
}

/// Refuses to start without a key that rows name; a month that was erased on purpose is told.
async fn check_epochs(store: &Store, ring: &KeyRing) -> anyhow::Result<()> {
    let left = match erasure::check_epochs(store, ring).await {
        Ok(left) => left,
        // A database that goes away just now, or whose user may not ask, does not say that anything is missing.
        Err(error) if error.is::<StoreFault>() => {
            tracing::warn!(
                error = format!("{error:#}"),
                "whether all keys are there is not known"
            );
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for month in left {
        tracing::warn!(%month, "this month is erased, and rows of it are still there: `pillarbox retention erase-month` deletes them");
    }
    Ok(())
}

/// Erases every day what was kept long enough, when the configuration says so.
pub(super) fn retain(
    settings: &Settings,
    parts: &Parts,
    ring: &Arc<KeyRing>,
    running: &mut Running,
) {
    if settings.retention.daily {
        let erasing = retention::daily(
            parts.store.clone(),
            Arc::clone(ring),
            settings.team.name.clone(),
            settings.retention.clone(),
            parts.stopping.clone(),
        );
        one_team::then(parts, running, erasing);
    }
}

impl Running {
    /// Follows a rotation at once; without this it is followed in seconds, or when a key is not known.
    pub(super) fn reload_storage(&self) {
        if let Some(key) = &self.inbox_key {
            key.reload();
        }
        if let Some(ring) = &self.ring {
            match ring.refresh() {
                Ok(()) => tracing::info!("storage ring read anew"),
                Err(error) => tracing::error!(%error, "the old storage ring stays in use"),
            }
        }
    }
}
