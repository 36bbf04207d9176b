//! The parts of an entity as they are shown.

use super::ReadPart;
use super::entity::Entity;
use super::protected::{is_legacy_display, without_legacy_display};
use crate::message::{Content, Part, html_to_text};
use crate::openpgp::sha256;

/// Octets of text that the language is told from.
const SAMPLE: usize = 64 * 1024;

/// The leaf at `index`, read; `None` for containers and what belongs to the protection.
pub(super) fn listed(entity: &Entity<'_>, index: usize) -> Option<ReadPart> {
    let part = entity.part(index)?;
    let size = match &part.content {
        Content::Container => return None,
        Content::Text(text) => text.len(),
        Content::Bytes(octets) => octets.len(),
    };
    if entity.consumed.contains(&index) || is_legacy_display(entity, index) {
        return None;
    }
    let text = text(entity, index, part);
    Some(ReadPart {
        id: part.id.clone(),
        content_type: part.content_type.clone(),
        filename: part.filename.clone(),
        attachment: part.attachment,
        size: u64::try_from(size).unwrap_or(u64::MAX),
        enclosing_messages: part.enclosing_messages,
        signed: entity.is_proved(part),
        encrypted: entity.encrypted,
        digest: match &part.content {
            Content::Bytes(octets) => Some(sha256(octets)),
            // HTML beside plain text is shown to nobody, and may say more.
            Content::Text(written) if text.is_none() => Some(sha256(written.as_bytes())),
            Content::Text(_) | Content::Container => None,
        },
        text,
    })
}

/// HTML counts only where the sender gave no plain text instead (RFC 2046 section 5.1.4).
fn text(entity: &Entity<'_>, index: usize, part: &Part) -> Option<String> {
    let text = part.text()?;
    let text = without_legacy_display(entity, part, text);
    if part.content_type != "text/html" {
        return Some(text.into_owned());
    }
    (!has_plain_alternative(entity, index)).then(|| html_to_text(&text))
}

/// Some enclosing `multipart/alternative` offers plain text with words in it.
fn has_plain_alternative(entity: &Entity<'_>, index: usize) -> bool {
    let mut at = entity.part(index).and_then(|part| part.parent);
    while let Some(ancestor) = at {
        let Some(container) = entity.part(ancestor) else {
            return false;
        };
        let plain = |(sibling, part): (usize, &Part)| {
            sibling != index
                && part.content_type == "text/plain"
                && !part.attachment
                && part.text().is_some_and(says_something)
        };
        if container.content_type == "multipart/alternative"
            && entity.message.children(ancestor).any(plain)
        {
            return true;
        }
        if container.content_type == "message/rfc822" {
            return false;
        }
        at = container.parent.filter(|parent| *parent < ancestor);
    }
    false
}

/// Longest text that may say no more than that there is HTML to look at.
const MOST_BOILERPLATE: usize = 400;

/// Whether a plain text has words of its own: none, or only that the message is in HTML, is what products write who make no
/// plain text.
fn says_something(text: &str) -> bool {
    let text = text.trim();
    let points_to_html = || {
        let lower = text.to_lowercase();
        let mut words =
            lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '/' | '_')));
        words.any(|word| matches!(word.trim_matches('.'), "html" | "html5" | "text/html"))
    };
    !text.is_empty() && (text.len() > MOST_BOILERPLATE || !points_to_html())
}

/// What the sender wrote himself, for telling the language.
pub(super) fn body_text(parts: &[ReadPart]) -> String {
    let mut sample = String::new();
    let own = parts
        .iter()
        .filter(|part| part.enclosing_messages == 0 && !part.attachment)
        .filter_map(|part| part.text.as_deref());
    for text in own {
        sample.push_str(text);
        sample.push('\n');
        if sample.len() > SAMPLE {
            break;
        }
    }
    let mut end = sample.len().min(SAMPLE);
    while !sample.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    sample.truncate(end);
    sample
}
