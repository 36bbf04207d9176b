//! Correspondents' certificates: whose they are, what is merged and what is left out, and what a later revocation says of an
//! earlier signature.

use std::time::{Duration, SystemTime};

use intake::openpgp::Profile;
use intake::openpgp::{
    Bound, Correspondent, Keys, Verdict, Vetted, certify, generate_team_key, review, vet,
};
use intake::reading::{Place, Reading, read};
use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::packet::key::{PrimaryRole, SecretParts, UnspecifiedRole};
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::packet::{Key, Packet, Signature, UserID};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::{Serialize, SerializeInto};
use sequoia_openpgp::types::{ReasonForRevocation, SignatureType};

use crate::made::*;

const POLICY: &StandardPolicy<'_> = &StandardPolicy::new();

fn time(offset: i64) -> SystemTime {
    day(offset).into()
}

fn signed_mail(key: &str) -> Vec<u8> {
    let mut keys = Keys::new();
    keys.add_team_secret(key.as_bytes(), None).unwrap();
    let content = entity();
    let signature = intake::openpgp::sign_detached(&keys, content.as_bytes(), now()).unwrap();
    mail(&signed_entity(&content, &signature.armored))
}

fn read_bound(raw: &[u8], cert: &[u8], addresses: &[String]) -> Reading {
    let known = Correspondent {
        cert,
        authenticated: false,
        bound: Bound::Addresses(addresses),
    };
    read(raw, &Keys::new(), &[known], now())
}

#[test]
fn the_signer_is_from_only_when_we_bound_him_to_that_address() {
    let raw = signed_mail(&noc().secret);
    let public = noc().public.as_bytes();
    for (addresses, is_from) in [
        (vec![], false),
        (vec!["other@peer.example".to_owned()], false),
        (vec!["NOC@Peer.Example".to_owned()], true),
    ] {
        let reading = read_bound(&raw, public, &addresses);
        let signed = signed_layers(&reading)[0];
        assert_eq!(signed.verdict, Verdict::GoodUnknownKey);
        assert_eq!(signed.from_matches, is_from, "{addresses:?}");
        assert_eq!(signed.claims_from, !is_from);
        assert_eq!(signed.made, Some(now()));
        assert!(signed.key.is_some() && signed.digest.is_some());
    }
    // What the sender attaches binds nothing.
    let attached = format!(
        "Content-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\n{}\r\n--mix\r\nContent-Type: application/pgp-keys\r\n\r\n{}\r\n--mix--\r\n",
        entity(),
        noc().public.replace('\n', "\r\n")
    );
    let signature = signature(&attached);
    let reading = read(
        &mail(&signed_entity(&attached, &signature)),
        &Keys::new(),
        &[],
        now(),
    );
    let signed = signed_layers(&reading)[0];
    assert_eq!(signed.verdict, Verdict::GoodUnknownKey);
    assert!(signed.claims_from && !signed.from_matches);
    assert_eq!(reading.certificates.len(), 1);
    assert_eq!(reading.certificates[0].place, Place::Attachment);
}

/// T21: somebody compared the certificate with one of its owner's addresses, not with whatever mail it signs.
#[test]
fn a_signature_is_good_for_the_address_that_its_certificate_was_authenticated_for() {
    let raw = signed_mail(&noc().secret);
    for (address, verdict) in [
        ("noc@peer.example", Verdict::Good),
        ("desk@peer.example", Verdict::GoodUnknownKey),
    ] {
        let known = Correspondent {
            cert: noc().public.as_bytes(),
            authenticated: true,
            bound: Bound::Addresses(&[address.to_owned()]),
        };
        let reading = read(&raw, &Keys::new(), &[known], now());
        let signed = signed_layers(&reading)[0];
        assert_eq!(signed.verdict, verdict, "{address}");
        // Its user ID is the sender's, which nobody has compared.
        assert!(!signed.other_address, "{address}");
    }
}

/// What a verified key signs in somebody else's name is told from what a key signs that nobody has compared (T21).
#[test]
fn a_verified_key_of_another_address_is_said_to_be_so() {
    let from = "From: NOC <noc@peer.example>";
    let raw = String::from_utf8(signed_mail(&noc().secret)).unwrap();
    let read_from = |line: &str, authenticated: bool| {
        let known = Correspondent {
            cert: noc().public.as_bytes(),
            authenticated,
            bound: Bound::Addresses(&["noc@peer.example".to_owned()]),
        };
        let reading = read(
            raw.replace(from, line).as_bytes(),
            &Keys::new(),
            &[known],
            now(),
        );
        let signed = signed_layers(&reading)[0];
        (signed.verdict, signed.other_address)
    };
    let other = "From: Desk <desk@else.example>";
    assert_eq!(read_from(from, true), (Verdict::Good, false));
    assert_eq!(read_from(other, true), (Verdict::GoodUnknownKey, true));
    assert_eq!(read_from(other, false), (Verdict::GoodUnknownKey, false));
    // Of two authors nobody knows which one is meant.
    let two = "From: noc@peer.example, desk@else.example";
    assert_eq!(read_from(two, true), (Verdict::GoodUnknownKey, false));
}

