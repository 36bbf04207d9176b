//! MTA-STS (RFC 8461): a domain's promise, served over HTTPS, that its mail exchangers speak TLS with good certificates.
//!
//! Policies are kept in memory only: whom we know policies of would tell a database thief whom we write to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

use super::attempt::TlsFailure;
use super::certificates::Authorities;
use super::route::may_be_called;
use crate::dns::{DnsFault, Resolver};
use crate::web;

/// RFC 8461 section 3.3: a minute is suggested; and nobody should need longer for 64 KiB.
const PATIENCE: Duration = Duration::from_secs(20);
/// RFC 8461 section 3.3.
const LONGEST_BODY: usize = 64 << 10;
/// RFC 8461 section 3.2: `max_age` is a year at most.
const LONGEST_AGE: Duration = Duration::from_secs(31_557_600);
/// How long a failed fetch, or a policy that promises nothing, is left alone.
const PAUSE: Duration = Duration::from_secs(300);
/// Policies kept; beyond that those that end first go.
const MOST: usize = 10_000;

/// What a domain promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    pub mode: Mode,
    /// Patterns of exchangers, lower case.
    pub mx: Vec<String>,
    /// As it was served, for reports.
    pub lines: Vec<String>,
    max_age: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Enforce,
    Testing,
    None,
}

/// The policy in force, and what went wrong while it was looked for.
#[derive(Default)]
pub(super) struct Known {
    pub policy: Option<Arc<Policy>>,
    pub failure: Option<(TlsFailure, &'static str)>,
}

/// Fetches policies and remembers them.
pub(super) struct Policies {
    resolver: Resolver,
    authorities: Authorities,
    port: u16,
    /// Networks that are not the internet, in which policy hosts may be.
    allowed: Vec<IpNet>,
    cache: Mutex<HashMap<String, Cached>>,
}

#[derive(Clone)]
struct Cached {
    id: String,
    policy: Option<Arc<Policy>>,
    ends: Instant,
    /// Not asked for again before, whatever the id.
    again: Instant,
    failure: Option<(TlsFailure, &'static str)>,
}

impl Policies {
    pub(super) fn new(
        resolver: Resolver,
        authorities: Authorities,
        port: u16,
        allowed: Vec<IpNet>,
    ) -> Policies {
        Policies {
            resolver,
            authorities,
            port,
            allowed,
            cache: Mutex::default(),
        }
    }

    /// The domain's policy. A policy that was seen holds until it ends, whatever an attacker does to DNS or HTTPS
    /// (section 3.3); no policy was seen and none can be fetched: none holds (section 2).
    ///
    /// # Errors
    /// [`DnsFault::Bogus`]: somebody forges the answer.
    pub(super) async fn of(&self, domain: &str) -> Result<Known, DnsFault> {
        let now = Instant::now();
        let cached = self.cache().get(domain).cloned();
        let valid = cached.as_ref().filter(|cached| cached.ends > now);
        let held = valid.and_then(|cached| cached.policy.clone());
        let id = match self.resolver.txt(&format!("_mta-sts.{domain}")).await {
            Ok(answer) => policy_id(&answer.records),
            Err(DnsFault::Temporary) => None,
            Err(DnsFault::Bogus) if held.is_none() => return Err(DnsFault::Bogus),
            Err(DnsFault::Bogus) => None,
        };
        let Some(id) = id else {
            let policy = held;
            return Ok(Known {
                policy,
                failure: None,
            });
        };
        if let Some(cached) = &cached {
            let current = held.is_some() && cached.id == id;
            if current || cached.again > now {
                let failure = cached.failure;
                return Ok(Known {
                    policy: held,
                    failure,
                });
            }
        }
        let fetched = self.fetch(domain).await;
        let entry = match fetched {
            Ok(policy) => Cached {
                id,
                ends: now + policy.max_age,
                policy: Some(Arc::new(policy)),
                again: now,
                failure: None,
            },
            // The policy that was seen before stays in force.
            Err(failure) => Cached {
                id: cached
                    .as_ref()
                    .map(|cached| cached.id.clone())
                    .unwrap_or_default(),
                policy: held,
                ends: valid.map_or(now + PAUSE, |cached| cached.ends),
                again: now + PAUSE,
                failure: Some(failure),
            },
        };
        let known = Known {
            policy: entry.policy.clone(),
            failure: entry.failure,
        };
        self.keep(domain, entry);
        Ok(known)
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<String, Cached>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, domain: &str, entry: Cached) {
        let now = Instant::now();
        let mut cache = self.cache();
        if cache.len() >= MOST {
            cache.retain(|_, cached| cached.ends > now);
        }
        if cache.len() >= MOST {
            let first = cache.iter().min_by_key(|(_, cached)| cached.ends);
            let first = first.map(|(domain, _)| domain.clone());
            first.and_then(|domain| cache.remove(&domain));
        }
        cache.insert(domain.to_owned(), entry);
    }

