//! ASCII armour in text (RFC 9580 section 6): where a block stands, and its octets.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use sequoia_openpgp::armor::{Kind, Reader, ReaderMode};

/// Blocks that are looked at in one text.
const MAX_BLOCKS: usize = 8;

/// What a block says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// `BEGIN PGP MESSAGE`.
    Message,
    /// `BEGIN PGP SIGNED MESSAGE` up to the end of its signature.
    Cleartext,
}

/// An armour block, whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: BlockKind,
    /// From the start of its first line to the end of its last, the line end left out.
    pub(crate) range: Range<usize>,
}

/// The blocks in a text, in order; one that does not end is none.
pub(crate) fn blocks(text: &[u8]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(BlockKind, usize)> = None;
    let mut start = 0;
    for line in text.split_inclusive(|&octet| octet == b'\n') {
        let bare = line.trim_ascii_end();
        let end = start + bare.len();
        open = match (open, bare) {
            (None, b"-----BEGIN PGP MESSAGE-----") => Some((BlockKind::Message, start)),
            (_, b"-----BEGIN PGP SIGNED MESSAGE-----") => Some((BlockKind::Cleartext, start)),
            (Some((BlockKind::Message, from)), b"-----END PGP MESSAGE-----") => {
                found.push(Block {
                    kind: BlockKind::Message,
                    range: from..end,
                });
                None
            }
            (Some((BlockKind::Cleartext, from)), b"-----END PGP SIGNATURE-----") => {
                found.push(Block {
                    kind: BlockKind::Cleartext,
                    range: from..end,
                });
                None
            }
            (open, _) => open,
        };
        start += line.len();
        if found.len() == MAX_BLOCKS {
            break;
        }
    }
    found
}

/// Whether one encrypted or opaque block is the whole text, blanks around it aside (T01).
pub(crate) fn whole_message(octets: &[u8]) -> bool {
    const BLANK: [char; 2] = ['\u{FEFF}', '\u{A0}'];
    if !begins_soon(octets) {
        return false;
    }
    let text = String::from_utf8_lossy(octets);
    let bare = text.trim_matches(|c: char| c.is_whitespace() || BLANK.contains(&c));
    bare.starts_with("-----BEGIN PGP MESSAGE-----")
        && bare.ends_with("-----END PGP MESSAGE-----")
        && bare.matches("-----BEGIN PGP").count() == 1
}

/// The octets inside the first block, or the input itself when it is not text.
pub(crate) fn dearmored(input: &[u8]) -> Option<Cow<'_, [u8]>> {
    if input.first().is_some_and(|octet| octet & 0x80 != 0) {
        return Some(Cow::Borrowed(input));
    }
    if !begins_soon(input) {
        return None;
    }
    let tidy = tidied(input);
    let mut reader = Reader::from_bytes(&tidy, ReaderMode::Tolerant(None));
    let mut binary = Vec::with_capacity(tidy.len());
    reader.read_to_end(&mut binary).ok()?;
    let of_a_message = matches!(
        reader.kind(),
        Some(Kind::Message | Kind::Signature | Kind::File)
    );
    (of_a_message && !binary.is_empty()).then_some(Cow::Owned(binary))
}

/// Whether armour begins near the start: large files are not searched.
fn begins_soon(octets: &[u8]) -> bool {
    const NEAR: usize = 4096;
    let begin = b"-----BEGIN PGP ";
    octets
        .get(..NEAR)
        .unwrap_or(octets)
        .windows(begin.len())
        .any(|window| window == begin)
}

/// Undoes what mail clients do to armour and what can be undone without guessing: no-break spaces, blanks around lines.
fn tidied(input: &[u8]) -> Cow<'_, [u8]> {
    let clean = input.is_ascii()
        && !input
            .windows(2)
            .any(|pair| matches!(pair, b" \n" | b" \r" | b"\n " | b"\t\n"));
    if clean {
        return Cow::Borrowed(input);
    }
    let text = String::from_utf8_lossy(input);
    let mut tidy = String::with_capacity(text.len());
    for line in text.lines() {
        tidy.push_str(line.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}'));
        tidy.push('\n');
    }
    Cow::Owned(tidy.into_bytes())
}
