//! What a query finds leaves for other teams' tools as single tickets do: by the terminal, by the console, and for programs.

use serde_json::Value;

use crate::acts::signed_in;
use crate::browser::{Answer, Curl};
use crate::mail::{TEAM, mail};
use crate::support::{Daemon, Installation, free_port, send};

const TEXTS: [&str; 3] = [
    "TLP:GREEN\n\nSSH brute force from 192.0.2.10 port 4455 against your server 198.51.100.7 port 22/tcp on 5 March 2024 at 02:11:09 UTC.",
    "Scan from 192.0.2.10 against our server 198.51.100.9 on 5 March 2024 at 02:11:09 UTC.",
    "TLP:RED\n\nPort scan from 203.0.113.8 against 198.51.100.7 on 6 March 2024 at 10:00 UTC.",
];

/// An installation with a console, and the numbers of a green ticket, an unmarked and a red one.
fn filed() -> (Installation, Daemon, u16, [String; 3]) {
    let port = free_port();
    let installation = Installation::new(&format!("[console]\naddress = \"127.0.0.1:{port}\"\n"));
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let numbers = [0, 1, 2].map(|at| {
        let from = format!("noc@partner-{at}.example");
        let id = format!("f.{at}@reports.example");
        let report = mail(&from, &format!("Report {at}"), &id, "", TEXTS[at]);
        assert!(send(installation.ports.smtp, &from, TEAM, &report).starts_with("250"));
        installation.settle();
        let listed = installation.tickets();
        let number = listed.last().unwrap()["reference"].as_str().unwrap();
        number.split('#').nth(1).unwrap().to_owned()
    });
    (installation, daemon, port, numbers)
}

/// The tickets that left so far, one a line.
fn left(installation: &Installation) -> Vec<String> {
    let rows = installation.sql("SELECT case_id FROM audit WHERE action = 'exported'");
    rows.lines().map(str::to_owned).collect()
}

