//! What we write, read by RNP (Thunderbird's library) and by Sequoia's `sq` from Debian; left out where they are not.

use std::path::Path;
use std::process::{Command, Output};

use intake::openpgp::{encrypt, sign_detached};

use crate::made::*;

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn run(program: &str, home: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .env("HOME", home)
        .current_dir(home)
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(errors)
    )
}

/// A folder with a signed entity, an encrypted one, and the keys of both ends.
struct Desk {
    home: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        let home = tempfile::tempdir().unwrap();
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
        let profile = intake::openpgp::Profile::Curve25519;
        let make =
            |user_id| intake::openpgp::generate_team_key(user_id, profile, None, at).unwrap();
        let (team, noc) = (
            make("CSIRT <csirt@team.example>"),
            make("NOC <noc@peer.example>"),
        );
        let (keys, content) = (keys_of(&team), entity());
        let now = jiff::Timestamp::now();
        let to = [noc.public.as_bytes(), team.public.as_bytes()];
        let sealed = encrypt(&keys, content.as_bytes(), &to, true, now).unwrap();
        let signature = sign_detached(&keys, content.as_bytes(), now).unwrap();
        let write = |name: &str, octets: &[u8]| {
            std::fs::write(home.path().join(name), octets).unwrap();
        };
        write("data", content.as_bytes());
        write("data.asc", signature.armored.as_bytes());
        write("sealed.asc", sealed.as_bytes());
        write("team.asc", team.public.as_bytes());
        write("noc.asc", noc.secret.as_bytes());
        write(
            "changed",
            content.replace("192.0.2.7", "192.0.2.8").as_bytes(),
        );
        write("changed.asc", signature.armored.as_bytes());
        std::fs::create_dir(home.path().join(".rnp")).unwrap();
        Desk { home }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap()
    }
}

#[test]
fn rnp_verifies_and_opens() {
    if !has("rnp") {
        return;
    }
    let desk = Desk::new();
    let home = desk.home.path();
    for file in ["team.asc", "noc.asc"] {
        let imported = run("rnpkeys", home, &["--homedir", ".rnp", "--import", file]);
        assert!(imported.status.success(), "{}", said(&imported));
    }
    let verified = run("rnp", home, &["--homedir", ".rnp", "--verify", "data.asc"]);
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(
        said(&verified).contains("Good signature"),
        "{}",
        said(&verified)
    );
    let changed = run(
        "rnp",
        home,
        &["--homedir", ".rnp", "--verify", "changed.asc"],
    );
    assert!(!changed.status.success(), "{}", said(&changed));
    let opened = [
        "--homedir",
        ".rnp",
        "--decrypt",
        "sealed.asc",
        "--output",
        "opened",
    ];
    let opened = run("rnp", home, &opened);
    assert!(opened.status.success(), "{}", said(&opened));
    assert!(
        said(&opened).contains("Good signature"),
        "{}",
        said(&opened)
    );
    assert_eq!(desk.read("opened"), entity());
}

#[test]
fn sq_verifies_and_opens() {
    if !has("sq") {
        return;
    }
    let desk = Desk::new();
    let home = desk.home.path();
    let verify = [
        "verify",
        "--signer-cert",
        "team.asc",
        "--detached",
        "data.asc",
        "data",
    ];
    let verified = run("sq", home, &verify);
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(
        said(&verified).contains("1 good signature"),
        "{}",
        said(&verified)
    );
    let changed = [
        "verify",
        "--signer-cert",
        "team.asc",
        "--detached",
        "data.asc",
        "changed",
    ];
    assert!(!run("sq", home, &changed).status.success());
    let decrypt = [
        "decrypt",
        "--recipient-key",
        "noc.asc",
        "--signer-cert",
        "team.asc",
        "--output",
        "opened",
        "sealed.asc",
    ];
    let opened = run("sq", home, &decrypt);
    assert!(opened.status.success(), "{}", said(&opened));
    assert!(
        said(&opened).contains("1 good signature"),
        "{}",
        said(&opened)
    );
    assert_eq!(desk.read("opened"), entity());
}
