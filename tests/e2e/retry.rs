//! Reports for a key that the team did not have when they came: opened once it has it, by the command, the console and the API.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::Value;

use crate::acts::signed_in;
use crate::analysts::Sealing;
use crate::browser::Login;
use crate::console::with_console;
use crate::desk::shown;
use crate::gnupg::{Gnupg, encrypted_entity, signed_entity};
use crate::mail::{TEAM, crlf, field, id_of, mail};
use crate::roles::{login, make_logins};
use crate::support::{Installation, send};
use crate::together::{Holding, waiting};

const SENSOR: &str = "sensor@partner.example";
const SECRET_SUBJECT: &str = "Ministry breached by zebra-7741";
const PROVED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";
const ATTACK: &str = "Our server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10.";

/// The team's second key, which the gateway does not have yet, and a correspondent who writes to it.
struct Scene {
    team: Gnupg,
    key: String,
    sensor: Gnupg,
    signer: String,
}

impl Scene {
    fn new() -> Scene {
        let (team, sensor) = (Gnupg::new(), Gnupg::new());
        let key = team.make_key(&format!("Team of next year <{TEAM}>"));
        let signer = sensor.make_key(&format!("Field Sensor <{SENSOR}>"));
        sensor.import(&team.export(TEAM));
        Scene {
            team,
            key,
            sensor,
            signer,
        }
    }

    /// A report that is signed and encrypted to that key, with a Subject inside and the sender's certificate.
    fn report(&self, id: &str, header: &str, more: &str) -> String {
        let certificate = self.sensor.export(SENSOR);
        let inner = crlf(&format!(
            "Content-Type: multipart/mixed; boundary=\"=_m\"; protected-headers=\"v1\"\nSubject: {SECRET_SUBJECT}\n\n\
             --=_m\nContent-Type: text/plain; charset=utf-8\n\nHello,\n\n{ATTACK}\n{more}\n\
             --=_m\nContent-Type: application/pgp-keys; name=\"key.asc\"\n\n{certificate}\n--=_m--\n"
        ));
        let (head, body) = encrypted_entity(&self.sensor.sign_and_encrypt(SENSOR, TEAM, &inner));
        mail(SENSOR, "...", id, &format!("{header}{head}"), &body)
    }

    /// The operator adds the key.
    fn add_key(&self, installation: &Installation) {
        let secret = self
            .team
            .run(&["--armor", "--export-secret-keys", &self.key], b"");
        let path = installation.path("keys/openpgp/next.asc");
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    }
}

