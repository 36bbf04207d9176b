//! The type of a report by its wording as a whole: its words are weighed by a table that was learned from examples, together
//! with the evidence of the rules.
//!
//! `examples/train_types` makes the table from `tests/extract/training/types`. Whole numbers only: the same answer on
//! every machine.

mod features;

use features::{ROWS, TYPES, rows, sentences, share};

use crate::gather::{Gathering, Record};
use crate::kind::folded;
use crate::layout::{Page, Standing};
use crate::taxonomy::rsit;
use crate::text::cut;
use crate::weigh::{NAMED, Weighed};
use crate::{Format, IndicatorKind, Kind, Span, TextKind};

/// The weights, two a byte, a row of [`TYPES`] for each of [`ROWS`]; then what each type weighs by itself, a byte each.
/// One is a tenth of a nat; 8, or 128, stands for none.
static TABLE: &[u8] = include_bytes!("types.bin");

/// Octets of a report's prose that are weighed.
const PROSE: usize = 8 << 10;

/// One, in the fixed point of probabilities.
const ONE: u32 = 1 << 16;

/// How likely a type must be that nothing but wording tells, in [`ONE`]s, where the report names an address.
const ADDRESSED: u32 = ONE / 8;

/// The same for a report that names none, as most mail that reports nothing.
const PLAIN: u32 = ONE / 5;

/// How likely no incident must be to take a mail for one that reports nothing, in [`ONE`]s.
const CALM: u32 = ONE * 9 / 10;

/// Octets of the least text that can be taken for such a mail.
const LONG: usize = 200;

/// Fewer rows than this say nothing.
const ROWS_LEAST: usize = 12;

/// What evidence of weight one adds, in hundredths of a nat; what weighs more than [`HEAVY`] adds no more.
const EVIDENCE: f64 = 70.0;
const HEAVY: f64 = 12.0;

/// The part of evidence that counts for the other types of its class.
const KINDRED: f64 = 0.4;

/// How far wording alone can set a type back, and how near to the best others must come to be told too, in hundredths of a nat.
const BACK: i32 = 600;
const NEAR: i32 = 250;

type Scores<T> = [T; TYPES.len()];

/// The paragraph of a page: octets of its clean text.
struct Paragraph<'p, 'a> {
    page: &'p Page<'a>,
    start: usize,
    end: usize,
}

impl Paragraph<'_, '_> {
    /// In small letters without accents.
    fn folded(&self) -> String {
        folded(cut(self.page.text(), self.start, self.end)).0
    }
}

/// Settles the types of a report that people wrote: its wording and the evidence together. `prose` tells which lines of
/// each page nothing else has read; a page that a machine wrote has none.
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
    let evidence = gathering.evidence();
    let named = evidence.iter().any(|one| one.weight >= NAMED);
    // What log lines and tables are of, their words tell best.
    if told || named && gathering.records.iter().any(Record::holds) {
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
    let near = |standing| judge(&paragraphs(pages, prose, standing), &evidence, bar);
    let own = near(Standing::Own);
    let settled = match own {
        Some(told) if !told.0.is_empty() => Some(told),
        other => near(Standing::Forwarded)
            .filter(|told| !told.0.is_empty())
            .or(other),
    };
    let calm = settled
        .as_ref()
        .is_some_and(|(kinds, calm)| *calm && kinds.is_empty());
    gathering.settled = settled.map(|settled| settled.0);
    gathering.calm = calm;
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

/// The types that wording and evidence tell together, the best first, and whether the text plainly reports nothing; none where
/// it is too short to tell.
fn judge(
    paragraphs: &[Paragraph<'_, '_>],
    evidence: &[Weighed<'_>],
    bar: u32,
) -> Option<(Vec<Kind>, bool)> {
    let texts = paragraphs.iter().map(Paragraph::folded);
    let text = texts.collect::<Vec<_>>().join("\n");
    let scores = scores(&text)?;
    let words = evidence.iter().any(|one| one.weight >= NAMED);
    let doubt = match (words, bar == ADDRESSED) {
        (true, true) => 500,
        (true, false) | (false, true) => 100,
        (false, false) => 0,
    };
    let all = TYPES.iter().zip(scores).map(|(name, score)| {
        let weight = support(evidence, name).min(HEAVY);
        let doubt = match *name {
            "none" | "undetermined" => doubt,
            _ => 0,
        };
        (
            score.max(-BACK) + hundredths(weight * EVIDENCE) - doubt,
            *name,
        )
    });
    let best = all.clone().max_by_key(|one| one.0)?;
    let likely = likely(&scores, best.1);
    let named = |name: &str| {
        let mut heavy = evidence.iter().filter(|one| one.weight >= NAMED);
        heavy.find(|one| one.kind.kind == name)
    };
    let mut kinds = Vec::new();
    match (
        rsit(best.1).filter(|kind| kind.kind != "undetermined"),
        named(best.1),
    ) {
        // Of so little, the words of the rules tell more.
        (None, _) if words && text.len() < LONG => return None,
        (None, _) => {
            return Some((
                kinds,
                best.1 == "none" && likely >= CALM && text.len() >= LONG,
            ));
        }
        (Some(_), Some(one)) => kinds.push(one.named()),
        (Some(_), None) if likely < bar => {}
        (Some(kind), None) => kinds.push(Kind {
            classification: kind.classification.to_owned(),
            kind: kind.kind.to_owned(),
            confidence: confidence(likely),
            span: clearest(paragraphs, best.1)?,
        }),
    }
    let top = evidence.first().map_or(0.0, |one| one.weight);
    let mut others: Vec<_> = all
        .filter(|one| one.1 != best.1 && one.0 >= best.0 - NEAR)
        .filter_map(|one| named(one.1).filter(|named| named.weight >= top * 0.75))
        .collect();
    others.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| a.span.cmp(b.span))
    });
    kinds.extend(others.into_iter().map(Weighed::named));
    kinds.truncate(3);
    Some((kinds, false))
}

