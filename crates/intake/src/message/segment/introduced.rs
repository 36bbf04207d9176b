//! Lines that clients put before an original: `On … wrote:`, `-----Original Message-----`, `From: … Sent: … To: …`.

use super::phrases::{
    AMBIGUOUS_SEPARATORS, ATTRIBUTION_STARTS, ATTRIBUTION_VERBS, FORWARD_SEPARATORS, LABELS, Label,
};

/// Lines that are looked at together.
pub(super) const MOST_LINES: usize = 12;
/// Lines over which clients wrap an attribution.
const MOST_ATTRIBUTION_LINES: usize = 4;
/// Octets of a line that can be an introduction.
const MOST_OCTETS: usize = 400;

/// An attribution.
pub(super) struct Attribution {
    /// Lines that it takes.
    pub(super) lines: usize,
    /// It names an address or a time of day: nobody types that.
    pub(super) certain: bool,
}

/// `On Tue, 5 Mar 2024 at 10:00, Ann <ann@…> wrote:` in many languages, over up to four lines.
pub(super) fn attribution(window: &[&str]) -> Option<Attribution> {
    let first = window.first().filter(|line| begins(line))?;
    let mut joined = String::new();
    let opens = starts(first);
    for (count, line) in (1_usize..).zip(window.iter().take(MOST_ATTRIBUTION_LINES)) {
        if line.is_empty() || line.starts_with('>') || joined.len() + line.len() > MOST_OCTETS {
            return None;
        }
        joined.push_str(&line.to_lowercase());
        joined.push(' ');
        let whole = joined.trim_end();
        if whole.ends_with([':', '：']) {
            let verb = ATTRIBUTION_VERBS.iter().any(|verb| whole.contains(verb));
            let digits = whole.chars().filter(char::is_ascii_digit).count();
            let address = whole.contains('@');
            let found = verb && (digits >= 2 || address);
            let certain = address || (digits >= 5 && has_clock(whole));
            return found.then_some(Attribution {
                lines: count,
                certain: certain && (opens || address),
            });
        }
        // Only a line that begins like one may go on over the next.
        if !opens {
            return None;
        }
    }
    None
}

fn begins(line: &str) -> bool {
    !line.is_empty() && line.len() <= MOST_OCTETS
}

fn starts(line: &str) -> bool {
    let lower = line.to_lowercase();
    ATTRIBUTION_STARTS
        .iter()
        .any(|start| lower.starts_with(start))
        || lower.starts_with(|c: char| c.is_ascii_digit())
}

/// `10:00` somewhere before the end, or `10h00`.
fn has_clock(text: &str) -> bool {
    let digit = |c: Option<&u8>| c.is_some_and(u8::is_ascii_digit);
    let octets = text.as_bytes();
    octets.windows(4).any(|four| {
        digit(four.first())
            && matches!(four.get(1), Some(b':' | b'h' | b'.'))
            && digit(four.get(2))
            && digit(four.get(3))
    })
}

/// A separator line.
#[derive(Clone, Copy)]
pub(super) struct Separator {
    /// It says that the message is passed on; otherwise clients put it before answers, too.
    pub(super) passes_on: bool,
    /// It is nothing but a ruler: only a header block behind it makes it one.
    pub(super) needs_header: bool,
}

/// `---------- Forwarded message ---------`, `-----Original Message-----`, `Begin forwarded message:`, Outlook's ruler.
pub(super) fn separator(window: &[&str]) -> Option<Separator> {
    let line = window.first().filter(|line| begins(line))?;
    if line.len() >= 20 && line.chars().all(|c| c == '_') {
        return Some(Separator {
            passes_on: false,
            needs_header: true,
        });
    }
    let ruled = line.starts_with("---") || line.starts_with("—") || line.starts_with("===");
    let words = line
        .trim_matches(|c: char| {
            matches!(c, '-' | '—' | '=' | '_' | '*' | ':' | '：') || c.is_whitespace()
        })
        .to_lowercase();
    let among = |phrases: &[&str]| phrases.contains(&words.as_str());
    let passes_on = among(FORWARD_SEPARATORS);
    if !(passes_on || ruled && among(AMBIGUOUS_SEPARATORS)) {
        return None;
    }
    Some(Separator {
        passes_on,
        // `Forwarded message:` typed by a person in a sentence of its own is one only with a header.
        needs_header: !ruled && !line.ends_with([':', '：']),
    })
}

/// The number of lines of a header block: at least three different labels, From among them, in the languages of clients.
pub(super) fn header_block(window: &[&str]) -> Option<usize> {
    label(window.first()?)?;
    let mut seen: Vec<Label> = Vec::new();
    let mut length = 0_usize;
    let mut strange = 0_usize;
    for (count, line) in (1_usize..).zip(window) {
        match label(line) {
            Some(found) => {
                if !seen.contains(&found) {
                    seen.push(found);
                }
                length = count;
                strange = 0;
            }
            None if line.is_empty() => break,
            // A long list of recipients is wrapped.
            None => strange = strange.saturating_add(1),
        }
        if strange > 2 {
            break;
        }
    }
    let named =
        seen.contains(&Label::From) && (seen.contains(&Label::To) || seen.contains(&Label::Date));
    (named && seen.len() >= 3).then_some(length)
}

fn label(line: &str) -> Option<Label> {
    let (name, _) = line.split_once([':', '：'])?;
    if name.len() > 40 {
        return None;
    }
    let name = name
        .trim_matches(|c: char| c == '*' || c.is_whitespace())
        .to_lowercase();
    LABELS
        .iter()
        .find_map(|(label, names)| names.contains(&name.as_str()).then_some(*label))
}
