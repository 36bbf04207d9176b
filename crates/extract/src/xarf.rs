//! X-ARF 0.1 and 0.2 (YAML in mail), XARF 3 and 4 (JSON); and by their keys, other flat JSON events.

use serde_json::{Map, Value};

use crate::address::{self, Address};
use crate::form::{ports, protocol};
use crate::gather::Record;
use crate::kind;
use crate::label::{self, What};
use crate::reader::Reading;
use crate::taxonomy::RsitType;
use crate::text::cut;
use crate::tlp::Tlp;
use crate::{Endpoint, Format, Kind, Role};

/// JSON reports in one part that are read, at most.
const REPORTS: usize = 20_000;
/// Keys and values of one report that are looked at, at most.
const VALUES: usize = 512;

/// Reads a JSON part: one report, an array of them, or one a line.
pub(crate) fn json(reading: &mut Reading<'_>) -> bool {
    let text = reading.page.original;
    let mut from = 0;
    let mut known = false;
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(list)) => {
            for value in list.iter().take(REPORTS) {
                known |= object(reading, value, &mut from);
            }
        }
        Ok(value) => known = object(reading, &value, &mut from),
        Err(_) => {
            let mut start = 0;
            for line in text.split_inclusive('\n').take(REPORTS) {
                if let (true, Ok(value)) = (
                    line.trim_start().starts_with('{'),
                    serde_json::from_str::<Value>(line),
                ) {
                    from = start;
                    known |= object(reading, &value, &mut from);
                }
                start += line.len();
            }
        }
    }
    known
}

