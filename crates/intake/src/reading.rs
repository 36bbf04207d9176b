//! What was understood of one message: plain data, the result of [`crate::pipeline::read`].

use serde::{Deserialize, Serialize};

use crate::message::{Defect, HeaderField};
use crate::openpgp::OpenPgp;

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
    /// `Date` as RFC 3339 with its offset; `None` when missing or unreadable.
    pub date: Option<String>,
    /// Language of the text, ISO 639-1, when one of those we answer in or extract from is recognised with confidence.
    pub language: Option<String>,
    /// What can be read, in document order, protection peeled off.
    pub parts: Vec<ReadPart>,
    /// Everything about OpenPGP.
    pub openpgp: OpenPgp,
    /// OpenPGP certificates that came along (Autocrypt, attached keys), binary, at most eight, never trusted by themselves.
    pub certificates: Vec<Vec<u8>>,
    /// Issuers (fingerprints or key ids, upper-case hex) of signatures that could not be checked for want of a certificate.
    pub missing_signers: Vec<String>,
    /// What was odd.
    pub defects: Vec<Defect>,
}

/// A content type with the one parameter that triage needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentType {
    /// Lower case, e.g. `multipart/report`.
    pub essence: String,
    /// The `report-type` parameter, lower case; empty when there is none.
    pub report_type: String,
}

/// An address with its display name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Display name, decoded; may be empty.
    pub name: String,
    /// `local-part@domain`, the domain in lower case.
    pub address: String,
}

/// A part that can be read or listed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPart {
    /// Section number; parts found inside an encrypted layer carry the number that they have in the opened entity.
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
