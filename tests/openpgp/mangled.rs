//! What clients, servers and lists make of OpenPGP mail, and what can be undone.

use intake::openpgp::{Covers, Form, Verdict};
use intake::reading::Reading;

use crate::made::*;

fn text_part(parameters: &str, body: &str) -> Vec<u8> {
    mail(&format!(
        "Content-Type: text/plain{parameters}\r\n\r\n{body}"
    ))
}

fn assert_opened(raw: &[u8], form: Form) -> Reading {
    let reading = reading(raw);
    let shown = String::from_utf8_lossy(raw);
    assert!(reading.openpgp.decrypted, "{shown}\n{:?}", reading.openpgp);
    assert_eq!(encrypted_layers(&reading)[0].form, form, "{shown}");
    assert!(text(&reading).contains(CANARY), "{shown}");
    assert_eq!(signed_layers(&reading)[0].verdict, Verdict::Good);
    assert!(reading.openpgp.errant.is_empty(), "{:?}", reading.openpgp);
    reading
}

fn assert_good_cleartext(raw: &[u8]) -> Reading {
    let reading = reading(raw);
    let shown = String::from_utf8_lossy(raw);
    let layers = signed_layers(&reading);
    let verdicts: Vec<Verdict> = layers.iter().map(|layer| layer.verdict).collect();
    assert_eq!(verdicts, [Verdict::Good], "{shown}");
    reading
}

fn utf16(text: &str) -> Vec<u8> {
    let octets = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xFF, 0xFE].into_iter().chain(octets).collect()
}

fn base64(octets: &[u8]) -> String {
    let armored = armored(octets);
    let lines = armored.lines().skip(2);
    lines
        .take_while(|line| !line.starts_with(['=', '-']))
        .collect::<Vec<_>>()
        .join("\r\n")
}

/// `=` and what is not ASCII as octets, soft breaks every 40.
fn quoted_printable(text: &str) -> String {
    let mut encoded = String::new();
    for line in text.lines() {
        let mut length = 0;
        for octet in line.bytes() {
            let written = match octet {
                b'=' | 0x80.. => format!("={octet:02X}"),
                _ => char::from(octet).to_string(),
            };
            if length + written.len() > 40 {
                encoded.push_str("=\r\n");
                length = 0;
            }
            length += written.len();
            encoded.push_str(&written);
        }
        encoded.push_str("\r\n");
    }
    encoded
}

#[test]
fn inline_in_any_transfer_encoding_and_charset() {
    let block = sealed(CANARY);
    let encoded = |encoding: &str, charset: &str, body: &str| {
        mail(&format!(
            "Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
        ))
    };
    for raw in [
        encoded("quoted-printable", "utf-8", &quoted_printable(&block)),
        encoded("base64", "utf-8", &base64(block.as_bytes())),
        encoded("base64", "utf-16le", &base64(&utf16(&block))),
        encoded("base64", "utf-16", &base64(&utf16(&block))),
        encoded("7bit", "iso-2022-jp", &block),
        encoded("8bit", "koi8-r", &block),
        text_part("; charset=utf-8; format=flowed; delsp=yes", &block),
        mail(&format!("Content-Type: text/x-anything\r\n\r\n{block}")),
        mail(&format!("\r\n{block}")),
    ] {
        assert_opened(&raw, Form::Inline);
    }
}

