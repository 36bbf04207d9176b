//! Tables for people and spreadsheets (RFC 4180). No cell is taken for a formula.

use super::{Issue, Refusal, Row, Sheet, rows};
use crate::{Endpoint, Extraction, ZoneBasis};

/// One line an event, with a header. Times are in UTC.
///
/// # Errors
/// When the marking forbids this recipient.
pub fn events_csv(extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
    let issue = Issue::new(extraction, sheet)?;
    let mut table = Table::new(&[
        "time_utc",
        "time_zone",
        "source_ip",
        "source_port",
        "destination_ip",
        "destination_port",
        "protocol",
        "taxonomy",
        "type",
        "tlp",
        "ticket",
        "corrected",
    ]);
    for row in rows(extraction) {
        table.row(&cells(&row, &issue));
    }
    Ok(table.text)
}

fn cells(row: &Row<'_>, issue: &Issue<'_>) -> [String; 12] {
    let port = |end: Option<&Endpoint>| {
        let port = end.and_then(|end| end.port);
        port.map(|port| port.to_string()).unwrap_or_default()
    };
    let ip = |end: Option<&Endpoint>| end.and_then(|end| end.ip.clone()).unwrap_or_default();
    let zone = row.time.map(|time| match time.zone {
        ZoneBasis::Stated => "stated",
        ZoneBasis::Assumed => "assumed",
    });
    let (class, kind) = row.kind();
    [
        row.moment()
            .map(|time| time.to_string())
            .or_else(|| row.day().map(str::to_owned))
            .unwrap_or_default(),
        zone.unwrap_or_default().to_owned(),
        ip(row.source),
        port(row.source),
        ip(row.destination),
        port(row.destination),
        row.protocol().unwrap_or_default().to_owned(),
        class.to_owned(),
        kind.to_owned(),
        format!("TLP:{}", issue.tlp.as_str()),
        issue.sheet.ticket.to_owned(),
        issue.corrected().unwrap_or_default(),
    ]
}

/// One line an indicator, with a header.
///
/// # Errors
/// When the marking forbids this recipient.
pub fn indicators_csv(extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
    let issue = Issue::new(extraction, sheet)?;
    let mut table = Table::new(&["kind", "value", "role", "tlp", "ticket", "corrected"]);
    for indicator in &extraction.indicators {
        let word = |value: serde_json::Result<serde_json::Value>| {
            let value = value.ok();
            value
                .and_then(|value| value.as_str().map(str::to_owned))
                .unwrap_or_default()
        };
        table.row(&[
            word(serde_json::to_value(indicator.kind)),
            indicator.value.clone(),
            word(serde_json::to_value(indicator.role)),
            format!("TLP:{}", issue.tlp.as_str()),
            issue.sheet.ticket.to_owned(),
            issue.corrected().unwrap_or_default(),
        ]);
    }
    Ok(table.text)
}

/// Lines with CRLF, cells in quotation marks.
struct Table {
    text: String,
}

impl Table {
    fn new(header: &[&str]) -> Self {
        let mut table = Self {
            text: String::new(),
        };
        table.row(header);
        table
    }

    fn row(&mut self, cells: &[impl AsRef<str>]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.text.push('"');
            self.text
                .push_str(&harmless(cell.as_ref()).replace('"', "\"\""));
            self.text.push('"');
        }
        self.text.push_str("\r\n");
    }
}

/// A cell that spreadsheets show and never compute: those that begin like a formula get an apostrophe, and control marks go.
fn harmless(cell: &str) -> String {
    let plain: String = cell
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    if plain.trim_start().starts_with(begins) {
        format!("'{plain}")
    } else {
        plain
    }
}
