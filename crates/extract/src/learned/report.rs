//! What is known of the whole text.

use std::collections::{BTreeMap, BTreeSet};

use super::Site;
use super::section::Section;
use super::token::{Mark, Token, tokens};
use crate::Role;
use crate::text::{cut, fold};

/// Octets of the text whose words are noted for the whole.
const OPENING: usize = 4096;

/// Octets of the text whose paragraphs are told apart.
const WHOLE: usize = 16 << 10;

/// Octets of the text whose wording tells the type of incident.
const WORDED: usize = 8 << 10;

/// What is known of the whole text.
pub(super) struct Report {
    /// Values, in the order in which they come, with what is told of each: that it did it, that it was hit.
    pub(super) known: BTreeMap<String, (usize, bool, bool)>,
    /// Meanings of its words.
    pub(super) senses: BTreeSet<u32>,
    /// What it speaks of most, of the types of incidents.
    pub(super) kind: u32,
    /// Its tokens, as far as they are read.
    tokens: Vec<Token>,
}

impl Report {
    pub(super) fn of(text: &str, sites: &[Site<'_>]) -> Self {
        let mut known: BTreeMap<String, (usize, bool, bool)> = BTreeMap::new();
        for site in sites {
            let next = known.len();
            let told = known
                .entry(site.value.to_owned())
                .or_insert((next, false, false));
            told.1 |= site.ruled.role == Role::Source;
            told.2 |= site.ruled.role == Role::Destination;
        }
        let end = text.floor_char_boundary(OPENING);
        let words = tokens(text, (0, end), sites);
        let end = text.floor_char_boundary(WHOLE);
        let tokens = tokens(text, (0, end), sites);
        let words = words
            .iter()
            .filter(|token| token.mark == Mark::Word && token.sense != 0);
        Self {
            known,
            senses: words.map(|token| token.sense).collect(),
            tokens,
            kind: kind(text),
        }
    }

    /// The paragraph around the octet `at`; empty beyond [`WHOLE`].
    pub(super) fn section(&self, at: usize) -> Section {
        match at < WHOLE {
            true => Section::of(&self.tokens, at),
            false => Section::default(),
        }
    }

    /// What is told of all but `value`: that one did it, that one was hit, and how many are open, with this one.
    pub(super) fn others(&self, value: &str) -> (bool, bool, usize) {
        let others = || self.known.iter().filter(|(other, _)| *other != value);
        let open = others().filter(|(_, told)| !told.1 && !told.2).count();
        (
            others().any(|(_, told)| told.1),
            others().any(|(_, told)| told.2),
            open + 1,
        )
    }
}

/// The type of incident that the first octets of a text speak for most, by its column in the table of wording; 99 where it says
/// next to nothing.
fn kind(text: &str) -> u32 {
    let text = fold(cut(text, 0, text.floor_char_boundary(WORDED)));
    let sums = crate::wording::sums(&text);
    let best = sums.and_then(|sums| (0..).zip(sums).max_by_key(|(_, sum)| *sum));
    best.map_or(99, |(column, _)| column)
}
