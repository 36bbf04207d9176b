//! A digest of octets, for knowing them again.

/// SHA-256.
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    openssl::sha::sha256(octets)
}
