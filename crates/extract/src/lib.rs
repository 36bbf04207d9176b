//! Turns text into typed, located observations: when, from where, to where, what, and how it may be shared.
//!
//! No mail, keys, sockets, files or clocks: text in, values out, in linear time, for every input.

mod address;
mod beside;
mod clause;
mod constituency;
mod correct;
mod cue;
mod defang;
mod domain;
mod draft;
pub mod export;
mod facts;
mod field;
mod formats;
mod frame;
mod gather;
#[doc(hidden)]
pub mod grammars;
mod guess;
mod host;
mod hosts;
mod indicator;
mod ipv6;
mod kind;
mod label;
mod layout;
#[doc(hidden)]
pub mod learned;
#[doc(hidden)]
pub mod lesson;
mod line;
mod lookalike;
mod loose;
mod model;
mod netmask;
mod organisation;
mod own;
mod pattern;
mod phrases;
mod prose;
mod reader;
mod role;
mod sayings;
mod scan;
mod seek;
mod service;
mod small;
mod spoken;
mod state;
mod taxonomy;
mod teller;
mod text;
mod tlp;
mod version;
mod wallet;
mod weigh;
mod when;
mod wording;
mod words;
mod wrap;

use serde::{Deserialize, Serialize};

pub use constituency::{Belonging, Constituency, Relation, Rule};
pub use correct::{Correction, corrected, one_value, party_kind};
pub use domain::ascii_name;
pub use host::url_host;
pub use model::{
    Endpoint, Event, Extraction, Format, Incident, Indicator, IndicatorKind, Kind, Role, Time,
    ZoneBasis,
};
pub use organisation::same_organisation;
pub use spoken::{Says, Spoken, one_time, one_type};
pub use taxonomy::{RSIT, RsitType, rsit};
pub use tlp::Tlp;

/// Octets of each part that are read; what comes after is left to the analyst.
pub const PART_LIMIT: usize = 1 << 20;

/// Reads all parts of one report. The same input gives the same answer; any input gives one.
#[must_use]
pub fn extract(parts: &[TextPart<'_>], context: &Context) -> Extraction {
    let pages: Vec<layout::Page<'_>> = parts.iter().map(layout::Page::new).collect();
    let stated = stated_zone(&pages);
    let clockwork = when::moment::Clockwork::new(context, stated);
    let mut gathering = gather::Gathering::default();
    let read = |page| reader::read(page, &clockwork, &mut gathering);
    let prose: Vec<Vec<bool>> = pages.iter().map(read).collect();
    wording::complete(&pages, &prose, &mut gathering);
    gathering.finish(&context.networks)
}

/// The zone that the report states for all its times; none when its parts disagree.
fn stated_zone(pages: &[layout::Page<'_>]) -> Option<when::zone::Zone> {
    let mut stated = pages
        .iter()
        .filter(|page| !page.part.forwarded && page.part.kind != TextKind::MessageHeader)
        .filter_map(|page| match page.zones.as_slice() {
            [(_, zone)] => Some(zone),
            _ => None,
        });
    let first = stated.next()?;
    stated.all(|other| other == first).then(|| first.clone())
}

/// A text to read, with what its container said about it.
#[derive(Clone, Copy, Debug)]
pub struct TextPart<'a> {
    /// Section number of the part, or `subject`. Comes back in every [`Span`].
    pub id: &'a str,
    /// What kind of text it is.
    pub kind: TextKind,
    /// The decoded text. May be empty.
    pub text: &'a str,
    /// An attachment rather than body text.
    pub attachment: bool,
    /// Part of a forwarded original message.
    pub forwarded: bool,
}

impl<'a> TextPart<'a> {
    /// The plain text of a mail that has no other part; its id is `1`.
    #[must_use]
    pub fn body(text: &'a str) -> Self {
        TextPart {
            id: "1",
            kind: TextKind::Plain,
            text,
            attachment: false,
            forwarded: false,
        }
    }
}

/// What kind of text a part holds, from its content type and file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// The Subject line.
    Subject,
    /// `text/plain`, and HTML that was turned into text.
    Plain,
    /// `text/csv`, or a spreadsheet given as CSV.
    Csv,
    /// JSON: XARF, IntelMQ …
    Json,
    /// XML: IODEF …
    Xml,
    /// YAML: X-ARF 0.1 and 0.2.
    Yaml,
    /// `message/feedback-report` (RFC 5965).
    FeedbackReport,
    /// The header of a returned or attached message.
    MessageHeader,
}

/// What is known from outside the text.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The mail's `Date`, RFC 3339 with its offset: reference for missing years and, marked as assumed, for missing zones.
    pub date: Option<String>,
    /// IANA name of the team's zone: the last resort for a missing zone, marked as assumed.
    pub default_zone: Option<String>,
    /// Networks of the constituency.
    pub networks: Vec<ipnet::IpNet>,
    /// Domains of the constituency, lower case.
    pub domains: Vec<String>,
    /// The mail's language, ISO 639-1, when known.
    pub language: Option<String>,
}

/// Where a value was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The part's id: one text that all values of the part share.
    #[serde(serialize_with = "shared::write", deserialize_with = "shared::read")]
    pub part: std::sync::Arc<str>,
    /// First octet, counted in the part's decoded text (UTF-8).
    pub start: usize,
    /// One past the last octet.
    pub end: usize,
}

/// A shared text as any other text.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn write<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Arc::from)
    }
}
