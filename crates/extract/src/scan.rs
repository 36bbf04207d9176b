//! One look at every word of a text: where a date, a zone, a CVE id or an AS number may begin.
//!
//! A place that is named here may still turn out to be none; a place that is not named can't be one.

/// Octets of a text where the patterns of each family are worth a try, in order.
#[derive(Default)]
pub(crate) struct Places {
    pub(crate) dates: Vec<usize>,
    pub(crate) clocks: Vec<usize>,
    pub(crate) zones: Vec<usize>,
    pub(crate) cves: Vec<usize>,
    pub(crate) systems: Vec<usize>,
}

/// What an octet can be to the search for beginnings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    /// A letter, a digit or `_`.
    Word,
    /// `+` or `-`.
    Sign,
    /// The first octet of `ſ`, which begins a word but is none.
    Long,
}

/// The class of every octet.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let (mut rest, mut octet): (&mut [Class], u8) = (&mut classes, 0);
    while let [class, others @ ..] = rest {
        *class = match octet {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => Class::Word,
            b'+' | b'-' => Class::Sign,
            0xc5 => Class::Long,
            _ => Class::Other,
        };
        (rest, octet) = (others, octet.wrapping_add(1));
    }
    classes
};

impl Places {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let class = |at: usize| {
            let byte = bytes.get(at)?;
            CLASSES.get(usize::from(*byte)).copied()
        };
        let mut places = Self::default();
        let mut at = 0;
        while let Some(found) = class(at) {
            match found {
                Class::Other => {}
                Class::Sign => places.zones.extend(sign(text, at)),
                Class::Word => {
                    places.word(bytes, at);
                    while class(at + 1) == Some(Class::Word) {
                        at += 1;
                    }
                    // Behind a word, `ſ` begins none.
                    at += usize::from(class(at + 1) == Some(Class::Long));
                }
                Class::Long => places.word(bytes, at),
            }
            at += 1;
        }
        places
    }

    /// Looks at the first octets of a word.
    fn word(&mut self, bytes: &[u8], at: usize) {
        let byte = bytes.get(at).copied().unwrap_or(b' ');
        if date(bytes, at) {
            self.dates.push(at);
        }
        if byte.is_ascii_digit() {
            if clock(bytes, at) {
                self.clocks.push(at);
            }
            return;
        }
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        if zone(bytes, at, byte, next) {
            self.zones.push(at);
        }
        // `AS`, then `N` or what may stand before the number.
        let other = |b: &u8| (b.is_ascii_alphabetic() || *b == b'_') && !matches!(b, b'N' | b'n');
        match (byte, next) {
            (b'c' | b'C', b'v' | b'V') => self.cves.push(at),
            (b'A', b'S') | (b'a', b's') if !bytes.get(at + 2).is_some_and(other) => {
                self.systems.push(at);
            }
            _ => {}
        }
    }
}

fn small(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(b' ').to_ascii_lowercase()
}

fn digit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// An offset begins with what stands before its sign, if that is a blank or an opening mark and figures are behind it.
fn sign(text: &str, at: usize) -> Option<usize> {
    if !digit(text.as_bytes(), at + 1) || !digit(text.as_bytes(), at + 2) {
        return None;
    }
    match crate::text::before(text, at, 4).chars().next_back() {
        None => Some(0),
        Some(c) if c.is_whitespace() || matches!(c, '(' | ':' | '=') => Some(at - c.len_utf8()),
        Some(_) => None,
    }
}

/// Whether an abbreviation, an IANA name or a place's time may begin here.
fn zone(bytes: &[u8], at: usize, first: u8, second: u8) -> bool {
    let third = small(bytes, at + 2);
    match (first, second) {
        (b'U', b'T') | (b'u', b't') | (b'G', b'M') | (b'g', b'm') => true,
        (b'C', b'E' | b'D' | b'S') | (b'M', b'E' | b'S') | (b'E', b'S' | b'D') => true,
        (b'P', b'S' | b'D') | (b'J' | b'B' | b'I', b'S') => true,
        (b'E', b'u') | (b'A', b'm' | b's' | b'f' | b'u') => true,
        (b'H' | b'h', b'E' | b'e') => third == b'u',
        (b'H' | b'h', b'O' | b'o') => third == b'r',
        (b'T' | b't', b'E' | b'e') => third == b'm',
        (b'U' | b'u', b'N' | b'n') => third == b'i',
        (b'P' | b'p', b'A' | b'a') => matches!(third, b'r' | b'c'),
        (b'B' | b'b', b'E' | b'e') => third == b'r',
        (b'L' | b'l', b'O' | b'o') => matches!(third, b'n' | b'c'),
        (b'D' | b'd', b'E' | b'e') => third == b'u',
        (b'M' | b'm', b'A' | b'a') => third == b'd',
        (b'E' | b'e', b'A' | b'a') => matches!(third, b's' | 0xc5),
        _ => false,
    }
}

