//! Armour in body texts, and encrypted attachments: each part is read for itself, nothing is joined (T01).

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::entity::Entity;
use super::listing::listed;
use super::peel::Peeler;
use super::shape::may_be_ciphertext;
use super::{ReadPart, clear};
use crate::message::{self, Content, Part, html_to_text};
use crate::openpgp::{Covers, Form, Judged, dearmored, is_message, whole_message};

/// Octets of text that are kept of one part, as in [`message::MAX_TEXT`].
const MAX_TEXT: usize = message::MAX_TEXT;

/// All parts of the payload as they are shown.
pub(super) fn parts(peeler: &mut Peeler<'_>, entity: &Entity<'_>) -> Vec<ReadPart> {
    let mut shown = Vec::new();
    for index in 0..entity.message.parts.len() {
        let Some(plain) = listed(entity, index) else {
            continue;
        };
        match read(peeler, entity, index, &plain) {
            Some(pieces) => shown.extend(pieces),
            None => shown.push(plain),
        }
    }
    shown
}

/// The payload when it is one text and all of it is one encrypted (or opaquely signed) block.
pub(super) fn whole<'a>(peeler: &mut Peeler<'a>, entity: &Entity<'a>) -> Option<Entity<'a>> {
    let root = entity.part(entity.root)?;
    if !matches!(root.content, Content::Text(_)) || root.enclosing_messages > 0 {
        return None;
    }
    let armoured = armoured(entity, entity.root, root)?;
    let mut opened = peeler.opened(&armoured, Form::Inline)?;
    let encrypted = entity.encrypted || opened.container.is_some();
    let plaintext = std::mem::take(&mut opened.plaintext);
    let inner = if is_mime(&plaintext) {
        Entity::opened(plaintext, encrypted)
    } else {
        let text = decoded(&plaintext, root.params.get("charset"));
        Entity::text(plaintext, text, encrypted)
    };
    Some(peeler.entered(&armoured, opened, inner, Form::Inline))
}

/// A file that is one block and no mail at all, whose armour headers would pass for a mail header.
pub(super) fn is_bare(raw: &[u8]) -> bool {
    raw.trim_ascii_start()
        .starts_with(b"-----BEGIN PGP MESSAGE-----")
        && whole_message(raw)
}

fn read(
    peeler: &mut Peeler<'_>,
    entity: &Entity<'_>,
    index: usize,
    plain: &ReadPart,
) -> Option<Vec<ReadPart>> {
    let part = entity.part(index)?;
    if part.enclosing_messages > 0 || is_errant(entity, part) || entity.closed == Some(index) {
        return None;
    }
    if !part.attachment && plain.text.is_some() {
        if let Some(armoured) = armoured(entity, index, part) {
            let errant = index == entity.root || beside_html(entity);
            return (!errant)
                .then(|| text_part(peeler, part, plain, &armoured))
                .flatten();
        }
        if part.content_type == "text/plain" {
            return clear::pieces(peeler, entity, index, plain);
        }
    }
    if part.attachment || may_be_ciphertext(part) {
        return attachment(peeler, entity, index, plain).map(|part| vec![part]);
    }
    None
}

/// A ciphertext whose `multipart/encrypted` stands where it must not be opened (T01).
fn is_errant(entity: &Entity<'_>, part: &Part) -> bool {
    part.parent
        .and_then(|parent| entity.part(parent))
        .is_some_and(|parent| parent.content_type == "multipart/encrypted")
}

/// HTML of the sender's stands beside the block: that is how plaintext is drawn into a page that leaks it (T01).
fn beside_html(entity: &Entity<'_>) -> bool {
    (0..entity.message.parts.len())
        .filter_map(|index| Some((index, entity.part(index)?)))
        .filter(|(_, part)| part.content_type == "text/html" && !part.attachment)
        .any(|(index, part)| armoured(entity, index, part).is_none())
}

/// The block that is all of a body text, in plain text or in HTML.
fn armoured<'e>(entity: &'e Entity<'_>, index: usize, part: &'e Part) -> Option<Cow<'e, [u8]>> {
    match part.content_type.as_str() {
        "text/plain" => {
            let octets = octets(entity, index);
            whole_message(&octets).then_some(octets)
        }
        "text/html" => {
            let text = part
                .text()
                .filter(|text| text.contains("-----BEGIN PGP MESSAGE-----"))?;
            let text = html_to_text(text).into_bytes();
            whole_message(&text).then_some(Cow::Owned(text))
        }
        _ => None,
    }
}

