//! How peers protect their mail on its way: what one message or attempt shows of it, kept as counts by peer and day
//! ([`indicators`]), watched for habits that break ([`continuity`]), told to others ([`reporter`], [`webhook`]), and read from
//! what others tell us ([`received`]).
//!
//! A peer is a domain, where something proves that the message is its own, or the network of the client. Only a proved domain
//! has habits, and only where the proof is about the connection itself: a stranger who forges an address in clear must neither
//! raise an alarm about its owner nor wear a habit out.

pub mod continuity;
pub mod destination;
pub mod indicators;
pub mod metrics;
pub mod received;
mod receiver;
pub mod report;
pub mod reporter;
pub mod webhook;

use std::net::IpAddr;

use intake::authentication::{AuthResult, AuthResults, Scope};
use intake::envelope::Envelope;
use intake::hop::{self, Tls};
use intake::message::HeaderField;
use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;
use vault::{Epoch, KeyRing, Purpose, VaultError};

use crate::sealing;
use crate::sender::attempt::{Attempt, AttemptOutcome, TlsFailure};
use crate::store::StoredPeer;

/// Which way a message went, or that others counted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To us.
    Inbound,
    /// From us.
    Outbound,
    /// To us, as the sender's own report says.
    Reported,
}

impl Direction {
    /// The word in the store, in metrics and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
            Direction::Reported => "reported",
        }
    }
}

/// A sign of health, or of its loss, that one message showed of a peer with habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It came with TLS.
    Tls,
    /// It came in clear.
    Clear,
    /// The certificate verified.
    Verified,
    /// The certificate did not verify.
    Unverified,
}

/// Where a message is filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The ticket, or the suppressed message's own case.
    pub case: Uuid,
    /// The entry; `None` for mail of ours.
    pub entry: Option<Uuid>,
}

/// What one message, attempt or report showed of one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Which way.
    pub direction: Direction,
    /// A domain, lower case, or a network as `address/length`.
    pub peer: String,
    /// The day, UTC.
    pub day: Date,
    /// Names of counters and what to add.
    pub counts: Vec<(String, u64)>,
    /// For continuity; empty for peers without habits.
    pub signs: Vec<Sign>,
    /// The message that showed it.
    pub shown_by: Option<Shown>,
}

/// Who a message is proved to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The domain, lower case.
    pub domain: String,
    /// Whether the proof is about the very connection: only then says its TLS something of the domain's own servers.
    pub of_this_hop: bool,
}

/// The domain of From when it is proved, else that of the reverse-path when SPF passed for it. `None` for anything that a
/// stranger could have written.
///
/// SPF is about the connection. A DKIM signature stays good when somebody forwards the message, or sends it again in clear to
/// raise an alarm: alone it proves the author, not the hop. So does a relay's DMARC verdict without a word of SPF: it may rest
/// on such a signature.
pub fn proved(results: &AuthResults, sender: Option<&str>) -> Option<Proved> {
    let from = sender.filter(|sender| results.proves(sender));
    let from = from.and_then(|from| peer_domain(from.rsplit_once('@')?.1));
    let spf = results.spf.result == AuthResult::Pass && results.spf.scope == Scope::MailFrom;
    let path = spf.then(|| peer_domain(&results.spf.domain)).flatten();
    match (from, path) {
        (Some(domain), Some(path)) if is_at_or_below(&path, &domain) => Some(Proved {
            domain,
            of_this_hop: true,
        }),
        (_, Some(domain)) => Some(Proved {
            domain,
            of_this_hop: true,
        }),
        (Some(domain), None) => Some(Proved {
            domain,
            of_this_hop: false,
        }),
        (None, None) => None,
    }
}

fn is_at_or_below(name: &str, domain: &str) -> bool {
    let above = name.strip_suffix(domain);
    above.is_some_and(|labels| labels.is_empty() || labels.ends_with('.'))
}

/// A domain as peers are named; `None` when it can't be one.
pub fn peer_domain(domain: &str) -> Option<String> {
    let domain = domain.trim_end_matches('.').to_lowercase();
    let fits = domain.len() <= 253 && domain.contains('.') && !domain.contains('/');
    fits.then_some(domain)
}

/// The TLS between the peer and us, or our relay: `None` when nothing says, `Some(None)` in clear.
///
/// Behind a relay our own socket says nothing of the peer; the relay's `Received` does. Behind a proxy, or a relay that only
/// names the client, TLS is the peer's when it reached our socket (the listener notes no other), and clear says nothing: the
/// proxy may have ended it.
pub fn peer_tls(envelope: &Envelope, headers: &[HeaderField]) -> Option<Option<Tls>> {
    if envelope.trusted_relay {
        return hop::topmost(headers);
    }
    match (envelope.tls.as_deref(), envelope.relay) {
        (Some(tls), _) => Some(Some(hop::negotiated(tls))),
        (None, Some(_)) => None,
        (None, None) => Some(None),
    }
}

/// What a message that came in shows: of its domain, when that is proved, and of the client's network.
pub fn of_message(
    envelope: &Envelope,
    headers: &[HeaderField],
    proved: Option<Proved>,
    shown_by: Shown,
) -> Vec<Observation> {
    let Some(tls) = peer_tls(envelope, headers) else {
        return Vec::new();
    };
    let mut counts = vec![one("messages")];
    counts.extend(tls.iter().flat_map(tls_counts));
    let signs = vec![if tls.is_some() {
        Sign::Tls
    } else {
        Sign::Clear
    }];
    // A relay's certificate is not the peer's.
    let certificate = envelope
        .certificate
        .iter()
        .filter(|_| !envelope.trusted_relay);
    counts.extend(certificate.map(|_| one("verified")));
    let day = day_of(envelope.received_at);
    let observation = |peer, signs| Observation {
        direction: Direction::Inbound,
        peer,
        day,
        counts: counts.clone(),
        signs,
        shown_by: Some(shown_by),
    };
    let network = client(envelope)
        .and_then(network_of)
        .map(|network| observation(network, Vec::new()));
    let domain = proved.map(|proved| {
        let signs = if proved.of_this_hop {
            signs
        } else {
            Vec::new()
        };
        observation(proved.domain, signs)
    });
    domain.into_iter().chain(network).collect()
}

