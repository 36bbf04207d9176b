//! How much TLS a destination wants: what the configuration says of it, else DANE, else MTA-STS, else what is offered.

use std::sync::Arc;

use super::attempt::{PolicyKind, TlsFailure};
use super::certificates::{Authorities, Trust};
use super::connection::Need;
use super::dane;
use super::mta_sts::{Mode, Policies, Policy};
use super::route::{Exchanger, Found, Located};
use crate::config::{Outbox, Peer, PeerTls, pin_octets};
use crate::dns::{Answer, DnsFault, Resolver, Security, Tlsa};

/// What holds for a whole domain.
pub(super) enum DomainPolicy {
    /// Nothing was found.
    Free,
    /// The configuration lists it.
    Peer(Peer),
    /// It publishes an MTA-STS policy.
    Sts(Arc<Policy>),
    /// Nothing that it publishes holds for this mail: a report about TLS must arrive where TLS fails (RFC 8460 section 3).
    Waived,
}

/// What one connection must fulfil.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub need: Need,
    pub kind: PolicyKind,
    pub detail: Vec<String>,
    /// Only watched: MTA-STS in mode testing. What fails is reported, and the mail goes all the same.
    pub watched: bool,
    /// What is watched has failed, and was told.
    pub failed: bool,
    /// The name that the server is asked for, when it is not the exchanger's (RFC 7672 section 8.1).
    pub name: Option<String>,
}

impl Demand {
    /// Nothing but TLS where it works.
    fn opportunistic() -> Demand {
        Demand {
            need: Need::Offered,
            kind: PolicyKind::None,
            detail: Vec::new(),
            watched: false,
            failed: false,
            name: None,
        }
    }
}

/// Why an exchanger can't be used now.
pub(super) struct Unmet {
    pub kind: PolicyKind,
    pub detail: Vec<String>,
    pub failure: TlsFailure,
    pub reason: &'static str,
}

impl Unmet {
    /// An exchanger that an MTA-STS policy doesn't list.
    pub(super) fn not_listed(policy: &Policy) -> Unmet {
        Unmet {
            kind: PolicyKind::Sts,
            detail: policy.lines.clone(),
            failure: TlsFailure::ValidationFailure,
            reason: "sts-mx-mismatch",
        }
    }
}

/// Finds policies.
pub(super) struct Finder {
    pub resolver: Resolver,
    sts: Option<Policies>,
}

impl Finder {
    pub(super) fn new(resolver: Resolver, authorities: &Authorities, settings: &Outbox) -> Finder {
        let sts = settings.mta_sts.then(|| {
            Policies::new(
                resolver.clone(),
                authorities.clone(),
                settings.mta_sts_port,
                settings.allowed_networks.clone(),
            )
        });
        Finder { resolver, sts }
    }

    /// The domain's policy, and what went wrong while it was looked for.
    ///
    /// # Errors
    /// [`DnsFault::Bogus`].
    pub(super) async fn domain(
        &self,
        settings: &Outbox,
        domain: &str,
    ) -> Result<(DomainPolicy, Option<Unmet>), DnsFault> {
        if let Some(listed) = listed(settings, domain) {
            return Ok((listed, None));
        }
        let Some(sts) = self.sts.as_ref().filter(|_| !domain.starts_with('[')) else {
            return Ok((DomainPolicy::Free, None));
        };
        let known = sts.of(domain).await?;
        let failure = known.failure.map(|(failure, reason)| Unmet {
            kind: PolicyKind::Sts,
            detail: Vec::new(),
            failure,
            reason,
        });
        let policy = match known.policy {
            Some(policy) if policy.mode != Mode::None => DomainPolicy::Sts(policy),
            Some(_) | None => DomainPolicy::Free,
        };
        Ok((policy, failure))
    }

