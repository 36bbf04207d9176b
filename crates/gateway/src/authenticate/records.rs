//! The TXT records that a check needs, asked for all at once through our resolver, and handed to `mail-auth`.
//!
//! So DNSSEC counts (a bogus key is no key), a denial is a denial, and two records where one must be are none.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::Hash;

use intake::authentication::Dnssec;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::Dmarc;
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::spf::Spf;
use mail_auth::{AuthenticatedMessage, DnsError, Error, ResolverCache, Txt};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::alignment::related;
use crate::dns::{Answer, DnsFault, Resolver, Security};

/// Most labels of a name whose DMARC records are asked for, as `mail-auth` does (RFC 9989 section 4.10).
const LABELS: usize = 8;

/// What a name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Spf,
    Key,
    Dmarc,
}

/// The records of one check.
pub(super) struct Records<'a> {
    resolver: &'a Resolver,
    deadline: Instant,
    wanted: BTreeMap<String, Kind>,
    found: BTreeMap<String, Txt>,
    dnssec: Dnssec,
}

impl<'a> Records<'a> {
    pub(super) fn new(resolver: &'a Resolver, deadline: Instant) -> Records<'a> {
        Records {
            resolver,
            deadline,
            wanted: BTreeMap::new(),
            found: BTreeMap::new(),
            dnssec: Dnssec::Unchecked,
        }
    }

    /// The key of a signature.
    pub(super) fn key(&mut self, selector: &str, domain: &str) {
        self.want(&format!("{selector}._domainkey.{domain}"), Kind::Key);
    }

    pub(super) fn spf(&mut self, domain: &str) {
        if !domain.is_empty() {
            self.want(domain, Kind::Spf);
        }
    }

    /// Policies of the From domain and above it, and of the domains that might be aligned with it.
    pub(super) fn dmarc(&mut self, from: &str, spf: &str, message: &AuthenticatedMessage<'_>) {
        if from.is_empty() {
            return;
        }
        let signers = message.dkim_headers.iter();
        let domains = signers.map(|signature| signature.header.d.as_str());
        for domain in domains.chain([from, spf]) {
            let labels: Vec<&str> = domain
                .split('.')
                .filter(|label| !label.is_empty())
                .collect();
            let related = related(domain, from);
            let longest = labels.len().checked_sub(LABELS).map(|_| labels.len());
            let counts = (1..LABELS.min(labels.len() + 1)).chain(longest);
            for count in counts.filter(|_| related && labels.len() > 1) {
                let name = labels.iter().skip(labels.len() - count);
                let name: Vec<&str> = name.copied().collect();
                self.want(&format!("_dmarc.{}", name.join(".")), Kind::Dmarc);
            }
        }
    }

    fn want(&mut self, name: &str, kind: Kind) {
        self.wanted.insert(canonical(name), kind);
    }

    /// Asks for all of them at the same time.
    pub(super) async fn ask(&mut self) {
        let mut asked = JoinSet::new();
        for (name, kind) in std::mem::take(&mut self.wanted) {
            let (resolver, deadline) = (self.resolver.clone(), self.deadline);
            asked.spawn(async move {
                let answer = timeout_at(deadline, resolver.txt(&name)).await;
                (name, kind, answer.unwrap_or(Err(DnsFault::Temporary)))
            });
        }
        while let Some(answer) = asked.join_next().await {
            let Ok((name, kind, answer)) = answer else {
                continue;
            };
            self.note(kind, &answer);
            self.found.insert(name, understood(kind, answer));
        }
    }

    /// What DNSSEC says of the records that there are; of denials it says less than it seems.
    pub(super) fn dnssec(&self) -> Dnssec {
        self.dnssec
    }

    fn note(&mut self, kind: Kind, answer: &Result<Answer<String>, DnsFault>) {
        let now = match answer {
            Err(DnsFault::Bogus) => Dnssec::Bogus,
            Ok(answer) if answer.records.iter().any(|text| is_one(kind, text)) => {
                match answer.security {
                    Security::Secure => Dnssec::Secure,
                    Security::Insecure => Dnssec::Insecure,
                    Security::Unchecked => Dnssec::Unchecked,
                }
            }
            Ok(_) | Err(DnsFault::Temporary) => return,
        };
        let rank = |dnssec| match dnssec {
            Dnssec::Unchecked => 0,
            Dnssec::Secure => 1,
            Dnssec::Insecure => 2,
            Dnssec::Bogus => 3,
        };
        if rank(now) > rank(self.dnssec) {
            self.dnssec = now;
        }
    }
}

/// As `mail-auth` writes the names that it asks for.
fn canonical(name: &str) -> String {
    let name = name.to_lowercase();
    if name.ends_with('.') {
        name
    } else {
        format!("{name}.")
    }
}

/// Whether a TXT record is of this kind; other texts stand at the same names.
fn is_one(kind: Kind, text: &str) -> bool {
    let first = |separator: char| text.split(separator).next().unwrap_or("").trim();
    match kind {
        Kind::Spf => first(' ').eq_ignore_ascii_case("v=spf1"),
        Kind::Key => true,
        // White space may stand around the equals sign (RFC 7489 section 6.4).
        Kind::Dmarc => first(';').replace([' ', '\t'], "") == "v=DMARC1",
    }
}

fn understood(kind: Kind, answer: Result<Answer<String>, DnsFault>) -> Txt {
    let Ok(answer) = answer else {
        let reason = "no answer, or not a valid one".to_owned();
        return Txt::Error(Error::Dns(DnsError::Resolver(reason)));
    };
    let mut records = answer.records.iter().filter(|text| is_one(kind, text));
    let (Some(record), more) = (records.next(), records.next()) else {
        return Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain)));
    };
    match (kind, more) {
        (Kind::Spf, None) => parsed(record, |spf: Spf| Txt::Spf(spf.into())),
        // Two are an error in SPF (RFC 7208 section 4.5), none in DMARC (RFC 7489 section 6.6.3), undefined in DKIM.
        (Kind::Spf, Some(_)) => Txt::Error(Error::ParseError),
        (Kind::Dmarc, None) => parsed(record, |dmarc: Dmarc| Txt::Dmarc(dmarc.into())),
        (Kind::Dmarc, Some(_)) => Txt::Error(Error::Dns(DnsError::InvalidRecordType)),
        (Kind::Key, _) => parsed(record, |key: DomainKey| Txt::DomainKey(key.into())),
    }
}

fn parsed<T: TxtRecordParser>(record: &str, wrap: impl FnOnce(T) -> Txt) -> Txt {
    T::parse(record.as_bytes()).map_or_else(Txt::Error, wrap)
}

impl ResolverCache<Box<str>, Txt> for Records<'_> {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // `Q` is known to be comparable only: so compare.
        let mut found = self.found.iter();
        found
            .find(|(known, _)| {
                let known: Box<str> = known.as_str().into();
                Borrow::<Q>::borrow(&known) == name
            })
            .map(|(_, txt)| txt.clone())
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: std::time::Instant) {
        // The resolver keeps what it was told.
    }
}
