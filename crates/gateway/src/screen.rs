//! What is printed for people: hostile text can't move the cursor, colour the screen or turn the reading order (T66).

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};

/// Marks above and below one letter that are shown; more would stand in the lines around it.
const MOST_MARKS: usize = 6;

/// The text with control characters, escape sequences, bidi marks and what nobody sees shown as ␦; line breaks and tabs are kept.
pub fn printable(text: &str) -> String {
    let mut marks = 0_usize;
    let text = text.replace("\r\n", "\n");
    let shown = text.chars().filter_map(|c| {
        marks = if is_mark(c) {
            marks.saturating_add(1)
        } else {
            0
        };
        match marks {
            0..=MOST_MARKS if hides(c) => Some('␦'),
            0..=MOST_MARKS => Some(c),
            _ if marks == MOST_MARKS.saturating_add(1) => Some('␦'),
            _ => None,
        }
    });
    shown.collect()
}

/// JSON on one line; what a terminal would obey or nobody would see is escaped in its strings (RFC 8259 section 7), so that it is
/// the same value.
pub fn json(value: &serde_json::Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match hides(c) {
            true => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                out.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
            false => out.push(c),
        }
    }
    out
}

/// Whether it moves, turns or hides what stands around it, or is itself not seen (Unicode, `Default_Ignorable_Code_Point`), but for
/// what says how the letter before it is drawn.
pub fn hides(c: char) -> bool {
    let is_control = c.is_control() && !matches!(c, '\n' | '\t');
    is_control
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// A mark that stands above, below or over the letter before it (Unicode blocks of combining marks).
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{34e}' | '\u{350}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed step is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({"subject": "a\u{9b}2J\u{202e}b\u{e0041}\u{1b}é"});
        let shown = json(&value);
        assert_eq!(
            shown,
            r#"{"subject":"a\u009b2J\u202eb\udb40\udc41\u001bé"}"#
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }

    #[test]
    fn what_nobody_sees_is_shown() {
        for (text, shown) in [
            ("a\r\nb\tc", "a\nb\tc"),
            ("\u{1b}[2J\u{9b}2J\u{202e}", "␦[2J␦2J␦"),
            ("pay\u{ad}pal\u{3164}\u{e0041}", "pay␦pal␦␦"),
            ("\u{2764}\u{fe0f}", "\u{2764}\u{fe0f}"),
            ("e\u{301}", "e\u{301}"),
        ] {
            assert_eq!(printable(text), shown);
        }
        let pile = format!("e{}x", "\u{301}".repeat(40));
        assert_eq!(printable(&pile), format!("e{}␦x", "\u{301}".repeat(6)));
    }
}
