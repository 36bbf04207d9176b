//! Values that analysts correct: kept beside what was read, in search and exports, in history and trail, and taken back.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};

use crate::acts::signed_in;
use crate::browser::{Answer, Curl, Login};
use crate::console::{submit, with_console};
use crate::desk::shown;
use crate::mail::{id_of, mail};
use crate::support::{Installation, wait_for};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Source: 192.0.2.10:4711/tcp\nDestination: 198.51.100.7:22/tcp\nTime: 2024-03-05 02:11:09 UTC\n\n\
    They came from evil.example.org, with build 203.0.113.99 of their tool.";

/// Our own MTA says that the sender is who he says.
const PROVED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";

fn opened(installation: &Installation, id: &str) -> String {
    let id = format!("{id}@partner.example");
    submit(installation, &mail(NOC, "Scan", &id, "", ATTACK))
}

/// `ticket correct` by an analyst.
fn correct(installation: &Installation, by: &str, arguments: &[&str]) -> Output {
    let mut command = installation.command(&[&["ticket", "correct"], arguments].concat());
    command.env("PILLARBOX_ACTOR", by).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn corrected(installation: &Installation, by: &str, arguments: &[&str]) {
    let output = correct(installation, by, arguments);
    assert!(output.status.success(), "{}", said(&output));
}

fn is_found(installation: &Installation, value: &str, serial: &str) -> bool {
    let output = installation.output(&["ticket", "search", value]);
    String::from_utf8_lossy(&output.stdout).contains(&format!("#{serial}"))
}

fn ips(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|end| end["ip"].as_str().unwrap().to_owned())
        .collect()
}

fn export(installation: &Installation, serial: &str, form: &str) -> String {
    installation.run(&["ticket", "export", serial, "--format", form])
}

