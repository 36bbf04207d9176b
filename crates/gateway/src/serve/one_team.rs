//! A database has one team: its name is in what everything is sealed with, so that another's tickets could not be opened (T64). When the
//! database is away at the start, it is asked when it comes, and nothing is filed or erased before.

use std::time::Duration;

use tokio::sync::watch;

use super::{Parts, Running};
use crate::store::Store;

/// How often a database that is away is asked.
const AGAIN: Duration = Duration::from_millis(500);

/// Asks the database, or has it asked when it comes.
///
/// # Errors
/// It has tickets of another team, and none of this one.
pub(super) async fn begin(team: &str, parts: &Parts, running: &mut Running) -> anyhow::Result<()> {
    if ask(&parts.store, team).await? {
        parts.known.send_replace(true);
        return Ok(());
    }
    let asking = watch(
        parts.store.clone(),
        team.to_owned(),
        parts.known.clone(),
        parts.stopping.clone(),
    );
    running.tasks.spawn(asking);
    Ok(())
}

/// Whether the database answered.
async fn ask(store: &Store, team: &str) -> anyhow::Result<bool> {
    match store.teams(team).await {
        Ok((false, Some(other))) => anyhow::bail!(
            "the database has tickets of team {other:?} and none of {team:?}: a second team has a configuration and a database of its \
             own, and what was sealed for a name opens with no other one: where {team:?} is the same team by another name, put the \
             old name back (team.name)"
        ),
        Ok((true, Some(other))) => {
            tracing::error!(
                other,
                "the database has tickets of another team, too: this one opens none of them; where that is its old name, put the old name \
                 back (team.name)"
            );
            Ok(true)
        }
        Ok((_, None)) => Ok(true),
        Err(_) => Ok(false),
    }
}

/// Asks until the database answers. Ends, and the daemon with it, when it is another team's.
async fn watch(
    store: Store,
    team: String,
    known: watch::Sender<bool>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.changed() => return,
        }
        match ask(&store, &team).await {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "stopping");
                return;
            }
        }
    }
    known.send_replace(true);
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Does this once the team is known to be the database's, and never when it is not.
pub(super) fn then(
    parts: &Parts,
    running: &mut Running,
    work: impl Future<Output = ()> + Send + 'static,
) {
    let (mut known, mut stop) = (parts.known.subscribe(), parts.stopping.clone());
    running.tasks.spawn(async move {
        let is_known = tokio::select! {
            known = known.wait_for(|known| *known) => known.is_ok(),
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match is_known {
            true => work.await,
            false => _ = stop.wait_for(|stop| *stop).await,
        }
    });
}
