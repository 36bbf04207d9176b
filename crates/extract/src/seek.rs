//! Where URLs, mail addresses, names and hashes stand: each is tried where its rarest mark is, and reported in octets.

use std::sync::LazyLock;

use crate::pattern::Pattern;
use crate::text::{before, cut};

/// A scheme and what follows it. Tried at the word before `://`.
static URL: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)\b(?:https?|ftps?|sftp|tcp|udp|wss?|ldaps?)://[^\s<>"'`{}|\\^\u{201c}\u{201d}«»]+"#,
    )
});
/// Tried at the last octet before an `@`.
static MAIL_HOST: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"[A-Za-z0-9._%+\-=&'*/!#$]@(?:[A-Za-z0-9\u{a1}-\u{10ffff}-]+\.)+[A-Za-z\u{a1}-\u{10ffff}][A-Za-z0-9\u{a1}-\u{10ffff}-]+",
    )
});
/// Tried at the start of a run of labels.
static NAME: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?:[A-Za-z0-9_\u{c0}-\u{24f}\u{370}-\u{1fff}\u{3041}-\u{d7ff}-]+\.)+(?:xn--[A-Za-z0-9-]+|[A-Za-z\u{c0}-\u{24f}\u{370}-\u{1fff}\u{3041}-\u{d7ff}]{2,24})\b",
    )
});
static HASH: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"\b[0-9A-Fa-f]{32,128}\b"));

/// Every URL: a known scheme right before `://`.
pub(crate) fn urls(text: &str, mut found: impl FnMut(usize, usize)) {
    let mut floor = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), "://") {
        if at < floor {
            continue;
        }
        let word = before(text, at, 12);
        let scheme: usize = word
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .map(char::len_utf8)
            .sum();
        if scheme > 0
            && let Some(end) = URL.end(text, at - scheme, usize::MAX)
        {
            found(at - scheme, end);
            floor = end;
        }
    }
}

/// Every mail address: all that can be its local part before an `@`, and a host behind it.
pub(crate) fn mails(text: &str, mut found: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let mut floor = 0;
    for at in memchr::memchr_iter(b'@', bytes) {
        if at < floor {
            continue;
        }
        let lead = bytes.get(floor..at).unwrap_or_default().iter().rev();
        let local = lead
            .take_while(|b| b.is_ascii_alphanumeric() || b"._%+-=&'*!#$".contains(b))
            .count();
        if local > 0
            && let Some(end) = MAIL_HOST.end(text, at - 1, usize::MAX)
        {
            found(at - local, end);
            floor = end;
        }
    }
}

/// Every run of labels with a last one of letters. Whether a run holds a name is decided at its start, once.
pub(crate) fn names(text: &str, mut found: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let mut floor = 0;
    for dot in memchr::memchr_iter(b'.', bytes) {
        let letter = bytes
            .get(dot + 1)
            .is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80);
        if dot < floor || !letter {
            continue;
        }
        let lead = run(cut(text, floor, dot).chars().rev());
        let tail = run(cut(text, dot + 1, text.len()).chars());
        floor = dot + 1 + tail;
        if lead > 0
            && let Some(end) = NAME.end(text, dot - lead, lead + 1 + tail)
        {
            found(dot - lead, end);
        }
    }
}

/// The octets of labels and single dots that a run beside a dot begins with.
fn run(chars: impl Iterator<Item = char>) -> usize {
    let (mut length, mut dotted) = (0, true);
    for c in chars {
        let dot = c == '.';
        let label = c.is_ascii_alphanumeric()
            || matches!(c, '_' | '-' | '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{1fff}' | '\u{3041}'..='\u{d7ff}');
        if !label && (!dot || dotted) {
            break;
        }
        length += c.len_utf8();
        dotted = dot;
    }
    length - usize::from(dotted && length > 0)
}

/// Every run of at least 32 hexadecimal digits that stands alone.
pub(crate) fn hashes(text: &str, mut found: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(least) = bytes.get(at..at + 32) {
        if let Some(other) = least.iter().rposition(|b| !b.is_ascii_hexdigit()) {
            at += other + 1;
            continue;
        }
        let length = bytes
            .iter()
            .skip(at)
            .take_while(|b| b.is_ascii_hexdigit())
            .count();
        if let Some(end) = HASH.end(text, at, length) {
            found(at, end);
        }
        at += length;
    }
}
