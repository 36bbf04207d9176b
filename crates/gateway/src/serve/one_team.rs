//! A database has one team: its name is in what everything is sealed with, so that another's tickets could not be opened (T64). When the
//! database is away at the start, it is asked when it comes, and nothing is filed or erased before.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Parts, Running};
use crate::store::{Store, StoreFault};

/// How often a database that is away is asked.
const AGAIN: Duration = Duration::from_millis(500);
/// How often it is said that nothing is filed meanwhile, beside when the reason changes.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Asks the database, or has it asked when it comes.
///
/// # Errors
/// It has tickets of another team, and none of this one.
pub(super) async fn begin(team: &str, parts: &Parts, running: &mut Running) -> anyhow::Result<()> {
    let mut said = Said::default();
    match ask(&parts.store, team).await? {
        Ok(()) => {
            parts.known.send_replace(true);
            return Ok(());
        }
        Err(fault) => said.say(&fault),
    }
    let asking = watch(
        (parts.store.clone(), team.to_owned()),
        said,
        parts.known.clone(),
        parts.stopping.clone(),
    );
    running.tasks.spawn(asking);
    Ok(())
}

/// What was last said of a database that does not answer, and when.
#[derive(Default)]
struct Said(Option<(String, Instant)>);

impl Said {
    /// Whether this is another fault than the last, or was said long enough ago; from then on it counts as said.
    fn is_due(&mut self, fault: &str, now: Instant) -> bool {
        let is_said = self.0.as_ref().is_some_and(|(before, at)| {
            before == fault && now.saturating_duration_since(*at) < SAID_EVERY
        });
        if !is_said {
            self.0 = Some((fault.to_owned(), now));
        }
        !is_said
    }

    fn say(&mut self, fault: &StoreFault) {
        if !self.is_due(&fault.to_string(), Instant::now()) {
            return;
        }
        let words = "nothing is filed until the database says whose it is";
        match fault {
            // These don't go away by themselves.
            StoreFault::Denied | StoreFault::Refused(_) | StoreFault::Schema(_) => {
                tracing::error!(%fault, "{words}");
            }
            StoreFault::Unavailable(_)
            | StoreFault::Slow
            | StoreFault::Full
            | StoreFault::Conflict => tracing::warn!(%fault, "{words}"),
        }
    }
}

/// Asks the database; what keeps it from answering may go away.
async fn ask(store: &Store, team: &str) -> anyhow::Result<Result<(), StoreFault>> {
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
            Ok(Ok(()))
        }
        Ok((_, None)) => Ok(Ok(())),
        Err(fault) => Ok(Err(fault)),
    }
}

/// Asks until the database answers. Ends, and the daemon with it, when it is another team's.
async fn watch(
    (store, team): (Store, String),
    mut said: Said,
    known: watch::Sender<bool>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            _ = stop.changed() => return,
        }
        match ask(&store, &team).await {
            Ok(Ok(())) => break,
            Ok(Err(fault)) => said.say(&fault),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_stays_away_is_named_once_a_minute_and_each_new_reason_at_once() {
        let (mut said, begun) = (Said::default(), Instant::now());
        let mut at = |fault, seconds| said.is_due(fault, begun + Duration::from_secs(seconds));
        assert!(at("away", 0));
        assert!(!at("away", 59));
        assert!(at("denied", 59), "another reason");
        assert!(!at("denied", 118));
        assert!(at("denied", 119));
    }
}