    /// What holds for one exchanger. DANE comes before MTA-STS (RFC 8461 section 2).
    pub(super) async fn exchanger(
        &self,
        policy: &DomainPolicy,
        domain: &str,
        exchanger: &Exchanger,
        located: &Located,
    ) -> Result<Demand, Unmet> {
        let wants_dane = match policy {
            DomainPolicy::Peer(peer) if peer.tls != PeerTls::Dane => return Ok(peer_demand(peer)),
            DomainPolicy::Peer(_) => true,
            DomainPolicy::Waived => return Ok(Demand::opportunistic()),
            DomainPolicy::Free | DomainPolicy::Sts(_) => false,
        };
        if let Some(demand) = self.dane(domain, exchanger, located).await? {
            return Ok(demand);
        }
        if wants_dane {
            return Err(Unmet {
                kind: PolicyKind::Peer,
                detail: Vec::new(),
                failure: TlsFailure::DaneRequired,
                reason: "no-tlsa",
            });
        }
        let DomainPolicy::Sts(policy) = policy else {
            return Ok(Demand::opportunistic());
        };
        let listed = policy.lists(&exchanger.host);
        if policy.mode == Mode::Enforce && !listed {
            return Err(Unmet::not_listed(policy));
        }
        let enforced = policy.mode == Mode::Enforce;
        Ok(Demand {
            need: if enforced {
                Need::Starttls(Trust::Authorities)
            } else {
                Need::Offered
            },
            kind: PolicyKind::Sts,
            detail: policy.lines.clone(),
            watched: !enforced,
            failed: false,
            name: None,
        })
    }

    /// DANE's demand, if the exchanger and its addresses are proved by DNSSEC and TLSA records are there; their provable
    /// absence is an answer, a look-up that fails is not (RFC 7672 section 2.1).
    async fn dane(
        &self,
        domain: &str,
        exchanger: &Exchanger,
        located: &Located,
    ) -> Result<Option<Demand>, Unmet> {
        if exchanger.found != Found::ByDns(Security::Secure) || located.security != Security::Secure
        {
            return Ok(None);
        }
        // What an alias stands for comes first, then the alias (RFC 7672 section 2.2.3).
        let aliased = located.alias_of.as_deref();
        for base in aliased.into_iter().chain([exchanger.host.as_str()]) {
            let answer = self.tlsa(exchanger.port, base).await?;
            if answer.security != Security::Secure || answer.records.is_empty() {
                continue;
            }
            let usable = dane::usable(&answer.records);
            let trust = if usable.is_empty() {
                // Records that nobody can use still say that TLS is there (RFC 7672 section 2.2).
                Trust::Anybody
            } else {
                let names = aliased.into_iter().chain([exchanger.host.as_str(), domain]);
                Trust::Records(usable, names.map(str::to_owned).collect())
            };
            return Ok(Some(Demand {
                need: Need::Starttls(trust),
                kind: PolicyKind::Dane,
                detail: answer.records.iter().map(dane::text).collect(),
                watched: false,
                failed: false,
                name: Some(base.to_owned()),
            }));
        }
        Ok(None)
    }

    async fn tlsa(&self, port: u16, base: &str) -> Result<Answer<Tlsa>, Unmet> {
        let answer = self.resolver.tlsa(&format!("_{port}._tcp.{base}")).await;
        answer.map_err(|fault| Unmet {
            kind: PolicyKind::Dane,
            detail: Vec::new(),
            failure: match fault {
                DnsFault::Temporary => TlsFailure::TlsaInvalid,
                DnsFault::Bogus => TlsFailure::DnssecInvalid,
            },
            reason: "tlsa-lookup",
        })
    }
}

/// What the configuration says of a domain.
fn listed(settings: &Outbox, domain: &str) -> Option<DomainPolicy> {
    let mut peers = settings.peer.iter();
    let listed = peers.find(|peer| peer.domain.eq_ignore_ascii_case(domain))?;
    Some(DomainPolicy::Peer(listed.clone()))
}

/// What holds for a report about TLS: the operator's own rules, and no others.
pub(super) fn for_tls_report(settings: &Outbox, domain: &str) -> DomainPolicy {
    listed(settings, domain).unwrap_or(DomainPolicy::Waived)
}

fn peer_demand(peer: &Peer) -> Demand {
    let pins: Vec<[u8; 32]> = peer
        .key_sha256
        .iter()
        .filter_map(|pin| pin_octets(pin))
        .collect();
    let need = match peer.tls {
        PeerTls::Opportunistic => Need::Offered,
        PeerTls::Encrypt => Need::Starttls(Trust::Anybody),
        PeerTls::Verify | PeerTls::Dane if pins.is_empty() => Need::Starttls(Trust::Authorities),
        PeerTls::Verify | PeerTls::Dane => Need::Starttls(Trust::Keys(pins)),
    };
    Demand {
        need,
        kind: PolicyKind::Peer,
        detail: Vec::new(),
        watched: false,
        failed: false,
        name: None,
    }
}
