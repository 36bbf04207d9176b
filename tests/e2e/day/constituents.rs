//! The register of contacts in the console and for programs: who reads it, who changes it, whose certificate is whose; and whose problem a
//! report is.

use serde_json::{Value, json};

use super::french::{Catalogue, is_french};
use super::hands::Hands;
use super::{looks, post};
use crate::acts::{done, refused, signed_in};
use crate::api::{Rig, fits, problem, token};
use crate::browser::{Answer, Curl};
use crate::console::{submit, with_console};
use crate::correspondents::{ATTACK, NOC, PASSED, attached, with_key};
use crate::mail::mail;

const FIELDS: [(&str, &str); 8] = [
    ("name", "Stadtbank"),
    ("telephone", "+352 12 34 56"),
    ("out_of_hours", ""),
    ("address", "SOC@stadtbank.example"),
    (
        "persons",
        "Jane Doe <jane@stadtbank.example> +352 12 34 57\n",
    ),
    ("networks", "198.51.100.0/24\n\n2001:db8:7::1"),
    ("domains", "Stadtbank.example"),
    ("note", "two\nlines"),
];

/// Sends the form of the register, with what is other than [`FIELDS`].
fn fill(who: &Curl, place: &str, more: &[(&str, &str)]) -> Answer {
    let word = who.get("/contacts").word();
    let usual = FIELDS
        .into_iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let pairs: Vec<(&str, &str)> = [("word", word.as_str())]
        .into_iter()
        .chain(usual)
        .chain(more.iter().copied())
        .collect();
    who.post(place, &pairs)
}

/// The page of a new organisation.
fn added(who: &Curl, more: &[(&str, &str)]) -> String {
    let answer = fill(who, "/contacts", more);
    done(who, &answer, "The organisation is in the register.");
    let place = answer.field("Location").unwrap();
    place.split('?').next().unwrap().to_owned()
}

