//! Keys of correspondents, and ciphertext that is sent again.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::gnupg::{Gnupg, armored_message, encrypted_entity, signed_entity};
use crate::hierarchy::{NAME, ring, runtime, store};
use crate::mail::{TEAM, crlf, field, mail};
use crate::support::{Daemon, Installation, http_get, send, wait_for};

pub const NOC: &str = "noc@partner.example";
pub const THIEF: &str = "thief@elsewhere.example";
/// Our own MTA says that the sender is proved.
pub const PASSED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";
pub const ATTACK: &str = "Our server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10.";

/// A gateway, and a correspondent with a key.
pub struct Scene {
    pub installation: Installation,
    _daemon: Daemon,
    pub noc: Gnupg,
    pub fingerprint: String,
}

/// A GnuPG with a key for the correspondent's address, and the team's certificate.
pub fn with_key(installation: &Installation, user_id: &str) -> (Gnupg, String) {
    let gnupg = Gnupg::new();
    let fingerprint = gnupg.make_key(user_id);
    gnupg.import(&installation.run(&["keys", "export"]));
    (gnupg, fingerprint)
}

pub fn attached(text: &str, certificate: &str) -> String {
    crlf(&format!(
        "Content-Type: multipart/mixed; boundary=\"=_m\"\n\n--=_m\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\
         --=_m\nContent-Type: application/pgp-keys; name=\"key.asc\"\nContent-Disposition: attachment; filename=\"key.asc\"\n\n{certificate}\n--=_m--\n"
    ))
}

/// A signed mail that brings its key; header and body.
pub fn signed_with_key(gnupg: &Gnupg, from: &str, text: &str) -> (String, String) {
    let entity = attached(text, &gnupg.export(from));
    signed_entity(&entity, &gnupg.sign(from, &entity))
}

impl Scene {
    pub fn new() -> Scene {
        let installation = Installation::new("");
        let daemon = installation.serve();
        let (noc, fingerprint) = with_key(&installation, &format!("NOC <{NOC}>"));
        Scene {
            installation,
            _daemon: daemon,
            noc,
            fingerprint,
        }
    }

    /// The first mail of the correspondent, signed, with his key, his sender proved.
    pub fn pinned() -> Scene {
        let scene = Scene::new();
        let (head, body) = signed_with_key(&scene.noc, NOC, ATTACK);
        scene.submit(NOC, "first", &format!("{PASSED}{head}"), &body);
        scene
    }

    pub fn submit(&self, from: &str, subject: &str, head: &str, body: &str) {
        let message = mail(
            from,
            subject,
            &format!("{subject}.1@partner.example"),
            head,
            body,
        );
        let reply = send(self.installation.ports.smtp, from, TEAM, &message);
        assert!(reply.starts_with("250"), "{reply}");
        self.installation.settle();
    }

    /// A mail that brings a key and is not signed; its sender is proved.
    pub fn submit_attached(&self, subject: &str, certificate: &str) {
        let entity = attached(ATTACK, certificate).replace("\r\n", "\n");
        let (head, body) = entity.split_once("\n\n").unwrap();
        let head = format!("{PASSED}MIME-Version: 1.0\n{head}\n");
        self.submit(NOC, subject, &head, body);
    }

    /// A mail in clear whose sender is proved.
    pub fn submit_clear(&self, subject: &str) -> String {
        self.submit(
            NOC,
            subject,
            PASSED,
            &format!("Hello,\n\n{ATTACK}\n{subject}"),
        );
        self.installation.outbox().pop().unwrap()
    }

    /// `ticket show --json` of the ticket with this Subject.
    pub fn shown(&self, subject: &str) -> Value {
        let tickets = self.installation.tickets();
        let found = tickets
            .iter()
            .find(|ticket| ticket["first"]["subject"] == subject);
        let found = found.unwrap_or_else(|| panic!("no {subject}: {tickets:?}"));
        let reference = found["reference"].as_str().unwrap();
        self.installation
            .json(&["ticket", "show", reference, "--json", "--text"])
            .remove(0)
    }

