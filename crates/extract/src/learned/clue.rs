//! What is noticed about an address: the words left and right of it, whose something is, and what is known of the others.

use super::token::{Mark, Token, hash, tokens};
use super::{Overall, Site};
use crate::Role;

/// Octets that are looked at before an address and behind it.
const LEFT: usize = 320;
const RIGHT: usize = 240;
/// Tokens of the sentence before, and of the one behind, that count.
const EARLIER: usize = 16;
const LATER: usize = 5;

/// The clues of an address, as numbers.
pub(super) fn clues(text: &str, sites: &[Site<'_>], index: usize, overall: Overall) -> Vec<u32> {
    let Some(site) = sites.get(index) else {
        return Vec::new();
    };
    let from = text.ceil_char_boundary(site.start.saturating_sub(LEFT).max(site.floor));
    let to = text.floor_char_boundary(site.full + RIGHT);
    let all = tokens(text, (from, to), sites);
    let own = all.partition_point(|token| token.at < site.start);
    let (left, right) = (all.get(..own), all.get(own + 1..));
    let around = Around::new(left.unwrap_or_default(), right.unwrap_or_default());
    let mut clues = Clues(Vec::with_capacity(128));
    clues.add(0, &[]);
    clues.near(&around);
    clues.bags(&around);
    clues.bones(&around);
    clues.owners(&around);
    clues.others(&around, site, overall);
    clues.0
}

/// The sentence around an address, nearest tokens first, and the sentences before and behind.
struct Around {
    left: Vec<Token>,
    right: Vec<Token>,
    earlier: Vec<Token>,
    later: Vec<Token>,
}

impl Around {
    fn new(left: &[Token], right: &[Token]) -> Self {
        let ends = |token: &Token| matches!(token.mark, Mark::Stop | Mark::Gap);
        let colon = hash(":".bytes(), 0);
        let mut rest = left.iter().rev().copied().peekable();
        let mut own = Vec::new();
        let mut gap = false;
        while let Some(token) = rest.next() {
            // What a heading says goes on behind a blank line.
            let heads = token.mark == Mark::Gap && rest.peek().is_some_and(|t| t.full == colon);
            if ends(&token) && !heads {
                gap = token.mark == Mark::Gap;
                break;
            }
            own.push(token);
        }
        let earlier = match gap {
            true => Vec::new(),
            false => rest
                .skip_while(ends)
                .take_while(|token| !ends(token))
                .take(EARLIER)
                .collect(),
        };
        let mut rest = right.iter().copied();
        let mut ended = None;
        let mut own_right = Vec::new();
        for token in rest.by_ref() {
            if ends(&token) {
                ended = Some(token.mark);
                break;
            }
            own_right.push(token);
        }
        let later = match ended {
            Some(Mark::Stop) => rest.take_while(|token| !ends(token)).take(LATER).collect(),
            _ => Vec::new(),
        };
        Self {
            left: own,
            right: own_right,
            earlier,
            later,
        }
    }
}

struct Clues(Vec<u32>);

impl Clues {
    /// Notes one clue of a sort.
    fn add(&mut self, sort: u32, parts: &[u32]) {
        let bytes = parts.iter().flat_map(|part| part.to_le_bytes());
        self.0.push(hash(bytes, sort.wrapping_mul(0x9e37_79b9)));
    }

    /// The nearest words, each at its place, and in pairs and threes.
    fn near(&mut self, around: &Around) {
        let full = |list: &[Token], at: usize| list.get(at).map_or(1, |token| token.full);
        let stem = |list: &[Token], at: usize| list.get(at).map_or(1, |token| token.stem);
        for (sort, list) in [(10, &around.left), (20, &around.right)] {
            self.add(sort + 1, &[full(list, 0)]);
            self.add(sort + 2, &[stem(list, 1)]);
            self.add(sort + 3, &[stem(list, 2)]);
            self.add(sort + 4, &[full(list, 0), stem(list, 1)]);
            self.add(sort + 5, &[stem(list, 0), stem(list, 1), stem(list, 2)]);
            let sense = |at: usize| list.get(at).map_or(1, Token::meaning);
            self.add(sort + 6, &[sense(0)]);
            self.add(sort + 7, &[sense(1)]);
            self.add(sort + 8, &[sense(0), sense(1)]);
            self.add(sort + 9, &[sense(0), sense(1), sense(2)]);
        }
        self.add(30, &[full(&around.left, 0), full(&around.right, 0)]);
    }

    /// All words of the sentence by side and distance, those of its clause apart, and what stands before and behind.
    fn bags(&mut self, around: &Around) {
        for (sort, list) in [(40, &around.left), (50, &around.right)] {
            let mut clause = true;
            let mut before = None;
            for (at, token) in list.iter().enumerate().take(40) {
                let far = match at {
                    0..=3 => 1,
                    4..=8 => 2,
                    _ => 3,
                };
                clause &= token.mark != Mark::Pause;
                let meaning = token.meaning();
                self.add(sort, &[token.stem]);
                self.add(sort + far, &[meaning]);
                if clause {
                    self.add(sort + 4, &[meaning]);
                }
                if let (Some(before), true) = (before, at < 10) {
                    self.add(sort + 5, &[before, meaning]);
                }
                before = Some(meaning);
            }
        }
        let words = |list: &[Token]| -> Vec<u32> {
            let word = |token: &&Token| token.mark != Mark::Pause;
            list.iter()
                .filter(word)
                .map(|token| token.meaning())
                .collect()
        };
        for stem in words(&around.earlier) {
            self.add(60, &[stem]);
        }
        for stem in words(&around.later) {
            self.add(61, &[stem]);
        }
    }

    /// The nearest meanings on each side, whatever stands between: with their neighbours, and those of the other side.
    fn bones(&mut self, around: &Around) {
        let bones = |list: &[Token]| -> [u32; 4] {
            let mut found = list
                .iter()
                .map(|token| token.sense)
                .filter(|sense| *sense != 0);
            std::array::from_fn(|_| found.next().unwrap_or(1))
        };
        let (left, right) = (bones(&around.left), bones(&around.right));
        for (sort, [a, b, c, d]) in [(120, left), (130, right)] {
            self.add(sort, &[a]);
            self.add(sort + 1, &[b]);
            self.add(sort + 2, &[a, b]);
            self.add(sort + 3, &[a, b, c]);
            self.add(sort + 4, &[a, c]);
            self.add(sort + 5, &[a, b, c, d]);
            self.add(sort + 6, &[b, c]);
        }
        let ([a, b, ..], [x, y, ..]) = (left, right);
        self.add(140, &[a, x]);
        self.add(141, &[a, b, x]);
        self.add(142, &[a, x, y]);
        self.add(143, &[b, x]);
    }

    /// The nearest word on each side that tells whose something is, how far it stands, and of what it is said.
    fn owners(&mut self, around: &Around) {
        let owner = |token: &Token| matches!(token.mark, Mark::Ours | Mark::Yours);
        for (sort, list) in [
            (70, &around.left),
            (80, &around.right),
            (90, &around.earlier),
        ] {
            let Some(at) = list.iter().position(owner) else {
                self.add(sort, &[]);
                continue;
            };
            let whose = list.get(at).map_or(0, |token| token.stem);
            let far = match at {
                0..=2 => 1,
                3..=5 => 2,
                _ => 3,
            };
            self.add(sort + 1, &[whose]);
            self.add(sort + 2, &[whose, far]);
            // What is owned: the next word in reading order.
            let owned = match sort {
                80 => list.get(at + 1),
                _ => at.checked_sub(1).and_then(|at| list.get(at)),
            };
            if let Some(owned) = owned {
                self.add(sort + 3, &[whose, owned.meaning()]);
                self.add(sort + 4, &[whose, owned.stem]);
            }
        }
    }

    /// What is told of the other addresses, near and in the whole text, and of this one's port and range.
    fn others(&mut self, around: &Around, site: &Site<'_>, overall: Overall) {
        let address = |token: &&Token| token.mark == Mark::Address;
        let near = |list: &[Token]| list.iter().find(address).map_or(1, |token| token.full);
        let (left, right) = (near(&around.left), near(&around.right));
        self.add(100, &[left]);
        self.add(101, &[right]);
        self.add(102, &[left, right]);
        let first = around.left.first().map_or(1, |token| token.full);
        self.add(103, &[left, first]);
        let flag = |is: bool| u32::from(is);
        let (blamed, hit) = (
            flag(overall.told(Role::Source)),
            flag(overall.told(Role::Destination)),
        );
        let open = match overall.open {
            0 | 1 => 1,
            2 => 2,
            _ => 3,
        };
        self.add(110, &[blamed, hit]);
        self.add(111, &[blamed, hit, open]);
        self.add(112, &[open]);
        let port = match site.port {
            None => 0,
            Some(port) if port < 10_000 => 1,
            Some(_) => 2,
        };
        self.add(113, &[port]);
        self.add(
            114,
            &[flag(around.left.is_empty()), flag(around.right.is_empty())],
        );
    }
}
