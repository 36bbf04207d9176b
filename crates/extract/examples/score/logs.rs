//! Log lines: fail2ban's and logstash's filters.

use std::collections::BTreeSet;
use std::path::Path;

use extract::{Context, IndicatorKind, TextKind};
use serde_json::Value;

use crate::{Count, cases, read, str_at};

pub fn fail2ban(root: &Path, show: &str) {
    let context = Context {
        date: Some("2005-08-14T12:00:00+02:00".into()),
        ..Context::default()
    };
    let local = Context {
        default_zone: Some("Europe/Zurich".into()),
        ..Context::default()
    };
    let (mut all, mut two, mut presence, mut times, mut loose) = (
        Count::default(),
        Count::default(),
        Count::default(),
        Count::default(),
        0,
    );
    let mut absent = 0;
    for case in cases(root, "fail2ban") {
        let input = str_at(&case, "/input").unwrap_or_default();
        let got = read(TextKind::Plain, input, &context);
        let source = got
            .incident
            .sources
            .first()
            .and_then(|one| one.ip.as_deref());
        let matches = case.pointer("/truth/match").and_then(Value::as_bool) == Some(true);
        if !matches {
            loose += usize::from(source.is_some());
            continue;
        }
        let expected =
            str_at(&case, "/truth/source").filter(|ip| ip.parse::<std::net::IpAddr>().is_ok());
        let expected = expected.map(|ip| {
            ip.parse::<std::net::IpAddr>()
                .map_or_else(|_| ip.to_owned(), |ip| ip.to_canonical().to_string())
        });
        if expected.is_none() {
            continue;
        }
        let found: BTreeSet<&str> = got
            .indicators
            .iter()
            .filter(|one| matches!(one.kind, IndicatorKind::Ipv4 | IndicatorKind::Ipv6))
            .map(|one| one.value.as_str())
            .collect();
        presence.add(
            expected.as_deref(),
            expected.as_deref().filter(|ip| found.contains(ip)),
        );
        let unspecified = expected.as_deref() == Some("0.0.0.0");
        let written = str_at(&case, "/truth/source").unwrap_or_default();
        absent += usize::from(unspecified || !input.contains(written));
        let right = all.add(expected.as_deref(), source);
        if found.len() > 1 {
            two.add(expected.as_deref(), source);
        }
        if !right && show == "fail2ban" {
            println!("  {expected:?} {source:?} {input}");
        }
        let _ = &local;
        if let Some(clock) = str_at(&case, "/truth/time_local_zurich") {
            let time = got
                .incident
                .times
                .first()
                .map(|time| (time.value.get(..19).unwrap_or_default(), time.value.clone()));
            let utc = str_at(&case, "/truth/time_utc")
                .and_then(|utc| utc.parse::<jiff::Timestamp>().ok());
            let same = time.as_ref().is_some_and(|(local, value)| {
                *local == clock || value.parse::<jiff::Timestamp>().ok() == utc
            });
            let right = times.add(
                Some(clock),
                if same {
                    Some(clock)
                } else {
                    time.as_ref().map(|time| time.0)
                },
            );
            if !right && show == "times" {
                println!("  {clock} {:?} {input}", time.map(|time| time.1));
            }
        }
    }
    println!("fail2ban lines whose source stands on another line, or is 0.0.0.0: {absent}");
    presence.print("fail2ban address present");
    all.print("fail2ban source");
    two.print("fail2ban source, two addresses or more");
    times.print("fail2ban time (local clock or instant)");
    println!("fail2ban lines that its filters ignore, with a source here: {loose} of 200");
}

pub fn logstash(root: &Path, show: &str) {
    let (mut source, mut destination, mut ports) =
        (Count::default(), Count::default(), Count::default());
    let mut absent = 0;
    for case in cases(root, "logstash-patterns") {
        let input = str_at(&case, "/input").unwrap_or_default();
        let got = read(
            TextKind::Plain,
            input,
            &Context {
                date: Some("2016-06-10T12:00:00Z".into()),
                ..Context::default()
            },
        );
        let canonical = |path: &str| {
            str_at(&case, path)?
                .parse::<std::net::IpAddr>()
                .ok()
                .map(|ip| ip.to_canonical().to_string())
        };
        let expected = (
            canonical("/truth/source/ip"),
            canonical("/truth/destination/ip"),
        );
        let cut = ["/truth/source/ip", "/truth/destination/ip"]
            .iter()
            .filter_map(|path| str_at(&case, path))
            .any(|ip| ip.parse::<std::net::IpAddr>().is_ok() && !input.contains(ip));
        absent += usize::from(cut);
        let one = got.incident.sources.first();
        let other = got.incident.destinations.first();
        let a = expected.0.is_none()
            || source.add(expected.0.as_deref(), one.and_then(|one| one.ip.as_deref()));
        let b = expected.1.is_none()
            || destination.add(
                expected.1.as_deref(),
                other.and_then(|one| one.ip.as_deref()),
            );
        let port = case
            .pointer("/truth/source/port")
            .filter(|_| expected.0.is_some())
            .map(ToString::to_string);
        ports.add(
            port.as_deref(),
            port.as_ref()
                .and(one.and_then(|one| one.port))
                .map(|port| port.to_string())
                .as_deref(),
        );
        if !(a && b) && show == "logstash" {
            println!(
                "  {expected:?} {:?} {:?} {input}",
                one.and_then(|one| one.ip.as_ref()),
                other.and_then(|one| one.ip.as_ref())
            );
        }
    }
    println!("logstash lines that were cut before an address of their truth: {absent}");
    source.print("logstash source");
    destination.print("logstash destination");
    ports.print("logstash source port");
}
