//! Parts of messages, one by one: listed with what they are, saved as they came, shown by nobody (T46).

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::browser::{Curl, Login};
use crate::console::{submit, with_console};
use crate::desk::{encrypted_report, shown};
use crate::mail::crlf;
use crate::support::Installation;

const NOC: &str = "noc@partner.example";
/// A program that calls itself a picture of a bill, in a folder that is none of its business.
const PROGRAM: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0 this stands for a program that somebody sent us as a sample of his.";
/// `../../etc/cron.d/bill`, and the last letters turned around.
const NAME: &str = "..%2F..%2Fetc%2Fcron.d%2Fbill%E2%80%AEfdp.exe";

fn base64(octets: &[u8]) -> String {
    let mut child = Command::new("base64")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(octets).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

fn sha256(octets: &[u8]) -> String {
    let mut child = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(octets).unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    said.split(' ').next().unwrap().to_owned()
}

fn report(id: &str) -> String {
    crlf(&format!(
        "From: {NOC}\nTo: csirt@team.example\nSubject: Sample\nMessage-ID: <{id}@partner.example>\n\
         Date: Tue, 05 Mar 2024 09:00:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
         --b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nD=E9couvert: 192.0.2.10 sends it.\n\
         --b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename*=utf-8''{NAME}\n\n{}\n--b--\n",
        base64(PROGRAM)
    ))
}

fn part<'a>(ticket: &'a Value, id: &str) -> &'a Value {
    let parts = ticket["entries"][0]["parts"].as_array().unwrap();
    parts.iter().find(|part| part["id"] == id).unwrap()
}

fn save(installation: &Installation, serial: &str, id: &str, path: &str) -> std::process::Output {
    let path = installation.path(path).display().to_string();
    installation.output(&[
        "ticket",
        "attachment",
        serial,
        "--message",
        "1",
        "--part",
        id,
        "--output",
        &path,
    ])
}

