//! Takes a session key out of an RSA block (RFC 8017 section 7.2.2, RFC 9580 section 5.1.3) without an oracle (T07).
//!
//! Padding, length, algorithm and checksum are judged together, and a block that fails any of them gives a session key all the
//! same: made from the ciphertext and a secret, so that nobody outside can tell it from one that was sent. Neither memory
//! access nor branches depend on the block; only the length of a session key that was really sent shows.

use openssl::sha::{Sha256, Sha512};
use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::crypto::mem::Protected;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// Octets of the longest content: an algorithm, 32 octets of key, a checksum.
const LONGEST: usize = 35;
/// Contents of version 3 packets: an algorithm, a key of 16, 24 or 32 octets, a checksum.
const WITH_ALGORITHM: [usize; 3] = [19, 27, LONGEST];
/// Algorithms with keys of 16, 24 and 32 octets (RFC 9580 section 9.3).
const ALGORITHMS: [&[u8]; 3] = [&[1, 3, 4, 7, 11], &[2, 8, 12], &[9, 10, 13]];
const AES256: u8 = 9;

/// What makes the session keys of blocks that hold none.
pub(super) struct Rejection {
    secret: Zeroizing<[u8; 32]>,
}

impl Rejection {
    /// From the secret exponent.
    pub(super) fn new(exponent: &[u8]) -> Rejection {
        let mut hash = Sha256::new();
        hash.update(b"Pillarbox implicit rejection\0");
        hash.update(exponent);
        Rejection {
            secret: Zeroizing::new(hash.finish()),
        }
    }

    /// 32 octets, always the same for the same ciphertext.
    pub(super) fn of(&self, ciphertext: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut hash = Sha512::new();
        hash.update(&*self.secret);
        hash.update(ciphertext);
        let mut key = Zeroizing::new([0; 32]);
        let digest = Zeroizing::new(hash.finish());
        for (octet, made) in key.iter_mut().zip(digest.iter()) {
            *octet = *made;
        }
        key
    }
}

/// The content of the block: of this length when the message says which, else one that a version 3 packet may have.
pub(super) fn session_key(block: &[u8], length: Option<usize>, otherwise: &[u8; 32]) -> SessionKey {
    let wanted = length.filter(|length| *length <= LONGEST);
    let (mut content, mut octets) = invented(wanted, otherwise);
    for candidate in WITH_ALGORITHM {
        if wanted.is_none_or(|wanted| wanted == candidate) {
            take(block, candidate, &mut content, &mut octets);
        }
    }
    if let Some(wanted) = wanted.filter(|wanted| !WITH_ALGORITHM.contains(wanted)) {
        take(block, wanted, &mut content, &mut octets);
    }
    let octets = usize::try_from(octets).unwrap_or(LONGEST);
    let kept: Protected = content
        .iter()
        .take(octets)
        .copied()
        .collect::<Vec<u8>>()
        .into();
    kept.into()
}

/// What stands for a content that is none.
fn invented(wanted: Option<usize>, made: &[u8; 32]) -> (Zeroizing<[u8; LONGEST]>, u64) {
    let octets = wanted.unwrap_or(LONGEST);
    let with_algorithm = WITH_ALGORITHM.iter().position(|length| *length == octets);
    let algorithm = match with_algorithm {
        Some(2) => Some(AES256),
        Some(index) => ALGORITHMS
            .get(index)
            .and_then(|known| known.last())
            .copied(),
        None => None,
    };
    let prefix = usize::from(algorithm.is_some());
    let key = made
        .get(..octets.saturating_sub(prefix + 2))
        .unwrap_or(made);
    let sum = checksum(key);
    let mut content = Zeroizing::new([0; LONGEST]);
    let all = algorithm.iter().chain(key).copied().chain(sum);
    for (place, octet) in content.iter_mut().zip(all) {
        *place = octet;
    }
    (content, u64::try_from(octets).unwrap_or(0))
}

/// Takes over the last `length` octets when the block is one of that length.
fn take(block: &[u8], length: usize, content: &mut [u8; LONGEST], octets: &mut u64) {
    let padding = block.len().checked_sub(length + 1);
    let Some((padding, found)) = padding
        .filter(|padding| *padding >= 10)
        .and_then(|padding| block.split_at_checked(padding))
    else {
        return;
    };
    let (Some((zero, found)), [first, second, filler @ ..]) = (found.split_first(), padding) else {
        return;
    };
    let mut good = zero.ct_eq(&0) & first.ct_eq(&0) & second.ct_eq(&2);
    for octet in filler {
        good &= !octet.ct_eq(&0);
    }
    good &= whole(found);
    for (place, octet) in content.iter_mut().zip(found) {
        place.conditional_assign(octet, good);
    }
    octets.conditional_assign(&u64::try_from(length).unwrap_or(0), good);
}

/// The checksum is right, and so is the algorithm where there is one.
fn whole(found: &[u8]) -> Choice {
    let with_algorithm = WITH_ALGORITHM
        .iter()
        .position(|length| *length == found.len());
    let known = with_algorithm.and_then(|index| ALGORITHMS.get(index));
    let (algorithm, rest) = match (known, found.split_first()) {
        (Some(known), Some((algorithm, rest))) => {
            let mut one = Choice::from(0);
            for candidate in *known {
                one |= algorithm.ct_eq(candidate);
            }
            (one, rest)
        }
        (Some(_) | None, _) => (Choice::from(1), found),
    };
    match rest.split_last_chunk::<2>() {
        Some((key, sum)) => algorithm & checksum(key).ct_eq(sum),
        None => Choice::from(0),
    }
}

/// The sum of the octets of the key, modulo 65536.
fn checksum(key: &[u8]) -> [u8; 2] {
    let sum = key
        .iter()
        .fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
    sum.to_be_bytes()
}
