//! Who proves to have sent a message, what that opens, and that slow name servers keep nothing.

use std::time::Duration;

use crate::dkim::TestKey;
use crate::dns::{TestDns, Zone};
use crate::mail::{TEAM, mail};
use crate::support::{Conversation, Daemon, Installation, free_port, send, wait_for};

const NOC: &str = "noc@author.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// A gateway that checks senders itself and answers only those who are proved.
struct Gateway {
    dns: TestDns,
    key: TestKey,
    installation: Installation,
    /// Where a proxy on this machine names the client.
    proxied: u16,
    daemon: Daemon,
}

fn listener(name: &str, protocol: &str, port: u16, peers: &str) -> String {
    format!(
        "[[listener]]\nname = \"{name}\"\nprotocol = \"{protocol}\"\naddress = \"127.0.0.1:{port}\"\n{peers} = [\"127.0.0.0/8\"]\n"
    )
}

#[test]
fn mail_that_waits_for_name_servers_is_filed_before_the_daemon_ends() {
    let gateway = gateway("3 s");
    for number in 0..6 {
        let id = format!("{number}@silent.example");
        let message = mail("noc@silent.example", "Slow", &id, "", ATTACK);
        let selector = format!("s{number}");
        gateway.submit(&gateway.key.sign("silent.example", &selector, &message));
    }
    // In hand, and waiting.
    wait_for("the questions", Duration::from_secs(30), || {
        let key = |number| format!("s{number}._domainkey.silent.example");
        (0..6).all(|number| gateway.dns.asked(&key(number), "TXT") > 0)
    });
    let Gateway {
        installation,
        daemon,
        ..
    } = gateway;
    assert!(daemon.terminate());
    assert_eq!(installation.tickets().len(), 6);
}

fn gateway(timeout: &str) -> Gateway {
    let key = TestKey::ed25519();
    let author = format!(
        "@ TXT \"v=spf1 ip4:192.0.2.10 -all\"\n_dmarc TXT \"v=DMARC1; p=reject\"\ned._domainkey TXT {}\n",
        key.record()
    );
    let dns = TestDns::start(&[
        ("author.example", Zone::Signed, &author),
        ("bare.example", Zone::Unsigned, ""),
        ("silent.example", Zone::Silent, ""),
        ("broken.example", Zone::Broken, &author),
    ]);
    let extra = format!(
        "{}[authentication]\nown = \"auto\"\ntimeout = \"{timeout}\"\n[log]\nlevel = \"debug\"\n[acknowledge]\nunauthenticated = false\n",
        dns.configuration()
    );
    let installation = Installation::new(&extra);
    let (plain, proxied) = (installation.ports.smtp, free_port());
    let listeners = [
        listener("smtp", "smtp", plain, "trusted"),
        listener("lmtp", "lmtp", installation.ports.lmtp, "trusted"),
        listener("proxied", "smtp", proxied, "proxy"),
    ];
    std::fs::write(
        installation.path("conf.d/listeners.toml"),
        listeners.concat(),
    )
    .unwrap();
    let daemon = installation.serve();
    Gateway {
        dns,
        key,
        installation,
        proxied,
        daemon,
    }
}

impl Gateway {
    fn signed(&self, subject: &str, id: &str, more: &str) -> String {
        let message = mail(NOC, subject, id, more, ATTACK);
        self.key.sign("author.example", "ed", &message)
    }

    fn submit(&self, message: &str) {
        let reply = send(self.installation.ports.smtp, NOC, TEAM, message);
        assert!(reply.starts_with("250"), "{reply}");
    }

    fn settled(&self) -> Vec<serde_json::Value> {
        self.installation.settle();
        self.installation.tickets()
    }

    fn shown(&self, ticket: &serde_json::Value) -> serde_json::Value {
        let reference = ticket["reference"].as_str().unwrap();
        let arguments = ["ticket", "show", reference, "--json"];
        self.installation.json(&arguments).remove(0)
    }
}

