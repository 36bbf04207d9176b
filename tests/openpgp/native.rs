//! Secret keys as OpenSSL holds them: every algorithm opens and signs as Sequoia's own key pairs do, and RSA says nothing.

#[path = "../../crates/intake/src/openpgp/unpad.rs"]
mod unpad;

use intake::openpgp::{Correspondent, Keys, Verdict, encrypt, sign_detached};
use intake::reading::read;
use sequoia_openpgp::cert::{Cert, CertBuilder, CipherSuite};
use sequoia_openpgp::packet::{PKESK, Packet};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::Features;
use sequoia_openpgp::{PacketPile, Profile, crypto::mpi::Ciphertext};
use unpad::Rejection;

use crate::made::*;

fn cert(suite: CipherSuite, profile: Profile) -> Cert {
    let both = Features::empty().set_seipdv1().set_seipdv2();
    cert_with(suite, profile, both)
}

fn cert_with(suite: CipherSuite, profile: Profile, features: Features) -> Cert {
    let builder = CertBuilder::new()
        .set_profile(profile)
        .unwrap()
        .set_features(features)
        .unwrap()
        .set_cipher_suite(suite)
        .set_creation_time(std::time::SystemTime::from(day(-30)))
        .add_userid("CSIRT <csirt@team.example>")
        .add_signing_subkey()
        .add_transport_encryption_subkey();
    builder.generate().unwrap().0
}

fn keys(cert: &Cert) -> Keys {
    let mut keys = Keys::new();
    let secret = cert.as_tsk().to_vec().unwrap();
    keys.add_team_secret(&secret, None).unwrap();
    keys
}

/// What somebody else writes to the key.
fn to(cert: &Cert, text: &str) -> String {
    let public = cert.clone().strip_secret_key_material().to_vec().unwrap();
    encrypt(&keys_of(noc()), text.as_bytes(), &[&public], true, now()).unwrap()
}

#[test]
fn every_algorithm_opens_and_signs() {
    for (suite, profile) in [
        (CipherSuite::RSA2k, Profile::RFC4880),
        (CipherSuite::RSA3k, Profile::RFC9580),
        (CipherSuite::Cv25519, Profile::RFC4880),
        (CipherSuite::Cv25519, Profile::RFC9580),
        (CipherSuite::P256, Profile::RFC4880),
        (CipherSuite::P384, Profile::RFC9580),
        (CipherSuite::Cv448, Profile::RFC9580),
    ] {
        let what = format!("{suite:?} {profile:?}");
        let cert = cert(suite, profile);
        let keys = keys(&cert);
        let reading = read(&pgp_mime(&to(&cert, &entity())), &keys, &[], now());
        assert!(reading.openpgp.decrypted, "{what}: {:?}", reading.openpgp);
        assert!(text(&reading).contains(CANARY), "{what}");
        let content = entity();
        let signature = sign_detached(&keys, content.as_bytes(), now()).unwrap();
        let mail = mail(&signed_entity(&content, &signature.armored));
        let mail = String::from_utf8(mail).unwrap();
        let mail = mail.replace("noc@peer.example", "csirt@team.example");
        let public = cert.strip_secret_key_material().to_vec().unwrap();
        let known = [Correspondent {
            cert: &public,
            authenticated: true,
            bound: intake::openpgp::Bound::UserIds,
        }];
        let judged = read(mail.as_bytes(), &Keys::new(), &known, now());
        assert_eq!(signed_layers(&judged)[0].verdict, Verdict::Good, "{what}");
    }
}

fn changed(ciphertext: &Ciphertext, change: &impl Fn(&mut Vec<u8>)) -> Ciphertext {
    let Ciphertext::RSA { c } = ciphertext else {
        panic!("not RSA");
    };
    let mut octets = c.value().to_vec();
    change(&mut octets);
    Ciphertext::RSA { c: octets.into() }
}

/// The message with another RSA ciphertext.
fn with_ciphertext(armored_message: &str, change: impl Fn(&mut Vec<u8>)) -> String {
    let pile = PacketPile::from_bytes(armored_message.as_bytes()).unwrap();
    let packets: Vec<Packet> = pile
        .into_children()
        .map(|packet| match packet {
            Packet::PKESK(PKESK::V3(mut session)) => {
                session.set_esk(changed(session.esk(), &change));
                PKESK::V3(session).into()
            }
            Packet::PKESK(PKESK::V6(mut session)) => {
                session.set_esk(changed(session.esk(), &change));
                PKESK::V6(session).into()
            }
            other => other,
        })
        .collect();
    armored(&PacketPile::from(packets).to_vec().unwrap())
}

/// T06, T07: whatever is wrong with the encrypted session key, the message is damaged in the same word as when its content is.
#[test]
fn spoiled_rsa_ciphertext_reads_like_spoiled_content() {
    for features in [
        Features::empty().set_seipdv1(),
        Features::empty().set_seipdv2(),
    ] {
        spoiled_in_every_way(&cert_with(CipherSuite::RSA2k, Profile::RFC4880, features));
    }
}

