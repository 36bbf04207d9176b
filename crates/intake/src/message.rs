//! Bytes to headers and parts (RFC 5322, RFC 2045–2047), within limits, without recursion.
//!
//! The structure is found here, because a signature covers exact octets (RFC 3156 section 5) and because mail-parser drops
//! nested messages recursively; header values, encoded words, parameters, transfer encodings and character sets are
//! mail-parser's. Nothing nested is ever built: parts lie in one vector and name their parent.

mod address;
mod decode;
mod fields;
mod html;
mod identity;
mod language;
mod media;
mod segment;
mod split;
mod structure;
mod words;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use address::{date, mailboxes, message_ids};
pub use fields::{header, headers_named};
pub use html::html_to_text;
pub use identity::content_identity;
pub use language::language;
pub use segment::{Segment, SegmentKind, own_text, segments};

/// MIME levels that are opened (threats.md section E).
pub const MAX_DEPTH: u16 = 20;
/// Parts that are listed.
pub const MAX_PARTS: usize = 500;
/// Header fields that are read of one part.
pub const MAX_FIELDS: usize = 1_000;
/// Octets of one part's header block that are read.
pub const MAX_HEADER_OCTETS: usize = 128 * 1024;
/// Octets of decoded text that are kept of one part.
pub const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Reads a message or MIME entity. Returns for every input, in time linear in its length.
///
/// Line endings may be CRLF, LF or a mixture, or CR when there is no LF at all. What is over a limit is left out or left
/// raw, and noted as a [`Defect`].
pub fn parse(raw: &[u8]) -> Message {
    structure::parse(&split::with_line_feeds(raw))
}

impl Message {
    /// The root part: the message's own header and, unless it is a container, its body.
    pub fn root(&self) -> &Part {
        static EMPTY: LazyLock<Part> = LazyLock::new(Part::empty);
        self.parts.first().unwrap_or(&EMPTY)
    }

    /// The indexes of the parts that stand directly in the part at `index`, in order.
    pub fn children(&self, index: usize) -> impl Iterator<Item = (usize, &Part)> {
        self.parts
            .iter()
            .enumerate()
            .filter(move |(_, part)| part.parent == Some(index))
    }
}

impl Part {
    /// The text, when there is any.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) | Content::Container => None,
        }
    }

    fn empty() -> Part {
        Part {
            id: "1".to_owned(),
            parent: None,
            content_type: "text/plain".to_owned(),
            params: BTreeMap::new(),
            attachment: false,
            filename: None,
            headers: Vec::new(),
            whole: 0..0,
            body: 0..0,
            content: Content::Text(String::new()),
            enclosing_messages: 0,
        }
    }
}

/// One header field, unfolded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderField {
    /// As written, e.g. `Auto-Submitted`. Compare with [`str::eq_ignore_ascii_case`].
    pub name: String,
    /// Unfolded, RFC 2047 encoded words decoded, trimmed; control characters replaced by spaces.
    pub value: String,
    /// Unfolded but not decoded, without blanks around it.
    pub raw: String,
}

/// One MIME part. Parts stand in document order; a container stands before what it contains.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Section number as IMAP counts (RFC 9051 section 6.4.5): `1`, `1.2`; the root of a multipart is `0`, and what is
    /// inside a `message/rfc822` part `2` is `2.1`, `2.2` …
    pub id: String,
    /// Index of the enclosing part in [`Message::parts`]; `None` for the root.
    pub parent: Option<usize>,
    /// Lower case, e.g. `text/plain`; the default of RFC 2045 section 5.2 when the field is missing or unreadable.
    pub content_type: String,
    /// Lower-case names, values decoded (RFC 2231), e.g. `boundary`, `protocol`, `report-type`, `charset`, `protected-headers`, `hp`.
    pub params: BTreeMap<String, String>,
    /// `Content-Disposition: attachment`, or a file name on a part that is not the first text.
    pub attachment: bool,
    /// The file name that the sender gave: data, never a path. `None` when there is none.
    pub filename: Option<String>,
    /// The part's own header fields; the message's for the root.
    pub headers: Vec<HeaderField>,
    /// The whole part, header included, as a range of the parsed bytes: what a signature covers.
    pub whole: Range<usize>,
    /// The body, as a range of the parsed bytes, without the line break that belongs to the next boundary.
    pub body: Range<usize>,
    /// The content after its transfer encoding was undone.
    pub content: Content,
    /// How many `message/rfc822` parts enclose this one.
    pub enclosing_messages: u16,
}

/// What a part holds once its transfer encoding was undone.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A `text/*`, `message/*` report or JSON/XML part, decoded to Unicode.
    Text(String),
    /// Anything else, decoded.
    Bytes(Vec<u8>),
    /// A `multipart/*` or `message/rfc822`: the parts that follow and name it as their parent.
    Container,
}

/// An address with its display name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Display name, decoded; may be empty.
    pub name: String,
    /// `local-part@domain`, the domain in lower case.
    pub address: String,
}

/// Something odd about a message: data, shown to the analyst, never a reason to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Defect {
    /// No header could be found, or no blank line ends it.
    NoHeader,
    /// More MIME levels than the limit; deeper ones are kept raw.
    TooDeep,
    /// More parts than the limit.
    TooManyParts,
    /// More header fields, or a larger header block, than the limit.
    TooManyHeaders,
    /// A multipart without a usable boundary.
    BadBoundary,
    /// A transfer encoding that could not be undone.
    BadEncoding,
    /// A character set that is not known or does not fit the bytes.
    BadCharset,
    /// A header that may stand only once stands several times (RFC 5322 section 3.6).
    RepeatedHeader,
    /// Content was cut at the limit on decoded text.
    Truncated,
}

/// A parsed message or MIME entity.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Never empty: the root comes first.
    pub parts: Vec<Part>,
    /// Sorted, each once.
    pub defects: Vec<Defect>,
}