#[test]
fn damage_to_armour_that_is_undone() {
    let block = sealed(CANARY);
    let header = block.replacen("\n\n", "\nVersion: GnuPG v2\nComment: x: y\n\n", 1);
    let without = |unwanted: &str| {
        let lines = block.lines().filter(|line| !line.starts_with(unwanted));
        lines.collect::<Vec<_>>().join("\n")
    };
    let folded = |line: &str| match line.split_at_checked(30) {
        Some((one, two)) if !line.starts_with('-') => format!("{one}\n{two}"),
        Some(_) | None => line.to_owned(),
    };
    for (what, damaged) in [
        ("encoded twice", quoted_printable(&block)),
        ("escapes only", block.replace('=', "=3D")),
        ("blanks at line ends", block.replace('\n', "  \n")),
        (
            "encoded blanks at line ends",
            block.replace("=", "=3D").replace("\n", "=20\n"),
        ),
        (
            "no-break space for the blank line",
            block.replacen("\n\n", "\n\u{a0}\n", 1),
        ),
        ("no blank line", block.replacen("\n\n", "\n", 1)),
        (
            "no blank line below headers",
            header.replacen("\n\n", "\n", 1),
        ),
        ("headers", header),
        (
            "empty headers",
            block.replacen("\n\n", "\nVersion: \nComment:\n\n", 1),
        ),
        ("no checksum", without("=")),
        ("lines doubled", block.replace('\n', "\n\n")),
        ("indented", block.replace('\n', "\n    ")),
        (
            "folded",
            block.lines().map(folded).collect::<Vec<_>>().join("\n"),
        ),
        ("byte order mark", format!("\u{feff}{block}")),
    ] {
        let reading = reading(&text_part("; charset=utf-8", &damaged));
        assert!(
            reading.openpgp.decrypted,
            "{what}: {:?}\n{damaged}",
            reading.openpgp
        );
        assert_eq!(text(&reading), CANARY, "{what}");
    }
}

#[test]
fn html_only() {
    let block = sealed(CANARY);
    let in_divs: String = block
        .lines()
        .map(|line| {
            format!(
                "<div>{}</div><br>\r\n",
                if line.is_empty() { "&nbsp;" } else { line }
            )
        })
        .collect();
    for html in [
        format!("<html><body><pre>{block}</pre></body></html>"),
        format!("<html><head><style>p {{ margin: 0 }}</style></head><body>{in_divs}</body></html>"),
        format!(
            "<html><body><p>{}</p></body></html>",
            block.replace('\n', "<br>\n")
        ),
        block.replace('\n', "<br/>\r\n"),
    ] {
        let raw = mail(&format!(
            "Content-Type: text/html; charset=utf-8\r\n\r\n{html}"
        ));
        assert_opened(&raw, Form::Inline);
    }
    let alternative = mail(&format!(
        "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\n{block}\r\n\
         --a\r\nContent-Type: text/html\r\n\r\n<html><body>{in_divs}</body></html>\r\n--a--\r\n"
    ));
    assert_opened(&alternative, Form::Inline);
}

#[test]
fn charset_of_the_armour_header() {
    let block = sealed("").replacen("\n\n", "\nCharset: iso-8859-1\n\n", 1);
    assert!(reading(&text_part("", &block)).openpgp.decrypted);
    let to = [team().public.as_bytes()];
    let latin = b"caf\xe9 in latin";
    let block = intake::openpgp::encrypt(&keys_of(noc()), latin, &to, false, now()).unwrap();
    let block = block.replacen("\n\n", "\nCharset: ISO-8859-1\n\n", 1);
    let shown = reading(&text_part("; charset=koi8-r", &block));
    assert_eq!(text(&shown), "café in latin");
}

fn mixed(parts: &[String]) -> Vec<u8> {
    let parts: String = parts
        .iter()
        .map(|part| format!("--m\r\n{part}\r\n"))
        .collect();
    mail(&format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n{parts}--m--\r\n"
    ))
}

fn file(content_type: &str, name: &str, body: &str) -> String {
    format!(
        "Content-Type: {content_type}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{body}"
    )
}

const EMPTY: &str = "Content-Type: text/plain\r\n\r\n\r\n";
const EMPTY_HTML: &str = "Content-Type: text/html\r\n\r\n<html><head>\
    <meta http-equiv=\"Content-Type\" content=\"text/html; charset=us-ascii\"></head><body><div>&nbsp;</div></body></html>\r\n";

