//! Whose an address, a domain or a network is. Made from all organisations at once: a few thousand are opened in a fraction of a
//! second, and by the daemon only when the register has changed, so nothing needs to be found in the database, where an index would
//! tell what it is of.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use extract::{Extraction, Indicator, IndicatorKind, Role};
use ipnet::IpNet;

use super::Kept;
use super::organisation::Organisation;
use extract::url_host;
use uuid::Uuid;

/// All organisations, found by what is theirs.
#[derive(Debug, Default)]
pub struct Directory {
    /// In order of their names.
    pub organisations: Vec<Organisation>,
    addresses: BTreeMap<String, Vec<usize>>,
    domains: BTreeMap<String, Vec<usize>>,
    networks: BTreeMap<IpNet, Vec<usize>>,
    /// By name; empty for organisations that are in no register.
    ids: BTreeMap<String, Uuid>,
}

/// An organisation, and what of it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// Which.
    pub organisation: &'a Organisation,
    /// Its mail address, domain or network.
    pub by: String,
}

/// An organisation that a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concerned<'a> {
    /// Which.
    pub organisation: &'a Organisation,
    /// What of it was found in the report, in order of place; never empty.
    pub values: Vec<Touched<'a>>,
}

/// A value of a report that is an organisation's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched<'a> {
    /// As it was extracted.
    pub value: &'a str,
    /// Its part in the incident.
    pub role: Role,
    /// The domain or network that it lies in.
    pub by: String,
}

impl Directory {
    /// Of a register.
    pub fn of(kept: Vec<Kept>) -> Directory {
        let ids = kept
            .iter()
            .map(|one| (one.organisation.name.clone(), one.id()));
        let ids = ids.collect();
        let organisations = kept.into_iter().map(|one| one.organisation);
        Directory {
            ids,
            ..Directory::new(organisations.collect())
        }
    }

    /// The id of an organisation in the register.
    pub fn id(&self, organisation: &Organisation) -> Option<Uuid> {
        self.id_of(&organisation.name)
    }

    /// The same, by its name.
    pub fn id_of(&self, name: &str) -> Option<Uuid> {
        self.ids.get(name).copied()
    }

    /// In order of their names.
    pub fn new(mut organisations: Vec<Organisation>) -> Directory {
        organisations.sort_by_cached_key(|one| one.name.to_lowercase());
        let mut directory = Directory::default();
        for (number, one) in organisations.iter().enumerate() {
            for address in one.addresses() {
                directory
                    .addresses
                    .entry(address.to_owned())
                    .or_default()
                    .push(number);
            }
            for domain in &one.domains {
                directory
                    .domains
                    .entry(domain.clone())
                    .or_default()
                    .push(number);
            }
            for network in &one.networks {
                directory.networks.entry(*network).or_default().push(number);
            }
        }
        directory.organisations = organisations;
        directory
    }

    /// Every network, and every domain, once.
    pub fn blocks(&self) -> (impl Iterator<Item = IpNet>, impl Iterator<Item = &str>) {
        let domains = self.domains.keys().map(String::as_str);
        (self.networks.keys().copied(), domains)
    }

    /// Who has exactly this network or domain, as a constituency tells it.
    pub fn having(&self, of: &str) -> Vec<&Organisation> {
        let numbers = match of.parse::<IpNet>() {
            Ok(network) => self.networks.get(&network),
            Err(_) => self
                .domains
                .get(of)
                .or_else(|| self.domains.get(&extract::ascii_name(of))),
        };
        let owners = self.owners(numbers, of).into_iter();
        owners.map(|owner| owner.organisation).collect()
    }

