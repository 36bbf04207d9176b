//! Ten thousand Subjects as clients mangle them: the tag is found through everything that is documented, and whatever was done
//! to it, no other number is ever read.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use intake::message::{header, parse};
use intake::thread::{ReferenceFinder, TicketRef};

const TEAMS: [&str; 3] = ["CSIRT", "CSIRT North", "A.B-C_D team"];
const CASES: u64 = 10_000;

/// The same on every machine: xorshift64*.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next()).unwrap() % most.max(1)
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        *list.get(self.below(list.len())).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What must come of a mangling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    /// Documented: the tag is found.
    Found,
    /// It is damaged, or only looks like one: nothing is found.
    None,
}

const PREFIXES: [&str; 24] = [
    "Re: ",
    "RE: ",
    "re[2]: ",
    "Re^3: ",
    "AW: ",
    "Antw: ",
    "SV: ",
    "VS: ",
    "TR: ",
    "TR : ",
    "RV: ",
    "RES: ",
    "ENC: ",
    "Fwd: ",
    "FW: ",
    "WG: ",
    "Odp: ",
    "R: ",
    "回复: ",
    "转发：",
    "[noc-list] ",
    "[EXTERN] ",
    "***SPAM*** ",
    "[RT #123] ",
];
const TRAILERS: [&str; 14] = [
    "",
    " Scan",
    " scan of 192.0.2.7:443",
    " (was: Scan)",
    " [EXTERNAL]",
    " - Ticket #4711",
    " Überfall auf ß",
    " 障害の報告",
    " [#99]",
    ": 000124",
    " ...",
    " [2/3]",
    "\u{202B} תקלה\u{202C}",
    " café 🙂",
];

/// A tag, in any case of letters, with blanks where bad folding and clients put them.
fn written(dice: &mut Dice, ticket: &TicketRef) -> String {
    let tag = match dice.below(3) {
        0 => ticket.tag(),
        1 => ticket.tag().to_lowercase(),
        _ => ticket.tag().to_uppercase(),
    };
    if dice.chance(60) {
        return tag;
    }
    let hash = tag.find('#').unwrap();
    let mut out = String::new();
    for (place, character) in tag.char_indices() {
        // Not behind six digits of a longer number: then it may be either.
        let digits_before = place.saturating_sub(hash + 1);
        let ambiguous = place > hash && (6..ticket_digits(&tag)).contains(&digits_before);
        if place > 0 && !ambiguous && dice.chance(12) {
            out.push_str(dice.one_of(&[" ", "  ", "\t", "\u{a0}"]));
        }
        if character == ' ' {
            out.push_str(dice.one_of(&[" ", "\u{a0}", "  "]));
        } else {
            out.push(character);
        }
    }
    out
}

fn ticket_digits(tag: &str) -> usize {
    tag.bytes().filter(u8::is_ascii_digit).count()
}

/// Damage that must hide the tag: nobody may read a number that was not there (T44).
fn damaged(dice: &mut Dice, tag: &str) -> String {
    let characters: Vec<char> = tag.chars().collect();
    let hash = characters.iter().position(|c| *c == '#').unwrap();
    let last = characters.len() - 1;
    let splice = |at: usize, remove: usize, put: &str| -> String {
        let head: String = characters.iter().take(at).collect();
        let tail: String = characters.iter().skip(at + remove).collect();
        format!("{head}{put}{tail}")
    };
    let digit = hash + 1 + dice.below(last - hash - 1);
    let inside = 1 + dice.below(last - 1);
    match dice.below(11) {
        // Cut by the client, with and without a sign that it was.
        0 => characters.iter().take(1 + dice.below(last)).collect(),
        1 => format!(
            "{}…",
            characters
                .iter()
                .take(1 + dice.below(last))
                .collect::<String>()
        ),
        2 => format!(
            "{}...]",
            characters
                .iter()
                .take(hash + 1 + dice.below(last - hash))
                .collect::<String>()
        ),
        // Full-width, other digits, look-alikes.
        3 => tag.chars().map(wide).collect(),
        4 => tag
            .chars()
            .map(|c| if c.is_ascii_digit() { wide(c) } else { c })
            .collect(),
        5 => splice(
            digit,
            1,
            &char::from_u32(0x660 + u32::try_from(dice.below(10)).unwrap())
                .unwrap()
                .to_string(),
        ),
        6 => tag
            .replacen(['C', 'c'], "\u{421}", 1)
            .replacen(['A', 'a'], "\u{410}", 1),
        // Hidden characters.
        7 => splice(
            inside,
            0,
            dice.one_of(&["\u{ad}", "\u{200b}", "\u{200d}", "\u{2060}", "\u{feff}"]),
        ),
        8 => splice(
            inside,
            0,
            dice.one_of(&["\u{202e}", "\u{202d}", "\u{200f}", "\u{2066}", "\u{2069}"]),
        ),
        // Not a tag.
        9 => splice(digit, 0, dice.one_of(&["x", "-", ".", ",", "_", "/"])),
        _ => splice(hash, 1, dice.one_of(&["", "-", " ", ":"])),
    }
}

fn wide(character: char) -> char {
    let code = u32::from(character);
    if (0x21..0x7f).contains(&code) {
        char::from_u32(code + 0xfee0).unwrap()
    } else {
        character
    }
}

