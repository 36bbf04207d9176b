//! What is noticed about an address: the words left and right of it, whose something is, and what is known of the others.

use super::around::Around;
use super::machine;
use super::report::Report;
use super::section::Section;
use super::token::{Mark, Token, hash, tokens};
use super::{Site, class};
use crate::role::NOTHING;
use crate::text::before;

/// Octets that are looked at before an address and behind it.
const LEFT: usize = 320;
const RIGHT: usize = 240;

/// The clues of an address, as numbers.
pub(super) fn clues(text: &str, sites: &[Site<'_>], index: usize, report: &Report) -> Vec<u32> {
    let Some(site) = sites.get(index) else {
        return Vec::new();
    };
    let from = text.ceil_char_boundary(site.start.saturating_sub(LEFT).max(site.floor));
    let to = text.floor_char_boundary((site.full + RIGHT).min(site.until));
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
    clues.others(&around, site, report);
    clues.opening(&around);
    clues.ruled(sites, index);
    clues.shape(text, site, report, &around);
    clues.report(report);
    clues.kind(report.kind, site, &around);
    clues.section(&report.section(site.start));
    for (sort, parts) in machine::clues(text, sites, index, report.kind) {
        clues.add(sort, &parts);
    }
    clues.0
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
            let mut passed = 0;
            for (at, token) in list.iter().enumerate().take(40) {
                let far = match at {
                    0..=3 => 1,
                    4..=8 => 2,
                    _ => 3,
                };
                clause &= token.mark != Mark::Pause;
                passed += u32::from(token.mark == Mark::Address);
                let meaning = token.meaning();
                self.add(sort, &[token.stem]);
                self.add(sort + far, &[meaning]);
                self.add(sort + 6, &[meaning, passed.min(2)]);
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
        let apart = if around.apart { 2 } else { 0 };
        for stem in words(&around.earlier) {
            self.add(60 + apart, &[stem]);
        }
        for stem in words(&around.later) {
            self.add(61, &[stem]);
        }
        for (at, stem) in (0..3).zip(words(&around.later)) {
            self.add(64, &[at, stem]);
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
    fn others(&mut self, around: &Around, site: &Site<'_>, report: &Report) {
        let address = |token: &&Token| token.mark == Mark::Address;
        let near = |list: &[Token]| list.iter().find(address).map_or(1, |token| token.full);
        let (left, right) = (near(&around.left), near(&around.right));
        self.add(100, &[left]);
        self.add(101, &[right]);
        self.add(102, &[left, right]);
        let first = around.left.first().map_or(1, |token| token.full);
        self.add(103, &[left, first]);
        let flag = |is: bool| u32::from(is);
        let (blamed, hit, open) = report.others(site.value);
        let (blamed, hit) = (flag(blamed), flag(hit));
        let open = match open {
            0 | 1 => 1,
            2 => 2,
            _ => 3,
        };
        self.add(110, &[blamed, hit]);
        self.add(111, &[blamed, hit, open]);
        self.add(112, &[open]);
        self.add(
            114,
            &[flag(around.left.is_empty()), flag(around.right.is_empty())],
        );
    }

    /// How its sentence, its line and its clause begin.
    fn opening(&mut self, around: &Around) {
        let word = |token: &&Token| token.mark != Mark::Pause;
        let words = || around.left.iter().rev().filter(word);
        let first: Vec<u32> = words().take(3).map(Token::meaning).collect();
        if around.left.len() > 3 {
            self.add(150, first.get(..1).unwrap_or_default());
            self.add(151, first.get(..2).unwrap_or_default());
            self.add(152, &first);
        }
        let colon = hash(":".bytes(), 0);
        let Some(at) = around.left.iter().position(|token| token.full == colon) else {
            return;
        };
        let far = u32::from(at > 0) + u32::from(at > 4);
        let label = around.left.get(at + 1..).unwrap_or_default();
        for (place, token) in (0..3).zip(label.iter().filter(word)) {
            self.add(160, &[token.stem]);
            self.add(161, &[far, token.meaning()]);
            self.add(162, &[far, place, token.meaning()]);
        }
    }

    /// What the rules tell of it, of its other mentions, and of its neighbours.
    fn ruled(&mut self, sites: &[Site<'_>], index: usize) {
        let Some(site) = sites.get(index) else { return };
        let told = |site: &Site<'_>| match site.ruled == NOTHING {
            true => 3,
            false => u32::try_from(class(site.ruled.role)).unwrap_or(3),
        };
        let sure = [0.6, 0.75, 0.8, 0.85, 0.89, 0.91];
        let sure = sure.iter().filter(|sure| site.ruled.confidence > **sure);
        let sure = u32::try_from(sure.count()).unwrap_or(0);
        self.add(170, &[told(site), sure]);
        self.add(171, &[told(site)]);
        let others = sites
            .iter()
            .filter(|other| other.value == site.value && other.start != site.start);
        for other in others.take(4) {
            self.add(172, &[told(other)]);
        }
        let near = |at: Option<usize>| at.and_then(|at| sites.get(at)).map_or(4, told);
        let (left, right) = (near(index.checked_sub(1)), near(index.checked_add(1)));
        self.add(173, &[left]);
        self.add(174, &[right]);
        self.add(175, &[left, told(site), right]);
    }

    /// What it looks like: private, a network, in a URL, with which port; and where it stands among the others.
    fn shape(&mut self, text: &str, site: &Site<'_>, report: &Report, around: &Around) {
        let flag = |is: bool| u32::from(is);
        let private = flag(machine::private(site));
        let network = flag(site.value.contains(['/', '-']));
        let linked = flag(before(text, site.start, 3) == "://");
        let port = machine::port(site);
        let owner = |token: &Token| matches!(token.mark, Mark::Ours | Mark::Yours);
        let whose = around
            .left
            .iter()
            .find(|token| owner(token))
            .map_or(0, |token| token.stem);
        self.add(113, &[port]);
        self.add(180, &[private]);
        self.add(181, &[private, whose]);
        self.add(182, &[network]);
        self.add(183, &[linked]);
        self.add(184, &[port, whose]);
        let count = report.known.len();
        let place = report.known.get(site.value).map_or(0, |known| known.0);
        let place = match place {
            0 => 0,
            place if place + 1 == count => 2,
            _ => 1,
        };
        let count = u32::try_from(count.min(4)).unwrap_or(0);
        self.add(185, &[place, count]);
        self.add(186, &[count]);
    }

    /// What the incident is, beside what is noticed.
    fn kind(&mut self, kind: u32, site: &Site<'_>, around: &Around) {
        let told = match site.ruled == NOTHING {
            true => 3,
            false => u32::try_from(class(site.ruled.role)).unwrap_or(3),
        };
        let sense = |list: &[Token]| {
            list.iter()
                .map(|token| token.sense)
                .find(|sense| *sense != 0)
                .unwrap_or(1)
        };
        let (left, right) = (sense(&around.left), sense(&around.right));
        let named = u32::from(site.named);
        let owner = |token: &&Token| matches!(token.mark, Mark::Ours | Mark::Yours);
        let whose = around.left.iter().find(owner).map_or(0, |token| token.stem);
        self.add(220, &[kind]);
        self.add(221, &[kind, left]);
        self.add(222, &[kind, right]);
        self.add(223, &[kind, told]);
        self.add(224, &[kind, named]);
        self.add(225, &[kind, whose]);
        self.add(226, &[named]);
        self.add(227, &[named, told]);
        self.add(228, &[named, left]);
        self.add(229, &[named, right]);
    }

    /// How its paragraph begins, and what stands above.
    fn section(&mut self, section: &Section) {
        for (sort, words) in [(200, &section.head), (210, &section.above)] {
            let mut before = None;
            for word in words {
                self.add(sort, &[*word]);
                if let Some(before) = before {
                    self.add(sort + 1, &[before, *word]);
                }
                before = Some(*word);
            }
            self.add(sort + 2, words.get(..2).unwrap_or_default());
        }
    }

    /// What the whole text tells of.
    fn report(&mut self, report: &Report) {
        let alone = u32::from(report.known.len() == 1);
        for sense in &report.senses {
            self.add(190, &[*sense]);
            self.add(191, &[*sense, alone]);
        }
    }
}
