//! Sequoia's `sq` and RNP, Thunderbird's library, as the other end, both directions and every form; left out where one is not
//! installed.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use intake::openpgp::{Correspondent, Keys, Verdict, encrypt, sign_detached};
use intake::reading::read;

use crate::gnupg::{every_form, team_now};
use crate::made::*;

/// A program with a key of its own, `peer@peer.example`.
struct Other {
    name: &'static str,
    folder: tempfile::TempDir,
}

const PEER: &str = "peer@peer.example";

impl Other {
    fn sq() -> Option<Other> {
        let other = Other::of("sq", "--version")?;
        let key = other.path("key.asc");
        other.run(
            "sq",
            &[
                "key",
                "generate",
                "--userid",
                "Peer <peer@peer.example>",
                "--export",
                &key,
            ],
        );
        let cert = other.run("sq", &["key", "extract-cert", &key]);
        other.file("cert.asc", &cert);
        Some(other)
    }

    fn rnp() -> Option<Other> {
        let other = Other::of("rnp", "--version")?;
        let home = other.path("");
        let generate = [
            "--generate-key",
            "--userid",
            PEER,
            "--numbits",
            "3072",
            "--notty",
        ];
        let generate = [["--homedir", &home, "--password", ""].as_slice(), &generate].concat();
        other.run("rnpkeys", &generate);
        let cert = other.run(
            "rnpkeys",
            &["--homedir", &home, "--export-key", PEER, "--output", "-"],
        );
        other.file("cert.asc", &cert);
        Some(other)
    }

    fn of(name: &'static str, version: &str) -> Option<Other> {
        if Command::new(name).arg(version).output().is_err() {
            println!("left out: {name} is not installed");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        Some(Other { name, folder })
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let (done, stdout, stderr) = self.try_run(program, arguments);
        assert!(done, "{program} {arguments:?}: {stderr}");
        stdout
    }

    fn try_run(&self, program: &str, arguments: &[&str]) -> (bool, Vec<u8>, String) {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), output.stdout, stderr)
    }

    fn rnp_with(&self, arguments: &[&str]) -> Vec<u8> {
        let home = self.path("");
        self.run(
            "rnp",
            &[
                [
                    "--homedir",
                    &home,
                    "--password",
                    "",
                    "--notty",
                    "--output",
                    "-",
                ]
                .as_slice(),
                arguments,
            ]
            .concat(),
        )
    }

    fn cert(&self) -> Vec<u8> {
        std::fs::read(self.path("cert.asc")).unwrap()
    }

    fn take(&self, team: &str) {
        let path = self.file("team.asc", team.as_bytes());
        if self.name == "rnp" {
            self.run("rnpkeys", &["--homedir", &self.path(""), "--import", &path]);
        }
    }

    /// Writes in a form: `encrypt`, `seal` (signed and encrypted), `detach`, `clear`, `opaque`; armoured.
    fn write(&self, form: &str, text: &str) -> String {
        let input = self.file("input", text.as_bytes());
        let (key, team) = (self.path("key.asc"), self.path("team.asc"));
        let written = match (self.name, form) {
            ("sq", "encrypt") => self.run("sq", &["encrypt", "--recipient-cert", &team, &input]),
            ("sq", "seal") => self.run(
                "sq",
                &[
                    "encrypt",
                    "--signer-key",
                    &key,
                    "--recipient-cert",
                    &team,
                    &input,
                ],
            ),
            ("sq", "detach") => {
                self.run("sq", &["sign", "--detached", "--signer-key", &key, &input])
            }
            ("sq", "clear") => self.run(
                "sq",
                &[
                    "sign",
                    "--cleartext-signature",
                    "--signer-key",
                    &key,
                    &input,
                ],
            ),
            ("sq", "opaque") => self.run("sq", &["sign", "--signer-key", &key, &input]),
            (_, "encrypt") => {
                self.rnp_with(&["--armor", "--encrypt", "-r", "csirt@team.example", &input])
            }
            (_, "seal") => self.rnp_with(&[
                "--armor",
                "--encrypt",
                "--sign",
                "-u",
                PEER,
                "-r",
                "csirt@team.example",
                &input,
            ]),
            (_, "detach") => self.rnp_with(&["--armor", "--sign", "--detach", "-u", PEER, &input]),
            (_, "clear") => self.rnp_with(&["--clearsign", "-u", PEER, &input]),
            (_, "opaque") => self.rnp_with(&["--armor", "--sign", "-u", PEER, &input]),
            (name, form) => panic!("{name} {form}"),
        };
        String::from_utf8(written).unwrap()
    }

    /// Opens what we wrote; the text, and whether a signature of ours was found good.
    fn open(&self, message: &str) -> (String, bool) {
        let input = self.file("message.asc", message.as_bytes());
        let home = self.path("");
        let (_, text, said) = match self.name {
            "sq" => self.try_run(
                "sq",
                &[
                    "decrypt",
                    "--recipient-key",
                    &self.path("key.asc"),
                    "--signer-cert",
                    &self.path("team.asc"),
                    "--signatures",
                    "0",
                    &input,
                ],
            ),
            _ => self.try_run(
                "rnp",
                &[
                    "--homedir",
                    &home,
                    "--password",
                    "",
                    "--notty",
                    "--decrypt",
                    "--output",
                    "-",
                    &input,
                ],
            ),
        };
        (
            String::from_utf8_lossy(&text).into_owned(),
            said.contains("Good signature") || said.contains("Signature(s) verified successfully"),
        )
    }

    /// Whether our detached signature is good over these octets.
    fn verify(&self, data: &str, signature: &str) -> bool {
        let (data, signature) = (
            self.file("data", data.as_bytes()),
            self.file("data.sig", signature.as_bytes()),
        );
        let home = self.path("");
        match self.name {
            "sq" => {
                self.try_run(
                    "sq",
                    &[
                        "verify",
                        "--signer-cert",
                        &self.path("team.asc"),
                        "--detached",
                        &signature,
                        &data,
                    ],
                )
                .0
            }
            _ => {
                self.try_run(
                    "rnp",
                    &[
                        "--homedir",
                        &home,
                        "--verify",
                        "--source",
                        &data,
                        &signature,
                    ],
                )
                .0
            }
        }
    }
}

