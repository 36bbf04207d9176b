//! Key derivation and randomness for the rest of the crate.

use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use crate::VaultError;

/// A 256-bit key that is wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Derives a key from a uniformly random one: HKDF-Expand of RFC 5869 section 2.3 for one block of output, where the
/// extract step may be left out (section 3.3). Done with HMAC directly, since that can't fail.
///
/// `info` is `pillarbox/v1/`, the purpose and the parts, each with its length, so that no two lists give the same key.
pub(crate) fn derive(root: &[u8; 32], purpose: &str, parts: &[&[u8]]) -> Key {
    mac_key(&hmac::Key::new(hmac::HMAC_SHA256, root), purpose, parts)
}

fn mac_key(root: &hmac::Key, purpose: &str, parts: &[&[u8]]) -> Key {
    let mut context = hmac::Context::with_key(root);
    context.update(b"pillarbox/v1/");
    context.update(purpose.as_bytes());
    for part in parts {
        context.update(&length(part));
        context.update(part);
    }
    context.update(&[1]);
    Zeroizing::new(head(context.sign().as_ref()))
}

/// HMAC-SHA-256 of the concatenated parts. The caller sees to it that they can't be cut differently.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    head(context.sign().as_ref())
}

/// The first `N` octets; zeros stand in for what is missing, which no caller lets happen.
pub(crate) fn head<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

/// The length as eight octets, for encodings that can be read in one way only.
pub(crate) fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes()
}

pub(crate) fn random_key() -> Result<Key, VaultError> {
    Ok(Zeroizing::new(random()?))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut out = [0; N];
    rand::fill(&mut out).map_err(|_| VaultError::Randomness)?;
    Ok(out)
}

/// SHA-256, for fingerprints of certificates and other public values.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    head(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};

    use super::*;

    #[test]
    fn derive_is_hkdf_expand() {
        let root = [7; 32];
        let mut expected = [0; 32];
        Prk::new_less_safe(HKDF_SHA256, &root)
            .expand(
                &[b"pillarbox/v1/", b"wrap", &3_u64.to_be_bytes(), b"abc"],
                HKDF_SHA256,
            )
            .unwrap()
            .fill(&mut expected)
            .unwrap();
        assert_eq!(*derive(&root, "wrap", &[b"abc"]), expected);
    }
}
