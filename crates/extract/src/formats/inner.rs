//! JSON inside a log line, behind the name of a program or a stamp.

use serde::de::IgnoredAny;
use serde_json::Value;

use std::borrow::Cow;

use crate::Format;
use crate::address::Address;
use crate::formats::{flat, stamp};
use crate::gather::Record;
use crate::layout::Line;
use crate::line::log_host;
use crate::reader::Reading;
use crate::text::cut;

/// Whether an object of JSON begins in a line.
pub(super) fn begins(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"{\"").is_some_and(|at| {
        // What stands by itself and can be read as JSON has been.
        if at == 0 && serde_json::from_str::<IgnoredAny>(text).is_ok() {
            return false;
        }
        let key = cut(text, at + 2, text.len()).split_once('"');
        key.is_some_and(|(key, rest)| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@');
            (1..=40).contains(&key.len())
                && key.bytes().all(plain)
                && rest.trim_start().starts_with(':')
        })
    })
}

/// What the object tells, by the names of its keys, where it is all that the program says: what a visitor typed stands in quotes,
/// behind his address, or before more words.
pub(super) fn record(
    reading: &Reading<'_>,
    line: &Line,
    addresses: &[Cow<'_, Address>],
) -> Option<Record> {
    let text = reading.page.line(line);
    let at = memchr::memmem::find(text.as_bytes(), b"{\"")?;
    let quoted = memchr::memchr_iter(b'"', cut(text, 0, at).as_bytes()).count() % 2 == 1;
    let mut before = addresses
        .iter()
        .filter(|address| address.start < line.start + at);
    if quoted || before.any(|address| !log_host(reading.page.text(), line, address)) {
        return None;
    }
    let object = cut(text, at, text.len());
    let mut values = serde_json::Deserializer::from_str(object).into_iter::<Value>();
    let Value::Object(top) = values.next()?.ok()? else {
        return None;
    };
    let rest = cut(object, values.byte_offset(), object.len());
    if rest.contains(|c: char| !" \t})]\"';,".contains(c)) {
        return None;
    }
    let from = reading.page.clean.original(line.start, line.start + 1).0;
    let record = flat::record(reading, &flat::pairs(&top), from);
    let record = Record {
        standing: line.standing,
        format: Format::Log,
        time: record.time.clone().or_else(|| stamp::time(reading, line)),
        ..record
    };
    record.holds().then_some(record)
}