    pub fn reference(&self, subject: &str) -> String {
        self.shown(subject)["reference"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn conflicts(&self) -> Vec<Value> {
        self.installation
            .json(&["keys", "conflicts", "list", "--json"])
    }

    /// `state (proof)` of the certificate for the correspondent's address.
    pub fn binding(&self, fingerprint: &str) -> String {
        let listed = self.installation.json(&["keys", "list", "--json"]);
        let key = listed.iter().find(|key| key["fingerprint"] == fingerprint);
        let bindings = key.map(|key| key["bindings"].as_array().unwrap().clone());
        let binding = bindings
            .iter()
            .flatten()
            .find(|binding| binding["address"] == NOC);
        binding.map_or_else(String::new, |binding| {
            format!(
                "{} ({})",
                binding["state"].as_str().unwrap(),
                binding["proof"].as_str().unwrap()
            )
        })
    }
}

pub fn flags(shown: &Value) -> Vec<&str> {
    let entries = shown["entries"].as_array().unwrap().iter();
    let flags = entries.flat_map(|entry| entry["flags"].as_array().unwrap());
    flags.map(|flag| flag["flag"].as_str().unwrap()).collect()
}

pub fn is_encrypted(letter: &str) -> bool {
    field(letter, "Content-Type")
        .unwrap()
        .starts_with("multipart/encrypted")
}

/// T11: whoever sends another key for an address gains nothing by it, by whichever of the channels.
#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn the_first_key_is_pinned_and_four_others_change_nothing_until_an_analyst_says_so() {
    let scene = Scene::pinned();
    assert_eq!(scene.binding(&scene.fingerprint), "pinned (sender)");
    let answered_to_first = |subject: &str| {
        let answer = scene.submit_clear(subject);
        assert!(is_encrypted(&answer), "{subject}: {answer}");
        let (_, status) = scene.noc.decrypt(&armored_message(&answer));
        assert!(status.contains("GOODSIG"), "{status}");
    };
    answered_to_first("before");
    let other = || with_key(&scene.installation, &format!("NOC <{NOC}>"));
    let mut others = Vec::new();
    // Signed with it, and nothing else.
    let (gnupg, fingerprint) = other();
    let (head, body) = signed_with_key(&gnupg, NOC, "Please use my new key.");
    scene.submit(NOC, "signed", &head, &body);
    assert_eq!(flags(&scene.shown("signed")), ["key-conflict"]);
    let entry = &scene.shown("signed")["entries"][0];
    assert_eq!(entry["signatures"][0]["from_matches"], false, "{entry}");
    assert_eq!(
        entry["signatures"][0]["verdict"], "good_unknown_key",
        "{entry}"
    );
    others.push((gnupg, fingerprint));
    let exported = scene.installation.run(&["keys", "export", NOC]);
    let exported = exported.replace(' ', "");
    assert!(exported.contains(&scene.fingerprint), "{exported}");
    answered_to_first("after-signed");
    // Attached, by a proved sender.
    let (gnupg, fingerprint) = other();
    scene.submit_attached("attached", &gnupg.export(NOC));
    assert_eq!(flags(&scene.shown("attached")), ["key-conflict"]);
    others.push((gnupg, fingerprint));
    answered_to_first("after-attached");
    // In the Autocrypt header, of a proved sender.
    let (gnupg, fingerprint) = other();
    let autocrypt = autocrypt(&gnupg);
    scene.submit(NOC, "autocrypt", &format!("{PASSED}{autocrypt}"), ATTACK);
    assert_eq!(flags(&scene.shown("autocrypt")), ["key-conflict"]);
    others.push((gnupg, fingerprint));
    answered_to_first("after-autocrypt");
    // From a file.
    let (gnupg, fingerprint) = other();
    let file = scene.installation.path("other.asc");
    std::fs::write(&file, gnupg.export(NOC)).unwrap();
    let imported = scene
        .installation
        .output(&["keys", "import", file.to_str().unwrap()]);
    assert_eq!(imported.status.code(), Some(1), "a finding");
    others.push((gnupg, fingerprint));
    answered_to_first("after-import");

    let conflicts = scene.conflicts();
    let found: BTreeSet<&str> = conflicts
        .iter()
        .map(|one| one["fingerprint"].as_str().unwrap())
        .collect();
    let expected: BTreeSet<&str> = others
        .iter()
        .map(|(_, fingerprint)| fingerprint.as_str())
        .collect();
    assert_eq!(found, expected);
    assert!(
        conflicts
            .iter()
            .all(|one| one["known"] == scene.fingerprint.as_str())
    );
    let metrics = http_get(scene.installation.ports.admin, "/metrics").unwrap();
    assert!(
        metrics.contains("pillarbox_key_conflicts_total{outcome=\"kept\"} 3"),
        "{metrics}"
    );
    let log = scene.installation.log();
    assert!(
        log.contains("another certificate for an address") && !log.contains(NOC),
        "{log}"
    );

    // An analyst decides.
    let run = |action: &str, fingerprint: &str| {
        let why = "compared by telephone";
        let arguments = [
            "keys",
            "conflicts",
            action,
            fingerprint,
            "--address",
            NOC,
            "--by",
            "kim",
            "--why",
            why,
        ];
        scene.installation.run(&arguments)
    };
    let (accepted, rejected) = (&others[0], &others[1]);
    run("reject", &rejected.1);
    run("accept", &accepted.1);
    assert_eq!(scene.binding(&scene.fingerprint), "superseded (sender)");
    assert_eq!(scene.binding(&accepted.1), "authenticated (analyst)");
    assert_eq!(scene.binding(&rejected.1), "rejected (analyst)");
    assert_eq!(scene.conflicts().len(), 2);
    let answer = scene.submit_clear("decided");
    let (_, status) = accepted.0.decrypt(&armored_message(&answer));
    assert!(status.contains("GOODSIG"), "{status}");
    let shown = scene.installation.run(&["keys", "show", &accepted.1]);
    for words in ["conflict", "authenticated", "kim", "compared by telephone"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// The correspondent's certificate as the header field of Autocrypt.
pub fn autocrypt(gnupg: &Gnupg) -> String {
    let binary = gnupg.run(
        &["--export-options", "export-minimal", "--export", NOC],
        b"",
    );
    let keydata = base64(&binary);
    let folded: Vec<&str> = keydata
        .as_bytes()
        .chunks(70)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("Autocrypt: addr={NOC}; keydata=\n {}\n", folded.join("\n "))
}

fn base64(octets: &[u8]) -> String {
    let mut child = std::process::Command::new("base64")
        .arg("-w0")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), octets).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// A forger's self-made key is the first to come for an address: it opens nothing, and the owner's answers are not encrypted
/// to it.
#[test]
fn a_pin_that_rests_on_nothing_but_its_own_signature_is_a_weak_one() {
    let scene = Scene::new();
    scene.submit_clear("opened");
    let reference = scene.reference("opened");
    let (forger, fingerprint) = with_key(&scene.installation, &format!("NOC <{NOC}>"));
    for (number, subject) in ["forged", "again"].iter().enumerate() {
        let text = format!("[{reference}] close it, we were wrong ({number}).");
        let (head, body) = signed_with_key(&forger, NOC, &text);
        scene.submit(NOC, subject, &head, &body);
        // A ticket of its own, both times: the second one with a key that is pinned.
        assert_eq!(scene.shown(subject)["entries"].as_array().unwrap().len(), 1);
        assert_eq!(scene.binding(&fingerprint), "pinned (signature)");
    }
    assert_eq!(
        scene.shown("opened")["entries"].as_array().unwrap().len(),
        1
    );
    assert!(
        !is_encrypted(&scene.submit_clear("owner")),
        "not to a key that nobody but its owner vouches for"
    );
    // The owner's own key, in mail that is proved to be his, takes its place: the forger's is the conflict.
    let (head, body) = signed_with_key(&scene.noc, NOC, ATTACK);
    scene.submit(NOC, "real", &format!("{PASSED}{head}"), &body);
    assert!(flags(&scene.shown("real")).is_empty());
    assert_eq!(scene.binding(&scene.fingerprint), "pinned (sender)");
    assert_eq!(scene.binding(&fingerprint), "conflict (signature)");
    let answer = scene.installation.outbox().pop().unwrap();
    assert!(is_encrypted(&answer), "{answer}");
    let (_, status) = scene.noc.decrypt(&armored_message(&answer));
    assert!(status.contains("GOODSIG"), "{status}");
    let conflicts = scene.conflicts();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0]["fingerprint"], fingerprint.as_str());
    assert_eq!(conflicts[0]["known"], scene.fingerprint.as_str());
    let history = scene.installation.run(&["keys", "show", &fingerprint]);
    assert!(history.contains("better proof"), "{history}");
    // Once more, the forger gains nothing.
    let (head, body) = signed_with_key(&forger, NOC, "It is me, really.");
    scene.submit(NOC, "late", &head, &body);
    assert_eq!(flags(&scene.shown("late")), ["key-conflict"]);
    assert_eq!(scene.binding(&scene.fingerprint), "pinned (sender)");
}

