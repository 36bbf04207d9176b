//! Which parts of a message extraction reads, and as what.

use extract::{TextKind, TextPart};

use crate::message::{self, Segment};
use crate::reading::{ReadPart, Reading};

/// Octets of text that are extracted from in one message, over all its parts.
const MOST_TEXT: usize = 4 << 20;

/// The Subject and every part with text (4 MiB in all). HTML that is the other form of a plain text was left out when the message
/// was read; any other HTML says something of its own.
pub fn parts(reading: &Reading) -> Vec<TextPart<'_>> {
    let mut texts = Vec::new();
    if let Some(subject) = &reading.subject {
        let kind = TextKind::Subject;
        texts.push(TextPart {
            id: "subject",
            kind,
            text: subject,
            attachment: false,
            forwarded: false,
        });
    }
    let x_arf = reading.headers.iter().any(|field| {
        field.name.eq_ignore_ascii_case("X-ARF") || field.name.eq_ignore_ascii_case("X-XARF")
    });
    let mut left = MOST_TEXT;
    for part in &reading.parts {
        let Some(text) = part.text.as_deref().filter(|text| text.len() <= left) else {
            continue;
        };
        left -= text.len();
        let forwarded = part.enclosing_messages > 0;
        if let Some(kind) = kind(part, x_arf) {
            texts.push(TextPart {
                id: &part.id,
                kind,
                text,
                attachment: part.attachment,
                forwarded,
            });
        }
    }
    texts
}

/// What the sender wrote, quoted and passed on, in each part with text of his own making; octets of the part's text (T8).
pub fn segments(reading: &Reading) -> Vec<(&str, Vec<Segment>)> {
    let subject = reading.subject.as_deref().unwrap_or_default();
    let body = reading.parts.iter().filter(|part| {
        !part.attachment && part.enclosing_messages == 0 && part.content_type.starts_with("text/")
    });
    body.filter_map(|part| {
        let text = part
            .text
            .as_deref()
            .filter(|text| text.len() <= MOST_TEXT)?;
        Some((part.id.as_str(), message::segments(text, subject)))
    })
    .collect()
}

/// The first text of the body: a tag counts in its first lines too. Empty when there is none.
pub fn opening(reading: &Reading) -> &str {
    let body = |part: &&ReadPart| {
        !part.attachment && part.enclosing_messages == 0 && part.content_type.starts_with("text/")
    };
    reading
        .parts
        .iter()
        .filter(body)
        .find_map(|part| part.text.as_deref())
        .unwrap_or("")
}

/// The texts that the sender himself sent, in the body and as attachments.
pub fn reports(reading: &Reading) -> impl Iterator<Item = &str> {
    let own = reading
        .parts
        .iter()
        .filter(|part| part.enclosing_messages == 0);
    own.filter_map(|part| part.text.as_deref())
}

/// The first text of the body, when a signature that checks covers it; empty otherwise.
pub fn signed_opening(reading: &Reading) -> &str {
    let body = |part: &&ReadPart| !part.attachment && part.enclosing_messages == 0;
    let first = reading
        .parts
        .iter()
        .filter(body)
        .find(|part| part.text.is_some());
    first
        .filter(|part| part.signed)
        .and_then(|part| part.text.as_deref())
        .unwrap_or("")
}

fn kind(part: &ReadPart, x_arf: bool) -> Option<TextKind> {
    let name = part.filename.as_deref().unwrap_or("").to_ascii_lowercase();
    let ends = |ending: &str| name.ends_with(ending);
    Some(match part.content_type.as_str() {
        "text/plain" | "text/x-yaml" | "application/yaml" | "application/x-yaml"
            if x_arf && ends("report.txt") =>
        {
            TextKind::Yaml
        }
        "text/csv" | "text/comma-separated-values" | "application/csv" => TextKind::Csv,
        "application/json" | "text/json" => TextKind::Json,
        "application/xml" | "text/xml" | "application/iodef+xml" => TextKind::Xml,
        "message/feedback-report" => TextKind::FeedbackReport,
        "text/rfc822-headers" => TextKind::MessageHeader,
        "message/delivery-status" | "message/disposition-notification" => return None,
        essence if essence.ends_with("+json") => TextKind::Json,
        essence if essence.ends_with("+xml") => TextKind::Xml,
        _ if ends(".csv") || ends(".tsv") => TextKind::Csv,
        _ if ends(".json") => TextKind::Json,
        _ if ends(".xml") => TextKind::Xml,
        _ if ends(".yaml") || ends(".yml") => TextKind::Yaml,
        _ => TextKind::Plain,
    })
}