/// The reference of the ticket that it opens.
fn submit(installation: &Installation, message: &str) -> String {
    let reply = send(installation.ports.smtp, SENSOR, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let tickets = installation.tickets();
    let newest = tickets.last().unwrap();
    newest["reference"].as_str().unwrap().to_owned()
}

fn retry(installation: &Installation, arguments: &[&str]) -> (i32, String) {
    let arguments = [&["ticket", "retry"], arguments].concat();
    let mut command = installation.command(&arguments);
    said(&command.env("PILLARBOX_ACTOR", "kim").output().unwrap())
}

fn said(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

/// Messages that have this value, by the command.
fn found(installation: &Installation, value: &str) -> String {
    said(&installation.output(&["ticket", "search", value])).1
}

fn openpgp(installation: &Installation, reference: &str) -> Value {
    shown(installation, reference)["entries"][0]["openpgp"].clone()
}

fn needs_human(installation: &Installation) -> String {
    installation.sql("SELECT string_agg(needs_human, ',' ORDER BY serial) FROM ticket")
}

#[test]
fn a_report_for_a_key_that_came_later_is_opened_found_and_answered_by_nobody() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let scene = Scene::new();
    let reference = submit(&installation, &scene.report("r.1@partner.example", "", ""));
    assert_eq!(needs_human(&installation), "undecryptable\n");
    assert_eq!(openpgp(&installation, &reference)["decrypted"], false);
    assert!(!found(&installation, "192.0.2.10").contains(&reference));
    let sent = installation.outbox().len();

    // Without the key: said plainly, and in the trail.
    let (code, words) = retry(&installation, &[&reference]);
    assert_eq!(code, 1, "{words}");
    assert!(
        words.contains("message 1 stays closed: none of the team's keys fits"),
        "{words}"
    );
    assert_eq!(needs_human(&installation), "undecryptable\n");
    installation.run(&["verify"]);

    scene.add_key(&installation);
    // With what the console's login may do, and no more.
    make_logins(&installation);
    let mut command = installation.command(&["ticket", "retry", &reference]);
    command.envs([login(&installation, "console")]);
    let (code, words) = said(&command.env("PILLARBOX_ACTOR", "kim").output().unwrap());
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("message 1 is open now"), "{words}");
    assert_eq!(needs_human(&installation), "\n");
    let ticket = shown(&installation, &reference);
    let entry = &ticket["entries"][0];
    assert_eq!(entry["subject"], SECRET_SUBJECT, "{entry}");
    let layers = entry["openpgp"]["layers"].as_array().unwrap();
    assert_eq!(layers[0]["key"], scene.key.as_str(), "{layers:?}");
    assert_eq!(layers[1]["verdict"], "good_unknown_key", "{layers:?}");
    assert_eq!(layers[1]["signer"], scene.signer.as_str(), "{layers:?}");
    assert!(entry.to_string().contains(ATTACK), "{entry}");
    let hits = found(&installation, "192.0.2.10");
    assert!(hits.contains(&reference), "{hits}");
    // Who sent it is found as before.
    let hits = found(&installation, &format!("sender:{SENSOR}"));
    assert!(hits.contains(&reference), "{hits}");
    let list = installation.run(&["ticket", "list"]);
    assert!(
        list.contains(SECRET_SUBJECT) && list.contains("signed, key not verified"),
        "{list}"
    );
    let history = ticket["history"].to_string();
    assert!(
        history.contains("\"retried\"")
            && history.contains("kim")
            && history.contains(&format!("1 {}", scene.key)),
        "{history}"
    );
    let people = installation.run(&["ticket", "show", &reference]);
    let words = format!("message 1 opened with the key {}, by kim at 20", scene.key);
    assert!(people.contains(&words), "{people}");
    assert_eq!(installation.outbox().len(), sent, "somebody was answered");
    installation.run(&["verify"]);

    // Again is no harm, and leaves no line.
    let lines = installation.sql("SELECT count(*) FROM audit WHERE action = 'retried'");
    let (code, words) = retry(&installation, &[&reference]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("nothing on it waits"), "{words}");
    assert_eq!(
        installation.sql("SELECT count(*) FROM audit WHERE action = 'retried'"),
        lines
    );
    let dump = installation.sql("SELECT string_agg(t::text, ' ') FROM audit t");
    assert!(!dump.contains("zebra"), "{dump}");

    // What the message brought was learned: a letter to the reporter leaves encrypted, and his signature is known again.
    assert_eq!(
        installation.sql("SELECT count(*) > 0 FROM signer").trim(),
        "t"
    );
    let replayed = submit(
        &installation,
        &scene.report("r.2@partner.example", "", "again"),
    );
    installation.run(&["verify"]);
    installation.run(&["ticket", "erase", &replayed, "--reason", "request", "--yes"]);
    let (code, words) = retry(&installation, &[&replayed]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("erased"), "{words}");
}

