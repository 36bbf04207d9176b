//! Signatures that were sent as files: beside the attachment that they sign, or beside a part whose `multipart/signed` a server
//! made a `multipart/mixed`.

use super::entity::Entity;
use super::found::Over;
use super::inline::{bare_name, octets};
use super::peel::Peeler;
use crate::message::Content;
use crate::openpgp::{Covers, Form, Holds, Judged, detached_file, holds};

/// Signature files that are checked; each hashes what it covers.
const MAX_FILES: usize = 8;
/// What clients call the signature over a mail.
const CLIENTS_NAMES: [&str; 4] = [
    "signature.asc",
    "OpenPGP_signature",
    "OpenPGP_signature.asc",
    "PGP.sig",
];

/// Judges signature files. They cover a part, never the mail (T20).
pub(super) fn signed(peeler: &mut Peeler<'_>, entity: &mut Entity<'_>) {
    let files: Vec<usize> = (0..entity.message.parts.len())
        .filter(|index| !entity.consumed.contains(index))
        .filter(|index| is_signature(entity, *index))
        .take(MAX_FILES)
        .collect();
    for signature in files {
        if let Some(data) = named_like(entity, signature) {
            file(peeler, entity, data, signature);
        } else if let Some(content) = mangled(entity, signature) {
            peeler.signature(entity, content, signature, Covers::Part);
        }
    }
}

fn is_signature(entity: &Entity<'_>, index: usize) -> bool {
    let Some(part) = entity.part(index) else {
        return false;
    };
    !matches!(part.content, Content::Container)
        && (part.filename.is_some() || part.content_type == "application/pgp-signature")
        && holds(&octets(entity, index)) == Some(Holds::Signatures)
}

/// `report.pdf` beside `report.pdf.sig`.
fn named_like(entity: &Entity<'_>, signature: usize) -> Option<usize> {
    let part = entity.part(signature)?;
    let name = part.filename.as_deref()?;
    let bare = bare_name(Some(name)).filter(|bare| *bare != name)?;
    let mut siblings = entity.message.children(part.parent?);
    let (data, _) = siblings.find(|(_, sibling)| {
        sibling
            .filename
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case(bare))
    })?;
    Some(data)
}

/// The part just before a signature in a `multipart/mixed`, when these two are all that is in it: Exchange leaves the type or
/// only the name that clients give to a signature over a mail.
fn mangled(entity: &Entity<'_>, signature: usize) -> Option<usize> {
    let part = entity.part(signature)?;
    let container = entity.part(part.parent?)?;
    let siblings: Vec<usize> = entity
        .message
        .children(part.parent?)
        .map(|(index, _)| index)
        .collect();
    let name = part.filename.as_deref().unwrap_or_default();
    let known = container.content_type == "multipart/mixed"
        && (part.content_type == "application/pgp-signature"
            || CLIENTS_NAMES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name)));
    match siblings.as_slice() {
        [content, last] if known && *last == signature => Some(*content),
        _ => None,
    }
}

fn file(peeler: &mut Peeler<'_>, entity: &mut Entity<'_>, data: usize, signature: usize) {
    let judged = detached_file(
        &octets(entity, signature),
        &octets(entity, data),
        &peeler.certificates,
        peeler.now,
    );
    let part = entity.part(data);
    let own = part.is_some_and(|part| part.enclosing_messages == 0);
    let range = part.map(|part| part.whole.clone());
    if judged.iter().any(Judged::checks) {
        entity.proved.extend(range.clone());
    }
    entity.consumed.push(signature);
    let over = range.unwrap_or_default();
    peeler.signed(judged, Form::Attachment, (Covers::Part, own), || {
        Over::Octets(over.clone())
    });
}