#[test]
fn a_bound_address_whose_user_id_was_revoked_is_bound_no_more() {
    let cert = Cert::from_bytes(noc().secret.as_bytes()).unwrap();
    let user_id = cert.userids().next().unwrap().userid().clone();
    let revocation = UserIDRevocationBuilder::new()
        .set_signature_creation_time(time(-1))
        .unwrap()
        .set_reason_for_revocation(ReasonForRevocation::UIDRetired, b"moved")
        .unwrap()
        .build(&mut primary(&cert), &cert, &user_id, None)
        .unwrap();
    let (changed, _) = cert
        .insert_packets([Packet::from(user_id), revocation.into()])
        .unwrap();
    let addresses = ["noc@peer.example".to_owned()];
    let reading = read_bound(
        &signed_mail(&noc().secret),
        &changed.to_vec().unwrap(),
        &addresses,
    );
    assert!(!signed_layers(&reading)[0].from_matches);
}

#[test]
fn a_signature_is_known_again_however_it_is_wrapped() {
    let raw = signed_mail(&noc().secret);
    let text = String::from_utf8(raw.clone()).unwrap();
    let rewrapped = text
        .replace("boundary=sig", "boundary=gis")
        .replace("--sig", "--gis")
        .replace("Subject: outside", "Subject: [CSIRT#000001] inside");
    let other = signed_mail(&made("NOC <noc@peer.example>").secret);
    let digest =
        |raw: &[u8]| signed_layers(&read_bound(raw, noc().public.as_bytes(), &[]))[0].digest;
    assert!(digest(&raw).is_some());
    assert_eq!(digest(&raw), digest(rewrapped.as_bytes()));
    assert_ne!(digest(&raw), digest(&other));
    // Our own come back in replies.
    let ours = read(&raw, &keys_of(noc()), &[], now());
    assert_eq!(signed_layers(&ours)[0].digest, None);
}

fn only(octets: &[u8], held: Option<&[u8]>) -> Vetted {
    let mut vetted = vet(&Keys::new(), octets, held, now());
    assert_eq!(vetted.len(), 1);
    vetted.remove(0)
}

/// A certification by somebody whom nobody knows: never verified, so it need not check.
fn flood(cert: &Cert, count: u64) -> Vec<u8> {
    let stranger = made("Stranger <s@else.example>");
    let stranger = Cert::from_bytes(stranger.secret.as_bytes()).unwrap();
    let user_id = cert.userids().next().unwrap().userid().clone();
    let certification = user_id
        .certify(
            &mut primary(&stranger),
            cert,
            SignatureType::GenericCertification,
            None,
            time(-1),
        )
        .unwrap();
    let one = Packet::from(certification).to_vec().unwrap();
    let mut flooded = Vec::new();
    for packet in cert.clone().strip_secret_key_material().into_packets() {
        let is_user_id = matches!(packet, Packet::UserID(_));
        packet.serialize(&mut flooded).unwrap();
        if is_user_id {
            for number in 0..count {
                let at = flooded.len() + one.len() - 8;
                flooded.extend_from_slice(&one);
                flooded[at..].copy_from_slice(&number.to_be_bytes());
            }
        }
    }
    flooded
}

/// D4: it took SKS and GnuPG down in 2019. About 20 MB.
#[test]
fn certificate_with_150_000_certifications_is_cut_down_to_its_own() {
    let cert = Cert::from_bytes(noc().public.as_bytes()).unwrap();
    let flooded = flood(&Cert::from_bytes(noc().secret.as_bytes()).unwrap(), 150_000);
    assert!(flooded.len() > 15_000_000, "{}", flooded.len());
    let start = std::time::Instant::now();
    let vetted = only(&flooded, None);
    let took = start.elapsed();
    assert_eq!(vetted.info.fingerprint, noc().fingerprint);
    assert!(vetted.certificate.len() < 2_000);
    assert_eq!(Cert::from_bytes(&vetted.certificate).unwrap(), cert);
    assert!(vetted.info.can_encrypt && vetted.info.can_sign);
    // How long is for people to read: `cargo test -- --nocapture`.
    std::io::Write::write_all(
        &mut std::io::stdout(),
        format!(
            "150,000 certifications, {} octets: {took:?}\n",
            flooded.len()
        )
        .as_bytes(),
    )
    .unwrap();
}

