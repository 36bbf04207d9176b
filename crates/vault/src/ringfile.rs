//! The key ring as text: one line a key, `#` begins a comment.
//!
//! ```text
//! pillarbox-keyring 1
//! root 1 decrypt-only 0f1e…
//! root 2 primary a5b4…
//! root 3 destroyed -
//! inbox 1 primary 77aa…
//! index 1 primary 33c0…
//! token 1 primary 9d1b…
//! ```
//!
//! Key bytes are 64 hexadecimal digits. The listener's file has one line, `pillarbox-inbox-key 1 <kid> <hex>`.

use std::str::FromStr;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::entries::{Entry, KeyStatus};
use crate::inbox::{self, InboxPublicKey};
use crate::kdf::Key;
use crate::keyring::{KeyRing, Numbered};

const RING_HEADER: &str = "pillarbox-keyring 1";
const PUBLIC_HEADER: &str = "pillarbox-inbox-key 1";

impl KeyRing {
    /// Reads a ring file. It knows no folder of epochs yet ([`KeyRing::keep_epochs_in`]).
    ///
    /// # Errors
    /// [`VaultError::RingText`], which names the line and never shows it.
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let mut lines = lines(text);
        let (number, first) = lines.next().ok_or(fault(0, "empty"))?;
        if first != RING_HEADER {
            return Err(fault(number, "not a key ring of version 1"));
        }
        let mut entries = Vec::new();
        for (number, line) in lines {
            let (family, entry) = parse_line(line).map_err(|problem| fault(number, problem))?;
            if entries
                .iter()
                .any(|(known, other): &(Family, Entry)| *known == family && other.kid == entry.kid)
            {
                return Err(fault(number, "this key id stands twice"));
            }
            entries.push((family, entry));
        }
        let mut take = |family| primaries(&mut entries, family);
        let numbered = Numbered {
            roots: take(Family::Root)?,
            inboxes: take(Family::Inbox)?,
        };
        let index = single(take(Family::Index)?)?;
        Ok(Self::of(numbered, index, single(take(Family::Token)?)?))
    }

    /// Writes a ring file: to be kept where only the worker and the console can read it, and in the backup of keys.
    pub fn to_text(&self) -> SecretString {
        let numbered = self.numbered();
        // Room enough that the text never moves and leaves a copy behind.
        let mut out =
            String::with_capacity(128 * (numbered.roots.len() + numbered.inboxes.len() + 4));
        out.push_str(RING_HEADER);
        out.push('\n');
        for entry in &numbered.roots {
            push_line(
                &mut out,
                Family::Root,
                entry.kid,
                entry.status,
                entry.key.as_ref(),
            );
        }
        for entry in &numbered.inboxes {
            push_line(
                &mut out,
                Family::Inbox,
                entry.kid,
                entry.status,
                entry.key.as_ref(),
            );
        }
        push_line(
            &mut out,
            Family::Index,
            1,
            KeyStatus::Primary,
            Some(&self.index),
        );
        push_line(
            &mut out,
            Family::Token,
            1,
            KeyStatus::Primary,
            Some(&self.token),
        );
        SecretString::from(out)
    }
}

impl FromStr for InboxPublicKey {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let (number, line) = lines(text).next().ok_or(fault(0, "empty"))?;
        let rest = line
            .strip_prefix(PUBLIC_HEADER)
            .ok_or(fault(number, "not an inbox key of version 1"))?;
        let mut words = rest.split_ascii_whitespace();
        let (Some(kid), Some(key), None) = (words.next(), words.next(), words.next()) else {
            return Err(fault(number, "a number and a key are wanted"));
        };
        let kid = parse_kid(kid).map_err(|problem| fault(number, problem))?;
        let key = parse_hex(key).ok_or(fault(number, "the key is not 64 hexadecimal digits"))?;
        Self::from_bytes(kid, key.as_ref()).ok_or(fault(number, "not a public key"))
    }
}

impl std::fmt::Display for InboxPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut hex = String::new();
        push_hex(&mut hex, &self.to_bytes());
        writeln!(f, "{PUBLIC_HEADER} {} {hex}", self.kid())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Root,
    Inbox,
    Index,
    Token,
}

impl Family {
    const ALL: [Self; 4] = [Self::Root, Self::Inbox, Self::Index, Self::Token];

    fn word(self) -> &'static str {
        match self {
            Family::Root => "root",
            Family::Inbox => "inbox",
            Family::Index => "index",
            Family::Token => "token",
        }
    }
}

