//! What SPF, DKIM, DMARC and ARC say of a message, as data; the words are those of RFC 8601.
//!
//! The gateway fills it in by its own check, or [`relayed`] reads it from the field of our own MTA.

mod field;

use serde::{Deserialize, Serialize};

use crate::envelope::Envelope;
use crate::message::HeaderField;
use crate::reading::Reading;

/// What was found out about a message's sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthResults {
    /// Who checked.
    pub source: Source,
    /// RFC 7208.
    pub spf: Spf,
    /// One for each signature that was looked at (RFC 6376), the aligned ones first.
    pub dkim: Vec<Dkim>,
    /// RFC 7489.
    pub dmarc: Dmarc,
    /// RFC 8617.
    pub arc: Arc,
    /// What DNSSEC says of the records that these results rest on.
    pub dnssec: Dnssec,
}

/// Who checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Nobody.
    #[default]
    None,
    /// We did.
    Own,
    /// Our MTA, whose `Authentication-Results` were read.
    Relay,
}

/// A result (RFC 8601 section 2.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthResult {
    /// Nothing to check.
    #[default]
    None,
    /// Checked, and nothing can be said.
    Neutral,
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// SPF: it probably does not hold.
    SoftFail,
    /// No answer in time; says nothing about the message.
    TempError,
    /// A record or signature can't be understood.
    PermError,
    /// It would hold, but is of a kind that we don't accept.
    Policy,
}

/// SPF.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spf {
    /// What it is.
    pub result: AuthResult,
    /// The domain that was checked; empty when none was.
    pub domain: String,
    /// Which name was checked.
    pub scope: Scope,
    /// Why there is no result; may be empty.
    pub reason: String,
}

/// The identity that SPF checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// `MAIL FROM`.
    #[default]
    MailFrom,
    /// `HELO`, when the reverse-path is null (RFC 7208 section 2.4).
    Helo,
}

/// One DKIM signature.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dkim {
    /// What it is.
    pub result: AuthResult,
    /// `d=`; empty when the signature can't be parsed.
    pub domain: String,
    /// `s=`; may be empty.
    pub selector: String,
    /// `a=`; may be empty.
    pub algorithm: String,
    /// Why it does not pass, in our words; empty when it does.
    pub reason: String,
}

/// DMARC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dmarc {
    /// `None` without a published record.
    pub result: AuthResult,
    /// The domain of the one From address, lower case; empty when there is not exactly one.
    pub domain: String,
    /// The policy that applies: `none`, `quarantine`, `reject`; empty when none is published or it is not known.
    pub policy: String,
    /// SPF passed and is aligned.
    pub by_spf: bool,
    /// A DKIM signature passed and is aligned.
    pub by_dkim: bool,
}

/// ARC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arc {
    /// Of the whole chain.
    pub result: AuthResult,
    /// The newest sealer's domain; may be empty.
    pub sealer: String,
    /// The sealer is trusted by configuration and saw DMARC pass for the From domain (RFC 8617 section 7.2.1).
    pub vouched: bool,
}

/// What DNSSEC says of the records that were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dnssec {
    /// Not looked at, or no record was used.
    #[default]
    Unchecked,
    /// All are signed up to a trust anchor.
    Secure,
    /// Some are in an unsigned zone.
    Insecure,
    /// Some failed validation; they were not used.
    Bogus,
}

impl AuthResult {
    /// The word of RFC 8601.
    pub fn word(self) -> &'static str {
        match self {
            AuthResult::None => "none",
            AuthResult::Neutral => "neutral",
            AuthResult::Pass => "pass",
            AuthResult::Fail => "fail",
            AuthResult::SoftFail => "softfail",
            AuthResult::TempError => "temperror",
            AuthResult::PermError => "permerror",
            AuthResult::Policy => "policy",
        }
    }

    /// From the word; `None` when there is no such word.
    fn from_word(word: &str) -> Option<AuthResult> {
        let all = [
            AuthResult::None,
            AuthResult::Neutral,
            AuthResult::Pass,
            AuthResult::Fail,
            AuthResult::SoftFail,
            AuthResult::TempError,
            AuthResult::PermError,
            AuthResult::Policy,
        ];
        all.into_iter()
            .find(|result| result.word().eq_ignore_ascii_case(word))
    }
}

impl Dnssec {
    /// For people and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Dnssec::Unchecked => "unchecked",
            Dnssec::Secure => "secure",
            Dnssec::Insecure => "insecure",
            Dnssec::Bogus => "bogus",
        }
    }
}

impl Source {
    /// For people and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Source::None => "none",
            Source::Own => "own",
            Source::Relay => "relay",
        }
    }
}

