//! Who can read what is filed, when the gateway can't.

use std::sync::Arc;

use intake::openpgp::Recipients;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;
use vault::{Epoch, KeyRing};

use super::{Parts, Running, wake};
use crate::config::{ReadableBy, Storage};
use crate::keyfiles;

/// What SIGHUP needs to take another set of certificates into use.
pub(super) struct Analysts {
    settings: Storage,
    recipients: watch::Sender<Recipients>,
}

/// Reads the analysts' certificates; `None` when the gateway may read what was filed. Fails when none of them can be used: one
/// that expired doesn't keep mail from being taken as long as another analyst can read it.
pub(super) fn start(
    settings: &Storage,
    ring: &Arc<KeyRing>,
    parts: &Parts,
    running: &mut Running,
) -> anyhow::Result<Option<watch::Receiver<Recipients>>> {
    match settings.readable_by {
        ReadableBy::Gateway => Ok(None),
        ReadableBy::Analysts => {
            let (recipients, current) = watch::channel(load(settings)?);
            keyfiles::use_index_ratchet(settings, ring)?;
            let settings = settings.clone();
            let turning = Arc::clone(ring);
            let turn = wake::wipe(move || turn_index(&turning), parts.stopping.clone());
            running.tasks.spawn(turn);
            running.analysts = Some(Analysts {
                settings,
                recipients,
            });
            Ok(Some(current))
        }
    }
}

/// Lets go of the index key of a month that has ended.
fn turn_index(ring: &KeyRing) {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let month = Epoch::of_month(today.year(), today.month());
    if let Some(Err(error)) = month.map(|month| ring.turn_index(month)) {
        tracing::error!(%error, "the index key of a month that has ended is still there");
    }
}

impl Analysts {
    pub(super) fn reload(&self) {
        match load(&self.settings) {
            Ok(recipients) => {
                self.recipients.send_replace(recipients);
                tracing::info!("analysts' certificates read anew");
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the old analysts' certificates stay in use"
            ),
        }
    }
}

fn load(settings: &Storage) -> anyhow::Result<Recipients> {
    let analysts = keyfiles::analysts(settings)?;
    for file in analysts.unusable() {
        tracing::error!(
            file,
            "this analyst can't read what comes in now: the certificate can't be encrypted to; `pillarbox keys analysts rewrap` \
            makes up for it once a current one is there"
        );
    }
    Ok(analysts.recipients)
}
