//! What is in hand for each destination: how many connections it gets, how fast, and how long it is left alone after it
//! failed as a whole.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Letter;
use super::record::{doubled, longer};
use crate::config::Outbox;
use crate::store::DueMail;

/// First pause of a destination that failed as a whole; doubled each time, up to [`LONGEST_REST`].
const FIRST_REST: Duration = Duration::from_secs(15);
const LONGEST_REST: Duration = Duration::from_secs(3600);
/// Mails that may wait in hand for one destination among many; the others stay in the table.
const WAITING: usize = 8;
/// Mails that may be in hand for all destinations together that have not taken mail yet: half of what is in hand at all.
const STRANGERS: usize = super::HANDS / 2;
/// A destination that nothing was heard of for so long is forgotten, with its failures.
const FORGOTTEN: Duration = Duration::from_secs(6 * 3600);

/// A mail in hand.
pub(super) struct Held {
    pub mail: DueMail,
    pub letter: Letter,
}

/// What becomes of a mail that was claimed.
pub(super) enum Offer {
    /// A courier under way will take it.
    Waits,
    /// A courier must be sent.
    NeedsCourier,
    /// There are enough in hand: back to the table.
    Full(Held),
    /// The destination rests: back to the table for so long, for this reason.
    Rests(Held, Duration, String),
}

/// The destinations that mail is in hand for, or that rest.
pub(super) struct Destinations {
    all: Mutex<HashMap<String, Destination>>,
    only: bool,
    couriers: usize,
    waiting: usize,
    gap: Duration,
}

struct Destination {
    waiting: VecDeque<Held>,
    couriers: usize,
    /// Those of them that wait for mail.
    idle: usize,
    /// A mail arrived.
    news: Arc<Notify>,
    /// It took a mail since it last failed: only then does it get more than one connection.
    proved: bool,
    failures: u32,
    rests_until: Instant,
    status: String,
    next_slot: Instant,
    touched: Instant,
}

impl Destination {
    fn new(now: Instant) -> Destination {
        Destination {
            waiting: VecDeque::new(),
            couriers: 0,
            idle: 0,
            news: Arc::default(),
            proved: false,
            failures: 0,
            rests_until: now,
            status: String::new(),
            next_slot: now,
            touched: now,
        }
    }
}

impl Destinations {
    /// `only` when there is one destination, the smarthost: then all that is in hand waits for it.
    pub(super) fn new(settings: &Outbox, only: bool) -> Destinations {
        let gap = match settings.destination_rate {
            0 => Duration::ZERO,
            rate => Duration::from_secs(60) / rate,
        };
        Destinations {
            all: Mutex::default(),
            only,
            couriers: settings.destination_connections,
            waiting: if only { usize::MAX } else { WAITING },
            gap,
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Destination>> {
        // Nothing that holds the lock can panic half-way through a change.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a mail in hand, or says why not.
    pub(super) fn offer(&self, name: &str, held: Held) -> Offer {
        let now = Instant::now();
        let mut all = self.all();
        all.retain(|_, one| {
            one.couriers > 0 || !one.waiting.is_empty() || one.touched + FORGOTTEN > now
        });
        let in_hand = |one: &Destination| one.waiting.len() + one.couriers;
        let strangers: usize = all.values().filter(|one| !one.proved).map(in_hand).sum();
        let one = all
            .entry(name.to_owned())
            .or_insert_with(|| Destination::new(now));
        if one.rests_until > now {
            return Offer::Rests(held, one.rests_until - now, one.status.clone());
        }
        if one.waiting.len() >= self.waiting {
            return Offer::Full(held);
        }
        if !one.proved && !self.only && strangers >= STRANGERS {
            return Offer::Full(held);
        }
        one.touched = now;
        one.waiting.push_back(held);
        let most = if one.proved { self.couriers } else { 1 };
        if one.idle < one.waiting.len() && one.couriers < most {
            one.couriers += 1;
            return Offer::NeedsCourier;
        }
        one.news.notify_one();
        Offer::Waits
    }

    /// The next mail for a courier, who waits a little for one to come; `None` sends the courier home.
    pub(super) async fn next(&self, name: &str, patience: Duration) -> Option<Held> {
        let deadline = Instant::now() + patience;
        loop {
            let late = Instant::now() >= deadline;
            let news = {
                let mut all = self.all();
                let one = all.get_mut(name)?;
                if let Some(held) = one.waiting.pop_front() {
                    return Some(held);
                }
                if late {
                    one.couriers = one.couriers.saturating_sub(1);
                    return None;
                }
                one.idle += 1;
                Arc::clone(&one.news)
            };
            let _ = tokio::time::timeout_at(deadline, news.notified()).await;
            if let Some(one) = self.all().get_mut(name) {
                one.idle = one.idle.saturating_sub(1);
            }
        }
    }

    /// Whether it has not taken mail since it last failed; never so for the smarthost.
    pub(super) fn is_stranger(&self, name: &str) -> bool {
        !self.only && self.all().get(name).is_none_or(|one| !one.proved)
    }

    /// Whether nothing at all is known of it.
    pub(super) fn is_new(&self, name: &str) -> bool {
        self.is_stranger(name) && self.all().get(name).is_none_or(|one| one.failures == 0)
    }

    /// How long to wait before the next mail may go: `outbox.destination_rate`.
    pub(super) fn slot(&self, name: &str) -> Duration {
        let now = Instant::now();
        let mut all = self.all();
        let Some(one) = all.get_mut(name) else {
            return Duration::ZERO;
        };
        let slot = one.next_slot.max(now);
        one.next_slot = slot + self.gap;
        slot - now
    }

    /// The destination took a mail, or refused one in a healthy session. True when one more courier may come to help.
    pub(super) fn works(&self, name: &str) -> bool {
        let now = Instant::now();
        let mut all = self.all();
        let Some(one) = all.get_mut(name) else {
            return false;
        };
        one.failures = 0;
        one.proved = true;
        one.touched = now;
        let helps = one.idle < one.waiting.len() && one.couriers < self.couriers;
        if helps {
            one.couriers += 1;
        }
        helps
    }

    /// A courier was lost on the way. When it was the last, what waits is given back: nobody would come for it.
    pub(super) fn lost(&self, name: &str) -> Vec<Held> {
        let mut all = self.all();
        let Some(one) = all.get_mut(name) else {
            return Vec::new();
        };
        one.couriers = one.couriers.saturating_sub(1);
        if one.couriers > 0 {
            return Vec::new();
        }
        one.idle = 0;
        one.waiting.drain(..).collect()
    }

    /// The destination failed as a whole: it rests, and all that waited for it goes back to the table. The courier goes.
    pub(super) fn fails(&self, name: &str, status: &str, jitter: u32) -> (Duration, Vec<Held>) {
        let now = Instant::now();
        let mut all = self.all();
        let Some(one) = all.get_mut(name) else {
            return (FIRST_REST, Vec::new());
        };
        let rest = longer(doubled(FIRST_REST, one.failures, LONGEST_REST), jitter);
        if one.rests_until <= now {
            // Couriers of one destination fail together: that is one failure.
            one.failures += 1;
            one.rests_until = now + rest;
        }
        one.proved = false;
        one.status = status.to_owned();
        one.touched = now;
        one.couriers = one.couriers.saturating_sub(1);
        (rest, one.waiting.drain(..).collect())
    }
}