#[test]
fn what_an_analyst_says_stands_beside_what_was_read_and_counts() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let serial = opened(&installation, "c.1");
    let other = opened(&installation, "c.2");
    let plain = export(&installation, &serial, "intelmq");
    assert!(!plain.contains("corrected"), "{plain}");
    // Swapped, wrong, and missing.
    for arguments in [
        ["192.0.2.10", "destination", "they mixed it up"],
        ["198.51.100.7", "source", "they mixed it up"],
        ["evil[.]example[.]org", "wrong", "our own honeypot"],
        ["203.0.113.50", "source", "in the picture"],
    ] {
        let [value, says, reason] = arguments;
        corrected(
            &installation,
            "kim",
            &[&serial, value, says, "--reason", reason],
        );
    }
    let ticket = shown(&installation, &serial);
    let entry = &ticket["entries"][0];
    assert_eq!(ips(&entry["incident"]["sources"]), ["192.0.2.10"]);
    let view = &entry["corrected"]["incident"];
    assert_eq!(ips(&view["sources"]), ["198.51.100.7", "203.0.113.50"]);
    assert_eq!(ips(&view["destinations"]), ["192.0.2.10"]);
    let said_of = entry["corrections"].as_array().unwrap();
    assert_eq!(said_of.len(), 4);
    assert_eq!(
        (&said_of[2]["value"], &said_of[2]["says"], &said_of[2]["by"]),
        (&json!("evil.example.org"), &json!("wrong"), &json!("kim"))
    );
    let text = installation.run(&["ticket", "show", &serial]);
    for line in [
        "corrected  ipv4 192.0.2.10: destination, by kim at 20",
        "corrected, domain evil.example.org: wrong, by kim at 20",
        ": in the picture",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }

    // Search and what was seen before.
    assert!(!is_found(&installation, "evil.example.org", &serial));
    assert!(is_found(&installation, "evil.example.org", &other));
    assert!(is_found(&installation, "203.0.113.50", &serial));
    assert!(is_found(&installation, "192.0.2.10", &serial));
    assert!(is_found(&installation, NOC, &serial), "the sender stays");
    installation.run(&["verify"]);

    // Exports.
    let event: Value = serde_json::from_str(
        export(&installation, &serial, "intelmq")
            .lines()
            .next()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(event["source.ip"], "198.51.100.7");
    assert_eq!(event["destination.ip"], "192.0.2.10");
    assert_eq!(event["extra.corrected"], "4 values corrected by analysts");
    for form in ["misp", "stix", "iodef", "csv", "indicators"] {
        let text = export(&installation, &serial, form);
        assert!(
            text.contains("4 values corrected by analysts"),
            "{form}: {text}"
        );
        assert!(!text.contains("evil.example.org"), "{form}: {text}");
        assert!(text.contains("203.0.113.50"), "{form}: {text}");
    }

    // What makes no sense is refused, and nothing is written.
    let before = installation.sql("SELECT count(*) FROM ticket_event");
    for (arguments, why) in [
        (
            &["192.0.2.77", "wrong"][..],
            "the message has no such value",
        ),
        (&["192.0.2.77", "source"], "say why"),
        (&["192.0.2.77", "as-read"], "nothing was said of it"),
        (&["192.0.2.10", "destination"], "already"),
        (
            &["hello there", "source", "--reason", "a"],
            "no value that is known",
        ),
        (
            &["192.0.2.10", "source", "--message", "7"],
            "has 1 messages",
        ),
        (
            &["192.0.2.10", "source", "--seen", ""],
            "kim said meanwhile: ipv4 192.0.2.10: destination",
        ),
    ] {
        let output = correct(
            &installation,
            "bob",
            &[&[serial.as_str()], arguments].concat(),
        );
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    assert_eq!(
        installation.sql("SELECT count(*) FROM ticket_event"),
        before
    );

    // Taken back: as it was read; the history keeps it all.
    corrected(
        &installation,
        "bob",
        &[&serial, "evil.example.org", "as-read"],
    );
    corrected(&installation, "bob", &[&serial, "203.0.113.50", "as-read"]);
    assert!(is_found(&installation, "evil.example.org", &serial));
    assert!(!is_found(&installation, "203.0.113.50", &serial));
    let ticket = shown(&installation, &serial);
    let history = ticket["history"].as_array().unwrap();
    assert_eq!(history.len(), 6);
    assert_eq!(history[2]["correction"]["says"], "wrong");
    installation.run(&["verify"]);

    // What was taken back can be said again, also by who did not see that.
    let again = [
        "203.0.113.50",
        "source",
        "--reason",
        "after all",
        "--seen",
        "",
    ];
    corrected(
        &installation,
        "bob",
        &[&[serial.as_str()], &again[..]].concat(),
    );
    assert!(is_found(&installation, "203.0.113.50", &serial));

    // An event that is taken out of the history is missed.
    installation.sql(
        "DELETE FROM ticket_event WHERE id = (SELECT id FROM ticket_event ORDER BY id LIMIT 1)",
    );
    let output = installation.output(&["verify"]);
    assert!(said(&output).contains("ticket_event"), "{}", said(&output));
}

#[test]
fn when_it_began_and_what_it_was_are_corrected_in_lists_search_and_exports() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "k.1");
    let kind = |word: &str| {
        let query = format!("type:{word}");
        let listed = installation.run(&["ticket", "list", "--query", &query]);
        listed.contains(&serial)
    };
    let read = shown(&installation, &serial)["entries"][0]["incident"].clone();
    assert_eq!(read["times"][0]["value"], "2024-03-05T02:11:09+00:00");
    assert!(!kind("phishing"));
    let say =
        |arguments: &[&str]| corrected(&installation, "kim", &[&[&*serial], arguments].concat());
    let why = ["--reason", "their clock is in Paris"];
    say(&[&["2024-03-05 02:11:09 +01:00", "start"], &why[..]].concat());
    say(&[&["2024-03-05 04:00 Europe/Paris", "end"], &why[..]].concat());
    say(&["intrusion-attempts/brute-force", "type", "--reason", "x"]);
    // Of two that are said the last stands.
    say(&["phishing", "type", "--reason", "they want passwords"]);
    assert!(kind("phishing") && !kind("brute-force"));
    let list = installation.run(&["ticket", "list"]);
    assert!(
        list.contains("phishing, 2024-03-05T02:11:09+01:00"),
        "{list}"
    );
    let entry = shown(&installation, &serial)["entries"][0].clone();
    assert_eq!(entry["incident"], read, "what was read stays");
    let view = &entry["corrected"]["incident"];
    let times: Vec<&Value> = view["times"].as_array().unwrap().iter().collect();
    assert_eq!(times.len(), 2, "{view}");
    assert_eq!(times[0]["value"], "2024-03-05T02:11:09+01:00");
    assert_eq!(times[1]["value"], "2024-03-05T04:00:00+01:00");
    assert_eq!(view["types"][0]["type"], "phishing");
    assert_eq!(view["types"].as_array().unwrap().len(), 1);
    let text = installation.run(&["ticket", "show", &serial]);
    for line in [
        "corrected  time 2024-03-05T02:11:09+01:00: start, by kim at 20",
        "corrected, type phishing: type, by kim at 20",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
    let event = export(&installation, &serial, "intelmq");
    let event: Value = serde_json::from_str(event.lines().next().unwrap()).unwrap();
    assert_eq!(event["time.source"], "2024-03-05T01:11:09+00:00");
    assert_eq!(event["classification.type"], "phishing");
    let iodef = export(&installation, &serial, "iodef");
    for words in [
        "<StartTime>2024-03-05T01:11:09Z</StartTime>",
        "<EndTime>2024-03-05T03:00:00Z</EndTime>",
    ] {
        assert!(iodef.contains(words), "{iodef}");
    }
    for (arguments, why) in [
        (["2024-03-05 02:11", "start"], "with its zone"),
        (["192.0.2.10", "end"], "with its zone"),
        (["bad-things", "type"], "no type of the Reference"),
        (
            ["2024-03-05T02:11:09+00:00", "source"],
            "that can't be said of it",
        ),
        (["spam", "type"], "say why"),
    ] {
        let output = correct(
            &installation,
            "bob",
            &[&[&*serial], &arguments[..]].concat(),
        );
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    installation.run(&["verify"]);

    // Console and API, and back to what was read.
    let login = Login::new(&installation, "alice", "analyst");
    let alice = Curl::new(&installation, port);
    alice.sign_in("alice", login.password, &login.code());
    let page = alice.get(&format!("/t/{serial}")).body;
    assert!(
        page.contains("2024-03-05T02:11:09+00:00")
            && page.contains("corrected: when the incident began, says kim"),
        "{page}"
    );
    let seen = add_seen(&page);
    let start = [
        ("seen", &*seen),
        ("kind", ""),
        ("value", "2024-03-05 03:11:09 +01:00"),
        ("says", "start"),
        ("reason", "by telephone"),
    ];
    let done = act(&alice, &serial, &start);
    assert_eq!(done.status, 303, "{}", done.body);
    let wrong = [
        ("kind", ""),
        ("value", "soon"),
        ("says", "start"),
        ("reason", "x"),
    ];
    let refused = act(&alice, &serial, &wrong);
    assert!(
        refused.body.contains("write one time with its zone"),
        "{}",
        refused.body
    );
    let token = installation.run(&["analyst", "token", "add", "robot", "--scope", "act"]);
    let bearer = format!("Authorization: Bearer {}", token.lines().last().unwrap());
    let place = format!("/api/v1/tickets/{serial}/messages/1/corrections");
    let asked = alice.with(
        &place.replace("/0", "/"),
        &[
            "-H",
            &bearer,
            "-H",
            "Idempotency-Key: one",
            "-H",
            "Content-Type: application/json",
            "-d",
            r#"{"value": "scanner", "says": "type", "reason": "seen"}"#,
        ],
    );
    assert_eq!(asked.status, 200, "{}", asked.body);
    assert!(kind("scanner") && !kind("phishing"));
    let view = shown(&installation, &serial)["entries"][0]["corrected"]["incident"].clone();
    assert_eq!(view["times"][0]["value"], "2024-03-05T03:11:09+01:00");
    let page = alice.get(&format!("/t/{serial}")).body;
    let link = page.split("<bdi>2024-03-05T03:11:09+01:00").nth(1).unwrap();
    let link = link.split(&format!("/t/{serial}?c=")).nth(1).unwrap();
    let link = link.split('#').next().unwrap();
    let form = alice.get(&format!("/t/{serial}?c={link}")).body;
    let [kind_word, value, seen] = ["kind", "value", "seen"].map(|name| hidden(&form, name));
    assert_eq!(kind_word, "time");
    let back = [
        ("kind", &*kind_word),
        ("value", &value),
        ("seen", &seen),
        ("says", "as-read"),
    ];
    let done = act(&alice, &serial, &back);
    assert_eq!(done.status, 303, "{}", done.body);
    let view = shown(&installation, &serial)["entries"][0]["corrected"]["incident"].clone();
    assert_eq!(view["times"][0]["value"], "2024-03-05T02:11:09+00:00");
    installation.run(&["verify"]);
}

#[test]
fn what_was_said_before_an_upgrade_is_listed_after_it() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let [serial, other] = ["u.1", "u.2"].map(|id| opened(&installation, id));
    let kind = |word: &str| {
        let query = format!("type:{word}");
        installation.run(&["ticket", "list", "--query", &query])
    };
    let summaries = "SELECT id || ' ' || encode(summary, 'hex') FROM entry";
    let before = installation.sql(summaries);
    for number in [&serial, &other] {
        let said = [
            number,
            "phishing",
            "type",
            "--reason",
            "they want passwords",
        ];
        corrected(&installation, "kim", &said);
    }
    assert!(kind("phishing").contains(&*serial));
    drop(daemon);
    // As an older program left it: said, and listed as it was read.
    for line in before.lines() {
        let (id, summary) = line.split_once(' ').unwrap();
        installation.sql(&format!(
            "UPDATE entry SET summary = decode('{summary}', 'hex') WHERE id = '{id}'"
        ));
    }
    installation.sql(
        "INSERT INTO relist SELECT DISTINCT ticket FROM ticket_event WHERE action = 'corrected'",
    );
    // One of them can't be opened: it keeps no other from being listed.
    installation.sql(&format!(
        "UPDATE ticket_event SET detail = set_byte(detail, 40, get_byte(detail, 40) # 1)
         WHERE ticket = (SELECT id FROM ticket WHERE serial = {other})"
    ));
    assert!(!kind("phishing").contains(&*serial));
    let _daemon = installation.serve();
    wait_for("lists that are right", Duration::from_secs(30), || {
        kind("phishing").contains(&*serial)
    });
    let left = installation.sql("SELECT serial FROM relist JOIN ticket ON id = ticket");
    assert_eq!(left.trim(), other.trim_start_matches('0'));
    let list = installation.run(&["ticket", "list"]);
    assert!(list.contains("phishing, 2024-03-05"), "{list}");
}

