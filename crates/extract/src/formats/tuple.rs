//! Flows that a JSON log keeps as text: `1709604669,192.0.2.1,198.51.100.7,54018,22,T,I,D`, as Azure's flow logs have them.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::formats::form::protocol;
use crate::formats::json::end;
use crate::gather::Record;
use crate::layout::Line;
use crate::reader::Reading;
use crate::text::regex;
use crate::{Endpoint, Format};

/// Flows of one object that are read, at most.
const FLOWS: usize = 4096;
/// Keys of an object that are looked at, at most.
const KEYS: usize = 512;
/// Objects inside each other, at most.
const DEPTH: usize = 4;

/// One flow: its time, then both ends, then their ports, then the protocol.
pub(super) fn record(reading: &Reading<'_>, written: &str, from: usize) -> Option<Record> {
    let cells: Vec<&str> = written.split(',').take(8).map(str::trim).collect();
    let [time, one, other, first, second, transport, ..] = cells.as_slice() else {
        return None;
    };
    let address = |cell: &str| cell.parse::<IpAddr>().is_ok();
    if !address(one) || !address(other) || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let transport = protocol(transport);
    let port = |cell: &str| cell.parse().ok().filter(|port: &u16| *port > 0);
    let make = |ip, number| -> Option<Endpoint> {
        end(reading, ip, port(number), transport.as_deref(), from)
    };
    let record = Record {
        format: Format::Log,
        time: reading.machine_time(time, from),
        source: make(one, first),
        destination: make(other, second),
        ..Record::default()
    };
    record.holds().then_some(record)
}

/// Every flow of an object and of the objects inside it; whether there was one.
pub(super) fn read(reading: &mut Reading<'_>, top: &Map<String, Value>, from: usize) -> bool {
    let mut open = vec![(top, 0)];
    let mut written: Vec<&str> = Vec::new();
    while let Some((object, depth)) = open.pop() {
        for (key, value) in object.iter().take(KEYS) {
            match value {
                Value::Array(list) if key == "flowTuples" => {
                    let left = FLOWS - written.len();
                    written.extend(list.iter().filter_map(Value::as_str).take(left));
                }
                Value::Object(inner) if depth < DEPTH => open.push((inner, depth + 1)),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_) => {}
            }
        }
    }
    let records = written.into_iter();
    let records: Vec<Record> = records
        .filter_map(|written| record(reading, written, from))
        .collect();
    let known = !records.is_empty();
    reading.gathering.records.extend(records);
    known
}

/// The flows of a line of text, each in quotes or by itself: a piece of such a log that was cut out of it.
pub(crate) fn line(reading: &mut Reading<'_>, line: &Line) -> bool {
    static FLOW: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?:^|["\s\[])(1[0-9]{9}(?:[0-9]{3})?,[0-9A-Fa-f.:]{3,45},[0-9A-Fa-f.:]{3,45},[0-9]{1,5},[0-9]{1,5},[TU],[IO],[ADBCE])(?:[",\s\]]|$)"#,
        )
    });
    let text = reading.page.line(line);
    let hint = [",T,", ",U,"]
        .iter()
        .any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some());
    // Behind other words, it is what somebody typed.
    let lead = text.trim_start_matches([' ', '"', '[', '{']);
    let lead = lead.strip_prefix("flowTuples").unwrap_or(lead);
    let lead = lead.trim_start_matches([' ', '"', '[', ':']);
    if !hint
        || FLOW
            .find(text)
            .is_none_or(|found| found.start() > text.len() - lead.len())
    {
        return false;
    }
    let from = reading.page.clean.original(line.start, line.start + 1).0;
    let found = FLOW.captures_iter(text).take(FLOWS);
    let found = found.filter_map(|found| record(reading, found.get(1)?.as_str(), from));
    let records: Vec<Record> = found
        .map(|record| Record {
            standing: line.standing,
            ..record
        })
        .collect();
    let known = !records.is_empty();
    if known {
        reading.claim(line.start, line.end);
    }
    reading.gathering.records.extend(records);
    known
}
