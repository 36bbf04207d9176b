//! What a message says, as one digest: a report that is sent once more as a new message is known by it (T7).
//!
//! Subject, words (quoted ones, too), HTML and attachments count; how lines are broken and names of files don't. A log behind `>`, below the
//! signature or in HTML alone makes another report of the same covering words; so does what is passed on, with the header of each message
//! that is enclosed.

use super::Reading;
use super::entity::Entity;
use crate::message::Defect;
use crate::openpgp::sha256;

/// Letters of a text that says something by itself; with an attachment, fewer do.
const LEAST: usize = 40;
/// Octets of text, over all parts, that are compared; a message with more is like no other.
const MOST: usize = 2 << 20;
/// What stands before the Subject of answers, and of what is passed on or sent once more; letters only.
const PREFIXES: [&str; 16] = [
    "re", "aw", "antw", "sv", "vs", "ref", "rif", "fw", "fwd", "wg", "tr", "rv", "enc", "vl",
    "resend", "resent",
];

/// SHA-256 of each message that is enclosed in an entity, not of those inside it, header included; in document order.
pub(super) fn enclosed(entity: &Entity<'_>) -> Vec<[u8; 32]> {
    let parts = entity.message.parts.iter().enumerate();
    parts
        .filter(|(_, part)| part.content_type == "message/rfc822" && part.enclosing_messages == 0)
        .map(|(index, _)| sha256(entity.body(index)))
        .collect()
}

/// The digest; `None` when there is next to nothing to compare, too much, or something that was not read to its end.
pub(super) fn digest(reading: &Reading, enclosed: &[[u8; 32]]) -> Option<[u8; 32]> {
    let cut = |defect: &Defect| match defect {
        Defect::TooDeep
        | Defect::TooManyParts
        | Defect::TooManyHeaders
        | Defect::BadEncoding
        | Defect::Truncated => true,
        Defect::NoHeader | Defect::BadBoundary | Defect::BadCharset | Defect::RepeatedHeader => {
            false
        }
    };
    let texts = reading.parts.iter().filter_map(|part| part.text.as_ref());
    let octets: usize = texts.map(String::len).sum();
    if octets > MOST || reading.defects.iter().any(cut) {
        return None;
    }
    let attached = attached(reading, enclosed)?;
    let body = body(reading);
    let letters = body.chars().filter(|c| c.is_alphabetic()).count();
    if letters < LEAST && attached.is_empty() {
        return None;
    }
    // No word has a line break, so that nothing of one section can be taken for another.
    let subject = subject(reading.subject.as_deref().unwrap_or_default());
    let mut whole = format!("{subject}\n{body}");
    for one in attached {
        whole.push('\n');
        whole.push_str(&one);
    }
    Some(sha256(whole.as_bytes()))
}

/// All that is written. Nothing is left out as quoted or as a signature: a log that stands there makes another report of the same
/// covering words, and who is told "we have this already" would wait in vain.
fn body(reading: &Reading) -> String {
    let mut body = String::new();
    for part in reading.parts.iter().filter(|part| is_body(part)) {
        match (&part.text, &part.digest) {
            (Some(text), _) => add_words(&mut body, text),
            (None, Some(digest)) => add_words(&mut body, &hex(digest)),
            (None, None) => {}
        }
    }
    body
}

fn is_body(part: &super::ReadPart) -> bool {
    !part.attachment && part.enclosing_messages == 0 && part.content_type.starts_with("text/")
}

/// Every other part, one line each, in document order. A key that comes along is none: it belongs to the protection. `None` when one
/// can't be compared.
fn attached(reading: &Reading, enclosed: &[[u8; 32]]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for part in reading.parts.iter().filter(|part| !is_body(part)) {
        if part.enclosing_messages > 0 {
            // It is in `enclosed`, unless it stood beside a ciphertext.
            if part.id.starts_with("outer") || enclosed.is_empty() {
                return None;
            }
        } else if part.content_type != "application/pgp-keys" {
            all.push(match (&part.digest, &part.text) {
                (Some(digest), _) => hex(digest),
                (None, Some(text)) => {
                    let mut words = String::from("text");
                    add_words(&mut words, text);
                    words
                }
                (None, None) => return None,
            });
        }
    }
    all.extend(enclosed.iter().map(hex));
    Some(all)
}

/// Lower case, without what clients put before it.
fn subject(subject: &str) -> String {
    let lower = subject.to_lowercase();
    let mut rest = lower.trim();
    while let Some((prefix, after)) = rest.split_once([':', '：']) {
        let letters: String = prefix.chars().filter(|c| c.is_alphabetic()).collect();
        if prefix.len() > 12 || !PREFIXES.contains(&letters.as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    let mut words = String::new();
    add_words(&mut words, rest);
    words
}

/// Adds the words of a text, one blank between two.
fn add_words(to: &mut String, text: &str) {
    for word in text.split_whitespace() {
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(word);
    }
}

fn hex(octets: &[u8; 32]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
