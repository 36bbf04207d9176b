//! The verdict on one signature: by which certificate it is, and whether that proves anything at the time.

use std::time::Duration;

use sequoia_openpgp::cert::amalgamation::key::ValidErasedKeyAmalgamation;
use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::packet::{Signature, key::PublicParts};
use sequoia_openpgp::parse::stream::{
    GoodChecksum, MessageLayer, MessageStructure, VerificationError, VerificationHelper,
    VerificationResult,
};
use sequoia_openpgp::policy::{HashAlgoSecurity, Policy};
use sequoia_openpgp::types::RevocationStatus;
use sequoia_openpgp::{Cert, KeyHandle, anyhow};

use super::reason::Reason;
use super::{At, Certificates, Verdict};

/// A signature and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    /// Fingerprint of the certificate, else what the signature names.
    pub(crate) signer: Option<String>,
    /// Addresses that we bound to the certificate.
    pub(crate) addresses: Vec<String>,
    /// Addresses of the user IDs that it carries.
    pub(crate) claimed: Vec<String>,
    pub(crate) reason: Option<Reason>,
    pub(crate) made: Made,
}

/// What a signature is known again by, and judged again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// Fingerprint of the key, when it is at hand.
    pub(crate) key: Option<String>,
    pub(crate) at: Option<jiff::Timestamp>,
    pub(crate) digest: Option<[u8; 32]>,
}

impl Judged {
    /// The signature checks, by a certificate in force.
    pub(crate) fn checks(&self) -> bool {
        matches!(self.verdict, Verdict::Good | Verdict::GoodUnknownKey)
    }

    /// Of a kind that the policy refuses unseen.
    pub(super) fn outdated(signature: &Signature, certificates: &Certificates) -> Judged {
        let known = certificates.named(&signature.get_issuers());
        let fingerprint = known.first().map(|cert| cert.fingerprint().to_hex());
        Judged {
            verdict: match fingerprint {
                Some(_) => Verdict::Bad,
                None => Verdict::MissingKey,
            },
            signer: fingerprint.or_else(|| missing(signature).signer),
            reason: Some(Reason::Weak),
            made: Made {
                at: time_of(signature),
                ..Made::default()
            },
            ..Judged::malformed(None)
        }
    }

    pub(crate) fn malformed(reason: Option<Reason>) -> Judged {
        Judged {
            verdict: Verdict::Malformed,
            signer: None,
            addresses: Vec::new(),
            claimed: Vec::new(),
            reason,
            made: Made::default(),
        }
    }
}

