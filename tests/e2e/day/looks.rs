//! Every page: for everybody to read and use, in the light and in the dark, in English and in French, on a telephone; and pictures of
//! all of them in the folder that PILLARBOX_SHOTS names (`deploy/screenshots`).

use serde_json::{Value, json};

use super::french::{Catalogue, is_french};
use super::hands::Hands;
use super::post;
use crate::browser::Login;
use crate::console::with_console;
use crate::support::Installation;

/// Octets of a page as it is sent (issue 7).
const MOST: usize = 150_000;

/// Name and address of each page; `{one}` is the ticket in clear, `{sealed}` the one that came encrypted, `{key}` the one with another
/// key, `{away}` the suppressed mail. What can be opened is opened on a page that is called so.
const PAGES: [(&str, &str); 32] = [
    ("queue", "/q/CSIRT"),
    ("queue-open", "/q/CSIRT?q="),
    ("queue-empty", "/q/CSIRT?q=is:closed+is:mine"),
    ("queue-wrong", "/q/CSIRT?q=is:open+(is:unclamed"),
    ("ticket", "/t/{one}"),
    ("ticket-sealed", "/t/{sealed}"),
    ("ticket-value", "/t/{sealed}?v=1.1"),
    ("ticket-open", "/t/{sealed}"),
    ("ticket-time", "/t/{sealed}?c=1.1"),
    ("ticket-type", "/t/{sealed}?c=1.2"),
    ("ticket-correct", "/t/{sealed}?c=1.3"),
    ("ticket-conflict", "/t/{key}"),
    ("ticket-assign", "/t/{one}?form=assigned"),
    ("ticket-state", "/t/{one}?form=changed"),
    ("ticket-note", "/t/{one}?form=noted"),
    ("ticket-tag", "/t/{one}?form=tagged"),
    ("ticket-records", "/t/{one}?all=1"),
    ("ticket-merge", "/t/{one}?form=merged"),
    ("ticket-link", "/t/{one}?form=linked"),
    ("reply", "/t/{sealed}/reply"),
    ("reply-clear", "/t/{one}/reply"),
    ("reply-quoted", "/t/{one}/reply"),
    ("keys", "/keys"),
    ("quarantine", "/quarantine"),
    ("quarantine-one", "/quarantine/{away}"),
    ("certificates", "/certificates"),
    ("contacts", "/contacts"),
    ("search", "/search"),
    ("search-found", "/search?q=198.51.100.0/24"),
    ("charts", "/charts/CSIRT"),
    ("audit", "/audit/CSIRT"),
    (
        "export-held",
        "/q/CSIRT/export?q=tlp:amber&format=misp&tlp=green",
    ),
];

/// The number of the ticket with this Subject.
fn number(installation: &Installation, subject: &str) -> String {
    let tickets = installation.tickets();
    let mut tickets = tickets.iter();
    let found = tickets.find(|ticket| ticket["first"]["subject"] == subject);
    let reference = found.unwrap()["reference"].as_str().unwrap();
    reference.split('#').nth(1).unwrap().to_owned()
}

fn filled(installation: &Installation) -> Vec<(&'static str, String)> {
    let number = |subject: &str| number(installation, subject);
    let away = installation.quarantine()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let names = [
        ("{one}", number(super::reports::REPORTS[2].1)),
        ("{sealed}", number(post::MINISTRY)),
        ("{key}", number(post::NEW_KEY)),
        ("{away}", away),
    ];
    let fill = |(name, place): (&'static str, &str)| {
        let place = names.iter().fold(place.to_owned(), |place, (hole, value)| {
            place.replace(hole, value)
        });
        (name, place)
    };
    PAGES.into_iter().map(fill).collect()
}

/// Some of the morning's mail, what is known of a partner, and two tickets that somebody has worked on.
fn office(installation: &Installation) {
    post::reports(installation, 12);
    post::special(installation);
    installation.run(&[
        "contact",
        "add",
        "Partner Ltd",
        "--domain",
        "partner.example",
        "--network",
        "198.51.100.0/24",
        "--telephone",
        "+352 12 34 56",
    ]);
    let one = number(installation, super::reports::REPORTS[2].1);
    let two = number(installation, super::reports::REPORTS[3].1);
    let sealed = number(installation, post::MINISTRY);
    for words in [
        &["claim", &one][..],
        &["note", &one, "--text", "They called."],
        &["tag", &one, "wave", "bank"],
        &["untag", &one, "bank"],
        &["link", &one, "related", &two],
        &["unlink", &one, &two],
        &["merge", &two, &one],
        &["unmerge", &two],
        &["close", &two],
        &["reopen", &two],
        &["tag", &sealed, "ministry"],
        &["correct", &sealed, "192.0.2.10", "no-role"],
    ] {
        installation.run(&[&["ticket"], words].concat());
    }
}

