//! The keys that a reader holds, and the certificates at hand for one message.

use std::sync::Arc;

use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::{Cert, Fingerprint, KeyHandle, KeyID, Packet};

use super::At;
use super::certs::{minimised, parse_all};
use super::lifecycle::pair;
use super::native::{Elsewhere, PublicPart, SecretKey};
use super::parsed::{Parsed, verified};

/// Certificates that are taken of one file of certifiers.
const MAX_CERTIFIERS: usize = 64;

/// The team's secret keys, unlocked once and kept: what only a reader process holds.
///
/// Several may be at work: the current key, old ones that still decrypt, the next one.
#[derive(Default)]
pub struct Keys {
    team: Vec<TeamKey>,
    certifiers: Vec<Cert>,
    parsed: Parsed,
}

/// A correspondent's certificate, as the caller knows it.
#[derive(Clone, Copy)]
pub struct Correspondent<'a> {
    /// Armoured or binary.
    pub cert: &'a [u8],
    /// A person, or the team's own certification, has authenticated it for the one From address of the message: of a
    /// certificate with several addresses one may be authenticated and another not.
    pub authenticated: bool,
    /// Whose it is.
    pub bound: Bound<'a>,
}

/// Whose a certificate is: what the caller knows, never what is written in it.
#[derive(Clone, Copy)]
pub enum Bound<'a> {
    /// The caller vouches for the user IDs, as who gives a file to `inspect --cert` does.
    UserIds,
    /// The addresses that the caller has bound to it; may be empty.
    Addresses(&'a [String]),
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
    /// Permanent: the part that is needed is not in the file, as GnuPG exports keys whose primary part is kept offline.
    #[error(
        "the secret part that this needs is kept elsewhere (offline or on a card); do it there"
    )]
    Elsewhere,
    /// Permanent: OpenPGP could not make or write the key.
    #[error("the key could not be made")]
    NotMade,
}

pub(super) struct TeamKey {
    /// Without secrets.
    pub(super) cert: Arc<Cert>,
    /// Its primary key alone: what Sequoia wants to know of who a message was opened for, cheap to copy.
    pub(super) identity: Cert,
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
        Ok(self.add_team(cert.strip_secret_key_material(), pairs))
    }

    /// Takes a team certificate whose secret keys are elsewhere, armoured or binary, as [`Keys::add_team_secret`] takes a key.
    /// `find` says who has the secret part of a key; `None` when nobody has.
    pub fn add_team_elsewhere(
        &mut self,
        certificate: &[u8],
        mut find: impl FnMut(&PublicPart) -> Option<Elsewhere>,
    ) -> Result<String, KeyError> {
        let cert = Cert::from_bytes(certificate).map_err(|_| KeyError::NotACertificate)?;
        let pairs: Vec<SecretKey> = cert
            .keys()
            .filter_map(|key| {
                let public = key.key().role_as_unspecified();
                Some(SecretKey::elsewhere(public.clone(), find(public)?))
            })
            .collect();
        if pairs.is_empty() {
            return Err(KeyError::NoSecret);
        }
        Ok(self.add_team(cert.strip_secret_key_material(), pairs))
    }

    fn add_team(&mut self, cert: Cert, pairs: Vec<SecretKey>) -> String {
        let cert = Arc::new(verified(cert));
        let primary = Packet::PublicKey(cert.primary_key().key().clone());
        let identity =
            Cert::from_packets(std::iter::once(primary)).unwrap_or_else(|_| Cert::clone(&cert));
        let fingerprint = cert.fingerprint().to_hex();
        self.team
            .retain(|held| held.cert.fingerprint() != cert.fingerprint());
        self.team.push(TeamKey {
            cert,
            identity,
            pairs,
        });
        fingerprint
    }

    /// The public certificates of the team, binary, in the order in which the keys were added.
    pub fn team_certificates(&self) -> Vec<Vec<u8>> {
        self.team
            .iter()
            .filter_map(|held| super::certs::to_binary(&held.cert))
            .collect()
    }

    /// Takes the certificates of others whose certifications count as the team's own; how many there were.
    pub fn add_certifiers(&mut self, octets: &[u8]) -> usize {
        let certs = parse_all(octets, MAX_CERTIFIERS, &[]);
        let count = certs.len();
        self.certifiers.extend(certs.into_iter().map(verified));
        count
    }

    /// The team's certificates, and those whose certifications count as its own.
    pub(super) fn certifiers(&self) -> impl Iterator<Item = &Cert> {
        let team = self.team.iter().map(|held| &*held.cert);
        team.chain(&self.certifiers)
    }

    /// Ids of the keys whose certifications count.
    pub(crate) fn certifier_ids(&self) -> Vec<KeyID> {
        self.certifiers()
            .flat_map(|cert| cert.keys().map(|key| key.key().keyid()))
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
    cert: Arc<Cert>,
    /// The certificate as our own store holds it: a copy that came by mail must not add user IDs to it (T21).
    stored: Option<Arc<Cert>>,
    /// The addresses that our store binds to it; `None`: those of the user IDs that the store holds.
    bound: Option<Vec<String>>,
    authenticated: bool,
    team: bool,
}

