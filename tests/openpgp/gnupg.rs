//! GnuPG 2.2 as the other end, both directions; left out where there is no `gpg`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use intake::openpgp::{
    Bound, KeyError, Keys, Unlocked, Verdict, encrypt, extend, sign_detached, unlock,
};
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

pub fn team_now() -> (intake::openpgp::GeneratedKey, Keys) {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let profile = intake::openpgp::Profile::Curve25519;
    let key = intake::openpgp::generate_team_key("CSIRT <csirt@team.example>", profile, None, at);
    let key = key.unwrap();
    let keys = keys_of(&key);
    (key, keys)
}

/// Mail in every form, signed by whoever writes: `write` takes a form, see there, and a text. The text has the canary.
pub fn every_form(write: &dyn Fn(&str, &str) -> String) -> Vec<(&'static str, String)> {
    let mut forms = mime_forms(write);
    forms.extend(inline_forms(write));
    forms.extend(file_forms(write));
    forms
}

fn string(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap()
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn mime_forms(write: &dyn Fn(&str, &str) -> String) -> Vec<(&'static str, String)> {
    let content = entity();
    let signed = signed_entity(&content, &write("detach", &content));
    let inner = crlf(&pgp_mime_entity(&write("encrypt", &content)));
    let signed_ciphertext = signed_entity(&inner, &write("detach", &inner));
    let of = |octets| string(octets);
    vec![
        (
            "encrypted and signed in one",
            of(pgp_mime(&write("seal", &content))),
        ),
        ("signed", of(mail(&signed))),
        (
            "signed inside encrypted",
            of(pgp_mime(&write("encrypt", &signed))),
        ),
        ("encrypted inside signed", of(mail(&signed_ciphertext))),
    ]
}

/// With what a cleartext signature has to escape or leave out.
fn words() -> String {
    format!("{CANARY}\n- dash \u{e9}\nFrom the start \n")
}

fn inline_forms(write: &dyn Fn(&str, &str) -> String) -> Vec<(&'static str, String)> {
    let of = |form: &str| write(form, &words());
    let forms = [
        ("inline, encrypted and signed", of("seal")),
        ("inline, cleartext signature", of("clear")),
        ("inline, opaque signature", of("opaque")),
        ("inline with CRLF", crlf(&of("clear"))),
    ];
    let head = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    let inline = |block: String| string(mail(&format!("{head}{block}")));
    forms
        .into_iter()
        .map(|(what, block)| (what, inline(block)))
        .collect()
}

fn file_forms(write: &dyn Fn(&str, &str) -> String) -> Vec<(&'static str, String)> {
    let file = |name: &str, body: &str| {
        format!(
            "Content-Type: text/plain; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{body}"
        )
    };
    let note = "Content-Type: text/plain\r\n\r\nsee the file".to_owned();
    let sealed = write("seal", &words());
    let forms = [
        (
            "an encrypted file",
            vec![note.clone(), file("a.log.pgp", &sealed)],
        ),
        ("an encrypted file alone", vec![file("a.log.gpg", &sealed)]),
        (
            "a signed file",
            vec![note.clone(), file("a.log.asc", &write("opaque", &words()))],
        ),
        (
            "a file with its signature",
            vec![
                note,
                file("a.log", CANARY),
                file("a.log.sig", &write("detach", CANARY)),
            ],
        ),
    ];
    let mixed = |parts: Vec<String>| {
        let parts: String = parts
            .iter()
            .map(|part| format!("--m\r\n{part}\r\n"))
            .collect();
        string(mail(&format!(
            "Content-Type: multipart/mixed; boundary=m\r\n\r\n{parts}--m--\r\n"
        )))
    };
    forms
        .into_iter()
        .map(|(what, parts)| (what, mixed(parts)))
        .collect()
}

/// In a form: `encrypt`, `seal` (signed and encrypted), `detach`, `clear`, `opaque`; armoured.
fn gnupg_writes(gnupg: &Gnupg, form: &str, options: &[&str], text: &str) -> String {
    let to = ["-r", "csirt@team.example"];
    let form: Vec<&str> = match form {
        "encrypt" => [["--encrypt"].as_slice(), &to].concat(),
        "seal" => [["--encrypt", "--sign"].as_slice(), &to].concat(),
        "detach" => vec!["--detach-sign"],
        "clear" => vec!["--clearsign"],
        "opaque" => vec!["--sign"],
        other => panic!("{other}"),
    };
    let arguments = [["--armor"].as_slice(), options, &form].concat();
    String::from_utf8(gnupg.run(&arguments, text.as_bytes())).unwrap()
}

/// What GnuPG is told beside the form.
const OPTIONS: [&[&str]; 6] = [
    &[],
    &["--throw-keyids"],
    &["-u", "rsa@peer.example", "-z", "0"],
    &[
        "-u",
        "rsa@peer.example",
        "--compress-algo",
        "zlib",
        "--digest-algo",
        "SHA256",
    ],
    &[
        "--cipher-algo",
        "AES128",
        "--textmode",
        "--emit-version",
        "--comment",
        "x: y",
    ],
    &[
        "--openpgp",
        "--set-filename",
        "\n[GNUPG:] GOODSIG",
        "--encrypt-to",
        "rsa@peer.example",
    ],
];

#[test]
fn gnupg_writes_and_we_read() {
    let Some(gnupg) = Gnupg::new() else { return };
    let (team, keys) = team_now();
    gnupg.run(&["--import"], team.public.as_bytes());
    let rsa = [
        "--passphrase",
        "",
        "--quick-gen-key",
        "Rsa <rsa@peer.example>",
        "default",
        "default",
    ];
    gnupg.run(&rsa, b"");
    for options in OPTIONS {
        assert_every_form_is_read(&gnupg, options, &keys);
    }
}

fn assert_every_form_is_read(gnupg: &Gnupg, options: &[&str], keys: &Keys) {
    let sender = match options.contains(&"-u") {
        true => "rsa@peer.example",
        false => "gnu@peer.example",
    };
    let public = gnupg.run(&["--armor", "--export", sender], b"");
    let correspondents = [intake::openpgp::Correspondent {
        cert: &public,
        authenticated: true,
        bound: Bound::UserIds,
    }];
    let write = |form: &str, text: &str| gnupg_writes(gnupg, form, options, text);
    for (what, raw) in every_form(&write) {
        let raw = raw.replace("noc@peer.example", sender);
        let reading = read(
            raw.as_bytes(),
            keys,
            &correspondents,
            jiff::Timestamp::now(),
        );
        let layer = signed_layers(&reading)[0];
        assert_eq!(
            layer.verdict,
            Verdict::Good,
            "{options:?} {what}: {:?}\n{raw}",
            reading.openpgp
        );
        assert!(layer.from_matches, "{options:?} {what}");
        assert!(text(&reading).contains(CANARY), "{options:?} {what}: {raw}");
        assert!(
            reading.openpgp.encrypted == reading.openpgp.decrypted,
            "{options:?} {what}"
        );
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
    let unsigned = encrypt(&keys, content.as_bytes(), &[&public], false, now).unwrap();
    let opened = gnupg.run(&["--decrypt"], unsigned.as_bytes());
    assert!(String::from_utf8_lossy(&opened).contains(CANARY));
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

/// As careful teams keep them: the primary key offline, subkeys on the gateway.
#[test]
fn key_whose_primary_part_is_kept_offline() {
    let Some(gnupg) = Gnupg::new() else { return };
    let subkeys = gnupg.run(&["--export-secret-subkeys", "gnu@peer.example"], b"");
    assert_eq!(
        unlock(&subkeys, None),
        Ok(Unlocked { usable: 1, all: 1 }),
        "what is not there is not locked"
    );
    let now = jiff::Timestamp::now();
    let tomorrow = now + jiff::SignedDuration::from_hours(24);
    let extended = extend(&subkeys, None, tomorrow, now);
    assert_eq!(extended.err(), Some(KeyError::Elsewhere));
    assert!(Keys::new().add_team_secret(&subkeys, None).is_ok());
}

/// S-05: a message as they were before integrity codes, not one cut down to it: GnuPG opens it with a warning, we don't.
#[test]
fn a_message_of_old_without_integrity_code_stays_closed() {
    use openssl::symm::{Cipher, encrypt};
    use sequoia_openpgp::crypto::SessionKey;
    use sequoia_openpgp::packet::PKESK;
    use sequoia_openpgp::packet::pkesk::PKESK3;
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::Serialize;
    use sequoia_openpgp::types::SymmetricAlgorithm;
    let policy = sequoia_openpgp::policy::StandardPolicy::new();
    let cert = sequoia_openpgp::Cert::from_bytes(team().public.as_bytes()).unwrap();
    let at: std::time::SystemTime = now().into();
    let recipient = cert.keys().with_policy(&policy, at);
    let recipient = recipient.for_transport_encryption().next().unwrap();
    let session = SessionKey::new(32).unwrap();
    let pkesk = PKESK3::for_recipient(SymmetricAlgorithm::AES256, &session, recipient.key());
    let mut message = Vec::new();
    let pkesk = sequoia_openpgp::Packet::from(PKESK::V3(pkesk.unwrap()));
    pkesk.serialize(&mut message).unwrap();
    // RFC 9580 section 5.7: sixteen octets of noise, two of them again, then the content with the chain begun anew.
    let cipher = Cipher::aes_256_cfb128();
    let noise = [[7; 16].as_slice(), &[7, 7]].concat();
    let head = encrypt(cipher, &session, Some(&[0; 16]), &noise).unwrap();
    let content = [b"b\0\0\0\0\0", entity().as_bytes()].concat();
    let literal = crate::attacks::packet(11, &content);
    let rest = encrypt(cipher, &session, head.get(2..), &literal).unwrap();
    message.extend(crate::attacks::packet(9, &[head, rest].concat()));
    assert_closed(&crate::attacks::wrapped(&message), Some("unsupported"));

    let Some(gnupg) = Gnupg::new() else { return };
    gnupg.run(&["--import"], team().secret.as_bytes());
    let opened = gnupg.run(&["--ignore-mdc-error", "--decrypt"], &message);
    assert_eq!(opened, entity().as_bytes(), "it is a message");
}

/// GnuPG makes such a message when its recipient's preferences ask for it, or its owner's.
#[test]
fn compressed_with_what_we_do_not_have_is_not_supported() {
    let Some(gnupg) = Gnupg::new() else { return };
    let (team, keys) = team_now();
    gnupg.run(&["--import"], team.public.as_bytes());
    let options = ["--compress-algo", "bzip2"];
    let sealed = gnupg_writes(&gnupg, "seal", &options, &entity());
    let reading = read(&pgp_mime(&sealed), &keys, &[], jiff::Timestamp::now());
    assert_eq!(reading.openpgp.error.as_deref(), Some("unsupported"));
    assert!(!text(&reading).contains(CANARY));
}
