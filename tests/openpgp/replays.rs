//! The same ciphertext again, dressed differently (threats.md T03).

use crate::attacks::{aead_message, mdc_message, packet, taken_apart, wrapped};
use crate::made::*;

fn ciphertext(raw: &[u8]) -> Option<[u8; 32]> {
    let reading = reading(raw);
    let layers = encrypted_layers(&reading);
    assert_eq!(layers.len(), 1, "{:?}", reading.openpgp);
    layers[0].ciphertext
}

/// The body in chunks (RFC 9580 section 4.2.1.4): the first must have 512 octets or more.
fn chunked(body: &[u8]) -> Vec<u8> {
    let (first, rest) = body.split_at(512);
    let (second, last) = rest.split_at(16);
    let length = u32::try_from(last.len()).unwrap().to_be_bytes();
    [
        &[0xC0 | 18, 0xE9],
        first,
        &[0xE4],
        second,
        &[0xFF],
        &length,
        last,
    ]
    .concat()
}

#[test]
fn a_ciphertext_is_known_however_it_is_dressed() {
    let long = format!(
        "Content-Type: text/plain\r\n\r\n{}\r\n",
        "scan ".repeat(200)
    );
    let message = encrypted_around(false, |message| literal(message, long.as_bytes()));
    let (session_keys, container) = taken_apart(&message);
    let known = ciphertext(&wrapped(&message));
    assert!(known.is_some());
    let other = made("Other <other@peer.example>");
    let to = [other.public.as_bytes()];
    let stranger = intake::openpgp::encrypt(&keys_of(noc()), b"x", &to, false, now()).unwrap();
    let (strangers_key, _) = taken_apart(&binary(&stranger));
    let marker = packet(10, b"PGP");
    for again in [
        [session_keys.clone(), packet(18, &container)].concat(),
        [session_keys.clone(), chunked(&container)].concat(),
        [marker, session_keys.clone(), packet(18, &container)].concat(),
        [strangers_key.clone(), session_keys, packet(18, &container)].concat(),
        // Nobody here can open it any more; it is the same ciphertext still.
        [strangers_key, packet(18, &container)].concat(),
    ] {
        assert_eq!(ciphertext(&wrapped(&again)), known);
    }
    let inline = format!("Content-Type: text/plain\r\n\r\n{}", armored(&message));
    assert_eq!(ciphertext(&mail(&inline)), known);
    let damaged = armored(&message).replacen("\n\n", "\nComment: again\n\n", 1);
    assert_eq!(ciphertext(&pgp_mime(&damaged)), known);
}

#[test]
fn other_ciphertexts_are_others() {
    let all = [mdc_message(), mdc_message(), aead_message(), aead_message()]
        .map(|message| ciphertext(&wrapped(&message)).unwrap());
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}
