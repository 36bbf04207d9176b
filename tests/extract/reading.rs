//! How the tests read a text: as one part of a mail of a Wednesday in March.

use extract::{Context, Extraction, TextKind, TextPart, extract};

/// What is found in one part of a mail that was sent at 2024-03-06T09:00:00+01:00.
pub fn read(kind: TextKind, text: &str) -> Extraction {
    let context = Context {
        date: Some("2024-03-06T09:00:00+01:00".into()),
        ..Context::default()
    };
    let part = TextPart {
        id: "1",
        kind,
        text,
        attachment: false,
        forwarded: false,
    };
    extract(&[part], &context)
}
