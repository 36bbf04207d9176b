//! How often something may happen: a token bucket that is kept as one instant, the one at which it will be full again.

use std::time::Duration;

use tokio::time::Instant;

/// So often a minute, and half as often at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    every: Duration,
    burst: Duration,
}

impl Rate {
    /// `None` for 0: no limit.
    pub(super) fn per_minute(count: u32) -> Option<Rate> {
        let every = Duration::from_secs(60).checked_div(count)?;
        Some(Rate {
            every,
            burst: every.saturating_mul((count / 2).max(1)),
        })
    }
}

/// What is left of a rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub(super) fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    /// Whether it may happen once more now.
    pub(super) fn allows(&self, rate: Option<Rate>, now: Instant) -> bool {
        rate.is_none_or(|rate| {
            self.full_at.saturating_duration_since(now) + rate.every <= rate.burst
        })
    }

    /// It happens.
    pub(super) fn take(&mut self, rate: Option<Rate>, now: Instant) {
        if let Some(rate) = rate {
            self.full_at = self.full_at.max(now) + rate.every;
        }
    }

    /// It does not count after all.
    pub(super) fn give_back(&mut self, rate: Option<Rate>) {
        if let Some(earlier) = rate.and_then(|rate| self.full_at.checked_sub(rate.every)) {
            self.full_at = earlier;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let now = Instant::now();
        let rate = Rate::per_minute(60);
        let mut bucket = Bucket::full(now);
        let mut taken = 0;
        while bucket.allows(rate, now) {
            bucket.take(rate, now);
            taken += 1;
        }
        assert_eq!(taken, 30);
        let later = now + Duration::from_secs(2);
        for _ in 0..2 {
            assert!(bucket.allows(rate, later));
            bucket.take(rate, later);
        }
        assert!(!bucket.allows(rate, later));
        bucket.give_back(rate);
        assert!(bucket.allows(rate, later) && !bucket.is_full(later));
        assert!(bucket.is_full(now + Duration::from_secs(32)));
        assert!(Bucket::full(now).allows(Rate::per_minute(1), now));
        assert!(bucket.allows(Rate::per_minute(0), now));
    }
}
