//! Undoing brings everything back: state, clock, who had it, and the answers that were awaited. And what a message claims is refused.

use crate::acts::{act, done, opened, refused, signed_in};
use crate::api::Rig;
use crate::browser::{Answer, Curl};
use crate::console::{submit, with_console};
use crate::mail::mail;
use crate::queue::ticked;
use crate::support::Installation;

const ISP: &str = "abuse@isp.example";

/// A letter to somebody whose answer is awaited until long after.
fn write(installation: &Installation, serial: &str) {
    let file = installation.path("words.txt");
    std::fs::write(&file, "Which ports?").unwrap();
    let file = file.display().to_string();
    let letter = ["ticket", "reply", serial, "--yes", "--to", ISP];
    let expects = ["--expect-answer", "2099-12-31", "--text", &file];
    installation.run(&[&letter[..], &expects].concat());
}

/// All that undoing has to bring back, of all tickets.
fn stand(installation: &Installation) -> String {
    let tickets = "SELECT serial, state, answer_due, tell_at, told, owner, owner_since, merged_into FROM ticket ORDER BY serial";
    let awaited = "SELECT mail, until, told, failed, ended FROM awaited ORDER BY mail";
    let overdue = installation.json(&["ticket", "list", "--overdue", "--json"]);
    let overdue = overdue.iter().map(|one| one["reference"].to_string());
    format!(
        "{}{}{}",
        installation.sql(tickets),
        installation.sql(awaited),
        overdue.collect::<String>()
    )
}

/// Does something with these tickets as this page shows them; the page that follows.
fn many(alice: &Curl, deed: &str, chosen: &[&str], into: &str) -> Answer {
    let page = alice.get("/q/CSIRT?q=&order=oldest");
    let word = page.word();
    let chosen: Vec<String> = chosen.iter().map(|one| ticked(&page.body, one)).collect();
    let mut pairs = vec![
        ("word", word.as_str()),
        ("do", deed),
        ("to", "bob"),
        ("reason", "a reason"),
        ("into", into),
    ];
    pairs.extend(chosen.iter().map(|one| ("t", one.as_str())));
    let answer = alice.post("/q/CSIRT/do", &pairs);
    assert_eq!(answer.status, 303, "{deed}: {}{}", answer.head, answer.body);
    alice.get(answer.field("Location").unwrap())
}

/// Presses the page's button; the page that follows.
fn undo(alice: &Curl, page: &Answer) -> String {
    let form = page.body.split("id=\"undo\"").next().unwrap();
    let button = page.body.split("id=\"undo\"").nth(1);
    let button = button.unwrap_or_else(|| panic!("nothing to undo: {}", page.body));
    let deed = button.split("value=\"").nth(1).unwrap();
    let deed = deed.split('"').next().unwrap().to_owned();
    let form = form.rsplit("<form").next().unwrap();
    let values = form.split("name=\"t\" value=\"").skip(1);
    let values: Vec<&str> = values.map(|one| one.split('"').next().unwrap()).collect();
    let word = page.word();
    let mut pairs = vec![("word", word.as_str()), ("do", deed.as_str())];
    pairs.extend(values.iter().map(|one| ("t", *one)));
    let answer = alice.post("/q/CSIRT/do", &pairs);
    assert_eq!(answer.status, 303, "{}{}", answer.head, answer.body);
    alice.get(answer.field("Location").unwrap()).body
}

