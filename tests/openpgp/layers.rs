//! The forms in which people send OpenPGP.

use intake::openpgp::{Covers, Form, Verdict, encrypt};
use intake::reading::read;

use crate::made::*;

#[test]
fn signed_and_encrypted_in_one_message() {
    let reading = reading(&pgp_mime(&sealed(&entity())));
    let encrypted = encrypted_layers(&reading)[0];
    assert_eq!(encrypted.key.as_deref(), Some(team().fingerprint.as_str()));
    assert_eq!(encrypted.integrity.as_deref(), Some("mdc"));
    let signed = signed_layers(&reading)[0];
    assert_eq!(
        (signed.verdict, signed.covers),
        (Verdict::Good, Covers::Whole)
    );
    assert!(signed.from_matches);
    assert_eq!(signed.signer.as_deref(), Some(noc().fingerprint.as_str()));
    assert!(text(&reading).contains(CANARY));
    assert!(
        reading
            .parts
            .iter()
            .all(|part| part.signed && part.encrypted)
    );
    assert!(reading.openpgp.encrypted && reading.openpgp.decrypted && reading.openpgp.signed);
}

#[test]
fn aead_message_of_rfc9580() {
    let binary = encrypted_around(true, |message| {
        literal(signer(message), entity().as_bytes())
    });
    let reading = reading(&pgp_mime(&armored(&binary)));
    assert_eq!(
        encrypted_layers(&reading)[0].integrity.as_deref(),
        Some("aead")
    );
    assert_eq!(signed_layers(&reading)[0].verdict, Verdict::Good);
    assert!(text(&reading).contains(CANARY));
}

#[test]
fn signed_inside_encrypted_as_two_mime_layers() {
    let content = entity();
    let inner = signed_entity(&content, &signature(&content));
    let to = [team().public.as_bytes()];
    let outer = encrypt(&keys_of(noc()), inner.as_bytes(), &to, false, now()).unwrap();
    let reading = reading(&pgp_mime(&outer));
    let signed = signed_layers(&reading)[0];
    assert_eq!(
        (signed.verdict, signed.covers),
        (Verdict::Good, Covers::Whole)
    );
    assert!(reading.parts[0].signed && reading.parts[0].encrypted);
}

#[test]
fn signature_around_ciphertext_covers_no_plaintext() {
    let to = [team().public.as_bytes()];
    let inner = encrypt(&keys_of(noc()), entity().as_bytes(), &to, false, now()).unwrap();
    let inner = pgp_mime_entity(&inner);
    let reading = reading(&mail(&signed_entity(&inner, &signature(&inner))));
    assert!(reading.openpgp.decrypted);
    let signed = signed_layers(&reading)[0];
    assert_eq!(
        (signed.verdict, signed.covers),
        (Verdict::Good, Covers::Part)
    );
    assert!(reading.parts.iter().all(|part| !part.signed));
}

#[test]
fn signed_with_line_ends_changed_on_the_way() {
    let content = entity();
    let raw = mail(&signed_entity(&content, &signature(&content)));
    let bare: Vec<u8> = raw
        .iter()
        .copied()
        .filter(|octet| *octet != b'\r')
        .collect();
    let reading = reading(&bare);
    let signed = signed_layers(&reading)[0];
    assert_eq!(
        (signed.verdict, signed.covers),
        (Verdict::Good, Covers::Whole)
    );
    assert!(reading.parts[0].signed && !reading.parts[0].encrypted);
}

#[test]
fn exchange_mangled_pgp() {
    let raw = mail(&format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n\r\n\
         --m\r\nContent-Type: application/pgp-encrypted; name=\"PGPMIME version identification\"\r\n\r\n\
         Version: 1\r\n--m\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n{}\r\n--m--\r\n",
        sealed(&entity())
    ));
    let reading = reading(&raw);
    assert!(reading.openpgp.decrypted);
    assert_eq!(signed_layers(&reading)[0].verdict, Verdict::Good);
}

