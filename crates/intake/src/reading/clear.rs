//! Texts with cleartext signatures, taken apart (RFC 9580 section 7).

use super::ReadPart;
use super::entity::Entity;
use super::inline::{decoded, length, octets};
use super::peel::Peeler;
use crate::openpgp::{Block, BlockKind, Covers, Form, Judged, blocks, cleartext};

/// A text with cleartext signatures, taken apart: what a verifier gives out, and what stands outside (T23).
pub(super) fn pieces(
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
