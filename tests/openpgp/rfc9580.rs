//! What RFC 9580 added, and what LibrePGP made of the same packet numbers.

use std::io::Write;

use intake::openpgp::{Correspondent, Keys, Verdict};
use intake::reading::{Reading, read};
use sequoia_openpgp::cert::{Cert, CertBuilder, CipherSuite};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient, Signer};
use sequoia_openpgp::types::{AEADAlgorithm, Features, SymmetricAlgorithm};
use sequoia_openpgp::{Packet, Profile};

use crate::attacks::{mdc_message, packet, taken_apart, wrapped};
use crate::made::*;

fn v6(user_id: &str, suite: CipherSuite) -> Cert {
    CertBuilder::new()
        .set_profile(Profile::RFC9580)
        .unwrap()
        .set_cipher_suite(suite)
        .set_creation_time(std::time::SystemTime::from(day(-30)))
        .add_userid(user_id)
        .add_signing_subkey()
        .add_transport_encryption_subkey()
        .generate()
        .unwrap()
        .0
}

fn secret(cert: &Cert) -> Vec<u8> {
    cert.as_tsk().to_vec().unwrap()
}

/// To certificates, those named `hidden` without saying so; signed by one.
fn message(
    to: &[&Cert],
    hidden: &[&Cert],
    from: &Cert,
    symmetric: SymmetricAlgorithm,
    aead: Option<AEADAlgorithm>,
) -> Vec<u8> {
    let policy = StandardPolicy::new();
    let at: std::time::SystemTime = now().into();
    let keys = |certs: &[&Cert]| {
        let keys = certs.iter().flat_map(|cert| {
            let keys = cert
                .keys()
                .with_policy(&policy, at)
                .for_transport_encryption();
            keys.map(|key| key.key().clone()).collect::<Vec<_>>()
        });
        keys.collect::<Vec<_>>()
    };
    let (open, hidden) = (keys(to), keys(hidden));
    let features = match aead {
        Some(_) => Features::empty().set_seipdv2(),
        None => Features::empty().set_seipdv1(),
    };
    let named = open
        .iter()
        .map(|key| Recipient::new(features.clone(), key.key_handle(), key));
    let unnamed = hidden
        .iter()
        .map(|key| Recipient::new(features.clone(), None, key));
    let mut sink = Vec::new();
    let encryptor = Encryptor::for_recipients(Message::new(&mut sink), named.chain(unnamed))
        .symmetric_algo(symmetric);
    let encryptor = match aead {
        Some(algorithm) => encryptor.aead_algo(algorithm),
        None => encryptor,
    };
    let encrypted = encryptor.build().unwrap();
    let key = from
        .keys()
        .with_policy(&policy, at)
        .secret()
        .for_signing()
        .next()
        .unwrap();
    let pair = key.key().clone().into_keypair().unwrap();
    let signed = Signer::new(encrypted, pair)
        .unwrap()
        .creation_time(at)
        .build()
        .unwrap();
    let mut writer = LiteralWriter::new(signed).build().unwrap();
    writer.write_all(entity().as_bytes()).unwrap();
    writer.finalize().unwrap();
    sink
}

fn keys_with(certs: &[&Cert]) -> Keys {
    let mut keys = Keys::new();
    for cert in certs {
        keys.add_team_secret(&secret(cert), None).unwrap();
    }
    keys
}

fn read_with(raw: &[u8], keys: &Keys, peer: &Cert) -> Reading {
    let cert = peer.to_vec().unwrap();
    let correspondents = [Correspondent {
        cert: &cert,
        authenticated: true,
        bound: intake::openpgp::Bound::UserIds,
    }];
    read(raw, keys, &correspondents, now())
}

fn supported() -> Vec<AEADAlgorithm> {
    [AEADAlgorithm::OCB, AEADAlgorithm::GCM, AEADAlgorithm::EAX]
        .into_iter()
        .filter(AEADAlgorithm::is_supported)
        .collect()
}

#[test]
fn version_6_keys_and_every_aead_mode_at_hand() {
    assert!(
        supported().contains(&AEADAlgorithm::OCB),
        "RFC 9580 section 9.6: MUST"
    );
    let team = v6("CSIRT <csirt@team.example>", CipherSuite::Cv25519);
    let peer = v6("NOC <noc@peer.example>", CipherSuite::Cv25519);
    let keys = keys_with(&[&team]);
    for aead in supported() {
        for symmetric in [SymmetricAlgorithm::AES128, SymmetricAlgorithm::AES256] {
            let raw = wrapped(&message(&[&team], &[], &peer, symmetric, Some(aead)));
            let reading = read_with(&raw, &keys, &peer);
            assert!(reading.openpgp.decrypted, "{aead}: {:?}", reading.openpgp);
            let layer = encrypted_layers(&reading)[0];
            assert_eq!(layer.integrity.as_deref(), Some("aead"));
            assert_eq!(layer.key, Some(team.fingerprint().to_hex()));
            assert_eq!(layer.key.as_ref().unwrap().len(), 64);
            let signed = signed_layers(&reading)[0];
            assert_eq!(signed.verdict, Verdict::Good);
            assert!(signed.from_matches);
            assert_eq!(signed.signer, Some(peer.fingerprint().to_hex()));
        }
    }
}

