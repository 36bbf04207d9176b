//! What a listener takes from a peer, as data.

use std::collections::BTreeSet;

/// What a listener takes from a peer.
#[derive(Clone, Debug)]
pub struct Policy {
    /// SMTP or LMTP.
    pub protocol: Protocol,
    /// The name in the greeting and in `421` answers.
    pub hostname: String,
    /// Who receives mail here.
    pub recipients: Recipients,
    /// Whether TLS is offered or wanted on a connection that began in clear.
    pub tls: TlsPolicy,
    /// What becomes of content with a bare CR, a bare LF or a NUL.
    pub line_ends: LineEnds,
    /// Whether `BDAT` is offered (RFC 3030, without `BINARYMIME`).
    pub chunking: bool,
    /// Whether accounts may, or must, authenticate.
    pub accounts: Accounts,
    /// Limits.
    pub limits: Limits,
}

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 5321.
    Smtp,
    /// RFC 2033: `LHLO`, and one answer a recipient after the content.
    Lmtp,
}

/// Whether TLS is offered or wanted (RFC 3207).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsPolicy {
    /// No certificate: `STARTTLS` is not offered.
    Off,
    /// `STARTTLS` is offered.
    Offered,
    /// Nothing but `STARTTLS` is done in clear.
    Required,
}

/// What becomes of content with a bare CR, a bare LF or a NUL (RFC 5321 section 2.3.8, SMTP smuggling).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// It is read to its true end and refused: the right answer to the internet.
    Reject,
    /// A bare LF becomes CRLF within the content, and never ends it; a bare CR and a NUL are kept. All are flagged. The
    /// only setting that changes what the peer sent.
    Normalize,
    /// It is kept as it is and flagged: for a relay of our own, which took it already and could only bounce it.
    Keep,
}

/// Whether accounts may, or must, authenticate (RFC 4954). `AUTH` is never taken in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// `AUTH` is not offered.
    Off,
    /// It is offered.
    Offered,
    /// Nobody else may send.
    Required,
}

/// What a peer may say about others: the networks of our own relays and proxies, never strangers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    /// `XCLIENT`: who is really connected.
    pub xclient: bool,
    /// `XFORWARD`: where a message came from.
    pub xforward: bool,
}

/// Limits on a session; the defaults are those of the threat model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of content, dot-stuffing not counted; announced with `SIZE`.
    pub message_size: u64,
    /// Octets of a command line with its CRLF.
    pub command_line: usize,
    /// Recipients of a message; announced with `LIMITS` (RFC 9422).
    pub recipients: usize,
    /// `MAIL` commands of a session, announced likewise; `None` for as many as the peer likes.
    pub messages: Option<u32>,
    /// Failed authentications before the session ends.
    pub authentications: u32,
    /// Refused commands since the last message that was stored, before the session ends.
    pub errors: u32,
    /// Commands that bring no message on (`NOOP`, `RSET`, `EHLO` again …) since the last message.
    pub junk: u32,
    /// `Received` fields; more than that is a loop.
    pub hops: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_size: 25 * 1024 * 1024,
            command_line: 2048,
            recipients: 100,
            messages: Some(1000),
            authentications: 3,
            errors: 20,
            junk: 100,
            hops: 50,
        }
    }
}

/// Who receives mail here: exact addresses, and role names at the configured domains, both with `+detail`. Upper and
/// lower case are the same.
#[derive(Clone, Debug, Default)]
pub struct Recipients {
    addresses: BTreeSet<String>,
    roles: BTreeSet<String>,
    domains: BTreeSet<String>,
}

impl Recipients {
    /// `addresses` are `local-part@domain`; `roles` are local parts (`abuse`, `csirt` …) that work at all of `domains`.
    pub fn new<'a>(
        addresses: impl IntoIterator<Item = &'a str>,
        roles: impl IntoIterator<Item = &'a str>,
        domains: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            addresses: lower(addresses),
            roles: lower(roles),
            domains: lower(domains),
        }
    }

    /// Whether mail for this address is taken.
    pub fn accepts(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let Some((local, domain)) = address.rsplit_once('@') else {
            return false;
        };
        let base = local.split_once('+').map_or(local, |(base, _)| base);
        self.addresses.contains(&address)
            || self.addresses.contains(&format!("{base}@{domain}"))
            || self.roles.contains(base) && self.domains.contains(domain)
    }

    /// The address that `RCPT TO:<postmaster>` without a domain means (RFC 5321 section 4.5.1); `None` when nobody
    /// receives mail for the postmaster.
    pub fn postmaster(&self) -> Option<String> {
        let exact = self
            .addresses
            .iter()
            .find(|address| address.starts_with("postmaster@"))
            .cloned();
        let role = || {
            self.domains
                .first()
                .filter(|_| self.roles.contains("postmaster"))
        };
        exact.or_else(|| role().map(|domain| format!("postmaster@{domain}")))
    }
}

fn lower<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_lowercase).collect()
}
