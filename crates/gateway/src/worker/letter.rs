//! Makes the acknowledgement: composed here, signed or encrypted in a reader, which alone holds the secret key.

use intake::answer::{self, Letterhead, Occasion, Request};
use intake::pipeline::Examination;
use intake::reading::Reading;
use intake::thread::Purpose as OwnPurpose;
use jiff::Timestamp;
use uuid::Uuid;
use vault::Purpose;

use super::{Fault, Worker};
use crate::reader::{Done, Job};
use crate::sender::Letter;

/// A finished letter, and how it is protected: `signed`, `encrypted` or `clear`.
pub(super) struct Finished {
    pub letter: Letter,
    pub form: &'static str,
}

/// What the letter is about.
pub(super) struct About<'a> {
    pub ticket: Uuid,
    pub serial: u64,
    pub reference: &'a str,
    pub recipient: &'a str,
    pub occasion: Occasion,
    pub reading: &'a Reading,
    pub examination: &'a Examination,
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
        let entity = draft.entity();
        let recipients = self.certificates_for(about).await?;
        let mut encrypted = None;
        if !recipients.is_empty() {
            encrypted = match self
                .readers
                .run(&Job::Encrypt {
                    entity: entity.clone(),
                    recipients,
                    now,
                })
                .await
            {
                Ok(Done::Encrypted(armored)) => armored,
                Ok(_) | Err(_) => None,
            };
        }
        let (message, form) = match encrypted {
            Some(armored) => {
                let subject =
                    answer::neutral_subject(about.reference, about.reading.language.as_deref());
                (draft.encrypted(&armored, subject), "encrypted")
            }
            None => match self.readers.run(&Job::Sign { entity, now }).await {
                Ok(Done::Signed(Some((signature, micalg)))) => {
                    (draft.signed(&signature, &micalg), "signed")
                }
                Ok(_) => (draft.unsigned(), "clear"),
                Err(_) => return Err(Fault::Message("signing-failed")),
            },
        };
        let Ok(message) = message else {
            tracing::warn!(
                ticket = about.reference,
                "no acknowledgement: it could not be built"
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

    fn request(&self, about: &About<'_>, letterhead: &Letterhead, now: Timestamp) -> Request {
        let reading = about.reading;
        let token = self
            .ring
            .reply_token(about.ticket.into_bytes(), "", PURPOSE.as_str());
        let domain = letterhead
            .address
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
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

    /// The certificate that signed this very mail, else the ones we hold for the address, else what came along.
    async fn certificates_for(&self, about: &About<'_>) -> Result<Vec<Vec<u8>>, Fault> {
        let signers = &about.examination.signers;
        let known = if signers.is_empty() {
            Vec::new()
        } else {
            self.certificates_of(signers).await?
        };
        if !known.is_empty() {
            return Ok(known
                .into_iter()
                .map(|(certificate, _)| certificate)
                .collect());
        }
        let stored = self.certificates_of(&[about.recipient.to_owned()]).await?;
        if !stored.is_empty() {
            return Ok(stored
                .into_iter()
                .map(|(certificate, _)| certificate)
                .collect());
        }
        for certificate in &about.reading.certificates {
            let Some(info) = self.describe(certificate.clone()).await else {
                continue;
            };
            if signers.contains(&info.fingerprint) {
                return Ok(vec![certificate.clone()]);
            }
        }
        Ok(Vec::new())
    }
}

/// The same on everything that we send: a mail that comes back with it is our own.
pub(crate) fn loop_token(ring: &vault::KeyRing, team: &str) -> String {
    let digest = ring.digest(Purpose::OwnMessageId, &[b"loop", team.as_bytes()]);
    Uuid::from_bytes(digest).simple().to_string()
}
