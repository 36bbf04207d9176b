//! A message that was filed, read again with the team's keys of now: what filing would have made of it. Nobody is answered.
//!
//! Judged is the time of receipt, and what was found out about the sender then counts still: name servers are not asked again.

use std::sync::Arc;
use std::time::Duration;

use extract::Extraction;
use intake::authentication::AuthResults;
use intake::envelope::Envelope;
use intake::openpgp::Layer;
use intake::pipeline::{self, Examination, Policy};
use intake::reading::Reading;
use jiff::Timestamp;
use uuid::Uuid;

use super::certificates::Signers;
use super::replays::{layers, signature_digests};
use super::wipe::wipe_stack;
use crate::correspondents::{Book, BookFault};
use crate::protection::{stays_closed, unopened};
use crate::reader::{Done, Job, ReaderFault, Signer};
use crate::store::NewLayer;

impl Book {
    /// Reads a message; a second time when a signature names a certificate that we hold: what we know of it (authentication,
    /// revocation) counts, even if a copy came along.
    pub(crate) async fn read(&self, raw: &[u8], received: Timestamp) -> Result<Reading, BookFault> {
        let reading = self.read_with(raw, Vec::new(), received).await?;
        let layers = reading.openpgp.layers.iter();
        let mut signers: Vec<String> = layers
            .filter_map(Layer::signer)
            .map(str::to_owned)
            .collect();
        signers.extend(reading.missing_signers.iter().cloned());
        if signers.is_empty() {
            return Ok(reading);
        }
        let sender = match reading.from.as_slice() {
            [one] => Some(one.address.as_str()),
            _ => None,
        };
        let known = self.certificates_of(&signers, sender).await?;
        if known.is_empty() {
            return Ok(reading);
        }
        self.read_with(raw, known, received).await
    }

    async fn read_with(
        &self,
        raw: &[u8],
        correspondents: Vec<Signer>,
        now: Timestamp,
    ) -> Result<Reading, BookFault> {
        let raw = raw.to_vec();
        let job = Job::Read {
            raw,
            correspondents,
            now,
        };
        let Done::Read(reading, octets) = self.readers.run(&job).await? else {
            return Err(ReaderFault::Died.into());
        };
        Ok(Reading { octets, ..*reading })
    }
}

/// What was made of a message that opened.
pub(crate) struct Opened {
    pub reading: Reading,
    pub examination: Examination,
    pub extraction: Extraction,
    /// Its signatures, to know them again.
    pub signatures: Vec<NewLayer>,
    /// One of them was sent before in the sender's name.
    pub signature_seen: bool,
    /// Whose they are, as far as they prove something.
    pub signers: Signers,
}

/// What came of reading it again.
pub(crate) enum Again {
    /// It opened.
    Opened(Box<Opened>),
    /// It stays closed, for this reason: a word of [`intake::openpgp::OpenPgp::error`].
    Closed(String),
}

/// Reads it again.
///
/// # Errors
/// [`BookFault::Reader`] when whatever reads it can't start, or ran out of memory or time.
pub(crate) async fn again(
    book: &Book,
    (policy, wall): (&Arc<Policy>, Duration),
    raw: &[u8],
    (entry, envelope, results): (Uuid, &Envelope, &AuthResults),
) -> Result<Again, BookFault> {
    let reading = book.read(raw, envelope.received_at).await?;
    if stays_closed(&reading) {
        return Ok(Again::Closed(unopened(&reading)));
    }
    let examination = pipeline::examine(envelope, &reading, results.clone(), policy);
    let mut signatures = layers(&book.ring, Some(&reading), &examination);
    let (digests, signed_by) = signature_digests(&signatures);
    signatures.retain(|layer| digests.contains(&layer.digest));
    let proved = examination.authenticated;
    let seen = book
        .store
        .signature_seen(entry, &digests, &signed_by, proved)
        .await?;
    Ok(Again::Opened(Box::new(Opened {
        extraction: extracted(&reading, policy, wall).await?,
        // A signature that was sent before proves nothing about the message that brings it again (T26).
        signers: match seen {
            true => Signers::default(),
            false => book.signers(&examination).await?,
        },
        signature_seen: seen,
        signatures,
        examination,
        reading,
    })))
}

/// Extraction reads hostile text: it ends in time, and a panic there is no end of ours.
async fn extracted(
    reading: &Reading,
    policy: &Arc<Policy>,
    wall: Duration,
) -> Result<Extraction, BookFault> {
    let (reading, policy) = (reading.clone(), Arc::clone(policy));
    let extracted = tokio::task::spawn_blocking(move || {
        let extraction = pipeline::extraction(&reading, &policy.context);
        wipe_stack();
        extraction
    });
    let in_time = tokio::time::timeout(wall, extracted).await;
    Ok(in_time
        .map_err(|_| ReaderFault::TooSlow)?
        .map_err(|_| ReaderFault::Panicked)?)
}
