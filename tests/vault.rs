//! What the vault promises: what was sealed opens, anything else doesn't, and nothing panics.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

#[path = "vault/analysts.rs"]
mod analysts;
#[path = "vault/backup.rs"]
mod backup;
#[path = "vault/blind.rs"]
mod blind;
#[path = "vault/epochs.rs"]
mod epochs;
#[path = "vault/files.rs"]
mod files;
#[path = "vault/index.rs"]
mod index;
#[path = "vault/scram.rs"]
mod scram;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use vault::seal::padme;
use vault::{
    Aad, CaseKey, Epoch, EpochKeyName, InboxPublicKey, KeyRing, KeyStatus, Purpose, Sealed,
    VaultError, WrappedKey,
};

const CHUNK: usize = 64 * 1024;
/// Octets before the first chunk of an inbox object and of a case object.
const INBOX_FRONT: usize = 23 + 16 + 80;
const CASE_FRONT: usize = 23 + 16 + 60;

/// What is in a folder, in order.
fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn ring() -> KeyRing {
    KeyRing::generate().unwrap()
}

fn month() -> Epoch {
    Epoch::of_month(2026, 11).unwrap()
}

fn name_of(epoch: Epoch) -> EpochKeyName {
    EpochKeyName {
        epoch,
        generation: 1,
    }
}

fn place() -> Aad<'static> {
    Aad {
        team: "CSIRT",
        table: "entry",
        column: "subject",
        case: [1; 16],
        row: [2; 16],
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| u8::try_from(i * 31 % 251).unwrap())
        .collect()
}

#[test]
fn what_is_sealed_opens() {
    let ring = ring();
    let public = ring.inbox_public_key().unwrap();
    let case = ring.new_case_key(month()).unwrap();
    for length in [
        0,
        1,
        63,
        64,
        1000,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        3 * CHUNK + 17,
    ] {
        let plain = bytes(length);
        let inbox = public.seal(b"row", &plain).unwrap();
        assert_eq!(
            *ring.open_inbox(b"row", &inbox).unwrap(),
            plain,
            "inbox, {length}"
        );
        let sealed = case.seal(&place(), &plain).unwrap();
        assert_eq!(
            *case.open(&place(), &sealed).unwrap(),
            plain,
            "case, {length}"
        );
    }
}

#[test]
fn trailing_zeros_and_end_octets_survive_the_padding() {
    let case = ring().new_case_key(month()).unwrap();
    for plain in [&[0_u8, 0, 0][..], &[0x80], &[0x80, 0, 0x80, 0], &[0; 200]] {
        let sealed = case.seal(&place(), plain).unwrap();
        assert_eq!(&**case.open(&place(), &sealed).unwrap(), plain);
    }
}

#[test]
fn pieces_make_the_same_as_the_whole() {
    let ring = ring();
    let plain = bytes(2 * CHUNK + 100);
    for piece in [1000, CHUNK, CHUNK + 1] {
        let mut writer = ring.inbox_public_key().unwrap().writer(b"row").unwrap();
        assert!(writer.is_empty());
        plain
            .chunks(piece)
            .for_each(|piece| writer.push(piece).unwrap());
        assert_eq!(writer.len(), u64::try_from(plain.len()).unwrap());
        assert_eq!(
            *ring.open_inbox(b"row", &writer.finish().unwrap()).unwrap(),
            plain
        );
    }
}

