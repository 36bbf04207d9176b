//! The words around an address as numbers: folded, cut to their stems, with whose something is told alike in all languages.

use super::Site;
use super::concept::concept;
use crate::Role;
use crate::text::cut;

/// What sort of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Word,
    /// `our`, `meine`: the reporter's.
    Ours,
    /// `your`, `votre`: the reader's.
    Yours,
    /// A comma, a bracket, a line's end: a clause may end here.
    Pause,
    /// A sentence ends.
    Stop,
    /// A blank line.
    Gap,
    Address,
}

/// A word or mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    /// The whole word's hash.
    pub(super) full: u32,
    /// The hash of its first five letters.
    pub(super) stem: u32,
    /// The hash of its meaning, or of the mark; nought for a word without a known one.
    pub(super) sense: u32,
    pub(super) mark: Mark,
    /// Its first octet.
    pub(super) at: usize,
}

impl Token {
    /// Its meaning, or else its stem.
    pub(super) fn meaning(&self) -> u32 {
        match self.sense {
            0 => self.stem,
            sense => sense,
        }
    }
}

/// Letters of a word that count; no longer word is told from another with the same beginning.
const WORD_LIMIT: usize = 24;
const STEM: usize = 5;
/// Octets of a line from which on its end is no more than where the mail program broke it.
const WRAPPED: usize = 56;

const OURS: [&str; 20] = [
    "our", "ours", "my", "mine", "notre", "nos", "mon", "ma", "mes", "mi", "mis", "notres", "mio",
    "mia", "mios", "mias", "mien", "mienne", "miens", "miennes",
];
const YOURS: [&str; 26] = [
    "your", "yours", "votre", "vos", "su", "sus", "suya", "suyo", "suyas", "suyos", "vuestro",
    "vuestra", "vuestros", "vuestras", "votres", "ton", "ta", "tes", "tu", "tus", "tuyo", "tuya",
    "euer", "eure", "eurem", "euren",
];

