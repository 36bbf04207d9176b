//! What an automaton writes in front of our tag: `Automaatvastus: [CSIRT#000123] Scan`. The word for "automatic" has few
//! stems in all languages, so that this finds products and languages that no list of Subjects knows.

use super::mail::{Mail, harmless};
use super::{incident, sentences};

/// Stems of "automatic" in the languages that have their own.
#[rustfmt::skip]
const AUTOMATIC: [&str; 31] = [
    "auto", "avto", "awto", "oto", "outo", "sjálfvirk", "samodejn", "uathoibr", "авто", "аўта", "аўто", "аутом", "αυτόμ", "αυτομ", "自動", "自动", "자동", "อัตโนมัติ", "tự động", "تلقائي", "آلي", "خودکار", "אוטומטי", "स्वचालित", "स्वयंचलित", "স্বয়ংক্রিয়", "தானியங்கு", "స్వయంచాలక", "ავტომატ", "ավտոմատ", "స్వయంచాలిత",
];

/// The word for "automatic" stands before `: [TEAM#nnnnnn]`, and nothing is reported below.
pub(super) fn automatic_prefix(mail: &Mail<'_>) -> Option<String> {
    let (prefix, rest) = mail.subject.split_once([':', '：'])?;
    let tag = rest.trim_start().strip_prefix('[')?.split(']').next()?;
    let tagged = sentences::names_a_ticket(tag) && !prefix.contains(['[', '#']);
    let found = tagged
        && AUTOMATIC.iter().any(|stem| begins_word(prefix, stem))
        && !incident::reports(mail);
    found.then(|| harmless(&format!("Subject: {prefix}")))
}

/// In our alphabet a stem begins a word: `photo:` is none.
fn begins_word(text: &str, stem: &str) -> bool {
    text.match_indices(stem).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        !stem.is_ascii() || !before.ends_with(char::is_alphabetic)
    })
}
