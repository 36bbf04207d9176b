//! One grammar at a time, without the rest of the engine: a hundred thousand texts a second instead of some thousands.

use extract::grammars::{self, Found, Reader};
use extract::{Context, Extraction, TextKind, TextPart};

use super::oracle::placed;
use super::{
    ADDRESSES, CLOCKS, FORMS, Grammar, HEADERS, INDICATORS, JSON, LOGS, PROGRAMS, PROSE, TABLES,
    TIMES, WALLETS, XML, YAML,
};

/// The first octet and the text that the others stand for.
fn text(grammar: &Grammar, input: &[u8]) -> Option<(u8, String)> {
    let (variant, rest) = input.split_first()?;
    Some((*variant, grammar.text(rest)))
}

/// Whether this one is read twice, and its values alone.
fn thorough(variant: u8) -> bool {
    variant & 15 == 15
}

fn surroundings(variant: u8) -> Context {
    Context {
        date: (variant & 4 == 0).then(|| "2024-03-06T09:00:00+01:00".to_owned()),
        default_zone: (variant & 8 != 0).then(|| "Europe/Paris".to_owned()),
        language: (variant & 64 != 0).then(|| "fr".to_owned()),
        ..Context::default()
    }
}

/// What is found lies in the text, on the boundaries of its characters.
fn within(text: &str, found: &[Found]) {
    for one in found {
        let letters = text.get(one.start..one.end).expect("a place in the text");
        assert!(!letters.is_empty(), "{one:?}");
    }
}

/// What is found lies behind what was found before it.
fn ordered(found: &[Found]) {
    for pair in found.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{pair:?}");
    }
}

/// A reader of texts, tried with one grammar.
fn tried(grammar: &Grammar, input: &[u8], read: impl Fn(&str, u8) -> Vec<Found>) -> Vec<Found> {
    let Some((variant, text)) = text(grammar, input) else {
        return Vec::new();
    };
    let found = read(&text, variant);
    within(&text, &found);
    if thorough(variant) {
        assert_eq!(found, read(&text, variant), "the same text again");
    }
    found
}

pub fn addresses(input: &[u8]) {
    let found = tried(&ADDRESSES, input, |text, _| grammars::addresses(text));
    ordered(&found);
    for one in found.iter().filter(|_| thorough(input[0])) {
        if !alone_too(&one.value) {
            continue;
        }
        let alone = grammars::addresses(&one.value);
        let values: Vec<&str> = alone.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(values, [one.value.as_str()], "the value by itself");
    }
}

/// Whether a value is one in whatever text it stands: not `::dead`, which may be the name of a program's part, nor eight pairs
/// of digits, which may be a device's, nor what begins at zero.
fn alone_too(value: &str) -> bool {
    let address = value.split(['/', '-']).next().unwrap_or_default();
    let pairs = address.split(':').all(|group| group.len() == 2);
    address.contains(|c: char| c.is_ascii_digit()) && !pairs && address != "0.0.0.0"
}

pub fn defanging(input: &[u8]) {
    let Some((_, text)) = text(&INDICATORS, input) else {
        return;
    };
    let (clean, places) = grammars::refanged(&text);
    assert_eq!(clean.chars().count(), places.len());
    let mut floor = 0;
    for (start, end) in places {
        assert!(
            floor <= start && start < end && text.get(start..end).is_some(),
            "{start}..{end}"
        );
        floor = start;
    }
}

pub fn times(input: &[u8]) {
    let read = |text: &str, variant| grammars::times(text, &surroundings(variant));
    let found = tried(&TIMES, input, read);
    ordered(&found);
    assert!(
        found
            .iter()
            .all(|one| one.value.is_empty() || super::oracle::dated(&one.value))
    );
}

pub fn clocks(input: &[u8]) {
    let Some((_, text)) = text(&CLOCKS, input) else {
        return;
    };
    within(&text, &grammars::clocks(&text));
}

pub fn names(input: &[u8]) {
    let found = tried(&INDICATORS, input, |text, _| grammars::names(text));
    assert!(found.iter().all(|one| !one.value.is_empty()));
}

pub fn wallets(input: &[u8]) {
    let found = tried(&WALLETS, input, |text, _| grammars::wallets(text));
    ordered(&found);
    for one in found {
        let alone = grammars::wallets(&one.value);
        assert!(alone.len() == 1 && alone[0].value == one.value, "{one:?}");
    }
}

pub fn markings(input: &[u8]) {
    let _ = tried(&INDICATORS, input, |text, _| grammars::markings(text));
}

pub fn kinds(input: &[u8]) {
    let found = tried(&PROSE, input, |text, _| grammars::kinds(text));
    assert!(found.iter().all(|one| extract::rsit(&one.value).is_some()));
}

/// A reader of parts, tried with one grammar.
fn alone(reader: Reader, grammar: &Grammar, kind: TextKind, input: &[u8]) {
    let Some((variant, text)) = text(grammar, input) else {
        return;
    };
    let part = TextPart {
        id: "1",
        kind,
        text: &text,
        attachment: variant & 1 != 0,
        forwarded: variant & 2 != 0,
    };
    let read = || -> Extraction { grammars::read(reader, &part, &surroundings(variant)) };
    let found = read();
    placed(&found, &[part]);
    if thorough(variant) {
        assert_eq!(found, read(), "the same text again");
    }
}

pub fn logs(input: &[u8]) {
    alone(Reader::Logs, &LOGS, TextKind::Plain, input);
}

pub fn programs(input: &[u8]) {
    alone(Reader::Logs, &PROGRAMS, TextKind::Plain, input);
}

pub fn forms(input: &[u8]) {
    alone(Reader::Forms, &FORMS, TextKind::Plain, input);
}

pub fn tables(input: &[u8]) {
    alone(Reader::Tables, &TABLES, TextKind::Csv, input);
}

pub fn json(input: &[u8]) {
    alone(Reader::Json, &JSON, TextKind::Json, input);
}

pub fn xml(input: &[u8]) {
    alone(Reader::Xml, &XML, TextKind::Xml, input);
}

pub fn iodef(input: &[u8]) {
    alone(Reader::Iodef, &XML, TextKind::Xml, input);
}

pub fn yaml(input: &[u8]) {
    alone(Reader::Yaml, &YAML, TextKind::Yaml, input);
}

pub fn arf(input: &[u8]) {
    alone(Reader::Arf, &YAML, TextKind::FeedbackReport, input);
}

pub fn received(input: &[u8]) {
    alone(Reader::Received, &HEADERS, TextKind::MessageHeader, input);
}

pub fn roles(input: &[u8]) {
    alone(Reader::Prose, &PROSE, TextKind::Plain, input);
}

pub fn marks(input: &[u8]) {
    alone(Reader::Marks, &INDICATORS, TextKind::Plain, input);
}
