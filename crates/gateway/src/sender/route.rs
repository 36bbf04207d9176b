//! Where a domain's mail goes: MX records, address literals, fixed routes (RFC 5321 section 5.1, RFC 7505).

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::config::{Outbox, host_and_port};
use crate::dns::{DnsFault, Mx, Resolver, Security};
use crate::transport::destination::is_public;

/// Mail exchangers of one domain that are tried in one attempt.
const EXCHANGERS: usize = 8;
/// Addresses of one exchanger that are tried in one attempt.
const ADDRESSES: usize = 4;

/// A host that takes mail for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exchanger {
    /// Its name, lower case; an address in a literal.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it was found.
    pub found: Found,
}

/// How an exchanger was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// By MX records, or by their provable absence; DANE needs them secure.
    ByDns(Security),
    /// In the configuration: nobody could forge it.
    Configured,
    /// In the address itself: `user@[192.0.2.1]`.
    Literal(IpAddr),
}

/// Why there is no exchanger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// Never: an enhanced status of ours, and whether it says something about the contact.
    Permanent(&'static str),
    /// Not now: a word of ours.
    Temporary(&'static str),
    /// DNSSEC validation failed.
    Bogus,
}

impl From<DnsFault> for NoRoute {
    fn from(fault: DnsFault) -> NoRoute {
        match fault {
            DnsFault::Temporary => NoRoute::Temporary("dns"),
            DnsFault::Bogus => NoRoute::Bogus,
        }
    }
}

/// The part behind the last `@`, lower case.
pub(super) fn domain_of(recipient: &str) -> String {
    recipient
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain)
        .trim_end_matches('.')
        .to_lowercase()
}

/// The exchangers of a domain in the order in which they are tried.
pub(super) async fn exchangers(
    resolver: &Resolver,
    settings: &Outbox,
    domain: &str,
) -> Result<Vec<Exchanger>, NoRoute> {
    let port = settings.mx_port;
    if let Some(literal) = literal(domain) {
        let host = literal.to_string();
        let found = Found::Literal(literal);
        return Ok(vec![Exchanger { host, port, found }]);
    }
    let peer = settings
        .peer
        .iter()
        .find(|peer| peer.domain.eq_ignore_ascii_case(domain));
    if let Some((host, port)) = peer.and_then(|peer| host_and_port(&peer.host)) {
        let found = Found::Configured;
        return Ok(vec![Exchanger { host, port, found }]);
    }
    let answer = resolver.mx(domain).await?;
    let found = Found::ByDns(answer.security);
    if answer.records.is_empty() {
        // The domain itself is the exchanger (RFC 5321 section 5.1); whether it has addresses is seen when they are needed.
        let host = domain.to_owned();
        return Ok(vec![Exchanger { host, port, found }]);
    }
    if answer.records.iter().all(|mx| mx.host.is_empty()) {
        return Err(NoRoute::Permanent("5.1.10"));
    }
    let hosts = in_order(answer.records, &settings.helo);
    if hosts.is_empty() {
        return Err(NoRoute::Permanent("5.4.6"));
    }
    let exchanger = |host| Exchanger { host, port, found };
    Ok(hosts.into_iter().take(EXCHANGERS).map(exchanger).collect())
}

/// By preference, equals in random order; what is ours, and what is no better than ours, is left out: mail would loop.
fn in_order(records: Vec<Mx>, own: &str) -> Vec<String> {
    let ours = records
        .iter()
        .filter(|mx| mx.host.eq_ignore_ascii_case(own))
        .map(|mx| mx.preference)
        .min();
    let mut hosts: Vec<(u16, u16, String)> = records
        .into_iter()
        .filter(|mx| !mx.host.is_empty() && ours.is_none_or(|ours| mx.preference < ours))
        .map(|mx| (mx.preference, random(), mx.host.to_lowercase()))
        .collect();
    hosts.sort();
    hosts.into_iter().map(|(_, _, host)| host).collect()
}

fn random() -> u16 {
    let mut octets = [0; 2];
    // Without randomness the order is that of the answer.
    let _ = getrandom::fill(&mut octets);
    u16::from_le_bytes(octets)
}

/// `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 section 4.1.3).
fn literal(domain: &str) -> Option<IpAddr> {
    let inner = domain.strip_prefix('[')?.strip_suffix(']')?;
    match inner.strip_prefix("ipv6:") {
        Some(six) => six.parse().ok().map(IpAddr::V6),
        None => inner.parse().ok().map(IpAddr::V4),
    }
}

/// Where an exchanger is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub addresses: Vec<SocketAddr>,
    /// Whether DNSSEC proves them, and the aliases on the way.
    pub security: Security,
    /// Its name behind aliases, if it is one.
    pub alias_of: Option<String>,
}

/// Addresses of an exchanger.
pub(super) async fn addresses(
    resolver: &Resolver,
    settings: &Outbox,
    exchanger: &Exchanger,
) -> Result<Located, NoRoute> {
    let mut alias_of = None;
    let (found, security) = match exchanger.found {
        Found::Literal(address) => (vec![address], Security::Insecure),
        Found::Configured => (configured(exchanger).await?, Security::Insecure),
        Found::ByDns(_) => {
            let host = resolver.host(&exchanger.host).await?;
            alias_of = host.alias_of;
            (host.addresses.records, host.addresses.security)
        }
    };
    if found.is_empty() {
        return Err(NoRoute::Permanent("5.4.4"));
    }
    let any = exchanger.found == Found::Configured;
    let (six, four): (Vec<IpAddr>, Vec<IpAddr>) = found
        .into_iter()
        .filter(|address| any || may_be_called(&settings.allowed_networks, *address))
        .partition(IpAddr::is_ipv6);
    let addresses: Vec<SocketAddr> = alternating(six, four)
        .into_iter()
        .take(ADDRESSES)
        .map(|address| SocketAddr::new(address, exchanger.port))
        .collect();
    if addresses.is_empty() {
        // A stranger's MX that points at this machine, or at our networks, would have us talk to our own MTA.
        return Err(NoRoute::Permanent("5.4.6"));
    }
    Ok(Located {
        addresses,
        security,
        alias_of,
    })
}

/// Whether a name or an address of a stranger's choice may lead here: to the internet, or where the configuration says.
pub(crate) fn may_be_called(allowed: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    is_public(address) || allowed.iter().any(|network| network.contains(&address))
}

async fn configured(exchanger: &Exchanger) -> Result<Vec<IpAddr>, NoRoute> {
    let found = tokio::net::lookup_host((exchanger.host.as_str(), exchanger.port)).await;
    let found = found.map_err(|_| NoRoute::Temporary("dns"))?;
    Ok(found.map(|address| address.ip()).collect())
}

/// One of each family in turn, so that a family without a way out costs one try before the other has its chance.
fn alternating(six: Vec<IpAddr>, four: Vec<IpAddr>) -> Vec<IpAddr> {
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    let mut all = Vec::new();
    loop {
        let (one, other) = (six.next(), four.next());
        if one.is_none() && other.is_none() {
            return all;
        }
        all.extend(one);
        all.extend(other);
    }
}
