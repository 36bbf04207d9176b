//! `message/feedback-report` (RFC 5965), with the extensions of RFC 6591 and RFC 6692.

use crate::address::Address;
use crate::formats::form::ports;
use crate::gather::Record;
use crate::reader::Reading;
use crate::taxonomy::rsit;
use crate::text::cut;
use crate::{Format, Kind};

/// Reads the report's fields; `false` when it has none that we know.
pub(crate) fn read(reading: &mut Reading<'_>, addresses: &[Address]) -> bool {
    let page = reading.page;
    let mut record = Record {
        format: Format::Arf,
        ..Record::default()
    };
    let mut known = false;
    for line in &page.lines {
        let text = page.line(line);
        let Some((name, value)) = text.split_once(':') else {
            continue;
        };
        let start = line.start + name.len() + 1;
        record.standing = line.standing;
        match name.trim().to_ascii_lowercase().as_str() {
            "source-ip" => {
                record.source = record
                    .source
                    .or_else(|| reading.endpoint_in(addresses, start, line.end));
                known = true;
            }
            "source-port" => {
                if let Some(source) = &mut record.source {
                    source.port = source.port.or(ports(value).first().copied());
                }
            }
            "arrival-date" | "received-date" => {
                record.time = record.time.or(reading.time_at(start, line.end))
            }
            "feedback-type" => {
                known = true;
                let lead = value.len() - value.trim_start().len();
                record.kind = kind(value.trim()).map(|kind| Kind {
                    span: page.span(
                        start + lead,
                        start + cut(value, 0, value.len()).trim_end().len(),
                    ),
                    ..kind
                });
            }
            _ => {}
        }
    }
    if known {
        reading.claim(0, page.text().len());
        reading.gathering.records.push(record);
    }
    known
}

fn kind(feedback: &str) -> Option<Kind> {
    let kind = rsit(match feedback.to_ascii_lowercase().as_str() {
        "abuse" => "spam",
        "fraud" => "phishing",
        "virus" => "malware-distribution",
        "auth-failure" => "masquerade",
        "other" => "other",
        _ => return None,
    })?;
    Some(Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence: 0.95,
        ..Kind::default()
    })
}
