//! The queue and a ticket by keyboard alone: each key leads to a form that is there without a script, too.

use serde_json::json;

use crate::acts::signed_in;
use crate::browser::{Chromium, Login};
use crate::console::{ATTACK, NOC, submit, with_console};
use crate::mail::{id_of, mail};
use crate::support::Installation;

const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";

/// Waits until this is where one writes.
fn writes_at(chromium: &Chromium, id: &str) {
    chromium.wait(&format!("return document.activeElement.id == '{id}'"));
}

fn is_at(chromium: &Chromium, path: &str) {
    chromium.wait(&format!(
        "return location.pathname == '{path}' && document.readyState == 'complete'"
    ));
}

#[test]
fn a_ticket_is_worked_by_keyboard_alone() {
    let (installation, _daemon, port) = with_console();
    let first = submit(
        &installation,
        &mail(NOC, "Scan", "k.1@partner.example", "", ATTACK),
    );
    let again = mail(
        NOC,
        "Re: Scan",
        "k.2@partner.example",
        &format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0])),
        "One more log.",
    );
    submit(&installation, &again);
    let tickets = installation.sql("SELECT count(*) FROM ticket");
    assert_eq!(tickets.trim(), "1", "the reply joined");
    let other = submit(
        &installation,
        &mail(NOC, "Another", "k.3@partner.example", "", ATTACK),
    );
    // An address unfolds a form without a script; one that is none of ours nothing.
    let ruth = signed_in(&installation, port, "ruth", "analyst");
    let unfolded = |form: &str| {
        let page = ruth.get(&format!("/t/{first}?form={form}")).body;
        page.matches("<details class=\"act\" open>").count()
    };
    assert_eq!(
        ["merged", "split", "linked", "x\"y"].map(unfolded),
        [1, 1, 1, 0]
    );

    let login = Login::new(&installation, "alice", "analyst");
    let chromium = Chromium::new();
    chromium.emulate(
        "Browser.grantPermissions",
        &json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
    );
    chromium.sign_in(port, &login);
    chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 2");
    // From a line of the queue to the form on its ticket.
    let ticket = format!("/t/{first}");
    let stand = || {
        chromium.open(&format!("https://localhost:{port}/q/CSIRT?order=oldest"));
        chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 2");
        chromium.press("j");
    };
    for (key, path, id) in [
        ("m", ticket.clone(), "merge"),
        ("v", ticket.clone(), "messages"),
        ("L", ticket.clone(), "kind"),
        ("d", ticket.clone(), "link"),
        ("s", ticket.clone(), "state"),
        ("n", ticket.clone(), "note"),
        ("t", ticket.clone(), "marking"),
        ("r", format!("{ticket}/reply"), "text"),
    ] {
        stand();
        chromium.press(key);
        is_at(&chromium, &path);
        writes_at(&chromium, id);
    }
    // On the ticket itself; letters are letters where one writes.
    stand();
    chromium.press("o");
    is_at(&chromium, &ticket);
    for (key, id) in [
        ("s", "state"),
        ("A", "to"),
        ("n", "note"),
        ("m", "merge"),
        ("v", "messages"),
        ("l", "tags"),
        ("t", "marking"),
        ("L", "kind"),
        ("d", "link"),
        ("e", "reason"),
    ] {
        chromium.press(key);
        writes_at(&chromium, id);
        chromium.press(ESCAPE);
        chromium.wait("return document.activeElement == document.body");
    }
    let chosen = chromium.ask_page(
        "return [document.getElementById('kind').value, document.getElementById('state').value]",
    );
    assert_eq!(chosen, json!(["duplicate", "resolved"]));
    chromium.press("n");
    chromium.press("u.m?");
    chromium.wait("return document.getElementById('note').value == 'u.m?'");
    chromium.press(ESCAPE);
    chromium.press("?");
    chromium.wait("return document.getElementById('keys').open");
    let keys = chromium.ask_page("return document.getElementById('keys').innerText");
    for words in ["duplicate of", "back to the queue", "copy the tag"] {
        assert!(keys.as_str().unwrap().contains(words), "{keys}");
    }
    assert_eq!(chromium.axe(), Vec::<serde_json::Value>::new());
    chromium.press("?");
    chromium.wait("return !document.getElementById('keys').open");
    // The tag, then with its title, then with its address.
    for expected in [
        format!("CSIRT#{first}"),
        format!("CSIRT#{first} Scan"),
        format!("CSIRT#{first} Scan https://localhost:{port}{ticket}"),
    ] {
        chromium.press(".");
        chromium.wait(&format!(
            "return document.getElementById('copied').innerText == 'Copied: {expected}'"
        ));
        chromium.ask_page("navigator.clipboard.readText().then((text) => { window.read = text; })");
        chromium.wait(&format!("return window.read == '{expected}'"));
    }
    chromium.press("jj");
    chromium.wait("return document.activeElement.getAttribute('aria-labelledby') == 'm2'");
    chromium.press("c");
    chromium.wait("return document.querySelector('.owner b')?.innerText == 'alice (console)'");
    is_marked_by_key(&chromium, &installation, &first);
    chromium.press("r");
    is_at(&chromium, &format!("{ticket}/reply"));
    chromium.open(&format!("https://localhost:{port}{ticket}"));
    chromium.press("u");
    is_at(&chromium, "/q/CSIRT");
    chromium.press("gm");
    chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 1");
    // A merge from beginning to end.
    chromium.press("jm");
    writes_at(&chromium, "merge");
    chromium.press(&format!("{other}{ENTER}"));
    chromium.wait("return document.querySelector('.done')?.innerText == 'The ticket is merged.'");
    chromium.press("gq");
    is_at(&chromium, "/q/CSIRT");
    assert_eq!(chromium.complaints(), Vec::<serde_json::Value>::new());
    installation.run(&["verify"]);
}

