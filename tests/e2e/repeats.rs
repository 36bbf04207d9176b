//! A report that comes again as a new message: joined to the first where its sender is proved, and nowhere else.

use serde_json::Value;

use crate::correspondents::{NOC, PASSED, Scene, THIEF, flags, is_encrypted};
use crate::gnupg::{armored_message, encrypted_entity};
use crate::mail::{TEAM, crlf, field, mail, text_of};
use crate::support::{Installation, send};

const REPORT: &str = "Dear colleagues,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since this morning.\n\n-- \nThe NOC";
const KNOWN: &str = "We have had this report since";

struct Gateway {
    installation: Installation,
    _daemon: crate::support::Daemon,
}

impl Gateway {
    fn new(extra: &str) -> Gateway {
        let installation = Installation::new(extra);
        let daemon = installation.serve();
        Gateway {
            installation,
            _daemon: daemon,
        }
    }

    /// A mail from the NOC; what became of it is the answer that left, `None` when none did.
    fn submit(&self, id: &str, head: &str, body: &str) -> Option<String> {
        let before = self.installation.outbox();
        self.send(id, head, body);
        self.installation.settle();
        let mut now = self.installation.outbox();
        now.retain(|letter| !before.contains(letter));
        assert!(now.len() < 2, "one answer a mail");
        now.pop()
    }

    fn send(&self, id: &str, head: &str, body: &str) {
        let id = format!("{id}@partner.example");
        let message = mail(NOC, "Brute force", &id, head, body);
        let reply = send(self.installation.ports.smtp, NOC, TEAM, &message);
        assert!(reply.starts_with("250"), "{reply}");
    }

    /// References of the tickets.
    fn tickets(&self) -> Vec<String> {
        let tickets = self.installation.tickets();
        let reference = |ticket: &Value| ticket["reference"].as_str().unwrap().to_owned();
        tickets.iter().map(reference).collect()
    }

    fn shown(&self, reference: &str) -> Value {
        self.installation
            .json(&["ticket", "show", reference, "--json"])
            .remove(0)
    }

    fn messages(&self, reference: &str) -> usize {
        self.shown(reference)["entries"].as_array().unwrap().len()
    }
}

/// The one ticket that is not among these.
fn new_one(gateway: &Gateway, known: &[&str]) -> String {
    let mut tickets = gateway.tickets();
    tickets.retain(|one| !known.contains(&one.as_str()));
    assert_eq!(tickets.len(), 1, "{tickets:?} beside {known:?}");
    tickets.remove(0)
}

fn is_duplicate_text(answer: &str, reference: &str) -> bool {
    let text = text_of(answer);
    field(answer, "Subject").unwrap().contains(reference)
        && text.starts_with(&format!("[{reference}]"))
        && text.contains(KNOWN)
}

#[test]
fn a_report_sent_again_joins_the_first_and_its_sender_is_told_so() {
    let gateway = Gateway::new("");
    let first = gateway.submit("1", PASSED, REPORT).unwrap();
    assert!(!text_of(&first).contains(KNOWN));
    let reference = new_one(&gateway, &[]);
    // Broken into other lines.
    let again = REPORT.replace("our server ", "our server\n");
    let answer = gateway.submit("2", PASSED, &again).unwrap();
    assert!(is_duplicate_text(&answer, &reference), "{answer}");
    assert_eq!(new_one(&gateway, &[]), reference);
    let shown = gateway.shown(&reference);
    assert_eq!(flags(&shown), ["repeated"]);
    assert_eq!(shown["entries"][1]["kind"], "report");
    assert_eq!(
        shown["entries"][1]["flags"][0]["other"],
        shown["entries"][0]["id"]
    );
    let text = gateway.installation.run(&["ticket", "show", &reference]);
    assert!(
        text.contains("the same report came first at 2")
            && text.contains("the same report came again at 2"),
        "{text}"
    );
    // Other words are another report, and so is another Subject's.
    gateway
        .submit("3", PASSED, &REPORT.replace("192.0.2.10", "192.0.2.11"))
        .unwrap();
    assert_eq!(gateway.tickets().len(), 2);
    // The same octets by another way are still a copy, and not answered.
    assert_eq!(gateway.submit("2", PASSED, &again), None);
    assert_eq!(gateway.messages(&reference), 2);
    // It is known by the same digest after its ticket was sealed anew.
    gateway.installation.run(&["verify"]);
    gateway
        .installation
        .run(&["keys", "reseal", "--deep", "--all"]);
    let answer = gateway.submit("4", PASSED, REPORT).unwrap();
    assert!(is_duplicate_text(&answer, &reference), "{answer}");
    gateway.installation.run(&["verify"]);
}

