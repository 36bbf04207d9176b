//! Passwords of analysts, as they are stored: argon2id (RFC 9106) in the PHC string format.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, password_hash};

use crate::VaultError;
use crate::kdf::random;

/// A password that nobody has, with the parameters of new ones: whoever asks about a name that there is not waits as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is stored of a password. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Of a new password: 19 MiB, two passes.
    ///
    /// # Errors
    /// [`VaultError::Randomness`]; [`VaultError::Sealing`] when it can't be hashed.
    pub fn of(password: &[u8]) -> Result<Self, VaultError> {
        let salt = SaltString::encode_b64(&random::<16>()?).map_err(|_| VaultError::Sealing)?;
        let hash = Argon2::default().hash_password(password, &salt);
        Ok(Self(hash.map_err(|_| VaultError::Sealing)?.to_string()))
    }

    /// Of somebody who is not there: nothing matches it, and that takes as long.
    pub fn of_nobody() -> Self {
        Self(NOBODY.to_owned())
    }

    /// As it was stored.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// To be stored.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Whether this is the password. Takes some tens of milliseconds and 19 MiB; what is no hash matches nothing.
    pub fn matches(&self, password: &[u8]) -> bool {
        password_hash::PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_the_password_matches_and_nobody_has_one() {
        let hash = PasswordHash::of(b"correct horse").unwrap();
        assert!(
            hash.as_text()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        assert!(hash.matches(b"correct horse"));
        assert!(!hash.matches(b"correct horsE"));
        assert_ne!(hash, PasswordHash::of(b"correct horse").unwrap());
        // The imitation is read, so that it takes as long as a real one.
        assert!(password_hash::PasswordHash::new(NOBODY).is_ok());
        assert!(!PasswordHash::of_nobody().matches(b""));
        assert!(!PasswordHash::from_text("none".into()).matches(b"none"));
    }
}
