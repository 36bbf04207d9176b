//! The parts of a message, attachments among them: what is listed of each, and one taken out of the message as it came. Names are the
//! sender's: data, never a path (T46).

use std::time::Duration;

use intake::reading::{PartFacts, ReadPart};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::reader::{Done, Job, ReaderFault, Readers};
use crate::sealing::Understood;
use crate::settings;
use crate::store::EntryRow;

/// Parts that one process takes out at a time: each is a reader of its own, with all the memory that a reader may have.
static TURNS: Semaphore = Semaphore::const_new(2);
/// How long one waits for his turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// A part as it is listed.
pub(crate) struct Listed<'a> {
    /// What the sender says of it.
    pub(crate) part: &'a ReadPart,
    /// What its octets are; `None` for what was filed before that was kept.
    pub(crate) facts: Option<&'a PartFacts>,
}

/// The parts of a message, in their order; none of one that could not be read.
pub(crate) fn listed(understood: &Understood) -> impl Iterator<Item = Listed<'_>> {
    let parts = understood.reading.iter().flat_map(|reading| &reading.parts);
    parts.map(|part| Listed {
        part,
        facts: understood.octets.iter().find(|one| one.part == part.id),
    })
}

impl Listed<'_> {
    /// Octets after the transfer encoding was undone.
    pub(crate) fn size(&self) -> u64 {
        self.facts.map_or(self.part.size, |facts| facts.size)
    }

    /// The type that its octets begin like; empty when that is not known.
    pub(crate) fn detected(&self) -> &str {
        self.facts.map_or("", |facts| facts.detected.as_str())
    }

    /// SHA-256, lower-case hexadecimal; empty when that is not known.
    pub(crate) fn digest(&self) -> String {
        self.facts.map(PartFacts::digest).unwrap_or_default()
    }

    /// For programs.
    pub(crate) fn json(&self, with_text: bool) -> Value {
        let part = self.part;
        json!({"id": part.id, "content_type": part.content_type, "filename": part.filename, "size": part.size,
            "attachment": part.attachment, "signed": part.signed, "encrypted": part.encrypted,
            "octets": self.facts.map(|facts| facts.size), "detected_type": self.facts.map(|facts| &facts.detected),
            "sha256": self.facts.map(PartFacts::digest), "text": part.text.as_ref().filter(|_| with_text)})
    }
}

/// Why a part is not taken out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartFault {
    /// The message has no such part, or could not be read.
    #[error("the message has no such part")]
    Nowhere,
    /// The message is sealed to analysts, and nobody has offered a key.
    #[error("the message is sealed to analysts: --analyst opens it with your own key")]
    Sealed,
    /// It came encrypted, and none of the team's keys of now opens it.
    #[error("none of the team's present keys opens it: take the whole message (--raw)")]
    Closed,
    /// What came out is not what was filed.
    #[error("what came out is not what was filed: its SHA-256 is another")]
    Differs,
    /// Others take parts out; or a reader could not be started.
    #[error("this is not available now: try again in half a minute")]
    Busy,
    /// The reader ran out of memory or time.
    #[error("the reader gave up ({0}): take the whole message (--raw)")]
    Reader(ReaderFault),
    /// Something else.
    #[error("{0:#}")]
    Fault(#[from] anyhow::Error),
}

/// One part of a message as octets, by its id.
///
/// # Errors
/// [`PartFault`].
pub(crate) async fn take(
    desk: &Desk,
    settings: &Settings,
    entry: &EntryRow,
    id: &str,
) -> Result<Zeroizing<Vec<u8>>, PartFault> {
    if desk.is_closed(entry) {
        return Err(PartFault::Sealed);
    }
    let understood = desk.understood(entry)?;
    let part = listed(&understood).find(|one| one.part.id == id);
    let part = part.ok_or(PartFault::Nowhere)?;
    let turn = tokio::time::timeout(PATIENCE, TURNS.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(PartFault::Busy);
    };
    let job = Job::Part {
        raw: desk.raw(entry).await?.to_vec(),
        part: id.to_owned(),
        now: Timestamp::now(),
    };
    let is_encrypted = understood
        .reading
        .as_ref()
        .is_some_and(|reading| reading.openpgp.encrypted);
    let octets = match readers(settings, is_encrypted).run(&job).await {
        Ok(Done::Part(octets)) => Zeroizing::new(octets.ok_or(PartFault::Closed)?),
        Ok(_) => return Err(anyhow::anyhow!("a reader gave a wrong answer").into()),
        Err(ReaderFault::NotStarted) => return Err(PartFault::Busy),
        Err(fault) => return Err(PartFault::Reader(fault)),
    };
    match part.facts {
        Some(facts) if !facts.is_of(&octets) => Err(PartFault::Differs),
        Some(_) | None => Ok(octets),
    }
}

/// A reader; with the team's keys only where it needs them.
fn readers(settings: &Settings, with_keys: bool) -> std::sync::Arc<Readers> {
    let mut readers = settings::readers(settings);
    readers.count = 1;
    match with_keys {
        true => readers.secrets.retain(|path| path.exists()),
        false => readers.secrets.clear(),
    }
    readers.certifiers.clear();
    Readers::new(readers)
}

/// What a file is called that a part is saved as: nothing of the sender's.
pub(crate) fn file_name(serial: i64, number: usize, id: &str) -> String {
    format!("{serial:06}-{number}-part-{id}.bin")
}