fn both_directions(other: &Other) {
    let (team, keys) = team_now();
    other.take(&team.public);
    let cert = other.cert();
    let correspondents = [Correspondent {
        cert: &cert,
        authenticated: true,
        bound: intake::openpgp::Bound::UserIds,
    }];
    let write = |form: &str, text: &str| other.write(form, text);
    for (what, raw) in every_form(&write) {
        let raw = raw.replace("noc@peer.example", PEER);
        let reading = read(
            raw.as_bytes(),
            &keys,
            &correspondents,
            jiff::Timestamp::now(),
        );
        let layer = signed_layers(&reading)[0];
        assert_eq!(
            layer.verdict,
            Verdict::Good,
            "{what}: {:?}\n{raw}",
            reading.openpgp
        );
        assert!(layer.from_matches, "{what}");
        assert!(text(&reading).contains(CANARY), "{what}: {raw}");
        assert!(
            reading.openpgp.encrypted == reading.openpgp.decrypted,
            "{what}"
        );
    }
    we_write(other, &keys, &cert);
}

fn we_write(other: &Other, keys: &Keys, cert: &[u8]) {
    let (content, now) = (entity(), jiff::Timestamp::now());
    for signed in [true, false] {
        let message = encrypt(keys, content.as_bytes(), &[cert], signed, now).unwrap();
        let (opened, good) = other.open(&message);
        assert!(opened.contains(CANARY), "{} {opened}", other.name);
        assert_eq!(good, signed, "{}", other.name);
    }
    let signature = sign_detached(keys, content.as_bytes(), now).unwrap();
    assert!(other.verify(&content, &signature.armored));
    assert!(!other.verify(
        &content.replace("192.0.2.7", "192.0.2.8"),
        &signature.armored
    ));
}

#[test]
fn sequoias_sq_both_ways() {
    if let Some(sq) = Other::sq() {
        both_directions(&sq);
    }
}

#[test]
fn thunderbirds_library_both_ways() {
    if let Some(rnp) = Other::rnp() {
        both_directions(&rnp);
    }
}

/// RNP 0.16 writes the packet of the draft that LibrePGP kept: named, not opened.
#[test]
fn rnps_aead_is_librepgp() {
    let Some(rnp) = Other::rnp() else { return };
    let (team, keys) = team_now();
    rnp.take(&team.public);
    let input = rnp.file("input", entity().as_bytes());
    let sealed = rnp.rnp_with(&[
        "--armor",
        "--encrypt",
        "--aead=OCB",
        "-r",
        "csirt@team.example",
        &input,
    ]);
    let sealed = String::from_utf8(sealed).unwrap();
    let reading = read(&pgp_mime(&sealed), &keys, &[], jiff::Timestamp::now());
    assert_eq!(
        reading.openpgp.error.as_deref(),
        Some("unsupported"),
        "{:?}",
        reading.openpgp
    );
    assert!(reading.openpgp.encrypted && !reading.openpgp.decrypted);
}
