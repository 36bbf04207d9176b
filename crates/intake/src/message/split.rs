//! Lines and boundary delimiters (RFC 2046 section 5.1.1), as exact ranges.

use std::borrow::Cow;
use std::ops::Range;

/// One line: `start..end` is its text, `next` the start of the line after it.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) next: usize,
}

/// The ranges of a multipart's children, in order: from after a delimiter line to before the line break of the next.
///
/// A delimiter inside the epilogue opens a part again, so that nothing that some reader shows stays hidden (T41). A last
/// part without a closing delimiter ends with the container. At most `limit` and one more are returned.
pub(super) fn children(
    raw: &[u8],
    body: Range<usize>,
    boundary: &[u8],
    limit: usize,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = body.start;
    while let Some(line) = line_at(raw, at, body.end) {
        at = line.next;
        let Some(delimiter) =
            delimiter(raw.get(line.start..line.end).unwrap_or_default(), boundary)
        else {
            continue;
        };
        if let Some(start) = open {
            found.push(start..break_before(raw, line.start).max(start));
        }
        open = match delimiter {
            Delimiter::Next => Some(line.next),
            Delimiter::Close => None,
        };
        if found.len() > limit {
            return found;
        }
    }
    found.extend(open.map(|start| start..body.end));
    found
}

/// The boundary that a multipart without the parameter seems to use: its first line that begins with two hyphens.
pub(super) fn guess_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    while let Some(line) = line_at(body, at, body.len()) {
        at = line.next;
        let text = body
            .get(line.start..line.end)
            .unwrap_or_default()
            .trim_ascii_end();
        if let Some(boundary) = text.strip_prefix(b"--") {
            // RFC 2046: 1 to 70 characters. `--` alone introduces a text signature.
            return (1..=70)
                .contains(&boundary.len())
                .then(|| boundary.to_vec());
        }
    }
    None
}

/// The same octets, with CR as LF when there is no LF at all: files of old Macintoshes. Offsets stay what they are.
pub(super) fn with_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    let octets = raw
        .iter()
        .map(|&octet| if octet == b'\r' { b'\n' } else { octet });
    Cow::Owned(octets.collect())
}

/// The line that starts at `at`; `None` at the end.
pub(super) fn line_at(raw: &[u8], at: usize, limit: usize) -> Option<Line> {
    let rest = raw.get(at..limit).filter(|rest| !rest.is_empty())?;
    let (length, next) = match memchr::memchr(b'\n', rest) {
        Some(position) => (position, at.saturating_add(position).saturating_add(1)),
        None => (rest.len(), limit),
    };
    let text = rest.get(..length).unwrap_or_default();
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    Some(Line {
        start: at,
        end: at.saturating_add(text.len()),
        next,
    })
}

enum Delimiter {
    Next,
    Close,
}

/// A whole-line match: `--b` is no delimiter of the boundary `b` when the line goes on (`--bc`).
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<Delimiter> {
    match line
        .strip_prefix(b"--")?
        .strip_prefix(boundary)?
        .trim_ascii()
    {
        b"" => Some(Delimiter::Next),
        b"--" => Some(Delimiter::Close),
        _ => None,
    }
}

/// Where the line break before `at` begins: it belongs to the delimiter.
fn break_before(raw: &[u8], at: usize) -> usize {
    let before = raw.get(..at).unwrap_or_default();
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    before.strip_suffix(b"\r").unwrap_or(before).len()
}
