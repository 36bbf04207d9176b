//! How many connections, messages and octets of content there may be, over all listeners (T34, T37). What was taken is given
//! back when its permit is dropped, however the session ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use intake::smtp::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::rate::{Bucket, Rate};

/// Limits; the defaults are those of the threat model. A rate of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Connections in all; the last tenth is for trusted peers.
    pub connections: usize,
    /// Connections of strangers from one IPv4 address or one IPv6 /64.
    pub per_address: usize,
    /// Connections of strangers from one IPv4 /24 or one IPv6 /48.
    pub per_network: usize,
    /// New connections of strangers a minute from one address; half as many at once.
    pub connects_per_address: u32,
    /// New connections of strangers a minute from one network; half as many at once.
    pub connects_per_network: u32,
    /// Messages of strangers a minute from one address; half as many at once.
    pub messages_per_address: u32,
    /// Octets of content in memory: received, and not stored yet.
    pub octets_in_flight: usize,
}

impl Default for BudgetLimits {
    fn default() -> Self {
        Self {
            connections: 500,
            per_address: 20,
            per_network: 100,
            connects_per_address: 60,
            connects_per_network: 300,
            messages_per_address: 120,
            octets_in_flight: 256 * 1024 * 1024,
        }
    }
}

/// About what one large message needs while it comes in: a piece, and a chunk that is not full.
const MESSAGE_IN_MEMORY: usize = 512 * 1024;
/// Addresses and networks that are remembered at one time, about 5 MiB. All beyond are taken for one.
const REMEMBERED: usize = 50_000;
/// How often a full table is swept.
const SWEEP: Duration = Duration::from_secs(1);

/// What all listeners together may use.
#[derive(Debug)]
pub struct Budget {
    limits: BudgetLimits,
    connections: Arc<Semaphore>,
    octets: Arc<Semaphore>,
    accounts: Mutex<Accounts>,
}

/// Whose connections are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Address(IpAddr),
    Network(IpAddr),
    /// All that the table has no room for.
    Others,
}

#[derive(Debug)]
struct Account {
    open: usize,
    connects: Bucket,
    messages: Bucket,
}

#[derive(Debug)]
struct Accounts {
    table: HashMap<Holder, Account>,
    most: usize,
    swept: Option<Instant>,
}

impl Accounts {
    fn get(&mut self, holder: Holder, now: Instant) -> (Holder, &mut Account) {
        let known = self.table.contains_key(&holder);
        if !known && self.table.len() >= self.most {
            self.sweep(now);
        }
        let holder = if known || self.table.len() < self.most {
            holder
        } else {
            Holder::Others
        };
        let account = self.table.entry(holder).or_insert_with(|| Account {
            open: 0,
            connects: Bucket::full(now),
            messages: Bucket::full(now),
        });
        (holder, account)
    }

    /// Forgets those of whom nothing need be remembered.
    fn sweep(&mut self, now: Instant) {
        if self.swept.is_some_and(|last| now < last + SWEEP) {
            return;
        }
        self.swept = Some(now);
        self.table.retain(|_, account| !account.is_rested(now));
    }

    fn leave(&mut self, holder: Holder, now: Instant) {
        if let Some(account) = self.table.get_mut(&holder) {
            account.open = account.open.saturating_sub(1);
            if account.is_rested(now) {
                self.table.remove(&holder);
            }
        }
    }
}

impl Account {
    fn is_rested(&self, now: Instant) -> bool {
        self.open == 0 && self.connects.is_full(now) && self.messages.is_full(now)
    }
}

impl Budget {
    /// A budget of which nothing is used.
    pub fn new(limits: BudgetLimits) -> Arc<Self> {
        Self::remembering(limits, REMEMBERED)
    }

