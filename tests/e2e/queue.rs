//! The console's queue: queries, and the same in the terminal.

use std::time::Duration;

use crate::browser::{Answer, Chromium, Curl, Login};
use crate::console::{ATTACK, NOC, submit, with_console};
use crate::mail::mail;
use crate::support::{Daemon, Installation, wait_for};

const PHISH: &str = "Hello,\n\nTLP:RED\n\nthis phishing page steals passwords: https://login.evil.example/bank and it was sent from 192.0.2.10.";

/// Four tickets: a scan, phishing that is marked, the same scan from another, and one with nothing in it; and somebody at the console.
pub struct Four {
    pub installation: Installation,
    _daemon: Daemon,
    pub alice: Curl,
    login: Login,
    /// Their numbers, as pages have them.
    pub serials: Vec<String>,
}

pub fn four(role: &str) -> Four {
    let (installation, daemon, port) = with_console();
    let mut serials = Vec::new();
    for (from, subject, text) in [
        (NOC, "Scan", ATTACK),
        ("ann@bank.example", "Phishing \u{e0} la carte", PHISH),
        ("joe@sub.bank.example", "Another scan", ATTACK),
        (NOC, "Hello", "We have a question."),
    ] {
        let id = format!("{}@partner.example", subject.len());
        serials.push(submit(&installation, &mail(from, subject, &id, "", text)));
    }
    let login = Login::new(&installation, "alice", role);
    let alice = Curl::new(&installation, port);
    let entered = alice.sign_in("alice", login.password, &login.code());
    assert_eq!(entered.status, 303);
    Four {
        installation,
        _daemon: daemon,
        alice,
        login,
        serials,
    }
}

impl Four {
    /// Which of the four stand on a page, in its order.
    fn on(&self, page: &str) -> Vec<usize> {
        let links = page
            .split("<th scope=\"row\" class=\"tag\"><a href=\"/t/")
            .skip(1);
        let place = |serial: &str| self.serials.iter().position(|one| one == serial).unwrap() + 1;
        links
            .map(|link| place(link.split('"').next().unwrap()))
            .collect()
    }

    fn asked(&self, query: &str) -> Answer {
        let place = format!("/q/CSIRT?order=oldest&q={}", encoded(query));
        self.alice.get(&place)
    }

    /// Which of the four a query finds.
    fn found(&self, query: &str) -> Vec<usize> {
        let page = self.asked(query);
        assert_eq!(page.status, 200, "{query}");
        self.on(&page.body)
    }
}

