//! Texts of the team's for letters: checked with the configuration, and reached for in the terminal and in the console.

use serde_json::Value;

use crate::acts::signed_in;
use crate::browser::Answer;
use crate::console::{NOC, submit};
use crate::desk::shown;
use crate::mail::mail;
use crate::support::{Installation, free_port};

const FRENCH: &str =
    "Bonjour,\n\nnous avons pris {{ tag }} en main le {{ day }}.\n\n{{ analyst }}\n";
const ENGLISH: &str = "Hello,\n\nwe have {{ tag }} in hand.\n\n{{ analyst }}, {{ team }}\n";

/// The configuration names a folder with these files, which is made.
fn with_texts(extra: &str) -> Installation {
    let installation = Installation::new("");
    let folder = installation.path("canned");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in [
        ("in-hand.en.txt", ENGLISH),
        ("in-hand.fr.txt", FRENCH),
        ("only-here.fr.txt", "Merci.\n"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let folder = folder.display();
    let text = format!("[team]\ncanned_dir = \"{folder}\"\n{extra}");
    std::fs::write(installation.path("conf.d/test.toml"), text).unwrap();
    installation
}

/// What the newest letter on a ticket says.
fn letter(installation: &Installation, reference: &str) -> String {
    let ticket = shown(installation, reference);
    let entries = ticket["entries"].as_array().unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last["kind"], "letter", "{last}");
    last.to_string()
}

#[test]
fn a_text_is_checked_with_the_configuration_and_sent_from_the_terminal() {
    let installation = with_texts("");
    let _daemon = installation.serve();
    installation.run(&["config", "check"]);
    let wrong = installation.path("canned/wrong.fr.txt");
    std::fs::write(&wrong, "Bonjour\n{{ report }}\n").unwrap();
    let checked = installation.output(&["config", "check"]);
    assert_eq!(checked.status.code(), Some(78));
    let words = String::from_utf8(checked.stderr).unwrap();
    assert!(
        words.contains("canned/wrong.fr.txt, line 2: ")
            && words.contains("analyst, day, tag, team"),
        "{words}"
    );
    std::fs::remove_file(wrong).unwrap();

    let report = mail(NOC, "Scan", "k.1@partner.example", "", "Secret zebra-7741.");
    let serial = submit(&installation, &report);
    let reply = |more: &[&str]| {
        let arguments = [&["ticket", "reply", &serial, "--yes"], more].concat();
        let mut command = installation.command(&arguments);
        let output = command.env("PILLARBOX_ACTOR", "kim").output().unwrap();
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (code, words) = reply(&["--canned", "in-hand", "--language", "fr"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains(&format!("nous avons pris CSIRT#{serial} en main le ")),
        "not shown before it leaves: {words}"
    );
    let said = letter(&installation, &serial);
    assert!(
        said.contains("en main le ") && said.contains("kim") && !said.contains("zebra"),
        "{said}"
    );
    // Without a language: the team's first that it is in.
    for (name, expected) in [("in-hand", "in hand"), ("only-here", "Merci.")] {
        let (code, words) = reply(&["--canned", name]);
        assert_eq!(code, Some(0), "{words}");
        assert!(letter(&installation, &serial).contains(expected));
    }
    let (code, words) = reply(&["--canned", "only-here", "--language", "en"]);
    assert_eq!(code, Some(1), "{words}");
    assert!(
        words.contains("there are in-hand (en), in-hand (fr), only-here (fr)"),
        "{words}"
    );
}

/// What stands in the box for the letter's text.
fn written(page: &Answer) -> &str {
    let rest = page.body.split("<textarea id=\"text\"").nth(1).unwrap();
    let rest = rest.split_once('>').unwrap().1;
    rest.split("</textarea>").next().unwrap()
}

#[test]
fn a_text_is_put_below_what_is_written_and_nothing_is_sent_by_that() {
    let port = free_port();
    let installation = with_texts(&format!("[console]\naddress = \"127.0.0.1:{port}\"\n"));
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let report = mail(NOC, "Scan", "k.2@partner.example", "", "Secret zebra-7741.");
    let serial = submit(&installation, &report);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let place = format!("/t/{serial}/reply");
    let page = alice.get(&place);
    for text in ["in-hand (en)", "in-hand (fr)", "only-here (fr)"] {
        assert!(page.body.contains(text), "{}", page.body);
    }
    let word = page.word();
    let form = |canned: &str, text: &str| {
        let pairs = [
            ("word", word.as_str()),
            ("to", NOC),
            ("text", text),
            ("canned", canned),
            ("act", "insert"),
        ];
        alice.post(&place, &pairs)
    };
    let page = form("in-hand.fr", "Mes mots.");
    assert_eq!(page.status, 200, "{}", page.body);
    let text = written(&page);
    assert!(
        text.contains("Mes mots.\n\nBonjour,\n\nnous avons pris CSIRT#")
            && text.contains("alice")
            && !text.contains("(console)"),
        "{text}"
    );
    let unknown = form("nothing.fr", "Mes mots.");
    assert_eq!(unknown.status, 409);
    assert!(
        unknown.body.contains("no such canned text") && written(&unknown).trim() == "Mes mots.",
        "{}",
        unknown.body
    );
    // Programs take it, too.
    let said = installation.run(&["analyst", "token", "add", "robot", "--scope", "read,act"]);
    let bearer = format!("Authorization: Bearer {}", said.lines().last().unwrap());
    let ask = |place: &str| alice.with(&format!("/api/v1{place}"), &["-H", &bearer]);
    let listed = ask("/canned-texts").body;
    assert!(
        listed.contains("{\"name\":\"only-here\",\"language\":\"fr\"}"),
        "{listed}"
    );
    let texts = format!("/tickets/{}/canned-texts", serial.trim_start_matches('0'));
    let filled = ask(&format!("{texts}/in-hand?language=fr"));
    assert_eq!(filled.status, 200, "{}", filled.body);
    assert!(
        filled
            .body
            .contains(&format!("pris CSIRT#{serial} en main")),
        "{}",
        filled.body
    );
    assert_eq!(ask(&format!("{texts}/only-here?language=en")).status, 404);
    assert_eq!(ask("/tickets/1/canned-texts/in-hand").status, 404);
    let none: Vec<Value> = Vec::new();
    assert_eq!(
        shown(&installation, &serial)["sent"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|mail| mail["purpose"] == "letter")
            .cloned()
            .collect::<Vec<Value>>(),
        none
    );
}
