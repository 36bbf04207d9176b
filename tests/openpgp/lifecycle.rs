//! Team keys over time: the next one, a later end, a revocation; and what is published of them.

use intake::openpgp::{
    KeyError, Keys, Unlocked, certify_next, describe, encrypt, encrypt_hidden, export_team, extend,
    revoke, sign_detached, team_card, unlock, wkd_name,
};
use intake::reading::read;
use sequoia_openpgp::Cert;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;

use crate::made::*;

fn next() -> intake::openpgp::GeneratedKey {
    let profile = intake::openpgp::Profile::Curve25519;
    intake::openpgp::generate_team_key("CSIRT <csirt@team.example>", profile, None, day(10))
        .unwrap()
}

#[test]
fn next_key_is_certified_by_the_present_one_and_signs_when_its_time_comes() {
    let next = next();
    let secret = certify_next(
        team().secret.as_bytes(),
        None,
        next.secret.as_bytes(),
        now(),
    )
    .unwrap();
    let mut keys = Keys::new();
    keys.add_team_secret(secret.as_bytes(), None).unwrap();
    keys.add_team_secret(team().secret.as_bytes(), None)
        .unwrap();
    let signer = |at| sign_detached(&keys, b"x", at).unwrap().signer;
    assert_eq!(signer(now()), team().fingerprint);
    assert_eq!(signer(day(11)), next.fingerprint);
    assert_eq!(
        team_card(&keys, day(11)).unwrap().fingerprint,
        next.fingerprint
    );
    // Mail for the old key is read as before.
    assert!(
        read(&pgp_mime(&sealed(&entity())), &keys, &[], day(11))
            .openpgp
            .decrypted
    );
    let both = [secret.as_bytes(), team().secret.as_bytes()];
    let (armored, binary) = export_team(secret.as_bytes(), &both, day(11)).unwrap();
    assert!(!armored.contains("PRIVATE"));
    let published = Cert::from_bytes(&binary).unwrap();
    let present = Cert::from_bytes(team().public.as_bytes()).unwrap();
    let (policy, at) = (StandardPolicy::new(), std::time::SystemTime::from(day(11)));
    let key = present.primary_key().key().role_as_unspecified();
    let user_id = published.userids().next().unwrap();
    assert_eq!(
        user_id
            .valid_certifications_by_key(&policy, at, key)
            .count(),
        1
    );
    // A stranger's certification is not published.
    let forged = certify_next(noc().secret.as_bytes(), None, secret.as_bytes(), day(11)).unwrap();
    let (_, binary) = export_team(forged.as_bytes(), &both, day(11)).unwrap();
    let published = Cert::from_bytes(&binary).unwrap();
    assert_eq!(
        published.userids().next().unwrap().certifications().count(),
        1
    );
}

#[test]
fn next_key_is_locked_as_the_present_one_is() {
    let password = sequoia_openpgp::crypto::Password::from("correct horse");
    let present = Cert::from_bytes(team().secret.as_bytes()).unwrap();
    let mut locked: Vec<sequoia_openpgp::Packet> = Vec::new();
    let primary = present.primary_key().key().clone();
    let primary = primary.parts_into_secret().unwrap();
    locked.push(primary.encrypt_secret(&password).unwrap().into());
    for subkey in present.keys().subkeys().secret() {
        let key = subkey.key().clone().encrypt_secret(&password).unwrap();
        locked.push(key.into());
    }
    let (present, _) = present.insert_packets(locked).unwrap();
    let present = present.as_tsk().armored().to_vec().unwrap();
    let next = next();
    let certified = |passphrase: Option<&[u8]>| {
        certify_next(&present, passphrase, next.secret.as_bytes(), now())
    };
    for wrong in [None, Some(b"wrong".as_slice())] {
        assert_eq!(certified(wrong).unwrap_err(), KeyError::Locked);
    }
    let secret = certified(Some(b"correct horse")).unwrap();
    let usable = |passphrase| unlock(secret.as_bytes(), passphrase).unwrap();
    let all = usable(None).all;
    assert_eq!(usable(None), Unlocked { usable: 0, all });
    assert_eq!(
        usable(Some(b"correct horse".as_slice())),
        Unlocked { usable: all, all }
    );
    assert!(all >= 3);
    let mut keys = Keys::new();
    keys.add_team_secret(secret.as_bytes(), Some(b"correct horse"))
        .unwrap();
    assert!(sign_detached(&keys, b"x", day(11)).is_ok());
}

