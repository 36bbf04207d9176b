//! What is printed for people: hostile text can't move the cursor, colour the screen or turn the reading order (T66).

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};

/// The text with control characters, escape sequences and bidi marks shown as ␦; line breaks and tabs are kept.
pub fn printable(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if hidden(c) { '␦' } else { c })
        .collect()
}

/// One line of it, cut at `most` characters.
pub fn one_line(text: &str, most: usize) -> String {
    let line = printable(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match line.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or("")),
        None => line,
    }
}

/// A table as wide as the terminal; as wide as it needs when the output is no terminal.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}

/// The same with colours, by column and text.
pub fn painted(
    header: &[&str],
    rows: Vec<Vec<String>>,
    colour: impl Fn(usize, &str) -> Option<Color>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .enforce_styling()
        .set_header(header.to_vec());
    for row in rows {
        let cells = row.into_iter().enumerate().map(|(column, text)| {
            let colour = colour(column, &text);
            let cell = Cell::new(text);
            match colour {
                Some(colour) => cell.fg(colour),
                None => cell,
            }
        });
        table.add_row(cells.collect::<Vec<Cell>>());
    }
    table.to_string()
}
