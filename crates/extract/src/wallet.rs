//! Bitcoin addresses: only those whose checksum holds, so that no other word is ever taken for one.

use sha2::{Digest, Sha256};

use crate::text::cut;

/// The shortest address, and the longest (BIP 173).
const SHORTEST: usize = 26;
const LONGEST: usize = 90;

/// Every word that is an address, with its one way to write it.
pub(crate) fn find(text: &str, mut found: impl FnMut(usize, usize, String)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(least) = bytes.get(at..at + SHORTEST) {
        if let Some(other) = least.iter().rposition(|b| !b.is_ascii_alphanumeric()) {
            at += other + 1;
            continue;
        }
        let rest = bytes.iter().skip(at);
        let length = rest.take_while(|b| b.is_ascii_alphanumeric()).count();
        let word = cut(text, at, at + length);
        if length <= LONGEST && (base58(word).is_some() || segwit(word).is_some()) {
            let value = match word.starts_with(['b', 'B']) {
                true => word.to_ascii_lowercase(),
                false => word.to_owned(),
            };
            found(at, at + length, value);
        }
        at += length;
    }
}

/// Base58Check of a key's or a script's hash: version 0 or 5, 20 octets, four octets of SHA-256 taken twice.
fn base58(word: &str) -> Option<()> {
    const DIGITS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    (word.starts_with(['1', '3']) && word.len() <= 35).then_some(())?;
    let mut number = [0_u8; 25];
    for letter in word.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == letter)?;
        let mut carry = u32::try_from(digit).ok()?;
        for octet in number.iter_mut().rev() {
            let [low, rest @ ..] = (u32::from(*octet) * 58 + carry).to_le_bytes();
            let [one, two, three] = rest;
            *octet = low;
            carry = u32::from_le_bytes([one, two, three, 0]);
        }
        (carry == 0).then_some(())?;
    }
    // Each leading zero octet is written as a `1`.
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let ones = word.bytes().take_while(|b| *b == b'1').count();
    let (body, sum) = number.split_at(21);
    let twice = Sha256::digest(Sha256::digest(body));
    (zeros == ones && matches!(body.first(), Some(0 | 5)) && twice.starts_with(sum)).then_some(())
}

/// Bech32 (BIP 173) for witness version 0, Bech32m (BIP 350) for all later ones.
fn segwit(word: &str) -> Option<()> {
    const DIGITS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mixed = word.bytes().any(|b| b.is_ascii_lowercase())
        && word.bytes().any(|b| b.is_ascii_uppercase());
    (!mixed).then_some(())?;
    let small = word.to_ascii_lowercase();
    let digits: Vec<u32> = small
        .strip_prefix("bc1")?
        .bytes()
        .map(|letter| u32::try_from(DIGITS.iter().position(|digit| *digit == letter)?).ok())
        .collect::<Option<_>>()?;
    let version = *digits.first()?;
    let program = digits.len().checked_sub(7)? * 5 / 8;
    let mut sum = 1_u32;
    // The letters of `bc`, high bits and low, before the digits.
    for digit in [3, 3, 0, 2, 3].into_iter().chain(digits) {
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ digit;
        let generators = [
            0x3b6a_57b2,
            0x2650_8e6d,
            0x1ea1_19fa,
            0x3d42_33dd,
            0x2a14_62b3,
        ];
        for (bit, generator) in generators.into_iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    }
    match version {
        0 => sum == 1 && matches!(program, 20 | 32),
        1..=16 => sum == 0x2bc8_30a3 && (2..=40).contains(&program),
        _ => false,
    }
    .then_some(())
}