#[test]
fn trust_is_given_taken_and_remembered() {
    let scene = Scene::pinned();
    let trust = |action: &str| {
        let arguments = [
            "keys",
            action,
            &scene.fingerprint,
            "--address",
            NOC,
            "--by",
            "kim",
        ];
        scene.installation.output(&arguments)
    };
    assert!(trust("trust").status.success());
    assert_eq!(scene.binding(&scene.fingerprint), "authenticated (analyst)");
    let (head, body) = signed_with_key(&scene.noc, NOC, "More of it.");
    scene.submit(NOC, "trusted", &head, &body);
    let entry = &scene.shown("trusted")["entries"][0];
    assert_eq!(entry["signatures"][0]["verdict"], "good", "{entry}");
    assert_eq!(entry["signatures"][0]["from_matches"], true, "{entry}");
    assert!(
        scene
            .installation
            .run(&["keys", "list"])
            .contains("authenticated by kim on")
    );
    // Everything is sealed anew, and opens.
    scene
        .installation
        .run(&["keys", "reseal", "--deep", "--all"]);
    assert_eq!(scene.binding(&scene.fingerprint), "authenticated (analyst)");
    assert!(
        scene
            .installation
            .run(&["keys", "show", &scene.fingerprint])
            .contains("kim")
    );
    assert!(trust("distrust").status.success());
    assert_eq!(scene.binding(&scene.fingerprint), "rejected (analyst)");
    let (head, body) = signed_with_key(&scene.noc, NOC, "Even more of it.");
    scene.submit(NOC, "distrusted", &format!("{PASSED}{head}"), &body);
    let entry = &scene.shown("distrusted")["entries"][0];
    assert_eq!(entry["signatures"][0]["from_matches"], false, "{entry}");
    assert_eq!(flags(&scene.shown("distrusted")), ["key-conflict"]);
    assert_eq!(
        scene.binding(&scene.fingerprint),
        "rejected (analyst)",
        "mail does not undo it"
    );
    let nobody = scene
        .installation
        .output(&["keys", "trust", "AAAA", "--address", NOC]);
    assert_eq!(nobody.status.code(), Some(1));
}

