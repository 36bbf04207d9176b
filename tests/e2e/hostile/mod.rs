//! Hostile mail, all of `tests/hostile` in every place that a sender writes to, looked at in a real Chromium wherever its words are shown,
//! and in the terminal: no script runs, nothing is asked of anybody, nothing of it is live, nothing hides or turns what stands beside it
//! (T44, T46, T60, T61, T66).

mod canary;
mod payloads;

use serde_json::Value;

use crate::browser::{Chromium, Login};
use crate::console::with_console;
use crate::correspondents::{NOC, PASSED, signed_with_key, with_key};
use crate::mail::{TEAM, mail};
use crate::support::{Conversation, Installation};
use canary::Canary;
use payloads::Payloads;

/// Certificates of one correspondent, and what he calls himself.
const USER_IDS: [&str; 2] = [
    "\" onclick=window.pwned_uid=1 \u{5d0}\u{202e}& <noc@partner.example>",
    "' onclick='window.pwned_uid=2' \u{5d0}\u{2067} <noc@partner.example>",
];

/// Somebody at a narrow window, and what was wrong on each page so far.
struct Look<'a> {
    chromium: &'a Chromium,
    own: String,
    faults: Vec<String>,
    /// What was asked for in vain, and why.
    refused: Vec<String>,
}

impl Look<'_> {
    /// Opens a page, and all that can be opened on it.
    fn at(&mut self, place: &str) {
        self.chromium.open(&format!("{}{place}", self.own));
        self.here(place);
    }

    /// Presses a button, and looks at what comes; whether there is such a button.
    fn press(&mut self, selector: &str, what: &str) -> bool {
        let press = format!(
            "const one = document.querySelector({selector:?}); if (!one) return false; window.before = true; one.click(); return true"
        );
        if self.chromium.ask_page(&press) != true {
            return false;
        }
        self.chromium
            .wait("return !window.before && document.readyState == 'complete'");
        self.here(what);
        true
    }

    fn here(&mut self, what: &str) {
        let refused = self.chromium.ask_page(
            "const is = performance.getEntriesByType('navigation')[0].responseStatus; const why = document.querySelector('[role=alert]'); return is == 409 ? why.textContent : ''",
        );
        if refused != "" {
            self.refused.push(format!("{what}: {refused}"));
        }
        self.chromium
            .ask_page("for (const one of document.querySelectorAll('details')) one.open = true");
        let found = self.chromium.ask_page(include_str!("page.js"));
        let found = found.as_array().unwrap().iter();
        self.faults
            .extend(found.map(|fault| format!("{what}: {fault}")));
    }

    /// What the page says.
    fn text(&self) -> String {
        let text = self.chromium.ask_page("return document.body.textContent");
        text.as_str().unwrap().to_owned()
    }

    /// The addresses of links and such on the page.
    fn places(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({selector:?})].map((one) => one.pathname + one.search)"
        );
        let found = self.chromium.ask_page(&script);
        let found = found.as_array().unwrap().iter();
        found.map(|one| one.as_str().unwrap().to_owned()).collect()
    }

    /// Saves every file that the page offers; how many.
    fn saves(&mut self, what: &str) -> u64 {
        let found = self.chromium.ask_page(include_str!("saved.js"));
        let wrong = found[1].as_array().unwrap().iter();
        self.faults
            .extend(wrong.map(|one| format!("{what}: {one}")));
        found[0].as_u64().unwrap()
    }
}

/// All the mails, and two of a correspondent whose certificates have hostile names; the fingerprint of the second.
fn deliver(installation: &Installation, payloads: &Payloads) -> String {
    let mut print = String::new();
    let mut conversation = Conversation::connect(installation.ports.smtp).unwrap();
    conversation.say("EHLO client.example").unwrap();
    let mut send = |message: &str| {
        let reply = conversation.send(NOC, TEAM, message).unwrap();
        assert!(reply.starts_with("250"), "{reply}: {message}");
    };
    for message in payloads.mails() {
        send(&message);
    }
    send(&payloads.away());
    installation.settle();
    for (number, user_id) in USER_IDS.iter().enumerate() {
        let (gnupg, fingerprint) = with_key(installation, user_id);
        print = fingerprint;
        let (head, body) = signed_with_key(&gnupg, NOC, "Please use this key.");
        let id = format!("k{number}@partner.example");
        let subject = format!("Key {number}");
        send(&mail(NOC, &subject, &id, &format!("{PASSED}{head}"), &body));
        installation.settle();
    }
    print
}

