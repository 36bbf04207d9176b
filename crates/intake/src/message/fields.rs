//! The header block: where it ends, its fields unfolded and decoded (RFC 5322 section 2.2, RFC 2047).

use std::ops::Range;

use super::split::line_at;
use super::words::decode_words;
use super::{Defect, HeaderField, MAX_FIELDS, MAX_HEADER_OCTETS, decode};

/// The first field of that name, in any case.
pub fn header<'a>(fields: &'a [HeaderField], name: &str) -> Option<&'a HeaderField> {
    fields
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(name))
}

/// All fields of that name, in order.
pub fn headers_named<'a>(
    fields: &'a [HeaderField],
    name: &str,
) -> impl Iterator<Item = &'a HeaderField> {
    fields
        .iter()
        .filter(move |field| field.name.eq_ignore_ascii_case(name))
}

/// A header block as read.
pub(super) struct HeaderBlock {
    pub(super) fields: Vec<HeaderField>,
    /// Where the body begins.
    pub(super) body_start: usize,
    pub(super) defects: Vec<Defect>,
}

/// Reads the header block at the start of an entity.
pub(super) fn read(raw: &[u8], entity: Range<usize>) -> HeaderBlock {
    let located = locate(raw, entity);
    let fields = located
        .fields
        .iter()
        .filter_map(|range| field(raw.get(range.clone())?))
        .collect();
    HeaderBlock {
        fields,
        body_start: located.body_start,
        defects: located.defects,
    }
}

/// Whether a field that may stand only once stands several times (RFC 5322 section 3.6).
pub(super) fn repeats_single_fields(fields: &[HeaderField]) -> bool {
    [
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Subject",
    ]
    .iter()
    .any(|name| headers_named(fields, name).nth(1).is_some())
}

/// Where the fields of a header block are.
pub(super) struct Located {
    pub(super) fields: Vec<Range<usize>>,
    pub(super) body_start: usize,
    pub(super) defects: Vec<Defect>,
}

/// Finds the fields and the start of the body, without reading values.
///
/// A line that is no field ends the header, unless a field follows it: then it is damage inside the header, and is left out.
pub(super) fn locate(raw: &[u8], entity: Range<usize>) -> Located {
    let mut located = Located {
        fields: Vec::new(),
        body_start: entity.end,
        defects: Vec::new(),
    };
    let mut in_field = false;
    let mut at = entity.start;
    while let Some(line) = line_at(raw, at, entity.end) {
        let text = raw.get(line.start..line.end).unwrap_or_default();
        if text.is_empty() {
            located.body_start = line.next;
            return located;
        }
        let full = located.fields.len() >= MAX_FIELDS
            || line.next.saturating_sub(entity.start) > MAX_HEADER_OCTETS;
        if full {
            located.note(Defect::TooManyHeaders);
        } else if text.starts_with(b" ") || text.starts_with(b"\t") {
            if in_field && let Some(last) = located.fields.last_mut() {
                last.end = line.end;
            }
        } else if is_field(text) {
            in_field = true;
            located.fields.push(line.start..line.end);
        } else if !is_mbox_line(text, line.start == entity.start) {
            located.note(Defect::NoHeader);
            if !line_at(raw, line.next, entity.end)
                .is_some_and(|next| is_field(raw.get(next.start..next.end).unwrap_or_default()))
            {
                located.body_start = line.start;
                return located;
            }
            in_field = false;
        }
        at = line.next;
    }
    located.note(Defect::NoHeader);
    located
}

impl Located {
    fn note(&mut self, defect: Defect) {
        if !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
    }
}

/// The separator of an mbox, which some tools leave in front of a message, plain or quoted.
fn is_mbox_line(line: &[u8], first: bool) -> bool {
    first && (line.starts_with(b"From ") || line.starts_with(b">From "))
}

/// `name:`, the name in printable ASCII without blanks; blanks before the colon are the obsolete form (RFC 5322 section 4.5),
/// other white space is none that any mail server takes for it.
fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|&octet| octet == b':') else {
        return false;
    };
    let name = line.get(..colon).unwrap_or_default();
    let blanks = name
        .iter()
        .rev()
        .take_while(|octet| matches!(octet, b' ' | b'\t'));
    let length = name.len().saturating_sub(blanks.count());
    let name = name.get(..length).unwrap_or_default();
    !name.is_empty() && name.iter().all(|&octet| octet.is_ascii_graphic())
}

fn field(octets: &[u8]) -> Option<HeaderField> {
    let colon = octets.iter().position(|&octet| octet == b':')?;
    let name = String::from_utf8_lossy(octets.get(..colon)?.trim_ascii_end()).into_owned();
    let unfolded = unfold(octets.get(colon..)?.strip_prefix(b":")?);
    // ASCII only, and in front blanks only: what a mail server's patterns take for white space (T51).
    let raw = decode::unlabelled(&unfolded);
    let raw = raw.trim_start_matches([' ', '\t']);
    let raw = raw
        .trim_end_matches(|c: char| c.is_ascii_whitespace())
        .to_owned();
    let value = printable(&decode_words(&raw));
    Some(HeaderField { name, value, raw })
}

/// Removes the line breaks and leaves the blanks that follow them (RFC 5322 section 2.2.3).
pub(super) fn unfold(octets: &[u8]) -> Vec<u8> {
    let mut unfolded = Vec::with_capacity(octets.len());
    for line in octets.split(|&octet| octet == b'\n') {
        unfolded.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }
    unfolded
}

/// Control characters become blanks: a decoded word may hold a line break (T55).
pub(super) fn printable(text: &str) -> String {
    let blanked: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    blanked.trim().to_owned()
}
