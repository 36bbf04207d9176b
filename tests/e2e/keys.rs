//! The team's own keys: asked for by mail, published, checked, followed by the next, locked, expired, revoked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::gnupg::{Gnupg, encrypted_entity, split_signed};
use crate::mail::{TEAM, field, mail, text_of};
use crate::support::{Installation, send, wait_for};

const NOC: &str = "noc@partner.example";

fn submit(installation: &Installation, message: &str) {
    let reply = send(installation.ports.smtp, NOC, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// `keys check --json`, and whether the exit code was 0.
fn check(installation: &Installation) -> (bool, Vec<Value>, String) {
    let output = installation.output(&["keys", "check", "--json"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let keys = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), keys, errors)
}

/// An encrypted mail with this Subject outside; whether the daemon opened it.
fn is_opened(installation: &Installation, armored: &str, subject: &str) -> bool {
    let (head, body) = encrypted_entity(armored);
    let id = format!("{subject}@partner.example");
    submit(installation, &mail(NOC, subject, &id, &head, &body));
    let tickets = installation.tickets();
    let ticket = tickets
        .iter()
        .find(|ticket| ticket["first"]["subject"] == subject)
        .unwrap();
    ticket["needs_human"] != "undecryptable"
}

const REPORT: &str = "Content-Type: text/plain\r\n\r\n192.0.2.10 attacks 198.51.100.7 port 22.\r\n";

fn to(gnupg: &Gnupg, fingerprint: &str) -> String {
    let arguments = ["--armor", "-r", fingerprint, "--encrypt"];
    String::from_utf8(gnupg.run(&arguments, REPORT.as_bytes())).unwrap()
}

#[test]
fn key_request_is_answered_with_the_key_and_opens_no_ticket() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let more = "Content-Type: text/plain; charset=utf-8\n";
    let body = "Bonjour,\n\nmerci de m'envoyer votre clé publique, je voudrais vous écrire de manière confidentielle.\n\nCordialement";
    submit(
        &installation,
        &mail(
            NOC,
            "=?utf-8?Q?Demande_de_cl=C3=A9?=",
            "key.1@partner.example",
            more,
            body,
        ),
    );
    assert!(installation.tickets().is_empty());
    let kept = &installation.quarantine()[0];
    assert_eq!(kept["kind"], "key_request", "{kept}");
    let sent = installation.outbox();
    assert_eq!(sent.len(), 1);
    assert_eq!(field(&sent[0], "To").unwrap(), NOC);
    assert_eq!(
        field(&sent[0], "In-Reply-To").unwrap(),
        "<key.1@partner.example>"
    );
    assert_eq!(field(&sent[0], "Auto-Submitted").unwrap(), "auto-replied");
    assert!(
        !field(&sent[0], "Subject").unwrap().contains('#'),
        "no ticket, no tag"
    );
    let (signed, signature) = split_signed(&sent[0]);
    let begin = signed.find("-----BEGIN PGP PUBLIC KEY BLOCK-----").unwrap();
    let end_line = "-----END PGP PUBLIC KEY BLOCK-----";
    let end = signed.find(end_line).unwrap() + end_line.len();
    let gnupg = Gnupg::new();
    gnupg.import(&format!("{}\n", &signed[begin..end]));
    assert!(gnupg.verify(&signed, &signature).contains("GOODSIG"));
    let team = installation.json(&["keys", "list", "--json"]);
    let team = team.iter().find(|key| key["place"] == "team").unwrap();
    let fingerprint = team["fingerprint"].as_str().unwrap();
    let text = text_of(&signed);
    assert!(text.replace(' ', "").contains(fingerprint), "{text}");
    assert!(
        text.contains("Notre clé publique OpenPGP"),
        "in the language of the request: {text}"
    );
    // The field by which mail programs learn the key holds the same one.
    let autocrypt = field(&sent[0], "Autocrypt").unwrap();
    let (start, keydata) = autocrypt.split_once("keydata=").unwrap();
    assert!(start.contains(&format!("addr={TEAM};")), "{start}");
    let other = Gnupg::new();
    // Not as armour: GnuPG 2.2 takes none that has neither padding nor a checksum.
    let key = STANDARD.decode(keydata.replace(' ', "")).unwrap();
    other.run(&["--import"], &key);
    let listing = other.run(&["--with-colons", "--list-keys", TEAM], b"");
    assert!(String::from_utf8(listing).unwrap().contains(fingerprint));
}

/// A machine that asks for the key is not answered, and nobody is answered more often than for reports.
#[test]
fn key_requests_are_answered_by_the_rules_of_acknowledgements() {
    let installation = Installation::new("[acknowledge]\nper_address_hour = 2\n");
    let _daemon = installation.serve();
    let automatic = "Auto-Submitted: auto-generated\n";
    submit(
        &installation,
        &mail(NOC, "key request", "auto@partner.example", automatic, "x"),
    );
    assert!(installation.outbox().is_empty());
    for number in 1..=3 {
        let id = format!("often.{number}@partner.example");
        let text = format!("your key please, {number}");
        submit(&installation, &mail(NOC, "key request", &id, "", &text));
    }
    assert_eq!(installation.outbox().len(), 2);
    assert!(installation.tickets().is_empty());
}

#[test]
fn a_key_that_begins_later_is_given_out_by_its_fingerprint() {
    let installation = Installation::new("");
    let old = check(&installation).1[0]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = installation.run(&["keys", "rotate", "team", "--begins-in", "14"]);
    let listed = installation.json(&["keys", "list", "--json"]);
    let next = listed
        .iter()
        .find(|key| key["trust"] == "ours, not valid yet")
        .unwrap();
    assert!(next["expires"].is_string(), "{next}");
    let next = next["fingerprint"].as_str().unwrap();
    assert!(said.contains(&format!("keys export {next}")), "{said}");
    let of_address = installation.run(&["keys", "export", TEAM]).replace(' ', "");
    assert!(of_address.contains(&old), "{of_address}");
}

#[test]
fn next_key_signs_and_the_old_one_still_opens() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let gnupg = Gnupg::new();
    gnupg.import(&installation.run(&["keys", "export"]));
    let old = check(&installation).1[0]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    let said = installation.run(&["keys", "rotate", "team"]);
    assert!(
        said.contains(&format!("certified by {old}")) && said.contains("Publish"),
        "{said}"
    );
    wait_for("the new key to begin", Duration::from_secs(10), || {
        check(&installation).1[0]["part"] == "current"
    });
    let (good, keys, errors) = check(&installation);
    assert!(good, "{errors}");
    assert_eq!(
        (&keys[0]["part"], &keys[1]["part"]),
        (&"current".into(), &"old".into()),
        "{keys:?}"
    );
    let new = keys[0]["fingerprint"].as_str().unwrap().to_owned();
    daemon.signal("HUP");
    wait_for("the keys to be read anew", Duration::from_secs(30), || {
        installation.log().contains("OpenPGP keys read anew")
    });
    gnupg.import(&installation.run(&["keys", "export"]));
    // The old key vouches for the new one.
    let signatures = gnupg.run(&["--with-colons", "--check-signatures", &new], b"");
    let signatures = String::from_utf8(signatures).unwrap();
    let by_old = |line: &&str| line.starts_with("sig:!:") && line.contains(&old[24..]);
    assert_eq!(signatures.lines().filter(by_old).count(), 1, "{signatures}");
    assert!(is_opened(&installation, &to(&gnupg, &old), "old"));
    assert!(is_opened(&installation, &to(&gnupg, &new), "new"));
    for message in installation.outbox() {
        let (signed, signature) = split_signed(&message);
        let status = gnupg.verify(&signed, &signature);
        assert!(status.contains(&new), "{status}");
    }
}

