//! Whose problem a ticket is, where its values were seen before, and how it leaves for other teams' tools.

use serde_json::Value;

use crate::mail::{TEAM, mail};
use crate::support::{Installation, send};

const OURS: &str =
    "[constituency]\nnetworks = [\"198.51.100.0/24\"]\ndomains = [\"stadtwerke-lindau.de\"]\n";
const SENDERS: [&str; 3] = ["noc@one.example", "noc@two.example", "noc@three.example"];
const TEXTS: [&str; 3] = [
    "TLP:GREEN\n\nSSH brute force from 192.0.2.10 port 4455 against your server 198.51.100.7 port 22/tcp on 5 March 2024 at 02:11:09 UTC.",
    "Phishing at hxxps://login[.]stadtwerke-lindav[.]de/kit on 192[.]0.2.10, against your customers at 198.51.100.9, CVE-2021-44228.",
    "TLP:RED\n\nPort scan from 203.0.113.8 against 198.51.100.7 on 6 March 2024 at 10:00 UTC. See CVE-2021-44228. =cmd|' /C calc'!A0",
];

/// An installation with these reports, and their references in this order.
fn filed() -> (Installation, Vec<String>) {
    let installation = Installation::new(OURS);
    let daemon = installation.serve();
    for (number, (from, text)) in SENDERS.iter().zip(TEXTS).enumerate() {
        let id = format!("e.{number}@reports.example");
        let report = mail(from, &format!("Report {number}"), &id, "", text);
        assert!(send(installation.ports.smtp, from, TEAM, &report).starts_with("250"));
        installation.settle();
    }
    assert!(daemon.terminate());
    let listed = installation.tickets();
    let of = |from: &&str| {
        let ticket = listed
            .iter()
            .find(|ticket| ticket["first"]["from"] == **from);
        ticket.unwrap()["reference"].as_str().unwrap().to_owned()
    };
    let references = SENDERS.iter().map(of).collect();
    (installation, references)
}

#[test]
fn a_ticket_tells_whose_it_is_and_where_its_values_were_seen() {
    let (installation, references) = filed();
    let listed = installation.tickets();
    let of = |place: usize| {
        let is_it = |ticket: &&Value| ticket["reference"] == references[place].as_str();
        listed.iter().find(is_it).unwrap()
    };
    // The first and the second share an attacker, the second and the third a CVE id; their own network says nothing.
    let seen: Vec<u64> = (0..3)
        .map(|at| of(at)["seen_before"].as_u64().unwrap())
        .collect();
    assert_eq!(seen, [1, 2, 1]);
    assert_eq!(of(0)["constituency"][0]["of"], "198.51.100.0/24");
    let alike = &of(1)["constituency"][1];
    assert_eq!(alike["relation"], "look-alike");
    assert_eq!(
        (&alike["of"], &alike["rule"]),
        (&"stadtwerke-lindau.de".into(), &"edit".into())
    );

    let shown = installation.run(&["ticket", "show", &references[1]]);
    for line in [
        format!(
            "Seen before 192.0.2.10 in 1 other ticket, last {}, within the hour",
            references[0]
        ),
        format!(
            "Seen before CVE-2021-44228 in 1 other ticket, last {}",
            references[2]
        ),
        "login.stadtwerke-lindav.de  · like stadtwerke-lindau.de (edit)".to_owned(),
        "Concerns      198.51.100.0/24 (+1)".to_owned(),
    ] {
        assert!(shown.contains(&line), "{line}\n{shown}");
    }
    assert!(!shown.contains("Seen before 198.51"), "{shown}");
    let shown = &installation.json(&["ticket", "show", &references[0], "--json"])[0];
    assert_eq!(shown["seen_before"].as_array().unwrap().len(), 1);
    assert_eq!(shown["seen_before"][0]["last"], references[1].as_str());
    let target = &shown["entries"][0]["incident"]["destinations"][0];
    assert_eq!(target["constituency"]["of"], "198.51.100.0/24");
    assert_eq!(
        shown["entries"][0]["incident"]["sources"][0]["constituency"],
        Value::Null
    );

    let found = installation.run(&["ticket", "search", "198.51.100.7"]);
    assert!(
        found.contains("198.51.100.7, port 22/tcp  · 198.51.100.0/24"),
        "{found}"
    );
    let rows = installation.sql("SELECT count(*) FROM audit WHERE action = 'searched'");
    // Two lists, of which the second asks for the same values within the hour, two tickets, one search.
    assert_eq!(rows.trim(), "4");
}

#[test]
fn what_leaves_is_marked_and_red_stays_unless_somebody_says_so() {
    let (installation, references) = filed();
    let [green, unmarked, red] = [0, 1, 2].map(|at| references[at].as_str());
    let export =
        |arguments: &[&str]| installation.output(&[&["ticket", "export"], arguments].concat());
    let exported = || -> usize {
        let rows = installation.sql("SELECT count(*) FROM audit WHERE action = 'exported'");
        rows.trim().parse().unwrap()
    };

    let stix: Value = serde_json::from_str(
        &installation.run(&["ticket", "export", green, unmarked, "--format", "stix"]),
    )
    .unwrap();
    let objects = stix["objects"].as_array().unwrap();
    let marks: Vec<&str> = objects
        .iter()
        .filter(|one| one["type"] == "marking-definition")
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        (
            marks.len(),
            marks.contains(&"TLP:GREEN"),
            marks.contains(&"TLP:AMBER")
        ),
        (2, true, true)
    );
    let hosts = objects
        .iter()
        .filter(|one| one["value"] == "192.0.2.10")
        .count();
    assert_eq!(hosts, 1);
    assert_eq!(exported(), 2);

    // Not one of them leaves when one must not.
    for format in ["intelmq", "iodef", "misp", "stix", "csv", "indicators"] {
        let output = export(&[green, red, "--format", format]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            output.stdout.is_empty() && said.contains("TLP:RED") && said.contains("--tlp red"),
            "{said}"
        );
    }
    assert_eq!(
        export(&[unmarked, "--format", "csv", "--tlp", "green"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(exported(), 2);

    let path = installation.path("red.csv");
    let file = path.to_str().unwrap();
    installation.run(&[
        "ticket", "export", green, red, "--format", "csv", "--tlp", "red", "--out", file,
    ]);
    let table = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        (
            table.matches("time_utc").count(),
            table.matches("TLP:RED").count()
        ),
        (1, 1),
        "{table}"
    );
    assert_ne!(
        export(&[green, "--format", "csv", "--out", file])
            .status
            .code(),
        Some(0)
    );
    let trail = installation.run(&["ticket", "export", red, "--format", "iodef", "--tlp", "red"]);
    assert!(
        trail.contains("restriction=\"red\"") && trail.contains("203.0.113.8"),
        "{trail}"
    );
    let (green_misp, both) = (
        installation.run(&["ticket", "export", green, "--format", "misp"]),
        installation.run(&["ticket", "export", green, unmarked, "--format", "misp"]),
    );
    assert!(green_misp.contains("\"tlp:green\"") && green_misp.starts_with("{\"Event\""));
    let both: Value = serde_json::from_str(&both).unwrap();
    assert_eq!(both["response"].as_array().unwrap().len(), 2);
}
