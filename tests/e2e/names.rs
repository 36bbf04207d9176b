//! One name for one person: whoever gives Kim a ticket, wherever, Kim has it everywhere.

use serde_json::json;

use crate::api::{Rig, problem};
use crate::audited::signed_in;
use crate::desk::{as_analyst, output, said};

#[test]
fn a_ticket_that_is_given_to_somebody_is_among_his_wherever_he_looks() {
    let rig = Rig::new();
    let installation = &rig.installation;
    let numbers: Vec<i64> = ["n.1", "n.2", "n.3"].map(|id| rig.report(id)).to_vec();
    let serials: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let owner = |number: i64| {
        installation
            .sql(&format!("SELECT owner FROM ticket WHERE serial = {number}"))
            .trim()
            .to_owned()
    };
    let kim = signed_in(&rig, "kim", "analyst");
    signed_in(&rig, "ray", "reader");
    let mine = || {
        let page = kim.get("/q/CSIRT?q=is:mine").body;
        let has = |number: &&i64| page.contains(&format!("value=\"{number:06}-"));
        numbers.iter().filter(has).copied().collect::<Vec<i64>>()
    };
    assert_eq!(mine(), Vec::<i64>::new());

    // The terminal gives it to Kim, as the help says.
    installation.run(&["ticket", "assign", &serials[0], "kim"]);
    assert_eq!(owner(numbers[0]), "kim (console)");
    assert_eq!(mine(), [numbers[0]]);
    for (name, why) in [("kimm", "`pillarbox analyst list`"), ("ray", "is a reader")] {
        let refused = installation.output(&["ticket", "assign", &serials[0], name]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }
    // A program does, in other letters.
    let place = format!("/tickets/{}/assign", numbers[1]);
    rig.done(&place, r#"{"to": "Kim"}"#);
    let refused = rig.post(&place, r#"{"to": "kimm"}"#);
    assert_eq!(problem(&refused), (422, "refused".to_owned()));
    assert!(
        refused.body.contains("/api/v1/analysts"),
        "{}",
        refused.body
    );
    rig.done(&place, r#"{"to": "soar (api)", "from": "kim"}"#);
    rig.done(&place, r#"{"to": "kim (console)", "from": "soar (api)"}"#);
    let listed = rig.read("/analysts");
    assert_eq!(
        listed,
        json!({"analysts": [
            {"name": "kim", "owner": "kim (console)", "role": "analyst", "acts": true},
            {"name": "ray", "owner": "ray (console)", "role": "reader", "acts": false},
        ]})
    );
    // Kim himself takes the third in the terminal, and lets the first go there.
    let taken = output(installation, "kim", &["ticket", "claim", &serials[2]]);
    assert!(taken.status.success(), "{}", said(&taken));
    let all = numbers.clone();
    assert_eq!(mine(), all);
    let list = |whose: &[&str]| {
        let listed = [&["ticket", "list", "--json"], whose].concat();
        let listed = as_analyst(installation, "kim", &listed).output().unwrap();
        said(&listed).lines().count()
    };
    assert_eq!([list(&["--mine"]), list(&["--owner", "kim"])], [3, 3]);
    let released = output(installation, "kim", &["ticket", "release", &serials[0]]);
    assert!(released.status.success(), "{}", said(&released));
    assert_eq!(mine(), [numbers[1], numbers[2]]);

    // The history says with which ticket, and how.
    installation.run(&["ticket", "link", &serials[0], "parent", &serials[1]]);
    let page = kim.get(&format!("/t/{}", serials[0])).body;
    let line = format!("<bdi>parent of CSIRT#{:06}</bdi>", numbers[1]);
    assert!(page.contains(&line), "{page}");
    installation.run(&["verify"]);

    // A row from before there was this.
    installation.sql(&format!(
        "UPDATE ticket SET owner = 'kim' WHERE serial = {}",
        numbers[0]
    ));
    assert_eq!(mine(), all);
    assert_eq!(list(&["--mine"]), 3);
    assert_eq!(
        rig.read("/tickets?owner=kim")["tickets"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}
