//! Several tickets at once, in the terminal and at the API, and what programs are told of it.

use serde_json::{Value, json};

use crate::api::{Rig, fits, problem};
use crate::desk::said;

#[test]
fn commands_change_several_tickets_and_say_as_json_what_changed() {
    let rig = Rig::new();
    let installation = &rig.installation;
    let numbers: Vec<i64> = ["m.1", "m.2", "m.3"].map(|id| rig.report(id)).to_vec();
    let serials: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let [one, two, three] = [&*serials[0], &*serials[1], &*serials[2]];
    let json_of =
        |arguments: &[&str]| installation.json(&[&["ticket", "--json"], arguments].concat());

    let claimed = json_of(&["claim", one, two]);
    assert_eq!(claimed.len(), 2);
    assert_eq!(claimed[0]["reference"], format!("CSIRT#{:06}", numbers[0]));
    assert_eq!(claimed[0]["changed"]["owner"]["from"], Value::Null);
    assert_eq!(
        claimed[0]["changed"]["owner"]["to"],
        claimed[0]["ticket"]["owner"]
    );
    let tagged = json_of(&["tag", one, two, "wave", "bank"]);
    assert_eq!(
        tagged[1]["changed"]["tags"],
        json!({"from": [], "to": ["bank", "wave"]})
    );
    let status = json_of(&["status", one, two, "open", "--reason", "looking"]);
    assert_eq!(
        status[0]["changed"]["state"],
        json!({"from": "new", "to": "open"})
    );
    assert!(!status[0].to_string().contains("looking"), "{}", status[0]);
    for deed in [
        vec!["note", one, "--text", "called them"],
        vec!["link", one, "parent", two],
        vec!["unlink", one, two],
        vec!["correct", one, "192.0.2.10", "destination"],
        vec!["untag", one, "wave"],
        vec!["close", one, "--reason", "done"],
        vec!["reopen", one],
        vec!["assign", one, two, "zoe"],
        vec!["reply", one, "--undo"],
    ] {
        let output = installation.output(&[&["ticket", "--json"], &deed[..]].concat());
        if deed[0] == "reply" {
            assert_eq!(output.status.code(), Some(1), "there is no letter");
            continue;
        }
        assert!(output.status.success(), "{deed:?}: {}", said(&output));
        let line: Value =
            serde_json::from_slice(output.stdout.split(|o| *o == b'\n').next().unwrap()).unwrap();
        assert_ne!(line["changed"], json!({}), "{deed:?}: {line}");
        assert!(
            line["said"].is_string() && line["ticket"]["state"].is_string(),
            "{line}"
        );
    }
    // One of three is nobody's business: the others are done, and it is named.
    let output = installation.output(&["ticket", "claim", "--steal", one, "999999999", three]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = said(&output);
    assert!(text.contains("1 of 3 tickets stay as they were"), "{text}");
    assert!(text.contains("there is no CSIRT#999999999"), "{text}");
    let merged = json_of(&["merge", two, three, one]);
    let heir = format!("CSIRT#{:06}", numbers[0]);
    assert_eq!(
        merged[1]["changed"]["merged_into"],
        json!({"from": null, "to": heir})
    );
    let wrong = installation.output(&["ticket", "tag", one, "wave", two]);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    installation.run(&["verify"]);
}

#[test]
fn a_program_does_one_thing_with_many_tickets_and_each_is_answered_for() {
    let rig = Rig::new();
    let numbers: Vec<i64> = ["k.1", "k.2", "k.3", "k.4"]
        .map(|id| rig.report(id))
        .to_vec();
    let (foreign, three) = (numbers[3], &numbers[..3]);
    rig.installation.sql(&format!(
        "UPDATE ticket SET team = 'OTHER' WHERE serial = {foreign}"
    ));
    rig.installation
        .run(&["ticket", "assign", &numbers[2].to_string(), "zoe"]);
    let document: Value = serde_json::from_str(&rig.get("/openapi.json").body).unwrap();
    let schema = &document["components"]["schemas"]["Outcome"];
    assert!(schema.is_object(), "{schema}");
    let bulk = |body: Value| -> Value {
        let done = rig.done("/bulk", &body.to_string());
        let place = document
            .pointer("/paths/~1api~1v1~1bulk/post/responses/200/content/application~1json/schema");
        fits(&document, place.unwrap(), &done, "/bulk");
        done
    };
    let of = |done: &Value, list: &str| -> Vec<i64> {
        let each = done[list].as_array().unwrap().iter();
        each.map(|one| one["number"].as_i64().unwrap()).collect()
    };
    // Another has the third, and the fourth is another team's.
    let claimed = bulk(json!({"do": "claim", "tickets": numbers}));
    assert_eq!(of(&claimed, "done"), numbers[..2]);
    assert_eq!(of(&claimed, "left"), numbers[2..]);
    assert_eq!(claimed["left"][0]["code"], "taken");
    assert_eq!(claimed["left"][0]["owner"], "zoe");
    assert_eq!(claimed["left"][1]["code"], "nowhere");
    // Each deed of the bar, and what it says of those that are so already.
    for (deed, more, done, left) in [
        ("release", json!({}), 2, 1),
        ("assign", json!({"to": "lee"}), 3, 0),
        ("open", json!({}), 3, 0),
        ("tag", json!({"tags": ["wave"]}), 3, 0),
        ("tag", json!({"tags": ["wave"]}), 0, 3),
        ("untag", json!({"tags": ["wave"]}), 3, 0),
        ("resolve", json!({"expected_state": "new"}), 0, 3),
        ("resolve", json!({"reason": "cleaned"}), 3, 0),
        ("resolve", json!({}), 0, 3),
        ("reopen", json!({}), 3, 0),
        ("reject", json!({"reason": "not ours"}), 3, 0),
        ("reopen", json!({}), 3, 0),
        ("merge", json!({}), 2, 0),
    ] {
        let mut body = more;
        body["do"] = json!(deed);
        body["tickets"] = json!(three);
        let did = bulk(body);
        let counts = (of(&did, "done").len(), of(&did, "left").len());
        assert_eq!(counts, (done, left), "{deed}: {did}");
        assert!(!did.to_string().contains("wave"), "{did}");
    }
    assert_eq!(
        rig.read(&format!("/tickets/{}", three[1]))["merged_into"],
        format!("CSIRT#{:06}", three[0])
    );
    bulk(json!({"do": "unmerge", "tickets": three[1..]}));
    // One key: it is done once, and answered twice.
    let body = json!({"do": "resolve", "tickets": three}).to_string();
    let token = crate::api::token(&rig.installation, "two", "act");
    let [first, again] = [(); 2].map(|()| rig.post_as(&token, "/bulk", "same", &body));
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(again.field("Idempotency-Replayed"), Some("true"));
    for wrong in [
        json!({"do": "claim", "tickets": []}),
        json!({"do": "reject", "tickets": three}),
        json!({"do": "tag", "tickets": three}),
        json!({"do": "merge", "tickets": [three[0]]}),
        json!({"do": "erase", "tickets": three}),
        json!({"do": "claim", "tickets": (1..=51).collect::<Vec<i64>>()}),
    ] {
        let answer = rig.post("/bulk", &wrong.to_string());
        assert_eq!(problem(&answer), (400, "malformed".to_owned()), "{wrong}");
    }
    let reader = crate::api::token(&rig.installation, "reader", "read");
    let refused = rig.post_as(&reader, "/bulk", "1", &body);
    assert_eq!(problem(&refused), (403, "scope".to_owned()));
    rig.installation.sql("UPDATE ticket SET team = 'CSIRT'");
    rig.installation.run(&["verify"]);
}

#[test]
fn the_list_has_an_order_and_colours_where_they_are_wanted() {
    let rig = Rig::new();
    let installation = &rig.installation;
    let numbers: Vec<i64> = ["o.1", "o.2"].map(|id| rig.report(id)).to_vec();
    let of = |order: &[&str]| -> Vec<i64> {
        let listed = [&["ticket", "list", "--json"], order].concat();
        let listed = installation.json(&listed);
        listed
            .iter()
            .map(|one| one["number"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(of(&[]), numbers);
    assert_eq!(of(&["--order", "newest"]), [numbers[1], numbers[0]]);
    assert_eq!(of(&["--order", "oldest", "--unclaimed"]), numbers);
    assert_eq!(of(&["--order", "urgent"]), numbers);
    let table = installation.run(&["ticket", "list"]);
    assert!(
        table.contains("Age") && table.contains("Left") && !table.contains('\u{1b}'),
        "{table}"
    );
    let table = installation.run(&["ticket", "list", "--color", "always"]);
    assert!(table.contains("\u{1b}["), "{table}");
    let one = installation.run(&[
        "ticket",
        "show",
        &numbers[0].to_string(),
        "--color",
        "always",
    ]);
    assert!(one.contains("(\u{1b}[1;33mnew\u{1b}[0m)"), "{one}");
    let body = r#"{"name": "Mine", "query": "is:mine"}"#;
    rig.done("/searches", body);
    assert_eq!(of(&["--search", "mine"]), Vec::<i64>::new());
    let none = installation.output(&["ticket", "list", "--search", "yours"]);
    assert_eq!(none.status.code(), Some(1), "{none:?}");
    assert!(said(&none).contains("there are: Mine"), "{}", said(&none));
}