/// Whether a date may begin with the word here.
fn date(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'0'..=b'9') => numeric(bytes, at),
        // The long s of `ſeptember` counts as an s.
        Some(0xc5) => bytes.get(at + 1) == Some(&0xbf),
        Some(_) => worded(bytes, at, 0) || relative(bytes, at),
        None => false,
    }
}

/// Whether a clock may begin with the digits here.
fn clock(bytes: &[u8], at: usize) -> bool {
    let lead = at.checked_sub(1).and_then(|before| bytes.get(before));
    if lead.is_some_and(|b| matches!(b, b':' | b'.' | b'-' | b'/')) {
        return false;
    }
    let end = at + 1 + usize::from(digit(bytes, at + 1));
    let two = digit(bytes, end + 1) && digit(bytes, end + 2);
    match small(bytes, end) {
        b':' => two,
        b'.' => two && matches!(small(bytes, end + 3), b' ' | b'h' | b'a' | b'p' | b'u'),
        b'h' => !small(bytes, end + 1).is_ascii_alphabetic(),
        b'a' | b'p' => matches!(small(bytes, end + 1), b'm' | b'.'),
        b' ' => matches!(small(bytes, end + 1), b'u' | b'h' | b'a' | b'p'),
        _ => false,
    }
}

/// Whether the word here may tell a day from the mail's date.
fn relative(bytes: &[u8], at: usize) -> bool {
    let get = |index| small(bytes, at + index);
    let rest = || [get(1), get(2), get(3), get(4)];
    match small(bytes, at) {
        b'a' => matches!(
            &rest(),
            b"ujou" | b"vant" | b"yer " | b"yer," | b"noch" | b"ntea" | b"ntie" | b"ntes"
        ),
        b'c' => matches!(&rest(), b"e ma" | b"e so" | b"et a" | b"ette"),
        b'd' => matches!(&rest(), b"ay b" | b"iens" | b"onne" | b"iman" | b"omin"),
        b'e' => rest() == *b"sta ",
        b'f' => matches!(&rest(), b"rida" | b"reit" | b"our " | b"ive "),
        b'i' => rest() == *b"l y ",
        b'g' => rest() == *b"este",
        b'h' => matches!(
            &rest(),
            b"ier " | b"ier," | b"eute" | b"oy a" | b"oy, " | b"oy s" | b"ace "
        ),
        b'j' => matches!(&rest(), b"eudi" | b"ueve"),
        b'l' => matches!(&rest(), b"ast " | b"etzt" | b"undi" | b"unes"),
        b'm' => matches!(
            &rest(),
            b"onda" | b"onta" | b"ardi" | b"ercr" | b"ittw" | b"arte" | b"ierc" | b"i\xc3\xa9r"
        ),
        b'n' => rest() == *b"uit ",
        b's' => matches!(
            &rest(),
            b"atur"
                | b"unda"
                | b"ix d"
                | b"amed"
                | b"amst"
                | b"onnt"
                | b"onna"
                | b"\xc3\xa1ba"
                | b"abad"
        ),
        b't' => matches!(
            &rest(),
            b"oday" | b"onig" | b"his " | b"uesd" | b"hurs" | b"wo d" | b"hree"
        ),
        b'v' => matches!(
            &rest(),
            b"orge" | b"erga" | b"endr" | b"iern" | b"or z" | b"or d" | b"or v" | b"or f" | b"or s"
        ),
        b'w' => rest() == *b"edne",
        b'y' => rest() == *b"este",
        _ => false,
    }
}

