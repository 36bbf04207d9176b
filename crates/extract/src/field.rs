//! The labels of a line: a few words before a `:`, a `=`, a tab or a bar.

use crate::formats::name;
use crate::label::{self, Field};
use crate::layout::{Line, Page};
use crate::text::{cut, letter};

/// Longer lines have no labels.
const LINE_LIMIT: usize = 2048;
/// Characters that a label may have.
const LABEL: usize = 49;
/// Blanks that may stand before the mark.
const BLANKS: usize = 16;
/// Bullets and bars that may stand before the label.
const BULLETS: usize = 6;

/// A labelled value: octets of the clean text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labelled {
    pub(crate) field: Field,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The labelled values of a line; several may share it.
pub(crate) fn fields(page: &Page<'_>, line: &Line) -> Vec<Labelled> {
    let text = page.line(line);
    let mut fields: Vec<Labelled> = Vec::new();
    if text.len() > LINE_LIMIT {
        return fields;
    }
    let mut floor = 0;
    let marks = text.bytes().enumerate();
    for (mark, _) in marks.filter(|(_, b)| is_mark(*b)) {
        let label = (mark >= floor).then(|| label_before(text, floor, mark));
        let Some((start, end)) = label.flatten() else {
            continue;
        };
        let mark = last_mark(text, end).unwrap_or(mark);
        if let Some(last) = fields.last_mut() {
            last.end = last.end.min(line.start + start);
        }
        let words = cut(text, start, end).trim();
        let first = || label::end(words).filter(|_| floor == 0);
        let key = || name::read(words).filter(|_| floor == 0 && name::shaped(words));
        let listed = || {
            let blank = floor == 0 && cut(text, mark + 1, text.len()).trim().is_empty();
            label::doers(words).filter(|_| blank)
        };
        let field = label::read(words).or_else(first).or_else(key);
        if let Some(field) = field.or_else(listed) {
            fields.push(Labelled {
                field,
                start: line.start + mark + 1,
                end: line.end,
            });
        }
        floor = mark + 1;
    }
    fields
}

fn is_mark(byte: u8) -> bool {
    matches!(byte, b':' | b'=' | b'\t' | b'|')
}

/// The mark of a label that ends at `end`: a tab is a blank where another mark follows it.
fn last_mark(text: &str, end: usize) -> Option<usize> {
    let marked = |at: usize| text.as_bytes().get(at).copied().is_some_and(is_mark);
    let blank = |at: usize| {
        let next = cut(text, at, text.len()).chars().next();
        next.filter(|c| c.is_whitespace())
            .map(|c| at + c.len_utf8())
    };
    if text.as_bytes().get(end) == Some(&b':') {
        return Some(end);
    }
    let mut at = end;
    let mut ends = vec![end];
    while let Some(next) = (ends.len() <= BLANKS).then(|| blank(at)).flatten() {
        at = next;
        ends.push(next);
    }
    ends.into_iter().rev().find_map(|at| {
        let stars = cut(text, at, at + 2) == "**";
        let bare = [Some(at), stars.then_some(at + 2)];
        let tried = bare.into_iter().rev().flatten();
        let places = tried.flat_map(|at| [blank(at), Some(at)]);
        places.flatten().find(|at| marked(*at))
    })
}

/// The longest label that ends at a mark and does not reach before `floor`. Blanks and `**` may stand between them.
fn label_before(text: &str, floor: usize, mark: usize) -> Option<(usize, usize)> {
    let lead = cut(text, floor, mark);
    let blanks = |text: &str| {
        let bare = text.trim_end();
        (
            bare.len(),
            cut(text, bare.len(), text.len()).chars().count(),
        )
    };
    let (bare, count) = blanks(lead);
    let (end, count, most) = match cut(lead, 0, bare).strip_suffix("**") {
        Some(inner) if count <= 1 => {
            let (end, count) = blanks(inner);
            (end, count, BLANKS)
        }
        _ => (bare, count, BLANKS + 1),
    };
    // Spaces beyond those are letters of the label.
    let extra = count.saturating_sub(most);
    if !cut(lead, end, lead.len())
        .chars()
        .take(extra)
        .all(|c| c == ' ')
    {
        return None;
    }
    let mut label = None;
    let letters = cut(lead, 0, end).char_indices().rev();
    for (at, c) in letters.take(LABEL.saturating_sub(extra)) {
        let own = c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | '&' | '.' | '_' | '/' | '\'' | '’' | '(' | ')' | '-'
            )
            || !c.is_ascii() && letter(c);
        if !own {
            break;
        }
        if !c.is_ascii_digit() && letter(c) && begins(cut(lead, 0, at), floor == 0) {
            label = Some((floor + at, floor + end + extra));
        }
    }
    label
}

/// Whether a label may begin behind `lead`: at the line's start, a comma, a bar or a blank, with few bullets between.
fn begins(lead: &str, line_start: bool) -> bool {
    let mut before = lead.chars().rev();
    for _ in 0..=BULLETS {
        match before.next() {
            None => return line_start,
            Some(',' | ';' | '|' | '\t') => return true,
            Some(c) if c.is_whitespace() => return true,
            Some('*' | '•' | '>' | '#' | '–' | '-') => {}
            Some(_) => return false,
        }
    }
    false
}