#[test]
fn hostile_mail_does_nothing_in_a_browser() {
    let canary = Canary::new();
    let payloads = Payloads::new(&canary.host());
    assert!(payloads.count() >= 300, "{}", payloads.count());
    let (installation, _daemon, port) = with_console();
    installation.run(&[
        "contact",
        "add",
        &payloads.markup[0].text,
        "--domain",
        "partner.example",
        "--network",
        "198.51.100.0/24",
    ]);
    let print = deliver(&installation, &payloads);
    let tickets = installation.tickets();
    let mails = payloads.mails().len();
    assert_eq!(tickets.len(), mails + 2);
    assert_eq!(installation.quarantine().len(), 1);

    let alice = Login::new(&installation, "alice", "admin");
    let chromium = Chromium::new();
    chromium.look(320, "light");
    chromium.sign_in(port, &alice);
    chromium.asked();
    let mut look = Look {
        chromium: &chromium,
        own: format!("https://localhost:{port}"),
        faults: Vec::new(),
        refused: Vec::new(),
    };
    let serials: Vec<String> = tickets
        .iter()
        .map(|ticket| format!("{:06}", ticket["number"].as_i64().unwrap()))
        .collect();
    each_ticket(&mut look, &serials[..mails], &payloads);
    each_page(&mut look, &serials, &installation);
    news_of_more(&mut look, &installation, &payloads);

    let Look {
        faults, refused, ..
    } = look;
    // One of the mails is TLP:RED: the form names nobody by itself, and a letter to nobody is refused (409) when it is looked at.
    assert!(
        refused.len() == 1
            && refused[0].contains("TLP:RED: name everybody whom the letter goes to"),
        "{refused:?}"
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let own = format!("https://localhost:{port}/");
    for url in chromium.asked() {
        // Chromium's own picture in a field for a day is asked of nobody.
        let is_own = url.starts_with(&own) || url.starts_with("data:image/svg+xml");
        assert!(is_own, "{url} was asked for");
    }
    let complaints = chromium.complaints();
    let (known, others): (Vec<Value>, Vec<Value>) = complaints
        .into_iter()
        .partition(|one| one.to_string().contains("409 (Conflict)"));
    assert_eq!(others, Vec::<Value>::new());
    assert!(known.len() <= 1, "{known:?}");
    assert_eq!(canary.heard(), Vec::<String>::new());
    in_the_terminal(&installation, &serials, &print);
}

/// The page of each ticket, one with a place marked, the files it offers, and the letter that answers it with all of it quoted.
fn each_ticket(look: &mut Look<'_>, serials: &[String], payloads: &Payloads) {
    let (mut said, mut files, mut quoted) = (String::new(), 0, 0);
    for serial in serials {
        let place = format!("/t/{serial}");
        look.at(&place);
        said.push_str(&look.text());
        files += look.saves(&place);
        let marked = look.places(".facts a[href*='v=']");
        let marked = marked.last();
        look.at(marked.unwrap_or_else(|| panic!("no value on {place}: {}", look.text())));
        look.at(&format!("{place}/reply"));
        quoted +=
            usize::from(look.press("button[value=quote-all]", &format!("{place}/reply, quoted")));
        assert!(look.press("button[value=look]", &format!("{place}/reply, looked at")));
    }
    // It was there: each in the text of a message, as text.
    for payload in payloads.markup.iter().chain(&payloads.fields) {
        let label = format!("({})", payload.name);
        assert!(said.contains(&label), "{label} is not shown");
    }
    assert!(said.contains("<script>window.pwned_markup_"), "{said}");
    assert!(files >= 150, "{files}");
    // Some say that they are TLP:RED, or seem to.
    assert!(quoted + 2 >= serials.len(), "{quoted}");
}

/// Every other page.
fn each_page(look: &mut Look<'_>, serials: &[String], installation: &Installation) {
    let one = &serials[0];
    let away = installation.quarantine()[0]["id"].clone();
    for place in [
        "/q/CSIRT?q=",
        "/q/CSIRT?q=is:open&order=newest",
        "/search?q=198.51.100.0/24",
        "/search?q=evil1.example",
        "/search?q=sender3@partner.example",
        "/charts/CSIRT",
        "/audit/CSIRT",
        "/contacts",
        "/certificates",
        "/quarantine",
        &format!("/quarantine/{}", away.as_str().unwrap()),
        &format!("/t/{one}?all=1"),
        &format!("/t/{one}?form=merged"),
        &format!("/t/{one}?form=linked"),
        &format!("/t/{one}?c=1.1"),
        &format!("/t/{}", serials.last().unwrap()),
    ] {
        look.at(place);
    }
    look.at("/contacts");
    let contacts = look.places("main a[href^='/contacts/']");
    for contact in contacts.iter().filter(|one| !one.ends_with("/new")) {
        look.at(contact);
    }
    // What many have done at once is told in the queue; so is what could not be done.
    look.at("/q/CSIRT?q=");
    look.chromium.ask_page(
        "for (const one of [...document.querySelectorAll('.tick input')].slice(0, 4)) one.click()",
    );
    assert!(look.press("button[value=claim]", "many claimed"));
    look.at(&format!("/t/{one}"));
}

/// The queue says that there is more, and nothing else of it.
fn news_of_more(look: &mut Look<'_>, installation: &Installation, payloads: &Payloads) {
    look.at("/q/CSIRT?q=is:open");
    let more = payloads.mails()[0].replace("Message-ID: <h0.", "Message-ID: <more.");
    let mut conversation = Conversation::connect(installation.ports.smtp).unwrap();
    conversation.say("EHLO client.example").unwrap();
    let reply = conversation.send(NOC, TEAM, &more).unwrap();
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    look.chromium.ask_page(
        "const news = document.getElementById('arrivals'); htmx.ajax('GET', news.getAttribute('hx-get'), {target: news, select: '.news'})",
    );
    look.chromium
        .wait("return document.querySelector('#arrivals .news a') !== null");
    look.here("new mail");
}

/// No command prints what moves the cursor, turns the reading order or hides.
fn in_the_terminal(installation: &Installation, serials: &[String], print: &str) {
    let away = installation.quarantine()[0]["id"].clone();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["ticket", "list"],
        vec!["ticket", "list", "--json"],
        vec!["ticket", "list", "--color", "always"],
        vec!["ticket", "search", "198.51.100.0/24"],
        vec!["quarantine", "list"],
        vec!["quarantine", "show", away.as_str().unwrap()],
        vec!["keys", "list"],
        vec!["keys", "show", print],
        vec!["contact", "list"],
    ];
    for serial in serials {
        commands.push(vec!["ticket", "show", serial]);
    }
    commands.push(vec!["ticket", "show", &serials[0], "--json"]);
    commands.push(vec!["ticket", "show", &serials[1], "--color", "always"]);
    let mut faults = Vec::new();
    for command in commands {
        let said = installation.run(&command);
        assert!(!said.is_empty(), "{command:?}");
        let said = match command.contains(&"always") {
            true => uncoloured(&said),
            false => said,
        };
        let hidden = said.chars().filter(|letter| hides(*letter));
        let hidden: std::collections::BTreeSet<char> = hidden.collect();
        if !hidden.is_empty() {
            faults.push(format!("{command:?} prints {hidden:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Without colours of ours (ECMA-48, SGR).
fn uncoloured(said: &str) -> String {
    let mut pieces = said.split("\u{1b}[");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |mut out, piece| {
        let end = piece.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
        let (code, rest) = piece.split_at(end.unwrap());
        match rest.strip_prefix('m') {
            Some(rest) => out.push_str(rest),
            None => out.push_str(&format!("\u{1b}[{code}{rest}")),
        }
        out
    })
}

fn hides(letter: char) -> bool {
    let is_known = letter == '\n' || letter == '\t';
    (letter.is_control() && !is_known)
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}')
}
