//! Tickets that nobody answered in time: the queue shows them, and those on duty and the webhook are told, once and once more.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::hook::{Hook, Post};
use crate::mail::{TEAM, field, id_of, mail, text_of};
use crate::support::{Installation, send, wait_for};

const NOC: &str = "noc@partner.example";
const ISP: &str = "abuse@isp.example";
const DUTY: &str = "duty@team.example";
const SECRET: &str = "test-only secret, not for any use";

pub fn with_hook(hook: &Hook, duty: &str, more: &str) -> Installation {
    use std::os::unix::fs::PermissionsExt;
    let secret = hook.folder.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let folder = hook.folder.path().display();
    let url = &hook.url;
    Installation::new(&format!(
        "{more}[duty]\naddresses = [{duty}]\n[alerts]\nwebhook = \"{url}\"\nwebhook_secret_file = \"{folder}/secret\"\n\
         webhook_ca_file = \"{folder}/ca.pem\"\n"
    ))
}

/// Opens a ticket; its reference.
fn opened(installation: &Installation, id: &str) -> String {
    let report = mail(
        NOC,
        "Ministry attacked",
        id,
        "",
        &format!("192.0.2.10, {id}."),
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &report);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let reference = installation.tickets().last().unwrap()["reference"].clone();
    reference.as_str().unwrap().to_owned()
}

/// Lets the time of all tickets that are not told yet run out.
pub fn run_out(installation: &Installation) {
    installation.sql(
        "UPDATE ticket SET answer_due = now() - interval '1 hour', tell_at = now() - interval '1 hour' WHERE told = 0",
    );
}

/// The letters to those on duty about overdue tickets, when there are so many.
fn letters(installation: &Installation, count: usize) -> Vec<String> {
    let overdue = || {
        let sent = installation.outbox().into_iter();
        let overdue = |letter: &String| field(letter, "Subject").unwrap().contains("overdue");
        sent.filter(overdue).collect::<Vec<_>>()
    };
    wait_for("letters to those on duty", Duration::from_secs(60), || {
        overdue().len() >= count
    });
    let letters = overdue();
    assert_eq!(letters.len(), count);
    letters
}

pub fn assert_signed(post: &Post) {
    let secret = zeroize::Zeroizing::new(SECRET.as_bytes().to_vec());
    let expected = vault::WebhookSecret::new(secret).unwrap().sign(&post.body);
    assert_eq!(post.signature, format!("sha256={expected}"));
    assert_eq!(post.path, "/alerts");
}

fn assert_told(post: &Post, references: &[&str]) {
    assert_signed(post);
    let told = post.json();
    assert_eq!(told["event"], "tickets_overdue");
    assert_eq!(told["tickets"], Value::from(references.to_vec()));
}

fn overdue(installation: &Installation) -> Vec<String> {
    let listed = installation.json(&["ticket", "list", "--overdue", "--json"]);
    let references = listed.iter().map(|ticket| ticket["reference"].as_str());
    references.map(|one| one.unwrap().to_owned()).collect()
}

#[test]
fn overdue_tickets_are_told_once_and_once_more_and_an_analyst_ends_it() {
    let hook = Hook::start(&[]);
    let installation = with_hook(&hook, &format!("{DUTY:?}"), "");
    let daemon = installation.serve();
    let first = opened(&installation, "o.1@partner.example");
    let second = opened(&installation, "o.2@partner.example");
    assert!(overdue(&installation).is_empty());
    assert_eq!(installation.metric("pillarbox_tickets_overdue"), 0.0);

    run_out(&installation);
    let letter = &letters(&installation, 1)[0];
    assert_eq!(field(letter, "To").as_deref(), Some(DUTY));
    assert_eq!(
        field(letter, "Auto-Submitted").as_deref(),
        Some("auto-generated")
    );
    let kind = field(letter, "Content-Type").unwrap();
    assert!(kind.starts_with("multipart/signed"), "{kind}");
    let text = text_of(letter);
    for reference in [&first, &second] {
        assert!(text.contains(&format!("[{reference}]")), "{text}");
    }
    for secret in ["Ministry", "192.0.2.10", "partner.example"] {
        assert!(!letter.contains(secret), "{secret}: {letter}");
    }
    assert_told(&hook.next(), &[&first, &second]);
    assert_eq!(overdue(&installation), [first.as_str(), second.as_str()]);
    assert!(
        installation
            .run(&["ticket", "list"])
            .contains("new OVERDUE")
    );
    assert_eq!(installation.metric("pillarbox_tickets_overdue"), 2.0);

    // One is closed, one is told again, by whatever daemon runs then.
    installation.run(&["ticket", "close", &first]);
    let waits = "SELECT count(*) FROM ticket WHERE told = 1 AND tell_at > now()";
    assert_eq!(installation.sql(waits).trim(), "1");
    drop(daemon);
    installation.sql("UPDATE ticket SET tell_at = now() WHERE tell_at IS NOT NULL");
    let _daemon = installation.serve();
    let text = text_of(&letters(&installation, 2)[1]);
    assert!(text.contains(&second) && !text.contains(&first), "{text}");
    assert_told(&hook.next(), &[&second]);

    // Never more of that one; the next letter is about another.
    let third = opened(&installation, "o.3@partner.example");
    run_out(&installation);
    let text = text_of(&letters(&installation, 3)[2]);
    assert!(text.contains(&third) && !text.contains(&second), "{text}");
    assert_told(&hook.next(), &[&third]);
    assert_eq!(overdue(&installation), [second.as_str(), third.as_str()]);

    // Who takes one in hand ends it.
    for reference in [&second, &third] {
        installation.run(&["ticket", "status", reference, "open"]);
    }
    assert!(overdue(&installation).is_empty());
    assert_eq!(installation.metric("pillarbox_tickets_overdue"), 0.0);
    assert!(hook.is_quiet());
    installation.run(&["verify"]);
}

