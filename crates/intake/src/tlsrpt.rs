//! SMTP TLS reports (RFC 8460): one model that is written for others, and read from what others send.
//!
//! What others send is hostile: sizes are bounded before and after decompression, lists are cut, counts saturate, names
//! that RFC 8460 section 4.3 doesn't know become `other`, and fields that nobody asked for are skipped without being kept.

mod lenient;
mod letter;

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::{self, Content, Message, Part};

pub use letter::{ComposeError, Letter, compose};

/// Octets of an attachment that is looked at.
pub const MAX_PACKED: usize = 25 << 20;
/// Octets of JSON after decompression.
pub const MAX_JSON: usize = 16 << 20;
/// Real reports repeat themselves, bombs more so: refused above this ratio, once there is a MiB of output.
pub const MAX_RATIO: usize = 200;
/// Policies that are kept of one report.
pub const MAX_POLICIES: usize = 1_000;
/// Failure details that are kept of one policy.
pub const MAX_DETAILS: usize = 1_000;

/// The result types of RFC 8460 section 4.3.
pub const FAILURES: [&str; 11] = [
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    "tlsa-invalid",
    "dnssec-invalid",
    "dane-required",
    "sts-policy-fetch-error",
    "sts-policy-invalid",
    "sts-webpki-invalid",
];

/// The policy types of RFC 8460 section 4.2.
pub const POLICIES: [&str; 3] = ["tlsa", "sts", "no-policy-found"];

/// The known word that this is, else `other`: no stranger's text becomes a name of a counter.
pub fn failure_word(text: &str) -> &'static str {
    known(&FAILURES, text)
}

/// The known word that this is, else `other`.
pub fn policy_word(text: &str) -> &'static str {
    known(&POLICIES, text)
}

fn known(words: &[&'static str], text: &str) -> &'static str {
    words
        .iter()
        .find(|word| word.eq_ignore_ascii_case(text.trim()))
        .copied()
        .unwrap_or("other")
}

/// A report: RFC 8460 section 4. Serialised, it is the JSON of section 4.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Who reports; may be empty.
    #[serde(default)]
    pub organization_name: String,
    /// The time it is about.
    pub date_range: DateRange,
    /// A mail address or URL; may be empty.
    #[serde(default)]
    pub contact_info: String,
    /// Its name, unique at the reporter.
    #[serde(default)]
    pub report_id: String,
    /// One a policy that was applied; at most [`MAX_POLICIES`].
    #[serde(default, deserialize_with = "lenient::list::<_, _, MAX_POLICIES>")]
    pub policies: Vec<PolicyReport>,
}

/// The time that a report is about, normally one day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DateRange {
    /// Its first second.
    pub start_datetime: Timestamp,
    /// Its last second.
    pub end_datetime: Timestamp,
}

/// What happened under one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyReport {
    /// The policy.
    pub policy: Policy,
    /// Sessions that went well and badly.
    pub summary: Summary,
    /// The failures by kind; at most [`MAX_DETAILS`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::list::<_, _, MAX_DETAILS>"
    )]
    pub failure_details: Vec<Failure>,
}

/// A policy: section 4.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Policy {
    /// One of [`POLICIES`]; anything, when read.
    #[serde(default)]
    pub policy_type: String,
    /// The domain that mail was sent to.
    #[serde(default)]
    pub policy_domain: String,
}

/// Sessions under one policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// With the TLS that the policy asks for.
    #[serde(default, deserialize_with = "lenient::count")]
    pub total_successful_session_count: u64,
    /// Without.
    #[serde(default, deserialize_with = "lenient::count")]
    pub total_failure_session_count: u64,
}

/// Sessions that failed in one way: section 4.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// One of [`FAILURES`]; anything, when read.
    #[serde(default)]
    pub result_type: String,
    /// How many.
    #[serde(default, deserialize_with = "lenient::count")]
    pub failed_session_count: u64,
}

/// Why there is no report in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Fault {
    /// No part says that it is one.
    #[error("no-report")]
    NoReport,
    /// Over a limit, packed or unpacked.
    #[error("too-large")]
    TooLarge,
    /// Not gzip although it says so, or cut.
    #[error("bad-compression")]
    BadCompression,
    /// Not the JSON of RFC 8460 section 4.
    #[error("bad-json")]
    BadJson,
}

/// Finds the report in a raw message: the first part of a type of RFC 8460 section 6.4 that is not in a forwarded message.
///
/// # Errors
/// [`Fault`]; never says anything of the content.
pub fn read(raw: &[u8]) -> Result<Report, Fault> {
    let message = message::parse(raw);
    let found = report_part(&message).ok_or(Fault::NoReport)?;
    match &found.content {
        Content::Text(text) => parse(text.as_bytes()),
        Content::Bytes(octets) => parse(octets),
        Content::Container => Err(Fault::NoReport),
    }
}

