//! What else is sealed of a case: mail of ours, names, certificates and whose they are, what was done with them and with tickets,
//! later verdicts.

use std::collections::BTreeMap;

use uuid::Uuid;
use vault::{CaseKey, Sealed, VaultError};

use super::chain::Chain;
use super::rows::Findings;
use super::{Broken, Verifier};
use crate::audit;
use crate::contacts::{self, Organisation};
use crate::correspondents::Binding;
use crate::sealing;
use crate::sender::Letter;
use crate::store::CaseRows;

impl Verifier<'_> {
    /// Opens everything that is sealed under the key of the case itself, but for messages.
    pub(super) fn sealed(
        &self,
        case: Uuid,
        key: &CaseKey,
        stored: &CaseRows,
        chain: &Chain,
        findings: &mut Findings<'_>,
    ) {
        for (number, (id, message)) in (1..).zip(&stored.mail) {
            let aad = Letter::aad(self.team, case, *id);
            if let Some(Err(error)) = message.as_ref().map(|message| key.open(&aad, message)) {
                findings.tell("outbox", format!("mail {number}"), broken(&error));
            }
        }
        if let Some(sealed) = &stored.certificate {
            let opened = key.open(&sealing::certificate_aad(self.team, case), sealed);
            let digest = opened.map(|opened| audit::certificate_digest(self.ring, case, &opened));
            let broken = match digest {
                Ok(digest) if chain.certificate.as_ref() == Some(&digest) => None,
                // An older one, put back.
                Ok(_) => Some(Broken::Altered),
                Err(error) => Some(broken(&error)),
            };
            if let Some(broken) = broken {
                findings.tell("certificate", "sealed", broken);
            }
        }
        if let Some((name, sealed)) = &stored.organisation
            && let Some(broken) = self.organisation(case, key, name, sealed, chain)
        {
            findings.tell("organisation", "sealed", broken);
        }
        if let Some(peer) = &stored.peer
            && let Err(error) = key.open(&sealing::peer_aad(self.team, case), peer)
        {
            findings.tell("transport_peer", "sealed", broken(&error));
        }
        if let Some(totp) = &stored.totp
            && let Err(error) = key.open(&sealing::totp_aad(self.team, case), totp)
        {
            findings.tell("console_account", "totp", broken(&error));
        }
        if let Some(search) = &stored.search
            && let Err(error) = key.open(&sealing::search_aad(self.team, case), search)
        {
            findings.tell("console_search", "sealed", broken(&error));
        }
        for binding in &stored.bindings {
            if let Err(error) = Binding::open(self.ring, self.team, key, binding) {
                findings.tell(
                    "certificate_binding",
                    binding.id.to_string(),
                    broken(&error),
                );
            }
        }
        for event in &stored.certificate_events {
            let aad = sealing::event_aad(self.team, case, event.id);
            if let Err(error) = key.open(&aad, &event.detail) {
                findings.tell("certificate_event", event.id.to_string(), broken(&error));
            }
        }
        for event in &stored.ticket_events {
            let aad = sealing::ticket_event_aad(self.team, case, event.id);
            if let Err(error) = key.open(&aad, &event.detail) {
                findings.tell("ticket_event", event.id.to_string(), broken(&error));
            }
        }
    }

    /// What is wrong with an organisation of the register.
    fn organisation(
        &self,
        case: Uuid,
        key: &CaseKey,
        name: &[u8],
        sealed: &Sealed,
        chain: &Chain,
    ) -> Option<Broken> {
        let aad = sealing::organisation_aad(self.team, case);
        let content = match key.open(&aad, sealed) {
            Ok(content) => content,
            Err(error) => return Some(broken(&error)),
        };
        let digest = audit::organisation_digest(self.ring, case, &content);
        let named = sealing::decode::<Organisation>(&content)
            .is_ok_and(|one| contacts::name_digest(self.ring, self.team, &one.name) == name);
        // An older one, put back; or one under another's name.
        let good = named && chain.organisation.as_ref() == Some(&digest);
        (!good).then_some(Broken::Altered)
    }

    /// Opens later verdicts, each with the key of its message, by the message's number: from 1, without a gap.
    pub(super) fn verdicts(
        &self,
        keys: &BTreeMap<Uuid, (Uuid, CaseKey)>,
        stored: &CaseRows,
        findings: &mut Findings<'_>,
    ) {
        let mut numbers: BTreeMap<Uuid, i32> = BTreeMap::new();
        for verdict in &stored.verdicts {
            let number = numbers.entry(verdict.entry).or_default();
            for gone in *number + 1..verdict.number {
                findings.tell(
                    "verdict",
                    format!("{gone} of message {}", verdict.entry),
                    Broken::Missing,
                );
            }
            *number = verdict.number;
            let Some((case, key)) = keys.get(&verdict.entry) else {
                continue;
            };
            let id = sealing::verdict_id(verdict.entry, verdict.number);
            let aad = sealing::verdict_aad(self.team, *case, id);
            if let Err(error) = key.open(&aad, &verdict.detail) {
                let name = format!("{} of message {}", verdict.number, verdict.entry);
                findings.tell("verdict", name, broken(&error));
            }
        }
    }
}

/// Of a case that was erased nothing is left but its chain.
pub(super) fn erased(stored: &CaseRows, findings: &mut Findings<'_>) {
    if stored.wrapped.is_some() || !stored.entries.is_empty() {
        findings.tell("case_key", "of an erased case", Broken::Added);
    }
    if stored.organisation.is_some() {
        findings.tell("organisation", "row", Broken::Added);
    }
}

/// What an error of opening says about the row.
pub(super) fn broken(error: &VaultError) -> Broken {
    if matches!(error, VaultError::Malformed) {
        Broken::Truncated
    } else if matches!(error, VaultError::UnknownKey(_)) {
        Broken::Swapped
    } else {
        Broken::Altered
    }
}
