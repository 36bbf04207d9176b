//! How many connections the console has, in all and from each address: nobody uses them all (T67).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::signin::network;

/// Connections that there may be.
#[derive(Debug)]
pub(super) struct Crowd {
    places: Arc<Semaphore>,
    /// From one IPv4 address or IPv6 /64; 0 is no limit.
    per_address: u32,
    /// Who has some, and how many: never more entries than there are places.
    held: Mutex<HashMap<Vec<u8>, u32>>,
}

/// Why a connection is turned away, as the figures name it.
pub(super) type TurnedAway = &'static str;

/// A connection that was let in.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    holder: Vec<u8>,
    _permit: OwnedSemaphorePermit,
}

impl Crowd {
    pub(super) fn new(connections: usize, per_address: u32) -> Arc<Crowd> {
        let connections = connections.min(Semaphore::MAX_PERMITS);
        Arc::new(Crowd {
            places: Arc::new(Semaphore::new(connections)),
            per_address,
            held: Mutex::default(),
        })
    }

    /// Lets a connection in until its place is dropped.
    pub(super) fn admit(self: &Arc<Crowd>, peer: IpAddr) -> Result<Place, TurnedAway> {
        let permit = Arc::clone(&self.places).try_acquire_owned();
        let permit = permit.map_err(|_| "console-full")?;
        let holder = network(peer);
        let mut held = self.held();
        let count = held.get(&holder).copied().unwrap_or(0);
        if self.per_address > 0 && count >= self.per_address {
            return Err("console-address");
        }
        held.insert(holder.clone(), count.saturating_add(1));
        Ok(Place {
            crowd: Arc::clone(self),
            holder,
            _permit: permit,
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Vec<u8>, u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.crowd.held();
        match held.get_mut(&self.holder) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(held.remove(&self.holder)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_connections_and_others_have_theirs() {
        let crowd = Crowd::new(6, 2);
        let admit = |address: &str| crowd.admit(address.parse().unwrap());
        let first = admit("2001:db8:1:1::1").unwrap();
        let _second = admit("2001:db8:1:1:9::9").unwrap();
        assert_eq!(admit("2001:db8:1:1::3").unwrap_err(), "console-address");
        let _others = ["2001:db8:1:2::1", "192.0.2.1", "::ffff:192.0.2.1"]
            .map(|address| admit(address).unwrap());
        assert_eq!(admit("192.0.2.1").unwrap_err(), "console-address");
        drop(first);
        let _again = admit("2001:db8:1:1::3").unwrap();
        let _last = admit("198.51.100.1").unwrap();
        assert_eq!(admit("198.51.100.2").unwrap_err(), "console-full");
        assert_eq!(crowd.held().len(), 4);
    }

    #[test]
    fn without_a_limit_one_address_may_have_all_and_nothing_is_remembered_then() {
        let crowd = Crowd::new(3, 0);
        let admit = || crowd.admit("192.0.2.1".parse().unwrap());
        let places = [admit(), admit(), admit()];
        assert_eq!(admit().unwrap_err(), "console-full");
        drop(places);
        assert!(crowd.held().is_empty());
    }
}
