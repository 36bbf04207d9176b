//! STIX 2 bundles: traffic between observed addresses, what indicators say, markings.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::formats::json::{end, evidence, number, text};
use crate::gather::Record;
use crate::reader::Reading;
use crate::tlp::Tlp;
use crate::{Endpoint, Format};

/// Objects of one bundle that are read, at most.
const MOST: usize = 20_000;

/// The ids of the markings that the standard and FIRST's extension define.
pub(crate) const MARKINGS: [(&str, Tlp); 9] = [
    ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
];

/// Objects by their ids; in an observation of version 2.0, by its own numbers.
type Known<'a> = HashMap<&'a str, &'a Map<String, Value>>;

/// Reads the bundle.
pub(crate) fn read(reading: &mut Reading<'_>, bundle: &Map<String, Value>) -> bool {
    let list = bundle.get("objects").and_then(Value::as_array);
    let objects = list.into_iter().flatten().take(MOST);
    let objects: Vec<&Map<String, Value>> = objects.filter_map(Value::as_object).collect();
    let known: Known<'_> = objects
        .iter()
        .filter_map(|object| Some((text(object, &["id"])?, *object)))
        .collect();
    let page = reading.page.text();
    for marking in page.match_indices("marking-definition--") {
        let id = crate::text::window(page, marking.0 + marking.1.len(), 36);
        let tlp = MARKINGS.iter().find(|(known, _)| *known == id);
        reading.gathering.tlp = reading.gathering.tlp.max(tlp.map(|(_, tlp)| *tlp));
    }
    let mut from = 0;
    for object in objects {
        match text(object, &["type"]).unwrap_or_default() {
            "network-traffic" => traffic(reading, object, &known, None, &mut from),
            "observed-data" => observed(reading, object, &mut from),
            "marking-definition" => {
                let colour = object.get("definition").and_then(|inner| inner.get("tlp"));
                let tlp = colour.and_then(Value::as_str).and_then(Tlp::parse);
                reading.gathering.tlp = reading.gathering.tlp.max(tlp);
            }
            "indicator" | "incident" | "report" | "malware" | "attack-pattern" => {
                for key in ["name", "description"] {
                    if let Some(words) = text(object, &[key]) {
                        evidence(reading, words);
                    }
                }
                pattern(reading, object);
            }
            _ => {}
        }
    }
    true
}

/// An observation of version 2.0 holds its objects itself.
fn observed(reading: &mut Reading<'_>, object: &Map<String, Value>, from: &mut usize) {
    let Some(inner) = object.get("objects").and_then(Value::as_object) else {
        return;
    };
    let known: Known<'_> = inner
        .iter()
        .take(MOST)
        .filter_map(|(id, object)| Some((id.as_str(), object.as_object()?)))
        .collect();
    let first = text(object, &["first_observed"]);
    for object in inner.values().take(MOST).filter_map(Value::as_object) {
        if text(object, &["type"]) == Some("network-traffic") {
            traffic(reading, object, &known, first, from);
        }
    }
}

fn traffic(
    reading: &mut Reading<'_>,
    object: &Map<String, Value>,
    known: &Known<'_>,
    observed: Option<&str>,
    from: &mut usize,
) {
    let names = object.get("protocols").and_then(Value::as_array);
    let mut names = names.into_iter().flatten().filter_map(Value::as_str);
    let transport = names.find(|name| ["tcp", "udp", "icmp", "sctp", "icmp6"].contains(name));
    let one = |reference: &str, port: &str| {
        let host = known.get(text(object, &[reference])?)?;
        end(
            reading,
            text(host, &["value"])?,
            number(object, &[port]),
            transport,
            *from,
        )
    };
    let (source, destination) = (one("src_ref", "src_port"), one("dst_ref", "dst_port"));
    if source.is_none() && destination.is_none() {
        return;
    }
    let time = text(object, &["start"]).or(observed);
    let record = Record {
        format: Format::Stix,
        time: time.and_then(|time| reading.machine_time(time, 0)),
        until: text(object, &["end"]).and_then(|time| reading.machine_time(time, 0)),
        source,
        destination,
        ..Record::default()
    };
    reading.gathering.records.push(record);
}

/// `network-traffic:src_ref.value = '192.0.2.1'` tells a role; `ipv4-addr:value` doesn't.
fn pattern(reading: &mut Reading<'_>, object: &Map<String, Value>) {
    let Some(pattern) = text(object, &["pattern"]) else {
        return;
    };
    let value = |key: &str| -> Option<&str> {
        let (_, rest) = pattern.split_once(key)?;
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        rest.trim_start_matches('\'').split(['\'', ' ', ']']).next()
    };
    let one = |reference: &str, port: &str| -> Option<Endpoint> {
        let port = value(port).and_then(|port| port.parse().ok());
        end(reading, value(reference)?, port, None, 0)
    };
    let source = one("network-traffic:src_ref.value", "network-traffic:src_port");
    let destination = one("network-traffic:dst_ref.value", "network-traffic:dst_port");
    if source.is_some() || destination.is_some() {
        reading.gathering.records.push(Record {
            format: Format::Stix,
            source,
            destination,
            ..Record::default()
        });
    }
}