/// The evidence for a type, and a part of that for the other types of its class: words such as `hacked` fit them too.
fn support(evidence: &[Weighed<'_>], name: &str) -> f64 {
    let class = rsit(name).map(|kind| kind.classification);
    let weight = |one: &Weighed<'_>| match one.kind.kind == name {
        true => one.weight,
        false if Some(one.kind.classification) == class => one.weight * KINDRED,
        false => 0.0,
    };
    evidence.iter().map(weight).sum()
}

/// A small number without its fraction.
fn hundredths(value: f64) -> i32 {
    // At most a few thousand: no step is far.
    (0..=4000)
        .rev()
        .find(|whole| f64::from(*whole) <= value)
        .unwrap_or(0)
}

/// The sentence that speaks of a type most clearly.
fn clearest(paragraphs: &[Paragraph<'_, '_>], name: &str) -> Option<Span> {
    let column = TYPES.iter().position(|one| *one == name)?;
    let mut best: Option<(i32, Span)> = None;
    for paragraph in paragraphs {
        let page = paragraph.page;
        let (text, places) = folded(cut(page.text(), paragraph.start, paragraph.end));
        for (start, end) in sentences(&text) {
            let score = sums(cut(&text, start, end)).and_then(|sums| sums.get(column).copied());
            let (Some(from), Some(to)) = (places.original(start), places.original(end)) else {
                continue;
            };
            let Some(score) = score.filter(|score| best.as_ref().is_none_or(|one| *score > one.0))
            else {
                continue;
            };
            let (from, to) = (paragraph.start + from, paragraph.start + to);
            let sentence = cut(page.text(), from, to);
            let from = from + (sentence.len() - sentence.trim_start().len());
            best = Some((score, page.span(from, from + sentence.trim().len())));
        }
    }
    best.map(|best| best.1)
}

/// How sure wording makes: never as sure as strong words of the rules.
fn confidence(likely: u32) -> f64 {
    match likely {
        likely if likely >= ONE * 7 / 10 => 0.65,
        likely if likely >= ONE * 6 / 10 => 0.6,
        _ => 0.5,
    }
}

/// How much a text speaks for each type, in hundredths of a nat, the likeliest at none and the others below; none for a
/// text that says next to nothing.
fn scores(text: &str) -> Option<Scores<i32>> {
    let sums = sums(text)?;
    let most = sums.iter().copied().max()?;
    Some(sums.map(|sum| sum - most))
}

/// The same before they are compared with each other, of a text in small letters.
pub(crate) fn sums(text: &str) -> Option<Scores<i32>> {
    let rows = rows(text);
    if rows.len() < ROWS_LEAST {
        return None;
    }
    let width = TYPES.len() / 2;
    let share = i32::try_from(share(rows.len())).ok()?;
    let biases = TABLE.get(width * ROWS..)?;
    let mut sums: Scores<i32> = [0; TYPES.len()];
    for row in rows {
        let start = width * row;
        let weights = TABLE.get(start..start + width)?;
        let halves = weights.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (sum, half) in sums.iter_mut().zip(halves) {
            *sum += i32::from(half) - 8;
        }
    }
    for (sum, bias) in sums.iter_mut().zip(biases) {
        *sum = *sum * share * 10 / 1024 + (i32::from(*bias) - 128) * 10;
    }
    Some(sums)
}

/// How likely one type is among all, in [`ONE`]s.
fn likely(scores: &Scores<i32>, name: &str) -> u32 {
    let powers = scores.map(|score| power(score.unsigned_abs() / 10));
    let all: u32 = powers.iter().sum();
    let own = TYPES.iter().zip(powers).find(|one| *one.0 == name);
    let own = own.map_or(0, |one| u64::from(one.1));
    u32::try_from(own * u64::from(ONE) / u64::from(all.max(1))).unwrap_or(0)
}

/// e to the power of minus so many tenths.
fn power(tenths: u32) -> u32 {
    // 59 299 / 65 536 is e^-0.1.
    (0..tenths.min(120)).fold(ONE, |value, _| value * 59_299 / ONE)
}
