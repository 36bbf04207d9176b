//! Search as an analyst does it: by address, network, domain and all the rest, over months; and what is written down of it.

use serde_json::Value;

use crate::mail::{TEAM, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@mail.partner.example";
const OTHER: &str = "soc@other.example";
const FIRST: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.\n\
    The kit is at hxxps://login[.]evil[.]example/kit/index.php and drops d41d8cd98f00b204e9800998ecf8427e (CVE-2021-44228).\n\
    Contact: abuse@evil.example, network 203.0.113.0/25, AS64500.";
const SECOND: &str = "Hello,\n\nour server 198.51.100.9 port 443/tcp is attacked from 203.0.113.200 since 2024-03-06 10:00:00 UTC.\n\n\
    Indicators: 2001:db8:1:2::7\n\nand evil.example is where it calls home.";

/// Number of hits, and the values; none is exit code 1.
fn search(installation: &Installation, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["ticket", "search", "--json"], arguments].concat();
    let output = installation.output(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let values: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|hit| hit["value"].as_str().unwrap().to_owned())
        .collect();
    let code = output.status.code();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(code, Some(i32::from(values.is_empty())), "{errors}");
    values
}

#[test]
fn everything_that_was_extracted_is_found_again_and_nothing_else() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let reports = [
        (
            NOC,
            mail(NOC, "[CERT-X #77] Attack", "f.1@partner.example", "", FIRST),
        ),
        (OTHER, mail(OTHER, "Scan", "f.2@other.example", "", SECOND)),
    ];
    for (from, report) in reports {
        assert!(send(installation.ports.smtp, from, TEAM, &report).starts_with("250"));
    }
    installation.settle();
    let find = |arguments: &[&str]| search(&installation, arguments);
    for (asked, value) in [
        ("192.0.2.10", "192.0.2.10"),
        ("192[.]0[.]2[.]10", "192.0.2.10"),
        ("192.0.2.0/24", "192.0.2.10"),
        ("192.0.2.8/29", "192.0.2.10"),
        ("192.0.0.0/12", "192.0.2.10"),
        ("192.0.2.1-192.0.2.20", "192.0.2.10"),
        ("203.0.113.9", "203.0.113.0/25"),
        ("203.0.113.0/26", "203.0.113.0/25"),
        ("2001:db8:1:2::7", "2001:db8:1:2::7"),
        ("2001:db8:1::/48", "2001:db8:1:2::7"),
        ("2001:db8::/32", "2001:db8:1:2::7"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::7"),
        (
            "D41D8CD98F00B204E9800998ECF8427E",
            "d41d8cd98f00b204e9800998ecf8427e",
        ),
        ("cve-2021-44228", "CVE-2021-44228"),
        ("AS64500", "AS64500"),
        ("abuse@evil.example", "abuse@evil.example"),
        ("sender:mail.partner.example", NOC),
        ("sender:partner.example", NOC),
        ("soc@other.example", OTHER),
        ("[CERT-X #77]", "cert-x #77"),
        (
            "https://login.evil.example/kit/",
            "https://login.evil.example/kit/index.php",
        ),
    ] {
        assert_eq!(find(&[asked]), [value], "{asked}");
    }
    let below = find(&["evil.example"]);
    for value in [
        "evil.example",
        "abuse@evil.example",
        "https://login.evil.example/kit/index.php",
    ] {
        assert!(
            below.iter().any(|found| found == value),
            "{value}: {below:?}"
        );
    }
    for absent in [
        "192.0.2.11",
        "192.0.3.0/24",
        "203.0.113.128",
        "vil.example",
        "x.evil.example",
        "sender:evil.example",
        "CVE-2021-44229",
        "https://login.evil.example/kitten",
    ] {
        assert!(find(&[absent]).is_empty(), "{absent}");
    }
    // Several conditions are answered by one message, a port by the address.
    assert_eq!(find(&["198.51.100.0/24", "port:22"]), ["198.51.100.7"]);
    assert!(find(&["192.0.2.10", "port:22"]).is_empty());
    assert_eq!(
        find(&["198.51.100.0/24", "192.0.2.10"]),
        ["192.0.2.10", "198.51.100.7"]
    );
    assert!(find(&["198.51.100.9", "192.0.2.10"]).is_empty());
    assert_eq!(find(&["soc@other.example", "port:443"]).len(), 2);
    assert_pages(&installation);
    assert_month_spans(&installation);
    assert_refused(&installation);
    assert_written_down(&installation);
    drop(daemon);
}

