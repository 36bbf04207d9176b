//! Message-IDs of our making, in which a token comes back to us.
//!
//! The token is the vault's: an HMAC over ticket, contact, purpose, key id and expiry, in lower-case base 32, since a relay
//! may change the case of a local part. Here it is only carried.

use serde::{Deserialize, Serialize};

/// Characters of a token: 80 bits in base 32 at the least.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 16..=64;

/// What a mail of ours was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The acknowledgement of a report.
    Acknowledgement,
    /// An analyst's letter.
    Letter,
    /// A notice to the team or to a fan-out list.
    Notice,
    /// Our key, sent on request.
    Key,
}

impl Purpose {
    const ALL: [Purpose; 4] = [
        Purpose::Acknowledgement,
        Purpose::Letter,
        Purpose::Notice,
        Purpose::Key,
    ];

    /// The word in the Message-ID.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Acknowledgement => "ack",
            Purpose::Letter => "let",
            Purpose::Notice => "ntc",
            Purpose::Key => "key",
        }
    }
}

/// A Message-ID of ours, taken apart. The token is not checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMessageId {
    /// The ticket's serial number; 0 when the mail belongs to none.
    pub serial: u64,
    /// What the mail was for.
    pub purpose: Purpose,
    /// Lower case.
    pub token: String,
    /// Lower case.
    pub domain: String,
}

/// `<ack.000123.TOKEN@domain>`, angle brackets included.
pub fn message_id_for(serial: u64, purpose: Purpose, token: &str, domain: &str) -> String {
    format!("<{}.{serial:06}.{token}@{domain}>", purpose.as_str())
}

/// Takes an id from In-Reply-To or References apart, with or without angle brackets; `None` when its form or domain is not ours.
pub fn parse_message_id(id: &str, domains: &[String]) -> Option<OwnMessageId> {
    let id = id
        .trim()
        .trim_start_matches('<')
        .trim_end_matches('>')
        .to_ascii_lowercase();
    let (local, domain) = id.rsplit_once('@')?;
    let (word, rest) = local.split_once('.')?;
    let (serial, token) = rest.split_once('.')?;
    let purpose = Purpose::ALL
        .into_iter()
        .find(|purpose| purpose.as_str() == word)?;
    let number: u64 = serial.parse().ok()?;
    let ours = domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
        && serial == format!("{number:06}")
        && is_token(token);
    ours.then(|| OwnMessageId {
        serial: number,
        purpose,
        token: token.to_owned(),
        domain: domain.to_owned(),
    })
}

fn is_token(token: &str) -> bool {
    TOKEN_LENGTH.contains(&token.len())
        && token
            .bytes()
            .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit())
}
