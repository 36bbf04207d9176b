//! A part as its reader sees it: refanged, in lines, each told apart as own words, forwarded, quoted, or signature.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::defang::Clean;
use crate::scan::Places;
use crate::text::{cut, regex};
use crate::when::statement;
use crate::when::zone::Zone;
use crate::{PART_LIMIT, Span, TextKind, TextPart, wrap};

/// Whose words a line is, the nearest to the report first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// The sender's own.
    #[default]
    Own,
    /// A forwarded original.
    Forwarded,
    /// Quoted history.
    Quoted,
    /// A signature block.
    Signature,
}

/// A line of the clean text, without its end and without quotation marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) standing: Standing,
}

/// A part being read.
pub(crate) struct Page<'a> {
    pub(crate) part: TextPart<'a>,
    /// The part's id, for spans.
    pub(crate) id: Arc<str>,
    pub(crate) original: &'a str,
    pub(crate) clean: Clean,
    pub(crate) lines: Vec<Line>,
    pub(crate) places: Places,
    /// The zones that it states for its times, each with its place; one alone when all agree.
    pub(crate) zones: Vec<(usize, Zone)>,
}

/// What begins a forwarded original.
static FORWARD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\s*(?:-{2,}|_{5,}|begin)\s*(?:original message|forwarded message|forwarded by|message d'origine|message original|message transf[ée]r[ée]|d[ée]but du message|urspr[üu]ngliche nachricht|weitergeleitete nachricht|mensaje original|mensaje reenviado)",
    )
});

/// What introduces quoted history.
static ATTRIBUTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\s*(?:on|le|am|el)\b.{4,120}\b(?:wrote|a [ée]crit|schrieb|escribi[óo])\b.{0,60}:\s*$",
    )
});

impl<'a> Page<'a> {
    /// Cuts the part to [`PART_LIMIT`], refangs it, and tells its lines apart.
    pub(crate) fn new(part: &TextPart<'a>) -> Self {
        let original = cut(part.text, 0, part.text.floor_char_boundary(PART_LIMIT));
        let clean = Clean::new(original);
        let joints = if part.kind == TextKind::Plain {
            wrap::joints(&clean.text)
        } else {
            Vec::new()
        };
        let clean = clean.joined(&joints);
        let lines = lines(&clean.text, part);
        let places = Places::new(&clean.text);
        let zones = statement::statements(&clean.text, &places.zones);
        Self {
            part: *part,
            id: part.id.into(),
            original,
            clean,
            lines,
            places,
            zones,
        }
    }

    /// The clean text.
    pub(crate) fn text(&self) -> &str {
        &self.clean.text
    }

    /// The clean text of a line.
    pub(crate) fn line(&self, line: &Line) -> &str {
        cut(&self.clean.text, line.start, line.end)
    }

    /// The place in the original of octets of the clean text.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let (start, end) = self.clean.original(start, end);
        Span {
            part: Arc::clone(&self.id),
            start,
            end,
        }
    }

    /// The letters as they came.
    pub(crate) fn raw(&self, span: &Span) -> String {
        cut(self.original, span.start, span.end).to_owned()
    }

    /// Whose words stand at an octet of the clean text.
    pub(crate) fn standing(&self, at: usize) -> Standing {
        let after = self.lines.partition_point(|line| line.start <= at);
        after
            .checked_sub(1)
            .and_then(|index| self.lines.get(index))
            .map_or(Standing::Own, |line| line.standing)
    }
}

fn lines(text: &str, part: &TextPart<'_>) -> Vec<Line> {
    let base = match (part.forwarded, part.kind) {
        (true, _) | (_, TextKind::MessageHeader) => Standing::Forwarded,
        (false, _) => Standing::Own,
    };
    let mut lines = Vec::new();
    let (mut state, mut start) = (base, 0);
    for piece in text.split_inclusive('\n') {
        let content = piece.trim_end_matches(['\n', '\r']);
        let body = unquoted(content);
        let end = start + content.len();
        let begin = end - body.len();
        let quoted = begin > start;
        if part.kind == TextKind::Plain && !part.attachment && !quoted {
            if content == "-- " || content == "--" {
                state = Standing::Signature;
            } else if forwards(content) {
                state = Standing::Forwarded;
            } else if state == Standing::Own && attributes(content) {
                lines.push(Line {
                    start: begin,
                    end,
                    standing: Standing::Quoted,
                });
                start += piece.len();
                continue;
            }
        }
        let standing = if quoted {
            Standing::Quoted.max(state)
        } else {
            state
        };
        lines.push(Line {
            start: begin,
            end,
            standing,
        });
        start += piece.len();
    }
    lines
}

/// Whether a line begins a forwarded original.
fn forwards(line: &str) -> bool {
    line.len() < 200
        && line.trim_start().starts_with(['-', '_', 'b', 'B'])
        && FORWARD.is_match(line)
}

/// Whether a line introduces quoted history.
fn attributes(line: &str) -> bool {
    line.len() < 300 && line.trim_end().ends_with(':') && ATTRIBUTION.is_match(line)
}

/// The line without leading `> ` marks.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    while let Some(inner) = rest.trim_start_matches([' ', '\t']).strip_prefix('>') {
        rest = inner;
    }
    if rest.len() == line.len() {
        line
    } else {
        rest.trim_start_matches(' ')
    }
}