#[test]
fn exchange_mangled_pgp_for_another_is_tried_once() {
    let other = made("Other <other@peer.example>");
    let to = [other.public.as_bytes()];
    let message = encrypt(&keys_of(noc()), b"x", &to, false, now()).unwrap();
    let raw = mail(&format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n\r\n\
         --m\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\
         --m\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n{message}\r\n--m--\r\n"
    ));
    let reading = reading(&raw);
    assert_eq!(encrypted_layers(&reading).len(), 1);
    assert_eq!(reading.openpgp.error.as_deref(), Some("no_key"));
}

#[test]
fn inline_in_a_plain_text() {
    let block = sealed(CANARY);
    let reading = reading(&mail(&format!(
        "Content-Type: text/plain\r\n\r\n\r\n{block}\r\n\r\n"
    )));
    assert_eq!(encrypted_layers(&reading)[0].form, Form::Inline);
    assert_eq!(text(&reading), CANARY);
    let signed = signed_layers(&reading)[0];
    assert_eq!((signed.verdict, signed.form), (Verdict::Good, Form::Inline));
}

#[test]
fn inline_with_an_encrypted_attachment() {
    let file = sealed("log line").replace('\n', "\r\n");
    let raw = mail(&format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n{}\r\n\
         --m\r\nContent-Type: application/octet-stream; name=\"auth.log.pgp\"\r\n\
         Content-Disposition: attachment; filename=\"auth.log.pgp\"\r\n\r\n{file}\r\n--m--\r\n",
        sealed(CANARY)
    ));
    let reading = reading(&raw);
    let forms: Vec<Form> = encrypted_layers(&reading)
        .iter()
        .map(|layer| layer.form)
        .collect();
    assert_eq!(forms, [Form::Inline, Form::Attachment]);
    assert_eq!(reading.parts[1].filename.as_deref(), Some("auth.log"));
    assert_eq!(reading.parts[1].text.as_deref(), Some("log line"));
    assert!(
        signed_layers(&reading)
            .iter()
            .all(|layer| layer.covers == Covers::Part)
    );
}

#[test]
fn protected_subject_of_both_conventions() {
    for parameter in ["protected-headers=\"v1\"", "hp=\"cipher\""] {
        let inner = format!(
            "Content-Type: text/plain; {parameter}; hp-legacy-display=1\r\n\
             From: NOC <noc@peer.example>\r\nSubject: [CSIRT#000123] inside\r\n\r\n\
             Subject: [CSIRT#000123] inside\r\n\r\nbody\r\n"
        );
        let reading = reading(&pgp_mime(&sealed(&inner)));
        assert_eq!(reading.subject.as_deref(), Some("[CSIRT#000123] inside"));
        assert_eq!(reading.outer_subject.as_deref(), Some("outside"));
        assert!(reading.openpgp.protected_subject);
        let shown = text(&reading);
        assert_eq!(
            shown.trim() == "body",
            parameter.starts_with("hp="),
            "{shown}"
        );
    }
}

#[test]
fn protected_subject_needs_a_layer_that_held() {
    let content =
        "Content-Type: text/plain; protected-headers=\"v1\"\r\nSubject: inside\r\n\r\nbody\r\n";
    let good = signed_entity(content, &signature(content));
    assert_eq!(reading(&mail(&good)).subject.as_deref(), Some("inside"));
    let bad = good.replace("body", "b0dy");
    assert_eq!(reading(&mail(&bad)).subject.as_deref(), Some("outside"));
    assert_eq!(reading(&mail(content)).subject.as_deref(), Some("outside"));
}

