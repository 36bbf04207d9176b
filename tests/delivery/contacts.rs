//! A refusal, from the smarthost's answer to what an analyst sees and does, through the real daemon.

use std::time::Duration;

use serde_json::Value;

use crate::rig::{at, port};
use crate::sink::{Manners, Sink};
use crate::support::{Installation, send, wait_for};

const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a report; its ticket, once its acknowledgement was decided.
fn report(installation: &Installation, number: usize) -> Value {
    let message = format!(
        "From: noc@partner.example\r\nTo: csirt@team.example\r\nSubject: Scan {number}\r\nMessage-ID: <c.{number}@partner.example>\r\n\
         Date: Tue, 05 Mar 2024 09:00:00 +0100\r\n\r\nHello,\r\n\r\nour server 198.51.100.{number} is attacked from 192.0.2.10.\r\n"
    );
    let to = "csirt@team.example";
    let reply = send(installation.ports.smtp, "noc@partner.example", to, &message);
    assert!(reply.starts_with("250"), "{reply}");
    wait_for("the ticket", PATIENCE, || {
        installation.tickets().len() == number
    });
    installation.tickets().pop().unwrap()
}

fn sent(installation: &Installation, ticket: &Value) -> Value {
    let reference = ticket["reference"].as_str().unwrap();
    let mut shown = installation.json(&["ticket", "show", "--json", reference]);
    shown[0]["sent"].take()
}

#[test]
fn a_refusal_is_a_fact_on_the_ticket_and_the_contact_and_never_a_bounce() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = at(81, port());
    let sink = runtime.block_on(Sink::start(address, Manners::default()));
    sink.will_say("RCPT", "550 5.1.1 no noc@partner.example here");
    let outbox = format!("[outbox]\nsmarthost = \"{address}\"\ncopy_dir = \"/nowhere\"\n");
    let installation = Installation::new(&outbox);
    let _daemon = installation.serve();

    let ticket = report(&installation, 1);
    wait_for("the refusal", PATIENCE, || {
        sent(&installation, &ticket)[0]["state"] == "failed"
    });
    let refused = sent(&installation, &ticket);
    assert_eq!(refused[0]["status"], "550 5.1.1");
    assert_eq!(refused[0]["attempts"], 1);
    assert!(refused[0]["at"].as_str().unwrap().ends_with('Z'));
    let reference = ticket["reference"].as_str().unwrap();
    let text = installation.run(&["ticket", "show", reference]);
    assert!(
        text.contains("Acknowledgement: failed 550 5.1.1 at 20"),
        "{text}"
    );
    let contact = installation.run(&["contact", "show", "NOC@partner.example"]);
    assert!(
        contact.starts_with("refused with 550 5.1.1 at 20"),
        "{contact}"
    );
    // Neither the server's words nor the address are in the log.
    assert!(
        !installation.log().contains("partner.example"),
        "{}",
        installation.log()
    );

    let ticket = report(&installation, 2);
    assert_eq!(ticket["first"]["answer"], "undeliverable");
    assert_eq!(sent(&installation, &ticket), Value::Array(Vec::new()));

    installation.run(&["contact", "clear", "noc@partner.example"]);
    let again = installation.output(&["contact", "clear", "noc@partner.example"]);
    assert_eq!(again.status.code(), Some(1));
    let ticket = report(&installation, 3);
    wait_for("the acknowledgement", PATIENCE, || {
        sent(&installation, &ticket)[0]["state"] == "sent"
    });
    let taken = sink.taken();
    assert_eq!(taken.len(), 1, "nobody was told of the refusal");
    assert_eq!(
        (taken[0].from.as_str(), taken[0].to.as_str()),
        ("<>", "noc@partner.example")
    );
    let shown = installation.run(&["contact", "show", "noc@partner.example"]);
    assert_eq!(shown, "no mail to it was refused\n");
}
