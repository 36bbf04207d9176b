//! What stood beside a layer: shown after what was inside it, as what it is, and never joined to it (T01, T20).

use super::ReadPart;
use super::entity::Entity;
use super::errant::{MAX_ERRANT, errant};
use super::found::Found;
use super::peel::Peeler;
use super::shape::{is_blank, is_version};
use super::{inline, listing};

impl Peeler<'_> {
    /// Leaves an entity for what was inside its ciphertext: what stood beside is shown after it, as what it is.
    pub(super) fn leave(&mut self, entity: &Entity<'_>, ciphertext: usize) {
        let prefix = format!("outer{}.", self.openings);
        let shown: Vec<ReadPart> = (0..entity.message.parts.len())
            .filter(|index| *index != ciphertext)
            .filter(|index| {
                !entity
                    .part(*index)
                    .is_some_and(|part| is_blank(part) || is_version(part))
            })
            .filter_map(|index| Some((index, listing::listed(entity, index)?)))
            .map(|(index, part)| {
                let id = format!("{prefix}{}", part.id);
                self.octets.note(&id, inline::octets(entity, index));
                ReadPart { id, ..part }
            })
            .collect();
        self.settle(entity, &shown, &prefix);
        // What is listed and not covered makes a signature one over a part (T20).
        self.whole &= shown.is_empty();
        self.beside.extend(shown);
        self.note_errant(entity, &prefix);
        self.tried.clear();
    }

    /// Says of signatures over octets of an entity which of the parts shown they are over.
    pub(super) fn settle(&mut self, entity: &Entity<'_>, shown: &[ReadPart], prefix: &str) {
        for found in &mut self.found {
            if let Found::Signed { over, .. } = found {
                over.settle(entity, shown, prefix);
            }
        }
    }

    /// A footer that stood below a block in the same text.
    pub(super) fn set_footer(&mut self, entity: &Entity<'_>, index: usize, text: String) {
        let Some(part) = listing::listed(entity, index).filter(|_| !text.is_empty()) else {
            return;
        };
        self.whole = false;
        let id = format!("outer{}.{}", self.openings, part.id);
        self.octets.note(&id, text.as_bytes().into());
        self.beside.push(ReadPart {
            id,
            content_type: "text/plain".to_owned(),
            size: inline::length(text.as_bytes()),
            text: Some(text),
            ..part
        });
    }

    /// Names ciphertext that stays closed because of where it stands; copies of what was tried are left out.
    pub(super) fn note_errant(&mut self, entity: &Entity<'_>, prefix: &str) {
        for one in errant(entity, &self.tried, prefix) {
            let copy = one.ciphertext.is_some()
                && self.found.iter().any(|found| {
                    matches!(found, Found::Encrypted(layer) if layer.ciphertext == one.ciphertext)
                });
            if !copy && self.errant.len() < MAX_ERRANT {
                self.errant.push(one);
            }
        }
    }
}
