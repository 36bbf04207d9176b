//! What one attempt to deliver showed of a peer: facts for the indicators (TLS continuity, RFC 8460 reports).

use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

/// One mail on one connection, or one connection that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The recipient's domain, lower case; by a smarthost, the smarthost's host name.
    pub domain: String,
    /// The host that was spoken to, lower case; empty when none was reached (look-up or policy failed).
    pub mx: String,
    /// Its address; `None` when none was reached.
    pub address: Option<IpAddr>,
    /// When it ended.
    pub at: Timestamp,
    /// The policy in force.
    pub policy: PolicyKind,
    /// The policy's own text: the MTA-STS policy's lines or the TLSA records, each one element; empty for others.
    pub policy_detail: Vec<String>,
    /// What protected the connection; `None` in clear.
    pub tls: Option<AttemptTls>,
    /// Whether this is the first that is told of its connection: sessions are counted by these (RFC 8460 section 4.1).
    pub new_session: bool,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Code or word of ours, as on the ticket (`"5.1.1"`, `"no-connection"`); empty when delivered.
    pub failure_reason: String,
    /// The case that the mail belongs to: a ticket, mostly.
    pub case: Option<Uuid>,
}

/// Which policy decided about TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Opportunistic: no policy was found.
    None,
    /// MTA-STS (RFC 8461), in mode enforce or testing.
    Sts,
    /// DANE (RFC 7672).
    Dane,
    /// The configuration: a listed peer or the smarthost.
    Peer,
}

impl PolicyKind {
    /// `policy-type` of RFC 8460 section 4.4 where it has one; `peer` otherwise.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyKind::None => "no-policy-found",
            PolicyKind::Sts => "sts",
            PolicyKind::Dane => "tlsa",
            PolicyKind::Peer => "peer",
        }
    }
}

/// TLS as it was negotiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptTls {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: String,
    /// IANA name of the cipher suite.
    pub suite: String,
    /// Whether the certificate proves the peer: by a public authority or `outbox.ca_file` for its name, by DANE, or by a
    /// pinned key. `false` is normal on opportunistic connections.
    pub verified: bool,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The peer took the mail.
    Delivered,
    /// Not now.
    Temporary,
    /// Never, for this recipient.
    Permanent,
    /// TLS, or the policy that asks for it, did not work out. On an opportunistic connection another attempt in clear
    /// follows.
    TlsFailure(TlsFailure),
}

/// Result types of RFC 8460 section 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsFailure {
    /// STARTTLS was not offered, or was refused.
    StarttlsNotSupported,
    /// The certificate is for other names; for MTA-STS also an MX that the policy doesn't list.
    CertificateHostMismatch,
    /// Out of its time.
    CertificateExpired,
    /// No chain to a trusted authority.
    CertificateNotTrusted,
    /// Anything else in the handshake.
    ValidationFailure,
    /// The TLSA records can't be used, or the certificate matches none.
    TlsaInvalid,
    /// DNSSEC validation failed.
    DnssecInvalid,
    /// The configuration wants DANE and the domain has none.
    DaneRequired,
    /// The policy could not be fetched.
    StsPolicyFetchError,
    /// The policy could not be read.
    StsPolicyInvalid,
    /// The policy host's certificate does not verify.
    StsWebpkiInvalid,
}

impl TlsFailure {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            TlsFailure::StarttlsNotSupported => "starttls-not-supported",
            TlsFailure::CertificateHostMismatch => "certificate-host-mismatch",
            TlsFailure::CertificateExpired => "certificate-expired",
            TlsFailure::CertificateNotTrusted => "certificate-not-trusted",
            TlsFailure::ValidationFailure => "validation-failure",
            TlsFailure::TlsaInvalid => "tlsa-invalid",
            TlsFailure::DnssecInvalid => "dnssec-invalid",
            TlsFailure::DaneRequired => "dane-required",
            TlsFailure::StsPolicyFetchError => "sts-policy-fetch-error",
            TlsFailure::StsPolicyInvalid => "sts-policy-invalid",
            TlsFailure::StsWebpkiInvalid => "sts-webpki-invalid",
        }
    }
}