/// Digits begin a date by their number and by what follows them.
fn numeric(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    let run = |from: usize| {
        rest.iter()
            .skip(from)
            .take(17)
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let get = |index: usize| rest.get(index).copied().unwrap_or(b' ');
    let count = run(0);
    let next = rest.get(count).copied();
    match count {
        1 | 2 => match next {
            Some(b'/' | b'-' | b'.') if get(count + 1).is_ascii_digit() => {
                let second = run(count + 1);
                let third = count + 1 + second;
                let full = second <= 2
                    && matches!(get(third), b'-' | b'/' | b'.')
                    && (get(third + 1).is_ascii_digit() || get(third + 1) >= 0x80);
                let short = next == Some(b'.') && get(third) == b'.' && get(third + 1) == b' ';
                full || short && second > 0
                    || get(third) >= 0x80
                    || next != Some(b'.') && count == 2 && second >= 2
            }
            Some(b'/' | b'-' | b'.') => named(bytes, at + count + 1, 2),
            Some(b's' | b'S' | b'n' | b'N' | b'r' | b'R' | b't' | b'T' | b'e' | b'E') => {
                get(count + 1) >= 0x80
                    || get(count + 1).is_ascii_alphabetic() && named(bytes, at + count + 2, 2)
            }
            Some(b) if b.is_ascii_whitespace() || b == 0x0b => named(bytes, at + count + 1, 1),
            Some(b) => b >= 0x80,
            None => false,
        },
        4 => {
            matches!((get(0), get(1)), (b'1', b'9') | (b'2', b'0'))
                && match next {
                    Some(b'-' | b'/' | b'.' | b':') if get(5).is_ascii_digit() => true,
                    Some(b'-' | b'W') if matches!((next, get(5)), (Some(b'W'), _) | (_, b'W')) => {
                        true
                    }
                    Some(b'-' | b'/' | b' ' | b'\t'..=b'\r') => named(bytes, at + 5, 0),
                    Some(b) => b >= 0x80,
                    None => false,
                }
        }
        // MySQL's `130324  0:04:00`.
        6 => {
            let blanks = rest
                .iter()
                .skip(6)
                .take(2)
                .take_while(|b| **b == b' ')
                .count();
            let hour = run(6 + blanks);
            blanks > 0 && hour > 0 && get(6 + blanks + hour) == b':' && get(2) <= b'1'
                || next == Some(b'Z') && get(0) <= b'3' && get(2) <= b'2' && get(4) <= b'5'
        }
        10 | 13 | 16 if get(0) == b'1' => true,
        8.. => get(0) == b'2' && get(1) == b'0' && get(4) <= b'1' && get(6) <= b'3',
        _ => false,
    }
}

/// Whether the name of a month may come after at most so many blanks or marks, and `of` or `de`; or `days ago`.
fn named(bytes: &[u8], at: usize, marks: usize) -> bool {
    let gap = |from: usize, most: usize| {
        bytes
            .iter()
            .skip(from)
            .take(most)
            .take_while(|b| b.is_ascii_whitespace() || matches!(b, b'-' | b'/' | 0x0b))
            .count()
    };
    let at = at + gap(at, marks);
    if bytes.get(at).is_some_and(|b| *b >= 0x80) || month(bytes, at) {
        return true;
    }
    matches!(
        (small(bytes, at), small(bytes, at + 1)),
        (b'o', b'f') | (b'd', b'e' | b'\'')
    ) || bytes.get(at..at + 4) == Some(b"days")
}

/// Whether the two letters here begin the name of a month in one of the four languages.
fn month(bytes: &[u8], at: usize) -> bool {
    let second = small(bytes, at + 1);
    match small(bytes, at) {
        b'j' => matches!(second, b'a' | b'u'),
        b'f' => second == b'e' || second >= 0x80,
        b'm' => matches!(second, b'a' | b'r') || second >= 0x80,
        b'a' => matches!(second, b'p' | b'v' | b'b' | b'u' | b'o' | b'g'),
        b's' => second == b'e',
        b'o' => matches!(second, b'c' | b'k') || second >= 0x80,
        b'n' => second == b'o',
        b'd' => matches!(second, b'e' | b'i') || second >= 0x80,
        b'e' => second == b'n',
        _ => false,
    }
}

/// Whether the two letters here begin the name of a day.
pub(crate) fn day(bytes: &[u8], at: usize) -> bool {
    let second = small(bytes, at + 1);
    match small(bytes, at) {
        b'm' => matches!(second, b'o' | b'a' | b'e' | b'i'),
        b't' => matches!(second, b'u' | b'h'),
        b'w' => second == b'e',
        b'f' => second == b'r',
        b's' => matches!(second, b'a' | b'u' | b'o') || second >= 0x80,
        b'l' => second == b'u',
        b'j' => matches!(second, b'e' | b'u'),
        b'v' => matches!(second, b'e' | b'i'),
        b'd' => matches!(second, b'i' | b'o'),
        first => first >= 0x80,
    }
}

/// A name of a month or a day, when digits follow it, or another such name that digits follow.
fn worded(bytes: &[u8], at: usize, depth: u8) -> bool {
    let article = depth > 0
        && matches!(
            (small(bytes, at), small(bytes, at + 1)),
            (b't', b'h') | (b'l', b'e') | (b'd', b'e')
        );
    if !(article || month(bytes, at) || depth == 0 && day(bytes, at)) {
        return false;
    }
    let count = |from: usize, most: usize, test: fn(&u8) -> bool| {
        bytes
            .iter()
            .skip(from)
            .take(most)
            .take_while(|b| test(b))
            .count()
    };
    let letters = count(at, 64, |b| b.is_ascii_alphabetic() || *b >= 0x80);
    let gap = at + letters;
    let marks = count(gap, 8, |b| {
        b.is_ascii_whitespace() || matches!(b, b'.' | b',' | b'-' | b'/' | 0x0b)
    });
    match bytes.get(gap + marks) {
        Some(b) if b.is_ascii_digit() || *b >= 0x80 => letters < 64,
        Some(b) if b.is_ascii_alphabetic() => {
            marks > 0 && depth < 2 && worded(bytes, gap + marks, depth + 1)
        }
        _ => false,
    }
}
