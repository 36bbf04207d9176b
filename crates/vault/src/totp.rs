//! Codes of the moment (RFC 6238): six digits, SHA-1, thirty seconds, which is what every app on a telephone can do.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::VaultError;
use crate::index::base32;
use crate::kdf::{head, random};

/// Seconds that a code is for.
const STEP: i64 = 30;
/// Octets of a secret (RFC 4226 section 4).
const SECRET: usize = 20;

/// The secret that an analyst's app shares with us. `Debug` shows nothing of it.
pub struct TotpSecret(Zeroizing<[u8; SECRET]>);

impl TotpSecret {
    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// As it was sealed.
    ///
    /// # Errors
    /// [`VaultError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let bytes = bytes.try_into().map_err(|_| VaultError::Malformed)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// To be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// As it is typed into an app.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(base32(self.0.as_ref()).to_uppercase())
    }

    /// The code of a moment, in seconds since 1970.
    pub fn code(&self, now: i64) -> String {
        self.code_of(now.div_euclid(STEP))
    }

    /// The number of the half-minute whose code this is: the present one, the one before or the one after (RFC 6238 section
    /// 5.2). `None` for a wrong code. Whoever takes it remembers the number: a code is good once.
    pub fn step(&self, code: &str, now: i64) -> Option<i64> {
        let present = now.div_euclid(STEP);
        let steps = [present - 1, present, present + 1].map(|step| {
            let own = self.code_of(step);
            verify_slices_are_equal(own.as_bytes(), code.as_bytes())
                .is_ok()
                .then_some(step)
        });
        steps.into_iter().flatten().next_back()
    }

    /// RFC 4226 section 5.3.
    fn code_of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_ref());
        let hash: [u8; 20] = head(hmac::sign(&key, &step.to_be_bytes()).as_ref());
        let offset = usize::from(hash.last().copied().unwrap_or(0) & 0x0f);
        let cut: [u8; 4] = head(hash.get(offset..).unwrap_or_default());
        format!("{:06}", (u32::from_be_bytes(cut) & 0x7fff_ffff) % 1_000_000)
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(now), code);
            assert_eq!(secret.step(code, now), Some(now / 30));
            assert_eq!(secret.step(code, now + 30), Some(now / 30));
            assert_eq!(secret.step(code, now - 30), Some(now / 30));
            assert_eq!(secret.step(code, now + 90), None);
        }
        for wrong in ["", "28708", "2870820", "287083"] {
            assert_eq!(secret.step(wrong, 59), None);
        }
        assert_eq!(*secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
