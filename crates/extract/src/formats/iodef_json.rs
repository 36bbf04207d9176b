//! IODEF 2 as JSON (RFC 8727). Every element may stand alone or in an array.

use serde_json::{Map, Value};

use crate::formats::form::protocol;
use crate::formats::iodef::impact;
use crate::formats::json::{end, evidence, machine_kind, number, pair, text};
use crate::gather::Record;
use crate::kind;
use crate::reader::Reading;
use crate::tlp::Tlp;
use crate::{Endpoint, Format, Kind};

/// Elements of one name that are read, at most.
const MOST: usize = 5000;
/// Events inside each other, at most.
const DEPTH: usize = 8;

/// Reads the incidents.
pub(crate) fn read(reading: &mut Reading<'_>, incidents: &[Value]) -> bool {
    for incident in incidents.iter().take(MOST).filter_map(Value::as_object) {
        let before = reading.gathering.records.len();
        let restriction = text(incident, &["restriction"]).and_then(Tlp::restriction);
        reading.gathering.tlp = reading.gathering.tlp.max(restriction);
        let base = dated(reading, incident, &Record::default());
        let base = Record {
            kind: assessed(reading, incident),
            format: Format::Iodef,
            ..base
        };
        for event in list(incident, "EventData") {
            data(reading, event, &base, 0);
        }
        for words in texts(incident, "Description") {
            evidence(reading, words);
        }
        let empty = reading.gathering.records.len() == before;
        if empty && (base.kind.is_some() || base.time.is_some()) {
            reading.gathering.records.push(base);
        }
    }
    true
}

fn list<'a>(map: &'a Map<String, Value>, key: &str) -> Vec<&'a Map<String, Value>> {
    let all = match map.get(key) {
        Some(Value::Array(list)) => list.iter().take(MOST).collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    all.into_iter().filter_map(Value::as_object).collect()
}

fn texts<'a>(map: &'a Map<String, Value>, key: &str) -> Vec<&'a str> {
    let all = match map.get(key) {
        Some(Value::Array(list)) => list.iter().take(MOST).collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let value = |one: &'a Value| one.as_str().or_else(|| one.get("value")?.as_str());
    all.into_iter().filter_map(value).collect()
}

/// The times of an incident or an event, or else those of what holds it.
fn dated(reading: &Reading<'_>, map: &Map<String, Value>, outer: &Record) -> Record {
    let time = |key: &str| reading.machine_time(text(map, &[key])?, 0);
    Record {
        time: time("StartTime")
            .or_else(|| time("DetectTime"))
            .or_else(|| outer.time.clone()),
        until: time("EndTime").or_else(|| outer.until.clone()),
        ..outer.clone()
    }
}

fn assessed(reading: &Reading<'_>, incident: &Map<String, Value>) -> Option<Kind> {
    let assessments = list(incident, "Assessment");
    let categories = assessments
        .iter()
        .flat_map(|one| texts(one, "IncidentCategory"));
    let named = categories.filter_map(|word| Some((kind::named(word)?, word)));
    let impacts = assessments.iter().flat_map(|one| list(one, "SystemImpact"));
    let impacts = impacts.filter_map(|one| {
        let word = text(one, &["type"])?;
        Some((impact(word)?, word))
    });
    let (kind, word) = named.chain(impacts).next()?;
    Some(machine_kind(reading, kind, word, 0))
}

fn data(reading: &mut Reading<'_>, event: &Map<String, Value>, outer: &Record, depth: usize) {
    let record = dated(reading, event, outer);
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    for flow in list(event, "Flow") {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for system in list(flow, "System") {
            match text(system, &["category"]) {
                Some("source") => from.extend(hosts(reading, system)),
                Some("target") => to.extend(hosts(reading, system)),
                _ => {}
            }
        }
        if from.is_empty() || to.is_empty() {
            sources.extend(from);
            targets.extend(to);
        } else {
            pair(reading, &record, &from, &to);
        }
    }
    pair(reading, &record, &sources, &targets);
    for inner in list(event, "EventData")
        .into_iter()
        .filter(|_| depth < DEPTH)
    {
        data(reading, inner, &record, depth + 1);
    }
}

fn hosts(reading: &Reading<'_>, system: &Map<String, Value>) -> Vec<Endpoint> {
    let service = list(system, "Service").into_iter().next();
    let port = service.and_then(|service| number(service, &["Port", "Portlist"]));
    let transport = service
        .and_then(|service| service.get("ip-protocol"))
        .and_then(|number| {
            let written = number
                .as_str()
                .map_or_else(|| number.to_string(), str::to_owned);
            protocol(&written)
        });
    let addresses = list(system, "Node")
        .into_iter()
        .flat_map(|node| list(node, "Address"));
    let written = addresses.filter_map(|address| {
        let category = text(address, &["category"]).unwrap_or("ipv4-addr");
        category
            .starts_with("ip")
            .then(|| text(address, &["value"]))?
    });
    written
        .filter_map(|written| end(reading, written, port, transport.as_deref(), 0))
        .collect()
}
