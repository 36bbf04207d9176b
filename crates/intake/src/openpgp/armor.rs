//! ASCII armour in text (RFC 9580 section 6): where a block stands, and its octets.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use sequoia_openpgp::armor::{Kind, Reader, ReaderMode};

/// Blocks that are looked at in one text.
const MAX_BLOCKS: usize = 8;

const BEGIN: &str = "-----BEGIN PGP MESSAGE-----";
const END: &str = "-----END PGP MESSAGE-----";

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
        let bare = match start {
            0 => bare.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bare),
            _ => bare,
        };
        open = match (open, bare) {
            (None, b"-----BEGIN PGP MESSAGE-----") => Some((BlockKind::Message, end - bare.len())),
            (_, b"-----BEGIN PGP SIGNED MESSAGE-----") => {
                Some((BlockKind::Cleartext, end - bare.len()))
            }
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

/// A text that is one encrypted or opaque block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alone {
    pub(crate) block: Vec<u8>,
    /// What a mailing list or the sender's client set below the block, its separator line first; empty when nothing is
    /// there.
    pub(crate) footer: String,
}

/// Octets of a footer; what is longer is a text of its own.
const MAX_FOOTER: usize = 2_000;

/// The block when it is the whole text, blanks around it and a footer below it aside (T01).
pub(crate) fn alone(octets: &[u8]) -> Option<Alone> {
    if !begins_soon(octets) {
        return None;
    }
    let octets = undamaged(octets);
    let text = String::from_utf8_lossy(&octets);
    let bare = text.trim_matches(is_blank);
    if !bare.starts_with(BEGIN) || bare.matches("-----BEGIN PGP").count() != 1 {
        return None;
    }
    let end = bare.find(END)?.checked_add(END.len())?;
    let (block, rest) = bare.split_at_checked(end)?;
    let footer = rest.trim_matches(is_blank);
    (footer.is_empty() || is_footer(footer)).then(|| Alone {
        block: block.as_bytes().to_vec(),
        footer: footer.to_owned(),
    })
}

/// The separator of a signature (RFC 3676 section 4.3), also without its blank, or the rule that mailing lists draw.
pub(crate) fn is_footer(text: &str) -> bool {
    const RULE: usize = 10;
    let first = text.lines().next().unwrap_or_default().trim_end();
    let rule = |mark: char| first.len() >= RULE && first.chars().all(|c| c == mark);
    text.len() <= MAX_FOOTER
        && (first == "--" || ['_', '-', '=', '*'].into_iter().any(rule))
        && !text.contains("-----BEGIN PGP")
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{A0}')
}

/// What the `Charset` line of a block says of the text inside (RFC 4880 section 6.2).
pub(crate) fn armour_charset(block: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(block.get(..1024).unwrap_or(block)).into_owned();
    head.lines()
        .skip_while(|line| !line.contains("-----BEGIN PGP"))
        .skip(1)
        .map_while(|line| line.split_once(": "))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("Charset"))
        .map(|(_, value)| value.trim().to_owned())
}

