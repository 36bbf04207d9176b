//! Armour in body texts, and encrypted attachments: each part is read for itself, nothing is joined (T01).

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::ReadPart;
use super::entity::Entity;
use super::listing::listed;
use super::peel::Peeler;
use super::shape::may_be_ciphertext;
use crate::message::{self, Content, Part, html_to_text};
use crate::openpgp::{
    Block, BlockKind, Covers, Form, Judged, blocks, cleartext, dearmored, is_message, whole_message,
};

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
    if part.enclosing_messages > 0 || is_errant(entity, part) {
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
            return pieces(peeler, entity, index, plain);
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

/// A text with cleartext signatures, taken apart: what a verifier gives out, and what stands outside (T23).
fn pieces(
    peeler: &mut Peeler<'_>,
    entity: &Entity<'_>,
    index: usize,
    plain: &ReadPart,
) -> Option<Vec<ReadPart>> {
    let part = entity.part(index)?;
    let octets = octets(entity, index);
    let signed: Vec<Block> = blocks(&octets)
        .into_iter()
        .filter(|block| block.kind == BlockKind::Cleartext)
        .collect();
    if signed.is_empty() {
        return None;
    }
    let alone = match signed.as_slice() {
        [only] => {
            octets.get(..only.range.start)?.trim_ascii().is_empty()
                && octets.get(only.range.end..)?.trim_ascii().is_empty()
        }
        _ => false,
    };
    let covers = match index == entity.root && alone {
        true => peeler.covers(),
        false => Covers::Part,
    };
    let charset = part.params.get("charset");
    let mut texts: Vec<(String, bool)> = Vec::new();
    let mut at = 0;
    for block in signed {
        let before = octets.get(at..block.range.start).unwrap_or_default();
        texts.push((decoded(before, charset), plain.signed));
        let inside = octets.get(block.range.clone()).unwrap_or_default();
        let (text, checks) = cleartext_block(peeler, inside, charset, covers);
        texts.push((text, checks || plain.signed));
        at = block.range.end;
    }
    let after = octets.get(at..).unwrap_or_default();
    texts.push((decoded(after, charset), plain.signed));
    texts.retain(|(text, _)| !text.trim().is_empty());
    Some(numbered(plain, texts))
}

fn cleartext_block(
    peeler: &mut Peeler<'_>,
    block: &[u8],
    charset: Option<&String>,
    covers: Covers,
) -> (String, bool) {
    let Some((judged, text)) = verified(peeler, block, charset) else {
        peeler.signed(vec![Judged::malformed(None)], Form::Inline, covers, true);
        return (decoded(block, charset), false);
    };
    let checks = judged.iter().any(Judged::checks);
    peeler.signed(judged, Form::Inline, covers, true);
    (text, checks)
}

/// Signatures are made over UTF-8 by most clients, whatever the mail says; the octets as they came are tried first.
fn verified(
    peeler: &Peeler<'_>,
    block: &[u8],
    charset: Option<&String>,
) -> Option<(Vec<Judged>, String)> {
    let as_sent = cleartext(block, &peeler.certificates, peeler.now)
        .map(|(judged, text)| (judged, decoded(&text, charset)));
    let bad = as_sent
        .as_ref()
        .is_none_or(|(judged, _)| judged.iter().all(|one| !one.checks()));
    if bad && std::str::from_utf8(block).is_err() {
        let utf8 = decoded(block, charset);
        let again = cleartext(utf8.as_bytes(), &peeler.certificates, peeler.now);
        if let Some((judged, text)) = again
            && judged.iter().any(Judged::checks)
        {
            return Some((judged, decoded(&text, None)));
        }
    }
    as_sent
}

/// The pieces of a part: the first keeps its section number, the others are numbered after it.
fn numbered(plain: &ReadPart, texts: Vec<(String, bool)>) -> Vec<ReadPart> {
    texts
        .into_iter()
        .enumerate()
        .map(|(count, (text, signed))| ReadPart {
            id: match count {
                0 => plain.id.clone(),
                _ => format!("{}+{count}", plain.id),
            },
            size: length(text.as_bytes()),
            text: Some(text),
            signed,
            ..plain.clone()
        })
        .collect()
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
fn decoded(octets: &[u8], charset: Option<&String>) -> String {
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

fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}