/// What the team certified counts as authenticated, on another gateway of the team, too.
#[test]
fn the_teams_certification_authenticates() {
    let scene = Scene::pinned();
    let certify = ["keys", "certify", &scene.fingerprint, "--address", NOC];
    assert_eq!(
        scene.installation.output(&certify).status.code(),
        Some(1),
        "not authenticated yet"
    );
    scene
        .installation
        .run(&["keys", "trust", &scene.fingerprint, "--address", NOC]);
    let certified = scene.installation.run(&certify);
    // GnuPG sees it.
    scene.noc.import(&certified);
    let checked = scene
        .noc
        .run(&["--with-colons", "--check-signatures", NOC], b"");
    let checked = String::from_utf8(checked).unwrap();
    let team = scene.installation.json(&["keys", "list", "--json"]);
    let team = team.iter().find(|key| key["place"] == "team").unwrap()["fingerprint"]
        .as_str()
        .unwrap();
    let good = checked.lines().filter(|line| line.starts_with("sig:!:"));
    assert!(
        good.clone().any(|line| line.contains(&team[24..])),
        "{checked}"
    );
    // Another gateway trusts this team's certifications.
    let path = scene.installation.path("team.asc");
    std::fs::write(&path, scene.installation.run(&["keys", "export"])).unwrap();
    let other = Installation::new(&format!(
        "[openpgp]\ncertifiers = [\"{}\"]\n",
        path.display()
    ));
    let file = other.path("certified.asc");
    std::fs::write(&file, certified).unwrap();
    other.run(&["keys", "import", file.to_str().unwrap()]);
    let listed = other.run(&["keys", "list"]);
    assert!(listed.contains(&format!("certified by {team}")), "{listed}");
}

