//! Keys: made, described, exported, unlocked.

use intake::openpgp::{
    KeyError, Keys, Profile, WriteError, autocrypt_keydata, describe, encrypt, export_public,
    generate_team_key, sign_detached, usable_for_encryption,
};
use sequoia_openpgp::cert::amalgamation::key::PrimaryKey;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;

use crate::made::*;

#[test]
fn describes_what_was_made() {
    let info = describe(team().secret.as_bytes(), now()).unwrap();
    assert_eq!(info.fingerprint, team().fingerprint);
    assert_eq!(info.user_ids, ["CSIRT <csirt@team.example>"]);
    assert_eq!(info.created, day(-30));
    assert_eq!(info.algorithms.len(), 3);
    assert!(
        info.algorithms[0].contains("25519"),
        "{:?}",
        info.algorithms
    );
    assert!(info.has_secret && info.can_encrypt && info.can_sign && !info.revoked);
    assert_eq!(info.expires, None);
    let public = describe(team().public.as_bytes(), now()).unwrap();
    assert!(!public.has_secret);
}

#[test]
fn expiry_takes_the_uses_away() {
    let key = short_lived("CSIRT <csirt@team.example>", 10, day(-20));
    let info = describe(key.public.as_bytes(), now()).unwrap();
    assert_eq!(info.expires, Some(day(-10)));
    assert!(!info.can_encrypt && !info.can_sign);
    assert!(usable_for_encryption(key.public.as_bytes(), day(-15)));
    assert!(!usable_for_encryption(key.public.as_bytes(), now()));
    let unusable = encrypt(
        &keys_of(team()),
        b"x",
        &[key.public.as_bytes()],
        true,
        now(),
    );
    assert_eq!(unusable.unwrap_err(), WriteError::UnusableRecipient);
    let silent = sign_detached(&keys_of(&key), b"x", now());
    assert_eq!(silent.unwrap_err(), WriteError::NoSigningKey);
}

#[test]
fn rsa_profile() {
    let key = generate_team_key("CSIRT <c@t.example>", Profile::Rsa4096, None, now()).unwrap();
    let info = describe(key.public.as_bytes(), now()).unwrap();
    assert!(
        info.algorithms.iter().all(|name| name == "RSA 4096"),
        "{:?}",
        info.algorithms
    );
}

#[test]
fn exports_no_secret_and_no_foreign_certification() {
    let exported = export_public(team().secret.as_bytes()).unwrap();
    assert!(!exported.contains("PRIVATE"));
    assert!(!describe(exported.as_bytes(), now()).unwrap().has_secret);
    let cert = sequoia_openpgp::Cert::from_bytes(exported.as_bytes()).unwrap();
    assert_eq!(cert.userids().next().unwrap().certifications().count(), 0);
}

#[test]
fn autocrypt_keydata_is_small_and_usable() {
    let keydata = autocrypt_keydata(team().public.as_bytes(), now()).unwrap();
    assert!(keydata.len() < 2048);
    let binary = mail_parser::decoders::base64::base64_decode(keydata.as_bytes()).unwrap();
    assert!(usable_for_encryption(&binary, now()));
}

#[test]
fn passphrase_unlocks_once_at_load() {
    let cert = sequoia_openpgp::Cert::from_bytes(team().secret.as_bytes()).unwrap();
    let mut locked = cert.clone();
    for key in cert.keys().secret() {
        let sealed = key.key().clone().encrypt_secret(&"horse".into()).unwrap();
        let packet = if key.primary() {
            sequoia_openpgp::Packet::from(sealed.role_into_primary())
        } else {
            sequoia_openpgp::Packet::from(sealed.role_into_subordinate())
        };
        locked = locked.insert_packets(vec![packet]).unwrap().0;
    }
    let locked = locked.as_tsk().to_vec().unwrap();
    let mut keys = Keys::new();
    assert_eq!(keys.add_team_secret(&locked, None), Err(KeyError::Locked));
    assert_eq!(
        keys.add_team_secret(&locked, Some(b"cow")),
        Err(KeyError::Locked)
    );
    let taken = keys.add_team_secret(&locked, Some(b"horse")).unwrap();
    assert_eq!(taken, team().fingerprint);
    let raw = pgp_mime(&sealed(&entity()));
    assert!(
        intake::reading::read(&raw, &keys, &[], now())
            .openpgp
            .decrypted
    );
    let public = keys.add_team_secret(team().public.as_bytes(), None);
    assert_eq!(public, Err(KeyError::NoSecret));
    assert_eq!(
        keys.add_team_secret(b"nothing", None),
        Err(KeyError::NotACertificate)
    );
}