impl AuthResults {
    /// Whether the sender of this one From address is proved: DMARC passed for its domain, or, where the domain publishes
    /// no DMARC record, SPF or DKIM passed for the very domain (T51), or a trusted ARC sealer vouches for it.
    pub fn proves(&self, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else {
            return false;
        };
        let aligned = match self.dmarc.result {
            AuthResult::Pass => true,
            AuthResult::None => self.dmarc.by_spf || self.dmarc.by_dkim,
            AuthResult::Neutral
            | AuthResult::Fail
            | AuthResult::SoftFail
            | AuthResult::TempError
            | AuthResult::PermError
            | AuthResult::Policy => false,
        };
        !domain.is_empty()
            && self.dmarc.domain.eq_ignore_ascii_case(domain)
            && (aligned || self.arc.vouched)
    }

    /// Whether asking again may give a better answer.
    pub fn unsettled(&self) -> bool {
        let dkim = self.dkim.iter().map(|signature| signature.result);
        dkim.chain([self.spf.result, self.dmarc.result, self.arc.result])
            .any(|result| result == AuthResult::TempError)
    }

    /// One line: `spf=pass (example.org) dkim=pass (example.org) dmarc=pass dnssec=secure`; empty when nobody checked.
    pub fn line(&self) -> String {
        if self.source == Source::None {
            return String::new();
        }
        let mut words = vec![said("spf", self.spf.result, &self.spf.domain)];
        if self.dkim.is_empty() {
            words.push(said("dkim", AuthResult::None, ""));
        }
        let dkim = self.dkim.iter();
        words.extend(dkim.map(|signature| said("dkim", signature.result, &signature.domain)));
        words.push(said("dmarc", self.dmarc.result, ""));
        if self.dmarc.result == AuthResult::None && (self.dmarc.by_spf || self.dmarc.by_dkim) {
            words.push("(no record published, but aligned)".into());
        }
        if self.arc.result != AuthResult::None {
            words.push(said("arc", self.arc.result, &self.arc.sealer));
        }
        match self.source {
            Source::Own => words.push(format!("dnssec={}", self.dnssec.word())),
            Source::Relay => words.push("(said by our relay)".into()),
            Source::None => {}
        }
        words.join(" ")
    }
}

fn said(method: &str, result: AuthResult, domain: &str) -> String {
    if domain.is_empty() {
        format!("{method}={}", result.word())
    } else {
        format!("{method}={} ({domain})", result.word())
    }
}

/// What our own MTA found, from its `Authentication-Results` field (RFC 8601); those of strangers are never looked at.
///
/// Only a trusted peer's field counts, only with a configured authserv-id, and only the topmost of that id: our MTA
/// removes fields that claim its name, or puts its own on top. `None` when there is no such field.
///
/// Filters write a field each. What another one of that id above the next hop's `Received` says of SPF is added, for what it says
/// of the connection; it never proves the author.
pub fn relayed(
    envelope: &Envelope,
    reading: &Reading,
    authserv_ids: &[String],
) -> Option<AuthResults> {
    if !envelope.trusted_relay {
        return None;
    }
    let domain = match reading.from.as_slice() {
        [from] => from.address.rsplit_once('@').map(|(_, domain)| domain),
        _ => None,
    };
    let domain = domain.unwrap_or("");
    let ours = |value: &&str| {
        let id = field::authserv_id(value);
        id.is_some_and(|id| authserv_ids.iter().any(|own| own.eq_ignore_ascii_case(id)))
    };
    let mut results = field::results(values(&reading.headers).find(ours)?, domain);
    if results.spf == Spf::default() {
        let mut hops = 0_usize;
        let of_this_hop = reading.headers.iter().take_while(|field| {
            hops = hops.saturating_add(usize::from(field.name.eq_ignore_ascii_case("Received")));
            // The first is our MTA's own.
            hops < 2
        });
        let spf = values(of_this_hop).filter(ours);
        let mut spf = spf.map(|value| field::results(value, domain).spf);
        results.spf = spf.find(|spf| *spf != Spf::default()).unwrap_or_default();
    }
    Some(results)
}

/// Values of all `Authentication-Results`.
fn values<'a>(headers: impl IntoIterator<Item = &'a HeaderField>) -> impl Iterator<Item = &'a str> {
    headers
        .into_iter()
        .filter(|field| field.name.eq_ignore_ascii_case("Authentication-Results"))
        .map(|field| field.raw.as_str())
}

/// Whether an `ARC-Authentication-Results` value (RFC 8617 section 4.1.1) says that DMARC passed for this domain.
pub fn says_dmarc_pass(value: &str, domain: &str) -> bool {
    // `i=2; mx.example; dmarc=pass …`: behind the instance it is an Authentication-Results value.
    let rest = value.split_once(';').map_or("", |(_, rest)| rest);
    let dmarc = field::results(rest, domain).dmarc;
    dmarc.result == AuthResult::Pass && dmarc.domain.eq_ignore_ascii_case(domain)
}
