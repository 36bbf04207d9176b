//! Keys of months, in a folder: made once, found by all, checked, wrapped anew, and destroyed for good.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use vault::{CaseKey, Epoch, EpochKeyName, KeyRing, VaultError, WrappedKey};

use super::{month, name_of, names, place};

/// A ring with a folder of its own.
fn installed() -> (KeyRing, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut ring = KeyRing::generate().unwrap();
    ring.begin_epochs_in(folder.path()).unwrap();
    (ring, folder)
}

/// What another process with the same ring file and this folder sees.
fn again(ring: &KeyRing, folder: &Path) -> KeyRing {
    use secrecy::ExposeSecret;
    let mut other = KeyRing::from_text(ring.to_text().expose_secret()).unwrap();
    other.keep_epochs_in(folder);
    other
}

/// Makes a key as it is made when no other machine has made one.
fn begin(ring: &KeyRing, name: EpochKeyName) -> Result<(), VaultError> {
    ring.take_epoch(name, ring.offer_epoch(name)?)
}

fn wrapped(ring: &KeyRing, epoch: Epoch) -> Result<(CaseKey, WrappedKey), VaultError> {
    if ring.newest_epoch_key(epoch)?.is_none() {
        begin(ring, name_of(epoch))?;
    }
    let case = ring.new_case_key(epoch)?;
    let wrapped = ring.wrap(&case, &place())?;
    Ok((case, wrapped))
}

#[test]
fn epochs_are_written_as_months() {
    for (text, number) in [
        ("standing", 0),
        ("2000-01", 1),
        ("2026-11", 323),
        ("7460-12", 65_532),
    ] {
        let epoch: Epoch = text.parse().unwrap();
        assert_eq!((epoch.number(), epoch.to_string()), (number, text.into()));
        assert_eq!(Epoch::from_number(number), epoch);
    }
    for text in [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "1999-12",
        "26-11",
        "2026-1",
        "+2026-11",
        "2026-11-01",
        "9999-01",
    ] {
        assert!(text.parse::<Epoch>().is_err(), "{text}");
    }
}

#[test]
fn a_month_has_one_key_however_many_processes_need_it_first() {
    let (ring, folder) = installed();
    let made: Vec<WrappedKey> = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..8)
            .map(|_| {
                let other = again(&ring, folder.path());
                scope.spawn(move || wrapped(&other, month()).unwrap().1)
            })
            .collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).collect()
    });
    assert_eq!(
        names(folder.path()),
        ["2026-11.1.epoch", "standing.1.epoch"]
    );
    for wrapped in &made {
        assert!(ring.unwrap(wrapped, &place()).is_ok());
    }
    let mode = fs::metadata(folder.path().join("2026-11.1.epoch")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o400);
    assert_eq!(
        ring.epoch_keys().unwrap(),
        [(name_of(Epoch::STANDING), 1), (name_of(month()), 1)]
    );
    again(&ring, folder.path()).check().unwrap();
}

#[test]
fn objects_name_their_month() {
    let (ring, _folder) = installed();
    let (case, wrapped) = wrapped(&ring, month()).unwrap();
    assert_eq!(
        (case.epoch(), wrapped.epoch_key()),
        (month(), Ok(name_of(month())))
    );
    assert_eq!(ring.unwrap(&wrapped, &place()).unwrap().epoch(), month());
    let sealed = case.seal(&place(), b"x").unwrap();
    assert_eq!(sealed.as_bytes()[9..11], 323_u16.to_be_bytes());
    assert_eq!(wrapped.as_bytes().len(), 69);
    assert_eq!(wrapped.as_bytes()[1..5], [1, 67, 0, 1]);
}

#[test]
fn a_missing_file_is_named_and_none_is_made_in_its_place() {
    let (ring, folder) = installed();
    let (_, kept) = wrapped(&ring, month()).unwrap();
    fs::remove_file(folder.path().join("2026-11.1.epoch")).unwrap();
    let other = again(&ring, folder.path());
    let missing = other.unwrap(&kept, &place()).unwrap_err();
    assert_eq!(missing, VaultError::MissingEpoch(name_of(month())));
    assert!(missing.to_string().contains("2026-11.1.epoch"), "{missing}");

    // A folder without the standing key is not ours: an unmounted one, or a wrong path.
    let empty = tempfile::tempdir().unwrap();
    let lost = again(&ring, empty.path());
    assert_eq!(
        wrapped(&lost, month()).unwrap_err(),
        VaultError::MissingEpoch(name_of(Epoch::STANDING))
    );
    assert!(names(empty.path()).is_empty());
    let gone = again(&ring, &empty.path().join("gone"));
    assert!(matches!(gone.check(), Err(VaultError::EpochFolder(_))));
    assert_eq!(
        KeyRing::from_text(&text(&ring)).unwrap().check(),
        Err(VaultError::NoEpochs)
    );
}