#[test]
fn of_a_form_that_is_sent_several_times_at_once_there_is_one_ticket() {
    let gateway = Gateway::new("");
    for id in ["1", "2", "3", "4", "5", "6"] {
        gateway.send(id, PASSED, REPORT);
    }
    gateway.installation.settle();
    let reference = new_one(&gateway, &[]);
    assert_eq!(gateway.messages(&reference), 6);
    assert_eq!(flags(&gateway.shown(&reference)), ["repeated"; 5]);
    let outbox = gateway.installation.outbox();
    let told = outbox
        .iter()
        .filter(|letter| is_duplicate_text(letter, &reference));
    assert_eq!((outbox.len(), told.count()), (6, 5));
}

/// T57: what somebody sends in another's name, before him or after him, moves nothing of his.
#[test]
fn who_is_not_proved_joins_nothing_and_hides_nothing() {
    let gateway = Gateway::new("");
    gateway.submit("forged", "", REPORT).unwrap();
    let forged = new_one(&gateway, &[]);
    let answer = gateway.submit("real", PASSED, REPORT).unwrap();
    let real = new_one(&gateway, &[&forged]);
    assert!(!text_of(&answer).contains(KNOWN), "{answer}");
    let text = gateway.installation.run(&["ticket", "show", &real]);
    assert!(!text.contains("may belong to"), "{text}");
    // Whoever forges him afterwards gets a ticket and the usual text, and analysts a link.
    let answer = gateway.submit("again", "", REPORT).unwrap();
    assert!(!text_of(&answer).contains(KNOWN) && !answer.contains(&real));
    let again = new_one(&gateway, &[&forged, &real]);
    let text = gateway.installation.run(&["ticket", "show", &again]);
    assert!(
        text.contains(&format!("may belong to {real}"))
            || text.contains(&format!("may belong to {forged}")),
        "{text}"
    );
    // His own goes to his own.
    let answer = gateway.submit("resent", PASSED, REPORT).unwrap();
    assert!(is_duplicate_text(&answer, &real), "{answer}");
    assert_eq!(gateway.messages(&real), 2);
    assert_eq!(gateway.messages(&forged), 1);
}

#[test]
fn later_or_switched_off_each_has_a_ticket_of_its_own() {
    for repeat in ["1 ms", "0 s"] {
        let gateway = Gateway::new(&format!("[triage]\nrepeat = \"{repeat}\"\n"));
        for id in ["1", "2"] {
            let answer = gateway.submit(id, PASSED, REPORT).unwrap();
            assert!(!text_of(&answer).contains(KNOWN), "{repeat}: {answer}");
        }
        let tickets = gateway.tickets();
        assert_eq!(tickets.len(), 2, "{repeat}");
        for ticket in tickets {
            assert!(flags(&gateway.shown(&ticket)).is_empty(), "{repeat}");
        }
    }
}

/// What a machine sends daily is news, whether it says the same or not.
#[test]
fn what_may_not_be_answered_is_never_a_repetition() {
    let gateway = Gateway::new("");
    let feed = format!("{PASSED}Precedence: bulk\n");
    for id in ["1", "2"] {
        assert_eq!(gateway.submit(id, &feed, REPORT), None);
    }
    for ticket in gateway.tickets() {
        assert_eq!(gateway.messages(&ticket), 1);
    }
}

#[test]
fn the_rates_hold_and_the_report_is_filed_all_the_same() {
    let gateway = Gateway::new("[acknowledge]\nper_address_hour = 2\n");
    assert!(gateway.submit("1", PASSED, REPORT).is_some());
    assert!(gateway.submit("2", PASSED, REPORT).is_some());
    assert_eq!(gateway.submit("3", PASSED, REPORT), None);
    let reference = new_one(&gateway, &[]);
    let shown = gateway.shown(&reference);
    assert_eq!(shown["entries"][2]["answer"], "address-rate");
    assert_eq!(flags(&shown), ["repeated", "repeated"]);
}

