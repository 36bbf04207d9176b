//! The team's key in gpg-agent: opened and signed with there, and nothing lost when it is away.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::gnupg::{Gnupg, armored_message, encrypted_entity, split_signed};
use crate::mail::{TEAM, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";
const PROVED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";

/// The team's GnuPG home, a correspondent's, and an installation that knows the team's certificate only.
struct Scene {
    team: Gnupg,
    noc: Gnupg,
    installation: Installation,
}

impl Scene {
    fn with(algorithm: &str) -> Scene {
        let (team, noc) = (Gnupg::new(), Gnupg::new());
        let fingerprint = team.make_key_of("Test CSIRT <csirt@team.example>", algorithm);
        let home = team.home().display().to_string();
        let installation = Installation::new(&format!("[openpgp]\ngnupg_home = \"{home}\"\n"));
        for file in fs::read_dir(installation.path("keys/openpgp")).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        let certificate = team.export(TEAM);
        fs::write(installation.path("team.asc"), &certificate).unwrap();
        let file = installation.path("team.asc").display().to_string();
        let taken = installation.run(&["keys", "import", "--team", &file]);
        assert!(taken.contains(&fingerprint), "{taken}");
        noc.import(&certificate);
        noc.make_key("NOC <noc@partner.example>");
        let file = installation.path("noc.asc").display().to_string();
        fs::write(&file, noc.export(NOC)).unwrap();
        installation.run(&["keys", "import", &file]);
        Scene {
            team,
            noc,
            installation,
        }
    }

    fn submit(&self, id: &str, text: &str) {
        let entity = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
        let armored = self.noc.sign_and_encrypt(NOC, TEAM, &entity);
        let (head, body) = encrypted_entity(&armored);
        let head = format!("{PROVED}{head}");
        let id = format!("{id}@partner.example");
        let message = mail(NOC, "...", &id, &head, &body);
        let reply = send(self.installation.ports.smtp, NOC, TEAM, &message);
        assert!(reply.starts_with("250"), "{reply}");
        self.installation.settle();
    }

    /// The first entry of the newest ticket.
    fn newest(&self) -> Value {
        let tickets = self.installation.tickets();
        let reference = tickets.last().unwrap()["reference"].as_str().unwrap();
        let shown = ["ticket", "show", reference, "--json"];
        self.installation.json(&shown).remove(0)["entries"][0].clone()
    }

    fn gpgconf(&self, arguments: &[&str]) {
        let mut command = Command::new("gpgconf");
        let done = command.arg("--homedir").arg(self.team.home());
        assert!(done.args(arguments).status().unwrap().success());
    }
}

#[test]
fn keys_in_gpg_agent_open_and_sign() {
    for algorithm in ["ed25519", "rsa2048"] {
        let scene = Scene::with(algorithm);
        let checked = scene.installation.run(&["keys", "check"]);
        assert!(checked.contains("2 of 2 secret parts open"), "{checked}");
        let _daemon = scene.installation.serve();
        scene.submit(
            "a.1",
            "Our server 198.51.100.7 was attacked from 192.0.2.10.",
        );
        let entry = scene.newest();
        assert_eq!(entry["openpgp"]["decrypted"], true, "{entry}");
        assert!(entry.to_string().contains("192.0.2.10"), "{entry}");
        // Encrypted to the key that signed, and signed by the one in the agent.
        let answer = scene.installation.outbox().pop().unwrap();
        let (text, status) = scene.noc.decrypt(&armored_message(&answer));
        assert!(status.contains("GOODSIG"), "{status}");
        assert!(text.contains("[CSIRT#"), "{text}");
        // A report in clear gets a signed answer.
        let plain = mail(
            NOC,
            "Scan",
            "a.2@partner.example",
            PROVED,
            "From 192.0.2.11.",
        );
        let other = plain.replace(NOC, "soc@partner.example");
        let reply = send(
            scene.installation.ports.smtp,
            "soc@partner.example",
            TEAM,
            &other,
        );
        assert!(reply.starts_with("250"), "{reply}");
        scene.installation.settle();
        let (signed, signature) = split_signed(&scene.installation.outbox().pop().unwrap());
        let status = scene.noc.verify(&signed, &signature);
        assert!(status.contains("GOODSIG"), "{status}");
    }
}

#[test]
fn what_came_while_the_agent_was_away_is_kept_and_opened_when_it_is_back() {
    let scene = Scene::with("ed25519");
    let _daemon = scene.installation.serve();
    scene.submit("b.1", "First, from 192.0.2.10.");
    assert!(scene.newest().to_string().contains("192.0.2.10"));
    scene.gpgconf(&["--kill", "gpg-agent"]);
    scene.submit("b.2", "Second, from 192.0.2.20.");
    // It waited; a new reader started the agent anew.
    let entry = scene.newest();
    assert_eq!(entry["openpgp"]["decrypted"], true, "{entry}");
    assert!(entry.to_string().contains("192.0.2.20"), "{entry}");
    assert!(scene.installation.log().contains("kept in the inbox"));
}

#[test]
fn a_certificate_whose_key_nobody_has_keeps_the_daemon_from_starting() {
    let scene = Scene::with("ed25519");
    let stranger = Gnupg::new();
    stranger.make_key("Other <other@team.example>");
    let file = scene.installation.path("keys/openpgp/other.asc");
    let certificate = stranger.export("other@team.example");
    let outside = scene.installation.path("other.asc");
    fs::write(&outside, &certificate).unwrap();
    let outside = outside.display().to_string();
    let taken = ["keys", "import", "--team", &outside];
    assert!(!scene.installation.output(&taken).status.success());
    // Put there by hand.
    fs::write(&file, &certificate).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let checked = scene.installation.output(&["keys", "check"]);
    assert_eq!(checked.status.code(), Some(1));
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(
        said.contains("other.asc") && said.contains("gpg-agent"),
        "{said}"
    );
    let daemon = scene.installation.start(&[], &[], "daemon.log");
    assert_eq!(daemon.wait(), Some(78));
}
