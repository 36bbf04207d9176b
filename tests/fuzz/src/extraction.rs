//! The grammars of extraction. Octets above 127 stand for the pieces of a grammar, those below for themselves, so that few
//! octets make a whole line of a log. What is asserted is what an analyst relies on: every value stands where its span says,
//! the same text gives the same answer, and a defanged value is the value.

mod more;
pub mod narrow;
mod oracle;
mod pieces;

use extract::{TextKind, TextPart};

pub use more::{CLOCKS, PROGRAMS, WALLETS};
pub use pieces::{
    ADDRESSES, FORMS, Grammar, HEADERS, INDICATORS, JSON, LOGS, PROSE, TABLES, TIMES, XML, YAML,
};

/// One part in one grammar. The first octet says how the part came.
pub fn part(grammar: &Grammar, input: &[u8]) {
    let [variant, rest @ ..] = input else {
        return;
    };
    let text = grammar.text(rest);
    let part = TextPart {
        id: "1",
        kind: grammar.kind(*variant >> 4),
        text: &text,
        attachment: variant & 1 != 0,
        forwarded: variant & 2 != 0,
    };
    let found = oracle::sound(&[part], *variant);
    if grammar.defangs {
        oracle::defanged(&found);
    }
}

/// A whole report: parts in several grammars, set apart by the octet 0. The parts in the other order hold the same values.
pub fn report(input: &[u8]) {
    let [variant, rest @ ..] = input else {
        return;
    };
    let sections: Vec<(TextKind, String)> = rest
        .split(|octet| *octet == 0)
        .filter_map(|section| {
            let [which, rest @ ..] = section else {
                return None;
            };
            let grammar = pieces::ALL[usize::from(*which) % pieces::ALL.len()];
            Some((grammar.kind(*which >> 4), grammar.text(rest)))
        })
        .collect();
    let mut parts: Vec<TextPart<'_>> = sections
        .iter()
        .zip(["1", "2", "3", "4", "5", "6"])
        .map(|((kind, text), id)| TextPart {
            id,
            kind: *kind,
            text,
            attachment: false,
            forwarded: false,
        })
        .collect();
    let found = oracle::sound(&parts, *variant);
    parts.reverse();
    let other = oracle::sound(&parts, *variant);
    assert_eq!(oracle::values(&found), oracle::values(&other));
    assert_eq!(found.tlp, other.tlp);
    oracle::exported(&found);
}