/// Whether a part of this type carries a report.
pub fn is_report_type(content_type: &str) -> bool {
    matches!(
        content_type,
        "application/tlsrpt+gzip" | "application/tlsrpt+json"
    )
}

fn report_part(message: &Message) -> Option<&Part> {
    let own = |part: &&Part| part.enclosing_messages == 0;
    message
        .parts
        .iter()
        .filter(own)
        .find(|part| is_report_type(&part.content_type))
}

/// Reads a report, packed with gzip (RFC 1952) or not: what it starts with decides, since senders mislabel.
///
/// # Errors
/// As [`read`].
pub fn parse(octets: &[u8]) -> Result<Report, Fault> {
    if octets.len() > MAX_PACKED {
        return Err(Fault::TooLarge);
    }
    if octets.starts_with(&[0x1f, 0x8b]) {
        return json(&unpack(octets)?);
    }
    json(octets)
}

fn json(octets: &[u8]) -> Result<Report, Fault> {
    if octets.len() > MAX_JSON {
        return Err(Fault::TooLarge);
    }
    let text = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    serde_json::from_slice(text).map_err(|_| Fault::BadJson)
}

/// Unpacks in pieces, so that a bomb costs no more than the limit.
fn unpack(octets: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut decoder = GzDecoder::new(octets);
    let (mut out, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let read = decoder
            .read(&mut piece)
            .map_err(|_| Fault::BadCompression)?;
        if read == 0 {
            return Ok(out);
        }
        out.extend_from_slice(piece.get(..read).unwrap_or_default());
        let ratio = out.len() / octets.len().max(1);
        if out.len() > MAX_JSON || (out.len() > 1 << 20 && ratio > MAX_RATIO) {
            return Err(Fault::TooLarge);
        }
    }
}

impl Report {
    /// The JSON of RFC 8460 section 4.4.
    pub fn to_json(&self) -> String {
        // Strings and numbers only: this can't fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same packed with gzip, without a time: the same report gives the same octets.
    pub fn to_gzip(&self) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to a Vec can't fail.
        let _ = encoder.write_all(self.to_json().as_bytes());
        encoder.finish().unwrap_or_default()
    }

    /// The name of the file: RFC 8460 section 5.1. `submitter` is our own domain.
    pub fn file_name(&self, submitter: &str, domain: &str) -> String {
        let start = self.date_range.start_datetime.as_second();
        let end = self.date_range.end_datetime.as_second();
        format!("{submitter}!{domain}!{start}!{end}!001.json.gz")
    }
}

/// Where a domain wants its reports: `_smtp._tls.` TXT (RFC 8460 section 3), first of each scheme it names.
///
/// `None` unless exactly one of the records begins `v=TLSRPTv1`, as the section says.
pub fn destinations(records: &[String]) -> Option<Vec<Destination>> {
    let is_ours = |record: &&String| {
        let version = record.split(';').next().unwrap_or_default();
        version.trim() == "v=TLSRPTv1"
    };
    let mut ours = records.iter().filter(is_ours);
    let (record, more) = (ours.next()?, ours.next());
    if more.is_some() {
        return None;
    }
    let rua = record.split(';').skip(1).find_map(|field| {
        let (name, value) = field.split_once('=')?;
        (name.trim() == "rua").then_some(value)
    })?;
    let found: Vec<Destination> = rua.split(',').filter_map(destination).take(4).collect();
    (!found.is_empty()).then_some(found)
}

/// Where a report goes.
#[derive(Clone, PartialEq, Eq)]
pub enum Destination {
    /// A mail address.
    Mail(String),
    /// An `https` URL.
    Post(String),
}

impl std::fmt::Debug for Destination {
    /// Addresses are confidential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Destination::Mail(_) => "Mail(…)",
            Destination::Post(_) => "Post(…)",
        })
    }
}

fn destination(uri: &str) -> Option<Destination> {
    let uri = uri.trim();
    let plain = uri.len() <= 500 && uri.chars().all(|c| c.is_ascii_graphic());
    let (scheme, rest) = uri.split_once(':').filter(|_| plain)?;
    match scheme.to_ascii_lowercase().as_str() {
        // `mailto:a@b?subject=x` is a URI, too; percent signs stand for octets that no report address needs.
        "mailto" => {
            let address = rest.split('?').next().unwrap_or_default();
            let fits = address.contains('@') && !address.contains('%');
            fits.then(|| Destination::Mail(address.to_owned()))
        }
        "https" => rest
            .starts_with("//")
            .then(|| Destination::Post(uri.to_owned())),
        _ => None,
    }
}