#[test]
fn what_was_said_goes_along_when_a_message_leaves_the_ticket() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let serial = submit(
        &installation,
        &mail(NOC, "Scan", "s.1@partner.example", PROVED, ATTACK),
    );
    let ours = format!(
        "{PROVED}In-Reply-To: <{}>\n",
        id_of(&installation.outbox()[0])
    );
    let more = mail(NOC, "More", "s.2@partner.example", &ours, ATTACK);
    submit(&installation, &more);
    assert_eq!(installation.tickets().len(), 1);
    for message in ["1", "2"] {
        let of = ["192.0.2.10", "destination", "--message", message];
        corrected(
            &installation,
            "kim",
            &[&[serial.as_str()], &of[..]].concat(),
        );
    }
    corrected(
        &installation,
        "kim",
        &[&serial, "evil.example.org", "wrong", "--message", "2"],
    );
    let said = installation.run(&["ticket", "split", &serial, "--message", "2"]);
    let new = said.split(' ').next().unwrap().rsplit('#').next().unwrap();
    let ticket = shown(&installation, new);
    let entry = &ticket["entries"][0];
    assert_eq!(entry["corrections"].as_array().unwrap().len(), 2);
    assert_eq!(
        ips(&entry["corrected"]["incident"]["destinations"]),
        ["192.0.2.10", "198.51.100.7"]
    );
    assert_eq!(ticket["history"][0]["by"], "kim");
    let old = shown(&installation, &serial);
    assert_eq!(
        old["entries"][0]["corrections"].as_array().unwrap().len(),
        1
    );
    assert!(!is_found(&installation, "evil.example.org", new));
    installation.run(&["verify"]);
    // It can be corrected again where it is now, and its key changes like any other.
    corrected(&installation, "bob", &[new, "evil.example.org", "as-read"]);
    assert!(is_found(&installation, "evil.example.org", new));
    drop(daemon);
    installation.run(&["keys", "rotate", "storage"]);
    installation.run(&["keys", "reseal", "--deep", "--all"]);
    let ticket = shown(&installation, new);
    assert_eq!(
        ticket["entries"][0]["corrections"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    installation.run(&["verify"]);
}

/// Sends a form of a ticket's page, with the word of that page.
fn act(curl: &Curl, serial: &str, pairs: &[(&str, &str)]) -> Answer {
    let word = curl.get(&format!("/t/{serial}")).word();
    let pairs = [&[("word", word.as_str()), ("message", "1")], pairs].concat();
    curl.post(&format!("/t/{serial}/correct"), &pairs)
}

/// The value of a field of the form for a value.
fn hidden(page: &str, name: &str) -> String {
    let form = page.split("id=\"correct\"").nth(1).unwrap();
    let field = form.split(&format!("name=\"{name}\" value=\"")).nth(1);
    field.unwrap().split('"').next().unwrap().to_owned()
}

/// What the form for a value that was not read carries.
fn add_seen(page: &str) -> String {
    let form = page.split("id=\"add1\"").nth(1).unwrap();
    let field = form.split("name=\"seen\" value=\"").nth(1).unwrap();
    field.split('"').next().unwrap().to_owned()
}

#[test]
fn of_two_analysts_nobody_loses_what_he_said() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "w.1");
    let signed_in = |name: &str, role: &str| {
        let (login, curl) = (
            Login::new(&installation, name, role),
            Curl::new(&installation, port),
        );
        assert_eq!(
            curl.sign_in(name, login.password, &login.code()).status,
            303
        );
        curl
    };
    let (alice, bob) = (signed_in("alice", "analyst"), signed_in("bob", "analyst"));
    let page = alice.get(&format!("/t/{serial}")).body;
    // The link beside the address leads to its form.
    let of_address = page.split("<bdi>192.0.2.10").nth(1).unwrap();
    let link = of_address.split(&format!("/t/{serial}?c=")).nth(1).unwrap();
    let link = link.split('#').next().unwrap();
    let place = format!("/t/{serial}?c={link}");
    let pages = [&alice, &bob].map(|who| who.get(&place).body);
    let fields = pages.each_ref().map(|page| {
        let of = |name| hidden(page, name);
        (of("kind"), of("value"), of("seen"))
    });
    assert_eq!(fields[0], fields[1]);
    let (kind, value, seen) = &fields[0];
    let say = |who: &Curl, says: &str| {
        let pairs = [
            ("kind", kind.as_str()),
            ("value", value),
            ("seen", seen),
            ("says", says),
            ("reason", "<b>look</b>"),
        ];
        act(who, &serial, &pairs)
    };
    let first = say(&alice, "wrong");
    assert_eq!(first.status, 303, "{}", first.body);
    let page = alice.get(first.field("Location").unwrap()).body;
    assert!(page.contains("The value is corrected."), "{page}");
    assert!(
        page.contains("<s><bdi>") && page.contains("says alice (console)"),
        "{page}"
    );
    assert!(
        !page.contains("<b>look</b>") && page.contains("&#60;b&#62;look"),
        "{page}"
    );
    let second = say(&bob, "destination");
    assert_eq!(second.status, 409, "{}", second.body);
    assert!(
        second.body.contains("alice (console) said meanwhile"),
        "{}",
        second.body
    );
    // Once he has seen it he may.
    let page = bob.get(&place).body;
    let seen = hidden(&page, "seen");
    let pairs = [
        ("kind", kind.as_str()),
        ("value", value),
        ("seen", &seen),
        ("says", "as-read"),
    ];
    assert_eq!(act(&bob, &serial, &pairs).status, 303);
    // A value that was not read; French says it in French.
    let add = [
        ("value", "hxxp://bad[.]example[.]net/x"),
        ("says", "source"),
        ("reason", "picture"),
    ];
    assert_eq!(act(&bob, &serial, &add).status, 303);
    let page = bob.get(&format!("/t/{serial}"));
    assert!(
        page.body.contains("hxxp://bad[.]example[.]net/x"),
        "{}",
        page.body
    );
    let word = page.word();
    bob.post(
        "/language",
        &[("word", &word), ("language", "fr"), ("here", "/")],
    );
    let page = bob.get(&place).body;
    for words in [
        "corrigé : la source, selon bob (console)",
        "Ajouter une valeur",
        "ni source ni cible",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    let wrong = act(
        &bob,
        &serial,
        &[("value", "192.0.2.88"), ("says", "source")],
    );
    assert!(wrong.body.contains("Dites pourquoi"), "{}", wrong.body);
    assert_eq!(wrong.status, 409);
    // Who only reads says nothing.
    let reader = signed_in("carol", "reader");
    let page = reader.get(&format!("/t/{serial}"));
    assert!(
        !page.body.contains("?c=") && !page.body.contains("/correct\""),
        "{}",
        page.body
    );
    assert_eq!(act(&reader, &serial, &add).status, 403);
    let trail =
        installation.sql("SELECT actor FROM audit WHERE action = 'corrected' ORDER BY number");
    assert_eq!(trail, "alice (console)\nbob (console)\nbob (console)\n");

    // Programs.
    let token = installation.run(&["analyst", "token", "add", "soar", "--scope", "read,act"]);
    let bearer = format!("Authorization: Bearer {}", token.lines().last().unwrap());
    let number = serial.trim_start_matches('0');
    let post = |key: &str, body: &Value| {
        let (key, body) = (format!("Idempotency-Key: {key}"), body.to_string());
        let place = format!("/api/v1/tickets/{number}/messages/1/corrections");
        alice.with(
            &place,
            &[
                "-H",
                &bearer,
                "-H",
                &key,
                "-H",
                "Content-Type: application/json",
                "--data",
                &body,
            ],
        )
    };
    let says = json!({"value": "198.51.100.7", "says": "source", "seen": ""});
    let answer = post("a", &says);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(post("a", &says).status, 200, "the same is made once");
    let late = json!({"value": "198.51.100.7", "says": "wrong", "seen": ""});
    assert_eq!(post("b", &late).status, 409);
    let senseless = json!({"value": "198.51.100.200", "says": "wrong"});
    assert_eq!(post("c", &senseless).status, 422);
    let values = alice.with(
        &format!("/api/v1/tickets/{number}/observables"),
        &["-H", &bearer],
    );
    let values: Value = serde_json::from_str(&values.body).unwrap();
    let mut all = values["observables"].as_array().unwrap().iter();
    let one = all.find(|one| one["value"] == "198.51.100.7").unwrap();
    assert_eq!(
        (&one["role"], &one["corrected_by"]),
        (&json!("source"), &json!("soar (api)"))
    );
    installation.run(&["verify"]);
}