#[test]
fn ticket_that_waits_for_somebody_is_overdue_when_he_is_silent_and_open_when_he_answers() {
    let installation = Installation::new(&format!("[duty]\naddresses = [\"{DUTY}\"]\n"));
    let _daemon = installation.serve();
    let reference = opened(&installation, "w.1@partner.example");
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0]));
    let shown = || {
        let shown = installation.json(&["ticket", "show", &reference, "--json"]);
        shown.into_iter().next().unwrap()
    };
    let past = installation.output(&[
        "ticket",
        "status",
        &reference,
        "waiting",
        "--until",
        "2020-01-01",
    ]);
    assert_eq!(past.status.code(), Some(1));
    installation.run(&[
        "ticket",
        "status",
        &reference,
        "waiting",
        "--until",
        "2099-12-31",
        "--reason",
        "asked for logs",
    ]);
    let waiting = shown();
    assert_eq!(
        (&waiting["state"], &waiting["answer_due"]),
        (&"waiting".into(), &"2099-12-31T23:00:00Z".into())
    );
    assert_eq!(waiting["overdue"], false);
    run_out(&installation);
    let text = text_of(&letters(&installation, 1)[0]);
    assert!(text.contains("waiting\r\n"), "{text}");
    assert_eq!(overdue(&installation), [reference.as_str()]);
    // His answer opens it again, and it is our turn.
    let reply = mail(
        NOC,
        "Re: Ministry attacked",
        "w.2@partner.example",
        &answers,
        "Here they are.",
    );
    send(installation.ports.smtp, NOC, TEAM, &reply);
    installation.settle();
    let open = shown();
    assert_eq!(
        (&open["state"], &open["overdue"]),
        (&"open".into(), &false.into())
    );
    assert!(open["answer_due"].is_string());
    let text = installation.run(&["ticket", "show", &reference]);
    assert!(text.contains("it was waiting for that"), "{text}");
    assert!(text.contains("asked for logs"), "{text}");
    installation.run(&["verify"]);
}

#[test]
fn those_on_duty_hear_of_it_once_the_team_key_can_sign_again() {
    let installation = Installation::new(&format!("[duty]\naddresses = [\"{DUTY}\"]\n"));
    let daemon = installation.serve();
    let reference = opened(&installation, "k.1@partner.example");
    let folder = installation.path("keys/openpgp");
    let read_anew = |count: usize| {
        daemon.signal("HUP");
        wait_for("the keys to be read", Duration::from_secs(30), || {
            let log = installation.log();
            log.matches("OpenPGP keys read anew").count() == count
        });
    };
    let mut files = std::fs::read_dir(&folder).unwrap();
    let is_revocation = |path: &PathBuf| path.extension().is_some_and(|end| end == "rev");
    let revocation = files.find_map(|file| Some(file.unwrap().path()).filter(is_revocation));
    let revocation = revocation.unwrap().display().to_string();
    installation.run(&["keys", "revoke", &revocation]);
    read_anew(1);
    run_out(&installation);
    let fault = "no letter to those on duty could be made";
    wait_for("a try", Duration::from_secs(30), || {
        installation.log().contains(fault)
    });
    assert_eq!(installation.sql("SELECT told FROM ticket").trim(), "0");

    std::fs::remove_dir_all(&folder).unwrap();
    installation.run(&["keys", "generate", "team"]);
    read_anew(2);
    let text = text_of(&letters(&installation, 1)[0]);
    assert!(text.contains(&reference), "{text}");
}

