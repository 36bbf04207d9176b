//! The one resolver of the daemon: validates DNSSEC itself (RFC 4035) and caches.
//!
//! What hickory proves record by record becomes one word an answer, in [`proof`]; a doubt is never [`Security::Secure`].

mod proof;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::dnssec::TrustAnchors;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;

use crate::config;

/// Validated denials tell no lifetime (hickory drops it), so they are kept this long (RFC 2308 section 5 allows hours).
const DENIAL: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(86_400);

/// The resolver; clones share connections and cache.
#[derive(Clone)]
pub struct Resolver {
    hickory: TokioResolver,
    validate: bool,
    timeout: Duration,
}

/// Records of one name and type; empty when the name or the type does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// The records, in the order of the answer unless said otherwise.
    pub records: Vec<T>,
    /// What DNSSEC says of them, or of their absence.
    pub security: Security,
}

/// What DNSSEC says of an answer (RFC 4033 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Every record from the question to the answer, or the denial of it, is signed up to a trust anchor.
    Secure,
    /// Somewhere on the way a zone is provably unsigned.
    Insecure,
    /// Validation is off.
    Unchecked,
}

/// Why there is no answer. Both are temporary: nothing may be concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsFault {
    /// No server answered in time, or it could not.
    #[error("the name servers gave no answer")]
    Temporary,
    /// Signatures are missing or wrong where they must be right: an attack or a mistake of the zone.
    #[error("DNSSEC validation failed")]
    Bogus,
}

/// A mail exchanger (RFC 5321 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// Host without the final dot; empty in a null MX (RFC 7505).
    pub host: String,
}

/// A TLSA record (RFC 6698 section 2), unjudged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsa {
    /// Certificate usage.
    pub usage: u8,
    /// Selector.
    pub selector: u8,
    /// Matching type.
    pub matching: u8,
    /// Certificate association data.
    pub data: Vec<u8>,
}

/// A host: where it is, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// IPv4 addresses, then IPv6 addresses.
    pub addresses: Answer<IpAddr>,
    /// The name that it has behind all aliases, when it was asked for by another; `addresses.security` is that of the way there,
    /// too.
    pub alias_of: Option<String>,
}

impl Resolver {
    /// Builds it; asks nothing yet. A `resolv.conf` or trust anchor file that can't be read is logged and [`DnsFault::Temporary`].
    pub fn new(settings: &config::Dns) -> Result<Resolver, DnsFault> {
        let timeout = settings.timeout.0;
        let servers = servers(settings)?;
        let mut builder = TokioResolver::builder_with_config(
            ResolverConfig::from_name_servers(servers),
            TokioRuntimeProvider::default(),
        )
        .with_options(options(settings));
        if settings.dnssec {
            builder = builder.with_trust_anchor(Arc::new(anchors(settings)?));
        }
        let hickory = builder.build().map_err(unusable)?;
        Ok(Resolver {
            hickory,
            validate: settings.dnssec,
            timeout,
        })
    }

    /// Mail exchangers of a domain, by preference; a null MX is one with an empty host.
    pub async fn mx(&self, domain: &str) -> Result<Answer<Mx>, DnsFault> {
        let mut answer = self
            .lookup(domain, RecordType::MX, |data| {
                let RData::MX(mx) = data else { return None };
                Some(Mx {
                    preference: mx.preference,
                    host: host(&mx.exchange),
                })
            })
            .await?;
        answer.records.sort();
        Ok(answer)
    }

    /// IPv4 addresses, then IPv6 addresses; secure only if both lookups are.
    ///
    /// A failed lookup of one family fails both, unless the other answered without DNSSEC: where nothing can be
    /// enforced (RFC 7672 section 2.1.2) a broken AAAA must not stop mail.
    pub async fn addresses(&self, host: &str) -> Result<Answer<IpAddr>, DnsFault> {
        Ok(self.host(host).await?.addresses)
    }

    /// As [`Resolver::addresses`], with the name behind all aliases.
    pub async fn host(&self, asked: &str) -> Result<Host, DnsFault> {
        let four = self.named(asked, RecordType::A, RData::ip_addr);
        let six = self.named(asked, RecordType::AAAA, RData::ip_addr);
        let (addresses, name) = match tokio::join!(four, six) {
            (Ok((four, name)), Ok((six, other))) => {
                let name = if four.records.is_empty() { other } else { name };
                let six = self.again(&four, six, &name, RecordType::AAAA).await?;
                let four = self.again(&six, four, &name, RecordType::A).await?;
                let security = four.security.weaker(six.security);
                let records = four.records.into_iter().chain(six.records).collect();
                (Answer { records, security }, name)
            }
            (Ok(usable), Err(DnsFault::Temporary)) | (Err(DnsFault::Temporary), Ok(usable))
                if usable.0.security != Security::Secure && !usable.0.records.is_empty() =>
            {
                usable
            }
            (Err(fault), _) | (_, Err(fault)) => return Err(fault),
        };
        let same = parse(asked).is_none_or(|asked| host(&asked) == name);
        Ok(Host {
            addresses,
            alias_of: (!same).then_some(name),
        })
    }

