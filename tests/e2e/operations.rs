//! What an operator does: check and show the configuration, migrate, read health and metrics.

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use crate::mail::{TEAM, mail};
use crate::support::{BINARY, Installation, http_get, send, wait_for};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// The binary on a configuration file of its own; no installation is needed.
fn run(text: &str, environment: &[(&str, &str)], arguments: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pillarbox.toml");
    fs::write(&path, text).unwrap();
    let output = Command::new(BINARY)
        .arg("--config")
        .arg(&path)
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    (output, path.display().to_string())
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn misspelt_key_is_named_with_file_line_and_what_was_meant() {
    let text = "# a comment\n[team]\nname = \"CSIRT\"\nadress = \"csirt@team.example\"\n";
    let (output, path) = run(text, &[], &["config", "check"]);
    assert_eq!(output.status.code(), Some(78), "{}", errors(&output));
    let errors = errors(&output);
    assert!(errors.contains(&format!("{path}:4:")), "{errors}");
    assert!(errors.contains("\"adress\""), "{errors}");
    assert!(errors.contains("did you mean \"address\"?"), "{errors}");
}

#[test]
fn a_second_team_is_told_where_it_belongs() {
    let one = "[team]\nname = \"A\"\naddress = \"csirt@team.example\"\n";
    for second in [
        "[[team]]\nname = \"A\"\n[[team]]\nname = \"B\"\n".to_owned(),
        format!("{one}[teams.b]\nname = \"B\"\n"),
        format!("{one}[[teams]]\nname = \"B\"\n"),
    ] {
        let (output, _) = run(&second, &[], &["serve"]);
        assert_eq!(output.status.code(), Some(78), "{}", errors(&output));
        let errors = errors(&output);
        assert!(
            errors.contains("a second one has a configuration and a database of its own"),
            "{errors}"
        );
    }
    // Nor is it let into the database of the first.
    let installation = Installation::new("");
    let daemon = installation.serve();
    let report = mail(NOC, "Scan", "team.1@partner.example", "", ATTACK);
    let reply = send(installation.ports.smtp, NOC, TEAM, &report);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    drop(daemon);
    let mut command = installation.command(&["serve"]);
    let output = command.env("PILLARBOX__TEAM__NAME", "OTHER").output();
    let output = output.unwrap();
    let said = format!("{}{}", errors(&output), installation.log());
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("the database has tickets of team")
            && said.contains("none of")
            && said.contains("put the old name back"),
        "{said}"
    );
    let _daemon = installation.serve();
}

#[test]
fn a_second_team_is_refused_when_the_database_comes_later() {
    let mut installation = Installation::new("");
    let daemon = installation.serve();
    let report = |id: &str| {
        let report = mail(NOC, "Scan", id, "", ATTACK);
        let reply = send(installation.ports.smtp, NOC, TEAM, &report);
        assert!(reply.starts_with("250"), "{reply}");
    };
    report("late.1@partner.example");
    installation.settle();
    drop(daemon);
    // One is taken in, and waits for a worker.
    let mut daemon = installation.start(&["--role", "listener"], &[], "daemon.log");
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    report("late.2@partner.example");
    drop(daemon);
    installation.cluster.stop().unwrap();
    let other = [("PILLARBOX__TEAM__NAME", "OTHER".to_owned())];
    let mut daemon = installation.start(&[], &other, "other.log");
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    installation.cluster.start().unwrap();
    assert_ne!(daemon.wait(), Some(0));
    let said = std::fs::read_to_string(installation.path("other.log")).unwrap();
    assert!(
        said.contains("the database has tickets of team") && said.contains("put the old name back"),
        "{said}"
    );
    let waiting = "SELECT count(*) FROM inbox WHERE attempts = 0";
    assert_eq!(installation.sql(waiting).trim(), "1", "nobody touched it");
    assert_eq!(
        installation.sql("SELECT DISTINCT team FROM ticket").trim(),
        "CSIRT"
    );
    // The team itself goes on when the database comes.
    installation.cluster.stop().unwrap();
    let _daemon = installation.serve();
    installation.cluster.start().unwrap();
    installation.settle();
    assert_eq!(installation.tickets().len(), 2);
}

