//! Habits: a peer that always came with TLS and now comes without, or whose certificate stopped verifying, raises one alert
//! (M4). It is closed when what was lost is back. The database decides what "one" means, for all processes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use uuid::Uuid;

use super::indicators::Indicators;
use super::{Direction, Shown, Sign, pseudonym};
use crate::audit::{self, Event};
use crate::store::{Breach, Closed, Habit, StoreFault};

/// TLS was there and is gone.
pub const TLS_LOST: &str = "tls_lost";
/// The certificate verified and no longer does.
pub const CERTIFICATE_LOST: &str = "certificate_lost";

/// Signs of one message about a peer with habits.
pub struct Watched {
    /// Who.
    pub peer: Uuid,
    /// Its domain.
    pub name: String,
    /// Which way.
    pub direction: Direction,
    /// What it showed.
    pub signs: Vec<Sign>,
    /// The message.
    pub shown_by: Option<Shown>,
}

/// Good signs that wait to be written together.
type Well = BTreeMap<(Uuid, Direction), (i64, i64)>;

/// Habits that were broken since they were last confirmed, by kind.
type Broken = BTreeSet<(Uuid, Direction, &'static str)>;

impl Indicators {
    /// Writes signs in the order in which they came: good ones together, a bad one by itself. What could not be written
    /// stays in the queue.
    pub(super) async fn watch(&self, watched: &mut VecDeque<Watched>) -> Result<(), StoreFault> {
        // Who comes in clear again and again breaks nothing again until something was well.
        let mut broken = BTreeSet::new();
        while !watched.is_empty() {
            let mut well = Well::new();
            let mut read = 0;
            for message in watched.iter() {
                if message.signs.iter().any(|sign| is_bad(*sign)) {
                    break;
                }
                count(&mut well, message);
                read += 1;
            }
            if !well.is_empty() {
                self.confirm(&well).await?;
            }
            watched.drain(..read);
            broken.retain(|(peer, direction, _)| !well.contains_key(&(*peer, *direction)));
            if let Some(message) = watched.front() {
                self.one(message, &mut broken).await?;
                watched.pop_front();
            }
        }
        Ok(())
    }

    /// A message with a bad sign, and perhaps a good one of another kind.
    async fn one(&self, message: &Watched, broken: &mut Broken) -> Result<(), StoreFault> {
        for sign in &message.signs {
            let this = |kind| (message.peer, message.direction, kind);
            let kind = match sign {
                Sign::Clear => TLS_LOST,
                Sign::Unverified => CERTIFICATE_LOST,
                Sign::Tls => {
                    broken.remove(&this(TLS_LOST));
                    continue;
                }
                Sign::Verified => {
                    broken.remove(&this(CERTIFICATE_LOST));
                    continue;
                }
            };
            if !broken.contains(&this(kind)) {
                self.breach(message, kind).await?;
                broken.insert(this(kind));
            }
        }
        let mut well = Well::new();
        count(&mut well, message);
        if well.is_empty() {
            return Ok(());
        }
        self.confirm(&well).await
    }

    async fn confirm(&self, well: &Well) -> Result<(), StoreFault> {
        let habits: Vec<Habit> = well
            .iter()
            .map(|((peer, direction), (tls, verified))| Habit {
                peer: *peer,
                direction: direction.word().to_owned(),
                tls: *tls,
                verified: *verified,
            })
            .collect();
        let closed = self.store.confirm_habits(&habits, self.tells()).await?;
        for alert in closed {
            self.closed(&alert).await;
        }
        Ok(())
    }

    fn tells(&self) -> bool {
        !self.alerts.webhook.is_empty()
    }

    async fn breach(&self, message: &Watched, kind: &'static str) -> Result<(), StoreFault> {
        let breach = Breach {
            id: Uuid::now_v7(),
            peer: message.peer,
            direction: message.direction.word(),
            kind,
            established: i64::from(self.transport.established),
            shown_by: message.shown_by.map(|shown| (shown.case, shown.entry)),
            tell: self.tells(),
        };
        let Some(before) = self.store.break_habit(&breach).await? else {
            return Ok(());
        };
        self.metrics.transport.alert(kind, "raised");
        let direction = breach.direction;
        let (alert, peer) = (breach.id, pseudonym(message.peer));
        let entry = message.shown_by.and_then(|shown| shown.entry);
        let entry = entry.map_or_else(String::new, |entry| entry.to_string());
        if self.alerts.log_domains {
            tracing::warn!(%alert, peer, domain = message.name, kind, direction, before, spool = entry, "transport alert raised");
        } else {
            tracing::warn!(%alert, peer, kind, direction, before, spool = entry, "transport alert raised");
        }
        self.notices.notify_one();
        if let Some(shown) = message.shown_by {
            let detail = format!("alert={alert} kind={kind} direction={direction}");
            self.note(shown.case, "alerted", detail).await;
        }
        Ok(())
    }

    async fn closed(&self, closed: &Closed) {
        self.metrics.transport.alert(&closed.kind, "closed");
        let peer = pseudonym(closed.peer);
        tracing::info!(alert = %closed.id, peer, kind = closed.kind, direction = closed.direction, "transport alert closed");
        self.notices.notify_one();
        if let Some(case) = closed.case {
            let detail = format!("alert={} kind={}", closed.id, closed.kind);
            self.note(case, "alert-closed", detail).await;
        }
    }

    /// A line in the case's audit trail. The alert itself names the case, so one that can't be written is only told.
    async fn note(&self, case: Uuid, action: &'static str, detail: String) {
        let event = Event { action, detail };
        if let Err(fault) =
            audit::append(&self.store, &self.ring, case, audit::GATEWAY, event).await
        {
            tracing::warn!(%case, %fault, "no audit line about an alert");
        }
    }
}

fn is_bad(sign: Sign) -> bool {
    match sign {
        Sign::Clear | Sign::Unverified => true,
        Sign::Tls | Sign::Verified => false,
    }
}

fn count(well: &mut Well, message: &Watched) {
    for sign in &message.signs {
        let (tls, verified) = match sign {
            Sign::Tls => (1, 0),
            Sign::Verified => (0, 1),
            Sign::Clear | Sign::Unverified => continue,
        };
        let (all_tls, all_verified) = well.entry((message.peer, message.direction)).or_default();
        *all_tls += tls;
        *all_verified += verified;
    }
}
