//! Patterns that are tried only where a cheap look says that they may begin.
//!
//! A search for a pattern with Unicode word boundaries leaves the fast engine at the first accent, and then costs a
//! hundred times more. So nothing here searches a text: [`Pattern`] is tried at a place, [`Tiered`] looks without accents first.

use std::sync::LazyLock;

use regex::Regex;
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input, MatchKind, meta};

use crate::text::{cut, regex};

/// A pattern that is tried at one place of a text.
///
/// Among other letters than ASCII's, a look without boundaries tells first how far a match can reach: the slow engine that
/// knows Unicode's boundaries then sees no more than that, and mostly nothing.
pub(crate) struct Pattern {
    exact: meta::Regex,
    widest: LazyLock<meta::Regex, Box<dyn FnOnce() -> meta::Regex + Send>>,
}

/// How many octets are looked through for accents before a pattern is tried.
const SHORT: usize = 1024;

/// Where the groups of a pattern begin and end: enough for those of any pattern here.
type Slots = [Option<NonMaxUsize>; 128];

impl Pattern {
    /// Compiles one of this crate's own patterns.
    #[expect(
        clippy::unwrap_used,
        reason = "the patterns are constants of this crate, and a test compiles each of them"
    )]
    pub(crate) fn new(pattern: &str) -> Self {
        let loose = pattern.replace(r"\b", "");
        let all = meta::Config::new().match_kind(MatchKind::All);
        let build = move || meta::Regex::builder().configure(all).build(&loose).unwrap();
        Self {
            exact: meta::Regex::new(pattern).unwrap(),
            widest: LazyLock::new(Box::new(build)),
        }
    }

    /// Where a match can lie.
    fn narrow<'t>(&self, input: Input<'t>) -> Option<Input<'t>> {
        let letters = input.haystack().get(input.get_range())?;
        // Not over a whole text: it would be looked through again at each place where the pattern is tried.
        if letters.len() <= SHORT && letters.is_ascii() {
            return Some(input);
        }
        let found = self.widest.search(&input)?;
        Some(input.range(found.range()))
    }

    /// The end of the match that begins at `at` and has at most `length` octets. What stands around it counts for boundaries.
    pub(crate) fn end(&self, text: &str, at: usize, length: usize) -> Option<usize> {
        let found = self
            .exact
            .search_half(&self.narrow(input(text, at, length))?)?;
        Some(found.offset())
    }

    /// The same with its groups.
    pub(crate) fn groups<'t>(
        &'t self,
        text: &'t str,
        at: usize,
        length: usize,
    ) -> Option<Groups<'t>> {
        self.found(text, input(text, at, length))
    }

    /// Whether a short text ends in a pattern that ends in `$`.
    pub(crate) fn ends(&self, text: &str) -> bool {
        let input = self.narrow(Input::new(text));
        input.is_some_and(|input| self.exact.is_match(input))
    }

    /// Start and end of a pattern that ends in `$`, in a short text.
    pub(crate) fn last(&self, text: &str) -> Option<(usize, usize)> {
        let found = self.exact.search(&self.narrow(Input::new(text))?)?;
        Some((found.start(), found.end()))
    }

    /// The same with its groups.
    pub(crate) fn ending<'t>(&'t self, text: &'t str) -> Option<Groups<'t>> {
        self.found(text, Input::new(text))
    }

    fn found<'t>(&'t self, text: &'t str, input: Input<'t>) -> Option<Groups<'t>> {
        let mut slots: Slots = [None; 128];
        let pattern = self.exact.search_slots(&self.narrow(input)?, &mut slots)?;
        let pairs = slots.chunks_exact(2).map(|pair| match pair {
            [Some(start), Some(end)] => Some((start.get(), end.get())),
            _ => None,
        });
        let names = self
            .exact
            .group_info()
            .pattern_names(pattern)
            .zip(pairs.clone());
        let named = names.filter_map(|(name, place)| Some((name?, place?)));
        Some(Groups {
            text,
            whole: pairs.flatten().next()?,
            named: named.collect(),
        })
    }
}

fn input(text: &str, at: usize, length: usize) -> Input<'_> {
    let end = text.len().min(at.saturating_add(length));
    Input::new(text).range(at..end).anchored(Anchored::Yes)
}

/// The groups of a match.
pub(crate) struct Groups<'t> {
    text: &'t str,
    whole: (usize, usize),
    /// Those that took part: few of many, so a list is the quickest table.
    named: Vec<(&'t str, (usize, usize))>,
}

impl<'t> Groups<'t> {
    /// Groups that were found without a pattern, in order, each with its place behind `start`.
    pub(crate) fn known(
        text: &'t str,
        start: usize,
        groups: &[(&'static str, usize, usize)],
    ) -> Self {
        let placed = groups
            .iter()
            .map(|(name, from, to)| (*name, (start + from, start + to)));
        let end = groups.last().map_or(start, |(_, _, to)| start + to);
        Self {
            text,
            whole: (start, end),
            named: placed.collect(),
        }
    }

    /// The text that was looked at.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// Start and end of the whole match.
    pub(crate) fn whole(&self) -> (usize, usize) {
        self.whole
    }

    /// Start and end of a group that took part.
    pub(crate) fn place(&self, name: &str) -> Option<(usize, usize)> {
        let found = self.named.iter().find(|(one, _)| *one == name);
        found.map(|(_, place)| *place)
    }

    /// The letters of a group that took part.
    pub(crate) fn name(&self, name: &str) -> Option<&'t str> {
        self.place(name)
            .map(|(start, end)| cut(self.text, start, end))
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
