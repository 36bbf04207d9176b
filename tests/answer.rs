//! What a correspondent reads. Every text stands in `tests/snapshots/answers.txt`, which is read before it ships;
//! `REWRITE_ANSWERS=1` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

#[path = "answer/calendar.rs"]
mod calendar;
#[path = "answer/canned.rs"]
mod canned;
#[path = "answer/languages.rs"]
mod languages;
#[path = "answer/sheet.rs"]
mod sheet;
#[path = "answer/templates.rs"]
mod templates;

use extract::Tlp;
use intake::answer::calendar::Calendar;
use intake::answer::templates::Templates;
use intake::answer::{ComposeError, Letterhead, Occasion, Request, compose};
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

fn letterhead() -> Letterhead {
    Letterhead {
        display_name: "Example CSIRT".into(),
        address: "csirt@example.org".into(),
        languages: vec!["en".into(), "fr".into(), "de".into(), "es".into()],
        templates: Templates::default(),
        calendar: Calendar::parse(
            "Mon-Fri 07:00-20:00",
            "Europe/Paris",
            &["2026-12-25".into()],
        )
        .unwrap(),
        emergency_phone: "+33 1 99 00 00 00".into(),
        website: "https://csirt.example.org/rfc2350".into(),
        fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567".into(),
        certificate:
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxyz=\n-----END PGP PUBLIC KEY BLOCK-----\n"
                .into(),
        autocrypt: "mDME".repeat(500),
        keyless: false,
    }
}

/// Out of hours: a Sunday.
const SUNDAY: &str = "2026-11-22T03:00:00Z";
const TUESDAY: &str = "2026-11-24T09:00:00Z";

fn request(language: Option<&str>, occasion: Occasion, now: &str) -> Request {
    Request {
        recipient: "noc@partner.example".into(),
        reference: "CSIRT#000123".into(),
        subject: Some("[CERT-X #77] Scan from your network".into()),
        foreign: vec!["[CERT-X #77]".into()],
        in_reply_to: Some("1@partner.example".into()),
        language: language.map(str::to_owned),
        occasion,
        encrypted: false,
        came_encrypted: occasion == Occasion::Unreadable,
        marking: None,
        due: None,
        since: None,
        message_id: "ack.000123.abcdefghijklmnop@example.org".into(),
        loop_token: "looptoken".into(),
        now: now.parse::<Timestamp>().unwrap(),
    }
}

fn text(request: &Request) -> String {
    text_of(&letterhead(), request)
}

fn text_of(letterhead: &Letterhead, request: &Request) -> String {
    let message = compose(letterhead, request).unwrap().unsigned().unwrap();
    MessageParser::default()
        .parse(&message)
        .unwrap()
        .body_text(0)
        .unwrap()
        .replace("\r\n", "\n")
}

fn subject_of(request: &Request) -> String {
    let message = compose(&letterhead(), request).unwrap().unsigned().unwrap();
    let message = MessageParser::default().parse(&message).unwrap();
    message.subject().unwrap().to_owned()
}

#[test]
fn tag_stands_in_subject_and_first_line_and_the_reporters_subject_is_kept() {
    let message = compose(
        &letterhead(),
        &request(Some("en"), Occasion::Received, TUESDAY),
    )
    .unwrap()
    .unsigned()
    .unwrap();
    let message = MessageParser::default().parse(&message).unwrap();
    assert_eq!(
        message.subject().unwrap(),
        "[CSIRT#000123] Re: [CERT-X #77] Scan from your network"
    );
    assert!(message.body_text(0).unwrap().starts_with("[CSIRT#000123]"));
}

#[test]
fn headers_say_that_a_machine_answers_this_message() {
    let message = compose(
        &letterhead(),
        &request(Some("en"), Occasion::Received, TUESDAY),
    )
    .unwrap()
    .unsigned()
    .unwrap();
    let text = String::from_utf8(message).unwrap();
    for field in [
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: All",
        "X-Pillarbox-Loop: looptoken",
        "In-Reply-To: <1@partner.example>",
        "References: <1@partner.example>",
        "Message-ID: <ack.000123.abcdefghijklmnop@example.org>",
        "To: noc@partner.example",
    ] {
        assert!(
            text.lines().any(|line| line == field),
            "{field} is missing in\n{text}"
        );
    }
}

#[test]
fn protected_and_placeholder_subjects_are_not_repeated() {
    for subject in [
        None,
        Some("..."),
        Some("[...]"),
        Some("Encrypted Message"),
        Some("Verschlüsselte Nachricht"),
    ] {
        let mut request = request(Some("fr"), Occasion::Received, TUESDAY);
        request.subject = subject.map(str::to_owned);
        request.foreign.clear();
        assert_eq!(subject_of(&request), "[CSIRT#000123] Signalement reçu");
        request.language = None;
        assert_eq!(
            subject_of(&request),
            "[CSIRT#000123] Report received / Signalement reçu"
        );
    }
}

