//! What comes out: the incident, the indicators, the marking. Field names and values are those of `inspect --json`.

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::tlp::Tlp;

/// All that was read from one report.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Extraction {
    /// The most restrictive marking found, if any.
    pub tlp: Option<Tlp>,
    /// When, from where, to where, what.
    pub incident: Incident,
    /// Every address, name and hash found, in order of place; one entry a value and part.
    pub indicators: Vec<Indicator>,
}

/// When, from where, to where, what. The lists may be empty; nothing is invented to fill them.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Incident {
    /// Times of the incident.
    pub times: Vec<Time>,
    /// The parties that the report blames.
    pub sources: Vec<Endpoint>,
    /// The targets.
    pub destinations: Vec<Endpoint>,
    /// Kinds of incident, the best supported first.
    pub types: Vec<Kind>,
    /// What belongs together.
    pub events: Vec<Event>,
    /// What the report was written as.
    pub format: Format,
}

/// A time of the incident.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Time {
    /// RFC 3339: with its offset, to the second; or the date alone (`2024-03-05`, a full-date) where no more than the day is told.
    pub value: String,
    /// The letters it was read from.
    pub raw: String,
    /// How the offset is known.
    pub zone: ZoneBasis,
    /// The other reading of a date such as `04/05/2026`, RFC 3339, where nothing tells the day from the month.
    // Never left out: what is stored names no fields (`gateway::sealing`), and `inspect --json` has them all.
    #[serde(default)]
    pub ambiguous: Option<String>,
    /// Where it was read.
    pub span: Span,
}

/// How the offset of a [`Time`] is known.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ZoneBasis {
    /// The text says so: an offset, a zone's name, or a statement elsewhere in it.
    Stated,
    /// Taken from the mail's `Date` or from the configuration, or an ambiguous abbreviation.
    #[default]
    Assumed,
}

/// A party with what is known of it.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    /// An address, a CIDR, or `first-last`.
    pub ip: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// Transport protocol, lower case.
    pub protocol: Option<String>,
    /// 0 to 1: how sure the role is.
    pub confidence: f64,
    /// Where it was read.
    pub span: Span,
}

/// A kind of incident, in the identifiers of the Reference Security Incident Taxonomy.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Kind {
    /// The taxonomy's class, such as `intrusion-attempts`.
    pub classification: String,
    /// The taxonomy's type, such as `brute-force`.
    #[serde(rename = "type")]
    pub kind: String,
    /// 0 to 1.
    pub confidence: f64,
    /// The evidence.
    pub span: Span,
}

/// What belongs together: indexes into the lists of [`Incident`].
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// The time's value.
    pub time: Option<String>,
    /// Index into `sources`.
    pub source: Option<usize>,
    /// Index into `destinations`.
    pub destination: Option<usize>,
    /// Index into `types`.
    #[serde(rename = "type")]
    pub kind: Option<usize>,
}

/// What a report was written as.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Prose.
    #[default]
    FreeText,
    /// Labelled lines.
    Form,
    /// Log lines.
    Log,
    /// A table.
    Csv,
    /// RFC 5965.
    Arf,
    /// X-ARF 0.1, 0.2, XARF 3 and 4.
    Xarf,
    /// RFC 5070, 7970 and 8727.
    Iodef,
    /// A MISP event.
    Misp,
    /// A STIX bundle.
    Stix,
    /// More than one of these.
    Mixed,
}

/// A value worth looking for elsewhere.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Indicator {
    /// What it is.
    pub kind: IndicatorKind,
    /// Normalised: refanged, lower case where case means nothing, RFC 5952 for IPv6.
    pub value: String,
    /// The letters it was read from.
    pub raw: String,
    /// Its part in the incident.
    pub role: Role,
    /// Where it was read.
    pub span: Span,
}

/// What an [`Indicator`] is.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// Network with its prefix length.
    Cidr,
    /// `first-last`.
    IpRange,
    /// Domain name under a public suffix.
    Domain,
    /// URL.
    Url,
    /// Mail address.
    Email,
    /// 32 hexadecimal digits.
    Md5,
    /// 40 hexadecimal digits.
    Sha1,
    /// 64 hexadecimal digits.
    Sha256,
    /// 128 hexadecimal digits.
    Sha512,
    /// `CVE-year-number`.
    Cve,
    /// `ASnumber`.
    Asn,
    /// Bitcoin address whose checksum holds.
    Bitcoin,
}

/// A party's part in the incident.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The party that the report blames.
    Source,
    /// The target.
    Destination,
    /// Not told, or neither.
    #[default]
    Unknown,
}
