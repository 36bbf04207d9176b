//! What goes away and comes back: the database, certificates, keys, the daemon itself.

use std::fs;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::acts::signed_in;
use crate::gnupg::{Gnupg, encrypted_entity, split_signed};
use crate::mail::{TEAM, crlf, mail, text_of};
use crate::support::{Conversation, Installation, free_port, http_get, send, wait_for};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

fn report(number: usize) -> String {
    mail(
        NOC,
        &format!("Scan {number}"),
        &format!("o.{number}@partner.example"),
        "",
        ATTACK,
    )
}

#[test]
fn without_the_database_mail_is_put_off_and_taken_again_once_it_is_back() {
    let mut installation = Installation::new("");
    let _daemon = installation.serve();
    let ports = installation.ports;
    assert!(send(ports.smtp, NOC, TEAM, &report(1)).starts_with("250"));
    installation.settle();
    for round in 1..3 {
        installation.cluster.stop().unwrap();
        let asked = Instant::now();
        let reply = send(ports.smtp, NOC, TEAM, &report(10 * round));
        assert!(reply.starts_with("451 4."), "{reply}");
        let took = asked.elapsed();
        assert!(took < Duration::from_secs(6), "451 after {took:?}");
        assert!(
            http_get(ports.admin, "/health/ready")
                .unwrap()
                .starts_with("not ready")
        );
        assert_eq!(http_get(ports.admin, "/health/live").unwrap(), "live\n");
        installation.cluster.start().unwrap();
        let back = Instant::now();
        wait_for("250 again", Duration::from_secs(10), || {
            send(ports.smtp, NOC, TEAM, &report(10 * round)).starts_with("250")
        });
        assert!(back.elapsed() < Duration::from_secs(10));
        installation.settle();
        assert_eq!(http_get(ports.admin, "/health/ready").unwrap(), "ready\n");
    }
    assert_eq!(
        installation.tickets().len(),
        3,
        "what was refused is not kept twice"
    );
    assert_eq!(installation.outbox().len(), 3);
}

/// Postgres and its children stop answering, as when their disk hangs; no connection is closed.
fn freeze(installation: &Installation, signal: &str) {
    let postmaster = installation.cluster.pid().unwrap().to_string();
    let found = Command::new("pgrep")
        .args(["-P", &postmaster])
        .output()
        .unwrap();
    let children = String::from_utf8(found.stdout).unwrap();
    let pids = children.lines().chain([postmaster.as_str()]);
    assert!(
        Command::new("kill")
            .arg(signal)
            .args(pids)
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn database_that_hangs_is_as_good_as_away() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let port = installation.ports.smtp;
    assert!(send(port, NOC, TEAM, &report(1)).starts_with("250"));
    installation.settle();
    freeze(&installation, "-STOP");
    let asked = Instant::now();
    let reply = send(port, NOC, TEAM, &report(2));
    let took = asked.elapsed();
    freeze(&installation, "-CONT");
    assert!(reply.starts_with("451 4."), "{reply}");
    assert!(took < Duration::from_secs(10), "451 after {took:?}");
    wait_for("250 again", Duration::from_secs(20), || {
        send(port, NOC, TEAM, &report(2)).starts_with("250")
    });
    installation.settle();
    // What was refused may have been kept all the same: then the second is counted on it.
    assert_eq!(installation.tickets().len(), 2);
    assert_eq!(installation.outbox().len(), 2);
}

#[test]
fn daemon_starts_without_the_database_and_works_when_it_comes() {
    let mut installation = Installation::new("");
    installation.cluster.stop().unwrap();
    let _daemon = installation.serve();
    let reply = send(installation.ports.smtp, NOC, TEAM, &report(1));
    assert!(reply.starts_with("451 4."), "{reply}");
    // What nobody can count is not 0.
    let text = http_get(installation.ports.admin, "/metrics").unwrap();
    for name in ["inbox_depth", "outbox_depth", "tickets_overdue"] {
        assert!(
            text.contains(&format!("# TYPE pillarbox_{name} ")),
            "{text}"
        );
        assert!(!text.contains(&format!("\npillarbox_{name} ")), "{text}");
    }
    installation.cluster.start().unwrap();
    wait_for("250", Duration::from_secs(10), || {
        send(installation.ports.smtp, NOC, TEAM, &report(1)).starts_with("250")
    });
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
}

/// The certificate that a listener shows, by OpenSSL.
fn shown_certificate(port: u16, more: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}")])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("openssl: {error}; apt-get install openssl"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let begin = text
        .find("-----BEGIN CERTIFICATE-----")
        .unwrap_or_else(|| panic!("{text}"));
    let end = text.find("-----END CERTIFICATE-----").unwrap();
    text[begin..end].replace('\n', "")
}