#[test]
fn foreign_tag_is_kept_where_the_subject_is_not() {
    let mut request = request(Some("en"), Occasion::Received, TUESDAY);
    // Cut off, because the Subject is too long.
    request.subject = Some(format!("{} [CERT-X #77]", "very ".repeat(40)));
    let subject = subject_of(&request);
    assert!(
        subject.starts_with("[CSIRT#000123] [CERT-X #77] Re: very"),
        "{subject}"
    );
    request.subject = None;
    assert_eq!(
        subject_of(&request),
        "[CSIRT#000123] [CERT-X #77] Report received"
    );
}

#[test]
fn clear_answer_to_a_report_that_should_not_have_come_in_clear_says_less() {
    for marking in [Tlp::AmberStrict, Tlp::Red] {
        let mut request = request(Some("en"), Occasion::Received, TUESDAY);
        request.marking = Some(marking);
        assert_eq!(
            subject_of(&request),
            "[CSIRT#000123] [CERT-X #77] Report received"
        );
        let said = text(&request);
        for hidden in ["RED", "STRICT", "Scan"] {
            assert!(!said.contains(hidden), "{hidden} in {said}");
        }
        assert!(
            said.contains("as little as possible") || said.contains("says as\nlittle as possible"),
            "{said}"
        );
        // To a key of the reporter's, everything may be said.
        request.encrypted = true;
        assert!(text(&request).contains(marking.as_str()));
        assert!(subject_of(&request).contains("Scan"));
        // What stood inside an encryption is never told, not even that it was marked.
        request.came_encrypted = true;
        assert!(!text(&request).contains(marking.as_str()));
    }
    let mut request = request(Some("en"), Occasion::Received, TUESDAY);
    request.marking = Some(Tlp::Green);
    assert!(text(&request).starts_with("[CSIRT#000123]\nTLP:GREEN\n\n"));
}

/// An entity's field, unfolded.
fn field(entity: &str, name: &str) -> Option<String> {
    let (head, _) = entity.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ");
    let mut lines = head.split("\r\n").map(str::to_owned);
    lines.find_map(|line| Some(line.strip_prefix(&format!("{name}: "))?.to_owned()))
}

#[test]
fn signed_answer_repeats_its_header_inside_and_shows_the_same_outside() {
    let request = request(Some("en"), Occasion::Received, TUESDAY);
    let draft = compose(&letterhead(), &request).unwrap();
    let entity = String::from_utf8(draft.entity().unwrap()).unwrap();
    assert!(
        field(&entity, "Content-Type")
            .unwrap()
            .contains("hp=\"clear\"")
    );
    let message = String::from_utf8(draft.signed("SIG", "pgp-sha512").unwrap()).unwrap();
    assert!(
        message.contains(&format!("\r\n{entity}\r\n--")),
        "{message}"
    );
    for name in ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To"] {
        assert_eq!(field(&entity, name), field(&message, name), "{name}");
        assert!(field(&entity, name).is_some(), "{name}");
    }
}

#[test]
fn encrypted_answer_shows_the_tag_alone_and_keeps_the_subject_inside() {
    let request = request(Some("en"), Occasion::Received, TUESDAY);
    let draft = compose(&letterhead(), &request).unwrap();
    let entity = String::from_utf8(draft.secret_entity().unwrap()).unwrap();
    assert!(
        field(&entity, "Content-Type")
            .unwrap()
            .contains("hp=\"cipher\"")
    );
    let full = "[CSIRT#000123] Re: [CERT-X #77] Scan from your network";
    assert_eq!(field(&entity, "Subject").unwrap(), full);
    let message = String::from_utf8(draft.encrypted("ARMOUR").unwrap()).unwrap();
    assert_eq!(field(&message, "Subject").unwrap(), "[CSIRT#000123]");
    assert!(!message.contains("Scan from"), "{message}");
    // RFC 9788 section 2.2: what stands outside, as it stands there.
    let head = entity.replace("\r\n ", " ");
    assert!(
        head.contains("HP-Outer: Subject: [CSIRT#000123]\r\n"),
        "{head}"
    );
    let id = "HP-Outer: Message-ID: <ack.000123.abcdefghijklmnop@example.org>\r\n";
    assert!(head.contains(id), "{head}");
}

#[test]
fn autocrypt_field_is_folded_and_absent_without_a_key() {
    let request = request(Some("en"), Occasion::Received, TUESDAY);
    let draft = compose(&letterhead(), &request).unwrap();
    let message = String::from_utf8(draft.unsigned().unwrap()).unwrap();
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    assert!(head.lines().all(|line| line.len() <= 78), "{head}");
    let autocrypt = field(&message, "Autocrypt").unwrap();
    let start = "addr=csirt@example.org; prefer-encrypt=mutual; keydata=";
    let keydata = autocrypt.strip_prefix(start).unwrap().replace(' ', "");
    assert_eq!(keydata, letterhead().autocrypt);
    let without = Letterhead {
        autocrypt: String::new(),
        ..letterhead()
    };
    let message = compose(&without, &request).unwrap().unsigned().unwrap();
    assert!(!String::from_utf8(message).unwrap().contains("Autocrypt"));
}

