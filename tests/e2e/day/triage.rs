//! The thirty: claimed, assigned, closed, merged, linked, waited for.

use super::hands::{ENTER, ESCAPE, Hands, TAB};
use super::reports::REPORTS;
use crate::support::Installation;

/// How many tickets stand how when all is done.
pub const EVENING: &str = "new 16\nopen 5\nrejected 2\nresolved 8\nwaiting 2\n";

fn subject(number: usize) -> &'static str {
    REPORTS[number].1
}

/// One column of a ticket.
fn column(installation: &Installation, what: &str, serial: &str) -> String {
    let found = installation.sql(&format!(
        "SELECT {what} FROM ticket WHERE serial = {serial}"
    ));
    found.trim().to_owned()
}

fn is_so(installation: &Installation, serials: &[String], what: &str, value: &str) {
    for serial in serials {
        assert_eq!(
            column(installation, what, serial),
            value,
            "{what} of {serial}"
        );
    }
}

/// Ticks the lines with these Subjects; the numbers of their tickets.
fn tick(alice: &Hands, which: std::ops::Range<usize>) -> Vec<String> {
    which
        .map(|number| {
            let serial = alice.stand(subject(number));
            alice.press("x");
            serial
        })
        .collect()
}

/// Four are claimed, given back and claimed again.
pub fn claim_four(alice: &Hands, installation: &Installation) {
    let serials = tick(alice, 0..4);
    alice.goes("c");
    alice.reads("Claimed:");
    is_so(installation, &serials, "owner", "alice (console)");
    // The line on which one stood is found again.
    assert!(alice.stands_on().ends_with(&serials[3]));
    alice.goes("z");
    alice.reads("Released:");
    is_so(installation, &serials, "owner", "");
    alice.goes("z");
    is_so(installation, &serials, "owner", "alice (console)");
}

/// Whoever resolves a ticket stands on the next one.
pub fn resolve_one_after_the_other(alice: &Hands, installation: &Installation) {
    let before = alice.lines();
    let mut serials = vec![alice.stand(subject(4))];
    for number in 5..8 {
        alice.goes("e");
        alice.reads("Resolved:");
        assert_ne!(alice.stands_on(), "", "after {number}");
        serials.push(alice.stand(subject(number)));
    }
    alice.goes("e");
    is_so(installation, &serials, "state", "resolved");
    assert_eq!(alice.lines(), before - 4);
    alice.goes("z");
    alice.reads("As before:");
    assert_eq!(alice.lines(), before - 3);
    alice.stand(subject(7));
    alice.goes("e");
    is_so(installation, &serials, "state", "resolved");
}

/// A reason is asked for; Enter in its field rejects, and does nothing else.
pub fn reject_two(alice: &Hands, installation: &Installation) {
    let serials = tick(alice, 10..12);
    alice.press("!");
    alice.writes_at("reason");
    alice.goes(&format!("advertising, x e c{ENTER}"));
    alice.reads("Rejected:");
    is_so(installation, &serials, "state", "rejected");
    is_so(installation, &serials, "owner", "");
}

pub fn assign_three(alice: &Hands, installation: &Installation) {
    let serials = tick(alice, 12..15);
    alice.press("A");
    alice.writes_at("to");
    alice.press("bob");
    assert_eq!(
        alice.ask("return document.getElementById('to').value"),
        "bob"
    );
    alice.press(TAB);
    alice.goes(ENTER);
    alice.reads("Assigned:");
    is_so(installation, &serials, "owner", "bob (console)");
}

pub fn take_two_in_hand(alice: &Hands, installation: &Installation) {
    let serials = tick(alice, 15..17);
    alice.goes("i");
    alice.reads("Taken in hand:");
    is_so(installation, &serials, "state", "open");
}

