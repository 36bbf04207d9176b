//! Messages made to break readers, under the limits that we ship: each becomes a ticket, at the first attempt.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::post::{post, post_small, raw};
use crate::support::{Installation, installed};

/// Sends it, and expects a ticket that was read at the first attempt.
fn is_read_at_once(installation: &Installation, message: &[u8]) -> serde_json::Value {
    let daemon = installation.serve();
    let reply = post(installation, message);
    assert!(reply.starts_with("250 "), "{reply}");
    post_small(installation, "small");
    installation.settle();
    let log = installation.log();
    assert!(!log.contains("reading failed"), "{log}");
    let mut tickets = installation.tickets();
    assert_eq!(tickets.len(), 2);
    tickets.retain(|ticket| ticket["first"]["subject"] != "small");
    let ticket = tickets.remove(0);
    assert!(raw(installation, &ticket) == message);
    assert!(daemon.terminate());
    ticket
}

#[test]
fn three_hundred_thousand_nested_messages() {
    let installation = Installation::new("");
    let mut message =
        b"From: nest@partner.example\r\nSubject: Nest\r\nMIME-Version: 1.0\r\n".to_vec();
    for _ in 0..300_000 {
        message.extend_from_slice(b"Content-Type: message/rfc822\r\n\r\n");
    }
    message.extend_from_slice(b"\r\nThe end.\r\n");
    let ticket = is_read_at_once(&installation, &message);
    assert_eq!(ticket["first"]["subject"], "Nest");
    assert!(ticket["needs_human"].is_null(), "{ticket}");
}

#[test]
fn ten_thousand_nested_multiparts() {
    let installation = Installation::new("");
    let mut message =
        b"From: nest@partner.example\r\nSubject: Nest\r\nMIME-Version: 1.0\r\n".to_vec();
    for level in 0..10_000 {
        message.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
                .as_bytes(),
        );
    }
    message.extend_from_slice(b"\r\nThe end.\r\n");
    is_read_at_once(&installation, &message);
}

/// Half a GiB of zeros, compressed and encrypted to the team by GnuPG.
#[test]
fn openpgp_compression_bomb() {
    if !installed("gpg") {
        return;
    }
    let installation = Installation::new("");
    let key = installation.path("team.asc");
    std::fs::write(&key, installation.run(&["keys", "export"])).unwrap();
    let home = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
    let mut gpg = Command::new("gpg")
        .arg("--homedir")
        .arg(home.path())
        .args([
            "--batch",
            "--no-autostart",
            "--quiet",
            "--trust-model",
            "always",
            "--compress-algo",
            "zip",
        ])
        .args(["-z", "9", "--armor", "--encrypt", "--recipient-file"])
        .arg(&key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = gpg.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let zeros = vec![0; 1 << 20];
        for _ in 0..512 {
            input.write_all(&zeros).unwrap();
        }
    });
    let output = gpg.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let armored = String::from_utf8(output.stdout)
        .unwrap()
        .replace('\n', "\r\n");
    let message = format!(
        "From: bomb@partner.example\r\nSubject: Bomb\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n\
         --b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --b\r\nContent-Type: application/octet-stream\r\n\r\n{armored}\r\n--b--\r\n"
    );
    let ticket = is_read_at_once(&installation, message.as_bytes());
    assert_eq!(ticket["needs_human"], "undecryptable", "{ticket}");
}