/// One octet more.
pub(super) fn step(sum: u32, byte: u8) -> u32 {
    (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// FNV-1a, 32 bits.
pub(super) fn hash(bytes: impl IntoIterator<Item = u8>, seed: u32) -> u32 {
    bytes.into_iter().fold(0x811c_9dc5 ^ seed, step)
}

/// The tokens of `from..to`; addresses count as one each, told by the role that the rules gave them.
pub(super) fn tokens(text: &str, (from, to): (usize, usize), sites: &[Site<'_>]) -> Vec<Token> {
    let mut found = Vec::with_capacity(96);
    let first = sites.partition_point(|site| site.full <= from);
    let mut next = sites.iter().skip(first).peekable();
    let mut at = from;
    while at < to {
        if let Some(site) = next.next_if(|site| site.start <= at) {
            found.push(match site.named {
                true => plain("@n", Mark::Address, site.start),
                false => address(site.ruled.role, site.start),
            });
            at = site.full.max(at + 1);
            continue;
        }
        let Some(c) = cut(text, at, to).chars().next() else {
            break;
        };
        let limit = next.peek().map_or(to, |site| site.start.min(to));
        let end = match c.is_alphanumeric() {
            true => word(text, at, limit, &mut found),
            false => mark(text, at, c, &mut found),
        };
        at = end.max(at + c.len_utf8());
    }
    found
}

fn address(role: Role, at: usize) -> Token {
    let name = match role {
        Role::Source => "@s",
        Role::Destination => "@d",
        Role::Unknown => "@",
    };
    plain(name, Mark::Address, at)
}

fn plain(name: &str, mark: Mark, at: usize) -> Token {
    let full = hash(name.bytes(), 0);
    Token {
        full,
        stem: full,
        sense: full,
        mark,
        at,
    }
}

/// Reads a word; where it ends.
fn word(text: &str, at: usize, limit: usize, found: &mut Vec<Token>) -> usize {
    let rest = cut(text, at, limit);
    let length = rest
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(rest.len());
    let raw = cut(rest, 0, length);
    if raw.starts_with(|c: char| c.is_ascii_digit()) {
        found.push(plain("#", Mark::Word, at));
        return at + length;
    }
    let folded = crate::text::fold(cut(raw, 0, raw.floor_char_boundary(WORD_LIMIT)));
    let mark = owner(raw, &folded);
    let stem = cut(&folded, 0, folded.floor_char_boundary(STEM));
    let full = hash(folded.bytes(), 0);
    let (stem, sense) = match mark {
        Mark::Ours => (hash("our".bytes(), 1), hash("our".bytes(), 1)),
        Mark::Yours => (hash("your".bytes(), 1), hash("your".bytes(), 1)),
        Mark::Word | Mark::Pause | Mark::Stop | Mark::Gap | Mark::Address => (
            hash(stem.bytes(), 0),
            concept(&folded).map_or(0, |number| hash([number], 2)),
        ),
    };
    found.push(Token {
        full,
        stem,
        sense,
        mark,
        at,
    });
    at + length
}

/// Whose something is.
fn owner(raw: &str, folded: &str) -> Mark {
    let german = |stem: &str| folded.starts_with(stem) && folded.len() <= stem.len() + 2;
    if OURS.contains(&folded)
        || german("unser")
        || german("mein")
        || folded.starts_with("nuestr") && folded.len() <= 8
    {
        return Mark::Ours;
    }
    // In German a small letter makes it `her`.
    if YOURS.contains(&folded) || german("ihr") && raw.starts_with('I') || german("dein") {
        return Mark::Yours;
    }
    Mark::Word
}

/// Reads what is no word; where it ends.
fn mark(text: &str, at: usize, c: char, found: &mut Vec<Token>) -> usize {
    let end = at + c.len_utf8();
    let rest = || cut(text, end, text.len());
    match c {
        '\n' => return line(text, at, found),
        '.' | '!' | '?' if rest().is_empty() || rest().starts_with(char::is_whitespace) => {
            let next = rest().trim_start().chars().next();
            if next.is_none_or(|c| !c.is_lowercase()) {
                found.push(plain(".", Mark::Stop, at));
            }
        }
        ',' => found.push(plain(",", Mark::Pause, at)),
        ';' => found.push(plain(";", Mark::Pause, at)),
        ':' => found.push(plain(":", Mark::Pause, at)),
        '(' | '[' => found.push(plain("(", Mark::Pause, at)),
        ')' | ']' => found.push(plain(")", Mark::Pause, at)),
        '–' | '—' => found.push(plain("-", Mark::Pause, at)),
        '-' | '*' | '•' if cut(text, 0, at).ends_with([' ', '\n']) => {
            found.push(plain("-", Mark::Pause, at));
        }
        '%' | '$' | '€' | '£' => found.push(plain("%", Mark::Word, at)),
        _ => {}
    }
    end
}

/// Reads the end of a line: a blank line, an end that means something, or one that only wraps.
fn line(text: &str, at: usize, found: &mut Vec<Token>) -> usize {
    let rest = cut(text, at, text.len());
    let blank = |c: char| c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '>';
    let length = rest.find(|c| !blank(c)).unwrap_or(rest.len());
    let breaks = rest.bytes().take(length).filter(|b| *b == b'\n').count();
    if breaks > 1 {
        found.push(plain("\n\n", Mark::Gap, at));
        return at + length;
    }
    let lead = crate::text::before(text, at, WRAPPED);
    let long = lead.len() + 3 >= WRAPPED && !lead.contains('\n');
    let lower = cut(text, at + length, text.len()).starts_with(char::is_lowercase);
    let ended = found.last().is_some_and(|last| last.mark == Mark::Stop);
    if !long && !lower && !ended {
        found.push(plain("\n", Mark::Pause, at));
    }
    at + length
}
