//! What was understood of one message: plain data, the result of [`crate::pipeline::read`].

mod attached;
mod beside;
mod clear;
mod entity;
mod errant;
mod files;
mod found;
mod inline;
mod listing;
mod octets;
mod peel;
mod protected;
mod says;
mod shape;

use serde::{Deserialize, Serialize};

pub use self::attached::{Attached, Place};
pub use self::octets::{PartFacts, detected, is_program};
pub use crate::message::Mailbox;
use crate::message::{self, Defect, HeaderField, Message};
use crate::openpgp::{Correspondent, Keys, OpenPgp};

/// Reads a message as it came over the wire. Returns for every input.
///
/// `correspondents` are the certificates that may have signed it; those that came along are found here. OpenPGP is judged
/// at the time `now`.
pub fn read(
    raw: &[u8],
    keys: &Keys,
    correspondents: &[Correspondent<'_>],
    now: jiff::Timestamp,
) -> Reading {
    let outer = message::parse(raw);
    let mut reading = outer_facts(&outer);
    let peeled = peel::peel(raw, outer, &reading.from, (keys, correspondents, now), None);
    reading.language = message::language(&listing::body_text(&peeled.parts));
    reading.parts = peeled.parts;
    reading.openpgp = peeled.openpgp;
    reading.certificates = peeled.certificates;
    reading.missing_signers = peeled.missing_signers;
    reading.defects = peeled.defects;
    reading.octets = peeled.octets.facts;
    if peeled.protected_subject.is_some() {
        reading.subject = peeled.protected_subject;
    }
    reading.says = says::digest(&reading, &peeled.enclosed);
    reading
}

/// The octets of the part with this id ([`ReadPart::id`]), after transfer encoding and encryption were undone; of a piece of a text that
/// is signed in clear, its text as UTF-8. `None` when there is no such part, or when `keys` don't open what it is in.
pub fn part(raw: &[u8], keys: &Keys, now: jiff::Timestamp, id: &str) -> Option<Vec<u8>> {
    let outer = message::parse(raw);
    let from = outer_facts(&outer).from;
    peel::peel(raw, outer, &from, (keys, &[], now), Some(id))
        .octets
        .taken
}

/// Ids of returned originals: a notice about our own mail is known by them (L4).
fn returned_ids(outer: &Message) -> Vec<String> {
    let enclosed = outer
        .parts
        .iter()
        .filter(|part| part.enclosing_messages > 0);
    let ids = enclosed.filter_map(|part| {
        message::header(&part.headers, "Message-ID").map(|field| field.raw.as_str())
    });
    let fields = outer
        .parts
        .iter()
        .filter_map(|part| part.text())
        .flat_map(id_values);
    ids.chain(fields)
        .flat_map(message::message_ids)
        .take(20)
        .collect()
}

/// Values of Message-ID lines in a text, also quoted or indented ones, and those that stand on the next line.
fn id_values(text: &str) -> impl Iterator<Item = &str> {
    const NAMES: [&str; 3] = ["Message-ID", "Original-Message-ID", "X-Original-Message-ID"];
    let mut named = false;
    text.lines().filter_map(move |line| {
        let line = line.trim_start_matches(['>', '|', ' ', '\t']);
        let folded = std::mem::take(&mut named);
        match line.split_once(':') {
            Some((name, value)) if NAMES.iter().any(|n| n.eq_ignore_ascii_case(name.trim())) => {
                named = value.trim().is_empty();
                Some(value)
            }
            Some(_) | None => folded.then_some(line),
        }
    })
}

/// What the header outside all protection says.
fn outer_facts(outer: &Message) -> Reading {
    let headers = &outer.root().headers;
    let raw_value = |name| message::header(headers, name).map(|field| field.raw.as_str());
    let ids = |name| {
        raw_value(name)
            .map(message::message_ids)
            .unwrap_or_default()
    };
    let subject = message::header(headers, "Subject").map(|field| field.value.clone());
    Reading {
        headers: headers.clone(),
        outer_type: content_type(outer.root()),
        outer_parts: outer.parts.iter().map(content_type).collect(),
        subject: subject.clone(),
        outer_subject: subject,
        // Two From fields are two claims (T21), so all of them are listed.
        from: message::headers_named(headers, "From")
            .flat_map(|field| message::mailboxes(&field.raw))
            .collect(),
        returned_ids: returned_ids(outer),
        message_id: ids("Message-ID").into_iter().next(),
        in_reply_to: ids("In-Reply-To"),
        references: ids("References"),
        date: raw_value("Date").and_then(message::date),
        ..Reading::default()
    }
}

fn content_type(part: &message::Part) -> ContentType {
    let report_type = part.params.get("report-type");
    ContentType {
        essence: part.content_type.clone(),
        report_type: report_type
            .map(|kind| kind.to_ascii_lowercase())
            .unwrap_or_default(),
    }
}

/// What was understood of one message. Confidential: `Debug` shows counts only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The outer header fields, in order: what the transport saw. Triage looks at nothing else but [`Reading::parts`]' types.
    pub headers: Vec<HeaderField>,
    /// The outer root's content type and parameters, e.g. `multipart/report; report-type=delivery-status`.
    pub outer_type: ContentType,
    /// Content types of the outer structure, before any layer was opened, in document order.
    pub outer_parts: Vec<ContentType>,
    /// The Subject that counts: the protected one when there is one. `None` when there is no Subject at all.
    pub subject: Option<String>,
    /// The Subject outside all protection; `None` when missing.
    pub outer_subject: Option<String>,
    /// All From addresses, lower-case domain; normally one, never trusted by itself.
    pub from: Vec<Mailbox>,
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To` ids without angle brackets, in order.
    pub in_reply_to: Vec<String>,
    /// `References` ids without angle brackets, in order.
    pub references: Vec<String>,
    /// Message-IDs of messages, or headers of messages, that stand inside this one, without angle brackets, at most 20.
    pub returned_ids: Vec<String>,
    /// `Date` as RFC 3339 with its offset; `None` when missing or unreadable.
    pub date: Option<String>,
    /// Language of the text, ISO 639-1, when one of those we answer in or extract from is recognised with confidence.
    pub language: Option<String>,
    /// What can be read, in document order, protection peeled off.
    pub parts: Vec<ReadPart>,
    /// What the octets of [`Reading::parts`] are. Carried and stored apart from the rest, which names no fields and was stored before
    /// these were known.
    #[serde(skip)]
    pub octets: Vec<PartFacts>,
    /// Everything about OpenPGP.
    pub openpgp: OpenPgp,
    /// OpenPGP certificates that came along (Autocrypt, attached keys), at most eight, never trusted by themselves.
    pub certificates: Vec<Attached>,
    /// Issuers (fingerprints or key ids, upper-case hex) of signatures that could not be checked for want of a certificate.
    pub missing_signers: Vec<String>,
    /// What was odd.
    pub defects: Vec<Defect>,
    /// SHA-256 of what it says, by which a message is known that says the same again; `None` for too little, and for what was
    /// not all read.
    #[serde(default)]
    pub says: Option<[u8; 32]>,
}

/// A content type with the one parameter that triage needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentType {
    /// Lower case, e.g. `multipart/report`.
    pub essence: String,
    /// The `report-type` parameter, lower case; empty when there is none.
    pub report_type: String,
}

/// A part that can be read or listed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPart {
    /// Section number; parts found inside an encrypted layer carry the number that they have in the opened entity. The
    /// pieces of a text with cleartext signatures are `1`, `1+1`, `1+2` …; what stood beside an encrypted layer is
    /// `outer1.2`. No two parts have the same.
    pub id: String,
    /// Lower case.
    pub content_type: String,
    /// The name that the sender gave; data, never a path.
    pub filename: Option<String>,
    /// Whether it is an attachment rather than body text.
    pub attachment: bool,
    /// Decoded text (HTML is turned to text), within the limit; `None` for anything that is not text.
    pub text: Option<String>,
    /// Octets after the transfer encoding was undone.
    pub size: u64,
    /// How many `message/rfc822` parts enclose it: text of a forwarded original has 1 or more.
    pub enclosing_messages: u16,
    /// Whether a signature that checks covers it.
    pub signed: bool,
    /// Whether it came out of an encrypted layer.
    pub encrypted: bool,
    /// SHA-256 of what is no text; `None` for text. Not part of `inspect --json`.
    #[serde(default)]
    pub digest: Option<[u8; 32]>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Reading({} headers, {} parts)",
            self.headers.len(),
            self.parts.len()
        )
    }
}
