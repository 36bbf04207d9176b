//! A network that is written with its mask: `198.51.100.0 255.255.255.0`, `198.51.100.0/255.255.255.0`.

use std::net::Ipv4Addr;

use crate::text::{cut, window};

/// Words between a network and its mask.
const BETWEEN: [&str; 8] = [
    "/",
    " netmask: ",
    " netmask ",
    " mask: ",
    " mask ",
    ", netmask ",
    " (",
    " ",
];

/// Whether an address is the mask of a network, and so of no host.
pub(crate) fn is(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    let ones = bits.leading_ones();
    (8..32).contains(&ones) && ones + bits.trailing_zeros() == 32
}

/// How many bits the mask behind the octet `end` has, and where it ends.
pub(crate) fn behind(text: &str, end: usize) -> Option<(u8, usize)> {
    let rest = window(text, end, 40);
    let tail = BETWEEN
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .filter(|tail| tail.starts_with("255."))?;
    let length = tail
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(tail.len());
    let written = cut(tail, 0, length).trim_end_matches('.');
    let mask: Ipv4Addr = written.parse().ok()?;
    let bits = u32::from(mask);
    let whole = bits.leading_ones() + bits.trailing_zeros() == 32;
    let bits = u8::try_from(bits.leading_ones()).ok()?;
    let start = end + rest.len() - tail.len();
    whole.then_some((bits, start + written.len()))
}

#[cfg(test)]
mod tests {
    use super::{behind, is};

    #[test]
    fn a_mask_is_read_as_its_bits() {
        assert_eq!(behind(" 255.255.0.0 and", 0), Some((16, 12)));
        assert_eq!(behind("/255.255.255.128.", 0), Some((25, 16)));
        assert_eq!(behind(" netmask 255.0.0.0", 0), Some((8, 18)));
        assert_eq!(behind(" 255.0.255.0", 0), None);
        assert_eq!(behind(" 254.255.0.0", 0), None);
    }

    #[test]
    fn a_mask_is_no_host() {
        assert!(is([255, 255, 255, 0].into()) && is([255, 0, 0, 0].into()));
        assert!(!is([255, 255, 255, 255].into()) && !is([254, 0, 0, 0].into()));
    }
}
