//! `[outbox]` and `[[dkim]]`: how mail leaves.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::tree::Settings;
use super::units::Span;

/// How mail leaves.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbox {
    /// By our MTA, or straight to the recipients' mail exchangers.
    pub route: Route,
    /// `host:port` of the MTA that takes our mail.
    pub smarthost: String,
    /// TLS towards the smarthost: `none`, `starttls` (required) or `implicit`.
    pub tls: OutboxTls,
    /// User name at the smarthost; no authentication when empty.
    pub user: String,
    /// A file with that user's password, 0600.
    pub password_file: Option<PathBuf>,
    /// This host's name, for EHLO and to know ourselves by; needed by route `mx`. The smarthost hears the domain of the team's
    /// address when it is empty.
    pub helo: String,
    /// PEM file of authorities that are trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// Port of mail exchangers.
    pub mx_port: u16,
    /// Networks of our own in which mail exchangers and MTA-STS hosts may be all the same.
    pub allowed_networks: Vec<IpNet>,
    /// Honour MTA-STS policies (RFC 8461).
    pub mta_sts: bool,
    /// Port of the hosts that serve MTA-STS policies.
    pub mta_sts_port: u16,
    /// How long a connection may take to be made.
    pub connect_timeout: Span,
    /// Connections at once, to all destinations.
    pub connections: usize,
    /// Connections at once to one destination.
    pub destination_connections: usize,
    /// Mails over one connection.
    pub connection_mails: u32,
    /// Mails a minute to one destination; 0 for no limit.
    pub destination_rate: u32,
    /// Give up after this time.
    pub lifetime: Span,
    /// Write a copy of everything that leaves to this folder (for the demo).
    pub copy_dir: Option<PathBuf>,
    /// Destinations with rules of their own.
    pub peer: Vec<Peer>,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox {
            route: Route::Smarthost,
            smarthost: "127.0.0.1:25".into(),
            tls: OutboxTls::None,
            user: String::new(),
            password_file: None,
            helo: String::new(),
            ca_file: None,
            mx_port: 25,
            allowed_networks: Vec::new(),
            mta_sts: true,
            mta_sts_port: 443,
            connect_timeout: Span(Duration::from_secs(30)),
            connections: 50,
            destination_connections: 2,
            connection_mails: 100,
            destination_rate: 0,
            lifetime: Span(Duration::from_secs(5 * 86_400)),
            copy_dir: None,
            peer: Vec::new(),
        }
    }
}

/// Which way mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// By our MTA.
    Smarthost,
    /// RFC 5321 section 5.1.
    Mx,
}

/// TLS towards the smarthost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboxTls {
    /// In clear: for a smarthost on this machine.
    None,
    /// STARTTLS, required, certificate checked.
    Starttls,
    /// TLS from the first octet, certificate checked.
    Implicit,
}

/// A destination with rules of its own, which replace MTA-STS and DANE; used with `route = "mx"`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// The recipients' domain.
    pub domain: String,
    /// How much TLS.
    pub tls: PeerTls,
    /// SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal: one of these, whoever signed it.
    #[serde(default)]
    pub key_sha256: Vec<String>,
    /// `host:port` instead of what MX records say; may be empty.
    #[serde(default)]
    pub host: String,
}

/// How much TLS a peer must speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerTls {
    /// When it is offered.
    Opportunistic,
    /// Always, with any certificate.
    Encrypt,
    /// Always, with a certificate that a trusted authority signed for the host, or with a pinned key.
    Verify,
    /// Always, with what the TLSA records say (RFC 7672).
    Dane,
}

/// A key that signs what leaves (RFC 6376).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// The selector under which the public key stands in the DNS.
    pub selector: String,
    /// The signing domain.
    pub domain: String,
    /// PEM file, 0600: RSA (PKCS#1 or PKCS#8) or Ed25519 (PKCS#8).
    pub key_file: PathBuf,
}

/// What types can't say.
pub(super) fn sensible(settings: &Settings) -> Result<(), String> {
    let outbox = &settings.outbox;
    if outbox.route == Route::Mx && outbox.helo.is_empty() {
        // The domain of team.address won't do: it is no host's name, and where it is, that host would look like ourselves.
        return Err(
            "outbox.route = \"mx\" needs outbox.helo: this host's own name in the DNS, for example out.example.org"
                .into(),
        );
    }
    let has_password = outbox.password_file.is_some();
    if outbox.user.is_empty() == has_password {
        return Err("outbox.user and outbox.password_file go together".into());
    }
    if has_password && outbox.tls == OutboxTls::None {
        return Err(
            "outbox.user: a password is sent over TLS only; set outbox.tls to \"starttls\" or \"implicit\""
                .into(),
        );
    }
    if outbox.connections == 0
        || outbox.destination_connections == 0
        || outbox.connection_mails == 0
    {
        return Err(
            "outbox.connections, destination_connections and connection_mails are 1 at least"
                .into(),
        );
    }
    sensible_peers(outbox, settings.dns.dnssec)
}

fn sensible_peers(outbox: &Outbox, dnssec: bool) -> Result<(), String> {
    for peer in &outbox.peer {
        let domain = &peer.domain;
        if peer.key_sha256.iter().any(|pin| pin_octets(pin).is_none()) {
            return Err(format!(
                "outbox.peer {domain:?}: key_sha256 is 64 hexadecimal digits, as `openssl pkey -pubin -outform DER | sha256sum` prints"
            ));
        }
        if !peer.key_sha256.is_empty() && peer.tls != PeerTls::Verify {
            return Err(format!(
                "outbox.peer {domain:?}: key_sha256 needs tls = \"verify\""
            ));
        }
        if peer.tls == PeerTls::Dane && !peer.host.is_empty() {
            return Err(format!(
                "outbox.peer {domain:?}: tls = \"dane\" follows signed MX records, host replaces them: leave one out, or use \"verify\""
            ));
        }
        if peer.tls == PeerTls::Dane && !dnssec {
            return Err(format!(
                "outbox.peer {domain:?}: tls = \"dane\" needs dns.dnssec = true"
            ));
        }
        if !peer.host.is_empty() && host_and_port(&peer.host).is_none() {
            return Err(format!(
                "outbox.peer {domain:?}: host is written host:port, for example mx.example.org:25"
            ));
        }
    }
    Ok(())
}

/// The octets of a pinned digest.
pub fn pin_octets(text: &str) -> Option<[u8; 32]> {
    let mut octets = [0; 32];
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    if digits.len() != 64 {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = pair;
        *octet = high << 4 | low;
    }
    Some(octets)
}

/// Splits `host:port` or `[::1]:port`.
pub fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some((host.to_owned(), port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
}