#[test]
fn the_outer_signature_of_the_message_itself_is_no_replay_of_it() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let scene = Scene::new();
    // Signed around what is encrypted, as well as within.
    let certificate = scene.sensor.export(SENSOR);
    let inner = crlf(&format!(
        "Content-Type: multipart/mixed; boundary=\"=_m\"\n\n--=_m\nContent-Type: text/plain; charset=utf-8\n\n{ATTACK}\n\
         --=_m\nContent-Type: application/pgp-keys; name=\"key.asc\"\n\n{certificate}\n--=_m--\n"
    ));
    let (head, body) = encrypted_entity(&scene.sensor.sign_and_encrypt(SENSOR, TEAM, &inner));
    let entity = crlf(&format!("{}\n\n{body}", head.trim_end()));
    let (head, body) = signed_entity(&entity, &scene.sensor.sign(SENSOR, &entity));
    let head = format!("{PROVED}{head}");
    let report = mail(SENSOR, "...", "o.1@partner.example", &head, &body);
    let reference = submit(&installation, &report);
    let noted = installation.sql("SELECT count(*) FROM replay");
    // The message, what is encrypted in it, and what is signed around that.
    assert_eq!(noted.trim(), "3");
    assert_eq!(needs_human(&installation), "undecryptable\n");
    scene.add_key(&installation);
    let (code, words) = retry(&installation, &[&reference]);
    assert_eq!(code, 0, "{words}");
    // What it brought is believed as far as when it had opened at once: the certificate is kept as its signer's.
    let listed = installation.json(&["keys", "list", "--json"]);
    let key = listed
        .iter()
        .find(|key| key["fingerprint"] == *scene.signer);
    let bindings = &key.unwrap()["bindings"];
    assert_eq!(bindings[0]["proof"], "sender", "{bindings}");
    let text = installation.run(&["ticket", "show", &reference]);
    assert!(!text.contains("replay"), "{text}");
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM entry_flag WHERE flag = 'signature-replayed'")
            .trim(),
        "0"
    );
    assert_eq!(
        installation.sql("SELECT max(again) FROM replay").trim(),
        "0",
        "it came once"
    );
    installation.run(&["verify"]);
}

#[test]
fn all_that_wait_are_opened_at_once_by_two_who_ask_at_the_same_moment() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let scene = Scene::new();
    let stranger = Scene::new();
    let mut references = Vec::new();
    for number in 0..3 {
        let id = format!("s.{number}@partner.example");
        references.push(submit(&installation, &scene.report(&id, "", &id)));
    }
    // One joins a ticket that needs nobody, and one is for a key that nobody has.
    let clear = submit(
        &installation,
        &mail(SENSOR, "Scan", "s.9@partner.example", "", ATTACK),
    );
    let sent = installation.outbox();
    let mut answers = sent.iter();
    let answer = answers.find(|mail| field(mail, "Subject").unwrap().contains(&clear));
    let answers = format!("In-Reply-To: <{}>\n", id_of(answer.unwrap()));
    submit(
        &installation,
        &scene.report("s.10@partner.example", &answers, "follow-up"),
    );
    let joined = shown(&installation, &clear);
    assert_eq!(
        joined["entries"][1]["openpgp"]["decrypted"], false,
        "{joined}"
    );
    let closed = submit(
        &installation,
        &stranger.report("s.11@partner.example", "", ""),
    );
    scene.add_key(&installation);
    let run = || {
        let mut command = installation.command(&["ticket", "retry", "--all-undecryptable"]);
        command.stdout(std::process::Stdio::piped());
        command
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [run(), run()];
    for child in both {
        let (code, words) = said(&child.wait_with_output().unwrap());
        assert_eq!(code, 1, "{words}");
        let stays = format!("{closed}: message 1 stays closed: none of the team's keys fits");
        assert!(
            words.contains(&stays) && words.contains("1 stay closed"),
            "{words}"
        );
    }
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM ticket WHERE needs_human <> ''")
            .trim(),
        "1"
    );
    let opened = installation.sql(
        "SELECT count(*), count(DISTINCT substring(detail FROM 'entry=(\\S+)')) FROM audit WHERE action = 'retried' AND detail LIKE 'entry=%'",
    );
    assert_eq!(opened.trim(), "4|4", "each was opened once");
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM ticket_event WHERE action = 'retried'")
            .trim(),
        "4"
    );
    for reference in &references {
        assert_eq!(openpgp(&installation, reference)["decrypted"], true);
    }
    installation.run(&["verify"]);
}

