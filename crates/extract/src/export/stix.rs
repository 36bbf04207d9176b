//! A STIX 2.1 bundle: what was observed, and a report that holds it together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::valid::{is_host_name, uri};
use super::{Host, Issue, Refusal, Row, Sheet, host, rows};
use crate::formats::stix::MARKINGS;
use crate::{Endpoint, Extraction, Indicator, IndicatorKind};

/// The report as a bundle.
///
/// # Errors
/// When the marking forbids this recipient.
pub fn stix(extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
    let issue = Issue::new(extraction, sheet)?;
    let mut bundle = Bundle::new(&issue);
    for (index, row) in rows(extraction).enumerate() {
        bundle.observe(&row, index);
    }
    for indicator in &extraction.indicators {
        bundle.indicator(indicator);
    }
    Ok(format!("{}\n", bundle.finish(extraction)))
}

/// The objects by their ids; each stands once.
struct Bundle<'a> {
    issue: &'a Issue<'a>,
    /// The ids of the author and of the marking, which all objects refer to.
    author: String,
    marking: String,
    objects: BTreeMap<String, Value>,
}

impl<'a> Bundle<'a> {
    fn new(issue: &'a Issue<'a>) -> Self {
        let marking = MARKINGS.iter().find(|(_, tlp)| *tlp == issue.tlp);
        let marking = marking.map(|(id, _)| *id).unwrap_or_default();
        let mut bundle = Self {
            issue,
            author: format!(
                "identity--{}",
                fourth(&(issue.sheet.uuid)(issue.sheet.organisation))
            ),
            marking: format!("marking-definition--{marking}"),
            objects: BTreeMap::new(),
        };
        let made = stamp(issue.made);
        let colour = issue.tlp.as_str();
        let label = json!({
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": bundle.marking,
            "created": "2022-10-01T00:00:00.000Z",
            "name": format!("TLP:{colour}"),
            "extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                "extension_type": "property-extension",
                "tlp_2_0": colour.to_lowercase(),
            }},
        });
        let author = json!({
            "type": "identity",
            "spec_version": "2.1",
            "id": bundle.author,
            "created": made,
            "modified": made,
            "name": issue.sheet.organisation,
            "identity_class": "organization",
            "object_marking_refs": [bundle.marking],
        });
        bundle.objects.insert(bundle.marking.clone(), label);
        bundle.objects.insert(bundle.author.clone(), author);
        bundle
    }

    /// Enters an observable. Its id follows from what it is, so that all teams give it the same one (section 2.9): these properties
    /// are those that make it up, and serde_json writes them in the order of RFC 8785.
    fn observable(&mut self, kind: &str, properties: Value) -> String {
        let id = format!(
            "{kind}--{}",
            (self.issue.sheet.uuid)(&properties.to_string())
        );
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(kind));
        object.insert("spec_version".to_owned(), json!("2.1"));
        object.insert("id".to_owned(), json!(id));
        object.insert("object_marking_refs".to_owned(), json!([self.marking]));
        if let Value::Object(properties) = properties {
            object.extend(properties);
        }
        self.objects.insert(id.clone(), Value::Object(object));
        id
    }

    fn host(&mut self, end: Option<&Endpoint>) -> Option<(String, bool)> {
        let (value, four) = match host(end?)? {
            Host::Address(ip) => (ip.to_string(), ip.is_ipv4()),
            Host::Network(network) => (network.to_string(), network.addr().is_ipv4()),
            Host::Range(_) => return None,
        };
        let kind = if four { "ipv4-addr" } else { "ipv6-addr" };
        let id = self.observable(kind, json!({"value": value}));
        Some((id, four))
    }

    fn observe(&mut self, row: &Row<'_>, index: usize) {
        let (source, target) = (self.host(row.source), self.host(row.destination));
        let Some(four) = source.as_ref().or(target.as_ref()).map(|(_, four)| *four) else {
            return;
        };
        let time = row.moment();
        let mut protocols = vec![json!(if four { "ipv4" } else { "ipv6" })];
        protocols.extend(row.protocol().map(|name| json!(name)));
        let mut traffic = Map::new();
        traffic.insert("protocols".to_owned(), json!(protocols));
        let mut references = Vec::new();
        for (name, found, end) in [
            ("src", source, row.source),
            ("dst", target, row.destination),
        ] {
            if let Some((id, _)) = found {
                traffic.insert(format!("{name}_ref"), json!(id));
                references.push(json!(id));
            }
            if let Some(port) = end.and_then(|end| end.port) {
                traffic.insert(format!("{name}_port"), json!(port));
            }
        }
        if let Some(time) = time {
            traffic.insert("start".to_owned(), json!(stamp(time)));
        }
        references.push(json!(
            self.observable("network-traffic", Value::Object(traffic))
        ));
        let seen = stamp(time.unwrap_or(self.issue.received));
        let observed = json!({
            "first_observed": seen,
            "last_observed": row.until.map_or_else(|| seen.clone(), stamp),
            "number_observed": 1,
            "object_refs": references,
        });
        self.described("observed-data", &format!("observed {index}"), observed);
    }

    /// Enters an object that has an author and a date.
    fn described(&mut self, kind: &str, name: &str, properties: Value) {
        let id = format!("{kind}--{}", fourth(&self.issue.uuid(name)));
        let made = stamp(self.issue.made);
        let mut object = json!({
            "type": kind,
            "spec_version": "2.1",
            "id": id,
            "created_by_ref": self.author,
            "created": made,
            "modified": made,
            "object_marking_refs": [self.marking],
        });
        if let (Value::Object(object), Value::Object(properties)) = (&mut object, properties) {
            object.extend(properties);
        }
        self.objects.insert(id, object);
    }

    fn indicator(&mut self, one: &Indicator) {
        let value = one.value.as_str();
        let hash = |name: &str| json!({"hashes": {name: value}});
        let (kind, properties) = match one.kind {
            IndicatorKind::Ipv4 => ("ipv4-addr", json!({"value": value})),
            IndicatorKind::Ipv6 => ("ipv6-addr", json!({"value": value})),
            IndicatorKind::Cidr if value.contains(':') => ("ipv6-addr", json!({"value": value})),
            IndicatorKind::Cidr => ("ipv4-addr", json!({"value": value})),
            IndicatorKind::Domain if !is_host_name(value) => {
                return self.noted("Host name as it was written:", value);
            }
            IndicatorKind::Domain => ("domain-name", json!({"value": value})),
            IndicatorKind::Url => match uri(value) {
                Some(uri) => ("url", json!({"value": uri})),
                None => return self.noted("URL as it was written:", value),
            },
            IndicatorKind::Email => ("email-addr", json!({"value": value})),
            IndicatorKind::Md5 => ("file", hash("MD5")),
            IndicatorKind::Sha1 => ("file", hash("SHA-1")),
            IndicatorKind::Sha256 => ("file", hash("SHA-256")),
            IndicatorKind::Sha512 => ("file", hash("SHA-512")),
            IndicatorKind::Asn => {
                let number: Option<u32> = value.trim_start_matches("AS").parse().ok();
                let Some(number) = number else { return };
                ("autonomous-system", json!({"number": number}))
            }
            IndicatorKind::Cve => {
                let reference = json!([{"source_name": "cve", "external_id": value}]);
                let properties = json!({"name": value, "external_references": reference});
                self.described("vulnerability", value, properties);
                return;
            }
            // STIX has no object for these: their words stand in a note.
            IndicatorKind::IpRange => return self.noted("IP range", value),
            IndicatorKind::Bitcoin => return self.noted("Bitcoin address", value),
        };
        self.observable(kind, properties);
    }

    /// A note beside the report.
    fn noted(&mut self, what: &str, value: &str) {
        let note = json!({
            "content": format!("{what} {value}"),
            "object_refs": [format!("report--{}", fourth(&self.issue.uuid("report")))],
        });
        self.described("note", value, note);
    }

    fn finish(mut self, extraction: &Extraction) -> Value {
        let sheet = self.issue.sheet;
        let marking = |id: &&String| !id.starts_with("marking-definition--");
        let references: Vec<&String> = self.objects.keys().filter(marking).collect();
        let labels: Vec<String> = extraction
            .incident
            .types
            .iter()
            .map(|kind| format!("rsit:{}=\"{}\"", kind.classification, kind.kind))
            .chain(sheet.tags.iter().cloned())
            .collect();
        let mut report = json!({
            "name": sheet.ticket,
            "published": stamp(self.issue.made),
            "object_refs": references,
        });
        if let (Value::Object(report), Some(corrected)) = (&mut report, self.issue.corrected()) {
            report.insert("description".to_owned(), json!(corrected));
        }
        // An empty list is forbidden.
        if let (Value::Object(report), false) = (&mut report, labels.is_empty()) {
            report.insert("labels".to_owned(), json!(labels));
        }
        self.described("report", "report", report);
        json!({
            "type": "bundle",
            "id": format!("bundle--{}", fourth(&self.issue.uuid("bundle"))),
            "objects": self.objects.into_values().collect::<Vec<_>>(),
        })
    }
}

/// A UUID as one of version 4, which readers want of all that is no observable. The same name must give the same one, or a second
/// export would double everything.
fn fourth(uuid: &str) -> String {
    let digits = uuid.char_indices();
    digits
        .map(|(at, digit)| if at == 14 { '4' } else { digit })
        .collect()
}

fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
