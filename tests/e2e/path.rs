//! A report comes in and becomes a sealed ticket.

use crate::support::{Installation, send};

#[test]
fn plain_report_becomes_an_acknowledged_ticket() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let report = "From: noc@partner.example\r\nTo: csirt@team.example\r\nSubject: Scan\r\nMessage-ID: <1@partner.example>\r\n\r\n\
                  Our server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.\r\n";
    let reply = send(
        installation.ports.smtp,
        "noc@partner.example",
        "csirt@team.example",
        report,
    );
    assert!(reply.starts_with("250 2."), "{reply}");
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1);
    let reference = tickets[0]["reference"].as_str().unwrap();
    assert!(
        tickets[0]["first"]["gist"]
            .as_str()
            .unwrap()
            .contains("192.0.2.10 → 198.51.100.7:22/tcp"),
        "{tickets:?}"
    );
    let sent = installation.outbox();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].contains(&format!("Subject: [{reference}] Re: Scan")),
        "{}",
        sent[0]
    );
    assert!(daemon.terminate(), "SIGTERM ends it with exit code 0");
}
