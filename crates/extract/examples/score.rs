//! Scores the crate against open corpora: `cargo run --release -p extract --example score -- [DIR] [--show SOURCE]`.
//!
//! DIR holds `extract/<source>/cases.jsonl`; without one, `../shared/corpora` beside the repository.
#![expect(
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "a report for people"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use extract::{Context, Extraction, IndicatorKind, TextKind, TextPart, extract};
use serde_json::Value;

/// True and false positives and misses of one field.
#[derive(Default)]
struct Count {
    hit: usize,
    wrong: usize,
    missed: usize,
}

impl Count {
    fn add(&mut self, expected: Option<&str>, got: Option<&str>) -> bool {
        match (expected, got) {
            (Some(a), Some(b)) if a == b => self.hit += 1,
            (Some(_), Some(_)) => {
                self.wrong += 1;
                self.missed += 1;
            }
            (Some(_), None) => self.missed += 1,
            (None, Some(_)) => self.wrong += 1,
            (None, None) => return true,
        }
        expected == got
    }

    fn print(&self, name: &str) {
        let share = |part: usize, whole: usize| {
            100.0 * f64::from(u32::try_from(part).unwrap_or(0))
                / f64::from(u32::try_from(whole.max(1)).unwrap_or(1))
        };
        println!(
            "{name:<46} P {:5.1}  R {:5.1}  ({} right, {} wrong, {} missed)",
            share(self.hit, self.hit + self.wrong),
            share(self.hit, self.hit + self.missed),
            self.hit,
            self.wrong,
            self.missed
        );
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut root = PathBuf::from("../shared/corpora");
    let mut show = String::new();
    while let Some(argument) = arguments.next() {
        if argument == "--show" {
            show = arguments.next().unwrap_or_default();
        } else {
            root = PathBuf::from(argument);
        }
    }
    let root = if root.join("extract").is_dir() {
        root.join("extract")
    } else {
        root
    };
    fail2ban(&root, &show);
    logstash(&root, &show);
    for source in ["xarf-spec", "xarf-python-tests"] {
        xarf(&root, source, &show);
    }
    iodef(&root);
    arf(&root, &show);
    dates(&root, &show);
    urls(&root, &show);
    speed(&root);
}

fn cases(root: &Path, source: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(root.join(source).join("cases.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn read(kind: TextKind, text: &str, context: &Context) -> Extraction {
    extract(
        &[TextPart {
            id: "1",
            kind,
            text,
            attachment: false,
            forwarded: false,
        }],
        context,
    )
}

fn str_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path)?.as_str()
}

fn fail2ban(root: &Path, show: &str) {
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

fn logstash(root: &Path, show: &str) {
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

fn xarf(root: &Path, name: &str, show: &str) {
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

fn iodef(root: &Path) {
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

fn arf(root: &Path, show: &str) {
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

/// Absolute dates with a clock from the assistants' corpora.
fn dates(root: &Path, show: &str) {
    for language in ["en", "fr", "de", "es"] {
        let mut count = Count::default();
        for case in cases(root, "recognizers-text") {
            if str_at(&case, "/lang") != Some(language) {
                continue;
            }
            let input = str_at(&case, "/input").unwrap_or_default();
            let reference = str_at(&case, "/ctx/ref_now").map(|now| format!("{now}Z"));
            let results = case
                .pointer("/truth/results")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let [result] = results.as_slice() else {
                continue;
            };
            let timex = str_at(result, "/Resolution/values/0/timex").unwrap_or_default();
            let written = str_at(result, "/Text").unwrap_or_default();
            let absolute = timex.len() >= 13
                && timex.starts_with("20")
                && timex.contains('T')
                && written.chars().filter(char::is_ascii_digit).count() >= 6;
            if !absolute {
                continue;
            }
            let expected =
                str_at(result, "/Resolution/values/0/value").map(|value| value.replace(' ', "T"));
            let got = read(
                TextKind::Plain,
                input,
                &Context {
                    date: reference,
                    language: Some(language.into()),
                    ..Context::default()
                },
            );
            let time = got
                .incident
                .times
                .first()
                .and_then(|time| time.value.get(..19).map(str::to_owned));
            if expected.is_some()
                && !count.add(expected.as_deref(), time.as_deref())
                && show == "dates"
            {
                println!("  {expected:?} {time:?} {input}");
            }
        }
        count.print(&format!("recognizers-text absolute date-times, {language}"));
    }
    dateparser(root, show);
}

fn dateparser(root: &Path, show: &str) {
    let pattern =
        regex::Regex::new(r"datetime\((\d+), (\d+), (\d+), (\d+), (\d+)(?:, (\d+))?").ok();
    let mut count = Count::default();
    for case in cases(root, "dateparser") {
        let input = str_at(&case, "/input").unwrap_or_default();
        let truth = case
            .pointer("/truth")
            .map(ToString::to_string)
            .unwrap_or_default();
        let Some(found) = pattern
            .as_ref()
            .and_then(|pattern| pattern.captures(&truth))
        else {
            continue;
        };
        let digits = input.chars().filter(char::is_ascii_digit).count();
        let language = str_at(&case, "/lang").unwrap_or_default();
        if digits < 8 || !["en", "fr", "de", "es"].contains(&language) {
            continue;
        }
        let number = |index: usize| {
            found
                .get(index)
                .and_then(|number| number.as_str().parse::<u32>().ok())
                .unwrap_or(0)
        };
        let expected = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            number(1),
            number(2),
            number(3),
            number(4),
            number(5),
            number(6)
        );
        let got = read(
            TextKind::Plain,
            input,
            &Context {
                date: Some("2014-09-01T10:30:00Z".into()),
                language: Some(language.into()),
                ..Context::default()
            },
        );
        let time = got
            .incident
            .times
            .first()
            .and_then(|time| time.value.get(..19).map(str::to_owned));
        if !count.add(Some(&expected), time.as_deref()) && show == "dateparser" {
            println!("  {expected} {time:?} {input}");
        }
    }
    count.print("dateparser absolute date-times, en fr de es");
}

fn urls(root: &Path, show: &str) {
    let mut count = Count::default();
    let mut mails = Count::default();
    for case in cases(root, "iocextract") {
        let function = str_at(&case, "/truth/fn").unwrap_or_default();
        let input = str_at(&case, "/input").unwrap_or_default();
        let expected = str_at(&case, "/truth/out/0");
        let got = read(TextKind::Plain, input, &Context::default()).indicators;
        if function == "extract_emails" && input.len() < 200 {
            mails.add(
                expected.map(|_| "some"),
                got.iter()
                    .find(|one| one.kind == IndicatorKind::Email)
                    .map(|_| "some"),
            );
        }
        let plain = input.starts_with("http") || input.starts_with("hxxp");
        if function == "extract_urls" && plain && !input.contains("__") && input.contains('.') {
            let right = count.add(
                expected.map(|_| "some"),
                got.iter()
                    .find(|one| one.kind == IndicatorKind::Url)
                    .map(|_| "some"),
            );
            if !right && show == "urls" {
                println!("  {expected:?} {input}");
            }
        }
    }
    count.print("iocextract URLs found");
    mails.print("iocextract mail addresses found");
}

/// The worst of hostile texts of 1 MiB and of twice that, and the speed on log lines and prose.
fn speed(root: &Path) {
    let took = |text: &str| {
        let clock = std::time::Instant::now();
        let _ = read(TextKind::Plain, text, &Context::default());
        clock.elapsed().as_secs_f64()
    };
    let units = [
        "a.",
        "1.",
        "1.1.1.",
        "[",
        ":",
        "::",
        "a1",
        "(",
        ")",
        "\"",
        "'",
        "<",
        "192.0.2.1 ",
        "192.0.2.1\n",
        "1/",
        "a@",
        "http://",
        "http://a)",
        "- ",
        "Source: ",
        "Source: 192.0.2.1 ",
        "\n> ",
        "TLP:",
        "TLP:RED ",
        "12:",
        "a[.]",
        " to ",
        "0x",
        "2024-",
        "2024-03-05 ",
        "5 May ",
        "a,",
        "ip,time,port\n",
        "UTC ",
        "a.com ",
        "\n",
        " ",
        "é",
        "Mar 5 02:11:09 x from 192.0.2.1\n",
        "{",
        "[{",
        "<a>",
        "</a>",
        "phishing ",
        "CVE-",
        "AS1 ",
        "aaaa:",
        "192.0.2.1 -> ",
        "from ",
        "Date: ",
        "a.b@",
        "https://a.com/( ",
    ];
    let mut worst: Vec<(f64, &str)> = units
        .iter()
        .map(|unit| (took(&unit.repeat((1 << 20) / unit.len())), *unit))
        .collect();
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (seconds, unit) in worst.iter().take(6) {
        let half = took(&unit.repeat((1 << 19) / unit.len()));
        println!(
            "hostile 1 MiB {unit:?}: {seconds:.3} s, twice the half: {:.2}",
            seconds / half
        );
    }
    let lines: String = cases(root, "fail2ban")
        .iter()
        .filter_map(|case| str_at(case, "/input"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let lines = lines.repeat((1 << 20) / lines.len().max(1));
    println!(
        "logs: {:.1} MiB/s",
        f64::from(u32::try_from(lines.len()).unwrap_or(0)) / 1_048_576.0 / took(&lines)
    );
    let prose: String = cases(root, "recognizers-text")
        .iter()
        .filter_map(|case| str_at(case, "/input"))
        .flat_map(|line| [line, "\n"])
        .collect();
    println!(
        "prose: {:.1} MiB/s",
        f64::from(u32::try_from(prose.len()).unwrap_or(0)) / 1_048_576.0 / took(&prose)
    );
}