#[test]
fn the_console_and_the_api_open_it_and_say_what_stays_closed() {
    let (installation, _daemon, port) = with_console();
    let scene = Scene::new();
    let one = submit(
        &installation,
        &scene.report("c.1@partner.example", "", "one"),
    );
    let two = submit(
        &installation,
        &scene.report("c.2@partner.example", "", "two"),
    );
    let serial = |reference: &str| reference.split('#').nth(1).unwrap().to_owned();
    let (one, two) = (serial(&one), serial(&two));
    let alice = signed_in(&installation, port, "alice", "analyst");
    let page = alice.get(&format!("/t/{one}"));
    assert!(
        page.body.contains("could not be decrypted")
            && page.body.contains(&format!("action=\"/t/{one}/retry\"")),
        "{}",
        page.body
    );
    let word = page.word();
    let press = || alice.post(&format!("/t/{one}/retry"), &[("word", &word)]);
    let refused = press();
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(
        refused
            .body
            .contains("It stays closed. Message 1: none of the team’s keys fits."),
        "{}",
        refused.body
    );
    let said = installation.run(&["analyst", "token", "add", "robot", "--scope", "act"]);
    let token = said.lines().last().unwrap();
    let bearer = format!("Authorization: Bearer {token}");
    let ask = |key: &str| {
        let key = format!("Idempotency-Key: {key}");
        let sent = alice.with(
            &format!("/api/v1/tickets/{}/retry", two.trim_start_matches('0')),
            &[
                "-H",
                &bearer,
                "-H",
                &key,
                "-H",
                "Content-Type: application/json",
                "-d",
                "{}",
            ],
        );
        assert_eq!(sent.status, 200, "{}{}", sent.head, sent.body);
        serde_json::from_str::<Value>(&sent.body).unwrap()
    };
    let closed = ask("first");
    assert_eq!(closed["opened"].as_array().unwrap().len(), 0, "{closed}");
    assert_eq!(closed["closed"][0]["why"], "no_key", "{closed}");

    scene.add_key(&installation);
    let opened = press();
    assert_eq!(opened.status, 303, "{}", opened.body);
    let page = alice.get(opened.field("Location").unwrap()).body;
    let groups = scene.key.as_bytes().chunks(4);
    let groups: Vec<String> = groups
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect();
    let history = format!("Message 1, key {}", groups.join(" "));
    for words in [
        "The message is open now",
        SECRET_SUBJECT,
        "192.0.2.10",
        &history,
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    assert!(!page.contains("/retry\""), "still a button: {page}");
    let again = press();
    let there = again.field("Location").unwrap_or_default();
    assert!(there.starts_with(&format!("/t/{one}?did=open&")), "{there}");

    let opened = ask("second");
    assert_eq!(opened["opened"][0], 1, "{opened}");
    assert_eq!(ask("third")["opened"].as_array().unwrap().len(), 0);
    let bob = Login::new(&installation, "bob", "reader");
    let curl = crate::browser::Curl::new(&installation, port);
    curl.sign_in("bob", bob.password, &bob.code());
    let word = curl.get("/q/CSIRT").word();
    let place = format!("/t/{two}/retry");
    assert_eq!(curl.post(&place, &[("word", &word)]).status, 403);
    installation.run(&["verify"]);
}

#[test]
fn what_is_sealed_to_analysts_opens_with_the_key_of_one_of_them() {
    let sealing = Sealing::with("");
    let installation = &sealing.installation;
    let _daemon = installation.serve();
    let scene = Scene::new();
    let reference = submit(installation, &scene.report("a.1@partner.example", "", ""));
    scene.add_key(installation);
    let (code, words) = retry(installation, &[&reference]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("1 sealed to analysts"), "{words}");
    let as_alice = |arguments: &[&str]| sealing.run(&sealing.alice, arguments);
    let words = as_alice(&["ticket", "retry", &reference]);
    assert!(words.contains("message 1 is open now"), "{words}");
    assert_eq!(needs_human(installation), "\n");
    let text = as_alice(&["ticket", "show", &reference, "--text"]);
    assert!(
        text.contains(SECRET_SUBJECT) && text.contains(ATTACK),
        "{text}"
    );
    let hits = as_alice(&["ticket", "search", "192.0.2.10"]);
    assert!(hits.contains(&reference), "{hits}");
    // The gateway can open it no more than before.
    let text = installation.run(&["ticket", "show", &reference, "--text"]);
    assert!(!text.contains("zebra") && !text.contains(ATTACK), "{text}");
    installation.run(&["verify"]);
    as_alice(&["verify"]);
}

/// Adds a key under a name of its own.
fn add_key_as(scene: &Scene, installation: &Installation, name: &str) {
    scene.add_key(installation);
    let place = |name: &str| installation.path(&format!("keys/openpgp/{name}.asc"));
    std::fs::rename(place("next"), place(name)).unwrap();
}

#[test]
fn nobody_is_needed_once_the_last_is_open_whoever_of_two_opened_which() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let (first, second) = (Scene::new(), Scene::new());
    let reference = submit(&installation, &first.report("w.1@partner.example", "", ""));
    let answer = installation.outbox().pop().unwrap();
    let answers = format!("In-Reply-To: <{}>\n", id_of(&answer));
    submit(
        &installation,
        &second.report("w.2@partner.example", &answers, "more"),
    );
    let entries = shown(&installation, &reference)["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2, "{entries}");
    drop(daemon);
    // Whoever has the second key alone opens the second message, and is held before he writes it.
    add_key_as(&second, &installation, "second");
    let held = "LOCK TABLE replay IN ACCESS EXCLUSIVE MODE";
    let run = || {
        let mut command = installation.command(&["ticket", "retry", &reference]);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let holding = Holding::new(&installation, held, true);
    let mut one = run();
    waiting(&installation, 1);
    let mut later = Holding::new(&installation, held, false);
    waiting(&installation, 2);
    // Whoever has both opens the first, and waits for the other.
    add_key_as(&first, &installation, "first");
    let mut two = run();
    waiting(&installation, 3);
    holding.let_go();
    later.is_held();
    waiting(&installation, 2);
    later.let_go();
    one.wait().unwrap();
    two.wait().unwrap();
    for entry in shown(&installation, &reference)["entries"]
        .as_array()
        .unwrap()
    {
        assert_eq!(entry["openpgp"]["decrypted"], true, "{entry}");
    }
    assert_eq!(needs_human(&installation), "\n");
    installation.run(&["verify"]);
}

#[test]
fn what_was_said_of_a_tickets_values_is_read_once_for_all_its_messages() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let scene = Scene::new();
    let reference = submit(&installation, &scene.report("y.1@partner.example", "", ""));
    let answer = installation.outbox().pop().unwrap();
    let answers = format!("In-Reply-To: <{}>\n", id_of(&answer));
    for number in 2..5 {
        let id = format!("y.{number}@partner.example");
        submit(&installation, &scene.report(&id, &answers, &id));
    }
    drop(daemon);
    scene.add_key(&installation);
    let read = || {
        let read = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'ticket_event'";
        installation.sql(read).trim().parse::<i64>().unwrap()
    };
    // Whoever ends tells what he read.
    let before = read();
    let (code, words) = retry(&installation, &[&reference]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("message 4 is open now"), "{words}");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(read() - before <= 1, "{} times", read() - before);
    installation.run(&["verify"]);
}
