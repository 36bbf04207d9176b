//! Every verdict, and what it takes.

use std::io::Write;

use intake::openpgp::{
    Bound, Correspondent, Covers, GeneratedKey, Keys, Verdict, autocrypt_keydata, sign_detached,
};
use intake::reading::{Reading, read};
use sequoia_openpgp::armor;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::key::{Key4, PrimaryRole};
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::packet::{Key, UserID};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{Armorer, Message, Signer};
use sequoia_openpgp::types::{HashAlgorithm, KeyFlags, SignatureType};
use sequoia_openpgp::{Cert, Packet};

use crate::made::*;

fn signed_by(key: &GeneratedKey, at: jiff::Timestamp, header: &str) -> Vec<u8> {
    let content = entity();
    let signature = sign_detached(&keys_of(key), content.as_bytes(), at).unwrap();
    let body = signed_entity(&content, &signature.armored);
    format!("{header}{body}").into_bytes()
}

fn read_at(raw: &[u8], certs: &[(&[u8], bool)], at: jiff::Timestamp) -> Reading {
    let correspondents: Vec<Correspondent<'_>> = certs
        .iter()
        .map(|(cert, authenticated)| Correspondent {
            cert,
            authenticated: *authenticated,
            bound: Bound::UserIds,
        })
        .collect();
    read(raw, &Keys::new(), &correspondents, at)
}

fn verdict(reading: &Reading) -> Verdict {
    signed_layers(reading)[0].verdict
}

#[test]
fn good_needs_an_authenticated_certificate() {
    let raw = signed_by(noc(), now(), HEADER);
    let public = noc().public.as_bytes();
    assert_eq!(
        verdict(&read_at(&raw, &[(public, true)], now())),
        Verdict::Good
    );
    let unknown = read_at(&raw, &[(public, false)], now());
    assert_eq!(verdict(&unknown), Verdict::GoodUnknownKey);
    assert!(unknown.parts[0].signed);
}

/// One that was made for another mail shows its age (T26).
#[test]
fn a_signature_says_when_it_was_made() {
    let raw = signed_by(noc(), day(-20), HEADER);
    for certs in [[].as_slice(), &[(noc().public.as_bytes(), true)]] {
        assert_eq!(
            signed_layers(&read_at(&raw, certs, now()))[0].made,
            Some(day(-20))
        );
    }
}

#[test]
fn missing_key_names_the_signer() {
    let reading = read_at(&signed_by(noc(), now(), HEADER), &[], now());
    assert_eq!(verdict(&reading), Verdict::MissingKey);
    assert_eq!(reading.missing_signers.len(), 1);
    assert!(
        reading.missing_signers[0]
            .bytes()
            .all(|b| b.is_ascii_hexdigit())
    );
    assert!(!reading.parts[0].signed);
}

#[test]
fn autocrypt_key_checks_but_is_not_known() {
    let keydata = autocrypt_keydata(noc().public.as_bytes(), now()).unwrap();
    let header = format!("{HEADER}Autocrypt: addr=noc@peer.example; keydata={keydata}\r\n");
    let reading = read_at(&signed_by(noc(), now(), &header), &[], now());
    assert_eq!(verdict(&reading), Verdict::GoodUnknownKey);
    assert_eq!(reading.certificates.len(), 1);
    let other = header.replace("addr=noc@", "addr=someone@");
    let reading = read_at(&signed_by(noc(), now(), &other), &[], now());
    assert_eq!(verdict(&reading), Verdict::MissingKey);
    assert!(reading.certificates.is_empty());
}

#[test]
fn attached_key_inside_the_encryption_is_found() {
    let inner = format!(
        "Content-Type: multipart/mixed; boundary=k\r\n\r\n--k\r\n{}\r\n--k\r\n\
         Content-Type: application/pgp-keys\r\nContent-Disposition: attachment; filename=key.asc\r\n\r\n{}\r\n--k--\r\n",
        entity(),
        noc().public
    );
    let reading = reading_with(&pgp_mime(&sealed(&inner)), &[]);
    assert_eq!(verdict(&reading), Verdict::GoodUnknownKey);
    assert_eq!(reading.certificates.len(), 1);
    assert!(reading.missing_signers.is_empty());
}

