//! Armour in body texts, and encrypted attachments: each part is read for itself, nothing is joined (T01).

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::entity::{Entity, content_of};
use super::found::Over;
use super::listing::listed;
use super::peel::Peeler;
use super::{ReadPart, clear};
use crate::message::{self, Content, Part, html_to_text};
use crate::openpgp::{Alone, Covers, Form, Holds, Judged, alone, armour_charset, holds, sha256};

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
            Some(pieces) => {
                // What was opened is noted already; a piece of a text is what it says.
                for piece in &pieces {
                    let text = piece.text.as_deref().unwrap_or("");
                    peeler.octets.note(&piece.id, text.as_bytes().into());
                }
                shown.extend(pieces);
            }
            None => {
                peeler.octets.note(&plain.id, octets(entity, index));
                shown.push(plain);
            }
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
    let Alone { block, footer } = armoured(entity, entity.root, root)?;
    peeler.tried.insert(entity.root);
    let mut opened = peeler.opened(&block, Form::Inline)?;
    let encrypted = entity.encrypted || opened.container.is_some();
    let plaintext = std::mem::take(&mut opened.plaintext);
    let inner = if is_mime(&plaintext) {
        Entity::opened(plaintext, encrypted)
    } else {
        let text = decoded(&plaintext, charset(&block, root).as_ref());
        Entity::text(plaintext, text, encrypted)
    };
    peeler.leave(entity, entity.root);
    peeler.set_footer(entity, entity.root, footer);
    Some(peeler.entered(&block, opened, inner, Form::Inline))
}

/// A file that is one block and no mail at all, whose armour headers would pass for a mail header.
pub(super) fn is_bare(raw: &[u8]) -> bool {
    let start = raw.trim_ascii_start();
    start.starts_with(b"-----BEGIN PGP SIGNED MESSAGE-----")
        || (start.starts_with(b"-----BEGIN PGP MESSAGE-----") && alone(raw).is_some())
}

fn read(
    peeler: &mut Peeler<'_>,
    entity: &Entity<'_>,
    index: usize,
    plain: &ReadPart,
) -> Option<Vec<ReadPart>> {
    let part = entity.part(index)?;
    if part.enclosing_messages > 0 || entity.is_in_encrypted(part) || peeler.tried.contains(&index)
    {
        return None;
    }
    if part.attachment || plain.text.is_none() {
        // What is neither attached nor named is no file that somebody sent.
        if !part.attachment && part.filename.is_none() {
            // Mutt's and Pine's old type of a text that is signed in clear.
            let text = part.content_type == "application/pgp";
            return text
                .then(|| clear::pieces(peeler, entity, index, plain))
                .flatten();
        }
        return match holds(&octets(entity, index)) {
            Some(Holds::Encrypted | Holds::Opaque) => {
                attachment(peeler, entity, index, plain).map(|part| vec![part])
            }
            Some(Holds::Signatures) => None,
            None => clear::pieces(peeler, entity, index, plain),
        };
    }
    match armoured(entity, index, part) {
        Some(Alone { block, footer }) if footer.is_empty() => {
            let errant = index == entity.root || beside_html(entity);
            (!errant)
                .then(|| text_part(peeler, index, part, plain, &block))
                .flatten()
        }
        Some(_) => None,
        None => clear::pieces(peeler, entity, index, plain),
    }
}

/// HTML of the sender's stands beside the block: that is how plaintext is drawn into a page that leaks it (T01).
fn beside_html(entity: &Entity<'_>) -> bool {
    (0..entity.message.parts.len())
        .filter_map(|index| Some((index, entity.part(index)?)))
        .filter(|(_, part)| part.content_type == "text/html" && !part.attachment)
        .any(|(index, part)| armoured(entity, index, part).is_none())
}

/// The block that is all of a body text, in plain text or in HTML.
pub(super) fn armoured(entity: &Entity<'_>, index: usize, part: &Part) -> Option<Alone> {
    let text = part
        .text()
        .filter(|text| text.contains("-----BEGIN PGP MESSAGE-----"))?;
    if part.content_type == "text/html" {
        return alone(html_to_text(text).as_bytes()).filter(|alone| alone.footer.is_empty());
    }
    let as_text = || alone(text.as_bytes());
    part.content_type
        .starts_with("text/")
        .then(|| alone(&octets(entity, index)).or_else(as_text))
        .flatten()
}

/// One of several body texts that is encrypted.
fn text_part(
    peeler: &mut Peeler<'_>,
    index: usize,
    part: &Part,
    plain: &ReadPart,
    block: &[u8],
) -> Option<Vec<ReadPart>> {
    peeler.tried.insert(index);
    let opened = peeler.opened(block, Form::Inline)?;
    let signed = opened.signatures.iter().any(Judged::checks);
    let encrypted = plain.encrypted || opened.container.is_some();
    let text = decoded(&opened.plaintext, charset(block, part).as_ref());
    let over = || Over::Parts(vec![plain.id.clone()]);
    peeler.signed(opened.signatures, Form::Inline, (Covers::Part, true), over);
    peeler
        .octets
        .note(&plain.id, opened.plaintext.as_slice().into());
    Some(vec![ReadPart {
        content_type: "text/plain".to_owned(),
        size: length(&opened.plaintext),
        text: Some(text),
        signed,
        encrypted,
        ..plain.clone()
    }])
}

/// What the armour says of the text inside, else what the part says.
fn charset(block: &[u8], part: &Part) -> Option<String> {
    armour_charset(block).or_else(|| part.params.get("charset").cloned())
}

/// An attached file that is an OpenPGP message; its name without the last extension.
fn attachment(
    peeler: &mut Peeler<'_>,
    entity: &Entity<'_>,
    index: usize,
    plain: &ReadPart,
) -> Option<ReadPart> {
    let part = entity.part(index)?;
    let octets = octets(entity, index);
    peeler.tried.insert(index);
    let opened = peeler.opened(&octets, Form::Attachment)?;
    let signed = opened.signatures.iter().any(Judged::checks);
    let name = bare_name(part.filename.as_deref());
    let (content_type, content) = content_of(&opened.plaintext, name);
    let text = match content {
        Content::Text(text) if content_type == "text/html" => Some(cut(html_to_text(&text))),
        Content::Text(text) => Some(cut(text)),
        Content::Bytes(_) | Content::Container => None,
    };
    let digest = text.is_none().then(|| sha256(&opened.plaintext));
    let over = || Over::Parts(vec![plain.id.clone()]);
    peeler.signed(
        opened.signatures,
        Form::Attachment,
        (Covers::Part, true),
        over,
    );
    peeler
        .octets
        .note(&plain.id, opened.plaintext.as_slice().into());
    Some(ReadPart {
        content_type,
        filename: name.map(str::to_owned),
        attachment: true,
        size: length(&opened.plaintext),
        text,
        signed,
        encrypted: plain.encrypted || opened.container.is_some(),
        digest,
        ..plain.clone()
    })
}

/// A file's name without the extension that says OpenPGP.
pub(super) fn bare_name(name: Option<&str>) -> Option<&str> {
    let name = name?;
    match name.rsplit_once('.') {
        Some((bare, extension)) if !bare.is_empty() && is_extension(extension) => Some(bare),
        Some(_) | None => Some(name),
    }
}

fn is_extension(extension: &str) -> bool {
    ["asc", "pgp", "gpg", "sig", "sign"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(extension))
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
pub(super) fn is_mime(plaintext: &[u8]) -> bool {
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
