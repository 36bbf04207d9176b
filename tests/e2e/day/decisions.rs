//! Who may decide between two certificates, and when nothing is decided.

use super::post;
use crate::acts::{refused, signed_in};
use crate::browser::{Answer, Curl};
use crate::console::with_console;
use crate::correspondents::{NOC, signed_with_key, with_key};
use crate::mail::{TEAM, mail};
use crate::support::send;

#[test]
fn a_certificate_is_taken_by_analysts_alone_and_as_the_page_showed_it() {
    let (installation, _daemon, port) = with_console();
    let partner = post::special(&installation);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "reader");
    let decide = |who: &Curl, more: &[(&str, &str)]| -> Answer {
        let word = who.get("/certificates").word();
        let place = format!("/certificates/{}", partner.later_print);
        let usual = [
            ("address", NOC),
            ("seen", partner.known_print.as_str()),
            ("why", "by telephone"),
            ("act", "take"),
        ];
        let usual = usual
            .into_iter()
            .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let pairs: Vec<(&str, &str)> = [("word", word.as_str())]
            .into_iter()
            .chain(usual)
            .chain(more.iter().copied())
            .collect();
        who.post(&place, &pairs)
    };
    let states = || {
        installation
            .sql("SELECT state FROM certificate_binding ORDER BY state")
            .replace('\n', " ")
    };
    let seen = bob.get("/certificates").body;
    assert!(
        seen.contains(NOC) && !seen.contains("name=\"act\""),
        "{seen}"
    );
    assert_eq!(decide(&bob, &[]).status, 403);
    let foreign = bob.get("/certificates").word();
    let own = format!("Origin: https://localhost:{port}");
    let place = format!("/certificates/{}", partner.later_print);
    for word in ["", foreign.as_str()] {
        let sent = alice.post_from(&place, &[("word", word), ("act", "take")], &["-H", &own]);
        assert_eq!(sent.status, 403);
    }
    assert_eq!(decide(&alice, &[("act", "burn")]).status, 404);
    refused(
        &decide(&alice, &[("why", " ")]),
        "how the fingerprint was compared",
    );
    let page = decide(&alice, &[("why", "told by <b>mail</b>"), ("seen", "")]);
    refused(&page, "Meanwhile somebody else has decided");
    assert!(
        page.body.contains("value=\"told by &#60;b&#62;mail"),
        "what was written is lost: {}",
        page.body
    );
    refused(
        &decide(&alice, &[("address", "root@partner.example")]),
        "Meanwhile somebody else",
    );
    let long = "é".repeat(1_100);
    refused(&decide(&alice, &[("why", &long)]), "at most 2000 octets");
    assert_eq!(states(), "conflict pinned ");
    let kept = decide(&alice, &[("act", "keep"), ("why", "")]);
    let page = alice.get(kept.field("Location").unwrap()).body;
    assert!(page.contains("The known certificate stays"), "{page}");
    assert_eq!(states(), "pinned rejected ");
    refused(&decide(&alice, &[]), "Meanwhile somebody else has decided");
    // What was done can't be said by a link.
    let forged = alice.get("/certificates?did=took&code=00").body;
    assert!(!forged.contains("used from now on"), "{forged}");
    let by = installation.sql(
        "SELECT DISTINCT actor FROM audit WHERE action = 'certificate' AND actor LIKE '%console%'",
    );
    assert_eq!(by.trim(), "alice (console)");
    installation.run(&["verify"]);
}

#[test]
fn a_certificate_of_a_long_address_is_decided_too() {
    let (installation, _daemon, port) = with_console();
    let name = "noc-".repeat(15);
    let domain = format!("{}partner.example", "department.".repeat(14));
    let address = format!("{}@{domain}", name.trim_end_matches('-'));
    assert!(address.len() > 200);
    for number in 0..2 {
        let (gnupg, _) = with_key(&installation, &format!("NOC <{address}>"));
        let (head, body) = signed_with_key(&gnupg, &address, "Our key.");
        let passed =
            format!("Authentication-Results: mx.team.example; dmarc=pass header.from={domain}\n");
        let id = format!("long.{number}@partner.example");
        let sent = mail(&address, "Key", &id, &format!("{passed}{head}"), &body);
        let reply = send(installation.ports.smtp, NOC, TEAM, &sent);
        assert!(reply.starts_with("250"), "{reply}");
        installation.settle();
    }
    let alice = signed_in(&installation, port, "alice", "analyst");
    let page = alice.get("/certificates");
    let after = |text: &str| {
        let rest = page.body.split(text).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (place, seen) = (
        after("action=\"/certificates/"),
        after("name=\"seen\" value=\""),
    );
    let (written, word) = (after("name=\"address\" value=\""), page.word());
    let pairs = [
        ("word", word.as_str()),
        ("address", &written),
        ("seen", &seen),
        ("why", "by telephone"),
        ("act", "take"),
    ];
    let taken = alice.post(&format!("/certificates/{place}"), &pairs);
    assert_eq!(taken.status, 303, "{}", taken.body);
    let states = installation.sql("SELECT state FROM certificate_binding ORDER BY state");
    assert_eq!(states, "authenticated\nsuperseded\n");
    installation.run(&["verify"]);
}