/// What the box of a ticket says when it is ticked.
pub fn ticked(page: &str, serial: &str) -> String {
    let rest = page.split(&format!("name=\"t\" value=\"{serial}")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {serial} in {page}"));
    format!("{serial}{}", rest.split('"').next().unwrap())
}

/// For a query string.
fn encoded(text: &str) -> String {
    text.bytes().map(|octet| format!("%{octet:02X}")).collect()
}

#[test]
fn queries_find_tickets_in_console_and_terminal_alike() {
    let four = four("analyst");
    let (installation, serials) = (&four.installation, &four.serials);
    installation.run(&["ticket", "close", &serials[3], "--reason", "answered"]);
    let owned = format!(
        "UPDATE ticket SET owner = 'alice (console)' WHERE serial = {}",
        serials[0]
    );
    installation.sql(&owned);
    let by_number = format!("status:resolved or {}", serials[1].trim_start_matches('0'));
    let by_reference = format!("CSIRT#{}", serials[2]);
    for (query, found) in [
        ("", vec![1, 2, 3, 4]),
        ("is:open", vec![1, 2, 3]),
        ("-is:closed is:unclaimed", vec![2, 3]),
        (&by_number, vec![2, 4]),
        (&by_reference, vec![3]),
        ("tlp:red", vec![2]),
        ("tlp:none -is:closed", vec![1, 3]),
        ("kind:phishing", vec![2]),
        ("obs:192.0.2.0/24", vec![1, 2, 3]),
        ("198.51.100.7 -from:@partner.example", vec![3]),
        ("obs:evil.example", vec![2]),
        ("from:@bank.example", vec![2, 3]),
        ("from:ann@bank.example", vec![2]),
        ("-obs:192.0.2.10", vec![4]),
        ("(obs:198.51.100.7 or tlp:red) owner:alice", vec![1]),
        ("owner:alice or \"\u{c0} LA carte\"", vec![1, 2]),
        ("scan", vec![1, 3]),
        ("scan -another", vec![1]),
        ("age<1h sig:none enc:no", vec![1, 2, 3, 4]),
        ("age>1h", vec![]),
        ("is:human or sig:bad", vec![]),
    ] {
        assert_eq!(four.found(query), found, "{query}");
        let references: Vec<String> = installation
            .json(&["ticket", "list", "--json", "--query", query])
            .iter()
            .map(|line| line["reference"].as_str().unwrap().to_owned())
            .collect();
        let wanted: Vec<String> = found
            .iter()
            .map(|place: &usize| format!("CSIRT#{}", serials[place - 1]))
            .collect();
        assert_eq!(references, wanted, "{query}");
    }
    assert_eq!(four.found("is:mine"), [1]);
    // Without a query: what needs doing now.
    let queue = four.alice.get("/q/CSIRT").body;
    let mut now = four.on(&queue);
    now.sort_unstable();
    assert_eq!(now, [1, 2, 3]);
    // What was seen before stands in a badge, with the values that others have, too; in the line of what has none there is nothing.
    let seen = queue.split("<td class=\"seen").skip(1);
    let seen: Vec<&str> = seen
        .map(|cell| cell.split("</td>").next().unwrap())
        .collect();
    let shared = |cell: &&&str| {
        cell.contains("<span class=\"badge warn\">2 other tickets</span>")
            && cell.contains("192.0.2.10")
    };
    assert_eq!(
        (seen.len(), seen.iter().filter(shared).count()),
        (3, 3),
        "{seen:?}"
    );
    // A fault is marked where it is, in the analyst's language.
    let wrong = four.asked("is:open is:unclamed").body;
    assert!(
        wrong.contains("is:open <mark>is:unclamed</mark>")
            && wrong.contains("Did you mean unclaimed?"),
        "{wrong}"
    );
    let refused = installation.output(&["ticket", "list", "--query", "is:open tpl:red"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("at character 9") && said.contains("Did you mean tlp?"),
        "{said}"
    );
    let many: Vec<String> = (0..9).map(|net| format!("obs:10.{net}.0.0/16")).collect();
    let many = four.asked(&many.join(" or ")).body;
    assert!(many.contains("at most 8 values"), "{many}");
    let wide = four.asked("obs:10.0.0.0/4").body;
    assert!(wide.contains("networks wider"), "{wide}");
}

#[test]
fn many_tickets_are_changed_at_once_and_those_of_others_are_left() {
    let four = four("analyst");
    let (installation, alice, serials) = (&four.installation, &four.alice, &four.serials);
    crate::desk::takes(installation, &serials[2], "bob");
    let owners = || {
        let rows = installation.sql("SELECT owner FROM ticket ORDER BY id");
        rows.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let queue = alice.get("/q/CSIRT");
    let word = queue.word();
    let act = |deed: &str, chosen: &[&str], more: &[(&str, &str)]| {
        // As they stand now; the tests of `seen` are about those that changed since.
        let page = alice.get("/q/CSIRT?q=").body;
        let chosen: Vec<String> = chosen.iter().map(|serial| ticked(&page, serial)).collect();
        let mut pairs = vec![("word", word.as_str()), ("q", "is:open"), ("do", deed)];
        pairs.extend(chosen.iter().map(|one| ("t", one.as_str())));
        pairs.extend(more);
        let done = alice.post("/q/CSIRT/do", &pairs);
        assert_eq!(done.status, 303, "{deed}: {}", done.body);
        let place = done.field("Location").unwrap();
        assert!(place.starts_with("/q/CSIRT?q=is%3Aopen&"), "{place}");
        alice.get(place).body
    };
    let all: Vec<&str> = serials.iter().map(String::as_str).collect();
    let claimed = act("claim", &all[..3], &[]);
    let (one, two, three) = (&serials[0], &serials[1], &serials[2]);
    let mut both = [one.as_str(), two.as_str()];
    both.sort_unstable();
    let [first, second] = both;
    assert!(
        claimed.contains(&format!("Claimed: CSIRT#{first}, CSIRT#{second}")),
        "{claimed}"
    );
    assert!(
        claimed.contains(&format!("CSIRT#{three} (new, bob)")),
        "{claimed}"
    );
    assert_eq!(owners(), ["alice (console)", "alice (console)", "bob", ""]);
    // What undoes it is a form with those that were done.
    let undo = claimed.split("id=\"undo\"").next().unwrap();
    let undo = undo.rsplit("<form").next().unwrap();
    let again: Vec<&str> = undo.split("name=\"t\" value=\"").skip(1).collect();
    assert_eq!(again.len(), 2, "{undo}");
    act("release", &all[..2], &[]);
    assert_eq!(owners(), ["", "", "bob", ""]);
    let closed = act("resolve", &all[..2], &[("reason", "one campaign")]);
    assert!(
        closed.contains("Resolved: ") && closed.contains("value=\"undo\">Undo"),
        "{closed}"
    );
    let again = act("resolve", &all[1..3], &[("reason", "one campaign")]);
    assert!(
        again.contains(&format!("CSIRT#{two} (resolved, nobody)")),
        "{again}"
    );
    assert_eq!(four.found("is:closed"), [1, 2, 3]);
    act("reopen", &all[..3], &[]);
    assert_eq!(four.found("status:open"), [1, 2, 3]);
    assert!(act("reject", &all, &[]).contains("say why it is rejected"));
    assert!(act("claim", &[], &[]).contains("No ticket was chosen"));
    assert!(act("assign", &all, &[("to", "nobody")]).contains("no such analyst"));
    assert!(act("assign", &all[3..], &[("to", "alice")]).contains("Assigned: "));
    assert_eq!(four.found("is:mine"), [4]);
    // A form of somebody else, or of a reader, changes nothing.
    let forged = alice.post("/q/CSIRT/do", &[("word", "x"), ("do", "claim"), ("t", one)]);
    assert_eq!(forged.status, 403);
    let elsewhere = alice.post(
        "/q/OTHER/do",
        &[("word", &word), ("do", "claim"), ("t", one)],
    );
    assert_eq!(elsewhere.status, 404);
    let reader = Login::new(installation, "ruth", "reader");
    let ruth = Curl::new(installation, alice.port);
    assert_eq!(
        ruth.sign_in("ruth", reader.password, &reader.code()).status,
        303
    );
    let page = ruth.get("/q/CSIRT");
    assert!(!page.body.contains("name=\"do\""), "{}", page.body);
    let refused = ruth.post(
        "/q/CSIRT/do",
        &[("word", &page.word()), ("do", "claim"), ("t", one)],
    );
    assert_eq!(refused.status, 403);
    installation.run(&["verify"]);
}

#[test]
fn the_queue_is_worked_by_keyboard_alone_and_without_scripts() {
    let four = four("analyst");
    let installation = &four.installation;
    let chromium = Chromium::new();
    chromium.asked();
    // The code was used up; it is of the next half-minute.
    installation.sql("UPDATE console_account SET totp_used = 0");
    chromium.sign_in(four.alice.port, &four.login);
    chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 4");
    let tickets = chromium
        .ask_page("return [...document.querySelectorAll('.queue th a')].map(one => one.innerText)");
    // The first is passed over; second and third are ticked and claimed.
    chromium.press("jjxjxc");
    chromium.wait("return document.querySelectorAll('.queue td b').length == 2");
    let notice = chromium.ask_page("return document.querySelector('.notice p').innerText");
    let claimed = notice.as_str().unwrap();
    for place in [1, 2] {
        assert!(
            claimed.contains(tickets[place].as_str().unwrap()),
            "{claimed} {tickets}"
        );
    }
    chromium.press("z");
    chromium.wait("return document.querySelectorAll('.queue td b').length == 0");
    // Keys are letters where one writes.
    chromium.press("/");
    chromium.wait("return document.activeElement.id == 'q'");
    chromium.press("xjz");
    chromium.wait("return document.activeElement.value == 'xjz'");
    chromium.press("\u{e00c}");
    chromium.press("?");
    chromium.wait("return document.getElementById('keys').open");
    chromium.press("?");
    chromium.press("je");
    chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 3");
    chromium.press("gm");
    chromium
        .wait("return document.querySelector('.tabs [aria-current]').innerText.startsWith('Mine')");
    chromium.press("gq");
    chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 3");
    // What comes is told, and moves nothing.
    submit(
        installation,
        &mail(NOC, "Late", "late@partner.example", "", "Something else."),
    );
    chromium.ask_page("htmx.trigger('#arrivals', 'look'); const one = document.getElementById('arrivals'); htmx.ajax('GET', one.getAttribute('hx-get'), {target: one, select: '.news'})");
    chromium.wait("return document.querySelector('.news')?.innerText == '1 new report – show'");
    assert_eq!(
        chromium.ask_page("return document.querySelectorAll('.queue tbody tr').length"),
        3
    );
    chromium.click(".news a");
    chromium.wait("return document.querySelectorAll('.queue tbody tr').length == 4");
    assert_eq!(chromium.complaints(), Vec::<serde_json::Value>::new());

    chromium.scripts(false);
    chromium.open(&format!("https://localhost:{}/q/CSIRT", four.alice.port));
    chromium.click(".queue td.tick input");
    chromium.click("#deeds button[value=claim]");
    let mine = || installation.sql("SELECT count(*) FROM ticket WHERE owner = 'alice (console)'");
    wait_for("a claim without a script", Duration::from_secs(30), || {
        mine().trim() == "1"
    });
    chromium.click("#undo");
    wait_for("its undoing", Duration::from_secs(30), || {
        mine().trim() == "0"
    });
    chromium.scripts(true);
    for (name, width, scheme, query) in [
        ("queue-light", 1300, "light", ""),
        ("queue-dark", 1300, "dark", ""),
        ("queue-narrow", 400, "light", ""),
        ("queue-wrong", 1300, "light", "?q=is:open%20(is:unclamed"),
        ("search-light", 1300, "light", ""),
    ] {
        chromium.look(width, scheme);
        let place = if name == "search-light" {
            "search?q=192.0.2.10"
        } else {
            "q/CSIRT"
        };
        chromium.open(&format!(
            "https://localhost:{}/{place}{query}",
            four.alice.port
        ));
        chromium.picture(name);
    }
    chromium.look(1300, "light");
    chromium.open(&format!("https://localhost:{}/q/CSIRT", four.alice.port));
    chromium.click(".me form[action='/language'] button");
    chromium.wait("return document.documentElement.lang == 'fr'");
    chromium.click(".narrow summary");
    chromium.picture("queue-french");
    // No serious fault of accessibility, in both looks.
    for place in [
        "q/CSIRT",
        "q/CSIRT?q=is:opn",
        "search?q=192.0.2.10",
        "charts/CSIRT",
    ] {
        for scheme in ["light", "dark"] {
            chromium.look(1300, scheme);
            chromium.open(&format!("https://localhost:{}/{place}", four.alice.port));
            if scheme == "light" {
                chromium.picture(&place[..6].replace('/', "-"));
            }
            let faults = chromium.axe();
            assert!(faults.is_empty(), "{place} {scheme}: {faults:#?}");
        }
    }
}

#[test]
fn queries_are_kept_sealed_for_oneself_and_for_the_team() {
    let four = four("analyst");
    let (installation, alice) = (&four.installation, &four.alice);
    let word = alice.get("/q/CSIRT").word();
    let keep = |name: &str, query: &str, more: &[(&str, &str)]| {
        let mut pairs = vec![("word", word.as_str()), ("name", name), ("q", query)];
        pairs.extend(more);
        assert_eq!(alice.post("/q/CSIRT/searches", &pairs).status, 303);
    };
    keep("My <bank>", "from:@bank.example is:open", &[]);
    keep("Team\u{2019}s", "is:unclaimed age<1h", &[("shared", "1")]);
    keep("Wrong", "is:opn", &[]);
    let page = alice.get("/q/CSIRT").body;
    assert!(
        page.contains("My &#60;bank&#62;</a>") && !page.contains(">Wrong"),
        "{page}"
    );
    assert!(
        page.contains("Team\u{2019}s <span class=\"count\">4</span>"),
        "{page}"
    );
    let other = Login::new(installation, "bob", "analyst");
    let bob = Curl::new(installation, alice.port);
    assert_eq!(
        bob.sign_in("bob", other.password, &other.code()).status,
        303
    );
    let seen = bob.get("/q/CSIRT").body;
    assert!(
        seen.contains("Team\u{2019}s") && !seen.contains("bank&#62;</a>"),
        "{seen}"
    );
    let stored = installation.sql("SELECT encode(sealed, 'escape') FROM console_search");
    assert!(
        !stored.contains("bank") && !stored.contains("unclaimed"),
        "{stored}"
    );
    installation.run(&["verify"]);
    installation
        .sql("UPDATE console_search SET sealed = substr(sealed, 2) WHERE account IS NOT NULL");
    let broken = installation.output(&["verify"]);
    assert!(
        String::from_utf8_lossy(&broken.stdout).contains("console_search"),
        "{broken:?}"
    );
    // What can't be opened hides nothing else.
    assert_eq!(alice.get("/q/CSIRT").status, 200);
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let removed = alice.post("/q/CSIRT/searches/remove", &[("word", &word), ("id", id)]);
    assert_eq!(removed.status, 303);
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM console_search")
            .trim(),
        "1"
    );
}