/// Marked, looked at in the terminal, and taken back.
fn is_marked_by_key(chromium: &Chromium, installation: &Installation, serial: &str) {
    let tlp = || installation.json(&["ticket", "show", serial, "--json"])[0]["tlp"].clone();
    assert_eq!(tlp(), json!(null));
    chromium.press("t");
    writes_at(chromium, "marking");
    chromium.press("AMBER+");
    chromium.press(&format!("\tthey called{ENTER}"));
    chromium.wait("return document.querySelector('.done')?.innerText == 'The ticket is marked.'");
    assert_eq!(tlp(), "AMBER+STRICT");
    chromium.press("z");
    chromium.wait("return document.querySelector('.done')?.innerText == 'It is undone: the ticket stands as before.'");
    assert_eq!(tlp(), json!(null));
    chromium.wait("return document.querySelectorAll('header.ticket').length == 1 && document.readyState == 'complete'");
}

#[test]
fn letters_are_no_keys_for_who_switched_them_off_and_readers_see_theirs_alone() {
    let (installation, _daemon, port) = with_console();
    let serial = submit(
        &installation,
        &mail(NOC, "Scan", "k.7@partner.example", "", ATTACK),
    );
    let ruth = signed_in(&installation, port, "ruth", "reader");
    for place in [
        "/q/CSIRT".to_owned(),
        format!("/t/{serial}"),
        "/quarantine".to_owned(),
        "/keys".to_owned(),
    ] {
        let page = ruth.get(&place).body;
        for never in [
            "<dd>claim</dd>",
            "<dd>assign …</dd>",
            "<dd>reply …</dd>",
            "<dd>promote to a ticket</dd>",
        ] {
            assert!(!page.contains(never), "{place} has {never}");
        }
        assert!(
            page.contains("<kbd>j k</kbd>") && page.contains("<kbd>?</kbd>"),
            "{page}"
        );
    }
    let login = Login::new(&installation, "alice", "analyst");
    let chromium = Chromium::new();
    chromium.sign_in(port, &login);
    let is_open = "return document.getElementById('keys').open";
    chromium.press("?");
    chromium.wait(is_open);
    chromium.click("#switch-keys");
    chromium.wait("return document.querySelector('#keys[data-off]') !== null && document.readyState == 'complete'");
    chromium.press("?jc");
    let here = "return [document.getElementById('keys').open, document.activeElement == document.body, location.pathname]";
    assert_eq!(chromium.ask_page(here), json!([false, true, "/q/CSIRT"]));
    for place in [format!("/t/{serial}"), "/quarantine".to_owned()] {
        chromium.open(&format!("https://localhost:{port}{place}"));
        chromium.press("?u");
        is_at(&chromium, &place);
        assert_eq!(chromium.ask_page(is_open), false);
    }
    assert_eq!(installation.sql("SELECT owner FROM ticket").trim(), "");
    // Without a script the switch is on a page of its own.
    chromium.open(&format!("https://localhost:{port}/keys"));
    assert_eq!(chromium.axe(), Vec::<serde_json::Value>::new());
    chromium.picture("keys");
    chromium.scripts(false);
    chromium.click("#switch-keys");
    chromium.scripts(true);
    chromium.open(&format!("https://localhost:{port}/q/CSIRT"));
    chromium.wait("return document.querySelector('#keys:not([data-off])') !== null && document.readyState == 'complete'");
    chromium.press("?");
    chromium.wait(is_open);
    assert_eq!(chromium.axe(), Vec::<serde_json::Value>::new());
}
