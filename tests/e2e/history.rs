//! Whoever writes to the database can't change, move or take away anything without `verify` naming it (T72).

use std::process::Command;

use serde_json::Value;

use crate::mail::{TEAM, id_of, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";
const OTHER: &str = "soc@other.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// Two tickets, one of them with three messages, and a suppressed message; the daemon has ended, so that everything is anchored.
fn stored() -> Installation {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let submit = |from: &str, message: &str| {
        assert!(send(installation.ports.smtp, from, TEAM, message).starts_with("250"));
        installation.settle();
    };
    let proved =
        "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";
    submit(
        NOC,
        &mail(
            NOC,
            "[CERT-X #77] Scan",
            "h.1@partner.example",
            proved,
            ATTACK,
        ),
    );
    let acknowledgement = installation.outbox().remove(0);
    for number in 2..4 {
        let reply = format!("{proved}In-Reply-To: <{}>\n", id_of(&acknowledgement));
        let id = format!("h.{number}@partner.example");
        let text = format!("It goes on, now from 192.0.2.{number} port 80/tcp to 198.51.100.8.");
        submit(NOC, &mail(NOC, "Re: Scan", &id, &reply, &text));
    }
    submit(
        OTHER,
        &mail(
            OTHER,
            "Phishing",
            "h.4@other.example",
            "",
            "See http://login.evil.example/x from 192.0.2.99.",
        ),
    );
    let away = "Auto-Submitted: auto-replied\n";
    submit(
        NOC,
        &mail(
            NOC,
            "Away",
            "h.5@partner.example",
            away,
            "I am away, mail boss@partner.example.",
        ),
    );
    let team = installation.run(&["keys", "export"]);
    std::fs::write(installation.path("team.asc"), team).unwrap();
    let file = installation.path("team.asc").display().to_string();
    installation.run(&["keys", "import", &file]);
    // As it was, for those who put it back.
    installation.sql("CREATE TABLE old_binding AS TABLE certificate_binding");
    installation.sql("CREATE TABLE old_certificate AS TABLE certificate");
    let keys = installation.json(&["keys", "list", "--json"]);
    let team = keys.iter().find(|key| key["place"] == "team").unwrap();
    let fingerprint = team["fingerprint"].as_str().unwrap();
    let trust = [
        "keys",
        "trust",
        fingerprint,
        "--address",
        TEAM,
        "--why",
        "ours",
    ];
    installation.run(&trust);
    installation.run(&["keys", "extend"]);
    std::fs::write(&file, installation.run(&["keys", "export"])).unwrap();
    installation.run(&["keys", "import", &file]);
    let tickets = installation.tickets();
    let reference = |of: usize| tickets[of]["reference"].as_str().unwrap();
    assert_eq!(tickets.len(), 2);
    // A letter that expects an answer, one whose answer is no longer awaited, one that was taken back, and a link.
    std::fs::write(&file, "Which ports?").unwrap();
    let letter = ["ticket", "reply", reference(1), "--yes", "--text", &file];
    let waits = ["--expect-answer", "2099-12-31"];
    installation.run(&[&letter[..], &waits].concat());
    installation.run(&["ticket", "status", reference(1), "open"]);
    installation.run(&[&letter[..], &waits].concat());
    installation.run(&[&letter[..], &waits].concat());
    installation.run(&["ticket", "reply", reference(1), "--undo"]);
    installation.run(&["ticket", "link", reference(0), "parent", reference(1)]);
    assert!(daemon.terminate());
    installation
}

/// A copy of the database that something was done to; what `verify` says of it.
fn tampered(installation: &Installation, statement: &str) -> (i32, Vec<Value>) {
    installation.sql("CREATE DATABASE copy TEMPLATE pillarbox");
    let url = installation.cluster.url();
    let url = format!("{}/copy", url.strip_suffix("/pillarbox").unwrap());
    let done = Command::new("psql")
        .args([&url, "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{statement}: {errors}");
    let output = installation
        .command(&["verify", "--json"])
        .env("PILLARBOX__DATABASE__URL", &url)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(text.trim()).unwrap_or_default();
    installation.sql("DROP DATABASE copy");
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    (output.status.code().unwrap(), findings)
}

/// The ticket with three messages.
const TICKET: &str = "(SELECT ticket FROM entry GROUP BY ticket HAVING count(*) = 3)";
/// Its second message.
const SECOND: &str = "(SELECT id FROM entry WHERE ticket = (SELECT ticket FROM entry GROUP BY ticket HAVING count(*) = 3) ORDER BY id OFFSET 1 LIMIT 1)";
/// Lines of the audit trail of the deployment and of all others.
const NOBODY: &str = "'00000000-0000-0000-0000-000000000000'";

/// What is done, and the table and the word that must be named.
fn deeds() -> Vec<(String, &'static str, &'static str)> {
    let swap = |column: &str| {
        format!(
            "UPDATE entry a SET {column} = b.{column} FROM entry b WHERE a.ticket = {TICKET} AND b.ticket IS NOT NULL AND b.ticket <> {TICKET}"
        )
    };
    let within = |column: &str, other: &str| {
        format!("UPDATE entry SET {column} = {other} WHERE id = {SECOND}")
    };
    let flip = |table: &str, column: &str, condition: &str| {
        format!(
            "UPDATE {table} SET {column} = set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 1) WHERE {condition}"
        )
    };
    let cut = |table: &str, column: &str, condition: &str| {
        format!("UPDATE {table} SET {column} = substr({column}, 1, 40) WHERE {condition}")
    };
    vec![
        // Sealed columns: altered, cut, moved within and between tickets.
        (flip("entry", "raw", &format!("id = {SECOND}")), "entry", "altered"),
        (flip("entry", "summary", &format!("id = {SECOND}")), "entry", "altered"),
        (flip("entry", "reading", &format!("id = {SECOND}")), "entry", "altered"),
        (cut("entry", "raw", &format!("id = {SECOND}")), "entry", "truncated"),
        (swap("raw"), "entry", "swapped"),
        (swap("summary"), "entry", "swapped"),
        (swap("reading"), "entry", "swapped"),
        (within("raw", "reading"), "entry", "swapped"),
        (within("summary", &format!("(SELECT summary FROM entry WHERE ticket = {TICKET} ORDER BY id LIMIT 1)")), "entry", "swapped"),
        (flip("observable", "value", "true"), "observable", "altered"),
        ("UPDATE observable a SET value = b.value FROM observable b WHERE a.case_id <> b.case_id".into(), "observable", "swapped"),
        (flip("outbox", "message", "true"), "outbox", "altered"),
        ("UPDATE outbox a SET message = b.message FROM outbox b WHERE a.case_id <> b.case_id".into(), "outbox", "swapped"),
        (flip("case_key", "wrapped", &format!("id = {TICKET}")), "case_key", "altered"),
        ("UPDATE case_key a SET wrapped = b.wrapped FROM case_key b WHERE a.id <> b.id".into(), "case_key", "altered"),
        (flip("certificate", "sealed", "true"), "certificate", "altered"),
        ("DELETE FROM certificate_handle; DELETE FROM certificate_binding; DELETE FROM certificate_event; DELETE FROM certificate".into(), "certificate", "missing"),
        // Rows and columns in clear.
        (format!("DELETE FROM observable WHERE entry = {SECOND}; DELETE FROM entry WHERE id = {SECOND}"), "entry", "missing"),
        (format!("INSERT INTO entry SELECT gen_random_uuid(), case_id, ticket, kind, rule, answer, signature, was_encrypted, copies, received_hour, size_bucket, raw, summary, reading FROM entry WHERE id = {SECOND}"), "entry", "added"),
        (format!("UPDATE entry SET signature = 'good' WHERE id = {SECOND}"), "entry", "altered"),
        (format!("UPDATE entry SET was_encrypted = true WHERE id = {SECOND}"), "entry", "altered"),
        (format!("UPDATE entry SET received_hour = received_hour - interval '1 hour' WHERE id = {SECOND}"), "entry", "altered"),
        (format!("UPDATE entry SET ticket = NULL WHERE id = {SECOND}"), "entry", "altered"),
        (format!("UPDATE entry SET case_id = (SELECT id FROM ticket WHERE id <> {TICKET}) WHERE id = {SECOND}"), "entry", "swapped"),
        (format!("UPDATE ticket SET serial = serial + 1 WHERE id = {TICKET}"), "ticket", "altered"),
        (format!("DELETE FROM party WHERE ticket = {TICKET}"), "party", "missing"),
        (format!("INSERT INTO party VALUES ({TICKET}, '\\x00112233445566778899aabbccddeeff')"), "party", "added"),
        ("UPDATE party a SET digest = b.digest FROM party b WHERE a.ticket <> b.ticket".into(), "party", "missing"),
        ("DELETE FROM foreign_reference".into(), "foreign_reference", "missing"),
        (format!("DELETE FROM observable WHERE entry = {SECOND}"), "observable", "missing"),
        (format!("DELETE FROM observable_index WHERE entry = {SECOND} AND family = 0"), "observable_index", "missing"),
        (format!("UPDATE observable_index SET cell = cell + 1000000 WHERE entry = {SECOND} AND family = 0"), "observable_index", "altered"),
        (format!("INSERT INTO observable_index VALUES ({SECOND}, 7, '2026-01-01', 1, gen_random_uuid())"), "observable_index", "altered"),
        (format!("INSERT INTO observable_index SELECT * FROM observable_index WHERE entry = {SECOND} AND family = 0"), "observable_index", "added"),
        (format!("UPDATE observable_index SET mark = gen_random_uuid() WHERE entry = {SECOND} AND family = 0"), "observable_index", "altered"),
        (format!("UPDATE observable_index a SET mark = b.mark, cell = b.cell FROM observable_index b WHERE a.entry = {SECOND} AND b.entry <> a.entry AND a.family = b.family"), "observable_index", "altered"),
        (format!("DELETE FROM outbox WHERE case_id = {TICKET}"), "outbox", "missing"),
        // Whose a certificate is, and whether a ticket is closed.
        ("UPDATE certificate_binding SET state = CASE state WHEN 'pinned' THEN 'authenticated' ELSE 'pinned' END".into(), "certificate_binding", "altered"),
        ("UPDATE certificate_binding SET proof = 'wkd'".into(), "certificate_binding", "altered"),
        ("DELETE FROM certificate_binding".into(), "certificate_binding", "missing"),
        ("DELETE FROM certificate_binding; INSERT INTO certificate_binding SELECT * FROM old_binding".into(), "certificate_binding", "altered"),
        ("INSERT INTO certificate_binding SELECT gen_random_uuid(), '\\x00', certificate, state, proof, sealed, mac FROM old_binding".into(), "certificate_binding", "added"),
        ("UPDATE certificate c SET sealed = o.sealed FROM old_certificate o WHERE o.id = c.id".into(), "certificate", "altered"),
        ("DELETE FROM certificate_event WHERE action = 'merged'".into(), "certificate_event", "missing"),
        (format!("UPDATE ticket SET state = 'resolved' WHERE id = {TICKET}"), "ticket", "altered"),
        ("DELETE FROM ticket_event WHERE action = 'linked'".into(), "ticket_event", "missing"),
        (flip("ticket_event", "detail", "action = 'linked'"), "ticket_event", "altered"),
        // The answers that letters expect.
        ("DELETE FROM awaited WHERE ended = ''".into(), "awaited", "missing"),
        ("INSERT INTO awaited SELECT gen_random_uuid(), ticket, letter, party, until FROM awaited".into(), "awaited", "added"),
        ("UPDATE awaited SET until = until + interval '1 day' WHERE ended = ''".into(), "awaited", "altered"),
        ("UPDATE awaited SET until = until - interval '1 day' WHERE ended = ''".into(), "awaited", "altered"),
        ("UPDATE awaited SET until = until + interval '1 day', failed = '5.1.1'".into(), "awaited", "altered"),
        ("UPDATE awaited SET party = '\\x00112233445566778899aabbccddeeff' WHERE ended = ''".into(), "awaited", "altered"),
        ("UPDATE awaited SET letter = gen_random_uuid()".into(), "awaited", "altered"),
        ("UPDATE awaited SET ended = 'answered' WHERE ended = ''".into(), "awaited", "altered"),
        ("UPDATE awaited SET ended = 'withdrawn' WHERE ended = ''".into(), "awaited", "altered"),
        ("UPDATE awaited SET ended = '' WHERE ended = 'withdrawn'".into(), "awaited", "altered"),
        // The audit trail.
        (format!("UPDATE audit SET actor = 'mallory' WHERE case_id = {TICKET} AND number = 2"), "audit", "altered"),
        (format!("UPDATE audit SET at = at - interval '1 day' WHERE case_id = {TICKET} AND number = 1"), "audit", "altered"),
        (format!("UPDATE audit SET detail = '' WHERE case_id = {NOBODY}"), "audit", "altered"),
        (format!("DELETE FROM audit WHERE case_id = {TICKET} AND number = 2"), "audit", "missing"),
        (format!("DELETE FROM audit WHERE case_id = {TICKET} AND number = 3"), "audit", "missing"),
        (format!("DELETE FROM audit WHERE case_id = {TICKET}"), "audit", "missing"),
        (format!("DELETE FROM audit WHERE case_id = {NOBODY}"), "audit", "missing"),
        (format!("DELETE FROM audit_head WHERE case_id = {TICKET}"), "audit_head", "missing"),
        (format!("UPDATE audit_head SET number = 2, mac = (SELECT mac FROM audit WHERE case_id = {TICKET} AND number = 2) WHERE case_id = {TICKET}"), "audit_head", "altered"),
        (format!("UPDATE audit a SET mac = b.mac FROM audit b WHERE a.case_id = {TICKET} AND b.case_id = {TICKET} AND a.number = 2 AND b.number = 3"), "audit", "altered"),
        ("UPDATE audit a SET detail = b.detail, mac = b.mac FROM audit b WHERE a.number = 1 AND b.number = 1 AND a.case_id <> b.case_id".into(), "audit", "altered"),
        // A whole ticket, with everything that names it but the anchors; then with these.
        (gone(""), "audit", "missing"),
        (gone(&format!("DELETE FROM audit_anchor WHERE case_id = {TICKET};")), "audit_anchor", "truncated"),
    ]
}

fn gone(first: &str) -> String {
    let mut statements = format!("CREATE TEMP TABLE t AS SELECT {TICKET} AS id; {first}").replace(
        &format!("DELETE FROM audit_anchor WHERE case_id = {TICKET}"),
        "DELETE FROM audit_anchor WHERE case_id = (SELECT id FROM t)",
    );
    for (table, column) in [
        ("observable", "case_id"),
        ("foreign_reference", "ticket"),
        ("party", "ticket"),
        ("entry", "case_id"),
        ("ticket", "id"),
        ("outbox", "case_id"),
        ("audit", "case_id"),
        ("audit_head", "case_id"),
        ("case_key", "id"),
    ] {
        statements.push_str(&format!(
            "DELETE FROM {table} WHERE {column} = (SELECT id FROM t);"
        ));
    }
    statements
}

#[test]
fn whatever_is_changed_moved_or_taken_away_is_named() {
    let installation = stored();
    let (code, findings) = tampered(&installation, "SELECT 1");
    assert_eq!((code, findings.len()), (0, 0), "{findings:?}");
    let mut unnamed = Vec::new();
    for (deed, table, what) in deeds() {
        let (code, findings) = tampered(&installation, &deed);
        let named = findings
            .iter()
            .any(|finding| finding["table"] == table && finding["what"] == what);
        if code != 1 || !named {
            unnamed.push((deed, table, what, findings));
        }
    }
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    assert_one_ticket_can_be_verified(&installation);
}

fn assert_one_ticket_can_be_verified(installation: &Installation) {
    installation.sql(&format!("UPDATE entry SET rule = 'x' WHERE id = {SECOND}"));
    let mut codes = Vec::new();
    for ticket in installation.tickets() {
        let reference = ticket["reference"].as_str().unwrap();
        let output = installation.output(&["verify", reference]);
        let text = String::from_utf8(output.stdout).unwrap();
        codes.push(output.status.code().unwrap());
        if output.status.code() == Some(1) {
            assert_eq!(
                text,
                format!("{reference}  entry message 2 (in clear): altered\n")
            );
        }
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 1]);
}
