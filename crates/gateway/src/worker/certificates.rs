//! Correspondents' certificates as a message meets them: looked up for its signatures, and learned from it when it is filed.

use std::collections::BTreeSet;

use intake::pipeline::Examination;
use intake::reading::{Attached, Place, Reading};
use uuid::Uuid;

use crate::correspondents::{Book, BookFault, Claim, Known, Proof, State};
use crate::reader::Signer;

/// Whose signatures prove something about a message.
#[derive(Default)]
pub(crate) struct Signers {
    /// Fingerprints of certificates that are bound to the From address.
    pub bound: Vec<String>,
    /// Fingerprints of certificates that say so of themselves, of an address that has none: the first to come. With proof of the
    /// sender (DMARC) an address whose certificate nothing but its own word speaks for has none.
    pub first: Vec<String>,
    /// One of the bound is so by more than its own word.
    pub strong: bool,
    /// One of the bound was authenticated for that address.
    pub authenticated: bool,
}

impl Signers {
    /// Those that become parties of a ticket.
    pub(crate) fn all(&self) -> impl Iterator<Item = &String> {
        self.bound.iter().chain(&self.first)
    }
}

impl Book {
    /// The certificates known under these names, with the addresses that they speak for, and whether the sender's is one that was
    /// authenticated, or is another than all that were.
    pub(crate) async fn certificates_of(
        &self,
        names: &[String],
        sender: Option<&str>,
    ) -> Result<Vec<Signer>, BookFault> {
        let known = self.named(names).await?;
        Ok(known
            .into_iter()
            .map(|known| Signer {
                authenticated: sender.is_some_and(|sender| known.is_verified_to(sender)),
                addresses: Some(known.addresses()),
                certificate: known.certificate,
            })
            .collect())
    }

    /// What the store says about those who signed.
    pub(crate) async fn signers(&self, examination: &Examination) -> Result<Signers, BookFault> {
        let mut signers = Signers::default();
        let Some(sender) = &examination.sender else {
            return Ok(signers);
        };
        if !examination.signers.is_empty() {
            signers.bound.clone_from(&examination.signers);
            for known in self.named(&examination.signers).await? {
                if let Some(binding) = known.holds(sender) {
                    signers.strong |= binding.proof.is_strong();
                    signers.authenticated |= binding.state == State::Authenticated;
                }
            }
        }
        if !examination.newcomers.is_empty() {
            signers.first = self.first(sender, examination).await?;
        }
        Ok(signers)
    }

    /// Those of the newcomers that no other certificate of the sender's stands against.
    async fn first(
        &self,
        sender: &str,
        examination: &Examination,
    ) -> Result<Vec<String>, BookFault> {
        let bound = self.of_address(sender).await?;
        // Not even a conflict, or what an analyst rejected.
        if bound.is_empty() {
            return Ok(examination.newcomers.clone());
        }
        if !examination.authenticated {
            return Ok(Vec::new());
        }
        let mut first = Vec::new();
        for fingerprint in &examination.newcomers {
            let own = self.by_fingerprint(fingerprint).await?;
            let own = own.as_ref();
            let refused = own
                .and_then(|own| own.binding(sender))
                .is_some_and(|it| matches!(it.state, State::Rejected | State::Superseded));
            // It may have been bound itself since the message was read.
            let mut others = bound
                .iter()
                .filter(|known| own.is_none_or(|own| own.id != known.id))
                .filter_map(|known| known.holds(sender));
            if !refused && !others.any(|binding| binding.proof.is_strong()) {
                first.push(fingerprint.clone());
            }
        }
        Ok(first)
    }

    /// Learns from a message that was filed: how many certificates of its sender's now stand against the one that speaks for him.
    /// What fails here is learned from the next one.
    pub(crate) async fn remember(
        &self,
        entry: Uuid,
        reading: &Reading,
        examination: &Examination,
        signature_seen: bool,
    ) -> usize {
        let signed = !examination.signers.is_empty() || !examination.newcomers.is_empty();
        let Some(sender) = examination.sender.as_deref() else {
            return 0;
        };
        if reading.certificates.is_empty() && !signed {
            return 0;
        }
        let message = Learned {
            entry,
            sender,
            examination,
            signature_seen,
        };
        self.learn(reading, &message).await.unwrap_or_else(|fault| {
            tracing::warn!(spool = %entry, %fault, "a certificate could not be kept");
            0
        })
    }

