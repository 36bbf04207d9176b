//! What the octets of each part are: how many, which type they begin like, and their digest. And the octets of one part, for whoever
//! takes it out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::inline::length;
use crate::openpgp::sha256;

/// What is told of the octets of a part, after its transfer encoding and its encryption were undone. Of a text that is signed in
/// clear: of the text, as UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFacts {
    /// As [`super::ReadPart::id`].
    pub part: String,
    /// How many.
    pub size: u64,
    /// The media type that they begin like (RFC 6838), whatever the sender declares: [`detected`].
    pub detected: String,
    /// SHA-256 (FIPS 180-4).
    pub sha256: [u8; 32],
}

impl PartFacts {
    /// Whether these are the octets.
    pub fn is_of(&self, octets: &[u8]) -> bool {
        self.sha256 == sha256(octets)
    }

    /// The digest as it is written: lower-case hexadecimal.
    pub fn digest(&self) -> String {
        self.sha256
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// What is noted of the parts while a message is read.
#[derive(Default)]
pub(super) struct Octets<'w> {
    pub(super) facts: Vec<PartFacts>,
    /// The part that is to be taken out.
    pub(super) wanted: Option<&'w str>,
    pub(super) taken: Option<Vec<u8>>,
}

impl Octets<'_> {
    /// Notes a part, once.
    pub(super) fn note(&mut self, part: &str, octets: Cow<'_, [u8]>) {
        if self.facts.iter().any(|known| known.part == part) {
            return;
        }
        self.facts.push(PartFacts {
            part: part.to_owned(),
            size: length(&octets),
            detected: detected(&octets).to_owned(),
            sha256: sha256(&octets),
        });
        if self.wanted == Some(part) {
            self.taken = Some(octets.into_owned());
        }
    }
}

/// How files of these types begin.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"(\xb5/\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "application/x-ole-storage",
    ),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\0asm", "application/wasm"),
    (b"dex\n", "application/x-dex"),
    (
        b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0",
        "application/x-ms-shortcut",
    ),
    (b"ElfFile\0", "application/x-ms-evtx"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
    (b"\x0a\x0d\x0d\x0a", "application/x-pcapng"),
    (b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
    (
        b"-----BEGIN PGP SIGNATURE-----",
        "application/pgp-signature",
    ),
    (
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "application/pgp-keys",
    ),
    (b"#!", "text/x-shellscript"),
    (b"<?xml", "application/xml"),
];
/// The same further in: offset, octets, type.
const FURTHER_IN: &[(usize, &[u8], &str)] = &[
    (257, b"ustar", "application/x-tar"),
    (0x8001, b"CD001", "application/vnd.efi.iso"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
];
/// Octets of a text in which HTML is looked for.
const HTML_HEAD: usize = 512;

/// The media type that octets begin like. Nothing is unpacked: documents of office programs are `application/zip` or
/// `application/x-ole-storage`, as they are. `text/plain` for any other UTF-8 without NUL, `application/octet-stream` for what is
/// not known.
pub fn detected(octets: &[u8]) -> &'static str {
    // Two letters say little: a text may begin with them.
    let is_sure = |start: &[u8]| start.len() > 2 || start == b"#!" || !is_text(octets);
    let mut beginnings = BEGINNINGS.iter();
    if let Some((_, kind)) =
        beginnings.find(|(start, _)| octets.starts_with(start) && is_sure(start))
    {
        return kind;
    }
    let inside = |(at, mark, _): &&(usize, &[u8], &str)| {
        octets.get(*at..).is_some_and(|rest| rest.starts_with(mark))
    };
    if let Some((_, _, kind)) = FURTHER_IN.iter().find(inside) {
        return kind;
    }
    match (octets.is_empty(), is_text(octets)) {
        (true, _) => "application/x-empty",
        (false, false) => "application/octet-stream",
        (false, true) if is_html(octets) => "text/html",
        (false, true) => "text/plain",
    }
}

/// Whether this type of ours is one that a machine runs, or a shortcut to what it runs.
pub fn is_program(detected: &str) -> bool {
    matches!(
        detected,
        "application/vnd.microsoft.portable-executable"
            | "application/x-elf"
            | "application/java-vm"
            | "application/x-mach-binary"
            | "application/wasm"
            | "application/x-dex"
            | "application/x-ms-shortcut"
            | "text/x-shellscript"
    )
}

fn is_text(octets: &[u8]) -> bool {
    !octets.contains(&0) && std::str::from_utf8(octets).is_ok()
}

fn is_html(octets: &[u8]) -> bool {
    let head = octets.trim_ascii_start();
    let head = head.get(..HTML_HEAD).unwrap_or(head).to_ascii_lowercase();
    let begins = [
        b"<!doctype html".as_slice(),
        b"<html",
        b"<head",
        b"<body",
        b"<script",
    ];
    begins.iter().any(|start| head.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_from_how_octets_begin() {
        for (octets, kind) in [
            (
                &b"MZ\x90\0\x03\0"[..],
                "application/vnd.microsoft.portable-executable",
            ),
            (b"MZ is a country code, we think", "text/plain"),
            (b"BMW recalls cars", "text/plain"),
            (b"%PDF-1.7\n\xe2\xe3", "application/pdf"),
            (b"PK\x03\x04\x14\0", "application/zip"),
            (b"\n <!DOCTYPE HTML><title>a", "text/html"),
            (b"<?xml version='1.0'?>", "application/xml"),
            (b"#!/bin/sh\nrm -rf /", "text/x-shellscript"),
            (b"\x1f\x8b\x08\0", "application/gzip"),
            (b"caf\xc3\xa9", "text/plain"),
            (b"caf\xe9", "application/octet-stream"),
            (b"", "application/x-empty"),
        ] {
            assert_eq!(detected(octets), kind, "{octets:?}");
        }
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\0");
        assert_eq!(detected(&tar), "application/x-tar");
        assert!(is_program("application/x-elf") && !is_program("application/pdf"));
    }
}
