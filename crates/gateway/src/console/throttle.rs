//! How often somebody may try to sign in: from one network, and from all of them together.
//!
//! Attempts from one network wait longer each time. All networks together have a pace: guesses from thousands of addresses get a few
//! an hour each, and no more than that in all. Networks from which somebody signed in before don't count for it, so that those who
//! work here get in while others guess; and one stranger is let through each few seconds, however many try.

use std::net::IpAddr;
use std::time::Duration;

use vault::Purpose;

use super::App;
use crate::store::StoreFault;

/// Attempts of a network before the first wait.
const PER_NETWORK: i32 = 30;
/// Attempts of all strangers at once, when few came before.
const BURST: u32 = 100;
/// From then on.
const PACE: Duration = Duration::from_secs(3);

/// What is tried: guesses at the one keep nobody out of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Password and code.
    Local,
    /// What a provider sends back.
    Provider,
}

/// A network, as attempts are counted for it.
pub(super) struct Network {
    attempts: Vec<u8>,
    known: Vec<u8>,
    strangers: Vec<u8>,
}

impl Network {
    pub(super) fn of(app: &App, peer: IpAddr, lane: Lane) -> Network {
        let network = network(peer);
        let (lane, all): (&[u8], &[u8]) = match lane {
            Lane::Local => (b"console-network", b"console-everybody"),
            Lane::Provider => (b"console-provider", b"console-provider-everybody"),
        };
        let digest = |parts: &[&[u8]]| app.desk.ring.digest(Purpose::Rate, parts).to_vec();
        Network {
            attempts: digest(&[lane, &network]),
            known: digest(&[b"console-known", &network]),
            strangers: digest(&[all]),
        }
    }

    /// Counts an attempt; `false` when it has to wait.
    pub(super) async fn may_try(&self, app: &App) -> Result<bool, StoreFault> {
        let store = &app.desk.store;
        if !store.attempt(&self.attempts, PER_NETWORK).await? {
            return Ok(false);
        }
        if store.knows_network(&self.known).await? {
            return Ok(true);
        }
        let passes = store.paced(&self.strangers, PACE, BURST).await?;
        if !passes {
            app.metrics.authentication("console-paced");
        }
        Ok(passes)
    }

    /// What is forgotten when somebody got in.
    pub(super) fn digests(&self) -> Vec<Vec<u8>> {
        vec![self.attempts.clone()]
    }

    /// Somebody got in from here.
    pub(super) async fn succeeded(&self, app: &App) -> Result<(), StoreFault> {
        app.desk.store.know_network(&self.known).await
    }
}

/// Addresses that one person may have at will count as one.
pub(crate) fn network(peer: IpAddr) -> Vec<u8> {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}
