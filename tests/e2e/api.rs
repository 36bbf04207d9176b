//! The API, over HTTPS with curl: who gets in, what is read and changed, and that the document says what comes.

use serde_json::{Value, json};

use crate::browser::{Answer, Curl, Login};
use crate::mail::{TEAM, mail};
use crate::support::{Daemon, Installation, free_port, send};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// An installation with a console, and a program with a token for all of it.
pub struct Rig {
    pub installation: Installation,
    _daemon: Daemon,
    curl: Curl,
    token: String,
}

impl Rig {
    pub fn new() -> Rig {
        let port = free_port();
        let console = format!("[console]\naddress = \"127.0.0.1:{port}\"\n");
        let installation = Installation::new(&console);
        let mut daemon = installation.serve();
        installation.wait_for_port(&mut daemon, port);
        Rig {
            curl: Curl::new(&installation, port),
            token: token(&installation, "soar", "read,act,register,export"),
            installation,
            _daemon: daemon,
        }
    }

    /// The number of a new ticket.
    pub fn report(&self, id: &str) -> i64 {
        let message = mail(NOC, "Scan", &format!("{id}@partner.example"), "", ATTACK);
        let reply = send(self.installation.ports.smtp, NOC, TEAM, &message);
        assert!(reply.starts_with("250"), "{reply}");
        self.installation.settle();
        self.installation.tickets().last().unwrap()["number"]
            .as_i64()
            .unwrap()
    }

    pub fn with(&self, place: &str, token: &str, more: &[&str]) -> Answer {
        let bearer = format!("Authorization: Bearer {token}");
        let mut arguments = vec!["-H", bearer.as_str()];
        arguments.extend(more);
        self.curl.with(&format!("/api/v1{place}"), &arguments)
    }

    pub fn port(&self) -> u16 {
        self.curl.port
    }

    pub fn get(&self, place: &str) -> Answer {
        self.with(place, &self.token, &[])
    }

