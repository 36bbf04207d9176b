//! Writes what is found in a text as another tool reads it: `cargo run -p extract --example export -- stix < mail.txt`.
//! Forms: `intelmq`, `iodef`, `misp`, `stix`, `csv`, `indicators`.
#![expect(clippy::print_stdout, reason = "a tool for people")]

use std::io::Read;

use extract::export::{Form, Sheet};
use extract::{Context, TextPart, Tlp, extract};

/// A number for a name, written as a UUID: enough for an example, and the same every time.
fn uuid(name: &str) -> String {
    let hash = |seed: u64| {
        name.bytes().fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let digits = format!(
        "{:016x}{:016x}",
        hash(0xcbf2_9ce4_8422_2325),
        hash(0x8422_2325)
    );
    let piece = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-5{}-8{}-{}",
        piece(0, 8),
        piece(8, 12),
        piece(13, 16),
        piece(17, 20),
        piece(20, 32)
    )
}

fn main() {
    let mut text = String::new();
    let _ = std::io::stdin().read_to_string(&mut text);
    let context = Context {
        date: Some("2024-03-06T09:00:00+01:00".into()),
        ..Context::default()
    };
    let part = TextPart::body(&text);
    let found = extract(&[part], &context);
    let sheet = Sheet {
        corrected: 0,
        tags: &[],
        organisation: "csirt.example",
        contact: "csirt@example.org",
        ticket: "2024-0001",
        received: "2024-03-06T09:00:00+01:00",
        made: "2024-03-06T10:00:00Z",
        unmarked: Tlp::Amber,
        audience: Tlp::Red,
        uuid: &uuid,
    };
    let asked = std::env::args().nth(1).unwrap_or_default();
    let form = Form::ALL.into_iter().find(|form| form.as_str() == asked);
    let written = form.unwrap_or(Form::Csv).write(&found, &sheet);
    match written {
        Ok(text) => print!("{text}"),
        Err(refusal) => println!("{refusal}"),
    }
}