#[test]
fn pgp_mime_that_servers_took_apart() {
    let block = sealed(&entity());
    let version = |content_type: &str, name: &str| file(content_type, name, "Version: 1\r\n");
    let pgp_mime = pgp_mime_entity(&block);
    for (what, parts) in [
        (
            "exchange",
            vec![
                EMPTY.to_owned(),
                version(
                    "application/pgp-encrypted",
                    "PGPMIME version identification",
                ),
                file("application/octet-stream", "encrypted.asc", &block),
            ],
        ),
        (
            "exchange with html",
            vec![
                format!(
                    "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n{EMPTY}\r\n--a\r\n{EMPTY_HTML}\r\n--a--"
                ),
                version("application/octet-stream", "ATT00001"),
                file("application/octet-stream", "encrypted.asc", &block),
            ],
        ),
        (
            "gpgol",
            vec![
                EMPTY.to_owned(),
                version("text/plain", "PGPMIME.txt"),
                file("text/plain", "msg.asc", &block),
            ],
        ),
        (
            "gpgol, other names",
            vec![
                version("application/pgp-encrypted", "GPGol_MIME_structure.txt"),
                file(
                    "application/octet-stream",
                    "openpgp-encrypted-message.asc",
                    &block,
                ),
            ],
        ),
        (
            "proton's bridge",
            vec![
                "Content-Type: text/plain; charset=utf-8\r\n\r\nEmpty Message".to_owned(),
                version("application/pgp-encrypted", "attachment.pgp"),
                file("application/octet-stream", "encrypted.asc", &block),
            ],
        ),
        ("google workspace", vec![EMPTY.to_owned(), pgp_mime]),
    ] {
        let reading = assert_opened(&mixed(&parts), Form::Mime);
        assert_eq!(signed_layers(&reading)[0].covers, Covers::Whole, "{what}");
        assert_eq!(reading.parts.len(), 1, "{what}: {}", text(&reading));
    }
}

/// Without the version part it is a file that was sent alone; what is inside it tells a mail from a file.
#[test]
fn openpgp_file_that_is_the_whole_mail() {
    let whole = sealed(&entity());
    for raw in [
        mixed(&[
            EMPTY.to_owned(),
            file("application/octet-stream", "msg.asc", &whole),
        ]),
        mail(&format!(
            "Content-Type: application/octet-stream; name=\"x.pgp\"\r\n\r\n{whole}"
        )),
        mail(&format!(
            "Content-Type: application/pgp; x-action=encrypt; format=text\r\n\r\n{whole}"
        )),
    ] {
        let reading = assert_opened(&raw, Form::Attachment);
        assert_eq!(signed_layers(&reading)[0].covers, Covers::Whole);
        assert_eq!(reading.parts[0].content_type, "text/plain");
        assert!(!reading.parts[0].attachment && !text(&reading).contains("Content-Type"));
    }
    let log = sealed(&format!("log line {CANARY}"));
    let raw = mixed(&[EMPTY.to_owned(), file("text/plain", "auth.log.GPG", &log)]);
    let reading = assert_opened(&raw, Form::Attachment);
    assert_eq!(reading.parts[0].filename.as_deref(), Some("auth.log"));
    assert!(reading.parts[0].attachment);
}

/// PGP Desktop's partitioned format: each part for itself, the HTML body as a file.
#[test]
fn outlook_partitioned() {
    let raw = mixed(&[
        format!("Content-Type: text/plain\r\n\r\n{}", sealed(CANARY)),
        file(
            "application/octet-stream",
            "PGPexch.htm.pgp",
            &sealed("<p>from <b>HTML</b></p>"),
        ),
        file(
            "application/octet-stream",
            "list.csv.pgp",
            &sealed("ip\n192.0.2.7\n"),
        ),
    ]);
    let reading = assert_opened(&raw, Form::Inline);
    let names: Vec<_> = reading
        .parts
        .iter()
        .map(|part| part.filename.as_deref())
        .collect();
    assert_eq!(names, [None, Some("PGPexch.htm"), Some("list.csv")]);
    assert_eq!(reading.parts[1].content_type, "text/html");
    assert_eq!(
        reading.parts[1].text.as_deref().map(str::trim),
        Some("from HTML")
    );
    assert!(
        reading
            .parts
            .iter()
            .all(|part| part.signed && part.encrypted)
    );
    assert!(
        signed_layers(&reading)
            .iter()
            .all(|layer| layer.covers == Covers::Part)
    );
}

