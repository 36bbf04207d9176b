//! Mail that wants to look signed (threats.md A2).

use intake::openpgp::{Covers, Form, Verdict};

use crate::made::*;

const FORGED: &str = "Content-Type: text/plain\r\n\r\nforged text\r\n";

fn genuine() -> String {
    let content = entity();
    signed_entity(&content, &signature(&content))
}

fn assert_forged_is_unsigned(raw: &[u8]) {
    let reading = reading(raw);
    assert_no_whole_good(raw);
    for part in &reading.parts {
        let forged = part
            .text
            .as_deref()
            .is_some_and(|text| text.contains("forged"));
        assert!(!(forged && part.signed), "{:?}", reading.openpgp);
    }
    assert!(!reading.openpgp.protected_subject);
}

#[test]
fn signed_part_beside_or_under_other_text() {
    for kind in ["mixed", "related", "alternative"] {
        for order in [[FORGED, &genuine()], [&genuine(), FORGED]] {
            let raw = mail(&format!(
                "Content-Type: multipart/{kind}; boundary=w\r\n\r\n--w\r\n{}\r\n--w\r\n{}\r\n--w--\r\n",
                order[0], order[1]
            ));
            assert_forged_is_unsigned(&raw);
            let reading = reading(&raw);
            assert_eq!(signed_layers(&reading)[0].covers, Covers::Part);
        }
    }
}

#[test]
fn third_part_in_the_signed_container() {
    let raw = genuine().replace("\r\n--sig--", &format!("\r\n--sig\r\n{FORGED}\r\n--sig--"));
    assert_forged_is_unsigned(&mail(&raw));
    let first = genuine().replacen("--sig\r\n", &format!("--sig\r\n{FORGED}\r\n--sig\r\n"), 1);
    assert_forged_is_unsigned(&mail(&first));
}

#[test]
fn signed_container_inside_a_forged_one() {
    // The outer signature is an attached copy of the genuine one: it does not fit the outer content.
    let content = entity();
    let genuine_signature = signature(&content);
    let inner = format!(
        "Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n{FORGED}\r\n--w\r\n{}\r\n--w--\r\n",
        genuine()
    );
    assert_forged_is_unsigned(&mail(&signed_entity(&inner, &genuine_signature)));
}

#[test]
fn signed_content_encrypted_with_forged_text() {
    let inner = format!(
        "Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\n{FORGED}\r\n--w\r\n{}\r\n--w--\r\n",
        genuine()
    );
    let to = [team().public.as_bytes()];
    let sealed =
        intake::openpgp::encrypt(&keys_of(team()), inner.as_bytes(), &to, false, now()).unwrap();
    let raw = pgp_mime(&sealed);
    assert!(reading(&raw).openpgp.decrypted);
    assert_no_whole_good(&raw);
}

#[test]
fn sender_is_not_the_signer() {
    let good = String::from_utf8(mail(&genuine())).unwrap();
    assert!(signed_layers(&reading(good.as_bytes()))[0].from_matches);
    let from = "From: NOC <noc@peer.example>";
    for forged in [
        "From: noc@attacker.example",
        "From: \"NOC <noc@peer.example>\" <x@attacker.example>",
        "From: noc@peer.example, x@attacker.example",
        "From: x@attacker.example, NOC <noc@peer.example>",
        "From: noc@peer.example\r\nFrom: x@attacker.example",
        "From: x@attacker.example\r\nFrom: noc@peer.example",
        "From: noc@peer.example@attacker.example",
        "From: ",
        "Sender: noc@peer.example",
        "From: noc@peer.example.attacker.example",
    ] {
        let reading = reading(good.replace(from, forged).as_bytes());
        let signed = signed_layers(&reading)[0];
        assert_eq!(signed.verdict, Verdict::GoodUnknownKey);
        assert!(!signed.from_matches, "{forged}");
    }
}

