//! Nothing goes round: two gateways pointed at each other, and automata that hide what they are.

use crate::mail::{crlf, field, mail};
use crate::support::{Installation, send, wait_for};

const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// A gateway for `csirt@domain`; no rate holds its answers.
fn gateway(domain: &str) -> Installation {
    Installation::new(&configuration(domain))
}

fn configuration(domain: &str) -> String {
    format!("[team]\naddress = \"csirt@{domain}\"\n[intake]\ndomains = [\"{domain}\"]\n")
}

/// A mail from one team to the other.
fn letter(from: &str, to: &str, id: &str) -> String {
    mail(from, "Scan", id, "", ATTACK).replace("csirt@team.example", to)
}

#[test]
fn two_gateways_pointed_at_each_other_answer_once_each() {
    let (a, b) = (gateway("a.example"), gateway("b.example"));
    for (one, other, domain) in [(&a, &b, "a.example"), (&b, &a, "b.example")] {
        let smarthost = format!("[outbox]\nsmarthost = \"127.0.0.1:{}\"\n", other.ports.smtp);
        let text = configuration(domain) + &smarthost;
        std::fs::write(one.path("conf.d/test.toml"), text).unwrap();
    }
    let _running = (a.serve(), b.serve());
    let (at_a, at_b) = ("csirt@a.example", "csirt@b.example");
    send(a.ports.smtp, at_b, at_a, &letter(at_b, at_a, "1@b.example"));
    send(b.ports.smtp, at_a, at_b, &letter(at_a, at_b, "1@a.example"));
    // Each has the other's answer, and nothing is under way.
    for one in [&a, &b] {
        let limit = std::time::Duration::from_secs(60);
        wait_for("the other's answer", limit, || one.quarantine().len() == 1);
    }
    for one in [&a, &b, &a, &b] {
        one.settle();
    }
    for one in [&a, &b] {
        assert_eq!(one.tickets().len(), 1);
        assert_eq!(one.outbox().len(), 1);
        assert_eq!(one.quarantine().len(), 1, "the other's answer, and no more");
        assert_eq!(one.quarantine()[0]["kind"], "auto_reply");
    }
}

/// A relay that takes away every field by which an answer could be known.
fn stripped(answer: &str, id: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let kept = [
        "From",
        "To",
        "Subject",
        "Date",
        "MIME-Version",
        "Content-Type",
    ];
    let kept: String = kept
        .iter()
        .filter_map(|name| Some(format!("{name}: {}\r\n", field(head, name)?)))
        .collect();
    format!("{kept}Message-ID: <{id}>\r\n\r\n{body}")
}

#[test]
fn an_answer_of_another_gateway_is_known_without_its_fields() {
    let (a, b) = (gateway("a.example"), gateway("b.example"));
    let _running = (a.serve(), b.serve());
    let (at_a, at_b) = ("csirt@a.example", "csirt@b.example");
    for (number, subject) in (1..).zip(["Scan", "Signalement : scan du réseau", ""]) {
        let first = letter(at_b, at_a, &format!("{number}@b.example"));
        let first = first.replace("Subject: Scan", &format!("Subject: {subject}"));
        send(a.ports.smtp, at_b, at_a, &first);
        a.settle();
        let answers = a.outbox();
        assert_eq!(answers.len(), number);
        let last = answers.last().unwrap();
        let bare = stripped(last, &format!("{number}@relay.example"));
        send(b.ports.smtp, at_a, at_b, &bare);
        b.settle();
        assert_eq!(b.outbox().len(), 0, "{bare}");
        assert!(b.tickets().is_empty());
        assert_eq!(b.quarantine().len(), number);
    }
}

/// Nothing in the address tells.
const ROBOT: &str = "desk@partner.example";

/// What an automaton writes that hides what it is: no field, no reference, new words each time.
fn robotic(number: usize) -> String {
    let body = format!("Noted as item {number}. Our colleagues will look at it.");
    mail(
        ROBOT,
        &format!("Item {number}"),
        &format!("r.{number}@partner.example"),
        "",
        &body,
    )
}