    /// Behind an alias a denial is never secure: where the other family's records are, it is asked for at the name itself.
    async fn again(
        &self,
        other: &Answer<IpAddr>,
        denied: Answer<IpAddr>,
        name: &str,
        kind: RecordType,
    ) -> Result<Answer<IpAddr>, DnsFault> {
        let proved = other.security == Security::Secure && !other.records.is_empty();
        if proved && denied.records.is_empty() && denied.security == Security::Insecure {
            return self.lookup(name, kind, RData::ip_addr).await;
        }
        Ok(denied)
    }

    /// TLSA records of a name such as `_25._tcp.mx.example`.
    pub async fn tlsa(&self, name: &str) -> Result<Answer<Tlsa>, DnsFault> {
        self.lookup(name, RecordType::TLSA, |data| {
            let RData::TLSA(tlsa) = data else { return None };
            Some(Tlsa {
                usage: tlsa.cert_usage.into(),
                selector: tlsa.selector.into(),
                matching: tlsa.matching.into(),
                data: tlsa.cert_data.clone(),
            })
        })
        .await
    }

    /// TXT records, each with its strings joined (RFC 7208 section 3.3); octets that are not UTF-8 are replaced.
    pub async fn txt(&self, name: &str) -> Result<Answer<String>, DnsFault> {
        self.lookup(name, RecordType::TXT, |data| {
            let RData::TXT(txt) = data else { return None };
            Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned())
        })
        .await
    }

    /// Hickory's resolver itself, for a library that does its own look-ups with the same cache and trust anchors.
    pub(crate) fn hickory(&self) -> &TokioResolver {
        &self.hickory
    }

    async fn lookup<T>(
        &self,
        name: &str,
        kind: RecordType,
        take: impl Fn(&RData) -> Option<T>,
    ) -> Result<Answer<T>, DnsFault> {
        Ok(self.named(name, kind, take).await?.0)
    }

    /// The answer, and the name behind all aliases.
    async fn named<T>(
        &self,
        name: &str,
        kind: RecordType,
        take: impl Fn(&RData) -> Option<T>,
    ) -> Result<(Answer<T>, String), DnsFault> {
        let Some(name) = parse(name) else {
            // Not a name, so there is nothing to ask.
            let none = Answer {
                records: Vec::new(),
                security: self.unproven(),
            };
            return Ok((none, name.to_owned()));
        };
        let asked = async {
            match self.hickory.lookup(name.clone(), kind).await {
                Ok(lookup) => proof::positive(&name, kind, &lookup, self.validate),
                Err(error) => self.negative(&name, error).await,
            }
        };
        let proven = tokio::time::timeout(self.timeout, asked).await;
        let proven = proven.unwrap_or(Err(DnsFault::Temporary));
        if proven.as_ref().err() == Some(&DnsFault::Bogus) {
            // Hickory may have kept what we refuse: the next question must reach the servers.
            self.hickory.clear_lookup_cache(name.clone(), kind);
        }
        let proven = proven?;
        let answer = Answer {
            records: proven.records.iter().filter_map(take).collect(),
            security: proven.security,
        };
        Ok((answer, host(&proven.name)))
    }

    fn unproven(&self) -> Security {
        if self.validate {
            Security::Insecure
        } else {
            Security::Unchecked
        }
    }
}

impl Security {
    /// The weaker of two: what may be said of both together.
    pub fn weaker(self, other: Security) -> Security {
        match (self, other) {
            (Security::Unchecked, _) | (_, Security::Unchecked) => Security::Unchecked,
            (Security::Insecure, _) | (_, Security::Insecure) => Security::Insecure,
            (Security::Secure, Security::Secure) => Security::Secure,
        }
    }
}

/// A fully qualified name, so that no search list of this machine is tried; none when it can't be one.
fn parse(name: &str) -> Option<Name> {
    let mut name = if name.is_ascii() {
        Name::from_ascii(name).ok()?
    } else {
        Name::from_utf8(name).ok()?
    };
    name.set_fqdn(true);
    Some(name)
}

fn host(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn servers(settings: &config::Dns) -> Result<Vec<NameServerConfig>, DnsFault> {
    if settings.servers.is_empty() {
        let (system, _) = read_system_conf().map_err(unusable)?;
        return Ok(system.name_servers().to_vec());
    }
    let server = |address: &std::net::SocketAddr| {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
            way.port = address.port();
            way
        });
        NameServerConfig::new(address.ip(), true, connections.into())
    };
    Ok(settings.servers.iter().map(server).collect())
}

fn options(settings: &config::Dns) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.validate = settings.dnssec;
    // Two tries in the time of one lookup.
    options.attempts = 1;
    options.timeout = settings.timeout.0 / 2;
    options.cache_size = settings.cache;
    // Above the limit hickory would ask again at once, without end.
    options.max_active_requests = 4096;
    options.use_hosts_file = ResolveHosts::Never;
    // The proofs of every CNAME on the way are needed.
    options.preserve_intermediates = true;
    options.edns0 = true;
    options.negative_min_ttl = Some(DENIAL);
    options.negative_max_ttl = Some(DENIAL * 60);
    options.positive_max_ttl = Some(LONGEST);
    options
}

fn anchors(settings: &config::Dns) -> Result<TrustAnchors, DnsFault> {
    let Some(path) = &settings.trust_anchor_file else {
        return Ok(TrustAnchors::default());
    };
    TrustAnchors::from_file(path).map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> DnsFault {
    tracing::error!(%error, "the resolver can't be used: see [dns] in the configuration");
    DnsFault::Temporary
}