#[test]
fn expired_and_revoked_keys_open_and_no_longer_sign() {
    let installation = Installation::new("");
    let folder = installation.path("keys/openpgp");
    let first = check(&installation).1[0].clone();
    // A key that lasts a second.
    let gnupg = Gnupg::new();
    gnupg.import(&installation.run(&["keys", "export"]));
    let user_id = format!("Old CSIRT <{TEAM}>");
    gnupg.run(
        &[
            "--quick-generate-key",
            &user_id,
            "rsa2048",
            "default",
            "seconds=3",
        ],
        b"",
    );
    let listing =
        String::from_utf8(gnupg.run(&["--with-colons", "--list-keys", "Old CSIRT"], b"")).unwrap();
    let old = listing
        .lines()
        .find(|line| line.starts_with("fpr:"))
        .unwrap();
    let old = old.split(':').nth(9).unwrap().to_owned();
    gnupg.run(
        &["--quick-add-key", &old, "rsa2048", "encr", "seconds=3"],
        b"",
    );
    let sealed_old = to(&gnupg, &old);
    let secret = gnupg.run(&["--armor", "--export-secret-keys", &old], b"");
    let file = installation.path("old.asc");
    fs::write(&file, secret).unwrap();
    installation.run(&["keys", "import", "--team", &file.display().to_string()]);
    let current = first["fingerprint"].as_str().unwrap();
    let sealed_current = to(&gnupg, current);
    wait_for("the old key to expire", Duration::from_secs(20), || {
        let keys = check(&installation).1;
        let old = keys.iter().find(|key| key["fingerprint"] == old.as_str());
        old.unwrap()["state"]
            .as_str()
            .unwrap()
            .starts_with("expired")
    });
    let (good, keys, errors) = check(&installation);
    assert!(good, "an old key may expire: {errors} {keys:?}");
    let daemon = installation.serve();
    assert!(is_opened(&installation, &sealed_old, "expired"));
    // Now the current one is revoked: everything opens, nothing is signed, nothing leaves unsigned.
    let revocation = folder.join(format!("{current}.rev")).display().to_string();
    installation.run(&["keys", "revoke", &revocation]);
    daemon.signal("HUP");
    wait_for("the keys to be read anew", Duration::from_secs(30), || {
        installation.log().contains("OpenPGP keys read anew")
    });
    let sent = installation.outbox().len();
    assert!(is_opened(&installation, &sealed_current, "revoked"));
    assert_eq!(installation.outbox().len(), sent);
    let (good, keys, errors) = check(&installation);
    assert!(!good && errors.contains("no key in"), "{errors}");
    assert!(keys.iter().any(|key| key["revoked"] == true));
    assert!(installation.metric("pillarbox_team_key_expires_seconds") == 0.0);
    assert!(
        !installation
            .output(&["publish", "/nonexistent"])
            .status
            .success()
    );
}

