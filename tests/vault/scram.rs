//! Verifiers of passwords.

use aws_lc_rs::{digest, hmac};
use vault::ScramVerifier;

const SALT: [u8; 16] = [
    0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81,
];
const CLIENT_PROOF: [u8; 32] = [
    0x74, 0x7c, 0xdb, 0x65, 0xaa, 0x56, 0x22, 0x4e, 0x23, 0x52, 0x13, 0x7e, 0x52, 0xd7, 0xbd, 0xca,
    0xd6, 0xa0, 0xf7, 0x38, 0xdf, 0x30, 0x78, 0x2c, 0xaa, 0x69, 0xa2, 0xcf, 0xb0, 0x27, 0x75, 0x54,
];
const SERVER_SIGNATURE: [u8; 32] = [
    0xea, 0xba, 0xe2, 0x4d, 0x10, 0x62, 0xdb, 0x75, 0xa9, 0x45, 0x1f, 0xf0, 0xb6, 0xea, 0x7e, 0x98,
    0xc8, 0x54, 0x65, 0x49, 0xff, 0x74, 0x1e, 0x67, 0x2d, 0x32, 0x51, 0xb2, 0x39, 0x7d, 0xe4, 0x6e,
];

/// RFC 7677 section 3: user "user", password "pencil". Proof and signature are right exactly when both keys are.
#[test]
fn a_verifier_agrees_with_rfc_7677() {
    let verifier = ScramVerifier::derive(b"pencil", 4096.try_into().unwrap(), SALT.to_vec());
    let message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                   s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    let sign = |key: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes());
    assert_eq!(sign(&verifier.server_key).as_ref(), SERVER_SIGNATURE);
    let signature = sign(&verifier.stored_key);
    let proof = CLIENT_PROOF.iter().zip(signature.as_ref());
    let client_key: Vec<u8> = proof.map(|(a, b)| a ^ b).collect();
    let stored_key = digest::digest(&digest::SHA256, &client_key);
    assert_eq!(stored_key.as_ref(), verifier.stored_key);
}

#[test]
fn a_password_matches_its_own_verifier_only() {
    let verifier = ScramVerifier::of(b"test only").unwrap();
    assert!(verifier.matches(b"test only"));
    assert!(!verifier.matches(b"test onlY") && !verifier.matches(b""));
    assert!(
        ScramVerifier::of(b"test only").unwrap() != verifier,
        "salted"
    );
    assert!(!format!("{verifier:?}").contains("salt"));
}

#[test]
fn an_imitation_is_the_same_for_the_same_name_and_matches_nothing() {
    let secret = [7; 32];
    let iterations = 5000.try_into().unwrap();
    let one = ScramVerifier::imitation(&secret, iterations, "nobody");
    assert!(one == ScramVerifier::imitation(&secret, iterations, "nobody"));
    assert!(one.salt != ScramVerifier::imitation(&secret, iterations, "nobody2").salt);
    assert!(one.salt != ScramVerifier::imitation(&[8; 32], iterations, "nobody").salt);
    assert_eq!(one.iterations, iterations);
    assert_eq!(one.salt.len(), ScramVerifier::of(b"x").unwrap().salt.len());
    assert!(!one.matches(b"") && !one.matches(b"nobody"));
}