#[test]
fn undoing_many_brings_state_clock_owner_and_awaited_answers_back() {
    let (installation, daemon, port) = with_console();
    let alice = signed_in(&installation, port, "alice", "analyst");
    signed_in(&installation, port, "bob", "analyst");
    let tickets =
        [1, 2, 3, 4, 5].map(|id| opened(&installation, &format!("u.{id}@partner.example")));
    let [new, waiting, late, rejected, heir] = tickets.each_ref();
    // One is new and overdue, one waits for the ISP, one waits and is overdue, one is closed.
    installation.sql(&format!(
        "UPDATE ticket SET answer_due = now() - interval '1 hour', tell_at = now() + interval '3 days', told = 1 WHERE serial = {new}"
    ));
    write(&installation, waiting);
    write(&installation, late);
    installation.run(&["ticket", "assign", late, "bob"]);
    installation.sql("UPDATE awaited SET until = date_trunc('hour', now()) - interval '1 hour', told = true, failed = '5.1.1' WHERE ticket = (SELECT max(ticket::text)::uuid FROM awaited)");
    installation.run(&[
        "ticket",
        "close",
        rejected,
        "--rejected",
        "--reason",
        "not ours",
    ]);
    let before = stand(&installation);
    assert!(
        before.contains("waiting") && before.contains("rejected"),
        "{before}"
    );

    let open = [new.as_str(), waiting, late];
    for deed in ["resolve", "reject", "open", "assign"] {
        let page = many(&alice, deed, &open, "");
        assert_ne!(stand(&installation), before, "{deed}");
        undo(&alice, &page);
        assert_eq!(stand(&installation), before, "{deed}");
    }
    let page = many(&alice, "reopen", &[rejected], "");
    assert_ne!(stand(&installation), before);
    undo(&alice, &page);
    assert_eq!(stand(&installation), before, "reopened");
    let all = [new.as_str(), waiting, late, rejected];
    let page = many(
        &alice,
        "merge",
        &[&all[..], &[heir.as_str()]].concat(),
        heir,
    );
    assert_ne!(stand(&installation), before);
    undo(&alice, &page);
    assert_eq!(stand(&installation), before, "merged");
    installation.run(&["verify"]);

    // What goes along with a merge, and what the other ticket withdraws meanwhile.
    installation.run(&["ticket", "merge", late, waiting]);
    let merged = stand(&installation);
    act(
        &alice,
        waiting,
        "status",
        &[("seen", "waiting"), ("state", "resolved")],
    );
    assert!(!stand(&installation).contains("5.1.1||"));
    let back = act(&alice, waiting, "back", &[]);
    done(&alice, &back, "It is undone");
    assert_eq!(stand(&installation), merged);
    installation.run(&["ticket", "merge", waiting, heir]);
    installation.run(&["ticket", "unmerge", waiting]);
    assert_eq!(stand(&installation), merged);
    installation.run(&["ticket", "unmerge", late]);
    assert_eq!(stand(&installation), before);
    installation.run(&["verify"]);
    // Somebody who brings an answer back without the trail is found.
    installation.run(&["ticket", "close", waiting]);
    installation.sql("UPDATE awaited SET ended = '', withdrawn_by = NULL");
    drop(daemon);
    let verified = installation.output(&["verify"]);
    assert_eq!(verified.status.code(), Some(1));
}

#[test]
fn nothing_is_undone_once_somebody_acted_since() {
    let (installation, _daemon, port) = with_console();
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "analyst");
    let one = opened(&installation, "s.1@partner.example");
    refused(&act(&alice, &one, "back", &[]), "there is no change");
    let state = |who: &Curl, seen: &str, state: &str| {
        let pairs = [("seen", seen), ("state", state), ("reason", "so")];
        done(
            who,
            &act(who, &one, "status", &pairs),
            "The state is changed",
        );
    };
    state(&alice, "new", "resolved");
    let page = alice.get(&format!("/t/{one}")).body;
    assert!(page.contains("Undo: closed"), "{page}");
    let page = bob.get(&format!("/t/{one}")).body;
    assert!(!page.contains("/back\""), "it is not his");
    refused(
        &act(&bob, &one, "back", &[]),
        "the last change is by alice (console)",
    );
    state(&bob, "resolved", "open");
    refused(
        &act(&alice, &one, "back", &[]),
        "the last change is by bob (console)",
    );
    done(&bob, &act(&bob, &one, "back", &[]), "It is undone");
    refused(&act(&bob, &one, "back", &[]), "there is no change");
    // Mail that came meanwhile is somebody, too; a note is not.
    act(
        &alice,
        &one,
        "status",
        &[("seen", "resolved"), ("state", "open")],
    );
    act(&bob, &one, "note", &[("text", "looks good")]);
    done(&alice, &act(&alice, &one, "back", &[]), "It is undone");
    act(
        &alice,
        &one,
        "status",
        &[("seen", "resolved"), ("state", "open")],
    );
    act(&bob, &one, "claim", &[("seen", "")]);
    act(&bob, &one, "release", &[]);
    let said = installation.output(&["ticket", "undo", &one]);
    assert_eq!(said.status.code(), Some(1));
    refused(
        &act(&alice, &one, "back", &[]),
        "the last change is by bob (console)",
    );
    installation.run(&["verify"]);
}

