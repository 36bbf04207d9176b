//! Cells and marks: what a row of the index has of a value.
//!
//! A **cell** is a few bits, in clear, that the database looks rows up by. A **mark** stands beside it, sealed: 64 bits of keyed
//! hashes of the value's path, from coarse to fine; the salt that it is spread by; 48 bits of the message's id. A search reads the
//! marks of all rows that share a cell with what it asks for, a fortieth of a microsecond each, and only what stands under an asked
//! path is fetched and opened. New cells are computed from marks, too: who indexes a month anew opens no value.
//!
//! A mark is one block of AES-256 under a key of its family, team and month. A block cipher is a permutation that nobody without the
//! key can tell from a random one, so that equal marks mean equal plaintexts, and nothing else can be seen. No two rows have equal
//! plaintexts: the same value in two messages differs in their ids, and in one message it has one row. What would be wrong with ECB
//! elsewhere, that equal blocks show, can't happen. Marks don't authenticate; one that was put beside another message names the
//! wrong one and is no hit ([`Marked::is_of`]), and what is a hit is opened and compared before anybody sees it.
//!
//! A **spread mark** belongs to no message: it says that rows of a value are drawn from so many salts ([`crate::blind::salts`]).
//! The same value and number make the same mark.

use std::collections::{BTreeMap, HashSet};

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;

use crate::VaultError;
use crate::blind::{Bits, Cells, Family};
use crate::kdf::{self, Key, derive, length};
use crate::keyring::KeyRing;
use crate::ratchet::IndexKey;

/// Octets of a mark.
pub const MARK: usize = 16;
/// A sealed mark.
pub type Mark = [u8; MARK];

/// The keyed hashes of a path, and of which levels it has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hashed {
    hash: u64,
    /// The bits of the levels that the path has.
    mask: u64,
}

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    hash: u64,
    salt: u16,
    bound: [u8; 6],
}

impl Marked {
    /// The value's path, with all its levels.
    pub fn hashed(self) -> Hashed {
        Hashed {
            hash: self.hash,
            mask: u64::MAX,
        }
    }

    /// The salt; of a spread mark, how many there are.
    pub fn salt(self) -> u16 {
        self.salt
    }

    /// Whether it was made for this message.
    pub fn is_of(self, entry: &[u8; 16]) -> bool {
        entry.ends_with(&self.bound)
    }

    /// Whether it is a spread mark.
    pub fn is_spread(self) -> bool {
        self.bound == [0; 6]
    }
}

/// Paths that are asked for: a value stands under one of them or it doesn't.
#[derive(Debug, Default)]
pub struct Paths(BTreeMap<u64, HashSet<u64>>);

impl Paths {
    /// Whether a value stands under any of them, or is one. Wrong once in 2^64 (of networks and domains, 2^22 and 2^32) by chance.
    pub fn hold(&self, marked: Marked) -> bool {
        let mut depths = self.0.iter();
        depths.any(|(mask, hashes)| hashes.contains(&(marked.hash & mask)))
    }
}

impl FromIterator<Hashed> for Paths {
    fn from_iter<I: IntoIterator<Item = Hashed>>(paths: I) -> Paths {
        let mut depths: BTreeMap<u64, HashSet<u64>> = BTreeMap::new();
        for path in paths {
            depths.entry(path.mask).or_default().insert(path.hash);
        }
        Paths(depths)
    }
}

/// Computes cells and marks of one family and month.
pub struct Indexer {
    widths: [u32; 3],
    hash: hmac::Key,
    mark: Key,
}

/// Bits of each level in a mark, from coarse to fine.
fn widths(family: Family) -> [u32; 3] {
    match family {
        Family::Address => [22, 21, 21],
        Family::Name | Family::Mailbox | Family::Sender => [32, 32, 0],
        Family::Hash | Family::Cve | Family::Asn | Family::Reference | Family::Tag => [64, 0, 0],
    }
}

/// So many ones, that far from the right.
fn ones(width: u32, at: u32) -> u64 {
    u64::MAX.checked_shr(64 - width).unwrap_or(0) << at
}

impl Indexer {
    /// Hashes a path: its levels from coarse to fine, normalised. One that lacks fine levels stands for all values below it.
    pub fn hash(&self, path: &[&str]) -> Hashed {
        let (mut hash, mut mask, mut at) = (0, 0, 64);
        let mut hashed = Vec::new();
        for (name, width) in path.iter().zip(self.widths).filter(|(_, width)| *width > 0) {
            hashed.extend_from_slice(&length(name.as_bytes()));
            hashed.extend_from_slice(name.as_bytes());
            at -= width;
            hash |= self.sign(&hashed) >> (64 - width) << at;
            mask |= ones(width, at);
        }
        Hashed { hash, mask }
    }

