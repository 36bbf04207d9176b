//! Asks the provider: over HTTPS only, no redirect followed, each request for seconds, each answer up to a size.
//!
//! The library of choice, `openidconnect`, needs the `rsa` crate, which `deploy/deny.toml` bans (RUSTSEC-2023-0071), and five more
//! implementations of ciphers beside ours. So `jsonwebtoken` checks signatures, with the library that TLS stands on, and the four
//! requests of the flow are made here.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::errors;
use super::metadata::{Metadata, POST};
use super::token::{ALGORITHMS, Claims, fits};
use super::{BACK, flow::Flow};
use crate::config::{Oidc, needed};
use crate::console::accounts::url;
use crate::keyfiles;
use crate::sender::Authorities;
use crate::web;

/// For one request, connection included: a sign-in makes up to four, and a page waits half a minute.
const PATIENCE: Duration = Duration::from_secs(6);
/// Octets of an answer.
const LONGEST: usize = 256 << 10;
/// Keys of a provider that are looked at.
const MOST_KEYS: usize = 64;
/// How long what the provider says of itself, and its keys, are kept.
const KEPT: Duration = Duration::from_secs(3_600);
/// Before a provider that did not answer is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// The provider, with what it said last.
pub(crate) struct Provider {
    pub(super) settings: Oidc,
    secret: Zeroizing<String>,
    client: reqwest::Client,
    /// Held while it is asked: whoever comes meanwhile waits for that answer.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, Instant)>,
    keys: Option<(Arc<Vec<Jwk>>, Instant)>,
    failed: Option<(ProviderFault, Instant)>,
}

/// Why the provider can't be used now.
#[derive(Clone, Debug, Error)]
pub(crate) enum ProviderFault {
    /// Temporary: it does not answer, or not as it should.
    #[error("{0}")]
    Away(String),
    /// Permanent until it, or the configuration, is changed.
    #[error("{0}")]
    Unfit(String),
    /// It does not take this code: RFC 6749 section 5.2 has the word.
    #[error("the provider refuses the code: {0}")]
    Refused(String),
}

/// What a code is exchanged for. What is freed is overwritten, as everywhere in this program.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: String,
}

/// A key set (RFC 7517 section 5), with keys of kinds that are not known among others.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

impl Provider {
    /// Reads the secret; the provider is asked when somebody signs in. `None` when it is switched off. An error names the key.
    pub(crate) fn load(settings: &Oidc) -> anyhow::Result<Option<Provider>> {
        if !settings.is_on() {
            return Ok(None);
        }
        let key = "console.oidc.client_secret_file";
        let path = settings.client_secret_file.as_deref().context(key)?;
        needed(path, key)?;
        let place = || format!("{key} {}", path.display());
        let text = std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .with_context(place)?;
        keyfiles::private(path, key)?;
        let secret = Zeroizing::new(text.trim_end().to_owned());
        anyhow::ensure!(!secret.is_empty(), "{}: it is empty", place());
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let authorities =
            Authorities::load(settings.ca_file.as_deref()).context("console.oidc.ca_file")?;
        let client = web::client(PATIENCE)
            .user_agent("pillarbox")
            .https_only(true)
            .tls_backend_preconfigured(authorities.https()?)
            .build()
            .context("console.oidc")?;
        Ok(Some(Provider {
            settings: settings.clone(),
            secret,
            client,
            known: Mutex::default(),
        }))
    }

