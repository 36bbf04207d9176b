//! Samples of every case that a template may meet: an operator learns of a fault when he checks, not when a report comes.

use super::Words;

/// Every case of a template of this name; a key is never asked for without one.
pub(super) fn all(name: &str) -> impl Iterator<Item = Words> {
    let key = name.starts_with("key.");
    cases([0..6, 0..5, 0..4, 0..4])
        .map(sample)
        .filter(move |words| !key || !words.fingerprint.is_empty())
}

/// Each combination of four choices.
fn cases([a, b, c, d]: [std::ops::Range<u8>; 4]) -> impl Iterator<Item = [u8; 4]> {
    a.flat_map(move |a| {
        let (c, d) = (c.clone(), d.clone());
        b.clone().flat_map(move |b| {
            let d = d.clone();
            c.clone()
                .flat_map(move |c| d.clone().map(move |d| [a, b, c, d]))
        })
    })
}

/// What it is, how it is protected and marked, when it came, what the team says of itself.
fn sample([occasion, protection, clock, team]: [u8; 4]) -> Words {
    let text = |there: bool, text: &str| match there {
        true => text.to_owned(),
        false => String::new(),
    };
    let limited = clock > 0;
    let closed = clock > 1;
    Words {
        team: "Example CSIRT".into(),
        reference: "CSIRT#000123".into(),
        unreadable: occasion == 1,
        unknown_tag: occasion == 2,
        follow_up: occasion >= 3,
        reopened: occasion == 4,
        repeated: occasion == 5,
        since: text(occasion == 5, "since Saturday 21 November 2026"),
        sensitive: matches!(protection, 1 | 2),
        discreet: protection == 2,
        ask_key: protection == 3,
        tlp: text(matches!(protection, 1 | 4), "TLP:AMBER+STRICT"),
        hours: text(
            limited,
            "Monday to Friday, 07:00 to 20:00 (Europe/Paris time)",
        ),
        next: text(closed, "on Monday 23 November 2026 at 07:00 (UTC+01:00)"),
        due: text(
            clock != 2,
            "by Monday 23 November 2026 at 15:00 (UTC+01:00)",
        ),
        received: "on Sunday 22 November 2026 at 04:00 (UTC+01:00)".into(),
        contacts: team & 2 != 0,
        phone: text(team & 1 != 0, "+33 1 99 00 00 00"),
        fingerprint: text(
            team & 2 != 0,
            "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567",
        ),
        website: text(team & 1 != 0, "https://csirt.example.org/rfc2350"),
    }
}