#[test]
fn what_strangers_add_is_not_merged_and_what_the_owner_signs_is() {
    let cert = Cert::from_bytes(noc().secret.as_bytes()).unwrap();
    let held = only(noc().public.as_bytes(), None);
    assert!(held.news);
    let again = only(noc().public.as_bytes(), Some(&held.certificate));
    assert!(!again.news && !again.standing_changed);
    // A user ID, and a subkey, that the owner did not bind.
    let thief = made("Thief <thief@else.example>");
    let thief = Cert::from_bytes(thief.public.as_bytes()).unwrap();
    let subkey = thief.keys().subkeys().next().unwrap().key().clone();
    let (stuffed, _) = cert
        .clone()
        .strip_secret_key_material()
        .insert_packets([
            Packet::from(UserID::from("NOC <thief@else.example>")),
            Packet::from(subkey.role_into_subordinate()),
        ])
        .unwrap();
    let same = only(&stuffed.to_vec().unwrap(), Some(&held.certificate));
    assert!(!same.news, "{:?}", same.info.user_ids);
    assert_eq!(same.addresses, ["noc@peer.example"]);
    // A revocation by the owner.
    let revoked = revoked(&cert, ReasonForRevocation::KeyCompromised, -1);
    let changed = only(&revoked, Some(&held.certificate));
    assert!(changed.news && changed.standing_changed && changed.info.revoked);
    // It stays when somebody brings an older copy (RUSTSEC-2026-0109).
    let older = only(noc().public.as_bytes(), Some(&changed.certificate));
    assert!(older.info.revoked && !older.news);
}

#[test]
fn the_teams_certification_counts_as_long_as_it_stands() {
    let keys = keys_of(team());
    let certified = certify(&keys, noc().public.as_bytes(), "noc@peer.example", now()).unwrap();
    let by_team = |octets: &[u8], keys: &Keys| {
        let vetted = vet(keys, octets, None, now());
        vetted[0]
            .certified
            .iter()
            .map(|one| (one.address.clone(), one.by.clone(), one.by_team))
            .collect::<Vec<_>>()
    };
    let expected = |by_team| {
        vec![(
            "noc@peer.example".to_owned(),
            team().fingerprint.clone(),
            by_team,
        )]
    };
    assert_eq!(by_team(&certified, &keys), expected(true));
    // What is kept keeps it.
    let kept = vet(&keys, &certified, None, now()).remove(0).certificate;
    assert_eq!(by_team(&kept, &keys), expected(true));
    // Nobody else is asked, and nobody else's address is certified.
    assert!(by_team(&certified, &Keys::new()).is_empty());
    assert!(by_team(noc().public.as_bytes(), &keys).is_empty());
    assert_eq!(
        certify(&keys, noc().public.as_bytes(), "other@peer.example", now()),
        None
    );
    assert_eq!(
        certify(
            &Keys::new(),
            noc().public.as_bytes(),
            "noc@peer.example",
            now()
        ),
        None
    );
    // Another one's certifications, when the configuration says so.
    let mut others = Keys::new();
    assert_eq!(others.add_certifiers(team().public.as_bytes()), 1);
    assert_eq!(by_team(&certified, &others), expected(false));
    // Taken back.
    let team = Cert::from_bytes(team().secret.as_bytes()).unwrap();
    let cert = Cert::from_bytes(&certified).unwrap();
    let user_id = cert.userids().next().unwrap().userid().clone();
    let revocation = SignatureBuilder::new(SignatureType::CertificationRevocation)
        .set_signature_creation_time(time(0) + Duration::from_secs(1))
        .unwrap()
        .sign_userid_binding(&mut primary(&team), cert.primary_key().key(), &user_id)
        .unwrap();
    let (taken_back, _) = cert
        .insert_packets([Packet::from(user_id), revocation.into()])
        .unwrap();
    let later = vet(&keys, &taken_back.to_vec().unwrap(), None, day(1));
    assert!(later[0].certified.is_empty());
}

fn pair(key: &Key<SecretParts, UnspecifiedRole>) -> KeyPair {
    key.clone().into_keypair().unwrap()
}

fn primary(cert: &Cert) -> KeyPair {
    let key: Key<SecretParts, PrimaryRole> = cert
        .primary_key()
        .key()
        .clone()
        .parts_into_secret()
        .unwrap();
    pair(&key.role_into_unspecified())
}

