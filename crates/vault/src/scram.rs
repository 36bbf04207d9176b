//! Verifiers of passwords (SCRAM-SHA-256, RFC 5802 and RFC 7677): what is stored can check a password and can't be used
//! as one.

use std::num::NonZeroU32;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use zeroize::Zeroizing;

use crate::VaultError;

/// Iterations of a new verifier. RFC 7677 wants 4 096 at least; each login by `PLAIN` costs us as many.
pub const ITERATIONS: u32 = 100_000;
/// Fewer are not taken (RFC 7677 section 4).
pub const FEWEST_ITERATIONS: u32 = 4_096;
/// Octets of a salt.
pub const SALT: usize = 16;
/// Octets of a key.
pub const KEY: usize = 32;

/// What is stored of a password. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramVerifier {
    /// At least 1.
    pub iterations: NonZeroU32,
    /// Random, of this password only.
    pub salt: Vec<u8>,
    /// Checks the client's proof.
    pub stored_key: [u8; KEY],
    /// Proves to the client that we know the verifier.
    pub server_key: [u8; KEY],
}

impl ScramVerifier {
    /// Of a new password, which the caller has prepared (SASLprep, RFC 4013).
    ///
    /// # Errors
    /// [`VaultError::Sealing`] when there is no randomness.
    pub fn of(password: &[u8]) -> Result<Self, VaultError> {
        let mut salt = vec![0; SALT];
        rand::fill(&mut salt).map_err(|_| VaultError::Sealing)?;
        let iterations = NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MIN);
        Ok(Self::derive(password, iterations, salt))
    }

    /// For a name that nobody has: the same salt whenever it is asked for, and a password that nobody knows. With the
    /// iterations of real ones, since a client is told them.
    pub fn imitation(secret: &[u8; KEY], iterations: NonZeroU32, name: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let mut salt = mac(&key, format!("salt {name}").as_bytes()).to_vec();
        salt.truncate(SALT);
        Self {
            iterations,
            salt,
            stored_key: mac(&key, format!("stored key {name}").as_bytes()),
            server_key: mac(&key, format!("server key {name}").as_bytes()),
        }
    }

    /// With these iterations and this salt (RFC 5802 section 3).
    pub fn derive(password: &[u8], iterations: NonZeroU32, salt: Vec<u8>) -> Self {
        let mut salted = Zeroizing::new([0; KEY]);
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            iterations,
            &salt,
            password,
            salted.as_mut(),
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, salted.as_ref());
        let client_key = Zeroizing::new(mac(&key, b"Client Key"));
        let mut stored_key = [0; KEY];
        let hash = digest::digest(&digest::SHA256, client_key.as_ref());
        stored_key.copy_from_slice(hash.as_ref());
        Self {
            iterations,
            salt,
            stored_key,
            server_key: mac(&key, b"Server Key"),
        }
    }

    /// Whether this is the password. Takes as long for a wrong one.
    pub fn matches(&self, password: &[u8]) -> bool {
        let other = Self::derive(password, self.iterations, self.salt.clone());
        verify_slices_are_equal(&self.stored_key, &other.stored_key).is_ok()
    }
}

fn mac(key: &hmac::Key, text: &[u8]) -> [u8; KEY] {
    let mut out = [0; KEY];
    out.copy_from_slice(hmac::sign(key, text).as_ref());
    out
}

impl std::fmt::Debug for ScramVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScramVerifier({} iterations)", self.iterations)
    }
}