#[test]
fn key_request_is_answered_with_the_key_and_its_fingerprint() {
    for (language, subject) in [
        ("en", "OpenPGP key: Example CSIRT"),
        ("fr", "Clé OpenPGP : Example CSIRT"),
        ("de", "OpenPGP-Schlüssel: Example CSIRT"),
        ("es", "Clave OpenPGP: Example CSIRT"),
    ] {
        let mut request = request(Some(language), Occasion::KeyRequest, TUESDAY);
        request.reference = String::new();
        let draft = compose(&letterhead(), &request).unwrap();
        let message = draft.signed("SIG", "pgp-sha512").unwrap();
        let message = MessageParser::default().parse(&message).unwrap();
        assert_eq!(message.subject().unwrap(), subject);
        let body = message.body_text(0).unwrap();
        assert!(
            body.contains("0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567"),
            "{body}"
        );
        assert!(
            !body.contains('['),
            "no tag, for there is no ticket: {body}"
        );
        let key = message
            .attachments()
            .find(|part| part.is_content_type("application", "pgp-keys"))
            .unwrap();
        assert_eq!(
            key.attachment_name().unwrap(),
            "OpenPGP_0x0123456789ABCDEF0123456789ABCDEF01234567.asc"
        );
        let armour = String::from_utf8(key.contents().to_vec()).unwrap();
        assert_eq!(
            armour.replace("\r\n", "\n").trim(),
            letterhead().certificate.trim()
        );
    }
    let without = Letterhead {
        certificate: String::new(),
        ..letterhead()
    };
    let request = request(None, Occasion::KeyRequest, TUESDAY);
    assert_eq!(compose(&without, &request).err(), Some(ComposeError::NoKey));
}

#[test]
fn undecryptable_report_gets_one_text_without_a_reason() {
    let text = text(&request(Some("en"), Occasion::Unreadable, TUESDAY));
    assert!(text.contains("We could not open it yet. Nothing is lost"));
    for word in ["key id", "damaged", "session key", "MDC", "error"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn hostile_recipients_are_not_written_into_a_header() {
    for recipient in ["a@b\r\nBcc: c@d", "a@b, c@d", "<a@b>", "a b@c", "", "a"] {
        let mut request = request(None, Occasion::Received, TUESDAY);
        request.recipient = recipient.into();
        assert_eq!(
            compose(&letterhead(), &request).err(),
            Some(ComposeError::Address),
            "{recipient:?}"
        );
    }
}

#[test]
fn values_with_line_breaks_and_hidden_characters_break_nothing() {
    let evil = "A\r\nBcc: victim@example.net\r\n\r\nX\0Y\u{202e}Z\u{2028}W\u{200b}V\x1b[31m";
    let letterhead = Letterhead {
        display_name: evil.into(),
        emergency_phone: evil.into(),
        website: evil.into(),
        ..letterhead()
    };
    for occasion in [Occasion::Received, Occasion::KeyRequest] {
        let mut request = request(Some("en"), occasion, SUNDAY);
        request.foreign = vec![format!("[{evil} #1]")];
        request.subject = Some(evil.into());
        let message = compose(&letterhead, &request).unwrap().unsigned().unwrap();
        let message = String::from_utf8(message).unwrap();
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(
            !head.lines().any(|line| line.starts_with("Bcc")),
            "{message}"
        );
        let text = text_of(&letterhead, &request);
        let hidden = |c: char| {
            (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2028}' | '\u{200b}')
        };
        assert!(!text.contains(hidden), "{text:?}");
        assert!(
            !text.lines().any(|line| line.starts_with("Bcc")),
            "a value can't begin a line: {text}"
        );
    }
}

proptest! {
    #[test]
    fn no_subject_reference_or_id_adds_a_header_field(subject in "(?s).{0,300}", id in "(?s).{0,80}", foreign in "(?s).{0,80}") {
        let mut request = request(Some("en"), Occasion::Received, TUESDAY);
        request.subject = Some(subject);
        request.in_reply_to = Some(id);
        request.foreign = vec![foreign];
        request.message_id = "ack.1.t@example.org".into();
        let message = compose(&letterhead(), &request).unwrap().unsigned().unwrap();
        let parsed = MessageParser::default().parse(&message).unwrap();
        let known = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
            "X-Pillarbox-Loop", "In-Reply-To", "References", "Autocrypt", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
        for header in parsed.headers() {
            prop_assert!(known.contains(&header.name.as_str()), "{}", header.name.as_str());
        }
        prop_assert!(parsed.subject().unwrap().starts_with("[CSIRT#000123]"));
        prop_assert_eq!(parsed.attachment_count(), 0);
        prop_assert!(parsed.content_type().is_some());
    }
}
