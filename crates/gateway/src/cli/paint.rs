//! Marks in a text what was found there, by what it is; and what looks like a value and was not taken, so that it is seen at a glance.

use std::fmt::Write;

use extract::{Extraction, Role, Span};

use crate::screen::printable;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paint {
    /// Nothing was found here.
    Bare,
    /// Looks like a value and was not taken.
    Missed,
    Kind,
    Indicator,
    Time,
    Source,
    Destination,
}

impl Paint {
    /// What stands around it on a terminal.
    fn colour(self) -> &'static str {
        match self {
            Paint::Bare => "",
            Paint::Missed => "\u{1b}[4;37m",
            Paint::Kind => "\u{1b}[1;35m",
            Paint::Indicator => "\u{1b}[1;33m",
            Paint::Time => "\u{1b}[1;36m",
            Paint::Source => "\u{1b}[1;31m",
            Paint::Destination => "\u{1b}[1;32m",
        }
    }

    /// And elsewhere.
    fn brackets(self) -> (&'static str, &'static str) {
        match self {
            Paint::Bare => ("", ""),
            Paint::Missed => ("‹", "›"),
            Paint::Kind | Paint::Indicator | Paint::Time | Paint::Source | Paint::Destination => {
                ("⟦", "⟧")
            }
        }
    }
}

/// What the marks mean.
pub(super) fn legend(colour: bool) -> String {
    let all = [
        (Paint::Time, "time"),
        (Paint::Source, "source"),
        (Paint::Destination, "destination"),
        (Paint::Kind, "kind"),
        (Paint::Indicator, "other value"),
        (Paint::Missed, "looks like a value, not taken"),
    ];
    if colour {
        let each = all.map(|(paint, word)| format!("{}{word}\u{1b}[0m", paint.colour()));
        return each.join("  ");
    }
    "⟦found⟧  ‹looks like a value, not taken›".into()
}

/// A piece of a text: where, and what it is.
pub(super) type Piece = (usize, usize, Paint);

/// What was found in one part and what was not taken there: sorted, without overlaps.
pub(super) fn pieces(extraction: &Extraction, part: &str, text: &str) -> Vec<Piece> {
    let mut found = found(extraction, part);
    // Of what lies over one another the finer is seen: addresses in a log line that tells of a brute force.
    found.sort_by_key(|(start, end, paint)| (*paint, std::cmp::Reverse(end - start)));
    let mut paints = vec![Paint::Bare; text.len()];
    for (start, end, paint) in found {
        if let Some(octets) = paints.get_mut(start..end) {
            octets.fill(paint);
        }
    }
    for (start, end) in missed(text) {
        if let Some(octets) = paints.get_mut(start..end)
            && octets.iter().all(|paint| *paint == Paint::Bare)
        {
            octets.fill(Paint::Missed);
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, paint) in paints.into_iter().enumerate() {
        match pieces.last_mut() {
            Some((_, end, last)) if *end == at && *last == paint => *end = at + 1,
            Some(_) | None => pieces.push((at, at + 1, paint)),
        }
    }
    pieces.retain(|(_, _, paint)| *paint != Paint::Bare);
    pieces
}

/// Evidence of a kind that is longer is a whole line: what stands in it says more.
const LONGEST_EVIDENCE: usize = 60;

fn found(extraction: &Extraction, part: &str) -> Vec<Piece> {
    let incident = &extraction.incident;
    let mut found: Vec<(&Span, Paint)> = Vec::new();
    let each = |span, paint| (span, paint);
    found.extend(
        incident
            .times
            .iter()
            .map(|one| each(&one.span, Paint::Time)),
    );
    let sources = incident.sources.iter();
    found.extend(sources.map(|one| each(&one.span, Paint::Source)));
    let targets = incident.destinations.iter();
    found.extend(targets.map(|one| each(&one.span, Paint::Destination)));
    let kinds = incident.types.iter().map(|one| &one.span);
    let kinds = kinds.filter(|span| span.end - span.start <= LONGEST_EVIDENCE);
    found.extend(kinds.map(|span| each(span, Paint::Kind)));
    found.extend(extraction.indicators.iter().map(|one| {
        let paint = match one.role {
            Role::Source => Paint::Source,
            Role::Destination => Paint::Destination,
            Role::Unknown => Paint::Indicator,
        };
        each(&one.span, paint)
    }));
    let here = found.into_iter().filter(|(span, _)| *span.part == *part);
    here.map(|(span, paint)| (span.start, span.end, paint))
        .collect()
}

/// Words that look like an address, a URL, a mail address or a hash: roughly, it is for people to judge.
fn missed(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let around = |c: char| !c.is_alphanumeric();
    let mut at = 0;
    text.split_inclusive(char::is_whitespace)
        .filter_map(move |word| {
            let end = at + word.trim_end_matches(around).len();
            let bare = word.trim_matches(around);
            at += word.len();
            looks_like_a_value(bare).then(|| (end - bare.len(), end))
        })
}

fn looks_like_a_value(word: &str) -> bool {
    let numbers: Vec<&str> = word.split('.').collect();
    let is_number =
        |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_dotted = numbers.len() == 4 && numbers.iter().all(is_number);
    let is_hash = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_mail = word
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    is_dotted || is_hash || is_mail || word.contains("://") || word.contains("[.]")
}

/// The text with its pieces marked: in colour on a terminal, in brackets elsewhere.
pub(super) fn paint(text: &str, pieces: &[Piece], colour: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, paint) in pieces {
        let (Some(before), Some(value)) = (text.get(at..*start), text.get(*start..*end)) else {
            continue;
        };
        let (open, close) = match colour {
            true => (paint.colour(), "\u{1b}[0m"),
            false => paint.brackets(),
        };
        let (before, value) = (printable(before), printable(value));
        let _ = write!(out, "{before}{open}{value}{close}");
        at = *end;
    }
    out.push_str(&printable(text.get(at..).unwrap_or("")));
    out
}
