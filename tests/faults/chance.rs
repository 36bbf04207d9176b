//! Random numbers for when to kill and what to send again. The seed is printed, so that a failure can be looked at.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Marsaglia's xorshift64.
pub struct Chance(u64);

impl Chance {
    /// From the clock.
    pub fn new() -> Chance {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = u64::from(now.subsec_nanos()) ^ now.as_secs() << 20;
        Chance::seeded(seed)
    }

    /// From a number.
    pub fn seeded(seed: u64) -> Chance {
        Chance(seed.max(1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One of so many.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Waits between `from` and `to` milliseconds.
    pub fn wait(&mut self, from: u64, to: u64) {
        std::thread::sleep(Duration::from_millis(from + self.below(to - from + 1)));
    }
}
