//! One look at a log line for the marks of programs' rules and for the words that show a type.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::formats::program::RULES;
use crate::line::SHOWN;

/// What a line has.
pub(crate) struct Marks {
    /// Indexes of [`RULES`] whose marks stand in the line, in the order of their ends.
    pub(crate) rules: Vec<usize>,
    /// The type that its words show, and how surely.
    pub(crate) kind: Option<(&'static str, f64)>,
}

/// The marks of [`RULES`], then the words of each list of [`SHOWN`].
#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static FINDER: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let words = || SHOWN.iter().flat_map(|(list, _)| list.iter().copied());
    let finder = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(RULES.iter().map(|rule| rule.0).chain(words()))
        .unwrap();
    let lists = SHOWN.iter().enumerate();
    let lists = lists.flat_map(|(index, (list, _))| list.iter().map(move |_| index));
    (finder, lists.collect())
});

impl Marks {
    pub(crate) fn of(text: &str) -> Self {
        let (finder, lists) = &*FINDER;
        let mut rules: Vec<usize> = Vec::new();
        let mut best: Option<usize> = None;
        for found in finder.find_overlapping_iter(text) {
            let index = found.pattern().as_usize();
            match RULES.get(index) {
                // The words count in any case, the marks as they are.
                Some((mark, _)) => {
                    if text.get(found.range()) == Some(*mark) && !rules.contains(&index) {
                        rules.push(index);
                    }
                }
                None => {
                    let list = lists.get(index - RULES.len()).copied();
                    best = best.into_iter().chain(list).min();
                }
            }
        }
        let kind = best.and_then(|list| SHOWN.get(list)).map(|shown| shown.1);
        Self { rules, kind }
    }
}
