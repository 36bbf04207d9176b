//! JSON: tells the formats apart, and holds what their readers share.

use serde_json::{Map, Value};

use super::{flat, iodef_json, misp, stix, tuple, xarf};
use crate::address;
use crate::formats::form::protocol;
use crate::gather::Record;
use crate::layout::Standing;
use crate::reader::Reading;
use crate::taxonomy::RsitType;
use crate::text::{cut, window};
use crate::tlp::Tlp;
use crate::{Endpoint, Format, Kind, kind};

/// JSON reports in one part that are read, at most.
const REPORTS: usize = 20_000;
/// Objects inside each other, at most.
const DEPTH: usize = 8;

/// Reads a JSON part: one report, an array of them, or one a line.
pub(crate) fn read(reading: &mut Reading<'_>) -> bool {
    let text = reading.page.original;
    let mut from = 0;
    let mut known = false;
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return any(reading, &value, &mut from, &mut REPORTS.clone(), 0);
    }
    let mut start = 0;
    for line in text.split_inclusive('\n').take(REPORTS) {
        if let (true, Ok(value)) = (
            line.trim_start().starts_with('{'),
            serde_json::from_str::<Value>(line),
        ) {
            from = start;
            known |= any(reading, &value, &mut from, &mut REPORTS.clone(), 0);
        }
        start += line.len();
    }
    known
}

/// Reads the JSON that begins at an octet of the original, as it is pasted between a mail's words; where it ends.
pub(crate) fn pasted(reading: &mut Reading<'_>, start: usize) -> Option<usize> {
    let original = reading.page.original;
    let rest = cut(original, start, original.len());
    let (value, length) = first(rest).or_else(|| first(&unbroken(rest)?))?;
    let end = start + length;
    any(reading, &value, &mut start.clone(), &mut REPORTS.clone(), 0).then_some(end)
}

/// The first value of a text, and how long it is.
fn first(text: &str) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

/// An object whose strings a mail program broke: blanks for the ends of its lines and the marks of quotation behind them, up to an
/// empty line.
fn unbroken(text: &str) -> Option<String> {
    const MOST: usize = 16_384;
    let text = window(text, 0, MOST);
    let whole = text.split("\n\n").next()?;
    if !whole.contains('\n') {
        return None;
    }
    let mut start = false;
    let letters = whole.chars().map(|c| {
        start = c == '\n' || start && matches!(c, '>' | ' ');
        if start || c == '\r' { ' ' } else { c }
    });
    Some(letters.collect())
}

/// One report, or whatever holds some: an array, a search's hits, a wrapper.
fn any(
    reading: &mut Reading<'_>,
    value: &Value,
    from: &mut usize,
    left: &mut usize,
    depth: usize,
) -> bool {
    if *left == 0 || depth > DEPTH {
        return false;
    }
    *left -= 1;
    match value {
        Value::Array(list) => {
            let mut known = false;
            for one in list {
                known |= any(reading, one, from, left, depth + 1);
            }
            known
        }
        Value::Object(top) => {
            let mut known = object(reading, top, from);
            let inner = top.values().filter(|inner| holds_objects(inner));
            for one in inner.take(if known { 0 } else { usize::MAX }) {
                known |= any(reading, one, from, left, depth + 1);
            }
            known
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn holds_objects(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(list) => list.iter().any(|one| one.is_object() || one.is_array()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn object(reading: &mut Reading<'_>, top: &Map<String, Value>, from: &mut usize) -> bool {
    if let Some(tlp) = text(top, &["tlp"]).and_then(Tlp::parse) {
        reading.gathering.tlp = reading.gathering.tlp.max(Some(tlp));
    }
    if text(top, &["type"]) == Some("bundle") && top.contains_key("objects") {
        return stix::read(reading, top);
    }
    if let Some(Value::Object(event)) = top.get("Event") {
        return misp::read(reading, event);
    }
    if let Some(Value::Array(incidents)) = top.get("Incident") {
        return iodef_json::read(reading, incidents);
    }
    let mut record = if top.contains_key("xarf_version") {
        xarf::fourth(reading, top, *from)
    } else if let Some(Value::Object(report)) = top.get("Report") {
        xarf::third(reading, report, *from)
    } else {
        if tuple::read(reading, top, *from) {
            return true;
        }
        let pairs = flat::pairs(top);
        flat::record(reading, &pairs, *from)
    };
    let last = [record.source.as_ref(), record.destination.as_ref()]
        .into_iter()
        .flatten()
        .map(|end| end.span.start)
        .max();
    *from = last.unwrap_or(*from);
    let machine = record.format == Format::Xarf;
    if !machine {
        record.format = Format::Log;
    }
    let known = machine || record.holds();
    if known {
        reading.gathering.records.push(record);
    }
    known
}

/// Every source with every target when one side has one entry, and each by itself otherwise.
pub(crate) fn pair(
    reading: &mut Reading<'_>,
    record: &Record,
    sources: &[Endpoint],
    targets: &[Endpoint],
) {
    let mut push = |source: Option<&Endpoint>, target: Option<&Endpoint>| {
        reading.gathering.records.push(Record {
            source: source.cloned(),
            destination: target.cloned(),
            ..record.clone()
        });
    };
    match (sources, targets) {
        (many, [target]) if !many.is_empty() => {
            many.iter().for_each(|one| push(Some(one), Some(target)));
        }
        ([source], many) if !many.is_empty() => {
            many.iter().for_each(|one| push(Some(source), Some(one)));
        }
        (many, others) => {
            many.iter().for_each(|one| push(Some(one), None));
            others.iter().for_each(|one| push(None, Some(one)));
        }
    }
}

/// What the words of a description say of the type.
pub(crate) fn evidence(reading: &mut Reading<'_>, written: &str) {
    for found in kind::find(cut(written, 0, written.floor_char_boundary(4096))) {
        let span = reading.place(cut(written, found.start, found.end), 0);
        let entry = (Standing::Own, found.kind, found.weight, span);
        reading.gathering.kinds.push(entry);
    }
}

/// The first of the keys that holds a string.
pub(crate) fn text<'a>(map: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| map.get(*key)?.as_str())
}

/// The first of the keys that holds a port's number.
pub(crate) fn number(map: &Map<String, Value>, keys: &[&str]) -> Option<u16> {
    keys.iter().find_map(|key| match map.get(*key)? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// An endpoint from a machine's field that holds an address, or a URL whose host is one.
pub(crate) fn end(
    reading: &Reading<'_>,
    written: &str,
    port: Option<u16>,
    transport: Option<&str>,
    from: usize,
) -> Option<Endpoint> {
    let found = address::find(cut(written, 0, written.floor_char_boundary(512)))
        .into_iter()
        .next()?;
    Some(Endpoint {
        ip: Some(found.value),
        port: port.filter(|port| *port > 0).or(found.port),
        protocol: transport.and_then(protocol),
        confidence: 0.98,
        span: reading.place(cut(written, found.start, found.end), from),
    })
}

/// A type that a machine's field names.
pub(crate) fn machine_kind(
    reading: &Reading<'_>,
    kind: &'static RsitType,
    written: &str,
    from: usize,
) -> Kind {
    let span = reading.place(written, from);
    Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence: 0.95,
        span,
    }
}