    /// What a good answer says.
    pub fn read(&self, place: &str) -> Value {
        let answer = self.get(place);
        assert_eq!(answer.status, 200, "{place}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

/// A new token.
pub fn token(installation: &Installation, name: &str, scopes: &str) -> String {
    let said = installation.run(&["analyst", "token", "add", name, "--scope", scopes]);
    said.lines().last().unwrap().to_owned()
}

/// The status, and the word for programs.
pub fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(
        answer.field("Content-Type"),
        Some("application/problem+json"),
        "{}",
        answer.body
    );
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(problem["status"], answer.status);
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    (answer.status, problem["code"].as_str().unwrap().to_owned())
}

#[test]
fn only_a_good_token_gets_in_and_no_further_than_its_scopes() {
    let rig = Rig::new();
    let installation = &rig.installation;
    let number = rig.report("a.1");
    let places = [
        "/tickets".to_owned(),
        format!("/tickets/{number}"),
        format!("/tickets/{number}/messages"),
        format!("/tickets/{number}/messages/1"),
        format!("/tickets/{number}/messages/1/raw"),
        format!("/tickets/{number}/observables"),
        format!("/tickets/{number}/audit"),
    ];
    let old = token(installation, "old", "read,export");
    installation.sql("UPDATE api_token SET expires_at = now() WHERE name = 'old'");
    let lost = token(installation, "lost", "read,export");
    installation.run(&["analyst", "token", "revoke", "lost"]);
    let other = token(installation, "other", "read,export");
    installation.sql("UPDATE api_token SET team = 'OTHER' WHERE name = 'other'");
    let unknown = "ab".repeat(32);
    for place in &places {
        let answer = rig.curl.get(&format!("/api/v1{place}"));
        assert_eq!(problem(&answer), (401, "token".to_owned()), "{place}");
        assert_eq!(
            answer.field("WWW-Authenticate"),
            Some("Bearer realm=\"pillarbox\"")
        );
        assert_eq!(rig.get(place).status, 200, "{place}");
    }
    let mut refusals = Vec::new();
    for wrong in [&old, &lost, &other, &unknown, "x"] {
        let refused = rig.with("/tickets", wrong, &[]);
        assert_eq!(problem(&refused), (401, "token".to_owned()), "{wrong}");
        refusals.push(refused.body);
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");

    // No session of the console is good here, and no token there.
    let alice = Login::new(installation, "alice", "admin");
    let browser = Curl::new(installation, rig.curl.port);
    assert_eq!(
        browser
            .sign_in("alice", alice.password, &alice.code())
            .status,
        303
    );
    assert_eq!(browser.get("/q/CSIRT").status, 200);
    assert_eq!(problem(&browser.get("/api/v1/tickets")).0, 401);
    let bearer = format!("Authorization: Bearer {}", rig.token);
    assert_eq!(rig.curl.with("/q/CSIRT", &["-H", &bearer]).status, 303);

    let reader = token(installation, "reader", "read");
    let raw = rig.with(&format!("/tickets/{number}/messages/1/raw"), &reader, &[]);
    assert_eq!(problem(&raw), (403, "scope".to_owned()));
    let taker = token(installation, "taker", "export");
    assert_eq!(
        problem(&rig.with("/tickets", &taker, &[])),
        (403, "scope".to_owned())
    );

    // The database knows a token by its hash alone; the list says who used his.
    let stored = installation.sql("SELECT encode(digest, 'hex') FROM api_token");
    assert!(!stored.contains(&rig.token) && !stored.contains(&reader));
    let listed = installation.json(&["analyst", "token", "list", "--json"]);
    let soar = listed.iter().find(|one| one["name"] == "soar").unwrap();
    assert_eq!(soar["scopes"], json!(["read", "act", "register", "export"]));
    assert!(soar["used_at"].is_string());
    let lost = listed.iter().find(|one| one["name"] == "lost").unwrap();
    assert_eq!(
        (&lost["revoked"], &lost["used_at"]),
        (&json!(true), &Value::Null)
    );
    let again = installation.output(&["analyst", "token", "add", "lost", "--scope", "read"]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let trail = installation.sql("SELECT actor, action FROM audit WHERE actor LIKE '%(api)' OR actor = 'api' ORDER BY at, number");
    assert!(
        trail.contains("soar (api)|read") && trail.contains("api|token-refused"),
        "{trail}"
    );

    // Who guesses waits; who has a good token does not.
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(rig.with("/tickets", &unknown, &[]).status);
    }
    assert_eq!((statuses[0], statuses[29]), (401, 429), "{statuses:?}");
    assert_eq!(rig.get("/tickets").status, 200);
    installation.run(&["verify"]);
}

#[test]
fn tickets_are_read_as_the_command_shows_them_and_others_are_nowhere() {
    let rig = Rig::new();
    let numbers: Vec<i64> = ["b.1", "b.2", "b.3"].map(|id| rig.report(id)).to_vec();
    let shown = rig.read(&format!("/tickets/{}", numbers[0]));
    let mut said = rig
        .installation
        .json(&["ticket", "show", &numbers[0].to_string(), "--json"]);
    assert_eq!(shown, said.remove(0));
    let texts = rig.read(&format!("/tickets/{}/messages?text=true", numbers[0]));
    assert!(
        texts["messages"][0]["parts"][0]["text"]
            .as_str()
            .unwrap()
            .contains("attacked")
    );
    let found = rig.read(&format!("/tickets/{}/observables", numbers[0]));
    let values = found["observables"].as_array().unwrap();
    assert!(
        values
            .iter()
            .any(|one| one["value"] == "192.0.2.10" && one["message"] == 1),
        "{found}"
    );
    let raw = rig.get(&format!("/tickets/{}/messages/1/raw", numbers[0]));
    assert!(raw.body.contains("Subject: Scan") && raw.body.contains("attacked"));
    assert_eq!(raw.field("Content-Type"), Some("application/octet-stream"));

    // Page by page, each once; and from an hour on.
    let (mut seen, mut place) = (Vec::new(), "/tickets?limit=1".to_owned());
    loop {
        let page = rig.read(&place);
        for one in page["tickets"].as_array().unwrap() {
            seen.push(one["number"].as_i64().unwrap());
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        place = format!("/tickets?limit=1&cursor={next}");
    }
    let mut all = numbers.clone();
    all.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, all);
    let since = rig.read("/tickets")["updated_since"]
        .as_str()
        .unwrap()
        .to_owned();
    let later = rig.read(&format!("/tickets?updated_since={since}"));
    assert_eq!(later["tickets"].as_array().unwrap().len(), 3);
    rig.installation.sql(&format!(
        "UPDATE ticket SET changed_hour = changed_hour - interval '3 hours' WHERE serial <> {}",
        numbers[2]
    ));
    let later = rig.read(&format!("/tickets?updated_since={since}"));
    assert_eq!(later["tickets"][0]["number"], numbers[2]);
    assert_eq!(later["tickets"].as_array().unwrap().len(), 1);

    for wrong in [
        "?limit=0",
        "?limit=x",
        "?cursor=1",
        "?state=odd",
        "?shape=1",
        "?owner=%00",
        "?updated_since=now",
    ] {
        let refused = rig.get(&format!("/tickets{wrong}"));
        assert_eq!(problem(&refused), (400, "malformed".to_owned()), "{wrong}");
    }

    // Another team's ticket, one that there never was, and what is no number: all the same.
    rig.installation.sql(&format!(
        "UPDATE ticket SET team = 'OTHER' WHERE serial = {}",
        numbers[1]
    ));
    for number in [
        numbers[1].to_string(),
        "1".into(),
        "-1".into(),
        "x".into(),
        "9".repeat(40),
    ] {
        for rest in [
            "",
            "/messages",
            "/messages/1",
            "/messages/1/raw",
            "/observables",
            "/audit",
        ] {
            let place = format!("/tickets/{number}{rest}");
            assert_eq!(
                problem(&rig.get(&place)),
                (404, "nowhere".to_owned()),
                "{place}"
            );
        }
    }
    for rest in ["/messages/0", "/messages/2", "/messages/2/raw", "/nothing"] {
        let place = format!("/tickets/{}{rest}", numbers[0]);
        assert_eq!(problem(&rig.get(&place)).0, 404, "{place}");
    }
    assert_eq!(rig.read("/tickets")["tickets"].as_array().unwrap().len(), 2);
}

/// Every change, with a body that fits; `N` is the ticket, `M` another, `Q` suppressed mail, a search or a certificate.
const CHANGES: [(&str, &str); 29] = [
    ("/tickets/N/claim", "{}"),
    ("/tickets/N/release", "{}"),
    ("/tickets/N/assign", r#"{"to": "kim"}"#),
    ("/tickets/N/status", r#"{"state": "open"}"#),
    ("/tickets/N/close", r#"{"outcome": "resolved"}"#),
    ("/tickets/N/reopen", "{}"),
    ("/tickets/N/notes", r#"{"text": "a note"}"#),
    ("/tickets/N/merge", r#"{"into": M}"#),
    ("/tickets/M/merge", r#"{"into": N}"#),
    ("/tickets/N/unmerge", "{}"),
    ("/tickets/N/link", r#"{"kind": "related", "other": M}"#),
    ("/tickets/M/link", r#"{"kind": "child", "other": N}"#),
    ("/tickets/N/unlink", r#"{"other": M}"#),
    ("/tickets/N/split", r#"{"messages": [1]}"#),
    ("/tickets/N/replies/preview", r#"{"text": "hello"}"#),
    ("/tickets/N/replies", r#"{"text": "hello"}"#),
    ("/tickets/N/replies/undo", "{}"),
    ("/tickets/N/tags", r#"{"add": ["wave"]}"#),
    ("/tickets/N/retry", "{}"),
    ("/tickets/N/undo", "{}"),
    ("/tickets/N/belonging", r#"{"refused": true}"#),
    (
        "/tickets/N/messages/1/corrections",
        r#"{"value": "192.0.2.10", "says": "wrong"}"#,
    ),
    ("/quarantine/Q/promote", "{}"),
    ("/quarantine/Q/retry", "{}"),
    ("/searches", r#"{"name": "mine", "query": "is:mine"}"#),
    ("/searches/Q/remove", "{}"),
    ("/contacts", r#"{"name": "Bank"}"#),
    (
        "/certificates/Q/judge",
        r#"{"address": "a@b.example", "verdict": "reject", "was": "pinned"}"#,
    ),
    (
        "/certificates/Q/decide",
        r#"{"address": "a@b.example", "decision": "keep", "seen": ""}"#,
    ),
];

impl Rig {
    /// A change, under this key.
    pub fn post_as(&self, token: &str, place: &str, key: &str, body: &str) -> Answer {
        let key = format!("Idempotency-Key: {key}");
        let more = [
            "-H",
            "Content-Type: application/json",
            "-H",
            &key,
            // No 100 before the answer.
            "-H",
            "Expect:",
            "--data-binary",
            body,
        ];
        self.with(place, token, &more)
    }

    /// What is to stand in the place of something, under this key.
    pub fn put(&self, place: &str, key: &str, body: &str) -> Answer {
        self.put_as(&self.token, place, key, body)
    }

    /// The same with this token.
    pub fn put_as(&self, token: &str, place: &str, key: &str, body: &str) -> Answer {
        let key = format!("Idempotency-Key: {key}");
        let json = "Content-Type: application/json";
        let more = ["-X", "PUT", "-H", json, "-H", &key, "--data-binary", body];
        self.with(place, token, &more)
    }

    /// A change, under a key that nobody used.
    pub fn post(&self, place: &str, body: &str) -> Answer {
        self.post_as(&self.token, place, &uuid::Uuid::now_v7().to_string(), body)
    }

    /// One that is made.
    pub fn done(&self, place: &str, body: &str) -> Value {
        let answer = self.post(place, body);
        assert_eq!(answer.status, 200, "{place} {body}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    pub fn count(&self, action: &str) -> String {
        let count = format!("SELECT count(*) FROM audit WHERE action = '{action}'");
        self.installation.sql(&count).trim().to_owned()
    }
}

#[test]
fn tickets_are_changed_as_the_commands_change_them() {
    let rig = Rig::new();
    let [one, two] = ["c.1", "c.2"].map(|id| rig.report(id));
    let at = |rest: &str| format!("/tickets/{one}{rest}");
    let owner = || rig.read(&at(""))["owner"].clone();
    let state = || rig.read(&at(""))["state"].clone();

    assert_eq!(rig.done(&at("/claim"), "{}")["owner_before"], "");
    assert_eq!(owner(), "soar (api)");
    // Another program sees who has it, and takes it only from whom it thinks.
    let other = token(&rig.installation, "other", "act");
    let taken = rig.post_as(&other, &at("/claim"), "1", "{}");
    assert_eq!(problem(&taken), (409, "taken".to_owned()));
    let said: Value = serde_json::from_str(&taken.body).unwrap();
    assert_eq!(said["owner"], "soar (api)");
    assert!(said["since"].is_string());
    let wrong = rig.post_as(&other, &at("/claim"), "2", r#"{"from": "kim"}"#);
    assert_eq!(problem(&wrong).1, "taken");
    assert_eq!(
        rig.post_as(&other, &at("/claim"), "3", r#"{"from": "soar (api)"}"#)
            .status,
        200
    );
    assert_eq!(problem(&rig.post(&at("/release"), "{}")).1, "taken");
    assert_eq!(
        problem(&rig.post(&at("/assign"), r#"{"to": "kim", "from": "soar (api)"}"#)).1,
        "taken"
    );
    assert_eq!(
        rig.done(&at("/assign"), r#"{"to": "kim", "from": "other (api)"}"#)["done"],
        "assigned"
    );
    assert_eq!(
        rig.done(&at("/assign"), r#"{"to": "lee"}"#)["owner_before"],
        "kim"
    );
    assert_eq!(rig.read("/tickets?owner=lee")["tickets"][0]["number"], one);
    assert_eq!(
        rig.read("/tickets?unclaimed=true")["tickets"][0]["number"],
        two
    );

    assert_eq!(
        rig.done(
            &at("/status"),
            r#"{"state": "waiting", "until": "2037-01-01", "reason": "asked"}"#
        )["done"],
        "waiting"
    );
    let stale = rig.post(
        &at("/close"),
        r#"{"outcome": "resolved", "expected_state": "new"}"#,
    );
    assert_eq!(problem(&stale), (409, "state".to_owned()));
    assert!(
        stale.body.contains(r#""state":"waiting""#),
        "{}",
        stale.body
    );
    rig.done(
        &at("/close"),
        r#"{"outcome": "rejected", "reason": "not ours", "expected_state": "waiting"}"#,
    );
    assert_eq!(state(), "rejected");
    assert_eq!(problem(&rig.post(&at("/claim"), "{}")).1, "state");
    rig.done(&at("/reopen"), "{}");
    rig.done(&at("/notes"), r#"{"text": "they called"}"#);
    let shown = rig.read(&at(""));
    let last = shown["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["reason"], &last["by"]),
        (&json!("they called"), &json!("soar (api)"))
    );

    rig.done(&at("/merge"), &json!({"into": two}).to_string());
    assert_eq!(rig.read(&at(""))["merged_into"], format!("CSIRT#{two:06}"));
    assert_eq!(
        problem(&rig.post(&at("/merge"), &json!({"into": two}).to_string())).0,
        422
    );
    rig.done(&at("/unmerge"), "{}");
    rig.done(
        &at("/link"),
        &json!({"kind": "child", "other": two}).to_string(),
    );
    let linked = rig.read(&at(""))["links"][0].clone();
    assert_eq!(
        (&linked["kind"], &linked["by"]),
        (&json!("child"), &json!("soar (api)"))
    );
    rig.done(&at("/unlink"), &json!({"other": two}).to_string());
    let whole = rig.post(&at("/split"), r#"{"messages": [1]}"#);
    assert_eq!(problem(&whole), (422, "refused".to_owned()));
    let letter = r#"{"text": "We look into it.", "expect_answer_until": "2037-01-01T10:30:00Z"}"#;
    rig.done(&at("/replies"), letter);
    let new = rig.done(&at("/split"), r#"{"messages": [1]}"#)["number"]
        .as_i64()
        .unwrap();
    assert_eq!(
        rig.read(&format!("/tickets/{new}"))["entries"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let at = |rest: &str| format!("/tickets/{two}/replies{rest}");
    let preview: Value = serde_json::from_str(&rig.post(&at("/preview"), letter).body).unwrap();
    assert_eq!(preview["copies"][0]["recipient"], NOC);
    let read = "SELECT count(*) FROM audit WHERE action = 'read' AND detail = 'reply'";
    assert_eq!(rig.installation.sql(read).trim(), "1", "it is seen");
    assert_eq!(rig.count("sent"), "1");
    let sent = rig.done(&at(""), letter);
    assert_eq!(rig.done(&at("/undo"), "{}")["letter"], sent["letter"]);
    rig.done(&at(""), letter);
    let actors = rig.installation.sql("SELECT DISTINCT actor FROM audit WHERE action IN ('claimed', 'merged', 'took-over', 'split', 'sent', 'noted')");
    let mut actors: Vec<&str> = actors.lines().collect();
    actors.sort_unstable();
    assert_eq!(actors, ["other (api)", "soar (api)"]);

    // Mail without a ticket becomes one, once.
    let bulk = mail(
        NOC,
        "News",
        "n.1@partner.example",
        "Precedence: bulk\r\nList-Id: <news.partner.example>\r\n",
        "Our newsletter.",
    );
    assert!(send(rig.installation.ports.smtp, NOC, TEAM, &bulk).starts_with("250"));
    rig.installation.settle();
    let kept = rig.read("/quarantine")["messages"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let promote = format!("/quarantine/{kept}/promote");
    let opened = rig.done(&promote, "{}")["number"].as_i64().unwrap();
    assert_eq!(
        rig.read(&format!("/tickets/{opened}"))["entries"][0]["id"],
        kept
    );
    assert_eq!(problem(&rig.post(&promote, "{}")).0, 404);
    rig.installation.run(&["verify"]);
}

#[test]
fn changes_need_scope_and_ticket_and_a_body_that_is_understood() {
    let rig = Rig::new();
    let [own, foreign] = ["d.1", "d.2"].map(|id| rig.report(id));
    rig.installation.sql(&format!(
        "UPDATE ticket SET team = 'OTHER' WHERE serial = {foreign}"
    ));
    let reader = token(&rig.installation, "reader", "read,export");
    let fill = |text: &str, number: i64| {
        let text = text.replace('N', &number.to_string());
        text.replace('M', &own.to_string())
            .replace('Q', &uuid::Uuid::now_v7().to_string())
    };
    for (place, body) in CHANGES {
        let names_nothing = !place.contains(['N', 'M', 'Q']);
        for number in [foreign, 1].into_iter().filter(|_| !names_nothing) {
            let (place, body) = (fill(place, number), fill(body, number));
            let answer = rig.post(&place, &body);
            assert_eq!(
                problem(&answer),
                (404, "nowhere".to_owned()),
                "{place} {body}"
            );
        }
        let (place, body) = (fill(place, own), fill(body, own));
        assert_eq!(
            problem(&rig.post_as("", &place, "1", &body)).0,
            401,
            "{place}"
        );
        assert_eq!(
            problem(&rig.post_as(&reader, &place, "1", &body)),
            (403, "scope".to_owned()),
            "{place}"
        );
        for wrong in [r#"{"odd": 1}"#, "[]", "", "{} {}", "\u{7f}"] {
            assert_eq!(
                problem(&rig.post(&place, wrong)),
                (400, "malformed".to_owned()),
                "{place} {wrong}"
            );
        }
        let as_form = rig.with(
            &place,
            &rig.token,
            &["-H", "Idempotency-Key: 1", "--data-binary", &body],
        );
        assert_eq!(
            problem(&as_form),
            (415, "content-type".to_owned()),
            "{place}"
        );
    }
    let bare = [
        "-H",
        "Content-Type: application/json",
        "--data-binary",
        "{}",
    ];
    let keyless = rig.with(&format!("/tickets/{own}/claim"), &rig.token, &bare);
    assert_eq!(problem(&keyless).0, 400);
    assert!(keyless.body.contains("Idempotency-Key"), "{}", keyless.body);
    let long = rig.installation.path("long");
    std::fs::write(&long, json!({"text": "x".repeat(1 << 20)}).to_string()).unwrap();
    let long = format!("@{}", long.display());
    // The server answers, and may hang up before all was sent.
    let answer = rig.post(&format!("/tickets/{own}/notes"), &long);
    assert!(
        answer.status == 0 || problem(&answer) == (413, "too-large".to_owned()),
        "{}",
        answer.head
    );
    let note = json!({"text": "x".repeat(65_537)}).to_string();
    assert_eq!(
        problem(&rig.post(&format!("/tickets/{own}/notes"), &note)),
        (422, "refused".to_owned())
    );
    let get = rig.get(&format!("/tickets/{own}/claim"));
    assert_eq!(problem(&get), (405, "method".to_owned()));

    for (place, status) in [
        ("/search?q=192.0.2.10", 200),
        ("/search?q=", 400),
        ("/search?q=nothing:odd", 400),
        ("/search?q=port:22", 422),
        ("/search", 400),
        ("/quarantine?limit=0", 400),
        ("/queue?query=is:odd", 400),
        ("/queue?order=odd", 400),
        ("/queue?cursor=1", 400),
        (
            "/queue?cursor=0000-01-01T00:00:00Z.0190c0ffee007000800000000000abcd",
            400,
        ),
        ("/queue?query=obs:10.0.0.0/7", 422),
    ] {
        let answer = rig.get(place);
        assert_eq!(answer.status, status, "{place}: {}", answer.body);
    }
    let found = rig.read("/search?q=192.0.2.10");
    let own_hit = json!(format!("CSIRT#{own:06}"));
    let mut hits = found["found"].as_array().unwrap().iter();
    assert!(hits.any(|hit| hit["ticket"] == own_hit), "{found}");
    for (form, kind) in [
        ("stix", "application/stix+json;version=2.1"),
        ("csv", "text/csv; charset=utf-8"),
        ("iodef", "application/xml"),
    ] {
        let answer = rig.get(&format!("/tickets/{own}/export?format={form}"));
        assert_eq!(
            (answer.status, answer.field("Content-Type")),
            (200, Some(kind)),
            "{}",
            answer.body
        );
        assert!(answer.body.contains("192.0.2.10"));
    }
    let marked = rig.get(&format!("/tickets/{own}/export?format=csv&tlp=clear"));
    assert_eq!(problem(&marked), (403, "marked".to_owned()));
    assert_eq!(
        problem(&rig.get(&format!("/tickets/{foreign}/export?format=csv"))).0,
        404
    );
}

#[test]
fn a_change_that_is_asked_for_again_is_made_once() {
    let rig = Rig::new();
    let number = rig.report("e.1");
    let place = format!("/tickets/{number}/notes");
    let body = r#"{"text": "once"}"#;
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let ask = || rig.post_as(&rig.token, &place, "same", body);
        let asked = [(); 5].map(|()| scope.spawn(ask));
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
    }
    let replayed = answers
        .iter()
        .filter(|answer| answer.field("Idempotency-Replayed").is_some());
    assert_eq!(replayed.count(), 4);
    assert_eq!(rig.count("noted"), "1");
    let other = rig.post_as(&rig.token, &place, "same", r#"{"text": "twice"}"#);
    assert_eq!(problem(&other), (422, "key".to_owned()));
    let elsewhere = rig.post_as(
        &rig.token,
        &format!("/tickets/{number}/close"),
        "same",
        body,
    );
    assert_eq!(problem(&elsewhere).0, 400);
    // Another program's keys are its own.
    let second = token(&rig.installation, "second", "act");
    assert_eq!(rig.post_as(&second, &place, "same", body).status, 200);
    assert_eq!(rig.count("noted"), "2");
    // What was refused is judged anew.
    let reopen = format!("/tickets/{number}/reopen");
    assert_eq!(
        problem(&rig.post_as(&rig.token, &reopen, "again", "{}")).1,
        "state"
    );
    rig.done(
        &format!("/tickets/{number}/close"),
        r#"{"outcome": "resolved"}"#,
    );
    assert_eq!(rig.post_as(&rig.token, &reopen, "again", "{}").status, 200);
    // Of many programs that claim, one gets it.
    let tokens = ["p1", "p2", "p3", "p4"].map(|name| token(&rig.installation, name, "act"));
    let claim = format!("/tickets/{number}/claim");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked = tokens
            .each_ref()
            .map(|token| scope.spawn(|| rig.post_as(token, &claim, "claim", "{}").status));
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let got = statuses.iter().filter(|status| **status == 200);
    assert_eq!(got.count(), 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [200, 409].contains(status)),
        "{statuses:?}"
    );
    let stored = rig.installation.sql("SELECT answer FROM api_request");
    assert!(!stored.contains("once"), "{stored}");
}

#[test]
fn words_of_the_team_are_put_on_and_taken_off_and_kept_in_no_answer() {
    let rig = Rig::new();
    let number = rig.report("w.1");
    let place = format!("/tickets/{number}/tags");
    rig.done(&place, r#"{"add": ["Big Wave", "bank"]}"#);
    rig.done(&place, r#"{"add": ["isp"], "remove": ["bank"]}"#);
    let words = json!(["big-wave", "isp"]);
    assert_eq!(rig.read(&format!("/tickets/{number}"))["tags"], words);
    let listed = rig.read("/tickets");
    let mut tickets = listed["tickets"].as_array().unwrap().iter();
    let own = tickets.find(|one| one["number"] == json!(number)).unwrap();
    assert_eq!(own["tags"], words);
    for (body, status, code) in [
        ("{}", 400, "malformed"),
        (r#"{"add": ["2026"]}"#, 400, "malformed"),
        (r#"{"add": ["isp"]}"#, 422, "refused"),
        (r#"{"remove": ["bank"]}"#, 422, "refused"),
    ] {
        let answer = rig.post(&place, body);
        assert_eq!(problem(&answer), (status, code.to_owned()), "{body}");
    }
    let kept = rig.installation.sql("SELECT answer FROM api_request");
    assert!(!kept.contains("wave"), "{kept}");
}

#[test]
fn the_document_is_the_one_in_the_tree_and_says_what_comes() {
    let rig = Rig::new();
    let number = rig.report("f.1");
    let printed = rig.installation.run(&["config", "openapi"]);
    let kept = include_str!("../../config/openapi.json");
    assert!(
        printed == kept,
        "write it anew: pillarbox config openapi > config/openapi.json"
    );
    let served = rig.curl.get("/api/v1/openapi.json");
    let document: Value = serde_json::from_str(&served.body).unwrap();
    assert_eq!(document, serde_json::from_str::<Value>(kept).unwrap());

    rig.done(&format!("/tickets/{number}/claim"), "{}");
    rig.done(&format!("/tickets/{number}/notes"), r#"{"text": "x"}"#);
    let bulk = mail(
        NOC,
        "News",
        "n.2@partner.example",
        "Precedence: bulk\r\nList-Id: <news.partner.example>\r\n",
        "Our newsletter.",
    );
    assert!(send(rig.installation.ports.smtp, NOC, TEAM, &bulk).starts_with("250"));
    rig.installation.settle();
    let kept = rig.read("/quarantine")["messages"][0]["id"].clone();
    is_paged(&rig, kept.as_str().unwrap());
    for (path, query) in [
        ("/tickets", "?limit=1"),
        ("/tickets/{number}", "?text=true"),
        ("/tickets/{number}/messages", ""),
        ("/tickets/{number}/messages/{message}", ""),
        ("/tickets/{number}/observables", ""),
        ("/tickets/{number}/audit", ""),
        ("/quarantine", ""),
        ("/quarantine/{id}", ""),
        ("/canned-texts", ""),
        ("/search", "?q=192.0.2.10"),
        ("/queue", "?query=is:open&limit=1"),
        ("/searches", ""),
        ("/certificates", ""),
        ("/figures", ""),
        ("/contacts", ""),
    ] {
        let place = path
            .replace("{id}", kept.as_str().unwrap())
            .replace("{number}", &number.to_string())
            .replace("{message}", "1");
        let answer = rig.read(&format!("{place}{query}"));
        let said =
            &document["paths"][format!("/api/v1{path}")]["get"]["responses"]["200"]["content"];
        fits(
            &document,
            &said["application/json"]["schema"],
            &answer,
            path,
        );
    }
    let answer = rig.done(
        &format!("/tickets/{number}/replies"),
        r#"{"text": "hello"}"#,
    );
    fits(
        &document,
        &json!({"$ref": "#/components/schemas/Changed"}),
        &answer,
        "replies",
    );
    let answer = rig.post(
        &format!("/tickets/{number}/replies/preview"),
        r#"{"text": "hello"}"#,
    );
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    fits(
        &document,
        &json!({"$ref": "#/components/schemas/Preview"}),
        &answer,
        "preview",
    );
    let answer: Value = serde_json::from_str(&rig.get("/tickets/1").body).unwrap();
    fits(
        &document,
        &json!({"$ref": "#/components/schemas/Problem"}),
        &answer,
        "problem",
    );
}

/// Whether a value is what a schema says, as far as ours go (JSON Schema 2020-12).
pub fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = document.pointer(name.trim_start_matches('#'));
        return fits(
            document,
            schema.unwrap_or_else(|| panic!("{name}")),
            value,
            place,
        );
    }
    for one in schema["allOf"].as_array().into_iter().flatten() {
        fits(document, one, value, place);
    }
    if let Some(kinds) = schema["oneOf"].as_array() {
        let is_null = |one: &&Value| one["type"] == "null";
        match value.is_null() {
            true => assert!(kinds.iter().any(|one| is_null(&one)), "{place}: null"),
            false => {
                let kind = kinds.iter().find(|one| !is_null(one)).unwrap();
                fits(document, kind, value, place);
            }
        }
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => Vec::new(),
        kind @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            vec![kind.clone()]
        }
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(
        kinds.is_empty() || kinds.contains(&json!(kind)),
        "{place}: {kind}, not {kinds:?}"
    );
    if let Some(words) = schema["enum"].as_array() {
        assert!(value.is_null() || words.contains(value), "{place}: {value}");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        assert!(value.get(name).is_some(), "{place}: {name} is missing");
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            fits(document, schema, value, &format!("{place}.{name}"));
        }
    }
    for one in value
        .as_array()
        .into_iter()
        .flatten()
        .filter(|_| schema["items"].is_object())
    {
        fits(document, &schema["items"], one, &format!("{place}[]"));
    }
}

/// Mail without a ticket goes on where a page ends, the newest first, and each is there once.
fn is_paged(rig: &Rig, kept: &str) {
    rig.installation.sql(&format!(
        "INSERT INTO entry (id, case_id, kind, rule, was_encrypted, received_hour, size_bucket, raw, summary, reading)
         SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, (SELECT case_id FROM entry WHERE id = '{kept}'),
         'list', 'x', false, now(), 3, '', '', '' FROM generate_series(1, 4) n"
    ));
    let mut ids: Vec<String> = Vec::new();
    let mut before = String::new();
    for size in [2, 2, 1] {
        let page = rig.read(&format!("/quarantine?limit=2{before}"));
        let messages = page["messages"].as_array().unwrap();
        assert_eq!(messages.len(), size, "{page}");
        // In a page the newest is the last.
        let newest_first = messages.iter().rev();
        ids.extend(newest_first.map(|one| one["id"].as_str().unwrap().to_owned()));
        assert_eq!(page["next"].is_null(), ids.len() == 5, "{page}");
        before = format!("&before={}", page["next"].as_str().unwrap_or_default());
    }
    let mut each = ids.clone();
    each.sort();
    each.dedup();
    each.reverse();
    assert_eq!((ids[0].as_str(), &each), (kept, &ids));
    let added = "DELETE FROM entry WHERE id::text LIKE '00000000-0000-7000-8000-%'";
    rig.installation.sql(added);
}
