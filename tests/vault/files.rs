//! Small secret files: what a kill leaves behind is cleaned up, and never what is in use.

use std::fs::{self, File};

use vault::files;

use super::names;

/// A kill between the two names of a new file leaves both: the draft is the very file.
#[test]
fn a_draft_that_became_the_file_is_swept_without_harm_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("2026-11.1.epoch");
    files::create(&path, b"the key of a month", 0o400).unwrap();
    fs::hard_link(&path, folder.path().join(".00000000000000aa.draft")).unwrap();
    files::sweep(folder.path()).unwrap();
    assert_eq!(names(folder.path()), ["2026-11.1.epoch"]);
    assert_eq!(fs::read(&path).unwrap(), b"the key of a month");
    assert!(!files::is_open_to_others(&path).unwrap());
    files::destroy(&path).unwrap();
    assert!(names(folder.path()).is_empty());
}

#[test]
fn drafts_are_overwritten_and_those_that_are_being_written_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let [left, held] = ["b", "c"].map(|name| folder.path().join(format!(".{name}.draft")));
    // A second name shows what becomes of the octets; it stands for a disk that is read later.
    fs::write(&left, b"secret").unwrap();
    fs::write(&held, b"in use").unwrap();
    let mut writer = File::options().read(true).write(true).open(&held).unwrap();
    writer.lock().unwrap();
    let mut reader = File::open(&left).unwrap();
    files::sweep(folder.path()).unwrap();
    assert_eq!(names(folder.path()), [".c.draft"]);
    let mut octets = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut octets).unwrap();
    assert_eq!(octets, [0; 6]);
    std::io::Write::flush(&mut writer).unwrap();
    drop(writer);
    files::sweep(folder.path()).unwrap();
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_is_replaced_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.ratchet");
    files::create(&path, b"october", 0o600).unwrap();
    let mut old = File::open(&path).unwrap();
    files::replace_wiped(&path, b"november").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"november");
    let mut octets = Vec::new();
    std::io::Read::read_to_end(&mut old, &mut octets).unwrap();
    assert_eq!(octets, [0; 7]);
    assert_eq!(names(folder.path()), ["index.ratchet"]);
}
