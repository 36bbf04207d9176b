//! A ticket is marked without a letter: in the terminal and by a program, for what is shown, answered, exported and erased.

use crate::acts::{act, refused as page_refuses, signed_in};
use crate::api::{Rig, problem};
use crate::support::Installation;

/// What a command says that finds something wrong.
fn refused(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.output(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_marking_is_raised_shown_kept_and_lowered_by_who_may_alone() {
    let rig = Rig::new();
    let installation = &rig.installation;
    let serial = &rig.report("m.1").to_string();
    let letter = installation.path("letter.txt");
    std::fs::write(&letter, "Thank you.").unwrap();
    let letter = letter.to_str().unwrap();
    let refuses = |arguments: &[&str], words: &str| {
        let said = refused(installation, arguments);
        assert!(said.contains(words), "{arguments:?}: {said}");
    };
    let by_program = |tlp: &str| {
        let body = format!("{{\"tlp\": \"{tlp}\", \"reason\": \"they called\"}}");
        rig.post(&format!("/tickets/{serial}/tlp"), &body)
    };
    let tlp = || rig.read(&format!("/tickets/{serial}"))["tlp"].clone();
    // What is not marked counts as AMBER: less would lower it.
    refuses(
        &["ticket", "tlp", serial, "--to", "green"],
        "a lead may do that",
    );
    let said = installation.run(&["ticket", "tlp", serial, "--to", "amber"]);
    assert!(said.contains("is TLP:AMBER (was not marked)"), "{said}");
    assert_eq!(by_program("red").status, 200);
    assert_eq!(tlp(), "RED");
    assert_eq!(problem(&by_program("amber")).1, "refused");
    let shown = installation.run(&["ticket", "show", serial]);
    for words in [
        "RED, as an analyst says",
        "marked TLP:RED (was TLP:AMBER), by soar (api)",
        "they called",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let found = installation.run(&["ticket", "list", "--query", "tlp:red"]);
    assert!(found.contains("RED"), "{found}");
    refuses(
        &["ticket", "export", serial, "--format", "misp"],
        "is TLP:RED",
    );
    refuses(
        &["ticket", "reply", serial, "--text", letter, "--yes"],
        "name everybody",
    );
    // A reason is asked for, and what was said before stands again when it is taken back.
    let lower = [
        "ticket",
        "tlp",
        serial,
        "--to",
        "green",
        "--lower",
        "--reason",
        "they say so",
    ];
    refuses(
        &["ticket", "tlp", serial, "--to", "green"],
        "a lead may do that",
    );
    installation.run(&lower);
    assert_eq!(tlp(), "GREEN");
    installation.run(&[
        "ticket", "export", serial, "--format", "misp", "--tlp", "green",
    ]);
    let said = installation.run(&["ticket", "undo", serial]);
    assert!(said.contains("is marked as before"), "{said}");
    assert_eq!(tlp(), "RED");
    refuses(
        &["ticket", "undo", serial],
        "no change of state, owner or marking",
    );
    people_lower_it_and_a_split_keeps_it(&rig);
    // Retention goes by it, too, and the trail names who did it.
    installation.run(&["ticket", "close", serial]);
    let trail = installation.run(&["ticket", "show", serial, "--trail"]);
    assert!(
        trail.contains("soar (api)") && !trail.contains("BROKEN"),
        "{trail}"
    );
    let lines = installation.json(&["ticket", "show", serial, "--trail", "--json"]);
    let marked = lines.iter().filter(|line| line["action"] == "marked");
    assert_eq!(marked.count(), 4, "{lines:?}");
    assert!(lines.iter().all(|line| line["whole"] == true), "{lines:?}");
    installation.run(&["verify"]);
}

/// In the console: by a lead, with a reason.
fn people_lower_it_and_a_split_keeps_it(rig: &Rig) {
    let number = rig.report("m.2");
    let serial = format!("{number:06}");
    let tlp = |number: i64| rig.read(&format!("/tickets/{number}"))["tlp"].clone();
    let letter = r#"{"text": "We look into it.", "expect_answer_until": "2037-01-01T10:30:00Z"}"#;
    rig.done(&format!("/tickets/{number}/replies"), letter);
    rig.done(
        &format!("/tickets/{number}/tlp"),
        r#"{"tlp": "red", "reason": "they called"}"#,
    );
    let [analyst, lead] =
        ["analyst", "lead"].map(|role| signed_in(&rig.installation, rig.port(), role, role));
    let mark = |who, why| act(who, &serial, "tlp", &[("tlp", "GREEN"), ("why", why)]);
    page_refuses(&mark(&analyst, "they say so"), "a lead may do that");
    page_refuses(&mark(&lead, ""), "reason");
    assert_eq!(tlp(number), "RED");

    // What is split off is as strict.
    let split = rig.done(&format!("/tickets/{number}/split"), r#"{"messages": [1]}"#);
    let new = split["number"].as_i64().unwrap();
    assert_eq!((tlp(number), tlp(new)), ("RED".into(), "RED".into()));

    let lowered = mark(&lead, "they say so");
    assert_eq!(lowered.status, 303, "{}", lowered.body);
    assert_eq!((tlp(number), tlp(new)), ("GREEN".into(), "RED".into()));
}
