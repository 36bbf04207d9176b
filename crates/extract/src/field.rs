//! The labels of a line: a few words before a `:`, a `=`, a tab or a bar.

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
    for (mark, _) in marks.filter(|(_, b)| matches!(b, b':' | b'=' | b'\t' | b'|')) {
        let Some((start, end)) = label_before(text, floor, mark) else {
            continue;
        };
        if let Some(last) = fields.last_mut() {
            last.end = last.end.min(line.start + start);
        }
        if let Some(field) = label::read(cut(text, start, end).trim()) {
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
            || matches!(c, ' ' | '.' | '_' | '/' | '\'' | '’' | '(' | ')' | '-')
            || !c.is_ascii() && letter(c);
        if !own {
            break;
        }
        if !c.is_ascii_digit() && letter(c) && begins(cut(lead, 0, at), floor == 0) {
            label = Some((floor + at, floor + end));
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