    /// Who has this mail address, or else its domain or one above: the most specific first.
    pub fn of_address(&self, address: &str) -> Vec<Owner<'_>> {
        let address = address.to_lowercase();
        if self.addresses.contains_key(&address) {
            return self.owners(self.addresses.get(&address), &address);
        }
        let host = address.rsplit_once('@').map(|(_, host)| host);
        host.map(|host| self.of_domain(host)).unwrap_or_default()
    }

    /// Who has this domain or one above: the most specific first.
    pub fn of_domain(&self, name: &str) -> Vec<Owner<'_>> {
        let name = name.trim_end_matches('.').to_lowercase();
        let names = std::iter::successors(Some(name.as_str()), |name| {
            name.split_once('.').map(|(_, above)| above)
        });
        let found = names.map(|name| self.owners(self.domains.get(name), name));
        found.flatten().collect()
    }

    /// Whose networks hold all of this one: the most specific first.
    pub fn of_network(&self, network: IpNet) -> Vec<Owner<'_>> {
        let lengths = (0..=network.prefix_len()).rev();
        let around = lengths.filter_map(|length| IpNet::new(network.addr(), length).ok());
        let found = around.map(|around| {
            let around = around.trunc();
            self.owners(self.networks.get(&around), &around.to_string())
        });
        found.flatten().collect()
    }

    fn owners(&self, numbers: Option<&Vec<usize>>, by: &str) -> Vec<Owner<'_>> {
        let organisations = numbers
            .into_iter()
            .flatten()
            .filter_map(|number| self.organisations.get(*number));
        let owner = |organisation| Owner {
            organisation,
            by: by.to_owned(),
        };
        organisations.map(owner).collect()
    }

    /// The organisations that messages are about, in order of place; where one value is several organisations', the most specific first.
    pub fn of_extractions<'a>(
        &'a self,
        extractions: impl IntoIterator<Item = &'a Extraction>,
    ) -> Vec<Concerned<'a>> {
        let mut concerned: Vec<Concerned<'a>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let extractions = extractions.into_iter();
        for indicator in extractions.flat_map(|extraction| &extraction.indicators) {
            for owner in self.of_indicator(indicator) {
                let (name, value) = (owner.organisation.name.as_str(), indicator.value.as_str());
                if !seen.insert((name, value, indicator.role)) {
                    continue;
                }
                let place = *places.entry(name).or_insert(concerned.len());
                if place == concerned.len() {
                    concerned.push(Concerned {
                        organisation: owner.organisation,
                        values: Vec::new(),
                    });
                }
                let touched = Touched {
                    value,
                    role: indicator.role,
                    by: owner.by,
                };
                concerned
                    .get_mut(place)
                    .into_iter()
                    .for_each(|one| one.values.push(touched.clone()));
            }
        }
        concerned
    }

    fn of_indicator(&self, indicator: &Indicator) -> Vec<Owner<'_>> {
        let value = indicator.value.as_str();
        match indicator.kind {
            IndicatorKind::Ipv4 | IndicatorKind::Ipv6 | IndicatorKind::Cidr => self.of_block(value),
            IndicatorKind::IpRange => self.of_range(value),
            IndicatorKind::Domain => self.of_domain(value),
            IndicatorKind::Email => self.of_address(value),
            IndicatorKind::Url => {
                let host = url_host(value);
                let owners = self.of_block(&host);
                if owners.is_empty() {
                    self.of_domain(&host)
                } else {
                    owners
                }
            }
            IndicatorKind::Md5
            | IndicatorKind::Sha1
            | IndicatorKind::Sha256
            | IndicatorKind::Sha512
            | IndicatorKind::Cve
            | IndicatorKind::Asn
            | IndicatorKind::Bitcoin => Vec::new(),
        }
    }

    /// Of an address or a network as it is written; nobody's when it is neither.
    pub fn of_block(&self, text: &str) -> Vec<Owner<'_>> {
        let block = block(text);
        block
            .map(|block| self.of_network(block))
            .unwrap_or_default()
    }

    /// Whose networks hold both ends of `first-last`.
    fn of_range(&self, text: &str) -> Vec<Owner<'_>> {
        let ends = text
            .split_once('-')
            .and_then(|(first, last)| Some((block(first)?, block(last)?)));
        let Some((first, last)) = ends else {
            return Vec::new();
        };
        let mut owners = self.of_network(first);
        owners.retain(|owner| {
            owner
                .by
                .parse::<IpNet>()
                .is_ok_and(|network| network.contains(&last))
        });
        owners
    }
}

/// An address as a network of its own; an IPv4 address in IPv6's clothes is an IPv4 address.
fn block(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let address = text
        .parse::<IpAddr>()
        .map(|address| IpNet::from(address.to_canonical()));
    address.ok().or_else(|| text.parse().ok())
}
