//! Tokens that stand for somebody who has signed in: 256 random bits, of which the database has a hash only (T63).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::kdf::{derive, mac, random, sha256};

/// Octets of a token.
const TOKEN: usize = 32;

/// A token, as its holder has it. `Debug` shows nothing of it.
pub struct AccessToken(Zeroizing<[u8; TOKEN]>);

impl AccessToken {
    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// As its holder sent it; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut token = Zeroizing::new([0; TOKEN]);
        if text.len() != 2 * TOKEN {
            return None;
        }
        for (octet, digits) in token.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).ok()?;
            *octet = u8::from_str_radix(digits, 16).ok()?;
        }
        Some(Self(token))
    }

    /// For its holder.
    pub fn to_text(&self) -> Zeroizing<String> {
        hexadecimal(self.0.as_ref())
    }

    /// What is stored of it.
    pub fn digest(&self) -> [u8; 32] {
        sha256(self.0.as_ref())
    }

    /// Goes into every form of its holder's pages: only who reads those can send it (T62).
    pub fn form(&self) -> Zeroizing<String> {
        hexadecimal(&mac(&self.0, &[b"form"]))
    }

    /// Whether a form came with the right word, in constant time.
    pub fn is_form(&self, word: &str) -> bool {
        verify_slices_are_equal(self.form().as_bytes(), word.as_bytes()).is_ok()
    }

    /// Stands beside what a page of its holder says in the address of the next: nobody else can write such an address.
    pub fn code(&self, parts: &[&[u8]]) -> Zeroizing<String> {
        hexadecimal(derive(&self.0, "page", parts).as_ref())
    }

    /// Whether this is the code of these parts, in constant time.
    pub fn is_code(&self, parts: &[&[u8]], code: &str) -> bool {
        verify_slices_are_equal(self.code(parts).as_bytes(), code.as_bytes()).is_ok()
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

fn hexadecimal(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(bytes.iter().map(|octet| format!("{octet:02x}")).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn token_is_read_as_it_was_written_and_a_form_belongs_to_it() {
        let token = AccessToken::generate().unwrap();
        let again = AccessToken::from_text(&token.to_text()).unwrap();
        assert_eq!(token.digest(), again.digest());
        assert!(again.is_form(&token.form()));
        let other = AccessToken::generate().unwrap();
        assert_ne!(token.digest(), other.digest());
        assert!(!other.is_form(&token.form()));
        assert!(!token.is_form(&token.to_text()));
        let code = token.code(&[b"did", b"sent"]);
        assert!(again.is_code(&[b"did", b"sent"], &code));
        assert!(!again.is_code(&[b"did", b"unsent"], &code));
        assert!(!again.is_code(&[b"dids", b"ent"], &code));
        assert!(!other.is_code(&[b"did", b"sent"], &code) && !again.is_code(&[], ""));
        for wrong in ["", "00", &"0".repeat(63), &"é".repeat(32), &"+1".repeat(32)] {
            let read = AccessToken::from_text(wrong);
            assert!(read.is_none_or(|read| read.digest() != token.digest()));
        }
    }
}