/// Identity tricks that leave one From address: it decides, whatever stands around it (T21).
#[test]
fn names_are_not_addresses() {
    let good = String::from_utf8(mail(&genuine())).unwrap();
    let from = "From: NOC <noc@peer.example>";
    for forged in [
        "From: noc@peer.example <x@attacker.example>",
        "From: =?utf-8?q?NOC_=3Cnoc=40peer=2Eexample=3E?= <x@attacker.example>",
        "From: \"noc@peer.example\" <noc@peer.example.attacker.example>",
        "From: <noc@peer.example>x@attacker.example",
        "From: x@attacker.example (noc@peer.example)",
        "From: (noc@peer.example) x@attacker.example",
        "From: NOC: noc@peer.example, x@attacker.example;",
        "From: \u{43f}oc@peer.example",
        "From: noc@peer.ex\u{430}mple",
        "From: noc @peer.example.attacker.example",
        "From: noc+x@peer.example",
        "From: \"noc@peer.example> \"@attacker.example",
        "From: noc@peer.example\0@attacker.example",
        "From: noc@peer.example\r\n x@attacker.example",
        "From : noc@peer.example\r\nFrom: x@attacker.example",
        "Resent-From: noc@peer.example\r\nFrom: x@attacker.example",
        "Reply-To: noc@peer.example\r\nFrom: x@attacker.example",
        "X-From: noc@peer.example",
    ] {
        let reading = reading(good.replace(from, forged).as_bytes());
        let signed = signed_layers(&reading)[0];
        assert!(!signed.from_matches && !signed.claims_from, "{forged}");
    }
    for same in [
        "From: noc@peer.example",
        "From: NOC <noc@PEER.example>",
        "From: =?utf-8?q?=C3=A9quipe?= <noc@peer.example>",
        "Sender: x@attacker.example\r\nFrom: noc@peer.example",
        "From: \"x@attacker.example\" <noc@peer.example>",
    ] {
        let reading = reading(good.replace(from, same).as_bytes());
        assert!(signed_layers(&reading)[0].from_matches, "{same}");
    }
}

/// A certificate that came along may say anything of itself: it claims, it does not match (T21).
#[test]
fn forgers_certificate_with_the_victims_address() {
    let forger = made("NOC <noc@peer.example>");
    let content = format!(
        "Content-Type: multipart/mixed; boundary=k\r\n\r\n--k\r\n{FORGED}\r\n--k\r\n\
         Content-Type: application/pgp-keys\r\n\r\n{}\r\n--k--",
        forger.public
    );
    let signature =
        intake::openpgp::sign_detached(&keys_of(&forger), content.as_bytes(), now()).unwrap();
    let raw = mail(&signed_entity(&content, &signature.armored));
    for certs in [vec![], vec![(noc().public.as_bytes(), true)]] {
        let reading = reading_with(&raw, &certs);
        let signed = signed_layers(&reading)[0];
        assert_eq!(signed.verdict, Verdict::GoodUnknownKey);
        assert_eq!(signed.signer.as_deref(), Some(forger.fingerprint.as_str()));
        assert!(!signed.from_matches && signed.claims_from);
    }
    let known = reading_with(&raw, &[(forger.public.as_bytes(), false)]);
    let signed = signed_layers(&known)[0];
    assert!(signed.from_matches && !signed.claims_from);
}

