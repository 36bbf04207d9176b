//! The type of a report whose wording no rule knows: sentences are weighed by a table that was learned from examples.
//!
//! `examples/train_types` makes the table from `tests/extract/training/types`. Whole numbers only: the same answer on
//! every machine.

mod features;

use features::{ROWS, TYPES, rows, sentences};

use crate::gather::Gathering;
use crate::kind::folded;
use crate::layout::{Page, Standing};
use crate::taxonomy::rsit;
use crate::text::cut;
use crate::{Format, IndicatorKind, Kind, TextKind};

/// The weights, two a byte, a row of [`TYPES`] for each of [`ROWS`]; then what each type weighs by itself, a byte each.
/// One is a tenth of a nat; 8, or 128, stands for none.
static TABLE: &[u8] = include_bytes!("types.bin");

/// Octets of a report's prose that are weighed.
const PROSE: usize = 8 << 10;

/// One, in the fixed point of probabilities.
const ONE: u32 = 1 << 16;

/// How clear the clearest sentence must be, and how large a share of all sentences the type must have, in [`ONE`]s.
struct Bar {
    clearest: u32,
    share: u32,
}

/// For a report that names an address.
const ADDRESSED: Bar = Bar {
    clearest: ONE * 4 / 10,
    share: ONE / 5,
};

/// For one that names none, as most mail that reports nothing.
const PLAIN: Bar = Bar {
    clearest: ONE * 6 / 10,
    share: ONE * 4 / 10,
};

type Scores<T> = [T; TYPES.len()];

/// The paragraph of a page: octets of its clean text.
struct Paragraph<'p, 'a> {
    page: &'p Page<'a>,
    start: usize,
    end: usize,
}

/// Names the type of a report that neither a machine nor the rules have named. `prose` tells which lines of each page
/// nothing else has read; a page that a machine wrote has none.
pub(crate) fn complete(pages: &[Page<'_>], prose: &[Vec<bool>], gathering: &mut Gathering) {
    let machine = |format: Format| {
        !matches!(
            format,
            Format::FreeText | Format::Form | Format::Log | Format::Csv
        )
    };
    let told = gathering
        .records
        .iter()
        .any(|record| record.kind.is_some() || machine(record.format));
    if told || !gathering.types().is_empty() {
        return;
    }
    let addresses = [
        IndicatorKind::Ipv4,
        IndicatorKind::Ipv6,
        IndicatorKind::Cidr,
        IndicatorKind::IpRange,
    ];
    let mut indicators = gathering.indicators.iter();
    let bar = match indicators.any(|one| addresses.contains(&one.kind)) {
        true => ADDRESSED,
        false => PLAIN,
    };
    let near = |standing| judge(&paragraphs(pages, prose, standing), &bar);
    gathering.worded = near(Standing::Own).or_else(|| near(Standing::Forwarded));
}

/// What people wrote themselves, up to [`PROSE`].
fn paragraphs<'p, 'a>(
    pages: &'p [Page<'a>],
    prose: &[Vec<bool>],
    standing: Standing,
) -> Vec<Paragraph<'p, 'a>> {
    let mut found: Vec<Paragraph<'_, '_>> = Vec::new();
    let mut left = PROSE;
    for (page, prose) in pages.iter().zip(prose) {
        if page.part.attachment || !matches!(page.part.kind, TextKind::Plain | TextKind::Subject) {
            continue;
        }
        let mut open = false;
        for (line, prose) in page.lines.iter().zip(prose) {
            let text = page.line(line);
            let taken = *prose && line.standing == standing && wordy(text);
            if !taken {
                open = false;
                continue;
            }
            if left == 0 {
                return found;
            }
            let text = cut(text, 0, text.floor_char_boundary(left));
            left -= text.len();
            let end = line.start + text.len();
            match found.last_mut().filter(|_| open) {
                Some(last) => last.end = end,
                None => found.push(Paragraph {
                    page,
                    start: line.start,
                    end,
                }),
            }
            open = true;
        }
    }
    found
}