/// Feeds certificates to Sequoia and writes the verdicts down.
pub(super) struct Judge<'a> {
    certificates: &'a Certificates,
    at: &'a At,
    pub(super) judged: Vec<Judged>,
    /// The order of layers that Sequoia found, e.g. `ECS`: encryption, compression, signatures.
    pub(super) shape: String,
    /// The team certificate that the message was opened with.
    pub(super) recipient: Option<String>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(certificates: &'a Certificates, at: &'a At) -> Judge<'a> {
        Judge {
            certificates,
            at,
            judged: Vec::new(),
            shape: String::new(),
            recipient: None,
        }
    }

    pub(super) fn at(&self) -> &'a At {
        self.at
    }

    fn judge(&self, result: &VerificationResult<'_>) -> Judged {
        let judged = self.verdict(result);
        let made = signature_of(result).map(|signature| self.made(signature, &judged));
        Judged {
            made: made.unwrap_or_default(),
            ..judged
        }
    }

    fn made(&self, signature: &Signature, judged: &Judged) -> Made {
        let signer = judged.signer.as_deref().unwrap_or_default();
        let key = self.certificates.key_of(signer, &signature.get_issuers());
        let ours = self.certificates.is_team(signer);
        Made {
            key,
            at: time_of(signature),
            digest: (!ours).then(|| digest(signature)).flatten(),
        }
    }

    fn verdict(&self, result: &VerificationResult<'_>) -> Judged {
        match result {
            Ok(GoodChecksum { sig, ka, .. }) => self.checked(sig, ka),
            Err(VerificationError::MissingKey { sig }) => missing(sig),
            Err(VerificationError::UnboundKey { sig, cert, .. }) => self.unbound(sig, cert),
            Err(VerificationError::BadKey { sig, ka, .. }) => self.bad_key(sig, ka),
            Err(VerificationError::BadSignature { sig, ka, .. }) => self.bad(sig, ka),
            Err(VerificationError::UnknownSignature { .. }) => {
                Judged::malformed(Some(Reason::Unsupported))
            }
            Err(_) => Judged::malformed(None),
        }
    }

    /// The signature was good when it was made. A certificate that has been revoked or has expired since proves nothing
    /// to one who receives the message now, for the thief of a key writes any date (T12).
    fn checked(
        &self,
        signature: &Signature,
        key: &ValidErasedKeyAmalgamation<'_, PublicParts>,
    ) -> Judged {
        let verdict = match key.clone().with_policy(&self.at.policy, self.at.now) {
            Ok(now) => self.in_force(&now),
            // Nothing binds the key at present: the certificate is younger than the clock says, or too weak.
            Err(_) if signature.signature_creation_time() > Some(self.at.now) => self.trusted(key),
            Err(_) => Verdict::ExpiredKey,
        };
        self.by(verdict, key.cert(), None)
    }

    fn in_force(&self, key: &ValidErasedKeyAmalgamation<'_, PublicParts>) -> Verdict {
        lapsed(key).unwrap_or_else(|| self.trusted(key))
    }

    fn trusted(&self, key: &ValidErasedKeyAmalgamation<'_, PublicParts>) -> Verdict {
        if self
            .certificates
            .is_authenticated(&key.cert().fingerprint())
        {
            Verdict::Good
        } else {
            Verdict::GoodUnknownKey
        }
    }

    /// No binding signature is as old as the signature. Refreshed certificates lose their old bindings (Autocrypt keeps
    /// the latest only), so the key counts when it existed then and is bound now.
    fn unbound(&self, signature: &Signature, cert: &Cert) -> Judged {
        let key = cert
            .keys()
            .with_policy(&self.at.policy, self.at.now)
            .key_handles(signature.get_issuers())
            .for_signing()
            .find(|key| signature.verify_document(key.key()).is_ok());
        match key {
            Some(key) => match self.objection(signature) {
                Some(reason) => self.by(Verdict::Bad, cert, Some(reason)),
                None => self.by(self.in_force(&key), cert, None),
            },
            None => {
                let weak = cert
                    .keys()
                    .key_handles(signature.get_issuers())
                    .any(|key| signature.verify_document(key.key()).is_ok());
                match weak {
                    true => self.weak(signature, cert),
                    false => self.by(Verdict::Bad, cert, None),
                }
            }
        }
    }

    /// What Sequoia would hold against a genuine signature, had it got that far.
    fn objection(&self, signature: &Signature) -> Option<Reason> {
        let hash = HashAlgoSecurity::default();
        let for_others = self.recipient.as_ref().is_some_and(|recipient| {
            let mut named = signature.intended_recipients().peekable();
            named.peek().is_some() && !named.any(|one| one.to_hex() == *recipient)
        });
        if self.at.policy.signature(signature, hash).is_err() {
            Some(Reason::Weak)
        } else if for_others {
            Some(Reason::NotForUs)
        } else {
            (!self.is_alive(signature)).then_some(Reason::NotInForce)
        }
    }

    /// Whether its own time has come and is not over.
    fn is_alive(&self, signature: &Signature) -> bool {
        let alive = signature.signature_alive(self.at.with_skew(), Duration::ZERO);
        alive.is_ok()
    }

    /// The key was expired, revoked or not for signing already when it signed; Sequoia did not look at the signature.
    fn bad_key(
        &self,
        signature: &Signature,
        key: &ValidErasedKeyAmalgamation<'_, PublicParts>,
    ) -> Judged {
        let genuine = signature.verify_document(key.key()).is_ok() && key.for_signing();
        let then = self.in_force(key);
        let outlived = matches!(then, Verdict::ExpiredKey | Verdict::RevokedKey);
        let verdict = if genuine && outlived {
            then
        } else {
            Verdict::Bad
        };
        self.by(verdict, key.cert(), None)
    }

    fn bad(
        &self,
        signature: &Signature,
        key: &ValidErasedKeyAmalgamation<'_, PublicParts>,
    ) -> Judged {
        let genuine = signature.verify_document(key.key()).is_ok();
        let weak = self
            .at
            .policy
            .signature(signature, HashAlgoSecurity::default())
            .is_err();
        let reason = match (genuine, weak) {
            (true, true) => return self.weak(signature, key.cert()),
            (true, false) if !self.is_alive(signature) => Some(Reason::NotInForce),
            (true, false) if signature.intended_recipients().next().is_some() => {
                Some(Reason::NotForUs)
            }
            (true, false) | (false, _) => None,
        };
        self.by(Verdict::Bad, key.cert(), reason)
    }

    /// Made with an algorithm that proves nothing any more; of a certificate that has expired by its own word, that is said
    /// rather than that the signature does not check. The policy takes no such certificate, so its word is read as it stands.
    fn weak(&self, signature: &Signature, cert: &Cert) -> Judged {
        let newest = |signatures: Vec<&Signature>| {
            let newest = |signature: &&Signature| signature.signature_creation_time();
            signatures.into_iter().max_by_key(newest).cloned()
        };
        let primary = cert.primary_key();
        let own: Vec<&Signature> = cert
            .userids()
            .flat_map(|user_id| user_id.self_signatures())
            .chain(primary.self_signatures())
            .collect();
        let expired = newest(own)
            .is_some_and(|binding| binding.key_alive(primary.key(), self.at.now).is_err())
            || cert
                .keys()
                .subkeys()
                .key_handles(signature.get_issuers())
                .any(|key| {
                    newest(key.self_signatures().collect())
                        .is_some_and(|binding| binding.key_alive(key.key(), self.at.now).is_err())
                });
        let verdict = if expired {
            Verdict::ExpiredKey
        } else {
            Verdict::Bad
        };
        self.by(verdict, cert, Some(Reason::Weak))
    }

    fn by(&self, verdict: Verdict, cert: &Cert, reason: Option<Reason>) -> Judged {
        let fingerprint = cert.fingerprint();
        Judged {
            verdict,
            signer: Some(fingerprint.to_hex()),
            addresses: self.certificates.bound(&fingerprint, self.at),
            claimed: self.certificates.claimed(&fingerprint, self.at),
            reason,
            made: Made::default(),
        }
    }
}