/// T02, T03, S-02: ciphertext of one case sent by somebody else.
#[test]
fn captured_ciphertext_is_flagged_and_its_answer_gives_nothing_away() {
    let scene = Scene::pinned();
    let secret =
        "The ministry of zebras was breached through its printer in room 7741 at midnight.";
    let entity = crlf(&format!(
        "Content-Type: text/plain; charset=utf-8\n\n{secret}\n{ATTACK}\n"
    ));
    let armored = scene.noc.sign_and_encrypt(NOC, TEAM, &entity);
    let (head, body) = encrypted_entity(&armored);
    scene.submit(NOC, "original", &format!("{PASSED}{head}"), &body);
    assert!(flags(&scene.shown("original")).is_empty());
    let before = scene.installation.outbox().len();
    // The thief wraps it anew; he doesn't change it, for then it would not open.
    let rewrapped = armored.replace(
        "-----BEGIN PGP MESSAGE-----",
        "-----BEGIN PGP MESSAGE-----\nComment: mine",
    );
    let (head, body) = encrypted_entity(&rewrapped);
    scene.submit(THIEF, "stolen", &head, &body);
    let reference = scene.reference("original");
    let shown = scene.shown("stolen");
    let mut found = flags(&shown);
    found.sort_unstable();
    assert_eq!(found, ["ciphertext-replayed", "signature-replayed"]);
    let flag = &shown["entries"][0]["flags"][0];
    assert_eq!(flag["ticket"], reference.as_str(), "{shown}");
    assert_eq!(shown["entries"][0]["signatures"][0]["from_matches"], false);
    // Both sides are shown, to people, too.
    let first = scene.shown("original");
    assert_eq!(
        first["entries"].as_array().unwrap().len(),
        1,
        "it joins nothing"
    );
    assert_eq!(
        first["entries"][0]["came_again"][0]["ticket"],
        shown["reference"]
    );
    let text = scene
        .installation
        .run(&["ticket", "show", shown["reference"].as_str().unwrap()]);
    assert!(
        text.contains("the same ciphertext came before") && text.contains(&reference),
        "{text}"
    );
    let text = scene.installation.run(&["ticket", "show", &reference]);
    assert!(text.contains("its ciphertext came again"), "{text}");
    // The answer is that of any other mail: nothing of the text is in it, not eight letters in a row.
    let sent = scene.installation.outbox();
    assert_eq!(sent.len(), before + 1);
    let answer = sent.last().unwrap();
    let plain = text_of_all(answer);
    for piece in secret.as_bytes().windows(8) {
        let piece = std::str::from_utf8(piece).unwrap();
        assert!(
            !answer.contains(piece) && !plain.contains(piece),
            "{piece:?}: {plain}"
        );
    }
    // The same message by another way is a copy, and no replay.
    let (head, body) = encrypted_entity(&armored);
    scene.submit(NOC, "original", &format!("Received: from elsewhere.example by mx.team.example; Tue, 05 Mar 2024 09:00:00 +0100\n{PASSED}{head}"), &body);
    assert!(flags(&scene.shown("original")).is_empty());
}

/// Quoted-printable undone, soft line breaks and all: nothing may hide behind them.
fn text_of_all(message: &str) -> String {
    message
        .replace("=\r\n", "")
        .replace("=20", " ")
        .replace("\r\n", " ")
}

/// T26: "yes, take it down" was said of another case.
#[test]
fn a_signature_that_was_sent_before_is_flagged_and_proves_nothing() {
    let scene = Scene::pinned();
    let (head, body) = signed_with_key(&scene.noc, NOC, "Yes, take it down.");
    scene.submit(NOC, "yes", &format!("{PASSED}{head}"), &body);
    let made = scene.shown("yes")["entries"][0]["signatures"][0]["made_at"].clone();
    assert!(made.is_string());
    scene.submit(NOC, "replayed", &head, &body);
    let shown = scene.shown("replayed");
    assert_eq!(flags(&shown), ["signature-replayed"]);
    let signature = &shown["entries"][0]["signatures"][0];
    assert_eq!(
        (&signature["made_at"], &signature["verdict"]),
        (&made, &"good_unknown_key".into())
    );
    // His key is not made a party of the new ticket: a party can join it.
    let parties = scene
        .installation
        .sql("SELECT count(*) FROM party GROUP BY ticket ORDER BY ticket");
    assert_eq!(parties.lines().collect::<Vec<_>>(), ["2", "2", "1"]);
}

