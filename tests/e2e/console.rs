//! The console, over HTTPS: who gets in, what he sees, and that hostile mail stays text.

use std::time::Duration;

use crate::browser::{Chromium, Curl, Login, secret};
use crate::mail::{TEAM, crlf, mail};
use crate::support::{Daemon, Installation, free_port, send, wait_for};

pub const NOC: &str = "noc@partner.example";
pub const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";
/// Breaks out of text, of attributes, of comments and of titles, if anything lets it.
const MARKUP: &str = "'\"><x-pwn onclick=pwned=1><script>pwned=1</script><img src=https://evil.example/i onerror=pwned=1></title></textarea>-->";

/// An installation with a console, and its port.
pub fn with_console() -> (Installation, Daemon, u16) {
    let port = free_port();
    let installation = Installation::new(&format!("[console]\naddress = \"127.0.0.1:{port}\"\n"));
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    (installation, daemon, port)
}

pub fn submit(installation: &Installation, message: &str) -> String {
    let reply = send(installation.ports.smtp, NOC, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    let reference = installation.tickets().last().unwrap()["reference"].clone();
    let reference = reference.as_str().unwrap();
    reference.split('#').nth(1).unwrap().to_owned()
}

#[test]
fn only_who_has_password_and_code_gets_in() {
    let (installation, _daemon, port) = with_console();
    let serial = submit(
        &installation,
        &mail(NOC, "Scan", "c.1@partner.example", "", ATTACK),
    );
    let alice = Login::new(&installation, "alice", "analyst");
    let nobody = Curl::new(&installation, port);
    for place in [
        "/",
        "/q/CSIRT",
        "/search?q=192.0.2.10",
        &format!("/t/{serial}"),
        &format!("/t/{serial}/raw/1"),
    ] {
        let answer = nobody.get(place);
        assert_eq!(answer.status, 303, "{place}");
        assert!(
            answer
                .field("Location")
                .unwrap()
                .starts_with("/sign-in?next=%2F")
        );
        assert_eq!(answer.body, "");
    }
    let first = nobody.get("/sign-in?next=//evil.example/");
    assert!(!first.body.contains("evil.example"));
    let cookie = first.field("Set-Cookie").unwrap();
    assert!(cookie.starts_with("__Host-pillarbox-form="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    for (name, value) in [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ] {
        assert_eq!(first.field(name), Some(value), "{name}");
    }

    // Whatever is wrong, the answer is the same.
    let code = alice.code();
    let wrong_code = if code == "000000" { "000001" } else { "000000" };
    let mut refusals = Vec::new();
    for (name, password, code) in [
        ("alice", "not her password at all", code.as_str()),
        ("alice", alice.password, wrong_code),
        ("alice", alice.password, ""),
        ("nobody", alice.password, code.as_str()),
    ] {
        let refused = nobody.sign_in(name, password, code);
        assert_eq!(refused.status, 403);
        refusals.push(refused.body.replace(&refused.word(), ""));
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert!(refusals[0].contains("That was not right"));
    assert!(!nobody.jar().contains("__Host-pillarbox\t"));

    // A session that was there before is not taken over: a new one begins.
    let fixed = "ab".repeat(32);
    let word = nobody.get("/sign-in").word();
    let form = nobody.jar();
    let form = form
        .lines()
        .find(|line| line.contains("__Host-pillarbox-form"))
        .unwrap();
    let form = form.split('\t').next_back().unwrap();
    let cookies = format!("Cookie: __Host-pillarbox={fixed}; __Host-pillarbox-form={form}");
    let origin = format!("Origin: https://localhost:{port}");
    let now = alice.code();
    let pairs = [
        ("word", word.as_str()),
        ("name", "alice"),
        ("password", alice.password),
        ("code", now.as_str()),
    ];
    let mallory = Curl::new(&installation, port);
    let entered = mallory.post_from("/sign-in", &pairs, &["-H", &cookies, "-H", &origin]);
    assert_eq!(
        (entered.status, entered.field("Location")),
        (303, Some("/")),
        "{}",
        entered.body
    );
    assert!(mallory.jar().contains("__Host-pillarbox\t") && !mallory.jar().contains(&fixed));
    assert_eq!(mallory.get("/q/CSIRT").status, 200);
    // The code was used up with that.
    let again = Curl::new(&installation, port);
    assert_eq!(again.sign_in("alice", alice.password, &now).status, 403);
    // The database knows the token by its hash alone.
    let jar = mallory.jar();
    let token = jar
        .lines()
        .find(|line| line.contains("__Host-pillarbox\t"))
        .unwrap();
    let token = token.split('\t').next_back().unwrap();
    let stored = installation.sql("SELECT encode(digest, 'hex') FROM console_session");
    assert_eq!((stored.trim().len(), stored.contains(token)), (64, false));

    let trail = installation.sql("SELECT action, actor FROM audit WHERE action IN ('signed-in', 'sign-in-failed', 'listed') AND actor LIKE '%console%' ORDER BY number");
    let failed = "sign-in-failed|console\n";
    assert_eq!(
        trail,
        format!(
            "{}signed-in|alice (console)\nlisted|alice (console)\n{failed}",
            failed.repeat(4)
        )
    );

    // The command ends it; so does a role that was taken away with the account.
    installation.run(&["analyst", "sign-out", "alice"]);
    assert_eq!(mallory.get("/q/CSIRT").status, 303);
    let bob = Login {
        secret: secret(&installation.run(&["analyst", "totp", "alice"])),
        ..alice
    };
    assert_eq!(
        mallory.sign_in("alice", bob.password, &bob.code()).status,
        303
    );
    assert_eq!(mallory.get("/q/CSIRT").status, 200);
    installation.run(&["analyst", "disable", "alice"]);
    assert_eq!(mallory.get("/q/CSIRT").status, 303);
    // What the console wrote is well, the sealed secret included.
    installation.run(&["verify"]);
}

#[test]
fn guesses_from_one_place_wait_and_keep_nobody_else_out() {
    let (installation, _daemon, port) = with_console();
    let alice = Login::new(&installation, "alice", "reader");
    let bob = Login::new(&installation, "bob", "reader");
    let guesser = Curl::new(&installation, port);
    for _ in 0..6 {
        let refused = guesser.sign_in("alice", "one of many guesses", "123456");
        assert_eq!(refused.status, 403);
    }
    // Now the right ones wait, too, from this network; nothing says that they were right.
    let waiting = guesser.sign_in("alice", alice.password, &alice.code());
    assert_eq!(waiting.status, 403);
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM console_session")
            .trim(),
        "0"
    );
    assert_eq!(
        Curl::new(&installation, port)
            .sign_in("bob", bob.password, &bob.code())
            .status,
        303
    );
    // The wait is over in a minute.
    let left =
        installation.sql("SELECT max(until) - now() <= interval '1 minute' FROM console_attempt");
    assert_eq!(left.trim(), "t");
    installation.sql("UPDATE console_attempt SET until = now()");
    assert_eq!(
        guesser
            .sign_in("alice", alice.password, &alice.code())
            .status,
        303
    );
}

#[test]
fn forms_of_others_foreign_ids_and_large_requests_come_to_nothing() {
    let (installation, _daemon, port) = with_console();
    let raw = mail(NOC, "Scan", "c.1@partner.example", "", ATTACK);
    let serial = submit(&installation, &raw);
    let [alice, bob] = ["alice", "bob"].map(|name| {
        let role = if name == "alice" { "analyst" } else { "reader" };
        let login = Login::new(&installation, name, role);
        let curl = Curl::new(&installation, port);
        assert_eq!(
            curl.sign_in(name, login.password, &login.code()).status,
            303
        );
        curl
    });
    let page = alice.get("/q/CSIRT");
    assert!(page.body.contains(&format!("CSIRT#{serial}")) && page.body.contains("192.0.2.10"));
    let word = page.word();
    let own = format!("Origin: https://localhost:{port}");
    let site = "Sec-Fetch-Site: cross-site";
    for (word, fields) in [
        ("", vec!["-H", &own]),
        (bob.get("/q/CSIRT").word().as_str(), vec!["-H", &own]),
        (&word, vec![]),
        (&word, vec!["-H", "Origin: https://evil.example"]),
        (&word, vec!["-H", "Origin: null"]),
        (&word, vec!["-H", "Origin: null", "-H", site]),
    ] {
        let refused = alice.post_from("/sign-out", &[("word", word)], &fields);
        assert_eq!(refused.status, 403, "{fields:?}");
    }
    assert_eq!(alice.get("/sign-out").status, 405);
    assert_eq!(
        alice.get("/q/CSIRT").status,
        200,
        "nothing of that signed her out"
    );

    for place in [
        "/q/OTHER",
        "/q/csirt",
        "/t/999999",
        "/t/abc",
        "/t/-1",
        "/t/99999999999999999999",
        "/t/%00",
        "/nowhere",
        "/../etc/passwd",
        &format!("/t/{serial}/raw/0"),
        &format!("/t/{serial}/raw/2"),
        &format!("/t/{serial}/raw/99999999999999999999"),
        "/t/999999/raw/1",
    ] {
        let answer = alice.get(place);
        assert!(
            matches!(answer.status, 404 | 400),
            "{place}: {}",
            answer.status
        );
        assert!(answer.field("Content-Security-Policy").is_some());
    }
    for query in [
        "q=%22is:x&order=y&after=z",
        "after=01a20417-b9cd-76e7-8d57-d8997ae76cc1&due=infinity",
        "v=1.x",
        "q=%00%ff",
        "q=%00",
        "q=text:%22%00%22+tag:99999999999999999999+owner:%00",
    ] {
        assert!(
            alice.get(&format!("/q/CSIRT?{query}")).status < 500,
            "{query}"
        );
    }
    // A message as it came is for saving, and for analysts.
    let place = format!("/t/{serial}/raw/1");
    assert_eq!(bob.get(&place).status, 403);
    let taken = alice.get(&place);
    assert_eq!(
        (taken.status, taken.octets.ends_with(raw.as_bytes())),
        (200, true)
    );
    assert_eq!(
        taken.field("Content-Type"),
        Some("application/octet-stream")
    );
    assert_eq!(
        taken.field("Content-Disposition").unwrap(),
        format!("attachment; filename=\"{serial}-1.eml\"")
    );
    assert!(
        taken
            .field("Content-Security-Policy")
            .unwrap()
            .starts_with("sandbox;")
    );

    let found = alice.get("/search?q=192.0.2.0%2F24");
    assert!(
        found.body.contains(&format!("href=\"/t/{serial}\""))
            && found.body.contains("<bdi>192.0.2.10</bdi>")
    );
    assert!(
        alice
            .get("/search?q=port%3A22")
            .body
            .contains("a port alone")
    );
    let marked = alice.get(&format!("/t/{serial}?v=1.1"));
    assert!(marked.body.contains("<mark id=\"v\">"), "{}", marked.body);
    let trail = installation.sql("SELECT DISTINCT action || ' ' || split_part(detail, ' ', 1) FROM audit WHERE actor = 'alice (console)' AND action IN ('read', 'searched') ORDER BY 1");
    assert_eq!(
        trail,
        "read raw=0\nread raw=1\nread raw=2\nread text\nsearched kinds=network\nsearched kinds=seen-before\n"
    );

    let long = "a".repeat(9_000);
    let large = alice.post(
        "/language",
        &[("word", &word), ("language", "fr"), ("here", &long)],
    );
    assert!([413, 0].contains(&large.status), "{}", large.head);
    let field = format!("X: {}", "a".repeat(40_000));
    let large = alice.with("/", &["-H", &field]);
    assert!([431, 0].contains(&large.status), "{}", large.head);
    assert!(
        alice
            .with("/icon.svg", &["--http2"])
            .head
            .starts_with("HTTP/1.1")
    );

    // The language is kept with the account.
    let chosen = alice.post(
        "/language",
        &[("word", &word), ("language", "fr"), ("here", "/search")],
    );
    assert_eq!(
        (chosen.status, chosen.field("Location")),
        (303, Some("/search"))
    );
    assert!(alice.get("/search").body.contains("<html lang=\"fr\">"));
    assert!(
        bob.with("/search", &["-H", "Accept-Language: fr-FR,fr;q=0.9"])
            .body
            .contains("Recherche")
    );
    let left = alice.post("/sign-out", &[("word", &word)]);
    assert_eq!(left.status, 303);
    assert_eq!(alice.get("/q/CSIRT").status, 303);
}

/// Markup in every place that a sender can write to.
fn hostile() -> String {
    let encoded: String = MARKUP
        .bytes()
        .map(|octet| format!("={octet:02X}"))
        .collect();
    let word = format!("=?utf-8?q?{encoded}?=");
    let folded = MARKUP.replace(['"', '\\'], "");
    let turned = "left\u{202e}thgir\u{7}\u{200b}";
    crlf(&format!(
        "From: {word} <{NOC}>\nTo: {TEAM}\nSubject: [CERT-{folded} #77] {turned} {word}\nMessage-ID: <c.9@partner.example>\n\
         Date: Tue, 05 Mar 2024 09:00:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
         --b\nContent-Type: text/plain; charset=utf-8\n\n{MARKUP}\n{turned}\nattacked from 192.0.2.10, see https://evil.example/{MARKUP} and evil.example\n\
         > {MARKUP}\n-- \n{MARKUP}\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n<p>From 192.0.2.11</p>{MARKUP}<pre>&lt;x-pwn&gt;</pre>\n\
         --b\nContent-Type: application/x-pwn; name=\"a\"\nContent-Disposition: attachment; filename*=utf-8''{}\n\nx\n--b--\n",
        encoded.replace('=', "%")
    ))
}

/// Nothing of the mail is markup: every tag on the page is ours.
fn is_text(page: &str, what: &str) {
    let page = &page.replace("<script src=\"/", "");
    for never in [
        "<x-pwn",
        "<script",
        "<img src=https",
        "onerror=pwned=1>",
        "\u{202e}",
        "\u{7}",
        "\u{200b}",
    ] {
        assert!(!page.contains(never), "{what} has {never}: {page}");
    }
    for link in page.split("href=\"").skip(1) {
        assert!(
            link.starts_with(['/', '#']) && !link.starts_with("//"),
            "{what} links to {link:.40}"
        );
    }
}

#[test]
fn hostile_mail_is_shown_as_text() {
    let (installation, _daemon, port) = with_console();
    let serial = submit(&installation, &hostile());
    let login = Login::new(&installation, "alice", "analyst");
    let alice = Curl::new(&installation, port);
    assert_eq!(
        alice.sign_in("alice", login.password, &login.code()).status,
        303
    );
    let queue = alice.get("/q/CSIRT").body;
    is_text(&queue, "the queue");
    assert!(
        queue.contains("&#60;x-pwn"),
        "the Subject is shown: {queue}"
    );
    let ticket = alice.get(&format!("/t/{serial}")).body;
    is_text(&ticket, "the ticket");
    for page in [&queue, &ticket] {
        assert!(!page.contains("https://evil.example"), "{page}");
    }
    assert!(ticket.matches("&#60;x-pwn").count() >= 4, "{ticket}");
    assert!(
        ticket.contains("hxxps://evil.example/") && ticket.contains("evil[.]example"),
        "{ticket}"
    );
    assert!(ticket.contains("left␦thgir"), "{ticket}");
    let asked: String = MARKUP
        .bytes()
        .map(|octet| format!("%{octet:02X}"))
        .collect();
    for place in [
        format!("/search?q={asked}"),
        format!("/search?q=evil.example+{asked}"),
        format!("/t/{serial}?v={asked}"),
        format!("/q/CSIRT?q={asked}"),
        format!("/q/CSIRT?q=obs:%22{asked}%22+from:%22{asked}%22"),
        format!("/q/CSIRT?order={asked}"),
        format!("/sign-in?next={asked}"),
        format!("/{asked}"),
        format!("/t/{asked}"),
    ] {
        is_text(&alice.get(&place).body, &place);
    }
    // What was found can be chosen, and is marked where it stands, still as text.
    let values = ticket.matches("#v\"").count();
    assert!(values > 0);
    for value in 1..=12 {
        let page = alice.get(&format!("/t/{serial}?v=1.{value}")).body;
        is_text(&page, "a value's place");
    }
}

#[test]
fn no_script_runs_and_no_request_leaves_in_chromium() {
    let (installation, _daemon, port) = with_console();
    let serial = submit(&installation, &hostile());
    let login = Login::new(&installation, "alice", "analyst");
    let chromium = Chromium::new();
    let own = format!("https://localhost:{port}/");
    // The browser's own first page asks for pictures.
    chromium.open("about:blank");
    chromium.asked();
    chromium.open(&own);
    chromium.write("#name", "alice");
    chromium.write("#password", login.password);
    chromium.write("#code", &login.code());
    chromium.click("button.main");
    let path = || chromium.ask_page("return location.pathname");
    wait_for("the queue", Duration::from_secs(30), || {
        path() == "/q/CSIRT"
    });
    chromium.click(".queue .tag a");
    wait_for("the ticket", Duration::from_secs(30), || {
        path() == format!("/t/{serial}")
    });
    chromium.click(".facts a[href*='?v=']");
    wait_for("a place", Duration::from_secs(30), || {
        chromium.ask_page("return document.querySelectorAll('mark').length") == 1
    });
    let seen = chromium.ask_page(
        "return [typeof window.pwned, [...document.scripts].filter((one) => !one.src.startsWith(location.origin + '/console.js?') && !/^\\/(walk|stay)\\.js\\?/.test(one.src.slice(location.origin.length))).length,
            document.querySelectorAll('x-pwn, iframe, object, pre *:not(mark)').length,
            document.querySelector('.said').innerText.includes('<script>pwned=1</script>')]",
    );
    assert_eq!(seen, serde_json::json!(["undefined", 0, 0, true]));
    let asked = chromium.asked();
    assert!(asked.len() >= 6, "{asked:?}");
    for url in &asked {
        // Chromium's own picture in a field for a day is asked of nobody.
        let is_here = url.starts_with(&own) || url.starts_with("data:");
        assert!(is_here, "{url} was asked for");
    }
    assert_eq!(chromium.complaints(), Vec::<serde_json::Value>::new());
    // Its own forms work, though it names no origin for them.
    chromium.open(&format!("{own}search"));
    chromium.click(".me form[action='/language'] button");
    wait_for("French", Duration::from_secs(30), || {
        chromium.ask_page("return document.documentElement.lang") == "fr"
    });
    chromium.click(".me form[action='/sign-out'] button");
    wait_for("the first page", Duration::from_secs(30), || {
        path() == "/sign-in"
    });
}