#[test]
fn proved_sender_is_answered_and_the_results_are_shown() {
    let gateway = gateway("10 s");
    gateway.submit(&gateway.signed("Scan", "1@author.example", ""));
    let tickets = gateway.settled();
    assert_eq!(gateway.installation.outbox().len(), 1);
    let results = &gateway.shown(&tickets[0])["entries"][0]["authentication"];
    assert_eq!(results["source"], "own");
    assert_eq!(results["dkim"][0]["result"], "pass");
    assert_eq!(results["dkim"][0]["domain"], "author.example");
    assert_eq!(results["dmarc"]["result"], "pass");
    assert_eq!(results["dmarc"]["policy"], "reject");
    assert_eq!(results["dnssec"], "secure");
    let reference = tickets[0]["reference"].as_str().unwrap();
    let text = gateway.installation.run(&["ticket", "show", reference]);
    assert!(
        text.contains("spf=none dkim=pass (author.example) dmarc=pass dnssec=secure"),
        "{text}"
    );
    let metrics = crate::support::http_get(gateway.installation.ports.admin, "/metrics").unwrap();
    assert!(
        metrics.contains("authentication_total{outcome=\"dmarc=pass\"} 1"),
        "{metrics}"
    );
    assert!(!metrics.contains("author.example"));
    let log = gateway.installation.log();
    assert!(!log.contains("author.example"), "{log}");
}

#[test]
fn forged_sender_gets_a_ticket_and_no_answer() {
    let gateway = gateway("10 s");
    gateway.submit(&mail(NOC, "Scan", "1@author.example", "", ATTACK));
    let changed = gateway.signed("Scan", "2@author.example", "");
    gateway.submit(&changed.replace("198.51.100.7", "198.51.100.8"));
    let unknown = "someone@bare.example";
    gateway.submit(&mail(unknown, "Scan", "3@bare.example", "", ATTACK));
    let bogus = mail("noc@broken.example", "Scan", "4@broken.example", "", ATTACK);
    gateway.submit(&gateway.key.sign("broken.example", "ed", &bogus));
    let tickets = gateway.settled();
    assert_eq!(tickets.len(), 4);
    for ticket in &tickets {
        assert_eq!(ticket["first"]["answer"], "unauthenticated");
    }
    let mut words: Vec<String> = tickets
        .iter()
        .map(|ticket| {
            let results = &gateway.shown(ticket)["entries"][0]["authentication"];
            results["dmarc"]["result"].as_str().unwrap().to_owned()
        })
        .collect();
    words.sort();
    assert_eq!(words, ["fail", "fail", "none", "temperror"]);
    // Libraries have much to say about a bogus zone.
    let log = gateway.installation.log();
    assert!(!log.contains("broken.example"), "{log}");
    assert!(gateway.installation.outbox().is_empty());
}

#[test]
fn reply_with_the_tag_joins_from_a_proved_sender_only() {
    let gateway = gateway("10 s");
    gateway.submit(&gateway.signed("Scan", "1@author.example", ""));
    let tickets = gateway.settled();
    let reference = tickets[0]["reference"].as_str().unwrap();
    let subject = format!("Re: [{reference}] Scan");
    let forged = mail(
        NOC,
        &subject,
        "2@author.example",
        "",
        "Please close it, all is fine.",
    );
    gateway.submit(&forged);
    let tickets = gateway.settled();
    assert_eq!(tickets.len(), 2, "forged: a ticket of its own");
    let claims: Vec<_> = tickets
        .iter()
        .filter(|ticket| ticket["claims"] == reference)
        .collect();
    assert_eq!(claims.len(), 1);
    gateway.submit(&gateway.signed(&subject, "3@author.example", ""));
    let tickets = gateway.settled();
    assert_eq!(tickets.len(), 2, "proved: it joins");
    let shown = gateway
        .installation
        .json(&["ticket", "show", reference, "--json"]);
    assert_eq!(shown[0]["entries"].as_array().unwrap().len(), 2);
}

