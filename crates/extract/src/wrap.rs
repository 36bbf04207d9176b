//! Log lines that a mail program broke into several, put together again.
//!
//! A break is undone where all of this holds: the line is one of a log; the next line's first word would not have fitted behind it;
//! and the next line is neither a line of a log itself nor words of a sentence. Mails that have longer lines were not broken.

use std::net::Ipv4Addr;

use crate::Role;
use crate::formats::name;
use crate::text::{cut, window};

/// No mail program breaks lines before this column, nor behind [`WIDEST`], in characters.
const NARROWEST: usize = 65;
const WIDEST: usize = 80;
/// Pieces of one line that are put together, at most.
const PIECES: usize = 40;

/// Octets of a text, and what stands in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Joint {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) meant: &'static str,
}

/// A line without its end and without marks of quotation.
#[derive(Clone, Copy)]
struct Piece<'a> {
    start: usize,
    bare: &'a str,
    /// How many columns it takes with the marks before it.
    columns: usize,
    quoted: bool,
}

impl<'a> Piece<'a> {
    fn of(start: usize, line: &'a str) -> Self {
        let line = line.trim_end_matches(['\n', '\r']);
        let bare = line.trim_start_matches(['>', ' ', '\t']);
        let lead = cut(line, 0, line.len() - bare.len());
        let quoted = lead.contains('>');
        let bare = match quoted {
            true => bare,
            false => line,
        };
        Self {
            start: start + line.len() - bare.len(),
            bare,
            columns: line.trim_end().chars().count(),
            quoted,
        }
    }

    fn end(&self) -> usize {
        self.start + self.bare.trim_end().len()
    }
}

/// Where lines of a log were broken.
pub(crate) fn joints(text: &str) -> Vec<Joint> {
    let mut joints = Vec::new();
    let mut wide: [Option<bool>; 2] = [None; 2];
    let mut last: Option<(Piece<'_>, Piece<'_>, usize)> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let next = Piece::of(start, line);
        start += line.len();
        if let Some((piece, first, count)) = last
            && count < PIECES
            && broken(&piece, &next)
            && !begins(next.bare, first.bare)
            && !(spoken(next.bare) && closed(cut(text, first.start, piece.end())))
            && !unbroken(text, first.quoted, &mut wide)
        {
            joints.push(Joint {
                start: piece.end(),
                end: next.start,
                meant: between(piece.bare.trim_end(), next.bare),
            });
            last = Some((next, first, count + 1));
            continue;
        }
        let log = next.columns > 20 && next.columns <= WIDEST && head(next.bare).is_some();
        last = log.then_some((next, next, 1));
    }
    joints
}

/// Whether one of the lines, of the quoted ones or of the others, is longer than any that was broken; asked once of each.
fn unbroken(text: &str, quoted: bool, known: &mut [Option<bool>; 2]) -> bool {
    let [own, others] = known;
    let known = if quoted { others } else { own };
    let marked = |line: &str| line.trim_start().starts_with('>') == quoted;
    *known.get_or_insert_with(|| text.lines().any(|line| marked(line) && wide(line)))
}

/// Whether the sender's program let the text flow: a blank at the end of a line (RFC 3676).
fn flowed(piece: &Piece<'_>) -> bool {
    piece.bare.ends_with(' ') && !piece.bare.trim_end().is_empty()
}

/// Whether a line is longer than any that a mail program breaks, and has blanks where it could have been broken.
fn wide(line: &str) -> bool {
    line.len() > WIDEST + 4
        && line.chars().count() > WIDEST + 4
        && window(line.trim_start_matches(['>', ' ']), 0, WIDEST)
            .trim_end()
            .contains(' ')
        && line
            .rsplit(' ')
            .next()
            .is_some_and(|word| word.chars().count() < NARROWEST)
}

