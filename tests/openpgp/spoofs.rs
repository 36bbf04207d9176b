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
        assert_eq!(signed.verdict, Verdict::Good);
        assert!(!signed.from_matches, "{forged}");
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
    assert_eq!(signed.verdict, Verdict::Good);
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

/// Whatever is done to a cleartext message, text counts as signed only when it is what was signed (T23).
#[test]
fn cleartext_mutations_never_show_unsigned_text_as_signed() {
    let block = cleartext("signed words\nsecond line\n");
    let forged = "forged line\n";
    let lines: Vec<&str> = block.split_inclusive('\n').collect();
    for insert in [
        forged,
        "\u{c}forged line\n",
        "\u{c}\nforged line\n",
        "- forged line\n",
        "Hash: SHA512\nforged line\n",
        "Comment: forged line\n",
        "forged line\r",
        "\nforged line\n\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\n\nforged line\n",
        "-----END PGP SIGNED MESSAGE-----\nforged line\n",
        "\u{1b}[2Jforged line\n",
        "- -----BEGIN PGP SIGNATURE-----\nforged line\n",
    ] {
        for at in 0..=lines.len() {
            let (before, after) = lines.split_at(at);
            let text = format!("{}{insert}{}", before.concat(), after.concat());
            assert_forged_is_unsigned_inline(&inline(&text));
        }
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

#[test]
fn literal_name_says_nothing() {
    use std::io::Write;
    let binary = encrypted_around(false, |message| {
        let mut writer = sequoia_openpgp::serialize::stream::LiteralWriter::new(message)
            .filename(b"\n[GNUPG:] GOODSIG 0123456789ABCDEF x\n")?
            .build()?;
        writer.write_all(b"Content-Type: text/plain\r\n\r\nbody\r\n")?;
        writer.finalize()
    });
    let reading = reading(&pgp_mime(&armored(&binary)));
    assert!(reading.openpgp.decrypted && !reading.openpgp.signed);
    assert!(!serde_json::to_string(&reading).unwrap().contains("GOODSIG"));
}
