//! HTML to text, languages, and what identifies a message.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use intake::message::{content_identity, html_to_text, language};

#[test]
fn html_becomes_text() {
    for (html, text) in [
        (
            "<html><head><title>T</title><style>p{}</style></head><body><p>One</p><p>Two</p>",
            "One\n\nTwo",
        ),
        ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
        (
            "<table><tr><td>IP</td><td>Port</td></tr><tr><td>192.0.2.1</td><td>22</td></tr></table>",
            "IP\tPort\n192.0.2.1\t22",
        ),
        (
            "see <a href=\"http://x.example/?a=1&amp;b=2\">our page</a>.",
            "see our page <http://x.example/?a=1&b=2>.",
        ),
        (
            "<a href='http://x.example/'>http://x.example</a>",
            "http://x.example",
        ),
        (
            "<a href=\"mailto:a@b.example\">a@b.example</a>",
            "a@b.example",
        ),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        (
            "x&nbsp;&lt;y&gt; &eacute;&#233;&#xE9; AT&T",
            "x <y> ééé AT&T",
        ),
        ("<script>alert('<p>no</p>')</script>shown", "shown"),
        ("<SCRIPT>never closed, so shown", "never closed, so shown"),
        ("a<!-- <b>hidden</b> -->b", "ab"),
        ("<!-- never closed <b>shown</b>", "shown"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<pre>Nov  1\n  ssh</pre>", "Nov  1\n  ssh"),
        (
            "  lots \n of\t blanks <b>bold</b>, <i>it</i>alic",
            "lots of blanks bold, italic",
        ),
        ("<img alt=\"pay now\" src=x>", "pay now"),
        ("<p title=\"a>b\">c</p>", "c"),
        ("", ""),
    ] {
        assert_eq!(html_to_text(html).trim(), text, "{html}");
    }
}

#[test]
fn hostile_html_takes_no_time() {
    for unit in [
        "<",
        "<a",
        "<a href=\"",
        "<script>",
        "<!--",
        "&",
        "&#",
        "<a href=x>",
        "<b ",
        "<td>",
        "<p \"",
        "=",
        "<style><!--",
    ] {
        let started = Instant::now();
        let text = html_to_text(&unit.repeat(1_000_000 / unit.len()));
        assert!(text.len() <= 4 * 1024 * 1024);
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "{unit}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn languages_of_reports() {
    for (text, code) in [
        (
            "Hello, we have seen scans from your network. Please look into this.",
            Some("en"),
        ),
        (
            "Bonjour, nous avons constaté des scans depuis votre réseau. Merci de vérifier.",
            Some("fr"),
        ),
        (
            "Guten Tag, wir haben Angriffe von Ihrer Adresse gesehen. Bitte prüfen Sie das.",
            Some("de"),
        ),
        (
            "Hola, hemos visto ataques desde su red. Por favor, revise el equipo. Gracias",
            Some("es"),
        ),
        (
            "Bonjour, voici les traces :\nNov 1 02:11:09 host sshd[1]: Failed password for root from 192.0.2.1 port 22\nMerci de nous répondre dans la journée.",
            Some("fr"),
        ),
        (
            "Nov 1 02:11:09 host sshd[1]: Failed password for root from 192.0.2.1 port 4455 ssh2",
            None,
        ),
        ("192.0.2.1", None),
        ("", None),
    ] {
        assert_eq!(language(text).as_deref(), code, "{text}");
    }
}

fn identity(raw: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    content_identity(raw.as_bytes(), &mut |chunk| octets.extend_from_slice(chunk));
    octets
}

const MAIL: &str = "From: a@b.example\r\nTo: csirt@c.example\r\nSubject: A long\r\n subject\r\nDate: Tue, 5 Mar 2024 02:11:09 +0100\r\nMessage-ID: <1@b.example>\r\n\r\nLine one\r\n\r\nLine two\r\n";

#[test]
fn the_same_message_by_another_way() {
    let relayed = format!(
        "Return-Path: <x@y>\r\nReceived: from a by b;\r\n\tdate\r\nX-Spam-Status: No\r\nARC-Seal: i=1\r\n{MAIL}"
    );
    let listed = MAIL.replace(
        "Date:",
        "List-Id: <l.example>\r\nPrecedence: list\r\nSender: l-bounces@x.example\r\nDate:",
    );
    let refolded = MAIL.replace("A long\r\n subject", "A long subject");
    for copy in [
        relayed,
        listed,
        refolded,
        MAIL.replace("\r\n", "\n"),
        format!("{MAIL}\r\n\r\n"),
        format!("Delivered-To: z\n{MAIL}"),
    ] {
        assert_eq!(identity(&copy), identity(MAIL), "{copy}");
    }
}

#[test]
fn another_message_with_the_same_id() {
    for (from, to) in [
        ("a@b.example", "e@b.example"),
        ("A long", "Another"),
        ("+0100", "+0200"),
        ("<1@b", "<2@b"),
        ("Line two", "Line too"),
        ("one\r\n\r\nLine", "one\r\nLine"),
        ("Line one", " Line one"),
        ("Message-ID", "Auto-Submitted: auto-replied\r\nMessage-ID"),
        ("Message-ID", "Reply-To: e@vil.example\r\nMessage-ID"),
        ("Message-ID", "Content-Type: text/html\r\nMessage-ID"),
    ] {
        assert_ne!(
            identity(&MAIL.replacen(from, to, 1)),
            identity(MAIL),
            "{from} to {to}"
        );
    }
    let moved = MAIL.replacen("\r\n\r\nLine one", "\r\n\r\nFrom: x\r\nLine one", 1);
    assert_ne!(identity(&moved), identity(MAIL));
    assert!(
        std::str::from_utf8(&identity(MAIL))
            .unwrap()
            .starts_with("date:Tue, 5 Mar")
    );
}