    /// What it says of itself.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderFault> {
        self.known_metadata(&mut *self.known.lock().await).await
    }

    async fn known_metadata(&self, known: &mut Known) -> Result<Arc<Metadata>, ProviderFault> {
        if let Some((metadata, at)) = &known.metadata
            && at.elapsed() < KEPT
        {
            return Ok(Arc::clone(metadata));
        }
        if let Some((fault, at)) = &known.failed
            && at.elapsed() < PAUSE
        {
            return Err(fault.clone());
        }
        match self.discover().await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                known.metadata = Some((Arc::clone(&metadata), Instant::now()));
                known.failed = None;
                Ok(metadata)
            }
            Err(fault) => {
                tracing::warn!(%fault, "the OpenID Connect provider can't be used");
                known.failed = Some((fault.clone(), Instant::now()));
                Err(fault)
            }
        }
    }

    /// OpenID Connect Discovery 1.0 section 4.
    async fn discover(&self) -> Result<Metadata, ProviderFault> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let place = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = self.ask("discovery", self.client.get(place)).await?;
        match metadata.fault(&self.settings.issuer) {
            None => Ok(metadata),
            Some(fault) => Err(ProviderFault::Unfit(fault)),
        }
    }

    /// Its keys; with `anew` those of now, since a token names one that is not known, or was not signed by it. Whether they are of now.
    pub(super) async fn keys(&self, anew: bool) -> Result<(Arc<Vec<Jwk>>, bool), ProviderFault> {
        let mut known = self.known.lock().await;
        if let Some((keys, at)) = &known.keys
            && at.elapsed() < KEPT
            && !anew
        {
            return Ok((Arc::clone(keys), false));
        }
        let metadata = self.known_metadata(&mut known).await?;
        let all: Keys = self
            .ask("keys", self.client.get(metadata.jwks_uri.0.clone()))
            .await?;
        // A key of a kind that is not known hides no other.
        let all = all
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok());
        let keys = Arc::new(all.take(MOST_KEYS).collect::<Vec<Jwk>>());
        known.keys = Some((Arc::clone(&keys), Instant::now()));
        Ok((keys, true))
    }

    /// The token request (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
    pub(super) async fn exchange(&self, code: &str, flow: &Flow) -> Result<Tokens, ProviderFault> {
        let metadata = self.metadata().await?;
        let method = metadata.proof();
        let request = self.token_request(&metadata, code, flow);
        let answer = self.ask("tokens", request).await;
        answer.map_err(|fault| errors::of_client(fault, method))
    }

    fn token_request(&self, metadata: &Metadata, code: &str, flow: &Flow) -> RequestBuilder {
        let Oidc { client_id, .. } = &self.settings;
        let (redirect, verifier) = (self.settings.place(BACK), flow.verifier());
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", verifier.as_str()),
            ("client_id", client_id.as_str()),
        ];
        let mut request = self.client.post(metadata.token_endpoint.0.clone());
        if metadata.proof() == POST {
            pairs.push(("client_secret", self.secret.as_str()));
        } else {
            // RFC 6749 section 2.3.1: encoded as in a form, then as in RFC 7617.
            let both = Zeroizing::new(format!("{}:{}", url(client_id), url(&self.secret)));
            request = authorized(request, "Basic", &STANDARD.encode(both.as_bytes()));
        }
        let form: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", url(value)))
            .collect();
        let form = Zeroizing::new(form.join("&"));
        request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.as_bytes().to_vec())
    }

    /// More claims of whom the access token was given to (OpenID Connect Core 1.0 section 5.3).
    pub(super) async fn userinfo(&self, token: &str) -> Result<Option<Claims>, ProviderFault> {
        let metadata = self.metadata().await?;
        let Some(place) = metadata.userinfo_endpoint.clone() else {
            return Ok(None);
        };
        let request = authorized(self.client.get(place.0), "Bearer", token);
        self.ask("userinfo", request).await.map(Some)
    }

    /// What is wrong with the provider, or with what is configured of it; the sentence says how it is when all is well.
    pub(crate) async fn examine(&self) -> Result<String, ProviderFault> {
        let metadata = self.metadata().await?;
        let (keys, _) = self.keys(false).await?;
        let usable = |key: &&Jwk| {
            ALGORITHMS
                .iter()
                .any(|(_, algorithm)| fits(key, *algorithm))
        };
        match keys.iter().filter(usable).count() {
            0 => Err(ProviderFault::Unfit(
                "the provider has no key for RS256, PS256, ES256 or EdDSA".into(),
            )),
            count => Ok(format!("{}, keys that sign: {count}", metadata.issuer)),
        }
    }

    /// Whether it takes our client: a code that it never gave is refused, and before that whoever is not the client.
    pub(crate) async fn takes_client(&self) -> Result<(), ProviderFault> {
        let Ok(flow) = Flow::begin("/") else {
            return Ok(());
        };
        match self.exchange("pillarbox-doctor", &flow).await {
            Ok(_) | Err(ProviderFault::Refused(_)) => Ok(()),
            Err(fault @ (ProviderFault::Away(_) | ProviderFault::Unfit(_))) => Err(fault),
        }
    }

    /// Tells the log at the start what is wrong; nobody waits for it, and local accounts sign in anyhow.
    pub(crate) async fn tell(&self) {
        match self.examine().await {
            Ok(seen) => tracing::info!(seen, "the OpenID Connect provider answers"),
            Err(fault @ ProviderFault::Away(_)) => {
                tracing::warn!(%fault, "nobody can sign in with OpenID Connect now; tried again when somebody does");
            }
            Err(fault @ (ProviderFault::Unfit(_) | ProviderFault::Refused(_))) => {
                tracing::error!(%fault, "nobody can sign in with OpenID Connect: see [console.oidc] and `pillarbox doctor`");
            }
        }
    }

    /// An answer as JSON. Faults say what was asked, and nothing of what was sent or answered.
    async fn ask<T: DeserializeOwned>(
        &self,
        what: &'static str,
        request: RequestBuilder,
    ) -> Result<T, ProviderFault> {
        let away = |why: &str| ProviderFault::Away(format!("{what}: {why}"));
        let mut answer = request.send().await.map_err(|error| away(reason(&error)))?;
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(|error| away(reason(&error)))? {
            if body.len().saturating_add(chunk.len()) > LONGEST {
                return Err(away("more than 256 KiB"));
            }
            body.extend_from_slice(&chunk);
        }
        let status = answer.status();
        if status.is_client_error()
            && let Some(word) = errors::in_body(&body)
        {
            return Err(ProviderFault::Refused(word));
        }
        if !status.is_success() {
            return Err(away(&format!("answers {}", status.as_u16())));
        }
        serde_json::from_slice(&body).map_err(|_| away("answers something else"))
    }
}

fn authorized(request: RequestBuilder, scheme: &str, credentials: &str) -> RequestBuilder {
    let text = Zeroizing::new(format!("{scheme} {credentials}"));
    match HeaderValue::from_str(&text) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(AUTHORIZATION, value)
        }
        // Then the provider says that it is missing.
        Err(_) => request,
    }
}

fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection, or no certificate that is trusted"
    } else {
        "the connection broke"
    }
}

/// Where a provider is, without what may follow; for pages and logs.
impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = Url::parse(&self.settings.issuer).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        write!(f, "Provider({host})")
    }
}
