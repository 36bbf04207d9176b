//! Forms that machines write: XARF, IODEF, ARF.

use std::path::Path;

use extract::{Context, TextKind};
use serde_json::Value;

use crate::{Count, cases, read, str_at};

pub fn xarf(root: &Path, name: &str, show: &str) {
    let (mut source, mut destination, mut port, mut time, mut kind) =
        <(Count, Count, Count, Count, Count)>::default();
    for case in cases(root, name) {
        let Some(input) = str_at(&case, "/input") else {
            continue;
        };
        let Ok(document) = serde_json::from_str::<Value>(input) else {
            continue;
        };
        let got = read(TextKind::Json, input, &Context::default()).incident;
        let first = |paths: &[&str]| {
            paths
                .iter()
                .find_map(|path| str_at(&document, path))
                .map(str::to_owned)
        };
        let ip =
            |found: Option<String>| found.filter(|found| found.parse::<std::net::IpAddr>().is_ok());
        let expected = ip(first(&[
            "/source_identifier",
            "/Report/Source/IP",
            "/Report/SourceIp",
        ]));
        let right = source.add(
            expected.as_deref(),
            got.sources.first().and_then(|one| one.ip.as_deref()),
        );
        if !right && show == "xarf" {
            println!("  {expected:?} {:?} {input}", got.sources);
        }
        let expected = ip(first(&[
            "/destination_ip",
            "/Report/AdditionalInfo/DestinationIP",
            "/Report/DestinationIp",
        ]));
        destination.add(
            expected.as_deref(),
            got.destinations.first().and_then(|one| one.ip.as_deref()),
        );
        let expected = ["/source_port", "/Report/Source/Port", "/Report/SourcePort"]
            .iter()
            .find_map(|path| document.pointer(path))
            .map(ToString::to_string);
        port.add(
            expected.as_deref(),
            got.sources
                .first()
                .and_then(|one| one.port)
                .map(|port| port.to_string())
                .as_deref(),
        );
        let instant = |text: Option<String>| {
            text.and_then(|text| text.parse::<jiff::Timestamp>().ok())
                .map(|at| at.as_second().to_string())
        };
        let expected = instant(first(&["/timestamp", "/Report/Date"]));
        time.add(
            expected.as_deref(),
            instant(got.times.first().map(|time| time.value.clone())).as_deref(),
        );
        let typed = first(&["/type", "/Report/ReportType"]).map(|_| "a type");
        kind.add(typed, got.types.first().map(|_| "a type"));
    }
    source.print(&format!("{name} source"));
    destination.print(&format!("{name} destination"));
    port.print(&format!("{name} source port"));
    time.print(&format!("{name} time"));
    kind.print(&format!("{name} any type"));
}

/// Reads every report of a source, cut at every octet; a panic would stop the run.
pub fn cuts(root: &Path, source: &str, kind: TextKind) {
    let mut count = 0_usize;
    for case in cases(root, source) {
        let text = str_at(&case, "/input").unwrap_or_default();
        for rest in (0..=text.len()).filter_map(|end| text.get(..end)) {
            std::hint::black_box(read(kind, rest, &Context::default()));
            count += 1;
        }
    }
    println!("{source}, cut at every octet: {count} readings without a crash");
}

pub fn iodef(root: &Path) {
    for case in cases(root, "iodef-samples") {
        let got = read(
            TextKind::Xml,
            str_at(&case, "/input").unwrap_or_default(),
            &Context::default(),
        )
        .incident;
        let list = |list: &[extract::Endpoint]| {
            list.iter()
                .filter_map(|one| one.ip.clone())
                .collect::<Vec<_>>()
        };
        println!(
            "iodef: sources {:?}, destinations {:?}, types {:?}",
            list(&got.sources),
            list(&got.destinations),
            got.types.iter().map(|one| &one.kind).collect::<Vec<_>>()
        );
    }
}

pub fn arf(root: &Path, show: &str) {
    let (mut source, mut time) = (Count::default(), Count::default());
    for case in cases(root, "sisimai-arf") {
        let Some(fields) = case
            .pointer("/truth/feedback_report")
            .and_then(Value::as_object)
        else {
            continue;
        };
        let text: String = fields
            .iter()
            .flat_map(|(key, list)| {
                list.as_array()
                    .into_iter()
                    .flatten()
                    .map(move |value| format!("{key}: {}\n", value.as_str().unwrap_or_default()))
            })
            .collect();
        let got = read(TextKind::FeedbackReport, &text, &Context::default()).incident;
        let expected = str_at(&case, "/truth/feedback_report/source-ip/0")
            .filter(|ip| ip.parse::<std::net::IpAddr>().is_ok());
        let right = source.add(
            expected,
            got.sources.first().and_then(|one| one.ip.as_deref()),
        );
        let dated = ["arrival-date", "received-date"]
            .iter()
            .any(|key| fields.contains_key(*key))
            .then_some("a time");
        let right = time.add(dated, got.times.first().map(|_| "a time")) && right;
        if !right && show == "arf" {
            println!("{text}{got:?}\n");
        }
    }
    source.print("sisimai-arf source");
    time.print("sisimai-arf any time");
}
