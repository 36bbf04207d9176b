//! The register of contacts: kept in a file, told to those who are to call, and to nobody else.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::answers::closed;
use crate::gnupg::{Gnupg, armored_message};
use crate::hook::Hook;
use crate::mail::{TEAM, field, mail, text_of};
use crate::overdue::{run_out, with_hook};
use crate::support::{Installation, send, wait_for};

const NOC: &str = "noc@mail.bank.example";
const DUTY: &str = "duty@team.example";

const REGISTER: &str = r#"
[[organisation]]
name = "Kreditanstalt Musterstadt"
address = "security@bank.example"
telephone = "+352 12 34 56"
out_of_hours = "+352 99 88 77"
networks = ["198.51.100.0/24", "2001:db8:7::/48"]
domains = ["bank.example"]

[[organisation.person]]
name = "Jane Doe"
address = "jane@bank.example"
telephone = "+352 12 34 57"

[[organisation]]
name = "Upstream Provider"
telephone = "+352 55 55 55"
networks = ["198.51.96.0/20"]
"#;

/// What only those who may call see.
const SECRETS: [&str; 6] = [
    "Kreditanstalt",
    "99 88 77",
    "12 34 56",
    "Jane Doe",
    "Upstream Provider",
    "jane@bank",
];

fn import(installation: &Installation, text: &str, more: &[&str]) -> String {
    let file = installation.path("contacts.toml");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    installation.run(&[&["contact", "import", &file], more].concat())
}

fn report(installation: &Installation, from: &str, id: &str) -> String {
    let text = "Our server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";
    let report = mail(from, "Attack", id, "", text);
    assert!(send(installation.ports.smtp, from, TEAM, &report).starts_with("250"));
    installation.settle();
    let reference = installation.tickets().last().unwrap()["reference"].clone();
    reference.as_str().unwrap().to_owned()
}

fn assert_silent(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what}: {secret}: {text}");
    }
}

/// The database as a thief takes it: rows in hexadecimal, too.
fn assert_dump_is_silent(installation: &Installation) {
    let dump = Command::new("pg_dump")
        .arg(installation.cluster.url())
        .output()
        .unwrap();
    assert!(dump.status.success());
    let dump = String::from_utf8(dump.stdout).unwrap();
    assert!(dump.contains("public.organisation"));
    assert_silent("the dump", &dump);
    for secret in SECRETS {
        let hex: String = secret.bytes().map(|octet| format!("{octet:02x}")).collect();
        assert!(!dump.contains(&hex), "{secret}");
    }
}

#[test]
fn constituent_s_numbers_are_shown_when_a_ticket_is_overdue_and_told_to_nobody_else() {
    let hook = Hook::start(&[]);
    let installation = with_hook(
        &hook,
        "\"duty@team.example\", \"night@team.example\"",
        &closed(),
    );
    let gnupg = Gnupg::new();
    gnupg.make_key(&format!("Duty <{DUTY}>"));
    let key = installation.path("duty.asc");
    std::fs::write(&key, gnupg.export(DUTY)).unwrap();
    installation.run(&["keys", "import", key.to_str().unwrap()]);
    gnupg.import(&installation.run(&["keys", "export"]));
    let plan = import(&installation, REGISTER, &[]);
    assert!(
        plan.contains("+ Kreditanstalt Musterstadt") && plan.contains("nothing was changed"),
        "{plan}"
    );
    assert!(installation.json(&["contact", "list", "--json"]).is_empty());
    import(&installation, REGISTER, &["--apply"]);
    let _daemon = installation.serve();
    let reference = report(&installation, NOC, "c.1@bank.example");

    // The notice that a report came out of hours, then that it is overdue.
    assert_told(&letters(&installation, 2), &gnupg, &reference);
    run_out(&installation);
    assert_told(&letters(&installation, 4), &gnupg, &reference);
    let post = hook.next();
    assert_eq!(post.json()["tickets"], Value::from(vec![reference.clone()]));
    assert_silent("the webhook", &String::from_utf8(post.body).unwrap());
    assert_silent("the log", &installation.log());
    assert_dump_is_silent(&installation);

    let shown = installation.run(&["ticket", "show", &reference]);
    let bank = "Call        Kreditanstalt Musterstadt: +352 99 88 77 (out of hours), +352 12 34 56  (sender of bank.example, \
                destination 198.51.100.7 in 198.51.100.0/24)";
    assert!(shown.contains(bank), "{shown}");
    let provider = "Call        Upstream Provider: +352 55 55 55  (destination 198.51.100.7 in 198.51.96.0/20)";
    assert!(shown.find(bank) < shown.find(provider), "{shown}");
    let contacts = installation
        .json(&["ticket", "show", &reference, "--json"])
        .remove(0)["contacts"]
        .clone();
    assert_eq!(contacts["out_of_hours"], true);
    let first = &contacts["organisations"][0];
    assert_eq!(first["reporter"], "bank.example");
    assert_eq!(
        first["call"][0],
        serde_json::json!({"number": "+352 99 88 77", "whose": "out_of_hours", "person": null})
    );
    assert_eq!(first["values"][0]["by"], "198.51.100.0/24");
    let listed = installation
        .json(&["ticket", "list", "--overdue", "--json"])
        .remove(0);
    assert_eq!(listed["contacts"], contacts);
    let listed = installation.run(&["ticket", "list", "--overdue"]);
    assert!(listed.contains("+352 99 88 77 (out of hours)"), "{listed}");
    assert_silent("every ticket", &installation.run(&["ticket", "list"]));
    installation.run(&["verify"]);
}

