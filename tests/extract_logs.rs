//! Lines of logs and their ends, as we know that the programs write them; with documentation addresses. All of it is made up.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "extract/ends.rs"]
mod ends;
#[path = "extract/reading.rs"]
mod reading;

use extract::TextKind;
use serde_json::json;

use crate::ends::ends;
use crate::reading::read;

/// `== name | source > destination`, and below it what a mail shows. Without a protocol any counts.
fn cases(file: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    file.split("== ").skip(1).map(|case| {
        let (head, text) = case.split_once('\n').unwrap();
        let (name, expected) = head.split_once(" | ").unwrap();
        (name, expected, text)
    })
}

/// How one end was read.
#[derive(PartialEq)]
enum Read {
    Right,
    Missed,
    Wrong,
}

fn compare(expected: &str, got: &str) -> Read {
    let bare = |end: &str| end.split('/').next().unwrap_or_default().to_owned();
    let same = if expected.contains('/') {
        expected == got
    } else {
        expected.trim_matches('-') == bare(got)
    };
    match same {
        true => Read::Right,
        false if got.is_empty() => Read::Missed,
        false => Read::Wrong,
    }
}

/// What a file's cases count up to: cases, ends read rightly or not at all, and those that were read otherwise.
#[derive(Default)]
struct Sum {
    cases: usize,
    missed: Vec<String>,
    wrong: Vec<String>,
}

fn sum(file: &str) -> Sum {
    let mut sum = Sum::default();
    for (name, expected, text) in cases(file) {
        let kind = match text.contains("<Event ") {
            true => TextKind::Xml,
            false => TextKind::Plain,
        };
        let found = read(kind, text).incident;
        let (source, destination) = expected.split_once(" > ").unwrap();
        let got = [
            (source, ends(&found.sources, '#')),
            (destination, ends(&found.destinations, '#')),
        ];
        sum.cases += 1;
        for (expected, got) in got {
            let told = format!("{name}: {got:?} instead of {expected}");
            match compare(expected, &got) {
                Read::Right => {}
                Read::Missed => sum.missed.push(told),
                Read::Wrong => sum.wrong.push(told),
            }
        }
    }
    sum
}

/// Nothing wrong, and no more left blank than today.
fn hold(file: &str, cases: usize, missed: usize) {
    let sum = sum(file);
    assert_eq!(sum.cases, cases);
    assert!(sum.wrong.is_empty(), "{:#?}", sum.wrong);
    assert!(sum.missed.len() <= missed, "{:#?}", sum.missed);
}

#[test]
fn grammar_tells_the_ends_of_tools_that_nobody_listed() {
    hold(include_str!("extract/logs/grammar.txt"), 27, 0);
}

#[test]
fn a_log_line_tells_who_did_what_to_whom() {
    hold(include_str!("extract/logs/first.txt"), 113, 2);
    hold(include_str!("extract/logs/second.txt"), 122, 2);
    hold(include_str!("extract/logs/tools.txt"), 79, 0);
}

#[test]
fn what_a_program_never_shown_writes_is_read_by_its_family() {
    hold(include_str!("extract/logs/families.txt"), 145, 0);
    hold(include_str!("extract/logs/third.txt"), 47, 0);
}

#[test]
fn a_column_is_read_by_the_words_of_its_title() {
    hold(include_str!("extract/logs/columns.txt"), 41, 0);
}

#[test]
fn a_table_tells_it_under_any_header() {
    hold(include_str!("extract/logs/tables.txt"), 36, 0);
    hold(include_str!("extract/logs/unseen.txt"), 36, 0);
}

#[test]
fn tables_and_keys_that_a_house_made_for_itself_are_read_by_their_words() {
    hold(include_str!("extract/logs/house.txt"), 24, 0);
}