#[test]
fn expired_then_and_expired_since() {
    let key = short_lived("NOC <noc@peer.example>", 10, day(-20));
    let raw = signed_by(&key, day(-15), HEADER);
    let certs = [(key.public.as_bytes(), true)];
    assert_eq!(verdict(&read_at(&raw, &certs, day(-14))), Verdict::Good);
    let later = read_at(&raw, &certs, now());
    assert_eq!(verdict(&later), Verdict::ExpiredKey);
    assert!(!later.parts[0].signed);
}

#[test]
fn revoked_key() {
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::SerializeInto;
    let key = made("NOC <noc@peer.example>");
    let raw = signed_by(&key, now(), HEADER);
    let cert = sequoia_openpgp::Cert::from_bytes(key.public.as_bytes()).unwrap();
    let revocation = sequoia_openpgp::Packet::from_bytes(key.revocation.as_bytes()).unwrap();
    let revoked = cert
        .insert_packets(vec![revocation])
        .unwrap()
        .0
        .to_vec()
        .unwrap();
    let reading = read_at(&raw, &[(&revoked, true)], now());
    assert_eq!(verdict(&reading), Verdict::RevokedKey);
    assert!(!reading.parts[0].signed);
}

#[test]
fn bad_and_malformed() {
    let raw = signed_by(noc(), now(), HEADER);
    let certs = [(noc().public.as_bytes(), true)];
    let text = String::from_utf8(raw).unwrap();
    let changed = text.replace("192.0.2.7", "192.0.2.8");
    let reading = read_at(changed.as_bytes(), &certs, now());
    assert_eq!(verdict(&reading), Verdict::Bad);
    assert!(!reading.parts[0].signed);
    let garbage = mail(&signed_entity(&entity(), "no signature at all"));
    assert_eq!(
        verdict(&read_at(&garbage, &certs, now())),
        Verdict::Malformed
    );
}

#[test]
fn clock_of_the_sender_goes_fast() {
    let soon = now() + jiff::SignedDuration::from_mins(10);
    let raw = signed_by(noc(), soon, HEADER);
    let certs = [(noc().public.as_bytes(), true)];
    assert_eq!(verdict(&read_at(&raw, &certs, now())), Verdict::Good);
    let raw = signed_by(noc(), day(2), HEADER);
    let reading = read_at(&raw, &certs, now());
    assert_eq!(verdict(&reading), Verdict::Bad);
    let error = signed_layers(&reading)[0].error.as_deref();
    assert_eq!(error, Some("not_in_force"));
    let changed = String::from_utf8(raw).unwrap().replace(CANARY, "changed");
    let reading = read_at(changed.as_bytes(), &certs, now());
    assert_eq!(signed_layers(&reading)[0].error, None);
}

#[test]
fn message_meant_for_somebody_else() {
    // Encrypted anew to us by the first recipient: surreptitious forwarding.
    let other = made("Other <other@peer.example>");
    let first = intake::openpgp::encrypt(
        &keys_of(noc()),
        entity().as_bytes(),
        &[other.public.as_bytes(), team().public.as_bytes()],
        true,
        now(),
    );
    let reading = reading(&pgp_mime(&first.unwrap()));
    assert_eq!(verdict(&reading), Verdict::Good);
    assert_eq!(signed_layers(&reading)[0].covers, Covers::Whole);
}

/// Armoured, by a key of any strength and with any hash.
fn signed_with(secret: KeyPair, hash: HashAlgorithm, content: &str) -> Option<String> {
    let mut sink = Vec::new();
    let armorer = Armorer::new(Message::new(&mut sink)).kind(armor::Kind::Signature);
    let signer = Signer::new(armorer.build().unwrap(), secret).unwrap();
    let signer = signer.hash_algo(hash).ok()?;
    let signer = signer.creation_time(std::time::SystemTime::from(now()));
    let mut writer = signer.detached().build().unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    writer.finalize().unwrap();
    Some(String::from_utf8(sink).unwrap())
}

/// S-13: weak is not bad, and not unsigned; it proves as little.
fn assert_weak(reading: &Reading) {
    let signed = signed_layers(reading)[0];
    assert_eq!(
        (signed.verdict, signed.error.as_deref()),
        (Verdict::Bad, Some("weak")),
        "{:?}",
        reading.openpgp
    );
    assert!(!reading.parts[0].signed && !signed.from_matches);
}

