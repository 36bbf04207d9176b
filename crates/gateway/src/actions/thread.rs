//! What a ticket's messages say about whom to answer, and how carefully.

use std::collections::BTreeMap;

use extract::Tlp;
use intake::openpgp::{Layer, Verdict};
use intake::reading::Reading;
use uuid::Uuid;

use super::{Acting, ActionFault};
use crate::marking;
use crate::retention;
use crate::sealing::{self, Summary, Understood};
use crate::store::EntryRow;

/// The `kind` of an entry that an analyst wrote.
pub const LETTER: &str = "letter";

/// What a ticket's messages say.
#[derive(Debug, Default)]
pub struct Thread {
    /// Whose report opened it; `None` when nobody is named.
    pub reporter: Option<String>,
    /// Any of them came encrypted.
    pub encrypted: bool,
    /// Some are sealed to analysts, and nobody has offered a key: nothing else is known of these.
    pub sealed: bool,
    /// The strictest marking on any of them, and of what analysts said of the ticket.
    pub marking: Option<Tlp>,
    /// The Subject of the first; `None` when it has none.
    pub subject: Option<String>,
    /// That Subject stood inside an encryption.
    pub subject_is_secret: bool,
    /// Other teams' references, as written.
    pub foreign: Vec<String>,
    /// The last mail of each address, lower case.
    pub last: BTreeMap<String, Last>,
}

/// The last mail of an address.
#[derive(Clone, Debug, Default)]
pub struct Last {
    /// Its Message-ID, without brackets.
    pub message_id: Option<String>,
    /// Fingerprints of certificates whose signatures check on any of the address's mail here.
    pub signers: Vec<String>,
}

impl Thread {
    /// Reads what was filed on a ticket. Letters of ours don't count. What was merged into it makes nothing of it less confidential: who
    /// answers here may answer that.
    ///
    /// # Errors
    /// [`ActionFault::OwnKey`] for what is sealed to analysts when the key that was offered does not open it.
    pub async fn of(acting: &Acting<'_>, ticket: Uuid) -> Result<Thread, ActionFault> {
        let mut thread = Thread::default();
        for entry in &acting.store.entries(ticket).await? {
            if let Some((summary, understood)) = thread.guard(acting, entry)?
                && entry.kind != LETTER
            {
                thread.add(&summary, understood.reading.as_ref());
            }
        }
        for event in &acting.store.mark_events(&[ticket]).await? {
            let said = marking::said_in(acting.ring, acting.team, event)?;
            thread.marking = thread.marking.max(said);
        }
        let merged = acting.ticket(ticket).await?.merged_here;
        if !merged.is_empty() {
            for other in acting.store.tickets(acting.team, &merged, &[]).await? {
                for entry in &acting.store.entries(other.id).await? {
                    thread.guard(acting, entry)?;
                }
            }
        }
        Ok(thread)
    }

    /// How careful an entry makes us; what it says, unless it is sealed to analysts and nobody has offered a key.
    fn guard(
        &mut self,
        acting: &Acting<'_>,
        entry: &EntryRow,
    ) -> Result<Option<(Summary, Understood)>, ActionFault> {
        self.encrypted |= entry.was_encrypted;
        if acting.own.is_none() && entry.wrapped.message().is_some() {
            self.sealed = true;
            return Ok(None);
        }
        let (summary, understood) = opened(acting, entry).map_err(ActionFault::OwnKey)?;
        self.marking = self.marking.max(retention::label(&summary.tlp));
        Ok(Some((summary, understood)))
    }

    fn add(&mut self, summary: &Summary, reading: Option<&Reading>) {
        for foreign in &summary.foreign {
            if !self.foreign.contains(foreign) {
                self.foreign.push(foreign.clone());
            }
        }
        if self.reporter.is_none() && !summary.from.is_empty() {
            self.reporter = Some(summary.from.clone());
            self.subject = Some(summary.subject.clone()).filter(|subject| !subject.is_empty());
            let openpgp = reading.map(|reading| &reading.openpgp);
            self.subject_is_secret =
                openpgp.is_some_and(|openpgp| openpgp.encrypted || openpgp.protected_subject);
        }
        let Some(reading) = reading.filter(|_| !summary.from.is_empty()) else {
            return;
        };
        let last = self.last.entry(summary.from.to_lowercase()).or_default();
        last.message_id.clone_from(&reading.message_id);
        for signer in signers(reading) {
            if !last.signers.contains(signer) {
                last.signers.push(signer.clone());
            }
        }
    }

    /// Nothing of it may be told in clear: it came encrypted, or its marking says so (C6, C9), or nobody here knows better.
    pub fn is_close(&self) -> bool {
        self.encrypted || self.sealed || self.marking >= Some(Tlp::Amber)
    }
}

pub(super) fn signers(reading: &Reading) -> impl Iterator<Item = &String> {
    reading
        .openpgp
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Signed(signed)
                if matches!(signed.verdict, Verdict::Good | Verdict::GoodUnknownKey) =>
            {
                signed.signer.as_ref()
            }
            Layer::Signed(_) | Layer::Encrypted(_) => None,
        })
}

pub(super) fn opened(
    acting: &Acting<'_>,
    entry: &EntryRow,
) -> anyhow::Result<(Summary, Understood)> {
    let key = acting.key(entry)?;
    let aad = |column| sealing::entry_aad(acting.team, column, entry.case, entry.id);
    let summary = sealing::open(&key, &aad("summary"), &entry.summary)?;
    let understood = sealing::open(&key, &aad("reading"), &entry.reading)?;
    Ok((summary, understood))
}
