//! What RSA decrypted to, beside the definition (RFC 8017 section 7.2.2, RFC 9580 section 5.1.3) written without care for time.

use super::unpad_source::{Rejection, session_key};

/// Octets: which length the message names, which content is made, what is changed in the block and where, the key.
pub fn block(input: &[u8]) {
    let [named, made, size, at, xor, seed @ ..] = input else {
        return;
    };
    let length = match named % 4 {
        0 => None,
        1 => Some(usize::from(*made) % 40),
        2 => Some([19, 27, 35][usize::from(*made) % 3]),
        _ => Some([18, 26, 34][usize::from(*made) % 3]),
    };
    let content = content(seed, *made);
    let mut block = vec![0, 2];
    let filler = 8 + usize::from(size % 64);
    block.extend((0..filler).map(|n| seed.get(n % seed.len().max(1)).copied().unwrap_or(7).max(1)));
    block.push(0);
    block.extend_from_slice(&content);
    if named & 0x80 != 0 {
        let place = usize::from(*at) % block.len();
        block[place] ^= xor;
    }
    if named & 0x40 != 0 {
        block = seed.to_vec();
    }
    let otherwise = Rejection::new(b"secret").of(&block);
    let found = session_key(&block, length, &otherwise);
    let expected = reference(&block, length);
    let invented = session_key(&vec![0; block.len()], length, &otherwise);
    match expected {
        Some(expected) => assert_eq!(&found[..], expected.as_slice()),
        None => assert_eq!(
            found, invented,
            "not a session key, and not what stands for one"
        ),
    }
}

/// An algorithm, a key and its checksum; or no algorithm.
fn content(seed: &[u8], made: u8) -> Vec<u8> {
    let (algorithm, length) = [
        (7, 16),
        (8, 24),
        (9, 32),
        (3, 16),
        (13, 32),
        (9, 16),
        (1, 32),
    ][usize::from(made >> 1) % 7];
    let key: Vec<u8> = (0..length)
        .map(|n| seed.get(n).copied().unwrap_or(0))
        .collect();
    let sum = key
        .iter()
        .fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    let mut content = if made & 1 == 0 {
        vec![algorithm]
    } else {
        Vec::new()
    };
    content.extend_from_slice(&key);
    content.extend_from_slice(&sum.to_be_bytes());
    content
}

fn reference(block: &[u8], length: Option<usize>) -> Option<Vec<u8>> {
    let [0, 2, rest @ ..] = block else {
        return None;
    };
    let zero = rest.iter().position(|octet| *octet == 0)?;
    let found = &rest[zero + 1..];
    // At least eight octets of filler.
    if zero < 8 {
        return None;
    }
    let named = length.filter(|length| *length <= 35);
    match named {
        Some(named) if named != found.len() => return None,
        None if ![19, 27, 35].contains(&found.len()) => return None,
        Some(_) | None => {}
    }
    let known: Option<&[u8]> = match found.len() {
        19 => Some(&[1, 3, 4, 7, 11]),
        27 => Some(&[2, 8, 12]),
        35 => Some(&[9, 10, 13]),
        _ => None,
    };
    let key = match (known, found) {
        (Some(known), [algorithm, key @ ..]) => known.contains(algorithm).then_some(key)?,
        _ => found,
    };
    let (key, sum) = key.split_last_chunk::<2>()?;
    let expected = key
        .iter()
        .fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    (expected.to_be_bytes() == *sum).then(|| found.to_vec())
}
