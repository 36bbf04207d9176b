//! What is quoted in a letter: lines that somebody chose, of what may leave in clear; and a letter that is sent as it was looked at.

use serde_json::{Value, json};

use crate::api::{Rig, problem};
use crate::audited::signed_in;
use crate::mail::{TEAM, mail};
use crate::support::send;

const NOC: &str = "noc@partner.example";

/// What stands in the field of the text.
fn written(page: &str) -> String {
    let field = page.split("<textarea id=\"text\"").nth(1).unwrap();
    let text = field.split_once('>').unwrap().1;
    text.split("</textarea>")
        .next()
        .unwrap()
        .replace("&#62;", "&gt;")
}

#[test]
fn lines_that_are_ticked_are_quoted_and_nothing_else() {
    let rig = Rig::new();
    let kim = signed_in(&rig, "kim", "analyst");
    let number = rig.report("qu.1");
    let place = format!("/t/{number:06}/reply");
    let page = kim.get(&place);
    assert!(
        page.body.contains("The message that you answer"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("our server 198.51.100.7"),
        "{}",
        page.body
    );
    assert_eq!(written(&page.body).trim(), "");
    let word = page.word();
    let press = |act: &str, more: &[(&str, &str)]| {
        let mut pairs = vec![
            ("word", word.as_str()),
            ("to", NOC),
            ("text", "Thanks."),
            ("act", act),
        ];
        pairs.extend(more);
        kim.post(&place, &pairs)
    };
    let quoted = press("quote", &[("q3", "1"), ("q1", "1")]);
    assert_eq!(quoted.status, 200);
    let text = written(&quoted.body);
    assert!(
        text.starts_with("Thanks.\n\n&gt; Hello,\n&gt; our server 198.51.100.7 port"),
        "{text}"
    );
    let all = written(&press("quote-all", &[]).body);
    assert!(all.contains("&gt; Hello,\n&gt;\n&gt; our server"), "{all}");
    let none = press("quote", &[]);
    assert_eq!(none.status, 409);
    assert!(none.body.contains("Tick the lines to quote first."));
    assert_eq!(
        written(&press("look", &[("q1", "1")]).body).trim(),
        "Thanks."
    );

    // What is marked is shown, and not quoted, whatever the form says.
    let report = mail(
        NOC,
        "Secret",
        "qu.2@partner.example",
        "",
        "TLP:AMBER\n\n198.51.100.9 is attacked.",
    );
    assert!(send(rig.installation.ports.smtp, NOC, TEAM, &report).starts_with("250"));
    rig.installation.settle();
    let tickets = rig.installation.tickets();
    let marked = tickets
        .iter()
        .find(|one| one["first"]["subject"] == "Secret")
        .unwrap();
    let place = format!("/t/{:06}/reply", marked["number"].as_i64().unwrap());
    let page = kim.get(&place).body;
    assert!(page.contains("Nothing of this is quoted"), "{page}");
    assert!(
        !page.contains("quote-all") && !page.contains("name=\"q1\""),
        "{page}"
    );
    let forced = kim.post(
        &place,
        &[
            ("word", &word),
            ("to", NOC),
            ("text", ""),
            ("act", "quote-all"),
        ],
    );
    assert_eq!(forced.status, 409);
    assert_eq!(written(&forced.body).trim(), "");
}

#[test]
fn a_program_sends_what_its_preview_said_or_nothing() {
    let rig = Rig::new();
    let number = rig.report("qu.3");
    let place = |rest: &str| format!("/tickets/{number}/replies{rest}");
    let preview = |to: &str| -> Value {
        let body = json!({"text": "We look into it.", "to": [to]}).to_string();
        serde_json::from_str(&rig.post(&place("/preview"), &body).body).unwrap()
    };
    let (one, other) = (preview(NOC), preview("isp@isp.example"));
    assert_eq!(one["copies"][0]["certificate"], Value::Null);
    assert_ne!(one["seen"], other["seen"]);
    let letter =
        |seen: &Value| json!({"text": "We look into it.", "to": [NOC], "seen": seen}).to_string();
    let refused = rig.post(&place(""), &letter(&other["seen"]));
    assert_eq!(problem(&refused), (409, "conflict".to_owned()));
    assert_eq!(rig.count("sent"), "0");
    rig.done(&place(""), &letter(&one["seen"]));
}
