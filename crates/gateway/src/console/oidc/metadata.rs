//! What a provider says of itself (OpenID Connect Discovery 1.0 section 3), and whether it can be used. Pure.

use reqwest::Url;
use serde::Deserialize;

use super::token::ALGORITHMS;

/// Of what a provider says, what is used here.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Endpoint,
    pub(super) token_endpoint: Endpoint,
    pub(super) jwks_uri: Endpoint,
    pub(super) userinfo_endpoint: Option<Endpoint>,
    pub(super) end_session_endpoint: Option<Endpoint>,
    /// Names of algorithms; empty when the provider doesn't say.
    #[serde(default)]
    pub(super) id_token_signing_alg_values_supported: Vec<String>,
    /// How a client proves who it is; `client_secret_basic` when the provider doesn't say.
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Not everybody who knows PKCE says so.
    pub(super) code_challenge_methods_supported: Option<Vec<String>>,
    /// RFC 9207
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// An address of the provider's.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Endpoint(pub(super) Url);

impl TryFrom<String> for Endpoint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Url::parse(&text).map(Endpoint).map_err(|_| "no address")
    }
}

impl Metadata {
    /// What is wrong with it, for the operator; `None` when it can be used.
    pub(super) fn fault(&self, issuer: &str) -> Option<String> {
        if self.issuer != issuer {
            let said: String = self
                .issuer
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect();
            return Some(format!(
                "the provider calls itself {said:?}: console.oidc.issuer must be the same, to the letter"
            ));
        }
        let endpoints = [
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.jwks_uri,
        ];
        let more = [&self.userinfo_endpoint, &self.end_session_endpoint];
        let mut all = endpoints.into_iter().chain(more.into_iter().flatten());
        if all.any(|url| url.0.scheme() != "https") {
            return Some("the provider names an address that is not https".into());
        }
        let signs = &self.id_token_signing_alg_values_supported;
        if !signs.is_empty() && !ALGORITHMS.iter().any(|(name, _)| has(signs, name)) {
            return Some("the provider signs with none of RS256, PS256, ES256 and EdDSA".into());
        }
        let proofs = self.token_endpoint_auth_methods_supported.as_ref();
        if proofs.is_some_and(|all| !has(all, BASIC) && !has(all, POST)) {
            return Some("the provider takes no client secret: give the client one".into());
        }
        let challenges = self.code_challenge_methods_supported.as_ref();
        if challenges.is_some_and(|all| !has(all, "S256")) {
            return Some("the provider knows no PKCE with S256".into());
        }
        None
    }

    /// How the secret is sent: in the head, or in the form when it is not taken there.
    pub(super) fn proof(&self) -> &'static str {
        let proofs = self.token_endpoint_auth_methods_supported.as_ref();
        match proofs.is_some_and(|all| !has(all, BASIC)) {
            true => POST,
            false => BASIC,
        }
    }
}

const BASIC: &str = "client_secret_basic";
pub(super) const POST: &str = "client_secret_post";

fn has(all: &[String], word: &str) -> bool {
    all.iter().any(|one| one == word)
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed step is a failed test"
    )]

    use serde_json::json;

    use super::Metadata;

    #[test]
    fn provider_that_can_not_be_used_is_named() {
        let sound = json!({"issuer": "https://id.example", "authorization_endpoint": "https://id.example/a",
            "token_endpoint": "https://id.example/t", "jwks_uri": "https://keys.example/k", "extra": [1]});
        let fault = |key: &str, value| {
            let mut changed = sound.clone();
            changed[key] = value;
            let metadata: Metadata = serde_json::from_value(changed).unwrap();
            metadata.fault("https://id.example").unwrap_or_default()
        };
        assert_eq!(fault("extra", json!(null)), "");
        let signs = "id_token_signing_alg_values_supported";
        assert_eq!(fault(signs, json!(["HS256", "ES256"])), "");
        for (key, value, word) in [
            ("issuer", json!("https://id.example/"), "to the letter"),
            ("token_endpoint", json!("http://id.example/t"), "https"),
            (
                "end_session_endpoint",
                json!("http://id.example/e"),
                "https",
            ),
            (signs, json!(["HS256", "none"]), "signs"),
            ("code_challenge_methods_supported", json!(["plain"]), "PKCE"),
            (
                "token_endpoint_auth_methods_supported",
                json!(["private_key_jwt"]),
                "secret",
            ),
        ] {
            let fault = fault(key, value);
            assert!(fault.contains(word), "{key}: {fault}");
        }
    }
}
