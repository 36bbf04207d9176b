//! Ticket numbers that are unique and don't show how many tickets there are: the count goes through a keyed permutation
//! of all numbers with the same count of digits.

use aws_lc_rs::hmac;

use crate::kdf::{self, derive};
use crate::keyring::KeyRing;

/// Numbers below this one are permuted together, so that tickets have up to six digits first.
const FIRST_END: u64 = 1_000_000;
/// Eight rounds: twice what a Feistel network needs to look random to somebody who sees some of its values.
const ROUNDS: u8 = 8;

impl KeyRing {
    /// Maps 1, 2, 3 … to numbers in a secret order, each exactly once: 1 to 999 999 among themselves, then 1 000 000 to
    /// 9 999 999, and so on. 0 and numbers of nineteen digits and more stay as they are.
    pub fn serial_permutation(&self, n: u64) -> u64 {
        let Some((start, count)) = range_of(n) else {
            return n;
        };
        let key = derive(&self.token, "serial", &[&start.to_be_bytes()]);
        let feistel = Feistel::new(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), count);
        // Cycle walking: the network permutes a power of four, and what falls outside is permuted again. Since it is a
        // permutation, the walk from a number inside comes back inside; less than four steps on average.
        let mut value = feistel.apply(n - start);
        while value >= count {
            value = feistel.apply(value);
        }
        start + value
    }
}

/// First number and size of the range of `n`.
fn range_of(n: u64) -> Option<(u64, u64)> {
    if n == 0 || n >= 10_u64.pow(18) {
        return None;
    }
    if n < FIRST_END {
        return Some((1, FIRST_END - 1));
    }
    let start = 10_u64.pow(n.ilog10());
    Some((start, 9 * start))
}

/// A balanced Feistel network over the smallest power of four that holds the range.
struct Feistel {
    key: hmac::Key,
    half: u32,
}

impl Feistel {
    fn new(key: hmac::Key, count: u64) -> Self {
        let bits = count.ilog2() + 1;
        Self {
            key,
            half: bits.div_ceil(2),
        }
    }

    fn apply(&self, value: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (value >> self.half, value & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (self.round(round, right) & mask));
        }
        left << self.half | right
    }

    fn round(&self, round: u8, right: u64) -> u64 {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[round]);
        context.update(&right.to_be_bytes());
        u64::from_be_bytes(kdf::head(context.sign().as_ref()))
    }
}
