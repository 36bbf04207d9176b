//! Texts with cleartext signatures, taken apart (RFC 9580 section 7).

use std::borrow::Cow;

use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use super::ReadPart;
use super::entity::Entity;
use super::found::Over;
use super::inline::{decoded, length, octets};
use super::peel::Peeler;
use crate::message::{Part, html_to_text};
use crate::openpgp::{
    Block, BlockKind, Covers, Form, Judged, Verdict, blocks, cleartext, cleartext_refused,
};

/// A text with cleartext signatures, taken apart: what a verifier gives out, and what stands outside (T23).
pub(super) fn pieces(
    peeler: &mut Peeler<'_>,
    entity: &Entity<'_>,
    index: usize,
    plain: &ReadPart,
) -> Option<Vec<ReadPart>> {
    let part = entity.part(index)?;
    let (octets, form) = (source(entity, index)?, form(part));
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
        true if form == Form::Inline => peeler.covers(),
        true | false => Covers::Part,
    };
    let written = Written::of(part);
    let charset = written.charset.as_ref();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    for block in signed {
        let before = octets.get(at..block.range.start).unwrap_or_default();
        pieces.push(Piece::outside(decoded(before, charset)));
        let inside = octets.get(block.range.clone()).unwrap_or_default();
        pieces.push(match verified(peeler, inside, &written) {
            Some((judged, text)) => Piece { text, judged },
            None => Piece {
                text: decoded(inside, charset),
                judged: cleartext_refused(inside, &peeler.certificates),
            },
        });
        at = block.range.end;
    }
    let after = octets.get(at..).unwrap_or_default();
    pieces.push(Piece::outside(decoded(after, charset)));
    pieces.retain(|piece| !piece.text.trim().is_empty() || !piece.judged.is_empty());
    let shown = numbered(plain, &pieces);
    for (piece, part) in pieces.into_iter().zip(&shown) {
        let over = || Over::Parts(vec![part.id.clone()]);
        peeler.signed(piece.judged, form, (covers, true), over);
    }
    Some(shown)
}

/// A stretch of a text.
struct Piece {
    text: String,
    /// The signatures over it; empty for what stands outside.
    judged: Vec<Judged>,
}

impl Piece {
    fn outside(text: String) -> Piece {
        Piece {
            text,
            judged: Vec::new(),
        }
    }
}

/// How a text was written.
struct Written {
    charset: Option<String>,
    /// `format=flowed`: lines may be stuffed with a blank (RFC 3676 section 4.4).
    flowed: bool,
}

impl Written {
    fn of(part: &Part) -> Written {
        let html = part.content_type == "text/html";
        let param = |name| part.params.get(name).filter(|_| !html).cloned();
        Written {
            charset: param("charset"),
            flowed: param("format").is_some_and(|value| value.eq_ignore_ascii_case("flowed")),
        }
    }
}

fn form(part: &Part) -> Form {
    if part.attachment {
        Form::Attachment
    } else {
        Form::Inline
    }
}

/// The octets that may hold cleartext signatures: as they were sent, but not in a character set that ASCII is no part of.
fn source<'e>(entity: &'e Entity<'_>, index: usize) -> Option<Cow<'e, [u8]>> {
    const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
    let part = entity.part(index)?;
    let Some(text) = part.text() else {
        let octets = octets(entity, index);
        let begins = octets.trim_ascii_start().starts_with(BEGIN.as_bytes());
        return begins.then_some(octets);
    };
    if !text.contains(BEGIN) {
        return None;
    }
    if part.content_type == "text/html" {
        return Some(Cow::Owned(html_to_text(text).into_bytes()));
    }
    let octets = octets(entity, index);
    Some(match blocks(&octets).is_empty() {
        false => octets,
        true => Cow::Borrowed(text.as_bytes()),
    })
}

/// What a verifier makes of a block. What mail does to a text on its way is undone when the signature then checks, and so
/// proves that it is what was signed: most clients sign UTF-8, whatever the mail says.
fn verified(peeler: &Peeler<'_>, block: &[u8], written: &Written) -> Option<(Vec<Judged>, String)> {
    let charset = written.charset.as_ref();
    let judge = |block: &[u8], charset: Option<&String>| {
        let (judged, text) = cleartext(block, &peeler.certificates, peeler.now)?;
        Some((judged, decoded(&text, charset)))
    };
    let as_sent = judge(block, charset);
    let worth_more = as_sent.as_ref().is_none_or(|(judged, _)| {
        judged
            .iter()
            .all(|one| matches!(one.verdict, Verdict::Bad | Verdict::Malformed))
    });
    if !worth_more {
        return as_sent;
    }
    let text = decoded(block, charset);
    let mut repaired = Vec::new();
    if std::str::from_utf8(block).is_err() {
        repaired.push(text.clone());
    }
    if written.flowed {
        repaired.push(unstuffed(&text));
    }
    if text.contains('\u{A0}') {
        repaired.push(text.replace('\u{A0}', " "));
    }
    if text.contains("=3D") || text.contains("=20") {
        repaired.extend(quoted_printable_decode(text.as_bytes()).map(|text| decoded(&text, None)));
    }
    let mut checked = repaired
        .iter()
        .filter_map(|text| judge(text.as_bytes(), None))
        .filter(|(judged, _)| judged.iter().any(Judged::checks));
    checked.next().or(as_sent)
}

/// RFC 3676 section 4.4.
fn unstuffed(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        bare.push_str(line.strip_prefix(' ').unwrap_or(line));
    }
    bare
}

/// The pieces of a part: the first keeps its section number, the others are numbered after it.
fn numbered(plain: &ReadPart, pieces: &[Piece]) -> Vec<ReadPart> {
    pieces
        .iter()
        .enumerate()
        .map(|(count, piece)| ReadPart {
            id: match count {
                0 => plain.id.clone(),
                _ => format!("{}+{count}", plain.id),
            },
            size: length(piece.text.as_bytes()),
            text: Some(piece.text.clone()),
            signed: plain.signed || piece.judged.iter().any(Judged::checks),
            ..plain.clone()
        })
        .collect()
}
