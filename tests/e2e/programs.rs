//! What the console has besides tickets, for programs: the queue by a query, searches of the team, certificates in conflict, figures.

use serde_json::{Value, json};

use crate::api::{Rig, fits, problem, token};
use crate::day::post;

/// A stranger's name in a place of the address.
const NOBODY: &str = "ffffffffffffffffffffffffffffffffffffffff";

#[test]
fn the_queue_is_asked_as_in_the_console_page_by_page() {
    let rig = Rig::new();
    let numbers: Vec<i64> = ["q.1", "q.2", "q.3"].map(|id| rig.report(id)).to_vec();
    rig.done(&format!("/tickets/{}/claim", numbers[1]), "{}");
    rig.done(
        &format!("/tickets/{}/close", numbers[2]),
        r#"{"outcome": "resolved"}"#,
    );
    let of = |query: &str| -> Vec<i64> {
        let place = format!("/queue?query={query}");
        let found = rig.read(&place);
        let tickets = found["tickets"].as_array().unwrap();
        tickets
            .iter()
            .map(|one| one["number"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(of("is:mine"), [numbers[1]]);
    assert_eq!(of("is:closed"), [numbers[2]]);
    assert_eq!(of("is:open&order=newest"), [numbers[1], numbers[0]]);
    assert_eq!(
        of("obs:192.0.2.0/24%20is:unclaimed%20is:open"),
        [numbers[0]]
    );
    for order in ["urgent", "newest", "oldest"] {
        for query in ["", "is:open"] {
            let view = format!("/queue?query={query}&order={order}");
            let whole = rig.read(&view)["tickets"].clone();
            let (mut pages, mut next) = (Vec::new(), Value::Null);
            loop {
                let cursor = match next.as_str() {
                    Some(next) => format!("&cursor={next}"),
                    None => String::new(),
                };
                let page = rig.read(&format!("{view}&limit=1{cursor}"));
                pages.extend(page["tickets"].as_array().unwrap().iter().cloned());
                next = page["next"].clone();
                if next.is_null() {
                    break;
                }
            }
            assert_eq!(Value::Array(pages), whole, "{view}");
        }
    }
    let wrong = rig.get("/queue?query=is:open%20is:odd");
    assert_eq!(problem(&wrong), (400, "malformed".to_owned()));
    assert!(wrong.body.contains("at character"), "{}", wrong.body);
}

#[test]
fn searches_of_the_team_are_kept_and_removed_and_nobodys_own_is_seen() {
    let rig = Rig::new();
    let alice = crate::acts::signed_in(&rig.installation, rig.port(), "alice", "analyst");
    for (name, shared) in [("hers", ""), ("ours", "1")] {
        let pairs = [
            ("word", alice.get("/q/CSIRT").word()),
            ("name", name.to_owned()),
            ("q", "is:open from:@bank.example".to_owned()),
            ("shared", shared.to_owned()),
        ];
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(alice.post("/q/CSIRT/searches", &pairs).status, 303);
    }
    let body = r#"{"name": "big wave", "query": "tag:big-wave"}"#;
    let kept = rig.done("/searches", body);
    let listed = rig.read("/searches")["searches"].clone();
    let names: Vec<&Value> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["ours", "big wave"]);
    assert_eq!(listed[1]["id"], kept["id"]);
    assert_eq!(listed[0]["query"], "is:open from:@bank.example");
    // A tab of everybody's queue.
    assert!(alice.get("/q/CSIRT").body.contains("big wave"));

    for (wrong, status) in [
        (r#"{"name": "", "query": ""}"#, 400),
        (r#"{"name": "a\u202eb", "query": ""}"#, 400),
        (r#"{"name": "a", "query": "is:odd"}"#, 400),
    ] {
        assert_eq!(rig.post("/searches", wrong).status, status, "{wrong}");
    }
    let hers = rig
        .installation
        .sql("SELECT id FROM console_search WHERE account IS NOT NULL");
    let nobodys = rig.post(&format!("/searches/{}/remove", hers.trim()), "{}");
    assert_eq!(problem(&nobodys), (404, "nowhere".to_owned()));
    let id = kept["id"].as_str().unwrap();
    let gone = rig.done(&format!("/searches/{id}/remove"), "{}");
    assert_eq!(gone, json!({"id": id, "done": "removed"}));
    assert_eq!(
        rig.post(&format!("/searches/{id}/remove"), "{}").status,
        404
    );
    for number in 0..19 {
        let body = json!({"name": format!("s{number}"), "query": ""});
        rig.done("/searches", &body.to_string());
    }
    let many = rig.post("/searches", r#"{"name": "one more", "query": ""}"#);
    assert_eq!(problem(&many), (422, "refused".to_owned()));

    let trail = rig.installation.sql("SELECT detail FROM audit WHERE action = 'search' AND actor = 'soar (api)' ORDER BY at, number");
    assert!(trail.contains(&format!("kept={id} shared=true")), "{trail}");
    assert!(trail.contains(&format!("removed={id}")), "{trail}");
    let answers = rig.installation.sql("SELECT answer FROM api_request");
    assert!(!answers.contains("wave"), "{answers}");
    rig.installation.run(&["verify"]);
}

#[test]
fn certificates_in_conflict_are_decided_as_in_the_console() {
    let rig = Rig::new();
    let partner = post::special(&rig.installation);
    let listed = rig.read("/certificates");
    let conflict = &listed["conflicts"][0];
    assert_eq!(conflict["came"]["fingerprint"], partner.later_print);
    assert_eq!(conflict["known"]["fingerprint"], partner.known_print);
    assert_eq!(conflict["known"]["proof"], "sender");
    let address = conflict["address"].as_str().unwrap();
    let place = format!("/certificates/{}/decide", partner.later_print);
    let decision = |decision: &str, seen: &str, reason: &str| {
        json!({"address": address, "decision": decision, "seen": seen, "reason": reason})
            .to_string()
    };
    let (known, by_phone) = (partner.known_print.as_str(), "read aloud, +352 12 34 56");
    let silent = rig.post(&place, &decision("take", known, " "));
    assert_eq!(problem(&silent), (400, "malformed".to_owned()));
    // Another one than was looked at is in use.
    let stale = rig.post(&place, &decision("take", NOBODY, by_phone));
    assert_eq!(problem(&stale), (409, "conflict".to_owned()));
    let other = json!({"address": "x@y.example", "decision": "keep", "seen": ""});
    assert_eq!(rig.post(&place, &other.to_string()).status, 409);
    let nowhere = format!("/certificates/{NOBODY}/decide");
    assert_eq!(rig.post(&nowhere, &decision("keep", known, "")).status, 404);
    let reader = token(&rig.installation, "reader", "read");
    let refused = rig.post_as(&reader, &place, "1", &decision("take", known, by_phone));
    assert_eq!(problem(&refused), (403, "scope".to_owned()));

    let done = rig.done(&place, &decision("take", known, by_phone));
    assert_eq!(done, json!({"done": "taken"}));
    assert_eq!(rig.read("/certificates")["conflicts"], json!([]));
    let states = "SELECT state || ' ' || proof FROM certificate_binding WHERE state <> 'conflict' ORDER BY 1";
    assert_eq!(
        rig.installation.sql(states),
        "authenticated analyst\nsuperseded sender\n"
    );
    let lines = "SELECT count(*) FROM audit WHERE actor = 'soar (api)' AND action = 'certificate'";
    assert_eq!(rig.installation.sql(lines), "2\n", "of both");
    let answers = rig.installation.sql("SELECT answer FROM api_request");
    assert!(!answers.contains(address), "{answers}");
    rig.installation.run(&["verify"]);
}

#[test]
fn figures_are_those_of_the_charts() {
    let rig = Rig::new();
    let [one, _] = ["f.1", "f.2"].map(|id| rig.report(id));
    rig.done(
        &format!("/tickets/{one}/close"),
        r#"{"outcome": "resolved"}"#,
    );
    let figures = rig.read("/figures");
    let days = figures["days"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    assert_eq!(days[29]["count"], 2);
    assert_eq!(figures["ages"][0], json!({"hours": 4, "count": 1}));
    assert_eq!(figures["ages"][5], json!({"hours": null, "count": 0}));
    assert_eq!(figures["kinds"], json!([{"name": "report", "count": 2}]));
    assert_eq!(
        figures["domains"],
        json!([{"name": "partner.example", "count": 2}])
    );
    assert_eq!(figures["sealed_to_analysts"], 0);
    assert_eq!(figures["organisations"], json!([]));
    let document: Value = serde_json::from_str(include_str!("../../config/openapi.json")).unwrap();
    let schema = json!({"$ref": "#/components/schemas/Figures"});
    fits(&document, &schema, &figures, "figures");
}

#[test]
fn a_letter_is_marked_more_strictly_and_never_less() {
    let rig = Rig::new();
    let number = rig.report("l.1");
    let place = format!("/tickets/{number}/replies/preview");
    let marking = |body: &str| -> Value {
        let shown = rig.post(&place, body);
        assert_eq!(shown.status, 200, "{}", shown.body);
        serde_json::from_str::<Value>(&shown.body).unwrap()["tlp"].clone()
    };
    assert_eq!(marking(r#"{"text": "hello"}"#), Value::Null);
    assert_eq!(marking(r#"{"text": "hello", "tlp": "green"}"#), "GREEN");
    rig.done(
        &format!("/tickets/{number}/replies"),
        r#"{"text": "hello", "tlp": "green"}"#,
    );
    assert_eq!(marking(r#"{"text": "hello", "tlp": "clear"}"#), "GREEN");
}
