//! A MISP event as JSON.

use serde_json::{Value, json};

use super::{Host, Issue, Refusal, Row, Sheet, defanged, host, rows};
use crate::{Endpoint, Extraction, Indicator, IndicatorKind, Role};

/// The report as `{"Event": …}`, for one's own organisation only: who imports it decides on more.
///
/// # Errors
/// When the marking forbids this recipient.
pub fn misp(extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
    let issue = Issue::new(extraction, sheet)?;
    let seconds = issue.made.as_second().to_string();
    let date = rows(extraction)
        .filter_map(|row| row.moment())
        .min()
        .unwrap_or(issue.received);
    let mut tags = vec![json!({"name": format!("tlp:{}", issue.tlp.as_str().to_lowercase())})];
    tags.extend(
        extraction
            .incident
            .types
            .iter()
            .map(|kind| json!({"name": format!("rsit:{}=\"{}\"", kind.classification, kind.kind)})),
    );
    tags.extend(sheet.tags.iter().map(|word| json!({"name": word})));
    let flows = rows(extraction).filter(|row| row.source.is_some() || row.destination.is_some());
    let objects: Vec<Value> = flows
        .enumerate()
        .filter_map(|(index, row)| connection(&row, index, &issue, &seconds))
        .collect();
    let attributes = extraction.indicators.iter().enumerate();
    let attributes: Vec<Value> = attributes
        .filter_map(|(index, one)| attribute(one, index, &issue, &seconds))
        .collect();
    let corrected = issue.corrected();
    let corrected = corrected.map_or_else(String::new, |words| format!("; {words}"));
    let event = json!({"Event": {
        "uuid": issue.uuid("event"),
        "info": format!("{} ({}{corrected})", sheet.ticket, title(extraction)),
        "date": date.strftime("%Y-%m-%d").to_string(),
        "timestamp": seconds,
        "threat_level_id": "4",
        "analysis": "0",
        "distribution": "0",
        "published": false,
        "Tag": tags,
        "Attribute": attributes,
        "Object": objects,
    }});
    Ok(format!("{event}\n"))
}

fn title(extraction: &Extraction) -> &str {
    let best = extraction.incident.types.first();
    best.map_or("undetermined", |kind| kind.kind.as_str())
}

/// The object's template and its version in the public collection.
const TEMPLATE: &str = "af16764b-f8e5-4603-9de1-de34d272f80b";

fn connection(row: &Row<'_>, index: usize, issue: &Issue<'_>, seconds: &str) -> Option<Value> {
    let mut attributes = Vec::new();
    let mut add = |relation: &str, kind: &str, value: String| {
        attributes.push(json!({
            "uuid": issue.uuid(&format!("object {index} {relation}")),
            "object_relation": relation,
            "type": kind,
            "category": if kind == "datetime" { "Other" } else { "Network activity" },
            "value": value,
            "to_ids": false,
            "distribution": "0",
            "timestamp": seconds,
        }));
    };
    let address = |end: Option<&Endpoint>| match end.and_then(host) {
        Some(Host::Address(ip)) => Some(ip.to_string()),
        Some(Host::Network(network)) => Some(network.to_string()),
        Some(Host::Range(_)) | None => None,
    };
    let port = |end: Option<&Endpoint>| end.and_then(|end| end.port);
    let (source, target) = (address(row.source), address(row.destination));
    if source.is_none() && target.is_none() {
        return None;
    }
    if let Some(ip) = source {
        add("ip-src", "ip-src", ip);
    }
    if let Some(port) = port(row.source) {
        add("src-port", "port", port.to_string());
    }
    if let Some(ip) = target {
        add("ip-dst", "ip-dst", ip);
    }
    if let Some(port) = port(row.destination) {
        add("dst-port", "port", port.to_string());
    }
    if let Some(protocol) = row.protocol() {
        add("layer4-protocol", "text", protocol.to_uppercase());
    }
    if let Some(time) = row.moment() {
        add("first-packet-seen", "datetime", time.to_string());
    }
    if let Some(time) = row.until {
        add("last-packet-seen", "datetime", time.to_string());
    }
    Some(json!({
        "uuid": issue.uuid(&format!("object {index}")),
        "name": "network-connection",
        "meta-category": "network",
        "description": "A local or remote network connection.",
        "template_uuid": TEMPLATE,
        "template_version": "7",
        "distribution": "0",
        "timestamp": seconds,
        "Attribute": attributes,
    }))
}

fn attribute(one: &Indicator, index: usize, issue: &Issue<'_>, seconds: &str) -> Option<Value> {
    let target = one.role == Role::Destination;
    let (kind, category) = match one.kind {
        // An address has its place in a connection when it has a role, and no direction when it has none.
        IndicatorKind::Ipv4 | IndicatorKind::Ipv6 | IndicatorKind::Cidr
            if one.role == Role::Source =>
        {
            ("ip-src", "Network activity")
        }
        IndicatorKind::Ipv4 | IndicatorKind::Ipv6 | IndicatorKind::Cidr if target => {
            ("ip-dst", "Network activity")
        }
        IndicatorKind::Ipv4
        | IndicatorKind::Ipv6
        | IndicatorKind::Cidr
        | IndicatorKind::IpRange => ("text", "Other"),
        IndicatorKind::Domain => ("domain", "Network activity"),
        IndicatorKind::Url => ("url", "Network activity"),
        IndicatorKind::Email => ("email", "Payload delivery"),
        IndicatorKind::Md5 => ("md5", "Payload delivery"),
        IndicatorKind::Sha1 => ("sha1", "Payload delivery"),
        IndicatorKind::Sha256 => ("sha256", "Payload delivery"),
        IndicatorKind::Sha512 => ("sha512", "Payload delivery"),
        IndicatorKind::Cve => ("vulnerability", "External analysis"),
        IndicatorKind::Asn => ("AS", "Network activity"),
        IndicatorKind::Bitcoin => ("btc", "Financial fraud"),
    };
    let known_by_type = kind != "text";
    let value = one.value.clone();
    let harmful = one.role == Role::Source || defanged(one) && !target;
    Some(json!({
        "uuid": issue.uuid(&format!("attribute {index}")),
        "type": kind,
        "category": category,
        "value": value,
        "to_ids": known_by_type && harmful,
        "distribution": "0",
        "timestamp": seconds,
    }))
}