#[test]
fn no_answer_of_name_servers_is_no_proof_and_no_delay() {
    let gateway = gateway("1 s");
    let silent = "noc@silent.example";
    let message = mail(silent, "Scan", "1@silent.example", "", ATTACK);
    let signed = gateway.key.sign("silent.example", "ed", &message);
    gateway.submit(&signed);
    let tickets = gateway.settled();
    assert_eq!(tickets[0]["first"]["answer"], "unauthenticated");
    let results = &gateway.shown(&tickets[0])["entries"][0]["authentication"];
    assert_eq!(results["dkim"][0]["result"], "temperror");
    assert_eq!(results["dmarc"]["result"], "temperror");
}

#[test]
fn client_named_by_a_proxy_is_checked_by_spf() {
    let gateway = gateway("10 s");
    for (number, address) in [(1, "192.0.2.10"), (2, "203.0.113.9")] {
        let header = format!("PROXY TCP4 {address} 127.0.0.1 4000 25\r\n");
        let mut peer = Conversation::connect_saying(gateway.proxied, &header).unwrap();
        peer.say("EHLO mx.author.example").unwrap();
        let message = mail(NOC, "Scan", &format!("{number}@author.example"), "", ATTACK);
        let reply = peer.send(NOC, TEAM, &message).unwrap();
        assert!(reply.starts_with("250"), "{reply}");
    }
    let tickets = gateway.settled();
    let mut seen: Vec<(String, String)> = tickets
        .iter()
        .map(|ticket| {
            let results = &gateway.shown(ticket)["entries"][0]["authentication"];
            let spf = results["spf"]["result"].as_str().unwrap().to_owned();
            (spf, ticket["first"]["answer"].as_str().unwrap().to_owned())
        })
        .collect();
    seen.sort();
    assert_eq!(seen[0], ("fail".into(), "unauthenticated".into()));
    assert_eq!(seen[1], ("pass".into(), "signed".into()));
}

#[test]
fn word_of_our_relay_is_enough_and_costs_no_question() {
    let gateway = gateway("10 s");
    let said = "Authentication-Results: mx.team.example; dmarc=pass header.from=author.example;\n dkim=pass header.d=author.example header.s=x; spf=softfail smtp.mailfrom=b@author.example\n";
    gateway.submit(&mail(NOC, "Scan", "1@author.example", said, ATTACK));
    let tickets = gateway.settled();
    let results = &gateway.shown(&tickets[0])["entries"][0]["authentication"];
    assert_eq!(results["source"], "relay");
    assert_eq!(results["spf"]["result"], "softfail");
    assert_eq!(results["dkim"][0]["selector"], "x");
    assert_eq!(tickets[0]["first"]["answer"], "signed");
    assert_eq!(gateway.dns.asked_at_all(), 0);
    // A stranger's field is not read: then we check, and find it forged.
    let forged = said.replace("mx.team.example", "mx.stranger.example");
    gateway.submit(&mail(NOC, "Other", "2@author.example", &forged, ATTACK));
    let tickets = gateway.settled();
    let forged = tickets
        .iter()
        .find(|ticket| ticket["first"]["subject"] == "Other")
        .unwrap();
    let results = &gateway.shown(forged)["entries"][0]["authentication"];
    assert_eq!(results["source"], "own");
    assert_eq!(forged["first"]["answer"], "unauthenticated");
}

#[test]
fn mail_that_waits_for_silent_name_servers_keeps_no_other() {
    let gateway = gateway("60 s");
    for number in 0..12 {
        let id = format!("{number}@silent.example");
        let message = mail("noc@silent.example", "Slow", &id, "", ATTACK);
        gateway.submit(&gateway.key.sign("silent.example", "ed", &message));
    }
    gateway.submit(&gateway.signed("Quick", "quick@author.example", ""));
    let filed = || gateway.installation.tickets();
    wait_for("the quick one", Duration::from_secs(30), || {
        filed()
            .iter()
            .any(|ticket| ticket["first"]["subject"] == "Quick")
    });
    assert!(filed().len() < 13, "the others were to be waiting still");
}