impl VerificationHelper for Judge<'_> {
    fn get_certs(&mut self, handles: &[KeyHandle]) -> anyhow::Result<Vec<Cert>> {
        Ok(self.certificates.named(handles))
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> anyhow::Result<()> {
        for layer in structure.iter() {
            match layer {
                MessageLayer::Encryption { .. } => self.shape.push('E'),
                MessageLayer::Compression { .. } => self.shape.push('C'),
                MessageLayer::SignatureGroup { results } => {
                    self.shape.push('S');
                    let judged: Vec<Judged> =
                        results.iter().map(|result| self.judge(result)).collect();
                    self.judged.extend(judged);
                }
            }
        }
        Ok(())
    }
}

/// Revoked or expired, the key or the certificate, at the time that it stands for; `None`: in force.
pub(super) fn lapsed(key: &ValidErasedKeyAmalgamation<'_, PublicParts>) -> Option<Verdict> {
    let revoked = |status: RevocationStatus<'_>| matches!(status, RevocationStatus::Revoked(_));
    if revoked(key.valid_cert().revocation_status()) || revoked(key.revocation_status()) {
        Some(Verdict::RevokedKey)
    } else if key.valid_cert().alive().is_err() || key.alive().is_err() {
        Some(Verdict::ExpiredKey)
    } else {
        None
    }
}

fn time_of(signature: &Signature) -> Option<jiff::Timestamp> {
    jiff::Timestamp::try_from(signature.signature_creation_time()?).ok()
}

fn missing(signature: &Signature) -> Judged {
    Judged {
        verdict: Verdict::MissingKey,
        signer: signature.get_issuers().first().map(KeyHandle::to_hex),
        addresses: Vec::new(),
        claimed: Vec::new(),
        reason: None,
        made: Made::default(),
    }
}

fn signature_of<'r>(result: &'r VerificationResult<'_>) -> Option<&'r Signature> {
    match result {
        Ok(GoodChecksum { sig, .. })
        | Err(
            VerificationError::MalformedSignature { sig, .. }
            | VerificationError::MissingKey { sig }
            | VerificationError::UnboundKey { sig, .. }
            | VerificationError::BadKey { sig, .. }
            | VerificationError::BadSignature { sig, .. },
        ) => Some(sig),
        Err(_) => None,
    }
}

/// What was hashed: the content, and the hashed part of the signature. Numbers of a signature can be changed so that it
/// still checks, this can't.
fn digest(signature: &Signature) -> Option<[u8; 32]> {
    let hashed = signature.computed_digest()?;
    Some(openssl::sha::sha256(hashed))
}
