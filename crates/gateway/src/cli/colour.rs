//! Colours on a terminal: states, markings and what must not be overlooked. The words alone say it all.

use std::io::IsTerminal;

use comfy_table::Color;

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless `NO_COLOR` says otherwise
    Auto,
    Always,
    Never,
}

impl When {
    pub(super) fn is_on(self) -> bool {
        match self {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !refused && std::io::stdout().is_terminal()
            }
        }
    }
}

/// The colour of a cell of the queue, by its column.
pub(super) fn of(column: usize, text: &str) -> Option<Color> {
    match column {
        1 => state(text),
        2 => marking(text),
        3 if text.contains("good") => Some(Color::Green),
        3 if ["bad", "undecryptable", "unread"]
            .iter()
            .any(|word| text.contains(word)) =>
        {
            Some(Color::Red)
        }
        _ => None,
    }
}

fn state(text: &str) -> Option<Color> {
    match text.split([' ', ')']).next()? {
        _ if text.contains("OVERDUE") => Some(Color::Red),
        "new" => Some(Color::Yellow),
        "open" => Some(Color::Cyan),
        "resolved" | "rejected" => Some(Color::DarkGrey),
        _ => None,
    }
}

fn marking(text: &str) -> Option<Color> {
    match text.split(['+', ',']).next()? {
        "RED" => Some(Color::Red),
        "AMBER" => Some(Color::Yellow),
        "GREEN" => Some(Color::Green),
        _ => None,
    }
}

/// What `ticket show` says of the ticket itself, coloured; what mail says, which follows the first empty line, stays as it is.
pub(super) fn head(text: &str) -> String {
    let end = text.find("\n\n").unwrap_or(text.trim_end().len());
    let (head, rest) = text.split_at(end);
    let lines = head.lines().enumerate().map(|(number, line)| {
        let place = match (number, line.rsplit_once("  (")) {
            (0, Some((_, state))) => Some(state.trim_end_matches(')')),
            _ if line.starts_with("  TLP ") => line.split_whitespace().nth(1),
            _ if line.starts_with("  Answer due ") && line.ends_with("OVERDUE") => Some("OVERDUE"),
            _ => None,
        };
        let colour = place.and_then(|word| state(word).or_else(|| marking(word)));
        match (place, colour.and_then(code)) {
            (Some(word), Some(code)) => {
                let start = line
                    .rfind(word)
                    .filter(|_| number == 0 || word == "OVERDUE");
                let start = start.or_else(|| line.find(word)).unwrap_or(0);
                let (before, after) = line.split_at(start);
                let (word, after) = after.split_at(word.len());
                format!("{before}\u{1b}[{code}m{word}\u{1b}[0m{after}")
            }
            (_, _) => line.to_owned(),
        }
    });
    let lines: Vec<String> = lines.collect();
    format!("{}{rest}", lines.join("\n"))
}

/// As terminals know it (ECMA-48, SGR).
fn code(colour: Color) -> Option<&'static str> {
    let codes = [
        (Color::Red, "1;31"),
        (Color::Green, "1;32"),
        (Color::Yellow, "1;33"),
        (Color::Cyan, "1;36"),
        (Color::DarkGrey, "90"),
    ];
    let known = codes.into_iter().find(|(known, _)| *known == colour);
    known.map(|(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_coloured() {
        let text = "CSIRT#000123  (new)\n  TLP         AMBER, the strictest of its messages\n\nMessage 1  (new)\n  TLP RED\n";
        let coloured = head(text);
        assert_eq!(
            coloured,
            "CSIRT#000123  (\u{1b}[1;33mnew\u{1b}[0m)\n  TLP         \u{1b}[1;33mAMBER,\u{1b}[0m the strictest of its messages\n\nMessage 1  (new)\n  TLP RED\n"
        );
        assert_eq!(
            head("CSIRT#000123  (waiting)\n"),
            "CSIRT#000123  (waiting)\n"
        );
    }
}
