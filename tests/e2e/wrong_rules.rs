//! What an operator does about a rule that is wrong: promotes the mail, switches the rule off, finds both printed; and what
//! becomes of quotations on a ticket.

use crate::mail::{TEAM, id_of, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";

fn submit(installation: &Installation, message: &str) {
    let reply = send(installation.ports.smtp, NOC, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

#[test]
fn suppressed_mail_becomes_a_ticket_in_one_step() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let post = mail(
        NOC,
        "Scan",
        "list.1@partner.example",
        "List-Id: <talk.partner.example>\n",
        "We see scans from 192.0.2.77.",
    );
    submit(&installation, &post);
    let kept = installation.quarantine();
    assert_eq!((kept.len(), installation.tickets().len()), (1, 0));
    let id = kept[0]["id"].as_str().unwrap();
    let reference = installation.run(&["quarantine", "promote", id]);
    let reference = reference.trim();
    assert!(installation.quarantine().is_empty());
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0]["reference"], reference);
    let shown = installation.json(&["ticket", "show", reference, "--json"]);
    assert_eq!(
        shown[0]["entries"][0]["rule"], "list-id",
        "it still says what caught it"
    );
    let parties = installation.sql("SELECT count(*) FROM party");
    assert_eq!(parties.trim(), "1");
    let promoted = "SELECT count(*) FROM audit WHERE action = 'promoted'";
    assert_eq!(installation.sql(promoted).trim(), "1");
    // Every row is as the trail says.
    installation.run(&["verify"]);
    let again = installation.output(&["quarantine", "promote", id]);
    assert_eq!(again.status.code(), Some(1));
    assert!(installation.outbox().is_empty(), "nobody is answered");
}

#[test]
fn a_rule_that_is_wrong_is_switched_off() {
    let installation =
        Installation::new("[triage]\ndisabled_rules = [\"out-of-office-subject\"]\n");
    let _daemon = installation.serve();
    let away = mail(
        NOC,
        "Abwesend: Laptop",
        "away.1@partner.example",
        "",
        "Stolen from 192.0.2.78.",
    );
    submit(&installation, &away);
    assert_eq!(installation.tickets().len(), 1);
    let rules = installation.json(&["config", "rules", "--json"]);
    let off: Vec<&str> = rules
        .iter()
        .filter(|rule| rule["on"] == false)
        .map(|rule| rule["rule"].as_str().unwrap())
        .collect();
    assert_eq!(off, ["out-of-office-subject"]);
    assert!(
        rules
            .iter()
            .all(|rule| rule["source"] != "" && rule["reads"] != "")
    );
    assert!(installation.run(&["config", "rules"]).contains("RFC 3834"));
    let typed = "[triage]\ndisabled_rules = [\"out-of-ofice-subject\"]\n";
    std::fs::write(installation.path("conf.d/test.toml"), typed).unwrap();
    let wrong = installation.output(&["config", "check"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(78), "{said}");
    assert!(
        said.contains("out-of-ofice-subject") && said.contains("config rules"),
        "{said}"
    );
}

#[test]
fn a_quotation_does_not_repeat_its_indicators_on_the_ticket() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    submit(
        &installation,
        &mail(
            NOC,
            "Scan",
            "q.1@partner.example",
            "",
            "We are attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.",
        ),
    );
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0]));
    let text = "It goes on, now from 192.0.2.11 too.\n\nOn 05/03/2024 02:20, NOC <noc@partner.example> wrote:\n> We are attacked from 192.0.2.10\n> and the provider says 192.0.2.12 as well\n";
    submit(
        &installation,
        &mail(NOC, "Re: Scan", "q.2@partner.example", &answers, text),
    );
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = installation.json(&["ticket", "show", &reference, "--json"]);
    let entries = shown[0]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let values = |at: usize| -> Vec<String> {
        let found = entries[at]["indicators"].as_array().unwrap().iter();
        let addresses = found.filter(|one| one["kind"] == "ipv4");
        addresses
            .map(|one| one["value"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(values(0), ["192.0.2.10"]);
    assert_eq!(
        values(1),
        ["192.0.2.11", "192.0.2.12"],
        "new, if quoted, stays"
    );
    let path = installation.path("answer.eml");
    std::fs::write(
        &path,
        mail(NOC, "Re: Scan", "q.3@partner.example", "", text),
    )
    .unwrap();
    let view = installation.run(&["inspect", path.to_str().unwrap()]);
    assert!(view.contains("│ quoted    ┊ > We are attacked"), "{view}");
    let inspected = installation.json(&["inspect", "--json", path.to_str().unwrap()]);
    assert_eq!(inspected[0]["segments"][0]["segments"][1]["kind"], "quoted");
}