#[test]
fn signed_and_unsigned_files_with_their_signatures() {
    let log = "one\r\ntwo\r\n";
    let signed_with_lf = signature("one\ntwo\n");
    let parts = [
        "Content-Type: text/plain\r\n\r\nsee the files".to_owned(),
        file("text/plain", "auth.log", log),
        file("application/pgp-signature", "auth.log.asc", &signed_with_lf),
        file("text/plain", "other.log", "three\r\n"),
        file(
            "application/octet-stream",
            "other.log.SIG",
            &signature("changed\n"),
        ),
        file(
            "application/octet-stream",
            "note.txt.gpg",
            &opaque("opaque words"),
        ),
        file("text/plain", "clear.txt.asc", &cleartext("clear words\n")),
    ];
    let reading = reading(&mixed(&parts));
    let layers: Vec<_> = signed_layers(&reading)
        .iter()
        .map(|layer| (layer.form, layer.verdict, layer.covers))
        .collect();
    let (attached, part) = (Form::Attachment, Covers::Part);
    assert_eq!(
        layers,
        [
            (attached, Verdict::Good, part),
            (attached, Verdict::Bad, part),
            (attached, Verdict::Good, part),
            (attached, Verdict::Good, part),
        ]
    );
    let signed: Vec<_> = reading
        .parts
        .iter()
        .map(|part| {
            (
                part.filename.as_deref().unwrap_or(""),
                part.signed,
                part.encrypted,
            )
        })
        .collect();
    assert_eq!(
        signed,
        [
            ("", false, false),
            ("auth.log", true, false),
            ("other.log", false, false),
            ("note.txt", true, false),
            ("clear.txt.asc", true, false),
        ]
    );
    assert_eq!(
        reading.parts[4].text.as_deref().map(str::trim),
        Some("clear words")
    );
    assert!(!reading.openpgp.encrypted && reading.openpgp.signed);
}

/// Signed, not encrypted, armoured as a message.
fn opaque(text: &str) -> String {
    let mut sink = Vec::new();
    literal(
        signer(sequoia_openpgp::serialize::stream::Message::new(&mut sink)),
        text.as_bytes(),
    )
    .unwrap();
    armored(&sink)
}

#[test]
fn signed_mail_made_multipart_mixed() {
    let content = entity();
    let signature = signature(&content);
    for (content_type, name) in [
        ("application/pgp-signature", "signature.asc"),
        ("application/octet-stream", "signature.asc"),
        ("application/octet-stream", "OpenPGP_signature"),
    ] {
        let raw = mixed(&[content.clone(), file(content_type, name, &signature)]);
        let reading = reading(&raw);
        let layer = signed_layers(&reading)[0];
        assert_eq!(
            (layer.verdict, layer.covers, layer.form),
            (Verdict::Good, Covers::Part, Form::Mime)
        );
        assert!(reading.parts[0].signed && reading.parts.len() == 1);
    }
    let of_another_file = file("application/octet-stream", "tool.tar.gz.sig", &signature);
    let reading = reading(&mixed(&[content, of_another_file]));
    assert!(
        signed_layers(&reading).is_empty(),
        "nothing says what it is over"
    );
}

const LIST: &str = "_______________________________________________\r\nintern mailing list\r\nintern@lists.example\r\n";

#[test]
fn mailing_list_footers() {
    let footer = format!("Content-Type: text/plain\r\nContent-Disposition: inline\r\n\r\n{LIST}");
    let content = entity();
    let signed = signed_entity(&content, &signature(&content));
    let reading_of = reading(&mixed(&[signed, footer.clone()]));
    let layer = signed_layers(&reading_of)[0];
    assert_eq!((layer.verdict, layer.covers), (Verdict::Good, Covers::Part));
    let covered: Vec<bool> = reading_of.parts.iter().map(|part| part.signed).collect();
    assert_eq!(covered, [true, false]);

    let mime = mixed(&[pgp_mime_entity(&sealed(&entity())), footer]);
    let inline = text_part("", &format!("{}\r\n{LIST}", sealed(CANARY)));
    let by_hand = text_part(
        "",
        &format!("{}\r\n-- \r\nNOC, +33 1 99 00 00 00\r\n", sealed(CANARY)),
    );
    for (raw, form) in [
        (mime, Form::Mime),
        (inline, Form::Inline),
        (by_hand, Form::Inline),
    ] {
        let reading = assert_opened(&raw, form);
        assert_eq!(signed_layers(&reading)[0].covers, Covers::Part);
        let [inside, outside] = reading.parts.as_slice() else {
            panic!("{}", text(&reading))
        };
        assert!(inside.signed && inside.encrypted && !outside.signed && !outside.encrypted);
        assert!(outside.id.starts_with("outer"), "{}", outside.id);
    }
}