#[test]
fn sighup_shows_the_new_tls_certificate_and_keeps_the_old_one_when_the_new_is_broken() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let shown = || {
        let starttls = shown_certificate(installation.ports.smtp, &["-starttls", "smtp"]);
        assert_eq!(starttls, shown_certificate(installation.ports.smtps, &[]));
        starttls
    };
    let first = shown();
    let fresh = rcgen::generate_simple_self_signed(["mx.team.example".to_owned()]).unwrap();
    fs::write(installation.path("tls.crt"), fresh.cert.pem()).unwrap();
    daemon.signal("HUP");
    // The key does not fit the certificate yet.
    wait_for("the complaint", Duration::from_secs(10), || {
        installation
            .log()
            .contains("the old TLS certificate stays in use")
    });
    assert_eq!(shown(), first);
    fs::write(
        installation.path("tls.key"),
        fresh.signing_key.serialize_pem(),
    )
    .unwrap();
    daemon.signal("HUP");
    wait_for("the new certificate", Duration::from_secs(10), || {
        shown() != first
    });
    assert!(
        fresh
            .cert
            .pem()
            .replace(['\r', '\n'], "")
            .starts_with(&shown())
    );
}

#[test]
fn sighup_takes_new_team_keys_into_use() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Noc <{NOC}>"));
    let old = installation.run(&["keys", "export"]);
    gnupg.import(&old);
    // The newest key signs, and creation times are whole seconds.
    let made = jiff::Timestamp::now().as_second();
    wait_for("the next second", Duration::from_secs(2), || {
        jiff::Timestamp::now().as_second() > made
    });
    installation.run(&["keys", "generate", "team"]);
    let listed = installation.json(&["keys", "list", "--json"]);
    let newest = listed.iter().find(|key| key["place"] == "team").unwrap();
    let fingerprint = newest["fingerprint"].as_str().unwrap();
    gnupg.import(&installation.run(&["keys", "export", fingerprint]));
    daemon.signal("HUP");
    wait_for("the readers", Duration::from_secs(20), || {
        installation.log().contains("OpenPGP keys read anew")
    });

    let armored = gnupg.sign_and_encrypt(
        NOC,
        fingerprint,
        &crlf(&format!("Content-Type: text/plain\n\n{ATTACK}\n")),
    );
    let (head, body) = encrypted_entity(&armored);
    let sealed = mail(NOC, "...", "k.1@partner.example", &head, &body);
    for message in [report(1), sealed] {
        assert!(send(installation.ports.smtp, NOC, TEAM, &message).starts_with("250"));
        installation.settle();
    }
    let tickets = installation.tickets();
    assert!(
        tickets.iter().all(|ticket| ticket["needs_human"].is_null()),
        "mail for the new key is opened: {tickets:?}"
    );
    let sent = installation.outbox();
    let (signed, signature) = split_signed(&sent[0]);
    let status = gnupg.verify(&signed, &signature);
    assert!(
        status.contains(fingerprint),
        "signed with the new key: {status}"
    );
    let text = text_of(&sent[0]);
    assert!(
        text.replace(' ', "").contains(fingerprint),
        "names the new key: {text}"
    );
}

#[test]
fn unusable_new_team_key_does_not_stop_the_work() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let broken = installation.path("keys/openpgp/broken.asc");
    fs::write(
        &broken,
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nrubbish\n-----END PGP PRIVATE KEY BLOCK-----\n",
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&broken, mode).unwrap();
    daemon.signal("HUP");
    wait_for("the complaint", Duration::from_secs(20), || {
        installation
            .log()
            .contains("the old OpenPGP keys stay in use")
    });
    assert!(send(installation.ports.smtp, NOC, TEAM, &report(1)).starts_with("250"));
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
    assert!(installation.outbox()[0].contains("multipart/signed"));
}