#[test]
fn it_goes_where_the_ticket_went_and_opens_it_again() {
    let gateway = Gateway::new("");
    gateway.submit("1", PASSED, REPORT).unwrap();
    let first = new_one(&gateway, &[]);
    let other = REPORT.replace("192.0.2.10", "203.0.113.5");
    gateway.submit("2", PASSED, &other).unwrap();
    let second = new_one(&gateway, &[&first]);
    let run = |arguments: &[&str]| gateway.installation.run(arguments);
    run(&["ticket", "merge", &first, &second]);
    let answer = gateway.submit("3", PASSED, REPORT).unwrap();
    assert!(is_duplicate_text(&answer, &second), "{answer}");
    assert_eq!(gateway.messages(&second), 2);
    let own = gateway.shown(&first)["entries"][0]["id"].clone();
    assert_eq!(
        gateway.shown(&second)["entries"][1]["flags"][0]["other"],
        own
    );
    run(&["ticket", "close", &second, "--reason", "done"]);
    let answer = gateway.submit("4", PASSED, REPORT).unwrap();
    assert!(is_duplicate_text(&answer, &second), "{answer}");
    assert_eq!(gateway.shown(&second)["state"], "open");
    // What was erased is not known any more.
    for reference in [&first, &second] {
        run(&["ticket", "erase", reference, "--reason", "request", "--yes"]);
    }
    assert_eq!(
        gateway
            .installation
            .sql("SELECT count(*) FROM replay")
            .trim(),
        "0"
    );
    let answer = gateway.submit("5", PASSED, REPORT).unwrap();
    assert!(!text_of(&answer).contains(KNOWN), "{answer}");
    run(&["verify"]);
}

fn sealed(scene: &Scene, text: &str, signed: bool) -> (String, String) {
    let entity = crlf(&format!(
        "Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    ));
    let armored = match signed {
        true => scene.noc.sign_and_encrypt(NOC, TEAM, &entity),
        false => {
            let options = [
                "--armor",
                "--trust-model",
                "always",
                "--recipient",
                TEAM,
                "--encrypt",
            ];
            String::from_utf8(scene.noc.run(&options, entity.as_bytes())).unwrap()
        }
    };
    encrypted_entity(&armored)
}

/// T06: who holds a ciphertext learns nothing of what is in it, whatever he sends before or after it.
#[test]
fn an_encrypted_report_is_a_repetition_when_it_was_signed_inside() {
    let scene = Scene::pinned();
    let submit = |id: &str, from: &str, head: &str, body: &str| {
        let domain = from.rsplit('@').next().unwrap();
        let proved = format!(
            "Authentication-Results: mx.team.example; dmarc=pass header.from={domain}\n{head}"
        );
        let message = mail(from, "...", &format!("{id}@{domain}"), &proved, body);
        let reply = send(scene.installation.ports.smtp, from, TEAM, &message);
        assert!(reply.starts_with("250"), "{reply}");
        scene.installation.settle();
        let tickets = scene.installation.tickets().len();
        (scene.installation.outbox().pop().unwrap(), tickets)
    };
    let (head, body) = sealed(&scene, REPORT, true);
    let (_, before) = submit("s1", NOC, &head, &body);
    let (head, body) = sealed(&scene, REPORT, true);
    let (answer, tickets) = submit("s2", NOC, &head, &body);
    assert_eq!(tickets, before, "it joins");
    assert!(is_encrypted(&answer), "{answer}");
    let (inside, _) = scene.noc.decrypt(&armored_message(&answer));
    assert!(text_of(&inside).contains(KNOWN), "{inside}");
    // Without a signature it is a report of its own.
    let (head, body) = sealed(&scene, REPORT, false);
    let (answer, tickets) = submit("s3", NOC, &head, &body);
    assert_eq!(tickets, before + 1);
    let (inside, _) = scene.noc.decrypt(&armored_message(&answer));
    assert!(!text_of(&inside).contains(KNOWN), "{inside}");
    // The thief guesses, then has us open what he captured; and the other way round.
    let (captured_head, captured) = sealed(&scene, REPORT, true);
    let sends = [
        ("", REPORT),
        (captured_head.as_str(), captured.as_str()),
        ("", REPORT),
    ];
    for (count, (head, body)) in sends.into_iter().enumerate() {
        let (answer, _) = submit(&format!("t{count}"), THIEF, head, body);
        let is_guess = count == 2;
        assert_eq!(
            text_of(&answer).contains(KNOWN),
            is_guess,
            "{count}: {answer}"
        );
    }
    // Only his own two guesses are on one ticket.
    assert_eq!(scene.installation.tickets().len(), before + 3);
    // Nor as a file beside words of his own, first in clear, then as he captured it.
    let secret = scene.noc.sign_and_encrypt(NOC, TEAM, REPORT);
    for (count, (name, file)) in [("a.txt", REPORT), ("a.txt.asc", &secret)]
        .iter()
        .enumerate()
    {
        let body = format!(
            "--=_m\nContent-Type: text/plain\n\nPlease look at what I attach to this mail, it came this morning.\n\
             --=_m\nContent-Type: text/plain; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\n{file}\n--=_m--\n"
        );
        let head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_m\"\n";
        let (answer, tickets) = submit(&format!("f{count}"), THIEF, head, &body);
        assert!(!text_of(&answer).contains(KNOWN), "{count}: {answer}");
        assert_eq!(tickets, before + 4 + count);
    }
}