fn text(ring: &KeyRing) -> String {
    use secrecy::ExposeSecret;
    ring.to_text().expose_secret().to_owned()
}

#[test]
fn a_file_that_is_damaged_moved_foreign_or_readable_by_others_is_refused() {
    let (ring, folder) = installed();
    wrapped(&ring, month()).unwrap();
    let (other, theirs) = installed();
    wrapped(&other, month()).unwrap();
    let path = folder.path().join("2026-11.1.epoch");
    let good = fs::read_to_string(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        let error = again(&ring, folder.path()).check().unwrap_err();
        assert!(
            matches!(error, VaultError::EpochFile(name, _) if name == name_of(month())),
            "{error}"
        );
        assert!(!error.to_string().contains(text.get(40..60).unwrap_or("\0")));
    };
    refused("");
    refused(&good.replace("2026-11", "2026-10"));
    refused(&good.replace("epoch 1", "epoch 2"));
    refused(&good[..good.len() - 3]);
    refused(&good[..30]);
    refused(&fs::read_to_string(theirs.path().join("2026-11.1.epoch")).unwrap());
    let flipped = if good.ends_with("0\n") { "1\n" } else { "0\n" };
    refused(&format!("{}{flipped}", &good[..good.len() - 2]));
    let standing = fs::read_to_string(folder.path().join("standing.1.epoch")).unwrap();
    refused(&standing.replace("standing.1", "2026-11.1"));
    fs::write(&path, &good).unwrap();
    again(&ring, folder.path()).check().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = again(&ring, folder.path()).check().unwrap_err();
    assert!(error.to_string().contains("chmod"), "{error}");
}

#[test]
fn rotation_wraps_the_files_anew_and_nothing_else() {
    let (mut ring, folder) = installed();
    let (_, kept) = wrapped(&ring, month()).unwrap();
    let running = again(&ring, folder.path());
    assert_eq!(ring.add_root(), Ok(2));
    // A kill between two files: some are wrapped by the old root, some by the new one.
    assert_eq!(ring.rewrap_epoch(name_of(month())), Ok(true));
    assert_eq!(
        ring.destroy_root(1).unwrap_err(),
        VaultError::KeyInUse(1, name_of(Epoch::STANDING))
    );
    assert!(again(&ring, folder.path()).unwrap(&kept, &place()).is_ok());
    // Who has not read the new ring yet says which key it lacks, and can do so when it takes it over.
    assert_eq!(
        running.unwrap(&kept, &place()).unwrap_err(),
        VaultError::UnknownKey(2)
    );
    running.take_over(&ring).unwrap();
    assert!(running.unwrap(&kept, &place()).is_ok());
    assert_eq!(
        running.take_over(&installed().0),
        Err(VaultError::OtherRing)
    );

    assert_eq!(ring.rewrap_epoch(name_of(Epoch::STANDING)), Ok(true));
    ring.destroy_root(1).unwrap();
    assert_eq!(
        ring.epoch_keys().unwrap(),
        [(name_of(Epoch::STANDING), 2), (name_of(month()), 2)]
    );
    let other = again(&ring, folder.path());
    other.check().unwrap();
    assert!(other.unwrap(&kept, &place()).is_ok());
}

#[test]
fn a_renewed_month_wraps_with_its_new_key_and_opens_with_both() {
    let (ring, folder) = installed();
    let running = again(&ring, folder.path());
    let (_, old) = wrapped(&running, month()).unwrap();
    let second = EpochKeyName {
        epoch: month(),
        generation: 2,
    };
    assert_eq!(ring.next_epoch_key(month()), Ok(second));
    begin(&ring, second).unwrap();
    let anew = running.rewrap(&old, &place()).unwrap();
    assert_eq!(anew.epoch_key(), Ok(second));
    assert!(running.unwrap(&old, &place()).is_ok());
    ring.destroy_epoch_key(name_of(month())).unwrap();
    running.forget_old();
    assert_eq!(
        running.unwrap(&old, &place()).unwrap_err(),
        VaultError::MissingEpoch(name_of(month()))
    );
    assert!(running.unwrap(&anew, &place()).is_ok());
    assert_eq!(
        wrapped(&running, month()).unwrap().1.epoch_key(),
        Ok(second)
    );
}

#[test]
fn an_erased_month_stays_erased() {
    let (ring, folder) = installed();
    let running = again(&ring, folder.path());
    let (_, old) = wrapped(&running, month()).unwrap();
    let (_, other) = wrapped(&running, Epoch::STANDING).unwrap();
    let path = folder.path().join("2026-11.1.epoch");
    let saved = fs::read(&path).unwrap();
    assert_eq!(ring.erase_epoch(month()).unwrap(), [name_of(month())]);
    assert_eq!(ring.erase_epoch(month()).unwrap(), [], "again");
    assert_eq!(ring.erased_epochs().unwrap(), [month()]);
    assert_eq!(names(folder.path()), ["2026-11.erased", "standing.1.epoch"]);
    // Other processes wipe it from memory in seconds.
    running.forget_old();
    let erased = VaultError::ErasedEpoch(month());
    assert_eq!(running.unwrap(&old, &place()).unwrap_err(), erased);
    assert_eq!(wrapped(&running, month()).unwrap_err(), erased);
    fs::write(&path, saved).unwrap();
    let restored = again(&ring, folder.path());
    assert_eq!(
        restored.unwrap(&old, &place()).unwrap_err(),
        erased,
        "a file of a backup is not taken"
    );
    assert!(running.unwrap(&other, &place()).is_ok());
    assert!(ring.erase_epoch(Epoch::STANDING).is_err());
}

