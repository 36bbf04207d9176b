//! What processes remember: their writable memory, read as root, or the proof that nobody but root may read it.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;

use crate::search::Search;

/// A process and its children.
pub fn family(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let children = fs::read_to_string(task.unwrap().path().join("children")).unwrap();
        let pids = children.split_whitespace();
        family.extend(pids.flat_map(|child| self::family(child.parse().unwrap())));
    }
    family
}

/// The mappings in which one of the markers stands, and what is around it; `None` when the kernel shows us nothing of the process.
pub fn remembers(pid: u32, search: &Search) -> Option<Vec<String>> {
    let memory = match File::open(format!("/proc/{pid}/mem")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
        memory => memory.unwrap(),
    };
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    let command = command.replace('\0', " ");
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut places = Vec::new();
    let writable = |line: &&str| {
        line.split(' ')
            .nth(1)
            .is_some_and(|rights| rights.contains('w'))
    };
    for line in maps.lines().filter(writable) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        let mut octets = vec![0; usize::try_from(end - start).unwrap()];
        // Guard pages and the like can't be read.
        let mut at = 0;
        while at < octets.len() {
            let page = at.saturating_add(1 << 20).min(octets.len());
            let offset = start + u64::try_from(at).unwrap();
            if memory.read_exact_at(&mut octets[at..page], offset).is_err() {
                octets[at..page].fill(0);
            }
            at = page;
        }
        if let Some(at) = search.place(&octets) {
            let around = octets.get(at.saturating_sub(96)..octets.len().min(at + 128));
            let around = String::from_utf8_lossy(around.unwrap_or_default());
            let below = octets.len() - at;
            places.push(format!(
                "{command} {pid}: {line}, {below} octets below its end: {around:?}"
            ));
        }
    }
    Some(places)
}