#[test]
fn cleartext_signatures_as_they_travel() {
    let words = "signed words  with  blanks\n From the start\n- dash\n= equals\ncafé\n";
    let block = cleartext(words);
    let stuffed: String = block
        .lines()
        .map(
            |line| match line.starts_with([' ', '>']) || line.starts_with("From ") {
                true => format!(" {line}\r\n"),
                false => format!("{line}\r\n"),
            },
        )
        .collect();
    let encoded = |encoding: &str, charset: &str, body: &str| {
        mail(&format!(
            "Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
        ))
    };
    let html = block.replace('&', "&amp;").replace('<', "&lt;");
    let latin: String = block.clone();
    let latin: Vec<u8> = latin
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    for raw in [
        encoded("8bit", "utf-8", &block),
        encoded("quoted-printable", "utf-8", &quoted_printable(&block)),
        encoded("base64", "utf-8", &base64(block.as_bytes())),
        encoded("base64", "iso-8859-1", &base64(&latin)),
        encoded("base64", "utf-16le", &base64(&utf16(&block))),
        encoded("8bit", "utf-8", &quoted_printable(&block)),
        encoded("8bit", "utf-8", &block.replace("  ", "\u{a0} ")),
        encoded("8bit", "utf-8; format=flowed", &stuffed),
        mail(&format!(
            "Content-Type: text/html; charset=utf-8\r\n\r\n<pre>{html}</pre>"
        )),
        mail(&format!(
            "Content-Type: application/pgp; format=text; x-action=sign\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{block}"
        )),
    ] {
        let reading = assert_good_cleartext(&raw);
        let part = reading.parts.iter().find(|part| part.signed).unwrap();
        assert_eq!(
            part.text
                .as_ref()
                .map(|text| text.replace("\r\n", "\n").trim_end().to_owned()),
            Some(words.trim_end().to_owned())
        );
    }
}

#[test]
fn protected_header_and_its_legacy_copies() {
    let header = "From: NOC <noc@peer.example>\r\nSubject: inside\r\n";
    let copy = "Subject: inside\r\n\r\nbody\r\n";
    let html = "<html><body><div class=\"header-protection-legacy-display\"><pre>Subject: inside</pre></div><p>body</p></body></html>";
    let rfc9788 = [
        format!(
            "Content-Type: text/plain; hp=\"cipher\"; hp-legacy-display=\"1\"\r\n{header}HP-Outer: Subject: [...]\r\n\r\n{copy}"
        ),
        format!(
            "Content-Type: text/html; hp=\"cipher\"; hp-legacy-display=\"1\"\r\n{header}\r\n{html}"
        ),
        format!(
            "Content-Type: multipart/alternative; boundary=p; hp=\"cipher\"\r\n{header}\r\n--p\r\n\
             Content-Type: text/plain; hp-legacy-display=\"1\"\r\n\r\n{copy}--p\r\n\
             Content-Type: text/html; hp-legacy-display=\"1\"\r\n\r\n{html}\r\n--p--\r\n"
        ),
        format!(
            "Content-Type: multipart/mixed; boundary=p; protected-headers=\"v1\"\r\n{header}\r\n--p\r\n\
             Content-Type: text/rfc822-headers; protected-headers=\"v1\"\r\nContent-Disposition: inline\r\n\r\nSubject: inside\r\n\r\n--p\r\n\
             Content-Type: text/plain\r\n\r\nbody\r\n--p--\r\n"
        ),
        format!(
            "Content-Type: message/rfc822; forwarded=\"no\"\r\n\r\n{header}Content-Type: text/plain\r\n\r\nbody\r\n"
        ),
    ];
    for inside in rfc9788 {
        let reading = reading(&pgp_mime(&sealed(&inside)));
        assert_eq!(reading.subject.as_deref(), Some("inside"), "{inside}");
        assert!(reading.openpgp.protected_subject);
        assert_eq!(text(&reading).trim(), "body", "{inside}");
    }
}

#[test]
fn more_encrypted_files_than_are_opened() {
    let block = sealed("x");
    let parts: Vec<String> = (0..14)
        .map(|count| file("application/octet-stream", &format!("{count}.pgp"), &block))
        .collect();
    let reading = reading(&mixed(&parts));
    assert_eq!(encrypted_layers(&reading).len(), 14);
    assert!(!reading.openpgp.decrypted);
    assert_eq!(reading.openpgp.error.as_deref(), Some("too_many_packets"));
}
