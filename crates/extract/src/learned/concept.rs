//! Words that mean alike in four languages: what is learned of one holds for the others.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::lexicon::CONCEPTS;
use super::token::{hash, step};

/// Meanings by the hash of a word, or of its beginning.
struct Table {
    whole: HashMap<u32, u8>,
    begin: HashMap<u32, u8>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        whole: HashMap::new(),
        begin: HashMap::new(),
    };
    for (number, words) in (1..).zip(CONCEPTS) {
        for word in words.split_whitespace() {
            let (map, word) = match word.strip_suffix('*') {
                Some(begin) => (&mut table.begin, begin),
                None => (&mut table.whole, word),
            };
            map.entry(hash(word.bytes(), 0)).or_insert(number);
        }
    }
    table
});

/// The meaning of a folded word, from 1; the longest beginning that is known counts, or else the longest end of a compound.
pub(super) fn concept(word: &str) -> Option<u8> {
    let table = &*TABLE;
    if let Some(number) = table.whole.get(&hash(word.bytes(), 0)) {
        return Some(*number);
    }
    begun(word, 3).or_else(|| compound(word))
}

/// The longest beginning that is known, of at least `least` letters.
fn begun(word: &str, least: usize) -> Option<u8> {
    let mut best = None;
    // The hash of a beginning goes on to the next.
    let mut sum = hash([], 0);
    for (at, octet) in word.bytes().enumerate().take(12) {
        sum = step(sum, octet);
        if at + 1 >= least
            && let Some(number) = TABLE.begin.get(&sum)
        {
            best = Some(*number);
        }
    }
    best
}

/// Letters of the last word of a compound, at the least.
const LAST: usize = 5;

/// What the last word of a compound means: `Firmenwebserver`.
fn compound(word: &str) -> Option<u8> {
    let table = &*TABLE;
    let most = word.len().checked_sub(3)?;
    (3..most).find_map(|at| {
        let rest = word.get(at..).filter(|rest| rest.len() >= LAST)?;
        let whole = table.whole.get(&hash(rest.bytes(), 0)).copied();
        whole.or_else(|| begun(rest, LAST.max(rest.len().saturating_sub(2))))
    })
}
