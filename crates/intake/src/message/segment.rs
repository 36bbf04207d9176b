//! What the sender of a text wrote himself, told apart from quotations, signatures and forwarded originals (T8).
//!
//! Mail has no mark for it, only habits: `>` (RFC 3676 section 4.5), `-- ` (section 4.3), and the lines that clients put
//! before an original, in the language of their user. Nothing is left out of a text here; every octet is in one segment.
//! One pass over the lines, each looked at with at most a fixed number of those after it.

// One phrase a line would be hundreds of lines.
#[rustfmt::skip]
mod phrases;
mod introduced;

use serde::Serialize;

use introduced::{attribution, header_block, separator};
use phrases::CLIENT_SIGNATURES;

/// A client's signature, or one after `--` without its blank, is short: longer, it is text.
const MOST_SIGNATURE_LINES: usize = 12;

/// What a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// The sender wrote it.
    Own,
    /// Of the message that this one answers, with the line that introduces it.
    Quoted,
    /// The sender's signature, or his client's.
    Signature,
    /// The header of a message that the sender passes on, with the line before it.
    ForwardedHeader,
    /// The text of a message that the sender passes on.
    Forwarded,
}

/// A piece of a text, whole lines: octets `start..end`. The segments of a text cover it, in order, without overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// First octet.
    pub start: usize,
    /// One past the last octet.
    pub end: usize,
}

/// The segments of a text; none of an empty one. `subject` tells an answer from a message passed on where clients introduce
/// both alike; without a prefix there, the original counts as passed on, because nothing of that is ever left out.
pub fn segments(text: &str, subject: &str) -> Vec<Segment> {
    let lines = lines(text);
    let mut scan = Scan {
        kinds: vec![SegmentKind::Own; lines.len()],
        texts: lines.iter().map(|line| line.text).collect(),
        lines,
        answers: answers(subject),
    };
    scan.run();
    scan.merged()
}

/// What the sender wrote himself, without signature; empty when there is nothing.
pub fn own_text(text: &str, subject: &str) -> String {
    segments(text, subject)
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Own)
        .filter_map(|segment| text.get(segment.start..segment.end))
        .collect()
}

/// One line with its line break: `text` is without it and without blanks around it.
struct Line<'a> {
    start: usize,
    end: usize,
    raw: &'a str,
    text: &'a str,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0_usize;
    text.split_inclusive('\n')
        .map(|raw| {
            let end = start.saturating_add(raw.len());
            let line = Line {
                start,
                end,
                raw: raw.trim_end_matches(['\n', '\r']),
                text: raw.trim(),
            };
            start = end;
            line
        })
        .collect()
}

/// Whether the Subject begins with what clients put before it in answers.
fn answers(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    // A tag of ours, or of a list, may stand in front.
    let subject = match subject
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((_, rest)) => rest.trim_start().to_owned(),
        None => subject,
    };
    let Some((prefix, _)) = subject.split_once([':', '：']) else {
        return false;
    };
    let prefix: String = prefix.chars().filter(|c| c.is_alphabetic()).collect();
    phrases::ANSWER_PREFIXES.contains(&prefix.as_str())
}

struct Scan<'a> {
    lines: Vec<Line<'a>>,
    texts: Vec<&'a str>,
    kinds: Vec<SegmentKind>,
    answers: bool,
}