/// Reports by machines, one of each format, short.
fn reports() -> Vec<(TextKind, String)> {
    let v4 = json!({"xarf_version": "4.2.0", "report_id": "1", "timestamp": "2024-03-05T02:11:09Z", "reporter": {"org": "é", "contact": "a@example.org"},
        "source_identifier": "192.0.2.10", "source_port": 4455, "category": "connection", "type": "login_attack", "destination_ip": "198.51.100.7"});
    let v3 = json!({"Version": "3", "ReporterInfo": {"ReporterOrg": "x"}, "Report": {"ReportClass": "Activity", "ReportType": "LoginAttack",
        "Date": "2024-03-05T02:11:09Z", "SourceIp": "192.0.2.10", "SourcePort": 4455}});
    let iodef_json = json!({"version": "2.0", "Incident": [{"purpose": "reporting", "GenerationTime": "2024-03-05T02:11:09Z", "EventData":
        [{"Flow": [{"System": [{"category": "source", "Node": {"Address": [{"value": "192.0.2.10", "category": "ipv4-addr"}]}}]}]}]}]});
    let stix = json!({"type": "bundle", "id": "bundle--1", "objects": [{"type": "network-traffic", "src_ref": "a", "dst_port": 22}, {"type": "ipv4-addr", "id": "a", "value": "192.0.2.10"}]});
    let misp = json!({"Event": {"info": "scan", "date": "2024-03-05", "Attribute": [{"type": "ip-src|port", "value": "192.0.2.10|4455"}]}});
    let intelmq = json!({"time.source": "2024-03-05T02:11:09+00:00", "source.ip": "192.0.2.10", "classification.type": "scanner", "raw": "eA=="});
    let json =
        [v4, v3, iodef_json, stix, misp, intelmq].map(|one| (TextKind::Json, one.to_string()));
    let iodef = "<?xml version=\"1.0\"?><IODEF-Document version=\"2.00\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\"><Incident purpose=\"reporting\"><StartTime>2024-03-05T02:11:09Z</StartTime><EventData><Flow><System category=\"source\"><Node><Address category=\"ipv4-addr\">192.0.2.10</Address></Node><Service ip-protocol=\"6\"><Port>22</Port></Service></System></Flow></EventData></Incident></IODEF-Document>";
    let mail = "Reported-From: a@example.org\nCategory: abuse\nReport-Type: login-attack\nDate: 2024-03-05T02:11:09Z\nSource: 192.0.2.10\nSource-Type: ipv4\nPort: 22\n";
    let arf = "Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nSource-IP: 192.0.2.10\nSource-Port: 4455\nReported-URI: http://example.org/\nReported-URI: http://example.net/\nArrival-Date: Tue, 5 Mar 2024 02:11:09 +0100\n";
    let mut all = Vec::from(json);
    all.push((TextKind::Xml, iodef.to_owned()));
    all.push((TextKind::Yaml, mail.to_owned()));
    all.push((TextKind::FeedbackReport, arf.to_owned()));
    all
}

#[test]
fn a_report_that_was_cut_anywhere_is_read_as_far_as_it_goes() {
    for (kind, text) in reports() {
        for rest in (0..=text.len()).filter_map(|end| text.get(..end)) {
            let found = read(kind, rest);
            for one in &found.indicators {
                assert_eq!(rest.get(one.span.start..one.span.end), Some(&*one.raw));
            }
            if rest.len() == text.len() {
                let source = found.incident.sources.first();
                let ip = source.and_then(|one| one.ip.as_deref());
                assert_eq!(ip, Some("192.0.2.10"), "{text}");
            }
        }
    }
}

#[test]
fn every_flow_of_a_long_list_is_read() {
    let flow = |index: u8| format!("1709604669,192.0.2.{index},198.51.100.7,54018,22,T,I,D");
    let tuples: Vec<String> = (1..=60).map(flow).collect();
    let log =
        json!({"records": [{"properties": {"flows": [{"flows": [{"flowTuples": tuples}]}]}}]});
    let found = read(TextKind::Json, &log.to_string()).incident;
    assert_eq!(found.sources.len(), 60);
}