#[test]
fn wrong_configuration_ends_with_78_and_says_where() {
    let cases = [
        ("[intake]\nmax_size = \"many\"\n", ":2"),
        ("[team]\nname = \n", "pillarbox.toml"),
        ("[team]\naddress = \"nobody\"\n", "team.address"),
        ("[team]\ntimezone = \"Mars/Olympus\"\n", "team.timezone"),
        (
            "[[listener]]\nname = \"a\"\nprotocol = \"pop3\"\naddress = \"127.0.0.1:1\"\n",
            ":3",
        ),
        (
            "[[listener]]\nname = \"a\"\nprotocol = \"smtp\"\naddress = \"127.0.0.1:1\"\ntls = \"implicit\"\n",
            "tls.certificate",
        ),
        (
            "[team]\naddress = \"csirt@team.example\"\n[[listener]]\nname = \"mx\"\nprotocol = \"smtp\"\naddress = \"127.0.0.1:2525\"\nrequire_tls = true\n[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n",
            "require_tls needs tls",
        ),
        ("[transport]\nestablished = 0\n", "transport.established"),
        ("[transport]\nkeep = \"1 d\"\n", "transport.keep"),
        (
            "[alerts]\nwebhook = \"http://hooks.example/x\"\n",
            "alerts.webhook",
        ),
        (
            "[alerts]\nwebhook = \"https://hooks.example/x\"\n",
            "webhook_secret_file",
        ),
    ];
    assert_refused(&cases);
    let missing = Command::new(BINARY)
        .args(["--config", "/nonexistent/pillarbox.toml", "serve"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(78));
    assert!(
        errors(&missing).contains("config init"),
        "{}",
        errors(&missing)
    );
}

/// `config check` and `config show` end with 78, and name the place.
fn assert_refused(cases: &[(&str, &str)]) {
    for (text, place) in cases {
        for arguments in [["config", "check"], ["config", "show"]] {
            let (output, _) = run(text, &[], &arguments);
            assert_eq!(
                output.status.code(),
                Some(78),
                "{text}: {}",
                errors(&output)
            );
            assert!(
                errors(&output).contains(place),
                "{text}: {}",
                errors(&output)
            );
        }
    }
}

#[test]
fn wrong_outbox_ends_with_78_and_says_what_is_missing() {
    assert_refused(&[
        ("[outbox]\nroute = \"mx\"\n", "outbox.helo"),
        (
            "[[outbox.peer]]\ndomain = \"p.example\"\ntls = \"dane\"\nhost = \"mx.p.example:25\"\n",
            "host replaces them",
        ),
        (
            "[dns]\ndnssec = false\n[[outbox.peer]]\ndomain = \"p.example\"\ntls = \"dane\"\n",
            "dns.dnssec",
        ),
    ]);
}

#[test]
fn configuration_shows_where_each_value_comes_from_and_hides_the_password() {
    let text = "[team]\nname = \"File\"\naddress = \"csirt@team.example\"\n[database]\nurl = \"postgres://pb:hunter2@db.example/pb\"\n";
    let environment = [
        ("PILLARBOX__TEAM__NAME", "Environment"),
        ("PILLARBOX__DATABASE__CONNECTIONS", "3"),
    ];
    let (output, path) = run(text, &environment, &["config", "show", "--origin"]);
    assert!(output.status.success(), "{}", errors(&output));
    let shown = String::from_utf8(output.stdout).unwrap();
    let line = |key: &str| {
        let found = shown
            .lines()
            .find(|line| line.starts_with(&format!("{key} = ")));
        found
            .unwrap_or_else(|| panic!("no {key}: {shown}"))
            .to_owned()
    };
    assert_eq!(
        line("team.name"),
        "team.name = \"Environment\"    # environment PILLARBOX__TEAM__NAME"
    );
    assert_eq!(
        line("team.address"),
        format!("team.address = \"csirt@team.example\"    # {path}:3")
    );
    assert!(line("database.connections").starts_with("database.connections = 3 "));
    assert!(line("intake.max_size").ends_with("# default"));
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(line("database.url").contains("not shown"), "{shown}");
}

#[test]
fn misspelt_variable_is_an_error_that_names_it() {
    let text = "[team]\naddress = \"csirt@team.example\"\n";
    let (output, _) = run(
        text,
        &[("PILLARBOX__TEAM__NMAE", "CSIRT")],
        &["config", "check"],
    );
    assert_eq!(output.status.code(), Some(78), "{}", errors(&output));
    assert!(
        errors(&output).contains("PILLARBOX__TEAM__NMAE"),
        "{}",
        errors(&output)
    );
}

#[test]
fn database_is_migrated_step_by_step_and_serve_refuses_until_then() {
    let installation = Installation::new("");
    installation.sql("CREATE DATABASE fresh");
    let url = installation.cluster.url();
    let url = format!("{}/fresh", url.strip_suffix("/pillarbox").unwrap());
    let run = |arguments: &[&str]| {
        let output = installation
            .command(arguments)
            .env("PILLARBOX__DATABASE__URL", &url)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &errors(&output);
        (output.status.code(), text)
    };
    let (code, text) = run(&["migrate", "status"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains(": missing") && text.contains("pillarbox migrate up"),
        "{text}"
    );
    let (code, text) = run(&["migrate", "plan"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("would be applied"), "{text}");
    let (code, text) = run(&["serve"]);
    assert_eq!(code, Some(78), "{text}");
    assert!(text.contains("pillarbox migrate up"), "{text}");
    assert_eq!(run(&["migrate", "up"]).0, Some(0));
    assert_eq!(
        run(&["migrate", "up"]).0,
        Some(0),
        "a second time does nothing"
    );
    let (code, text) = run(&["migrate", "status"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("missing"), "{text}");
}

#[test]
fn commands_without_a_database_say_69() {
    let mut installation = Installation::new("");
    installation.cluster.stop().unwrap();
    for arguments in [
        ["ticket", "list"],
        ["quarantine", "list"],
        ["migrate", "status"],
    ] {
        let output = installation.output(&arguments);
        assert_eq!(
            output.status.code(),
            Some(69),
            "{arguments:?}: {}",
            errors(&output)
        );
        assert!(!errors(&output).contains("panicked"));
    }
}

#[test]
fn what_is_not_there_is_a_finding() {
    let installation = Installation::new("");
    let absent = "00000000-0000-0000-0000-000000000000";
    for arguments in [
        ["ticket", "show", "CSIRT#999999"],
        ["ticket", "show", "rubbish"],
        ["ticket", "search", "192.0.2.99"],
        ["quarantine", "show", absent],
        ["keys", "export", "nobody@partner.example"],
    ] {
        let output = installation.output(&arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments:?}: {}",
            errors(&output)
        );
    }
    assert_eq!(
        installation.output(&["ticket", "frobnicate"]).status.code(),
        Some(2)
    );
}

#[test]
fn health_and_metrics_tell_how_it_goes_and_name_nobody() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let port = installation.ports.admin;
    // Its port may open after those for mail.
    wait_for("its health", Duration::from_secs(20), || {
        http_get(port, "/health/live").is_some_and(|said| said == "live\n")
    });
    assert_eq!(http_get(port, "/health/ready").unwrap(), "ready\n");
    let report = mail(NOC, "Scan", "m.1@partner.example", "", ATTACK);
    assert!(send(installation.ports.smtp, NOC, TEAM, &report).starts_with("250"));
    let vacation = mail(
        NOC,
        "Away",
        "m.2@partner.example",
        "Auto-Submitted: auto-replied\n",
        "I am away.",
    );
    assert!(send(installation.ports.smtp, NOC, TEAM, &vacation).starts_with("250"));
    installation.settle();
    for (name, value) in [
        ("pillarbox_mail_received_total{outcome=\"kept\"}", 2.0),
        ("pillarbox_mail_filed_total{outcome=\"report\"}", 1.0),
        ("pillarbox_mail_suppressed_total", 1.0),
        ("pillarbox_mail_sent_total{outcome=\"taken\"}", 1.0),
        ("pillarbox_path_seconds_count", 2.0),
    ] {
        assert_eq!(installation.metric(name), value, "{name}");
    }
    let text = http_get(port, "/metrics").unwrap();
    for word in ["partner.example", "192.0.2.10", "Scan", "CSIRT#"] {
        assert!(!text.contains(word), "{word}");
    }
}