/// The newest message first; the last line says where a longer answer goes on.
fn assert_pages(installation: &Installation) {
    let asked = ["ticket", "search", "198.51.100.0/24", "--limit", "1"];
    let lines = installation.json(&[&asked[..], &["--json"]].concat());
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["value"], "198.51.100.9");
    assert_eq!(lines[0]["kind"], "address");
    let more = lines[1]["more"].as_str().unwrap();
    assert_eq!(lines[0]["message"], more);
    let older = installation.json(&[&asked[..], &["--json", "--before", more]].concat());
    assert_eq!(older.len(), 1, "{older:?}");
    assert_eq!(older[0]["value"], "198.51.100.7");
    let text = installation.output(&asked).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(&format!("--before {more}")), "{text}");
}

/// This month is in every span that ends today.
fn assert_month_spans(installation: &Installation) {
    let find = |arguments: &[&str]| search(installation, arguments).len();
    let asked = "192.0.2.10";
    assert_eq!(find(&[asked, "--months", "all"]), 1);
    assert_eq!(find(&[asked, "--months", "1"]), 1);
    assert_eq!(find(&[asked, "--from", "2024-01"]), 1);
    assert_eq!(find(&[asked, "--from", "2024-01", "--to", "2025-12"]), 0);
    // Indexed anew, the month is found as before.
    let status = installation.json(&["index", "status", "--json"]);
    let months: Vec<&Value> = status.iter().map(|line| &line["month"]).collect();
    assert!(months.iter().all(|month| *month == months[0]));
    assert!(status.iter().any(|line| line["family"] == "address"));
    let all = find(&["evil.example"]);
    let said = installation.run(&["index", "rebuild", months[0].as_str().unwrap()]);
    let rows: u64 = status.iter().filter_map(|line| line["rows"].as_u64()).sum();
    assert_eq!(said.trim(), format!("{rows} rows"));
    assert_eq!(find(&[asked]), 1);
    assert_eq!(find(&["evil.example"]), all);
    assert_eq!(
        installation.run(&["index", "rebuild", "2024-02"]).trim(),
        "0 rows"
    );
}

fn assert_refused(installation: &Installation) {
    for (asked, code, words) in [
        ("port:22", 1, "port alone"),
        ("10.0.0.0/7", 1, "wider than"),
        ("2001::/16", 1, "wider than"),
        ("ip:example.org", 2, "is no ip"),
        ("", 2, "nothing to search for"),
        ("192.0.2.10:22", 2, "192.0.2.10 port:22"),
        ("192.0.2", 2, "192.0.2.0/24"),
        (
            "adress:192.0.2.10",
            2,
            "no kind of value; there are ip, net",
        ),
        // What was understood is seen: nobody has sent such a reference.
        ("exampl", 1, "reference exampl: nothing found since"),
        ("192.0.2.99", 1, "--months all"),
    ] {
        let output = installation.output(&["ticket", "search", asked]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{asked}: {errors}");
        assert!(errors.contains(words), "{asked}: {errors}");
    }
}

/// Every search, list and read has a line that says who, and none says what was searched for.
fn assert_written_down(installation: &Installation) {
    let count = |condition: &str| -> usize {
        let statement = format!("SELECT count(*) FROM audit WHERE {condition}");
        installation.sql(&statement).trim().parse().unwrap()
    };
    let before = count("action = 'searched'");
    assert!(before > 30, "{before}");
    let mut command = installation.command(&["ticket", "search", "192.0.2.10", "--months", "all"]);
    let output = command
        .env("PILLARBOX_ACTOR", "alice\n\u{1b}[1m")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(count("action = 'searched'"), before + 1);
    assert_eq!(count("action = 'searched' AND actor = 'alice[1m'"), 1);
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(count("action = 'listed'"), 1);
    installation.run(&["ticket", "show", &reference]);
    installation.run(&["ticket", "show", &reference, "--raw", "1"]);
    let user = String::from_utf8(
        std::process::Command::new("id")
            .arg("-un")
            .output()
            .unwrap()
            .stdout,
    );
    let user = user.unwrap();
    let read = format!(
        "action = 'read' AND actor = '{}' AND case_id IN (SELECT id FROM ticket)",
        user.trim()
    );
    assert_eq!(count(&read), 2);
    let details = installation.sql("SELECT detail FROM audit");
    for word in ["192.0", "evil", "partner", "64500", "CERT"] {
        assert!(!details.contains(word), "{word}");
    }
}
