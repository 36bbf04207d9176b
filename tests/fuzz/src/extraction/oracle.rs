//! What holds for every text.

use std::collections::BTreeSet;

use extract::{Context, Extraction, IndicatorKind, TextPart, extract};

/// Reads the parts; the upper half of the octet says in which surroundings.
pub fn sound(parts: &[TextPart<'_>], variant: u8) -> Extraction {
    let context = Context {
        date: (variant & 4 == 0).then(|| "2024-03-06T09:00:00+01:00".to_owned()),
        default_zone: (variant & 8 != 0).then(|| "Europe/Paris".to_owned()),
        language: (variant & 64 != 0).then(|| "fr".to_owned()),
        ..Context::default()
    };
    let found = extract(parts, &context);
    placed(&found, parts);
    if variant & 128 != 0 {
        assert_eq!(found, extract(parts, &context), "the same text again");
    }
    found
}

/// Spans lie in the text and give back the letters; events point at what is there.
pub fn placed(found: &Extraction, parts: &[TextPart<'_>]) {
    let letters = |span: &extract::Span| {
        let part = parts
            .iter()
            .find(|part| *part.id == *span.part)
            .expect("a part");
        part.text
            .get(span.start..span.end)
            .expect("a span in the text")
    };
    for one in &found.indicators {
        assert_eq!(letters(&one.span), one.raw);
        assert!(!one.value.is_empty() && !one.raw.is_empty());
    }
    let incident = &found.incident;
    for time in &incident.times {
        assert_eq!(letters(&time.span), time.raw);
        for value in std::iter::once(&time.value).chain(&time.ambiguous) {
            assert!(dated(value), "{value}");
        }
    }
    for end in incident.sources.iter().chain(&incident.destinations) {
        letters(&end.span);
        assert!(end.ip.is_some() || end.port.is_some());
        assert!((0.0..=1.0).contains(&end.confidence) && end.port != Some(0));
    }
    for kind in &incident.types {
        letters(&kind.span);
        assert!(extract::rsit(&kind.kind).is_some());
    }
    for event in &incident.events {
        assert!(
            event
                .source
                .is_none_or(|index| index < incident.sources.len())
        );
        assert!(
            event
                .destination
                .is_none_or(|index| index < incident.destinations.len())
        );
        assert!(event.kind.is_none_or(|index| index < incident.types.len()));
    }
}

/// A date alone, or RFC 3339 to the second.
pub fn dated(value: &str) -> bool {
    match value.len() {
        10 => value.parse::<jiff::civil::Date>().is_ok(),
        20 | 25 => value.parse::<jiff::Timestamp>().is_ok(),
        _ => false,
    }
}

pub fn values(found: &Extraction) -> BTreeSet<(IndicatorKind, &str)> {
    let list = found.indicators.iter();
    list.map(|one| (one.kind, one.value.as_str())).collect()
}

/// What is found in a value alone is found in the value defanged.
pub fn defanged(found: &Extraction) {
    for one in found.indicators.iter().take(4) {
        if one
            .value
            .contains(['[', ']', '(', ')', '{', '}', '<', '>', '\\'])
        {
            continue;
        }
        let alone = read(&one.value);
        let written = defang(&one.value);
        let again = read(&written);
        assert_eq!(values(&alone), values(&again), "{written}");
    }
}

fn read(text: &str) -> Extraction {
    let part = TextPart::body(text);
    extract(&[part], &Context::default())
}

fn defang(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    if let Some(tail) = value.strip_prefix("http")
        && (tail.starts_with("://") || tail.starts_with("s://"))
    {
        (out, rest) = ("hxxp".to_owned(), tail);
    }
    let mut previous = ' ';
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        let inside =
            previous.is_alphanumeric() && chars.peek().is_some_and(|c| c.is_alphanumeric());
        match c {
            '.' if inside => out.push_str("[.]"),
            '@' if inside => out.push_str("[at]"),
            _ => out.push(c),
        }
        previous = c;
    }
    out
}

/// Every export is well formed.
pub fn exported(found: &Extraction) {
    let json = serde_json::to_string(found).expect("JSON");
    assert_eq!(
        *found,
        serde_json::from_str::<Extraction>(&json).expect("the same")
    );
}
