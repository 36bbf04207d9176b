//! IntelMQ's data format: an event a line.

use serde_json::{Map, Value, json};

use super::{Host, Issue, Refusal, Row, Sheet, defanged, host, rows};
use crate::{Endpoint, Extraction, IndicatorKind, Tlp};

/// The events as JSON lines; for a report of a harmful page without any address, an event a defanged URL.
///
/// # Errors
/// When the marking forbids this recipient.
pub fn intelmq(extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
    let issue = Issue::new(extraction, sheet)?;
    let mut lines = String::new();
    let mut write = |event: Map<String, Value>| {
        lines.push_str(&Value::Object(event).to_string());
        lines.push('\n');
    };
    let ends = rows(extraction).filter(|row| row.source.is_some() || row.destination.is_some());
    let mut any = false;
    for row in ends {
        any = true;
        write(event(&row, extraction, &issue));
    }
    let urls = extraction
        .indicators
        .iter()
        .filter(|one| !any && one.kind == IndicatorKind::Url && defanged(one));
    for url in urls {
        let row = rows(extraction).next();
        let mut event = row.map_or_else(Map::new, |row| event(&row, extraction, &issue));
        event.insert("source.url".to_owned(), json!(url.value));
        write(event);
    }
    Ok(lines)
}

fn event(row: &Row<'_>, extraction: &Extraction, issue: &Issue<'_>) -> Map<String, Value> {
    let mut event = Map::new();
    let mut set = |key: &str, value: Value| {
        event.insert(key.to_owned(), value);
    };
    set("__type", json!("Event"));
    set("feed.name", json!(issue.sheet.organisation));
    set("time.observation", json!(utc(issue.received)));
    if let Some(time) = row.moment() {
        set("time.source", json!(utc(time)));
        let basis = if row.assumed() { "assumed" } else { "stated" };
        set("extra.time_zone_basis", json!(basis));
    } else if let Some(day) = row.day() {
        set("extra.time_day", json!(day));
    }
    let (class, kind) = row.kind();
    // IntelMQ spells one type with a z.
    let kind = if kind == "unauthorised-use-of-resources" {
        "unauthorized-use-of-resources"
    } else {
        kind
    };
    set("classification.taxonomy", json!(class));
    set("classification.type", json!(kind));
    for (name, end) in [("source", row.source), ("destination", row.destination)] {
        for (key, value) in end.map(endpoint).into_iter().flatten() {
            set(&format!("{name}.{key}"), value);
        }
        if let Some(end) = end
            && let Some(Host::Range(range)) = host(end)
        {
            set(&format!("extra.{name}_range"), json!(range));
        }
    }
    if let Some(protocol) = row.protocol() {
        set("protocol.transport", json!(protocol));
    }
    set("tlp", json!(first_version(issue.tlp)));
    set("extra.tlp2", json!(issue.tlp.as_str()));
    set("extra.ticket_refs", json!([issue.sheet.ticket]));
    if let Some(corrected) = issue.corrected() {
        set("extra.corrected", json!(corrected));
    }
    let hashes = [
        (IndicatorKind::Md5, "malware.hash.md5"),
        (IndicatorKind::Sha1, "malware.hash.sha1"),
        (IndicatorKind::Sha256, "malware.hash.sha256"),
    ];
    for (kind, key) in hashes {
        // Several can't be told apart in one event.
        let mut all = extraction.indicators.iter().filter(|one| one.kind == kind);
        if let (Some(one), None) = (all.next(), all.next()) {
            set(key, json!(one.value));
        }
    }
    event
}

fn endpoint(end: &Endpoint) -> Vec<(&'static str, Value)> {
    let address = match host(end) {
        Some(Host::Address(ip)) if !ip.is_unspecified() => Some(("ip", json!(ip.to_string()))),
        Some(Host::Network(network)) => Some(("network", json!(network.to_string()))),
        Some(Host::Address(_) | Host::Range(_)) | None => None,
    };
    let port = end.port.map(|port| ("port", json!(port)));
    address.into_iter().chain(port).collect()
}

/// IntelMQ knows the first version's colours only. What it can't say becomes stricter, never looser.
fn first_version(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "WHITE",
        Tlp::Green => "GREEN",
        Tlp::Amber => "AMBER",
        Tlp::AmberStrict | Tlp::Red => "RED",
    }
}

fn utc(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