#[test]
fn the_terminal_exports_what_a_query_finds_all_or_none() {
    let (installation, _daemon, _, [green, unmarked, red]) = filed();
    let export =
        |arguments: &[&str]| installation.output(&[&["ticket", "export"], arguments].concat());
    let said = |arguments: &[&str], code: i32| {
        let output = export(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {said}");
        assert!(output.stdout.is_empty() || code == 0, "{arguments:?}");
        said
    };

    let both = installation.run(&[
        "ticket",
        "export",
        "--query",
        "obs:192.0.2.10",
        "--format",
        "misp",
    ]);
    let both: Value = serde_json::from_str(&both).unwrap();
    assert_eq!(both["response"].as_array().unwrap().len(), 2);
    let once = left(&installation);
    assert_eq!(once.len(), 2, "each ticket's trail says it");

    // The red one holds the green one back, and is named.
    let why = said(&["--query", "obs:198.51.100.7", "--format", "csv"], 1);
    assert!(
        why.contains(&format!("CSIRT#{red} (TLP:RED)")) && !why.contains(&green),
        "{why}"
    );
    let why = said(
        &["--query", "is:open", "--format", "stix", "--tlp", "green"],
        1,
    );
    assert!(why.contains(&unmarked) && why.contains(&red), "{why}");
    assert_eq!(left(&installation), once);
    let without = format!("obs:198.51.100.7 -{red}");
    let table = installation.run(&["ticket", "export", "--query", &without, "--format", "csv"]);
    assert!(
        table.contains("192.0.2.10") && !table.contains("203.0.113.8"),
        "{table}"
    );
    assert_eq!(left(&installation).len(), 3);

    // The limit takes the newest, and is said.
    let output = export(&[
        "--query",
        "is:open",
        "--format",
        "indicators",
        "--tlp",
        "red",
        "--limit",
        "1",
    ]);
    let why = String::from_utf8(output.stderr).unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(why.contains("older tickets answer, too"), "{why}");
    assert!(
        table.contains("203.0.113.8") && !table.contains("192.0.2.10"),
        "{table}"
    );
    assert_eq!(left(&installation).len(), 4);

    let why = said(&["--query", "obs:192.0.2.99", "--format", "csv"], 1);
    assert!(why.contains("no ticket answers"), "{why}");
    for arguments in [
        &["--query", "is:opened", "--format", "csv"][..],
        &["--query", "is:open", "--format", "csv", "--limit", "501"],
        &["--query", "is:open", "--format", "csv", green.as_str()],
        &[green.as_str(), "--format", "csv", "--limit", "1"],
        &["--format", "csv"],
    ] {
        said(arguments, 2);
    }
    assert_eq!(left(&installation).len(), 4);
}

#[test]
fn console_and_programs_export_what_a_query_finds() {
    let (installation, _daemon, port, [green, _, red]) = filed();
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "reader");
    let asked = |curl: &Curl, query: &str, rest: &str| {
        curl.get(&format!("/q/CSIRT/export?q={query}&{rest}"))
    };

    // The pages that show what was found offer it, to those who may.
    for place in ["/q/CSIRT?q=is:open", "/search?q=192.0.2.10"] {
        let (hers, his) = (alice.get(place).body, bob.get(place).body);
        assert!(hers.contains("action=\"/q/CSIRT/export\""), "{hers}");
        assert!(!his.contains("/export"), "a reader is shown it: {his}");
    }
    let found = alice.get("/search?q=192.0.2.10").body;
    assert!(
        found.contains("name=\"q\" value=\"obs:192.0.2.10\""),
        "{found}"
    );
    let refused = asked(&bob, "is:open", "format=csv&tlp=red");
    assert_eq!(refused.status, 403);
    assert_eq!(asked(&alice, "is:open", "format=exe&tlp=red").status, 400);
    assert_eq!(
        alice
            .get("/q/OTHER/export?q=is:open&format=csv&tlp=red")
            .status,
        404
    );

    let held = asked(&alice, "obs:198.51.100.7", "format=csv&tlp=amber");
    assert_eq!(held.status, 403);
    assert!(
        held.body.contains(&format!("CSIRT#{red} (TLP:RED)")),
        "{}",
        held.body
    );
    assert!(!held.body.contains("192.0.2.10"));
    assert_eq!(
        asked(&alice, "obs:192.0.2.99", "format=csv&tlp=red").status,
        422
    );
    assert_eq!(left(&installation).len(), 0);

    let file = asked(&alice, "obs:192.0.2.10", "format=iodef&tlp=amber");
    let name = "attachment; filename=\"2-tickets.xml\"";
    assert_eq!(
        (file.status, file.field("Content-Disposition")),
        (200, Some(name))
    );
    let count = |what: &str| file.body.matches(what).count();
    assert_eq!(
        (count("<IODEF-Document"), count("<Incident ")),
        (1, 2),
        "{}",
        file.body
    );
    assert_eq!(left(&installation).len(), 2);
    let who = installation.run(&["ticket", "show", &green]);
    assert!(!who.is_empty());

    let token = |name: &str, scopes: &str| {
        let said = installation.run(&["analyst", "token", "add", name, "--scope", scopes]);
        said.lines().last().unwrap().to_owned()
    };
    let (taker, reader) = (token("taker", "export"), token("reader", "read"));
    let programs = Curl::new(&installation, port);
    let api = |token: &str, rest: &str| -> Answer {
        let bearer = format!("Authorization: Bearer {token}");
        programs.with(&format!("/api/v1/export?{rest}"), &["-H", &bearer])
    };
    let problem = |answer: &Answer| {
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        (answer.status, said["code"].as_str().unwrap().to_owned())
    };
    let refused = api(&reader, "query=is:open&format=csv");
    assert_eq!(problem(&refused), (403, "scope".to_owned()));
    let held = api(&taker, "query=is:open&format=csv");
    assert_eq!(problem(&held), (403, "held".to_owned()));
    assert!(
        held.body.contains(&format!("CSIRT#{red} (TLP:RED)")),
        "{}",
        held.body
    );
    for (rest, status) in [
        ("query=is:opened&format=csv", 400),
        ("query=is:open&format=csv&limit=0", 400),
        ("query=is:open&format=csv&limit=501", 400),
        ("query=is:open&format=exe", 400),
        ("format=csv", 400),
        ("query=obs:192.0.2.99&format=csv", 422),
        ("query=obs:port:22&format=csv", 400),
    ] {
        let answer = api(&taker, rest);
        assert_eq!(answer.status, status, "{rest}: {}", answer.body);
    }
    assert_eq!(left(&installation).len(), 2);
    let all = api(&taker, "query=is:open&format=stix&tlp=red");
    assert_eq!(
        (
            all.field("Pillarbox-Tickets"),
            all.field("Pillarbox-Missing")
        ),
        (Some("3"), None)
    );
    assert!(serde_json::from_str::<Value>(&all.body).is_ok());
    let newest = api(&taker, "query=is:open&format=csv&tlp=red&limit=1");
    assert_eq!(
        (
            newest.field("Pillarbox-Tickets"),
            newest.field("Pillarbox-Missing")
        ),
        (Some("1"), Some("limit"))
    );
    assert!(newest.body.contains("203.0.113.8") && !newest.body.contains("192.0.2.10"));
    assert_eq!(left(&installation).len(), 6);
}
