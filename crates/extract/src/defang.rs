//! Undoes "defanged" writing, and remembers where every octet stood.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::text::{before, cut, window};
use crate::wrap::Joint;

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
    /// A backslash: behind a scheme that has backslashes too.
    Path,
    /// A blank behind `://`: before a name with a dot.
    Gap,
    /// A blank before a dot: in the host of a URL that has no other.
    Split,
    /// A bracket: with a dot or an `at` and another bracket behind it, however many blanks are between.
    Open,
    /// An `at` with blanks, before a name with a dot.
    At,
    /// The same before a name whose dot is defanged.
    AtDefanged,
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
    ("\\", "/", Rule::Path),
    ("[::]", "::", Rule::Inside),
    (":// ", "://", Rule::Gap),
    (" .", ".", Rule::Split),
    ("hxxp", "http", Rule::Scheme),
    ("hxtp", "http", Rule::Scheme),
    ("htxp", "http", Rule::Scheme),
    ("h**p", "http", Rule::Scheme),
    ("h--p", "http", Rule::Scheme),
    ("h__p", "http", Rule::Scheme),
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
    (" @ ", "@", Rule::At),
    ("@ ", "@", Rule::AtDefanged),
    (" @", "@", Rule::AtDefanged),
    (" at ", "@", Rule::AtDefanged),
    ("[", "", Rule::Open),
    ("(", "", Rule::Open),
    ("{", "", Rule::Open),
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
        .kind(Some(AhoCorasickKind::DFA))
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
            if found.start() < done {
                continue;
            }
            let (start, end, meant) = if applies(original, found.start(), found.end(), rule) {
                (found.start(), found.end(), meant)
            } else {
                match bracketed(original, done, found.start()) {
                    Some(wide) => wide,
                    None => continue,
                }
            };
            clean.copy(original, done, start);
            clean.pieces.push(Piece {
                clean: clean.text.len(),
                original: start,
                length: end - start,
                verbatim: false,
            });
            clean.text.push_str(meant);
            done = end;
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

    /// The text with other letters in the place of some, in the order of the text.
    pub(crate) fn joined(self, joints: &[Joint]) -> Self {
        if joints.is_empty() {
            return self;
        }
        let mut clean = Self {
            text: String::with_capacity(self.text.len()),
            pieces: Vec::with_capacity(self.pieces.len() + 2 * joints.len()),
        };
        let mut done = 0;
        for joint in joints {
            clean.take(&self, done, joint.start);
            let (start, end) = self.original(joint.start, joint.end);
            clean.pieces.push(Piece {
                clean: clean.text.len(),
                original: start,
                length: end - start,
                verbatim: false,
            });
            clean.text.push_str(joint.meant);
            done = joint.end;
        }
        clean.take(&self, done, self.text.len());
        clean
    }

    /// Takes over the octets `start..end` of another clean text with their places.
    fn take(&mut self, other: &Self, start: usize, end: usize) {
        let from = other.pieces.partition_point(|piece| piece.clean <= start);
        let pieces = other.pieces.iter().skip(from.saturating_sub(1));
        for piece in pieces.take_while(|piece| piece.clean < end) {
            let skipped = start.saturating_sub(piece.clean);
            let verbatim = piece.verbatim;
            if verbatim && skipped >= piece.length {
                continue;
            }
            let inner = if verbatim { skipped } else { 0 };
            self.pieces.push(Piece {
                clean: self.text.len() + piece.clean.max(start) - start,
                original: piece.original + inner,
                length: piece.length - inner,
                verbatim,
            });
        }
        self.text.push_str(cut(&other.text, start, end));
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
        Rule::Open => false,
        Rule::Gap => {
            let host = window(text, end, 80).split([' ', '\n', '/']).next();
            let (name, rest) = host
                .and_then(|host| host.split_once('.'))
                .unwrap_or_default();
            let named = name.ends_with(|c: char| c.is_alphanumeric() || c == '[');
            previous.is_some_and(|c| c.is_ascii_alphabetic())
                && named
                && rest
                    .trim_start_matches(']')
                    .starts_with(char::is_alphanumeric)
        }
        Rule::Split => {
            let lead = before(text, start, 80);
            let word = lead.rsplit([' ', '\n']).next().unwrap_or_default();
            let host = word.split(['/', '\\']).next_back().unwrap_or_default();
            let scheme = cut(word, 0, word.len() - host.len());
            both(char::is_alphabetic)
                && !host.contains('.')
                && (scheme.ends_with("://") || scheme.ends_with(":\\\\"))
                && known_label(window(text, end, 8))
        }
        Rule::At | Rule::AtDefanged => {
            let defanged = both(char::is_alphanumeric)
                .then(|| named(window(text, end, 80)))
                .flatten();
            defanged.is_some_and(|defanged| defanged || rule == Rule::At)
        }
        Rule::Spelled => {
            both(|c| c.is_ascii_digit())
                || previous.is_some_and(char::is_alphanumeric) && spelled(window(text, end, 80))
        }
        Rule::Path => {
            let word = before(text, start, 80).rsplit([' ', '\n', '<', '"']).next();
            word.is_some_and(|word| word.contains("p:\\\\") || word.contains("s:\\\\"))
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

/// `example [ . ] com`, `user [[ at ]] example`: brackets on both sides of a dot or an `at`, with blanks between and around.
fn bracketed(text: &str, floor: usize, at: usize) -> Option<(usize, usize, &'static str)> {
    let rest = window(text, at, 32);
    let outer = |c: char| matches!(c, '[' | '(' | '{' | ']' | ')' | '}' | ' ');
    let inner = rest.trim_start_matches(outer);
    if !cut(rest, 0, rest.len() - inner.len()).contains(['[', '(', '{']) {
        return None;
    }
    let words = [
        (".", "."),
        ("dot", "."),
        ("point", "."),
        ("punkt", "."),
        ("punto", "."),
        ("@", "@"),
        ("at", "@"),
        ("arobase", "@"),
    ];
    let (word, meant) = words
        .into_iter()
        .find(|(word, _)| window(inner, 0, word.len()).eq_ignore_ascii_case(word))?;
    let behind = cut(inner, word.len(), inner.len());
    let next = behind.trim_start_matches(outer);
    let closed = cut(behind, 0, behind.len() - next.len()).contains([']', ')', '}']);
    let lead = before(text, at, 5);
    let lead = cut(lead, 0, lead.trim_end_matches(' ').len());
    let start = at - (before(text, at, 5).len() - lead.len());
    let own = lead.ends_with(char::is_alphanumeric) && next.starts_with(char::is_alphanumeric);
    (closed && own && start >= floor).then_some((start, at + (rest.len() - next.len()), meant))
}

/// Whether a name with a dot stands here, and whether its dot is defanged.
fn named(rest: &str) -> Option<bool> {
    let label = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|end| *end > 0)?;
    if !cut(rest, 0, label).contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let dot = cut(rest, label, rest.len());
    if dot.starts_with('.') {
        return cut(dot, 1, 2)
            .starts_with(|c: char| c.is_ascii_alphanumeric())
            .then_some(false);
    }
    let tight = dot.trim_start_matches(' ').to_ascii_lowercase();
    let marks = [
        "[.", "(.", "{.", "[dot", "(dot", "{dot", "[ .", "( .", "[ dot",
    ];
    let spelled = dot.len() > tight.len() && tight.starts_with("dot ");
    (spelled || marks.iter().any(|mark| tight.starts_with(mark))).then_some(true)
}

/// Whether labels with spelled dots between them end in a well-known one: `example dot com`.
fn spelled(rest: &str) -> bool {
    let label = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let (label, behind) = rest
        .split_at_checked(label.unwrap_or(rest.len()))
        .unwrap_or_default();
    let mark = window(behind, 0, 5);
    known_label(rest)
        || !label.is_empty()
            && mark.eq_ignore_ascii_case(" dot ")
            && spelled(cut(behind, mark.len(), behind.len()))
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
