//! Keeping certificates, merging news into them, and saying whose they are.

use intake::openpgp::Vetted;
use jiff::Timestamp;
use uuid::Uuid;
use vault::{CaseKey, Epoch, Sealed, VaultError};

use super::binding::{Binding, Note, Proof, State, Strength, code, now};
use super::{Book, BookFault, Known, binding_id, certificate_id, handle, handles};
use crate::audit;
use crate::epochs;
use crate::reader::{Done, Job};
use crate::sealing;
use crate::store::{StoreFault, StoredBinding, StoredCertificate, StoredEvent, Superseded};

/// How often a write is tried again that somebody else was faster with.
const TRIES: usize = 8;
/// Certificates in conflict over one address; those after them are not kept.
const MOST_CONFLICTS: usize = 8;

/// That a certificate is said to be somebody's.
pub(crate) struct Claim<'a> {
    pub address: &'a str,
    pub proof: Proof,
    /// [`State::Authenticated`] when somebody here says so.
    pub state: State,
    /// Who; empty for the gateway.
    pub by: &'a str,
    pub why: &'a str,
}

impl Book {
    /// Looks at certificates in a reader process: what strangers send, or servers answer, is hostile.
    pub(crate) async fn vet(
        &self,
        octets: &[u8],
        held: Option<&[u8]>,
    ) -> Result<Vec<Vetted>, BookFault> {
        let job = Job::Vet {
            octets: octets.to_vec(),
            held: held.map(<[u8]>::to_vec),
            now: Timestamp::now(),
        };
        let done = self.readers.run(&job).await?;
        let Done::Vetted(vetted) = done else {
            return Ok(Vec::new());
        };
        Ok(vetted)
    }

    /// Keeps a certificate: adds it, or merges what is new into the one that is held. Whatever brings it, for only its owner
    /// can sign what is merged; whose it is doesn't change by that.
    pub(crate) async fn keep(&self, vetted: &Vetted, why: &str) -> Result<Known, BookFault> {
        let id = certificate_id(&self.ring, &vetted.info.fingerprint);
        for _ in 0..TRIES {
            let Some(known) = self.by_id(id).await? else {
                match self.add(id, vetted, why).await {
                    // The standing key was replaced since this one was wrapped.
                    Err(BookFault::Store(StoreFault::Conflict)) | Ok(()) => continue,
                    Err(fault) => return Err(fault),
                }
            };
            match self.merge(&known, vetted, why).await {
                Err(BookFault::Store(StoreFault::Conflict)) => continue,
                Err(fault) => return Err(fault),
                Ok(true) => continue,
                Ok(false) => return Ok(known),
            }
        }
        Err(StoreFault::Conflict.into())
    }

    /// Merges news into a certificate that is held. Whether there was any.
    pub(crate) async fn merge(
        &self,
        known: &Known,
        vetted: &Vetted,
        why: &str,
    ) -> Result<bool, BookFault> {
        if known.certificate == vetted.certificate {
            return Ok(false);
        }
        let merged = self
            .vet(&vetted.certificate, Some(&known.certificate))
            .await?;
        let Some(merged) = merged.into_iter().find(|merged| merged.news) else {
            return Ok(false);
        };
        let key = self.key(known)?;
        let aad = sealing::certificate_aad(&self.team, known.id);
        let changed = StoredCertificate {
            sealed: key.seal(&aad, &merged.certificate)?,
            ..known.row.clone()
        };
        let event = self.event(&key, known.id, "merged", "", "", why)?;
        let handles = handles(&self.ring, &merged.info);
        self.store
            .change_certificate(&changed, &handles, merged.standing_changed, &event)
            .await?;
        tracing::info!(certificate = %known.id, standing_changed = merged.standing_changed, "a certificate was updated by its owner");
        Ok(true)
    }

    async fn add(&self, id: Uuid, vetted: &Vetted, why: &str) -> Result<(), BookFault> {
        epochs::ready(&self.store, &self.ring, &self.team, Epoch::STANDING).await?;
        let key = self.ring.new_case_key(Epoch::STANDING)?;
        let aad = sealing::certificate_aad(&self.team, id);
        let new = StoredCertificate {
            id,
            wrapped: self.ring.wrap(&key, &sealing::case_aad(&self.team, id))?,
            version: 1,
            sealed: key.seal(&aad, &vetted.certificate)?,
        };
        let event = self.event(&key, id, "kept", "", "", why)?;
        let handles = handles(&self.ring, &vetted.info);
        if self.store.add_certificate(&new, &handles, &event).await? {
            let kept = audit::certificate_kept();
            audit::append(&self.store, &self.ring, id, audit::GATEWAY, kept).await?;
        }
        Ok(())
    }

