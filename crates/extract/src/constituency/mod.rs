//! Whose problem it is: which of a value's networks and domains are the constituency's own, and which names only look so.

mod alike;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

use crate::{Endpoint, Indicator, IndicatorKind, url_host};

/// The networks and domains that somebody answers for. Where the lists come from is the caller's business.
#[derive(Debug, Default)]
pub struct Constituency {
    /// The most specific first.
    networks: Vec<IpNet>,
    known: BTreeSet<IpNet>,
    /// Which prefix lengths there are, the longest first.
    lengths: Vec<u8>,
    domains: BTreeSet<String>,
    alike: alike::Names,
}

/// How a value stands to the constituency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Belonging {
    /// Own, or only like it.
    pub relation: Relation,
    /// The network or domain of the constituency.
    pub of: String,
    /// By which rule it looks alike; `None` for what is its own.
    pub rule: Option<Rule>,
}

/// Own, or only like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// In one of its networks, or in or below one of its domains.
    Own,
    /// A name that people may take for one of its domains.
    LookAlike,
}

/// By which rule a name looks like a domain of the constituency, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The whole domain stands inside another: `bank.example.evil.test`, `bank-example.evil.test`.
    Inside,
    /// Letters that look the same: of another script, or `rn` for `m`.
    Confusable,
    /// Digits for letters: `b4nk`.
    Digits,
    /// A hyphen more or less.
    Hyphen,
    /// The same name under another suffix.
    Suffix,
    /// A letter or two more, less, other or swapped.
    Edit,
    /// The name beside another word: `stadtbank-login`.
    Word,
}

impl Rule {
    /// Its name in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Inside => "inside",
            Rule::Confusable => "confusable",
            Rule::Digits => "digits",
            Rule::Hyphen => "hyphen",
            Rule::Suffix => "suffix",
            Rule::Edit => "edit",
            Rule::Word => "word",
        }
    }
}

impl std::fmt::Display for Belonging {
    /// `198.51.100.0/24`, or `like bank.example (digits)`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.rule {
            None => out.write_str(&self.of),
            Some(rule) => write!(out, "like {} ({})", self.of, rule.as_str()),
        }
    }
}

impl Constituency {
    /// Of these networks and domains; domains in any case, as A-labels or not.
    pub fn new<'a>(
        networks: impl IntoIterator<Item = IpNet>,
        domains: impl IntoIterator<Item = &'a str>,
    ) -> Constituency {
        let known: BTreeSet<IpNet> = networks.into_iter().map(|net| net.trunc()).collect();
        let mut networks: Vec<IpNet> = known.iter().copied().collect();
        networks.sort_by_key(|net| Reverse(net.prefix_len()));
        let mut lengths: Vec<u8> = networks.iter().map(IpNet::prefix_len).collect();
        lengths.dedup();
        let domains: BTreeSet<String> = domains.into_iter().map(alike::readable).collect();
        Constituency {
            alike: alike::Names::new(&domains),
            networks,
            known,
            lengths,
            domains,
        }
    }

    /// The most specific network that an address, CIDR or range lies in, else the most specific that has a part of it.
    #[must_use]
    pub fn of_address(&self, text: &str) -> Option<Belonging> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => self.around(address.to_canonical()),
            Err(_) => {
                let (first, last) = ends(text)?;
                let has = |net: &&IpNet, ip: &IpAddr| net.contains(ip);
                let whole = self
                    .networks
                    .iter()
                    .find(|net| has(net, &first) && has(net, &last));
                let part = |net: &&IpNet| net.network() <= last && net.broadcast() >= first;
                let same = |net: &&IpNet| net.addr().is_ipv4() == first.is_ipv4();
                let part = || self.networks.iter().filter(same).find(part);
                whole.or_else(part).copied()
            }
        }?;
        Some(own(network.to_string()))
    }

    fn around(&self, address: IpAddr) -> Option<IpNet> {
        let nets = self
            .lengths
            .iter()
            .filter_map(|length| IpNet::new(address, *length).ok());
        nets.map(|net| net.trunc())
            .find(|net| self.known.contains(net))
    }

    /// The domain that a host's name is or lies below, the longest: some hundred times faster than to ask what it looks like, too.
    #[must_use]
    pub fn of_own_name(&self, name: &str) -> Option<Belonging> {
        self.domain_of(&alike::readable(name))
    }

    fn domain_of(&self, readable: &str) -> Option<Belonging> {
        let names = std::iter::successors(Some(readable), |name| {
            name.split_once('.').map(|(_, above)| above)
        });
        let mut own_names = names.filter(|name| self.domains.contains(*name));
        own_names.next().map(|name| own(name.to_owned()))
    }

    /// The domain that a host's name is or lies below, the longest; else the one that its name looks like.
    #[must_use]
    pub fn of_name(&self, name: &str) -> Option<Belonging> {
        if self.domains.is_empty() {
            return None;
        }
        let name = alike::readable(name);
        if let Some(own) = self.domain_of(&name) {
            return Some(own);
        }
        let (of, rule) = self.alike.of(&name)?;
        Some(Belonging {
            relation: Relation::LookAlike,
            of: of.to_owned(),
            rule: Some(rule),
        })
    }

    /// Of a host: a name or an address.
    #[must_use]
    pub fn of_host(&self, host: &str) -> Option<Belonging> {
        match host.parse::<IpAddr>() {
            Ok(_) => self.of_address(host),
            Err(_) => self.of_name(host),
        }
    }

    /// Of what was found; of mail addresses and URLs the host counts.
    #[must_use]
    pub fn of_indicator(&self, one: &Indicator) -> Option<Belonging> {
        match one.kind {
            IndicatorKind::Ipv4
            | IndicatorKind::Ipv6
            | IndicatorKind::Cidr
            | IndicatorKind::IpRange => self.of_address(&one.value),
            IndicatorKind::Domain => self.of_name(&one.value),
            IndicatorKind::Url => self.of_host(&url_host(&one.value)),
            IndicatorKind::Email => self.of_name(one.value.rsplit('@').next()?),
            IndicatorKind::Md5
            | IndicatorKind::Sha1
            | IndicatorKind::Sha256
            | IndicatorKind::Sha512
            | IndicatorKind::Cve
            | IndicatorKind::Asn
            | IndicatorKind::Bitcoin => None,
        }
    }

    /// Of a party; `None` when only its port is known.
    #[must_use]
    pub fn of_endpoint(&self, end: &Endpoint) -> Option<Belonging> {
        self.of_address(end.ip.as_deref()?)
    }
}

fn own(of: String) -> Belonging {
    Belonging {
        relation: Relation::Own,
        of,
        rule: None,
    }
}

/// First and last address of a network or range.
fn ends(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Ok(net) = text.parse::<IpNet>() {
        return Some((net.network(), net.broadcast()));
    }
    let (first, last) = text.split_once('-')?;
    let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first.is_ipv4() == last.is_ipv4()).then_some((first, last))
}
