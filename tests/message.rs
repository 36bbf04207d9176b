//! Structure, ranges, header values and texts of messages as mail clients make them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use intake::message::{Content, Defect, Message, date, header, mailboxes, message_ids, parse};

const SIGNED: &str = "From: A <a@example.org>\r\nContent-Type: multipart/signed; boundary=\"=-x\"; protocol=\"application/pgp-signature\"\r\n\r\n\
    preamble\r\n--=-x\r\nContent-Type: text/plain\r\n\r\nBody \r\n\r\n--=-x\r\nContent-Type: application/pgp-signature\r\n\r\nSIG\r\n--=-x--\r\n";

fn shape(message: &Message) -> Vec<(&str, &str)> {
    message
        .parts
        .iter()
        .map(|part| (part.id.as_str(), part.content_type.as_str()))
        .collect()
}

#[test]
fn a_signed_part_is_located_to_the_octet() {
    for raw in [
        SIGNED.to_owned(),
        SIGNED.replace("\r\n", "\n"),
        SIGNED.replace("\r\n", "\r"),
    ] {
        let message = parse(raw.as_bytes());
        assert_eq!(
            shape(&message),
            [
                ("0", "multipart/signed"),
                ("1", "text/plain"),
                ("2", "application/pgp-signature")
            ]
        );
        let signed = &raw[message.parts[1].whole.clone()];
        assert_eq!(
            signed.replace("\r\n", "\n").replace('\r', "\n"),
            "Content-Type: text/plain\n\nBody \n"
        );
        assert_eq!(
            raw[message.parts[1].body.clone()]
                .replace("\r\n", "\n")
                .replace('\r', "\n"),
            "Body \n"
        );
        assert!(message.parts[2].content == Content::Bytes(b"SIG".to_vec()));
        assert_eq!(
            message.root().params["protocol"],
            "application/pgp-signature"
        );
        assert_eq!(message.root().whole, 0..raw.len());
        assert_eq!(message.defects, []);
    }
}

#[test]
fn an_attached_message_is_parts_too() {
    let raw = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nsee below\n--a\nContent-Type: message/rfc822\n\n\
        Subject: inner\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: text/html\n\n<p>html\n--b--\n\
        --a\nContent-Type: message/rfc822\n\nSubject: second\n\nplain\n--a--\n";
    let message = parse(raw.as_bytes());
    let expected = [
        ("0", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "message/rfc822"),
        ("2.0", "multipart/alternative"),
        ("2.1", "text/plain"),
        ("2.2", "text/html"),
        ("3", "message/rfc822"),
        ("3.1", "text/plain"),
    ];
    assert_eq!(shape(&message), expected);
    let enclosing: Vec<u16> = message
        .parts
        .iter()
        .map(|part| part.enclosing_messages)
        .collect();
    assert_eq!(enclosing, [0, 0, 0, 1, 1, 1, 0, 1]);
    assert_eq!(message.parts[4].parent, Some(3));
    assert_eq!(message.parts[7].text(), Some("plain"));
    assert_eq!(
        header(&message.parts[3].headers, "subject").unwrap().value,
        "inner"
    );
    assert_eq!(
        message
            .children(0)
            .map(|(index, _)| index)
            .collect::<Vec<_>>(),
        [1, 2, 6]
    );
}

#[test]
fn delimiters_match_whole_lines() {
    let raw = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--bc\nstill one\n--b \t\n\ntwo\n--b--";
    let message = parse(raw.as_bytes());
    assert_eq!(message.parts[1].text(), Some("one\n--bc\nstill one"));
    assert_eq!(message.parts[2].text(), Some("two"));
}

#[test]
fn a_multipart_without_parts_shows_its_text() {
    for (raw, text) in [
        (
            "Content-Type: multipart/mixed; boundary=x\n\nHello",
            "Hello",
        ),
        ("Content-Type: multipart/mixed\n\nHello", "Hello"),
        (
            "Content-Type: multipart/mixed\n\n--guess\n\nHello\n--guess--\n",
            "Hello",
        ),
        ("Content-Type: multipart\n\nHello", "Hello"),
    ] {
        let message = parse(raw.as_bytes());
        assert_eq!(message.parts.last().unwrap().text(), Some(text), "{raw}");
        assert_eq!(message.parts.last().unwrap().content_type, "text/plain");
    }
    assert_eq!(
        parse(b"Content-Type: multipart/mixed; boundary=x\n\nHello").defects,
        [Defect::BadBoundary]
    );
}

#[test]
fn damaged_headers_keep_the_rest() {
    let message = parse(b"From u Mon\nSubject: a\nbroken line here\nFrom: a@b\n\nbody");
    assert_eq!(message.root().headers.len(), 2);
    assert_eq!(message.root().text(), Some("body"));
    assert_eq!(message.defects, [Defect::NoHeader]);
    let message = parse(b"Subject: a\nNo blank line before this text\nand more");
    assert_eq!(
        message.root().text(),
        Some("No blank line before this text\nand more")
    );
    let message = parse(b"Just text, no header at all");
    assert_eq!(message.root().text(), Some("Just text, no header at all"));
    assert_eq!(
        parse(b"Subject: a\nsubject: b\n\n").defects,
        [Defect::RepeatedHeader]
    );
}