/// What the queue says after two tickets were merged into a third, by the address that says so.
fn merged(alice: &Hands) -> String {
    open(alice, "/q/CSIRT?q=is:unclaimed");
    alice.ask(
        "for (const one of [...document.querySelectorAll('.tick input')].slice(-3)) one.click();
         document.querySelector('button[value=merge]').click()",
    );
    alice.chromium.wait(
        "return document.querySelector('.notice') != null && document.readyState == 'complete'",
    );
    let place = alice.ask("return location.pathname + location.search");
    place.as_str().unwrap().to_owned()
}

pub fn faults(chromium: &crate::browser::Chromium, what: &str, all: &mut Vec<String>) {
    for fault in chromium.axe() {
        all.push(format!("{what}: {fault}"));
    }
}

/// The first elements that Tab comes to are framed.
fn focus_is_seen(alice: &Hands, what: &str, all: &mut Vec<String>) {
    for step in 0..6 {
        alice.press(super::hands::TAB);
        let seen = alice.ask(
            "const one = document.activeElement; const look = getComputedStyle(one); const box = one.getBoundingClientRect();
             return one === document.body || (one.matches(':focus-visible') && look.outlineStyle != 'none' && parseFloat(look.outlineWidth) >= 2 && box.width > 0)",
        );
        if seen != true {
            all.push(format!(
                "{what}: nothing shows where the {step}th Tab leads"
            ));
        }
    }
}

pub fn open(alice: &Hands, place: &str) {
    alice.chromium.open(&format!("{}{place}", alice.own));
    alice
        .chromium
        .wait("return document.readyState == 'complete'");
}

pub fn speak(alice: &Hands, language: &str) {
    open(alice, "/search");
    if alice.ask("return document.documentElement.lang") != language {
        alice.chromium.click(".me form[action='/language'] button");
    }
    alice.chromium.wait(&format!(
        "return document.documentElement.lang == '{language}' && document.readyState == 'complete'"
    ));
}

/// No page is wider than it may be: what is too wide is named.
pub fn fits(alice: &Hands, what: &str, all: &mut Vec<String>) {
    let wide = alice.ask(
        "const most = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= most) return null;
         return [...document.querySelectorAll('main *, header *')].filter((one) => one.getBoundingClientRect().right > most + 1 && !one.closest('.off'))
            .slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(' | ')",
    );
    if wide != Value::Null {
        all.push(format!("{what} is too wide: {wide}"));
    }
}

/// Before anybody is let in, after a wrong code, and where nothing is.
fn first_pages(alice: &Hands, login: &Login, all: &mut Vec<String>) {
    for name in ["sign-in", "sign-in-refused", "nowhere"] {
        for (scheme, width) in [("light", 1300), ("dark", 1300), ("light", 320)] {
            alice.chromium.look(width, scheme);
            let place = if name == "nowhere" {
                "/nowhere"
            } else {
                "/sign-in"
            };
            open(alice, place);
            if name == "sign-in-refused" {
                alice.enter("nobody", login);
            }
            let look = if width == 320 { "narrow" } else { scheme };
            faults(&alice.chromium, &format!("{name} {look}"), all);
            fits(alice, &format!("{name} {look}"), all);
            alice.chromium.picture(&format!("{name}-{look}"));
        }
    }
    alice.chromium.look(1300, "light");
    open(alice, "/sign-in");
    alice.enter("alice", login);
    alice.is_at("/q/CSIRT");
}

/// Opens a page, and does there what its name says.
fn opened(alice: &Hands, name: &str, place: &str) {
    open(alice, place);
    if name.ends_with("-open") {
        alice.ask("for (const one of document.querySelectorAll('details')) one.open = true");
    }
    if name.ends_with("-quoted") {
        alice.chromium.click("button[value=quote-all]");
        alice.chromium.wait(
            "return document.readyState == 'complete' && document.getElementById('text')?.value.includes('> ')",
        );
    }
}