#[test]
fn end_of_validity_moves_for_all_parts() {
    // The new bindings are as old as the clock of this machine says.
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    let before = now - jiff::SignedDuration::from_hours(24 * 20);
    let key = short_lived("CSIRT <csirt@team.example>", 10, before);
    assert!(!describe(key.public.as_bytes(), now).unwrap().can_sign);
    let until = now + jiff::SignedDuration::from_hours(24 * 100);
    let longer = extend(key.secret.as_bytes(), None, until, now).unwrap();
    let info = describe(longer.as_bytes(), now).unwrap();
    assert!(
        info.can_sign && info.can_encrypt && info.has_secret,
        "{info:?}"
    );
    let days = (info.usable_until.unwrap().as_second() - now.as_second()) / 86_400;
    assert!((99..=100).contains(&days), "{info:?}");
    assert_eq!(info.expires, info.usable_until);
    let locked = extend(team().public.as_bytes(), None, until, now);
    assert_eq!(locked.unwrap_err(), KeyError::NoSecret);
}

#[test]
fn revocation_ends_signing_and_is_taken_by_its_own_key_only() {
    let key = made("CSIRT <csirt@team.example>");
    let foreign = revoke(key.secret.as_bytes(), team().revocation.as_bytes(), now()).unwrap();
    assert!(foreign.is_none());
    // GnuPG's file begins with a text and a colon.
    let file = format!("This is a revocation certificate\n\n:{}", key.revocation);
    let revoked = revoke(key.secret.as_bytes(), file.as_bytes(), now())
        .unwrap()
        .unwrap();
    let info = describe(revoked.as_bytes(), now()).unwrap();
    assert!(info.revoked && !info.can_sign && !info.can_encrypt && info.has_secret);
    let mut keys = Keys::new();
    keys.add_team_secret(revoked.as_bytes(), None).unwrap();
    assert!(sign_detached(&keys, b"x", now()).is_err());
    assert_eq!(team_card(&keys, now()), None);
    let to = [key.public.as_bytes()];
    let late = encrypt(&keys_of(noc()), entity().as_bytes(), &to, true, now()).unwrap();
    assert!(read(&pgp_mime(&late), &keys, &[], now()).openpgp.decrypted);
    let to = [revoked.as_bytes()];
    assert!(encrypt(&keys_of(noc()), b"x", &to, true, now()).is_err());
}

#[test]
fn locked_parts_are_counted() {
    let all = unlock(team().secret.as_bytes(), None).unwrap();
    assert_eq!(all, Unlocked { usable: 3, all: 3 });
    assert_eq!(
        unlock(team().public.as_bytes(), None),
        Err(KeyError::NoSecret)
    );
    assert_eq!(unlock(b"x", None), Err(KeyError::NotACertificate));
}

#[test]
fn hidden_recipients_open_it_all_the_same() {
    let to = [team().public.as_bytes()];
    let hidden = encrypt_hidden(&keys_of(noc()), entity().as_bytes(), &to, now()).unwrap();
    let named = encrypt(&keys_of(noc()), entity().as_bytes(), &to, true, now()).unwrap();
    let cert = Cert::from_bytes(team().public.as_bytes()).unwrap();
    let id = cert.keys().subkeys().nth(1).unwrap().key().keyid();
    let shows = |armored: &str| {
        binary(armored)
            .windows(8)
            .any(|window| window == id.as_bytes())
    };
    assert!(shows(&named) && !shows(&hidden));
    let reading = read(&pgp_mime(&hidden), &keys_of(team()), &[], now());
    assert!(reading.openpgp.decrypted, "{:?}", reading.openpgp);
}

/// SEIPDv2 only when everybody says that he reads it.
#[test]
fn new_containers_only_for_those_who_read_them() {
    use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
    use sequoia_openpgp::serialize::SerializeInto;
    let modern = CertBuilder::general_purpose(Some("m@peer.example"))
        .set_profile(sequoia_openpgp::Profile::RFC9580)
        .unwrap()
        .set_cipher_suite(CipherSuite::Cv25519)
        .set_creation_time(std::time::SystemTime::from(day(-1)))
        .generate()
        .unwrap()
        .0
        .to_vec()
        .unwrap();
    let version = |to: &[&[u8]]| {
        let sealed = encrypt(&keys_of(team()), b"x", to, true, now()).unwrap();
        let pile = sequoia_openpgp::PacketPile::from_bytes(sealed.as_bytes()).unwrap();
        let seip = pile.into_children().last().unwrap();
        seip.version()
    };
    assert_eq!(version(&[&modern]), Some(2));
    assert_eq!(version(&[&modern, noc().public.as_bytes()]), Some(1));
    assert_eq!(version(&[noc().public.as_bytes()]), Some(1));
}

/// From the draft's own example, and from `gpg-wks-client --print-wkd-hash`.
#[test]
fn names_in_a_web_key_directory() {
    assert_eq!(wkd_name("Joe.Doe"), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
    assert_eq!(wkd_name("joe.doe"), "iy9q119eutrkn8s1mk4r39qejnbu3n5q");
}