#[test]
fn weak_hash_proves_nothing() {
    let policy = StandardPolicy::new();
    let cert = Cert::from_bytes(noc().secret.as_bytes()).unwrap();
    let at: std::time::SystemTime = now().into();
    let key = cert.keys().with_policy(&policy, at).for_signing().next();
    let key = key.unwrap().key().clone().parts_into_secret().unwrap();
    let content = entity();
    for hash in [
        HashAlgorithm::SHA1,
        HashAlgorithm::MD5,
        HashAlgorithm::RipeMD,
    ] {
        let pair = key.clone().into_keypair().unwrap();
        // Where this machine's OpenSSL still has it.
        let Some(signature) = signed_with(pair, hash, &content) else {
            assert_ne!(hash, HashAlgorithm::SHA1);
            continue;
        };
        assert_weak(&reading(&mail(&signed_entity(&content, &signature))));
    }
}

/// RSA with 1024 bits, which anybody with money factors.
#[test]
fn weak_key_proves_nothing() {
    let at: std::time::SystemTime = day(-30).into();
    let mut key = Key4::<_, PrimaryRole>::generate_rsa(1024).unwrap();
    key.set_creation_time(at).unwrap();
    let key = Key::from(key);
    let mut pair = key.clone().into_keypair().unwrap();
    let cert = Cert::from_packets([Packet::from(key)].into_iter()).unwrap();
    let user_id = UserID::from("NOC <noc@peer.example>");
    let flags = KeyFlags::empty().set_certification().set_signing();
    let builder = SignatureBuilder::new(SignatureType::PositiveCertification);
    let builder = builder.set_key_flags(flags).unwrap();
    let builder = builder.set_signature_creation_time(at).unwrap();
    let binding = user_id.bind(&mut pair, &cert, builder).unwrap();
    let packets = [Packet::from(user_id), binding.into()];
    let (cert, _) = cert.insert_packets(packets).unwrap();
    let public = cert.strip_secret_key_material().to_vec().unwrap();
    let content = entity();
    let signature = signed_with(pair, HashAlgorithm::SHA512, &content).unwrap();
    let raw = mail(&signed_entity(&content, &signature));
    assert_weak(&read_at(&raw, &[(&public, true)], now()));
}

/// Signatures of version 3 name their signer by key id; they are not malformed, they prove nothing (T13).
#[test]
fn version_three_proves_nothing() {
    let content = entity();
    let key_id = noc().fingerprint.get(24..).unwrap();
    let id = u64::from_str_radix(key_id, 16).unwrap().to_be_bytes();
    // Version, 5, text document, time, key id, RSA, SHA-512, two octets of the digest, a number of 1024 bits.
    let mut body = [
        [3_u8, 5, 1].as_slice(),
        &[0x69, 0xa9, 0x70, 0x40],
        &id,
        &[1, 10, 0xab, 0xcd, 4, 0],
    ]
    .concat();
    body.extend_from_slice(&[0x81; 128]);
    let old = armored(&crate::attacks::packet(2, &body)).replace("MESSAGE", "SIGNATURE");
    let raw = mail(&signed_entity(&content, &old));
    for (certs, expected) in [
        ([].as_slice(), Verdict::MissingKey),
        (&[(noc().public.as_bytes(), true)], Verdict::Bad),
    ] {
        let reading = read_at(&raw, certs, now());
        let signed = signed_layers(&reading)[0];
        assert_eq!(
            (signed.verdict, signed.error.as_deref()),
            (expected, Some("weak"))
        );
        assert!(signed.signer.as_ref().unwrap().ends_with(key_id));
        assert!(!reading.parts[0].signed && !signed.from_matches);
    }
    let block = format!("-----BEGIN PGP SIGNED MESSAGE-----\n\nwords\n{old}");
    let reading = read_at(&mail(&format!("\r\n{block}")), &[], now());
    assert_eq!(verdict(&reading), Verdict::MissingKey);
    let alone = read_at(block.as_bytes(), &[], now());
    assert_eq!(
        verdict(&alone),
        Verdict::MissingKey,
        "a file that is no mail"
    );
}

