//! Tags in generated Subjects: whatever clients do to them (T3), and what look-alikes try (T44).
#![expect(clippy::unwrap_used, reason = "tests")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use intake::message::{header, parse};
use intake::thread::{ReferenceFinder, References, TicketRef, parse_message_id};
use proptest::prelude::*;

fn finder() -> ReferenceFinder {
    let teams = ["CSIRT", "CSIRT North", "A.B-C_D team"].map(str::to_owned);
    ReferenceFinder::new(&teams, Vec::new())
}

fn subject(text: &str) -> References {
    finder().find(&[text], "")
}

/// The Subject as it is understood after a trip through a header.
fn received(line: &str) -> String {
    header(
        &parse(format!("{line}\r\n\r\n").as_bytes())
            .parts
            .first()
            .unwrap()
            .headers,
        "Subject",
    )
    .unwrap()
    .value
    .clone()
}

fn quoted(octets: &[u8]) -> String {
    octets
        .iter()
        .map(|octet| {
            if octet.is_ascii_alphanumeric() {
                char::from(*octet).to_string()
            } else {
                format!("={octet:02X}")
            }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a client puts around, folds or encodes, the tag is found, and only that.
    #[test]
    fn mangled_subjects_keep_the_tag(
        serial in 1_u64..100_000_000,
        team in 0_usize..3,
        upper in any::<bool>(),
        prefixes in proptest::collection::vec(proptest::sample::select(vec!["Re: ", "RE : ", "Fwd: ", "AW: ", "WG: ", "TR: ", "[noc-list] ", "[EXTERN] ", "Réf: ", "回复: "]), 0..4),
        words in "[a-zéüß0-9 .,!?-]{0,60}",
        way in 0_u8..4,
        cut in 1_usize..40,
    ) {
        let ticket = TicketRef { team: ["CSIRT", "CSIRT North", "A.B-C_D team"].get(team).unwrap().to_string(), serial };
        let tag = if upper { ticket.tag().to_uppercase() } else { ticket.tag().to_lowercase() };
        let text = format!("{}{tag} {words}", prefixes.concat());
        let line = match way {
            0 => format!("Subject: {}", text.replace(' ', "\r\n ")),
            1 => format!("Subject: =?utf-8?B?{}?=", STANDARD.encode(text.as_bytes())),
            2 => {
                let characters: Vec<char> = text.chars().collect();
                let words: Vec<String> = characters.chunks(cut).map(|chunk| format!("=?utf-8?q?{}?=", quoted(chunk.iter().collect::<String>().as_bytes()))).collect();
                format!("Subject: {}", words.join("\r\n "))
            }
            _ => format!("subject:{text}"),
        };
        let found = finder().find(&[&received(&line)], "");
        prop_assert_eq!(found.own, vec![ticket]);
    }

    /// No damage inside the brackets passes.
    #[test]
    fn damaged_tags_are_none(position in 0_usize..14, replacement in "[^\\]]") {
        let mut damaged: Vec<char> = "[CSIRT#000123]".chars().collect();
        *damaged.get_mut(position).unwrap() = replacement.chars().next().unwrap();
        let text: String = damaged.iter().collect();
        let same = text.eq_ignore_ascii_case("[CSIRT#000123]");
        let other_digit = (7..13).contains(&position) && replacement.chars().all(|c| c.is_ascii_digit());
        prop_assert_eq!(subject(&text).own.is_empty(), !same && !other_digit);
    }

    #[test]
    fn any_text_returns(text in ".{0,300}") {
        let _ = finder().find(&[&text], &text);
        let _ = parse_message_id(&text, &["demo.example".to_owned()]);
    }
}