fn status_word(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Primary => "primary",
        KeyStatus::DecryptOnly => "decrypt-only",
        KeyStatus::Destroyed => "destroyed",
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(before, line)| (before + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn parse_line(line: &str) -> Result<(Family, Entry), &'static str> {
    let mut words = line.split_ascii_whitespace();
    let (Some(family), Some(kid), Some(status), Some(key), None) = (
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) else {
        return Err("a family, a number, a status and a key are wanted");
    };
    let family = Family::ALL
        .into_iter()
        .find(|known| known.word() == family)
        .ok_or("unknown family of keys")?;
    let status = [
        KeyStatus::Primary,
        KeyStatus::DecryptOnly,
        KeyStatus::Destroyed,
    ]
    .into_iter()
    .find(|known| status_word(*known) == status)
    .ok_or("unknown status")?;
    let key = match (status, key) {
        (KeyStatus::Destroyed, "-") => None,
        (KeyStatus::Destroyed, _) => return Err("a destroyed key is written -"),
        (KeyStatus::Primary | KeyStatus::DecryptOnly, hex) => {
            Some(parse_hex(hex).ok_or("the key is not 64 hexadecimal digits")?)
        }
    };
    let kid = parse_kid(kid)?;
    if family == Family::Inbox
        && key
            .as_ref()
            .is_some_and(|key| inbox::public_half(kid, key).is_none())
    {
        return Err("not a secret key");
    }
    Ok((family, Entry { kid, status, key }))
}

fn parse_kid(word: &str) -> Result<u32, &'static str> {
    word.parse()
        .ok()
        .filter(|kid| *kid > 0)
        .ok_or("key ids are numbers from 1")
}

/// Takes one family out of the list and sees to it that exactly one key is the primary one.
fn primaries(entries: &mut Vec<(Family, Entry)>, family: Family) -> Result<Vec<Entry>, VaultError> {
    let found: Vec<Entry> = entries
        .extract_if(.., |(of, _)| *of == family)
        .map(|(_, entry)| entry)
        .collect();
    match found
        .iter()
        .filter(|entry| entry.status == KeyStatus::Primary)
        .count()
    {
        1 => Ok(found),
        0 => Err(fault(
            0,
            "one of root, inbox, index and token has no primary key",
        )),
        _ => Err(fault(
            0,
            "one of root, inbox, index and token has several primary keys",
        )),
    }
}

/// Index and token roots can't be rotated by adding one: what they made would not be found again.
fn single(entries: Vec<Entry>) -> Result<Key, VaultError> {
    let mut keys = entries.into_iter().filter_map(|entry| entry.key);
    match (keys.next(), keys.next()) {
        (Some(key), None) => Ok(key),
        (Some(_) | None, _) => Err(fault(0, "index and token have one key each")),
    }
}

fn fault(line: usize, problem: &'static str) -> VaultError {
    VaultError::RingText { line, problem }
}

fn push_line(out: &mut String, family: Family, kid: u32, status: KeyStatus, key: Option<&Key>) {
    out.push_str(family.word());
    out.push(' ');
    out.push_str(&kid.to_string());
    out.push(' ');
    out.push_str(status_word(status));
    out.push(' ');
    match key {
        Some(key) => push_hex(out, key.as_ref()),
        None => out.push('-'),
    }
    out.push('\n');
}

pub(crate) fn push_hex(out: &mut String, bytes: &[u8]) {
    let digits = bytes.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    out.extend(digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)));
}

fn parse_hex(word: &str) -> Option<Key> {
    let mut key: Key = Zeroizing::new([0; 32]);
    let (pairs, rest) = word.as_bytes().as_chunks::<2>();
    if pairs.len() != key.len() || !rest.is_empty() {
        return None;
    }
    for (octet, [high, low]) in key.iter_mut().zip(pairs) {
        *octet = hex_digit(*high)? << 4 | hex_digit(*low)?;
    }
    Some(key)
}

/// Octets from hexadecimal digits; for what is not secret.
pub(crate) fn unhex(word: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = word.as_bytes().as_chunks::<2>();
    let mut octets = pairs
        .iter()
        .map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?));
    if rest.is_empty() {
        octets.by_ref().collect()
    } else {
        None
    }
}

fn hex_digit(character: u8) -> Option<u8> {
    char::from(character)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
