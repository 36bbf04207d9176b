//! That a certificate is somebody's: the states of a binding, what it rests on, and what is sealed of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::{CaseKey, KeyRing, Purpose, VaultError};

use super::binding_id;
use crate::sealing;
use crate::store::StoredBinding;

/// What is sealed with a binding or an event.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The address; empty for an event that is about the certificate as a whole.
    pub address: String,
    /// Who decided: an analyst, a certifier's fingerprint, or empty for the gateway.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// Why, in the analyst's words, or words of ours.
    pub why: String,
}

/// How a certificate stands to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The first that came: used, not verified.
    Pinned,
    /// Somebody here, or the team's own certification, says that it is his.
    Authenticated,
    /// Another one speaks for the address: kept, not used.
    Conflict,
    /// It spoke for the address until an analyst took another.
    Superseded,
    /// An analyst said no.
    Rejected,
}

/// What a binding rests on, from the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// Its own signature: whoever writes a mail can say that.
    Signature,
    /// It came by mail whose sender was proved, and signed nothing: nobody has shown to hold its secret part, and the field or
    /// part that it came in may be a relay's (an Autocrypt field is rarely among those that DKIM covers).
    Attached,
    /// A key server.
    Keyserver,
    /// It signed mail whose sender was proved (DMARC).
    Sender,
    /// The address's domain publishes it.
    Wkd,
    /// An operator imported it.
    Import,
    /// The team, or one whom it trusts with that, certified it.
    Certified,
    /// An analyst said so.
    Analyst,
}

/// How much stands behind a claim. It displaces a pin that is [`Strength::Weak`] when it is more; all else is a conflict (T11):
///
/// | speaks so far | weak claim | proved claim | verified claim |
/// | --- | --- | --- | --- |
/// | nobody | is pinned | is pinned | is authenticated |
/// | a weak pin | conflict | **is pinned**, the weak one becomes the conflict | **is authenticated**, likewise |
/// | a proved pin, or what was authenticated | conflict | conflict | conflict |
///
/// What an analyst rejected or superseded stays so, whatever is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// Anybody can say that: the certificate's own signature, an enclosed key, a key server.
    Weak,
    /// Its address's domain, or an operator, stands behind it.
    Proved,
    /// Somebody compared it.
    Verified,
}

const STATES: [(State, &str); 5] = [
    (State::Pinned, "pinned"),
    (State::Authenticated, "authenticated"),
    (State::Conflict, "conflict"),
    (State::Superseded, "superseded"),
    (State::Rejected, "rejected"),
];

const PROOFS: [(Proof, &str); 8] = [
    (Proof::Signature, "signature"),
    (Proof::Attached, "attached"),
    (Proof::Keyserver, "keyserver"),
    (Proof::Sender, "sender"),
    (Proof::Wkd, "wkd"),
    (Proof::Import, "import"),
    (Proof::Certified, "certified"),
    (Proof::Analyst, "analyst"),
];

impl State {
    /// The word in the database and in what is shown.
    pub(crate) fn word(self) -> &'static str {
        let mut states = STATES.iter();
        states
            .find(|(state, _)| *state == self)
            .map_or("", |(_, word)| word)
    }

    /// Of such a word.
    pub(crate) fn of(word: &str) -> Option<State> {
        let mut states = STATES.iter();
        states
            .find(|(_, known)| *known == word)
            .map(|(state, _)| *state)
    }

    /// Whether it speaks for the address.
    pub(crate) fn holds(self) -> bool {
        matches!(self, State::Pinned | State::Authenticated)
    }
}

impl Proof {
    /// The word in the database and in what is shown.
    pub(crate) fn word(self) -> &'static str {
        let mut proofs = PROOFS.iter();
        proofs
            .find(|(proof, _)| *proof == self)
            .map_or("", |(_, word)| word)
    }

    /// Whether more stands behind it than the certificate's owner, or anybody with a key server: only then is mail to the
    /// address encrypted to it unasked, and its signature is as good as the address (T11).
    pub(crate) fn is_strong(self) -> bool {
        self.strength() > Strength::Weak
    }

    /// See [`Strength`].
    pub(crate) fn strength(self) -> Strength {
        match self {
            Proof::Signature | Proof::Attached | Proof::Keyserver => Strength::Weak,
            Proof::Sender | Proof::Wkd | Proof::Import => Strength::Proved,
            Proof::Certified | Proof::Analyst => Strength::Verified,
        }
    }
}

/// That a certificate is somebody's, or is said to be.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub address: String,
    pub state: State,
    pub proof: Proof,
    pub note: Note,
    /// The code of its row.
    pub mac: Vec<u8>,
}

/// The code of a binding's row: state and proof stand in clear, and are believed only with it.
pub(super) fn code(
    ring: &KeyRing,
    certificate: Uuid,
    address: &[u8],
    (state, proof): (&str, &str),
    note: &Note,
) -> Result<Vec<u8>, VaultError> {
    let note = sealing::encode(note)?;
    let parts = [
        b"certificate_binding".as_slice(),
        certificate.as_bytes(),
        address,
        state.as_bytes(),
        proof.as_bytes(),
        &note,
    ];
    Ok(ring.digest(Purpose::Row, &parts).to_vec())
}

impl Binding {
    /// Opens a binding, and refuses one that is not as it was written.
    ///
    /// # Errors
    /// Those of opening, and [`VaultError::NotAuthentic`] when its columns in clear were changed.
    pub(crate) fn open(
        ring: &KeyRing,
        team: &str,
        key: &CaseKey,
        stored: &StoredBinding,
    ) -> Result<Binding, VaultError> {
        // From what it binds, not as the row says: a row can't be moved to another address.
        let id = binding_id(ring, stored.certificate, &stored.address);
        let aad = sealing::binding_aad(team, stored.certificate, id);
        let note: Note = sealing::open(key, &aad, &stored.sealed)?;
        let words = (stored.state.as_str(), stored.proof.as_str());
        if stored.id != id
            || stored.mac != code(ring, stored.certificate, &stored.address, words, &note)?
        {
            return Err(VaultError::NotAuthentic);
        }
        let mut states = STATES.iter().filter(|(_, word)| *word == stored.state);
        let mut proofs = PROOFS.iter().filter(|(_, word)| *word == stored.proof);
        Ok(Binding {
            address: note.address.clone(),
            state: states.next().ok_or(VaultError::Malformed)?.0,
            proof: proofs.next().ok_or(VaultError::Malformed)?.0,
            note,
            mac: stored.mac.clone(),
        })
    }

    /// For people: `pinned (sender) since 2026-11-22`, `authenticated by kim on 2026-11-22`.
    pub(crate) fn words(&self) -> String {
        let day = self.note.at.get(..10).unwrap_or_default();
        let by = &self.note.by;
        match (self.state, self.proof) {
            (State::Authenticated, Proof::Certified) => format!("certified by {by} since {day}"),
            (State::Authenticated, _) => format!("authenticated by {by} on {day}"),
            (State::Pinned, proof) => format!("pinned ({}) since {day}", proof.word()),
            (State::Conflict, proof) => format!("CONFLICT ({}) since {day}", proof.word()),
            (State::Superseded, _) => format!("superseded, known since {day}"),
            (State::Rejected, _) => format!("rejected by {by} on {day}"),
        }
    }
}

pub(super) fn now() -> String {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}
