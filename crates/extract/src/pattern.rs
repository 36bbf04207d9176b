//! Patterns that are tried only where a cheap look says that they may begin.
//!
//! A search for a pattern with Unicode word boundaries leaves the fast engine at the first accent, and then costs a
//! hundred times more. So nothing here searches a text: [`Pattern`] is tried at a place, [`Tiered`] looks without accents first.

use std::sync::LazyLock;

use regex::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, meta};

use crate::text::{cut, regex};

/// A pattern that is tried at one place of a text.
pub(crate) struct Pattern(meta::Regex);

impl Pattern {
    /// Compiles one of this crate's own patterns.
    #[expect(
        clippy::unwrap_used,
        reason = "the patterns are constants of this crate, and a test compiles each of them"
    )]
    pub(crate) fn new(pattern: &str) -> Self {
        Self(meta::Regex::new(pattern).unwrap())
    }

    /// The end of the match that begins at `at` and has at most `length` octets. What stands around it counts for boundaries.
    pub(crate) fn end(&self, text: &str, at: usize, length: usize) -> Option<usize> {
        self.0
            .search_half(&input(text, at, length))
            .map(|found| found.offset())
    }

    /// The same with its groups.
    pub(crate) fn groups<'t>(&self, text: &'t str, at: usize, length: usize) -> Option<Groups<'t>> {
        let mut captures = self.0.create_captures();
        self.0
            .search_captures(&input(text, at, length), &mut captures);
        captures.is_match().then_some(Groups { text, captures })
    }
}

fn input(text: &str, at: usize, length: usize) -> Input<'_> {
    let end = text.len().min(at.saturating_add(length));
    Input::new(text).range(at..end).anchored(Anchored::Yes)
}

/// The groups of a match.
pub(crate) struct Groups<'t> {
    text: &'t str,
    captures: Captures,
}

impl<'t> Groups<'t> {
    /// Start and end of the whole match.
    pub(crate) fn whole(&self) -> (usize, usize) {
        self.captures
            .get_match()
            .map_or((0, 0), |found| (found.start(), found.end()))
    }

    /// Where a group that took part ends.
    pub(crate) fn end(&self, name: &str) -> Option<usize> {
        Some(self.captures.get_group_by_name(name)?.end)
    }

    /// The letters of a group that took part.
    pub(crate) fn name(&self, name: &str) -> Option<&'t str> {
        let span = self.captures.get_group_by_name(name)?;
        Some(cut(self.text, span.start, span.end))
    }
}

/// Several patterns of which the first that matches counts.
pub(crate) struct Choice(meta::Regex);

impl Choice {
    /// Compiles some of this crate's own patterns.
    #[expect(
        clippy::unwrap_used,
        reason = "the patterns are constants of this crate, and a test compiles each of them"
    )]
    pub(crate) fn new(patterns: &[String]) -> Self {
        // The states of four languages' words: a smaller cache is filled and thrown away again and again.
        let config = meta::Config::new().hybrid_cache_capacity(16 << 20);
        let builder = meta::Regex::builder()
            .configure(config)
            .build_many(patterns);
        Self(builder.unwrap())
    }

    /// The index of the pattern that matches at `at`, and the end of the match.
    pub(crate) fn at(&self, text: &str, at: usize, length: usize) -> Option<(usize, usize)> {
        let found = self.0.search_half(&input(text, at, length))?;
        Some((found.pattern().as_usize(), found.offset()))
    }
}

/// A pattern that is only asked whether it matches anywhere.
pub(crate) struct Tiered {
    /// With boundaries that know ASCII only, or none: matches wherever the pattern does, and elsewhere too.
    quick: Regex,
    /// The quick pattern has the same boundaries for a text without accents.
    bounded: bool,
    exact: LazyLock<Regex, Box<dyn FnOnce() -> Regex + Send>>,
}

impl Tiered {
    /// For a pattern whose boundaries all touch an ASCII letter or digit of its own.
    pub(crate) fn new(pattern: &'static str) -> Self {
        Self::with(pattern, r"(?-u:\b)")
    }

    /// For any pattern.
    pub(crate) fn loose(pattern: &'static str) -> Self {
        Self::with(pattern, "")
    }

    fn with(pattern: &'static str, boundary: &str) -> Self {
        Self {
            quick: regex(&pattern.replace(r"\b", boundary)),
            bounded: !boundary.is_empty(),
            exact: LazyLock::new(Box::new(|| regex(pattern))),
        }
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.quick.is_match(text) && (self.bounded && text.is_ascii() || self.exact.is_match(text))
    }
}