#[test]
fn header_values_are_unfolded_and_decoded() {
    let subject = |raw: &str| {
        header(
            &parse(format!("Subject: {raw}\n\n").as_bytes()).parts[0].headers,
            "SUBJECT",
        )
        .unwrap()
        .clone()
    };
    assert_eq!(
        subject("=?utf-8?B?w4lxdWlwZQ==?=\r\n =?utf-8?Q?_caf=C3=A9?= [T#000123]").value,
        "Équipe café [T#000123]"
    );
    assert_eq!(subject("=?iso-8859-1?q?a=0D=0ABcc:_b?=").value, "a  Bcc: b");
    assert_eq!(subject("=?utf-8?q?x?=").raw, "=?utf-8?q?x?=");
    assert_eq!(subject("a\n\tb").raw, "a\tb");
    let split = subject("=?utf-8?Q?caf=C3?= =?UTF-8?q?=A9?= =?utf-8?B?w4k=?= =?utf-8?B?w4k=?=");
    assert_eq!(split.value, "caféÉÉ");
    assert_eq!(subject("=?x =?utf-8?q?a?= b =?").value, "=?x a b =?");
    let latin1 = parse(b"Subject: caf\xe9\n\ncaf\xe9");
    assert_eq!(latin1.root().headers[0].value, "café");
    assert_eq!(latin1.root().text(), Some("café"));
}

#[test]
fn file_names_are_decoded_and_make_attachments() {
    let raw = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=first.txt\n\nx\n\
        --b\nContent-Type: text/plain; name=\"=?utf-8?q?caf=C3=A9.log?=\"\n\ny\n\
        --b\nContent-Disposition: attachment;\n filename*0*=utf-8''na%C3%AFve;\n filename*1=.csv\nContent-Type: text/csv\n\nz\n--b--\n";
    let message = parse(raw.as_bytes());
    let names: Vec<_> = message
        .parts
        .iter()
        .map(|part| (part.filename.as_deref(), part.attachment))
        .collect();
    assert_eq!(
        names,
        [
            (None, false),
            (Some("first.txt"), false),
            (Some("café.log"), true),
            (Some("naïve.csv"), true)
        ]
    );
}

#[test]
fn contents_are_decoded() {
    let text = |head: &str, body: &[u8]| {
        let mut raw = format!("{head}\n\n").into_bytes();
        raw.extend_from_slice(body);
        let message = parse(&raw);
        (message.root().text().map(str::to_owned), message.defects)
    };
    assert_eq!(
        text("Content-Transfer-Encoding: base64", b"SGVs\nbG8="),
        (Some("Hello".into()), vec![])
    );
    assert_eq!(
        text("Content-Transfer-Encoding: BASE64", b"SGVs*\nbG8="),
        (Some("Hello".into()), vec![Defect::BadEncoding])
    );
    assert_eq!(
        text(
            "Content-Transfer-Encoding: quoted-printable",
            b"a=3Db=\r\nc"
        ),
        (Some("a=bc".into()), vec![])
    );
    assert_eq!(
        text("Content-Transfer-Encoding: quoted-printable", b"50=% a=3D"),
        (Some("50=% a=".into()), vec![Defect::BadEncoding])
    );
    assert_eq!(
        text("Content-Type: text/plain; charset=us-ascii", "é".as_bytes()),
        (Some("é".into()), vec![])
    );
    assert_eq!(
        text("Content-Type: text/plain; charset=koi8-r", b"\xf0"),
        (Some("П".into()), vec![])
    );
    assert_eq!(
        text("Content-Type: text/plain; charset=x-nobody-knows", b"a"),
        (Some("a".into()), vec![Defect::BadCharset])
    );
    assert_eq!(
        text("Content-Type: application/json", b"{}"),
        (Some("{}".into()), vec![])
    );
    assert_eq!(
        text("Content-Type: message/delivery-status", b"Action: failed"),
        (Some("Action: failed".into()), vec![])
    );
}

#[test]
fn address_lists() {
    let read = |raw: &str| -> Vec<(String, String)> {
        mailboxes(raw)
            .into_iter()
            .map(|m| (m.name, m.address))
            .collect()
    };
    let pair = |name: &str, address: &str| (name.to_owned(), address.to_owned());
    assert_eq!(
        read("\"Doe, J\" <J.Doe@Example.ORG>, x@y.example"),
        [pair("Doe, J", "J.Doe@example.org"), pair("", "x@y.example")]
    );
    assert_eq!(
        read("=?utf-8?q?Ren=C3=A9?= <r@x.example>"),
        [pair("René", "r@x.example")]
    );
    assert_eq!(
        read("team: a@x.example, b@x.example;"),
        [pair("", "a@x.example"), pair("", "b@x.example")]
    );
    assert_eq!(
        read("noc@x.example (Network Centre)"),
        [pair("Network Centre", "noc@x.example")]
    );
    assert_eq!(
        read("\"a@trusted.example\" <b@evil.example>"),
        [pair("a@trusted.example", "b@evil.example")]
    );
    assert_eq!(read("undisclosed-recipients:;"), []);
    assert_eq!(read(""), []);
}

#[test]
fn message_id_lists_and_dates() {
    assert_eq!(message_ids("<a@b>\n <c@d>"), ["a@b", "c@d"]);
    assert_eq!(message_ids("<a@b><c@d>"), ["a@b", "c@d"]);
    assert_eq!(message_ids(""), Vec::<String>::new());
    assert_eq!(
        date("Tue, 5 Mar 2024 02:11:09 +0100").as_deref(),
        Some("2024-03-05T02:11:09+01:00")
    );
    assert_eq!(
        date("5 Mar 2024 02:11 -0530 (comment)").as_deref(),
        Some("2024-03-05T02:11:00-05:30")
    );
    assert_eq!(
        date("Tue, 5 Mar 2024 02:11:09 GMT").as_deref(),
        Some("2024-03-05T02:11:09+00:00")
    );
    assert_eq!(date("31 Feb 2024 00:00:00 +0000"), None);
    assert_eq!(date("yesterday"), None);
}
