//! The Subject of what we send.

use super::words::Language;
use super::{Letter, Letterhead, Occasion, Overdue, Request, one_line, text};

/// Longer Subjects are cut by others.
const LONGEST: usize = 160;

/// Our tag, then the report's own Subject with its references as they were (T3, T4); a neutral one when it was protected, or
/// should have been.
pub(super) fn of(letterhead: &Letterhead, request: &Request) -> String {
    let languages = text::languages(letterhead, request.language.as_deref());
    let in_each = |words: fn(Language) -> &'static str| {
        let words = languages.iter().map(|language| words(*language));
        words.collect::<Vec<_>>().join(" / ")
    };
    if request.occasion == Occasion::KeyRequest {
        let words = in_each(Language::key_of);
        let colon = match languages.as_slice() {
            [Language::French] => " :",
            _ => ":",
        };
        return format!("{words}{colon} {}", one_line(&letterhead.display_name, 100));
    }
    let kept = request
        .subject
        .as_deref()
        .filter(|_| !text::is_discreet(request))
        .map(|subject| one_line(subject, LONGEST))
        .filter(|subject| !is_placeholder(subject));
    let words = match kept {
        Some(subject) => format!("Re: {}", without_reply_prefix(&subject)),
        None => in_each(Language::received),
    };
    tagged(&request.reference, &request.foreign, &words)
}

/// The Subject of an analyst's letter.
pub(super) fn of_letter(letter: &Letter) -> String {
    let subject = letter.subject.as_deref();
    let tag = format!("[{}]", letter.reference);
    let words = subject.map(|subject| one_line(&subject.replace(&tag, " "), LONGEST));
    let words = words.filter(|subject| !is_placeholder(subject));
    let words = words.map(|subject| format!("Re: {}", without_reply_prefix(&subject)));
    let subject = tagged(
        &letter.reference,
        &letter.foreign,
        &words.unwrap_or_default(),
    );
    subject.trim_end().to_owned()
}

/// Our tag, other teams' references, and the words.
fn tagged(reference: &str, foreign: &[String], words: &str) -> String {
    let foreign = foreign.iter().map(|foreign| one_line(foreign, 80));
    // Those that the cut took, or that went with the Subject.
    let lost = foreign.filter(|foreign| !words.contains(foreign.as_str()));
    let mut subject = format!("[{reference}] ");
    for foreign in lost.take(4) {
        subject.push_str(&foreign);
        subject.push(' ');
    }
    subject + words
}

/// The Subject of a notice to those on duty.
pub(super) fn of_notice(letterhead: &Letterhead, reference: &str) -> String {
    let languages = text::languages(letterhead, None);
    let first = languages.first().copied().unwrap_or(Language::English);
    format!("[{reference}] {}", first.new_report())
}

/// The Subject of a notice of overdue tickets: the first, and how many more.
pub(super) fn of_overdue(letterhead: &Letterhead, overdue: &Overdue) -> String {
    let languages = text::languages(letterhead, None);
    let first = languages.first().copied().unwrap_or(Language::English);
    let more = match overdue.tickets.len() {
        0 | 1 => String::new(),
        all => format!(" (+{})", all.saturating_sub(1)),
    };
    format!("[{}] {}{more}", overdue.first(), first.overdue())
}

/// What clients write outside when the real Subject is encrypted.
fn is_placeholder(subject: &str) -> bool {
    let bare: String = subject
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect();
    let bare = bare.trim();
    const PLACEHOLDERS: [&str; 8] = [
        "",
        "encrypted message",
        "encrypted",
        "message chiffré",
        "verschlüsselte nachricht",
        "mensaje cifrado",
        "messaggio cifrato",
        "versleuteld bericht",
    ];
    PLACEHOLDERS.contains(&bare)
}

fn without_reply_prefix(subject: &str) -> &str {
    let lower = subject.get(..3).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("re:") => subject.get(3..).unwrap_or(subject).trim_start(),
        _ => subject,
    }
}
