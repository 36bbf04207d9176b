//! Keeping certificates, merging news into them, and saying whose they are.

use intake::openpgp::Vetted;
use jiff::Timestamp;
use uuid::Uuid;
use vault::{CaseKey, Epoch, Sealed, VaultError};

use super::binding::{Binding, Note, Proof, State, Strength, code, now};
use super::{Book, BookFault, Known, binding_id, certificate_id, handle, handles};
use crate::audit::{self, Event, Link, hex};
use crate::epochs;
use crate::reader::{Done, Job};
use crate::sealing;
use crate::store::{
    BindingChange, Holder, StoreFault, StoredBinding, StoredCertificate, StoredEvent, Told,
};

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
        let said = self
            .kept(&key, known.id, "merged", &merged.certificate, why)
            .await?;
        let handles = handles(&self.ring, &merged.info);
        self.store
            .change_certificate(&changed, &handles, merged.standing_changed, &said.told())
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
        let said = self
            .kept(&key, id, "kept", &vetted.certificate, why)
            .await?;
        let handles = handles(&self.ring, &vetted.info);
        self.store
            .add_certificate(&new, &handles, &said.told())
            .await?;
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
            let rows = self.rows_of(claim.address).await?;
            let is_mine = |row: &StoredBinding| row.certificate == known.id;
            // Weak claims can't crowd out a stronger one. A row that is not as it was written is left as it is.
            if crowd(&others, claim) > MOST_CONFLICTS || rows.iter().any(is_mine) {
                return Ok(None);
            }
            let gives_way = holder(&others, known.id, claim.address)
                .filter(|(_, binding)| gives_way(binding, claim));
            let state = match (speaks(&rows, known.id), gives_way) {
                (None, _) | (Some(_), Some(_)) => claim.state,
                (Some(_), None) => State::Conflict,
            };
            match self
                .write_binding(known, claim, state, None, (&rows, &others), State::Conflict)
                .await
            {
                Ok(true) => return Ok(Some(state)),
                Ok(false) => return Ok(None),
                // Somebody else was faster: look again.
                Err(BookFault::Store(StoreFault::Conflict)) => continue,
                Err(fault) => return Err(fault),
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
        for _ in 0..TRIES {
            let others = self.of_address(claim.address).await?;
            let mine = others.iter().find(|other| other.id == known.id);
            let mine = mine.and_then(|mine| mine.binding(claim.address));
            let Some(mine) = mine.filter(|mine| from.contains(&mine.state)) else {
                return Ok(false);
            };
            let holder = holder(&others, known.id, claim.address);
            let by_itself = becomes == State::Conflict;
            if by_itself && holder.is_some_and(|(_, binding)| !gives_way(binding, claim)) {
                return Ok(false);
            }
            let rows = self.rows_of(claim.address).await?;
            match self
                .write_binding(
                    known,
                    claim,
                    claim.state,
                    Some(&mine.mac),
                    (&rows, &others),
                    becomes,
                )
                .await
            {
                // Another one speaks for the address by now.
                Err(BookFault::Store(StoreFault::Conflict)) => continue,
                written => return written,
            }
        }
        Err(StoreFault::Conflict.into())
    }

    /// Writes a binding in this state; when it speaks for the address, whoever did so far becomes `becomes`. `was` is the code of the
    /// row that it changes; `rows` and `others` are what is bound to the address, as stored and opened. Whether the certificate is
    /// still there.
    async fn write_binding(
        &self,
        known: &Known,
        claim: &Claim<'_>,
        state: State,
        was: Option<&[u8]>,
        (rows, others): (&[StoredBinding], &[Known]),
        becomes: State,
    ) -> Result<bool, BookFault> {
        // As it is now: it may have been sealed anew.
        let Some(row) = self.row(known.id).await? else {
            return Ok(false);
        };
        let key = sealing::case_key(&self.ring, &self.team, known.id, &row.wrapped)?;
        let binding = self.binding(&key, known.id, claim, state)?;
        let mut said = vec![self.bound(&key, &binding, claim, claim.why).await?];
        let mut holder = speaks(rows, known.id).map(|speaks| Holder {
            certificate: speaks.certificate,
            mac: speaks.mac.clone(),
            becomes: None,
        });
        if let Some(holder) = holder.as_mut().filter(|_| state.holds()) {
            let mut opened = others.iter();
            let displaced = opened.find(|other| other.id == holder.certificate);
            let mine = displaced.and_then(|one| Some((one, one.holds(claim.address)?)));
            // A row that is not as it was written gives way to nobody.
            let (displaced, mine) = mine.ok_or(StoreFault::Conflict)?;
            let words = (becomes.word(), mine.proof.word());
            let address = &binding.address;
            let mac = code(&self.ring, displaced.id, address, words, &mine.note)?;
            let gone = StoredBinding {
                id: binding_id(&self.ring, displaced.id, address),
                certificate: displaced.id,
                state: becomes.word().to_owned(),
                mac: mac.clone(),
                ..binding.clone()
            };
            let why = if becomes == State::Conflict {
                "another certificate came with better proof"
            } else {
                "another certificate was taken"
            };
            said.push(self.bound(&self.key(displaced)?, &gone, claim, why).await?);
            holder.becomes = Some((becomes.word(), mac));
        }
        let told: Vec<Told<'_>> = said.iter().map(Said::told).collect();
        let change = BindingChange {
            binding: &binding,
            was,
            holder: holder.as_ref(),
            key: &row.wrapped,
            told: &told,
        };
        self.store.write_binding(&change).await?;
        Ok(true)
    }

    /// What is bound to an address, as it is stored.
    async fn rows_of(&self, address: &str) -> Result<Vec<StoredBinding>, StoreFault> {
        let digest = [handle(&self.ring, address)];
        self.store.bindings(Some(&[]), Some(&digest)).await
    }

    /// A certificate's row as it is now.
    async fn row(&self, id: Uuid) -> Result<Option<StoredCertificate>, StoreFault> {
        Ok(self.store.certificates_by_id(&[id]).await?.pop())
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

    fn binding(
        &self,
        key: &CaseKey,
        certificate: Uuid,
        claim: &Claim<'_>,
        state: State,
    ) -> Result<StoredBinding, VaultError> {
        let address = handle(&self.ring, claim.address);
        let id = binding_id(&self.ring, certificate, &address);
        let aad = sealing::binding_aad(&self.team, certificate, id);
        let note = note(claim.address, claim.by, claim.why);
        let words = (state.word(), claim.proof.word());
        Ok(StoredBinding {
            id,
            certificate,
            state: state.word().to_owned(),
            proof: claim.proof.word().to_owned(),
            sealed: sealing::seal(key, &aad, &note)?,
            mac: code(&self.ring, certificate, &address, words, &note)?,
            address,
        })
    }

    /// That a certificate was kept, or merged with news.
    async fn kept(
        &self,
        key: &CaseKey,
        id: Uuid,
        action: &str,
        certificate: &[u8],
        why: &str,
    ) -> Result<Said, BookFault> {
        let digest = audit::certificate_digest(&self.ring, id, certificate);
        let words = format!("certificate={digest}");
        self.say(key, id, action, audit::GATEWAY, note("", "", why), words)
            .await
    }

    /// How a certificate stands to the address of a claim from now on.
    async fn bound(
        &self,
        key: &CaseKey,
        binding: &StoredBinding,
        claim: &Claim<'_>,
        why: &str,
    ) -> Result<Said, BookFault> {
        let words = format!("binding={} code={}", binding.id, hex(&binding.mac));
        // A certifier is named in what is sealed.
        let is_person = claim.proof == Proof::Analyst && !claim.by.is_empty();
        let actor = if is_person { claim.by } else { audit::GATEWAY };
        let note = note(claim.address, claim.by, why);
        self.say(key, binding.certificate, &binding.state, actor, note, words)
            .await
    }

    /// An event of a certificate, and the line of its chain that names it.
    async fn say(
        &self,
        key: &CaseKey,
        certificate: Uuid,
        action: &str,
        actor: &str,
        note: Note,
        words: String,
    ) -> Result<Said, BookFault> {
        let id = Uuid::now_v7();
        let aad = sealing::event_aad(&self.team, certificate, id);
        let detail: Sealed = sealing::seal(key, &aad, &note)?;
        let last = self.store.last_audit(certificate).await?;
        let event = Event {
            action: "certificate",
            detail: format!("event={id} {words}"),
        };
        Ok(Said {
            link: audit::next(&self.ring, certificate, last, actor, event),
            event: StoredEvent {
                id,
                certificate,
                action: action.to_owned(),
                detail,
            },
        })
    }
}

/// What was done with a certificate, twice: sealed for people, and in the audit trail.
struct Said {
    event: StoredEvent,
    link: Link,
}

impl Said {
    fn told(&self) -> Told<'_> {
        Told {
            event: &self.event,
            line: self.link.line(),
        }
    }
}

/// Which row speaks for an address, but for this certificate's.
fn speaks(rows: &[StoredBinding], except: Uuid) -> Option<&StoredBinding> {
    let mut rows = rows.iter().filter(|row| row.certificate != except);
    rows.find(|row| {
        [State::Pinned, State::Authenticated]
            .map(State::word)
            .contains(&row.state.as_str())
    })
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