/// One of several body texts that is encrypted.
fn text_part(
    peeler: &mut Peeler<'_>,
    part: &Part,
    plain: &ReadPart,
    armoured: &[u8],
) -> Option<Vec<ReadPart>> {
    let opened = peeler.opened(armoured, Form::Inline)?;
    let signed = opened.signatures.iter().any(Judged::checks);
    let encrypted = plain.encrypted || opened.container.is_some();
    let text = decoded(&opened.plaintext, part.params.get("charset"));
    peeler.signed(opened.signatures, Form::Inline, Covers::Part, true);
    Some(vec![ReadPart {
        content_type: "text/plain".to_owned(),
        size: length(&opened.plaintext),
        text: Some(text),
        signed,
        encrypted,
        ..plain.clone()
    }])
}

/// An attached file that is an encrypted message; its name without the last extension.
fn attachment(
    peeler: &mut Peeler<'_>,
    entity: &Entity<'_>,
    index: usize,
    plain: &ReadPart,
) -> Option<ReadPart> {
    let part = entity.part(index).filter(|part| may_be_ciphertext(part))?;
    let octets = octets(entity, index);
    if !dearmored(&octets).is_some_and(|binary| is_message(&binary)) {
        return None;
    }
    let opened = peeler.opened(&octets, Form::Attachment)?;
    let signed = opened.signatures.iter().any(Judged::checks);
    let text = std::str::from_utf8(&opened.plaintext)
        .ok()
        .filter(|text| !text.contains('\0'))
        .map(|text| cut(text.to_owned()));
    let name = part.filename.as_deref().map(|name| {
        let bare = name.rsplit_once('.').map_or(name, |(bare, _)| bare);
        bare.to_owned()
    });
    peeler.signed(opened.signatures, Form::Attachment, Covers::Part, true);
    Some(ReadPart {
        content_type: match text {
            Some(_) => "text/plain",
            None => "application/octet-stream",
        }
        .to_owned(),
        filename: name,
        attachment: true,
        size: length(&opened.plaintext),
        text,
        signed,
        encrypted: true,
        ..plain.clone()
    })
}

/// The octets of a leaf after its transfer encoding was undone, before its character set was.
pub(super) fn octets<'e>(entity: &'e Entity<'_>, index: usize) -> Cow<'e, [u8]> {
    let Some(part) = entity.part(index) else {
        return Cow::Borrowed(&[]);
    };
    let text = match &part.content {
        Content::Bytes(octets) => return Cow::Borrowed(octets),
        Content::Container => return Cow::Borrowed(&[]),
        Content::Text(text) => text,
    };
    let encoding = message::header(&part.headers, "Content-Transfer-Encoding")
        .map(|field| field.raw.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let body = entity.body(index);
    match encoding.as_str() {
        "base64" => base64_decode(body).map(Cow::Owned),
        "quoted-printable" => quoted_printable_decode(body).map(Cow::Owned),
        _ => Some(Cow::Borrowed(body)),
    }
    .unwrap_or(Cow::Borrowed(text.as_bytes()))
}

/// Enigmail encrypts whole MIME entities inline.
fn is_mime(plaintext: &[u8]) -> bool {
    let start = plaintext.trim_ascii_start();
    [b"content-type:".as_slice(), b"mime-version:".as_slice()]
        .iter()
        .any(|name| {
            start
                .get(..name.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(name))
        })
}

/// UTF-8 when it is that: what an OpenPGP program writes; else what the part says; else Windows-1252.
pub(super) fn decoded(octets: &[u8], charset: Option<&String>) -> String {
    if let Ok(text) = std::str::from_utf8(octets) {
        return cut(text.to_owned());
    }
    let octets = octets.get(..MAX_TEXT).unwrap_or(octets);
    let label = charset
        .map(|label| label.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let decoder = charset_decoder(label.as_bytes()).or_else(|| charset_decoder(b"windows-1252"));
    cut(decoder.map_or_else(
        || String::from_utf8_lossy(octets).into_owned(),
        |decoder| decoder(octets),
    ))
}

fn cut(mut text: String) -> String {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
    text
}

pub(super) fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}
