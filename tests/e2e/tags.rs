//! Words of the team: on a ticket, on many at once, found again, and nowhere in clear.

use serde_json::{Value, json};

use crate::acts::{act, done, opened, refused, signed_in};
use crate::browser::{Chromium, Curl, Login};
use crate::console::{ATTACK, NOC, submit, with_console};
use crate::desk::shown;
use crate::mail::mail;
use crate::queue::ticked;
use crate::support::Installation;

const ENTER: &str = "\u{e007}";

fn said(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.output(arguments);
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn tags(installation: &Installation, serial: &str) -> Value {
    shown(installation, serial)["tags"].clone()
}

fn listed(installation: &Installation, more: &[&str]) -> Vec<String> {
    let list = installation.json(&[&["ticket", "list", "--json"], more].concat());
    let mut serials: Vec<String> = list
        .iter()
        .map(|line| line["reference"].as_str().unwrap().replace("CSIRT#", ""))
        .collect();
    serials.sort();
    serials
}

#[test]
fn words_are_put_on_in_the_terminal_found_sealed_and_verified() {
    let (installation, _daemon, port) = with_console();
    let one = opened(&installation, "t.1@partner.example");
    let two = opened(&installation, "t.2@partner.example");
    let say = said(
        &installation,
        &["ticket", "tag", &one, "Phishing Wave", "bank"],
    );
    assert_eq!(say.trim(), format!("CSIRT#{one} has bank, phishing-wave"));
    installation.run(&["ticket", "tag", &two, "bank"]);
    let again = said(&installation, &["ticket", "tag", &one, "BANK"]);
    assert!(again.contains("it has bank already"), "{again}");
    let wrong = said(&installation, &["ticket", "tag", &one, "2026"]);
    assert!(wrong.contains("a tag needs a letter"), "{wrong}");
    assert_eq!(tags(&installation, &one), json!(["bank", "phishing-wave"]));
    let plain = installation.run(&["ticket", "show", &one]);
    assert!(plain.contains("Tags        bank, phishing-wave"), "{plain}");
    assert!(
        plain.contains("tagged, +bank +phishing-wave, by "),
        "{plain}"
    );
    let mut both = [one.clone(), two.clone()];
    both.sort();
    for (arguments, wanted) in [
        (&["--tag", "bank"][..], both.to_vec()),
        (
            &["--tag", "bank", "--tag", "phishing-wave"],
            vec![one.clone()],
        ),
        (
            &["--query", "tag:bank -tag:\"phishing wave\""],
            vec![two.clone()],
        ),
        (&["--query", "-tag:bank"], vec![]),
    ] {
        assert_eq!(listed(&installation, arguments), wanted, "{arguments:?}");
    }
    let first = installation.json(&["ticket", "list", "--json", "--tag", "phishing-wave"]);
    assert_eq!(first[0]["tags"], json!(["bank", "phishing-wave"]));
    // Nothing of it is in the database in clear, in the log or in the trail.
    let dump = std::process::Command::new("pg_dump")
        .arg(installation.cluster.url())
        .output()
        .unwrap();
    let dump = String::from_utf8(dump.stdout).unwrap();
    let hex: String = "phishing-wave"
        .bytes()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    assert!(dump.contains("public.ticket_tag"));
    for text in ["phishing-wave", &hex] {
        assert!(!dump.contains(text) && !installation.log().contains(text));
    }
    installation.run(&["verify"]);
    // Whoever takes marks away or adds some is found out.
    for (statement, broken) in [
        (
            "DELETE FROM ticket_tag WHERE ticket = (SELECT ticket FROM ticket_tag LIMIT 1)",
            "missing",
        ),
        (
            "INSERT INTO ticket_tag SELECT ticket, month, gen_random_uuid() FROM ticket_tag LIMIT 1",
            "added",
        ),
        (
            "UPDATE ticket_tag SET month = month - interval '1 month'",
            "altered",
        ),
    ] {
        installation.sql(&format!(
            "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT * FROM ticket_tag; {statement}"
        ));
        let found = said(&installation, &["verify"]);
        assert!(
            found
                .lines()
                .any(|line| line.contains("ticket_tag") && line.contains(broken)),
            "{statement}: {found}"
        );
        installation.sql(
            "DELETE FROM ticket_tag; INSERT INTO ticket_tag SELECT * FROM kept; DROP TABLE kept",
        );
    }
    // They leave when that is asked for alone.
    for (form, words) in [
        ("misp", "{\"name\":\"phishing-wave\"}"),
        ("stix", "\"phishing-wave\""),
    ] {
        let export = ["ticket", "export", &one, "--format", form];
        assert!(!installation.run(&export).contains("phishing-wave"));
        let with = installation.run(&[&export[..], &["--tags"]].concat());
        assert!(with.contains(words), "{with}");
    }
    installation.run(&["ticket", "untag", &one, "bank"]);
    assert_eq!(
        listed(&installation, &["--tag", "bank"]),
        std::slice::from_ref(&two)
    );
    assert_eq!(tags(&installation, &one), json!(["phishing-wave"]));
    installation.run(&["verify"]);
    // A reader of the console sees them and changes none.
    let ruth = signed_in(&installation, port, "ruth", "reader");
    let page = ruth.get(&format!("/t/{one}"));
    assert!(
        page.body.contains("<bdi>phishing-wave</bdi>"),
        "{}",
        page.body
    );
    let pairs = [("word", &*page.word()), ("tags", "x")];
    assert_eq!(ruth.post(&format!("/t/{one}/tag"), &pairs).status, 403);
}

#[test]
fn merged_tickets_share_their_words_and_get_them_back() {
    let (installation, _daemon, _port) = with_console();
    let [one, two, three] =
        ["1", "2", "3"].map(|id| opened(&installation, &format!("u.{id}@partner.example")));
    installation.run(&["ticket", "tag", &one, "a", "b"]);
    installation.run(&["ticket", "tag", &two, "b", "c"]);
    installation.run(&["ticket", "tag", &three, "d"]);
    installation.run(&["ticket", "merge", &one, &two]);
    assert_eq!(tags(&installation, &two), json!(["a", "b", "c"]));
    assert_eq!(tags(&installation, &one), json!(["a", "b"]));
    let heir = said(&installation, &["ticket", "tag", &one, "x"]);
    assert!(
        heir.contains(&format!("it was merged into CSIRT#{two}: tag that")),
        "{heir}"
    );
    installation.run(&["verify"]);
    // On, and back again.
    installation.run(&["ticket", "merge", &two, &three]);
    assert_eq!(tags(&installation, &three), json!(["a", "b", "c", "d"]));
    installation.run(&["ticket", "untag", &three, "c"]);
    installation.run(&["ticket", "unmerge", &two]);
    assert_eq!(tags(&installation, &three), json!(["d"]));
    assert_eq!(tags(&installation, &two), json!(["a", "b", "c"]));
    installation.run(&["ticket", "unmerge", &one]);
    assert_eq!(tags(&installation, &two), json!(["b", "c"]));
    assert_eq!(tags(&installation, &one), json!(["a", "b"]));
    let mut first = [one, two];
    first.sort();
    assert_eq!(listed(&installation, &["--tag", "b"]), first);
    installation.run(&["verify"]);
}

#[test]
fn words_stand_on_the_page_and_are_refused_in_the_analysts_language() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "v.1@partner.example");
    let other = opened(&installation, "v.2@partner.example");
    let alice = signed_in(&installation, port, "alice", "analyst");
    let page = done(
        &alice,
        &act(&alice, &serial, "tag", &[("tags", "Wave, bank")]),
        "The ticket is tagged.",
    );
    assert!(
        page.contains("<bdi>wave</bdi>") && page.contains("+bank +wave"),
        "{page}"
    );
    let queue = alice.get("/q/CSIRT?q=tag%3Awave").body;
    assert!(
        queue.contains("<bdi>wave</bdi>") && !queue.contains(&other),
        "{queue}"
    );
    done(
        &alice,
        &act(&alice, &serial, "untag", &[("tags", "bank")]),
        "The tag is taken off.",
    );
    refused(
        &act(&alice, &serial, "tag", &[("tags", "wave")]),
        "it has wave already",
    );
    installation.run(&["ticket", "merge", &other, &serial]);
    // What actions say is said in French on a French page, and nothing of it is marked as English.
    let word = alice.get("/q/CSIRT").word();
    alice.post(
        "/language",
        &[("word", &word), ("language", "fr"), ("here", "/")],
    );
    for (place, form, pairs, words) in [
        (&serial, "tag", vec![("tags", "wave")], "il a déjà wave"),
        (
            &serial,
            "tag",
            vec![("tags", "TLP:RED")],
            "une marque n’est pas un mot de l’équipe",
        ),
        (
            &serial,
            "untag",
            vec![("tags", "x")],
            "il n’a pas d’étiquette x",
        ),
        (&other, "tag", vec![("tags", "x")], "étiquetez celui-là"),
        (
            &serial,
            "merge",
            vec![("other", &*serial)],
            "ne peut pas être fusionné dans lui-même",
        ),
        (
            &other,
            "merge",
            vec![("other", &*serial)],
            "a été fusionné dans",
        ),
        (
            &serial,
            "link",
            vec![("other", &*serial), ("kind", "related")],
            "ne peut pas être lié à lui-même",
        ),
        (
            &serial,
            "unlink",
            vec![("other", &*other)],
            "il n’a pas de lien avec",
        ),
        (
            &serial,
            "unmerge",
            vec![],
            "n’est pas fusionné dans un autre ticket",
        ),
    ] {
        let answer = act(&alice, place, form, &pairs);
        refused(&answer, words);
        let alert = answer.body.split("role=\"alert\"").nth(1).unwrap();
        assert!(alert.starts_with('>'), "{form}: {alert}");
    }
}