#[test]
fn hidden_recipient_and_old_expired_key() {
    let old = short_lived("CSIRT <csirt@team.example>", 10, day(-100));
    let mut keys = keys_of(team());
    keys.add_team_secret(old.secret.as_bytes(), None).unwrap();
    let at = day(-95);
    let to = [old.public.as_bytes()];
    let message = encrypt(&keys, entity().as_bytes(), &to, false, at).unwrap();
    let hidden = hide_recipients(&binary(&message));
    for message in [message, armored(&hidden)] {
        let reading = read(&pgp_mime(&message), &keys, &[], now());
        assert!(reading.openpgp.decrypted, "{:?}", reading.openpgp);
        let key = encrypted_layers(&reading)[0].key.clone();
        assert_eq!(key.as_deref(), Some(old.fingerprint.as_str()));
    }
}

fn hide_recipients(message: &[u8]) -> Vec<u8> {
    use sequoia_openpgp::packet::PKESK;
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::Serialize;
    use sequoia_openpgp::{Packet, PacketPile};
    let pile = PacketPile::from_bytes(message).unwrap();
    let mut hidden = Vec::new();
    for packet in pile.into_children() {
        let packet = match packet {
            Packet::PKESK(PKESK::V3(mut pkesk)) => {
                pkesk.set_recipient(None);
                Packet::from(PKESK::V3(pkesk))
            }
            other => other,
        };
        packet.serialize(&mut hidden).unwrap();
    }
    hidden
}

#[test]
fn forwarded_signed_mail_is_not_the_senders() {
    let content = entity();
    let raw = mail(&format!(
        "Content-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: text/plain\r\n\r\nsee below\r\n\
         --f\r\nContent-Type: message/rfc822\r\n\r\nFrom: NOC <noc@peer.example>\r\n{}\r\n--f--\r\n",
        signed_entity(&content, &signature(&content))
    ));
    let reading = reading(&raw);
    let signed = signed_layers(&reading)[0];
    assert_eq!(
        (signed.verdict, signed.covers),
        (Verdict::GoodUnknownKey, Covers::Part)
    );
    assert!(!signed.from_matches);
    assert!(!reading.parts[0].signed && reading.parts[1].signed);
}

#[test]
fn html_counts_only_without_plain_text() {
    let html = "Content-Type: text/html\r\n\r\n<p>from <b>HTML</b></p>\r\n";
    let alternative = |plain: &str| {
        mail(&format!(
            "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n\
             --a\r\n{html}--a--\r\n"
        ))
    };
    let both = reading(&alternative("words"));
    assert_eq!(both.parts.len(), 2);
    assert_eq!(both.parts[1].text, None);
    // A page that is named is no page to look at.
    let named = reading(&alternative("phishing at https://evil.example/index.html"));
    assert_eq!(named.parts[1].text, None);
    for nothing in [
        " ",
        "This is an HTML message. Please use an HTML capable mail program to read it.",
        "Votre logiciel de messagerie n'affiche pas le format HTML.",
        "This part is text/html.",
    ] {
        let reading = reading(&alternative(nothing));
        let text = reading.parts[1].text.as_deref();
        assert!(text.unwrap_or("").contains("from HTML"), "{nothing}");
    }
}

/// T06: what a message is taken for shows in its answer, so nothing that was opened decides it.
#[test]
fn a_name_inside_a_ciphertext_makes_no_report_of_a_message() {
    use intake::triage::{DispositionKind, TriagePolicy, classify};
    let attachment = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nhere\r\n\
        --m\r\nContent-Type: application/octet-stream; name=\"report.zip\"\r\n\r\nPK\r\n--m--\r\n";
    let kind = |content: &str| {
        let raw = String::from_utf8(mail(content)).unwrap().replace(
            "Subject: outside",
            "Subject: Report domain: team.example Submitter: peer.example",
        );
        let reading = read(raw.as_bytes(), &keys_of(team()), &[], now());
        assert_eq!(reading.parts[1].filename.as_deref(), Some("report.zip"));
        let envelope = intake::envelope::Envelope::default();
        classify(&envelope, &reading, &TriagePolicy::default()).kind
    };
    assert_eq!(kind(attachment), DispositionKind::FeedbackReport);
    let encrypted = pgp_mime_entity(&sealed(attachment));
    assert_eq!(kind(&encrypted), DispositionKind::Report);
}