/// Whether the first word of the next line would not have fitted behind a line.
fn broken(piece: &Piece<'_>, next: &Piece<'_>) -> bool {
    let word = next.bare.split(' ').next().unwrap_or_default();
    // The tail of a quoted line that was broken when it was answered has no mark.
    let tail = piece.quoted && next.bare.split(' ').count() < 4;
    (piece.quoted == next.quoted || tail)
        && !apart(next.bare)
        && !word.is_empty()
        && !next.bare.starts_with([' ', '\t'])
        && !next.bare.starts_with("-- ")
        && next.bare != "--"
        && (flowed(piece) || piece.columns + 1 + word.chars().count() > NARROWEST)
}

/// Whether a line stands for itself: a label, an address alone, a rule of marks.
fn apart(line: &str) -> bool {
    let line = line.trim();
    let words = |name: &str| {
        name.len() < 32
            && name.starts_with(char::is_alphabetic)
            && name.chars().all(|c| c.is_alphanumeric() || c == ' ')
    };
    let labelled = || line.split_once(": ").is_some_and(|(name, _)| words(name));
    !line.contains(char::is_alphanumeric) || line.parse::<std::net::IpAddr>().is_ok() || labelled()
}

/// How a line of a log begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head<'a> {
    /// A clock or a priority near its start, the name of a program with its number, an object of JSON.
    Plain,
    /// Pairs of keys and values, with the first key.
    Keys(&'a str),
}

fn head(line: &str) -> Option<Head<'_>> {
    let lead = window(line, 0, 64);
    let key = lead.split_once('=').map_or("", |(key, _)| key);
    let keyed = key.len() > 1 && key.bytes().all(own_key);
    if let Some(at) = clock(lead.as_bytes()) {
        let inner = cut(lead, 0, at).contains('=') && keyed;
        return Some(if inner { Head::Keys(key) } else { Head::Plain });
    }
    let first = lead.split(' ').next().unwrap_or_default();
    let plain = line.starts_with("{\"")
        || ["CEF:", "LEEF:", "@40000000"]
            .iter()
            .any(|mark| line.starts_with(mark))
        || line.starts_with('<') && lead.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
        || first.ends_with("]:")
        || first.starts_with('%') && first.ends_with(':');
    if plain {
        return Some(Head::Plain);
    }
    let pair = |word: &&str| {
        word.split_once('=')
            .is_some_and(|(key, _)| key.len() > 1 && key.bytes().all(own_key))
    };
    let pairs = lead.split([' ', ',', ';', '|', '\t']).filter(pair).count();
    (keyed && pairs > 2).then_some(Head::Keys(key))
}

/// Where a clock begins near the start of a line.
fn clock(head: &[u8]) -> Option<usize> {
    let at = head.windows(6).take(40).enumerate().find(|(at, found)| {
        let [a, b, c, d, e, f] = found else {
            return false;
        };
        let digits = [a, b, d, e].iter().all(|b| b.is_ascii_digit());
        digits && *c == b':' && (*f == b':' || *at < 12 && !f.is_ascii_digit())
    });
    at.map(|(at, _)| at)
}

/// Whether a line begins another entry of the log that `first` is of.
fn begins(line: &str, first: &str) -> bool {
    match head(line) {
        Some(Head::Plain) => true,
        Some(Head::Keys(_)) => head(first) == head(line),
        None => false,
    }
}

fn own_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Whether a line is of words only, as a sentence, a greeting or a name is.
fn spoken(line: &str) -> bool {
    let mark = |c: char| c.is_ascii_digit() || "=/[]{}<>|\"_;@#%\\*+".contains(c);
    let cells = || {
        line.split(',')
            .skip(1)
            .any(|cell| cell.starts_with(char::is_alphabetic))
    };
    !line.contains(mark) && !cells()
        || line.starts_with(char::is_uppercase) && line.ends_with(['.', '!', '?'])
}