fn object(reading: &mut Reading<'_>, value: &Value, from: &mut usize) -> bool {
    let Value::Object(top) = value else {
        return false;
    };
    if let Some(tlp) = top.get("tlp").and_then(Value::as_str).and_then(Tlp::parse) {
        reading.gathering.tlp = reading.gathering.tlp.max(Some(tlp));
    }
    let mut record = if top.contains_key("xarf_version") {
        fourth(reading, top, *from)
    } else if let Some(Value::Object(report)) = top.get("Report") {
        third(reading, report, *from)
    } else {
        flat(reading, top, *from)
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

fn text<'a>(map: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| map.get(*key)?.as_str())
}

fn number(map: &Map<String, Value>, keys: &[&str]) -> Option<u16> {
    keys.iter().find_map(|key| match map.get(*key)? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// An endpoint from a machine's field that holds an address, or a URL whose host is one.
fn end(
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

fn machine_kind(
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

/// The type for a category and type of XARF; `fraud` means something else there than in a form.
fn typed(category: &str, name: &str) -> Option<&'static RsitType> {
    match (
        category.to_ascii_lowercase().as_str(),
        name.to_ascii_lowercase().as_str(),
    ) {
        ("content", "fraud") => crate::rsit("unauthorised-use-of-resources"),
        ("copyright", _) => crate::rsit("copyright"),
        ("reputation", _) => crate::rsit("other"),
        ("vulnerability", "misconfiguration") => crate::rsit("vulnerable-system"),
        _ => kind::named(name),
    }
}

fn fourth(reading: &Reading<'_>, top: &Map<String, Value>, from: usize) -> Record {
    let transport = text(top, &["protocol"]);
    let source = text(top, &["source_identifier"]).and_then(|written| {
        end(
            reading,
            written,
            number(top, &["source_port"]),
            transport,
            from,
        )
    });
    let destination = text(top, &["destination_ip"]).and_then(|written| {
        end(
            reading,
            written,
            number(top, &["destination_port"]),
            transport,
            from,
        )
    });
    let name = text(top, &["type"]).unwrap_or_default();
    let kind = typed(text(top, &["category", "class"]).unwrap_or_default(), name)
        .map(|kind| machine_kind(reading, kind, name, from));
    let time = text(top, &["timestamp"]).and_then(|written| reading.machine_time(written, from));
    Record {
        format: Format::Xarf,
        time,
        source,
        destination,
        kind,
        ..Record::default()
    }
}

fn third(reading: &Reading<'_>, report: &Map<String, Value>, from: usize) -> Record {
    let empty = Map::new();
    let inner = |key: &str| report.get(key).and_then(Value::as_object).unwrap_or(&empty);
    let (origin, more) = (inner("Source"), inner("AdditionalInfo"));
    let transport = text(report, &["TransportProtocol", "Protocol"])
        .or_else(|| text(more, &["TransportProtocol", "Protocol"]));
    let source = text(report, &["SourceIp", "SourceIP", "SourceUrl"])
        .or_else(|| text(origin, &["IP", "Ip", "URL"]))
        .and_then(|written| {
            let port = number(report, &["SourcePort"]).or_else(|| number(origin, &["Port"]));
            end(reading, written, port, transport, from)
        });
    let destination = text(report, &["DestinationIp", "DestinationIP"])
        .or_else(|| text(more, &["DestinationIp", "DestinationIP"]))
        .and_then(|written| {
            let port =
                number(report, &["DestinationPort"]).or_else(|| number(more, &["DestinationPort"]));
            end(reading, written, port, transport, from)
        });
    let name = text(report, &["ReportType"]).unwrap_or_default();
    let kind = typed(text(report, &["ReportClass"]).unwrap_or_default(), name)
        .map(|kind| machine_kind(reading, kind, name, from));
    let time = text(report, &["Date", "FirstSeen"])
        .and_then(|written| reading.machine_time(written, from));
    Record {
        format: Format::Xarf,
        time,
        source,
        destination,
        kind,
        ..Record::default()
    }
}

/// Any other JSON event, by the names of its keys: Suricata's EVE, IntelMQ's messages.
fn flat(reading: &Reading<'_>, top: &Map<String, Value>, from: usize) -> Record {
    let mut record = Record::default();
    let (mut ports_of, mut transport) = ((None, None), None);
    let mut queue: Vec<(String, &Value)> = top
        .iter()
        .map(|(key, value)| (key.clone(), value))
        .collect();
    let mut at = 0;
    while let Some((path, value)) = queue.get(at).cloned() {
        at += 1;
        let written = match value {
            Value::Object(inner) if queue.len() < VALUES => {
                queue.extend(
                    inner
                        .iter()
                        .take(VALUES)
                        .map(|(key, value)| (format!("{path}.{key}"), value)),
                );
                continue;
            }
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => continue,
        };
        let Some(field) = label::read(&path) else {
            continue;
        };
        let first = || ports(&written).first().copied();
        match (field.what, field.role) {
            (What::Address, Role::Source) => {
                record.source = record
                    .source
                    .or_else(|| end(reading, &written, None, None, from))
            }
            (What::Address, Role::Destination) => {
                record.destination = record
                    .destination
                    .or_else(|| end(reading, &written, None, None, from))
            }
            (What::Port, Role::Source) => ports_of.0 = ports_of.0.or_else(first),
            (What::Port, Role::Destination) => ports_of.1 = ports_of.1.or_else(first),
            (What::Protocol, _) => transport = transport.or_else(|| protocol(&written)),
            (What::Time, _) => {
                record.time = record.time.or_else(|| reading.machine_time(&written, from))
            }
            (What::Kind, _) if record.kind.is_none() && written.len() < 80 => {
                record.kind =
                    kind::named(&written).map(|kind| machine_kind(reading, kind, &written, from));
            }
            (What::Address | What::Port | What::ReportTime | What::Zone | What::Kind, _) => {}
        }
    }
    complete(&mut record.source, ports_of.0, transport.as_deref());
    complete(&mut record.destination, ports_of.1, transport.as_deref());
    record
}

fn complete(end: &mut Option<Endpoint>, port: Option<u16>, transport: Option<&str>) {
    if let Some(end) = end {
        end.port = end.port.or(port);
        end.protocol = transport.map(str::to_owned);
    }
}

/// Reads the YAML report of X-ARF 0.1 and 0.2, line by line; `false` when it is none.
pub(crate) fn yaml(reading: &mut Reading<'_>, addresses: &[Address]) -> bool {
    let page = reading.page;
    let mut record = Record {
        format: Format::Xarf,
        ..Record::default()
    };
    let (mut port, mut category, mut name) = (None, None, None);
    let mut known = false;
    for line in &page.lines {
        let Some((key, value)) = page.line(line).split_once(':') else {
            continue;
        };
        let start = line.start + key.len() + 1;
        match key.trim().to_ascii_lowercase().as_str() {
            "source" => {
                record.source = reading.endpoint_in(addresses, start, line.end);
                known = true;
            }
            "source-port" => {
                if let Some(source) = &mut record.source {
                    source.port = ports(value).first().copied();
                }
            }
            "destination" | "destination-ip" | "target" => {
                record.destination = reading.endpoint_in(addresses, start, line.end);
            }
            "port" | "destination-port" => {
                port = ports(value)
                    .first()
                    .map(|port| (*port, page.span(start, line.end)))
            }
            "date" => record.time = reading.time_at(start, line.end),
            "category" => category = Some((value.trim(), start)),
            "report-type" => name = Some((value.trim(), start)),
            _ => {}
        }
    }
    if !known {
        return false;
    }
    record.kind = name
        .and_then(|named| yaml_kind(reading, named))
        .or_else(|| category.and_then(|named| yaml_kind(reading, named)));
    if let Some((port, span)) = port {
        let target = record.destination.get_or_insert_with(|| Endpoint {
            confidence: 0.9,
            span,
            ..Endpoint::default()
        });
        target.port = target.port.or(Some(port));
    }
    reading.claim(0, page.text().len());
    reading.gathering.records.push(record);
    true
}

fn yaml_kind(reading: &Reading<'_>, (written, start): (&str, usize)) -> Option<Kind> {
    let kind = kind::named(written)?;
    let span = reading.page.span(start + 1, start + 1 + written.len());
    Some(Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence: 0.95,
        span,
    })
}