/// T12: the verdict at receipt stays; a later one is written beside it.
#[test]
fn a_revocation_that_comes_later_is_told_beside_the_verdict_at_receipt() {
    let scene = Scene::pinned();
    let entry = &scene.shown("first")["entries"][0];
    assert_eq!(
        entry["signatures"][0]["later"],
        Value::Array(Vec::new()),
        "{entry}"
    );
    let file = scene.installation.path("revoked.asc");
    std::fs::write(&file, scene.noc.revoked(&scene.fingerprint, NOC)).unwrap();
    for _ in 0..2 {
        scene
            .installation
            .run(&["keys", "import", file.to_str().unwrap()]);
    }
    let entry = scene.shown("first")["entries"][0].clone();
    let later = entry["signatures"][0]["later"].as_array().unwrap();
    assert_eq!(later.len(), 1, "once: {entry}");
    assert_eq!(later[0]["verdict"], "revoked_key");
    assert_eq!(later[0]["reason"], "compromised");
    assert_eq!(
        entry["signatures"][0]["verdict"], "good_unknown_key",
        "history, not overwritten"
    );
    let text = scene
        .installation
        .run(&["ticket", "show", &scene.reference("first")]);
    assert!(
        text.contains("at receipt; certificate revoked since 20") && text.contains("(compromised)"),
        "{text}"
    );
    assert!(
        scene
            .installation
            .run(&["keys", "list"])
            .contains("REVOKED")
    );
    // Nothing is encrypted to it any more.
    assert!(!is_encrypted(&scene.submit_clear("later")));
    // Whoever takes the later verdict away is found out.
    let whole = scene.installation.command(&["verify"]).output().unwrap();
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    scene.installation.sql("DELETE FROM verdict");
    let robbed = scene.installation.command(&["verify"]).output().unwrap();
    assert_eq!(robbed.status.code(), Some(1));
    let said = String::from_utf8_lossy(&robbed.stdout).into_owned();
    assert!(
        said.contains("1 on message 1") && said.contains("missing"),
        "{said}"
    );
}

#[test]
fn a_later_verdict_meets_a_reseal_and_is_not_lost() {
    let scene = Scene::pinned();
    let file = scene.installation.path("revoked.asc");
    std::fs::write(&file, scene.noc.revoked(&scene.fingerprint, NOC)).unwrap();
    let (store, ring) = (store(&scene.installation), ring(&scene.installation));
    let entry = scene.shown("first")["entries"][0]["id"].clone();
    let entry = entry.as_str().unwrap();
    let case = scene
        .installation
        .sql(&format!("SELECT case_id FROM entry WHERE id = '{entry}'"));
    let case = case.trim().parse().unwrap();
    let runtime = runtime();
    // The case is in hand: its key is about to be another one.
    let work = runtime.block_on(store.take_case(case)).unwrap().unwrap();
    let aad = pillarbox::sealing::case_aad(NAME, case);
    let other = ring.rewrap(&work.wrapped, &aad).unwrap();
    let mut import = scene
        .installation
        .command(&["keys", "import", file.to_str().unwrap()])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_for("the verdict to wait", Duration::from_secs(60), || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO verdict%'";
        scene.installation.sql(waiting).trim() == "1"
    });
    runtime.block_on(work.finish(&other)).unwrap();
    assert!(import.wait().unwrap().success());
    let entry = scene.shown("first")["entries"][0].clone();
    let later = entry["signatures"][0]["later"].as_array().unwrap();
    assert_eq!(later.len(), 1, "{entry}");
}

/// Whoever writes to the database makes no certificate anybody's.
#[test]
fn a_binding_that_was_changed_in_the_database_is_not_believed() {
    let scene = Scene::pinned();
    assert_eq!(scene.binding(&scene.fingerprint), "pinned (sender)");
    assert!(is_encrypted(&scene.submit_clear("before")));
    let shown = || {
        scene
            .installation
            .run(&["keys", "show", &scene.fingerprint])
    };
    scene
        .installation
        .sql("UPDATE certificate_binding SET state = 'authenticated', proof = 'analyst'");
    assert!(!shown().contains("authenticated"), "{}", shown());
    let verified = scene.installation.output(&["verify"]);
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(
        verified.status.code() == Some(1)
            && text.contains("certificate_binding")
            && text.contains("altered"),
        "{text}"
    );
    let (head, body) = signed_with_key(&scene.noc, NOC, "More of it.");
    scene.submit(NOC, "signed", &head, &body);
    let entry = &scene.shown("signed")["entries"][0];
    assert_eq!(
        entry["signatures"][0]["verdict"], "good_unknown_key",
        "{entry}"
    );
    assert!(
        !is_encrypted(&scene.submit_clear("after")),
        "to nobody's key"
    );
    scene
        .installation
        .sql("UPDATE certificate_binding SET state = 'pinned', proof = 'sender'");
    assert_eq!(scene.binding(&scene.fingerprint), "pinned (sender)");
    scene.installation.run(&["verify"]);
}
