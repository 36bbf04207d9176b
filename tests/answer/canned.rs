//! Canned texts for letters.

use intake::answer::templates::{Canned, CannedWords};

fn with(file: &str, text: &str) -> (Canned, Vec<String>) {
    let languages = ["en".to_owned(), "fr".to_owned()];
    let (canned, faults) = Canned::with(vec![(file.to_owned(), text.to_owned())], &languages);
    (
        canned,
        faults.into_iter().map(|fault| fault.to_string()).collect(),
    )
}

#[test]
fn a_text_says_tag_team_analyst_and_day_in_its_language() {
    let text = "Bonjour,\n\nnous traitons {{ tag }}.\n\n{{ analyst }}, {{ team }}, le {{ day }}\n";
    let (canned, faults) = with("in-hand.fr.txt", text);
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(canned.names().collect::<Vec<_>>(), [("in-hand", "fr")]);
    let now = "2026-12-01T09:00[Europe/Paris]".parse().unwrap();
    let words = CannedWords::new("fr", "CSIRT#000123", "Example CSIRT", "kim", &now);
    let said = canned.text(("in-hand", "fr"), &words).unwrap().unwrap();
    assert_eq!(
        said,
        "Bonjour,\n\nnous traitons CSIRT#000123.\n\nkim, Example CSIRT, le mardi 1er décembre 2026\n"
    );
    assert_eq!(canned.text(("in-hand", "en"), &words).unwrap(), None);
}

#[test]
fn what_is_wrong_is_said_and_left_out() {
    for (file, text, expected) in [
        (
            "in-hand.fr.txt",
            "\n{{ subject }}",
            "in-hand.fr.txt, line 2: ",
        ),
        (
            "in-hand.fr.txt",
            "{{ subject }}",
            "there are analyst, day, tag, team",
        ),
        (
            "in-hand.fr.txt",
            "{% include '/etc/passwd' %}",
            "unknown statement include",
        ),
        ("in-hand.fr.txt", " \n", "makes no text"),
        ("in-hand.de.txt", "Hallo", "one of these languages: en, fr"),
        ("In Hand.fr.txt", "Bonjour", "NAME.LANGUAGE.txt"),
        ("../x.fr.txt", "Bonjour", "NAME.LANGUAGE.txt"),
        ("fr.txt", "Bonjour", "NAME.LANGUAGE.txt"),
        (
            "in-hand.fr.txt",
            "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
            "fuel",
        ),
    ] {
        let (canned, faults) = with(file, text);
        assert_eq!(canned.names().count(), 0, "{file}");
        assert!(
            faults.len() == 1 && faults[0].contains(expected),
            "{file} {text}: {faults:?}"
        );
    }
}
