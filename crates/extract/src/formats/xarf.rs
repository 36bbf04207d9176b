//! X-ARF 0.1 and 0.2 (YAML in mail), XARF 3 and 4 (JSON).

use serde_json::{Map, Value};

use crate::address::Address;
use crate::formats::form::ports;
use crate::formats::json::{end, machine_kind, number, text};
use crate::gather::Record;
use crate::kind;
use crate::reader::Reading;
use crate::taxonomy::RsitType;
use crate::{Endpoint, Format, Kind};

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
        // Names of reporters that the schema does not have.
        (_, "auth_failure") => crate::rsit("brute-force"),
        (_, "phishing_site") => crate::rsit("phishing"),
        (_, "spamvertised" | "spam_trap") => crate::rsit("spam"),
        (_, "web_hack") => crate::rsit("application-compromise"),
        (_, "compromised_account") => crate::rsit("unprivileged-account-compromise"),
        (_, name) if name.starts_with("compromised_") && name != "compromised_website" => {
            crate::rsit("system-compromise")
        }
        (_, name) if name.starts_with("ssl_") || name == "outdated_dnssec" => {
            crate::rsit("weak-crypto")
        }
        ("vulnerability", "open") => crate::rsit("potentially-unwanted-accessible"),
        _ => kind::named(name).or_else(|| crate::rsit("other").filter(|_| !name.is_empty())),
    }
}

/// A report of version 4.
pub(crate) fn fourth(reading: &Reading<'_>, top: &Map<String, Value>, from: usize) -> Record {
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

/// The `Report` of version 3.
pub(crate) fn third(reading: &Reading<'_>, report: &Map<String, Value>, from: usize) -> Record {
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
        let named = || (value.trim(), start + value.len() - value.trim_start().len());
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
            "category" => category = Some(named()),
            "report-type" => name = Some(named()),
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
    let span = reading.page.span(start, start + written.len());
    Some(Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence: 0.95,
        span,
    })
}
