//! Four numbers with dots that are no address by what is written around them: versions, serials, telephone numbers, sections, learned
//! from mails in four languages. Asked only of numbers that look like those, and that no rule of [`crate::version`] tells.
//!
//! A linear model as in the rest of this folder. How sure it must be rests on the numbers: four small ones are hardly ever an address,
//! so little must speak for a version; others are mostly one, so nearly all must. `examples/train_roles numbers` makes the weights.

use super::token::{Mark, Token, hash, tokens};
use super::{SCALE, score};
use crate::small;
use crate::text::{before, cut, window};

/// Key and weights of each clue, as in `roles.weights`; the first class is an address, the second one is none.
static WEIGHTS: &[u8] = include_bytes!("numbers.weights");

/// Octets that are looked at before the numbers and behind them.
const LEFT: usize = 120;
const RIGHT: usize = 60;
/// Words on each side that are noted wherever they stand.
const WORDS: usize = 12;

/// Numbers up to this are small.
const SMALL: u8 = 32;
/// No version has greater ones beside small ones, but for its last.
const LARGE: u8 = 127;

/// How much surer, in hundredths, behind a word that addresses stand behind.
const ADDRESSED: i32 = 200;

/// Log-odds from which on four numbers are no address, in hundredths; none where they are one, whatever is said.
fn least([a, b, c, d]: [u8; 4]) -> Option<i32> {
    let octets = [a, b, c, d];
    // `1.2.3.4`, `5.6.7.8`, `11.22.33.44`: what people write for any address.
    let [a16, b16, c16, d16] = octets.map(i16::from);
    let stepped = b16 - a16 == c16 - b16 && c16 - b16 == d16 - c16;
    let known = stepped || a == b && c == d || [b, c, d] == [0, 0, 1];
    if known || matches!(a, 0 | 10 | 127 | 224..) {
        return (a == 10 && !known).then_some(300);
    }
    let small = octets.iter().filter(|octet| **octet <= SMALL).count();
    let groups = octets.iter().all(|octet| (10..100).contains(octet));
    match small {
        4 => Some(0),
        3 if a <= SMALL && b <= LARGE && c <= LARGE => Some(50),
        _ if groups => Some(300),
        _ if a <= SMALL && b <= LARGE && c <= LARGE => Some(250),
        _ => None,
    }
}

/// Whether the four numbers from `start` to `end` are no address by the words around them.
pub(crate) fn is_number(text: &str, start: usize, end: usize, octets: [u8; 4]) -> bool {
    let Some(least) = least(octets) else {
        return false;
    };
    let told = small::addressing(before(text, start, 40));
    let least = least + if told { ADDRESSED } else { 0 };
    let [address, number, _] = score(&clues(text, start, end), WEIGHTS);
    (number - address) * 100 >= least * SCALE
}

/// What is noticed around the four numbers from `start` to `end`.
#[must_use]
pub fn clues(text: &str, start: usize, end: usize) -> Vec<u32> {
    let from = text.ceil_char_boundary(start.saturating_sub(LEFT));
    let to = text.floor_char_boundary((end + RIGHT).min(text.len()));
    // Other paragraphs say nothing of it.
    let lead = cut(text, from, start);
    let from = from + lead.rfind("\n\n").map_or(0, |gap| gap + 2);
    let to = cut(text, end, to).find("\n\n").map_or(to, |gap| end + gap);
    let left: Vec<Token> = tokens(text, (from, start), &[]).into_iter().rev().collect();
    let right = tokens(text, (end, to), &[]);
    let mut clues = vec![hash([], 1)];
    let mut add = |sort: u32, parts: &[u32]| {
        let bytes = parts.iter().flat_map(|part| part.to_le_bytes());
        clues.push(hash(bytes, sort.wrapping_mul(0x9e37_79b9)));
    };
    for (sort, list) in [(10, &left), (30, &right)] {
        let at = |at: usize| list.get(at);
        let full = |n: usize| at(n).map_or(1, |token| token.full);
        let meaning = |n: usize| at(n).map_or(1, Token::meaning);
        let stem = |n: usize| at(n).map_or(1, |token| token.stem);
        add(sort, &[full(0)]);
        add(sort + 1, &[stem(0)]);
        add(sort + 2, &[meaning(0)]);
        add(sort + 3, &[full(0), stem(1)]);
        add(sort + 4, &[meaning(0), meaning(1)]);
        add(sort + 5, &[stem(1)]);
        add(sort + 6, &[stem(2)]);
        add(sort + 7, &[meaning(0), meaning(1), meaning(2)]);
        let mut inside = true;
        for token in list.iter().take(WORDS) {
            inside &= !matches!(token.mark, Mark::Stop | Mark::Gap);
            add(sort + 8 + u32::from(inside), &[token.stem]);
            if inside {
                add(sort + 10, &[token.meaning()]);
            }
        }
        // The nearest word, whatever marks stand between.
        let word = list.iter().find(|token| token.mark == Mark::Word);
        add(sort + 11, &[word.map_or(1, |token| token.stem)]);
    }
    // What they are glued to, and how their line begins.
    let last = before(text, start, 4).chars().next_back();
    let next = window(text, end, 4).chars().next();
    // The ends of the text are ends of lines.
    let (last, next) = (last.or(Some('\n')), next.or(Some('\n')));
    let place =
        |c: Option<char>| c.map_or(0, |c| if c.is_alphanumeric() { 1 } else { u32::from(c) });
    add(50, &[place(last)]);
    add(51, &[place(next)]);
    add(52, &[place(last), place(next)]);
    let word = before(text, start, 32).trim_end_matches([' ', '"', '(', '\'']);
    let named = word.rsplit([' ', '\n']).next().unwrap_or_default();
    add(53, &[shape(named)]);
    let line = cut(text, from, start)
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    let opening = line.split_whitespace().next().unwrap_or_default();
    add(
        54,
        &[hash(
            crate::text::fold(cut(opening, 0, opening.floor_char_boundary(12))).bytes(),
            0,
        )],
    );
    clues
}

/// How a word is written: with a capital, in capitals, with numbers in it, with dots, as a host's name.
fn shape(word: &str) -> u32 {
    let first = word.chars().next();
    let flags = [
        first.is_some_and(char::is_uppercase),
        word.chars().skip(1).any(char::is_uppercase),
        word.contains(|c: char| c.is_ascii_digit()),
        word.contains('.'),
        word.ends_with([':', '=']),
        word.ends_with([',', ';', '.']),
    ];
    flags.iter().fold(0, |sum, flag| sum * 2 + u32::from(*flag))
}