/// The signed mail hidden, shown small, referred to by Content-ID, or attached (M1 to M4).
#[test]
fn signed_mail_as_a_decoration() {
    let genuine = genuine();
    let html =
        "Content-Type: text/html\r\n\r\n<p>forged words</p><iframe src=\"cid:signed\"></iframe>";
    let hidden = "Content-Type: text/html\r\n\r\n<p>forged words</p><div style=\"display:none\">";
    let by_id = format!("Content-ID: <signed>\r\n{genuine}");
    let attached = format!("Content-Disposition: attachment; filename=s.eml\r\n{genuine}");
    let rfc822 = format!("Content-Type: message/rfc822\r\n\r\n{HEADER}{genuine}");
    for kind in ["mixed", "related", "alternative"] {
        for parts in [
            [html, by_id.as_str()],
            [hidden, genuine.as_str()],
            [FORGED, attached.as_str()],
            [FORGED, rfc822.as_str()],
            [html, rfc822.as_str()],
        ] {
            for parts in [parts, [parts[1], parts[0]]] {
                let raw = mail(&format!(
                    "Content-Type: multipart/{kind}; boundary=w\r\n\r\n--w\r\n{}\r\n--w\r\n{}\r\n--w--\r\n",
                    parts[0], parts[1]
                ));
                assert_forged_is_unsigned(&raw);
                let reading = reading(&raw);
                assert!(
                    signed_layers(&reading)
                        .iter()
                        .all(|layer| layer.covers == Covers::Part)
                );
            }
        }
    }
}

/// Text before the first and after the last boundary is shown by some programs; it is no part of the mail.
#[test]
fn preamble_and_epilogue_are_not_shown() {
    let genuine = genuine();
    let framed = genuine
        .replacen("\r\n\r\n--sig", "\r\n\r\nforged preamble\r\n--sig", 1)
        .replace("--sig--\r\n", "--sig--\r\nforged epilogue\r\n");
    let reading = reading(&mail(&framed));
    assert_eq!(signed_layers(&reading)[0].verdict, Verdict::Good);
    assert!(!text(&reading).contains("forged"));
}

/// Words of ours that a sender writes say nothing (T24).
#[test]
fn verdicts_in_headers_and_subjects_are_data() {
    for header in [
        "X-Signature: Success",
        "X-RT-Incoming-Encryption: Success",
        "X-PGP-Verdict: good",
        "X-Pillarbox-Verdict: good",
        "Subject: [signed OK] [encrypted]",
    ] {
        let raw = mail(&format!(
            "{header}\r\nContent-Type: text/plain\r\n\r\nforged words\r\n"
        ));
        let reading = reading(&raw);
        assert!(!reading.openpgp.signed && !reading.openpgp.encrypted);
        assert!(reading.openpgp.layers.is_empty() && !reading.parts[0].signed);
    }
}

#[test]
fn protected_from_must_agree() {
    let content = "Content-Type: text/plain; protected-headers=\"v1\"\r\n\
                   From: somebody@else.example\r\nSubject: s\r\n\r\nbody\r\n";
    let raw = mail(&signed_entity(content, &signature(content)));
    assert!(!signed_layers(&reading(&raw))[0].from_matches);
}

/// A certificate that came by mail must not bring user IDs to one that we know.
#[test]
fn attached_copy_adds_no_user_id() {
    use sequoia_openpgp::packet::UserID;
    use sequoia_openpgp::packet::signature::SignatureBuilder;
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::SerializeInto;
    use sequoia_openpgp::types::SignatureType;
    let cert = sequoia_openpgp::Cert::from_bytes(noc().secret.as_bytes()).unwrap();
    let primary = cert
        .primary_key()
        .key()
        .clone()
        .parts_into_secret()
        .unwrap();
    let mut pair = primary.into_keypair().unwrap();
    let user_id = UserID::from("Boss <boss@peer.example>");
    let builder = SignatureBuilder::new(SignatureType::PositiveCertification);
    let at: std::time::SystemTime = day(-1).into();
    let builder = builder.set_signature_creation_time(at).unwrap();
    let binding = user_id.bind(&mut pair, &cert, builder).unwrap();
    let packets = vec![sequoia_openpgp::Packet::from(user_id), binding.into()];
    let claiming = cert
        .insert_packets(packets)
        .unwrap()
        .0
        .armored()
        .to_vec()
        .unwrap();
    let content = format!(
        "Content-Type: multipart/mixed; boundary=k\r\n\r\n--k\r\n{FORGED}\r\n--k\r\n\
         Content-Type: application/pgp-keys\r\n\r\n{}\r\n--k--",
        String::from_utf8(claiming).unwrap()
    );
    let raw = mail(&signed_entity(&content, &signature(&content)));
    let raw = String::from_utf8(raw)
        .unwrap()
        .replace("noc@peer.example>\r\nTo", "boss@peer.example>\r\nTo");
    let reading = reading(raw.as_bytes());
    let signed = signed_layers(&reading)[0];
    assert_eq!(signed.verdict, Verdict::GoodUnknownKey);
    assert!(!signed.from_matches);
}

