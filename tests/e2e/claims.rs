//! What a certificate, a signature or a notice claims, and what it takes to be believed.

use crate::correspondents::{
    ATTACK, NOC, PASSED, Scene, THIEF, autocrypt, flags, is_encrypted, signed_with_key,
};
use crate::gnupg::{encrypted_entity, signed_entity};
use crate::mail::{TEAM, crlf, field, id_of, mail, text_of};
use crate::support::{Installation, send};

const DESK: &str = "desk@partner.example";

/// T11: who sends a key has not shown that it is his; who signs with it has.
#[test]
fn a_key_that_signed_nothing_is_a_weak_pin_until_it_signs() {
    for in_header in [false, true] {
        let scene = Scene::new();
        match in_header {
            true => {
                let head = format!("{PASSED}{}", autocrypt(&scene.noc));
                scene.submit(NOC, "brought", &head, ATTACK);
            }
            false => scene.submit_attached("brought", &scene.noc.export(NOC)),
        }
        assert_eq!(scene.binding(&scene.fingerprint), "pinned (attached)");
        let answer = scene.submit_clear("before");
        assert!(!is_encrypted(&answer), "{in_header}: {answer}");
        let entity = "Content-Type: text/plain\r\n\r\nIt is my key.\r\n";
        let (head, body) = signed_entity(entity, &scene.noc.sign(NOC, entity));
        // Whoever forges his address can't strengthen it.
        scene.submit(NOC, "unproved", &head, &body);
        assert_eq!(scene.binding(&scene.fingerprint), "pinned (attached)");
        let entity = "Content-Type: text/plain\r\n\r\nIt is my key, again.\r\n";
        let (head, body) = signed_entity(entity, &scene.noc.sign(NOC, entity));
        scene.submit(NOC, "signed", &format!("{PASSED}{head}"), &body);
        assert_eq!(scene.binding(&scene.fingerprint), "pinned (sender)");
        assert!(is_encrypted(&scene.submit_clear("after")));
    }
}

/// T21: it was compared with one of its owner's addresses.
#[test]
fn a_certificate_is_trusted_for_the_address_that_it_was_compared_with() {
    let scene = Scene::pinned();
    let user_id = format!("Desk <{DESK}>");
    scene
        .noc
        .run(&["--quick-add-uid", &scene.fingerprint, &user_id], b"");
    let trust = ["keys", "trust", &scene.fingerprint, "--address", NOC];
    scene.installation.run(&trust);
    for subject in ["first of the desk", "second of the desk"] {
        let (head, body) = signed_with_key(&scene.noc, DESK, subject);
        scene.submit(DESK, subject, &format!("{PASSED}{head}"), &body);
    }
    let signature = |subject: &str| {
        let entry = scene.shown(subject)["entries"][0].clone();
        let signature = &entry["signatures"][0];
        (
            signature["verdict"].clone(),
            signature["from_matches"].clone(),
        )
    };
    assert_eq!(
        signature("second of the desk"),
        ("good_unknown_key".into(), true.into())
    );
    let (head, body) = signed_with_key(&scene.noc, NOC, "And the NOC.");
    scene.submit(NOC, "of the noc", &head, &body);
    assert_eq!(signature("of the noc"), ("good".into(), true.into()));
}

/// How many parties each ticket has, the newest last: who is proved by a signature is one by its certificate, too.
fn parties(scene: &Scene) -> Vec<String> {
    let counts = scene
        .installation
        .sql("SELECT count(*) FROM party GROUP BY ticket ORDER BY ticket");
    counts.lines().map(str::to_owned).collect()
}

/// T26: a captured signature that somebody else sends first proves its owner when it comes from him.
#[test]
fn a_signature_is_not_used_up_by_whoever_sends_it_first() {
    let scene = Scene::pinned();
    assert_eq!(parties(&scene), ["2"]);
    let (head, body) = signed_with_key(&scene.noc, NOC, "Yes, take it down.");
    scene.submit(THIEF, "stolen", &head, &body);
    scene.submit(NOC, "forged", &head, &body);
    scene.submit(NOC, "real", &format!("{PASSED}{head}"), &body);
    assert_eq!(parties(&scene), ["2", "1", "2", "2"]);
    // Now it is used up, for everybody.
    scene.submit(NOC, "again", &format!("{PASSED}{head}"), &body);
    scene.submit(NOC, "forged again", &head, &body);
    assert_eq!(parties(&scene), ["2", "1", "2", "2", "1", "1"]);
    assert_eq!(flags(&scene.shown("forged again")), ["signature-replayed"]);
}

/// T26: mail that is kept and not shown was sent, too.
#[test]
fn a_signature_on_suppressed_mail_is_used_up() {
    let scene = Scene::pinned();
    let (head, body) = signed_with_key(&scene.noc, NOC, "I am away; yes, take it down.");
    let away = format!("{PASSED}Auto-Submitted: auto-replied\n{head}");
    scene.submit(NOC, "away", &away, &body);
    assert_eq!(scene.installation.quarantine().len(), 1);
    scene.submit(NOC, "replayed", &head, &body);
    assert_eq!(parties(&scene), ["2", "1"]);
    assert_eq!(flags(&scene.shown("replayed")), ["signature-replayed"]);
}

/// A gateway that answers proved senders only.
fn strict() -> Installation {
    let installation = Installation::new("");
    let path = installation.configuration();
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replace("unauthenticated = true", "unauthenticated = false");
    assert_ne!(text, changed);
    std::fs::write(path, changed).unwrap();
    installation
}

