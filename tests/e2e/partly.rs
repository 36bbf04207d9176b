//! What lists and pages claim of signatures that are over a part of a message, and of messages that stay closed.

use crate::acts::signed_in;
use crate::browser::Curl;
use crate::console::{NOC, submit, with_console};
use crate::gnupg::{Gnupg, encrypted_entity, signed_entity};
use crate::mail::{TEAM, crlf, mail};
use crate::support::Installation;

/// Not an address of the partner's key.
const DESK: &str = "desk@partner.example";
const TEXT: &str =
    "Content-Type: text/plain; charset=us-ascii\n\nOur server 198.51.100.7 is attacked.\n";

/// A part that anybody may have added on the way.
fn with_footer(head: &str, body: &str) -> (String, String) {
    let head_of_part = head.replace("MIME-Version: 1.0\n", "");
    let body = format!(
        "--=_m\n{head_of_part}\n{body}\n--=_m\nContent-Type: text/plain\n\nPlease block 203.0.113.5, too.\n--=_m--\n"
    );
    let head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_m\"\n";
    (head.to_owned(), body)
}

fn encrypt(gnupg: &Gnupg, to: &str, text: &str) -> String {
    let armored = gnupg.run(&["--armor", "-r", to, "--encrypt"], text.as_bytes());
    String::from_utf8(armored).unwrap()
}

fn queue(alice: &Curl, query: &str) -> String {
    let query = query.replace(':', "%3A");
    alice.get(&format!("/q/CSIRT?order=oldest&q={query}")).body
}

/// The word that is stored, what the queue says, what the ticket's page says, and what the terminal says.
fn told(
    installation: &Installation,
    alice: &Curl,
    serial: &str,
) -> (String, String, String, String) {
    let badges = |page: &str| {
        let list = page.split("<ul class=\"badges\">").nth(1).unwrap();
        let list = list.split("</ul>").next().unwrap();
        let each = list.split("</svg>").skip(1);
        let words = each.map(|one| one.split("</li>").next().unwrap().trim().to_owned());
        words.collect::<Vec<_>>().join(", ")
    };
    let line = queue(alice, serial.trim_start_matches('0'));
    let page = alice.get(&format!("/t/{serial}")).body;
    let tickets = installation.tickets();
    let reference = format!("CSIRT#{serial}");
    let ticket = tickets
        .iter()
        .find(|one| one["reference"] == reference.as_str());
    let word = ticket.unwrap()["first"]["signature"].as_str().unwrap();
    let shown = installation.run(&["ticket", "show", &reference]);
    let shown = shown
        .lines()
        .find(|line| line.contains("Protection "))
        .unwrap();
    let shown = shown.trim().strip_prefix("Protection").unwrap().trim();
    (
        word.to_owned(),
        badges(&line),
        badges(&page),
        shown.to_owned(),
    )
}

