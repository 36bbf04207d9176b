//! What holds for every input of the parser.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use intake::message::{MAX_PARTS, content_identity, html_to_text, language, parse};
use proptest::prelude::*;

/// Pieces of which mail, and damage, is made.
const PIECES: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "--a\r\n",
    "--a--\r\n",
    "--b\n",
    "--b--",
    "--",
    "\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=a\r\n",
    "Content-Type: multipart/report; boundary=\"b\"; report-type=delivery-status\n",
    "Content-Type: message/rfc822\r\n",
    "Content-Type: text/html; charset=utf-16\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Subject: =?utf-8?Q?a=?= =?utf-8?b?w4k?=\r\n",
    " folded\r\n",
    "=?",
    "?=",
    "=C3",
    "w4k=",
    "From: a <a@b>, (c\r\n",
    "text ",
    "é",
    ": ",
    "\0",
    "<p><a href='x",
    "&amp",
    "From x\n",
    "[T#000001]",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_lie_inside_their_parents(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        let raw = pieces.concat();
        let message = parse(raw.as_bytes());
        prop_assert!(!message.parts.is_empty() && message.parts.len() <= MAX_PARTS);
        prop_assert_eq!(&message.root().whole, &(0..raw.len()));
        for (index, part) in message.parts.iter().enumerate() {
            prop_assert!(part.whole.start <= part.body.start && part.body.start <= part.body.end && part.body.end == part.whole.end);
            prop_assert!(part.whole.end <= raw.len());
            if let Some(parent) = part.parent {
                prop_assert!(parent < index);
                let around = &message.parts[parent].body;
                prop_assert!(around.start <= part.whole.start && part.whole.end <= around.end);
            }
        }
        let ids: std::collections::BTreeSet<&str> = message.parts.iter().map(|part| part.id.as_str()).collect();
        prop_assert_eq!(ids.len(), message.parts.len());
    }

    #[test]
    fn any_octets_return(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
        let message = parse(&octets);
        let text = String::from_utf8_lossy(&octets);
        let _ = (html_to_text(&text), language(&text), message.root().text().is_some());
        let mut length = 0;
        content_identity(&octets, &mut |chunk| length += chunk.len());
        prop_assert!(length <= octets.len() * 2 + 4);
    }

    /// The identity does not depend on line ends.
    #[test]
    fn identity_ignores_line_ends(lines in proptest::collection::vec("[A-Z][a-z]{1,6}: [ -~]{0,20}", 0..8), body in proptest::collection::vec("[ -~]{0,20}", 0..6)) {
        let identity = |end: &str| {
            let raw = format!("{}{end}{end}{}", lines.join(end), body.join(end));
            let mut octets = Vec::new();
            content_identity(raw.as_bytes(), &mut |chunk| octets.extend_from_slice(chunk));
            octets
        };
        prop_assert_eq!(identity("\r\n"), identity("\n"));
    }
}

#[test]
fn the_pieces_make_parts() {
    let raw = format!("{}\r\n{}\r\nx\r\n{}", PIECES[9], PIECES[3], PIECES[4]);
    assert_eq!(
        parse(raw.as_bytes()).parts.last().unwrap().text(),
        Some("x")
    );
}
