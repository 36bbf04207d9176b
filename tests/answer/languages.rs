//! In which language a correspondent is answered.

use intake::answer::language::{Hints, choose};
use intake::message::HeaderField;

fn header(fields: &[(&str, &str)]) -> Vec<HeaderField> {
    let field = |(name, value): &(&str, &str)| HeaderField {
        name: (*name).into(),
        value: (*value).into(),
        raw: (*value).into(),
    };
    fields.iter().map(field).collect()
}

fn offered() -> Vec<String> {
    ["fr", "en", "de"].map(str::to_owned).into()
}

#[test]
fn the_surest_sign_that_the_team_can_follow_counts() {
    let fields = header(&[("Content-Language", "de-CH")]);
    let mut hints = Hints {
        preferred: Some("en"),
        addressed: Some("fr"),
        header: &fields,
        detected: Some("fr"),
    };
    assert_eq!(choose(&hints, &offered()).as_deref(), Some("en"));
    // Nobody here writes Spanish.
    hints.preferred = Some("es");
    assert_eq!(choose(&hints, &offered()).as_deref(), Some("fr"));
    hints.addressed = None;
    assert_eq!(choose(&hints, &offered()).as_deref(), Some("de"));
    hints.header = &[];
    assert_eq!(choose(&hints, &offered()).as_deref(), Some("fr"));
    hints.detected = None;
    assert_eq!(choose(&hints, &offered()), None);
}

#[test]
fn header_is_read_as_mail_programs_write_it() {
    for (fields, expected) in [
        (&[("Content-Language", "fr-FR")][..], Some("fr")),
        (&[("content-language", "FR")], Some("fr")),
        (&[("Content-Language", "de_AT")], Some("de")),
        (&[("Content-Language", "it")], None),
        // In both: says nothing of the writer.
        (&[("Content-Language", "de, en")], None),
        (&[("Accept-Language", "fr-FR, en-US")], Some("fr")),
        (&[("Accept-Language", "it, en;q=0.3, de;q=0.7")], Some("de")),
        (&[("Accept-Language", "en;q=0, de;q=0.001")], Some("de")),
        (&[("Accept-Language", "*")], None),
        (
            &[("Accept-Language", "en-US"), ("Content-Language", "fr-FR")],
            Some("fr"),
        ),
        (&[("Accept-Language", ";q=;;q=0.9999999999,=")], None),
        (&[], None),
    ] {
        let fields = header(fields);
        let hints = Hints {
            header: &fields,
            ..Hints::default()
        };
        let chosen = choose(&hints, &offered());
        assert_eq!(chosen.as_deref(), expected);
    }
}