fn submit(installation: &Installation, message: &str) {
    let reply = send(installation.ports.smtp, NOC, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// T7, T57: a copy with better proof is worth more than the first.
#[test]
fn a_message_that_comes_again_with_proof_of_its_sender_is_filed_beside_the_first_and_answered() {
    let installation = strict();
    let _daemon = installation.serve();
    let unproved = mail(NOC, "Scan", "first@partner.example", "", ATTACK);
    let proved = crlf(&format!("{PASSED}{unproved}"));
    submit(&installation, &unproved);
    assert!(installation.outbox().is_empty());
    for _ in 0..2 {
        submit(&installation, &proved);
        submit(&installation, &unproved);
    }
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1, "{tickets:?}");
    assert_eq!(
        (&tickets[0]["messages"], &tickets[0]["copies"]),
        (&2.into(), &3.into())
    );
    let sent = installation.outbox();
    assert_eq!(sent.len(), 1, "answered once");
    let reference = tickets[0]["reference"].as_str().unwrap();
    assert!(field(&sent[0], "Subject").unwrap().contains(reference));
    let shown = installation
        .json(&["ticket", "show", reference, "--json"])
        .remove(0);
    assert_eq!(flags(&shown), ["proved-copy"]);
    let dmarc = |entry: usize| shown["entries"][entry]["authentication"].to_string();
    assert!(
        !dmarc(0).contains("pass") && dmarc(1).contains("pass"),
        "{shown}"
    );
    let text = installation.run(&["ticket", "show", reference]);
    assert!(
        text.contains("came again with proof of its sender"),
        "{text}"
    );
    // What it is entitled to with proof, it gets: the ticket that it names.
    let reply = mail(
        NOC,
        &format!("[{reference}] More"),
        "second@partner.example",
        "",
        "A second address, 192.0.2.11.",
    );
    submit(&installation, &reply);
    assert_eq!(installation.tickets().len(), 2, "named without proof");
    submit(&installation, &crlf(&format!("{PASSED}{reply}")));
    assert_eq!(installation.tickets().len(), 2);
    let shown = installation
        .json(&["ticket", "show", reference, "--json"])
        .remove(0);
    let kinds: Vec<_> = shown["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["report", "report", "reply"]);
    // Proved from the first, it is counted as ever.
    let other = crlf(&format!(
        "{PASSED}{}",
        mail(
            NOC,
            "Other",
            "third@partner.example",
            "",
            "192.0.2.12 again."
        )
    ));
    submit(&installation, &other);
    submit(&installation, other.split_once("\r\n").unwrap().1);
    let ticket = installation
        .tickets()
        .into_iter()
        .find(|it| it["first"]["subject"] == "Other");
    assert_eq!(ticket.unwrap()["copies"], 1);
}

/// T06: what was read in a ciphertext shows in no answer that others can read.
#[test]
fn an_answer_in_clear_tells_nothing_of_what_was_encrypted() {
    let scene = Scene::new();
    let french = "Bonjour,\n\nnotre serveur est attaqué depuis hier par une adresse étrangère, merci de votre aide, cordialement.\n192.0.2.10";
    let entity = crlf(&format!(
        "Content-Type: text/plain; charset=utf-8\n\n{french}\n"
    ));
    let arguments = [
        "--armor",
        "--trust-model",
        "always",
        "--encrypt",
        "-r",
        TEAM,
    ];
    let mut answers = Vec::new();
    for (number, secret) in [
        (1, entity.as_str()),
        (
            2,
            "Content-Type: text/plain\r\n\r\nHello, our server is attacked by somebody, please help us soon.\r\n",
        ),
    ] {
        let armored = String::from_utf8(scene.noc.run(&arguments, secret.as_bytes())).unwrap();
        let (head, body) = encrypted_entity(&armored);
        scene.submit(NOC, &format!("zebra {number}"), &head, &body);
        answers.push(scene.installation.outbox().pop().unwrap());
    }
    for answer in &answers {
        let subject = field(answer, "Subject").unwrap();
        assert!(!subject.contains("zebra"), "{subject}");
        let text = text_of(answer);
        assert!(
            text.contains("Thank you") && text.contains("Merci"),
            "{text}"
        );
    }
}

/// L4: a notice about mail that was sent to somebody else is no notice of ours.
#[test]
fn a_notice_about_somebody_to_whom_we_sent_nothing_is_kept_and_marks_nobody() {
    let scene = Scene::new();
    let answer = scene.submit_clear("report");
    let notice = |recipient: &str, id: &str| {
        crlf(&format!(
            "From: MAILER-DAEMON@mx.partner.example\nTo: {TEAM}\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <{id}@mx.partner.example>\n\
             In-Reply-To: <{}>\nDate: Tue, 05 Mar 2024 09:10:00 +0100\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_d\"\n\n\
             --=_d\nContent-Type: text/plain\n\nmailbox is full\n\n\
             --=_d\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.partner.example\n\n\
             Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.2.2\n\n--=_d--\n",
            id_of(&answer)
        ))
    };
    let messages = || scene.installation.tickets()[0]["messages"].clone();
    submit(&scene.installation, &notice(DESK, "d.1"));
    assert_eq!(messages(), 1);
    assert_eq!(scene.installation.quarantine().len(), 1);
    for address in [NOC, DESK] {
        let contact = scene.installation.run(&["contact", "show", address]);
        assert!(!contact.contains("5.2.2"), "{contact}");
    }
    submit(&scene.installation, &notice(NOC, "d.2"));
    assert_eq!(messages(), 2);
    let contact = scene.installation.run(&["contact", "show", NOC]);
    assert!(contact.contains("5.2.2"), "{contact}");
}
