//! Saying whose certificates are.

use uuid::Uuid;
use vault::{CaseKey, VaultError};

use super::binding::{Binding, Proof, State, Strength, code};
use super::conflicts::fingerprint;
use super::history::{Said, note};
use super::{Book, BookFault, Known, TRIES, binding_id, handle};
use crate::audit::{self, hex};
use crate::sealing;
use crate::store::{BindingChange, Holder, StoreFault, StoredBinding, StoredCertificate, Told};

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
                .change(known, claim, &[binding.state], (State::Conflict, None))
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
        let change = (State::Superseded, None);
        self.change(known, claim, from, change).await
    }

    /// Decides between a certificate in conflict and the one that somebody saw speak for the address, by its fingerprint, empty for none:
    /// if that one speaks no more when it is written, nothing changes. Whether it was decided.
    pub(crate) async fn decide_between(
        &self,
        known: &Known,
        claim: &Claim<'_>,
        seen: &str,
    ) -> Result<bool, BookFault> {
        let change = (State::Superseded, Some(seen));
        self.change(known, claim, &[State::Conflict], change).await
    }

    /// As [`Book::decide_between`], of a certificate that is in one of these states: whoever speaks beside it is the one that was seen.
    pub(crate) async fn judge(
        &self,
        known: &Known,
        claim: &Claim<'_>,
        from: &[State],
        seen: &str,
    ) -> Result<bool, BookFault> {
        let change = (State::Superseded, Some(seen));
        self.change(known, claim, from, change).await
    }

    /// As [`Book::decide`]; `becomes` is what whoever spoke before becomes: a conflict only if it gives way by itself, else nothing
    /// changes. Nor does it when another than the one that was `seen` speaks.
    async fn change(
        &self,
        known: &Known,
        claim: &Claim<'_>,
        from: &[State],
        (becomes, seen): (State, Option<&str>),
    ) -> Result<bool, BookFault> {
        for _ in 0..TRIES {
            let others = self.of_address(claim.address).await?;
            let mine = others.iter().find(|other| other.id == known.id);
            let mine = mine.and_then(|mine| mine.binding(claim.address));
            let Some(mine) = mine.filter(|mine| from.contains(&mine.state)) else {
                return Ok(false);
            };
            let holder = holder(&others, known.id, claim.address);
            let speaks = holder.map_or_else(String::new, |(other, _)| fingerprint(other));
            if seen.is_some_and(|seen| seen != speaks) {
                return Ok(false);
            }
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