/// Whether every bracket and quotation mark that opens in a line closes in it.
fn closed(line: &str) -> bool {
    let count = |mark: u8| memchr::memchr_iter(mark, line.as_bytes()).count();
    count(b'[') <= count(b']') && count(b'(') <= count(b')') && count(b'"') % 2 == 0
}

/// What stood where a line was broken: nothing inside an address or a key, a blank elsewhere.
fn between(line: &str, next: &str) -> &'static str {
    let tail = line.rsplit([' ', '=', ':', '"', '[', '(', ',', '/']).next();
    let tail = tail.unwrap_or_default();
    let own = |c: char| c.is_ascii_digit() || c == '.';
    let head = cut(next, 0, next.find(|c| !own(c)).unwrap_or(next.len()));
    let quad = |text: &str| text.trim_end_matches('.').parse::<Ipv4Addr>().is_ok();
    let number = !tail.is_empty() && tail.len() < 16 && tail.chars().all(own) && !head.is_empty();
    if number && !quad(tail) && !quad(head) && quad(&format!("{tail}{head}")) {
        return "";
    }
    let word = line.rsplit([' ', ',', ';', '|']).next().unwrap_or_default();
    let key = next.split_once('=').map_or("", |(key, _)| key);
    let broken = !word.is_empty()
        && !key.is_empty()
        && word.len() + key.len() < 24
        && word.bytes().chain(key.bytes()).all(own_key)
        && line.matches('=').count() > 1;
    let whole =
        || name::read(&format!("{word}{key}")).is_some_and(|field| field.role != Role::Unknown);
    if broken && whole() { "" } else { " " }
}

#[cfg(test)]
mod tests {
    use super::{Joint, joints};
    use crate::text::cut;

    fn joined(text: &str) -> String {
        let mut whole = String::new();
        let mut done = 0;
        for Joint { start, end, meant } in joints(text) {
            whole.push_str(cut(text, done, start));
            whole.push_str(meant);
            done = end;
        }
        whole + cut(text, done, text.len())
    }

    #[test]
    fn a_log_line_that_was_broken_is_whole_again() {
        let broken = "2026-03-02T10:11:12Z relay9 doorkeeper: refused login of carla through\n\
                      gate from 192.0.2.77 port 40022 to\n198.51.100.3";
        assert!(joined(broken).starts_with(
            "2026-03-02T10:11:12Z relay9 doorkeeper: refused login of carla through gate from"
        ));
        let quoted = "> Mar  2 10:11:12 relay9 doorkeeper[77]: refused login of carla through\r\n> gate from 192.0.2.77\r\n";
        assert_eq!(
            joined(quoted),
            "> Mar  2 10:11:12 relay9 doorkeeper[77]: refused login of carla through gate from 192.0.2.77\r\n"
        );
    }

    #[test]
    fn what_follows_a_log_line_stays_by_itself() {
        for text in [
            "2026-03-02T10:11:12Z relay9 doorkeeper: refused login of carla from 192.0.2.77\nPlease stop this.\n",
            "2026-03-02T10:11:12Z relay9 doorkeeper: refused login of carla from 192.0.2.77\nRegards\n",
            "2026-03-02T10:11:12Z relay9 doorkeeper: refused login of carla from 192.0.2.77\n2026-03-02T10:11:13Z relay9\n",
            "2026-03-02T10:11:12Z short line\nfrom 192.0.2.1\n",
        ] {
            assert_eq!(joined(text), text);
        }
    }

    #[test]
    fn an_address_and_a_key_that_were_broken_are_whole_again() {
        let address = "Mar  2 10:11:12 relay9 doorkeeper[77]: refused login of carla from 192.0\n.2.77 port 40022\n";
        assert!(joined(address).contains("from 192.0.2.77 port"));
        let key = "Mar  2 10:11:12 relay9 wall: action=deny proto=tcp srcip=192.0.2.77 ds\ntip=198.51.100.3 dport=22\n";
        assert!(joined(key).contains(" dstip=198.51.100.3"));
    }
}