impl Certificates {
    /// Correspondents' certificates that can't be parsed are left out.
    pub(crate) fn new(keys: &Keys, correspondents: &[Correspondent<'_>]) -> Certificates {
        let mut candidates: Vec<Candidate> = Vec::new();
        for correspondent in correspondents {
            if let Some(cert) = keys.parsed.certificate(correspondent.cert) {
                let bound = match correspondent.bound {
                    Bound::UserIds => None,
                    Bound::Addresses(addresses) => Some(addresses.to_vec()),
                };
                candidates.push(Candidate::stored(cert, bound, correspondent.authenticated));
            }
        }
        for held in keys.team() {
            candidates.push(Candidate {
                team: true,
                ..Candidate::stored(Arc::clone(&held.cert), None, true)
            });
        }
        Certificates { candidates }
    }

    /// Adds a certificate that came with the message, and says whether something new was learned.
    pub(crate) fn add_attached(&mut self, cert: &Cert) -> bool {
        let same = |held: &&mut Candidate| held.cert.fingerprint() == cert.fingerprint();
        match self.candidates.iter_mut().find(same) {
            Some(held) => match Cert::clone(&held.cert).merge_public(cert.clone()) {
                Ok(merged) => {
                    let news = merged != *held.cert;
                    held.cert = Arc::new(merged);
                    news
                }
                Err(_) => false,
            },
            None => {
                self.candidates.push(Candidate {
                    cert: Arc::new(minimised(cert, &[])),
                    stored: None,
                    bound: Some(Vec::new()),
                    authenticated: false,
                    team: false,
                });
                true
            }
        }
    }

    /// The certificates with a key that one of the handles names.
    pub(super) fn named(&self, handles: &[KeyHandle]) -> Vec<Cert> {
        self.candidates
            .iter()
            .map(|held| &*held.cert)
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

    /// The fingerprint of the certificate's key that made a signature with these issuers.
    pub(super) fn key_of(&self, certificate: &str, issuers: &[KeyHandle]) -> Option<String> {
        let held = self.by_name(certificate)?;
        held.cert.keys().find_map(|key| {
            let named = |issuer: &KeyHandle| issuer.aliases(key.key().key_handle());
            issuers
                .iter()
                .any(named)
                .then(|| key.key().fingerprint().to_hex())
        })
    }

    /// Whether it is a certificate of the team's.
    pub(super) fn is_team(&self, certificate: &str) -> bool {
        self.by_name(certificate).is_some_and(|held| held.team)
    }

    fn by_name(&self, fingerprint: &str) -> Option<&Candidate> {
        self.candidates
            .iter()
            .find(|held| held.cert.fingerprint().to_hex() == fingerprint)
    }

    pub(super) fn is_authenticated(&self, fingerprint: &Fingerprint) -> bool {
        self.find(fingerprint)
            .is_some_and(|held| held.authenticated)
    }

    /// The addresses that are bound to the certificate, by the caller: user IDs that came by mail bind nothing (T21). A user
    /// ID that its owner revoked is bound no longer.
    pub(super) fn bound(&self, fingerprint: &Fingerprint, at: &At) -> Vec<String> {
        let Some(held) = self.find(fingerprint) else {
            return Vec::new();
        };
        match (&held.bound, &held.stored) {
            (Some(addresses), _) => {
                let given_up = given_up(&held.cert, at);
                let keeps = |address: &&String| {
                    !given_up
                        .iter()
                        .any(|gone| gone.eq_ignore_ascii_case(address))
                };
                addresses.iter().filter(keeps).cloned().collect()
            }
            (None, stored) => addresses(stored.as_ref().unwrap_or(&held.cert), at),
        }
    }

    /// The addresses that the certificate claims: anybody can write any.
    pub(super) fn claimed(&self, fingerprint: &Fingerprint, at: &At) -> Vec<String> {
        self.find(fingerprint)
            .map(|held| addresses(held.stored.as_ref().unwrap_or(&held.cert), at))
            .unwrap_or_default()
    }

    fn find(&self, fingerprint: &Fingerprint) -> Option<&Candidate> {
        self.candidates
            .iter()
            .find(|held| held.cert.fingerprint() == *fingerprint)
    }
}

impl Candidate {
    fn stored(cert: Arc<Cert>, bound: Option<Vec<String>>, authenticated: bool) -> Candidate {
        Candidate {
            stored: Some(Arc::clone(&cert)),
            cert,
            bound,
            authenticated,
            team: false,
        }
    }
}

/// The addresses of the user IDs that are valid and not revoked.
pub(super) fn addresses(cert: &Cert, at: &At) -> Vec<String> {
    cert.userids()
        .with_policy(&at.policy, at.now)
        .revoked(false)
        .filter_map(|user_id| user_id.userid().email().ok().flatten().map(str::to_owned))
        .collect()
}

/// The addresses of user IDs that their owner revoked, and that stand in no other.
fn given_up(cert: &Cert, at: &At) -> Vec<String> {
    let valid = addresses(cert, at);
    cert.userids()
        .with_policy(&at.policy, at.now)
        .revoked(true)
        .filter_map(|user_id| user_id.userid().email().ok().flatten().map(str::to_owned))
        .filter(|address| !valid.contains(address))
        .collect()
}
