//! A backup opens whole or not at all.

use vault::backup::{HEADER, SEALED_CHUNK};
use vault::{KeyRing, VaultError};

fn sealed(ring: &KeyRing, content: &[u8]) -> Vec<u8> {
    let mut sealer = ring.backup_sealer().unwrap();
    let mut out = Vec::new();
    for piece in content.chunks(10_000) {
        sealer.push(piece).unwrap();
        out.extend(sealer.take());
    }
    out.extend(sealer.finish().unwrap());
    out
}

fn opened(ring: &KeyRing, file: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (header, chunks) = file.split_first_chunk::<HEADER>().unwrap();
    let mut opener = ring.backup_opener(header)?;
    let mut out = Vec::new();
    let mut chunks = chunks.chunks(SEALED_CHUNK).peekable();
    while let Some(chunk) = chunks.next() {
        let is_last = chunks.peek().is_none();
        out.extend_from_slice(&opener.open_chunk(chunk.to_vec(), is_last)?);
    }
    Ok(out)
}

#[test]
fn what_was_backed_up_opens() {
    let ring = KeyRing::generate().unwrap();
    let chunk = SEALED_CHUNK - 16;
    for length in [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 5] {
        let content: Vec<u8> = (0..length)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let file = sealed(&ring, &content);
        assert_eq!(opened(&ring, &file).unwrap(), content, "{length}");
        assert_ne!(
            sealed(&ring, &content)[HEADER..],
            file[HEADER..],
            "a key of its own"
        );
    }
}

#[test]
fn rotation_of_the_ring_keeps_backups_readable() {
    let mut ring = KeyRing::generate().unwrap();
    let file = sealed(&ring, b"content");
    ring.add_root().unwrap();
    while let Err(VaultError::KeyInUse(_, epoch)) = ring.destroy_root(1) {
        assert!(ring.rewrap_epoch(epoch).unwrap());
    }
    assert!(
        ring.roots()
            .any(|root| root == (1, vault::KeyStatus::Destroyed))
    );
    assert_eq!(opened(&ring, &file).unwrap(), b"content");
}

#[test]
fn another_ring_another_version_and_something_else_are_told_apart() {
    let ring = KeyRing::generate().unwrap();
    let file = sealed(&ring, b"content");
    let other = KeyRing::generate().unwrap();
    assert_eq!(opened(&other, &file), Err(VaultError::NotAuthentic));
    let mut newer = file.clone();
    newer[9] = 2;
    assert_eq!(opened(&ring, &newer), Err(VaultError::Newer(2)));
    let mut nothing = file.clone();
    nothing[0] = b'X';
    assert_eq!(opened(&ring, &nothing), Err(VaultError::Malformed));
    for at in (10..file.len()).step_by(7) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert_eq!(
            opened(&ring, &changed),
            Err(VaultError::NotAuthentic),
            "{at}"
        );
    }
}