fn version(page: &str) -> String {
    let rest = page.split("name=\"version\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_register_is_kept_by_leads_and_of_two_nobody_overwrites_the_other() {
    let (installation, _daemon, port) = with_console();
    let alice = signed_in(&installation, port, "alice", "lead");
    let dave = signed_in(&installation, port, "dave", "admin");
    let bob = signed_in(&installation, port, "bob", "analyst");
    let place = added(&alice, &[]);
    installation.run(&["contact", "add", "A school", "--out-of-hours", "+352 9"]);

    // The gap is told in words; an analyst reads and has no form.
    let list = bob.get("/contacts").body;
    assert!(
        list.contains("no out-of-hours number") && list.contains("fewer than two persons"),
        "{list}"
    );
    assert!(
        list.contains("A school") && !list.contains("/contacts/new"),
        "{list}"
    );
    for (asked, there) in [
        ("198.51.100.77", true),
        ("jane", true),
        ("www.stadtbank.example", true),
        ("192.0.2.1", false),
        ("school", false),
    ] {
        let found = bob.get(&format!("/contacts?q={asked}")).body;
        assert_eq!(found.contains(&place), there, "{asked}: {found}");
    }
    let page = bob.get(&place).body;
    for shown in [
        "soc@stadtbank.example",
        "2001:db8:7::1/128",
        "+352 12 34 57",
        "two\nlines",
        "No certificate is known",
        "org:stadtbank",
    ] {
        let shown = match shown {
            "org:stadtbank" => "org%3Astadtbank",
            other => other,
        };
        assert!(page.contains(shown), "no {shown} in {page}");
    }
    assert!(!page.contains("<textarea"), "an analyst is shown the form");
    assert_eq!(bob.get("/contacts/new").status, 403);
    assert_eq!(fill(&bob, "/contacts", &[("name", "Other")]).status, 403);
    assert_eq!(fill(&bob, &place, &[("version", "1")]).status, 403);

    // What can't stand there is named, and what was written is kept.
    for (field, text, why) in [
        ("name", "", "Name: it needs one"),
        ("name", "STADTBANK", "of this name already"),
        ("name", "Bank\u{202e}knaB", "hidden marks"),
        ("networks", "198.51.100.0/33", "is no network"),
        ("domains", "stadt bank", "is no domain"),
        ("persons", "Jane <jane@x.example", "Persons: write NAME"),
        ("telephone", "by day", "is no telephone number"),
    ] {
        let answer = fill(&alice, "/contacts", &[("name", "New"), (field, text)]);
        let answer = match field {
            "name" => fill(&alice, "/contacts", &[(field, text)]),
            _ => answer,
        };
        refused(&answer, why);
        assert!(answer.body.contains("+352 12 34 57"), "{field}: lost");
    }

    // Both have the form open.
    let seen = [&alice, &dave].map(|who| version(&who.get(&place).body));
    let change = |who: &Curl, seen: &str, number: &str| {
        fill(who, &place, &[("version", seen), ("out_of_hours", number)])
    };
    done(
        &alice,
        &change(&alice, &seen[0], "+352 99 00 01"),
        "The organisation is changed.",
    );
    let late = change(&dave, &seen[1], "+352 99 00 02");
    refused(&late, "Meanwhile somebody else has changed it");
    assert!(
        late.body.contains("<bdi>+352 99 00 01</bdi>")
            && late.body.contains("value=\"+352 99 00 02\""),
        "{}",
        late.body
    );
    let now = installation.json(&["contact", "show", "Stadtbank", "--json"]);
    assert_eq!(now[0]["organisations"][0]["out_of_hours"], "+352 99 00 01");
    done(
        &dave,
        &change(&dave, &version(&late.body), "+352 99 00 02"),
        "The organisation is changed.",
    );

    let nobodys = format!("/contacts/{}", uuid::Uuid::now_v7());
    for nowhere in ["/contacts/x", nobodys.as_str()] {
        assert_eq!(alice.get(nowhere).status, 404, "{nowhere}");
        assert_eq!(fill(&alice, nowhere, &[("version", "1")]).status, 404);
    }
    let trail = installation.sql(
        "SELECT DISTINCT actor || ' ' || action FROM audit WHERE case_id IN (SELECT id FROM organisation) ORDER BY 1",
    );
    for line in [
        "alice (console) contact",
        "dave (console) contact",
        "bob (console) read",
    ] {
        assert!(trail.contains(line), "{line}: {trail}");
    }
    installation.run(&["verify"]);
}

#[test]
fn a_certificate_is_theirs_or_not_by_analysts_who_saw_how_it_stood() {
    let (installation, _daemon, port) = with_console();
    let partner = post::special(&installation);
    let alice = signed_in(&installation, port, "alice", "lead");
    let bob = signed_in(&installation, port, "bob", "reader");
    let place = added(&alice, &[("name", "Partner"), ("address", NOC)]);
    installation.run(&["contact", "language", NOC, "fr"]);
    installation.sql("INSERT INTO undeliverable (address, status) SELECT address, '550 5.1.1' FROM contact_language");
    let page = bob.get(&place).body;
    for shown in [
        "used, not verified",
        "in conflict with another, not used",
        "Our mail was refused with <bdi>550 5.1.1</bdi>",
        "Answered in: <bdi>fr</bdi>",
        "first seen",
        "a trusted signature",
    ] {
        let shown = match shown {
            "a trusted signature" => "its signature on mail of a proved sender",
            other => other,
        };
        assert!(page.contains(shown), "no {shown} in {page}");
    }
    assert!(!page.contains("name=\"act\""), "a reader is shown buttons");
    assert!(bob.get("/contacts").body.contains("refuses our mail"));
    let judge = |who: &Curl, fingerprint: &str, more: &[(&str, &str)]| {
        let word = who.get(&place).word();
        let usual = [("address", NOC), ("was", "pinned"), ("seen", "")];
        let usual = usual
            .into_iter()
            .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let pairs: Vec<(&str, &str)> = [("word", word.as_str())]
            .into_iter()
            .chain(usual)
            .chain(more.iter().copied())
            .collect();
        who.post(&format!("{place}/certificates/{fingerprint}"), &pairs)
    };
    let (known, later) = (partner.known_print.as_str(), partner.later_print.as_str());
    let called = ("why", "read aloud, +352 12 34 57");
    assert_eq!(judge(&bob, known, &[("act", "trust"), called]).status, 403);
    assert_eq!(judge(&alice, known, &[("act", "burn"), called]).status, 404);
    refused(
        &judge(&alice, known, &[("act", "trust"), ("why", " ")]),
        "how the fingerprint was compared",
    );
    let stale = [("act", "trust"), called, ("was", "conflict")];
    let stale = judge(&alice, known, &stale);
    refused(&stale, "Meanwhile somebody else has decided");
    assert!(stale.body.contains("read aloud"), "the reason is lost");
    let foreign = [("act", "trust"), called, ("address", "x@y.example")];
    assert_eq!(judge(&alice, known, &foreign).status, 404);
    let trusted = judge(&alice, known, &[("act", "trust"), called]);
    let page = done(&alice, &trusted, "The certificate is theirs, and used.");
    assert!(
        page.contains("used, verified") && page.contains("alice (console)"),
        "{page}"
    );
    // The other one, beside the one that speaks now.
    let blind = [("act", "reject"), ("was", "conflict")];
    refused(&judge(&alice, later, &blind), "Meanwhile");
    let seen = [("act", "reject"), ("was", "conflict"), ("seen", known)];
    done(
        &alice,
        &judge(&alice, later, &seen),
        "The certificate is not theirs",
    );
    let states = installation.sql("SELECT state FROM certificate_binding ORDER BY 1");
    assert_eq!(states, "authenticated\nrejected\n");
    installation.run(&["verify"]);
}

#[test]
fn whose_problem_it_is_stands_in_the_queue_and_on_the_ticket_and_can_be_asked_for() {
    let (installation, _daemon, port) = with_console();
    let alice = signed_in(&installation, port, "alice", "lead");
    let place = added(&alice, &[]);
    let serial = |subject: &str, text: &str| {
        let id = format!("{subject}@partner.example");
        submit(&installation, &mail(NOC, subject, &id, "", text))
    };
    let own = serial(
        "own",
        "Your host 198.51.100.7 scans us, 192.0.2.10, on port 22/tcp.",
    );
    let like = serial(
        "like",
        "Phishing at https://stadtbank.example.evil.example/login steals passwords.",
    );
    let other = serial("other", "Our host 192.0.2.1 is attacked from 192.0.2.10.");
    let found = |query: &str| -> Vec<String> {
        let asked: String = query.bytes().map(|octet| format!("%{octet:02X}")).collect();
        let page = alice.get(&format!("/q/CSIRT?order=oldest&q={asked}")).body;
        let links = page
            .split("<th scope=\"row\" class=\"tag\"><a href=\"/t/")
            .skip(1);
        links
            .map(|link| link.split('"').next().unwrap().to_owned())
            .collect()
    };
    for (query, wanted) in [
        ("concerns:stadtbank", vec![&own, &like]),
        ("concerns:198.51.100", vec![&own]),
        ("concerns:like", vec![&like]),
        ("-concerns:stadtbank", vec![&other]),
        ("org:stadtbank", vec![]),
    ] {
        let wanted: Vec<String> = wanted.into_iter().cloned().collect();
        assert_eq!(found(query), wanted, "{query}");
        let listed = installation.json(&["ticket", "list", "--json", "--query", query]);
        assert_eq!(listed.len(), wanted.len(), "{query}");
    }
    let queue = alice.get("/q/CSIRT?q=").body;
    let named = format!("Concerns <a href=\"{place}\"><bdi>Stadtbank</bdi></a>");
    assert_eq!(queue.matches(&named).count(), 1, "{queue}");
    assert_eq!(queue.matches("looks like</span>").count(), 1, "{queue}");
    let ticket = alice.get(&format!("/t/{like}")).body;
    for shown in [
        "<h2>Concerns</h2>",
        "looks like</span>",
        "stadtbank[.]example[.]evil[.]example",
        "(holds the name)",
        place.as_str(),
    ] {
        assert!(ticket.contains(shown), "no {shown} in {ticket}");
    }
    let ticket = alice.get(&format!("/t/{own}")).body;
    assert!(
        ticket.contains("<bdi class=\"value\">198.51.100.7</bdi>")
            && ticket.contains("Whom to call"),
        "{ticket}"
    );
    // Whom to call leads to the organisation.
    assert!(ticket.contains(&format!("<a href=\"{place}\">all of it</a>")));
    assert!(
        !alice
            .get(&format!("/t/{other}"))
            .body
            .contains("<h2>Concerns")
    );
}

#[test]
fn pages_of_the_register_are_good_to_read_and_to_use() {
    let (installation, _daemon, port) = with_console();
    post::special(&installation);
    let more = ["--domain", "partner.example", "--person", "Jane Doe"];
    installation.run(
        &[
            &["contact", "add", "Partner Ltd", "--address", NOC][..],
            &more,
        ]
        .concat(),
    );
    let alice = Hands::sign_in(&installation, port, "alice", "lead");
    let one = "return [...document.querySelectorAll('.queue th a')][0].getAttribute('href')";
    looks::open(&alice, "/contacts");
    let one = alice.ask(one).as_str().unwrap().to_owned();
    let (catalogue, mut all) = (Catalogue::read(), Vec::new());
    for language in ["en", "fr"] {
        looks::speak(&alice, language);
        for (name, place) in [
            ("contacts", "/contacts"),
            ("contact", one.as_str()),
            ("contact-new", "/contacts/new"),
        ] {
            for scheme in ["light", "dark"] {
                alice.chromium.look(1300, scheme);
                looks::open(&alice, place);
                alice
                    .ask("for (const one of document.querySelectorAll('details')) one.open = true");
                looks::faults(
                    &alice.chromium,
                    &format!("{name} {language} {scheme}"),
                    &mut all,
                );
                alice
                    .chromium
                    .picture(&format!("{name}-{language}-{scheme}"));
            }
            alice.chromium.look(320, "light");
            looks::fits(&alice, &format!("{name} {language} at 320"), &mut all);
            alice.chromium.picture(&format!("{name}-{language}-narrow"));
            if language == "fr" {
                is_french(&alice, &catalogue, name, &mut all);
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn programs_read_and_change_the_register_as_it_was_seen() {
    let rig = Rig::new();
    let body = json!({"name": "Stadtbank", "networks": ["198.51.100.0/24"], "domains": ["stadtbank.example"], "address": NOC,
        "persons": [{"name": "Jane Doe", "telephone": "+352 1"}]});
    let new = rig.done("/contacts", &body.to_string());
    let place = format!("/contacts/{}", new["id"].as_str().unwrap());
    let taken = rig.post("/contacts", &body.to_string());
    assert_eq!(problem(&taken), (409, "conflict".to_owned()));
    for wrong in [
        json!({"name": ""}),
        json!({"name": "B", "networks": ["192.0.2.0/33"]}),
        json!({"name": "B", "telefone": "1"}),
        json!({"name": "B", "persons": [{"name": "Joe", "age": 7}]}),
    ] {
        let answer = rig.post("/contacts", &wrong.to_string());
        assert_eq!(problem(&answer), (400, "malformed".to_owned()), "{wrong}");
    }
    let document: Value =
        serde_json::from_str(include_str!("../../../config/openapi.json")).unwrap();
    let shape = |name: &str, value: &Value| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        fits(&document, &schema, value, name);
    };
    let listed = rig.read("/contacts?query=198.51.100.7");
    shape("Contacts", &listed);
    assert_eq!(
        listed["contacts"][0]["missing"],
        json!(["persons", "out-of-hours"])
    );
    assert_eq!(listed["next"], Value::Null);
    assert_eq!(rig.read("/contacts?query=192.0.2.1")["contacts"], json!([]));
    let one = rig.read(&place);
    shape("KnownContact", &one);
    assert_eq!(one["contact"]["persons"][0]["telephone"], "+352 1");
    assert_eq!(one["addresses"][0]["refused_since"], Value::Null);

    let put = |key: &str, version: i64, number: &str| {
        let mut contact = body.clone();
        contact["out_of_hours"] = json!(number);
        let body = json!({"version": version, "contact": contact}).to_string();
        rig.put(&place, key, &body)
    };
    let changed = put("k1", 1, "+352 9");
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert!(changed.body.contains("\"version\":2"), "{}", changed.body);
    // The same once more is the same answer; another who saw the first is refused.
    assert_eq!(put("k1", 1, "+352 9").status, 200);
    assert_eq!(
        problem(&put("k2", 1, "+352 8")),
        (409, "conflict".to_owned())
    );
    assert_eq!(rig.read(&place)["contact"]["out_of_hours"], "+352 9");

    post::special(&rig.installation);
    let one = rig.read(&place);
    shape("KnownContact", &one);
    let known = &one["addresses"][0]["certificates"][0];
    assert_eq!(known["state"], "pinned");
    let judge = format!(
        "/certificates/{}/judge",
        known["fingerprint"].as_str().unwrap()
    );
    let verdict = |was: &str| {
        json!({"address": NOC, "verdict": "trust", "was": was, "reason": "by telephone"})
            .to_string()
    };
    assert_eq!(problem(&rig.post(&judge, &verdict("rejected"))).0, 409);
    let reader = token(&rig.installation, "reader", "read");
    assert_eq!(
        problem(&rig.post_as(&reader, &judge, "1", &verdict("pinned"))).0,
        403
    );
    // The register is changed by leads, and by programs that were given as much: to work on tickets is not enough.
    let analyst = token(&rig.installation, "analyst", "read,act,export,audit");
    let change = json!({"version": 2, "contact": body}).to_string();
    for refused in [
        rig.post_as(&analyst, "/contacts", "2", r#"{"name": "Other"}"#),
        rig.put_as(&analyst, &place, "3", &change),
    ] {
        assert_eq!(problem(&refused), (403, "scope".to_owned()));
    }
    assert_eq!(
        rig.done(&judge, &verdict("pinned")),
        json!({"done": "trusted"})
    );
    let now = &rig.read(&place)["addresses"][0]["certificates"][0];
    assert_eq!(now["state"], "authenticated");
    assert_eq!(now["by"], "soar (api)");
    assert_eq!(
        rig.get(&format!("/contacts/{}", uuid::Uuid::now_v7()))
            .status,
        404
    );
    let answers = rig.installation.sql("SELECT answer FROM api_request");
    assert!(!answers.contains("Stadtbank"), "{answers}");
    rig.installation.run(&["verify"]);
}

#[test]
fn figures_of_each_organisation_are_those_of_its_tickets() {
    let rig = Rig::new();
    rig.done(
        "/contacts",
        r#"{"name": "Stadtbank", "networks": ["198.51.100.0/24"]}"#,
    );
    rig.done(
        "/contacts",
        r#"{"name": "Partner", "domains": ["partner.example"]}"#,
    );
    // Two name an address of the bank's; one names nobody's, and is its sender's.
    let numbers = ["f.1", "f.2"].map(|id| rig.report(id));
    rig.done(
        &format!("/tickets/{}/close", numbers[0]),
        r#"{"outcome": "resolved"}"#,
    );
    let asked = mail(
        NOC,
        "Card",
        "f.3@partner.example",
        "",
        "We have a question.",
    );
    submit(&rig.installation, &asked);
    rig.installation
        .sql("UPDATE ticket SET answer_due = now() - interval '1 hour' WHERE state = 'new'");
    let figures = rig.read("/figures");
    let ages = |count: i64| {
        let hours = [Some(4), Some(24), Some(72), Some(168), Some(720), None];
        let ages = hours.map(
            |hours| json!({"hours": hours, "count": if hours == Some(4) { count } else { 0 }}),
        );
        Value::from(ages.to_vec())
    };
    let of = |name: &str, month: i64| json!({"name": name, "open": 1, "overdue": 1, "ages": ages(1), "month": month});
    assert_eq!(
        figures["organisations"],
        json!([of("Stadtbank", 2), of("Partner", 1)])
    );
    let metrics = rig.get("/figures/metrics");
    assert_eq!(metrics.status, 200, "{}", metrics.body);
    let kind = metrics.field("Content-Type").unwrap_or_default();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    for line in [
        r#"pillarbox_organisation_tickets_open{team="CSIRT",organisation="Stadtbank"} 1"#,
        r#"pillarbox_organisation_tickets_overdue{team="CSIRT",organisation="Partner"} 1"#,
        r#"pillarbox_organisation_tickets_month{team="CSIRT",organisation="Stadtbank"} 2"#,
        r#"pillarbox_organisation_tickets_age{team="CSIRT",organisation="Partner",age="<4h"} 1"#,
    ] {
        assert!(metrics.body.contains(line), "{line}: {}", metrics.body);
    }
    assert_eq!(rig.with("/figures/metrics", "wrong", &[]).status, 401);
    let alice = signed_in(&rig.installation, rig.port(), "alice", "reader");
    let page = alice.get("/charts/CSIRT").body;
    assert!(
        page.contains("Open tickets by organisation")
            && page.contains("<bdi>Stadtbank</bdi></a></th>"),
        "{page}"
    );
    assert!(
        page.contains("data-head=\"Came in 30 days\">2</td>"),
        "{page}"
    );
}

#[test]
fn the_queue_says_what_is_in_a_ticket_who_stands_behind_it_and_when_something_came_last() {
    let (installation, _daemon, port) = with_console();
    let alice = signed_in(&installation, port, "alice", "analyst");
    let (gnupg, _) = with_key(&installation, &format!("NOC <{NOC}>"));
    let entity = attached(ATTACK, &gnupg.export(NOC)).replace("\r\n", "\n");
    let (head, body) = entity.split_once("\n\n").unwrap();
    let head = format!("{PASSED}MIME-Version: 1.0\n{head}\n");
    let sent = mail(NOC, "Scan", "q.1@partner.example", &head, body);
    let one = submit(&installation, &sent);
    let plain = mail(
        NOC,
        "Hello",
        "q.2@partner.example",
        "",
        "We have a question.",
    );
    let other = submit(&installation, &plain);
    let row = |serial: &str| {
        let page = alice.get("/q/CSIRT?q=").body;
        let rest = page.split(&format!("href=\"/t/{serial}\"")).nth(1).unwrap();
        rest.split("</tr>").next().unwrap().to_owned()
    };
    let first = row(&one);
    assert!(first.contains("Attachments: 1"), "{first}");
    assert!(
        first.contains("Values: ") && first.contains("sender proved"),
        "{first}"
    );
    assert!(!first.contains("last in"), "{first}");
    let second = row(&other);
    assert!(
        second.contains("sender not proved") && !second.contains("Values"),
        "{second}"
    );
    let listed = installation.json(&["ticket", "list", "--json"]);
    assert_eq!(listed[0]["first"]["attachments"], 1);
    assert_eq!(listed[0]["first"]["sender_proved"], true);
    assert_eq!(listed[1]["first"]["sender_proved"], false);
    assert_eq!(listed[0]["last_out"], Value::Null);
    let letter = installation.path("letter.txt");
    std::fs::write(&letter, "Thank you.").unwrap();
    let letter = letter.display().to_string();
    installation.run(&["ticket", "reply", &one, "--yes", "--text", &letter]);
    let first = row(&one);
    assert!(
        first.contains("last in <time")
            && first.contains("last out <time")
            && first.contains("Messages: 2"),
        "{first}"
    );
    let listed = installation.json(&["ticket", "list", "--json"]);
    assert!(listed[0]["last_out"].is_string(), "{}", listed[0]);
}