#[test]
fn automaton_that_answers_everything_is_answered_so_often_as_the_rates_say_and_people_still_are() {
    let rates = "[acknowledge]\nper_address_hour = 3\nper_address_day = 5\nper_domain_day = 30\nper_hour = 60\n";
    let installation = Installation::new(rates);
    let _daemon = installation.serve();
    let submit = |from: &str, message: &str| {
        let reply = send(installation.ports.smtp, from, crate::mail::TEAM, message);
        assert!(reply.starts_with("250"), "{reply}");
    };
    let answers = || installation.outbox().len();
    // One letter of its own, then one for each answer: it ends by itself.
    let mut sent = 0;
    submit(ROBOT, &robotic(sent));
    installation.settle();
    while answers() > sent {
        sent += 1;
        submit(ROBOT, &robotic(sent));
        installation.settle();
        assert!(sent < 20, "it goes on and on");
    }
    assert_eq!(answers(), 3);
    // However many come at once.
    std::thread::scope(|scope| {
        for lane in 0..4 {
            let submit = &submit;
            scope.spawn(move || {
                for number in 0..6 {
                    submit(ROBOT, &robotic(100 + lane * 10 + number));
                }
            });
        }
    });
    installation.settle();
    assert_eq!(answers(), 3);
    assert_eq!(installation.tickets().len(), 4 + 24, "nothing is lost");
    // Its neighbour is answered, and so is whoever writes from there when the hour is over, until the day is full.
    let ann = "ann@partner.example";
    submit(ann, &mail(ann, "Scan", "a.1@partner.example", "", ATTACK));
    installation.settle();
    assert_eq!(answers(), 4);
    installation.sql("UPDATE acknowledged SET at = at - interval '61 minutes'");
    for number in 200..204 {
        submit(ROBOT, &robotic(number));
        installation.settle();
    }
    assert_eq!(answers(), 6);
}

#[test]
fn rates_hold_however_many_come_at_once() {
    let rates = "[acknowledge]\nper_address_hour = 3\n";
    let installation = Installation::new(rates);
    let _daemon = installation.serve();
    // They wait together, and are worked together.
    std::thread::scope(|scope| {
        for lane in 0..8 {
            let port = installation.ports.smtp;
            scope.spawn(move || {
                for number in 0..4 {
                    let message = robotic(lane * 10 + number);
                    send(port, ROBOT, crate::mail::TEAM, &message);
                }
            });
        }
    });
    installation.settle();
    assert_eq!(installation.tickets().len(), 32);
    assert_eq!(installation.outbox().len(), 3);
    let held = installation.tickets();
    let held = held
        .iter()
        .filter(|ticket| ticket["first"]["answer"] == "address-rate");
    assert_eq!(held.count(), 29);
}

#[test]
fn our_own_letter_come_back_through_a_list_is_known() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let port = installation.ports.smtp;
    let team = crate::mail::TEAM;
    let first = mail(ROBOT, "Scan", "o.1@partner.example", "", ATTACK);
    send(port, ROBOT, team, &first);
    installation.settle();
    let answer = installation.outbox().remove(0);
    // A list takes it over: a From and a Message-ID of its own, our words and our loop field.
    let from = "From: \"Test CSIRT via talk\" <talk@lists.example>\n";
    let rest: String = answer
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("From:") && !line.starts_with("Message-ID:"))
        .collect();
    let listed = crlf(&format!("{from}Message-ID: <l.1@lists.example>\n{rest}"));
    send(port, "talk-bounces@lists.example", team, &listed);
    installation.settle();
    assert_eq!(installation.outbox().len(), 1);
    assert_eq!(installation.tickets().len(), 1);
    assert_eq!(installation.quarantine()[0]["kind"], "own_loop");
}