#[test]
fn version_6_and_version_4_side_by_side() {
    let new = v6("CSIRT <csirt@team.example>", CipherSuite::Cv25519);
    let old = <Cert as sequoia_openpgp::parse::Parse<Cert>>::from_bytes(team().secret.as_bytes())
        .unwrap();
    let peer = v6("NOC <noc@peer.example>", CipherSuite::Cv25519);
    let sealed = message(&[&new, &old], &[], &peer, SymmetricAlgorithm::AES256, None);
    for keys in [
        keys_with(&[&new]),
        keys_with(&[&old]),
        keys_with(&[&new, &old]),
    ] {
        assert!(read_with(&wrapped(&sealed), &keys, &peer).openpgp.decrypted);
    }
}

/// Bcc: the header names others, the packets name nobody; ours is found among all keys, also behind other people's.
#[test]
fn hidden_recipients_of_both_versions() {
    let team = v6("CSIRT <csirt@team.example>", CipherSuite::Cv25519);
    let peer = v6("NOC <noc@peer.example>", CipherSuite::Cv25519);
    let strangers: Vec<Cert> = (0..3)
        .map(|count| v6(&format!("x{count}@else.example"), CipherSuite::Cv25519))
        .collect();
    let strangers: Vec<&Cert> = strangers.iter().collect();
    let spare = v6("CSIRT <csirt@team.example>", CipherSuite::Cv25519);
    let keys = keys_with(&[&spare, &team]);
    for aead in [None, Some(AEADAlgorithm::OCB)] {
        let hidden: Vec<&Cert> = strangers.iter().copied().chain([&team]).collect();
        let sealed = message(&[], &hidden, &peer, SymmetricAlgorithm::AES256, aead);
        let raw = String::from_utf8(wrapped(&sealed)).unwrap();
        let bcc = raw.replace("To: csirt@team.example", "To: x0@else.example");
        let reading = read_with(bcc.as_bytes(), &keys, &peer);
        assert!(reading.openpgp.decrypted, "{aead:?}: {:?}", reading.openpgp);
        let none = message(&[], &strangers, &peer, SymmetricAlgorithm::AES256, aead);
        let reading = read_with(&wrapped(&none), &keys, &peer);
        assert_eq!(reading.openpgp.error.as_deref(), Some("no_key"));
    }
}

#[test]
fn expired_and_revoked_keys_of_ours_still_decrypt() {
    let current = v6("CSIRT <csirt@team.example>", CipherSuite::Cv25519);
    let old = short_lived("CSIRT <csirt@team.example>", 10, day(-100));
    let gone = made("CSIRT <csirt@team.example>");
    let revoked = {
        use sequoia_openpgp::parse::Parse;
        let cert = Cert::from_bytes(gone.secret.as_bytes()).unwrap();
        let revocation = Packet::from_bytes(gone.revocation.as_bytes()).unwrap();
        cert.insert_packets(vec![revocation]).unwrap().0
    };
    let mut keys = keys_with(&[&current, &revoked]);
    keys.add_team_secret(old.secret.as_bytes(), None).unwrap();
    for (recipient, at) in [(&old.public, day(-95)), (&gone.public, now())] {
        let to = [recipient.as_bytes()];
        let sealed = intake::openpgp::encrypt(&keys_of(&old), entity().as_bytes(), &to, false, at);
        let reading = read(&pgp_mime(&sealed.unwrap()), &keys, &[], now());
        assert!(reading.openpgp.decrypted, "{:?}", reading.openpgp);
    }
}

/// LibrePGP's OCB packet, version 5 keys and version 5 signatures: named, kept, nothing guessed.
#[test]
fn librepgp_is_named_and_kept() {
    let (session_keys, container) = taken_apart(&mdc_message());
    let body = [[1, 9, 2, 16].as_slice(), &container[1..]].concat();
    for ocb in [
        [session_keys, packet(20, &body)].concat(),
        packet(20, &body),
    ] {
        let raw = wrapped(&ocb);
        assert_closed(&raw, Some("unsupported"));
        assert!(reading(&raw).openpgp.encrypted);
        let file = mail(&format!(
            "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nsee\r\n\
             --m\r\nContent-Type: application/octet-stream; name=x.gpg\r\n\r\n{}\r\n--m--\r\n",
            armored(&ocb)
        ));
        assert_closed(&file, Some("unsupported"));
    }
    // A version 4 signature renumbered: whatever else is in it, nobody here reads version 5.
    let content = entity();
    let mut five = binary(&signature(&content));
    let version = five.iter().position(|octet| *octet == 4).unwrap();
    five[version] = 5;
    let five = armored(&five).replace("MESSAGE", "SIGNATURE");
    let reading_of = reading(&mail(&signed_entity(&content, &five)));
    let signed = signed_layers(&reading_of)[0];
    assert_eq!(
        (signed.verdict, signed.error.as_deref()),
        (Verdict::Malformed, Some("unsupported"))
    );
    assert!(!reading_of.parts[0].signed);
}

#[test]
fn unknown_container_versions_and_algorithms() {
    let (session_keys, container) = taken_apart(&mdc_message());
    for version in [0_u8, 3, 4, 255] {
        let body = [&[version], &container[1..]].concat();
        let odd = [session_keys.clone(), packet(18, &body)].concat();
        assert_closed(&wrapped(&odd), Some("unsupported"));
    }
    let mut unknown = session_keys;
    // Version, key id, then the algorithm (RFC 9580 section 5.1.1).
    let at = unknown.len() - usize::from(unknown[1]);
    unknown[at + 9] = 110;
    let odd = [unknown, packet(18, &container)].concat();
    assert_closed(&wrapped(&odd), None);
}
