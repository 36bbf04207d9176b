//! Encoded words (RFC 2047).

use mail_parser::parsers::MessageStream;

/// Decodes the encoded words of a value, also inside quoted strings and parameters, where they are forbidden and common.
pub(super) fn decode_words(raw: &str) -> String {
    if !raw.contains("=?") {
        return raw.to_owned();
    }
    let line = format!("{}\n", join(&raw.replace(['\r', '\n'], " ")));
    let decoded = MessageStream::new(line.as_bytes()).parse_unstructured();
    decoded.as_text().unwrap_or(raw).to_owned()
}

/// Joins neighbours of one character set and encoding: RFC 2047 section 5 forbids to split a character between two words,
/// and mailers do it.
fn join(raw: &str) -> String {
    let mut joined = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut last: Option<Word<'_>> = None;
    while let Some((before, found)) = rest
        .find("=?")
        .and_then(|start| rest.split_at_checked(start))
    {
        let Some((word, after)) = Word::read(found) else {
            let (mark, after) = found.split_at_checked(2).unwrap_or((found, ""));
            joined.push_str(before);
            joined.push_str(mark);
            (rest, last) = (after, None);
            continue;
        };
        let apart = before.is_empty() || !before.trim().is_empty();
        if !apart && last.as_ref().is_some_and(|last| last.continues_in(&word)) {
            joined.truncate(joined.len().saturating_sub("?=".len()));
            joined.push_str(word.payload);
            joined.push_str("?=");
        } else {
            joined.push_str(before);
            joined.push_str(word.whole);
        }
        (rest, last) = (after, Some(word));
    }
    joined + rest
}

/// `=?charset?encoding?payload?=`
struct Word<'a> {
    whole: &'a str,
    charset: &'a str,
    encoding: &'a str,
    payload: &'a str,
}

impl<'a> Word<'a> {
    /// Reads the word at the start of `text`; returns what follows it. A word holds no blanks.
    fn read(text: &'a str) -> Option<(Word<'a>, &'a str)> {
        let (charset, rest) = until_question_mark(text.strip_prefix("=?")?)?;
        let (encoding, rest) = until_question_mark(rest)?;
        let (payload, rest) = until_question_mark(rest)?;
        let after = rest.strip_prefix('=')?;
        let whole = text.get(..text.len().saturating_sub(after.len()))?;
        Some((
            Word {
                whole,
                charset,
                encoding,
                payload,
            },
            after,
        ))
    }

    fn continues_in(&self, next: &Word<'_>) -> bool {
        let same = self.charset.eq_ignore_ascii_case(next.charset)
            && self.encoding.eq_ignore_ascii_case(next.encoding);
        let base64 = self.encoding.eq_ignore_ascii_case("b");
        let whole_groups = self.payload.len().is_multiple_of(4) && !self.payload.ends_with('=');
        same && (!base64 || whole_groups)
    }
}

fn until_question_mark(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| character == '?' || character.is_whitespace())?;
    let (before, rest) = text.split_at_checked(end)?;
    Some((before, rest.strip_prefix('?')?))
}