    fn remembering(limits: BudgetLimits, most: usize) -> Arc<Self> {
        let semaphore = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self {
            limits,
            connections: semaphore(limits.connections),
            octets: semaphore(limits.octets_in_flight),
            accounts: Mutex::new(Accounts {
                table: HashMap::new(),
                most,
                swept: None,
            }),
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

    /// Addresses and networks that are remembered now.
    pub fn remembered(&self) -> usize {
        self.accounts().table.len()
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

    /// Lets a connection in; who it is counts later, see [`Permit::count`].
    pub(super) fn admit(self: &Arc<Self>) -> Option<Permit> {
        let slot = self.connections.clone().try_acquire_owned().ok()?;
        Some(Permit {
            _slot: slot,
            holders: None,
            known: false,
            budget: self.clone(),
        })
    }

    pub(super) fn octets(&self, count: u32) -> Option<OwnedSemaphorePermit> {
        self.octets.clone().try_acquire_many_owned(count).ok()
    }

    /// The same once there is room; the caller says for how long it waits.
    pub(super) async fn octets_soon(&self, count: u32) -> Option<OwnedSemaphorePermit> {
        self.octets.clone().acquire_many_owned(count).await.ok()
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The network before the address: an address is only remembered when its network may connect.
    fn checks(&self, address: IpAddr) -> [Check; 2] {
        let limits = &self.limits;
        [
            Check {
                holder: Holder::Network(prefix(address, 24, 48)),
                most: limits.per_network,
                rate: Rate::per_minute(limits.connects_per_network),
                too_many: Refusal::TooManyFromNetwork,
                too_often: Refusal::NetworkTooOften,
            },
            Check {
                holder: Holder::Address(prefix(address, 32, 64)),
                most: limits.per_address,
                rate: Rate::per_minute(limits.connects_per_address),
                too_many: Refusal::TooManyFromAddress,
                too_often: Refusal::AddressTooOften,
            },
        ]
    }
}

/// What a connection has to pass.
struct Check {
    holder: Holder,
    most: usize,
    rate: Option<Rate>,
    too_many: Refusal,
    too_often: Refusal,
}

/// The right to be connected.
#[derive(Debug)]
pub(super) struct Permit {
    _slot: OwnedSemaphorePermit,
    /// Network and address that are counted, for a stranger.
    holders: Option<[Holder; 2]>,
    /// The connection itself was given back.
    known: bool,
    budget: Arc<Budget>,
}

impl Permit {
    /// Counts the connection as a stranger's.
    pub(super) fn count(&mut self, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let budget = self.budget.clone();
        if budget.connections.available_permits() < budget.limits.connections / 10 {
            return Err(Refusal::TooManyConnections);
        }
        let checks = budget.checks(address);
        let mut accounts = budget.accounts();
        let mut holders = [Holder::Others; 2];
        for (check, holder) in checks.iter().zip(&mut holders) {
            let (found, account) = accounts.get(check.holder, now);
            *holder = found;
            if account.open >= check.most {
                return Err(check.too_many);
            }
            if !account.connects.allows(check.rate, now) {
                return Err(check.too_often);
            }
        }
        for (check, holder) in checks.iter().zip(holders) {
            let (_, account) = accounts.get(holder, now);
            account.open = account.open.saturating_add(1);
            account.connects.take(check.rate, now);
        }
        self.holders = Some(holders);
        self.known = false;
        Ok(())
    }

    /// The stranger has proved to be somebody we trust: he was never counted.
    pub(super) fn trust(&mut self) {
        self.know();
        let Some(holders) = self.holders.take() else {
            return;
        };
        let now = Instant::now();
        let mut accounts = self.budget.accounts();
        for holder in holders {
            accounts.leave(holder, now);
        }
    }

    /// The stranger has an account: he may come as often as he likes. How many connections he has at once and how many
    /// messages he sends is counted still, since passwords get stolen.
    pub(super) fn know(&mut self) {
        let Some(holders) = self.holders.filter(|_| !self.known) else {
            return;
        };
        self.known = true;
        let limits = &self.budget.limits;
        let rates = [limits.connects_per_network, limits.connects_per_address];
        let mut accounts = self.budget.accounts();
        for (holder, rate) in holders.into_iter().zip(rates) {
            if let Some(account) = accounts.table.get_mut(&holder) {
                account.connects.give_back(Rate::per_minute(rate));
            }
        }
    }

    /// Whether another message may be sent now.
    pub(super) fn may_send(&self, now: Instant) -> bool {
        self.messages(|bucket, rate| bucket.allows(rate, now))
            .unwrap_or(true)
    }

    /// A message was sent, and taken or not.
    pub(super) fn sent(&self, now: Instant) {
        self.messages(|bucket, rate| bucket.take(rate, now));
    }

    fn messages<T>(&self, what: impl FnOnce(&mut Bucket, Option<Rate>) -> T) -> Option<T> {
        let [_, holder] = self.holders?;
        let rate = Rate::per_minute(self.budget.limits.messages_per_address);
        let mut accounts = self.budget.accounts();
        let account = accounts.table.get_mut(&holder)?;
        Some(what(&mut account.messages, rate))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(holders) = self.holders else { return };
        let now = Instant::now();
        let mut accounts = self.budget.accounts();
        for holder in holders {
            accounts.leave(holder, now);
        }
    }
}

/// The network of an address, of so many bits. An IPv4 address on a dual-stack socket is that IPv4 address.
fn prefix(address: IpAddr, bits_4: u32, bits_6: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - bits_4).unwrap_or(0);
            IpAddr::V4((address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - bits_6).unwrap_or(0);
            IpAddr::V6((address.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn counted(budget: &Arc<Budget>, address: &str, now: Instant) -> Result<Permit, Refusal> {
        let mut permit = budget.admit().ok_or(Refusal::TooManyConnections)?;
        permit.count(address.parse().unwrap(), now).map(|()| permit)
    }

    fn limited(change: impl FnOnce(&mut BudgetLimits)) -> Arc<Budget> {
        let mut limits = BudgetLimits::default();
        change(&mut limits);
        Budget::new(limits)
    }

    #[test]
    fn addresses_and_networks_are_counted_and_forgotten() {
        let now = Instant::now();
        let budget = limited(|limits| (limits.per_address, limits.per_network) = (1, 2));
        let mut held = Vec::new();
        let mut outcomes = Vec::new();
        for address in [
            "2001:db8:1:1::1",
            "2001:db8:1:1:9:9:9:9",
            "2001:db8:1:2::1",
            "2001:db8:1:3::1",
            "2001:db8:2:1::1",
            "::ffff:192.0.2.1",
            "192.0.2.1",
            "192.0.2.2",
            "192.0.2.3",
            "192.0.3.3",
        ] {
            let permit = counted(&budget, address, now);
            outcomes.push(permit.as_ref().err().copied());
            held.extend(permit);
        }
        let (address, network) = (Refusal::TooManyFromAddress, Refusal::TooManyFromNetwork);
        let expected = [
            None,
            Some(address),
            None,
            Some(network),
            None,
            None,
            Some(address),
            None,
            Some(network),
            None,
        ];
        assert_eq!(outcomes, expected);
        assert_eq!(budget.open_connections(), held.len());
        drop(held);
        assert_eq!(budget.open_connections(), 0);
        // What is remembered for the rates is swept when there is no room.
        budget.accounts().sweep(now + Duration::from_secs(120));
        assert_eq!(budget.remembered(), 0);
    }

    #[test]
    fn connecting_too_often_is_refused_until_time_has_passed() {
        let now = Instant::now();
        let budget = limited(|limits| {
            limits.connects_per_address = 6;
            limits.connects_per_network = 10;
        });
        for _ in 0..3 {
            counted(&budget, "192.0.2.1", now).unwrap();
        }
        let refused = |address| counted(&budget, address, now).unwrap_err();
        assert_eq!(refused("192.0.2.1"), Refusal::AddressTooOften);
        for address in ["192.0.2.2", "192.0.2.3"] {
            counted(&budget, address, now).unwrap();
        }
        assert_eq!(refused("192.0.2.4"), Refusal::NetworkTooOften);
        let now = now + Duration::from_secs(10);
        counted(&budget, "192.0.2.1", now).unwrap();
        // Who proves to be trusted has not counted.
        let mut permit = counted(&budget, "192.0.3.1", now).unwrap();
        permit.trust();
        drop(permit);
        for _ in 0..3 {
            counted(&budget, "192.0.3.1", now).unwrap();
        }
    }

    #[test]
    fn messages_have_a_rate_of_their_own() {
        let now = Instant::now();
        let budget = limited(|limits| limits.messages_per_address = 4);
        let mut permit = counted(&budget, "192.0.2.1", now).unwrap();
        for _ in 0..2 {
            assert!(permit.may_send(now));
            permit.sent(now);
        }
        assert!(!permit.may_send(now));
        // Coming again does not help, being trusted does.
        drop(counted(&budget, "192.0.2.1", now).unwrap());
        assert!(!counted(&budget, "192.0.2.1", now).unwrap().may_send(now));
        let now = now + Duration::from_secs(15);
        assert!(permit.may_send(now));
        permit.sent(now);
        assert!(!permit.may_send(now));
        permit.trust();
        assert!(permit.may_send(now));
    }

    #[test]
    fn memory_is_bounded_and_the_last_tenth_is_for_the_trusted() {
        let now = Instant::now();
        let budget = Budget::remembering(
            BudgetLimits {
                connections: 100,
                ..BudgetLimits::default()
            },
            16,
        );
        let permits: Vec<_> = (0..100)
            .map(|number| counted(&budget, &format!("10.{number}.0.1"), now))
            .collect();
        let refused = permits.iter().filter_map(|permit| permit.as_ref().err());
        let crowded = refused
            .clone()
            .filter(|refusal| **refusal == Refusal::TooManyConnections);
        // Those beyond the table share one account, and so one limit.
        assert!(refused.count() > 50 && crowded.count() == 0);
        assert!(budget.remembered() <= 17, "{}", budget.remembered());
        let trusted: Vec<_> = std::iter::from_fn(|| budget.admit()).collect();
        assert_eq!(budget.open_connections(), 100);
        drop(trusted);
        drop(permits);
        let budget = limited(|limits| {
            (
                limits.connections,
                limits.per_address,
                limits.connects_per_address,
            ) = (20, 100, 0);
        });
        let strangers: Vec<_> =
            std::iter::from_fn(|| counted(&budget, "192.0.2.1", now).ok()).collect();
        assert_eq!(strangers.len(), 18);
        assert!(budget.admit().is_some());
    }
}
