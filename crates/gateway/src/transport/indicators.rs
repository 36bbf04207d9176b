//! Gathers observations and writes them, many at once: a message costs the hot path one send into a channel.
//!
//! Counts that were not written yet are lost in a crash. A message that may break a habit waits 50 ms.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use intake::envelope::Envelope;
use intake::message::HeaderField;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use uuid::Uuid;
use vault::KeyRing;

use super::continuity::Watched;
use super::{
    Direction, Observation, Proved, Shown, Sign, of_attempt, of_message, peer_id, seal_peer,
};
use crate::config::{Alerts, Transport};
use crate::sender::attempt::Attempt;
use crate::store::{Count, Store, StoreFault, StoredPeer};
use crate::telemetry::Metrics;

/// Observations that may wait in the channel.
pub const QUEUE: usize = 4_096;
/// How long counts may wait.
const REST: Duration = Duration::from_secs(2);
/// How long a message may wait that may have broken a habit: a burst of them is written together.
const SOON: Duration = Duration::from_millis(50);
/// Counters that wait at most: with the database away for long, more are dropped.
const MOST: usize = 20_000;
/// Observations after which counts are written without waiting.
const MANY: usize = 1_000;
/// Peers that are known to be stored; beyond, they are sealed once more in vain.
const KNOWN: usize = 50_000;
/// And for so long, far less than it takes until a peer is forgotten.
const KNOWN_FOR: Duration = Duration::from_secs(12 * 3_600);

/// Tells the indicators what was seen. Never waits: what does not fit goes uncounted.
#[derive(Clone)]
pub struct Observer {
    sender: mpsc::Sender<Observation>,
    metrics: Arc<Metrics>,
}

impl Observer {
    /// An observer, and where its observations come out.
    pub fn new(metrics: Arc<Metrics>) -> (Observer, mpsc::Receiver<Observation>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Observer { sender, metrics }, receiver)
    }

    /// A message was filed.
    pub fn filed(
        &self,
        envelope: &Envelope,
        headers: &[HeaderField],
        proved: Option<Proved>,
        shown_by: Shown,
    ) {
        let observations = of_message(envelope, headers, proved, shown_by);
        // A message is counted for its domain and its network, and once in the totals.
        if let Some(first) = observations.first() {
            self.metrics.transport.seen(first.direction, &first.counts);
        }
        for observation in observations {
            if self.sender.try_send(observation).is_err() {
                self.metrics.transport.uncounted();
            }
        }
    }
}

/// Writes what was observed.
pub struct Indicators {
    /// The database.
    pub store: Store,
    /// Seals names of peers.
    pub ring: Arc<KeyRing>,
    /// The team's name, part of what a sealed name is bound to.
    pub team: String,
    /// What makes a habit.
    pub transport: Transport,
    /// Who is told.
    pub alerts: Alerts,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Wakes the webhook.
    pub notices: Arc<Notify>,
}

/// What waits to be written.
#[derive(Default)]
struct Waiting {
    peers: BTreeMap<Uuid, String>,
    counts: BTreeMap<(Uuid, Direction, String, String), u64>,
    watched: VecDeque<Watched>,
    since: Option<Instant>,
    observations: usize,
    /// Something may be wrong with a peer.
    urgent: bool,
}