#[test]
fn of_two_starts_and_kinds_nobody_loses_what_he_said() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "z.1");
    let alice = signed_in(&installation, port, "alice", "analyst");
    let page = alice.get(&format!("/t/{serial}")).body;
    let add = |seen: &str, value: &str, says: &str| {
        let pairs = [
            ("value", value),
            ("seen", seen),
            ("says", says),
            ("reason", "x"),
        ];
        act(&alice, &serial, &pairs)
    };
    let (first, second) = ("2024-03-05 01:00 +00:00", "2024-03-05 01:30 +00:00");
    let before = add_seen(&page);
    assert_eq!(before, "");
    corrected(
        &installation,
        "kim",
        &[&serial, first, "start", "--reason", "a"],
    );
    // Another value, and the same incident's start: kim's would be lost unseen.
    let late = add(&before, second, "start");
    assert_eq!(late.status, 409, "{}", late.body);
    let words = "kim said meanwhile: time 2024-03-05T01:00:00+00:00: start";
    assert!(late.body.contains(words), "{}", late.body);
    let token = installation.run(&["analyst", "token", "add", "robot", "--scope", "act"]);
    let bearer = format!("Authorization: Bearer {}", token.lines().last().unwrap());
    let place = format!(
        "/api/v1/tickets/{}/messages/1/corrections",
        serial.trim_start_matches('0')
    );
    let post = |key: &str, seen: &str| {
        let key = format!("Idempotency-Key: {key}");
        let body = json!({"value": second, "says": "start", "reason": "x", "seen": seen});
        let (kind, body) = ("Content-Type: application/json", body.to_string());
        let asked = ["-H", &bearer, "-H", &key, "-H", kind, "-d", &body];
        alice.with(&place, &asked).status
    };
    assert_eq!(post("a", ""), 409);
    let standing = || shown(&installation, &serial)["entries"][0]["corrections"].clone();
    assert_eq!(standing()[0]["by"], "kim");
    // Who saw it may: by the form that was shown again, and a program by its id.
    assert_eq!(post("b", standing()[0]["id"].as_str().unwrap()), 200);
    assert_eq!(standing().as_array().unwrap().len(), 1);
    let seen = add_seen(&late.body);
    assert_eq!(add(&seen, "2024-03-05 02:00 +00:00", "start").status, 409);
    let seen = add_seen(&alice.get(&format!("/t/{serial}")).body);
    let done = add(&seen, "2024-03-05 02:00 +00:00", "start");
    assert_eq!(done.status, 303, "{}", done.body);
    // The form of a time that was read carries them, too.
    let page = alice.get(&format!("/t/{serial}?c=1.1")).body;
    assert_eq!(hidden(&page, "seen"), standing()[0]["id"].as_str().unwrap());
    let [kind, value, seen] = ["kind", "value", "seen"].map(|name| hidden(&page, name));
    let of_read = |seen: &str, says: &str| {
        let pairs = [
            ("kind", &*kind),
            ("value", &value),
            ("seen", seen),
            ("says", says),
        ];
        act(&alice, &serial, &pairs).status
    };
    assert_eq!(of_read("", "start"), 409);
    assert_eq!(of_read(&seen, "start"), 303);
    // It ended when it began: both stand.
    assert_eq!(of_read(standing()[0]["id"].as_str().unwrap(), "end"), 303);
    let both = standing();
    let says: Vec<&Value> = both
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["says"])
        .collect();
    assert_eq!(says, ["start", "end"]);
    let view = &shown(&installation, &serial)["entries"][0]["corrected"]["incident"];
    let times: Vec<&Value> = view["times"].as_array().unwrap().iter().collect();
    assert_eq!(times.len(), 1);
    assert_eq!(times[0]["value"], "2024-03-05T02:11:09+00:00");
    let page = alice.get(&format!("/t/{serial}")).body;
    for words in [
        "when the incident began, says alice",
        "when the incident ended, says alice",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    // Taken back, both are.
    let page = alice.get(&format!("/t/{serial}?c=1.1"));
    assert_eq!(of_read(both[1]["id"].as_str().unwrap(), "as-read"), 409);
    assert_eq!(of_read(&hidden(&page.body, "seen"), "as-read"), 303);
    assert_eq!(standing().as_array().unwrap().len(), 1);
    installation.run(&["verify"]);
    // In French the form says what the list says, and what can be written.
    let word = page.word();
    let french = [("word", &*word), ("language", "fr"), ("here", "/")];
    alice.post("/language", &french);
    let page = alice.get(&format!("/t/{serial}?c=1.1")).body;
    assert!(
        page.contains("Corriger cette valeur\u{a0}: date <bdi"),
        "{page}"
    );
    let refused = add("", "bonjour", "source").body;
    assert!(
        refused.contains("une heure avec son fuseau (2024-03-05 02:11 +01:00) ou un type"),
        "{refused}"
    );
}
