//! Room where we write. The database's disk is looked at when the server runs here and says where it is.

use std::path::{Path, PathBuf};

use super::Line;
use crate::config::Settings;

/// Octets, and parts of the whole, below which an operator should act.
const WARN: (u64, u64) = (1 << 30, 10);
const FAIL: (u64, u64) = (100 << 20, 50);

pub(super) fn check(settings: &Settings) -> Vec<Line> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(settings.storage.ring_file.parent().map(Path::to_owned));
    folders.push(std::env::temp_dir());
    folders.extend(settings.outbox.copy_dir.clone());
    folders.sort();
    folders.dedup();
    folders.iter().filter_map(|folder| room(folder)).collect()
}

/// `None` for a folder that is not there: others say so.
fn room(folder: &Path) -> Option<Line> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let (free, all) = (
        disk.f_bavail.saturating_mul(disk.f_frsize),
        disk.f_blocks.saturating_mul(disk.f_frsize),
    );
    let seen = format!("{}: {} MiB free", folder.display(), free >> 20);
    let short = |(octets, part): (u64, u64)| free < octets && free < all / part;
    let advice = "make room";
    Some(if short(FAIL) {
        Line::fail("disk", seen, advice)
    } else if short(WARN) {
        Line::warn("disk", seen, advice)
    } else {
        Line::ok("disk", seen)
    })
}
