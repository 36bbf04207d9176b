//! The keys that a reader holds, and the certificates at hand for one message.

use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::{Cert, Fingerprint, KeyHandle};

use super::At;
use super::certs::minimised;
use super::lifecycle::pair;
use super::native::SecretKey;
use super::parsed::{Parsed, verified};

/// The team's secret keys, unlocked once and kept: what only a reader process holds.
///
/// Several may be at work: the current key, old ones that still decrypt, the next one.
#[derive(Default)]
pub struct Keys {
    team: Vec<TeamKey>,
    parsed: Parsed,
}

/// A correspondent's certificate, as the caller knows it.
#[derive(Clone, Copy)]
pub struct Correspondent<'a> {
    /// Armoured or binary.
    pub cert: &'a [u8],
    /// A person, or the team's own certification, has bound it to its user IDs.
    pub authenticated: bool,
}

/// Why a key could not be taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Permanent: not exactly one OpenPGP certificate.
    #[error("not exactly one OpenPGP certificate")]
    NotACertificate,
    /// Permanent: no secret key material in it.
    #[error("the certificate holds no secret key")]
    NoSecret,
    /// Permanent until another passphrase is given.
    #[error("the passphrase does not unlock the secret key, or is missing")]
    Locked,
    /// Permanent: OpenPGP could not make or write the key.
    #[error("the key could not be made")]
    NotMade,
}

pub(super) struct TeamKey {
    /// Without secrets.
    pub(super) cert: Cert,
    /// One for each secret key, primary and subkeys alike.
    pub(super) pairs: Vec<SecretKey>,
}

impl Keys {
    /// Holds no key.
    pub fn new() -> Keys {
        Keys::default()
    }

    /// Takes a team key, armoured or binary, and returns its fingerprint in upper-case hex.
    ///
    /// The order counts: the first key that may sign at the time signs. Keys that expired keep decrypting. Secret keys
    /// that the passphrase does not unlock are left out; it is an error when none is left.
    pub fn add_team_secret(
        &mut self,
        key: &[u8],
        passphrase: Option<&[u8]>,
    ) -> Result<String, KeyError> {
        let cert = Cert::from_bytes(key).map_err(|_| KeyError::NotACertificate)?;
        if !cert.is_tsk() {
            return Err(KeyError::NoSecret);
        }
        let pairs: Vec<SecretKey> = cert
            .keys()
            .secret()
            .filter_map(|secret| pair(secret.key().clone(), passphrase))
            .map(SecretKey::new)
            .collect();
        if pairs.is_empty() {
            return Err(KeyError::Locked);
        }
        let cert = verified(cert.strip_secret_key_material());
        let fingerprint = cert.fingerprint().to_hex();
        self.team
            .retain(|held| held.cert.fingerprint() != cert.fingerprint());
        self.team.push(TeamKey { cert, pairs });
        Ok(fingerprint)
    }

    /// The public certificates of the team, binary, in the order in which the keys were added.
    pub fn team_certificates(&self) -> Vec<Vec<u8>> {
        self.team
            .iter()
            .filter_map(|held| super::certs::to_binary(&held.cert))
            .collect()
    }

    pub(super) fn team(&self) -> &[TeamKey] {
        &self.team
    }
}

/// The certificates at hand for one message: the team's, the correspondents', and those that came along.
pub(crate) struct Certificates {
    candidates: Vec<Candidate>,
}

struct Candidate {
    /// What is known of the certificate from anywhere: revocations and new subkeys count, whoever brings them, for only
    /// the key's owner can make them.
    cert: Cert,
    /// The certificate as our own store holds it: a copy that came by mail must not add user IDs to it (T21).
    stored: Option<Cert>,
    authenticated: bool,
}

impl Certificates {
    /// Correspondents' certificates that can't be parsed are left out.
    pub(crate) fn new(keys: &Keys, correspondents: &[Correspondent<'_>]) -> Certificates {
        let mut candidates: Vec<Candidate> = Vec::new();
        for correspondent in correspondents {
            if let Some(cert) = keys.parsed.certificate(correspondent.cert) {
                let cert = Cert::clone(&cert);
                candidates.push(Candidate::stored(cert, correspondent.authenticated));
            }
        }
        for held in keys.team() {
            candidates.push(Candidate::stored(held.cert.clone(), true));
        }
        Certificates { candidates }
    }

    /// Adds a certificate that came with the message, and says whether something new was learned.
    pub(crate) fn add_attached(&mut self, cert: &Cert) -> bool {
        let same = |held: &&mut Candidate| held.cert.fingerprint() == cert.fingerprint();
        match self.candidates.iter_mut().find(same) {
            Some(held) => match held.cert.clone().merge_public(cert.clone()) {
                Ok(merged) => {
                    let news = merged != held.cert;
                    held.cert = merged;
                    news
                }
                Err(_) => false,
            },
            None => {
                self.candidates.push(Candidate {
                    cert: minimised(cert),
                    stored: None,
                    authenticated: false,
                });
                true
            }
        }
    }

    /// The certificates with a key that one of the handles names.
    pub(super) fn named(&self, handles: &[KeyHandle]) -> Vec<Cert> {
        self.candidates
            .iter()
            .map(|held| &held.cert)
            .filter(|cert| {
                cert.keys().any(|key| {
                    handles
                        .iter()
                        .any(|handle| handle.aliases(key.key().key_handle()))
                })
            })
            .cloned()
            .collect()
    }

    pub(super) fn is_authenticated(&self, fingerprint: &Fingerprint) -> bool {
        self.find(fingerprint)
            .is_some_and(|held| held.authenticated)
    }

    /// The addresses of the user IDs, not revoked, of the certificate as our own store holds it; none when it only came
    /// along (T21).
    pub(super) fn addresses(&self, fingerprint: &Fingerprint, at: &At) -> Vec<String> {
        let stored = self.find(fingerprint).and_then(|held| held.stored.as_ref());
        stored.map_or_else(Vec::new, |cert| addresses_of(cert, at))
    }

    /// The addresses that a certificate claims that came along and is not in our store.
    pub(super) fn claimed_addresses(&self, fingerprint: &Fingerprint, at: &At) -> Vec<String> {
        let claiming = self.find(fingerprint).filter(|held| held.stored.is_none());
        claiming.map_or_else(Vec::new, |held| addresses_of(&held.cert, at))
    }

    fn find(&self, fingerprint: &Fingerprint) -> Option<&Candidate> {
        self.candidates
            .iter()
            .find(|held| held.cert.fingerprint() == *fingerprint)
    }
}

impl Candidate {
    fn stored(cert: Cert, authenticated: bool) -> Candidate {
        Candidate {
            stored: Some(cert.clone()),
            cert,
            authenticated,
        }
    }
}

fn addresses_of(cert: &Cert, at: &At) -> Vec<String> {
    cert.userids()
        .with_policy(&at.policy, at.now)
        .revoked(false)
        .filter_map(|user_id| user_id.userid().email().ok().flatten().map(str::to_owned))
        .collect()
}