/// A letter on a ticket to somebody who is to answer.
fn written(installation: &Installation, reference: &str) {
    let file = installation.path("words.txt");
    std::fs::write(&file, "Which ports?").unwrap();
    let file = file.display().to_string();
    let letter = ["ticket", "reply", reference, "--yes", "--to", ISP];
    let expects = ["--expect-answer", "2099-12-31", "--text", &file];
    installation.run(&[&letter[..], &expects].concat());
}

/// His mail server has refused every letter; those on duty are to hear of it soon.
fn refused(installation: &Installation) {
    installation.sql(
        "UPDATE awaited SET failed = '5.1.1', until = date_trunc('hour', now()) WHERE ended = ''",
    );
}

/// What a ticket's letters expect: on which ticket, overdue, and how it ended.
fn awaited(installation: &Installation, reference: &str) -> Vec<(String, bool, Value)> {
    let shown = installation.json(&["ticket", "show", reference, "--json"]);
    let awaited = shown[0]["awaited"].as_array().unwrap().iter();
    let one = |one: &Value| {
        assert_eq!(one["from"], ISP);
        let ticket = one["ticket"].as_str().unwrap().to_owned();
        (ticket, one["overdue"] == true, one["ended"].clone())
    };
    awaited.map(one).collect()
}

#[test]
fn what_a_letter_expects_counts_for_the_ticket_into_which_its_own_was_merged() {
    let installation = Installation::new(&format!("[duty]\naddresses = [\"{DUTY}\"]\n"));
    let daemon = installation.serve();
    let merged = opened(&installation, "g.1@partner.example");
    let heir = opened(&installation, "g.2@partner.example");
    let run = |arguments: &[&str]| installation.run(&[&["ticket"], arguments].concat());
    written(&installation, &merged);
    run(&["merge", &merged, &heir]);
    assert!(overdue(&installation).is_empty());
    refused(&installation);
    assert_eq!(overdue(&installation), [heir.as_str()]);
    assert_eq!(installation.metric("pillarbox_tickets_overdue"), 1.0);
    let text = text_of(&letters(&installation, 1)[0]);
    assert!(text.contains(&format!("[{heir}]")), "{text}");
    let late = [(merged.clone(), true, Value::Null)];
    assert_eq!(awaited(&installation, &heir), late);
    let shown = run(&["show", &heir]);
    let line = format!("Answer of {ISP} ({merged}): until");
    assert!(shown.contains(&line), "{shown}");

    // Given back, merged again, and told once more.
    run(&["unmerge", &merged]);
    assert_eq!(overdue(&installation), [merged.as_str()]);
    assert!(awaited(&installation, &heir).is_empty());
    assert_eq!(awaited(&installation, &merged), late);
    run(&["merge", &merged, &heir]);
    installation.sql("UPDATE ticket SET tell_at = now() WHERE told = 1");
    letters(&installation, 2);
    installation.run(&["verify"]);

    // Who takes the heir in hand ends it, and that stays so.
    run(&["status", &heir, "open"]);
    assert!(overdue(&installation).is_empty());
    run(&["unmerge", &merged]);
    assert!(overdue(&installation).is_empty());
    assert_eq!(
        awaited(&installation, &merged),
        [(merged.clone(), false, "withdrawn".into())]
    );
    drop(daemon);
    installation.run(&["verify"]);
    installation.sql("UPDATE awaited SET ended = 'answered'");
    let verified = installation.output(&["verify"]);
    assert_eq!(verified.status.code(), Some(1), "nobody answered");
}

#[test]
fn an_answer_that_names_the_heir_alone_ends_what_the_merged_ticket_s_letter_expects() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let merged = opened(&installation, "h.1@partner.example");
    let heir = opened(&installation, "h.2@partner.example");
    written(&installation, &merged);
    installation.run(&["ticket", "merge", &merged, &heir]);
    let passed = "Authentication-Results: mx.team.example; dmarc=pass header.from=isp.example\n";
    let subject = format!("Re: [{heir}] Ministry attacked");
    let answer = mail(ISP, &subject, "h.3@isp.example", passed, "Port 22.");
    send(installation.ports.smtp, ISP, TEAM, &answer);
    installation.settle();
    let answered = [(merged.clone(), false, "answered".into())];
    assert_eq!(awaited(&installation, &heir), answered);
    installation.run(&["ticket", "unmerge", &merged]);
    assert_eq!(awaited(&installation, &merged), answered);
    drop(daemon);
    installation.run(&["verify"]);
}
