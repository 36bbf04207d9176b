//! What mail brought, as pages show it: nothing of it is HTML, nothing can be clicked, and nothing hides (T60, T61).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::Words;
use crate::protection::{self, Lack, Protected};
use crate::screen;
use crate::ticket::is_closed;

/// A word with an icon and a colour; the word alone says it all.
pub(super) struct Badge {
    /// `good`, `warn`, `bad` or `plain`.
    pub(super) class: &'static str,
    /// The name of an icon of `icons.html`.
    pub(super) icon: &'static str,
    pub(super) text: &'static str,
}

/// One line of [`text`], cut at `most` characters.
pub(super) fn line(line: &str, most: usize) -> String {
    text(&screen::one_line(line, most))
}

/// Hostile text: control characters and such that turn the reading order shown as ␦, and web addresses so that nothing makes links
/// of them.
pub(super) fn text(text: &str) -> String {
    let text = screen::printable(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at);
        let scheme = before.len() - letters_at_end(before);
        let (kept, scheme) = before.split_at(scheme);
        out.push_str(kept);
        out.push_str(&defanged_scheme(scheme));
        out.push_str("://");
        rest = after.get(3..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// A domain, a mail address or a URL as it is passed on among analysts: `hxxps://evil[.]example/a.html`.
pub(super) fn defanged(value: &str) -> String {
    let value = line(value, 2_000);
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), value.as_str()),
    };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host);
    format!("{scheme}{}{path}", host.replace('.', "[.]"))
}

fn letters_at_end(text: &str) -> usize {
    let letters = text.bytes().rev();
    letters.take_while(u8::is_ascii_alphabetic).count()
}

/// `hxxp`, `hxxps`; another scheme gets brackets.
fn defanged_scheme(scheme: &str) -> String {
    match scheme.to_ascii_lowercase().as_str() {
        "" => String::new(),
        "http" => "hxxp".into(),
        "https" => "hxxps".into(),
        // Defanged by its sender.
        "hxxp" | "hxxps" => scheme.to_owned(),
        _ => format!("{scheme}[:]"),
    }
}

/// How a message was protected.
pub(super) fn badges(message: Protected<'_>, w: &'static Words) -> Vec<Badge> {
    let badge = |class, icon, text| Badge { class, icon, text };
    let encryption = match (message.was_encrypted, message.needs_human) {
        (_, "unread") => badge("bad", "alert", w.not_read),
        (true, "undecryptable") => match message.lack() {
            Lack::Key => badge("bad", "alert", w.cannot_decrypt_key),
            Lack::Damaged => badge("bad", "alert", w.cannot_decrypt_damaged),
            Lack::Other => badge("bad", "alert", w.cannot_decrypt),
        },
        (true, _) => badge("good", "lock", w.encrypted),
        (false, _) => badge("plain", "open", w.plain),
    };
    let signature = match message.signature {
        "none" => return vec![encryption],
        "good" => badge("good", "check", w.signed_verified),
        protection::PART_GOOD => badge("warn", "half", w.partly_verified),
        protection::PART_UNKNOWN => badge("warn", "half", w.partly_not_verified),
        protection::NOTHING_SHOWN => badge("warn", "half", w.partly_nothing),
        protection::OTHER_ADDRESS => badge("warn", "question", w.signed_other),
        "good_unknown_key" => badge("warn", "question", w.signed_not_verified),
        "missing_key" => badge("warn", "question", w.signed_no_key),
        "expired_key" => badge("bad", "alert", w.signed_expired),
        "revoked_key" => badge("bad", "alert", w.signed_revoked),
        "bad" => badge("bad", "alert", w.signature_bad),
        _ => badge("bad", "alert", w.signature_unreadable),
    };
    vec![encryption, signature]
}

/// A moment in the team's zone, and as machines read it.
#[derive(Default)]
pub(super) struct Moment {
    pub(super) machine: String,
    pub(super) people: String,
}

/// A moment given as RFC 3339; what is none stands as it is.
pub(super) fn moment(at: &str, zone: &TimeZone) -> Moment {
    let people = at.parse::<Timestamp>().map(|at| {
        let zoned = at.to_zoned(zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M %Z").to_string()
    });
    Moment {
        machine: line(at, 40),
        people: people.unwrap_or_else(|_| line(at, 40)),
    }
}

/// How long ago, or until: minutes, hours, days.
pub(super) fn span(seconds: i64, w: &Words) -> String {
    match seconds.abs() {
        ..3_600 => format!("{} min", seconds.abs() / 60),
        3_600..172_800 => format!("{} h", seconds.abs() / 3_600),
        172_800.. => format!("{} {}", seconds.abs() / 86_400, w.days),
    }
}

/// How much time is left for an answer.
pub(super) struct Clock {
    pub(super) late: bool,
    pub(super) text: String,
    pub(super) at: Moment,
}

/// The clock of a ticket; `None` when none runs.
pub(super) fn clock(
    state: &str,
    due: Option<&str>,
    (now, zone): (Timestamp, &TimeZone),
    w: &Words,
) -> Option<Clock> {
    let due = due.filter(|_| !is_closed(state))?;
    let moment_of = due.parse::<Timestamp>().ok()?;
    let left = moment_of.as_second() - now.as_second();
    let late = left < 0;
    let word = if late { w.overdue_by } else { w.left };
    Some(Clock {
        late,
        text: format!("{} {word}", span(left, w)),
        at: moment(due, zone),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_as_nothing_can_follow_them() {
        for (value, shown) in [
            (
                "https://evil.example/a.html?b=c.d",
                "hxxps://evil[.]example/a.html?b=c.d",
            ),
            ("HTTP://evil.example", "hxxp://evil[.]example"),
            ("evil.example", "evil[.]example"),
            ("a.b@evil.example", "a[.]b@evil[.]example"),
            ("ftp://evil.example/x", "ftp[:]://evil[.]example/x"),
        ] {
            assert_eq!(defanged(value), shown);
        }
        assert_eq!(
            text("see https://a.example, http://b.example/ and ://\nhxxp://c.example"),
            "see hxxps://a.example, hxxp://b.example/ and ://\nhxxp://c.example"
        );
        assert_eq!(text("a\u{202e}b\u{7}c"), "a␦b␦c");
    }
}
