//! Undoes "defanged" writing, and remembers where every octet stood.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::{before, cut, window};

/// What a pattern stands for, and what has to stand around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Always.
    Always,
    /// Only between two letters or digits.
    Inside,
    /// Only between two digits.
    Digits,
    /// A word for a dot between spaces: between digits, or before a well-known last label.
    Spelled,
    /// Only before `://` or `s://` in any writing.
    Scheme,
}

const RULES: &[(&str, &str, Rule)] = &[
    ("[.]", ".", Rule::Inside),
    ("[.", ".", Rule::Inside),
    (".]", ".", Rule::Inside),
    ("(.)", ".", Rule::Inside),
    ("{.}", ".", Rule::Inside),
    ("<.>", ".", Rule::Inside),
    (" [.] ", ".", Rule::Inside),
    ("[dot]", ".", Rule::Inside),
    ("(dot)", ".", Rule::Inside),
    ("{dot}", ".", Rule::Inside),
    (" [dot] ", ".", Rule::Inside),
    (" (dot) ", ".", Rule::Inside),
    ("[point]", ".", Rule::Inside),
    ("(point)", ".", Rule::Inside),
    (" [point] ", ".", Rule::Inside),
    (" (point) ", ".", Rule::Inside),
    ("[punkt]", ".", Rule::Inside),
    ("(punkt)", ".", Rule::Inside),
    ("[punto]", ".", Rule::Inside),
    ("(punto)", ".", Rule::Inside),
    ("\\.", ".", Rule::Inside),
    (" dot ", ".", Rule::Spelled),
    (" . ", ".", Rule::Digits),
    ("．", ".", Rule::Inside),
    ("。", ".", Rule::Inside),
    ("｡", ".", Rule::Inside),
    ("․", ".", Rule::Inside),
    ("[:]", ":", Rule::Always),
    ("[://]", "://", Rule::Always),
    ("[:]//", "://", Rule::Always),
    (":\\\\", "://", Rule::Scheme),
    ("hxxp", "http", Rule::Scheme),
    ("hxtp", "http", Rule::Scheme),
    ("htxp", "http", Rule::Scheme),
    ("h**p", "http", Rule::Scheme),
    ("h--p", "http", Rule::Scheme),
    ("meow", "http", Rule::Scheme),
    ("fxp", "ftp", Rule::Scheme),
    ("[at]", "@", Rule::Inside),
    ("(at)", "@", Rule::Inside),
    ("{at}", "@", Rule::Inside),
    (" [at] ", "@", Rule::Inside),
    (" (at) ", "@", Rule::Inside),
    ("[@]", "@", Rule::Inside),
    ("(@)", "@", Rule::Inside),
    ("[arobase]", "@", Rule::Inside),
    ("(arobase)", "@", Rule::Inside),
    ("＠", "@", Rule::Inside),
    ("[/]", "/", Rule::Always),
    ("\u{200b}", "", Rule::Always),
    ("\u{200c}", "", Rule::Always),
    ("\u{200d}", "", Rule::Always),
    ("\u{2060}", "", Rule::Always),
    ("\u{feff}", "", Rule::Always),
    ("\u{ad}", "", Rule::Always),
    ("\u{a0}", " ", Rule::Always),
    ("\u{202f}", " ", Rule::Always),
    ("\u{2011}", "-", Rule::Always),
    ("\u{2010}", "-", Rule::Always),
];

#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(RULES.iter().map(|rule| rule.0))
        .unwrap()
});

/// A text as it was meant, with the way back to the letters as they came.
pub(crate) struct Clean {
    /// The refanged text.
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

/// A run of text, either taken over or replaced.
struct Piece {
    clean: usize,
    original: usize,
    length: usize,
    verbatim: bool,
}

impl Clean {
    /// Reads `original`; linear in its length.
    pub(crate) fn new(original: &str) -> Self {
        let mut clean = Self {
            text: String::with_capacity(original.len()),
            pieces: Vec::new(),
        };
        let mut done = 0;
        for found in FINDER.find_iter(original) {
            let Some(&(_, meant, rule)) = RULES.get(found.pattern().as_usize()) else {
                continue;
            };
            if found.start() < done || !applies(original, found.start(), found.end(), rule) {
                continue;
            }
            clean.copy(original, done, found.start());
            clean.pieces.push(Piece {
                clean: clean.text.len(),
                original: found.start(),
                length: found.len(),
                verbatim: false,
            });
            clean.text.push_str(meant);
            done = found.end();
        }
        clean.copy(original, done, original.len());
        clean
    }

    fn copy(&mut self, original: &str, start: usize, end: usize) {
        if start < end {
            self.pieces.push(Piece {
                clean: self.text.len(),
                original: start,
                length: end - start,
                verbatim: true,
            });
            self.text.push_str(cut(original, start, end));
        }
    }

    /// The original's octets for the octets `start..end` of the clean text.
    pub(crate) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self
            .piece(start)
            .map_or(start, |piece| match piece.verbatim {
                true => piece.original + start.saturating_sub(piece.clean),
                false => piece.original,
            });
        let last = self
            .piece(end.saturating_sub(1))
            .map_or(end, |piece| match piece.verbatim {
                true => piece.original + end.saturating_sub(piece.clean),
                false => piece.original + piece.length,
            });
        (first, last.max(first))
    }

    /// The last piece that begins at or before `at`, past those that left nothing.
    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.clean <= at);
        self.pieces.get(after.checked_sub(1)?)
    }
}

fn applies(text: &str, start: usize, end: usize, rule: Rule) -> bool {
    let previous = before(text, start, 4).chars().next_back();
    let next = window(text, end, 4).chars().next();
    let both = |test: fn(char) -> bool| previous.is_some_and(test) && next.is_some_and(test);
    match rule {
        Rule::Always => true,
        Rule::Inside => both(char::is_alphanumeric),
        Rule::Digits => both(|c| c.is_ascii_digit()),
        Rule::Spelled => {
            both(|c| c.is_ascii_digit())
                || previous.is_some_and(char::is_alphanumeric) && known_label(window(text, end, 8))
        }
        Rule::Scheme => {
            let rest = window(text, end, 12);
            let rest = rest.strip_prefix(['s', 'S']).unwrap_or(rest);
            ["://", "[:]", "[://]", ":\\\\", "(:)", ":/"]
                .iter()
                .any(|mark| rest.starts_with(mark))
                || cut(text, start, end) == ":\\\\"
                    && before(text, start, 5).ends_with(['p', 'P', 's', 'S'])
        }
    }
}

/// A last label that a spelled dot may stand before.
fn known_label(rest: &str) -> bool {
    let label = rest
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    [
        "com", "net", "org", "info", "biz", "fr", "de", "es", "eu", "ru", "cn", "uk", "io",
    ]
    .iter()
    .any(|known| label.eq_ignore_ascii_case(known))
}
