//! Accepts connections and drives their sessions: the only code that talks to strangers.
//!
//! A message is sealed while it is read, with a key that opens nothing, and answered `250` only after the store that the
//! caller passed has said that it is durable. Every wait has an end, and every resource that a peer can hold is counted.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `socket` | TCP and Unix sockets as one |
//! | `door` | who is let in, and what becomes of the others |
//! | `budget`, `rate` | how many connections, messages and octets there may be, and how often |
//! | `proxy` | the PROXY protocol: who is behind a proxy of ours |
//! | `deadline` | how long a peer may take |
//! | `judge` | who the peer is, when it says so itself: `XCLIENT`, `AUTH` |
//! | `connection` | one connection: octets between the socket and the session |
//! | `message` | what becomes of its messages |
//! | `inbound` | one message while it is being read and sealed |

mod budget;
mod connection;
mod deadline;
mod door;
mod inbound;
mod judge;
mod message;
mod proxy;
mod rate;
mod socket;

use std::net::IpAddr;
use std::sync::Arc;

use intake::smtp::{Limits, LineEnds, Naming, Policy, Protocol, TlsPolicy};
use ipnet::IpNet;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use vault::InboxPublicKey;

use self::connection::Connection;
use self::door::Door;
use crate::accounts::Accounts;
use crate::telemetry::Metrics;
use crate::tls::{Tls, TrustedCertificate};

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
    /// Proxies of ours: they must begin with a PROXY header, and the client that it names counts from then on.
    pub proxies: Vec<IpNet>,
    /// Relays of ours that may name the client with `XCLIENT`; what the client itself is, is judged anew.
    pub xclient: Vec<IpNet>,
    /// Relays of ours that may say where a message came from with `XFORWARD`.
    pub xforward: Vec<IpNet>,
    /// Peers that must use TLS, although others need not.
    pub require_tls_from: Vec<IpNet>,
    /// What becomes of bare line ends from a trusted relay.
    pub trusted_line_ends: LineEnds,
    /// When TLS begins. Without [`ListenerSettings::tls`] there is none.
    pub encryption: Encryption,
    /// The certificate.
    pub tls: Option<Arc<Tls>>,
    /// Client certificates that make a peer a relay of our own. Peers are asked for one when there are any.
    pub trusted_certificates: Vec<TrustedCertificate>,
    /// The key that messages are sealed with.
    pub inbox_key: InboxPublicKey,
    /// How long a peer may take.
    pub deadlines: Deadlines,
    /// Octets that a stranger may send in one session.
    pub session_octets: u64,
    /// Who may log in, where the policy offers it.
    pub accounts: Option<Arc<Accounts>>,
    /// What all listeners together may use.
    pub budget: Arc<Budget>,
    /// Counters.
    pub metrics: Arc<Metrics>,
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
    let mut door = Door::new(shared.clone());
    loop {
        tokio::select! {
            biased;
            () = told_to_stop(&mut shutdown) => break,
            Some(ended) = sessions.join_next(), if !sessions.is_empty() => report(&ended, &shared),
            accepted = bound.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some((guest, permit)) = door.admit(&stream, peer) {
                        let connection =
                            Connection::new(shared.clone(), guest, permit, store.clone(), going_down.clone());
                        sessions.spawn(connection.serve(stream));
                    }
                }
                Err(error) => door.back_off(&error, &bound).await,
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

/// A relay of ours hands over the mail, and the errors, of many: so many times those of a stranger.
const RELAYS_MAY: u32 = 100;

/// What the connections of one listener share.
struct Shared {
    settings: ListenerSettings,
    /// By trust, and in clear refused or not.
    policies: [[Arc<Policy>; 2]; 2],
}

impl Shared {
    fn new(settings: ListenerSettings) -> Self {
        let mut stranger = settings.policy.clone();
        if settings.tls.is_none() && stranger.tls == TlsPolicy::Offered {
            stranger.tls = TlsPolicy::Off;
        }
        let relay = Policy {
            line_ends: settings.trusted_line_ends,
            limits: Limits {
                messages: None,
                errors: stranger.limits.errors.saturating_mul(RELAYS_MAY),
                junk: stranger.limits.junk.saturating_mul(RELAYS_MAY),
                ..stranger.limits
            },
            ..stranger.clone()
        };
        let both = |policy: Policy| {
            let strict = Policy {
                tls: TlsPolicy::Required,
                ..policy.clone()
            };
            [Arc::new(policy), Arc::new(strict)]
        };
        Self {
            policies: [both(stranger), both(relay)],
            settings,
        }
    }

    fn trust(&self, address: Option<IpAddr>) -> Trust {
        match address {
            Some(address) if !contain(&self.settings.trusted, address) => Trust::Stranger,
            Some(_) | None => Trust::Relay,
        }
    }

    fn policy(&self, guest: &Guest) -> Arc<Policy> {
        let [strangers, relays] = &self.policies;
        let [usual, strict] = match guest.trust {
            Trust::Stranger => strangers,
            Trust::Relay => relays,
        };
        let must = guest
            .client
            .is_some_and(|client| contain(&self.settings.require_tls_from, client));
        if must { strict.clone() } else { usual.clone() }
    }

    /// What a client that a relay named may say about others. About nobody, when it has no address.
    fn naming_of_named(&self, client: Option<IpAddr>) -> Naming {
        client.map_or_else(Naming::default, |client| self.naming(Some(client)))
    }

    /// What the peer that is really connected may say about others.
    fn naming(&self, peer: Option<IpAddr>) -> Naming {
        // Who may write to a Unix socket is not told by address: any network in the list will do.
        let is_one = |of: &[IpNet]| peer.map_or(!of.is_empty(), |peer| contain(of, peer));
        Naming {
            xclient: is_one(&self.settings.xclient),
            xforward: is_one(&self.settings.xforward),
        }
    }

    fn patient(&self, trust: Trust) -> bool {
        trust == Trust::Relay || self.settings.policy.protocol == Protocol::Lmtp
    }
}

fn contain(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// Who the peer is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Stranger,
    Relay,
}

/// The peer of a connection, as far as it is known.
#[derive(Clone, Debug)]
struct Guest {
    /// The client: the peer itself, or whom a proxy named; `None` on a Unix socket, and when a relay doesn't know.
    client: Option<IpAddr>,
    /// Its name, when a relay says it.
    name: Option<String>,
    /// The relay or proxy that named the client.
    relay: Option<IpAddr>,
    trust: Trust,
    /// The name of the certificate that it proved to hold.
    certificate: Option<String>,
    /// Somebody of ours said by XCLIENT who it is: then TLS here is not the client's.
    renamed: bool,
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
