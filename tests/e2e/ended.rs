//! Sessions that end while somebody works: the queue says so, and nothing typed is lost.

use serde_json::{Value, json};

use crate::acts::{act, hidden, opened, signed_in};
use crate::browser::{Chromium, Curl, Login};
use crate::console::with_console;
use crate::support::Installation;

/// Every session was last used so long ago that it is over.
fn leave_unused(installation: &Installation) {
    installation.sql("UPDATE console_session SET seen_at = now() - interval '1 day'");
}

const HOSTILE: &str = "Dear all,\n</textarea><script>pwned=1</script>\n \"'<b>&amp;";

#[test]
fn a_letter_outlives_the_session_in_which_it_was_begun() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "e.1@partner.example");
    let alice = Login::new(&installation, "alice", "analyst");
    let chromium = Chromium::new();
    chromium.sign_in(port, &alice);
    let letter = format!("https://localhost:{port}/t/{serial}/reply");
    chromium.open(&letter);
    // When it ends stands on the page.
    chromium.wait("return Boolean(document.querySelector('#ends time'))");
    let written = json!(HOSTILE).to_string();
    let fill = format!(
        "document.getElementById('text').value = {written}; document.getElementById('subject').value = '\"A>subject'"
    );
    chromium.ask_page(&fill);
    leave_unused(&installation);
    chromium.click("button[value=send]");
    chromium.wait("return document.querySelector('#kept textarea') !== null");
    let kept = "return [document.querySelector('#kept textarea').value, document.querySelector('#kept [name=subject]').value]";
    assert_eq!(chromium.ask_page(kept), json!([HOSTILE, "\"A>subject"]));
    assert_eq!(chromium.axe(), Vec::<Value>::new());
    // Nothing was stored of it, or sent.
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM outbox WHERE purpose = 'letter'")
            .trim(),
        "0"
    );
    chromium.picture("kept-out");
    // She signs in in another tab.
    let tab = chromium.ask_page("return document.getElementById('beside').href");
    assert!(
        tab.as_str()
            .unwrap()
            .ends_with(&format!("/sign-in?why=ended&next=%2Ft%2F{serial}%2Freply")),
        "{tab}"
    );
    let here = chromium.window();
    chromium.tab();
    chromium.open(tab.as_str().unwrap());
    let why = chromium.ask_page("return document.getElementById('over').innerText");
    assert!(
        why.as_str().unwrap().contains("30 min without use"),
        "{why}"
    );
    assert_eq!(chromium.axe(), Vec::<Value>::new());
    chromium.write("#name", "alice");
    chromium.write("#password", alice.password);
    // The code of the first sign-in was used up with it.
    installation.sql("UPDATE console_account SET totp_used = 0");
    chromium.write("#code", &alice.code());
    chromium.click("button.main");
    chromium.wait(&format!("return location.pathname == '/t/{serial}/reply'"));
    chromium.switch(&here);
    // Sent again from a page of the session before: once more it is asked, now with a form that counts.
    chromium.click("#kept button.main");
    chromium.wait("return document.querySelector('#kept') !== null && document.querySelector('#beside') === null");
    assert_eq!(chromium.ask_page(kept), json!([HOSTILE, "\"A>subject"]));
    chromium.click("#kept button.main");
    chromium.wait("return document.querySelector('section.draft') !== null");
    let text = "return [document.getElementById('text').value, document.getElementById('subject').value, window.pwned === undefined]";
    assert_eq!(
        chromium.ask_page(text),
        json!([HOSTILE, "\"A>subject", true])
    );
    chromium.click("button[value=send]");
    chromium.wait("return document.querySelector('.done')?.innerText.length > 0");
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM outbox WHERE purpose = 'letter'")
            .trim(),
        "1"
    );
    assert_eq!(
        chromium
            .complaints()
            .iter()
            .filter(|line| !line.to_string().contains("403"))
            .count(),
        0
    );
}

