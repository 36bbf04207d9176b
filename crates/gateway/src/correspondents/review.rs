//! Looks at verdicts again when a certificate was revoked, or expires at another time (T12). The verdict at receipt stays; a
//! later one is written beside it.

use intake::openpgp::{Layer, Review, Revocation, SignedLayer, Verdict};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::{CaseKey, KeyRing, Purpose, VaultError};

use super::binding::now;
use super::{Book, BookFault, Known};
use crate::audit::{self, Event};
use crate::reader::{Done, Job};
use crate::sealing::{self, Understood};
use crate::store::{NewSigner, SignedEntry, Store, StoreFault, StoredVerdict};

/// Entries that are looked at in one go.
const BATCH: i64 = 100;
/// How often an entry is looked at that somebody else writes to at the same moment.
const TRIES: usize = 8;

/// A verdict that was given later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaterVerdict {
    /// Fingerprint of the certificate.
    pub signer: String,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// What is to be said of the signature at the time of receipt, with what is known now.
    pub verdict: Verdict,
    /// The certificate or the key is revoked now.
    pub revocation: Option<Revocation>,
    /// When it was given, RFC 3339.
    pub at: String,
}

impl LaterVerdict {
    /// For people: `good_unknown_key at receipt; certificate revoked since 2026-11-20 (compromised)`.
    pub(crate) fn words(&self, at_receipt: Verdict) -> String {
        let revoked = self.revocation.as_ref().map(|revocation| {
            let day = revocation.since.strftime("%Y-%m-%d");
            format!("; certificate revoked since {day} ({})", revocation.reason)
        });
        let now = (self.verdict != at_receipt && revoked.is_none())
            .then(|| format!("; now {}", verdict_words(self.verdict)));
        let more = revoked.or(now).unwrap_or_default();
        format!("{} at receipt{more}", verdict_words(at_receipt))
    }
}

/// A verdict, for people.
fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "good",
        Verdict::GoodUnknownKey => "good (key not verified)",
        Verdict::MissingKey => "no key",
        Verdict::ExpiredKey => "expired key",
        Verdict::RevokedKey => "revoked key",
        Verdict::Bad => "bad",
        Verdict::Malformed => "malformed",
    }
}

/// Where an entry is found by its signer: one of 256 places a month, so that equal ones tell little.
pub(crate) fn signer_index(
    ring: &KeyRing,
    team: &str,
    received: Timestamp,
    fingerprint: &str,
) -> NewSigner {
    let month = received.strftime("%Y-%m-01").to_string();
    let parts = [
        b"signed",
        team.as_bytes(),
        month.as_bytes(),
        fingerprint.as_bytes(),
    ];
    let [first, ..] = ring.digest(Purpose::Certificate, &parts);
    NewSigner {
        month,
        index: i32::from(first),
    }
}

/// The genuine signatures by a certificate: what is bad stays bad whatever becomes of it.
fn signatures<'r>(understood: &'r Understood, signer: &str) -> Vec<(&'r SignedLayer, &'r str)> {
    let layers = understood
        .reading
        .iter()
        .flat_map(|reading| &reading.openpgp.layers);
    layers
        .filter_map(|layer| match layer {
            Layer::Signed(signed) => Some(signed),
            Layer::Encrypted(_) => None,
        })
        .filter(|signed| signed.signer.as_deref() == Some(signer))
        .filter(|signed| match signed.verdict {
            Verdict::Good | Verdict::GoodUnknownKey | Verdict::ExpiredKey | Verdict::RevokedKey => {
                true
            }
            Verdict::MissingKey | Verdict::Bad | Verdict::Malformed => false,
        })
        .filter_map(|signed| Some((signed, signed.key.as_deref()?)))
        .collect()
}

impl Book {
    /// Looks at the verdicts of every certificate that changed and was not looked at yet; how many verdicts were added.
    pub(crate) async fn review(&self) -> Result<usize, BookFault> {
        let mut added = 0;
        for id in self.store.certificates_to_review().await? {
            if let Some(known) = self.by_id(id).await? {
                added += self.review_one(&known).await?;
                self.store.reviewed(id, known.row.version).await?;
            }
        }
        Ok(added)
    }

    async fn review_one(&self, known: &Known) -> Result<usize, BookFault> {
        let vetted = self.vet(&known.certificate, None).await?;
        let Some(signer) = vetted.into_iter().next().map(|one| one.info.fingerprint) else {
            return Ok(0);
        };
        let mut found = Vec::new();
        for month in self.store.signed_months().await? {
            if let Ok(day) = format!("{month}T00:00:00Z").parse() {
                found.push(signer_index(&self.ring, &self.team, day, &signer));
            }
        }
        let (months, indexes): (Vec<String>, Vec<i32>) =
            found.into_iter().map(|one| (one.month, one.index)).unzip();
        let (mut after, mut added) = (Uuid::nil(), 0);
        loop {
            let entries = self
                .store
                .signed_entries(&months, &indexes, after, BATCH)
                .await?;
            let Some(last) = entries.last() else {
                return Ok(added);
            };
            after = last.id;
            for entry in entries {
                let id = entry.id;
                match self.review_as_it_is(known, &signer, entry).await {
                    Ok(more) => added += more,
                    // One row that can't be opened must not keep others from being looked at.
                    Err(BookFault::Vault(error)) => {
                        tracing::warn!(entry = %id, %error, "its verdict can't be looked at again");
                    }
                    Err(fault) => return Err(fault),
                }
            }
        }
    }