/// The page that is there, as wide as on a desk, on a telephone (WCAG 2.2, 1.4.10) and with letters of twice the size (1.4.4): each of them
/// in the light and in the dark, in one language or the other.
fn looked_at(alice: &Hands, name: &str, language: &str, all: &mut Vec<String>) {
    let looks: &[(u32, &str, &str)] = match language {
        "en" => &[
            (1300, "light", "light"),
            (1300, "dark", "dark"),
            (650, "dark", ""),
            (320, "light", "narrow"),
        ],
        _ => &[
            (1300, "light", "french"),
            (650, "light", ""),
            (320, "dark", ""),
        ],
    };
    for (width, scheme, picture) in looks {
        alice.chromium.look(*width, scheme);
        let what = format!("{name} {language} {scheme} at {width}");
        faults(&alice.chromium, &what, all);
        fits(alice, &what, all);
        if !picture.is_empty() {
            alice.chromium.picture(&format!("{name}-{picture}"));
        }
    }
}

/// A letter that was written until the session was over, and the page to sign in from there.
fn ended(
    alice: &Hands,
    installation: &Installation,
    pages: &[(&'static str, String)],
    language: &str,
    all: &mut Vec<String>,
) {
    let spoken = json!({"headers": {"Accept-Language": language}});
    alice.chromium.emulate("Network.enable", &json!({}));
    alice
        .chromium
        .emulate("Network.setExtraHTTPHeaders", &spoken);
    let reply = pages.iter().find(|(name, _)| *name == "reply-clear");
    alice.chromium.look(1300, "light");
    open(alice, &reply.unwrap().1);
    alice.ask("document.getElementById('text').value = 'It is clean.'");
    installation.sql("UPDATE console_session SET seen_at = now() - interval '1 day'");
    alice.chromium.click("button[value=send]");
    alice
        .chromium
        .wait("return document.querySelector('#kept textarea') !== null");
    looked_at(alice, "ended", language, all);
    alice.chromium.look(1300, "light");
    let beside = alice.ask("return document.getElementById('beside').href");
    alice.chromium.open(beside.as_str().unwrap());
    alice
        .chromium
        .wait("return document.getElementById('over') !== null");
    looked_at(alice, "ended-sign-in", language, all);
    assert_eq!(alice.ask("return document.documentElement.lang"), language);
}

/// Every page in this language: no fault of accessibility, no wider than a telephone, and one sees where one is.
fn every_page(language: &str) {
    let (installation, _daemon, port) = with_console();
    office(&installation);
    let login = Login::new(&installation, "alice", "admin");
    let (alice, mut all) = (Hands::outside(port), Vec::new());
    if language == "en" {
        first_pages(&alice, &login, &mut all);
    } else {
        alice.enter("alice", &login);
        speak(&alice, language);
    }
    let mut pages = filled(&installation);
    pages.push(("queue-merged", merged(&alice)));
    let catalogue = Catalogue::read();
    for (name, place) in &pages {
        alice.chromium.look(1300, "light");
        opened(&alice, name, place);
        looked_at(&alice, name, language, &mut all);
        if language == "fr" {
            is_french(&alice, &catalogue, name, &mut all);
        } else {
            focus_is_seen(&alice, name, &mut all);
        }
    }
    ended(&alice, &installation, &pages, language, &mut all);
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_page_is_good_to_read_and_to_use() {
    every_page("en");
}

#[test]
fn every_page_is_good_to_read_and_to_use_in_french() {
    every_page("fr");
}

#[test]
fn queue_ticket_and_search_are_light_pages() {
    let (installation, _daemon, port) = with_console();
    post::reports(&installation, 30);
    post::special(&installation);
    let alice = crate::acts::signed_in(&installation, port, "alice", "analyst");
    let ticket = filled(&installation).swap_remove(4).1;
    for place in ["/q/CSIRT?q=is:open", &ticket, "/search?q=198.51.100.0/24"] {
        let page = alice.get(place);
        assert_eq!(page.status, 200, "{place}");
        let parts = [
            "/console.css",
            "/walk.js?1",
            "/console.js?3",
            "/htmx.min.js?2.0.11",
            "/icon.svg",
        ];
        let parts: usize = parts.iter().map(|part| alice.get(part).octets.len()).sum();
        let whole = page.octets.len() + parts;
        assert!(
            whole < MOST,
            "{place}: {} octets, {whole} with its files",
            page.octets.len()
        );
    }
}
