//! Reading returns, and keeps its promises, for whatever comes.

use proptest::prelude::*;

use crate::made::*;

/// Mail in every form that is read, with the canary or `signed words` as what the peer signed.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SAMPLES.get_or_init(|| {
        let content = entity();
        let block = sealed(CANARY);
        let text = |body: &str| mail(&format!("Content-Type: text/plain\r\n\r\n{body}"));
        let html = |body: &str| mail(&format!("Content-Type: text/html\r\n\r\n<pre>{body}</pre>"));
        let mixed = |parts: &[&str]| {
            let parts: String = parts
                .iter()
                .map(|part| format!("--m\r\n{part}\r\n"))
                .collect();
            mail(&format!(
                "Content-Type: multipart/mixed; boundary=m\r\n\r\n{parts}--m--\r\n"
            ))
        };
        let file =
            |name: &str, body: &str| format!("Content-Type: text/plain; name={name}\r\n\r\n{body}");
        let inner = signed_entity(&content, &signature(&content));
        vec![
            pgp_mime(&sealed(&content)),
            mail(&inner),
            text(&block),
            text(&cleartext("signed words\n")),
            text(&format!("{block}\r\n-- \r\nfooter\r\n")),
            text(&format!("before\r\n> {}", block.replace('\n', "\n> "))),
            text(&block.replace('=', "=3D")),
            html(&block),
            html(&cleartext("signed words\n")),
            pgp_mime(&sealed(&inner)),
            mixed(&[
                "\r\n",
                &file("v.txt", "Version: 1"),
                &file("msg.asc", &sealed(&content)),
            ]),
            mixed(&[
                &file("a.log", CANARY),
                &file("a.log.sig", &signature(CANARY)),
            ]),
            mixed(&[
                &content,
                &format!(
                    "Content-Type: application/pgp-signature\r\n\r\n{}",
                    signature(&content)
                ),
            ]),
            mixed(&[
                &pgp_mime_entity(&sealed(&content)),
                "Content-Type: text/plain\r\n\r\n-- \r\nfooter",
            ]),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn octets_changed_anywhere(
        sample in 0..14_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut raw = samples()[sample].clone();
        for (index, octet) in changes {
            let at = index.index(raw.len());
            raw[at] = octet;
        }
        check(&raw);
    }

    #[test]
    fn pieces_cut_and_joined(
        (first, second) in (0..14_usize, 0..14_usize),
        (head, tail) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let (first, second) = (&samples()[first], &samples()[second]);
        let raw = [&first[..head.index(first.len())], &second[tail.index(second.len())..]].concat();
        check(&raw);
    }

    #[test]
    fn packets_of_any_content(octets in prop::collection::vec(any::<u8>(), 0..400), head in 0x80..=0xFF_u8) {
        let binary = [&[head], octets.as_slice()].concat();
        check(&pgp_mime(&armored(&binary)));
        check(&mail(&signed_entity(&entity(), &armored(&binary))));
        let key = armored(&binary).replace("MESSAGE", "PUBLIC KEY BLOCK");
        check(&mail(&format!("Content-Type: application/pgp-keys\r\n\r\n{key}")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Lines of armour and of cleartext lost, doubled, quoted, joined, encoded: read or left closed, never wrong.
    #[test]
    fn lines_mistreated(
        sample in 2..9_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..9_u8), 1..5),
    ) {
        let text = String::from_utf8(samples()[sample].clone()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<String> = body.split_inclusive('\n').map(str::to_owned).collect();
        for (index, change) in changes {
            let at = index.index(lines.len());
            let line = lines[at].clone();
            lines[at] = match change {
                0 => String::new(),
                1 => line.repeat(2),
                2 => format!("> {line}"),
                3 => line.trim_end().to_owned(),
                4 => line.replace('=', "=3D"),
                5 => format!("{}=20\n", line.trim_end()),
                6 => format!("\u{a0}{line}"),
                7 => format!("{}=\n{line}", line.trim_end()),
                _ => format!("{line}\u{c}"),
            };
        }
        check(format!("{head}\r\n\r\n{}", lines.concat()).as_bytes());
    }

    /// What is errant is named by a part that is there, and is not opened.
    #[test]
    fn structures_of_any_shape(parts in structure(3)) {
        let raw = mail(&parts);
        let reading = reading(&raw);
        let json = serde_json::to_string(&reading).unwrap();
        prop_assert!(reading.openpgp.errant.len() <= 16);
        if reading.openpgp.layers.is_empty() {
            prop_assert!(!json.contains(CANARY), "{}", parts);
        }
        for errant in &reading.openpgp.errant {
            prop_assert!(reading.parts.iter().any(|part| part.id == errant.part), "{} of {}", errant.part, parts);
        }
        prop_assert!(reading.openpgp.encrypted || !reading.openpgp.decrypted);
        let named = !reading.openpgp.errant.is_empty() || reading.openpgp.encrypted;
        prop_assert!(named || !parts.contains("BEGIN PGP MESSAGE"), "{}", parts);
    }
}

/// Multiparts of all kinds around ciphertext, HTML and text.
fn structure(depth: u32) -> impl Strategy<Value = String> {
    let block = sealed(CANARY);
    let leaf = prop_oneof![
        Just(pgp_mime_entity(&block)),
        Just(format!("Content-Type: text/plain\r\n\r\n{block}")),
        Just(format!("Content-Type: text/html\r\n\r\n<pre>{block}</pre>")),
        Just("Content-Type: text/plain\r\n\r\nsome words\r\n".to_owned()),
        Just("Content-Type: text/html\r\n\r\n<img src=\"http://attacker.example/\r\n".to_owned()),
        Just("Content-Type: text/plain\r\n\r\n\r\n".to_owned()),
        Just("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n".to_owned()),
    ];
    leaf.prop_recursive(depth, 12, 4, |inner| {
        let kinds = prop::sample::select(vec!["mixed", "related", "alternative", "encrypted", "signed", "digest"]);
        let boundary = "[a-z]{12}";
        prop_oneof![
            4 => (kinds, boundary, prop::collection::vec(inner.clone(), 1..4)).prop_map(|(kind, boundary, parts)| {
                let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
                format!("Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n")
            }),
            1 => inner.prop_map(|part| format!("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n{part}")),
        ]
    })
}

/// Text that counts as signed is text that the peer signed. A signed file whose type no longer says text has none.
fn check(raw: &[u8]) {
    for part in reading(raw).parts {
        let Some(text) = part.text.filter(|_| part.signed) else {
            continue;
        };
        assert!(
            text.contains(CANARY) || text.trim() == "signed words",
            "{text:?}"
        );
    }
}