/// A desk with four tickets, and who sits at it.
struct Many {
    installation: Installation,
    _daemon: crate::support::Daemon,
    port: u16,
    login: Login,
    alice: Curl,
    serials: Vec<String>,
}

fn many() -> Many {
    let (installation, daemon, port) = with_console();
    let serials = (1..5).map(|number| {
        let id = format!("w.{number}@partner.example");
        submit(
            &installation,
            &mail(NOC, &format!("Scan {number}"), &id, "", ATTACK),
        )
    });
    let serials = serials.collect();
    let login = Login::new(&installation, "alice", "analyst");
    let alice = Curl::new(&installation, port);
    assert_eq!(
        alice.sign_in("alice", login.password, &login.code()).status,
        303
    );
    Many {
        installation,
        _daemon: daemon,
        port,
        login,
        alice,
        serials,
    }
}

impl Many {
    /// Does something with these tickets as a page of before shows them; the page that follows.
    fn act(&self, before: &str, deed: &str, chosen: &[&str], more: &[(&str, &str)]) -> String {
        let word = self.alice.get("/q/CSIRT").word();
        let chosen: Vec<String> = chosen.iter().map(|serial| ticked(before, serial)).collect();
        let mut pairs = vec![("word", word.as_str()), ("q", ""), ("do", deed)];
        pairs.extend(chosen.iter().map(|one| ("t", one.as_str())));
        pairs.extend(more);
        let done = self.alice.post("/q/CSIRT/do", &pairs);
        assert_eq!(done.status, 303, "{deed}: {}", done.body);
        self.alice.get(done.field("Location").unwrap()).body
    }