#[test]
fn programs_and_the_terminal_undo_the_same_way() {
    let rig = Rig::new();
    let (number, installation) = (rig.report("p.1"), &rig.installation);
    let serial = format!("{number:06}");
    let at = |rest: &str| format!("/tickets/{number}{rest}");
    write(installation, &serial);
    let before = stand(installation);
    rig.done(&at("/close"), r#"{"outcome": "resolved"}"#);
    assert_eq!(rig.done(&at("/undo"), "{}")["done"], "waiting");
    assert_eq!(stand(installation), before);
    rig.done(&at("/assign"), r#"{"to": "kim"}"#);
    rig.done(&at("/undo"), "{}");
    assert_eq!(stand(installation), before);
    installation.run(&["ticket", "status", &serial, "open"]);
    let said = installation.run(&["ticket", "undo", &serial]);
    assert!(said.contains("is waiting again, nobody has it"), "{said}");
    assert_eq!(stand(installation), before);
    let shown = installation.run(&["ticket", "show", &serial]);
    assert!(shown.contains("undone, waiting since, by "), "{shown}");
    installation.run(&["verify"]);
}

#[test]
fn a_claim_is_refused_in_lists_and_pages_and_comes_back() {
    let rig = Rig::new();
    let (number, installation) = (rig.report("r.1"), &rig.installation);
    let claim = format!("Re: [CSIRT#{number:06}] Scan");
    let message = mail(
        "eve@elsewhere.example",
        &claim,
        "r.2@elsewhere.example",
        "",
        "More of it.",
    );
    let other = submit(installation, &message);
    let alice = signed_in(installation, rig.port(), "alice", "analyst");
    let words = format!("claims to belong to CSIRT#{number:06}");
    let says = || {
        let queue = alice.get("/q/CSIRT?q=").body;
        let list = installation.run(&["ticket", "list"]);
        let shown = &installation.json(&["ticket", "show", &other, "--json"])[0];
        (
            queue.contains(&words),
            list.contains(&format!("claims #{number:06}")),
            shown["claims"].clone(),
            shown["claim_refused"].clone(),
        )
    };
    let claims = says();
    assert!(claims.0 && claims.1 && claims.3.is_null(), "{claims:?}");
    let answer = act(&alice, &other, "belonging", &[]);
    let page = done(&alice, &answer, "does not belong to");
    assert!(
        page.contains("It may belong there after all") && !page.contains("Yes: merge"),
        "{page}"
    );
    let refused_by_now = says();
    assert_eq!(
        refused_by_now,
        (false, false, claims.3.clone(), claims.2.clone())
    );
    let shown = installation.run(&["ticket", "show", &other]);
    assert!(shown.contains("does not belong to CSIRT#"), "{shown}");
    installation.run(&["verify"]);
    refused(&act(&alice, &other, "belonging", &[]), "refused already");
    let answer = act(&alice, &other, "belonging", &[("refused", "no")]);
    done(&alice, &answer, "may belong to the other again");
    assert_eq!(says(), claims);

    let at = format!("/tickets/{}/belonging", other.trim_start_matches('0'));
    rig.done(&at, r#"{"refused": true}"#);
    assert_eq!(says(), refused_by_now);
    installation.run(&["ticket", "refuse-claim", &other, "--take-back"]);
    let said = installation.run(&["ticket", "refuse-claim", &other]);
    assert!(
        said.contains(&format!("does not belong to CSIRT#{number:06}")),
        "{said}"
    );
    assert_eq!(says(), refused_by_now);
    let trail = installation.sql("SELECT count(*) FROM audit WHERE action LIKE 'claim-%'");
    assert_eq!(trail.trim(), "5");
    installation.run(&["verify"]);
    installation.sql("UPDATE ticket SET claim_refused = false");
    let verified = installation.output(&["verify"]);
    assert_eq!(verified.status.code(), Some(1), "nobody said so");
}