#[test]
fn sigterm_lets_a_transfer_end_and_loses_nothing() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let mut idle = Conversation::connect(installation.ports.smtp).unwrap();
    let mut busy = Conversation::connect(installation.ports.smtp).unwrap();
    busy.say("EHLO client.example").unwrap();
    busy.say(&format!("MAIL FROM:<{NOC}>")).unwrap();
    busy.say(&format!("RCPT TO:<{TEAM}>")).unwrap();
    assert!(busy.say("DATA").unwrap().starts_with("354"));
    let message = report(1);
    let (first, second) = message.split_at(message.len() / 2);
    busy.write(first).unwrap();
    // The second half comes after the daemon was told to stop.
    daemon.signal("TERM");
    let goodbye = idle.reply().unwrap();
    assert!(goodbye.starts_with("421 4.3.2"), "{goodbye}");
    wait_for("the socket to close", Duration::from_secs(5), || {
        TcpStream::connect(("127.0.0.1", installation.ports.smtp)).is_err()
    });
    busy.write(second).unwrap();
    let reply = busy.say(".").unwrap();
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    drop(busy);
    assert_eq!(daemon.wait(), Some(0));
    let _daemon = installation.serve();
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
    assert_eq!(installation.outbox().len(), 1);
}

#[test]
fn message_that_cannot_be_opened_waits_for_a_human() {
    let console = free_port();
    let text = format!("[console]\naddress = \"127.0.0.1:{console}\"\n");
    let installation = Installation::new(&text);
    let mut listener = installation.start(&["--role", "listener"], &[], "listener.log");
    installation.wait_for_port(&mut listener, installation.ports.lmtp);
    assert!(send(installation.ports.smtp, NOC, TEAM, &report(1)).starts_with("250"));
    assert!(listener.terminate());
    let spool = installation.sql("SELECT id FROM inbox");
    let spool = spool.trim();
    // The second time this puts it right.
    let damage = "UPDATE inbox SET content = set_byte(content, 200, get_byte(content, 200) # 1)";
    installation.sql(damage);
    let _daemon = installation.serve();
    let unreadable = || installation.metric("pillarbox_inbox_unreadable");
    wait_for("the last attempt", Duration::from_secs(20), || {
        unreadable() == 1.0
    });
    installation.settle();
    let log = installation.log();
    assert_eq!(log.matches("\"ERROR\"").count(), 1, "{log}");
    let line = format!("unreadable  {spool}  not-authentic");
    let listed = installation.run(&["quarantine", "list"]);
    assert!(listed.lines().any(|found| found == line), "{listed}");
    let expected =
        serde_json::json!({"state": "unreadable", "id": spool, "reason": "not-authentic"});
    assert_eq!(installation.quarantine(), [expected]);
    let nobody = [
        "quarantine",
        "retry",
        "00000000-0000-7000-8000-000000000000",
    ];
    assert_eq!(installation.output(&nobody).status.code(), Some(1));

    // What can't be written down is not done.
    installation.sql(
        "CREATE FUNCTION no_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER no_line BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = 'retried') EXECUTE FUNCTION no_line()",
    );
    let alice = signed_in(&installation, console, "alice", "analyst");
    let word = alice.get("/quarantine").word();
    let press = || alice.post(&format!("/quarantine/{spool}/retry"), &[("word", &word)]);
    let said = installation.run(&["analyst", "token", "add", "robot", "--scope", "act"]);
    let bearer = format!("Authorization: Bearer {}", said.lines().last().unwrap());
    let ask = || {
        let place = format!("/api/v1/quarantine/{spool}/retry");
        let fields = [
            "-H",
            &bearer,
            "-H",
            "Idempotency-Key: once",
            "-H",
            "Content-Type: application/json",
            "-d",
            "{}",
        ];
        alice.with(&place, &fields).status
    };
    let terminal = || installation.output(&["quarantine", "retry", spool]);
    assert_eq!((press().status, ask()), (503, 500));
    assert!(!terminal().status.success());
    assert_eq!(installation.quarantine().len(), 1);
    assert_eq!(
        installation.sql("SELECT count(*) FROM inbox WHERE due_at = 'infinity'"),
        "1\n"
    );
    installation.sql("DROP TRIGGER no_line ON audit");

    installation.sql(damage);
    assert_eq!(
        installation.run(&["quarantine", "retry", spool]),
        "1 due again\n"
    );
    installation.settle();
    assert_eq!(unreadable(), 0.0);
    assert_eq!(installation.tickets().len(), 1);
    let line = installation.sql("SELECT detail FROM audit WHERE action = 'retried'");
    assert_eq!(line, format!("spool={spool}\n"));
}
