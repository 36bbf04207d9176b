//! How many connections and how many octets of content there may be at one time, over all listeners. What was taken is
//! given back when its permit is dropped, however the session ends.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limits; the defaults are those of the threat model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one IPv4 address or one IPv6 /64, trusted networks not counted.
    pub per_network: usize,
    /// Octets of content in memory: received, and not stored yet.
    pub octets_in_flight: usize,
}

impl Default for BudgetLimits {
    fn default() -> Self {
        Self {
            connections: 500,
            per_network: 20,
            octets_in_flight: 256 * 1024 * 1024,
        }
    }
}

/// About what one large message needs while it comes in: a piece, and a chunk that is not full.
const MESSAGE_IN_MEMORY: usize = 512 * 1024;

/// What all listeners together may use.
#[derive(Debug)]
pub struct Budget {
    limits: BudgetLimits,
    connections: Arc<Semaphore>,
    octets: Arc<Semaphore>,
    networks: Mutex<BTreeMap<IpAddr, usize>>,
}

impl Budget {
    /// A budget of which nothing is used.
    pub fn new(limits: BudgetLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            connections: Arc::new(Semaphore::new(
                limits.connections.min(Semaphore::MAX_PERMITS),
            )),
            octets: Arc::new(Semaphore::new(
                limits.octets_in_flight.min(Semaphore::MAX_PERMITS),
            )),
            networks: Mutex::new(BTreeMap::new()),
        })
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> usize {
        self.limits
            .connections
            .saturating_sub(self.connections.available_permits())
    }

    /// Octets of content that are in flight now.
    pub fn octets_in_flight(&self) -> usize {
        self.limits
            .octets_in_flight
            .saturating_sub(self.octets.available_permits())
    }

    /// Whether four fifths of the connections are in use: then nobody may take his time (T33).
    pub(super) fn is_crowded(&self) -> bool {
        self.connections.available_permits() < self.limits.connections / 5
    }

    /// Whether a message of this size would fit: as much of it as is in memory at one time. A message that could never
    /// fit is let try.
    pub(super) fn has_room(&self, octets: u64) -> bool {
        let wanted = usize::try_from(octets)
            .unwrap_or(usize::MAX)
            .min(MESSAGE_IN_MEMORY)
            .min(self.limits.octets_in_flight / 8);
        self.octets.available_permits() >= wanted
    }

    /// Lets a connection in; `address` is that of a peer that is counted by network.
    pub(super) fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Permit> {
        let slot = self.connections.clone().try_acquire_owned().ok()?;
        let network = address.map(network_of);
        if let Some(network) = network {
            let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
            let open = networks.entry(network).or_insert(0);
            if *open >= self.limits.per_network {
                return None;
            }
            *open += 1;
        }
        Some(Permit {
            _slot: slot,
            network,
            budget: self.clone(),
        })
    }

    pub(super) fn octets(&self, count: u32) -> Option<OwnedSemaphorePermit> {
        self.octets.clone().try_acquire_many_owned(count).ok()
    }
}

/// The right to be connected.
#[derive(Debug)]
pub(super) struct Permit {
    _slot: OwnedSemaphorePermit,
    network: Option<IpAddr>,
    budget: Arc<Budget>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut networks = self
            .budget
            .networks
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = networks.get_mut(&network) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                networks.remove(&network);
            }
        }
    }
}

/// One customer: an IPv4 address, or the /64 that a customer has of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(budget: &Arc<Budget>, address: [u16; 8]) -> Option<Permit> {
        budget.admit(Some(IpAddr::V6(address.into())))
    }

    #[test]
    fn a_network_is_a_64_and_is_forgotten_when_it_leaves() {
        let budget = Budget::new(BudgetLimits {
            per_network: 1,
            ..BudgetLimits::default()
        });
        let one = admitted(&budget, [0x2001, 0xdb8, 0, 1, 0, 0, 0, 1]);
        assert!(one.is_some());
        assert!(admitted(&budget, [0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]).is_none());
        let two = admitted(&budget, [0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]);
        assert!(two.is_some());
        // An IPv4 address on a dual-stack socket is that IPv4 address.
        let mapped = admitted(&budget, [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]);
        assert!(mapped.is_some() && budget.admit(Some([192, 0, 2, 1].into())).is_none());
        drop((one, two, mapped));
        assert!(
            budget
                .networks
                .lock()
                .is_ok_and(|networks| networks.is_empty())
        );
        assert_eq!(budget.open_connections(), 0);
    }
}
