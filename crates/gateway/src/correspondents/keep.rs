//! Keeping certificates, and merging news into them.

use intake::openpgp::Vetted;
use jiff::Timestamp;
use uuid::Uuid;
use vault::{CaseKey, Epoch};

use super::history::{Said, note};
use super::{Book, BookFault, Known, TRIES, certificate_id, handles};
use crate::audit;
use crate::epochs;
use crate::reader::{Done, Job};
use crate::sealing;
use crate::store::{StoreFault, StoredCertificate};

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
}