#[test]
fn certificate_refreshed_after_the_signature() {
    use sequoia_openpgp::cert::amalgamation::ValidateAmalgamation;
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::SerializeInto;
    // Only the newest self-signatures are left, as in an Autocrypt header after the expiry was moved.
    let key = made("NOC <noc@peer.example>");
    let raw = signed_by(&key, day(-20), HEADER);
    let cert = sequoia_openpgp::Cert::from_bytes(key.secret.as_bytes()).unwrap();
    let policy = sequoia_openpgp::policy::StandardPolicy::new();
    let at: std::time::SystemTime = day(-1).into();
    let mut primary = cert
        .primary_key()
        .key()
        .clone()
        .parts_into_secret()
        .unwrap()
        .into_keypair()
        .unwrap();
    let mut packets = vec![sequoia_openpgp::Packet::from(
        cert.primary_key().key().clone(),
    )];
    for user_id in cert.userids() {
        let old = user_id.clone().with_policy(&policy, at).unwrap();
        let builder = sequoia_openpgp::packet::signature::SignatureBuilder::from(
            old.binding_signature().clone(),
        );
        let builder = builder.set_signature_creation_time(at).unwrap();
        let binding = user_id.userid().bind(&mut primary, &cert, builder).unwrap();
        packets.push(user_id.userid().clone().into());
        packets.push(binding.into());
    }
    for subkey in cert.keys().subkeys().with_policy(&policy, at).for_signing() {
        let mut own = subkey
            .key()
            .clone()
            .parts_into_secret()
            .unwrap()
            .into_keypair()
            .unwrap();
        let builder = sequoia_openpgp::packet::signature::SignatureBuilder::new(
            sequoia_openpgp::types::SignatureType::PrimaryKeyBinding,
        );
        let back = builder
            .set_signature_creation_time(at)
            .unwrap()
            .sign_primary_key_binding(&mut own, cert.primary_key().key(), subkey.key())
            .unwrap();
        let builder = sequoia_openpgp::packet::signature::SignatureBuilder::from(
            subkey.binding_signature().clone(),
        );
        let builder = builder.set_signature_creation_time(at).unwrap();
        let builder = builder.set_embedded_signature(back).unwrap();
        let binding = subkey.key().bind(&mut primary, &cert, builder).unwrap();
        packets.push(subkey.key().clone().into());
        packets.push(binding.into());
    }
    let refreshed = sequoia_openpgp::Cert::from_packets(packets.into_iter())
        .unwrap()
        .to_vec()
        .unwrap();
    let reading = read_at(&raw, &[(&refreshed, true)], now());
    assert_eq!(verdict(&reading), Verdict::Good);
}

/// A verdict belongs to a range of octets, which is named by the parts in it (T20).
#[test]
fn every_verdict_names_what_it_is_over() {
    let content = entity();
    let signed = signed_entity(&content, &signature(&content));
    let parts_of = |raw: &[u8]| -> Vec<Vec<String>> {
        let reading = reading(raw);
        signed_layers(&reading)
            .iter()
            .map(|layer| layer.parts.clone())
            .collect()
    };
    assert_eq!(parts_of(&mail(&signed)), [["1"]]);
    let footer = "Content-Type: text/plain\r\n\r\nfooter";
    let list = format!(
        "Content-Type: multipart/mixed; boundary=l\r\n\r\n--l\r\n{signed}\r\n--l\r\n{footer}\r\n--l--\r\n"
    );
    assert_eq!(parts_of(&mail(&list)), [["1.1"]]);
    let block = cleartext("words\n");
    let inline =
        format!("Content-Type: text/plain\r\n\r\nbefore\n{block}\nbetween\n{block}\nafter");
    assert_eq!(parts_of(&mail(&inline)), [["1+1"], ["1+3"]]);
    // One signature over the text with its pieces, one over a piece of it.
    let both = format!(
        "Content-Type: text/plain\r\n\r\nbefore\r\n{}",
        block.replace('\n', "\r\n")
    );
    let both = signed_entity(&both, &signature(&both));
    assert_eq!(parts_of(&mail(&both)), [vec!["1", "1+1"], vec!["1+1"]]);
    // Over a ciphertext: nothing that is shown; the one inside is over the text.
    let inner = pgp_mime_entity(&sealed(&content))
        .replace("\r\n", "\n")
        .replace('\n', "\r\n");
    let outer = mail(&signed_entity(&inner, &signature(&inner)));
    assert_eq!(parts_of(&outer), [vec![], vec!["1"]]);
    assert_eq!(parts_of(&pgp_mime(&sealed(&signed))), [["1"], ["1"]]);
}
