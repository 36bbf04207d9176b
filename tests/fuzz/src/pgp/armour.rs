//! Armour in texts: found, taken out, and known again after what mail does to it.

use sequoia_openpgp::armor::{Kind, Writer};
use std::io::Write;

use super::armor_source::{BlockKind, alone, armour_charset, blocks, is_footer, tolerant};
use super::{clean, framed};
use crate::openpgp::{Holds, holds, recognised};

/// The first octet says what happens to the octets after it: they are a text, or they are sealed, armoured and mangled.
pub fn text(input: &[u8]) {
    let [kind, octets @ ..] = input else { return };
    match kind % 8 {
        0..=2 => found(octets),
        mangling => known_again(octets, mangling - 3),
    }
}

fn found(text: &[u8]) {
    let mut at = 0;
    for block in blocks(text) {
        assert!(at <= block.range.start && block.range.end <= text.len());
        let inside = &text[block.range.clone()];
        let begin: &[u8] = match block.kind {
            BlockKind::Message => b"-----BEGIN PGP MESSAGE-----",
            BlockKind::Cleartext => b"-----BEGIN PGP SIGNED MESSAGE-----",
        };
        assert!(inside.starts_with(begin) && inside.ends_with(b"-----"));
        at = block.range.end;
    }
    if let Some(alone) = alone(text) {
        let block = String::from_utf8(alone.block.clone()).expect("text");
        assert!(block.starts_with("-----BEGIN PGP MESSAGE-----"));
        assert!(block.ends_with("-----END PGP MESSAGE-----"));
        assert_eq!(block.matches("-----BEGIN PGP").count(), 1);
        assert!(alone.footer.is_empty() || is_footer(&alone.footer));
        armour_charset(&alone.block);
        // What would be opened is recognised where it is not.
        if holds(&alone.block) == Some(Holds::Encrypted) {
            assert!(recognised(&alone.block).is_some());
        }
    }
    holds(text);
    recognised(text);
    let read = tolerant(text);
    if let Some(octets) = clean::dearmored(text) {
        assert_eq!(read, Some(octets), "taken off otherwise");
    }
}

/// A ciphertext keeps its name (T03).
fn known_again(body: &[u8], mangling: u8) {
    let mut sealed = vec![1];
    sealed.extend_from_slice(body);
    let binary = framed(18, &sealed, None);
    let expected = Some(Some(openssl::sha::sha256(&sealed)));
    assert_eq!(recognised(&binary), expected);
    let mut writer = Writer::new(Vec::new(), Kind::Message).expect("memory");
    writer.write_all(&binary).expect("memory");
    let armoured = String::from_utf8(writer.finalize().expect("memory")).expect("text");
    let mangled = match mangling {
        0 => armoured.replace('\n', "\r\n"),
        1 => armoured.replace('\n', "\n> "),
        2 => armoured.replace('\n', " \t\r\n"),
        3 => format!("They wrote:\n\n  {}", armoured.replace('\n', "\n  ")),
        _ => armoured.replace('=', "=3D").replace('\n', "\r\n"),
    };
    if mangling == 0 {
        assert_eq!(clean::dearmored(mangled.as_bytes()), Some(binary));
    }
    // A lone `=3D` at the end of a line of five may be a checksum, so nobody can tell.
    if mangling < 4 {
        assert_eq!(recognised(mangled.as_bytes()), expected, "{mangled}");
    } else {
        recognised(mangled.as_bytes());
    }
}