/// The certificate with a revocation of the whole, so many days from now.
fn revoked(cert: &Cert, reason: ReasonForRevocation, days: i64) -> Vec<u8> {
    let revocation = CertRevocationBuilder::new()
        .set_signature_creation_time(time(days))
        .unwrap()
        .set_reason_for_revocation(reason, b"text of the owner's")
        .unwrap()
        .build(&mut primary(cert), cert, None)
        .unwrap();
    with(cert, [revocation.into()])
}

fn subkey_revoked(cert: &Cert, reason: ReasonForRevocation, days: i64) -> Vec<u8> {
    let subkey = cert.keys().subkeys().next().unwrap();
    let revocation = SubkeyRevocationBuilder::new()
        .set_signature_creation_time(time(days))
        .unwrap()
        .set_reason_for_revocation(reason, b"")
        .unwrap()
        .build(&mut primary(cert), cert, subkey.key(), None)
        .unwrap();
    with(
        cert,
        [Packet::from(subkey.key().clone()), revocation.into()],
    )
}

/// The certificate with another expiry, said so many days from now.
fn expiring(cert: &Cert, said: i64, expires: i64) -> Vec<u8> {
    let valid = cert.with_policy(POLICY, time(-29)).unwrap();
    let period = time(expires).duration_since(cert.primary_key().key().creation_time());
    let again = |signature: &Signature| {
        SignatureBuilder::from(signature.clone())
            .set_signature_creation_time(time(said))
            .unwrap()
            .set_key_validity_period(Some(period.clone().unwrap()))
            .unwrap()
    };
    let user_id = valid.userids().next().unwrap();
    let mut signer = primary(cert);
    let mut packets = vec![
        Packet::from(user_id.userid().clone()),
        again(user_id.binding_signature())
            .sign_userid_binding(&mut signer, cert.primary_key().key(), user_id.userid())
            .unwrap()
            .into(),
    ];
    if let Ok(direct) = valid.direct_key_signature() {
        let direct = again(direct).sign_direct_key(&mut signer, cert.primary_key().key());
        packets.push(direct.unwrap().into());
    }
    for subkey in valid.keys().subkeys() {
        packets.push(Packet::from(subkey.key().clone()));
        let binding = again(subkey.binding_signature()).sign_subkey_binding(
            &mut signer,
            cert.primary_key().key(),
            subkey.key(),
        );
        packets.push(binding.unwrap().into());
    }
    with(cert, packets)
}

fn with(cert: &Cert, packets: impl IntoIterator<Item = Packet>) -> Vec<u8> {
    let (changed, _) = cert.clone().insert_packets(packets).unwrap();
    changed.strip_secret_key_material().to_vec().unwrap()
}