impl Indicators {
    /// Runs until all who observe are gone, then writes what is left.
    pub async fn run(
        self,
        mut observed: mpsc::Receiver<Observation>,
        mut attempts: mpsc::Receiver<Attempt>,
    ) {
        let (mut more_observed, mut more_attempts) = (true, true);
        let mut waiting = Waiting::default();
        let (mut known, mut known_since) = (HashSet::new(), Instant::now());
        while more_observed || more_attempts {
            if known.len() > KNOWN || known_since.elapsed() > KNOWN_FOR {
                known.clear();
                known_since = Instant::now();
            }
            let due = waiting.due();
            let mut is_due = false;
            tokio::select! {
                next = observed.recv(), if more_observed => match next {
                    Some(observation) => self.take(&mut waiting, &known, observation),
                    None => more_observed = false,
                },
                next = attempts.recv(), if more_attempts => match next {
                    Some(attempt) => self.take_attempt(&mut waiting, &known, &attempt),
                    None => more_attempts = false,
                },
                () = at(due) => is_due = true,
            }
            let many = waiting.observations >= MANY;
            if (is_due || many)
                && let Err(fault) = self.write(&mut waiting, &mut known).await
            {
                tracing::debug!(%fault, "transport indicators are not written yet; trying again");
                waiting.put_off();
            }
        }
        for _ in 0..3 {
            match self.write(&mut waiting, &mut known).await {
                Ok(()) => return,
                Err(fault) => tracing::warn!(%fault, "transport indicators are not written yet"),
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn take_attempt(&self, waiting: &mut Waiting, known: &HashSet<Uuid>, attempt: &Attempt) {
        if let Some(observation) = of_attempt(attempt) {
            self.metrics
                .transport
                .seen(observation.direction, &observation.counts);
            self.take(waiting, known, observation);
        }
    }

    fn take(&self, waiting: &mut Waiting, known: &HashSet<Uuid>, observation: Observation) {
        let peer = peer_id(&self.ring, &self.team, &observation.peer);
        if waiting.counts.len() > MOST {
            self.metrics.transport.uncounted();
            return;
        }
        if !known.contains(&peer) && !waiting.peers.contains_key(&peer) {
            waiting.peers.insert(peer, observation.peer.clone());
        }
        waiting.add(peer, observation);
    }

    /// Counts first, in one statement: they bring the peers that habits belong to.
    async fn write(
        &self,
        waiting: &mut Waiting,
        known: &mut HashSet<Uuid>,
    ) -> Result<(), StoreFault> {
        if !waiting.counts.is_empty() {
            // Sealed now, and for each attempt: what is wrapped by a key that was replaced meanwhile is refused.
            let peers = waiting.peers.values();
            let sealed = peers.map(|name| seal_peer(&self.ring, &self.team, name));
            let sealed = sealed.collect::<Result<Vec<_>, _>>().map_err(|error| {
                tracing::error!(%error, "a peer's name can't be sealed");
                StoreFault::Unavailable("a key is missing".into())
            })?;
            let peers: Vec<&StoredPeer> = sealed.iter().collect();
            self.store.add_counts(&peers, &waiting.rows()).await?;
            known.extend(waiting.peers.keys());
            waiting.peers.clear();
            waiting.counts.clear();
            waiting.observations = 0;
        }
        self.watch(&mut waiting.watched).await?;
        waiting.since = None;
        waiting.urgent = false;
        Ok(())
    }
}

impl Waiting {
    fn due(&self) -> Option<Instant> {
        let rest = if self.urgent { SOON } else { REST };
        self.since.map(|since| since + rest)
    }

    fn add(&mut self, peer: Uuid, observation: Observation) {
        let day = observation.day.to_string();
        for (name, more) in observation.counts {
            let key = (peer, observation.direction, day.clone(), name);
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(more);
        }
        if !observation.signs.is_empty() {
            self.urgent |= observation
                .signs
                .iter()
                .any(|sign| matches!(sign, Sign::Clear));
            self.watched.push_back(Watched {
                peer,
                name: observation.peer,
                direction: observation.direction,
                signs: observation.signs,
                shown_by: observation.shown_by,
            });
        }
        self.observations = self.observations.saturating_add(1);
        self.since.get_or_insert_with(Instant::now);
    }

    fn rows(&self) -> Vec<Count> {
        let row =
            |((peer, direction, day, name), count): (&(Uuid, Direction, String, String), &u64)| {
                Count {
                    peer: *peer,
                    direction: direction.word().to_owned(),
                    day: day.clone(),
                    name: name.clone(),
                    count: i64::try_from(*count).unwrap_or(i64::MAX),
                }
            };
        self.counts.iter().map(row).collect()
    }

    /// After a fault: once more after a rest.
    fn put_off(&mut self) {
        self.since = Some(Instant::now());
        self.urgent = false;
        self.observations = 0;
        while self.watched.len() > MOST {
            self.watched.pop_front();
        }
    }
}

/// That time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
