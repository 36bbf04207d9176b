//! What analysts say of values, where it is refused, where there are many values, and whom it calls.

use std::process::Output;

use crate::acts::signed_in;
use crate::analysts::Sealing;
use crate::browser::{Answer, Curl};
use crate::console::{NOC, submit, with_console};
use crate::desk::shown;
use crate::mail::{id_of, mail};
use crate::support::Installation;

const ATTACK: &str =
    "Source: 192.0.2.10:4711/tcp\nDestination: 198.51.100.7:22/tcp\nTime: 2024-03-05 02:11:09 UTC";
const PROVED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";
const REGISTER: &str = r#"
[[organisation]]
name = "Kreditanstalt Musterstadt"
telephone = "+352 12 34 56"
networks = ["198.51.100.0/24"]

[[organisation]]
name = "Stadtwerke Beispielheim"
telephone = "+352 55 55 55"
networks = ["203.0.113.0/24"]
"#;

fn correct(installation: &Installation, arguments: &[&str]) {
    let mut command = installation.command(&[&["ticket", "correct"], arguments].concat());
    let output = command.env("PILLARBOX_ACTOR", "kim").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Sends a form for a value of message `number`, from the page with this query.
fn act(curl: &Curl, place: (&str, &str, &str), pairs: &[(&str, &str)]) -> Answer {
    let (serial, query, number) = place;
    let word = curl.get(&format!("/t/{serial}")).word();
    let pairs = [&[("word", word.as_str()), ("message", number)], pairs].concat();
    curl.post(&format!("/t/{serial}/correct?{query}"), &pairs)
}

/// The piece of a page from one text to the next.
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    let after = page
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from:?} in {page}"));
    after.1.split_once(to).unwrap().0
}

/// The address of the form for a value, as the page links to it.
fn form_of<'p>(page: &'p str, value: &str) -> &'p str {
    let row = page
        .split("<tr")
        .find(|row| row.contains(&format!("<bdi>{value}</bdi>")));
    between(row.unwrap(), "c=", "#correct")
}

#[test]
fn a_refused_correction_gives_back_what_was_written_and_the_place() {
    let (installation, _daemon, port) = with_console();
    let first = mail(NOC, "Scan", "p.1@partner.example", PROVED, ATTACK);
    let serial = submit(&installation, &first);
    let ours = format!(
        "{PROVED}In-Reply-To: <{}>\n",
        id_of(&installation.outbox()[0])
    );
    submit(
        &installation,
        &mail(NOC, "More", "p.2@partner.example", &ours, ATTACK),
    );
    let alice = signed_in(&installation, port, "alice", "analyst");
    let page = alice.get(&format!("/t/{serial}?m=2&n=1")).body;
    let value = form_of(&page, "198.51.100.7").to_owned();
    let page = alice.get(&format!("/t/{serial}?m=2&n=1&c={value}")).body;
    let form = between(&page, "id=\"correct\"", "</form>");
    let kind = between(form, "name=\"kind\" value=\"", "\"").to_owned();
    // Somebody else is faster.
    correct(
        &installation,
        &[&serial, "198.51.100.7", "wrong", "--message", "2"],
    );
    let place = (serial.as_str(), &*format!("m=2&n=1&c={value}"), "2");
    let pairs = [
        ("kind", kind.as_str()),
        ("value", "198.51.100.7"),
        ("seen", ""),
        ("says", "source"),
        ("reason", "\"they\" mixed <it> up"),
    ];
    let refused = act(&alice, place, &pairs);
    assert_eq!(refused.status, 409, "{}", refused.body);
    let page = refused.body;
    let form = between(&page, "id=\"correct\"", "</form>");
    for words in [
        "value=\"&#34;they&#34; mixed &#60;it&#62; up\"",
        "value=\"source\" selected",
        "kim said meanwhile",
    ] {
        assert!(form.contains(words), "no {words:?} in {form}");
    }
    assert!(
        page.contains("id=\"m2\"") && !page.contains("id=\"m1\""),
        "{page}"
    );
    // Now that he has seen it he may, from that same form; and stays where he is.
    let seen = between(form, "name=\"seen\" value=\"", "\"").to_owned();
    let pairs = pairs.map(|(name, value)| match name {
        "seen" => (name, seen.as_str()),
        _ => (name, value),
    });
    let done = act(&alice, place, &pairs);
    assert_eq!(done.status, 303, "{}", done.body);
    let page = alice.get(done.field("Location").unwrap()).body;
    assert!(page.contains("The value is corrected."), "{page}");
    assert!(
        page.contains("id=\"m2\"") && !page.contains("id=\"m1\""),
        "{page}"
    );

    // A value that was not read, without a reason, and one that is none.
    for (value, reason) in [("203.0.113.50", " "), ("no such thing", "in the picture")] {
        let pairs = [
            ("value", value),
            ("says", "destination"),
            ("reason", reason),
        ];
        let refused = act(&alice, (&serial, "m=2&n=1&", "2"), &pairs);
        assert_eq!(refused.status, 409, "{}", refused.body);
        let form = between(&refused.body, "id=\"add2\" open", "</form>");
        for words in [
            &*format!("value=\"{value}\""),
            &*format!("value=\"{reason}\""),
            "value=\"destination\" selected",
            "class=\"alert\"",
        ] {
            assert!(form.contains(words), "no {words:?} in {form}");
        }
        assert!(!refused.body.contains("id=\"m1\""), "{}", refused.body);
    }
}

