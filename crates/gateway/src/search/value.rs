//! A searchable value, as it is sealed with the others of its message.

use std::net::IpAddr;

use extract::{Endpoint, Extraction, Indicator, IndicatorKind, Role};
use serde::{Deserialize, Serialize};

use super::blocks::Block;

/// Searchable values of one message; more are found in its text only.
const MOST: usize = 500;
/// Octets of one value that are kept: a URL may be longer.
const LONGEST: usize = 400;

/// What a value is. Stored by its place in this list: new ones go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An address.
    Address,
    /// A network, `address/length`, or a range, `first-last`.
    Network,
    /// A port of which no address is known.
    Port,
    /// A domain name.
    Domain,
    /// A URL.
    Url,
    /// A mail address found in the report.
    Mail,
    /// A file hash, lower-case hexadecimal.
    Hash,
    /// A CVE id.
    Cve,
    /// An AS number, `AS64500`.
    Asn,
    /// The sender's address.
    Sender,
    /// Another team's reference.
    Reference,
}

impl Kind {
    /// Its name in output.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Address => "address",
            Kind::Network => "network",
            Kind::Port => "port",
            Kind::Domain => "domain",
            Kind::Url => "url",
            Kind::Mail => "mail",
            Kind::Hash => "hash",
            Kind::Cve => "cve",
            Kind::Asn => "asn",
            Kind::Sender => "sender",
            Kind::Reference => "reference",
        }
    }
}

/// A searchable value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Normalised; never empty.
    pub text: String,
    /// Its part in the incident.
    pub role: Role,
    /// The port that was named with it.
    pub port: Option<u16>,
    /// `tcp`, `udp` …; empty when not known.
    pub protocol: String,
}

impl Value {
    /// A value without port and role.
    pub fn new(kind: Kind, text: &str) -> Value {
        Value {
            kind,
            text: cut(text),
            role: Role::Unknown,
            port: None,
            protocol: String::new(),
        }
    }

    /// `source`, `destination`; empty when not known.
    pub fn role_word(&self) -> &'static str {
        match self.role {
            Role::Source => "source",
            Role::Destination => "destination",
            Role::Unknown => "",
        }
    }
}

/// What of a message can be searched for later, sorted.
pub fn of_message<'a>(
    sender: Option<&str>,
    references: impl Iterator<Item = &'a str>,
    extraction: &Extraction,
) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    let incident = &extraction.incident;
    let endpoints = [
        (Role::Source, &incident.sources),
        (Role::Destination, &incident.destinations),
    ];
    for (role, endpoints) in endpoints {
        values.extend(endpoints.iter().filter_map(|one| of_endpoint(role, one)));
    }
    for indicator in &extraction.indicators {
        let value = of_indicator(indicator);
        let known = values.iter().any(|known| {
            (known.kind, &known.text, known.role) == (value.kind, &value.text, value.role)
        });
        if !known {
            values.push(value);
        }
    }
    values.sort();
    values.dedup();
    values.truncate(MOST);
    // A form with a thousand addresses must not hide who sent it.
    values.extend(sender.map(|sender| Value::new(Kind::Sender, &sender.to_lowercase())));
    values.extend(
        references
            .take(20)
            .map(|reference| Value::new(Kind::Reference, &bare_reference(reference))),
    );
    values.retain(|value| !value.text.is_empty());
    values.sort();
    values.dedup();
    values
}

fn of_endpoint(role: Role, endpoint: &Endpoint) -> Option<Value> {
    let mut value = match (&endpoint.ip, endpoint.port) {
        (Some(ip), _) => Value::new(address_kind(ip), &canonical(ip)),
        (None, Some(port)) => Value::new(Kind::Port, &port.to_string()),
        (None, None) => return None,
    };
    value.role = role;
    value.port = endpoint.port;
    value.protocol = endpoint.protocol.as_deref().map(cut).unwrap_or_default();
    Some(value)
}

/// An indicator as it is searched for.
pub fn of_indicator(indicator: &Indicator) -> Value {
    let text = indicator.value.as_str();
    let mut value = match indicator.kind {
        IndicatorKind::Ipv4
        | IndicatorKind::Ipv6
        | IndicatorKind::Cidr
        | IndicatorKind::IpRange => Value::new(address_kind(text), &canonical(text)),
        IndicatorKind::Domain => Value::new(Kind::Domain, &text.to_lowercase()),
        IndicatorKind::Url => Value::new(Kind::Url, text),
        IndicatorKind::Email => Value::new(Kind::Mail, &text.to_lowercase()),
        IndicatorKind::Md5
        | IndicatorKind::Sha1
        | IndicatorKind::Sha256
        | IndicatorKind::Sha512 => Value::new(Kind::Hash, &text.to_lowercase()),
        // It is the hash of a key or of a script.
        IndicatorKind::Bitcoin => Value::new(Kind::Hash, &text.to_lowercase()),
        IndicatorKind::Cve => Value::new(Kind::Cve, &text.to_uppercase()),
        IndicatorKind::Asn => Value::new(Kind::Asn, &text.to_uppercase()),
    };
    value.role = indicator.role;
    value
}

fn address_kind(text: &str) -> Kind {
    match text.parse::<IpAddr>() {
        Ok(_) => Kind::Address,
        Err(_) => Kind::Network,
    }
}

/// An address in its one form; anything else as it is.
fn canonical(text: &str) -> String {
    Block::parse(text).map_or_else(|| text.to_owned(), |block| block.to_string())
}

/// What follows the last `@`; all when there is none.
pub fn domain_of(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
}

/// Without brackets, lower case, single blanks: how references are compared.
pub fn bare_reference(reference: &str) -> String {
    let bare = reference.trim().trim_matches(['[', ']']).to_lowercase();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("").to_owned()
}