    /// The cells that hold the values under a path. A path with all levels names one cell. `salt` is 0 for families that are not
    /// spread.
    pub fn cells(&self, bits: Bits, path: Hashed, salt: u16) -> Cells {
        let (mut low, mut high) = (0_u32, 0_u32);
        let (mut at, mut above) = (64, 0);
        for (level, (bits, width)) in (0_u8..).zip(bits.0.into_iter().zip(self.widths)) {
            at -= width;
            let own = ones(width, at);
            above |= own;
            let bits = u32::from(bits);
            let all = 1_u32.checked_shl(bits).unwrap_or(1) - 1;
            let (first, last) = if width > 0 && path.mask & own == own {
                let hash = match salt {
                    0 => (path.hash & own) << (64 - at - width),
                    _ => self.salted(path.hash & above, level, salt),
                };
                let cell = u32::try_from(hash.checked_shr(64 - bits).unwrap_or(0)).unwrap_or(0);
                (cell, cell)
            } else {
                (0, all)
            };
            low = low << bits | first;
            high = high << bits | last;
        }
        let fit = |cell: u32| i32::try_from(cell).unwrap_or(i32::MAX);
        Cells {
            low: fit(low),
            high: fit(high),
        }
    }

    /// The mark of a value of this message.
    ///
    /// # Errors
    /// [`VaultError::Sealing`].
    pub fn mark(&self, path: Hashed, salt: u16, entry: &[u8; 16]) -> Result<Mark, VaultError> {
        let [.., a, b, c, d, e, f] = *entry;
        self.seal(path.hash, salt, [a, b, c, d, e, f])
    }

    /// The spread mark of a value whose rows are drawn from so many salts.
    ///
    /// # Errors
    /// [`VaultError::Sealing`].
    pub fn spread_mark(&self, path: Hashed, salts: u16) -> Result<Mark, VaultError> {
        self.seal(path.hash, salts, [0; 6])
    }

    fn seal(&self, hash: u64, salt: u16, bound: [u8; 6]) -> Result<Mark, VaultError> {
        let octets = hash.to_be_bytes().into_iter();
        let octets = octets.chain(salt.to_be_bytes()).chain(bound);
        let mut mark = [0; MARK];
        for (to, from) in mark.iter_mut().zip(octets) {
            *to = from;
        }
        let key = UnboundCipherKey::new(&AES_256, self.mark.as_ref());
        let key = key.and_then(EncryptingKey::ecb);
        key.and_then(|key| key.encrypt(&mut mark))
            .map_err(|_| VaultError::Sealing)?;
        Ok(mark)
    }

    /// Reads marks that follow one another, in order. Those that were made under another key say something random; octets that are no
    /// marks say nothing.
    pub fn read(&self, marks: &[u8]) -> Vec<Marked> {
        let mut marks = marks.to_vec();
        let key = UnboundCipherKey::new(&AES_256, self.mark.as_ref());
        let key = key.and_then(DecryptingKey::ecb);
        let Ok(blocks) = key.and_then(|key| {
            let blocks = key.decrypt(&mut marks, DecryptionContext::None)?;
            Ok(blocks.as_chunks::<MARK>().0)
        }) else {
            return Vec::new();
        };
        let read = |[a, b, c, d, e, f, g, h, i, j, rest @ ..]: &Mark| Marked {
            hash: u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
            salt: u16::from_be_bytes([*i, *j]),
            bound: *rest,
        };
        blocks.iter().map(read).collect()
    }

    /// What the levels down to this one are, spread. Names that are hashed begin with their length, and that with zero.
    fn salted(&self, hash: u64, level: u8, salt: u16) -> u64 {
        let mut hashed = vec![1, level];
        hashed.extend_from_slice(&salt.to_be_bytes());
        hashed.extend_from_slice(&hash.to_be_bytes());
        self.sign(&hashed)
    }

    fn sign(&self, octets: &[u8]) -> u64 {
        let tag = hmac::sign(&self.hash, octets);
        u64::from_be_bytes(kdf::head(tag.as_ref()))
    }
}

impl std::fmt::Debug for Indexer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Indexer(…)")
    }
}

impl KeyRing {
    /// [`IndexKey::indexer`] of the ring's own key.
    pub fn indexer(&self, family: Family, team: &str, month: (i16, u8)) -> Indexer {
        IndexKey(self.index.clone()).indexer(family, team, month)
    }
}

impl IndexKey {
    /// For the cells and marks of one family and month; `month` is year and month.
    pub fn indexer(&self, family: Family, team: &str, month: (i16, u8)) -> Indexer {
        let (year, month) = month;
        let label = family.label().as_bytes();
        let parts: [&[u8]; 4] = [label, team.as_bytes(), &year.to_be_bytes(), &[month]];
        let hash = derive(&self.0, "blind-index", &parts);
        Indexer {
            widths: widths(family),
            hash: hmac::Key::new(hmac::HMAC_SHA256, hash.as_ref()),
            mark: derive(&self.0, "blind-mark", &parts),
        }
    }
}