#[test]
fn the_queue_says_that_one_is_signed_out_and_pages_say_it_before() {
    let (installation, _daemon, port) = with_console();
    opened(&installation, "e.2@partner.example");
    let alice = Login::new(&installation, "alice", "reader");
    let chromium = Chromium::new();
    chromium.sign_in(port, &alice);
    assert_eq!(
        chromium.ask_page("return document.getElementById('leaving').innerText"),
        ""
    );
    // Three minutes of the twelve hours are left; nothing makes it last any longer.
    installation
        .sql("UPDATE console_session SET begun_at = now() - interval '11 hours 57 minutes'");
    chromium.open(&format!("https://localhost:{port}/q/CSIRT"));
    chromium.wait("return document.querySelector('#leaving p')?.innerText.startsWith('You will be signed out at ')");
    assert_eq!(
        chromium.ask_page("return document.getElementById('leaving').getAttribute('role')"),
        "status"
    );
    assert_eq!(chromium.axe(), Vec::<Value>::new());
    chromium.picture("leaving");
    chromium.click("#stay");
    chromium.wait(
        "return document.querySelector('#leaving p')?.innerText.includes('can’t be made longer')",
    );
    // Unused for most of the half hour: a click makes it last.
    installation.sql("UPDATE console_session SET begun_at = now(), seen_at = now()");
    chromium.open(&format!("https://localhost:{port}/q/CSIRT"));
    chromium.wait(
        "return document.readyState == 'complete' && document.querySelector('#leaving p') === null",
    );
    installation.sql("UPDATE console_session SET seen_at = now() - interval '26 minutes'");
    let asked = "return fetch('/session').then((answer) => answer.text())";
    let left = chromium
        .ask_page(asked)
        .as_str()
        .unwrap()
        .parse::<i64>()
        .unwrap();
    assert!(
        (200..=240).contains(&left),
        "{left}: to ask makes it no longer"
    );
    let longer = "return fetch('/session/stay').then((answer) => answer.text())";
    assert_eq!(chromium.ask_page(longer), "1800");
    // It ends: the next poll tells, and leads back to the same view.
    chromium.open(&format!(
        "https://localhost:{port}/q/CSIRT?q=is%3Aopen&order=oldest"
    ));
    chromium.wait("return document.getElementById('arrivals') !== null");
    leave_unused(&installation);
    chromium.wait("return document.querySelector('#arrivals .news.out a') !== null");
    let said = chromium.ask_page("return document.querySelector('#arrivals').innerText");
    assert!(
        said.as_str().unwrap().contains("You are signed out"),
        "{said}"
    );
    assert_eq!(chromium.axe(), Vec::<Value>::new());
    chromium.picture("signed-out");
    chromium.click("#arrivals .news.out a");
    chromium.wait("return document.getElementById('over') !== null");
    let next = chromium.ask_page("return document.querySelector('[name=next]').value");
    assert_eq!(next, "/q/CSIRT?q=is%3Aopen&order=oldest");
}

#[test]
fn forms_without_a_session_give_back_what_was_written_and_do_nothing() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "e.3@partner.example");
    let ruth = signed_in(&installation, port, "ruth", "analyst");
    let events = || installation.sql("SELECT count(*) FROM ticket_event");
    let before = events();
    let old = ruth.get(&format!("/t/{serial}")).word();
    installation.run(&["analyst", "sign-out", "ruth"]);
    for (place, pairs, back) in [
        (
            format!("/t/{serial}/note"),
            vec![("text", HOSTILE)],
            format!("/t/{serial}"),
        ),
        (
            format!("/t/{serial}/status"),
            vec![("state", "rejected"), ("reason", "<i>spam")],
            format!("/t/{serial}"),
        ),
        (
            "/q/CSIRT/do".to_owned(),
            vec![("t", &*serial), ("do", "reject"), ("reason", "<i>spam")],
            "/q/CSIRT".to_owned(),
        ),
    ] {
        let pairs = [vec![("word", old.as_str())], pairs].concat();
        let kept = ruth.post(&place, &pairs);
        assert_eq!(kept.status, 403, "{}", kept.body);
        assert!(
            !kept.body.contains("<script>pwned") && !kept.body.contains("<i>"),
            "{}",
            kept.body
        );
        assert!(kept.body.contains("&#60;"), "{}", kept.body);
        let link = format!("/sign-in?why=ended&#38;next={}", back.replace('/', "%2F"));
        assert!(kept.body.contains(&link), "no {link} in {}", kept.body);
        // The session's word is not given back.
        assert!(!kept.body.contains(&old));
    }
    // Without words to lose it is the first page, which leads back.
    let claim = ruth.post(&format!("/t/{serial}/claim"), &[("word", &old)]);
    let first = format!("/sign-in?why=ended&next=%2Ft%2F{serial}");
    assert_eq!(
        (claim.status, claim.field("Location")),
        (303, Some(&*first))
    );
    let page = ruth.get(&first);
    assert!(page.body.contains("id=\"over\""), "{}", page.body);
    // Who was never here isn't told that he was; other sites can't make such a page.
    let nobody = Curl::new(&installation, port);
    assert!(!nobody.get("/sign-in?next=%2F").body.contains("id=\"over\""));
    let forged = ["-H", "Origin: https://evil.example"];
    let forged = nobody.post_from(
        &format!("/t/{serial}/note"),
        &[("text", "x-marks")],
        &forged,
    );
    assert!(
        forged.status == 403 && !forged.body.contains("x-marks"),
        "{}",
        forged.body
    );
    assert_eq!(events(), before);
    // With a session, and the word of an earlier one: shown with a form that counts.
    let kim = signed_in(&installation, port, "kim", "analyst");
    let place = format!("/t/{serial}/note");
    let kept = kim.post(&place, &[("word", &old), ("text", "Called the bank.")]);
    assert_eq!(kept.status, 403);
    let word = hidden(&kept.body, "word").unwrap();
    let done = kim.post(&place, &[("word", &word), ("text", "Called the bank.")]);
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(
        act(&kim, &serial, "note", &[("text", "And again.")]).status,
        303
    );
    installation.run(&["verify"]);
}
