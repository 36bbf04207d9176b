//! What analysts type into the console: queries, values to search for, and values that they correct.

use extract::{TextKind, one_value, party_kind};

use crate::extraction::Grammar;
use crate::query::{fault::LONGEST, parse};
use crate::search::Condition;

const QUERIES: Grammar = Grammar {
    kinds: &[TextKind::Plain],
    defangs: false,
    pieces: &[
        "is:",
        "unclaimed",
        "mine",
        "status:",
        "closed",
        "tlp:",
        "amber+strict",
        "amber",
        "red",
        "age",
        ">4h",
        "<2d",
        "4294967296w",
        "sig:",
        "bad",
        "enc:yes",
        "owner:",
        "from:",
        "@bank.example",
        "a@b.example",
        "obs:",
        "192.0.2.0/24",
        "2001:db8::/32",
        "192.0.2.1-192.0.2.9",
        "::ffff:192.0.2.1",
        "evil(.)example",
        "hxxp://evil[.]example/a",
        "*.example.com",
        "bücher.example",
        "cve:CVE-2024-3094",
        "AS64500",
        "port:22",
        "ref:",
        "[CSIRT#000123]",
        "tag:123",
        "9223372036854775808",
        "type:phish",
        "text:",
        "\"two words\"",
        "\"",
        "\\",
        "(",
        ")",
        "-",
        "not ",
        " or ",
        " and ",
        " | ",
        " ",
        ":",
        "d41d8cd98f00b204e9800998ecf8427e",
        "\u{a0}",
        "\u{0}",
        "İ",
        "é",
        "Kim",
    ],
};

/// A query is read or refused where it says; what was read is written so that it is read as the same.
pub fn query(input: &[u8]) {
    let text = QUERIES.text(input);
    match parse(&text) {
        Ok(query) => {
            let written = query.to_string();
            if written.len() <= LONGEST {
                assert_eq!(parse(&written), Ok(query), "{written}");
            }
        }
        Err(fault) => {
            let end = fault.at.checked_add(fault.length).expect("a place");
            assert!(
                text.get(fault.at..end).is_some() || text.len() > LONGEST,
                "{fault:?}"
            );
            assert!(!fault.to_string().is_empty());
        }
    }
}

/// A value to search for, or to correct, is understood or refused.
pub fn value(input: &[u8]) {
    let text = QUERIES.text(input);
    if let Ok(condition) = Condition::parse(&text) {
        assert!(!condition.describe().is_empty());
    }
    let _ = party_kind(&text);
    if let Some((kind, value)) = one_value(&text) {
        let again = one_value(&value).map(|(kind, value)| (kind, value));
        assert_eq!(again, Some((kind, value)), "the value by itself");
    }
}