/// So many letters to those on duty.
fn letters(installation: &Installation, count: usize) -> Vec<String> {
    let all = || {
        let mut sent = installation.outbox();
        sent.retain(|letter| field(letter, "To").unwrap().ends_with("@team.example"));
        sent
    };
    wait_for("letters to those on duty", Duration::from_secs(60), || {
        all().len() >= count
    });
    all()
}

/// The newest letter to one says whom to call, encrypted; that to the other is in clear and doesn't.
fn assert_told(letters: &[String], gnupg: &Gnupg, reference: &str) {
    let of = |address: &str| {
        let mut letters = letters.iter().rev();
        letters
            .find(|letter| field(letter, "To").unwrap() == address)
            .unwrap()
    };
    let (encrypted, clear) = (of(DUTY), of("night@team.example"));
    assert_silent("outside", encrypted);
    let (text, _) = gnupg.decrypt(&armored_message(encrypted));
    let text = text_of(&text.replace("\r\n", "\n").replace('\n', "\r\n"));
    assert!(text.contains(reference), "{text}");
    assert!(
        text.contains(
            "    Kreditanstalt Musterstadt: +352 99 88 77 (out of hours), +352 12 34 56\r\n"
        ),
        "{text}"
    );
    assert!(
        !text.contains("198.51.100.7") && !text.contains("on purpose"),
        "{text}"
    );
    assert_silent("in clear", clear);
    let clear = text_of(clear);
    assert!(
        clear.contains(reference) && clear.contains("on purpose"),
        "{clear}"
    );
}

#[test]
fn register_is_kept_in_a_file_and_by_hand() {
    let installation = Installation::new("");
    import(&installation, REGISTER, &["--apply"]);
    // What is written out is what was read in, in both forms.
    let toml = installation.run(&["contact", "export"]);
    assert!(import(&installation, &toml, &[]).contains("no differences"));
    let json = installation.run(&["contact", "export", "--json"]);
    assert!(import(&installation, &json, &[]).contains("no differences"));
    let changed = toml
        .replace("+352 12 34 57", "+352 12 34 58")
        .replace("2001:db8:7::/48", "2001:db8:8::/48")
        .replace("Upstream Provider", "Another Provider");
    let plan = import(&installation, &changed, &["--prune"]);
    for line in [
        "~ Kreditanstalt Musterstadt",
        "    networks - 2001:db8:7::/48",
        "    networks + 2001:db8:8::/48",
        "+ Another Provider",
        "- Upstream Provider",
    ] {
        assert!(plan.lines().any(|found| found == line), "{line}: {plan}");
    }
    let done = import(&installation, &changed, &["--prune", "--apply"]);
    assert!(done.contains("3 organisations were changed"), "{done}");
    let names = || {
        let listed = installation.json(&["contact", "list", "--json"]);
        listed
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), ["Another Provider", "Kreditanstalt Musterstadt"]);

    let add = [
        "contact",
        "add",
        "A school",
        "--domain",
        "School.Example",
        "--network",
        "2001:db8::7",
        "--telephone",
        "+352 1",
    ];
    installation.run(&add);
    let output = installation.output(&add);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("of this name already"));
    let set = [
        "contact",
        "set",
        "a SCHOOL",
        "--rename",
        "School",
        "--telephone",
        "",
        "--person",
        "Joe <joe@school.example> +352 2",
    ];
    installation.run(&set);
    installation.run(&["contact", "language", "joe@school.example", "fr"]);
    let shown = installation.run(&["contact", "show", "joe@school.example"]);
    assert!(
        shown.contains("answered in fr") && shown.contains("School  (joe@school.example)"),
        "{shown}"
    );
    let shown = installation
        .json(&["contact", "show", "2001:db8::7", "--json"])
        .remove(0);
    assert_eq!(shown["organisations"][0]["name"], "School");
    assert_eq!(shown["organisations"][0]["addresses"][0]["language"], "fr");
    assert_eq!(shown["organisations"][0]["telephone"], "");
    assert!(
        installation
            .run(&["contact", "show", "www.school.example"])
            .contains("School  (school.example)")
    );
    assert_eq!(
        installation
            .output(&["contact", "show", "192.0.2.1"])
            .status
            .code(),
        Some(1)
    );

    // Hostile values are refused, and never shown as they are.
    for hostile in ["\u{1b}]0;owned\u{7}Bank", "Bank\u{202e}"] {
        let output = installation.output(&["contact", "add", hostile]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("hidden marks") && !said.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{said:?}"
        );
    }
    for (text, said) in [
        ("[[organisation]]\nname = \"B\"\nphone = \"1\"\n", "phone"),
        (
            "[[organisation]]\nname = \"B\"\n[[organisation]]\nname = \"b\"\n",
            "twice",
        ),
        (
            "[[organisation]]\nname = \"B\"\nnetworks = [\"192.0.2.0/33\"]\n",
            "contacts.toml",
        ),
        (
            "[[organisation]]\nname = \"B\"\ntelephone = \"none\"\n",
            "B: telephone",
        ),
    ] {
        std::fs::write(installation.path("contacts.toml"), text).unwrap();
        let file = installation.path("contacts.toml").display().to_string();
        let output = installation.output(&["contact", "import", &file, "--apply"]);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains(said), "{errors}");
    }
    installation.run(&["contact", "remove", "School", "--yes"]);
    assert_eq!(names(), ["Another Provider", "Kreditanstalt Musterstadt"]);
    // Sealed anew, it is still there.
    installation.run(&["keys", "rotate", "storage"]);
    installation.run(&["verify"]);
    assert_eq!(names().len(), 2);
    let trail =
        installation.sql("SELECT count(*) FROM audit WHERE action IN ('contact', 'removed')");
    assert_eq!(trail.trim(), "8");
}