fn spoiled_in_every_way(cert: &Cert) {
    let keys = keys(cert);
    let sealed = to(cert, &entity());
    let error = |armored: &str| {
        let reading = read(&pgp_mime(armored), &keys, &[], now());
        assert!(!reading.openpgp.decrypted, "{:?}", reading.openpgp);
        assert!(!text(&reading).contains(CANARY));
        reading.openpgp.error.unwrap()
    };
    let mut content = binary(&sealed);
    let last = content.len() - 5;
    content[last] ^= 1;
    let expected = error(&armored(&content));
    for spoiled in [
        with_ciphertext(&sealed, |octets| octets[20] ^= 1),
        with_ciphertext(&sealed, |octets| {
            octets.iter_mut().for_each(|octet| *octet = 0xff)
        }),
        with_ciphertext(&sealed, |octets| octets.truncate(9)),
        with_ciphertext(&sealed, |octets| *octets = vec![1]),
    ] {
        assert_eq!(error(&spoiled), expected);
    }
}

/// An RSA-2048 block of type 2 around a content.
fn block(content: &[u8]) -> Vec<u8> {
    let mut block = vec![0x5a; 256];
    block[0] = 0;
    block[1] = 2;
    let start = 256 - content.len();
    block[start - 1] = 0;
    block[start..].copy_from_slice(content);
    block
}

fn content(algorithm: Option<u8>, key: &[u8]) -> Vec<u8> {
    let sum = key
        .iter()
        .fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    let mut content: Vec<u8> = algorithm.into_iter().chain(key.iter().copied()).collect();
    content.extend(sum.to_be_bytes());
    content
}

#[test]
fn session_keys_of_every_length_come_out() {
    let rejection = Rejection::new(b"exponent");
    let open = |content: &[u8], length| {
        let key = unpad::session_key(&block(content), length, &rejection.of(b"c"));
        key.to_vec()
    };
    for (algorithm, octets) in [(7, 16), (8, 24), (9, 32), (2, 24), (10, 32), (13, 32)] {
        let sent = content(Some(algorithm), &vec![0xa7; octets]);
        assert_eq!(open(&sent, None), sent);
        assert_eq!(open(&sent, Some(sent.len())), sent);
        // Version 6 packets have no algorithm inside; the container says which length.
        let sent = content(None, &vec![0xa7; octets]);
        assert_eq!(open(&sent, Some(sent.len())), sent);
    }
}

#[test]
fn a_block_without_a_session_key_gives_one_that_looks_sent() {
    let rejection = Rejection::new(b"exponent");
    let good = content(Some(9), &[0xa7; 32]);
    let mut spoiled: Vec<Vec<u8>> = Vec::new();
    for place in [0, 1, 2, 100, 219, 220, 221, 255] {
        let mut block = block(&good);
        block[place] = if place == 2 || place == 100 || place == 219 {
            0
        } else {
            block[place] ^ 1
        };
        spoiled.push(block);
    }
    spoiled.push(block(&content(Some(7), &[0xa7; 32])));
    spoiled.push(block(&content(Some(9), &[0xa7; 31])));
    spoiled.push(vec![0; 256]);
    let made = |block: &[u8], ciphertext: &[u8], length| {
        unpad::session_key(block, length, &rejection.of(ciphertext)).to_vec()
    };
    for block in &spoiled {
        let key = made(block, b"c", None);
        assert_eq!((key.len(), key[0]), (35, 9));
        assert_eq!(key, content(Some(9), &key[1..33]), "the checksum is right");
        assert_eq!(
            key,
            made(&spoiled[0], b"c", None),
            "nothing of the block shows"
        );
        assert_ne!(key, made(block, b"d", None));
        assert_eq!(made(block, b"c", Some(18)).len(), 18);
        assert_eq!(made(block, b"c", Some(19))[0], 11);
    }
    let other = Rejection::new(b"other");
    let key = unpad::session_key(&spoiled[0], None, &other.of(b"c"));
    assert_ne!(
        key.to_vec(),
        made(&spoiled[0], b"c", None),
        "only we can make it"
    );
}

/// CVE of RNP: session keys of zeros. A thousand of ours differ, and none is zero.
#[test]
fn session_keys_are_random() {
    use sequoia_openpgp::crypto::SessionKey;
    use sequoia_openpgp::types::SymmetricAlgorithm;
    let team = Cert::from_bytes(team().secret.as_bytes()).unwrap();
    let subkey = team.keys().subkeys().secret().nth(1).unwrap();
    let mut pair = subkey.key().clone().into_keypair().unwrap();
    let mut seen: std::collections::BTreeSet<Vec<u8>> = std::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let sealed = binary(&sealed("same"));
        let pile = PacketPile::from_bytes(&sealed).unwrap();
        let Some(Packet::PKESK(session)) = pile.into_children().next() else {
            panic!("no session key");
        };
        let opened: Option<(Option<SymmetricAlgorithm>, SessionKey)> =
            session.decrypt(&mut pair, None);
        let (algorithm, key) = opened.unwrap();
        assert_eq!(algorithm, Some(SymmetricAlgorithm::AES256));
        assert!(key.iter().any(|octet| *octet != 0));
        assert!(seen.insert(key.to_vec()), "a session key came twice");
    }
}