impl Scan<'_> {
    fn run(&mut self) {
        let mut at = 0;
        let mut signature_until = 0;
        while at < self.lines.len() {
            if let Some(next) = self.original(at) {
                at = next;
                signature_until = 0;
                continue;
            }
            if at >= signature_until {
                signature_until = self.signature(at);
            }
            if at < signature_until {
                self.set(at, at.saturating_add(1), SegmentKind::Signature);
            }
            at = at.saturating_add(1);
        }
    }

    /// Marks the quotation or forwarded message that begins at this line; the line after it.
    fn original(&mut self, at: usize) -> Option<usize> {
        if self.is_quoted(at) {
            let end = self.quoted_run(at);
            self.set(at, end, SegmentKind::Quoted);
            return Some(end);
        }
        if let Some(found) = attribution(self.window(at)) {
            let first = self.after_blank(at.saturating_add(found.lines));
            if self.is_quoted(first) {
                let end = self.quoted_run(first);
                self.set(at, end, SegmentKind::Quoted);
                return Some(end);
            }
            // Without marks the quotation has no end: only a line that no person types begins one.
            if found.certain && first < self.lines.len() {
                self.set(at, self.lines.len(), SegmentKind::Quoted);
                return Some(self.lines.len());
            }
        }
        self.introduced(at)
    }

    /// An original behind a separator line, a header block or both.
    fn introduced(&mut self, at: usize) -> Option<usize> {
        let window = self.window(at);
        let separator = separator(window);
        let first = match separator {
            Some(_) => self.after_blank(at.saturating_add(1)),
            None => at,
        };
        let passed_on = match separator {
            Some(separator) => separator.passes_on || !self.answers,
            None => !self.answers,
        };
        let kind = if passed_on {
            SegmentKind::Forwarded
        } else {
            SegmentKind::Quoted
        };
        // Apple Mail and some others quote what they pass on.
        if separator.is_some() && self.is_quoted(first) {
            let end = self.quoted_run(first);
            self.set(at, first, self.header_kind(kind));
            self.set(first, end, kind);
            return Some(end);
        }
        let block = header_block(self.window(first));
        let ends = match (separator, block) {
            (Some(separator), None) if separator.needs_header => return None,
            (None, None) => return None,
            (Some(_), None) => first,
            (_, Some(length)) => first.saturating_add(length),
        };
        self.set(at, ends, self.header_kind(kind));
        self.set(ends, self.lines.len(), kind);
        Some(self.lines.len())
    }

    fn header_kind(&self, kind: SegmentKind) -> SegmentKind {
        match kind {
            SegmentKind::Forwarded => SegmentKind::ForwardedHeader,
            SegmentKind::Own
            | SegmentKind::Quoted
            | SegmentKind::Signature
            | SegmentKind::ForwardedHeader => kind,
        }
    }

    /// The line after the signature that begins here; 0 when none does.
    fn signature(&self, at: usize) -> usize {
        let Some(line) = self.lines.get(at) else {
            return 0;
        };
        if line.raw == "-- " || line.raw == "--\u{a0}" {
            return self.lines.len();
        }
        let lower = line.text.to_lowercase();
        let client = lower.len() <= 120 && CLIENT_SIGNATURES.iter().any(|s| lower.starts_with(s));
        let ruled = line.text == "--" || line.text == "—";
        let short = |most| self.short_until_original(at.saturating_add(1), most);
        match (ruled, client) {
            (true, _) => short(MOST_SIGNATURE_LINES),
            (_, true) => short(3),
            (false, false) => None,
        }
        .unwrap_or(0)
    }

    /// Where the text ends or an original begins, when at most so many lines with text stand before it.
    fn short_until_original(&self, from: usize, most: usize) -> Option<usize> {
        let mut written = 0_usize;
        for at in from..from.saturating_add(most.saturating_mul(3)) {
            let Some(line) = self.lines.get(at) else {
                return Some(at);
            };
            let window = self.window(at);
            if self.is_quoted(at)
                || attribution(window).is_some()
                || separator(window).is_some()
                || header_block(window).is_some()
            {
                return Some(at);
            }
            written = written.saturating_add(usize::from(!line.text.is_empty()));
            if written > most {
                return None;
            }
        }
        None
    }

    /// The texts of this line and of the few after it that an introduction may take.
    fn window(&self, at: usize) -> &[&str] {
        let end = at.saturating_add(introduced::MOST_LINES);
        let rest = self.texts.get(at..).unwrap_or_default();
        self.texts.get(at..end).unwrap_or(rest)
    }

    fn is_quoted(&self, at: usize) -> bool {
        self.lines
            .get(at)
            .is_some_and(|line| line.text.starts_with('>'))
    }

    /// The line after the last quoted one of this run; blank lines within belong to it.
    fn quoted_run(&self, from: usize) -> usize {
        let mut end = from;
        for (at, line) in self.lines.iter().enumerate().skip(from) {
            if line.text.starts_with('>') {
                end = at.saturating_add(1);
            } else if !line.text.is_empty() {
                break;
            }
        }
        end
    }

    fn after_blank(&self, from: usize) -> usize {
        let rest = self.lines.get(from..).unwrap_or_default();
        let blank = rest.iter().take_while(|line| line.text.is_empty()).count();
        from.saturating_add(blank)
    }

    fn set(&mut self, from: usize, to: usize, kind: SegmentKind) {
        for slot in self.kinds.get_mut(from..to).unwrap_or_default() {
            *slot = kind;
        }
    }

    fn merged(&self) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for (line, &kind) in self.lines.iter().zip(&self.kinds) {
            match segments.last_mut() {
                Some(last) if last.kind == kind => last.end = line.end,
                Some(_) | None => segments.push(Segment {
                    kind,
                    start: line.start,
                    end: line.end,
                }),
            }
        }
        segments
    }
}