#[test]
fn a_key_wraps_nothing_before_it_is_taken_and_only_the_named_one_is() {
    let (ring, folder) = installed();
    let theirs = tempfile::tempdir().unwrap();
    let standing = "standing.1.epoch";
    fs::copy(folder.path().join(standing), theirs.path().join(standing)).unwrap();
    let other = again(&ring, theirs.path());
    let name = name_of(month());
    let case = ring.new_case_key(month()).unwrap();
    let wrap = |ring: &KeyRing| ring.wrap(&case, &place()).map(drop);
    assert_eq!(wrap(&ring), Err(VaultError::NotBegun(name)));
    let offer = ring.offer_epoch(name).unwrap();
    assert_eq!(ring.offer_epoch(name), Ok(offer), "after a kill, too");
    assert_eq!(ring.offered_epochs(), Ok(vec![name]));
    assert_eq!(wrap(&ring), Err(VaultError::NotBegun(name)));
    let second = other.offer_epoch(name).unwrap();
    assert_ne!(offer, second);
    ring.take_epoch(name, offer).unwrap();
    assert_eq!(ring.take_epoch(name, offer), Ok(()), "again");
    assert_eq!(names(folder.path()), ["2026-11.1.epoch", standing]);
    wrap(&ring).unwrap();
    assert_eq!(ring.commitment(name), Ok(offer));

    // The other one has lost: its offer goes, and it makes no further one under this name.
    let missing = Err(VaultError::MissingEpoch(name));
    assert_eq!(other.take_epoch(name, offer), missing);
    assert_eq!(names(theirs.path()), [standing]);
    other.follow_epochs(&[(name, offer)]);
    assert!(other.is_named(month()) && !other.is_named(Epoch::STANDING));
    assert_eq!(other.lacking(month()), Some(name));
    assert_eq!(
        (other.lacking(Epoch::STANDING), ring.lacking(month())),
        (None, None)
    );
    assert_eq!(wrap(&other), missing);
    // Another file of this name is no help, the right one is.
    other.follow_epochs(&[]);
    begin(&other, name).unwrap();
    other.follow_epochs(&[(name, offer)]);
    assert_eq!(wrap(&other), Err(VaultError::OtherEpochKey(name)));
    let path = theirs.path().join("2026-11.1.epoch");
    fs::remove_file(&path).unwrap();
    fs::copy(folder.path().join("2026-11.1.epoch"), &path).unwrap();
    let other = again(&ring, theirs.path());
    other.follow_epochs(&[(name, offer)]);
    let wrapped = other.wrap(&case, &place()).unwrap();
    assert!(ring.unwrap(&wrapped, &place()).is_ok());

    // A reseal on one machine makes a second one: the other must not go on with the first.
    let next = EpochKeyName {
        generation: 2,
        ..name
    };
    begin(&ring, next).unwrap();
    other.follow_epochs(&[(next, ring.commitment(next).unwrap()), (name, offer)]);
    assert_eq!(wrap(&other), Err(VaultError::MissingEpoch(next)));
}

#[test]
fn what_is_offered_follows_a_rotation_and_goes_with_its_month() {
    let (mut ring, folder) = installed();
    let name = name_of(month());
    let offer = ring.offer_epoch(name).unwrap();
    assert_eq!(
        names(folder.path()),
        ["2026-11.1.offer", "standing.1.epoch"]
    );
    assert_eq!(ring.add_root(), Ok(2));
    ring.rewrap_epoch(name_of(Epoch::STANDING)).unwrap();
    assert_eq!(ring.destroy_root(1), Err(VaultError::KeyInUse(1, name)));
    ring.rewrap_offers().unwrap();
    ring.destroy_root(1).unwrap();
    assert_eq!(ring.offer_epoch(name), Ok(offer));
    fs::write(folder.path().join(".00000000000000aa.draft"), "left").unwrap();
    assert_eq!(ring.erase_epoch(month()).unwrap(), []);
    assert_eq!(names(folder.path()), ["2026-11.erased", "standing.1.epoch"]);
    let erased = VaultError::ErasedEpoch(month());
    assert_eq!(ring.offer_epoch(name), Err(erased));
    assert_eq!(ring.take_epoch(name, offer), Err(erased));
}