/// Whether a line is mostly letters, as sentences are and lines of logs are not.
fn wordy(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let others = line
        .chars()
        .filter(|c| !c.is_alphabetic() && !c.is_whitespace())
        .count();
    letters > others
}

/// Where a sentence stands: which paragraph, and its octets in the clean text.
type Place = (usize, usize, usize);

/// What all sentences say: each type's sum, and its clearest sentence.
#[derive(Default)]
struct Votes {
    sums: Scores<u32>,
    clearest: Scores<(u32, Place)>,
    sentences: u32,
}

/// Weighs every sentence.
fn votes(paragraphs: &[Paragraph<'_, '_>]) -> Votes {
    let mut votes = Votes::default();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        let (text, places) = folded(cut(paragraph.page.text(), paragraph.start, paragraph.end));
        for (start, end) in sentences(&text) {
            let Some(shares) = shares(cut(&text, start, end)) else {
                continue;
            };
            let (Some(from), Some(to)) = (places.original(start), places.original(end)) else {
                continue;
            };
            let place = (index, paragraph.start + from, paragraph.start + to);
            votes.sentences += 1;
            for (sum, share) in votes.sums.iter_mut().zip(shares) {
                *sum += share;
            }
            for (best, share) in votes.clearest.iter_mut().zip(shares) {
                *best = (share, place).max(*best);
            }
        }
    }
    votes
}

/// The type that the sentences speak of most, with the sentence that does so most clearly.
fn judge(paragraphs: &[Paragraph<'_, '_>], bar: &Bar) -> Option<Kind> {
    let votes = votes(paragraphs);
    let all = votes.sums.into_iter().zip(votes.clearest).zip(TYPES);
    let incidents = all.filter(|(_, name)| *name != "none");
    let ((sum, (clear, place)), name) = incidents.max_by_key(|((sum, _), _)| *sum)?;
    if clear < bar.clearest || sum / votes.sentences.max(1) < bar.share {
        return None;
    }
    let (kind, (index, from, to)) = (rsit(name)?, place);
    let page = paragraphs.get(index)?.page;
    let sentence = cut(page.text(), from, to);
    let from = from + (sentence.len() - sentence.trim_start().len());
    Some(Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence: confidence(clear),
        span: page.span(from, from + sentence.trim().len()),
    })
}

/// How sure the clearest sentence makes: never as sure as strong words of the rules.
fn confidence(clear: u32) -> f64 {
    match clear {
        clear if clear >= ONE * 7 / 10 => 0.65,
        clear if clear >= ONE * 6 / 10 => 0.6,
        _ => 0.5,
    }
}

/// How a sentence's probability is shared out between the types; none for one that says next to nothing.
fn shares(sentence: &str) -> Option<Scores<u32>> {
    let rows = rows(sentence);
    if rows.len() < 4 {
        return None;
    }
    let width = TYPES.len() / 2;
    let biases = TABLE.get(width * ROWS..)?;
    let mut scores: Scores<i32> = [0; TYPES.len()];
    for (score, bias) in scores.iter_mut().zip(biases) {
        *score = i32::from(*bias) - 128;
    }
    for row in rows {
        let start = width * row;
        let weights = TABLE.get(start..start + width)?;
        let halves = weights.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (score, half) in scores.iter_mut().zip(halves) {
            *score += i32::from(half) - 8;
        }
    }
    let most = scores.iter().copied().max()?;
    let powers = scores.map(|score| power(most.abs_diff(score)));
    let all: u32 = powers.iter().sum();
    Some(powers.map(|power| {
        u32::try_from(u64::from(power) * u64::from(ONE) / u64::from(all.max(1))).unwrap_or(0)
    }))
}

/// e to the power of minus so many tenths.
fn power(tenths: u32) -> u32 {
    // 59 299 / 65 536 is e^-0.1.
    (0..tenths.min(120)).fold(ONE, |value, _| value * 59_299 / ONE)
}
