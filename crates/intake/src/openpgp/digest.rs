//! The one digest that is told of files, by the library that OpenPGP stands on: to know octets again.

/// SHA-256 (FIPS 180-4).
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    openssl::sha::sha256(octets)
}
