//! A ticket is marked as strictly as the strictest of its messages, from the first one on: wherever it is shown, and whatever leaves (C9).

use serde_json::{Value, json};

use crate::api::{Rig, problem};
use crate::desk::{left, shown};
use crate::mail::{TEAM, mail};
use crate::support::send;

const NOC: &str = "noc@partner.example";

/// How each place shows the ticket: list, query, ticket, page, API.
fn places(rig: &Rig, number: i64, tlp: &str) {
    let installation = &rig.installation;
    let serial = format!("{number:06}");
    let tickets = installation.tickets();
    let mut listed = tickets.iter().filter(|one| one["number"] == number);
    assert_eq!(listed.next().unwrap()["tlp"], tlp, "the list");
    let query = format!("tlp:{}", tlp.to_lowercase());
    let found = installation.run(&["ticket", "list", "--query", &query]);
    let line = found.lines().find(|line| line.contains(&serial));
    assert!(line.is_some_and(|line| line.contains(tlp)), "{found}");
    assert_eq!(shown(installation, &serial)["tlp"], tlp);
    let text = installation.run(&["ticket", "show", &serial]);
    assert!(text.contains(&format!("  TLP         {tlp}, ")), "{text}");
    assert_eq!(rig.read(&format!("/tickets/{number}"))["tlp"], tlp);
    for place in ["/tickets".to_owned(), format!("/queue?query={query}")] {
        let listed = rig.read(&place)["tickets"].clone();
        let mut listed = listed.as_array().unwrap().iter();
        let own = listed.find(|one| one["number"] == number).unwrap();
        assert_eq!(own["tlp"], tlp, "{place}");
    }
}

/// No place says that it may go further than AMBER.
fn is_unmarked(rig: &Rig, number: i64) {
    let (installation, serial) = (&rig.installation, format!("{number:06}"));
    let tickets = installation.tickets();
    let mut listed = tickets.iter().filter(|one| one["number"] == number);
    assert_eq!(listed.next().unwrap()["tlp"], Value::Null, "the list");
    assert_eq!(shown(installation, &serial)["tlp"], Value::Null);
    let query = ["ticket", "list", "--query", "tlp:green"];
    let found = installation.run(&query);
    assert!(!found.contains(&serial), "{found}");
    assert_eq!(rig.read(&format!("/tickets/{number}"))["tlp"], Value::Null);
}

/// What is marked so leaves for nobody who may have less.
fn stays(rig: &Rig, number: i64, for_less: &str, word: &str) {
    let installation = &rig.installation;
    let serial = number.to_string();
    let format = ["ticket", "export", &serial, "--format", "misp", "--tlp"];
    let refused = installation.output(&[&format[..], &[for_less]].concat());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains(&format!("is TLP:{}", word.to_uppercase())),
        "{said}"
    );
    let place = format!("/tickets/{number}/export?format=csv&tlp=");
    let refused = rig.get(&format!("{place}{for_less}"));
    assert_eq!(problem(&refused), (403, "marked".to_owned()));
    assert_eq!(rig.get(&format!("{place}{word}")).status, 200);
}

#[test]
fn a_ticket_shows_and_obeys_its_marking_from_the_first_message_on() {
    let rig = Rig::new();
    let report = |id: &str, subject: &str, text: &str| {
        let text = format!(
            "{text}\n\nour server 198.51.100.7 is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC."
        );
        let message = mail(NOC, subject, &format!("{id}@partner.example"), "", &text);
        let reply = send(rig.installation.ports.smtp, NOC, TEAM, &message);
        assert!(reply.starts_with("250"), "{reply}");
        rig.installation.settle();
        let tickets = rig.installation.tickets();
        tickets.last().unwrap()["number"].as_i64().unwrap()
    };
    // No letter of ours is on it yet.
    let subject = report("m.1", "[TLP:CLEAR] Scan", "Hello,");
    places(&rig, subject, "CLEAR");
    let body = report("m.2", "Scan", "TLP:RED\n\nHello,");
    places(&rig, body, "RED");
    stays(&rig, body, "amber", "red");
    let unmarked = report("m.3", "Scan", "Hello,");
    let listed = rig.read(&format!("/tickets/{unmarked}"));
    assert_eq!(listed["tlp"], Value::Null);
    stays(&rig, unmarked, "green", "amber");
    // What is unmarked counts as AMBER, whatever a letter of ours says that may go further.
    let before = rig.installation.outbox().len();
    let letter = json!({"text": "hello", "tlp": "green"}).to_string();
    rig.done(&format!("/tickets/{unmarked}/replies"), &letter);
    left(&rig.installation, before, 1);
    is_unmarked(&rig, unmarked);
    stays(&rig, unmarked, "green", "amber");

    // A letter is marked more strictly than what it answers.
    let before = rig.installation.outbox().len();
    let letter = json!({"text": "hello", "tlp": "green"}).to_string();
    rig.done(&format!("/tickets/{subject}/replies"), &letter);
    left(&rig.installation, before, 1);
    places(&rig, subject, "GREEN");
    stays(&rig, subject, "clear", "green");
}
