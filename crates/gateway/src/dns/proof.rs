//! From hickory's proofs to one word an answer.
//!
//! Hickory 0.26 validates each record set, but three things are left to its caller:
//! - Only records on the way from the question to the answer count. Its answers may hold more: a record of somebody
//!   else's signed zone, put there by an attacker, would be "secure" as well.
//! - It takes *any* provably unsigned record in the authority section as a reason to believe an answer or a denial,
//!   without asking whether that zone has to do with the name. We ask, or else a forged denial of a TLSA record
//!   would only look insecure (RFC 7672 section 2.1.1: a downgrade).
//! - A denial behind a CNAME carries the proof of its last step only, so it is never called secure.

use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::dnssec::Proof;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::{DnsFault, Resolver, Security};

/// Records, what DNSSEC says of them, and whose they are: the name asked for, or where its aliases end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proven {
    pub records: Vec<RData>,
    pub security: Security,
    pub name: Name,
}

impl Proven {
    fn none(name: &Name, security: Security) -> Proven {
        Proven {
            records: Vec::new(),
            security,
            name: name.clone(),
        }
    }
}

/// Longest chain of CNAMEs followed in an answer.
const HOPS: usize = 10;

/// The records that answer the question, and the weakest proof on the way.
pub(super) fn positive(
    asked: &Name,
    kind: RecordType,
    lookup: &Lookup,
    validate: bool,
) -> Result<Proven, DnsFault> {
    let mut name = asked.clone();
    let mut used: Vec<&Record> = Vec::new();
    for _ in 0..HOPS {
        let found = |record: &&Record| record.record_type() == kind && record.name == name;
        let records: Vec<&Record> = lookup.answers().iter().filter(found).collect();
        if !records.is_empty() {
            used.extend(&records);
            let data = records.iter().map(|record| record.data.clone()).collect();
            let security = if validate {
                judge(&used, lookup.authorities())?
            } else {
                Security::Unchecked
            };
            return Ok(Proven {
                records: data,
                security,
                name,
            });
        }
        let alias = lookup.answers().iter().find_map(|record| {
            let RData::CNAME(target) = &record.data else {
                return None;
            };
            (record.name == name).then(|| (record, target.0.clone()))
        });
        let Some((record, target)) = alias else { break };
        used.push(record);
        name = target;
    }
    // Records, but none that belongs to the question.
    Err(DnsFault::Temporary)
}

fn judge(used: &[&Record], authorities: &[Record]) -> Result<Security, DnsFault> {
    if used.iter().any(|record| record.proof.is_bogus()) {
        return Err(DnsFault::Bogus);
    }
    if !used.iter().all(|record| record.proof.is_secure()) {
        return Ok(Security::Insecure);
    }
    // Then hickory did not check that a wildcard was allowed to answer (RFC 4035 section 5.3.4).
    let unchecked = !authorities.is_empty() && authorities.iter().all(insecure);
    if unchecked {
        return Err(DnsFault::Bogus);
    }
    Ok(Security::Secure)
}

impl Resolver {
    /// No records: provably none, none in an unsigned zone, or no answer at all.
    pub(super) async fn negative(&self, asked: &Name, error: NetError) -> Result<Proven, DnsFault> {
        let NetError::Dns(error) = error else {
            return Err(DnsFault::Temporary);
        };
        if let DnsError::NoRecordsFound(none) = error {
            if !self.validate {
                return Ok(Proven::none(none.query.name(), Security::Unchecked));
            }
            let last = self.denial(&none).await?;
            let direct = none.query.name() == asked;
            let whole = if direct {
                last
            } else {
                last.weaker(Security::Insecure)
            };
            return Ok(Proven::none(none.query.name(), whole));
        }
        if let DnsError::Nsec { proof, .. } = &error
            && proof.is_insecure()
        {
            // The proof is good but weak: an NSEC3 opt-out or too many iterations (RFC 9276).
            return Ok(Proven::none(asked, Security::Insecure));
        }
        if matches!(error, DnsError::Nsec { .. } | DnsError::DnssecBogus) {
            return Err(DnsFault::Bogus);
        }
        // Servers that fail or refuse.
        Err(DnsFault::Temporary)
    }

    async fn denial(&self, none: &NoRecords) -> Result<Security, DnsFault> {
        let name = none.query.name();
        let records = none.authorities.as_deref().unwrap_or_default();
        let evidence = || {
            records
                .iter()
                .filter(|record| record.record_type() != RecordType::RRSIG)
        };
        let denies =
            |record: &Record| matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3);
        if evidence().any(|record| record.proof.is_bogus()) {
            return Err(DnsFault::Bogus);
        }
        // Hickory let this pass, so its check of the NSEC or NSEC3 records succeeded.
        if evidence().any(denies) && evidence().all(|record| record.proof.is_secure()) {
            return Ok(Security::Secure);
        }
        if evidence().any(|record| insecure(record) && record.name.zone_of(name)) || reserved(name)
        {
            return Ok(Security::Insecure);
        }
        self.unsigned_above(name.clone()).await
    }

    /// A denial without evidence is believed in a provably unsigned zone only: looks for the zone's own record.
    async fn unsigned_above(&self, mut name: Name) -> Result<Security, DnsFault> {
        while !name.is_root() {
            let zone = self.hickory().lookup(name.clone(), RecordType::SOA).await;
            let own = zone.iter().flat_map(|lookup| lookup.answers());
            let mut own = own.filter(|r| r.record_type() == RecordType::SOA && r.name == name);
            if let Some(record) = own.next() {
                return if insecure(record) {
                    Ok(Security::Insecure)
                } else {
                    Err(DnsFault::Bogus)
                };
            }
            name = name.base_name();
        }
        Err(DnsFault::Bogus)
    }
}

fn insecure(record: &Record) -> bool {
    record.proof == Proof::Insecure
}

/// Names that hickory answers by itself, without a question (RFC 6761, RFC 7686).
fn reserved(name: &Name) -> bool {
    let last = name.iter().next_back();
    [&b"localhost"[..], b"invalid", b"onion"]
        .iter()
        .any(|reserved| last.is_some_and(|label| label.eq_ignore_ascii_case(reserved)))
}
