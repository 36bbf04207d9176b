//! Whole mails, put together of octets and of pieces that only a key holder can make: octets 0x01 to 0x08 stand for those, so
//! that ciphertexts and signatures get to every place of a MIME structure.

use std::sync::LazyLock;

use super::{SIGNED, WORLD, bare};
use crate::openpgp::{Covers, Layer, Verdict, encrypt, sign_detached};
use crate::reading::{Reading, read};

/// Pieces in one mail; each costs a private-key operation.
const MOST: usize = 6;

struct Pieces {
    pieces: [Vec<u8>; 8],
    /// The text of the ciphertexts; unknown to who writes the input.
    canary: String,
}

static PIECES: LazyLock<Pieces> = LazyLock::new(|| {
    let world = &*WORLD;
    let random = sequoia_openpgp::crypto::SessionKey::new(8).expect("randomness");
    let canary: String = random.iter().map(|octet| format!("{octet:02x}")).collect();
    let entity = format!("Content-Type: text/plain\r\n\r\n{}\r\n", SIGNED.trim_end());
    let to = [world.team_public.as_bytes()];
    let seal = |text: &str, sign| {
        let armoured = encrypt(&world.peer, text.as_bytes(), &to, sign, world.now).expect("sealed");
        armoured.replace('\n', "\r\n").into_bytes()
    };
    let signature = sign_detached(&world.peer, entity.as_bytes(), world.now).expect("signed");
    let cleartext = std::fs::read("corpus/keys/cleartext.asc").expect("seeds");
    let secret = format!(
        "Content-Type: text/plain; protected-headers=\"v1\"\r\nSubject: {canary}\r\n\r\n{canary}\r\n"
    );
    Pieces {
        pieces: [
            seal(&secret, true),
            seal(&format!("{canary}\r\n"), false),
            cleartext,
            signature.armored.replace('\n', "\r\n").into_bytes(),
            entity.into_bytes(),
            seal(&format!("Content-Type: text/plain\r\n\r\n{canary}\r\n"), true),
            world.peer_public.replace('\n', "\r\n").into_bytes(),
            b"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n\
              --b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
              --b\r\nContent-Type: application/octet-stream\r\n\r\n"
                .to_vec(),
        ],
        canary,
    }
});

/// The input is a mail with pieces.
pub fn mail(input: &[u8]) {
    let (world, made) = (&*WORLD, &*PIECES);
    let mut raw = Vec::with_capacity(input.len() + 4096);
    let mut used = 0;
    for &octet in input {
        let piece = usize::from(octet)
            .checked_sub(1)
            .and_then(|at| made.pieces.get(at));
        match piece {
            Some(piece) if used < MOST => {
                used += 1;
                raw.extend_from_slice(piece);
            }
            _ => raw.push(octet),
        }
    }
    let reading = read(&raw, &world.team, &world.correspondents(), world.now);
    well_formed(&reading);
    if !raw
        .windows(made.canary.len())
        .any(|at| at == made.canary.as_bytes())
    {
        stays_apart(&reading, &made.canary);
    }
    proves_what_it_says(&reading, &made.canary);
}

fn well_formed(reading: &Reading) {
    let mut ids: Vec<&str> = reading.parts.iter().map(|part| part.id.as_str()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|two| two[0] != two[1]), "{ids:?}");
    for layer in &reading.openpgp.layers {
        if let Layer::Signed(signed) = layer {
            for part in &signed.parts {
                assert!(ids.contains(&part.as_str()), "{part} of {ids:?}");
            }
        }
    }
}

/// Plaintext is shown only where it came out of an encrypted layer, and with nothing beside it in the same part (T01).
fn stays_apart(reading: &Reading, canary: &str) {
    for part in &reading.parts {
        let Some(text) = &part.text else { continue };
        if text.contains(canary) {
            assert!(part.encrypted, "{reading:?}");
            let text = bare(text);
            let entity = text
                .strip_prefix("Content-Type: text/plain")
                .map_or(text.as_str(), str::trim);
            assert_eq!(entity.lines().last(), Some(canary), "{text}");
            assert!(entity.len() <= 3 * canary.len() + 60, "{text}");
        }
    }
    if let Some(subject) = &reading.subject
        && subject.contains(canary)
    {
        assert!(reading.openpgp.protected_subject && subject == canary);
    }
    let outer = reading.outer_subject.as_deref().unwrap_or_default();
    assert!(!outer.contains(canary));
    let opened = |layer: &Layer| matches!(layer, Layer::Encrypted(layer) if layer.key.is_some());
    if !reading.openpgp.layers.iter().any(opened) {
        let shown = reading.parts.iter().filter_map(|part| part.text.as_ref());
        assert!(shown.into_iter().all(|text| !text.contains(canary)));
    }
}

/// A part is called signed only when its text is one that was (T20, T23).
fn proves_what_it_says(reading: &Reading, canary: &str) {
    // Of another sender's mail the peer's signature is that of an unknown key (T21).
    let checks = |layer: &Layer| match layer {
        Layer::Signed(signed) => matches!(signed.verdict, Verdict::Good | Verdict::GoodUnknownKey)
            .then(|| signed.clone()),
        Layer::Encrypted(_) => None,
    };
    let checked: Vec<_> = reading.openpgp.layers.iter().filter_map(checks).collect();
    for part in reading.parts.iter().filter(|part| part.signed) {
        assert!(!checked.is_empty(), "signed by nobody");
        let Some(text) = &part.text else { continue };
        let text = bare(text);
        assert!(text == bare(SIGNED) || text.contains(canary), "{text}");
    }
    // What covers the whole covers all that is shown.
    for signed in checked
        .iter()
        .filter(|signed| signed.covers == Covers::Whole)
    {
        for part in &reading.parts {
            assert!(signed.parts.contains(&part.id), "{} is shown", part.id);
        }
    }
}
