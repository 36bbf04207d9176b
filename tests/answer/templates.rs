//! Templates of the operator's.

use intake::answer::templates::{BUILT_IN, TemplateFault, Templates};
use intake::answer::{Letterhead, Occasion, compose};

use crate::{SUNDAY, TUESDAY, letterhead, request, text, text_of};

fn with(name: &str, text: &str) -> (Templates, Vec<TemplateFault>) {
    Templates::with(vec![(name.to_owned(), text.to_owned())])
}

fn fault(text: &str) -> String {
    let (templates, faults) = with("acknowledgement.en.txt", text);
    assert_eq!(templates.own_names(), Vec::<String>::new());
    assert_eq!(faults.len(), 1, "{text}");
    faults[0].to_string()
}

#[test]
fn own_text_stands_in_place_of_the_built_in_one() {
    let own = "Hello from {{ team }}.\n{% if next %}Back {{ next }}.{% endif %}\n";
    let (templates, faults) = with("acknowledgement.en.txt", own);
    assert_eq!(faults, []);
    let letterhead = Letterhead {
        templates,
        ..letterhead()
    };
    let english = request(Some("en"), Occasion::Received, SUNDAY);
    let said = text_of(&letterhead, &english);
    let expected = "[CSIRT#000123]\n\nHello from Example CSIRT.\nBack on Monday 23 November 2026 at 07:00 (UTC+01:00).\n\n\
        Example CSIRT\nhttps://csirt.example.org/rfc2350\n\n";
    assert_eq!(said, expected);
    let french = request(Some("fr"), Occasion::Received, SUNDAY);
    assert_eq!(text_of(&letterhead, &french), text(&french));
}

#[test]
fn built_in_texts_pass_the_check_of_own_ones() {
    let own = BUILT_IN.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (templates, faults) = Templates::with(own.into());
    assert_eq!(faults, []);
    assert_eq!(templates.own_names().len(), BUILT_IN.len());
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    for (text, expected) in [
        ("Hello\n{{ nobody }}\n", "acknowledgement.en.txt, line 2: "),
        // Only for reports that can't be opened.
        (
            "Hello\n\n{% if unreadable %}{{ oops }}{% endif %}",
            "acknowledgement.en.txt, line 3: ",
        ),
        ("{% if unredable %}x{% endif %}y", "line 1: "),
        ("Hello\n{% if team %}\n", "acknowledgement.en.txt, line "),
        ("{% include '/etc/passwd' %}", "unknown statement include"),
        (
            "{% import 'key.en.txt' as key %}x",
            "unknown statement import",
        ),
        ("{% extends 'key.en.txt' %}", "unknown statement extends"),
        ("{% if next %}{{ next }}{% endif %}", "makes no text"),
        ("{{ 'x' * 300 }}", "more than 200 characters in line 1"),
        ("\u{202e}evil", "invisible characters in line 1"),
        ("ok\na\0b", "invisible characters in line 2"),
    ] {
        let said = fault(text);
        assert!(said.contains(expected), "{text:?}: {said}");
        assert!(said.starts_with("acknowledgement.en.txt"), "{said}");
    }
    assert!(fault("{{ nobody }}").contains("fingerprint"));
    assert!(fault(&"x\n".repeat(5_000)).contains("longer than 8 KiB"));
}

#[test]
fn endless_and_bloated_templates_end() {
    for text in [
        "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
        "{% for i in range(9000) %}{{ i }}\n{% endfor %}",
        "{{ 'x' * 4000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
    ] {
        fault(text);
    }
}

#[test]
fn unknown_file_is_named_and_the_key_must_show_its_fingerprint() {
    let (_, faults) = with("acknowledgment.en.txt", "Hello");
    let said = faults[0].to_string();
    assert!(
        said.contains("there are acknowledgement.en.txt, "),
        "{said}"
    );
    let (_, faults) = with("key.fr.txt", "Bonjour");
    assert!(faults[0].to_string().contains("fingerprint"));
}

#[test]
fn template_that_fails_at_last_gives_way_to_the_built_in_one() {
    // Samples have no reference of this number.
    let own = "{% if reference == 'CSIRT#000999' %}{{ 1 / 0 }}{% endif %}Hello";
    let (templates, faults) = with("acknowledgement.en.txt", own);
    assert_eq!(faults, []);
    let letterhead = Letterhead {
        templates,
        ..letterhead()
    };
    let mut request = request(Some("en"), Occasion::Received, TUESDAY);
    assert!(text_of(&letterhead, &request).contains("\nHello\n"));
    request.reference = "CSIRT#000999".into();
    let draft = compose(&letterhead, &request).unwrap();
    let fault = draft.template_fault().unwrap().to_string();
    assert!(
        fault.starts_with("acknowledgement.en.txt, line 1"),
        "{fault}"
    );
    assert_eq!(text_of(&letterhead, &request), text(&request));
}

#[test]
fn long_lines_are_filled_and_what_is_indented_stays() {
    let long = "word ".repeat(20);
    let own = format!("- one\n- two\n\n{long}\nshort\n  {{{{ fingerprint }}}}\n");
    let (templates, faults) = with("key.en.txt", &own);
    assert_eq!(faults, []);
    let letterhead = Letterhead {
        templates,
        ..letterhead()
    };
    let request = request(Some("en"), Occasion::KeyRequest, TUESDAY);
    let said = text_of(&letterhead, &request);
    assert!(said.starts_with("- one\n- two\n\nword word"), "{said}");
    assert!(
        said.contains("\nword word word word word short\n  0123 4567"),
        "{said}"
    );
    assert!(
        said.lines().all(|line| line.chars().count() <= 76),
        "{said}"
    );
}
