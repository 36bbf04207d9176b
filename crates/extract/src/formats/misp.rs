//! MISP events as JSON: attributes, objects and tags.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::formats::json::{end, evidence, machine_kind, pair, text};
use crate::gather::Record;
use crate::kind;
use crate::layout::Standing;
use crate::reader::Reading;
use crate::tlp::Tlp;
use crate::{Endpoint, Format, Kind, Time};

/// Attributes and objects of one event that are read, at most.
const MOST: usize = 20_000;

/// Reads the `Event`.
pub(crate) fn read(reading: &mut Reading<'_>, event: &Map<String, Value>) -> bool {
    let kind = tags(reading, event);
    if let Some(info) = text(event, &["info"]) {
        evidence(reading, info);
    }
    let before = reading.gathering.records.len();
    let attributes = list(event, "Attribute");
    loose(reading, attributes, kind.as_ref());
    for object in list(event, "Object") {
        connection(reading, object, kind.as_ref());
    }
    let timed = reading
        .gathering
        .records
        .iter()
        .skip(before)
        .any(|one| one.time.is_some());
    let date = text(event, &["date"]).and_then(|date| reading.machine_time(date, 0));
    let records = reading.gathering.records.iter_mut().skip(before);
    if !timed && let Some(date) = date {
        records.for_each(|one| one.time = Some(date.clone()));
    }
    if let (Some(kind), true) = (kind, reading.gathering.records.len() == before) {
        let known = crate::rsit(&kind.kind);
        let entry = known.map(|known| (Standing::Own, known, 4.0, kind.span));
        reading.gathering.kinds.extend(entry);
    }
    true
}

fn list<'a>(map: &'a Map<String, Value>, key: &str) -> Vec<&'a Map<String, Value>> {
    let list = map.get(key).and_then(Value::as_array);
    let entries = list.into_iter().flatten().take(MOST);
    entries.filter_map(Value::as_object).collect()
}

/// The marking and the type that the tags give: `tlp:amber`, `rsit:fraud="phishing"`, `ecsirt:fraud="phishing"`.
fn tags(reading: &mut Reading<'_>, event: &Map<String, Value>) -> Option<Kind> {
    let mut kind = None;
    for tag in list(event, "Tag") {
        let Some(name) = text(tag, &["name"]) else {
            continue;
        };
        if let Some(colour) = name.strip_prefix("tlp:") {
            reading.gathering.tlp = reading.gathering.tlp.max(Tlp::parse(colour));
        }
        let machine = name.split_once('=').filter(|(space, _)| {
            ["rsit:", "ecsirt:", "europol-event:", "circl:"]
                .iter()
                .any(|known| space.starts_with(known))
        });
        let value = machine.map(|(_, value)| value.trim_matches('"'));
        let named = value.and_then(|value| Some((kind::named(value)?, value)));
        kind = kind.or(named.map(|(known, value)| machine_kind(reading, known, value, 0)));
    }
    kind
}

fn time(reading: &Reading<'_>, attribute: &Map<String, Value>) -> Option<Time> {
    reading.machine_time(text(attribute, &["first_seen", "first-seen"])?, 0)
}

/// Attributes outside objects. `ip-dst` means a control server where nothing is called a source, so it has no role then.
fn loose(reading: &mut Reading<'_>, attributes: Vec<&Map<String, Value>>, kind: Option<&Kind>) {
    let is = |attribute: &Map<String, Value>, name: &str| {
        text(attribute, &["type"]).is_some_and(|found| {
            found
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest == "|port")
        })
    };
    let blamed = attributes.iter().any(|one| is(one, "ip-src"));
    for attribute in attributes {
        let (source, target) = (is(attribute, "ip-src"), is(attribute, "ip-dst"));
        if !(source || target && blamed) {
            continue;
        }
        let value = text(attribute, &["value"]).unwrap_or_default();
        let (ip, port) = value.split_once('|').unwrap_or((value, ""));
        let found = end(reading, ip, port.parse().ok(), None, 0);
        let record = Record {
            format: Format::Misp,
            time: time(reading, attribute),
            kind: kind.cloned(),
            ..Record::default()
        };
        let found: Vec<Endpoint> = found.into_iter().collect();
        match source {
            true => pair(reading, &record, &found, &[]),
            false => pair(reading, &record, &[], &found),
        }
    }
}

/// `network-connection`, `netflow` and other objects that name both ends.
fn connection(reading: &mut Reading<'_>, object: &Map<String, Value>, kind: Option<&Kind>) {
    let attributes = list(object, "Attribute");
    let relations = attributes
        .iter()
        .filter_map(|one| Some((text(one, &["object_relation"])?, text(one, &["value"])?)));
    let values: HashMap<&str, &str> = relations.collect();
    let get = |names: &[&str]| names.iter().find_map(|name| values.get(name)).copied();
    let transport = get(&["layer4-protocol", "protocol"]);
    let one = |ip: &[&str], port: &[&str]| {
        let port = get(port).and_then(|port| port.parse().ok());
        end(reading, get(ip)?, port, transport, 0)
    };
    let source = one(&["ip-src", "src-ip"], &["src-port"]);
    let target = one(&["ip-dst", "dst-ip"], &["dst-port"]);
    if source.is_none() && target.is_none() {
        return;
    }
    let seen = get(&["first-packet-seen", "first-seen", "start-time"]);
    let last = get(&["last-packet-seen", "last-seen", "end-time"]);
    let record = Record {
        format: Format::Misp,
        time: seen
            .and_then(|seen| reading.machine_time(seen, 0))
            .or(time(reading, object)),
        until: last.and_then(|last| reading.machine_time(last, 0)),
        source,
        destination: target,
        kind: kind.cloned(),
        ..Record::default()
    };
    reading.gathering.records.push(record);
}
