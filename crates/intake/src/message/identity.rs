//! The octets that make a message what it is, for the detection of duplicates (T7, T57).

use super::fields::{locate, unfold};
use super::split::{line_at, with_line_feeds};

/// The fields that the author writes (RFC 5322 section 3.6, RFC 2045, RFC 3834, Autocrypt), in lower case.
///
/// A list of what counts, because what relays, filters and lists add on the way has no end (`Received`, `X-Spam-…`,
/// `ARC-…`, `List-…`, `X-MS-Exchange-…`), while everything that an analyst is shown, or an answer goes to, is here.
/// `Sender` and `Errors-To` are the list's when there is one.
const AUTHORED: [&str; 13] = [
    "auto-submitted",
    "autocrypt",
    "bcc",
    "cc",
    "date",
    "from",
    "in-reply-to",
    "message-id",
    "mime-version",
    "references",
    "reply-to",
    "subject",
    "to",
];

/// Feeds the octets that identify a message: the author's fields, sorted by name, blanks collapsed; then the body with its
/// line ends as CRLF and without empty lines at its end (both as DKIM's canonical forms do, RFC 6376 section 3.4).
///
/// A retry through another relay, or a list's unchanged copy, has the same identity; another body, `From`, `Date`,
/// `Message-ID` or `Subject` has another. `List-…` and `Precedence` don't count although triage reads them: a message must
/// only be counted on an earlier one that became a ticket entry, never on a suppressed one, or a forged list copy sent
/// first would hide the report.
pub fn content_identity(raw: &[u8], feed: &mut dyn FnMut(&[u8])) {
    let raw: &[u8] = &with_line_feeds(raw);
    let located = locate(raw, 0..raw.len());
    let mut fields: Vec<(String, Vec<u8>)> = located
        .fields
        .iter()
        .filter_map(|range| authored(raw.get(range.clone())?))
        .collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in &fields {
        feed(name.as_bytes());
        feed(b":");
        feed(value);
        feed(b"\r\n");
    }
    feed(b"\r\n");
    feed_body(raw, located.body_start, feed);
}

fn authored(octets: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = octets.iter().position(|&octet| octet == b':')?;
    let name = std::str::from_utf8(octets.get(..colon)?.trim_ascii_end())
        .ok()?
        .to_ascii_lowercase();
    let counts = AUTHORED.contains(&name.as_str()) || name.starts_with("content-");
    let value = octets.get(colon..)?.strip_prefix(b":")?;
    counts.then(|| (name, collapse(&unfold(value))))
}

fn collapse(value: &[u8]) -> Vec<u8> {
    let words = value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(b" ".as_slice())
}

fn feed_body(raw: &[u8], start: usize, feed: &mut dyn FnMut(&[u8])) {
    let mut at = start;
    let mut empty_lines: usize = 0;
    while let Some(line) = line_at(raw, at, raw.len()) {
        at = line.next;
        let text = raw.get(line.start..line.end).unwrap_or_default();
        if text.is_empty() {
            empty_lines = empty_lines.saturating_add(1);
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            feed(b"\r\n");
        }
        feed(text);
        feed(b"\r\n");
    }
}