#[test]
fn whoever_has_a_value_that_is_wrong_is_not_called_and_who_has_an_added_one_is() {
    let (installation, _daemon, port) = with_console();
    let file = installation.path("contacts.toml");
    std::fs::write(&file, REGISTER).unwrap();
    installation.run(&["contact", "import", &file.display().to_string(), "--apply"]);
    let serial = submit(
        &installation,
        &mail(NOC, "Scan", "w.1@partner.example", "", ATTACK),
    );
    let alice = signed_in(&installation, port, "alice", "analyst");
    let everywhere = || {
        let shown = shown(&installation, &serial)["contacts"].to_string();
        let text = installation.run(&["ticket", "show", &serial]);
        let page = alice.get(&format!("/t/{serial}")).body;
        [shown, text, page]
    };
    for said in everywhere() {
        assert!(
            said.contains("Kreditanstalt") && !said.contains("Stadtwerke"),
            "{said}"
        );
    }
    correct(&installation, &[&serial, "198.51.100.7", "wrong"]);
    let added = [
        &serial,
        "203.0.113.50",
        "destination",
        "--reason",
        "in the picture",
    ];
    correct(&installation, &added);
    for said in everywhere() {
        assert!(
            !said.contains("Kreditanstalt") && said.contains("Stadtwerke"),
            "{said}"
        );
    }
    correct(&installation, &[&serial, "198.51.100.7", "as-read"]);
    correct(&installation, &[&serial, "203.0.113.50", "as-read"]);
    for said in everywhere() {
        assert!(
            said.contains("Kreditanstalt") && !said.contains("Stadtwerke"),
            "{said}"
        );
    }
}

#[test]
fn a_value_that_was_added_to_hundreds_is_taken_back_in_the_console() {
    let (installation, _daemon, port) = with_console();
    let many: Vec<String> = (0..240)
        .map(|number| format!("evil{number}.example.org"))
        .collect();
    let text = format!("These names are bad:\n{}\n", many.join("\n"));
    let serial = submit(
        &installation,
        &mail(NOC, "List", "m.1@partner.example", "", &text),
    );
    let alice = signed_in(&installation, port, "alice", "analyst");
    let page = alice.get(&format!("/t/{serial}")).body;
    assert!(!page.contains("<bdi>evil239"), "all have room: {page}");
    let add = [
        ("value", "203.0.113.50"),
        ("says", "source"),
        ("reason", "in the picture"),
    ];
    assert_eq!(act(&alice, (&serial, "", "1"), &add).status, 303);
    let page = alice.get(&format!("/t/{serial}")).body;
    let link = form_of(&page, "203.0.113.50").to_owned();
    let form = alice.get(&format!("/t/{serial}?c={link}")).body;
    let form = between(&form, "id=\"correct\"", "</form>");
    let (kind, seen) = (
        between(form, "name=\"kind\" value=\"", "\""),
        between(form, "name=\"seen\" value=\"", "\""),
    );
    let back = [
        ("kind", kind),
        ("value", "203.0.113.50"),
        ("seen", seen),
        ("says", "as-read"),
    ];
    assert_eq!(
        act(&alice, (&serial, &format!("c={link}"), "1"), &back).status,
        303
    );
    let page = alice.get(&format!("/t/{serial}")).body;
    let values = between(&page, "id=\"values1\"", "</table>");
    assert!(!values.contains("203.0.113.50"), "{values}");
    // One that was read and is not listed is spoken of by name, and listed from then on.
    let wrong = [
        ("value", "evil239.example.org"),
        ("says", "wrong"),
        ("reason", ""),
    ];
    assert_eq!(act(&alice, (&serial, "", "1"), &wrong).status, 303);
    let page = alice.get(&format!("/t/{serial}")).body;
    assert!(page.contains("<s><bdi>evil239[.]example[.]org"), "{page}");
}

#[test]
fn nothing_is_corrected_of_what_is_sealed_to_analysts_and_that_is_said() {
    let sealing = Sealing::with("");
    let installation = &sealing.installation;
    let _daemon = installation.serve();
    let text = crate::support::send(
        installation.ports.smtp,
        NOC,
        crate::mail::TEAM,
        &mail(NOC, "Scan", "s.1@partner.example", "", ATTACK),
    );
    assert!(text.starts_with("250"), "{text}");
    installation.settle();
    let reference = installation.tickets()[0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let arguments = ["ticket", "correct", &reference, "192.0.2.10", "wrong"];
    let output = installation.output(&arguments);
    let said = errors(&output);
    assert!(said.contains("sealed to analysts"), "{said}");
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_may_not_leave_is_named_on_standard_error() {
    let installation = Installation::new("");
    let path = installation.path("red.eml");
    let report = mail(
        NOC,
        "TLP:RED Scan",
        "r.1@partner.example",
        "",
        &format!("TLP:RED\n{ATTACK}"),
    );
    std::fs::write(&path, report).unwrap();
    let path = path.display().to_string();
    let output = installation.output(&["inspect", "--export", "misp", "--tlp", "green", &path]);
    let said = errors(&output);
    assert!(
        said.contains("pillarbox: ") && said.to_lowercase().contains("red"),
        "{said:?}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "");
}