#[test]
fn no_place_calls_signed_what_is_signed_in_part() {
    let (installation, _daemon, port) = with_console();
    let gnupg = Gnupg::new();
    let print = gnupg.make_key(&format!("Partner NOC <{NOC}>"));
    gnupg.import(&installation.run(&["keys", "export"]));
    let file = installation.path("noc.asc");
    std::fs::write(&file, gnupg.export(NOC)).unwrap();
    let file = file.display().to_string();
    installation.run(&["keys", "import", &file]);

    let entity = crlf(TEXT);
    let signed = || signed_entity(&entity, &gnupg.sign(NOC, &entity));
    let report = |subject: &str, (head, body): (String, String)| {
        let id = format!("{}@partner.example", subject.replace(' ', "."));
        submit(&installation, &mail(NOC, subject, &id, &head, &body))
    };
    let (head, body) = signed();
    let unknown = report("part by unknown", with_footer(&head, &body));
    installation.run(&["keys", "trust", &print, "--address", NOC]);
    let whole = report("whole", signed());
    let (head, body) = signed();
    let part = report("part", with_footer(&head, &body));
    let (head, body) = signed();
    let desk = mail(DESK, "other", "other@partner.example", &head, &body);
    let other = submit(&installation, &desk);
    let (head, body) = encrypted_entity(&encrypt(&gnupg, TEAM, &entity));
    let closed = crlf(&format!(
        "{}\n{body}",
        head.replace("MIME-Version: 1.0\n", "")
    ));
    let around = signed_entity(&closed, &gnupg.sign(NOC, &closed));
    let nothing = report("around", around);

    let alice = signed_in(&installation, port, "alice", "analyst");
    for (serial, word, badge, line) in [
        (
            &whole,
            "good",
            "SIGNED – key verified",
            "signed, key verified",
        ),
        (
            &other,
            "good_other_address",
            "SIGNED – other address",
            "signed, OTHER ADDRESS",
        ),
        (
            &part,
            "part_good",
            "PARTLY SIGNED – a part only, key verified",
            "PARTLY SIGNED (a part only), key verified",
        ),
        (
            &unknown,
            "part_good_unknown_key",
            "PARTLY SIGNED – a part only, key not verified",
            "PARTLY SIGNED (a part only), key not verified",
        ),
        (
            &nothing,
            "nothing_shown",
            "PARTLY SIGNED – nothing that is shown",
            "PARTLY SIGNED (nothing that is shown)",
        ),
    ] {
        let (stored, queue, page, shown) = told(&installation, &alice, serial);
        assert_eq!(stored, word);
        assert!(
            queue.ends_with(badge) && page.ends_with(badge),
            "{queue}; {page}"
        );
        assert!(shown.ends_with(line), "{shown}");
    }
    let found = |query: &str| {
        let page = queue(&alice, query);
        let all = [&whole, &part, &unknown, &nothing, &other];
        let found = all.map(|serial| page.contains(&format!("href=\"/t/{serial}\"")));
        let listed = installation.json(&["ticket", "list", "--query", query, "--json"]);
        assert_eq!(
            listed.len(),
            found.iter().filter(|is_there| **is_there).count()
        );
        found
    };
    assert_eq!(found("sig:good"), [true, false, false, false, false]);
    assert_eq!(found("sig:unknown"), [false; 5]);
    assert_eq!(found("sig:partly"), [false, true, true, true, false]);
    assert_eq!(found("sig:other"), [false, false, false, false, true]);

    // What an older version filed as good: the ticket's page goes by what was read.
    let old = format!(
        "UPDATE entry SET signature = 'good' FROM ticket WHERE ticket.id = entry.ticket AND serial = {part}"
    );
    installation.sql(&old);
    let (_, _, page, shown) = told(&installation, &alice, &part);
    assert!(
        page.ends_with("PARTLY SIGNED – a part only, key verified"),
        "{page}"
    );
    assert!(shown.contains("PARTLY SIGNED"), "{shown}");
}

#[test]
fn a_missing_key_is_told_from_damage() {
    let (installation, _daemon, port) = with_console();
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Partner NOC <{NOC}>"));
    gnupg.make_key("Somebody else <else@other.example>");
    gnupg.import(&installation.run(&["keys", "export"]));
    let entity = crlf(TEXT);
    let report = |id: &str, armored: &str| {
        let (head, body) = encrypted_entity(armored);
        submit(&installation, &mail(NOC, "...", id, &head, &body))
    };
    let other = report(
        "o@partner.example",
        &encrypt(&gnupg, "else@other.example", &entity),
    );
    // A few characters of the last line but two are others.
    let sound = encrypt(&gnupg, TEAM, &entity);
    let mut lines: Vec<String> = sound.lines().map(str::to_owned).collect();
    let at = lines.len() - 4;
    let swapped: String = lines[at]
        .chars()
        .map(|c| if c == 'A' { 'B' } else { 'A' })
        .collect();
    lines[at] = swapped;
    let damaged = report("d@partner.example", &lines.join("\n"));
    let alice = signed_in(&installation, port, "alice", "analyst");
    for (serial, badge) in [
        (&other, "CANNOT DECRYPT (no key)"),
        (&damaged, "CANNOT DECRYPT (damaged)"),
    ] {
        let (_, queue, page, shown) = told(&installation, &alice, serial);
        assert_eq!(
            (queue.as_str(), page.as_str(), shown.as_str()),
            (badge, badge, badge)
        );
    }
}
