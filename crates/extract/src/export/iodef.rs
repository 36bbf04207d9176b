//! IODEF 2 (RFC 7970) as XML.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::{Host, Issue, Refusal, Row, Sheet, host, rows, said};
use crate::{Endpoint, Extraction, Tlp};

/// The report as an `IODEF-Document` with one incident.
///
/// # Errors
/// When the marking forbids this recipient.
pub fn iodef(extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
    let issue = Issue::new(extraction, sheet)?;
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing into a string doesn't fail.
    let _ = document(&mut xml, extraction, &issue);
    Ok(xml)
}

fn document(out: &mut String, extraction: &Extraction, issue: &Issue<'_>) -> std::fmt::Result {
    let sheet = issue.sheet;
    writeln!(
        out,
        "<IODEF-Document version=\"2.00\" xml:lang=\"en\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">"
    )?;
    writeln!(
        out,
        "<Incident purpose=\"reporting\" restriction=\"{}\">",
        restriction(issue.tlp)
    )?;
    let name = text(sheet.organisation);
    writeln!(
        out,
        "<IncidentID name=\"{}\">{}</IncidentID>",
        text(team(sheet)),
        text(sheet.ticket)
    )?;
    let events = || rows(extraction).filter_map(|row| row.moment());
    let moments = || events().chain(said(&extraction.incident));
    if let Some(first) = moments().min() {
        writeln!(out, "<StartTime>{first}</StartTime>")?;
    }
    if let Some(last) = moments()
        .max()
        .filter(|last| moments().min() != Some(*last))
    {
        writeln!(out, "<EndTime>{last}</EndTime>")?;
    }
    writeln!(out, "<ReportTime>{}</ReportTime>", issue.received)?;
    writeln!(out, "<GenerationTime>{}</GenerationTime>", issue.made)?;
    assessment(out, extraction)?;
    writeln!(
        out,
        "<Contact role=\"creator\" type=\"organization\"><ContactName>{name}</ContactName>"
    )?;
    if !sheet.contact.is_empty() {
        writeln!(
            out,
            "<Email><EmailTo>{}</EmailTo></Email>",
            text(sheet.contact)
        )?;
    }
    writeln!(out, "</Contact>")?;
    for row in rows(extraction).filter(located) {
        event(out, &row)?;
    }
    more(out, extraction, issue)?;
    writeln!(out, "</Incident>\n</IODEF-Document>")
}

/// What has no element of its own.
fn more(out: &mut String, extraction: &Extraction, issue: &Issue<'_>) -> std::fmt::Result {
    for indicator in &extraction.indicators {
        let value = text(&indicator.value);
        writeln!(
            out,
            "<AdditionalData dtype=\"string\" meaning=\"indicator\">{value}</AdditionalData>"
        )?;
    }
    if let Some(corrected) = issue.corrected() {
        writeln!(
            out,
            "<AdditionalData dtype=\"string\" meaning=\"corrected\">{corrected}</AdditionalData>"
        )?;
    }
    Ok(())
}

fn assessment(out: &mut String, extraction: &Extraction) -> std::fmt::Result {
    writeln!(out, "<Assessment>")?;
    for kind in &extraction.incident.types {
        writeln!(
            out,
            "<IncidentCategory>{}</IncidentCategory>",
            text(&kind.kind)
        )?;
    }
    writeln!(out, "<SystemImpact type=\"unknown\"/></Assessment>")
}

/// What makes references unique among teams: the team's domain (RFC 7970 section 3.4); its name where it has no address.
fn team<'a>(sheet: &Sheet<'a>) -> &'a str {
    let domain = sheet.contact.rsplit_once('@').map(|(_, domain)| domain);
    domain
        .filter(|domain| !domain.is_empty())
        .unwrap_or(sheet.organisation)
}

/// Whether an end has an address: a flow needs a node.
fn located(row: &Row<'_>) -> bool {
    let ends = [row.source, row.destination];
    ends.into_iter().flatten().any(|end| end.ip.is_some())
}

fn event(out: &mut String, row: &Row<'_>) -> std::fmt::Result {
    writeln!(out, "<EventData>")?;
    if let Some(time) = row.moment() {
        writeln!(out, "<StartTime>{time}</StartTime>")?;
    }
    writeln!(out, "<Flow>")?;
    for (category, end) in [("source", row.source), ("target", row.destination)] {
        if let Some(end) = end {
            system(out, category, end, row.protocol())?;
        }
    }
    writeln!(out, "</Flow></EventData>")
}

fn system(
    out: &mut String,
    category: &str,
    end: &Endpoint,
    transport: Option<&str>,
) -> std::fmt::Result {
    let Some(host) = host(end) else {
        return Ok(());
    };
    writeln!(out, "<System category=\"{category}\"><Node>")?;
    let (category, value) = match host {
        Host::Address(ip) if ip.is_ipv4() => ("ipv4-addr", ip.to_string()),
        Host::Address(ip) => ("ipv6-addr", ip.to_string()),
        Host::Network(network) if network.addr().is_ipv4() => ("ipv4-net", network.to_string()),
        Host::Network(network) => ("ipv6-net", network.to_string()),
        Host::Range(range) => ("ext-value", range.to_owned()),
    };
    let extended = if category == "ext-value" {
        " ext-category=\"range\""
    } else {
        ""
    };
    let value = text(&value);
    writeln!(
        out,
        "<Address category=\"{category}\"{extended}>{value}</Address></Node>"
    )?;
    let number = end
        .protocol
        .as_deref()
        .or(transport)
        .and_then(|name| match name {
            "icmp" => Some(1),
            "igmp" => Some(2),
            "tcp" => Some(6),
            "udp" => Some(17),
            "gre" => Some(47),
            "esp" => Some(50),
            "icmp6" | "icmpv6" => Some(58),
            "sctp" => Some(132),
            _ => None,
        });
    // A service has the number of its protocol (section 3.20): a port of we don't know which is told, and no protocol made up.
    match (end.port, number) {
        (None, _) => {}
        (Some(port), Some(number)) => writeln!(
            out,
            "<Service ip-protocol=\"{number}\"><Port>{port}</Port></Service>"
        )?,
        (Some(port), None) => writeln!(
            out,
            "<AdditionalData dtype=\"integer\" meaning=\"port\">{port}</AdditionalData>"
        )?,
    }
    writeln!(out, "</System>")
}

/// The schema knows the colours of TLP's first version. What it can't say becomes stricter, never looser.
fn restriction(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "white",
        Tlp::Green => "green",
        Tlp::Amber => "amber",
        Tlp::AmberStrict | Tlp::Red => "red",
    }
}

/// Escaped, and without the characters that XML 1.0 has no way to write.
fn text(value: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let plain: String = value.chars().filter(allowed).collect();
    escape(plain.as_str()).into_owned()
}