/// The lines from the first `BEGIN PGP MESSAGE` to its end, or to the end of the text, without the marks of a quotation.
pub(super) fn lines_of_block(octets: &[u8]) -> Option<Vec<u8>> {
    let start = find(octets, b"-----BEGIN PGP MESSAGE")?;
    let rest = octets.get(start..)?;
    let end = find(rest, b"-----END PGP MESSAGE").unwrap_or(rest.len());
    let mut block = Vec::with_capacity(end.saturating_add(64));
    for line in rest.get(..end)?.split(|octet| *octet == b'\n') {
        let quoted = line
            .iter()
            .take_while(|octet| matches!(octet, b'>' | b'|' | b' ' | b'\t'))
            .count();
        block.extend_from_slice(line.get(quoted..).unwrap_or_default());
        block.push(b'\n');
    }
    block.extend_from_slice(b"-----END PGP MESSAGE-----\n");
    Some(block)
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets
        .windows(wanted.len())
        .position(|window| window == wanted)
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

/// Undoes what mail clients do to armour and what can be undone without guessing: transfer encoding that was applied and
/// not declared, no-break spaces, blanks around lines, a lost blank line below the armour's header.
fn tidied(input: &[u8]) -> Cow<'_, [u8]> {
    let input = undamaged(input);
    let blanks = input
        .windows(2)
        .any(|pair| matches!(pair, b" \n" | b" \r" | b"\n " | b"\t\n"));
    let text = match std::str::from_utf8(&input) {
        Ok(text) if text.is_ascii() && !blanks && !is_header_odd(text) => return input,
        Ok(_) | Err(_) => String::from_utf8_lossy(&input),
    };
    let mut tidy = String::with_capacity(text.len());
    let mut above = Above::Outside;
    for line in text.lines() {
        let line = line.trim_matches(is_blank);
        let next = above.then(line);
        if matches!((&above, &next), (Above::Header, Above::Outside)) && !line.is_empty() {
            tidy.push('\n');
        }
        above = next;
        if above.is_header_without_value(line) {
            continue;
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    Cow::Owned(tidy.into_bytes())
}

/// What stood above a line.
enum Above {
    Begin,
    Header,
    Outside,
}

impl Above {
    fn then(&self, line: &str) -> Above {
        let is_header = line
            .split_once(':')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphabetic() || c == '-'));
        match self {
            Above::Begin | Above::Header if is_header => Above::Header,
            Above::Begin | Above::Header | Above::Outside if line.starts_with("-----BEGIN PGP") => {
                Above::Begin
            }
            Above::Begin | Above::Header | Above::Outside => Above::Outside,
        }
    }

    /// `Comment:`, where a client's comment is empty or its blank was lost: Sequoia takes it for the first line of data.
    fn is_header_without_value(&self, line: &str) -> bool {
        matches!(self, Above::Header) && line.ends_with(':')
    }
}

/// Whether the header has to be tidied: no blank line below it, or a field without a value.
fn is_header_odd(text: &str) -> bool {
    let mut above = Above::Outside;
    text.lines().take(64).any(|line| {
        let next = above.then(line.trim_end());
        let lacks = matches!((&above, &next), (Above::Header, Above::Outside))
            && !line.trim_end().is_empty();
        above = next;
        lacks || above.is_header_without_value(line.trim_end())
    })
}

/// Armour that was made quoted-printable (RFC 2045 section 6.7) without anybody saying so, decoded.
fn undamaged(input: &[u8]) -> Cow<'_, [u8]> {
    if !is_quoted_printable(input) {
        return Cow::Borrowed(input);
    }
    quoted_printable_decode(input).map_or(Cow::Borrowed(input), Cow::Owned)
}

/// In armour `=` pads the last line of data or begins the checksum, a line of five; anywhere else it is an escape.
fn is_quoted_printable(input: &[u8]) -> bool {
    const CHECKSUM: usize = 5;
    let mut lines = input
        .split(|octet| *octet == b'\n')
        .map(<[u8]>::trim_ascii)
        .peekable();
    while let Some(line) = lines.next() {
        let Some(at) = line.iter().position(|octet| *octet == b'=') else {
            continue;
        };
        let escaped = line.get(at..).unwrap_or_default();
        let hex = escaped.starts_with(b"=3D") || escaped.starts_with(b"=20");
        let soft = escaped == b"=".as_slice()
            && lines.peek().is_some_and(|next| {
                next.first()
                    .is_some_and(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(octet))
            });
        let base64 = line.get(..at).is_some_and(|before| {
            before
                .iter()
                .all(|octet| octet.is_ascii_alphanumeric() || b"+/-".contains(octet))
        });
        if base64 && ((hex && line.len() != CHECKSUM) || soft) {
            return true;
        }
    }
    false
}