    async fn fetch(&self, domain: &str) -> Result<Policy, (TlsFailure, &'static str)> {
        let failed = |reason| (TlsFailure::StsPolicyFetchError, reason);
        let host = format!("mta-sts.{domain}");
        let answer = self.resolver.addresses(&host).await;
        let addresses: Vec<SocketAddr> = answer
            .map_err(|_| failed("dns"))?
            .records
            .into_iter()
            .filter(|address| may_be_called(&self.allowed, *address))
            .map(|address| SocketAddr::new(address, self.port))
            .collect();
        if addresses.is_empty() {
            return Err(failed("no-address"));
        }
        let tls = self.authorities.https().map_err(|_| failed("tls"))?;
        // Section 3.3: redirects are not followed.
        let client = web::client(PATIENCE)
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .resolve_to_addrs(&host, &addresses)
            .build()
            .map_err(|_| failed("client"))?;
        let url = format!("https://{host}:{}/.well-known/mta-sts.txt", self.port);
        let mut response = client.get(url).send().await.map_err(|error| why(&error))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(failed("http-status"));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_BODY {
                return Err((TlsFailure::StsPolicyInvalid, "too-long"));
            }
        }
        parse(&body).ok_or((TlsFailure::StsPolicyInvalid, "syntax"))
    }
}

/// Whether it was the certificate.
fn why(error: &reqwest::Error) -> (TlsFailure, &'static str) {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = one.downcast_ref() {
            return (TlsFailure::StsWebpkiInvalid, "certificate");
        }
        // `source` of an I/O error skips what it was made of.
        let made_of = one
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match made_of {
            Some(inner) => Some(inner),
            None => one.source(),
        };
    }
    (TlsFailure::StsPolicyFetchError, "https")
}

/// The id of the one record that is a policy's (section 3.1); several are none.
fn policy_id(records: &[String]) -> Option<String> {
    let mut policies = records.iter().filter(|record| {
        let version = record.split(';').next().unwrap_or_default();
        version.split_whitespace().collect::<String>() == "v=STSv1"
    });
    let (record, None) = (policies.next()?, policies.next()) else {
        return None;
    };
    let mut fields = record.split(';').filter_map(|field| field.split_once('='));
    let (_, id) = fields.find(|(name, _)| name.trim() == "id")?;
    let id = id.trim();
    let fits =
        (1..=32).contains(&id.len()) && id.bytes().all(|octet| octet.is_ascii_alphanumeric());
    fits.then(|| id.to_owned())
}

/// Section 3.2: the first of each key counts, unknown keys don't.
fn parse(body: &[u8]) -> Option<Policy> {
    let text = std::str::from_utf8(body).ok()?;
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let fields: Vec<(&str, &str)> = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let first = |wanted: &str| {
        let mut named = fields.iter().filter(|(name, _)| *name == wanted);
        named.next().map(|(_, value)| *value)
    };
    if first("version") != Some("STSv1") {
        return None;
    }
    let mode = match first("mode")? {
        "enforce" => Mode::Enforce,
        "testing" => Mode::Testing,
        "none" => Mode::None,
        _ => return None,
    };
    let max_age = Duration::from_secs(first("max_age")?.parse().ok()?).min(LONGEST_AGE);
    let mx: Vec<String> = fields
        .iter()
        .filter(|(name, _)| *name == "mx")
        .map(|(_, pattern)| pattern.to_lowercase())
        .collect();
    (mode == Mode::None || !mx.is_empty()).then_some(Policy {
        mode,
        mx,
        lines,
        max_age,
    })
}

impl Policy {
    /// Whether an exchanger is one of the listed; `*.` stands for exactly one label (section 4.1).
    pub(super) fn lists(&self, host: &str) -> bool {
        let parent = host.split_once('.').map_or("", |(_, parent)| parent);
        self.mx
            .iter()
            .any(|pattern| match pattern.strip_prefix("*.") {
                Some(rest) => rest == parent,
                None => pattern == host,
            })
    }
}
