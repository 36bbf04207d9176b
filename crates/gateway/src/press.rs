//! Finished mail: a draft is signed or encrypted in a reader, which alone holds the secret key, and gets its DKIM signatures.

use intake::answer::{Draft, Letterhead};
use jiff::Timestamp;

use crate::reader::{Done, Job, ReaderFault, Readers};
use crate::sender::Letter;
use crate::store::StoreFault;
use crate::worker::dkim::Signers;

/// What finished mail is made with.
pub(crate) struct Press<'a> {
    pub readers: &'a Readers,
    /// DKIM keys.
    pub signers: &'a Signers,
    /// Encrypted mail does not say for which keys it is.
    pub hidden: bool,
}

impl Press<'_> {
    /// With a DKIM signature, and ready to leave, under the null reverse-path.
    pub(crate) fn letter_to(
        &self,
        recipient: &str,
        reference: &str,
        message: Vec<u8>,
    ) -> Option<Letter> {
        let Some(message) = self.signers.sign(message) else {
            tracing::error!(ticket = reference, "no mail: a DKIM key can't sign");
            return None;
        };
        Some(Letter {
            reverse_path: String::new(),
            recipient: recipient.into(),
            reference: reference.into(),
            message,
        })
    }

    /// Encrypted and signed; `None` when none of the certificates can be used.
    pub(crate) async fn encrypted(
        &self,
        draft: &Draft,
        recipients: Vec<Vec<u8>>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        let Ok(entity) = draft.secret_entity() else {
            return Ok(None);
        };
        let job = Job::Encrypt {
            entity,
            recipients,
            hidden: self.hidden,
            now,
        };
        Ok(match self.run(&job).await? {
            Some(Done::Encrypted(Some(armored))) => draft.encrypted(&armored).ok(),
            Some(_) | None => None,
        })
    }

    /// Signed. A team without a key can't sign; a team with one never sends unsigned mail (C6).
    pub(crate) async fn signed(
        &self,
        draft: &Draft,
        letterhead: &Letterhead,
        reference: &str,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        let Ok(entity) = draft.entity() else {
            tracing::warn!(ticket = reference, "no mail: it could not be built");
            return Ok(None);
        };
        match self.run(&Job::Sign { entity, now }).await? {
            Some(Done::Signed(Some((signature, micalg)))) => {
                Ok(draft.signed(&signature, &micalg).ok())
            }
            Some(_) | None if letterhead.keyless => Ok(draft.unsigned().ok()),
            Some(_) | None => {
                tracing::error!(ticket = reference, "no mail: the team key can't sign");
                Ok(None)
            }
        }
    }

    /// A job that no message caused: a reader that can't be started is our fault and passes.
    pub(crate) async fn run(&self, job: &Job) -> Result<Option<Done>, StoreFault> {
        match self.readers.run(job).await {
            Ok(done) => Ok(Some(done)),
            Err(ReaderFault::NotStarted) => Err(StoreFault::Unavailable(
                "no reader process could be started".into(),
            )),
            Err(ReaderFault::Died | ReaderFault::TooSlow | ReaderFault::Panicked) => Ok(None),
        }
    }
}