/// Reads a ticket, writes a note, and comes back to its line.
pub fn note_three(alice: &Hands, installation: &Installation) {
    for number in 17..20 {
        let serial = alice.stand(subject(number));
        alice.goes("o");
        alice.is_at(&format!("/t/{serial}"));
        alice.reads(subject(number));
        alice.press("n");
        alice.writes_at("note");
        alice.press(&format!(
            "Asked the owner, u and e {number}{ENTER}and waiting."
        ));
        alice.sends();
        alice.reads("The note is kept.");
        alice.reads(&format!("Asked the owner, u and e {number}"));
        alice.goes("u");
        alice.is_at("/q/CSIRT");
        assert!(alice.stands_on().ends_with(&serial));
        let shown = installation.run(&["ticket", "show", &serial]);
        assert!(shown.contains(&format!("u and e {number}")), "{shown}");
    }
}

pub fn wait_for_two(alice: &Hands, installation: &Installation) {
    let mut serials = Vec::new();
    for number in 20..22 {
        let serial = alice.stand(subject(number));
        alice.goes("o");
        alice.press("s");
        alice.writes_at("state");
        alice.press("waiting");
        assert_eq!(
            alice.ask("return document.getElementById('state').value"),
            "waiting"
        );
        alice.press(TAB);
        alice.press("the operator looks into it");
        alice.goes(ENTER);
        alice.reads("The state is changed.");
        alice.reads("the operator looks into it");
        alice.goes("u");
        serials.push(serial);
    }
    is_so(installation, &serials, "state", "waiting");
}

/// Two that look alike are merged, and one is taken out again: with its messages and its values.
pub fn merge_and_unmerge(alice: &Hands, installation: &Installation) {
    let into = alice.stand(subject(22));
    let serial = alice.stand(subject(23));
    let values =
        "SELECT count(*) FROM observable o JOIN ticket t ON t.id = o.case_id WHERE t.serial = ";
    let values = || installation.sql(&format!("{values}{serial}"));
    let before = values();
    alice.goes("m");
    alice.writes_at("merge");
    alice.goes(&format!("{into}{ENTER}"));
    alice.reads("The ticket is merged.");
    let merged = || column(installation, "coalesce(merged_into, 0)", &serial);
    assert_eq!(merged(), into.trim_start_matches('0'));
    alice.goes("z");
    alice.reads("The merge is undone");
    assert_eq!(merged(), "0");
    assert_eq!(values(), before);
    alice.goes("u");
    alice.is_at("/q/CSIRT");
    assert!(alice.stands_on().ends_with(&serial));
}

pub fn merge_for_good(alice: &Hands, installation: &Installation) {
    let into = alice.stand(subject(24));
    let lines = alice.lines();
    let serial = alice.stand(subject(25));
    alice.goes("m");
    alice.writes_at("merge");
    alice.goes(&format!("{into}{ENTER}"));
    alice.reads(&format!("merged into CSIRT#{into}"));
    alice.goes("u");
    assert_eq!(alice.lines(), lines - 1);
    let merged = column(installation, "coalesce(merged_into, 0)", &serial);
    assert_eq!(merged, into.trim_start_matches('0'));
}

pub fn link_duplicates(alice: &Hands, installation: &Installation) {
    let first = alice.stand(subject(26));
    let serial = alice.stand(subject(27));
    alice.goes("d");
    alice.writes_at("link");
    let chosen = alice.ask("return document.getElementById('kind').value");
    assert_eq!(chosen, "duplicate");
    alice.goes(&format!("{first}{ENTER}"));
    alice.reads("The tickets are linked.");
    alice.reads(&format!("duplicate of CSIRT#{first}"));
    alice.goes("u");
    let shown = installation.run(&["ticket", "show", &serial]);
    assert!(shown.contains(&format!("CSIRT#{first}")), "{shown}");
}

/// One is read to its end and closed with a reason, and its tag copied.
pub fn read_and_resolve_the_rest(alice: &Hands, installation: &Installation) {
    let mut serials = Vec::new();
    for number in 8..10 {
        let serial = alice.stand(subject(number));
        alice.goes(ENTER);
        alice.press("j");
        alice.press("e");
        alice.writes_at("reason");
        alice.press(ESCAPE);
        alice.press("e");
        alice.writes_at("reason");
        alice.goes(&format!("told the owner{ENTER}"));
        alice.reads("The state is changed.");
        alice.goes("u");
        assert_ne!(alice.stands_on(), "");
        serials.push(serial);
    }
    is_so(installation, &serials, "state", "resolved");
}
