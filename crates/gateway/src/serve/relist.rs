//! After an upgrade: lists show what analysts said before they did.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;
use vault::KeyRing;

use super::{Parts, Running, one_team};
use crate::actions::correct::{CorrectFault, relist};
use crate::actions::{Acting, ActionFault};
use crate::store::{Store, StoreFault};

/// Tickets that are asked for at once.
const AT_ONCE: i64 = 50;
/// How long a database that is away is waited for.
const AGAIN: Duration = Duration::from_secs(30);

/// Begins with it, once the database is known to be the team's.
pub(super) fn begin(team: &str, parts: &Parts, ring: &Arc<KeyRing>, running: &mut Running) {
    let listing = run(
        parts.store.clone(),
        Arc::clone(ring),
        team.to_owned(),
        parts.stopping.clone(),
    );
    one_team::then(parts, running, listing);
}

/// Works through the tickets that the migration named, then rests.
async fn run(store: Store, ring: Arc<KeyRing>, team: String, mut stop: watch::Receiver<bool>) {
    let acting = Acting {
        store: &store,
        ring: &ring,
        team: &team,
        by: "",
        own: None,
    };
    loop {
        match all(&acting, &stop).await {
            Ok(()) => break,
            Err(fault) => tracing::debug!(%fault, "lists were not all written anew"),
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.changed() => return,
        }
    }
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What can't be opened now, or is written by somebody else meanwhile, is left for the next start; so are tickets of another name of the team.
async fn all(acting: &Acting<'_>, stop: &watch::Receiver<bool>) -> Result<(), StoreFault> {
    let (mut after, mut count) = (Uuid::nil(), 0_usize);
    loop {
        let tickets = acting.store.to_relist(acting.team, after, AT_ONCE).await?;
        let Some(last) = tickets.last() else {
            if count > 0 {
                tracing::info!(tickets = count, "lists show what was corrected before");
            }
            return Ok(());
        };
        after = *last;
        for ticket in tickets {
            if *stop.borrow() {
                return Ok(());
            }
            match relist::relist(acting, ticket).await {
                Ok(true) => {
                    acting.store.relisted(ticket).await?;
                    count += 1;
                }
                // Somebody wrote it, or erased the ticket, a moment ago.
                Ok(false) | Err(CorrectFault::Action(ActionFault::Gone)) => {}
                Err(CorrectFault::Action(ActionFault::Store(fault))) => return Err(fault),
                Err(fault) => {
                    tracing::warn!(%ticket, %fault, "lists show this ticket as it was read: run `pillarbox verify`");
                }
            }
        }
    }
}
