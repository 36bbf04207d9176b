//! Looks for markers in octets: as they are and in every simple encoding.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// 32 random letters and digits.
pub fn marker() -> String {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).unwrap();
    octets
        .iter()
        .map(|octet| char::from(ALPHABET[usize::from(*octet) % ALPHABET.len()]))
        .collect()
}

/// Base64 without padding; the first and last characters may depend on what stands beside.
fn base64(octets: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    octets
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = three
                .iter()
                .fold(0_usize, |bits, octet| bits << 8 | usize::from(*octet));
            [18, 12, 6, 0].map(|shift| DIGITS[bits >> shift & 63])
        })
        .collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A marker as it is, reversed case apart: raw, UTF-16, base64 at each alignment; and the hex of all of these.
fn forms(marker: &str) -> Vec<Vec<u8>> {
    let raw = marker.as_bytes();
    let wide: Vec<u8> = raw.iter().flat_map(|octet| [*octet, 0]).collect();
    let mut forms = vec![raw.to_vec(), marker.to_lowercase().into_bytes(), wide];
    forms.extend((0..3).map(|skipped| base64(&raw[skipped..])));
    for form in forms.clone() {
        forms.push(hex(&form).into_bytes());
        forms.push(hex(&form).to_uppercase().into_bytes());
    }
    forms
}

/// Looks for many octet strings at once.
pub struct Search {
    starts: Vec<bool>,
    forms: HashSet<Vec<u8>>,
    lengths: Vec<usize>,
}

impl Search {
    /// Looks for these markers in every form.
    pub fn new(markers: &[String]) -> Search {
        let forms: HashSet<Vec<u8>> = markers.iter().flat_map(|marker| forms(marker)).collect();
        let mut starts = vec![false; 1 << 16];
        for form in &forms {
            starts[usize::from(form[0]) << 8 | usize::from(form[1])] = true;
        }
        let mut lengths: Vec<usize> = forms.iter().map(Vec::len).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Search {
            starts,
            forms,
            lengths,
        }
    }

    /// Whether one of them is in there.
    pub fn finds(&self, octets: &[u8]) -> bool {
        self.place(octets).is_some()
    }

    /// Where the first of them is.
    pub fn place(&self, octets: &[u8]) -> Option<usize> {
        octets.windows(2).enumerate().position(|(at, pair)| {
            self.starts[usize::from(pair[0]) << 8 | usize::from(pair[1])]
                && self.lengths.iter().any(|length| {
                    octets
                        .get(at..at + length)
                        .is_some_and(|found| self.forms.contains(found))
                })
        })
    }
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => open.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn search_finds_a_marker_in_every_encoding() {
    let marker = marker();
    let search = Search::new(std::slice::from_ref(&marker));
    for form in forms(&marker) {
        assert!(search.finds(&[b"left", form.as_slice(), b"right"].concat()));
    }
    assert!(
        search.finds(
            &[
                b"xy".as_slice(),
                &base64(format!("ab{marker}cde").as_bytes())
            ]
            .concat()
        )
    );
    assert!(!search.finds(&marker.as_bytes()[..31]));
}
