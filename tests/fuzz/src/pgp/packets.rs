//! Whole binary messages, with keys and without.

use super::{SIGNED, WORLD, bare, framed};
use crate::openpgp::{Verdict, detached, holds, open, recognised};

/// The first octet says with which keys, and how the octets after it are cut into chunks.
pub fn message(input: &[u8]) {
    let [how, message @ ..] = input else { return };
    let world = &*WORLD;
    let keys = if how & 1 == 0 {
        &world.nobody
    } else {
        &world.team
    };
    let certificates = world.certificates(keys);
    match open(message, &world.opener(keys, &certificates), None) {
        Ok(opened) => {
            assert!(opened.container.is_none() || how & 1 == 1, "without a key");
            assert!(opened.plaintext.len() <= 1 << 20);
            let good = |one: &_| matches!(one, Verdict::Good);
            if opened.signatures.iter().any(|one| good(&one.verdict)) {
                let text = String::from_utf8(opened.plaintext.to_vec()).expect("what was signed");
                assert_eq!(bare(&text), bare(SIGNED));
            }
        }
        Err(closed) => {
            closed.reason.word();
        }
    }
    let judged = detached(message, SIGNED.as_bytes(), &certificates, world.now);
    assert!(!judged.is_empty());
    holds(message);
    same_name(message, u32::from(how >> 1) % 12);
}

/// However the container is framed, the ciphertext keeps its name (T03).
fn same_name(body: &[u8], power: u32) {
    let mut sealed = vec![1];
    sealed.extend_from_slice(body);
    let expected = Some(Some(openssl::sha::sha256(&sealed)));
    for chunk in [None, Some(power)] {
        assert_eq!(recognised(&framed(18, &sealed, chunk)), expected);
    }
}
