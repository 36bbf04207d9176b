//! Whose the senders are, by the register of contacts, in the queue: the column, and the filter.

use crate::browser::{Chromium, Login};
use crate::console::{NOC, submit, with_console};
use crate::mail::mail;

const REGISTER: &str = r#"
[[organisation]]
name = "Kreditanstalt Musterstadt"
telephone = "+352 12 34 56"
domains = ["bank.example"]
"#;

#[test]
fn organisations_stand_beside_senders_and_narrow_the_queue() {
    let (installation, _daemon, port) = with_console();
    let text = "We have a question.";
    let bank = submit(
        &installation,
        &mail(
            "ann@mail.bank.example",
            "Card",
            "o.1@bank.example",
            "",
            text,
        ),
    );
    let other = submit(
        &installation,
        &mail(NOC, "Scan", "o.2@partner.example", "", text),
    );
    let login = Login::new(&installation, "alice", "analyst");
    let chromium = Chromium::new();
    chromium.sign_in(port, &login);
    let rows = "document.querySelectorAll('.queue tbody tr').length";
    chromium.wait(&format!("return {rows} == 2"));
    let cell = |serial: &str| {
        let place = format!(
            "[...document.querySelectorAll('.queue tbody tr')].find(row => row.innerText.includes('{serial}'))"
        );
        chromium.ask_page(&format!(
            "return {place}.querySelector('td.from').innerText"
        ))
    };
    assert!(!cell(&bank).as_str().unwrap().contains("Kreditanstalt"));
    // What the register learns stands in the queue within seconds.
    let file = installation.path("contacts.toml");
    std::fs::write(&file, REGISTER).unwrap();
    installation.run(&["contact", "import", &file.display().to_string(), "--apply"]);
    chromium.wait(&format!(
        "if (!document.body.innerText.includes('Kreditanstalt')) {{ location.reload(); return false; }} return {rows} == 2"
    ));
    assert!(
        cell(&bank)
            .as_str()
            .unwrap()
            .contains("Kreditanstalt Musterstadt")
    );
    assert!(!cell(&other).as_str().unwrap().contains("Kreditanstalt"));
    for (query, wanted) in [
        ("org:kreditanstalt", &bank),
        ("org:\"Anstalt Muster\"", &bank),
        ("-org:musterstadt", &other),
    ] {
        let asked: String = query.bytes().map(|octet| format!("%{octet:02X}")).collect();
        chromium.open(&format!("https://localhost:{port}/q/CSIRT?q={asked}"));
        chromium.wait(&format!("return {rows} == 1"));
        let shown = chromium.ask_page("return document.querySelector('.queue tbody').innerText");
        assert!(
            shown.as_str().unwrap().contains(wanted.as_str()),
            "{query}: {shown}"
        );
        // The terminal finds the same.
        let found = installation.json(&["ticket", "list", "--json", "--query", query]);
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0]["reference"], format!("CSIRT#{wanted}"));
    }
    assert_eq!(chromium.axe(), Vec::<serde_json::Value>::new());
}
