//! What happens on tickets is posted to the webhook where that is wanted: in order, signed, again until it is taken, and after a
//! crash; numbers and states, and nothing of what anybody wrote.

use serde_json::{Value, json};

use crate::hook::{Hook, Post};
use crate::mail::{TEAM, id_of, mail};
use crate::overdue::{assert_signed, with_hook};
use crate::roles::{login, make_logins};
use crate::support::{Installation, http_get, send};

const NOC: &str = "noc@partner.example";
const CONSOLE: &str = "[console.oidc]\nconsole_url = \"https://console.team.example\"\n";
const EVENTS: &str =
    "[alerts]\nwebhook_events = [\"ticket_new\", \"ticket_message\", \"ticket_changed\"]\n";

fn mailed(installation: &Installation, id: &str, fields: &str) {
    let text = "192.0.2.10 attacks the ministry.";
    let message = mail(NOC, "Ministry attacked", id, fields, text);
    let reply = send(installation.ports.smtp, NOC, TEAM, &message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

/// What was posted, without its id; signed, and silent about all that is confidential.
fn told(post: &Post) -> Value {
    assert_signed(post);
    let text = String::from_utf8(post.body.clone()).unwrap().to_lowercase();
    for secret in ["ministry", "192.0.2.10", "partner", "noc", "amber", "alice"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let mut told = post.json();
    let told = told.as_object_mut().unwrap();
    assert!(told.remove("id").unwrap().is_string());
    let at = told.remove("at").unwrap();
    at.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    Value::from(told.clone())
}

#[test]
fn what_happens_on_a_ticket_is_posted_in_order_until_it_is_taken() {
    let hook = Hook::start(&[500]);
    let installation = with_hook(&hook, "", CONSOLE);
    make_logins(&installation);
    let wanted = installation.path("conf.d/wanted.toml");
    std::fs::write(&wanted, EVENTS).unwrap();
    let daemon = installation.serve();
    mailed(&installation, "e.1@partner.example", "");
    let one = installation.tickets().remove(0);
    let (ticket, number) = (one["reference"].clone(), one["number"].as_i64().unwrap());
    let serial = number.to_string();
    let event = |event: &str, state: &str, changed: &[&str]| {
        json!({"event": event, "ticket": ticket, "number": number, "state": state, "changed": changed, "team": "CSIRT",
            "url": format!("https://console.team.example/t/{number:06}")})
    };
    let first = hook.next();
    assert_eq!(told(&first), event("ticket_new", "new", &[]));

    // It was not taken; what happens on the ticket meanwhile waits behind it.
    let (database, url) = login(&installation, "console");
    let run = |arguments: &[&str]| {
        let mut command = installation.command(&["ticket"]);
        let done = command
            .args(arguments)
            .env(database, &url)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {errors}");
    };
    run(&["claim", &serial]);
    run(&["tlp", &serial, "--to", "amber"]);
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0]));
    mailed(&installation, "e.2@partner.example", &answers);
    run(&["status", &serial, "open"]);
    let again = hook.next();
    assert_eq!((again.body, again.signature), (first.body, first.signature));
    for (name, state, changed) in [
        ("ticket_changed", "new", &["owner"][..]),
        ("ticket_changed", "new", &["marking"]),
        ("ticket_message", "new", &[]),
        ("ticket_changed", "open", &["state"]),
    ] {
        assert_eq!(told(&hook.next()), event(name, state, changed));
    }
    let log = installation.log();
    assert!(
        log.contains("the webhook was not told; trying again"),
        "{log}"
    );
    let text = http_get(installation.ports.admin, "/metrics").unwrap();
    for line in [
        "pillarbox_transport_webhook_total{outcome=\"put_off\"} 1",
        "pillarbox_transport_webhook_total{outcome=\"taken\"} 5",
    ] {
        assert!(text.contains(line), "{text}");
    }

    // Nobody was there when it was closed; somebody is later.
    drop(daemon);
    run(&["close", &serial, "--reason", "the ministry is well"]);
    let daemon = installation.serve();
    let closed = event("ticket_changed", "resolved", &["state"]);
    assert_eq!(told(&hook.next()), closed);
    drop(daemon);

    // Not wanted any more: what waits goes, and nothing more is written down.
    run(&["reopen", &serial]);
    std::fs::remove_file(wanted).unwrap();
    let _daemon = installation.serve();
    run(&["close", &serial]);
    let left = installation.sql("SELECT count(*) FROM ticket_notice");
    assert_eq!(left.trim(), "0");
    assert!(hook.is_quiet());
    installation.run(&["verify"]);
}

#[test]
fn receiver_that_does_not_answer_is_left_alone_and_alerts_pass_what_waits_for_it() {
    let hook = Hook::start(&[0, 204, 500]);
    let installation = with_hook(&hook, "", "");
    std::fs::write(installation.path("conf.d/wanted.toml"), EVENTS).unwrap();
    let _daemon = installation.serve();
    mailed(&installation, "s.1@partner.example", "");
    let first = hook.next();
    // A notice about a ticket gets no answer; an alert goes out before it is given up.
    installation.sql("INSERT INTO overdue_notice (id, serials) VALUES (gen_random_uuid(), '{1}')");
    assert_eq!(hook.next().json()["event"], "tickets_overdue");
    assert!(hook.keeps_waiting(), "the alert waited for the ticket");
    installation.sql("UPDATE ticket SET state = 'open'");
    mailed(&installation, "s.2@partner.example", "");
    // One is tried; since nobody takes it, the others aren't before the receiver answers.
    let probe = hook.next().json();
    let told: Vec<Value> = (0..3).map(|_| hook.next().json()).collect();
    let place = |event: &str, number: &Value| {
        let found = told
            .iter()
            .position(|told| told["event"] == event && &told["number"] == number);
        found.unwrap_or_else(|| panic!("{event} {number}: {told:?}"))
    };
    let one = &first.json()["number"];
    assert!(place("ticket_new", one) < place("ticket_changed", one));
    assert_eq!(
        told[place("ticket_new", one)],
        first.json(),
        "word for word"
    );
    assert_ne!(&probe["number"], one);
    assert_eq!(told[place("ticket_new", &probe["number"])], probe);
    let log = installation.log();
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == "the webhook was not told; trying again");
    let pauses: Vec<Value> = lines.map(|line| line["pause_seconds"].clone()).collect();
    assert_eq!(pauses, [5, 10], "the receiver's, not the notice's");
    assert!(hook.is_quiet());
}