/// A Subject line as a client writes it; `None` of the ways changes the text.
fn line(dice: &mut Dice, text: &str) -> String {
    match dice.below(6) {
        // As it is (RFC 6532), folded at blanks, or at one only.
        0 => format!("Subject: {text}"),
        1 => format!("Subject: {}", text.replace(' ', "\r\n ")),
        2 => format!("Subject:{}", text.replacen(' ', "\r\n\t", 1)),
        // Encoded words: all at once, split between characters, split between octets as many a client does.
        3 => format!("Subject: =?UTF-8?{}?=", word(dice, text.as_bytes())),
        4 => {
            let characters: Vec<char> = text.chars().collect();
            let most = 1 + dice.below(30);
            let words: Vec<String> = characters
                .chunks(most)
                .map(|chunk| {
                    format!(
                        "=?utf-8?{}?=",
                        word(dice, chunk.iter().collect::<String>().as_bytes())
                    )
                })
                .collect();
            format!(
                "Subject: {}",
                words.join(dice.one_of(&[" ", "\r\n ", "\r\n\t"]))
            )
        }
        _ => {
            // In whole groups of base 64, or nobody could put the character together again.
            let (quoted, most) = (dice.chance(50), 3 * (1 + dice.below(10)));
            let words: Vec<String> = text
                .as_bytes()
                .chunks(most)
                .map(|chunk| format!("=?utf-8*en?{}?=", encoded(chunk, quoted, quoted)))
                .collect();
            format!("Subject: {}", words.join("\r\n "))
        }
    }
}

fn word(dice: &mut Dice, octets: &[u8]) -> String {
    let (quoted, all) = (dice.chance(50), dice.chance(30));
    encoded(octets, quoted, all)
}

fn encoded(octets: &[u8], quoted: bool, all: bool) -> String {
    if !quoted {
        return format!("B?{}", STANDARD.encode(octets));
    }
    let octet = |octet: &u8| match *octet {
        b' ' => "_".to_owned(),
        octet if octet.is_ascii_alphanumeric() && !all => char::from(octet).to_string(),
        octet => format!("={octet:02X}"),
    };
    format!("q?{}", octets.iter().map(octet).collect::<String>())
}

fn received(line: &str) -> String {
    let message = parse(format!("{line}\r\n\r\n").as_bytes());
    header(&message.parts.first().unwrap().headers, "Subject")
        .unwrap()
        .value
        .clone()
}

#[test]
fn ten_thousand_mangled_subjects_name_their_ticket_or_none() {
    let finder = ReferenceFinder::new(&TEAMS.map(str::to_owned), Vec::new());
    let mut dice = Dice(0x5EED_CAFE_F00D_1234);
    let (mut found, mut hidden) = (0, 0);
    for case in 0..CASES {
        let most = dice.one_of(&[1_000, 1_000_000, 100_000_000]);
        let ticket = TicketRef {
            team: dice.one_of(&TEAMS).to_owned(),
            serial: 1 + dice.next() % most,
        };
        let (tag, truth) = if dice.chance(70) {
            (written(&mut dice, &ticket), Truth::Found)
        } else {
            (damaged(&mut dice, &ticket.tag()), Truth::None)
        };
        let prefixes: String = (0..dice.below(4)).map(|_| dice.one_of(&PREFIXES)).collect();
        // What was cut is cut: nothing follows that could close it.
        let trailer = match truth {
            Truth::Found => dice.one_of(&TRAILERS),
            Truth::None => dice.one_of(&["", " Scan", " (was: Scan)", "\u{202B} תקלה\u{202C}"]),
        };
        let text = format!("{prefixes}{tag}{trailer}");
        let line = line(&mut dice, &text);
        let own = finder.find(&[&received(&line)], "").own;
        match truth {
            Truth::Found => {
                found += 1;
                assert_eq!(own, [ticket], "case {case}: {text:?} as {line:?}");
            }
            Truth::None => {
                hidden += 1;
                assert_eq!(own, [], "case {case}: {text:?} of {ticket} as {line:?}");
            }
        }
    }
    assert!(found > 6_000 && hidden > 2_000, "{found} and {hidden}");
}

/// The same in the first line of the text, where no client folds.
#[test]
fn mangled_first_lines_name_their_ticket_or_none() {
    let finder = ReferenceFinder::new(&TEAMS.map(str::to_owned), Vec::new());
    let mut dice = Dice(0xBEEF_0000_0BAD_5EED);
    for case in 0..2_000 {
        let ticket = TicketRef {
            team: dice.one_of(&TEAMS).to_owned(),
            serial: 1 + dice.next() % 10_000_000,
        };
        let tag = written(&mut dice, &ticket);
        let quote = dice.one_of(&["", "> ", ">> ", "| ", "\u{a0}"]);
        let text = format!("\n{quote}{tag}\n\nHello,\n");
        assert_eq!(
            finder.find(&["..."], &text).own,
            std::slice::from_ref(&ticket),
            "case {case}: {text:?}"
        );
        let text = format!("\n{quote}{}\n\nHello,\n", damaged(&mut dice, &ticket.tag()));
        assert_eq!(
            finder.find(&["..."], &text).own,
            [],
            "case {case}: {text:?}"
        );
    }
}