/// The peer's own address: a trusted relay that did not name its client is not a peer.
fn client(envelope: &Envelope) -> Option<IpAddr> {
    let named = !envelope.trusted_relay || envelope.relay.is_some();
    envelope
        .client
        .filter(|address| named && !address.is_loopback())
}

/// /24, or /48 of IPv6: an operator's network, and coarse enough to be no person.
fn network_of(address: IpAddr) -> Option<String> {
    let address = address.to_canonical();
    let length = if address.is_ipv4() { 24 } else { 48 };
    let network = IpNet::new(address, length).ok()?;
    Some(network.trunc().to_string())
}

/// What an attempt to deliver shows of the recipient's domain.
pub fn of_attempt(attempt: &Attempt) -> Option<Observation> {
    // A smarthost may be named by its address: that is nobody's domain.
    let named = attempt.domain.parse::<IpAddr>().is_err();
    let peer = peer_domain(&attempt.domain).filter(|_| named)?;
    let policy = attempt.policy.as_str();
    let mut counts = Vec::new();
    let mut signs = Vec::new();
    match attempt.outcome {
        AttemptOutcome::TlsFailure(failure) => {
            counts.push((format!("failure:{}", failure.as_str()), 1));
            counts.push((format!("session:{policy}:{}", failure.as_str()), 1));
            signs.extend(sign_of(failure));
        }
        AttemptOutcome::Delivered | AttemptOutcome::Temporary | AttemptOutcome::Permanent => {
            let delivered = attempt.outcome == AttemptOutcome::Delivered;
            counts.extend(delivered.then(|| one("messages")));
            match &attempt.tls {
                Some(tls) => {
                    signs.push(Sign::Tls);
                    signs.push(if tls.verified {
                        Sign::Verified
                    } else {
                        Sign::Unverified
                    });
                    let tls_of = hop::negotiated(&format!("{} {}", tls.version, tls.suite));
                    counts.extend(tls_counts(&tls_of).into_iter().filter(|_| delivered));
                    counts.extend((tls.verified && delivered).then(|| one("verified")));
                    counts.extend(
                        attempt
                            .new_session
                            .then(|| (format!("session:{policy}"), 1)),
                    );
                }
                // Without a connection there is no TLS either, and nothing to say about it.
                None => signs.extend(delivered.then_some(Sign::Clear)),
            }
        }
    }
    Some(Observation {
        direction: Direction::Outbound,
        peer,
        day: day_of(attempt.at),
        counts,
        signs,
        shown_by: attempt.case.map(|case| Shown { case, entry: None }),
    })
}

/// A failed look-up or policy says nothing of the peer's own habits.
fn sign_of(failure: TlsFailure) -> Option<Sign> {
    match failure {
        TlsFailure::StarttlsNotSupported => Some(Sign::Clear),
        TlsFailure::CertificateHostMismatch
        | TlsFailure::CertificateExpired
        | TlsFailure::CertificateNotTrusted
        | TlsFailure::TlsaInvalid => Some(Sign::Unverified),
        TlsFailure::ValidationFailure
        | TlsFailure::DnssecInvalid
        | TlsFailure::DaneRequired
        | TlsFailure::StsPolicyFetchError
        | TlsFailure::StsPolicyInvalid
        | TlsFailure::StsWebpkiInvalid => None,
    }
}

fn tls_counts(tls: &Tls) -> [(String, u64); 3] {
    [
        one("tls"),
        (format!("version:{}", tls.version), 1),
        (format!("suite:{}", tls.suite), 1),
    ]
}

fn one(name: &str) -> (String, u64) {
    (name.to_owned(), 1)
}

/// The day of UTC: RFC 8460 section 4.1 counts by it.
pub fn day_of(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

/// A peer's id in the store.
pub fn peer_id(ring: &KeyRing, team: &str, name: &str) -> Uuid {
    Uuid::from_bytes(ring.digest(Purpose::TransportPeer, &[team.as_bytes(), name.as_bytes()]))
}

/// A peer's name for logs: enough of its id to find it again.
pub fn pseudonym(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("peer-{}", digits.get(..12).unwrap_or(&digits))
}

/// Seals a new peer's name under a key of its own.
pub fn seal_peer(ring: &KeyRing, team: &str, name: &str) -> Result<StoredPeer, VaultError> {
    let id = peer_id(ring, team, name);
    let key = ring.new_case_key(Epoch::STANDING)?;
    let wrapped = ring.wrap(&key, &sealing::case_aad(team, id))?;
    let sealed = key.seal(&sealing::peer_aad(team, id), name.as_bytes())?;
    Ok(StoredPeer {
        id,
        wrapped,
        sealed,
    })
}

/// Opens a peer's name.
pub fn open_peer(ring: &KeyRing, team: &str, peer: &StoredPeer) -> Result<String, VaultError> {
    let key = sealing::case_key(ring, team, peer.id, &peer.wrapped)?;
    let name = key.open(&sealing::peer_aad(team, peer.id), &peer.sealed)?;
    String::from_utf8(name.to_vec()).map_err(|_| VaultError::Malformed)
}