    fn queue(&self) -> String {
        self.alice.get("/q/CSIRT?q=").body
    }

    /// Presses what undoes the last deed.
    fn undo(&self, page: &str) -> String {
        let form = page.split("id=\"undo\"").next().unwrap();
        let form = form.rsplit("<form").next().unwrap();
        let values = form
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .map(|one| {
                let (name, rest) = one.split_once("\" value=\"").unwrap();
                (name.to_owned(), rest.split('"').next().unwrap().to_owned())
            });
        let mut pairs: Vec<(String, String)> = values.collect();
        let deed = page
            .split("id=\"undo\" name=\"do\" value=\"")
            .nth(1)
            .unwrap();
        pairs.push(("do".into(), deed.split('"').next().unwrap().to_owned()));
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let done = self.alice.post("/q/CSIRT/do", &pairs);
        assert_eq!(done.status, 303, "{}", done.body);
        self.alice.get(done.field("Location").unwrap()).body
    }
}

#[test]
fn many_tickets_are_tagged_and_merged_at_once_and_that_is_undone() {
    let many = many();
    let installation = &many.installation;
    let serials: Vec<&str> = many.serials.iter().map(String::as_str).collect();
    let [one, two, three, four] = serials[..] else {
        panic!("four tickets");
    };
    installation.run(&["ticket", "tag", two, "wave"]);
    // Somebody else changes the third after the page was made.
    let before = many.queue();
    crate::desk::takes(installation, three, "bob");
    let page = many.act(
        &before,
        "tag",
        &[one, two, three],
        &[("tags", "Wave, bank")],
    );
    assert!(page.contains("Tagged bank, wave:"), "{page}");
    assert!(
        page.contains(&format!("CSIRT#{three} (new, bob): changed meanwhile")),
        "{page}"
    );
    assert_eq!(tags(installation, one), json!(["bank", "wave"]));
    assert_eq!(tags(installation, three), json!([]));
    // Undone is what was done: the second had one of the words before.
    many.undo(&page);
    assert_eq!(tags(installation, one), json!([]));
    assert_eq!(tags(installation, two), json!(["wave"]));
    let page = many.act(&many.queue(), "untag", &[one, two], &[("tags", "wave")]);
    assert!(
        page.contains(&format!("CSIRT#{one} (new, nobody): it is so already")),
        "{page}"
    );
    assert_eq!(tags(installation, two), json!([]));
    many.undo(&page);
    assert_eq!(tags(installation, two), json!(["wave"]));
    assert!(
        many.act(&many.queue(), "tag", &[one], &[("tags", "2026")])
            .contains("Write a tag")
    );
    // Into the first that is chosen; into one that is named.
    let page = many.act(&many.queue(), "merge", &[one, two, three], &[]);
    assert!(
        page.contains(&format!("Merged into CSIRT#{one}:")),
        "{page}"
    );
    assert_eq!(
        shown(installation, two)["merged_into"],
        json!(format!("CSIRT#{one}"))
    );
    assert_eq!(tags(installation, one), json!(["wave"]));
    many.undo(&page);
    assert_eq!(shown(installation, two)["merged_into"], Value::Null);
    assert_eq!(shown(installation, three)["merged_into"], Value::Null);
    assert_eq!(tags(installation, one), json!([]));
    let before = many.queue();
    installation.run(&["ticket", "claim", two]);
    let page = many.act(
        &before,
        "merge",
        &[one, two],
        &[("into", &format!("CSIRT#{four}"))],
    );
    assert!(
        page.contains(&format!("CSIRT#{two}")) && page.contains("changed meanwhile"),
        "{page}"
    );
    assert_eq!(
        shown(installation, one)["merged_into"],
        json!(format!("CSIRT#{four}"))
    );
    assert_eq!(shown(installation, two)["merged_into"], Value::Null);
    for (chosen, into, words) in [
        (&[three][..], "", "Choose the tickets that end"),
        (&[three], three, "Choose the tickets that end"),
        (&[three], "no number", "There is no such ticket"),
        (&[three], "99", "There is no such ticket"),
    ] {
        let page = many.act(&many.queue(), "merge", chosen, &[("into", into)]);
        assert!(page.contains(words), "{into}: {page}");
    }
    // Into one that was merged itself, nothing is.
    let page = many.act(&many.queue(), "merge", &[three], &[("into", one)]);
    assert!(page.contains("a merge is in the way"), "{page}");
    // Who goes on changed since the page was made: nothing is merged.
    let before = many.queue();
    crate::desk::takes(installation, three, "carol");
    let page = many.act(&before, "merge", &[three, two], &[]);
    assert!(page.contains("nothing was merged"), "{page}");
    installation.run(&["verify"]);
}

