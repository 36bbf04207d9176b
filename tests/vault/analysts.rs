//! Keys that take an analyst besides the ring, and index keys that only go forward.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use vault::{Aad, Bits, Cells, Epoch, Family, IndexKey, KeyRing, Ratchet, VaultError, WrappedKey};

use super::{month, name_of, place, ring};

/// Stands for an OpenPGP message: the vault never looks into one.
const MESSAGE: &[u8] = b"only analysts open this";

#[test]
fn a_key_sealed_to_analysts_takes_what_they_open_and_the_ring() {
    let ring = ring();
    let case = ring.new_case_key(month()).unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let sealed = wrapped.to_analysts(MESSAGE);
    assert_eq!((sealed.message(), wrapped.message()), (Some(MESSAGE), None));
    assert_eq!(
        sealed.epoch_key(),
        Ok(name_of(month())),
        "for erasing the month"
    );
    let refused = ring.unwrap(&sealed, &place()).err();
    assert_eq!(refused, Some(VaultError::SealedToAnalysts));
    assert_eq!(
        ring.rewrap(&sealed, &place()).err(),
        Some(VaultError::SealedToAnalysts)
    );

    let stored = WrappedKey::from_bytes(sealed.as_bytes().to_vec());
    let inner = stored.opened(wrapped.as_bytes()).unwrap();
    let object = case.seal(&place(), b"report").unwrap();
    let key = ring.unwrap(&inner, &place()).unwrap();
    assert_eq!(key.open(&place(), &object).unwrap().as_slice(), b"report");
}

#[test]
fn what_an_analysts_key_gives_is_no_key_and_belongs_to_one_case_and_one_installation() {
    let ring = ring();
    let case = ring.new_case_key(month()).unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let sealed = wrapped.to_analysts(MESSAGE);
    let inner = sealed.opened(wrapped.as_bytes()).unwrap();
    // Another ring, another case, another team.
    let elsewhere = Aad {
        case: [9; 16],
        ..place()
    };
    let others = Aad {
        team: "Other",
        ..place()
    };
    assert!(super::ring().unwrap(&inner, &place()).is_err());
    for place in [elsewhere, others] {
        assert_eq!(
            ring.unwrap(&inner, &place).err(),
            Some(VaultError::NotAuthentic)
        );
    }
    // Content that names another epoch's key, is sealed to analysts itself, or is nothing.
    let standing = ring.new_case_key(Epoch::STANDING).unwrap();
    let standing = ring.wrap(&standing, &place()).unwrap();
    for content in [
        standing.as_bytes(),
        sealed.as_bytes(),
        b"",
        &[2; 8],
        &[0; 69],
    ] {
        assert!(sealed.opened(content).is_err());
    }
    assert!(
        wrapped.opened(wrapped.as_bytes()).is_err(),
        "nothing to open"
    );
}

#[test]
fn an_erased_month_is_erased_for_analysts_too() {
    let ring = ring();
    let case = ring.new_case_key(month()).unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let inner = wrapped
        .to_analysts(MESSAGE)
        .opened(wrapped.as_bytes())
        .unwrap();
    ring.erase_epoch(month()).unwrap();
    assert_eq!(
        ring.unwrap(&inner, &place()).err(),
        Some(VaultError::ErasedEpoch(month()))
    );
}

/// Making one takes longer than all the rest.
static RING: LazyLock<KeyRing> = LazyLock::new(ring);

proptest! {
    #[test]
    fn any_bytes_may_stand_where_a_wrapped_key_stands(stored in proptest::collection::vec(any::<u8>(), 0..200), version in 0_u8..5) {
        let stored = [vec![version], stored].concat();
        let wrapped = WrappedKey::from_bytes(stored.clone());
        prop_assert!(RING.unwrap(&wrapped, &place()).is_err());
        let _ = wrapped.opened(&stored);
        let _ = wrapped.epoch_key();
        prop_assert_eq!(wrapped.message().is_some(), version == 3 && stored.len() >= 9);
    }
}

fn epoch(text: &str) -> Epoch {
    text.parse().unwrap()
}