#[test]
fn extended_key_lasts_longer_for_gnupg_too() {
    let installation = Installation::new("");
    fs::remove_dir_all(installation.path("keys/openpgp")).unwrap();
    installation.run(&["keys", "generate", "team", "--days", "5"]);
    let (good, keys, errors) = check(&installation);
    assert!(!good && errors.contains("within a week"), "{errors}");
    assert!(keys[0]["days_left"].as_i64().unwrap() >= 4, "{keys:?}");
    {
        let _daemon = installation.serve();
        wait_for("the end to be told", Duration::from_secs(30), || {
            installation
                .log()
                .contains("the team key expires within a week")
        });
        let left = installation.metric("pillarbox_team_key_expires_seconds");
        assert!(left > 4.0 * 86_400.0 && left <= 5.0 * 86_400.0, "{left}");
    }
    installation.run(&["keys", "extend", "--days", "400"]);
    let (good, keys, errors) = check(&installation);
    assert!(good, "{errors}");
    assert!(keys[0]["days_left"].as_i64().unwrap() >= 398, "{keys:?}");
    let gnupg = Gnupg::new();
    gnupg.import(&installation.run(&["keys", "export"]));
    // At once: a key that was exported as soon as the command ended must be good for whoever imports it.
    let listing = gnupg.run(&["--with-colons", "--list-keys", TEAM], b"");
    let listing = String::from_utf8(listing).unwrap();
    let now = jiff::Timestamp::now().as_second();
    let mut ends = listing
        .lines()
        .filter(|line| line.starts_with("pub:") || line.starts_with("sub:"))
        .map(|line| line.split(':').nth(6).unwrap().parse().unwrap_or(i64::MAX));
    assert!(ends.all(|end| end > now + 390 * 86_400), "{listing}");
    let mode = fs::metadata(keys[0]["file"].as_str().unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The key is locked; its passphrase comes as systemd gives it.
#[test]
fn locked_key_is_opened_with_a_credential() {
    let installation = Installation::new("");
    fs::remove_dir_all(installation.path("keys/openpgp")).unwrap();
    let gnupg = Gnupg::new();
    let (user_id, secret) = (format!("CSIRT <{TEAM}>"), ["--passphrase", "correct horse"]);
    let generate = [
        "--quick-generate-key",
        &user_id,
        "future-default",
        "default",
        "never",
    ];
    gnupg.run(&[&secret[..], &generate[..]].concat(), b"");
    let export = ["--armor", "--export-secret-keys", TEAM];
    let locked = gnupg.run(&[&secret[..], &export[..]].concat(), b"");
    let credentials = installation.path("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("openpgp"), "correct horse\n").unwrap();
    fs::write(credentials.join("team.asc"), locked).unwrap();
    let wrong =
        "[openpgp]\nsecret_dir = \"credential:\"\npassphrase_file = \"credential:nothing\"\n";
    let extra = installation.path("conf.d/test.toml");
    fs::write(&extra, wrong).unwrap();
    let environment = [("CREDENTIALS_DIRECTORY", credentials.display().to_string())];
    let check = || {
        let mut command = installation.command(&["keys", "check"]);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), errors)
    };
    assert_eq!(check().0, 1);
    fs::write(&extra, wrong.replace("nothing", "openpgp")).unwrap();
    assert_eq!(check(), (0, String::new()));
    let without = installation.output(&["keys", "check"]);
    assert!(
        !without.status.success(),
        "a copied configuration is not enough"
    );
    let hint = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(hint.contains("LoadCredential="), "{hint}");
    let mut daemon = installation.start(&[], &environment, "daemon.log");
    installation.wait_for_port(&mut daemon, installation.ports.lmtp);
    let fingerprint =
        String::from_utf8(gnupg.run(&["--with-colons", "--list-keys", TEAM], b"")).unwrap();
    let fingerprint = fingerprint
        .lines()
        .find(|line| line.starts_with("fpr:"))
        .unwrap();
    let sealed = to(&gnupg, fingerprint.split(':').nth(9).unwrap());
    assert!(is_opened(&installation, &sealed, "locked"));
    let (signed, signature) = split_signed(&installation.outbox()[0]);
    assert!(gnupg.verify(&signed, &signature).contains("GOODSIG"));
    assert!(!installation.log().contains("correct horse"));
}

#[test]
fn published_tree_is_what_gnupg_looks_for() {
    let installation = Installation::new("");
    let site = installation.path("site");
    let site_name = site.display().to_string();
    installation.run(&["publish", &site_name]);
    installation.run(&["publish", &site_name]);
    let gnupg = Gnupg::new();
    let armored = fs::read_to_string(site.join("openpgp-key.asc")).unwrap();
    gnupg.import(&armored);
    let listing = gnupg.run(&["--with-wkd-hash", "--list-keys", TEAM], b"");
    let listing = String::from_utf8(listing).unwrap();
    let name = listing
        .split_whitespace()
        .find_map(|word| {
            word.strip_suffix("@team.example")
                .filter(|name| name.len() == 32)
        })
        .unwrap();
    let root = site.join(".well-known/openpgpkey");
    for base in [root.clone(), root.join("team.example")] {
        let key = fs::read(base.join("hu").join(name)).unwrap();
        let packets = String::from_utf8(gnupg.run(&["--list-packets"], &key)).unwrap();
        assert!(
            packets.contains(":public key packet:") && packets.contains(TEAM),
            "{packets}"
        );
        assert!(!packets.contains("secret"), "{packets}");
        assert!(base.join("policy").is_file());
        let mode = fs::metadata(base.join("policy"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644, "a web server reads it");
    }
    let list = installation.json(&["keys", "list", "--json"]);
    let team = list.iter().find(|key| key["place"] == "team").unwrap();
    let fingerprint = team["fingerprint"].as_str().unwrap();
    for file in ["openpgp-key.txt", "openpgp-key.html"] {
        let page = fs::read_to_string(site.join(file)).unwrap();
        assert!(page.replace(' ', "").contains(fingerprint), "{page}");
        assert!(
            page.contains("Test CSIRT") && !page.contains("PRIVATE"),
            "{page}"
        );
    }
}
