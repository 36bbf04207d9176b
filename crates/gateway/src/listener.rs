//! Accepts connections and drives their sessions: the only code that talks to strangers.
//!
//! A message is sealed while it is read, with a key that opens nothing, and answered `250` only after the store that the
//! caller passed has said that it is durable. Every wait has an end, and every resource that a peer can hold is counted.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `socket` | TCP and Unix sockets as one |
//! | `budget` | how many connections and octets there may be |
//! | `deadline` | how long a peer may take |
//! | `connection` | one connection: octets between the socket and the session |
//! | `message` | what becomes of its messages |
//! | `inbound` | one message while it is being read and sealed |

mod budget;
mod connection;
mod deadline;
mod inbound;
mod message;
mod socket;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use intake::smtp::{LineEnds, Policy, Protocol, Refusal, TlsPolicy, write_refusal};
use ipnet::IpNet;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use vault::InboxPublicKey;

use self::connection::Connection;
use self::socket::{Peer, Stream};
use crate::tls::Tls;

pub use self::budget::{Budget, BudgetLimits};
pub use self::deadline::Deadlines;
pub use self::inbound::{
    OLDEST, Parcel, SealedMessage, SealedPiece, StoreError, inbox_aad, read_envelope,
};
pub use self::socket::{Address, Bound};

/// How one listener behaves.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// Its name in the configuration and in the log.
    pub name: String,
    /// What it takes from strangers.
    pub policy: Policy,
    /// Relays of our own: not counted by network, given more time, and their `Authentication-Results` are read. Peers
    /// on a Unix socket are always trusted.
    pub trusted: Vec<IpNet>,
    /// What becomes of bare line ends from a trusted relay.
    pub trusted_line_ends: LineEnds,
    /// When TLS begins. Without [`ListenerSettings::tls`] there is none.
    pub encryption: Encryption,
    /// The certificate.
    pub tls: Option<Arc<Tls>>,
    /// The key that messages are sealed with.
    pub inbox_key: InboxPublicKey,
    /// How long a peer may take.
    pub deadlines: Deadlines,
    /// What all listeners together may use.
    pub budget: Arc<Budget>,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// When the peer says `STARTTLS`, if the policy offers it.
    StartTls,
    /// With the first octet (RFC 8314 section 3).
    Implicit,
}

/// Accepts and serves until `shutdown` becomes true or its sender is dropped; then lets idle sessions go with a `421`
/// and gives transfers in flight the drain time.
///
/// `store` makes messages durable, and is awaited to its end for a complete one whatever the peer does.
pub async fn run<S, F>(
    bound: Bound,
    settings: ListenerSettings,
    store: S,
    mut shutdown: watch::Receiver<bool>,
) where
    S: Fn(Parcel) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let shared = Arc::new(Shared::new(settings));
    let mut sessions = JoinSet::new();
    let going_down = shutdown.clone();
    loop {
        tokio::select! {
            biased;
            () = told_to_stop(&mut shutdown) => break,
            Some(ended) = sessions.join_next(), if !sessions.is_empty() => report(&ended, &shared),
            accepted = bound.accept() => match accepted {
                Ok((stream, peer)) => admit(&shared, stream, peer, &store, &going_down, &mut sessions),
                Err(error) => back_off(&error, &shared).await,
            },
        }
    }
    drop(bound);
    drain(sessions, &shared).await;
}

/// Returns once we are to go down, which is also when nobody is left to say so.
async fn told_to_stop(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|down| *down).await;
}

/// What the connections of one listener share.
struct Shared {
    settings: ListenerSettings,
    stranger: Arc<Policy>,
    relay: Arc<Policy>,
}

impl Shared {
    fn new(settings: ListenerSettings) -> Self {
        let mut policy = settings.policy.clone();
        if settings.tls.is_none() && policy.tls == TlsPolicy::Offered {
            policy.tls = TlsPolicy::Off;
        }
        let relay = Policy {
            line_ends: settings.trusted_line_ends,
            ..policy.clone()
        };
        Self {
            settings,
            stranger: Arc::new(policy),
            relay: Arc::new(relay),
        }
    }

    fn trusts(&self, address: Option<IpAddr>) -> bool {
        address.is_none_or(|address| {
            self.settings
                .trusted
                .iter()
                .any(|network| network.contains(&address))
        })
    }

    fn policy(&self, trust: Trust) -> Arc<Policy> {
        match trust {
            Trust::Stranger => self.stranger.clone(),
            Trust::Relay => self.relay.clone(),
        }
    }

    fn patient(&self, trust: Trust) -> bool {
        trust == Trust::Relay || self.settings.policy.protocol == Protocol::Lmtp
    }
}

/// Who the peer is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Stranger,
    Relay,
}

fn admit<S, F>(
    shared: &Arc<Shared>,
    stream: Stream,
    peer: Peer,
    store: &S,
    shutdown: &watch::Receiver<bool>,
    sessions: &mut JoinSet<()>,
) where
    S: Fn(Parcel) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let address = peer.address();
    let trust = if shared.trusts(address) {
        Trust::Relay
    } else {
        Trust::Stranger
    };
    let counted = address.filter(|_| trust == Trust::Stranger);
    let Some(permit) = shared.settings.budget.admit(counted) else {
        turn_away(shared, &stream);
        return;
    };
    let connection = Connection::new(
        shared.clone(),
        address,
        trust,
        permit,
        store.clone(),
        shutdown.clone(),
    );
    sessions.spawn(connection.serve(stream));
}

/// Says `421` without waiting: whoever floods us must not cost a task. A peer that wants TLS first just sees the end.
fn turn_away(shared: &Shared, stream: &Stream) {
    tracing::debug!(listener = shared.settings.name, "connection turned away");
    if shared.settings.encryption == Encryption::StartTls {
        let mut out = Vec::new();
        write_refusal(
            Refusal::TooManyConnections,
            &shared.settings.policy.hostname,
            &mut out,
        );
        stream.write_now(&out);
    }
}

/// Out of descriptors or memory, accepting again at once would only spin (T34).
async fn back_off(error: &std::io::Error, shared: &Shared) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    ) {
        tracing::warn!(listener = shared.settings.name, %error, "can't accept");
        sleep(Duration::from_millis(100)).await;
    }
}

/// A session that panicked answers nothing more; the others go on.
fn report(ended: &Result<(), JoinError>, shared: &Shared) {
    if ended.as_ref().is_err_and(JoinError::is_panic) {
        tracing::error!(listener = shared.settings.name, "a session panicked");
    }
}

async fn drain(mut sessions: JoinSet<()>, shared: &Shared) {
    let all = async {
        while let Some(ended) = sessions.join_next().await {
            report(&ended, shared);
        }
    };
    if timeout(shared.settings.deadlines.drain, all).await.is_err() {
        tracing::warn!(
            listener = shared.settings.name,
            sessions = sessions.len(),
            "cut off at shutdown"
        );
        sessions.shutdown().await;
    }
}