    /// Says whose a certificate is. When another one speaks for the address, that stays so and this one becomes a conflict, unless
    /// more stands behind it than behind a weak pin, see [`Strength`]. What an analyst decided before stays, too; a pin can become
    /// stronger. How it stands to the address now; `None` when there are conflicts enough.
    pub(crate) async fn bind(
        &self,
        known: &Known,
        claim: &Claim<'_>,
    ) -> Result<Option<State>, BookFault> {
        for _ in 0..TRIES {
            let others = self.of_address(claim.address).await?;
            let mine = others.iter().find(|other| other.id == known.id);
            if let Some(binding) = mine.and_then(|mine| mine.binding(claim.address)) {
                return self.strengthen(known, binding, claim).await.map(Some);
            }
            // Weak claims can't crowd out a stronger one.
            if crowd(&others, claim) > MOST_CONFLICTS {
                return Ok(None);
            }
            // As it is now: it may have been sealed anew.
            let Some(row) = self.row(known.id).await? else {
                return Ok(None);
            };
            let key = sealing::case_key(&self.ring, &self.team, known.id, &row.wrapped)?;
            let (new, as_conflict) = self.binding(&key, known.id, claim)?;
            let holder = holder(&others, known.id, claim.address)
                .filter(|(_, binding)| gives_way(binding, claim));
            let displaced = holder
                .map(|(holder, binding)| self.displaced(holder, binding, State::Conflict))
                .transpose()?;
            let holder = holder.map(|(holder, _)| holder);
            let events = self.events(&key, known, holder, claim)?;
            match self
                .store
                .bind_certificate(
                    &new,
                    &as_conflict,
                    &row.wrapped,
                    displaced.as_ref(),
                    &events,
                )
                .await
            {
                Ok(Some(state)) if state == State::Conflict.word() => {
                    return Ok(Some(State::Conflict));
                }
                Ok(Some(_)) => return Ok(Some(claim.state)),
                // Somebody else was faster: look again.
                Ok(None) | Err(StoreFault::Conflict) => continue,
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(StoreFault::Conflict.into())
    }

    /// A pin rests on more than before, or is authenticated now; or what was a conflict displaces a weak pin. Nothing else changes
    /// by a claim.
    async fn strengthen(
        &self,
        known: &Known,
        binding: &Binding,
        claim: &Claim<'_>,
    ) -> Result<State, BookFault> {
        let more = claim.state == State::Authenticated || claim.proof > binding.proof;
        let better = match binding.state {
            State::Pinned => more,
            State::Conflict => claim.proof.is_strong(),
            State::Authenticated | State::Superseded | State::Rejected => false,
        };
        if better
            && self
                .change(known, claim, &[binding.state], State::Conflict)
                .await?
        {
            return Ok(claim.state);
        }
        Ok(binding.state)
    }

    /// Changes a binding that is in one of these states. Whoever spoke for the address before is superseded when this one
    /// is to. Whether there was one to change.
    pub(crate) async fn decide(
        &self,
        known: &Known,
        claim: &Claim<'_>,
        from: &[State],
    ) -> Result<bool, BookFault> {
        self.change(known, claim, from, State::Superseded).await
    }

    /// As [`Book::decide`]; `becomes` is what whoever spoke before becomes: a conflict only if it gives way by itself, else nothing
    /// changes.
    async fn change(
        &self,
        known: &Known,
        claim: &Claim<'_>,
        from: &[State],
        becomes: State,
    ) -> Result<bool, BookFault> {
        let from: Vec<&str> = from.iter().map(|state| state.word()).collect();
        for _ in 0..TRIES {
            let Some(row) = self.row(known.id).await? else {
                return Ok(false);
            };
            let key = sealing::case_key(&self.ring, &self.team, known.id, &row.wrapped)?;
            let (changed, _) = self.binding(&key, known.id, claim)?;
            let others = self.of_address(claim.address).await?;
            let holder = holder(&others, known.id, claim.address);
            let by_itself = becomes == State::Conflict;
            if by_itself && holder.is_some_and(|(_, binding)| !gives_way(binding, claim)) {
                return Ok(false);
            }
            let superseded = holder
                .map(|(holder, binding)| self.displaced(holder, binding, becomes))
                .transpose()?;
            let told = holder.map(|(holder, _)| holder).filter(|_| by_itself);
            let events = self.events(&key, known, told, claim)?;
            let decided = self
                .store
                .decide_binding(&changed, superseded.as_ref(), &from, &row.wrapped, &events)
                .await;
            match decided {
                // Another one speaks for the address by now.
                Err(StoreFault::Conflict) => {}
                Ok(false)
                    if self
                        .row(known.id)
                        .await?
                        .is_some_and(|now| now.wrapped != row.wrapped) => {}
                decided => return Ok(decided?),
            }
        }
        Err(StoreFault::Conflict.into())
    }

    /// A certificate's row as it is now.
    async fn row(&self, id: Uuid) -> Result<Option<StoredCertificate>, StoreFault> {
        Ok(self.store.certificates_by_id(&[id]).await?.pop())
    }

    /// The row of one that speaks for an address, when it no longer does.
    fn displaced(
        &self,
        holder: &Known,
        binding: &Binding,
        becomes: State,
    ) -> Result<Superseded, VaultError> {
        let words = (becomes.word(), binding.proof.word());
        let address = handle(&self.ring, &binding.address);
        Ok(Superseded {
            certificate: holder.id,
            mac: binding.mac.clone(),
            state: becomes.word(),
            superseded: code(&self.ring, holder.id, &address, words, &binding.note)?,
        })
    }

    /// What is told of a claim, and of the one that gives way to it.
    fn events(
        &self,
        key: &CaseKey,
        known: &Known,
        holder: Option<&Known>,
        claim: &Claim<'_>,
    ) -> Result<Vec<StoredEvent>, VaultError> {
        let (word, by) = (claim.state.word(), claim.by);
        let mut events = vec![self.event(key, known.id, word, claim.address, by, claim.why)?];
        if let Some(holder) = holder {
            let (key, word) = (self.key(holder)?, State::Conflict.word());
            let why = "another certificate came with better proof";
            events.push(self.event(&key, holder.id, word, claim.address, "", why)?);
        }
        Ok(events)
    }

    /// What was done with a certificate: when, a word, and the note.
    pub(crate) async fn history(&self, known: &Known) -> Result<Vec<(String, Note)>, BookFault> {
        let key = self.key(known)?;
        let events = self.store.certificate_events(known.id).await?;
        let opened = events.into_iter().map(|event| {
            let aad = sealing::event_aad(&self.team, event.certificate, event.id);
            Ok((event.action, sealing::open(&key, &aad, &event.detail)?))
        });
        opened
            .collect::<Result<_, VaultError>>()
            .map_err(Into::into)
    }

    fn key(&self, known: &Known) -> Result<CaseKey, VaultError> {
        sealing::case_key(&self.ring, &self.team, known.id, &known.row.wrapped)
    }

    /// A binding, and its code should it become a conflict.
    fn binding(
        &self,
        key: &CaseKey,
        certificate: Uuid,
        claim: &Claim<'_>,
    ) -> Result<(StoredBinding, Vec<u8>), VaultError> {
        let address = handle(&self.ring, claim.address);
        let id = binding_id(&self.ring, certificate, &address);
        let aad = sealing::binding_aad(&self.team, certificate, id);
        let note = note(claim.address, claim.by, claim.why);
        let proof = claim.proof.word();
        let code = |state: State| {
            let words = (state.word(), proof);
            code(&self.ring, certificate, &address, words, &note)
        };
        let (mac, as_conflict) = (code(claim.state)?, code(State::Conflict)?);
        let new = StoredBinding {
            id,
            certificate,
            state: claim.state.word().to_owned(),
            proof: proof.to_owned(),
            sealed: sealing::seal(key, &aad, &note)?,
            mac,
            address,
        };
        Ok((new, as_conflict))
    }

    fn event(
        &self,
        key: &CaseKey,
        certificate: Uuid,
        action: &str,
        address: &str,
        by: &str,
        why: &str,
    ) -> Result<StoredEvent, VaultError> {
        let id = Uuid::now_v7();
        let aad = sealing::event_aad(&self.team, certificate, id);
        let detail: Sealed = sealing::seal(key, &aad, &note(address, by, why))?;
        Ok(StoredEvent {
            id,
            certificate,
            action: action.to_owned(),
            detail,
        })
    }
}

/// Who speaks for an address, but for this one.
fn holder<'k>(
    others: &'k [Known],
    except: Uuid,
    address: &str,
) -> Option<(&'k Known, &'k Binding)> {
    let mut others = others.iter().filter(|other| other.id != except);
    others.find_map(|other| Some((other, other.holds(address)?)))
}

/// Whether one that speaks for an address gives way to a claim by itself.
fn gives_way(binding: &Binding, claim: &Claim<'_>) -> bool {
    binding.proof.strength() == Strength::Weak && claim.proof.is_strong()
}

/// How many are bound to the address by as much as the claim, or more.
fn crowd(others: &[Known], claim: &Claim<'_>) -> usize {
    let as_strong = others.iter().filter(|other| {
        let binding = other.binding(claim.address);
        binding.is_some_and(|binding| binding.proof.strength() >= claim.proof.strength())
    });
    as_strong.count()
}

fn note(address: &str, by: &str, why: &str) -> Note {
    Note {
        address: address.to_lowercase(),
        by: by.to_owned(),
        at: now(),
        why: why.to_owned(),
    }
}
