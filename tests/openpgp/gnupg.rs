//! GnuPG 2.2 as the other end, both directions; left out where there is no `gpg`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use intake::openpgp::{Bound, Keys, Verdict, encrypt, sign_detached};
use intake::reading::read;

use crate::made::*;

/// A GnuPG with a key `gnu@peer.example` of its own, which holds the team's certificate.
struct Gnupg {
    home: tempfile::TempDir,
}

impl Gnupg {
    fn new() -> Option<Gnupg> {
        Command::new("gpg").arg("--version").output().ok()?;
        let home = tempfile::Builder::new()
            .prefix("pg")
            .tempdir_in("/tmp")
            .unwrap();
        let gnupg = Gnupg { home };
        gnupg.run(
            &[
                "--passphrase",
                "",
                "--quick-gen-key",
                "Gnu <gnu@peer.example>",
                "future-default",
                "default",
            ],
            b"",
        );
        Some(gnupg)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("gpg")
            .env("GNUPGHOME", self.home.path())
            .args([
                "--batch",
                "--yes",
                "--quiet",
                "--no-tty",
                "--trust-model",
                "always",
            ])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn public(&self) -> Vec<u8> {
        self.run(&["--armor", "--export", "gnu@peer.example"], b"")
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path: &Path = &self.home.path().join(name);
        std::fs::write(path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .env("GNUPGHOME", self.home.path())
            .args(["--kill", "gpg-agent"])
            .status();
    }
}

fn team_now() -> (intake::openpgp::GeneratedKey, Keys) {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let profile = intake::openpgp::Profile::Curve25519;
    let key = intake::openpgp::generate_team_key("CSIRT <csirt@team.example>", profile, None, at);
    let key = key.unwrap();
    let keys = keys_of(&key);
    (key, keys)
}

#[test]
fn gnupg_writes_and_we_read() {
    let Some(gnupg) = Gnupg::new() else { return };
    let (team, keys) = team_now();
    gnupg.run(&["--import"], team.public.as_bytes());
    let public = gnupg.public();
    let correspondents = [intake::openpgp::Correspondent {
        cert: &public,
        authenticated: true,
        bound: Bound::UserIds,
    }];
    let content = entity();
    let encrypt = ["--armor", "--encrypt", "--sign", "-r", "csirt@team.example"];
    let sealed = gnupg.run(&encrypt, content.as_bytes());
    let hidden = ["--armor", "--encrypt", "--sign", "-R", "csirt@team.example"];
    let hidden = gnupg.run(&hidden, content.as_bytes());
    let detached = gnupg.run(&["--armor", "--detach-sign"], content.as_bytes());
    let clear = gnupg.run(
        &["--clearsign"],
        format!("{CANARY}\n- dash \u{e9}\n").as_bytes(),
    );
    let signed = gnupg.run(&["--armor", "--sign"], CANARY.as_bytes());
    let string = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    let inline = |block: Vec<u8>| {
        mail(&format!(
            "Content-Type: text/plain; charset=utf-8\r\n\r\n{}",
            string(block)
        ))
    };
    for raw in [
        pgp_mime(&string(sealed.clone())),
        pgp_mime(&string(hidden)),
        mail(&signed_entity(&content, &string(detached))),
        inline(sealed),
        inline(clear),
        inline(signed),
    ] {
        let raw = string(raw).replace("noc@peer.example", "gnu@peer.example");
        let reading = read(
            raw.as_bytes(),
            &keys,
            &correspondents,
            jiff::Timestamp::now(),
        );
        let layer = signed_layers(&reading)[0];
        assert_eq!(layer.verdict, Verdict::Good, "{raw}\n{:?}", reading.openpgp);
        assert!(layer.from_matches);
        assert!(text(&reading).contains(CANARY), "{raw}");
        assert!(!reading.openpgp.encrypted || reading.openpgp.decrypted);
    }
}

#[test]
fn we_write_and_gnupg_reads() {
    let Some(gnupg) = Gnupg::new() else { return };
    let (team, keys) = team_now();
    gnupg.run(&["--import"], team.public.as_bytes());
    let public = gnupg.public();
    let content = entity();
    let now = jiff::Timestamp::now();
    let sealed = encrypt(&keys, content.as_bytes(), &[&public], true, now).unwrap();
    let opened = gnupg.run(&["--status-fd", "1", "--decrypt"], sealed.as_bytes());
    let opened = String::from_utf8_lossy(&opened);
    assert!(
        opened.contains(CANARY) && opened.contains("GOODSIG"),
        "{opened}"
    );
    let signature = sign_detached(&keys, content.as_bytes(), now).unwrap();
    assert_eq!(signature.micalg, "pgp-sha512");
    let data = gnupg.file("data", content.as_bytes());
    let detached = gnupg.file("data.asc", signature.armored.as_bytes());
    let status = gnupg.run(&["--status-fd", "1", "--verify", &detached, &data], b"");
    let status = String::from_utf8_lossy(&status);
    assert!(status.contains("GOODSIG"), "{status}");
    gnupg.run(&["--import"], team.secret.as_bytes());
    gnupg.run(&["--import"], team.revocation.as_bytes());
}

#[test]
fn keys_of_gnupg_decrypt_here() {
    let Some(gnupg) = Gnupg::new() else { return };
    let secret = gnupg.run(&["--export-secret-keys", "gnu@peer.example"], b"");
    let mut keys = Keys::new();
    keys.add_team_secret(&secret, None).unwrap();
    let sealed = gnupg.run(
        &["--armor", "--encrypt", "-r", "gnu@peer.example"],
        entity().as_bytes(),
    );
    let sealed = String::from_utf8(sealed).unwrap();
    let reading = read(&pgp_mime(&sealed), &keys, &[], jiff::Timestamp::now());
    assert!(reading.openpgp.decrypted, "{:?}", reading.openpgp);
}