#[test]
fn an_attachment_is_listed_with_what_it_is_and_saved_as_it_came() {
    let (installation, _daemon, port) = with_console();
    let serial = submit(&installation, &report("p.1"));
    let digest = sha256(PROGRAM);

    // In the terminal.
    let ticket = shown(&installation, &serial);
    let program = part(&ticket, "2");
    assert_eq!(program["content_type"], "application/pdf");
    assert_eq!(
        program["detected_type"],
        "application/vnd.microsoft.portable-executable"
    );
    assert_eq!(
        (&program["octets"], &program["sha256"]),
        (&PROGRAM.len().into(), &digest.as_str().into())
    );
    // Of a text: of the octets as they came, not of the characters.
    let text = b"D\xe9couvert: 192.0.2.10 sends it.";
    assert_eq!(part(&ticket, "1")["sha256"], sha256(text));
    let said = installation.run(&["ticket", "show", &serial]);
    assert!(
        said.contains(&format!("SHA-256 {digest}")) && said.contains("bill␦fdp.exe"),
        "{said}"
    );
    assert!(!said.contains('\u{202e}'), "{said}");
    let output = save(&installation, &serial, "2", "sample.bin");
    assert!(output.status.success(), "{output:?}");
    let path = installation.path("sample.bin");
    assert_eq!(std::fs::read(&path).unwrap(), PROGRAM);
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others may read it");
    // Never over another, nor through a link.
    assert!(
        !save(&installation, &serial, "2", "sample.bin")
            .status
            .success()
    );
    symlink(installation.path("elsewhere"), installation.path("link")).unwrap();
    assert!(!save(&installation, &serial, "2", "link").status.success());
    assert!(!installation.path("elsewhere").exists());
    let none = save(&installation, &serial, "3", "none.bin");
    assert_eq!(none.status.code(), Some(1), "{none:?}");
    assert!(!installation.path("none.bin").exists());

    // The same file is found, and known again.
    let found = installation.run(&["ticket", "search", &digest]);
    assert!(found.contains(&format!("#{serial}")), "{found}");
    let again = submit(&installation, &report("p.2"));
    let said = installation.run(&["ticket", "show", &again]);
    assert!(said.matches(&digest).count() >= 2, "seen before: {said}");

    // In the console: for saving only, for analysts only.
    let login = Login::new(&installation, "alice", "analyst");
    let alice = Curl::new(&installation, port);
    assert_eq!(
        alice.sign_in("alice", login.password, &login.code()).status,
        303
    );
    let page = alice.get(&format!("/t/{serial}")).body;
    assert!(
        page.contains(&digest) && page.contains("a program, or what starts one"),
        "{page}"
    );
    assert!(
        page.contains("bill␦fdp.exe") && !page.contains('\u{202e}'),
        "{page}"
    );
    let place = format!("/t/{serial}/part/1/2");
    assert!(
        page.contains(&format!("href=\"{place}\" download")),
        "{page}"
    );
    let taken = alice.get(&place);
    assert_eq!((taken.status, taken.octets.ends_with(PROGRAM)), (200, true));
    for (name, value) in [
        ("Content-Type", "application/octet-stream"),
        ("X-Content-Type-Options", "nosniff"),
        (
            "Content-Disposition",
            &format!("attachment; filename=\"{serial}-1-part-2.bin\""),
        ),
    ] {
        assert_eq!(taken.field(name), Some(value));
    }
    let policy = taken.field("Content-Security-Policy").unwrap();
    assert!(policy.starts_with("sandbox;"), "{policy}");
    for nowhere in [
        "part/1/3",
        "part/2/2",
        "part/0/2",
        "part/1/..%2F2",
        "part/1/%00",
    ] {
        assert_eq!(
            alice.get(&format!("/t/{serial}/{nowhere}")).status,
            404,
            "{nowhere}"
        );
    }
    let login = Login::new(&installation, "bob", "reader");
    let bob = Curl::new(&installation, port);
    assert_eq!(
        bob.sign_in("bob", login.password, &login.code()).status,
        303
    );
    assert!(!bob.get(&format!("/t/{serial}")).body.contains("/part/1/2"));
    assert_eq!(bob.get(&place).status, 403);

    // By a program.
    let token = |name: &str, scope: &str| {
        let said = installation.run(&["analyst", "token", "add", name, "--scope", scope]);
        format!("Authorization: Bearer {}", said.lines().last().unwrap())
    };
    let place = format!(
        "/api/v1/tickets/{}/messages/1/parts",
        serial.trim_start_matches('0')
    );
    let curl = Curl::new(&installation, port);
    let may = token("soar", "read,export");
    let taken = curl.with(&format!("{place}/2"), &["-H", &may]);
    assert_eq!((taken.status, taken.octets.ends_with(PROGRAM)), (200, true));
    assert_eq!(
        taken.field("Content-Type"),
        Some("application/octet-stream")
    );
    assert_eq!(curl.with(&format!("{place}/3"), &["-H", &may]).status, 404);
    let may_not = token("reader", "read");
    assert_eq!(
        curl.with(&format!("{place}/2"), &["-H", &may_not]).status,
        403
    );

    // Everybody who took it is in the trail.
    let trail = installation
        .sql("SELECT actor FROM audit WHERE action = 'read' AND detail = 'message=1 part=2'");
    // Also where the file could not be written then.
    assert_eq!(trail.lines().count(), 5, "{trail}");
    assert!(
        trail.contains("alice (console)") && trail.contains("soar"),
        "{trail}"
    );
    installation.run(&["verify"]);
}

#[test]
fn an_attachment_that_came_encrypted_is_saved_in_clear_while_there_is_a_key() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let (gnupg, reference) = encrypted_report(&installation);
    let ticket = shown(&installation, &reference);
    let key = part(&ticket, "2");
    assert_eq!(
        (&key["encrypted"], &key["filename"]),
        (&true.into(), &"key.asc".into())
    );
    assert_eq!(key["detected_type"], "application/pgp-keys");
    let output = save(&installation, &reference, "2", "key.asc");
    assert!(output.status.success(), "{output:?}");
    let saved = std::fs::read_to_string(installation.path("key.asc")).unwrap();
    assert_eq!(saved.trim(), crlf(gnupg.export(NOC).trim()).trim());
    drop(daemon);
    // Without the team's key it stays closed, and that is said.
    let folder = std::fs::read_dir(installation.path("keys/openpgp"));
    for file in folder.into_iter().flatten().flatten() {
        std::fs::remove_file(file.path()).unwrap();
    }
    let output = save(&installation, &reference, "2", "again.asc");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && !installation.path("again.asc").exists(),
        "{said}"
    );
}