    async fn learn(&self, reading: &Reading, message: &Learned<'_>) -> Result<usize, BookFault> {
        // Certificates of the sender's that are not the one that speaks for him.
        let mut conflicts = BTreeSet::new();
        for brought in &reading.certificates {
            conflicts.extend(self.brought(brought, message).await?);
        }
        let examination = message.examination;
        let names = [&examination.signers[..], &examination.newcomers[..]].concat();
        // A signature that was sent before shows nothing (T26).
        let proved = examination.authenticated && !message.signature_seen;
        for known in self.named(&names).await? {
            let Some(binding) = known.binding(message.sender) else {
                continue;
            };
            let mut state = binding.state;
            if proved && (!binding.proof.is_strong() || state == State::Conflict) {
                state = self.bind_sender(&known, message).await?.unwrap_or(state);
            }
            if !state.holds() {
                conflicts.insert(known.id);
            }
        }
        for certificate in &conflicts {
            self.conflict(*certificate, message.entry).await?;
        }
        if self.review().await? > 0 {
            tracing::info!(
                "verdicts were given anew, for a certificate was revoked or expires at another time"
            );
        }
        Ok(conflicts.len())
    }

    /// A certificate came along: news about one that is held is merged, whoever brings it; the sender's own, if he is proved,
    /// is kept and bound to his address.
    async fn brought(
        &self,
        brought: &Attached,
        message: &Learned<'_>,
    ) -> Result<Vec<Uuid>, BookFault> {
        let mut conflicts = Vec::new();
        for vetted in self.vet(&brought.certificate, None).await? {
            let fingerprint = &vetted.info.fingerprint;
            if let Some(known) = self.by_fingerprint(fingerprint).await? {
                self.merge(&known, &vetted, "came by mail").await?;
            }
            let named = brought.place == Place::Autocrypt
                || vetted
                    .addresses
                    .iter()
                    .any(|address| address.eq_ignore_ascii_case(message.sender));
            let Some(proof) = message.proof(fingerprint).filter(|_| named) else {
                continue;
            };
            let known = self.keep(&vetted, "came by mail").await?;
            let mut certified = vetted.certified.iter();
            let certified = certified.find(|one| one.address.eq_ignore_ascii_case(message.sender));
            let claim = Claim {
                address: message.sender,
                proof: certified.map_or(proof, |_| Proof::Certified),
                state: certified.map_or(State::Pinned, |_| State::Authenticated),
                by: certified.map_or("", |one| one.by.as_str()),
                why: "came by mail",
            };
            if let Some(state) = self.bind(&known, &claim).await?
                && !state.holds()
            {
                conflicts.push(known.id);
            }
        }
        Ok(conflicts)
    }

    async fn bind_sender(
        &self,
        known: &Known,
        message: &Learned<'_>,
    ) -> Result<Option<State>, BookFault> {
        let claim = Claim {
            address: message.sender,
            proof: Proof::Sender,
            state: State::Pinned,
            by: "",
            why: "signed mail of a proved sender",
        };
        self.bind(known, &claim).await
    }

    async fn conflict(&self, certificate: Uuid, entry: Uuid) -> Result<(), BookFault> {
        self.store.flag(entry, "key-conflict", certificate).await?;
        tracing::warn!(spool = %entry, %certificate,
            "another certificate for an address that has one: kept and not used; see `pillarbox keys conflicts list`");
        Ok(())
    }
}

/// A message, for what can be learned from it.
struct Learned<'a> {
    entry: Uuid,
    sender: &'a str,
    examination: &'a Examination,
    /// Its signature was sent before in the signer's name.
    signature_seen: bool,
}

impl Learned<'_> {
    /// What shows that a certificate is the sender's: a signature that was sent before doesn't, and a key that signed nothing is
    /// only enclosed, by whoever could write into the mail on its way.
    fn proof(&self, fingerprint: &String) -> Option<Proof> {
        let examination = self.examination;
        let signed = examination.newcomers.contains(fingerprint)
            || examination.signers.contains(fingerprint);
        match (examination.authenticated, signed && !self.signature_seen) {
            (true, true) => Some(Proof::Sender),
            (true, false) => Some(Proof::Attached),
            (false, true) => Some(Proof::Signature),
            (false, false) => None,
        }
    }
}