/// A file with a first key, as the gateway keeps it.
fn kept(folder: &Path, first: &Ratchet) -> std::path::PathBuf {
    let file = folder.join("index.ratchet");
    fs::write(&file, first.to_text().as_bytes()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

fn cells(keys: &[IndexKey]) -> Vec<Cells> {
    let bits = Bits([14, 7, 7]);
    let path = ["192.0.0.0/16", "192.0.2.0/24", "192.0.2.7"];
    let indexer = |key: &IndexKey| key.indexer(Family::Address, "CSIRT", (2026, 11));
    let cells = keys
        .iter()
        .map(|key| indexer(key).cells(bits, indexer(key).hash(&path), 0));
    cells.collect()
}

#[test]
fn a_month_that_has_ended_can_not_be_probed_any_more_but_by_who_holds_the_first_key() {
    let folder = tempfile::tempdir().unwrap();
    let first = Ratchet::generate(epoch("2026-10")).unwrap();
    let file = kept(folder.path(), &first);
    let gateway = ring();
    gateway.keep_index_ratchet_in(&file).unwrap();
    let analyst = gateway.clone();
    analyst.open_index_with(Ratchet::from_text(&first.to_text()).unwrap());

    assert_eq!(gateway.turn_index(epoch("2026-10")), Ok(epoch("2026-10")));
    let october = cells(&gateway.index_keys(epoch("2026-10")));
    assert_eq!(october.len(), 1, "writes under one key");
    assert!(gateway.index_keys(epoch("2026-11")).is_empty(), "not yet");

    // Three months on; late mail is indexed with the month that is.
    let before = fs::metadata(&file).unwrap();
    assert_eq!(gateway.turn_index(epoch("2027-01")), Ok(epoch("2027-01")));
    assert_eq!(gateway.turn_index(epoch("2026-10")), Ok(epoch("2027-01")));
    for past in ["2026-10", "2026-11", "2026-12"] {
        assert!(gateway.index_keys(epoch(past)).is_empty(), "{past}");
    }
    let january = cells(&gateway.index_keys(epoch("2027-01")));
    assert_ne!(january, october);
    let after = fs::metadata(&file).unwrap();
    assert_ne!(before.ino(), after.ino(), "replaced as a whole");
    assert_eq!(after.permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no other file"
    );
    let text = fs::read_to_string(&file).unwrap();
    let stolen = Ratchet::from_text(&text).unwrap();
    assert_eq!(stolen.month(), epoch("2027-01"));
    assert!(stolen.at(epoch("2026-12")).is_none());

    // The analyst finds what was written in either; in the first month also what the ring's own key wrote before.
    assert_eq!(cells(&analyst.index_keys(epoch("2027-01"))), january);
    let in_first = cells(&analyst.index_keys(epoch("2026-10")));
    assert_eq!(in_first.len(), 2);
    assert!(in_first.contains(&october[0]));
    assert_eq!(
        cells(&analyst.index_keys(epoch("2026-09"))),
        cells(&ring_keys(&gateway))
    );
}

/// The ring's own keys, which nothing is written under any more.
fn ring_keys(gateway: &KeyRing) -> Vec<IndexKey> {
    use secrecy::ExposeSecret;
    let plain = KeyRing::from_text(gateway.to_text().expose_secret()).unwrap();
    plain.index_keys(epoch("2026-09"))
}

#[test]
fn the_old_key_is_overwritten_where_it_lay() {
    let folder = tempfile::tempdir().unwrap();
    let file = kept(folder.path(), &Ratchet::generate(epoch("2026-10")).unwrap());
    let other_name = folder.path().join("the same file");
    fs::hard_link(&file, &other_name).unwrap();
    let gateway = ring();
    gateway.keep_index_ratchet_in(&file).unwrap();
    // A kill at the change of month before left a draft.
    let draft = folder.path().join(".00000000000000aa.draft");
    fs::write(&draft, "an old key").unwrap();
    gateway.turn_index(epoch("2026-11")).unwrap();
    assert!(!draft.exists());
    let old = fs::read(other_name).unwrap();
    assert!(!old.is_empty() && old.iter().all(|octet| *octet == 0));
}

#[test]
fn processes_with_one_file_go_on_together() {
    let folder = tempfile::tempdir().unwrap();
    let file = kept(folder.path(), &Ratchet::generate(epoch("2026-10")).unwrap());
    let (one, other) = (ring(), ring());
    one.keep_index_ratchet_in(&file).unwrap();
    other.keep_index_ratchet_in(&file).unwrap();
    one.turn_index(epoch("2026-12")).unwrap();
    assert_eq!(
        other.turn_index(epoch("2026-11")),
        Ok(epoch("2026-12")),
        "the first has been there"
    );
    let december = epoch("2026-12");
    assert_eq!(cells(&one.index_keys(december)).len(), 1);
    fs::remove_file(&file).unwrap();
    let gone = VaultError::RatchetFile(std::io::ErrorKind::NotFound);
    assert_eq!(one.turn_index(december), Ok(december), "nothing to do");
    assert_eq!(one.turn_index(epoch("2027-01")), Err(gone));
    assert_eq!(one.keep_index_ratchet_in(&file), Err(gone));
}

#[test]
fn texts_that_are_no_ratchet_are_refused() {
    let good = Ratchet::generate(epoch("2026-10")).unwrap().to_text();
    let standing = good.replace("2026-10", "standing");
    let long = format!("{} x", good.trim());
    for text in [
        "",
        "x",
        &good[..40],
        &standing,
        &long,
        &good.replace(" 1 ", " 2 "),
    ] {
        let refused = Ratchet::from_text(text).err();
        assert_eq!(refused, Some(VaultError::RatchetText), "{text}");
    }
    let text = format!("{:?}", Ratchet::from_text(&good).unwrap());
    assert!(!good.contains(&text) && text.contains("2026-10"));
}