    /// Looks at an entry; again when it was sealed anew, or somebody else looked at it, at the same moment.
    async fn review_as_it_is(
        &self,
        known: &Known,
        signer: &str,
        mut entry: SignedEntry,
    ) -> Result<usize, BookFault> {
        let mut added = 0;
        for _ in 0..TRIES {
            let fault = match self.review_entry(known, signer, &entry, &mut added).await {
                Ok(()) => return Ok(added),
                Err(fault) => fault,
            };
            // Erased: nothing is left to look at.
            let Some(now) = self.store.signed_entry(entry.id).await? else {
                return Ok(added);
            };
            let again = match &fault {
                BookFault::Store(StoreFault::Conflict) => true,
                BookFault::Vault(_) => now.wrapped != entry.wrapped,
                BookFault::Store(_) | BookFault::Reader(_) => false,
            };
            if !again {
                return Err(fault);
            }
            entry = now;
        }
        Err(StoreFault::Conflict.into())
    }

    async fn review_entry(
        &self,
        known: &Known,
        signer: &str,
        entry: &SignedEntry,
        added: &mut usize,
    ) -> Result<(), BookFault> {
        if entry.wrapped.message().is_some() {
            return Ok(());
        }
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let aad = sealing::entry_aad(&self.team, "reading", entry.case, entry.id);
        let understood: Understood = sealing::open(&key, &aad, &entry.reading)?;
        let mut written =
            later_verdicts(&self.store, &self.team, &key, entry.case, &[entry.id]).await?;
        let reference = understood.envelope.received_at;
        let from = understood
            .reading
            .as_ref()
            .map(|reading| reading.from.as_slice());
        let authenticated =
            matches!(from, Some([sender]) if known.is_authenticated_for(&sender.address));
        for (signed, signing_key) in signatures(&understood, signer) {
            let Some(review) = self.look(known, signing_key, reference).await? else {
                continue;
            };
            let verdict = with_review(
                signed.verdict,
                &review,
                authenticated && (signed.from_matches || signed.claims_from),
            );
            let before = written
                .iter()
                .rev()
                .find(|(_, later)| later.signer == signer && later.key == signing_key);
            let same = match before {
                Some((_, later)) => {
                    later.verdict == verdict && later.revocation == review.revocation
                }
                None => signed.verdict == verdict && review.revocation.is_none(),
            };
            if same {
                continue;
            }
            let later = LaterVerdict {
                signer: signer.to_owned(),
                key: signing_key.to_owned(),
                verdict,
                revocation: review.revocation,
                at: now(),
            };
            let number = i32::try_from(written.len())
                .unwrap_or(i32::MAX)
                .saturating_add(1);
            self.write(&key, entry, number, &later).await?;
            written.push((entry.id, later));
            *added += 1;
        }
        Ok(())
    }

    async fn write(
        &self,
        key: &CaseKey,
        entry: &SignedEntry,
        number: i32,
        later: &LaterVerdict,
    ) -> Result<(), BookFault> {
        let aad = sealing::verdict_aad(
            &self.team,
            entry.case,
            sealing::verdict_id(entry.id, number),
        );
        let verdict = StoredVerdict {
            entry: entry.id,
            number,
            detail: sealing::seal(key, &aad, later)?,
        };
        let event = Event {
            action: "verdict",
            detail: format!("verdict={} number={number}", entry.id),
        };
        let last = self.store.last_audit(entry.case).await?;
        let link = audit::next(&self.ring, entry.case, last, audit::GATEWAY, event);
        Ok(self
            .store
            .add_verdict(&verdict, &entry.wrapped, entry.case, &link.line())
            .await?)
    }

    async fn look(
        &self,
        known: &Known,
        key: &str,
        reference: Timestamp,
    ) -> Result<Option<Review>, BookFault> {
        let job = Job::Review {
            certificate: known.certificate.clone(),
            key: key.to_owned(),
            reference,
            now: Timestamp::now(),
        };
        let done = self.readers.run(&job).await?;
        let Done::Reviewed(review) = done else {
            return Ok(None);
        };
        Ok(review)
    }
}

/// The verdicts that were given later on these entries of a case, the oldest first.
pub(crate) async fn later_verdicts(
    store: &Store,
    team: &str,
    key: &CaseKey,
    case: Uuid,
    entries: &[Uuid],
) -> Result<Vec<(Uuid, LaterVerdict)>, BookFault> {
    let opened = store.verdicts(entries).await?.into_iter().map(|one| {
        let aad = sealing::verdict_aad(team, case, sealing::verdict_id(one.entry, one.number));
        Ok((one.entry, sealing::open(key, &aad, &one.detail)?))
    });
    opened
        .collect::<Result<_, VaultError>>()
        .map_err(Into::into)
}

/// What was in force stays as trusted as it was; what was not, and is now known to have been, is as trusted as its owner.
fn with_review(at_receipt: Verdict, review: &Review, authenticated: bool) -> Verdict {
    match (review.lapsed, at_receipt) {
        (Some(lapsed), _) => lapsed,
        (None, Verdict::ExpiredKey | Verdict::RevokedKey) if authenticated => Verdict::Good,
        (None, Verdict::ExpiredKey | Verdict::RevokedKey) => Verdict::GoodUnknownKey,
        (
            None,
            Verdict::Good
            | Verdict::GoodUnknownKey
            | Verdict::MissingKey
            | Verdict::Bad
            | Verdict::Malformed,
        ) => at_receipt,
    }
}