#[test]
fn inbox_value_taken_in_pieces_opens_only_whole_and_in_order() {
    let ring = KeyRing::generate().unwrap();
    let mut writer = ring.inbox_public_key().unwrap().writer(b"row").unwrap();
    let text: Vec<u8> = (0..400_000_u32)
        .map(|number| number.to_le_bytes()[1])
        .collect();
    let mut pieces = Vec::new();
    for part in text.chunks(7_000) {
        writer.push(part).unwrap();
        assert!(writer.pending() <= 64 * 1024);
        if writer.ready() > 100_000 {
            pieces.push(writer.take().into_bytes());
            assert_eq!(writer.ready(), 0);
        }
    }
    pieces.push(writer.finish().unwrap().into_bytes());
    assert!(pieces.len() > 3);
    let open = |pieces: &[Vec<u8>]| ring.open_inbox(b"row", &Sealed::from_bytes(pieces.concat()));
    assert_eq!(*open(&pieces).unwrap(), text);
    for left_out in 0..pieces.len() {
        let mut fewer = pieces.clone();
        fewer.remove(left_out);
        assert!(open(&fewer).is_err(), "opened without piece {left_out}");
    }
    for swapped in 1..pieces.len() {
        let mut other = pieces.clone();
        other.swap(swapped - 1, swapped);
        assert!(open(&other).is_err(), "opened with {swapped} moved");
        let mut twice = pieces.clone();
        twice.insert(swapped, pieces[swapped].clone());
        assert!(open(&twice).is_err(), "opened with {swapped} twice");
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let ring = ring();
    let case = ring.new_case_key(month()).unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let inbox = ring
        .inbox_public_key()
        .unwrap()
        .seal(b"row", b"small")
        .unwrap();
    let sealed = case.seal(&place(), b"small").unwrap();
    let open_inbox = |bytes| ring.open_inbox(b"row", &Sealed::from_bytes(bytes)).is_err();
    let open_case = |bytes| case.open(&place(), &Sealed::from_bytes(bytes)).is_err();
    let unwrap = |bytes| {
        ring.unwrap(&WrappedKey::from_bytes(bytes), &place())
            .is_err()
    };
    each_flip(inbox.as_bytes(), open_inbox);
    each_flip(sealed.as_bytes(), open_case);
    each_flip(wrapped.as_bytes(), unwrap);
}

fn each_flip(good: &[u8], refused: impl Fn(Vec<u8>) -> bool) {
    for at in 0..good.len() {
        for bit in [0, 3, 7] {
            let mut bad = good.to_vec();
            bad[at] ^= 1 << bit;
            assert!(refused(bad), "octet {at}, bit {bit}");
        }
    }
    for length in 0..good.len() {
        assert!(refused(good[..length].to_vec()), "cut to {length}");
    }
    assert!(refused([good, &[0]].concat()), "one octet more");
}

#[test]
fn a_value_moved_to_another_place_does_not_open() {
    let ring = ring();
    let case = ring.new_case_key(month()).unwrap();
    let sealed = case.seal(&place(), b"secret").unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let inbox = ring
        .inbox_public_key()
        .unwrap()
        .seal(&place().encode(), b"secret")
        .unwrap();
    let here = place();
    for other in [
        Aad {
            team: "OTHER",
            ..here
        },
        Aad {
            table: "ticket",
            ..here
        },
        Aad {
            column: "body",
            ..here
        },
        Aad {
            case: [3; 16],
            ..here
        },
        Aad {
            row: [3; 16],
            ..here
        },
        // The same letters, cut elsewhere.
        Aad {
            team: "CSIRTe",
            table: "ntry",
            ..here
        },
        Aad {
            table: "entrysubject",
            column: "",
            ..here
        },
    ] {
        assert_eq!(
            case.open(&other, &sealed).unwrap_err(),
            VaultError::NotAuthentic,
            "{other:?}"
        );
        assert_eq!(
            ring.unwrap(&wrapped, &other).unwrap_err(),
            VaultError::NotAuthentic,
            "{other:?}"
        );
        assert_eq!(
            ring.open_inbox(&other.encode(), &inbox).unwrap_err(),
            VaultError::NotAuthentic
        );
    }
}

#[test]
fn chunks_can_not_be_cut_off_swapped_or_repeated() {
    let ring = ring();
    // Every chunk ends like padded content, so that only its place can tell that more must follow.
    let mut plain = bytes(3 * CHUNK + 10);
    plain
        .chunks_exact_mut(CHUNK)
        .for_each(|chunk| chunk[CHUNK - 1] = 0x80);
    let inbox = ring
        .inbox_public_key()
        .unwrap()
        .seal(b"row", &plain)
        .unwrap();
    chunk_games(inbox.as_bytes(), INBOX_FRONT, |bytes| {
        ring.open_inbox(b"row", &Sealed::from_bytes(bytes)).is_err()
    });
    let case = ring.new_case_key(month()).unwrap();
    let sealed = case.seal(&place(), &plain).unwrap();
    chunk_games(sealed.as_bytes(), CASE_FRONT, |bytes| {
        case.open(&place(), &Sealed::from_bytes(bytes)).is_err()
    });
}

fn chunk_games(good: &[u8], front: usize, refused: impl Fn(Vec<u8>) -> bool) {
    let (front, rest) = good.split_at(front);
    let chunks: Vec<&[u8]> = rest.chunks(CHUNK + 16).collect();
    assert_eq!(chunks.len(), 4);
    let build = |order: &[usize]| {
        let mut out = front.to_vec();
        order
            .iter()
            .for_each(|at| out.extend_from_slice(chunks[*at]));
        out
    };
    assert!(!refused(build(&[0, 1, 2, 3])));
    for order in [
        &[][..],
        &[0],
        &[0, 1, 2],
        &[1, 0, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 2, 3],
        &[3],
        &[0, 1, 2, 3, 3],
    ] {
        assert!(refused(build(order)), "{order:?}");
    }
}

#[test]
fn a_wrong_key_is_refused() {
    let (ours, theirs) = (ring(), ring());
    let inbox = ours
        .inbox_public_key()
        .unwrap()
        .seal(b"row", b"secret")
        .unwrap();
    assert_eq!(
        theirs.open_inbox(b"row", &inbox).unwrap_err(),
        VaultError::NotAuthentic
    );
    let case = ours.new_case_key(month()).unwrap();
    let wrapped = ours.wrap(&case, &place()).unwrap();
    let name = name_of(month());
    assert_eq!(
        theirs.unwrap(&wrapped, &place()).unwrap_err(),
        VaultError::MissingEpoch(name)
    );
    theirs
        .wrap(&theirs.new_case_key(month()).unwrap(), &place())
        .unwrap();
    assert_eq!(
        theirs.unwrap(&wrapped, &place()).unwrap_err(),
        VaultError::OtherEpochKey(name)
    );
    let sealed = case.seal(&place(), b"secret").unwrap();
    let other = ours.new_case_key(month()).unwrap();
    assert!(matches!(
        other.open(&place(), &sealed),
        Err(VaultError::UnknownKey(_))
    ));
    assert_eq!(
        case.open(&place(), &inbox).unwrap_err(),
        VaultError::Malformed
    );
}

#[test]
fn rotation_keeps_what_was_sealed() {
    let mut ring = ring();
    let case = ring.new_case_key(month()).unwrap();
    let sealed = case.seal(&place(), b"secret").unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let inbox = ring
        .inbox_public_key()
        .unwrap()
        .seal(b"row", b"mail")
        .unwrap();
    assert_eq!(ring.add_root(), Ok(2));
    assert_eq!(ring.add_inbox_key(), Ok(2));
    assert_eq!(ring.inbox_public_key().unwrap().kid(), 2);
    assert_eq!(inbox.key_id(), Ok(1));
    assert_eq!(wrapped.epoch_key(), Ok(name_of(month())));
    assert_eq!(
        ring.destroy_root(1).unwrap_err(),
        VaultError::KeyInUse(1, name_of(Epoch::STANDING))
    );
    for (name, _) in ring.epoch_keys().unwrap() {
        assert_eq!(ring.rewrap_epoch(name), Ok(true));
        assert_eq!(ring.rewrap_epoch(name), Ok(false));
    }
    assert_eq!(*ring.open_inbox(b"row", &inbox).unwrap(), b"mail");

    ring.destroy_root(1).unwrap();
    ring.destroy_inbox_key(1).unwrap();
    assert_eq!(ring.destroy_root(2).unwrap_err(), VaultError::PrimaryKey(2));
    assert_eq!(ring.destroy_root(9).unwrap_err(), VaultError::UnknownKey(9));
    assert_eq!(
        ring.open_inbox(b"row", &inbox).unwrap_err(),
        VaultError::DestroyedKey(1)
    );
    let case = ring.unwrap(&wrapped, &place()).unwrap();
    assert_eq!(*case.open(&place(), &sealed).unwrap(), b"secret");
    let states: Vec<_> = ring.roots().collect();
    assert_eq!(states, [(1, KeyStatus::Destroyed), (2, KeyStatus::Primary)]);
    ring.check().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_ring_survives_its_text(steps in prop::collection::vec(0..4_u8, 0..8)) {
        let mut ring = ring();
        for step in steps {
            match step {
                0 => drop(ring.add_root()),
                1 => drop(ring.add_inbox_key()),
                2 => drop(ring.destroy_root(1)),
                _ => drop(ring.destroy_inbox_key(1)),
            }
        }
        let text = ring.to_text();
        let again = KeyRing::from_text(text.expose_secret()).unwrap();
        prop_assert!(again.to_text().expose_secret() == text.expose_secret());
        prop_assert_eq!(again.check(), Err(VaultError::NoEpochs));
        let inbox = ring.inbox_public_key().unwrap().seal(b"row", b"mail").unwrap();
        prop_assert!(again.open_inbox(b"row", &inbox).is_ok());
        prop_assert_eq!(again.digest(Purpose::Rate, &[b"a"]), ring.digest(Purpose::Rate, &[b"a"]));
    }

    #[test]
    fn any_text_is_a_ring_or_an_error(text in "(pillarbox-keyring 1\n)?(((root|inbox|x) [0-9]{1,11} (primary|destroyed|y) [-0-9a-f]{0,70})?\n){0,6}.{0,40}") {
        let _ = KeyRing::from_text(&text);
        let _ = text.parse::<InboxPublicKey>();
    }

    #[test]
    fn any_bytes_open_or_fail(tail in prop::collection::vec(any::<u8>(), 0..300), kind in 0..4_u8, version in 0..3_u8) {
        let ring = ring();
        let case = ring.new_case_key(month()).unwrap();
        let framed = [b"PBX".as_slice(), &[version, kind, 0, 0, 0, 1], &tail].concat();
        for bytes in [tail, framed] {
            let sealed = Sealed::from_bytes(bytes.clone());
            prop_assert!(ring.open_inbox(b"", &sealed).is_err());
            prop_assert!(case.open(&place(), &sealed).is_err());
            prop_assert!(ring.unwrap(&WrappedKey::from_bytes(bytes), &place()).is_err());
        }
    }
}

#[test]
fn a_bad_ring_is_refused_with_its_line() {
    let text = ring().to_text();
    let good = text.expose_secret();
    let root = good.lines().find(|line| line.starts_with("root")).unwrap();
    for (bad, line) in [
        (String::new(), 0),
        (good.replacen("keyring 1", "keyring 2", 1), 1),
        (format!("{good}{root}\n"), 6),
        (format!("{good}{}\n", root.replacen(" 1 ", " 2 ", 1)), 0),
        (good.replacen("root 1 primary", "root 1 decrypt-only", 1), 0),
        (good.replacen("root 1", "root 0", 1), 2),
        (good.replacen("root 1", "branch 1", 1), 2),
        (good.replacen("primary", "first", 1), 2),
        (good.replacen("primary ", "primary a", 1), 2),
        (
            good.lines()
                .filter(|line| !line.starts_with("token"))
                .collect::<Vec<_>>()
                .join("\n"),
            0,
        ),
    ] {
        let error = KeyRing::from_text(&bad).unwrap_err();
        assert!(
            matches!(error, VaultError::RingText { line: at, .. } if at == line),
            "{error}: {line}"
        );
    }
    assert!(KeyRing::from_text(&good.replace('\n', "\r\n# a comment\r\n")).is_ok());
}

#[test]
fn the_listener_needs_one_line() {
    let ring = ring();
    let text = ring.inbox_public_key().unwrap().to_string();
    let public: InboxPublicKey = text.parse().unwrap();
    assert_eq!(
        *ring
            .open_inbox(b"", &public.seal(b"", b"mail").unwrap())
            .unwrap(),
        b"mail"
    );
    assert!(
        "pillarbox-inbox-key 1 1 zz"
            .parse::<InboxPublicKey>()
            .is_err()
    );
}

#[test]
fn nothing_secret_is_shown() {
    let ring = ring();
    let text = ring.to_text();
    let case = ring.new_case_key(month()).unwrap();
    let sealed = case.seal(&place(), b"secret").unwrap();
    let wrapped = ring.wrap(&case, &place()).unwrap();
    let writer = ring.inbox_public_key().unwrap().writer(b"").unwrap();
    let digester = ring.digester(Purpose::Dedupe);
    let shown =
        format!("{ring:?} {text:?} {case:?} {sealed:?} {wrapped:?} {writer:?} {digester:?}");
    let secrets = text
        .expose_secret()
        .split_ascii_whitespace()
        .filter(|word| word.len() == 64);
    assert_eq!(secrets.clone().count(), 4);
    for secret in secrets {
        assert!(!shown.contains(&secret[..8]));
    }
    assert!(shown.len() < 300, "{shown}");
}

#[test]
fn lengths_fall_into_padme_buckets() {
    // From the definition: the buckets around the powers of two, and the bound of 12 %.
    for (length, padded) in [
        (0, 0),
        (1, 1),
        (8, 8),
        (9, 10),
        (15, 16),
        (17, 18),
        (100, 104),
        (1000, 1024),
        (1025, 1088),
    ] {
        assert_eq!(padme(length), padded, "{length}");
    }
    for length in (1..100_000_u64).chain([u64::MAX - 1, u64::MAX]) {
        let padded = padme(length);
        assert!(padded >= length && padded == padme(padded));
        assert!(
            padded == u64::MAX || u128::from(padded - length) * 100 <= u128::from(length) * 12,
            "{length}"
        );
    }
    let case = ring().new_case_key(month()).unwrap();
    let sealed = |length| {
        case.seal(&place(), &bytes(length))
            .unwrap()
            .as_bytes()
            .len()
            - CASE_FRONT
            - 16
    };
    assert_eq!(
        (sealed(0), sealed(63), sealed(64), sealed(900)),
        (64, 64, 72, 928)
    );
}

#[test]
fn two_objects_of_one_value_have_nothing_in_common() {
    let case: CaseKey = ring().new_case_key(month()).unwrap();
    let (one, two) = (
        case.seal(&place(), b"value").unwrap(),
        case.seal(&place(), b"value").unwrap(),
    );
    assert_ne!(one, two);
    assert_ne!(one.as_bytes()[CASE_FRONT..], two.as_bytes()[CASE_FRONT..]);
}