#[test]
fn tickets_are_tagged_and_merged_by_keyboard_alone() {
    let many = many();
    let installation = &many.installation;
    let chromium = Chromium::new();
    installation.sql("UPDATE console_account SET totp_used = 0");
    chromium.sign_in(many.port, &many.login);
    let rows = "return document.querySelectorAll('.queue tbody tr').length";
    chromium.wait(&format!("{rows} == 4"));
    chromium.press("jxjxl");
    chromium.wait("return document.activeElement.id == 'tags'");
    chromium.press(&format!("Big Wave{ENTER}"));
    chromium.wait("return document.querySelectorAll('.queue .word').length == 2");
    assert_eq!(chromium.axe(), Vec::<Value>::new());
    chromium.press("z");
    chromium.wait("return document.querySelector('.notice') && document.querySelectorAll('.queue .word').length == 0");
    chromium.press("jx+");
    chromium.wait("return document.activeElement.id == 'tags'");
    chromium.press(&format!("wave{ENTER}"));
    chromium.wait("return document.querySelectorAll('.queue .word').length == 1");
    chromium.press("jx-");
    chromium.wait("return document.activeElement.id == 'tags'");
    chromium.press(&format!("wave{ENTER}"));
    chromium.wait("return document.querySelector('.notice') && document.querySelectorAll('.queue .word').length == 0");
    // Three become one, and three again.
    chromium.press("jxjxjxm");
    chromium.wait("return document.activeElement.id == 'into'");
    chromium.press(ENTER);
    chromium.wait(&format!("{rows} == 2"));
    chromium.press("z");
    chromium.wait(&format!("{rows} == 4"));
    // Enter where a reason is written claims nothing.
    chromium.press("jx!");
    chromium.wait("return document.activeElement.id == 'reason'");
    chromium.press(&format!("spam{ENTER}"));
    chromium.wait(&format!("{rows} == 3"));
    // On the ticket's page.
    chromium.press("jo");
    chromium
        .wait("return location.pathname.startsWith('/t/') && document.readyState == 'complete'");
    chromium.press("+");
    chromium.wait("return document.activeElement.id == 'tags'");
    chromium.press(&format!("bank{ENTER}"));
    chromium.wait("return document.querySelector('ul.words')?.innerText.includes('bank')");
    assert_eq!(chromium.axe(), Vec::<Value>::new());
    chromium.click("ul.words button");
    chromium.wait("return document.querySelector('.done') && !document.querySelector('ul.words')");
    assert_eq!(chromium.complaints(), Vec::<Value>::new());
    installation.run(&["verify"]);
}

