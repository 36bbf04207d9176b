//! Makes the acknowledgement: composed here, signed or encrypted in a reader, which alone holds the secret key.

use intake::answer::{self, ComposeError, Draft, Letterhead, Occasion, Request};
use intake::reading::Reading;
use intake::thread::Purpose as OwnPurpose;
use jiff::Timestamp;
use uuid::Uuid;
use vault::Purpose;

use super::certificates::Signers;
use super::{Fault, Worker};
use crate::reader::{Done, Job, ReaderFault};
use crate::sender::Letter;
use crate::settings::domain_of;
use crate::store::StoreFault;

/// A finished letter, and how it is protected: `signed`, `encrypted` or `clear`.
pub(super) struct Finished {
    pub letter: Letter,
    pub form: &'static str,
}

/// What a reader made of the letter.
enum Protection {
    Encrypted(String),
    /// Signature and `micalg`.
    Signed(String, String),
    None,
}

/// What the letter is about.
pub(super) struct About<'a> {
    /// The ticket, or the case of a message that opens none.
    pub case: Uuid,
    pub serial: u64,
    pub reference: &'a str,
    pub recipient: &'a str,
    pub occasion: Occasion,
    pub reading: &'a Reading,
    pub signers: &'a Signers,
}

/// What a Message-ID of ours is for.
const PURPOSE: OwnPurpose = OwnPurpose::Acknowledgement;

impl Worker {
    /// `None` when it can't be composed: the reason is logged, the ticket is made all the same.
    pub(super) async fn letter(&self, about: &About<'_>) -> Result<Option<Finished>, Fault> {
        let now = Timestamp::now();
        let letterhead = self.letterhead.borrow().clone();
        let request = self.request(about, &letterhead, now);
        let draft = match answer::compose(&letterhead, &request) {
            Ok(draft) => draft,
            Err(error) => {
                tracing::warn!(ticket = about.reference, %error, "no acknowledgement");
                return Ok(None);
            }
        };
        let protection = match draft_entities(&draft) {
            Ok((clear, secret)) => self.protection(about, clear, secret, now).await?,
            Err(error) => {
                tracing::warn!(ticket = about.reference, %error, "no acknowledgement");
                return Ok(None);
            }
        };
        let (message, form) = match protection {
            Protection::Encrypted(armored) => (draft.encrypted(&armored), "encrypted"),
            Protection::Signed(signature, micalg) => (draft.signed(&signature, &micalg), "signed"),
            // A team without a key can't sign; a team with one never sends unsigned mail (C6).
            Protection::None if letterhead.keyless => (draft.unsigned(), "clear"),
            Protection::None => {
                tracing::error!(
                    ticket = about.reference,
                    "no acknowledgement: the team key can't sign"
                );
                return Ok(None);
            }
        };
        let Ok(message) = message else {
            tracing::warn!(
                ticket = about.reference,
                "no acknowledgement: it could not be built"
            );
            return Ok(None);
        };
        let Some(message) = self.signers.sign(message) else {
            tracing::error!(
                ticket = about.reference,
                "no acknowledgement: a DKIM key can't sign"
            );
            return Ok(None);
        };
        let letter = Letter {
            recipient: about.recipient.into(),
            reference: about.reference.into(),
            message,
        };
        Ok(Some(Finished { letter, form }))
    }

    /// Encrypted and signed when a certificate can be used, else signed. Our key is no secret.
    async fn protection(
        &self,
        about: &About<'_>,
        clear: Vec<u8>,
        secret: Vec<u8>,
        now: Timestamp,
    ) -> Result<Protection, Fault> {
        let recipients = match about.occasion {
            Occasion::Received | Occasion::Unreadable => self.certificates_for(about).await?,
            Occasion::KeyRequest => Vec::new(),
        };
        if !recipients.is_empty() {
            let entity = secret;
            let job = Job::Encrypt {
                entity,
                recipients,
                hidden: self.acknowledge.hide_recipients,
                now,
            };
            if let Some(Done::Encrypted(Some(armored))) = self.run_ours(&job).await? {
                return Ok(Protection::Encrypted(armored));
            }
        }
        let entity = clear;
        match self.run_ours(&Job::Sign { entity, now }).await? {
            Some(Done::Signed(Some((signature, micalg)))) => {
                Ok(Protection::Signed(signature, micalg))
            }
            Some(_) | None => Ok(Protection::None),
        }
    }

    /// A job that the message did not cause: a reader that can't be started is our fault and passes.
    async fn run_ours(&self, job: &Job) -> Result<Option<Done>, Fault> {
        match self.readers.run(job).await {
            Ok(done) => Ok(Some(done)),
            Err(ReaderFault::NotStarted) => {
                Err(StoreFault::Unavailable("no reader process could be started".into()).into())
            }
            Err(ReaderFault::Died | ReaderFault::TooSlow | ReaderFault::Panicked) => Ok(None),
        }
    }

    fn request(&self, about: &About<'_>, letterhead: &Letterhead, now: Timestamp) -> Request {
        let reading = about.reading;
        let token = self
            .ring
            .reply_token(about.case.into_bytes(), "", PURPOSE.as_str());
        let domain = domain_of(&letterhead.address);
        Request {
            recipient: about.recipient.into(),
            reference: about.reference.into(),
            subject: reading
                .outer_subject
                .clone()
                .filter(|_| !reading.openpgp.protected_subject),
            in_reply_to: reading.message_id.clone(),
            language: reading.language.clone(),
            occasion: about.occasion,
            message_id: intake::thread::message_id_for(about.serial, PURPOSE, &token, domain)
                .trim_matches(['<', '>'])
                .to_owned(),
            loop_token: self.policy.loop_token.clone(),
            now,
        }
    }

    /// The certificate that signed this very mail, if it is the sender's; else the one that is known to be his by more than
    /// its own word; else, from one of whom none is known yet, the one that signed. Never another one beside a known one (T11).
    async fn certificates_for(&self, about: &About<'_>) -> Result<Vec<Vec<u8>>, Fault> {
        let signers = about.signers;
        for known in self.book.named(&signers.bound).await? {
            if known.holds(about.recipient).is_some() {
                return Ok(vec![known.certificate]);
            }
        }
        for known in self.book.of_address(about.recipient).await? {
            if let Some(binding) = known.holds(about.recipient) {
                let trusted = binding.proof.is_strong();
                return Ok(trusted.then_some(known.certificate).into_iter().collect());
            }
        }
        for brought in &about.reading.certificates {
            let vetted = self.book.vet(&brought.certificate, None).await?;
            let signed = |fingerprint: &String| signers.first.contains(fingerprint);
            if vetted.iter().any(|one| signed(&one.info.fingerprint)) {
                return Ok(vec![brought.certificate.clone()]);
            }
        }
        Ok(Vec::new())
    }
}

/// What is signed, and what is encrypted.
fn draft_entities(draft: &Draft) -> Result<(Vec<u8>, Vec<u8>), ComposeError> {
    Ok((draft.entity()?, draft.secret_entity()?))
}

/// The same on everything that we send: a mail that comes back with it is our own.
pub(crate) fn loop_token(ring: &vault::KeyRing, team: &str) -> String {
    let digest = ring.digest(Purpose::OwnMessageId, &[b"loop", team.as_bytes()]);
    Uuid::from_bytes(digest).simple().to_string()
}
