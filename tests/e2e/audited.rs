//! What everybody did and read: as a file, at the API, on a page; and whether it is as it was written.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::api::{Rig, fits, problem, token};
use crate::browser::{Curl, Login};

/// Each line by its name, and how many came.
fn named(lines: &[Value]) -> (BTreeSet<String>, usize) {
    let names = lines
        .iter()
        .map(|line| format!("{} {}", line["chain"], line["number"]));
    (names.collect(), lines.len())
}

pub fn signed_in(rig: &Rig, name: &str, role: &str) -> Curl {
    let login = Login::new(&rig.installation, name, role);
    let curl = Curl::new(&rig.installation, rig.port());
    let answer = curl.sign_in(name, login.password, &login.code());
    assert_eq!(answer.status, 303);
    curl
}

#[test]
fn what_everybody_did_is_exported_and_paged_and_shown_to_admins_alone() {
    let rig = Rig::new();
    let installation = &rig.installation;
    let numbers: Vec<i64> = ["au.1", "au.2"].map(|id| rig.report(id)).to_vec();
    let kim = signed_in(&rig, "kim", "admin");
    let lee = signed_in(&rig, "lee", "lead");
    let stranger = Curl::new(installation, rig.port());
    stranger.sign_in("lee", "not the password", "000000");
    assert_eq!(kim.get("/search?q=192.0.2.10").status, 200);
    rig.read(&format!("/tickets/{}", numbers[0]));

    // The file has every chain: sign-ins and failures, searches, lists, tickets.
    let all = installation.json(&["audit", "export", "--json"]);
    let of = |action: &str| all.iter().filter(|line| line["action"] == action).count();
    for action in ["signed-in", "sign-in-failed", "searched", "opened", "read"] {
        assert!(of(action) > 0, "{action}");
    }
    assert!(all.iter().all(|line| line["whole"] == true));
    let at: Vec<&str> = all
        .iter()
        .map(|line| line["at"].as_str().unwrap())
        .collect();
    assert!(at.is_sorted(), "{at:?}");
    // Of what was done in one second, no chain comes before another.
    assert!(all.iter().any(|line| line["detail"] == "what=audit"));
    let of_kim = installation.json(&["audit", "export", "--json", "--by", "kim"]);
    assert!(of_kim.iter().all(|line| line["by"] == "kim (console)"));
    assert!(of_kim.iter().any(|line| line["action"] == "searched"));
    let later = installation.json(&["audit", "export", "--json", "--since", "2100-01-01"]);
    assert_eq!(later, Vec::<Value>::new());
    let table = installation.run(&["audit", "export", "--ticket", &numbers[0].to_string()]);
    assert!(
        table.contains("opened") && !table.contains("signed-in"),
        "{table}"
    );

    // A program needs a scope of its own, and pages through all of it.
    assert_eq!(problem(&rig.get("/audit")), (403, "scope".to_owned()));
    let auditor = token(installation, "siem", "audit");
    let read = |place: &str| -> Value {
        let answer = rig.with(place, &auditor, &[]);
        assert_eq!(answer.status, 200, "{place}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    };
    assert_eq!(
        problem(&rig.with("/tickets", &auditor, &[])),
        (403, "scope".to_owned())
    );
    let until = read("/audit?limit=1000")["lines"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()["at"]
        .clone();
    let until = until.as_str().unwrap();
    let whole = read(&format!("/audit?limit=1000&until={until}"));
    let document: Value = serde_json::from_str(&rig.get("/openapi.json").body).unwrap();
    let schema = json!({"$ref": "#/components/schemas/AuditPage"});
    fits(&document, &schema, &whole, "/audit");
    let whole = whole["lines"].as_array().unwrap().clone();
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(&format!("/audit?limit=3&until={until}{cursor}"));
        pages.extend(page["lines"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(named(&pages), named(&whole));
    assert_eq!(named(&pages).0.len(), pages.len());
    let of_one = read(&format!("/audit?ticket={}", numbers[1]));
    let reference = format!("CSIRT#{:06}", numbers[1]);
    let of_one = of_one["lines"].as_array().unwrap();
    assert!(!of_one.is_empty() && of_one.iter().all(|line| line["ticket"] == *reference));
    for wrong in ["since=yesterday", "cursor=1", "limit=0", "odd=1"] {
        let answer = rig.with(&format!("/audit?{wrong}"), &auditor, &[]);
        assert_eq!(problem(&answer), (400, "malformed".to_owned()), "{wrong}");
    }

    // The page: for an admin. Its menu has it; a lead's has not.
    assert_eq!(lee.get("/audit/CSIRT").status, 403);
    assert!(!lee.get("/q/CSIRT").body.contains("/audit/CSIRT"));
    assert!(kim.get("/q/CSIRT").body.contains("/audit/CSIRT"));
    let page = kim.get("/audit/CSIRT").body;
    assert!(page.contains("sign-in-failed") && page.contains("siem (api)"));
    assert!(
        page.contains("Every line here is as it was written."),
        "{page}"
    );
    let one = kim
        .get(&format!("/audit/CSIRT?by=siem&ticket={}", numbers[0]))
        .body;
    assert!(one.contains("Nothing was written."), "{one}");
    let day = kim.get("/audit/CSIRT?day=2001-01-01").body;
    assert!(day.contains("Nothing was written."), "{day}");
    assert!(
        kim.get("/audit/CSIRT?day=x")
            .body
            .contains("That is no day")
    );
    assert_eq!(kim.get("/audit/OTHER").status, 404);
    // Who looked is in it.
    let looked = installation.json(&["audit", "export", "--json", "--by", "kim (console)"]);
    let detail = format!("what=audit ticket={} by=siem", numbers[0]);
    assert!(
        looked.iter().any(|line| line["detail"] == *detail),
        "{looked:?}"
    );

    // Another team's chain is nobody's here; that of an erased ticket keeps its number.
    installation.sql(&format!(
        "UPDATE ticket SET team = 'OTHER' WHERE serial = {}",
        numbers[1]
    ));
    let of_one = read(&format!("/audit?ticket={}", numbers[1]));
    assert_eq!(of_one["lines"], json!([]));
    installation.sql("UPDATE ticket SET team = 'CSIRT'");
    let erased = numbers[1].to_string();
    installation.run(&["ticket", "erase", &erased, "--reason", "request", "--yes"]);
    let gone = installation.json(&["audit", "export", "--json", "--ticket", &erased]);
    assert!(
        gone.iter()
            .any(|line| line["action"] == "opened" && line["ticket"] == *reference)
    );
    installation.run(&["verify"]);

    // Whoever owns the database rewrites a line: each of the three says so.
    installation.sql(
        "UPDATE audit SET actor = 'mallory' WHERE actor = 'lee (console)' AND action = 'signed-in'",
    );
    let output = installation.output(&["audit", "export", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("1 lines of the audit trail are not as they were written"),
        "{said}"
    );
    let by = read("/audit?by=mallory");
    assert_eq!(by["lines"][0]["whole"], false);
    let page = kim.get("/audit/CSIRT").body;
    assert!(
        page.contains("1 lines here are not as they were written"),
        "{page}"
    );
}
