//! Signs what is posted to a webhook, with a secret that the receiver shares.

use std::fmt::Write;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// A secret shared with whoever receives alerts. `Debug` shows nothing of it.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// `secret` is taken as it is; anything shorter than 16 octets is `None`, since it could be guessed.
    pub fn new(secret: Zeroizing<Vec<u8>>) -> Option<WebhookSecret> {
        (secret.len() >= 16).then_some(WebhookSecret(secret))
    }

    /// HMAC-SHA-256 of the body, lower-case hex.
    pub fn sign(&self, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut out = String::with_capacity(64);
        for octet in hmac::sign(&key, body).as_ref() {
            // Writing to a String can't fail.
            let _ = write!(out, "{octet:02x}");
        }
        out
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn signature_is_that_of_rfc_4231_case_3() {
        let secret = WebhookSecret::new(Zeroizing::new(vec![0xaa; 20])).unwrap();
        assert_eq!(
            secret.sign(&[0xdd; 50]),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        );
        assert!(WebhookSecret::new(Zeroizing::new(vec![1; 15])).is_none());
    }
}