#[test]
fn who_merges_is_told_which_words_stay_behind() {
    let (installation, _daemon, port) = with_console();
    let [one, two, three, heir] =
        ["1", "2", "3", "4"].map(|id| opened(&installation, &format!("w.{id}@partner.example")));
    let many: Vec<String> = (0..20).map(|number| format!("x{number}")).collect();
    let many = many.iter().map(String::as_str);
    let tag = ["ticket", "tag", &heir].into_iter();
    installation.run(&tag.chain(many).collect::<Vec<&str>>());
    for ticket in [&one, &two, &three] {
        installation.run(&["ticket", "tag", ticket, "a", "b", "x1"]);
    }
    let alice = signed_in(&installation, port, "alice", "analyst");
    done(
        &alice,
        &act(&alice, &one, "merge", &[("other", &heir)]),
        "Some of its tags stay on it alone: there was no room",
    );
    let word = alice.get(&format!("/t/{one}")).word();
    let french = [("word", &*word), ("language", "fr"), ("here", "/")];
    alice.post("/language", &french);
    done(
        &alice,
        &act(&alice, &two, "merge", &[("other", &heir)]),
        "il n’y avait pas de place pour elles",
    );
    let token = installation.run(&["analyst", "token", "add", "robot", "--scope", "act"]);
    let bearer = format!("Authorization: Bearer {}", token.lines().last().unwrap());
    let number = |serial: &str| serial.trim_start_matches('0').parse::<i64>().unwrap();
    let merge = |ticket: &str, heir: &str| {
        let body = json!({"into": number(heir)}).to_string();
        let (key, kind) = (
            format!("Idempotency-Key: {ticket}"),
            "Content-Type: application/json",
        );
        let asked = ["-H", &bearer, "-H", &key, "-H", kind, "-d", &body];
        let place = format!("/api/v1/tickets/{}/merge", number(ticket));
        let answer = alice.with(&place, &asked);
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    assert_eq!(merge(&three, &heir)["tags_left"], 2);
    let other = opened(&installation, "w.5@partner.example");
    assert_eq!(merge(&other, &heir).get("tags_left"), None);
    let damaged = opened(&installation, "w.6@partner.example");
    installation.run(&["ticket", "tag", &damaged, "a"]);
    installation.sql(&format!(
        "UPDATE ticket_event SET detail = set_byte(detail, 40, get_byte(detail, 40) # 1)
         WHERE action = 'tagged' AND ticket = (SELECT id FROM ticket WHERE serial = {damaged})"
    ));
    let merged = merge(&damaged, &heir);
    assert_eq!(merged["tags_closed"], 1, "{merged}");
    assert_eq!(merged.get("tags_left"), None);
}