/// T12: what the signature is said to be when it comes, and what is said of it after the certificate was refreshed, as of the
/// same time. The clock stands.
#[test]
#[expect(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "one table of fourteen rows"
)]
fn fourteen_states_of_a_key_before_and_after_it_is_refreshed() {
    use ReasonForRevocation::{KeyCompromised, KeyRetired, KeySuperseded, Unspecified};
    use Verdict::{ExpiredKey, GoodUnknownKey, RevokedKey};
    let fresh = |days: Option<u64>| {
        let validity = days.map(|days| Duration::from_secs(days * 86_400));
        let made = generate_team_key(
            "NOC <noc@peer.example>",
            Profile::Curve25519,
            validity,
            day(-30),
        );
        Cert::from_bytes(made.unwrap().secret.as_bytes()).unwrap()
    };
    type Refresh = Box<dyn Fn(&Cert) -> Vec<u8>>;
    let same: fn() -> Refresh = || Box::new(|cert| with(cert, []));
    let revoke = |reason, days| -> Refresh { Box::new(move |cert| revoked(cert, reason, days)) };
    let revoke_subkey =
        |reason, days| -> Refresh { Box::new(move |cert| subkey_revoked(cert, reason, days)) };
    let expire = |said, expires| -> Refresh { Box::new(move |cert| expiring(cert, said, expires)) };
    // Name; valid for so many days from 30 days ago; known when the mail came; known later; verdict when it came; then what is
    // held against it, and why it is revoked.
    let states: [(
        &str,
        Option<u64>,
        Refresh,
        Refresh,
        Verdict,
        Option<Verdict>,
        Option<&str>,
    ); 14] = [
        ("in force", None, same(), same(), GoodUnknownKey, None, None),
        (
            "expired",
            Some(10),
            same(),
            same(),
            ExpiredKey,
            Some(ExpiredKey),
            None,
        ),
        (
            "expired, extended after the mail",
            Some(10),
            same(),
            expire(1, 300),
            ExpiredKey,
            Some(ExpiredKey),
            None,
        ),
        (
            "extended before the mail, heard later",
            Some(10),
            same(),
            expire(-5, 300),
            ExpiredKey,
            None,
            None,
        ),
        (
            "expires after the mail",
            Some(31),
            same(),
            same(),
            GoodUnknownKey,
            None,
            None,
        ),
        (
            "shortened before the mail, heard later",
            None,
            same(),
            expire(-5, -2),
            GoodUnknownKey,
            Some(ExpiredKey),
            None,
        ),
        (
            "superseded after the mail",
            None,
            same(),
            revoke(KeySuperseded, 2),
            GoodUnknownKey,
            None,
            Some("superseded"),
        ),
        (
            "retired before the mail, heard later",
            None,
            same(),
            revoke(KeyRetired, -2),
            GoodUnknownKey,
            Some(RevokedKey),
            Some("retired"),
        ),
        (
            "compromised after the mail",
            None,
            same(),
            revoke(KeyCompromised, 2),
            GoodUnknownKey,
            Some(RevokedKey),
            Some("compromised"),
        ),
        (
            "revoked after the mail, nobody says why",
            None,
            same(),
            revoke(Unspecified, 2),
            GoodUnknownKey,
            Some(RevokedKey),
            Some("unspecified"),
        ),
        (
            "revoked when the mail came",
            None,
            revoke(KeyRetired, -2),
            same(),
            RevokedKey,
            Some(RevokedKey),
            Some("retired"),
        ),
        (
            "subkey superseded after the mail",
            None,
            same(),
            revoke_subkey(KeySuperseded, 2),
            GoodUnknownKey,
            None,
            Some("superseded"),
        ),
        (
            "subkey compromised after the mail",
            None,
            same(),
            revoke_subkey(KeyCompromised, 2),
            GoodUnknownKey,
            Some(RevokedKey),
            Some("compromised"),
        ),
        (
            "subkey revoked when the mail came",
            None,
            revoke_subkey(KeyRetired, -2),
            same(),
            RevokedKey,
            Some(RevokedKey),
            Some("retired"),
        ),
    ];
    for (name, valid, then, later, at_receipt, lapsed, revocation) in states {
        let cert = fresh(valid);
        // An expired key signs no more: it signed while it could, for the sender's clock says anything.
        let raw = signed_at(&cert, if valid == Some(10) { -25 } else { 0 });
        let reading = read_bound(&raw, &then(&cert), &[]);
        let signed = signed_layers(&reading)[0];
        assert_eq!(signed.verdict, at_receipt, "{name}: when it came");
        let held = only(&then(&cert), None);
        let news = vet(
            &Keys::new(),
            &later(&cert),
            Some(&held.certificate),
            day(30),
        );
        let key = signed.key.as_deref().unwrap();
        let review = review(&news[0].certificate, key, now(), day(30)).unwrap();
        assert_eq!(review.lapsed, lapsed, "{name}: later");
        let reason = review
            .revocation
            .as_ref()
            .map(|revocation| revocation.reason.as_str());
        assert_eq!(reason, revocation, "{name}: later");
    }
}

fn signed_at(cert: &Cert, days: i64) -> Vec<u8> {
    let mut keys = Keys::new();
    let secret = cert.as_tsk().to_vec().unwrap();
    keys.add_team_secret(&secret, None).unwrap();
    let content = entity();
    let signature = intake::openpgp::sign_detached(&keys, content.as_bytes(), day(days)).unwrap();
    mail(&signed_entity(&content, &signature.armored))
}

/// Found by fuzzing: merging wrote the issuer beside the wrong one, so that the same certificate was news when it came again.
#[test]
fn a_certificate_that_came_before_is_no_news_whatever_its_signatures_say_of_their_issuer() {
    let cert = Cert::from_bytes(noc().public.as_bytes()).unwrap();
    let mut octets = cert.to_vec().unwrap();
    let key_id = cert.keyid();
    // The issuer's key id, a subpacket that no signature covers (RFC 9580 section 5.2.3.12).
    let issuer = [[9, 16].as_slice(), key_id.as_bytes()].concat();
    let places: Vec<usize> = (0..octets.len())
        .filter(|at| octets[*at..].starts_with(&issuer))
        .collect();
    assert!(!places.is_empty());
    octets[places[0] + issuer.len() - 1] ^= 1;
    let came = only(&octets, None);
    assert!(came.news && came.info.can_encrypt && came.info.can_sign);
    let again = only(&octets, Some(&came.certificate));
    assert!(!again.news && !again.standing_changed);
    assert!(!only(&again.certificate, Some(&again.certificate)).news);
}
