//! Ciphertext that stands where it is not opened (T01): named, so that nobody overlooks it.

use std::collections::BTreeSet;

use super::ReadPart;
use super::entity::Entity;
use super::inline::octets;
use crate::message::{Content, Part, html_to_text};
use crate::openpgp::{Errant, Form, recognised};

/// Errant parts that are named.
pub(super) const MAX_ERRANT: usize = 16;
/// Words beside the ciphertext that make a report of their own.
const REPORT: usize = 30;

/// The parts of an entity that hold an encrypted message which nobody tried to open, ids with a prefix.
pub(super) fn errant(entity: &Entity<'_>, tried: &BTreeSet<usize>, prefix: &str) -> Vec<Errant> {
    let parts = entity.message.parts.iter().enumerate();
    parts
        .filter(|(index, _)| !tried.contains(index) && !entity.consumed.contains(index))
        .filter_map(|(index, part)| {
            Some(Errant {
                part: format!("{prefix}{}", part.id),
                form: form(entity, part),
                ciphertext: found(entity, index, part)?,
            })
        })
        .take(MAX_ERRANT)
        .collect()
}

fn found(entity: &Entity<'_>, index: usize, part: &Part) -> Option<Option<[u8; 32]>> {
    match &part.content {
        Content::Container => None,
        Content::Text(text) if part.content_type == "text/html" => {
            if !text.contains("BEGIN PGP MESSAGE") {
                return None;
            }
            recognised(html_to_text(text).as_bytes()).or_else(|| recognised(text.as_bytes()))
        }
        Content::Text(text) if text.contains("-----BEGIN PGP MESSAGE") => {
            recognised(text.as_bytes())
        }
        // Text that is not: armour under a text type is above, a binary message comes as one, too.
        Content::Text(_) | Content::Bytes(_) => recognised(&octets(entity, index)),
    }
}

fn form(entity: &Entity<'_>, part: &Part) -> Form {
    if entity.is_in_encrypted(part) {
        Form::Mime
    } else if part.attachment || part.text().is_none() {
        Form::Attachment
    } else {
        Form::Inline
    }
}

/// Whether there is next to nothing to read: too few words of the sender's own for a report.
pub(super) fn says_little(parts: &[ReadPart]) -> bool {
    let own = parts
        .iter()
        .filter(|part| part.enclosing_messages == 0 && !part.attachment)
        .filter_map(|part| part.text.as_deref());
    own.map(words).sum::<usize>() < REPORT
}

/// Words outside armour, quotations and the signature.
fn words(text: &str) -> usize {
    let mut inside = false;
    let mut words = 0_usize;
    for line in text.lines().map(str::trim_end) {
        if line == "--" {
            break;
        }
        if line.contains("-----BEGIN PGP ") {
            inside = true;
        } else if line.contains("-----END PGP ") {
            inside = false;
        } else if !inside && !line.trim_start().starts_with('>') {
            let long = |word: &&str| word.chars().filter(|c| c.is_alphanumeric()).count() > 1;
            words = words.saturating_add(line.split_whitespace().filter(long).count());
        }
    }
    words
}