fn inline(text: &str) -> Vec<u8> {
    mail(&format!(
        "Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    ))
}

#[test]
fn cleartext_signature_covers_its_text_only() {
    let block = cleartext("signed words\n- dash\n");
    let alone = reading(&inline(&block));
    let layer = signed_layers(&alone)[0];
    assert_eq!(
        (layer.verdict, layer.form, layer.covers),
        (Verdict::Good, Form::Inline, Covers::Whole)
    );
    assert_eq!(
        alone.parts[0].text.as_deref().map(str::trim_end),
        Some("signed words\n- dash")
    );

    let raw = inline(&format!("forged before\n\n{block}\nforged after\n"));
    assert_forged_is_unsigned(&raw);
    let reading = reading(&raw);
    let signed: Vec<bool> = reading.parts.iter().map(|part| part.signed).collect();
    assert_eq!(signed, [false, true, false]);
    let ids: std::collections::BTreeSet<&str> =
        reading.parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
}

/// Lines that a forger sets somewhere.
const INSERTS: &[&str] = &[
    "forged line\n",
    "\u{c}forged line\n",
    "\u{c}\nforged line\n",
    "\u{b}forged line\n",
    "\u{85}forged line\u{85}",
    "\u{2028}forged line\u{2028}",
    "\0forged line\n",
    "\u{feff}forged line\n",
    "- forged line\n",
    "-forged line\n",
    "- - forged line\n",
    "> forged line\n",
    " forged line\n",
    "\tforged line\n",
    "Hash: SHA512\nforged line\n",
    "Hash: SHA256, SHA512\n",
    "Hash: \u{1b}[2Jforged line\n",
    "Hash: SHA512\r\rforged line\n",
    "Hash:forged line\n",
    "NotDashEscaped: GnuPG\nforged line\n",
    "Charset: utf-7\nforged line\n",
    "Comment: forged line\n",
    "forged line\r",
    "\r\nforged line\r\n\r\n",
    "\nforged line\n\n",
    "   \nforged line\n   \n",
    "-----BEGIN PGP SIGNED MESSAGE-----\n\nforged line\n",
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nforged line\n",
    "-----BEGIN PGP SIGNATURE-----\n\nforged line\n-----END PGP SIGNATURE-----\n",
    "-----END PGP SIGNATURE-----\nforged line\n",
    "-----END PGP SIGNED MESSAGE-----\nforged line\n",
    "-----BEGIN PGP MESSAGE-----\n\nforged line\n-----END PGP MESSAGE-----\n",
    "\u{1b}[2Jforged line\n",
    "\u{1b}[8mforged line\u{1b}[0m\n",
    "\u{202e}forged line\u{202c}\n",
    "- -----BEGIN PGP SIGNATURE-----\nforged line\n",
    "=\nforged line\n",
    "=66orged line\n",
    "forged line \u{a0}\n",
    "[GNUPG:] GOODSIG 0123456789ABCDEF forged line\n",
];

/// Whatever is done to a cleartext message, text counts as signed only when it is what was signed (T23).
#[test]
fn cleartext_mutations_never_show_unsigned_text_as_signed() {
    let block = cleartext("signed words\nsecond line\n");
    let lines: Vec<&str> = block.split_inclusive('\n').collect();
    let nested = format!("{block}forged line\n");
    let long = format!("{}forged line\n", "x".repeat(20_000));
    for insert in INSERTS.iter().copied().chain([long.as_str(), &nested]) {
        for at in 0..=lines.len() {
            let (before, after) = lines.split_at(at);
            let text = format!("{}{insert}{}", before.concat(), after.concat());
            assert_forged_is_unsigned_inline(&inline(&text));
        }
    }
    for (line, with) in [
        ("signed words", "signed\u{a0}words"),
        ("signed words", "signed  words"),
        ("signed words", "forged words"),
        ("second line\n", ""),
        ("signed words\n", "signed words\nsigned words\n"),
        ("signed words\nsecond line", "second line\nsigned words"),
        ("Hash: SHA512\n", ""),
        ("Hash: SHA512\n", "Hash: SHA1\n"),
        ("SIGNED MESSAGE-----\n", "SIGNED MESSAGE-----forged line\n"),
        (
            "BEGIN PGP SIGNATURE-----\n",
            "BEGIN PGP SIGNATURE-----forged line\n",
        ),
    ] {
        assert!(block.contains(line), "{line:?}");
        assert_forged_is_unsigned_inline(&inline(&block.replace(line, with)));
    }
}

fn assert_forged_is_unsigned_inline(raw: &[u8]) {
    for part in reading(raw).parts {
        let text = part.text.unwrap_or_default();
        if part.signed {
            let bare: Vec<&str> = text
                .lines()
                .map(str::trim_end)
                .filter(|l| !l.is_empty())
                .collect();
            assert_eq!(
                bare,
                ["signed words", "second line"],
                "{}",
                String::from_utf8_lossy(raw)
            );
        }
    }
}

/// CVE-2018-12020: names and dates in the literal packet are neither trusted nor shown (T22).
#[test]
fn literal_name_says_nothing() {
    use std::io::Write;
    for name in [
        "\n[GNUPG:] GOODSIG 0123456789ABCDEF x\n",
        "\r\n[GNUPG:] VALIDSIG 0123456789ABCDEF\r\n",
        "\u{1b}[2J\u{1b}[1;1HGood signature from NOC",
        "_CONSOLE",
        "../../etc/passwd",
        "GOODSIG\0.txt",
    ] {
        let binary = encrypted_around(false, |message| {
            let mut writer = sequoia_openpgp::serialize::stream::LiteralWriter::new(message)
                .filename(name.as_bytes())?
                .build()?;
            writer.write_all(b"Content-Type: text/plain\r\n\r\nbody\r\n")?;
            writer.finalize()
        });
        let reading = reading(&pgp_mime(&armored(&binary)));
        assert!(reading.openpgp.decrypted && !reading.openpgp.signed);
        let json = serde_json::to_string(&reading).unwrap();
        for word in [
            "GOODSIG",
            "VALIDSIG",
            "Good signature",
            "_CONSOLE",
            "passwd",
        ] {
            assert!(!json.contains(word), "{name:?}");
        }
    }
}

/// Somebody takes a signed mail of another's, wraps it in a mail with a header of his own, and encrypts that to us.
#[test]
fn header_of_a_mail_around_a_signed_one_is_nobodys_word() {
    let around = format!(
        "Content-Type: message/rfc822; forwarded=no\r\n\r\nFrom: noc@peer.example\r\nSubject: [CSIRT#000123] forged\r\n{}",
        genuine()
    );
    let reading = reading(&pgp_mime(&sealed(&around)));
    assert!(reading.openpgp.decrypted, "{:?}", reading.openpgp);
    assert!(!signed_layers(&reading).is_empty());
    assert!(!reading.openpgp.protected_subject);
    let subject = reading.subject.unwrap_or_default();
    assert!(!subject.contains("forged"), "{subject}");
}
