//! One sign-in: a token in the browser's cookie, from which state, nonce and PKCE's verifier are derived, so that nobody else's browser
//! can end what this one began, and nothing is kept before it comes back.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vault::{AccessToken, VaultError};
use zeroize::Zeroizing;

use crate::console::session::cookie_text;
use crate::console::signin::back;

/// `Lax`, since it comes back with a page of the provider's; everything else is as with the session's cookie.
const COOKIE: &str = "__Host-pillarbox-oidc";
/// Seconds from the button to the end of the sign-in.
const LIFE: u32 = 600;

/// A sign-in that was begun.
pub(super) struct Flow {
    token: AccessToken,
    /// Where to go on, a place of ours.
    next: String,
}

impl Flow {
    /// A new one. `;` and `,` end a cookie's value, and stand in no place of ours.
    pub(super) fn begin(next: &str) -> Result<Flow, VaultError> {
        let next = match next.contains([';', ',', '"']) {
            true => "/".to_owned(),
            false => next.to_owned(),
        };
        let token = AccessToken::generate()?;
        Ok(Flow { token, next })
    }

    /// The one that this browser began.
    pub(super) fn of(fields: &HeaderMap) -> Option<Flow> {
        let (token, next) = cookie_text(fields, COOKIE)?.split_once('.')?;
        Some(Flow {
            token: AccessToken::from_text(token)?,
            next: back(next)?.to_owned(),
        })
    }

    pub(super) fn state(&self) -> Zeroizing<String> {
        self.token.code(&[b"oidc state", self.next.as_bytes()])
    }

    /// In constant time.
    pub(super) fn is_state(&self, state: &str) -> bool {
        let parts = [b"oidc state", self.next.as_bytes()];
        self.token.is_code(&parts, state)
    }

    pub(super) fn nonce(&self) -> Zeroizing<String> {
        self.token.code(&[b"oidc nonce"])
    }

    /// 64 characters (RFC 7636 section 4.1).
    pub(super) fn verifier(&self) -> Zeroizing<String> {
        self.token.code(&[b"oidc verifier"])
    }

    /// `S256` (RFC 7636 section 4.2).
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier().as_bytes()))
    }

    /// What is stored when it came back.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.token.digest()
    }

    pub(super) fn next(&self) -> &str {
        &self.next
    }

    /// Gives it to the browser.
    pub(super) fn put(&self, response: &mut Response) {
        let value = Zeroizing::new(format!("{}.{}", *self.token.to_text(), self.next));
        set(response, &value, LIFE);
    }

    /// Takes it out of the browser.
    pub(super) fn end(response: &mut Response) {
        set(response, "", 0);
    }
}

fn set(response: &mut Response, value: &str, age: u32) {
    let text = Zeroizing::new(format!(
        "{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}"
    ));
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use axum::response::IntoResponse;

    use super::*;

    fn carried(flow: &Flow) -> Option<Flow> {
        let mut response = ().into_response();
        flow.put(&mut response);
        let cookie = response.headers().get(header::SET_COOKIE)?.to_str().ok()?;
        let (pair, attributes) = cookie.split_once("; ")?;
        assert_eq!(
            attributes,
            "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"
        );
        let pair = HeaderValue::from_str(pair).unwrap();
        Flow::of(&HeaderMap::from_iter([(header::COOKIE, pair)]))
    }

    #[test]
    fn flow_comes_back_as_it_was_begun_and_belongs_to_its_cookie_and_place() {
        let flow = Flow::begin("/t/000123?m=1&n=2").unwrap();
        let again = carried(&flow).unwrap();
        assert_eq!(again.next(), "/t/000123?m=1&n=2");
        assert!(again.is_state(&flow.state()));
        assert_eq!(again.nonce(), flow.nonce());
        assert!(!Flow::begin("/").unwrap().is_state(&flow.state()));
        let elsewhere = Flow {
            next: "/".into(),
            token: again.token,
        };
        assert!(!elsewhere.is_state(&flow.state()));
        let all = [
            flow.state(),
            flow.nonce(),
            flow.verifier(),
            flow.token.to_text(),
        ];
        assert!(
            all.iter()
                .enumerate()
                .all(|(at, one)| !all.iter().take(at).any(|other| other == one))
        );
        assert_eq!((flow.verifier().len(), flow.challenge().len()), (64, 43));
        assert!(carried(&Flow::begin("//evil.example").unwrap()).is_none());
    }

    #[test]
    fn challenge_is_that_of_the_rfc() {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
