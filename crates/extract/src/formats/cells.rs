//! The octets of a row's cells.

use crate::text::cut;

/// Cells between marks, which may stand in quotes.
pub(super) fn marked(text: &str, mark: char) -> Vec<(usize, usize)> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == mark && !quoted {
            cells.push(bare(text, start, at));
            start = at + mark.len_utf8();
        }
    }
    cells.push(bare(text, start, text.len()));
    cells
}

/// Cells between two blanks or more.
pub(super) fn blanks(text: &str) -> Vec<(usize, usize)> {
    let mut cells = Vec::new();
    let mut start = 0;
    for piece in text.split("  ") {
        let end = start + piece.len();
        if !piece.trim().is_empty() {
            cells.push(bare(text, start, end));
        }
        start = end + 2;
    }
    cells
}

/// Cells between blanks.
pub(super) fn words(text: &str) -> Vec<(usize, usize)> {
    let mut cells = Vec::new();
    let mut start = 0;
    for piece in text.split([' ', '\t']) {
        let end = start + piece.len();
        if !piece.is_empty() {
            cells.push((start, end));
        }
        start = end + 1;
    }
    cells
}

/// Without blanks and quotation marks around it.
fn bare(text: &str, start: usize, end: usize) -> (usize, usize) {
    let outer = ['"', '\'', ' ', '`', '\t', '*'];
    let cell = cut(text, start, end);
    let from = start + (cell.len() - cell.trim_start_matches(outer).len());
    (from, from + cell.trim_matches(outer).len())
}
