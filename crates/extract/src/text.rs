//! Small tools for reading text by octet offsets without a panic.

use std::sync::LazyLock;

use regex::Regex;

/// Compiles one of this crate's own patterns.
#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and a test compiles each of them"
)]
pub(crate) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// The octets `start..end`, or nothing where that is no text.
pub(crate) fn cut(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// At most `length` octets from `start` on.
pub(crate) fn window(text: &str, start: usize, length: usize) -> &str {
    cut(
        text,
        start,
        text.floor_char_boundary(start.saturating_add(length)),
    )
}

/// At most `length` octets that end at `end`.
pub(crate) fn before(text: &str, end: usize, length: usize) -> &str {
    cut(
        text,
        text.floor_char_boundary(end.saturating_sub(length)),
        end,
    )
}

/// The ASCII letters that a text ends with; empty where it ends with none.
pub(crate) fn last_word(text: &str) -> &str {
    let letters = text.bytes().rev().take_while(u8::is_ascii_alphabetic);
    cut(text, text.len() - letters.count(), text.len())
}

/// Small letters, without the accents of the languages that we read.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'â' | 'ä' | 'á' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' | 'í' => 'i',
            'ô' | 'ö' | 'ó' => 'o',
            'û' | 'ü' | 'ù' | 'ú' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            other => other,
        })
        .collect()
}

/// A letter of any script: Unicode's category L.
pub(crate) fn letter(c: char) -> bool {
    static LETTER: LazyLock<Regex> = LazyLock::new(|| regex(r"^\p{L}"));
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphabetic(),
        '×' | '÷' => false,
        '\u{c0}'..='\u{24f}' => true,
        _ => LETTER.is_match(c.encode_utf8(&mut [0; 4])),
    }
}

/// A character of a word, as `\w` has it.
pub(crate) fn wordy(c: char) -> bool {
    static WORDY: LazyLock<Regex> = LazyLock::new(|| regex(r"^\w"));
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric() || c == '_',
        _ => WORDY.is_match(c.encode_utf8(&mut [0; 4])),
    }
}
